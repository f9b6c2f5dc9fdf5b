"""The parts of a letter as a tree, and what hostile ones do to it: nothing."""

from helpers.lab import Lab
from helpers.show import story
from helpers.show.parts import DEEPEST, MOST, Parts
from tests.wire.pages import Page

PACKED = story.raw_letter("04_seeds_list").encode()
NESTED = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n' % (n, n) for n in range(200))


def test_each_part_has_its_place_and_is_decoded():
    parts = Parts(PACKED)
    assert repr(parts).splitlines() == [
        "multipart/mixed",
        "  multipart/alternative",
        "    text/plain, quoted-printable",
        "    text/html, quoted-printable",
        "  text/csv, base64, seeds.csv",
    ]
    page = Page(parts._repr_html_())
    assert page.tags == {"div", "details", "summary", "p", "pre", "code"}
    assert "Gr=C3=BC=C3=9Fe" in page.text and "Grüße! Ten tulips" in page.text and "dahlia,3" in page.text
    assert page.text.index("dHVsaXA") < page.text.index("dahlia,3") and "\\r" not in page.text
    assert "<b>Ten" in page.text and "<b>" not in parts._repr_html_()


def test_a_letter_of_one_part_is_a_tree_of_one():
    assert repr(Parts(b"Subject: x\r\n\r\nHello\r\n")) == "text/plain, as it is"


def test_no_part_can_do_harm():
    hostile = (
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: <script>/x\r\n'
        b"Content-Disposition: attachment; filename*=nonsense''%FF\xff\r\n"
        b"Content-Transfer-Encoding: <img src=x>\r\n\r\n"
        b"\x1b[2J<script>alert(1)</script>\r\n--b\r\nContent-Transfer-Encoding: base64\r\n\r\n!!!\xff\r\n--b--\r\n"
    )
    for parts in (Parts(hostile), Parts(NESTED), Parts(b""), Parts(b"\xff\x00")):
        page = parts._repr_html_()
        assert Page(page).tags <= {"div", "details", "summary", "p", "pre", "code"}
        assert "\x1b" not in page + repr(parts) and "<script" not in page
    assert len(repr(Parts(NESTED)).splitlines()) <= DEEPEST + 1
    many = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n' + b"--b\r\n\r\nx\r\n" * 1000
    assert len(repr(Parts(many)).splitlines()) == MOST


def test_a_closing_letter_is_read_before_it_is_looked_into():
    with Lab(beside=True) as lab:
        letter = story.closing_letter(lab, "06_dns_on_the_wire")
        assert repr(letter) == repr(lab.mailbox("learner@isp.test")[-1])
        page = Page(letter._repr_html_())
    order = ("Subject: Somebody read along", "if anybody in the", "The envelope, and the letter", "RCPT TO")
    places = [page.text.index(words) for words in order]
    assert places == sorted(places)
