"""Notebook 14, the real internet: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import ipaddress

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import dns.reversename

from helpers.answers import spf_terms


def confirmed(address, resolver):
    ip = ipaddress.ip_address(address)
    nothing = (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)
    try:
        names = [str(record.target) for record in resolver.resolve(ip.reverse_pointer, "PTR")]
    except nothing:
        return []
    good = []
    for name in names:
        try:
            answer = resolver.resolve(name, "A" if ip.version == 4 else "AAAA")
        except nothing:
            continue
        if any(ipaddress.ip_address(str(record)) == ip for record in answer):
            good.append(name.rstrip("."))
    return good


def confirmed_2(address: str, resolver: dns.resolver.Resolver) -> list[str]:
    def ask(name, kind):
        try:
            answer = resolver.resolve(name, kind, raise_on_no_answer=False)
        except dns.resolver.NXDOMAIN:
            return []
        return list(answer.rrset or [])

    me = ipaddress.ip_address(address)
    kind = {4: "A", 6: "AAAA"}[me.version]
    pointers = ask(dns.reversename.from_address(address), "PTR")
    return [
        p.target.to_text(omit_final_dot=True)
        for p in pointers
        if me in {ipaddress.ip_address(a.address) for a in ask(p.target, kind)}
    ]


def confirmed_3(address, resolver):
    result = []
    try:
        pointers = resolver.resolve_address(address)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return result
    for pointer in pointers:
        found = set()
        for kind in "A", "AAAA":
            try:
                for record in resolver.resolve(pointer.target, kind):
                    found.add(ipaddress.ip_address(record.to_text()).exploded)
            except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
                pass
        if ipaddress.ip_address(address).exploded in found:
            result += [pointer.target.to_text()]
    return result


def confirmed_4(address, resolver):
    """As a set, and with packed addresses."""

    def texts(name, kind):
        try:
            return {record.to_text() for record in resolver.resolve(name, kind)}
        except dns.resolver.NXDOMAIN:
            return set()
        except dns.resolver.NoAnswer:
            return set()

    packed = ipaddress.ip_address(address).packed
    kind = "AAAA" if len(packed) == 16 else "A"
    names = texts(dns.reversename.from_address(address), "PTR")
    return {name for name in names if packed in {ipaddress.ip_address(a).packed for a in texts(name, kind)}}


def confirmed_5(address, resolver):
    reverse, kind = dns.reversename.from_address(address), "A"
    if ":" in address:
        kind = "AAAA"
    names = []
    try:
        for pointer in resolver.resolve(reverse, dns.rdatatype.PTR):
            try:
                for record in resolver.resolve(pointer.target, kind):
                    if dns.reversename.from_address(record.address) == reverse:
                        names.append(str(pointer.target))
            except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
                continue
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return []
    return names


def spf_lookups(domain, look):
    from collections import deque

    todo, spent = deque([domain]), 0
    while todo:
        if spent > 10:
            break
        texts = look(todo.popleft(), "TXT")
        terms = [term for text in texts if text.lower().split(" ")[0] == "v=spf1" for term in spf_terms(text)]
        spent += len([1 for _, name, _ in terms if name in {"include", "a", "mx", "ptr", "exists", "redirect"}])
        todo.extend(value for _, name, value in terms if name in {"include", "redirect"})
    return spent


def spf_lookups_2(domain, look):
    def cost(domain, spent):
        records = [t for t in look(domain, "TXT") if (t + " ").lower().startswith("v=spf1 ")]
        for record in records:
            for _qualifier, name, value in spf_terms(record):
                match name:
                    case "include" | "redirect":
                        spent += 1
                        if spent > 10:
                            return spent
                        spent = cost(value, spent)
                    case "a" | "mx" | "ptr" | "exists":
                        spent += 1
        return spent

    return cost(domain, 0)


def spf_lookups_3(domain, look, depth=0):
    if depth > 10:
        return 1
    terms = []
    for text in look(domain, "TXT"):
        first, _, _ = text.partition(" ")
        if first.casefold() == "v=spf1":
            terms.extend(spf_terms(text))
    own = sum(name in {"include", "a", "mx", "ptr", "exists", "redirect"} for _, name, _ in terms)
    inner = [value for _, name, value in terms if name in {"include", "redirect"}]
    return own + sum(spf_lookups_3(value, look, depth + 1) for value in inner)


def spf_lookups_4(domain: str, look) -> int:
    import re

    total = 0

    def read(domain: str) -> None:
        nonlocal total
        for text in look(domain, "TXT"):
            if not re.match(r"(?i)v=spf1( |$)", text):
                continue
            for word in text.split()[1:]:
                match = re.match(r"(?i)[+~?-]?(include|redirect|a|mx|ptr|exists)(?=[:=/]|$)[:=]?(.*)", word)
                if match:
                    total += 1
                    if match[1].lower() in ("include", "redirect") and total <= 10:
                        read(match[2])

    read(domain)
    return total


def spf_lookups_5(domain, look):
    class Counter:
        """What has been spent so far."""

        spent = 0

        def read(self, domain):
            for text in look(domain, "TXT"):
                words = text.split()
                if words and words[0].upper() == "V=SPF1":
                    for _, name, value in spf_terms(text):
                        self.spend(name, value)

        def spend(self, name, value):
            if name not in ("include", "a", "mx", "ptr", "exists", "redirect"):
                return
            self.spent = self.spent + 1
            if name in ("include", "redirect") and self.spent < 11:
                self.read(value)

    counter = Counter()
    counter.read(domain)
    return counter.spent
