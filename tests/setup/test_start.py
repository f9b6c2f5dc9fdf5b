"""start.py: what it does once, what it does every time, and the sentence that ends each thing that can go wrong.

Most tests put a small stand-in for uv on the PATH, which makes a .venv with a stand-in Python that repeats its words:
what is tested is start.py. The real installers are used where their own failures are the matter, and in
test_start_for_real.py.
"""

import importlib.util
import os
import re
import runpy
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from tests.peers.places import free_place
from tests.setup.conftest import ROOT

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-ins are shell scripts")

UV = """#!/bin/sh
echo "$@" >> {log}
case "$1" in
--version) echo "uv 0.0" ;;
venv)
    mkdir -p .venv/bin
    printf '#!/bin/sh\\ncase "$1" in -I) {look}; exit;; esac\\necho python "$@"\\n{python}\\n' > .venv/bin/python
    chmod +x .venv/bin/python ;;
pip) touch .venv/half; {install} ;;
esac
"""
FIRST = "my-course/00_first_letter.ipynb"


class Starter:
    """Starts a course with nothing on the PATH but what a test puts there."""

    def __init__(self, course, tmp_path: Path) -> None:
        self.course, self.root = course, course.root
        self.path = tmp_path / "path"
        self.log = tmp_path / "uv.log"
        self.path.mkdir()
        for tool in ("sh", "touch", "mkdir", "chmod", "sleep", "printf"):
            (self.path / tool).symlink_to(shutil.which(tool))
        self.environment = {"PATH": str(self.path), "HOME": str(tmp_path / "home"), "PIP_CONFIG_FILE": os.devnull}

    def program(self, name: str, text: str) -> None:
        (self.path / name).write_text(text)
        (self.path / name).chmod(0o755)

    def uv(self, install: str = ":", python: str = ":", look: str = "echo whole") -> None:
        self.program("uv", UV.format(log=self.log, install=install, python=python, look=look))

    def asked(self, word: str) -> list[str]:
        """What uv was asked, of one kind."""
        return [line for line in self.log.read_text().splitlines() if line.startswith(word)]

    def begin(self, *words: str, python: str = sys.executable, **environment: str) -> subprocess.Popen:
        return subprocess.Popen(
            [python, str(self.root / "start.py"), *words],
            env={**self.environment, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )

    def start(self, *words: str, **how: str) -> tuple[int, str]:
        process = self.begin(*words, **how)
        said = process.communicate(timeout=50)[0]
        assert "Traceback" not in said
        return process.returncode, said

    def fails(self, *words: str, **how: str) -> str:
        """The last line of a start that ends in a sentence, with nothing half made."""
        code, said = self.start(*words, **how)
        assert code == 1, said
        assert not (self.root / ".venv").exists()
        return said.strip().splitlines()[-1]


@pytest.fixture
def starter(whole_course, tmp_path):
    return Starter(whole_course, tmp_path)


@pytest.fixture
def set_up(starter):
    """A course that was started once."""
    starter.uv()
    assert starter.start()[0] == 0
    return starter


def wait_for(condition, seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)


# ---- What it does


def test_the_first_start_installs_lays_and_opens(starter):
    starter.uv()
    code, said = starter.start("--no-browser", "--port=8899")
    assert code == 0
    lines = said.splitlines()
    assert lines[0] == "Setting the course up in .venv with uv, which happens once: done."
    assert lines[1] == "Laid 2 notebooks in my-course/, your working copy."
    root = [] if os.geteuid() else ["--allow-root"]
    words = [
        "-P",
        "-m",
        "jupyterlab",
        f"--ServerApp.root_dir={starter.root}",
        f"--LabApp.default_url=/lab/tree/{FIRST}",
        "--FileContentsManager.pre_save_hook=helpers.course.static_only",
    ]
    assert lines[-1].split() == ["python", *words, *root, "--no-browser", "--port=8899"]
    assert starter.asked("venv") == [f"venv --no-project --python {sys._base_executable} {starter.root}/.venv"]
    python = f"{starter.root}/.venv/bin/python"
    assert starter.asked("pip") == [f"pip install --python {python} --constraint constraints.txt --editable ."]
    settings = starter.root / ".venv/share/jupyter/lab/settings/overrides.json"
    assert settings.read_bytes() == (starter.root / "helpers/jupyterlab_settings.json").read_bytes()


def test_a_second_start_installs_nothing(set_up):
    begun = time.monotonic()
    code, said = set_up.start()
    assert (code, len(set_up.asked("pip"))) == (0, 1)
    assert said.splitlines()[-1].startswith("python -P -m jupyterlab")
    assert "Setting" not in said and "Laid" not in said
    assert time.monotonic() - begun < 3  # it takes about 0.1 s; the machine may be busy


def test_tests_are_set_up_run_from_the_course_s_folder_and_their_exit_code_is_passed_on(starter, tmp_path):
    starter.uv(python="pwd; exit 5")
    code, said = starter.start("test", "-k", "a word")
    assert code == 5
    assert said.splitlines()[-2:] == ["python -m pytest -k a word", str(starter.root)]
    assert starter.asked("pip")[0].endswith("--editable .[test]")
    assert not (starter.root / "my-course").exists()
    starter.start("test")
    assert len(starter.asked("pip")) == 1


def test_what_the_tests_need_is_added_to_a_course_that_was_started(set_up):
    code, said = set_up.start("test")
    assert (code, said.splitlines()[0]) == (0, "Adding what the tests need: done.")
    added = set_up.asked("pip")[1]
    assert "pytest>=8" in added and "--constraint constraints.txt" in added and "--editable" not in added
    assert len(set_up.asked("venv")) == 1
    set_up.start()
    set_up.start("test")
    assert len(set_up.asked("pip")) == 2


def changed_constraints(starter) -> None:
    with open(starter.root / "constraints.txt", "a") as file:
        file.write("# renewed\n")


def no_stamp(starter) -> None:
    (starter.root / ".venv/installed-course").unlink()


def cut_off_stamp(starter) -> None:
    (starter.root / ".venv/installed-course").write_text("")


def gone_python(starter) -> None:
    (starter.root / ".venv/bin/python").unlink()
    (starter.root / ".venv/bin/python").symlink_to("/nowhere/python")


def a_file(starter) -> None:
    shutil.rmtree(starter.root / ".venv")
    (starter.root / ".venv").write_text("")


def a_killed_rebuild(starter) -> None:
    (starter.root / ".venv").rename(starter.root / ".venv.old")
    (starter.root / ".venv").mkdir()
    changed_constraints(starter)


@pytest.mark.parametrize("event", [changed_constraints, no_stamp, cut_off_stamp, gone_python, a_file, a_killed_rebuild])
def test_an_environment_that_is_not_whole_or_not_of_today_is_rebuilt(set_up, event):
    (set_up.root / ".venv/old").touch()
    event(set_up)
    assert set_up.start()[0] == 0
    assert len(set_up.asked("venv")) == 2
    assert not (set_up.root / ".venv/old").exists() and not (set_up.root / ".venv.old").exists()
    assert set_up.start()[0] == 0
    assert len(set_up.asked("venv")) == 2


def test_a_course_that_was_moved_is_set_up_anew(set_up, tmp_path):
    set_up.root = set_up.root.rename(tmp_path / "moved here")
    code, said = set_up.start()
    assert (code, len(set_up.asked("venv"))) == (0, 2)
    assert f"--ServerApp.root_dir={set_up.root}" in said


def test_a_rebuild_that_was_killed_after_it_was_done_keeps_the_new_one(set_up):
    shutil.copytree(set_up.root / ".venv", set_up.root / ".venv.old")
    assert set_up.start()[0] == 0
    assert len(set_up.asked("venv")) == 1 and not (set_up.root / ".venv.old").exists()


def test_another_python_rebuilds(set_up, pythons):
    others = pythons(*({(3, 11), (3, 12), (3, 13)} - {sys.version_info[:2]}))
    if not others:
        pytest.skip("there is but one tested Python here")
    assert set_up.start(python=others[0])[0] == 0
    assert len(set_up.asked("venv")) == 2


def test_a_name_with_spaces_and_letters_beyond_ascii(set_up, tmp_path):
    set_up.root = set_up.root.rename(tmp_path / "Zoë's [course]")
    assert set_up.start()[0] == 0
    assert set_up.start("test")[0] == 0


def test_help_sets_nothing_up(starter):
    code, said = starter.start("--help")
    assert code == 0 and "python3 start.py doctor" in said
    assert not (starter.root / ".venv").exists()


# ---- Which Python


@pytest.fixture(scope="session")
def pythons():
    """The interpreters of these versions that this machine has, on the PATH or beside the one that runs."""

    def find(*versions: tuple) -> list[str]:
        places = [Path(folder) for folder in os.environ["PATH"].split(os.pathsep)]
        if "PYENV_ROOT" in os.environ:
            places += Path(os.environ["PYENV_ROOT"], "versions").glob("*/bin")
        found = {}
        for version in versions:
            for place in places:
                path = place / "python{}.{}".format(*version)
                if version not in found and path.exists() and "shims" not in path.parts:
                    found[version] = str(path)
        return list(found.values())

    return find


OLD = [(2, 7), (3, 6), (3, 7), (3, 8), (3, 9), (3, 10)]


@pytest.mark.parametrize("version", OLD, ids=lambda version: "{}.{}".format(*version))
def test_an_old_python_ends_in_a_sentence(starter, pythons, version):
    found = pythons(version)
    if not found:
        pytest.skip("there is no such Python here")
    assert starter.fails(python=found[0]) == (
        "This Python is {}.{}; the course is tested with 3.11 to 3.13. Install one of these (from python.org, or as "
        "your system does it) and start with that one.".format(*version)
    )


def test_an_old_python_goes_on_in_a_tested_one_from_the_path(starter, pythons):
    old, tested = pythons(*OLD), pythons((3, 11), (3, 12), (3, 13))
    if not old or not tested:
        pytest.skip("there is no old Python here")
    starter.uv()
    other = starter.path / Path(tested[-1]).name
    other.symlink_to(tested[-1])
    code, said = starter.start("--no-browser", python=old[0])
    assert code == 0
    assert f"the course is tested with 3.11 to 3.13. Going on with {other}.\n" in said
    assert said.splitlines()[-1].endswith("--no-browser")
    assert f"--python {other}" in starter.asked("venv")[0]


MAJOR, MINOR = sys.version_info[:2]
NOTE = f"This Python is {MAJOR}.{MINOR}; the course is tested with 3.1 to 3.2."


def newer(starter) -> None:
    text = (starter.root / "start.py").read_text()
    text = text.replace("OLDEST, NEWEST = (3, 11), (3, 13)", "OLDEST, NEWEST = (3, 1), (3, 2)")
    (starter.root / "start.py").write_text(text)


def test_a_newer_python_without_a_tested_one_goes_on_and_says_so(starter):
    newer(starter)
    starter.uv(install=":")
    for _ in range(2):
        code, said = starter.start()
        assert code == 0
        assert f"{NOTE} Going on; should something fail, install Python 3.2 and start with that one." in said
    assert len(starter.asked("python")) == 4  # find 3.2, find 3.1, install, find: at the first start, not at the second


def test_a_newer_python_takes_a_tested_one_from_the_path_or_from_uv(starter):
    newer(starter)
    other = starter.path / "elsewhere"
    starter.program(
        "elsewhere", '#!/bin/sh\ncase "$2" in *version_info*) echo "(3, 2)";; *) echo went on: "$@";; esac\n'
    )
    starter.program("python3.2", f"#!/bin/sh\necho {other}\n")
    code, said = starter.start("--port=1")
    assert code == 0
    assert said.splitlines() == [f"{NOTE} Going on with {other}.", f"went on: {starter.root}/start.py --port=1"]
    (starter.path / "python3.2").unlink()
    have = starter.path / "fetched"
    starter.program(
        "uv",
        f'#!/bin/sh\ncase "$1$2" in --version) echo uv;; pythoninstall) touch {have};; '
        f"pythonfind) test -e {have} && echo {other};; esac\n",
    )
    (starter.path / "test").symlink_to(shutil.which("test"))
    code, said = starter.start()
    assert said.splitlines()[0] == "Asking uv for Python 3.2."
    assert said.splitlines()[1:] == [f"{NOTE} Going on with {other}.", f"went on: {starter.root}/start.py"]


def test_a_program_that_only_bears_a_tested_python_s_name_is_passed_over(starter):
    newer(starter)
    starter.uv()
    starter.program("python3.2", f"#!/bin/sh\necho {sys.executable}\n")
    code, said = starter.start()
    assert code == 0 and "Going on; should something fail" in said


def test_a_tested_python_in_venv_is_taken_first(set_up):
    """A newer Python became the system's since: what is installed is used, without a search."""
    python = set_up.root / ".venv/bin/python"
    python.write_text('#!/bin/sh\ncase "$2" in *version_info*) echo "(3, 2)";; *) echo went on: "$@";; esac\n')
    newer(set_up)
    stamp = runpy.run_path(str(set_up.root / "start.py"))["stamp"]
    (set_up.root / ".venv/installed-course").write_text(stamp("course", (3, 2)))
    code, said = set_up.start("--port=1")
    assert said.splitlines() == [f"{NOTE} Going on with {python}.", f"went on: {set_up.root}/start.py --port=1"]


# ---- What can go wrong


def test_without_ensurepip_the_debian_package_is_named(starter, tmp_path):
    (tmp_path / "without").mkdir()
    (tmp_path / "without/ensurepip.py").write_text("raise ModuleNotFoundError('as on Debian')")
    sentence = starter.fails(PYTHONPATH=str(tmp_path / "without"))
    assert sentence.startswith(f"This Python ({sys.executable}) cannot make a virtual environment")
    assert f"sudo apt install python{MAJOR}.{MINOR}-venv (or python3-venv). Then start again." in sentence


UNREACHABLE = (
    "The packages could not be fetched, because the package index did not answer. Connect this computer to the network "
    "(behind a proxy, set HTTPS_PROXY). Then start again; nothing half made was left behind."
)


def test_without_a_network_pip_s_failure_is_a_sentence(starter):
    index = f"http://127.0.0.1:{free_place()[1]}/simple"
    assert starter.fails(PIP_INDEX_URL=index, PIP_RETRIES="0") == UNREACHABLE


def stick(tmp_path: Path) -> Path:
    """A folder of wheels that lacks what is needed."""
    folder = tmp_path / "stick"
    folder.mkdir()
    (folder / "some-1-py3-none-any.whl").touch()
    return folder


def test_where_the_wheels_are_for_another_machine_pip_s_failure_is_a_sentence(starter, tmp_path):
    folder = stick(tmp_path)
    assert starter.fails("--wheels", str(folder)).startswith(f"{folder} does not hold all that is needed for this")


@pytest.fixture
def real_uv(tmp_path) -> str:
    """uv itself; where peers are required, as in CI, a machine without it fetches it for the test."""
    uv = shutil.which("uv")
    if uv and not subprocess.run([uv, "--version"], capture_output=True).returncode:
        return uv
    if not os.environ.get("MAIL_COURSE_REQUIRE_PEERS"):
        pytest.skip("needs uv")
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--target", tmp_path / "real", "uv"], check=True)
    return str(tmp_path / "real/bin/uv")


def test_without_a_network_uv_s_failure_is_a_sentence(starter, tmp_path, real_uv):
    starter.program("uv", f'#!/bin/sh\nPATH="{os.environ["PATH"]}" exec {real_uv} "$@"\n')
    index = f"http://127.0.0.1:{free_place()[1]}/simple"
    how = {"UV_DEFAULT_INDEX": index, "UV_HTTP_RETRIES": "0", "UV_CACHE_DIR": str(tmp_path / "cache")}
    assert starter.fails(**how) == UNREACHABLE
    folder = stick(tmp_path)
    assert starter.fails("--wheels", str(folder), **how).startswith(f"{folder} does not hold all that is needed for")


@pytest.mark.parametrize("failing", ["echo 'error: No space left on device (os error 28)'; exit 2", "kill -9 $$"])
def test_what_was_whole_is_put_back_when_its_renewal_fails(set_up, failing):
    (set_up.root / ".venv/half").rename(set_up.root / ".venv/old")
    changed_constraints(set_up)
    set_up.uv(install=failing)
    code, said = set_up.start()
    assert code == 1 and "Traceback" not in said
    assert (set_up.root / ".venv/old").exists() and not (set_up.root / ".venv/half").exists()
    assert not (set_up.root / ".venv.old").exists()


def test_an_unknown_failure_shows_the_installer_s_last_words(starter):
    starter.uv(install="echo what is this; exit 1")
    code, said = starter.start()
    assert code == 1
    assert "in a way that start.py does not know. When you ask for help, send this" in said
    assert said.rstrip().endswith("what is this")
    assert not (starter.root / ".venv").exists()


def test_a_uv_that_does_not_work_is_passed_over(starter, tmp_path):
    starter.program("uv", "#!/bin/sh\necho uv: command not found\nexit 127\n")
    (tmp_path / "without").mkdir()
    (tmp_path / "without/venv.py").write_text("raise ModuleNotFoundError('as on Debian')")
    assert "-venv" in starter.fails(PYTHONPATH=str(tmp_path / "without"))


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 4 MB, for root; who is not root cannot mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", place]).returncode:
        pytest.skip("needs to be root to mount a small disk")
    yield place
    subprocess.run(["umount", place], check=True)


def test_a_full_disk_is_a_sentence(starter, small_disk):
    starter.root = Path(shutil.copytree(starter.root, small_disk / "course"))
    assert starter.fails() == (
        "The disk is full. Make room: the set-up needs about 300 MB here, and some in the temporary folder. Then start "
        "again; nothing half made was left behind."
    )


def test_a_disk_that_is_full_before_the_first_byte_is_a_sentence(starter, small_disk):
    starter.root = Path(shutil.copytree(starter.root, small_disk / "course"))
    starter.uv()
    with open(small_disk / "big", "wb", buffering=0) as file, pytest.raises(OSError):
        while True:
            file.write(b"x" * 4096)
    assert "The disk is full." in starter.fails()


@pytest.fixture
def read_only(starter, request):
    """The course where it cannot be written: on a read-only disk for root, whom nothing else stops."""
    if os.geteuid():
        starter.root.chmod(0o555)
        yield starter
        starter.root.chmod(0o755)
    else:
        disk = request.getfixturevalue("small_disk")
        starter.root = Path(shutil.copytree(starter.root, disk / "course"))
        subprocess.run(["mount", "-o", "remount,ro", disk], check=True)
        yield starter


def test_a_read_only_folder_is_a_sentence(read_only):
    assert read_only.fails() == (
        f"This folder, or something in it, cannot be written: {read_only.root}. Put the course in a folder of your "
        "own. Then start again; nothing half made was left behind."
    )


STOPPED = "Stopped. Nothing half made was left behind; start again when you like."


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_install_leaves_nothing(starter, number):
    starter.uv(install="sleep 60")
    process = starter.begin()
    wait_for((starter.root / ".venv/half").exists)
    process.send_signal(number)
    said = process.communicate(timeout=20)[0]
    assert (process.returncode, said.strip().splitlines()[-1]) == (130, STOPPED)
    assert not (starter.root / ".venv").exists()
    starter.uv()
    assert starter.start()[0] == 0


def test_ctrl_c_while_pip_waits_for_an_index_that_is_silent(starter):
    with socket.create_server(("127.0.0.1", 0)) as index:
        index.settimeout(40)
        process = starter.begin(PIP_INDEX_URL=f"http://127.0.0.1:{index.getsockname()[1]}/simple")
        with index.accept()[0] as waiting:
            process.send_signal(signal.SIGINT)
            said = process.communicate(timeout=20)[0]
            waiting.settimeout(5)
            while waiting.recv(4096):  # the question, then the end: no pip goes on behind our back
                pass
    assert (process.returncode, said.strip().splitlines()[-1]) == (130, STOPPED)
    assert not (starter.root / ".venv").exists()


def test_long_steps_show_that_they_are_working(starter):
    starter.uv(install="sleep 5.3")
    said = starter.start()[1]
    assert re.match(r"Setting the course up in \.venv with uv, which happens once:( \d+ s,)+ done\.\n", said)


def test_the_second_of_two_starts_waits_and_finds_it_done(starter, tmp_path):
    starter.uv(install="sleep 1")
    first = starter.begin()
    wait_for((starter.root / ".venv/half").exists)
    code, said = starter.start("--port=2")
    assert first.wait(timeout=20) == 0 and code == 0
    first.stdout.close()
    assert said.splitlines()[0] == "Another start is at work in this folder. Waiting for it to finish (Ctrl-C to stop)."
    assert "Setting" not in said and said.endswith("--port=2\n")
    assert len(starter.asked("pip")) == 1


def test_after_a_kill_the_next_start_waits_for_the_installer_and_then_rebuilds(starter):
    starter.uv(install="sleep 2; touch .venv/late")
    process = starter.begin()
    wait_for((starter.root / ".venv/half").exists)
    process.kill()
    process.wait()
    starter.uv()
    code, said = starter.start()
    assert code == 0 and said.startswith("Another start is at work in this folder.")
    assert not (starter.root / ".venv/late").exists()
    process.stdout.close()


def test_what_is_neither_a_command_nor_a_file_is_named(starter):
    known = "test, doctor, book, address, collect, class and wheels"
    assert starter.fails("tests") == f"There is no command or file 'tests'. The commands are {known}."


def test_what_the_book_needs_is_added_when_it_is_first_asked_for(set_up, tmp_path):
    code, said = set_up.start("book", "--out", str(tmp_path))
    assert (code, said.splitlines()[0]) == (0, "Adding what the book needs: done.")
    assert said.splitlines()[-1] == f"python -P -m book --out {tmp_path}"
    added = set_up.asked("pip")[1]
    assert "sphinx-book-theme" in added and "--constraint constraints.txt" in added and "pytest>" not in added
    set_up.start("book")
    assert len(set_up.asked("pip")) == 2


def test_what_a_class_needs_is_added_when_it_is_first_asked_for(set_up):
    code, said = set_up.start("class", "ada", "--port=8899")
    lines = said.splitlines()
    assert (code, lines[0]) == (0, "Adding what the class needs: done.")
    assert lines[-1] == "python -P -m classroom ada --port=8899"
    added = set_up.asked("pip")[1]
    assert "jupyterhub>=" in added and "--constraint constraints.txt" in added and "nbclient" not in added
    set_up.start("class")
    assert len(set_up.asked("pip")) == 2


def test_with_a_folder_of_wheels_nothing_is_asked_of_an_index(starter, tmp_path):
    starter.uv()
    folder = tmp_path / "stick"
    folder.mkdir()
    assert starter.fails("--wheels", str(folder)).startswith(f"{folder} holds no wheels. Fill a folder with them")
    assert starter.fails("--wheels").startswith("What --wheels names holds no wheels.")
    (folder / "some-1-py3-none-any.whl").touch()
    code, said = starter.start("--wheels", str(folder), "--no-browser")
    assert code == 0 and said.splitlines()[-1].endswith(" --no-browser")
    (asked,) = starter.asked("pip")
    assert f"--no-index --find-links {folder}" in asked


def test_a_folder_is_filled_with_the_course_and_what_builds_it(set_up, tmp_path):
    code, said = set_up.start("wheels", str(tmp_path / "stick"))
    assert code == 0 and said.startswith(f"Filling {tmp_path / 'stick'}: done.")
    assert set_up.start("wheels")[1].strip() == "Name the folder to fill: python3 start.py wheels FOLDER"


def test_without_its_first_notebook_it_says_how_to_get_it_back(starter):
    starter.uv()
    shutil.rmtree(starter.root / "notebooks")
    code, said = starter.start()
    assert code == 1
    assert said.strip().splitlines()[-1] == (
        f"{FIRST} is missing, because notebooks/ is not whole. Restore it (git checkout -- notebooks), or get the "
        "course again."
    )


def test_what_laying_says_is_shown(set_up):
    set_up.course.change("00_first_letter.ipynb", "answer = 42")
    set_up.course.publish("00_first_letter.ipynb", "a new text")
    assert "00_first_letter.new.ipynb" in set_up.start()[1]
    assert set_up.course.sources("00_first_letter.ipynb")[-1] == "answer = 42"


# ---- The doctor


def test_the_doctor_needs_no_set_up(starter):
    code, said = starter.start("doctor")
    assert said.splitlines()[-1].startswith("For a request for help: ")
    assert "loopback UDP" in said and "not asked, so nothing left this machine" in said
    assert code in (0, 1)  # this Python may be one that has the packages
    assert not (starter.root / ".venv").exists()


def test_the_doctor_says_when_nothing_is_installed(starter):
    bare = subprocess.run([sys._base_executable, "-c", "import jupyterlab"], capture_output=True)
    if not bare.returncode:
        pytest.skip("the Python outside has JupyterLab")
    code, said = starter.start("doctor", python=sys._base_executable)
    assert code == 1
    assert "FAILS" in said and "Set the course up: python3 start.py" in said


def test_the_doctor_works_with_a_broken_environment(set_up):
    python = set_up.root / ".venv/bin/python"
    python.write_text("#!/bin/sh\nexit 1\n")
    assert "For a request for help: " in set_up.start("doctor")[1]
    python.unlink()
    assert "For a request for help: " in set_up.start("doctor")[1]


def test_the_doctor_works_in_the_environment_when_it_is_there(set_up):
    (set_up.root / ".venv/bin/python").write_text('#!/bin/sh\ntest "$1" = -c && echo alive || echo in venv "$@"\n')
    (set_up.path / "test").symlink_to(shutil.which("test"))
    said = set_up.start("doctor", "--network")[1]
    assert said == f"in venv -E {set_up.root}/start.py doctor --network\n"


# ---- What surrounds the course


STANDARD = ["JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR"]


@pytest.fixture
def shown(set_up):
    """What JupyterLab gets of these variables from a start: a function of the environment that returns a dict."""

    def show(**environment: str) -> tuple[dict[str, str], str]:
        python = set_up.root / ".venv/bin/python"
        python.write_text(f"#!/bin/sh\nexec {shutil.which('env')}\n")
        code, said = set_up.start(**environment)
        assert code == 0
        lines = [line.partition("=") for line in said.splitlines()]
        return {name: value for name, is_, value in lines if is_}, said

    show.starter = set_up
    return show


def test_what_would_lead_a_kernel_astray_is_left_out(shown, tmp_path):
    (tmp_path / "good").mkdir()
    (tmp_path / "good/mine.py").touch()
    for name in ("helpers", "email"):
        (tmp_path / "bad" / name).mkdir(parents=True)
        (tmp_path / "bad" / name / "__init__.py").touch()
    elsewhere = {name: str(tmp_path) for name in ("JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "JUPYTERLAB_DIR")}
    path = os.pathsep.join([str(tmp_path / "good"), str(tmp_path / "bad"), str(tmp_path / "nowhere")])
    environment, said = shown(PYTHONPATH=path, JUPYTER_PREFER_ENV_PATH="0", **elsewhere)
    assert environment["PYTHONPATH"] == os.pathsep.join([str(tmp_path / "good"), str(tmp_path / "nowhere")])
    assert "PYTHONPATH has a folder whose email, helpers would hide the course's." in said
    assert environment["JUPYTER_PREFER_ENV_PATH"] == "1"
    assert not environment.keys() & elsewhere.keys()


def test_a_home_that_can_be_written_is_left_alone(shown):
    environment, said = shown(PYTHONPATH=str(shown.starter.root))
    assert not environment.keys() & set(STANDARD)
    assert environment["PYTHONPATH"] == str(shown.starter.root)  # its helpers are the course's own
    assert "home folder" not in said


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a folder that nobody can write")
def test_where_jupyter_cannot_write_it_gets_a_place_of_the_course_s(shown):
    environment, said = shown(HOME="/proc/nowhere")
    home = shown.starter.root / ".venv/home"
    assert [environment[name] for name in STANDARD] == [str(home / name.lower()) for name in STANDARD]
    assert f"JupyterLab keeps its settings in {home}." in said
    environment, said = shown(JUPYTER_RUNTIME_DIR="/proc/nowhere")
    assert environment["JUPYTER_RUNTIME_DIR"] == str(home / "jupyter_runtime_dir")
    assert environment.keys() & set(STANDARD) == {"JUPYTER_RUNTIME_DIR"}


def test_a_file_beside_the_notebooks_that_hides_a_package_is_named(shown):
    for place in shown.starter.root.glob(".venv/lib/python3*/site-packages"):
        shutil.rmtree(place)
    packages = shown.starter.root / ".venv/lib/python3.11/site-packages"
    (packages / "dns").mkdir(parents=True)
    (packages / "dns/__init__.py").touch()
    mine = shown.starter.root / "my-course"
    for name in ("dns.py", "helpers.py", "mymail.py", "email.py"):  # the kernel finds the standard library before these
        (mine / name).touch()
    sentence = "Beside the notebooks in my-course/ lies dns, helpers, which hides a package of that name."
    assert sentence in shown()[1]
    assert sentence in shown.starter.start("doctor")[1]


LOW = """import resource, runpy, sys
resource.setrlimit(resource.RLIMIT_NOFILE, (64, int(sys.argv.pop(1))))
sys.argv.pop(0)
runpy.run_path(sys.argv[0], run_name="__main__")"""


def test_few_open_files_are_raised_where_they_may_be_and_told_where_not(starter):
    starter.uv(python="ulimit -n")

    def limited(most: int, *words: str) -> str:
        command = [sys.executable, "-c", LOW, str(most), str(starter.root / "start.py"), *words]
        return subprocess.run(command, env=starter.environment, capture_output=True, text=True).stdout

    assert limited(1000).splitlines()[-1] == "1000"
    said = limited(100)
    assert "This session may open 100 files at a time, and the course needs 256." in said
    assert said.splitlines()[-1] == "100"


def test_the_doctor_fails_what_surrounds_the_course(starter, tmp_path):
    (tmp_path / "bad/helpers").mkdir(parents=True)
    (tmp_path / "bad/helpers/__init__.py").touch()
    (tmp_path / "bad/html.py").write_text("raise SystemExit('taken for the standard library')")
    shutil.copytree(ROOT / "helpers/lab", starter.root / "helpers/lab")
    (starter.root / "my-course").mkdir()
    (starter.root / "my-course/helpers.py").touch()
    (starter.root / ".venv/bin").mkdir(parents=True)
    (starter.root / ".venv/bin/python").symlink_to(sys.executable)
    code, said = starter.start("doctor", PYTHONPATH=str(tmp_path / "bad"), HOME="/proc/nowhere")
    assert code == 1 and "This machine is not ready" in said
    assert re.search(r"^PYTHONPATH +FAILS +PYTHONPATH has a folder whose helpers, html would hide", said, re.M)
    assert re.search(r"^files +FAILS +Beside the notebooks in my-course/ lies helpers", said, re.M)
    assert re.search(r"^home +note", said, re.M)
    assert "loopback TLS" not in said  # which would fail for another reason than it said


# ---- Settings of pip's own


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """An environment without anything in it, a small package, and start.py as a module for that environment."""
    folder = tmp_path_factory.mktemp("small")
    with zipfile.ZipFile(folder / "small-1-py3-none-any.whl", "w") as wheel:
        wheel.writestr("small.py", "")
        wheel.writestr("small-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: small\nVersion: 1\n")
        wheel.writestr("small-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr("small-1.dist-info/RECORD", "")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    spec = importlib.util.spec_from_file_location("start", ROOT / "start.py")
    start = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(start)
    start.PYTHON = str(folder / "venv/bin/python")
    return start, folder


@pytest.mark.parametrize(
    "settings",
    [
        {"PIP_PREFIX": "@/elsewhere"},
        {"PIP_TARGET": "@/elsewhere"},
        {"PIP_ROOT": "@/elsewhere"},
        {"PIP_USER": "1", "PYTHONUSERBASE": "@/elsewhere"},
        {"PIP_DRY_RUN": "1"},
        {"PIP_CONFIG_FILE": "@/pip.conf", "conf": "[install]\nprefix = @/elsewhere\n"},
        {"PIP_CONFIG_FILE": "@/pip.conf", "conf": "[global]\ntarget = @/elsewhere\nuser = true\n"},
    ],
    ids=str,
)
def test_no_setting_of_pip_s_sends_packages_elsewhere(small, monkeypatch, settings):
    start, folder = small
    for name, value in settings.items():
        if name == "conf":
            (folder / "pip.conf").write_text(value.replace("@", str(folder)))
        else:
            monkeypatch.setenv(name, value.replace("@", str(folder)))
    with open(folder / "lock", "a") as handle:
        wheel = str(folder / "small-1-py3-none-any.whl")
        start.install("", ["--force-reinstall", "--no-index", "--no-deps", wheel], handle)
    start.check_installed(["small>=1"])
    subprocess.run([start.PYTHON, "-m", "pip", "uninstall", "-qy", "small"], check=True, env={})
    assert not (folder / "elsewhere").exists()
    with pytest.raises(start.Stop, match="The installer says that it is done, and .venv does not hold all"):
        start.check_installed(["small>=1"])


def test_whence_pip_fetches_is_still_what_its_settings_say(small, monkeypatch):
    start, folder = small
    conf = "[global]\nindex-url = https://a.test/simple\ntrusted-host = a.test\n[install]\nprefix = /x\n"
    (folder / "pip.conf").write_text(conf)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(folder / "pip.conf"))
    monkeypatch.setenv("PIP_PROXY", "proxy.test:3128")
    monkeypatch.setenv("PIP_NO_DEPS", "1")
    settings = start.pip_settings()
    assert settings["PIP_INDEX_URL"] == "https://a.test/simple"
    assert settings["PIP_TRUSTED_HOST"] == "a.test"
    assert settings["PIP_PROXY"] == "proxy.test:3128"
    assert settings["PIP_NO_DEPS"] is None and "PIP_PREFIX" not in settings
    assert settings["PIP_CONFIG_FILE"] == os.devnull
    monkeypatch.setenv("PIP_INDEX_URL", "https://b.test/simple")  # a variable goes before a file
    assert start.pip_settings()["PIP_INDEX_URL"] == "https://b.test/simple"


def test_an_installer_that_put_nothing_into_the_environment_is_not_done(starter):
    starter.uv(look="exit 1")
    assert "The installer says that it is done, and .venv does not hold all that it should." in starter.fails()
