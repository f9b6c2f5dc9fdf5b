"""course.hand_in() and start.py collect: what goes in and what does not, and a class of thirty made-up learners."""

import csv
import io
import json
import os
import random
import subprocess
import sys
from html.parser import HTMLParser

import pytest

from helpers import blocks, check, collect, course, events, handing_in
from helpers.check import keeping, registry
from helpers.events import Event
from helpers.working_copy import ROOT

FUNCTIONS = ("mail_hosts", "read_reply", "stuff")
VALUES = ("three_fates",)


def reference(name):
    return registry.exercise(name).reference_source()


@pytest.fixture
def learner(course):
    """A copy in which some was done: with tries, hints, a wrong prediction and a belief behind it."""
    text = ""
    for name in FUNCTIONS[:2]:
        text, _ = blocks.with_block(text, name, reference(name))
    (course / "mymail.py").write_text(text + "\nSECRET = 'my diary'\n")
    for event in (
        Event("predicted", "00_first_letter", "what_is_asked", at="2026-11-30T09:00:00+00:00"),
        Event("happened", "00_first_letter", "what_is_asked", belief="query_for_address", missed=True),
        Event("tried", "00_first_letter", "three_fates", belief="lowest_is_last"),
        Event("hint", "00_first_letter", "three_fates"),
        Event("passed", "00_first_letter", "three_fates"),
    ):
        events.add(course, event)
    return course


def test_it_shows_in_words_what_goes_in_and_what_not_before_it_writes(learner):
    told = repr(course.hand_in())
    assert "nothing is written yet" in told and "What goes in" in told and "What does not go in" in told
    assert "mail_hosts, read_reply" in told and "three_fates" in told
    assert not (learner / "saved").exists()


def test_nothing_goes_in_but_what_passed_and_the_functions(learner):
    assert "Written: my-course/saved/hand-in-ada-l.json." in repr(course.hand_in("Ada  L."))
    (path,) = (learner / "saved").iterdir()
    said = json.loads(path.read_text())
    assert said.keys() == {"course", "name", "passed", "functions", "sum"}
    assert said["name"] == "Ada L." and set(said["passed"]) == {"three_fates", "mail_hosts", "read_reply"}
    text = path.read_text()
    for private in ("diary", "query_for_address", "lowest_is_last", "what_is_asked", "hint", "2026", "tried"):
        assert private not in text
    found = handing_in.read(path)
    assert found.functions["mail_hosts"].strip() == reference("mail_hosts").strip() and not found.changed


def test_beliefs_go_into_a_file_without_a_name_and_only_when_asked_for(learner):
    told = repr(course.hand_in("Ada", beliefs=True))
    (path,) = (learner / "saved").glob("beliefs-*.json")
    assert path.name in told
    assert "ada" not in path.read_text().lower()
    assert handing_in.read(path) == handing_in.Held(("lowest_is_last", "query_for_address"))


@pytest.mark.parametrize("name", ["\u0000", "x" * 81, "   \n "])
def test_a_name_that_is_none_writes_nothing(learner, name):
    if name == "\u0000":
        course.hand_in(name)  # it is written out, as \x00
        assert (learner / "saved" / "hand-in-x00.json").exists()
        return
    with pytest.raises(course.CourseError):
        course.hand_in(name)
    assert not (learner / "saved").exists()


def test_outside_a_copy_there_is_nothing_to_hand_in():
    with pytest.raises(course.CourseError, match="my-course"):
        course.hand_in("Ada")


# ---- A class


class Made:
    """A folder with files of thirty made-up learners, of five kinds."""

    def __init__(self, folder):
        self.folder = folder
        good = {name: reference(name) for name in FUNCTIONS}
        own = {"read_reply": good["read_reply"].replace("def read_reply", "# mine\ndef read_reply")}
        for number in range(8):  # everything
            self.hand_in(f"Thea {number}", [*VALUES, *FUNCTIONS], good)
        for number in range(7):  # half of it, in a way of their own
            self.hand_in(f"Hal {number}", ["read_reply"], own)
        for number in range(5):  # all of it, and edited afterwards: for a typing mistake in the name, say
            path = self.hand_in(f"Edda {number}", [*FUNCTIONS], good)
            path.write_text(path.read_text().replace("Edda", "Etta"))
        broken = [  # what does not pass here, whatever it does
            "def mail_hosts(domain, resolver=None):\n    while True: pass\n",
            "import socket\nsocket.create_connection(('192.0.2.1', 80), 1)\ndef mail_hosts(domain): return []\n",
            "def mail_hosts(domain:\n",
            "import os\nos._exit(0)\n",
            "def another(domain): return []\n",
            "raise SystemExit('<b>')\n",
        ]
        for number, body in enumerate(broken):
            self.hand_in(f"=Stan <b>{number}</b>", ["mail_hosts", "no_such_task"], {"mail_hosts": body, "no_such": "x"})
            self.write(f"beliefs-{number}.json", {"beliefs": ["lowest_is_last", "no_such_belief"][: 1 + number % 2]})
        (folder / "odd").mkdir()
        for name, content in (
            ("essay.docx", b"PK\x03\x04" + random.Random(1).randbytes(3000)),
            ("other.json", b'{"course": "another", "name": "Otto"}'),
            ("deep.json", b"[" * 100_000),
            ("half.json", b'{"course": "email-from-the-wire-up", "name": ["a"], "functions": {}}'),
        ):
            (folder / "odd" / name).write_bytes(content)

    def hand_in(self, name, passed, functions):
        file = f"{name[:4].strip('= ').lower()}-{sum(1 for _ in self.folder.iterdir())}.json"
        return self.write(file, {"name": name, "passed": passed, "functions": functions})

    def write(self, file, said):
        return handing_in._write(self.folder / file, said)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return Made(tmp_path_factory.mktemp("class"))


