"""Judges of notebook 06, DNS on the wire."""

import struct
from collections.abc import Callable

import dns.message
import dns.rdatatype

from helpers.check.judging import Feedback, right, shown, trying, wrong

from . import answers

# Answers that BIND 9.18.49 gave to questions of dnspython's, for zones of the lab.
MX, ALIAS, AAAA, NOBODY, TXT, NS, CAPITALS, REVERSE = map(
    bytes.fromhex,
    (
        "0a0185000001000200000002076f75746c6f6f6b047465737400000f0001c00c000f00010000012c00080014036d7832c00cc00c000f00"
        "010000012c0008000a036d7831c00cc040000100010000012c0004cb007119c02c000100010000012c0004cb00711a",
        "0a028500000100010000000003777777076f75746c6f6f6b04746573740000010001c00c000500010000012c001a076f75746c6f6f6b07"
        "686f7374696e6703697370047465737400",
        "0a0385000001000100000000026d7803736978047465737400001c0001c00c001c000100000e10001020010db8000000000000000000000025",
        "0a0485030001000000010000066e6f626f6479076f75746c6f6f6b047465737400000f0001c013000600010000003c0027036e7331c013"
        "0a706f73746d6173746572c01378c2c47900001c2000000384001275000000003c",
        "0a0585000001000100000000076f75746c6f6f6b04746573740000100001c00c001000010000012c000f0e763d73706631206d78202d61"
        "6c6c",
        "0a0685000001000200000002076f75746c6f6f6b04746573740000020001c00c000200010000012c0006036e7331c00cc00c0002000100"
        "00012c0006036e7332c00cc02a000100010000012c0004cb007134c03c000100010000012c0004cb007135",
        "0a0785000001000100000000034d7831074f75744c6f6f6b04746573740000010001036d7831076f75746c6f6f6b047465737400000100"
        "010000012c0004cb007119",
        "0a0885000001000100000000023533013201300331393207696e2d61646472046172706100000c0001c00c000c000100015180001308726573"
        "6f6c76657203697370047465737400",
    ),
)
HEADER = bytes(12)


# Writing


def encode_name(function: Callable) -> Feedback:
    """Judge `encode_name(name)`, which returns bytes and raises ValueError for what is no name."""
    long = ".".join(["a" * 63, "b" * 63, "c" * 63, "d" * 61])  # 255 octets on the wire
    names = (
        "outlook.test",
        "mx1.outlook.test",
        "outlook.test.",
        ".",
        "a.x",
        "a" * 63 + ".test",
        "MX1.Outlook.TEST",
        long,
    )
    for name in (*names, f"{long}."):
        with trying(f"the name {shown(name)}"):
            given = function(name)
        if given != (expected := answers.encode_name(name)):
            return wrong(f"For {shown(name)} it gave {shown(given)}. {_amiss_in_name(name, given, expected)}")
    bad = {
        "a" * 64 + ".test": "A label of 64 bytes",
        "mx1..test": "An empty label, as between two dots,",
        f"{long}d": "A name of 256 bytes on the wire",
        f"{long}d.": "A name of 256 bytes on the wire, with a final dot in the text,",
        "b" * 64: "A label of 64 bytes that stands alone",
        ".test": "A name that begins with a dot",
        "": "An empty text",
        "outlook.test..": "A name that ends in two dots",
    }
    for name, what in bad.items():
        try:
            given = function(name)
        except ValueError:
            continue
        except Exception as error:
            return wrong(f"{what} should raise ValueError; it raised {type(error).__name__}.")
        if not isinstance(given, bytes):
            return wrong(
                f"{what} should raise ValueError; yours gave {shown(given)}, which the next line takes for bytes."
            )
        return wrong(
            f"{what} went through, as {shown(given)}. "
            + (
                "A 0 in the middle ends the name there, and what follows is read as something else."
                if b"\x00" in given[:-1]
                else "Whoever reads that reads something else: the length is no length, or the name has no end."
            )
            + " Raise ValueError."
        )
    return right("Lengths instead of dots, a 0 at the end, and no name that a reader would take for another.")


