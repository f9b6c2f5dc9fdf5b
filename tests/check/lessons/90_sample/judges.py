"""Judges of the sample exercises; imported in the child only."""

import asyncio

from helpers.check.judging import far, right, shown, trying, wrong


def first_word(function):
    for line, word in [("ehlo laptop", "EHLO"), ("QUIT", "QUIT"), ("mail from:<a@b>", "MAIL")]:
        with trying(f"the line {line!r}"):
            given = function(line)
        if given != word:
            return wrong(f"For {line!r} it gave {shown(given)}: a verb is compared in capitals.")
    return right("Verbs are read in any case.")


def is_greeting(function):
    return (
        right("Both greetings are known.") if function("ehlo x") and function("HELO x") else wrong("HELO greets too.")
    )


def Tally(cls):
    tally = cls()
    tally.add("250")
    return right("It counts.") if tally.total == 1 else wrong(f"After one reply the total was {tally.total}.")


def later(function):
    return right("It was awaited.") if asyncio.run(function(1)) == 2 else wrong("One more was wanted.")


def length(function):
    return right("It counts.") if function([1, 2]) + 0 == 2 else wrong("Two was wanted.")


def first_letter(function):
    return right("A letter.") if function("ehlo x") == "e" else wrong("It wants one letter.", belief="all_is_red")


def counted(function):
    far("1 of 2")
    function()
    far("2 of 2")
    function()
    return right("Twice.")
