"""python3 start.py class: what it says, and when it does not start."""

import os
import shlex
import socket
import subprocess
import sys
import time
from types import SimpleNamespace

import psutil
import pytest

from classroom import __main__ as command
from classroom import ports
from classroom.place import BOARD, MARK, Place, Told, board_token
from helpers.lab.neighbours import places, talk
from tests.peers.places import free_place
from tests.setup.conftest import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="JupyterHub does not run there")


@pytest.fixture
def begin(tmp_path, monkeypatch):
    """Give the command its words; JupyterHub's start is the answer."""
    started = []
    monkeypatch.setattr(os, "execve", lambda *what: started.append(what))
    monkeypatch.chdir(tmp_path)

    def begin(*words: str, yes: bool = True):
        started.clear()
        command.main([*words, "--folder", str(tmp_path / "class"), "--port", str(free_place()[1])] + ["--yes"] * yes)
        return started

    return begin


def test_it_makes_accounts_says_what_it_is_and_starts_the_hub(begin, tmp_path, capsys):
    ((program, words, environment),) = begin("ada", "--learners", "2")
    said = capsys.readouterr().out
    place = Place(tmp_path / "class")
    assert place.roster.names() == ["ada", "learner01", "learner02"]
    assert program.name == "jupyterhub" and words[1:] == ["-f", str(ROOT / "classroom/jupyterhub_config.py")]
    assert environment["MAIL_COURSE_CLASS"] == str(place.folder)
    assert "can read and change every file of the account" in said and "sudo adduser" in said
    assert "It opens on this machine only." in said and "plain HTTP" not in said
    assert f"--password NAME --folder {shlex.quote(str(place.folder))}\n" in said
    told = Told.read(place)
    assert (told.ip, told.idle) == ("127.0.0.1", 90) and f"http://127.0.0.1:{told.port}\n" in said
    passwords = dict(line.split() for line in said.splitlines() if line.startswith("    ") and "-" in line[20:])
    assert all(place.roster.admits(name, passwords[name]) for name in place.roster.names())


def test_started_again_it_needs_no_names_and_shows_no_password(begin, capsys):
    begin("ada")
    capsys.readouterr()
    assert begin()
    assert "Passwords" not in capsys.readouterr().out


def test_beyond_this_machine_it_warns_and_says_what_to_try_first(begin, capsys, monkeypatch):
    monkeypatch.setattr(command, "addresses", lambda ip: ["192.0.2.7"])
    monkeypatch.setattr(command, "can_listen", lambda ip, port: "")
    begin("ada", "--ip", "0.0.0.0")
    said = capsys.readouterr().out
    assert "plain HTTP" in said and "http://192.0.2.7:" in said and "First open it on a telephone" in said
    assert "several networks" not in said
    monkeypatch.setattr(command, "addresses", lambda ip: ["192.0.2.7", "198.51.100.7"])
    begin("--ip", "0.0.0.0")
    assert "several networks" in capsys.readouterr().out


def test_one_call_ends_the_letters_for_good_and_another_lets_them_pass(begin, tmp_path, capsys):
    with pytest.raises(command.Stop, match="There is no class in"):
        begin("--end-letters")
    begin("ada")
    place = Place(tmp_path / "class")
    meeting = places.start(place.secret())
    Told("127.0.0.1", 1, 0, (2, 3, 4, meeting)).write(place)
    ada = (meeting, "ada", talk.key(place.secret(), "ada"))
    assert begin("--end-letters") == [] and place.ended.exists()
    said = capsys.readouterr().out
    assert "are over, also when the hub is started again" in said and "No hub" not in said
    with pytest.raises(OSError, match="the teacher has ended them"):
        talk.tell(*ada, do="names")
    assert begin("--begin-letters") == [] and not place.ended.exists()
    with pytest.raises(OSError, match="Only those who have joined"):
        talk.tell(*ada, do="names")


def test_letters_may_be_ended_and_begun_while_no_hub_runs(begin, tmp_path, capsys):
    begin("ada")
    place = Place(tmp_path / "class")
    Told("127.0.0.1", 1, 0, (2, 3, 4, free_place()[1])).write(place)
    for word, there in (("--end-letters", True), ("--end-letters", True), ("--begin-letters", False)):
        capsys.readouterr()
        assert begin(word) == [] and place.ended.exists() is there
        assert "It will hold when one is started." in capsys.readouterr().out


def test_the_teacher_moves_the_classs_clock(begin, tmp_path, capsys):
    begin("ada")
    place = Place(tmp_path / "class")
    Told("127.0.0.1", 1, 0, (2, 3, 4, free_place()[1])).write(place)
    with pytest.raises(command.Stop, match="there is no clock to move"):
        begin("--later", "24")
    Told("127.0.0.1", 1, 0, (2, 3, 4, places.start(place.secret()))).write(place)
    capsys.readouterr()
    for day in ("Tuesday, 03", "Wednesday, 04"):
        assert begin("--later", "24") == []
        assert capsys.readouterr().out == f"By the class's clock it is now {day} March 2026, 09:00.\n"
    for hours in ("0", "-1", "1e9", "nan"):
        with pytest.raises(SystemExit):
            begin(f"--later={hours}")


