"""The walk and the clock: whom a resolver asked, in the tree of names, and what it keeps, shrinking with time."""

import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from typing import Any

import dns.name
from dns.name import Name

from helpers.check.notes import in_kernel
from helpers.lab import Lab
from helpers.lab.cast import ROOT
from helpers.lab.dns_cache import Copy, plain
from helpers.lab.errors import LabError
from helpers.lab.lookup import OUTCOMES
from helpers.lab.trail import Step, Trail
from helpers.wire import Message
from helpers.wire.faces import colour, look, sign, signed

BAR = 12  # characters of a full bar
GLANCE = 0.5  # seconds for the zone's server
MOST_ASKED = 40  # by a function that is drawn
GONE = "The lab is closed. Run the cell that makes one, and those from there down to this one."
CLOSED = "Closed until the exercise above has an answer of yours. Run its cell, then this one."


@dataclass(frozen=True)
class Place:
    """A name in the tree: how deep it stands, the steps that led to it, by number, and what is kept of it."""

    depth: int
    name: str
    steps: tuple[tuple[int, Step], ...]
    copies: tuple[Copy, ...]


def tree(steps: Sequence[Step], copies: Iterable[Copy] = ()) -> list[Place]:
    """Return the names that some steps led to, and of which copies are kept, from the root down."""
    led = [(number, dns.name.from_text(step.place), step) for number, step in enumerate(steps, 1)]
    copies = tuple(copies)
    places: list[tuple[Name, Place]] = []
    for name in sorted({dns.name.root, *(place for _, place, _ in led), *(copy.name for copy in copies)}):
        depth = sum(name.is_subdomain(above) for above, _ in places)
        here = tuple((number, step) for number, place, step in led if place == name)
        kept = tuple(copy for copy in copies if copy.name == name)
        places.append((name, Place(depth, plain(name), here, kept)))
    return [place for _, place in places]


def _text(places: Iterable[Place]) -> list[str]:
    lines = []
    for place in places:
        indent = "    " * place.depth
        lines.append(f"{indent}{place.name}")
        lines += [f"{indent}  {number}. {_led(step)}" for number, step in place.steps]
        lines += [f"{indent}  {_kept(copy)}" for copy in place.copies]
    return lines


def _html(places: Sequence[Place]) -> str:
    if not places:
        return ""
    first, rest = places[0], places[1:]
    inner = next((n for n, place in enumerate(rest) if place.depth <= first.depth), len(rest))
    steps = "".join(
        f"<br>{number}. <span{look(colour(step.kind))}>{escape(_led(step))}</span>\n" for number, step in first.steps
    )
    kept = "".join(f"<br>{_seen(_kept(copy))}\n" for copy in first.copies)
    below = f"<ul>\n{_html(rest[:inner])}</ul>\n" if inner else ""
    return f"<li><strong>{escape(first.name)}</strong>\n{steps}{kept}{below}</li>\n{_html(rest[inner:])}"


def _led(step: Step) -> str:
    """A step in words. What the resolver remembers is a short cut."""
    return (
        f"{sign('cache')} short cut: {step.detail}" if step.kind == "cache" else f"{signed(step.kind)}: {step.detail}"
    )


def _kept(copy: Copy) -> str:
    return _with_bar(_share(copy), f"{_mark(copy)} {_copy(copy)}")


def _with_bar(share: float | None, words: str) -> str:
    if share is None:
        return words
    full = round(BAR * share)
    return f"{'█' * full}{'░' * (BAR - full)} {words}"


def _seen(text: str) -> str:
    """Words with a bar before them as HTML; who hears it has the words."""
    return re.sub("^[█░]+", r'<span aria-hidden="true">\g<0></span>', escape(text))


def _share(copy: Copy) -> float:
    return copy.left / copy.ttl if copy.ttl else 0


def _mark(copy: Copy) -> str:
    return sign("cache") if copy.left else sign("")


