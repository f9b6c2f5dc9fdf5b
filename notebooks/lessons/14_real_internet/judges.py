"""Judges of notebook 14's functions; they run in the child process, with a lab of their own."""

import dns.exception

from helpers.check.judging import Feedback, right, shown, trying, wrong
from helpers.lab import Lab
from helpers.wire.faces import visible

ZONE = """$ORIGIN learner.test.
$TTL 300
@       SOA  ns postmaster 1 3600 600 604800 60
@       NS   ns
ns      A    192.0.2.52
mail    A    192.0.2.25
mail    AAAA 2001:db8:0:2::25
two     A    192.0.2.31
two     A    192.0.2.30
four    A    192.0.2.33
"""
REVERSE = """
$ORIGIN 2.0.192.in-addr.arpa.
30   PTR  two.learner.test.
31   PTR  gone.learner.test.
31   PTR  two.learner.test.
32   PTR  mx1.outlook.test.
34   PTR  gone.learner.test.
35   PTR  mail.lame.test.
"""
REVERSE_6 = """
$ORIGIN 8.b.d.0.1.0.0.2.ip6.arpa.
5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.0.0.0.0  PTR  mail.learner.test.
6.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.2.0.0.0.0.0.0.0  PTR  four.learner.test.
"""
ADDRESSES = (  # an address, its confirmed names, why
    ("192.0.2.25", ["mail.learner.test"], "Its PTR record names mail.learner.test, and that has this address."),
    ("192.0.2.30", ["two.learner.test"], "The name has two addresses, and this is one of them."),
    ("192.0.2.33", [], "It has no PTR record (NXDOMAIN), so no name: an empty list."),
    ("192.0.2.32", [], "Its PTR record says mx1.outlook.test, which leads to another address. Anybody can write that."),
    ("192.0.2.34", [], "Its PTR record names a host that does not exist, so nothing leads back."),
    ("192.0.2.31", ["two.learner.test"], "It has two names. One leads nowhere, and the other one leads back."),
    ("2001:db8:0:2::25", ["mail.learner.test"], "For an IPv6 address the name has to lead back by AAAA."),
    (
        "2001:DB8:0:2:0:0:0:25",
        ["mail.learner.test"],
        "IPv6 addresses have many spellings: compare addresses, not texts.",
    ),
    ("2001:db8:0:2::26", [], "Its name has an A record and no AAAA (NODATA), so nothing leads back."),
)


def confirmed(function) -> Feedback:
    """Judge `confirmed(address, resolver)`, which returns a list of names."""
    with Lab() as lab:
        lab.publish(ZONE)
        for zone, more in (("in-addr.arpa", REVERSE), ("ip6.arpa", REVERSE_6)):
            lab.publish(lab.zone_text(zone) + more)
        for address, names, why in ADDRESSES:
            with trying(f"the address {address}"):
                given = function(address, lab.resolver)
            if not isinstance(given, list | tuple | set):
                return wrong(f"For {address} it returned {shown(given)}. Return a list of names, which may be empty.")
            said = sorted(str(name).rstrip(".").lower() for name in given)
            if said != names:
                return wrong(f"For {address} it returned {shown(given)}, and {shown(names)} is right. {why}")
        with_answer = _silent(function, lab)
    return with_answer or right(
        "A name counts once it leads back. Large receivers ask just that of every address that brings them a letter."
    )


def _silent(function, lab: Lab) -> Feedback | None:
    """Where the DNS does not answer, it may not say that there is no name."""
    try:
        given = function("192.0.2.35", lab.resolver)
    except (dns.exception.DNSException, OSError):
        return None
    return wrong(
        f"The name of 192.0.2.35 is in a zone whose server does not answer, and it returned {shown(given)}. No answer "
        "is not a no: let the error through, and the report says that it could not be asked."
    )


def _chain(length: int) -> dict[str, list[str]]:
    return {f"n{n}.test": [f"v=spf1 include:n{n + 1}.test -all"] for n in range(length)} | {
        f"n{length}.test": ["v=spf1 -all"]
    }


