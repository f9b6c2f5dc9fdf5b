"""Where a learner's copy is: found by its mark, beside the course or elsewhere, and nobody else's."""

import io
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from helpers import blocks, course, doctor, working_copy
from helpers.check import keeping
from tests.setup.conftest import ROOT

FIRST, SECOND = "00_first_letter.ipynb", "01_dns_lookups.ipynb"
SHOWS = "![The journey](../notebooks/images/journey.svg) and [the next](01_dns_lookups.ipynb)"
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s#]+)[^)]*\)")


def text(*sources: str) -> dict:
    """A notebook of Markdown cells."""
    cells = [{"cell_type": "markdown", "id": f"c{n}", "metadata": {}, "source": each} for n, each in enumerate(sources)]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture
def pictured(course_folder):
    """A course whose first notebook shows a picture."""
    course_folder.write(course_folder.root / "notebooks" / FIRST, text(SHOWS))
    (course_folder.root / "notebooks" / "images").mkdir()
    (course_folder.root / "notebooks" / "images" / "journey.svg").write_text("<svg/>")
    return course_folder


def read(path: Path) -> str:
    return "".join(json.loads(path.read_text(encoding="utf-8"))["cells"][0]["source"])


# ---- The mark


def test_laying_marks_the_copy_and_says_in_the_mark_what_it_is(course_folder):
    course.lay(course_folder.root)
    mark = json.loads((course_folder.copies / working_copy.MARK).read_text())
    assert mark["format"] == 1 and mark["what"].startswith("This folder is a learner's working copy of the course")


def test_a_copy_that_an_earlier_version_laid_is_marked_when_it_is_laid_again(course_folder):
    course.lay(course_folder.root)
    (course_folder.copies / working_copy.MARK).unlink()
    course_folder.change(FIRST, "answer = 42")
    assert course.lay(course_folder.root) == []
    assert working_copy.is_one(course_folder.copies)
    assert course_folder.sources(FIRST)[-1] == "answer = 42"


def test_a_mark_that_a_later_version_made_is_left_as_it_is(course_folder):
    course.lay(course_folder.root)
    (course_folder.copies / working_copy.MARK).write_text('{"format": 2}')
    course.lay(course_folder.root)
    assert (course_folder.copies / working_copy.MARK).read_text() == '{"format": 2}'


@pytest.mark.parametrize(("room", "inside"), [("copy", True), ("copy/a/b", True), ("copying", False), (".", False)])
def test_it_is_found_upward_from_the_working_folder(tmp_path, monkeypatch, room, inside):
    (tmp_path / room).mkdir(parents=True, exist_ok=True)
    (tmp_path / "copy").mkdir(exist_ok=True)
    working_copy.mark(tmp_path / "copy")
    monkeypatch.chdir(tmp_path / room)
    assert working_copy.find() == (tmp_path / "copy" if inside else None)


def test_the_course_s_own_folders_are_in_no_copy_even_where_the_course_lies_in_one(tmp_path, monkeypatch):
    working_copy.mark(tmp_path)
    monkeypatch.setattr(working_copy, "ROOT", tmp_path / "course")
    for room, found in (("course/notebooks", None), ("course", None), ("courses", tmp_path)):
        (tmp_path / room).mkdir(parents=True, exist_ok=True)
        monkeypatch.chdir(tmp_path / room)
        assert working_copy.find() == found


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="files on Windows have no such owner")
def test_another_user_s_mark_counts_only_beside_the_course(course_folder, tmp_path, monkeypatch):
    """Or whoever may write into a folder above could have a learner's kernel run what lies there."""
    (tmp_path / "mail" / "deeper").mkdir(parents=True)
    working_copy.mark(tmp_path / "mail")
    monkeypatch.chdir(tmp_path / "mail" / "deeper")
    assert working_copy.find() == tmp_path / "mail"
    monkeypatch.setattr(os, "getuid", lambda: os.stat(tmp_path).st_uid + 1)
    assert working_copy.find() is None
    with pytest.raises(course.CourseError, match="holds other things and is no working copy"):
        course.lay(course_folder.root, tmp_path / "mail")
    course.lay(course_folder.root)
    monkeypatch.setattr(working_copy, "ROOT", course_folder.root)
    monkeypatch.chdir(course_folder.copies)
    assert working_copy.find() == course_folder.copies


