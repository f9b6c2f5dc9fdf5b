# What JupyterHub is told. `python3 start.py class` starts it with this file; MAIL_COURSE_CLASS is the class's folder.
import os
import secrets
import signal
import sys
from pathlib import Path

from classroom.hub import PATIENCE, ByRoster, LearnersServer, PatientProxy
from classroom.place import MARK, Place, Told

c = get_config()  # noqa: F821

place = Place(Path(os.environ[MARK]))
told = Told.read(place)

# A terminal that is closed ends all, as Ctrl-C does. Left alone the hub would go, and leave proxy and servers behind.
signal.signal(signal.SIGHUP, lambda *_: os.kill(os.getpid(), signal.SIGTERM))

c.JupyterHub.bind_url = f"http://{told.ip}:{told.port}"
c.JupyterHub.hub_ip = "127.0.0.1"
hub_port, proxy_port, board_port, meeting_port = told.inner
c.JupyterHub.hub_port = hub_port
c.JupyterHub.db_url = f"sqlite:///{place.hub / 'jupyterhub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(place.hub / "cookie_secret")
c.JupyterHub.log_level = "WARN"
c.JupyterHub.service_check_interval = 0  # whether the board answers sees whoever looks at it
c.JupyterHub.authenticator_class = ByRoster
c.JupyterHub.spawner_class = LearnersServer
c.JupyterHub.concurrent_spawn_limit = 0  # nobody is turned away: LearnersServer starts them in turn
c.JupyterHub.tornado_settings = {"slow_spawn_timeout": 0}  # who has logged in sees at once that a server is starting
c.ByRoster.folder = c.LearnersServer.folder = str(place.folder)
c.ByRoster.allow_all = True  # whom the roster knows
c.Spawner.default_url = "/lab/tree/my-course/00_first_letter.ipynb"
c.Spawner.environment = {
    name: os.environ[name] for name in ("JUPYTER_PREFER_ENV_PATH", "PYTHONPATH", "VIRTUAL_ENV") if name in os.environ
}
c.Spawner.start_timeout, c.Spawner.http_timeout = 6 * PATIENCE, PATIENCE  # the first counts the wait for one's turn

# A proxy in Python, from the package index: it needs no Node.
# Left alone it breaks off after 20 s, and whoever's server takes longer to start would wait at a page that never moves.
c.JupyterHub.proxy_class = PatientProxy
c.ConfigurableHTTPProxy.command = [sys.executable, "-P", "-m", "classroom.proxy", "--proxy-timeout=3600000"]
c.ConfigurableHTTPProxy.log_level = "error"
c.ConfigurableHTTPProxy.auth_token = secrets.token_hex(32)
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.pid_file = str(place.hub / "proxy.pid")

# Letters between learners: lab.join() finds the meeting place by what LearnersServer tells each kernel.
place.note.unlink(missing_ok=True)  # it is for a crash: a hub that starts gives all flowers anew
c.LearnersServer.meeting = meeting_port
c.JupyterHub.services = [
    {
        "name": "letters",
        "command": [sys.executable, "-P", "-m", "helpers.lab.neighbours.meeting", str(meeting_port)],
        "environment": {
            "MAIL_COURSE_SECRET": place.secret(),
            "MAIL_COURSE_ENDED": str(place.ended),
            "MAIL_COURSE_NOTE": str(place.note),
        },
    },
    {
        "name": "board",
        "url": f"http://127.0.0.1:{board_port}",
        "display": False,
        "command": [sys.executable, "-P", "-m", "classroom.board", str(board_port), str(meeting_port)],
        "environment": {"MAIL_COURSE_SECRET": place.secret()},
    },
]
if told.idle:
    c.JupyterHub.services.append(
        {
            "name": "idle-culler",
            "command": [sys.executable, "-P", "-m", "jupyterhub_idle_culler", f"--timeout={round(60 * told.idle)}"],
        }
    )
    c.JupyterHub.load_roles = [
        {
            "name": "idle-culler",
            "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
            "services": ["idle-culler"],
        }
    ]
for service in c.JupyterHub.services:
    service.setdefault("environment", {})[MARK] = str(place.folder)
