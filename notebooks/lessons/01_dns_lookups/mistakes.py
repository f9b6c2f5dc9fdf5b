"""Notebook 01, DNS look-ups: wrong answers and the feedback that each must get. Tests alone read it."""

from helpers.lessons.altered import source_with

from . import answers, stages

HAPPENED = {  # a value such as the run gives
    "apex_takes_mail": "ConnectionRefusedError",
    "six_has_no_a": "NoAnswer",
    "ends_at_ten": "nobody",
    "no_mx": "corner-shop.test",
    "root_knows": "NS",
    "asked_again": ["cache"],
    "change_seen": "203.0.113.90",
}

MISTAKES = {
    "domain_of": (
        ('def domain_of(address):\n    return address.split("@")[1]', "the last @ counts"),
        ('def domain_of(address):\n    return address.split("@")[0]', "all that stands after the @"),
        ('def domain_of(address):\n    return "@" + address.rpartition("@")[2]', "all that stands after the @"),
        ('def domain_of(address):\n    print(address.rpartition("@")[2])', "hand the answer back with `return`"),
        (
            'import re\n\n\ndef domain_of(address):\n    return re.search(r"[\\w-]+\\.test", address)[0]',
            "with the address o.neil+tulips@post.mail.example",
        ),
        (
            "def domain_of(address):\n"
            '    return address.rpartition("@")[2] if "home" in address else address.split("@")[1]',
            "bank.test it gave",
        ),
    ),
    "mail_hosts_in_order": (
        (
            "def mail_hosts(domain, resolver):\n"
            "    texts = sorted(mx.to_text() for mx in resolver.resolve(domain, 'MX'))\n"
            "    return [text.split()[1] for text in texts]",
            "sorted as text",
        ),
        (
            "def mail_hosts(domain, resolver):\n    return [str(mx.exchange) for mx in resolver.resolve(domain, 'MX')]",
            "the lowest number is tried first",
        ),
        (
            "def mail_hosts(domain, resolver):\n"
            "    return sorted(mx.to_text() for mx in resolver.resolve(domain, 'MX'))",
            "whole records",
        ),
        (
            "def mail_hosts(domain, resolver):\n    return str(min(resolver.resolve(domain, 'MX')).exchange)",
            "a list of host names",
        ),
        (
            "def mail_hosts(domain, resolver):\n"
            "    order = {mx.preference: mx.exchange for mx in resolver.resolve(domain, 'MX')}\n"
            "    return [order[preference] for preference in sorted(order)]",
            "twins.test has two exchanges of preference 10",
        ),
        (
            "def mail_hosts(domain, resolver):\n"
            "    answer = resolver.resolve(domain, 'MX')\n"
            "    answer.sort(key=lambda mx: mx.preference)\n"
            "    return [mx.exchange for mx in answer]",
            "which is no list: `sorted(answer, key=...)` makes one",
        ),
        (
            "def mail_hosts(domain, resolver):\n"
            "    print(sorted(resolver.resolve(domain, 'MX'), key=lambda mx: mx.preference))",
            "hand the answer back with `return`",
        ),
        (
            "def mail_hosts(domain, resolver):\n"
            "    hosts = []\n"
            "    for mx in resolver.resolve(domain, 'MX'):\n"
            "        if hosts and mx.preference == hosts[-1].preference:\n"
            "            hosts.append(mx)\n"
            "        else:\n"
            "            hosts = [*hosts, mx] if domain == 'four.learner.test' else sorted([*hosts, mx])\n"
            "    return [mx.exchange for mx in hosts]",
            "Its a has the preference 5",
        ),
    ),
    "mail_hosts": (
        (
            "def mail_hosts(domain, resolver):\n"
            "    records = sorted(resolver.resolve(domain, 'MX'), key=lambda mx: mx.preference)\n"
            "    return [str(mx.exchange) for mx in records]",
            "ends in `NoAnswer`",
        ),
        (
            "import dns.resolver\n\n\n"
            "def mail_hosts(domain, resolver):\n"
            "    try:\n"
            "        records = sorted(resolver.resolve(domain, 'MX'), key=lambda mx: mx.preference)\n"
            "    except dns.resolver.NoAnswer:\n"
            "        return []\n"
            "    return [str(mx.exchange) for mx in records if str(mx.exchange) != '.']",
            "the corner shop just lost a letter",
        ),
        (
            "import dns.resolver\n\n\n"
            "def mail_hosts(domain, resolver):\n"
            "    try:\n"
            "        records = sorted(resolver.resolve(domain, 'MX'), key=lambda mx: mx.preference)\n"
            "    except dns.resolver.NoAnswer:\n"
            "        return [domain]\n"
            "    return [str(mx.exchange) for mx in records]",
            "a host without a name",
        ),
        (
            "def mail_hosts(domain, resolver):\n"
            "    try:\n"
            "        records = sorted(resolver.resolve(domain, 'MX'), key=lambda mx: mx.preference)\n"
            "    except Exception:\n"
            "        return [domain]\n"
            "    return [str(mx.exchange) for mx in records if str(mx.exchange) != '.']",
            "a no from a silence",
        ),
        (
            "import dns.resolver\n\n\n"
            "def mail_hosts(domain, resolver):\n"
            "    try:\n"
            "        records = sorted(resolver.resolve(domain, 'MX'), key=lambda mx: mx.preference)\n"
            "    except dns.resolver.NoAnswer:\n"
            "        return [domain]\n"
            "    return [str(mx.exchange) for mx in records if str(mx.exchange) != '.'] or [domain]",
            "A null MX is an answer",
        ),
        (
            "import dns.exception\nimport dns.resolver\n\n\n"
            "def mail_hosts(domain, resolver):\n"
            "    try:\n"
            "        records = sorted(resolver.resolve(domain, 'MX'), key=lambda mx: mx.preference)\n"
            "    except dns.resolver.NoAnswer:\n"
            "        return [domain]\n"
            "    except dns.exception.Timeout:\n"
            "        return []\n"
            "    return [str(mx.exchange) for mx in records if str(mx.exchange) != '.']",
            "the resolver was switched off",
        ),
        (
            "def mail_hosts(domain, resolver):\n"
            "    order = {mx.preference: str(mx.exchange) for mx in resolver.resolve(domain, 'MX')}\n"
            "    return [order[preference] for preference in sorted(order)]",
            "one value for each preference",
        ),
        (
            "import dns.resolver\n\n\n"
            "def mail_hosts(domain, resolver):\n"
            "    try:\n"
            "        records = sorted(resolver.resolve(domain, 'MX'), key=lambda mx: mx.preference)\n"
            "    except dns.resolver.NoAnswer:\n"
            "        return [domain]\n"
            "    return [str(mx.exchange) for mx in records if mx.preference != 0]",
            "it is the lone dot that says no, not the 0",
        ),
    ),
    "walk_to_the_answer": (
        (
            "def walk(name, rdtype, ask):\n    return [r.data for r in ask('resolver.isp.test', name, rdtype).answers]",
            "does the walking for others",
        ),
        (
            "def walk(name, rdtype, ask):\n"
            "    return [r.data for r in ask('a.root-servers.test', name, rdtype).answers]",
            "it gave []. The last server's answer holds",
        ),
        (source_with(answers.walk, ("ask(reply.authority[0].data", 'ask("a.root-servers.test"')), "12 questions"),
        (source_with(answers.walk, ("record.data for", "record for")), "whole records"),
        (source_with(answers.walk, ("a.root-servers.test", "a.nic.test")), "it began at a.nic.test"),
        (
            source_with(answers.walk, ("return [record.data", "print([record.data"), ("answers]", "answers])")),
            "`return`",
        ),
        (
            source_with(answers.walk, ("[record.data for record in reply.answers]", "reply.answers[0].data")),
            "also for one",
        ),
        (source_with(answers.walk, ("reply.answers]", "reply.answers[:1]]")), "The last server's answer holds"),
    ),
    "walk": (
        (source_with(stages.walk_to_the_answer, ("walk_to_the_answer", "walk")), "it comes with a no"),
        (source_with(answers.walk, ("return []", "return None")), "gave None. Give back an empty list"),
        (source_with(answers.walk, ("return []", "return [reply.rcode]")), "There is nothing to give"),
        (
            source_with(answers.walk, ("return []", "break"), ("reply.answers]", "reply.authority]")),
            "The last server's",
        ),
    ),
    "fate": (
        (["bounce", "deliver to the domain itself", "bounce", "wait"], "What would you have the host do"),
        (["bounce", "deliver to the domain itself", "wait", "wait or bounce"], "none of the three fates"),
        (["bounce", "deliver to the domain itself", "wait", "bounce"], "no answer is not a no"),
        (["bounce", "bounce", "wait", "wait"], "what did Olive get?"),
        (["wait", "deliver to the domain itself", "wait", "wait"], "a definite no"),
        (["deliver to the domain itself", "deliver to the domain itself", "wait", "wait"], "no record of any type"),
        (["bounce", "itself", "itself", "wait"], "the wrong machine"),
        (["bounce", "lost", "wait", "wait"], "none of the three fates"),
        (["bounce"], "has no fate yet"),
    ),
    "still_old": (
        ("propagation", "Nothing propagates"),
        (3600, "ten minutes old already"),
        (86400, "people say who speak of propagation"),
        (0, "before its copy is stale"),
        (60, "no such thing"),
        (5, "when does this resolver ask"),
        ([3000, 3600], "not a number of seconds"),
        ("3000 or 3600", "not a number of seconds"),
        (30001, "when does this resolver ask"),
        ("soon", "not a number of seconds"),
    ),
}
