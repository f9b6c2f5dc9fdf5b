"""Judges of notebook 08, SPF."""

from collections.abc import Callable

from helpers.check.judging import Feedback, right, shown, trying, wrong


class Zone:
    """A DNS for a check: `zone(name, rdtype)` gives the texts of a dict, and keeps what was asked."""

    def __init__(self, **records: list[str] | None):
        self.records, self.asked = records, []

    def __call__(self, name: str, rdtype: str) -> list[str]:
        key = f"{rdtype} {str(name).rstrip('.').lower()}"
        self.asked.append(key)
        if len(self.asked) > 300:
            raise RecursionError("more than 300 questions")
        found = self.records.get(key, [])
        if found is None:
            raise TimeoutError(f"the DNS gives no answer about {name}")
        return list(found)


SHOP = {
    "A shop.test": ["203.0.113.61"],
    "AAAA shop.test": ["2001:db8::61"],
    "MX shop.test": ["10 mx.shop.test.", "20 mx2.shop.test."],
    "A mx.shop.test": ["203.0.113.71"],
    "A mx2.shop.test": ["203.0.113.72", "203.0.113.172"],
    "MX six.test": ["10 mx.six.test."],
    "AAAA mx.six.test": ["2001:db8::25"],
    "A bare.test": ["203.0.113.81"],
    **{
        f"MX {name}": [f"{n} m{n}.many.test." for n in range(hosts)]
        for name, hosts in (("ten.test", 10), ("many.test", 11))
    },
    **{f"A m{n}.many.test": [f"203.0.113.{210 + n}"] for n in range(11)},
}

BLOCKS = (  # address, name, value, expected, what to think of when it went wrong
    ("203.0.113.5", "all", "", True, "`all` matches every address."),
    ("2001:db8::5", "all", "", True, "`all` matches every address, of both kinds."),
    ("192.0.2.25", "ip4", "192.0.2.25", True, "An address matches itself."),
    ("192.0.2.2", "ip4", "192.0.2.25", False, "192.0.2.2 is no part of 192.0.2.25, though the text of one begins so."),
    ("192.0.2.200", "ip4", "192.0.2.0/24", True, "/24 is a block: all addresses with the same first 24 bits."),
    ("192.0.3.1", "ip4", "192.0.2.0/24", False, "This one is outside the block."),
    ("192.0.2.99", "ip4", "192.0.2.77/24", True, "A block may be named by any address in it: `strict=False`."),
    (
        "2001:db8::25",
        "ip6",
        "2001:DB8:0:0::25",
        True,
        "IPv6 addresses have many spellings: compare addresses, not texts.",
    ),
    ("2001:db8:0:7::1", "ip6", "2001:db8::/32", True, "/32 is a block: all addresses with the same first 32 bits."),
    ("2001:db9::1", "ip6", "2001:db8::/32", False, "This one is outside the block."),
    ("2001:db8::25", "ip4", "192.0.2.25", False, "An IPv6 client is never in an IPv4 block."),
    ("192.0.2.25", "ip6", "::/0", False, "An IPv4 client is never in an IPv6 block."),
)

MATCHES = (
    *BLOCKS,
    ("203.0.113.61", "a", "", True, "Without a value, `a` is about the domain whose record it is."),
    ("203.0.113.61", "a", "shop.test", True, "`a:shop.test` names a domain: ask for its A records."),
    ("203.0.113.99", "a", "", False, "This address is not one of the domain's."),
    ("203.0.113.99", "a", "/24", True, "`a/24`: the block around each address of the domain."),
    ("203.0.113.99", "a", "shop.test/24", True, "`a:shop.test/24`: the name ends at the slash."),
    ("2001:db8::61", "a", "", True, "For an IPv6 client, `a` asks for AAAA records."),
    (
        "2001:db8::99",
        "a",
        "/24",
        False,
        "The length after one slash is for IPv4. Here the whole address counts, unless a length follows two slashes.",
    ),
    ("2001:db8::99", "a", "/24//64", True, "Behind two slashes stands the length for IPv6."),
    ("203.0.113.99", "a", "shop.test/24//64", True, "For an IPv4 client the length behind one slash counts."),
    ("203.0.113.71", "mx", "", True, "`mx`: the addresses of the hosts in the MX records."),
    ("203.0.113.172", "mx", "", True, "Each host in the MX records counts, with each of its addresses."),
    ("203.0.113.61", "mx", "", False, "`mx` is about the exchanges' addresses. The domain's own is not one of them."),
    ("203.0.113.200", "mx", "shop.test/24", True, "A length may follow `mx`, too."),
    ("2001:db8::25", "mx", "six.test", True, "For an IPv6 client, the exchanges' AAAA records count."),
    ("2001:db8::99", "mx", "six.test//64", True, "Behind two slashes stands the length for IPv6, with `mx` too."),
    ("203.0.113.61", "a", "gone.test", False, "A name without addresses matches nothing."),
    (
        "203.0.113.81",
        "mx",
        "bare.test",
        False,
        "bare.test has an A record and no MX. A sender would take that for its exchange; SPF's `mx` does not.",
    ),
    ("203.0.113.219", "mx", "ten.test", True, "Ten hosts are allowed, and this is the address of the tenth."),
    (
        "203.0.113.61",
        "mx",
        "many.test",
        ValueError,
        "The MX records of many.test name eleven hosts. More than ten for one `mx` raise ValueError.",
    ),
)


