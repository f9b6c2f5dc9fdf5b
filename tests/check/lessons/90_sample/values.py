"""What a table cannot decide about a value of the sample lesson."""

from helpers.check.judging import right, words, wrong


def is_two(value):
    return value == 2


def order(answer):
    if words(answer) == ["a", "b"]:
        return right("In order.")
    return wrong(f"The first was {answer[0]}; a comes before b.", belief="all_is_red")
