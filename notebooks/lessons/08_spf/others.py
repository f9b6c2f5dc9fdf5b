"""Notebook 08, SPF: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import re
from ipaddress import ip_address, ip_interface

from helpers import answers as course
from helpers.answers import spf_terms


def matches(address, name, value, domain, look):
    if name == "all":
        return True
    client = ip_address(address)
    if name[:2] == "ip":
        return client in ip_interface(value).network
    host, four, six = re.fullmatch("([^/]*)(?:/([0-9]+))?(?://([0-9]+))?", value).groups()
    names = [m.split()[-1].rstrip(".") for m in look(host or domain, "MX")] if name == "mx" else [host or domain]
    kind, bits = {4: ("A", four), 6: ("AAAA", six)}[client.version]
    for one in names:
        for found in look(one, kind):
            if client in ip_interface(found + (f"/{bits}" if bits else "")).network:
                return True
    return False


def spf_result(address, domain, look, count=None):
    words = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
    count = [0] if count is None else count
    try:
        found = [t for t in look(domain, "TXT") if t == "v=spf1" or t.startswith("v=spf1 ")]
        if len(found) != 1:
            return "permerror" if found else "none"
        redirect = None
        terms = spf_terms(found[0])
        for q, name, value in terms:
            if q == "" and name == "redirect":
                redirect = value
            if q and name not in {"all", "ip4", "ip6", "a", "mx", "include", "exists", "ptr"}:
                return "permerror"
        for q, name, value in terms:
            if q == "":
                continue
            if name in {"a", "mx", "include"}:
                count[0] += 1
                if count[0] > 10:
                    return "permerror"
            if name == "include":
                inner = spf_result(address, value, look, count)
                if inner in ("none", "permerror"):
                    return "permerror"
                if inner == "temperror":
                    return inner
                if inner == "pass":
                    return words[q]
            elif course.matches(address, name, value, domain, look):
                return words[q]
        if redirect is None:
            return "neutral"
        count[0] += 1
        if count[0] > 10:
            return "permerror"
        final = spf_result(address, redirect, look, count)
        return "permerror" if final == "none" else final
    except TimeoutError:
        return "temperror"
    except ValueError:
        return "permerror"


def spf_reply(result):
    if result == "fail":
        return "550 5.7.23 SPF says no"
    if result == "permerror":
        return "550 5.7.24 SPF is broken"
    if result == "temperror":
        return "451 4.7.24 Later"
