"""Functions and classes of the learner's: run in a process of their own and judged there."""

import dataclasses
import json
import linecache
import os
import subprocess
import sys
import time
import types
from pathlib import Path

import pytest

from helpers import check
from helpers.check import child, inside, registry
from helpers.check.judging import right, trying

pytestmark = pytest.mark.usefixtures("sample")

GOOD = "import re\n\ndef first_word(line):\n    return re.split(' ', line)[0].upper()\n"


def first_word(body, cells):
    """The check of a `first_word` with that body."""
    return check.first_word(cells.run(f"def first_word(line):\n    {body}\n", "first_word"))


def test_a_right_function_passes(cells):
    result = check.first_word(cells.run(GOOD, "first_word"))
    assert result.passed and repr(result) == "first_word: passed\nVerbs are read in any case."


@pytest.mark.parametrize("stub", ["...", "pass", '"""What it does."""', '"""What it does."""\n    ...'])
def test_a_blank_stub_is_no_error(stub, cells):
    result = first_word(stub, cells)
    assert result.passed is None and "In place of `...` put a function called `first_word`, and run" in repr(result)
    assert check.first_word(...).passed is None
    assert check.Tally(cells.run("class Tally:\n    'Counts.'\n    def add(self, reply): ...", "Tally")).passed is None


@pytest.mark.parametrize(
    "stub",
    [
        "seen = []\n    word = line.strip()\n    ...",
        "def spend():\n        if line: raise ValueError\n    ...",
        "a = 1\n    def inner():\n        ...\n    try:\n        return inner()\n    finally:\n        a = 2",
    ],
)
def test_a_stub_that_gives_some_lines_is_blank_too(stub, cells):
    assert first_word(stub, cells).passed is None


@pytest.mark.parametrize(
    "body",
    [
        "return line.split(' ')[0].upper()\n    ...",
        "...\n    return line.split(' ')[0].upper()",
        "def inner():\n        return line.split(' ')[0]\n        ...\n    return inner().upper()",
        "def nothing():\n        pass\n    nothing()\n    return line.split(' ')[0].upper()",
        "for word in line.split(' '):\n        return word.upper()\n    ...",
    ],
)
def test_dots_that_are_left_beside_the_answer_do_no_harm(body, cells):
    assert first_word(body, cells).passed


# --- what goes wrong while it runs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "phrases"),
    [
        ("while True: pass", ["not finished after 0.5 seconds", "never ends"]),
        ("while True:\n        try:\n            while True: pass\n        except: pass", ["not finished"]),
        ("import socket; a, b = socket.socketpair(); a.recv(1)", ["not finished", "never comes"]),
        ("print('x' * 999, flush=True)\n    while True: print('y' * 999)", ["not finished", "... and more"]),
    ],
)
@pytest.mark.usefixtures("impatient")
def test_what_never_ends_is_stopped(body, phrases, cells):
    began = time.monotonic()
    result = first_word(body, cells)
    assert result.passed is False and all(phrase in repr(result).replace("\n", " ") for phrase in phrases)
    assert time.monotonic() - began < 20


def test_a_lesson_may_set_a_limit_of_its_own(cells):
    hasty = dataclasses.replace(registry.exercise("first_word"), seconds=0.25)
    result = hasty.check(cells.run("def first_word(line):\n    while True: pass", "first_word"))
    assert "It had not finished after 0.25 seconds" in repr(result)


