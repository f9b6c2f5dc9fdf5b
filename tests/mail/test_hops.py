"""The way of a letter: order, delays and zones; hostile and odd letters; its faces; the box to paste one into."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpers.lab import Lab
from helpers.mail import Journey, NoHops, read_hops
from helpers.mail.hops import MOST_HOPS
from helpers.show import paste, story, trees

SLOW = story.raw_letter("04_slow_letter")


def letter(*received):
    return "".join(f"Received: {value}\n" for value in received) + "From: Ada <ada@gmail.test>\n\nHello\n"


def test_hops_are_read_from_the_bottom_up():
    journey = read_hops(SLOW)
    assert [hop.by for hop in journey.hops] == [
        "smtp.gmail.test",
        "out.gmail.test",
        "mx2.outlook.test",
        "mx1.outlook.test",
    ]
    assert journey.hops[0].sender == "[10.0.0.7] (home.isp.test [192.0.2.77])"
    assert journey.hops[0].protocol == "ESMTPSA"


def test_delays_are_counted_across_time_zones():
    journey = read_hops(SLOW)
    assert journey.hops[1].time == datetime(2026, 3, 2, 9, 2, 9, tzinfo=UTC)
    two = timedelta(seconds=2)
    assert journey.delays == (None, two, two, timedelta(minutes=45, seconds=20))
    assert journey.total == timedelta(minutes=45, seconds=24)


@pytest.mark.parametrize(
    "form",
    [
        SLOW.encode(),
        SLOW.replace("\n", "\r\n"),
        SLOW.replace("\n", "\r"),
        f"\n\n{SLOW}",
        f"\ufeff{SLOW}",
        f"From ada@gmail.test Mon Mar  2 09:47:31 2026\n{SLOW}",
        SLOW.partition("\n\n")[0],
        SLOW.replace("Received:", "RECEIVED :"),
    ],
)
def test_a_letter_may_be_pasted_in_many_forms(form):
    assert repr(read_hops(form)) == repr(read_hops(SLOW))


ROUTE = """Delivered-To: grace@b.test
Received: from a.test (a.test [2001:db8::1])
        by mx.b.test (8.7.4/8.7.3) with ESMTP id TAA09377
        (version=TLS1_3 cipher=X);
        Mon, 24 Feb 1997 19:30:43 -0500 (EST)
DKIM-Signature: v=1; a=rsa-sha256; h=Date:From:
        Received:From:To:Subject; b=AbC=
Received: from c.test by a.test with SMTP; Mon, 24 Feb 1997 19:30:40 -0500 (EST)
Subject: Hello

