"""A sheet to print: the reply codes of SMTP and what DNS answers mean for a letter, as the lab itself gives them.

    python -m helpers.lessons.sheet sheet.html

Nothing on it is written by hand but the questions: each row is what a running lab answered.
"""

from __future__ import annotations

import sys
from html import escape
from itertools import groupby
from pathlib import Path

from helpers.lab import Lab
from helpers.lab.delivery import FATES, Delivery
from helpers.lab.mail_host import ERROR_LIMIT, RECIPIENT_LIMIT
from helpers.wire import Reply, ReplyReader
from helpers.wire.faces import sign, table

FIRST_DIGITS = {  # RFC 5321 section 4.2.1
    "2": "done",
    "3": "go on, more is wanted",
    "4": "not now: the sender keeps the letter and tries again",
    "5": "no, for good: the same again would fail again",
}
HELLO, MAIL, RCPT = b"EHLO laptop.learner.test", b"MAIL FROM:<me@learner.test>", b"RCPT TO:<support@outlook.test>"
CONVERSATIONS = (  # what is said to mx1.outlook.test after its greeting; the last reply of each is shown
    ("The greeting", ()),
    ("EHLO", (HELLO,)),
    ("MAIL FROM", (HELLO, MAIL)),
    ("RCPT TO", (HELLO, MAIL, RCPT)),
    ("DATA", (HELLO, MAIL, RCPT, b"DATA")),
    ("The letter and its final dot", (HELLO, MAIL, RCPT, b"DATA", b"Subject: Hello\r\n\r\nHello.\r\n.")),
    ("RSET", (HELLO, b"RSET")),
    ("NOOP", (HELLO, b"NOOP")),
    ("VRFY", (HELLO, b"VRFY support")),
    ("QUIT", (HELLO, b"QUIT")),
    ("A command that there is not", (HELLO, b"DEAR SERVER")),
    ("Too many mistakes", (HELLO, *[b"DEAR SERVER"] * ERROR_LIMIT)),
    ("An address without < and >", (HELLO, b"MAIL FROM:me@learner.test")),
    ("DATA before RCPT TO", (HELLO, MAIL, b"DATA")),
    ("MAIL FROM before EHLO", (MAIL,)),
    ("An unknown user", (HELLO, MAIL, b"RCPT TO:<nobody@outlook.test>")),
    ("One recipient too many", (HELLO, MAIL, *[RCPT] * (RECIPIENT_LIMIT + 1))),
    ("Somebody else's domain", (HELLO, MAIL, b"RCPT TO:<olive@corner-shop.test>")),
    ("A letter that is too big", (HELLO, MAIL + b" SIZE=99999999")),
)
DOMAINS = (
    ("MX records", "support@outlook.test"),
    ("The first exchange is down", "nora@one-down.test"),
    ("No MX record, but an address", "olive@corner-shop.test"),
    ("The null MX", "who@no-mail.test"),
    ("MX names a host without an address", "dan@dangling.test"),
    ("NXDOMAIN", "support@outlok.test"),
    ("SERVFAIL, or no answer in time", "who@lame.test"),
)


def reply_rows(lab: Lab) -> list[tuple[str, str, str]]:
    """Hold each conversation with mx1.outlook.test: what was said, the reply's code, its words."""
    rows = []
    for name, commands in CONVERSATIONS:
        reply = _last_reply(lab, commands)
        text = " ".join(filter(None, [reply.enhanced, *reply.lines[:1]]))
        rows.append((name, str(reply.code), text))
    return sorted(rows, key=lambda row: row[1])


def fate_rows(lab: Lab) -> list[tuple[str, str, str, str]]:
    """Send a letter to each domain: what the DNS said, the address, the look-ups, and the letter's fate."""
    rows = []
    for name, address in DOMAINS:
        delivery = lab.send(f"From: Ada <ada@gmail.test>\nTo: {address}\nSubject: Hello\n\nHello.\n")
        rows.append((name, address, _asked(delivery), FATES[delivery.fates[address].status].partition(" (")[0]))
    return rows


def html() -> str:
    """Return the sheet as one page of HTML that needs nothing else."""
    with Lab(beside=True) as lab:
        replies = "".join(
            table(f"{sign(digit)} SMTP, {digit}yz: {FIRST_DIGITS[digit]}", ("After", "Code", "Words"), rows)
            for digit, rows in groupby(reply_rows(lab), key=lambda row: row[1][0])
        )
        fates = table("DNS: what becomes of a letter", ("The DNS says", "To", "Asked", "Fate"), fate_rows(lab))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Reply codes and DNS fates</title>\n'
        "<style>body { font: 11px/1.3 system-ui, sans-serif; margin: 2em; } table { border-collapse: collapse; "
        "margin: 0 0 1.5em; width: 100%; } th, td { border-top: 1px solid #888; padding: 2px 8px 2px 0; } "
        "caption { font-size: 14px; font-weight: bold; }</style>\n</head>\n<body>\n"
        f"<h1>{escape('Email from the wire up: reply codes and DNS fates')}</h1>\n"
        "<p>As the course's lab answers. The words are each server's own; programs go by the code. A letter that meets "
        "a 4yz waits and is tried again; one that meets a 5yz is reported to its return path, the address in MAIL "
        "FROM.</p>\n"
        f"{replies}{fates}</body>\n</html>\n"
    )


def _last_reply(lab: Lab, commands: tuple[bytes, ...]) -> Reply:
    reader, replies = ReplyReader(), []
    with lab.connect(lab.host("mx1.outlook.test").address, 25) as sock:
        for command in (b"", *commands):
            if command:
                sock.sendall(command + b"\r\n")
            replies = []
            while not replies:
                if not (piece := sock.recv(4096)):
                    raise ConnectionError("mx1.outlook.test hung up in the middle of a conversation")
                replies = reader.feed(piece)
    return replies[-1]


def _asked(delivery: Delivery) -> str:
    return "; ".join(map(str, delivery.lookups))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Say into which file the sheet goes: python -m helpers.lessons.sheet sheet.html")
    Path(sys.argv[1]).write_text(html(), encoding="utf-8")
