"""Connections, who is calling, taps and faults."""

import contextlib
import gc
import select
import smtplib
import socket
import threading
import time
import weakref

import pytest

from helpers.lab import Lab, LabError, NobodysAddress, UnknownHost
from helpers.lab.faults import FaultError
from helpers.lab.sockets import NotAnAddress
from helpers.wire import ReplyReader
from tests.wire.pages import Page


def reply(sock) -> str:
    """Read one whole reply, however it is cut."""
    reader, replies = ReplyReader(), []
    while not replies:
        data = sock.recv(1024)
        assert data, "the connection ended"
        replies = reader.feed(data)
    return replies[0].text


def say(sock, line: str) -> str:
    sock.sendall(line.encode() + b"\r\n")
    return reply(sock)


# Connections


def test_a_connection_is_an_ordinary_socket_that_names_the_other_end(lab):
    with lab.connect("203.0.113.25", 25) as sock:
        assert isinstance(sock, socket.socket)
        assert repr(sock) == (
            "<connection from laptop.learner.test (192.0.2.10) to mx1.outlook.test (203.0.113.25), port 25>"
        )
        assert sock.recv(1024).startswith(b"220 mx1.outlook.test ")
        with pytest.raises(TimeoutError, match=r"^mx1.outlook.test said nothing for 0.1 s$"):
            sock.settimeout(0.1)
            sock.recv(1024)
    assert "closed connection" in repr(sock)


def test_it_works_in_makefile_and_smtplib(lab):
    with lab.connect("203.0.113.25", 25) as sock, sock.makefile("rb") as lines:
        assert lines.readline().startswith(b"220 ")

    class LabSMTP(smtplib.SMTP):
        def _get_socket(self, host, port, timeout):
            return lab.connect(host, port, source="out.gmail.test")

    with LabSMTP("203.0.113.25", 25, local_hostname="out.gmail.test") as client:
        client.sendmail("ada@gmail.test", ["support@outlook.test"], b"Subject: x\r\n\r\nHello\r\n")
    assert "198.51.100.10" in lab.mailbox("support@outlook.test")[0].headers["Received"]


@pytest.mark.parametrize("wrong", ["outlook.test", "", 25, None, b"203.0.113.25"])
def test_a_name_is_not_an_address(lab, wrong):
    with pytest.raises(NotAnAddress, match="ask the DNS"):
        lab.connect(wrong, 25)


@pytest.mark.parametrize("wrong", ["25", 0, 70000, None, True, 25.0])
def test_a_port_is_a_number(lab, wrong):
    with pytest.raises(NotAnAddress, match="port is a whole number"):
        lab.connect("203.0.113.25", wrong)
    with pytest.raises(NotAnAddress, match="port is a whole number"):
        lab.route("203.0.113.25", wrong)


def test_nobodys_address_and_an_unknown_source_are_sentences(lab):
    with pytest.raises(NobodysAddress):
        lab.connect("203.0.113.250", 25)
    with pytest.raises(UnknownHost):
        lab.connect("203.0.113.25", 25, source="out.gmial.test")


def test_a_host_without_ipv6_cannot_reach_one_that_has_nothing_else(lab):
    with lab.connect("2001:db8::25", 25, source="out.gmail.test") as sock:
        assert sock.recv(1024).startswith(b"220 mx.six.test")
    with pytest.raises(OSError, match="mx1.outlook.test has no IPv6 address"):
        lab.connect("2001:db8::25", 25, source="mx1.outlook.test")


def test_a_host_that_is_down_is_silent_and_a_stopped_service_refuses(lab):
    lab.faults.down("mx1.outlook.test")
    with pytest.raises(TimeoutError, match="^mx1.outlook.test said nothing for 0.2 s$"):
        lab.connect("203.0.113.25", 25, timeout=0.2)
    lab.faults.up("mx1.outlook.test").refuse("mx1.outlook.test")
    with pytest.raises(ConnectionRefusedError, match=r"mx1.outlook.test \(203.0.113.25\) refuses port 25"):
        lab.connect("203.0.113.25", 25)
    lab.faults.clear("mx1.outlook.test")
    lab.connect("203.0.113.25", 25).close()


