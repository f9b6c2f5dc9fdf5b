"""What Sphinx is told beyond its own: closed predictions, the glossary's links, the index of RFCs, the journey."""

import ast
import contextlib
import io
import json
import re
import tomllib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from helpers.lab import Lab
from helpers.show.journey import JourneyView

HERE = Path(__file__).parent
TERMS = re.compile(r"^```\{glossary\}\n(.+?)^```", re.MULTILINE | re.DOTALL)
SECTION = re.compile(r"https://www\.rfc-editor\.org/rfc/rfc(\d+)(?:\.html)?(?:#(.+))?")
ASKED = re.compile(r"\bcheck\.predict\(\s*\"(\w+)\"")
HAPPENED = re.compile(r"\bcheck\.happened\(\s*\"(\w+)\"")
CLOSED = '<details class="happened"><summary>Chosen? Open what happened.</summary>\n'
CODE = (nodes.literal, nodes.literal_block, nodes.raw)
UNTOUCHED = (
    nodes.reference,
    addnodes.pending_xref,
    nodes.title,
    *CODE,
)  # a link within it would be none, or one too many
MOVES = "00_first_letter"  # the notebook whose journeys move here, too


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("source-read", read)
    app.connect("doctree-read", link)
    app.connect("doctree-resolved", index)
    app.connect("builder-inited", begin)
    return {"parallel_read_safe": False, "parallel_write_safe": False}


def begin(app: Sphinx) -> None:
    # Only now: what the settings say is hashed into .buildinfo, and this folder has another name each time.
    app.config.html_static_path.append(str(Path(app.srcdir) / "_static"))
    app.env.book_terms = terms((HERE / "glossary.md").read_text(encoding="utf-8"))
    app.env.book_explained = explained(app.env.book_terms, Path(app.srcdir))
    app.env.book_first, app.env.book_rfcs = {}, {}


# ---- Notebooks


def read(app: Sphinx, name: str, source: list[str]) -> None:
    """Change what Sphinx reads of a notebook; its file, which a reader downloads, stays as it is."""
    if not re.match(r"notebooks/\d\d_", name):
        return
    notebook = json.loads(source[0])
    if name.endswith(MOVES):
        move(notebook["cells"])
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
            (output,) = [one for one in cell["outputs"] if "text/html" in one.get("data", {})]
            state = json.dumps(value.state(), ensure_ascii=False).replace("</", "<\\/")
            data = f'<script type="application/json">{state}</script>'
            face = "".join(output["data"]["text/html"])
            output["data"]["text/html"] = f'<div data-view="journey">\n{face}\n{data}</div>'
    for value in names.values():
        if isinstance(value, Lab):
            value.close()


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
        for term in app.env.book_terms:
            if name < app.env.book_explained.get(term, ""):
                continue
            if use := first(document, term, UNTOUCHED):
                app.env.book_first.setdefault(term, (name, *_section(use[0])))
                _link(*use, term)
            elif use := first(document, term, CODE):  # in a link or a heading it stays as it is
                app.env.book_first.setdefault(term, (name, *_section(use[0])))


def pattern(term: str) -> re.Pattern:
    """Where a term is used: an acronym as it is written, a word in the plural and at the head of a sentence, too."""
    if term.isupper() or re.search(r"[A-Z]{2}", term):
        return re.compile(rf"(?<![\w@.-]){re.escape(term)}s?(?![\w@-]|\.\w)")
    plural = rf"{re.escape(term[:-1])}(?:y|ies)" if term.endswith("y") else rf"{re.escape(term)}(?:s|es)?"
    return re.compile(rf"(?<![\w@.-]){plural}(?![\w@-]|\.\w)", re.IGNORECASE)


def first(document: nodes.document, term: str, apart_from: tuple[type, ...]) -> tuple[nodes.Text, re.Match] | None:
    """Where a term is explained, which is where it is stressed; or else its first use. None in some kinds of text."""
    looked_for = pattern(term)
    used = [
        (text, found)
        for text in document.findall(nodes.Text)
        if (found := looked_for.search(text)) and not _within(text, apart_from)
    ]
    stressed = [(text, found) for text, found in used if _stressed(text) and found[0] == text]
    return next(iter(stressed + used), None)


def _stressed(node: nodes.Node) -> bool:
    return isinstance(node.parent, (nodes.strong, nodes.emphasis))


def _within(node: nodes.Node, kinds: tuple[type, ...]) -> bool:
    while node := node.parent:
        if isinstance(node, kinds) or "cell" in getattr(node, "attributes", {}).get("classes", ()):
            return True
    return False


def _link(text: nodes.Text, found: re.Match, term: str) -> None:
    said = addnodes.pending_xref(
        "", nodes.inline("", found[0]), refdomain="std", reftype="term", reftarget=term, refexplicit=True, refwarn=True
    )
    pieces = [nodes.Text(text[: found.start()]), said, nodes.Text(text[found.end() :])]
    text.parent.replace(text, [piece for piece in pieces if piece.astext()])


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
