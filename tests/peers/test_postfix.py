"""Postfix in a network namespace with the cast's addresses: it knows nothing of the lab, and finds it by the DNS.

It plays out.gmail.test where it sends, and mail.learner.test where it takes letters.
"""

import re
from email import message_from_string, policy

import pytest

from tests.peers import postfix
from tests.peers.inside import learn

pytestmark = [pytest.mark.peer("postfix", "ip", "unshare"), pytest.mark.timeout(150)]


def test_it_finds_the_labs_hosts_by_the_dns(tmp_path):
    facts = learn(
        tmp_path,
        postfix.BEGIN
        + """
people = ["support@outlook.test", "tom@twins.test", "olive@corner-shop.test", "sam@six.test", "alice@alias.test",
          "nora@one-down.test", "nobody@outlook.test", "x@no-mail.test", "dan@dangling.test", "x@nowhere.test",
          "x@lame.test"]
with postfix(*OUT) as running:
    running.send(LETTERS["dots"], *people)
    running.wait(lambda: {*people, "ada@gmail.test"} <= running.fates.keys())
    show(fates=running.fates, queue=running.command("postqueue", "-p"))
    support, sam, ada = (lab.mailbox(f"{name}.test")[0] for name in ("support@outlook", "sam@six", "ada@gmail"))
    show(support=support.content.decode(), sam=sam.content.decode(), ada=ada.content.decode(),
         same=bare(support.content) == bare(sam.content) == LETTERS["dots"])
""",
    )
    fates = facts["fates"]
    assert {who: (status, code) for who, (status, code, _, _) in fates.items()} == {
        **dict.fromkeys(["support@outlook.test", "tom@twins.test", "olive@corner-shop.test"], ("sent", "2.0.0")),
        **dict.fromkeys(["sam@six.test", "alice@alias.test", "nora@one-down.test"], ("sent", "2.0.0")),
        "nobody@outlook.test": ("bounced", "5.1.1"),
        "x@no-mail.test": ("bounced", "5.1.0"),
        "dan@dangling.test": ("bounced", "5.4.4"),
        "x@nowhere.test": ("bounced", "5.4.4"),
        "x@lame.test": ("deferred", "4.4.3"),
        "ada@gmail.test": ("sent", "2.0.0"),  # the bounce
    }
    assert fates["support@outlook.test"][2] == "mx1.outlook.test[203.0.113.25]:25"
    assert fates["tom@twins.test"][2].startswith(("mx1.twins.test[", "mx2.twins.test["))
    assert fates["olive@corner-shop.test"][2] == "corner-shop.test[203.0.113.90]:25"
    assert fates["sam@six.test"][2] == "mx.six.test[2001:db8::25]:25"
    assert fates["nora@one-down.test"][2] == "mx2.one-down.test[203.0.113.42]:25"
    assert "nullMX" in fates["x@no-mail.test"][3]
    assert re.findall(r"x@\S+", facts["queue"]) == ["x@lame.test"]
    # The evidence: who brought it, and that nothing of it was changed.
    assert facts["same"]
    assert "Received: from out.gmail.test (out.gmail.test [198.51.100.10])\r\n" in facts["support"]
    assert "Received: from out.gmail.test (out.gmail.test [IPv6:2001:db8:0:100::10])\r\n" in facts["sam"]
    bounce = message_from_string(facts["ada"], policy=policy.default)
    assert bounce["Return-Path"] == "<>" and bounce["From"].addresses[0].username == "MAILER-DAEMON"
    assert bounce["Content-Type"].params["report-type"] == "delivery-status"
    refused = set(re.findall(r"Final-Recipient: rfc822; (\S+)", facts["ada"]))
    assert refused == {"nobody@outlook.test", "x@no-mail.test", "dan@dangling.test", "x@nowhere.test"}


def test_it_brings_every_kind_of_letter_to_the_lab_and_to_the_learner(tmp_path):
    facts = learn(
        tmp_path,
        postfix.BEGIN
        + """
import pathlib
import tempfile

from helpers.answers import Keeper
from helpers.lab.mailbox import MailboxStore
from tests.peers import notebook_05

lab._mailboxes._boxes.update(MailboxStore({"outlook.test": HUNDRED, "gmail.test": ["ada"]})._boxes)
lab.publish(notebook_05.zone())
notebook = notebook_05.cells(lab)
notebook.OPTIONS.update(hostname="192.0.2.25", port=25)  # here it has to listen where the DNS says
with tempfile.TemporaryDirectory() as name, postfix(*OUT) as running:
    folder = pathlib.Path(name)
    server = notebook.Listening(Keeper("learner.test", {*HUNDRED}, folder), **notebook.OPTIONS)
    server.start()
    for letter in (*LETTERS.values(), TOO_LONG):
        running.send(letter, "reader0@outlook.test", "reader0@learner.test")
    domains = ("outlook.test", "learner.test")
    running.send(LETTERS["dots"], *(f"{name}@{domain}" for name in HUNDRED[1:] for domain in domains))
    running.wait(lambda: not running.busy)
    server.stop()
    kept = [bare(letter.content) for letter in lab.mailbox("reader0@outlook.test")]
    files = [bare(path.read_bytes()) for path in folder.iterdir()]
    show(fates=running.fates, kept=[letter in kept for letter in LETTERS.values()],
         files=[letter in files for letter in LETTERS.values()],
         too_long=[letter.decode() for letter in kept if letter not in LETTERS.values()],
         everyone=all(len(lab.mailbox(f"{name}@outlook.test")) for name in HUNDRED),
         callers=sorted({who for _, what, who in notebook.log if what == "connect"}))
""",
    )
    assert len(facts["fates"]) == 200 and {status for status, *_ in facts["fates"].values()} == {"sent"}
    assert {relay for who, (_, _, relay, _) in facts["fates"].items() if who.endswith("@learner.test")} == {
        "mail.learner.test[192.0.2.25]:25"
    }
    assert facts["kept"] == facts["files"] == [True] * 4 and facts["everyone"]
    assert facts["callers"] == ["mail.learner.test", "out.gmail.test"]  # the first is the Controller's own knock
    # It breaks a line that no server has to take, and the lab's would not.
    (too_long,) = facts["too_long"]
    assert too_long.endswith(f"\r\nbefore\r\n{'z' * 998}\r\n {'z' * 202}\r\nafter\r\n")


