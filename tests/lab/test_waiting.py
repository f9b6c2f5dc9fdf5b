"""A long time-out is in seconds of the lab: the clock moves to the answer or to the end of patience."""

import ssl
import time
from datetime import timedelta

import pytest

from helpers.lab import Lab, LabError
from helpers.lab.clock import START, Clock
from helpers.lab.faults import FaultError
from helpers.lab.moments import Moments

MX1, ADDRESS = "mx1.outlook.test", "203.0.113.25"
LETTER = b"Subject: Hello\r\n\r\nOnce.\r\n.\r\n"
COMMANDS = ("EHLO out.gmail.test", "MAIL FROM:<ada@gmail.test>", "RCPT TO:<support@outlook.test>", "DATA")


@pytest.fixture
def lab():
    with Lab(beside=True) as lab:
        yield lab


def talk(sock, *lines: str, letter: bytes = b"") -> list[str]:
    """Say lines and a letter, one after the other; return the code of each reply, the greeting's among them."""
    codes = [code(sock)]
    for octets in [*(f"{line}\r\n".encode() for line in lines), *([letter] if letter else [])]:
        sock.sendall(octets)
        codes.append(code(sock))
    return codes


def code(sock) -> str:
    with sock.makefile("rb") as replies:
        line = replies.readline()
        while line[3:4] == b"-":
            line = replies.readline()
        return line[:3].decode()


def since(lab) -> timedelta:
    return lab.clock.now() - START


@pytest.mark.parametrize("minutes, patience, comes", [(9, 600, True), (11, 600, False), (10, 600, True)])
def test_the_clock_moves_to_the_held_answer_or_to_the_end_of_patience(lab, minutes, patience, comes):
    lab.faults.at(MX1, ".", "hold", minutes=minutes)
    began = time.monotonic()
    with lab.connect(ADDRESS, 25, "out.gmail.test", timeout=patience) as sock:
        if comes:
            assert talk(sock, *COMMANDS, letter=LETTER)[-1] == "250"
            sock.sendall(b"QUIT\r\n")
            assert code(sock) == "221", "the host took the wait for idleness"
        else:
            with pytest.raises(TimeoutError, match="mx1.outlook.test said nothing for 600 s"):
                talk(sock, *COMMANDS, letter=LETTER)
    assert since(lab) == timedelta(minutes=min(minutes, 10))
    assert len(lab.mailbox("support@outlook.test")) == 1, "the host has kept it, whatever the client believes"
    assert time.monotonic() - began < 20


def test_two_seconds_are_real_and_move_nothing(lab):
    lab.faults.at(MX1, "EHLO", "hold", minutes=1)
    with lab.connect(ADDRESS, 25) as sock, pytest.raises(TimeoutError, match="for 2 s"):
        talk(sock, *COMMANDS)
    assert since(lab) == timedelta(0)


def test_whoever_judges_a_sender_lets_short_time_outs_be_the_labs_too(lab):
    lab.waiting.real = 0
    lab.faults.at(MX1, "EHLO", "hold", minutes=1)
    with lab.connect(ADDRESS, 25, timeout=0.5) as sock, pytest.raises(TimeoutError, match="for 0.5 s"):
        talk(sock, *COMMANDS)
    assert since(lab) == timedelta(seconds=0.5)


def test_a_silence_that_nobody_announced_ends_as_well(lab):
    with lab.connect(ADDRESS, 25, timeout=300) as sock:
        code(sock)
        with pytest.raises(TimeoutError, match="said nothing for 300 s"):
            sock.recv(1)
    assert since(lab) == timedelta(minutes=5)


def test_a_host_that_is_switched_off_takes_the_lab_s_time_and_not_the_reader_s(lab):
    lab.faults.down(MX1)
    began = time.monotonic()
    with pytest.raises(TimeoutError, match="for 300 s"):
        lab.connect(ADDRESS, 25, timeout=300)
    assert since(lab) == timedelta(minutes=5) and time.monotonic() - began < 20


def test_patience_goes_on_under_tls(lab):
    with lab.connect("198.51.100.11", 465, timeout=60) as sock:
        secret = lab.certificates.client_context(True).wrap_socket(sock, server_hostname="smtp.gmail.test")
        with secret:
            assert secret.gettimeout() == 60 and code(secret) == "220"
            with pytest.raises(TimeoutError, match="said nothing for 60 s"):
                secret.recv(1)
    assert since(lab) == timedelta(minutes=1)
    assert isinstance(secret, ssl.SSLSocket)


@pytest.mark.parametrize("number, moment", [*enumerate(("greeting", "EHLO", "MAIL", "RCPT", "DATA", "."))])
@pytest.mark.parametrize("what", ["421", "cut", "silence"])
def test_each_moment_of_a_conversation_may_fail(lab, number, moment, what):
    lab.faults.at(MX1, moment, what)
    with lab.connect(ADDRESS, 25, "out.gmail.test", timeout=300) as sock:
        if what == "421":
            assert [*talk(sock, *COMMANDS[: max(0, number)], letter=LETTER if moment == "." else b"")][-1] == "421"
            assert sock.recv(1) == b""
        else:
            expected = ConnectionResetError if what == "cut" else TimeoutError
            with pytest.raises(expected, match=MX1):
                talk(sock, *COMMANDS, letter=LETTER)
    assert since(lab) == timedelta(minutes=5 if what == "silence" else 0)
    kept = len(lab.mailbox("support@outlook.test"))
    assert kept == (1 if moment == "." and what != "421" else 0), "an answer that is lost was given"


