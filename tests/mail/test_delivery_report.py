"""Reports of notebook 11's queue, read back by Python's own `email`; and the queue itself, as the notebook has it."""

import email
import json
from datetime import timedelta
from email import policy

import pytest

from helpers.files import locked
from helpers.lab import Lab
from helpers.lab.clock import START
from helpers.mail.delivery_report import Listening, delivery_report
from tests import queue_of_11

ADA, GRACE, SUPPORT, NOBODY = "ada@gmail.test", "grace@outlook.test", "support@outlook.test", "suport@outlook.test"
LETTER = b"From: Ada <ada@gmail.test>\r\nSubject: Tulips\r\n\r\nThey are out.\r\n"
HOSTS = ("mx1.outlook.test", "mx2.outlook.test")


@pytest.fixture
def lab():
    with Lab(beside=True) as made:
        yield made


@pytest.fixture
def queue(lab, tmp_path):
    return queue_of_11.runner(lab, Listening(lab), tmp_path)


def put(queue, *people: str, sender: str = ADA, letter: bytes = LETTER):
    return queue.keep(queue.queue, queue.new_envelope(sender, list(people), queue.lab.clock.now()), letter)


def full(lab) -> None:
    def policy(session, step, value):
        return "452 4.2.2 Mailbox full" if step == "RCPT" and value == GRACE else None

    for name in HOSTS:
        lab.mail_hosts[name].policy = policy


def facts(letter) -> list[dict[str, str]]:
    """What a report says of each recipient; that it is one is tested on the way."""
    report = email.message_from_bytes(letter.content, policy=policy.default)
    assert report.get_content_type() == "multipart/report" and report.get_param("report-type") == "delivery-status"
    assert letter.envelope.sender == "" and report["Auto-Submitted"] == "auto-replied"
    assert report["Date"] and report["Message-ID"] and not report.defects
    words, status, header = report.iter_parts()
    assert (words.get_content_type(), header.get_content_type()) == ("text/plain", "text/rfc822-headers")
    assert b"They are" not in letter.content and "Subject: Tulips" in header.get_payload()
    whole, *people = status.get_payload()
    assert whole["Reporting-MTA"] == "dns; laptop.learner.test"
    assert whole["Arrival-Date"] == "Mon, 02 Mar 2026 09:00:00 +0000"
    return [dict(group.items()) for group in people]


def test_three_recipients_have_three_ends(lab, queue):
    full(lab)
    put(queue, GRACE, SUPPORT, NOBODY)
    queue.days_pass(6)
    assert len(lab.mailbox(SUPPORT)) == 1 and not list(queue.queue.glob("*.eml"))
    at_once, warning, at_last = map(facts, lab.mailbox(ADA))
    assert [(one["Final-Recipient"], one["Action"], one["Status"]) for one in at_once + warning + at_last] == [
        (f"rfc822; {NOBODY}", "failed", "5.1.1"),
        (f"rfc822; {GRACE}", "delayed", "4.2.2"),
        (f"rfc822; {GRACE}", "failed", "4.2.2"),
    ]
    assert warning[0]["Will-Retry-Until"] == "Sat, 07 Mar 2026 09:00:00 +0000"
    assert at_last[0]["Remote-MTA"].startswith("dns; mx") and "452 4.2.2 Mailbox full" in at_last[0]["Diagnostic-Code"]
    assert "Remote-MTA" in at_once[0] and "Will-Retry-Until" not in at_last[0]
    times = [letter.time - START for letter in lab.mailbox(ADA)]
    assert times[0] < timedelta(hours=1) and timedelta(hours=4) <= times[1] < timedelta(hours=9)
    assert timedelta(days=5) <= times[2] < timedelta(days=5, hours=5)
    assert 28 <= sum(event.what == "deferred" for event in queue.history) <= 34


def test_a_report_is_not_reported_on(lab, queue):
    put(queue, NOBODY, sender="nobody@outlook.test")
    put(queue, NOBODY, sender="")
    queue.days_pass(0.1)
    assert not list(queue.queue.glob("*.json"))
    assert [event.what for event in queue.history].count("reported") == 1


def test_a_dead_domain_is_asked_once_and_the_others_do_not_wait(lab, queue):
    lab.faults.down(HOSTS[0]).down(HOSTS[1])
    for number in range(5):
        put(queue, f"reader{number}@outlook.test")
    put(queue, "tom@twins.test")
    queue.days_pass(0.01)
    assert sum(event.what == "deferred" for event in queue.history) == 1
    assert len(lab.mailbox("tom@twins.test")) == 1
    lab.faults.clear()
    queue.scope["rests"].clear()
    put(queue, SUPPORT)
    queue.days_pass(0.01)
    assert len(lab.mailbox(SUPPORT)) == 1


