"""Notebook 01, DNS look-ups: its predictions and exercises."""

import re

from ..exercise import CodeExercise, ValueExercise
from ..judging import Feedback, right, shown, word, words, wrong
from ..prediction import Option, Prediction, one_of

REFERENCE = "helpers.check.answers.dns_lookups"
JUDGES = "helpers.check.judges.dns_lookups"


PREDICTIONS = (
    Prediction(
        name="apex_takes_mail",
        question="The name outlook.test has an address of its own. What happens if a host brings a letter straight "
        "there?",
        example="refused",
        options=(
            Option(
                "it is delivered: that is the address of outlook.test, after all",
                one_of("delivered", "connected"),
                "A domain's own address need not be a mail server, and here it is not: it is a web site. That is why "
                "the DNS has a record of its own for mail.",
            ),
            Option(
                "the connection is refused",
                one_of("refused"),
                "On that machine no program listens on port 25. Where a domain takes its mail, its MX records say.",
            ),
            Option(
                "the machine passes it on to mx1.outlook.test",
                one_of("passed on"),
                "Nothing passes it on. A machine that takes no mail does not know about mail.",
            ),
        ),
    ),
    Prediction(
        name="six_has_no_a",
        question="mx.six.test has an IPv6 address only. What does a question for its A record bring?",
        example="NoAnswer",
        options=(
            Option(
                "the IPv6 address",
                lambda value: ":" in str(value),
                "An A record holds an IPv4 address and nothing else. IPv6 addresses have a type of their own, AAAA.",
            ),
            Option(
                "a no: there is no such name (NXDOMAIN)",
                one_of("nxdomain"),
                "The name exists, for it has an AAAA record. NXDOMAIN is said of a name that does not exist: it has "
                "no record, and neither has any name "
                "below it.",
            ),
            Option(
                "an answer with no records in it",
                one_of("noanswer", "nodata"),
                "This is called NODATA: the name exists, the type does not. dnspython raises `NoAnswer` for it.",
            ),
        ),
    ),
    Prediction(
        name="ends_at_ten",
        question="The A record of an exchange says 10.0.0.1. Does a letter from another provider reach it there?",
        example="nobody",
        options=(
            Option(
                "yes: an address is an address",
                one_of("somebody"),
                "10.0.0.1 is a private address. Every home and office may use it inside, so from outside it leads to "
                "nobody, or to the wrong machine.",
            ),
            Option(
                "no: 10.0.0.1 belongs to nobody in particular",
                one_of("nobody"),
                "Addresses that begin with 10. are for private networks (RFC 1918 section 3). An exchange that "
                "strangers "
                "are to reach needs a public address.",
            ),
            Option(
                "only with a password",
                one_of("password"),
                "An exchange asks strangers for no password; it takes letters for its own domain from anyone. But "
                "first "
                "they have to reach it.",
            ),
        ),
    ),
    Prediction(
        name="no_mx",
        question="corner-shop.test exists and has no MX record. Where does a letter for Olive go?",
        example="corner-shop.test",
        options=(
            Option(
                "back to Grace: this domain takes no mail",
                one_of("out.gmail.test", "in.gmail.test"),
                "No MX record is not a no. A domain that wants no mail says so, with a null MX.",
            ),
            Option(
                "to a server of the zone above, test.",
                one_of("a.nic.test"),
                "The zone above knows who answers for corner-shop.test in the DNS, and has nothing to do with its "
                "mail.",
            ),
            Option(
                "to the address of corner-shop.test itself",
                one_of("corner-shop.test"),
                "This is the implicit MX (RFC 5321 section 5.1). It comes from a time before MX records, and small "
                "domains still live by it.",
            ),
        ),
    ),
    Prediction(
        name="root_knows",
        question="You ask the root server for the MX records of outlook.test. What does it answer?",
        example="NS",
        options=(
            Option(
                "the MX records",
                one_of("mx"),
                "The root does not keep the records of domains. There are hundreds of millions of them.",
            ),
            Option(
                "which servers know more: those of test.",
                one_of("ns"),
                "A referral. The root knows who answers for each top-level domain, and points there.",
            ),
            Option(
                "NXDOMAIN: it does not know that name",
                one_of("nxdomain"),
                "NXDOMAIN would mean that the name does not exist. The root has given test. away to other servers, "
                "so it "
                "says which.",
            ),
            Option(
                "it asks on for you, and brings the answer",
                one_of("mx by recursion"),
                "That is what a recursive resolver does. The root answers for its own zone and asks nobody.",
            ),
        ),
    ),
    Prediction(
        name="asked_again",
        question="The same question once more: whom does the recursive resolver ask this time?",
        example=["cache"],
        options=(
            Option(
                "the root, test. and ns1.outlook.test, as before",
                lambda value: len(value) > 2,
                "If each look-up began at the root, the root would have to answer for the whole world. What was "
                "learned is kept for a while.",
            ),
            Option(
                "ns1.outlook.test only",
                lambda value: len(value) == 2,
                "It would, if the answer had run out and the way to it had not. Here the answer itself is still fresh.",
            ),
            Option(
                "nobody: it still has the answer",
                lambda value: list(value) == ["cache"],
                "The answer stays in the cache for as long as its TTL, its time to live, says.",
            ),
        ),
    ),
    Prediction(
        name="change_seen",
        question="Olive has changed her address in the DNS. What does the resolver, which looked it up ten minutes "
        "ago, "
        "answer now?",
        example="203.0.113.90",
        options=(
            Option(
                "the new address: her name server has it already",
                one_of("203.0.113.99"),
                "Her name server has it, but nobody asks her name server: the resolver has an answer that is good for "
                "another fifty minutes.",
            ),
            Option(
                "the old address",
                one_of("203.0.113.90"),
                "The answer in its cache is good until its TTL has run out. Then it asks again, and sees the new one.",
            ),
            Option(
                "nothing, until the change has propagated to all servers of the world",
                one_of("nothing"),
                "Nothing is pushed to resolvers. Their copies expire, each at its own time.",
            ),
        ),
    ),
)


