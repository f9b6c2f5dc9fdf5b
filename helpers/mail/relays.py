"""Hosts that send letters on: a forwarder, and a mailing list. SPF sees their address, and DKIM what they change.

Each is the policy of a host:

    lab.mail_hosts["alumni.test"].policy = forwarder(lab, "alumni.test", {"grace@alumni.test": "support@outlook.test"})
    lab.mail_hosts["list.test"].policy = mailing_list(lab, "list.test", "gardeners@list.test", ["support@outlook.test"])
"""

import re
from collections import deque
from collections.abc import Iterable, Mapping
from email.header import Header
from email.utils import formataddr

from helpers.lab import Lab, outgoing
from helpers.lab.address import Address
from helpers.lab.delivery import Delivery
from helpers.lab.errors import LabError
from helpers.lab.fields import fields, split, with_field, without_fields
from helpers.lab.mail_host import Session
from helpers.lab.mailbox import Letter
from helpers.wire.faces import visible
from helpers.wire.listed import Listed

DELIVERIES_KEPT = 100


class Relay:
    """The policy of a host that sends on (see `helpers.lab.mail_host.Policy`). `deliveries` holds the records.

    Takes the lab, the host's name, and where to: a mapping of recipient to addresses. Other recipients keep their
    letters. The answer to a letter is 250 once it has been sent on, or the sender told that it cannot be, and 451 where
    it could be later: a host with a queue would keep it until then.
    """

    def __init__(self, lab: Lab, host: str, where: Mapping[str, Iterable[str]]):
        self.lab, self.host = lab, lab.host(host)
        self.where = {Address.parse(address).key: list(targets) for address, targets in where.items()}
        self._deliveries: deque[Delivery] = deque(maxlen=DELIVERIES_KEPT)

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """What it sent on, the newest last."""
        return Listed(self._deliveries, f"letters yet that {self.host.name} sent on", "Send it one first.")

    def prepared(self, letter: Letter) -> tuple[bytes, str] | None:
        """Return what to send, and the envelope's sender; None for a letter that goes to nobody else."""
        raise NotImplementedError

    def __call__(self, session: Session, step: str, letter) -> str | None:
        if step != "letter":
            return None
        mail_host = self.lab.mail_hosts[self.host.name]
        # Which mailboxes the recipients lead to: grace@[203.0.113.77] is one of this host's, too.
        own = [mail_host.mailbox_of(Address.parse(each)) or each for each in letter.envelope.recipients]
        ways = {mailbox: self.where.get(Address.parse(mailbox).key) for mailbox in own}
        ready = self.prepared(letter)
        if ready is None or not any(ways.values()):
            return None
        by = re.compile(rb"\sby %s\s" % re.escape(self.host.name.encode()))
        if sum(bool(by.search(value)) for value in fields(split(letter.content)[0], "Received")) > 1:
            return f"554 5.4.6 This letter has been at {self.host.name} before: it goes in a circle"
        content, sender = ready
        sent = [self.lab.send(content, self.host, sender, targets, relay=True) for targets in ways.values() if targets]
        self._deliveries += sent
        if any(fate.status == "deferred" for delivery in sent for fate in delivery.fates.values()):
            return "451 4.4.0 It cannot be sent on at the moment; come again"
        for mailbox, targets in ways.items():
            if not targets:
                self.lab.mailbox(mailbox).add(letter)
        return f"250 2.0.0 Letter {letter.id} sent on"


class Forwarder(Relay):
    """It sends a letter to another address, and changes nothing but the recipient of the envelope."""

    def prepared(self, letter: Letter) -> tuple[bytes, str]:
        """Return the letter without its Return-Path, and the sender whom it came with: a bounce goes to them."""
        return without_fields(letter.content, "Return-Path"), letter.envelope.sender


class MailingList(Relay):
    """It sends a letter to all its members in its own name, and leaves its mark on it.

    `address` is where one writes to, `tag` and `footer` what it adds; with `rewrite_from` the letter is from the list,
    and a reply goes to the author.
    """

    def __init__(
        self, lab: Lab, host: str, address: str, members: Iterable[str], tag: str, footer: str, rewrite_from: bool
    ):
        super().__init__(lab, host, {address: members})
        self.address, self.tag, self.footer, self.rewrite_from = address, tag, footer, rewrite_from
        self.name, _, self.domain = address.rpartition("@")

    def prepared(self, letter: Letter) -> tuple[bytes, str] | None:
        """Return the letter with the marks of the list, and its postmaster as the sender; None for a bounce."""
        if not letter.envelope.sender:  # a bounce is for whoever runs the list, and not for its members
            return None
        header, rest = split(without_fields(letter.content, "Return-Path"))
        header = with_field(header, "List-Id", f"<{self.name}.{self.domain}>".encode())
        subject = letter.field("Subject")
        if self.tag not in subject:
            header = with_field(header, "Subject", _encoded(f"{self.tag} {subject}".rstrip()))
        if self.rewrite_from:
            for authors in fields(header, "From")[:1]:  # as they stand there: an address cannot be encoded
                header = with_field(header, "Reply-To", authors.strip())
            author = formataddr((f"{_author(letter)} via {self.name}", self.address))
            header = with_field(header, "From", author.encode())
        return header + (rest or b"\r\n") + self._footer(letter), f"postmaster@{self.domain}"

    def _footer(self, letter: Letter) -> bytes:
        plain = letter.field("Content-Type").partition(";")[0].lower() in ("", "text/plain")
        as_is = letter.field("Content-Transfer-Encoding").lower() in ("", "7bit", "8bit")
        return re.sub(r"\r\n|\r|\n", "\r\n", f"{self.footer}\n").encode() if self.footer and plain and as_is else b""


def forwarder(lab: Lab, host: str, where: Mapping[str, str]) -> Forwarder:
    """Return the policy of a forwarder. Takes the lab, the host's name, and where to: recipient -> new recipient."""
    return Forwarder(lab, host, {address: [target] for address, target in where.items()})


def mailing_list(
    lab: Lab,
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
        first = outgoing.header(letter.content)["From"].addresses[0]
        return visible(first.display_name or first.username)
    except Exception:  # what the email package raises for a field that means harm is of many kinds
        return "somebody"


def _encoded(subject: str) -> bytes:
    """The subject in ASCII (RFC 2047): a letter may not need SMTPUTF8 for the list's sake alone."""
    if subject.isascii():
        return subject.encode()
    return Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n").encode()
