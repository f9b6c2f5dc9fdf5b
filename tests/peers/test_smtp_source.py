"""smtp-source and smtp-sink, which come with Postfix to try mail servers and clients."""

import re
import subprocess

import pytest

from tests.conftest import find_peer
from tests.peers.letters import LETTERS, TOO_LONG, bare
from tests.peers.sink import Sink

# smtp-source, into the lab's hosts and the learner's server


def smtp_source(server, recipient: str, *options) -> subprocess.CompletedProcess:
    """Let smtp-source bring letters. It stops at the first reply that it does not like."""
    ip, port = server.place
    command = [find_peer("smtp-source"), "-f", "ada@gmail.test", "-t", recipient, "-M", "laptop.learner.test"]
    return subprocess.run([*command, *options, f"{ip}:{port}"], capture_output=True, text=True, timeout=30)


def in_a_file(tmp_path, content: bytes):
    """Put a letter into a file, each line ended by LF."""
    file = tmp_path / "letter"
    file.write_bytes(content.replace(b"\r\n", b"\n"))
    return file


@pytest.mark.parametrize("content", LETTERS.values(), ids=LETTERS)
def test_letters_by_smtp_source(server, tmp_path, content):
    done = smtp_source(server, server.people[0], "-F", in_a_file(tmp_path, content))
    assert (done.returncode, done.stderr) == (0, "")
    assert server.kept() == [content + b"\r\n"]  # it ends each letter with an empty line


def test_a_line_that_is_too_long_by_smtp_source(server, tmp_path):
    done = smtp_source(server, server.people[0], "-F", in_a_file(tmp_path, TOO_LONG))
    assert done.returncode and "500 " in done.stderr
    assert server.kept() == []


@pytest.mark.parametrize("kept_connections", [[], ["-d"]], ids=["a connection each", "kept connections"])
def test_many_letters_at_once_by_smtp_source(server, kept_connections):
    done = smtp_source(server, server.people[0], "-s", "10", "-m", "100", "-l", "4096", *kept_connections)
    assert (done.returncode, done.stderr) == (0, "")
    letters = server.kept()
    assert len(letters) == 100 and min(map(len, letters)) > 4096
    assert len(set(re.sub(rb"Date: .*|Message-Id: .*", b"", letter) for letter in letters)) == 1


# lab.send, into smtp-sink


def send(lab, content: bytes, *people: str):
    """Let a host of the lab send a letter to learner.test; return the Delivery."""
    return lab.send(content, sender="ada@gmail.test", recipients=[f"{name}@learner.test" for name in people or ["me"]])


@pytest.mark.parametrize("content", LETTERS.values(), ids=LETTERS)
def test_letters_into_smtp_sink(lab, tmp_path, content):
    with Sink(lab, tmp_path) as sink:
        assert send(lab, content).fates["me@learner.test"].status == "delivered"
    (kept,) = sink.kept
    assert bare(kept) == content + b"\r\n"  # it ends each letter with an empty line
    assert b"X-Mail-Args: <ada@gmail.test>" in kept and b"X-Helo-Args: out.gmail.test\n" in kept


def test_a_hundred_recipients_into_smtp_sink(lab, tmp_path):
    people = [f"reader{n}" for n in range(100)]
    with Sink(lab, tmp_path) as sink:
        send(lab, LETTERS["dots"], *people)
    (kept,) = sink.kept
    assert re.findall(rb"X-Rcpt-Args: <(\w+)@learner.test>", kept) == [name.encode() for name in people]


def test_smtp_sink_that_does_not_know_ehlo(lab, tmp_path):
    with Sink(lab, tmp_path, "-e") as sink:
        assert send(lab, LETTERS["dots"]).fates["me@learner.test"].status == "delivered"
    assert b"X-Client-Proto: SMTP\n" in sink.kept[0]


def test_smtp_sink_that_takes_no_octets_beyond_ascii(lab, tmp_path):
    with Sink(lab, tmp_path, "-8") as sink:
        fate = send(lab, LETTERS["UTF-8"]).fates["me@learner.test"]
    assert (fate.status, fate.enhanced, sink.kept) == ("bounced", "5.6.3", [])


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA", "."])
@pytest.mark.parametrize(("option", "status"), [("-r", "deferred"), ("-f", "bounced"), ("-q", "deferred")])
def test_smtp_sink_that_does_not_like_a_command(lab, tmp_path, command, option, status):
    """It defers (-r), refuses (-f), or hangs up (-q)."""
    with Sink(lab, tmp_path, option, command):
        delivery = send(lab, LETTERS["dots"], "me", "you")
    told = {fate.status for fate in delivery.fates.values()}
    # Who does not know EHLO is asked again with HELO (RFC 5321 section 3.2).
    assert told == {"delivered" if (option, command) == ("-f", "EHLO") else status}
    assert bool(delivery.bounce) == (told == {"bounced"})
