"""How a host sends a letter: it finds out who takes mail for a domain, and says to them what has to be said.

Section numbers are those of RFC 5321 where no other RFC is named.
"""

import contextlib
import random
import ssl
import tempfile
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from functools import cached_property
from itertools import islice
from pathlib import Path

from helpers.lab import bounce, mta_sts, outgoing
from helpers.lab.address import Address
from helpers.lab.cast import Host
from helpers.lab.certificates import Certificates
from helpers.lab.clock import Clock
from helpers.lab.delivery import Attempt, Delivery, Fate, Fates
from helpers.lab.errors import LabError
from helpers.lab.lookup import Lookup, lookup
from helpers.lab.mailbox import MailboxStore
from helpers.lab.mta_sts import StsPolicy
from helpers.lab.net import Net
from helpers.lab.queue import Item, Queue
from helpers.lab.sockets import LabSocket
from helpers.lab.stub import stub
from helpers.lab.trail import Trail
from helpers.wire import MalformedReply, Reply, ReplyReader, Transcript
from helpers.wire.faces import visible

CONNECT_TIMEOUT = 0.4  # seconds; section 4.5.3.2 asks for minutes, which nobody in a lesson would wait
REPLY_TIMEOUT = 2.0
TLS = ("opportunistic", "required", "mta-sts")
ADDRESSES = 5  # that are tried for one domain: section 5.1 allows a limit, and asks for two at least
SESSIONS = 2  # of them that get as far as MAIL: a letter that two hosts put off is for another time
FAILURES = {10: "certificate-expired", 62: "certificate-host-mismatch"}  # OpenSSL's number: RFC 8460 section 4.3


