"""Who has my letter? Five neighbours and five cards: five hosts of one lab, or five labs that have joined.

A card has a number, and the number names a role, so that nobody reads it over a shoulder. What the roles do stands in
the notebook; here is who has which, and what was heard from them.
"""

import hashlib
import random
from collections.abc import Iterator, Mapping

import dns.zone

from helpers.lab import Lab, LabError
from helpers.lab.cast import Host
from helpers.lab.delivery import Fates
from helpers.wire.faces import Face, visible

# Each role, and the code by which a letter's fate is decided there: None where nobody answers.
ROLES = {"Keeper": 250, "Forgetful": 250, "Full": 452, "Strict": 550, "Away": None}
HOUSES = ("aster", "begonia", "crocus", "dahlia", "freesia")  # in the learner's own domain
FIRST = 61  # the last number of the first one's address
EMPTY = "$ORIGIN learner.test.\n$TTL 300\n@ SOA ns postmaster 1 3600 600 604800 60\n@ NS ns\nns A 192.0.2.52\n"


def drawn(number: object) -> str:
    """Return the role that a card's number names. Raises LabError for what is no number."""
    if isinstance(number, bool) or not str(number).strip().isdecimal():
        raise LabError(f"On a card is a number, such as 412, and {number!r} is none.")
    return list(ROLES)[hashlib.sha256(f"card {int(str(number))}".encode()).digest()[0] % len(ROLES)]


def dealt(deal: int) -> dict[str, str]:
    """Return the role of each of the five houses in a deal, which is the same each time."""
    roles = list(ROLES)
    random.Random(deal).shuffle(roles)
    return {f"{house}.learner.test": role for house, role in zip(HOUSES, roles, strict=True)}


class Heard(Face):
    """What was heard from each neighbour: a mapping of names to codes, None where nobody answered.

    Takes the fates of a letter to each, by the neighbour's name, and the roles that one knows because they are one's
    own. The latest is what a table is checked by.
    """

    latest: "Heard | None" = None
    _head = ("Neighbour", "Code", "What was said")
    _code = ("Code", "What was said")

    def __init__(self, fates: Mapping[str, Fates], own: Mapping[str, str] | None = None):
        self._fates = {name: next(iter(each.values())) for name, each in fates.items()}
        self.codes = {name: fate.code for name, fate in self._fates.items()}
        self.own = dict(own or {})
        Heard.latest = self

    @property
    def sure(self) -> int:
        """How many of them said what nobody else said."""
        said = list(self.codes.values())
        return sum(said.count(code) == 1 for code in said)

    def _title(self) -> str:
        return f"{len(self.codes)} letters, one to each neighbour"

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        for name, fate in self._fates.items():
            yield name, str(fate.code or "-"), visible(f"{fate.enhanced} {fate.text}" if fate.code else fate.text)


def known() -> tuple[dict[str, int | None], dict[str, str]]:
    """Return the code of each neighbour, and the roles that one knows: of the latest letters, or the usual deal."""
    if Heard.latest:
        return Heard.latest.codes, Heard.latest.own
    return {name: ROLES[role] for name, role in dealt(4).items()}, {}


class Street:
    """The neighbours of one game. `mine` has the names that this kernel plays, each with its role."""

    def __init__(self, mine: dict[str, str], joined=None):
        self.mine, self._joined = tuple(mine.items()), joined

    @property
    def names(self) -> list[str]:
        """The names of all who play, one's own as well."""
        return sorted([name for name, _ in self.mine] + (self._joined.others if self._joined else []))

    @property
    def writer(self) -> str:
        """Who writes one's letters: the name that one has among the others, or Ada."""
        return self.mine[0][0] if self._joined else "Ada"

    def heard(self, fates: Mapping[str, Fates]) -> Heard:
        """Return what was heard from them, by the fates of the letters. It is what a table is checked by."""
        return Heard(fates, dict(self.mine) if self._joined else {})

    def __repr__(self) -> str:
        if not self._joined:
            return f"Five neighbours, and the cards lie face down: {', '.join(self.names)}"
        others = ", ".join(self._joined.others) or "nobody yet"
        return f"You are {self.mine[0][0]}. The card stays with you. With you are: {others}"


def street(lab: Lab, card: object = ..., deal: int = 4) -> Street:
    """Return the neighbours. With a card's number they are the labs that have joined; without, five hosts of this one.

    Raises LabError for a card that is none, or where nobody can be met.
    """
    if card is not ...:
        role, joined = drawn(card), lab.join()
        return Street({joined.name: role}, joined)
    mine = dealt(deal)
    for place, name in enumerate(mine):
        try:
            lab.host(name)
        except LabError:
            lab.add(Host(name, (f"192.0.2.{FIRST + place}",), "a neighbour"))
    lab.publish(_with_houses(lab))
    return Street(mine)


def _with_houses(lab: Lab) -> str:
    """The learner's zone with an address for each house, and a serial that has risen."""
    try:
        text = lab.zone_text("learner.test")
    except LabError:
        text = EMPTY
    zone = dns.zone.from_text(text, relativize=False)
    with zone.writer() as changes:
        changes.update_serial(name=zone.origin)
        for place, house in enumerate(HOUSES):
            address = dns.rdata.from_text("IN", "A", f"192.0.2.{FIRST + place}")
            changes.replace(dns.name.from_text(f"{house}.learner.test."), dns.rdataset.from_rdata(300, address))
    return f"$ORIGIN learner.test.\n{zone.to_text(relativize=False)}"
