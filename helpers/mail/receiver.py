"""What a careful receiving host does with a letter: it checks, writes down what it found, and decides.

    lab.mail_hosts["mx1.outlook.test"].policy = judge(lab, "mx1.outlook.test")

The domain in From: may ask for "reject". That alone is no ground to refuse a letter: a mailing list and a forwarder
would lose theirs (RFC 9989 section 7.4). So this host sets it aside as junk, unless it has other grounds.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime

from helpers.lab import Lab
from helpers.lab.cast import Host
from helpers.lab.errors import LabError
from helpers.lab.mail_host import Session
from helpers.lab.mailbox import Letter
from helpers.mail.asking import within
from helpers.mail.authentication_results import AuthenticationResults, Result, remove_forged
from helpers.mail.dmarc_check import DMARC, check_dmarc
from helpers.mail.signatures import Signatures, verify_dkim
from helpers.mail.spf import SPF, check_helo, check_spf
from helpers.mail.verdict import dmarc_verdict
from helpers.wire.faces import Face, signed, visible
from helpers.wire.listed import ListedFaces

VERDICTS_KEPT = 1000
PATIENCE = 1.5  # seconds that the DNS gets for one letter: whoever brings it waits, for 2 s in the lab
DISPOSITIONS = {
    "inbox": "kept in the inbox",
    "junk": "set aside in the junk folder",
    "refused": "refused with 550 5.7.1",
    "deferred": "put off with 451 4.4.3: the sender is to come again",
}


@dataclass(frozen=True, repr=False)
class Verdict(Face):
    """What a host found about one letter, and what it did.

    `letter` is the name that the host gave it, `address` the client's, `sender` and `recipients` the envelope;
    `helo`, `spf`, `signatures` and `dmarc` are the checks; `disposition` is one of DISPOSITIONS, `reason` a sentence.
    """

    letter: str
    time: datetime
    address: str
    sender: str
    recipients: tuple[str, ...]
    helo: SPF
    spf: SPF
    signatures: Signatures
    dmarc: DMARC
    disposition: str = "inbox"
    reason: str = ""

    def results(self, server: str) -> AuthenticationResults:
        """Return what the host writes into the letter in the name of `server` (RFC 8601 section 2.7)."""
        dkim = []
        for one in self.signatures:
            said = {"header.d": one.domain, "header.s": one.selector, "header.a": one.algorithm}
            dkim.append(Result("dkim", one.result, said, "" if one.result == "pass" else one.reason))
        dmarc = {"header.from": self.dmarc.author, "policy.dmarc": self.dmarc.policy}
        dmarc = {name: value for name, value in dmarc.items() if value}
        helo = Result("spf", self.helo.result, {"smtp.helo": self.helo.domain})
        spf = Result("spf", self.spf.result, {"smtp.mailfrom": self.spf.domain})
        dkim = dkim or [Result("dkim", "none")]
        return AuthenticationResults(server, (helo, spf, *dkim, Result("dmarc", self.dmarc.result, dmarc)))

    def _title(self) -> str:
        return f"Verdict on letter {self.letter} from {self.address}, {format_datetime(self.time)}"

    def _rows(self) -> list[tuple[str, str]]:
        author = visible(self.dmarc.author) or "no domain"
        dkim = [
            (f"DKIM, {visible(one.domain) or 'no domain'}", f"{signed(one.result)}: {one.reason}")
            for one in self.signatures
        ]
        return [
            ("MAIL FROM", visible(f"<{self.sender}>")),
            (f"SPF of HELO, {visible(self.helo.domain)}", f"{signed(self.helo.result)}: {visible(self.helo.reason)}"),
            (f"SPF of MAIL FROM, {visible(self.spf.domain)}", f"{signed(self.spf.result)}: {visible(self.spf.reason)}"),
            *(dkim or [("DKIM", "none: there is no signature")]),
            (f"DMARC, {author}", f"{signed(self.dmarc.result)}: {visible(self.dmarc.reason)}"),
            ("The domain asks for", self.dmarc.policy or "(nothing that applies)"),
            ("The letter was", f"{DISPOSITIONS[self.disposition]}: {self.reason}"),
        ]


class Verdicts(ListedFaces):
    """The verdicts of a host, in order."""

    _nothing = "No letter has been judged yet."
    _what = "verdicts of this host"
    _instead = "Send it a letter while it is the policy; what `lab.send` gives says whether it came."


class Receiver:
    """The policy of a host (see `helpers.lab.mail_host.Policy`). `verdicts` holds the latest, in order.

    Takes the name in which it writes down what it found, its domain, too.
    """

    def __init__(
        self, lab: Lab, host: Host, server: str, grounds: Callable[[Verdict], str | None] | None = None, verdict=None
    ):
        self.lab, self.host, self.server = lab, host, server
        self.grounds, self.verdict = grounds, verdict or dmarc_verdict
        self._verdicts: deque[Verdict] = deque(maxlen=VERDICTS_KEPT)

    verdicts = property(lambda self: Verdicts(self._verdicts), doc="The latest verdicts, the newest last.")

    def __call__(self, session: Session, step: str, letter) -> str | None:
        if step != "letter":
            return None
        found, reply = self.examine(session.client.address, letter)
        if found.disposition == "junk":
            letter.folder = "junk"
        # The field stands below Return-Path, above all that came with the letter (RFC 8601 section 4).
        first, end, rest = remove_forged(letter.content, self.server).partition(b"\r\n")
        letter.content = first + end + f"{found.results(self.server).field()}\r\n".encode() + rest
        return reply

    def examine(self, address: str, letter: Letter) -> tuple[Verdict, str | None]:
        """Return the verdict on a letter that the client at an address has brought, and the reply that refuses it."""
        with within(PATIENCE):
            found, reply = self._decide(self._found(address, letter))
        self._verdicts.append(found)
        return found, reply

    def _found(self, address: str, letter: Letter) -> Verdict:
        lab, host = self.lab, self.host.name
        spf = check_spf(lab, address, letter.envelope.sender, letter.helo, host)
        signatures = verify_dkim(lab, letter.content, host)
        helo = check_helo(lab, address, letter.helo, host)
        dmarc = check_dmarc(lab, letter.content, spf, signatures, host, self.verdict)
        sender, recipients = letter.envelope.sender, letter.envelope.recipients
        return Verdict(letter.id, letter.time, address, sender, recipients, helo, spf, signatures, dmarc)

    def _decide(self, found: Verdict) -> tuple[Verdict, str | None]:
        """Return the verdict with its disposition, and the reply where the letter is not kept."""
        dmarc, author = found.dmarc, found.dmarc.author
        if dmarc.result == "temperror":  # RFC 9989 section B.3.1
            reply = "451 4.4.3 The DNS gives no answer about this letter; come again"
            return replace(found, disposition="deferred", reason=dmarc.reason), reply
        if not author:  # section 11.5: most such letters mean harm
            return replace(found, disposition="junk", reason=dmarc.reason), None
        if dmarc.result != "fail":
            return replace(found, reason=f"DMARC says {dmarc.result}"), None
        asks = f"DMARC fails, and {author} asks for {dmarc.policy}"
        if dmarc.policy == "none":
            return replace(found, reason=asks), None
        grounds = self.grounds(found) if self.grounds and dmarc.policy == "reject" else None
        if grounds:
            asks += f"; besides, {visible(grounds)}"
            return replace(found, disposition="refused", reason=asks), f"550 5.7.1 {asks}"
        if dmarc.policy == "reject":
            asks += ", which alone is no ground to refuse"
        return replace(found, disposition="junk", reason=asks), None


def judge(
    lab: Lab, host: str, grounds: Callable[[Verdict], str | None] | None = None, verdict=dmarc_verdict
) -> Receiver:
    """Return a policy for a mail host: the Receiver of its letters.

    Takes the lab and the host's name. `grounds` is asked about a letter that fails DMARC where the domain asks for
    reject: what it returns, if anything, is why the letter is refused ("its address is on our block list"). `verdict`
    is the function that decides DMARC (see `helpers.mail.verdict.dmarc_verdict`). Raises UnknownHost, or LabError for a
    host that takes no mail.
    """
    receiving = lab.host(host)
    if receiving.name not in lab.mail_hosts:
        raise LabError(f"{receiving.name} takes no mail, so it has nothing to judge; lab.mail_hosts names who does.")
    return Receiver(lab, receiving, lab.mail_hosts[receiving.name].domains[0], grounds, verdict)