@dataclass(frozen=True)
class MailSystem:
    """What the mail hosts of a lab have in common, and how one of them sends a letter.

    `trails` are those of the recursive resolver; `policies` are the MTA-STS policies that sending hosts keep, by the
    host's name and the domain; `dead` is what they remember of hosts that they could not reach.
    """

    net: Net
    clock: Clock
    mailboxes: MailboxStore
    certificates: Certificates
    trails: Collection[Trail] = ()
    policies: defaultdict[str, dict[str, StsPolicy]] = field(default_factory=lambda: defaultdict(dict))
    queues: dict[str, Queue] = field(default_factory=dict)  # by the host's name
    dead: "Dead" = field(default_factory=lambda: Dead())

    def send(
        self,
        letter: EmailMessage | str | bytes,
        host: str | Host = "out.gmail.test",
        sender: str | None = None,
        recipients: Iterable[str] | None = None,
        tls: str = "opportunistic",
        relay: bool = False,
    ) -> Delivery:
        """Let a host of the lab deliver a letter, and return the record of it (a Delivery).

        Takes an EmailMessage, a str (with any line ends) or bytes (with CR LF), and the host (a Host or a name). The
        envelope's sender and recipients are those of the header (Sender or From; To, Cc and Bcc) unless they are given;
        sender="" is the null return path. The host stands for the author's own provider (see `outgoing.prepared`). What
        is refused for good comes back to the sender as a bounce, sent by the same rules.

        `tls` is "opportunistic" (where STARTTLS is offered, with any certificate: RFC 7435), "required" (the letter is
        deferred where TLS with the exchange's own certificate is not to be had) or "mta-sts" (as the domain's policy
        says: RFC 8461). With `relay` the host hands on what came to it from elsewhere, and leaves the letter as it is.

        Raises BadLetter and BadAddress for what cannot be sent, UnknownHost for a host that there is not, LabError for
        another `tls`.
        """
        if tls not in TLS:
            raise LabError(f"tls is one of {', '.join(map(repr, TLS))}, and {tls!r} is none of these.")
        speaker = self.net.host(host)
        content = outgoing.octets(letter)
        header = outgoing.header(content)
        sender, recipients = outgoing.envelope(header, sender, recipients)
        number = self.mailboxes.next_id()
        if not relay:
            content = outgoing.prepared(content, header, speaker, number, self.clock.now())
        if (queue := self.queues.get(speaker.name)) is not None:
            return queue.attempt(queue.keep(number, sender, recipients, content, tls))
        delivery = self.deliver(speaker, number, sender, recipients, content, tls)
        if any(fate.status == "bounced" for fate in delivery.fates.values()):
            self.tell(delivery, number, self.clock.now())
        return delivery

    def deliver(
        self, host: Host, number: str, sender: str, recipients: list[str], content: bytes, tls: str = "opportunistic"
    ) -> Delivery:
        """Try once to deliver a letter that is ready to go, and return the record of it."""
        delivery = Delivery(host, sender, tuple(recipients), content)
        domains: dict[str, list[str]] = {}  # all recipients of a domain share one conversation
        for recipient in recipients:
            domains.setdefault(Address.parse(recipient).domain, []).append(recipient)
        for domain, addresses in domains.items():
            Errand(self, delivery, random.Random(f"{number} {domain}"), tls).run(domain, addresses)
        fates = ((recipient, delivery.fates[recipient]) for recipient in recipients)
        delivery.fates = Fates(fates, delivery.sender)
        return delivery

    def queue(self, host: str | Host) -> Queue:
        """Return the queue of a host, which has one from then on. It lies in a folder that goes with the lab."""
        speaker = self.net.host(host)
        if speaker.name not in self.queues:
            folder = Path(self.folder.name) / speaker.name

            def make(item: Item, content: bytes) -> Delivery:
                return self.deliver(speaker, item.id, item.sender, item.pending, content, item.tls)

            self.queues[speaker.name] = Queue(speaker.name, folder, self.clock, make, self.tell)
        return self.queues[speaker.name]

    def close(self) -> None:
        """Let the queues rest, and take their folder away."""
        for queue in self.queues.values():
            queue.close()
        if "folder" in vars(self):
            self.folder.cleanup()

    @cached_property
    def folder(self) -> tempfile.TemporaryDirectory:
        """Where the queues lie."""
        return tempfile.TemporaryDirectory(prefix="lab-queues-")

    def tell(self, delivery: Delivery, number: str, arrived: datetime, until: datetime | None = None) -> None:
        """Send the sender a report of what failed, or of what is delayed and tried until a time.

        It has the null return path itself, and so is never answered by another (section 6.1).
        """
        if not delivery.sender:
            nobody = "there is no return path to send a bounce to: the letter is dropped, and nobody is told"
            delivery.steps.append(nobody)
            return
        content = bounce.compose(delivery, number, arrived, until)
        delivery.bounce_delivery = told = self.send(content, delivery.host, "", [delivery.sender])
        what = "warning" if until else "bounce"
        delivery.steps.append(f"a {what} to <{visible(delivery.sender)}>: {told.fates[delivery.sender]}")
        if self.mailboxes.exists(delivery.sender):
            message_id = outgoing.header(told.content)["Message-ID"].encode()
            letters = self.mailboxes.mailbox(delivery.sender)
            delivery.bounce = next((letter for letter in letters if message_id in letter.content), None)


class Dead:
    """The addresses that a sending host could not reach, for a while (section 4.5.4.1 asks for such a list).

    `seconds` is how long one is left out, by the lab's clock: 0, and nothing is remembered.
    """

    def __init__(self):
        self.seconds: float = 0
        self._until: dict[tuple[str, str], datetime] = {}  # by the sending host's name and the address

    def note(self, host: Host, address: str, now: datetime) -> None:
        """A host could not connect to an address."""
        self._until[host.name, address] = now + timedelta(seconds=self.seconds)

    def forget(self, host: Host, address: str) -> None:
        """A host could."""
        self._until.pop((host.name, address), None)

    def until(self, host: Host, address: str, now: datetime) -> datetime | None:
        """When a host tries an address again, or None where it need not wait."""
        until = self._until.get((host.name, address), now) if self.seconds else now
        return until if until > now else None