Received: from nobody by forged.test; Mon, 24 Feb 1997 19:30:30 -0500
"""
FLAT = ROUTE.replace("\n        ", " ")


def each_line(start, text=ROUTE):
    return re.sub("(?m)^", start, text)


def each_name(written, text=FLAT):
    return re.sub(r"(?m)^([\w-]+): (.*)$", written, text)


@pytest.mark.parametrize(
    "pasted",
    [
        ROUTE.replace("        ", ""),
        ROUTE.replace("        ", "\u00a0\u00a0"),
        each_line("    "),
        each_line("\t"),
        each_line("    ").lstrip(),
        each_line("    ").replace("            ", "    "),
        ROUTE.replace("Received: from c", "    Received: from c"),
        each_line("> "),
        each_line(">"),
        each_line("> > "),
        each_line("> ", ROUTE.replace("        ", "")),
        "> " + ROUTE,
        each_line("| "),
        each_name(r"\1\t\2"),
        each_name(r"\1\t\2", ROUTE),
        each_name(r"\1:\t\2"),
        each_name(r"| \1 | \2 |"),
        "| Name | Value |\n| --- | --- |\n" + each_name(r"| \1 | \2 |"),
        "Name\tValue\n" + each_name(r"\1\t\2"),
        ROUTE.replace("\n", "\n\n"),
        ROUTE.replace("\n", "\n \n"),
        ROUTE.replace("\n", "\r\r\n"),
        "\u200b" + ROUTE,
    ],
)
def test_a_header_may_be_pasted_as_pages_show_it(pasted):
    assert repr(read_hops(pasted)) == repr(read_hops(ROUTE))
    first, last = read_hops(pasted).hops
    assert (first.by, first.sender, first.time) == ("a.test", "c.test", datetime(1997, 2, 25, 0, 30, 40, tzinfo=UTC))
    assert (last.by, last.protocol, last.time) == ("mx.b.test", "ESMTP", datetime(1997, 2, 25, 0, 30, 43, tzinfo=UTC))


@pytest.mark.parametrize(
    "head",
    [
        "Subject: What does Received: from mean; really\n",
        "Comments: a list of fields\n Received: from x by y;\n Subject: z\n",
        "X-Received: by c.test; Mon, 24 Feb 1997 19:30:50 -0500\n",
        "X-Note:\n\tReceived-SPF: pass; Mon, 24 Feb 1997 19:30:50 -0500\n",
    ],
)
def test_what_only_looks_like_a_hop_is_none(head):
    assert repr(read_hops(head + ROUTE)) == repr(read_hops(ROUTE))


def test_lines_that_begin_with_a_colon_soon_continue_a_hop_all_the_same():
    hop = read_hops(
        "Received:\nfrom a.test\n2001:db8::1 ([\nIPv6:2001:db8::2])\nby b.test with ESMTPS\n(TLS1.2:ECDHE:256);\n"
        "Mon, 02 Mar 2026\n09:00:00 +0000\n"
    ).hops[0]
    assert (hop.by, hop.protocol, hop.time) == (
        "b.test",
        "ESMTPS",
        datetime(2026, 3, 2, 9, tzinfo=UTC),
    )


def test_hops_in_one_line_are_told_apart_and_a_date_that_runs_on_is_not_guessed():
    first, last = read_hops(ROUTE.partition("\n\n")[0].replace("\n", " ")).hops
    assert (first.by, first.time.hour, last.by, last.time) == ("a.test", 0, "mx.b.test", None)


@pytest.mark.parametrize(
    "pasted",
    [
        each_name(r"\1\n\2"),
        each_name(r'"\1","\2"'),
        each_name(r"**\1:** \2"),
        repr(ROUTE),
        each_line("1. "),
        "```\n" + ROUTE,
    ],
)
def test_what_is_pasted_in_another_form_is_said_not_to_be_a_header(pasted):
    with pytest.raises(NoHops, match="does not begin with a letter's header"):
        read_hops(pasted)


@pytest.mark.parametrize(
    ("zone", "hour"),
    [("+0200", 7), ("-0500 (EST)", 14), ("-0000", 9), ("UT", 9), ("Z", 9), ("GMT", 9), ("est", 14), ("PDT", 16)]
    + [("+02:00", 7), ("+02", 7), ("+2", 7), ("+200", 7), ("GMT+0200", 7), ("GMT+2", 7), ("UTC+02:00 (CEST)", 7)]
    + [("+0000 UTC", 9), ("\u22120400", 13), ("\u20130400", 13), ("+0200;", 7), ("-0500 (EST", 14), ("UTC -0330", 12)]
    + [
        (unclear, None)
        for unclear in ("", "(CEST)", "CEST", "EST5EDT", "--0400", "+9999", "+0260", "+2400", "0200", "A")
    ]
    + [
        (unclear, None)
        for unclear in ("PM", "PM +0000", "+0000 PM", "Europe/Paris", "+0200 +0100", "+ 0200", "x", "2026")
    ],
)
def test_a_zone_is_read_or_said_not_to_be(zone, hour):
    journey = read_hops(letter(f"from a.test by b.test; Mon, 02 Mar 2026 09:00:00 {zone}"))
    time = journey.hops[0].time
    assert (time and time.hour) == hour and journey.hops[0].by == "b.test"
    assert ("(not readable)" in repr(journey)) == (hour is None)


@pytest.mark.parametrize(
    ("date", "hour"),
    [
        ("Mon Mar 02 2026 09:00:00 GMT+0200 (CEST)", 7),
        ("Mon Mar  2 09:00:00 2026 +0100", 8),
        ("2 March 2026 9:00 +0100", 8),
        ("Mon, 02 Mar 26 09.00.00 +0100", 8),
        ("Mon Mar  2 09:00:00 2026", None),
        ("Mon Mar  2 09:00:00 EST 2026", None),
        ("02/03/2026 09:00:00 +0100", None),
        ("Mon, 02 Mar 2026 09:00:00 +0100 Subject: Hello", None),
        ("Mon, 31 Feb 2026 09:00:00 +0100", None),
        ("1772442000", None),
    ],
)
def test_a_date_is_read_or_said_not_to_be(date, hour):
    time = read_hops(letter(f"by b.test; {date}")).hops[0].time
    assert (time and time.hour) == hour


def test_a_letter_that_the_lab_has_carried():
    with Lab(beside=True) as lab:
        lab.send("From: Ada <ada@gmail.test>\nTo: grace@outlook.test\n\nHello\n")
        journey = read_hops(lab.mailbox("grace@outlook.test")[0].content)
    assert [hop.by for hop in journey.hops] == ["out.gmail.test", "mx1.outlook.test"]
    assert journey.hops[0].sender == ""
    assert journey.total == timedelta(0)
    assert "2 hops in 0 s" in repr(journey) and "#" not in repr(journey)


def test_the_body_is_not_read():
    text = (
        letter("by a.test; Mon, 02 Mar 2026 09:00:00 +0000") + "Received: by forged.test; Mon, 02 Mar 2026 08:00 +0000"
    )
    assert [hop.by for hop in read_hops(text).hops] == ["a.test"]


def test_words_in_comments_begin_nothing():
    hop = read_hops(letter("from a.test (by nobody (with b.test) for fun) by c.test with SMTP; no date")).hops[0]
    assert (hop.by, hop.protocol, hop.time) == ("c.test", "SMTP", None)
    assert hop.sender == "a.test (by nobody (with b.test) for fun)"


def test_a_clock_that_is_behind_is_said_and_not_drawn():
    journey = read_hops(
        letter("by b.test; Mon, 02 Mar 2026 09:00:00 +0000", "by a.test; Mon, 02 Mar 2026 09:00:05 +0000")
    )
    assert "5 s earlier: their clocks differ" in repr(journey)
    assert "in minus 5 s" in repr(journey)
    assert "<svg" not in journey._repr_html_()


def test_a_time_that_cannot_be_read_leaves_its_delays_open():
    when = "Mon, 02 Mar 2026 09:00:00 -0000"
    journey = read_hops(letter(f"by c.test; {when}", "by b.test; on Monday", f"by a.test; {when}"))
    assert journey.delays == (None, None, None)
    assert "(not readable)" in repr(journey) and repr(journey).count("(not known)") == 2
    assert journey.hops[0].time == datetime(2026, 3, 2, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("odd", "sentence"),
    [
        ("", "does not begin with a letter's header"),
        ("Hello, this is the text that my program shows", "does not begin with a letter's header"),
        ("From ada Mon Mar 2", "does not begin with a letter's header"),
        ("Subject: Hello\n\nReceived: by a.test; x\n", "no Received field"),
        (None, "text or bytes"),
        (7, "text or bytes"),
    ],
)
def test_what_is_no_letter_gets_a_sentence(odd, sentence):
    with pytest.raises(NoHops, match=sentence):
        read_hops(odd)


def test_hostile_fields_are_bounded_and_escaped():
    script = "<script>alert(1)</script>"
    journey = read_hops(letter(*[f"from {script}\x1b[2J\u202e by {'x' * 1500}; {'9' * 300}"] * 500))
    assert len(journey.hops) == MOST_HOPS and "100 hops (no more are read)" in repr(journey)
    for face in (repr(journey), journey._repr_html_()):
        assert "\x1b" not in face and "\u202e" not in face
        assert len(face) < 100_000
    assert "<script" not in journey._repr_html_()


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300)))
@settings(max_examples=60, deadline=None)
@example(b"Received: " + b"(" * 5000)
@example("Received: by a; Fri, 31 Dec 9999 23:59:59 -2359")
@example("Received: by a; Mon, 01 Jan 0001 00:00:00 +2359")
@example("Received: by a; 99999999999999999999 Mar 2026 25:61:61 +9999999999999")
def test_nothing_but_the_one_error_comes_of_any_octets(octets):
    head = b"Received: by a.test;" if isinstance(octets, bytes) else "Received: by a.test;"
    for text in (octets, head + octets):
        try:
            journey = read_hops(text)
        except NoHops:
            continue
        assert isinstance(journey, Journey)
        assert repr(journey) and re.match("<table", journey._repr_html_())


def test_both_faces_state_the_same_facts_and_the_longest_wait_has_the_longest_bar():
    journey = read_hops(SLOW)
    lines, page = repr(journey).splitlines(), journey._repr_html_()
    for fact in ("mx2.outlook.test", "2026-03-02 09:47:31", "45 min 20 s", "ESMTPSA", "(the first)"):
        assert fact in page and fact in repr(journey)
    assert [line.count("#") for line in lines[2:]] == [0, 1, 1, 24]
    assert re.findall(r'<svg width="(\d+)"', page) == ["6", "6", "144"]
    assert "<caption" in page and page.count('scope="row"') == 4


def test_days_and_hours_are_said_in_words():
    journey = read_hops(
        letter("by b.test; Wed, 04 Mar 2026 12:00:01 +0000", "by a.test; Mon, 02 Mar 2026 09:00:00 +0000")
    )
    assert "2 d 3 h 1 s" in repr(journey)


def test_the_box_draws_what_is_pasted_and_says_why_it_cannot():
    assert paste.drawn(SLOW) == read_hops(SLOW)._repr_html_()
    assert paste.drawn("<b>Hello</b>").startswith("<p>This does not begin")
    box = paste.hops(SLOW)
    assert box._repr_mimebundle_() == {"text/plain": repr(box), "text/html": box._repr_html_()}
    assert "45 min 20 s" in repr(box)


def _parts(trees_: list) -> list:
    """All trees of some trees."""
    found = [one for one in trees_ if isinstance(one, list)]
    return found + [part for one in found for part in _parts(one[2:])]


def test_the_widget_answers_a_paste_and_keeps_none_of_it():
    from helpers.show.paste_widget import Box

    sent = []
    box = Box("first", paste.drawn)
    box.send = sent.append
    box._handle_custom_msg({"text": SLOW}, [])
    assert sent == [{"shown": trees.of(paste.drawn(SLOW))}]
    (rows,) = [part for part in _parts(sent[0]["shown"]) if part[0] == "tbody"]
    assert [row[0] for row in rows[2:] if row != "\n"] == ["tr"] * 4, "a row within a row is out of sight"
    assert "45 min" not in repr(box.get_state()) and box.first == ["first"]
    assert not re.search("innerHTML|outerHTML|insertAdjacentHTML|DOMParser", Box._esm)
