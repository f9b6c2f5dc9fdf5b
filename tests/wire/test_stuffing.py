from helpers.answers import stuff
from helpers.wire.stuffing import OnTheWire

from .pages import Page


def done(letter: bytes, wire: bytes) -> list[str]:
    return [row[-1] for row in OnTheWire(letter, wire)._rows()]


def test_added_dots_and_the_end_are_named_and_nothing_else():
    letter = b"Subject: <b>\r\n\r\nThe answer is\r\n.\r\n..x\r\nAda"
    shown = OnTheWire(letter, stuff(letter))
    assert repr(shown).splitlines() == [
        "A letter of 42 octets, and 49 octets on the wire",
        "  Line  In the letter  On the wire    What was done",
        "  1     Subject: <b>   Subject: <b>",
        "  2",
        "  3     The answer is  The answer is",
        "  4     .              ..             + a dot",
        "  5     ..x            ...x           + a dot",
        "  6     Ada            Ada            + CR LF",
        "  7                    .              the end of the letter",
    ]
    page = Page(shown._repr_html_())
    assert page.rows[4] == ["4", ".", "..", "+ a dot"] and page.captions == [repr(shown).splitlines()[0]]
    assert page.headings[4][0] == "row" and page.headings[0] == ["col"] * 4


def test_what_is_no_stuffing_is_said():
    assert done(b"a\r\n.\r\n", b"a\r\n.\r\n.\r\n") == ["", "", "the end of the letter"]
    assert done(b"a\r\n", b".a\r\n") == ["another line"]
    assert done(b"a\r\nb\r\n", b"a\r\n") == ["", "another line"]
    assert done(b"a\r\n", b"a\r\nQUIT\r\n") == ["", "nothing of the letter"]
    assert done(b"\x1b[2J\r\n", b"\x1b[2J\r\n.\r\n") == ["", "the end of the letter"]
    assert "\x1b" not in repr(OnTheWire(b"\x1b", b"\x1b")) + OnTheWire(b"\x1b", b"\x1b")._repr_html_()
