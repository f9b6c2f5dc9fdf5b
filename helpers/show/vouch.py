"""Who vouches for whom: the names for which SPF and DKIM speak, and whether they vouch for the one in From:.

`Vouched` shows that of a verdict. `Vouching` is a letter with switches, whose verdict is covered until the learner has
said what they expect.
"""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from itertools import zip_longest
from typing import Any, NamedTuple

from helpers.check.notes import in_kernel
from helpers.lab.errors import LabError
from helpers.mail import Verdict, dmarc_verdict
from helpers.mail.receiver import DISPOSITIONS
from helpers.show import vouch_letter
from helpers.show.vouch_letter import FIRST, SWITCHES
from helpers.wire.faces import Face, colour, look, sign, signed, visible

CALL = 'vouching.judged(path="list", policy="none")'
ASK = "Does DMARC pass or fail? Say what you expect, and you see."
COVER = {"sign": "?", "kind": "covered", "word": "?", "why": ""}
SAID = ("pass", "fail", "neither")  # the last one where no record applies, or the DNS is silent
FORGED = "A forged letter of the bank's lies in the inbox, and nobody has touched bank.test, its record or its key."
HOW = {  # it was possible, by whether Mallory is in From:
    True: "DMARC was asked about mallory.test, the domain in From:. The bank's address is only in the display name, "
    "which none of the three reads.",
    False: "It came from the bank's own machine, and so SPF's pass is enough for DMARC. SPF says nothing about the "
    "text, which is no longer the bank's.",
}


def _forgery_in_the_inbox(switches: dict[str, str], found: Verdict) -> bool:
    """Whether a letter came that the bank has not written as it stands, while the bank's record is the cast's.

    What Mallory sends on unchanged, with the bank's own signature, is no forgery.
    """
    forged = switches["path"] == "mallory" and switches["seal"] != "author"
    forged = forged or switches["author"] == "mallory" or switches["change"] != "nothing"
    untouched = (switches["policy"], switches["alignment"]) == ("reject", "relaxed")
    return forged and untouched and found.disposition == "inbox"


CHALLENGES: dict[str, Callable[[dict[str, str], Verdict], bool]] = {
    "SPF passes, and DMARC fails.": lambda _, found: (found.spf.result, found.dmarc.result) == ("pass", "fail"),
    "DKIM passes, and DMARC fails.": lambda _, found: (
        found.dmarc.result == "fail" and any(one.result == "pass" for one in found.signatures)
    ),
    FORGED: _forgery_in_the_inbox,
}


class Line(NamedTuple):
    """From a name to the one in From:. `kind` is "aligned", "apart", "broken", or "none" where nobody vouches."""

    name: str
    domain: str
    sign: str
    kind: str
    word: str
    why: str


@dataclass(frozen=True, repr=False)
class Vouched(Face):
    """A verdict as names, what each says for the one in From:, and what came of it."""

    verdict: Verdict

    _head = ("Name", "Domain", "Says", "Why")

    @property
    def lines(self) -> list[Line]:
        """The line from MAIL FROM, and one from each signature, or from none."""
        found = self.verdict
        spf, *dkim = [one.aligned for one in found.dmarc.identifiers] or [None]
        why = f"{found.spf.address}: {found.spf.reason}"
        lines = [self._line("MAIL FROM (SPF)", found.spf.domain, found.spf.result, spf, why)]
        for one, aligned in zip_longest(found.signatures, dkim[: len(found.signatures)]):
            lines.append(self._line("d= (DKIM)", one.domain, one.result, aligned, one.reason))
        return lines if found.signatures else [*lines, self._line("d= (DKIM)", "", "none", None, "it has no signature")]

    @property
    def results(self) -> list[tuple[str, str, str, str]]:
        """What DMARC says, what the owner of the name in From: asks for, and what the receiver did."""
        found, dmarc = self.verdict, self.verdict.dmarc
        asks = (
            (dmarc.policy, f"so says the record of {visible(dmarc.record_domain)}")
            if dmarc.policy
            else ("nothing", "no record applies, or none is known")
        )
        return [
            ("From: (DMARC)", visible(dmarc.author) or "(not one)", signed(dmarc.result), visible(dmarc.reason)),
            ("Its owner asks for", "", *asks),
            ("The letter was", "", DISPOSITIONS[found.disposition], visible(found.reason)),
        ]

    def _line(self, name: str, domain: str, result: str, aligned: bool | None, why: str) -> Line:
        said = (sign(result), "none" if result == "none" else "broken", result)
        if result == "pass":
            said = {
                True: (sign(result), "aligned", "pass, aligned"),
                False: ("≠", "apart", "pass, not aligned"),
                None: ("○", "none", "pass, alignment not asked for, or not known"),
            }[aligned]
        return Line(name, visible(domain) or "(nobody)", *said, visible(why))

    def _title(self) -> str:
        return "Who vouches for whom?"

    def _rows(self) -> list[tuple[str, ...]]:
        lines = [(one.name, one.domain, f"{one.sign} {one.word}", one.why) for one in self.lines]
        return [*lines, *self.results]


