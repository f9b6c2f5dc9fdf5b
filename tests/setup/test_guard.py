"""The tests' own guards: nothing but loopback, and a missing peer is a skip here and a failure in CI."""

import socket
import threading

import pytest

from tests import conftest

BEYOND = [
    lambda: socket.create_connection(("192.0.2.1", 25), 0.1),
    lambda: socket.socket().connect_ex(("192.0.2.1", 25)),
    lambda: socket.socket(type=socket.SOCK_DGRAM).sendto(b"", ("192.0.2.1", 53)),
    lambda: socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"", ("2001:db8::1", 53)),
    lambda: socket.socket().bind(("0.0.0.0", 0)),
    lambda: socket.getaddrinfo("mx.example.com", 25),
    lambda: socket.gethostbyname("mx.example.com"),
]


@pytest.mark.parametrize("reach", BEYOND)
def test_reaching_beyond_this_machine_is_an_error(reach, loopback_only):
    with pytest.raises(conftest.OutsideWorld, match="192.0.2.1|2001:db8::1|0.0.0.0|mx.example.com"):
        reach()
    assert len(loopback_only) == 1  # and would fail the test, were it swallowed
    loopback_only.clear()


def test_a_thread_is_watched_too(loopback_only):
    def swallow():
        with pytest.raises(conftest.OutsideWorld):
            socket.socket().connect(("192.0.2.1", 25))

    thread = threading.Thread(target=swallow)
    thread.start()
    thread.join()
    assert loopback_only == ["connect '192.0.2.1'"]
    loopback_only.clear()


def test_loopback_is_open():
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        assert socket.getaddrinfo("localhost", 25)
        assert socket.getaddrinfo("192.0.2.1", 25)  # asks nobody


def test_a_missing_peer_is_a_skip_that_names_its_package(monkeypatch, peer):
    monkeypatch.delenv("MAIL_COURSE_REQUIRE_PEERS", raising=False)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.skip.Exception, match="needs dig: apt-get install bind9-dnsutils"):
        peer("dig")


def test_a_missing_peer_is_a_failure_in_ci(monkeypatch, peer):
    monkeypatch.setenv("MAIL_COURSE_REQUIRE_PEERS", "1")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.fail.Exception, match="needs swaks: apt-get install swaks"):
        peer("swaks")
