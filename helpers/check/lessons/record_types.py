"""Notebook 02, record types: its predictions and exercises."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ..answers import record_types as answers
from ..exercise import CodeExercise, ValueExercise
from ..judging import Feedback, right, shown, word, wrong
from ..prediction import Option, Prediction, one_of

if TYPE_CHECKING:
    from helpers.lab import Lab

REFERENCE = "helpers.check.answers.record_types"
ORIGIN = "corner-shop.test"


PREDICTIONS = (
    Prediction(
        name="spf_kind",
        question="What kind of record holds outlook.test's SPF, its list of who may send?",
        example="TXT",
        options=(
            Option(
                "an MX record: SPF is a kind of MX",
                one_of("mx"),
                "MX is a record type of its own, for the hosts that take mail. SPF is about who may send, and is no "
                "kind of MX; nor are DKIM and DMARC.",
            ),
            Option(
                "a record of type SPF",
                one_of("spf"),
                "There was once such a type, number 99. It was given up: SPF is published as TXT only (RFC 7208 "
                "section 3.1).",
            ),
            Option(
                "a TXT record, whose text begins with v=spf1",
                one_of("txt"),
                "TXT is the type; SPF is what a text means that begins with `v=spf1`. The same goes for DKIM and "
                "DMARC: text in TXT records, each at an agreed name.",
            ),
        ),
    ),
    Prediction(
        name="address_asked_of",
        question="Recall: where does the answer to the question for the A record of mx1.outlook.test come from?",
        example="ns1.outlook.test",
        options=(
            Option(
                "from mx1.outlook.test, the mail server: it knows its own address",
                one_of("mx1.outlook.test", "203.0.113.25"),
                "To ask the mail server one would have to know its address already. A is a question to the DNS, like "
                "MX.",
            ),
            Option(
                "from ns1.outlook.test, a name server of its zone",
                one_of("ns1.outlook.test", "ns2.outlook.test"),
                "The servers that hold the zone outlook.test answer for the names in it; the resolver was led to them "
                "from the root. The record holds one IPv4 address and nothing else.",
            ),
            Option(
                "from a.root-servers.test, where all names begin",
                one_of("a.root-servers.test", "a.nic.test"),
                "The root points to the name server of `test.`, and that one to the name servers of outlook.test. "
                "Neither has the address of mx1.",
            ),
        ),
    ),
    Prediction(
        name="ptr_asked_of",
        question="Who answers the question for the name of 203.0.113.25?",
        example="a.reverse.test",
        options=(
            Option(
                "ns1.outlook.test, since the address is outlook.test's",
                one_of("ns1.outlook.test", "ns2.outlook.test"),
                "From an address one does not know yet whose it is: that is the question. The walk goes down another "
                "branch of the tree, in-addr.arpa, where the addresses are.",
            ),
            Option(
                "the machine at 203.0.113.25 itself",
                one_of("mx1.outlook.test", "203.0.113.25"),
                "The machine is not asked. PTR is a question to the DNS like any other, and whoever has the zone of "
                "that block of addresses answers it.",
            ),
            Option(
                "a name server of in-addr.arpa, whosever that is",
                one_of("a.reverse.test"),
                "The address becomes a name under in-addr.arpa, and the walk from the root leads to the servers of the "
                "block of addresses. Whoever holds the block decides what PTR says.",
            ),
        ),
    ),
    Prediction(
        name="who_can_read",
        question="gmail.test has SPF, DKIM and DMARC records. What can a listener on the wire read of Ada's letter?",
        example=[True, True],
        options=(
            Option(
                "nothing: the DKIM key encrypts it",
                [False, False],
                "The key in the DNS is public, so that anybody can check a signature with it. It encrypts and decrypts "
                "nothing.",
            ),
            Option(
                "the header, but not the text",
                [True, False],
                "Header and text travel alike, one after the other. None of the three records makes a difference to "
                "either.",
            ),
            Option(
                "every word",
                [True, True],
                "SPF is a list of who may send, DKIM's record a key for checking signatures, DMARC a policy: each "
                "helps a receiver to judge whether a domain's name is used with its owner's leave, and none hides the "
                "letter. What encrypts on the way is TLS (notebook 07).",
            ),
        ),
    ),
    Prediction(
        name="ns2_says",
        question="You mended the MX and published the zone; ns.learner.test has the new record. What does "
        "ns2.learner.test say?",
        example="10 mail.learner.test.learner.test.",
        options=(
            Option(
                "the mended MX: the change propagates by itself",
                one_of("10 mail.learner.test"),
                "Nothing pushes records through the DNS. A secondary fetches the zone when it is told of a change, or "
                "when the SOA's refresh time is over, and each time it first compares serials.",
            ),
            Option(
                "the old MX",
                one_of("10 mail.learner.test.learner.test"),
                "ns2 was told, asked for the SOA, found the serial that it had, and fetched nothing. It would answer "
                "so for ever, whatever TTL runs out.",
            ),
            Option(
                "nothing: it refuses to answer until both agree",
                one_of("", "none"),
                "A secondary answers from the copy that it has, and cannot know that the copy is old: the serial says "
                "that nothing has changed.",
            ),
        ),
    ),
    Prediction(
        name="semicolon",
        question="The draft says: _dmarc TXT v=DMARC1; p=none. What will the DNS hold?",
        example="v=DMARC1",
        options=(
            Option(
                "the whole text",
                one_of("v=dmarc1; p=none"),
                "In a zone file, a semicolon outside quotation marks begins a comment, and `p=none` is part of that "
                "comment.",
            ),
            Option(
                "v=DMARC1",
                one_of("v=dmarc1"),
                "The semicolon begins a comment, so the record ends before it. No error anywhere: a text that is cut "
                "is still a text.",
            ),
            Option(
                "nothing: the name server refuses such a line",
                one_of("", "none"),
                "It would be kinder if it did. But the line is a correct one: a short text, and a comment after it.",
            ),
        ),
    ),
)


# full_names


def _full_names(answer: object) -> Feedback:
    if not isinstance(answer, Mapping):
        return wrong("The check looks for the dict as it stands, with a full name in place of each `...`.")
    for written, full in answers.full_names.items():
        given = answer.get(written, ...)
        if given is ...:
            return wrong(f"`{written}` has no full name yet.")
        if word(given) != word(full) or ".." in str(given):
            return wrong(_amiss_in_name(written, str(given).strip().lower()))
    say = (
        "One rule for all: a name that ends in a dot is whole, any other has the origin appended, and `@` is the "
        "origin."
    )
    if not all(str(full).strip().endswith(".") for full in answer.values()):
        say += " (Written out in full, a name ends in the dot of the root. In a zone file you will need it.)"
    return right(say)


def _amiss_in_name(written: str, given: str) -> str:
    if ".." in given:
        return f"{shown(given)} has two dots in a row. Between two dots of a name stands a label, at least one letter."
    if written == "@":
        return f"`@` is short for the origin itself, here `{ORIGIN}.`, and not {shown(given)}."
    if given == written:
        return (
            f"You left `{written}` as it is. It does not end in a dot, so it is not whole: the origin `{ORIGIN}.` is "
            "appended to it, however many dots it has inside."
        )
    if given == f"{written}.":
        return (
            f"You put a dot after `{written}`. That would make it a whole name, one that goes up to the root as it "
            f"stands. In the file it has no dot at its end, so `{ORIGIN}.` is appended, however many dots it has "
            "inside."
        )
    given = word(given)
    if written.endswith(".") and given.endswith(f"{ORIGIN}.{ORIGIN}"):
        return f"`{written}` ends in a dot: it is whole, and nothing is appended to it."
    if not given.endswith(ORIGIN):
        return f"{shown(given)} does not end in the origin. `{written}` has no final dot, so `{ORIGIN}.` is appended."
    return (
        f"`{written}` does not become {shown(given)}. Write the name down as it stands, then ask: is there a final dot?"
    )


# where

_WHERE = {  # how one comes to the name
    "SPF": "A receiver that looks for SPF has a domain from MAIL FROM or HELO, and asks for TXT at that very name.",
    "DKIM": "A domain may have many DKIM keys, so each has a name of its own: the selector, a fixed label, the domain.",
    "DMARC": "A receiver that looks for DMARC puts one fixed label in front of the domain in the letter's From:.",
}
_DKIM_LINE = 's1._domainkey TXT "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="\n'


def _where(answer: object) -> Feedback:
    from helpers.lab import Lab

    if not isinstance(answer, Mapping):
        return wrong("The check looks for the dict as it stands, with a name in place of each `...`.")
    with Lab(beside=True) as lab:
        lab.publish(answers.my_zone + _DKIM_LINE)
        for record, how in _WHERE.items():
            name = answer.get(record, ...)
            if name is ...:
                return wrong(f"There is no name for {record} yet.")
            if word(name) != answers.where[record]:
                there = " and ".join(f"`{text}`" for text in _texts(lab, word(name))) or "no text at all"
                return wrong(
                    "A zone learner.test with all three was published, and the DNS asked for TXT at "
                    f"`{word(name)[:80]}`. The answer: {there}, so no {record} of learner.test. {how}"
                )
    return right(
        "All three are TXT records, and the name tells them apart: SPF at the domain itself, DKIM at "
        "`selector._domainkey` below it, DMARC at `_dmarc` below it. A name that begins with an underscore cannot be a "
        "host's, so these never get in a host's way."
    )


# my_zone


def _look(lab: Lab, name: str, rdtype: str) -> list[str]:
    """What the whole hierarchy has to say, in small letters (names ignore case); [] where there is no answer."""
    import dns.exception

    try:
        return [record.to_text().lower() for record in lab.resolver.resolve(name, rdtype)]
    except dns.exception.DNSException:
        return []


def _texts(lab: Lab, name: str) -> list[str]:
    """The TXT records of a name, each with its strings joined."""
    import dns.exception

    try:
        found = lab.resolver.resolve(name, "TXT")
    except (dns.exception.DNSException, UnicodeError, ValueError):
        return []
    return [b"".join(record.strings).decode("ascii", "backslashreplace") for record in found]


_HOSTS = (
    ("ns.learner.test", "A", "192.0.2.52"),
    ("ns2.learner.test", "A", "192.0.2.54"),
    ("mail.learner.test", "A", "192.0.2.25"),
    ("laptop.learner.test", "A", "192.0.2.10"),
    ("laptop.learner.test", "AAAA", "2001:db8:0:2::10"),
)
_TWICE = ".learner.test.learner.test."
_DOT = (
    "A name without its final dot has the origin appended to it. Write it with the final dot, or write its first part "
    "alone."
)


def _my_zone(answer: object) -> Feedback:
    from helpers.lab import Lab
    from helpers.lab.errors import LabError

    if not isinstance(answer, str):
        return wrong(
            f"The check publishes text, the lines of a zone file between three quotation marks; {shown(answer)} is no "
            "text."
        )
    with Lab(beside=True) as lab:
        try:
            published = lab.publish(answer)
        except LabError as error:
            return wrong(f"It could not be published. {error}")
        if published.origin != "learner.test.":
            return wrong(
                f"It was published as the zone {published.origin} Yours is learner.test: begin with "
                "`$ORIGIN learner.test.`"
            )
        amiss = _amiss_in_servers(lab) or _amiss_in_mx(lab) or _amiss_in_hosts(lab)
        amiss = amiss or _amiss_in_spf(lab) or _amiss_in_dmarc(lab)
    if amiss:
        return wrong(f"It was published and looked up from the root down. {amiss}")
    return right(
        f"ns.learner.test answers for it and ns2.learner.test has copied it, serial {published.serial}. From the root "
        "down everything is found: your exchange and its address, who may send, and what you ask of receivers. "
        "To put it into the lab of this notebook, give it a serial above 2026030203, then `lab.publish(my_zone)`."
    )


def _amiss_in_servers(lab: Lab) -> str:
    found = _look(lab, "learner.test", "NS")
    if twice := [name for name in found if name.endswith(_TWICE)]:
        return f"NS names `{twice[0]}`. {_DOT}"
    for name in ("ns.learner.test.", "ns2.learner.test."):
        if name not in found:
            return (
                f"There is no NS record for `{name}`: the zone `test.` names two servers for learner.test, and your "
                "own zone should name the same two."
            )
    return ""


def _amiss_in_mx(lab: Lab) -> str:
    found = _look(lab, "learner.test", "MX")
    if not found:
        return "It has no MX for learner.test: the owner is `@`, the data is a preference and a name."
    if twice := [mx for mx in found if mx.endswith(_TWICE)]:
        return f"MX says `{twice[0]}`, and no such host exists. {_DOT}"
    preference, _, exchange = found[0].partition(" ")
    if exchange.replace(".", "").isdigit() or exchange.startswith("192.0.2.25."):
        return (
            f"MX says `{found[0]}`: an address was read as a name. An MX record holds a host's name, and the host has "
            "an A record of its own."
        )
    if len(found) > 1 or exchange != "mail.learner.test.":
        return f"MX says `{' and '.join(found)}`. One exchange was wanted, mail.learner.test."
    if preference != "10":
        return f"MX says `{found[0]}`. Mail would come, but the preference that was wanted is 10."
    return ""


def _amiss_in_hosts(lab: Lab) -> str:
    for name, rdtype, address in _HOSTS:
        found = _look(lab, name, rdtype)
        if found == [address]:
            continue
        if found:
            return f"{rdtype} of `{name}` gives {' and '.join(found)}, and not {address}."
        if address in _look(lab, f"{name}.learner.test", rdtype):
            return f"`{name}` has no {rdtype} record, but `{name}.learner.test` has. {_DOT}"
        return f"`{name}` has no {rdtype} record; it should say {address}."
    return ""


_MODIFIER = re.compile(r"[a-z][a-z0-9_.-]*=")
_EXCHANGES = re.compile(r"\+?(mx|mx:learner\.test\.?|a:mail\.learner\.test\.?|ip4:192\.0\.2\.25)(/32)?")


def _amiss_in_spf(lab: Lab) -> str:
    texts = _texts(lab, "learner.test")
    found = [text for text in texts if text.lower().split()[:1] == ["v=spf1"]]
    if not found:
        if glued := [text for text in texts if text.lower().startswith("v=spf1")]:
            return (
                f"The text at learner.test is `{glued[0]}`. Without quotation marks each word became a string of its "
                "own, and strings are joined without spaces: put the whole text in one pair of marks."
            )
        return "There is no SPF at learner.test itself, a text that begins with `v=spf1`."
    if len(found) > 1:
        return (
            "There are two SPF records at learner.test. A receiver calls that an error (RFC 7208 section 4.5): publish "
            "one only."
        )
    terms = found[0].lower().split()[1:]
    mechanisms = [term for term in terms if not _MODIFIER.match(term)]  # modifiers may stand anywhere
    everybody = next((term for term in mechanisms if term.lstrip("+-~?") == "all"), "")
    if everybody in ("all", "+all"):
        return f"SPF says `{found[0]}`: `all` without a minus lets everybody use your name. `-all` lets nobody else."
    if not everybody and not any(term.startswith("redirect=") for term in terms):
        return f"SPF says `{found[0]}`, which leaves open what holds for all others. End it with `-all`: nobody else."
    *senders, last = mechanisms or [""]
    if last == everybody != "-all":
        return (
            f"SPF says `{found[0]}`: for all others, `~all` says softfail (probably not allowed) and `?all` says "
            "neutral. Nobody else was wanted: end it with `-all`."
        )
    if last != "-all" or not senders or not all(map(_EXCHANGES.fullmatch, senders)):
        return f"SPF says `{found[0]}`. The exchanges were wanted and nobody else: `v=spf1 mx -all`."
    return ""


def _amiss_in_dmarc(lab: Lab) -> str:
    texts = _texts(lab, "_dmarc.learner.test")
    found = [text for text in texts if next(iter(answers.tags(text).items()), ()) == ("v", "DMARC1")]
    if not found:
        if texts:
            return (
                f"At `_dmarc.learner.test` stands `{texts[0]}`. A DMARC record begins with `v=DMARC1`, and with no "
                "other version. The version is written `DMARC1`, in capitals."
            )
        if any(text.lower().startswith("v=dmarc1") for text in _texts(lab, "learner.test")):
            return (
                "The DMARC record stands at learner.test itself, where no receiver looks for it: it is asked for at "
                "`_dmarc.learner.test`."
            )
        if _texts(lab, "_dmarc.learner.test.learner.test"):
            return f"The DMARC record stands at `_dmarc.learner.test.learner.test`. {_DOT}"
        return "There is no DMARC record at `_dmarc.learner.test`, a text that begins with `v=DMARC1`."
    if len(found) > 1:
        return (
            "There are two DMARC records at `_dmarc.learner.test`. A receiver then uses neither (RFC 9989 section "
            "4.10): publish one only."
        )
    text = found[0]
    if ";" not in text:
        return (
            f"At `_dmarc.learner.test` stands `{text}`, and no more. In a zone file an unquoted semicolon begins a "
            "comment: put the whole text in quotation marks."
        )
    tags = answers.tags(text)
    if "p" not in tags:
        return "Without `p`, RFC 9989 reads `p=none`, but older receivers may take no such record. Write `p=none`."
    if tags["p"].lower() != "none":
        return f"DMARC says `{text}`. The policy that was wanted is `p=none`."
    reports = tags.get("rua", "").lower()
    if reports == "postmaster@learner.test":
        return "The value of `rua` is an address for reports written as a URI: `mailto:` comes first."
    if reports != "mailto:postmaster@learner.test":
        return (
            f"DMARC says `{text}`. Reports should go to postmaster@learner.test: that is `rua=mailto:` and the address."
        )
    return ""


def _zone(old: str, new: str) -> str:
    """The reference zone with one thing changed in it."""
    assert old in answers.my_zone
    return answers.my_zone.replace(old, new, 1)


_TERMS = """\
def spf_terms(text):
    found = []
    for term in text.split()[1:]:
        rest = term.lstrip("+-~?")
        name = rest.partition("=")[0].partition(":")[0].partition("/")[0]
        value = rest[len(name) :]
        sign = "" if {} else term[0] if term[0] in "+-~?" else "+"
        value = value if value.startswith("/") else value[1:]
        found.append((sign, name.lower(), {}))
    return found