def _copy(copy: Copy) -> str:
    left = f"{copy.left} of {copy.ttl} seconds left" if copy.left else "run out"
    return f"keeps: {copy.what}; {left}"


class Drawn:
    """Whom a function asked, drawn into the tree of names, and what it gave."""

    def __init__(self, title: str, steps: Sequence[Step], gave: object):
        self._title, self._places, self._gave = title, tree(steps), f"It gave {gave!r}."

    def __repr__(self) -> str:
        return "\n".join([self._title, *(f"  {line}" for line in _text(self._places)), self._gave])

    def _repr_html_(self) -> str:
        title = f"<p{look('caption')}>{escape(self._title)}</p>\n"
        return f"<div>\n{title}<ul>\n{_html(self._places)}</ul>\n<p>{escape(self._gave)}</p>\n</div>"


def drawn(walk: Callable[[str, str, Callable], object], name: str, rdtype: str, lab: Lab) -> Drawn:
    """Call `walk(name, rdtype, ask)`, a function of the learner's, and return whom it asked, as a value to be shown.

    Raises what the function raises, and LabError where it does not stop asking.
    """
    steps: list[Step] = []
    zones = {ROOT: "."}  # by name server: the zone as whose server it was named

    def ask(server: str, name: str, rdtype: str) -> Message:
        if len(steps) == MOST_ASKED:
            raise LabError(f"After {MOST_ASKED} questions it was still asking.")
        reply = lab.ask(server, name, rdtype)
        server = server.rstrip(".")
        kind, said = _heard(reply)
        place = zones.get(server, ".")
        steps.append(Step(server, lab.host(server).address, (name, rdtype), kind, f"{server} {said}", place=place))
        zones.update({record.data.rstrip("."): record.name for record in reply.authority if record.type == "NS"})
        return reply

    gave = walk(name, rdtype, ask)
    return Drawn(f"Whom walk asked for {name} {rdtype}", steps, gave)


def _heard(reply: Message) -> tuple[str, str]:
    """The kind of a step that this reply makes, and what it says."""
    servers = [record for record in reply.authority if record.type == "NS"]
    if reply.answers:
        return "answer", f"has the answer: {', '.join(record.data for record in reply.answers)}"
    if reply.rcode == "NXDOMAIN":
        return "NXDOMAIN", "says that there is no such name"
    if servers and reply.rcode == "NOERROR":
        return "referral", f"points to {', '.join(record.data.rstrip('.') for record in servers)}"
    return ("NODATA", "says that there are none") if reply.rcode == "NOERROR" else ("lame", f"says {reply.rcode}")


@dataclass(frozen=True)
class Asked:
    """One question to the resolver: when, what the learner said would come, what came ("old" or "new", or "" where no
    answer can be had), and what that was."""

    when: str
    said: str
    came: str
    what: str

    @property
    def foreseen(self) -> bool:
        """Whether what came is what the learner said would come."""
        return self.said == self.came

    def __repr__(self) -> str:
        came = f"{self.came} came" if self.came else "neither came"
        return f"{'✓' if self.foreseen else '≠'} {self.when}: you said {self.said}, and {came}: {self.what}."


