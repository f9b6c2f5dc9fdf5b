"""A postcard from the learner's own mail server: one HTML page that holds all it needs, to keep and to show."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

from helpers.check import keeping
from helpers.files import write_whole
from helpers.lab.delivery import Delivery

NAME = "postcard.html"
_STYLE = """
body { background: #fdfbf5; color: #1b1f24; font: 16px/1.5 system-ui, sans-serif; margin: 0; }
main { background: #fff; border: 12px solid #8a1f5c; margin: 2em auto; max-width: 60em; padding: 1em 2em 2em; }
h1 { margin: 0.5em 0; }
table { border-collapse: collapse; margin: 1em 0; }
caption { font-weight: bold; }
th, td { border-top: 1px solid #59636e; padding: 0.2em 1em 0.2em 0; vertical-align: top; }
@media print { main { border-width: 4px; margin: 0; } }
"""


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
    page = (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{escape(title)}</h1>\n"
        "<p>The server was written in a notebook and ran inside its kernel. Below is the way by which the DNS led "
        f"there, and every word of the conversation.</p>\n{inner}"
        "<p>Email from the wire up, notebook 05.</p>\n</main>\n</body>\n</html>\n"
    )
    copy = keeping.folder()
    path = copy / NAME if copy else None
    if path:
        write_whole(path, page.encode())
    return Postcard(page, text, inner, path)
