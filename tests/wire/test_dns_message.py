import ipaddress
import pickle

import dns.edns
import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.TXT
import dns.rrset
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from helpers.wire import Edns, Field, MalformedMessage, Message, Question, ResourceRecord
from helpers.wire.dns_message import CLASSES, OPCODES, RCODES, TYPES

from .pages import Page

# A query for the MX of outlook.test, and the first octets of a message with one question and one answer, by hand.
QUERY = bytes.fromhex("1a2b 0100 0001 0000 0000 0000 07 6f75746c6f6f6b 04 74657374 00 000f 0001")
ONE_ANSWER = bytes.fromhex("1a2b 8180 0001 0001 0000 0000 07 6f75746c6f6f6b 04 74657374 00 0001 0001")
ANSWER_AT = len(ONE_ANSWER)


def response(*records: str, question="outlook.test. MX", **sections) -> dns.message.Message:
    """dnspython's response to a question, with records as a zone file writes them."""
    query = dns.message.make_query(*question.split(), id=0x1A2B)
    message = dns.message.make_response(query, recursion_available=True)
    message.answer = [dns.rrset.from_text(*record.split(None, 4)) for record in records]
    for name, texts in sections.items():
        setattr(message, name, [dns.rrset.from_text(*text.split(None, 4)) for text in texts])
    return message


def answer(type_: int, data: bytes, class_: int = 1, ttl: int = 60) -> bytes:
    """A message whose only answer has these octets as its data."""
    head = b"\xc0\x0c" + type_.to_bytes(2, "big") + class_.to_bytes(2, "big") + ttl.to_bytes(4, "big")
    return ONE_ANSWER + head + len(data).to_bytes(2, "big") + data


def only(wire: bytes) -> ResourceRecord:
    (record,) = Message.from_wire(wire).answers
    return record


def sentence(wire: bytes) -> str:
    with pytest.raises(MalformedMessage) as raised:
        Message.from_wire(wire)
    assert f"at offset {raised.value.offset}:" in str(raised.value)
    return str(raised.value).removeprefix("This DNS message goes wrong ").removesuffix(".")


def assert_covers(message: Message) -> None:
    """Every octet is in exactly one field, in order."""
    at = 0
    for field in message.fields:
        assert field.start == at < field.end
        assert field.bytes == message.wire[field.start : field.end]
        at = field.end
    assert at == message.size == len(message.wire)


# A message by hand


def test_a_query():
    message = Message.from_wire(QUERY)
    assert (message.id, message.flags, message.opcode, message.rcode) == (0x1A2B, ("RD",), "QUERY", "NOERROR")
    assert message.questions == (Question("outlook.test.", "MX", "IN", 12, 18),)
    assert message.answers == message.authority == message.additional == ()
    assert message.edns is None
    assert (message.size, message.wire) == (30, QUERY)
    assert_covers(message)
    assert message.fields[-5:] == (
        Field("question 1 name", 12, 20, b"\x07outlook", "label of 7 octets, outlook", "outlook"),
        Field("question 1 name", 20, 25, b"\x04test", "label of 4 octets, test", "test"),
        Field("question 1 name", 25, 26, b"\x00", "end of name: outlook.test.", ""),
        Field("question 1 type", 26, 28, b"\x00\x0f", "MX (15)", 15),
        Field("question 1 class", 28, 30, b"\x00\x01", "IN (1)", 1),
    )


def test_the_text_of_a_query():
    assert repr(Message.from_wire(QUERY)) == (
        "Outcome  none yet, this is a query\n"
        "Flags    recursion desired (RD)\n"
        "Header   QUERY, id 6699 (0x1a2b), 30 octets\n"
        "Question\n"
        "  outlook.test.  IN  MX\n"
        "Answer: empty\n"
        "Authority: empty\n"
        "Additional: empty"
    )


