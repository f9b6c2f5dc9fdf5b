"""The lab's certificates, by real handshakes over real sockets."""

import socket
import ssl
import subprocess
import sys
import threading

import pytest

from helpers.lab.certificates import KINDS, LOCAL, Certificates, UnknownKind
from helpers.lab.sockets import LabTlsSocket, named

WHY = {
    "wrong name": "Hostname mismatch, certificate is not valid for 'bank.test'.",
    "expired": "certificate has expired",
    "unknown authority": "unable to get local issuer certificate",
}


def shake_hands(server_context, client_context, name="bank.test"):
    """One connection; returns the client's TLS socket, after one octet each way."""
    ours, theirs = socket.socketpair()
    ours.settimeout(5)
    theirs.settimeout(5)

    def serve():
        try:
            with server_context.wrap_socket(theirs, server_side=True) as tls:
                tls.sendall(tls.recv(1))
        except OSError:  # the client does not like the certificate
            theirs.close()

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        with client_context.wrap_socket(ours, server_hostname=name) as tls:
            tls.sendall(b"x")
            assert tls.recv(1) == b"x"
            return tls.version()
    finally:
        ours.close()
        thread.join(5)


def test_a_valid_certificate_holds():
    assert shake_hands(LOCAL.server_context("bank.test"), LOCAL.client_context()) == "TLSv1.3"


@pytest.mark.parametrize("kind", WHY)
def test_what_is_wrong_is_said_and_no_line_of_pythons_source(kind):
    assert set(WHY) == set(KINDS) - {"valid"}
    with pytest.raises(ssl.SSLCertVerificationError) as caught:
        shake_hands(LOCAL.server_context("bank.test", kind), LOCAL.client_context())
    assert caught.value.verify_message == WHY[kind]
    assert str(caught.value) == f"[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: {WHY[kind]}"


@pytest.mark.parametrize("kind", KINDS)
def test_who_does_not_check_takes_any(kind):
    assert shake_hands(LOCAL.server_context("bank.test", kind), LOCAL.client_context(checked=False)) == "TLSv1.3"


def test_another_name_than_the_one_that_was_wanted_is_refused():
    with pytest.raises(ssl.SSLCertVerificationError, match="not valid for 'shop.test'"):
        shake_hands(LOCAL.server_context("bank.test"), LOCAL.client_context(), name="shop.test")


def test_nobody_trusts_the_authority_unless_told_to():
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(LOCAL.server_context("bank.test"), ssl.create_default_context())
    told = ssl.create_default_context(cadata=LOCAL.pem)
    assert shake_hands(LOCAL.server_context("bank.test"), told) == "TLSv1.3"


def test_two_authorities_do_not_vouch_for_each_other():
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(Certificates().server_context("bank.test"), LOCAL.client_context())


def test_a_server_keeps_its_certificate(lab):
    assert LOCAL.server_context("bank.test") is LOCAL.server_context(lab.host("bank.test"))
    assert lab.certificates is LOCAL


@pytest.mark.parametrize("kind", ["valid ", "", "VALID", 5])
def test_a_kind_that_there_is_not(lab, kind):
    for use in (
        lambda: LOCAL.server_context("bank.test", kind),
        lambda: setattr(lab.mail_hosts["bank.test"], "tls", kind),
        lambda: setattr(lab.policy_sites["bank.test"], "tls", kind),
    ):
        with pytest.raises(UnknownKind, match="'wrong name', 'expired'"):
            use()
    assert lab.mail_hosts["bank.test"].tls == "valid"


def test_a_lab_that_nobody_asks_for_tls_makes_no_certificate():
    program = (
        "import sys; from helpers.lab import Lab; lab = Lab(); "
        "lab.send('From: ada@gmail.test\\nTo: support@outlook.test\\n\\nHi\\n'); "
        "assert lab.certificates; print({'trustme', 'cryptography'} & set(sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "set()\n"


# The sockets of a lab


def test_a_wrapped_connection_says_who_is_silent(lab):
    sock = lab.connect("198.51.100.11", 465, timeout=1)
    with lab.certificates.client_context().wrap_socket(sock, server_hostname="smtp.gmail.test") as tls:
        assert isinstance(tls, LabTlsSocket)
        assert repr(tls) == (
            "<TLS connection from laptop.learner.test (192.0.2.10) to smtp.gmail.test (198.51.100.11), port 465>"
        )
        assert tls.recv(100) == b"220 smtp.gmail.test ESMTP\r\n"
        tls.settimeout(0.05)
        with pytest.raises(TimeoutError, match=r"^smtp.gmail.test said nothing for 0.05 s$"):
            tls.recv(1)
    assert repr(tls).startswith("<closed TLS connection")
    with pytest.raises(OSError):
        tls.sendall(b"x")


def test_a_wrapped_connection_reads_by_line(lab):
    sock = lab.connect("198.51.100.11", 465)
    context = lab.certificates.client_context()
    with context.wrap_socket(sock, server_hostname="smtp.gmail.test") as tls, tls.makefile("rb") as lines:
        assert lines.readline() == b"220 smtp.gmail.test ESMTP\r\n"
        tls.send(b"QUIT\r\n")
        assert lines.readline() == b"221 2.0.0 smtp.gmail.test Goodbye\r\n"
        assert lines.read() == b""


def test_a_server_that_waits_for_words_in_clear(lab):
    sock = lab.connect("198.51.100.11", 587)
    assert sock.recv(100) == b"220 smtp.gmail.test ESMTP\r\n"
    with pytest.raises(ssl.SSLError) as caught:
        lab.certificates.client_context().wrap_socket(sock, server_hostname="smtp.gmail.test")
    assert "_ssl.c" not in str(caught.value)
    assert sock.fileno() == -1


def test_a_server_that_says_nothing_to_a_handshake(lab):
    lab.faults.stall("smtp.gmail.test", port=465, after=0)
    sock = lab.connect("198.51.100.11", 465, timeout=0.3)
    with pytest.raises(TimeoutError, match=r"^smtp.gmail.test said nothing for 0.3 s$"):
        lab.certificates.client_context().wrap_socket(sock, server_hostname="smtp.gmail.test")


def test_a_server_that_breaks_off_a_handshake(lab):
    lab.faults.reset("smtp.gmail.test", port=465, after=100)
    sock = lab.connect("198.51.100.11", 465)
    with pytest.raises(ConnectionResetError, match="^smtp.gmail.test reset the connection$"):
        lab.certificates.client_context().wrap_socket(sock, server_hostname="smtp.gmail.test")


def test_a_socket_that_is_none_of_the_labs():
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours, pytest.raises(BrokenPipeError, match="^the other end has closed the connection$"), named(ours):
        ours.sendall(b"x")


def test_a_connection_that_cannot_be_made_leaves_no_socket(lab, monkeypatch):
    made = []

    def speak(host, sock, kind, address):
        made.append(sock)
        raise ConnectionResetError

    monkeypatch.setattr(lab._net.wires, "_speak", speak)
    with pytest.raises(ConnectionResetError, match="^bank.test reset the connection$"):
        lab.connect("203.0.113.60", 25)
    assert made[0].fileno() == -1
