#!/usr/bin/env python3
"""Sets the course up and opens it.

    python3 start.py [words for JupyterLab]     opens the course: --no-browser, --port=8899 ...
    python3 start.py test [words for pytest]    runs the tests, in some 15 minutes: a file, or -k WORD, runs a part
    python3 start.py doctor [--network]         says whether this machine is ready, and how to mend it
    python3 start.py book [--out DIR]           makes the web edition, a folder of pages (build/book)
    python3 start.py address URL                writes the repository's address into README, for whoever publishes it
    python3 start.py collect FOLDER             tries again what a class handed in, and says who passed what
    python3 start.py class NAMES                starts a JupyterHub for a class on this machine (class -h says more)
    python3 start.py wheels FOLDER              fills a folder with the packages that a first start fetches
    python3 start.py --wheels FOLDER [...]      sets up from that folder in place of the network (not for test and book)

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
    return output(command).strip().rpartition("\n")[2]


def output(command):
    """What a program prints, or "" where it is missing or fails; a Python, whatever PYTHONHOME says."""
    import subprocess

    try:
        with open(os.devnull, "r+b") as nothing:
            plain = dict(without(*ASTRAY), PYTHONIOENCODING="utf-8")  # on Windows a pipe has an encoding of its own
            text = subprocess.check_output(command, stdin=nothing, stderr=nothing, env=plain)
    except (OSError, subprocess.CalledProcessError):
        return ""
    return text.decode("utf-8", "replace")


ASTRAY = ("PYTHONHOME", "PYTHONPATH")  # what lies there must not pass for installed


def without(*names):
    """This process's environment without these variables."""
    return dict((name, value) for name, value in os.environ.items() if name not in names)


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
    """What .venv holds once `part` ("course", "test", "book", "class") is whole: it changes with what made it."""
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
    elif not installed(part):
        say("Adding what the {}:".format("tests need" if part == "test" else part + " needs"), end="")
        install(find_uv(), wanted(part), handle)
        check_installed(wanted(part))
        write_stamp(part)
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
    install(uv, ["--editable", "." if part == "course" else ".[{}]".format(part)], handle)
    check_installed(wanted("course") + (wanted(part) if part != "course" else []))
    settings = os.path.join(VENV, "share", "jupyter", "lab", "settings")
    os.makedirs(settings, exist_ok=True)
    shutil.copyfile(os.path.join(HERE, "helpers", "jupyterlab_settings.json"), os.path.join(settings, "overrides.json"))
    if part != "course":
        write_stamp(part)
    write_stamp("course")
    say(" done.")


def install(uv, what, handle):
    if uv:
        command, settings = [uv, "pip", "install", "--python", PYTHON], {}
    else:  # as with uv, what is used is compiled when it is first used: that saves a fifth of the time
        command, settings = [PYTHON, "-m", "pip", "install", "--no-input", "--no-compile"], pip_settings()
    run(command + ["--constraint", "constraints.txt"] + FROM_FOLDER + what, handle, settings)


def wanted(part):
    """What pyproject.toml asks for: a list of requirements."""
    import tomllib

    with open(os.path.join(HERE, "pyproject.toml"), "rb") as file:
        project = tomllib.load(file)["project"]
    return project["dependencies"] if part == "course" else project["optional-dependencies"][part]


# The settings of pip that say how packages are fetched. Others may send them elsewhere: prefix, target, user, dry-run.
FETCHING = (
    "cache-dir cert client-cert default-timeout extra-index-url find-links index-url keyring-provider no-binary "
    "no-cache-dir no-index only-binary prefer-binary proxy retries timeout trusted-host use-deprecated use-feature"
)