def test_the_text_of_a_response():
    message = response(
        "outlook.test. 300 IN MX 10 mx1.outlook.test.",
        "outlook.test. 300 IN MX 20 mx2.outlook.test.",
        additional=["mx1.outlook.test. 3600 IN A 203.0.113.25"],
    )
    message.flags |= dns.flags.AA
    message.use_edns(0, ednsflags=dns.flags.DO, payload=1232, options=[dns.edns.GenericOption(10, b"\x0a\x0b")])
    assert repr(Message.from_wire(message.to_wire())) == (
        "Outcome  NOERROR, no error\n"
        "Flags    response (QR), authoritative answer (AA), recursion desired (RD), recursion available (RA)\n"
        "Header   QUERY, id 6699 (0x1a2b), 103 octets\n"
        "Question\n"
        "  outlook.test.  IN  MX\n"
        "Answer\n"
        "  outlook.test.  300  IN  MX  10 mx1.outlook.test.\n"
        "  outlook.test.  300  IN  MX  20 mx2.outlook.test.\n"
        "Authority: empty\n"
        "Additional\n"
        "  mx1.outlook.test.  3600  IN  A    203.0.113.25\n"
        "  .                  -     -   OPT  version 0, takes 1232 octets over UDP, DNSSEC records wanted (DO), "
        "option 10 0a0b"
    )


def test_octet_by_octet():
    table = repr(Message.from_wire(answer(16, b"\x0cv=spf1 mx -a")).annotate())
    assert table.splitlines()[:2] == [
        "Offset      Octets                   Meaning",
        "0           1a 2b                    id: 0x1a2b",
    ]
    assert table.splitlines()[2:13] == [
        "2           81 80                    flags: 0x8180",
        "bit 0       1... .... .... ....        QR 1: response",
        "bits 1-4    .000 0... .... ....        OPCODE 0: QUERY",
        "bit 5       .... .0.. .... ....        AA 0: not an authoritative answer",
        "bit 6       .... ..0. .... ....        TC 0: not truncated",
        "bit 7       .... ...1 .... ....        RD 1: recursion desired",
        "bit 8       .... .... 1... ....        RA 1: recursion available",
        "bit 9       .... .... .0.. ....        Z 0: reserved, zero",
        "bit 10      .... .... ..0. ....        AD 0: not marked as authentic data",
        "bit 11      .... .... ...0 ....        CD 0: checking not disabled",
        "bits 12-15  .... .... .... 0000        RCODE 0: NOERROR",
    ]
    assert table.splitlines()[-7:] == [
        "30          c0 0c                    answer 1 name: pointer to offset 12: outlook.test.",
        "32          00 10                    answer 1 type: TXT (16)",
        "34          00 01                    answer 1 class: IN (1)",
        "36          00 00 00 3c              answer 1 TTL: 60 seconds",
        "40          00 0d                    answer 1 data length: 13",
        '42          0c 76 3d 73 70 66 31 20  answer 1 text: string of 12 octets, "v=spf1 mx -a"',
        "50          6d 78 20 2d 61",
    ]


def test_messages_are_equal_when_their_octets_are():
    again = Message.from_wire(bytearray(QUERY))
    assert again == Message.from_wire(memoryview(QUERY)) and hash(again) == hash(Message.from_wire(QUERY))
    assert again != Message.from_wire(b"\0" + QUERY[1:])
    assert again != QUERY
    assert pickle.loads(pickle.dumps(again)).fields == again.fields


# The header


@pytest.mark.parametrize("bit", ["QR", "AA", "TC", "RD", "RA", "AD", "CD"])
def test_each_flag(bit):
    message = Message.from_wire(b"\0\0" + dns.flags.from_text(bit).to_bytes(2, "big") + b"\0" * 8)
    assert message.flags == (bit,)
    assert [part.name for part in message.fields[1].bits if part.value] == [bit]
    assert f"({bit})" in repr(message)


def test_the_reserved_bit_is_shown_though_it_should_be_zero():
    message = Message.from_wire(bytes.fromhex("0000 0040 0000 0000 0000 0000"))
    assert message.flags == ("Z",)
    assert "Z 1: reserved, not zero as it should be" in repr(message.annotate())