def test_it_takes_what_a_host_of_the_lab_sends(tmp_path):
    facts = learn(
        tmp_path,
        postfix.BEGIN
        + """
from tests.peers import notebook_05

lab.publish(f"{notebook_05.zone()}other MX 10 mail\\n")
lab.serve("mail.learner.test", 25, ("192.0.2.25", 25))

def send(content, *recipients, sender="ada@gmail.test"):
    delivery = lab.send(content, sender=sender, recipients=recipients)
    (told,) = {(fate.status, fate.code, fate.enhanced, fate.exchange) for fate in delivery.fates.values()}
    return delivery, told

with postfix("mail.learner.test", "192.0.2.25", domain="learner.test") as running:
    letters = [*LETTERS.values(), TOO_LONG]
    told = [send(letter, "me@learner.test")[1] for letter in letters]
    told.append(send(LETTERS["dots"], *(f"{name}@learner.test" for name in HUNDRED))[1])
    running.wait(lambda: len(running.letters) == len(letters) + 100)
    kept = [bare(letter) for letter in running.letters]
    show(told=told, kept=[letter in kept for letter in letters], first=running.letters[0].decode())

    delivery, told = send(LETTERS["dots"], "me@other.learner.test")
    show(relay=told, bounced=delivery.bounce.text)

    delivery, told = send(LETTERS["dots"], "nobody@outlook.test", sender="me@learner.test")
    running.wait(lambda: len(running.letters) == len(letters) + 101)
    show(unknown=told, bounce=running.letters[-1].decode(),
         last=[fate.status for fate in delivery.bounce_delivery.fates.values()])
""",
    )
    assert facts["told"] == [["delivered", 250, "2.0.0", "mail.learner.test"]] * 6
    assert facts["kept"] == [True] * 5  # a line that is too long among them: it does not have to take it, and it does
    assert "Received: from out.gmail.test (unknown [198.51.100.10])\n\tby mail.learner.test (Postfix)" in facts["first"]
    # What it refuses, the lab's host reports; and what the lab refuses comes back to it.
    assert facts["relay"] == ["bounced", 554, "5.7.1", "mail.learner.test"]
    assert facts["unknown"] == ["bounced", 550, "5.1.1", "mx1.outlook.test"] and facts["last"] == ["delivered"]
    bounce = message_from_string(facts["bounce"], policy=policy.default)
    assert bounce["Return-Path"] == "<>" and bounce["To"].addresses[0].addr_spec == "me@learner.test"
    assert "Final-Recipient: rfc822; nobody@outlook.test\nAction: failed\nStatus: 5.1.1\n" in facts["bounce"]


def test_it_keeps_a_letter_until_the_labs_host_takes_it(tmp_path):
    facts = learn(
        tmp_path,
        postfix.BEGIN
        + """
SUPPORT = "support@outlook.test"
refused = "connect"

def busy(session, step, value):
    return f"451 4.7.1 Not now ({step})" if step == refused else None

def fate(words):
    running.wait(lambda: words in running.fates.get(SUPPORT, ("", "", "", ""))[3])
    status, *_ = running.fates[SUPPORT]
    return status, len(lab.mailbox(SUPPORT)), SUPPORT in running.command("postqueue", "-p")

for exchange in ("mx1.outlook.test", "mx2.outlook.test"):
    lab.mail_hosts[exchange].policy = busy
with postfix(*OUT) as running:
    running.send(LETTERS["dots"], SUPPORT)
    show(connect=fate("Not now (connect)"))
    for refused in ("MAIL", "RCPT", "DATA", "letter"):
        running.command("postqueue", "-f")
        show(**{refused: fate(f"Not now ({refused})")})
    lab.faults.down("mx1.outlook.test").down("mx2.outlook.test")
    running.command("postqueue", "-f")
    show(down=fate("timed out"))
    lab.faults.clear()
    refused = None
    running.command("postqueue", "-f")
    show(up=fate("Letter kept"), same=[bare(letter.content) == LETTERS["dots"] for letter in lab.mailbox(SUPPORT)])
""",
    )
    for trouble in ("connect", "MAIL", "RCPT", "DATA", "letter", "down"):
        assert facts[trouble] == ["deferred", 0, True], trouble
    assert facts["up"] == ["sent", 1, False] and facts["same"] == [True]