def test_the_second_recipient_is_a_moment_of_its_own(lab):
    lab.faults.at(MX1, "RCPT 2", "421")
    with lab.connect(ADDRESS, 25) as sock:
        assert talk(sock, *COMMANDS[:3], "RCPT TO:<grace@outlook.test>") == ["220", "250", "250", "250", "421"]
    assert "leaves with 421 instead of RCPT 2" in repr(lab.faults)
    lab.faults.clear(MX1)
    assert repr(lab.faults) == "Nothing is broken."
    with lab.connect(ADDRESS, 25) as sock:
        assert talk(sock, *COMMANDS[:3], "RCPT TO:<grace@outlook.test>")[-1] == "250"


@pytest.mark.parametrize(
    "arguments, words",
    [
        (("RECPT", "421"), "A moment is one of"),
        (("RCPT two", "421"), "and 'RCPT two' is not"),
        ((None, "421"), "and None is not"),
        ((".", "451"), "What befalls is one of"),
        ((".", "hold"), "for some `minutes`"),
        ((".", "cut", 3), "for some `minutes`"),
    ],
)
def test_a_wrong_switch_is_a_sentence(lab, arguments, words):
    with pytest.raises(FaultError) as told:
        lab.faults.at(MX1, *arguments)
    assert words in str(told.value)


def test_commands_and_replies_are_told_apart_however_they_are_sliced():
    client = b"EHLO me\r\nMAIL FROM:<a@b.test>\r\nrcpt TO:<c@d.test>\r\nRCPT TO:<e@f.test>\r\nDATA\r\n"
    server = b"220 hi\r\n250-me\r\n250 X\r\n250 ok\r\n250 ok\r\n550 no\r\n354 go\r\n"
    letter = b"Subject: .\r\n\r\nRCPT\r\n..\r\n.x\r\n.\r\nQUIT\r\n"
    for size in (1, 2, 3, 7, 1000):
        moments, said, answered = Moments(), [], []
        for octets in _sliced(client, size):
            said += moments.said(octets)
        for octets in _sliced(server, size):
            answered += moments.answered(octets)
        for octets in _sliced(letter, size):
            said += moments.said(octets)
        assert [m for m, _ in said if m] == ["EHLO", "MAIL", "RCPT", "RCPT 2", "DATA", ".", "QUIT"]
        assert b"".join(octets for _, octets in said) == client + letter
        assert [m for m, _ in answered] == ["greeting", "EHLO", "MAIL", "RCPT", "RCPT 2", "DATA"]
        assert b"".join(octets for _, octets in answered) == server


def test_what_is_no_smtp_passes_as_it_is():
    moments = Moments()
    assert moments.answered(b"HTTP/1.1 200 OK\r\n\r\n") == [("", b"HTTP/1.1 200 OK\r\n\r\n")]
    assert moments.said(b"\x16\x03\x01") == [("", b"\x16\x03\x01")]


def test_the_clock_stops_at_what_is_due_and_calls_whoever_listens():
    clock, seen = Clock(), []
    clock.on_move(lambda: seen.append(clock.now() - START))
    end = clock.due(START + timedelta(minutes=30))
    clock.due(START + timedelta(hours=1))
    clock.due(START + timedelta(days=9))
    clock.advance(hours=2)
    assert seen == [timedelta(minutes=30), timedelta(hours=1), timedelta(hours=2)]
    end()
    clock.reach(START)
    assert clock.now() - START == timedelta(hours=2)


def test_who_moves_the_clock_from_within_moves_it_for_all():
    clock, seen = Clock(), []
    clock.due(START + timedelta(minutes=1))

    def listen():
        seen.append(clock.now() - START)
        if len(seen) == 1:
            clock.advance(hours=3)

    clock.on_move(listen)
    clock.advance(hours=2)
    assert seen == [timedelta(minutes=1), timedelta(hours=3, minutes=1)]


def _sliced(octets: bytes, size: int) -> list[bytes]:
    return [octets[start : start + size] for start in range(0, len(octets), size)]


def test_a_time_out_may_be_a_function_of_what_was_said_last(lab):
    asked = []

    def patience(said):
        asked.append(said)
        return 600 if said.endswith(b"\r\n.\r\n") else 60

    lab.faults.at(MX1, ".", "hold", minutes=9)
    with lab.connect(ADDRESS, 25, "out.gmail.test", timeout=patience) as sock:
        assert talk(sock, *COMMANDS, letter=LETTER)[-1] == "250"
    assert asked == [b"", *(f"{line}\r\n".encode() for line in COMMANDS), LETTER]
    assert since(lab) == timedelta(minutes=9)
    lab.faults.clear().at(MX1, "MAIL", "hold", minutes=9)
    with lab.connect(ADDRESS, 25, timeout=patience) as sock, pytest.raises(TimeoutError, match="for 60 s"):
        talk(sock, *COMMANDS)


@pytest.mark.parametrize("seconds", [None, 0, "60", True])
def test_a_time_out_of_a_function_that_is_none_is_a_sentence(lab, seconds):
    with pytest.raises(LabError, match="A time-out is a number of seconds"):
        lab.connect(ADDRESS, 25, timeout=lambda said: seconds)
    with lab.connect(ADDRESS, 25, timeout=lambda said: seconds if said else 60) as sock:
        code(sock)
        with pytest.raises(LabError, match="A time-out is a number of seconds"):
            sock.sendall(b"NOOP\r\n")
