"""What a table cannot decide about the values of notebook 12."""

from helpers.check.judging import Feedback, right, shown, word, wrong

from . import answers

GRACES, YOURS, ADAS = "outlook.test", "learner.test", "Ada"
WRITERS = answers.who_wrote_each_line
WHY = {
    "Return-Path": "It is a copy of MAIL FROM, and the last host writes it, when it lays the letter into the mailbox.",
    "the upper Received": "Each host puts its own on top, so the upper one is the last host's. Look "
    "what stands after `by`.",
    "DKIM-Signature": "Whoever signs says so after `d=`.",
    "Message-ID": "Ada's program gave none. Look what stands behind the @, and who wrote `take_letter`.",
    "Date": "Ada's program gave none, so the first host did. It stands within what was signed.",
    "the lower Received": "Look what stands after `by`.",
    "From": "No host wrote it. Yours has only looked whether it is true.",
    "To": "No host wrote it.",
    "Subject": "No host wrote it.",
}


def one_step(value: object) -> bool:
    """Whether a history that breaks something is one of one to three steps."""
    return 0 < len(value) <= 3


def many_steps(value: object) -> bool:
    """Whether it is longer."""
    return len(value) > 3


def who_wrote_each_line(answer: object) -> Feedback:
    """Judge who wrote each line of the first letter's header, on its way from the learner's own server."""
    if not isinstance(answer, dict):
        return wrong(f"This is {shown(answer)}. Fill in the dictionary, and hand it over as it is.")
    said = {word(name): word(who) for name, who in answer.items()}
    names = {"outlook.test": GRACES, "learner.test": YOURS, "ada": ADAS}
    for line, who in WRITERS.items():
        if word(line) not in said:
            return wrong(f"The line {line} is gone from the dictionary. It has {len(WRITERS)}.")
        found = said[word(line)]
        if found not in names:
            return wrong(f"For {line} you wrote {shown(found)}. It is one of three: outlook.test, learner.test, Ada.")
        if names[found] != who:
            return wrong(f"{line} is not from {names[found]}. {WHY[line]}")
    return right(
        "In notebook 00 every line above Ada's was somebody else's. Four of them are yours now, and you know why each "
        "is there."
    )


def two_replies(value: object) -> bool:
    """Whether a reply has more than one final line."""
    return len(str(value).splitlines()) > 1
