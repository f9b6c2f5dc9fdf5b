"""A course that nbgitpuller fetches: what a learner changed, deleted and added in my-course/ outlives each pull."""

import os
import subprocess
from pathlib import Path

import pytest
from nbgitpuller.pull import GitPuller

from helpers import course
from tests.setup.conftest import ROOT, Course, notebook

pytestmark = pytest.mark.peer("git")


def git(folder: Path, *words: str) -> None:
    who = ["-c", "user.name=course", "-c", "user.email=course@outlook.test", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", folder, *who, *words], check=True, capture_output=True)


def commit(folder: Path) -> None:
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "the course")


@pytest.fixture
def pull(course_folder, tmp_path, monkeypatch):
    """Pull the course into a learner's home, and lay it as start.py and a learner's own command do."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "learner")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "learner@learner.test")
    git(course_folder.root, "init", "-q", "-b", "main")
    (course_folder.root / ".gitignore").write_text("/my-course/\n")
    commit(course_folder.root)
    home = tmp_path / "home" / "course"

    def pull() -> Course:
        for _ in GitPuller(course_folder.root.as_uri(), os.path.relpath(home), branch="main").pull():
            pass
        course.lay(root=home)
        learner = Course.__new__(Course)
        learner.root, learner.copies = home, home / "my-course"
        return learner

    return pull


def test_a_pull_loses_nothing_in_my_course(course_folder, pull):
    learner = pull()
    assert learner.names() == ["00_first_letter.ipynb", "01_dns_lookups.ipynb"]
    learner.change("00_first_letter.ipynb", "answer = 'mine'")
    (learner.copies / "01_dns_lookups.ipynb").unlink()
    (learner.copies / "saved").mkdir()
    for name in ("notes.txt", "mymail.py", "progress.jsonl", "saved/kept.json"):
        (learner.copies / name).write_text(f"# mine: {name}\n")
    learner.write(learner.copies / "02_record_types.ipynb", notebook("mine"))  # as what the course will bring is called
    mine = held(learner.copies)
    learner.publish("01_dns_lookups.ipynb", "print(2)  # changed where nobody should")
    (learner.root / "notebooks" / "00_first_letter.ipynb").unlink()

    course_folder.publish("00_first_letter.ipynb", "print('new text')", "answer = ...")
    course_folder.publish("01_dns_lookups.ipynb", "print(3)")
    course_folder.publish("02_record_types.ipynb", "print(4)")
    course_folder.publish("03_smtp_by_hand.ipynb", "print(5)")
    commit(course_folder.root)
    pull()
    assert mine.items() <= held(learner.copies).items()
    assert "print('new text')" in learner.sources("00_first_letter.new.ipynb")
    assert "print(4)" in learner.sources("02_record_types.new.ipynb")
    assert learner.sources("03_smtp_by_hand.ipynb")[-1] == "print(5)"
    assert "01_dns_lookups.ipynb" in learner.names()  # a deleted copy is laid again, as by any start

    (course_folder.root / "notebooks/00_first_letter.ipynb").unlink()  # the course drops a notebook
    commit(course_folder.root)
    pull()
    assert mine.items() <= held(learner.copies).items()


def held(folder: Path) -> dict[str, bytes]:
    """What lies in a copy, but for what laying notes for itself."""
    files = (path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_what_the_test_takes_for_granted_holds_in_the_course():
    """A pull leaves my-course/ alone because git does: the course's own .gitignore names it."""
    assert "/my-course/" in (ROOT / ".gitignore").read_text().splitlines()
