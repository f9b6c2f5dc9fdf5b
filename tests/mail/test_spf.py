"""SPF: all seven results, the two identities, the limits, and what a forwarder does to it."""

import time

import pytest

from helpers.mail import check_helo, check_spf
from helpers.mail.asking import spf as pyspf
from tests.wire.pages import Page

OUT, MALLORY, MAIL = "198.51.100.10", "203.0.113.66", "192.0.2.25"


def test_pass_and_fail(lab):
    mine = check_spf(lab, OUT, "ada@gmail.test", "out.gmail.test")
    assert (mine.result, mine.scope, mine.domain, mine.matched) == ("pass", "mfrom", "gmail.test", "ip4:198.51.100.10")
    assert mine.records == (("gmail.test", "v=spf1 ip4:198.51.100.10 ip6:2001:db8:0:100::10 -all"),)
    assert check_spf(lab, "2001:db8:0:100::10", "ada@gmail.test", "out.gmail.test").matched.startswith("ip6:")
    forged = check_spf(lab, MALLORY, "ada@gmail.test", "mallory.test")
    assert (forged.result, forged.matched) == ("fail", "-all")


def test_the_face(lab):
    assert repr(check_spf(lab, OUT, "ada@gmail.test", "out.gmail.test")).split("\n") == [
        "SPF of MAIL FROM: pass",
        "  Domain                gmail.test",
        "  Client                198.51.100.10",
        "  Meaning               the address may use the domain",
        "  Reason                ip4:198.51.100.10 matches",
        "  Record of gmail.test  v=spf1 ip4:198.51.100.10 ip6:2001:db8:0:100::10 -all",
        "  Look-ups              0 of 10, 0 of 2 void",
    ]
    hostile = check_spf(lab, MALLORY, '"<script>"@<b>.test', "<i>\x1b.test")
    Page(hostile._repr_html_()).assert_headings()
    assert "<b>" not in hostile._repr_html_() and "\x1b" not in repr(check_helo(lab, MALLORY, "<i>\x1b.test"))


@pytest.mark.parametrize(
    ("record", "result", "reason"),
    [
        ("v=spf1 ip4:192.0.2.25 -all", "pass", "ip4:192.0.2.25 matches"),
        ("v=spf1 ip4:192.0.2.0/24 -all", "pass", "ip4:192.0.2.0/24 matches"),
        ("v=spf1 a:mail.learner.test -all", "pass", "a:mail.learner.test matches"),
        ("v=spf1 include:isp.test a:mail.learner.test -all", "pass", "a:mail.learner.test matches"),
        ("v=spf1 exists:%{l}.%{d} -all", "fail", "-all matches"),
        ("v=spf1 exists:mail.%{d} -all", "pass", "exists:mail.%{d} matches"),
        ("v=spf1 ptr:learner.test -all", "pass", "ptr:learner.test matches"),
        ("v=spf1 -all", "fail", "-all matches"),
        ("v=spf1 ~all", "softfail", "~all matches"),
        ("v=spf1 ?all", "neutral", "?all matches"),
        ("v=spf1 ip4:192.0.2.1", "neutral", "no mechanism matches"),
        ("v=spf1", "neutral", "no mechanism matches"),
        ("v=spf1 redirect=bank.test", "fail", "-all matches"),
        ("v=spf1 redirect=mallory.test", "permerror", "redirect domain has no SPF record"),
        ("v=spf1 include:mallory.test -all", "permerror", "No valid SPF record for included domain"),
        ("v=spf1 ipv4:192.0.2.25 -all", "permerror", "Unknown mechanism"),
        ("v=spf1 ip4:192.0.2.256 -all", "permerror", "Invalid IP4 address"),
        ("v=spf1 include:lame.test -all", "temperror", "the DNS gives no answer about lame.test (TXT) at the moment"),
        ("v=spf2 -all", "none", "learner.test has no SPF record, only other TXT records"),
        ("V=SPF1 -ALL", "fail", "-ALL matches"),
        ("v=spf1 a:no1.learner.test a:no2.learner.test -all", "fail", "-all matches"),
        ("v=spf1 a:no1.learner.test a:no2.learner.test a:no3.learner.test -all", "permerror", "Void lookup limit of 2"),
    ],
)
def test_a_record(lab, publish, record, result, reason):
    publish(f'@ TXT "{record}"\n')
    found = check_spf(lab, MAIL, "me@learner.test", "mail.learner.test")
    assert found.result == result
    assert reason in found.reason


