"""What a process holds at the moment: threads, open files and sockets, children, memory."""

import gc
import threading

import psutil


def now() -> dict[str, int]:
    """Return the counts of this process, and its memory in MB."""
    gc.collect()
    me = psutil.Process()
    return {
        "threads": threading.active_count(),
        "files": me.num_fds() if hasattr(me, "num_fds") else 0,
        "children": len(me.children()),
        "memory": me.memory_info().rss // 2**20,
    }
