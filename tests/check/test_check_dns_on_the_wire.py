"""Notebook 06: answers in other styles, packets that others made, and what the run may hand to `happened`."""

import dns.message
import pytest

from helpers import check
from helpers.check.answers import dns_on_the_wire as answers
from helpers.check.judges import dns_on_the_wire as judges
from helpers.wire import Message

STYLES = {
    "encode_name": """
def encode_name(name):
    labels = name.split(".")
    if labels[-1] == "":
        labels.pop()
    if not labels or not all(0 < len(label) <= 63 for label in labels) and name != ".":
        raise ValueError(name)
    out = bytearray()
    for label in labels if name != "." else []:
        out.append(len(label))
        out.extend(label.encode())
    out.append(0)
    if len(out) > 255:
        raise ValueError(name)
    return bytes(out)
""",
    "read_name": """
def read_name(message, at, before=None):
    before = at if before is None else before
    if message[at] == 0:
        return ".", at + 1
    if 0x40 <= message[at] < 0xC0:
        raise ValueError("neither a length nor a pointer")
    if message[at] & 0xC0 == 0xC0:
        target = (message[at] & 0x3F) * 256 + message[at + 1]
        if target >= before:
            raise ValueError("a pointer that does not lead back")
        return read_name(message, target, target)[0], at + 2
    rest, after = read_name(message, at + message[at] + 1, before)
    label = message[at + 1 : at + 1 + message[at]].decode("latin-1")
    return label + "." + (rest if rest != "." else ""), after
""",
    "read_record": """
from helpers.check.answers.dns_on_the_wire import read_name
import socket
import struct
def read_record(message, at):
    owner, at = read_name(message, at)
    rdtype, rdclass, ttl, length = struct.unpack_from("!HHIH", message, at)
    start, after = at + 10, at + 10 + length
    match rdtype:
        case 1:
            data = ".".join(map(str, message[start:after]))
        case 2 | 5 | 12:
            data, _ = read_name(message, start)
        case 15:
            data = int.from_bytes(message[start : start + 2], "big"), read_name(message, start + 2)[0]
        case 28:
            data = socket.inet_ntop(socket.AF_INET6, message[start:after])
        case _:
            data = message[start:after]
    return (owner, rdtype, ttl, data), after
""",
    "decode_reply": """
from helpers.check.answers.dns_on_the_wire import read_name, read_record
def decode_reply(message):
    numbers = [int.from_bytes(message[i : i + 2], "big") for i in range(0, 12, 2)]
    bits = f"{numbers[1]:016b}"
    at = 12
    for _ in range(numbers[2]):
        _, at = read_name(message, at)
        at += 4
    records = []
    while len(records) < numbers[3]:
        record, at = read_record(message, at)
        records += [record]
    return {"answers": records, "truncated": bits[6] == "1", "rcode": int(bits[12:], 2), "id": numbers[0]}
""",
    "is_answer": """
import struct
def is_answer(query, message, asked, sender):
    try:
        mine, his = struct.unpack("!6H", query[:12]), struct.unpack("!6H", message[:12])
    except struct.error:
        return False
    if sender != asked or mine[0] != his[0] or not his[1] >> 15 or his[2] != 1:
        return False
    return message[12:].startswith(query[12:])
""",
}


@pytest.mark.parametrize("name", STYLES)
def test_a_right_answer_in_another_style(name, cells):
    result = getattr(check, name)(cells.run(STYLES[name], name))
    assert result.passed, result


@pytest.mark.parametrize(
    "answer",
    [
        {"QR": True, "AA": True, "TC": False, "RD": True, "RA": True, "RCODE": "NXDOMAIN"},
        {"QR": "1", "AA": "1", "TC": "0", "RD": "1", "RA": "1", "RCODE": "0x3"},
    ],
)
def test_flags_in_other_words(answer):
    assert check.read_flags(answer).passed


@pytest.mark.parametrize("answer", ["20", "0x14", 20])
def test_the_offset_in_other_words(answer):
    assert check.find_byte(answer).passed


@pytest.mark.parametrize("packet", [message for message, _ in judges.REPLIES])
def test_the_reference_reads_what_dnspython_and_the_lab_read(packet):
    read = answers.decode_reply(packet)
    theirs, ours = dns.message.from_wire(packet), Message.from_wire(packet)
    assert read["id"] == theirs.id == ours.id
    assert read["rcode"] == theirs.rcode()
    assert read["truncated"] == ("TC" in ours.flags)
    assert [(owner, ttl) for owner, _, ttl, _ in read["answers"]] == [(r.name, r.ttl) for r in ours.answers]


@pytest.mark.parametrize(
    ("name", "value", "letter"),
    [
        ("name_travels", b"\x0coutlook.test\x00", "a"),
        ("name_travels", b"\x12\x34", "b"),
        ("network_order", b"\x0f\x00", "b"),
        ("network_order", b"15", "a"),
        ("name_again", 14, "a"),
        ("name_again", 0, "c"),
        ("what_fits", 12, "a"),
        ("what_fits", 5, "b"),
        ("first_piece", b"x" * 1000, "a"),
        ("first_piece", b"", "c"),
        ("who_is_believed", "203.0.113.25", "a"),
        ("who_is_believed", "", "c"),
    ],
)
def test_what_happened_is_the_option_that_the_value_means(name, value, letter):
    assert f"What happened: {letter})" in repr(check.happened(name, value))
