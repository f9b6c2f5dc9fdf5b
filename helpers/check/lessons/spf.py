"""Notebook 08, SPF: its predictions and exercises."""

from ..answers import spf as answers
from ..exercise import CodeExercise, ValueExercise, source_with
from ..judging import Feedback, right, shown, word, wrong
from ..prediction import Option, Prediction

REFERENCE = "helpers.check.answers.spf"
JUDGES = "helpers.check.judges.spf"


def _is(value: str):
    return lambda found: found == value


PREDICTIONS = (
    Prediction(
        name="forged_arrives",
        question="Mallory's machine hands mx1 a letter with clerk@bank.test on the envelope and in the header. What "
        "becomes of it?",
        example="delivered",
        options=(
            Option(
                "it is refused: mx1 sees that the connection does not come from bank.test",
                _is("bounced"),
                "It sees an address, and could compare it with something. Nothing in SMTP makes it do so.",
            ),
            Option(
                "it is put off, until bank.test has confirmed the sender",
                _is("deferred"),
                "Nobody asks bank.test anything when a letter comes in its name.",
            ),
            Option(
                "it is delivered",
                _is("delivered"),
                "SMTP takes the names as they are given (RFC 5321 section 7.1). All that follows in this notebook and "
                "the next is built on top.",
            ),
        ),
    ),
    Prediction(
        name="compared_with",
        question="mx1 (203.0.113.25) has got a letter from clerk@bank.test, over a connection from Mallory's machine "
        "(203.0.113.66). bank.test has the address 203.0.113.60. Which address does SPF look for in the record?",
        example="203.0.113.66",
        options=(
            Option(
                "203.0.113.25: the server's",
                _is("203.0.113.25"),
                "The server that receives needs no permission from the bank. The one that sends does.",
            ),
            Option(
                "203.0.113.60: the bank's",
                _is("203.0.113.60"),
                "That one may be in the record; it is not what is compared with it. Nothing came from there.",
            ),
            Option(
                "203.0.113.66: the client's",
                _is("203.0.113.66"),
                "The address that connects is the one thing that the receiver saw for itself.",
            ),
        ),
    ),
    Prediction(
        name="spf_lives_at",
        question="The letter had clerk@bank.test on its envelope. At which name did mx1 find the SPF record?",
        example="bank.test",
        options=(
            Option(
                "_spf.bank.test",
                _is("_spf.bank.test"),
                "Many domains keep a part there, for others to include. A receiver begins at the domain itself.",
            ),
            Option("bank.test", _is("bank.test"), "At the domain itself, in a TXT record (RFC 7208 section 3)."),
            Option(
                "clerk.bank.test: each sender has a record",
                _is("clerk.bank.test"),
                "The local part is in no name that SPF asks for, unless a macro puts it there.",
            ),
        ),
    ),
    Prediction(
        name="first_of_eleven",
        question="The record of eleven.test includes eleven others. A letter comes from 203.0.113.101, the machine of "
        "the first supplier, and the first include leads to it. What is the result?",
        example="pass",
        options=(
            Option(
                "permerror: a record that asks for more than ten look-ups is no good for anybody",
                _is("permerror"),
                "That would be simpler for the domain: it would notice at once. What counts is the look-ups that this "
                "evaluation came to.",
            ),
            Option(
                "fail: a record that asks for too much lists nobody, and -all remains",
                _is("fail"),
                "Nothing of a record is dropped. It is read from the left, as far as it goes.",
            ),
            Option(
                "pass",
                _is("pass"),
                "The first include matches, and nothing after it is looked at: one look-up. The limit is on what an "
                "evaluation comes to, and not on the length of the record (RFC 7208 section 4.6.4).",
            ),
        ),
    ),
    Prediction(
        name="null_sender",
        question="out.gmail.test sends a bounce: MAIL FROM:<>. Which domain does the check of MAIL FROM look at?",
        example="out.gmail.test",
        options=(
            Option(
                "none: where there is no sender there is nothing to check",
                _is(""),
                "Then every forger would use the null sender.",
            ),
            Option(
                "out.gmail.test, the name given with EHLO",
                _is("out.gmail.test"),
                "For the null sender, postmaster at that name is taken (RFC 7208 section 2.4).",
            ),
            Option(
                "gmail.test, the domain that the host belongs to",
                _is("gmail.test"),
                "SPF does not go up to the domain above. out.gmail.test has to have a record of its own.",
            ),
        ),
    ),
    Prediction(
        name="from_seen",
        question="The envelope says news@bulk.test, the header From: clerk@bank.test, and the letter comes from "
        "bulk.test's machine. What does SPF say?",
        example="pass",
        options=(
            Option(
                "fail: bulk.test may not write in the name of bank.test",
                _is("fail"),
                "SPF has not looked at the header at all.",
            ),
            Option(
                "pass",
                _is("pass"),
                "It was asked about bulk.test, the domain on the envelope, and bulk.test's machine may use that.",
            ),
            Option(
                "neutral: envelope and header disagree",
                _is("neutral"),
                "They often do, and honestly: mailing lists, bounces, letters sent on behalf of others.",
            ),
        ),
    ),
)