def test_what_cannot_be_read_is_passed_over(lab, queue):
    item = put(queue, GRACE)
    put(queue, SUPPORT)
    item.write_bytes(item.read_bytes()[:80])
    (queue.queue / "notes.txt").write_text("mine")
    (queue.queue / "list.json").write_text("[1]")
    orphan = put(queue, GRACE)
    orphan.with_suffix(".eml").unlink()
    queue.run(queue.queue)
    assert len(lab.mailbox(SUPPORT)) == 1
    assert {path.name for path in queue.queue.glob("*.json")} == {item.name, "list.json", orphan.name}


def test_a_restart_after_the_note_still_reports_and_lets_go(lab, queue):
    """The last run died after the note and before the report."""
    item = put(queue, NOBODY)
    queue.after(item, {NOBODY: "550 5.1.1 No such user here"})
    queue.run(queue.queue)
    assert len([one for one in queue.history if one.what == "reported"]) == 1 and not item.exists()


def test_two_runners_at_once_send_one_letter(lab, queue):
    put(queue, SUPPORT)
    with locked(queue.queue / "lock", 1), pytest.raises(TimeoutError):
        queue.scope["locked"], real = (lambda path, patience: real_lock(path, 0.05)), queue.scope["locked"]
        real_lock = real
        queue.run(queue.queue)
    assert not len(lab.mailbox(SUPPORT))
    queue.scope["locked"] = real
    queue.run(queue.queue)
    queue.run(queue.queue)
    assert len(lab.mailbox(SUPPORT)) == 1


def test_the_next_try_is_on_the_disk_before_this_one(lab, queue):
    item, seen = put(queue, SUPPORT), []

    def look(session, step, value):
        if step == "connect":
            state = json.loads(item.read_bytes())
            seen.append((state["attempts"], state["next_try"] > lab.clock.now().isoformat()))
        return None

    lab.mail_hosts[HOSTS[0]].policy = look
    queue.run(queue.queue)
    assert seen == [(1, True)]


@pytest.mark.parametrize(
    ("refusal", "status", "quoted"),
    [
        ("550 We do not know her", "5.0.0", "550 We do not know her"),  # no enhanced code, and so none is quoted
        (
            "550-5.1.1 We do not know her.\n550 5.1.1 Ask somebody",
            "5.1.1",
            "550 5.1.1 We do not know her. Ask somebody",
        ),
    ],
)
def test_each_host_is_quoted_as_it_spoke_and_no_other(lab, queue, refusal, status, quoted):
    """Two hosts say the same, each of its own recipient, and neither letter holds the other up."""

    def no(session, step, value):
        return refusal.replace("\n", "\r\n") if step == "RCPT" else None

    for name in ("mx1.outlook.test", "corner-shop.test"):
        lab.mail_hosts[name].policy = no
    put(queue, GRACE, "olive@corner-shop.test")
    put(queue, "olive@corner-shop.test", letter=LETTER.replace(b"out", b"in"))
    queue.days_pass(0.02)
    reports = lab.mailbox(ADA)
    assert sorted([(one["Remote-MTA"], one["Status"]) for one in facts(report)] for report in reports) == [
        [("dns; corner-shop.test", status)],
        [("dns; mx1.outlook.test", status), ("dns; corner-shop.test", status)],
    ]
    assert {one["Diagnostic-Code"] for report in reports for one in facts(report)} == {f"smtp; {quoted}"}
    assert len({report.headers["Message-ID"] for report in reports}) == 2


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("550 No", "5.0.0"),
        ("452 4.2.2 Mailbox full", "4.2.2"),
        ("4.4.2 silence", "4.4.2"),
        (None, "4.4.7"),
        ("Odd \r\n\x00words", "4.0.0"),
        ("550-5.1.1 No such user\n550 5.1.1 here", "5.1.1"),
    ],
)
def test_any_reply_makes_a_report_that_can_be_read(lab, reply, status):
    state = {"sender": ADA, "arrived": START.isoformat(), "attempts": 1}
    octets = delivery_report(Listening(lab), state, [{"address": GRACE, "reply": reply}], LETTER)
    report = email.message_from_bytes(octets, policy=policy.default)
    group = list(report.iter_parts())[1].get_payload()[1]
    assert group["Status"] == status and "Remote-MTA" not in group and "Diagnostic-Code" not in group
    assert octets.isascii() and b"\x00" not in octets
