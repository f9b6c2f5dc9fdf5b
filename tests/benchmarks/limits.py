"""What a program and all that it starts may take, and what it takes: control groups of the first version, as root."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

GROUPS = Path("/sys/fs/cgroup")
KINDS = ("memory", "cpuacct")
MB = 2**20


class Limited:
    """A group of processes with so much memory (octets), on one core. It lies within that of this process."""

    def __init__(self, memory: int):
        self.memory = memory
        self.folders = {kind: _own(kind) / f"mail-course-{os.getpid()}" for kind in KINDS}

    def make(self) -> None:
        """Make it. Raises OSError where that is not allowed."""
        for folder in self.folders.values():
            folder.mkdir()
        (self.folders["memory"] / "memory.limit_in_bytes").write_text(str(self.memory))

    def start(self, command: list[str], **how) -> subprocess.Popen:
        """Start a program in it."""
        core = str(min(os.sched_getaffinity(0)))
        enter = 'echo $$ > "$1/cgroup.procs"; echo $$ > "$2/cgroup.procs"; shift 2; exec taskset -c "$@"'
        return subprocess.Popen(["sh", "-ec", enter, "sh", *map(str, self.folders.values()), core, *command], **how)

    @property
    def processes(self) -> list[int]:
        """The ids of the processes in it."""
        return [int(line) for line in (self.folders["memory"] / "cgroup.procs").read_text().split()]

    @property
    def held(self) -> float:
        """The memory that its processes hold now and nobody else could have, in MB, without what is kept of files."""
        lines = (self.folders["memory"] / "memory.stat").read_text().splitlines()
        stat = {name: int(value) for name, value in map(str.split, lines)}
        return (stat["total_rss"] + stat.get("total_shmem", 0)) / MB

    @property
    def refused(self) -> int:
        """How many times it met its limit of memory, and files had to go, or a process."""
        return int((self.folders["memory"] / "memory.failcnt").read_text())

    @property
    def worked(self) -> float:
        """The seconds of one core that it has used."""
        return int((self.folders["cpuacct"] / "cpuacct.usage").read_text()) / 1e9

    def end(self) -> None:
        """End what is in it, and take it away."""
        until = time.monotonic() + 20
        while (left := self.processes) and time.monotonic() < until:
            for number in left:
                try:
                    os.kill(number, signal.SIGKILL)
                except ProcessLookupError:
                    continue
            time.sleep(0.05)
        for folder in self.folders.values():
            folder.rmdir()


def _own(kind: str) -> Path:
    """Where this process stands in the tree of a kind."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, kinds, path = line.split(":", 2)
        if kind in kinds.split(","):
            return GROUPS / kind / path.strip("/")
    raise FileNotFoundError(f"no control group of the kind {kind}")


@contextmanager
def limited(memory: int) -> Iterator[Limited]:
    """Give such a group; afterwards nothing of it is left."""
    try:
        group = Limited(memory)
        group.make()
    except OSError as error:
        sys.exit(f"This benchmark needs root, and control groups of the first version: {error}")
    try:
        yield group
    finally:
        group.end()


def share(pid: int) -> float:
    """The memory of a process in MB, with its part of what it shares with others (PSS)."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / 1024
