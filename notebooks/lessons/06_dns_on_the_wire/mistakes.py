"""Notebook 06, DNS on the wire: wrong answers and the feedback that each must get. Tests alone read it."""

from ..altered import source_with
from . import answers


def _altered(function: object, *changes: tuple[str, str]) -> str:
    """The reference's source with a mistake in it, and the course's for what it leans on."""
    text = source_with(function, *changes)
    others = [name for name in ("encode_name", "read_name", "read_record") if f" {name}(" in text.partition(":")[2]]
    taken = "".join(f"from helpers.answers import {name}\n" for name in others)
    return f"import socket\nimport struct\n\n{taken}\n{text}"


HAPPENED = {  # a value such as the run gives
    "name_travels": b"\x07outlook\x04test\x00",
    "name_again": 2,
    "what_fits": 0,
    "first_piece": b"\x00" * 10,
    "who_is_believed": "203.0.113.66",
}

MISTAKES = {
    "read_flags": (
        ({"QR": 0, "AA": 0, "TC": 1, "RD": 0, "RA": 0, "RCODE": 3}, "Bit 0 is the one on the left"),
        ({"QR": 1, "AA": 1, "TC": 0, "RD": 1, "RA": 1, "RCODE": 0}, "The RCODE is the last four bits"),
        ({"QR": 1, "AA": 1, "TC": 0, "RD": 1, "RA": 1, "RCODE": "0011"}, "as one number"),
        ({"QR": 1, "AA": 0, "TC": 1, "RD": 1, "RA": 1, "RCODE": 3}, "the first belongs to OPCODE"),
        ({"QR": 1, "AA": 1, "TC": 0, "RD": 0, "RA": 1, "RCODE": 3}, "`RD` differs"),
        ("QR, AA", "the dict of the cell"),
        ({"QR": 1, "AA": 1, "TC": "0 or 1", "RD": 1, "RA": 1, "RCODE": 3}, "`TC` differs"),
        ({"QR": 1, "AA": 1, "TC": 0, "RD": 1, "RA": 1, "RCODE": "3 or 5"}, "as one number"),
        ({"QR": 1, "AA": 1, "TC": 0, "RD": 1, "RA": 1, "RCODE": 3, "Z": 0}, "'Z' is not asked for"),
    ),
    "encode_name": (
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
        (_altered(answers.encode_name, ("label.encode", "label.lower().encode")), "in which it was written"),
        (
            _altered(answers.encode_name, ('raise ValueError(f"a label has 1 to 63 bytes: {label!r}")', "return None")),
            "yours gave None",
        ),
        (_altered(answers.encode_name, ("len(wire) > 254", "len(name) > 253")), "ValueError"),
    ),
    "encode_query": (
        (_altered(answers.encode_query, ("encode_name(name)", "encode_name(name.lower())")), "the name should be"),
        (_altered(answers.encode_query, ("message_id, 0x0100", "0x1A2B, 0x0100")), "Is it the one handed over"),
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
    "find_byte": (
        (19, "You are one off"),
        (25, "Why does the server not see it"),
        (22, "holds a letter"),
        (12, "outlook has seven letters"),
        (3, "The header is sound"),
        (5, "where does it stand"),
        (27, "they are right"),
        (30, "no offset"),
        ("the length", "no offset"),
        ("20 or 25", "no offset"),
        ([19, 20, 25], "no offset"),
        ("120", "no offset"),
    ),
    "read_name": (
        (_altered(answers.read_name, (">= 0xC0", ">= 0xBF")), "the byte 0xbf"),
        (_altered(answers.read_name, ("0x3FFF", "0x3FFE")), "a pointer to offset 17"),
        (_altered(answers.read_name, ('"latin-1"', '"cp1252", "replace"')), "each byte is a character"),
        (_altered(answers.read_name, ('("latin-1")', '("latin-1").lower()')), "The name is 'MX1.Test.'"),
        (
            "def read_name(message, at):\n    labels = []\n    while message[at]:\n"
            "        labels.append(message[at + 1 : at + 1 + message[at]].decode('latin-1'))\n"
            "        at += 1 + message[at]\n        if at >= len(message):\n            break\n"
            "    return '.'.join(labels) + '.', at + 1\n",
            "A pointer was read as a length",
        ),
        (
            "def read_name(message, at):\n    labels = []\n    while message[at]:\n"
            "        labels.append(message[at + 1 : at + 1 + message[at]].decode('latin-1'))\n"
            "        at += 1 + message[at]\n    return '.'.join(labels) + '.', at + 1\n",
            "a byte from 0xc0 on is none",
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
    "read_record": (
        (_altered(answers.read_record, ("(2, 5, 12)", "(2, 5, 6, 12)")), "a type that is not in the table"),
        (
            _altered(answers.read_record, ("(2, 5, 12)", "not in (1, 15, 16, 28)"), ("rdtype in not", "rdtype not")),
            "they are bytes",
        ),
        (_altered(answers.read_record, ('"!H", data[:2]', '"!h", data[:2]')), "an MX record with large numbers"),
        (_altered(answers.read_record, ("at += 10", "at, size = at + 10, size & 0xFF")), "a TXT record of 600 bytes"),
        (_altered(answers.read_record, ("return (owner,", "return (owner.lower(),")), "MX9.Outlook.TEST."),
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
        (_altered(answers.read_record, ("data[:2])[0]", "data[:2])")), "The name is right. The preference is a number"),
        (_altered(answers.read_record, ("at + 2)[0]", "at + 2)")), "`read_name` returns two things"),
        (
            _altered(answers.read_record, ("    return", "    else:\n        read_name(message, at)\n    return")),
            "they stay bytes",
        ),
    ),
    "decode_reply": (
        (
            _altered(answers.decode_reply, ("range(questions)", "range(min(questions, 1))")),
            "an answer to two questions",
        ),
        (_altered(answers.decode_reply, ("range(count)", "range(min(count, 2))")), "an answer with four records"),
        (
            _altered(answers.decode_reply, ("range(count)", "range(count if not flags & 0x0200 else 0)")),
            "a truncated answer with one of two records",
        ),
        (
            _altered(answers.decode_reply, ("range(count)", "range(count if not flags & 0xF else 0)")),
            "an alias to a name that does not exist",
        ),
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
            _altered(answers.decode_reply, ("range(questions)", "range(0)")),
            "whose questions end before offset 30",
        ),
        (
            _altered(answers.decode_reply, ("flags & 0xF", "flags >> 12")),
            "the lowest four bits",
        ),
        (_altered(answers.decode_reply, ("flags & 0xF", "flags & 0x7")), "the lowest four bits"),
        (_altered(answers.decode_reply, ("bool(flags & 0x0200)", "flags & 0x0200")), "`bool(...)` makes"),
    ),
    "is_answer": (
        (_altered(answers.is_answer, (".lower() == query", " == query")), "flags 0x8180"),
        (
            _altered(answers.is_answer, ("message[len(query) - 4 : len(query)]", "message[len(query) - 4 :]")),
            "as in no query",
        ),
        (
            _altered(answers.is_answer, ("message[:2] == query[:2]", "message[1] == query[1]")),
            "differs in its first byte",
        ),
        (_altered(answers.is_answer, ("message[2] & 0x80 != 0", "message[2] >= 0x84")), "flags 0x8180"),
        (_altered(answers.is_answer, ("& 0x80 != 0", "& 0x80 != 0 and message[3] & 15 == 0")), "says NXDOMAIN"),
        (_altered(answers.is_answer, ("& 0x80 != 0", "& 0x80 != 0 and not message[2] & 2")), "cut short (TC)"),
        (_altered(answers.is_answer, ("sender == asked", "sender == (asked[0], 40053)")), "turned down"),
        ("def is_answer(query, message, asked, sender):\n    return message[:2] == query[:2]\n", "another port"),
        ("def is_answer(query, message, asked, sender):\n    return sender == asked\n", "another id"),
        (
            _altered(
                answers.is_answer,
                ("message[12 : len(query) - 4].lower() == query[12:-4].lower()", "True"),
                ("message[len(query) - 4 : len(query)] == query[-4:]", "True"),
            ),
            "another question",
        ),
        (_altered(answers.is_answer, ("        and message[2] & 0x80 != 0\n", "")), "A question was believed"),
        (_altered(answers.is_answer, ("sender == asked", "sender[1] == asked[1]")), "from another address"),
        (_altered(answers.is_answer, ("sender == asked", "sender[0] == asked[0]")), "from another port"),
        (_altered(answers.is_answer, ("len(query)] == query[-4:]", "len(query) - 2] == query[-4:-2]")), "class"),
        (
            _altered(
                answers.is_answer,
                ("message[12 : len(query) - 4].lower() == query[12:-4].lower()", "query[12:-4] in message"),
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
}
