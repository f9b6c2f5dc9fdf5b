"""Notebook 03, SMTP by hand: what a table cannot decide about a value."""

import re

from helpers.check.judging import Feedback, right, shown, word, words, wrong
from helpers.lab import Lab
from helpers.lab.mailbox import Mailbox

from . import answers


def the_second(value: object) -> bool:
    return value[1] > 0


def only_the_third(value: object) -> bool:
    return value[1] == 0 and value[2] > 0


def whole_reply(value: object) -> bool:
    return value.startswith(b"250") and value.endswith(b"\r\n")


def reply_cut_short(value: object) -> bool:
    return value.startswith(b"250") and not value.endswith(b"\r\n")


def part_of_greeting(value: object) -> bool:
    return bool(value) and value in b"220 mx1.outlook.test ESMTP\r\n"


_LINES = {
    "EHLO": b"EHLO laptop.learner.test\r\n",
    "MAIL": b"MAIL FROM:<ada@gmail.test>\r\n",
    "RCPT": b"RCPT TO:<support@outlook.test>\r\n",
    "DATA": b"DATA\r\n",
    "letter": b"Subject: Cards\r\n\r\nHello\r\n.\r\n",
    "QUIT": b"QUIT\r\n",
}


_CARDS = {card.casefold(): card for card in _LINES}


def order_commands(answer: object) -> Feedback:
    given = words(answer)
    if given is None:
        return wrong(f"The check looks for a list, since the order is the question; {shown(answer)} has none.")
    if odd := [card for card in given if card not in _CARDS]:
        return wrong(f"There is no card called {shown(odd[0])}. The cards are {', '.join(sorted(_LINES))}.")
    if sorted(given) != sorted(_CARDS):
        return wrong("Each of the six cards has its place once.")
    cards = [_CARDS[card] for card in given]
    said = _play(cards)
    if said is None:
        return right(
            "The host took them in this order: who calls, the envelope's two addresses, the word that a letter comes, "
            "the letter, goodbye."
        )
    card, reply = said
    if card == "DATA" and reply.startswith("354"):
        return wrong(
            f"To DATA the host answered `{reply}`. All that follows is the letter then, until a line with a lone dot, "
            f"and you let {cards[cards.index('DATA') + 1]} follow: it would stand in the letter."
        )
    idea = {
        "letter": "It took the first line of the letter for a command, because it had not said 354.",
        "DATA": "A letter without an envelope has nowhere to go: MAIL, then RCPT, then DATA.",
        "RCPT": "MAIL begins an envelope, and RCPT adds a recipient to it.",
        "MAIL": "A client introduces itself first.",
        "QUIT": "That ends the conversation, and cards are left.",
    }[card]
    return wrong(f"A host of the lab was given your cards. To {card} it answered `{reply}`. {idea}")


def _play(cards: list[str]) -> tuple[str, str] | None:
    """Say the cards to a host of a lab; return the first one that went wrong, with the host's reply."""
    with Lab(beside=True) as lab, lab.connect("203.0.113.25", 25) as sock:
        answers.read_reply(sock)
        for number, card in enumerate(cards):
            sock.sendall(_LINES[card])
            reply = answers.read_reply(sock).splitlines()[0]
            after = cards[number + 1 : number + 2]
            if reply[0] in "45" or (card == "DATA" and after != ["letter"]) or (card == "QUIT" and after):
                return card, reply
    return None


_GRACE = "grace@outlook.test"
_BROUGHT = re.compile(rb"^Received: from (.*) \(.*\r\n(?:[ \t].*\r\n)*", re.MULTILINE)


