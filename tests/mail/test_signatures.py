"""DKIM: signing and checking, every kind of tampering, keys that are not there, and fields that mean harm."""

import base64
import hashlib
import re
from datetime import UTC, datetime

import dkim
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpers.lab import Lab
from helpers.lab.outgoing import BadLetter
from helpers.lab.zones import parse
from helpers.mail import Signatures, make_key, quoted, sign_dkim, verify_dkim
from tests.wire.pages import Page

LETTER = (
    "From: Me <me@learner.test>\nTo: support@outlook.test\nSubject: Hello\nDate: Mon, 2 Mar 2026 09:00:00 +0000\n"
    "Message-ID: <1@learner.test>\nX-Note: unsigned\n\nDear all,\n\ntwo  spaces \n\n\n"
)
RSA, ED25519 = make_key("rsa"), make_key("ed25519")
KEYS = f"""k1._domainkey TXT {quoted(RSA.record)}
k2._domainkey TXT {quoted(ED25519.record)}
gone._domainkey TXT "v=DKIM1; k=rsa; p="
odd._domainkey TXT "nonsense"
bad._domainkey TXT "v=DKIM1; k=rsa; p=AAAA"
two._domainkey TXT "v=DKIM2; k=rsa; p=AAAA"
strict._domainkey TXT {quoted(RSA.record.replace("k=rsa;", "k=rsa; t=s;"))}
sha1._domainkey TXT {quoted(RSA.record.replace("k=rsa;", "k=rsa; h=sha1;"))}
both._domainkey TXT {quoted(RSA.record.replace("k=rsa;", "k=rsa; h=sha1 : sha256; s=other:email;"))}
all._domainkey TXT {quoted(RSA.record.replace("k=rsa;", "k=rsa; s=*;"))}
other._domainkey TXT {quoted(RSA.record.replace("k=rsa;", "k=rsa; s=other;"))}
torn._domainkey TXT {quoted(RSA.record[:61])}
none._domainkey TXT "v=DKIM1; k=rsa"
"""


@pytest.fixture
def mine(lab, publish):
    publish(KEYS)
    return lab


def signed(lab, letter=LETTER, key=RSA, selector="k1", **more):
    return sign_dkim(lab, letter, key, "learner.test", selector, **more)


def outcome(lab, content):
    return [(one.result, one.reason) for one in verify_dkim(lab, content)]


def test_signed_twice_and_checked(mine):
    both = signed(mine, signed(mine), ED25519, "k2")
    first, second = verify_dkim(mine, both)
    assert (first.result, first.algorithm, first.selector) == ("pass", "ed25519-sha256", "k2")
    assert (second.result, second.algorithm, second.domain) == ("pass", "rsa-sha256", "learner.test")
    assert second.signed == ("from", "to", "subject", "date", "message-id", "from", "cc", "reply-to")
    assert (second.time, second.expires, second.length) == (datetime(2026, 3, 2, 9, tzinfo=UTC), None, None)
    assert repr(verify_dkim(mine, signed(mine))).split("\n") == [
        "DKIM signature",
        "  Result                ✓ pass: the key fits, and what was signed is unchanged",
        "  Reason                the body's hash and the signature fit",
        "  Signer, d=            learner.test",
        "  Key at                k1._domainkey.learner.test",
        "  Algorithm, a=         rsa-sha256",
        "  Canonicalization, c=  relaxed/relaxed",
        "  Signed fields, h=     from to subject date message-id from cc reply-to",
        "  On behalf of, i=      @learner.test",
        "  Signed, t=            2026-03-02 09:00:00 UTC",
    ]


def test_a_letter_that_the_lab_has_carried(mine):
    mine.send(signed(mine), host="mail.learner.test", sender="me@learner.test", recipients="support@outlook.test")
    (letter,) = mine.mailbox("support@outlook.test")
    assert letter.content.startswith(b"Return-Path:")
    assert outcome(mine, letter.content) == [("pass", "the body's hash and the signature fit")]


