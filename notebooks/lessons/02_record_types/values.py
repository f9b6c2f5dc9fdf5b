"""Notebook 02, record types: what a table cannot decide about a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from helpers.check.judging import Feedback, right, shown, word, wrong

from . import answers

if TYPE_CHECKING:
    from helpers.lab import Lab


ORIGIN = "corner-shop.test"


def full_names(answer: object) -> Feedback:
    if not isinstance(answer, Mapping):
        return wrong("The check looks for the dict as it stands, with a full name in place of each `...`.")
    for written, full in answers.full_names.items():
        given = answer.get(written, ...)
        if given is ...:
            return wrong(f"`{written}` has no full name yet.")
        if word(given) != word(full) or ".." in str(given):
            return wrong(_amiss_in_name(written, str(given).strip().lower()))
    say = (
        "One rule for all: a name that ends in a dot is whole, any other has the origin appended, and `@` is the "
        "origin."
    )
    if not all(str(full).strip().endswith(".") for full in answer.values()):
        say += " (Written out in full, a name ends in the dot of the root. In a zone file you will need it.)"
    return right(say)


def _amiss_in_name(written: str, given: str) -> str:
    if ".." in given:
        return f"{shown(given)} has two dots in a row. Between two dots of a name stands a label, at least one letter."
    if written == "@":
        return f"`@` is short for the origin itself, here `{ORIGIN}.`, and not {shown(given)}."
    if given == written:
        return (
            f"You left `{written}` as it is. It does not end in a dot, so it is not whole: the origin `{ORIGIN}.` is "
            "appended to it, however many dots it has inside."
        )
    if given == f"{written}.":
        return (
            f"You put a dot after `{written}`. That would make it a whole name, one that goes up to the root as it "
            f"stands. In the file it has no dot at its end, so `{ORIGIN}.` is appended, however many dots it has "
            "inside."
        )
    given = word(given)
    if written.endswith(".") and given.endswith(f"{ORIGIN}.{ORIGIN}"):
        return f"`{written}` ends in a dot: it is whole, and nothing is appended to it."
    if not given.endswith(ORIGIN) and written.endswith("."):
        return f"`{written}` ends in a dot: it is whole as it stands, and does not become {shown(given)}."
    if not given.endswith(ORIGIN):
        return f"{shown(given)} does not end in the origin. `{written}` has no final dot, so `{ORIGIN}.` is appended."
    return (
        f"`{written}` does not become {shown(given)}. Write the name down as it stands, then ask: is there a final dot?"
    )


_WHERE = {  # how one comes to the name
    "SPF": "A receiver that looks for SPF has a domain from MAIL FROM or HELO, and asks for TXT at that very name.",
    "DKIM": "A domain may have many DKIM keys, so each has a name of its own: the selector, a fixed label, the domain.",
    "DMARC": "A receiver that looks for DMARC puts one fixed label in front of the domain in the letter's From:.",
}


_DKIM_LINE = 's1._domainkey TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="\n'


def where(answer: object) -> Feedback:
    from helpers.lab import Lab

    if not isinstance(answer, Mapping):
        return wrong("The check looks for the dict as it stands, with a name in place of each `...`.")
    with Lab(beside=True) as lab:
        lab.publish(answers.my_zone + _DKIM_LINE)
        for record, how in _WHERE.items():
            name = answer.get(record, ...)
            if name is ...:
                return wrong(f"There is no name for {record} yet.")
            if word(name) != answers.where[record]:
                if answers.where[record] in (f"{word(name)}.learner.test", word(name).replace("@", "learner.test")):
                    return wrong(
                        f"`{word(name)}` is how {record}'s line in the zone file of learner.test would begin. Whoever "
                        "asks the DNS has no origin to append: give the whole name."
                    )
                there = " and ".join(f"`{text}`" for text in _texts(lab, word(name))) or "no text at all"
                return wrong(
                    "A zone learner.test with all three was published, and the DNS asked for TXT at "
                    f"`{word(name)[:80]}`. The answer: {there}, so no {record} of learner.test. {how}"
                )
    return right(
        "All three are TXT records, and the name tells them apart: SPF at the domain itself, DKIM at "
        "`selector._domainkey` below it, DMARC at `_dmarc` below it. A host's name has no underscore in it, so the "
        "names of DKIM and DMARC never get in a host's way."
    )


def _look(lab: Lab, name: str, rdtype: str) -> list[str]:
    """What the whole hierarchy has to say, in small letters (names ignore case); [] where there is no answer."""
    return [record.to_text().lower() for record in _records(lab, name, rdtype)]


def _texts(lab: Lab, name: str) -> list[str]:
    """The TXT records of a name, each with its strings joined."""
    found = _records(lab, name, "TXT")
    return [b"".join(record.strings).decode("ascii", "backslashreplace") for record in found]


def _records(lab: Lab, name: str, rdtype: str) -> tuple:
    """The records; asked for again where no answer came, for on a busy machine the lab may be slow."""
    for _ in range(3):
        found = lab.lookup(name, rdtype)
        if found.outcome != "no answer":
            break
    return found.records


_HOSTS = (
    ("ns.learner.test", "A", "192.0.2.52"),
    ("ns2.learner.test", "A", "192.0.2.54"),
    ("mail.learner.test", "A", "192.0.2.25"),
    ("laptop.learner.test", "A", "192.0.2.10"),
    ("laptop.learner.test", "AAAA", "2001:db8:0:2::10"),
)


_MENDED = 2026030203  # the serial of the draft as the notebook has mended it


_TWICE = ".learner.test.learner.test."


_DOT = (
    "A name without its final dot has the origin appended to it. Write it with the final dot, or write its first part "
    "alone."
)


def my_zone(answer: object) -> Feedback:
    from helpers.lab import Lab
    from helpers.lab.errors import LabError

    if not isinstance(answer, str):
        return wrong(
            f"The check publishes text, the lines of a zone file between three quotation marks; {shown(answer)} is no "
            "text."
        )
    with Lab(beside=True) as lab:
        try:
            published = lab.publish(answer)
        except LabError as error:
            return wrong(f"It could not be published. {error}")
        if published.origin != "learner.test.":
            return wrong(
                f"It was published as the zone {published.origin} Yours is learner.test: begin with "
                "`$ORIGIN learner.test.`"
            )
        amiss = _amiss_in_servers(lab) or _amiss_in_mx(lab) or _amiss_in_hosts(lab)
        amiss = amiss or _amiss_in_spf(lab) or _amiss_in_dmarc(lab)
    if amiss:
        return wrong(f"It was published and looked up from the root down. {amiss}")
    above = 0 < (published.serial - _MENDED) % 2**32 < 2**31  # RFC 1982 section 3.2
    return right(
        f"ns.learner.test answers for it and ns2.learner.test has copied it, serial {published.serial}. From the root "
        "down everything is found: your exchange and its address, who may send, and what you ask of receivers. "
        "To put it into the lab of this notebook, "
        + ("run" if above else f"give it a serial above {_MENDED}, then")
        + " `lab.publish(my_zone)`."
    )


def _amiss_in_servers(lab: Lab) -> str:
    found = _look(lab, "learner.test", "NS")
    if twice := [name for name in found if name.endswith(_TWICE)]:
        return f"NS names `{twice[0]}`. {_DOT}"
    for name in ("ns.learner.test.", "ns2.learner.test."):
        if name not in found:
            return (
                f"There is no NS record for `{name}`: the zone `test.` names two servers for learner.test, and your "
                "own zone should name the same two."
            )
    return ""


def _amiss_in_mx(lab: Lab) -> str:
    found = _look(lab, "learner.test", "MX")
    if not found:
        return "It has no MX for learner.test: the owner is `@`, the data is a preference and a name."
    if twice := [mx for mx in found if mx.endswith(_TWICE)]:
        return f"MX says `{twice[0]}`, and no such host exists. {_DOT}"
    preference, _, exchange = found[0].partition(" ")
    if exchange.replace(".", "").isdigit() or exchange.startswith("192.0.2.25."):
        return (
            f"MX says `{found[0]}`: an address was read as a name. An MX record holds a host's name, and the host has "
            "an A record of its own."
        )
    if len(found) > 1 or exchange != "mail.learner.test.":
        return f"MX says `{' and '.join(found)}`. One exchange was wanted, mail.learner.test."
    if preference != "10":
        return f"MX says `{found[0]}`. Mail would come, but the preference that was wanted is 10."
    return ""


def _amiss_in_hosts(lab: Lab) -> str:
    for name, rdtype, address in _HOSTS:
        found = _look(lab, name, rdtype)
        if found == [address]:
            continue
        if found:
            return f"{rdtype} of `{name}` gives {' and '.join(found)}, and not {address}."
        if address in _look(lab, f"{name}.learner.test", rdtype):
            return f"`{name}` has no {rdtype} record, but `{name}.learner.test` has. {_DOT}"
        return f"`{name}` has no {rdtype} record; it should say {address}."
    return ""


_MODIFIER = re.compile(r"[a-z][a-z0-9_.-]*=")


_EXCHANGES = re.compile(r"\+?(mx|mx:learner\.test\.?|a:mail\.learner\.test\.?|ip4:192\.0\.2\.25)(/32)?")


def _amiss_in_spf(lab: Lab) -> str:
    texts = _texts(lab, "learner.test")
    found = [text for text in texts if text.lower().split()[:1] == ["v=spf1"]]
    if not found:
        if glued := [text for text in texts if text.lower().startswith("v=spf1")]:
            return (
                f"The text at learner.test is `{glued[0]}`. Without quotation marks each word became a string of its "
                "own, and strings are joined without spaces: put the whole text in one pair of marks."
            )
        return "There is no SPF at learner.test itself, a text that begins with `v=spf1`."
    if len(found) > 1:
        return (
            "There are two SPF records at learner.test. A receiver calls that an error (RFC 7208 section 4.5): publish "
            "one only."
        )
    terms = found[0].lower().split()[1:]
    mechanisms = [term for term in terms if not _MODIFIER.match(term)]  # modifiers may stand anywhere
    everybody = next((term for term in mechanisms if term.lstrip("+-~?") == "all"), "")
    if everybody in ("all", "+all"):
        return f"SPF says `{found[0]}`: `all` without a minus lets everybody use your name. `-all` lets nobody else."
    if not everybody and not any(term.startswith("redirect=") for term in terms):
        return f"SPF says `{found[0]}`, which leaves open what holds for all others. End it with `-all`: nobody else."
    *senders, last = mechanisms or [""]
    if last == everybody != "-all":
        return (
            f"SPF says `{found[0]}`: for all others, `~all` says softfail (probably not allowed) and `?all` says "
            "neutral. Nobody else was wanted: end it with `-all`."
        )
    if last != "-all" or not senders or not all(map(_EXCHANGES.fullmatch, senders)):
        return f"SPF says `{found[0]}`. The exchanges were wanted and nobody else: `v=spf1 mx -all`."
    return ""


def _amiss_in_dmarc(lab: Lab) -> str:
    texts = _texts(lab, "_dmarc.learner.test")
    found = [text for text in texts if next(iter(answers.tags(text).items()), ()) == ("v", "DMARC1")]
    if not found:
        if texts:
            return (
                f"At `_dmarc.learner.test` stands `{texts[0]}`. A DMARC record begins with `v=DMARC1`, and with no "
                "other version. The version is written `DMARC1`, in capitals."
            )
        if any(text.lower().startswith("v=dmarc1") for text in _texts(lab, "learner.test")):
            return (
                "The DMARC record stands at learner.test itself, where no receiver looks for it: it is asked for at "
                "`_dmarc.learner.test`."
            )
        if _texts(lab, "_dmarc.learner.test.learner.test"):
            return f"The DMARC record stands at `_dmarc.learner.test.learner.test`. {_DOT}"
        return "There is no DMARC record at `_dmarc.learner.test`, a text that begins with `v=DMARC1`."
    if len(found) > 1:
        return (
            "There are two DMARC records at `_dmarc.learner.test`. A receiver then uses neither (RFC 9989 section "
            "4.10): publish one only."
        )
    text = found[0]
    if ";" not in text:
        return (
            f"At `_dmarc.learner.test` stands `{text}`, and no more. In a zone file an unquoted semicolon begins a "
            "comment: put the whole text in quotation marks."
        )
    tags = answers.tags(text)
    if "p" not in tags:
        return (
            "It has no `p`. A receiver reads a record with neither `p` nor `rua` as none at all, and one with a `rua` "
            "as `p=none` (RFC 9989 section 4.10.1); older receivers may take neither. Write `p=none`."
        )
    if tags["p"].lower() != "none":
        return f"DMARC says `{text}`. The policy that was wanted is `p=none`."
    reports = tags.get("rua", "").lower()
    if reports == "postmaster@learner.test":
        return "The value of `rua` is an address for reports written as a URI: `mailto:` comes first."
    if reports != "mailto:postmaster@learner.test":
        return (
            f"DMARC says `{text}`. Reports should go to postmaster@learner.test: that is `rua=mailto:` and the address."
        )
    return ""
