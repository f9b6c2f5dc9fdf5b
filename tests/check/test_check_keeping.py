"""mymail.py: what passes is kept there, and taken from there."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from helpers import blocks, check, files, working_copy
from helpers.check import keeping, noting
from tests.learner import SAMPLES

real_folder = keeping.folder  # before conftest.py puts another in its place

pytestmark = pytest.mark.usefixtures("sample")

GOOD = "def first_word(line):\n    return line.split()[0].upper()"
BETTER = "import re\n\ndef first_word(line):\n    return re.split(' ', line)[0].upper()"
GREETING = "def is_greeting(line):\n    return first_word(line) in ('EHLO', 'HELO')"


def passes(name, text, cells):
    result = getattr(check, name)(cells.run(text, name))
    assert result.passed, result
    return repr(result).replace("\n", " ")


def imported(folder, expression, cwd=None):
    """What an expression gives in another process that imports mymail as a plain module."""
    program = (
        f"import sys; sys.path.insert(0, {str(folder)!r}); from helpers import lessons; "
        f"lessons.__path__[:] = [{str(SAMPLES)!r}]; import mymail; print({expression})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=cwd or folder)
    return done.stdout.strip() or done.stderr


def test_what_passes_is_kept_as_a_plain_module(cells, course, tmp_path_factory):
    assert "Kept in my-course/mymail.py." in passes("first_word", BETTER, cells)
    text = (course / "mymail.py").read_text()
    assert text.startswith('"""Your own mail functions.')
    block = text[text.index("# >>> first_word, kept by the course (") :].splitlines()
    assert block[1:] == ["import re", "", "", *BETTER.splitlines()[2:], "# <<< first_word"]
    assert imported(course, "mymail.first_word('quit')", tmp_path_factory.mktemp("elsewhere")) == "QUIT"


def test_what_does_not_pass_is_not_kept(cells, course):
    check.first_word(cells.run("def first_word(line):\n    return line", "first_word"))
    assert not (course / "mymail.py").exists()


def test_kept_then_improved_then_broken(cells, course):
    passes("first_word", GOOD, cells)
    assert "Kept in my-course/mymail.py." in passes("first_word", BETTER, cells)
    improved = (course / "mymail.py").read_text()
    assert improved.count("# >>> first_word") == 1 and "re.split" in improved
    assert not check.first_word(cells.run("def first_word(line):\n    return line", "first_word")).passed
    assert (course / "mymail.py").read_text() == improved
    assert sorted(path.name for path in course.iterdir()) == [".mymail.lock", "mymail.py", "progress.jsonl"]


def test_a_block_edited_by_hand_is_copied_before_it_is_replaced(cells, course):
    passes("first_word", GOOD, cells)
    path = course / "mymail.py"
    path.write_text(path.read_text().replace(".upper()", ".upper()  # my own thought") + "\nMINE = 1\n")
    assert "your edited version is in mymail_earlier.py" in passes("first_word", BETTER, cells)
    assert "# my own thought" in (course / "mymail_earlier.py").read_text()
    assert "# my own thought" not in path.read_text() and "MINE = 1" in path.read_text()
    path.write_text(path.read_text().replace("re.split", "re.split  # twice"))
    passes("first_word", GOOD, cells)
    earlier = (course / "mymail_earlier.py").read_text()
    assert "# my own thought" in earlier and "# twice" in earlier and earlier.count('"""') == 2


def test_a_hand_edited_function_can_be_taken_and_passed_again(cells, course):
    passes("first_word", GOOD, cells)
    path = course / "mymail.py"
    path.write_text(
        path.read_text()
        .replace("def first", "import re as regex\n\n\ndef first")
        .replace("line.split()", "regex.split(' ', line)")
    )
    assert "edited" not in repr(check.first_word(check.take("first_word")))
    assert "edited" not in passes("first_word", GOOD, cells)


def test_the_same_again_writes_nothing(cells, course):
    passes("first_word", GOOD, cells)
    before = (course / "mymail.py").stat()
    passes("first_word", GOOD, cells)
    assert (course / "mymail.py").stat() == before


def test_windows_line_ends_and_a_byte_order_mark_are_no_edit(cells, course):
    passes("first_word", GOOD, cells)
    path = course / "mymail.py"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert check.take("first_word")("quit") == "QUIT"
    passes("first_word", BETTER, cells)
    assert not (course / "mymail_earlier.py").exists()


