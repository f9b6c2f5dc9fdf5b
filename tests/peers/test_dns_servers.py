"""BIND and NSD beside the lab's name servers: the same zones, the same questions, and every answer compared.

BIND stands in for each name server of the cast, which has its own zones only; NSD has all the zones at once, and is
compared with a server of ours that has them too. What is left that differs stands in REASONS, each with its reason, and
a reason that explains nothing any more fails.
"""

import random
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import pytest

from helpers.lab import Lab
from helpers.lab.authority import Authority
from helpers.lab.wires import bind_pair
from tests.conftest import find_peer, missing
from tests.lab.alone import listen
from tests.lab.nasty import ID, MESSAGES, SILENCE

TO_START = 10  # seconds that a server of theirs may take
A_ROUND = 40  # questions that are under way at once

# What the learner publishes here: what a zone can hold to lead a server astray.
LEARNERS = """$ORIGIN learner.test.
$TTL 300
@          SOA    ns postmaster 1 7200 900 1209600 60
@          NS     ns
@          NS     ns2
@          MX     10 mail
@          MX     20 mail.sub
@          MX     30 any.wild
@          MX     40 mx1.outlook.test.
@          TXT    "v=spf1 mx -all"
ns         A      192.0.2.52
ns2        A      192.0.2.54
mail       A      192.0.2.25
mail       AAAA   2001:db8:0:2::25
one        CNAME  two
two        CNAME  three
three      CNAME  mail
round      CNAME  about
about      CNAME  round
self       CNAME  self
gone       CNAME  nowhere
none       CNAME  b.a
away       CNAME  www.outlook.test.
below      CNAME  host.sub
into       CNAME  any.wild
c.b.a      A      192.0.2.25
*.wild     MX     10 mail
*.wild     TXT    "any"
x.y.wild   A      192.0.2.25
*.way      CNAME  mail
*.out      CNAME  gone
*.deep.er  A      192.0.2.25
sub        NS     ns.sub
sub        NS     ns.other.test.
sub        DS     1 13 2 0000000000000000000000000000000000000000000000000000000000000000
ns.sub     A      192.0.2.3
ns.sub     AAAA   2001:db8::3
host.sub   A      192.0.2.4
*.sub      A      192.0.2.4
dark       NS     ns.dark.example.
_sip._tcp  SRV    0 0 5060 mail
_sip._tcp  SRV    0 0 5060 host.sub
"""


# The questions

TYPES = ("A", "AAAA", "CNAME", "DS", "MX", "NS", "PTR", "SOA", "SRV", "TXT", "ANY", "TYPE65280")
ELSEWHERE = [".", "test.", "com.", "lame.test.", "www.lame.test.", "nobody.example.", "gmail.test.", "in-addr.arpa."]
LONG = ("long.isp.test.", "medium.isp.test.")  # what is too long for a datagram is asked for in every way
WAYS = {  # how a question is asked: options of dnspython's, and of how many questions in a hundred
    "UDP, EDNS": ({"use_edns": 0, "payload": 1232, "flags": 0}, 100),
    "UDP, no EDNS": ({"flags": 0}, 15),
    "UDP, little room": ({"use_edns": 0, "payload": 600, "flags": dns.flags.RD}, 5),
    "TCP": ({"use_edns": 0, "payload": 4096, "want_dnssec": True, "flags": dns.flags.RD}, 10),
}


def names_beside(name: dns.name.Name, zone) -> list[str]:
    """A name in other letters, those above it, and some below and beside it that are not there, or by wildcard."""
    text = name.to_text()
    if name == dns.name.root:
        return ["nobody.", "some.one."]
    mixed = "".join(c.upper() if n % 2 else c for n, c in enumerate(text))
    above = [name.split(depth)[1].to_text() for depth in range(len(zone.origin), len(name))]
    return [mixed, *above, f"nobody.{text}", f"Some.One.{text}", f"*.{text}", f"a.*.{text}", f"x{text}"]


def questions_about(zones) -> list[tuple[str, str]]:
    """What one may ask a server of these zones: every name and type, and names beside each with one type."""
    there = [(zone, name) for zone in zones for name in zone.nodes]
    beside = sorted({other for zone, name in there for other in names_beside(name, zone)})
    questions = [(name.to_text(), rdtype) for _, name in there for rdtype in TYPES]
    questions += [(name, rdtype) for name in ELSEWHERE for rdtype in ("A", "DS", "NS")]
    return questions + [(name, TYPES[n % len(TYPES)]) for n, name in enumerate(beside)]


