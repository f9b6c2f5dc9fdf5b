"""A mymail.py that the earlier layout wrote: put right once, whatever the learner made of it, and nothing else."""

import ast
import os
import shutil
import subprocess
import sys
import threading

import pytest

from helpers import blocks, course, earlier, files, lessons
from helpers.check import keeping

COMMENT = "  # the course's, until yours is kept"
OLD = f"from helpers.check.answers.smtp_by_hand import read_reply{COMMENT}\n"
NEW = f"from helpers.answers import read_reply{COMMENT}\n"
SEND = "\n\ndef send_mail(sock):\n    return read_reply(sock)\n"
HEADER = '"""Your own mail functions."""\n'


def kept(*parts: str, header: str = HEADER) -> str:
    """A mymail.py with blocks f0, f1 ... as they are kept."""
    text = header
    for number, part in enumerate(parts):
        text, _ = blocks.with_block(text, f"f{number}", part)
    return text


def unedited(text: str) -> list[bool]:
    return [blocks.hash_of(block["body"]) == block["hash"] for block in blocks.BLOCK.finditer(text)]


# ---- Lines

LINES = {
    "as the course wrote it": (OLD, NEW),
    "another comment": (
        "from helpers.check.answers.spf import matches  # mine soon\n",
        "from helpers.answers import matches  # mine soon\n",
    ),
    "several names": (
        "from helpers.check.answers.spf import matches, spf_result\n",
        "from helpers.answers import matches, spf_result\n",
    ),
    "another name": (
        "from helpers.check.answers.spf import matches as fits\n",
        "from helpers.answers import matches as fits\n",
    ),
    "in brackets": (
        "from helpers.check.answers.spf import (  # both\n    matches,\n    spf_result as result,\n)\n",
        "from helpers.answers import (  # both\n    matches,\n    spf_result as result,\n)\n",
    ),
    "over two lines": (
        "from \\\n    helpers.check.answers.spf import \\\n    matches\n",
        "from \\\n    helpers.answers import \\\n    matches\n",
    ),
    "indented": (
        "def é(x):\n    'é'; from helpers.check.answers.spf import matches; return matches\n",
        "def é(x):\n    'é'; from helpers.answers import matches; return matches\n",
    ),
    "a first stage becomes the grown function": (
        "from helpers.check.answers.spf_first import spf_result\n"
        "from helpers.check.answers.dns_lookups_first import mail_hosts\n",
        "from helpers.answers import spf_result\nfrom helpers.answers import mail_hosts\n",
    ),
    "a module by another name": (
        "import os, helpers.check.answers.spf as spf\nspf.matches(1)\n",
        "import os, helpers.answers as spf\nspf.matches(1)\n",
    ),
    "a module by its whole name": (
        "import helpers.check.answers.spf\nx = helpers.check.answers.spf.matches, [helpers.check.answers.spf.hops]\n",
        "import helpers.answers\nx = helpers.answers.matches, [helpers.answers.hops]\n",
    ),
    "modules out of the package": (
        "from helpers.check.answers import spf, the_letter as letter\nspf.matches(letter.hops)\n",
        "from helpers import answers as spf, answers as letter\nspf.matches(letter.hops)\n",
    ),
}
LEFT = {
    "a name that exists no more": "from helpers.check.answers.spf import gone, matches\n",
    "a module that was none": "from helpers.check.answers.nosuch import matches\nimport helpers.check.answers.nosuch\n",
    "everything": "from helpers.check.answers.spf import *\n",
    "words in a string": "x = 'from helpers.check.answers.spf import matches'\n",
    "words in a comment": "# from helpers.check.answers.spf import matches\n",
    "a relative import": "from .helpers.check.answers.spf import matches\n",
    "other imports": "import helpers.check\nfrom helpers.mail.verdict import dmarc_verdict\nimport os\n",
    "nothing": "",
    "what does not parse": OLD + "def def\n",
    "no text": OLD + "\0",
    "too deep": OLD + "x = " + "(" * 5000 + "\n",
}


