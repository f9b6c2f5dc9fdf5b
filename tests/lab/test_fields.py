"""The fields of a header as octets: nothing but the field that is meant changes."""

import pytest

from helpers.lab.fields import fields, split, with_field, without_fields

HEADER = (
    b"Received: from a.test\r\n\tby b.test; now\r\n"
    b"bcc : x@b.test,\r\n y@b.test\r\n"
    b"X-Bcc: kept\r\n"
    b"BCC: z@b.test\r\n"
    b"To: a\\1\r\n"
)
BODY = b"\r\nBcc: in the body\r\n\r\nend\r\n"


@pytest.mark.parametrize("rest", [BODY, b"\r\n", b""])
def test_a_letter_in_two(rest):
    assert split(HEADER + rest) == (HEADER, rest)


def test_the_values_of_a_field():
    assert fields(HEADER, "Bcc") == [b" x@b.test,\r\n y@b.test\r\n", b" z@b.test\r\n"]
    assert fields(HEADER, "received") == [b" from a.test\r\n\tby b.test; now\r\n"]
    assert fields(HEADER, "X.Bcc") == fields(HEADER, "by b.test; now") == []


@pytest.mark.parametrize("rest", [BODY, b"\r\n", b""])
def test_a_letter_without_a_field(rest):
    received, _, last = HEADER.partition(b"bcc : x@b.test,\r\n y@b.test\r\n")
    assert without_fields(HEADER + rest, "Bcc") == received + b"X-Bcc: kept\r\nTo: a\\1\r\n" + rest
    assert without_fields(HEADER + rest, "Bcc", lambda value: b"y@" in value) == received + last + rest
    assert without_fields(HEADER + rest, "Cc") == HEADER + rest


def test_a_header_with_a_field():
    assert with_field(HEADER, "to", rb"b\1") == HEADER.replace(rb"To: a\1", rb"to: b\1")
    assert with_field(HEADER, "Bcc", b"q").count(b"b.test") == 2
    assert with_field(HEADER, "Subject", b"q") == HEADER + b"Subject: q\r\n"
