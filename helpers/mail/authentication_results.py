"""Authentication-Results: a receiving host writes into the letter what it found (RFC 8601).

Anybody can write such a field. Only one with the name of the reader's own host is worth reading, and only because that
host takes out those that came in under its name (section 5).
"""

import re
from dataclasses import dataclass, field

from helpers.lab.fields import fields, split, without_comments, without_fields
from helpers.mail.names import a_labels
from helpers.wire.faces import Face, visible

_NAME = "Authentication-Results"
_LINE = 76  # characters of a line before it is folded
RESULT_READ = 4000  # characters of one result
MOST_READ = 50  # fields of one letter
_TOKEN = r'[^\s()";=]+'
_VALUE = rf'"(?:[^"\\]|\\.)*"(?:@{_TOKEN})?|{_TOKEN}'  # a local part may be quoted
_PARTS = re.compile(r'(?:"(?:[^"\\]|\\.)*"|[^;"])+', re.DOTALL)
_SERVER = re.compile(rf"({_VALUE})(?:\s+[0-9]+)?", re.DOTALL)
_RESULT = re.compile(r"([A-Za-z0-9-]+)\s*(?:/\s*[0-9]+\s*)?=\s*([A-Za-z0-9-]+)")
# The local part of an address may hold more than a token (RFC 5322 section 3.2.3).
_PAIR = rf'([A-Za-z0-9-]++(?:\s*+\.\s*+[A-Za-z0-9_-]++)?)\s*+=\s*+("(?:[^"\\]|\\.)*+"(?:@{_TOKEN})?|[^\s();"]+)'
_PROPERTY = re.compile(_PAIR, re.DOTALL)
_PROPERTIES = re.compile(rf"(?:\s*+{_PAIR})*+\s*", re.DOTALL)


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
        reason = f" reason={_quoted(self.reason, always=True)}" if self.reason else ""
        properties = (f" {name}={_quoted(value)}" for name, value in self.properties.items())
        return f"{self.method}={self.result}{reason}{''.join(properties)}"


@dataclass(frozen=True, repr=False)
class AuthenticationResults(Face):
    """One such field: `server`, the host or domain that says so ('' where that cannot be read), its `results` (a tuple
    of Result), and what in it cannot be read, `unread` (a tuple of str).
    """

    server: str
    results: tuple[Result, ...] = ()
    unread: tuple[str, ...] = ()

    _head = ("Method", "Result", "Of", "Reason")

    def field(self) -> str:
        """Return the header field, folded, without the line's end."""
        results = [str(result) for result in self.results] or ["none"]
        return ";\r\n".join([f"{_NAME}: {self.server}", *(_folded(result) for result in results)])

    def _rows(self) -> list[tuple[str, str, str, str]]:
        of = [visible(", ".join(map(" ".join, one.properties.items()))) for one in self.results]
        rows = [(one.method, one.result, what, visible(one.reason)) for one, what in zip(self.results, of, strict=True)]
        rows += [("(not readable)", "", visible(text[:120]), "") for text in self.unread]
        return rows or [("(none)", "", "no check was made", "")]

    def _title(self) -> str:
        return f"Authentication results, as {visible(self.server) or '(no readable name)'} states them"

    def __repr__(self) -> str:
        rows = [": ".join(filter(None, (" ".join(row[:3]).rstrip(), row[3]))) for row in self._rows()]
        return "\n".join([self._title(), *(f"  {row}" for row in rows)])


def read_results(content: bytes) -> tuple[AuthenticationResults, ...]:
    """Return the Authentication-Results fields of a letter (its octets), from the top, what cannot be read among them.
    Who wrote them is for the reader to judge: by `server`, and by the host that the letter came from last.
    """
    header = split(re.sub(rb"\r?\n", b"\r\n", content))[0] + b"\r\n"
    return tuple(map(_read, fields(header, _NAME)[:MOST_READ]))


def remove_forged(content: bytes, server: str) -> bytes:
    """Return a letter without the fields that claim to be of `server`, or of a host within that domain (section 5).

    One whose server cannot be read goes too where that name stands in it: another program may read it so.
    """
    server = a_labels(server)

    def ours(value: bytes) -> bool:
        one = _read(value)
        if one.server:
            return f".{a_labels(one.server)}".endswith(f".{server}")
        return server in re.sub(r'[\s"\\]', "", " ".join(one.unread)).lower()

    return without_fields(content, _NAME, ours)


def _read(octets: bytes) -> AuthenticationResults:
    """Read the value of a field by the grammar of section 2.2, as far as it goes by that."""
    text, rest = without_comments(octets.decode("utf-8", "surrogateescape"))
    first, *parts = [part.strip() for part in _PARTS.findall(text)] or [""]
    match = _SERVER.fullmatch(first) if len(first) <= RESULT_READ else None
    if not match:
        return AuthenticationResults("", (), (f"{text}{rest}".strip(),))
    parts = [part for part in parts if part]
    parts = [] if [part.lower() for part in parts] == ["none"] else parts
    found = [(_result(part), part) for part in parts]
    unread = [part for result, part in found if not result] + [rest] * bool(rest)
    return AuthenticationResults(_plain(match[1]), tuple(result for result, _ in found if result), tuple(unread))


def _result(text: str) -> Result | None:
    first = _RESULT.match(text) if len(text) <= RESULT_READ else None
    if not (first and _PROPERTIES.fullmatch(text, first.end())):
        return None
    found = _PROPERTY.findall(text, first.end())
    pairs = {"".join(name.split()).lower(): _plain(value) for name, value in found}
    return Result(first[1].lower(), first[2].lower(), pairs, pairs.pop("reason", ""))


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
