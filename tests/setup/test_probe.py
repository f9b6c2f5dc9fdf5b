"""The probe of a network, tried in rooms on loopback, one for each kind: the real internet is never asked by a test."""

import contextlib
import errno
import socket
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import dns.message
import dns.query
import dns.rcode
import dns.resolver
import pytest

from helpers import answers, probe, rooms
from helpers.health import domains, report
from helpers.lab import Lab
from helpers.probe import QUESTIONS

STATES = {  # by room, in the order of QUESTIONS
    "machine": ("open", "open", "open", "open", "open"),
    "home": ("open", "open", "open", "open", "silent"),
    "campus": ("open", "silent", "silent", "open", "refused"),
    "cloud": ("open", "silent", "silent", "open", "silent"),
    "hotel": ("somebody else", "somebody else", "open", "somebody else", "silent"),
    "cafe": ("open", "open", "open", "open", "somebody else"),
    "plane": ("silent", "silent", "silent", "silent", "silent"),
}
NAMES = ("mail_hosts", "tags", "spf_terms", "spf_lookups", "spf_result", "sts_allows", "txt_strings", "confirmed")


@pytest.fixture(scope="module")
def lab():
    with Lab(beside=True) as made:
        yield made


places = rooms.room  # of a lab, by name, with a patience


def test_each_kind_of_network_has_a_room():
    assert STATES.keys() == rooms.ROOMS.keys()


@pytest.mark.parametrize("room", STATES)
def test_what_each_room_permits(lab, room):
    network = probe.probe(QUESTIONS, places(lab, room))
    assert tuple(one.state for one in network.outcomes) == STATES[room], network
    for one in network.outcomes:
        assert one.came and one.means in repr(network) and one.state in network._repr_html_()


def test_who_answered_on_port_25_is_in_what_came(lab):
    assert probe.probe(["port 25"], places(lab, "machine"))["port 25"].came == "220 mx1.outlook.test ESMTP"
    assert probe.probe(["port 25"], places(lab, "cafe"))["port 25"].came == "220 mail.isp.test ESMTP"


def test_of_an_exchange_nothing_is_asked_but_its_greeting(lab):
    with lab.tap("mx1.outlook.test") as tap:
        assert probe.probe(["port 25"], places(lab, "machine"))["port 25"].state == "open"
    assert [heard["C"] for heard in tap.octets] == [b"QUIT\r\n"]


@pytest.mark.parametrize("permitted", [[], ["HTTPS"], ["own resolver", "port 25"], "other by TCP"])
def test_only_what_is_permitted_is_asked(lab, permitted, monkeypatch):
    asked = []
    monkeypatch.setattr(
        probe, "_ASK", {name: lambda _, name=name: asked.append(name) or ("open", "x") for name in QUESTIONS}
    )
    network = probe.probe(permitted, places(lab, "machine"))
    wanted = [permitted] if isinstance(permitted, str) else permitted
    assert sorted(asked) == sorted(wanted)
    assert {one.question for one in network.outcomes if one.state != "not asked"} == set(wanted)


def test_what_is_no_question_or_no_room_is_a_sentence(lab):
    with pytest.raises(ValueError, match=r"'port 52' is none of the questions. Did you mean port 25\? They are: \"own"):
        probe.probe(["port 52"])
    with pytest.raises(LookupError, match=r"no room 'hotle'. Did you mean hotel\? The rooms are: machine, home"):
        places(lab, "hotle")
    with pytest.raises(ValueError, match="25 is none of the questions"):
        probe.probe(25)
    with pytest.raises(ValueError, match="'port25' is none of the questions. Did you mean port 25"):
        probe.probe([])["port25"]


def test_the_plan_names_everybody_who_would_be_asked():
    plan = probe.plan()
    for who in (probe.INTERNET.other[0], probe.INTERNET.nobody[0], probe.INTERNET.https, probe.INTERNET.exchange[0]):
        assert who in plan
    assert all(f'"{question}"' in plan for question in QUESTIONS)


def test_each_state_has_its_meaning():
    for question in QUESTIONS:
        assert {"open", "silent", "refused", "no way"} <= probe.MEANS[question].keys()


def test_where_the_system_names_no_resolver(lab, monkeypatch):
    def none():
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", none)
    assert probe.probe(["own resolver"]).outcomes[0].state == "no way"


@pytest.fixture(scope="module")
def street(lab):
    every = domains.all_of_them()
    return domains.lay(lab, every[""], every["spf-two"])


@pytest.mark.parametrize("way", ["own resolver", "other by UDP", "other by TCP", "HTTPS"])
def test_a_report_by_each_way_that_is_open(lab, street, way):
    room = places(lab, "machine")
    network = probe.probe([way], room)
    asking = probe.asking(network)
    functions = {name: getattr(answers, name) for name in NAMES}
    for one in street.domains.values():
        found = report(one.name, asking, functions, one.addresses, one.letter)
        assert found.findings == (("spf-two",) if one.name == "spf-two.test" else ())
        assert [line.check for line in found.lines if line.severity == "not asked"] == ["MTA-STS"]
    assert asking.fetch is None and asking.connect is None