def _amiss_in_name(name: str, given: object, expected: bytes) -> str:
    if isinstance(given, str | bytearray) or not isinstance(given, bytes):
        return "The check looks for bytes."
    if given == name.encode():
        return "That is the text. On the wire each label has its length before it, and there are no dots."
    if given + b"\x00" == expected:
        return "The end is missing: a label of length 0, the root."
    if given == expected + b"\x00":
        return (
            "There is one 0 too many at the end. A final dot in the text stands for the root, which is there already."
        )
    if given == b"".join(bytes(len(label)) + label for label in name.encode().split(b".")) + b"\x00":
        return "`bytes(7)` makes so many zeros. `bytes([7])`, of a list, is one byte with the value 7."
    if given == b"".join(struct.pack("!H", len(label)) + label for label in name.encode().split(b".")) + b"\x00":
        return "A length stands in one byte, not in two: `bytes([7])`."
    if name == ".":
        return "The root is a name without any label: its 0 and nothing before it."
    if given.lower() == expected.lower():
        return (
            "A name travels in the letters in which it was written. The DNS does not care, but who asked with capitals "
            "wants them back."
        )
    if b"." in given:
        return "There is a dot in it. On the wire the lengths do what the dots do in text."
    if any(digit in given for digit in b"0123456789") and not any(c.isdigit() for c in name):
        return (
            f"The length is a byte with that value, `bytes([7])`, and not the digit `7`, which is the byte {ord('7')}."
        )
    return f"It should be {shown(expected)}."


QUESTIONS = (("outlook.test", "MX", 0x1A2B), ("mx1.outlook.test.", "A", 7), (".", "NS", 65535), ("six.test", "CAA", 0))
QUESTIONS += (("Six.TEST", "AAAA", 0xFEED),)


def encode_query(function: Callable) -> Feedback:
    """Judge `encode_query(name, rdtype, message_id)`: its bytes are those that dnspython packs."""
    for name, rdtype, message_id in QUESTIONS:
        number = int(dns.rdatatype.from_text(rdtype))
        expected = dns.message.make_query(name, rdtype, id=message_id).to_wire()
        with trying(f"the question for {rdtype} ({number}) of {name} with id {message_id}"):
            try:
                given = function(name, number, message_id)
            except ValueError:
                if number < 256:
                    raise
                return wrong(f"The type has two bytes, and there are types above 255: {rdtype} is {number}.")
        if given != expected:
            return wrong(f"For {rdtype} of {name}: {_amiss_in_query(given, expected, message_id)}")
    return right("The same, byte for byte, as dnspython packs. A header, a name, two numbers: that is a DNS question.")


def _amiss_in_query(given: object, expected: bytes, message_id: int) -> str:
    if not isinstance(given, bytes):
        return f"it gave {shown(given)}, and the check looks for bytes."
    if len(given) >= 12 and given[:12] == struct.pack("<6H", message_id, 0x0100, 1, 0, 0, 0):
        return "the bytes of each number stand in the wrong order. In network order the high one comes first: `!`."
    if given[:2] != expected[:2]:
        return f"the id should be {expected[:2].hex(' ')}, and it is {given[:2].hex(' ')}. Is it the one handed over?"
    if given[2:4] == b"\x00\x00":
        return (
            "no flag is set. Without RD (0x0100) you ask a server only for what it knows itself; nobody walks for you."
        )
    if given[2:4] != expected[2:4]:
        return f"the flags are {given[2:4].hex()}, and RD alone is 0100."
    if given[4:12] == bytes(8):
        return "the header counts no question. The server reads no further then: there is nothing it was asked."
    if given[4:12] != expected[4:12]:
        return f"the four counts are {given[4:12].hex(' ', 2)}, and they should be 0001 0000 0000 0000: one question."
    name = expected[12:-4]
    if given[12:] == name + bytes([expected[-3], expected[-1]]):
        return "type and class have two bytes each: `H`."
    if not given[12:].startswith(name):
        return f"the name should be {shown(name)}. `encode_name` makes it."
    after = given[12 + len(name) :]
    if after == expected[-2:] + expected[-4:-2]:
        return "type and class stand in each other's place. The type comes first."
    return f"after the name it has {after.hex(' ', 2)}, and it should be {expected[-4:].hex(' ', 2)}: type and class."


