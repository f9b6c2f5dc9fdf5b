"""Notebook 01, DNS look-ups: what a table cannot decide about a value."""

import re

from helpers.check.judging import Feedback, right, shown, word, words, wrong

_FATES = {
    "bounce": ("bounce", "bounced", "bounces"),
    "itself": ("deliver to the domain itself", "deliver to itself", "itself", "implicit mx", "deliver", "delivered"),
    "wait": ("wait", "waits", "deferred", "defer", "try again later", "queue"),
}


_FATE_OF = {spelling: fate for fate, spellings in _FATES.items() for spelling in spellings}


_OUTCOMES = ("nxdomain", "nodata", "servfail", "time-out")


_SPELLINGS = {"timeout": "time-out", "noanswer": "nodata", "nonameservers": "servfail"}


def fate(answer: object) -> Feedback:
    if isinstance(answer, dict):
        given = {_SPELLINGS.get(word(outcome), word(outcome)): word(fate) for outcome, fate in answer.items()}
    else:
        given = dict(zip(_OUTCOMES, words(answer) or [], strict=False))
    if missing := [outcome for outcome in _OUTCOMES if outcome not in given]:
        return wrong(f"Give a table with four rows, as in the cell: {', '.join(missing)} has no fate yet.")
    if odd := [fate for fate in given.values() if fate not in _FATE_OF]:
        return wrong(f"{shown(odd[0])} is none of the three fates: bounce, deliver to the domain itself, wait.")
    nxdomain, nodata, servfail, timeout = (_FATE_OF[given[outcome]] for outcome in _OUTCOMES)
    if servfail == "bounce" or timeout == "bounce":
        which = "SERVFAIL" if servfail == "bounce" else "A time-out"
        return wrong(
            f"{which} bounces the letter, you say. But nobody has said no: no answer is not a no. The trouble may be "
            "over in ten minutes. What would you have the host do with the letter until then?"
        )
    if "itself" in (servfail, timeout):
        return wrong(
            "Without any answer the host does not know whether there are MX records. To go to the domain itself now "
            "might bring the letter to the wrong machine."
        )
    if nodata != "itself":
        return wrong("NODATA is what corner-shop.test gave. The name exists, and there is no MX: what did Olive get?")
    if nxdomain == "wait":
        return wrong("NXDOMAIN is a definite no: there is no such name. There is nothing to wait for.")
    if nxdomain == "itself":
        return wrong(
            "NXDOMAIN says that the name has no record of any type, so it has no address to deliver to either."
        )
    return right(
        "A definite no bounces, a definite 'no such type' falls back to the domain itself, and where no answer could "
        "be had the letter waits (RFC 5321 section 5.1)."
    )


def still_old(answer: object) -> Feedback:
    text = word(answer)
    try:
        seconds = float(re.sub(r",|\s*(s|sec|seconds)$", "", text))
    except ValueError:
        if "propag" in text or "24" in text or "48" in text:
            return wrong(
                "Nothing propagates: her name server has had the new record since she published it. The resolver asks "
                "it again once its copy has run out. When is that, by the table?",
                belief="dns_propagates",
            )
        return wrong(f"{shown(answer)} is not a number of seconds. Give it in digits, and in seconds.")
    if seconds == 3000:
        return right(
            "3000 seconds: what is left of the hour. The record was looked up ten minutes ago with a TTL of 3600, and "
            "no later change can reach that copy before it has run out."
        )
    if seconds == 3600:
        return wrong(
            "3600 is the whole TTL, as the name server gives it out. The resolver's copy is ten minutes old already: "
            "what does its own answer show as TTL?"
        )
    if seconds == 0:
        return wrong(
            "At once? The resolver has just answered with the old address. It will not ask before its copy is stale."
        )
    if seconds in (86400, 172800):
        return wrong(
            "Days are what people say who speak of propagation. The resolver asks again once its copy has run out. "
            "When is that, by the table?",
            belief="dns_propagates",
        )
    if seconds == 60:
        return wrong(
            "60 is how long a 'there is no such thing' may be kept. This is an answer with a record and a TTL."
        )
    return wrong(f"After {seconds:g} seconds? By the table above, when does this resolver ask the name server again?")
