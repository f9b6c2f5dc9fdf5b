"""Notebook 00, the first letter: what a table cannot decide about a value."""

import ipaddress
import re
from itertools import pairwise

from helpers.check.judging import Feedback, right, shown, word, words, wrong


def is_ipv4(value: object) -> bool:
    return bool(ipaddress.IPv4Address(str(value).strip()))


def number_and_name(value: object) -> bool:
    return bool(re.fullmatch(r"\d+ [\w.-]+", str(value).strip()))


def is_mailbox(value: object) -> bool:
    return "@" in str(value) or word(value) == "support"


def several_hosts(value: object) -> bool:
    return len(set(re.findall(r"[\w-]+(?:\.[\w-]+)*\.test|\d+(?:\.\d+){3}", str(value).casefold()))) > 1


_MOMENTS = ({"354"}, {"221", "quit"}, {"250"}, {"read", "reads", "fetches"})


def no_single_moment(value: object) -> bool:
    """Whether the answer names several of the moments, or a time that is not the one that it names."""
    told = _told(value)
    other = re.search(r"(?<!not )\bbefore\b.*\b250\b|\b(not|never) at\b.*\b250\b", str(value).casefold())
    return sum(bool(told & moment) for moment in _MOMENTS) > 1 or "or" in told or bool(other)


def a_250(value: object) -> bool:
    return "250" in _told(value)


def the_250_after_the_letter(value: object) -> bool:
    told = _told(value)
    return "250" in told and bool(told & {"dot", "data", "letter", "end", "ends", "ended"})


def _told(value: object) -> set[str]:
    return set(re.findall(r"\w+", str(value).casefold()))


_STEPS = ("submit", "mx", "address", "connect", "accept", "fetch")


_OUT_OF_ORDER = {
    ("submit", "mx"): "The look-ups are made for a letter that gmail.test holds. Until Ada's program has submitted it, "
    "there is nothing to look up.",
    ("mx", "address"): "You look an address up before the MX. Whose address would that be? No host had been named yet: "
    "the MX answer is what brings up the name mx1.outlook.test.",
    (
        "address",
        "connect",
    ): "You connect before the address is known. A connection goes to an address, and all that the "
    "MX answer holds is a name.",
    (
        "connect",
        "accept",
    ): "You accept before you connect. Who would say 250, and over what? mx1 hears of the letter only "
    "in the conversation that the connection carries.",
    (
        "accept",
        "fetch",
    ): "You fetch before the letter is accepted. The reader's program finds in the message store only "
    "what an exchange has accepted and put there: fetching comes last.",
}


_BELIEFS = {("address", "connect"): "mx_holds_address", ("accept", "fetch"): "smtp_does_all"}


def order_steps(answer: object) -> Feedback:
    steps = words(answer)
    if steps is None:
        return wrong(f"The check looks for a list, since the order is the question; {shown(answer)} has none.")
    if odd := [step for step in steps if step not in _STEPS]:
        return wrong(f"There is no card called {shown(odd[0])}. The cards are {', '.join(sorted(_STEPS))}.")
    if missing := [step for step in sorted(_STEPS) if step not in steps]:
        return wrong(f"Each card has its place once; {', '.join(missing)} has none yet.")
    if len(steps) > len(_STEPS):
        return wrong("Each card has its place once: a card stands twice in your list.")
    if steps.index("connect") < steps.index("mx"):
        return wrong(
            "You connect before the MX look-up. Who gave that address? At first gmail.test knows the domain "
            "outlook.test and nothing else: neither the name of a host that takes its mail nor that host's address.",
            belief="mx_of_mail_server",
        )
    for pair in pairwise(_STEPS):
        if steps.index(pair[1]) < steps.index(pair[0]):
            return wrong(_OUT_OF_ORDER[pair], belief=_BELIEFS.get(pair, ""))
    return right(
        "Each step has what the one before it found: the letter gives a domain, the MX a name, the name an address, "
        "the address a connection, the connection a 250. The reader's fetch comes whenever the reader looks."
    )


_FATES = {
    "bounced": ("bounced", "bounce", "bounces", "returned", "550"),
    "delivered": ("delivered", "delivers", "deliver", "accepted", "arrives", "arrived", "250"),
    "deferred": ("deferred", "delayed", "queued", "waits", "waiting", "retried"),
}


_FATE_OF = {spelling: fate for fate, spellings in _FATES.items() for spelling in spellings}


def three_fates(answer: object) -> Feedback:
    if isinstance(answer, dict):
        found = [
            [fate for case, fate in answer.items() if part in word(case)] for part in ("domain", "user", "exchange")
        ]
        given = [word(fates[0]) for fates in found if fates]
    else:
        given = words(answer) or []
    if len(given) != 3:
        return wrong(
            "The check looks for three fates, in this order: typo in the domain, typo in the user, preferred exchange "
            "off."
        )
    if odd := [fate for fate in given if fate not in _FATE_OF]:
        return wrong(f"{shown(odd[0])} is no fate that a letter has here. Each is delivered, bounced or deferred.")
    domain, user, exchange = (_FATE_OF[fate] for fate in given)
    if exchange == "bounced":
        return wrong(
            "With the preferred exchange off the letter did not bounce: mx2 took it. A domain may name several "
            "exchanges so that one may be down, and the sender goes on to the next in order of preference."
        )
    if exchange == "deferred":
        return wrong(
            "With mx1 off, the letter would have to wait only if no exchange could be reached. mx2 was up, and took it "
            "at once."
        )
    if domain == "deferred":
        return wrong(
            "The mistyped domain is not a case for waiting. NXDOMAIN is a definite no: there is no such name. The "
            "sender waits only where it got no answer that it can use, or none at all."
        )
    if user == "deferred":
        return wrong(
            "The mistyped user is not a case for waiting. The exchange said 550, and a 5 in front means for good; had "
            "it said 4 something, the sender would try again later."
        )
    if domain == "delivered":
        return wrong(
            "The mistyped domain: delivered to whom? NXDOMAIN says that the name does not exist, so no host was ever "
            "called."
        )
    if user == "delivered":
        return wrong(
            "The mistyped user: outlook.test's exchange knows who has a mailbox there and refused this recipient with "
            "550, before any of the letter was sent."
        )
    return right(
        "The typo in the domain bounces at the sender, because NXDOMAIN is a definite no. The typo in the user bounces "
        "because the exchange said 550. With mx1 off the letter is delivered all the same: mx2 took it."
    )
