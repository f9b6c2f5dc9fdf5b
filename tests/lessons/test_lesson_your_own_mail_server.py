"""Notebook 12: the reference server holds in every row and for many seeds, and each faulty one fails at its own row."""

import ast
import importlib
import inspect
import re
from email import message_from_bytes
from html import escape
from types import SimpleNamespace

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


def test_a_connection_that_asyncio_has_let_go_of_is_dropped_all_the_same():
    """As its transport in Python 3.11.2 does when it was closed twice."""
    house = importlib.import_module(f"{LESSON}.house")
    visit = house.Visit.__new__(house.Visit)
    visit.transport = SimpleNamespace(_ssl_protocol=None)
    visit.transport.abort = lambda: visit.transport._ssl_protocol._abort()
    visit.drop()


@pytest.mark.parametrize("seed", range(20))
def test_the_reference_server_holds_whoever_comes(board, seed):
    history = strangers.come(board, seed)
    assert history.holds, history


@pytest.mark.parametrize("fault", mutated_servers.FAULTS, ids=lambda fault: fault.what)
def test_a_faulty_server_fails_at_the_row_that_names_its_fault(board, fault):
    board.use(fault.part, mutated_servers.part(fault))
    history = acceptance.acceptance(board, fault.row)
    assert not history.holds and history.steps
    assert_drawn(history)
    for number in range(len(history.steps)):  # no step can be left out
        fewer = history.steps[:number] + history.steps[number + 1 :]
        found = strangers.happen(board, fewer)
        assert found is None or found.invariant != history.broken.invariant


def assert_drawn(history):
    """It is drawn as a conversation, with one line marked, below the steps and what does not hold."""
    text, html = repr(history), history._repr_html_()
    assert len(re.findall(r"^  \d+\. ", text, re.MULTILINE)) == html.count("<li>") == len(history.steps)
    assert history.broken.sentence in text and escape(history.broken.sentence) in html
    assert len(re.findall("^=> ", text, re.MULTILINE)) == len(re.findall("<strong[^>]*outline", html)) == 1, history
    assert 1 <= history.broken.spoken <= len(history.steps)
    assert f"The conversation of step {history.broken.spoken}, " in html


def test_a_fault_shows_in_few_rows_of_the_table(board):
    fault = mutated_servers.FAULTS[3]
    board.use(fault.part, mutated_servers.part(fault))
    assert acceptance.acceptance(board).failed == [fault.row]


def test_the_same_seed_breaks_in_the_same_way(board):
    fault = mutated_servers.FAULTS[3]
    board.use(fault.part, mutated_servers.part(fault))
    one, two = (strangers.come(board, 7) for _ in range(2))
    assert repr(one) == repr(two) and not one.holds


def test_a_row_is_asked_by_its_first_words(board):
    assert acceptance.acceptance(board, "nobody unknown").holds
    with pytest.raises(LookupError, match="No row begins"):
        acceptance.acceptance(board, "nobody knows")
    with pytest.raises(LookupError, match="No switch is called"):
        board.use("keeep")


@pytest.mark.parametrize("kind", ["oversized", "bare_lf", "silent", "shy", "forgery", "relay", "falls", "full_disk"])
def test_the_dice_know_every_kind_of_stranger(kind):
    assert any(kind == one.kind for seed in range(20) for one in strangers.made(seed))


def test_a_letter_that_is_refused_and_kept_all_the_same_is_found(board, monkeypatch):
    real = importlib.import_module(f"{LESSON}.house").Visit.take

    async def take(visit, envelope):
        reply = await real(visit, envelope)
        if reply.startswith("554"):
            visit.house.keep(visit.house.state(envelope.mail_from, envelope.rcpt_tos), envelope.content)
        return reply

    monkeypatch.setattr(f"{LESSON}.house.Visit.take", take)
    history = acceptance.acceptance(board, "too much is refused")
    assert history.broken.sentence == "Letter 3 was refused, and it was kept."
    assert [one.kind for one in history.steps] == ["bare_lf"]


# What the house sees to itself


@pytest.fixture
def lab():
    with Lab(beside=True) as made:
        yield made


@pytest.fixture
def house(lab, board, tmp_path):
    return moving_in.move_in(lab, tmp_path / "house", board)


def caller(lab, port=25):
    """A client, which at Ada's door has logged in. Its `say` fails where a reply does not begin as it should."""
    world = SimpleNamespace(lab=lab, talks=lambda one: None)
    client = strangers.Caller(world, "laptop.learner.test", port)
    client.say("EHLO laptop.learner.test", "250")
    if port == 465:
        client.log_in()
    return client


