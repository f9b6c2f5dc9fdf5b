"""Notebook 04, the letter itself: right answers in other styles, by the exercise's name; a second one is NAME_2."""

from email import policy
from email.message import EmailMessage


def write_letter(sender, to, subject, body, cc=(), bcc=()):
    message = EmailMessage(policy=policy.SMTP)
    message["From"], message["To"], message["Subject"] = sender, ", ".join(to), subject
    if cc:
        message["Cc"] = ", ".join(cc)
    message.set_content(body)
    return message.as_bytes(), [*bcc, *cc, *to]


def no_injection(text):
    return text.replace("\r", "").replace("\n", "")
