"""start.py with the real installers, the real packages and the real JupyterLab, in a fresh copy with a fresh HOME."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from tests.conftest import missing
from tests.setup.conftest import ROOT
from tests.setup.test_start import UNREACHABLE, wait_for

pytestmark = [pytest.mark.installs, pytest.mark.timeout(240), pytest.mark.skipif(os.name == "nt", reason="POSIX paths")]

ADDRESS = r"(http://127\.0\.0\.1:\d+)(/\S+)\?token=(\w+)"


@pytest.fixture
def environment(tmp_path):
    """A fresh HOME, and nothing of this process's environment that would lead Python or Jupyter elsewhere."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "JUPYTER", "VIRTUAL"))}
    return {**kept, "HOME": str(tmp_path / "home")}


def start(root, environment, *words: str) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "start.py", *words],
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def read_until(process: subprocess.Popen, pattern: str) -> tuple[str, re.Match]:
    said = ""
    for line in process.stdout:
        said += line
        if found := re.search(pattern, line):
            return said, found
    process.wait()
    if UNREACHABLE in said:
        missing("needs the package index")
    pytest.fail(f"ended with {process.returncode}:\n{said}")


def fetch(address: str) -> bytes:
    with urllib.request.urlopen(address, timeout=20) as reply:
        return reply.read()


def is_open(port: int) -> bool:
    with socket.socket() as sock:
        return not sock.connect_ex(("127.0.0.1", port))


def test_a_fresh_clone_with_a_fresh_home_opens_jupyterlab_on_the_first_letter(installed_course):
    assert installed_course.said.startswith("Setting the course up")
    look_around(installed_course.url)


def look_around(address: str) -> None:
    """See what JupyterLab serves at the address that it printed."""
    host, path, token = re.fullmatch(ADDRESS, address).groups()
    assert path == "/lab/tree/my-course/00_first_letter.ipynb"
    wait_for(lambda: is_open(int(host.rpartition(":")[2])))  # it says so a moment before it listens
    assert b"jupyter-config-data" in fetch(address)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        fetch(f"{host}/api/contents")  # the token is asked for
    root = json.loads(fetch(f"{host}/api/contents?token={token}"))
    assert {"notebooks", "my-course"} <= {entry["name"] for entry in root["content"]}
    name = "@jupyterlab/apputils-extension:notification"
    news = json.loads(fetch(f"{host}/lab/api/settings/{name}?token={token}"))
    assert news["schema"]["properties"]["fetchNews"]["default"] == "false"


def test_a_second_start_installs_nothing_and_ends_with_ctrl_c(installed_course):
    process = start(installed_course.root, installed_course.environment, "--no-browser", "--port=0")
    try:
        said, url = read_until(process, ADDRESS)
        assert "Setting the course up" not in said
        look_around(url[0])
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.wait(timeout=20) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_what_was_installed_is_whole(installed_course):
    root, environment = installed_course.root, installed_course.environment
    look = "import helpers, aiosmtpd, dns, nest_asyncio, ipywidgets, nbval, anywidget; print(helpers.__file__)"
    command = [root / ".venv/bin/python", "-P", "-c", look]
    found = subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True)
    assert found.stdout == f"{root}/helpers/__init__.py\n", found.stderr
    command = [sys.executable, "start.py", "doctor"]
    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True)
    assert run.returncode == 0 and re.search(r"all \d+ in the tested versions", run.stdout)


def test_pip_installs_it_where_there_is_no_uv(whole_course, environment, tmp_path):
    """One small package stands for all, and start.py's own Python for JupyterLab."""
    project = whole_course.root / "pyproject.toml"
    text = re.sub(
        r"^dependencies = \[.*?^\]", 'dependencies = ["nest-asyncio"]', project.read_text(), flags=re.M | re.S
    )
    project.write_text(text)
    (tmp_path / "path").mkdir()
    environment["PATH"] = str(tmp_path / "path")
    process = start(whole_course.root, environment, "--no-browser")
    said, _ = read_until(process, "No module named jupyterlab")
    process.stdout.close()
    process.wait()
    assert re.match(
        r"Setting the course up in \.venv with pip, which happens once and takes a minute or so:.* done\.", said
    )
    python = whole_course.root / ".venv/bin/python"
    look = "import helpers, nest_asyncio, importlib.metadata as m; print(m.version('nest-asyncio'), helpers.__file__)"
    found = subprocess.run([python, "-P", "-c", look], cwd="/", capture_output=True, text=True)
    pinned = re.search(r"^nest-asyncio==(\S+)", (ROOT / "constraints.txt").read_text(), re.MULTILINE)[1]
    assert found.stdout == f"{pinned} {whole_course.root}/helpers/__init__.py\n", found.stderr
