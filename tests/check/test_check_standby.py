"""The process that stands ready: it serves each check of its kernel by a fork of its own, and ends with the kernel."""

import ast
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from helpers.check import child, standby

pytestmark = pytest.mark.usefixtures("sample")
linux = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="it looks into /proc")
forks = pytest.mark.skipif(not standby.FORKS, reason="no fork here")

HERE = Path(__file__).parent
JUDGES = "helpers.lessons.90_sample.judges"
GONE = 2.0  # seconds after which nothing is left of a kernel that has ended; it takes some hundredths of one


@pytest.fixture(autouse=True)
def none_ready():
    standby.close()
    yield
    standby.close()


@pytest.fixture(params=[pytest.param(True, marks=forks), False], ids=["forks", "one check each"])
def each_way(request, monkeypatch):
    """As on systems with fork, and as on those without."""
    monkeypatch.setattr(standby, "FORKS", request.param)


def run(body, **more):
    """Run `length(items)`, whose judge wants 2."""
    return child.run(f"{JUDGES}:length", "length", [("length", f"def length(items):\n    {body}")], **more)


def value(expression, imports="import os"):
    """What an expression is in a check's process."""
    return ast.literal_eval(run(f"{imports}\n    print(repr({expression}))\n    return 2").printed)


def lives(number):
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{number}/stat")
    return not (state.exists() and state.read_text().rpartition(")")[2].split()[0] == "Z")


def gone(numbers, seconds):
    """Whether all have ended, or do so within that time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and any(map(lives, numbers)):
        time.sleep(0.01)
    return not any(map(lives, numbers))


def noted(file, count=1, seconds=20):
    """The numbers in a file, as soon as there are so many."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if file.exists() and len(numbers := file.read_text().split()) >= count:
            return [int(number) for number in numbers]
        time.sleep(0.01)
    raise AssertionError(f"{file} was not written")


def note(file, *expressions):
    """Code that writes numbers to a file, whole."""
    written = ", ".join(expressions or ["os.getpid()", "os.getppid()"])
    return (
        f"import os; open({str(file)!r} + '~', 'w').write(' '.join(map(str, [{written}]))); "
        f"os.replace({str(file)!r} + '~', {str(file)!r})"
    )


# --- either way ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("each_way", "impatient")
def test_what_became_of_it_is_told_time_after_time():
    for body, phrase in (
        ("return 2", "It counts."),
        ("return 3", "Two was wanted."),
        ("import mymail; return mymail.two", "It counts."),
        ("import os; os._exit(0)", "It ended the whole process"),
        ("import sys; sys.exit()", "It called `sys.exit`"),
        ("import ctypes; ctypes.string_at(0)", "It ended the whole process"),
        ("import threading, time; threading.Thread(target=time.sleep, args=(600,)).start(); return 2", "It counts."),
        ("import subprocess, sys; subprocess.Popen([sys.executable, '-c', 'input()']); return 2", "It counts."),
        ("while True: pass", "It had not finished after 0.5 seconds"),
        ("return 2", "It counts."),
    ):
        assert phrase in run(body, mymail="two = 2").feedback.say, body


@pytest.mark.usefixtures("each_way", "impatient")
def test_a_flood_past_the_python_streams_is_clipped_and_no_verdict():
    ran = run('import os\n    while True: os.write(1, b\'{"passed": true, "say": "mine"}\\n\')')
    assert "not finished" in ran.feedback.say and ran.printed.endswith("... and more") and len(ran.printed) < 2000
    assert run("return 2").printed == ""


@pytest.mark.usefixtures("each_way")
def test_it_works_in_a_new_folder_each_time_which_is_gone_afterwards():
    folders = [value("os.getcwd()"), value("os.getcwd()")]
    assert len(set(folders)) == 2 and not any(map(os.path.exists, folders))


@pytest.mark.usefixtures("each_way")
def test_the_kernels_environment_of_now_holds(monkeypatch):
    assert value("os.environ.get('COURSE_TEST')") is None
    monkeypatch.setenv("COURSE_TEST", "here")
    assert value("os.environ.get('COURSE_TEST')") == "here"
    monkeypatch.delenv("COURSE_TEST")
    assert value("os.environ.get('COURSE_TEST')") is None


