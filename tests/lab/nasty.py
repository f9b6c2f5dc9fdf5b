"""DNS messages that are broken, hostile or merely odd, and what the lab's servers say to them.

Each is the octets of a message whose id is 0x0BAD, and the code that comes back, or SILENCE. A code stands for what is
right for the server of outlook.test; the recursive resolver goes by the same rules until it comes to the name.
"""

import dns.message

SILENCE = "silence"
ID = b"\x0b\xad"


def header(questions=1, answers=0, authority=0, additional=0, flags=b"\0\0") -> bytes:
    return ID + flags + b"".join(n.to_bytes(2, "big") for n in (questions, answers, authority, additional))


def labels(*lengths: int) -> bytes:
    """A name of labels of these lengths, below outlook.test."""
    return b"".join(bytes([n]) + b"a" * n for n in lengths) + OUTLOOK


def asked(name: str, rdtype, rdclass="IN") -> bytes:
    return dns.message.make_query(name, rdtype, rdclass, id=int.from_bytes(ID, "big"), flags=0).to_wire()


OUTLOOK = b"\7outlook\4test\0"
NAME = b"\3mx1" + OUTLOOK
A_IN = b"\0\1\0\1"
GOOD = header() + NAME + A_IN
RECORD = b"\xc0\x0c" + A_IN + b"\0\0\0\0\0\4\1\2\3\4"
OPT = b"\0\0\x29\x04\xd0\0\0\0\0\0\0"
TSIG = (
    b"\1k\0\0\xfa\0\xff\0\0\0\0\0\x3d" + b"\x0bhmac-sha256\0" + bytes(6) + b"\1\x2c\0\x20" + bytes(32) + ID + bytes(4)
)
LONGEST = labels(63, 63, 63, 48)
TOO_LONG = labels(63, 63, 63, 49)
assert (len(LONGEST), len(TOO_LONG)) == (255, 256)

MESSAGES = {
    # Names (RFC 1035 sections 3.1 and 4.1.4)
    "a pointer to itself": (header() + b"\xc0\x0c" + A_IN, "FORMERR"),
    "a pointer back to the label before it": (header() + b"\1a\xc0\x0c" + A_IN, "FORMERR"),
    "two pointers to each other": (header() + b"\xc0\x0e\xc0\x0c" + A_IN, "FORMERR"),
    "a pointer past the end": (header() + b"\xc0\xff" + A_IN, "FORMERR"),
    "a name of 255 octets": (header() + LONGEST + A_IN, "NXDOMAIN"),
    "a name of 256 octets": (header() + TOO_LONG + A_IN, "FORMERR"),
    "a label of 63": (header() + labels(63) + A_IN, "NXDOMAIN"),
    "a label of 64": (header() + labels(64) + A_IN, "FORMERR"),
    "a label of a kind that is not used": (header() + b"\x80" + b"a" * 128 + b"\0" + A_IN, "FORMERR"),
    "a label of any octets": (header() + b"\5\0\xff.\\ " + OUTLOOK + A_IN, "NXDOMAIN"),
    # How many questions there are
    "two questions": (header(2) + NAME + A_IN + NAME + A_IN, "FORMERR"),
    "two questions, the second one a pointer": (header(2) + NAME + A_IN + b"\xc0\x0c\0\x0f\0\1", "FORMERR"),
    "no question": (header(0), "FORMERR"),
    "65535 questions promised": (header(65535) + NAME + A_IN, "FORMERR"),
    "a question promised and not there": (header(), "FORMERR"),
    "a question cut short": (GOOD[:-1], "FORMERR"),
    "octets after the end": (GOOD + b"x", "FORMERR"),
    # The header
    "half a header": (GOOD[:11], SILENCE),
    "an answer": (header(flags=b"\x80\0") + NAME + A_IN, SILENCE),
    "flags that only answers have": (header(flags=b"\x06\xc0") + NAME + A_IN, "NOERROR"),
    "an inverse query": (header(flags=b"\x08\0") + NAME + A_IN, "NOTIMP"),
    "a status query": (header(flags=b"\x10\0") + NAME + A_IN, "NOTIMP"),
    "a dynamic update": (header(flags=b"\x28\0") + OUTLOOK + b"\0\6\0\1", "NOTIMP"),
    "an opcode of nobody's": (header(flags=b"\x78\0") + NAME + A_IN, "NOTIMP"),
    # What is asked for
    "a zone transfer": (asked("outlook.test", "AXFR"), "REFUSED"),
    "a transfer of what has changed": (asked("outlook.test", "IXFR"), "REFUSED"),
    "a transfer of another's zone": (asked("gmail.test", "AXFR"), "REFUSED"),
    "a type of long ago": (asked("outlook.test", "MAILB"), "NOTIMP"),
    "a type that no record has": (asked("outlook.test", "OPT"), "NOTIMP"),
    "the type 0": (asked("mx1.outlook.test", 0), "NOERROR"),
    "the type 65535": (asked("mx1.outlook.test", 65535), "NOERROR"),
    "the version of the server": (asked("version.bind", "TXT", "CH"), "REFUSED"),
    "the class ANY": (asked("mx1.outlook.test", "A", "ANY"), "REFUSED"),
    "the class 0": (GOOD[:-2] + b"\0\0", "REFUSED"),
    # What else is in the query
    "EDNS of version 1": (header(additional=1) + NAME + A_IN + OPT[:6] + b"\1" + OPT[7:], "BADVERS"),
    "EDNS that offers 0 octets": (header(additional=1) + NAME + A_IN + OPT[:3] + b"\0\0" + OPT[5:], "NOERROR"),
    "an option of nobody's": (header(additional=1) + NAME + A_IN + OPT[:-1] + b"\4\xff\0\0\0", "NOERROR"),
    "an option cut short": (header(additional=1) + NAME + A_IN + OPT[:-1] + b"\4\0\3\0\x09", "FORMERR"),
    "two OPT records": (header(additional=2) + NAME + A_IN + OPT + OPT, "FORMERR"),
    "an OPT record with an owner": (header(additional=1) + NAME + A_IN + b"\1a" + OPT, "FORMERR"),
    "an OPT record among the answers": (header(answers=1) + NAME + A_IN + OPT, "FORMERR"),
    "a record promised and not there": (header(additional=1) + NAME + A_IN, "FORMERR"),
    "a record longer than the message": (header(additional=1) + NAME + A_IN + RECORD[:-6] + b"\xff\xff", "FORMERR"),
    "an answer in the question": (header(answers=1) + NAME + A_IN + RECORD, "NOERROR"),
    "a signature with a key of nobody's": (header(additional=1) + NAME + A_IN + TSIG, "FORMERR"),
}
