"""The fields of a letter's header as the octets that they are: the `email` package might write the others anew."""

import re
from collections.abc import Callable


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


def _pattern(name: str) -> re.Pattern[bytes]:
    # A space may stand before the colon (RFC 5322 section 4.5); a line that begins with one continues the field.
    return re.compile(rb"^%s[ \t]*:(.*\r\n(?:[ \t].*\r\n)*)" % re.escape(name.encode()), re.IGNORECASE | re.MULTILINE)
