"""The learner's queue of notebook 11, run in a folder of its own, and a server that keeps what it takes in it."""

import json
from pathlib import Path

from helpers.mail.delivery_report import Listening
from tests import queue_of_11


class LearnersQueue:
    """The queue of a lab's learner. `cells` are what the notebook defines, `folder` is where the letters wait."""

    def __init__(self, lab, folder: Path):
        folder.mkdir(exist_ok=True)
        self.lab, self.folder = lab, folder
        self.cells = queue_of_11.runner(lab, Listening(lab), folder)

    def keep(self, letter: bytes, *recipients: str, sender: str = "ada@gmail.test") -> None:
        """Put a letter in. Raises OSError."""
        self.cells.keep(self.folder, self.cells.new_envelope(sender, list(recipients), self.lab.clock.now()), letter)

    def run(self) -> None:
        """Go through the queue: each letter whose time has come is tried once."""
        self.cells.run(self.folder)

    @property
    def states(self) -> dict[str, tuple[str, str | None]]:
        """The state of each recipient of a letter that is still here, and the last reply."""
        states = [json.loads(item.read_bytes()) for item in sorted(self.folder.glob("*.json"))]
        return {one["address"]: (one["state"], one["reply"]) for state in states for one in state["recipients"]}


class KeepsInQueue:
    """A handler of aiosmtpd's: it takes letters for everybody, and says 250 to one once it is in the queue."""

    def __init__(self, queue: LearnersQueue):
        self.queue = queue

    async def handle_DATA(self, server, session, envelope) -> str:
        try:
            self.queue.keep(envelope.content, *envelope.rcpt_tos, sender=envelope.mail_from)
        except OSError:
            return "452 4.3.1 No room at the moment"
        return "250 2.0.0 Letter kept"
