"""The bounce, read as a receiving program reads it (RFC 3464, RFC 6522)."""

from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from helpers.lab import bounce
from helpers.lab.cast import Host
from helpers.lab.delivery import Delivery, Fate

OUT = Host("out.gmail.test", ("198.51.100.10",), "sends")
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
CONTENT = b"From: Ada <ada@gmail.test>\r\nSubject: Hello\r\n\r\nSecret body\r\n"
UNKNOWN = Fate("bounced", 550, "5.1.1", "No mailbox here is called <suport@outlook.test>", "mx1.outlook.test")
NXDOMAIN = Fate("bounced", None, "5.1.2", "there is no domain called oulook.test")
KEPT = Fate("delivered", 250, "2.0.0", "Kept", "mx1.outlook.test")


def report(fates=None, content=CONTENT, sender="ada@gmail.test"):
    fates = fates or {"suport@outlook.test": UNKNOWN}
    delivery = Delivery(OUT, sender, tuple(fates), content, fates=fates)
    octets = bounce.compose(delivery, "0001", NINE)
    assert b"\n" not in octets.replace(b"\r\n", b"") and b"\r" not in octets.replace(b"\r\n", b"")
    return octets


def parts(octets):
    message = message_from_bytes(octets, policy=policy.default)
    assert not message.defects
    return message, list(message.iter_parts())


def said(part):
    return part.get_content().replace("\r\n", "\n")


def groups(part):
    """The groups of fields of a delivery-status part."""
    return [dict(group.items()) for group in part.get_payload()]


def test_its_header():
    message, three = parts(report())
    assert message["From"] == "Mail Delivery System <postmaster@gmail.test>"
    assert message["To"] == "ada@gmail.test" and message["Auto-Submitted"] == "auto-replied"
    assert message.get_content_type() == "multipart/report"
    assert message["Content-Type"].params["report-type"] == "delivery-status"
    assert [part.get_content_type() for part in three] == [
        "text/plain",
        "message/delivery-status",
        "text/rfc822-headers",
    ]
    assert not any(part.defects for part in three)


def test_the_part_for_people():
    _, (words, _, _) = parts(report())
    text = said(words)
    assert text.startswith(
        "This is the mail system at out.gmail.test.\n\nYour letter was not delivered to the address below."
    )
    assert "  <suport@outlook.test>\n    mx1.outlook.test answered: 550 5.1.1 No mailbox here is called\n" in text


def test_the_part_for_programs():
    _, (_, facts, _) = parts(report())
    assert groups(facts) == [
        {"Reporting-MTA": "dns; out.gmail.test", "Arrival-Date": "Mon, 02 Mar 2026 09:00:00 +0000"},
        {
            "Final-Recipient": "rfc822; suport@outlook.test",
            "Action": "failed",
            "Status": "5.1.1",
            "Remote-MTA": "dns; mx1.outlook.test",
            "Diagnostic-Code": "smtp; 550 5.1.1 No mailbox here is called <suport@outlook.test>",
        },
    ]


def test_what_no_server_said_is_not_quoted():
    _, (words, facts, _) = parts(report({"a@oulook.test": NXDOMAIN}))
    assert groups(facts)[1] == {"Final-Recipient": "rfc822; a@oulook.test", "Action": "failed", "Status": "5.1.2"}
    assert "  <a@oulook.test>\n    there is no domain called oulook.test.\n" in said(words)


def test_an_enhanced_code_that_the_server_did_not_give_is_not_quoted():
    _, (words, facts, _) = parts(
        report({"a@outlook.test": Fate("bounced", 550, "5.0.0", "No", "mx1.x.test", coded=False)})
    )
    assert groups(facts)[1]["Status"] == "5.0.0" and groups(facts)[1]["Diagnostic-Code"] == "smtp; 550 No"
    assert "mx1.x.test answered: 550 No\n" in said(words)


def test_only_the_refused_are_named():
    fates = {"support@outlook.test": KEPT, "suport@outlook.test": UNKNOWN, "a@oulook.test": NXDOMAIN}
    octets = report(fates)
    _, (words, facts, _) = parts(octets)
    assert len(groups(facts)) == 3 and b"<support@outlook.test>" not in octets
    assert "to the addresses below" in said(words)


