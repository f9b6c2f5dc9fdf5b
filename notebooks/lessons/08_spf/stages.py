"""Reference answers of notebook 08: the first stages of matches and spf_result."""

import ipaddress

from helpers.answers import matches, spf_terms


def matches_first(address, name, value, domain, look):
    if name == "all":
        return True
    return ipaddress.ip_address(address) in ipaddress.ip_network(value, strict=False)


def spf_first(address, domain, look):
    def evaluate(domain):
        words = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
        records = [text for text in look(domain, "TXT") if text.split(" ")[0].lower() == "v=spf1"]
        if not records:
            return "none"
        terms = [term for term in spf_terms(records[0]) if term[0]]  # without the modifiers
        if len(records) > 1 or any(name not in ("all", "ip4", "ip6", "a", "mx") for _, name, _ in terms):
            raise ValueError("no record that can be used")
        for qualifier, name, value in terms:
            if matches(address, name, value, domain, look):
                return words[qualifier]
        return "neutral"

    try:
        return evaluate(domain)
    except TimeoutError:
        return "temperror"
    except ValueError:
        return "permerror"