def _guilty(answer: object) -> Feedback:
    text = word(answer)
    if text == "alumni.test" or answers.guilty_address in text:
        return right(
            "203.0.113.77, the school's machine: it was the client. It used the bank's name, as it stood on the "
            "envelope, and the bank's record does not list it."
        )
    if text in ("203.0.113.60", "bank.test"):
        return wrong(
            "That is the bank's own machine, which handed the letter to the school. Who connected to mx1.outlook.test?"
        )
    if text in ("203.0.113.25", "mx1.outlook.test", "203.0.113.26"):
        return wrong("That is the server. SPF compares the address of the client.")
    if text == "203.0.113.66":
        return wrong("Mallory has no part in this one. Read who connected to mx1.outlook.test.")
    return wrong(f"{shown(answer)} was not the client. The delivery above begins with the host that sent it.")


SUPPLIERS = {f"{letter}.eleven.test": f"203.0.113.{101 + n}" for n, letter in enumerate("abcdefghij")}
OWN = "203.0.113.95"
TO_MEND = "v=spf1 " + " ".join(f"include:{letter}.eleven.test" for letter in "abcdefghijk") + " -all"
STRANGERS = ("203.0.113.66", "203.0.113.96", "198.51.100.10")


def _mended(answer: object) -> Feedback:
    """Evaluate the record as that of eleven.test, for each machine that should pass and some that should not."""
    answer = " ".join(answer) if isinstance(answer, list | tuple) else answer
    text = " ".join(str(answer).split()).strip("\"'` ")
    records = {name: [f"v=spf1 ip4:{address} -all"] for name, address in SUPPLIERS.items()}
    records |= {"k.eleven.test": [f"v=spf1 ip4:{OWN} -all"], "eleven.test": [text]}

    def look(name: str, rdtype: str) -> list[str]:
        if rdtype == "A":
            return [OWN] if name.rstrip(".") == "ns.eleven.test" else []
        return records.get(name.rstrip(".").lower(), []) if rdtype == "TXT" else []

    def result(address: str) -> str:
        return answers.spf_result(address, "eleven.test", look)

    if result(OWN) == "none":
        return wrong(f"{shown(answer)} is no SPF record: the text begins with `v=spf1` and a space.")
    if result(OWN) == "permerror" and "permerror" in map(result, SUPPLIERS.values()):
        return wrong("That gives permerror even for suppliers. Is each term written as in the record above?")
    for name, address in [("eleven.test's own machine", OWN), *SUPPLIERS.items()]:
        if (found := result(address)) != "pass":
            return wrong(f"For {name} ({address}) it gives {found}. All eleven machines should pass.")
    for address in STRANGERS:
        if (found := result(address)) == "permerror":
            return wrong(
                "The eleven machines pass. A letter from anywhere else still comes to more than ten look-ups, and gets "
                "permerror instead of fail. One look-up fewer will do."
            )
        if found == "pass":
            return wrong(f"It lets {address} pass, too, which is no machine of eleven.test or its suppliers.")
        if found != "fail":
            return wrong(f"For a stranger, {address}, it gives {found}. The record ended in `-all`: leave it so.")
    return right(
        "All eleven machines pass, and a stranger fails, within ten look-ups. What `ip4:` says costs none. (But "
        "whoever writes a supplier's addresses into a record has to follow when they change.)"
    )


def _altered(function: object, *changes: tuple[str, str]) -> str:
    """The reference's source with a mistake in it, and the course's for what it leans on."""
    text = source_with(function, *changes)
    leans = {"spf_terms(": "record_types", "matches(": "spf"}
    taken = "".join(
        f"from helpers.check.answers.{module} import {name[:-1]}\n"
        for name, module in leans.items()
        if name in text.partition("\n")[2]
    )
    return f"import ipaddress\n{taken}\n\n{text}"