def test_date_and_message_id_are_there_before_the_letter_is_signed(mine):
    """What the sending host added afterwards would stand above the seal, unsigned (RFC 6376 section 5.4.1)."""
    bare = "From: me@learner.test\nTo: support@outlook.test\nSubject: Hello\n\nHello\n"
    mine.send(signed(mine, signed(mine, bare), ED25519, "k2"), host="mail.learner.test")
    (letter,) = mine.mailbox("support@outlook.test")
    for name in (b"Date", b"Message-ID"):
        (value,) = re.findall(rb"^%s: (.*)\r\n" % name, letter.content, re.MULTILINE)
        changed = letter.content.replace(value, b"x" + value)
        assert [one.result for one in verify_dkim(mine, letter.content)] == ["pass", "pass"]
        assert [one.result for one in verify_dkim(mine, changed)] == ["fail", "fail"]
    assert letter.headers["Message-ID"].endswith("@learner.test>")
    above = letter.content.partition(b"DKIM-Signature:")[0]
    assert set(re.findall(rb"^[A-Za-z-]+", above, re.MULTILINE)) == {b"Return-Path", b"Received"}  # trace, no more


def test_a_field_that_is_there_is_signed_once_and_one_that_is_not_is_signed_as_absent(mine):
    there = signed(mine, LETTER.replace("Subject:", "REPLY-TO: me@mail.learner.test\nCc: x@bank.test\nSubject:"))
    (found,) = verify_dkim(mine, there)
    assert (found.result, sorted(found.signed).count("reply-to"), found.signed.count("cc")) == ("pass", 1, 1)
    assert verify_dkim(mine, there.replace(b"REPLY-TO: me@", b"REPLY-TO: you@"))[0].result == "fail"


def test_a_reply_to_that_was_not_signed_as_absent_can_be_added(mine):
    careless = signed(mine, fields=["From", "To", "Subject"])
    assert verify_dkim(mine, b"Reply-To: mallory@mallory.test\r\n" + careless)[0].result == "pass"


@pytest.mark.parametrize(
    ("old", "new", "result"),
    [
        (b"Dear all", b"Dear nobody", "fail"),  # the body
        (b"Subject: Hello", b"Subject: Hullo", "fail"),  # a signed field
        (b"X-Note: unsigned", b"X-Note: changed", "pass"),  # one that is not signed
        (b"two  spaces ", b"two spaces", "pass"),  # what "relaxed" allows
        (b"Subject: Hello", b"SUBJECT:   Hello", "pass"),
        (b" \r\n\r\n\r\n", b"\r\n", "pass"),
        (b"\r\n\r\nDear", b"\r\n\r\n\r\nDear", "fail"),
        (b"From: Me", b"From: x@bank.test\r\nFrom: Me", "fail"),  # a second From
        (b"To: support", b"Subject: Another\r\nTo: support", "pass"),  # above the signed one: a known trick
        (b"To: support@outlook.test\r\n", b"", "fail"),
        (b"Date: Mon, 2 Mar", b"Date: Tue, 3 Mar", "fail"),
        (b"Message-ID: <1@", b"Message-ID: <2@", "fail"),
        (b"To: support", b"Reply-To: mallory@mallory.test\r\nTo: support", "fail"),  # signed as absent
        (b"To: support", b"CC: mallory@mallory.test\r\nTo: support", "fail"),
        (b"To: support", b"X-Seen: yes\r\nTo: support", "pass"),
    ],
)
def test_tampering(mine, old, new, result):
    content = signed(mine)
    assert old in content
    head, end, rest = content.partition(b"From: Me")
    changed = head + (end + rest).replace(old, new)
    assert changed != content
    assert [one.result for one in verify_dkim(mine, changed)] == [result]


def test_simple_allows_nothing(mine):
    content = signed(mine, canonicalization="simple/simple")
    assert verify_dkim(mine, content)[0].result == "pass"
    for old, new in ((b"two  spaces ", b"two spaces"), (b"Subject: Hello", b"Subject:  Hello")):
        assert verify_dkim(mine, content.replace(old, new))[0].result == "fail"


def test_a_length_leaves_a_footer_unsigned(mine):
    content = signed(mine, length=True)
    assert b"l=25;" in content
    (whole,) = verify_dkim(mine, content)
    (longer,) = verify_dkim(mine, content.rstrip() + b"\r\nBuy now!\r\n")
    assert (whole.result, whole.length, whole.beyond) == ("pass", 25, 0)
    assert (longer.result, longer.beyond) == ("pass", 10)
    assert "the first 25 octets of the body; 10 after them unsigned" in repr(longer)
    assert verify_dkim(mine, signed(mine).rstrip() + b"\r\nBuy now!\r\n")[0].result == "fail"


