"""The doctor: what it finds, how it says so, and that nothing leaves this machine unless it is asked to."""

import importlib.metadata
import os
import re
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import tomllib
from collections import namedtuple
from contextlib import contextmanager

import dns.message
import dns.rrset
import pytest

from helpers import doctor
from helpers.lab import Lab
from tests.setup.conftest import ROOT

READY = "This machine is ready: Python, packages, and loopback over UDP and TCP all work."
Version = namedtuple("Version", "major minor micro releaselevel serial")


def finding(name: str, **how) -> doctor.Finding:
    return next(found for found in doctor.examine(**how).findings if found.name == name)


# ---- This machine


def test_this_machine_is_ready_and_the_verdict_names_no_version():
    assert repr(doctor.verdict()) == str(doctor.verdict()) == READY
    assert doctor.examine().ready


def test_the_faces_say_the_same(monkeypatch):
    monkeypatch.setattr(doctor, "NOT_ASKED", doctor.Finding("network", "note", "<b>not asked</b>", "Ask & see."))
    examination = doctor.examine()
    text, page = repr(examination), examination._repr_html_()
    assert "Python         ok      3." in text and "This machine is ready." in text
    assert "<b>not asked</b>" in text and "&lt;b&gt;not asked&lt;/b&gt;<br>Ask &amp; see.</td>" in page
    assert page.count("<tr>") == len(examination.findings) + 1 == page.count("</tr>")
    assert re.search(r'<th scope="row"[^>]*>packages</th><td[^>]*>ok</td>', page)
    assert "<caption>This machine is ready.</caption>" in page
    assert examination.help_line in text and examination.help_line.replace("<b>", "&lt;b&gt;")[:99] in page


def test_the_help_line_holds_no_name_and_no_path():
    line = doctor.examine().help_line
    assert "\n" not in line and line.startswith("email-from-the-wire-up ")
    assert "Python ok; packages " in line and "loopback UDP ok; loopback TCP ok" in line
    private = {os.environ.get("USER"), os.environ.get("HOME"), socket.gethostname(), str(ROOT), sys.prefix}
    assert not [word for word in private if word and word != "root" and word in line]


def test_an_old_python_fails(monkeypatch):
    monkeypatch.setattr(sys, "version_info", Version(3, 10, 1, "final", 0))
    assert finding("Python").state == "fails"
    assert doctor.verdict().startswith("This machine is not ready: Python. To see how to mend that: doctor.examine()")


def test_a_newer_python_is_a_note(monkeypatch):
    monkeypatch.setattr(sys, "version_info", Version(3, 99, 0, "final", 0))
    assert finding("Python").state == "note"
    assert doctor.examine().ready


def test_a_python_with_which_the_notebooks_ran_says_so(monkeypatch):
    monkeypatch.setattr(sys, "version_info", Version(*doctor.TRIED, 0, "final", 0))
    found = doctor._python()
    assert found.state == "note"
    assert found.advice.startswith("All notebooks were run with it, and not all tests. Should something fail")


def installed(monkeypatch, versions: dict, otherwise=importlib.metadata.version):
    def version(name):
        found = versions.get(name) or otherwise(name)
        if found == "none":
            raise importlib.metadata.PackageNotFoundError(name)
        return found

    monkeypatch.setattr(importlib.metadata, "version", version)


