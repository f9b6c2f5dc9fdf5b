"""Code for Windows and macOS, tried here with stand-ins: what is missing there is missing, what differs says what it
says there. Whether the systems themselves agree, nobody has seen (OTHER_SYSTEMS.md)."""

import errno
import fcntl
import importlib
import importlib.util
import os
import socket
import subprocess
import sys
import types
from pathlib import Path

import pytest

from helpers import doctor, files
from helpers.check import child, standby
from helpers.lab import Lab, sockets
from helpers.lab.neighbours import places
from helpers.lessons import disks
from tests.setup.conftest import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="these are stand-ins, and that is the real one")


def loaded(path: Path) -> types.ModuleType:
    """A module from its file, as new."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def msvcrt(monkeypatch):
    """Windows has this module and no fcntl: its lock is on octets, from where the file stands, and says EACCES."""
    real, held = fcntl.flock, []

    def locking(number: int, mode: str, octets: int) -> None:
        assert os.lseek(number, 0, os.SEEK_CUR) == 0 and octets == 1
        held.append(mode)
        try:
            real(number, fcntl.LOCK_UN if mode == "unlock" else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES)) from None

    module = types.SimpleNamespace(LK_NBLCK="lock", LK_UNLCK="unlock", locking=locking, held=held)
    monkeypatch.setitem(sys.modules, "msvcrt", module)
    monkeypatch.setitem(sys.modules, "fcntl", None)
    monkeypatch.setitem(sys.modules, "resource", None)
    return module


@pytest.fixture
def start(msvcrt, monkeypatch):
    """start.py as a module, as Windows would load it: the paths alone stay those of this system."""
    monkeypatch.delattr(os, "geteuid")
    monkeypatch.setattr(os, "name", "nt")
    module = loaded(ROOT / "start.py")
    monkeypatch.setattr(os, "name", "posix")
    assert module.WINDOWS
    return module


# ---- Files and locks


def test_a_lock_of_windows_holds_others_off_and_is_let_go(msvcrt, tmp_path):
    there = loaded(ROOT / "helpers/files.py")
    with there.locked(tmp_path / "lock", 1), pytest.raises(TimeoutError), there.locked(tmp_path / "lock", 0.05):
        pass
    with there.locked(tmp_path / "lock", 1):
        assert msvcrt.held[-2:] == ["unlock", "lock"]


def test_a_file_that_somebody_reads_is_replaced_once_they_have_read_it(monkeypatch, tmp_path):
    real, asked = os.replace, []

    def replace(new, old):
        asked.append(old)
        if len(asked) < 3:
            raise PermissionError(errno.EACCES, "Access is denied")
        real(new, old)

    monkeypatch.setattr(os, "replace", replace)
    monkeypatch.setattr(files, "WINDOWS", True)
    files.write_whole(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new" and len(asked) == 3
    asked.clear()
    with pytest.raises(PermissionError):
        files.replace(tmp_path / "file", tmp_path / "other", patience=0)


def test_a_folder_that_cannot_be_opened_is_not_synced_and_no_error(monkeypatch, tmp_path):
    def closed(path, *_):
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(os, "open", closed)
    files._sync(tmp_path)


def test_where_nobody_has_a_number_the_meeting_place_has_a_folder_all_the_same(monkeypatch, tmp_path):
    """Each user's temporary folder is their own there, and `os.getuid` is missing."""
    monkeypatch.delattr(os, "getuid")
    monkeypatch.setattr(places.os, "name", "nt")
    monkeypatch.setattr(places.tempfile, "gettempdir", lambda: str(tmp_path))
    monkeypatch.setattr(places, "start", lambda secret, note: 4321)
    monkeypatch.setattr(places, "Path", type(tmp_path))
    monkeypatch.setattr(places, "locked", lambda path, patience: files.locked(path, 1))
    assert places._of_this_user()[0] == 4321
    assert (tmp_path / "mail-course-user/meeting.json").exists()


# ---- Sockets


@pytest.mark.parametrize("error", [BrokenPipeError, ConnectionAbortedError])
def test_who_has_closed_is_said_in_the_same_words(error):
    ours, theirs = socket.socketpair()
    closed = pytest.raises(BrokenPipeError, match="the other end has closed the connection")
    with ours, theirs, closed, sockets.named(ours):
        raise error(10053, "An established connection was aborted by the software in your host machine")


def test_a_reset_has_the_structure_that_windows_expects(monkeypatch):
    """Two numbers of 16 bits (struct linger); POSIX has them of 32."""
    asked = []

    class Sock:
        def setsockopt(self, level, option, value):
            asked.append((level, option, value))

    transport = types.SimpleNamespace(get_extra_info=lambda _: Sock(), abort=lambda: asked.append("abort"))
    with Lab(beside=True) as lab:
        for name, size in (("nt", 4), ("posix", 8)):
            monkeypatch.setattr("helpers.lab.wires.os", types.SimpleNamespace(name=name))
            lab._net.wires.reset(transport)
            assert asked[0][:2] == (socket.SOL_SOCKET, socket.SO_LINGER) and len(asked[0][2]) == size
            assert asked[1] == "abort"
            asked.clear()


