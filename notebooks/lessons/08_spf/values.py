"""Notebook 08, SPF: what a table cannot decide about a value."""

import ipaddress
import re
from contextlib import suppress

from helpers.check.judging import Feedback, right, shown, wrong

from . import answers

SUPPLIERS = {f"{letter}.eleven.test": f"203.0.113.{101 + n}" for n, letter in enumerate("abcdefghij")}


OWN = "203.0.113.95"


TO_MEND = "v=spf1 " + " ".join(f"include:{letter}.eleven.test" for letter in "abcdefghijk") + " -all"


STRANGERS = ("203.0.113.66", "203.0.113.96", "198.51.100.10")


def mended_record(answer: object) -> Feedback:
    """Evaluate the record as that of eleven.test, for each machine that should pass and some that should not."""
    answer = " ".join(answer) if isinstance(answer, list | tuple) else answer
    text = " ".join(str(answer).split()).strip("\"'` ")
    records = {name: [f"v=spf1 ip4:{address} -all"] for name, address in SUPPLIERS.items()}
    records |= {"k.eleven.test": [f"v=spf1 ip4:{OWN} -all"], "eleven.test": [text]}

    def look(name: str, rdtype: str) -> list[str]:
        if rdtype == "A":
            return [OWN] if name.rstrip(".") == "ns.eleven.test" else []
        return records.get(name.rstrip(".").lower(), []) if rdtype == "TXT" else []

    def result(address: str) -> str:
        return answers.spf_result(address, "eleven.test", look)

    if result(OWN) == "none":
        return wrong(f"{shown(answer)} is no SPF record: the text begins with `v=spf1` and a space.")
    if amiss := [block for block in _blocks(text) if not _is_block(block)]:
        return wrong(f"`{amiss[0]}` is no address and no block, so nobody can use the record: permerror.")
    if result(OWN) == "permerror" and "permerror" in map(result, SUPPLIERS.values()):
        return wrong("That gives permerror even for suppliers. Is each term written as in the record above?")
    for name, address in [("eleven.test's own machine", OWN), *SUPPLIERS.items()]:
        if (found := result(address)) != "pass":
            return wrong(f"For {name} ({address}) it gives {found}. All eleven machines should pass.")
    for address in (*STRANGERS, *_at_the_edges(_blocks(text))):
        if (found := result(address)) == "permerror":
            return wrong(
                "The eleven machines pass. A letter from anywhere else still comes to more than ten look-ups, and gets "
                "permerror instead of fail. One look-up fewer will do."
            )
        if found == "pass":
            return wrong(f"It lets {address} pass, too, which is no machine of eleven.test or its suppliers.")
        if found != "fail":
            return wrong(f"For a stranger, {address}, it gives {found}. The record ended in `-all`: leave it so.")
    return right(
        "All eleven machines pass, and a stranger fails, within ten look-ups. What `ip4:` says costs none. (But "
        "whoever writes a supplier's addresses into a record has to follow when they change.)"
    )


def _blocks(record: str) -> list[str]:
    return re.findall(r"(?<![^ +?~-])ip[46]:(\S+)", record, re.IGNORECASE)


def _is_block(text: str) -> bool:
    with suppress(ValueError):
        return bool(ipaddress.ip_network(text, strict=False))
    return False


def _at_the_edges(blocks: list[str]) -> list[str]:
    """The first and the last address of each block, where that is no machine of eleven.test's."""
    networks = [ipaddress.ip_network(block, strict=False) for block in blocks]
    found = [str(address) for network in networks for address in (network[0], network[-1])]
    return [address for address in found if address not in (OWN, *SUPPLIERS.values())]


CLIENT = "203.0.113.77"


def guilty_address(answer: object) -> Feedback:
    """One address, that of the client; the host's name may stand beside it."""
    items = answer if isinstance(answer, list | tuple | set | frozenset) else [answer]
    text = " ".join(item.decode("utf-8", "replace") if isinstance(item, bytes) else str(item) for item in items)
    words = {word.strip(".,;:!?()[]<>\"'`").lower() for word in re.split(r"[\s,;=]+", text)}
    addresses = {word for word in words if re.fullmatch(r"\d+(\.\d+){3,}", word)}
    if len(addresses) > 1:
        return wrong(f"{shown(answer)} has {len(addresses)} addresses in it. mx1 compared one: which?")
    if addresses == {CLIENT}:
        return right(
            f"{CLIENT} is the school's machine, and that was the client. It used the bank's name, as it stood on the "
            "envelope, and the bank's record does not list it."
        )
    if "203.0.113.60" in words or "bank.test" in words:
        return wrong(
            "That is the bank's own machine, which handed the letter to the school. Who connected to mx1.outlook.test?"
        )
    if words & {"203.0.113.25", "203.0.113.26", "mx1.outlook.test"}:
        return wrong("That is the server. SPF compares the address of the client.", belief="spf_servers_address")
    if words & {"203.0.113.66", "mallory.test"}:
        return wrong("Mallory has no part in this one. Read who connected to mx1.outlook.test.")
    if "alumni.test" in words:
        return wrong("alumni.test is the host that connected. SPF compares addresses: which one has it?")
    return wrong(f"{shown(answer)} was not the client. The delivery above begins with the host that sent it.")