# ---- A copy elsewhere


def test_a_copy_is_laid_in_a_folder_of_the_learner_s_own_and_renewed_there(pictured, tmp_path):
    mine = tmp_path / "home" / "ada" / "mail"
    assert course.lay(pictured.root, mine) == ["Laid 2 notebooks in mail/, your working copy."]
    assert sorted(path.name for path in mine.iterdir() if path.name[0] != ".") == [FIRST, SECOND, "course"]
    assert course.lay(pictured.root, mine) == []
    pictured.publish(SECOND, "print(3)")
    assert course.lay(pictured.root, mine) == [f"Renewed, since the course's text changed and yours had not: {SECOND}."]
    assert not pictured.copies.exists()


def test_a_damaged_copy_elsewhere_is_named_by_its_folder(course_folder, tmp_path):
    course.lay(course_folder.root, tmp_path / "mail")
    (tmp_path / "mail" / FIRST).write_text("<<<<<<< HEAD")
    assert course.lay(course_folder.root, tmp_path / "mail")[0].startswith(f"mail/{FIRST} cannot be read")


def test_the_default_folder_may_be_named_too(course_folder, monkeypatch):
    monkeypatch.chdir(course_folder.root)
    assert course.lay(course_folder.root, "my-course") == ["Laid 2 notebooks in my-course/, your working copy."]
    assert course.lay(course_folder.root) == []


@pytest.mark.parametrize("room", ["notebooks", "notebooks/deeper", "helpers", ".", "copies", "my-course/deeper"])
def test_no_copy_is_laid_in_the_course_s_own_folders(course_folder, room):
    before = sorted(course_folder.root.rglob("*"))
    with pytest.raises(course.CourseError, match="is in the course's own folder"):
        course.lay(course_folder.root, course_folder.root / room)
    assert sorted(course_folder.root.rglob("*")) == before


def test_no_copy_is_laid_in_another(course_folder, tmp_path):
    course.lay(course_folder.root, tmp_path / "mail")
    with pytest.raises(course.CourseError, match="is in another working copy"):
        course.lay(course_folder.root, tmp_path / "mail" / "saved" / "deeper")


@pytest.mark.parametrize("thing", ["notes.txt", ".bashrc", FIRST])
def test_nothing_is_laid_among_other_things(course_folder, tmp_path, thing):
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / thing).write_text("mine")
    with pytest.raises(course.CourseError, match="holds other things and is no working copy: nothing was laid"):
        course.lay(course_folder.root, tmp_path / "home")
    assert [(path.name, path.read_text()) for path in (tmp_path / "home").iterdir()] == [(thing, "mine")]


@pytest.mark.parametrize("place", ["file", "file/deeper"])
def test_a_file_is_no_place_for_a_copy(course_folder, tmp_path, place):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(course.CourseError, match="is a file, or lies in one"):
        course.lay(course_folder.root, tmp_path / place)
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_that_cannot_be_written_is_named(course_folder, tmp_path, monkeypatch):
    def refused(self, *args, **how):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(course.CourseError, match=r"mail cannot be written: Permission denied\. Name a new folder"):
        course.lay(course_folder.root, tmp_path / "mail")


# ---- Links


def test_links_hold_in_a_copy_elsewhere_and_the_text_counts_as_the_same(pictured, tmp_path):
    course.lay(pictured.root)
    course.lay(pictured.root, tmp_path / "mail")
    assert read(pictured.copies / FIRST) == SHOWS
    assert read(tmp_path / "mail" / FIRST) == SHOWS.replace("../notebooks/", "course/")
    assert (tmp_path / "mail" / "course" / "images" / "journey.svg").read_text() == "<svg/>"
    notes = [json.loads((folder / FIRST).read_text())["metadata"] for folder in (pictured.copies, tmp_path / "mail")]
    assert notes[0] == notes[1]


