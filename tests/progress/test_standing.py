"""check.progress, again, recall and another: what is shown of how far a learner is, and what is asked again."""

import re

import pytest

from helpers import check, events
from helpers.check import outline, registry, standing
from helpers.events import Event
from helpers.lessons import minutes

LESSON = "90_sample"


def cell(kind, source, id):
    return {"cell_type": kind, "id": id, "source": [source]}


CELLS = [
    cell("markdown", "# 90 · A sample", "c0"),
    cell("code", 'check.predict("colour")', "c1"),
    cell("code", "answer = ...\ncheck.size(answer)", "c2"),
    cell("markdown", "## Optional: more of it\n\nWords.", "c3"),
    cell("code", "answer = ...\ncheck.order(answer)", "c4"),
    cell("markdown", "## Back", "c5"),
    *(
        cell("code", f"check.{name}({name})", f"d{n}")
        for n, name in enumerate(("first_word", "first_letter", "is_greeting", "Tally", "later", "length"))
    ),
]


@pytest.fixture
def sampled(sample, monkeypatch):
    """The sample lesson with a notebook."""
    monkeypatch.setattr(outline, "cells", lambda lesson: CELLS)
    outline.tasks.cache_clear(), outline.title.cache_clear()
    yield
    outline.tasks.cache_clear(), outline.title.cache_clear()


@pytest.fixture
def here(sampled, course, monkeypatch):
    """A kernel that works in a copy of it."""
    monkeypatch.chdir(course)
    return course


def finish(folder):
    """All of the core is done, but the prediction."""
    for task in outline.tasks(LESSON):
        if not task.optional and not task.predicts:
            events.add(folder, Event("passed", LESSON, task.name))


# ---- The notebooks as they are


def test_what_is_optional_is_so_in_the_model_of_minutes_too():
    for lesson in ("06_dns_on_the_wire", "09_dkim_dmarc"):
        model = {name: section.part == 0 for section in minutes.sections(lesson) for name in section.asks}
        assert {task.name: task.optional for task in outline.tasks(lesson)} == model
        assert all(task.cell for task in outline.tasks(lesson))


# ---- A line, a table


def test_outside_a_copy_the_line_always_has_the_same_words(sampled):
    before = repr(check.progress(LESSON)), check.progress(LESSON)._repr_html_()
    check.predict("colour", "a")
    check.size("large")
    assert (repr(check.progress(LESSON)), check.progress(LESSON)._repr_html_()) == before
    assert "runs in my-course/" in before[0] and "runs in my-course/" in repr(check.progress())


def test_the_line_counts_and_leads_on(here):
    assert repr(check.progress(LESSON)) == (
        "90_sample: 0 of 7 exercises, 0 of 1 prediction made; about 10 minutes left; go on at colour."
    )
    check.predict("colour", "a")
    check.size(5)
    line = check.progress(LESSON)
    assert "0 of 7 exercises, 1 of 1 prediction made" in repr(line) and "go on at size" in repr(line)
    assert '<a href="90_sample.ipynb#cell-id=c2" style="text-decoration:underline">size</a>' in line._repr_html_()
    check.size("large")
    assert "1 of 7 exercises" in repr(check.progress(LESSON))
    finish(here)
    assert repr(check.progress(LESSON)).endswith("7 of 7 exercises, 1 of 1 prediction made; all of its core is done.")


def test_the_table_has_a_row_a_notebook_and_a_sign_a_task_that_leads_to_its_cell(here):
    check.hint("size")
    check.order([1, 2])
    check.predict("colour", "a")
    table = check.progress()
    assert "90 · A sample  ✓…(" in repr(table) and "0 of 7 exercises done, 1 of 1 predictions made." in repr(table)
    page = table._repr_html_()
    assert page.count("#cell-id=") == len(outline.tasks(LESSON)) + 1
    assert 'href="90_sample.ipynb#cell-id=c2" title="size: tried" aria-label="size: tried">…</a>' in page


def test_an_unknown_notebook_is_a_lookup_error(sampled):
    with pytest.raises(registry.UnknownName, match="there is no notebook '91_none'; they are"):
        check.progress("91_none")


def test_a_wrong_prediction_looks_like_a_right_one_everywhere(here):
    faces = []
    for letter in "ab":
        check.forget()
        check.predict("colour", letter)
        check.happened("colour", 3)
        faces.append([repr(check.progress()), check.progress()._repr_html_(), repr(check.progress(LESSON))])
    assert faces[0] == faces[1]


# ---- Again