# --- functions that lean on each other -------------------------------------------------------------------------------


def test_a_kept_function_may_lean_on_one_that_this_notebook_has_not_taken(cells, course):
    passes("first_word", BETTER, cells)
    cells.names.clear()
    passes("is_greeting", GREETING, cells)


def test_a_kept_function_may_lean_on_a_kept_one(cells, course):
    passes("first_word", BETTER, cells)
    passes("is_greeting", GREETING, cells)
    assert imported(course, "mymail.is_greeting('helo x')") == "True"
    assert check.take("is_greeting")("ehlo x")


def test_in_another_notebook_it_is_taken_first(cells, course):
    passes("first_word", BETTER, cells)
    cells.names.clear()
    cells.run("from helpers import check\nfirst_word = check.take('first_word')")
    passes("is_greeting", GREETING, cells)
    cells.names.clear()
    sys.path.insert(0, str(course))
    try:
        cells.run("from mymail import first_word")
    finally:
        sys.path.remove(str(course))
    passes("is_greeting", GREETING, cells)
    assert "import" not in (course / "mymail.py").read_text().partition("# >>> is_greeting")[2]


def test_the_learners_module_can_be_imported_inside_a_function(cells, course):
    passes("first_word", BETTER, cells)
    whole = "def is_greeting(line):\n    import mymail\n    return mymail.first_word(line) in ('EHLO', 'HELO')"
    passes("is_greeting", whole, cells)
    inside = (
        "def is_greeting(line):\n    from mymail import first_word\n    return first_word(line) in ('EHLO', 'HELO')"
    )
    passes("is_greeting", inside, cells)


def test_it_may_lean_on_the_courses_until_the_learners_is_kept(cells, course):
    cells.run("from helpers import check\nfirst_word = check.take('first_word')")
    passes("is_greeting", GREETING, cells)
    assert keeping.theirs("is_greeting") and keeping.theirs("first_word") is None  # what it leans on is not theirs
    assert (
        "from helpers.answers import first_word  # the course's, until yours is kept"
        in (course / "mymail.py").read_text()
    )
    passes("first_word", "def first_word(line):\n    return line.split()[0].upper() or 'mine'", cells)
    assert imported(course, "'mine' in mymail.is_greeting.__globals__['first_word'].__code__.co_consts") == "True"


def test_one_that_has_not_passed_yet_is_named(cells, course):
    said = repr(check.is_greeting(cells.run("def first_word(line):\n    return line\n\n" + GREETING, "is_greeting")))
    assert "It leans on `first_word`, which has not passed its own check yet." in said.replace("\n", " ")


# --- taking ----------------------------------------------------------------------------------------------------------


def test_take_says_whose_it_is(cells, course, capsys):
    assert check.take("first_word").__module__ == "helpers.lessons.90_sample.answers"
    assert capsys.readouterr().out == "first_word: the course's, until yours passes check.first_word(first_word).\n"
    passes("first_word", GOOD, cells)
    assert check.take("first_word").__module__ == "mymail"
    assert capsys.readouterr().out.endswith("\nfirst_word: yours, from my-course/mymail.py.\n")


def test_outside_my_course_take_says_why_it_is_the_courses(cells, capsys):
    passes("first_word", GOOD, cells)
    assert check.take("first_word").__module__ == "helpers.lessons.90_sample.answers"
    said = capsys.readouterr().out
    assert said == "first_word: the course's; yours is kept only when the notebook runs in my-course/.\n"


def test_take_reads_the_file_anew(cells, course):
    passes("first_word", GOOD, cells)
    path = course / "mymail.py"
    path.write_text(path.read_text().replace("upper", "title"))
    assert check.take("first_word")("quit") == "Quit"


@pytest.mark.parametrize(
    ("edit", "phrase"),
    [
        ("def def first", "line 10 of my-course/mymail.py does not parse (invalid syntax)"),
        (
            "import nosuch\ndef first",
            "line 10 of my-course/mymail.py stops it from being imported (ModuleNotFoundError",
        ),
        ("raise SystemExit\ndef first", "line 10 of my-course/mymail.py stops it from being imported (SystemExit)"),
        ("\0def first", "my-course/mymail.py "),
    ],
)
def test_a_file_broken_by_hand_gets_its_line_named(edit, phrase, cells, course, capsys):
    passes("first_word", GOOD, cells)
    path = course / "mymail.py"
    path.write_text(path.read_text().replace("def first", edit))
    capsys.readouterr()
    assert check.take("first_word").__module__ == "helpers.lessons.90_sample.answers"
    out = capsys.readouterr().out
    assert out.startswith("first_word: the course's, because ") and phrase in out and out.count("\n") == 1
    assert "mymail" not in sys.modules
    assert check.first_word(cells.run(GOOD, "first_word")).passed
    assert check.take("first_word").__module__ == "mymail", "passing again mends the block"


