"""The hub that `start.py class` starts, with three learners: each logs in over HTTP, and runs code in a kernel.

JupyterHub and its proxy come from the package index, into the environment that the tests run in.
"""

import asyncio
import contextlib
import http.cookiejar
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import psutil
import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import WebSocketClientConnection, WebSocketClosedError, websocket_connect

from classroom.place import Place
from tests.conftest import missing
from tests.peers.places import free_place
from tests.setup.conftest import ROOT
from tests.setup.test_start import UNREACHABLE

pytestmark = [
    pytest.mark.installs,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.name == "nt", reason="JupyterHub does not run there"),
]

NAMES = ("ada", "bob", "eve")
PATIENCE = 300  # seconds, for whatever the hub is asked to do on a busy machine
ANSWER = 20  # seconds for a kernel's first answer: what was said to one that was still starting may be lost
SERVE = """
from aiosmtpd.controller import Controller
from helpers.lab import Lab
kept = []
class Keeper:
    async def handle_DATA(self, server, session, envelope):
        kept.append(f"{lab.who(session.peer).name} brought {envelope.content.decode().strip()[-9:]}")
        return "250 2.0.0 kept"
lab = Lab()
me = lab.join()
control = Controller(Keeper(), hostname="127.0.0.1", port=PORT, server_hostname=me.name)
control.start()
lab.serve(me.name, 25, ("127.0.0.1", PORT))
print(me.name)
"""
SEND = """
from helpers.lab import Lab
lab = Lab()
me = lab.join()
delivery = lab.send("From: ada@gmail.test\\nTo: eve@NAME\\nSubject: x\\n\\nA letter.\\n")
print(delivery.fates["eve@NAME"].status)
"""
AGAIN = """
import time
from helpers.lab import LabError
def back():
    try:
        return "NAME" in me.others
    except LabError:
        return False
while not back():
    time.sleep(0.2)
delivery = lab.send("From: ada@gmail.test\\nTo: eve@NAME\\nSubject: x\\n\\nA letter.\\n")
print(delivery.fates["eve@NAME"].status)
"""


class Hub:
    """The hub of a class, in a folder: `start` and `stop` may come any number of times. `learners` are words for it."""

    def __init__(self, folder: Path, learners: Sequence[str] = NAMES) -> None:
        self.learners = learners
        self.place, self.log = Place(folder / "class"), folder / "log"
        self.port = free_place()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        led = ("PYTHON", "JUPYTER", "IPYTHON", "MAIL_COURSE_")
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(led)}

    def start(self, *more: str) -> None:
        folder, port = str(self.place.folder), str(self.port)
        words = ["class", *self.learners, "--yes", "--folder", folder, "--port", port, *more]
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "start.py", *words],
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        until = time.monotonic() + PATIENCE
        while not self.answers():
            said = self.log.read_text()
            if self.process.poll() is not None and UNREACHABLE in said:
                missing("needs the package index")
            assert self.process.poll() is None and time.monotonic() < until, said
            time.sleep(0.5)
        self.said = self.log.read_text()

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/hub/login", timeout=20) as reply:
                return reply.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        """As Ctrl-C does; all that it started ends with it."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(PATIENCE)

    def servers(self) -> list[psutil.Process]:
        """The processes of learners' servers."""
        return self.below("jupyterhub-singleuser")

    def meeting(self) -> psutil.Process | None:
        """The process of the meeting place."""
        return next(iter(self.below("neighbours.meeting")), None)

    def below(self, word: str) -> list[psutil.Process]:
        """The processes that the hub has started and whose command has such a word."""
        found = []
        for each in psutil.Process(self.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):  # one that has just ended
                if any(word in said for said in each.cmdline()):
                    found.append(each)
        return found

    def passwords(self) -> dict[str, str]:
        return dict(re.findall(r"^ {4}(\w+) +(\w{4}-\w{4})$", self.said, re.MULTILINE))


@pytest.fixture
def hub(tmp_path):
    hub = Hub(tmp_path)
    hub.start()
    try:
        yield hub
    finally:
        if hub.process.poll() is None:
            hub.stop()


