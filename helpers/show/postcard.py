"""A postcard from the learner's own mail server: one HTML page that holds all it needs, to keep and to show."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from helpers.check import keeping
from helpers.files import write_whole
from helpers.lab.delivery import Delivery

NAME = "postcard.html"
_PAGE = Template(Path(__file__).with_name("postcard_page.html").read_text(encoding="utf-8"))


@dataclass(frozen=True, repr=False)
class Postcard:
    """The page: `html` (str) is the whole of it; `path` says where it was written, None where it was not."""

    html: str
    text: str
    inner: str
    path: Path | None

    def __repr__(self) -> str:
        return f"{self.text}\n\n{self._where()}"

    def _repr_html_(self) -> str:
        title = escape(self.text.partition("\n")[0])
        return f"<p><strong>{title}</strong></p>\n{self.inner}<p>{escape(self._where())}</p>"

    def _where(self) -> str:
        if self.path:
            there = f"{self.path.parent.name}/{self.path.name}"
            return f"Kept as {there}: open it from the list of files, print it, show it."
        return f"Not written to a file: in a notebook in my-course/ it is kept as {NAME}."


def write(delivery: Delivery) -> Postcard:
    """Make a postcard of a delivery (a lab.Delivery): the trail of each look-up and the transcript of each connection.

    Where this kernel works in a learner's copy, it is written there as postcard.html, in place of an earlier one.
    Raises OSError where it cannot be written.
    """
    trails = [lookup.trail for lookup in delivery.lookups if lookup.trail]
    talks = [attempt.transcript for attempt in delivery.attempts if attempt.transcript.lines]
    fates = [f"{recipient}: {fate}" for recipient, fate in delivery.fates.items()]
    title = f"A letter from {delivery.host.name} has come to my own mail server"
    text = "\n\n".join([title, *map(repr, trails), *map(repr, talks), *fates])
    inner = "".join(said._repr_html_() for said in (*trails, *talks))
    inner += "".join(f"<p>{escape(fate)}</p>\n" for fate in fates)
    page = _PAGE.substitute(title=escape(title), inner=inner)
    copy = keeping.folder()
    path = copy / NAME if copy else None
    if path:
        write_whole(path, page.encode())
    return Postcard(page, text, inner, path)
