"""A small course in a temporary folder, to lay, save, restore and start."""

import json
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def notebook(*sources: str, **metadata) -> dict:
    """A notebook as the course holds it: Markdown first, then code with outputs."""
    cells = [{"cell_type": "markdown", "id": "head", "metadata": {}, "source": ["# A title\n", "and a sentence"]}]
    for number, source in enumerate(sources):
        output = {"output_type": "stream", "name": "stdout", "text": "the answer\n"}
        cells.append(
            {
                "cell_type": "code",
                "id": f"cell{number}",
                "metadata": {"tags": ["raises-exception"], "execution": {"iopub.execute_input": "2026"}},
                "execution_count": 7,
                "outputs": [output],
                "source": source,
            }
        )
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    state = {"application/vnd.jupyter.widget-state+json": {"state": {}}}
    return {
        "cells": cells,
        "metadata": {"kernelspec": kernel, "widgets": state, **metadata},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


class Course:
    """A course's folder, and what a learner does there."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.copies = root / "my-course"
        (root / "notebooks").mkdir(parents=True)
        self.publish("00_first_letter.ipynb", "print(1)", "answer = ...")
        self.publish("01_dns_lookups.ipynb", "print(2)")

    def publish(self, name: str, *sources: str, **metadata) -> None:
        self.write(self.root / "notebooks" / name, notebook(*sources, **metadata))

    def write(self, path: Path, book: dict) -> None:
        path.write_text(json.dumps(book), encoding="utf-8")

    def read(self, name: str) -> dict:
        return json.loads((self.copies / name).read_text(encoding="utf-8"))

    def sources(self, name: str) -> list[str]:
        return ["".join(cell["source"]) for cell in self.read(name)["cells"]]

    def change(self, name: str, source: str) -> None:
        """Write another source into the last cell of a copy, as the learner does."""
        book = self.read(name)
        book["cells"][-1]["source"] = source
        self.write(self.copies / name, book)

    def names(self) -> list[str]:
        return sorted(path.name for path in self.copies.iterdir() if not path.name.startswith("."))


@pytest.fixture
def course_folder(tmp_path) -> Course:
    return Course(tmp_path / "course")


@pytest.fixture
def whole_course(course_folder) -> Course:
    """The small course with all that start.py needs, and the real helpers."""
    for name in ("start.py", "pyproject.toml", "constraints.txt", "environment.yml", "postBuild"):
        shutil.copy(ROOT / name, course_folder.root)
    helpers = course_folder.root / "helpers"
    helpers.mkdir()
    for path in (ROOT / "helpers").glob("*.*"):
        shutil.copy(path, helpers)
    return course_folder
