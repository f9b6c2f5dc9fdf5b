"""The journey of a delivery, drawn over the picture that the notebooks share, hosts renamed.

Its steps are closed at first: a section of a notebook opens one when the learner has said what they expect of it. What
is not open is in none of its faces.
"""

from collections.abc import Iterable
from email.utils import parseaddr
from html import escape
from typing import Any

from helpers.check.notes import in_kernel
from helpers.lab.bounce import domain_of
from helpers.lab.delivery import Delivery
from helpers.lab.mailbox import Letter, field_of
from helpers.show import picture, trees
from helpers.show.stops import TAKEN, TALK, Stop, ends, stops, went_back
from helpers.wire.faces import colour, lead, look, sign, visible

TITLE = "The journey of the letter, in six steps"
START, TURN, LEG = 0.2, 0.7, 0.25  # seconds: before the first step lights up, for each, for a part of the way back
WAYS = {TALK: ("receiver", picture.TURNS), TAKEN: ("mailbox", picture.LIES["receiver"])}  # where it goes, and turns
LONGEST = 16  # characters of a name in the picture


def journey(delivery: Delivery, opened: int | Iterable[int] | str = (), letter: Letter | None = None) -> "JourneyView":
    """Return the journey of a delivery (what lab.send returns), as a value that draws itself.

    `opened` is a step whose evidence is shown, several of them, or "all"; `letter` a Letter from the mailbox, which is
    evidence as well. Raises ValueError for a step that there is not.
    """
    wanted = picture.STEPS if opened == "all" else (opened,) if isinstance(opened, int) else tuple(opened)
    if not set(wanted) <= set(picture.STEPS):
        raise ValueError(f'opened is a step from 1 to 6, several of them, or "all", and not {opened!r}.')
    return JourneyView(delivery, tuple(sorted(wanted)), letter)


