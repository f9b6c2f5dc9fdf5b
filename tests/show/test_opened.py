"""A letter opened: its parts whatever they are, and HTML of which nothing is left that acts."""

import re
import time

import pytest

from helpers.show import opened
from tests.browser.hostile import LETTERS

MIXED = b"Content-Type: multipart/mixed; boundary=b\n\n"
INSIDE = "<body>"
HEAPS = [
    "<!--",
    "<a ",
    '<a "',
    "<a \"<a '",
    "<",
    "<!",
    "<script>",
    "</script",
    "&",
    "&#x202e;",
    "<p style='a:rgb(",
    "<p a",
]


def page(html: str) -> str:
    return opened.page(html).partition(INSIDE)[2]


def parts(content: bytes) -> list[tuple]:
    return [(part.kind, part.name, part.reads, part.text) for part in opened.parts(content)[0]]


def test_a_letter_of_one_part():
    assert parts(b"Subject: x\n\nOne\r\nTwo\n") == [("text/plain", "", "Text", "One\nTwo\n")]
    assert parts(b"\nBody") == [("text/plain", "", "Text", "Body")]
    assert parts(b"") == [("text/plain", "", "Text", "")]


def test_parts_in_parts_in_their_order():
    inner = b"--b\nContent-Type: multipart/alternative; boundary=c\n\n--c\n\nText\n"
    inner += b"--c\nContent-Type: text/html\n\nRich\n--c--\n"
    file = b"--b\nContent-Disposition: attachment; filename=x.txt\n\nfile\n--b--\nafter\n"
    assert parts(MIXED + b"before\n" + inner + file) == [
        ("text/plain", "", "Text", "Text"),
        ("text/html", "", "HTML", "Rich"),
        ("text/plain", "x.txt", "", "file"),
    ]


@pytest.mark.parametrize(
    "encoding, body, octets",
    [
        ("base64", b"VHVs\r\naXBz", b"Tulips"),
        ("BASE64 ", b"VHVs*aXB", b"Tulip"),
        ("base64", b"VHVsa", b"Tul"),
        ("quoted-printable", b"T=75li=\r\nps", b"Tulips"),
        ("quoted-printable", b"=ZZ=", b"=ZZ"),
        ("8bit", b"\xff", b"\xff"),
        ("none such", b"x", b"x"),
    ],
)
def test_what_is_encoded_is_read_as_far_as_it_goes(encoding, body, octets):
    content = b"Content-Transfer-Encoding: " + encoding.encode() + b"\r\n\r\n" + body
    assert opened.parts(content)[0][0].octets == octets


def test_limits():
    many, more = opened.parts(MIXED + b"--b\n\nx\n" * (opened.PARTS + 1))
    assert len(many) == opened.PARTS and more
    all_of_them, more = opened.parts(MIXED + b"--b\n\nx\n" * opened.PARTS)
    assert len(all_of_them) == opened.PARTS and not more
    long = opened.parts(b"\n" + b"x" * (opened.SHOWN + 1))[0][0]
    assert long.cut and long.text == "x" * opened.SHOWN
    assert not opened.parts(b"\n" + b"x" * opened.SHOWN)[0][0].cut


def test_html_keeps_its_words_and_its_harmless_look():
    assert page('<h1 align="center">A &amp; B</h1><p style="color: #123; background: rgb(1, 2, 3)">C<br>') == (
        '<h1 align="center">A &amp; B</h1><p style="color: #123; background: rgb(1, 2, 3)">C<br>'
    )
    assert page("1 < 2 <3 > <b title='>'>x</b>") == "1 &lt; 2 &lt;3 &gt; <b>x</b>"


@pytest.mark.parametrize(
    "html, left",
    [
        ("<script>alert(1)</script>x", "x"),
        ("<style>* { color: red }</style>x", "x"),
        ("<a href='http://x.test/'>go</a>", "[link to http://x.test/] go"),
        ("<img src=http://x.test/1 alt='A <b>'>", "[picture http://x.test/1, not fetched] A &lt;b&gt;"),
        ('<p style="background:url(x);color:red;width:calc(1px)">', '<p style="color:red">'),
        ("<p style='background:u\\72l(x)'>", '<p style="">'),
        ("<p onclick=x id=y class=z name=w>", "<p>"),
        ("<p align='\"><b>'>", "<p>"),
        ("<meta http-equiv=refresh content='0;x'><base href=x><link rel=dns-prefetch href=x>", ""),
        ("&#x202e;&lt;b&gt;\x00", "\\u202e&lt;b&gt;\\x00"),
        ("<!-- x -->y<!-- z", "y"),
    ],
)
def test_what_acts_or_calls_out_is_left_out_or_stands_as_text(html, left):
    assert page(html) == left


@pytest.mark.parametrize("one", LETTERS, ids=lambda one: one.name)
def test_of_hostile_letters_only_named_elements_and_attributes_are_left(one):
    for part in opened.parts(one.content)[0]:
        left = page(part._decoded[: opened.SHOWN])
        for tag, rest in re.findall(r"<(/?[^\s>]*)([^>]*)>", left):
            assert re.fullmatch("/?(b|div|p|pre|table|td|tr)", tag), tag
            assert re.fullmatch(r'( (style|width|height|color)="[^"(&\\]*")*', rest), rest


@pytest.mark.parametrize("heap", HEAPS)
def test_no_html_takes_longer_than_its_length_allows(heap):
    def seconds(length: int) -> float:
        begun = time.thread_time()
        opened.page(heap * (length // len(heap)))
        return time.thread_time() - begun

    assert min(seconds(40_000) for _ in range(3)) < 8 * min(seconds(10_000) for _ in range(3)) + 0.01
