"""Letters that are hard on whoever carries them, and how to tell what has become of one."""

import re

HEADER = b"""\
From: Ada <ada@gmail.test>\r
To: everybody:;\r
Subject: Proof\r
Date: Mon, 02 Mar 2026 09:00:00 +0000\r
Message-ID: <proof@gmail.test>\r
MIME-Version: 1.0\r
Content-Type: text/plain; charset=utf-8\r
Content-Transfer-Encoding: 8bit\r
\r
"""


def letter(*lines: str) -> bytes:
    """Return a letter with this body."""
    return HEADER + "".join(f"{line}\r\n" for line in lines).encode()


LETTERS = {
    "dots": letter(".", "..", ".one", "...", " .", "a.", "", ".", "QUIT", "."),
    "UTF-8": letter(*["Grüße, 你好, ☃", "´" * 499] * 5),
    # A dot that begins a line is doubled on the way, and that does not count (RFC 5321 section 4.5.3.1.6).
    "lines of 998 octets": letter("x" * 998, "." + "y" * 997, "." * 998, "é" * 499),
    "ten megabytes": letter(*(f".{n:09d}{'x' * 58}" for n in range(145_000))),
}
TOO_LONG = letter("before", "z" * 1200, "after")

TRACE = re.compile(rb"\A(?:(?:Return-Path|Received|Delivered-To|Authentication-Results|X-[\w-]+):.*\n(?:[ \t].*\n)*)+")


def bare(content: bytes) -> bytes:
    """Return a letter, its lines ended by CR LF, without what those who carried it have written on top of it."""
    return TRACE.sub(b"", content.replace(b"\r\n", b"\n")).replace(b"\n", b"\r\n")
