"""The packet by code: its faces, what stays blind, what becomes of another octet, and what the view is told."""

import random
import sys

import pytest

from helpers.lab import Lab
from helpers.show.packet import Packet
from helpers.show.packet_widget import PacketView
from helpers.wire import MalformedMessage, Message
from tests.wire.pages import Page

QUERY = bytes.fromhex("1a2b01000001000000000000076f75746c6f6f6b047465737400000f0001")
REPLY = bytes.fromhex(
    "1a2b81800001000200000000076f75746c6f6f6b047465737400000f0001c00c000f00010000012c00080014036d7832c00c"
    "c00c000f00010000012c0008000a036d7831c00c"
)
MEANINGS = ("pointer", "label of", "TTL", "preference", "RCODE", "mx2")


@pytest.fixture
def in_kernel(monkeypatch):
    """As if an IPython kernel ran, so that a widget is made; no front end is there."""
    ipython = type("IPython", (), {"get_ipython": staticmethod(lambda: type("Shell", (), {"kernel": 1})())})
    monkeypatch.setitem(sys.modules, "IPython", ipython)


def view(packet) -> PacketView:
    packet._repr_mimebundle_()
    return packet._widget


def click(widget, **wish):
    widget._clicked(widget, {"message": 0, "at": 0} | wish, [])


def said(widget, at, message=0):
    return widget.messages[message]["octets"][at][2]


def marked(widget, mark, message=0):
    octets = widget.messages[message]["octets"]
    return [at for at, (_, marks, _) in enumerate(octets) if f"packet-{mark}" in marks.split()]


def test_its_text_is_the_table_that_there_was_and_its_html_has_the_octets_as_one_run_too():
    with Lab(beside=True) as lab, lab.tap("resolver.isp.test", 53) as wire:
        lab.resolver.resolve("outlook.test", "MX")
    assert [octets for *_, octets in wire.datagrams] == [QUERY, REPLY]
    query, reply = map(Message.from_wire, (QUERY, REPLY))
    packet = Packet(query, reply)
    assert repr(packet) == "\n".join(
        [
            "Query, 30 octets",
            repr(query.annotate()),
            "Reply, 70 octets (≠ stands below what the query has otherwise)",
            repr(reply.annotate()),
        ]
    )
    html = packet._repr_html_()
    assert "    0  1a 2b 81 80 00 01 00 02 00 00 00 00 07 6f 75 74\n             ≠  ≠           ≠\n" in html
    assert html.count("≠") == 1 + 3 and reply.annotate()._repr_html_() in html
    assert html == Packet(QUERY, REPLY)._repr_html_() and "id=" not in html
    assert len(Page(html).captions) == 2


def test_blind_no_face_tells_a_meaning_before_it_is_asked_for(in_kernel):
    packet = Packet(QUERY, REPLY, blind=True)
    faces = repr(packet), packet._repr_html_()
    assert "   48  c0 0c c0 0c 00 0f" in faces[0] and "   48  c0 0c c0 0c 00 0f" in faces[1]
    widget = view(packet)
    for word in MEANINGS:
        assert word not in faces[0] + faces[1] + str(widget.messages)
    assert not any(marks for message in widget.messages for _, marks, _ in message["octets"])
    assert said(widget, 30, 1) == "Octet 30 is c0, the number 192. Say what it means, then ask."
    click(widget, do="ask", at=31, message=1)
    meaning = "answer 1 name: pointer to offset 12: outlook.test."
    assert [one["said"] for one in widget.messages[1]["meanings"]] == [meaning]
    assert said(widget, 30, 1).endswith(meaning) and "ask" in said(widget, 32, 1)
    assert widget.messages[0]["meanings"] == []
    assert packet.ask(42, reply=True) == "answer 1 preference: 20"
    assert len(widget.messages[1]["meanings"]) == 2
    click(widget, do="all", message=1)
    assert len(widget.messages[1]["meanings"]) == len(Message.from_wire(REPLY).fields) + 10
    assert widget.messages[0]["meanings"] == []
    assert (repr(packet), packet._repr_html_()) == faces


