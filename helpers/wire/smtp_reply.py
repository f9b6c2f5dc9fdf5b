"""An SMTP reply, read from a stream of octets (RFC 5321 section 4.2).

TCP keeps the order of octets and nothing else: one `recv` may bring half a reply, or two. A `ReplyReader` takes the
pieces as they come, and gives each reply when its last line is whole:

    reader = ReplyReader()
    reader.feed(b"250-mx1.outlook.test\\r\\n250 SI")      # []
    reader.feed(b"ZE 1000000\\r\\n")                       # [the reply, of two lines]
"""

import re
from dataclasses import dataclass

from helpers.wire.faces import table, visible

# RFC 5321 section 4.5.3.1.5 allows 512 octets a line, CRLF among them, and some servers write more. Whoever reads must
# stop somewhere, or a server that never ends its line fills the memory.
LONGEST_LINE = 4096
MOST_LINES = 1000

# A code, then a hyphen if more lines follow, else a space or nothing. The standard's codes have 0 to 5 as their second
# digit; a client that meets another code goes by its first digit (section 4.2).
_CODE = re.compile(rb"[2-5][0-9][0-9](?=[ -]|$)")
_TO_CR_OR_LF = re.compile(rb"[^\r\n]{0,%d}" % LONGEST_LINE)
# RFC 3463 section 2: class, subject, detail, without leading zeros. RFC 2034 section 4: at the start of the text.
_ENHANCED = re.compile(rb"[245]\.(?:0|[1-9][0-9]{0,2})\.(?:0|[1-9][0-9]{0,2})(?= |$)")

# RFC 5321 section 4.2.1, by the first digit.
MEANINGS = {
    2: "positive completion: done",
    3: "positive intermediate: go on",
    4: "transient negative: not now, try again later",
    5: "permanent negative: no, and not later either",
}


class MalformedReply(ValueError):
    """What came is not an SMTP reply. `replies` holds the whole ones that came before it in the same piece."""

    def __init__(self, sentence: str, replies: tuple["Reply", ...] = ()):
        super().__init__(sentence)
        self.replies = replies


@dataclass(frozen=True, repr=False)
class Reply:
    """One reply of a server: `code` (250), `enhanced` code or None ("2.1.5", RFC 3463), the text of each line.

    `lines` are without code and enhanced code; an octet that is not UTF-8 appears in them as `\\xff`. `raw` is
    what was really on the wire.
    """

    code: int
    enhanced: str | None
    lines: tuple[str, ...]
    raw: bytes

    text = property(lambda self: "\n".join(self.lines), doc="The lines' text, one below the other.")
    ok = property(lambda self: self.code // 100 == 2, doc="2yz: what was asked is done.")
    intermediate = property(lambda self: self.code // 100 == 3, doc="3yz: so far so good, the server waits for more.")
    transient = property(lambda self: self.code // 100 == 4, doc="4yz: refused for now; the same may be tried again.")
    permanent = property(lambda self: self.code // 100 == 5, doc="5yz: refused, and the same is not to be tried again.")

    def __repr__(self) -> str:
        return "\n".join(map(visible, self.raw.removesuffix(b"\r\n").split(b"\r\n")))

    def _repr_html_(self) -> str:
        row = (str(self.code), MEANINGS[self.code // 100], self.enhanced or "none", "\n".join(map(visible, self.lines)))
        return table("SMTP reply", ("Code", "Meaning", "Enhanced code", "Text"), [row], code=("Code", "Text"))


class ReplyReader:
    """Makes replies of a server's octets, however they are sliced."""

    def __init__(self) -> None:
        self._lines: list[bytes] = []  # the first lines of a reply that goes on
        self._rest = bytearray()  # after them, what is not a whole line yet

    pending = property(lambda self: b"".join(self._lines) + self._rest, doc="The octets of what is no whole reply yet.")

    def feed(self, data: bytes) -> list[Reply]:
        """Take the next octets; return the replies that they complete, often none.

        Raises MalformedReply: a line without a code, lines of one reply with different codes, a CR or an LF alone, a
        line of more than LONGEST_LINE octets, a reply of more than MOST_LINES lines. The reader then stays where it is
        and says so again, for nobody can know where the next reply would begin.

        A bare LF does not end a line (RFC 5321 section 2.3.8 forbids sending one and taking it for a line's end): where
        two programs differ on what a line is, one can be told things that the other does not see.
        """
        self._rest += data
        replies = []
        try:
            while (line := self._line()) is not None:
                self._lines.append(line)
                del self._rest[: len(line)]
                if line[3:4] != b"-":
                    replies.append(_reply(self._lines))
                    self._lines = []
        except MalformedReply as error:
            error.replies = tuple(replies)
            raise
        return replies

    def _line(self) -> bytes | None:
        """The next line, CRLF included, or None if it is not whole yet."""
        size = _TO_CR_OR_LF.match(self._rest).end()
        line, end = bytes(self._rest[:size]), bytes(self._rest[size : size + 2])
        if size + 2 > LONGEST_LINE:
            raise MalformedReply(f"A line of this SMTP reply is longer than {LONGEST_LINE} octets: {_start_of(line)}")
        if end in (b"", b"\r"):
            return None
        if end != b"\r\n":
            alone = _start_of(line + end[:1])
            raise MalformedReply(f"A line of an SMTP reply ends in CR LF, here one is alone: {alone}")
        if not _CODE.match(line):
            raise MalformedReply(f"An SMTP reply begins with a code, 200 to 599, and this does not: {_start_of(line)}")
        if self._lines and self._lines[0][:3] != line[:3]:
            first = self._lines[0][:3].decode()
            raise MalformedReply(f"An SMTP reply has one code on all lines, and after {first} comes {_start_of(line)}")
        if len(self._lines) == MOST_LINES:
            raise MalformedReply(f"This SMTP reply has more than {MOST_LINES} lines.")
        return line + end


def _reply(lines: list[bytes]) -> Reply:
    texts = [line[4:-2] for line in lines]
    found = [match[0] for match in map(_ENHANCED.match, texts) if match and match[0][0] == lines[0][0]]
    if found:
        texts = [re.sub(rb"^%s(?: +|$)" % re.escape(found[0]), b"", text) for text in texts]
    said = tuple(text.decode("utf-8", "backslashreplace") for text in texts)
    return Reply(int(lines[0][:3]), found[0].decode() if found else None, said, raw=b"".join(lines))


def _start_of(line: bytes) -> str:
    return visible(line[:60]) + ("..." if len(line) > 60 else "")
