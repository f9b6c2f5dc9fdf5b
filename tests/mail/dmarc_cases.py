"""What DMARC makes of a letter, case by case, built by hand from RFC 9989. Each case names the section that decides it.

The DNS of a case is its `zone`: TXT records by name. A name that is there, or has one below it, exists; every other one
is answered with NXDOMAIN. `case.txt` answers as `helpers.mail.dmarc` wants it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

NO_ANSWER = TimeoutError("the DNS gives no answer at the moment")
NONE = ("none", "")  # SPF: there was nothing to check


@dataclass(frozen=True)
class Case:
    """`spf` is a (result, domain), `dkim` a list of these; `result` and `policy` are what the RFC says of it."""

    section: str
    what: str
    author: str
    zone: dict[str, str | list[str] | Exception]
    result: str
    policy: str | None
    spf: tuple[str, str] = NONE
    dkim: list[tuple[str, str]] = field(default_factory=list)

    def txt(self, name: str) -> list[str] | None:
        name = name.lower()
        found = self.zone.get(name)
        if isinstance(found, Exception):
            raise found
        if found is None:
            return [] if any(known.endswith(f".{name}") for known in self.zone) else None
        return [found] if isinstance(found, str) else found

    def __str__(self) -> str:
        return f"{self.section}: {self.what}"


REJECT = "v=DMARC1; p=reject"
RELAXED = {"_dmarc.example.com": REJECT}
STRICT = {"_dmarc.example.com": "v=DMARC1; p=reject; adkim=s; aspf=s"}
PASS = ("pass", "example.com")
DEEP = "a.b.c.d.e.f.g.h.i.j.k.example.com"
PSD = {"_dmarc.bank.example": "v=DMARC1; p=reject; psd=y", "_dmarc.giant.bank.example": "v=DMARC1; p=quarantine"}
SUBDOMAINS = {"_dmarc.example.com": "v=DMARC1; p=reject; sp=quarantine; np=none", "mail.example.com": []}


def fails(section, what, record, policy, author="example.com", **zone):
    """A letter that nobody stands behind, and the policy that applies to it."""
    zone = {"_dmarc.example.com": record} | {name.replace("_", "."): value for name, value in zone.items()}
    return Case(section, what, author, zone, "fail" if policy else "permerror", policy)


CASES = [
    # Identifier alignment
    Case("4.4", "SPF passes with the author's own domain", "example.com", RELAXED, "pass", "reject", spf=PASS),
    Case("4.4", "case does not matter", "Example.COM", STRICT, "pass", "reject", spf=("pass", "eXample.com")),
    Case(
        "4.4 table 1",
        "relaxed: two subdomains of one organizational domain",
        "news.example.com",
        RELAXED,
        "pass",
        "reject",
        dkim=[("pass", "foo.example.com")],
    ),
    Case(
        "4.4 table 1",
        "another organizational domain is not aligned",
        "news.example.com",
        RELAXED,
        "fail",
        "reject",
        dkim=[("pass", "foo.example.net")],
    ),
    Case(
        "4.4.1",
        "one signature of several is enough",
        "example.com",
        RELAXED,
        "pass",
        "reject",
        spf=("fail", "a.test"),
        dkim=[("fail", "example.com"), ("pass", "bulk.test"), ("pass", "example.com")],
    ),
    Case(
        "4.4.1",
        "a valid signature of anybody is not enough",
        "example.com",
        RELAXED,
        "fail",
        "reject",
        dkim=[("pass", "evil.test")],
    ),
    Case(
        "4.4.2",
        "SPF passes for the forger's own MAIL FROM",
        "example.com",
        RELAXED,
        "fail",
        "reject",
        spf=("pass", "evil.test"),
    ),
    Case(
        "5.3.5",
        "SPF fails, DKIM passes aligned: that is a pass",
        "example.com",
        RELAXED,
        "pass",
        "reject",
        spf=("fail", "example.com"),
        dkim=[PASS],
    ),
    Case(
        "5.3.5",
        "DKIM fails, SPF passes aligned: that is a pass",
        "example.com",
        RELAXED,
        "pass",
        "reject",
        spf=PASS,
        dkim=[("fail", "example.com")],
    ),
    Case(
        "5.3.5",
        "neither passes",
        "example.com",
        RELAXED,
        "fail",
        "reject",
        spf=("fail", "example.com"),
        dkim=[("fail", "example.com")],
    ),
    Case("5.3.5", "softfail is no pass", "example.com", RELAXED, "fail", "reject", spf=("softfail", "example.com")),
    Case("5.3.5", "neutral is no pass", "example.com", RELAXED, "fail", "reject", spf=("neutral", "example.com")),
    Case("B.1.1 example 1", "SPF, strict alignment", "example.com", STRICT, "pass", "reject", spf=PASS),
    Case(
        "B.1.1 example 2",
        "SPF, relaxed: MAIL FROM below the author",
        "example.com",
        RELAXED,
        "pass",
        "reject",
        spf=("pass", "child.example.com"),
    ),
    Case(
        "B.1.1 example 2",
        "the same under aspf=s",
        "example.com",
        STRICT,
        "fail",
        "reject",
        spf=("pass", "child.example.com"),
    ),
    Case(
        "B.1.1 example 3",
        "SPF, another domain",
        "child.example.com",
        RELAXED,
        "fail",
        "reject",
        spf=("pass", "example.net"),
    ),
    Case("B.1.2 example 1", "DKIM, strict alignment", "example.com", STRICT, "pass", "reject", dkim=[PASS]),
    Case(
        "B.1.2 example 2",
        "DKIM, relaxed: d= above the author",
        "child.example.com",
        RELAXED,
        "pass",
        "reject",
        dkim=[PASS],
    ),
    Case("B.1.2 example 2", "the same under adkim=s", "child.example.com", STRICT, "fail", "reject", dkim=[PASS]),
    Case(
        "B.1.2 example 3",
        "DKIM, another domain",
        "child.example.com",
        RELAXED,
        "fail",
        "reject",
        dkim=[("pass", "example.net")],
    ),
    Case(
        "4.7 adkim",
        "adkim=s is not for SPF",
        "example.com",
        {"_dmarc.example.com": "v=DMARC1; p=reject; adkim=s"},
        "pass",
        "reject",
        spf=("pass", "child.example.com"),
    ),
    Case(
        "4.7 aspf",
        "aspf=s is not for DKIM",
        "example.com",
        {"_dmarc.example.com": "v=DMARC1; p=reject; aspf=s"},
        "pass",
        "reject",
        dkim=[("pass", "child.example.com")],
    ),
    Case(
        "11.8",
        "relaxed: whoever holds a subdomain passes for the domain",
        "example.com",
        RELAXED,
        "pass",
        "reject",
        spf=("pass", "evil.example.com"),
    ),
    Case(
        "B.3.1",
        "SPF and DKIM both aligned",
        "example.com",
        {"_dmarc.example.com": "v=DMARC1; p=reject; aspf=r; rua=mailto:dmarc-feedback@example.com"},
        "pass",
        "reject",
        spf=("pass", "mail.example.com"),
        dkim=[PASS],
    ),
    # Where the record is
    Case(
        "4.10.1", "no record anywhere: DMARC does not apply", "example.com", {"example.com": []}, "none", None, spf=PASS
    ),
    Case(
        "4.10.1",
        "the author's own record comes first, and its p=",
        "mail.example.com",
        {"_dmarc.mail.example.com": "v=DMARC1; p=none; sp=reject", "_dmarc.example.com": REJECT},
        "fail",
        "none",
    ),
    Case(
        "4.10.1",
        "a record between the author and the organizational domain is passed over",
        "a.b.example.com",
        {"_dmarc.b.example.com": "v=DMARC1; p=none", "_dmarc.example.com": REJECT, "a.b.example.com": []},
        "fail",
        "reject",
    ),
    Case(
        "4.10.1",
        "the public suffix has the only record",
        "mega.bank.example",
        PSD | {"mega.bank.example": []},
        "fail",
        "reject",
    ),
    Case(
        "4.10.1",
        "an organizational domain with a record: the suffix's is not used",
        "giant.bank.example",
        PSD,
        "fail",
        "quarantine",
    ),
    Case(
        "4.10 step 2",
        "two records at one name count as none",
        "example.com",
        {"_dmarc.example.com": [REJECT, "v=DMARC1; p=none"]},
        "none",
        None,
    ),
    Case(
        "4.10 step 2",
        "two records below: the walk goes on",
        "mail.example.com",
        {
            "_dmarc.mail.example.com": [REJECT, REJECT],
            "_dmarc.example.com": "v=DMARC1; p=quarantine",
            "mail.example.com": [],
        },
        "fail",
        "quarantine",
    ),
    Case(
        "4.10 step 2",
        "other TXT records at the name do not count",
        "example.com",
        {"_dmarc.example.com": ["hello", "v=spf1 -all", REJECT]},
        "fail",
        "reject",
    ),
    Case(
        "B.4.1",
        "simple: d= has a record, and is below the author",
        "example.com",
        {"_dmarc.example.com": REJECT, "_dmarc.signing.example.com": "v=DMARC1; p=none"},
        "pass",
        "reject",
        dkim=[("pass", "signing.example.com")],
    ),
    Case(
        "B.4.2",
        "deep: the walk skips to seven labels",
        DEEP,
        {"_dmarc.example.com": REJECT, "_dmarc.signing.example.com": "v=DMARC1; p=none", DEEP: []},
        "pass",
        "reject",
        dkim=[("pass", "signing.example.com")],
    ),
    Case(
        "B.4.3",
        "a public suffix: MAIL FROM within the same organization",
        "giant.bank.example",
        PSD,
        "pass",
        "quarantine",
        spf=("pass", "mail.giant.bank.example"),
    ),
    Case(
        "B.4.3",
        "a public suffix: d= of the neighbour is not aligned",
        "giant.bank.example",
        PSD,
        "fail",
        "quarantine",
        dkim=[("pass", "mail.mega.bank.example")],
    ),
    Case(
        "5.1.8",
        "a record that lies in the gap of the walk is never found",
        "mail.a.b.c.d.e.f.g.example.com",
        {
            "_dmarc.b.c.d.e.f.g.example.com": "v=DMARC1; p=none; psd=n",
            "_dmarc.example.com": REJECT,
            "mail.a.b.c.d.e.f.g.example.com": [],
        },
        "fail",
        "reject",
    ),
    Case(
        "5.1.8",
        "a record at so long a name itself is found",
        "mail.a.b.c.d.e.f.g.example.com",
        {"_dmarc.mail.a.b.c.d.e.f.g.example.com": "v=DMARC1; p=none", "_dmarc.example.com": REJECT},
        "fail",
        "none",
    ),
    Case(
        "4.10.2 rule 1",
        "psd=n: the subdomain is an organization of its own",
        "mail.dept.example.com",
        {"_dmarc.dept.example.com": "v=DMARC1; p=reject; psd=n", "_dmarc.example.com": "v=DMARC1; p=none"},
        "fail",
        "reject",
        spf=("pass", "example.com"),
    ),
    Case(
        "4.10.2 rule 1",
        "psd=n: within that organization it is aligned",
        "mail.dept.example.com",
        {"_dmarc.dept.example.com": "v=DMARC1; p=reject; psd=n", "_dmarc.example.com": "v=DMARC1; p=none"},
        "pass",
        "reject",
        spf=("pass", "dept.example.com"),
    ),
    Case(
        "4.10.2 rule 2",
        "psd=y one above: the domain below it is the organization",
        "a.mail.example.com",
        {"_dmarc.com": "v=DMARC1; p=none; psd=y"},
        "pass",
        "none",
        spf=PASS,
    ),
    Case(
        "4.10.2 rule 2",
        "psd=y: two domains under one suffix are not aligned",
        "example.com",
        {"_dmarc.com": "v=DMARC1; p=reject; psd=y", "example.com": []},
        "fail",
        "reject",
        spf=("pass", "other.com"),
    ),
    Case(
        "4.10.2 rule 2",
        "the suffix itself is the author: psd=y there does not count",
        "bank.example",
        PSD,
        "pass",
        "reject",
        spf=("pass", "bank.example"),
    ),
    Case(
        "4.10.2 rule 3",
        "the record with the fewest labels is the organization's",
        "a.mail.example.com",
        {"_dmarc.mail.example.com": "v=DMARC1; p=none", "_dmarc.example.com": REJECT, "a.mail.example.com": []},
        "pass",
        "reject",
        spf=("pass", "b.example.com"),
    ),
    # Which policy
    Case("4.7 p", "the domain itself: p=", "example.com", SUBDOMAINS, "fail", "reject"),
    Case("4.7 sp", "a subdomain that exists: sp=", "mail.example.com", SUBDOMAINS, "fail", "quarantine"),
    Case("4.7 np", "a subdomain that does not exist: np=", "nowhere.example.com", SUBDOMAINS, "fail", "none"),
    Case(
        "A.4",
        "a subdomain without records of its own exists where a name below it does",
        "b.example.com",
        SUBDOMAINS | {"a.b.example.com": []},
        "fail",
        "quarantine",
    ),
    fails(
        "4.7 np",
        "no np=: a subdomain that does not exist has sp=",
        "v=DMARC1; p=none; sp=reject",
        "reject",
        author="nowhere.example.com",
    ),
    fails("4.7 np", "neither np= nor sp=: p=", REJECT, "reject", author="nowhere.example.com"),
    fails(
        "4.7 sp",
        "np= is not for a subdomain that exists",
        "v=DMARC1; p=reject; np=none",
        "reject",
        author="mail.example.com",
        mail_example_com=[],
    ),
    fails("4.7 p", "none", "v=DMARC1; p=none", "none"),
    fails("4.7 p", "quarantine", "v=DMARC1; p=quarantine", "quarantine"),
    fails("4.7 t", "t=y: one step less than reject", "v=DMARC1; p=reject; t=y", "quarantine"),
    fails("4.7 t", "t=y: one step less than quarantine", "v=DMARC1; p=quarantine; t=y", "none"),
    fails("4.7 t", "t=y has no effect on none", "v=DMARC1; p=none; t=y", "none"),
    fails(
        "4.7 t",
        "t=y is for sp= too",
        "v=DMARC1; p=none; sp=reject; t=y",
        "quarantine",
        author="mail.example.com",
        mail_example_com=[],
    ),
    fails("4.7 t", "t=n is the default", "v=DMARC1; p=reject; t=n", "reject"),
    fails("A.6", "pct= is gone, and ignored", "v=DMARC1; p=reject; pct=0", "reject"),
    # The record's text
    fails("4.8", "unknown tags are ignored", "v=DMARC1; p=reject; x=y; ri=86400; rf=afrf", "reject"),
    fails("4.8", "white space and a last semicolon are allowed", "v = DMARC1 ;\tp = reject ; ", "reject"),
    fails("4.8", "policies may be in capitals", "v=DMARC1; p=Reject", "reject"),
    fails("4.8", "a wrong t= is left for its default", "v=DMARC1; p=reject; t=maybe", "reject"),
    Case(
        "4.8",
        "a wrong aspf= is left for its default, relaxed",
        "example.com",
        {"_dmarc.example.com": "v=DMARC1; p=reject; aspf=strict"},
        "pass",
        "reject",
        spf=("pass", "child.example.com"),
    ),
    Case("4.7 v", "v= has to come first", "example.com", {"_dmarc.example.com": "p=reject; v=DMARC1"}, "none", None),
    Case(
        "4.7 v",
        "DMARC1 has to be in capitals",
        "example.com",
        {"_dmarc.example.com": "v=dmarc1; p=reject"},
        "none",
        None,
    ),
    Case("4.7 v", "DMARC2 is not this one", "example.com", {"_dmarc.example.com": "v=DMARC2; p=reject"}, "none", None),
    fails(
        "4.10.1", "a wrong p= with somewhere to report to: none", "v=DMARC1; p=rejekt; rua=mailto:a@example.com", "none"
    ),
    fails("4.10.1", "no p= with somewhere to report to: none", "v=DMARC1; rua=mailto:a@example.com", "none"),
    fails(
        "4.10.1", "a wrong sp= makes all of it none", "v=DMARC1; p=reject; sp=maybe; rua=mailto:a@example.com", "none"
    ),
    fails("4.10.1", "a wrong np= makes all of it none", "v=DMARC1; p=reject; np=; rua=mailto:a@example.com", "none"),
    fails("4.10.1 and 9.2", "a wrong p= and nowhere to report to", "v=DMARC1; p=rejekt", None),
    fails("4.10.1 and 9.2", "a wrong p=, and a rua= that is no address", "v=DMARC1; p=rejekt; rua=nobody", None),
    fails("4.10.1 and 9.2", "a wrong sp= and nowhere to report to", "v=DMARC1; p=reject; sp=maybe", None),
    # No answer
    Case(
        "5.3.6",
        "no answer about the author's record",
        "example.com",
        {"_dmarc.example.com": NO_ANSWER},
        "temperror",
        None,
        spf=PASS,
    ),
    Case(
        "5.3.6",
        "no answer on the way up",
        "mail.example.com",
        {"_dmarc.example.com": NO_ANSWER},
        "temperror",
        None,
        spf=("fail", "mail.example.com"),
    ),
    Case(
        "4.10.1",
        "the author has a record: whether there is an answer about the names above does not matter",
        "mail.example.com",
        {"_dmarc.mail.example.com": REJECT, "_dmarc.example.com": NO_ANSWER},
        "pass",
        "reject",
        spf=("pass", "mail.example.com"),
    ),
    Case(
        "5.3.6",
        "SPF got no answer, and would have been aligned: no failure",
        "example.com",
        RELAXED,
        "temperror",
        None,
        spf=("temperror", "example.com"),
    ),
    Case(
        "5.3.6",
        "a key could not be had, and d= is aligned: no failure",
        "example.com",
        RELAXED,
        "temperror",
        None,
        spf=("fail", "example.com"),
        dkim=[("temperror", "example.com")],
    ),
    Case(
        "5.3.6",
        "SPF got no answer, for a domain that is not aligned: that changes nothing",
        "example.com",
        RELAXED,
        "fail",
        "reject",
        spf=("temperror", "bulk.test"),
    ),
    Case(
        "5.3.5",
        "SPF got no answer, DKIM passes aligned: that is a pass",
        "example.com",
        RELAXED,
        "pass",
        "reject",
        spf=("temperror", "example.com"),
        dkim=[PASS],
    ),
    Case(
        "5.3.6",
        "no answer on whether d= is aligned",
        "example.com",
        RELAXED | {"_dmarc.other.net": NO_ANSWER},
        "temperror",
        None,
        dkim=[("pass", "other.net")],
    ),
    Case(
        "5.3.5",
        "no answer on whether MAIL FROM is aligned, but DKIM is",
        "example.com",
        RELAXED | {"_dmarc.other.net": NO_ANSWER},
        "pass",
        "reject",
        spf=("pass", "other.net"),
        dkim=[PASS],
    ),
    Case(
        "5.3.6",
        "no answer on whether the author exists, where np= asks",
        "mail.example.com",
        SUBDOMAINS | {"mail.example.com": NO_ANSWER},
        "temperror",
        None,
    ),
    Case(
        "5.3.5",
        "an SPF record that is wrong (permerror) is no pass",
        "example.com",
        RELAXED,
        "fail",
        "reject",
        spf=("permerror", "example.com"),
    ),
]


# The domain in From: (sections 4.4, 5.3.1 and 11.5): the header, and the domain, or None where DMARC does not apply.
AUTHORS = [
    ("5.3.1", "one address", "From: Ada <ada@example.com>", "example.com"),
    ("5.3.1", "in lower case", "From: ada@Example.COM", "example.com"),
    (
        "5.3.1",
        "a domain beyond ASCII is written as the DNS has it",
        "From: ada@b\u00fccher.example",
        "xn--bcher-kva.example",
    ),
    (
        "5.3.1",
        "two addresses of one domain",
        "From: a@example.com, b@EXAMPLE.com\r\nSender: a@example.com",
        "example.com",
    ),
    ("5.3.1", "two domains", "From: a@example.com, b@example.net\r\nSender: a@example.com", None),
    ("5.3.1", "no From", "To: ada@example.com", None),
    ("5.3.1", "no domain", "From: ada", None),
    ("5.3.1", "nobody", "From:", None),
    ("5.3.1", "an empty group", "From: friends:;", None),
    ("4.4", "two From fields", "From: a@example.com\r\nFrom: a@example.com", None),
    ("11.4", "a display name is no author", 'From: "ada@bank.test" <x@evil.test>', "evil.test"),
    ("11.5", "two domains, one in a comment only", "From: a@example.com (b@bank.test)", "example.com"),
    ("4.4", "a group of one domain", "From: Friends: a@example.com, b@example.com;", "example.com"),
    ("4.4", "a name with a comma in it", 'From: "Love, Ada" <ada@example.com>', "example.com"),
    ("4.4", "a name with a dot in it", "From: Ada L. <ada@example.com>", "example.com"),
    ("4.4", "a name beyond ASCII, not encoded", "From: J\u00fcrgen <j@example.com>", "example.com"),
    ("4.4", "an encoded word close to the address", "From: =?utf-8?b?SsO8?=<j@example.com>", "example.com"),
    ("4.4", "a local part in quotation marks", 'From: "a@bank.test"@example.com', "example.com"),
    ("4.4", "an old route, which is ignored", "From: <@bank.test:ada@example.com>", "example.com"),
    ("4.4", "a comment in an odd place", "From: ada (here) @ (there) example.com", "example.com"),
    ("4.4", "a final dot", "From: ada@example.com.", "example.com"),
    ("4.4", "folded", "From:\r\n Ada\r\n <ada@example.com>", "example.com"),
    ("4.4", "a space before the colon", "From : ada@example.com", "example.com"),
    ("4.4", "a list with nothing at its end", "From: ada@example.com, ", "example.com"),
    ("4.4", "sharp s is a letter of its own", "From: a@stra\u00dfe.example", "xn--strae-oqa.example"),
    ("4.4", "letters and marks apart, in capitals", "From: a@BU\u0308CHER.example", "xn--bcher-kva.example"),
    ("4.4", "a full stop of another script", "From: a@b\u00fccher\u3002example", "xn--bcher-kva.example"),
    ("4.4", "an A-label in capitals", "From: a@XN--BCHER-KVA.example", "xn--bcher-kva.example"),
    ("4.4", "a picture, which only IDNA 2003 has", "From: a@\u2615.example", "xn--53h.example"),
    ("4.4", "a label that is too long for both", "From: a@" + "\u00fc" * 64 + ".example", None),
    ("11.5", "an address in the place of a name", "From: x@evil.test <clerk@bank.test>", None),
    ("11.5", "two addresses without a comma", "From: <x@evil.test> <clerk@bank.test>", None),
    ("11.5", "two bare addresses without a comma", "From: x@evil.test clerk@bank.test", None),
    ("11.5", "a semicolon for a comma", "From: x@evil.test; clerk@bank.test", None),
    ("11.5", "words after the address", "From: <x@evil.test> of the bank", None),
    ("11.5", "an address that does not end", "From: <x@evil.test", None),
    ("11.5", "a good one and half of one", "From: x@evil.test, clerk@", None),
    ("11.5", "two @", "From: x@evil.test@bank.test", None),
    ("11.5", "an address, a comment, an address", "From: x@evil.test (of) <clerk@bank.test>", None),
    ("11.5", "a domain in two halves", "From: x@evil.te(of)st", None),
    ("11.5", "a comment that does not end", "From: x@evil.test (clerk@bank.test", None),
    ("11.5", "a name that does not end", 'From: "clerk <x@evil.test>', None),
    ("11.5", "a group that does not end", "From: bank: x@evil.test", None),
    ("11.5", "no name but an address of the internet", "From: x@[192.0.2.1]", None),
    ("11.5", "a second From after a line that is no field", "From: x@evil.test\r\nno field\r\nFrom: c@bank.test", None),
    ("11.5", "a second From after half a line's end", "From: x@evil.test\nFrom: clerk@bank.test", None),
]