# Reading


class _Endless(Exception):
    """The same message has been read far too often."""


class _Message(bytes):
    """A message that notices when its reader goes in circles."""

    reads = 0

    def __getitem__(self, key):
        self.reads += 1
        if self.reads > 20000:
            raise _Endless
        return super().__getitem__(key)


OUTLOOK = b"\x07outlook\x04test\x00"
NAMES = (  # message, offset, what was read, what is tried
    (HEADER + OUTLOOK, 12, ("outlook.test.", 26), "a name without a pointer"),
    (HEADER + OUTLOOK + b"\xc0\x0c\x00\x01", 26, ("outlook.test.", 28), "a pointer alone"),
    (HEADER + OUTLOOK + b"\x03mx1\xc0\x0c\x00\x01", 26, ("mx1.outlook.test.", 32), "a label, then a pointer"),
    (HEADER + b"\x00\x00\x01", 12, (".", 13), "the root"),
    (HEADER + OUTLOOK + b"\xc0\x14", 26, ("test.", 28), "a pointer into the middle of a name"),
    (HEADER + OUTLOOK + b"\x03mx1\xc0\x0c\x01a\xc0\x1a", 32, ("a.mx1.outlook.test.", 36), "a pointer to a pointer"),
    (bytes(300) + OUTLOOK + b"\xc1\x2c", 314, ("outlook.test.", 316), "a pointer to offset 300, past 255"),
    (bytes(15000) + OUTLOOK + b"\xfa\x98", 15014, ("outlook.test.", 15016), "a pointer to offset 15000"),
    (HEADER + b"\x04caf\xe9\x00", 12, ("caf\xe9.", 18), "a label with a byte that is no ASCII"),
    (HEADER + b"\x3f" + b"a" * 63 + b"\x00", 12, ("a" * 63 + ".", 77), "a label of 63 bytes"),
    (HEADER + b"\x03\x80\x96\x9f\x00", 12, ("\x80\x96\x9f.", 17), "a label of three bytes from 0x80 to 0x9f"),
    (HEADER + b"\x04left" + OUTLOOK + b"\xc0\x11", 31, ("outlook.test.", 33), "a pointer to offset 17, an odd one"),
    (HEADER + b"\x03MX1\x04Test\x00", 12, ("MX1.Test.", 22), "a name with capitals"),
    (HEADER + b"\x01a" * 127 + b"\x00", 12, ("a." * 127, 267), "a name of 127 labels, as many as there can be"),
)
CIRCLES = (
    (HEADER + b"\xc0\x0c", 12, "a pointer to itself"),
    (HEADER + b"\xc0\x0e\xc0\x0c", 14, "two pointers to each other"),
    (HEADER + b"\x01a\xc0\x0c", 12, "a label, and a pointer back to that label"),
    (HEADER + b"\xc0\x0c\xc0\x0c", 14, "a pointer to a pointer to itself"),
    (HEADER + b"\xc0\x0e\x04test\x00", 12, "a pointer that leads forward"),
    (HEADER + b"\x01a\xc0\x10\x04test\x00", 12, "a label, and a pointer that leads forward"),
)
NEITHER = (
    (HEADER + OUTLOOK + b"\x40\x0c" + bytes(80), 26, "0x40"),
    (HEADER + OUTLOOK + b"\x80\x0c" + bytes(200), 26, "0x80"),
    (bytes(0x3F0C) + OUTLOOK + b"\xbf\x0c" + bytes(200), 0x3F0C + 14, "0xbf"),
)