@pytest.mark.parametrize(("old", "new"), LINES.values(), ids=LINES)
def test_a_line_is_put_right_and_stays_so(old, new):
    ast.parse(new)
    assert earlier.put_right(old) == new == earlier.put_right(new)


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT)
def test_all_else_is_left_alone(text):
    assert earlier.put_right(text) == text
    assert earlier.put_right(kept(text)) == kept(text)


def test_each_module_and_name_of_the_earlier_layout_is_known():
    for module in earlier.MODULES:
        for name in lessons.owners("exercise"):
            line = f"from helpers.check.answers.{module} import {name}\n"
            assert earlier.put_right(line) == f"from helpers.answers import {name}\n"
    assert "read_reply" in lessons.owners("exercise") and "spf_first" in earlier.MODULES


def test_the_course_has_an_answer_for_each_name_that_is_put_right():
    answers = pytest.importorskip("helpers.answers")
    for name in lessons.owners("exercise"):
        assert getattr(answers, name) is not None


# ---- Blocks


def test_a_block_that_was_not_edited_still_counts_as_that_and_an_edited_one_as_edited():
    text = kept(OLD + SEND, OLD + SEND, "def plain():\n    pass\n")
    text = text.replace("return read_reply(sock)", "return read_reply(sock)  # mine", 1)
    assert unedited(text) == [False, True, True]
    right = earlier.put_right(text)
    assert unedited(right) == [False, True, True]
    assert right.count(NEW) == 2 and "check.answers" not in right
    assert right.count("\n") == text.count("\n")
    assert earlier.put_right(right) == right


def test_a_passing_answer_replaces_an_unedited_block_without_a_word_and_keeps_an_edited_one():
    right = earlier.put_right(kept(OLD + SEND))
    assert blocks.with_block(right, "f0", "def f0(): pass")[1] == ""
    edited = earlier.put_right(kept(OLD + SEND).replace("read_reply(sock)", "read_reply(sock)  # mine"))
    assert "# mine" in blocks.with_block(edited, "f0", "def f0(): pass")[1]


def test_where_one_block_does_not_parse_the_others_are_put_right():
    text = kept(OLD + SEND, OLD + SEND, OLD + SEND).replace("def send_mail", "def def send_mail", 1)
    right = earlier.put_right(text)
    assert right.count(NEW) == 2 and right.count(OLD) == 1
    assert unedited(right) == [False, True, True]
    mended = right.replace("def def", "def")
    assert earlier.put_right(mended).count(NEW) == 3 and unedited(earlier.put_right(mended)) == [True] * 3


def test_what_stands_between_the_blocks_is_put_right_too():
    text = kept(OLD + SEND, "def other():\n    return 1\n")
    text = text.replace("\n\n\n# >>> f1", f"\n{OLD}MINE = read_reply\n# >>> f1")
    assert earlier.put_right(text).count(NEW) == 2 and "MINE = read_reply" in earlier.put_right(text)


# ---- Files


@pytest.fixture
def copy(course_folder):
    course.lay(course_folder.root)
    (course_folder.copies / blocks.NAME).write_text(kept(OLD + SEND))
    (course_folder.copies / blocks.EARLIER).write_text(kept(OLD + SEND) + "def def\n")
    return course_folder.copies


def test_laying_puts_both_files_right_once(copy, course_folder):
    assert course.lay(course_folder.root) == []
    for name in (blocks.NAME, blocks.EARLIER):
        assert NEW in (copy / name).read_text() and OLD not in (copy / name).read_text()
    before = {path: path.stat().st_mtime_ns for path in copy.iterdir()}
    assert course.lay(course_folder.root) == []
    assert {path: path.stat().st_mtime_ns for path in copy.iterdir()} == before


def test_taking_and_keeping_put_it_right(copy, monkeypatch):
    monkeypatch.setattr(keeping, "folder", lambda: copy)
    assert NEW in keeping.kept_text()
    assert NEW in (copy / blocks.NAME).read_text()
    (copy / blocks.NAME).write_text(kept(OLD + SEND))
    keeping.keep("other", "def other():\n    return 1\n")
    assert NEW in (copy / blocks.NAME).read_text() and "def other" in (copy / blocks.NAME).read_text()
    (copy / blocks.NAME).write_text(kept("def f0():\n    if 0:\n        " + OLD + "    return 42\n"))
    assert keeping.theirs("f0")() == 42
    assert NEW in (copy / blocks.NAME).read_text()


