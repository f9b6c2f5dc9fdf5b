"""Notebook 12: the reference server holds in every row and for many seeds, and each faulty one fails at its own row."""

import importlib

import pytest

from helpers.blocks import with_block
from helpers.lab import Lab
from tests.lessons import mutated_servers

LESSON = "helpers.lessons.12_your_own_mail_server"
MODULES = ("acceptance", "moving_in", "others", "strangers", "switchboard", "terminal")
acceptance, moving_in, others, strangers, switchboard, terminal = (
    importlib.import_module(f"{LESSON}.{name}") for name in MODULES
)


pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def board():
    return switchboard.Switchboard()


def test_the_reference_server_holds_in_every_row(board):
    table = acceptance.acceptance(board)
    assert table.failed == [], [table.rows[what] for what in table.failed]


@pytest.mark.parametrize("seed", range(20))
def test_the_reference_server_holds_whoever_comes(board, seed):
    history = strangers.come(board, seed)
    assert history.holds, history


@pytest.mark.parametrize("fault", mutated_servers.FAULTS, ids=lambda fault: fault.what)
def test_a_faulty_server_fails_at_the_row_that_names_its_fault(board, fault):
    board.use(fault.part, mutated_servers.part(fault))
    history = acceptance.acceptance(board, fault.row)
    assert not history.holds and history.steps
    for number in range(len(history.steps)):  # no step can be left out
        fewer = history.steps[:number] + history.steps[number + 1 :]
        found = strangers.happen(board, fewer)
        assert found is None or found.invariant != history.broken.invariant


def test_a_fault_shows_in_few_rows_of_the_table(board):
    fault = mutated_servers.FAULTS[3]
    board.use(fault.part, mutated_servers.part(fault))
    assert acceptance.acceptance(board).failed == [fault.row]


def test_the_same_seed_breaks_in_the_same_way(board):
    fault = mutated_servers.FAULTS[3]
    board.use(fault.part, mutated_servers.part(fault))
    one, two = (strangers.come(board, 48) for _ in range(2))
    assert repr(one) == repr(two) and not one.holds


def test_a_row_is_asked_by_its_first_words(board):
    assert acceptance.acceptance(board, "nobody unknown").holds
    with pytest.raises(LookupError, match="No row begins"):
        acceptance.acceptance(board, "nobody knows")
    with pytest.raises(LookupError, match="No switch is called"):
        board.use("keeep")


# The switchboard, and what is made of it


def test_a_part_is_swapped_while_letters_flow_and_the_board_says_who_did_the_work(tmp_path):
    kept = {"at_home": others.at_home, "mail_hosts": lambda domain, resolver: ["mx2.outlook.test"]}
    board = switchboard.Switchboard(kept.get)
    with Lab(beside=True) as lab:
        house = moving_in.move_in(lab, tmp_path, board)
        for whose in ("the course's", "yours"):
            for part in kept:
                board.use(part, whose)
            lab.send("From: bob@gmail.test\nTo: ada@learner.test\nSubject: Hi\n\nHello\n")
            house.keep(
                house.state("ada@learner.test", ["grace@outlook.test"]), strangers.content(1, "ada@learner.test")
            )
            house.rounds()
        assert len(house.letters("ada")) == len(lab.mailbox("grace@outlook.test")) == 2
    assert board.calls["at_home", "yours"] == board.calls["at_home", "the course's"] == 1
    # Within the course's `addresses`, too.
    assert board.calls["mail_hosts", "yours"] == board.calls["mail_hosts", "the course's"] == 1
    assert "both" in board._told() and "at_home" in board._repr_html_() and "at_home" in repr(board)


def test_my_server_has_what_is_kept_and_the_courses_for_the_rest(monkeypatch):
    kept = with_block("", "addresses", "def addresses(domain, resolver):\n    return ['203.0.113.25']  # mine")[0]
    monkeypatch.setattr(terminal.keeping, "kept_text", lambda: kept)
    text = terminal.my_server()
    scope = {"__name__": "my_server"}
    exec(compile(text, "my_server.py", "exec"), scope)
    assert set(switchboard.PARTS) <= scope.keys()
    assert text.count("def addresses(") == 1 and "import addresses" not in text
    assert scope["deliver"].__globals__["addresses"]("outlook.test", None) == ["203.0.113.25"]