def letter_to_grace(answer: object) -> Feedback:
    letters = list(answer) if isinstance(answer, list | tuple | Mailbox) else [answer]
    if not letters:
        return wrong(
            "Nothing lies in Grace's mailbox. Look at the replies to your lines: the first that begins with 4 or 5, or "
            "that never came, names the line to mend. Each RCPT TO names one recipient, and after the dot comes a 250."
        )
    content = getattr(letters[-1], "content", letters[-1])
    named = getattr(getattr(letters[-1], "envelope", None), "recipients", ())
    if not isinstance(content, bytes) or b"\r\n" not in content:
        return wrong(f'{shown(letters[-1])} is no letter. Put `lab.mailbox("grace@outlook.test")` there, all of it.')
    brought = _BROUGHT.search(content)
    for_her = brought and b"for <grace@outlook.test>" in brought[0].lower()  # there where no other is named
    if not brought or not (for_her or _GRACE in map(str.lower, named)):
        return wrong(f"That letter lies in somebody else's mailbox. RCPT TO has to name `{_GRACE}`.")
    name = brought[1].decode("utf-8", "replace")
    if b"[192.0.2.10])" not in brought[0]:
        return wrong(
            f"The latest letter in Grace's mailbox was brought by `{name}`. Yours comes from this computer, by the "
            "lines that you write below the greeting."
        )
    if name.lower() not in ("laptop.learner.test", "[192.0.2.10]"):
        return wrong(
            f"The letter came, and the client that brought it introduced itself as `{name}`. This computer is called "
            "laptop.learner.test, and EHLO should say so."
        )
    header, _, text = content[brought.end() :].partition(b"\r\n\r\n")
    if not text.strip():
        return wrong(
            f"A letter came, with nothing below its header: {shown(header)}. An empty line ends the header, so between "
            "it and the text stands CR LF twice."
        )
    if b"Subject: A riddle" in header:
        return wrong("The latest letter is Ada's riddle, which part two sends. Run your own cell, and then this one.")
    names = {line.partition(b":")[0].lower() for line in header.split(b"\r\n")}
    if missing := [name for name in ("From", "Subject") if name.lower().encode() not in names]:
        return wrong(
            f"The letter came, and its header has no {missing[0]}. Grace sees a letter by its fields: "
            f"write `{missing[0]}:` and its value above the empty line, each field on a line of its own."
        )
    return right(
        "It lies in Grace's mailbox, and every byte between her and you was yours. You can now hand a letter to any "
        "mail server that will listen to you."
    )


def find_mistake(answer: object) -> Feedback:
    whole = isinstance(answer, float) and answer.is_integer()
    said = word(int(answer) if whole else answer)
    numbers = re.findall(r"[-\d.]*\d", said)
    if len(numbers) > 1 or re.search(r"\b(not|never|or|but|except)\b", said):
        return wrong(f"{shown(answer)} leaves it open which line you mean. Give one number alone.")
    line = int(numbers[0]) if numbers and numbers[0].isdecimal() else 0
    if not 1 <= line <= 15:
        return wrong(f"{shown(answer)} is not the number of a line. They run from 1 to 15.")
    if 9 <= line <= 13:
        if line > 9:
            return wrong(f"Line {line} comes too early, and so do some before it. Which is the first?")
        return right(
            "The letter began before 354. The host had not agreed to take one, and might as well have answered DATA "
            "with 451 or 503. That it went well here was luck."
        )
    if line == 15:
        return wrong(
            "You blame the 250. It answers the dot in line 13, and it is no mistake: the letter was kept. Take the "
            "turns one by one: who spoke out of turn?"
        )
    if line == 14:
        return wrong(
            "The 354 is the right answer to DATA, and the host gave it as soon as it could. What looks odd is its "
            "place: who had not waited for it?"
        )
    if line == 8:
        return wrong("DATA comes at the right moment: there is a sender, and a recipient has been accepted. Read on.")
    if line in (2, 3):
        return wrong("HELO is old and still allowed, and its reply has a single line. That is no mistake.")
    if line == 1:
        return wrong("The server speaks first: that is how it has to be.")
    return wrong(
        f"Line {line} is as it should be: each of these commands comes after the reply to the one before it. Where is "
        "that not so?"
    )
