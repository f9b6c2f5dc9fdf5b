"""Kernels that are reached over IPC, that is, over sockets of the file system.

Over TCP Jupyter chooses a kernel's ports and frees them again before the kernel takes them; another program may come
first. As a plugin for pytest (pyproject.toml loads it) this does it for nbval's kernels.
"""

import itertools
import os
import tempfile

from jupyter_client.manager import KernelManager

_folder = tempfile.TemporaryDirectory(prefix="ipc-")  # a short path: a socket's may have 100 characters or so
_numbers = itertools.count(1)


def traits() -> dict[str, str]:
    """Return what to give to a KernelManager for one new kernel; nothing on Windows, which has no such sockets."""
    if os.name == "nt":
        return {}
    return {"transport": "ipc", "ip": os.path.join(_folder.name, str(next(_numbers)))}


def manager(**options) -> KernelManager:
    """Return the manager of one new kernel, with more of its traits."""
    return KernelManager(**traits(), **options)


def pytest_configure() -> None:
    from nbval import kernel

    kernel.KernelManager = manager
