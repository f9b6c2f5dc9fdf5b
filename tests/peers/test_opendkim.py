"""OpenDKIM, which shares no code with dkimpy: it agrees on letters that were signed in the course, and the reverse."""

import re
import subprocess
import time

import pytest

from helpers.lab import Lab
from helpers.mail import make_key, quoted, sign_dkim, verify_dkim
from tests.conftest import find_peer

LETTER = (
    "From: Me <me@learner.test>\nTo: support@outlook.test\nSubject: Hello\nDate: Mon, 2 Mar 2026 09:00:00 +0000\n"
    "Message-ID: <1@learner.test>\n\nDear all,\n\ntwo  spaces \n\n\n"
)
KEYS = {"k1": make_key("rsa"), "k2": make_key("ed25519")}
RECORDS = {name: key.record for name, key in KEYS.items()}
ZONE = """$ORIGIN learner.test.
$TTL 60
@ SOA ns postmaster 1 7200 900 1209600 60
@ NS ns
ns A 192.0.2.52
"""


def zone_lines(records) -> str:
    return "".join(f"{name}._domainkey TXT {quoted(record)}\n" for name, record in records.items())


@pytest.fixture
def lab():
    """The learner's zone holds the keys; the lab's time is not before the real one, by which OpenDKIM signs."""
    with Lab(beside=True) as made:
        made.publish(ZONE + zone_lines(RECORDS))
        made.clock.advance(seconds=max(0, time.time() - made.clock.timestamp()))
        yield made


def opendkim(folder, content: bytes, *settings: str, records=RECORDS) -> str:
    """Let OpenDKIM sign or check a letter; return what it says, its lines' ends as they are in a letter."""
    (folder / "letter.eml").write_bytes(content)
    keys = "".join(f"{name}._domainkey.learner.test {record}\n" for name, record in records.items())
    (folder / "keys").write_text(keys)
    settings = (*settings, "Syslog no", "RequireSafeKeys no", f"TestPublicKeys {folder}/keys")
    (folder / "opendkim.conf").write_text("".join(f"{line}\n" for line in settings))
    command = [find_peer("opendkim"), "-x", str(folder / "opendkim.conf"), "-t", str(folder / "letter.eml"), "-vv"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return done.stdout


def checked(folder, content: bytes, records=RECORDS) -> list[str]:
    """The results of the signatures, as OpenDKIM writes them into Authentication-Results."""
    return re.findall(r"dkim=([a-z]+)", opendkim(folder, content, "Mode v", records=records))


@pytest.mark.parametrize("canonicalization", ["relaxed/relaxed", "simple/simple", "relaxed/simple", "simple/relaxed"])
def test_it_agrees_on_letters_signed_here(lab, tmp_path, canonicalization):
    content = LETTER
    for name, key in KEYS.items():
        content = sign_dkim(lab, content, key, "learner.test", name, canonicalization=canonicalization)
    for old, new in (
        (b"", b""),
        (b"two  spaces ", b"two spaces"),
        (b"Subject: Hello", b"SUBJECT:  Hello"),
        (b"Dear all", b"Dear nobody"),
        (b"Subject: Hello", b"Subject: Hullo"),
        (b"\r\nFrom: Me", b"\r\nFrom: x@bank.test\r\nFrom: Me"),
    ):
        changed = content.replace(old, new)
        ours = [one.result for one in verify_dkim(lab, changed)]
        assert len(ours) == 2
        assert checked(tmp_path, changed) == ours


@pytest.mark.parametrize(
    "tag, accepted",
    [
        ("h=sha256;", True),
        ("h=sha1 : sha256;", True),
        ("h=sha1;", False),
        ("s=email;", True),
        ("s=other:email;", True),
        ("s=*;", True),
        ("s=other;", False),
        ("t=y;", True),
        ("p=;", False),
    ],
)
def test_it_agrees_on_what_a_key_is_for(lab, tmp_path, tag, accepted):
    """It says "fail" where RFC 6376 section 6.1.2 has PERMFAIL; what counts is whether the key is good for a letter."""
    record = KEYS["k1"].record
    records = {"k1": f"v=DKIM1; {tag}" if tag == "p=;" else record.replace("k=rsa;", f"k=rsa; {tag}")}
    lab.publish(ZONE.replace(" 1 7200", " 2 7200") + zone_lines(records))
    content = sign_dkim(lab, LETTER, KEYS["k1"], "learner.test", "k1")
    (ours,) = verify_dkim(lab, content)
    (theirs,) = checked(tmp_path, content, records)
    assert (ours.result == "pass", theirs == "pass") == (accepted, accepted)


def test_a_length(lab, tmp_path):
    content = sign_dkim(lab, LETTER, KEYS["k1"], "learner.test", "k1", length=True).rstrip() + b"\r\nBuy now!\r\n"
    assert checked(tmp_path, content) == [one.result for one in verify_dkim(lab, content)] == ["pass"]


def signed_by_opendkim(folder, name, canonicalization) -> bytes:
    letter = LETTER.replace("\n", "\r\n").encode()
    private = KEYS[name].private
    (folder / "key").write_bytes(private)
    said = opendkim(
        folder,
        letter,
        "Mode s",
        "Domain learner.test",
        f"Selector {name}",
        f"KeyFile {folder}/key",
        f"SignatureAlgorithm {KEYS[name].algorithm}",
        f"Canonicalization {canonicalization}",
        "InternalHosts 0.0.0.0/0",
        "OversignHeaders From",
    )
    value = re.search(r"hname='DKIM-Signature' hvalue='([^']*)'", said)[1]
    return f"DKIM-Signature: {value}\r\n".replace("\r", "").replace("\n", "\r\n").encode() + letter


@pytest.mark.parametrize("canonicalization", ["relaxed/relaxed", "simple/simple"])
def test_what_it_signs_is_accepted_here(lab, tmp_path, canonicalization):
    content = signed_by_opendkim(tmp_path, "k1", canonicalization)
    (found,) = verify_dkim(lab, content)
    assert (found.result, found.domain, found.selector) == ("pass", "learner.test", "k1")
    assert found.canonicalization == canonicalization
    assert verify_dkim(lab, content.replace(b"Dear all", b"Dear nobody"))[0].result == "fail"
    assert verify_dkim(lab, content.replace(b"Subject: Hello", b"Subject: Hullo"))[0].result == "fail"
