"""A class on this machine, as `start.py class` starts it. All learners log in at one moment, as a browser does, and
load JupyterLab's page with its largest scripts; then each opens notebook 05 in a kernel of their own, and all run every
cell of it at the same moment. Then each joins the others, and sends letters to the server that the next one runs: one
at a time, and all at once. Last, one learner's notebook through the hub and in a plain `jupyter-lab`, by the same
client, in turns: each cell's median, and over the cells the median of what the hub adds. Memory is the sum of the
shares (PSS) of all processes, the hub's too, looked at every two seconds. On Linux. `--learners 3` is a quick try."""

import asyncio
import contextlib
import http.cookiejar
import json
import os
import re
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

from classroom.__main__ import A_KERNEL, A_SERVER, THE_HUB
from tests.benchmarks.measuring import ROOT, TIMES, Row, free_port, seconds
from tests.classroom import test_hub

NOTEBOOK = "my-course/05_live_server.ipynb"
PATIENCE = test_hub.PATIENCE = 1800  # seconds, for a machine that is too small
LETTERS = 20  # each alone; and so many empty cells
LAB = Path(sys.prefix, "share", "jupyter", "lab", "static")
SCRIPTS = [path.name for path in sorted(LAB.glob("*.js")) if path.stat().st_size > 200_000]

JOIN = """
import time
from statistics import median
begun = time.perf_counter()
me = lab.join()
joined = time.perf_counter() - begun
class Taking:
    async def handle_DATA(self, server, session, envelope):
        return "250 2.0.0 taken"
taking = AnyPort(Taking(), port=0, **OPTIONS)
taking.start()
lab.serve(me.name, 25, ("127.0.0.1", taking.port))
print(me.name, joined)
"""
SEND = """
def send(to):
    begun = time.perf_counter()
    (fate,) = lab.send(f"From: ada@gmail.test\\nTo: {to}\\nSubject: x\\n\\nA letter.\\n").fates.values()
    return time.perf_counter() - begun, fate.status
print(*send("TO"))
"""


