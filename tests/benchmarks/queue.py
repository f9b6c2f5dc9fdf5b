"""Notebook 11's queue with the course's answers: letters of 4 kB a second that are kept (two files, each synced, and
the folder), and that are brought, noted and let go, to a host that answers at once, without a socket between them.
Beside it, in turns and on the same disk (that of the folder in which this is run), Postfix: `smtp-source` brings the
letters over loopback, one connection each, one or ten at once; they are through once its queue is empty, with its
`discard` for a host. Then one round of the runner past many letters that wait for a domain at which nobody opens, and
the one letter behind them: the time for each of those that wait, which should not grow with their number."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

from helpers.lab.clock import START
from tests.benchmarks.measuring import TIMES, Row, free_port, need, ratio, seconds
from tests.peers.postfix import Postfix, postfix
from tests.queue_of_11 import runner

LETTER = b"From: Ada <ada@gmail.test>\r\nSubject: Tulips\r\n\r\n" + b"They are out.\r\n" * 270  # 4 kB
LETTERS = 200
POSTFIXES = 1000  # so many that its start and the last look count for little
WAITING = (100, 1000, 10000)


def rows() -> Iterator[Row]:
    source, port = need("smtp-source", "postfix"), free_port()
    if os.geteuid():
        sys.exit("This benchmark runs Postfix: run it as root.")
    kept, through, whole = [], [], []
    postfixes: dict[int, list[float]] = {1: [], 10: []}  # by connections at once
    more = "virtual_transport = discard"
    with postfix("mx.test", "127.0.0.1", domain="outlook.test", more=more, port=port, within=Path.cwd()) as running:
        for _ in range(TIMES):
            queue = made()
            keeping = seconds(lambda queue=queue: keep(queue, LETTERS))
            bringing = seconds(lambda queue=queue: queue.run(queue.queue))
            assert not list(queue.queue.glob("*.json"))
            kept.append(LETTERS / keeping)
            through.append(LETTERS / bringing)
            whole.append(LETTERS / (keeping + bringing))
            for at_once, found in postfixes.items():
                found.append(POSTFIXES / seconds(lambda at_once=at_once: send(source, port, at_once, running)))
        assert sum("status=sent" in line for line in running.log) == TIMES * len(postfixes) * POSTFIXES
    yield Row("letters kept", kept, "letters/s")
    yield Row("letters brought, noted and let go", through, "letters/s")
    yield Row("both, one after the other", whole, "letters/s")
    for at_once, found in postfixes.items():
        yield Row(f"letters through Postfix, {at_once} at once", found, "letters/s", ratio(found, whole), "report only")
    first: list[float] = []
    for number in WAITING:
        queue = made()
        keep(queue, number, "dead.test", sync=False)
        queue.rests["dead.test"] = START + timedelta(days=1)
        took = []
        for _ in range(3):
            keep(queue, 1)
            took.append(seconds(lambda queue=queue: queue.run(queue.queue)) * 1000 / number)
            assert len(list(queue.queue.glob("*.json"))) == number
        first = first or took
        beside = ratio(took, first) if number > WAITING[0] else ""
        yield Row(f"a round past {number} that wait, for each", took, "ms", beside, "3" if beside else "")


def send(source: str, port: int, at_once: int, running: Postfix) -> None:
    command = [source, "-s", str(at_once), "-m", str(POSTFIXES), "-l", str(len(LETTER)), "-M", "out.gmail.test"]
    command += ["-f", "ada@gmail.test", "-t", "support@outlook.test", f"inet:127.0.0.1:{port}"]
    subprocess.run(command, check=True, timeout=300)
    running.wait(lambda: not running.busy)


def made() -> SimpleNamespace:
    """A queue in a folder of its own, whose every domain takes letters but dead.test."""

    def deliver(line, sender, recipients, letter):
        dead = recipients[0].endswith("@dead.test")
        return dict.fromkeys(recipients, "4.4.1 silence" if dead else "250 2.0.0 OK")

    folder = tempfile.TemporaryDirectory(prefix="queue-", dir=Path.cwd())
    lab = SimpleNamespace(clock=SimpleNamespace(now=lambda: START), who_said=lambda *_: None)
    queue = runner(lab, lab, Path(folder.name), deliver)
    queue.folder = folder  # which goes with it
    return queue


def keep(queue, number: int, domain: str = "outlook.test", sync: bool = True) -> None:
    """Put letters into it; those that only wait need not be synced."""
    for one in range(number):
        envelope = queue.new_envelope("ada@gmail.test", [f"reader{one}@{domain}"], START)
        if sync:
            queue.keep(queue.queue, envelope, LETTER)
        else:
            name = queue.queue / f"{one:08}.json"
            name.write_bytes(json.dumps(envelope).encode())
            name.with_suffix(".eml").write_bytes(LETTER)
