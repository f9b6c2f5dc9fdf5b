"""Runs notebook 11's queue in a process that is killed: `python -m tests.hard.queue_worker`, orders on standard input.

An order is a line of JSON: the `folder`, the `port` of outlook.test's host, `now`, and `kill`, the number of the line
of Python before which it is killed, 0 for never. The answer is one, too: whether it was `killed`, and `where`. Lines
are counted in the runner, in what the learner writes, in the conversation, and where files are written; a line in a
loop twice, and not once for each octet of a reply. With `works` those that only look at the queue do not count.
"""

import json
import mmap
import os
import signal
import socket
import sys
from collections import Counter
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace

from helpers import answers
from helpers.lab.cast import CAST
from tests import queue_of_11

AROUND = 2  # times that a line counts in one call: a loop is stopped in its first round, and in its second
READS = {"when", "read", "readable", "is_due", "awake", "by_domain"}  # these look at every letter, and change nothing
HOSTS = {host.name: host for host in CAST}


def deliver_to(port: int):
    """Return a deliver that knows one host. Nobody is at home at gmail.test, so that reports wait to be counted."""

    def deliver(line, sender, recipients, letter):
        if recipients[0].endswith("@gmail.test"):
            return dict.fromkeys(recipients, "4.4.1 nobody is at home")
        try:
            with socket.create_connection(("127.0.0.1", port), 5) as sock:
                return answers.send_mail(sock, sender, recipients, letter)
        except OSError as error:
            return dict.fromkeys(recipients, f"4.4.2 {error}")

    return deliver


def work(order: dict, note: mmap.mmap) -> None:
    """Run the queue once."""
    clock = SimpleNamespace(now=lambda: datetime.fromisoformat(order["now"]))
    lab = SimpleNamespace(clock=clock, host=HOSTS.__getitem__, who_said=lambda *_: None)
    queue = queue_of_11.runner(lab, lab, Path(order["folder"]), deliver_to(order["port"]))
    if not order.get("rests", True):
        queue.scope["rest"] = lambda domain, replies: None
    left, passed = order["kill"], Counter()  # it holds the frames, so that no two of them are taken for one

    def trace(frame, event, _):
        nonlocal left
        name = frame.f_code.co_filename
        if not name.endswith((queue_of_11.NOTEBOOK.name, "answers.py", "files.py", "queue_worker.py")):
            return None
        if event == "line" and not (order.get("works") and frame.f_code.co_name in READS):
            passed[frame, frame.f_lineno] += 1
            left -= passed[frame, frame.f_lineno] <= AROUND
            if not left:
                where = f"{Path(name).name} {frame.f_code.co_name} {frame.f_lineno}".encode()
                note[: len(where) + 1] = where + b"\0"
                os.kill(os.getpid(), signal.SIGKILL)
        return trace

    sys.settrace(trace if left else None)
    try:
        queue.run(Path(order["folder"]))
    finally:
        sys.settrace(None)


def main() -> None:
    queue_of_11.program()
    for line in sys.stdin:
        note = mmap.mmap(-1, 4096)
        child = os.fork()
        if not child:
            try:
                work(json.loads(line), note)
            except BaseException:
                sys.excepthook(*sys.exc_info())
                os._exit(1)
            os._exit(0)
        _, ended = os.waitpid(child, 0)
        where = note[:].split(b"\0")[0].decode()
        print(json.dumps({"killed": os.WIFSIGNALED(ended), "failed": ended not in (0, 9), "where": where}), flush=True)


if __name__ == "__main__":
    main()
