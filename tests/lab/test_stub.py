import contextlib
import socket
import threading

import dns.exception
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import pytest

from helpers.lab import LabError, NobodysAddress, UnknownHost
from helpers.wire import MalformedMessage


def texts(answer):
    return [rdata.to_text() for rdata in answer]


@contextlib.contextmanager
def name_server(lab, name, *answers, tcp=False):
    """A server of our own in the place of a host's: it says these octets, one after the other."""
    kind = socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.settimeout(5)
        if tcp:
            sock.listen()

        def run():
            for answer in answers:
                if tcp:
                    with sock.accept()[0] as connection:
                        connection.recv(1000)
                        connection.sendall(answer)
                else:
                    sock.sendto(answer, sock.recvfrom(1000)[1])

        thread = threading.Thread(target=run)
        thread.start()
        lab.serve(name, 53, sock.getsockname())
        yield
        thread.join(5)


# The stub resolver: dnspython as everybody knows it


def test_answers_are_those_of_dnspython(lab):
    answer = lab.resolver.resolve("outlook.test", "MX")
    assert isinstance(answer, dns.resolver.Answer)
    assert [(r.preference, r.exchange.to_text()) for r in answer] == [
        (20, "mx2.outlook.test."),
        (10, "mx1.outlook.test."),
    ]
    assert (answer.rrset.ttl, answer.nameserver, answer.port) == (300, "192.0.2.53", 53)
    assert answer.response.id == 0x1A2B
    answer = lab.resolver.resolve("www.outlook.test", "A")
    assert answer.canonical_name.to_text() == "outlook.hosting.isp.test."
    assert texts(lab.resolver.resolve_address("203.0.113.25")) == ["mx1.outlook.test."]
    assert list(lab.resolver.resolve_name("out.gmail.test").addresses()) == ["2001:db8:0:100::10", "198.51.100.10"]


def test_a_long_answer_is_asked_for_again_over_tcp(lab):
    assert len(lab.resolver.resolve("long.isp.test", "TXT")) == 12
    first, second = lab.recursive.trails
    assert (first.tcp, second.tcp) == (False, True)
    assert len(lab.resolver.resolve("long.isp.test", "TXT", tcp=True)) == 12


def test_there_is_no_such_name(lab):
    with pytest.raises(dns.resolver.NXDOMAIN) as caught:
        lab.resolver.resolve("outlok.test", "MX")
    assert str(caught.value) == "The DNS query name does not exist: outlok.test."


def test_there_is_no_such_record(lab):
    with pytest.raises(dns.resolver.NoAnswer) as caught:
        lab.resolver.resolve("isp.test", "A")
    assert str(caught.value) == "The DNS response does not contain an answer to the question: isp.test. IN A"
    assert lab.resolver.resolve("isp.test", "A", raise_on_no_answer=False).rrset is None


def test_no_name_server_answers(lab):
    with pytest.raises(dns.resolver.NoNameservers) as caught:
        lab.resolver.resolve("lame.test", "MX")
    assert str(caught.value) == (
        "All nameservers failed to answer the query lame.test. IN MX: Server resolver.isp.test answered SERVFAIL"
    )


def test_a_silent_resolver(lab):
    lab.faults.down("resolver.isp.test")
    for tcp in (False, True):
        with pytest.raises(dns.resolver.LifetimeTimeout) as caught:
            lab.resolver.resolve("outlook.test", "MX", lifetime=0.3, tcp=tcp)
        assert str(caught.value) == "resolver.isp.test said nothing for 0.3 s"
    with pytest.raises(dns.resolver.LifetimeTimeout, match=r"^resolver.isp.test said nothing for 1.8 s$"):
        lab.resolver.resolve("outlook.test", "MX")
    with pytest.raises(dns.exception.Timeout, match=r"^resolver.isp.test said nothing for 0.3 s$"):
        lab.resolver.resolve_name("outlook.test", lifetime=0.3)


def test_a_resolver_that_is_stopped(lab):
    lab.faults.refuse("resolver.isp.test", 53)
    with pytest.raises(dns.resolver.NoNameservers) as caught:
        lab.resolver.resolve("outlook.test", "MX")
    assert str(caught.value).endswith(
        "Server resolver.isp.test answered resolver.isp.test (192.0.2.53) refuses port 53: no program listens there."
    )


def test_an_answer_to_another_question_is_passed_over(lab):
    query = dns.message.make_query("outlook.test", "MX", id=0x1A2C)
    wrong = dns.message.make_response(query).to_wire()
    with name_server(lab, "resolver.isp.test", wrong), pytest.raises(dns.resolver.LifetimeTimeout):
        lab.resolver.resolve("outlook.test", "MX", lifetime=0.3)


