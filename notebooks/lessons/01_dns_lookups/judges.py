"""Judges of notebook 01's functions; they run in the child process, with a lab of their own."""

import traceback

import dns.exception
import dns.resolver

from helpers.check.judging import Feedback, right, shown, trying, wrong
from helpers.lab import Lab
from helpers.lab.errors import LabError

ZONE = """$ORIGIN learner.test.
$TTL 300
@       SOA  ns postmaster 1 3600 600 604800 60
@       NS   ns
ns      A    192.0.2.52
@       A    192.0.2.25
three   MX   20 b.three
three   MX   5 c.three
three   MX   100 a.three
one     MX   0 mail.one
four    MX   10 d.four
four    MX   10 b.four
four    MX   5 a.four
four    MX   10 c.four
nomx    A    192.0.2.25
deep.x  A    192.0.2.25
closed  MX   0 .
closed  A    192.0.2.25
"""


_ADDRESSES = (
    ("support@outlook.test", "outlook.test"),
    ("olive@corner-shop.test", "corner-shop.test"),
    ("o.neil+tulips@post.mail.example", "post.mail.example"),
    ('"tom@home@work"@twins.test', "twins.test"),
    ('"ada@gmail.test"@bank.test', "bank.test"),
)
_NO_RETURN = "Whoever calls it gets nothing: hand the answer back with `return`. What is printed is only shown."


def domain_of(function) -> Feedback:
    """Judge `domain_of(address)`, which returns a str."""
    for address, domain in _ADDRESSES:
        with trying(f"the address {address}"):
            given = function(address)
        if given == domain:
            continue
        if given is None:
            return wrong(f"For {address} it gave None. {_NO_RETURN}")
        if address.count("@") > 1:
            return wrong(
                f"For {address} it gave {shown(given)}. A local part in quotation marks may hold an @ of its own, so "
                "the last @ counts, not the first."
            )
        return wrong(f"For {address} it gave {shown(given)}. The domain is all that stands after the @.")
    return right("The last @ is the one that parts the person from the domain, whatever stands before it.")


def mail_hosts_in_order(function) -> Feedback:
    """Judge the first stage of `mail_hosts`: there are MX records."""
    with Lab() as lab:
        return (
            _check_order(function, lab)
            or _check_equal(function, lab)
            or right(
                "The preference is a number and is compared as one, whatever the order of the records in the answer."
            )
        )


def mail_hosts(function) -> Feedback:
    """Judge `mail_hosts(domain, resolver)`, which returns a list of str (RFC 5321 section 5.1)."""
    with Lab() as lab:
        problem = (
            _check_order(function, lab)
            or _check_equal(function, lab)
            or _check_implicit(function, lab)
            or _check_null(function, lab)
            or _check_failures(function, lab)
        )
    return problem or right(
        "You can now find out where any domain takes its mail. Yours sorts by preference, falls back to the domain "
        "itself where there is no MX record, takes a null MX at its word, and leaves a failed look-up to whoever "
        "called it."
    )


def _names(given) -> list[str] | None:
    """Read what a function gave as host names, however they are written."""
    if not isinstance(given, list | tuple):
        return None
    return [str(name).rstrip(".").lower() for name in given]


def _ask(function, lab, domain: str):
    with trying(f"the domain {domain}"):
        try:
            return function(domain, lab.resolver)
        except (AttributeError, TypeError) as error:
            if ".sort(" in (traceback.extract_tb(error.__traceback__)[-1].line or ""):
                error.add_note("an answer of dnspython, which is no list: `sorted(answer, key=...)` makes one of it")
            raise


