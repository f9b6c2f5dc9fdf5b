"""The first stage of `first_word`."""


def first_letter(line):
    return line.split()[0][0]
