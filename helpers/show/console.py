"""A console: SMTP to a host of the lab, typed line by line, with what both sides said above it."""

import contextlib
import select
import ssl
import time
from html import escape
from typing import Any

from helpers.check.notes import in_kernel
from helpers.lab import Lab
from helpers.lab.cast import Host
from helpers.show.session import Session
from helpers.wire import Transcript
from helpers.wire.conversation import Row, digit, grounds, rules
from helpers.wire.faces import colour, look, sign, visible

PATIENCE = 2  # seconds for a reply: so long the kernel waits with the console
GLANCE = 0.05  # seconds for one that is not due
GOODBYE = 0.2  # seconds for the end of a connection, once it was announced
UNTIL_THEN = "# Once a letter of yours has arrived, the lines of Python that say the same stand here."


class Script(str):
    """Lines of Python, which show as they are."""

    __repr__ = str.__str__


class Console:
    """A connection to a host of the lab, to be typed on. Takes the Lab, the host's name or address, the port, and who
    speaks (the learner's computer by default).

    It closes with its lab; whoever makes it anew has a new connection. Its text and its static HTML never change. On
    port 465, and once STARTTLS was answered with 220, it begins TLS by itself, as the lab's authority has it. Raises
    what `Lab.connect` raises.
    """

    def __init__(self, lab: Lab, host: str | Host, port: int = 25, source: str | Host | None = None):
        self._lab, self._host, self._port = lab, lab.host(host), port
        self._typed: list[str] = []
        self._widget: Any = None
        self._sock = lab.connect(self._host.address, port, source, timeout=PATIENCE)
        lab.at_close(self._end_with_lab)
        if port == 465:
            self._begin_tls()
        self._listen()
        self._news = self._latest(0)

    @property
    def transcript(self) -> Transcript:
        """What both sides have said so far."""
        return self._sock.transcript

    @property
    def code(self) -> Script:
        """The session so far as lines of `say(sock, ...)` and `sock.sendall(...)`, once a letter has arrived."""
        if not Session.of(self.transcript.lines).letters:
            return Script(UNTIL_THEN)
        return Script("\n".join(self._lines_of_code()))

    def say(self, line: str, end: str = "\r\n") -> str:
        r"""Say a line to the host, and return what it answers; "" where nothing comes, which the transcript then says.

        `end` may be "\n", or "" for a piece of a line. Several lines may have "\r\n" between them. Raises
        ConnectionError where the connection is closed.
        """
        if self.closed:
            raise ConnectionError(self._news)
        before = len(self._sock.pieces.calls)
        self._typed += line.split("\r\n")
        try:
            self._listen(0)  # what came meanwhile
            if not self.closed:
                self._sock.settimeout(PATIENCE)
                self._sock.sendall((line + end).encode("utf-8", "surrogateescape"))
                self._listen()
        except OSError:
            self._sock.close()
            raise
        finally:
            self._news = self._latest(before)
            self._show()
        return self._heard(before)

    @property
    def closed(self) -> bool:
        """Whether the connection is closed."""
        return self._sock.fileno() < 0

    def close(self) -> None:
        """Hang up."""
        self._sock.close()
        self._news = f"The connection to {self._host.name} is closed. For another, run its cell again."
        self._show()

    # The wire

    def _listen(self, patience: float | None = None) -> None:
        """Read until no reply is due, and no longer than PATIENCE."""
        due = bool(Session.of(self.transcript.lines).asked)
        if patience is None:
            patience = PATIENCE if due else GLANCE
        until = time.monotonic() + patience
        while not self.closed and self._readable(until):
            self._sock.settimeout(0)
            try:
                octets = self._sock.recv(65536)
            except ssl.SSLWantReadError:  # TLS had something to say, and the host has not
                continue
            except OSError:
                octets = b""
            session = Session.of(self.transcript.lines)
            if not octets:
                self._sock.close()
            elif session.upgrade:
                self._begin_tls()
                return
            elif session.over or not session.asked:
                until = time.monotonic() + (GOODBYE if session.over else 0)
        if due and patience and not self.closed and Session.of(self.transcript.lines).asked:
            self._sock.noted(f"{self._host.name} said nothing for {PATIENCE} s")

    def _readable(self, until: float) -> bool:
        if isinstance(self._sock, ssl.SSLSocket) and self._sock.pending():
            return True
        return bool(select.select([self._sock], [], [], max(0, until - time.monotonic()))[0])

    def _begin_tls(self) -> None:
        self._sock.settimeout(PATIENCE)
        context = self._lab.certificates.client_context()
        with contextlib.suppress(OSError):  # the transcript says so, and the connection is closed
            self._sock = context.wrap_socket(self._sock, server_hostname=self._host.name)

    def _end_with_lab(self) -> None:
        self._sock.close()
        self._news = "The lab is closed, and the connection with it. Run the cell that makes a lab, then this one."
        self._show()

    # What is shown

    def _heard(self, before: int) -> str:
        octets = b"".join(octets for who, octets in self._sock.pieces.calls[before:] if who == "S")
        return "\n".join(map(visible, octets.removesuffix(b"\r\n").split(b"\r\n"))) if octets else ""

    def _latest(self, before: int) -> str:
        """What is new, in a sentence."""
        heard, last = self._heard(before).split("\n"), self.transcript.lines[-1:]
        if self.closed:
            return f"{heard[-1]}{' ' * bool(heard[-1])}The connection is closed. For another, run its cell again."
        if last and not last[0].who:
            return f"{last[0].text}."
        more = f" ({len(heard)} lines)" if len(heard) > 1 else ""
        return f"{self._host.name}: {heard[-1]}{more}" if heard[-1] else "Said."

    def _lines_of_code(self) -> list[str]:
        lines = [f'sock = lab.connect("{self._host.address}", {self._port})', "print(sock.recv(1024))"]
        wrap = f'sock = context.wrap_socket(sock, server_hostname="{self._host.name}")'
        session, letter = Session(), []
        if self._port == 465:
            lines.insert(1, wrap)
        for line in self.transcript.lines:
            in_letter = session.letter
            session.add(line)
            if line.who == "S" and session.upgrade:
                lines.append(wrap)
            if line.who != "C":
                continue
            if in_letter:
                letter.append(f"    {_quoted(line.data)}")
                if not session.letter:
                    lines += ["sock.sendall(", *letter, ")", "print(sock.recv(1024))"]
                    letter = []
            elif line.data.endswith(b"\r\n") and b"\n" not in line.data[:-2]:
                text = line.data[:-2].decode("utf-8", "surrogateescape")
                lines.append(f"print(say(sock, {_quoted(text)}))")
            else:
                lines += [f"sock.sendall({_quoted(line.data)})", "print(sock.recv(1024))"]
        return lines

    def __repr__(self) -> str:
        return "\n".join([self._title(), *(f"  {code}  {what}" for code, what in self._by_code())])

    def _repr_html_(self) -> str:
        rows = "".join(f"<p><code>{escape(code.rstrip())}</code> {what}</p>\n" for code, what in self._by_code())
        return f"<div{look('card', 'card-open')}>\n<p><strong>{escape(self._title())}</strong></p>\n{rows}</div>"

    def _title(self) -> str:
        return f"A console to {self._host.name}, port {self._port}: type a line, and Enter says it. By code:"

    def _by_code(self) -> list[tuple[str, str]]:
        return [
            ('console.say("NOOP")          ', "says a line, and gives the reply"),
            (r'console.say("NOOP", end="\n")', 'ends it in LF alone; end="" says a piece of a line'),
            ("console.transcript           ", "has what both sides said"),
            ("console.code                 ", "has it in Python, once a letter has arrived"),
        ]

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if not in_kernel():
            return static
        if self._widget is None:
            from helpers.show.console_widget import ConsoleView  # only here: without a front end nobody wants one

            self._widget = ConsoleView(f"{self._host.name}, port {self._port}", self._answer)
            self._show()
        return {**self._widget._repr_mimebundle_()[0], **static}

    def _answer(self, line: str, end: str) -> None:
        with contextlib.suppress(OSError):  # `say` has told it
            self.say(line, end)

    def _show(self) -> None:
        if self._widget is not None:
            session = Session.of(self.transcript.lines)
            self._widget.show(
                rows=[_shown(row) for row in self.transcript.rows()],
                behind=[f"{state} {codes}".strip() for state, codes in session.behind.items()],
                typed=self._typed[-100:],
                news=self._news,
                code=self.code if session.letters else "",
                connected=not self.closed,
            )


def _shown(row: Row) -> dict[str, str]:
    """A row for the view: its sign, who says it, its text, and the classes of faces.css."""
    kind = digit(row)
    return {
        "sign": sign(kind) if kind else " ",
        "colour": f"mail-{colour(kind)}" if kind else "",
        "who": row.who,
        "text": row.text,
        "lane": _classes(rules(row)),
        "ground": _classes(["ground", *grounds(row)]),
    }


def _classes(names: list[str]) -> str:
    return " ".join(f"mail-{name}" for name in names)


def _quoted(said: bytes | str) -> str:
    """The literal of some octets or text, between double quotes where that is easy to read."""
    literal = repr(said)
    start = literal.index(literal[-1])
    easy = literal[-1] == "'" and '"' not in literal
    return f'{literal[:start]}"{literal[start + 1 : -1]}"' if easy else literal
