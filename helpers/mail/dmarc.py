"""DMARC's records: where the one stands that applies to a domain, what it asks for, and who is aligned with whom.

Section numbers are those of RFC 9989. What the DNS says comes from a function `txt(name)`: the TXT records at a name, a
list of str; an empty one where there are none, None where the name does not exist (NXDOMAIN). It raises TimeoutError
where the DNS gives no answer.
"""

from collections.abc import Callable
from dataclasses import dataclass

from helpers.mail.names import a_labels
from helpers.wire.faces import visible

POLICIES = ("none", "quarantine", "reject")  # from the mildest on
VALUES = {"adkim": "rs", "aspf": "rs", "t": "ny", "psd": "uny"}  # what each may be, the default first (section 4.7)
MOST_LABELS = 7  # that a name has after the first question of a walk (section 4.10 step 4)

Txt = Callable[[str], list[str] | None]


@dataclass(frozen=True, repr=False)
class Record:
    """A DMARC record (section 4.7): its tags, each with its default where it is missing or wrong.

    `p`, `sp` and `np` are policies or None, `rua` a tuple of addresses (URIs), `text` is the whole.
    """

    text: str
    tags: dict[str, str]

    @classmethod
    def parse(cls, text: str) -> "Record | None":
        """Return the Record of a TXT record, or None where it is none: v=DMARC1 has to come first, in capitals."""
        pairs = [pair.partition("=") for pair in text.split(";")]
        tags: dict[str, str] = {}
        for name, _, value in pairs:  # unknown tags, and what is no tag, are ignored (section 4.8)
            tags.setdefault(name.strip(" \t").lower(), value.strip(" \t"))
        first = pairs[0][0].strip(" \t").lower()
        return cls(text, tags) if first == "v" and tags["v"] == "DMARC1" else None

    def _policy(self, tag: str) -> str | None:
        value = self.tags.get(tag, "").lower()
        return value if value in POLICIES else None

    def _choice(self, tag: str) -> str:
        value = self.tags.get(tag, "").lower()
        return value if value and value in VALUES[tag] else VALUES[tag][0]

    p = property(lambda self: self._policy("p"))
    sp = property(lambda self: self._policy("sp"))
    np = property(lambda self: self._policy("np"))
    adkim = property(lambda self: self._choice("adkim"))
    aspf = property(lambda self: self._choice("aspf"))
    t = property(lambda self: self._choice("t"))
    psd = property(lambda self: self._choice("psd"))
    rua = property(lambda self: _addresses(self.tags.get("rua", "")))

    @property
    def valid(self) -> bool:
        """Whether p= is a policy, and so are sp= and np= where they are there (section 4.10.1)."""
        return self.p is not None and all(self._policy(tag) for tag in ("sp", "np") if tag in self.tags)

    def policy_for(self, subdomain: bool, exists: bool = True) -> str:
        """Return the policy for the record's own domain, or for a subdomain, which exists in the DNS or does not.

        t=y asks for one step less than would be asked for without it (section 4.7).
        """
        asked = self.without_test(subdomain, exists)
        return POLICIES[max(0, POLICIES.index(asked) - 1)] if self.t == "y" else asked

    def without_test(self, subdomain: bool, exists: bool = True) -> str:
        """Return what would be asked for without t=y. A record with a bad policy counts as p=none (section 4.10.1)."""
        asked = (subdomain and not exists and self.np) or (subdomain and self.sp) or self.p
        return asked if self.valid else "none"

    def __repr__(self) -> str:
        return f"DMARC record: {visible(self.text)}"


def _addresses(text: str) -> tuple[str, ...]:
    """The URIs of a list; a size limit such as !10m is of an older DMARC and ignored (section 4.8)."""
    uris = (uri.strip(" \t").partition("!")[0] for uri in text.split(","))
    return tuple(uri for uri in uris if uri.lower().startswith("mailto:") and "@" in uri)


def names_to_ask(domain: str) -> list[str]:
    """Return the domains that a walk asks at, from the domain itself to its last label, at most 8 (section 4.10)."""
    shorter = domain.split(".")[1:][-MOST_LABELS:]
    return [domain, *(".".join(shorter[start:]) for start in range(len(shorter)))]


def record_at(domain: str, txt: Txt) -> Record | None:
    """Return the Record of a domain itself; None where there is none, or several (section 4.10 step 2)."""
    records = [record for record in map(Record.parse, txt(f"_dmarc.{domain}") or []) if record]
    return records[0] if len(records) == 1 else None


def tree_walk(domain: str, txt: Txt) -> dict[str, Record]:
    """Return the records from a domain up to a psd=y or psd=n: domain -> Record, the longest first (section 4.10)."""
    found = {}
    for name in names_to_ask(domain):
        if record := record_at(name, txt):
            found[name] = record
            if record.psd in "yn":
                break
    return found


def organizational_domain(domain: str, txt: Txt) -> str:
    """Return the top domain under the same administration, as far as the records tell (section 4.10.2)."""
    return _organizational(domain, tree_walk(domain, txt))


def _organizational(domain: str, found: dict[str, Record]) -> str:
    for name, record in found.items():
        if record.psd == "n":
            return name
        if record.psd == "y" and name != domain:  # a public suffix: the domain that was registered is the one below
            labels = len(name.split("."))
            return ".".join(domain.split(".")[-labels - 1 :])
    return list(found)[-1] if found else domain


def policy_record(domain: str, txt: Txt) -> tuple[str, Record] | None:
    """Return the domain whose record applies, and the Record; None where there is none (section 4.10.1).

    It is that of the domain itself, else that of its organizational domain, else that of the public suffix above it.
    """
    if own := record_at(domain, txt):
        return domain, own
    found = tree_walk(domain, txt)
    suffixes = [name for name, record in found.items() if record.psd == "y"]
    for name in (_organizational(domain, found), *suffixes):
        if name in found:
            return name, found[name]
    return None


def aligned(author: str, domain: str, mode: str, txt: Txt) -> bool:
    """Return whether a domain is aligned with that of From:: the same ("s", strict), or of the same organizational
    domain ("r", relaxed). Case does not matter, nor whether a label is a U-label or an A-label (section 4.4).
    """
    author, domain = a_labels(author), a_labels(domain)
    return author == domain or mode != "s" and organizational_domain(author, txt) == organizational_domain(domain, txt)
