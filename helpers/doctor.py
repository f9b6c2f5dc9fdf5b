"""Is this machine ready for the course, and what does its network permit? (notebooks 00 and 14)

    python3 start.py doctor [--network]             in a terminal, even where setting up failed
    doctor.examine()    doctor.verdict()            in a notebook

Only loopback is touched, unless `network=True` or --network asks the internet: the live mode. Standard library only,
but for the round trip with TLS, which needs the packages.
"""

import html
import http.client
import importlib.metadata
import importlib.util
import platform
import re
import shutil
import smtplib
import socket
import struct
import sys
import tempfile
import threading
import time
import tomllib
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from . import working_copy

ROOT = working_copy.ROOT
TESTED = ((3, 11), (3, 13))
TRIED = (3, 14)
PATIENCE = 2.0  # seconds for each question
WORDS = {"ok": "ok", "note": "note", "fails": "FAILS", "closed": "closed"}

# What the live mode asks, and whom: a public resolver that also speaks DNS over HTTPS, and a public mail exchange.
NAME = "example.com"
OTHER_RESOLVER = ("1.1.1.1", 53)
DNS_OVER_HTTPS = "https://1.1.1.1/dns-query"
MAIL_EXCHANGE = ("gmail-smtp-in.l.google.com", 25)


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: what was found, and how to mend it or what follows from it."""

    name: str
    state: str  # "ok", "note" (fit to know, in nobody's way), "fails", or "closed" (by the network)
    found: str
    advice: str = ""


@dataclass(frozen=True)
class Examination:
    """What examine() found; `ready` is True when nothing fails, `help_line` is fit to paste into a request for help."""

    findings: tuple[Finding, ...]

    @property
    def ready(self) -> bool:
        """Whether nothing fails."""
        return not any(finding.state == "fails" for finding in self.findings)

    @property
    def help_line(self) -> str:
        """This machine in one line, without a name or a path."""
        machine = f"{platform.system()} {platform.release()} {platform.machine()}; Python {platform.python_version()}"
        found = (
            f"{one.name} {one.state}" + f" ({_placeless(one.found)})" * (one.state != "ok") for one in self.findings
        )
        return "; ".join([f"email-from-the-wire-up {_project()['version']}", machine, *found])

    def __repr__(self) -> str:
        width = max(len(finding.name) for finding in self.findings)
        lines = []
        for finding in self.findings:
            lines.append(f"{finding.name:{width}}  {WORDS[finding.state]:6}  {finding.found}")
            if finding.advice:
                lines.append(f"{'':{width}}          {finding.advice}")
        return "\n".join([*lines, "", self._end(), *_untried(), "For a request for help: " + self.help_line])

    def _end(self) -> str:
        return "This machine is ready." if self.ready else "This machine is not ready: see the lines marked FAILS."

    def _repr_html_(self) -> str:
        left = 'style="text-align: left"'
        rows = "".join(
            f'<tr><th scope="row" {left}>{html.escape(finding.name)}</th><td {left}>{WORDS[finding.state]}</td>'
            f"<td {left}>{'<br>'.join(html.escape(text) for text in (finding.found, finding.advice) if text)}</td></tr>"
            for finding in self.findings
        )
        head = "".join(f'<th scope="col" {left}>{title}</th>' for title in ("Looked at", "State", "Found"))
        return (
            f"<table><caption>{self._end()}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            f"<p>{' '.join([*_untried(), 'For a request for help:'])} <code>{html.escape(self.help_line)}</code></p>"
        )


def _placeless(text: str) -> str:
    """A text with the last part alone of each path in it: where the course lies tells whose computer this is."""
    return re.sub(r"(?:[A-Za-z]:)?(?:[\\/][^\\/:()'\"\n]+)+[\\/]", "", text)


def _untried() -> list[str]:
    """What is said where nobody has tried the course: a list of one sentence, or of none."""
    system = {"Darwin": "macOS"}.get(platform.system(), platform.system())
    if system == "Linux":
        return []
    return [f"Nobody has told yet how the course goes on {system}: please do (OTHER_SYSTEMS.md), with the line below."]


class Sentence(str):
    """A sentence that is shown without quotes."""

    def __repr__(self) -> str:
        return str(self)


def examine(network: bool = False, *known: Finding) -> Examination:
    """Look at this machine, beyond what is known; with network=True see what this network permits, asking outside."""
    findings = [*known, _python(), _packages(), _round_trip("UDP", _udp), _round_trip("TCP", _tcp)]
    if not any(finding.state == "fails" for finding in findings):  # it needs them all
        findings.append(_tls())
    findings += [_ipv6(), _folder(), *_proxy()]
    return Examination((*findings, *(_network() if network else [NOT_ASKED])))


def verdict() -> Sentence:
    """One sentence, the same on every machine that is ready. Only loopback is touched."""
    failing = [finding.name for finding in examine().findings if finding.state == "fails"]
    if failing:
        return Sentence(
            f"This machine is not ready: {', '.join(failing)}. To see how to mend that: doctor.examine(), "
            "or in a terminal: python3 start.py doctor"
        )
    return Sentence("This machine is ready: Python, packages, and loopback over UDP and TCP all work.")


# ---- This machine


def _python() -> Finding:
    version, (oldest, newest) = sys.version_info[:2], TESTED
    found = f"{platform.python_version()}, tested: {oldest[0]}.{oldest[1]} to {newest[0]}.{newest[1]}"
    if version < oldest:
        return Finding("Python", "fails", found, "Install one of these and start with it.")
    if version > newest:
        tried = "All notebooks were run with it, and not all tests. " if version == TRIED else ""
        return Finding("Python", "note", found, f"{tried}Should something fail, start with a tested one.")
    return Finding("Python", "ok", found)


def _project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def _packages() -> Finding:
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    tested = set(re.findall(r"^([\w.-]+)==([^\s;]+)", text, re.MULTILINE))
    missing, others, wanted = [], [], [re.match(r"[\w.-]+", line)[0] for line in _project()["dependencies"]]
    for name in wanted:
        try:
            if (name, version := importlib.metadata.version(name)) not in tested:
                others.append(f"{name} {version}")
        except importlib.metadata.PackageNotFoundError:
            missing.append(name)
    if missing:
        found = f"missing: {', '.join(missing)}" if len(missing) < len(wanted) else "none installed in this Python"
        return Finding("packages", "fails", found, _how_to_install())
    if others:
        return Finding("packages", "note", f"not the tested versions: {', '.join(others)}", "They may well work.")
    return Finding("packages", "ok", f"all {len(wanted)} in the tested versions")


def _how_to_install() -> str:
    if shutil.which("uv") or all(map(importlib.util.find_spec, ("ensurepip", "venv"))):
        return START
    package = "python{}.{}-venv".format(*sys.version_info)
    return f"First install what makes a virtual environment, on Debian: sudo apt install {package}. {START}"


START = "Set the course up: python3 start.py"


def _udp() -> None:
    with _bound(socket.SOCK_DGRAM) as server, _bound(socket.SOCK_DGRAM) as client:
        client.sendto(b"question", server.getsockname())
        question, asker = server.recvfrom(64)
        server.sendto(b"answer to " + question, asker)
        if client.recv(64) != b"answer to question":
            raise OSError("another answer than the one that was sent")


def _tcp(family: int = socket.AF_INET) -> None:
    with _bound(socket.SOCK_STREAM, family) as server:
        server.listen()
        with socket.create_connection(server.getsockname()[:2], PATIENCE) as client, server.accept()[0] as host:
            host.settimeout(PATIENCE)
            client.sendall(b"question\n")
            with host.makefile("rb") as lines:
                host.sendall(b"answer to " + lines.readline())
            with client.makefile("rb") as lines:
                if lines.readline() != b"answer to question\n":
                    raise OSError("another answer than the one that was sent")


def _bound(kind: int, family: int = socket.AF_INET) -> socket.socket:
    sock = socket.socket(family, kind)
    sock.settimeout(PATIENCE)
    try:
        sock.bind(("127.0.0.1" if family == socket.AF_INET else "::1", 0))
    except BaseException:
        sock.close()
        raise
    return sock


def _round_trip(name: str, trip: Callable[[], None]) -> Finding:
    try:
        trip()
    except OSError as error:
        advice = "Something stops programs here from talking: allow Python in its firewall or security program."
        return Finding(f"loopback {name}", "fails", f"no round trip on 127.0.0.1: {error}", advice)
    return Finding(f"loopback {name}", "ok", "a question and its answer on 127.0.0.1")


def _tls() -> Finding:
    """Let the lab's submission service greet: on port 465 TLS comes before the first word."""
    try:
        from helpers.lab import Lab, LabError  # not before the packages are known to be there
    except ImportError as error:
        return Finding("loopback TLS", "fails", f"the lab does not load: {error}", ANOTHER_PYTHON)
    try:
        with Lab(beside=True) as lab:
            host, context = lab.host("smtp.gmail.test"), lab.certificates.client_context()
            with lab.connect(host.address, 465) as sock, context.wrap_socket(sock, server_hostname=host.name) as secret:
                if not secret.recv(512).startswith(b"220 "):
                    raise OSError("another greeting than 220")
    except (OSError, LabError) as error:
        return Finding("loopback TLS", "fails", f"no greeting from the lab: {error}", ANOTHER_PYTHON)
    return Finding("loopback TLS", "ok", "a greeting from the lab, with TLS from the first byte")


