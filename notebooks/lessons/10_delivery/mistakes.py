"""Notebook 10, delivery: wrong answers and the feedback that each must get. Tests alone read it."""

from ..altered import source_with
from . import answers, stages

_LEANS = ("domain_of", "mail_hosts", "send_mail", "addresses", "knock")
_MODULES = {"dns.exception": "dns.exception", "dns.resolver": "dns.resolver", "random.": "random"}


def _altered(function: object, *changes: tuple[str, str]) -> str:
    """The reference's source with a mistake in it, and the course's for what it leans on."""
    text = source_with(function, *changes)
    text = text.replace("def addresses_in_order(", "def addresses(").replace("def deliver_to_one(", "def deliver(")
    imports = "".join(f"import {module}\n" for part, module in _MODULES.items() if part in text)
    imports += "from contextlib import suppress\n" * ("suppress(" in text)
    leans = [name for name in _LEANS if f"{name}(" in text.partition("\n")[2]]
    return imports + "".join(f"from helpers.answers import {name}\n" for name in leans) + f"\n\n{text}"


def _events(**changes: str) -> dict[str, str]:
    """The table of events with others in it, each by its first word."""
    return {
        event: next((said for word, said in changes.items() if word in event.replace(" ", "_")), fate)
        for event, fate in answers.next_or_stop.items()
    }


HAPPENED = {  # a value such as the run gives
    "ten_to_twins": (10, 0),
    "second_asked": "250 2.0.0 Letter kept as 0004",
    "who_twice": (2, 1),
    "short_wait": 2,
    "odd_ones": ["lame.test"],
}

_LOOP = 'for rdtype in ("A", "AAAA"):'
_LISTS = (
    (
        "from helpers.answers import mail_hosts\n\n\n"
        "def addresses(domain, resolver):\n    return mail_hosts(domain, resolver)\n",
        "Those are names",
    ),
    (
        "from helpers.answers import mail_hosts\n\n\n"
        "def addresses(domain, resolver):\n"
        "    return [list(resolver.resolve(host, 'A')) for host in mail_hosts(domain, resolver)]\n",
        "Give a list of addresses as text",
    ),
    (
        "from helpers.answers import mail_hosts\n\n\n"
        "def addresses(domain, resolver):\n"
        "    return [record.address for host in mail_hosts(domain, resolver)\n"
        "            for record in resolver.resolve(host, 'A')]\n",
        "six.test",
    ),
    (
        "import dns.resolver\n\n\n"
        "def addresses(domain, resolver):\n"
        "    try:\n        records = sorted(resolver.resolve(domain, 'MX'), key=lambda mx: str(mx.preference))\n"
        "    except dns.resolver.NoAnswer:\n        return [r.address for r in resolver.resolve(domain, 'A')]\n"
        "    return [r.address for mx in records for r in resolver.resolve(mx.exchange, 'A')]\n",
        "the lowest preference comes first, as a number",
    ),
)

