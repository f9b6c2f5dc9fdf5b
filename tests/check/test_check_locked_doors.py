"""Notebook 07: answers in other styles, and what the run may hand to `happened`."""

import pytest

from helpers import check
from helpers.check.answers import locked_doors as answers
from helpers.check.judges import locked_doors as judges
from helpers.lab import mta_sts
from helpers.lab.accounts import Accounts

STYLES = {
    "start_tls": """
def start_tls(sock, name, context):
    left = b""  # what came and was not read yet
    def say(line):
        nonlocal left
        sock.sendall(f"{line}\\r\\n".encode())
        lines = []
        while not lines or lines[-1][3:4] == b"-":
            while b"\\r\\n" not in left:
                piece = sock.recv(4096)
                if not piece:
                    raise ConnectionError("gone")
                left += piece
            line, _, left = left.partition(b"\\r\\n")
            lines.append(line)
        return b"\\r\\n".join(lines).decode()
    if "\\r\\n250-STARTTLS" not in say("EHLO me.learner.test"):
        say("QUIT")
        raise ConnectionError("STARTTLS is not offered")
    if say("STARTTLS").split()[0] != "220":
        raise ConnectionError("no TLS now")
    left = b""
    sock = context.wrap_socket(sock, server_hostname=name, do_handshake_on_connect=False)
    sock.do_handshake()
    return (sock, say("EHLO me.learner.test"))
""",
    "auth_plain": """
import base64
def auth_plain(user, password):
    octets = b"\\x00".join([user.encode("utf-8"), user.encode("utf-8"), password.encode("utf-8")])
    return str(base64.standard_b64encode(octets), "ascii")
""",
    "relays": """
def relays(sock, local, foreign):
    wire = sock.makefile("rw", encoding="ascii", newline="")
    def reply():
        line = wire.readline()
        while line[3] == "-":
            line = wire.readline()
        return int(line[:3])
    def say(words):
        wire.write(words + "\\r\\n")
        wire.flush()
        return reply()
    reply()
    say("HELO laptop.learner.test")
    found = False
    for sender in [local, foreign]:
        if say("MAIL FROM:<%s>" % sender) == 250 and say("RCPT TO:<%s>" % foreign) // 100 == 2:
            found = True
            break
        say("RSET")
    say("QUIT")
    sock.close()
    return found
""",
    "keep_password": """
import hashlib
import secrets
def keep_password(password):
    salt = secrets.token_bytes(16)
    made = hashlib.scrypt(bytes(password, "utf-8"), salt=salt, n=16384, r=8, p=1, maxmem=64 * 2**20, dklen=32)
    return b"".join((salt, made))
""",
    "check_password": """
from hashlib import scrypt
from secrets import compare_digest
def check_password(password, kept):
    made = kept[:16] + scrypt(password.encode(), salt=kept[:16], n=16384, r=8, p=1, dklen=32)
    return compare_digest(made, kept)
""",
    "sts_allows": """
import re
def sts_allows(policy, exchange):
    if not re.search(r"(?m)^mode:\\s*enforce\\s*$", policy):
        return True
    for pattern in re.findall(r"(?m)^mx:\\s*(\\S+)", policy):
        wanted = re.escape(pattern).replace(r"\\*", "[^.]+")
        if re.fullmatch(wanted, exchange, re.IGNORECASE):
            return True
    return False
""",
}


@pytest.mark.parametrize("name", STYLES)
def test_a_right_answer_in_another_style(name, cells):
    result = getattr(check, name)(cells.run(STYLES[name], name))
    assert result.passed, result


@pytest.mark.parametrize(
    "answer",
    [
        ["465", "port 587", 25, "25"],
        dict(zip(answers.which_port, (465, 587, 25.0, 25), strict=True)),
    ],
)
def test_ports_in_other_words(answer):
    assert check.which_port(answer).passed


@pytest.mark.parametrize("answer", ["WWW.bank.test.", "'www.bank.test'", ["www.bank.test"]])
def test_a_name_in_other_words(answer):
    assert check.whose_certificate(answer).passed


@pytest.mark.parametrize(("policy", "exchange", "wanted", "why"), judges.STS_CASES)
def test_the_lab_reads_policies_as_the_exercise_does(policy, exchange, wanted, why):
    read = mta_sts.parse(policy, "1", 0)
    assert (read.mode != "enforce" or read.names(exchange)) is wanted is answers.sts_allows(policy, exchange), why


def test_the_lab_keeps_passwords_as_the_exercise_does():
    accounts = Accounts({})
    accounts.add("ada@gmail.test", "Grüße")
    _, _, salt, digest = (column for column in accounts._rows()[0])
    kept = judges.b64decode(salt) + judges.b64decode(digest)
    assert answers.check_password("Grüße", kept) and not answers.check_password("Gruße", kept)


def test_text_that_is_no_answer_gets_a_sentence():
    for name, value in (("which_port", {"25": 25}), ("whose_certificate", 25)):
        assert getattr(check, name)(value).passed is False


@pytest.mark.parametrize(
    ("name", "value", "letter"),
    [
        ("what_is_465", "250 2.1.0 OK", "a"),
        ("what_is_465", "", "c"),
        ("after_tls", "250 2.1.0 OK", "a"),
        ("after_tls", "530 5.7.0 Log in first", "b"),
        ("tap_under_tls", [], "a"),
        ("tap_under_tls", [b"MAIL FROM", b"ada@gmail.test", b"smtp.gmail.test"], "c"),
        ("refused_login", False, "a"),
        ("refused_login", None, "c"),
        ("www_certificate", "no complaint", "a"),
        ("www_certificate", "www", "b"),
        ("stripped", ("deferred", None), "a"),
        ("stripped", ("delivered", "TLSv1.3"), "c"),
        ("required_fate", "bounced", "a"),
        ("required_fate", "delivered", "c"),
        ("bank_in_clear", "530 5.7.0 Must issue a STARTTLS command first", "a"),
        ("bank_in_clear", "538 5.7.11 Encryption required", "c"),
    ],
)
def test_what_happened_is_the_option_that_the_value_means(name, value, letter):
    assert f"What happened: {letter})" in repr(check.happened(name, value))
