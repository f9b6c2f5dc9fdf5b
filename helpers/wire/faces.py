"""How values show themselves: columns of text, tables of HTML, and octets that would otherwise not be seen."""

from collections.abc import Collection, Iterable, Sequence
from html import escape

# JupyterLab sets tables to the right and joins spaces; on a wire both would mislead.
CELL = 'style="text-align:left;white-space:pre-wrap"'


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


def table(caption: str, head: Sequence[str], rows: Iterable[Sequence[str]], code: Collection[str] = ()) -> str:
    """An HTML table of plain text cells, all escaped here; the first of each row is its heading.

    `code` names the columns that hold what was said on the wire, as against words about it.
    """

    def cell(text: str, name: str) -> str:
        shown = f"<code>{escape(text)}</code>" if name in code else escape(text)
        return f'<th scope="row" {CELL}>{shown}</th>' if name == head[0] else f"<td {CELL}>{shown}</td>"

    heads = "".join(f'<th scope="col" {CELL}>{escape(name)}</th>' for name in head)
    body = "".join(f"<tr>{''.join(map(cell, row, head))}</tr>\n" for row in rows)
    return (
        f"<table>\n<caption {CELL}>{escape(caption)}</caption>\n"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>\n"
    )


class Face:
    """A value that shows a title and rows: as lines of text, and as a table of HTML.

    A class of them says `_title()` and `_rows()`; and, where it differs, the head of the columns, which of them hold
    what was said on the wire, and the rows of the text.
    """

    _head: Sequence[str] = ("What", "Found")
    _code: Collection[str] = ()

    def _title(self) -> str:
        raise NotImplementedError

    def _rows(self) -> Iterable[Sequence[str]]:
        raise NotImplementedError

    def _text_rows(self) -> Iterable[Sequence[str]]:
        return self._rows()

    def __repr__(self) -> str:
        return "\n".join([self._title(), *(f"  {line}" for line in columns(self._text_rows()))])

    def _repr_html_(self) -> str:
        return table(self._title(), self._head, self._rows(), self._code)
