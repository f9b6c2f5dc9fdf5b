"""What a kernel holds at the moment: threads, open files and sockets, children, memory."""

import gc
import threading

import psutil
from IPython import get_ipython


def now() -> dict[str, int]:
    """Return the counts of this process, and its memory in MB.

    What IPython keeps of each output (Out) is let go of first: it would be a learner's to keep, and holds closed labs.
    """
    get_ipython().displayhook.flush()
    gc.collect()
    me = psutil.Process()
    names = [thread.name for thread in threading.enumerate()]
    workers = sum(name.startswith("asyncio_") for name in names)
    return {
        "threads": len(names) - workers,
        "workers": workers,
        "files": me.num_fds() if hasattr(me, "num_fds") else 0,
        "children": len(me.children()),
        "memory": me.memory_info().rss // 2**20,
    }