def matches_first(function: Callable) -> Feedback:
    """Judge the first stage of `matches`: all, ip4 and ip6."""
    amiss = _matches(function, BLOCKS)
    return amiss or right("You can compare addresses and blocks now. Next come the two mechanisms that ask the DNS.")


def matches(function: Callable) -> Feedback:
    """Judge `matches(address, name, value, domain, look)`, which returns a bool."""
    amiss = _matches(function, MATCHES)
    return amiss or right(
        "You can say of each mechanism whether it matches now, for an IPv4 client and for an IPv6 one."
    )


def _matches(function: Callable, cases: tuple) -> Feedback | None:
    for number, (address, name, value, expected, thought) in enumerate(cases):
        zone, domain = _named(number, SHOP)
        value, thought = (text.replace("shop.test", domain) for text in (value, thought))
        term = name + (f":{value}" if value and not value.startswith("/") else value)
        about = f"the client {address} and `{term}` in the record of {domain}"
        with trying(about):
            try:
                given = function(address, name, value, domain, zone)
            except ValueError:
                if expected is not ValueError:
                    raise
                continue
            except AttributeError as error:
                if "_version" not in str(error):
                    raise
                return wrong(
                    "It asks whether a text is in a block. `ipaddress.ip_address(address)` makes an address of it."
                )
        if given is None:
            return wrong(f"For the client {address} and `{term}` it returned None. Each way ends in True or False.")
        if isinstance(given, str):
            return wrong(f"For {about} it gave the text {shown(given)}. Return True or False: the words come later.")
        if expected is ValueError or bool(given) != expected:
            return wrong(f"For {about} it gave {shown(given)}. {thought}")
        if name.startswith(("ip", "all")) and zone.asked:
            return wrong(f"For `{term}` it asked the DNS ({zone.asked[0]}). That one needs no question.")
        other = "A" if ":" in address else "AAAA"
        if asked := [key for key in zone.asked if key.startswith(f"{other} ")]:
            return wrong(
                f"For the client {address} it asked for {asked[0]}. An address of the other kind can never match, and "
                "each question costs time: ask for the client's kind."
            )
    return None


def _named(number: int, records: dict) -> tuple[Zone, str]:
    """The zone with each second time another name for its domain: what a function is told, it must not know before."""
    domain = ("shop.test", "fair.test")[number % 2]
    return Zone(**{key.replace("shop.test", domain): _renamed(found, domain) for key, found in records.items()}), domain


def _renamed(texts: list[str] | None, domain: str) -> list[str] | None:
    return texts and [text.replace("shop.test", domain) for text in texts]


WORDS = ("pass", "fail", "softfail", "neutral", "none", "temperror", "permerror")
ALL = {"TXT all.test": ["v=spf1 +all"], "TXT no.test": ["v=spf1 -all"], "TXT maybe.test": ["v=spf1 ~all"]}
OWN = ["v=spf1 mx ip4:192.0.2.25 -all"]

