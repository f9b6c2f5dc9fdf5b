"""The house outside of the lab: one file, `my_server.py`, that runs from a terminal, and the world as it sees that.

With a resolver it asks that, and with a table of routes it goes where the table says and nowhere else. Without a
resolver it knows nobody: it lays letters into its own mailboxes, and refuses all others at the door.
"""

import argparse
import json
import re
import signal
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import dns.nameserver
import dns.resolver

from helpers import answers
from helpers.check import keeping, registry
from helpers.lab.cast import Host
from helpers.lab.lookup import Lookup, lookup
from helpers.lab.sockets import LabSocket
from helpers.mail.delivery_report import Listening
from helpers.mail.dkim_key import Key, make_key, quoted
from helpers.wire import Pieces

from .house import House, Settings
from .switchboard import PARTS

EVERY = 1.0  # seconds between two rounds
HEAD = '''\
"""My own mail server, made by the course's notebook 12 from what I wrote.

    python my_server.py FOLDER                                  people of my domain write to one another
    python my_server.py FOLDER --resolver IP:PORT               it asks that resolver, and writes to the world
    python my_server.py FOLDER --resolver IP:PORT --routes FILE it goes where the table says, and nowhere else
    python my_server.py FOLDER --add ada                        who may log in; the password is read from the input

It leans on the course's packages, so use the Python of its environment.
"""
'''
TAIL = """

if __name__ == "__main__":
    from importlib import import_module

    import_module("helpers.lessons.{lesson}.terminal").main(globals())
"""


def my_server() -> str:
    """Return the text of my_server.py: the learner's parts as mymail.py has them, the course's for the others."""
    kept = keeping.kept_text()
    mine = [name for name in PARTS if re.search(rf"^# >>> {name},", kept, re.MULTILINE)]
    others = [registry.exercise(name).reference_source() for name in PARTS if name not in mine]
    text = "\n\n\n".join(["# The course's, since there is none of mine", *others] * bool(others) + [kept] * bool(kept))
    # What is defined here is not taken from the course as well.
    defined = set(re.findall(r"^(?:async def|def|class) (\w+)", text, re.MULTILINE))
    taken = re.compile(r"^from helpers\.answers import (\w+).*\n", re.MULTILINE)
    text = taken.sub(lambda line: "" if line[1] in defined else line[0], text)
    return f"{HEAD}\n{text.strip()}\n{TAIL.format(lesson=__package__.rpartition('.')[2])}"


class Wall:
    """The clock on the wall, which is read like the lab's."""

    @staticmethod
    def now() -> datetime:
        """Return the time."""
        return datetime.now(UTC)

    timestamp = staticmethod(time.time)


class Outside:
    """The world of a server that runs by itself, asked as a lab is. Takes its own Host, a resolver's place, and routes.

    `routes` maps "ADDRESS:PORT" to the place where that really is; None means that each is where it says.
    """

    clock = Wall

    def __init__(self, me: Host, resolver: tuple[str, int] | None, routes: dict[str, str] | None):
        self.me, self.routes, self.reaches = me, routes, resolver is not None
        self.resolver = dns.resolver.Resolver(configure=False)
        self.resolver.lifetime = 5.0
        self.resolver.nameservers = [dns.nameserver.Do53Nameserver(*(resolver or ("127.0.0.1", 9)))]

    def host(self, who: str | Host) -> Host:
        """Return the Host of that name; what its address is does not matter here."""
        return who if isinstance(who, Host) else Host(who, self.me.addresses, "a host")

    def who(self, peer: tuple) -> Host:
        """Return the Host that speaks from a place."""
        return Host(peer[0], (peer[0],), "a client")

    def lookup(self, name: str, rdtype: str, host: Any = None, lifetime: float | None = None) -> Lookup:
        """Ask the resolver, as `Lab.lookup` does."""
        return lookup(self.resolver, name, rdtype, lifetime)

    def connect(
        self, address: str, port: int, source: Any = None, timeout: float | Callable[[bytes], float] = 300
    ) -> LabSocket:
        """Return a connected socket. Raises OSError."""
        place = (address, port)
        if self.routes is not None:
            if f"{address}:{port}" not in self.routes:
                raise ConnectionRefusedError(f"No road leads to {address}, port {port}.")
            place = _place(self.routes[f"{address}:{port}"])
        seconds = timeout(b"") if callable(timeout) else timeout
        sock = LabSocket(socket.AF_INET6 if ":" in place[0] else socket.AF_INET, socket.SOCK_STREAM)
        sock.host, sock.source, sock.port = Host(address, (address,), "an exchange"), self.me, port
        sock.pieces = Pieces(self.me.name, address, self.clock.now)
        sock.settimeout(min(seconds, 30))  # nobody answers at all where a firewall drops what comes
        try:
            sock.connect(place)
        except OSError:
            sock.close()
            raise
        sock.settimeout(seconds)
        sock.patience = timeout if callable(timeout) else None
        return sock