# The answers


@dataclass(frozen=True)
class Answer:
    """An answer, as far as it is compared: the order of records says nothing, nor do capital letters in a name."""

    rcode: str
    flags: str
    question: str
    edns: tuple
    answer: tuple
    authority: tuple
    additional: tuple

    @classmethod
    def read(cls, octets: bytes) -> "Answer":
        message = dns.message.from_wire(octets)
        return cls(
            dns.rcode.to_text(message.rcode()),
            dns.flags.to_text(message.flags),
            " ".join(question.to_text() for question in message.question),
            (message.edns, dns.flags.edns_to_text(message.ednsflags), message.payload),
            *(records(section) for section in (message.answer, message.authority, message.additional)),
        )

    def differs(self, other: "Answer") -> set[str]:
        """The names of the parts that are not alike."""
        return {part for part in self.__dataclass_fields__ if getattr(self, part) != getattr(other, part)}


def records(section) -> tuple[str, ...]:
    def text(rrset, rdata) -> str:
        data = str(rdata) if rrset.rdtype == dns.rdatatype.TXT else str(rdata).lower()  # RFC 4343
        return f"{str(rrset.name).lower()} {rrset.ttl} {rrset.rdtype.name} {data}"

    return tuple(sorted(text(rrset, rdata) for rrset in section for rdata in rrset))


@dataclass(frozen=True)
class Server:
    """Where a server is asked, and from which address, since BIND tells by that for whom it stands in."""

    place: tuple[str, int]
    source: str = "127.0.0.1"

    def ask(self, queries: list[bytes], tcp: bool) -> list[bytes]:
        """Put queries and return the answers, in their order. What is lost of UDP is asked again."""
        answers: dict[bytes, bytes] = {}
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as sock:
            sock.settimeout(2)
            sock.bind((self.source, 0))
            sock.connect(self.place)
            stream = sock.makefile("rb")
            for _ in range(5):
                waiting = [query for query in queries if query[:2] not in answers]
                for start in range(0, len(waiting), A_ROUND):
                    sent = waiting[start : start + A_ROUND]
                    for query in sent:
                        sock.sendall(len(query).to_bytes(2, "big") + query if tcp else query)
                    try:
                        while not all(query[:2] in answers for query in sent):
                            reply = stream.read(int.from_bytes(stream.read(2), "big")) if tcp else sock.recv(65535)
                            answers[reply[:2]] = reply
                    except TimeoutError:
                        assert not tcp
            stream.close()
        return [answers[query[:2]] for query in queries]


def compare(questions, ours: Server, theirs: Server) -> Iterator[tuple[tuple[str, str], str, Answer, Answer]]:
    """Ask both, in every way; yield what differs: the question, the way, our answer, theirs."""
    chance = random.Random(6)
    for way, (options, of_a_hundred) in WAYS.items():
        chosen = [q for q in questions if chance.randrange(100) < of_a_hundred or q[0] in LONG]
        queries = [dns.message.make_query(*q, id=n, **options).to_wire() for n, q in enumerate(chosen)]
        asked = (server.ask(queries, tcp=way == "TCP") for server in (ours, theirs))
        for question, *octets in zip(chosen, *asked, strict=True):
            mine, other = map(Answer.read, octets)
            if mine != other:
                yield question, way, mine, other


# What is left that differs


@dataclass(frozen=True)
class Reason:
    """Why some answers are not alike: in words, and whether it holds for a question, our answer and theirs."""

    words: str
    holds: Callable[[tuple[str, str], Answer, Answer], bool]


