"""MTA-STS (RFC 8461): a domain says that its exchanges can do TLS, and that letters must not come without.

A TXT record says that there is a policy, and gives it an id; the policy itself comes by HTTPS from mta-sts.DOMAIN,
whose certificate is checked. A sender keeps it: whoever hides the record later comes too late, but not whoever hides
it from the first letter on.
"""

import re
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from helpers.lab.cast import Host
from helpers.lab.certificates import Certificates
from helpers.lab.lookup import Lookup
from helpers.lab.net import Net
from helpers.lab.web_site import POLICY
from helpers.wire.faces import visible

TIMEOUT = 2.0  # seconds for each step; section 3.3 suggests a minute for all
SIZE_LIMIT = 64 * 1024  # octets of a policy (section 3.3)
OLDEST = 31_557_600  # seconds that a policy may be kept, a year (section 3.2)
MODES = ("enforce", "testing", "none")
RECORD = re.compile(r"v=STSv1[ \t]*;(.*)", re.DOTALL)
IDENTITY = re.compile(r"[ \t]*id=([A-Za-z0-9]{1,32})[ \t]*")
EXTENSION = re.compile(r"[ \t]*(?:[A-Za-z0-9][A-Za-z0-9_.-]{0,31}=[!-:<>-~]+)?[ \t]*")  # or nothing, after a last ;

Ask = Callable[[str, str], Lookup]  # it takes a name and a type of record


class NoPolicy(Exception):
    """A policy that cannot be had. Takes a sentence, and the result type of RFC 8460 section 4.3."""


@dataclass(frozen=True)
class StsPolicy:
    """A policy as a sender keeps it: its `id` in the DNS, what it says, and when it was fetched (the lab's seconds)."""

    id: str
    mode: str
    mx: tuple[str, ...]
    max_age: int
    text: str
    fetched: float

    def holds(self, now: float) -> bool:
        """Return whether it may still be used at that time."""
        return now < self.fetched + self.max_age

    def names(self, exchange: str) -> bool:
        """Return whether it names an exchange; `*.X` is X with one label before it (section 4.1)."""
        exchange = exchange.lower()
        return exchange in self.mx or f"*.{exchange.partition('.')[2]}" in self.mx


@dataclass(frozen=True)
class Finding:
    """What a sender found out about a domain: its StsPolicy or None, and what went wrong (a result type) or None."""

    policy: StsPolicy | None
    failure: str | None = None


def identity(answers: Iterable[str]) -> str | None:
    """Return the id in the one record among the TXT records of _mta-sts.DOMAIN, or None (section 3.1)."""
    texts = ["".join(re.findall(r'"((?:[^"\\]|\\.)*)"', answer)) for answer in answers]
    found = [match[1] for match in map(RECORD.fullmatch, texts) if match]
    fields = found[0].split(";") if len(found) == 1 else []
    ids = [match[1] for match in map(IDENTITY.fullmatch, fields) if match]
    return ids[0] if ids and all(map(EXTENSION.fullmatch, fields)) else None


def parse(text: str, id: str, now: float) -> StsPolicy:
    """Return the StsPolicy that a text says (section 3.2). Raises NoPolicy."""
    fields: dict[str, list[str]] = {}
    for line in re.split(r"\r?\n", text):
        name, colon, value = line.partition(":")
        if colon:
            fields.setdefault(name.strip(), []).append(value.strip())
    version, mode, age = (fields.get(name, [""])[0] for name in ("version", "mode", "max_age"))  # the first one counts
    mx = tuple(name.lower() for name in fields.get("mx", []))
    for right, sentence in (
        (version == "STSv1", "its version is not STSv1"),
        (mode in MODES, "its mode is not enforce, testing or none"),
        (re.fullmatch("[0-9]{1,9}", age) and int(age) <= OLDEST, "max_age is no number of seconds"),
        (mx or mode == "none", "it names no mx"),
    ):
        if not right:
            raise NoPolicy(sentence, "sts-policy-invalid")
    return StsPolicy(id, mode, mx, int(age), text, now)


def find(
    domain: str, ask: Ask, fetch: Callable[[str], str], kept: dict[str, StsPolicy], now: float, steps: list
) -> Finding:
    """Find out what policy holds for a domain, as section 3.3 says.

    Takes what asks the DNS, what fetches the text of a domain's policy and raises NoPolicy (see
    `fetch`), the policies that the sender keeps, by domain, the time in seconds, and the steps, which tell of it.
    """
    known = kept.get(domain)
    if known and not known.holds(now):
        known = None
    still = f"the one fetched earlier still holds, mode {known.mode}" if known else "so none holds"
    id = identity(ask(f"_mta-sts.{domain}", "TXT").answers)
    if id is None:
        steps.append(f"MTA-STS: the DNS knows of no policy of {domain}; {still}")
        return Finding(known)
    if known and known.id == id:
        steps.append(f"MTA-STS: the id of {domain}'s policy has not changed; {still}")
        return Finding(known)
    try:
        policy = parse(fetch(domain), id, now)
    except NoPolicy as trouble:
        sentence, failure = trouble.args
        steps.append(f"MTA-STS: {domain} has a policy that cannot be had: {sentence}; {still}")
        return Finding(known, failure)
    kept[domain] = policy
    mx = f", mx {' '.join(policy.mx)}" if policy.mx else ""
    where = f"https://mta-sts.{domain}{POLICY}"
    steps.append(visible(f"MTA-STS: {where} says mode {policy.mode}{mx}, max_age {policy.max_age}"))
    return Finding(policy)


def fetch(domain: str, ask: Ask, net: Net, speaker: Host, certificates: Certificates) -> str:
    """Return the text of a domain's policy, as the host behind mta-sts.DOMAIN serves it. Raises NoPolicy."""
    from http.client import HTTPException, HTTPResponse  # few letters need a policy

    name = f"mta-sts.{domain}"
    addresses = [address for rdtype in ("A", "AAAA") for address in ask(name, rdtype).answers]
    if not addresses:
        raise NoPolicy(f"{name} has no address", "sts-policy-fetch-error")
    try:
        sock = net.connect(addresses[0], 443, source=speaker, timeout=TIMEOUT)
        with sock, certificates.client_context().wrap_socket(sock, server_hostname=name) as tls:
            # HTTP/1.0, so that the policy comes in one piece; a redirection is not followed (section 3.3).
            tls.sendall(f"GET {POLICY} HTTP/1.0\r\nHost: {name}\r\n\r\n".encode())
            response = HTTPResponse(tls)
            response.begin()
            media_type = (response.getheader("Content-Type") or "").partition(";")[0].strip().lower()
            content = response.read(SIZE_LIMIT + 1)
    except ssl.SSLCertVerificationError as error:
        sentence = f"the certificate of {name} does not hold: {error.verify_message}"
        raise NoPolicy(sentence, "sts-webpki-invalid") from None
    except (OSError, HTTPException, ValueError) as error:
        said = "it speaks no TLS" if isinstance(error, ssl.SSLError) else str(error)
        raise NoPolicy(f"{name} does not serve it ({said})", "sts-policy-fetch-error") from None
    if response.status != 200 or media_type != "text/plain" or len(content) > SIZE_LIMIT:
        answer = f"{response.status} with {len(content)} octets of {media_type}"
        raise NoPolicy(f"{name} answers {answer}", "sts-policy-fetch-error")
    return content.decode(errors="replace")
