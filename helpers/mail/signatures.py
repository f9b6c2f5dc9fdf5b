"""DKIM: whoever signs a letter takes some responsibility for it, and what is signed can be shown unchanged (RFC 6376).

The arithmetic is dkimpy's. What is checked here besides is what dkimpy leaves out, and why a check failed.
"""

import base64
import hashlib
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import dkim

from helpers.lab import Lab, outgoing
from helpers.lab import fields as header
from helpers.lab.cast import Host
from helpers.mail.asking import LIFETIME, Asking, NoAnswer, NoSuchName, in_lab
from helpers.mail.dkim_key import Key
from helpers.mail.names import a_labels
from helpers.wire.faces import Face, signed, visible
from helpers.wire.listed import ListedFaces

RESULTS = {  # RFC 8601 section 2.7.1
    "pass": "the key fits, and what was signed is unchanged",
    "fail": "something that was signed has been changed, or the key is another one",
    "policy": "this host does not accept such a signature",
    "neutral": "the signature cannot be read",
    "temperror": "the key cannot be had at the moment: later it may",
    "permerror": "the signature cannot be checked, now or later",
}
LEAST_BITS = 1024  # of an RSA key (RFC 8301 section 3.2)
CORE = (b"to", b"cc", b"subject", b"reply-to")  # signed also where they are not there (section 5.4.1)
MOST_SIGNATURES = 20  # that are looked at: each costs work (RFC 6376 section 8.4)
BODY_DIFFERS = "body hash mismatch"  # how dkimpy says it
_TIME = "%Y-%m-%d %H:%M:%S"


@dataclass(frozen=True, repr=False)
class Signature(Face):
    """One DKIM-Signature field, checked.

    `result` is one of RESULTS and `reason` a sentence. The rest is what the signature says: `domain` (d=), `selector`
    (s=), `algorithm` (a=), `canonicalization` (c=), `identity` (i=), `signed` (h=, a tuple of field names), `time` (t=)
    and `expires` (x=) as datetimes, `length` (l=), each None or empty where it does not say. `beyond` counts the octets
    of the body that l= leaves unsigned. `body_fits` says whether the body has the hash in bh=, and `header_fits`
    whether b= fits the signed fields: None where it did not come to that.
    """

    result: str
    reason: str
    domain: str = ""
    selector: str = ""
    algorithm: str = ""
    canonicalization: str = "simple/simple"
    identity: str = ""
    signed: tuple[str, ...] = ()
    time: datetime | None = None
    expires: datetime | None = None
    length: int | None = None
    beyond: int = 0
    body_fits: bool | None = None
    header_fits: bool | None = None

    def _title(self) -> str:
        return "DKIM signature"

    def _rows(self) -> list[tuple[str, str]]:
        beyond = f"the first {self.length} octets of the body; {self.beyond} after them unsigned"
        rows = [
            ("Result", f"{signed(self.result)}: {RESULTS[self.result]}"),
            ("Reason", self.reason),
            ("Signer, d=", self.domain or "(not said)"),
            ("Key at", f"{self.selector}._domainkey.{self.domain}" if self.selector else "(not said)"),
            ("Algorithm, a=", self.algorithm or "(not said)"),
            ("Canonicalization, c=", self.canonicalization),
            ("Signed fields, h=", " ".join(self.signed) or "(none)"),
            ("On behalf of, i=", self.identity),
            ("Signed, t=", self.time and f"{self.time:{_TIME}} UTC"),
            ("Expires, x=", self.expires and f"{self.expires:{_TIME}} UTC"),
            ("Length, l=", "" if self.length is None else beyond),
        ]
        return [(name, visible(value)) for name, value in rows if value]


class Signatures(ListedFaces):
    """The signatures of a letter (a tuple of Signature), from the top."""

    _nothing = "This letter has no DKIM signature."
    _what, _instead = "DKIM signatures in this letter", "Was it signed on its way here?"


def sign_dkim(
    lab: Lab,
    letter,
    key: Key,
    domain: str,
    selector: str,
    fields=None,
    canonicalization: str = "relaxed/relaxed",
    length: bool = False,
    expires: int | None = None,
) -> bytes:
    """Return a letter (bytes) with a DKIM-Signature on top, as the author's provider does it last of all.

    Before that the letter gets what its header lacks, Date and Message-ID (RFC 6409 section 8): what came later would
    stand there unsigned. Takes the lab, whose time is written as t=, the letter (EmailMessage, str, or bytes with
    CR LF), a Key, d= and s=. `fields` are the names to sign: by default the usual ones that are there, From once more,
    and those of CORE that are not there, so that none can be added (RFC 6376 section 5.4). `length` writes l=,
    `expires` x=, in seconds from now. Raises BadLetter for what is no letter, and dkimpy's DKIMException for what
    cannot be signed.
    """
    content = outgoing.octets(letter)
    number = hashlib.sha256(content).hexdigest()[:8]
    content = outgoing.completed(content, Host(domain, (), "its author's provider"), number, lab.clock.now())
    signer = _Signer(content)
    signer.expires = None if expires is None else int(lab.clock.timestamp()) + expires
    names = [name.encode() for name in fields] if fields else signer.usual()
    rules = {"canonicalize": tuple(canonicalization.encode().split(b"/")), "include_headers": names, "length": length}
    with in_lab(Asking(lab, "laptop.learner.test")):
        return signer.sign(selector.encode(), domain.encode(), key.private, key.algorithm.encode(), **rules) + content


