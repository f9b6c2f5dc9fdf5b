"""The health report of a domain: a line for each thing that is looked at, the worst first.

It is passive. All that it does is to ask one resolver, and to fetch the policy of MTA-STS, which is published to be
fetched, where it may. What each finding means, how bad it is and who says so stands in findings.toml.
"""

import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from pathlib import Path

from helpers.health.asking import Unasked
from helpers.wire.faces import colour, look, sign, visible

SEVERITIES = ("broken", "weak", "not asked", "note", "fine")  # the worst first


@cache
def tables() -> dict[str, dict]:
    """What findings.toml has: `check` (what is looked at, in order, and how bad it can be at worst), and `finding`."""
    with open(Path(__file__).with_name("findings.toml"), "rb") as file:
        return tomllib.load(file)


@dataclass(frozen=True)
class Line:
    """One line of a report.

    `finding` is an id of findings.toml, or the check's name where all is fine or it could not be asked; `asked` who was
    asked for what, `came` what came of it, `means` what that means for a letter, `mend` the record that mends it, as in
    a zone file, `do` what else is to be done, `says` who says so, with `link`.
    """

    check: str
    finding: str
    severity: str
    asked: str
    came: str
    means: str
    mend: str = ""
    do: str = ""
    says: str = ""
    link: str = ""

    def __post_init__(self):
        worst = tables()["check"][self.check]["worst"]
        if SEVERITIES.index(self.severity) < SEVERITIES.index(worst):
            raise ValueError(f"{self.check} can be {worst} at worst, and {self.finding} says {self.severity}")

    def __repr__(self) -> str:
        lines = [f"{sign(self.severity)} {self.severity}: {self.check}"]
        for name, text in (
            ("asked", self.asked),
            ("came", self.came),
            ("means", self.means),
            ("mend", self.mend),
            ("do", self.do),
            ("says", f"{self.says} {self.link}".strip()),
        ):
            lines += [f"    {name:6}{visible(text)}"] if text else []
        return "\n".join(lines)


def finding(name: str, asked: str, came: str, write: Callable[[str], str], **given: str) -> Line:
    """Return the Line of a finding. `given` fills the {gaps} of its record, and `write` puts a TXT record's text."""
    row = tables()["finding"][name]

    def filled(text: str) -> str:
        for gap, value in given.items():
            text = text.replace("{" + gap + "}", value)
        return text

    mend, do = filled(row.get("mend", "")), filled(row.get("do", ""))
    if "text" in row:
        mend = f"{filled(row['owner'])} TXT {write(filled(row['text']))}"
    return Line(row["check"], name, row["severity"], asked, came, row["means"], mend, do, row["says"], row["link"])


@dataclass(frozen=True, repr=False)
class Report:
    """The report on a `domain`, by what `who` answered: its `lines`, the worst first.

    Its title counts `whole`, the lines of the report that it is the beginning of; by default those are its own.
    """

    domain: str
    who: str
    lines: tuple[Line, ...]
    whole: tuple[Line, ...] = ()

    @classmethod
    def of(cls, domain: str, who: str, lines: Iterable[Line]) -> "Report":
        """Put the lines in order: by severity, and then as they came."""
        return cls(domain, who, tuple(sorted(lines, key=lambda line: SEVERITIES.index(line.severity))))

    @property
    def findings(self) -> tuple[str, ...]:
        """The ids of what was found, the worst first: neither what is fine, nor what could not be asked."""
        return tuple(line.finding for line in self.lines if line.finding != line.check)

    @property
    def worst(self) -> str:
        """The worst severity."""
        return self.lines[0].severity

    @property
    def mends(self) -> tuple[str, ...]:
        """The records that mend what was found, of the worst first."""
        return tuple(line.mend for line in self.lines if line.mend)

    def first(self, count: int) -> "Report":
        """Return a report of the first lines alone, whose title counts them all."""
        return Report(self.domain, self.who, self.lines[:count], self.whole or self.lines)

    def _title(self) -> str:
        counted = self.whole or self.lines
        count = {one: sum(line.severity == one for line in counted) for one in SEVERITIES}
        said = ", ".join(f"{number} {one}" for one, number in count.items() if number)
        part = "" if len(self.lines) == len(counted) else f"; here {len(self.lines)} of {len(counted)} lines"
        return f"{self.domain}, as {self.who} has it: {said}{part}"

    def __repr__(self) -> str:
        return "\n".join([visible(self._title()), *map(repr, self.lines)])

    def _repr_html_(self) -> str:
        loud = [line for line in self.lines if line.severity != "fine"]
        quiet = [line for line in self.lines if line.severity == "fine"]
        parts = [f"<p><strong>{escape(visible(self._title()))}</strong></p>\n", *map(_html, loud)]
        if quiet:
            fine = (escape(visible(f"{line.check}: {line.came}")) for line in quiet)
            rows = "".join(f"<li{look('wrap')}>{one}</li>\n" for one in fine)
            parts.append(
                f"<details><summary>{sign('fine')} Fine: {len(quiet)}</summary>\n<ul>\n{rows}</ul></details>\n"
            )
        return f"<div>\n{''.join(parts)}</div>\n"


