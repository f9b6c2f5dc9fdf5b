"""A letter of the bank's, made anew for each setting of some switches, and judged by a host, in a lab of its own."""

from collections.abc import Callable
from functools import cache

from helpers.lab import Lab
from helpers.lab.errors import LabError
from helpers.mail import Key, Verdict, forwarder, judge, mailing_list, make_key, sign_dkim

HOST, BOX = "mx1.outlook.test", "support@outlook.test"  # who judges, and for whom
LETTER = f"To: {BOX}\r\nSubject: Your new card\r\n\r\nYour new card is here.\r\nCome and fetch it.\r\n"
AUTHORS = {  # what stands in From:, and the return path of whoever writes it
    "bank": ("The clerk <clerk@bank.test>", "clerk@bank.test"),
    "cards": ("The clerk <clerk@cards.bank.test>", "clerk@bank.test"),
    "mallory": ('"clerk@bank.test" <me@mallory.test>', "me@mallory.test"),
}
CHANGES = {  # what was there, and what is there now
    "nothing": (b"", b""),
    "body": (b"fetch it", b"pay for it"),
    "subject": (b"Your new card\r\n", b"Your account is locked\r\n"),
    "reply": (b"From:", b"Reply-To: me@mallory.test\r\nFrom:"),
}
SWITCHES = {  # name -> what it is about, and its options in words; the first of them is set at the beginning
    "path": {
        "": "The letter comes",
        "alumni": "by alumni.test, a forwarder",
        "own": "from its author's host",
        "bulk": "by bulk.test, for others",
        "list": "by list.test, with a footer",
        "mallory": "from Mallory's machine",
    },
    "author": {"": "It says From:", **{name: field for name, (field, _) in AUTHORS.items()}},
    "seal": {
        "": "It is signed",
        "author": "by its author's provider",
        "bulk": "by bulk.test",
        "nobody": "by nobody",
        "wrong": "with a wrong key",
    },
    "change": {
        "": "After that, somebody",
        "nothing": "changes nothing",
        "body": "changes words in the body",
        "subject": "changes the Subject",
        "reply": "adds a Reply-To",
    },
    "policy": {"": "bank.test asks for", "reject": "p=reject", "quarantine": "p=quarantine", "none": "p=none"},
    "alignment": {"": "and for alignment that is", "relaxed": "relaxed", "strict": "strict"},
}
FIRST = {name: list(options)[1] for name, options in SWITCHES.items()}


def judged(switches: dict[str, str], decide: Callable) -> tuple[Verdict, bytes]:
    """Return the verdict on a letter, and the letter as it then lies in the mailbox.

    Takes an option for each of SWITCHES, and the function that decides DMARC. Raises LabError where that fails.
    """
    field, sender = AUTHORS[switches["author"]]
    home = sender.partition("@")[2]
    with Lab(beside=True) as lab:
        _publish(lab, switches["policy"], switches["alignment"])
        content = _signed(lab, f"From: {field}\r\n{LETTER}".encode(), home, switches["seal"])
        content = _changed(content, *CHANGES[switches["change"]])
        receiver = lab.mail_hosts[HOST].policy = judge(lab, HOST, verdict=decide)
        _send(lab, content, home, sender, switches["path"])
        if not receiver.verdicts:
            raise LabError(f"{HOST} came to no verdict: the function that decides DMARC has failed there.")
        box = lab.mailbox(BOX)
        return receiver.verdicts[-1], b"".join(letter.content for letter in [*box, *box.junk])


@cache
def _key(owner: str) -> Key:
    return make_key("ed25519")


def _publish(lab: Lab, policy: str, alignment: str) -> None:
    """Put the keys into the DNS, and the bank's policy."""
    mode = alignment[0]
    for domain in ("bank.test", "bulk.test", "mallory.test"):
        zone = lab.zone_text(domain).replace("p=reject;", f"p={policy}; adkim={mode}; aspf={mode};")
        lab.publish(f'{zone}s1._domainkey TXT "{_key(domain).record}"\n')


def _signed(lab: Lab, content: bytes, home: str, seal: str) -> bytes:
    if seal == "nobody":
        return content
    domain = "bulk.test" if seal == "bulk" else home
    return sign_dkim(lab, content, _key("another" if seal == "wrong" else domain), domain, "s1")


def _changed(content: bytes, old: bytes, new: bytes) -> bytes:
    """The letter after a change below its signature, the last place where the old words are."""
    before, there, after = content.rpartition(old) if old else (content, b"", b"")
    return before + (new if there else b"") + after


def _send(lab: Lab, content: bytes, home: str, sender: str, path: str) -> None:
    if path == "alumni":
        lab.mail_hosts["alumni.test"].policy = forwarder(lab, "alumni.test", {"grace@alumni.test": BOX})
        lab.send(content, home, sender, ["grace@alumni.test"])
    elif path == "list":
        gardeners = mailing_list(lab, "list.test", "gardeners@list.test", [BOX])
        lab.mail_hosts["list.test"].policy = gardeners
        lab.send(content, home, sender, ["gardeners@list.test"])
    elif path == "bulk":
        lab.send(content, "bulk.test", "news@bulk.test")
    else:
        lab.send(content, "mallory.test" if path == "mallory" else home, sender)