FIRST = (  # client, records, expected, what to think of
    ("203.0.113.71", OWN, "pass", "mx matches, and has no qualifier: that is as with `+`, pass."),
    ("192.0.2.25", OWN, "pass", "The second term matches. Go on until one does."),
    ("192.0.2.26", OWN, "fail", "Nothing but `-all` matches."),
    ("192.0.2.26", ["v=spf1 mx ~all"], "softfail", "`~` is softfail."),
    ("192.0.2.26", ["v=spf1 mx ?all"], "neutral", "`?` is neutral."),
    ("2001:db8::61", ["v=spf1 a -all"], "pass", "The client may be an IPv6 one, too."),
    ("2001:db8::25", ["v=spf1 ip6:2001:db8::/32 -all"], "pass", "`ip6` is a mechanism as `ip4` is one."),
    ("192.0.2.26", ["v=spf1 mx"], "neutral", "Nothing matched, and nothing is said about the rest: neutral."),
    ("192.0.2.26", ["v=spf1"], "neutral", "A record without terms matches nothing: neutral."),
    ("192.0.2.25", ["v=spf1 -ip4:192.0.2.25 +all"], "fail", "The first term that matches decides, whatever follows."),
    ("192.0.2.25", [], "none", "Without a record the result is none."),
    ("192.0.2.25", ["hello", "v=spf10 +all"], "none", "`v=spf10` is no SPF record: after the version comes a space."),
    ("192.0.2.25", ["hello", *OWN], "pass", "Other TXT records do not matter."),
    ("192.0.2.25", [*OWN, "v=spf1 -all"], "permerror", "Two SPF records: nobody knows which holds."),
    ("192.0.2.25", [*OWN, "v=spf1 ?all", "v=spf1 -all"], "permerror", "Three SPF records are no better than two."),
    (
        "192.0.2.25",
        ["v=spf1 ip4:192.0.2.1", "hello", "v=spf1"],
        "permerror",
        "Two SPF records: nobody knows which holds.",
    ),
    (
        "192.0.2.25",
        ["v=spf1 mx:many.test +all"],
        "permerror",
        "The MX records of many.test name eleven hosts. `matches` raises ValueError there, which is a permerror here.",
    ),
    ("203.0.113.219", ["v=spf1 mx:ten.test -all"], "pass", "An `mx` with ten hosts can be used."),
    ("192.0.2.25", ["v=spf1 ipv4:192.0.2.25 -all"], "permerror", "`ipv4` is no mechanism; ip4 is."),
    ("192.0.2.25", ["v=spf1 +all bogus"], "permerror", "The whole record is read before any of it is used."),
    (
        "192.0.2.25",
        ["v=spf1 exp=why.shop.test +all"],
        "pass",
        "`exp=` is a modifier: it has no qualifier, and matches nothing.",
    ),
    (
        "192.0.2.26",
        ["v=spf1 colour=blue -all"],
        "fail",
        "`colour=` is a modifier that nobody knows, and is skipped (RFC 7208 section 6).",
    ),
    (
        "192.0.2.25",
        ["v=spf1 ip4:192.0.2.256 -all"],
        "permerror",
        "192.0.2.256 is no address: the record cannot be used.",
    ),
    ("192.0.2.25", None, "temperror", "The DNS gives no answer. Later it may, so this is a temperror."),
    (
        "192.0.2.25",
        ["v=spf1 a:slow.test -all"],
        "temperror",
        "The DNS gives no answer about a name in the record, which is a temperror.",
    ),
)


def spf_first(function: Callable) -> Feedback:
    """Judge the first stage of `spf_result`: no include, no redirect."""
    return _first(function) or right(
        "You can tell what a record says of an address now, because the first term that matches decides. Next come the "
        "terms that lead elsewhere."
    )


def _first(function: Callable) -> Feedback | None:
    for number, (address, texts, expected, thought) in enumerate(FIRST):
        zone, domain = _named(number, {**SHOP, "TXT shop.test": texts, "A slow.test": None})
        texts = _renamed(texts, domain)
        told = "no answer from the DNS" if texts is None else " and ".join(f"`{text}`" for text in texts) or "no record"
        with trying(f"the client {address}, the domain {domain}, {told}"):
            given = function(address, domain, zone)
        if given != expected:
            return wrong(f"For the client {address} and {told} at {domain} it gave {_word(given)}. {thought}")
    return None


def _word(given: object) -> str:
    """What it gave, and what kind of thing that is, where it is none of the seven words."""
    if given is None:
        return "None: it came to its end, or to a `return`, without a word"
    if given in ("+", "-", "~", "?"):
        return f"{shown(given)}, the qualifier, where the word for it was wanted"
    return shown(given) if given in WORDS else f"{shown(given)}, which is none of the seven words"


def _chain(number: int, letter: str = "n", last: str = "+all") -> dict[str, list[str]]:
    """Records that include one another in a row, so that the last one is reached by so many look-ups."""
    zone = {f"TXT {letter}{n}.test": [f"v=spf1 include:{letter}{n + 1}.test -all"] for n in range(number)}
    return {**zone, f"TXT {letter}{number}.test": [f"v=spf1 {last}"]}