RECORDS = (  # the TXT records by name, how many look-ups shop.test costs, why
    ({"shop.test": ["v=spf1 ip4:192.0.2.1 ip6:2001:db8::1 -all"]}, 0, "`ip4`, `ip6` and `all` ask nobody."),
    ({"shop.test": ["v=spf1 a mx -all"]}, 2, "`a` and `mx` cost one each."),
    ({"shop.test": ["v=spf1 a:x.test/24 -mx:y.test ~all"]}, 2, "A value, a length or a sign in front changes nothing."),
    ({"shop.test": ["v=spf1 exists:%{i}.x.test ptr ?all"]}, 2, "`exists` and `ptr` cost one each, too."),
    (
        {"shop.test": ["v=spf1 include:isp.test -all"], "isp.test": ["v=spf1 a mx -all"]},
        3,
        "An include costs one, and what stands in it.",
    ),
    (
        {"shop.test": ["v=spf1 redirect=isp.test"], "isp.test": ["v=spf1 a -all"]},
        2,
        "A redirect costs one, and what stands there.",
    ),
    (
        {"shop.test": ["hello", "v=spf1 a -all", "v=spf10 mx -all"]},
        1,
        "Other TXT records are none of SPF's, and `v=spf10` is another one.",
    ),
    ({"shop.test": ["V=SPF1 A MX -ALL"]}, 2, "Capitals do not matter in it."),
    ({"shop.test": ["hello"]}, 0, "Without an SPF record nothing is looked up."),
    ({"shop.test": ["v=spf1 exp=why.test x=mx a -all"]}, 1, "Other modifiers, such as exp=, cost nothing."),
    (
        {"shop.test": ["v=spf1 include:n0.test include:m.test -all"], **_chain(3), "m.test": ["v=spf1 mx -all"]},
        6,
        "All includes are counted together, however deep.",
    ),
    ({"shop.test": ["v=spf1 include:n0.test -all"], **_chain(9)}, 10, "Ten in a row are ten."),
    (
        {"shop.test": ["v=spf1 " + " ".join(f"a:{n}.test" for n in range(12)) + " -all"]},
        12,
        "Twelve terms in one record are more than ten.",
    ),
)


def spf_lookups(function) -> Feedback:
    """Judge `spf_lookups(domain, look)`, which returns an int."""
    for texts, count, why in RECORDS:
        with trying(f"the record {texts['shop.test'][0]!r}"):
            given = function("shop.test", _look(texts))
        if not isinstance(given, int) or isinstance(given, bool) or min(given, 11) != min(count, 11):
            record = visible(texts["shop.test"][0])
            return wrong(f"For `{record}` it returned {shown(given)}, and {count} is right. {why}")
    round_trip = {"shop.test": ["v=spf1 include:isp.test -all"], "isp.test": ["v=spf1 include:shop.test -all"]}
    try:
        given = function("shop.test", _look(round_trip))
    except RecursionError:
        given = "RecursionError"
    if not isinstance(given, int) or given <= 10:
        return wrong(
            f"Two records that include each other: it gave {shown(given)}. Stop once there are more than ten, and "
            "return a number above ten, as a receiver does."
        )
    with_silence = {"shop.test": ["v=spf1 include:gone.test -all"], "gone.test": None}
    try:
        given = function("shop.test", _look(with_silence))
    except TimeoutError:
        return right(
            "You count as receivers do, through all the records. The eleventh is one too many, whoever wrote it."
        )
    return wrong(
        f"The included record could not be had at the moment, and it returned {shown(given)}. Let the TimeoutError "
        "through: nobody knows the count."
    )


def _look(texts: dict[str, list[str] | None]):
    asked = []

    def look(name: str, rdtype: str) -> list[str]:
        asked.append(name)
        if len(asked) > 300:
            raise RecursionError("more than 300 questions")
        found = texts.get(str(name).rstrip(".").lower(), []) if rdtype == "TXT" else []
        if found is None:
            raise TimeoutError(f"no answer about {name}")
        return list(found)

    return look