def test_what_a_notebook_shows_is_renewed_but_not_where_the_learner_put_something_else(pictured, tmp_path):
    source, laid = pictured.root / "notebooks/images/journey.svg", tmp_path / "mail/course/images/journey.svg"
    course.lay(pictured.root, tmp_path / "mail")
    source.write_text("<svg>new</svg>")
    course.lay(pictured.root, tmp_path / "mail")
    assert laid.read_text() == "<svg>new</svg>"
    laid.unlink()
    course.lay(pictured.root, tmp_path / "mail")
    assert laid.read_text() == "<svg>new</svg>"
    laid.write_text("mine")
    source.write_text("<svg>newest</svg>")
    for _ in range(2):
        assert course.lay(pictured.root, tmp_path / "mail") == []
    assert laid.read_text() == "mine"


def test_a_file_of_the_learner_s_where_pictures_would_lie_is_left_alone(pictured, tmp_path):
    mine = tmp_path / "mail"
    mine.mkdir()
    working_copy.mark(mine)
    (mine / "course").write_text("mine")
    assert course.lay(pictured.root, mine) == ["Laid 2 notebooks in mail/, your working copy."]
    assert (mine / "course").read_text() == "mine"


def test_work_that_was_saved_elsewhere_comes_back_with_links_that_hold(pictured, tmp_path, monkeypatch):
    there = tmp_path / "mail"
    course.lay(pictured.root)
    course.lay(pictured.root, there)
    changed = json.loads((there / FIRST).read_text())
    changed["cells"].append({"cell_type": "code", "metadata": {}, "outputs": [], "source": "answer = 42"})
    pictured.write(there / FIRST, changed)
    monkeypatch.chdir(there)
    saved = course.save()
    monkeypatch.chdir(pictured.root)
    assert course.restore(saved.path, pictured.root).taken == (FIRST,)
    assert read(pictured.copies / FIRST) == SHOWS and pictured.sources(FIRST)[-1] == "answer = 42"
    assert course.lay(pictured.root) == []  # it is the course's newest text that was changed: no other is offered


def test_every_relative_link_of_the_course_leads_to_a_file_in_a_copy_elsewhere(tmp_path):
    course.lay(folder=tmp_path / "mail")
    followed = 0
    for notebook in (tmp_path / "mail").glob("*.ipynb"):
        for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
            for target in LINK.findall("".join(cell["source"])) if cell["cell_type"] == "markdown" else ():
                if "://" not in target:
                    assert (notebook.parent / target).resolve().is_relative_to(tmp_path / "mail"), target
                    assert (notebook.parent / target).is_file(), target
                    followed += 1
    assert followed > 20


# ---- Saving and taking back, from within


def test_save_and_restore_work_on_the_copy_that_one_works_in(course_folder, tmp_path, monkeypatch):
    course.lay(course_folder.root, tmp_path / "mail")
    (tmp_path / "mail" / "mymail.py").write_text("a = 1\n")
    (tmp_path / "mail" / "deeper").mkdir()
    monkeypatch.chdir(tmp_path / "mail" / "deeper")
    saved = course.save()
    assert saved.path.parent == tmp_path / "mail" / "saved"
    assert repr(saved).startswith("Saved 2 notebooks and mymail.py in mail/saved/my-course-")
    assert (
        "drop it into mail/ and run course.restore().\n" in repr(saved) + "\n"
        and "<code>mail/</code>" in saved._repr_html_()
    )
    (tmp_path / "mail" / "mymail.py").unlink()
    monkeypatch.setattr(course, "ROOT", course_folder.root)
    assert course.restore().taken == ("mymail.py",)
    assert repr(course.restore()) == f"Nothing had to be taken back from {saved.path.name}: mail/ has it all."
    assert not course_folder.copies.exists()