def _check_order(function, lab) -> Feedback | None:
    lab.publish(ZONE)
    for domain, hosts in (
        ("outlook.test", ["mx1.outlook.test", "mx2.outlook.test"]),
        ("one.learner.test", ["mail.one.learner.test"]),
        ("three.learner.test", ["c.three.learner.test", "b.three.learner.test", "a.three.learner.test"]),
    ):
        given = _ask(function, lab, domain)
        names = _names(given)
        if given is None:
            return wrong(f"For {domain} it gave None. {_NO_RETURN}")
        if names is None:
            return wrong(f"For {domain} it gave {shown(given)}. It gives back a list of host names, also for one host.")
        if any(name[:1].isdigit() and " " in name for name in names):
            return wrong(
                f"For {domain} it gave {shown(names)}: whole records, preference and all. A connection needs the "
                "name alone, `mx.exchange`."
            )
        if names == hosts:
            continue
        if domain == "three.learner.test" and names == [hosts[2], hosts[1], hosts[0]]:
            return wrong(
                "Its MX records have the preferences 20, 5 and 100, and yours came out as 100, 20, 5. Was that "
                "sorted as text? As text '100' comes before '20', and '20' before '5'; it can also be the highest "
                "number first. Compare numbers, the lowest first."
            )
        if not names and domain == "one.learner.test":
            return wrong(
                f"For {domain} it gave an empty list, and its MX is `0 mail.one.learner.test.`, a host to go to. Of a "
                "null MX it is the lone dot that says no, not the 0."
            )
        if sorted(names) != sorted(hosts):
            return wrong(f"{domain} has the exchanges {', '.join(hosts)}, and yours gave {shown(names)}.")
        return wrong(
            f"For {domain} yours gave {', '.join(names)}. That is not the order of preference: the lowest number is "
            "tried first, and the order of records in a DNS answer means nothing.",
            belief="lowest_is_last" if names == hosts[::-1] else "",
        )
    return None


def _check_equal(function, lab) -> Feedback | None:
    for domain, how_many, hosts in (
        ("twins.test", "two", ["mx1.twins.test", "mx2.twins.test"]),
        ("four.learner.test", "three", [f"{name}.four.learner.test" for name in "abcd"]),
    ):
        names = _names(_ask(function, lab, domain))
        if sorted(names or []) != hosts:
            return wrong(
                f"{domain} has {how_many} exchanges of preference 10, and yours gave {shown(names)}. A dict keeps one "
                "value for each preference: sort the records instead."
            )
        if domain == "four.learner.test" and names[0] != hosts[0]:
            return wrong(
                f"For {domain} yours gave {', '.join(names)}. Its a has the preference 5 and the three others 10, so a "
                "comes first; those three may stand in any order."
            )
    return None


def _check_implicit(function, lab) -> Feedback | None:
    for domain in ("corner-shop.test", "nomx.learner.test"):
        try:
            given = _ask(function, lab, domain)
        except dns.resolver.NoAnswer:
            return wrong(
                f"{domain} has no MX record, and your function ends in `NoAnswer`. That is no failure: without an MX "
                "record the domain itself is the only exchange. Catch `dns.resolver.NoAnswer` and give back the domain."
            )
        names = _names(given)
        if names == []:
            return wrong(
                f"For {domain}, which has no MX record, it gave an empty list: the corner shop just lost a letter. "
                "No MX record means that the domain itself takes the mail (implicit MX)."
            )
        if names != [domain]:
            return wrong(
                f"For {domain}, which has no MX record, it gave {shown(given)}. The only exchange is the domain "
                f"itself: a list with {domain} in it."
            )
    return None


def _check_null(function, lab) -> Feedback | None:
    for domain in ("no-mail.test", "closed.learner.test"):
        given = _ask(function, lab, domain)
        names = _names(given)
        if names == [domain]:
            return wrong(
                f"{domain} says with `MX 0 .` that it takes no mail, and your function would knock at {domain} all the "
                "same. A null MX is an answer, not the lack of one: give back an empty list."
            )
        if names in ([""], ["."]):
            return wrong(
                f'For {domain} it gave a host without a name. "0 ." is the null MX (RFC 7505): the dot is no host, it '
                "says that nobody takes mail here. Give back an empty list. (`mx.exchange` is a name and not a str: "
                "compare `str(mx.exchange)`.)"
            )
        if names != []:
            return wrong(f"For {domain}, which has a null MX, it gave {shown(given)}. There it is an empty list.")
    return None


