"""Notebook 11's queue is killed for real: at each line of a run, conversation included, and at random under faults.

Each recipient of each letter is delivered to at least once, reported, or waiting. Who gets a letter twice is counted,
and each such kill fell between the host's 250 and the note.

    MAIL_COURSE_LETTERS=10000 MAIL_COURSE_KILLS=200 pytest tests/hard/test_queue_killed.py -s
"""

import email
import json
import os
import random
import subprocess
import sys
from collections import Counter
from datetime import timedelta
from email import policy
from pathlib import Path

import pytest

from helpers.answers import keep
from helpers.lab import Lab
from helpers.lab.clock import START
from tests import queue_of_11
from tests.hard.amounts import amount

pytestmark = [pytest.mark.skipif(not hasattr(os, "fork"), reason="nobody is killed by SIGKILL on Windows")]

ROOT = Path(__file__).parents[2]
SUPPORT, GRACE, NOBODY = "support@outlook.test", "grace@outlook.test", "suport@outlook.test"


class Worker:
    """The process that is killed, and what serves it."""

    def __init__(self):
        command = [sys.executable, "-m", "tests.hard.queue_worker"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, folder: Path, port: int, now, kill: int = 0, **more) -> dict:
        order = {"folder": str(folder), "port": port, "now": now.isoformat(), "kill": kill, **more}
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert not answer["failed"], answer
        return answer


@pytest.fixture
def worker():
    made = Worker()
    yield made
    made.process.stdin.close()
    made.process.wait(10)
    made.process.stdout.close()


def letter(subject: str) -> bytes:
    return f"From: Ada <ada@gmail.test>\r\nSubject: {subject}\r\n\r\nHello\r\n".encode()


def reported(folder: Path) -> Counter:
    """Return how often each recipient of each letter was reported, by subject and address."""
    found = Counter()
    for state in map(json.loads, (item.read_bytes() for item in folder.glob("*.json"))):
        assert state["recipients"]
    for item in folder.glob("*.json"):
        if not json.loads(item.read_bytes())["sender"]:
            report = email.message_from_bytes(item.with_suffix(".eml").read_bytes(), policy=policy.default)
            words, facts, header = report.iter_parts()
            about = email.message_from_string(header.get_payload(decode=False))["Subject"]
            for group in facts.get_payload()[1:]:
                found[about, group["Final-Recipient"].split("; ")[1]] += 1
    return found


def waiting(folder: Path) -> set:
    """Return who waits still, by subject and address."""
    found = set()
    for item in folder.glob("*.json"):
        state = json.loads(item.read_bytes())
        about = email.message_from_bytes(item.with_suffix(".eml").read_bytes())["Subject"]
        found |= {(about, one["address"]) for one in state["recipients"] if one["state"] == "pending"}
    return found


@pytest.mark.thorough
@pytest.mark.timeout(900)
def test_a_kill_at_each_line_loses_nothing(worker, tmp_path):
    doubled, step, came, ended = Counter(), 0, 0, False
    with Lab(beside=True) as lab:

        def full(session, what, value):
            return "452 4.2.2 Mailbox full" if what == "RCPT" and value == GRACE else None

        lab.mail_hosts["mx1.outlook.test"].policy = full
        port = lab.route("mx1.outlook.test", 25)[1]
        envelope = queue_of_11.runner(lab, lab, tmp_path).new_envelope
        while not ended:
            step += 1
            folder, subject = tmp_path / str(step), f"step {step}"
            folder.mkdir()
            keep(folder, envelope("ada@gmail.test", [SUPPORT, GRACE, NOBODY], START), letter(subject))
            answer = worker.run(folder, port, START, kill=step)
            ended = not answer["killed"]
            after = START + timedelta(hours=1)
            worker.run(folder, port, after)
            copies, came = len(lab.mailbox(SUPPORT)) - came, len(lab.mailbox(SUPPORT))
            assert copies in (1, 2), answer
            assert reported(folder)[subject, NOBODY] in (1, 2), answer
            assert (subject, GRACE) in waiting(folder) and (subject, SUPPORT) not in waiting(folder), answer
            if copies == 2:
                doubled["the letter", answer["where"]] += 1
            if reported(folder)[subject, NOBODY] == 2:
                doubled["the report", answer["where"]] += 1
        assert not len(lab.mailbox(GRACE))
    print(f"\nkilled at each of {step - 1} lines; {sum(doubled.values())} times something came twice:")
    for (what, where), times in doubled.items():
        print(f"  {what} twice, {times} times, when killed before {where}")
    assert step > 300
    letters = [where for what, where in doubled if what == "the letter"]
    assert letters and all(any(name in where for name in TWICE) for where in letters), letters


