"""What must not get worse: no relay opened, nobody unknown taken in, no record weakened, no check switched off."""

import re
from dataclasses import dataclass

from helpers.lab import Lab
from helpers.lab.errors import LabError
from helpers.lab.sending import Client
from helpers.wire import MalformedReply, Transcript

STRANGER, FAR_AWAY, NOBODY = "mallory.test", "sales@shop.test", "nobody.of.that.name"
DMARC, SPF = ("none", "quarantine", "reject"), ("+", "?", "~", "-")  # from weak to strong


@dataclass(frozen=True)
class State:
    """How things stand in a lab: which hosts relay, take in anybody and have a check, and how strong records are."""

    relays: frozenset[str]
    takes_anybody: frozenset[str]
    checks: frozenset[str]
    records: dict[str, int]


def state(lab: Lab) -> State:
    """Find out how things stand, from outside where that can be told from there."""
    relays, anybody = set(), set()
    for name, host in lab.mail_hosts.items():
        if lab.faults.is_down(name):
            continue
        with host.unseen():
            far, near = _asked(lab, name, FAR_AWAY, f"{NOBODY}@{host.domains[0]}")
        relays |= {name} if far else set()
        anybody |= {name} if near else set()
    checks = frozenset(name for name, host in lab.mail_hosts.items() if host.policy)
    return State(frozenset(relays), frozenset(anybody), checks, _records(lab))


def worse(before: State, now: State) -> str | None:
    """Say in a sentence what is worse than before, if anything is."""
    if opened := now.relays - before.relays:
        host = min(opened)
        return (
            f"{host} takes a letter from {STRANGER} for {FAR_AWAY}: it is an open relay. By tomorrow it sends other "
            "people's spam, and by the day after nobody takes anything from it."
        )
    if lost := before.checks - now.checks:
        return f"The check of {min(lost)} is switched off. What it kept out comes in as well."
    if opened := now.takes_anybody - before.takes_anybody:
        return (
            f"{min(opened)} takes letters for people whom there are not. It will have to report that later, to return "
            "paths that others have forged: that is backscatter."
        )
    for where, strength in before.records.items():
        if now.records.get(where, -1) < strength:
            return f"{where} is weaker than it was. Whoever forges letters in that name thanks you."
    return None


def _asked(lab: Lab, host: str, *recipients: str) -> list[bool]:
    """Whether a host takes a letter from a stranger for each recipient."""
    try:
        with lab.connect(lab.host(host).address, 25, STRANGER) as sock:
            client = Client(sock, Transcript(STRANGER, host), lab.clock, host)
            client.reply()
            client.say(f"EHLO {STRANGER}")
            client.say(f"MAIL FROM:<me@{STRANGER}>")
            taken = [client.say(f"RCPT TO:<{recipient}>").ok for recipient in recipients]
            client.quit()
            return taken
    except (OSError, LabError, MalformedReply):
        return [False] * len(recipients)


def _records(lab: Lab) -> dict[str, int]:
    """How strong each DMARC and SPF record is, as the name servers have it."""
    found = {}
    for authority in lab.authorities.values():
        for zone in authority.zones.values():
            for name, _, rdata in zone.iterate_rdatas("TXT"):
                text, owner = b"".join(rdata.strings).decode(errors="replace"), name.to_text().rstrip(".")
                if policy := re.match(r"v=DMARC1\s*;.*?\bp=(\w+)", text, re.IGNORECASE):
                    found[f"The DMARC record of {owner}"] = _rank(DMARC, policy[1].lower())
                if text.lower().startswith("v=spf1"):
                    last = re.search(r"([+?~-]?)all\b", text, re.IGNORECASE)
                    strength = _rank(SPF, last[1] or "+") if last else 1
                    where = f"The SPF record of {owner}"
                    found[where] = min(strength, found.get(where, strength))
    return found


def _rank(order: tuple[str, ...], word: str) -> int:
    return order.index(word) if word in order else -1
