"""Notebook 10: the fates of a table of domains by two senders, answers in other words, and what a check shows."""

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from helpers import answers, check
from helpers.check import registry
from helpers.lab import Lab, sending
from tests.peers import doors

LETTER = b"From: Ada <ada@gmail.test>\r\nSubject: Tulips\r\n\r\nThey are out.\r\n"
PATIENCE = 1.5  # seconds of real time


def test_there_are_sixty_domains_and_more_and_each_is_another():
    assert len(doors.DOMAINS) >= 60
    assert len({domain.what for domain in doors.DOMAINS}) == len(doors.DOMAINS)
    assert {what for _, what in doors.BUT} <= {domain.what for domain in doors.DOMAINS}


DOMAINS = [pytest.param(name, domain, id=domain.what.replace(" ", "-")) for name, domain in doors.numbered()]


@pytest.mark.parametrize(("name", "domain"), DOMAINS)
def test_the_reference_brings_each_recipient_the_fate_of_the_table(name, domain):
    with doors.staged(name, domain) as (lab, standing):
        people = [f"{who}@{name}.learner.test" for who in domain.people]
        fates = answers.deliver(lab, "ada@gmail.test", people, LETTER, PATIENCE)
        assert ("".join(fates[who][0] for who in people), doors.copies(domain, standing)) == doors.expected(
            "deliver", domain
        ), fates


@pytest.mark.parametrize(("name", "domain"), DOMAINS)
def test_the_labs_own_sender_brings_each_recipient_the_fate_of_the_table(name, domain, monkeypatch):
    monkeypatch.setattr(sending, "REPLY_TIMEOUT", PATIENCE)
    digits = {"delivered": "2", "deferred": "4", "bounced": "5"}
    with doors.staged(name, domain) as (lab, standing):
        people = [f"{who}@{name}.learner.test" for who in domain.people]
        fates = lab.send(LETTER, sender="ada@gmail.test", recipients=people).fates
        assert ("".join(digits[fates[who].status] for who in people), doors.copies(domain, standing)) == doors.expected(
            "lab.send", domain
        ), fates


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("next_or_stop", list(answers.next_or_stop.values())),
        ("next_or_stop", {event: fate.upper() + " " for event, fate in answers.next_or_stop.items()}),
        (
            "next_or_stop",
            {event: {"next": "next door"}.get(fate, fate) for event, fate in answers.next_or_stop.items()},
        ),
        ("three_times", "B"),
        ("three_times", "b) wait longer after the dot"),
        ("second_door", "(c)"),
    ],
)
def test_a_right_answer_in_other_words(name, answer):
    assert getattr(check, name)(answer).passed


@pytest.mark.parametrize("name", ["next_or_stop", "three_times", "second_door"])
@pytest.mark.parametrize("odd", ["", 7.5, None, {}, [[]], "\udcff", b"\xff", object(), [...]])
def test_an_odd_answer_gets_a_sentence(name, odd):
    result = getattr(check, name)(odd)
    assert not result.passed and len(result.parts[0]) > 20


def test_the_check_tells_of_the_first_delivery_that_fails_as_a_conversation(cells):
    stops_at_nothing = (
        "from helpers.answers import addresses, domain_of, knock\n\n\n"
        "def deliver(lab, sender, recipients, letter, patience=300):\n"
        "    for address in addresses(domain_of(recipients[0]), lab.resolver):\n"
        "        fates = knock(lab, address, sender, recipients, letter, patience)\n"
        "        if fates[recipients[0]][0] == '2':\n            break\n"
        "    return fates\n"
    )
    told = repr(check.deliver(cells.run(stops_at_nothing, "deliver")))
    assert "a 550 from mx1.outlook.test" in told
    one, two = told.index("1. mx1.outlook.test (203.0.113.25)"), told.index("2. mx2.outlook.test (203.0.113.26)")
    assert one < told.index("C: RCPT TO:<nobody@outlook.test>") < told.index("S: 550 5.1.1") < two


@pytest.mark.parametrize("name", ["deliver", "deliver_2", "deliver_3", "deliver_4", "deliver_5"])
def test_whoever_has_written_deliver_whole_passes_its_first_stage_too(name, cells):
    others = import_module("helpers.lessons.10_delivery.others")
    written = registry.exercise("deliver").source_of(getattr(others, name))
    assert check.deliver_to_one(cells.run(written, "deliver")).passed


def test_a_connection_that_cannot_be_locked_is_closed():
    notebook = nbformat.read(Path(__file__).parents[2] / "notebooks" / "10_delivery.ipynb", as_version=4)
    (cell,) = (cell.source for cell in notebook.cells if "def locked(" in cell.source)
    scope = {"check": SimpleNamespace(take=lambda name: getattr(answers, name)), "patience": 300}
    exec(cell, scope)
    opened = []
    with Lab(beside=True) as lab:
        line = SimpleNamespace(
            connect=lambda *where, **options: opened.append(lab.connect(*where, **options)) or opened[0]
        )
        with pytest.raises(ConnectionError, match="does not offer STARTTLS"):
            scope["locked"](line, "203.0.113.90", "corner-shop.test", lab.certificates.client_context(checked=False))
    assert [sock.fileno() for sock in opened] == [-1]


GOOD_HOSTS = {  # what a mail_hosts of one's own may give: its judge takes all of these
    "without-final-dots": '[str(mx.exchange).rstrip(".") for mx in records]',
    "names-of-dnspython": "[mx.exchange for mx in records]",
    "a-tuple": "tuple(str(mx.exchange) for mx in records)",
    "a-tuple-of-names-in-capitals": "tuple(str(mx.exchange).upper() for mx in records)",
}


@pytest.mark.parametrize("style", GOOD_HOSTS)
def test_the_references_do_with_any_good_mail_hosts_of_ones_own(style, cells):
    own = (
        "import dns.resolver\n\n\ndef mail_hosts(domain, resolver):\n"
        "    try:\n        records = resolver.resolve(domain, 'MX')\n"
        "    except dns.resolver.NoAnswer:\n        return [domain]\n"
        "    records = sorted(records, key=lambda mx: mx.preference)\n"
        "    records = [mx for mx in records if str(mx.exchange) != '.']\n"
        f"    return {GOOD_HOSTS[style]}\n"
    )
    assert check.mail_hosts(cells.run(own, "mail_hosts")).passed  # and is kept
    for name in ("addresses_in_order", "addresses"):
        written = registry.exercise(name).reference_source()
        alone = "".join(line for line in written.splitlines(True) if not line.startswith("from helpers.answers"))
        assert alone != written
        result = getattr(check, name)(cells.run(alone, "addresses"))
        assert result.passed, result