# Between the host's 250 and the note: the rest of the conversation, and the writing of the note.
TWICE = (
    "send_mail",
    "read_reply",
    "say",
    "deliver",
    "attempt",
    "after",
    "write_whole",
    "replace",
    "what_now",
    "_sync",
    "<genexpr>",
)


@pytest.mark.thorough
@pytest.mark.timeout(3600)
def test_random_faults_and_kills_lose_nothing(worker, tmp_path):
    rng = random.Random("the queue")
    letters, kills = amount("LETTERS", 300), amount("KILLS", 10)
    now, folder, sent = START, tmp_path / "queue", {}
    folder.mkdir()
    with Lab(beside=True) as lab:
        mx = "mx1.outlook.test"

        def moods(session, what, value):
            dice = rng.random()
            if what == "RCPT" and dice < 0.08:
                return "451 4.2.1 Not now"
            if what in ("MAIL", "DATA", "letter") and dice < 0.03:
                return "451 4.3.0 Trouble here"
            return "421 4.3.2 Closing down" if what == "HELO" and dice < 0.02 else None

        lab.mail_hosts[mx].policy = moods
        envelope = queue_of_11.runner(lab, lab, folder).new_envelope
        for number in range(letters):
            people = rng.sample([SUPPORT, GRACE, NOBODY], rng.randint(1, 3))
            keep(folder, envelope("ada@gmail.test", people, START), letter(f"letter {number}"))
            sent[f"letter {number}"] = people
        done = 0
        while done < kills:
            lab.faults.clear()
            if rng.random() < 0.3:
                lab.faults.at(mx, rng.choice([".", "DATA", "RCPT", "MAIL"]), rng.choice(["cut", "421"]))
            port = lab.route(mx, 25)[1]
            most = letters * 400 // kills
            answer = worker.run(folder, port, now, kill=rng.randrange(1, most), works=True, rests=rng.random() < 0.7)
            done += answer["killed"]
            now += timedelta(hours=5 if not answer["killed"] else 0.1)
            if now - START > timedelta(days=4):  # all that can be is delivered: more work for the killer
                now = START
                for number in range(letters // 10):
                    subject = f"more {done} {number}"
                    sent[subject] = [SUPPORT, NOBODY]
                    keep(folder, envelope("ada@gmail.test", sent[subject], START), letter(subject))
        lab.faults.clear()
        lab.mail_hosts[mx].policy = None
        worker.run(folder, lab.route(mx, 25)[1], now + timedelta(hours=6), rests=False)
        copies = Counter((one.headers["Subject"], who) for who in (SUPPORT, GRACE) for one in lab.mailbox(who))
        told, left = reported(folder), waiting(folder)
    lost = [
        (about, who) for about, people in sent.items() for who in people if not fate(about, who, copies, told, left)
    ]
    assert lost == []
    stray = [
        path.name for path in folder.iterdir() if path.suffix not in (".json", ".eml", ".part") and path.name != "lock"
    ]
    assert stray == []
    twice = sum(count > 1 for count in copies.values())
    assert twice or kills < 50  # else the kills have missed what they were for
    print(
        f"\n{len(sent)} letters, {done} kills: {sum(copies.values())} copies for {len(copies)} recipients, {twice} of "
        "them "
        f"more than one; {len(told)} reported, {sum(count > 1 for count in told.values())} twice; "
        f"{len([one for one in left if one[1] != 'ada@gmail.test'])} waiting"
    )


def fate(about: str, who: str, copies: Counter, told: Counter, left: set) -> bool:
    return bool(copies[about, who] or told[about, who] or (about, who) in left)
