"""What Sphinx is told beyond its own: closed predictions, the glossary's links, the index of RFCs, the journey."""

import ast
import contextlib
import io
import json
import re
import tomllib
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from helpers.lab import Lab
from helpers.show.journey import JourneyView
from helpers.show.packet import Packet

HERE = Path(__file__).parent
TERMS = re.compile(r"^```\{glossary\}\n(.+?)^```", re.MULTILINE | re.DOTALL)
SECTION = re.compile(r"https://www\.rfc-editor\.org/rfc/rfc(\d+)(?:\.html)?(?:#(.+))?")
ASKED = re.compile(r"\bcheck\.predict\(\s*\"(\w+)\"")
HAPPENED = re.compile(r"\bcheck\.happened\(\s*\"(\w+)\"")
CLOSED = '<details class="happened"><summary>Chosen? Open what happened.</summary>\n'
BY_CODE = re.compile(r"<p>To choose a: <code>.*?</code></p>\n")
CODE = (nodes.literal, nodes.literal_block, nodes.raw)
LINK = (nodes.reference, addnodes.pending_xref, nodes.title)  # a link within it would be none, or one too many
AMBIGUOUS = {  # where a word that means something else, too, is the term
    "A": r"(?:(?<=\ban )|(?<=\bthe )|(?<=\btype ))A(?= records?\b)|\bA(?= and AAAA\b)",
    "zone": r"(?<![\w@.-])(?<!time )[zZ]ones?(?![\w@-]|\.\w)",
}
PROSE, APART = "prose", "apart"
MOVES = "00_first_letter"  # the notebook whose journeys move here, too
PACKET = re.compile(r"^Packet\((?!.*\b(?:change|blind)=)", re.MULTILINE)
AS_IT_STANDS = re.compile(r"^    |\S {2,}\S|^(?:from|import) \w+|^[\w.]+ = ")
CODED = re.compile(r"(?<!`)`([^`]+)`(?!`)")
DUMPED = re.compile(r"^ *\d+  ([0-9a-f ]+)$", re.MULTILINE)  # an offset, and the octets from there on


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("source-read", read)
    app.connect("doctree-read", link)
    app.connect("doctree-resolved", index)
    app.connect("builder-inited", begin)
    app.connect("autodoc-process-docstring", spell)
    app.connect("env-merge-info", merge)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def begin(app: Sphinx) -> None:
    # Only now: what the settings say is hashed into .buildinfo, and this folder has another name each time.
    app.config.html_static_path.append(str(Path(app.srcdir) / "_static"))
    app.env.book_terms = terms((HERE / "glossary.md").read_text(encoding="utf-8"))
    app.env.book_explained = explained(app.env.book_terms, Path(app.srcdir))
    app.env.book_first, app.env.book_rfcs = {}, {}


def merge(app: Sphinx, env: BuildEnvironment, names: set[str], other: BuildEnvironment) -> None:
    """Take over what a process of its own has found in some pages."""
    for term, place in other.book_first.items():
        env.book_first[term] = min(place, env.book_first.get(term, place))
    for section, places in other.book_rfcs.items():
        env.book_rfcs.setdefault(section, {}).update(places)


# ---- Notebooks


def read(app: Sphinx, name: str, source: list[str]) -> None:
    """Change what Sphinx reads of a notebook; its file, which a reader downloads, stays as it is."""
    if not re.match(r"notebooks/\d\d_", name):
        return
    notebook = json.loads(source[0])
    if name.endswith(MOVES):
        move(notebook["cells"])
    open_packets(notebook["cells"])
    without_code(notebook["cells"])
    notebook["cells"] = closed(notebook["cells"])
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            cell["source"] = anchors("".join(cell["source"]))
    source[0] = json.dumps(notebook)


