"""A letter that waits: on disk before it is promised, tried when the clock says so, delivered, or told of."""

import email
import json
from datetime import timedelta
from email import policy

import pytest

from helpers.lab import Lab
from helpers.lab.clock import START
from helpers.lab.delivery import Delivery, Fate
from helpers.lab.queue import Item, Queue, next_try

LETTER = "From: Ada <ada@gmail.test>\nTo: {}\nSubject: Hello\n\nDoes this reach you?\n"
MX1, MX2 = "mx1.outlook.test", "mx2.outlook.test"


@pytest.fixture
def lab():
    with Lab(beside=True) as lab:
        yield lab


def down(lab):
    return lab.faults.down(MX1).down(MX2)


def put_off(lab, *addresses: str):
    """Let both exchanges say 451 to these, or to all."""

    def policy(session, step, value):
        return "451 4.7.1 Come again <later>" if step == "RCPT" and value in (addresses or (value,)) else None

    for name in (MX1, MX2):
        lab.mail_hosts[name].policy = policy


def facts(letter) -> str:
    report = email.message_from_bytes(letter.content, policy=policy.default)
    assert report.get_content_type() == "multipart/report" and letter.envelope.sender == ""
    parts = list(report.iter_parts())
    assert [part.get_content_type() for part in parts][1:] == ["message/delivery-status", "text/rfc822-headers"]
    return parts[1].as_string()


def test_without_one_a_deferred_letter_is_gone(lab):
    down(lab)
    delivery = lab.send(LETTER.format("support@outlook.test"))
    assert "this host has no queue" in repr(delivery.fates)


def test_a_letter_waits_and_arrives_once_the_clock_has_moved(lab):
    queue = lab.queue()
    down(lab)
    fate = lab.send(LETTER.format("support@outlook.test")).fates["support@outlook.test"]
    assert fate.status == "deferred" and "tried again at Mon, 02 Mar 2026 09:3" in repr(fate)
    assert len(queue) == 1 and not len(lab.mailbox("support@outlook.test"))
    lab.faults.clear()
    lab.clock.advance(minutes=29)
    assert len(queue) == 1
    lab.clock.advance(minutes=10)
    assert len(queue) == 0 and not list(queue.folder.iterdir())
    (letter,) = lab.mailbox("support@outlook.test")
    assert timedelta(minutes=30) <= letter.time - START <= timedelta(minutes=33)
    assert [event.what for event in queue.history] == ["kept", "deferred", "sent", "gone"]


def test_who_has_the_letter_is_not_sent_it_again(lab):
    queue = lab.queue()
    put_off(lab, "grace@outlook.test")
    lab.send(LETTER.format("support@outlook.test, grace@outlook.test"))
    (item,) = queue
    assert item.pending == ["grace@outlook.test"] and [one.state for one in item.recipients] == ["sent", "pending"]
    put_off(lab, "nobody@outlook.test")
    lab.clock.advance(hours=1)
    assert len(lab.mailbox("support@outlook.test")) == len(lab.mailbox("grace@outlook.test")) == 1


def test_each_try_is_noted_before_it_is_made(lab):
    queue, seen = lab.queue(), []

    def look(session, step, value):
        if step == "connect":
            (state,) = (json.loads(path.read_text()) for path in queue.folder.glob("*.json"))
            seen.append((state["attempts"], state["next_try"] > lab.clock.now().isoformat()))
        return "451 4.3.0 Later"

    lab.mail_hosts[MX1].policy = lab.mail_hosts[MX2].policy = look
    lab.send(LETTER.format("support@outlook.test"))
    lab.clock.advance(hours=2)
    assert seen and all(later for _, later in seen) and {1, 2} <= {attempts for attempts, _ in seen}


def test_after_four_hours_the_sender_is_warned_and_after_five_days_told(lab):
    queue = lab.queue()
    put_off(lab)
    lab.send(LETTER.format("support@outlook.test"))
    lab.clock.advance(days=4, hours=23)
    (warning,) = lab.mailbox("ada@gmail.test")
    said = facts(warning)
    assert "Action: delayed" in said and "Status: 4.7.1" in said and "Will-Retry-Until: Sat, 07 Mar 2026 09:00" in said
    assert timedelta(hours=4) <= warning.time - START <= timedelta(hours=9)
    lab.clock.advance(days=1)
    _, report = lab.mailbox("ada@gmail.test")
    said = facts(report)
    assert "Action: failed" in said and "Status: 4.7.1" in said and "smtp; 451 4.7.1 Come again <later>" in said
    assert "Will-Retry-Until" not in said and len(queue) == 0
    assert 30 <= sum(event.what == "deferred" for event in queue.history) <= 40