@pytest.mark.parametrize(
    ("body", "phrase"),
    [
        (
            "return int(line)",
            "It raised ValueError: invalid literal for int() with base 10: 'ehlo laptop' in line 2 of ",
        ),
        ("return int(line)", "first_word, `return int(line)`. That was with the line 'ehlo laptop'."),
        ("return line.nothing", "It raised AttributeError: 'str' object has no attribute 'nothing'"),
        ("return first_word(line)", "It raised RecursionError"),
        ("raise KeyboardInterrupt", "It raised KeyboardInterrupt in line 2"),
        ("raise RuntimeError('`' * 1000)", "''''..."),
        ("return missing", "It raised NameError: name 'missing' is not defined"),
        ("import nosuch.thing", "There is no module `nosuch` where this runs (line 2 of first_word"),
        ("import sys; sys.exit(0)", "It called `sys.exit`"),
        ("exit()", "It called `sys.exit`"),
        ("import os; os._exit(0)", "It ended the whole process"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "It ended the whole process"),
        ("return None", "For 'ehlo laptop' it gave None"),
        ("return ['EHLO']", "it gave ['EHLO']"),
        ("return input()", "It raised EOFError"),
    ],
)
def test_what_goes_wrong_is_told(body, phrase, cells):
    result = first_word(body, cells)
    assert result.passed is False and phrase in repr(result).replace("\n", " ")


@pytest.mark.parametrize("line", ["{", "[1]", "{}", '{"passed": true, "more": 1}', "1"])
def test_what_it_writes_on_every_channel_is_no_verdict(line, cells):
    write = "with contextlib.suppress(OSError): os.write(number, LINE)".replace("LINE", repr(f"{line}\n".encode()))
    body = f"import contextlib, os\n    for number in range(3, 30):\n        {write}\n    os._exit(0)"
    result = first_word(body, cells)
    assert result.passed is False and "It wrote where the check says its verdict" in repr(result).replace("\n", " ")
    assert first_word("return line.split()[0].upper()", cells).passed  # the next one finds all as it was


def test_an_error_whose_text_raises(cells):
    text = "def first_word(line):\n    class Mute(Exception):\n        def __str__(self): 1 / 0\n    raise Mute()"
    assert "It raised Mute in line 4" in repr(check.first_word(cells.run(text, "first_word")))


def test_a_call_that_does_not_fit(cells):
    result = check.first_word(cells.run("def first_word():\n    return 1", "first_word"))
    assert "met TypeError: first_word() takes 0 positional" in repr(result).replace("\n", " ")
    assert "TypeError" in repr(check.length(cells.run("def length(items):\n    return 'two'", "length")))


def test_what_it_prints_is_shown_and_does_not_disturb(cells):
    result = first_word("print('<got>', line)\n    return line.split()[0].upper()", cells)
    assert result.passed
    assert repr(result).splitlines()[2:] == [
        "It printed:",
        *(f"    <got> {x}" for x in ("ehlo laptop", "QUIT", "mail from:<a@b>")),
    ]
    assert "&lt;got&gt;" in result._repr_html_()


def test_output_past_the_python_streams_is_shown_too(cells):
    body = "import os, sys; os.write(1, b'\\xff one\\n'); print('two', file=sys.__stderr__)\n    return 'x'"
    said = repr(first_word(body, cells))
    assert "one" in said and "two" in said and "it gave 'x'" in said


@pytest.mark.parametrize(
    ("body", "phrase"),
    [
        (r"print('half \ud83d'); return line.split()[0].upper()", r"half \ud83d"),
        (r"import sys; sys.stdout.write('\udcff\n'); return line.split()[0].upper()", r"\udcff"),
        (r"import sys; print('\ud83d', file=sys.stderr); return line.split()[0].upper()", r"\ud83d"),
        ("print('J\u00fcrgen \u4f8b'); return line.split()[0].upper()", "J\u00fcrgen \u4f8b"),
        (r"raise ValueError('half \ud83d')", r"ValueError: half \ud83d"),
        (r"raise KeyError('\udcff')", r"KeyError: '\udcff'"),
        (r"return '\ud83d'", r"\ud83d"),
        (r"return '\ud83d'.encode()", "UnicodeEncodeError"),
        (r"e = ValueError('x'); e.add_note('\ud83d'); raise e", r"with \ud83d"),
    ],
)
def test_half_a_character_is_written_out_wherever_it_comes_from(body, phrase, cells):
    result = first_word(body, cells)
    assert result.passed == ("[0]" in body)
    for face in (repr(result), result._repr_html_()):
        assert phrase in face.replace("&#x27;", "'").replace("\n", " ") and face.encode()


