"""Postfix's own queue, in a network namespace, meets greylisting, 421, silence, cuts and slow answers in the lab.

Each letter arrives once, or is reported; twice only where a host took it and its answer to the final dot was lost. When
a test wants the next try it says `postqueue -f`, and does not wait for it.
"""

import pytest

from tests.peers import postfix
from tests.peers.inside import learn

pytestmark = [pytest.mark.peer("postfix", "ip", "unshare"), pytest.mark.timeout(150)]

# Faults at a moment are of the wire, and who comes to a host's real address is past that. So Postfix is told where the
# forwarders stand; the taps keep them there.
DOORS = """
ADA = "ada@gmail.test"
DOORS = {"greeting": ("mx1.outlook.test", "support@outlook.test"), "EHLO": ("mx1.twins.test", "tom@twins.test"),
         "MAIL": ("corner-shop.test", "olive@corner-shop.test"), "RCPT": ("bank.test", "clerk@bank.test"),
         "DATA": ("shop.test", "sales@shop.test"), ".": ("bulk.test", "news@bulk.test")}
domains = {who.partition("@")[2]: host for host, who in DOORS.values()}
for host in domains.values():
    lab.tap(host)
forwarders = (f"{domain}=smtp:[127.0.0.1]:{lab.route(host, 25)[1]}" for domain, host in domains.items())
HERE = f"transport_maps = inline:{{ {', '.join(forwarders)} }}\\n"

def copies():
    return {moment: len(lab.mailbox(who)) for moment, (_, who) in DOORS.items()}
"""


@pytest.mark.parametrize(("fault", "after_the_dot"), [("421", 0), ("cut", 1), ("silence", 1)])
def test_each_letter_arrives_once_or_is_reported(tmp_path, fault, after_the_dot):
    facts = learn(
        tmp_path,
        postfix.BEGIN
        + DOORS
        + f"fault = {fault!r}\n"
        + """
for moment, (host, _) in DOORS.items():
    lab.faults.at(host, moment, fault)
everyone = {who for _, who in DOORS.values()}
nobody = [f"nobody@{domain}" for domain in domains]
with postfix(*OUT, more=HERE + HASTY) as running:
    for _, who in DOORS.values():
        running.send(LETTERS["dots"], who, f"nobody@{who.partition('@')[2]}")
    running.wait(lambda: everyone <= running.fates.keys() and not running.busy)
    show(first={moment: running.fates[who][0] for moment, (_, who) in DOORS.items()}, before=copies())
    lab.faults.clear()
    running.command("postqueue", "-f")
    running.wait(lambda: {running.fates[who][0] for who in everyone} == {"sent"} and not running.busy)
    running.wait(lambda: len(lab.mailbox(ADA)) >= len(nobody))
    show(copies=copies(), queue=running.command("postqueue", "-p"),
         same=all(bare(letter.content) == LETTERS["dots"] for who in everyone for letter in lab.mailbox(who)),
         nobody=nobody, reported=[who for who in nobody for letter in lab.mailbox(ADA) if f"<{who}>" in letter.text])
""",
    )
    assert set(facts["first"].values()) == {"deferred"}
    assert facts["before"] == {moment: after_the_dot if moment == "." else 0 for moment in facts["first"]}
    assert facts["copies"] == {moment: 1 + after_the_dot if moment == "." else 1 for moment in facts["first"]}
    assert facts["same"] and facts["queue"] == "Mail queue is empty\n"
    assert facts["reported"] == facts["nobody"]


def test_it_waits_for_a_slow_answer_at_every_moment(tmp_path):
    """Four minutes by the lab's clock, which moves once all six answers are held."""
    facts = learn(
        tmp_path,
        postfix.BEGIN
        + DOORS
        + """
for moment, (host, _) in DOORS.items():
    lab.faults.at(host, moment, "hold", minutes=4)
with postfix(*OUT, more=HERE) as running:
    for _, who in DOORS.values():
        running.send(LETTERS["dots"], who)
    running.wait(lambda: len(lab._net.held) == 2 * len(DOORS))  # the two clients' ends of each wire
    show(meanwhile=running.fates)
    lab.clock.advance(minutes=4)
    running.wait(lambda: len(running.fates) == len(DOORS) and not running.busy)
    show(fates=[fate[0] for fate in running.fates.values()], copies=copies())
""",
    )
    assert facts["meanwhile"] == {} and facts["fates"] == ["sent"] * 6
    assert set(facts["copies"].values()) == {1}


def test_it_comes_back_to_a_host_that_does_not_know_it_yet(tmp_path):
    """The greylisting is the one of notebook 11."""
    facts = learn(
        tmp_path,
        postfix.BEGIN
        + """
import pathlib
import tempfile

from tests.peers.learners_queue import LearnersQueue

SUPPORT, GRACE = "support@outlook.test", "grace@outlook.test"
NOT_YET = "450 4.7.0 We have not met"

def asked():
    return sum("status=deferred" in line and NOT_YET in line for line in running.log)

with tempfile.TemporaryDirectory() as name, postfix(*OUT) as running:
    greylist = LearnersQueue(lab, pathlib.Path(name)).cells.greylist
    for exchange in ("mx1.outlook.test", "mx2.outlook.test"):  # which share the list
        lab.mail_hosts[exchange].policy = greylist
    running.send(LETTERS["dots"], SUPPORT)
    running.wait(lambda: asked() == 1)
    running.command("postqueue", "-f")
    running.wait(lambda: asked() == 2 and not running.busy)
    show(at_once=[running.fates[SUPPORT][0], len(lab.mailbox(SUPPORT))])
    lab.clock.advance(minutes=1)
    running.command("postqueue", "-f")
    running.wait(lambda: running.fates[SUPPORT][0] == "sent")
    running.send(LETTERS["dots"], GRACE)
    running.wait(lambda: GRACE in running.fates)
    show(later=[len(lab.mailbox(SUPPORT)), asked()], grace=running.fates[GRACE][0], known=len(lab.mailbox(GRACE)))
""",
    )
    assert facts["at_once"] == ["deferred", 0] and facts["later"] == [1, 2]
    assert (facts["grace"], facts["known"]) == ("sent", 1)