def closed(cells: list[dict]) -> list[dict]:
    """Cells, with what stands between a question and its answer, that included, in a closed <details>."""
    made: list[dict] = []
    waiting, open_ = set(), False
    for cell in cells:
        code = "".join(cell["source"]) if cell["cell_type"] == "code" else ""
        asked, told = set(ASKED.findall(code)), set(HAPPENED.findall(code))
        if asked - told and open_:  # a question is never within the answer to another
            made.append(_prose(cell, "ends", "</details>\n"))
            open_ = False
        if waiting and not open_ and not asked:
            made.append(_prose(cell, "opens", CLOSED))
            open_ = True
        made.append(cell)
        waiting = (waiting | asked) - told
        if open_ and told:
            made.append(_prose(cell, "closes", "</details>\n"))
            open_ = False
    if waiting:
        raise ValueError(f"It is never said what happened: {', '.join(sorted(waiting))}")
    return made


def without_code(cells: list[dict]) -> None:
    """Leave out of each question how it is answered by a line of code: here no kernel would run it."""
    for cell in cells:
        if cell["cell_type"] == "code" and ASKED.search("".join(cell["source"])):
            for output in cell["outputs"]:
                if html := "".join(output.get("data", {}).get("text/html", ())):
                    output["data"]["text/html"] = BY_CODE.sub("", html)


def _prose(cell: dict, why: str, text: str) -> dict:
    return {"cell_type": "markdown", "id": f"{cell['id']}-{why}", "metadata": {}, "source": text}


def anchors(text: str) -> str:
    """Links to a heading of the same page: JupyterLab spells them as the heading is, Sphinx in small letters."""
    return re.sub(r"\]\(#([^)]+)\)", lambda found: f"](#{found[1].lower()})", text)


def move(cells: list[dict]) -> None:
    """Give each journey what its view draws: its cells are run, as in a kernel."""
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in cells:
        if cell["cell_type"] != "code":
            continue
        value = run("".join(cell["source"]), names)
        if isinstance(value, JourneyView):
            _view(cell, "journey", value.state())
    for value in names.values():
        if isinstance(value, Lab):
            value.close()


def open_packets(cells: list[dict]) -> None:
    """Give each packet whose meanings are open what its view draws: its octets stand in its face.

    Where a meaning has to be asked for, or an octet can be changed, it takes Python to answer, and the face stays.
    """
    for cell in cells:
        if cell["cell_type"] == "code" and (face := _face(cell)) and PACKET.search("".join(cell["source"])):
            dumps = [DUMPED.findall(dump) for dump in re.findall(r"<pre[^>]*><code[^>]*>(.*?)</code>", face, re.DOTALL)]
            _view(cell, "packet", Packet(*(bytes.fromhex("".join(lines)) for lines in dumps)).state())


def _face(cell: dict) -> str:
    """The HTML that a cell has put out last, "" for none."""
    found = [one["data"]["text/html"] for one in cell["outputs"] if "text/html" in one.get("data", {})]
    return "".join(found[-1]) if found else ""


def _view(cell: dict, view: str, state: dict[str, Any]) -> None:
    """Put beside a cell's face what book.js draws in its place: which view, and what that would hear from Python."""
    (output,) = [one for one in cell["outputs"] if "text/html" in one.get("data", {})]
    values = json.dumps(state, ensure_ascii=False).replace("</", "<\\/")
    data = f'<script type="application/json">{values}</script>'
    output["data"]["text/html"] = f'<div data-view="{view}">\n{_face(cell)}\n{data}</div>'


def run(code: str, names: dict[str, Any]) -> object:
    """Run a cell quietly; returns the value of its last line."""
    *body, last = ast.parse(code).body
    value = None
    with contextlib.redirect_stdout(io.StringIO()):
        if isinstance(last, ast.Expr):
            exec(compile(ast.Module(body, []), "cell", "exec"), names)
            value = eval(compile(ast.Expression(last.value), "cell", "eval"), names)
        else:
            exec(compile(ast.Module([*body, last], []), "cell", "exec"), names)
    return value


# ---- Docstrings


def spell(app: Sphinx, what: str, name: str, thing: object, options: Any, lines: list[str]) -> None:
    """Write a docstring, which has no markup but `code`, as reStructuredText: code as it stands, and so are columns."""
    text = "\n".join(lines)
    blocks = re.split(r"\n\s*\n", text.strip("\n"))
    lines[:] = "\n\n".join(map(_spelt, blocks)).split("\n") + [""]