def test_a_no_comes_back_at_once_and_a_report_of_a_report_never(lab):
    queue = lab.queue()
    lab.send(LETTER.format("suport@outlook.test"))
    assert "Action: failed" in facts(lab.mailbox("ada@gmail.test")[0]) and len(queue) == 0
    lab.send(LETTER.format("suport@outlook.test"), sender="nobody@outlook.test")
    assert len(queue) == 0 and len(lab.mailbox("ada@gmail.test")) == 1


def test_the_null_sender_is_not_warned(lab):
    queue = lab.queue()
    put_off(lab)
    lab.send(LETTER.format("support@outlook.test"), sender="")
    lab.clock.advance(days=6)
    assert not {"warned"} & {event.what for event in queue.history} and len(queue) == 0


def test_submission_promises_what_it_keeps(lab):
    lab.queue("out.gmail.test")
    down(lab)
    lab.submission.auth_optional = True
    with lab.connect("198.51.100.11", 587) as sock, sock.makefile("rb") as replies:
        said = []
        for line in (
            b"",
            b"HELO me",
            b"MAIL FROM:<ada@gmail.test>",
            b"RCPT TO:<support@outlook.test>",
            b"DATA",
            b"From: ada@gmail.test\r\n\r\nHello\r\n.",
        ):
            sock.sendall(line + b"\r\n" if line else b"")
            said.append(replies.readline()[:3])
        assert said[-1] == b"250"
    lab.faults.clear()
    lab.clock.advance(hours=1)
    assert len(lab.mailbox("support@outlook.test")) == 1


def test_what_waited_when_a_host_went_down_goes_on(lab):
    queue = lab.queue()
    down(lab)
    lab.send(LETTER.format("support@outlook.test"))
    queue.close()
    lab._mail.queues.clear()
    (queue.folder / "0099.json").write_text('{"sender": "ada@gm')  # cut in half: for a person to look at
    (queue.folder / "notes.txt").write_text("mine")
    lab.faults.clear()
    again = lab.queue()
    assert len(again) == 1
    lab.clock.advance(hours=1)
    assert len(lab.mailbox("support@outlook.test")) == 1
    assert sorted(path.name for path in queue.folder.iterdir()) == ["0099.json", "notes.txt"]


def test_a_host_that_dies_before_it_has_told_tells_after_all(lab, tmp_path):
    def made(item, content):
        fate = Fate("bounced", 550, "5.1.1", "No such user here", MX1)
        return Delivery(
            lab.host(MX2), item.sender, tuple(item.pending), content, fates=dict.fromkeys(item.pending, fate)
        )

    def dies(*report):
        raise KeyboardInterrupt

    told = []
    first = Queue("out.gmail.test", tmp_path, lab.clock, made, dies)
    with pytest.raises(KeyboardInterrupt):
        first.attempt(first.keep("0001", "ada@gmail.test", ["suport@outlook.test"], b"Subject: Hello\r\n\r\n"))
    first.close()
    second = Queue("out.gmail.test", tmp_path, lab.clock, made, lambda *report: told.append(report))
    lab.clock.advance(hours=1)
    second.close()
    assert [list(delivery.fates) for delivery, *_ in told] == [["suport@outlook.test"]] and not len(second)


def test_the_folder_goes_with_the_lab():
    with Lab(beside=True) as lab:
        folder = lab.queue().folder
        assert folder.is_dir() and lab.queue() is lab.queue("out.gmail.test")
    assert not folder.exists()


def test_its_faces_say_who_waits_and_why(lab):
    queue = lab.queue()
    assert repr(queue) == "The queue of out.gmail.test: no letters"
    put_off(lab)
    lab.send(LETTER.format("support@outlook.test"))
    assert "1 letter\n" in repr(queue) and "4.7.1 Come again <later>" in repr(queue)
    assert "<table" in queue._repr_html_() and "Come again &lt;later&gt;" in queue._repr_html_()


def test_the_times_double_to_four_hours_and_differ_a_little():
    waits = [next_try(n, START, "0001") - START for n in range(8)]
    base = [timedelta(minutes=30) * 2**n for n in range(3)] + [timedelta(hours=4)] * 5
    assert all(at <= wait < at * 1.1 for at, wait in zip(base, waits, strict=True))
    assert next_try(0, START, "0001") == next_try(0, START, "0001") != next_try(0, START, "0002")
    assert next_try(10**6, START, "1") - START < timedelta(hours=5)


def test_a_state_is_read_as_it_was_written():
    state = b'{"sender": "", "arrived": "2026-03-02T09:00:00+00:00", "next_try": "2026-03-02T09:30:00+00:00",'
    state += b'"recipients": [{"address": "a@b.test", "state": "pending", "reply": null}], "attempts": 3}'
    item = Item.of_json("0007", state)
    assert (item.id, item.attempts, item.pending) == ("0007", 3, ["a@b.test"])
    assert Item.of_json("0007", item.as_json()) == item
