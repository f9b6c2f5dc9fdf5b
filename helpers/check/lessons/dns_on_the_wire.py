"""Notebook 06, DNS on the wire: its predictions and exercises."""

from ..answers import dns_on_the_wire as answers
from ..exercise import CodeExercise, ValueExercise, source_with
from ..judging import Feedback, right, shown, word, wrong
from ..prediction import Option, Prediction

REFERENCE = "helpers.check.answers.dns_on_the_wire"
JUDGES = "helpers.check.judges.dns_on_the_wire"

PREDICTIONS = (
    Prediction(
        name="name_travels",
        question="How does the name outlook.test stand in the question, as it travels?",
        example=b"\x07outlook\x04test\x00",
        options=(
            Option(
                "as it is written: outlook.test",
                lambda packet: b"outlook.test" in packet,
                "The dot is for people. On the wire a number stands before outlook and before test: how long each is.",
            ),
            Option(
                "as a number that the DNS keeps for that name",
                lambda packet: b"outlook" not in packet,
                "Nobody keeps such numbers: the name itself is what is looked up. Type and class are numbers, though.",
            ),
            Option(
                "in two pieces, outlook and test, each with its length before it",
                lambda packet: b"\x07outlook\x04test\x00" in packet,
                "7 and outlook, 4 and test. SMTP marks the end of a line; the DNS says beforehand how long a thing is.",
            ),
        ),
    ),
    Prediction(
        name="network_order",
        question='What does struct.pack("!H", 15) give?',
        example=b"\x00\x0f",
        options=(
            Option(
                "the text 15, as two bytes",
                lambda value: value == b"15",
                "The digits 1 and 5 would be a text, 31 35 in hexadecimal. This is the number itself.",
            ),
            Option(
                "0f 00: the low byte first, as in your computer's memory",
                lambda value: value == b"\x0f\x00",
                "Most processors keep it that way. On the network the high byte goes first, whatever the machine.",
            ),
            Option(
                "00 0f: the high byte first",
                lambda value: value == b"\x00\x0f",
                "As one writes numbers on paper. RFC 1035 section 2.3.2 says so for the DNS, and IP does the same.",
            ),
        ),
    ),
    Prediction(
        name="name_again",
        question="The question had outlook.test in 14 bytes. How many bytes does the first record spend on its owner, "
        "the same name?",
        example=2,
        options=(
            Option(
                "14 again: a record has to be complete",
                lambda size: size == 14,
                "It would be allowed. BIND does it for a name whose capitals differ from the question's.",
            ),
            Option(
                "2: it says where in the message the name stands already",
                lambda size: size == 2,
                "A pointer. An answer with ten records saves 120 bytes with it, of the 512 that a datagram may have.",
            ),
            Option(
                "none: the question has said it, and an answer has the same owner",
                lambda size: size == 0,
                "Not always: after an alias, the record that answers has another owner than the question. So each "
                "record names its own.",
            ),
        ),
    ),
    Prediction(
        name="what_fits",
        question="The twelve TXT records of long.isp.test do not fit into 512 bytes. How many of them are in the "
        "answer over UDP?",
        example=0,
        options=(
            Option(
                "all twelve: a datagram can be larger than 512 bytes",
                lambda number: number == 12,
                "It can, where the asker has said how much it can take (with EDNS). You have not.",
            ),
            Option(
                "as many as fit, and the TC bit is set",
                lambda number: 0 < number < 12,
                "Some servers do that, BIND among them. The asker should make no use of such a part (RFC 2181 "
                "section 9).",
            ),
            Option(
                "none of them, and the TC bit is set",
                lambda number: number == 0,
                "TC says: this is not all, ask again over TCP. This server sends no part of a set of records, since "
                "nobody should use one (RFC 2181 section 9). Others, such as BIND, send what fits.",
            ),
        ),
    ),
    Prediction(
        name="first_piece",
        question="From notebook 03: over TCP the server sends more than a thousand bytes, and the wire cuts them after "
        "the first ten. What does the first recv(4096) bring?",
        example=b"\x00" * 10,
        options=(
            Option(
                "the whole answer: recv waits until the message is complete",
                lambda piece: len(piece) > 10,
                "TCP knows no messages. It carries bytes, in order, and recv gives what is there.",
            ),
            Option(
                "ten bytes",
                lambda piece: len(piece) == 10,
                "What is there. Where the message ends, the two bytes in front have to say.",
            ),
            Option(
                "nothing: half an answer is thrown away",
                lambda piece: len(piece) == 0,
                "Nothing from recv would mean that the other side has closed. The rest is on its way.",
            ),
        ),
    ),
    Prediction(
        name="who_is_believed",
        question="You ask the resolver for the address of mx1.outlook.test. Mallory's answer arrives first, from "
        "a port of her own, with the right id. The real one, 203.0.113.25, comes a moment later. Which address do you "
        "get?",
        example="203.0.113.66",
        options=(
            Option(
                "203.0.113.25: an answer has to come from the server that was asked",
                lambda address: address == "203.0.113.25",
                "It should, and UDP does not see to it: it delivers whatever comes to the port. To compare the sender "
                "is the asker's work, and this one does not.",
            ),
            Option(
                "203.0.113.66, Mallory's: the first one with that id is taken",
                lambda address: address == "203.0.113.66",
                "The id fits, and nothing else was looked at. The real answer comes to a closed door.",
            ),
            Option(
                "none: two answers that disagree are both dropped",
                lambda address: address not in ("203.0.113.25", "203.0.113.66"),
                "The asker does not wait for a second answer. It has one, and goes on.",
            ),
        ),
    ),
)


