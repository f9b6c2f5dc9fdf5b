"""A lesson with every kind of exercise, to try the machinery with."""

from helpers.check.exercise import CodeExercise, ValueExercise
from helpers.check.judging import right, words, wrong
from helpers.check.prediction import Option, Prediction

HINTS = ("Look at the line.", "Split it.", "Take the first part, in capitals.")

PREDICTIONS = (
    Prediction(
        name="colour",
        question="Which colour is <it>?",
        example=3,
        options=(
            Option("red", 1, "Red was `1`."),
            Option("green & blue", lambda value: value in (2, 3), "Green is what it was."),
            Option("blue", 3.5, "Blue & white was 3.5."),
            Option("grey", lambda value: value == 2, "Grey was 2."),
        ),
    ),
)


def _order(answer):
    return right("In order.") if words(answer) == ["a", "b"] else wrong(f"The first was {answer[0]}; a comes before b.")


def _code(name, *wrong_answers, kind="function"):
    return CodeExercise(
        name=name,
        asks=f"a {kind} called `{name}`",
        judge=f"sample_judges:{name}",
        kind=kind,
        hints=HINTS,
        reference="sample_answers",
        wrong=wrong_answers,
    )


EXERCISES = (
    ValueExercise(
        name="order",
        asks="a list of two",
        judge=_order,
        hints=HINTS,
        reference="sample_answers",
        wrong=((["b", "a"], "a comes before b"), (["c"], "The first was c")),
    ),
    _code(
        "first_word",
        ("def first_word(line):\n    return line.split()[0]", "compared in capitals"),
        ("def first_word(line):\n    return line.upper()", "compared in capitals"),
    ),
    _code(
        "is_greeting",
        ("def is_greeting(line):\n    return line.upper().startswith('EHLO')", "HELO greets too"),
        ("def is_greeting(line):\n    return False", "HELO greets too"),
    ),
    _code(
        "Tally",
        ("class Tally:\n    total = 0\n    def add(self, reply):\n        pass", "the total was 0"),
        ("class Tally:\n    total = 2\n    def add(self, reply):\n        pass", "the total was 2"),
        kind="class",
    ),
    _code(
        "later",
        ("async def later(number):\n    return number", "One more was wanted"),
        ("async def later(number):\n    return 3", "One more was wanted"),
        kind="async function",
    ),
    _code(
        "length",
        ("def length(items):\n    return 3", "Two was wanted"),
        ("def length(items):\n    return 'two'", "TypeError"),
    ),
)
