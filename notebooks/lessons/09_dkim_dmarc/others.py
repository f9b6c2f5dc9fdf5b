"""Notebook 09, DKIM and DMARC: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import re

from helpers.mail import aligned as is_aligned
from helpers.mail import organizational_domain, policy_record


def txt_strings(text):
    strings = []
    while text:
        strings.append('"%s"' % text[:200])
        text = text[200:]
    return " ".join(strings)


def relaxed_body(body):
    body = re.sub(rb"[ \t]+", b" ", body)
    body = re.sub(rb" (?=\r\n|\Z)", b"", body)
    while body.endswith(b"\r\n"):
        body = body[:-2]
    return body + b"\r\n" if body else b""


def walk_names(domain):
    yield domain
    rest = domain.partition(".")[2]
    while rest.count(".") > 6:
        rest = rest.partition(".")[2]
    while rest:
        yield rest
        rest = rest.partition(".")[2]


def aligned(author, domain, mode, txt):
    same = author.casefold() == domain.casefold()
    if mode == "s":
        return same
    return same or organizational_domain(author.lower(), txt) == organizational_domain(domain.lower(), txt)


def dmarc_verdict(author, spf, dkim, txt):
    try:
        found = policy_record(author, txt)
        if not found:
            return "none", None
        where, record = found
        if not record.valid and not record.rua:
            return "permerror", None
        policy = record.policy_for(where != author, where == author or not record.np or txt(author) is not None)
    except TimeoutError:
        return "temperror", None

    def says(result, domain, mode):
        if result not in ("pass", "temperror"):
            return "fail"
        try:
            return result if is_aligned(author, domain, mode, txt) else "fail"
        except TimeoutError:
            return "temperror"

    said = {says(*spf, record.aspf)} | {says(*one, record.adkim) for one in dkim}
    if "pass" in said:
        return "pass", policy
    return ("temperror", None) if "temperror" in said else ("fail", policy)