ANOTHER_PYTHON = "Start with another of the tested Pythons. If it stays so, ask for help."


def _ipv6() -> Finding:
    try:
        _tcp(socket.AF_INET6)
    except OSError:
        return Finding("loopback IPv6", "note", "none here; the course does not need it")
    return Finding("loopback IPv6", "ok", "a question and its answer on ::1")


def _folder() -> Finding:
    """The learner's copy where one works in it: the course itself may belong to somebody else."""
    try:
        with tempfile.TemporaryFile(dir=working_copy.find() or ROOT) as file:
            file.write(b"x" * 4096)
    except OSError as error:
        advice = "Put the course in a folder of your own, on a disk with room, and start there."
        return Finding("folder", "fails", f"cannot be written: {error.strerror}", advice)
    return Finding("folder", "ok", "can be written")


def _proxy() -> list[Finding]:
    if not urllib.request.getproxies() or urllib.request.proxy_bypass("127.0.0.1"):
        return []
    advice = "If JupyterLab cannot reach its kernel, set NO_PROXY=127.0.0.1,localhost and start again."
    return [Finding("proxy", "note", "one is set, for 127.0.0.1 too", advice)]


# ---- What the network permits (the live mode)

HOW_TO_ASK = "To see what it permits: python3 start.py doctor --network, or doctor.examine(network=True)."
NOT_ASKED = Finding("network", "note", "not asked, so nothing left this machine", HOW_TO_ASK)