def test_where_nothing_is_open_there_is_nobody_to_ask(lab):
    assert probe.asking(probe.probe(QUESTIONS, places(lab, "plane"))) is None
    assert probe.asking(probe.probe([])) is None


def test_the_policy_is_fetched_where_that_is_permitted(lab, street, monkeypatch):
    def connect(address, port, source, timeout):
        return lab.connect(address, port, timeout=timeout)

    monkeypatch.setattr(probe._Internet, "connect", staticmethod(connect))
    monkeypatch.setattr(probe._Web, "client_context", staticmethod(lab.certificates.client_context))
    asking = probe.asking(probe.probe(["own resolver"], places(lab, "machine")), fetch=True)
    functions = {name: getattr(answers, name) for name in NAMES}
    one = street.domains["perfect.test"]
    found = report(one.name, asking, functions, one.addresses, one.letter)
    assert found.worst == "fine"


def test_a_lab_takes_its_rooms_along():
    lab = Lab(beside=True)
    room = rooms.room(lab, "hotel")
    assert probe.probe(["own resolver"], room).outcomes[0].state == "somebody else"
    lab.close()
    assert probe.probe(["other by TCP"], room)["other by TCP"].state == "refused"


# ---- Networks that no room of the notebook is like


@contextlib.contextmanager
def resolver(answer, family=socket.AF_INET):
    """A resolver by UDP on this machine: `answer` makes a reply of a query, or None for silence."""
    host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.bind((host, 0))

        def serve():
            with contextlib.suppress(OSError):
                while True:
                    wire, peer = sock.recvfrom(4096)
                    if not wire:
                        return
                    if reply := answer(dns.message.from_wire(wire)):
                        sock.sendto(reply.to_wire(), peer)

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield sock.getsockname()[:2]
        with socket.socket(family, socket.SOCK_DGRAM) as end:
            end.sendto(b"", sock.getsockname())  # who waits for a question hears that there is none any more
        thread.join(20)


@contextlib.contextmanager
def host(talk):
    """A host on this machine that takes one call: `talk` is given the socket."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            with contextlib.suppress(OSError), server.accept()[0] as client:
                talk(client)

        Thread(target=serve, daemon=True).start()
        yield server.getsockname()


def drip(client):
    """An octet now and then, and never a line's end."""
    with contextlib.suppress(OSError):
        while True:
            client.sendall(b"2")
            time.sleep(0.05)


def by_the_lab(lab):
    """An answer as the lab's resolver gives it."""
    where = lab.route(rooms.RESOLVER, 53)
    return lambda query: dns.query.udp(query, where[0], 20, where[1])


def test_a_resolver_that_lies_is_told_from_a_way_that_does_not(lab, street):
    inventing = places(lab, "hotel").own
    network = probe.probe(QUESTIONS, replace(places(lab, "machine"), own=inventing))
    assert [one.state for one in network.outcomes] == ["somebody else", *["open"] * 4]
    assert probe.asking(network).who == network.places.other[0]


@pytest.mark.parametrize(
    ("rcode", "came"),
    [
        (dns.rcode.REFUSED, "it answered REFUSED"),
        (dns.rcode.SERVFAIL, "it answered SERVFAIL"),
        (dns.rcode.NXDOMAIN, "it says that there is no outlook.test"),
        (dns.rcode.NOERROR, "it says that there is no outlook.test"),
    ],
)
def test_a_resolver_that_looks_nothing_up(lab, rcode, came):
    def no(query):
        reply = dns.message.make_response(query)
        reply.set_rcode(rcode)
        return reply

    with resolver(no) as own:
        outcome = probe.probe(["own resolver"], replace(places(lab, "machine"), own=own)).outcomes[0]
    assert (outcome.state, outcome.came) == ("refused", came)


def test_a_slow_resolver_is_waited_for_and_a_slower_one_is_not(lab):
    let, ask = Event(), by_the_lab(lab)

    def slow(query):
        let.wait(60)
        return ask(query)

    with resolver(slow) as own:
        place = replace(places(lab, "machine", 0.3), own=own)
        started = time.monotonic()
        assert probe.probe(["own resolver"], place)["own resolver"].state == "silent"
        assert time.monotonic() - started < 10
        let.set()
        assert probe.probe(["own resolver"], replace(place, patience=20))["own resolver"].state == "open"


