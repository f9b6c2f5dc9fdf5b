"""Aggregate reports: made by a receiving host, read again, and what is no report refused."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.mail import BadReport, aggregate_report, judge, read_report
from tests.wire.pages import Page

SUPPORT = "support@outlook.test"


@pytest.fixture
def verdicts(lab):
    """Two forged letters, one of the bank's own an hour later, and one of somebody else's."""
    host = lab.mail_hosts["mx1.outlook.test"]
    host.policy = judge(lab, "mx1.outlook.test", lambda v: "we know it" if v.address == "203.0.113.62" else None)
    for author, sender, source in (
        ("bank.test", "bank.test", "mallory.test"),
        ("bank.test", "bank.test", "mallory.test"),
        ("gmail.test", "mallory.test", "mallory.test"),
        ("x.bank.test", "bulk.test", "bulk.test"),
        ("bank.test", "bank.test", "bank.test"),
    ):
        if source == "bank.test":
            lab.clock.advance(hours=1)
        content = f"From: x@{author}\nTo: {SUPPORT}\nDKIM-Signature: v=1; d=bulk.test; s=k\n\nHello\n"
        lab.send(content, host=source, sender=f"x@{sender}", recipients=[SUPPORT])
    return host.policy.verdicts


def test_made_and_read_again(verdicts):
    xml = aggregate_report(verdicts, "bank.test", "outlook.test")
    assert xml.startswith('<?xml version="1.0" encoding="UTF-8"?>\n<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">')
    report = read_report(xml)
    assert (report.org, report.domain) == ("outlook.test", "bank.test")
    assert report.policy == {"p": "reject", "adkim": "r", "aspf": "r", "testing": "n"}
    assert [(row.address, row.count, row.header_from, row.disposition) for row in report.rows] == [
        ("203.0.113.66", 2, "bank.test", "quarantine"),
        ("203.0.113.62", 1, "x.bank.test", "reject"),
        ("203.0.113.60", 1, "bank.test", "pass"),
    ]
    forged, _, own = report.rows
    assert (forged.dkim, forged.spf, own.spf) == ("fail", "fail", "pass")
    assert forged.reason == "local_policy: no ground but the policy (RFC 9989 section 7.4)"
    assert forged.results == ("dkim neutral bulk.test", "spf fail bank.test")
    lines = repr(report).split("\n")
    assert lines[0] == (
        "outlook.test reports on bank.test (p=reject, adkim=r, aspf=r, testing=n), 2026-03-02 00:00:00 to "
        "2026-03-02 23:59:59 UTC: 4 letters"
    )
    assert lines[1].split("  ")[0] == "  Address".strip("\n").split("  ")[0]
    Page(report._repr_html_()).assert_headings()


def test_one_letter_cannot_spoil_it(lab, verdicts):
    field = "DKIM-Signature: v=1; d=bulk.test; s=k\x01\ufffe<b>"
    content = f"From: x@bank.test\nTo: {SUPPORT}\n{field}\n\nHello\n"
    lab.send(content, host="mallory.test", sender="x@bank.test", recipients=[SUPPORT])
    verdicts = lab.mail_hosts["mx1.outlook.test"].policy.verdicts
    xml = aggregate_report(verdicts, "bank.test", "outlook.test")
    assert r"<selector>k\x01\ufffe&lt;b&gt;</selector>" in xml
    assert sum(row.count for row in read_report(xml).rows) == 5


def test_no_address_of_a_person_is_in_it(verdicts):
    xml = aggregate_report(verdicts, "bank.test", "outlook.test")
    assert "x@" not in xml and SUPPORT not in xml


def test_a_policy_of_none_and_one_that_is_tried_out(lab, publish):
    publish('_dmarc TXT "v=DMARC1; p=quarantine; sp=none; np=reject; t=y"\n')
    host = lab.mail_hosts["mx1.outlook.test"]
    host.policy = judge(lab, "mx1.outlook.test")
    for author in ("ada@gmail.test", "me@learner.test"):
        lab.send(f"From: {author}\nTo: {SUPPORT}\n\nHello\n", host="mallory.test")
    lab.send(f"From: ada@gmail.test\nTo: {SUPPORT}\n\nHello\n")
    first, third = read_report(aggregate_report(host.policy.verdicts, "gmail.test", "outlook.test")).rows
    assert (first.disposition, first.spf, third.disposition, third.spf) == ("none", "fail", "none", "pass")
    tried = read_report(aggregate_report(host.policy.verdicts, "learner.test", "outlook.test"))
    assert tried.policy == {"p": "quarantine", "sp": "none", "np": "reject", "adkim": "r", "aspf": "r", "testing": "y"}
    assert (tried.rows[0].disposition, tried.rows[0].reason) == ("none", "policy_test_mode")
    assert "1 letter\n" in repr(tried)


def test_nothing_to_report(verdicts):
    with pytest.raises(ValueError, match=r"outlook\.test has nothing to report to shop\.test"):
        aggregate_report(verdicts, "shop.test", "outlook.test")


OLD = """<?xml version="1.0"?>
<feedback><report_metadata><org_name>old.test</org_name><email>a@old.test</email><report_id>1</report_id>
<date_range><begin>1772442000</begin><end>1772528399</end></date_range></report_metadata>
<policy_published><domain>bank.test</domain><p>none</p><pct>100</pct></policy_published>
<record><row><source_ip>192.0.2.1</source_ip><count>3</count><policy_evaluated><disposition>none</disposition>
<dkim>fail</dkim><spf>pass</spf></policy_evaluated></row><identifiers><header_from>bank.test</header_from></identifiers>
</record></feedback>"""


def test_one_of_the_older_kind():
    report = read_report(OLD.encode())
    assert (report.org, report.policy["pct"], report.rows[0].count) == ("old.test", "100", 3)
    assert report.rows[0].results == ()
    assert read_report(OLD.replace("policy_evaluated", "other")).rows[0].spf == ""


@pytest.mark.parametrize("name", ["ISO-8859-1", "utf-16", "UTF-8", "windows-1251", "us-ascii", "big5", "no-such"])
def test_a_str_has_been_decoded_whatever_encoding_it_names(name):
    text = OLD.replace("?>", f' encoding="{name}"?>', 1).replace("old.test</org", "J\u00fcrgen \u4f8b</org")
    for start in ("", "\ufeff", "\n  "):
        assert read_report(start + text).org == "J\u00fcrgen \u4f8b"


@pytest.mark.parametrize("name", ["ISO-8859-1", "utf-16", "UTF-8", "windows-1252", "utf-8-sig"])
def test_octets_are_in_the_encoding_that_they_name(name):
    declared = name.removesuffix("-sig")
    text = OLD.replace("?>", f' encoding="{declared}"?>', 1).replace("old.test</org", "J\u00fcrgen</org")
    assert read_report(text.encode(name)).org == "J\u00fcrgen"


@pytest.mark.parametrize(
    ("xml", "why"),
    [
        ("", "not XML"),
        ("hello", "not XML"),
        (OLD.replace("</record>", ""), "not XML"),
        ("<html/>", "begins with <feedback>"),
        ("<feedback/>", "one of the two is missing"),
        ("<feedback><policy_published/></feedback>", "one of the two is missing"),
        (OLD.replace("<feedback>", '<!DOCTYPE feedback [<!ENTITY a "b">]><feedback>'), "document type"),
        (OLD.replace("<feedback>", '<!DOCTYPE feedback SYSTEM "file:///etc/passwd"><feedback>'), "document type"),
        (OLD.replace("<count>3", "<count>many"), "'many' is none"),
        (OLD.replace("<count>3", "<count>\u0663"), "is none"),
        (OLD.replace("1772442000", "soon"), "The begin of the time"),
        (OLD.replace("1772528399", "9" * 30), "The end of the time"),
        ("<a>" * 50 + "</a>" * 50, "nested more deeply"),
        ("<feedback>" + " " * 1_000_001 + "</feedback>", "1000000 octets"),
        (OLD.encode("utf-16"), None),
        (b'<?xml version="1.0" encoding="foo"?><feedback/>', "could be read: unknown encoding"),
        (b'<?xml version="1.0" encoding="big5"?><feedback/>', "could be read"),
        (b'<?xml version="1.0" encoding="idna"?><feedback/>', "could be read"),
        ('<?xml version="1.0" encoding="foo"?><feedback/>', "one of the two is missing"),  # a str has none any more
        ("<feedback>\ud800</feedback>", "not XML"),
        (None, "a text or bytes, and this is a NoneType"),
    ],
)
def test_what_is_no_report(xml, why):
    if why is None:  # another encoding, which the XML itself names: that is allowed
        assert read_report(xml).org == "old.test"
        return
    with pytest.raises(BadReport, match=why):
        read_report(xml)


def test_what_it_says_is_shown_and_not_done():
    report = read_report(OLD.replace("old.test</org", "&lt;script&gt;&#x202e;</org"))
    assert "\u202e" not in repr(report)
    page = Page(report._repr_html_())
    page.assert_headings()
    assert "script" not in page.tags


def test_its_table_says_in_six_columns_what_the_text_says_in_nine():
    report = read_report(OLD)
    page, (row,) = Page(report._repr_html_()), report.rows
    assert len(page.rows[0]) == 6 and len(page.rows) == 2
    assert [cell.split("\n")[0] for cell in page.rows[1]] == [
        row.address,
        str(row.count),
        f"From: {row.header_from}",
        f"✗ DKIM {row.dkim}",
        "",
        row.disposition,
    ]


@settings(max_examples=200, deadline=None)
@given(st.binary() | st.text())
def test_anything_else_is_refused(content):
    with pytest.raises(BadReport):
        read_report(content)


@pytest.mark.parametrize(("asked", "reason"), [("none", ""), ("quarantine", "policy_test_mode")])
def test_only_what_asked_for_something_can_be_tried_out(lab, publish, asked, reason):
    publish(f'_dmarc TXT "v=DMARC1; p={asked}; t=y"\n')
    host = lab.mail_hosts["mx1.outlook.test"]
    host.policy = judge(lab, "mx1.outlook.test")
    lab.send(f"From: me@learner.test\nTo: {SUPPORT}\n\nHello\n", host="mallory.test")
    (row,) = read_report(aggregate_report(host.policy.verdicts, "learner.test", "outlook.test")).rows
    assert row.reason == reason
