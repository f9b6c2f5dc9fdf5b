"""The receiving host: it checks, writes down, decides, and never refuses for a policy alone."""

import time

import pytest

from helpers.lab.errors import LabError, UnknownHost
from helpers.mail import judge, make_key, quoted, read_results, sign_dkim
from tests.wire.pages import Page

SUPPORT = "support@outlook.test"


@pytest.fixture
def host(lab):
    """Both exchanges of outlook.test judge alike; it is the one that is tried first that this returns."""
    for name in ("mx2.outlook.test", "mx1.outlook.test"):
        lab.mail_hosts[name].policy = judge(lab, name)
    return lab.mail_hosts["mx1.outlook.test"]


def send(lab, author="clerk@bank.test", host="mallory.test", sender=None, more=""):
    letter = f"From: {author}\nTo: {SUPPORT}\nSubject: Your account\n{more}\nHello\n"
    return lab.send(letter, host=host, sender=sender or "clerk@bank.test", recipients=[SUPPORT]).fates[SUPPORT]


def test_a_letter_of_the_banks_own(lab, host):
    assert send(lab, host="bank.test").status == "delivered"
    (letter,), (verdict,) = lab.mailbox(SUPPORT), host.policy.verdicts
    assert letter.folder == "inbox"
    assert letter.content.split(b"\r\n")[:7] == [
        b"Return-Path: <clerk@bank.test>",
        b"Authentication-Results: outlook.test;",
        b"\tspf=pass smtp.helo=bank.test;",
        b"\tspf=pass smtp.mailfrom=bank.test;",
        b"\tdkim=none;",
        b"\tdmarc=pass header.from=bank.test policy.dmarc=reject",
        b"Received: from bank.test (bank.test [203.0.113.60])",
    ]
    assert read_results(letter.content) == (verdict.results("outlook.test"),)
    assert repr(verdict).split("\n") == [
        "Verdict on letter 0002 from 203.0.113.60, Mon, 02 Mar 2026 09:00:00 +0000",
        "  MAIL FROM                    <clerk@bank.test>",
        "  SPF of HELO, bank.test       ✓ pass: a matches",
        "  SPF of MAIL FROM, bank.test  ✓ pass: a matches",
        "  DKIM                         none: there is no signature",
        "  DMARC, bank.test             ✓ pass: SPF passes with bank.test, which is aligned",
        "  The domain asks for          reject",
        "  The letter was               kept in the inbox: DMARC says pass",
    ]


def test_a_policy_alone_is_no_ground_to_refuse(lab, host):
    assert send(lab).status == "delivered"
    assert len(lab.mailbox(SUPPORT)) == 0
    (letter,) = lab.mailbox(SUPPORT).junk
    assert letter.folder == "junk"
    (verdict,) = host.policy.verdicts
    assert (verdict.disposition, verdict.dmarc.policy) == ("junk", "reject")
    assert verdict.reason == "DMARC fails, and bank.test asks for reject, which alone is no ground to refuse"
    assert b"dmarc=fail header.from=bank.test policy.dmarc=reject\r\n" in letter.content


def test_other_grounds_are(lab, host):
    blocked = {"203.0.113.66"}
    host.policy = judge(
        lab, "mx1.outlook.test", lambda v: "its address is on our block list" if v.address in blocked else None
    )
    fate = send(lab)
    assert (fate.status, fate.code, fate.enhanced) == ("bounced", 550, "5.7.1")
    assert "bank.test asks for reject; besides, its address is on our block list" in fate.text
    assert host.policy.verdicts[-1].disposition == "refused"
    assert send(lab, host="bulk.test", sender="news@bulk.test").status == "delivered"  # another address: junk
    assert send(lab, author="sales@shop.test").status == "delivered"  # this one asks for quarantine only
    assert send(lab, author="x@mallory.test", sender="x@mallory.test").status == "delivered"  # and this for nothing
    assert [verdict.disposition for verdict in host.policy.verdicts] == ["refused", "junk", "junk", "inbox"]


@pytest.mark.parametrize(
    ("author", "sender", "disposition", "reason"),
    [
        ("sales@shop.test", "sales@shop.test", "junk", "DMARC fails, and shop.test asks for quarantine"),
        ("ada@gmail.test", "ada@gmail.test", "inbox", "DMARC fails, and gmail.test asks for none"),
        ("x@mallory.test", "x@mallory.test", "inbox", "DMARC says none"),
        ("a@bank.test, b@shop.test", "x@mallory.test", "junk", "the From field names several domains"),
        ("clerk@no-mail.test", "x@mallory.test", "junk", "DMARC fails, and no-mail.test asks for reject, which alone"),
    ],
)
def test_what_becomes_of_a_letter(lab, host, author, sender, disposition, reason):
    assert send(lab, author, sender=sender).status == "delivered"
    (verdict,) = host.policy.verdicts
    assert (verdict.disposition, verdict.reason.startswith(reason)) == (disposition, True)
    assert len(lab.mailbox(SUPPORT).junk) == (disposition == "junk")


