import re
from datetime import UTC, datetime, timedelta
from itertools import groupby

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.wire import Line, Transcript
from helpers.wire.conversation import places
from helpers.wire.faces import look

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
    assert "nothing said yet" in transcript()._repr_html_()


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
    page = Page(said._repr_html_())
    assert page.tags == {"div", "p", "pre", "code", "span", "strong"}
    assert page.text.split("\n", 1)[1].split("\n") == [
        "Client (C) <b>out</b>.test, server (S) mx1.test, from 2026-03-02 09:00:00 +0000",
        "  -- <i>opened</i>",
        "✓ S: 220 <script>alert(1)</script>",
        "  -- 2026-03-03 09:00:00 +0000",
        r"  C:   folded & \x00",
        "",
        "",
        "",
    ]


TALK = [
    ("S", b"220 mx1.test\r\n"),
    ("C", b"EHLO a.test\r\n"),
    ("S", b"250-mx1.test\r\n250-SIZE 10\r\n250 HELP\r\n"),
    ("C", b"MAIL FROM:<a@a.test>\r\n"),
    ("S", b"250 OK\r\n"),
    ("C", b"RCPT TO:<b@b.test>\r\n"),
    ("S", b"450 later\r\n"),
    ("C", b"RCPT TO:<c@b.test>\r\n"),
    ("S", b"550-no\r\n550 such user\r\n"),
    ("C", b"DATA\r\n"),
    ("S", b"354 go on\r\n"),
    ("C", b"Subject: QUIT\r\n\r\nQUIT\r\n..\r\n.\r\n"),
    ("S", b"250 kept\r\n"),
    ("C", b"quit\r\n"),
    ("S", b"221 bye\r\n"),
]


def test_a_conversation_has_its_parts_and_a_letter_its_layers():
    said = transcript(*TALK)
    found = places(said.lines)
    assert [part for part, _ in groupby(found, key=lambda one: one[0])] == [
        "Greeting",
        "Capabilities",
        "Envelope",
        "Letter",
        "Goodbye",
    ]
    layers = {line.text: layer for line, (_, layer, _) in zip(said.lines, found, strict=True) if layer}
    assert layers == {"Subject: QUIT": "header", "": "header", "QUIT": "body", "..": "body"}


def test_a_host_that_is_greeted_by_helo_says_nothing_of_what_it_can_do():
    said = transcript(TALK[0], ("C", b"HELO a.test\r\n"), ("S", b"250 mx1.test\r\n"), *TALK[3:])
    assert {part for part, _, _ in places(said.lines)} == {"Greeting", "Envelope", "Letter", "Goodbye"}
    assert places(said.lines)[2][0] == "Greeting"


def test_a_reply_belongs_to_its_command_though_others_were_said_meanwhile():
    """RFC 2920: MAIL, RCPT and DATA in one piece, and QUIT right behind the letter."""
    many = b"MAIL FROM:<a@a.test>\r\nRCPT TO:<b@b.test>\r\nDATA\r\n"
    letter = b"Subject: x\r\n\r\ny\r\n.\r\nQUIT\r\n"
    answers = ("S", b"250-a\r\n250 OK\r\n550 no\r\n354 go on\r\n")
    said = transcript(*TALK[:3], ("C", many), answers, ("C", letter), ("S", b"250 kept\r\n221 bye\r\n"))
    parts = {line.text: place[0] for line, place in zip(said.lines, places(said.lines), strict=True)}
    assert [parts[text] for text in ("250-a", "250 OK", "550 no")] == ["Envelope"] * 3
    assert [parts[text] for text in ("354 go on", "250 kept", "221 bye")] == ["Letter", "Letter", "Goodbye"]
    assert [layer for _, layer, _ in places(said.lines) if layer] == ["header", "header", "body"]


def test_what_a_host_can_do_is_folded_with_its_gist_in_view_unless_it_is_marked():
    said = transcript(*TALK)
    html = said._repr_html_()
    assert re.findall(r"<details( open)?><summary[^>]*>([^<]+)<", html) == [
        (" open", "Greeting"),
        ("", "Capabilities: ✓ 250, 2 extensions"),
        (" open", "Envelope"),
        (" open", "Letter"),
        (" open", "Goodbye"),
    ]
    assert "<details>" not in said.mark("SIZE")._repr_html_()


def test_the_sign_of_a_reply_stands_at_its_last_line():
    text = Page(transcript(*TALK)._repr_html_()).text
    for line in ("✓ S: 220", "  S: 250-SIZE", "✓ S: 250 HELP", "↻ S: 450", "  S: 550-no", "✗ S: 550 such", "… S: 354"):
        assert f"\n{line}" in text