MISTAKES = {
    "addresses_in_order": (
        *_LISTS,
        (_altered(stages.addresses_in_order, ("    return found", "    found")), "it gave None"),
        (_altered(stages.addresses_in_order, (_LOOP, 'for rdtype in ("A",):')), "as well as for A"),
        (
            _altered(
                stages.addresses_in_order,
                (", dns.resolver.NXDOMAIN", ""),
            ),
            "hole.learner.test",
        ),
        (
            "import dns.exception\nfrom helpers.answers import addresses_in_order\n\n\n"
            "def addresses(domain, resolver):\n"
            "    try:\n        return addresses_in_order(domain, resolver)\n"
            "    except dns.exception.DNSException:\n        return []\n",
            "tell a no from a silence",
        ),
        (
            _altered(stages.addresses_in_order, ("dns.resolver.NoAnswer, dns.resolver.NXDOMAIN", "Exception")),
            "lost.learner.test",
        ),
        (_altered(stages.addresses_in_order, ("    return found", "        return found")), "192.0.2.12 is missing"),
        (
            _altered(
                stages.addresses_in_order,
                (
                    "found += [record.address for record in resolver.resolve(host, rdtype)]",
                    "found.append(resolver.resolve(host, rdtype)[0].address)",
                ),
            ),
            "a.late.learner.test, has two A records",
        ),
        (
            _altered(
                stages.addresses_in_order,
                (
                    "    return found",
                    "    return found + [r.address for r in resolver.resolve(domain, 'A', raise_on_no_answer=False)]",
                ),
            ),
            "its own address",
        ),
    ),
    "addresses": (
        *_LISTS,
        (_altered(stages.addresses_in_order, ("return found", "return found[:5]")), "Let dice decide"),
        (_altered(answers.addresses, ("[:5]", "")), "Stop at five"),
        (_altered(answers.addresses, ("[:5]", "[:1]")), "is missing"),
        (_altered(answers.addresses, ("[:5]", "[:4]")), "The limit here is five"),
        (_altered(answers.addresses, ("(mx.preference, random.random())", "random.random()")), "gave ["),
        (
            _altered(answers.addresses, ("return found[:5]", "random.shuffle(found)\n    return found[:5]")),
            "gave [",  # in one of two feedbacks, as the dice fall
        ),
        (
            _altered(answers.addresses, ("(mx.preference, random.random())", "mx.preference")),
            "Let dice decide",
        ),
        (_altered(answers.addresses, ("mx.preference, ", "mx.preference // 100, ")), "gave ["),
        (_altered(answers.addresses, ("for host in hosts:", "for host in hosts[:5]:"), ("[:5]\n", "\n")), "not hosts"),
    ),
    "knock": (
        (
            "from helpers.answers import send_mail\n\n\n"
            "def knock(lab, address, sender, recipients, letter, patience=300):\n"
            "    with lab.connect(address, 25, timeout=patience) as sock:\n"
            "        return send_mail(sock, sender, recipients, letter)\n",
            "it raised ConnectionRefusedError, mx1.outlook.test (203.0.113.25) refuses port 25: no program listens "
            "there. Whoever",
        ),
        (
            _altered(answers.knock, ("except OSError as", "except (ConnectionError, TimeoutError) as")),
            "2001:db8::dead, an address that leads nowhere: it raised NobodysAddress",
        ),
        (
            _altered(answers.knock, ("    return fates\n", "    recipients.sort()\n    return fates\n")),
            "the list of recipients that was handed in",
        ),
        (_altered(answers.knock, ("4.4.2 {error}", "5.4.2 {error}")), "Nobody has said no for good"),
        (_altered(answers.knock, ("4.4.2 {error}", "550 {error}")), "Nobody has said no for good"),
        (_altered(answers.knock, ("4.4.2 {error}", "{error}")), "A fate is text whose first digit"),
        (_altered(answers.knock, ('    if not sock.transcript.says("C", "MAIL")', "    if False")), "before MAIL FROM"),
        (_altered(answers.knock, ("4.3.2 {reply}", "5.3.2 {reply}")), "before MAIL FROM"),
        (_altered(answers.knock, ('if not sock.transcript.says("C", "MAIL")', "if True")), "250"),
        (
            _altered(
                answers.knock,
                ('not sock.transcript.says("C", "MAIL")', 'any(reply[0] == "5" for reply in fates.values())'),
            ),
            "its fate for support@outlook.test",
        ),
        (_altered(answers.knock, ('"C", "MAIL"', '"C", "RCPT"')), "this letter's return path"),
        (_altered(answers.knock, (", timeout=patience", "")), "Hand `patience` to"),
        (_altered(answers.knock, (", timeout=patience", "")), "mx1.outlook.test said nothing for 2 s"),
        (_altered(answers.knock, ("timeout=patience", "timeout=30")), "Hand `patience` to"),
        (_altered(answers.knock, ("timeout=patience", "timeout=0.5")), "mx1.outlook.test said nothing for 0.5 s"),
        (
            "from helpers.answers import knock as once\n\n\n"
            "def knock(lab, address, sender, recipients, letter, patience=300):\n"
            "    fates = once(lab, address, sender, recipients, letter, patience)\n"
            "    if any(' 421 ' in fate for fate in fates.values()):\n"
            "        return once(lab, address, sender, recipients, letter, patience)\n"
            "    return fates\n",
            "a greeting that is a not now: it knocked 2 times",
        ),
        (
            _altered(answers.knock, ('f"4.3.2 {reply}"', '("4.3.2 " if reply[0] == "5" else "5.3.2 ") + reply')),
            "421 in place of 220, a greeting that is a not now: the fate of support@outlook.test",
        ),
        (_altered(answers.knock, ("patience=300", "patience=20")), "Without `patience`"),
        (_altered(answers.knock, ("    return fates", "    fates")), "it gave None"),
        (_altered(answers.knock, ("send_mail(sock, sender", "send_mail(sock, recipients[0]")), "The return path"),
        (
            "from helpers.answers import send_mail\n\n\n"
            "def knock(lab, address, sender, recipients, letter, patience=300):\n"
            "    try:\n"
            "        sock = lab.connect(address, 25, timeout=patience)\n"
            "        fates = send_mail(sock, sender, recipients, letter)\n"
            "    except OSError as error:\n"
            "        return dict.fromkeys(recipients, f'4.4.2 {error}')\n"
            "    if not sock.transcript.says('C', 'MAIL'):\n"
            "        return {who: f'4.3.2 {reply}' for who, reply in fates.items()}\n"
            "    return fates\n",
            "left its socket open",
        ),
        (
            "from helpers.answers import knock as right\n\n\n"
            "def knock(lab, address, sender, recipients, letter, patience=300):\n"
            "    return right(lab, address, sender, recipients[:1], letter, patience)\n",
            "has no fate",
        ),
        (
            "from helpers.answers import knock as right\n\n\n"
            "def knock(lab, address, sender, recipients, letter, patience=300):\n"
            "    return right(lab, address, sender, recipients, letter, patience)[recipients[0]]\n",
            "Give a dict",
        ),
    ),
    "next_or_stop": (
        (_events(refused="stop"), "Nobody has said no to the letter"),
        (_events(greeting="stop"), "before a word of the letter"),
        (_events(RCPT="next"), "A second door knows no better"),
        (_events(big="next"), "no smaller at the next door"),
        (_events(breaks="stop"), "Nobody said yes and nobody said no"),
        (_events(last="next"), "There is no next address"),
        (_events(SERVFAIL="stop"), "as in notebook 01"),
        (_events(SERVFAIL="next"), "Without an answer of the DNS"),
        (_events(breaks="later"), "Waiting makes no fewer copies"),
        (_events(DATA="later"), "There may be a door left"),
        (_events(RCPT="later"), "Waiting changes nothing"),
        (_events(RCPT="perhaps"), "one of the three"),
        ("next", "Fill in the table"),
    ),
    "deliver_to_one": (
        (
            "from helpers.answers import addresses, domain_of, knock\n\n\n"
            "def deliver(lab, sender, recipients, letter, patience=300):\n"
            "    address = addresses(domain_of(recipients[0]), lab.resolver)[0]\n"
            "    return knock(lab, address, sender, recipients, letter, patience)\n",
            "could have had the letter",
        ),
        (_altered(stages.deliver_to_one, ('in "25"', 'in "2"')), "not asked again at the next door"),
        (_altered(stages.deliver_to_one, ('in "25"', 'in "245"')), "could have had the letter"),
        (_altered(stages.deliver_to_one, ('in "25"', 'in "5"')), "the first of them had taken it"),
        (_altered(stages.deliver_to_one, ("    return fates", "    fates")), "it gave None"),
        (
            _altered(stages.deliver_to_one, ("domain_of(recipients[0])", 'recipients[0].split("@")[1]')),
            'the recipient "nobody@home"@outlook.test: it raised',
        ),
        (
            _altered(
                stages.deliver_to_one,
                (
                    "            break\n    return fates",
                    "            return fates\n    return {recipients[0]: '4.4.1 no door'}",
                ),
            ),
            "the first says 451 and the last 450: the fate of support@outlook.test is '4.4.1 no door'",
        ),
        (
            _altered(stages.deliver_to_one, ("    return fates", "    recipients.clear()\n    return fates")),
            "the list of recipients that was handed in",
        ),
        (
            "import dns.exception\nfrom helpers.answers import addresses, domain_of, send_mail\n\n\n"
            "def deliver(lab, sender, recipients, letter, patience=300):\n"
            "    for address in addresses(domain_of(recipients[0]), lab.resolver):\n"
            "        with lab.connect(address, 25, timeout=patience) as sock:\n"
            "            fates = send_mail(sock, sender, recipients, letter)\n"
            "        if fates[recipients[0]][0] in '25':\n            break\n"
            "    return fates\n",
            "A delivery ends in fates",
        ),
        (
            _altered(stages.deliver_to_one, ("letter, patience)\n        if", "letter)\n        if")),
            "Hand `patience` on",
        ),
        (
            "from helpers.answers import addresses, domain_of, knock\n\n\n"
            "def deliver(lab, sender, recipients, letter, patience=300):\n"
            "    while True:\n"
            "        for address in addresses(domain_of(recipients[0]), lab.resolver):\n"
            "            fates = knock(lab, address, sender, recipients, letter, patience)\n"
            "            if fates[recipients[0]][0] in '25':\n                return fates\n",
            "and no end",
        ),
    ),
    "deliver": (
        (_altered(stages.deliver_to_one), "could have had the letter"),
        (_altered(answers.deliver, ("sender, waiting,", "sender, recipients,")), "support has 2 copies"),
        (_altered(answers.deliver, ('if fates[who][0] == "4"]', 'if fates[who][0] != "2"]')), "not asked again"),
        (
            _altered(answers.deliver, ('if not ("452" in codes and any(code[0] == "2" for code in codes))', "if True")),
            "a conversation of their own",
        ),
        (
            _altered(answers.deliver, (' and any(code[0] == "2" for code in codes)', "")),
            "and no end",
        ),
        (
            _altered(
                answers.deliver,
                ("codes = [fates[who][:3] for who in waiting]", "codes = [fate[:3] for fate in fates.values()]"),
            ),
            "takes olive@corner-shop.test and says 452 to postmaster@corner-shop.test each time",
        ),
        (
            _altered(
                answers.deliver,
                ("    waiting = list(recipients)\n    while doors", "    waiting = recipients\n    while doors"),
                ("waiting = [who for who in waiting if", "waiting[:] = [who for who in waiting if"),
            ),
            "the list of recipients that was handed in is []",
        ),
        (
            _altered(answers.deliver, ("domain_of(recipients[0])", 'recipients[0].split("@")[1]')),
            'the recipient "nobody@home"@outlook.test: yours knocked at no door',
        ),
        (
            _altered(answers.deliver, ("    except dns.resolver.NXDOMAIN", "    except dns.resolver.NoAnswer")),
            "x@outlok.test",
        ),
        (_altered(answers.deliver, ("4.4.3", "5.4.3")), "x@lame.test"),
        (_altered(answers.deliver, ("5.1.2", "4.1.2")), "x@outlok.test"),
        (_altered(answers.deliver, ("5.4.4", "4.4.4")), "x@no-mail.test"),
        (_altered(answers.deliver, (", waiting, letter, patience)", ", waiting, letter)")), "Hand `patience` on"),
        (
            "from helpers.answers import deliver as right\n\n\n"
            "def deliver(lab, sender, recipients, letter, patience=300):\n"
            "    fates = {}\n"
            "    for who in recipients:\n"
            "        fates |= right(lab, sender, [who], letter, patience)\n"
            "    return fates\n",
            "there is one conversation at each door",
        ),
        (
            _altered(
                answers.deliver,
                ("    return fates\n", "    return {who: fate for who, fate in fates.items() if fate[0] == '2'}\n"),
            ),
            "has no fate",
        ),
        (
            _altered(answers.deliver, ("except dns.exception.DNSException", "except KeyError")),
            "A delivery ends in fates",
        ),
    ),
    "patience": (
        ("def patience(said):\n    return 60\n", "The table says 5 minutes"),
        ("def patience(said):\n    return 5\n", "takes seconds"),
        (_altered(answers.patience, ("return 600", "return 300")), "a letter and its dot"),
        (_altered(answers.patience, ("return 120", "return 300")), "After DATA"),
        (_altered(answers.patience, (".upper()", "")), "in small letters"),
        (_altered(answers.patience, ("    return 300\n", "")), "it gave None"),
        (
            "def patience(said):\n    if said.upper().startswith(b'DATA'):\n        return 120\n"
            "    return 600 if said.endswith(b'.\\r\\n') else 300\n",
            "a letter that begins with the word Data",
        ),
        (
            "def patience(said):\n    if b'DATA' in said.upper():\n        return 120\n"
            "    return 600 if said.endswith(b'.\\r\\n') else 300\n",
            "RCPT TO",
        ),
        ("def patience(said):\n    return said.split()[0]\n", "IndexError"),
        (_altered(answers.patience, ("said.endswith(b", "said.decode().endswith(")), "UnicodeDecodeError"),
        (_altered(answers.patience, ("said.endswith(b", "said.decode().endswith(")), "Caf\\xe9"),
        ("def patience(said):\n    return '300'\n", "Give a number of seconds"),
    ),
    "three_times": (("a", "loses a letter"), ("c", "no longer listened"), ("d", "a letter in quotes")),
    "second_door": (("a", "no list of them"), ("b", "lowest number first"), ("all", "a letter in quotes")),
}
