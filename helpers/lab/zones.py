"""Zone files (RFC 1035 section 5), read with dnspython. What is wrong with one is said in a sentence, with its line.

What is unwise and allowed is taken as it stands: a name without its final dot, an MX that names an address, a text that
an unquoted semicolon cuts off. A name server would take them too.
"""

import re
from functools import cache
from pathlib import Path
from textwrap import shorten

import dns.exception
import dns.name
import dns.rdataclass
import dns.rdatatype
import dns.tokenizer
import dns.zone
import dns.zonefile

from helpers.lab.delegation import filled
from helpers.lab.errors import ZoneError
from helpers.lab.routes import is_address

FOLDER = Path(__file__).parent / "zones"

EXAMPLES = {
    "A": "www A 192.0.2.25",
    "AAAA": "www AAAA 2001:db8::25",
    "CNAME": "www CNAME mail.learner.test.",
    "MX": "@ MX 10 mail.learner.test.",
    "NS": "@ NS ns.learner.test.",
    "PTR": "25 PTR mail.learner.test.",
    "SOA": "@ SOA ns.learner.test. postmaster.learner.test. 1 7200 900 1209600 60",
    "TXT": '@ TXT "v=spf1 mx -all" (in strings of at most 255 octets)',
}

_FIRST_ORIGIN = re.compile(r"^\$ORIGIN[ \t]+([^\s;]+)", re.IGNORECASE | re.MULTILINE)
_OWNER_OF_SOA = re.compile(r"^([^\s;@$]\S*\.)[ \t]+(?:\S+[ \t]+){0,2}SOA\s", re.IGNORECASE | re.MULTILINE)
_WHERE = re.compile(r"^(<string>:\d+: )?(caught exception <class '[^']+'>: )?")  # how dnspython begins what it says


@cache
def of_the_cast(origin: str) -> dns.zone.Zone:
    """Return the zone that the lab starts with, by its origin ("outlook.test."). It is shared: never change it."""
    return parse(source(origin))


def source(origin: str) -> str:
    """Return the text of the zone that the lab starts with. Takes its origin ("outlook.test.")."""
    return filled((FOLDER / f"{origin.rstrip('.') or 'root'}.zone").read_text(encoding="utf-8"))


def parse(text: str) -> dns.zone.Zone:
    """Return the zone that a zone file describes, its names absolute.

    Which zone it is says its first $ORIGIN, or the owner of its SOA record where that is written out. Raises ZoneError.
    """
    if not isinstance(text, str):
        given = "still `...`" if text is ... else repr(text)[:60]
        raise ZoneError(f"A zone is published as text, and this is {given}.")
    text = re.sub("\r\n?", "\n", text)
    zone = dns.zone.Zone(_origin(text), relativize=False)
    records = _Records(text)
    try:
        with zone.writer(replacement=True) as transaction:
            transaction.check_put_rdataset(_check)
            reader = dns.zonefile.Reader(records, dns.rdataclass.IN, transaction, allow_directives=("$ORIGIN", "$TTL"))
            reader.zone_origin = dns.name.root  # else it would skip what is outside the zone without a word
            reader.read()
    except (KeyError, dns.exception.DNSException, ValueError) as error:
        raise _error(records.line, _explained(error, reader, records, text)) from None
    for rdtype in (dns.rdatatype.SOA, dns.rdatatype.NS):
        if zone.get_rdataset(zone.origin, rdtype) is None:
            kind = rdtype.name
            raise ZoneError(
                f"The zone {zone.origin} has no {kind} record for {zone.origin} itself, and every zone needs one. "
                f"Add a line such as: {EXAMPLES[kind]}"
            )
    return zone


class _Records(dns.tokenizer.Tokenizer):
    """The tokens of a zone file, and in `line` where the record that is being read begins."""

    line = 1
    _at_start = True

    def get(self, want_leading: bool = False, want_comment: bool = False) -> dns.tokenizer.Token:
        if self._at_start and self.ungotten_token is None:
            self.line = self.line_number
        token = super().get(want_leading, want_comment)
        self._at_start = token.is_eol()
        return token


def _origin(text: str) -> dns.name.Name:
    found = _OWNER_OF_SOA.search(text) or _FIRST_ORIGIN.search(text)
    if found is None:
        raise ZoneError(
            f"{_odd_directive(text)}The text does not say which zone it is of. Begin it, at the left edge, with a line "
            "such as: $ORIGIN learner.test."
        )
    line = text.count("\n", 0, found.start()) + 1
    if not found[1].endswith("."):
        raise _error(line, f"$ORIGIN takes a whole name, with its final dot: $ORIGIN {found[1]}.")
    try:
        return dns.name.from_text(found[1])
    except dns.exception.DNSException as error:
        raise _error(line, f"{found[1]} is not a name. {error}") from None