def test_packages_in_the_tested_versions():
    count = len(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"])
    assert finding("packages").found == f"all {count} in the tested versions"


def test_a_missing_package_fails(monkeypatch):
    installed(monkeypatch, {"aiosmtpd": "none"})
    packages = finding("packages")
    assert (packages.state, packages.found) == ("fails", "missing: aiosmtpd")
    assert packages.advice.endswith("Set the course up: python3 start.py")
    text = repr(doctor.examine())
    assert "This machine is not ready: see the lines marked FAILS." in text and "packages       FAILS" in text


def test_another_version_than_the_tested_one_is_a_note(monkeypatch):
    installed(monkeypatch, {"dnspython": "2.7.0"})
    packages = finding("packages")
    assert (packages.state, packages.found) == ("note", "not the tested versions: dnspython 2.7.0")


@pytest.mark.parametrize("uv", [None, "/somewhere/uv"])
def test_without_packages_or_ensurepip_it_names_the_debian_package(monkeypatch, uv):
    installed(monkeypatch, {}, lambda name: "none")
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    monkeypatch.setattr("shutil.which", lambda name: uv)
    packages = finding("packages")
    assert packages.found == "none installed in this Python"
    package = f"sudo apt install python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    assert (package in packages.advice) is (uv is None)
    assert packages.advice.endswith("python3 start.py")


@pytest.mark.parametrize("kind", ["UDP", "TCP"])
def test_a_machine_without_loopback_fails(monkeypatch, kind):
    def refuse(self, address):
        raise PermissionError(1, "Operation not permitted")

    real = socket.socket.bind
    wanted = socket.SOCK_DGRAM if kind == "UDP" else socket.SOCK_STREAM
    monkeypatch.setattr(
        socket.socket, "bind", lambda self, a: refuse(self, a) if self.type == wanted else real(self, a)
    )
    failing = finding(f"loopback {kind}")
    assert failing.state == "fails" and "Operation not permitted" in failing.found
    assert "allow Python in its firewall" in failing.advice
    assert f"not ready: loopback {kind}. To" in doctor.verdict()


def test_silence_on_loopback_is_waited_out(monkeypatch):
    monkeypatch.setattr(doctor, "PATIENCE", 0.05)
    monkeypatch.setattr(socket.socket, "sendto", lambda self, data, address: len(data))
    assert finding("loopback UDP").found == "no round trip on 127.0.0.1: timed out"


@pytest.mark.parametrize("trip", [doctor._udp, doctor._tcp])
def test_another_answer_than_the_one_sent_is_a_failure(monkeypatch, trip):
    if trip is doctor._udp:
        monkeypatch.setattr(socket.socket, "recv", lambda self, size: b"something else")
    else:
        real = socket.socket.sendall
        monkeypatch.setattr(socket.socket, "sendall", lambda self, data: real(self, data.replace(b"to", b"of")))
    with pytest.raises(OSError, match="another answer"):
        trip()


def test_tls_from_the_first_byte_is_tried_with_the_lab_that_is_there():
    with Lab() as lab:
        assert finding("loopback TLS") == doctor.Finding(
            "loopback TLS", "ok", "a greeting from the lab, with TLS from the first byte"
        )
        assert not lab.closed


def test_a_python_whose_tls_fails_is_not_ready(monkeypatch):
    def broken(*args, **kwargs):
        raise ssl.SSLError(1, "no cipher in common")

    monkeypatch.setattr(ssl.SSLContext, "wrap_socket", broken)
    failing = finding("loopback TLS")
    assert failing.state == "fails" and "no greeting from the lab: " in failing.found
    assert "another of the tested Pythons" in failing.advice
    assert "not ready: loopback TLS. To" in doctor.verdict()


def test_a_lab_that_does_not_load_is_said(monkeypatch):
    monkeypatch.setitem(sys.modules, "helpers.lab", None)
    assert finding("loopback TLS").found.startswith("the lab does not load: ")


def test_without_the_packages_the_lab_is_not_tried(monkeypatch):
    installed(monkeypatch, {"trustme": "none"})
    monkeypatch.setitem(sys.modules, "helpers.lab", None)
    assert [found.name for found in doctor.examine().findings if found.state == "fails"] == ["packages"]


def test_no_ipv6_is_a_note(monkeypatch):
    real = doctor._bound

    def bound(kind, family=socket.AF_INET):
        if family == socket.AF_INET6:
            raise OSError(97, "Address family not supported by protocol")
        return real(kind, family)

    monkeypatch.setattr(doctor, "_bound", bound)
    assert finding("loopback IPv6").state == "note"
    assert doctor.verdict() == READY


def test_a_folder_that_cannot_be_written_fails(monkeypatch):
    def full(**how):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tempfile, "TemporaryFile", full)
    assert finding("folder").found == "cannot be written: No space left on device"


def test_a_proxy_for_everything_is_a_note(monkeypatch):
    monkeypatch.setenv("http_proxy", "http://192.0.2.1:3128")
    monkeypatch.setenv("no_proxy", "")
    assert "NO_PROXY=127.0.0.1,localhost" in finding("proxy").advice
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")
    assert "proxy" not in [found.name for found in doctor.examine().findings]


# ---- The network, played by this machine


@contextmanager
def answering(kind: int, answer):
    """A server on loopback that answers its first caller."""
    with socket.socket(socket.AF_INET, kind) as server:
        server.bind(("127.0.0.1", 0))

        def serve():
            if kind == socket.SOCK_DGRAM:
                query, asker = server.recvfrom(4096)
                server.sendto(answer(query), asker)
            else:
                caller = server.accept()[0]
                with caller, caller.makefile("rb") as lines:
                    answer(caller, lines)

        if kind == socket.SOCK_STREAM:
            server.listen()
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield server.getsockname()
        thread.join(5)


def dns_reply(rcode: int = 0, answers: bool = True):
    def answer(query: bytes) -> bytes:
        reply = dns.message.make_response(dns.message.from_wire(query))
        reply.set_rcode(rcode)
        if answers:
            reply.answer.append(dns.rrset.from_text(doctor.NAME + ".", 60, "IN", "A", "192.0.2.1"))
        return reply.to_wire()

    return answer


def test_an_open_resolver_is_found_open(monkeypatch):
    with answering(socket.SOCK_DGRAM, dns_reply()) as address:
        monkeypatch.setattr(doctor, "OTHER_RESOLVER", address)
        assert doctor._other_resolver() == "a resolver of our choice answered on UDP port 53"