class Learner:
    """A learner who logs in as a browser does, and has one kernel."""

    def __init__(self, hub: Hub, name: str, password: str) -> None:
        self.hub, self.name, self.jar = hub, name, http.cookiejar.CookieJar()
        self.url, self.base = hub.url, f"/user/{name}/"
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        self.ask("/hub/login")
        words = {"username": name, "password": password, "_xsrf": self.cookies("/hub/")["_xsrf"]}
        self.status, self.place = self.ask("/hub/login?next=", urllib.parse.urlencode(words).encode())[:2]

    def cookies(self, path: str) -> dict[str, str]:
        return {cookie.name: cookie.value for cookie in self.jar if path.startswith(cookie.path)}

    def ask(self, path: str, data: bytes | None = None) -> tuple[int, str, bytes]:
        """Ask for a page; return its status, where it came from in the end, and what it holds."""
        wanted = urllib.request.Request(self.url + path, data=data)
        if path.startswith(self.base):
            wanted.add_header("X-XSRFToken", self.cookies(path).get("_xsrf", ""))
        try:
            with self.opener.open(wanted, timeout=PATIENCE) as reply:
                return reply.status, urllib.parse.urlsplit(reply.url).path, reply.read()
        except urllib.error.HTTPError as error:
            return error.code, urllib.parse.urlsplit(error.url).path, error.read()

    def reach(self) -> str:
        """Wait until the own server is up, and start a kernel in my-course/; return where one was led."""
        self.arrive()
        self.kernel()
        return self.place

    def arrive(self) -> None:
        """Wait until the own server is up."""
        until = time.monotonic() + PATIENCE
        while not self.place.startswith(self.base):
            assert time.monotonic() < until, self.place
            # As the page does that one waits at: what it is told ends when the server is there.
            self.ask(f"/hub/api/users/{self.name}/server/progress?_xsrf={self.cookies('/hub/')['_xsrf']}")
            self.place = self.ask(f"/hub/spawn/{self.name}")[1]

    def kernel(self) -> None:
        words = json.dumps({"path": "my-course/00_first_letter.ipynb"}).encode()
        status, _, text = self.ask(f"{self.base}api/kernels", words)
        assert status == 201, text
        self.number = json.loads(text)["id"]
        self.answered()

    def answered(self) -> None:
        """Wait until the kernel answers: JupyterLab, too, asks again where one is slow to begin."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(WebSocketClosedError, HTTPClientError, TimeoutError):
                asyncio.run(asyncio.wait_for(self._says("pass"), ANSWER))
                return
        raise TimeoutError(f"{self.name}'s kernel does not answer.")

    def says(self, source: str) -> str:
        """Run code in the kernel; return what it prints."""
        return asyncio.run(asyncio.wait_for(self._says(source), PATIENCE))

    async def _says(self, source: str) -> str:
        socket = await self.connect()
        with contextlib.closing(socket):
            heard = await execute(socket, source)
        assert not [content for kind, content in heard if kind == "error"], heard
        return "".join(content["text"] for kind, content in heard if kind == "stream").strip()

    async def connect(self) -> WebSocketClientConnection:
        """Connect with the kernel, as JupyterLab's page does."""
        path = f"{self.base}api/kernels/{self.number}/channels"
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies(path).items())
        address = self.url.replace("http", "ws") + path
        headers = {"Cookie": cookies}
        # Tornado would give up after 20 s: its limit for a request holds until the server has agreed to speak.
        request = HTTPRequest(address, headers=headers, connect_timeout=PATIENCE, request_timeout=PATIENCE)
        return await websocket_connect(request)


async def execute(socket: WebSocketClientConnection, source: str) -> list[tuple[str, dict]]:
    """Run code in the kernel at the other end; return all that it says, until it is done and idle."""
    header = {"msg_id": str(time.time_ns()), "username": "", "session": "s", "version": "5.3"}
    header["msg_type"] = "execute_request"
    words = {"header": header, "parent_header": {}, "metadata": {}, "channel": "shell"}
    content = {"code": source, "silent": False, "allow_stdin": False, "stop_on_error": False}
    await socket.write_message(json.dumps({**words, "content": content}))
    heard, idle, replied = [], False, False
    while not (idle and replied):
        if (message := await socket.read_message()) is None:
            raise WebSocketClosedError
        message = json.loads(message)
        if message["parent_header"].get("msg_id") == header["msg_id"]:
            kind, content = message["msg_type"], message["content"]
            heard.append((kind, content))
            replied |= kind == "execute_reply"
            idle |= kind == "status" and content["execution_state"] == "idle"
    return heard


def until(true) -> None:
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.2)


@pytest.mark.thorough
def test_an_idle_server_is_stopped_and_started_again_its_owner_finds_everything(tmp_path):
    hub = Hub(tmp_path)
    try:
        hub.start("--idle", "0.1")  # minutes
        ada = Learner(hub, "ada", hub.passwords()["ada"])
        until(hub.servers)
        mine = hub.place.learner("ada") / "my-course" / "mine.txt"
        until(mine.parent.exists)
        mine.write_text("ada")
        (first,) = hub.servers()
        until(lambda: not first.is_running())  # nobody asks it for anything
        assert "Culling server ada" in hub.log.read_text()
        ada.ask("/hub/spawn/ada")
        until(hub.servers)
        assert first not in hub.servers() and mine.read_text() == "ada"
    finally:
        hub.stop()


def test_three_learners_work_side_by_side_exchange_a_letter_and_find_their_work_after_a_restart(hub):
    passwords = hub.passwords()
    assert sorted(passwords) == sorted(NAMES)
    assert Learner(hub, "ada", passwords["bob"]).status == 403

    class_ = {name: Learner(hub, name, passwords[name]) for name in NAMES}
    for name, learner in class_.items():
        assert learner.reach() == f"/user/{name}/lab/tree/my-course/00_first_letter.ipynb"
        learner.says(f"open('mine.txt', 'w').write('{name}')")
    for name, learner in class_.items():
        home = hub.place.learner(name)
        assert learner.says("import os; print(os.getcwd(), open('mine.txt').read())") == f"{home}/my-course {name}"

    name = class_["eve"].says(SERVE.replace("PORT", str(free_place()[1])))
    assert class_["ada"].says(SEND.replace("NAME", name)) == "delivered"
    assert class_["eve"].says("print(*kept)") == "out.gmail.test brought A letter."

    ada = class_["ada"]  # her kernel is killed: she starts another, and is the same to the others
    os.kill(int(ada.says("import os; x = 1; print(os.getpid())")), signal.SIGKILL)
    ada.kernel()
    assert ada.says("print(open('mine.txt').read(), 'x' in globals())") == "ada False"
    assert ada.says(SEND.replace("NAME", name)) == "delivered"

    meeting = hub.meeting()  # it is killed, too: JupyterHub starts another, and who has joined comes back
    meeting.kill()
    until(lambda: hub.meeting() not in (None, meeting))
    assert class_["ada"].says(AGAIN.replace("NAME", name)) == "delivered"
    assert class_["eve"].says("print(len(kept))") == "3"

    hub.stop()
    assert not hub.answers()
    hub.start()
    assert "Passwords" not in hub.said
    again = Learner(hub, "ada", passwords["ada"])
    again.reach()
    assert again.says("print(open('mine.txt').read())") == "ada"