CUT_SHORT = Reason(
    "what is cut short (TC) may hold some of the records or none, and is thrown away by whoever gets it (RFC 2181 "
    "section 9)",
    lambda question, ours, theirs: "TC" in ours.flags and ours.differs(theirs) == {"answer"} and ours.answer == (),
)
CIRCLE = Reason(
    "at aliases in a circle BIND says SERVFAIL beside the circle; we say NOERROR, as NSD does, so that whoever asks "
    "sees the circle and not a server that failed",
    lambda question, ours, theirs: (
        ours.differs(theirs) == {"rcode"}
        and (ours.rcode, theirs.rcode) == ("NOERROR", "SERVFAIL")
        and all(" CNAME " in record for record in ours.answer)
    ),
)
ONE_OF_ANY = Reason(
    "to ANY NSD gives one of the RRsets (RFC 8482 section 4.1); we give all, as BIND does",
    lambda question, ours, theirs: (
        question[1] == "ANY" and ours.differs(theirs) == {"answer"} and set(theirs.answer) < set(ours.answer)
    ),
)
MINIMAL = Reason(
    "NSD, told to be brief, leaves out the addresses of the hosts that an MX or SRV names; we add them, as BIND does "
    "(RFC 1035 section 3.3.9)",
    lambda question, ours, theirs: (
        question[1] in ("MX", "SRV") and ours.differs(theirs) == {"additional"} and theirs.additional == ()
    ),
)
REASONS = {"BIND": [CUT_SHORT, CIRCLE], "NSD": [ONE_OF_ANY, MINIMAL]}


def explained(differences, reasons: list[Reason]) -> Counter:
    """How many differences each reason explains. Fails at the first that none of them does."""
    found = Counter()
    for question, way, ours, theirs in differences:
        reason = next((reason for reason in reasons if reason.holds(question, ours, theirs)), None)
        parts = {part: (getattr(ours, part), getattr(theirs, part)) for part in ours.differs(theirs)}
        assert reason, f"{' '.join(question)} ({way}): {parts}"
        found[reason.words] += 1
    return found


# Their servers


@contextmanager
def running(command: list[str], log: Path, ready: Callable[[], bool]):
    """Run a server of theirs in the foreground, from when it answers."""
    with log.open("wb") as out, subprocess.Popen(command, stdout=out, stderr=out) as process:
        try:
            deadline = time.monotonic() + TO_START
            while not ready():
                assert process.poll() is None and time.monotonic() < deadline, log.read_text()
                time.sleep(0.05)
            yield
        finally:
            process.terminate()
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()


