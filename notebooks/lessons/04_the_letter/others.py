"""Notebook 04, the letter itself: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import re
import textwrap
from email import policy
from email.message import EmailMessage

from helpers import answers as course


def write_letter(sender, to, subject, body, cc=(), bcc=()):
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"], message["Subject"] = sender, ", ".join(to), subject
    if cc:
        message["Cc"] = ", ".join(cc)
    message.set_content(body)
    return message.as_bytes(), [*bcc, *cc, *to]


def no_injection(text):
    return text.replace("\r", "").replace("\n", "")


def no_injection_2(text):
    if re.search(r"[\r\n]", text):
        raise ValueError(f"a line end in {text!r}")
    return text


def no_injection_3(text: str) -> str:
    for character in text:
        if character in "\r\n":
            raise ValueError("no line end, please")
    return text


def no_injection_4(text):
    return "".join(character for character in text if ord(character) not in (10, 13))


def no_injection_5(text):
    def ends_a_line(character):
        return character == "\n" or character == "\r"

    if not any(map(ends_a_line, text)):
        return text
    raise ValueError


def no_injection_6(text):
    if re.fullmatch("[^\r\n]*", text) is None:
        raise UnicodeError("a ValueError of a narrower kind")
    return text


def no_injection_7(text):
    return text.translate({10: " ", 13: " "})


def write_letter_2(sender, to, subject, body, cc=(), bcc=()):
    text = f"From: {course.no_injection(sender)}\n"
    text += "To: " + ", ".join(course.no_injection(address) for address in to) + "\n"
    if len(cc) > 0:
        text += "Cc: " + ", ".join(course.no_injection(address) for address in cc) + "\n"
    text += f"Subject: {course.no_injection(subject)}\n\n{body}"
    return text.replace("\n", "\r\n").encode("ascii"), list(to) + list(cc) + list(bcc)


def write_letter_3(
    sender: str, to: list[str], subject: str, body: str, cc: list[str] = (), bcc: list[str] = ()
) -> tuple[bytes, list[str]]:
    def field(name, *values):
        for value in values:
            if "\r" in value or "\n" in value:
                raise ValueError(f"{name} holds a line end")
        return f"{name}: {', '.join(values)}\r\n".encode() if values else b""

    header = [field("From", sender), field("To", *to), field("Cc", *cc), field("Subject", subject)]
    return b"".join(header) + b"\r\n" + re.sub(rb"\r?\n", b"\r\n", body.encode()), [*{*to, *cc, *bcc}]


def write_letter_4(sender, to, subject, body, cc=(), bcc=()):
    everybody = []
    for group in (to, cc, bcc):
        for address in group:
            everybody.append(course.no_injection(address))
    fields = {"Subject": subject, "To": ",\r\n\t".join(to), "Cc": ",\r\n\t".join(cc), "From": sender}
    letter = b""
    for name, value in fields.items():
        if name in ("Subject", "From"):
            course.no_injection(value)
        if value:
            letter += bytes(f"{name}: {value}\r\n", "utf-8")
    letter += b"\r\n"
    for line in body.split("\n")[:-1]:
        letter += line.encode() + b"\r\n"
    return letter, everybody


def write_letter_5(sender, to, subject, body, cc=(), bcc=()):
    try:
        sender, subject, *names = [course.no_injection(value) for value in (sender, subject, *to, *cc)]
    except ValueError as error:
        raise ValueError("somebody tampered with a field") from error
    to, cc = names[: len(to)], names[len(to) :]
    copies = "Cc: " + ", ".join(cc) + "\n" if cc else ""
    header = textwrap.dedent("""\
        From: {}
        To: {}
        {}Subject: {}
    """).format(sender, ", ".join(to), copies, subject)
    return "\r\n".join((header + "\n" + body).split("\n")).encode(), to + cc + [*bcc]