def handed_in(lab, *to):
    client = caller(lab, 465)
    client.envelope("ada@learner.test", *to)
    return client.letter(strangers.content(1, "ada@learner.test"))


def test_an_address_without_a_domain_is_refused_at_both_doors_but_for_postmaster(lab, house):
    for port in (25, 465):
        client = caller(lab, port)
        client.say("MAIL FROM:<ada>", "501 5.1.7 ")
        client.say("MAIL FROM:<ada@learner.test>", "250 ")
        client.say("RCPT TO:<me>", "501 5.1.3 ")
        client.say("RCPT TO:<PostMaster>", "250 ")
        if port == 465:
            client.letter(strangers.content(1, "ada@learner.test"))
    house.rounds()
    assert len(house.letters("postmaster")) == 1


def test_a_hundred_recipients_at_both_doors_and_no_more(lab, house):
    for port in (25, 465):
        client = caller(lab, port)
        client.say("MAIL FROM:<ada@learner.test>", "250 ")
        client.many(["RCPT TO:<me@learner.test>"] * 100, "250 ")
        client.say("RCPT TO:<postmaster@learner.test>", "452 4.5.3 ")


def test_vrfy_tells_nothing_and_a_second_mail_is_out_of_turn(lab, house):
    client = caller(lab)
    told = {client.say(f"VRFY {who}", "252 ") for who in ("ada@learner.test", "nobody@learner.test")}
    assert len(told) == 1  # RFC 5321 section 7.3
    client.envelope("bob@gmail.test")
    client.say("MAIL FROM:<olive@corner-shop.test>", "503 ")  # RFC 5321 section 3.3
    client.say("RCPT TO:<ada@learner.test>", "250 ")
    client.letter(strangers.content(1, "bob@gmail.test"))
    ((_, state),) = moving_in.waiting(house)
    assert state["sender"] == "bob@gmail.test"


@pytest.mark.parametrize("port", [25, 465])
def test_a_letter_has_one_id_in_the_reply_in_received_and_in_the_log(lab, house, port):
    client = caller(lab, port)
    client.envelope("ada@learner.test", "me@learner.test")
    number = client.letter(strangers.content(1, "ada@learner.test")).split()[-1]
    house.rounds()
    assert {event.id for event in house.history} == {number}
    (letter,) = house.letters("me") + house.letters("me", "junk")
    received = " ".join(message_from_bytes(letter)["Received"].split())
    assert received.startswith("from laptop.learner.test ([192.0.2.10]) by mail.learner.test with ESMTP")
    assert f" id {number} for <me@learner.test>; " in received


def test_an_address_of_ipv6_is_written_in_received_as_smtp_writes_it(lab, house, monkeypatch):
    monkeypatch.setattr(f"{LESSON}.house.Visit.address", "2001:db8::10")
    handed_in(lab, "me@learner.test")
    house.rounds()
    received = message_from_bytes(house.letters("me")[0])["Received"]
    assert "from laptop.learner.test ([IPv6:2001:db8::10]) by " in received


@pytest.mark.parametrize(
    ("received", "times", "reply"),
    [
        ("from a.test\r\n\tby mail.learner.test\r\n\twith ESMTP id 1; now", 3, "554 5.4.6 "),
        ("from a.test by mail.learner.test with ESMTP; now", 2, "250 "),
        ("from a.test by mail.learner.tests with ESMTP; now", 3, "250 "),
        ("from a.test by b.test with ESMTP; now", 99, "250 "),
        ("from a.test by b.test with ESMTP; now", 100, "554 5.4.6 "),
    ],
)
def test_a_letter_that_goes_in_a_circle_is_refused(lab, house, received, times, reply):
    client = caller(lab, 465)
    client.envelope("ada@learner.test", "me@learner.test")
    client.letter(strangers.content(1, "ada@learner.test", more=f"Received: {received}\r\n" * times), reply)


def test_two_reports_of_one_second_have_names_of_their_own(lab, house):
    for _ in range(2):
        handed_in(lab, "me@evil.learner.test")
    house.rounds()
    reports = [message_from_bytes(letter) for letter in house.letters("ada")]
    assert len(reports) == 2 and len({report["Date"] for report in reports}) == 1
    assert len({report["Message-ID"] for report in reports}) == 2


# The learner's pieces


def test_the_pieces_are_at_most_sixty_lines():
    text = inspect.getsource(importlib.import_module(f"{LESSON}.answers"))
    theirs = ast.Import | ast.ImportFrom | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    pieces = [ast.get_source_segment(text, node) for node in ast.parse(text).body if isinstance(node, theirs)]
    lines = [line for piece in pieces for line in piece.splitlines() if line.strip()]
    assert 40 < len(lines) <= 60


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