def test_where_there_is_ipv6_alone(lab, street, monkeypatch):
    real = dns.query.udp

    def udp(query, where, *more, **options):
        if ":" not in where and where == "192.0.2.53":
            raise OSError(errno.ENETUNREACH, "Network is unreachable")
        return real(query, where, *more, **options)

    def none(*_, **__):
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    ask = by_the_lab(lab)
    monkeypatch.setattr(dns.query, "udp", udp)
    monkeypatch.setattr(dns.query, "tcp", none)
    monkeypatch.setattr(probe, "over_https", none)
    monkeypatch.setattr(socket, "create_connection", none)
    away = ("192.0.2.53", 53)
    with resolver(ask, socket.AF_INET6) as own:
        place = replace(places(lab, "machine"), own=own, other=away, nobody=away)
        network = probe.probe(QUESTIONS, place)
        assert [one.state for one in network.outcomes] == ["open", *["no way"] * 4]
        assert {one.came for one in network.outcomes[1:]} == {"no network here leads to its address"}
        found = report("perfect.test", probe.asking(network), {name: getattr(answers, name) for name in NAMES})
    assert found.findings == ()


@pytest.mark.parametrize(
    ("status", "came"),
    [
        (200, "what came is no answer to the question"),
        (302, "it answered 302, as a log-in page does"),
        (511, "it answered 511, as a log-in page does"),
    ],
)
def test_a_log_in_page_whose_certificate_holds(lab, status, came):
    asked = []

    class Page(BaseHTTPRequestHandler):
        def do_POST(self):
            asked.append(self.path)
            body = b"<html><h1>Welcome! Please log in.</h1></html>"
            self.send_response(status)
            self.send_header("Location", f"https://localhost:{self.server.server_port}/log-in")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    server.socket = lab.certificates.server_context("localhost").wrap_socket(server.socket, server_side=True)
    Thread(target=server.serve_forever, daemon=True, kwargs={"poll_interval": 0.05}).start()
    place = replace(places(lab, "machine"), https=f"https://localhost:{server.server_port}/dns-query")
    outcome = probe.probe(["HTTPS"], place)["HTTPS"]
    server.shutdown()
    server.server_close()
    assert outcome.state == "somebody else" and came in outcome.came
    assert asked == ["/dns-query"]  # it is not followed to where it leads


def test_a_certificate_of_another_name(lab):
    with contextlib.ExitStack() as stack:
        url = rooms._https(lab, stack, lab.route(rooms.RESOLVER, 53), "wrong name")
        outcome = probe.probe(["HTTPS"], replace(places(lab, "machine"), https=url))["HTTPS"]
    assert outcome.state == "somebody else" and "certificate does not hold" in outcome.came


@pytest.mark.parametrize(
    ("talk", "state", "came"),
    [
        (lambda client: client.sendall(b"554 mail.hotel.example no\r\n"), "somebody else", "554 mail.hotel.example no"),
        (lambda client: client.sendall(b"220 ****************\r\n"), "somebody else", "220 ****"),
        (lambda client: client.sendall(b"220 mx1.outlook.test.evil.example\r\n"), "somebody else", "220 mx1"),
        (lambda client: client.sendall(b"220-mx1.outlook.test\r\n220 hi\r\n"), "open", "220-mx1.outlook.test"),
        (lambda client: client.sendall(b"\xff\x1b[2J\r\n"), "somebody else", "\ufffd"),
        (lambda client: client.close(), "refused", "it hung up without a word"),
        (drip, "silent", "nothing comes"),
    ],
    ids=["no", "stars", "looks like", "lines", "noise", "hangs up", "drips"],
)
def test_whoever_takes_the_call_on_port_25(lab, talk, state, came):
    with host(talk) as exchange:
        patience = 0.3 if talk is drip else 20
        place = replace(places(lab, "machine"), exchange=exchange, patience=patience)
        network = probe.probe(["port 25"], place)
    assert network["port 25"].state == state and network["port 25"].came.startswith(came)
    assert "\x1b" not in repr(network) + network._repr_html_()


def test_a_policy_and_a_greeting_that_never_end_do_not_hold_a_report(lab, street):
    functions = {name: getattr(answers, name) for name in (*NAMES, "read_reply")}
    asking, end = probe.asking(probe.probe(["own resolver"], places(lab, "machine")), fetch=True, greet=True), Event()
    with host(drip) as exchange:
        asking.fetch = probe.partial(probe._fetched, lambda _: end.wait(60), 0.3)
        asking.connect, asking.patience = lambda _: socket.create_connection(exchange), 0.3
        one = street.domains["perfect.test"]
        found = report(one.name, asking, functions, one.addresses, one.letter, "mail.perfect.test")
    end.set()
    said = {line.check: line for line in found.lines}
    assert said["MTA-STS"].finding == "sts-no-policy" and "within 0.3 s" in said["MTA-STS"].came
    assert said["Greeting"].severity == "not asked" and "in time" in said["Greeting"].came