class GivenUp(Exception):
    """The end of a way. Takes the Fate of all who are still waiting."""


class NoTls(Exception):
    """TLS that did not come about, or with the wrong one. Takes a sentence and what a report calls it."""


class Errand:
    """The delivery of one letter to the recipients of one domain.

    Takes the MailSystem, the record to write, the dice that order exchanges of one preference, and the `tls` wanted.
    """

    def __init__(self, system: MailSystem, delivery: Delivery, dice: random.Random, tls: str):
        self.system, self.delivery, self.dice, self.tls = system, delivery, dice, tls
        self.host, self.fates, self.steps = delivery.host, delivery.fates, delivery.steps
        self.not_now: dict[str, Fate] = {}  # recipients that a server put off with 4yz: the next one may take them

    def run(self, domain: str, recipients: list[str]) -> None:
        """Try one place after another until no recipient is left without a Fate (section 5.1)."""
        waiting, failures = recipients, []
        self.domain, self.policy, self.sessions = domain, None, 0
        if self.tls == "mta-sts" and not domain.startswith("["):
            found = self.delivery.policies[domain] = self.find_policy(domain)
            self.policy = found.policy if found.policy and found.policy.mode != "none" else None
        try:
            for exchange, address in self.alive(islice(self.places(domain, failures), ADDRESSES), failures):
                if self.sessions == SESSIONS:
                    self.steps.append(f"{SESSIONS} conversations are enough for now: {visible(exchange)} is not asked")
                    break
                failure = self.attempt(exchange, address, waiting)
                waiting = [recipient for recipient in waiting if recipient not in self.fates]
                if not waiting:
                    return
                failures.append(failure or self.not_now[waiting[0]])
            # As long as one place may work later, the letter waits for that.
            fate = next((f for f in reversed(failures) if f.status == "deferred"), failures[-1])
        except GivenUp as end:
            fate = end.args[0]
        for recipient in waiting:
            self.settle([recipient], self.not_now.get(recipient, fate))

    def find_policy(self, domain: str) -> mta_sts.Finding:
        """Find out what MTA-STS policy holds for a domain."""
        kept, now = self.system.policies[self.host.name], self.system.clock.timestamp()
        who = (self.ask, self.system.net, self.host, self.system.certificates)
        return mta_sts.find(domain, self.ask, lambda name: mta_sts.fetch(name, *who), kept, now, self.steps)

    # Where to

    def places(self, domain: str, failures: list[Fate]) -> Iterator[tuple[str, str]]:
        """Give the places to try, one by one: an exchange's name and an address of it.

        Looks up no more than the next one needs. Adds a Fate to `failures` for each exchange without an address.
        """
        literal = Address.parse(f"anybody@{domain}").literal
        if literal:
            yield domain, literal
        elif domain in self.host.takes_mail_for:
            self.steps.append(f"{domain} is its own domain: it asks nobody, and hands the letter to itself")
            yield self.host.name, self.host.address
        else:
            for exchange in self.exchanges(domain):
                for address in self.addresses(exchange, failures):
                    if address in self.host.addresses:  # under another name
                        failures.append(self.itself(domain))
                        return
                    yield exchange, address

    def alive(self, places: Iterable[tuple[str, str]], failures: list[Fate]) -> Iterator[tuple[str, str]]:
        """Give the places without those that could not be reached a while ago, which add a Fate to `failures`."""
        for exchange, address in places:
            if until := self.system.dead.until(self.host, address, self.system.clock.now()):
                text = f"{visible(exchange)} ({address}) could not be reached, and is left out until {until:%H:%M}"
                self.steps.append(text)
                failures.append(Fate("deferred", None, "4.4.1", text))
            else:
                yield exchange, address

    def exchanges(self, domain: str) -> list[str]:
        """Return the names of the hosts that take mail for a domain, in the order in which to try them (section 5.1).

        Raises GivenUp where there is none, or the DNS does not say.
        """
        found = self.ask(domain, "MX")
        if not found.exists:
            raise GivenUp(Fate("bounced", None, "5.1.2", f"there is no domain called {domain}"))
        if found.outcome == "no answer":
            raise GivenUp(Fate("deferred", None, "4.4.3", f"the DNS gives no answer about {domain} at the moment"))
        if found.outcome == "NODATA":
            self.steps.append(f"without an MX record, {visible(domain)} itself is its only exchange (implicit MX)")
        pairs = [answer.split(" ") for answer in found.answers or (f"0 {domain}",)]
        if all(name == "." for _, name in pairs):  # the code is that of RFC 7505 section 4
            raise GivenUp(Fate("bounced", 556, "5.1.10", f"{domain} says that it takes no mail (null MX)"))
        records = [(int(preference), self.dice.random(), name) for preference, name in pairs if name != "."]
        own = [preference for preference, _, name in records if name.lower() == self.host.name]
        if own:  # those from the own preference on would only bring the letter back
            rule = "it leaves out itself and every exchange with an equal or higher number"
            self.steps.append(f"{self.host.name} finds itself in the list: {rule}")
            records = [record for record in records if record[0] < min(own)]
        if not records:
            raise GivenUp(self.itself(domain))
        return [name for _, _, name in sorted(records)]  # the lowest preference first, equal ones in any order

    def itself(self, domain: str) -> Fate:
        """Return the Fate of a letter whose way leads back to this host (section 5.1)."""
        text = f"the way to {domain} leads back to {self.host.name}, which does not take it"
        return Fate("bounced", None, "5.4.6", text)

    def addresses(self, exchange: str, failures: list[Fate]) -> Iterator[str]:
        """Give the addresses of an exchange, those for IPv4 first.

        The name of an exchange must not be an alias (RFC 2181 section 10.3). Where it is, the resolver follows it.
        """
        outcomes = []
        for rdtype in ("A", "AAAA"):
            found = self.ask(exchange, rdtype)
            outcomes.append(found.outcome)
            yield from found.answers
            if not found.exists:  # then there is nothing of any type
                break
        if "answer" in outcomes:
            return
        if "no answer" in outcomes:
            failures.append(Fate("deferred", None, "4.4.3", f"the DNS gives no address of {exchange} at the moment"))
        else:
            failures.append(Fate("bounced", None, "5.4.4", f"{exchange} has no address to deliver to"))

    def ask(self, name: str, rdtype: str) -> Lookup:
        """Put one question to the host's resolver."""
        self.steps.append(lookup(stub(self.system.net, self.host), name, rdtype, trails=self.system.trails))
        return self.steps[-1]

    # The conversation

    @property
    def must(self) -> bool:
        """Whether the letter may go under TLS with a good certificate only."""
        return self.tls == "required" or bool(self.policy) and self.policy.mode == "enforce"

    def attempt(self, exchange: str, address: str, waiting: list[str]) -> Fate | None:
        """Hand the letter over at one address, as safely as is wanted, or as can be had where nothing is.

        Return why some are still without a Fate, if some are.
        """
        failure = None
        if self.policy and not self.policy.names(exchange):  # RFC 8461 section 4.1
            sentence, failure = f"{self.domain}'s MTA-STS policy does not name this exchange", "validation-failure"
            if self.must:
                self.steps.append(self.record(exchange, address, failure, sentence))
                return Fate("deferred", None, "4.7.5", f"{sentence}, {visible(exchange)}")
        ways = ["checked"] if self.must or self.policy else []
        ways += [] if self.must else ["unchecked", "clear"]
        for way in ways:
            attempt = self.record(exchange, address, failure)
            self.steps.append(attempt)
            try:
                return self.connection(attempt, waiting, way)
            except NoTls as trouble:
                attempt.error, attempt.tls_failure = trouble.args
                failure = None
                attempt.transcript.note("TLS did not come about", self.system.clock.now())
                if way != ways[-1]:
                    self.steps.append("the letter may go without that: once more")
        return Fate("deferred", None, "4.7.5", attempt.error)

    def record(self, exchange: str, address: str, failure: str | None, error: str | None = None) -> Attempt:
        """Return a new Attempt, with what a report calls a failure and the sentence about it, where there are such."""
        return Attempt(exchange, address, Transcript(self.host.name, exchange), error, self.domain, tls_failure=failure)

    def connection(self, attempt: Attempt, waiting: list[str], way: str) -> Fate | None:
        """Make one connection and hand the letter over. Return why some are still without a Fate; raises NoTls."""
        exchange, address = attempt.exchange, attempt.address
        try:
            sock = self.system.net.connect(address, 25, source=self.host, timeout=CONNECT_TIMEOUT)
        except OSError as error:
            attempt.error = str(error)
            self.system.dead.note(self.host, address, self.system.clock.now())
            return Fate("deferred", None, "4.4.1", str(error))
        self.system.dead.forget(self.host, address)
        with contextlib.closing(Client(sock, attempt.transcript, self.system.clock, exchange)) as client:
            try:
                return self.converse(client, waiting, attempt, way)
            except (OSError, MalformedReply) as error:
                attempt.error = str(error)
                return Fate("deferred", None, "4.4.2", str(error))
            except GivenUp as end:
                client.quit()
                return end.args[0]

    def converse(self, client: "Client", waiting: list[str], attempt: Attempt, way: str) -> None:
        """Say what has to be said, one command at a time. Raises GivenUp where the next exchange is to be tried."""
        greeting = client.reply()
        if not greeting.ok:  # 554 or 521: not here (section 3.1, RFC 7504); another exchange may take it
            raise GivenUp(refused(greeting, client.name))
        hello, extensions = self.hello(client)
        if hello.permanent:
            hello = client.say(f"HELO {self.host.name}")  # section 3.2: it does not know EHLO
        if not hello.ok:
            raise GivenUp(refused(hello, client.name))
        if way != "clear" and self.secure(client, extensions, attempt, way == "checked"):
            hello, extensions = self.hello(client)  # what was said before counts for nothing (RFC 3207 section 4.2)
            if not hello.ok:
                raise GivenUp(refused(hello, client.name))
        self.sessions += 1
        while waiting:
            waiting = self.transaction(client, extensions, waiting)
        client.quit()

    def hello(self, client: "Client") -> tuple[Reply, set[str]]:
        """Say EHLO; return the reply and the names of the extensions that it lists."""
        hello = client.say(f"EHLO {self.host.name}")
        return hello, {line.split(" ")[0].upper() for line in hello.lines[1:]} if hello.ok else set()

    def secure(self, client: "Client", extensions: set[str], attempt: Attempt, checked: bool) -> bool:
        """Begin TLS where it is offered, and return whether it was. Raises GivenUp where it must be, and NoTls."""
        context = self.system.certificates.client_context(checked)
        if "STARTTLS" not in extensions or client.say("STARTTLS").code != 220:
            attempt.tls_failure = attempt.tls_failure or "starttls-not-supported"
            if self.must:
                text = f"{visible(client.name)} does not offer STARTTLS, and without TLS the letter may not go"
                raise GivenUp(Fate("deferred", None, "4.7.4", text))
            if checked:
                self.steps.append(f"{self.domain}'s MTA-STS policy is being tested only: the letter goes in clear")
            return False
        try:
            attempt.tls = client.start_tls(context)
        except ssl.SSLCertVerificationError as error:
            failure = FAILURES.get(error.verify_code, "certificate-not-trusted")
            raise NoTls(f"the certificate does not hold: {error.verify_message}", failure) from None
        except (ssl.SSLError, ValueError):  # ValueError: a name that no certificate can have
            raise NoTls("TLS did not come about", "validation-failure") from None
        attempt.verified = checked
        event = f"TLS begins: {attempt.tls}, and the certificate is {'' if checked else 'not '}checked"
        attempt.transcript.note(event, self.system.clock.now())
        return True

    def transaction(self, client: "Client", extensions: set[str], waiting: list[str]) -> list[str]:
        """Hand over the letter for as many recipients as the server takes at once; return those for another time.

        Raises GivenUp where nobody gets it now, OSError or MalformedReply where the conversation breaks off.
        """
        unfit = self.unfit(client.name, extensions, waiting)
        if unfit:
            self.settle(waiting, unfit)
            return []
        mail = client.say(f"MAIL FROM:<{self.delivery.sender}>{self.parameters(extensions, waiting)}")
        if mail.transient:
            raise GivenUp(refused(mail, client.name))
        if not mail.ok:
            self.settle(waiting, refused(mail, client.name))
            return []
        accepted, later = [], []
        for recipient in waiting:
            reply = client.say(f"RCPT TO:<{recipient}>")
            if reply.code == 421:  # the server is leaving (section 3.8)
                raise GivenUp(refused(reply, client.name))
            if reply.ok:
                accepted.append(recipient)
            elif reply.code in (452, 552) and accepted:  # too many at once; 552 is its older code (4.5.3.1.10)
                later.append(recipient)
            elif reply.transient:
                self.not_now[recipient] = refused(reply, client.name)
            else:
                self.settle([recipient], refused(reply, client.name))
        if not accepted:
            return []
        data = client.say("DATA")
        if data.transient:
            raise GivenUp(refused(data, client.name))
        if not data.intermediate:
            self.settle(accepted, refused(data, client.name))
            if later:
                client.say("RSET")  # the transaction is still open, and they get one of their own
            return later
        try:
            fate = answered(client.say_letter(self.delivery.content), client.name)
        except (OSError, MalformedReply) as error:
            # Was it kept or not? Sent again it may arrive twice (RFC 1047), not sent again it may be lost: so, again.
            self.settle(accepted, Fate("deferred", None, "4.4.2", f"no answer came to the letter: {error}"))
            raise
        if fate.status == "deferred":
            raise GivenUp(fate)
        self.settle(accepted, fate)
        return later

    def parameters(self, extensions: set[str], waiting: list[str]) -> str:
        """Return what MAIL says after the path: what the server offers and the letter can use."""
        words = [f"SIZE={len(self.delivery.content)}"] if "SIZE" in extensions else []  # RFC 1870
        words += ["BODY=8BITMIME"] if not self.delivery.content.isascii() else []  # RFC 6152
        words += ["SMTPUTF8"] if self.beyond_ascii(waiting) else []  # RFC 6531
        return "".join(f" {word}" for word in words)

    def unfit(self, name: str, extensions: set[str], waiting: list[str]) -> Fate | None:
        """Return the Fate of a letter that a server without some extension must not be given."""
        if not self.delivery.content.isascii() and "8BITMIME" not in extensions:  # to convert it is not for this host
            return Fate("bounced", None, "5.6.3", f"{name} takes no octets beyond ASCII, and the letter has some")
        if self.beyond_ascii(waiting) and "SMTPUTF8" not in extensions:  # the codes are of RFC 6531 section 3.5
            if all(map(str.isascii, [self.delivery.sender, *waiting])):
                return Fate("bounced", None, "5.6.9", f"{name} takes no header beyond ASCII")
            return Fate("bounced", None, "5.6.7", f"{name} takes no address beyond ASCII")
        return None

    def beyond_ascii(self, waiting: list[str]) -> bool:
        """Return whether the header or an address has characters beyond ASCII, so that it takes SMTPUTF8."""
        header = self.delivery.content.partition(b"\r\n\r\n")[0]
        return not (header.isascii() and all(map(str.isascii, [self.delivery.sender, *waiting])))

    def settle(self, recipients: list[str], fate: Fate) -> None:
        """Write down what became of the letter for these recipients."""
        self.fates.update(dict.fromkeys(recipients, fate))