def test_a_message_without_flags_says_so():
    assert "Flags    none set" in repr(Message.from_wire(bytes(12)))


@pytest.mark.parametrize("code", range(16))
def test_every_opcode_and_rcode_has_a_name(code):
    message = Message.from_wire(b"\0\0" + (0x8000 | code << 11 | code).to_bytes(2, "big") + b"\0" * 8)
    known = {"QUERY", "IQUERY", "STATUS", "NOTIFY", "UPDATE"}
    expected = dns.opcode.to_text(dns.opcode.Opcode(code)) if code < 7 and code != 6 and code != 3 else f"OPCODE{code}"
    assert message.opcode == expected and (expected in known or code not in (0, 1, 2, 4, 5))
    assert message.rcode == (dns.rcode.to_text(code) if code < 11 else f"RCODE{code}")
    assert f"Outcome  {message.rcode}" in repr(message)
    assert [(b.pattern, b.value) for b in message.fields[1].bits if b.name == "RCODE"] == [
        (f".... .... .... {code:04b}", code)
    ]


def test_codes_have_their_registered_names():
    types = "A NS CNAME SOA PTR MX TXT AAAA OPT SRV DS RRSIG NSEC DNSKEY NSEC3 TLSA SVCB HTTPS IXFR AXFR ANY CAA"
    assert {dns.rdatatype.from_text(name): name for name in types.split()} == TYPES
    assert {dns.rdataclass.from_text(name): name for name in ("IN", "CH", "HS", "NONE", "ANY")} == CLASSES
    assert {dns.opcode.from_text(name): name for name in ("QUERY", "IQUERY", "STATUS", "NOTIFY", "UPDATE")} == OPCODES
    rcodes = {code: dns.rcode.to_text(dns.rcode.Rcode(code)) for code in [*range(11), 16, 23]}
    assert rcodes == RCODES


def test_outcomes_are_said_in_words():
    message = response()
    message.set_rcode(dns.rcode.NXDOMAIN)
    assert repr(Message.from_wire(message.to_wire())).startswith("Outcome  NXDOMAIN, the name does not exist\n")


def test_edns_adds_upper_bits_to_the_outcome():
    message = response()
    message.use_edns(0, payload=512)
    message.set_rcode(dns.rcode.BADVERS)
    read = Message.from_wire(message.to_wire())
    assert read.rcode == "BADVERS"
    assert read.edns == Edns(payload=512, version=0, extended_rcode=1, dnssec_ok=False, options=())
    message.set_rcode(dns.rcode.BADCOOKIE)
    assert Message.from_wire(message.to_wire()).rcode == "BADCOOKIE"
    message.set_rcode(dns.rcode.Rcode(3841))
    assert Message.from_wire(message.to_wire()).rcode == "RCODE3841"


# Records


@pytest.mark.parametrize(
    "text",
    [
        "A 203.0.113.25",
        "AAAA 2001:db8::25",
        "AAAA ::",
        "NS ns1.outlook.test.",
        "CNAME .",
        "PTR mx1.outlook.test.",
        "MX 0 .",
        "MX 65535 mx.elsewhere.test.",
        r"SOA ns1.outlook.test. host\.master.outlook.test. 4294967295 2 3 4 5",
        'TXT "v=spf1 mx -all"',
        'TXT "" "two"',
        r'TXT "a \"quote\", a \\ backslash; \000\009\127\255 (odd)"',
    ],
)
def test_data_is_written_as_in_a_zone_file(text):
    type_, data = text.split(None, 1)
    wire = response(f"outlook.test. 60 IN {text}").to_wire()
    record = only(wire)
    assert (record.name, record.ttl, record.class_, record.type) == ("outlook.test.", 60, "IN", type_)
    assert record.data == data
    assert (record.offset, record.offset + record.length) == (30, len(wire))
    assert_covers(Message.from_wire(wire))


def test_a_mapped_address_is_written_alike_by_every_python():
    assert only(response("outlook.test. 60 IN AAAA ::ffff:192.0.2.1").to_wire()).data == "::ffff:192.0.2.1"