def test_another_octet_is_read_anew_by_the_decoder_and_put_back(in_kernel):
    packet = Packet(QUERY, change=True)
    faces, widget = (repr(packet), packet._repr_html_()), view(packet)
    assert all("6c 6f 6f 6b 04" in face and ".as_it_was()" in face and "label" not in face for face in faces)
    whole = widget.messages
    click(widget, do="change", at=20, octet=5)
    wrong = "This DNS message goes wrong at offset 29: question 1 class needs 2 octets, with 1 left."
    assert widget.messages[0]["trouble"] == f"✗ {wrong}"
    assert said(widget, 20) == (
        r"Octet 20 is 05 (it was 04), the number 5. question 1 name: label of 5 octets, test\000"
    )
    assert said(widget, 29) == "Octet 29 is 01, the number 1. The decoder did not come so far."
    assert marked(widget, "was") == [20] and marked(widget, "wrong") == [29]
    assert packet.change(20, 5) == f"question 1 name: label of 5 octets, test\\000\n{wrong}"
    click(widget, do="back")
    assert widget.messages == whole and widget.answered == 2
    assert packet.change(2, 0x85) == "flags: 0x8500"
    assert packet.change(12, 0xC0).startswith(
        "not read\nThis DNS message goes wrong at offset 12: question 1 name points"
    )
    packet.as_it_was()
    assert widget.messages == whole and (repr(packet), packet._repr_html_()) == faces


def test_what_a_pointer_leads_to_and_what_the_query_has_otherwise(in_kernel):
    widget = view(Packet(QUERY, REPLY))
    meanings = {one["said"]: one for one in widget.messages[1]["meanings"]}
    pointer = meanings["answer 1 exchange: pointer to offset 12: mx2.outlook.test."]
    assert (pointer["start"], pointer["end"], pointer["leads"]) == (48, 50, list(range(12, 26)))
    assert marked(widget, "pointer", 1) == [30, 31, 48, 49, 50, 51, 68, 69]
    assert marked(widget, "other", 1) == [2, 3, 7] and marked(widget, "other") == []
    assert "≠ answer count: 2 (in the query 0)" in meanings
    bits = [(one["text"], one["digits"]) for one in widget.messages[1]["meanings"] if one["digits"]]
    assert bits[:2] == [("≠QR", "1"), ("OPCODE", "0000")] and "".join(digits for _, digits in bits) == f"{0x8180:016b}"


def test_a_pointer_to_a_name_that_has_a_pointer_is_followed_to_its_end():
    at, end = len(REPLY) - 20 + 14, len(REPLY)  # mx1 and its pointer: the last name in there
    wire = REPLY[:6] + b"\x00\x03" + REPLY[8:] + b"\xc0" + bytes([at]) + bytes.fromhex("000100010000000000047f000001")
    (field,) = [one for one in Message.from_wire(wire).fields if one.name == "answer 3 name"]
    assert field.leads == ((at, at + 4), (end - 2, end), (12, 20), (20, 25), (25, 26))


WISHES = [{"do": "ask", "at": at} for at in (30, -1, "0", None)]
WISHES += [{"do": "change", "octet": 256}, {"do": "change"}, {"do": "x"}]


@pytest.mark.parametrize("wish", WISHES)
def test_a_wish_that_cannot_be_changes_nothing(in_kernel, wish):
    widget = view(Packet(QUERY, change=True))
    before = widget.messages
    click(widget, **wish)
    assert widget.messages == before and widget.answered == 1


def test_what_it_does_not_take():
    with pytest.raises(MalformedMessage) as error:
        Packet(QUERY[:-1])
    assert error.value.fields[-1].name == "question 1 type"
    for offset in (-1, 30):
        with pytest.raises(IndexError, match="The octets stand at offsets 0 to 29, and none at"):
            Packet(QUERY).ask(offset)
    with pytest.raises(ValueError):
        Packet(QUERY).change(0, 256)


def test_what_was_not_offered_cannot_be_had_from_the_page(in_kernel):
    widget = view(Packet(QUERY))
    click(widget, do="change", at=2, octet=0x85)
    assert widget.messages[0]["octets"][2][0] == "01"


def test_whatever_octets_it_is_given_it_says_something(in_kernel):
    """A stranger's packet, and every way to spoil one: the view never fails, and all that it says is printable."""
    dice = random.Random(6)
    packet = Packet(QUERY, REPLY, change=True)
    widget = view(packet)
    for _ in range(400):
        packet.change(dice.randrange(70), dice.randrange(256), reply=True)
        message = widget.messages[1]
        told = [text for *_, text in message["octets"]] + [one["text"] for one in message["meanings"]]
        assert "".join(told).replace("\N{EM SPACE}", "").isprintable() and len(message["octets"]) == 70
        if dice.random() < 0.2:
            packet.as_it_was()
    assert widget.messages[0]["octets"][0][0] == "1a"


def test_no_html_is_ever_parsed_by_the_view():
    source = PacketView._esm
    assert not [word for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write") if word in source]