# Who is calling


def test_the_server_sees_the_host_that_speaks(lab):
    server = socket.create_server(("127.0.0.1", 0))
    lab.serve("mail.learner.test", 25, server.getsockname())
    for source, address in (("out.gmail.test", "192.0.2.25"), (None, "192.0.2.25")):
        client = lab.connect(address, 25, source=source)
        accepted, peer = server.accept()
        client.close()  # an entry outlives the client's socket
        assert lab.who(peer).name == (source or "laptop.learner.test")
        lab._net.forget(peer)
        assert lab.who(peer).name == "laptop.learner.test"
        accepted.close()
    stranger = socket.create_connection(server.getsockname(), 2)
    accepted, peer = server.accept()
    assert lab.who(peer).name == "laptop.learner.test"
    for sock in (stranger, accepted, server):
        sock.close()


def test_who_gives_the_address_in_use_first(lab):
    with lab.connect("2001:db8::25", 25, source="out.gmail.test") as sock:
        assert lab.who(sock.getsockname()).address == "2001:db8:0:100::10"


def test_a_mail_host_forgets_the_caller_when_the_connection_ends(lab):
    sock = lab.connect("203.0.113.25", 25, source="mallory.test")
    own = sock.getsockname()
    reply(sock)
    assert lab.who(own).name == "mallory.test"
    say(sock, "QUIT")
    assert sock.recv(100) == b""
    sock.close()
    deadline = time.monotonic() + 2
    while lab.who(own).name == "mallory.test" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert lab.who(own).name == "laptop.learner.test"


# Taps


def test_a_tap_hears_both_sides_and_hides_nobody(lab):
    with lab.tap("mx1.outlook.test") as tap:
        assert "nothing has passed" in repr(tap) and "Nothing has passed" in tap._repr_html_()
        with lab.connect("203.0.113.25", 25, source="out.gmail.test") as sock:
            reply(sock)
            say(sock, "HELO out.gmail.test")
            say(sock, "MAIL FROM:<ada@gmail.test>")
            say(sock, "QUIT")
    text = repr(tap)
    assert "S: 220 mx1.outlook.test" in text
    assert "C: HELO out.gmail.test" in text
    assert text.index("C: MAIL FROM:<ada@gmail.test>") < text.index("C: QUIT") < text.index("S: 221")
    assert "MAIL FROM:&lt;ada@gmail.test&gt;" in tap._repr_html_()
    assert lab.route("203.0.113.25", 25) == lab._net.routes.endpoint(
        lab.host("mx1.outlook.test"), 25
    )  # joined directly again


def test_behind_a_tap_the_caller_is_still_known(lab):
    lab.tap("mx1.outlook.test")
    lab.send("From: ada@gmail.test\nTo: support@outlook.test\n\nHello\n")
    assert "198.51.100.10" in lab.mailbox("support@outlook.test")[0].headers["Received"]


def test_a_tap_before_a_name_server_hears_datagrams(lab):
    tap = lab.tap("ns1.outlook.test", 53)
    lab.resolver.resolve("outlook.test", "MX")
    assert [(a.name, b.name) for a, b, _ in tap.datagrams] == [
        ("resolver.isp.test", "ns1.outlook.test"),
        ("ns1.outlook.test", "resolver.isp.test"),
    ]
    assert "mx1.outlook.test." in repr(tap) and "mx1.outlook.test." in tap._repr_html_()


def test_a_tap_shows_rubbish_as_rubbish(lab):
    tap = lab.tap("ns1.outlook.test", 53)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.sendto(b"<b>not DNS</b>", lab.route("203.0.113.52", 53))
        deadline = time.monotonic() + 2
        while not tap.datagrams and time.monotonic() < deadline:
            time.sleep(0.01)
    assert "no DNS message" in repr(tap)
    assert "<b>" not in tap._repr_html_()