def test_who_asks_is_known_to_the_resolver(lab):
    lab.resolver.resolve("outlook.test", "MX")
    assert lab.trail.asker.name == "laptop.learner.test"
    lab.stub("out.gmail.test").resolve("outlook.test", "MX")
    assert lab.trail.asker.name == "out.gmail.test"
    lab.stub("out.gmail.test").resolve("outlook.test", "MX", tcp=True)
    assert (lab.trail.asker.name, lab.trail.tcp) == ("out.gmail.test", True)


def test_it_is_the_resolver_of_the_lab_alone(lab):
    assert str(lab.resolver.nameservers[0]) == "resolver.isp.test"
    assert lab.resolver.cache is None and lab.resolver.search == []
    with pytest.raises(dns.resolver.NXDOMAIN):
        lab.resolver.resolve("outlook", "A")  # nothing is put behind a name


# One question to one server


def test_one_question_to_one_server(lab):
    for server in ("ns1.outlook.test", "203.0.113.52", "NS1.outlook.test."):
        for tcp in (False, True):
            message = lab.ask(server, "outlook.test", "MX", tcp=tcp)
            assert [r.data for r in message.answers] == ["20 mx2.outlook.test.", "10 mx1.outlook.test."]
            assert message.id == 0x1A2B
            assert "AA" in message.flags and "RD" not in message.flags and message.edns is None


def test_the_resolver_answers_such_a_question_from_its_cache(lab):
    assert lab.ask("resolver.isp.test", "outlook.test", "MX").answers == ()
    lab.resolver.resolve("outlook.test", "MX")
    lab.clock.advance(seconds=60)
    assert {r.ttl for r in lab.ask("resolver.isp.test", "outlook.test", "MX").answers} == {240}


def test_a_truncated_answer_is_shown_as_it_is(lab):
    assert "TC" in lab.ask("ns.isp.test", "long.isp.test", "TXT").flags
    assert len(lab.ask("ns.isp.test", "long.isp.test", "TXT", tcp=True).answers) == 12


def test_what_goes_wrong_is_a_sentence(lab):
    with pytest.raises(UnknownHost):
        lab.ask("ns9.outlook.test", "outlook.test", "MX")
    with pytest.raises(NobodysAddress):
        lab.ask("192.0.2.200", "outlook.test", "MX")
    for tcp in (False, True):
        with pytest.raises(ConnectionRefusedError, match=r"^mx1.outlook.test \(203.0.113.25\) refuses port 53"):
            lab.ask("mx1.outlook.test", "outlook.test", "MX", tcp=tcp)
    lab.faults.down("ns1.outlook.test")
    for tcp in (False, True):
        with pytest.raises(TimeoutError) as caught:
            lab.ask("ns1.outlook.test", "outlook.test", "MX", tcp=tcp, timeout=0.2)
        assert caught.value.args == ("ns1.outlook.test said nothing for 0.2 s",)


def test_a_server_that_is_gone(lab):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        lab.serve("ns1.outlook.test", 53, sock.getsockname())
    with pytest.raises(OSError) as caught:
        lab.ask("ns1.outlook.test", "outlook.test", "MX", timeout=0.2)
    # Where the system tells of the closed port, it is refused; where it does not, nothing is heard.
    assert str(caught.value).startswith("ns1.outlook.test ")


def test_a_server_that_talks_nonsense(lab):
    with name_server(lab, "ns1.outlook.test", b"hello"), pytest.raises(MalformedMessage, match="offset"):
        lab.ask("ns1.outlook.test", "outlook.test", "MX")
    for said in (b"", b"\x00", b"\x00\x20half"):
        with name_server(lab, "ns1.outlook.test", said, tcp=True):
            with pytest.raises(ConnectionError) as caught:
                lab.ask("ns1.outlook.test", "outlook.test", "MX", tcp=True)
            assert str(caught.value) == "ns1.outlook.test hung up before its answer was whole"


def test_a_server_that_never_comes_to_the_end_of_its_answer(lab):
    """The time-out is for the whole answer, and not for each piece of it."""
    gone = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:

        def drip():
            with server.accept()[0] as connection, contextlib.suppress(OSError):
                connection.sendall(b"\x00\x20")
                for _ in range(31):
                    if gone.wait(0.1):
                        return
                    connection.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        lab.serve("ns1.outlook.test", 53, server.getsockname())
        with pytest.raises(TimeoutError) as caught:
            lab.ask("ns1.outlook.test", "outlook.test", "MX", tcp=True, timeout=0.3)
        gone.set()
        thread.join(5)
    assert caught.value.args == ("ns1.outlook.test gave no whole answer for 0.3 s",)


