"""Notebook 14, the real internet: wrong answers and the feedback that each must get. Tests alone read it."""

from ..altered import source_with
from . import answers

HAPPENED = {  # a value such as the run gives
    "two_rooms": ("silent", "open"),
    "who_opens": "220 mail.isp.test ESMTP",
    "nephews_worst": 2,
    "after_three": "weak",
}
IMPORTS = (
    "import ipaddress\n\nimport dns.resolver\nimport dns.reversename\n\nfrom helpers.answers import spf_terms\n\n\n"
)


def _altered(function: object, *changes: tuple[str, str]) -> str:
    return IMPORTS + source_with(function, *changes)


MENDS = answers.which_mend
QUIET = answers.quiet_zone

MISTAKES = {
    "room_or_host": (("a", "the same silence"), ("c", "not yours to try"), ("d", "a letter in quotes")),
    "confirmed": (
        (
            _altered(answers.confirmed, ("        if ipaddress.ip_address(address) in back:\n    ", "")),
            "Anybody can write that",
        ),
        (_altered(answers.confirmed, ('"AAAA" if ":" in address else "A"', '"A"')), "lead back by AAAA"),
        (
            _altered(answers.confirmed, ("ipaddress.ip_address(address) in back", "address in map(str, back)")),
            "many spellings",
        ),
        (_altered(answers.confirmed, ("    return found", "    found")), "Return a list of names"),
        (
            _altered(
                answers.confirmed,
                ("        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):", "        except Exception:"),
            ),
            "No answer is not a no",
        ),
        (
            _altered(answers.confirmed, ("(dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)", "dns.resolver.NoAnswer")),
            "NXDOMAIN",
        ),
        (
            _altered(answers.confirmed, ("(dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)", "dns.resolver.NXDOMAIN")),
            "NoAnswer",
        ),
        (_altered(answers.confirmed, ("    return found", "    return bool(found)")), "Return a list of names"),
    ),
    "spf_lookups": (
        (_altered(answers.spf_lookups, ('"include", "a", "mx"', '"include", "mx"')), "`a` and `mx` cost one each"),
        (_altered(answers.spf_lookups, ('"ptr", "exists", ', "")), "`exists` and `ptr` cost one each"),
        (_altered(answers.spf_lookups, ("unread.append(value)", "pass")), "and what stands in it"),
        (_altered(answers.spf_lookups, ('in ("include", "redirect")', '== "include"')), "A redirect costs one"),
        (_altered(answers.spf_lookups, (" and count <= 10", "")), "include each other"),
        (
            _altered(
                answers.spf_lookups, ('text.split(" ")[0].lower() == "v=spf1"', 'text.lower().startswith("v=spf1")')
            ),
            "another one",
        ),
        (_altered(answers.spf_lookups, ("    return count", "    count")), "it returned None"),
        ("def spf_lookups(domain, look):\n    return len(look(domain, 'TXT')[0].split()) - 1\n", "ask nobody"),
    ),
    "whose_record": (("b", "his own"), ("c", "his own zone"), ("ptr", "a letter in quotes")),
    "which_mend": (
        (None, "Fill in the dictionary"),
        ({**MENDS, "550 5.7.25": "a"}, "it has no name that leads back"),
        ({**MENDS, "550 5.7.26": "c"}, "neither SPF nor DKIM passed"),
        ({**MENDS, "550 5.7.29": "TLS"}, "a letter in quotes"),
        ({**MENDS, "550 5.7.515": "a"}, "all three"),
        ({"550 5.7.25": "b"}, "gone from the dictionary"),
    ),
    "quiet_zone": (
        (None, "Give a text"),
        (QUIET.replace("MX   0 .", "MX   10 ."), "the preference 0"),
        (QUIET.replace("0 .", "10 mail.quiet.test."), "A lone dot"),
        (QUIET.replace("v=spf1 -all", "v=spf1 mx -all"), "Here nobody may"),
        (QUIET.replace("v=spf1 -all", "v=spf1 ~all"), "fails everybody"),
        (QUIET.replace("v=spf1 -all", "-all"), "begins with `v=spf1`"),
        (QUIET.replace("p=reject", "p=none"), "the strictest"),
        (QUIET.replace("v=DMARC1", "v=dmarc1"), "in capitals"),
        (QUIET.replace("_dmarc", "@     "), "2 times"),
        (QUIET.replace("_dmarc  TXT", "_dmarc"), "no type"),
    ),
    "own_or_relay": (("a", "no reputation"), ("c", "the easy half"), ("d", "a letter in quotes")),
}
