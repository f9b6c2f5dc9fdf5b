"""A mail host: the SMTP server of the lab's exchanges. It takes letters for its own domains into their mailboxes.

It asks nobody to log in nor to use TLS: whoever has a letter for its people must be able to bring it (RFC 3207
section 4).

It is aiosmtpd's `SMTP`, which brings the connection, the session and the envelope. All that is said is said anew here:
aiosmtpd is lax where a server on the open internet should be careful. Section numbers are those of RFC 5321 where no
other RFC is named.
"""

import asyncio
import logging
import re
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.utils import format_datetime
from functools import cache

from aiosmtpd import smtp

from helpers.lab.address import DOMAIN, LITERAL, LOCAL_PART, MAILBOX, Address, BadAddress, literal
from helpers.lab.cast import Host
from helpers.lab.certificates import Certified
from helpers.lab.delivery import Delivery, Fate, Fates
from helpers.lab.fields import without_fields
from helpers.lab.mailbox import Envelope, Letter
from helpers.lab.outgoing import BadLetter
from helpers.lab.sending import MailSystem
from helpers.wire import Transcript
from helpers.wire.listed import Listed

COMMAND_LIMIT = 1000  # octets of a command line; section 4.5.3.1.4 asks for 512, and extensions add some to MAIL
LINE_LIMIT = 1000  # octets of a letter's line, CRLF included (section 4.5.3.1.6)
SIZE_LIMIT = 16 * 1024 * 1024  # octets of a letter; section 4.5.3.1.7 asks for 64 K
RECIPIENT_LIMIT = 100  # the least that section 4.5.3.1.8 allows
ERROR_LIMIT = 10  # mistakes before the host hangs up: section 7.8 lets a host defend itself
IDLE_LIMIT = 300  # seconds of the lab's clock without a command (section 4.5.3.2.7)
HANDSHAKE_LIMIT = 2  # real seconds for TLS to begin
LINGER = 1  # real seconds in which a client may still read why it was hung up on
SESSIONS_KEPT = 100
SESSION_KEPT = 256 * 1024  # octets of a session's transcript: a client must not be able to fill the memory
DELIVERIES_KEPT = 100

COMMANDS = ("DATA", "EHLO", "HELO", "HELP", "MAIL", "NOOP", "QUIT", "RCPT", "RSET", "VRFY")
# HELP is named because section 4.1.1.1 asks for each command that section 4.5.1 does not require of everyone.
EXTENSIONS = ("PIPELINING", f"SIZE {SIZE_LIMIT}", "8BITMIME", "SMTPUTF8", "ENHANCEDSTATUSCODES")

NULL_PATH = re.compile(r"<()>(.*)")
POSTMASTER = re.compile(r"<(postmaster)>(.*)", re.IGNORECASE | re.ASCII)  # needs no domain (section 4.5.1)
PARAMETER = re.compile(r"([A-Za-z0-9][A-Za-z0-9-]*)(?:=([!-<>-~]+))?")
# The grammar of section 4.1.1.1, and the underscore that some systems have in their names.
CALLER = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*|\[[A-Za-z0-9:.]+\]")

logging.getLogger("mail.log").addHandler(logging.NullHandler())  # aiosmtpd's log would be printed into notebooks


class Refused(Exception):
    """A command that is not carried out. Takes the reply."""


class Session(smtp.Session):
    """One connection, as evidence.

    `client` is the Host that called, `host_name` what it calls itself, `tls` the version of TLS ("TLSv1.3") or None,
    `user` who has logged in or None, `envelope` what is being written, `letters` what was kept, `transcript` what was
    said, and `error` what went wrong inside this host, if anything did.
    """

    client: Host
    transcript: Transcript
    envelope: smtp.Envelope
    error: Exception | None = None
    tls: str | None = None
    user: str | None = None

    def __init__(self, loop):
        super().__init__(loop)
        self.letters: list[Letter] = []