SECOND = (  # client, records of shop.test, more records, expected, what to think of
    (
        "192.0.2.25",
        "v=spf1 include:all.test -all",
        {},
        "pass",
        "all.test gives pass, so the include matches. (Does your function know `include` as a mechanism by now?)",
    ),
    (
        "192.0.2.25",
        "v=spf1 -include:all.test +all",
        {},
        "fail",
        "The include matches; what it means, its qualifier says.",
    ),
    (
        "192.0.2.25",
        "v=spf1 include:no.test ~all",
        {},
        "softfail",
        "no.test gives fail, so the include does not match, and the next term is looked at. Nothing is inserted.",
    ),
    ("192.0.2.25", "v=spf1 include:maybe.test -all", {}, "fail", "Only pass is a match; softfail is not."),
    (
        "192.0.2.25",
        "v=spf1 include:shrug.test -all",
        {"TXT shrug.test": ["v=spf1 ?all"]},
        "fail",
        "Only pass is a match; neutral is not.",
    ),
    (
        "192.0.2.25",
        "v=spf1 include:gone.test +all",
        {},
        "permerror",
        "A record that is to be included must exist; an include of nothing is a permerror.",
    ),
    (
        "192.0.2.25",
        "v=spf1 include:bad.test +all",
        {"TXT bad.test": ["v=spf1 bogus"]},
        "permerror",
        "What goes wrong in the other record makes this one useless: permerror.",
    ),
    (
        "192.0.2.25",
        "v=spf1 include:slow.test +all",
        {"TXT slow.test": None},
        "temperror",
        "The DNS gives no answer about the other record, so there is none about this one: temperror.",
    ),
    ("192.0.2.25", "v=spf1 redirect=maybe.test", {}, "softfail", "Nothing matched: the result is that of maybe.test."),
    (
        "192.0.2.25",
        "v=spf1 redirect=no.test ip4:192.0.2.25",
        {},
        "pass",
        "redirect counts only if no mechanism has matched, wherever it stands.",
    ),
    ("192.0.2.25", "v=spf1 redirect=no.test ~all", {}, "softfail", "Beside an `all`, redirect is never come to."),
    (
        "192.0.2.25",
        "v=spf1 redirect=gone.test",
        {},
        "permerror",
        "A redirect to a domain without a record is a permerror.",
    ),
    (
        "192.0.2.25",
        "v=spf1 include:moved.test -all",
        {"TXT moved.test": ["v=spf1 redirect=all.test"]},
        "pass",
        "A record that is included may have a redirect of its own; moved.test gives pass by it.",
    ),
    (
        "203.0.113.99",
        "v=spf1 include:other.test -all",
        {"TXT other.test": ["v=spf1 a -all"], "A other.test": ["203.0.113.99"]},
        "pass",
        "In the record of other.test, `a` is about other.test.",
    ),
    (
        "203.0.113.99",
        "v=spf1 redirect=other.test",
        {"TXT other.test": ["v=spf1 a -all"], "A other.test": ["203.0.113.99"]},
        "pass",
        "In the record of other.test, `a` is about other.test.",
    ),
    ("192.0.2.25", "v=spf1 include:n1.test -all", _chain(10), "pass", "Ten look-ups in a row are still allowed."),
    ("192.0.2.25", "v=spf1 include:n0.test -all", _chain(10), "permerror", "Eleven look-ups are one too many."),
    (
        "192.0.2.25",
        "v=spf1 include:n0.test include:m0.test +all",
        {**_chain(5, "n", "-all"), **_chain(5, "m", "-all")},
        "permerror",
        "Six look-ups lead through the first include and six through the second: they are counted together.",
    ),
    (
        "192.0.2.25",
        "v=spf1 ip4:192.0.2.25" + " include:no.test" * 11 + " -all",
        {},
        "pass",
        "The first term matches, so the others are never come to: what is not done costs nothing.",
    ),
    (
        "192.0.2.25",
        "v=spf1 include:shop.test -all",
        {},
        "permerror",
        "The record includes itself: the limit ends that.",
    ),
    (
        "192.0.2.25",
        "v=spf1 redirect=shop.test",
        {},
        "permerror",
        "The record redirects to itself: a redirect costs a look-up, too.",
    ),
    (
        "192.0.2.25",
        "v=spf1 a:a1.test a:a2.test a:a3.test a:a4.test a:a5.test a:a6.test mx:a7.test mx:a8.test mx:a9.test "
        "mx:b1.test a:b2.test +all",
        {f"A {a}.test": ["203.0.113.1"] for a in ("a1", "a2", "a3", "a4", "a5", "a6", "b2")},
        "permerror",
        "`a` and `mx` cost a look-up each, too: these are eleven.",
    ),
    (
        "192.0.2.25",
        "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 ip4:192.0.2.3 ip4:192.0.2.4 ip4:192.0.2.5 ip4:192.0.2.6 ip4:192.0.2.7 "
        "ip4:192.0.2.8 ip4:192.0.2.9 ip4:192.0.2.10 ip4:192.0.2.11 +all",
        {},
        "pass",
        "`ip4` costs no look-up.",
    ),
)


