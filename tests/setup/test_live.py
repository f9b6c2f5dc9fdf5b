"""Live mode, tried against stand-ins on loopback: the real internet is never asked by a test."""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import dns.message
import dns.query
import dns.resolver
import pytest

from helpers import live
from helpers.lab import Lab


@pytest.fixture
def lab(monkeypatch):
    """A lab whose recursive resolver stands in for the other resolver; the system's and HTTPS are closed."""
    with Lab(beside=True) as made:
        monkeypatch.setattr(live, "OTHER_RESOLVER", made.route("192.0.2.53", 53))
        monkeypatch.setattr(live, "DNS_OVER_HTTPS", "http://127.0.0.1:9/dns-query")
        monkeypatch.setattr(live, "PATIENCE", 0.5)
        monkeypatch.setattr(dns.resolver, "Resolver", _no_resolver)
        yield made


def _no_resolver():
    raise dns.resolver.NoResolverConfiguration


def test_what_another_resolver_answers(lab):
    answer = live.look_up("outlook.test", "MX")
    assert answer.way.endswith("over UDP") and answer.outcome == "NOERROR"
    assert answer.records == ("20 mx2.outlook.test.", "10 mx1.outlook.test.")
    assert "outlook.test MX, answered by" in repr(answer) and "10 mx1.outlook.test." in repr(answer)
    assert answer.closed == ("  the system's resolver: this system names no resolver",)


def test_a_no_is_an_answer(lab):
    answer = live.look_up("outlok.test", "MX")
    assert answer.outcome == "NXDOMAIN" and "no such records (NXDOMAIN)" in repr(answer)


def test_the_systems_resolver_comes_first(lab, monkeypatch):
    class System:
        nameservers = ("127.0.0.1",)

    asked = []

    def answered(query, where, timeout, port=53):
        asked.append(where)
        return dns.query.udp(query, *live.OTHER_RESOLVER[:1], timeout, live.OTHER_RESOLVER[1]), False

    monkeypatch.setattr(dns.resolver, "Resolver", System)
    monkeypatch.setattr(dns.query, "udp_with_fallback", answered)
    answer = live.look_up("outlook.test", "A")
    assert answer.way == "the system's resolver" and answer.records == ("203.0.113.80",)
    assert "127.0.0.1" in asked


def test_where_every_way_is_closed_each_says_why(lab):
    lab.faults.down("resolver.isp.test")
    live.OTHER_RESOLVER = lab.route("192.0.2.53", 53)
    answer = live.look_up("outlook.test", "MX")
    assert not answer.way and not answer.records
    text = repr(answer)
    assert text.startswith("No answer about outlook.test MX: this network permits none of these ways.")
    assert "over UDP: nothing came back in time" in text and "DNS over HTTPS: it cannot be reached" in text


def test_a_resolver_that_fails_is_not_believed(lab):
    answer = live.look_up("lame.test", "MX")
    assert not answer.way and "it answered SERVFAIL" in repr(answer)


def test_https_carries_the_same_message(lab, monkeypatch):
    resolver = live.OTHER_RESOLVER

    class Front(BaseHTTPRequestHandler):
        def do_POST(self):
            assert self.headers["Content-Type"] == "application/dns-message"
            query = dns.message.from_wire(self.rfile.read(int(self.headers["Content-Length"])))
            body = dns.query.udp(query, resolver[0], 2, resolver[1]).to_wire()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Front) as front:
        threading.Thread(target=front.serve_forever, daemon=True).start()
        monkeypatch.setattr(live, "DNS_OVER_HTTPS", f"http://127.0.0.1:{front.server_port}/dns-query")
        monkeypatch.setattr(live, "OTHER_RESOLVER", ("127.0.0.1", 9))
        answer = live.look_up("outlook.test", "A")
        front.shutdown()
    assert answer.way == "DNS over HTTPS" and answer.records == ("203.0.113.80",)


@pytest.fixture
def slow():
    """A way that brings nothing until the test is over, or for 10 s; `slow.ended` says whether that is so."""
    over, ended = threading.Event(), threading.Event()

    def way(query):
        over.wait(10)
        ended.set()
        return dns.message.make_response(query)

    way.ended = ended
    yield way
    over.set()


def test_who_answers_first_in_order_is_not_held_up_by_a_slow_way(lab, monkeypatch, slow):
    monkeypatch.setattr(live, "_by_system", dns.message.make_response)
    monkeypatch.setattr(live, "_by_udp", slow)
    answer = live.look_up("outlook.test", "A")
    assert answer.way == "the system's resolver" and not slow.ended.is_set()


def test_a_way_whose_own_time_outs_add_up_is_left_behind(lab, monkeypatch, slow):
    monkeypatch.setattr(live, "_by_system", slow)
    answer = live.look_up("outlook.test", "A")
    assert answer.records == ("203.0.113.80",) and not slow.ended.is_set()
    assert answer.closed == ("  the system's resolver: nothing came back in time",)


def test_what_is_no_http_is_a_sentence(lab, monkeypatch):
    lab.faults.down("resolver.isp.test")
    monkeypatch.setattr(live, "OTHER_RESOLVER", lab.route("192.0.2.53", 53))
    with socket.create_server(("127.0.0.1", 0)) as server:
        monkeypatch.setattr(live, "DNS_OVER_HTTPS", f"http://127.0.0.1:{server.getsockname()[1]}/dns-query")

        def front():
            with server.accept()[0] as client:
                client.recv(65535)
                client.sendall(b"220 mx1.outlook.test ESMTP\r\n")

        threading.Thread(target=front, daemon=True).start()
        answer = live.look_up("outlook.test", "A")
    assert answer.closed[2] == "  DNS over HTTPS: it cannot be reached (BadStatusLine)"


@pytest.mark.parametrize(("name", "rdtype"), [("a" * 70 + ".test", "MX"), ("outlook.test", "MAIL"), ("a..b", "A")])
def test_what_is_no_question_is_a_sentence(name, rdtype):
    with pytest.raises(ValueError, match="is no question for the DNS"):
        live.look_up(name, rdtype)
