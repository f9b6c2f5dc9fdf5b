"""One form for a domain name that can be written in several, so that names are compared and looked up as one."""

import re
from contextlib import suppress

from dns.exception import DNSException
from dns.name import IDNA_2003, IDNA_2008_Practical


def a_labels(domain: str) -> str:
    """Return a domain in lower case, as A-labels (RFC 5890 section 2.3.2.1), without a final dot.

    A label that neither IDNA 2008 nor IDNA 2003, which has pictures too, can write so stays as it is.
    """
    labels = re.split("[.\u3002\uff0e\uff61]", domain.lower())
    for number, label in enumerate(labels):
        for rules in (IDNA_2003, IDNA_2008_Practical):  # the last one that can
            with suppress(DNSException, UnicodeError):
                labels[number] = rules.encode(label).decode() if not label.isascii() and len(label) < 64 else label
    return ".".join(labels).removesuffix(".")
