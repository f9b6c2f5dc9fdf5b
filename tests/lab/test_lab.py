import asyncio
import contextlib
import gc
import http.client
import os
import signal
import socket
import subprocess
import sys
import threading

import dns.exception
import dns.message
import dns.query
import pytest

from helpers.lab import Lab, LabError, NobodysAddress, UnknownHost, ZoneError
from helpers.lab.cast import CAST, LEARNER
from tests.peers.places import listens
from tests.wire.pages import Page

LETTER = "From: Ada <ada@gmail.test>\nTo: support@outlook.test\nSubject: Hello\n\nDoes this arrive?\n"
ZONE = """$ORIGIN learner.test.
$TTL 300
@    IN SOA ns postmaster {serial} 3600 600 604800 60
@    IN NS  ns
@    IN NS  ns2
ns   IN A   192.0.2.52
ns2  IN A   192.0.2.54
mail IN A   192.0.2.25
@    IN MX  10 {exchange}
"""


def open_sockets() -> int:
    gc.collect()
    return len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0


# What is there


def test_every_host_of_the_cast_is_on_the_map(lab):
    text, html = repr(lab), lab._repr_html_()
    for host in CAST:
        assert host.name in text and host.name in html
        assert lab.host(host.name) == host
        for address in host.addresses:
            assert address in text
            assert lab.host(address) == host
    assert "Mon, 02 Mar 2026 09:00:00 +0000" in text
    assert "switched off" in next(line for line in text.splitlines() if "mx1.one-down.test" in line)


def test_names_are_found_in_any_case_and_with_their_final_dot(lab):
    assert lab.host("MX1.Outlook.Test.").name == "mx1.outlook.test"
    assert lab.host(lab.host("gmail.test")).name == "gmail.test"
    assert lab.host("2001:DB8:0:0::25").name == "mx.six.test"


def test_unknown_names_and_addresses_are_a_sentence(lab):
    with pytest.raises(UnknownHost, match=r"Did you mean mx1.outlook.test\?"):
        lab.host("mx1.outlok.test")
    with pytest.raises(NobodysAddress, match="203.0.113.250 is nobody's address"):
        lab.route("203.0.113.250", 25)


def test_every_service_listens_on_loopback_only(lab):
    places = [lab._net.routes.endpoint(host, port) for host in CAST for port in lab.ports(host)]
    assert len(places) > 40
    assert {ip for ip, _ in places} == {"127.0.0.1"}
    assert not {port for _, port in places} & {25, 53, 80}


def test_a_port_without_a_program_refuses(lab):
    with pytest.raises(ConnectionRefusedError, match=r"^outlook.test \(203.0.113.80\) refuses port 25: no program"):
        lab.route("203.0.113.80", 25)


def test_the_web_sites_are_real(lab):
    for name in ("gmail.test", "outlook.test"):
        connection = http.client.HTTPConnection(*lab.route(name, 80), timeout=2)
        connection.request("GET", "/")
        assert f"<h1>{name}</h1>" in connection.getresponse().read().decode()
        connection.close()


# How it lives


def test_where_a_closed_lab_listened_nobody_does():
    def refused() -> bool:
        place = Lab().route("203.0.113.25", 25)
        Lab().close()
        return not listens(*place)  # or the system has given that port to somebody else at once

    assert any(refused() for _ in range(4))


def test_a_new_lab_closes_the_one_before():
    first = Lab()
    second = Lab()
    try:
        assert first.closed and not second.closed
        for use in (
            lambda: first.connect("203.0.113.25", 25),
            lambda: first.send(LETTER),
            lambda: first.publish(ZONE),
            lambda: first.ask("a.nic.test", "outlook.test", "MX"),
            lambda: first.route("203.0.113.25", 25),
            lambda: first.tap("mx1.outlook.test"),
        ):
            with pytest.raises(LabError, match=r"lab = Lab\(\)"):
                use()
        assert "closed" in repr(first)
        first.close()  # twice does no harm
        first.clock.advance(days=30)
    finally:
        second.close()


def test_labs_run_side_by_side():
    with Lab(beside=True) as one, Lab(beside=True) as other:
        assert one.route("203.0.113.25", 25) != other.route("203.0.113.25", 25)
        assert one.send(LETTER).fates["support@outlook.test"].status == "delivered"
        assert len(one.mailbox("support@outlook.test")) == 1
        assert len(other.mailbox("support@outlook.test")) == 0


