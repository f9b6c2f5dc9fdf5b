from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.wire.faces import columns, table, visible

from .pages import Page


def test_visible_shows_what_would_not_be_seen():
    assert visible(b"a\r\nb\tc\x00\x1b\x7f") == r"a\r\nb\tc\x00\x1b\x7f"
    assert visible("Grüße, Ада".encode()) == "Grüße, Ада"
    assert visible(b"\xff\xc3") == r"\xff\xc3"  # not UTF-8
    assert visible("\u202egnp.exe") == r"\u202egnp.exe"  # turns the direction of writing
    assert visible("\U000e0041\u0080\ue000") == r"\U000e0041\u0080\ue000"
    assert visible(b"\x80\xff") == r"\x80\xff" == visible("\udc80\udcff")
    assert visible("\udc7f\udd00") == r"\udc7f\udd00"


def test_a_peer_cannot_write_what_looks_like_a_control():
    assert visible(rb"\n") == r"\\n" != visible(b"\n")


@given(st.binary(max_size=60))
@settings(deadline=None, max_examples=200)
def test_visible_text_prints_on_one_line_and_can_be_turned_back(data):
    text = visible(data)
    assert text.isprintable() and len(text.splitlines()) <= 1
    if data.isascii():
        assert text.encode().decode("unicode_escape").encode("latin-1") == data


def test_columns_are_as_wide_as_their_widest_cell():
    assert columns([("a", "bb", "c"), ("aaa", "b", "")]) == ["a    bb  c", "aaa  b"]
    assert columns([]) == []


def test_a_table_escapes_every_cell_and_names_its_headings():
    evil = '<script>alert("&")</script>'
    page = Page(table(evil, ("What", evil), [(evil, "a\n b"), ("1", evil)], code=(evil,)))
    assert page.rows == [["What", evil], [evil, "a\n b"], ["1", evil]]
    assert page.captions == [evil]
    assert page.tags == {"table", "caption", "thead", "tbody", "tr", "th", "td", "code"}
    page.assert_headings()
