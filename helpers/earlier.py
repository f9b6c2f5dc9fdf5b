"""A mymail.py that an earlier layout of the course wrote, put right, so that plain Python can import it.

There a reference answer was imported from its notebook's module, `helpers.check.answers.spf`; now `helpers.answers` has
each by its name. Only such imports change, and the hashes of blocks that were not edited by hand, so that they still
count as that. Standard library only: laying needs no package.
"""

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from . import blocks, files

_GONE = "helpers.check.answers"
_NOW = "helpers.answers"
_MODULES = (
    "dkim_dmarc dns_lookups dns_lookups_first dns_on_the_wire first_letter live_server locked_doors record_types "
    "smtp_by_hand spf spf_first the_letter"
)
_NAMES = (
    "order_steps who_was_asked three_fates promise domain_of mail_hosts fate still_old full_names where tags spf_terms "
    "my_zone order_commands read_reply stuff send_mail find_mistake who_receives no_injection write_letter hops "
    "waited_at dahlias accept_rcpt keep_first Keeper my_mx which_code guilty go_ahead low_port read_flags encode_name "
    "encode_query find_byte read_name read_record decode_reply is_answer which_port start_tls auth_plain relays "
    "keep_password check_password sts_allows whose_certificate matches spf_result mended_record spf_reply "
    "guilty_address txt_strings relaxed_body walk_names aligned whose_results why_it_fails honest_row"
)
MODULES, NAMES = frozenset(_MODULES.split()), frozenset(_NAMES.split())

Edit = tuple[int, int, str]  # from where to where in a text, and what comes there


def put_right(text: str) -> str:
    """A text of marked blocks with what it imports from the earlier layout imported from where that is now.

    Imports of names that exist no more are left alone, and so is what does not parse: it is put right when it does.
    """
    edits = sorted(_edits(text))
    if not edits:
        return text

    def new(start: int, end: int) -> str:
        done, at = "", start
        for begin, stop, there in edits:
            if start <= begin and stop <= end:
                done, at = done + text[at:begin] + there, stop
        return done + text[at:end]

    done, at = "", 0
    for block in blocks.BLOCK.finditer(text):
        body = new(*block.span("body"))
        unedited = blocks.hash_of(block["body"]) == block["hash"]
        done += new(at, block.start("hash")) + (blocks.hash_of(body) if unedited else block["hash"])
        done += text[block.end("hash") : block.start("body")] + body
        at = block.end("body")
    return done + new(at, len(text))


def mend(folder: Path) -> None:
    """Put the files of a working copy right, under their lock. What cannot be read or written stays as it is."""
    paths = [folder / name for name in (blocks.NAME, blocks.EARLIER) if _wrong(folder / name)]
    if not paths:
        return
    try:
        with files.locked(folder / blocks.LOCK, blocks.PATIENCE):
            for path in filter(_wrong, paths):  # another kernel may have done it meanwhile
                files.sweep(path)
                files.write_whole(path, put_right(_read(path)).encode())
    except OSError:
        return


def _wrong(path: Path) -> bool:
    text = _read(path)
    return put_right(text) != text


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        return ""


def _edits(text: str) -> list[Edit]:
    """What has to change: in the whole, or where that does not parse, in each block and between them."""
    if _GONE not in text:
        return []
    tree = _parsed(text)
    if tree:
        return list(_edits_in(text, tree, 0))
    cuts = [0, *(cut for block in blocks.BLOCK.finditer(text) for cut in block.span("body")), len(text)]
    pieces = [(start, text[start:end]) for start, end in pairwise(cuts)]
    return [edit for at, piece in pieces if (tree := _parsed(piece)) for edit in _edits_in(piece, tree, at)]


def _parsed(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _edits_in(text: str, tree: ast.Module, at: int) -> Iterator[Edit]:
    """The edits in a text that stands at `at` of a longer one."""
    lines = text.split("\n")
    starts = [at]
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
                if _is_module(alias.name) and text.startswith(alias.name, start - at):
                    yield start, start + len(alias.name), _NOW
        elif isinstance(node, ast.Attribute) and _is_module(_dotted(node)):  # helpers.check.answers.spf.matches(...)
            start, end = span(node)
            if text[start - at : end - at] == _dotted(node):  # before 3.12 nodes in an f-string stand elsewhere
                yield start, end, _NOW
        elif isinstance(node, ast.ImportFrom) and not node.level:
            named = re.compile(r"from[\s\\]+([\w.]+)").match(text, span(node)[0] - at)
            if not named or named[1] != node.module:
                continue
            names = {alias.name for alias in node.names}
            if _is_module(node.module) and names <= NAMES:  # from helpers.check.answers.spf import matches
                yield at + named.start(1), at + named.end(1), _NOW
            elif node.module == _GONE and names <= MODULES:  # from helpers.check.answers import spf
                yield at + named.start(1), at + named.end(1), "helpers"
                for alias in node.names:
                    yield *span(alias), f"answers as {alias.asname or alias.name}"


def _is_module(dotted: str | None) -> bool:
    package, _, module = (dotted or "").rpartition(".")
    return package == _GONE and module in MODULES


def _dotted(node: ast.AST) -> str:
    """The text of `a.b.c`; empty where it is not only names."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value)):
        return f"{before}.{node.attr}"
    return ""
