"""The bounce: a letter that tells a sender what could not be delivered, for people and for programs (RFC 3464).

It is a multipart/report of three parts (RFC 6522): a text for people, the facts field by field, and the header of the
letter that it is about.
"""

import textwrap
from datetime import datetime
from email.utils import format_datetime

from helpers.lab.cast import LEARNERS_ZONE, PEOPLE


def compose(delivery, number: str, arrived: datetime, until: datetime | None = None) -> bytes:
    """Return the bounce for a Delivery, as octets with CR LF; with `until`, the warning that it is tried until then.

    `number` names the letter that bounced, `arrived` is when it came to this host. The octets depend on nothing else.
    The return path, which is null (RFC 3464 section 2), is for the envelope to say, and Date and Message-ID for the
    host that sends it.
    """
    status = "deferred" if until else "bounced"
    refused = {recipient: fate for recipient, fate in delivery.fates.items() if fate.status == status}
    header = [_cut(line) for line in delivery.content.partition(b"\r\n\r\n")[0].split(b"\r\n")]
    facts = _facts(delivery, refused, arrived, until)
    # Addresses and headers beyond ASCII have media types of their own (RFC 6533).
    facts_type = "message/delivery-status" if _ascii(facts) else "message/global-delivery-status"
    header_type = "text/rfc822-headers" if _ascii(header) else "message/global-headers"
    # A boundary with a space in it can begin no line of a header, so the sender's letter cannot end its part early.
    boundary = f"bounce {number}"
    lines = [
        f"From: Mail Delivery System <postmaster@{domain_of(delivery.host.name)}>",  # a person, RFC 3464 section 2
        f"To: <{delivery.sender}>",
        f"Subject: Your letter {'is delayed' if until else 'could not be delivered'}",
        "Auto-Submitted: auto-replied",  # RFC 3834 section 5: other programs must not answer this
        "MIME-Version: 1.0",
        f'Content-Type: multipart/report; report-type=delivery-status;\r\n boundary="{boundary}"',
        "",
        f"--{boundary}",
        *_part("text/plain; charset=utf-8", _words(delivery, refused, until)),
        f"--{boundary}",
        *_part(facts_type, facts),
        f"--{boundary}",
        *_part(header_type, header),
        f"--{boundary}--",
        "",
    ]
    return "\r\n".join(lines).encode()


def domain_of(host: str) -> str:
    """Return the mail domain that a host belongs to."""
    domains = (*PEOPLE, LEARNERS_ZONE.removesuffix("."))
    return next((domain for domain in domains if f".{host}".endswith(f".{domain}")), host)


def _part(kind: str, lines: list[str]) -> list[str]:
    encoding = "7bit" if _ascii(lines) else "8bit"
    return [f"Content-Type: {kind}", f"Content-Transfer-Encoding: {encoding}", "", *lines, ""]


def _ascii(lines: list[str]) -> bool:
    return all(map(str.isascii, lines))


def _words(delivery, refused, until: datetime | None) -> list[str]:
    """What a person reads."""
    to = "address" if len(refused) == 1 else "addresses"
    delayed = [f"Your letter has not been delivered yet to the {to} below. You need do nothing:"]
    delayed += [f"it is tried again until {until and format_datetime(until)}."]
    waited = all(fate.enhanced.startswith("4") for fate in refused.values())  # and the time for that is over
    below = f"Your letter was not delivered to the {to} below. It will not be tried again."
    lines = [f"This is the mail system at {delivery.host.name}.", "", *(delayed if until else textwrap.wrap(below, 76))]
    for recipient, fate in refused.items():
        reply = f"{fate.exchange} answered: {fate.quoted}"
        said = reply if fate.exchange else f"{fate.text}."
        lines += ["", f"  <{recipient}>"]
        lines += textwrap.wrap(_plain(said), 76, initial_indent="    ", subsequent_indent="    ")
    if until or waited:
        return [*lines, "", "The header of your letter is attached."]
    first = "Look at the address first: one wrong character is enough. If it is right, the reason stands above."
    return [*lines, "", *textwrap.wrap(first, 76), "The header of your letter is attached."]


def _facts(delivery, refused, arrived: datetime, until: datetime | None) -> list[str]:
    """What a program reads: a group of fields about the letter, then one for each recipient (RFC 3464 section 2.1)."""
    lines = [f"Reporting-MTA: dns; {delivery.host.name}", f"Arrival-Date: {format_datetime(arrived)}"]
    for recipient, fate in refused.items():
        kind = "rfc822" if recipient.isascii() else "utf-8"
        lines += ["", f"Final-Recipient: {kind}; {recipient}", f"Action: {'delayed' if until else 'failed'}"]
        lines.append(f"Status: {fate.enhanced}")
        if fate.exchange:  # a remote host said so; where none was asked, there is nothing to quote
            lines.append(f"Remote-MTA: dns; {fate.exchange}")
            said = f"Diagnostic-Code: smtp; {_plain(fate.quoted)}"
            lines += textwrap.wrap(said, 76, subsequent_indent=" ", break_on_hyphens=False)
        if until:
            lines.append(f"Will-Retry-Until: {format_datetime(until)}")
    return lines


def _cut(line: bytes) -> str:
    """A line of the letter's header. One that no server would take is cut, or the bounce would be refused as well."""
    return (line if len(line) <= 998 else line[:900] + b" (cut here)").decode("utf-8", "replace")


def _plain(text: str) -> str:
    """The text without control characters, which a remote host may have put there."""
    return "".join(c if c.isprintable() else "?" for c in text)
