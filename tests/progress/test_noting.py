"""progress.jsonl: what is noted, what is told of it, and what it survives."""

import os
import random
import subprocess
import sys

import pytest

from helpers import check, course, events
from helpers.check import exercise, keeping, noting
from helpers.events import Event
from helpers.working_copy import ROOT

pytestmark = pytest.mark.usefixtures("sample")


def noted(folder):
    """What is in the file, as (what, name) pairs."""
    return [(event.what, event.name) for event in events.read(folder)]


def done(program, *words, **options):
    """Run a program that may import helpers, in another process."""
    return subprocess.run([sys.executable, "-c", program, *map(str, words)], cwd=ROOT, text=True, **options)


# ---- What is noted


def test_each_step_is_noted_once_with_the_belief_behind_what_was_wrong(course, cells):
    check.predict("colour")
    check.predict("colour", "a")
    check.predict("colour", "b")
    check.happened("colour", 3)
    check.size(4)
    check.size(4)
    check.hint("size")
    check.size("large")
    check.size(...)
    check.first_word(cells.run("def first_word(line):\n    return line.split()[0].upper()", "first_word"))
    assert noted(course) == [
        ("begun", ""),
        ("predicted", "colour"),
        ("happened", "colour"),
        ("tried", "size"),
        ("hint", "size"),
        ("passed", "size"),
        ("passed", "first_word"),
    ]
    assert {event.lesson for event in events.read(course)[1:]} == {"90_sample"}
    assert [event.belief for event in events.read(course) if event.what == "tried"] == ["all_is_red"]


def test_what_passed_in_another_kernel_opens_the_solution_which_is_not_noted_then(course, monkeypatch):
    check.size("large")
    monkeypatch.setattr(exercise, "_passed", set())
    assert "the course's answer" in repr(check.solution("size"))
    assert noted(course) == [("begun", ""), ("passed", "size")]


def test_a_wrong_prediction_is_noted_with_its_belief_and_what_was_true(course):
    check.predict("colour", "a")
    check.happened("colour", 3)
    last = events.read(course)[-1]
    assert (last.what, last.missed, last.belief) == ("happened", True, "all_is_red")
    assert last.true == check.registry.prediction("colour").lettered["b"].mark


def test_what_was_not_predicted_and_what_is_blank_is_not_noted(course):
    check.happened("colour", 3)
    check.size(...)
    check.solution("size")
    check.predict("colour", "z")
    assert noted(course) == [("begun", "")]


def test_the_first_cell_that_writes_says_so_and_no_other_does(course, capsys):
    check.predict("colour")
    said = capsys.readouterr().out
    assert "my-course/progress.jsonl notes what you do here" in said
    assert "Nothing sends it anywhere" in said and "check.forget()" in said
    check.predict("colour", "a")
    check.size(3)
    assert capsys.readouterr().out == ""


def test_outside_a_copy_nothing_is_noted_or_said(capsys):
    check.predict("colour", "a")
    check.happened("colour", 3)
    check.size("large")
    assert capsys.readouterr().out == "" and noting.state() == noting.State()


def test_forget_moves_it_away_and_the_next_cell_says_so_again(course, capsys):
    assert "nothing is noted" in repr(check.forget())
    check.size("large")
    before = (course / events.NAME).read_bytes()
    told = repr(check.forget())
    assert not (course / events.NAME).exists()
    (archived,) = (course / "saved").iterdir()
    assert archived.name in told and archived.read_bytes() == before
    capsys.readouterr()
    check.size("large")
    assert "From now on" in capsys.readouterr().out
    assert noted(course) == [("begun", ""), ("passed", "size")]
    check.forget()
    assert len(list((course / "saved").iterdir())) == 2


# ---- What it survives


def test_it_is_there_after_a_restart_and_a_line_of_a_later_course_is_left_alone(course):
    later = b'{"what": "sung", "name": "size", "key": [1]}\n{"what": "passed", "name": "size", "tune": 7}\n'
    (course / events.NAME).write_bytes(later)
    assert noting.state().has("size", "passed")
    check.size("large")  # it is noted already, though with less
    assert (course / events.NAME).read_bytes().startswith(later)


HOSTILE = [
    b"not json",
    b"{",
    b"[1, 2]",
    b"null",
    b'"what"',
    b'{"what": 3, "name": "size"}',
    b'{"name": "size"}',
    b'{"what": "passed", "name": ["size"]}',
    b'{"what": "passed", "name": "size", "round": 0}',
    b'{"what": "passed", "name": "size", "round": 1e9}',
    b'{"what": "passed", "name": "size", "round": 999999999999}',
    b'{"what": "passed", "name": "size", "round": true}',
    b'{"what": "passed", "name": "size", "missed": 1}',
    b'{"what": "passed", "name": "size", "belief": "' + b"x" * 2000 + b'"}',
    b"[" * 900,
    b'{"a":' * 190,
    b"\xff\xfe\x00",
    b'{"what": "passed", "name": "size\xff"}',
]


@pytest.mark.parametrize("line", HOSTILE, ids=range(len(HOSTILE)))
def test_a_foreign_or_tampered_line_is_no_event_and_is_left_where_it_is(course, line):
    (course / events.NAME).write_bytes(line + b"\n")
    assert not noting.state().has("size", "passed")
    check.predict("colour", "a")
    assert (course / events.NAME).read_bytes().startswith(line + b"\n")
    assert noted(course) == [("predicted", "colour")]


