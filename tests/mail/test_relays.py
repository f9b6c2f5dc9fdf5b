"""A forwarder and a mailing list: what SPF, DKIM and DMARC make of what they send on."""

import re

import pytest

from helpers.lab import LabError
from helpers.mail import forwarder, judge, mailing_list, make_key, quoted, relays, sign_dkim

SUPPORT, MEMBERS = "support@outlook.test", ["support@outlook.test", "sales@shop.test", "olive@corner-shop.test"]
KEY = make_key("ed25519")
LETTER = "From: Clerk <clerk@bank.test>\nTo: gardeners@list.test\nSubject: Seeds\n\nHello\n"


@pytest.fixture
def host(lab):
    """The exchange of outlook.test that judges; bank.test has a key, k1."""
    lab.publish(lab.zone_text("bank.test") + f"\nk1._domainkey TXT {quoted(KEY.record)}\n")
    lab.mail_hosts["mx1.outlook.test"].policy = judge(lab, "mx1.outlook.test")
    return lab.mail_hosts["mx1.outlook.test"]


def post(lab, to, letter=LETTER, signed=True, sender="clerk@bank.test"):
    content = sign_dkim(lab, letter, KEY, "bank.test", "k1") if signed else letter
    return lab.send(content, host="bank.test", sender=sender, recipients=[to] if isinstance(to, str) else to).fates


def test_a_forwarder_breaks_spf_and_not_dkim(lab, host):
    relay = lab.mail_hosts["alumni.test"].policy = forwarder(lab, "alumni.test", {"grace@alumni.test": SUPPORT})
    assert post(lab, "GRACE@alumni.test")["GRACE@alumni.test"].text == "Letter 0002 sent on"
    (verdict,) = host.policy.verdicts
    assert (verdict.sender, verdict.address, verdict.recipients) == ("clerk@bank.test", "203.0.113.77", (SUPPORT,))
    assert (verdict.helo.result, verdict.spf.result) == ("pass", "fail")
    assert [one.result for one in verdict.signatures] == ["pass"]
    assert (verdict.dmarc.result, verdict.disposition) == ("pass", "inbox")
    (letter,) = lab.mailbox(SUPPORT)
    assert [re.search(rb"by (\S+)", field)[1] for field in re.findall(rb"Received: [^;]*", letter.content)] == [
        b"mx1.outlook.test",
        b"alumni.test",
        b"bank.test",
    ]
    assert letter.content.count(b"Return-Path:") == 1
    assert len(lab.mailbox("grace@alumni.test")) == 0
    assert [one.recipients for one in relay.deliveries] == [(SUPPORT,)]


def test_an_address_literal_leads_to_the_same_mailbox(lab, host):
    lab.mail_hosts["alumni.test"].policy = forwarder(lab, "alumni.test", {"grace@alumni.test": SUPPORT})
    fates = post(lab, ["grace@[203.0.113.77]", "postmaster@[203.0.113.77]"])
    assert {fate.status for fate in fates.values()} == {"delivered"}
    assert (len(lab.mailbox("postmaster@alumni.test")), len(lab.mailbox(SUPPORT))) == (1, 1)
    assert len(lab.mailbox("grace@alumni.test")) == 0


def test_a_list_needs_no_more_of_a_server_than_the_letter_did(lab, host):
    lab.mail_hosts["list.test"].policy = mailing_list(
        lab, "list.test", "gardeners@list.test", [SUPPORT], rewrite_from=True
    )
    letter = LETTER.replace("Seeds", "=?utf-8?q?Gr=C3=BC=C3=9Fe?=").replace("Clerk", "=?utf-8?q?Zo=C3=AB?=")
    post(lab, "gardeners@list.test", letter)
    (kept,) = lab.mailbox(SUPPORT)
    assert kept.content.partition(b"\r\n\r\n")[0].isascii()
    assert (kept.field("Subject"), kept.field("Reply-To")) == ("[gardeners] Grüße", "Zoë <clerk@bank.test>")
    assert kept.headers["From"].addresses[0].addr_spec == "gardeners@list.test"


