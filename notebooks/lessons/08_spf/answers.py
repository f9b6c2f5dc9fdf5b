"""Reference answers of notebook 08, SPF."""

import ipaddress

from helpers.answers import spf_terms

guilty_address = "203.0.113.77"

mended_record = (
    "v=spf1 ip4:203.0.113.95 include:a.eleven.test include:b.eleven.test include:c.eleven.test "
    "include:d.eleven.test include:e.eleven.test include:f.eleven.test include:g.eleven.test "
    "include:h.eleven.test include:i.eleven.test include:j.eleven.test -all"
)


def matches(address, name, value, domain, look):
    client = ipaddress.ip_address(address)
    rest, _, ipv6_length = value.partition("//")
    target, _, ipv4_length = rest.partition("/")
    rdtype, length = ("A", ipv4_length or "32") if client.version == 4 else ("AAAA", ipv6_length or "128")
    if name == "all":
        return True
    if name in ("ip4", "ip6"):
        return client in ipaddress.ip_network(value, strict=False)
    hosts = [target or domain]
    if name == "mx":
        hosts = [record.split()[1] for record in look(target or domain, "MX")]
        if len(hosts) > 10:
            raise ValueError("an mx with more than ten hosts")
    blocks = [f"{found}/{length}" for host in hosts for found in look(host, rdtype)]
    return any(client in ipaddress.ip_network(block, strict=False) for block in blocks)


def spf_result(address, domain, look):
    spent = []

    def spend():
        spent.append(1)
        if len(spent) > 10:
            raise ValueError("more than ten look-ups")

    def evaluate(domain):
        words = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
        records = [text for text in look(domain, "TXT") if text.split(" ")[0].lower() == "v=spf1"]
        if not records:
            return "none"
        terms = spf_terms(records[0])
        mechanisms = [term for term in terms if term[0]]
        known = ("all", "ip4", "ip6", "a", "mx", "include")
        if len(records) > 1 or any(name not in known for _, name, _ in mechanisms):
            raise ValueError("no record that can be used")
        for qualifier, name, value in mechanisms + [term for term in terms if term[1] == "redirect"]:
            if name in ("a", "mx", "include", "redirect"):
                spend()
            if name in ("include", "redirect"):
                inner = evaluate(value)
                if inner == "none":
                    raise ValueError(f"{value} has no record")
                if name == "redirect":
                    return inner
                matched = inner == "pass"
            else:
                matched = matches(address, name, value, domain, look)
            if matched:
                return words[qualifier]
        return "neutral"

    try:
        return evaluate(domain)
    except TimeoutError:
        return "temperror"
    except ValueError:
        return "permerror"


def spf_reply(result):
    return {
        "fail": "550 5.7.23 The sender's domain says that this address may not use its name",
        "permerror": "550 5.7.24 The SPF record of the sender's domain cannot be used",
        "temperror": "451 4.7.24 The SPF record of the sender's domain cannot be had at the moment",
    }.get(result)