def rows(learners: int = 30) -> Iterator[Row]:
    before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        hub = test_hub.Hub(Path(folder), ["--learners", str(learners)])
        # Once, so that its packages are there
        subprocess.run([sys.executable, "start.py", "class", "--help"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        with contextlib.ExitStack() as after:
            after.callback(hub.stop)
            yield Row("from the command until the hub answers", [seconds(hub.start)], "s", limit="report only")
            watch, class_ = Watch(hub.process.pid), []
            after.callback(watch.stop)
            yield from a_class(hub, watch, class_)
            yield from beside_plain(hub, class_[0])
    yield Row("load of the machine before, cores that others kept busy", [before, watch.kept_busy], "")


# ---- The class


def a_class(hub: test_hub.Hub, watch: "Watch", class_: list["Learner"]) -> Iterator[Row]:
    passwords = hub.passwords()
    learners = len(passwords)
    with ThreadPoolExecutor(learners) as pool:

        def all_at_once(work: Callable) -> list:
            return list(pool.map(work, class_))

        begun = time.perf_counter()
        class_ += pool.map(lambda name: Learner(hub, name, passwords[name], begun), sorted(passwords))
        yield Row(f"{learners} log in, each until let in", [one.let_in for one in class_], "s")
        yield Row("each until their JupyterLab is loaded", [one.loaded for one in class_], "s", limit="report only")
        hubs, *each = watch.shares()
        yield Row("a learner's server, without a kernel", each, "MB")

        took = all_at_once(lambda one: seconds(one.open))
        yield Row("all open notebook 05, each until its kernel answers", took, "s")
        took = all_at_once(lambda one: seconds(one.run_all))
        yield Row("all run notebook 05, each until the last cell", took, "s", limit="report only")
        cells = [cell for one in class_ for cell in one.cells]
        yield Row("a cell of theirs meanwhile", cells, "s")
        failed = [len(one.errors) for one in class_]
        which = ", ".join(sorted({error for one in class_ for error in one.errors}))
        yield Row("cells that ended in an error, a learner", failed, f"of {len(class_[0].cells)}", which, limit="0")
        most, beside = max(watch.most), f"start.py says {THE_HUB + (A_SERVER + A_KERNEL) * learners} MB"
        yield Row("memory, the most until then", [most], "MB", beside, limit="what start.py says")
        hubs, *each = watch.shares()
        yield Row("of it: hub, proxy and services", [hubs], "MB")
        yield Row("a learner's server and kernel", each, "MB")

        joined = all_at_once(lambda one: one.says(JOIN).split())
        yield Row("all join at once, each", [1000 * float(took) for _, took in joined], "ms")
        others = [f"me@{name}" for name, _ in joined]
        next_ = dict(zip(class_, others[1:] + others[:1], strict=True))
        turns = (class_ * LETTERS)[:LETTERS]
        inside = [letter(one, "grace@outlook.test") for one in turns]
        alone = [letter(one, next_[one]) for one in turns]
        at_once = all_at_once(lambda one: letter(one, next_[one]))
        yield Row("a letter in one lab, to outlook.test", [took for took, _ in inside], "ms")
        yield Row("a letter to another learner's server", [took for took, _ in alone], "ms", limit="report only")
        yield Row(f"{learners} such letters at once, each", [took for took, _ in at_once], "ms", limit="report only")
        lost = [status != "delivered" for _, status in (*inside, *alone, *at_once)]
        yield Row("of these letters not delivered at once", [sum(lost)], f"of {len(lost)}", limit="0")


def letter(one: "Client", to: str) -> tuple[float, str]:
    took, status = one.says(SEND.replace("TO", to)).split()
    return 1000 * float(took), status


def beside_plain(hub: test_hub.Hub, learner: "Client") -> Iterator[Row]:
    """What the hub adds to each cell, beside a plain JupyterLab with the same folder."""
    with Plain(hub.place.learner(learner.name)) as plain:
        ran: dict[Client, list[list[float]]] = {learner: [], plain: []}
        empty: dict[Client, list[float]] = {learner: [], plain: []}
        for _ in range(TIMES):
            for client, runs in ran.items():
                client.open()
                client.run_all()
                runs.append(client.cells)
                empty[client] += client.run(["pass"] * LETTERS)
                client.end()
    through, without = ([1000 * statistics.median(cell) for cell in zip(*runs, strict=True)] for runs in ran.values())
    more = [one - other for one, other in zip(through, without, strict=True)]
    yield Row("a cell of 05, one learner, through the hub", through, "ms")
    yield Row("the same in plain jupyter-lab", without, "ms")
    yield Row("what the hub adds to a cell", more, "ms", limit="report only")
    through, without = ([1000 * cell for cell in cells] for cells in empty.values())
    beside = f"{statistics.median(without):.4g} ms in plain jupyter-lab"
    yield Row("an empty cell through the hub", through, "ms", beside, limit="report only")


# ---- Who asks


class Client(test_hub.Learner):
    """A browser with one notebook open. `base` is where its JupyterLab is, on that server."""

    base = "/"

    def json(self, path: str, words: dict | None = None) -> dict:
        status, _, text = self.ask(f"{self.base}api/{path}", json.dumps(words).encode() if words else None)
        assert status in (200, 201), (path, status, text)
        return json.loads(text)

    def open(self) -> None:
        """Open the notebook as it lies there, with a kernel; wait until that answers."""
        cells = self.json(f"contents/{NOTEBOOK}")["content"]["cells"]
        self.code = [cell for cell in cells if cell["cell_type"] == "code"]
        words = {"path": NOTEBOOK, "name": NOTEBOOK, "type": "notebook", "kernel": {"name": "python3"}}
        self.session = self.json("sessions", words)
        self.number = self.session["kernel"]["id"]
        self.answered()

    def run_all(self) -> None:
        """Run every cell. `cells` are the seconds that each took, `errors` what ended one and where."""
        self.cells = self.run(["".join(cell["source"]) for cell in self.code])

    def run(self, sources: list[str]) -> list[float]:
        return asyncio.run(asyncio.wait_for(self._run(sources), PATIENCE))

    async def _run(self, sources: list[str]) -> list[float]:
        socket = await self.connect()
        took, self.errors = [], []
        with contextlib.closing(socket):
            for number, source in enumerate(sources, 1):
                begun = time.perf_counter()
                said = await test_hub.execute(socket, source)
                took.append(time.perf_counter() - begun)
                self.errors += [f"{content['ename']} in cell {number}" for kind, content in said if kind == "error"]
        return took

    def end(self) -> None:
        """Close the notebook, and end its kernel."""
        wanted = urllib.request.Request(f"{self.url}{self.base}api/sessions/{self.session['id']}", method="DELETE")
        wanted.add_header("X-XSRFToken", self.cookies(self.base).get("_xsrf", ""))
        self.opener.open(wanted, timeout=PATIENCE).close()

    def load(self) -> None:
        """Load JupyterLab's page and its scripts, as a browser does that was never here."""
        status, _, page = self.ask(f"{self.base}lab/tree/{NOTEBOOK}")
        assert status == 200 and b"jupyter-config-data" in page, page
        for name in SCRIPTS:
            assert self.ask(f"{self.base}static/lab/{name}")[0] == 200, name


class Learner(Client):
    """A learner who logs in to the hub. `let_in` and `loaded` are seconds since all began."""

    def __init__(self, hub: test_hub.Hub, name: str, password: str, begun: float) -> None:
        super().__init__(hub, name, password)
        assert self.status == 200, (name, self.status)
        self.let_in = time.perf_counter() - begun
        self.arrive()
        self.load()
        self.loaded = time.perf_counter() - begun


class Plain(Client):
    """The same browser before a plain JupyterLab, which serves the same folder."""

    def __init__(self, folder: Path) -> None:
        port, token = free_port(), secrets.token_hex(16)
        self.name, self.url, self.jar = "plain", f"http://127.0.0.1:{port}", http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))
        words = [
            "--no-browser",
            f"--port={port}",
            f"--IdentityProvider.token={token}",
            f"--ServerApp.root_dir={folder}",
        ]
        words.append("--FileContentsManager.pre_save_hook=helpers.course.static_only")
        words += ["--allow-root"] * (os.geteuid() == 0)
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "jupyterlab", *words],
            env={**os.environ, "HOME": str(folder), "PYTHONPATH": str(ROOT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        until = time.monotonic() + PATIENCE
        while not self.answers(token):
            assert self.process.poll() is None and time.monotonic() < until
            time.sleep(0.2)

    def answers(self, token: str) -> bool:
        try:
            return self.ask(f"/lab?token={token}")[0] == 200
        except OSError:
            return False

    def __enter__(self) -> "Plain":
        return self

    def __exit__(self, *_) -> None:
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(PATIENCE)


# ---- Who looks on


class Watch:
    """Looks at the memory of a process and all that it started, every two seconds. `most` are sums, in MB."""

    def __init__(self, pid: int) -> None:
        self.root, self.most = psutil.Process(pid), [0.0]
        self.begun, self.busy = time.monotonic(), busy()
        self.own = self.our_own()
        self.done = threading.Event()
        self.thread = threading.Thread(target=self.look)
        self.thread.start()

    def look(self) -> None:
        while not self.done.wait(2):
            self.most.append(self.memory())

    def stop(self) -> None:
        self.done.set()
        self.thread.join()
        spent = busy() - self.busy - (self.our_own() - self.own)
        self.kept_busy = spent / (time.monotonic() - self.begun)

    def memory(self) -> float:
        return sum(self.shares())

    def shares(self) -> list[float]:
        """MB of the hub with its proxy and services, and then of each learner's server with what it started."""
        servers = [child for child in self.root.children() if is_server(child)]
        every = [sum(map(share, [server, *below(server)])) for server in servers]
        others = [child for child in self.root.children() if child not in servers]
        return [sum(map(share, [self.root, *others])), *every]

    def our_own(self) -> float:
        """Seconds of CPU time that the class and this program took so far."""
        taken = 0.0
        for process in (psutil.Process(), self.root, *below(self.root)):
            with contextlib.suppress(psutil.Error):
                taken += sum(process.cpu_times()[:4])
        return taken


def below(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def is_server(process: psutil.Process) -> bool:
    try:
        return any("jupyterhub-singleuser" in word for word in process.cmdline())
    except psutil.Error:
        return False


def share(process: psutil.Process) -> float:
    """What a process takes of the memory, in MB: what it shares with others counts in equal parts."""
    try:
        rollup = Path(f"/proc/{process.pid}/smaps_rollup").read_text()
    except OSError:  # it has ended
        return 0.0
    return int(re.search(r"^Pss: +(\d+) kB", rollup, re.MULTILINE)[1]) / 1024


def busy() -> float:
    """Seconds that this machine's cores were busy so far."""
    times = psutil.cpu_times()
    return sum(times) - times.idle - times.iowait - times.guest - times.guest_nice