def test_an_unbroken_import_of_the_learners_stays(cells, course):
    passes("first_word", GOOD, cells)
    check.take("first_word")
    before = sys.modules["mymail"]
    (course / "mymail.py").write_text("1 / 0\n")
    check.take("first_word")
    assert sys.modules["mymail"] is before


def test_what_is_no_function_any_more_is_not_taken(cells, course):
    (course / "mymail.py").write_text("first_word = 3\n")
    assert check.take("first_word").__module__ == "helpers.lessons.90_sample.answers"


def test_a_syntax_error_elsewhere_in_the_file(cells, course):
    path = course / "mymail.py"
    path.write_text("x = = 1\n")
    said = passes("first_word", GOOD, cells)
    assert "Yet line 1 of my-course/mymail.py does not parse (invalid syntax): mend that line" in said
    assert path.read_text().startswith("x = = 1\n") and "def first_word" in path.read_text()
    # What leans on it uses the course's meanwhile.
    cells.run("from helpers import check\nfirst_word = check.take('first_word')")
    passes("is_greeting", GREETING, cells)


def test_a_file_that_is_not_text(cells, course, capsys):
    (course / "mymail.py").write_bytes(b"# caf\xe9\n")
    assert "It was not kept: my-course/mymail.py is not UTF-8 text." in passes("first_word", GOOD, cells)
    assert check.take("first_word").__module__ == "helpers.lessons.90_sample.answers"
    assert "because my-course/mymail.py is not UTF-8 text" in capsys.readouterr().out
    assert (course / "mymail.py").read_bytes() == b"# caf\xe9\n"


# --- a kernel that works elsewhere -----------------------------------------------------------------------------------


def test_elsewhere_nothing_is_written_and_the_reference_is_taken(cells, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert "Kept" not in passes("first_word", BETTER, cells)
    passes("is_greeting", GREETING, cells)  # leans on what passed in this kernel
    assert check.take("first_word").__module__ == "helpers.lessons.90_sample.answers"
    assert "the course's" in capsys.readouterr().out and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("room", "kept"),
    [("my-course", True), ("my-course/deeper", True), ("notebooks", False), (".", False), ("my-course-not", False)],
)
def test_only_a_kernel_in_my_course_reads_and_writes(room, kept, tmp_path):
    """A course of its own, with the process in one of its rooms."""
    helpers = Path(keeping.__file__).parents[1]
    shutil.copytree(helpers, tmp_path / "helpers", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / room).mkdir(parents=True, exist_ok=True)
    (tmp_path / "my-course").mkdir(exist_ok=True)
    working_copy.mark(tmp_path / "my-course")
    program = (
        "from helpers.check import keeping; print(keeping.keep('f', 'def f():\\n    return 1'));"
        "mine = keeping.theirs('f'); print(mine and mine())"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path / room,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split("\n")[:2] == (["Kept in my-course/mymail.py.", "1"] if kept else ["", "None"])
    assert [path.name for path in tmp_path.rglob("mymail.py")] == (["mymail.py"] if kept else [])
    assert (tmp_path / "my-course" / "mymail.py").exists() is kept


def test_a_folder_that_was_taken_away_under_the_kernel(monkeypatch, tmp_path):
    for room in ("my-course", "gone"):
        (tmp_path / room).mkdir()
        monkeypatch.chdir(tmp_path / room)
        if room == "my-course":
            working_copy.mark(tmp_path / room)
        assert real_folder() == (tmp_path / room if room == "my-course" else None)
    (tmp_path / "gone").rmdir()
    assert real_folder() is None


# --- when writing fails ----------------------------------------------------------------------------------------------


@contextlib.contextmanager
def nobody():
    """Without root's leave to write everywhere."""
    if os.geteuid():
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(not hasattr(os, "geteuid"), reason="folders on Windows have no such mode")
def test_a_read_only_folder(cells, monkeypatch):
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "mymail.py").write_text(keeping._HEADER)
        os.chmod(folder, 0o555)
        monkeypatch.setattr(keeping, "folder", lambda: Path(folder))
        monkeypatch.setattr(noting, "note", lambda *event, **more: None)
        real = keeping.keep

        def keep(*block):
            with nobody():
                return real(*block)

        monkeypatch.setattr(keeping, "keep", keep)
        said = passes("first_word", GOOD, cells)
        os.chmod(folder, 0o755)
        assert "It was not kept in mymail.py: Permission denied. Make the folder writable" in said
        assert os.listdir(folder) == ["mymail.py"]


