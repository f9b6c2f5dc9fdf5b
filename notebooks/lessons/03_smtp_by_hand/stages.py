"""Reference answer of notebook 03, the first stage of send_mail."""

from helpers.answers import read_reply, stuff


def carry_letter(sock, sender, recipients, letter):
    def say(line):
        sock.sendall(line.encode() + b"\r\n")
        return read_reply(sock)

    read_reply(sock)  # the greeting
    say("EHLO laptop.learner.test")
    say(f"MAIL FROM:<{sender}>")
    for recipient in recipients:
        say(f"RCPT TO:<{recipient}>")
    say("DATA")
    sock.sendall(stuff(letter))
    reply = read_reply(sock)
    say("QUIT")
    return dict.fromkeys(recipients, reply)