@pytest.mark.parametrize("tcp", [False, True])
def test_what_does_not_answer_the_question_is_no_answer(lab, tcp):
    query = dns.message.make_query("outlook.test", "MX", id=0x1A2B)
    other = dns.message.make_response(dns.message.make_query("outlook.test", "MX", id=7, flags=0))
    for message, sentence in ((other, "the id 0x0007 and the flags QR"), (query, "the id 0x1A2B and the flags RD")):
        said = message.to_wire()
        said = len(said).to_bytes(2, "big") + said if tcp else said
        refused = pytest.raises(LabError, match=f"ns1.outlook.test did not answer the question.* {sentence}")
        with name_server(lab, "ns1.outlook.test", said, tcp=tcp), refused:
            lab.ask("ns1.outlook.test", "outlook.test", "MX", tcp=tcp)


@pytest.mark.parametrize("tcp", [False, True])
def test_no_question_waits_for_ever(lab, tcp):
    with pytest.raises(LabError, match="A time-out is a number of seconds, and None is not one"):
        lab.ask("ns1.outlook.test", "outlook.test", "MX", tcp=tcp, timeout=None)


# One question, and which of five things came of it


@pytest.mark.parametrize(
    ("name", "rdtype", "outcome", "answers"),
    [
        ("outlook.test", "MX", "answer", ("10 mx1.outlook.test", "20 mx2.outlook.test")),
        ("no-mail.test", "MX", "answer", ("0 .",)),
        ("mx1.outlook.test", "A", "answer", ("203.0.113.25",)),
        ("mx1.outlook.test", "MX", "NODATA", ()),
        ("outlok.test", "MX", "NXDOMAIN", ()),
        ("lame.test", "MX", "no answer", ()),
        ("x" * 64 + ".test", "A", "no name", ()),
        ("a..test", "A", "no name", ()),
    ],
)
def test_a_lookup_says_which_of_five_things_came_of_it(lab, name, rdtype, outcome, answers):
    found = lab.lookup(name, rdtype, "out.gmail.test")
    assert (found.name, found.rdtype, found.outcome, found.answers) == (name, rdtype, outcome, answers)
    assert len(found.records) == len(answers) and all(record.rdtype.name == rdtype for record in found.records)
    if outcome == "no name":
        assert found.trail is None and not lab.recursive.trails
    else:
        assert found.trail is lab.trail and found.trail.asker.name == "out.gmail.test"
    assert found.exists == (outcome not in ("NXDOMAIN", "no name"))


def test_a_lookup_ends_in_time_and_says_so(lab):
    lab.faults.down("resolver.isp.test")
    assert lab.lookup("outlook.test", "MX", lifetime=0.2).outcome == "no answer"


def test_what_is_no_type_of_record_cannot_be_looked_up(lab):
    with pytest.raises(LabError, match="'POST' is no type of record"):
        lab.lookup("outlook.test", "POST")


@pytest.mark.parametrize("name", [b"outlook.test", ("outlook.test", "MX"), ["outlook.test"], None, 5, "\ud800", "a..b"])
def test_what_can_be_no_name_cannot_be_asked_for(lab, name):
    with pytest.raises(LabError, match="cannot be a name in the DNS: "):
        lab.ask("ns1.outlook.test", name, "MX")
    with pytest.raises(LabError, match="The lab has no zone"):
        lab.zone_text(name)


@pytest.mark.parametrize("rdtype", [None, "", b"MX", 5.5, -1, 70000, "TYPE70000", []])
def test_what_is_no_type_of_record_cannot_be_asked_for(lab, rdtype):
    with pytest.raises(LabError, match="is no type of record"):
        lab.ask("ns1.outlook.test", "outlook.test", rdtype)


def test_a_type_may_be_given_as_dnspython_has_it(lab):
    assert len(lab.ask("ns1.outlook.test", "outlook.test", dns.rdatatype.MX).answers) == 2


@pytest.mark.parametrize("rdtype", [None, 5.5, b"MX", "TYPE70000"])
def test_a_look_up_needs_a_type_of_record_too(lab, rdtype):
    with pytest.raises(LabError, match="is no type of record"):
        lab.lookup("outlook.test", rdtype)


@pytest.mark.parametrize("timeout", [float("inf"), 1e300, float("nan"), -1, None, "2"])
def test_nothing_waits_for_ever(lab, timeout):
    with pytest.raises(LabError, match="A time-out is a number of seconds"):
        lab.ask("ns1.outlook.test", "outlook.test", "MX", timeout=timeout)
