"""What the replies of a server have made of a conversation so far; never what may come next."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from helpers.wire import Line
from helpers.wire.conversation import TLS_BEGINS

ENVELOPE = ("MAIL", "RCPT", "DATA")


@dataclass
class Session:
    """A conversation over SMTP as its client has it, line by line.

    `behind` has the states that it has reached, in order, each with the codes that brought it there. `asked` are the
    commands whose reply has not come; `letter` says that the lines go into a letter, `letters` how many were taken,
    `over` that the server has said goodbye, and `upgrade` that it waits for TLS.
    """

    behind: dict[str, str] = field(default_factory=lambda: {"connected": ""})
    asked: list[str] = field(default_factory=lambda: ["greeted"])
    letter: bool = False
    letters: int = 0
    over: bool = False
    upgrade: bool = False

    @classmethod
    def of(cls, lines: Iterable[Line]) -> "Session":
        """The session that a transcript's lines tell of."""
        session = cls()
        for line in lines:
            session.add(line)
        return session

    def add(self, line: Line) -> None:
        """Take the next line of the transcript."""
        if line.who == "C":
            self._said(line.data)
        elif line.who == "S" and line.data.endswith(b"\r\n") and line.data[3:4] != b"-":
            self._answered(line.data[:3].decode("ascii", "replace"))
        elif not line.who and line.data.startswith(TLS_BEGINS.encode()):
            self.behind, self.upgrade = {"connected": "", "TLS": ""}, False

    def _said(self, data: bytes) -> None:
        if self.letter:
            self.letter = data != b".\r\n"
            self.asked += ["sent"] * (not self.letter)
            return
        for command in data.split(b"\n")[:-1]:
            self.asked.append(command[:9].split(b" ")[0].strip().decode("ascii", "replace").upper())

    def _answered(self, code: str) -> None:
        asked = self.asked.pop(0) if self.asked else ""
        done = code.startswith("2")
        self.over = self.over or code in ("221", "421")
        self.upgrade = asked == "STARTTLS" and code == "220"
        if asked == "sent" or done and asked in ("RSET", "EHLO", "HELO"):
            for state in ENVELOPE:
                self.behind.pop(state, None)
        if asked == "DATA" and code == "354":
            self.letter = True
        elif code == "235":
            asked = "AUTH"
        elif not (done and asked in ("greeted", "EHLO", "HELO", "MAIL", "RCPT", "sent")):
            return
        self.letters += asked == "sent"
        self.behind[asked] = f"{self.behind[asked]} {code}" if asked == "RCPT" and asked in self.behind else code