@pytest.fixture(scope="module")
def found(made):
    return collect.collect(made.folder)


def test_every_function_is_tried_again(found):
    assert len(found.learners) == 26 and len(found.skipped) == 4
    for one in found.learners:
        kind = one.work.name.strip("=")[:4]
        assert one.count("again") == {"Thea": 3, "Hal ": 1, "Etta": 3, "Stan": 0}[kind], one
        assert one.count("not here") == (kind == "Stan")
        assert one.count("said") == (kind == "Thea")


@pytest.mark.usefixtures("impatient")
def test_of_a_file_whose_functions_never_end_two_are_tried_and_the_rest_is_named(tmp_path):
    stuck = {name: reference(name).replace(":\n", ":\n    while True: pass\n", 1) for name in FUNCTIONS}
    once = {**{name: reference(name) for name in FUNCTIONS}, FUNCTIONS[0]: stuck[FUNCTIONS[0]]}
    for name, functions in (("Ada", stuck), ("Bob", stuck), ("Cleo", once)):
        handing_in._write(tmp_path / f"{name}.json", {"name": name, "passed": FUNCTIONS, "functions": functions})
    found = collect.collect(tmp_path)
    results = [list(one.results.values()) for one in found.learners]
    assert results == [["not here", "not here", "not run"]] * 2 + [["not here", "again", "again"]]
    assert "? not run (the time ran out for 2 functions of that file)" in collect.text(found)
    assert collect.page(found).count(f"{FUNCTIONS[2]}: not run, as the time ran out for 2 functions of this file") == 4


def test_files_that_were_changed_are_named_and_accuse_nobody(found):
    assert {one.work.name[:4] for one in found.learners if one.work.changed} == {"Etta"}
    assert "That can have many reasons." in collect.text(found)


def test_what_is_not_from_the_course_is_named_and_passed_over(found):
    text = collect.text(found)
    for name in ("essay.docx", "other.json", "deep.json", "half.json"):
        assert f"Passed over: odd{os.sep}{name}" in text.replace("\\\\", "\\")


@pytest.mark.parametrize(
    "damaged",
    [{"name": "\ud800"}, {"passed": ["\ud800"]}, {"functions": {"\ud800": ""}}, {"functions": {"stuff": "\ud800"}}],
)
def test_half_a_character_is_damage(tmp_path, damaged):
    """JSON can spell it, and no file can be written with it."""
    said = {"course": handing_in.COURSE, "name": "Ada", "passed": [], "functions": {}, **damaged}
    (tmp_path / "half.json").write_text(json.dumps(said))
    with pytest.raises(handing_in.Foreign, match="damaged"):
        handing_in.read(tmp_path / "half.json")


def test_beliefs_are_counted_over_the_class_and_never_by_name(found):
    assert found.sheets == 6 and found.beliefs == {"lowest_is_last": 6}
    text = collect.text(found)
    assert "6  lowest_is_last: the lowest MX number is the last resort" in text and "ask: " in text


def test_fewer_than_five_are_not_counted(tmp_path):
    for number in range(4):
        handing_in._write(tmp_path / f"{number}.json", {"beliefs": ["lowest_is_last"]})
    few = collect.collect(tmp_path)
    assert few.sheets == 4 and not few.beliefs
    assert "from 5 files" in collect.text(few) and "lowest_is_last" not in collect.text(few) + collect.page(few)


class Tags(HTMLParser):
    def __init__(self, page):
        super().__init__()
        self.tags = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)


def test_the_page_and_the_rows_hold_names_as_text(found):
    page = collect.page(found)
    assert not {"script", "img", "link", "b"} & set(Tags(page).tags)
    assert "=Stan &lt;b&gt;0&lt;/b&gt;" in page and "not for marks" in page
    rows = list(csv.reader(io.StringIO(collect.as_csv(found))))
    assert len(rows) == 1 + sum(len(one.results) for one in found.learners)
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert ["'=Stan <b>0</b>", "sta-20.json", "no", "01_dns_lookups", "mail_hosts", "not here"] in rows


