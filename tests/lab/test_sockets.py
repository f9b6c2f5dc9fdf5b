"""A connection keeps what its own end sent and read, and is an ordinary socket all the same."""

import array
import smtplib
import socket
import ssl

import pytest

MX1 = ("203.0.113.25", 25)
GREETING = "220 mx1.outlook.test ESMTP"


def lines(sock) -> list[tuple[str, str]]:
    return [(line.who, line.text) for line in sock.transcript.lines]


def test_both_sides_stand_in_the_order_in_which_this_end_sent_and_read(lab):
    with lab.connect(*MX1) as sock:
        sock.sendall(b"NOOP\r\n")
        assert sock.recv(3) == b"220"
        assert lines(sock) == [("C", "NOOP"), ("S", "220")]
        assert repr(sock.transcript).endswith("\nC: NOOP\nS: 220 (line not ended)")
        assert sock.pieces.calls == [("C", b"NOOP\r\n"), ("S", b"220")]
    assert sock.transcript.lines[0].time == lab.clock.now()
    assert (sock.transcript.client, sock.transcript.server) == ("laptop.learner.test", "mx1.outlook.test")


def test_every_way_to_send_and_read_is_kept_once(lab):
    with lab.connect(*MX1) as sock:
        assert sock.recv(4, socket.MSG_PEEK) == b"220 "
        assert lines(sock) == []
        assert sock.recv(0) == b"" and sock.recv_into(bytearray()) == 0
        room = bytearray(50)
        size = sock.recv_into(room)
        assert room[:size].decode() == f"{GREETING}\r\n"
        assert sock.recv_into.__self__ is sock and lines(sock) == [("S", GREETING)]
        assert sock.send(b"NOOP\r\n") == 6 and sock.recv(100)
        sock.sendall(memoryview(array.array("B", b"NOOP\r\n")))
        assert sock.recv(100)
        with sock.makefile("rw", newline="") as stream:
            stream.write("NOOP\r\n")
            stream.flush()
            assert stream.readline() == "250 2.0.0 OK\r\n"
        assert lines(sock)[1:] == [("C", "NOOP"), ("S", "250 2.0.0 OK")] * 3


@pytest.mark.parametrize("send", ["send", "sendall"])
def test_it_goes_on_under_tls(lab, send):
    context = lab.certificates.client_context()
    with lab.connect("198.51.100.11", 587) as sock:
        sock.recv(1000)
        for line in (b"EHLO laptop.learner.test\r\n", b"STARTTLS\r\n"):
            sock.sendall(line)
            sock.recv(1000)
        secret = context.wrap_socket(sock, server_hostname="smtp.gmail.test")
    with secret, secret.makefile("rb") as stream:
        getattr(secret, send)(b"NOOP\r\n")
        assert stream.readline() == b"250 2.0.0 OK\r\n"
        secret.sendall(b"QUIT\r\n")
        assert stream.read().startswith(b"221")
    assert lines(secret)[-8:] == [
        ("C", "STARTTLS"),
        ("S", "220 2.0.0 Ready to start TLS"),
        ("", "TLS begins: what follows is for the two ends alone"),
        ("C", "NOOP"),
        ("S", "250 2.0.0 OK"),
        ("C", "QUIT"),
        ("S", "221 2.0.0 smtp.gmail.test Goodbye"),
        ("", "smtp.gmail.test closed the connection"),
    ]
    assert lines(sock) == lines(secret)  # it is one connection


def test_a_lock_that_did_not_come_about_is_said(lab):
    lab.submission.tls = "wrong name"
    sock = lab.connect("198.51.100.11", 465)
    with pytest.raises(ssl.SSLCertVerificationError):
        lab.certificates.client_context().wrap_socket(sock, server_hostname="smtp.gmail.test")
    assert lines(sock) == [("", "TLS did not come about")]


def test_what_ended_it_is_an_event_said_once(lab):
    with lab.connect(*MX1, timeout=0.05) as sock:
        sock.recv(100)
        for _ in range(2):
            with pytest.raises(TimeoutError, match="said nothing for 0.05 s"):
                sock.recv(100)
        sock.settimeout(2)
        sock.sendall(b"QUIT\r\n")
        while sock.recv(100):
            pass
        assert sock.recv(100) == b""
    assert lines(sock)[1:] == [
        ("", "mx1.outlook.test said nothing for 0.05 s"),
        ("C", "QUIT"),
        ("S", "221 2.0.0 mx1.outlook.test Goodbye"),
        ("", "mx1.outlook.test closed the connection"),
    ]


def test_a_socket_that_does_not_wait_is_as_ever(lab):
    with lab.connect(*MX1) as sock:
        sock.recv(100)
        sock.setblocking(False)
        with pytest.raises(BlockingIOError):
            sock.recv(100)
        assert lines(sock) == [("S", GREETING)]


def test_smtplib_over_a_socket_of_the_lab_is_kept(lab):
    class Client(smtplib.SMTP):
        def _get_socket(self, host, port, timeout):
            return lab.connect(host, port, timeout=timeout)

    with Client(*MX1, "laptop.learner.test", timeout=2) as client:
        sock = client.sock
        client.sendmail("ada@gmail.test", ["grace@outlook.test"], b"Subject: x\r\n\r\n.\r\n")
    said = [text for who, text in lines(sock) if who == "C"]
    assert said[0] == "ehlo laptop.learner.test" and said[-5:] == ["Subject: x", "", "..", ".", "QUIT"]


def test_the_one_who_listens_and_the_two_ends_beside_each_other(lab):
    context = lab.certificates.client_context()
    with lab.tap("smtp.gmail.test", 465) as heard:
        with context.wrap_socket(lab.connect("198.51.100.11", 465), server_hostname="smtp.gmail.test") as sock:
            sock.recv(100)
        both = repr(heard.connections[0].beside(sock.transcript))
    assert both.endswith("-- TLS begins: what follows is for the two ends alone\n=> 2 S: 220 smtp.gmail.test ESMTP")
