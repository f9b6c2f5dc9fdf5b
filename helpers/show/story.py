"""The letters with which the cast closes each notebook: they are sent through the lab like any other."""

from __future__ import annotations

from email import message_from_string
from email.utils import parseaddr
from pathlib import Path

LETTERS = Path(__file__).parent / "letters"
SENDING_HOSTS = {
    "gmail.test": "out.gmail.test",
    "outlook.test": "mx1.outlook.test",
    "one-down.test": "mx2.one-down.test",
}
# letters whose envelope differs from what their header says: sender, recipient
ENVELOPES = {"03_smtp_by_hand": ("mallory@mallory.test", "learner@isp.test")}


def closing_letter(lab, notebook: str):
    """Send the letter that closes a notebook, and return it as it arrived in its reader's mailbox.

    Takes a Lab and the notebook's name ("00_first_letter"). Raises FileNotFoundError where it has none.
    """
    text = (LETTERS / f"{notebook}.eml").read_text(encoding="utf-8")
    letter = message_from_string(text)
    sender, recipient = ENVELOPES.get(notebook, (parseaddr(letter["From"])[1], letter["To"]))
    domain = sender.rpartition("@")[2]
    lab.send(text, host=SENDING_HOSTS.get(domain, domain), sender=sender, recipients=[recipient])
    return lab.mailbox(recipient)[-1]


def raw_letter(name: str) -> str:
    """Return a letter of the cast as its last host kept it, header and all. Raises FileNotFoundError for none."""
    return (LETTERS / f"{name}.eml").read_text(encoding="utf-8")
