"""A DNS message, read octet by octet (RFC 1035 section 4).

A message is a header of 12 octets, then four sections: the question, and three lists of records (answer, authority,
additional). `Message.from_wire` reads one from left to right, and notes for each run of octets what it means:

    message = Message.from_wire(octets)
    message                # what it says
    message.annotate()     # which octets say it
"""

import ipaddress
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partialmethod

from helpers.wire.faces import Face, columns, table
from helpers.wire.listed import Listed

HEADER_SIZE = 12
LONGEST_LABEL = 63  # RFC 1035 section 2.3.4, like the next
LONGEST_NAME = 255
MOST_POINTERS = 127  # a name has at most 127 labels; more pointers than that are only there to keep a reader busy

OPCODES = {0: "QUERY", 1: "IQUERY", 2: "STATUS", 4: "NOTIFY", 5: "UPDATE"}
CLASSES = {1: "IN", 3: "CH", 4: "HS", 254: "NONE", 255: "ANY"}
# The types whose data is taken apart below, and some whose names one meets in answers from the internet.
TYPES = {1: "A", 2: "NS", 5: "CNAME", 6: "SOA", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA", 41: "OPT"}
TYPES |= {33: "SRV", 43: "DS", 46: "RRSIG", 47: "NSEC", 48: "DNSKEY", 50: "NSEC3", 52: "TLSA", 64: "SVCB", 65: "HTTPS"}
TYPES |= {251: "IXFR", 252: "AXFR", 255: "ANY", 257: "CAA"}
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED", 6: "YXDOMAIN"}
RCODES |= {7: "YXRRSET", 8: "NXRRSET", 9: "NOTAUTH", 10: "NOTZONE", 16: "BADVERS", 23: "BADCOOKIE"}
OUTCOMES = {
    "NOERROR": "no error",
    "FORMERR": "the server could not read the query",
    "SERVFAIL": "the server failed to find an answer",
    "NXDOMAIN": "the name does not exist",
    "NOTIMP": "the server does not do this kind of query",
    "REFUSED": "the server will not answer this",
    "BADVERS": "the server does not know this version of EDNS",
}

# The second two octets of the header, from the left: name, width in bits, what a value means
# (RFC 1035 section 4.1.1; AD and CD: RFC 4035 section 3).
HEADER_BITS = (
    ("QR", 1, {0: "query", 1: "response"}),
    ("OPCODE", 4, OPCODES),
    ("AA", 1, {0: "not an authoritative answer", 1: "authoritative answer"}),
    ("TC", 1, {0: "not truncated", 1: "truncated"}),
    ("RD", 1, {0: "recursion not desired", 1: "recursion desired"}),
    ("RA", 1, {0: "recursion not available", 1: "recursion available"}),
    ("Z", 1, {0: "reserved, zero", 1: "reserved, not zero as it should be"}),
    ("AD", 1, {0: "not marked as authentic data", 1: "authentic data"}),
    ("CD", 1, {0: "checking not disabled", 1: "checking disabled"}),
    ("RCODE", 4, RCODES),
)
EDNS_BITS = (("DO", 1, {0: "no DNSSEC records wanted", 1: "DNSSEC records wanted"}),)  # RFC 6891 section 6.1.4
SHOW_ALL = "Show the message itself: it says what is there instead."


class MalformedMessage(ValueError):
    """These octets are not a DNS message. `offset` (int) is where it goes wrong, counted from 0.

    `fields` has what was read until then, from the first octet on.
    """

    def __init__(self, problem: str, offset: int):
        super().__init__(problem, offset)
        self.offset = offset
        self.fields: tuple[Field, ...] = ()

    def __str__(self) -> str:
        return "This DNS message goes wrong at offset {1}: {0}.".format(*self.args)


@dataclass(frozen=True)
class Bit:
    """One flag, or a few bits that make a number, inside a field of two octets."""

    name: str
    place: str  # "bit 0", counted from the left as RFC 1035 does
    pattern: str  # "1... .... .... ...."
    value: int
    meaning: str


@dataclass(frozen=True)
class Field:
    """A run of octets that means one thing: `message.wire[start:end]`."""

    name: str  # "answer 1 preference"
    start: int
    end: int
    bytes: bytes
    meaning: str  # "10"
    value: int | str
    bits: tuple[Bit, ...] = ()
    leads: tuple[tuple[int, int], ...] = ()  # of a pointer: start and end of the pieces of the name that it leads to


@dataclass(frozen=True)
class Question:
    """What is asked: a name, a type and a class (RFC 1035 section 4.1.2). Offset and length say where it stands."""

    name: str
    type: str
    class_: str
    offset: int
    length: int


@dataclass(frozen=True)
class ResourceRecord:
    """A resource record (RFC 1035 section 4.1.3).

    `name` and `data` are written as in a zone file, names with their final dot; `data` that this module does not take
    apart as RFC 3597 has it: `\\# 2 0a0b`. `ttl` is in seconds. `offset` and `length` say which octets of the message
    it takes. An OPT record has no class and no TTL: "" and 0.
    """

    name: str
    ttl: int
    class_: str
    type: str
    data: str
    offset: int
    length: int


@dataclass(frozen=True)
class Edns:
    """What an OPT record says (RFC 6891): it is no record of a zone, its class and TTL fields have other uses."""

    payload: int  # how many octets of UDP its sender can take
    version: int
    extended_rcode: int  # the upper eight bits of the response code
    dnssec_ok: bool
    options: tuple[tuple[int, bytes], ...]

    def __str__(self) -> str:
        options = "".join(f", option {code} {data.hex()}".rstrip() for code, data in self.options)
        wanted = ", DNSSEC records wanted (DO)" if self.dnssec_ok else ""
        return f"version {self.version}, takes {self.payload} octets over UDP{wanted}{options}"


@dataclass(frozen=True, eq=False, repr=False)
class Message:
    """A DNS message as a value. Two messages are equal when their octets are.

    `flags` holds the names of those that are set ("QR", "AA"), `rcode` the name of the outcome ("NXDOMAIN"), with the
    upper bits that EDNS adds. `fields` covers every octet exactly once, in order.
    """

    wire: bytes
    id: int
    flags: tuple[str, ...]
    opcode: str
    rcode: str
    questions: tuple[Question, ...]
    answers: tuple[ResourceRecord, ...]
    authority: tuple[ResourceRecord, ...]
    additional: tuple[ResourceRecord, ...]
    edns: Edns | None
    fields: tuple[Field, ...]

    @classmethod
    def from_wire(cls, wire: bytes) -> "Message":
        """Read one whole message, without the length that goes before it over TCP.

        Raises MalformedMessage, which says where: octets missing or left over, a name that breaks the rules.
        """
        reader = _Reader(bytes(wire))
        try:
            return reader.message()
        except MalformedMessage as error:
            error.fields = tuple(reader.fields)
            raise

    size = property(lambda self: len(self.wire), doc="Octets in the message.")

    def annotate(self) -> "Annotation":
        """The message as a table: offset, octets in hexadecimal, what they mean."""
        return Annotation(self.fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and self.wire == other.wire

    def __hash__(self) -> int:
        return hash(self.wire)

    def __repr__(self) -> str:
        lines = columns(self._summary())
        for title, _, rows in self._sections():
            lines += [title, *(f"  {line}" for line in columns(rows))] if rows else [f"{title}: empty"]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        parts = [table("DNS message", ("Part", "What it says"), self._summary())]
        for title, head, rows in self._sections():
            parts.append(table(title, head, rows, code=head) if rows else f"<p>{title}: empty</p>\n")
        return "".join(parts)

    def _summary(self) -> list[tuple[str, str]]:
        words = {name: meaning[1] for name, width, meaning in HEADER_BITS if width == 1}
        response = "QR" in self.flags
        outcome = ", ".join(filter(None, [self.rcode, OUTCOMES.get(self.rcode)]))
        return [
            ("Outcome", outcome if response else "none yet, this is a query"),
            ("Flags", ", ".join(f"{words[flag]} ({flag})" for flag in self.flags) or "none set"),
            ("Header", f"{self.opcode}, id {self.id} (0x{self.id:04x}), {_octets(self.size)}"),
        ]

    def _sections(self) -> Iterator[tuple[str, tuple[str, ...], list[tuple[str, ...]]]]:
        """Title, column headings and rows of each section."""
        yield "Question", ("Name", "Class", "Type"), [(q.name, q.class_, q.type) for q in self.questions]
        records = {"Answer": self.answers, "Authority": self.authority, "Additional": self.additional}
        for title, section in records.items():
            rows = [(r.name, str(r.ttl) if r.class_ else "-", r.class_ or "-", r.type, r.data) for r in section]
            yield title, ("Name", "TTL", "Class", "Type", "Data"), rows


@dataclass(frozen=True, repr=False)
class Annotation(Face):
    """The fields of a message, octet by octet, as a table of text and of HTML."""

    fields: tuple[Field, ...]

    _head, _code = ("Offset", "Octets", "Meaning"), ("Octets",)

    def _title(self) -> str:
        return "DNS message, octet by octet"

    def _rows(self) -> Iterator[tuple[str, str, str]]:
        for field in self.fields:
            meaning = f"{field.name}: {field.meaning}"
            for offset in range(field.start, field.end, 8):
                octets = field.bytes[offset - field.start :][:8].hex(" ")
                yield str(offset), octets, meaning if offset == field.start else ""
            for bit in field.bits:
                yield bit.place, bit.pattern, f"  {bit.name} {bit.value}: {bit.meaning}"

    def __repr__(self) -> str:
        return "\n".join(columns([self._head, *self._rows()]))


class _Reader:
    """Reads a message from left to right. `at` is the offset reached, `end` the one that it may not pass."""

    def __init__(self, wire: bytes):
        self.wire, self.at, self.end = wire, 0, len(wire)
        self.fields: list[Field] = []
        self.edns: Edns | None = None

    # A message, a question, a record

    def message(self) -> Message:
        identifier = self.number(2, "id", "0x{:04x}".format)
        bits = self.bits("flags", HEADER_BITS)
        sections = ("question", "answer", "authority", "additional")
        counts = {section: self.number(2, f"{section} count") for section in sections}
        questions, answers, authority, additional = (
            tuple(self.entry(section, f"{section} {n}") for n in range(1, count + 1))
            for section, count in counts.items()
        )
        if self.at < self.end:
            raise MalformedMessage(f"{_octets(self.end - self.at)} left over after the last record", self.at)
        upper = self.edns.extended_rcode if self.edns else 0
        return Message(
            wire=self.wire,
            id=identifier,
            flags=tuple(name for name, width, _ in HEADER_BITS if width == 1 and bits[name]),
            opcode=_named(OPCODES, bits["OPCODE"], "OPCODE"),
            rcode=_named(RCODES, upper << 4 | bits["RCODE"], "RCODE"),
            questions=questions,
            answers=Listed(answers, "answer records in this message", SHOW_ALL),
            authority=Listed(authority, "authority records in this message", SHOW_ALL),
            additional=Listed(additional, "additional records in this message", SHOW_ALL),
            edns=self.edns,
            fields=tuple(self.fields),
        )

    def entry(self, section: str, what: str) -> Question | ResourceRecord:
        offset = self.at
        name = self.name(f"{what} name")
        type_ = self.named(f"{what} type", TYPES, "TYPE")
        if section == "question":
            class_ = self.named(f"{what} class", CLASSES, "CLASS")
            return Question(name, type_, class_, offset, self.at - offset)
        if type_ == "OPT":
            if section != "additional" or self.edns or name != ".":
                problem = f"{what} is OPT, and only one may be, named ., in the additional section"
                raise MalformedMessage(problem, offset)
            class_, ttl, data = "", 0, self.opt(what)
        else:
            class_ = self.named(f"{what} class", CLASSES, "CLASS")
            ttl = self.number(4, f"{what} TTL", "{} seconds".format)
            ttl = ttl if ttl < 2**31 else 0  # RFC 2181 section 8
            data = " ".join(map(str, self.data(what, _layout(type_, class_))))
        return ResourceRecord(name, ttl, class_, type_, data, offset, self.at - offset)

    def data(self, what: str, layout: "Layout") -> list:
        """The length of a record's data, then the data, which must be exactly that long."""
        size = self.number(2, f"{what} data length")
        outer, self.end = self.end, self.at + size
        if self.end > outer:
            raise MalformedMessage(f"{what} data needs {_octets(size)}, with {outer - self.at} left", self.at)
        values = [read(self, f"{what} {name}") for name, read in layout]
        if self.at < self.end:
            raise MalformedMessage(f"{_octets(self.end - self.at)} left over in {what} data", self.at)
        self.end = outer
        return values

    def opt(self, what: str) -> str:
        """EDNS, from the class of the record onwards (RFC 6891 section 6.1.2)."""
        payload = self.number(2, f"{what} UDP payload size", _octets)
        upper = self.number(1, f"{what} extended RCODE")
        version = self.number(1, f"{what} EDNS version")
        bits = self.bits(f"{what} EDNS flags", EDNS_BITS)
        (options,) = self.data(what, (("option", _Reader.options),))
        self.edns = Edns(payload, version, upper, bool(bits["DO"]), options)
        return str(self.edns)

    # What records are made of: each method takes its octets, notes them under a name, and returns a value

    def take(self, size: int, what: str) -> bytes:
        octets = self.look(self.at, size, what)
        self.at += size
        return octets

    def look(self, at: int, size: int, what: str) -> bytes:
        # What a pointer leads to stands before this record's data, and so need not end where that ends.
        end = self.end if at >= self.at else len(self.wire)
        if at + size > end:
            raise MalformedMessage(f"{what} needs {_octets(size)}, with {max(end - at, 0)} left", at)
        return self.wire[at : at + size]

    def note(self, name: str, start: int, value: int | str, meaning: str, bits=(), leads=()) -> None:
        if start < self.at:
            self.fields.append(Field(name, start, self.at, self.wire[start : self.at], meaning, value, bits, leads))

    def number(self, size: int, what: str, meaning: Callable[[int], str] = str) -> int:
        start, value = self.at, int.from_bytes(self.take(size, what), "big")
        self.note(what, start, value, meaning(value))
        return value

    def named(self, what: str, names: dict[int, str], prefix: str) -> str:
        value = self.number(2, what, lambda code: f"{_named(names, code, prefix)} ({code})")
        return _named(names, value, prefix)

    def bits(self, what: str, layout: tuple) -> dict[str, int]:
        start, word = self.at, int.from_bytes(self.take(2, what), "big")
        bits, right = [], 16
        for name, width, meanings in layout:
            left, right = 16 - right, right - width
            value = word >> right & (1 << width) - 1
            pattern = "." * left + f"{value:0{width}b}" + "." * right
            pattern = " ".join(pattern[n : n + 4] for n in range(0, 16, 4))
            place = f"bit {left}" if width == 1 else f"bits {left}-{left + width - 1}"
            bits.append(Bit(name, place, pattern, value, _named(meanings, value, name)))
        self.note(what, start, word, f"0x{word:04x}", tuple(bits))
        return {bit.name: bit.value for bit in bits}

    def name(self, what: str) -> str:
        """A domain name as text. Its fields are the octets that stand here: what a pointer leads to was noted there."""
        pieces = list(self.pieces(what))
        labels = [found for _, _, found in pieces if isinstance(found, bytes) and found]
        text = "".join(f"{_label(label)}." for label in labels) or "."
        for n, (start, self.at, found) in enumerate(pieces, 1):
            if isinstance(found, int):
                leads = tuple(piece[:2] for piece in pieces[n:])
                self.note(what, start, found, f"pointer to offset {found}: {text}", leads=leads)
                break
            label = _label(found)
            meaning = f"label of {_octets(len(found))}, {label}" if found else f"end of name: {text}"
            self.note(what, start, label, meaning)
        return text

    def pieces(self, what: str) -> Iterator[tuple[int, int, bytes | int]]:
        """The name that begins here, as (start, end, label or offset pointed to) (RFC 1035 sections 3.1 and 4.1.4)."""
        at, earliest, size, pointers = self.at, self.at, 0, 0
        while True:
            first = self.look(at, 1, what)[0]
            if first >= 0xC0:
                target = int.from_bytes(self.look(at, 2, what), "big") & 0x3FFF
                # Only ever backwards: a reader that followed anything else could go round for ever.
                if not HEADER_SIZE <= target < earliest:
                    raise MalformedMessage(f"{what} points to offset {target}, where no earlier name can be", at)
                if (pointers := pointers + 1) > MOST_POINTERS:
                    raise MalformedMessage(f"{what} has more than {MOST_POINTERS} pointers", at)
                yield at, at + 2, target
                at = earliest = target
            elif first > LONGEST_LABEL:
                raise MalformedMessage(f"{what} has octet 0x{first:02x}, neither a length up to 63 nor a pointer", at)
            else:
                if (size := size + 1 + first) > LONGEST_NAME:
                    raise MalformedMessage(f"{what} is longer than {LONGEST_NAME} octets", self.at)
                yield at, at + 1 + first, self.look(at, 1 + first, what)[1:]
                at += 1 + first
                if not first:
                    return

    def address(self, size: int, what: str) -> str:
        start, address = self.at, ipaddress.ip_address(self.take(size, what))
        # Python 3.13 writes the mapped ones like this, 3.12 does not (RFC 5952 section 5 does).
        mapped = getattr(address, "ipv4_mapped", None)
        text = f"::ffff:{mapped}" if mapped else str(address)
        self.note(what, start, text, text)
        return text

    def strings(self, what: str) -> str:
        """One character-string or more, to the end of the data (RFC 1035 sections 3.3 and 3.3.14)."""
        texts = []
        while not texts or self.at < self.end:
            start, size = self.at, self.look(self.at, 1, what)[0]
            text = f'"{_text(self.take(1 + size, what)[1:])}"'
            self.note(what, start, text, f"string of {_octets(size)}, {text}")
            texts.append(text)
        return " ".join(texts)

    def opaque(self, what: str) -> str:
        """Data that is not taken apart, to the end (RFC 3597 section 5)."""
        start, octets = self.at, self.take(self.end - self.at, what)
        self.note(what, start, octets.hex(), f"{_octets(len(octets))}, not taken apart here")
        return f"\\# {len(octets)} {octets.hex()}".rstrip()

    def options(self, what: str) -> tuple[tuple[int, bytes], ...]:
        """EDNS options, to the end of the data (RFC 6891 section 6.1.2)."""
        options = []
        while self.at < self.end:
            code = self.number(2, f"{what} code")
            size = self.number(2, f"{what} length")
            start, octets = self.at, self.take(size, f"{what} data")
            self.note(f"{what} data", start, octets.hex(), octets.hex())
            options.append((code, octets))
        return tuple(options)

    u16, u32 = partialmethod(number, 2), partialmethod(number, 4)
    ipv4, ipv6 = partialmethod(address, 4), partialmethod(address, 16)


# What the data of each type is made of, in order (RFC 1035 section 3.3; AAAA: RFC 3596 section 2.2).
Layout = tuple[tuple[str, Callable[[_Reader, str], int | str | tuple]], ...]
LAYOUTS: dict[str, Layout] = {
    "A": (("address", _Reader.ipv4),),
    "AAAA": (("address", _Reader.ipv6),),
    "NS": (("name server", _Reader.name),),
    "CNAME": (("canonical name", _Reader.name),),
    "PTR": (("points to", _Reader.name),),
    "MX": (("preference", _Reader.u16), ("exchange", _Reader.name)),
    "TXT": (("text", _Reader.strings),),
    "SOA": (
        *(("primary server", _Reader.name), ("person responsible", _Reader.name)),
        *((name, _Reader.u32) for name in ("serial", "refresh", "retry", "expire", "minimum")),
    ),
}
OPAQUE: Layout = (("data", _Reader.opaque),)


def _layout(type_: str, class_: str) -> Layout:
    # Addresses belong to the Internet's class; a dynamic update names an RRset by class ANY and no data (RFC 2136).
    if class_ == "ANY" or (class_ != "IN" and type_ in ("A", "AAAA")):
        return OPAQUE
    return LAYOUTS.get(type_, OPAQUE)


def _named(names: dict[int, str], code: int, prefix: str) -> str:
    return names.get(code, f"{prefix}{code}")


def _octets(count: int) -> str:
    return f"{count} octet{'' if count == 1 else 's'}"


# How a zone file writes odd octets (RFC 1035 section 5.1): a backslash before what has a meaning there, and for what
# does not print a backslash and three decimal digits.
def _text(octets: bytes, special: str = '"\\', first: str = " ") -> str:
    shown = (f"\\{c}" if c in special else c if first <= c <= "~" else f"\\{ord(c):03d}" for c in map(chr, octets))
    return "".join(shown)


def _label(octets: bytes) -> str:
    return _text(octets, '"().;\\@$', "!")
