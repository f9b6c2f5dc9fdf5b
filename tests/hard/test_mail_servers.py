"""Random octets and bent sessions to the servers that take letters.

Each session is ended in 2 s, each reply is one, a letter is kept exactly when 250 was sent, and the next honest client
is served.
"""

import random
import socket

import pytest
from hypothesis import strategies as st

from helpers.wire import ReplyReader
from tests.hard.amounts import amount
from tests.hard.conftest import PATIENCE
from tests.hard.octets import CHANGES, bent, random_changes, random_octets, try_out

SHARE = amount("INPUTS", 2000) // 10  # of the inputs, for each test; here one is a session
LONG = 60 + SHARE // 5  # seconds for a test

# Whatever state a session is in, this ends it: a letter by its dot, a line by its CR LF, a conversation by QUIT.
END = b"\r\n.\r\nRSET\r\nQUIT\r\n"

SOUND = [
    b"EHLO a.test\r\n",
    b"HELO a.test\r\n",
    b"MAIL FROM:<a@a.test>\r\n",
    b"MAIL FROM:<> SIZE=10 BODY=8BITMIME\r\n",
    b"RCPT TO:<grace@outlook.test>\r\n",
    b"RCPT TO:<grace@learner.test>\r\n",
    b"DATA\r\n",
    b"Subject: Hi\r\n\r\n..Hello\r\n.\r\n",
    b"RSET\r\n",
    b"NOOP\r\n",
    b"VRFY grace\r\n",
    b"HELP\r\n",
    b"AUTH PLAIN AGEAYg==\r\n",
    b"STARTTLS\r\n",
    b"QUIT\r\n",
]
LETTER = SOUND[0] + SOUND[2] + SOUND[4] + SOUND[5] + SOUND[6] + SOUND[7]
NASTY = [
    b"\0",
    b"\r",
    b"\n",
    b"NOOP\n",
    b"NOOP\rNOOP\r\n",
    b"\r\n.\n",
    b"\n.\r\n",
    b"\r.\r",
    b"MAIL FROM:<\0@a.test>\r\n",
    b"RCPT TO:<grace@outlook.test\0>\r\n",
    b"RCPT TO:<" + b"@a," * 300 + b":b@c>\r\n",
    b"MAIL FROM:<\xff\xfe@a.test> SMTPUTF8\r\n",
    "MAIL FROM:<grüße@a.test> SMTPUTF8\r\n".encode(),
    b"MAIL FROM:<a@a.test> SIZE=" + b"9" * 30 + b"\r\n",
    b"EHLO " + b"a" * 2000 + b"\r\n",
    b"x" * 5000,
    b"x" * 70000 + b"\r\n",
    b"\x16\x03\x01\x02\0\x01\0",  # the start of TLS
    b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n",
]
PIECE = st.one_of(
    st.sampled_from(SOUND),
    st.sampled_from([LETTER, *NASTY]),
    st.builds(bent, st.sampled_from([*SOUND, LETTER]), CHANGES),
    st.binary(max_size=100),
)
PIECES = st.lists(PIECE, max_size=12)


def some_pieces(rng: random.Random) -> list[bytes]:
    """What a session is made of: random octets only, or what the strategy above makes."""
    if rng.random() < 0.3:
        return [random_octets(rng)]
    kinds = [
        lambda: rng.choice(SOUND),
        lambda: rng.choice([LETTER, *NASTY]),
        lambda: bent(rng.choice([*SOUND, LETTER]), random_changes(rng)),
        lambda: random_octets(rng, 100),
    ]
    return [rng.choice(kinds)() for _ in range(rng.randint(0, 12))]


def to_the_end(sock) -> bytes:
    """Return what comes until the server closes."""
    heard = b""
    try:
        while octets := sock.recv(65536):
            heard += octets
    except TimeoutError:
        raise AssertionError(f"silence after {heard[-200:]!r}") from None
    return heard


def hold(server, pieces: list[bytes], at_once: bool) -> None:
    """Hold a session with a server and look at what comes of it."""
    before, heard = len(server.kept()), None
    with socket.create_connection(server.place, PATIENCE) as sock:
        try:
            for piece in [b"".join(pieces) + END] if at_once else [*pieces, END]:
                sock.sendall(piece)
            heard = to_the_end(sock)
        except (ConnectionResetError, BrokenPipeError):  # it had closed before all was said
            pass
    server.settle()
    promised = [reply for reply in server.sent if reply.startswith("250 2.0.0 Letter kept")]
    assert len(server.kept()) - before == len(promised)
    sent = "".join(f"{reply}\r\n" for reply in server.sent).encode()
    assert b"a problem of its own" not in sent
    if heard is None:
        return
    if server.recipient == "grace@outlook.test":
        replies = ReplyReader().feed(heard)
        assert heard == sent == b"".join(reply.raw for reply in replies)
        assert replies[0].code == 220 and replies[-1].code in (221, 421)
    else:  # aiosmtpd, having said farewell, goes on with what it has read already, and tells nobody
        assert heard and sent.startswith(heard)


def serve_an_honest_client(server) -> None:
    """The next client leaves its letter."""
    before = len(server.kept())
    hello, sender, data, letter, end = SOUND[0], SOUND[2], SOUND[6], SOUND[7], SOUND[-1]
    with socket.create_connection(server.place, PATIENCE) as sock:
        sock.sendall(hello + sender + f"RCPT TO:<{server.recipient}>\r\n".encode() + data + letter + end)
        replies = ReplyReader().feed(to_the_end(sock))
    server.settle()
    assert [reply.code for reply in replies] == [220, 250, 250, 250, 354, 250, 221]
    assert len(server.kept()) == before + 1


@pytest.mark.timeout(LONG)
def test_what_hypothesis_thinks_of(server):
    def ask(pieces, at_once):
        hold(server, pieces, at_once)
        serve_an_honest_client(server)

    try_out(ask, SHARE, PIECES, st.booleans())


@pytest.mark.timeout(LONG)
def test_random_and_bent_sessions(server):
    rng = random.Random(server.recipient)
    for number in range(SHARE):
        hold(server, some_pieces(rng), rng.random() < 0.5)
        if number % 20 == 0:
            serve_an_honest_client(server)
    serve_an_honest_client(server)
