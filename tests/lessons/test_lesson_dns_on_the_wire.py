"""Notebook 06: answers in other styles, packets that others made, and what the run may hand to `happened`."""

import re
from importlib import import_module

import dns.message
import pytest

from helpers import answers, check
from helpers.wire import Message

judges = import_module("helpers.lessons.06_dns_on_the_wire.judges")


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
    ("name", "value", "option"),
    [
        ("name_travels", b"\x0coutlook.test\x00", "as it is written:"),
        ("name_travels", b"\x12\x34", "as a number that the"),
        ("name_again", 14, "14 again: a record has"),
        ("name_again", 0, "none: the question has"),
        ("what_fits", 12, "all twelve: a datagram"),
        ("what_fits", 5, "as many as fit, and the"),
        ("first_piece", b"x" * 1000, "the whole answer: recv"),
        ("first_piece", b"", "nothing: half an answer"),
        ("who_is_believed", "203.0.113.25", "203.0.113.25: an answer"),
        ("who_is_believed", "", "none: two answers that"),
    ],
)
def test_what_happened_is_the_option_that_the_value_means(name, value, option):
    said = " ".join(repr(check.happened(name, value)).split())
    assert re.search(rf"what happened [a-d]\) {re.escape(option)}", said)