def test_the_lab_has_its_own_kind_of_loop_whatever_the_system_would_choose(monkeypatch):
    """Windows' own loop cannot wait for a datagram with a socket that is handed over to it."""

    def another():
        raise AssertionError("the system's choice")

    monkeypatch.setattr("asyncio.new_event_loop", another)
    with Lab(beside=True) as lab:
        assert lab.resolver.resolve("outlook.test", "MX")


# ---- A check's process


def test_a_pipe_that_broke_as_it_breaks_on_windows_asks_for_a_new_process():
    class Pipe:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            raise OSError(errno.EINVAL, "Invalid argument")

        def write(self, _):
            pass

    check = child._Check({}, 1.0, lambda text: None)
    assert check._converse(standby.Worker(Pipe(), None, None)) is None


def test_where_no_process_group_can_be_killed_the_tree_of_processes_is(monkeypatch):
    commands = []
    monkeypatch.delattr(os, "killpg")
    monkeypatch.setattr(standby.subprocess, "run", lambda command, **_: commands.append(command))
    ready = standby.ForCheck()
    number = ready._process.pid
    ready._process.kill()
    ready.end(None)
    assert commands == [["taskkill", "/F", "/T", "/PID", str(number)]]
    ready.close()


def test_on_macos_who_is_a_zombie_already_cannot_be_killed_and_that_is_no_error(monkeypatch):
    def killpg(*_):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "killpg", killpg)
    standby._kill_group(1)


# ---- What a lesson's judges and answers do there

QUEUES = "helpers.lessons.11_queues_and_bounces"