EXERCISES = (
    CodeExercise(
        name="matches",
        asks="a function `matches(address, name, value, domain, look)` that returns True or False",
        judge=f"{JUDGES}:matches",
        reference=REFERENCE,
        hints=(
            "For each mechanism, make a list of blocks to look in. For `ip4` and `ip6` the value is the only one; for "
            "`a` and `mx` the DNS gives them. How do you see whether the client's address is in one of them?",
            '`rest, _, ipv6_length = value.partition("//")`, then `target, _, ipv4_length = rest.partition("/")`, '
            "takes `shop.test/24//64` apart; where `target` is empty, the domain itself is meant. For `mx`, first look "
            "up the MX records: each text is a preference and a name.",
            "`ipaddress.ip_address(address).version` is 4 or 6, and decides the type to ask for, A or AAAA, and which "
            'length counts (32 or 128 where there is none). A block is then `found + "/" + length`, and '
            "`ip_network(block, strict=False)` reads it.",
        ),
        wrong=(
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
            (_altered(answers.matches, ("target or domain]", "target]")), "Without a value"),
            (_altered(answers.matches, ('f"{found}/{length}"', "found")), "the block around each address"),
            (_altered(answers.matches, ('ipv6_length or "128"', 'ipv4_length or "128"')), "one slash is for IPv4"),
            (
                _altered(
                    answers.matches,
                    ('rest, _, ipv6_length = value.partition("//")', 'rest, ipv6_length = value, ""'),
                    (
                        'target, _, ipv4_length = rest.partition("/")',
                        'target, _, ipv4_length = rest.partition("/")\n'
                        '        ipv4_length = ipv4_length.partition("/")[0]',
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
            (
                _altered(answers.matches, ("any(client in", "any(address in")),
                "makes an address of it",
            ),
            (
                "def matches(address, name, value, domain, look):\n    if name == 'all':\n        return True\n",
                "it returned None",
            ),
        ),
    ),
    CodeExercise(
        name="spf_first",
        asks="a function `spf_result(address, domain, look)` that returns one of the seven words",
        judge=f"{JUDGES}:spf_first",
        stage_of="spf_result",
        reference="helpers.check.answers.spf_first",
        hints=(
            "First find the record among the TXT records, then take it apart with `spf_terms`, then go from left to "
            "right.",
            'A dict turns the qualifier into the result: `{"+": "pass", "-": "fail", ...}[qualifier]`. A modifier has '
            "an empty qualifier: skip it. After the last term: neutral.",
            "Look at all the names before you evaluate any. Put it all in `try`, with `except ValueError` for "
            "permerror and `except TimeoutError` for temperror.",
        ),
        wrong=(
            (
                "def spf_result(address, domain, look):\n    for text in look(domain, 'TXT'):\n"
                "        if text.startswith('v=spf1'):\n            return 'pass' if address in text else 'fail'\n"
                "    return 'none'\n",
                "mx matches",
            ),
            (
                _altered(answers.spf_result, ('text.split(" ")[0].lower() == "v=spf1"', 'text.startswith("v=spf1")')),
                "after the version comes a space",
            ),
            (_altered(answers.spf_result, ('return "neutral"', 'return "fail"')), "Nothing matched"),
            (_altered(answers.spf_result, ("len(records) > 1 or ", "")), "Two SPF records"),
            (_altered(answers.spf_result, (" or strange", "")), "`ipv4` is no mechanism"),
            (_altered(answers.spf_result, ("return words[qualifier]", "return qualifier")), "the qualifier, where"),
            (_altered(answers.spf_result, ('        return "neutral"\n', "")), "without a word"),
            (_altered(answers.spf_result, ("if qualifier and name not in", "if name not in")), "is a modifier"),
            (
                _altered(
                    answers.spf_result,
                    ('    except TimeoutError:\n        return "temperror"\n', ""),
                ),
                "no answer",
            ),
        ),
    ),
    CodeExercise(
        name="spf_result",
        asks="a function `spf_result(address, domain, look)` that returns one of the seven words",
        judge=f"{JUDGES}:spf_result",
        reference=REFERENCE,
        hints=(
            "Put what you have into an inner function `evaluate(domain)`. What does an include ask of the other "
            "record, and what does it do with each of the seven answers?",
            "For include: `inner = evaluate(value)`; pass is a match, none is a permerror; fail, softfail and neutral "
            "are no match. (Errors come up by themselves, if they are raised.) redirect is looked at after the loop, "
            "when nothing has matched.",
            "Count in a list that both functions see, `spent.append(1)`, for each a, mx, include and redirect that is "
            "come to, and raise ValueError at the eleventh. The outer function has the `try`.",
        ),
        wrong=(
            (
                _altered(
                    answers.spf_result,
                    (
                        'if inner == "pass":\n                    return words[qualifier]',
                        'if inner != "neutral":\n                    return inner',
                    ),
                ),
                "it gave",
            ),
            (_altered(answers.spf_result, ("len(spent) > 10", "len(spent) > 1000000")), "it gave"),
            (_altered(answers.spf_result, ("len(spent) > 10", "len(spent) > 9")), "Ten look-ups in a row"),
            (
                _altered(answers.spf_result, ('if name in ("a", "mx", "include")', 'if name == "include"')),
                "these are eleven",
            ),
            (_altered(answers.spf_result, ('inner == "none"', 'inner == "nothing"')), "must exist"),
            (
                _altered(
                    answers.spf_result,
                    ('            if name in ("a", "mx", "include"):\n                spend()\n', ""),
                    (
                        "        strange = [",
                        '        [spend() for _, n, _ in terms if n in ("a", "mx", "include")]\n        strange = [',
                    ),
                ),
                "never come to",
            ),
            (
                _altered(
                    answers.spf_result,
                    (
                        '            if name == "redirect":\n                spend()\n',
                        '            if name == "redirect":\n',
                    ),
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
                    (
                        '        for _, name, value in terms:\n            if name == "redirect":',
                        '        for _, name, value in terms * (len(spent) == 0):\n            if name == "redirect":',
                    ),
                ),
                "a redirect of its own",
            ),
            (
                _altered(
                    answers.spf_result,
                    ("matches(address, name, value, domain, look)", "matches(address, name, value, 'shop.test', look)"),
                ),
                "`a` is about other.test",
            ),
            (
                _altered(answers.spf_result, ('if name == "redirect":', 'if name == "redirected":')),
                "that of maybe.test",
            ),
        ),
    ),
    ValueExercise(
        name="mended_record",
        asks="an SPF record, as text in quotes",
        judge=_mended,
        reference=REFERENCE,
        hints=(
            "Which terms of the record cost a look-up each, and which mechanism costs none?",
            "The last include leads to a single address. Name that address in the record itself.",
            "In place of `include:k.eleven.test` write `ip4:203.0.113.95`. First in the record is the best place for "
            "it: then the domain's own letters cost no look-up at all.",
        ),
        wrong=(
            (TO_MEND, "permerror"),
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
            (answers.mended_record.replace("-all", "~all"), "ended in `-all`"),
            (answers.mended_record.replace("v=spf1 ", ""), "is no SPF record"),
            (answers.mended_record.replace("include:", "includes:"), "even for suppliers"),
        ),
    ),
    CodeExercise(
        name="spf_reply",
        asks="a function `spf_reply(result)` that returns a reply as a text, or None",
        judge=f"{JUDGES}:spf_reply",
        reference=REFERENCE,
        hints=(
            "Which results will be the same when the letter comes again, and which may not? And which say nothing "
            "against the letter?",
            "Three results get a reply: fail and permerror one with 5, temperror one with 4. All others: None.",
            'A dict and `.get(result)` do it: `{"fail": "550 5.7.23 ...", ...}.get(result)`.',
        ),
        wrong=(
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
        ),
    ),
    ValueExercise(
        name="guilty_address",
        asks="an address, as text in quotes",
        judge=_guilty,
        reference=REFERENCE,
        hints=(
            "SPF compares the address of the client. Who was the client when mx1.outlook.test said 550?",
            "The letter went two ways: from the bank to the school, and from the school to outlook.test.",
            "The last delivery was sent by alumni.test. The map (`lab` in a cell of its own) has its address.",
        ),
        wrong=(
            ("203.0.113.60", "Who connected"),
            ("203.0.113.25", "That is the server"),
            ("203.0.113.66", "Mallory has no part"),
            ("198.51.100.10", "was not the client"),
        ),
    ),
)