def pip_settings():
    """What the environment of pip is to say (None: nothing): of its settings, in files and variables, only FETCHING."""
    import ast

    kept = dict((name, None) for name in os.environ if name.startswith("PIP_"))
    listed = output([PYTHON, "-m", "pip", "config", "list"])
    if not listed and output([PYTHON, "-m", "pip", "config", "debug"]):
        listed = "\n"
    for (
        line
    ) in listed.splitlines():  # sorted: the variables (:env:), then what files say of all commands and of install
        section, _, rest = line.partition(".")
        name, _, value = rest.partition("=")
        variable = "PIP_" + name.upper().replace("-", "_")
        if name in FETCHING.split() and section in ("global", "install") and variable not in os.environ:
            kept[variable] = ast.literal_eval(value)
        elif name in FETCHING.split() and section == ":env:":
            kept[variable] = os.environ[variable]
    # Where pip cannot read its files it shall say so itself.
    kept["PIP_CONFIG_FILE"] = os.devnull if listed else os.environ.get("PIP_CONFIG_FILE")
    return kept


LOOK = """
import importlib.metadata, sys
for name in sys.argv[1:]:
    importlib.metadata.version(name)
print("whole")
"""


def check_installed(requirements):
    """See with .venv's own Python that it holds what the installer said it installed; else Stop."""
    import re

    names = [re.match(r"[\w.-]+", line).group() for line in requirements]
    if answer([PYTHON, "-I", "-c", LOOK] + names) != "whole":
        if no_room():
            raise Stop(NO_ROOM + AGAIN)
        raise Stop(
            "The installer says that it is done, and .venv does not hold all that it should. A setting of yours may "
            "send packages elsewhere, such as a prefix or a target: look at what uv.toml, pip.conf and the variables "
            "that begin with PIP_ or UV_ say." + AGAIN
        )


def find_uv():
    """The path of a uv that works, or "": a shim may stand on the PATH with nothing behind it."""
    import shutil

    path = shutil.which("uv")
    return path if path and answer([path, "--version"]) else ""


def base_python():
    """The Python to make .venv from: should this one live in a virtual environment, the one that it was made from."""
    return getattr(sys, "_base_executable", None) or sys.executable


def run(command, handle, settings=None):
    """Run an installer to its end, quietly, saying every 5 s how long it has taken. A failure becomes a sentence.

    The installer holds the lock, too: nobody else builds in this folder while it lives, even if this process is killed.
    """
    import signal
    import subprocess

    environment = dict(without(*ASTRAY), **(settings or {}))
    environment.update(PIP_USER="0", PIP_DISABLE_PIP_VERSION_CHECK="1")
    if "UV_CACHE_DIR" not in environment and not writable(environment.get("XDG_CACHE_HOME") or "~/.cache"):
        environment["UV_NO_CACHE"] = "1"
    environment = dict((name, value) for name, value in environment.items() if value is not None)
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
IN_USE = "Windows does not let go of {}, because a program has it open. Close JupyterLab and what else runs from here."
AGAIN = " Then start again; nothing half made was left behind."
HELP = "When you ask for help, send this, and what python3 start.py doctor says."


def explain(text):
    """What an installer's last words mean, and what to do."""
    low = text.lower()
    if any(words in low for words in FULL) or no_room():  # venv keeps its reason to itself
        return NO_ROOM + AGAIN
    lacking = ("no solution found", "not found in the provided package locations", "no matching distribution")
    if FROM_FOLDER and any(words in low for words in UNREACHABLE + lacking):
        return (
            "{} does not hold all that is needed for this computer's system and processor and Python {}. Fill it on "
            "one like this, with the same Python: python3 start.py wheels FOLDER. (The commands test and book need the "
            "network.)".format(FROM_FOLDER[2], spell(sys.version_info))
        )
    if any(words in low for words in UNREACHABLE):
        return (
            "The packages could not be fetched, because the package index did not answer. Connect this computer to the "
            "network (behind a proxy, set HTTPS_PROXY)." + AGAIN
        )
    if any(words in low for words in CLOSED) and not writable(HERE):
        return NO_WRITING.format(HERE) + AGAIN
    return "The installer failed, in a way that start.py does not know. {}\n{}".format(
        HELP, "\n".join(text.strip().splitlines()[-12:])
    )


