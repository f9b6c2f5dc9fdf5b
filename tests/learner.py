"""What tests of the learner's side share: cells, a fresh kernel, lessons of one's own. Each conftest.py imports it."""

import linecache
import sys
from itertools import count
from pathlib import Path

import pytest

from helpers import lessons
from helpers.check import child, exercise, keeping, noting, prediction, registry
from helpers.lessons import beliefs

SAMPLES = Path(__file__).parent / "check" / "lessons"  # a made-up lesson with every kind of prediction and exercise


class Cells:
    """Cells that share a namespace and stand in linecache as a kernel's do."""

    numbers = count(1)

    def __init__(self):
        self.names = {"__name__": "__main__"}
        self.files = []

    def run(self, text, show=None):
        """Run one cell; returns what the expression `show` is after it."""
        self.files.append(f"<cell {next(self.numbers)}>")
        linecache.cache[self.files[-1]] = (len(text), None, text.splitlines(keepends=True), self.files[-1])
        exec(compile(text, self.files[-1], "exec"), self.names)
        return show and eval(show, self.names)


@pytest.fixture
def cells():
    made = Cells()
    yield made
    for file in made.files:
        linecache.cache.pop(file, None)


@pytest.fixture(autouse=True)
def fresh_kernel(monkeypatch):
    """Nothing chosen, opened or kept before, as in a new kernel that works outside my-course/."""
    monkeypatch.setattr(prediction, "_chosen", {})
    monkeypatch.setattr(prediction, "_widgets", {})
    monkeypatch.setattr(exercise, "_opened", {})
    monkeypatch.setattr(exercise, "_passed", set())
    monkeypatch.setattr(keeping, "_session", "")
    monkeypatch.setattr(noting, "_told", set())
    monkeypatch.setattr(keeping, "folder", lambda: None)
    yield
    sys.modules.pop("mymail", None)


@pytest.fixture
def course(monkeypatch, tmp_path):
    """A kernel that works in my-course/."""
    folder = tmp_path / "my-course"
    folder.mkdir()
    monkeypatch.setattr(keeping, "folder", lambda: folder)
    return folder


def forget_lessons():
    """Read lessons anew when they are next asked for."""
    for remembered in (lessons.folders, lessons.owners, registry.of, beliefs.table):
        remembered.cache_clear()


@pytest.fixture
def lessons_in(monkeypatch):
    """Call it with folders: their lessons are the only ones."""

    def only(*folders):
        monkeypatch.setattr(lessons, "__path__", [str(folder) for folder in folders])
        forget_lessons()

    yield only
    monkeypatch.undo()
    forget_lessons()


@pytest.fixture
def sample(lessons_in):
    """The sample lesson, and no other."""
    lessons_in(SAMPLES)


@pytest.fixture
def impatient(monkeypatch):
    """What never ends is stopped sooner."""
    monkeypatch.setattr(child, "LIMIT", 0.5)