def _system_resolver() -> str:
    socket.getaddrinfo(NAME, 443)
    return f"this system's resolver found {NAME}"


def _other_resolver() -> str:
    """One question by hand (RFC 1035 section 4.1): header, name, type A, class IN."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in NAME.split("."))
    query = struct.pack("!6H", 0x1A2B, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(PATIENCE)
        sock.connect(OTHER_RESOLVER)
        sock.send(query)
        reply = sock.recv(4096)
    identity, flags, _, answers = struct.unpack("!4H", reply[:8].ljust(8, b"\0"))
    if identity != 0x1A2B or flags & 0x000F or not answers:
        raise OSError("what came back is no answer to the question")
    return "a resolver of our choice answered on UDP port 53"


def _dns_over_https() -> str:
    request = urllib.request.Request(f"{DNS_OVER_HTTPS}?name={NAME}", headers={"Accept": "application/dns-json"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
        if reply.status != 200 or b'"Status"' not in reply.read(65536):
            raise OSError("what answered is no resolver")
    return "a resolver answered over HTTPS"


def _mail_exchange() -> str:
    with smtplib.SMTP(local_hostname="localhost", timeout=PATIENCE) as client:
        code, _ = client.connect(*MAIL_EXCHANGE)
        if code != 220:
            raise OSError(f"the exchange greeted with {code}")
    return "a mail exchange greeted us on TCP port 25"


QUESTIONS = {
    "system resolver": (_system_resolver, "This computer is offline, or nearly so. The lab works all the same."),
    "other resolver": (
        _other_resolver,
        "Many networks (Binder's too) let port 53 out to their own resolver only, to filter or to log. Walk from the "
        "root in the lab.",
    ),
    "DNS over HTTPS": (
        _dns_over_https,
        "It uses port 443, as web pages do: a filter or a proxy stands between. The system's resolver will do.",
    ),
    "TCP port 25": (
        _mail_exchange,
        "Most home, campus and cloud networks close it, against spam from infected machines. Deliver in the lab.",
    ),
}


def _network() -> list[Finding]:
    """Ask everything at once, in threads: nothing but leaving it behind ends a look-up by the system's resolver."""
    answers: dict[str, tuple[str, str]] = {}

    def ask(name: str, question: Callable[[], str]) -> None:
        try:
            answers[name] = ("ok", question())
        except (OSError, smtplib.SMTPException, http.client.HTTPException) as error:
            answers[name] = ("closed", str(error) or type(error).__name__)

    threads = [threading.Thread(target=ask, args=(name, QUESTIONS[name][0]), daemon=True) for name in QUESTIONS]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + PATIENCE + 0.5
    for thread in threads:
        thread.join(max(0, deadline - time.monotonic()))
    silent = ("closed", f"no answer within {PATIENCE:.0f} s")
    found = {name: answers.get(name, silent) for name in QUESTIONS}
    return [Finding(name, *found[name], "" if found[name][0] == "ok" else QUESTIONS[name][1]) for name in QUESTIONS]


def main(words: list[str], surroundings: Iterable[tuple] = ()) -> int:
    """The command line, [--network], and what start.py found; returns the exit code, 0 when the machine is ready."""
    if words not in ([], ["--network"]):
        print("python3 start.py doctor [--network]")
        return 2
    examination = examine(bool(words), *(Finding(*found) for found in surroundings))
    print(examination)
    return 0 if examination.ready else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