def test_octets_in_a_name_are_escaped_as_in_a_zone_file():
    labels = [b"a.b", b"sp ace!~", b'"();\\@$', b"\x00\xff\x7f", "é".encode(), b"<script>", b"UPPER"]
    wire = ONE_ANSWER[:6] + b"\0" * 6 + b"".join(bytes([len(label)]) + label for label in labels) + b"\0\0\1\0\1"
    name = Message.from_wire(wire).questions[0].name
    assert name == r"a\.b.sp\032ace!~.\"\(\)\;\\\@\$.\000\255\127.\195\169.<script>.UPPER."
    assert dns.name.from_text(name).labels == (*labels, b"")


def test_what_is_not_taken_apart_is_written_as_rfc_3597_has_it():
    assert only(answer(65280, b"\x0a\xbc")).data == r"\# 2 0abc"
    assert only(answer(65280, b"\x0a\xbc")).type == "TYPE65280"
    assert only(answer(33, b"\0\1\0\2\0\3\0")).data == r"\# 7 00010002000300"
    assert only(answer(33, b"")).data == r"\# 0"
    assert only(answer(33, b"")).type == "SRV"
    assert only(answer(1, b"\0\0\1", class_=3)).data == r"\# 3 000001"
    assert only(answer(28, b"", class_=4660)).class_ == "CLASS4660"
    assert only(answer(16, b"", class_=255)).data == r"\# 0"  # RFC 2136 section 2.5.2 deletes an RRset so


def test_types_that_every_class_has_are_taken_apart_in_every_class():
    chaos = only(answer(16, b"\x0bunbound 1.9", class_=3))  # what `dig CH TXT version.bind` brings
    assert (chaos.class_, chaos.type, chaos.data) == ("CH", "TXT", '"unbound 1.9"')
    assert only(answer(2, b"\xc0\x0c", class_=254)).data == "outlook.test."


def test_a_ttl_with_its_first_bit_set_counts_as_zero():
    assert only(answer(1, bytes(4), ttl=2**31 - 1)).ttl == 2**31 - 1
    assert only(answer(1, bytes(4), ttl=2**31)).ttl == 0


def test_an_opt_record_has_neither_class_nor_ttl():
    message = response()
    message.use_edns(0, ednsflags=dns.flags.DO, payload=1232, options=[dns.edns.GenericOption(3, b"")])
    read = Message.from_wire(message.to_wire())
    assert read.edns == Edns(1232, 0, 0, True, ((3, b""),))
    (record,) = read.additional
    assert (record.name, record.ttl, record.class_, record.type) == (".", 0, "", "OPT")
    assert record.data == "version 0, takes 1232 octets over UDP, DNSSEC records wanted (DO), option 3"
    assert "bit 0       1... .... .... ....        DO 1: DNSSEC records wanted" in repr(read.annotate())
    assert_covers(read)


# Names through pointers


def test_a_pointer_into_the_middle_of_a_name_and_a_pointer_to_a_pointer():
    # at 42 "mx1" and a pointer to offset 20, "test."; then a second record whose name points to 42
    first = b"\xc0\x0c\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x06\x03mx1\xc0\x14"
    second = b"\xc0\x2a\x00\x05\x00\x01\x00\x00\x00\x3c\x00\x02\xc0\x1e"
    message = Message.from_wire(ONE_ANSWER[:7] + b"\x02" + ONE_ANSWER[8:] + first + second)
    assert [(record.name, record.data) for record in message.answers] == [
        ("outlook.test.", "mx1.test."),
        ("mx1.test.", "outlook.test."),
    ]
    meanings = [field.meaning for field in message.fields if field.name == "answer 1 canonical name"]
    assert meanings == ["label of 3 octets, mx1", "pointer to offset 20: mx1.test."]
    assert [field.value for field in message.fields if field.name == "answer 2 canonical name"] == [30]
    assert_covers(message)


