"""What JupyterHub is given: who may log in, how a learner's server is started, and patience with its proxy."""

import asyncio
import os
import sys
import time
from pathlib import Path

from jupyterhub.auth import Authenticator
from jupyterhub.objects import Server
from jupyterhub.proxy import ConfigurableHTTPProxy
from jupyterhub.spawner import SimpleLocalProcessSpawner
from jupyterhub.utils import can_connect
from tornado.ioloop import PeriodicCallback
from traitlets import Int, Unicode

from classroom.place import Place
from classroom.ports import free_ports
from helpers import course, working_copy
from helpers.lab.neighbours import places, talk

PATIENCE = 300  # seconds, for whatever starts on a busy machine


class ByRoster(Authenticator):
    """Lets in who is on the roster, with their password."""

    folder = Unicode(config=True, help="The folder of the class.")

    async def authenticate(self, handler, data):
        name, password = data["username"].strip().lower(), data["password"].strip()
        admitted = await asyncio.to_thread(Place(Path(self.folder)).roster.admits, name, password)
        return name if admitted else None


class LearnersServer(SimpleLocalProcessSpawner):
    """A learner's server: a process of the account that started the hub, at home in a folder of the learner's own.

    It has the settings that start.py gives JupyterLab.
    """

    folder = Unicode(config=True, help="The folder of the class.")
    meeting = Int(config=True, help="The port of the meeting place for letters between learners.")

    @property
    def _home(self) -> Path:
        return Place(Path(self.folder)).learner(self.user.name)

    def _home_dir_default(self) -> str:
        return str(self._home)

    def _cmd_default(self) -> list[str]:
        return [str(Path(sys.executable).with_name("jupyterhub-singleuser"))]

    def _args_default(self) -> list[str]:
        words = ["--FileContentsManager.pre_save_hook=helpers.course.static_only", "--ServerApp.log_level=WARN"]
        return words + ["--allow-root"] * (os.geteuid() == 0)

    def get_env(self) -> dict[str, str]:
        name = self.user.name
        key = talk.key(Place(Path(self.folder)).secret(), name)
        return {**super().get_env(), places.VARIABLE: f"{self.meeting} {name} {key}"}

    _last = 0  # the port that was handed out last

    def _free_port(self) -> int:
        """A port for this server. The next one, since others may be starting that do not listen yet."""
        begin = LearnersServer._last if self.meeting < LearnersServer._last < self.meeting + 1000 else self.meeting
        LearnersServer._last = next(free_ports(begin))
        return LearnersServer._last

    # Each start keeps a core busy for seconds. JupyterHub's own limit turns away whoever comes beyond it, to try again.
    _turns = asyncio.Semaphore(max(2, os.cpu_count() or 2))

    async def start(self):
        async with LearnersServer._turns:
            self.port = self._free_port()
            self._home.mkdir(parents=True, exist_ok=True)
            said = await asyncio.to_thread(course.lay, folder=self._home / working_copy.NAME)
            for sentence in said:
                self.log.info("%s: %s", self.user.name, sentence)
            with open(Place(Path(self.folder)).hub / "servers.log", "ab") as log:
                # What servers and kernels say would drive board and passwords out of the teacher's terminal.
                self.popen_kwargs = {"stdout": log, "stderr": log}
                url = await super().start()
            until = time.monotonic() + PATIENCE
            while not can_connect("127.0.0.1", self.port) and await self.poll() is None and time.monotonic() < until:
                await asyncio.sleep(0.2)  # it is the next one's turn when this one listens, or has ended
        return url


class PatientProxy(ConfigurableHTTPProxy):
    """JupyterHub's proxy, which may take longer than the ten seconds that JupyterHub gives it to start."""

    async def start(self):
        try:
            await super().start()
        except TimeoutError:
            for url in (self.public_url, self.api_url):
                await Server.from_url(url).wait_up(PATIENCE)
            self._check_running_callback = PeriodicCallback(self.check_running, 1000 * self.check_running_interval)
            self._check_running_callback.start()
