"""Notebook 02, record types: wrong answers and the feedback that each must get. Tests alone read it."""

from __future__ import annotations

from . import answers


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

HAPPENED = {  # a value such as the run gives
    "spf_kind": "TXT",
    "address_asked_of": "ns1.outlook.test",
    "ptr_asked_of": "a.reverse.test",
    "who_can_read": [True, True],
    "ns2_says": "10 mail.learner.test.learner.test.",
    "semicolon": "v=DMARC1",
}

MISTAKES = {
    "full_names": (
        ({**answers.full_names, "mail": "mail"}, "You left `mail` as it is"),
        ({**answers.full_names, "mail": "mail."}, "You put a dot after `mail`."),
        ({**answers.full_names, "mail.corner-shop.test": "mail.corner-shop.test."}, "You put a dot after"),
        ({**answers.full_names, "mail.corner-shop.test.": "mail.corner-shop.test.."}, "two dots in a row"),
        ({**answers.full_names, "tulips.www": "tulips.www"}, "You left `tulips.www` as it is"),
        (
            {**answers.full_names, "mail.corner-shop.test.": "mail.corner-shop.test.corner-shop.test."},
            "nothing is appended to it",
        ),
        ({**answers.full_names, "mail.corner-shop.test.": "mail.cornershop.test."}, "it is whole as it stands"),
        ({**answers.full_names, "@": "@"}, "short for the origin"),
        ({**answers.full_names, "mail": "mail.gmail.test."}, "does not end in the origin"),
        ({**answers.full_names, "mail": "in.corner-shop.test."}, "is there a final dot?"),
        ({"@": "corner-shop.test."}, "`mail` has no full name yet"),
        ({**answers.full_names, "mail": "mail.corner-shop.test. or mail."}, "does not end in the origin"),
        ({**answers.full_names, "@": "corner-shop.test.corner-shop.test."}, "short for the origin"),
        (["corner-shop.test."], "the dict as it stands"),
    ),
    "where": (
        ({**answers.where, "DKIM": "learner.test", "DMARC": "learner.test"}, "so no DKIM"),
        ({**answers.where, "DKIM": "_domainkey.learner.test"}, "no text at all"),
        ({**answers.where, "DMARC": "learner.test"}, "`v=spf1 mx -all`, so no DMARC"),
        ({**answers.where, "DMARC": "dmarc.learner.test"}, "no text at all"),
        ({**answers.where, "SPF": "_spf.learner.test"}, "at that very name"),
        ({**answers.where, "SPF": "outlook.test"}, "so no SPF of learner.test"),
        ({**answers.where, "DKIM": "s1._domainkey.gmail.test"}, "so no DKIM of learner.test"),
        ({**answers.where, "DMARC": "_dmarc.outlook.test"}, "so no DMARC of learner.test"),
        ({"DKIM": "s1._domainkey.learner.test"}, "no name for SPF yet"),
        ({**answers.where, "SPF": "@"}, "no origin to append"),
        ({**answers.where, "DKIM": "s1._domainkey"}, "no origin to append"),
        ({**answers.where, "DMARC": "_dmarc"}, "no origin to append"),
        ({**answers.where, "DMARC": "_dmarc.learner.test or learner.test"}, "so no DMARC"),
        ({**answers.where, "SPF": ["learner.test", "_dmarc.learner.test"]}, "so no SPF"),
        ({**answers.where, "DKIM": "s10._domainkey.learner.test"}, "no text at all"),
        ("learner.test", "the dict as it stands"),
    ),
    "tags": (
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
            "`p` is missing. A tag whose value is empty",
        ),
        (
            "def tags(text):\n    parts = [part for part in text.split('; ') if part.strip()]\n"
            "    return {p.partition('=')[0].strip(): p.partition('=')[2].strip() for p in parts}\n",
            "also where no space follows it",
        ),
        (
            "def tags(text):\n    parts = [part for part in text.split(';') if part.strip()]\n"
            "    return {p.partition('=')[0].strip().lower(): p.partition('=')[2].strip() for p in parts}\n",
            "`N` and `n` are two tags",
        ),
        (
            "def tags(text):\n    for part in text.split(';'):\n        print(part.partition('='))\n",
            "hand the answer back with `return`",
        ),
    ),
    "spf_terms": (
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
        ("def spf_terms(text):\n    print(text.split()[1:])\n", "hand the answer back with `return`"),
        (_TERMS.format("value.startswith('=')", "value.lower()"), "only names go into small letters"),
        (_TERMS.format("value.startswith('=')", "value.lstrip('/')"), "`/24` belongs to the value"),
        (
            "def spf_terms(text):\n    found = []\n    for term in text.split()[1:]:\n"
            "        qualifier = term[0] if term[0] in '+-~?' else '+'\n"
            "        name, colon, value = term.lstrip('+-~?').partition(':')\n"
            "        if '=' in name:\n            qualifier = ''\n"
            "            name, _, value = term.partition('=')\n"
            "        found.append((qualifier, name.lower(), value))\n    return found\n",
            "up to the first `:`, `/` or `=`",
        ),
        (
            "def spf_terms(text):\n    found = []\n    for term in text.split()[1:]:\n"
            "        sign = term[0] if term[0] in '+-~?' else '+'\n        name, _, value = term.partition(':')\n"
            "        found.append((sign, name.lower(), value))\n    return found\n",
            "still part of the name",
        ),
    ),
    "my_zone": (
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
        (_zone("p=none; ", ""), "one with a `rua` as `p=none`"),
        (_zone("_dmarc ", "dmarc  "), "no DMARC record at `_dmarc.learner.test`"),
        (_zone('"v=DMARC1; p=none; rua=mailto:postmaster@learner.test"', "v=DMARC1; p=none"), "and no more"),
        (_zone("p=none", "p=reject"), "`p=none`"),
        (_zone("rua=mailto:", "rua="), "`mailto:` comes first"),
        (_zone("; rua=mailto:postmaster@learner.test", ""), "Reports should go to"),
        (answers.my_zone.replace("learner.test", "corner-shop.test"), "Yours is learner.test"),
        (_zone("$ORIGIN learner.test.", "$ORIGIN learner.example."), "learner.test. is yours to publish"),
        (["@ MX 10 mail"], "is no text"),
    ),
}
