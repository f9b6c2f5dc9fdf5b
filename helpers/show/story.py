"""The letters with which the cast closes each notebook: they are sent through the lab like any other."""

from __future__ import annotations

from email import message_from_string
from pathlib import Path

LETTERS = Path(__file__).parent / "letters"
SENDING_HOSTS = {"gmail.test": "out.gmail.test", "outlook.test": "mx1.outlook.test"}


def closing_letter(lab, notebook: str):
    """Send the letter that closes a notebook, and return it as it arrived in its reader's mailbox.

    Takes a Lab and the notebook's name ("00_first_letter"). Raises FileNotFoundError where it has none.
    """
    text = (LETTERS / f"{notebook}.eml").read_text(encoding="utf-8")
    letter = message_from_string(text)
    domain = letter["From"].rpartition("@")[2].rstrip(">")
    lab.send(text, host=SENDING_HOSTS.get(domain, domain))
    return lab.mailbox(letter["To"])[-1]
