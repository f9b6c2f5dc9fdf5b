"""Notebook 12's server as programs of others see it: notebook 07's relay test, slow wires, swaks, nodemailer,
smtp-source, and my_server.py by itself, with smtplib, and with Postfix on both sides of it.
"""

import contextlib
import json
import re
import signal
import smtplib
import ssl
import subprocess
import sys
import threading
import time
from importlib import import_module

import pytest

from helpers import answers
from tests.peers.inside import inside
from tests.peers.letters import LETTERS, bare
from tests.peers.test_node import SEND

LESSON = "helpers.lessons.12_your_own_mail_server"
strangers, moving_in, switchboard, terminal = (
    import_module(f"{LESSON}.{name}") for name in ("strangers", "moving_in", "switchboard", "terminal")
)


@pytest.fixture
def house(lab, tmp_path):
    return moving_in.move_in(lab, tmp_path / "house", switchboard.Switchboard())


def test_notebook_07_finds_no_open_relay(lab, house):
    for port in (25, 465):
        sock = lab.connect("192.0.2.25", port, source="mallory.test")
        if port == 465:
            sock = lab.certificates.client_context().wrap_socket(sock, server_hostname="mail.learner.test")
        assert not answers.relays(sock, "ada@learner.test", "grace@outlook.test")


def test_notebook_03_brings_a_letter_whose_replies_come_in_pieces(lab, house):
    lab.faults.split("mail.learner.test", 25)
    with lab.connect("192.0.2.25", 25, source="out.gmail.test") as sock:
        replies = answers.send_mail(
            sock, "bob@gmail.test", ["ada@learner.test"], strangers.content(1, "bob@gmail.test")
        )
    house.rounds()
    assert replies["ada@learner.test"].startswith("250") and len(house.letters("ada")) == 1


def test_who_gives_up_after_the_dot_comes_again_and_nothing_is_lost(lab, house):
    begun, gone = threading.Event(), threading.Event()

    def watch(name, when):
        if (name, when) == ("keep", "before"):
            begun.set()
            gone.wait(30)

    def patience(sent: bytes) -> float:
        if not sent.endswith(b"\r\n.\r\n"):
            return 30
        assert begun.wait(30)  # the letter is in hand
        return 0.05

    house.parts.watch = watch
    letter = strangers.content(1, "bob@gmail.test")
    with pytest.raises(TimeoutError), lab.connect("192.0.2.25", 25, timeout=patience) as sock:
        answers.send_mail(sock, "bob@gmail.test", ["ada@learner.test"], letter)
    gone.set()
    with lab.connect("192.0.2.25", 25, timeout=30) as sock:
        assert answers.send_mail(sock, "bob@gmail.test", ["ada@learner.test"], letter)["ada@learner.test"][0] == "2"
    end = time.monotonic() + 30
    while len(house.items()) < 2:  # the first is on its way to the disk, whoever waits for it
        assert time.monotonic() < end
        time.sleep(0.02)
    house.rounds()
    assert len(house.letters("ada")) == 2  # at least once (RFC 1047)


@pytest.mark.peer("swaks")
def test_swaks_logs_in_as_ada_and_not_otherwise(lab, house):
    ip, port = lab.route("192.0.2.25", 465)
    command = ["swaks", "--server", ip, "--port", str(port), "--tls-on-connect", "--timeout", "10"]
    command += ["--ehlo", "laptop.learner.test", "--to", "me@learner.test", "--from", "ada@learner.test"]
    alone = subprocess.run(command, capture_output=True, text=True, timeout=30)
    assert "530 5.7.0" in alone.stdout, alone.stdout
    words = ["--auth", "PLAIN", "--auth-user", "ada@learner.test", "--auth-password", moving_in.PASSWORD]
    done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stdout
    house.rounds()
    assert len(house.letters("me")) == 1