@pytest.mark.usefixtures("each_way")
def test_modules_are_found_where_the_path_of_now_leads(monkeypatch, tmp_path):
    for name in ("one", "two"):
        Path(tmp_path, name).mkdir()
        Path(tmp_path, name, "moving_judge.py").write_text(
            f"from helpers.check.judging import right\ndef judge(function): return right({name!r})"
        )
        monkeypatch.setenv("PYTHONPATH", str(tmp_path / name))
        assert child.run("moving_judge:judge", "f", [("f", "def f(): ...")]).feedback.say == name
    monkeypatch.delenv("PYTHONPATH")
    assert "No module named 'moving_judge'" in child.run("moving_judge:judge", "f", [("f", "def f(): ...")]).printed


@pytest.mark.usefixtures("each_way")
def test_a_judge_tells_how_far_it_is_and_may_have_a_limit_of_its_own(monkeypatch):
    monkeypatch.setattr(child, "LIMIT", 0.0)
    heard = []
    counted = (f"{JUDGES}:counted", "f", [("f", "def f(): ...")])
    assert child.run(*counted, limit=30.0, far=heard.append).feedback.passed
    assert [text for text in heard if text] == ["1 of 2", "2 of 2"]


@pytest.mark.usefixtures("each_way")
def test_what_takes_a_while_is_told_once_and_what_does_not_is_not(monkeypatch):
    heard = []
    monkeypatch.setattr(child, "QUIET", 0.0)
    assert run("return 2", far=heard.append).feedback.passed and heard == [""]
    monkeypatch.setattr(child, "QUIET", 60.0)
    assert run("return 2", far=heard.append).feedback.passed and heard == [""]


@pytest.mark.usefixtures("each_way", "impatient")
def test_checks_in_several_threads_do_not_meet():
    said = {}
    threads = [threading.Thread(target=lambda n=n: said.update({n: run(f"return {n}").feedback})) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [said[n].passed for n in range(4)] == [False, False, True, False]
    assert len(standby._ready) <= 1


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows has no SIGKILL")
@pytest.mark.usefixtures("each_way")
def test_an_interrupted_check_ends_its_process_and_leaves_the_next_one_sound(tmp_path, monkeypatch):
    monkeypatch.setattr(child, "LIMIT", 60.0)
    file = tmp_path / "numbers"
    waiter = threading.Thread(target=lambda: noted(file) and os.kill(os.getpid(), signal.SIGINT))
    waiter.start()
    with pytest.raises(KeyboardInterrupt):
        run(f"{note(file, 'os.getpid()')}\n    while True: pass")
        time.sleep(5)
    waiter.join(10)
    assert gone(noted(file), 5)
    assert run("return 2").feedback.passed


# --- one process for a kernel ----------------------------------------------------------------------------------------

FAMILY = "(os.getppid(), os.getpid(), os.getpgid(0), os.getsid(0))"


@forks
def test_one_process_serves_all_checks_and_each_has_a_session_of_its_own():
    (one, *first), (other, *second) = value(FAMILY), value(FAMILY)
    assert one == other != os.getpid() and len({*first, *second}) == 2


@forks
@linux
def test_the_code_inherits_nothing_but_its_streams():
    targets = value("[os.readlink(f'/proc/self/fd/{n}') for n in os.listdir('/proc/self/fd')[:-1]]")  # the last lists
    kinds = [target.partition(":")[0] for target in targets]
    assert sorted(kinds) == ["/dev/null", *["pipe"] * 4]  # the streams, and the one for the verdict


@forks
@linux
def test_no_process_is_left_after_a_check():
    process = value("os.getppid()")
    assert Path(f"/proc/{process}/task/{process}/children").read_text() == ""
    assert len(os.listdir(f"/proc/{process}/task")) == 1  # it has no thread: a fork would be without it


@forks
def test_where_the_process_was_killed_the_next_check_makes_a_new_one():
    process = value("os.getppid()")
    os.kill(process, signal.SIGKILL)
    assert value("os.getppid()") != process
    assert not lives(process)
    with pytest.raises(ChildProcessError):
        os.waitpid(process, os.WNOHANG)  # it has been waited for


@forks
def test_where_the_code_kills_it_the_verdict_stands_and_nothing_stays(tmp_path):
    file = tmp_path / "numbers"
    ran = run(f"{note(file)}; os.kill(os.getppid(), 9); return 2")
    assert ran.feedback.passed and gone(noted(file), GONE)
    assert run("return 2").feedback.passed


@forks
def test_a_fork_of_the_kernel_has_a_process_of_its_own():
    context = multiprocessing.get_context("fork")
    ours = value("os.getppid()")
    answers = context.Queue()
    fork = context.Process(target=lambda: answers.put(value("os.getppid()")))
    fork.start()
    theirs = answers.get(timeout=30)
    fork.join(30)
    assert theirs != ours == value("os.getppid()") and fork.exitcode == 0
    assert gone([theirs], GONE)


# --- the kernel's end ------------------------------------------------------------------------------------------------

KERNEL = f"""
import os, sys
from helpers import lessons
from helpers.check import child
lessons.__path__[:] = [{str(HERE / "lessons")!r}]
child.LIMIT = 60.0
def run(body):
    texts = [("length", "def length(items):\\n    " + body)]
    return child.run(f"{JUDGES}:length", "length", texts)
"""


def kernel(program, root=HERE.parents[1]):
    """A Python that runs checks, as a kernel does."""
    return subprocess.Popen(
        [sys.executable, "-c", KERNEL + program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=root,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(root), str(HERE)])},
    )


