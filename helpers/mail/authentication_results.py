"""Authentication-Results: a receiving host writes into the letter what it found (RFC 8601).

Anybody can write such a field. Only one with the name of the reader's own host is worth reading, and only because that
host takes out those that came in under its name (section 5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from helpers.lab.fields import fields, split, without_fields
from helpers.wire.faces import Face, visible

_NAME = "Authentication-Results"
_LINE = 76  # characters of a line before it is folded
FIELD_READ = 4000  # octets of one field; no honest one is longer
MOST_READ = 50  # fields of one letter
_TOKEN = r'[^\s()";=]+'
_VALUE = rf'"(?:[^"\\]|\\.)*"(?:@{_TOKEN})?|{_TOKEN}'  # a local part may be quoted
_PARTS = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^;"])+', re.DOTALL)
_SERVER = re.compile(rf"({_VALUE})(?:\s+[0-9]+)?", re.DOTALL)
_RESULT = re.compile(r"([A-Za-z0-9-]+)\s*(?:/\s*[0-9]+\s*)?=\s*([A-Za-z0-9-]+)")
_PROPERTY = re.compile(rf"([A-Za-z0-9-]+(?:\s*\.\s*[A-Za-z0-9_-]+)?)\s*=\s*({_VALUE})", re.DOTALL)


@dataclass(frozen=True)
class Result:
    """What one method found: `method` ("spf"), `result` ("pass"), `properties` ({"smtp.mailfrom": "gmail.test"}), and
    the `reason` ('' where none is given).
    """

    method: str
    result: str
    properties: dict[str, str] = field(default_factory=dict)
    reason: str = ""

    def __str__(self) -> str:
        """The result as the field writes it (section 2.2)."""
        said = [f"{self.method}={self.result}"]
        if self.reason:
            said.append(f"reason={_quoted(self.reason, always=True)}")
        return " ".join([*said, *(f"{name}={_quoted(value)}" for name, value in self.properties.items())])


@dataclass(frozen=True, repr=False)
class AuthenticationResults(Face):
    """One such field: `server`, the host or domain that says so, and its `results` (a tuple of Result)."""

    server: str
    results: tuple[Result, ...] = ()

    _head = ("Method", "Result", "Of", "Reason")

    def field(self) -> str:
        """Return the header field, folded, without the line's end."""
        results = [str(result) for result in self.results] or ["none"]
        return ";\r\n".join([f"{_NAME}: {self.server}", *(_folded(result) for result in results)])

    def _rows(self) -> list[tuple[str, str, str, str]]:
        of = [visible(", ".join(map(" ".join, one.properties.items()))) for one in self.results]
        rows = [(one.method, one.result, what, visible(one.reason)) for one, what in zip(self.results, of, strict=True)]
        return rows or [("(none)", "", "no check was made", "")]

    def _title(self) -> str:
        return f"Authentication results, as {visible(self.server)} states them"

    def __repr__(self) -> str:
        rows = [": ".join(filter(None, (" ".join(row[:3]).rstrip(), row[3]))) for row in self._rows()]
        return "\n".join([self._title(), *(f"  {row}" for row in rows)])


def read_results(content: bytes) -> tuple[AuthenticationResults, ...]:
    """Return the Authentication-Results fields of a letter (its octets), from the top; those that cannot be read are
    left out. Who wrote them is for the reader to judge: by `server`, and by the host that the letter came from last.
    """
    found = map(_read, fields(split(content)[0], _NAME))
    return tuple(one for one, _ in zip(filter(None, found), range(MOST_READ), strict=False))


def remove_forged(content: bytes, server: str) -> bytes:
    """Return a letter without the fields that claim to be of `server`, or of a host within that domain (section 5).

    One that cannot be read goes too: another program may read into it what is not there.
    """

    def ours(value: bytes) -> bool:
        one = _read(value)
        return one is None or f".{one.server.lower().rstrip('.')}".endswith(f".{server.lower()}")

    return without_fields(content, _NAME, ours)


def _read(octets: bytes) -> AuthenticationResults | None:
    """Read the value of a field; None where it is not by the grammar of section 2.2."""
    try:
        text = _without_comments(octets.decode()) if len(octets) <= FIELD_READ else ""
    except ValueError:  # not UTF-8, or a comment or a quotation that does not end
        return None
    server, *parts = [part.strip() for part in _PARTS.findall(text)] or [""]
    match = _SERVER.fullmatch(server)
    if not match:
        return None
    parts = [part for part in parts if part]
    results = [] if [part.lower() for part in parts] == ["none"] else [_result(part) for part in parts]
    return AuthenticationResults(_plain(match[1]), tuple(results)) if all(results) else None


def _result(text: str) -> Result | None:
    first = _RESULT.match(text)
    if not first:
        return None
    rest = text[first.end() :]
    if _PROPERTY.sub("", rest).strip():
        return None
    pairs = {"".join(name.split()).lower(): _plain(value) for name, value in _PROPERTY.findall(rest)}
    return Result(first[1].lower(), first[2].lower(), pairs, pairs.pop("reason", ""))


def _without_comments(text: str) -> str:
    """The text without what stands in parentheses, which may nest. Raises ValueError where one does not end."""
    kept, depth, quoted = [], 0, False
    for piece in re.findall(r"\\.|.", text, re.DOTALL):
        if piece == '"' and not depth:
            quoted = not quoted
        elif piece in ("(", ")") and not quoted:
            depth += 1 if piece == "(" else -1
            continue
        if not depth:
            kept.append(piece)
    if depth or quoted:
        raise ValueError("a comment or a quotation has no end")
    return "".join(kept)


def _plain(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1], flags=re.DOTALL) if value.endswith('"') else value


def _quoted(value: str, always: bool = False) -> str:
    """A value as the field may hold it. What could end the line or the quotation is written out."""
    if not always and re.fullmatch(_TOKEN, value) and value.isascii() and value.isprintable():
        return value
    value = "".join(c if c.isascii() and c.isprintable() else "?" for c in value)
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


def _folded(result: str) -> str:
    """One result on lines of its own; a long one is broken where a space is."""
    lines = [""]
    for word in re.findall(r'(?:"(?:[^"\\]|\\.)*"|\S)+', result):
        if lines[-1] and len(lines[-1]) + len(word) > _LINE:
            lines.append("")
        lines[-1] += f" {word}" if lines[-1] else word
    return "\r\n".join(f"\t{line}" if number == 0 else f"\t  {line}" for number, line in enumerate(lines))
