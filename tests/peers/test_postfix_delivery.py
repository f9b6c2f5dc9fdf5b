"""Postfix meets the doors of doors.py in a network namespace: its fates are those of the table, or named there."""

import json

import pytest

from tests.peers import doors
from tests.peers.inside import inside

pytestmark = [pytest.mark.peer("postfix", "ip", "unshare"), pytest.mark.timeout(150)]

PROGRAM = """
import contextlib
import socket

from tests.peers import doors
from tests.peers.postfix import HASTY, postfix

numbered = doors.numbered()
place = {}
for n, (name, domain) in enumerate(numbered):
    for m in range(len(domain.doors)):
        place[name, m] = f"198.18.{n}.{m + 1}"
for address in place.values():
    subprocess.run(["ip", "address", "add", f"{address}/32", "dev", "lo"], check=True)
lab.publish(doors.zone(lambda name, m: place[name, m], numbered))
standing, dead = {}, []
for name, domain in numbered:
    standing[name] = []
    for m, script in enumerate(domain.doors):
        at = place[name, m], 25
        if script == doors.DOWN:  # it has as many callers as it can hear, and takes none of them
            deaf = socket.create_server(at, backlog=0)
            dead.append(deaf)
            for _ in range(4):
                caller = socket.socket()
                caller.setblocking(False)
                caller.connect_ex(at)
                dead.append(caller)
        elif script != doors.REFUSED:
            standing[name].append(doors.Door(script, at))

with postfix("out.gmail.test", "198.51.100.10", more=HASTY) as running:
    everyone = set()
    for name, domain in numbered:
        people = [f"{who}@{name}.learner.test" for who in domain.people]
        running.send(b"Subject: Tulips\\n\\nThey are out.\\n", *people)
        everyone |= {*people}
    running.wait(lambda: everyone <= running.fates.keys() and not running.busy, 90)
    digits = {"sent": "2", "deferred": "4", "bounced": "5"}
    print(json.dumps({name: ["".join(digits[running.fates[f"{who}@{name}.learner.test"][0]] for who in domain.people),
                             doors.copies(domain, standing[name]),
                             [running.fates[f"{who}@{name}.learner.test"][3] for who in domain.people]]
                      for name, domain in numbered}))
"""


def test_postfix_brings_each_recipient_the_fate_of_the_table(tmp_path):
    facts = json.loads(inside(tmp_path, PROGRAM).splitlines()[-1])
    other = {}
    for name, domain in doors.numbered():
        fates, copies, said = facts[name]
        if (fates, copies) != doors.expected("Postfix", domain):
            other[domain.what] = (fates, copies, said)
    assert not other, "\n".join(map(repr, other.items()))
