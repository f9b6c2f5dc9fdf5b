"""SPF: all seven results, the two identities, the limits, and what a forwarder does to it."""

import time

import pytest

from helpers.mail import asking, check_helo, check_spf
from helpers.mail.asking import spf as pyspf
from tests.wire.pages import Page

LONG = f"{'c' * 60}.{'d' * 60}.{'e' * 60}"  # what is left of a name of more than 253 characters
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
        "SPF of MAIL FROM: ✓ pass",
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
        ("v=spf1 REDIRECT=bank.test", "fail", "-all matches"),
        ("v=spf1 redirect=bank.test Redirect=isp.test", "permerror", "at most once"),
        ("v=spf1 EXISTS:%{IR}.learner.test -all", "fail", "-all matches"),
        ("v=spf1 exists:mail.%{d002} -all", "pass", "exists:mail.%{d002} matches"),
        ("v=spf1 exists:mail.%{d99999} -all", "pass", "exists:mail.%{d99999} matches"),
        ("v=spf1 exists:%{d0} -all", "permerror", "Invalid macro: %{d0}"),
        ("v=spf1 exists:mail.%{d@} -all", "permerror", "Invalid macro"),
        ("v=spf1 exists:%%%x.%{d} -all", "permerror", "Invalid macro"),
        ("v=spf1 exists:%{r}.%{d} -all", "permerror", "Invalid macro"),
        ("v=spf1 a/33 -all", "permerror", "Invalid IP4 CIDR length"),
        ("v=spf1 a/" + "9" * 5000 + " -all", "permerror", "Invalid CIDR length"),
        ("v=spf1 a:no1.learner.test a:no2.learner.test -all", "fail", "-all matches"),
        ("v=spf1 a:no1.learner.test a:no2.learner.test a:no3.learner.test -all", "permerror", "Void lookup limit of 2"),
    ],
)
def test_a_record(lab, publish, record, result, reason):
    strings = " ".join(f'"{record[n : n + 250]}"' for n in range(0, len(record), 250))
    publish(f"@ TXT {strings}\n")
    found = check_spf(lab, MAIL, "me@learner.test", "mail.learner.test")
    assert found.result == result
    assert reason in found.reason


@pytest.mark.parametrize(("exchanges", "result"), [(10, "fail"), (11, "permerror")])
def test_an_mx_with_more_than_ten_hosts_is_an_error(lab, publish, exchanges, result):
    names = [f"m{n}.learner.test" for n in range(exchanges)]
    publish('@ TXT "v=spf1 mx -all"\n' + "".join(f"@ MX 10 {n}.\n{n}. A 192.0.2.1\n" for n in names))
    assert check_spf(lab, MAIL, "me@learner.test", "mail.learner.test").result == result


def test_a_redirect_costs_a_look_up_where_it_is_followed(lab, publish):
    ten = " ".join(["a:mail.learner.test"] * 10)
    publish(
        f'@ TXT "v=spf1 a:mail.learner.test redirect=bank.test"\nten TXT "v=spf1 {ten} redirect=isp.test"\n'
        'loop TXT "v=spf1 redirect=loop.learner.test"\nin TXT "v=spf1 include:learner.test -all"\n'
    )

    def found(address, name):
        spf = check_spf(lab, address, f"me@{name}learner.test", "mail.learner.test")
        return spf.result, spf.lookups

    assert found(MAIL, "") == ("pass", 1)
    assert found(MALLORY, "") == ("fail", 3)  # a, the redirect, and a of bank.test
    assert found(MAIL, "in.") == ("pass", 2)
    assert found(MALLORY, "ten.") == ("permerror", 11)
    assert found(MALLORY, "loop.") == ("permerror", 11)


def test_mx_knows_no_implicit_mx_and_a_subdomain_inherits_nothing(lab, publish):
    publish('mail TXT "v=spf1 mx -all"\n@ TXT "v=spf1 +all"\nshop A 192.0.2.25\n')
    assert check_spf(lab, MAIL, "me@mail.learner.test", "mail.learner.test").result == "fail"
    assert check_spf(lab, MAIL, "me@shop.learner.test", "mail.learner.test").result == "none"


