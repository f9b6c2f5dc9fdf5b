"""Hosts that send letters on: a forwarder, and a mailing list. SPF sees their address, and DKIM what they change.

lab.mail_hosts["alumni.test"].policy = forwarder(lab, "alumni.test", {"grace@alumni.test": "support@outlook.test"})
lab.mail_hosts["list.test"].policy = mailing_list(lab, "list.test", "gardeners@list.test", ["support@outlook.test"])
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Mapping
from email.header import Header
from email.utils import formataddr

from helpers.lab.address import Address
from helpers.lab.delivery import Delivery
from helpers.lab.errors import LabError
from helpers.lab.mail_host import Session
from helpers.lab.mailbox import Letter
from helpers.wire.faces import visible
from helpers.wire.listed import Listed

_FIELD = rb"^%s[ \t]*:.*\r\n(?:[ \t].*\r\n)*"
_FLAGS = re.IGNORECASE | re.MULTILINE
DELIVERIES_KEPT = 100


class Relay:
    """The policy of a host that sends on (see `helpers.lab.mail_host.Policy`). `deliveries` holds the records.

    Takes the lab, the host's name, and where to: a mapping of recipient to addresses. Other recipients keep their
    letters. The answer to a letter is 250 once it has been sent on, or the sender told that it cannot be, and 451 where
    it could be later: a host with a queue would keep it until then.
    """

    def __init__(self, lab, host: str, where: Mapping[str, Iterable[str]]):
        self.lab, self.host = lab, lab.host(host)
        self.where = {Address.parse(address).key: list(targets) for address, targets in where.items()}
        self._deliveries: deque[Delivery] = deque(maxlen=DELIVERIES_KEPT)

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """What it sent on, the newest last."""
        return Listed(self._deliveries, f"letters yet that {self.host.name} sent on", "Send it one first.")

    def __call__(self, session: Session, step: str, value) -> str | None:
        return self._send_on(value) if step == "letter" else None

    def prepared(self, letter: Letter) -> tuple[bytes, str] | None:
        """Return what to send, and the envelope's sender; None for a letter that goes to nobody else."""
        raise NotImplementedError

    def _send_on(self, letter: Letter) -> str | None:
        own = map(self._mailbox, letter.envelope.recipients)
        ways = {mailbox: self.where.get(Address.parse(mailbox).key) for mailbox in own}
        ready = self.prepared(letter)
        if ready is None or not any(ways.values()):
            return None
        if len(_received_by(letter, self.host.name)) > 1:
            return f"554 5.4.6 This letter has been at {self.host.name} before: it goes in a circle"
        content, sender = ready
        sent = [self.lab.send(content, self.host, sender, targets, relay=True) for targets in ways.values() if targets]
        self._deliveries += sent
        if any(fate.status == "deferred" for delivery in sent for fate in delivery.fates.values()):
            return "451 4.4.0 It cannot be sent on at the moment; come again"
        for mailbox, targets in ways.items():
            if not targets:
                self.lab.mailboxes.deliver(mailbox, letter)
        return f"250 2.0.0 Letter {letter.id} sent on"

    def _mailbox(self, recipient: str) -> str:
        """The address of the mailbox that a recipient leads to; grace@[203.0.113.77] is one of this host's, too."""
        return self.lab.mail_hosts[self.host.name].mailbox_of(Address.parse(recipient)) or recipient


class Forwarder(Relay):
    """It sends a letter to another address, and changes nothing but the recipient of the envelope."""

    def prepared(self, letter: Letter) -> tuple[bytes, str]:
        return _without(letter.content, b"return-path"), letter.envelope.sender