@pytest.mark.parametrize(
    ("target", "kind"),
    [(30, "itself"), (31, "its own second octet"), (32, "what follows"), (0, "the header"), (500, "outside")],
)
def test_a_pointer_leads_back_to_a_name(target, kind):
    wire = answer(1, bytes(4))
    wire = wire[:ANSWER_AT] + (0xC000 | target).to_bytes(2, "big") + wire[ANSWER_AT + 2 :]
    assert sentence(wire) == (f"at offset 30: answer 1 name points to offset {target}, where no earlier name can be")


def test_two_pointers_that_lead_to_each_other():
    assert sentence(answer(5, b"\x01a\xc0\x2a")).startswith("at offset 44: answer 1 canonical name points to offset 42")
    # The name at 42 leads back to 40, into its own record's length octets, 00 05: the empty name there.
    assert only(answer(5, b"\x01a\xc0\x28\x00"[:4])).data == "a."


def test_a_chain_of_pointers_ends():
    # The first record's data, from 42: pointers to 12, 42, 44 ... From 42 + 2 * n it takes n + 1 to reach a name.
    chain = b"\xc0\x0c" + b"".join((0xC000 | 42 + 2 * n).to_bytes(2, "big") for n in range(200))
    wire = answer(65280, chain)
    wire = wire[:7] + b"\2" + wire[8:]
    rest = b"\0\5\0\1\0\0\0\0\0\2\xc0\x0c"
    most = wire + (0xC000 | 42 + 2 * 125).to_bytes(2, "big") + rest  # 127, with the record's own
    assert Message.from_wire(most).answers[1].name == "outlook.test."
    too_many = wire + (0xC000 | 42 + 2 * 126).to_bytes(2, "big") + rest
    assert sentence(too_many).endswith("answer 2 name has more than 127 pointers")


def test_a_name_may_have_255_octets_and_no_more():
    def question(*sizes):
        name = b"".join(bytes([size]) + b"x" * size for size in sizes) + b"\0"
        return ONE_ANSWER[:6] + b"\0" * 6 + name + b"\0\1\0\1"

    assert len(Message.from_wire(question(63, 63, 63, 61)).questions[0].name) == 254
    assert sentence(question(63, 63, 63, 62)) == "at offset 12: question 1 name is longer than 255 octets"
    assert sentence(question(63, 64)) == (
        "at offset 76: question 1 name has octet 0x40, neither a length up to 63 nor a pointer"
    )
    assert "octet 0xbf" in sentence(question(0xBF))


def test_a_name_that_pointers_make_too_long():
    name = b"".join(b"\x3f" + b"x" * 63 for _ in range(3)) + b"\xc0\x0c"
    assert sentence(answer(5, b"\x31" + b"y" * 49 + name)).endswith("answer 1 canonical name is longer than 255 octets")


# What is no message


@pytest.mark.parametrize(
    ("wire", "expected"),
    [
        (b"", "at offset 0: id needs 2 octets, with 0 left"),
        (QUERY[:11], "at offset 10: additional count needs 2 octets, with 1 left"),
        (QUERY[:12], "at offset 12: question 1 name needs 1 octet, with 0 left"),
        (QUERY[:15], "at offset 12: question 1 name needs 8 octets, with 3 left"),
        (QUERY[:29], "at offset 28: question 1 class needs 2 octets, with 1 left"),
        (QUERY + b"!?", "at offset 30: 2 octets left over after the last record"),
        (answer(1, bytes(4))[:-1], "at offset 42: answer 1 data needs 4 octets, with 3 left"),
        (answer(1, bytes(3)), "at offset 42: answer 1 address needs 4 octets, with 3 left"),
        (answer(1, bytes(5)), "at offset 46: 1 octet left over in answer 1 data"),
        (answer(28, bytes(15)), "at offset 42: answer 1 address needs 16 octets, with 15 left"),
        (answer(15, b"\0"), "at offset 42: answer 1 preference needs 2 octets, with 1 left"),
        (answer(15, b"\0\1\xc0"), "at offset 44: answer 1 exchange needs 2 octets, with 1 left"),
        (answer(6, b"\0\0" + bytes(19)), "at offset 60: answer 1 minimum needs 4 octets, with 3 left"),
        (answer(16, b""), "at offset 42: answer 1 text needs 1 octet, with 0 left"),
        (answer(16, b"\x02x"), "at offset 42: answer 1 text needs 3 octets, with 2 left"),
        (answer(41, b""), "at offset 30: answer 1 is OPT, and only one may be, named ., in the additional section"),
    ],
)
def test_a_malformed_message_says_what_and_where(wire, expected):
    assert sentence(wire) == expected


