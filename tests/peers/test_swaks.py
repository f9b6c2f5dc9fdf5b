"""swaks, typed against the running lab, and Python's own smtplib: they reach a mail host by its route."""

import re
import smtplib
import subprocess

import pytest

from tests.peers.letters import LETTERS, TOO_LONG


class Swept:
    """What swaks did: exit status, what it said (`client`) and what it heard (`server`), line by line."""

    def __init__(self, lab, *words, host="mx1.outlook.test", standard_input=""):
        ip, port = lab.route(host, 25)
        command = ["swaks", "--server", ip, "--port", str(port), "--ehlo", "laptop.learner.test", "--timeout", "5"]
        command += ["--from", "ada@gmail.test", "--to", "support@outlook.test", *words]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, input=standard_input)
        self.status, self.text = done.returncode, done.stdout + done.stderr
        self.client = re.findall(r"^ ->  ?(.*)$", self.text, re.MULTILINE)
        self.server = re.findall(r"^<[-*]\*?  ?(.*)$", self.text, re.MULTILINE)


DATA = "Subject: Hello\\n\\nDear all,\\n.\\n..two\\n"


@pytest.mark.peer("swaks")
def test_a_letter(lab):
    swept = Swept(lab, "--data", DATA)
    assert swept.status == 0, swept.text
    (letter,) = lab.mailbox("support@outlook.test")
    assert (letter.from_host.name, letter.helo) == ("laptop.learner.test", "laptop.learner.test")
    assert b"Received: from laptop.learner.test (laptop.learner.test [192.0.2.10])\r\n" in letter.content
    assert letter.content.endswith(b"\r\nSubject: Hello\r\n\r\nDear all,\r\n.\r\n..two\r\n\r\n")
    (session,) = lab.mail_hosts["mx1.outlook.test"].sessions
    assert [line.text for line in session.transcript.lines if line.who == "S"] == swept.server
    assert [line.text for line in session.transcript.lines if line.who == "C"] == swept.client
    assert swept.server[1:7] == [
        "250-mx1.outlook.test",
        "250-PIPELINING",
        "250-SIZE 16777216",
        "250-8BITMIME",
        "250-SMTPUTF8",
        "250-ENHANCEDSTATUSCODES",
    ]


@pytest.mark.peer("swaks")
def test_pipelining(lab):
    swept = Swept(lab, "--pipeline", "--data", DATA, "--to", "support@outlook.test,grace@outlook.test")
    assert swept.status == 0, swept.text
    assert len(lab.mailbox("support@outlook.test")) == len(lab.mailbox("grace@outlook.test")) == 1


@pytest.mark.peer("swaks")
def test_helo(lab):
    swept = Swept(lab, "--protocol", "SMTP", "--data", DATA)
    assert swept.status == 0 and "HELO laptop.learner.test" in swept.client, swept.text
    assert b"with SMTP id" in lab.mailbox("support@outlook.test")[0].content


@pytest.mark.peer("swaks")
def test_the_null_sender(lab):
    assert Swept(lab, "--from", "<>", "--data", DATA).status == 0
    assert lab.mailbox("support@outlook.test")[0].envelope.sender == ""


@pytest.mark.peer("swaks")
@pytest.mark.parametrize(
    ("recipient", "reply"),
    [
        ("suport@outlook.test", "550 5.1.1 No mailbox here is called <suport@outlook.test>"),
        ("ada@gmail.test", "550 5.7.1 mx1.outlook.test takes no letters for gmail.test and does not relay"),
    ],
)
def test_refused_recipients(lab, recipient, reply):
    swept = Swept(lab, "--to", recipient, "--data", DATA)
    assert swept.status == 24 and reply in swept.server, swept.text  # swaks: no recipient was accepted


@pytest.mark.peer("swaks")
def test_every_mail_host_takes_a_letter(lab):
    for name, host in lab.mail_hosts.items():
        if not lab.faults.is_down(name):
            assert Swept(lab, "--to", f"postmaster@{host.domains[0]}", "--data", DATA, host=name).status == 0
            assert lab.mailbox(f"postmaster@{host.domains[0]}")[-1].received_by.name == name


def test_smtplib(lab):
    with smtplib.SMTP(*lab.route("203.0.113.25", 25), local_hostname="laptop.learner.test", timeout=5) as client:
        assert client.ehlo()[0] == 250
        assert client.esmtp_features["size"] == "16777216"
        refused = client.sendmail(
            "ada@gmail.test", ["support@outlook.test", "suport@outlook.test"], "Subject: Hello\n\n.\n"
        )
        assert refused == {"suport@outlook.test": (550, b"5.1.1 No mailbox here is called <suport@outlook.test>")}
        assert client.rset()[0] == client.noop()[0] == 250
    assert lab.mailbox("support@outlook.test")[0].content.endswith(b"Subject: Hello\r\n\r\n.\r\n")


def by_swaks(server, content: bytes, recipients: list[str]) -> subprocess.CompletedProcess:
    """Let swaks bring a letter. It doubles the dots itself, and a dot by itself is the end of what it reads."""
    ip, port = server.place
    command = ["swaks", "--server", ip, "--port", str(port), "--ehlo", "laptop.learner.test", "--timeout", "5"]
    command += ["--from", "ada@gmail.test", "--to", ",".join(recipients), "--suppress-data", "--data", "-"]
    return subprocess.run(command, capture_output=True, timeout=20, input=content.replace(b"\r\n", b"\n") + b".\n")


@pytest.mark.peer("swaks")
@pytest.mark.parametrize("content", LETTERS.values(), ids=LETTERS)
def test_letters_by_swaks(server, content):
    done = by_swaks(server, content, server.people[:1])
    assert done.returncode == 0, done.stdout[-2000:]
    assert server.kept() == [content]


@pytest.mark.peer("swaks")
def test_a_hundred_recipients_by_swaks(server):
    done = by_swaks(server, LETTERS["dots"], server.people)
    assert done.stdout.count(b"RCPT TO:") == 100 and done.returncode == 0, done.stdout[-2000:]
    assert server.kept() == [LETTERS["dots"]]


@pytest.mark.peer("swaks")
def test_a_line_that_is_too_long_by_swaks(server):
    done = by_swaks(server, TOO_LONG, server.people[:1])
    assert done.returncode == 26 and re.search(rb"^<\*\* 500 ", done.stdout, re.MULTILINE), done.stdout[-2000:]
    assert server.kept() == []


def by_smtplib(server, content: bytes, recipients: list[str]) -> dict:
    with smtplib.SMTP(*server.place, local_hostname="laptop.learner.test", timeout=5) as client:
        return client.sendmail("ada@gmail.test", recipients, content, ["BODY=8BITMIME"])


@pytest.mark.parametrize("content", LETTERS.values(), ids=LETTERS)
def test_letters_by_smtplib(server, content):
    assert by_smtplib(server, content, server.people[:1]) == {}
    assert server.kept() == [content]


def test_a_hundred_recipients_by_smtplib(server):
    assert by_smtplib(server, LETTERS["dots"], server.people) == {}
    assert server.kept() == [LETTERS["dots"]]


def test_a_line_that_is_too_long_by_smtplib(server):
    with pytest.raises(smtplib.SMTPDataError) as caught:
        by_smtplib(server, TOO_LONG, server.people[:1])
    assert caught.value.smtp_code == 500
    assert server.kept() == []