def test_with_nothing_to_take_back_the_copy_is_named(tmp_path, monkeypatch):
    working_copy.mark(tmp_path)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(course.CourseError, match=f"There is nothing to save: {tmp_path.name}/ holds"):
        course.save()
    with pytest.raises(course.CourseError, match=f"There is no saved file in {tmp_path.name}/"):
        course.restore()


def test_the_doctor_looks_at_the_copy_that_one_works_in(tmp_path, monkeypatch):
    working_copy.mark(tmp_path)
    monkeypatch.chdir(tmp_path)
    asked = []
    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", lambda dir: asked.append(dir) or io.BytesIO())
    assert doctor._folder().state == "ok" and asked == [tmp_path]
    monkeypatch.chdir(ROOT)
    assert doctor._folder().state == "ok" and asked[1:] == [ROOT]


# ---- Two learners


LEARNS = """
import sys
from helpers import course
from helpers.check import keeping

print(keeping.folder(), flush=True)
sys.stdin.readline()  # until the other is there, too
for number in range(20):
    told = keeping.keep("mine", f"def mine():\\n    return {sys.argv[1]!r}, {number}\\n")
    assert told == f"Kept in {sys.argv[1]}/mymail.py.", told
    assert keeping.theirs("mine")() == (sys.argv[1], number)
print(course.save().path.parent)
"""


def test_two_learners_share_one_environment_at_once_and_no_file(tmp_path):
    homes = [tmp_path / "ada" / "mail-ada", tmp_path / "grace" / "mail-grace"]
    for home in homes:
        command = [sys.executable, "-m", "helpers.course", "lay", str(home)]
        said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path).stdout
        count = len([*(ROOT / "notebooks").glob("*.ipynb")])
        assert said.startswith(f"Laid {count} notebooks in {home.name}/, your working copy.\nOpen it: ")
        assert shlex.split(said.splitlines()[1])[-1] == str(home)
    course_before = sorted(ROOT.glob("my-course/*"))
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    learners = [subprocess.Popen([sys.executable, "-c", LEARNS, home.name], cwd=home, **pipes) for home in homes]
    assert [learner.stdout.readline().strip() for learner in learners] == list(map(str, homes))
    for learner in learners:
        learner.stdin.write("go\n")
        learner.stdin.flush()
    said = [learner.communicate(timeout=60)[0].strip() for learner in learners]
    assert said == [str(home / "saved") for home in homes]
    for home, other in (homes, homes[::-1]):
        assert home.name in (home / blocks.NAME).read_text() and other.name not in (home / blocks.NAME).read_text()
        assert sorted(path.name for path in home.parent.iterdir()) == [home.name]
    assert sorted(ROOT.glob("my-course/*")) == course_before


def test_sentences_name_the_folder_of_a_copy_that_is_called_otherwise(tmp_path, monkeypatch):
    (tmp_path / "mail").mkdir()
    working_copy.mark(tmp_path / "mail")
    monkeypatch.chdir(tmp_path / "mail")
    assert keeping.keep("f", "def f():\n    return 1") == "Kept in mail/mymail.py."
    (tmp_path / "mail" / "mymail.py").write_text("x = = 1\n")
    with pytest.raises(keeping.Broken, match=r"line 1 of mail/mymail.py does not parse"):
        keeping.theirs("f")
    (tmp_path / "mail" / "mymail.py").write_bytes(b"\xff")
    with pytest.raises(keeping.Broken, match=r"mail/mymail.py is not UTF-8 text"):
        keeping.theirs("f")


def test_a_question_is_laid_with_its_static_face_and_nothing_else_is():
    for path in sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb")):
        laid = course._blank(json.loads(path.read_text(encoding="utf-8")))
        nbformat.validate(nbformat.from_dict(laid))
        for cell in laid["cells"]:
            if cell["cell_type"] == "code":
                asks = "".join(cell["source"]).startswith("check.predict(")
                assert len(cell["outputs"]) == asks, cell["source"]
