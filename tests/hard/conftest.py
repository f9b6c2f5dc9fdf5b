"""A lab that is watched, and the two servers that take letters: nothing may go wrong unseen, and no thread be lost."""

import gc
import logging
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiosmtpd import smtp

import helpers
from helpers.answers import Keeper
from helpers.lab import Lab
from helpers.lab.mail_host import Conversation
from tests.peers import notebook_05

PATIENCE = 2.0  # seconds for whatever a server does
HELPERS = Path(helpers.__file__).parent


@pytest.fixture
def lab(caplog):
    """A lab of the test's own. asyncio logs what no code of ours caught, aiosmtpd what a handler raised."""
    caplog.set_level("ERROR")
    before = set(threading.enumerate())
    with Lab(beside=True) as made:
        yield made
        gc.collect()  # a task's error that nobody asked for is logged when the task goes
        assert made._net.loops._thread.is_alive()
    until(lambda: set(threading.enumerate()) <= before)
    records = [record for when in ("setup", "call") for record in caplog.get_records(when)]
    assert not [record.getMessage() for record in records if _is_ours(record)]


def _is_ours(record: logging.LogRecord) -> bool:
    """Whether an error is ours to mend.

    aiosmtpd trips over addresses such as "<a@", and over octets that are no text where its reply would repeat them; it
    logs that, answers 500 and goes on. What our code raises when aiosmtpd calls it is logged in the same way.
    """
    if record.name != "mail.log" or not record.exc_info:
        return True
    ours, theirs = (notebook_05.NOTEBOOK.name, str(HELPERS)), str(Path(smtp.__file__).parent)
    frames = [frame.filename for frame in traceback.extract_tb(record.exc_info[2])]
    return [name for name in frames if name.startswith((*ours, theirs))][-1].startswith(ours)


def until(done: Callable[[], bool]) -> None:
    """Wait for something that must come to be in 2 s."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end
        time.sleep(0.001)


@dataclass
class Server:
    """Where it listens, a recipient, the letters it has kept (bytes), and what it sent in its latest connection."""

    place: tuple[str, int]
    recipient: str
    kept: Callable[[], list[bytes]]
    sent: list[str] = field(default_factory=list)
    protocols: list[smtp.SMTP] = field(default_factory=list)

    def settle(self) -> None:
        """Wait until the server has ended what it does for the latest connection."""
        until(lambda: self.protocols and self.protocols[-1].transport is None)
        until(self.protocols[-1]._handler_coroutine.done)
        self.protocols.clear()


@pytest.fixture(params=["the lab's host", "the learner's server"])
def server(request, lab, tmp_path, monkeypatch):
    """Either server, with an eye on what it sends and when it is done with a connection."""
    if request.param == "the lab's host":
        box = lab.mailbox("grace@outlook.test")
        made = Server(lab.route("mx1.outlook.test", 25), box.address, lambda: [letter.content for letter in box])
        _watch(monkeypatch, made, Conversation)
        yield made
        assert not lab.mail_hosts["mx1.outlook.test"].open
    else:
        notebook, kept = notebook_05.cells(lab), []
        notebook.start(_Remembers("learner.test", {"grace"}, tmp_path, kept))
        made = Server(lab.route("mail.learner.test", 25), "grace@learner.test", lambda: kept)
        _watch(monkeypatch, made, smtp.SMTP)
        yield made
        notebook.stop()


class _Remembers(Keeper):
    """The course's answer, which also says what it kept: to look into a folder of 100,000 files takes long."""

    def __init__(self, domain, people, folder, kept):
        super().__init__(domain, people, folder)
        self.kept = kept

    async def handle_DATA(self, server, session, envelope):
        before = set(self.folder.iterdir())
        reply = await super().handle_DATA(server, session, envelope)
        for path in set(self.folder.iterdir()) - before:
            self.kept.append(path.read_bytes())
            path.unlink()
        return reply


def _watch(monkeypatch, server: Server, protocol) -> None:
    push, made = protocol.push, protocol.connection_made

    async def push_and_tell(self, status):
        octets = status if isinstance(status, bytes) else status.encode()  # fails where nothing can be sent
        server.sent.append(octets.decode())
        await push(self, status)

    def made_and_told(self, transport):
        server.sent.clear()
        server.protocols.append(self)
        made(self, transport)

    monkeypatch.setattr(protocol, "push", push_and_tell)
    monkeypatch.setattr(protocol, "connection_made", made_and_told)
