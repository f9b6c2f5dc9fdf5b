"""Mail addresses as the envelope writes them: local part, @, domain (RFC 5321 section 4.1.2).

Characters beyond ASCII may stand in both parts (RFC 6531 section 3.3); a conversation allows them or not.
"""

import ipaddress
import re
from dataclasses import dataclass
from functools import cache

from helpers.lab.errors import LabError

# Each set of characters is named by what is not in it: `re` compiles that ten times as fast as what is in it, up to
# U+10FFFF. In none are the C1 controls and the surrogates.
NONE = r"\x7f-\x9f\ud800-\udfff"
ATOM = rf'[^\x00- "(),.:;<>@\[-\]{NONE}]+'
QUOTED = rf'"(?:[^\x00-\x1f"\\{NONE}]|\\[ -~])*"'
EDGE, INNER = rf"[^\x00-/:-@\[-`{{-~{NONE}]", rf"[^\x00-,./:-@\[-`{{-~{NONE}]"
LABEL = rf"{EDGE}(?:{INNER}{{0,61}}{EDGE})?"
DOMAIN = rf"{LABEL}(?:\.{LABEL})*"
LITERAL = r"\[[A-Za-z0-9:.]+\]"  # an address in the place of a domain (section 4.1.3)
LOCAL_PART = rf"{ATOM}(?:\.{ATOM})*|{QUOTED}"
MAILBOX = rf"(?:{LOCAL_PART})@(?:{DOMAIN}|{LITERAL})"


class BadAddress(LabError, ValueError):
    """A text that is not the address of a mailbox."""


@dataclass(frozen=True)
class Address:
    """An address taken apart: `local` without quoting, `domain` in lower case (or a literal, "[203.0.113.25]").

    `text` is the address as it was written.
    """

    text: str
    local: str
    domain: str

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Take an address apart. Raises BadAddress where it is none, with what is missing."""
        match = _parts().fullmatch(text) if isinstance(text, str) else None
        if not match:
            wanted = "a local part, one @ and a domain, as in ada@gmail.test"
            raise BadAddress(f"{text!r} is not the address of a mailbox: that has {wanted}.")
        local, domain = match.groups()
        if len(local.encode()) > 64 or len(domain.encode()) > 255:  # section 4.5.3.1.1 and .2
            raise BadAddress(f"{text!r} is too long: a local part has at most 64 octets, a domain at most 255.")
        if domain.startswith("["):
            domain = _literal(text, domain)
        if local.startswith('"'):
            local = re.sub(r"\\(.)", r"\1", local[1:-1])
        return cls(text, local, domain.lower())

    @property
    def literal(self) -> str | None:
        """The IP address (str) where one stands in the place of the domain, else None."""
        return self.domain[1:-1].removeprefix("ipv6:") if self.domain.startswith("[") else None

    @property
    def key(self) -> tuple[str, str]:
        """What two spellings of one mailbox have in common.

        Only the host that owns a mailbox may say whether the case of its local part matters (RFC 5321 section 2.4). The
        lab's hosts say that it does not, like most. The case of a domain never does.
        """
        return self.local.lower(), self.domain


def literal(address: str) -> str:
    """Return an IP address as a literal: [203.0.113.25], [IPv6:2001:db8::25] (RFC 5321 section 4.1.3)."""
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


@cache
def _parts() -> re.Pattern[str]:
    return re.compile(rf"({LOCAL_PART})@({DOMAIN}|{LITERAL})")


def _literal(text: str, domain: str) -> str:
    """The literal in its one usual form; raises BadAddress where there is no IP address in it."""
    inside = domain[1:-1].lower()
    try:
        kind = ipaddress.IPv6Address if inside.startswith("ipv6:") else ipaddress.IPv4Address
        return literal(str(kind(inside.removeprefix("ipv6:"))))
    except ValueError:
        raise BadAddress(f"{text!r} has no IP address in its brackets, as in [203.0.113.25].") from None