def test_one_opt_record_with_the_root_name():
    opt = b"\0\0\x29\x04\xd0\0\0\0\0\0\0"
    head = b"\x1a\x2b\x81\x80" + bytes(7)
    assert Message.from_wire(head + b"\1" + opt).edns.payload == 1232
    assert sentence(head + b"\2" + opt + opt).startswith("at offset 23: additional 2 is OPT, and only one may be")
    assert sentence(head + b"\1\1x" + opt).startswith("at offset 12: additional 1 is OPT")
    assert (
        sentence(head + b"\1" + opt[:-1] + b"\3\0\1\0")
        == "at offset 25: additional 1 option length needs 2 octets, with 1 left"
    )
    assert sentence(head + b"\1" + opt[:-1] + b"\5\0\1\0\2x").startswith(
        "at offset 27: additional 1 option data needs 2"
    )


def test_every_prefix_of_a_message_is_malformed():
    message = response("outlook.test. 60 IN MX 10 mx1.outlook.test.", 'outlook.test. 60 IN TXT "x"')
    message.use_edns(0)
    wire = message.to_wire()
    for size in range(len(wire)):
        sentence(wire[:size])


def test_an_error_survives_a_pipe_between_processes():
    error = MalformedMessage("nothing there", 7)
    again = pickle.loads(pickle.dumps(error))
    assert (
        (str(again), again.offset) == (str(error), 7) == ("This DNS message goes wrong at offset 7: nothing there.", 7)
    )


# HTML


def test_the_html_face_says_what_the_text_says_and_trusts_nobody():
    message = response(
        'outlook.test. 60 IN TXT "<script>alert(1)</script> & co"',
        question="<script>.test. TXT",
        additional=["a.test. 60 IN A 192.0.2.1"],
    )
    message.use_edns(0, payload=1232)
    read = Message.from_wire(message.to_wire())
    html = read._repr_html_()
    page = Page(html)
    assert page.captions == ["DNS message", "Question", "Answer", "Additional"]
    assert "<p>Authority: empty</p>" in html
    assert ["<script>.test.", "IN", "TXT"] in page.rows
    assert ["outlook.test.", "60", "IN", "TXT", '"<script>alert(1)</script> & co"'] in page.rows
    assert [".", "-", "-", "OPT", "version 0, takes 1232 octets over UDP"] in page.rows
    cells = {" ".join(row) for row in page.rows}
    text = [" ".join(line.split()) for line in repr(read).splitlines() if line[:1] == " " or "  " in line]
    assert set(text) <= cells
    page.assert_headings()
    assert "script" not in page.tags and "color" not in html


def test_the_html_of_the_octets():
    read = Message.from_wire(answer(16, b"\x0a<b>&amp;" + b"\xff" * 2))
    page = Page(read.annotate()._repr_html_())
    assert page.rows[0] == ["Offset", "Octets", "Meaning"]
    assert ["2", "81 80", "flags: 0x8180"] in page.rows
    assert ["bit 7", ".... ...1 .... ....", "  RD 1: recursion desired"] in page.rows
    assert page.rows[-2:] == [
        ["42", "0a 3c 62 3e 26 61 6d 70", r'answer 1 text: string of 10 octets, "<b>&amp;\255\255"'],
        ["50", "3b ff ff", ""],
    ]
    page.assert_headings()
    assert "b" not in page.tags


# Beside dnspython: whatever it writes, both read the same


