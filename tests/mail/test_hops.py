"""The way of a letter: order, delays and zones; hostile and odd letters; its faces; the box to paste one into."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpers.lab import Lab
from helpers.mail import Journey, NoHops, read_hops
from helpers.mail.hops import MOST_HOPS
from helpers.show import paste, story

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
    assert len(journey.hops) == MOST_HOPS
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
        assert repr(journey) and re.match("<table>", journey._repr_html_())


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


def test_the_widget_answers_a_paste_and_keeps_none_of_it():
    from helpers.show.paste_widget import Box

    sent = []
    box = Box("first", paste.drawn)
    box.send = sent.append
    box._handle_custom_msg({"text": SLOW}, [])
    assert sent == [{"html": paste.drawn(SLOW)}]
    assert "45 min" not in repr(box.get_state()) and box.first == "first"
