"""Reference answers of notebook 09, DKIM and DMARC. That of `dmarc_verdict` is the one by which the lab judges."""

import re

from helpers.mail.dmarc import organizational_domain
from helpers.mail.verdict import dmarc_verdict as dmarc_verdict

whose_results = 3

why_it_fails = "b"

honest_row = "203.0.113.78"


def txt_strings(text):
    pieces = [text[start : start + 255] for start in range(0, len(text), 255)]
    return " ".join(f'"{piece}"' for piece in pieces)


def relaxed_body(body):
    lines = [re.sub(rb"[ \t]+", b" ", line.rstrip(b" \t")) for line in body.split(b"\r\n")]
    while lines and not lines[-1]:
        lines.pop()
    return b"".join(line + b"\r\n" for line in lines)


def aligned(author, domain, mode, txt):
    author, domain = author.lower(), domain.lower()
    if author == domain or mode == "s":
        return author == domain
    return organizational_domain(author, txt) == organizational_domain(domain, txt)
