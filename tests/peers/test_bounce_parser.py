"""Mail::DeliveryStatus::BounceParser, a Perl module that mailing lists read reports with: it reads the course's."""

import subprocess

import pytest

from helpers.answers import deliver
from helpers.lab import Lab
from helpers.mail.delivery_report import Listening, delivery_report
from tests.conftest import find_peer

READS = r"""
my $bounce = Mail::DeliveryStatus::BounceParser->new(\*STDIN);
print $bounce->is_bounce ? "a bounce\n" : "no bounce\n";
for my $report ($bounce->reports) {
    for my $name (qw(final-recipient action status remote-mta diagnostic-code)) {
        my $value = $report->get($name) // "";
        $value =~ s/\s+/ /g;
        print "$name=$value\n";
    }
}
"""
LETTER = b"From: Ada <ada@gmail.test>\r\nSubject: Tulips\r\nMessage-ID: <1@gmail.test>\r\n\r\nThey are out.\r\n"


def read(octets: bytes) -> list[str]:
    command = [find_peer("perl bounces"), "-MMail::DeliveryStatus::BounceParser", "-e", READS]
    return subprocess.run(command, input=octets, capture_output=True, check=True).stdout.decode().split("\n")[:-1]


def state(lab, who: str, reply: str) -> dict:
    recipients = [{"address": who, "state": "failed", "reply": reply}]
    return {"sender": "ada@gmail.test", "arrived": lab.clock.now().isoformat(), "attempts": 3, "recipients": recipients}


@pytest.fixture
def line():
    with Lab(beside=True) as lab:
        yield Listening(lab)


def test_it_reads_who_said_what_where_a_host_spoke(line):
    who = "suport@outlook.test"
    was = state(line, who, deliver(line, "ada@gmail.test", [who], LETTER)[who])
    assert read(delivery_report(line, was, was["recipients"], LETTER)) == [
        "a bounce",
        f"final-recipient=rfc822; {who}",
        "action=failed",
        "status=5.1.1",
        "remote-mta=dns; mx1.outlook.test",
        f"diagnostic-code=smtp; 550 5.1.1 No mailbox here is called <{who}>",
    ]


@pytest.mark.parametrize("reply", ["4.4.1 nobody is at home", "5.1.2 there is no such domain"])
def test_nobody_is_quoted_where_nobody_spoke(line, reply):
    was = state(line, "grace@outlook.test", reply)
    found = read(delivery_report(line, was, was["recipients"], LETTER))
    assert found[:4] == [
        "a bounce",
        "final-recipient=rfc822; grace@outlook.test",
        "action=failed",
        f"status={reply[:5]}",
    ]
    assert found[4:] == ["remote-mta=", "diagnostic-code="]


def test_a_warning_is_no_bounce(line):
    was = state(line, "grace@outlook.test", "4.4.1 nobody is at home")
    assert read(delivery_report(line, was, was["recipients"], LETTER, line.clock.now())) == ["no bounce"]
