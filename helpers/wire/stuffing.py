"""A letter beside what goes over the wire for it: which lines have a dot more, and which line ends it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from helpers.wire.faces import Face, visible

END = b".\r\n"


@dataclass(frozen=True, repr=False)
class OnTheWire(Face):
    """Takes a letter (bytes, lines in CR LF), and all that goes out for it after 354."""

    letter: bytes
    wire: bytes

    _head, _code = ("Line", "In the letter", "On the wire", "What was done"), ("In the letter", "On the wire")

    def _title(self) -> str:
        return f"A letter of {len(self.letter)} octets, and {len(self.wire)} octets on the wire"

    def _rows(self) -> Iterator[tuple[str, str, str, str]]:
        pairs = zip_longest(_lines(self.letter), _lines(self.wire))
        for number, (line, said) in enumerate(pairs, 1):
            yield str(number), _shown(line), _shown(said), _done(line, said)

    def _text_rows(self) -> Iterator[tuple[str, str, str, str]]:
        yield self._head
        yield from self._rows()


def _lines(octets: bytes) -> list[bytes]:
    *whole, rest = octets.split(b"\r\n")
    return [line + b"\r\n" for line in whole] + [rest] * bool(rest)


def _shown(line: bytes | None) -> str:
    return "" if line is None else visible(line.removesuffix(b"\r\n"))


def _done(line: bytes | None, said: bytes | None) -> str:
    if line is None:
        return "the end of the letter" if said == END else "nothing of the letter"
    ended = line.removesuffix(b"\r\n") + b"\r\n"
    if said in (line, ended):
        return "" if said == line else "+ CR LF"
    return "+ a dot" if said == b"." + ended and line[:1] == b"." else "another line"
