"""Who wrote which line of a header."""

from helpers.lab import Lab
from helpers.show import story
from helpers.show.authors import Authors
from tests.wire.pages import Page

SENT = "From: Ada <ada@gmail.test>\nTo: support@outlook.test\nSubject: My first letter\n\nFrom: nobody\n"


def test_the_first_letter():
    with Lab(beside=True) as lab:
        lab.send(SENT)
        shown = Authors(lab.mailbox("support@outlook.test")[0].content)
    assert [line.split("  ")[0] for line in repr(shown).replace("\n  ", "\n").splitlines()[1:]] == [
        "the last host",
        *["mx1.outlook.test"] * 3,
        *["out.gmail.test"] * 3,
        *["the author's side"] * 3,
    ]
    page = Page(shown._repr_html_())
    assert page.tags == {"div", "p", "pre", "code", "span", "em"}
    assert " mx1.outlook.testReceived: from out.gmail.test" in page.text and "From: nobody" not in page.text


def test_a_date_of_another_time_is_the_author_s_and_so_is_an_id_of_their_own():
    slow = repr(Authors(story.raw_letter("04_slow_letter")))
    for name in ("Date:", "Message-ID:", "From:"):
        who = [line.split(name)[0].strip() for line in slow.splitlines() if name in line]
        assert who == ["the author's side"], name
    assert slow.count("mx2.outlook.test  ") == 3  # a field on three lines


def test_hostile_headers_are_text():
    for header in (b"", b"\xff", b"Received: \x1b[2J<script>\r\n\tby <b>", b" folded first\r\n", b"Received:" * 9999):
        shown = Authors(header)
        assert "\x1b" not in repr(shown) + shown._repr_html_() and "<script" not in shown._repr_html_()
        Page(shown._repr_html_())