class Walk:
    """How the lab's resolver came by what it keeps of a name and a type, for how long, and what the zone's server says.

    In a notebook one moves the lab's own clock with it, and asks the resolver, having said first whether the old or the
    new will come. New is what the zone's server says at that moment. `opens` is the learner's answer to an exercise
    that this would give away: while it is `...`, the view stays closed. Its text and its static HTML never change.
    Raises LabError where the resolver has not walked for that name and type, or an alias led it elsewhere.
    """

    def __init__(self, lab: Lab, name: str, rdtype: str = "A", opens: object = True):
        self._lab, self._name, self._rdtype, self._open = lab, name, rdtype, opens is not ...
        self._asked_for = dns.name.from_text(name)
        question = self._asked_for.to_text(), rdtype
        walks = [
            trail
            for trail in lab.recursive.trails
            if trail.question == question and trail.steps and trail.steps[-1].kind != "cache"
        ]
        if not walks or walks[-1].steps[-1].question != question:
            raise LabError(f"The resolver has not walked to the {rdtype} of {name}: look it up first.")
        self._trail = walks[-1]
        self._resolver, self._server = self._trail.resolver, self._trail.steps[-1].server
        self._begins = lab.clock.now()
        self._most = max([2 * copy.ttl for copy in self._copies()], default=7200)
        self._asked: list[Asked] = []
        self._news, self._widget = "", None
        self._listen()
        self._faces = {"text/plain": self._as_text(), "text/html": self._as_html()}

    @property
    def trail(self) -> Trail:
        """The walk that is drawn: that by which the resolver came by its copy, or the latest that was asked for."""
        return self._trail

    @property
    def asked(self) -> tuple[Asked, ...]:
        """What was said and what came, each time."""
        return tuple(self._asked)

    def ask(self, said: str) -> Asked:
        """Ask the resolver, having said "old" or "new", and return what came.

        Raises ValueError for other words, and LabError where the view or the lab is closed.
        """
        if said not in ("old", "new"):
            raise ValueError(f'Say "old" or "new" first, and not {said!r}.')
        if not self._open:
            raise LabError(CLOSED)
        found = self._lab.lookup(self._name, self._rdtype)
        self._trail = self._lab.trail
        self._listen()
        what = sorted(record.to_text() for record in found.records) or [OUTCOMES[found.outcome]]
        came = "" if found.outcome == "no answer" else "new" if what == self._says else "old"
        others = [step.server for step in self._trail.steps if step.kind != "cache"]
        how = f"it asked {', '.join(others)}" if others else "it remembered, and asked nobody"
        self._asked.append(Asked(self._time(), said, came, f"{', '.join(what)}; {how}"))
        self._news = repr(self._asked[-1])
        self._show()
        return self._asked[-1]

    def _listen(self) -> None:
        """What the zone's server says now."""
        try:
            reply = self._lab.ask(self._server, self._name, self._rdtype, timeout=GLANCE)
        except OSError:
            self._says, self._good_for = [], 0
            return
        self._good_for = min((record.ttl for record in reply.answers), default=0)
        said = sorted(record.data for record in reply.answers if record.type == self._rdtype)
        self._says = said or [OUTCOMES["NXDOMAIN" if reply.rcode == "NXDOMAIN" else "NODATA"]]

    def _copies(self) -> list[Copy]:
        """The resolver's copies of the answer."""
        copies = self._lab.recursive.cache.copies()
        return [copy for copy in copies if copy.name == self._asked_for and copy.rdtype in (self._rdtype, "CNAME", "")]

    def _places(self) -> list[Place]:
        """The tree with the latest walk, and with who answers for each zone on the way."""
        copies = [copy for copy in self._lab.recursive.cache.copies() if copy.rdtype == "zone"]
        return tree(self._trail.steps, [copy for copy in copies if self._asked_for.is_subdomain(copy.name)])

    def _time(self) -> str:
        return f"{self._lab.clock.now():%H:%M:%S}"

    # What is shown

    def _title(self) -> str:
        return f"The walk and the clock: {self._name} {self._rdtype}"

    def _says_now(self) -> tuple[float, str]:
        if not self._says:
            return 0, f"{sign('no answer')} {self._server} says nothing"
        good_for = f"; good for {self._good_for} seconds" if self._good_for else ""
        return 1, f"{sign('answer')} {self._server} says: {', '.join(self._says)}{good_for}"

    def _keeps(self) -> list[tuple[float | None, str]]:
        """The resolver's copies: the share of their time that is left, None where that is covered, and in words."""
        copies = self._copies()
        if not copies:
            return [(0, f"{sign('')} {self._resolver} keeps no answer")]
        if not self._open:
            return [(None, f"{sign('cache')} {self._resolver} keeps: {copy.what}; for how long?") for copy in copies]
        return [(_share(copy), f"{_mark(copy)} {self._resolver} {_copy(copy)}") for copy in copies]

    def _about_the_walk(self) -> str:
        return "Whom it asked this time:" if self._asked else "Whom it asked for its copy:"

    def _as_text(self) -> str:
        lines = [str(self._lab.clock), *(_with_bar(*one) for one in (self._says_now(), *self._keeps()))]
        lines += [self._about_the_walk(), *(f"  {line}" for line in _text(self._places()))]
        return "\n".join([self._title(), *(f"  {line}" for line in lines), *([] if self._open else [CLOSED])])

    def _as_html(self) -> str:
        both = "".join(f"<p>{_seen(_with_bar(*one))}</p>\n" for one in (self._says_now(), *self._keeps()))
        closed = "" if self._open else f"<p>{escape(CLOSED)}</p>\n"
        return (
            f"<div{look('card', 'card-more' if self._open else 'card-open')}>\n"
            f"<p{look('caption')}>{escape(self._title())}</p>\n<p>{self._lab.clock}</p>\n"
            f"{both}<p>{self._about_the_walk()}</p>\n<ul>\n{_html(self._places())}</ul>\n{closed}</div>"
        )

    def __repr__(self) -> str:
        return self._faces["text/plain"]

    def _repr_html_(self) -> str:
        return self._faces["text/html"]

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        if not (self._open and in_kernel()):
            return dict(self._faces)
        if self._widget is None:
            from helpers.show.walk_widget import WalkView  # only here: without a front end nobody wants one

            self._widget = WalkView(self._title(), self._server, self._time(), self._most, self._do)
            self._lab.clock.on_move(self._moved)
            self._lab.at_close(self._end_with_lab)
            self._show()
        return {**self._widget._repr_mimebundle_()[0], **self._faces}

    # What is done to it

    def _do(self, said: object, to: object) -> None:
        """What the view asks for: to ask the resolver, or to move the clock to so many seconds after the beginning."""
        with suppress(LabError):  # of a lab that is closed: the view has told it
            if said in ("old", "new"):
                self.ask(said)
            elif isinstance(to, int):
                self._move(min(to, self._most) - self._gone())

    def _move(self, seconds: int) -> None:
        if seconds < 0:
            self._news = f"It is {self._time()} already: the lab's clock only moves forward."
            self._show()
        else:
            self._listen()
            self._lab.clock.advance(seconds)

    def _moved(self) -> None:
        left = max((copy.left for copy in self._copies()), default=0)
        time = f"{left} second{'s' * (left > 1)} left" if left else "run out"
        self._news = f"It is {self._time()}. The copy has {time}."
        self._show()

    def _gone(self) -> int:
        return int((self._lab.clock.now() - self._begins).total_seconds())

    def _end_with_lab(self) -> None:
        self._news = GONE
        self._show(alive=False)

    def _show(self, alive: bool = True) -> None:
        if self._widget is not None:
            before = [one for one in self._asked[-6:] if repr(one) != self._news]
            self._widget.state = {
                "alive": alive and not self._lab.closed,
                "now": f"{self._lab.clock}",
                "time": self._time(),
                "gone": self._gone(),
                "says": self._says_now(),
                "keeps": self._keeps(),
                "walk": self._about_the_walk(),
                "places": [_shown(place) for place in self._places()],
                "asked": [[f"mail-{'good' if one.foreseen else 'wait'}", repr(one)] for one in before],
                "news": self._news,
            }


def _shown(place: Place) -> dict[str, Any]:
    """A place in the tree for the view: each step with its number, its colour, and whether it is a short cut."""
    return {
        "depth": place.depth,
        "name": place.name,
        "steps": [[n, f"mail-{colour(step.kind)}", step.kind == "cache", _led(step)] for n, step in place.steps],
        "copies": [[_share(copy), f"{_mark(copy)} {_copy(copy)}"] for copy in place.copies],
    }
