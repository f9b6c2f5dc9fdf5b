"""openssl s_client against the lab's doors: it agrees on what TLS is, and on which certificates hold."""

import re
import subprocess

import pytest

pytestmark = [pytest.mark.peer("openssl"), pytest.mark.usefixtures("certificates_made")]


class Client:
    """What `openssl s_client` did: exit status, what the server said to it (`heard`), and all that it printed."""

    def __init__(self, lab, folder, host, port, *words, say="QUIT\n", name=None):
        authority = folder / "authority.pem"
        authority.write_text(lab.certificates.pem)
        ip, real_port = lab.route(host, port)
        command = ["openssl", "s_client", "-connect", f"{ip}:{real_port}", "-servername", name or host]
        command += ["-CAfile", str(authority), "-verify_hostname", name or host, "-verify_return_error"]
        command += ["-crlf", "-quiet" if "-quiet" in words else "-brief", *words]
        done = subprocess.run(command, input=say.encode(), capture_output=True, timeout=20)
        self.status, self.heard, self.text = done.returncode, done.stdout.decode(), (done.stdout + done.stderr).decode()


def test_implicit_tls_on_465(lab, tmp_path):
    client = Client(lab, tmp_path, "smtp.gmail.test", 465, "-ign_eof")
    assert client.status == 0, client.text
    assert "Verification: OK" in client.text and "Verified peername: smtp.gmail.test" in client.text
    assert "220 smtp.gmail.test ESMTP" in client.text and "221 2.0.0" in client.text
    assert lab.submission.sessions[-1].tls == re.search(r"Protocol version: (\S+)", client.text)[1] == "TLSv1.3"


@pytest.mark.parametrize(("host", "port"), [("smtp.gmail.test", 587), ("bank.test", 25)])
@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_starttls(lab, tmp_path, host, port, version):
    words = ("-starttls", "smtp", "-name", "laptop.learner.test", version, "-ign_eof")
    client = Client(lab, tmp_path, host, port, *words, say="EHLO laptop.learner.test\nQUIT\n")
    assert client.status == 0, client.text
    assert "Verification: OK" in client.text and f"250-{host}" in client.heard and "221 2.0.0" in client.heard
    assert ("AUTH PLAIN LOGIN" in client.heard) == (port == 587) and "STARTTLS" not in client.heard


def test_old_versions_are_refused(lab, tmp_path):
    client = Client(lab, tmp_path, "smtp.gmail.test", 465, "-tls1_1", "-cipher", "ALL:@SECLEVEL=0")
    assert client.status != 0 and "Verification: OK" not in client.text


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("wrong name", "hostname mismatch"),
        ("expired", "certificate has expired"),
        ("unknown authority", "unable to get local issuer certificate"),
    ],
)
def test_it_refuses_the_same_certificates_for_the_same_reasons(lab, tmp_path, kind, reason):
    lab.mail_hosts["bank.test"].tls = kind
    client = Client(lab, tmp_path, "bank.test", 25, "-starttls", "smtp", "-name", "laptop.learner.test")
    assert client.status != 0 and reason in client.text.lower(), client.text


def test_the_policy_over_https(lab, tmp_path):
    ask = "GET /.well-known/mta-sts.txt HTTP/1.0\n\n"
    client = Client(lab, tmp_path, "bank.test", 443, "-quiet", say=ask, name="mta-sts.bank.test")
    assert "HTTP/1.0 200 OK" in client.text and "mode: enforce" in client.text, client.text


def test_a_large_letter(lab, tmp_path):
    lines = "".join(f"{n:09d}{'x' * 60}\n" for n in range(20_000))
    say = (
        "EHLO laptop.learner.test\nMAIL FROM:<ada@gmail.test>\nrcpt to:<clerk@bank.test>\n"  # R would renegotiate
        f"DATA\nSubject: big\n\n{lines}.\nNOOP\nQUIT\n"
    )
    words = ("-starttls", "smtp", "-name", "laptop.learner.test", "-quiet")
    client = Client(lab, tmp_path, "bank.test", 25, *words, say=say)
    assert "250 2.0.0 Letter kept as 0001" in client.text, client.text[-1000:]
    content = lab.mailbox("clerk@bank.test")[0].content
    assert content.count(b"x" * 60) == 20_000 and b" with ESMTPS id 0001" in content
