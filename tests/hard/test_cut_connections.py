"""A connection cut at each byte of a session: the letter is kept exactly when the server has said 250 to it."""

import select
import socket
import struct

import pytest

from tests.hard.conftest import PATIENCE

BODY = b"Subject: Hi\r\n\r\n..Hello\r\n"


def commands(recipient: str) -> list[bytes]:
    return [
        b"HELO a.test\r\n",
        b"MAIL FROM:<a@a.test>\r\n",
        f"RCPT TO:<{recipient}>\r\n".encode(),
        b"DATA\r\n",
        BODY + b".\r\n",
        b"QUIT\r\n",
    ]


def close(sock):
    sock.close()


def reset(sock):
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def close_later(sock):
    """Close when the server has answered, or has had time to."""
    select.select([sock], [], [], 0.005)
    close(sock)


def reset_later(sock):
    """Reset when the server has answered, or has had time to."""
    select.select([sock], [], [], 0.005)
    reset(sock)


def half_close(sock):
    """Say no more, and hear what the server has to say."""
    sock.shutdown(socket.SHUT_WR)
    while sock.recv(65536):
        pass
    sock.close()


def say(sock, pieces: list[bytes], cut: int) -> list[bytes]:
    """Say the first `cut` bytes of the pieces, each in its turn; return the replies that were read."""
    heard = [sock.recv(1024)]
    for piece in pieces:
        sock.sendall(piece[:cut])
        cut -= len(piece)
        if cut <= 0:
            break
        heard.append(sock.recv(1024))
    return heard


@pytest.mark.parametrize("way", [close, close_later, reset, reset_later, half_close], ids=lambda way: way.__name__)
def test_the_letter_is_kept_exactly_when_250_was_sent(server, way):
    pieces = commands(server.recipient)
    whole = len(b"".join(pieces[:5]))
    kept_in = []
    for cut in range(len(b"".join(pieces)) + 1):
        before = len(server.kept())
        sock = socket.create_connection(server.place, PATIENCE)
        heard = say(sock, pieces, cut)
        way(sock)
        server.settle()
        new = server.kept()[before:]
        promised = [reply for reply in server.sent[5:] if reply.startswith("250")]  # after 220, 250, 250, 250, 354
        assert len(new) == len(promised), cut
        assert all(letter.endswith(BODY.replace(b"..", b".")) for letter in new)
        assert cut >= whole or not new, cut
        assert new or len(heard) < 6, cut  # who has read the 250 has no more to care for
        if new:
            kept_in.append(cut)
    assert kept_in[-1] == cut  # the whole session
    if way is half_close and server.recipient == "grace@outlook.test":  # all that was said is carried out
        assert kept_in == list(range(whole, cut + 1))
