"""What several peers meet: four servers, to which they bring letters, and the Node program, which takes them.

The servers are a host of the lab's, the learner's of notebook 05, that one with the queue of notebook 11 behind it, and
notebook 12's house.
"""

import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

from helpers.answers import Keeper
from helpers.lab import Lab
from helpers.lab.cast import PEOPLE
from helpers.lab.mailbox import MailboxStore
from tests.conftest import find_peer, missing
from tests.peers import notebook_05
from tests.peers.learners_queue import KeepsInQueue, LearnersQueue
from tests.peers.letters import bare
from tests.peers.patience import be_patient
from tests.peers.places import free_place, listens

PACKAGES = ("nodemailer@7.0.6", "smtp-server@3.21.6")

LESSON = "helpers.lessons.12_your_own_mail_server"
moving_in, switchboard = (import_module(f"{LESSON}.{name}") for name in ("moving_in", "switchboard"))
HUNDRED = [f"reader{n}" for n in range(100)]


@pytest.fixture
def lab():
    with Lab(beside=True) as made:
        made._mailboxes._boxes.update(MailboxStore({"outlook.test": (*PEOPLE["outlook.test"], *HUNDRED)})._boxes)
        yield made


@dataclass
class Server:
    """Where it listens, a hundred people that it takes letters for, and the letters that it has kept (bytes)."""

    place: tuple[str, int]
    people: list[str]
    kept: Callable[[], list[bytes]]


@pytest.fixture
def labs_host(lab) -> Server:
    def kept() -> list[bytes]:
        letters = {letter.id: letter for mailbox in lab._mailboxes for letter in mailbox}
        return [bare(letter.content) for letter in letters.values()]

    return Server(lab.route("mx1.outlook.test", 25), [f"{name}@outlook.test" for name in HUNDRED], kept)


@pytest.fixture
def learners_notebook(lab):
    notebook = notebook_05.cells(lab)
    lab.publish(notebook_05.zone())
    yield notebook
    notebook.stop()


@pytest.fixture
def learners_server(lab, learners_notebook, tmp_path) -> Server:
    folder = tmp_path / "letters"
    folder.mkdir()
    learners_notebook.start(Keeper("learner.test", set(HUNDRED), folder))
    return Server(
        lab.route("mail.learner.test", 25),
        [f"{name}@learner.test" for name in HUNDRED],
        lambda: [path.read_bytes() for path in sorted(folder.iterdir())],
    )


@pytest.fixture
def queue(lab, tmp_path) -> LearnersQueue:
    return LearnersQueue(lab, tmp_path / "queue")


@pytest.fixture
def server_with_queue(lab, learners_notebook, queue, labs_host) -> Server:
    """What it takes goes to a host of the lab, once the queue is run."""
    learners_notebook.start(KeepsInQueue(queue))

    def kept() -> list[bytes]:
        assert labs_host.kept() == []
        queue.run()
        assert queue.states == {}
        return labs_host.kept()

    return Server(lab.route("mail.learner.test", 25), labs_host.people, kept)


@pytest.fixture
def own_house(lab, tmp_path) -> Server:
    house = moving_in.move_in(lab, tmp_path / "house", switchboard.Switchboard())
    house.people = (*house.people, *HUNDRED)

    def kept() -> list[bytes]:
        house.rounds()
        letters = {path.name: path.read_bytes() for path in (house.folder / "mail").rglob("*.eml")}
        return [bare(letter) for letter in letters.values()]

    return Server(lab.route("mail.learner.test", 25), [f"{name}@learner.test" for name in HUNDRED], kept)


@pytest.fixture(params=["labs_host", "learners_server", "server_with_queue", "own_house"])
def server(request) -> Server:
    return request.getfixturevalue(request.param)


@pytest.fixture(autouse=True)
def patient_hosts(monkeypatch):
    be_patient(monkeypatch.setattr)


# Node


@pytest.fixture(scope="session")
def node(tmp_path_factory):
    """Return a function that runs a program in Node with the packages: node(subprocess.run, "program.js")."""
    program, npm, folder = find_peer("node"), find_peer("npm"), tmp_path_factory.mktemp("node")
    options = ["--prefix", folder, "--no-audit", "--no-fund", "--no-update-notifier", "--ignore-scripts"]
    options += ["--prefer-offline", "--fetch-retries=1", "--fetch-retry-mintimeout=1000"]
    try:
        subprocess.run([npm, "install", *options, *PACKAGES], capture_output=True, text=True, timeout=40, check=True)
    except subprocess.SubprocessError as error:
        missing(f"needs {' and '.join(PACKAGES)}, and npm did not get them (is there a network?): {error.stderr}")
    environment = {**os.environ, "NODE_PATH": str(folder / "node_modules")}
    return lambda run, *words, **options: run([program, *words], env=environment, **options)


class Tutorial:
    """The program, running as mail.learner.test. `printed` is all that it has printed."""

    def __init__(self, folder: Path):
        self.output = folder / "printed"

    @property
    def printed(self) -> bytes:
        return self.output.read_bytes()

    def wait_for(self, words: bytes) -> bytes:
        end = time.monotonic() + 10
        while words not in self.printed:
            assert time.monotonic() < end, self.printed[-2000:]
            time.sleep(0.02)
        return self.printed


@pytest.fixture
def tutorial(node, lab, tmp_path):
    program, running, place = tmp_path / "server.js", Tutorial(tmp_path), free_place()
    program.write_text(notebook_05.node_program())
    with running.output.open("wb") as output:
        process = node(subprocess.Popen, program, str(place[1]), stdout=output, stderr=output)
    try:
        end = time.monotonic() + 10
        while not listens(*place):
            assert time.monotonic() < end and process.poll() is None, running.printed
            time.sleep(0.02)
        lab.publish(notebook_05.zone())
        lab.serve("mail.learner.test", 25, place)
        yield running
    finally:
        process.terminate()
        process.wait(5)
