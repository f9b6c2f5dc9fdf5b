"""A domain that signs its letters, and whose host brings them by a third party that SPF does not know."""

import base64
import hashlib

from nacl.signing import SigningKey

from helpers.mail import Key, sign_dkim, verify_dkim

from . import _doors

FOOTER = "-- \nThis letter is for whoever is named in it.\n"


def key(case, number: int = 1) -> Key:
    """A key of the domain's: the same in each run."""
    seed = hashlib.sha256(case.say(f"{{domain}} {number}").encode()).digest()
    public = bytes(SigningKey(seed).verify_key)
    return Key("ed25519", base64.b64encode(seed), f"v=DKIM1; k=ed25519; p={base64.b64encode(public).decode()}")


def record(case, number: int = 1) -> str:
    """The record of a key, without its name."""
    return f'TXT "{key(case, number).record}"'


def stage(case, *people: str) -> None:
    """The domain, its record s1, a third party's host, and receivers that judge."""
    case.domain("{carrier}", exchanges="", more="out", records='@ MX 0 .\n@ TXT "v=spf1 a:out.{carrier} -all"\n')
    lines = f's1._domainkey {record(case)}\n_dmarc TXT "v=DMARC1; p=quarantine"\n'
    case.domain("{domain}", people, '@ MX 10 mx1\n@ TXT "v=spf1 mx -all"\n' + lines, exchanges="mx1")
    _doors.judges(case, *_doors.AT_OUTLOOK)


TEXT = "We meet at nine."


def sent(case, sender: str, subject: str, change=lambda content: content, number: int = 1, text: str = TEXT):
    """A letter, signed, and then carried; `change` is what befalls it after the signature."""
    letter = case.letter(sender, "support@outlook.test", subject, text)
    signed = change(sign_dkim(case.lab, letter, key(case, number), case.say("{domain}"), "s1"))
    return case.lab.send(
        signed, case.say("out.{carrier}"), f"bounces@{case.say('{carrier}')}", ["support@outlook.test"]
    )


def look(case) -> list[str]:
    """What the receiver wrote into the letters, and what a check of ours says to them."""
    box = case.lab.mailbox("support@outlook.test")
    lines = []
    for letter in [*box, *box.junk]:
        lines += [letter.field("Authentication-Results"), *repr(verify_dkim(case.lab, letter.content)).splitlines()]
    return lines


def arrives(case, letters: int) -> bool:
    """Whether all went into the inbox, and none to junk, since the letters were sent."""
    return len(case.lab.mailbox("support@outlook.test")) == letters
