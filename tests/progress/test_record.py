"""The page of what was done: honest, escaped, with one's own server on it, and always the same outside a copy."""

from html.parser import HTMLParser

import pytest

from helpers import blocks, check, events
from helpers.check import outline, registry
from helpers.events import Event
from helpers.show import record

KEEPER = "class Keeper:\n    # <b>mine</b>\n    async def handle_DATA(self, *rest):\n        return '250 OK'\n"


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)


def test_outside_a_copy_it_always_says_the_same():
    before = repr(record.write())
    check.predict("what_is_asked", "a")
    assert repr(record.write(name="Ada")) == before == record.ELSEWHERE
    assert "my-course/" in record.write()._repr_html_()


def test_before_anything_is_done_it_says_so(course):
    made = record.write()
    assert record.NOTHING in repr(made) and record.NOTHING in made.html
    assert made.path.read_text() == made.html


def test_it_lists_what_was_done_and_nothing_else(course):
    events.add(course, Event("passed", "00_first_letter", "three_fates"))
    events.add(course, Event("solution", "00_first_letter", "three_fates"))
    events.add(course, Event("tried", "00_first_letter", "promise"))
    made = record.write(name="Ada <i>")
    for face in (repr(made), made.html, made._repr_html_()):
        assert "three_fates" in face and "1 of" in face and "promise" not in face
        assert "1 of the exercises passed after I had opened" in face
        assert "DNS look-ups" not in face
    assert '<p class="name">Ada &lt;i&gt;</p>' in made.html and record.HONEST in made.html


@pytest.mark.parametrize("missed", [True, False])
def test_a_wrong_prediction_is_made_like_a_right_one(course, missed):
    prediction = registry.prediction("what_is_asked")
    events.add(course, Event("predicted", prediction.lesson, prediction.name))
    before = record.write().html
    events.add(course, Event("happened", prediction.lesson, prediction.name, belief="query_for_address", missed=missed))
    assert record.write().html == before and f"1 of {_core()} predictions made" in before


def _core():
    return sum(task.predicts and not task.optional for task in outline.tasks("00_first_letter"))


def test_ones_own_server_is_on_it_as_text(course):
    text, _ = blocks.with_block("", "Keeper", KEEPER)
    (course / "mymail.py").write_text(text)
    events.add(course, Event("passed", "05_live_server", "Keeper"))
    made = record.write()
    assert "My own server" in repr(made) and "# <b>mine</b>" in repr(made)
    assert "# &lt;b&gt;mine&lt;/b&gt;" in made.html and made.html.count("<h1>") == 1
    assert not {"script", "img", "link", "b"} & set(Tags(made.html).tags)