def _check_failures(function, lab) -> Feedback | None:
    for domain, what in (
        ("outlok.test", "NXDOMAIN: there is no such name"),
        ("lame.test", "SERVFAIL: no answer"),
        ("outlook.test", "the resolver was switched off: nothing came back"),
    ):
        if domain == "outlook.test":
            lab.faults.down("resolver.isp.test")
            lab.resolver.lifetime = 0.05  # nothing will come
        try:
            given = _ask(function, lab, domain)
        except dns.exception.DNSException:
            continue
        return wrong(
            f"For {domain} ({what}) it gave {shown(given)}, as if that were an answer. Catch `NoAnswer` alone; let "
            "other exceptions through, because whoever calls must be able to tell a no from a silence."
        )
    return None


_ROOT = "a.root-servers.test"
_WALKS = (
    ("outlook.test", "MX"),
    ("mx.six.test", "AAAA"),
    ("three.learner.test", "MX"),
    ("25.113.0.203.in-addr.arpa", "PTR"),
)
_NOES = (("outlok.test", "MX", "NXDOMAIN"), ("corner-shop.test", "MX", "NODATA"), ("new.outlook.test", "A", "NXDOMAIN"))
_FAR = 12  # questions: more than any walk in the lab takes


def walk_to_the_answer(function) -> Feedback:
    """Judge the first stage of `walk`: there is an answer to find."""
    with Lab() as lab:
        return _check_walks(function, lab) or right(
            "The same question, put to one server after the other. Each knew only whom to ask next, until one held "
            "the zone."
        )


def walk(function) -> Feedback:
    """Judge `walk(name, rdtype, ask)`, which returns a list of str (RFC 1034 section 5.3.3, the plainest case)."""
    with Lab() as lab:
        problem = _check_walks(function, lab) or _check_noes(function, lab)
    return problem or right(
        "From the root down to the server that holds the zone, and no further where that one says no. You can now "
        "find out what the DNS says of any name without a resolver."
    )


class _Asked:
    """`lab.ask`, and who was asked."""

    def __init__(self, lab):
        self.lab, self.servers = lab, []

    def __call__(self, server, *question, **options):
        if len(self.servers) == _FAR:
            raise RuntimeError(f"{_FAR} questions, the last of them to {self.servers[-1]}, and the walk is not over")
        self.servers.append(str(server).rstrip(".").lower())
        return self.lab.ask(str(server), *question, **options)


def _check_walks(function, lab) -> Feedback | None:
    lab.publish(ZONE)
    for name, rdtype in _WALKS:
        asked = _Asked(lab)
        with trying(f"the {rdtype} records of {name}"):
            given = function(name, rdtype, asked)
        if problem := _amiss_in_walk(given, asked.servers, [r.to_text() for r in lab.lookup(name, rdtype).records]):
            return wrong(f"For the {rdtype} records of {name} {problem}")
    return None


def _amiss_in_walk(given, servers: list[str], wanted: list[str]) -> str:
    """What is wrong with a walk, as the rest of a sentence; empty where nothing is."""
    if given is None:
        return f"it gave None. {_NO_RETURN}"
    if not isinstance(given, list | tuple):
        return f"it gave {shown(given)}. It gives a list of texts, also for one record."
    if any(hasattr(record, "data") for record in given):
        return "it gave whole records, owner, TTL and all. The list holds the `data` of each."
    if "resolver.isp.test" in servers:
        return "it asked resolver.isp.test, which does the walking for others. Here you walk yourself, from the root."
    if servers[:1] != [_ROOT]:
        return (
            f"it began at {servers[0] if servers else 'no server'}. The one server that is known beforehand is {_ROOT}."
        )
    if sorted(map(str, given)) != sorted(wanted):
        return f"it gave {shown(given)}. The last server's answer holds {shown(wanted)}."
    return ""


def _check_noes(function, lab) -> Feedback | None:
    for name, rdtype, what in _NOES:
        asked = _Asked(lab)
        case = f"the {rdtype} records of {name}, to which the last server says no ({what})"
        with trying(case):
            try:
                given = function(name, rdtype, asked)
            except LabError as error:
                return wrong(
                    f"With {case} it went on to ask a server that there is not. {error} Under *Authority* stands an "
                    "SOA record there, which names no server to go to: it comes with a no."
                )
        if given is None:
            return wrong(f"With {case} it gave None. Give back an empty list.")
        if given != [] and given != ():
            return wrong(f"With {case} it gave {shown(given)}. There is nothing to give: an empty list.")
    return None