def test_nothing_is_left_of_a_closed_lab():
    Lab(beside=True).close()
    before, threads = open_sockets(), threading.active_count()
    for _ in range(3):
        lab = Lab(beside=True)
        lab.send(LETTER)
        idle = lab.connect("203.0.113.25", 25)
        lab.tap("mx1.outlook.test")
        lab.faults.split("mx2.outlook.test", at=3)
        tapped = lab.connect("203.0.113.25", 25)
        with contextlib.suppress(ConnectionRefusedError):
            lab.route("203.0.113.41", 53)  # the black hole
        lab.close()
        for sock in (idle, tapped):  # neither waits for its time-out: the end is an EOF or a reset
            with sock, contextlib.suppress(ConnectionResetError):
                while sock.recv(1000):
                    pass
    assert threading.active_count() == threads
    assert open_sockets() <= before


def test_a_lab_that_cannot_start_leaves_nothing(monkeypatch):
    threads = threading.active_count()
    monkeypatch.setattr("helpers.lab.lab.MailHost", None)
    with pytest.raises(TypeError):
        Lab(beside=True)
    assert threading.active_count() == threads


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_a_process_that_is_interrupted_or_killed_leaves_nobody_listening():
    program = (
        "from helpers.lab import Lab; import time; lab = Lab(); "
        "print(lab.route('203.0.113.25', 25)[1], flush=True); time.sleep(30)"
    )
    for sign in (signal.SIGINT, signal.SIGKILL):
        with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
            port = int(child.stdout.readline())
            socket.create_connection(("127.0.0.1", port), 2).close()
            child.send_signal(sign)
            child.wait(10)
        with pytest.raises(OSError):
            socket.create_connection(("127.0.0.1", port), 1).close()


def test_real_addresses_elsewhere_than_in_a_namespace_is_a_sentence():
    with pytest.raises(LabError, match="network namespace"):
        Lab(beside=True, real_addresses=True)


# The trail and the look-ups


def test_the_trail_begins_with_a_sentence(lab):
    with pytest.raises(LabError, match="has not been asked anything yet"):
        lab.trail  # noqa: B018
    lab.resolver.resolve("outlook.test", "MX")
    assert lab.trail.question == ("outlook.test.", "MX")
    assert lab.trail.asker.name == LEARNER
    assert [step.server for step in lab.trail.steps][:2] == ["a.root-servers.test", "a.nic.test"]


def test_ask_puts_one_question_to_one_server(lab):
    reply = lab.ask("a.nic.test", "outlook.test", "MX")
    assert not reply.answers
    assert "ns1.outlook.test." in {record.data for record in reply.authority}
    with pytest.raises(UnknownHost, match="Did you mean ns1.outlook.test"):
        lab.ask("ns1.outlok.test", "outlook.test", "MX")
    with pytest.raises(LabError, match="'MXX' is no type of record"):
        lab.ask("a.nic.test", "outlook.test", "MXX")
    with pytest.raises(LabError, match="'a..b' cannot be a name in the DNS"):
        lab.ask("a.nic.test", "a..b", "MX")


# Publishing


def test_a_published_zone_is_found_from_the_root_and_copied_by_the_secondary(lab):
    published = lab.publish(ZONE.format(serial=1, exchange="mail"))
    assert "learner.test. is published with serial 1." in repr(published)
    page = Page(published._repr_html_())
    assert all(line in page.text for line in repr(published).splitlines())
    assert [str(mx.exchange) for mx in lab.resolver.resolve("learner.test", "MX")] == ["mail.learner.test."]
    for server in ("ns.learner.test", "ns2.learner.test"):
        assert lab.ask(server, "learner.test", "MX").answers[0].data == "10 mail.learner.test."


def test_the_case_of_a_zones_name_does_not_matter(lab):
    lab.publish(ZONE.format(serial=1, exchange="mail").replace("learner.test.", "Learner.TEST."))
    assert len(lab.resolver.resolve("learner.test", "MX")) == 1


def test_a_serial_that_did_not_rise_leaves_the_secondary_with_the_old_zone(lab):
    lab.publish(ZONE.format(serial=1, exchange="mail"))
    lab.publish(ZONE.format(serial=1, exchange="other"))
    assert lab.ask("ns.learner.test", "learner.test", "MX").answers[0].data == "10 other.learner.test."
    assert lab.ask("ns2.learner.test", "learner.test", "MX").answers[0].data == "10 mail.learner.test."


def test_the_secondary_refreshes_when_the_soa_says(lab):
    lab.publish(ZONE.format(serial=1, exchange="mail"))
    lab.faults.down("ns.learner.test")
    lab.publish(ZONE.format(serial=2, exchange="other"))  # the secondary cannot fetch it now
    lab.faults.up("ns.learner.test")
    lab.clock.advance(minutes=30)
    assert lab.ask("ns2.learner.test", "learner.test", "MX").answers[0].data == "10 mail.learner.test."
    lab.clock.advance(minutes=31)
    assert lab.ask("ns2.learner.test", "learner.test", "MX").answers[0].data == "10 other.learner.test."