def _spelt(block: str) -> str:
    """A paragraph; or lines that are indented, in columns, or Python, as they stand."""
    lines = block.split("\n")
    if all(AS_IT_STANDS.search(line) for line in lines):
        return "\n".join(["::", "", *(f"    {line}" for line in lines)])
    parts = CODED.split(block)  # words and code, in turns
    return "".join(f"``{part}``" if n % 2 else part.replace("\\", "\\\\") for n, part in enumerate(parts))


# ---- Terms and RFCs


def terms(glossary: str) -> list[str]:
    """The terms of the glossary, the longest first, so that "stub resolver" is found before "resolver"."""
    lines = "".join(TERMS.findall(glossary)).splitlines()
    listed = (line for line in lines if line and not line.startswith(" "))
    return sorted(listed, key=lambda term: (-len(term), term))


def explained(listed: list[str], folder: Path) -> dict[str, str]:
    """The first notebook that stresses a term, by the term: in those before it the word may mean something else."""
    found: dict[str, str] = {}
    for file in sorted(folder.glob("notebooks/[0-9][0-9]_*.ipynb")):
        cells = json.loads(file.read_text(encoding="utf-8"))["cells"]
        text = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
        stressed = set(re.findall(r"\*\[?([^*\]]+)\]?(?:\([^)]*\))?\*", text))
        found = {term: f"notebooks/{file.stem}" for term in listed if term in stressed} | found
    return found


def link(app: Sphinx, document: nodes.document) -> None:
    """Link each term where a notebook first uses it, and note which section of which RFC is named where."""
    name = app.env.docname
    if not name.startswith("notebooks/"):
        return
    for found in list(document.findall(nodes.reference)):
        if match := SECTION.fullmatch(found.get("refuri", "")):
            place = (name, *_section(found))
            app.env.book_rfcs.setdefault((int(match[1]), match[2] or ""), {})[place] = None
    if name != "notebooks/instructor_guide":
        words = Words(document)
        for term in app.env.book_terms:
            if name < app.env.book_explained.get(term, ""):
                continue
            if use := words.first(term, PROSE):
                app.env.book_first.setdefault(term, (name, *_section(use[0])))
                words.link(*use, term)
            elif use := words.first(term, APART):  # there it stays as it is
                app.env.book_first.setdefault(term, (name, *_section(use[0])))


@cache
def pattern(term: str) -> re.Pattern:
    """Where a term is used: an acronym as it is written, a word in the plural and at the head of a sentence, too."""
    if term in AMBIGUOUS:
        return re.compile(AMBIGUOUS[term])
    if term.isupper() or re.search(r"[A-Z]{2}", term):
        return re.compile(rf"(?<![\w@.-]){re.escape(term)}s?(?![\w@-]|\.\w)")
    plural = rf"{re.escape(term[:-1])}(?:y|ies)" if term.endswith("y") else rf"{re.escape(term)}(?:s|es)?"
    return re.compile(rf"(?<![\w@.-]){plural}(?![\w@-]|\.\w)", re.IGNORECASE)


class Words:
    """The text of a document, each piece with its place, PROSE or APART; code and what cells show are left out."""

    def __init__(self, document: nodes.document):
        found = [(text, _where(text)) for text in document.findall(nodes.Text)]
        self._pieces = [(text, text.lower(), where) for text, where in found if where]

    def first(self, term: str, place: str) -> tuple[nodes.Text, re.Match] | None:
        """Where a term is explained, which is where it is stressed; or else its first use."""
        looked_for, begins = pattern(term), term[:-1].lower()  # the search for plain text is the quick one
        used = [
            (text, found)
            for text, lower, where in self._pieces
            if where == place and begins in lower and (found := looked_for.search(text))
        ]
        stressed = [(text, found) for text, found in used if _stressed(text) and found[0] == text]
        return next(iter(stressed + used), None)

    def link(self, text: nodes.Text, found: re.Match, term: str) -> None:
        """Make a link to the glossary of what was found."""
        said = addnodes.pending_xref(
            "",
            nodes.inline("", found[0]),
            refdomain="std",
            reftype="term",
            reftarget=term,
            refexplicit=True,
            refwarn=True,
        )
        pieces = [nodes.Text(text[: found.start()]), said, nodes.Text(text[found.end() :])]
        text.parent.replace(text, [piece for piece in pieces if piece.astext()])
        (at,) = [number for number, (piece, *_) in enumerate(self._pieces) if piece is text]
        places = (PROSE, APART, PROSE)
        inside = [next(piece.findall(nodes.Text)) for piece in pieces]
        self._pieces[at : at + 1] = [(piece, piece.lower(), where) for piece, where in zip(inside, places, strict=True)]