def test_huge_output_is_clipped(cells):
    said = repr(first_word("print('x' * 10_000_000)\n    return line.split()[0].upper()", cells))
    assert "first_word: passed" in said and "... and more" in said and len(said) < 2000


def test_a_thread_that_does_not_end_is_left_behind(cells):
    body = (
        "import threading, time\n    threading.Thread(target=time.sleep, args=(600,)).start()\n"
        "    return line.split()[0].upper()"
    )
    assert first_word(body, cells).passed


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork is a POSIX call")
@pytest.mark.parametrize("body", ["return 'x'", "return line.split()[0].upper()"])
def test_only_the_process_itself_gives_the_verdict(body, cells):
    """Its fork runs the judge as well, with another answer, and sooner."""
    forked = f"import os, time\n    if os.fork() == 0: return 'forked'\n    time.sleep(0.05)\n    {body}"
    assert "forked" not in repr(first_word(forked, cells))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork is a POSIX call")
def test_processes_that_it_started_are_ended_too(cells, tmp_path):
    note = tmp_path / "pid"
    body = (
        "import os, subprocess, sys\n"
        "    p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"    open({str(note)!r}, 'w').write(str(p.pid))\n"
        "    os.fork() and os._exit(3)\n    while True: pass"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(child, "LIMIT", 1.0)
        assert "It ended the whole process" in repr(first_word(body, cells))
    until = time.monotonic() + 10
    while time.monotonic() < until and _lives(int(note.read_text())):
        time.sleep(0.05)
    assert not _lives(int(note.read_text()))


def _lives(pid):
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def test_it_works_in_a_folder_of_its_own_which_is_gone_afterwards(cells, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = repr(first_word("import os; open('left', 'w').close(); return os.getcwd()", cells))
    assert not list(tmp_path.iterdir())
    folder = Path(said.split("it gave '")[1].split("'")[0])
    assert folder != tmp_path and not folder.exists()


def test_a_check_that_cannot_start_is_no_fault_of_the_learners():
    ran = child.run("no_such_judges:judge", "f", [("f", "def f(): ...")])
    assert not ran.feedback.passed and "no fault of your code" in ran.feedback.say
    assert "No module named 'no_such_judges'" in ran.printed


def test_a_process_whose_kernel_died_ends_by_itself(tmp_path):
    """The limit stands inside the process too."""
    job = {
        "judge": "helpers.check.judging:right",
        "name": "f",
        "limit": -1,
        "alone": False,
        "lessons": [],
        "texts": [["f", "while True: pass"]],
    }
    done = subprocess.run(
        [sys.executable, "-m", "helpers.check.inside"],
        input=json.dumps(job | {"path": [str(tmp_path)], "environ": {}}),
        text=True,
        capture_output=True,
        timeout=20,
    )
    assert done.returncode == 1 and done.stdout.startswith('{"ready": ') and done.stdout.count("\n") == 1


# --- whose source it is ----------------------------------------------------------------------------------------------


def test_the_last_definition_in_a_cell_counts_and_comments_stay(cells):
    text = (
        "def first_word(line):\n    return 1\n\n"
        "def first_word(line):  # mine\n    # capitals\n    return line.split()[0].upper()"
    )
    assert check.first_word(cells.run(text, "first_word")).passed


def test_imports_come_along_from_other_cells(cells):
    linecache.cache["<cell that does not parse>"] = (3, None, ["x = = 1\n"], "<cell that does not parse>")
    cells.files.append("<cell that does not parse>")
    cells.run("import re as pattern\nfrom collections import *\nimport os.path, dns\nimport dns.name")
    cells.run("from struct import pack as packed")
    text = (
        "def first_word(line):\n    assert os.path.sep and deque and packed('B', 1) and dns.name.root\n"
        "    return pattern.split(' ', line)[0].upper()"
    )
    assert check.first_word(cells.run(text, "first_word")).passed


def test_an_import_of_something_else_by_that_name_does_not_come_along(cells):
    cells.run("import re as tool")
    cells.run("import math as tool")
    text = "def first_word(line):\n    return tool.split(' ', line)[0].upper()"
    assert "module 'math' has no attribute 'split'" in repr(check.first_word(cells.run(text, "first_word")))


def test_a_guarded_import_does_not_pass_for_the_module(cells):
    cells.run("try:\n    import nosuch\nexcept ImportError:\n    nosuch = None")
    said = repr(first_word("return nosuch or line.split()[0].upper()", cells))
    assert "It leans on `nosuch`, which belongs to this notebook" in said


@pytest.mark.parametrize(
    "text",
    [
        "SEP = ' '\ndef first_word(line):\n    return line.split(SEP)[0].upper()",
        "SEP = ' '\ndef first_word(line, sep=SEP):\n    return line.split(sep)[0].upper()",
        "SEP = ' '\ndef first_word(line):\n    return [[x for x in line.split(SEP)] for _ in 'a'][0][0].upper()",
        "def SEP(f): return f\n@SEP\ndef first_word(line):\n    return line.upper().split()[0]",
        "SEP = None\ndef first_word(line):\n    return line.split(SEP)[0].upper()",
        "SEP = str\ndef first_word(line: SEP):\n    return line.split()[0].upper()",
    ],
)
def test_a_name_of_the_notebooks_is_named(text, cells):
    said = repr(check.first_word(cells.run(text, "first_word"))).replace("\n", " ")
    assert "It leans on `SEP`, which belongs to this notebook" in said
    assert "Give it as a parameter or put it inside." in said


def test_a_builtin_that_the_notebook_has_rebound_is_named(cells):
    assert "It leans on `len`" in repr(
        check.length(cells.run("len = len.__call__\ndef length(x):\n    return len(x)", "length"))
    )


def test_names_of_its_own_are_no_strangers(cells):
    text = (
        "found = 1\ndef first_word(line):\n    global cache\n    cache = line\n    found = cache.split()\n"
        "    def inner():\n        nonlocal found\n        found = found[0]\n    inner()\n"
        "    if __name__ == '__main__': return first_word('')\n    return found.upper()"
    )
    assert check.first_word(cells.run(text, "first_word")).passed


def test_a_decorator_from_a_library_comes_along(cells):
    cells.run("import functools")
    text = "@functools.lru_cache(maxsize=None)\ndef first_word(line):\n    return line.split()[0].upper()"
    assert check.first_word(cells.run(text, "first_word")).passed


def test_a_class_with_its_imports(cells):
    cells.run("from collections import Counter")
    text = (
        "class Tally:\n    def __init__(self):\n        self.seen = Counter()\n    def add(self, reply):\n"
        "        self.seen[reply] += 1\n    @property\n    def total(self):\n        return sum(self.seen.values())"
    )
    assert check.Tally(cells.run(text, "Tally")).passed


def test_a_dataclass_with_its_imports(cells):
    text = (
        "from dataclasses import dataclass\n\n@dataclass\nclass Tally:\n    total: 'int' = 0\n\n"
        "    def add(self, reply):\n        self.total += 1"
    )
    assert check.Tally(cells.run(text, "Tally")).passed


def test_a_class_that_leans_on_the_notebook(cells):
    text = (
        "START = 0\nclass Tally:\n    total = START\n    @staticmethod\n    def add(reply):\n        Tally.total += 1"
    )
    assert "It leans on `START`" in repr(check.Tally(cells.run(text, "Tally")))


def test_an_async_function(cells):
    assert check.later(cells.run("async def later(n):\n    return n + 1", "later")).passed


@pytest.mark.parametrize(
    ("name", "text", "show", "phrase"),
    [
        ("first_word", "", "lambda line: line", "A lambda has no name"),
        ("first_word", "def first(line):\n    return line", "first", "It is called `first`"),
        ("first_word", "", "'EHLO'", "This is a value of type `str`"),
        ("first_word", "", "'EHLO'.upper", "This is a value of type `builtin_function_or_method`"),
        ("first_word", "class A:\n    def f(self): return 1", "A().f", "This is a value of type `method`"),
        ("first_word", "async def first_word(line):\n    return line", "first_word", "is an async function."),
        ("first_word", "class first_word:\n    def f(self): return 1", "first_word", "`first_word` is a class."),
        ("later", "def later(n):\n    return n + 1", "later", "Write it with `async def`"),
        ("Tally", "def Tally():\n    return 1", "Tally", "Write it as a `class`"),
        ("Tally", "class Tally:\n    def add(self, reply): return 1", "Tally()", "This is a value of type `Tally`"),
        ("first_word", "def deco(f):\n    def first_word(line): return f(line)\n    return first_word\n"
         "@deco\ndef first_word(line):\n    return line", "first_word", "made inside another function"),
        ("first_word", "if True:\n    def first_word(line):\n        return line", "first_word", "cannot be found"),
    ],
)  # fmt: skip
def test_what_cannot_be_taken_is_told(name, text, show, phrase, cells):
    result = getattr(check, name)(cells.run(text, show))
    assert result.passed is False and phrase in repr(result).replace("\n", " ")


def test_a_class_without_methods_is_found_in_the_newest_cell(cells, monkeypatch):
    monkeypatch.setitem(sys.modules, "notebook", types.ModuleType("notebook"))
    cells.names["__name__"] = "notebook"
    cells.run("class Tally:\n    total = 1")
    cells.run("class Tally:\n    total = 5\n    add = print")
    assert "After one reply the total was 5." in repr(check.Tally(cells.names["Tally"]))


def test_a_cell_under_a_timing_magic(cells):
    exec(compile("def first_word(line):\n    return line", "<timed exec>", "exec"), cells.names)
    assert "begins with `%%time`" in repr(check.first_word(cells.names["first_word"]))


def test_a_function_without_a_text_is_told(cells):
    exec(compile("def first_word(line):\n    return line", "<stdin>", "exec"), cells.names)
    assert "cannot be found" in repr(check.first_word(cells.names["first_word"]))


# --- what runs inside the process, here in this one for a close look -------------------------------------------------


def _tries_ten(function):
    with trying("the number 10"):
        return function(10)


def test_weighing_in_this_process():
    assert inside.weigh(lambda f: right(f()), "f", [("f", "def f():\n    return 'well'")]) == right("well")
    told = inside.weigh(lambda f: f(), "f", [("a", "x = 1"), ("f", "def f():\n    return x + y")]).say
    assert told == "It raised NameError: name 'y' is not defined in line 2 of f, `return x + y`."
    broken = inside.weigh(_tries_ten, "f", [("f", "def f(number):\n    return 1 / (number - 10)")]).say
    assert broken.endswith("in line 2 of f, `return 1 / (number - 10)`. That was with the number 10.")
    deaf = "class Mute(Exception):\n    def __str__(self): 1 / 0\ndef f():\n    raise Mute"
    assert inside.weigh(lambda f: f(), "f", [("f", deaf)]).say == "It raised Mute in line 4 of f, `raise Mute`."
    assert "sys.exit" in inside.weigh(lambda f: f(), "f", [("f", "def f():\n    raise SystemExit")]).say
    assert "met TypeError" in inside.weigh(lambda f: f(1), "f", [("f", "def f():\n    pass")]).say
    assert "no module `nosuch`" in inside.weigh(lambda f: f(), "f", [("f", "import nosuch")]).say
