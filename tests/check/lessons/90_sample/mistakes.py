"""Wrong answers of the sample lesson and the feedback that each must get."""

HAPPENED = {"colour": 3}

MISTAKES = {
    "order": ((["b", "a"], "a comes before b"), (["c"], "The first was c")),
    "size": ((3, "3 is a number, and {sizes} are words."), ("blue", "'blue' is no size.")),
    "first_word": (
        ("def first_word(line):\n    return line.split()[0]", "compared in capitals"),
        ("def first_word(line):\n    return line.upper()", "compared in capitals"),
    ),
    "first_letter": (
        ("def first_word(line):\n    return line", "one letter"),
        ("def first_word(line):\n    return 3", "one letter"),
    ),
    "is_greeting": (
        ("def is_greeting(line):\n    return line.upper().startswith('EHLO')", "HELO greets too"),
        ("def is_greeting(line):\n    return False", "HELO greets too"),
    ),
    "Tally": (
        ("class Tally:\n    total = 0\n    def add(self, reply):\n        pass", "the total was 0"),
        ("class Tally:\n    total = 2\n    def add(self, reply):\n        pass", "the total was 2"),
    ),
    "later": (
        ("async def later(number):\n    return number", "One more was wanted"),
        ("async def later(number):\n    return 3", "One more was wanted"),
    ),
    "length": (
        ("def length(items):\n    return 3", "Two was wanted"),
        ("def length(items):\n    return 'two'", "TypeError"),
    ),
}