def _where(node: nodes.Node) -> str:
    """The place of a piece of text: PROSE, or APART in a heading or a link; "" in code, and in what a cell shows."""
    place = PROSE
    while node := node.parent:
        if isinstance(node, CODE) or "cell" in getattr(node, "attributes", {}).get("classes", ()):
            return ""
        if isinstance(node, LINK):
            place = APART
    return place


def _stressed(node: nodes.Node) -> bool:
    return isinstance(node.parent, (nodes.strong, nodes.emphasis))


def _section(node: nodes.Node) -> tuple[str, str]:
    """The id and the title of the section that a node is in."""
    while not isinstance(node, nodes.section):
        node = node.parent
    return node["ids"][0], node[0].astext()


def index(app: Sphinx, document: nodes.document, name: str) -> None:
    """Fill the pages that say where something is used, once all is read."""
    if name == "glossary":
        for entry in document.findall(nodes.definition_list_item):
            named = {term.astext() for term in entry.findall(nodes.term)} & set(app.env.book_first)
            met = [app.env.book_first[term] for term in named]
            if met:
                said = nodes.paragraph("", "First met in ", _place(app, name, min(met)), nodes.Text("."))
                next(entry.findall(nodes.definition)).append(said)
    if name == "rfcs":
        (mark,) = [node for node in document.findall(nodes.raw) if 'id="rfcs"' in node.astext()]
        mark.parent.replace(mark, list(rfcs(app, name)))


def rfcs(app: Sphinx, name: str) -> Iterator[nodes.section]:
    """A section for each RFC that the notebooks link, with its sections and who leans on them."""
    titles = tomllib.loads((HERE / "rfcs.toml").read_text(encoding="utf-8"))
    used = sorted(app.env.book_rfcs.items(), key=lambda item: (item[0][0], _by_number(item[0][1])))
    for number, sections in groupby(used, key=lambda item: item[0][0]):
        listed = nodes.bullet_list()
        for (_, section), places in sections:
            uri = f"https://www.rfc-editor.org/rfc/rfc{number}" + (f"#{section}" if section else "")
            line = nodes.paragraph("", "", nodes.reference("", spoken(section), refuri=uri), nodes.Text(": "))
            for place in sorted(places):
                line += [_place(app, name, place), nodes.Text("; ")]
            line.pop()
            listed.append(nodes.list_item("", line))
        part = nodes.section(ids=[f"rfc{number}"])
        part += [nodes.title("", ": ".join([f"RFC {number}", *titles.get(str(number), "").splitlines()])), listed]
        yield part


def spoken(section: str) -> str:
    """A section as it is said: "section 3.6.3", "appendix B", "page 4", or, for "", "the whole"."""
    kind, _, number = section.partition("-")
    return f"{kind} {number.upper() if kind == 'appendix' else number}".strip() or "the whole"


def _by_number(section: str) -> list[tuple[int, str]]:
    return [(int(part) if part.isdigit() else -1, part) for part in re.split(r"[.-]", section)]


def _place(app: Sphinx, here: str, place: tuple[str, str, str]) -> nodes.reference:
    name, anchor, title = place
    number = re.match(r"notebooks/(\d\d)", name)
    uri = f"{app.builder.get_relative_uri(here, name)}#{anchor}"
    words = title if not number or title.startswith(number[1]) else f"{number[1]}, {title}"
    return nodes.reference("", words, internal=True, refuri=uri)
