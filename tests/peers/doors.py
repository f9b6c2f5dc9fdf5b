"""Seventy-odd domains with something amiss, and what has to become of a letter to each: a table, and the doors for it.

Three senders meet the same doors: the reference answer `deliver` of notebook 10, the lab's own `lab.send`, and Postfix.
Where one of them does something else, RFC 5321 leaves it open, and BUT says where and why.
"""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from helpers.lab import Lab

USUAL = {
    "greeting": "220 door ESMTP",
    "EHLO": "250-door\r\n250 8BITMIME",
    "HELO": "250 door",
    "MAIL": "250 2.1.0 OK",
    "RCPT": "250 2.1.5 OK",
    "DATA": "354 Go on",
    ".": "250 2.0.0 Kept",
    "RSET": "250 2.0.0 OK",
    "QUIT": "221 2.0.0 Bye",
}
CUT, SILENCE = "cut", "silence"  # the host does what was asked, and its answer is lost with the connection, or at all
REFUSED, DOWN = "refused", "down"  # no program listens; the host is switched off

Script = dict[str, object]  # by step; of RCPT a dict by local part, or a number: so many are taken, then 452


class Door:
    """An SMTP server that does as a script says. `taken` holds the recipients of each letter that it kept."""

    def __init__(self, script: Script, at: tuple[str, int] = ("127.0.0.1", 0)):
        self.script, self.taken = USUAL | script, []
        family = socket.AF_INET6 if ":" in at[0] else socket.AF_INET
        self._listener = socket.create_server(at, family=family, backlog=64)
        self.endpoint = self._listener.getsockname()[:2]
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop, and end what is open."""
        for sock in [self._listener, *self._open]:
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                sock, _ = self._listener.accept()
                self._open.append(sock)
                threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock: socket.socket) -> None:
        recipients: list[str] = []
        with contextlib.suppress(OSError), sock, sock.makefile("rb") as lines:
            if not self._say(sock, self.script["greeting"]):
                return
            for line in lines:
                step = line[:4].decode().upper().rstrip()
                reply = self.script[step]
                if step == "MAIL":
                    recipients = []
                if step == "RCPT":
                    who = line.decode().partition("<")[2].partition("@")[0]
                    reply = self._to(reply, who, recipients)
                    recipients += [who] * (reply[0] == "2")
                if not self._say(sock, reply):
                    return
                if step == "DATA" and reply[0] == "3":
                    while lines.readline() not in (b".\r\n", b""):
                        pass
                    reply = self.script["."]
                    if reply in (CUT, SILENCE) or reply[0] == "2":
                        self.taken.append(tuple(recipients))
                    if not self._say(sock, reply):
                        return
                if step == "QUIT":
                    return

    def _to(self, reply: object, who: str, recipients: list[str]) -> str:
        if isinstance(reply, int):
            return USUAL["RCPT"] if len(recipients) < reply else "452 4.5.3 Too many recipients"
        return reply.get(who, USUAL["RCPT"]) if isinstance(reply, dict) else reply

    def _say(self, sock: socket.socket, reply: str) -> bool:
        """Say it, and return whether the conversation goes on."""
        if reply == CUT:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            return False
        if reply == SILENCE:
            while sock.recv(4096):
                pass
            return False
        sock.sendall(f"{reply}\r\n".encode())
        return not reply.startswith("421")


@dataclass(frozen=True)
class Domain:
    """A domain and what becomes of a letter to its people.

    `exchanges` are pairs of a preference and the doors of one host, an address each: a script, REFUSED, DOWN, or None
    for a host that does not exist. `fates` has the first digit for each person. `copies` has how many letters each
    gets, where that is not one for whoever is told 2. With `records` the zone says this instead of MX records.
    """

    what: str
    exchanges: tuple = ()
    fates: str = "2"
    copies: str = ""
    records: str | None = None

    @property
    def people(self) -> str:
        return "abc"[: len(self.fates)]

    @property
    def doors(self) -> list:
        return [door for _, doors in self.exchanges for door in doors or ()]

    @property
    def arrived(self) -> str:
        return self.copies or "".join("1" if fate == "2" else "0" for fate in self.fates)


def one(what: str, fates: str, door: object = None, copies: str = "", **script: object) -> Domain:
    """A domain of one door."""
    return Domain(what, ((10, [script if door is None else door]),), fates, copies)


def two(what: str, fates: str, first: object, second: object | None = None, copies: str = "") -> Domain:
    """A domain of two hosts with a door each; the second one takes everything unless it is told otherwise."""
    return Domain(what, ((10, [first]), (20, [{} if second is None else second])), fates, copies)


def _dot(reply: str) -> Script:
    return {".": reply}


DOMAINS = (
    # One door, and the moments of a conversation
    one("takes it", "2"),
    one("no program listens", "4", REFUSED),
    one("the host is switched off", "4", DOWN),
    one("greets with 421", "4", greeting="421 4.3.2 Leaving"),
    one("greets with 450", "4", greeting="450 4.7.1 Not now"),
    one("greets with 554", "4", greeting="554 5.3.2 No mail here"),
    one("greets with 521", "4", greeting="521 5.3.2 No mail here, ever"),
    one("does not greet", "4", greeting=SILENCE),
    one("hangs up in place of a greeting", "4", greeting=CUT),
    one("421 to EHLO", "4", EHLO="421 4.3.2 Leaving"),
    one("451 to EHLO", "4", EHLO="451 4.3.0 Not now"),
    one("knows HELO only", "2", EHLO="500 5.5.1 What?"),
    one("550 to EHLO and to HELO", "4", EHLO="550 5.7.1 Not you", HELO="550 5.7.1 Not you"),
    one("silence after EHLO", "4", EHLO=SILENCE),
    one("breaks off at EHLO", "4", EHLO=CUT),
    one("421 to MAIL", "4", MAIL="421 4.3.2 Leaving"),
    one("451 to MAIL", "4", MAIL="451 4.3.0 Not now"),
    one("550 to MAIL", "5", MAIL="550 5.7.1 Not from there"),
    one("552 to MAIL", "5", MAIL="552 5.3.4 Too big"),
    one("silence after MAIL", "4", MAIL=SILENCE),
    one("breaks off at MAIL", "4", MAIL=CUT),
    one("421 to RCPT", "4", RCPT="421 4.3.2 Leaving"),
    one("450 to RCPT", "4", RCPT="450 4.2.1 Not now"),
    one("550 to RCPT", "5", RCPT="550 5.1.1 Nobody"),
    one("553 to RCPT", "5", RCPT="553 5.1.3 What a name"),
    one("251 to RCPT", "2", RCPT="251 2.1.5 Will forward"),
    one("452 to RCPT, the disk is full", "4", RCPT="452 4.3.1 Disk full"),
    one("silence after RCPT", "4", RCPT=SILENCE),
    one("breaks off at RCPT", "4", RCPT=CUT),
    one("421 to DATA", "4", DATA="421 4.3.2 Leaving"),
    one("451 to DATA", "4", DATA="451 4.3.0 Not now"),
    one("554 to DATA", "5", DATA="554 5.5.1 No"),
    one("silence after DATA", "4", DATA=SILENCE),
    one("breaks off at DATA", "4", DATA=CUT),
    one("421 after the dot", "4", _dot("421 4.3.2 Leaving")),
    one("451 after the dot", "4", _dot("451 4.3.0 Not now")),
    one("452 after the dot", "4", _dot("452 4.3.1 Disk full")),
    one("550 after the dot", "5", _dot("550 5.7.1 No")),
    one("552 after the dot", "5", _dot("552 5.3.4 Too big")),
    one("silence after the dot", "4", _dot(SILENCE), copies="1"),
    one("breaks off after the dot", "4", _dot(CUT), copies="1"),
    one("breaks off at QUIT", "2", QUIT=CUT),
    one("silence after QUIT", "2", QUIT=SILENCE),
    # Two doors
    two("the first refuses the connection", "2", REFUSED),
    two("the first is switched off", "2", DOWN),
    two("the first greets with 421", "2", {"greeting": "421 4.3.2 Leaving"}),
    two("the first greets with 554", "2", {"greeting": "554 5.3.2 No mail here"}),
    two("the first says nothing", "2", {"greeting": SILENCE}),
    two("the first says 451 to MAIL", "2", {"MAIL": "451 4.3.0 Not now"}),
    two("the first says 550 to MAIL", "5", {"MAIL": "550 5.7.1 Not from there"}),
    two("the first says 450 to RCPT", "2", {"RCPT": "450 4.2.1 Not now"}),
    two("the first says 550 to RCPT", "5", {"RCPT": "550 5.1.1 Nobody"}),
    two("the first says 451 to DATA", "2", {"DATA": "451 4.3.0 Not now"}),
    two("the first says 421 after the dot", "2", _dot("421 4.3.2 Leaving")),
    two("the first says 554 after the dot", "5", _dot("554 5.7.1 No")),
    two("the first breaks off after the dot", "2", _dot(CUT), copies="2"),
    two("both refuse the connection", "4", REFUSED, REFUSED),
    two("not now, and then no", "5", {"RCPT": "450 4.2.1 Not now"}, {"RCPT": "550 5.1.1 Nobody"}),
    two("refused, and then not now", "4", REFUSED, {"RCPT": "450 4.2.1 Not now"}),
    # The list of doors
    Domain("equals, one of them dead", ((10, [REFUSED]), (10, [{}]))),
    Domain("9 comes before 10", ((10, [{"RCPT": "550 5.1.1 Nobody"}]), (9, [{}]))),
    Domain("the first host does not exist", ((10, None), (20, [{}]))),
    Domain("the only host does not exist", ((10, None),), "5"),
    Domain("one host of two addresses", ((10, [REFUSED, {}]),)),
    Domain("the sixth address would take it", ((10, [REFUSED] * 5), (20, [{}])), "4"),
    Domain("the third session would take it", ((10, [{"MAIL": "451 4.3.0 Not now"}] * 2), (20, [{}]))),
    Domain("no MX, and its own address takes it", ((None, [{}]),)),
    Domain("no MX, and its own address refuses", ((None, [REFUSED]),), "4"),
    Domain("an MX that refuses, and an own address", ((10, [REFUSED]), (None, [{}])), "4"),
    Domain("null MX", (), "5", records="MX 0 ."),
    Domain("no such domain", (), "5", records=""),
    # Several people
    one("one is taken, one refused", "25", RCPT={"b": "550 5.1.1 Nobody"}),
    one("one is taken, one put off", "24", RCPT={"b": "450 4.2.1 Not now"}),
    two("one is put off, and taken next door", "22", {"RCPT": {"b": "450 4.2.1 Not now"}}),
    two(
        "taken, refused, put off and then refused",
        "255",
        {"RCPT": {"b": "550 5.1.1 Nobody", "c": "450 4.2.1 Not now"}},
        {"RCPT": "550 5.1.1 Nobody"},
    ),
    one("two at once, and a third", "222", RCPT=2),
    one("421 to the second of two", "44", RCPT={"b": "421 4.3.2 Leaving"}),
    two("421 to the second of two, and another door", "22", {"RCPT": {"b": "421 4.3.2 Leaving"}}),
    two("421 to DATA for two, and another door", "22", {"DATA": "421 4.3.2 Leaving"}),
    two(
        "breaks off after the dot for one, having put one off",
        "22",
        {"RCPT": {"b": "450 4.2.1 Not now"}, ".": CUT},
        copies="21",
    ),
)

# What a sender does that is not in the table: by sender and domain, the fates (and the copies), and why that is open.
Other = tuple[str, str, str]
LATER = "after a silence nobody can tell lost from taken (RFC 1047); it waits before it risks a second copy"
NO_HOST = "a 5yz of the only host before MAIL: it takes that for the domain's answer, deliver for the host's"
SESSIONS = "two sessions are its limit: section 5.1 allows one"
BUT: dict[tuple[str, str], Other] = {
    ("deliver", "knows HELO only"): ("4", "", "send_mail of notebook 03 does not know HELO (section 3.2): it waits"),
    ("Postfix", "451 to EHLO"): ("2", "", "it says HELO after any no to EHLO; section 3.2 asks for that after a 5yz"),
    ("Postfix", "550 to EHLO and to HELO"): ("5", "", NO_HOST),
    ("Postfix", "the third session would take it"): ("4", "", SESSIONS),
    ("lab.send", "the third session would take it"): ("4", "", SESSIONS),
    ("Postfix", "two at once, and a third"): ("224", "", "the third waits: section 4.5.3.1.10 does not say how long"),
    ("lab.send", "greets with 554"): ("5", "", NO_HOST),
    ("lab.send", "greets with 521"): ("5", "", NO_HOST),
    ("lab.send", "550 to EHLO and to HELO"): ("5", "", NO_HOST),
    ("lab.send", "the first breaks off after the dot"): ("4", "1", LATER),
    ("lab.send", "breaks off after the dot for one, having put one off"): ("42", "11", LATER),
}


def numbered() -> list[tuple[str, Domain]]:
    """Each domain with its name below learner.test."""
    return [(f"d{number:02}", domain) for number, domain in enumerate(DOMAINS)]


def zone(of: Callable[[str, int], str], domains: list[tuple[str, Domain]]) -> str:
    """The zone of learner.test with these domains; `of` gives the address of a domain's door by its number."""
    lines = ["$ORIGIN learner.test.", "$TTL 300", "@ SOA ns postmaster 1 3600 600 604800 60", "@ NS ns"]
    lines.append("ns A 192.0.2.52")
    for name, domain in domains:
        lines += [f"{name} {domain.records}"] * bool(domain.records)
        number = 0
        for host, (preference, doors) in enumerate(domain.exchanges):
            owner = name if preference is None else f"h{host}.{name}"
            lines += [f"{name} MX {preference} {owner}"] * (preference is not None)
            for _ in doors or ():
                lines.append(f"{owner} A {of(name, number)}")
                number += 1
    return "\n".join(lines) + "\n"