def spf_result(function: Callable) -> Feedback:
    """Judge `spf_result(address, domain, look)`."""
    with trying("`v=spf1 a -all` at shop.test, asked twelve times"):
        records = {**SHOP, "TXT shop.test": ["v=spf1 a -all"]}
        given = [function("192.0.2.25", "shop.test", Zone(**records)) for _ in range(12)]
    if any(result != given[0] for result in given):
        return wrong(
            "Asked twelve times about the same letter it gave different answers. The count begins anew with each call: "
            "make it inside the function. (A default such as `spent=[]` is made once, and kept.)"
        )
    if amiss := _first(function):
        return amiss
    for address, text, more, expected, thought in SECOND:
        zone = Zone(**{**SHOP, **ALL, "TXT shop.test": [text], **more})
        with trying(f"the client {address} and `{shown(text)}` at shop.test"):
            try:
                given = function(address, "shop.test", zone)
            except RecursionError:
                return wrong(
                    f"With `{text}` at shop.test it never stopped asking. Count the look-ups, in all the records "
                    "together, and give permerror at the eleventh."
                )
        if given != expected:
            return wrong(f"For the client {address} and `{text}` at shop.test it gave {_word(given)}. {thought}")
    return right(
        "You can evaluate a record now, to each of the seven results. An include asks whether the other record gives "
        "pass, a redirect hands over, and ten look-ups are the limit, in all the records together."
    )


def spf_reply(function: Callable) -> Feedback:
    """Judge `spf_reply(result)`, which returns a reply or None."""
    given = {}
    for result in WORDS:
        with trying(f"the result {result}"):
            given[result] = function(result)
        if amiss := _amiss_in_reply(result, given[result]):
            return wrong(amiss)
    if given["softfail"]:
        return wrong("It refuses at softfail. For that alone a receiver should not (RFC 7208 section 8.5).")
    if given["none"] or given["neutral"]:
        return wrong("It refuses letters of domains that say nothing. Many honest domains would be refused with them.")
    if given["pass"]:
        return wrong(f"At pass it answers {shown(given['pass'])}. The letter goes on: return None.")
    for result, code, finer in (
        ("fail", "550", "5.7.23"),
        ("permerror", "550", "5.7.24"),
        ("temperror", "451", "4.7.24"),
    ):
        if not given[result]:
            return wrong(f"At {result} the letter goes on. This host answers {code} {finer}.")
        if given[result][0] != code[0]:
            return wrong(
                "At temperror it refuses for good, because the DNS was silent for a moment. A 4 lets the letter wait."
                if code[0] == "4"
                else f"At {result} it answers {given[result][:3]}. That will not change by itself: a 5 says so."
            )
        if given[result].split()[:2] != [code, finer]:
            return wrong(
                f"At {result} it answers {shown(given[result])}. The codes for that are {code} {finer} (RFC 7372 "
                "section 3.2)."
            )
    return right(
        "Your host can act on SPF now. It refuses what will not change, puts off what may, and loses no letter for a "
        "softfail."
    )


def _amiss_in_reply(result: str, reply: object) -> str:
    if reply is None:
        return ""
    if not (isinstance(reply, str) and reply[:3].isdigit() and reply[3:4] == " " and reply[4:].strip()):
        return f"For {result} it gave {shown(reply)}. A reply is a text: three digits, a space, and a sentence."
    if "\r" in reply or "\n" in reply:
        return (
            f"For {result} it gave {shown(reply)}. The host ends the line itself; a second end would be an empty line."
        )
    if reply[0] not in "45":
        return f"For {result} it gave {shown(reply)}. The host says its own 250 when all is well: there, return None."
    return ""
