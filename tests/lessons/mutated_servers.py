"""Servers with one fault each: the part at fault, what is changed in the course's, and the row that tells it."""

import inspect
import linecache
from collections.abc import Callable
from typing import Any, NamedTuple

from helpers import answers


class Fault(NamedTuple):
    """What is wrong, in which part, by which replacements in its text; and the row of the acceptance table."""

    what: str
    part: str
    changes: tuple[tuple[str, str], ...]
    row: str


FAULTS = (
    Fault(
        "it carries letters for anybody",
        "FrontDoor",
        (("self.house.accepts(who)", '"250 2.1.5 OK"'),),
        "nothing is carried for strangers",
    ),
    Fault(
        "it takes letters for whoever is named",
        "accept_rcpt",
        (("if name.lower() not in people:", "if not people:"),),
        "nobody unknown is taken",
    ),
    Fault(
        "it has never heard of postmaster without a domain",
        "FrontDoor",
        (('address if "@" in address else f"{address}@{self.house.domain}"', "address"),),
        "postmaster and the null sender are taken",
    ),
    Fault(
        "it takes small letters only",
        "sort_out",
        (("[2].lower() == domain", "[2] == domain"),),
        "a name in capitals is the same name",
    ),
    Fault(
        "all clients share one list of recipients",
        "FrontDoor",
        (
            ("self.house = house\n", "self.house = house\n        self.to = []\n"),
            ("envelope.rcpt_tos.append(who)", "self.to.append(who)\n            envelope.rcpt_tos = self.to"),
        ),
        "an envelope belongs to one letter",
    ),
    Fault(
        "it listens to any number of mistakes",
        "FrontDoor",
        (("session.wrong <= 10", "True"),),
        "too much is refused, and the rest goes on",
    ),
    Fault(
        "it leaves a stranger's Return-Path where it is",
        "at_home",
        (('not field.lower().startswith(b"return-path:")', "True"),),
        "one Return-Path, and a Received that is true",
    ),
    Fault(
        "it does not read From: at Ada's door",
        "AdasDoor",
        (("self.house.authors(envelope.content) == [session.user]", "bool(envelope.content)"),),
        "nobody writes as Ada",
    ),
    Fault(
        "it calls every letter honest",
        "dmarc_verdict",
        (('return ("temperror", None) if unknown else ("fail", policy)', 'return "pass", policy'),),
        "no forged letter of the bank is in the inbox",
    ),
    Fault(
        "it signs first, and adds Date afterwards",
        "take_letter",
        (
            ("    letter = house.seal(letter) if visit.user else letter\n", ""),
            (
                "letter = envelope.content\n",
                "letter = house.seal(envelope.content) if visit.user else envelope.content\n",
            ),
        ),
        "what Ada sends is whole and signed",
    ),
    Fault(
        "it gives up at the first door",
        "deliver",
        (("            del doors[0]\n", "            del doors[:]\n"),),
        "the next door is tried, and later again",
    ),
    Fault(
        "it says 250 whatever the disk says",
        "take_letter",
        (('"452 4.3.1 No room at the moment"', '"250 2.0.0 Letter kept"'),),
        "250 comes when it is on the disk",
    ),
    Fault(
        "it notes everybody as sent",
        "after",
        (('what_now(one["reply"])', '"sent"'),),
        "a recipient who cannot be reached is reported",
    ),
    Fault(
        "it takes <> for somebody",
        "sort_out",
        (('"" if mail_from == "<>" else mail_from', "mail_from"),),
        "nobody writes to the null sender",
    ),
    Fault(
        "it goes down without a word",
        "go_down",
        (('await visit.say("421 4.3.2 Going down. Come again later")', "visit.close()"),),
        "421 on Friday, and the queue goes on",
    ),
)


def part(fault: Fault) -> Callable[..., Any]:
    """Return the course's part with the fault in it."""
    answer = getattr(answers, fault.part)
    text = inspect.getsource(answer)
    for old, new in fault.changes:
        assert old in text, (fault.what, old)
        text = text.replace(old, new)
    scope = dict(vars(inspect.getmodule(answer)))
    file = f"<a server: {fault.what}>"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    exec(compile(text, file, "exec"), scope)
    return scope[fault.part]
