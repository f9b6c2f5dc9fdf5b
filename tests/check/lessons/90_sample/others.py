"""Right answers of the sample lesson in another style."""


def first_word(line):
    return line.upper().split()[0]


def first_word_2(line):
    word, *_ = line.upper().split(" ")
    return word