_FATES = {
    "bounce": ("bounce", "bounced", "bounces"),
    "itself": ("deliver to the domain itself", "deliver to itself", "itself", "implicit mx", "deliver", "delivered"),
    "wait": ("wait", "waits", "deferred", "defer", "try again later", "queue"),
}
_FATE_OF = {spelling: fate for fate, spellings in _FATES.items() for spelling in spellings}
_OUTCOMES = ("nxdomain", "nodata", "servfail", "time-out")
_SPELLINGS = {"timeout": "time-out", "noanswer": "nodata", "nonameservers": "servfail"}


def _fate(answer: object) -> Feedback:
    if isinstance(answer, dict):
        given = {_SPELLINGS.get(word(outcome), word(outcome)): word(fate) for outcome, fate in answer.items()}
    else:
        given = dict(zip(_OUTCOMES, words(answer) or [], strict=False))
    if missing := [outcome for outcome in _OUTCOMES if outcome not in given]:
        return wrong(f"Give a table with four rows, as in the cell: {', '.join(missing)} has no fate yet.")
    if odd := [fate for fate in given.values() if fate not in _FATE_OF]:
        return wrong(f"{shown(odd[0])} is none of the three fates: bounce, deliver to the domain itself, wait.")
    nxdomain, nodata, servfail, timeout = (_FATE_OF[given[outcome]] for outcome in _OUTCOMES)
    if servfail == "bounce" or timeout == "bounce":
        which = "SERVFAIL" if servfail == "bounce" else "A time-out"
        return wrong(
            f"{which} bounces the letter, you say. But nobody has said no: no answer is not a no. The trouble may be "
            "over in ten minutes, so the letter waits."
        )
    if "itself" in (servfail, timeout):
        return wrong(
            "Without any answer the host does not know whether there are MX records. To go to the domain itself now "
            "might bring the letter to the wrong machine."
        )
    if nodata != "itself":
        return wrong("NODATA is what corner-shop.test gave. The name exists, and there is no MX: what did Olive get?")
    if nxdomain == "wait":
        return wrong("NXDOMAIN is a definite no: there is no such name. There is nothing to wait for.")
    if nxdomain == "itself":
        return wrong(
            "NXDOMAIN says that the name has no record of any type, so it has no address to deliver to either."
        )
    return right(
        "A definite no bounces, a definite 'no such type' falls back to the domain itself, and where no answer could "
        "be had the letter waits (RFC 5321 section 5.1)."
    )


def _still_old(answer: object) -> Feedback:
    text = word(answer)
    try:
        seconds = float(re.sub(r",|\s*(s|sec|seconds)$", "", text))
    except ValueError:
        if "propag" in text or "24" in text or "48" in text:
            return wrong(
                "Nothing propagates: her name server has had the new record since she published it. Look at the TTL in "
                "the resolver's own answer, 3000: it says for how many more seconds the old one is good."
            )
        return wrong(f"{shown(answer)} is not a number of seconds. Look at the TTL in the resolver's answer.")
    if seconds == 3000:
        return right(
            "3000 seconds: what is left of the hour. The record was looked up ten minutes ago with a TTL of 3600, and "
            "no later change can reach that copy before it has run out."
        )
    if seconds == 3600:
        return wrong(
            "3600 is the whole TTL, as the name server gives it out. The resolver's copy is ten minutes old already: "
            "what does its own answer show as TTL?"
        )
    if seconds == 0:
        return wrong(
            "At once? The resolver has just answered with the old address. It will not ask before its copy is stale."
        )
    if seconds in (86400, 172800):
        return wrong(
            "Days are what people say who speak of propagation. The resolver's own answer shows a TTL of 3000 seconds, "
            "and after these it asks again."
        )
    if seconds == 60:
        return wrong(
            "60 is how long a 'there is no such thing' may be kept. This is an answer with a record and a TTL."
        )
    return wrong(f"After {seconds:g} seconds? The resolver's answer shows the TTL that is left; read it once more.")