def test_a_full_disk(cells, course):
    """A limit on the size of files stands in for the disk: the system itself refuses to write."""
    passes("first_word", GOOD, cells)
    before = (course / "mymail.py").read_bytes()
    program = (
        "import resource, signal, sys; from pathlib import Path; from helpers.check import keeping;"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (600, 600));"
        f"keeping.folder = lambda: Path({str(course)!r}); print(keeping.keep('f', 'def f():\\n    ' + '1;' * 500))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert "It was not kept in mymail.py: File too large. Make the folder writable or free some space" in done.stdout
    assert (course / "mymail.py").read_bytes() == before
    assert sorted(path.name for path in course.iterdir()) == [".mymail.lock", "mymail.py", "progress.jsonl"]


def test_a_lock_that_is_not_released(cells, course, monkeypatch):
    monkeypatch.setattr(keeping, "PATIENCE", 0.05)
    with files.locked(course / blocks.LOCK, 1):
        assert "another notebook is writing mymail.py" in passes("first_word", GOOD, cells)
    assert "Kept" in passes("first_word", GOOD, cells)


def test_eight_processes_that_write_at_once_lose_nothing(course):
    program = (
        "import sys; from pathlib import Path; from helpers.check import keeping;"
        "keeping.PATIENCE = 60; keeping.folder = lambda: Path(sys.argv[1]);"
        "names = [f'f{sys.argv[2]}_{n}' for n in range(25)];"
        "told = [keeping.keep(name, f'def {name}():\\n    return {n}') for n, name in enumerate(names)];"
        "sys.exit(told != ['Kept in my-course/mymail.py.'] * 25)"
    )
    writers = [subprocess.Popen([sys.executable, "-c", program, str(course), str(n)]) for n in range(8)]
    assert [writer.wait(120) for writer in writers] == [0] * 8
    text = (course / "mymail.py").read_text()
    assert all(f"def f{n}_{m}():" in text for n in range(8) for m in range(25))
    assert imported(course, "sum(getattr(mymail, f'f{n}_{m}')() for n in range(8) for m in range(25))") == "2400"


def test_a_lost_last_line_costs_no_other_function():
    text = ""
    for name in ("fa", "fb", "fc"):
        text, _ = blocks.with_block(text, name, f"def {name}():\n    return 1")
    text = text.replace("# <<< fa\n", "")
    for number in (2, 3):
        text, edited = blocks.with_block(text, "fa", f"def fa():\n    return {number}")
        assert edited == ""
    assert [block["name"] for block in blocks.BLOCK.finditer(text)] == ["fb", "fc", "fa"]
    space = {}
    exec(text, space)
    assert (space["fa"](), space["fb"](), space["fc"]()) == (3, 1, 1)


def test_the_learners_module_stays_theirs_after_something_was_taken(cells, course, monkeypatch):
    monkeypatch.syspath_prepend(course)
    monkeypatch.setitem(sys.modules, "mymail", ...)  # so that it is as it was afterwards
    del sys.modules["mymail"]
    passes("first_word", BETTER, cells)
    cells.run("import mymail")
    check.take("first_word")
    passes("is_greeting", "def is_greeting(line):\n    return mymail.first_word(line) in ('EHLO', 'HELO')", cells)


def test_one_that_leans_on_a_file_that_does_not_parse_is_told_so(cells, course):
    passes("first_word", GOOD, cells)
    path = course / "mymail.py"
    path.write_text(path.read_text() + "\ndef oops(:\n")
    said = repr(check.is_greeting(cells.run(GOOD + "\n\n" + GREETING, "is_greeting"))).replace("\n", " ")
    assert "What you have kept cannot be used: line" in said and "has not passed" not in said
