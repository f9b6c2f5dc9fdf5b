"""swaks at the locked doors: STARTTLS, TLS from the first word, and a log-in."""

import re
import subprocess

import pytest

from helpers.lab.cast import PASSWORDS

pytestmark = [pytest.mark.peer("swaks tls"), pytest.mark.usefixtures("certificates_made")]
ADA = "ada@gmail.test"
LETTER = f"From: {ADA}\\nSubject: Hello\\n\\nDear all\\n"
LOG_IN = ("--auth-user", ADA, "--auth-password", PASSWORDS[ADA])


class Swept:
    """What swaks did: exit status, what it said (`client`) and what it heard (`server`), also under TLS (`~>`)."""

    def __init__(self, lab, *words, host="smtp.gmail.test", port=587):
        ip, real_port = lab.route(host, port)
        command = ["swaks", "--server", ip, "--port", str(real_port), "--ehlo", "laptop.learner.test", "--timeout", "5"]
        command += [
            "--from",
            ADA,
            "--to",
            "support@outlook.test",
            "--data",
            f"From: {ADA}\\nSubject: Hello\\n\\nDear all\\n",
            *words,
        ]
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, input="")
        self.status, self.text = done.returncode, done.stdout + done.stderr
        self.client = re.findall(r"^ ~>  ?(.*)$", self.text, re.MULTILINE)
        self.server = re.findall(r"^<~\*?  ?(.*)$", self.text, re.MULTILINE)


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
def test_submission_with_starttls(lab, mechanism):
    swept = Swept(lab, "--tls", "--auth", mechanism, *LOG_IN)
    assert swept.status == 0, swept.text
    assert f"235 2.7.0 Welcome, {ADA}" in swept.server and "250-AUTH PLAIN LOGIN" in swept.server
    (letter,) = lab.mailbox("support@outlook.test")
    assert b"by smtp.gmail.test with ESMTPSA id 0001" in letter.content and letter.text == "Dear all\n\n"


def test_submission_with_tls_on_connect(lab):
    swept = Swept(lab, "--tls-on-connect", "--auth", "PLAIN", *LOG_IN, port=465)
    assert swept.status == 0, swept.text
    assert swept.server[0] == "220 smtp.gmail.test ESMTP"
    assert len(lab.mailbox("support@outlook.test")) == 1


def test_it_checks_the_certificate(lab, tmp_path):
    (tmp_path / "authority.pem").write_text(lab.certificates.pem)
    words = ["--tls-verify", "--tls-ca-path", str(tmp_path / "authority.pem"), "--quit-after", "EHLO"]
    version = subprocess.run(["swaks", "--version"], capture_output=True, text=True).stdout.split()[2]
    if version >= "20240103":  # which wants to find its target in the certificate, and that is an address here
        words += ["--tls-verify-target", "smtp.gmail.test"]
    swept = Swept(lab, "--tls", *words)
    assert swept.status == 0, swept.text
    lab.submission.tls = "unknown authority"
    swept = Swept(lab, "--tls", *words)
    assert swept.status == 29, swept.text  # swaks: TLS did not come about
    assert re.search("certificate verif(y|ication) failed", swept.text), swept.text


def test_without_tls_no_log_in_is_offered(lab):
    swept = Swept(lab, "--auth", "PLAIN", *LOG_IN)
    assert swept.status == 28 and "Host did not advertise authentication" in swept.text, swept.text


def test_a_wrong_password(lab):
    swept = Swept(lab, "--tls", "--auth", "PLAIN", "--auth-user", ADA, "--auth-password", "wrong")
    assert swept.status == 28 and "535 5.7.8 Name or password is wrong" in swept.text  # swaks: the log-in failed


def test_without_a_log_in(lab):
    swept = Swept(lab, "--tls")
    assert swept.status == 23 and any(reply.startswith("530 5.7.0") for reply in swept.server), swept.text


def test_somebody_elses_name(lab):
    swept = Swept(lab, "--tls", "--auth", "PLAIN", *LOG_IN, "--from", "bob@gmail.test")
    assert swept.status == 23 and "550 5.7.1 ada@gmail.test may not send as <bob@gmail.test>" in swept.server


def test_an_exchange_under_tls(lab):
    swept = Swept(lab, "--tls", "--to", "clerk@bank.test", host="bank.test", port=25)
    assert swept.status == 0, swept.text
    assert b"by bank.test with ESMTPS id" in lab.mailbox("clerk@bank.test")[0].content


def test_what_is_stripped_is_not_there(lab):
    lab.faults.strip_tls("bank.test")
    words = ("--to", "clerk@bank.test")
    assert Swept(lab, "--tls", *words, host="bank.test", port=25).status == 29
    assert Swept(lab, "--tls-optional", *words, host="bank.test", port=25).status == 0