def test_the_letters_header_comes_back_and_its_body_does_not():
    _, (_, _, header) = parts(report())
    assert header.get_payload().replace("\r\n", "\n") == "From: Ada <ada@gmail.test>\nSubject: Hello\n"
    assert b"Secret body" not in report()


def test_the_same_delivery_gives_the_same_octets():
    assert report() == report()


@pytest.mark.parametrize(
    "hostile",
    [b"--bounce 0001", b"--bounce 0001--", b"--bounce", b"X: 1\r\n --bounce 0001--"],
)
def test_a_header_cannot_end_its_part_early(hostile):
    from helpers.lab.outgoing import BadLetter, octets

    content = hostile + b"\r\nSubject: x\r\n\r\n"
    try:
        octets(content)
    except BadLetter:  # it never gets as far as a bounce
        return
    _, three = parts(report(content=content))
    assert len(three) == 3 and "Subject: x" in three[2].get_payload()


def test_a_hostile_answer_stays_in_its_field():
    nasty = Fate("bounced", 550, "5.0.0", "no\r\nBcc: all@x.test\x1b[2J " + "y" * 3000, "mx1.outlook.test")
    message, (words, facts, _) = parts(report({"a@outlook.test": nasty}))
    assert message["Bcc"] is None and list(groups(facts)[1]) == [
        "Final-Recipient",
        "Action",
        "Status",
        "Remote-MTA",
        "Diagnostic-Code",
    ]
    assert "\x1b" not in said(words)
    assert max(map(len, report({"a@outlook.test": nasty}).split(b"\r\n"))) < 998


def test_a_line_that_no_server_would_take_is_cut():
    octets = report(content=b"Subject: " + b"x" * 5000 + b"\r\n\r\n")
    assert max(map(len, octets.split(b"\r\n"))) < 998 and b"xxx (cut here)" in octets


@pytest.mark.parametrize(
    ("sender", "recipient", "content", "types"),
    [
        ("ada@gmail.test", "jürgen@outlook.test", CONTENT, ["message/global-delivery-status", "text/rfc822-headers"]),
        (
            "ada@gmail.test",
            "a@outlook.test",
            "Subject: Grüße\r\n\r\n".encode(),
            ["message/delivery-status", "message/global-headers"],
        ),
        ("jürgen@grüße.test", "a@outlook.test", CONTENT, ["message/delivery-status", "text/rfc822-headers"]),
    ],
)
def test_addresses_and_headers_beyond_ascii_have_types_of_their_own(sender, recipient, content, types):
    octets = report({recipient: NXDOMAIN}, content, sender)
    message, three = parts(octets)
    assert [part.get_content_type() for part in three[1:]] == types
    encodings = ["8bit" if "global" in kind else "7bit" for kind in types]
    assert [part["Content-Transfer-Encoding"] for part in three[1:]] == encodings
    kind = "rfc822" if recipient.isascii() else "utf-8"
    assert f"Final-Recipient: {kind}; {recipient}\r\n".encode() in octets


def test_it_arrives_by_smtp_with_the_null_return_path(lab):
    delivery = lab.send("From: ada@gmail.test\nTo: suport@outlook.test, grace@oulook.test\nSubject: Hello\n\nHello\n")
    letter = lab.mailbox("ada@gmail.test")[0]
    assert (
        delivery.bounce is letter and letter.envelope.sender == "" and letter.envelope.recipients == ("ada@gmail.test",)
    )
    assert "suport@outlook.test" in letter.text and "there is no domain called oulook.test" in letter.text
    message, three = parts(letter.content)
    assert message["Return-Path"] == "<>" and len(message.get_all("Received")) == 2 and message["Message-ID"]
    assert len(groups(three[1])) == 3
    assert "Message-ID: <20260302090000.0001@out.gmail.test>" in three[2].get_payload()
    assert len(lab.mailbox("ada@gmail.test")) == 1
    assert lab.mail_hosts["in.gmail.test"].sessions[-1].letters == [letter]


def test_a_bounce_beyond_ascii_arrives(lab):
    delivery = lab.send("From: ada@gmail.test\nTo: jürgen@outlook.test\nSubject: Grüße\n\nÜ\n")
    assert delivery.bounce is not None and "jürgen@outlook.test" in delivery.bounce.text
