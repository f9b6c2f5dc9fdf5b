"""The moments of an SMTP conversation, at which the wire may fail: it is cut into pieces, each with its moment.

A moment is "greeting", a command's verb, or "." for the end of a letter; the second RCPT of a connection is "RCPT 2".
"""

from collections import Counter

from helpers.wire import MalformedReply, ReplyReader

GREETING, END = "greeting", "."
NAMES = (GREETING, "EHLO", "HELO", "MAIL", "RCPT", "DATA", END, "RSET", "NOOP", "VRFY", "AUTH", "STARTTLS", "QUIT")
Piece = tuple[str, bytes]  # a moment, or "" for what is not whole or no SMTP; and the octets


class Moments:
    """Follows one conversation. Once TLS begins, or no SMTP is spoken, nothing can be told apart any more."""

    def __init__(self):
        self._counted = Counter()
        self._asked = [GREETING]
        self._line = b""  # of the client's, not whole yet
        self._letter: bytes | None = None  # the last octets of the letter that is under way
        self._replies = ReplyReader()
        self._lost = False

    def said(self, octets: bytes) -> list[Piece]:
        """Cut what the client says after each command, and after the end of a letter."""
        pieces = []
        while octets and not self._lost:
            if self._letter is None:
                line, newline, octets = octets.partition(b"\n")
                self._line += line + newline
                if not newline:
                    pieces.append(("", line))
                    break
                verb = self._line.split(None, 1)[:1]
                pieces.append((self._ask(verb[0].decode("ascii", "replace").upper() if verb else ""), line + newline))
                self._line = b""
            else:
                seen = self._letter + octets
                at = seen.find(b"\r\n.\r\n")
                whole = len(octets) if at < 0 else at + 5 - len(self._letter)
                pieces.append((self._ask(END) if at >= 0 else "", octets[:whole]))
                self._letter = seen[-4:] if at < 0 else None
                octets = octets[whole:]
        return [*pieces, *([("", octets)] if octets and self._lost else [])]

    def answered(self, octets: bytes) -> list[Piece]:
        """Cut what the server says after each reply, which has the moment of what it answers."""
        if self._lost:
            return [("", octets)]
        begun = self._replies.pending
        try:
            replies = self._replies.feed(octets)
        except MalformedReply:
            self._lost = True
            return [("", begun + octets)]
        pieces = []
        for reply in replies:
            moment = self._asked.pop(0) if self._asked else ""
            self._letter = b"\r\n" if moment.startswith("DATA") and reply.code == 354 else self._letter
            self._lost = self._lost or (moment.startswith("STARTTLS") and reply.code == 220)
            pieces.append((moment, reply.raw))
        return pieces

    def _ask(self, moment: str) -> str:
        self._counted[moment] += 1
        numbered = moment if self._counted[moment] == 1 else f"{moment} {self._counted[moment]}"
        self._asked.append(numbered)
        return numbered
