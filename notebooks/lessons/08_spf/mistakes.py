"""Notebook 08, SPF: wrong answers and the feedback that each must get. Tests alone read it."""

from ..altered import source_with
from . import answers, stages, values


def _altered(function: object, *changes: tuple[str, str]) -> str:
    """The reference's source with a mistake in it, and the course's for what it leans on."""
    text = source_with(function, *changes)
    text = text.replace("def matches_first(", "def matches(").replace("def spf_first(", "def spf_result(")
    leans = [name for name in ("spf_terms", "matches") if f"{name}(" in text.partition("\n")[2]]
    taken = "".join(f"from helpers.answers import {name}\n" for name in leans)
    return f"import ipaddress\n{taken}\n\n{text}"


HAPPENED = {  # a value such as the run gives
    "forged_arrives": "delivered",
    "compared_with": "203.0.113.66",
    "spf_lives_at": "bank.test",
    "first_of_eleven": "pass",
    "null_sender": "out.gmail.test",
    "from_seen": "pass",
}

MISTAKES = {
    "matches_first": (
        (
            "def matches(address, name, value, domain, look):\n"
            "    return name == 'all' or value.partition('/')[0].startswith(address)\n",
            "though the text of one begins so",
        ),
        (
            "def matches(address, name, value, domain, look):\n    return name == 'all' or value.lower() == address\n",
            "/24 is a block",
        ),
        (_altered(stages.matches_first, (", strict=False", "")), "has host bits set"),
        (_altered(stages.matches_first, ("    return ip", "    ip")), "it returned None"),
        (_altered(stages.matches_first, ("ipaddress.ip_address(address) in", "address in")), "makes an address of it"),
        (_altered(stages.matches_first, ("    if name", "    look(domain, 'A')\n    if name")), "needs no question"),
        (_altered(stages.matches_first, ('"all"', '"any"')), "`all`"),
        (_altered(stages.matches_first, ("return True", 'return "pass"')), "the words come later"),
    ),
    "matches": (
        (
            "def matches(address, name, value, domain, look):\n    if name == 'all':\n        return True\n"
            "    if name.startswith('ip'):\n        return value.startswith(address)\n"
            "    return address in look(value or domain, 'A')\n",
            "though the text of one begins so",
        ),
        (
            "def matches(address, name, value, domain, look):\n    if name == 'all':\n        return True\n"
            "    if name.startswith('ip'):\n        return value == address\n"
            "    return address in look(value or domain, 'A')\n",
            "/24 is a block",
        ),
        (_altered(answers.matches, (", strict=False", "")), "has host bits set"),
        (_altered(answers.matches, ("[target or domain]", "[target]")), "Without a value"),
        (_altered(answers.matches, ('f"{found}/{length}"', "found")), "the block around each address"),
        (_altered(answers.matches, ('ipv6_length or "128"', 'ipv4_length or "128"')), "one slash is for IPv4"),
        (
            _altered(
                answers.matches,
                ('rest, _, ipv6_length = value.partition("//")', 'rest, ipv6_length = value, ""'),
                (
                    'target, _, ipv4_length = rest.partition("/")',
                    'target, _, ipv4_length = rest.partition("/")\n    ipv4_length = ipv4_length.partition("/")[0]',
                ),
            ),
            "two slashes stands the length for IPv6",
        ),
        (
            _altered(answers.matches, ('else ("AAAA", ipv6_length or "128")', 'else ("A", "32")')),
            "asks for AAAA records",
        ),
        (
            _altered(
                answers.matches,
                (
                    'f"{found}/{length}" for host in hosts for found in look(host, rdtype)',
                    "f\"{found}/{length}\" for host in hosts for t in ('A', 'AAAA') for found in look(host, t) "
                    "if ipaddress.ip_address(found).version == client.version",
                ),
            ),
            "the client's kind",
        ),
        (
            _altered(answers.matches, ('    if name == "mx":\n', '    if name == "mx" and target:\n')),
            "hosts in the MX",
        ),
        (
            _altered(answers.matches, ('look(target or domain, "MX")', 'look(target or domain, "MX")[:1]')),
            "Each host",
        ),
        (_altered(answers.matches, ("> 10", "> 11")), "name eleven hosts"),
        (_altered(answers.matches, ("> 10", "> 9")), "ValueError"),
        (
            _altered(answers.matches, ('look(target or domain, "MX")]', 'look(target or domain, "MX")] or hosts')),
            "has an A record and no MX",
        ),
        (
            _altered(answers.matches, ('raise ValueError("an mx with more than ten hosts")', "hosts = hosts[:10]")),
            "raise ValueError",
        ),
        (
            _altered(answers.matches, ("hosts = [target or domain]", 'hosts = [target or "shop.test"]')),
            "in the record of fair.test",
        ),
        (
            _altered(answers.matches, ("client in", "address in")),
            "makes an address of it",
        ),
        (
            "def matches(address, name, value, domain, look):\n    if name == 'all':\n        return True\n",
            "it returned None",
        ),
        (_altered(answers.matches, ('name == "mx"', 'name == "MX"')), "hosts in the MX"),
        (_altered(answers.matches, ("record.split()[1]", "record")), "hosts in the MX"),
    ),
    "spf_first": (
        (
            "def spf_result(address, domain, look):\n    for text in look(domain, 'TXT'):\n"
            "        if text.startswith('v=spf1'):\n            return 'pass' if address in text else 'fail'\n"
            "    return 'none'\n",
            "mx matches",
        ),
        (
            _altered(stages.spf_first, ('text.split(" ")[0].lower() == "v=spf1"', 'text.startswith("v=spf1")')),
            "after the version comes a space",
        ),
        (_altered(stages.spf_first, ('return "neutral"', 'return "fail"')), "Nothing matched"),
        (_altered(stages.spf_first, ("len(records) > 1 or ", "")), "Two SPF records"),
        (_altered(stages.spf_first, ("len(records) > 1", "len(records) == 2")), "Three SPF records"),
        (
            _altered(
                stages.spf_first,
                ('raise ValueError("no record that can be used")', 'return "permerror"'),
                ("except ValueError", "except KeyError"),
            ),
            "`v=spf1 mx:many.test +all`",
        ),
        (_altered(stages.spf_first, ("any(name not in", "any(False and name not in")), "`ipv4` is no mechanism"),
        (_altered(stages.spf_first, ("return words[qualifier]", "return qualifier")), "the qualifier, where"),
        (_altered(stages.spf_first, ('        return "neutral"\n', "")), "without a word"),
        (_altered(stages.spf_first, ("        return evaluate", "        evaluate")), "without a word"),
        (_altered(stages.spf_first, (" if term[0]]", "]")), "is a modifier"),
        (
            _altered(stages.spf_first, ('    except TimeoutError:\n        return "temperror"\n', "")),
            "no answer",
        ),
    ),
    "spf_result": (
        (
            _altered(
                answers.spf_result,
                (
                    'matched = inner == "pass"',
                    'matched = False\n                if inner != "neutral":\n                    return inner',
                ),
            ),
            "its qualifier says",
        ),
        (_altered(answers.spf_result, ("len(spent) > 10", "len(spent) > 1000000")), "it gave"),
        (_altered(answers.spf_result, ("len(spent) > 10", "len(spent) > 9")), "Ten look-ups in a row"),
        (
            _altered(answers.spf_result, ('"a", "mx", "include", "redirect"', '"include", "redirect"')),
            "these are eleven",
        ),
        (_altered(answers.spf_result, ('inner == "none"', 'inner == "nothing"')), "must exist"),
        (
            _altered(
                answers.spf_result,
                ('            if name in ("a", "mx", "include", "redirect"):\n                spend()\n', ""),
                (
                    "        known = (",
                    '        [spend() for _, n, _ in terms if n in ("a", "mx", "include")]\n        known = (',
                ),
            ),
            "never come to",
        ),
        (
            _altered(
                answers.spf_result,
                ('"a", "mx", "include", "redirect"', '"a", "mx", "include"'),
            ),
            "never stopped asking",
        ),
        (
            _altered(
                answers.spf_result,
                ("(address, domain, look):\n", "(address, domain, look, spent=[]):\n"),
                ("    spent = []\n", ""),
            ),
            "begins anew with each call",
        ),
        (
            _altered(
                answers.spf_result,
                ('if term[1] == "redirect"]', 'if term[1] == "redirect" and not spent]'),
            ),
            "a redirect of its own",
        ),
        (
            _altered(
                answers.spf_result,
                ("    spent = []\n", "    spent, outer = [], domain\n"),
                ("matches(address, name, value, domain, look)", "matches(address, name, value, outer, look)"),
            ),
            "`a` is about other.test",
        ),
        (
            _altered(answers.spf_result, ('if term[1] == "redirect"]', 'if term[1] == "redirected"]')),
            "that of maybe.test",
        ),
        (
            _altered(answers.spf_result, ('if inner == "none":', 'if inner == "none" and name == "include":')),
            "A redirect to a domain without a record is a permerror",
        ),
        (
            _altered(answers.spf_result, ("len(records) > 1", "len(records) == 2")),
            "Three SPF records",
        ),
        (_altered(answers.spf_result, ('"mx", "include")\n', '"mx")\n')), "know `include` as a mechanism"),
        (
            _altered(
                answers.spf_result,
                ('in mechanisms + [term for term in terms if term[1] == "redirect"]', "in terms"),
            ),
            "wherever it stands",
        ),
    ),
    "mended_record": (
        (values.TO_MEND, "permerror"),
        (answers.mended_record.replace("ip4:203.0.113.95", "include:k.eleven.test"), "gives permerror"),
        (
            answers.mended_record.replace("ip4:203.0.113.95", "include:k.eleven.test").replace(
                " include:j.eleven.test", ""
            ),
            "For j.eleven.test",
        ),
        (answers.mended_record.replace("-all", "a -all"), "instead of fail"),
        (answers.mended_record.replace("-all", "+all"), "It lets 203.0.113.66 pass"),
        ("v=spf1 ip4:203.0.113.0/24 -all", "It lets 203.0.113.66 pass"),
        ("v=spf1 ip4:203.0.113.95 ip4:203.0.113.96/28 -all", "It lets 203.0.113.96 pass"),
        (answers.mended_record.replace("ip4:203.0.113.95", "ip4:203.0.113.94/31"), "It lets 203.0.113.94 pass"),
        (answers.mended_record.replace("ip4:203.0.113.95", "ip4:203.0.113.92/30"), "It lets 203.0.113.92 pass"),
        (answers.mended_record.replace("-all", "ip6:2001:db8::/32 -all"), "It lets 2001:db8:: pass"),
        (answers.mended_record.replace("-all", "ip4:203.0.113 -all"), "`203.0.113` is no address"),
        (answers.mended_record.replace("-all", "~all"), "ended in `-all`"),
        (answers.mended_record.replace("v=spf1 ", ""), "is no SPF record"),
        (answers.mended_record.replace("include:", "includes:"), "even for suppliers"),
    ),
    "spf_reply": (
        (
            "def spf_reply(result):\n    return None if result == 'pass' else '550 5.7.23 No'\n",
            "It refuses at softfail",
        ),
        (_altered(answers.spf_reply, ('"451 4.7.24', '"550 5.7.24')), "A 4 lets the letter wait"),
        (_altered(answers.spf_reply, ('"550 5.7.23', '"451 4.7.23')), "a 5 says so"),
        (_altered(answers.spf_reply, ("5.7.23", "5.7.1")), "The codes for that are 550 5.7.23"),
        (_altered(answers.spf_reply, ("451 4.7.24", "451 5.7.24")), "The codes for that are 451 4.7.24"),
        (_altered(answers.spf_reply, (".get(result)", '.get(result, "250 OK")')), "says its own 250"),
        ("def spf_reply(result):\n    return 550 if result == 'fail' else None\n", "A reply is a text"),
        (_altered(answers.spf_reply, ("not use its name", "not use its name\\r\\n")), "ends the line itself"),
    ),
    "guilty_address": (
        ("203.0.113.60", "Who connected"),
        ("203.0.113.25", "That is the server"),
        ("203.0.113.66", "Mallory has no part"),
        ("198.51.100.10", "was not the client"),
        ("alumni.test", "which one has it"),
        ("203.0.113.771", "was not the client"),
        (["203.0.113.60", "203.0.113.66", "203.0.113.77"], "has 3 addresses in it"),
        ("203.0.113.77 or 203.0.113.60", "has 2 addresses in it"),
    ),
}
