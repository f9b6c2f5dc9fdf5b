"""The queue of notebook 11 with the course's answers, and the programs of others that it delivers to.

Those are smtp-sink (swaks only sends), Postfix in a network namespace, and the Node program of notebook 05. What it
takes from Postfix is here, too; from swaks, nodemailer and smtp-source in their own tests (conftest.server_with_queue).
"""

import re
from collections import Counter
from email import message_from_bytes, message_from_string, policy

import pytest

from tests.peers import postfix
from tests.peers.inside import learn
from tests.peers.letters import LETTERS, TOO_LONG, bare
from tests.peers.sink import Sink

ME, ADA = "me@learner.test", "ada@gmail.test"
PEOPLE = [f"reader{n}@learner.test" for n in range(100)]


def facts_of(report) -> Counter:
    """What a report says of each recipient, by field and value, in the part for programs."""
    _, status, _ = report.iter_parts()
    return Counter(field for group in status.get_payload()[1:] for field in group.items())


# smtp-sink


@pytest.mark.parametrize("content", LETTERS.values(), ids=LETTERS)
def test_letters_into_smtp_sink(lab, queue, tmp_path, content):
    with Sink(lab, tmp_path) as sink:
        queue.keep(content, ME)
        queue.run()
    (kept,) = sink.kept
    assert bare(kept) == content + b"\r\n" and queue.states == {}  # it ends each letter with an empty line
    assert b"X-Mail-Args: <ada@gmail.test>" in kept and b"X-Rcpt-Args: <me@learner.test>" in kept


def test_a_hundred_recipients_into_smtp_sink(lab, queue, tmp_path):
    with Sink(lab, tmp_path) as sink:
        queue.keep(LETTERS["dots"], *PEOPLE)
        queue.run()
    (kept,) = sink.kept
    assert re.findall(r"X-Rcpt-Args: <(.*)>", kept.decode()) == PEOPLE and queue.states == {}