def read_name(function: Callable) -> Feedback:
    """Judge `read_name(message, at)`, which returns (text, offset) and raises ValueError for a circle."""
    for message, at, expected, what in NAMES:
        with trying(f"{what}: read_name({shown(message[:40])}, {at})"):
            try:
                given = function(_Message(message), at)
            except _Endless:
                return wrong(f"With {what} it never came to an end. Where does a pointer lead, and what ends a name?")
            except IndexError as error:
                if "pointer" not in what:
                    raise
                return wrong(
                    f"With {what}, read_name({shown(message[:40])}, {at}), it raised IndexError: {error}. If a pointer "
                    "was read as a length: a byte from 0xc0 on is none."
                )
        if given != expected:
            return wrong(f"With {what}, it gave {shown(given)}. {_amiss_in_reading(given, expected, message, at)}")
    for message, at, what in CIRCLES:
        try:
            given = function(_Message(message), at)
        except ValueError:
            continue
        except (_Endless, RecursionError, MemoryError):
            return wrong(
                f"With {what} it went round and round. Whoever sends you such a message stops your program. Allow a "
                "pointer to lead only to an earlier offset than any before, and raise ValueError otherwise."
            )
        except Exception as error:
            return wrong(f"With {what} it should raise ValueError; it raised {type(error).__name__}.")
        return wrong(
            f"With {what} it gave {shown(given)}. A pointer leads back to an earlier place only: raise ValueError."
        )
    for message, at, byte in NEITHER:
        try:
            function(message, at)
        except ValueError:
            continue
        except Exception as error:
            done = f"it raised {type(error).__name__}"
        else:
            done = "it gave a name"
        return wrong(
            f"With a name that begins with the byte {byte}, {done}. That byte is no length, which is 63 at most, and "
            "no pointer, which has both its highest bits set: raise ValueError."
        )
    return right(
        "Labels, pointers, pointers to pointers; and a message that leads in circles is refused instead of followed."
    )


def _amiss_in_reading(given: object, expected: tuple, message: bytes, at: int) -> str:
    if not isinstance(given, tuple) or len(given) != 2:
        return "The check looks for two values: the name, and the offset after it."
    name, after = given
    if name != expected[0]:
        if isinstance(name, bytes):
            return 'The name should be text: decode each label with "latin-1".'
        if f"{name}." == expected[0]:
            return "The final dot is missing."
        if expected[0] == ".":
            return 'The root has no label, and is written ".".'
        if "\xc0" in str(name) or isinstance(after, int) and after > len(message):
            return "A pointer was read as a length. From 0xc0 on it is none: two bytes, and the lower 14 bits count."
        if not expected[0].isascii():
            return 'A label may hold any bytes: decode it with "latin-1", where each byte is a character.'
        if len(message) > 300:
            return "The offset has 14 bits: six of the first byte (`& 0x3f`), and all of the second."
        return f"The name is {shown(expected[0])}."
    if after != expected[1] and message[at] < 0xC0 and 0xC0 not in message[at:]:
        return f"The name is right. It ends at its 0, and what comes next is at {expected[1]}, not at {shown(after)}."
    return (
        f"The name is right, and what comes after it is at {expected[1]}, not at {shown(after)}. After a pointer "
        "you go on two bytes behind it, not where it led."
    )