# A policy is asked before a step is carried out. What it returns, if anything, is the reply instead: "450 4.7.0 Later".
# The steps, each with its value: "connect" (the Host that calls), "HELO" (the name it gives, with HELO or EHLO), "MAIL"
# (the sender), "RCPT" (a recipient), "DATA" (None), and "letter" (the Letter to be kept, whose content it may change).
Policy = Callable[[Session, str, object], str | None]


class MailHost(Certified):
    """The SMTP service of one host of the lab.

    Takes the MailSystem, the Host and the domains that it takes letters for. `protocol` makes the protocol of a new
    connection; `policy` may be set to a function that refuses steps (see Policy). It runs in a thread of its own, so it
    may ask the DNS.

    `tls` is the kind of certificate with which it offers STARTTLS, or None. With `relays` set it takes letters for any
    domain from anybody and sends them on, an open relay; `deliveries` holds the records of that. Without `knows_people`
    it takes letters for anybody at its domains, as a second exchange without a list does, and reports afterwards.
    """

    relays = False
    knows_people = True
    tls_when_made: str | None = None

    def __init__(self, system: MailSystem, host: Host, domains: tuple[str, ...]):
        self.system, self.host, self.domains = system, host, domains
        self.policy: Policy | None = None
        self.tls = "valid" if host.offers_tls else self.tls_when_made
        self._deliveries: deque[Delivery] = deque(maxlen=DELIVERIES_KEPT)
        self._sessions: deque[Session] = deque(maxlen=SESSIONS_KEPT)
        self.open: set[Conversation] = set()
        system.clock.on_move(lambda: system.net.soon(self._end_idle))

    @property
    def sessions(self) -> tuple[Session, ...]:
        """The latest connections, the newest last."""
        return Listed(self._sessions, f"connections to {self.host.name} yet", "Connect to it first.")

    @contextmanager
    def unseen(self) -> Iterator[None]:
        """Let `sessions` forget whatever happens meanwhile: somebody only looks how things stand."""
        kept = tuple(self._sessions)
        yield
        self._sessions.clear()
        self._sessions.extend(kept)

    @property
    def deliveries(self) -> tuple[Delivery, ...]:
        """The letters that it sent on, the newest last."""
        return Listed(self._deliveries, f"letters yet that {self.host.name} sent on", "Hand it one first.")

    def protocol(self, implicit_tls: bool = False) -> "Conversation":
        """Return the protocol object of one new connection; with `implicit_tls` TLS comes before the first word."""
        return Conversation(self, implicit_tls)

    def mailbox_of(self, address: Address) -> str | None:
        """Return the address of the mailbox that an address leads to, or None where the domain is somebody else's."""
        if address.literal in self.host.addresses:  # user@[203.0.113.25] is a user of this very machine
            return f"{address.text.rpartition('@')[0]}@{self.domains[0]}"
        return address.text if address.domain in self.domains else None

    def hand_on(self, letter: Letter, content: bytes, recipients: list[str]) -> Delivery:
        """Send a letter on to recipients who have no mailbox here, and return the record."""
        return self.system.send(content, self.host, letter.envelope.sender, recipients, relay=True)

    def report(self, letter: Letter, recipients: list[str]) -> None:
        """Tell the return path of a letter that was taken for people who have no mailbox here."""
        delivery = Delivery(self.host, letter.envelope.sender, tuple(recipients), letter.content)
        unknown = Fate("bounced", None, "5.1.1", "the letter was taken, and there is no such mailbox after all")
        delivery.fates = Fates(dict.fromkeys(recipients, unknown))
        self.system.tell(delivery, letter.id, letter.time)

    def _end_idle(self) -> None:
        for conversation in tuple(self.open):
            conversation.end_if_idle()


