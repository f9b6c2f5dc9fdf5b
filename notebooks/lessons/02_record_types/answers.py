"""Reference answers of notebook 02, record types."""

full_names = {
    "@": "corner-shop.test.",
    "mail": "mail.corner-shop.test.",
    "tulips.www": "tulips.www.corner-shop.test.",
    "mail.corner-shop.test.": "mail.corner-shop.test.",
    "mail.corner-shop.test": "mail.corner-shop.test.corner-shop.test.",
}

where = {
    "SPF": "learner.test",
    "DKIM": "s1._domainkey.learner.test",
    "DMARC": "_dmarc.learner.test",
}


def tags(text):
    found = {}
    for part in text.split(";"):
        if part.strip():
            name, _, value = part.partition("=")
            found[name.strip()] = value.strip()
    return found


def spf_terms(text):
    found = []
    for term in text.split()[1:]:
        qualifier = term[0] if term[0] in "+-~?" else "+"
        rest = term.lstrip("+-~?")
        name = rest.partition("=")[0].partition(":")[0].partition("/")[0]
        value = rest[len(name) :]
        if value.startswith("="):  # a modifier, such as redirect=: it has no qualifier
            qualifier = ""
        if not value.startswith("/"):
            value = value[1:]
        found.append((qualifier, name.lower(), value))
    return found


my_zone = """\
$ORIGIN learner.test.
$TTL 300
@       SOA   ns postmaster 2026030201 7200 900 1209600 60
@       NS    ns
@       NS    ns2
@       MX    10 mail
@       TXT   "v=spf1 mx -all"
_dmarc  TXT   "v=DMARC1; p=none; rua=mailto:postmaster@learner.test"
ns      A     192.0.2.52
ns2     A     192.0.2.54
mail    A     192.0.2.25
laptop  A     192.0.2.10
laptop  AAAA  2001:db8:0:2::10
"""