def test_a_mark_is_said_in_text_and_in_html():
    said = transcript(*TALK)
    assert repr(said.mark("550 ", "DATA")).count("\n=> ") == 2 and "\n=> S: 550 such user" in repr(said.mark("550 "))
    assert repr(said.mark("not there")) == repr(said)
    one, none = said.mark("354")._repr_html_(), said._repr_html_()
    assert one != none and Page(one).text == Page(none).text


def test_one_line_is_marked_the_last_of_those_that_hold_the_text_or_the_last_of_all():
    said = transcript(*TALK)
    lines = repr(said).splitlines()
    replies = [number for number, line in enumerate(lines) if "S: 250" in line]
    for mark, number in (("250", replies[-1]), ("not there", len(lines) - 1), ("", len(lines) - 1)):
        marked = said.mark_one(mark)
        assert repr(marked).splitlines() == [*lines[:number], f"=> {lines[number]}", *lines[number + 1 :]]
        assert len(re.findall("<strong[^>]*outline", marked._repr_html_())) == 1
    assert "lines of" in repr(said.mark_one("250", most=1)) and repr(said.mark_one("250", most=1)).count("=> ") == 1
    assert repr(Transcript("a.test", "b.test").mark_one("250")) == repr(Transcript("a.test", "b.test"))


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
        assert all(line.endswith(b"\n") and line.count(b"\r\n") <= 1 for line in lines[:-1])
    assert len(repr(said).splitlines()) == 1 + len(said.lines)
    Page(said._repr_html_())


def test_what_went_under_tls_stands_on_a_ground_of_its_own_and_says_so():
    said = transcript(("S", b"220 mx1.test\r\n"), ("C", b"STARTTLS\r\n"), ("S", b"220 go on\r\n"))
    said.note("TLS begins: TLSv1.3", NINE)
    said.add("C", b"EHLO a.test\r\n", NINE)
    said.add("S", b"250-mx1.test\r\n250 HELP\r\n", NINE)
    html = said._repr_html_()
    assert re.findall(r"<summary[^>]*>([^<]+)<", html) == [
        "Greeting",
        "TLS",
        "Capabilities, under TLS: ✓ 250, 1 extension",
    ]
    hatched = [pre.split("</pre>")[0] for pre in html.split("<pre")[1:] if "repeating-linear-gradient" in pre]
    assert len(hatched) == 1 and "EHLO" in hatched[0]
    said = transcript(("C", b"EHLO a.test\r\n"), ("S", b"220 -- TLS begins: no\r\n"), ("C", b"QUIT\r\n"))
    assert "repeating-linear-gradient" not in said._repr_html_()  # a server's word is no event


def test_the_gist_is_that_of_the_last_command():
    said = transcript(("C", b"EHLO a\r\n"), ("S", b"500 b\r\n"), *TALK[1:])
    assert ">Capabilities: ✓ 250, 2 extensions<" in said._repr_html_()


def test_a_reply_that_is_not_whole_has_no_gist():
    assert ">Capabilities<" in transcript(("C", b"EHLO a\r\n"), ("S", b"250-b\r\n"), ("C", b"QUIT\r\n"))._repr_html_()
    assert ">Capabilities: no answer<" in transcript(("C", b"EHLO a\r\n"), ("C", b"QUIT\r\n"))._repr_html_()


def test_a_line_that_the_other_side_has_answered_is_over_where_it_ends_in_lf_alone():
    said = transcript(
        ("C", b"NOOP\n"), ("S", b"550 no\r\n"), ("C", b"NOOP\n"), ("C", b"QUIT\r\n"), ("S", b"550 no\r\n")
    )
    assert [line.text for line in said.lines] == [r"NOOP\n", "550 no", r"NOOP\nQUIT", "550 no"]
    said = transcript(("C", b"NO"), ("S", b"421 late\r\n"), ("C", b"OP\r\n"))
    assert [line.text for line in said.lines] == ["NOOP", "421 late"]


def test_what_is_beyond_its_room_is_not_kept_and_so_said():
    said = Transcript("a.test", "b.test", 10)
    for octets in (b"12345\r\n", b"12345\r\n", b"1\r\n"):
        said.add("C", octets, NINE)
    said.note("closed", NINE)
    assert [line.text for line in said.lines] == ["12345", "what was said from here on was not kept"]