NAMED = (2, 5, 12, 15)  # the types with a name in their data
POINTER = (
    "A pointer in the data counts from the beginning of the message: hand `read_name` the whole of it, and an offset."
)
_MINE = (  # an exchange whose numbers need all their bytes, and a text that is longer than one byte can say
    HEADER + b"\x03MX9\x07Outlook\x04TEST\x00" + struct.pack("!HHIHH", 15, 1, 2**31 - 1, 4, 40000) + b"\xc0\x10",
    HEADER + OUTLOOK + struct.pack("!HHIH", 16, 1, 300, 600) + (b"\xc7" + b"x" * 199) * 3 + OUTLOOK,
)
RECORDS = (  # message, offset, what was read, what is tried
    (MX, 30, (("outlook.test.", 15, 300, (20, "mx2.outlook.test.")), 50), "an MX record"),
    (MX, 70, (("mx1.outlook.test.", 1, 300, "203.0.113.25"), 86), "an A record"),
    (ALIAS, 34, (("www.outlook.test.", 5, 300, "outlook.hosting.isp.test."), 72), "a CNAME record"),
    (AAAA, 29, (("mx.six.test.", 28, 3600, "2001:db8::25"), 57), "an AAAA record"),
    (TXT, 30, (("outlook.test.", 16, 300, b"\x0ev=spf1 mx -all"), 57), "a TXT record"),
    (NS, 30, (("outlook.test.", 2, 300, "ns1.outlook.test."), 48), "an NS record"),
    (CAPITALS, 34, (("mx1.outlook.test.", 1, 300, "203.0.113.25"), 66), "an A record without compression"),
    (REVERSE, 41, (("53.2.0.192.in-addr.arpa.", 12, 86400, "resolver.isp.test."), 72), "a PTR record"),
    (NOBODY, 37, (("outlook.test.", 6, 60, NOBODY[49:88]), 88), "an SOA record, a type that is not in the table"),
    (
        _MINE[0],
        12,
        (("MX9.Outlook.TEST.", 15, 2**31 - 1, (40000, "Outlook.TEST.")), 44),
        "an MX record with large numbers",
    ),
    (_MINE[1], 12, (("outlook.test.", 16, 300, _MINE[1][36:636]), 636), "a TXT record of 600 bytes"),
)


def read_record(function: Callable) -> Feedback:
    """Judge `read_record(message, at)`, which returns ((owner, rdtype, ttl, data), offset)."""
    for message, at, expected, what in RECORDS:
        with trying(f"{what} at offset {at} of an answer"):
            try:
                given = function(message, at)
            except (IndexError, ValueError) as error:
                if (rdtype := expected[0][1]) in (1, 28):
                    raise
                why = (
                    f"If a name in a piece cut out was read: {POINTER}"
                    if rdtype in NAMED
                    else "If its data were read as a name: of a type that is not in the table they stay bytes."
                )
                return wrong(f"With {what} it raised {type(error).__name__}: {error}. {why}")
        if given != expected:
            return wrong(f"With {what}: {_amiss_in_record(given, expected)}")
    return right(
        "Names in the data may point into the rest of the message, so they are read there and not in a piece cut out. "
        "All the packets but two came from BIND."
    )


def _amiss_in_record(given: object, expected: tuple) -> str:
    record, after = expected
    try:
        (owner, rdtype, ttl, data), found = given
    except (TypeError, ValueError):
        return f"it gave {shown(given)}, and the check looks for ((owner, rdtype, ttl, data), offset)."
    if not isinstance(given[0], tuple):
        return f"it gave {shown(given[0])}, and the check looks for a tuple of four: (owner, rdtype, ttl, data)."
    if (owner, rdtype) != record[:2]:
        return f"owner and type are {shown((owner, rdtype))}, and should be {shown(record[:2])}."
    if ttl != record[2]:
        return (
            f"the TTL is {shown(ttl)}, and should be {record[2]}. It has four bytes (`I`), after the two of the class."
        )
    if data != record[3]:
        if isinstance(record[3], str) and isinstance(data, bytes):
            return f"the data are {shown(data)}, and should be read: {shown(record[3])}."
        if rdtype == 15 and not (isinstance(data, tuple) and len(data) == 2):
            return f"the data are {shown(data)}. For MX they are a tuple, preference and name: {shown(record[3])}."
        if rdtype in NAMED:
            return f"the data are {shown(data)}, and should be {shown(record[3])}. {_amiss_in_named(data, record[3])}"
        if rdtype not in (1, 28, *NAMED):
            return f"the data are {shown(data)}. Of a type that is not in the table they are bytes: {shown(record[3])}."
        return f"the data are {shown(data)}, and should be {shown(record[3])}."
    return f"the record is right, and the next one begins at {after}, not at {shown(found)}. Its length says so."


