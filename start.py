#!/usr/bin/env python3
"""Sets the course up and opens it.

    python3 start.py [words for JupyterLab]     opens the course: --no-browser, --port=8899 ...
    python3 start.py test [words for pytest]    runs every test, in some 10 minutes: a file, or -k WORD, runs a part
    python3 start.py doctor [--network]         says whether this machine is ready, and how to mend it

The first start makes .venv beside this file and installs the tested versions of constraints.txt in it; a later one
installs nothing. Only the standard library is used, and nothing that an old Python cannot read: it has to say that it
is too old.
"""

from __future__ import print_function

import contextlib
import os
import sys
import time

OLDEST, NEWEST = (3, 11), (3, 13)  # the tested ones
HERE = os.path.dirname(os.path.realpath(__file__))
VENV = os.path.join(HERE, ".venv")
FORMER = os.path.join(HERE, ".venv.old")  # the environment that a rebuild replaces, until the new one is whole
WINDOWS = os.name == "nt"
BIN = os.path.join(VENV, "Scripts" if WINDOWS else "bin")
PYTHON = os.path.join(BIN, "python.exe" if WINDOWS else "python")
FIRST = "my-course/00_first_letter.ipynb"
BEGUN = time.time()


class Stop(Exception):
    """The end of this start: one sentence that says what happened and what to do."""


def say(sentence, end="\n"):
    print(sentence, end=end)
    sys.stdout.flush()


def spell(version):
    return ".".join(str(number) for number in version[:2])


# ---- A tested Python


def choose_python(words):
    """Go on in a tested Python: this one, or one that is found. A newer one goes on if need be; an older one cannot."""
    running = sys.version_info[:2]
    if OLDEST <= running <= NEWEST:
        return
    known = "This Python is {}; the course is tested with {} to {}.".format(*map(spell, (running, OLDEST, NEWEST)))
    if not installed("course", running):
        for python in other_pythons():
            say("{} Going on with {}.".format(known, python))
            become([python, os.path.join(HERE, "start.py")] + words)
    if running < OLDEST:
        raise Stop(
            known + " Install one of these (from python.org, or as your system does it) and start with that one."
        )
    say("{} Going on; should something fail, install Python {} and start with that one.".format(known, spell(NEWEST)))


def other_pythons():
    """The paths of tested Pythons: in .venv, on the PATH, known to uv, fetched by uv."""
    tested = [(3, minor) for minor in range(NEWEST[1], OLDEST[1] - 1, -1)]
    if any(installed("course", version) for version in tested):
        yield PYTHON
    for version in tested:
        command = ["py", "-" + spell(version)] if WINDOWS else ["python" + spell(version)]
        path = answer(command + ["-c", "import ensurepip, sys, venv; print(sys.executable)"])
        if is_python(path, version):
            yield path
    for fetch in (False, True):
        for version in tested[:1] if fetch else tested:
            if fetch and answer(["uv", "--version"]):
                say("Asking uv for Python {}.".format(spell(version)))
                answer(["uv", "python", "install", spell(version)])
            path = answer(["uv", "python", "find", "--system", "--no-project", spell(version)])
            if is_python(path, version):
                yield path


def is_python(path, version):
    return path and answer([path, "-c", "import sys; print(sys.version_info[:2])"]) == str(version)


def answer(command):
    """The last line that a program prints, or "" where it is missing or fails."""
    import subprocess

    try:
        with open(os.devnull, "r+b") as nothing:
            text = subprocess.check_output(command, stdin=nothing, stderr=nothing)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return text.decode("utf-8", "replace").strip().rpartition("\n")[2]


def become(command, environment=None):
    """Let another program take this one's place, so that Ctrl-C and every signal go straight to it."""
    sys.stdout.flush()
    environment = environment or os.environ
    if not WINDOWS:
        os.execve(command[0], command, environment)
    import subprocess

    child = subprocess.Popen(command, env=environment)
    while True:
        try:
            sys.exit(child.wait())
        except KeyboardInterrupt:
            pass  # it has heard the same Ctrl-C, and ends as it sees fit


# ---- What is installed


def stamp(part, version):
    """What .venv holds once `part` ("course" or "test") is whole: a line that changes with what it was made from."""
    import hashlib

    made_from = hashlib.sha256("{} {} {}".format(part, spell(version), VENV).encode("utf-8", "surrogateescape"))
    for name in ("pyproject.toml", "constraints.txt"):
        with open(os.path.join(HERE, name), "rb") as file:
            made_from.update(file.read())
    return made_from.hexdigest() + "\n"


def stamp_path(part, folder=VENV):
    return os.path.join(folder, "installed-" + part)


def installed(part, version=sys.version_info):
    try:
        with open(stamp_path(part)) as file:
            return file.read() == stamp(part, version) and os.path.exists(PYTHON)
    except (IOError, UnicodeDecodeError):
        return False


def write_stamp(part):
    with open(stamp_path(part) + ".new", "w") as file:
        file.write(stamp(part, sys.version_info))
    os.replace(stamp_path(part) + ".new", stamp_path(part))