def nodemailer(node, place, message: dict, **options) -> dict:
    """Let nodemailer bring a message; return what it reports."""
    words = (SEND, *map(str, place), json.dumps(options))
    done = node(subprocess.run, *words, input=json.dumps(message), capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_nodemailer_brings_a_letter_for_ada_and_is_no_relay(node, lab, house):
    place = lab.route("mail.learner.test", 25)
    message = {"from": "bob@gmail.test", "to": ["ada@learner.test"], "subject": "Grüße", "text": ".\nHello\n"}
    brought = nodemailer(node, place, message)
    assert brought["accepted"] == ["ada@learner.test"] and brought["response"].startswith("250 2.0.0 Letter kept as")
    refused = nodemailer(node, place, message | {"to": ["grace@outlook.test"]})
    assert (refused["code"], refused["responseCode"]) == ("EENVELOPE", 550)
    house.rounds()
    assert len(house.letters("ada") + house.letters("ada", "junk")) == 1


def test_nodemailer_hands_a_letter_in_as_ada_and_in_no_other_name(node, lab, house):
    place = lab.route("mail.learner.test", 465)
    message = {"from": "ada@learner.test", "to": ["grace@outlook.test", "me@learner.test"], "text": "Hello\n"}
    account = {"user": "ada@learner.test", "pass": moving_in.PASSWORD}
    assert nodemailer(node, place, message, secure=True)["responseCode"] == 530
    wrong = nodemailer(node, place, message, secure=True, auth=account | {"pass": "engine"})
    assert (wrong["code"], wrong["responseCode"]) == ("EAUTH", 535)
    assert nodemailer(node, place, message, secure=True, auth=account)["accepted"] == message["to"]
    envelope = {"from": "ada@learner.test", "to": message["to"]}
    forged = message | {"from": "clerk@bank.test", "envelope": envelope}
    assert nodemailer(node, place, forged, secure=True, auth=account)["responseCode"] == 550
    house.rounds()
    assert len(house.letters("me")) == len(lab.mailbox("grace@outlook.test")) == 1
    assert b"\r\nDKIM-Signature: " in lab.mailbox("grace@outlook.test")[0].content


def smtp_source(place, recipient: str, *options) -> subprocess.CompletedProcess:
    """Let smtp-source bring letters. It stops at the first reply that it does not like."""
    command = ["smtp-source", "-f", "bob@gmail.test", "-t", recipient, "-M", "out.gmail.test", *options]
    return subprocess.run([*command, f"{place[0]}:{place[1]}"], capture_output=True, text=True, timeout=60)


@pytest.mark.peer("smtp-source")
def test_smtp_source_brings_forty_letters_by_ten_connections_and_is_no_relay(lab, house):
    place = lab.route("mail.learner.test", 25)
    refused = smtp_source(place, "grace@outlook.test")
    assert refused.returncode and "550 " in refused.stderr
    done = smtp_source(place, "ada@learner.test", "-s", "10", "-m", "40", "-l", "2048", "-d")
    assert (done.returncode, done.stderr) == (0, "")
    house.rounds()
    letters = house.letters("ada") + house.letters("ada", "junk")
    assert len(letters) == 40 and min(map(len, letters)) > 2048


@pytest.mark.peer("smtp-source")
@pytest.mark.parametrize("content", LETTERS.values(), ids=LETTERS)
def test_a_letter_of_smtp_source_lies_in_the_mailbox_octet_for_octet(lab, house, tmp_path, content):
    file = tmp_path / "letter"
    file.write_bytes(content.replace(b"\r\n", b"\n"))
    done = smtp_source(lab.route("mail.learner.test", 25), "ada@learner.test", "-F", file)
    assert (done.returncode, done.stderr) == (0, "")
    house.rounds()
    (letter,) = house.letters("ada") + house.letters("ada", "junk")
    assert bare(letter) == content + b"\r\n"  # it ends each letter with an empty line


# From a terminal


@contextlib.contextmanager
def running(tmp_path, *options):
    """Run my_server.py by itself, in a process of its own; gives its process, its two ports, and its folder."""
    file, folder = tmp_path / "my_server.py", tmp_path / "mine"
    file.write_text(terminal.my_server())
    command = [sys.executable, file, folder]
    subprocess.run([*command, "--add", "ada"], input="engine\n", text=True, check=True, timeout=60)
    command += ["--mx", "0", "--door", "0", "--people", "me", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            first = process.stdout.readline()
            yield process, [int(part.split()[0]) for part in first.split("port ")[1:]], folder
        finally:
            process.kill()


@pytest.fixture
def my_server(tmp_path):
    """It, without a resolver."""
    with running(tmp_path) as server:
        yield server


@contextlib.contextmanager
def logged_in(port: int):
    """smtplib, which has logged in as Ada."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # one that nobody trusts
    with smtplib.SMTP_SSL("127.0.0.1", port, "laptop.learner.test", timeout=20, context=context) as client:
        client.login("ada@learner.test", "engine")
        yield client


HERS = "From: ada@learner.test\nTo: {}\nSubject: Out\n\nHello\n"


def test_my_server_goes_where_the_table_of_routes_says_and_nowhere_else(lab, tmp_path):
    routes, resolver = tmp_path / "routes.json", "{}:{}".format(*lab.route("resolver.isp.test", 53))
    routes.write_text(json.dumps({"203.0.113.25:25": "{}:{}".format(*lab.route("203.0.113.25", 25))}))
    with running(tmp_path, "--resolver", resolver, "--routes", routes) as (process, (_, door), _):
        with logged_in(door) as client:
            for who in ("grace@outlook.test", "bob@gmail.test", "nobody@nowhere.test"):
                assert client.sendmail("ada@learner.test", [who], HERS.format(who)) == {}
        told = {}
        while len(told) < 3:
            line = next(line for line in process.stdout if re.search(r" (sent|deferred|failed) ", line))
            _, _, what, who, *_ = line.split()
            told[who.rstrip(":")] = what
        assert told == {"grace@outlook.test": "sent", "bob@gmail.test": "deferred", "nobody@nowhere.test": "failed"}
        process.terminate()
        assert process.wait(30) == 0
    (letter,) = lab.mailbox("grace@outlook.test")
    assert b"\r\nDKIM-Signature: " in letter.content and letter.content.endswith(b"\r\n\r\nHello\r\n")


def test_my_server_without_a_resolver_takes_nothing_for_elsewhere_not_even_from_ada(my_server):
    _, (_, door), folder = my_server
    with logged_in(door) as client:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
            client.sendmail("ada@learner.test", ["grace@outlook.test"], HERS.format("grace@outlook.test"))
        assert caught.value.recipients["grace@outlook.test"][0] == 550
        assert client.sendmail("ada@learner.test", ["me@learner.test"], HERS.format("me@learner.test")) == {}
    assert lies(folder, 1) == {"me"}


def lies(folder, many: int) -> set[str]:
    """In whose inboxes letters lie, once there are so many."""
    end = time.monotonic() + 30
    while len(list(folder.glob("mail/*/inbox/*.eml"))) < many:
        assert time.monotonic() < end
        time.sleep(0.05)
    return {path.parts[-3] for path in folder.glob("mail/*/inbox/*.eml")}


def test_my_server_takes_letters_for_its_people_and_refuses_all_others(my_server):
    _, (mx, _), folder = my_server
    with smtplib.SMTP("127.0.0.1", mx, "laptop.learner.test", timeout=20) as client:
        assert (
            client.sendmail("bob@gmail.test", ["ada@learner.test", "me@learner.test"], "Subject: Hi\n\nHello\n") == {}
        )
        with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
            client.sendmail("bob@gmail.test", ["grace@outlook.test"], "Subject: Hi\n\nHello\n")
    assert caught.value.recipients["grace@outlook.test"][0] == 550
    assert lies(folder, 2) == {"ada", "me"}


def test_my_server_says_421_at_sigterm_and_goes_on_with_its_queue(my_server):
    process, (mx, _), _ = my_server
    with smtplib.SMTP("127.0.0.1", mx, "laptop.learner.test", timeout=20) as client:
        process.send_signal(signal.SIGTERM)
        assert client.getreply()[0] == 421
        client.close()
    assert process.wait(30) == 0 and process.stdout.read().splitlines()[-1] == "down"


POSTFIX = """
import json
import re
import smtplib
import ssl
import sys
from importlib import import_module
from pathlib import Path
from tempfile import mkdtemp

from tests.peers.letters import LETTERS, bare
from tests.peers.postfix import postfix

lesson = "helpers.lessons.12_your_own_mail_server"
moving_in, terminal = (import_module(f"{lesson}.{name}") for name in ("moving_in", "terminal"))
place = Path(mkdtemp())
file, folder = place / "my_server.py", place / "mine"
file.write_text(terminal.my_server())
command = [sys.executable, file, folder]
subprocess.run([*command, "--add", "ada"], input="engine", text=True, check=True)
command += ["--listen", "192.0.2.25", "--mx", "25", "--door", "465", "--resolver", "192.0.2.53:53"]
running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
lab.at_close(running.kill)
running.stdout.readline()
key = running.stdout.readline().partition(" TXT ")[2].strip()
lab.publish(moving_in.ZONE.format(key=key).replace("a:laptop.learner.test", "ip4:192.0.2.0/24"))
lab.publish(re.sub(r"MX +5 in", "MX 5 out", lab.zone_text("gmail.test")))
facts = {}
with postfix("out.gmail.test", "198.51.100.10", "2001:db8:0:100::10", domain="gmail.test") as other:
    other.send(LETTERS["dots"], "ada@learner.test", "nobody@learner.test", sender="bob@gmail.test")
    other.wait(lambda: {"ada@learner.test", "nobody@learner.test"} <= other.fates.keys())
    facts["in"] = {who: fate[:2] for who, fate in other.fates.items()}
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with smtplib.SMTP_SSL("192.0.2.25", 465, "laptop.learner.test", timeout=20, context=context) as client:
        client.login("ada@learner.test", "engine")
        letter = b"From: ada@learner.test\\r\\nTo: bob@gmail.test\\r\\nSubject: Out\\r\\n\\r\\n.one\\r\\n"
        client.sendmail("ada@learner.test", ["bob@gmail.test"], letter)
    other.wait(lambda: any(b"Subject: Out" in one for one in other.letters))
    (out,) = [one for one in other.letters if b"Subject: Out" in one]
    facts["out"] = out.decode()
inbox = list(folder.glob("mail/ada/*/*.eml"))
facts["same"] = [bare(path.read_bytes()) == LETTERS["dots"] for path in inbox]
running.terminate()
running.wait(20)
print(json.dumps(facts))
"""


@pytest.mark.peer("postfix", "ip", "unshare")
@pytest.mark.timeout(150)
def test_postfix_brings_letters_to_my_server_and_takes_its_letters(tmp_path):
    facts = json.loads(inside(tmp_path, POSTFIX).splitlines()[-1])
    assert facts["in"]["ada@learner.test"] == ["sent", "2.0.0"], facts
    assert facts["in"]["nobody@learner.test"] == ["bounced", "5.1.1"]
    assert facts["same"] == [True]
    out = facts["out"].replace("\r\n", "\n")
    assert "\nDKIM-Signature: " in out and "\nDate: " in out and "\nMessage-ID: <" in out and out.endswith("\n\n.one\n")