def _amiss_in_named(data: object, expected: object) -> str:
    name = data[1] if isinstance(expected, tuple) else data
    if isinstance(name, tuple):
        return "`read_name` returns two things, and the name is the first of them."
    if isinstance(expected, tuple) and name == expected[1]:
        return "The name is right. The preference is a number, the first in the tuple that `struct.unpack` gives."
    return POINTER


REPLIES = (
    (MX, "an answer with two MX records"),
    (ALIAS, "an answer with an alias"),
    (AAAA, "an answer with an IPv6 address"),
    (NOBODY, "an answer that says NXDOMAIN"),
    (TXT, "an answer with a TXT record"),
    (NS, "an answer with two NS records"),
    (REVERSE, "an answer with a PTR record"),
    (bytes.fromhex("1a2b8780000100000000000004") + b"long\x03isp\x04test\x00\x00\x10\x00\x01", "a truncated answer"),
    (MX[:2] + b"\x87\x00" + MX[4:7] + b"\x01" + bytes(4) + MX[12:50], "a truncated answer with one of two records"),
    (MX[:5] + b"\x02" + MX[6:30] + b"\xc0\x0c\x00\x1c\x00\x01" + MX[30:], "an answer to two questions"),
    (MX[:6] + b"\x00\x04" + bytes(4) + MX[12:], "an answer with four records"),
    (ALIAS[:3] + b"\x83" + ALIAS[4:], "an answer with an alias to a name that does not exist"),
    (
        bytes.fromhex("fe2b81800000000100000000") + OUTLOOK + bytes.fromhex("00010001000000050004cb007119"),
        "no question",
    ),
    (
        bytes.fromhex("1a2b81810001000000000000") + OUTLOOK + bytes.fromhex("000f0001"),
        "an answer whose flags are 0x8181 (FORMERR)",
    ),
    (
        bytes.fromhex("1a2b81890001000000000000") + OUTLOOK + bytes.fromhex("000f0001"),
        "an answer whose flags are 0x8189 (RCODE 9)",
    ),
)


def decode_reply(function: Callable) -> Feedback:
    """Judge `decode_reply(message)`, which returns a dict."""
    for message, what in REPLIES:
        expected = answers.decode_reply(message)
        with trying(f"{what}, {len(message)} bytes, whose questions end before offset {_after_questions(message)}"):
            given = function(message)
        if given != expected:
            return wrong(f"With {what}: {_amiss_in_reply(given, expected)}")
    return right("Id, outcome, whether it is whole, and the records: what every program that looks up a name reads.")


def _after_questions(message: bytes) -> int:
    at = 12
    for _ in range(message[5]):
        at = answers.read_name(message, at)[1] + 4
    return at


def _amiss_in_reply(given: object, expected: dict) -> str:
    if not isinstance(given, dict) or set(given) != set(expected):
        return f"it gave {shown(given)}, and the check looks for a dict with the keys {', '.join(map(repr, expected))}."
    key = next(key for key in expected if given[key] != expected[key])
    if key == "rcode":
        return f"the RCODE is {shown(given[key])}, and should be {expected[key]}: the lowest four bits of the flags."
    if key == "truncated":
        as_bool = " `bool(...)` makes True or False of it." if isinstance(given[key], int) else ""
        return f"truncated is {shown(given[key])}, and should be {expected[key]}: bit 6 from the left, 0x0200.{as_bool}"
    if key == "answers" and isinstance(given[key], list) and len(given[key]) > len(expected[key]):
        return (
            "there are records too many among the answers. The fourth number of the header counts them; what follows "
            "belongs to other sections."
        )
    return f"{key!r} is {shown(given[key])}, and should be {shown(expected[key])}."


# Believing


def is_answer(function: Callable) -> Feedback:
    """Judge `is_answer(query, message, asked, sender)`, which returns a bool."""
    return (
        _believes_rightly(function)
        or _believes_elsewhere(function)
        or right(
            "Id, QR, question and sender: all of it has to fit. What you cannot check here, the port at which it "
            "arrives, the system checks for you."
        )
    )


