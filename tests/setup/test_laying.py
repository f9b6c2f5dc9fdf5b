"""The working copy: laid without outputs, renewed when untouched, never written over when the learner changed it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from helpers import course
from tests.setup.conftest import ROOT, notebook

FIRST, SECOND = "00_first_letter.ipynb", "01_dns_lookups.ipynb"
NEW = "00_first_letter.new.ipynb"


def lay(folder) -> list[str]:
    return course.lay(folder.root)


@pytest.fixture
def laid(course_folder):
    lay(course_folder)
    return course_folder


def test_a_copy_has_everything_but_outputs_counts_and_widget_state(course_folder):
    assert lay(course_folder) == ["Laid 2 notebooks in my-course/, your working copy."]
    original, copy = notebook("print(1)", "answer = ..."), course_folder.read(FIRST)
    for cell in original["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
            del cell["metadata"]["execution"]
    del original["metadata"]["widgets"]
    assert set(copy["metadata"].pop("mail_course")) == {"laid", "course"}
    assert copy == original


def test_the_course_itself_is_not_touched(course_folder):
    before = {path: path.read_bytes() for path in (course_folder.root / "notebooks").iterdir()}
    lay(course_folder)
    assert {path: path.read_bytes() for path in (course_folder.root / "notebooks").iterdir()} == before


def test_laying_again_says_and_writes_nothing(laid):
    before = {path: path.stat().st_mtime_ns for path in laid.copies.iterdir()}
    assert lay(laid) == []
    assert {path: path.stat().st_mtime_ns for path in laid.copies.iterdir()} == before


def test_laying_again_reads_no_notebook(laid, monkeypatch):
    monkeypatch.setattr(course, "_parse", lambda data: pytest.fail("read a notebook"))
    assert lay(laid) == []


@pytest.mark.parametrize("lost", ["gone", "not JSON", "[]", '{"00_first_letter.ipynb": 1}'])
def test_without_its_index_it_only_takes_longer(laid, lost):
    laid.change(FIRST, "answer = 42")
    index = laid.copies / ".laid.json"
    index.unlink() if lost == "gone" else index.write_text(lost)
    assert lay(laid) == []
    assert laid.sources(FIRST)[-1] == "answer = 42"


def test_an_untouched_copy_is_renewed(laid):
    laid.publish(SECOND, "print(3)")
    assert lay(laid) == [f"Renewed, since the course's text changed and yours had not: {SECOND}."]
    assert laid.sources(SECOND)[-1] == "print(3)"
    assert laid.names() == [FIRST, SECOND]


def test_a_copy_that_was_only_run_is_untouched_and_renewed(laid):
    book = laid.read(SECOND)
    book["cells"][-1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "2\n"}]
    book["cells"][-1]["execution_count"] = 1
    book["cells"].append(
        {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": ["\n"]}
    )
    laid.write(laid.copies / SECOND, book)  # Shift+Enter on the last cell adds an empty one
    laid.publish(SECOND, "print(3)")
    lay(laid)
    assert laid.sources(SECOND) == ["# A title\nand a sentence", "print(3)"]


def test_a_change_of_tags_alone_renews_an_untouched_copy(laid):
    laid.publish(SECOND, "print(2)", title="another")
    lay(laid)
    assert laid.read(SECOND)["metadata"]["title"] == "another"


def test_a_change_of_tags_alone_leaves_a_changed_copy_alone(laid):
    laid.change(SECOND, "mine")
    laid.publish(SECOND, "print(2)", title="another")
    assert lay(laid) == []
    assert laid.names() == [FIRST, SECOND]


def test_a_changed_copy_survives_and_the_new_text_is_laid_beside_it(laid):
    laid.change(FIRST, "answer = 42")
    mine = (laid.copies / FIRST).read_bytes()
    laid.publish(FIRST, "print(1)", "question = ...")
    assert lay(laid) == [
        f"The course has a new text of {FIRST}. You changed yours, so it was left alone; "
        f"the new text is beside it: {NEW}."
    ]
    assert (laid.copies / FIRST).read_bytes() == mine
    assert laid.sources(NEW)[-1] == "question = ..."
    assert lay(laid) == []
    (laid.copies / ".laid.json").unlink()
    assert lay(laid) == []


def test_a_new_text_beside_a_changed_copy_is_renewed_while_untouched(laid):
    laid.change(FIRST, "answer = 42")
    for text in ("second", "third"):
        laid.publish(FIRST, text)
        assert len(lay(laid)) == 1
    assert laid.sources(NEW)[-1] == "third"
    assert laid.names() == [FIRST, NEW, SECOND]


@pytest.mark.parametrize("damaged", [False, True])
def test_a_new_text_that_the_learner_changed_too_is_left_alone(laid, damaged):
    laid.change(FIRST, "answer = 42")
    laid.publish(FIRST, "second")
    lay(laid)
    laid.change(NEW, "mine as well")
    if damaged:
        (laid.copies / NEW).write_text("mine, and no notebook")
    before = (laid.copies / NEW).read_bytes()
    laid.publish(FIRST, "third")
    (sentence,) = lay(laid)
    assert sentence == (
        f"The course has a new text of {FIRST}. You changed yours, and {NEW} too: both were left alone. "
        "Rename the second to get the new text."
    )
    assert (laid.copies / NEW).read_bytes() == before
    os.rename(laid.copies / NEW, laid.copies / "mine.ipynb")
    lay(laid)
    assert laid.sources(NEW)[-1] == "third"


def test_a_new_text_that_was_deleted_is_not_pressed_upon_the_learner(laid):
    laid.change(FIRST, "answer = 42")
    laid.publish(FIRST, "second")
    lay(laid)
    (laid.copies / NEW).unlink()
    laid.change(FIRST, "answer = 43")
    assert lay(laid) == []
    assert laid.names() == [FIRST, SECOND]
    laid.publish(FIRST, "third")
    assert len(lay(laid)) == 1
    assert laid.sources(NEW)[-1] == "third"


def test_taking_the_new_text_ends_the_matter(laid):
    laid.change(FIRST, "answer = 42")
    laid.publish(FIRST, "second")
    lay(laid)
    os.replace(laid.copies / NEW, laid.copies / FIRST)
    assert lay(laid) == []
    laid.publish(FIRST, "third")
    lay(laid)
    assert laid.sources(FIRST)[-1] == "third"


def test_a_copy_without_our_mark_counts_as_changed_unless_it_is_the_course_s_text(laid):
    for name in (FIRST, SECOND):
        book = laid.read(name)
        book["metadata"]["mail_course"] = "not ours"
        laid.write(laid.copies / name, book)
    laid.change(FIRST, "mine")
    lay(laid)
    assert laid.names() == [FIRST, NEW, SECOND]


def test_a_deleted_copy_is_laid_again(laid):
    (laid.copies / SECOND).unlink()
    assert lay(laid) == ["Laid 1 notebook in my-course/, your working copy."]
    assert laid.sources(SECOND)[-1] == "print(2)"


DAMAGED = [
    b"",
    b"<<<<<<< HEAD",
    b"\xff\xfe\x00",
    b"[]",
    b'{"cells": []}',
    b'{"nbformat": 4, "metadata": {}, "cells": {}}',
    b'{"nbformat": 4, "metadata": {}, "cells": [1]}',
    b'{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": "code", "source": [1]}]}',
    b'{"nbformat": 4, "metadata": {}, "cells": [{"cell_type": 1, "source": "x"}]}',
    b"[" * 200_000,
]


@pytest.mark.parametrize("data", DAMAGED, ids=range(len(DAMAGED)))
def test_a_damaged_copy_is_the_learner_s_and_named_at_each_start(laid, data):
    (laid.copies / FIRST).write_bytes(data)
    sentence = f"my-course/{FIRST} cannot be read as a notebook, so it was left alone. Rename it to get a fresh one."
    assert lay(laid) == [sentence] == lay(laid)
    assert (laid.copies / FIRST).read_bytes() == data


def test_a_folder_in_a_notebook_s_place_is_left_alone(laid):
    (laid.copies / FIRST).unlink()
    (laid.copies / FIRST).mkdir()
    assert "left alone" in lay(laid)[0]


def test_a_damaged_notebook_of_the_course_is_named_and_the_others_are_laid(course_folder):
    (course_folder.root / "notebooks" / FIRST).write_text("<<<<<<< HEAD")
    assert lay(course_folder) == [
        "Laid 1 notebook in my-course/, your working copy.",
        f"notebooks/{FIRST} is not a notebook. Restore it: git checkout -- notebooks/{FIRST}",
    ]
    assert course_folder.names() == [SECOND]


def test_other_files_are_left_alone(laid):
    (laid.copies / "notes.txt").write_text("mine")
    (laid.copies / "my_own.ipynb").write_text("mine")
    (laid.root / "notebooks" / "draft.ipynb").write_text("no number, no notebook of the course")
    assert lay(laid) == []
    assert laid.names() == [FIRST, SECOND, "my_own.ipynb", "notes.txt"]


def test_writing_is_whole_or_not_at_all(laid, monkeypatch):
    before = (laid.copies / FIRST).read_bytes()
    laid.publish(FIRST, "print(9)")

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        lay(laid)
    monkeypatch.undo()
    assert (laid.copies / FIRST).read_bytes() == before
    assert not list(laid.copies.glob(".*.part"))


def test_links_and_pictures_hold_in_both_folders(course_folder):
    """The course writes them as ../notebooks/..., which both folders understand; laying changes no source."""
    text = "![The journey](../notebooks/images/journey.svg) and [the next](01_dns_lookups.ipynb)"
    course_folder.publish(FIRST, text)
    (course_folder.root / "notebooks" / "images").mkdir()
    (course_folder.root / "notebooks" / "images" / "journey.svg").write_text("<svg/>")
    lay(course_folder)
    for folder in ("notebooks", "my-course"):
        book = json.loads((course_folder.root / folder / FIRST).read_text())
        assert book["cells"][-1]["source"] == text
        for link in ("../notebooks/images/journey.svg", "01_dns_lookups.ipynb"):
            assert (course_folder.root / folder / link).exists()


def test_the_hash_is_the_same_however_the_source_is_split(laid):
    book = laid.read(FIRST)
    for cell in book["cells"]:
        cell["source"] = "".join(cell["source"]).splitlines(keepends=True)
    laid.write(laid.copies / FIRST, book)
    laid.publish(FIRST, "second")
    assert "Renewed" in lay(laid)[0]


def test_pytest_never_collects_the_working_copy(whole_course):
    lay(whole_course)
    (whole_course.copies / "test_mine.py").write_text("def test_mine(): pass\n")
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # nbval is the one that matters here
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--collect-only",
        "-q",
        "-p",
        "nbval.plugin",
        "-p",
        "no:cacheprovider",
        ".",
    ]
    run = subprocess.run(command, cwd=whole_course.root, env=environment, capture_output=True, text=True)
    assert f"notebooks/{FIRST}" in run.stdout
    assert "my-course" not in run.stdout and "test_mine" not in run.stdout


def test_git_never_sees_the_working_copy():
    assert "/my-course/" in (ROOT / ".gitignore").read_text().splitlines()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["lay"], 0, "my-course/ is up to date.\n"),
        (["save"], 0, "Saved 2 notebooks in my-course/saved/my-course-"),
        (["restore", "nowhere.zip"], 1, "There is no file nowhere.zip. Look up its name in the file list.\n"),
        (["restore", "a", "b"], 2, "python -m helpers.course lay [FOLDER] | save | restore [FILE]\n"),
        ([], 2, "python -m helpers.course lay [FOLDER] | save | restore [FILE]\n"),
    ],
)
def test_the_command_line(whole_course, words, code, said):
    lay(whole_course)
    command = [sys.executable, "-m", "helpers.course", *words]
    environment = {**os.environ, "PYTHONPATH": str(whole_course.root)}
    run = subprocess.run(command, cwd=whole_course.root, env=environment, capture_output=True, text=True)
    assert (run.returncode, (run.stdout + run.stderr).startswith(said)) == (code, True), run


def test_the_command_line_in_this_process(laid, capsys, monkeypatch):
    monkeypatch.setattr(course.lay, "__defaults__", (laid.root, None))
    assert course.main(["lay"]) == 0
    assert capsys.readouterr().out == "my-course/ is up to date.\n"
    assert course.main(["restore", "nowhere"]) == 1
    assert "no file nowhere" in capsys.readouterr().err
    assert course.main(["what"]) == 2


def test_the_course_lies_beside_the_helpers():
    assert Path(course.__file__).parents[1] == course.ROOT == ROOT