def main(parts: dict[str, Any], words: list[str] | None = None) -> None:
    """Run the server of my_server.py until it is told to end (SIGTERM, or Ctrl C)."""
    wanted = _arguments().parse_args(words)
    folder = wanted.folder
    folder.mkdir(parents=True, exist_ok=True)
    accounts = folder / "accounts.json"
    known = json.loads(accounts.read_text()) if accounts.exists() else {}
    if wanted.add:
        kept = parts.get("keep_password", answers.keep_password)(sys.stdin.readline().rstrip("\r\n"))
        accounts.write_text(json.dumps(known | {f"{wanted.add}@{wanted.domain}".lower(): kept.hex()}))
        accounts.chmod(0o600)
        return
    people = tuple(dict.fromkeys([*(who.partition("@")[0] for who in known), *wanted.people, "postmaster", "abuse"]))
    passwords = {who: bytes.fromhex(kept) for who, kept in known.items()}
    settings = Settings(wanted.domain, wanted.name, people, passwords, _key(folder), idle=300)
    me = Host(wanted.name, (wanted.listen,), "this server")
    routes = json.loads(wanted.routes.read_text()) if wanted.routes else None
    outside = Outside(me, wanted.resolver, routes)
    house = House(folder, Listening(outside), parts.__getitem__, settings)
    house.open(
        _certificate(wanted.certificate, wanted.name), ((wanted.listen, wanted.mx), (wanted.listen, wanted.door))
    )
    _run(house, me)


def _run(house: House, me: Host) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    (strangers, mx), (_, door) = house.places
    print(f"{me.name} listens on {strangers}: port {mx} for strangers, port {door} for who logs in", flush=True)
    key = house.settings.key
    print(f"for the DNS: {house.settings.selector}._domainkey.{house.domain} TXT {quoted(key.record)}", flush=True)
    told = 0
    while not stop.wait(EVERY):
        house.rounds()
        for event in house.history[told:]:
            print(f"{event.time:%H:%M:%S} {event.id} {event.what} {event.about}".rstrip(), flush=True)
        told = len(house.history)
    house.stop()
    print("down", flush=True)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="my_server.py", description="My own mail server.")
    parser.add_argument("folder", type=Path, help="where its queue and its mailboxes are")
    parser.add_argument("--domain", default="learner.test")
    parser.add_argument("--name", default="mail.learner.test")
    parser.add_argument("--people", nargs="*", default=[], help="who has a mailbox; who may log in has one anyway")
    parser.add_argument("--listen", default="127.0.0.1", help="the address on which it listens")
    parser.add_argument("--mx", type=int, default=2525, help="the port for strangers (a real one is 25)")
    parser.add_argument("--door", type=int, default=4650, help="the port for who logs in (a real one is 465)")
    parser.add_argument("--resolver", type=_place, help="IP:PORT of a DNS resolver")
    parser.add_argument("--routes", type=Path, help='a JSON file: {"203.0.113.25:25": "127.0.0.1:40125"}')
    parser.add_argument("--certificate", type=Path, help="PEM: the key and the certificates; else one nobody trusts")
    parser.add_argument("--add", metavar="NAME", help="let somebody log in; their password is read from the input")
    return parser


def _place(text: str) -> tuple[str, int]:
    ip, _, port = text.rpartition(":")
    return ip.strip("[]"), int(port)


def _key(folder: Path) -> Key:
    """The DKIM key of the folder; a new one where there is none."""
    file = folder / "dkim.json"
    if not file.exists():
        key = make_key()
        file.touch(mode=0o600)
        file.write_text(json.dumps({"kind": key.kind, "private": key.private.decode(), "record": key.record}))
    kept = json.loads(file.read_text())
    return Key(kept["kind"], kept["private"].encode(), kept["record"])


def _certificate(file: Path | None, name: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if file:
        context.load_cert_chain(file)
        return context
    import trustme

    trustme.CA().issue_cert(name).configure_cert(context)
    return context