def verify_dkim(lab: Lab, content: bytes, host: str = "mx1.outlook.test") -> Signatures:
    """Check each DKIM-Signature of a letter (its octets) as a host does. Returns Signatures, from the top, or empty."""
    asking = Asking(lab, host)
    try:
        verifier = _Verifier(content, timeout=LIFETIME)
    except (dkim.DKIMException, IndexError):
        lines = re.sub(rb"\r?\n", b"\r\n", content + b"\n")
        there = header.fields(header.split(lines)[0], "DKIM-Signature")[:MOST_SIGNATURES]
        return Signatures([Signature("neutral", "this header cannot be read: a line of it is no field") for _ in there])
    count = sum(name.lower() == b"dkim-signature" for name, _ in verifier.headers)
    with in_lab(asking):
        return Signatures(_check(verifier, index, asking) for index in range(min(count, MOST_SIGNATURES + 1)))


class Unusable(Exception):
    """A signature that comes to nothing before its arithmetic. Takes the result and the reason."""


def _check(verifier: "_Verifier", index: int, asking: Asking) -> Signature:
    if index == MOST_SIGNATURES:
        return Signature("neutral", "not looked at, like all that follow it: each costs work")
    try:
        tags = verifier.tags(index)
    except dkim.DKIMException as error:
        return Signature("neutral", f"the field cannot be read: {visible(str(error))}")
    said = _said(tags)
    try:
        _examine(tags, asking)
        intact = verifier.verify(index, dnsfunc=lambda name, timeout: _key(asking, name, tags))
        said = replace(said, beyond=verifier.beyond(tags), body_fits=True, header_fits=bool(intact))
        if not intact:
            raise Unusable("fail", "the signature does not fit the header: a signed field or the key is another one")
    except Unusable as problem:
        result, reason = problem.args
        return replace(said, result=result, reason=reason)
    except NoAnswer as error:
        return replace(said, result="temperror", reason=str(error))
    except dkim.KeyFormatError as error:
        return replace(said, result="permerror", reason=f"the key cannot be used: {visible(str(error))}")
    except dkim.ValidationError as error:
        if str(error).startswith(BODY_DIFFERS):
            said = replace(said, body_fits=False, header_fits=verifier.header_fits)
            return replace(said, result="fail", reason="the body is another one: its hash is not the one in bh=")
        return replace(said, result="neutral", reason=visible(str(error)))
    except (dkim.DKIMException, ValueError, AssertionError) as error:
        return replace(said, result="neutral", reason=f"the signature cannot be read: {visible(str(error))}")
    return said


def _said(tags: dict[bytes, bytes]) -> Signature:
    """What the signature says, as a Signature that passes."""
    text = {name.decode("ascii", "replace"): value.decode("utf-8", "replace") for name, value in tags.items()}
    numbers = {name: int(text[name]) for name in "txl" if re.fullmatch("[0-9]{1,12}", text.get(name, ""), re.ASCII)}
    return Signature(
        result="pass",
        reason="the body's hash and the signature fit",
        domain=text.get("d", "").lower(),
        selector=text.get("s", ""),
        algorithm=text.get("a", ""),
        canonicalization=text.get("c", "simple/simple"),
        identity=text.get("i", ""),
        signed=tuple(re.split(r"\s*:\s*", text["h"].strip())) if text.get("h") else (),
        time=_moment(numbers.get("t")),
        expires=_moment(numbers.get("x")),
        length=numbers.get("l"),
    )


def _moment(seconds: int | None) -> datetime | None:
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
    except (ValueError, OverflowError, OSError):  # a year that no calendar has
        return None


def _examine(tags: dict[bytes, bytes], asking: Asking) -> None:
    """Raise Unusable for a signature that RFC 6376 section 6.1.1 or RFC 8301 lets nobody accept."""
    dkim.validate_signature_fields({name: value for name, value in tags.items() if name != b"x"})
    if b"from" not in _listed(tags[b"h"].lower()):
        raise Unusable("permerror", "From is not among the signed fields")
    if tags[b"a"] == b"rsa-sha1":
        raise Unusable("policy", "rsa-sha1 is too weak to be accepted (RFC 8301)")
    if b"x" in tags:
        if not re.fullmatch(rb"[0-9]{1,12}", tags[b"x"]):
            raise Unusable("neutral", "x= is not a number of seconds")
        if int(tags[b"x"]) < asking.clock.timestamp():
            raise Unusable("policy", "the signature has expired")