class Client:
    """The client's side of a conversation: one command, one reply.

    Takes a connected socket, the transcript to write, the lab's clock and the server's name. Its methods raise OSError
    where the connection is lost, TimeoutError where no whole reply comes in time, MalformedReply for what is none.
    """

    def __init__(self, sock: LabSocket, transcript: Transcript, clock: Clock, name: str):
        self.sock, self.transcript, self.clock, self.name = sock, transcript, clock, name
        self._reader, self._replies = ReplyReader(), []

    def reply(self) -> Reply:
        """Return the server's next reply. Raises TimeoutError, ConnectionResetError or MalformedReply."""
        deadline = time.monotonic() + REPLY_TIMEOUT
        while not self._replies:
            try:
                self.sock.settimeout(max(0.001, deadline - time.monotonic()))
                octets = self.sock.recv(65536)
            except TimeoutError:
                raise TimeoutError(f"{self.name} gave no whole answer for {REPLY_TIMEOUT:g} s") from None
            if not octets:
                raise ConnectionResetError(f"{self.name} closed the connection")
            self.transcript.add("S", octets, self.clock.now())
            self._replies += self._reader.feed(octets)
        return self._replies.pop(0)

    def say(self, command: str) -> Reply:
        """Send a command and return the reply to it."""
        self._send(f"{command}\r\n".encode())
        return self.reply()

    def say_letter(self, content: bytes) -> Reply:
        """Send a letter, a dot at the start of a line doubled (section 4.5.2), and the final dot; return the reply."""
        self._send((b"\r\n" + content).replace(b"\r\n.", b"\r\n..")[2:] + b".\r\n")
        return self.reply()

    def start_tls(self, context: ssl.SSLContext) -> str:
        """Go on under TLS, and return its version. Raises ssl.SSLError, or ValueError for an impossible name."""
        literal = self.name.startswith("[") and Address.parse(f"anybody@{self.name}").literal
        self._reader, self._replies = ReplyReader(), []  # what came with the reply in clear is nobody's word
        self.sock.settimeout(REPLY_TIMEOUT)
        self.sock = context.wrap_socket(self.sock, server_hostname=literal or self.name)
        return self.sock.version()

    def close(self) -> None:
        """End the connection."""
        self.sock.close()

    def quit(self) -> None:
        """Say goodbye. What comes of that changes nothing for the letter."""
        with contextlib.suppress(OSError, MalformedReply):
            self.say("QUIT")

    def _send(self, octets: bytes) -> None:
        self.sock.settimeout(REPLY_TIMEOUT)
        for start in range(0, len(octets), 65536):  # each piece has the time-out for itself
            piece = octets[start : start + 65536]
            self.sock.sendall(piece)
            self.transcript.add("C", piece, self.clock.now())


def answered(reply: Reply, exchange: str) -> Fate:
    """Return the Fate of a letter that got this reply to its final dot."""
    if reply.ok:
        text, coded = " ".join(reply.lines), bool(reply.enhanced)
        return Fate("delivered", reply.code, reply.enhanced or "2.0.0", text, exchange, coded=coded)
    return refused(reply, exchange)


def refused(reply: Reply, exchange: str) -> Fate:
    """Return the Fate of a letter at a reply that is not the one to go on with: 4yz may change, all else does not."""
    status, enhanced = ("deferred", "4.0.0") if reply.transient else ("bounced", "5.0.0")
    if reply.transient or reply.permanent:
        enhanced = reply.enhanced or enhanced
    return Fate(status, reply.code, enhanced, " ".join(reply.lines), exchange, coded=enhanced == reply.enhanced)