def test_random_bytes_never_raise():
    dice = random.Random(17)
    good = Event("passed", "90_sample", "size", at="2026-11-30T03:00:00+00:00").line()
    for _ in range(3000):
        line = bytearray(good)
        for _ in range(dice.randint(1, 4)):
            line[dice.randrange(len(line))] = dice.randrange(256)
        assert all(isinstance(event.name, str) for event in events.parse(bytes(line)))


def test_after_a_half_written_line_the_next_one_is_whole(course):
    half = Event("passed", "90_sample", "size").line()[:-9]
    (course / events.NAME).write_bytes(half)
    assert not noting.state().has("size", "passed")
    check.size("large")
    assert noted(course) == [("passed", "size")]
    assert (course / events.NAME).read_bytes().startswith(half + b"\n")


def test_a_clock_that_goes_back_changes_nothing(course):
    names = [("predicted", "colour"), ("tried", "size"), ("passed", "size")]
    for hour, (what, name) in zip((9, 3, 1), names, strict=True):
        events.add(course, Event(what, "90_sample", name, at=f"2026-11-30T0{hour}:00:00+00:00"))
    state = noting.state()
    assert state.has("size", "passed") and state.has("colour", "predicted")


WRITER = """
import sys
from pathlib import Path
from helpers import events
for number in range(50):
    events.add(Path(sys.argv[1]), events.Event("tried", "90_sample", f"n{sys.argv[2]}_{number}"))
"""


def test_notebooks_that_write_at_once_lose_nothing(course):
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(course), str(n)], cwd=ROOT) for n in range(3)]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    assert len({name for _, name in noted(course)}) == 150


FULL = """
import resource, signal, sys
from pathlib import Path
from helpers import events
folder = Path(sys.argv[1])
events.add(folder, events.Event("passed", "90_sample", "size"))
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
size = (folder / events.NAME).stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, size + 20))
try:
    events.add(folder, events.Event("passed", "90_sample", "order"))
except OSError as error:
    print(error.strerror)
"""


@pytest.mark.skipif(os.name == "nt", reason="there is no such limit")
def test_where_no_more_can_be_written_what_was_there_stays_whole(course):
    assert done(FULL, course, capture_output=True).stdout.strip()
    assert (course / events.NAME).read_bytes() == Event("passed", "90_sample", "size").line()


def test_what_cannot_be_written_is_said_once_and_the_check_goes_on(course, capsys):
    (course / events.NAME).mkdir()
    assert check.size("large").passed
    assert check.size(4).passed is False
    said = capsys.readouterr().out
    assert said.count("This was not noted in my-course/progress.jsonl") == 1 and "Your work is not touched" in said


def test_a_lock_that_is_held_is_waited_for_and_then_said(course, capsys, monkeypatch):
    monkeypatch.setattr(events, "PATIENCE", 0.1)
    with events.locked(course / events.LOCK, 1):
        assert check.size("large").passed
    assert "This was not noted" in capsys.readouterr().out
    assert check.size("large").passed and ("passed", "size") in noted(course)


# ---- Two machines


@pytest.mark.parametrize("seed", range(20))
def test_union_keeps_every_line_and_does_not_care_for_the_order(seed):
    dice = random.Random(seed)
    lines = [
        Event(dice.choice(["tried", "passed", "again"]), "90_sample", f"n{dice.randrange(5)}").line() for _ in "1234567"
    ]
    cut = dice.randrange(8)
    mine, theirs = b"".join(lines[:cut]), b"".join(lines[max(0, cut - 2) :])
    both, other = events.union(mine, theirs), events.union(theirs, mine)
    assert set(both.splitlines()) == set(other.splitlines()) == {line.strip() for line in lines}
    assert events.union(both, theirs) == both == events.union(both, both)
    assert noting._state(list(events.parse(both))).now == noting._state(list(events.parse(other))).now


def test_union_after_a_half_written_line():
    half, whole = b'{"what": "pas', Event("passed", "", "size").line()
    assert [event.name for event in events.parse(events.union(half, whole))] == ["size"]
    assert [event.name for event in events.parse(events.union(whole, half))] == ["size"]


def test_saved_on_one_machine_and_taken_back_on_another_both_are_kept(tmp_path):
    machines = []
    for name, passed in (("one", "size"), ("two", "order")):
        root = tmp_path / name
        (root / "notebooks").mkdir(parents=True)
        course.lay(root)
        (root / "my-course" / "mymail.py").write_text("ONE = 1\n")
        events.add(root / "my-course", Event("passed", "90_sample", passed))
        machines.append(root)
    one, two = machines
    saved = course.save(one)
    assert "progress.jsonl" in repr(saved)
    told = course.restore(saved.path, two)
    assert "progress.jsonl" in told.taken and "progress.before-restore.jsonl" not in told.kept_aside
    assert noted(two / "my-course") == [("passed", "order"), ("passed", "size")]
    assert "progress.jsonl" not in course.restore(saved.path, two).taken


def test_begin_in_a_folder_that_was_taken_away(course, monkeypatch, capsys):
    monkeypatch.setattr(keeping, "folder", lambda: course / "gone")
    assert check.size("large").passed
    assert "This was not noted" in capsys.readouterr().out
