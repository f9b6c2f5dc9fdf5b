"""Notebook 04, the letter itself: what a table cannot decide about a value."""

import re

from helpers.check.judging import Feedback, right, shown, words, wrong


def both_addresses(value: object) -> bool:
    return sorted(value) == ["gardeners@list.test", "grace@outlook.test"]


def the_first(value: object) -> bool:
    return bool(value[0])


def only_the_second(value: object) -> bool:
    return not value[0] and bool(value[1])


def not_ascii(value: object) -> bool:
    return not value.isascii()


def encoded_word(value: object) -> bool:
    return value.isascii() and b"=?" in value


def plain_ascii(value: object) -> bool:
    return value.isascii() and b"=?" not in value


_ENVELOPE = ("support@outlook.test", "grace@outlook.test")


_REFUSED = "suport@outlook.test"


_HEADER = ("gardeners@list.test", "bob@gmail.test")


def who_receives(answer: object) -> Feedback:
    given = words(sorted(map(str, answer)) if isinstance(answer, set | frozenset) else answer)
    if not given:
        return wrong(f"{shown(answer)} is no list of addresses. Give those of everybody who has a copy now.")
    if odd := [address for address in given if "@" in address.rpartition("<")[0]]:
        return wrong(f"{shown(odd[0])} names more than one address. Give each alone, in quotes of its own.")
    given = {address.rpartition("<")[2].strip("<>") for address in given}
    if named := [address for address in _HEADER if address in given]:
        return wrong(
            f"{named[0]} stands in the To: or Cc: field, and has no copy. The fields are for people to read; RCPT "
            "decided, and no RCPT names that address."
        )
    if "ada@gmail.test" in given:
        return wrong(
            "ada@gmail.test is MAIL FROM. She gets a bounce for the address that failed, and no copy.",
            belief="mail_from_receives",
        )
    if _REFUSED in given:
        return wrong(
            f"RCPT TO:<{_REFUSED}> was answered by 550. A recipient is one whose RCPT the server has accepted; the "
            "refused one is left out, and the letter goes on to the others."
        )
    if odd := sorted(name for name in given if "@" not in name or name.count("@") > 1):
        return wrong(f"{shown(odd[0])} is not one address. Give each in full, in quotes of its own.")
    if odd := sorted(given - set(_ENVELOPE)):
        return wrong(f"{shown(odd[0])} is named nowhere. Look at the lines of the client that begin with RCPT TO.")
    if missing := [address for address in _ENVELOPE if address not in given]:
        return wrong(f"{missing[0]} has a copy, too: its RCPT was answered by 250, before the DATA.")
    return right(
        "Two RCPTs were accepted, so two people have the letter, and its To: and Cc: name neither. One refusal does "
        "not spoil the others."
    )


def several_hosts(value: object) -> bool:
    """Whether it names more than one of the four hosts."""
    return len(_HOSTS.intersection(re.findall(r"\w+", str(value).casefold()))) > 1


def several_numbers(value: object) -> bool:
    return len(re.findall(r"\d+(?:\.\d+)?", str(value))) > 1


WAY = ["smtp.gmail.test", "out.gmail.test", "mx2.outlook.test", "mx1.outlook.test"]


_HOSTS = {name.partition(".")[0] for name in WAY}


def hops(answer: object) -> Feedback:
    given = words(answer)
    if not given:
        return wrong(f"{shown(answer)} is no list of host names. Give the four hosts that took the letter, in order.")
    short = {name.partition(".")[0]: name for name in WAY}
    given = [short.get(name, name) for name in given]
    if given == WAY:
        return right(
            "From the bottom up. Each host puts its own Received on top of what it was given, so the lowest is the "
            "oldest, and the times run forward."
        )
    if given == WAY[::-1]:
        return wrong(
            "That is the order from the top, and in it time ran backwards: the first of yours took the letter at "
            "09:47:31 UTC, the last at 09:02:07. Each host writes its Received on top."
        )
    if odd := [name for name in given if name not in WAY]:
        if "10.0.0.7" in odd[0] or "home" in odd[0] or "laptop" in odd[0]:
            return wrong(
                f"{shown(odd[0])} is where the letter came from; it wrote no Received. The host that took it stands "
                "after `by`."
            )
        return wrong(f"{shown(odd[0])} stands after no `by` in the letter. The host that took it stands after `by`.")
    if sorted(given) != sorted(WAY):
        twice = next((f", {name} more than once" for name in given if given.count(name) > 1), "")
        return wrong(
            f"There are four Received fields, so four hosts took the letter, each once; you gave {len(given)}{twice}."
        )
    return wrong(
        "These are the four hosts, in another order than they took it. Each `from` in a Received is the `by` of the "
        "Received below it."
    )