def assert_agrees(ours: Message, theirs: dns.message.Message) -> None:
    assert ours.id == theirs.id
    known = dns.flags.QR | dns.flags.AA | dns.flags.TC | dns.flags.RD | dns.flags.RA | dns.flags.AD | dns.flags.CD
    assert [flag for flag in ours.flags if flag != "Z"] == dns.flags.to_text(theirs.flags & known).split()
    if not ours.opcode.startswith("OPCODE"):
        assert ours.opcode == dns.opcode.to_text(theirs.opcode())
    if not ours.rcode.startswith("RCODE"):
        assert ours.rcode == dns.rcode.to_text(theirs.rcode())
    assert [(q.name, number(q.type, "TYPE"), number(q.class_, "CLASS")) for q in ours.questions] == [
        (rrset.name.to_text(), rrset.rdtype, rrset.rdclass) for rrset in theirs.question
    ]
    sections = [(ours.answers, theirs.answer), (ours.authority, theirs.authority)]
    sections.append(([r for r in ours.additional if r.type not in ("OPT", "TYPE250")], theirs.additional))
    for records, rrsets in sections:
        expected = [(rrset.name.to_text(), rrset.ttl, rrset.rdtype, rrset.rdclass, rrset[0]) for rrset in rrsets]
        assert len(records) == len(expected)
        for record, (name, ttl, rdtype, rdclass, rdata) in zip(records, expected, strict=True):
            assert (record.name, record.ttl) == (name, ttl)
            assert (number(record.type, "TYPE"), number(record.class_, "CLASS")) == (rdtype, rdclass)
            if record.type == "AAAA" and record.class_ == "IN":  # dnspython writes some of them in another way
                assert ipaddress.IPv6Address(record.data) == ipaddress.IPv6Address(rdata.address)
            elif record.data.startswith("\\#") and record.type in TAKEN_APART:  # in a class where it is not
                assert record.class_ != "IN"
            elif record.data.startswith("\\#"):
                octets = bytes.fromhex(record.data.split(None, 2)[2] if len(record.data) > 4 else "")
                assert octets == rdata.to_wire()
            else:
                assert record.data == rdata.to_text()
    assert (ours.edns is None) == (theirs.edns < 0)
    if ours.edns:
        assert (ours.edns.version, ours.edns.payload) == (theirs.edns, theirs.payload)
        assert ours.edns.dnssec_ok == bool(theirs.ednsflags & dns.flags.DO)
        assert [code for code, _ in ours.edns.options] == [option.otype for option in theirs.options]


TAKEN_APART = ("A", "AAAA", "NS", "CNAME", "PTR", "MX", "SOA", "TXT")


def number(name: str, prefix: str) -> int:
    module = dns.rdatatype if prefix == "TYPE" else dns.rdataclass
    return module.from_text(name)


LABELS = st.one_of(
    st.sampled_from([b"mx1", b"outlook", b"test", b"_dmarc"]), st.binary(min_size=1, max_size=12), st.just(b"x" * 63)
)
NAMES = st.lists(LABELS, max_size=3).map(lambda labels: dns.name.Name([*labels, b""]))
U16, U32 = st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1)


def rdata(rdtype: str, *fields) -> dns.rdata.Rdata:
    class_ = dns.rdata.get_rdata_class(dns.rdataclass.IN, dns.rdatatype.from_text(rdtype))
    return class_(dns.rdataclass.IN, dns.rdatatype.from_text(rdtype), *fields)


RDATA = st.one_of(
    st.builds(lambda address: rdata("A", str(address)), st.ip_addresses(v=4)),
    st.builds(lambda address: rdata("AAAA", str(address)), st.ip_addresses(v=6)),
    st.builds(rdata, st.sampled_from(["NS", "CNAME", "PTR"]), NAMES),
    st.builds(rdata, st.just("MX"), U16, NAMES),
    st.builds(rdata, st.just("SOA"), NAMES, NAMES, U32, U32, U32, U32, U32),
    st.builds(rdata, st.just("TXT"), st.lists(st.binary(max_size=40), min_size=1, max_size=4)),
    st.builds(rdata, st.just("TXT"), st.just([b"y" * 255])),
    st.builds(rdata, st.just("SRV"), U16, U16, U16, NAMES),
    st.builds(
        lambda number, data: dns.rdata.GenericRdata(dns.rdataclass.IN, number, data),
        st.integers(1000, 2000),
        st.binary(max_size=30),
    ),
)
RECORDS = st.lists(st.tuples(NAMES, st.integers(0, 2**31 - 1), RDATA), max_size=4)