def refused(error):
    """What it means that the system refused something, and what to do."""
    import errno

    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return NO_ROOM + AGAIN
    if WINDOWS and error.errno == errno.EACCES and writable(HERE):
        return IN_USE.format(error.filename) + AGAIN
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return NO_WRITING.format(HERE) + AGAIN
    return "The system refused something: {}. {}".format(error, HELP)


def no_room():
    import shutil
    import tempfile

    return min(shutil.disk_usage(place).free for place in (HERE, tempfile.gettempdir())) < 2**22


# ---- Without the network: a folder of wheels

FROM_FOLDER = []  # what tells an installer to fetch nothing


def take_from(folder):
    """Let the installers take everything from a folder of wheels, and ask no index."""
    if not os.path.isdir(folder) or not any(name.endswith(".whl") for name in os.listdir(folder)):
        raise Stop(
            "{} holds no wheels. Fill a folder with them where there is a network: python3 start.py wheels "
            "FOLDER".format(folder or "What --wheels names")
        )
    FROM_FOLDER[:] = ["--no-index", "--find-links", os.path.abspath(folder)]


def fill(folder, handle):
    """Fill a folder with the tested packages, a class's too, as wheels, and what builds the course from its sources."""
    import tomllib

    with open(os.path.join(HERE, "pyproject.toml"), "rb") as file:
        builds = tomllib.load(file)["build-system"]["requires"]
    say("Filling {}:".format(folder), end="")
    if answer([PYTHON, "-m", "pip", "--version"]) == "":  # uv makes no wheels of what is published as source
        install(find_uv(), ["pip"], handle)
    command = [PYTHON, "-m", "pip", "wheel", "--no-input", "--wheel-dir", os.path.abspath(folder)]
    command += ["--constraint", "constraints.txt"]
    run(command + builds + wanted("course") + wanted("class"), handle, pip_settings())
    say(" done.")
    say(
        "It serves computers with this one's system, processor and Python ({}). For others, fill it on one of each: "
        "they go side by side. Carry it with the course, and start with: python3 start.py --wheels FOLDER".format(
            spell(sys.version_info)
        )
    )


# ---- The commands

MORE = ("test", "book")  # the commands that need packages of their own


def main(words):
    first = words[0] if words else ""
    if first in ("-h", "--help"):
        say(__doc__)
    elif first == "doctor":
        doctor(words)
    elif first == "address":
        choose_python(words)
        address(words[1:])
    elif first == "--wheels":
        choose_python(words)
        take_from(words[1] if len(words) > 1 else "")
        main(words[2:])
    elif first == "wheels":
        wheels(words)
    elif first == "class":
        class_(words)
    elif first and not first.startswith("-") and first not in MORE + ("collect",) and not os.path.isfile(first):
        known = "test, doctor, book, address, collect, class and wheels"
        raise Stop("There is no command or file {!r}. The commands are {}.".format(first, known))
    else:
        choose_python(words)
        sys.path.insert(0, HERE)
        with interruptible(), only_one() as handle:
            set_up(first if first in MORE else "course", handle)
            if first not in MORE and first != "collect":
                from helpers import course

                for sentence in course.lay():
                    say(sentence)
        enough_files()
        if first == "test":
            os.chdir(HERE)
            become([PYTHON, "-m", "pytest"] + words[1:], activated())
        if first == "book":
            become([PYTHON, "-P", "-m", "book"] + words[1:], activated())
        if first == "collect":
            become([PYTHON, "-P", "-m", "helpers.collect"] + words[1:], activated())
        open_lab(words)


def address(words):
    sys.path.insert(0, HERE)
    from book import address

    try:
        say(address.main(words))
    except address.Unfit as why:
        raise Stop(str(why))