class MailingList(Relay):
    """It sends a letter to all its members in its own name, and leaves its mark on it.

    `address` is where one writes to, `tag` and `footer` what it adds; with `rewrite_from` the letter is from the list,
    and a reply goes to the author.
    """

    def __init__(self, lab, host: str, address: str, members: Iterable[str], tag: str, footer: str, rewrite_from: bool):
        super().__init__(lab, host, {address: members})
        self.address, self.tag, self.footer, self.rewrite_from = address, tag, footer, rewrite_from
        self.name, _, self.domain = address.rpartition("@")

    def prepared(self, letter: Letter) -> tuple[bytes, str] | None:
        if not letter.envelope.sender:  # a bounce is for whoever runs the list, and not for its members
            return None
        head, _, body = _without(letter.content, b"return-path").partition(b"\r\n\r\n")
        subject = letter.field("Subject")
        changed = {"List-Id": f"<{self.name}.{self.domain}>"}
        if self.tag not in subject:
            changed["Subject"] = f"{self.tag} {subject}".rstrip()
        if self.rewrite_from:
            changed["Reply-To"] = _authors(letter)
            changed["From"] = formataddr((f"{_author(letter)} via {self.name}", self.address))
        return _with(head + b"\r\n", changed) + b"\r\n" + body + self._footer(letter), f"postmaster@{self.domain}"

    def _footer(self, letter: Letter) -> bytes:
        plain = letter.field("Content-Type").partition(";")[0].lower() in ("", "text/plain")
        as_is = letter.field("Content-Transfer-Encoding").lower() in ("", "7bit", "8bit")
        return re.sub(r"\r\n|\r|\n", "\r\n", f"{self.footer}\n").encode() if self.footer and plain and as_is else b""


def forwarder(lab, host: str, where: Mapping[str, str]) -> Forwarder:
    """Return the policy of a forwarder. Takes the lab, the host's name, and where to: recipient -> new recipient."""
    return Forwarder(lab, host, {address: [target] for address, target in where.items()})


def mailing_list(
    lab,
    host: str,
    address: str,
    members: Iterable[str],
    tag: str | None = None,
    footer: str | None = None,
    rewrite_from: bool = False,
) -> MailingList:
    """Return the policy of a mailing list. Raises LabError where the members are not a list of addresses.

    Takes the lab, the host's name, the address of the list and those of its members; a tag for the subject (by default
    the list's name in brackets) and a footer (by default a line that names the list; "" for none), which plain text
    letters get. With `rewrite_from` the letters are from the list, as most lists do for the sake of DMARC (RFC 9989
    section 7.4).
    """
    if isinstance(members, str):
        raise LabError(f"The members of a list are a list of addresses: [{members!r}]")
    name = address.rpartition("@")[0]
    footer = f"-- \nYou read this because you are on the list {address}." if footer is None else footer
    return MailingList(lab, host, address, members, f"[{name}]" if tag is None else tag, footer, rewrite_from)


def _author(letter: Letter) -> str:
    try:
        first = letter.headers["From"].addresses[0]
        return visible(first.display_name or first.username)
    except Exception:  # what the email package raises for a field that means harm is of many kinds
        return "somebody"


def _authors(letter: Letter) -> str:
    try:
        people = letter.headers["From"].addresses
        return ", ".join(formataddr((person.display_name, person.addr_spec)) for person in people)
    except Exception:  # as above
        return letter.field("From")


def _received_by(letter: Letter, name: str) -> list[bytes]:
    header = letter.content.partition(b"\r\n\r\n")[0] + b"\r\n"
    fields = re.findall(_FIELD % b"received", header, _FLAGS)
    return [field for field in fields if re.search(rb"\sby %s\s" % re.escape(name.encode()), field)]


def _without(content: bytes, name: bytes) -> bytes:
    head, end, body = content.partition(b"\r\n\r\n")
    return re.sub(_FIELD % name, b"", head + b"\r\n", flags=_FLAGS) + end[2:] + body


def _with(header: bytes, changed: Mapping[str, str]) -> bytes:
    """The header with fields of these values, each in the place of the one that was there, or at the end."""
    for name, value in changed.items():
        # A letter may not need SMTPUTF8 for this alone: what is beyond ASCII goes as an encoded word (RFC 2047).
        value = value if value.isascii() else Header(value, "utf-8", header_name=name).encode(linesep="\r\n")
        line = f"{name}: {value}\r\n".encode()
        pattern = re.compile(_FIELD % name.encode().lower(), _FLAGS)
        header, count = pattern.subn(lambda match, line=line: line, header, count=1)
        header += b"" if count else line
    return header
