"""Reference answers of notebook 03, SMTP by hand."""

from contextlib import suppress

order_commands = ["EHLO", "MAIL", "RCPT", "DATA", "letter", "QUIT"]

letter_to_grace = [
    b"Return-Path: <ada@gmail.test>\r\n"
    b"Received: from laptop.learner.test (laptop.learner.test [192.0.2.10])\r\n"
    b"\tby mx1.outlook.test with ESMTP id 0002\r\n"
    b"\tfor <grace@outlook.test>; Mon, 02 Mar 2026 09:00:00 +0000\r\n"
    b"From: Ada <ada@gmail.test>\r\nTo: grace@outlook.test\r\nSubject: Typed\r\n\r\nHello Grace\r\n"
]

find_mistake = 9


def read_reply(sock):
    lines = []
    while not lines or lines[-1][3:4] == b"-":  # a hyphen after the code: more lines follow
        line = b""
        while not line.endswith(b"\r\n"):
            octet = sock.recv(1)  # one at a time: what comes after this reply stays where it is
            if not octet:
                raise ConnectionError("the server closed the connection in the middle of a reply")
            line += octet
        lines.append(line[:-2])
    return b"\n".join(lines).decode("utf-8", "replace")


def stuff(letter):
    if letter and not letter.endswith(b"\r\n"):
        letter += b"\r\n"
    doubled = (b"\r\n" + letter).replace(b"\r\n.", b"\r\n..")  # so that the first line has an end before it, too
    return doubled[2:] + b".\r\n"


def send_mail(sock, sender, recipients, letter):
    def say(line):
        sock.sendall(line.encode() + b"\r\n")
        return read_reply(sock)

    reply = read_reply(sock)  # the greeting
    for command in ("EHLO laptop.learner.test", f"MAIL FROM:<{sender}>"):
        if reply.startswith("2"):
            reply = say(command)
    replies = dict.fromkeys(recipients, reply)
    if reply.startswith("2"):
        replies = {recipient: say(f"RCPT TO:<{recipient}>") for recipient in recipients}
    accepted = [recipient for recipient, reply in replies.items() if reply.startswith("2")]
    if accepted:
        reply = say("DATA")
        if reply.startswith("3"):
            sock.sendall(stuff(letter))
            reply = read_reply(sock)
        replies.update(dict.fromkeys(accepted, reply))
    with suppress(OSError):  # the answer is known: a connection that breaks now changes nothing
        say("QUIT")
    return replies