EXERCISES = (
    CodeExercise(
        name="domain_of",
        asks="a function `domain_of(address)` that gives the domain of an address",
        judge=f"{JUDGES}:domain_of",
        reference=REFERENCE,
        hints=(
            "The domain is what stands after the @.",
            'An address may hold more than one @: "tom@home"@twins.test is a valid one. Which @ parts it?',
            '`text.rpartition("@")` cuts at the last @ and gives three parts: before, the @, after.',
        ),
        wrong=(
            ('def domain_of(address):\n    return address.split("@")[1]', "the last @ counts"),
            ('def domain_of(address):\n    return address.split("@")[0]', "all that stands after the @"),
            ('def domain_of(address):\n    return "@" + address.rpartition("@")[2]', "all that stands after the @"),
        ),
    ),
    CodeExercise(
        name="mail_hosts_in_order",
        asks="a function `mail_hosts(domain, resolver)` that gives the names of the exchanges, the first to try first",
        judge=f"{JUDGES}:mail_hosts_in_order",
        stage_of="mail_hosts",
        reference="helpers.check.answers.dns_lookups_first",
        hints=(
            '`resolver.resolve(domain, "MX")` gives the records; you can loop over them. Each has a `preference` and '
            "an `exchange`.",
            "`sorted(records, key=...)` wants a function that gives what to sort by: the preference, which is a "
            "number.",
            "`[str(mx.exchange) for mx in sorted(records, key=lambda mx: mx.preference)]` is the whole of it, once you "
            "have the records.",
        ),
        wrong=(
            (
                "def mail_hosts(domain, resolver):\n"
                "    texts = sorted(mx.to_text() for mx in resolver.resolve(domain, 'MX'))\n"
                "    return [text.split()[1] for text in texts]",
                "sorted as text",
            ),
            (
                "def mail_hosts(domain, resolver):\n"
                "    return [str(mx.exchange) for mx in resolver.resolve(domain, 'MX')]",
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
        ),
    ),
    CodeExercise(
        name="mail_hosts",
        asks="your `mail_hosts(domain, resolver)`, which now knows the implicit and the null MX too",
        judge=f"{JUDGES}:mail_hosts",
        reference=REFERENCE,
        hints=(
            "Two new cases: `resolver.resolve` raises `dns.resolver.NoAnswer` where there is no MX record; and the "
            "null "
            "MX is one record whose exchange is a lone dot.",
            "Put the look-up into `try`, and in `except dns.resolver.NoAnswer` return a list with the domain "
            "itself. Do "
            "not catch anything else.",
            'Leave the exchange "." out of the list that you return: `if str(mx.exchange) != "."`.',
        ),
        wrong=(
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
        ),
    ),
    ValueExercise(
        name="fate",
        asks="for each of the four outcomes a fate: bounce, deliver to the domain itself, or wait",
        judge=_fate,
        reference=REFERENCE,
        hints=(
            "Send a letter to a domain of each kind and read its record: `lab.send(letter_to(...))`.",
            "Two of the four are answers, and two are the lack of one. Which are which?",
            "An answer is acted on at once. Where there was none, nobody has said no: the letter waits.",
        ),
        wrong=(
            (["bounce", "deliver to the domain itself", "bounce", "wait"], "no answer is not a no"),
            (["bounce", "deliver to the domain itself", "wait", "bounce"], "no answer is not a no"),
            (["bounce", "bounce", "wait", "wait"], "what did Olive get?"),
            (["wait", "deliver to the domain itself", "wait", "wait"], "a definite no"),
            (["deliver to the domain itself", "deliver to the domain itself", "wait", "wait"], "no record of any type"),
            (["bounce", "itself", "itself", "wait"], "the wrong machine"),
            (["bounce", "lost", "wait", "wait"], "none of the three fates"),
            (["bounce"], "has no fate yet"),
        ),
    ),
    ValueExercise(
        name="still_old",
        asks="a number of seconds",
        judge=_still_old,
        reference=REFERENCE,
        hints=(
            "Two answers stand above, one of her name server and one of the resolver. Which one does a sending host "
            "see?",
            "The resolver's answer has a TTL, and it is smaller than the name server's. Why would it be?",
            "The TTL in a resolver's answer is what is left of it. When it is used up, the resolver asks anew.",
        ),
        wrong=(
            ("propagation", "Nothing propagates"),
            (3600, "ten minutes old already"),
            (86400, "people say who speak of propagation"),
            (0, "before its copy is stale"),
            (60, "no such thing"),
            (5, "read it once more"),
            ("soon", "not a number of seconds"),
        ),
    ),
)
