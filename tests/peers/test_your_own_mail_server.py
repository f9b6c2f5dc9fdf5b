"""Notebook 12's server as programs of others see it: notebook 07's relay test, slow wires, and my_server.py by itself,
with Postfix on both sides of it.
"""

import json
import signal
import smtplib
import subprocess
import sys
import time
from importlib import import_module

import pytest

from helpers import answers
from tests.peers.inside import inside

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
    def slowly(name, when):
        if (name, when) == ("keep", "before"):
            time.sleep(0.5)

    house.parts.watch = slowly
    letter = strangers.content(1, "bob@gmail.test")
    with pytest.raises(TimeoutError), lab.connect("192.0.2.25", 25, timeout=0.2) as sock:
        answers.send_mail(sock, "bob@gmail.test", ["ada@learner.test"], letter)
    with lab.connect("192.0.2.25", 25) as sock:
        assert answers.send_mail(sock, "bob@gmail.test", ["ada@learner.test"], letter)["ada@learner.test"][0] == "2"
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


@pytest.fixture
def my_server(tmp_path):
    """Run my_server.py by itself, in a process of its own; return its process, its two ports, and its folder."""
    file, folder = tmp_path / "my_server.py", tmp_path / "mine"
    file.write_text(terminal.my_server())
    command = [sys.executable, file, folder]
    subprocess.run([*command, "--add", "ada"], input="engine\n", text=True, check=True, timeout=60)
    command += ["--mx", "0", "--door", "0", "--people", "me"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        first = running.stdout.readline()
        ports = [int(part.split()[0]) for part in first.split("port ")[1:]]
        yield running, ports, folder
        running.kill()


def test_my_server_takes_letters_for_its_people_and_refuses_all_others(my_server):
    running, (mx, _), folder = my_server
    with smtplib.SMTP("127.0.0.1", mx, "laptop.learner.test", timeout=20) as client:
        assert (
            client.sendmail("bob@gmail.test", ["ada@learner.test", "me@learner.test"], "Subject: Hi\n\nHello\n") == {}
        )
        with pytest.raises(smtplib.SMTPRecipientsRefused) as caught:
            client.sendmail("bob@gmail.test", ["grace@outlook.test"], "Subject: Hi\n\nHello\n")
    assert caught.value.recipients["grace@outlook.test"][0] == 550
    end = time.monotonic() + 30
    while len(list(folder.glob("mail/*/inbox/*.eml"))) < 2:
        assert time.monotonic() < end
        time.sleep(0.05)
    assert {path.parts[-3] for path in folder.glob("mail/*/inbox/*.eml")} == {"ada", "me"}


def test_my_server_says_421_at_sigterm_and_goes_on_with_its_queue(my_server):
    running, (mx, _), folder = my_server
    with smtplib.SMTP("127.0.0.1", mx, "laptop.learner.test", timeout=20) as client:
        running.send_signal(signal.SIGTERM)
        assert client.getreply()[0] == 421
        client.close()
    assert running.wait(30) == 0 and running.stdout.read().splitlines()[-1] == "down"


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
