"""What the tests of the learner's side share."""

import linecache
import os
import sys
from itertools import count
from pathlib import Path

import pytest

from helpers.check import child, exercise, keeping, prediction, registry

HERE = Path(__file__).parent


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
    monkeypatch.setattr(keeping, "_session", "")
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


@pytest.fixture
def sample(monkeypatch):
    """The sample lesson beside the course's own."""
    monkeypatch.syspath_prepend(str(HERE))
    monkeypatch.setenv("PYTHONPATH", str(HERE), prepend=os.pathsep)
    import sample_lesson

    real = registry.lesson_modules()
    monkeypatch.setattr(registry, "lesson_modules", lambda: [*real, sample_lesson])
    registry.exercises.cache_clear()
    registry.predictions.cache_clear()
    yield sample_lesson
    registry.exercises.cache_clear()
    registry.predictions.cache_clear()


@pytest.fixture
def impatient(monkeypatch):
    """What never ends is stopped sooner."""
    monkeypatch.setattr(child, "LIMIT", 0.5)
