"""The fields of a letter's header as the octets that they are: the `email` package might write the others anew."""

import re
from collections.abc import Callable

_PIECES = re.compile(r'\\.|[^\\()"]+|.', re.DOTALL)


def split(content: bytes) -> tuple[bytes, bytes]:
    """Return a letter's header, and what follows: the empty line and the body, or nothing."""
    header, end, body = content.partition(b"\r\n\r\n")
    return header + end[:2], end[2:] + body


def fields(header: bytes, name: str) -> list[bytes]:
    """Return the values of the fields of that name, from the top, each as it is folded and with its line's end."""
    return [match[1] for match in _pattern(name).finditer(header)]


def with_field(header: bytes, name: str, value: bytes) -> bytes:
    """Return a header with a field of that value: in the place of the first of that name, or else at the end."""
    field = name.encode() + b": " + value + b"\r\n"
    header, count = _pattern(name).subn(lambda match: field, header, count=1)
    return header if count else header + field


def without_fields(content: bytes, name: str, unwanted: Callable[[bytes], bool] = lambda value: True) -> bytes:
    """Return a letter without its fields of that name, or without those whose value is `unwanted`."""
    header, rest = split(content)
    return _pattern(name).sub(lambda match: b"" if unwanted(match[1]) else match[0], header) + rest


def without_comments(text: str) -> tuple[str, str]:
    """Return a text without its comments, which stand in parentheses and may nest (RFC 5322 section 3.2.2), and what is
    left of it from a comment or a quotation on that has no end ('' as a rule).
    """
    kept, depth, quoted, opened = [], 0, False, (0, 0)
    for match in _PIECES.finditer(text):
        piece = match[0]
        if piece in ("(", '"') and not (depth or quoted):
            opened = len(kept), match.start()
        if piece == '"' and not depth:
            quoted = not quoted
        elif (piece == "(" or piece == ")" and depth) and not quoted:
            depth += 1 if piece == "(" else -1
            piece = "" if depth else " "
        if not depth:
            kept.append(piece)
    return ("".join(kept[: opened[0]]), text[opened[1] :].strip()) if depth or quoted else ("".join(kept), "")


def _pattern(name: str) -> re.Pattern[bytes]:
    # A space may stand before the colon (RFC 5322 section 4.5); a line that begins with one continues the field.
    return re.compile(rb"^%s[ \t]*:(.*\r\n(?:[ \t].*\r\n)*)" % re.escape(name.encode()), re.IGNORECASE | re.MULTILINE)
