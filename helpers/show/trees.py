"""HTML as trees, for views: a face that Python has made reaches the page node by node, and never as markup."""

from html.parser import HTMLParser
from typing import Any

Tree = list[Any]  # [tag, attributes, *children]; a child is a tree or text
VOID = {"br", "hr", "img", "input", "wbr"}  # elements that hold nothing and have no end


def of(html: str) -> list[Tree | str]:
    """Return what a well nested piece of HTML holds."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.open[0][2:]


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.open: list[Tree] = [["div", {}]]

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        tree = [tag, {name: value or "" for name, value in attributes}]
        self.open[-1].append(tree)
        if tag not in VOID:
            self.open.append(tree)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].append(data)