def answers(server: Server) -> bool:
    """Whether a server is there and has loaded its zones."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(0.2)
        sock.bind((server.source, 0))
        sock.connect(server.place)
        try:
            sock.send(dns.message.make_query("outlook.test", "SOA").to_wire())
            return bool(dns.message.from_wire(sock.recv(65535)).answer)
        except OSError:
            return False


def free_port() -> int:
    """A port that is free, of those that the system gives to nobody by itself."""
    for port in range(20053, 30000, 97):
        try:
            for sock in bind_pair(port=port):
                sock.close()
        except OSError:
            continue
        return port
    raise AssertionError("no port is free")


@pytest.fixture(scope="module")
def lab():
    with Lab(beside=True) as made:
        made.publish(LEARNERS)
        yield made


@pytest.fixture(scope="module")
def zone_files(lab, tmp_path_factory) -> dict[dns.name.Name, Path]:
    """The text of every zone that the lab has, as files."""
    folder, files = tmp_path_factory.mktemp("zones"), {}
    for authority in lab.authorities.values():
        for origin in authority.zones:
            files[origin] = folder / f"{origin.to_text().rstrip('.') or 'root'}.zone"
            files[origin].write_text(lab.zone_text(origin.to_text()))
    return files


@pytest.fixture(scope="module")
def bind(lab, zone_files, tmp_path_factory) -> Iterator[dict[str, Server]]:
    """BIND, with a view for each name server of the cast: by its name, where to ask it."""
    if sys.platform != "linux":
        missing("needs Linux, where all of 127.0.0.0/8 is this machine")
    folder, port = tmp_path_factory.mktemp("bind"), free_port()
    servers = {name: Server(("127.0.0.1", port), f"127.0.1.{n}") for n, name in enumerate(lab.authorities, 1)}
    views = "".join(
        f'view "{name}" {{ match-clients {{ {server.source}; }};\n'
        + "".join(
            f'zone "{origin}" {{ type primary; file "{zone_files[origin]}"; }};\n'
            for origin in lab.authorities[name].zones
        )
        + "};\n"
        for name, server in servers.items()
    )
    named = find_peer("named")
    version = subprocess.run([named, "-v"], capture_output=True, text=True).stdout
    lock = "lock-file none;" if version.startswith("BIND 9.18") else ""  # from 9.20 on there is neither file nor option
    (folder / "named.conf").write_text(
        f"""options {{
            directory "{folder}"; pid-file none; {lock} session-keyfile none;
            listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
            recursion no; notify no; allow-transfer {{ none; }}; empty-zones-enable no; dnssec-validation no;
            minimal-responses no-auth; minimal-any no; zero-no-soa-ttl no; answer-cookie no;
            edns-udp-size 1232; max-udp-size 1232;
        }};
        controls {{ }};
        {views}"""
    )
    command = [named, "-g", "-n", "1", "-c", str(folder / "named.conf")]
    with running(command, folder / "log", lambda: answers(servers["ns1.outlook.test"])):
        yield servers


@pytest.fixture(scope="module")
def nsd(zone_files, tmp_path_factory) -> Iterator[Server]:
    """NSD, with all the zones at once."""
    folder, port = tmp_path_factory.mktemp("nsd"), free_port()
    zones = "".join(f'zone:\n name: "{origin}"\n zonefile: "{file}"\n' for origin, file in zone_files.items())
    (folder / "nsd.conf").write_text(
        f"""server:
            ip-address: 127.0.0.1@{port}
            username: ""
            pidfile: ""
            database: ""
            zonesdir: "{folder}"
            xfrdir: "{folder}"
            xfrdfile: "{folder}/xfrd.state"
            zonelistfile: "{folder}/zone.list"
            server-count: 1
            rrl-ratelimit: 0
            minimal-responses: yes
            refuse-any: no
            ipv4-edns-size: 1232
        remote-control:
            control-enable: no
        {zones}"""
    )
    server = Server(("127.0.0.1", port))
    with running([find_peer("nsd"), "-d", "-c", str(folder / "nsd.conf")], folder / "log", lambda: answers(server)):
        yield server


@pytest.fixture(scope="module")
def all_at_once(lab) -> Server:
    """A server of ours with all the zones of the lab."""
    zones = {origin: zone for authority in lab.authorities.values() for origin, zone in authority.zones.items()}
    service = lab._net.run(listen(Authority(zones).answer))
    yield Server(("127.0.0.1", service.listening.endpoint[1]))
    lab._net.run(service.close())


# The proofs


def test_every_name_server_of_the_cast_answers_as_bind_does(lab, bind):
    found, asked = Counter(), 0
    for name, authority in lab.authorities.items():
        questions = questions_about(authority.zones.values())
        found += explained(compare(questions, Server(lab.route(name, 53)), bind[name]), REASONS["BIND"])
        asked += len(questions)
    assert asked > 3000
    assert set(found) == {reason.words for reason in REASONS["BIND"]}


def test_a_server_of_all_the_zones_answers_as_nsd_does(lab, all_at_once, nsd):
    zones = {origin: zone for authority in lab.authorities.values() for origin, zone in authority.zones.items()}
    questions = questions_about(zones.values())
    assert len(questions) > 3000
    found = explained(compare(questions, all_at_once, nsd), REASONS["NSD"])
    assert set(found) == {reason.words for reason in REASONS["NSD"]}


# To a message that is no honest question we say what BIND or NSD says, save to these: why we do not.
OTHERWISE = {
    "octets after the end": "they pass over them; the message is not well formed, and whoever sent it ought to know",
    "a transfer of another's zone": "BIND says NOTAUTH, NSD does none over UDP; we refuse whoever may have none",
    "a type that no record has": "BIND says FORMERR, NSD that there is none; we say NOTIMP, as to its like",
    "the version of the server": "they tell something in the class CH; we have the class IN only",
    "the class ANY": "BIND says FORMERR, NSD answers; we have the class IN only",
    "a signature with a key of nobody's": "they know of signatures (TSIG) and say NOTAUTH; we know of none",
}


def say(server: Server, octets: bytes) -> str:
    """What a server says to a message: a code, or nothing before it answers an honest question."""
    honest = dns.message.make_query("outlook.test", "SOA", id=1).to_wire()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(2)
        sock.bind((server.source, 0))
        sock.connect(server.place)
        sock.send(octets)
        sock.send(honest)
        reply = sock.recv(65535)
        if reply[:2] != ID:
            return SILENCE
        return dns.rcode.to_text(dns.message.from_wire(reply, keyring=False).rcode())


def test_nasty_messages_are_answered_as_one_of_them_does(lab, bind, nsd):
    servers = (Server(lab.route("ns1.outlook.test", 53)), bind["ns1.outlook.test"], nsd)
    said = {what: tuple(say(server, octets) for server in servers) for what, (octets, _) in MESSAGES.items()}
    assert {what for what, (ours, *theirs) in said.items() if ours not in theirs} == OTHERWISE.keys()