def test_there_is_nothing_to_hear_where_nothing_is_said(lab):
    with pytest.raises(LabError, match="has no service on port 25"):
        lab.tap("ns1.outlook.test")
    with pytest.raises(UnknownHost):
        lab.tap("mx9.outlook.test")


@pytest.mark.parametrize("unread", [False, True])
def test_a_connection_ends_for_the_server_when_the_client_has_gone_without_a_word(lab, unread):
    host = lab.mail_hosts["bank.test"]
    with lab.tap("bank.test"):
        sock = lab.connect("203.0.113.60", 25)
        reply(sock)
        sock.sendall(b"EHLO laptop.learner.test\r\n")
        assert not unread or select.select([sock], [], [], 2)[0]
        sock.close()  # with octets unread that is a reset
    deadline = time.monotonic() + 2
    while host.open and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not host.open


def test_a_connection_through_a_tap_that_is_gone_survives_the_collector(lab):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        lab.serve("mail.learner.test", 25, listener.getsockname())
        with lab.tap("mail.learner.test"):
            sock = lab.connect("192.0.2.25", 25)
            server, _ = listener.accept()
    with sock, server:
        sock.shutdown(socket.SHUT_WR)  # from here on the loop itself watches one of the two ends only
        assert server.recv(1) == b""
        for _ in range(3):
            gc.collect()
        server.sendall(b"late")
        assert sock.recv(4) == b"late"


def test_a_tap_outlives_its_lab():
    lab = Lab(beside=True)
    tap = lab.tap("mx1.outlook.test")
    with lab.connect("203.0.113.25", 25) as sock:
        reply(sock)
    lab.close()
    tap.close()
    assert "220 mx1.outlook.test" in repr(tap)


# Faults on TCP


def test_a_split_reply_arrives_in_two_pieces(lab):
    lab.faults.split("mx1.outlook.test", at=5)
    with lab.connect("203.0.113.25", 25) as sock:
        assert sock.recv(1024) == b"220 m"
        assert sock.recv(1024).startswith(b"x1.outlook.test")
        sock.sendall(b"NOOP\r\n")
        assert sock.recv(1024) == b"250 2"


def test_a_split_waits_until_the_first_piece_was_read(lab):
    lab.faults.split("mx1.outlook.test", at=5)
    with lab.connect("203.0.113.25", 25) as sock:
        time.sleep(0.4)
        assert sock.recv(1024) == b"220 m"
        assert sock.recv(1024).startswith(b"x1.outlook.test")


def test_a_split_is_whole_once_the_clock_has_moved(lab):
    lab.faults.split("mx1.outlook.test", at=5)
    with lab.connect("203.0.113.25", 25) as sock:
        assert len(sock.recv(5, socket.MSG_PEEK)) == 5
        lab.clock.advance(1)
        deadline = time.monotonic() + 2
        while len(sock.recv(1024, socket.MSG_PEEK)) == 5 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert sock.recv(1024).startswith(b"220 mx1")


def test_a_program_from_outside_gets_its_second_piece_too(lab):
    lab.faults.split("mx1.outlook.test", at=5)
    with socket.create_connection(lab.route("203.0.113.25", 25), 2) as sock:
        assert sock.recv(1024) == b"220 m"
        assert sock.recv(1024).startswith(b"x1.outlook.test")


def test_a_delay_is_late_and_not_lost(lab):
    lab.faults.delay("mx1.outlook.test", seconds=0.2)
    begun = time.monotonic()
    with lab.connect("203.0.113.25", 25) as sock:
        assert reply(sock).startswith("mx1.outlook.test")
    assert time.monotonic() - begun >= 0.19


def test_a_stall_is_silence_on_an_open_connection(lab):
    lab.faults.stall("mx1.outlook.test", after=7)
    with lab.connect("203.0.113.25", 25, timeout=0.3) as sock:
        assert sock.recv(1024) == b"220 mx1"
        with pytest.raises(TimeoutError, match="mx1.outlook.test said nothing"):
            sock.recv(1024)