def _read_flags(answer: object) -> Feedback:
    if not isinstance(answer, dict):
        return wrong(f"It is {shown(answer)}, and the check looks for the dict of the cell, filled in.")
    given = {name: _number(value) for name, value in answer.items()}
    right_ones = answers.read_flags
    if given == right_ones:
        return right(
            "An authoritative answer, to someone who desired recursion, from a server that would also offer it: and "
            "the name does not exist. (One program that is both, the zone's own server and a resolver.)"
        )
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
    text = word(value)
    return names.get(text, _whole(text, text))


def _whole(text: str, otherwise: object) -> object:
    """The whole number that a text says, in decimal, 0x or 0b; `otherwise` where it says none."""
    try:
        return int(text, 0 if text.startswith(("0x", "0b")) else 10)
    except ValueError:
        return otherwise


def _find_byte(answer: object) -> Feedback:
    offset = _whole(word(answer), None)
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
    if offset is not None and 0 <= offset < 12:
        return wrong("The header is sound: an id, RD, one question. You have packed the same yourself.")
    if offset in range(26, 30):
        return wrong("000f is MX and 0001 is the internet: they are right, but the server does not read them here.")
    return wrong(f"{shown(answer)} is no offset of these 30 bytes: they are counted from 0 to 29.")


def _altered(function: object, *changes: tuple[str, str]) -> str:
    """The reference's source with a mistake in it, and the course's for what it leans on."""
    text = source_with(function, *changes)
    others = [name for name in ("encode_name", "read_name", "read_record") if f" {name}(" in text.partition(":")[2]]
    taken = "".join(f"from {REFERENCE} import {name}\n" for name in others)
    return f"import socket\nimport struct\n\n{taken}\n{text}"


