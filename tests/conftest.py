"""What all tests share: nothing but loopback, and programs that this project did not write.

    @pytest.mark.peer("dig", "swaks")     the whole test needs them
    @pytest.mark.peer("swaks tls")        it needs a program with a part of it that comes separately
    path = peer("dig")                    this test needs it from here on (a fixture that is called)

Where such a program or part is missing, the test is skipped with the name of the Debian package; with
MAIL_COURSE_REQUIRE_PEERS set, as .ci/run does, it fails.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import cache

import pytest

from helpers import loopback

# A run that was started in the background ignores Ctrl-C, and so would the programs that tests start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)

PEERS = {  # program: its Debian package, which .ci/run installs
    "chromium": "chromium",
    "dig": "bind9-dnsutils",
    "git": "git",
    "ip": "iproute2",
    "named": "bind9",
    "named-checkzone": "bind9-utils",
    "nc": "netcat-openbsd",
    "node": "nodejs",
    "npm": "npm",
    "nsd": "nsd",
    "opendkim": "opendkim",
    "openssl": "openssl",
    "perl": "perl",
    "postfix": "postfix",
    "smtp-sink": "postfix",
    "smtp-source": "postfix",
    "swaks": "swaks",
    "unbound": "unbound",
    "unshare": "util-linux",
}

PARTS = {  # program and part: the part's Debian package, and a command that fails without it
    "chromium driver": ("libatomic1", (sys.executable, "-m", "playwright", "--version")),  # what tests steer it by
    "perl bounces": (
        "libmail-deliverystatus-bounceparser-perl",
        ("perl", "-MMail::DeliveryStatus::BounceParser", "-e", "1"),
    ),
    "swaks mx": ("libnet-dns-perl", ("perl", "-MNet::DNS", "-e", "1")),
    "swaks tls": ("libnet-ssleay-perl", ("perl", "-MNet::SSLeay", "-e", "1")),
}


def missing(reason: str) -> None:
    """End a test, or a module of them, for want of something outside this project: skipped on a user's machine, in CI
    failed."""
    if os.environ.get("MAIL_COURSE_REQUIRE_PEERS"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason, allow_module_level=True)


def find_peer(name: str) -> str:
    """The path of a peer program ("swaks"), or of one with a part ("swaks tls"); without them the test ends."""
    program = name.partition(" ")[0]
    path = shutil.which(program) or shutil.which(program, path="/usr/sbin")  # where a user's shell does not look
    if not path:
        missing(f"needs {program}: apt-get install {PEERS[program]}")
    if name in PARTS and (trouble := why_not(PARTS[name][1])):
        missing(f"needs {name}: apt-get install {PARTS[name][0]} ({trouble})")
    return path


@cache
def why_not(command: tuple[str, ...]) -> str:
    """What a command that fails says first, "" for one that works. Each is run once."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = (done.stderr + done.stdout).strip().splitlines() or [f"exit code {done.returncode}"]
    return said[0] if done.returncode else ""


@pytest.fixture
def peer():
    return find_peer


@pytest.fixture(scope="session")
def certificates_made():
    """The certificates of this process's labs, made before anybody waits for them."""
    from helpers.lab import certificates

    assert certificates.LOCAL.pem


@pytest.fixture(autouse=True)
def _peers(request):
    for mark in request.node.iter_markers("peer"):
        for name in mark.args:
            find_peer(name)


_tried: list[str] = []
loopback.watch(_tried.append)


@pytest.fixture(autouse=True)
def loopback_only():
    """Nothing in this process reaches beyond loopback; a try fails its test, even where the error is swallowed."""
    _tried.clear()
    yield _tried
    assert not _tried, f"reached beyond this machine: {', '.join(_tried)}"


@pytest.fixture(scope="session")
def installed_course(tmp_path_factory):
    """The course as a learner has it: installed once, and served until the end (tests/setup/installed.py)."""
    from tests.setup import installed  # which needs what stands above

    short = "/tmp" if sys.platform == "darwin" else None  # there a socket's path may have 103 characters
    with (
        tempfile.TemporaryDirectory(dir=short) as runtime,
        installed.served(tmp_path_factory.mktemp("fresh"), runtime) as course,
    ):
        yield course
