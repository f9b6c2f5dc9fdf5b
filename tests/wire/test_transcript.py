from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.wire import Line, Transcript

from .pages import Page

NINE = datetime(2026, 3, 2, 9, tzinfo=UTC)
HEADING = "Client (C) out.gmail.test, server (S) mx1.outlook.test, from 2026-03-02 09:00:00 +0000"


def transcript(*said) -> Transcript:
    """Each of `said` is who and octets, all at nine."""
    result = Transcript("out.gmail.test", "mx1.outlook.test")
    for who, data in said:
        result.add(who, data, NINE)
    return result


def test_a_conversation_as_text():
    said = transcript()
    said.note("connection opened", NINE)
    said.add("S", b"220 mx1.outlook.test ESMTP\r\n", NINE)
    said.add("C", b"EHLO out.gmail.test\r\n", NINE)
    said.add("S", b"250-mx1.outlook.test\r\n250 SIZE 1000000\r\n", NINE)
    said.note("nothing said for 2 s", NINE + timedelta(minutes=5))
    said.note("connection reset", NINE + timedelta(minutes=5))
    assert repr(said) == (
        f"{HEADING}\n"
        "-- connection opened\n"
        "S: 220 mx1.outlook.test ESMTP\n"
        "C: EHLO out.gmail.test\n"
        "S: 250-mx1.outlook.test\n"
        "S: 250 SIZE 1000000\n"
        "-- 2026-03-02 09:05:00 +0000\n"
        "-- nothing said for 2 s\n"
        "-- connection reset"
    )


def test_an_empty_one_says_so():
    assert repr(Transcript("a.test", "b.test")) == "Client (C) a.test, server (S) b.test, nothing said yet"
    assert transcript().lines == ()
    assert len(Page(transcript()._repr_html_()).rows) == 1


def test_lines_are_values():
    said = transcript(("C", b"QUIT\r\n"))
    said.note("closed", NINE + timedelta(seconds=1))
    assert said.lines == (Line("C", b"QUIT\r\n", NINE), Line("", b"closed", NINE + timedelta(seconds=1)))
    assert [line.text for line in said.lines] == ["QUIT", "closed"]


def test_pieces_make_lines_and_a_line_stands_where_it_began():
    said = Transcript("a.test", "b.test")
    for number, (who, data) in enumerate(
        [
            ("S", b"220 re"),
            ("C", b"EH"),
            ("S", b"ady\r"),
            ("C", b""),
            ("S", b"\n250"),
            ("C", b"LO x\r\n"),
            ("S", b" ok\r\n"),
        ]
    ):
        said.add(who, data, NINE + timedelta(seconds=number))
    assert [(line.who, line.text, line.time.second) for line in said.lines] == [
        ("S", "220 ready", 0),
        ("C", "EHLO x", 1),
        ("S", "250 ok", 4),
    ]


def test_a_line_without_an_end_shows_as_one():
    said = transcript(("C", b"EHLO x\r\nMAIL FR"))
    assert said.lines[-1].text == "MAIL FR"
    assert repr(said).endswith("\nC: EHLO x\nC: MAIL FR (line not ended)")
    said.add("C", b"OM:<>\r\n", NINE)
    assert repr(said).endswith("\nC: EHLO x\nC: MAIL FROM:<>")


def test_bare_cr_and_lf_are_seen_and_end_nothing():
    said = transcript(("C", b"a letter\r\n\n.\r\nMAIL FROM:<x@y.test>\n.\n\r.\r\r\n"))
    assert [line.text for line in said.lines] == ["a letter", r"\n.", r"MAIL FROM:<x@y.test>\n.\n\r.\r"]
    assert repr(transcript(("C", b"NOOP\r"))).endswith(r"C: NOOP\r (line not ended)")


def test_text_of_every_language_is_kept_and_what_cannot_be_seen_is_written_out():
    assert transcript(("C", "Subject: Grüße \u202e\x1b[2J\x00".encode() + b"\xff\r\n")).lines[0].text == (
        r"Subject: Grüße \u202e\x1b[2J\x00\xff"
    )


def test_neither_a_line_nor_a_note_nor_a_name_can_forge_another():
    said = Transcript("evil\nS: 250 ok", "b.test")
    said.add("C", b"x\nS: 250 ok\r\n", NINE)
    said.note("closed\nS: 250 ok \ud800", NINE)
    assert len(repr(said).splitlines()) == 3
    assert repr(said).endswith("\n-- closed\\nS: 250 ok \\\\ud800")