def wheels(words):
    if len(words) != 2:
        raise Stop("Name the folder to fill: python3 start.py wheels FOLDER")
    choose_python(words)
    with interruptible(), only_one() as handle:
        set_up("course", handle)
        fill(words[1], handle)


def class_(words):
    if WINDOWS:
        raise Stop("JupyterHub does not run on Windows: start the class on Linux or macOS, or in WSL.")
    choose_python(words)
    with interruptible(), only_one() as handle:
        for part in ("course", "class"):
            set_up(part, handle)
    enough_files()
    become([PYTHON, "-P", "-m", "classroom"] + words[1:], activated())


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
    for _, _, found, advice in surroundings():
        say("{} {}".format(found, advice))
    if not WINDOWS and os.geteuid() == 0:
        say("You are root, as in a container: JupyterLab is told to allow it. It listens on this machine only.")
        command.append("--allow-root")
    become(command + words, activated())


def activated():
    """This process's environment with .venv activated, for JupyterLab, its kernels and its terminals.

    What would lead them elsewhere is left out: another Python's home, folders whose modules hide the course's, kernels
    and applications of another JupyterLab. Where JupyterLab may not write, it gets a place of the course's.
    """
    lead = ("PYTHONHOME", "JUPYTER_PATH", "JUPYTER_CONFIG_PATH", "JUPYTERLAB_DIR")
    changed = dict(without(*lead), VIRTUAL_ENV=VENV, PATH=BIN + os.pathsep + os.environ.get("PATH", ""))
    changed["JUPYTER_PREFER_ENV_PATH"] = "1"
    changed.update(homes())
    folders = [folder for folder in python_path() if not hidden_by(folder)]
    if WINDOWS and sys.version_info < (3, 13) and not HERE.isascii():
        folders.insert(0, HERE)  # site does not read an editable install's .pth as UTF-8
    changed["PYTHONPATH"] = os.pathsep.join(folders)
    if not folders:
        del changed["PYTHONPATH"]
    return changed


# ---- What surrounds the course


def surroundings():
    """What on this machine would lead a notebook astray, or keep it from running.

    A list of what doctor.Finding takes: a name, a state ("note" where start.py makes do), what was found, what to do.
    """
    found = []
    for folder in python_path():
        if hidden_by(folder):
            what = "PYTHONPATH has a folder whose {} would hide the course's.".format(named(hidden_by(folder)))
            how = "JupyterLab goes without that folder. For other programs, take it out of PYTHONPATH, or unset that."
            found.append(("PYTHONPATH", "fails", what, how))
    for name in ("my-course", "notebooks"):
        hidden = hidden_by(os.path.join(HERE, name), standard=False)
        if hidden:
            what = "Beside the notebooks in {}/ lies {}, which hides a package of that name.".format(
                name, named(hidden)
            )
            found.append(("files", "fails", what, "Give it another name, and restart the kernel."))
    if homes():
        what = "The home folder cannot be written, or not where Jupyter writes."
        found.append(("home", "note", what, "JupyterLab keeps its settings in {}.".format(own_home())))
    if most_files() < FILES:
        what = "This session may open {} files at a time, and the course needs {}.".format(most_files(), FILES)
        found.append(("open files", "fails", what, "Whoever runs this machine can raise that (ulimit -Hn)."))
    return found


def named(modules):
    return ", ".join(modules[:3]) + (" ..." if modules[3:] else "")


def python_path():
    return [folder for folder in os.environ.get("PYTHONPATH", "").split(os.pathsep) if folder]


def hidden_by(folder, standard=True):
    """Of the modules that the course uses, those that a folder has, too: a sorted list of names.

    A folder on PYTHONPATH comes before the standard library; the notebook's own comes after that, and before packages.
    """
    import glob

    places = glob.glob(os.path.join(VENV, "lib", "python3*", "site-packages"))  # on Windows it is Lib/site-packages
    places.append(os.path.join(VENV, "Lib", "site-packages"))
    if os.path.realpath(folder) in [HERE] + places:
        return []
    known = set(["helpers"] + [name for place in places for name in modules(place)])
    if standard:
        known.update(getattr(sys, "stdlib_module_names", ()))
    return sorted(known.intersection(modules(folder)))