def test_no_answer_of_the_dns_is_neither(lab, host):
    fate = send(lab, "x@lame.test", sender="x@mallory.test")
    assert (fate.status, fate.code, fate.enhanced) == ("deferred", 451, "4.4.3")
    assert host.policy.verdicts[-1].disposition == "deferred"
    assert len(lab.mailbox(SUPPORT)) == len(lab.mailbox(SUPPORT).junk) == 0


def test_a_letter_that_asks_too_much_is_put_off_in_time(lab, host):
    """Twenty keys of a domain whose name server is silent. Its sender would give up after 2 s, and bring it twice."""
    lab.faults.drop("ns1.gmail.test", 53).refuse("mx2.outlook.test")
    seals = "".join(
        f"DKIM-Signature: v=1; a=rsa-sha256; d=gmail.test; s=k{number}; h=from; bh={'A' * 43}=; b=AAAA\n"
        for number in range(20)
    )
    begun = time.monotonic()
    delivery = lab.send(
        f"{seals}From: a@mallory.test\nTo: support@outlook.test\n\nx\n", host="mallory.test", sender="a@mallory.test"
    )
    assert time.monotonic() - begun < 15  # 1.5, and a loaded machine; all the keys would take 36
    assert delivery.fates["support@outlook.test"].status == "deferred"
    (verdict,) = host.policy.verdicts
    assert verdict.disposition == "deferred"
    assert {one.result for one in verdict.signatures} == {"temperror"}
    assert "taken too long" in verdict.signatures[-1].reason


def test_only_a_host_that_takes_mail_judges(lab):
    with pytest.raises(LabError, match="ns1.gmail.test takes no mail"):
        judge(lab, "ns1.gmail.test")


def test_a_forged_field_is_taken_out(lab, host):
    lie = "Authentication-Results: outlook.test; dmarc=pass header.from=bank.test\n"
    other = "Authentication-Results: gmail.test; dmarc=pass header.from=bank.test\n"
    send(lab, more=lie + other)
    (letter,) = lab.mailbox(SUPPORT).junk
    ours, theirs = read_results(letter.content)
    assert (ours.server, ours.results[-1].result) == ("outlook.test", "fail")
    assert theirs.server == "gmail.test"


def test_signatures_are_weighed(lab, host):
    key = make_key("ed25519")
    zone = lab.zone_text("bank.test").replace("2026030201", "2026030202")
    lab.publish(f"{zone}\nk1._domainkey TXT {quoted(key.record)}\n")
    good = sign_dkim(lab, f"From: clerk@bank.test\nTo: {SUPPORT}\nSubject: Hi\n\nHello\n", key, "bank.test", "k1")
    for content in (good, good.replace(b"Hello", b"Hullo")):
        lab.send(content, host="bulk.test", sender="news@bulk.test", recipients=[SUPPORT])
    first, second = host.policy.verdicts
    assert (first.disposition, second.disposition) == ("inbox", "junk")
    assert first.dmarc.reason == "DKIM passes with bank.test, which is aligned"
    assert 'dkim=fail reason="the body is another one' in second.results("x.test").field()
    assert "DKIM, bank.test" in repr(first)


def test_the_null_sender_and_a_helo_without_a_domain(lab, host):
    with lab.connect("203.0.113.25", 25, source="out.gmail.test") as sock, sock.makefile("rwb") as stream:
        for line in ("EHLO [198.51.100.10]", "MAIL FROM:<>", f"RCPT TO:<{SUPPORT}>", "DATA"):
            stream.write(f"{line}\r\n".encode())
        stream.write(b"From: postmaster@gmail.test\r\n\r\nHello\r\n.\r\nQUIT\r\n")
        stream.flush()
        stream.read()
    (verdict,) = host.policy.verdicts
    assert (verdict.helo.result, verdict.spf.result, verdict.sender) == ("none", "none", "")
    assert b"spf=none smtp.helo=[198.51.100.10];" in lab.mailbox(SUPPORT)[0].content


def test_a_verdict_of_ones_own(lab, host):
    asked = []

    def mine(author, spf, dkim, txt):
        asked.append((author, spf, dkim, txt("_dmarc.bank.test")))
        return "pass", "none"

    host.policy = judge(lab, "mx1.outlook.test", verdict=mine)
    send(lab)
    assert asked == [("bank.test", ("fail", "bank.test"), [], ["v=DMARC1; p=reject; rua=mailto:postmaster@bank.test"])]
    assert len(lab.mailbox(SUPPORT)) == 1


def test_one_that_breaks_loses_no_letter(lab, host):
    for name in ("mx1.outlook.test", "mx2.outlook.test"):
        lab.mail_hosts[name].policy = judge(lab, name, verdict=lambda *_: 1 / 0)
    assert send(lab).status == "deferred"
    assert isinstance(host.sessions[-1].error, ZeroDivisionError)


def test_the_faces(lab, host):
    assert repr(host.policy.verdicts) == "No letter has been judged yet."
    assert host.policy.verdicts._repr_html_() == "<p>No letter has been judged yet.</p>"
    send(lab, more="DKIM-Signature: v=1; d=<script>\n")
    page = Page(host.policy.verdicts._repr_html_())
    page.assert_headings()
    assert "script" not in page.tags
    assert repr(host.policy.verdicts) == repr(host.policy.verdicts[0])
    with pytest.raises(UnknownHost):
        judge(lab, "mx9.outlook.test")
