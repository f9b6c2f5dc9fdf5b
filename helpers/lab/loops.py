"""Where the lab's servers live: an event loop in a thread of its own, and how blocking code gets along with it."""

import asyncio
import contextlib
import threading
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from helpers.lab.errors import LabError

# Hosts ask a policy or hand a letter on in a thread, and wait for one another meanwhile. So there must be one for each
# connection that a process can have; no more are made than are at work.
THREADS = 1000

Result = TypeVar("Result")


class Tasks:
    """Tasks of one's own: held, since a loop holds them weakly, and ended together."""

    def __init__(self):
        self._tasks: set[asyncio.Task] = set()

    def keep(self, task: asyncio.Task) -> asyncio.Task:
        """Hold a task until it is done, and return it."""
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def start(self, work: Coroutine) -> asyncio.Task:
        """Run a coroutine on the running loop, and return its task."""
        return self.keep(asyncio.ensure_future(work))

    async def end(self) -> None:
        """Cancel what is still under way, and wait for its end."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class Loops:
    """A loop that runs in a thread until `stop`. `tasks` holds what was started on it."""

    def __init__(self):
        self.tasks = Tasks()
        self._last: Callable[[], Awaitable[None]] | None = None
        self._loop = asyncio.SelectorEventLoop()
        self._loop.set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="asyncio"))
        self._thread = threading.Thread(target=self._run, name="the lab", daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Result], timeout: float = 10.0) -> Result:
        """Run a coroutine on the loop, wait for it, and return its result. Not to be called on the loop itself.

        Raises what the coroutine raises, and LabError where nothing comes of it within the time-out (seconds).
        """
        running = asyncio.run_coroutine_threadsafe(self._kept(work), self._loop)
        try:
            return running.result(timeout)
        except TimeoutError:
            if running.done():  # the work's own
                raise
            said = f"The lab did not answer for {timeout:g} s: this computer is very busy. Try again."
            raise LabError(said) from None
        finally:
            running.cancel()

    async def _kept(self, work: Coroutine[Any, Any, Result]) -> Result:
        self.tasks.keep(asyncio.current_task())
        return await work

    blocking = staticmethod(asyncio.to_thread)  # awaited, it calls what may block; the loop goes on meanwhile

    def soon(self, function: Callable[..., object], *args) -> None:
        """Let the loop call a function, from any thread. Once the loop has ended, nothing is called."""
        with contextlib.suppress(RuntimeError):
            self._loop.call_soon_threadsafe(function, *args)

    def stop(self, last: Callable[[], Awaitable[None]]) -> None:
        """End the loop, at most 2 s from now. `last` is a coroutine function that the loop runs as its last."""
        self._last = last
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(2)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            if self._last:
                self._loop.run_until_complete(self._last())
            self._loop.close()