def test_a_signature_expires_by_the_labs_clock(mine):
    content = signed(mine, expires=3600)
    assert verify_dkim(mine, content)[0].expires == datetime(2026, 3, 2, 10, tzinfo=UTC)
    assert "Expires, x=           2026-03-02 10:00:00 UTC" in repr(verify_dkim(mine, content))
    mine.clock.advance(hours=1, seconds=1)
    assert outcome(mine, content) == [("policy", "the signature has expired")]
    assert verify_dkim(mine, content.replace(b"x=177", b"x=1x7"))[0].result == "neutral"


@pytest.mark.parametrize(
    ("selector", "result", "reason"),
    [
        ("nobody", "permerror", "there is no key at nobody._domainkey.learner.test"),
        ("gone", "permerror", "the key has been revoked: its record has an empty p="),
        ("odd", "permerror", "what stands at odd._domainkey.learner.test is no key record"),
        ("bad", "permerror", "the key cannot be used"),
        ("two", "permerror", "the key cannot be used: bad version"),
        ("k2", "permerror", "the key is of kind ed25519, and the signature says rsa"),
        ("strict", "pass", "fit"),
        # RFC 6376 sections 3.6.1 and 6.1.2
        ("sha1", "permerror", "h= does not list sha256"),
        ("both", "pass", "fit"),
        ("all", "pass", "fit"),
        ("other", "permerror", "the key is not for email"),
        ("torn", "permerror", "the key cannot be used: its p= is not base64"),
        ("none", "permerror", "the key cannot be used"),
    ],
)
def test_keys(mine, selector, result, reason):
    ((found, why),) = outcome(mine, signed(mine, selector=selector))
    assert found == result
    assert reason in why


def test_a_key_for_this_very_domain_only(mine):
    content = signed(mine, selector="strict")
    ((result, reason),) = outcome(mine, content.replace(b"i=@learner.test", b"i=@shop.learner.test"))
    assert (result, "t=s" in reason) == ("permerror", True)


def test_another_key(mine):
    assert outcome(mine, signed(mine, key=make_key()))[0][0] == "fail"
    assert outcome(mine, signed(mine, key=make_key("ed25519"), selector="k2"))[0][0] == "fail"


def test_no_answer_about_the_key(mine):
    content = sign_dkim(mine, LETTER, RSA, "lame.test", "k1")
    assert outcome(mine, content) == [
        ("temperror", "the DNS gives no answer about k1._domainkey.lame.test (TXT) at the moment")
    ]


def test_what_is_too_weak(mine, publish):
    short, long = (quoted(_record_of(2**bits + 1)) for bits in (767, 1023))
    publish(f"short._domainkey TXT {short}\nlong._domainkey TXT {long}\n")
    ((result, reason),) = outcome(mine, signed(mine, selector="short"))
    assert (result, "less than 1024 bits" in reason) == ("policy", True)
    assert outcome(mine, signed(mine, selector="long"))[0][0] == "fail"  # long enough, and another key
    publish(KEYS)
    assert outcome(mine, signed(mine).replace(b"a=rsa-sha256", b"a=rsa-sha1")) == [
        ("policy", "rsa-sha1 is too weak to be accepted (RFC 8301)")
    ]