def test_a_secondary_that_is_switched_off_learns_of_a_zone_later(lab):
    lab.publish(ZONE.format(serial=1, exchange="mail"))
    lab.faults.down("ns2.learner.test")
    assert "switched off" in repr(lab.publish(ZONE.format(serial=2, exchange="other")))
    lab.faults.up("ns2.learner.test")
    assert lab.ask("ns2.learner.test", "learner.test", "MX").answers[0].data == "10 mail.learner.test."
    lab.clock.advance(hours=1)
    assert lab.ask("ns2.learner.test", "learner.test", "MX").answers[0].data == "10 other.learner.test."


def test_a_host_that_is_switched_off_is_silent_even_to_who_knows_where_it_really_listens(lab):
    mail, name_server = lab.route("mx1.outlook.test", 25), lab.route("ns1.outlook.test", 53)
    query = dns.message.make_query("outlook.test", "MX")
    lab.faults.down("mx1.outlook.test").down("ns1.outlook.test")
    with socket.create_connection(mail, timeout=0.2) as sock, pytest.raises(TimeoutError):
        sock.recv(1)
    for ask in (dns.query.udp, dns.query.tcp):
        with pytest.raises(dns.exception.Timeout):
            ask(query, name_server[0], timeout=0.2, port=name_server[1])
    lab.faults.clear()
    with socket.create_connection(mail, timeout=2) as sock:
        assert sock.recv(1024).startswith(b"220 ")
    assert dns.query.udp(query, name_server[0], timeout=2, port=name_server[1]).answer


def test_a_zone_that_does_not_parse_changes_nothing(lab):
    lab.publish(ZONE.format(serial=1, exchange="mail"))
    with pytest.raises(ZoneError) as caught:
        lab.publish(ZONE.format(serial=2, exchange="mail").replace("192.0.2.25", "192.0.2.256"))
    assert caught.value.line == 8 and "Line 8" in str(caught.value)
    assert lab.ask("ns.learner.test", "mail.learner.test", "A").answers[0].data == "192.0.2.25"


def test_a_zone_that_nobody_would_ask_for_is_a_sentence(lab):
    with pytest.raises(LabError, match="learner.test. is yours"):
        lab.publish(ZONE.format(serial=1, exchange="mail").replace("learner.test.", "nobody.test."))


def test_the_text_of_a_zone_is_what_was_published_last(lab):
    assert "MX     20 mx2" in lab.zone_text("outlook.test") and "$ORIGIN ." in lab.zone_text(".")
    for nothing in ("learner.test", "mx1.outlook.test"):
        with pytest.raises(LabError, match="no zone"):
            lab.zone_text(nothing)
    lab.publish(ZONE.format(serial=1, exchange="mail"))
    assert lab.zone_text("Learner.Test.") == ZONE.format(serial=1, exchange="mail")


# Serving


@pytest.mark.parametrize(
    ("port", "place"), [("26", ("127.0.0.1", 5000)), (0, ("127.0.0.1", 5000)), (26, ("127.0.0.1", 99999))]
)
def test_a_server_has_ports_that_there_are(lab, port, place):
    with pytest.raises(LabError, match="A port is a whole number from 1 to 65535"):
        lab.serve("mail.learner.test", port, place)
    assert lab.ports("mail.learner.test") == []


def test_a_closed_lab_takes_no_server():
    with Lab(beside=True) as lab:
        pass
    with pytest.raises(LabError, match="This lab is closed"):
        lab.serve("mail.learner.test", 25, ("127.0.0.1", 5000))


def test_a_lab_that_does_not_answer_says_so(lab):
    with pytest.raises(LabError, match="The lab did not answer for 0.05 s"):
        lab._net.run(asyncio.sleep(10), timeout=0.05)


def test_a_server_of_ones_own_is_put_on_the_map(lab):
    server = socket.create_server(("127.0.0.1", 0))
    lab.serve("mail.learner.test", 25, server.getsockname())
    client = lab.connect("192.0.2.25", 25, source="out.gmail.test")
    accepted, peer = server.accept()
    assert lab.who(peer).name == "out.gmail.test"
    assert "SMTP" in next(line for line in repr(lab).splitlines() if "mail.learner.test" in line)
    for sock in (client, accepted, server):
        sock.close()
    with pytest.raises(ConnectionRefusedError, match="mail.learner.test .* refuses port 25"):
        lab.connect("192.0.2.25", 25)


@pytest.mark.parametrize("place", ["127.0.0.1", 25, ("127.0.0.1",), ("127.0.0.1", "x"), None])
def test_a_place_that_is_none_is_a_sentence(lab, place):
    with pytest.raises(LabError, match="Say where your server listens"):
        lab.serve("mail.learner.test", 25, place)


def test_the_lab_never_leaves_this_machine(lab):
    with pytest.raises(LabError, match="never leaves this machine"):
        lab.serve("mail.learner.test", 25, ("192.0.2.1", 25))
