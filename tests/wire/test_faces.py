import re

from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.wire.faces import SHEET, columns, look, signed, table, visible

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


def test_only_the_colour_of_a_text_is_one_that_jupyterlab_may_take_away():
    """From an output that it does not trust it drops what is no plain colour: then a text has that of the page."""
    rules = re.findall(r"^\.mail-.+ \{ (.+) \}$", SHEET.read_text(encoding="utf-8"), re.MULTILINE)
    declared = [one.strip() for rule in rules for one in rule.split(";")]
    mixed = [one for one in declared if "color-mix" in one or "currentColor" in one]
    assert len(declared) > 50 and mixed and all(one.startswith("color: ") for one in mixed)
    drawn = " ".join(one for one in declared if re.match("border|outline", one))
    lines = set(re.findall("#[0-9a-f]{6}", drawn))
    assert len(lines) > 4 and all(contrast(line, page) >= 3 for line in lines for page in ("#ffffff", "#111111"))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours, as WCAG 2 computes it."""
    dark, light = sorted(map(luminance, (one, other)))
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_that_there_are_no_records_is_no_failure():
    assert (signed("NODATA"), signed("NXDOMAIN"), signed("answer")) == ("○ NODATA", "✗ NXDOMAIN", "✓ answer")


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


def test_a_heading_spans_the_rows_that_share_it_and_an_empty_one_is_none():
    rows = [("a", "1"), (None, "2"), (None, "3"), ("b", "4"), ("", "5")]
    text = table("Title", ("Name", "Number"), rows)
    page = Page(text)
    assert page.rows[1:] == [["a", "1"], ["2"], ["3"], ["b", "4"], ["", "5"]]
    assert page.headings[1:] == [["row", None], [None], [None], ["row", None], [None, None]]
    assert text.count('rowspan="3"') == 1 == text.count("rowspan")


def test_what_is_short_is_never_broken_and_what_is_long_may_be():
    html = table("", ("TTL", "Data"), [("86400", "mx1.outlook.test.")], code=("TTL", "Data"))
    assert "<code>86400</code>" in html and f"<code{look('wrap')}>mx1" in html