"""  # without what makes a modifier, and what becomes of the value

_NOT_THE_EXCHANGES_ALONE = (
    "-all",
    "mx ip4:0.0.0.0/0 -all",
    "mx ip4:203.0.113.0/24 -all",
    "mx/24 -all",
    "mx include:outlook.test -all",
    "mx exists:k=%{i}.shop.test -all",
    "mx garbage -all",
    "mx ?all -all",
    "-mx mx -all",
    "-all mx -all",
    "-all mx",
    "mx redirect=outlook.test",
)

EXERCISES = (
    ValueExercise(
        name="full_names",
        asks="the full name that each name in the dict stands for, as text in quotes",
        judge=_full_names,
        reference=REFERENCE,
        hints=(
            "Ask one question of each name: does it end in a dot? Dots inside the name do not matter.",
            "A name that does not end in a dot has the origin appended, `corner-shop.test.`; a name that does is "
            "whole; `@` stands for the origin.",
            "The last one is Olive's. Write down `mail.corner-shop.test`, then a dot, then `corner-shop.test.`",
        ),
        wrong=(
            ({**answers.full_names, "mail": "mail"}, "You left `mail` as it is"),
            ({**answers.full_names, "mail": "mail."}, "You put a dot after `mail`."),
            ({**answers.full_names, "mail.corner-shop.test": "mail.corner-shop.test."}, "You put a dot after"),
            ({**answers.full_names, "mail.corner-shop.test.": "mail.corner-shop.test.."}, "two dots in a row"),
            ({**answers.full_names, "tulips.www": "tulips.www"}, "You left `tulips.www` as it is"),
            (
                {**answers.full_names, "mail.corner-shop.test.": "mail.corner-shop.test.corner-shop.test."},
                "nothing is appended to it",
            ),
            ({**answers.full_names, "@": "@"}, "short for the origin"),
            ({**answers.full_names, "mail": "mail.gmail.test."}, "does not end in the origin"),
            ({**answers.full_names, "mail": "in.corner-shop.test."}, "is there a final dot?"),
            ({"@": "corner-shop.test."}, "`mail` has no full name yet"),
            (["corner-shop.test."], "the dict as it stands"),
        ),
    ),
    ValueExercise(
        name="where",
        asks="the name at which each record lives, as text in quotes",
        judge=_where,
        reference=REFERENCE,
        hints=(
            "All three are TXT records. If all lived at one name, one question would bring them all, keys included; "
            "each reader wants one alone.",
            "SPF needs no label in front of the domain. DMARC has one label in front, DKIM two, and the labels begin "
            "with an underscore.",
            "The table above has the pattern for each. Put `learner.test` for the domain and `s1` for the selector.",
        ),
        wrong=(
            ({**answers.where, "DKIM": "learner.test", "DMARC": "learner.test"}, "so no DKIM"),
            ({**answers.where, "DKIM": "_domainkey.learner.test"}, "no text at all"),
            ({**answers.where, "DMARC": "learner.test"}, "`v=spf1 mx -all`, so no DMARC"),
            ({**answers.where, "DMARC": "dmarc.learner.test"}, "no text at all"),
            ({**answers.where, "SPF": "_spf.learner.test"}, "at that very name"),
            ({**answers.where, "SPF": "outlook.test"}, "so no SPF of learner.test"),
            ({**answers.where, "DKIM": "s1._domainkey.gmail.test"}, "so no DKIM of learner.test"),
            ({**answers.where, "DMARC": "_dmarc.outlook.test"}, "so no DMARC of learner.test"),
            ({"DKIM": "s1._domainkey.learner.test"}, "no name for SPF yet"),
            ("learner.test", "the dict as it stands"),
        ),
    ),
    CodeExercise(
        name="tags",
        asks="a function `tags(text)` that takes a list such as `v=DMARC1; p=none` and returns a dict",
        judge="helpers.check.judges.record_types:tags",
        reference=REFERENCE,
        hints=(
            "Split the text at the semicolons first. Each part is one tag: its name, a `=`, its value.",
            '`part.partition("=")` cuts at the first `=` only, and gives three texts: what is before, the `=`, what is '
            "after. `.strip()` takes spaces away at both ends.",
            "After a final semicolon one more part follows, an empty one. Skip a part of which `.strip()` leaves "
            "nothing.",
        ),
        wrong=(
            (
                "def tags(text):\n    found = {}\n    for part in text.split(';'):\n        if part.strip():\n"
                "            pieces = part.split('=')\n            found[pieces[0].strip()] = pieces[1].strip()\n"
                "    return found\n",
                "lost its padding",
            ),
            (
                "def tags(text):\n    return dict(part.split('=', 1) for part in text.split(';') if part.strip())\n",
                "spaces in the names",
            ),
            (
                "def tags(text):\n    return dict(part.strip().split('=', 1) for part in text.split(';'))\n",
                "`v=DMARC1; p=none;`, which ends in a semicolon",
            ),
            (
                "def tags(text):\n    found = {}\n    for part in text.split(';'):\n"
                "        name, _, value = part.partition('=')\n        found[name.strip()] = value.strip()\n"
                "    return found\n",
                "is no tag",
            ),
            (
                "def tags(text):\n    parts = [part for part in text.split(';') if part.strip()]\n"
                "    return {part.split('=', 1)[0].strip(): part.split('=', 1)[1] for part in parts}\n",
                "spaces in the values",
            ),
            (
                "def tags(text):\n    parts = [part for part in text.lower().split(';') if part.strip()]\n"
                "    return {p.partition('=')[0].strip(): p.partition('=')[2].strip() for p in parts}\n",
                "changed its capitals",
            ),
            ("def tags(text):\n    return text.split(';')\n", "looks for a dict"),
            (
                "def tags(text):\n    parts = [part for part in text.replace(' ', '').split(';') if part]\n"
                "    return dict(part.split('=', 1) for part in parts)\n",
                "has lost a space",
            ),
            (
                "def tags(text):\n    found = {}\n    for part in text.split(';'):\n"
                "        name, _, value = part.partition('=')\n        if value.strip():\n"
                "            found[name.strip()] = value.strip()\n    return found\n",
                "`p` is missing",
            ),
        ),
    ),
    CodeExercise(
        name="spf_terms",
        asks="a function `spf_terms(text)` that takes an SPF record and returns a list of (qualifier, name, value)",
        judge="helpers.check.judges.record_types:spf_terms",
        reference=REFERENCE,
        hints=(
            "`text.split()` gives the words. The first is the version; each of the others is one term.",
            'Look at the first character of a term: is it one of `"+-~?"`? Then it is the qualifier, and the rest is '
            'name and value. Otherwise the qualifier is `"+"`.',
            'The name ends at the first `:`, `/` or `=`: `rest.partition("=")[0].partition(":")[0].partition("/")[0]`. '
            "Look at the mark that follows it: a `:` or `=` is no part of the value, a `/` is. After a `=` the "
            "qualifier is an empty text.",
        ),
        wrong=(
            (
                "def spf_terms(text):\n    found = []\n    for term in text.split():\n"
                "        sign = term[0] if term[0] in '+-~?' else '+'\n"
                "        name, _, value = term.lstrip('+-~?').partition(':')\n"
                "        found.append((sign, name.lower(), value))\n    return found\n",
                "is the version",
            ),
            (
                "def spf_terms(text):\n    found = []\n    for term in text.split()[1:]:\n"
                "        sign = term[0] if term[0] in '+-~?' else ''\n"
                "        name, _, value = term.lstrip('+-~?').partition(':')\n"
                "        found.append((sign, name.lower(), value))\n    return found\n",
                "`+` is meant",
            ),
            (
                "def spf_terms(text):\n    found = []\n    for term in text.split()[1:]:\n"
                "        sign = term[0] if term[0] in '+-~?' else '+'\n"
                "        pieces = term.lstrip('+-~?').split(':') + ['']\n"
                "        found.append((sign, pieces[0].lower(), pieces[1]))\n    return found\n",
                "full of colons",
            ),
            (
                "def spf_terms(text):\n    found = []\n    for term in text.split()[1:]:\n"
                "        sign = term[0] if term[0] in '+-~?' else '+'\n"
                "        name, _, value = term.lstrip('+-~?').partition(':')\n"
                "        found.append((sign, name.lower(), value))\n    return found\n",
                "is a modifier",
            ),
            (
                "def spf_terms(text):\n    found = []\n    for term in text.split()[1:]:\n"
                "        sign = term[0] if term[0] in '+-~?' else '+'\n"
                "        name, _, value = term.lstrip('+-~?').partition(':')\n        if '=' in name:\n"
                "            sign, (name, _, value) = '', name.partition('=')\n"
                "        found.append((sign, name, value))\n    return found\n",
                "in capitals",
            ),
            ("def spf_terms(text):\n    return text.split()[1:]\n", "Each term becomes three texts"),
            (_TERMS.format("'=' in rest", "value"), "`exists` is a mechanism"),
            (_TERMS.format("name == 'redirect'", "value"), "`exp=` is a modifier"),
            (_TERMS.format("value.startswith('=')", "value.lower()"), "only names go into small letters"),
            (_TERMS.format("value.startswith('=')", "value.lstrip('/')"), "`/24` belongs to the value"),
            (
                "def spf_terms(text):\n    found = []\n    for term in text.split()[1:]:\n"
                "        qualifier = term[0] if term[0] in '+-~?' else '+'\n"
                "        name, colon, value = term.lstrip('+-~?').partition(':')\n"
                "        if '=' in name:\n            qualifier = ''\n"
                "            name, _, value = term.partition('=')\n"
                "        found.append((qualifier, name.lower(), value))\n    return found\n",
                "up to the first `:` or `/`",
            ),
            (
                "def spf_terms(text):\n    found = []\n    for term in text.split()[1:]:\n"
                "        sign = term[0] if term[0] in '+-~?' else '+'\n        name, _, value = term.partition(':')\n"
                "        found.append((sign, name.lower(), value))\n    return found\n",
                "still part of the name",
            ),
        ),
    ),
    ValueExercise(
        name="my_zone",
        asks="the text of your zone file, between three quotation marks",
        judge=_my_zone,
        reference=REFERENCE,
        hints=(
            "Begin with the draft as you mended it: only its DMARC line has to change, and two lines are to be added. "
            "Then go down the list of what the zone should say, line by line.",
            "A line is owner, type, data. Short names without any dot in them (`mail`, `ns2`) are safe, for the origin "
            "is always appended to them. Put each text in one pair of quotation marks.",
            'DMARC is one text at `_dmarc` with three tags: `"v=DMARC1; p=none; rua=mailto:..."`. A host with two '
            "addresses has two lines, one with A and one with AAAA.",
        ),
        wrong=(
            (_zone("10 mail", "10 mail.learner.test"), "mail.learner.test.learner.test"),
            (_zone("NS    ns2", "NS    ns2.learner.test"), "ns2.learner.test.learner.test"),
            (_zone("mail    A ", "mail.learner.test A "), "`mail.learner.test.learner.test` has"),
            (_zone("_dmarc  TXT", "_dmarc.learner.test TXT"), "_dmarc.learner.test.learner.test"),
            (_zone("10 mail", "mail 10"), "Line 6"),
            (_zone("10 mail", "10 192.0.2.25"), "an address was read as a name"),
            (_zone("10 mail", "20 mail"), "preference that was wanted is 10"),
            (_zone("@       MX    10 mail\n", ""), "has no MX"),
            (_zone("10 mail", "10 ns"), "One exchange was wanted"),
            (_zone("@       NS    ns2\n", ""), "no NS record for `ns2.learner.test.`"),
            (_zone("192.0.2.25", "192.0.2.52"), "and not 192.0.2.25"),
            (_zone("laptop  AAAA  2001:db8:0:2::10\n", ""), "no AAAA record"),
            (_zone('"v=spf1 mx -all"', "v=spf1 mx -all"), "`v=spf1mx-all`"),
            (_zone("-all", "all"), "lets everybody use your name"),
            (_zone(" -all", ""), "what holds for all others"),
            (_zone("mx -all", "mx ~all"), "`~all` says softfail"),
            (_zone("mx -all", "mx ?all"), "`?all` says neutral"),
            *((_zone("mx -all", terms), "and nobody else: `v=spf1 mx -all`") for terms in _NOT_THE_EXCHANGES_ALONE),
            (_zone('@       TXT   "v=spf1 mx -all"\n', ""), "no SPF at learner.test itself"),
            (_zone("_dmarc", '@ TXT "v=spf1 -all"\n_dmarc'), "two SPF records"),
            (_zone("_dmarc ", "@      "), "where no receiver looks for it"),
            (_zone("_dmarc ", '_dmarc TXT "v=DMARC1; p=none"\n_dmarc'), "A receiver then uses neither"),
            (_zone("v=DMARC1", "v=dmarc1"), "The version is written `DMARC1`, in capitals"),
            (_zone("v=DMARC1", "v=DMARC10"), "with no other version"),
            (_zone("v=DMARC1; p=none", "p=none; v=DMARC1"), "begins with `v=DMARC1`"),
            (_zone("p=none; ", ""), "Without `p`, RFC 9989 reads `p=none`"),
            (_zone("_dmarc ", "dmarc  "), "no DMARC record at `_dmarc.learner.test`"),
            (_zone('"v=DMARC1; p=none; rua=mailto:postmaster@learner.test"', "v=DMARC1; p=none"), "and no more"),
            (_zone("p=none", "p=reject"), "`p=none`"),
            (_zone("rua=mailto:", "rua="), "`mailto:` comes first"),
            (_zone("; rua=mailto:postmaster@learner.test", ""), "Reports should go to"),
            (answers.my_zone.replace("learner.test", "corner-shop.test"), "Yours is learner.test"),
            (_zone("$ORIGIN learner.test.", "$ORIGIN learner.example."), "learner.test. is yours to publish"),
            (["@ MX 10 mail"], "is no text"),
        ),
    ),
)