def expected(sender: str, domain: Domain) -> tuple[str, str]:
    """The fates and copies that a sender comes to."""
    fates, copies, _ = BUT.get((sender, domain.what), (domain.fates, domain.copies, ""))
    return fates, copies or ("".join("1" if fate == "2" else "0" for fate in fates))


def copies(domain: Domain, doors: list[Door]) -> str:
    """How many letters each person got."""
    taken = [who for door in doors for letter in door.taken for who in letter]
    return "".join(str(taken.count(who)) for who in domain.people)


# In a lab every address belongs to a host of the cast: these have no service on port 25.
HOSTS = ("mail.learner.test", "outlook.test", "gmail.test", "ns1.gmail.test", "ns1.outlook.test", "ns2.outlook.test")


@contextlib.contextmanager
def staged(name: str, domain: Domain) -> Iterator[tuple[Lab, list[Door]]]:
    """A lab in which a domain's doors stand."""
    with Lab(beside=True) as lab, contextlib.ExitStack() as ends:
        lab.publish(zone(lambda _, number: lab.host(HOSTS[number]).address, [(name, domain)]))
        doors = []
        for host, script in zip(HOSTS, domain.doors, strict=False):
            if script == DOWN:
                lab.faults.down(host)
            elif script != REFUSED:
                doors.append(Door(script))
                ends.callback(doors[-1].close)
                lab.serve(host, 25, doors[-1].endpoint)
        yield lab, doors