class Vouching:
    """A letter of the bank's with switches. Takes the function that decides DMARC, such as the learner's own.

    Its text and its static HTML are those of the first setting, and never change.
    """

    def __init__(self, verdict: Callable = dmarc_verdict):
        self._decide = verdict
        self._first = self.judged()
        self._said: dict[tuple[str, ...], str] = {}  # by setting
        self._reached: list[str] = []
        self._widget: Any = None

    def judged(self, **switches: str) -> Vouched:
        """Send a letter, and return what a host finds. The switches are those of SWITCHES, the others as at first.

        Raises ValueError for one that there is not.
        """
        for name, option in switches.items():
            if option not in list(SWITCHES.get(name, ()))[1:]:
                known = "; ".join(f"{one}: {', '.join(list(options)[1:])}" for one, options in SWITCHES.items())
                raise ValueError(f"There is no {name}={option!r}. There is {known}.")
        return Vouched(vouch_letter.judged({**FIRST, **switches}, self._decide)[0])

    def __repr__(self) -> str:
        return f"{self._first!r}\n{self._way()} {CALL}"

    def _repr_html_(self) -> str:
        code = f"<code{look('wrap')}>{escape(CALL)}</code>"
        return f"<div>\n{self._first._repr_html_()}<p>{escape(self._way())} {code}</p>\n</div>"

    def _way(self) -> str:
        return f"This letter came {SWITCHES['path'][FIRST['path']]}. Another one, by code:"

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if not in_kernel():
            return static
        if self._widget is None:
            from helpers.show.vouch_widget import VouchView  # only here: without a front end nobody wants one

            switches = [[name, *options.items()] for name, options in SWITCHES.items()]
            self._widget = VouchView(switches, self._set)
            self._set(FIRST, "")
        return {**self._widget._repr_mimebundle_()[0], **static}

    def _set(self, switches: dict[str, str], said: str) -> None:
        """Judge a letter with these switches; `said` is what the learner expects of DMARC, once for each setting."""
        try:
            found, letter = vouch_letter.judged(switches, self._decide)
        except LabError as error:  # a learner's function may fail
            self._widget.show(lines=[], news=visible(str(error)))
            return
        key = tuple(switches[name] for name in SWITCHES)
        if said in SAID:
            self._said.setdefault(key, said)
        said, shown = self._said.get(key, ""), Vouched(found)
        self._widget.show(
            names=[f"<{visible(found.sender)}>, from {found.address}", vouch_letter.AUTHORS[switches["author"]][0]],
            lines=[{**one._asdict(), **({} if said else COVER)} for one in shown.lines],
            results=[[name, came, why] for name, _, came, why in shown.results] if said else [],
            colour=colour(found.dmarc.result),
            letter=visible(letter.replace(b"\r\n", b"\n"), keep="\n\t") if said else "",
            said=said,
            news=self._news(switches, found, said) if said else ASK,
            challenges=[[one in self._reached, one] for one in CHALLENGES],
        )

    def _news(self, switches: dict[str, str], found: Verdict, said: str) -> str:
        """What they said beside what came, and which challenges that has reached."""
        news = [f"You said {said}, and DMARC says {found.dmarc.result}."]
        for one, reached in CHALLENGES.items():
            if one not in self._reached and reached(switches, found):
                self._reached.append(one)
                news.append(f"You have reached: {one}")
                news += [HOW[switches["author"] == "mallory"]] * (one == FORGED)
        return " ".join(news)