def test_two_conversations_beside_each_other_with_the_first_difference_marked():
    one = transcript(*TALK)
    two = transcript(*[(who, data.replace(b"450", b"250").replace(b"221", b"250")) for who, data in TALK])
    both = one.beside(two, names=("yesterday", "to\nday"))
    lines = repr(both).splitlines()
    assert lines[:2] == [f"1 yesterday: {HEADING}", rf"2 to\nday: {HEADING}"]
    assert [line for line in lines[2:] if line[:2] in ("1 ", "2 ", "=>")] == [
        "=> 1 S: 450 later",
        "=> 2 S: 250 later",
        "1 S: 221 bye",
        "2 S: 250 bye",
    ]
    assert len(lines) == 2 + len(one.lines) + 2
    page = Page(both._repr_html_())
    assert "1 ↻ S: 450 later" in page.text and "2 ✓ S: 250 later" in page.text
    assert both._repr_html_().count(f"<strong{look('line', 'lane-server', 'marked')}>") == 2
    secret = Transcript("out.gmail.test", "mx1.outlook.test")
    secret.note("TLS begins", NINE)
    for who, data in TALK[:1]:
        secret.add(who, data, NINE)
    assert repr(secret.beside(transcript(*TALK[:2]))).splitlines()[2:] == [
        "=> 1 -- TLS begins",
        "=> 2 S: 220 mx1.test",
        "1 S: 220 mx1.test",
        "2 C: EHLO a.test",
    ]
    assert repr(one.beside(one)).endswith("\n-- no line differs") and "=>" not in repr(one.beside(one))
    assert repr(one.beside(Transcript("a.test", "b.test"))).count("\n1 ") == len(one.lines) - 1


def delivered(
    server="mx1.twins.test",
    number="0001",
    day="Mon, 02 Mar",
    offers="PIPELINING",
    to="tom",
    reply="250 2.1.5 Recipient <tom@twins.test> OK",
    words="They are out.",
) -> Transcript:
    """A letter that out.gmail.test brings to one of two exchanges."""
    said = Transcript("out.gmail.test", server)
    for who, text in (
        ("S", f"220 {server} ESMTP, it is {day}"),
        ("C", "EHLO out.gmail.test"),
        ("S", f"250-{server}\r\n250 {offers}"),
        ("C", f"MAIL FROM:<ada@gmail.test> SIZE={len(words)}"),
        ("S", "250 2.1.0 OK"),
        ("C", f"RCPT TO:<{to}@twins.test>"),
        ("S", reply),
        ("C", "DATA"),
        ("S", "354 Go on"),
        ("C", f"Received: from laptop.learner.test\r\n\tby out.gmail.test id {number}; {day} 2026 09:00:00 +0000"),
        ("C", f"Date: {day} 2026 09:00:00 +0000\r\nMessage-ID: <{number}@out.gmail.test>\r\nSubject: Tulips"),
        ("C", f"\r\n{words}\r\n."),
        ("S", f"250 2.0.0 Letter kept as {number}"),
    ):
        said.add(who, f"{text}\r\n".encode(), NINE)
    return said


@pytest.mark.parametrize(
    ("changed", "marked"),
    [
        ({"reply": "550 5.1.1 No mailbox"}, ["S: 250 2.1.5 Recipient <tom@twins.test> OK", "S: 550 5.1.1 No mailbox"]),
        ({"offers": "SIZE 1000"}, ["S: 250 PIPELINING", "S: 250 SIZE 1000"]),
        ({"to": "tina"}, ["C: RCPT TO:<tom@twins.test>", "C: RCPT TO:<tina@twins.test>"]),
        ({"words": "They have wilted."}, ["C: They are out.", "C: They have wilted."]),
    ],
)
def test_the_first_difference_is_none_of_what_each_host_and_letter_has_of_its_own(changed, marked):
    other = {"server": "mx2.twins.test", "number": "0002", "day": "Tue, 03 Mar"}
    lines = repr(delivered().beside(delivered(**other, **changed))).splitlines()
    assert [line for line in lines if line.startswith("=> ")] == [f"=> {n} {line}" for n, line in enumerate(marked, 1)]
    assert "1 S: 250-mx1.twins.test" in lines and "2 S: 250-mx2.twins.test" in lines
    same = repr(delivered().beside(delivered(**other)))
    assert same.endswith("\n-- no line differs but in names, dates and ids") and "=>" not in same
    assert "\n2 C: Message-ID: <0002@out.gmail.test>\n" in same and "\nC: Subject: Tulips\n" in same


def test_that_time_moved_elsewhere_is_a_difference_and_when_it_was_is_none():
    def talk(day, moved):
        said = Transcript("a.test", "b.test")
        for n, word in enumerate((b"EHLO a.test", b"QUIT")):
            said.add("C", word + b"\r\n", NINE + timedelta(days=day, hours=moved * n))
        return said

    assert "=>" not in repr(talk(0, 1).beside(talk(1, 2)))
    assert "=> 2 -- 2026-03-03 10:00:00 +0000" in repr(talk(0, 0).beside(talk(1, 1)))


def test_who_said_what_in_capitals_or_not():
    talk = Transcript("client", "server")
    talk.add("S", b"220 MAIL here\r\n", NINE)
    talk.add("C", b"mail FROM:<ada@gmail.test>\r\n", NINE)
    assert talk.says("C", "MAIL") and talk.says("S", "220") and talk.says("C", "mail from")
    assert not talk.says("S", "MAIL") and not talk.says("C", "RCPT")
