"""What is left of an output where style, script, class, id, drawings and embedded pictures are gone, as on GitHub."""

import re
from html.parser import HTMLParser

import nbformat
import pytest

from tests.notebooks.store import NOTEBOOKS

ALL = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
VOID = {"br", "hr", "img", "wbr"}


class Bare(HTMLParser):
    """The words that are left, and what should not be there."""

    def __init__(self, html: str):
        super().__init__()
        self.words, self.open, self.amiss = "", [], []
        self.feed(html)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if "id" in given or any(name.startswith("on") for name in given):
            self.amiss.append((tag, given))
        if tag in ("script", "style", "iframe", "form", "input", "button"):
            self.amiss.append(tag)
        if tag == "img" and (given.get("src", "").startswith("data:") and not given.get("alt")):
            self.amiss.append("a picture without words")
        if tag == "mark":
            self.amiss.append("a browser writes it in black, also on a dark page: JupyterLab keeps the ground alone")
        if tag == "th" and "scope" not in given:
            self.amiss.append("a heading that does not say of what")
        self.words += f" {given.get('href', '')} "
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "svg" not in self.open:
            self.words += data


@pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)
def test_what_is_left_of_an_output_is_whole(path):
    """Every word of the text face that is a code, a name or a number stands in what is left, and nothing could run."""
    for cell in nbformat.read(path, as_version=4).cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "text/html" not in data:
                continue
            bare = Bare(data["text/html"])
            assert not bare.amiss, (cell.source, bare.amiss)
            told = set(re.findall(r"\w+(?:\.\w+)+|\d{3,}", data["text/plain"]))
            missing = told - set(re.findall(r"\w+(?:\.\w+)+|\d{3,}", bare.words))
            assert not missing, (cell.source, missing)