def test_two_records_are_an_error(lab, publish):
    publish('@ TXT "v=spf1 -all"\n@ TXT "v=spf1 +all"\n')
    assert check_spf(lab, MAIL, "me@learner.test", "mail.learner.test").result == "permerror"


def test_ten_look_ups_and_no_more(lab, publish):
    past = check_spf(lab, "203.0.113.95", "a@eleven.test", "ns.eleven.test")
    assert (past.result, past.reason, past.lookups) == ("permerror", "Too many DNS lookups", 11)
    assert [domain for domain, _ in past.records] == ["eleven.test", *(f"{x}.eleven.test" for x in "abcdefghij")]
    assert "11 of 10" in repr(past)
    publish(f'@ TXT "v=spf1 {" ".join(f"include:{x}.eleven.test" for x in "abcdefghij")} ?all"\n')
    ten = check_spf(lab, MAIL, "me@learner.test", "mail.learner.test")
    assert (ten.result, ten.lookups) == ("neutral", 10)


def test_nothing_to_check(lab):
    for sender, helo, reason in (
        ("x@mallory.test", "mallory.test", "mallory.test has no SPF record"),
        ("x@nowhere.test", "mallory.test", "there is no name nowhere.test"),
        ("", "[203.0.113.66]", "[203.0.113.66] is not a whole domain name"),
        ("", "localhost", "localhost is not a whole domain name"),
        ("", "", "nothing is not a whole domain name"),
        (f"x@{'y' * 64}.test", "mallory.test", "no name that the DNS could have"),
    ):
        found = check_spf(lab, MALLORY, sender, helo)
        assert found.result == "none"
        assert reason in found.reason


def test_helo_is_a_check_of_its_own(lab):
    assert check_helo(lab, OUT, "out.gmail.test").result == "pass"
    lying = check_helo(lab, MALLORY, "out.gmail.test")
    assert (lying.result, lying.scope, lying.domain) == ("fail", "helo", "out.gmail.test")
    assert check_spf(lab, MALLORY, "x@mallory.test", "out.gmail.test").result == "none"  # MAIL FROM knows nothing of it
    assert "SPF of HELO: fail" in repr(lying)


def test_the_null_sender_is_checked_by_helo(lab):
    found = check_spf(lab, OUT, "", "out.gmail.test")
    assert (found.result, found.scope, found.domain) == ("pass", "mfrom", "out.gmail.test")


def test_the_host_that_checks_is_the_one_that_asks(lab):
    check_spf(lab, OUT, "ada@gmail.test", "out.gmail.test", host="bank.test")
    assert lab.trail.asker.name == "bank.test"
    with pytest.raises(ValueError):
        check_spf(lab, "gmail.test", "ada@gmail.test", "out.gmail.test")


def test_a_silent_dns_takes_two_seconds_at_most(lab):
    lab.faults.down("resolver.isp.test")
    began = time.monotonic()
    found = check_spf(lab, OUT, "ada@gmail.test", "out.gmail.test")
    assert time.monotonic() - began < 18  # 1.8, and a loaded machine
    assert (found.result, found.reason) == (
        "temperror",
        "the DNS gives no answer about gmail.test (TXT) at the moment",
    )


def test_outside_the_lab_pyspf_asks_the_system(monkeypatch):
    from helpers.mail import asking

    asked = []
    monkeypatch.setattr(asking, "_system_lookup", lambda *question: asked.append(question) or [])
    assert pyspf.check2(MALLORY, "x@mallory.test", "mallory.test")[0] == "none"
    assert asked[0][:2] == ("mallory.test", "TXT")
