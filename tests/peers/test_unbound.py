"""unbound, a recursive resolver of others, walks the lab from its root, and learns what the lab's own resolver does."""

import json
from collections import Counter

import pytest

from helpers.lab.cast import CAST, ROOT
from helpers.lab.zones import of_the_cast
from tests.conftest import find_peer
from tests.peers.inside import inside

TYPES = ("A", "AAAA", "CNAME", "MX", "NS", "PTR", "SOA", "TXT")

# It takes test. and the addresses for documentation for names of nobody's, unless it is told otherwise.
CONFIGURATION = """
server:
    interface: 127.0.0.1
    port: 5353
    username: ""
    chroot: ""
    directory: "{folder}"
    pidfile: ""
    use-syslog: no
    do-daemonize: no
    num-threads: 1
    module-config: "iterator"
    root-hints: "root.hints"
    local-zone: "test." nodefault
    local-zone: "2.0.192.in-addr.arpa." nodefault
    local-zone: "100.51.198.in-addr.arpa." nodefault
    local-zone: "113.0.203.in-addr.arpa." nodefault
    local-zone: "8.b.d.0.1.0.0.2.ip6.arpa." nodefault
"""

# What runs in the namespace, beside a lab with the real addresses: it asks both, and prints what they say.
PROGRAM = """
import json
import subprocess

import dns.exception
import dns.message
import dns.query
import dns.rcode

def ask(address, port, name, rdtype, timeout=5):
    reply, _ = dns.query.udp_with_fallback(dns.message.make_query(name, rdtype), address, timeout, port)
    answers = sorted(f"{{rrset.name}} {{rrset.rdtype.name}} {{data}}" for rrset in reply.answer for data in rrset)
    denials = sorted(f"{{rrset.name}} {{rrset.rdtype.name}}" for rrset in reply.authority if not answers)
    return [dns.rcode.to_text(reply.rcode()), answers, denials]

with open({folder!r} + "/log", "w") as log:
    unbound = subprocess.Popen([{unbound!r}, "-c", {folder!r} + "/unbound.conf"], stdout=log, stderr=log)
try:
    for _ in range(100):
        try:
            ask("127.0.0.1", 5353, "outlook.test", "SOA", 0.1)
            break
        except dns.exception.Timeout:
            assert unbound.poll() is None, open({folder!r} + "/log").read()
    for name, rdtype in json.load(open({folder!r} + "/questions")):
        print(json.dumps([name, rdtype, ask("192.0.2.53", 53, name, rdtype), ask("127.0.0.1", 5353, name, rdtype)]))
finally:
    unbound.terminate()
    unbound.wait()
"""


def questions() -> list[tuple[str, str]]:
    """Every name and type of the cast, and names beside each that are not there or only by a wildcard."""
    names = {name.to_text() for host in CAST for origin in host.zones for name in of_the_cast(origin)}
    asked = [(name, rdtype) for name in sorted(names) for rdtype in TYPES]
    return asked + [(f"nobody.{name}".replace("..", "."), "A") for name in sorted(names)]


@pytest.fixture
def both(tmp_path) -> list:
    """What the lab's resolver and unbound say to every question: (name, type, the lab's answer, unbound's)."""
    unbound = find_peer("unbound")
    root = next(host for host in CAST if host.name == ROOT)
    (tmp_path / "unbound.conf").write_text(CONFIGURATION.format(folder=tmp_path))
    (tmp_path / "root.hints").write_text(f". 3600000 NS {root.name}.\n{root.name}. 3600000 A {root.address}\n")
    (tmp_path / "questions").write_text(json.dumps(questions()))
    printed = inside(tmp_path, PROGRAM.format(folder=str(tmp_path), unbound=unbound))
    return [json.loads(line) for line in printed.splitlines()]


@pytest.mark.peer("ip", "unbound", "unshare")
def test_unbound_learns_what_the_labs_resolver_learns(both):
    assert [row for row in both if row[2] != row[3]] == []
    assert len(both) == len(questions()) > 1000
    assert Counter(ours[0] for *_, ours, _ in both).keys() == {"NOERROR", "NXDOMAIN", "SERVFAIL"}
    lame = {name for name, _, ours, _ in both if ours[0] == "SERVFAIL"}
    assert all(name.endswith(("lame.test.", "learner.test.")) for name in lame)  # no zone of theirs is there