def modules(folder):
    """The names of what can be imported from a folder."""
    try:
        entries = os.listdir(folder)
    except OSError:
        return []
    plain = [entry[:-3] for entry in entries if entry.endswith(".py")]
    native = [entry.partition(".")[0] for entry in entries if entry.endswith((".so", ".pyd"))]
    packages = [entry for entry in entries if os.path.exists(os.path.join(folder, entry, "__init__.py"))]
    return plain + native + packages


def homes():
    """The variables that send JupyterLab and IPython to a place of the course's, for those that cannot be written."""
    data = os.environ.get("JUPYTER_DATA_DIR") or default_data()
    usual = {
        "JUPYTER_DATA_DIR": data,
        "JUPYTER_RUNTIME_DIR": os.path.join(data, "runtime"),
        "JUPYTER_CONFIG_DIR": "~/.jupyter",
        "JUPYTERLAB_SETTINGS_DIR": "",
        "JUPYTERLAB_WORKSPACES_DIR": "",
        "IPYTHONDIR": "~/.ipython",
    }
    closed = [name for name in sorted(usual) if not writable(os.environ.get(name) or usual[name] or HERE)]
    return dict((name, os.path.join(own_home(), name.lower())) for name in closed)


def default_data():
    if sys.platform == "darwin":
        return "~/Library/Jupyter"
    if WINDOWS:
        return os.path.join(os.environ.get("APPDATA") or "~", "jupyter")
    return os.path.join(os.environ.get("XDG_DATA_HOME") or "~/.local/share", "jupyter")


def own_home():
    import tempfile

    return os.path.join(VENV if writable(VENV) else tempfile.gettempdir(), "home")


def writable(path):
    """Whether something can be written at a path, or where it would have to be made."""
    import tempfile

    path = os.path.abspath(os.path.expanduser(path))
    while not os.path.lexists(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    try:
        with tempfile.TemporaryFile(dir=path) as file:
            file.write(b"x" * 4096)
    except (IOError, OSError):
        return False
    return True


FILES = 256  # that a kernel with a lab or two has open, and JupyterLab with several kernels


def most_files():
    """How many files a program may open at a time, if it asks for as many as it may."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return FILES
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return FILES if most == resource.RLIM_INFINITY else most


def enough_files():
    """Raise what may be opened at a time, where that is low (256 on macOS) and may be raised."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        aim = 4096 if most == resource.RLIM_INFINITY else min(most, 4096)
        if now != resource.RLIM_INFINITY and now < aim:
            resource.setrlimit(resource.RLIMIT_NOFILE, (aim, most))


def doctor(words):
    """Run helpers/doctor.py in .venv, or, where that is missing or broken, in a tested Python without it."""
    inside = os.path.normcase(sys.executable) == os.path.normcase(PYTHON)
    # -E: the modules that PYTHONPATH would put before the course's are looked at, and not run.
    if not (inside and sys.flags.ignore_environment) and answer([PYTHON, "-c", "print('alive')"]) == "alive":
        become([PYTHON, "-E", os.path.join(HERE, "start.py")] + words)
    if not inside:
        choose_python(words)
    sys.path.insert(0, HERE)
    enough_files()
    from helpers import doctor

    sys.exit(doctor.main(words[1:], surroundings()))


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
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # what a terminal or a pipe has no letter for, such as in a folder's name
            stream.reconfigure(errors="backslashreplace")
    try:
        main(sys.argv[1:])
    except Stop as stop:
        sys.exit("\n{}".format(stop))
    except KeyboardInterrupt:
        print("\nStopped. Nothing half made was left behind; start again when you like.", file=sys.stderr)
        sys.exit(130)
    except (IOError, OSError) as error:
        sys.exit("\n" + refused(error))
