"""Notebook 06, DNS on the wire: what a table cannot decide about a value."""

from helpers.check.judging import Feedback, right, shown, word, wrong

from . import answers


def no_outlook(value: object) -> bool:
    return b"outlook" not in value


def neither_address(value: object) -> bool:
    return value not in ("203.0.113.25", "203.0.113.66")


def read_flags(answer: object) -> Feedback:
    if not isinstance(answer, dict):
        return wrong(f"It is {shown(answer)}, and the check looks for the dict of the cell, filled in.")
    given = {name: _number(value) for name, value in answer.items()}
    right_ones = answers.read_flags
    if given == right_ones:
        return right(
            "An authoritative answer, to someone who desired recursion, from a server that would also offer it: and "
            "the name does not exist. (One program that is both, the zone's own server and a resolver.)"
        )
    if more := [name for name in given if name not in right_ones]:
        return wrong(f"{shown(more[0])} is not asked for: the dict of the cell has {', '.join(right_ones)}.")
    amiss = [name for name in right_ones if given.get(name) != right_ones[name]]
    if given.get("RCODE") == right_ones["RCODE"] and {given.get(n) for n in ("QR", "AA", "RD", "RA")} == {0}:
        return wrong("Bit 0 is the one on the left: 0x8583 is 1000 0101 1000 0011, and QR is the first of them.")
    if "RCODE" in amiss and len(amiss) == 1:
        return wrong("The flags are right. The RCODE is the last four bits, 0011, as one number.")
    if set(amiss) == {"AA", "TC"}:
        return wrong("0101 is bits 4 to 7: the first belongs to OPCODE, then come AA, TC and RD.")
    return wrong(
        f"{', '.join(f'`{name}`' for name in amiss)} differ{'s' if len(amiss) == 1 else ''}. Write the 16 bits in a "
        "row, 1000 0101 1000 0011, and count from the left, beginning with 0."
    )


def _number(value: object) -> object:
    names = {"true": 1, "false": 0, "set": 1, "nxdomain": 3}
    text = word(value).removesuffix(".0")
    return names.get(text, _whole(text, text))


def _whole(text: str, otherwise: object) -> object:
    """The whole number that a text says, in decimal, 0x or 0b; `otherwise` where it says none."""
    try:
        return int(text, 0 if text.startswith(("0x", "0b")) else 10)
    except ValueError:
        return otherwise


def find_byte(answer: object) -> Feedback:
    offset = _whole(word(answer).removesuffix(".0"), None)
    if offset == answers.find_byte:
        return right(
            "It says 5, and test has 4 bytes. So the fifth byte of the label is the 0 that should end the name; the "
            "next label then has length 0, from the type, and all that follows is off by one: the class is cut short."
        )
    if offset == 19:
        return wrong("You are one off: offset 12 holds the first length, and the seven letters after it end at 19.")
    if offset in range(13, 20) or offset in range(21, 25):
        return wrong(f"Offset {offset} holds a letter, and all the letters are right. What says how many there are?")
    if offset == 25:
        return wrong(
            "Offset 25 is the 0 that ends the name, as it should be. Why does the server not see it as the end?"
        )
    if offset == 12:
        return wrong("Offset 12 says 7, and outlook has seven letters.")
    if offset == 5:
        return wrong("If you mean the byte that says 5: where does it stand? Offset 5 is in the header, and sound.")
    if offset is not None and 0 <= offset < 12:
        return wrong("The header is sound: an id, RD, one question. You have packed the same yourself.")
    if offset in range(26, 30):
        return wrong("000f is MX and 0001 is the internet: they are right, but the server does not read them here.")
    return wrong(f"{shown(answer)} is no offset of these 30 bytes: they are counted from 0 to 29.")