class JourneyView:
    """A delivery in six steps, some of them open. Its text and its static HTML never change."""

    def __init__(self, delivery: Delivery, opened: tuple[int, ...], letter: Letter | None):
        self._delivery = delivery
        self._stops = stops(delivery, letter)
        self._open = [step for step in opened if self._stops[step].evidence]
        self._closed = [step for step, stop in self._stops.items() if stop.status and step not in self._open]
        self._widget: Any = None

    def __repr__(self) -> str:
        lines = [TITLE]
        for step, stop in self._stops.items():
            lines.append(f"  {step}. {stop}")
            lines += [stop.text()] if step in self._open else []
        lines += [f"{sign(kind)} {words}" for kind, words in ends(self._delivery)]
        return "\n".join([*lines, *filter(None, [self._about_the_closed()])])

    def _repr_html_(self) -> str:
        closed = f"<p>{self._about_the_closed()}</p>\n" if self._closed else ""
        return f"<div>\n{self.steps()}{closed}{self.evidence()}</div>"

    def steps(self) -> str:
        """Return the six steps and what became of the letter, as HTML, without evidence."""
        chips = "".join(
            f"<li{look('chip')}><span{look(colour(stop.status))}>{stop.sign}</span> {escape(str(stop)[2:])}</li>\n"
            for stop in self._stops.values()
        )
        became = "".join(f"<p>{lead(kind, words)}</p>\n" for kind, words in ends(self._delivery))
        return f"<p{look('caption')}>{TITLE}</p>\n<ol{look('chips')}>\n{chips}</ol>\n{became}"

    def evidence(self) -> str:
        """Return the evidence of the steps that are open, as HTML."""
        opened = (self._stops[step] for step in self._open)
        return "".join(f"<p{look('label')}>{stop.step}. {stop.name}</p>\n{stop.html()}" for stop in opened)

    def summary(self) -> str:
        """Return the steps in a sentence, for whoever cannot see the picture."""
        return f"{TITLE}: {'; '.join(f'{step}, {str(stop)[2:]}' for step, stop in self._stops.items())}."

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if not in_kernel():
            return static
        if self._widget is None:
            from helpers.show.journey_widget import Played  # only here: without a front end nobody wants a widget

            self._widget = Played(**self.state())
        return {**self._widget._repr_mimebundle_()[0], **static}

    def state(self) -> dict[str, Any]:
        """Return what the view draws: the values of journey_widget.Played, plain ones that JSON can hold."""
        return {
            "drawing": self.drawing(tabs=True),
            "stops": [self._stop(stop) for stop in self._stops.values()],
            "ends": [[colour(kind), f"{sign(kind)} {words}"] for kind, words in ends(self._delivery)],
            "closed": self._about_the_closed(),
            "chosen": self._open[-1] if self._open else 0,
            "plays": not self._open,
            "route": self._route(),
        }

    def drawing(self, tabs: bool = False) -> trees.Tree:
        """Return the picture of it, as helpers.show.picture draws it."""
        return picture.picture(
            {step: stop.kind for step, stop in self._stops.items()},
            {step: stop.sign for step, stop in self._stops.items() if stop.status},
            self._names(),
            [picture.REPORT] if went_back(self._delivery) else [],
            self._end(),
            {step: self._tab(stop) for step, stop in self._stops.items()} if tabs else None,
        )

    def _about_the_closed(self) -> str:
        if not self._closed:
            return ""
        *most, last = map(str, self._closed)
        if most:
            return f"You look into steps {', '.join(most)} and {last} further below."
        return f"You look into step {last} further below."

    def _stop(self, stop: Stop) -> dict[str, Any]:
        """What the view says and shows of a step, when it is chosen."""
        step = f"Step {stop.step}, {stop.name}"
        if stop.step in self._open:
            return {"said": f"{step}, is open.", "shown": trees.of(stop.html())}
        said = f"{step}, is closed: its section opens it." if stop.status else f"{step}: {stop.said}."
        return {"said": said, "shown": []}

    def _tab(self, stop: Stop) -> dict[str, str]:
        state = "open" if stop.step in self._open else "closed" if stop.status else ""
        said = ", ".join(filter(None, [f"{stop.step} {stop.name}", stop.said, state]))
        return {"role": "tab", "aria-label": said, "aria-selected": "false", "tabindex": "-1"}

    def _names(self) -> dict[str, str]:
        """Who is in each box. Before any step is open no host has a name."""
        delivery, domain = self._delivery, domain_of(self._delivery.host.name)
        author = parseaddr(field_of(delivery.content, "From"))[0] or delivery.sender.partition("@")[0] or "nobody"
        people, _, where = delivery.recipients[0].rpartition("@")
        if len(delivery.recipients) > 1:
            people = f"{len(delivery.recipients)} people"
            where = where if len({to.rpartition("@")[2] for to in delivery.recipients}) == 1 else "their hosts"
        names = {"writer": author, "taker": domain, "sender": domain, "receiver": where, "reader": people}
        if self._open:
            names["sender"] = delivery.host.name
        if {TALK, TAKEN} & set(self._open) and delivery.attempts:
            names["receiver"] = delivery.attempts[-1].exchange
        return {place: _short(name) for place, name in names.items()}

    def _end(self) -> str:
        """The box in which the letter lies at last, or the report."""
        if any(fate.status == "delivered" for fate in self._delivery.fates.values()):
            return "mailbox"
        return "writer" if went_back(self._delivery) else "sender"

    def _route(self) -> dict[str, Any]:
        """When each step lights up, and where the letter is at which time, in seconds."""
        taken = [stop for stop in self._stops.values() if stop.status]
        lights = {stop.step: START + TURN * n for n, stop in enumerate(taken)}
        where, over = [(*picture.LIES["sender"], 0.0)], START + TURN * len(taken)
        for stop in taken:
            if stop.step not in WAYS:
                continue
            begins, (place, turn) = lights[stop.step], WAYS[stop.step]
            where.append((*where[-1][:2], begins))  # until then it waits
            if stop.status == "delivered" or self._end() == "mailbox":
                where.append((*picture.LIES[place], begins + TURN))
            else:
                where += [(*turn, begins + TURN / 2), (*picture.LIES["sender"], begins + TURN)]
        back = over
        if self._end() == "writer":
            legs = (picture.LIES["sender"], *picture.BACK)
            where += [(*place, over + LEG * n) for n, place in enumerate(legs)]
            over += LEG * (len(legs) - 1)
        return {"lights": lights, "back": back, "letter": where, "seconds": over}


def _short(name: str) -> str:
    name = visible(name)
    return name if len(name) <= LONGEST + 2 else f"{name[:LONGEST]}…"
