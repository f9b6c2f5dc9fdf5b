"""Notebook 10, delivery: what a table cannot decide about a value."""

import re

from helpers.check.judging import Feedback, right, word, wrong

from . import answers

_WORDS = {"next": "next", "next door": "next", "stop": "stop", "later": "later", "wait": "later", "bounce": "stop"}

_WHY = {
    ("the connection is refused", "stop"): "Nobody has said no to the letter: a program is not running. Nora's letters "
    "all would bounce while her second machine stands ready.",
    ("554 in place of the greeting", "stop"): "That no comes before a word of the letter. The host says that it takes "
    "no mail, or none from you, and another of the domain's hosts may take it.",
    ("421 in answer to DATA", "stop"): "421 begins with a 4, and says that this host is leaving. The next one may "
    "stay.",
    ("550 to RCPT TO", "next"): "The domain has said no to this recipient. A second door knows no better, and one that "
    "knows less would take the letter and report later, to whoever stands in the return path.",
    ("552 after the dot: too big", "next"): "The letter is no smaller at the next door. A 5yz after the envelope was "
    "opened is the letter's fate.",
    ("the connection breaks after the dot", "stop"): "Stop as what? Nobody said yes and nobody said no. The letter may "
    "be lost if you forget it now.",
    ("the connection breaks after the dot", "later"): "For fear of a second copy? If this host kept the letter, "
    "whoever takes it next makes the second one, now or in an hour. Waiting makes no fewer copies. And if it kept "
    "nothing, the next door may have it at once.",
    ("451 to MAIL FROM, at the last address of all", "next"): "There is no next address. Not now, at every door: the "
    "letter waits.",
    ("451 to MAIL FROM, at the last address of all", "stop"): "A 4 in front never ends a letter. It waits, and all "
    "doors are tried again later.",
    ("the resolver says SERVFAIL to the MX question", "stop"): "No answer is no no, as in notebook 01. Who has said "
    "that there is no such domain?",
    ("the resolver says SERVFAIL to the MX question", "next"): "Which next door? Without an answer of the DNS you know "
    "of none.",
}


def next_or_stop(answer: object) -> Feedback:
    wanted = answers.next_or_stop
    if isinstance(answer, list | tuple) and len(answer) == len(wanted):
        answer = dict(zip(wanted, answer, strict=True))
    if not isinstance(answer, dict):
        return wrong('Fill in the table: for each event put "next", "stop" or "later".')
    given = {event: _WORDS.get(word(answer.get(event, ""))) for event in wanted}
    if odd := [event for event, fate in given.items() if fate is None]:
        return wrong(f'At "{odd[0]}" put "next", "stop" or "later", one of the three.')
    for event, fate in wanted.items():
        if given[event] != fate:
            say = _WHY.get((event, given[event])) or (
                "There may be a door left that takes the letter at once. It waits only when all have been tried."
                if given[event] == "later" and fate == "next"
                else "That was a no for good, said of this letter. Waiting changes nothing; the sender wants to know."
            )
            return wrong(f'At "{event}" you say {given[event]}. {say}')
    return right(
        "A no that was said of the letter stops it. Everything else sends it on, and after the last door it waits."
    )


def _letter(answer: object) -> str:
    """The letter that an answer names, or nothing."""
    found = re.match(r"\(?([a-c])\b", word(answer))
    return found[1] if found else ""


def three_times(answer: object) -> Feedback:
    match _letter(answer):
        case "b":
            return right(
                "The host had the letter and was still at work when the program hung up. Ten minutes after the dot, "
                "and the copies are gone."
            )
        case "a":
            return wrong(
                "Trying less often makes fewer copies, and loses a letter whose host was truly away. Why was it sent "
                "again at all, when the first host had it?"
            )
        case "c":
            return wrong(
                "The host said 250 each time, to a program that no longer listened. Some hosts do drop a Message-ID "
                "that they know. None has to, and the shop cannot ask them all."
            )
    return wrong("Answer with a letter in quotes: a, b or c.")


def second_door(answer: object) -> Feedback:
    match _letter(answer):
        case "c":
            return right(
                "Many who send spam knock at the highest number first, because a door that asks nobody is often "
                "there. Its reports go to people who wrote nothing. And without it nothing would be lost, since each "
                "sender's own queue waits for days."
            )
        case "a":
            return wrong(
                "Letters for people of the shop, yes. But he has no list of them. What does he say to a letter for "
                "somebody who was never there, and what when her host refuses it?"
            )
        case "b":
            return wrong(
                "Most senders come by the preference, lowest number first. Who makes them? Think of one who would "
                "rather not meet the host that checks."
            )
    return wrong("Answer with a letter in quotes: a, b or c.")


def by_chance(value: object) -> bool:
    """Whether ten letters were divided in another way than five and five, or all and none."""
    first, second = value
    return first + second == 10 and sorted((first, second)) not in ([5, 5], [0, 10])