def _html(line: Line) -> str:
    came = escape(visible(f"{line.asked}: {line.came}"))
    told = [f"<span{look('wrap')}>{came}</span>", escape(line.means)]
    if line.mend:
        told.append(f"<strong>Mend:</strong> <code{look('wrap')}>{escape(visible(line.mend))}</code>")
    if line.do:
        told.append(f"<strong>To do:</strong> {escape(visible(line.do))}")
    if line.link:
        told.append(f'<a href="{escape(line.link)}">{escape(line.says)}</a>')
    head = f"<span{look(colour(line.severity))}>{sign(line.severity)}</span> {line.severity}: {escape(line.check)}"
    card = look("card", f"card-{colour(line.severity)}")
    return f"<div{card}>\n<p><strong>{head}</strong></p>\n<p>{'<br>'.join(told)}</p>\n</div>\n"


class Tools:
    """The learner's functions, or the course's. One that raises, or returns what it should not, is told by name, and
    takes no report down.
    """

    def __init__(self, functions: Mapping[str, Callable]):
        self._functions = functions

    def __getattr__(self, name: str) -> Callable:
        function = self._functions[name]
        shape, fits = SHAPES[name]

        def call(*given):
            try:
                found = function(*given)
            except Exception as error:
                raise Unasked(f"{name} raised {type(error).__name__}: {error}") from error
            if not fits(found):
                raise Unasked(f"{name} returned {visible(repr(found)[:60])}, and should have returned {shape}")
            return found

        return call


def _all_of(*kinds: type) -> Callable[[object], bool]:
    """Whether something is a list, or the like, of just these."""
    return lambda found: isinstance(found, list | tuple | set) and all(isinstance(one, kinds) for one in found)


SHAPES = {  # what each of the learner's functions returns
    "mail_hosts": ("a list of names", lambda found: isinstance(found, list | tuple)),
    "tags": ("a dict of texts", lambda found: isinstance(found, dict) and _all_of(str)([*found, *found.values()])),
    "spf_terms": (
        "a list of terms, three texts each",
        lambda found: _all_of(list, tuple)(found) and all(len(one) == 3 and _all_of(str)(one) for one in found),
    ),
    "spf_lookups": ("a number", lambda found: isinstance(found, int) and not isinstance(found, bool)),
    "spf_result": ("a result of SPF, a text", lambda found: isinstance(found, str)),
    "sts_allows": ("True or False", lambda found: isinstance(found, bool)),
    "txt_strings": ("a text", lambda found: isinstance(found, str)),
    "confirmed": ("a list of names", lambda found: isinstance(found, list | tuple | set)),
    "read_reply": ("a reply, a text", lambda found: isinstance(found, str)),
}