@pytest.mark.parametrize(
    "answer", [dns_reply(5), dns_reply(answers=False), lambda query: b"", lambda query: b"\0" * 12]
)
def test_a_refusal_is_no_answer(monkeypatch, answer):
    with answering(socket.SOCK_DGRAM, answer) as address:
        monkeypatch.setattr(doctor, "OTHER_RESOLVER", address)
        with pytest.raises(OSError, match="no answer to the question"):
            doctor._other_resolver()


def web(status: str, body: bytes):
    def answer(caller, lines):
        asked = lines.readline()
        while lines.readline().strip():
            pass
        assert asked.startswith(b"GET /dns-query?name=example.com ")
        caller.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body)

    return answer


@pytest.mark.parametrize(
    ("status", "body", "open_"),
    [("200 OK", b'{"Status":0}', True), ("200 OK", b"<html>log in</html>", False), ("403 Forbidden", b"", False)],
)
def test_dns_over_https(monkeypatch, status, body, open_):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with answering(socket.SOCK_STREAM, web(status, body)) as (host, port):
        monkeypatch.setattr(doctor, "DNS_OVER_HTTPS", f"http://{host}:{port}/dns-query")
        if open_:
            assert doctor._dns_over_https() == "a resolver answered over HTTPS"
        else:
            with pytest.raises(OSError, match="no resolver|403"):
                doctor._dns_over_https()


@pytest.mark.parametrize(("greeting", "open_"), [(b"220 mx ESMTP\r\n", True), (b"554 no\r\n", False)])
def test_port_25(monkeypatch, greeting, open_):
    def exchange(caller, lines):
        caller.sendall(greeting)
        lines.readline()  # nothing but QUIT, or the end
        caller.sendall(b"221 bye\r\n")

    with answering(socket.SOCK_STREAM, exchange) as address:
        monkeypatch.setattr(doctor, "MAIL_EXCHANGE", address)
        if open_:
            assert doctor._mail_exchange() == "a mail exchange greeted us on TCP port 25"
        else:
            with pytest.raises(OSError, match="greeted with 554"):
                doctor._mail_exchange()


def test_the_system_resolver_is_asked(monkeypatch):
    monkeypatch.setattr(doctor, "NAME", "localhost")
    assert doctor._system_resolver() == "this system's resolver found localhost"


def test_what_the_network_permits_is_said_with_reasons(monkeypatch):
    monkeypatch.setattr(doctor, "PATIENCE", 0.1)
    over, waited = threading.Event(), []

    def closed():
        raise ConnectionRefusedError(111, "Connection refused")

    def silent():
        waited.append(over.wait(60))

    monkeypatch.setattr(
        doctor,
        "QUESTIONS",
        {"a": (lambda: "open", "why a"), "b": (closed, "why b"), "c": (silent, "why c")},
    )
    examination = doctor.examine(network=True)
    assert not waited  # whoever is silent still is
    over.set()
    assert examination.findings[-3:] == (
        doctor.Finding("a", "ok", "open"),
        doctor.Finding("b", "closed", "[Errno 111] Connection refused", "why b"),
        doctor.Finding("c", "closed", "no answer within 0 s", "why c"),
    )
    assert examination.ready  # the course needs none of it
    assert "b closed ([Errno 111] Connection refused)" in examination.help_line


def test_nothing_leaves_this_machine_unless_asked(monkeypatch):
    monkeypatch.setattr(doctor, "QUESTIONS", {"a": (lambda: pytest.fail("asked"), "")})
    doctor.verdict()
    assert finding("network").found == "not asked, so nothing left this machine"


# ---- The command line


def test_the_command_line(capsys, monkeypatch):
    monkeypatch.setattr(doctor, "QUESTIONS", {"a": (lambda: "open", "")})
    assert doctor.main([]) == 0
    assert "not asked, so nothing left this machine" in capsys.readouterr().out
    assert doctor.main(["--network"]) == 0
    assert re.search(r"^a +ok +open$", capsys.readouterr().out, re.MULTILINE)
    assert doctor.main(["--what"]) == 2
    installed(monkeypatch, {"nbval": "none"})
    assert doctor.main([]) == 1


def test_it_runs_as_a_module():
    run = subprocess.run([sys.executable, "-m", "helpers.doctor"], cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0 and run.stdout.splitlines()[-1].startswith("For a request for help: ")


@pytest.mark.parametrize(
    "path", ["/srv/ada/my course/.venv/lib/_rust.abi3.so", r"C:\Users\ada\course\.venv\Lib\_rust.abi3.so"]
)
def test_the_help_line_holds_no_path_of_an_error_either(path):
    found = doctor.Finding("loopback TLS", "fails", f"the lab does not load: {path}: undefined symbol")
    line = doctor.Examination((found,)).help_line
    assert "_rust.abi3.so: undefined symbol" in line and "ada" not in line and "venv" not in line