def _key(asking: Asking, name: bytes, tags: dict[bytes, bytes]) -> bytes:
    """Return the text of the key record. Raises Unusable where it is none for this signature (section 6.1.2)."""
    name = name.decode("utf-8", "replace").rstrip(".")
    try:
        texts = asking.texts(name)
    except NoSuchName:
        texts = []
    if not texts:
        raise Unusable("permerror", f"there is no key at {name}")
    try:
        record = dkim.parse_tag_value(texts[0].encode())
    except dkim.InvalidTagValueList:
        raise Unusable("permerror", f"what stands at {name} is no key record") from None
    if record.get(b"p") == b"":
        raise Unusable("permerror", "the key has been revoked: its record has an empty p=")
    try:
        base64.b64decode(b"".join(record.get(b"p", b"").split()), validate=True)
    except ValueError:
        raise Unusable("permerror", "the key cannot be used: its p= is not base64") from None
    if b"h" in record and b"sha256" not in _listed(record[b"h"]):
        raise Unusable("permerror", "the key record's h= does not list sha256, with which this is signed")
    if not {b"*", b"email"}.intersection(_listed(record.get(b"s", b"*"))):
        raise Unusable("permerror", "the key is not for email: its record's s= lists other services")
    kind, wanted = record.get(b"k", b"rsa"), tags[b"a"].partition(b"-")[0]
    if kind != wanted:
        raise Unusable("permerror", f"the key is of kind {visible(kind)}, and the signature says {visible(wanted)}")
    if b"s" in _listed(record.get(b"t", b"")) and tags.get(b"i", tags[b"d"]).rpartition(b"@")[2] != tags[b"d"]:
        raise Unusable("permerror", "the key record says t=s, and the domain of i= is not that of d=")
    # dkimpy knows no s= with several services.
    return b"; ".join(tag + b"=" + value for tag, value in record.items() if tag != b"s")


def _listed(value: bytes) -> list[bytes]:
    return [one.strip() for one in value.split(b":")]


class _Verifier(dkim.DKIM):
    """dkimpy's check, without its silence about why a key cannot be used, and about the header of another body."""

    header_fits: bool | None = None

    def tags(self, index: int) -> dict[bytes, bytes]:
        fields = [value for name, value in self.headers if name.lower() == b"dkim-signature"]
        try:
            tags = dkim.parse_tag_value(fields[index])
        except dkim.InvalidTagValueList as error:
            raise dkim.MessageFormatError(f"{type(error).__name__} {error}") from None
        for tag in {b"d", b"i", b"s"}.intersection(tags):  # their domains in one form
            local, at, domain = tags[tag].decode("utf-8", "surrogateescape").rpartition("@")
            tags[tag] = f"{local}{at}{a_labels(domain)}".encode("utf-8", "surrogateescape")
        return tags

    def verify_headerprep(self, idx=0):
        tags = self.tags(idx)
        dkim.validate_signature_fields(tags)
        names = [name.lower() for name in re.split(rb"\s*:\s*", tags[b"h"])]
        return tags, names, [one for one in self.headers if one[0].lower() == b"dkim-signature"]

    def verify_sig(self, sig, include_headers, sig_header, dnsfunc):
        name = sig[b"s"] + b"._domainkey." + sig[b"d"] + b"."
        self.pk, self.keysize, self.ktag, self.seqtlsrpt = dkim.load_pk_from_dns(name, dnsfunc, self.timeout)
        if self.ktag == b"rsa" and self.keysize < LEAST_BITS:
            short = f"an RSA key of less than {LEAST_BITS} bits is too short to be accepted (RFC 8301)"
            raise Unusable("policy", short)
        try:
            return self.verify_sig_process(sig, [*include_headers], sig_header, dnsfunc)
        except dkim.ValidationError as error:
            if str(error).startswith(BODY_DIFFERS):  # and here dkimpy stops; without a bh it looks at the header alone
                rest = {name: value for name, value in sig.items() if name != b"bh"}
                self.header_fits = bool(self.verify_sig_process(rest, include_headers, sig_header, dnsfunc))
            raise

    def beyond(self, tags: dict[bytes, bytes]) -> int:
        """How many octets of the body, as it was canonicalized, l= does not cover."""
        if b"l" not in tags:
            return 0
        rules = dkim.CanonicalizationPolicy.from_c_value(tags.get(b"c", b"simple/simple"))
        return max(0, len(rules.canonicalize_body(self.body)) - int(tags[b"l"]))


class _Signer(dkim.DKIM):
    """dkimpy's signing, which knows no x=, and no field that is signed because it is not there."""

    expires: int | None = None

    def usual(self) -> list[bytes]:
        """The fields to sign: dkimpy's, which end in From once more, and those of CORE that are not there."""
        there = [name.lower() for name in self.default_sign_headers()]
        return [*there, *(name for name in CORE if name not in there)]

    def gen_header(self, fields, *rest, **more):
        if self.expires is not None:
            at = [name for name, _ in fields].index(b"t") + 1
            fields[at:at] = [(b"x", str(self.expires).encode())]
        return super().gen_header(fields, *rest, **more)
