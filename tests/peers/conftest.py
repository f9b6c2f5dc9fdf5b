"""The two servers to which programs of others bring letters: a host of the lab's, and the learner's of notebook 05."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from helpers.answers import Keeper
from helpers.lab import Lab, sending
from helpers.lab.cast import PEOPLE
from helpers.lab.mailbox import MailboxStore
from tests.peers import notebook_05
from tests.peers.letters import bare

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
def learners_server(lab, tmp_path) -> Server:
    notebook, folder = notebook_05.cells(lab), tmp_path / "letters"
    folder.mkdir()
    lab.publish(notebook_05.zone())
    notebook.start(Keeper("learner.test", set(HUNDRED), folder))
    yield Server(
        lab.route("mail.learner.test", 25),
        [f"{name}@learner.test" for name in HUNDRED],
        lambda: [path.read_bytes() for path in sorted(folder.iterdir())],
    )
    notebook.stop()


@pytest.fixture(params=["labs_host", "learners_server"])
def server(request) -> Server:
    return request.getfixturevalue(request.param)


@pytest.fixture(autouse=True)
def patient_hosts(monkeypatch):
    """Programs in other processes have the time that a busy machine takes: ten times a lesson's."""
    monkeypatch.setattr(sending, "REPLY_TIMEOUT", 10 * sending.REPLY_TIMEOUT)
