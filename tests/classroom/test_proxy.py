"""The proxy before the hub and the learners' servers."""

import asyncio
import os
import subprocess
import sys

import pytest

from tests.conftest import missing
from tests.peers.places import free_place
from tests.setup.conftest import ROOT
from tests.setup.test_start import UNREACHABLE

pytestmark = [
    pytest.mark.installs,
    pytest.mark.timeout(300),
    pytest.mark.skipif(os.name == "nt", reason="JupyterHub does not run there"),
]

WAITING = 40


async def forty_wait_and_one_is_quick() -> bytes:
    waiting, all_there = [], asyncio.Event()

    async def serve(reader, writer):
        asked = await reader.readuntil(b"\r\n\r\n")
        if asked.startswith(b"GET /wait"):
            waiting.append(writer)
            if len(waiting) == WAITING:
                all_there.set()
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi")
            await writer.drain()
            writer.close()

    async def ask(path):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
        return reader, writer

    behind = await asyncio.start_server(serve, "127.0.0.1", 0)
    port, api = free_place()[1], free_place()[1]
    words = ["--ip=127.0.0.1", f"--port={port}", "--api-ip=127.0.0.1", f"--api-port={api}"]
    words.append(f"--default-target=http://127.0.0.1:{behind.sockets[0].getsockname()[1]}")
    proxy = await asyncio.create_subprocess_exec(
        *[sys.executable, "-P", "-m", "classroom.proxy", *words], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    opened = []
    try:
        while not opened:
            try:
                opened.append(await ask("/wait"))
            except ConnectionRefusedError:
                assert proxy.returncode is None
                await asyncio.sleep(0.05)
        opened += [await ask("/wait") for _ in range(WAITING - 1)]
        await all_there.wait()
        reader, writer = await ask("/quick")
        opened.append((reader, writer))
        return await reader.read()
    finally:
        proxy.terminate()
        await proxy.wait()
        for _, writer in opened:
            writer.close()
        behind.close()


def test_many_who_wait_keep_nobody_else_from_getting_through():
    """Each learner whose server is starting holds a page open through the proxy, thirty at a time."""
    adding = [sys.executable, "start.py", "class", "--help"]  # adds what a class needs, where it is missing
    done = subprocess.run(adding, cwd=ROOT, capture_output=True, text=True)
    if done.returncode and UNREACHABLE in done.stdout + done.stderr:
        missing("needs the package index")
    assert asyncio.run(asyncio.wait_for(forty_wait_and_one_is_quick(), 50)).endswith(b"hi")