def remove(path):
    import shutil

    if os.path.islink(path) or os.path.isfile(path):
        os.remove(path)
    elif os.path.exists(path):
        shutil.rmtree(path)


# ---- Installing


@contextlib.contextmanager
def only_one():
    """Hold the folder: a second start waits. The system lets go when the holder dies, however it dies."""
    with open(os.path.join(HERE, ".start.lock"), "a") as handle:
        waiting = False
        while not locked(handle):
            if not waiting:
                say("Another start is at work in this folder. Waiting for it to finish (Ctrl-C to stop).")
            waiting = True
            time.sleep(0.2)
        yield handle


def locked(handle):
    if WINDOWS:
        import msvcrt

        handle.seek(0)
        try:
            msvcrt.locking(handle.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
    else:
        import errno
        import fcntl

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            # Some network file systems know no locks: then two starts at once are the learner's to avoid.
            return error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
    return True


def set_up(part, handle):
    """Make sure that `part` is installed. What is there stays until what replaces it is whole."""
    if os.path.lexists(FORMER):  # a rebuild was killed
        if not installed("course"):
            remove(VENV)
            os.rename(FORMER, VENV)
        remove(FORMER)
    if not installed("course"):
        if os.path.exists(stamp_path("course")):
            os.rename(VENV, FORMER)
        try:
            remove(VENV)
            build(part, handle)
        except BaseException:
            with contextlib.suppress(OSError):
                remove(VENV)
                if os.path.lexists(FORMER):
                    os.rename(FORMER, VENV)
            raise
        remove(FORMER)
    elif part == "test" and not installed("test"):
        say("Adding what the tests need:", end="")
        install(find_uv(), extra_packages("test"), handle)
        write_stamp("test")
        say(" done.")


def build(part, handle):
    """Make .venv and install the course in it, by uv where there is one and by pip otherwise. The stamp comes last."""
    import shutil

    uv = find_uv()
    if uv:
        say("Setting the course up in .venv with uv, which happens once:", end="")
        run([uv, "venv", "--no-project", "--python", base_python(), VENV], handle)
    else:
        try:
            import ensurepip  # noqa: F401
            import venv  # noqa: F401
        except ImportError:
            raise Stop(
                "This Python ({}) cannot make a virtual environment: its venv or ensurepip is missing. On Debian and "
                "Ubuntu, install it: sudo apt install python{}-venv (or python3-venv). Then start again.".format(
                    sys.executable, spell(sys.version_info)
                )
            )
        say("Setting the course up in .venv with pip, which happens once and takes a minute or so:", end="")
        run([base_python(), "-m", "venv", VENV], handle)
    install(uv, ["--editable", ".[test]" if part == "test" else "."], handle)
    settings = os.path.join(VENV, "share", "jupyter", "lab", "settings")
    os.makedirs(settings, exist_ok=True)
    shutil.copyfile(os.path.join(HERE, "helpers", "jupyterlab_settings.json"), os.path.join(settings, "overrides.json"))
    if part == "test":
        write_stamp("test")
    write_stamp("course")
    say(" done.")


def install(uv, what, handle):
    if uv:
        command = [uv, "pip", "install", "--python", PYTHON]
    else:  # as with uv, what is used is compiled when it is first used: that saves a fifth of the time
        command = [PYTHON, "-m", "pip", "install", "--no-input", "--no-compile"]
    run(command + ["--constraint", "constraints.txt"] + what, handle)


def extra_packages(extra):
    import tomllib

    with open(os.path.join(HERE, "pyproject.toml"), "rb") as file:
        return tomllib.load(file)["project"]["optional-dependencies"][extra]


def find_uv():
    """The path of a uv that works, or "": a shim may stand on the PATH with nothing behind it."""
    import shutil

    path = shutil.which("uv")
    return path if path and answer([path, "--version"]) else ""


def base_python():
    """The Python to make .venv from: should this one live in a virtual environment, the one that it was made from."""
    return getattr(sys, "_base_executable", None) or sys.executable


def run(command, handle):
    """Run an installer to its end, quietly, saying every 5 s how long it has taken. A failure becomes a sentence.

    The installer holds the lock, too: nobody else builds in this folder while it lives, even if this process is killed.
    """
    import signal
    import subprocess

    environment = dict(os.environ, PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1")
    for name in ("PYTHONHOME", "PYTHONPATH"):  # what lies there must not pass for installed
        environment.pop(name, None)
    group = {} if WINDOWS else {"start_new_session": True, "pass_fds": [handle.fileno()]}
    talk = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    child = subprocess.Popen(command, cwd=HERE, env=environment, **dict(group, **talk))
    try:
        while True:
            try:
                text = child.communicate(timeout=5)[0]
                break
            except subprocess.TimeoutExpired:
                say(" {:.0f} s,".format(time.time() - BEGUN), end="")
    except BaseException:
        for number in () if WINDOWS else (signal.SIGINT, signal.SIGKILL):  # the first lets pip clear up after itself
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                os.killpg(child.pid, number)
                child.wait(timeout=5)
        child.kill()
        child.wait()
        raise
    if child.returncode:
        say("")
        raise Stop(explain(text.decode("utf-8", "replace")))


# What installers say, and what it means.
FULL = ("no space left", "not enough space", "os error 28", "os error 112", "errno 28", "quota exceeded")
UNREACHABLE = (
    "failed to establish a new connection",
    "temporary failure in name resolution",
    "error sending request",
    "failed to fetch",
    "dns error",
    "connection refused",
    "connection reset",
    "connecttimeout",
    "read timed out",
    "network is unreachable",
    "proxyerror",
    "sslerror",
    "network was disabled",
    "(from versions: none)",  # pip, of an index that has nothing or says nothing
)
CLOSED = ("permission denied", "read-only file system", "access is denied")

NO_ROOM = "The disk is full. Make room: the set-up needs about 300 MB here, and some in the temporary folder."
NO_WRITING = "This folder, or something in it, cannot be written: {}. Put the course in a folder of your own."
AGAIN = " Then start again; nothing half made was left behind."
HELP = "When you ask for help, send this, and what python3 start.py doctor says."


def explain(text):
    """What an installer's last words mean, and what to do."""
    import shutil
    import tempfile

    low = text.lower()
    room = min(shutil.disk_usage(place).free for place in (HERE, tempfile.gettempdir()))
    if any(words in low for words in FULL) or room < 2**22:  # venv keeps its reason to itself
        return NO_ROOM + AGAIN
    if any(words in low for words in UNREACHABLE):
        return (
            "The packages could not be fetched, because the package index did not answer. Connect this computer to the "
            "network (behind a proxy, set HTTPS_PROXY)." + AGAIN
        )
    if any(words in low for words in CLOSED):
        return NO_WRITING.format(HERE) + AGAIN
    return "The installer failed, in a way that start.py does not know. {}\n{}".format(
        HELP, "\n".join(text.strip().splitlines()[-12:])
    )


# ---- The commands


def main(words):
    first = words[0] if words else ""
    if first in ("-h", "--help"):
        say(__doc__)
    elif first == "doctor":
        doctor(words)
    elif first and not first.startswith("-") and first != "test" and not os.path.isfile(first):
        raise Stop("There is no command or file {!r}. The commands are test and doctor.".format(first))
    else:
        choose_python(words)
        sys.path.insert(0, HERE)
        with interruptible(), only_one() as handle:
            set_up("test" if first == "test" else "course", handle)
            if first != "test":
                from helpers import course

                for sentence in course.lay():
                    say(sentence)
        if first == "test":
            os.chdir(HERE)
            become([PYTHON, "-m", "pytest"] + words[1:], activated())
        open_lab(words)


def open_lab(words):
    """JupyterLab with this folder as its root, so that links from my-course/ to notebooks/ hold."""
    if not os.path.exists(os.path.join(HERE, FIRST)):
        raise Stop(
            "{} is missing, because notebooks/ is not whole. Restore it (git checkout -- notebooks), or get the course "
            "again.".format(FIRST)
        )
    command = [PYTHON, "-P", "-m", "jupyterlab", "--ServerApp.root_dir=" + HERE]
    command.append("--LabApp.default_url=/lab/tree/" + FIRST)
    command.append("--FileContentsManager.pre_save_hook=helpers.course.static_only")
    if not WINDOWS and os.geteuid() == 0:
        say("You are root, as in a container: JupyterLab is told to allow it. It listens on this machine only.")
        command.append("--allow-root")
    become(command + words, activated())


def activated():
    """This process's environment with .venv activated, for JupyterLab's terminals."""
    changed = dict(os.environ, VIRTUAL_ENV=VENV, PATH=BIN + os.pathsep + os.environ.get("PATH", ""))
    if WINDOWS and sys.version_info < (3, 13) and not HERE.isascii():
        changed["PYTHONPATH"] = HERE  # site does not read an editable install's .pth as UTF-8
    return changed


def doctor(words):
    """Run helpers/doctor.py in .venv, or, where that is missing or broken, in a tested Python without it."""
    inside = os.path.realpath(sys.prefix) == VENV
    if not inside and answer([PYTHON, "-c", "print('alive')"]) == "alive":
        become([PYTHON, os.path.join(HERE, "start.py")] + words)
    if not inside:
        choose_python(words)
    sys.path.insert(0, HERE)
    from helpers import doctor

    sys.exit(doctor.main(words[1:]))


@contextlib.contextmanager
def interruptible():
    """While setting up, a polite end (SIGTERM, a closed terminal) clears up as Ctrl-C does."""
    import signal

    def interrupt(number, frame):
        raise KeyboardInterrupt

    numbers = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    former = [signal.signal(number, interrupt) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, former):
            signal.signal(number, handler)


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Stop as stop:
        sys.exit("\n{}".format(stop))
    except KeyboardInterrupt:
        print("\nStopped. Nothing half made was left behind; start again when you like.", file=sys.stderr)
        sys.exit(130)
    except (IOError, OSError) as error:
        import errno

        if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
            sys.exit("\n" + NO_ROOM + AGAIN)
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            sys.exit("\n" + NO_WRITING.format(HERE) + AGAIN)
        sys.exit("\nThe system refused something: {}. {}".format(error, HELP))
