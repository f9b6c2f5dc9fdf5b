"""Sending under TLS: as it comes, as it must be, and as the domain's MTA-STS policy says; and the report of a day."""

import json
import re

import pytest

from helpers.lab import Lab, LabError, mta_sts
from helpers.lab.mta_sts import NoPolicy, StsPolicy, identity, parse
from helpers.lab.tls_report import tls_report
from tests.lab.test_sending import ScriptedServer

LETTER = "From: Ada <ada@gmail.test>\nTo: clerk@bank.test\nSubject: Hello\n\nDear clerk\n"
POLICY = "version: STSv1\r\nmode: {mode}\r\nmx: {mx}\r\nmax_age: {age}\r\n"
REASONS = {
    "expired": ("certificate has expired", "certificate-expired"),
    "wrong name": ("Hostname mismatch, certificate is not valid for 'bank.test'.", "certificate-host-mismatch"),
    "unknown authority": ("unable to get local issuer certificate", "certificate-not-trusted"),
}


@pytest.fixture
def lab():
    with Lab(beside=True) as made:
        made.certificates.pem  # noqa: B018 made before anybody waits for it
        yield made


def publish(lab, id, mode="enforce", mx="bank.test", age=604800):
    """Change the policy, and the id that tells of it."""
    lab.policy_sites["bank.test"].policy = POLICY.format(mode=mode, mx=mx, age=age)
    lab.publish(re.sub("id=[0-9]+", f"id={id}", lab.zone_text("bank.test")))
    lab.clock.advance(hours=2)  # past the TTL of the record


def send(lab, tls="mta-sts", **kwargs):
    delivery = lab.send(LETTER, tls=tls, **kwargs)
    return delivery, delivery.fates["clerk@bank.test"]


def remarks(delivery):
    return [step for step in delivery.steps if isinstance(step, str)]


# As it comes


def test_tls_is_used_where_it_is_offered(lab):
    delivery, fate = send(lab, "opportunistic")
    (attempt,) = delivery.attempts
    assert fate.status == "delivered"
    assert (attempt.domain, attempt.tls, attempt.verified, attempt.tls_failure) == ("bank.test", "TLSv1.3", False, None)
    said = repr(attempt.transcript)
    assert said.count("C: EHLO out.gmail.test") == 2
    assert "-- TLS begins: TLSv1.3, and the certificate is not checked\nC: EHLO" in said
    assert b"by bank.test with ESMTPS id" in lab.mailbox("clerk@bank.test")[0].content


def test_where_it_is_not_the_letter_goes_in_clear(lab):
    attempt = lab.send(LETTER, recipients="support@outlook.test").attempts[0]
    assert attempt.tls is None and attempt.tls_failure == "starttls-not-supported"
    assert "TLS" not in repr(attempt.transcript)


@pytest.mark.parametrize("kind", REASONS)
def test_whatever_the_certificate(lab, kind):
    lab.mail_hosts["bank.test"].tls = kind
    delivery, fate = send(lab, "opportunistic")
    assert fate.status == "delivered" and delivery.attempts[0].tls == "TLSv1.3"


def test_a_stripper_succeeds(lab):
    lab.faults.strip_tls("bank.test")
    with lab.tap("bank.test") as tap:
        delivery, fate = send(lab, "opportunistic")
    assert fate.status == "delivered" and delivery.attempts[0].tls is None
    assert "C: Dear clerk" in repr(tap)


@pytest.mark.parametrize("reply", ["454 4.7.0 Not now", "500 5.5.2 What?"])
def test_a_server_that_offers_and_then_refuses(lab, reply):
    server = ScriptedServer(EHLO="250-scripted\r\n250 STARTTLS", STAR=reply)
    lab.serve("bank.test", 25, server.endpoint)
    assert send(lab, "opportunistic")[1].status == "delivered"
    assert send(lab, "required")[1].enhanced == "4.7.4"
    server.close()


class Unable(ScriptedServer):
    """It says 220 to STARTTLS, and then knows nothing of TLS."""

    def _answer(self, sock, what):
        going_on = super()._answer(sock, what)
        if what == "STAR":
            sock.recv(65536)
            sock.sendall(b"I cannot do that\r\n")
            return False
        return going_on


def test_a_server_that_cannot_begin(lab):
    server = Unable(EHLO="250-scripted\r\n250 STARTTLS", STAR="220 Go on")
    lab.serve("bank.test", 25, server.endpoint)
    delivery, fate = send(lab, "opportunistic")
    first, second = delivery.attempts
    assert (first.error, first.tls_failure) == ("TLS did not come about", "validation-failure")
    assert fate.status == "delivered" and second.tls is None and second.tls_failure is None
    assert "C: STARTTLS" not in repr(second.transcript)
    assert send(lab, "required")[1].enhanced == "4.7.5"
    server.close()