class Conversation(smtp.SMTP):
    """One connection with a client, from the greeting to the end."""

    line_length_limit = 65536  # how far asyncio reads ahead; how long a line may be is decided below

    def __init__(self, mail_host: MailHost, implicit_tls: bool = False):
        self._mail_host, self._implicit_tls = mail_host, implicit_tls
        self._system, self._net, self._clock = mail_host.system, mail_host.system.net, mail_host.system.clock
        self._name = mail_host.host.name
        self._input = bytearray()  # what came and is not read yet
        self._errors = 0
        self._refused = False
        # aiosmtpd's limit on idling is real time, so it is a day: ours goes by the lab's clock.
        loop = asyncio.get_running_loop()
        super().__init__(None, hostname=self._name, timeout=86400, enable_SMTPUTF8=True, loop=loop)

    # The connection

    def _create_session(self) -> Session:
        return Session(self.loop)

    def connection_made(self, transport) -> None:
        """As asyncio calls it: note who is at the other end, and begin the transcript."""
        super().connection_made(transport)
        self._net.tasks.keep(self._handler_coroutine)
        self._wire = transport  # that of TCP, also once TLS has begun
        self._heard = self._clock.timestamp()
        self.session.envelope = self.envelope
        self.session.client = self._net.who(self.session.peer)
        self.session.transcript = Transcript(self.session.client.name, self._name, SESSION_KEPT)
        self._mail_host._sessions.append(self.session)
        self._mail_host.open.add(self)

    def connection_lost(self, error: Exception | None) -> None:
        """As asyncio calls it: from now on the port may speak for another host."""
        super().connection_lost(error)
        self._mail_host.open.discard(self)
        self._net.forget(self.session.peer, "tcp")

    def eof_received(self) -> bool:
        """As asyncio calls it: what the client said before it ended its side is still answered."""
        # aiosmtpd drops what the client said before it ended its side. Here it is still carried out and answered.
        return super(smtp.SMTP, self).eof_received()

    def _set_post_data_state(self) -> None:
        super()._set_post_data_state()
        if self.session:
            self.session.envelope = self.envelope

    def end_if_idle(self) -> None:
        """Hang up on a client that has said nothing for too long by the lab's clock."""
        if self.session.peer[1] in self._net.held:  # it has its answer still to come
            self._heard = self._clock.timestamp()
        if self._clock.timestamp() - self._heard >= IDLE_LIMIT:
            self._mail_host.open.discard(self)
            self._handler_coroutine.cancel()
            reply = f"421 4.4.2 {self._name} You have been silent for too long"
            self._handler_coroutine = self._net.tasks.start(self._hang_up(reply))

    async def _hang_up(self, reply: str) -> None:
        # To close at once would reset the connection if more of the client's is on its way, and lose it the reply.
        try:
            async with asyncio.timeout(LINGER):
                await self.push(reply)
                if self._writer.can_write_eof():  # TLS ends both ways at once
                    self._writer.write_eof()
                    while await self._reader.read(65536):
                        pass
            self._writer.close()
        except (EOFError, OSError):  # the time is over, or the client is gone
            self._writer.transport.abort()

    async def _until(self, end: bytes, limit: int) -> bytes | None:
        """Return what comes, up to and with `end`; None where that is more than `limit` octets, which are dropped.

        Raises EOFError where the client goes away before.
        """
        seen, too_much = 0, False
        while (at := self._input.find(end, seen)) < 0:
            seen = max(0, len(self._input) - len(end) + 1)
            if len(self._input) > limit:
                too_much = True
                del self._input[:seen]
                seen = 0
            octets = await self._reader.read(65536)
            if not octets:
                raise EOFError
            self._input += octets
        size = at + len(end)
        taken = None if too_much or size > limit else bytes(self._input[:size])
        del self._input[:size]
        return taken

    async def push(self, reply: str) -> None:
        """Send a reply (its lines in CR LF, the last without) in one write. Raises EOFError where nobody is there."""
        if self._wire.is_closing():  # under TLS, asyncio would go on writing for a while, and complain
            raise EOFError
        octets = f"{reply}\r\n".encode()
        self._record("S", octets)
        self._writer.write(octets)
        await self._writer.drain()

    def _record(self, who: str, octets: bytes) -> None:
        self.session.transcript.add(who, octets, self._clock.now())

    def _note(self, event: str) -> None:
        self.session.transcript.note(event, self._clock.now())

    # TLS

    async def _certificate(self):
        """Return the context that holds this host's certificate."""
        host = self._mail_host
        return await self._net.blocking(self._system.certificates.server_context, host.host, host.tls)

    async def _begin_tls(self, context) -> None:
        try:
            await self._writer.start_tls(context, ssl_handshake_timeout=HANDSHAKE_LIMIT)
        except BaseException as error:
            self._note("TLS did not come about")
            if self in self._mail_host.open:  # asyncio may not tell of a connection that is lost at this moment
                self.connection_lost(None)
            if isinstance(error, Exception):
                raise EOFError from error
            raise
        self.transport = self._writer.transport
        self.session.tls = self._writer.get_extra_info("ssl_object").version()
        self._note(f"TLS begins: {self.session.tls}")
        # Whatever was said in clear may have been somebody else's words (RFC 3207 section 4.2).
        self.session.host_name, self.session.extended_smtp, self.session.user = None, False, None
        self._set_rset_state()

    # The conversation

    async def _handle_client(self) -> None:
        try:
            if self._implicit_tls:
                # The client's first octets are for TLS, and not for us. It is too early for this in connection_made:
                # asyncio of Python 3.11.2 begins to read after it, whatever it said. Here nothing is read yet.
                self.transport.pause_reading()
                await self._begin_tls(await self._certificate())
            await self._greet()
            while not self._writer.is_closing():
                await self._answer()
        except (EOFError, OSError):  # the client is gone
            self._writer.close()

    async def _greet(self) -> None:
        try:
            await self._ask_policy("connect", self.session.client)
            await self.push(f"220 {self._name} ESMTP")
        except Refused as refusal:
            if str(refusal).startswith("421"):
                return await self._hang_up(str(refusal))
            self._refused = True  # the client may still say QUIT, and gets 503 for all else (section 3.1)
            await self.push(str(refusal))

    async def _answer(self) -> None:
        """Read one command, carry it out, and send its reply."""
        line = await self._until(b"\n", COMMAND_LIMIT)
        self._heard = self._clock.timestamp()
        try:
            reply = await self._carry_out(line)
        except Refused as refusal:
            reply = str(refusal)
        except (EOFError, OSError):
            raise
        except Exception as error:
            reply = self._own_fault(error)
        if reply is None:
            return
        # Only a breach of the protocol counts, and a wrong password: a long list with many unknown users is none.
        self._errors += bool(re.match(r"50|53[58]|5.. 5\.5\.", reply))
        if self._errors >= ERROR_LIMIT:
            reply = f"421 4.7.0 {self._name} Too many errors"
        if reply.startswith(("221", "421")):
            await self._hang_up(reply)
        else:
            await self.push(reply)

    async def _carry_out(self, line: bytes | None) -> str | None:
        if line is None:
            self._note("a line that was too long was dropped")
            raise Refused(f"500 5.5.2 A command line has at most {COMMAND_LIMIT} octets")
        self._record("C", line)
        # Only CR LF ends a line, and neither stands alone (section 2.3.8). The reply to that is our choice.
        if not line.endswith(b"\r\n") or b"\r" in line[:-2]:
            raise Refused("550 5.5.2 A command ends in CR LF, and neither of the two stands alone")
        try:
            text = line[:-2].decode().rstrip(" \t")  # white space at the end may pass (section 4.1.1)
        except UnicodeDecodeError:
            raise Refused("500 5.5.2 This is neither ASCII nor UTF-8") from None
        if any(ord(c) < 32 or ord(c) == 127 for c in text):
            raise Refused("500 5.5.2 A command holds no control characters")
        verb, _, argument = text.partition(" ")
        verb = verb.upper() if verb.isascii() else ""
        if self._refused and verb != "QUIT":
            raise Refused("503 5.5.1 This host takes nothing from you; say QUIT")
        if verb not in self._commands():
            known = hasattr(smtp.SMTP, f"smtp_{verb}")  # AUTH, EXPN, STARTTLS
            raise Refused(f"502 5.5.1 {verb} is not offered here" if known else "500 5.5.2 No such command; try HELP")
        if not argument.isascii() and verb not in ("MAIL", "RCPT", "VRFY"):
            raise Refused("500 5.5.2 Characters beyond ASCII belong in addresses only")
        argument = argument.strip(" ")
        if argument and verb in ("DATA", "QUIT", "RSET", "STARTTLS"):
            raise Refused(f"501 5.5.4 {verb} stands alone")
        return await self._smtp_methods[verb](argument)

    async def _ask_policy(self, step: str, value: object) -> None:
        if self._mail_host.policy:
            try:
                refusal = await self._net.blocking(self._mail_host.policy, self.session, step, value)
            except Exception as error:
                refusal = self._own_fault(error)
            if refusal:
                raise Refused(refusal)

    def _own_fault(self, error: Exception) -> str:
        """Keep an error of this host's own as evidence; return the reply: the client may come again."""
        self.session.error = error
        return f"451 4.3.0 {self._name} has a problem of its own ({type(error).__name__})"

    def _commands(self) -> tuple[str, ...]:
        return (*COMMANDS, "STARTTLS") if self._mail_host.tls else COMMANDS

    def _extensions(self) -> list[str]:
        """What EHLO lists, HELP as the last."""
        return [*EXTENSIONS, *(["STARTTLS"] if self._mail_host.tls and not self.session.tls else []), "HELP"]

    def _check_sender(self, sender: str) -> None:
        """Refuse a sender who may not send here. Every one may bring a letter to an exchange."""

    def _check_parameter(self, name: str, value: str | None) -> None:
        """Refuse a parameter of MAIL that is unknown or has a wrong value (RFC 6152, RFC 1870, RFC 6531)."""
        if name not in ("BODY", "SIZE", "SMTPUTF8"):
            raise Refused(f"555 5.5.4 {name} is not a parameter of MAIL here")
        if name == "BODY" and (value or "").upper() not in ("7BIT", "8BITMIME"):
            raise Refused("501 5.5.4 BODY is 7BIT or 8BITMIME")
        if name == "SIZE" and not re.fullmatch(r"[0-9]{1,20}", value or ""):
            raise Refused("501 5.5.4 SIZE is a number of octets, in at most 20 digits")
        if name == "SIZE" and int(value) > SIZE_LIMIT:
            raise Refused(f"552 5.3.4 A letter has at most {SIZE_LIMIT} octets here")
        if name == "SMTPUTF8" and value is not None:
            raise Refused("501 5.5.4 SMTPUTF8 takes no value")

    # The commands; each returns its reply (None where it has said all itself), or raises Refused

    async def smtp_EHLO(self, name: str) -> str:
        """Section 4.1.1.1: who calls, and what this host can do. Raises Refused."""
        await self._hello("EHLO", name)
        *lines, last = self._name, *self._extensions()
        return "\r\n".join([*(f"250-{line}" for line in lines), f"250 {last}"])

    async def smtp_HELO(self, name: str) -> str:
        """Section 4.1.1.1, as clients without extensions say it. Raises Refused."""
        await self._hello("HELO", name)
        return f"250 {self._name}"

    async def _hello(self, verb: str, name: str) -> None:
        # What it says itself carries no enhanced code (RFC 2034 section 4); a policy's words are sent as they are.
        if not CALLER.fullmatch(name):
            raise Refused(f"501 Syntax: {verb} and the name of your host, as in {verb} out.gmail.test")
        await self._ask_policy("HELO", name)
        self._set_rset_state()  # section 4.1.4
        self.session.host_name, self.session.extended_smtp = name, verb == "EHLO"

    async def smtp_MAIL(self, argument: str) -> str:
        """Section 4.1.1.2: the envelope's sender, with its parameters. Raises Refused."""
        if not self.session.host_name:
            raise Refused("503 5.5.1 Say EHLO or HELO first")
        if self.envelope.mail_from is not None:
            raise Refused("503 5.5.1 This letter has its sender already; RSET begins anew")
        path = _after("MAIL FROM:", argument)
        match = NULL_PATH.fullmatch(path) or _path().fullmatch(path)
        if not match or match[1] and not _address(match[1]):
            raise Refused(f"501 5.1.7 The sender's {_amiss(path, 'ada@gmail.test')}")
        sender, parameters = match[1], _parameters(match[2])
        if parameters and not self.session.extended_smtp:
            raise Refused("555 5.5.4 Parameters need EHLO, and you said HELO")
        for name, value in parameters.items():
            self._check_parameter(name, value)
        if not sender.isascii() and "SMTPUTF8" not in parameters:
            raise Refused("550 5.6.7 An address beyond ASCII needs the parameter SMTPUTF8")  # RFC 6531 section 3.5
        self._check_sender(sender)
        await self._ask_policy("MAIL", sender)
        self.envelope.mail_from, self.envelope.smtp_utf8 = sender, "SMTPUTF8" in parameters
        return f"250 2.1.0 Sender <{sender}> OK"

    async def smtp_RCPT(self, argument: str) -> str:
        """Section 4.1.1.3: one recipient, known here or handed on by this host. Raises Refused."""
        if self.envelope.mail_from is None:
            raise Refused("503 5.5.1 Say MAIL first")
        path = _after("RCPT TO:", argument)
        match = _path().fullmatch(path)
        if postmaster := POSTMASTER.fullmatch(path):
            recipient = Address.parse(f"{postmaster[1]}@{self._mail_host.domains[0]}")
        else:
            recipient = match and _address(match[1])
        if not recipient:
            raise Refused(f"501 5.1.3 The recipient's {_amiss(path, 'support@outlook.test')}")
        if _parameters((match or postmaster)[2]):
            raise Refused("555 5.5.4 RCPT takes no parameters here")
        if not recipient.text.isascii() and not self.envelope.smtp_utf8:
            raise Refused("553 5.6.7 An address beyond ASCII needs SMTPUTF8, said with MAIL")  # RFC 6531 section 3.5
        if len(self.envelope.rcpt_tos) >= RECIPIENT_LIMIT:
            raise Refused(f"452 4.5.3 A letter has at most {RECIPIENT_LIMIT} recipients here")
        mailbox = self._mail_host.mailbox_of(recipient)
        if mailbox is None and not self._mail_host.relays:
            raise Refused(f"550 5.7.1 {self._name} takes no letters for {recipient.domain} and does not relay")
        if mailbox and self._mail_host.knows_people and not self._system.mailboxes.exists(mailbox):
            raise Refused(f"550 5.1.1 No mailbox here is called <{recipient.text}>")
        await self._ask_policy("RCPT", recipient.text)
        self.envelope.rcpt_tos.append(recipient.text)
        return f"250 2.1.5 Recipient <{recipient.text}> OK"

    async def smtp_DATA(self, argument: str) -> str:
        """Section 4.1.1.4: the letter, and whether this host answers for it. Raises Refused."""
        if self.envelope.mail_from is None:
            raise Refused("503 5.5.1 Say MAIL and RCPT first")
        if not self.envelope.rcpt_tos:
            raise Refused("503 5.5.1 No recipient has been accepted")
        await self._ask_policy("DATA", None)
        await self.push("354 Send the letter, and end it with a line that holds only a dot")
        self._input[:0] = b"\r\n"  # the end of the command's own line: the first line may be the dot
        # The end is CR LF . CR LF and nothing else. Where two servers differ on that, one of them can be made to see a
        # second letter inside the first (SMTP smuggling). Doubled dots add less than half to a letter.
        raw = await self._until(b"\r\n.\r\n", SIZE_LIMIT * 3 // 2)
        self._heard = self._clock.timestamp()
        envelope = self.envelope
        self._set_post_data_state()
        if raw is None:
            self._note("a letter that was too large was dropped")
            raise Refused(f"552 5.3.4 A letter has at most {SIZE_LIMIT} octets here")
        self._record("C", raw[2:])
        content = raw[:-3].replace(b"\r\n.", b"\r\n")[2:]  # section 4.5.2: a dot at the start of a line came doubled
        _check_content(content)
        return await self._keep(envelope, content)

    async def _keep(self, envelope: smtp.Envelope, content: bytes) -> str:
        """Put the letter into its mailboxes, then say 250: from there on it is this host's responsibility."""
        name, client, now = self._system.mailboxes.next_id(), self.session.client, self._clock.now()
        protocol = "UTF8SMTP" if envelope.smtp_utf8 else "ESMTP" if self.session.extended_smtp else "SMTP"
        if self.session.extended_smtp:  # S: under TLS, A: after a log-in (RFC 3848)
            protocol += ("S" if self.session.tls else "") + ("A" if self.session.user else "")
        # Section 4.4. The name in brackets is known from the lab's map; elsewhere it comes from a look-up of the
        # address. Where there are several recipients none is named, or each would learn of the others (section 7.6).
        recipients = envelope.rcpt_tos
        for_whom = f"\r\n\tfor <{recipients[0]}>" if len(recipients) == 1 else ""
        trace = (
            f"Return-Path: <{envelope.mail_from}>\r\n"
            f"Received: from {self.session.host_name} ({client.name} {literal(client.address)})\r\n"
            f"\tby {self._name} with {protocol} id {name}{for_whom}; {format_datetime(now)}\r\n"
        )
        # Its delivery gives it the only Return-Path (section 4.4).
        content = trace.encode() + without_fields(content, "Return-Path")
        kept = Envelope(envelope.mail_from, tuple(recipients))
        letter = Letter(kept, content, client, self.session.host_name, self._mail_host.host, id=name, time=now)
        await self._ask_policy("letter", letter)
        addresses = {recipient: self._mail_host.mailbox_of(Address.parse(recipient)) for recipient in recipients}
        others = [recipient for recipient, address in addresses.items() if address is None]
        if others:
            await self._hand_on(letter, others)
        exists = self._system.mailboxes.exists
        there = {recipient: exists(address) for recipient, address in addresses.items() if address}
        own = [self._system.mailboxes.mailbox(addresses[recipient]) for recipient, known in there.items() if known]
        for mailbox in dict.fromkeys(own):  # one copy, however often named
            mailbox.add(letter)
        self.session.letters.append(letter)
        if unknown := [recipient for recipient, known in there.items() if not known]:
            await self._net.blocking(self._mail_host.report, letter, unknown)
        return f"250 2.0.0 Letter {'taken' if others else 'kept'} as {name}"

    async def _hand_on(self, letter: Letter, recipients: list[str]) -> None:
        """Send the letter on before it is answered for, unless there is a queue in which it can wait."""
        content = without_fields(letter.content, "Return-Path")
        try:
            delivery = await self._net.blocking(self._mail_host.hand_on, letter, content, recipients)
        except BadLetter:
            raise Refused("554 5.6.0 In the letter's header stands a line that is no field") from None
        self._mail_host._deliveries.append(delivery)
        if any(fate.status == "deferred" and not fate.waits for fate in delivery.fates.values()):
            raise Refused("451 4.4.0 The letter cannot be handed on at the moment; bring it again later")

    async def smtp_RSET(self, argument: str) -> str:
        """Section 4.1.1.5: the letter that was begun is forgotten."""
        self._set_rset_state()
        return "250 2.0.0 Sender and recipients are forgotten"

    async def smtp_STARTTLS(self, argument: str) -> None:
        """RFC 3207 section 4; its reply has gone before TLS begins. Raises Refused, EOFError where TLS fails."""
        if self.session.tls:
            raise Refused("503 5.5.1 TLS is on already")
        context = await self._certificate()
        # What came behind the command in clear is not to be taken for something said under TLS.
        self.transport.pause_reading()
        self._input.clear()
        self._reader._buffer.clear()
        await self.push("220 2.0.0 Ready to start TLS")
        await self._begin_tls(context)

    async def smtp_NOOP(self, argument: str) -> str:
        """Section 4.1.1.9: nothing, and a reply."""
        return "250 2.0.0 OK"

    async def smtp_QUIT(self, argument: str) -> str:
        """Section 4.1.1.10: the last reply of a conversation."""
        return f"221 2.0.0 {self._name} Goodbye"

    async def smtp_VRFY(self, argument: str) -> str:
        """Section 4.1.1.6, which tells a stranger nothing here (section 7.3). Raises Refused."""
        if not argument:
            raise Refused("501 5.5.4 Syntax: VRFY name")
        if not argument.isascii() and not argument.upper().endswith(" SMTPUTF8"):  # RFC 6531 section 3.7.4.2
            raise Refused("550 5.6.7 A name beyond ASCII needs the parameter SMTPUTF8")
        return "252 2.5.0 Not verified; RCPT will tell"  # section 7.3

    async def smtp_HELP(self, argument: str) -> str:
        """Section 4.1.1.8: the commands that there are."""
        return f"214 2.0.0 Commands: {' '.join(self._commands())}"


def _after(command: str, argument: str) -> str:
    """Return what stands after FROM: or TO:. A space there is wrong (section 3.3), and passes as elsewhere."""
    keyword = command.partition(" ")[2]
    if argument[: len(keyword)].upper() != keyword:
        raise Refused(f"501 5.5.4 Syntax: {command}<address>")
    return argument[len(keyword) :].strip(" ")


@cache
def _path() -> re.Pattern[str]:
    # "<", a source route, a mailbox, ">" (section 4.1.2), then parameters. A route is read and ignored (appendix C).
    return re.compile(rf"<(?:@{DOMAIN}(?:,@{DOMAIN})*:)?({MAILBOX})>(.*)")


def _address(text: str) -> Address | None:
    try:
        return Address.parse(text)
    except BadAddress:
        return None


def _amiss(path: str, example: str) -> str:
    """Say what is wrong with the path of MAIL or RCPT."""
    inside = re.match(r'<(?:@[^:>]*:)?((?:"(?:\\.|[^"\\])*"|[^">])*|[^>]*)>', path)
    if not inside:
        return f"address goes between < and >, as in <{example}>"
    local, at, domain = inside[1].rpartition("@")
    if not at:
        return f"address has no @ and no domain, as <{example}> has"
    if not re.fullmatch(LOCAL_PART, local):
        return "local part, before the @, is missing or has spaces, special characters or dots that need quotes"
    if not re.fullmatch(rf"{DOMAIN}|{LITERAL}", domain):
        return "domain, after the @, is not right: labels of letters, digits and inner hyphens, one dot between two"
    if not _address(inside[1]):
        long = "has more than 64 octets before the @ or 255 after it"
        return f"address {'has no IP address in its brackets' if domain[0] == '[' else long}"
    return f"path has a wrong route before its address; without one it is <{example}>"


def _parameters(text: str) -> dict[str, str | None]:
    """Return the parameters that follow a path, their names in upper case."""
    first, *words = text.split(" ")
    matches = [PARAMETER.fullmatch(word) for word in words if word]
    found = {match[1].upper(): match[2] for match in matches if match}
    if first or len(found) < len(matches):  # something stuck to the path, a bad parameter, or one that came twice
        raise Refused("501 5.5.4 After the path come parameters, each once and after a space, as in SIZE=1000")
    return found


def _check_content(content: bytes) -> None:
    """Refuse a letter that is too large, has a line that is too long, or line ends that are none."""
    if len(content) > SIZE_LIMIT:
        raise Refused(f"552 5.3.4 A letter has at most {SIZE_LIMIT} octets here")
    lines = content.split(b"\r\n")
    if content.count(b"\n") >= len(lines) or content.count(b"\r") >= len(lines):
        # A client must not send these (section 2.3.8), and a later reader might take them for line ends.
        raise Refused("550 5.6.0 The letter has a CR or an LF that stands alone")
    if max(map(len, lines)) > LINE_LIMIT - 2:
        raise Refused(f"500 5.6.0 The letter has a line of more than {LINE_LIMIT} octets")