def _believes_elsewhere(function: Callable) -> Feedback | None:
    query = answers.encode_query("Outlook.hosting.ISP.test", 28, 0xFE01)
    asked = ("192.0.2.53", 53)
    answer = query[:2] + b"\x81\x80" + query[4:]
    tries = (
        (answer, asked, True, "An answer of a resolver (flags 0x8180), without records, was turned down."),
        (answer[:3] + b"\x83" + answer[4:], asked, True, "An answer that says NXDOMAIN was turned down: it is one."),
        (
            query[:2] + b"\x83\x80" + query[4:],
            asked,
            True,
            "An answer that was cut short (TC) was turned down: it is one.",
        ),
        (b"\xfd" + answer[1:], asked, False, "An answer whose id differs in its first byte was believed."),
        (answer, ("192.0.2.53", 5353), False, "An answer from port 5353 was believed, and port 53 was asked."),
        (answer, ("192.0.2.5", 53), False, "An answer from 192.0.2.5 was believed, and 192.0.2.53 was asked."),
        (answer[:-1] + b"\x03", asked, False, "An answer to a question of another class was believed."),
        (answer[:-3] + b"\x01" + answer[-2:], asked, False, "An answer to a question for another type was believed."),
    )
    return _judged(function, query, asked, tries)


def _believes_rightly(function: Callable) -> Feedback | None:
    query = answers.encode_query("mx1.outlook.test", 1, 0x0A07)
    asked, stranger = ("127.0.0.1", 40053), ("127.0.0.1", 40066)
    answer = CAPITALS[:12] + query[12:] + CAPITALS[34:]
    another = answer.replace(b"\x03mx1", b"\x03mx2", 1)
    other_type = answer[:30] + struct.pack("!H", 15) + answer[32:]
    other_class = answer[:32] + struct.pack("!H", 3) + answer[34:]
    tries = (  # message, sender, expected, what it is and what to think of it
        (answer, asked, True, "The answer itself was turned down. After its question come records, as in no query."),
        (struct.pack("!H", 0x0A08) + answer[2:], asked, False, "An answer with another id was believed."),
        (answer, stranger, False, "An answer from another port was believed. Anybody can send to yours."),
        (answer, ("203.0.113.66", 40053), False, "An answer from another address was believed."),
        (another, asked, False, "An answer to another question (mx2) was believed. The question begins at offset 12."),
        (other_type, asked, False, "An answer to a question for another type was believed."),
        (other_class, asked, False, "An answer to a question of another class was believed."),
        (query, asked, False, "A question was believed to be an answer. QR is the highest bit of the third byte."),
        (b"\x0a\x07\x80", asked, False, "Three bytes were believed to be an answer."),
        (b"", asked, False, "An empty datagram was believed to be an answer."),
        (answer[:20], asked, False, "An answer that ends in the middle of its question was believed."),
        (answer[:4] + bytes(2) + answer[6:12], asked, False, "An answer without a question was believed."),
        (answer[:12] + b"\xc0\x0c" + answer[30:], asked, False, "A question whose name runs in circles was believed."),
    )
    return _judged(function, query, asked, tries)


def _judged(function: Callable, query: bytes, asked: tuple, tries: tuple) -> Feedback | None:
    for message, sender, expected, what in tries:
        with trying(what.replace("was believed", "was to be judged").replace("was turned down", "was to be judged")):
            try:
                given = function(query, message, asked, sender)
            except (IndexError, ValueError, RecursionError, struct.error) as error:
                return wrong(
                    f"It fell over a message of {len(message)} bytes ({type(error).__name__}). Whoever can send you "
                    "that can stop your program: return False for whatever cannot be read."
                )
        if given is None:
            return wrong("It returned None. `return` True or False.")
        if bool(given) != expected:
            return wrong(what)
    return None