def test_work_saved_in_the_earlier_layout_is_put_right_when_it_is_taken_back(copy, course_folder):
    saved = course.save(course_folder.root)
    course.lay(course_folder.root)
    assert "has it all" in repr(course.restore(saved.path, course_folder.root))  # the same work, put right since
    (copy / blocks.NAME).unlink()
    assert course.restore(saved.path, course_folder.root).taken == (blocks.NAME,)
    assert NEW in (copy / blocks.NAME).read_text()


def test_what_cannot_be_written_is_put_right_in_memory(copy, monkeypatch):
    monkeypatch.setattr(keeping, "folder", lambda: copy)

    def full(path, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "write_whole", full)
    assert NEW in keeping.kept_text()
    assert OLD in (copy / blocks.NAME).read_text()


def test_while_another_holds_the_lock_it_is_read_as_put_right_and_written_later(copy, monkeypatch):
    monkeypatch.setattr(keeping, "folder", lambda: copy)
    monkeypatch.setattr(blocks, "PATIENCE", 0.05)
    with files.locked(copy / blocks.LOCK, 1):
        assert NEW in keeping.kept_text()
        assert OLD in (copy / blocks.NAME).read_text()
    keeping.kept_text()
    assert NEW in (copy / blocks.NAME).read_text()


def test_a_second_kernel_waits_and_then_writes_nothing(copy, monkeypatch):
    written = []
    real = files.write_whole
    monkeypatch.setattr(files, "write_whole", lambda path, data: (written.append(path.name), real(path, data)))
    monkeypatch.setattr(blocks, "PATIENCE", 30)
    kernels = [threading.Thread(target=earlier.mend, args=(copy,)) for _ in range(4)]
    with files.locked(copy / blocks.LOCK, 1):
        for kernel in kernels:
            kernel.start()
        assert all(kernel.is_alive() for kernel in kernels) and not written
    for kernel in kernels:
        kernel.join(30)
    assert sorted(written) == [blocks.NAME, blocks.EARLIER]


def test_files_that_are_none_or_no_text_are_left_alone(tmp_path):
    earlier.mend(tmp_path)
    assert not list(tmp_path.iterdir())
    (tmp_path / blocks.NAME).write_bytes(b"\xff" + OLD.encode())
    (tmp_path / blocks.EARLIER).mkdir()
    earlier.mend(tmp_path)
    assert (tmp_path / blocks.NAME).read_bytes() == b"\xff" + OLD.encode()


def test_windows_line_ends_and_a_byte_order_mark_are_no_edit(tmp_path):
    (tmp_path / blocks.NAME).write_bytes(b"\xef\xbb\xbf" + kept(OLD + SEND).replace("\n", "\r\n").encode())
    earlier.mend(tmp_path)
    assert (tmp_path / blocks.NAME).read_text() == kept(NEW + SEND)


def test_plain_python_imports_the_result(tmp_path):
    pytest.importorskip("helpers.answers")
    old = [line for line, new in LINES.values() if "matches(1)" not in line and "spf.matches" not in line]
    (tmp_path / blocks.NAME).write_text(kept(OLD + SEND, *old))
    earlier.mend(tmp_path)
    said = subprocess.run(
        [sys.executable, "-c", "import mymail; print(mymail.read_reply.__name__, mymail.send_mail.__module__)"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(course.ROOT)},
        capture_output=True,
        text=True,
    )
    assert said.stdout == "read_reply mymail\n", said.stderr


def test_laying_puts_it_right_where_no_package_is_installed(whole_course):
    shutil.copytree(lessons.FOLDER, whole_course.root / "notebooks" / "lessons")
    whole_course.copies.mkdir()
    (whole_course.copies / blocks.NAME).write_text(kept(OLD + SEND))
    command = [sys._base_executable, "-S", "-m", "helpers.course", "lay"]
    subprocess.run(command, cwd=whole_course.root, check=True, capture_output=True)
    assert NEW in (whole_course.copies / blocks.NAME).read_text()
