"""A reader of the HTML faces: it fails on HTML that is not well nested, and gives the text of each cell."""

from html.parser import HTMLParser


class Page(HTMLParser):
    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.rows: list[list[str]] = []
        self.captions: list[str] = []
        self.headings: list[list[str | None]] = []  # of each row, for each cell: scope of a heading, None for data
        self.text = ""  # all of it, as it stands
        self.feed(text)
        self.close()
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attributes):
        self.open.append(tag)
        self.tags.add(tag)
        if tag == "tr":
            self.rows.append([])
            self.headings.append([])
        if tag in ("th", "td"):
            self.rows[-1].append("")
            self.headings[-1].append(dict(attributes)["scope"] if tag == "th" else None)
        if tag == "caption":
            self.captions.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data
        if "caption" in self.open:
            self.captions[-1] += data
        elif {"th", "td"} & set(self.open):
            self.rows[-1][-1] += data

    def assert_headings(self):
        """Of each table, headings of columns in the first row; in each row after it a heading of its own, not empty."""
        for row, scopes in zip(self.rows, self.headings, strict=True):
            assert set(scopes) == {"col"} or (scopes[0] == "row" and not any(scopes[1:]) and row[0])
