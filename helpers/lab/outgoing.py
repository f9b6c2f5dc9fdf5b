"""A letter on its way out: its octets, the envelope that its header asks for, and what the first host does to it."""

import re
from datetime import datetime
from email import message_from_string, policy
from email.message import Message
from email.utils import format_datetime

from helpers.lab.address import Address
from helpers.lab.cast import Host
from helpers.lab.errors import LabError
from helpers.lab.fields import split, without_fields

FIELD = re.compile(rb"[!-9;-~]+:")  # a name and a colon (RFC 5322 section 2.2)


class BadLetter(LabError, ValueError):
    """Something that cannot be sent as it is."""


def octets(letter: Message | str | bytes) -> bytes:
    """Return a letter as it goes over the wire: header, empty line, body, each line ended by CR LF.

    A str may have any line ends; bytes have CR LF already. Raises BadLetter for what is no letter.
    """
    if isinstance(letter, Message):
        content = _written(letter)
    elif isinstance(letter, str):
        try:
            content = re.sub(r"\r\n|\r|\n", "\r\n", letter).encode()
        except UnicodeEncodeError as error:
            half = error.object[error.start]
            raise BadLetter(f"The letter has {half!r} in it, half a character, which no octets stand for.") from None
    elif isinstance(letter, bytes):
        content = letter
    else:
        raise BadLetter(f"A letter is an EmailMessage, a str or bytes, and this is a {type(letter).__name__}.")
    rest = content.replace(b"\r\n", b"")
    if b"\r" in rest or b"\n" in rest:
        raise BadLetter(
            "In a letter of bytes each line ends in CR LF, and one here has half of that. A str may have any."
        )
    for line in content.partition(b"\r\n\r\n")[0].removesuffix(b"\r\n").split(b"\r\n"):
        if not FIELD.match(line) and not line.startswith((b" ", b"\t")):
            raise BadLetter(
                "A letter begins with its header, and an empty line ends that. In the header stands "
                f'{line.decode(errors="replace")!r}, which is no field such as "Subject: Hello".'
            )
    return content if content.endswith(b"\r\n") else content + b"\r\n"  # RFC 5321 section 4.1.1.4


def _written(letter: Message) -> bytes:
    """Let the email package write a letter."""
    try:
        if any(re.search(r"\r?\n(?![ \t])|\r(?!\n)", f"{name}: {value}") for name, value in letter.raw_items()):
            raise ValueError("a line ends within a field, and what follows would be another one")
        rules = letter.policy.clone(linesep="\r\n")
        if hasattr(rules, "utf8"):  # addresses beyond ASCII can only be written as they are
            addresses = "".join(str(letter[name] or "") for name in ("From", "Sender", "To", "Cc", "Bcc"))
            rules = rules.clone(utf8=not all(map(str.isascii, re.findall(r"\S*@\S*", addresses))))
        return re.sub(rb"\r\n?|\n", b"\r\n", letter.as_bytes(policy=rules))  # a body may have kept its own line ends
    except Exception as error:  # of many kinds, where a field or a part was never meant to be written
        raise BadLetter(f"The email package cannot write this letter ({type(error).__name__}: {error}).") from None


def header(content: bytes) -> Message:
    """Return the header of a letter, as the `email` package reads it."""
    head = content.partition(b"\r\n\r\n")[0]
    return message_from_string(head.decode("utf-8", "surrogateescape"), policy=policy.default)


def envelope(head: Message, sender: str | None, recipients) -> tuple[str, list[str]]:
    """Return the sender and the recipients of the envelope: what is given, else what the header says.

    Raises BadLetter where there is neither, BadAddress for what is no address.
    """
    if sender is None:
        found = _addresses(head, "Sender") or _addresses(head, "From")
        if not found:
            raise BadLetter("Nobody sends this letter: give it a From field, or say send(letter, sender=...).")
        sender = found[0]
    if recipients is None:
        recipients = _addresses(head, "To", "Cc", "Bcc")
    one = isinstance(recipients, str | bytes) or not hasattr(recipients, "__iter__")
    recipients = [recipients] if one else list(recipients)
    if not recipients:
        raise BadLetter("The letter goes to nobody: give it a To field, or say send(letter, recipients=[...]).")
    for address in recipients if sender == "" else [sender, *recipients]:  # "" is the null return path
        Address.parse(address)
    return sender, list(dict.fromkeys(recipients))


def _addresses(head: Message, *names: str) -> list[str]:
    found = []
    for name in names:
        try:
            found += [address.addr_spec for field in head.get_all(name, []) for address in field.addresses]
        except Exception:  # what the email package raises for a field that means harm is of many kinds
            raise BadLetter(f"The field {name} cannot be read as a list of addresses.") from None
    return found


def prepared(content: bytes, head: Message, host: Host, number: str, now: datetime) -> bytes:
    """Return the letter as its first host sends it on.

    The host takes Bcc out and adds its Received, and Date and Message-ID where there is none: a host of the author's
    own provider may do that (RFC 5321 section 6.4, RFC 6409 section 8), a relay may not. `number` is the host's name
    for the letter.
    """
    received = f"Received: by {host.name} id {number}; {format_datetime(now)}\r\n".encode()
    content = without_fields(without_fields(content, "Bcc"), "Resent-Bcc")
    return received + _missing(head, host, number, now) + content


def completed(content: bytes, host: Host, number: str, now: datetime) -> bytes:
    """Return a letter, its header completed by Date and Message-ID (RFC 6409 section 8). Raises BadLetter."""
    first, rest = split(content)
    return first + _missing(header(content), host, number, now) + rest


def _missing(head: Message, host: Host, number: str, now: datetime) -> bytes:
    fields = {"Date": format_datetime(now), "Message-ID": f"<{now:%Y%m%d%H%M%S}.{number}@{host.name}>"}
    return "".join(f"{name}: {value}\r\n" for name, value in fields.items() if name not in head).encode()
