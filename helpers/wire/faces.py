"""How values show themselves: columns of text, tables of HTML, and octets that would otherwise not be seen.

The visual language is here and in faces.css. A sign says everything before a colour does, so that a face stays whole
where style is taken away: a reply's first digit, what came of a question to the DNS, a verdict.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from html import escape
from pathlib import Path

SHEET, SCRIPT = (Path(__file__).with_name(f"faces.{kind}") for kind in ("css", "js"))
_RULES = dict(re.findall(r"^\.mail-(\S+) \{ (.+) \}$", SHEET.read_text(encoding="utf-8"), re.MULTILINE))

Row = Sequence[str | None]
UNBROKEN = 8  # characters: a number or a type of record stands on one line, however narrow the window
_GOOD, _MORE, _WAIT, _BAD, _OPEN = ("✓", "good"), ("…", "more"), ("↻", "wait"), ("✗", "bad"), ("○", "open")
_SIGNS = {  # what may be said of a thing: its sign, and the rule of its colour
    **dict(zip("2345", (_GOOD, _MORE, _WAIT, _BAD), strict=True)),  # a reply's first digit
    **dict.fromkeys(("answer", "delivered", "pass", "fine", "open"), _GOOD),
    **dict.fromkeys(("referral", "alias", "truncated"), ("→", "more")),
    **dict.fromkeys(("cache", "remembered"), ("↺", "more")),
    **dict.fromkeys(("timeout", "unreachable", "lame", "no answer", "deferred", "temperror"), _WAIT),
    **dict.fromkeys(("NXDOMAIN", "no name", "bounced", "fail", "permerror", "broken"), _BAD),
    **dict.fromkeys(("softfail", "weak"), ("~", "wait")),
    "note": _MORE,
    "returned": ("↩", "more"),
}


def sign(kind: object) -> str:
    """The sign of a kind: a reply's first digit, an outcome in the DNS, a fate, a verdict. An open ring for others."""
    return _SIGNS.get(str(kind), _OPEN)[0]


def signed(kind: object) -> str:
    """A kind with its sign before it: "✓ pass"."""
    return f"{sign(kind)} {kind}"


def colour(kind: object) -> str:
    """The rule of faces.css that gives a kind its colour."""
    return _SIGNS.get(str(kind), _OPEN)[1]


def module(*files: Path) -> str:
    """The ECMAScript of a view: what all views share (faces.js), and its own files."""
    return "\n".join(file.read_text(encoding="utf-8") for file in (SCRIPT, *files))


def sheet(*files: Path) -> str:
    """The style of a view: the visual language, and its own files."""
    return "\n".join(file.read_text(encoding="utf-8") for file in (SHEET, *files))


def look(*rules: str) -> str:
    """A style attribute of some rules of faces.css, with a space before it; nothing for none. Raises KeyError."""
    return f' style="{"; ".join(_RULES[rule] for rule in rules)}"' if rules else ""


def lead(kind: object, text: str) -> str:
    """Text as HTML with its kind's sign and colour before it."""
    return f"<span{look(colour(kind))}>{sign(kind)}</span> {escape(text)}"


def visible(data: bytes | str, keep: str = "") -> str:
    r"""Text in which everything can be seen, written as in a Python string: `\r`, `\n`, `\x00`, `\\`.

    Takes octets, read as UTF-8 where they are that, or text, and characters to leave alone. Printing characters stay
    as they are. The result holds no other line break, control or character that turns the direction of writing.
    """
    text = data.decode("utf-8", "surrogateescape") if isinstance(data, bytes) else data
    return "".join(c if c in keep or (c.isprintable() and c != "\\") else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # how "surrogateescape" keeps an octet that is not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code < 0x80:
        return character.encode("unicode_escape").decode()
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def columns(rows: Iterable[Sequence[str]]) -> list[str]:
    """Rows of cells as lines of text, each column as wide as its widest cell."""
    rows = list(rows)
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def table(caption: str, head: Sequence[str], rows: Iterable[Row], code: Collection[str] = ()) -> str:
    """An HTML table of plain text cells, all escaped here; the first of each row is its heading.

    A row that begins with None shares the heading above it. `code` names the columns that hold what was said on the
    wire, as against words about it.
    """
    beside = look("cell", *["wrap"] * (len(head) == 2))  # of two columns the second may be as narrow as the window is
    groups: list[list[Row]] = []  # the rows under each heading
    for row in rows:
        if row[0] is None:
            groups[-1].append(row)
        else:
            groups.append([row])

    def shown(text: str, name: str) -> str:
        wrap = ["wrap"] * (len(text) > UNBROKEN)
        return f"<code{look(*wrap)}>{escape(text)}</code>" if name in code else escape(text)

    def lines(group: list[Row]) -> Iterator[str]:
        span = f' rowspan="{len(group)}"' if len(group) > 1 else ""
        name = shown(group[0][0], head[0])
        heading = f'<th scope="row"{span}{look("cell")}>{name}</th>' if group[0][0] else f"<td{span}{beside}></td>"
        for row in group:
            cells = "".join(f"<td{beside}>{cell}</td>" for cell in map(shown, row[1:], head[1:]))
            yield f"<tr>{heading}{cells}</tr>\n"
            heading = ""

    heads = "".join(f'<th scope="col"{look("head")}>{escape(name)}</th>' for name in head)
    body = "".join(line for group in groups for line in lines(group))
    return (
        f"<table{look('table')}>\n<caption{look('caption')}>{escape(caption)}</caption>\n"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"
    )


class Face:
    """A value that shows a title and rows: as lines of text, and as a table of HTML.

    A class of them says `_title()` and `_rows()`, as `table` has them; and, where it differs, the head of the columns,
    which of them hold what was said on the wire, and the rows of the text.
    """

    _head: Sequence[str] = ("What", "Found")
    _code: Collection[str] = ()

    def _title(self) -> str:
        raise NotImplementedError

    def _rows(self) -> Iterable[Row]:
        raise NotImplementedError

    def _text_rows(self) -> Iterable[Sequence[str]]:
        return self._rows()

    def __repr__(self) -> str:
        return "\n".join([self._title(), *(f"  {line}" for line in columns(self._text_rows()))])

    def _repr_html_(self) -> str:
        return table(self._title(), self._head, self._rows(), self._code)