def test_a_letter_is_shown_whole_up_to_a_number_and_then_says_what_is_left_out():
    letter = b"".join(b"line %d\r\n" % n for n in range(1, 401))
    said = transcript(("S", b"354 go on\r\n"), ("C", letter))
    assert len(repr(said).splitlines()) == 402  # 400 of the letter
    said.add("C", b".\r\n", NINE)
    shown = repr(said).splitlines()
    assert shown[-5:] == ["C: line 397", "C: line 398", "-- lines of C left out here: 1", "C: line 400", "C: ."]
    assert said.text(None).splitlines()[-2:] == ["C: line 400", "C: ."] and len(said.text(None).splitlines()) == 403
    assert said.text(most=5).splitlines()[1:] == [
        "S: 354 go on",
        "C: line 1",
        "C: line 2",
        "C: line 3",
        "-- lines of C left out here: 396",
        "C: line 400",
        "C: .",
    ]
    assert said.text(most=1).splitlines()[1:] == ["S: 354 go on", "C: line 1", "-- lines of C left out here: 400"]
    assert said.text(most=0).splitlines()[1:] == ["-- lines of S left out here: 1", "-- lines of C left out here: 401"]
    assert "left out" in said._repr_html_()


def test_a_line_that_does_not_end_is_cut_and_says_so():
    said = transcript(("C", b"x" * 5000))
    assert repr(said).splitlines()[1] == f"C: {'x' * 1000} (octets left out here: 4000)"
    assert said.lines[0].text == "x" * 5000
    assert repr(transcript(("C", b"x" * 998 + b"\r\n"))).endswith("\nC: " + "x" * 998)
    assert repr(transcript(("C", b"x" * 1001))).endswith("\nC: " + "x" * 1000 + " (octets left out here: 1)")
    assert repr(transcript(("C", b"x" * 1000))).endswith("\nC: " + "x" * 1000 + " (line not ended)")


def test_who_spoke_is_one_of_two():
    with pytest.raises(ValueError, match='"C".*"S".*not \'client\''):
        transcript(("client", b"x"))


def test_html_says_the_same_in_words_and_trusts_nobody():
    said = Transcript("<b>out</b>.test", "mx1.test")
    said.note("<i>opened</i>", NINE)
    said.add("S", b"220 <script>alert(1)</script>\r\n", NINE)
    said.add("C", b"  folded & \x00\r\n", NINE + timedelta(days=1))
    html = said._repr_html_()
    page = Page(html)
    assert page.captions == ["Client (C) <b>out</b>.test, server (S) mx1.test, from 2026-03-02 09:00:00 +0000"]
    assert page.rows == [
        ["Who", "What", "Lab time"],
        ["note", "<i>opened</i>", "2026-03-02 09:00:00 +0000"],
        ["S:", "220 <script>alert(1)</script>", "2026-03-02 09:00:00 +0000"],
        ["C:", r"  folded & \x00", "2026-03-03 09:00:00 +0000"],
    ]
    assert page.tags == {"table", "caption", "thead", "tbody", "tr", "th", "td", "code"}
    page.assert_headings()
    assert "color" not in html


def test_html_leaves_the_time_to_the_heading_as_long_as_it_does_not_move():
    said = Transcript("out.test", "mx1.test")
    said.add("S", b"220 mx1.test\r\n", NINE)
    assert Page(said._repr_html_()).rows == [["Who", "What"], ["S:", "220 mx1.test"]]


PIECES = st.lists(
    st.tuples(
        st.sampled_from("CS"), st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b".", b"x", b"\xff"]), max_size=5)
    ),
    max_size=20,
)


@given(PIECES)
@settings(deadline=None, max_examples=300)
def test_no_octet_is_lost_or_moved(pieces):
    said, sent = Transcript("a.test", "b.test"), {"C": b"", "S": b""}
    for who, parts in pieces:
        said.add(who, b"".join(parts), NINE)
        sent[who] += b"".join(parts)
    for who, octets in sent.items():
        lines = [line.data for line in said.lines if line.who == who]
        assert b"".join(lines) == octets
        assert all(line.endswith(b"\r\n") and line.count(b"\r\n") == 1 for line in lines[:-1])
    assert len(repr(said).splitlines()) == 1 + len(said.lines)
    Page(said._repr_html_())
