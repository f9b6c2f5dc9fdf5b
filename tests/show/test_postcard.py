"""The postcard: self-contained, escaped, and written only into my-course/."""

from dataclasses import replace
from html.parser import HTMLParser

import pytest

from helpers.check import keeping
from helpers.lab import Lab
from helpers.lab.delivery import Fates
from helpers.show import postcard

LETTER = "From: Ada <ada@gmail.test>\nTo: support@outlook.test\nSubject: <script>alert(1)</script>\n\n<img src=x>\n"


@pytest.fixture(scope="module")
def delivery():
    with Lab() as lab:
        yield lab.send(LETTER)


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]


def test_it_holds_the_trails_and_the_transcript(delivery):
    card = postcard.write(delivery)
    for text in (repr(card), card.html):
        assert "a.root-servers.test" in text and "mx1.outlook.test" in text and "354" in text and "delivered" in text
    assert "asks resolver.isp.test for outlook.test. MX" in repr(card)
    assert "<table" in card._repr_html_()


def test_it_is_self_contained_and_what_came_in_the_letter_is_text(delivery):
    page = Tags(postcard.write(delivery).html)
    assert not {"script", "img", "link", "iframe", "object"} & set(page.tags)
    assert not {"src", "href", "onerror", "onload"} & set(page.attributes)
    assert page.tags.count("h1") == 1
    assert "&lt;script&gt;" in postcard.write(delivery).html


def test_it_says_what_was_written_to_whom_by_whom_and_what_became_of_it(delivery):
    for text in (repr(postcard.write(delivery)), postcard.write(delivery).html):
        assert "support@outlook.test" in text and "Ada" in text and "My letter, and the way it went" in text
        assert "Delivered to support@outlook.test" in text
    assert "  | <img src=x>\n  |\n  | Ada\n" in repr(postcard.write(delivery))
    signed = postcard.write(delivery, name="Zoe <b>").html
    assert '<p class="name">Zoe &lt;b&gt;</p>' in signed and '<p class="words">&lt;img src=x&gt;</p>' in signed


def test_its_picture_is_within_and_has_a_text_for_whoever_cannot_see_it(delivery):
    page = Tags(postcard.write(delivery).html)
    assert page.tags.count("svg") == 1 and "aria-label" in page.attributes
    assert "4, conversation; 5, acceptance" in postcard.write(delivery).html


def test_of_a_long_letter_it_has_the_beginning():
    with Lab(beside=True) as lab:
        long = postcard.write(lab.send(LETTER + "Tulips.\n" * 100)).html
        wide = postcard.write(lab.send(LETTER + "Tulips " * 1000)).html
    for html in (long, wide):
        words = html.partition('<p class="words">')[2].partition("</p>")[0]
        assert words.endswith(" …") and len(words) < 600 and words.count("\n") < 12


def test_a_letter_that_came_to_the_learners_own_server_says_so(delivery):
    (recipient,) = delivery.fates
    fate = delivery.fates[recipient]
    mine = replace(delivery, fates=Fates({recipient: replace(fate, exchange="mail.learner.test")}))
    assert "A letter has come to my own mail server" in postcard.write(mine).html
    notmine = replace(delivery, fates=Fates({recipient: replace(fate, exchange="mail.not-learner.test")}))
    assert "my own mail server" not in postcard.write(notmine).html


def test_outside_my_course_nothing_is_written(delivery, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    card = postcard.write(delivery)
    assert card.path is None and "Not written" in repr(card) and not list(tmp_path.iterdir())


def test_in_my_course_it_is_written_and_replaced(delivery, monkeypatch, tmp_path):
    copy = tmp_path / "my-course"
    copy.mkdir()
    monkeypatch.setattr(keeping, "folder", lambda: copy)
    (copy / "postcard.html").write_text("an earlier one")
    card = postcard.write(delivery)
    assert [path.name for path in copy.iterdir()] == ["postcard.html"]
    assert card.path.read_text(encoding="utf-8") == card.html
    assert "my-course/postcard.html" in repr(card) and str(tmp_path) not in repr(card)


def test_a_delivery_that_reached_nobody_makes_a_card_too():
    with Lab(beside=True) as lab:
        card = postcard.write(lab.send(LETTER.replace("outlook.test", "outlok.test")))
    assert "there is no domain called outlok.test" in card.html
