"""Submission: where people's programs hand in letters, after a log-in (RFC 6409, RFC 8314).

Port 587 begins in clear and offers STARTTLS; on port 465 TLS comes before the first word. Section numbers are those of
RFC 4954 where no other RFC is named.
"""

from base64 import b64decode

from helpers.lab import fields, outgoing
from helpers.lab.accounts import Accounts
from helpers.lab.address import Address
from helpers.lab.cast import Host
from helpers.lab.delivery import Delivery
from helpers.lab.mail_host import COMMAND_LIMIT, Conversation, MailHost, Refused
from helpers.lab.mailbox import Letter
from helpers.lab.originators import Unreadable, mailboxes
from helpers.lab.sending import MailSystem

MECHANISMS = ("PLAIN", "LOGIN")  # RFC 4616; the other is in no RFC, and still asked for


class SubmissionHost(MailHost):
    """The submission service of a domain: after a log-in it takes letters for anybody, and hands them on.

    Takes the MailSystem, the Host, its domain and the name of the host that sends its letters. `accounts` says who may
    log in, `deliveries` holds the record of each letter handed on. Three mistakes may be tried: `allow_insecure_auth`
    takes passwords without TLS, `auth_optional` letters without a log-in, and without `checks_from` only the envelope's
    sender has to be who has logged in, and not From: and Sender: inside, which people read.
    """

    relays = True
    tls_when_made = "valid"

    def __init__(self, system: MailSystem, host: Host, domain: str, sends_by: str):
        super().__init__(system, host, (domain,))
        self.sends_by = sends_by
        self.accounts = Accounts()
        self.allow_insecure_auth = self.auth_optional = False
        self.checks_from = True

    def protocol(self, implicit_tls: bool = False) -> Conversation:
        """Return the protocol object of one new connection; with `implicit_tls` TLS comes first (RFC 8314)."""
        return SubmissionConversation(self, implicit_tls)

    def mailbox_of(self, address: Address) -> str | None:
        """Return None: no letter ends here, its own domain's neither."""
        return None

    def hand_on(self, letter: Letter, content: bytes, recipients: list[str]) -> Delivery:
        """Let the sending host send a letter, completed (RFC 6409 section 8); return the record. Raises BadLetter."""
        content = outgoing.completed(content, self.host, letter.id, letter.time)
        return self.system.send(content, self.sends_by, letter.envelope.sender, recipients)