def test_a_reset_breaks_the_connection_off(lab):
    lab.faults.reset("mx1.outlook.test", after=0)
    tap = lab.tap("mx1.outlook.test")
    with (
        lab.connect("203.0.113.25", 25) as sock,
        pytest.raises(ConnectionResetError, match="^mx1.outlook.test reset the"),
    ):
        sock.recv(1024)
    assert "reset" in repr(tap)


def test_a_service_that_ended_behind_a_tap_breaks_off(lab):
    server = socket.create_server(("127.0.0.1", 0))
    lab.serve("mail.learner.test", 25, server.getsockname())
    lab.tap("mail.learner.test")
    server.close()
    with lab.connect("192.0.2.25", 25) as sock, pytest.raises(ConnectionResetError):
        assert sock.recv(10) != b""


def test_a_switch_works_on_an_open_connection_and_is_mended(lab):
    lab.tap("mx1.outlook.test")
    with lab.connect("203.0.113.25", 25, timeout=0.3) as sock:
        reply(sock)
        lab.faults.stall("mx1.outlook.test")
        sock.sendall(b"NOOP\r\n")
        with pytest.raises(TimeoutError):
            sock.recv(1024)
    lab.faults.clear()
    with lab.connect("203.0.113.25", 25) as sock:
        assert reply(sock).startswith("mx1")


# Faults on UDP


def test_a_dropped_question_is_not_answered(lab):
    lab.faults.drop("ns1.outlook.test")
    with pytest.raises(TimeoutError, match="ns1.outlook.test said nothing"):
        lab.ask("ns1.outlook.test", "outlook.test", "MX", timeout=0.3)
    assert len(lab.resolver.resolve("outlook.test", "MX")) == 2  # the resolver asks ns2
    assert "timeout" in [step.kind for step in lab.trail.steps]


def test_a_truncated_answer_is_asked_for_again_over_tcp(lab):
    lab.faults.truncate("ns1.outlook.test")
    assert len(lab.resolver.resolve("outlook.test", "MX")) == 2


def test_where_datagrams_alone_get_through_a_long_answer_is_never_had(lab):
    assert lab.faults.only_udp("ns1.outlook.test").only_udp("ns2.outlook.test") is lab.faults
    assert "datagrams alone" in repr(lab.faults)
    assert len(lab.resolver.resolve("outlook.test", "MX")) == 2
    with pytest.raises(TimeoutError, match="ns1.outlook.test said nothing for 0.1 s"):
        lab.ask("ns1.outlook.test", "outlook.test", "MX", tcp=True, timeout=0.1)
    with socket.create_connection(lab.route("ns1.outlook.test", 53), 0.2) as sock, pytest.raises(TimeoutError):
        sock.sendall(b"\x00\x0c" + bytes(12))  # as a program does that is not the lab's
        sock.recv(1)
    lab.faults.truncate("ns1.outlook.test").truncate("ns2.outlook.test")
    lab.recursive.flush()
    assert lab.lookup("outlook.test", "MX").outcome == "no answer"
    assert [step.kind for step in lab.trail.steps][-4:] == ["truncated", "timeout"] * 2
    assert "no answer" not in repr(lab.faults.clear("ns1.outlook.test")) and lab.lookup("outlook.test", "MX").answers


def test_duplicates_and_delays_do_no_harm(lab):
    lab.faults.duplicate("ns1.outlook.test").delay("ns1.outlook.test", 53, seconds=0.1)
    assert len(lab.resolver.resolve("outlook.test", "MX")) == 2
    assert len(lab.resolver.resolve("outlook.test", "A")) == 1


def test_rubbish_is_truncated_as_it_is(lab):
    from helpers.lab.forwarder import _truncated

    assert _truncated(b"rubbish") == b"rubbish"


# The switches