# As it must be


def test_required_with_a_good_certificate(lab):
    delivery, fate = send(lab, "required")
    assert fate.status == "delivered" and delivery.attempts[0].verified
    assert "TLSv1.3, and the certificate is checked" in repr(delivery)


@pytest.mark.parametrize("kind", REASONS)
def test_required_with_a_bad_one(lab, kind):
    lab.mail_hosts["bank.test"].tls = kind
    delivery, fate = send(lab, "required")
    message, failure = REASONS[kind]
    (attempt,) = delivery.attempts
    assert (fate.status, fate.enhanced) == ("deferred", "4.7.5")
    assert attempt.error == fate.text == f"the certificate does not hold: {message}"
    assert (attempt.tls, attempt.tls_failure) == (None, failure)
    assert repr(attempt.transcript).endswith("S: 220 2.0.0 Ready to start TLS\n-- TLS did not come about")
    assert len(lab.mailbox("clerk@bank.test")) == 0


def test_required_where_it_is_not_offered(lab):
    lab.faults.strip_tls("bank.test")
    delivery, fate = send(lab, "required")
    assert (fate.status, fate.enhanced) == ("deferred", "4.7.4")
    assert fate.text == "bank.test does not offer STARTTLS, and without TLS the letter may not go"
    assert "MAIL" not in repr(delivery.attempts[0].transcript)


def test_the_next_exchange_may_have_what_the_first_has_not(lab):
    lab.mail_hosts["mx2.outlook.test"].tls = "valid"
    delivery = lab.send(LETTER, recipients="support@outlook.test", tls="required")
    assert delivery.fates["support@outlook.test"].exchange == "mx2.outlook.test"
    assert [attempt.tls for attempt in delivery.attempts] == [None, "TLSv1.3"]


def test_an_address_in_the_place_of_a_name(lab):
    for tls, status in (("opportunistic", "delivered"), ("mta-sts", "delivered"), ("required", "deferred")):
        fate = lab.send(LETTER, recipients="clerk@[203.0.113.60]", tls=tls).fates["clerk@[203.0.113.60]"]
        assert fate.status == status
    assert "IP address mismatch" in fate.text


def test_a_way_that_there_is_not(lab):
    with pytest.raises(LabError, match="'opportunistic', 'required', 'mta-sts', and True is none"):
        lab.send(LETTER, tls=True)


# As the policy says


def test_the_policy_is_found_kept_and_followed(lab):
    delivery, fate = send(lab)
    assert fate.status == "delivered" and delivery.attempts[0].verified
    assert remarks(delivery) == [
        "MTA-STS: https://mta-sts.bank.test/.well-known/mta-sts.txt says mode enforce, mx bank.test, max_age 604800"
    ]
    assert delivery.lookups[0].answers == ('"v=STSv1; id=20260302090000"',)
    assert delivery.policies["bank.test"].policy is lab._mail.policies["out.gmail.test"]["bank.test"]
    again, _ = send(lab)
    assert remarks(again) == [
        "MTA-STS: the id of bank.test's policy has not changed; the one fetched earlier still holds, mode enforce"
    ]


def test_a_stripper_fails(lab):
    lab.faults.strip_tls("bank.test")
    assert send(lab)[1].enhanced == "4.7.4"
    assert len(lab.mailbox("clerk@bank.test")) == 0


def test_hiding_the_record_comes_too_late_and_succeeds_before(lab):
    send(lab)
    zone = lab.zone_text("bank.test")
    lab.publish("\n".join(line for line in zone.split("\n") if "STSv1" not in line))
    lab.clock.advance(hours=2)
    lab.faults.strip_tls("bank.test")
    delivery, fate = send(lab)
    assert fate.status == "deferred"
    assert remarks(delivery) == [
        "MTA-STS: the DNS knows of no policy of bank.test; the one fetched earlier still holds, mode enforce"
    ]
    first, fate = send(lab, host="bulk.test")  # another sender, which has fetched nothing yet
    assert fate.status == "delivered" and first.attempts[0].tls is None
    assert remarks(first) == ["MTA-STS: the DNS knows of no policy of bank.test; so none holds"]
    lab.clock.advance(days=8)
    assert send(lab)[1].status == "delivered"  # what was fetched is too old by now


