"""The tests' own guards: nothing but loopback, and a missing peer is a skip here and a failure in CI."""

import re
import socket
import sys
import threading

import pytest

from helpers import loopback
from tests import conftest
from tests.setup.conftest import ROOT

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
    with pytest.raises(loopback.OutsideWorld, match="192.0.2.1|2001:db8::1|0.0.0.0|mx.example.com"):
        reach()
    assert len(loopback_only) == 1  # and would fail the test, were it swallowed
    loopback_only.clear()


def test_a_thread_is_watched_too(loopback_only):
    def swallow():
        with pytest.raises(loopback.OutsideWorld):
            socket.socket().connect(("192.0.2.1", 25))

    thread = threading.Thread(target=swallow)
    thread.start()
    thread.join()
    assert loopback_only == ["socket.connect '192.0.2.1'"]
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


@pytest.fixture
def part(monkeypatch, tmp_path):
    """A program that is there, with a part whose probe can be chosen."""
    (tmp_path / "nc").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    def probed_by(*words):
        monkeypatch.setitem(conftest.PARTS, "nc part", ("its-package", (sys.executable, "-c", *words)))
        conftest.why_not.cache_clear()
        return tmp_path / "nc"

    yield probed_by
    conftest.why_not.cache_clear()


def test_a_peer_without_a_part_is_a_skip_that_names_the_parts_package(monkeypatch, peer, part):
    monkeypatch.delenv("MAIL_COURSE_REQUIRE_PEERS", raising=False)
    part("import sys; sys.exit('no such module\\nmore')")
    with pytest.raises(pytest.skip.Exception, match=r"needs nc part: apt-get install its-package \(no such module\)"):
        peer("nc part")
    assert peer("nc")


def test_a_peer_without_a_part_is_a_failure_in_ci(monkeypatch, peer, part):
    monkeypatch.setenv("MAIL_COURSE_REQUIRE_PEERS", "1")
    part("import sys; sys.exit(3)")
    with pytest.raises(pytest.fail.Exception, match=r"needs nc part: apt-get install its-package \(exit code 3\)"):
        peer("nc part")


def test_a_part_without_its_program_names_the_programs_package(monkeypatch, peer):
    monkeypatch.setenv("MAIL_COURSE_REQUIRE_PEERS", "1")
    monkeypatch.setenv("PATH", "")
    with pytest.raises(pytest.fail.Exception, match="needs swaks: apt-get install swaks"):
        peer("swaks tls")


def test_a_part_is_looked_for_once(peer, part, tmp_path):
    path = part("import sys; print('noise', file=sys.stderr); open(sys.argv[1], 'a').write('.')", str(tmp_path / "log"))
    assert peer("nc part") == peer("nc part") == str(path)
    assert (tmp_path / "log").read_text() == "."


def test_a_probe_that_cannot_be_run_is_a_missing_part(tmp_path):
    assert "No such file" in conftest.why_not((str(tmp_path / "nothing"),))


def test_ci_installs_every_peer_and_part():
    listed = re.findall(r"[\w.-]+", (ROOT / ".ci/run").read_text())
    assert {*conftest.PEERS.values(), *(package for package, _ in conftest.PARTS.values())} <= {*listed}