def test_the_switches_say_what_is_broken(lab):
    assert repr(lab.faults) == "Nothing is broken."
    assert lab.faults.is_down("mx1.one-down.test") and lab.faults.clear().is_down("mx1.one-down.test")
    lab.faults.down("mx1.outlook.test").split("mx2.outlook.test", at=3).drop("ns1.outlook.test")
    assert repr(lab.faults).splitlines() == [
        "mx1.outlook.test: it is switched off",
        "mx2.outlook.test: what it says on port 25 arrives in two pieces, cut after 3 bytes",
        "ns1.outlook.test: datagrams to port 53 are lost",
    ]
    assert Page(lab.faults._repr_html_()).text.splitlines() == [f"✗ {line}" for line in repr(lab.faults).splitlines()]
    assert lab.faults.clear("mx1.one-down.test").is_down("mx1.one-down.test")
    lab.faults.up("mx1.one-down.test").clear("mx1.outlook.test").clear("mx2.outlook.test").clear("ns1.outlook.test")
    assert repr(lab.faults) == "Nothing is broken."


def test_a_switch_has_no_other_positions(lab):
    with pytest.raises(FaultError, match="split takes a whole number from 1"):
        lab.faults.split("mx1.outlook.test", at=0)
    with pytest.raises(FaultError, match="from 0 to 2, and 30"):
        lab.faults.delay("mx1.outlook.test", seconds=30)
    for number in (1.5, float("inf"), "3", -1):
        with pytest.raises(FaultError, match="reset takes a whole number from 0"):
            lab.faults.reset("mx1.outlook.test", after=number)
    with pytest.raises(FaultError, match="no service on port 25"):
        lab.faults.stall("ns1.outlook.test")
    with pytest.raises(UnknownHost, match="Did you mean"):
        lab.faults.down("mx1.outlok.test")


def test_the_switches_of_a_closed_lab_say_that_it_is_closed():
    with Lab(beside=True) as lab:
        lab.faults.split("mx1.outlook.test")
    with pytest.raises(LabError, match="This lab is closed"):
        lab.faults.clear()


def test_a_split_holds_no_socket_that_was_let_go_of(lab):
    lab.faults.split("mx1.outlook.test", at=5)
    sock = lab.connect("203.0.113.25", 25)
    gone = threading.Event()
    weakref.finalize(sock, gone.set)
    assert select.select([sock], [], [], 2)[0]  # the first piece is there, and not read
    with pytest.warns(ResourceWarning):
        del sock
        gc.collect()
    assert gone.wait(2)


@pytest.mark.parametrize("timeout", [None, 0, -1, "2", True])
def test_a_time_out_is_a_number_of_seconds(lab, timeout):
    for address in ("203.0.113.41", "203.0.113.25"):
        with pytest.raises(LabError, match="A time-out is a number of seconds"):
            lab.connect(address, 25, timeout=timeout)


def test_a_server_that_takes_no_more_connections_is_named(lab):
    with socket.socket() as full, contextlib.ExitStack() as clients:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        lab.serve("mail.learner.test", 25, full.getsockname())
        with pytest.raises(TimeoutError, match="^mail.learner.test said nothing for 0.2 s$"):
            for _ in range(10):
                clients.enter_context(lab.connect("192.0.2.25", 25, timeout=0.2))


def test_whoever_has_left_a_web_site_is_forgotten(lab):
    sock = lab.connect("198.51.100.80", 80, source="out.gmail.test")
    own = sock.getsockname()
    sock.sendall(b"GET / HTTP/1.0\r\n\r\n")
    while sock.recv(4096):
        pass
    assert until(lambda: lab.who(own).name == "laptop.learner.test")


def until(done) -> bool:
    end = time.monotonic() + 2
    while not done() and time.monotonic() < end:
        time.sleep(0.001)
    return done()


def test_many_clients_at_once_are_all_served(lab):
    lab.tap("mx1.outlook.test")
    said = []

    def client():
        with lab.connect("203.0.113.25", 25) as sock:
            reply(sock)
            said.append(say(sock, "NOOP"))

    threads = [threading.Thread(target=client) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(5)
    assert len(said) == 20