@pytest.mark.parametrize(
    ("breaking", "sentence", "failure"),
    [
        (
            lambda lab: setattr(lab.policy_sites["bank.test"], "tls", "expired"),
            "the certificate of mta-sts.bank.test does not hold: certificate has expired",
            "sts-webpki-invalid",
        ),
        (
            lambda lab: lab.serve("bank.test", 443, lab._net.routes.endpoint(lab.host("bank.test"), 25)),
            "mta-sts.bank.test does not serve it (it speaks no TLS)",
            "sts-policy-fetch-error",
        ),
        (
            lambda lab: lab.faults.refuse("bank.test", 443),
            "mta-sts.bank.test does not serve it (bank.test (203.0.113.60) refuses port 443: "
            "no program listens there.)",
            "sts-policy-fetch-error",
        ),
        (
            lambda lab: setattr(lab.policy_sites["bank.test"], "page", lambda path: ("200 OK", "text/html", "Hello")),
            "mta-sts.bank.test answers 200 with 5 octets of text/html",
            "sts-policy-fetch-error",
        ),
        (
            lambda lab: setattr(lab.policy_sites["bank.test"], "page", lambda path: ("302 Found", "text/plain", "")),
            "mta-sts.bank.test answers 302 with 0 octets of text/plain",
            "sts-policy-fetch-error",
        ),
        (
            lambda lab: setattr(lab.policy_sites["bank.test"], "policy", "Hello"),
            "its version is not STSv1",
            "sts-policy-invalid",
        ),
        (
            lambda lab: lab.publish(lab.zone_text("bank.test").replace("mta-sts      A", "elsewhere    A")),
            "mta-sts.bank.test has no address",
            "sts-policy-fetch-error",
        ),
    ],
)
def test_a_policy_that_cannot_be_had(lab, breaking, sentence, failure):
    breaking(lab)
    delivery, fate = send(lab)
    assert remarks(delivery) == [f"MTA-STS: bank.test has a policy that cannot be had: {sentence}; so none holds"]
    assert delivery.policies["bank.test"] == mta_sts.Finding(None, failure)
    assert fate.status == "delivered"  # as though there were none (RFC 8461 section 3.3)
    report = tls_report([delivery], "bank.test", lab.clock.now())["policies"][0]
    assert report["policy"]["policy-type"] == "no-policy-found"
    assert report["failure-details"] == [{"result-type": failure, "failed-session-count": 1}]


def test_a_new_id_brings_the_new_policy(lab):
    send(lab)
    publish(lab, id=2, mode="none", age=0)
    lab.faults.strip_tls("bank.test")
    delivery, fate = send(lab)
    assert fate.status == "delivered" and "says mode none, mx bank.test, max_age 0" in remarks(delivery)[0]


def test_an_exchange_that_the_policy_does_not_name(lab):
    publish(lab, id=2, mx="*.bank.test")
    delivery, fate = send(lab)
    assert (fate.status, fate.enhanced) == ("deferred", "4.7.5")
    assert fate.text == "bank.test's MTA-STS policy does not name this exchange, bank.test"
    (attempt,) = delivery.attempts
    assert attempt.tls_failure == "validation-failure" and not attempt.transcript.lines


@pytest.mark.parametrize("kind", REASONS)
def test_testing_delivers_all_the_same_and_notes_it(lab, kind):
    publish(lab, id=2, mode="testing")
    lab.mail_hosts["bank.test"].tls = kind
    delivery, fate = send(lab)
    first, second = delivery.attempts
    assert fate.status == "delivered"
    assert (first.tls, first.tls_failure) == (None, REASONS[kind][1])
    assert (second.tls, second.verified, second.tls_failure) == ("TLSv1.3", False, None)
    assert remarks(delivery)[1] == "the letter may go without that: once more"


def test_testing_where_nothing_is_offered_or_named(lab):
    publish(lab, id=2, mode="testing", mx="mx.bank.test")
    delivery, fate = send(lab)
    assert fate.status == "delivered" and delivery.attempts[0].tls_failure == "validation-failure"
    publish(lab, id=3, mode="testing")
    lab.faults.strip_tls("bank.test")
    delivery, fate = send(lab)
    assert fate.status == "delivered" and delivery.attempts[0].tls_failure == "starttls-not-supported"
    assert remarks(delivery)[-1] == "bank.test's MTA-STS policy is being tested only: the letter goes in clear"


def test_domains_without_a_policy_are_as_ever(lab):
    delivery = lab.send(LETTER, recipients="support@outlook.test", tls="mta-sts")
    assert remarks(delivery) == ["MTA-STS: the DNS knows of no policy of outlook.test; so none holds"]
    assert delivery.fates["support@outlook.test"].status == "delivered"


# Reading records and policies


