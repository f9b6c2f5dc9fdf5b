"""Notebook 13, a gallery of faults: wrong answers and the feedback that each must get. Tests alone read it."""

from . import answers

HAPPENED = {  # a value such as the run gives
    "whose_no": ["mx2.twins.test"],
}


def _lines(which: int, who: str) -> dict[str, str]:
    """The dict of lines with another word behind one of them."""
    return {line: who if n == which else said for n, (line, said) in enumerate(answers.who_said.items())}


def _ticket(**changes: object) -> dict[str, object]:
    """The ticket with something else in it."""
    return answers.neighbours_ticket | changes


def _nothing(lab):
    """All is well."""


def _fails(lab):
    lab.faults.down("no-such-host.test")


def _both(first, second):
    """A cause: what is the matter at the one exchange of twins.test, and at the other."""

    def cause(lab):
        for host, fault in (("mx1.twins.test", first), ("mx2.twins.test", second)):
            getattr(lab.faults, fault)(host)

    return cause


_STOPPED, _AWAY = answers.neighbours_ticket["causes"].values()

MISTAKES = {
    "who_said": (
        (_lines(0, "own"), "`answered` stands there"),
        (_lines(1, "theirs"), "nobody spoke"),
        (_lines(2, "theirs"), "No mail host was asked"),
        (_lines(2, "nobody"), "by itself"),
        (_lines(1, "the DNS"), "none of the three words"),
        (["theirs", "nobody", "own", "own"], "Keep the dict"),
    ),
    "refused_or_silent": (
        ("a", "A machine that is off"),
        ("c", "tells nobody"),
        ("refused", "a letter in quotes"),
    ),
    "two_tills": (("b", "before you have asked"), ("c", "Some cards work"), ("both", "a letter in quotes")),
    "smoke_alarm": (("a", "quiet"), ("b", "not broken"), ("battery", "a letter in quotes")),
    "neighbours_ticket": (
        ("My ticket", "a dict of three things"),
        (_ticket(words="It hurts"), "six words"),
        (_ticket(causes={"the mail program has stopped": _STOPPED}), "two or more"),
        (_ticket(causes={"one": None, "two": _AWAY}), "two or more"),
        (_ticket(causes={"WHAT IS TRUE": _STOPPED, "WHAT LOOKS LIKE IT": _AWAY}), "In place of the capitals"),
        (_ticket(words="The mail program of the shop has stopped since noon, I think"), "give it away"),
        (_ticket(causes={"nothing at all": _nothing, "the machine is off": _AWAY}), "nothing to complain of"),
        (_ticket(causes={"the machine is off": _AWAY, "the plug is out": _AWAY}), "Nothing that can be read here"),
        (_ticket(causes={"the machine is off": _fails, "it is stopped": _STOPPED}), "does not come about"),
        (_ticket(to="nobody@no-mail.test"), "does not arrive either"),
        (
            _ticket(
                to="tom@twins.test",
                causes={
                    "one is stopped, and one is off": _both("refuse", "down"),
                    "both are off": _both("down", "down"),
                    "both are stopped": _both("refuse", "refuse"),
                },
            ),
            "No line tells it from all the other causes at once",
        ),
    ),
}