@pytest.mark.parametrize(
    "author, name",
    [
        ("Zo\u00eb <zo\u00eb@bank.test>", "Zo\u00eb"),
        ("undisclosed:;", "somebody"),
        ("(at the counter)\n clerk@bank.test", "clerk"),
    ],
)
def test_a_reply_goes_to_the_author_as_the_letter_names_them(lab, author, name):
    """An encoded word may hold a name, and no address (RFC 2047 section 5)."""
    lab.mail_hosts["list.test"].policy = mailing_list(
        lab, "list.test", "gardeners@list.test", [SUPPORT], rewrite_from=True
    )
    post(lab, "gardeners@list.test", LETTER.replace("Clerk <clerk@bank.test>", author), signed=False)
    (kept,) = lab.mailbox(SUPPORT)
    assert b"\r\nReply-To: " + author.replace("\n", "\r\n").encode() + b"\r\n" in kept.content
    assert kept.field("From") == f"{name} via gardeners <gardeners@list.test>"


def test_a_letter_without_a_body_or_an_author(lab):
    lab.mail_hosts["list.test"].policy = mailing_list(
        lab, "list.test", "gardeners@list.test", [SUPPORT], rewrite_from=True
    )
    post(lab, "gardeners@list.test", b"Subject: Seeds\r\n", signed=False)
    (kept,) = lab.mailbox(SUPPORT)
    header, _, body = kept.content.partition(b"\r\n\r\n")
    assert b"List-Id: <gardeners.list.test>" in header and b"Reply-To" not in header
    assert body.startswith(b"-- \r\nYou read this")


def test_members_are_a_list(lab):
    with pytest.raises(LabError, match="a list of addresses: .'support@outlook.test'."):
        mailing_list(lab, "list.test", "gardeners@list.test", SUPPORT)


def test_no_more_deliveries_are_kept_than_a_host_keeps(lab, monkeypatch):
    monkeypatch.setattr(relays, "DELIVERIES_KEPT", 2)
    relay = lab.mail_hosts["alumni.test"].policy = forwarder(lab, "alumni.test", {"grace@alumni.test": SUPPORT})
    for _ in range(3):
        post(lab, "grace@alumni.test", signed=False)
    assert len(relay.deliveries) == 2


def test_without_a_signature_the_forwarded_letter_fails(lab, host):
    lab.mail_hosts["alumni.test"].policy = forwarder(lab, "alumni.test", {"grace@alumni.test": SUPPORT})
    post(lab, "grace@alumni.test", signed=False)
    (verdict,) = host.policy.verdicts
    assert (verdict.dmarc.result, verdict.disposition) == ("fail", "junk")


def test_a_list_breaks_both_alignments(lab, host):
    lab.mail_hosts["list.test"].policy = mailing_list(lab, "list.test", "gardeners@list.test", MEMBERS)
    assert post(lab, "gardeners@list.test")["gardeners@list.test"].status == "delivered"
    (verdict,) = host.policy.verdicts
    assert (verdict.spf.result, verdict.spf.domain) == ("pass", "list.test")
    assert [one.result for one in verdict.signatures] == ["fail"]
    assert (verdict.dmarc.result, verdict.disposition) == ("fail", "junk")
    (letter,) = lab.mailbox(SUPPORT).junk
    assert (letter.field("Subject"), letter.field("From")) == ("[gardeners] Seeds", "Clerk <clerk@bank.test>")
    assert letter.field("List-Id") == "<gardeners.list.test>"
    assert letter.text == "Hello\n-- \nYou read this because you are on the list gardeners@list.test.\n"
    assert letter.envelope.sender == "postmaster@list.test"
    assert [len(lab.mailbox(member)) for member in MEMBERS[1:]] == [1, 1]


def test_a_list_that_changes_nothing_but_the_envelope(lab, host):
    lab.mail_hosts["list.test"].policy = mailing_list(
        lab, "list.test", "gardeners@list.test", MEMBERS, tag="", footer=""
    )
    post(lab, "gardeners@list.test")
    (verdict,) = host.policy.verdicts
    assert [one.result for one in verdict.signatures] == ["pass"]
    assert verdict.dmarc.reason == "DKIM passes with bank.test, which is aligned"