def _odd_directive(text: str) -> str:
    """Name a first directive that is none, such as $ORIGN; empty where there is none."""
    for number, line in enumerate(text.split("\n"), 1):
        word = line.split(None, 1)[0] if line.startswith("$") else ""
        if word and word.upper() not in ("$ORIGIN", "$TTL"):
            near = {"O": "Did you mean $ORIGIN? ", "T": "Did you mean $TTL? "}.get(word[1:2].upper(), "")
            return f"Line {number} of the zone: there is no {word}. {near}"
    return ""


def _check(transaction, name, rdataset) -> None:
    """Refuse what dnspython would take: a second CNAME or SOA instead of the first, a type that only questions have."""
    kind = rdataset.rdtype
    if dns.rdatatype.is_metatype(kind):
        raise ZoneError(f"{kind.name} is a type of question, not of record")
    if kind == dns.rdatatype.DNAME:
        raise ZoneError(f"{name} has a DNAME, which no name server of the lab can follow (RFC 6672); a CNAME it can")
    if dns.rdatatype.is_singleton(kind):
        there = transaction.get(name, kind)
        if there is not None and there != rdataset:
            raise ZoneError(f"{name} has two different {kind.name} records, and a name can have only one")


def _explained(error: Exception, reader: dns.zonefile.Reader, records: _Records, text: str) -> str:
    """What is wrong with the record that is being read, as far as a sentence can tell."""
    if isinstance(error, ZoneError):
        return str(error)
    if isinstance(error, KeyError):
        origin = _origin(text)
        return f"{reader.last_name} is outside the zone {origin}; a zone holds only names that end in {origin}"
    if isinstance(error, dns.zonefile.CNAMEAndOtherData):
        alone = "a name with a CNAME can have nothing else (RFC 1034 section 3.6.2)"
        return f"{reader.last_name} has a CNAME and other records; {alone}"
    detail = _WHERE.sub("", str(error))
    line = text.split("\n")[records.line - 1]
    if "\xa0" in re.sub('"[^"]*"', "", line):
        return "a no-break space (U+00A0) stands in it, as word processors and web pages have them; write a plain one"
    if records.quoting and detail.startswith(("newline", "Text input ended")):
        return 'a quotation mark " is opened and not closed again on the same line'
    if detail == "unbalanced parentheses" or (records.multiline and detail.startswith("expected EOL")):
        return "a bracket ( is opened and not closed again, or not closed soon enough"
    if detail.startswith("unknown rdatatype"):
        word = detail.split()[-1].strip("'")
        if (first := re.split(r"\s", line)[0]) in EXAMPLES:
            return f"the line begins with {first}, which is taken for a name. Put a name, @ or a space before it"
        if re.fullmatch(r"-?\d+", word):
            return f"{word} stands where the type should. A TTL comes once, and is a number from 0 to 2147483647"
        if is_address(word):
            kind = "AAAA" if ":" in word else "A"
            return f"the type is missing before {word}. A line with {kind} looks like this: {EXAMPLES[kind]}"
        return (
            f"there is no record type {detail.split()[-1]}. After the name come the TTL and the class IN, which may be "
            f"left out, and then the type: {', '.join(EXAMPLES)}"
        )
    if detail == "Missing default TTL value":
        return "nothing says how long this record may be kept. Put a line such as $TTL 3600 above it"
    if "non-origin SOA" in detail:
        return f"the SOA record stands at another name than the zone's, which is {_origin(text)}"
    words = line.upper().split()[0 if line[:1].isspace() else 1 :]
    questions = ("ANY", "AXFR", "IXFR", "OPT")
    kind = next((word for word in words if word in EXAMPLES or word in questions), None) if line[:1] != "$" else None
    if kind in questions:
        return f"{kind} is a type of question, not of record"
    if kind == "A" and ":" in words[-1] and is_address(words[-1]):
        return f"{words[-1].lower()} is an IPv6 address, and its type is AAAA, not A"
    example = f". A line with {kind} looks like this: {EXAMPLES[kind]}" if kind else ""
    return f"this cannot be read: {shorten(line, 60)} ({detail.rstrip('.')}){example}"


def _error(line: int, sentence: str) -> ZoneError:
    return ZoneError(f"Line {line} of the zone: {sentence}", line)