@pytest.mark.parametrize(
    ("sender", "helo", "record", "name"),
    [
        ("strong-bad@learner.test", "mail.learner.test", "%{lr-}", "bad.strong"),
        ("strong-bad@learner.test", "mail.learner.test", "%{L1R-}", "strong"),
        ("me@learner.test", "mail.learner.test", "%{iR}", "25.2.0.192"),
        ("me@learner.test", "my-mail.learner.test", "%{h-}", "my.mail.learner.test"),
        ("a+b@learner.test", "mail.learner.test", "%{L}", "a%2Bb"),
        ('"x@y"@learner.test', "mail.learner.test", "%{o}", "learner.test"),
        ("@learner.test", "mail.learner.test", "%{l}", "postmaster"),
        (f"{'b' * 60}.{'c' * 60}.{'d' * 60}@learner.test", "mail.learner.test", "%{l}." + "e" * 60, LONG),
    ],
)
def test_a_macro_in_a_name(lab, publish, sender, helo, record, name):
    publish(f'@ TXT "v=spf1 exists:{record}.ok.learner.test -all"\n{name}.ok A 127.0.0.2\n')
    assert check_spf(lab, MAIL, sender, helo).result == "pass"


def test_a_dns_error_about_the_clients_name_is_no_error_of_ptr(lab, publish, monkeypatch):
    def records(self, name, rdtype, lifetime):
        if rdtype == "PTR":
            raise asking.NoAnswer("silence")
        return there(self, name, rdtype, lifetime)

    there = asking.Asking.records
    monkeypatch.setattr(asking.Asking, "records", records)
    publish('@ TXT "v=spf1 ptr:learner.test exists:%{p}.known.learner.test -all"\nunknown.known A 127.0.0.2\n')
    found = check_spf(lab, MAIL, "me@learner.test", "mail.learner.test")
    assert (found.result, found.matched) == ("pass", "exists:%{p}.known.learner.test")


@pytest.mark.parametrize(
    "domain",
    ["bücher.learner.test", "BÜCHER.Learner.TEST", "bu\u0308cher\u3002learner.test", "XN--bcher-kva.learner.test."],
)
def test_one_domain_in_several_spellings(lab, publish, domain):
    publish('xn--bcher-kva TXT "v=spf1 ip4:192.0.2.25 -all"\n')
    for found in (check_spf(lab, MAIL, f"a@{domain}", "mail.learner.test"), check_helo(lab, MAIL, domain)):
        assert (found.result, found.domain) == ("pass", "xn--bcher-kva.learner.test")


def test_a_sharp_s_is_a_letter_of_its_own(lab, publish):  # IDNA 2008, not 2003
    publish('xn--strae-oqa TXT "v=spf1 ip4:192.0.2.25 -all"\n')
    assert check_spf(lab, MAIL, "a@straße.learner.test", "mail.learner.test").result == "pass"


def test_the_local_part_may_hold_an_at_in_quotes(lab, publish):
    publish('@ TXT "v=spf1 -all"\n')
    for sender in ('"x@y"@learner.test', '"@"@LEARNER.test', '"a@bank.test"@learner.test.'):
        found = check_spf(lab, MALLORY, sender, "mallory.test")
        assert (found.result, found.domain) == ("fail", "learner.test")
    assert check_helo(lab, OUT, "x@out.gmail.test").result == "none"  # a name has no local part


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
    assert "SPF of HELO: ✗ fail" in repr(lying)


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
    asked = []
    monkeypatch.setattr(asking, "_system_lookup", lambda *question: asked.append(question) or [])
    assert pyspf.check2(MALLORY, "x@mallory.test", "mallory.test")[0] == "none"
    assert asked[0][:2] == ("mallory.test", "TXT")