@forks
@pytest.mark.parametrize("end", ["", "os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_the_process_is_gone_when_its_kernel_ends(end, tmp_path):
    file = tmp_path / "numbers"
    with kernel(f"run({note(file)!r} + '; return 2'); input()\n{end}") as process:
        numbers = noted(file)
        process.stdin.write("\n")
        process.stdin.close()
        process.wait(20)
        assert gone(numbers, GONE)


@forks
@pytest.mark.parametrize("sign", ["SIGKILL", "SIGTERM"])
def test_it_is_gone_when_its_kernel_ends_while_a_check_runs(sign, tmp_path):
    file = tmp_path / "numbers"
    with kernel(f"run({note(file)!r} + '\\n    while True: pass')") as process:
        numbers = noted(file, 2)
        assert all(map(lives, numbers))
        process.send_signal(getattr(signal, sign))
        process.wait(20)
        assert gone(numbers, GONE)


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="Windows has no SIGKILL")
def test_where_there_is_no_fork_what_stands_ready_is_gone_too():
    program = "from helpers.check import standby\nstandby.FORKS = False\nrun('return 2')\n"
    with kernel(program + "print(standby._ready[0]._process.pid, flush=True); input()") as process:
        number = int(process.stdout.readline())
        assert lives(number)
        process.kill()
        process.wait(20)
        assert gone([number], 20)  # it may be in the middle of its imports


def test_several_kernels_at_once():
    program = "print([run(f'return {n}').feedback.passed for n in (1, 2, 3, 2)])"
    kernels = [kernel(program) for _ in range(3)]
    assert [process.communicate(timeout=50)[0] for process in kernels] == ["[False, True, False, True]\n"] * 3


def test_a_course_that_was_renewed_between_two_checks_is_read_anew(tmp_path):
    shutil.copytree(HERE.parents[1] / "helpers", tmp_path / "helpers")
    with kernel("for line in sys.stdin: print(run('exit()').feedback.say, flush=True)", root=tmp_path) as process:

        def say():
            process.stdin.write("again\n")
            process.stdin.flush()
            return process.stdout.readline()

        assert say().startswith("It called `sys.exit`")
        for file in (tmp_path / "helpers/check/inside.py", tmp_path / "helpers/check/judging.py"):
            file.write_text(file.read_text().replace("It called `sys.exit`", "It went away"))
        assert say().startswith("It went away") and say().startswith("It went away")
        text = file.read_text()
        file.write_text("this is no Python")
        assert "could not start, which is no fault of your code" in say()
        file.write_text(text)
        assert say().startswith("It went away")
        process.stdin.close()