@pytest.mark.parametrize("command", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize("option", ["-r", "-q"])
def test_a_letter_that_smtp_sink_does_not_take_comes_later(lab, queue, tmp_path, option, command):
    """It says 4yz (-r), or hangs up (-q), and half an hour later it is in a better mood."""
    queue.keep(LETTERS["dots"], ME, "you@learner.test")
    with Sink(lab, tmp_path, option, command) as sink:
        queue.run()
        assert {state for state, _ in queue.states.values()} == {"pending"}, queue.states
        first = len(sink.kept)
    assert len(queue.states) == 2 and all(reply[0] == "4" for _, reply in queue.states.values())
    lab.clock.advance(minutes=20)
    with Sink(lab, tmp_path) as sink:
        queue.run()
        assert len(queue.states) == 2 and len(sink.kept) == first, "it has come back before half an hour"
        lab.clock.advance(minutes=20)
        queue.run()
    assert queue.states == {} and len(sink.kept) == first + 1
    assert first == (command == ".")  # smtp-sink writes down whatever it hears, also what it then does not take


@pytest.mark.parametrize("command", ["MAIL", "RCPT", "DATA", "."])
def test_what_smtp_sink_refuses_is_reported(lab, queue, tmp_path, command):
    queue.keep(LETTERS["dots"], ME, "you@learner.test")
    with Sink(lab, tmp_path, "-f", command) as sink:
        queue.run()
        queue.run()  # the report, which is a letter of the queue like any other
    assert len(sink.kept) == (command == ".") and queue.states == {}
    (letter,) = lab.mailbox(ADA)
    told = facts_of(message_from_bytes(letter.content, policy=policy.default))
    assert letter.envelope.sender == "" and told["Final-Recipient", "rfc822; me@learner.test"] == 1
    assert told["Action", "failed"] == 2 and told["Remote-MTA", "dns; mail.learner.test"] == 2


# Node's


@pytest.mark.parametrize("content", [*LETTERS.values(), TOO_LONG], ids=[*LETTERS, "a line that is too long"])
def test_letters_into_the_node_program(lab, queue, tutorial, content):
    """It ends the line after each piece of a letter, wherever that is: so line ends are not compared."""
    queue.keep(content, ME)
    queue.run()
    assert queue.states == {}
    _, _, printed = tutorial.printed.partition(b"to me@learner.test\n")
    assert printed.replace(b"\n", b"") == content.replace(b"\n", b"")


def test_a_hundred_recipients_into_the_node_program(lab, queue, tutorial):
    queue.keep(LETTERS["dots"], *PEOPLE)
    queue.run()
    assert queue.states == {} and re.findall(r"^to (.*)", tutorial.printed.decode(), re.M) == PEOPLE


def test_a_node_program_that_is_away_gets_its_letter_later(lab, queue, tutorial):
    queue.keep(LETTERS["dots"], ME)
    lab.faults.down("mail.learner.test")
    queue.run()
    assert queue.states[ME] == ("pending", "4.4.2 mail.learner.test said nothing for 300 s")
    lab.faults.up("mail.learner.test")
    lab.clock.advance(hours=1)
    queue.run()
    assert queue.states == {} and tutorial.printed.count(b"to me@learner.test") == 1


# Postfix

in_a_namespace = pytest.mark.peer("postfix", "ip", "unshare")

BEGIN = (
    postfix.BEGIN
    + """
import pathlib
import tempfile

from tests.peers import notebook_05
from tests.peers.learners_queue import KeepsInQueue, LearnersQueue
from tests.peers.patience import be_patient

be_patient()
lab.publish(f"{notebook_05.zone()}other MX 10 mail\\n")
folder = tempfile.TemporaryDirectory()
queue = LearnersQueue(lab, pathlib.Path(folder.name))
"""
)


@in_a_namespace
def test_letters_into_postfix_and_what_it_refuses_is_reported(tmp_path):
    facts = learn(
        tmp_path,
        BEGIN
        + """
lab.serve("mail.learner.test", 25, ("192.0.2.25", 25))
with postfix("mail.learner.test", "192.0.2.25", domain="learner.test") as running:
    letters = [*LETTERS.values(), TOO_LONG]
    for letter in letters:
        queue.keep(letter, "me@learner.test")
    queue.keep(LETTERS["dots"], *(f"{name}@learner.test" for name in HUNDRED))
    queue.keep(LETTERS["dots"], "me@learner.test", "me@other.learner.test")
    queue.run()
    show(first=queue.states)
    queue.run()
    running.wait(lambda: len(running.letters) == len(letters) + 101)
    kept = [bare(letter) for letter in running.letters]
    show(left=queue.states, counts=[kept.count(letter) for letter in letters],
         reports=[letter.content.decode() for letter in lab.mailbox("ada@gmail.test")])
""",
    )
    assert facts["first"] == {ADA: ["pending", None]} and facts["left"] == {}  # the report waited for the next round
    assert facts["counts"] == [102, 1, 1, 1, 1]
    (report,) = facts["reports"]
    told = facts_of(message_from_string(report, policy=policy.default))
    assert told["Final-Recipient", "rfc822; me@other.learner.test"] == 1 and told["Status", "5.7.1"] == 1
    assert told["Remote-MTA", "dns; mail.learner.test"] == 1
    assert any(name == "Diagnostic-Code" and value.startswith("smtp; 554 5.7.1") for name, value in told)


@in_a_namespace
def test_letters_by_postfix_through_the_queue(tmp_path):
    """The learner's machine is what Postfix calls its relayhost: everything goes there, and from there on."""
    facts = learn(
        tmp_path,
        BEGIN
        + """
from helpers.lab.mailbox import MailboxStore

lab._mailboxes._boxes.update(MailboxStore({"outlook.test": HUNDRED, "gmail.test": ["ada"]})._boxes)
notebook = notebook_05.cells(lab)
notebook.OPTIONS.update(hostname="192.0.2.25", port=25)
server = notebook.Listening(KeepsInQueue(queue), **notebook.OPTIONS)
server.start()
letters = [LETTERS["dots"], LETTERS["UTF-8"], LETTERS["lines of 998 octets"]]
with postfix(*OUT, more="relayhost = [192.0.2.25]") as running:
    for letter in letters:
        running.send(letter, "reader0@outlook.test")
    running.send(LETTERS["dots"], *(f"{name}@outlook.test" for name in HUNDRED[1:]), "nobody@outlook.test")
    running.wait(lambda: len(running.fates) == 101 and not running.busy)
    fates = running.fates
server.stop()
before = len(lab.mailbox("reader0@outlook.test"))
queue.run()
queue.run()
kept = [bare(letter.content) for letter in lab.mailbox("reader0@outlook.test")]
show(told=sorted({(status, relay) for status, _, relay, _ in fates.values()}), before=before, left=queue.states,
     counts=[kept.count(letter) for letter in letters],
     others=[len(lab.mailbox(f"{name}@outlook.test")) for name in HUNDRED[1:]],
     reports=[letter.content.decode() for letter in lab.mailbox("ada@gmail.test")])
""",
    )
    assert facts["told"] == [["sent", "192.0.2.25[192.0.2.25]:25"]] and facts["before"] == 0
    assert facts["counts"] == [1, 1, 1] and facts["others"] == [1] * 99 and facts["left"] == {}
    (report,) = facts["reports"]
    told = facts_of(message_from_string(report, policy=policy.default))
    assert told["Final-Recipient", "rfc822; nobody@outlook.test"] == 1 and told["Status", "5.1.1"] == 1