def test_a_list_that_takes_the_letter_over(lab, host):
    lab.mail_hosts["list.test"].policy = mailing_list(
        lab, "list.test", "gardeners@list.test", MEMBERS, rewrite_from=True, footer="Bye\nbye"
    )
    post(lab, "gardeners@list.test")
    (verdict,) = host.policy.verdicts
    assert (verdict.dmarc.author, verdict.dmarc.result, verdict.disposition) == ("list.test", "none", "inbox")
    (letter,) = lab.mailbox(SUPPORT)
    assert letter.field("From") == "Clerk via gardeners <gardeners@list.test>"
    assert letter.field("Reply-To") == "Clerk <clerk@bank.test>"
    assert letter.content.endswith(b"Hello\r\nBye\r\nbye\r\n")
    post(lab, "gardeners@list.test", LETTER.replace("From: Clerk <clerk@bank.test>\n", ""), signed=False)
    assert lab.mailbox(SUPPORT)[1].field("From") == "somebody via gardeners <gardeners@list.test>"


@pytest.mark.parametrize("line", ["Content-Type: text/html", "Content-Transfer-Encoding: base64"])
def test_a_footer_is_for_plain_text(lab, line):
    lab.mail_hosts["list.test"].policy = mailing_list(lab, "list.test", "gardeners@list.test", [SUPPORT])
    post(lab, "gardeners@list.test", LETTER.replace("\n\n", f"\nMIME-Version: 1.0\n{line}\n\n", 1))
    assert lab.mailbox(SUPPORT)[0].content.endswith(b"\r\n\r\nHello\r\n")


def test_a_tag_is_put_once_and_where_there_is_no_subject(lab):
    lab.mail_hosts["list.test"].policy = mailing_list(lab, "list.test", "gardeners@list.test", [SUPPORT])
    post(lab, "gardeners@list.test", LETTER.replace("Seeds", "Re: [gardeners] Seeds"))
    post(lab, "gardeners@list.test", LETTER.replace("Subject: Seeds\n", ""))
    assert [letter.field("Subject") for letter in lab.mailbox(SUPPORT)] == ["Re: [gardeners] Seeds", "[gardeners]"]


def test_what_goes_to_others_stays(lab):
    lab.mail_hosts["alumni.test"].policy = forwarder(lab, "alumni.test", {"grace@alumni.test": SUPPORT})
    post(lab, "postmaster@alumni.test")
    assert len(lab.mailbox("postmaster@alumni.test")) == 1
    post(lab, ["grace@alumni.test", "postmaster@alumni.test"])
    assert (len(lab.mailbox("postmaster@alumni.test")), len(lab.mailbox(SUPPORT))) == (2, 1)


def test_a_bounce_is_not_for_the_members(lab):
    lab.mail_hosts["list.test"].policy = mailing_list(lab, "list.test", "gardeners@list.test", [SUPPORT])
    post(lab, "gardeners@list.test", sender="")
    assert (len(lab.mailbox("gardeners@list.test")), len(lab.mailbox(SUPPORT))) == (1, 0)


def test_who_cannot_be_reached(lab):
    relay = lab.mail_hosts["alumni.test"].policy = forwarder(
        lab, "alumni.test", {"grace@alumni.test": "x@outlook.test"}
    )
    assert post(lab, "grace@alumni.test")["grace@alumni.test"].status == "delivered"  # and the sender is told
    assert relay.deliveries[0].fates["x@outlook.test"].code == 550
    assert "x@outlook.test" in lab.mailbox("clerk@bank.test")[0].text
    relay.where = {("grace", "alumni.test"): [SUPPORT]}
    lab.faults.refuse("mx1.outlook.test").refuse("mx2.outlook.test")
    fate = post(lab, "grace@alumni.test")["grace@alumni.test"]
    assert (fate.status, fate.code) == ("deferred", 451)


def test_a_circle_ends(lab):
    lab.mail_hosts["alumni.test"].policy = forwarder(
        lab, "alumni.test", {"grace@alumni.test": "olive@corner-shop.test"}
    )
    lab.mail_hosts["corner-shop.test"].policy = forwarder(
        lab, "corner-shop.test", {"olive@corner-shop.test": "grace@alumni.test"}
    )
    post(lab, "grace@alumni.test")
    (bounce,) = lab.mailbox("clerk@bank.test")
    assert "it goes in a circle" in bounce.text