def test_again_gives_an_exercise_back_as_new(here, cells):
    for _ in range(3):
        check.hint("first_word")
    check.first_word(cells.run("def first_word(line):\n    return line.split()[0].upper()", "first_word"))
    told = repr(check.again("first_word"))
    assert "check.first_word(first_word)" in told and "stays in `my-course/mymail.py`" in told
    assert "hint 1 of 3" in repr(check.hint("first_word"))
    assert "0 of 7 exercises" in repr(check.progress(LESSON))
    check.size("large")
    check.again("size")
    check.again("size")
    check.size("large")
    assert "1 of 7 exercises" in repr(check.progress(LESSON))


def test_again_for_a_prediction(here):
    check.predict("colour", "a")
    check.again("colour")
    assert "0 of 1 prediction made" in repr(check.progress(LESSON))
    assert "You predicted" not in repr(check.happened("colour", 3))
    check.predict("colour", "a")
    assert "1 of 1 prediction made" in repr(check.progress(LESSON))
    with pytest.raises(LookupError):
        check.again("colours")


def test_two_machines_that_began_it_anew_agree(here):
    check.size("large")
    shared = (here / events.NAME).read_bytes()
    check.again("size")
    anew = (here / events.NAME).read_bytes()
    for both in (events.union(shared, anew), events.union(anew, shared)):
        (here / events.NAME).write_bytes(both)
        assert "0 of 7 exercises" in repr(check.progress(LESSON))


# ---- Recall


def test_recall_asks_what_was_seen_in_notebooks_that_are_finished(here):
    assert "nothing to ask yet" in repr(check.recall())
    check.predict("colour", "a")
    check.happened("colour", 3)
    assert "nothing to ask yet" in repr(check.recall())
    finish(here)
    asked = repr(check.recall())
    assert "2 from what you have finished" in asked and 'check.again("size")' in asked  # there is one prediction only
    assert "Which colour is <it>?" in asked and 'check.recall("colour", "a")' in asked
    assert "&lt;it&gt;" in check.recall()._repr_html_()
    assert "not so" in repr(check.recall("colour", "a")) and "Red was" in repr(check.recall("colour", "a"))
    assert "still so" in repr(check.recall("colour", "B)"))
    assert "no such option" in repr(check.recall("colour", "z"))
    with pytest.raises(LookupError):
        check.recall("colours", "a")


def test_what_was_not_seen_cannot_be_recalled(here):
    assert "not seen yet" in repr(check.recall("colour", "a"))


def test_first_those_that_went_wrong_and_three_at_a_time(course):
    for lesson in ("00_first_letter", "01_dns_lookups"):
        for task in outline.tasks(lesson):
            events.add(course, Event(task.done, lesson, task.name))
    asked = [*registry.of("00_first_letter").predictions.values(), *registry.of("01_dns_lookups").predictions.values()]
    for number, prediction in enumerate(asked):
        seen = Event(
            "happened", prediction.lesson, prediction.name, missed=number == 9, true=prediction.options[0].mark
        )
        events.add(course, seen)
    told = re.findall(r'check\.recall\("(\w+)"', repr(check.recall()))
    assert len(told) == standing.ASKED and told[0] == asked[9].name
    check.recall(asked[9].name, "a")
    assert asked[9].name not in re.findall(r'check\.recall\("(\w+)"', repr(check.recall()))


def test_an_exercise_that_went_wrong_is_given_once_more_until_it_passes_at_once(course):
    for lesson in ("00_first_letter", "01_dns_lookups"):
        for task in outline.tasks(lesson):
            events.add(course, Event(task.done, lesson, task.name))
    for prediction in registry.of("01_dns_lookups").predictions.values():
        seen = Event("happened", prediction.lesson, prediction.name, true=prediction.options[0].mark)
        events.add(course, seen)
    assert "check.again" not in repr(check.recall())  # all passed at once, and there are three predictions to ask
    events.add(course, Event("tried", "01_dns_lookups", "fate"))
    asked = repr(check.recall())
    assert "It took you more than one try" in asked and 'check.again("fate")' in asked
    assert len(re.findall(r'check\.recall\("\w+"', asked)) == standing.ASKED - 1
    check.again("fate")  # under way: not asked, and the notebook counts as finished all the same
    asked = repr(check.recall())
    assert "check.again" not in asked and "3 from what you have finished" in asked
    events.add(course, Event("passed", "01_dns_lookups", "fate", round=2))
    assert "check.again" not in repr(check.recall())


# ---- A second good way


def test_another_way_stands_beside_ones_own_once_that_has_passed(here, cells):
    assert "not open yet" in repr(check.another("first_word"))
    mine = "def first_word(line):\n    mine = line.split()[0]\n    return mine.upper()"
    check.first_word(cells.run(mine, "first_word"))
    told = repr(check.another("first_word"))
    assert "mine = line.split()" in told and told.count("def first_word(line):") == 2
    assert "one way only" in repr(check.another("size"))
    assert "one way only" in repr(check.another("first_letter"))
