"""Reference answer of notebook 08, the first stage of spf_result."""

from helpers.answers import matches, spf_terms


def spf_first(address, domain, look):
    words = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
    try:
        records = [text for text in look(domain, "TXT") if text.split(" ")[0].lower() == "v=spf1"]
        if not records:
            return "none"
        terms = [term for term in spf_terms(records[0]) if term[0]]  # without the modifiers
        if len(records) > 1 or any(name not in ("all", "ip4", "ip6", "a", "mx") for _, name, _ in terms):
            return "permerror"
        for qualifier, name, value in terms:
            if matches(address, name, value, domain, look):
                return words[qualifier]
    except ValueError:  # an address that is none
        return "permerror"
    except TimeoutError:
        return "temperror"
    return "neutral"