def _record_of(modulus: int) -> str:
    """A key record with an RSA modulus of any length, which no library makes any more."""

    def der(tag: int, content: bytes) -> bytes:
        return bytes([tag, 0x82, len(content) >> 8, len(content) & 255]) + content

    def integer(number: int) -> bytes:
        return der(2, number.to_bytes(number.bit_length() // 8 + 1, "big"))

    key = der(3, b"\0" + der(0x30, integer(modulus) + integer(65537)))
    public = der(0x30, der(0x30, bytes.fromhex("06092a864886f70d0101010500")) + key)
    return f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


@pytest.mark.parametrize(
    ("old", "new", "result"),
    [
        (rb"v=1;", b"v=2;", "neutral"),
        (rb"v=1;", b"v;", "neutral"),
        (rb"v=1;", b"v=1; v=1;", "neutral"),
        (rb"s=k1;", b"", "neutral"),
        (rb"a=rsa-sha256", b"a=rot13", "neutral"),
        (rb"c=relaxed/relaxed", b"c=loose/loose", "neutral"),
        (rb"i=@learner.test", b"i=@bank.test", "neutral"),
        (rb"t=1772442000", b"t=9999999999", "neutral"),
        (rb"t=1772442000", b"t=soon", "neutral"),
        (rb"b=[A-Za-z0-9+/]{8}", b"b=!!!!!!!!", "neutral"),
        (rb"h=.*?;", b"h=to : subject;", "permerror"),
        (rb"bh=.", b"bh=A", "fail"),
        (rb"q=dns/txt;", b"q=dns/txt; x=99999999999999999;", "neutral"),
        (rb"q=dns/txt;", b"q=dns/txt; x=999999999999;", "fail"),
    ],
)
def test_a_field_that_is_wrong(mine, old, new, result):
    content = re.sub(old, new, signed(mine), count=1, flags=re.DOTALL)
    assert verify_dkim(mine, content)[0].result == result


def test_no_signature(lab):
    for content in (LETTER.encode(), b"", b"\r\n", b"no header at all", b" a fold with nothing above it\r\n"):
        found = verify_dkim(lab, content)
        assert found == () and isinstance(found, Signatures)
        assert repr(found) == "This letter has no DKIM signature."
        assert found._repr_html_() == "<p>This letter has no DKIM signature.</p>"


def test_only_so_many_are_looked_at(lab):
    found = verify_dkim(lab, b"DKIM-Signature: v=1\r\n" * 50 + b"\r\n")
    assert len(found) == 21
    assert found[-1].reason == "not looked at, like all that follow it: each costs work"
    assert len(verify_dkim(lab, b"DKIM-Signature: v=1\r\n" * 20 + b"\r\n")) == 20


@pytest.mark.parametrize(
    "header",
    [
        b"a line that is no field\r\nDKIM-Signature: v=1\r\n",
        b"DKIM-Signature: v=1\r\nJ\xfcrgen: x\r\n",
        b" a fold with nothing above it\r\nDKIM-Signature: v=1\r\n",
        b"DKIM-Signature : v=1; d=bank.test\r\n",
        b"no field\ndkim-signature: v=1\n",
        b"no field\r\nDKIM-Signature: v=1",
    ],
)
def test_a_signature_in_a_header_that_cannot_be_read_is_there(lab, header):
    (found,) = verify_dkim(lab, header)
    assert (found.result, found.domain) == ("neutral", "") and "cannot be read" in found.reason


@pytest.mark.parametrize(
    ("domain", "identity"),
    [
        ("b\u00fccher.learner.test", "@b\u00fccher.learner.test"),
        ("xn--bcher-kva.learner.test", "@b\u00fccher.learner.test"),
        ("b\u00fccher.learner.test", "a@mx.xn--bcher-kva.learner.test"),
        ("BU\u0308CHER.learner.test", "@xn--bcher-kva.learner.test"),
    ],
)
def test_one_name_in_several_spellings_is_one_signer(lab, publish, domain, identity):
    key = make_key("ed25519")
    publish(f"k._domainkey.xn--bcher-kva TXT {quoted(key.record)}\n")
    content = sign_dkim(lab, LETTER, key, domain, "k")
    assert [(one.result, one.domain) for one in verify_dkim(lab, content)] == [("pass", "xn--bcher-kva.learner.test")]
    content = content.replace(f"i=@{domain}".encode(), f"i={identity}".encode())
    assert verify_dkim(lab, content)[0].result in ("pass", "fail")  # it is read; where it was changed, that is found


OCTETS = st.binary(max_size=200)


@pytest.fixture(scope="module")
def open_lab():
    with Lab(beside=True) as made:
        yield made


@settings(max_examples=150, deadline=None)
@given(OCTETS, OCTETS)
@example(b"v=1; a=rsa-sha256; b=AA==; bh=AA==; d=\xff; h=from; s=\xff", b"")
@example(b"v=1; a=rsa-sha256; b=AA==; bh=AA==; d=bank.test; h=from; s=k; l=99999999999999999999", b"")
@example(b"v=1; a=rsa-sha256; b=AA==; bh=AA==; d=bank.test; h=from; s=k; t=999999999999; x=999999999999", b"")
@example(b"v=1; a=rsa-sha256; b=AA==; bh=AA==; d=gmail.test; h=from; s=s1; c=a/b/c", b"")
@example(b"v=1; a=rsa-sha256; b=AA==; bh=AAAAA===; d=gmail.test; h=from; s=s1", b"")
@example(
    b"v=1; a=ed25519-sha256; b=AA==; bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; d=gmail.test; h=from; s=s2", b""
)
def test_whatever_stands_there_is_answered(open_lab, field, body):
    content = b"DKIM-Signature: " + field.replace(b"\r", b"").replace(b"\n", b"") + b"\r\nFrom: a@b.test\r\n\r\n" + body
    for one in verify_dkim(open_lab, content):
        assert one.result in ("pass", "fail", "neutral", "permerror", "temperror", "policy")
        assert repr(one).isprintable() or all(line.isprintable() for line in repr(one).split("\n"))


def test_the_faces_are_safe(mine):
    content = signed(mine).replace(b"i=@learner.test", b"i=<script>@learner.test")
    found = verify_dkim(mine, content)
    Page(found._repr_html_()).assert_headings()
    assert "<script>" not in found._repr_html_()


def test_what_to_sign_is_the_signers_choice(mine):
    content = signed(mine, fields=["From", "Subject"])
    assert verify_dkim(mine, content)[0].signed == ("from", "subject")
    assert verify_dkim(mine, content.replace(b"To: support", b"To: nobody"))[0].result == "pass"
    with pytest.raises(dkim.ParameterError):
        signed(mine, fields=["Subject"])
    with pytest.raises(BadLetter):
        signed(mine, letter="no header here")


def test_dkimpy_itself_keeps_the_systems_clock(mine):
    assert b"t=1772442000;" in signed(mine)
    assert b"t=1772442000;" not in dkim.sign(LETTER.encode(), b"k1", b"learner.test", RSA.private)


def test_keys_do_not_show_themselves():
    assert repr(RSA) == "RSA key pair of 2048 bits; its record is a text of 410 octets, v=DKIM1; k=rsa; p=..."
    assert repr(ED25519) == "Ed25519 key pair of 256 bits; its record is a text of 66 octets, v=DKIM1; k=ed25519; p=..."
    for key in (RSA, ED25519):
        page = Page(key._repr_html_())
        page.assert_headings()
        assert page.captions == [repr(key).partition(";")[0]] and "p=..." in page.text
        assert key.record not in page.text and key.private.decode("latin-1")[40:60] not in page.text
    assert (RSA.algorithm, ED25519.algorithm) == ("rsa-sha256", "ed25519-sha256")
    with pytest.raises(ValueError, match='"rsa" or "ed25519"'):
        make_key("dsa")


def test_a_record_past_255_octets(lab):
    zone = "$ORIGIN x.test.\n$TTL 60\n@ SOA ns postmaster 1 2 3 4 5\n@ NS ns\nns A 192.0.2.52\n"
    (record,) = parse(f"{zone}k TXT {quoted(RSA.record)}\n").get_rdataset("k.x.test.", "TXT")
    assert [len(string) for string in record.strings] == [255, 155]
    assert b"".join(record.strings).decode() == RSA.record
    assert quoted("") == '""'
    assert quoted('a"b\\c') == r'"a\"b\\c"'
    with pytest.raises(ValueError, match="printing ASCII"):
        quoted("caf\u00e9")


def test_the_hash_of_a_body_by_hand(mine):
    def said(body: str, canonicalization: str) -> str:
        content = signed(
            mine, LETTER.partition("\n\n")[0] + "\n\n" + body, canonicalization=f"simple/{canonicalization}"
        )
        field = b"".join(content.partition(b"\r\nFrom:")[0].split()).decode()
        return re.search(r";bh=([^;]+)", field)[1]

    body = "Dear all,\n\ntwo  spaces \n\n\n"
    simple = hashlib.sha256(b"Dear all,\r\n\r\ntwo  spaces \r\n").digest()
    relaxed = hashlib.sha256(b"Dear all,\r\n\r\ntwo spaces\r\n").digest()
    assert said(body, "simple") == base64.b64encode(simple).decode()
    assert said(body, "relaxed") == base64.b64encode(relaxed).decode()
    # RFC 6376 section 3.4.3 and 3.4.4 give the hash of an empty body in both ways.
    assert said("", "simple") == "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="
    assert said("", "relaxed") == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="
