"""As on Binder: 2 GB of memory (a control group) and one core for the server, its kernel and all that they start.
Begun with JupyterLab's command on a copy laid as postBuild lays it, and asked for what its page asks for; there is no
browser, whose time and memory are the reader's. Work: seconds of a core, whatever else the machine does. Memory: what
the processes hold together, without what they have of files, sampled 50 times a second, the most. PSS, which has its
part of the files: of each at the end. Five runs. Then each notebook from the top, every exercise solved, one after the
other beside the same server."""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator
from pathlib import Path

import nbformat
import websocket

from tests.benchmarks.limits import Limited, limited, share
from tests.benchmarks.measuring import ROOT, Row, free_port
from tests.benchmarks.starting import answers
from tests.notebooks.test_solved import CHECK, solved

MEMORY, TIMES = 2 * 10**9, 5
PAGE = ("lab", "lab/api/settings", "lab/api/workspaces/default", "api/kernelspecs", "api/contents/my-course?content=1")
FIRST = "my-course/00_first_letter.ipynb"
PATIENCE = 600  # seconds for a cell, on a machine that may be busy


def rows() -> Iterator[Row]:
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder) / "course"
        subprocess.run(["git", "clone", "-q", str(ROOT), str(course)], check=True)
        run = {
            "cwd": course,
            "env": os.environ | {"PYTHONPATH": str(course), "HOME": folder, "JUPYTER_RUNTIME_DIR": folder},
        }
        subprocess.run([sys.executable, "-m", "helpers.course", "lay"], check=True, stdout=subprocess.DEVNULL, **run)
        yield from first_letter(course, run)
        yield from every_notebook(course, run)


def first_letter(course: Path, run: dict) -> Iterator[Row]:
    marks: dict[str, list[float]] = {}
    for _ in range(TIMES):
        with limited(MEMORY) as group, Server(group, run) as server:
            times, work = server.up(), group.worked
            marks.setdefault("until the server answers", []).append(times)
            server.page()
            with server.kernel(FIRST) as kernel:
                kernel.run(nbformat.read(course / FIRST, as_version=4).cells[1].source)
                marks.setdefault("until the first letter of 00 has arrived", []).append(server.seconds())
                marks.setdefault("work until the server answers", []).append(work)
                marks.setdefault("work until the first letter", []).append(group.worked)
                marks.setdefault("memory: the most until the first letter", []).append(server.most())
                for name, pid in (("the server", server.pid()), ("the kernel", kernel.pid)):
                    marks.setdefault(f"PSS of {name}", []).append(share(pid))
                assert not group.refused
    for name, figures in marks.items():
        unit = "s" if name.startswith(("until", "work")) else "MB"
        yield Row(name, figures, unit, limit="2000 MB" if unit == "MB" else "report only")


def every_notebook(course: Path, run: dict) -> Iterator[Row]:
    most, missed = {}, []
    with limited(MEMORY) as group, Server(group, run) as server:
        server.up()
        for path in sorted(course.glob("my-course/[0-9]*.ipynb")):
            server.forget()
            with server.kernel(f"my-course/{path.name}") as kernel:
                for cell in nbformat.read(path, as_version=4).cells:
                    if cell.cell_type == "code":
                        unsolved = CHECK.search(cell.source) and "..." in cell.source
                        kernel.run(solved(cell.source) if unsolved else cell.source)
                most[path.stem[:2]] = server.most()
                missed += kernel.missed
        assert not group.refused
    largest = max(most, key=most.get)
    beside = f"exercises that ran out of time: {len(missed)}" if missed else ""
    yield Row(f"the largest of all notebooks, {largest}", [most[largest]], "MB", beside, "2000 MB")
    yield Row("the others", [held for name, held in most.items() if name != largest], "MB")