def test_the_command_writes_both_and_a_second_run_reads_neither(tmp_path):
    handing_in._write(tmp_path / "a.json", {"name": "Ada", "passed": ["three_fates"], "functions": {}})
    command = [sys.executable, "-m", "helpers.collect", str(tmp_path)]
    for _ in range(2):
        done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=True)
        assert "1 hand-in," in done.stdout and "Passed over" not in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", collect.CSV, collect.PAGE]


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a network of its own is Linux's")
def test_on_linux_the_command_leaves_the_network():
    program = (
        "from helpers import collect; import os, socket; left = collect._leave_the_network();"
        "own = socket.socket(); own.bind(('127.0.0.1', 0)); own.listen();"
        "socket.create_connection(own.getsockname()); print(left, [name for _, name in socket.if_nameindex()])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    if done.stdout.startswith("False"):
        pytest.skip("this system gives no process a network of its own")
    assert done.stdout.strip() == "True ['lo']"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a network of its own is Linux's")
def test_where_linux_permits_the_first_step_and_no_later_one_the_command_stays_as_it_is():
    program = (
        "from helpers import collect; from pathlib import Path\n"
        "def no(*_, **more): raise PermissionError(1, 'Operation not permitted')\n"
        "Path.write_text = no; print(collect._leave_the_network())"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "False"


def test_an_output_that_lacks_a_letter_costs_no_results(tmp_path):
    handing_in._write(tmp_path / "a.json", {"name": "Zoë \u5b66", "passed": [], "functions": {}})
    command = [sys.executable, "-m", "helpers.collect", str(tmp_path)]
    how = {**os.environ, "PYTHONIOENCODING": "cp1252"}
    subprocess.run(command, capture_output=True, cwd=ROOT, env=how, check=True)
    assert (tmp_path / collect.CSV).exists() and (tmp_path / collect.PAGE).exists()


@pytest.mark.parametrize("depth", range(900, 1100, 10))
def test_however_deep_a_file_is_it_is_read_or_passed_over(tmp_path, depth):
    said = {"course": handing_in.COURSE, "name": "Eve", "passed": [], "functions": {}}
    path = tmp_path / "deep.json"
    path.write_text(json.dumps(said)[:-1] + ', "x": ' + "[" * depth + "]" * depth + "}")
    try:
        assert handing_in.read(path).name == "Eve"
    except handing_in.Foreign as why:
        assert "damaged" in str(why)


def test_what_can_be_read_and_not_written_again_is_passed_over(tmp_path, monkeypatch):
    path = handing_in._write(tmp_path / "a.json", {"name": "Eve", "passed": [], "functions": {}})

    def deep(said):
        raise RecursionError

    monkeypatch.setattr(handing_in, "_sum", deep)
    with pytest.raises(handing_in.Foreign, match="damaged"):
        handing_in.read(path)


def test_what_leans_on_others_is_tried_with_them_in_their_order(tmp_path):
    whole = reference("read_reply")
    apart = whole.replace("def read_reply(", "def _reads(")
    for name, functions in {
        "by-name": {"_reads": apart, "read_reply": "def read_reply(*given):\n    return _reads(*given)\n"},
        "mymail": {"_reads": apart, "read_reply": "import mymail\ndef read_reply(*x):\n    return mymail._reads(*x)\n"},
    }.items():
        handing_in._write(tmp_path / f"{name}.json", {"name": name, "passed": ["read_reply"], "functions": functions})
    assert [one.results["read_reply"] for one in collect.collect(tmp_path).learners] == ["again", "again"]
    three = {"Base": "class Base: pass", "Child": "class Child(Base): pass", "run": "def run(): return Child, Base"}
    space = {}
    exec("\n".join(text for _, text in collect._texts("run", three)), space)
    assert space["run"]()


def test_a_function_that_was_not_handed_in_has_not_passed(tmp_path):
    handing_in._write(tmp_path / "a.json", {"name": "Eve", "passed": [*FUNCTIONS, *VALUES], "functions": {}})
    (one,) = collect.collect(tmp_path).learners
    assert one.results == {**dict.fromkeys(FUNCTIONS, "not here"), **dict.fromkeys(VALUES, "said")}


def test_where_mymail_does_not_parse_nothing_is_handed_in_and_the_line_is_named(learner):
    path = learner / "mymail.py"
    path.write_text(path.read_text() + "\ndef oops(:\n")
    line = len(path.read_text().splitlines())
    with pytest.raises(course.CourseError, match=f"line {line} of my-course/mymail.py does not parse"):
        course.hand_in("Ada")
    assert not (learner / "saved").exists()
    assert f"Yours cannot be read: line {line} of" in repr(check.another("read_reply"))


def test_what_a_folder_is_not(tmp_path, capsys):
    assert collect.main([str(tmp_path / "none")]) == 1 and collect.main([]) == 2
    assert "is no folder" in capsys.readouterr().err
    assert keeping.folder() is None and check.progress().rows == []