EXERCISES = (
    ValueExercise(
        name="read_flags",
        asks="0 or 1 for each flag, and the number of the RCODE",
        judge=_read_flags,
        reference=REFERENCE,
        hints=(
            "Each hexadecimal digit is four bits: 8 is 1000, 5 is 0101, 3 is 0011.",
            "In a row: 1000 0101 1000 0011. The first is QR, the next four are OPCODE, then come AA, TC, RD, RA.",
            "QR 1, OPCODE 0000, AA 1, TC 0, RD 1, RA 1, three zeros, and the last four bits, 0011, are the RCODE.",
        ),
        wrong=(
            ({"QR": 0, "AA": 0, "TC": 1, "RD": 0, "RA": 0, "RCODE": 3}, "Bit 0 is the one on the left"),
            ({"QR": 1, "AA": 1, "TC": 0, "RD": 1, "RA": 1, "RCODE": 0}, "The RCODE is the last four bits"),
            ({"QR": 1, "AA": 1, "TC": 0, "RD": 1, "RA": 1, "RCODE": "0011"}, "as one number"),
            ({"QR": 1, "AA": 0, "TC": 1, "RD": 1, "RA": 1, "RCODE": 3}, "the first belongs to OPCODE"),
            ({"QR": 1, "AA": 1, "TC": 0, "RD": 0, "RA": 1, "RCODE": 3}, "`RD` differs"),
            ("QR, AA", "the dict of the cell"),
        ),
    ),
    CodeExercise(
        name="encode_name",
        asks="a function `encode_name(name)` that returns bytes",
        judge=f"{JUDGES}:encode_name",
        reference=REFERENCE,
        hints=(
            "What separates the labels in text, and what does so on the wire? What has to become of a final dot?",
            '`name.rstrip(".")` would also hide two dots at the end; take off one. Then `split(".")`, and for each '
            "label its length, `bytes([len(label)])`, and the label. The root is a case of its own.",
            'After each label: is its length from 1 to 63? At the end add `b"\\x00"`, and see that the whole has no '
            "more than 255 bytes.",
        ),
        wrong=(
            ("def encode_name(name):\n    return name.encode()\n", "That is the text"),
            (_altered(answers.encode_name, ("removesuffix", "rstrip")), "A name that ends in two dots"),
            (_altered(answers.encode_name, ("bytes([len(octets)])", "bytes(len(octets))")), "so many zeros"),
            (
                _altered(answers.encode_name, ("bytes([len(octets)])", 'struct.pack("!H", len(octets))')),
                "in one byte, not in two",
            ),
            (
                "def encode_name(name):\n    wire = b''\n    for label in name.split('.'):\n"
                "        wire += bytes([len(label)]) + label.encode()\n    return wire\n",
                "The end is missing",
            ),
            (
                "def encode_name(name):\n    wire = b''\n    for label in name.split('.'):\n"
                "        wire += bytes([len(label)]) + label.encode()\n    return wire + b'\\x00'\n",
                "one 0 too many",
            ),
            (
                "def encode_name(name):\n    wire = b''\n    for label in name.rstrip('.').split('.'):\n"
                "        wire += str(len(label)).encode() + label.encode()\n    return wire + b'\\x00'\n",
                "not the digit",
            ),
            (
                "def encode_name(name):\n    wire = b''\n    for label in filter(None, name.split('.')):\n"
                "        wire += bytes([len(label)]) + label.encode()\n    return wire + b'\\x00'\n",
                "A label of 64 bytes",
            ),
            (_altered(answers.encode_name, ("0 < len", "-1 < len")), "An empty label"),
            (_altered(answers.encode_name, ("254", "300")), "A name of 256 bytes"),
        ),
    ),
    CodeExercise(
        name="encode_query",
        asks="a function `encode_query(name, rdtype, message_id)` that returns bytes",
        judge=f"{JUDGES}:encode_query",
        reference=REFERENCE,
        hints=(
            "Three parts: a header of six numbers, the name, two numbers. Which of the six are not 0?",
            '`struct.pack("!6H", ...)` packs the header: the id, the flags with RD alone, one question, three zeros.',
            'After the header comes `encode_name(name)`, and then `struct.pack("!2H", rdtype, 1)`.',
        ),
        wrong=(
            (
                _altered(answers.encode_query, ('"!6H"', '"<6H"')),
                "wrong order",
            ),
            (
                _altered(answers.encode_query, ("0x0100", "0")),
                "no flag is set",
            ),
            (
                _altered(answers.encode_query, ("0, 1, 0", "0, 0, 0")),
                "no question",
            ),
            (
                _altered(answers.encode_query, ("rdtype, 1)", "1, rdtype)")),
                "in each other's place",
            ),
            (
                _altered(answers.encode_query, ('struct.pack("!2H", rdtype, 1)', "bytes([0, rdtype, 0, 1])")),
                "has two bytes, and there are types above 255",
            ),
            (
                _altered(answers.encode_query, ('struct.pack("!2H", rdtype, 1)', "bytes([rdtype, 1])")),
                "two bytes each",
            ),
        ),
    ),
    ValueExercise(
        name="find_byte",
        asks="the offset of the wrong byte, a whole number",
        judge=_find_byte,
        reference=REFERENCE,
        hints=(
            "The header is as you would pack it. Go on with the name, label by label, as a server reads it.",
            "A length, and so many letters; a length, and so many letters; then a 0. Count.",
            "The second label begins at offset 20. How long is it said to be, and how long is it?",
        ),
        wrong=(
            (19, "You are one off"),
            (25, "Why does the server not see it"),
            (22, "holds a letter"),
            (12, "outlook has seven letters"),
            (3, "The header is sound"),
            (27, "they are right"),
            (30, "no offset"),
            ("the length", "no offset"),
        ),
    ),
    CodeExercise(
        name="read_name",
        asks="a function `read_name(message, at)` that returns the name and the offset after it",
        judge=f"{JUDGES}:read_name",
        reference=REFERENCE,
        hints=(
            "Look at the byte at `at`. It is 0, or a length (up to 63), or the first half of a pointer (from 0xc0 on), "
            "or none of these, and then an error. When is the name at its end?",
            "A pointer moves `at` to the place it names, and the loop goes on there. Before the first such jump, keep "
            "`at + 2`: that is what to return. Where there was no pointer, it is `at + 1`, after the 0.",
            'The place: `struct.unpack("!H", message[at : at + 2])[0] & 0x3FFF`. Keep the earliest place that you '
            "have been sent to (at first, where you began), and raise ValueError unless the next one is before it.",
        ),
        wrong=(
            (
                "def read_name(message, at):\n    labels = []\n    while message[at]:\n"
                "        labels.append(message[at + 1 : at + 1 + message[at]].decode('latin-1'))\n"
                "        at += 1 + message[at]\n        if at >= len(message):\n            break\n"
                "    return '.'.join(labels) + '.', at + 1\n",
                "A pointer was read as a length",
            ),
            (_altered(answers.read_name, ("after or at + 1", "at + 1")), "not where it led"),
            (_altered(answers.read_name, ("if at >= earliest", "if False")), "went round and round"),
            (_altered(answers.read_name, ("if at >= earliest", "if at == earliest")), "two pointers to each other"),
            (_altered(answers.read_name, ("            earliest = at\n", "")), "a pointer to a pointer to itself"),
            (
                _altered(answers.read_name, ("if message[at] >= 0xC0", "if message[at] & 0xC0")),
                "That byte is no length",
            ),
            (
                _altered(answers.read_name, ("elif message[at] > 63", "elif False")),
                "That byte is no length",
            ),
            (_altered(answers.read_name, ("0x3FFF", "0x0FFF")), "The offset has 14 bits"),
            (_altered(answers.read_name, ('labels) + "."', "labels)")), "The final dot is missing"),
            (
                _altered(
                    answers.read_name,
                    ('struct.unpack("!H", message[at : at + 2])[0] & 0x3FFF', "message[at + 1]"),
                ),
                "The offset has 14 bits",
            ),
        ),
    ),
    CodeExercise(
        name="read_record",
        asks="a function `read_record(message, at)` that returns ((owner, rdtype, ttl, data), offset)",
        judge=f"{JUDGES}:read_record",
        reference=REFERENCE,
        hints=(
            "First the owner, with `read_name`. Then ten bytes that hold four numbers. Then the data.",
            '`struct.unpack("!HHIH", message[at : at + 10])` gives type, class, TTL and length. Then look at the type.',
            "A name in the data may point into the message: call `read_name(message, at)`, with the offset where the "
            "name begins (for MX two bytes into the data), not with a piece that you cut out.",
        ),
        wrong=(
            (
                _altered(answers.read_record, ("read_name(message, at)[0]\n    elif", "data\n    elif")),
                "should be read",
            ),
            (
                _altered(
                    answers.read_record,
                    ("data = struct", "return (owner, rdtype, ttl, data), at + size\n        data = struct"),
                ),
                "For MX they are a tuple",
            ),
            (
                _altered(answers.read_record, ('"!HHIH"', '"!HHHI"')),
                "the TTL is",
            ),
            (
                _altered(answers.read_record, (", at + size", ", at")),
                "the next one begins",
            ),
            (
                _altered(
                    answers.read_record,
                    ("return (owner, rdtype, ttl, data), at", "return [owner, rdtype, ttl, data], at"),
                ),
                "a tuple of four",
            ),
            (
                _altered(
                    answers.read_record,
                    ('struct.unpack("!H", data[:2])[0], read_name(message, at + 2)[0]', "list(data[:2])"),
                ),
                "a tuple, preference and name",
            ),
            (
                _altered(answers.read_record, ("read_name(message, at + 2)", "read_name(data, 2)")),
                "counts from the beginning of the message",
            ),
        ),
    ),
    CodeExercise(
        name="decode_reply",
        asks="a function `decode_reply(message)` that returns a dict",
        judge=f"{JUDGES}:decode_reply",
        reference=REFERENCE,
        hints=(
            "The header's six numbers, then so many questions, then so many answers. What follows them you need not "
            "read.",
            "Keep an offset `at`, beginning with 12. For each question, `read_name` moves it, and four bytes more. For "
            "each answer, `read_record` gives the record and the next offset.",
            "The RCODE is `flags & 0xF`; truncated is `bool(flags & 0x0200)`.",
        ),
        wrong=(
            (
                _altered(answers.decode_reply, ("flags & 0xF", "flags & 0x7"), ("0x0200", "0x0100")),
                "bit 6 from the left",
            ),
            (
                _altered(
                    answers.decode_reply,
                    ("range(count)", "range(count + _)"),
                    ("questions, count, _, _", "questions, count, _, __"),
                )
                .replace("for _ in range(questions)", "for __ in range(questions)")
                .replace("for _ in range(count + _)", "for __ in range(count + _)"),
                "records too many",
            ),
            (
                _altered(answers.decode_reply, ("flags & 0xF", "flags >> 12")),
                "the lowest four bits",
            ),
            (_altered(answers.decode_reply, ("flags & 0xF", "flags & 0x7")), "the lowest four bits"),
            (_altered(answers.decode_reply, ("bool(flags & 0x0200)", "flags & 0x0200")), "`bool(...)` makes"),
        ),
    ),
    CodeExercise(
        name="is_answer",
        asks="a function `is_answer(query, message, asked, sender)` that returns True or False",
        judge=f"{JUDGES}:is_answer",
        reference=REFERENCE,
        hints=(
            "Go through the list above, one condition at a time. Which bytes of the message hold each?",
            "The id is the first two bytes, QR the highest bit of the third (`message[2] & 0x80`). The question begins "
            "at offset 12 in both, and in a query of yours it is the rest.",
            "Check that the message has 12 bytes at least before you look at its third. Compare the question with "
            "`message[12 : len(query)]`: an answer goes on after it.",
        ),
        wrong=(
            ("def is_answer(query, message, asked, sender):\n    return message[:2] == query[:2]\n", "another port"),
            ("def is_answer(query, message, asked, sender):\n    return sender == asked\n", "another id"),
            (
                _altered(
                    answers.is_answer, ("        and message[12 : len(query)].lower() == query[12:].lower()\n", "")
                ),
                "another question",
            ),
            (_altered(answers.is_answer, ("        and message[2] & 0x80 != 0\n", "")), "A question was believed"),
            (_altered(answers.is_answer, ("sender == asked", "sender[1] == asked[1]")), "from another address"),
            (_altered(answers.is_answer, ("sender == asked", "sender[0] == asked[0]")), "from another port"),
            (_altered(answers.is_answer, ("len(query)]", "len(query) - 2]"), ("query[12:]", "query[12:-2]")), "class"),
            (
                _altered(
                    answers.is_answer,
                    ("message[12 : len(query)].lower() == query[12:].lower()", "query[12:] in message"),
                ),
                "another question (mx2)",
            ),
            (
                "def is_answer(query, message, asked, sender):\n    return bool(message[2] & 0x80) and sender == asked "
                "and message[:2] == query[:2] and message[12 : len(query)] == query[12:]\n",
                "It fell over",
            ),
            ("def is_answer(query, message, asked, sender):\n    message[:2] == query[:2]\n", "returned None"),
        ),
    ),
)
