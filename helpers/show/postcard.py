"""A postcard of a letter: its words and its journey, in one HTML page that holds all it needs, to keep and to show."""

from dataclasses import dataclass
from html import escape
from pathlib import Path
from string import Template

from helpers.check import keeping
from helpers.files import write_whole
from helpers.lab.cast import LEARNERS_ZONE
from helpers.lab.delivery import Delivery
from helpers.lab.mailbox import field_of, text_of
from helpers.show import picture
from helpers.show.journey import JourneyView, journey
from helpers.show.stops import ends
from helpers.wire.faces import lead, look, visible

NAME = "postcard.html"
MOST_LINES, MOST = 12, 500  # lines and characters of the letter: it is a postcard
_PAGE = Template(Path(__file__).with_name("postcard_page.html").read_text(encoding="utf-8"))
_OWN = ("A letter has come to my own mail server", "I wrote the server that took it.")
_MINE = ("My letter, and the way it went", "I sent it from a notebook, and looked at each step of its way.")
FOLDED = "Every question that was asked for it, and every word of the conversation"


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
        return f"<div>\n{self.inner}<p>{escape(self._where())}</p>\n</div>"

    def _where(self) -> str:
        if self.path:
            there = f"{self.path.parent.name}/{self.path.name}"
            return f"Kept as {there}: open it from the list of files, print it, show it."
        return f"Not written to a file: in a notebook in my-course/ it is kept as {NAME}."


def write(delivery: Delivery, name: str = "") -> Postcard:
    """Make a postcard of a delivery (a lab.Delivery): what the letter says, its journey, and folded all evidence of it.

    `name` signs it; by default that is the author's in the letter's From field. Where this kernel works in a learner's
    copy, it is written there as postcard.html, in place of an earlier one. Raises OSError where it cannot be written.
    """
    title, about = _OWN if _came_to_the_learner(delivery) else _MINE
    signed = visible(name) or field_of(delivery.content, "From").partition(" <")[0] or visible(delivery.sender)
    words, to = _words(delivery.content), ", ".join(map(visible, delivery.recipients))
    drawn = journey(delivery, "all")
    message = [f"  | {line}".rstrip() for line in [*words.split("\n"), "", signed]]
    text = "\n".join([title, f"To {to}", *message, about, "", repr(drawn)])
    page = _PAGE.substitute(
        drawn=picture.STYLE.read_text(encoding="utf-8"),
        title=title,
        words=escape(words),
        name=escape(signed),
        stamp=escape(field_of(delivery.content, "Date")[5:16]),
        to=escape(to),
        became="".join(f"<p>{lead(kind, said)}</p>\n" for kind, said in ends(delivery)),
        about=about,
        picture=_picture(drawn),
        folded=FOLDED,
        evidence=drawn.evidence(),
    )
    card = f"{escape(words)}\n\n{escape(signed)}\n"
    inner = (
        f"<p{look('caption')}>{title}</p>\n<p>To {escape(to)}</p>\n"
        f"<pre{look('wire', 'text', 'body')}><code{look('plain', 'reading')}>{card}</code></pre>\n{drawn.steps()}"
        f"<details><summary{look('label')}>{FOLDED}</summary>\n{drawn.evidence()}</details>\n"
    )
    copy = keeping.folder()
    path = copy / NAME if copy else None
    if path:
        write_whole(path, page.encode())
    return Postcard(page, text, inner, path)


def _picture(drawn: JourneyView) -> str:
    tag, attributes, *inner = drawn.drawing()
    return picture.markup([tag, attributes | {"role": "img", "aria-label": drawn.summary()}, *inner])


def _words(content: bytes) -> str:
    """What the letter says, so much of it as a postcard has room for, safe to print."""
    text = visible(text_of(content).strip(), "\n")
    lines = text.split("\n")
    some = "\n".join(lines[:MOST_LINES])[:MOST]
    return some if some == text else f"{some.rstrip()} …"


def _came_to_the_learner(delivery: Delivery) -> bool:
    zone = LEARNERS_ZONE.removesuffix(".")
    return any(
        f".{fate.exchange or ''}".endswith(f".{zone}") and fate.status == "delivered"
        for fate in delivery.fates.values()
    )