@pytest.mark.parametrize(
    ("answers", "id"),
    [
        (['"v=STSv1; id=20160831085700Z;"'], "20160831085700Z"),
        (['"v=STSv1;id=1"', '"v=spf1 -all"'], "1"),
        (['"v=STSv1; " "id=12"'], "12"),
        (['"v=STSv1 ; more=x; id=a1"'], "a1"),
        (['"v=STSv1; id = a1"'], None),
        (['"v=STSv1; a b; id=a1"'], None),
        (['"v=STSv1; id=1"', '"v=STSv1; id=2"'], None),
        (['"v=STSv1"'], None),
        (['"v=STSv1; id=;"'], None),
        (['"v=STSv1; id=a-b"'], None),
        (['"v=STSv1; id=' + "a" * 33 + '"'], None),
        (['"v=STSv2; id=1"'], None),
        ([], None),
    ],
)
def test_the_record(answers, id):
    assert identity(answers) == id


def test_a_policy_is_read_with_either_line_end_and_what_is_unknown_left_out():
    text = "version: STSv1\nmode:enforce\nmx: MX.bank.test\nmode: none\nfuture: x\nmx:*.bank.test\nmax_age: 60\nHello"
    policy = parse(text, "1", 0.0)
    assert (policy.mode, policy.mx, policy.max_age) == ("enforce", ("mx.bank.test", "*.bank.test"), 60)
    assert policy.holds(59) and not policy.holds(60)


@pytest.mark.parametrize(
    ("exchange", "named"),
    [
        ("mx.bank.test", True),
        ("MX.Bank.Test", True),
        ("a.mail.test", True),
        ("a.b.mail.test", False),
        ("mail.test", False),
        (".mail.test", True),
        ("xmail.test", False),
    ],
)
def test_which_exchanges_it_names(exchange, named):
    assert StsPolicy("1", "enforce", ("mx.bank.test", "*.mail.test"), 60, "", 0).names(exchange) == named


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("STSv1", "STSv2"), "version"),
        (("enforce", "strict"), "mode"),
        (("max_age: 60", "max_age: soon"), "max_age"),
        (("max_age: 60", "max_age: 31557601"), "max_age"),
        (("max_age: 60", "max_age: " + "9" * 5000), "max_age"),
        (("max_age: 60", "max_age: -1"), "max_age"),
        (("mx: bank.test", ""), "mx"),
    ],
)
def test_a_policy_that_is_none(change, sentence):
    text = POLICY.format(mode="enforce", mx="bank.test", age=60)
    with pytest.raises(NoPolicy, match=sentence) as caught:
        parse(text.replace(*change), "1", 0.0)
    assert caught.value.args[1] == "sts-policy-invalid"


# The report


def test_the_report_of_a_day(lab):
    deliveries = [send(lab)[0], send(lab, "opportunistic")[0]]
    lab.mail_hosts["bank.test"].tls = "expired"
    deliveries += [send(lab)[0], send(lab)[0]]
    lab.faults.strip_tls("bank.test")
    deliveries += [send(lab)[0], lab.send(LETTER, recipients="support@outlook.test", tls="mta-sts")]
    report = json.loads(json.dumps(tls_report(deliveries, "bank.test", lab.clock.now())))
    assert report["organization-name"] == "gmail.test" and report["contact-info"] == "postmaster@gmail.test"
    assert report["date-range"] == {"start-datetime": "2026-03-02T00:00:00Z", "end-datetime": "2026-03-02T23:59:59Z"}
    assert report["report-id"] == "2026-03-02-gmail.test-bank.test"
    sts, none = report["policies"]
    assert sts["policy"] == {
        "policy-type": "sts",
        "policy-domain": "bank.test",
        "policy-string": ["version: STSv1", "mode: enforce", "mx: bank.test", "max_age: 604800"],
        "mx-host": ["bank.test"],
    }
    assert sts["summary"] == {"total-successful-session-count": 1, "total-failure-session-count": 3}
    assert sts["failure-details"] == [
        {
            "result-type": result,
            "sending-mta-ip": "198.51.100.10",
            "receiving-mx-hostname": "bank.test",
            "receiving-ip": "203.0.113.60",
            "failed-session-count": count,
        }
        for result, count in (("certificate-expired", 2), ("starttls-not-supported", 1))
    ]
    assert none["policy"] == {"policy-type": "no-policy-found", "policy-domain": "bank.test"}
    assert none["summary"] == {"total-successful-session-count": 1, "total-failure-session-count": 0}


def test_what_was_only_tested_is_no_success(lab):
    publish(lab, id=2, mode="testing")
    lab.mail_hosts["bank.test"].tls = "wrong name"
    (policy,) = tls_report([send(lab)[0]], "bank.test", lab.clock.now())["policies"]
    assert policy["summary"] == {"total-successful-session-count": 0, "total-failure-session-count": 1}
