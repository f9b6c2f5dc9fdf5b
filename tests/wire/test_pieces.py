from datetime import UTC, datetime

from helpers.wire import Pieces

from .pages import Page

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)


def pieces(*calls) -> Pieces:
    made = Pieces("a.test", "b.test", lambda: NINE)
    for who, octets in calls:
        made.add(who, octets)
    return made


SLIPPED = pieces(("S", b"220 m"), ("C", b"EHLO a\r\n"), ("S", b"x1 <b>\r\n"))


def test_each_call_is_a_row_and_the_stream_shows_its_cuts():
    assert repr(SLIPPED).splitlines() == [
        "What a.test sent and read, call by call",
        " 1  read 5  220 m",
        r" 2  sent 8  EHLO a\r\n",
        r" 3  read 8  x1 <b>\r\n",
        r"What b.test said, with a bar where a call ended: 220 m | x1 <b>\r\n",
    ]
    page = Page(SLIPPED._repr_html_())
    assert page.tags == {"div", "p", "pre", "code", "span", "ol", "li", "em"}
    for line in (
        " 1 read 5: 220 m\n",
        " 3 read 8: x1 <b>\\r\\n\n",
        r"220 m call 1, read 5",
    ):
        assert line in page.text


def test_lengths_and_messages_however_the_calls_cut_them():
    first = pieces(("C", b"\0\3abc"), ("S", b"\x05\xdf" + b"x" * 8))
    assert repr(first.framed()).splitlines() == [
        "What a.test said, octet by octet",
        "  00 03     call 1, sent: the length, 3",
        "  61 62 63  call 1, sent: 3 of 3 octets",
        "What b.test said, octet by octet",
        "  05 df                    call 2, read: the length, 1503",
        "  78 78 78 78 78 78 78 78  call 2, read: 8 of 1503 octets, 1495 to come",
    ]
    page = Page(first.framed()._repr_html_())
    assert page.tags == {"div", "p", "ol", "li", "code", "em"}
    assert "05 df call 2, read: the length, 1503" in page.text
    cut = pieces(("S", b"\0"), ("S", b"\2a"), ("S", b"b\0\1c\0\0\0\1" + b"d" * 20))
    assert [what.partition(": ")[2] for _, what in cut.framed()._runs("S")] == [
        "half of a length",
        "the length, 2",
        "1 of 2 octets, 1 to come",
        "1 of 2 octets",
        "the length, 1",
        "1 of 1 octets",
        "the length, 0",
        "the length, 1",
        "1 of 1 octets",
        "the length, 25700",
        "17 of 25700 octets, 25683 to come",
    ]
    assert repr(cut.framed()).endswith("64 64 64 ...  call 3, read: 17 of 25700 octets, 25683 to come")


def test_the_transcript_is_what_had_been_said_when_it_was_asked_for():
    talk = pieces(("S", b"220 m"))
    talk.note("silence")
    talk.note("silence")
    before = talk.transcript
    talk.add("S", b"x1\r\n")
    assert [line.text for line in before.lines] == ["220 m", "silence"]
    assert [line.text for line in talk.transcript.lines] == ["220 mx1", "silence"]
    assert talk.calls == [("S", b"220 m"), ("S", b"x1\r\n")]


def test_there_is_an_end_to_what_is_kept_and_shown():
    talk = pieces(*[("S", b"x")] * 150)
    assert "the first 100 of 150" in repr(talk) and len(repr(talk).splitlines()) == 102
    assert "the first 100 of 150" in talk._repr_html_()
    talk = pieces(*[("C", b"x")] * 40000)
    assert len(talk.calls) == 256 * 1024 // 8
    assert [line.text for line in talk.transcript.lines][-1] == "what was said from here on was not kept"
    talk.note("closed")
    assert talk.transcript.lines[-1].text != "closed"
    assert [line.text for line in pieces(("C", b"x" * 300000)).transcript.lines] == [
        "what was said from here on was not kept"
    ]