class Windows:
    """The module os, as two of the lesson's modules see it: there no folder can be opened."""

    name = "nt"

    def __getattr__(self, name):
        return getattr(os, name)

    def open(self, path, *how, **more):
        if os.path.isdir(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return os.open(path, *how, **more)


def test_the_course_keeps_a_letter_in_a_queue_there(monkeypatch, tmp_path):
    answers, crashes = (importlib.import_module(f"{QUEUES}.{name}") for name in ("answers", "crashes"))
    there = Windows()
    for module in (answers, crashes):
        monkeypatch.setattr(module, "os", there)
    disk = crashes.Disk(tmp_path)
    with crashes.watched(answers.keep, disk):
        item = answers.keep(tmp_path, {"attempts": 0}, b"letter")
    names = {item.name, item.with_suffix(".eml").name}
    assert set(disk.synced()) == names == {path.name for path in tmp_path.iterdir()}
    assert disk.synced()[item.with_suffix(".eml").name] == b"letter"


def test_a_disk_is_full_at_once_where_no_file_can_be_limited(monkeypatch, tmp_path):
    monkeypatch.setattr(disks, "resource", None)
    with disks.half_way(tmp_path), pytest.raises(OSError, match="No space left"):
        (tmp_path / "letter").write_bytes(b"a letter")


def test_nobody_is_killed_in_the_middle_of_a_write_there(monkeypatch):
    crashes = importlib.import_module(f"{QUEUES}.crashes")
    monkeypatch.setattr(crashes, "REAL", False)
    assert crashes.killed_in_mid_write(10, lambda: 1 / 0) == ""


def test_a_file_that_is_left_open_does_not_keep_a_check_s_folder(monkeypatch):
    """Windows removes no file that is open: the folder stays, and the learner is told of their own mistakes alone."""

    def unlink(path, *_, **__):
        raise PermissionError(errno.EACCES, "in use", path)

    with disks.folder() as name:
        Path(name, "letter").touch()
        with monkeypatch.context() as patch:
            for function in ("unlink", "remove"):
                patch.setattr(os, function, unlink)
            disks.folder(dir=name).cleanup()


# ---- start.py


def test_start_looks_where_windows_has_things(start, monkeypatch):
    assert start.PYTHON.endswith(os.path.join(".venv", "Scripts", "python.exe"))
    asked = []
    monkeypatch.setattr(start, "answer", lambda command: asked.append(command[:2]) or "")
    assert list(start.other_pythons()) == []
    assert [words for words in asked if words[0] == "py"] == [["py", "-3.13"], ["py", "-3.12"], ["py", "-3.11"]]
    monkeypatch.setenv("APPDATA", "D:/Ada/AppData/Roaming")
    assert start.default_data() == os.path.join("D:/Ada/AppData/Roaming", "jupyter")


def test_jupyters_folder_on_macos(start, monkeypatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert start.default_data() == "~/Library/Jupyter"


def test_a_python_is_asked_for_its_path_in_an_encoding_that_has_every_letter(start, tmp_path):
    path = start.answer([sys.executable, "-c", "print('C:/Profiles/学/python.exe')"])
    assert path == "C:/Profiles/学/python.exe"


def test_a_folder_that_a_console_cannot_spell_ends_in_no_traceback(tmp_path):
    """cp1252 is the encoding of a pipe on most Windows in the west."""
    course = tmp_path / "学"
    course.mkdir()
    (course / "start.py").write_bytes((ROOT / "start.py").read_bytes())
    environment = os.environ | {"PYTHONIOENCODING": "cp1252"}
    command = [sys.executable, str(course / "start.py"), "学"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 1 and "There is no command or file '\\u5b66'" in done.stderr


def test_two_starts_at_once_on_windows(start, msvcrt, monkeypatch, tmp_path):
    monkeypatch.setattr(start, "HERE", str(tmp_path))
    with start.only_one() as handle, open(tmp_path / ".start.lock", "a") as second:
        assert msvcrt.held == ["lock"]
        assert not start.locked(second) and not handle.closed
    with open(tmp_path / ".start.lock", "a") as third:
        assert start.locked(third)


def test_what_a_program_has_open_is_named(start, monkeypatch, tmp_path):
    """There a folder with a running program in it gets no other name."""
    monkeypatch.setattr(start, "HERE", str(tmp_path))
    error = PermissionError(errno.EACCES, "Access is denied", "C:\\course\\.venv")
    said = start.refused(error)
    assert said.startswith("Windows does not let go of C:\\course\\.venv, because a program has it open. Close Jupyter")
    assert said.endswith("start again; nothing half made was left behind.")
    monkeypatch.setattr(start, "writable", lambda path: False)
    assert "cannot be written" in start.refused(error)


def test_jupyterlab_is_a_child_that_start_waits_for(start, monkeypatch):
    """Windows knows no exec. Ctrl-C comes to both, and JupyterLab asks whether it is meant."""
    with pytest.raises(SystemExit) as end:
        start.become([sys.executable, "-c", "raise SystemExit(7)"])
    assert end.value.code == 7

    class Child:
        codes = [KeyboardInterrupt, 5]

        def wait(self):
            if (code := self.codes.pop(0)) is KeyboardInterrupt:
                raise code
            return code

    monkeypatch.setattr(subprocess, "Popen", lambda *_, **__: Child())
    with pytest.raises(SystemExit) as end:
        start.become(["jupyterlab"])
    assert end.value.code == 5


def test_an_installer_on_windows_is_started_and_ended_without_posix(start, tmp_path):
    with open(tmp_path / "lock", "w") as handle:
        start.run([sys.executable, "-c", "pass"], handle)
        with pytest.raises(start.Stop, match="in a way that start.py does not know"):
            start.run([sys.executable, "-c", "raise SystemExit('odd')"], handle)


def test_a_kernel_finds_the_course_in_a_folder_with_letters_beyond_ascii(start, monkeypatch):
    monkeypatch.setattr(start, "HERE", "C:/Ünï")
    monkeypatch.delenv("PYTHONPATH", raising=False)
    monkeypatch.setattr(sys, "version_info", (3, 12, 1))
    assert start.activated()["PYTHONPATH"] == "C:/Ünï"
    monkeypatch.setattr(sys, "version_info", (3, 13, 0))
    assert "PYTHONPATH" not in start.activated()


def test_a_limit_of_open_files_is_unknown_on_windows(start):
    start.enough_files()
    assert start.most_files() == start.FILES


def test_a_class_on_windows_is_a_sentence(start):
    with pytest.raises(start.Stop, match="JupyterHub does not run on Windows"):
        start.class_(["class", "ada"])


@pytest.mark.parametrize(("system", "release"), [("Windows", "11"), ("Darwin", "24.1.0")])
def test_what_is_pasted_names_the_system_and_no_person(monkeypatch, system, release):
    monkeypatch.setattr(doctor.platform, "system", lambda: system)
    monkeypatch.setattr(doctor.platform, "release", lambda: release)
    line = doctor.Examination(()).help_line
    assert f"; {system} {release} " in line and str(ROOT) not in line


def test_where_nobody_has_tried_it_the_doctor_asks_to_be_told(monkeypatch):
    monkeypatch.setattr(doctor.platform, "system", lambda: "Darwin")
    for text in (repr(doctor.Examination((FINE,))), doctor.Examination((FINE,))._repr_html_()):
        assert "Nobody has told yet how the course goes on macOS: please do (OTHER_SYSTEMS.md)" in text
    monkeypatch.setattr(doctor.platform, "system", lambda: "Linux")
    assert "OTHER_SYSTEMS" not in repr(doctor.Examination((FINE,)))


FINE = doctor.Finding("Python", "ok", "3.13")