class Server:
    """JupyterLab in a group; as a context manager it is started and ended."""

    def __init__(self, group: Limited, run: dict):
        self._group, self._run, self._port, self._held = group, run, free_port(), []
        self._done = threading.Event()

    def __enter__(self) -> "Server":
        words = ["--no-browser", "--allow-root", f"--port={self._port}", "--ServerApp.port_retries=0"]
        words += ["--IdentityProvider.token=", "--ServerApp.disable_check_xsrf=True"]
        words.append("--FileContentsManager.pre_save_hook=helpers.course.static_only")
        words.append("--KernelManager.transport=ipc")  # as in tests/over_ipc.py
        self._log = tempfile.TemporaryFile("w+")
        self._begun = time.perf_counter()
        self._process = self._group.start(
            [sys.executable, "-m", "jupyterlab", *words],
            **self._run,
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
        )
        self._watcher = threading.Thread(target=self._watch)
        self._watcher.start()
        return self

    def __exit__(self, *_) -> None:
        self._done.set()
        self._watcher.join()
        self._process.terminate()
        self._process.wait(20)
        self._log.close()

    def _watch(self) -> None:
        while not self._done.wait(0.02):
            self._held.append(self._group.held)

    def most(self) -> float:
        return max([*self._held, self._group.held])

    def forget(self) -> None:
        self._held.clear()

    def pid(self) -> int:
        return self._process.pid

    def seconds(self) -> float:
        """Since its start."""
        return time.perf_counter() - self._begun

    def up(self) -> float:
        """Wait until it answers; how long that took."""
        while not answers(self._port):
            if self._process.poll() is not None:
                self._log.seek(0)
                sys.exit(f"JupyterLab ended: {self._log.read()}")
            time.sleep(0.01)
        return self.seconds()

    def ask(self, path: str, method: str = "GET", body: dict | None = None) -> bytes:
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(f"http://127.0.0.1:{self._port}/{path}", data, method=method)
        with urllib.request.urlopen(request, timeout=PATIENCE) as reply:
            return reply.read()

    def page(self) -> None:
        """What the page asks for before it shows a notebook."""
        for path in (*PAGE, f"api/contents/{FIRST}?content=1"):
            self.ask(path)

    def kernel(self, path: str) -> "Kernel":
        return Kernel(self, path)

    def socket(self, kernel: str) -> websocket.WebSocket:
        return websocket.create_connection(f"ws://127.0.0.1:{self._port}/api/kernels/{kernel}/channels", PATIENCE)

    def processes(self) -> set[int]:
        return set(self._group.processes)


class Kernel:
    """A kernel of a notebook, that the server has started."""

    def __init__(self, server: Server, path: str):
        self._server, self._path, self.missed = server, path, []

    def __enter__(self) -> "Kernel":
        made = {"path": self._path, "name": self._path, "type": "notebook", "kernel": {"name": "python3"}}
        self._session = json.loads(self._server.ask("api/sessions", "POST", made))
        self._socket = self._server.socket(self._session["kernel"]["id"])
        self.pid = int(self.run("import os; print(os.getpid())"))
        return self

    def __exit__(self, *_) -> None:
        self._socket.close()
        self._server.ask(f"api/sessions/{self._session['id']}", "DELETE")

    def run(self, code: str) -> str:
        """Run a cell, and return what it printed; an exercise that did not pass is one more in `missed`."""
        name, printed, failed = uuid.uuid4().hex, [], ""
        header = {
            "msg_id": name,
            "msg_type": "execute_request",
            "username": "",
            "session": "benchmark",
            "version": "5.3",
        }
        content = {"code": code, "silent": False, "store_history": True, "allow_stdin": False, "stop_on_error": False}
        message = {"header": header, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell"}
        self._socket.send(json.dumps(message))
        while True:
            said = self._socket.recv()
            if isinstance(said, bytes):  # with octets behind it, such as a view's
                continue
            said = json.loads(said)
            kind, content = said["msg_type"], said["content"]
            if said["parent_header"].get("msg_id") != name:
                continue
            if kind == "stream" and content["name"] == "stdout":
                printed.append(content["text"])
            if kind == "error":
                failed = f"{content['ename']}: {content['evalue']}"
            if kind == "status" and content["execution_state"] == "idle":
                break
        if failed and code.splitlines()[-1].startswith("assert"):
            self.missed.append(failed)
        return "".join(printed)