class SubmissionConversation(Conversation):
    """One connection with somebody's program."""

    def _commands(self) -> tuple[str, ...]:
        return tuple(sorted((*super()._commands(), "AUTH")))

    def _extensions(self) -> list[str]:
        *others, last = super()._extensions()
        return [*others, *([f"AUTH {' '.join(MECHANISMS)}"] if self._auth_is_safe() else []), last]

    def _auth_is_safe(self) -> bool:
        return bool(self.session.tls) or self._mail_host.allow_insecure_auth

    def _check_sender(self, sender: str) -> None:
        user = self.session.user
        if user is None and not self._mail_host.auth_optional:
            what = "Log in first" if self._auth_is_safe() else "STARTTLS first, then log in"
            raise Refused(f"530 5.7.0 {what} (AUTH)")
        # RFC 6409 section 6.1. The null sender is nobody's: notifications have it (RFC 8098 section 3).
        if user and sender and _key(sender) != _key(user):
            raise Refused(f"550 5.7.1 {user} may not send as <{sender}>")

    async def _keep(self, envelope, content: bytes) -> str:
        if self.session.user and self._mail_host.checks_from:
            self._check_originators(fields.split(content)[0])
        return await super()._keep(envelope, content)

    def _check_originators(self, header: bytes) -> None:
        """Refuse a letter that says it is from somebody else (RFC 6409 section 6.3, RFC 5322 section 3.6.2).

        That goes for each of several authors: they have not logged in, and may know nothing of it.
        """
        user = self.session.user
        try:
            authors, senders = mailboxes(header, "From"), mailboxes(header, "Sender")
        except Unreadable as error:
            raise Refused(f"554 5.6.0 {error}") from None
        if not authors:
            raise Refused("554 5.6.0 From: names nobody, and each letter has an author")
        for name, address in [*(("From", author) for author in authors), *(("Sender", sender) for sender in senders)]:
            if _key(address.text) != _key(user):
                whose = f"<{address.text}>" if address.text.isascii() else "somebody else"  # a reply is ASCII
                raise Refused(f"550 5.7.1 {user} may not write as {whose}, and that stands in {name}:")
        if len(authors) > 1 and not senders or len(senders) > 1:
            raise Refused("554 5.6.0 Where From: has several addresses, Sender: has one, which says who sends it")

    def _check_parameter(self, name: str, value: str | None) -> None:
        if name != "AUTH":  # who handed it in elsewhere (section 5); it is read, and believed of nobody
            super()._check_parameter(name, value)

    async def smtp_AUTH(self, argument: str) -> str:
        """Section 4: a log-in by PLAIN or LOGIN. Raises Refused, as for a wrong password."""
        mechanism, _, words = argument.partition(" ")
        mechanism, words = mechanism.upper(), words.strip()
        if not self.session.extended_smtp:
            raise Refused("503 5.5.1 Say EHLO first")
        if self.session.user:
            raise Refused("503 5.5.1 You have logged in already")
        if self.envelope.mail_from is not None:
            raise Refused("503 5.5.1 Not within a letter; RSET ends it")
        if not mechanism or " " in words:
            raise Refused(f"501 5.5.4 Syntax: AUTH and a mechanism, {' or '.join(MECHANISMS)}")
        if mechanism not in MECHANISMS:
            raise Refused(f"504 5.5.4 {mechanism} is not offered here; {' and '.join(MECHANISMS)} are")
        if not self._auth_is_safe():
            raise Refused("538 5.7.11 This log-in sends the password as it is: STARTTLS first")
        name, password = await (self._plain if mechanism == "PLAIN" else self._login)(words)
        if not await self._net.blocking(self._mail_host.accounts.check, name, password):
            raise Refused("535 5.7.8 Name or password is wrong")  # which of the two is for nobody to know
        self.session.user = name.lower()
        return f"235 2.7.0 Welcome, {self.session.user}"

    async def _plain(self, words: str) -> tuple[str, str]:
        """RFC 4616: on whose behalf (or nothing), NUL, name, NUL, password."""
        parts = (_text(words) if words else await self._challenge("")).split("\0")
        if len(parts) != 3 or not all(parts[1:]):
            raise Refused("501 5.5.2 PLAIN takes an empty text, NUL, your name, NUL, your password, all in base64")
        if parts[0].lower() not in ("", parts[1].lower()):
            raise Refused("535 5.7.8 Nobody acts for somebody else here")
        return parts[1], parts[2]

    async def _login(self, words: str) -> tuple[str, str]:
        name = _text(words) if words else await self._challenge("VXNlcm5hbWU6")  # "Username:"
        return name, await self._challenge("UGFzc3dvcmQ6")  # "Password:"

    async def _challenge(self, challenge: str) -> str:
        """Ask for the next words of a log-in, and return them decoded (section 4)."""
        await self.push(f"334 {challenge}")
        line = await self._until(b"\n", COMMAND_LIMIT)
        self._heard = self._clock.timestamp()
        if line is None or not line.endswith(b"\r\n"):
            raise Refused(f"500 5.5.6 A line of a log-in ends in CR LF and has at most {COMMAND_LIMIT} octets")
        self._note("words of a log-in, not written down")
        return _text(line[:-2].decode(errors="replace"))

    def _record(self, who: str, octets: bytes) -> None:
        """What was said, but for passwords: a host's log is no place for them."""
        if who == "C" and octets[:5].upper() == b"AUTH " and octets.count(b" ") > 1:
            self._note("AUTH, and words of a log-in, not written down")
        else:
            super()._record(who, octets)


def _key(address: str) -> tuple[str, str]:
    """What all the spellings of one mailbox have in common, its domain's two (RFC 5890) among them."""
    local, domain = Address.parse(address).key
    try:
        return local, domain.encode("idna").decode().lower()
    except UnicodeError:  # a name that Python's codec does not know is itself
        return local, domain


def _text(words: str) -> str:
    """Decode what was said to log in; "=" stands for an empty text (section 4)."""
    if words == "*":
        raise Refused("501 5.7.0 The log-in is cancelled")
    try:
        return "" if words == "=" else b64decode(words, validate=True).decode()
    except ValueError:  # neither base64 nor, within, UTF-8
        raise Refused("501 5.5.2 This is no text in base64") from None
