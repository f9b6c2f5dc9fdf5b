"""A mymail.py that an earlier layout of the course wrote, put right, so that plain Python can import it.

There a reference answer was imported from its notebook's module, `helpers.check.answers.spf`; now `helpers.answers` has
each by its name. Only such imports change, and the hashes of blocks that were not edited by hand, so that they still
count as that. Standard library only: laying needs no package.
"""

import ast
import re
from collections.abc import Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path

from . import blocks, files, lessons

_GONE = "helpers.check.answers"
_NOW = "helpers.answers"
MODULES = {
    *("dkim_dmarc", "dns_lookups", "dns_lookups_first", "dns_on_the_wire", "first_letter", "live_server"),
    *("locked_doors", "record_types", "smtp_by_hand", "spf", "spf_first", "the_letter"),
}
_WHOLE = {f"{_GONE}.{module}" for module in MODULES}


def put_right(text: str) -> str:
    """A text of marked blocks with what it imports from the earlier layout imported from where that is now.

    Imports of names that exist no more are left alone, and so is what does not parse: it is put right when it does.
    Where the whole does not parse, each block and what stands between them may.
    """
    if _GONE not in text:
        return text
    right = _moved(text)
    if right is None:
        cuts = [0, *(cut for block in blocks.BLOCK.finditer(text) for cut in block.span("body")), len(text)]
        right = "".join(_moved(text[start:end]) or text[start:end] for start, end in pairwise(cuts))
    unedited = (blocks.hash_of(block["body"]) == block["hash"] for block in blocks.BLOCK.finditer(text))

    def hashed(block: re.Match) -> str:
        before, after = right[block.start() : block.start("hash")], right[block.end("hash") : block.end()]
        return before + blocks.hash_of(block["body"]) + after if next(unedited, False) else block[0]

    return blocks.BLOCK.sub(hashed, right)


def mend(folder: Path) -> None:
    """Put the files of a working copy right, under their lock. What cannot be read or written stays as it is."""
    with suppress(OSError, lessons.NoLessons):
        paths = [folder / name for name in (blocks.NAME, blocks.EARLIER) if _wrong(folder / name)]
        if not paths:
            return
        with files.locked(folder / blocks.LOCK, blocks.PATIENCE):
            for path in filter(_wrong, paths):  # another kernel may have done it meanwhile
                files.sweep(path)
                files.write_whole(path, put_right(_read(path)).encode())


def _wrong(path: Path) -> bool:
    text = _read(path)
    return put_right(text) != text


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def _moved(text: str) -> str | None:
    """A text with its imports from the earlier layout changed; None where it does not parse."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    for start, end, there in sorted(_edits(text, tree), reverse=True):
        text = text[:start] + there + text[end:]
    return text


def _edits(text: str, tree: ast.Module) -> Iterator[tuple[int, int, str]]:
    """What has to change: from where to where in the text, and what comes there."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)

    def place(line: int, column: int) -> int:
        return starts[line - 1] + len(lines[line - 1].encode()[:column].decode())

    def span(node: ast.AST) -> tuple[int, int]:
        return place(node.lineno, node.col_offset), place(node.end_lineno, node.end_col_offset)

    for node in ast.walk(tree):
        if isinstance(node, ast.Import):  # import helpers.check.answers.spf as spf
            for alias in node.names:
                start, _ = span(alias)
                if alias.name in _WHOLE and text.startswith(alias.name, start):
                    yield start, start + len(alias.name), _NOW
        elif isinstance(node, ast.Attribute) and node.attr in MODULES and ast.unparse(node) in _WHOLE:
            start, end = span(node)  # helpers.check.answers.spf.matches(...)
            if text[start:end] in _WHOLE:  # before 3.12 nodes in an f-string stand elsewhere
                yield start, end, _NOW
        elif isinstance(node, ast.ImportFrom) and not node.level:
            named = re.compile(r"from[\s\\]+([\w.]+)").match(text, span(node)[0])
            if not named or named[1] != node.module:
                continue
            names = {alias.name for alias in node.names}
            if node.module in _WHOLE and names <= lessons.owners("exercise").keys():  # ... import matches
                yield *named.span(1), _NOW
            elif node.module == _GONE and names <= MODULES:  # from helpers.check.answers import spf
                yield *named.span(1), "helpers"
                for alias in node.names:
                    yield *span(alias), f"answers as {alias.asname or alias.name}"