@st.composite
def messages(draw) -> dns.message.Message:
    opcode = draw(st.sampled_from([dns.opcode.QUERY, dns.opcode.NOTIFY, dns.opcode.STATUS]))
    message = dns.message.Message(id=draw(U16))
    message.flags = draw(U16) & 0x87B0  # every flag but the reserved one; opcode and rcode are set below
    message.set_opcode(opcode)
    if draw(st.booleans()):
        options = draw(
            st.lists(st.builds(dns.edns.GenericOption, st.integers(100, 999), st.binary(max_size=9)), max_size=3)
        )
        message.use_edns(0, draw(st.sampled_from([0, dns.flags.DO])), draw(st.integers(512, 65535)), options=options)
        message.set_rcode(draw(st.sampled_from([0, 3, 16, 23])))
    else:
        message.set_rcode(draw(st.sampled_from([0, 1, 2, 3, 4, 5])))
    for name in draw(st.lists(NAMES, max_size=2)):
        rdtype = draw(st.sampled_from([dns.rdatatype.MX, dns.rdatatype.ANY, dns.rdatatype.AXFR, 4711]))
        message.question.append(dns.rrset.RRset(name, dns.rdataclass.IN, rdtype))
    for section in (message.answer, message.authority, message.additional):
        for name, ttl, data in draw(RECORDS):
            section.append(dns.rrset.from_rdata(name, ttl, data))
    return message


@given(messages())
@settings(deadline=None, max_examples=100)
def test_whatever_dnspython_writes_is_read_alike(message):
    wire = message.to_wire(max_size=65535, want_shuffle=False)
    read = Message.from_wire(wire)
    assert_covers(read)
    assert_agrees(read, dns.message.from_wire(wire, one_rr_per_rrset=True))
    assert repr(read).isascii() and len(repr(read.annotate()).splitlines()) >= len(read.fields)
    Page(read._repr_html_())


@given(messages(), st.data())
@settings(deadline=None, max_examples=100)
def test_a_damaged_message_is_refused_or_read_alike(message, data):
    wire = bytearray(message.to_wire(max_size=65535, want_shuffle=False))
    for _ in range(data.draw(st.integers(1, 4))):
        wire[data.draw(st.integers(0, len(wire) - 1))] = data.draw(st.sampled_from([0, 1, 0x3F, 0x40, 0xC0, 0xFF]))
    try:
        read = Message.from_wire(wire)
    except MalformedMessage as error:
        assert 0 <= error.offset <= len(wire) + 64
        return
    assert_covers(read)
    assert repr(read).isascii() and repr(read.annotate()).isascii()
    assume(read.opcode != "UPDATE")
    try:
        theirs = dns.message.from_wire(bytes(wire), one_rr_per_rrset=True)
    except Exception:  # dnspython takes more types apart, and so finds more to object to
        return
    assert_agrees(read, theirs)


@given(st.binary(max_size=120))
@settings(deadline=None, max_examples=200)
def test_random_octets_raise_nothing_else(octets):
    try:
        assert_covers(Message.from_wire(octets))
    except MalformedMessage as error:
        assert str(error).isprintable()


# Random octets rarely get past the counts: here the header is right and what follows is not.
@given(st.binary(max_size=100), st.lists(st.integers(0, 2), min_size=4, max_size=4))
@settings(deadline=None, max_examples=200)
def test_random_octets_after_a_header_raise_nothing_else(octets, counts):
    try:
        assert_covers(Message.from_wire(b"\0\0\x81\0" + b"".join(n.to_bytes(2, "big") for n in counts) + octets))
    except MalformedMessage as error:
        assert str(error).isprintable()