def test_the_link_to_the_board_bears_a_token_that_stays(begin, tmp_path, capsys):
    begin("ada")
    (link,) = [line.strip() for line in capsys.readouterr().out.splitlines() if BOARD in line]
    begin()
    assert link.partition(BOARD)[2] in capsys.readouterr().out
    assert link.endswith(f"{BOARD}?token={board_token(Place(tmp_path / 'class').secret())}")


@pytest.mark.parametrize("answer, goes_on", [("yes\n", True), ("YES\n", True), ("y\n", False), ("\n", False)])
def test_it_goes_on_with_a_yes_only(begin, tmp_path, monkeypatch, answer, goes_on):
    monkeypatch.setattr("builtins.input", lambda _: answer)
    if goes_on:
        assert begin("ada", yes=False)
    else:
        with pytest.raises(command.Stop, match="no yes"):
            begin("ada", yes=False)
        assert not (tmp_path / "class").exists()


def test_where_nobody_can_answer_it_does_not_start(begin, monkeypatch):
    def nobody(_):
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(command.Stop, match="add --yes"):
        begin("ada", yes=False)


def test_a_machine_too_small_says_so_and_starts_all_the_same(begin, capsys, monkeypatch):
    monkeypatch.setattr(command.psutil, "virtual_memory", lambda: SimpleNamespace(available=2000 * 2**20))
    assert begin("--learners", "30")
    said = capsys.readouterr().out
    assert "30 learners with 2 notebooks open each take about 7,685 MB of memory, and 2,000 MB are free." in said
    assert "It has room for about 7 at a time." in said


def test_nobody_is_no_class(begin):
    with pytest.raises(command.Stop, match="Say who learns"):
        begin()


def test_a_new_password_starts_no_hub(begin, tmp_path, capsys):
    begin("ada")
    roster = Place(tmp_path / "class").roster
    capsys.readouterr()
    assert begin("--password", "ada") == []
    name, password = capsys.readouterr().out.split()[-2:]
    assert name == "ada" and roster.admits("ada", password)
    with pytest.raises(command.Stop, match="Nobody is called eve"):
        begin("--password", "eve")


def test_a_taken_port_is_said_before_anything_else(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(command.Stop, match=f"port {port} .* Take another one"):
            command.main(["ada", "--port", str(port), "--yes", "--folder", str(tmp_path / "class")])
    assert not (tmp_path / "class").exists()


def test_a_class_that_runs_is_not_started_twice(begin, tmp_path):
    begin("ada")
    with Place(tmp_path / "class").hold(), pytest.raises(command.Stop, match="runs already: Ctrl-C"):
        begin()
    assert begin()


def test_what_a_killed_hub_left_is_ended_and_servers_go_on(tmp_path):
    """Its proxy and services are known by a mark that servers do not have."""
    wait = [sys.executable, "-c", "input()"]
    marks = ({MARK: str(tmp_path)}, {MARK: str(tmp_path / "another")}, {})
    left, other, server = (subprocess.Popen(wait, stdin=subprocess.PIPE, env={**os.environ, **mark}) for mark in marks)
    try:
        while psutil.Process(left.pid).environ().get(MARK) is None:  # until it is what it will be
            time.sleep(0.01)
        command.end_what_was_left(Place(tmp_path))
        left.wait(10)
        assert other.poll() is None and server.poll() is None
    finally:
        for process in (left, other, server):
            process.kill()
            process.communicate()


def test_the_class_never_lies_in_the_course(tmp_path):
    with pytest.raises(command.Stop, match="lies in the course's own folder"):
        command.main(["ada", "--yes", "--folder", str(ROOT / "class")])


def test_names_may_come_from_a_file(begin, tmp_path):
    (tmp_path / "names").write_text("ada\nbob\n")
    begin(f"@{tmp_path / 'names'}")
    assert Place(tmp_path / "class").roster.names() == ["ada", "bob"]


def test_the_addresses_of_a_room_leave_out_what_only_this_machine_reaches(monkeypatch):
    def entry(address, family=socket.AF_INET):
        return SimpleNamespace(address=address, family=family)

    every = {"lo": [entry("127.0.0.1")], "w": [entry("192.0.2.7"), entry("2001:db8::7", socket.AF_INET6)]}
    monkeypatch.setattr(ports.psutil, "net_if_addrs", lambda: every)
    assert ports.addresses("0.0.0.0") == ["192.0.2.7"]
    assert ports.addresses("192.0.2.9") == ["192.0.2.9"]
    every.pop("w")
    assert ports.addresses("0.0.0.0") == ["127.0.0.1"]


def test_a_machine_too_small_says_for_how_many_there_is_room(begin, capsys, monkeypatch):
    free = SimpleNamespace(available=600 * 2**20)
    monkeypatch.setattr(command.psutil, "virtual_memory", lambda: free)
    assert begin("ada", "bob")  # it starts all the same: half the class at a time is a class
    said = capsys.readouterr().out
    assert "too small: 2 learners with 2 notebooks open each take about 685 MB" in said
    assert "room for about 1 at a time" in said


@pytest.mark.parametrize(
    "words", [("--idle", "-1"), ("--idle", "nan"), ("--idle", "inf"), ("--port", "0"), ("--port", "65533")]
)
def test_numbers_that_no_hub_can_start_with_are_refused(capsys, words):
    with pytest.raises(SystemExit) as end:
        command.arguments(["ada", *words])
    assert end.value.code == 2 and f"{words[0]} takes" in capsys.readouterr().err
