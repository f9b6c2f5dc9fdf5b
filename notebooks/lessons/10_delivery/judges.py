"""Judges of notebook 10's functions; they run in the child process, with a lab of their own."""

import dns.exception

from helpers.check.judging import Feedback, right, shown, trying, wrong
from helpers.lab import Lab, NobodysAddress

ADA, BOB = "ada@gmail.test", "bob@gmail.test"
SUPPORT, GRACE, NOBODY = "support@outlook.test", "grace@outlook.test", "nobody@outlook.test"
NORA, OLIVE = "nora@one-down.test", "olive@corner-shop.test"
MX1, MX2, SHOP = "mx1.outlook.test", "mx2.outlook.test", "corner-shop.test"
ADDRESS, NOWHERE = "203.0.113.25", "2001:db8::dead"
LETTER = b"From: Ada <ada@gmail.test>\r\nTo: somebody\r\nSubject: Tulips\r\n\r\nThey are out.\r\n"
PATIENCE = 600  # seconds
NOT_220 = (
    ("554 5.3.2 No mail here", "554 in place of 220"),
    ("421 4.3.2 Too busy", "421 in place of 220, a greeting that is a not now"),
)
LIMIT = 12  # connections in one delivery: more than any needs
_NO_RETURN = "Whoever calls it gets nothing: hand the answer back with `return`."

# addresses

ZONE = """$ORIGIN learner.test.
$TTL 300
@       SOA  ns postmaster 1 3600 600 604800 60
@       NS   ns
ns      A    192.0.2.52
late    MX   10 b.late
late    MX   9 a.late
late    A    192.0.2.1
a.late  A    192.0.2.11
a.late  A    192.0.2.13
b.late  A    192.0.2.12
both    MX   10 a.both
both    MX   20 b.both
a.both  A    192.0.2.21
a.both  AAAA 2001:db8::21
b.both  AAAA 2001:db8::22
b.both  A    192.0.2.22
hole    MX   10 gone.hole
hole    MX   15 bare.hole
hole    MX   20 here.hole
bare.hole TXT "no address"
here.hole A  192.0.2.31
lost    MX   10 mx.lame.test.
four    MX   10 d.four
four    MX   10 b.four
four    MX   5 a.four
four    MX   10 c.four
a.four  A    192.0.2.41
b.four  A    192.0.2.42
c.four  A    192.0.2.43
d.four  A    192.0.2.44
many    MX   10 a.many
many    MX   20 b.many
a.many  A    192.0.2.51
a.many  A    192.0.2.52
a.many  A    192.0.2.53
a.many  AAAA 2001:db8::51
b.many  A    192.0.2.54
b.many  A    192.0.2.55
b.many  A    192.0.2.56
"""
ORDERS = 40  # so often the dice are thrown: that one of three equals is never first then happens to one in millions


class Remembering:
    """A resolver that puts no question twice, so that a list can be made forty times."""

    def __init__(self, resolver):
        self.resolver, self.known = resolver, {}

    def __getattr__(self, name):
        return getattr(self.resolver, name)

    def resolve(self, name, rdtype="A", *more, **options):
        key = str(name).rstrip(".").lower(), str(rdtype), more, tuple(sorted(options.items()))
        if key not in self.known:
            try:
                self.known[key] = self.resolver.resolve(name, rdtype, *more, **options)
            except dns.exception.DNSException as error:
                self.known[key] = error
        if isinstance(self.known[key], Exception):
            raise self.known[key]
        return self.known[key]


def addresses_in_order(function) -> Feedback:
    """Judge the first stage of `addresses`: equals may stand in any order, and there may be any number."""
    with Lab() as lab:
        lab.publish(ZONE)
        return _lists(function, lab) or right(
            "Host after host by preference, and of each both kinds of address. What a connection goes to is an "
            "address, so this is the list of doors."
        )


def addresses(function) -> Feedback:
    """Judge `addresses(domain, resolver)`, which returns a list of str (RFC 5321 section 5.1)."""
    with Lab() as lab:
        lab.publish(ZONE)
        problem = _lists(function, lab) or _dice(function, lab) or _limit(function, lab)
    return problem or right(
        "The doors of any domain, in the order in which to knock: by preference, equals by dice, IPv4 and IPv6, and no "
        "more than five."
    )


def _list_of(function, lab, domain: str) -> list | Feedback:
    with trying(f"the domain {domain}"):
        given = function(domain, lab.resolver)
    if given is None:
        return wrong(f"For {domain} it gave None. {_NO_RETURN}")
    if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
        return wrong(
            f"For {domain} it gave {shown(given)}. Give a list of addresses as text, which is what `lab.connect` "
            "takes: of an A or AAAA record that is `record.address`."
        )
    if any(one.rstrip(".").endswith(".test") for one in given):
        return wrong(f"For {domain} it gave {shown(given)}. Those are names. A connection goes to an address.")
    return list(given)


def _lists(function, lab) -> Feedback | None:
    for domain, groups in (
        ("late.learner.test", (("192.0.2.11", "192.0.2.13"), ("192.0.2.12",))),
        ("outlook.test", (("203.0.113.25",), ("203.0.113.26",))),
        ("corner-shop.test", (("203.0.113.90",),)),
        ("six.test", (("2001:db8::25",),)),
        ("both.learner.test", (("192.0.2.21", "2001:db8::21"), ("192.0.2.22", "2001:db8::22"))),
        ("hole.learner.test", (("192.0.2.31",),)),
        ("no-mail.test", ()),
        ("dangling.test", ()),
    ):
        given = _list_of(function, lab, domain)
        if isinstance(given, Feedback):
            return given
        if problem := _not_in_order(domain, given, groups):
            return problem
    for domain in ("outlok.test", "lame.test", "lost.learner.test"):
        try:
            given = _list_of(function, lab, domain)
        except dns.exception.DNSException:
            continue
        if isinstance(given, Feedback):
            return given
        what = {
            "outlok.test": "does not exist",
            "lame.test": "gets no answer from the DNS at the moment",
            "lost.learner.test": "has one exchange, and the DNS gives no answer about that host at the moment",
        }[domain]
        return wrong(
            f"{domain} {what}, and yours gave {shown(given)}. An empty list says that there is no door. Let the "
            "exception through, so that whoever calls can tell a no from a silence. Catch only `NoAnswer` and "
            "`NXDOMAIN`, and only where you ask for a host's addresses."
        )
    return None


def _not_in_order(domain: str, given: list[str], groups: tuple[tuple[str, ...], ...]) -> Feedback | None:
    """What is wrong with a list of addresses, of which the groups are hosts in order."""
    wanted = [one for group in groups for one in group]
    if extra := [one for one in given if one not in wanted]:
        if domain in ("late.learner.test", "outlook.test", "dangling.test"):
            return wrong(
                f"{domain} has MX records, and {extra[0]} in your list is its own address. Where there is an MX "
                "record, a domain's own address is not to be tried, whatever became of its exchanges."
            )
        return wrong(f"For {domain} it gave {extra[0]}, and there is no door: {shown(given)}.")
    if missing := [one for one in wanted if one not in given]:
        if ":" in missing[0]:
            return wrong(
                f"For {domain} it gave {shown(given)}, where {missing[0]} is missing. Of each host ask for the type "
                "AAAA as well as for A."
            )
        if domain == "hole.learner.test":
            return wrong(
                f"Of the three exchanges of {domain} the first does not exist and the second has no address, and yours "
                f"gave {shown(given)}. The third one is a good door: go on to the next host."
            )
        say = f"For {domain} it gave {shown(given)}, where {missing[0]} is missing."
        if domain == "late.learner.test" and missing[0] != "192.0.2.12":
            say += " Its first host, a.late.learner.test, has two A records, and each of them is a door: take all."
        return wrong(say)
    if len(given) != len(wanted):
        return wrong(f"For {domain} it gave {shown(given)}: one address more than once.")
    at = 0
    for group in groups:
        if set(given[at : at + len(group)]) != set(group):
            return wrong(
                f"For {domain} it gave {shown(given)}. All addresses of the first host come before those of the "
                "second, and the lowest preference comes first, as a number."
            )
        at += len(group)
    return None


def _dice(function, lab) -> Feedback | None:
    lab.resolver = Remembering(lab.resolver)
    for domain, first, equals in (
        ("four.learner.test", ["192.0.2.41"], {"192.0.2.42", "192.0.2.43", "192.0.2.44"}),
        ("twins.test", [], {"203.0.113.31", "203.0.113.32"}),
    ):
        seen = set()
        for _ in range(ORDERS):
            given = _list_of(function, lab, domain)
            if isinstance(given, Feedback):
                return given
            if given[: len(first)] != first or set(given) != {*first, *equals}:
                return wrong(
                    f"{domain} has an exchange of preference 5, whose address is 192.0.2.41, and three of preference "
                    f"10. Yours gave {shown(given)}. Only equals may change places."
                    if first
                    else f"{domain} has two exchanges of preference 10, and yours gave {shown(given)}."
                )
            seen.add(given[len(first)])
        if seen != equals:
            return wrong(
                f"{domain} has {'three' if first else 'two'} exchanges of preference 10. In {ORDERS} lists "
                f"{' or '.join(sorted(seen))} came first among them, each time, so that one of them gets no work at "
                "all. Let dice decide the order of equals."
            )
    return None


def _limit(function, lab) -> Feedback | None:
    given = _list_of(function, lab, "many.learner.test")
    if isinstance(given, Feedback):
        return given
    if len(given) > 5:
        return wrong(
            f"many.learner.test has seven addresses, and yours gave {len(given)}. Stop at five: each dead door costs "
            "minutes. (Count addresses, not hosts.)"
        )
    if len(given) < 5:
        return wrong(
            f"many.learner.test has seven addresses, and yours gave {len(given)}. The limit here is five, and one "
            "host may have several of a type: take them all."
        )
    return None


# knock and deliver


class Watch:
    """A lab as a learner's function sees it, which notes each connection. Nobody waits in it for real."""

    def __init__(self):
        self.lab = Lab()
        self.lab.waiting.real = 0  # whatever time-out it has, it is the lab's
        self.connect, self.lab.connect = self.lab.connect, self._connect
        self.calls = []  # the address of each, and its socket or what went wrong
        self.patience = []

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.lab.close()

    def _connect(self, address, port, source=None, timeout=2.0):
        if len(self.calls) == LIMIT:
            raise RuntimeError(f"{LIMIT} connections for one letter and no end, the last to {address}")
        self.patience.append(timeout)
        try:
            sock = self.connect(address, port, source, timeout)
        except OSError as error:
            self.calls.append((address, error))
            raise
        self.calls.append((address, sock))
        return sock

    def anew(self):
        """Mend everything, and forget what was noted."""
        self.lab.faults.clear()
        for host in self.lab.mail_hosts.values():
            host.policy = None
        for _, sock in self.calls:
            if not isinstance(sock, OSError):
                sock.close()
        self.calls, self.patience = [], []
        self.kept = {who: len(self.lab.mailbox(who)) for who in (SUPPORT, GRACE, NORA, OLIVE)}

    def says(self, host: str, step: str, reply: str, *recipients: str):
        """Let a host answer a step so, each time or for these recipients alone."""

        def policy(session, asked, value):
            return reply if asked == step and (not recipients or value in recipients) else None

        self.lab.mail_hosts[host].policy = policy

    def copies(self, who: str) -> int:
        """How many letters came to somebody since."""
        return len(self.lab.mailbox(who)) - self.kept[who]

    @property
    def doors(self) -> list[str]:
        """The hosts at which it knocked, in order."""
        return [self._name(address) for address, _ in self.calls]

    @property
    def talk(self) -> str:
        """Every connection as a conversation, without the letters' lines."""
        said = []
        for number, (address, sock) in enumerate(self.calls, 1):
            said.append(f"{number}. {self._name(address)} ({address})")
            if isinstance(sock, OSError):
                said.append(f"   -- {sock}")
                continue
            rows = [row for row in sock.transcript.rows(12) if row.part != "Capabilities" or row.who == "C"]
            said += [f"   {row}" for row in rows if not row.layer]
        return "\n".join(said) or "It knocked at no door."

    def _name(self, address: str) -> str:
        try:
            return self.lab.host(address).name
        except NobodysAddress:
            return "nobody"


def _fates(given: object, recipients: list[str], what: str, watch: Watch) -> Feedback | None:
    """What is wrong with the form of what was given."""
    if given is None:
        return wrong(f"With {what}: it gave None. {_NO_RETURN}")
    if not isinstance(given, dict):
        return wrong(f"With {what}: it gave {shown(given)}. Give a dict, with a fate for each recipient.")
    if missing := [who for who in recipients if who not in given]:
        return wrong(f"With {what}: it gave {shown(given)}, where {missing[0]} has no fate.", evidence=watch.talk)
    for who, fate in given.items():
        if not isinstance(fate, str) or fate[:1] not in ("2", "4", "5"):
            return wrong(
                f"With {what}: the fate of {who} is {shown(fate)}. A fate is text whose first digit says what it is: 2 "
                "delivered, 4 not now, 5 no.",
                evidence=watch.talk,
            )
    return None


def _call(function, watch: Watch, what: str, *arguments, **options):
    """Call a learner's function; a connection that broke is told together with the conversation."""
    with trying(what):
        return function(watch.lab, *arguments, **options)


def _raised(error: Exception) -> str:
    """An error as a part of a sentence."""
    return f"it raised {type(error).__name__}, {str(error).rstrip('.')}."


def _changed(what: str, before, now: list[str], watch: Watch) -> Feedback | None:
    """What is wrong where the list of recipients that was handed in is another one afterwards."""
    if now == list(before):
        return None
    return wrong(
        f"With {what}: the list of recipients that was handed in is {shown(now)} afterwards. It belongs to whoever "
        "called, who may want it for the report. Work on a list of your own: `list(recipients)` makes one.",
        evidence=watch.talk,
    )


def _quiet_knock(function, watch, what, recipients=(SUPPORT,), letter=LETTER, patience=300, address=ADDRESS):
    """What `knock` gave, or a Feedback where it raised OSError or gave something odd."""
    handed = list(recipients)
    try:
        given = _call(function, watch, what, address, BOB, handed, letter, patience)
    except OSError as error:
        return wrong(
            f"With {what}: {_raised(error)} Whoever calls it wants to go on to the next door, so give each recipient "
            "a fate that begins with 4, whatever kind of `OSError` it was.",
            evidence=watch.talk,
        )
    return _fates(given, list(recipients), what, watch) or _changed(what, recipients, handed, watch) or given


def knock(function) -> Feedback:
    """Judge `knock(lab, address, sender, recipients, letter, patience)`, which returns a dict of fates."""
    with Watch() as watch:
        problem = _taken(function, watch) or _troubles(function, watch) or _before_mail(function, watch)
        problem = problem or _patient(function, watch) or _closes(function, watch)
    return problem or right(
        "One door, and a fate for each recipient whatever happens there: the host's own words where it spoke of the "
        "letter, a 4 where nobody did, and the door is closed behind you."
    )


def _taken(function, watch) -> Feedback | None:
    watch.anew()
    what = f"a host that takes {SUPPORT} and refuses {NOBODY}"
    given = _quiet_knock(function, watch, what, [SUPPORT, NOBODY])
    if isinstance(given, Feedback):
        return given
    if watch.doors != [MX1]:
        return wrong(
            f"With {what}: it was given the address {ADDRESS}, and knocked at {', '.join(watch.doors) or 'no door'}. "
            "One call is one connection, to port 25 of the address that it was given.",
            evidence=watch.talk,
        )
    if not watch.copies(SUPPORT) or not given[SUPPORT].startswith("250"):
        return wrong(f"With {what}: its fate for {SUPPORT} is {shown(given[SUPPORT])}.", evidence=watch.talk)
    if not given[NOBODY].startswith("550"):
        return wrong(
            f"With {what}: the host answered RCPT with 550, and yours says {shown(given[NOBODY])}. A no that the host "
            "said of a recipient is that recipient's fate, in the host's own words.",
            evidence=watch.talk,
        )
    if (sender := watch.lab.mailbox(SUPPORT)[-1].envelope.sender) != BOB:
        return wrong(f"The return path was to be {BOB}, and MAIL FROM named {sender}. It need not be who wrote it.")
    return None


def _troubles(function, watch) -> Feedback | None:
    faults = watch.lab.faults
    for what, switch in (
        ("a host that refuses the connection", lambda: faults.refuse(MX1)),
        ("a host that is switched off", lambda: faults.down(MX1)),
        ("a connection that breaks in the middle of RCPT", lambda: faults.at(MX1, "RCPT", "cut")),
        ("a host that falls silent after the dot", lambda: faults.at(MX1, ".", "silence")),
        ("a host that answers DATA with 421", lambda: faults.at(MX1, "DATA", "421")),
        (f"{NOWHERE}, an address that leads nowhere", None),  # last: "2001..." would begin a fate with a 2
    ):
        watch.anew()
        if switch:
            switch()
        given = _quiet_knock(function, watch, what, address=ADDRESS if switch else NOWHERE)
        if isinstance(given, Feedback):
            return given
        if not given[SUPPORT].startswith("4"):
            return wrong(
                f"With {what}: the fate is {shown(given[SUPPORT])}. Nobody has said no for good, and nobody has taken "
                "the letter either, as far as one knows. So the fate begins with 4, and the next door may take it.",
                evidence=watch.talk,
            )
    return None


def _before_mail(function, watch) -> Feedback | None:
    for step, reply, what in (*(("connect", *one) for one in NOT_220), ("HELO", "550 5.7.1 Not you", "550 to EHLO")):
        watch.anew()
        watch.says(MX1, step, reply)
        given = _quiet_knock(function, watch, f"a host that says {what}", [SUPPORT, GRACE])
        if isinstance(given, Feedback):
            return given
        for who in (SUPPORT, GRACE):
            if given[who].startswith("5"):
                return wrong(
                    f"With a host that says {what}: the fate of {who} is {shown(given[who])}, and would be a bounce. "
                    "But that came before MAIL FROM: it is about this host and its caller, and nothing was said of "
                    "the letter. Another door may take it, so the fate begins with 4. "
                    '(`sock.transcript.says("C", "MAIL")`)',
                    evidence=watch.talk,
                )
            if given[who].startswith("2"):
                return wrong(f"With a host that says {what}: the fate of {who} is {shown(given[who])}.")
        if len(watch.calls) > 1:
            return wrong(
                f"With a host that says {what}: it knocked {len(watch.calls)} times. One call is one connection. Who "
                "has just been sent away comes back later, and the next door may take the letter meanwhile.",
                evidence=watch.talk,
            )
    watch.anew()
    watch.says(MX1, "MAIL", "550 5.7.1 Not from there")
    given = _quiet_knock(function, watch, "a host that answers MAIL FROM with 550")
    if isinstance(given, Feedback):
        return given
    if not given[SUPPORT].startswith("550"):
        return wrong(
            f"The host answered MAIL FROM with 550, and yours says {shown(given[SUPPORT])}. That no is about this "
            "letter's return path, and is the letter's fate.",
            evidence=watch.talk,
        )
    return None


def _patient(function, watch) -> Feedback | None:
    for minutes, patience, answered in ((3, 240, True), (6, 240, False), (9, lambda said: 600, True)):
        watch.anew()
        watch.lab.faults.at(MX1, ".", "hold", minutes=minutes)
        waits = "a function that says 600" if callable(patience) else f"{patience} s"
        what = f"a host whose answer to the dot takes {minutes} minutes, and `patience` {waits}"
        given = _quiet_knock(function, watch, what, patience=patience)
        if isinstance(given, Feedback):
            return given
        if watch.patience != [patience]:
            return wrong(
                f"With {what}: yours connected with a time-out of {shown(watch.patience[0])}. Hand `patience` to "
                "`lab.connect`, as its `timeout`.",
                evidence=watch.talk,
            )
        if given[SUPPORT].startswith("2") != answered:
            return wrong(f"With {what}: the fate is {shown(given[SUPPORT])}.", evidence=watch.talk)
    watch.anew()
    with trying("no `patience`, for which 300 is meant to stand"):
        function(watch.lab, ADDRESS, BOB, [SUPPORT], LETTER)
    if watch.patience != [300]:
        return wrong(f"Without `patience` yours connected with {shown(watch.patience[0])}. The stub has 300 for that.")
    return None


def _closes(function, watch) -> Feedback | None:
    for fault in ("", "cut", "554"):
        watch.anew()
        if fault == "cut":
            watch.lab.faults.at(MX1, "DATA", "cut")
        elif fault:
            watch.says(MX1, "connect", "554 5.3.2 No mail here")
        given = _quiet_knock(function, watch, "a host that is asked once more")
        if isinstance(given, Feedback):
            return given
        sock = watch.calls[0][1]
        if sock.fileno() >= 0:
            after = {"": "a letter that was taken", "cut": "a connection that broke", "554": "a refusal"}[fault]
            return wrong(
                f"After {after} yours left its socket open. A host that sends all day would run out of them. "
                "`with lab.connect(...) as sock:` closes it, however the block ends."
            )
    return None


# deliver: each scenario sets the stage and says what has to come of it


def deliver_to_one(function) -> Feedback:
    """Judge the first stage of `deliver`: one recipient, and a domain whose doors the DNS knows."""
    return _first_problem(function, ONE) or right(
        "It knocks at one door after the other, and stops at the first one that takes the letter, or that says no to "
        "it. Nora's letters arrive."
    )


def deliver(function) -> Feedback:
    """Judge `deliver(lab, sender, recipients, letter, patience)`, which returns a dict of fates."""
    return _first_problem(function, (*ONE, *SEVERAL)) or right(
        "Whatever the doors of a domain do, each recipient has one fate, nobody is asked again who has one, and nobody "
        "who was taken is sent to twice. You can now deliver a letter to any domain."
    )


def _first_problem(function, scenarios) -> Feedback | None:
    with Watch() as watch:
        for scenario in scenarios:
            watch.anew()
            if problem := scenario(function, watch):
                return problem
    return None


def _deliver(function, watch, what, recipients, wanted, patience=300):
    """Call it, and compare the fates with `wanted`, the first digit of each or, of three digits, the host's own."""
    more, handed = () if patience is None else (patience,), list(recipients)
    try:
        given = _call(function, watch, what, BOB, handed, LETTER, *more)
    except (OSError, dns.exception.DNSException) as error:
        say = f"With {what}: {_raised(error)} A delivery ends in fates, whatever happens."
        return wrong(say, evidence=watch.talk)
    if problem := _fates(given, list(recipients), what, watch) or _changed(what, recipients, handed, watch):
        return problem
    for who, digit in wanted.items():
        if digit[1:] and given[who].startswith(digit[0]) and digit not in given[who]:
            return wrong(
                f"With {what}: the fate of {who} is {shown(given[who])}. Where a host spoke, the fate is its reply, "
                f"and the last one that did said {digit}.",
                evidence=watch.talk,
            )
        if not given[who].startswith(digit[0]):
            return wrong(
                f"With {what}: {_should(who, digit)}, and yours says {shown(given[who])}.", evidence=watch.talk
            )
    return None


def _should(who: str, digit: str) -> str:
    return {"2": f"{who} could have had the letter", "4": f"the letter for {who} should wait"}.get(
        digit[0], f"the letter for {who} should go back"
    )


def _at_doors(watch, what: str, wanted: list[str], why: str) -> Feedback | None:
    if watch.doors != wanted:
        return wrong(
            f"With {what}: yours knocked at {', '.join(watch.doors) or 'no door'}, and {why}", evidence=watch.talk
        )
    return None


def _dead_door(function, watch):
    what = "Nora's two machines, the first of them switched off, and no word of `patience`"
    problem = _deliver(function, watch, what, [NORA], {NORA: "2"}, None)
    if set(watch.patience) - {300}:
        return wrong(f"With {what}: it waits {shown(watch.patience[0])}. The stub has 300 for that.")
    return problem


def _first_takes_it(function, watch):
    watch.lab.faults.at(MX1, ".", "hold", minutes=9)
    what = f"two doors, the first of which takes nine minutes over the letter, and a `patience` of {PATIENCE} s"
    problem = _deliver(function, watch, what, [SUPPORT], {SUPPORT: "2"}, PATIENCE)
    if set(watch.patience) - {PATIENCE}:
        return wrong(f"With {what}: it did not wait. Hand `patience` on to `knock`.", evidence=watch.talk)
    return problem or _at_doors(watch, what, [MX1], "the first of them had taken it.")


def _no_at_the_first(function, watch):
    watch.says(MX2, "RCPT", "451 4.2.1 Not now")  # it keeps no list
    what = f"a 550 from {MX1} to RCPT TO:<{NOBODY}>"
    problem = _deliver(function, watch, what, [NOBODY], {NOBODY: "5"})
    return problem or _at_doors(watch, what, [MX1], "the letter has its no. A no is not asked again at the next door.")


def _no_after_the_dot(function, watch):
    watch.says(MX1, "letter", "552 5.3.4 Too big")
    what = f"a 552 from {MX1} after the dot"
    problem = _deliver(function, watch, what, [SUPPORT], {SUPPORT: "5"})
    return problem or _at_doors(watch, what, [MX1], "the letter has its no. A no is not asked again at the next door.")


def _no_greeting_at_the_first(function, watch):
    for reply, greeting in NOT_220:
        watch.anew()
        watch.says(MX1, "connect", reply)
        what = f"a {MX1} that says {greeting}"
        problem = _deliver(function, watch, what, [SUPPORT], {SUPPORT: "2"})
        if problem := problem or _at_doors(watch, what, [MX1, MX2], "one visit to each is right."):
            return problem
    return None


def _not_now_anywhere(function, watch):
    watch.says(MX1, "RCPT", "451 4.3.0 Not now")
    watch.says(MX2, "RCPT", "450 4.2.1 Not now")
    what = "two doors, of which the first says 451 and the last 450"
    problem = _deliver(function, watch, what, [SUPPORT], {SUPPORT: "450"})
    return problem or _at_doors(watch, what, [MX1, MX2], "each door is asked once; the letter waits then.")


def _gone_after_the_dot(function, watch):
    watch.lab.faults.at(MX1, ".", "421")
    what = f"a 421 from {MX1} after the dot"
    problem = _deliver(function, watch, what, [SUPPORT], {SUPPORT: "2"})
    if problem is None and watch.copies(SUPPORT) != 1:
        return wrong(f"With {what}: no letter came. With 421 the host leaves, and has taken nothing.", "", watch.talk)
    return problem


def _quoted(function, watch):
    who = '"nobody@home"@outlook.test'
    what = f"the recipient {who}"
    problem = _deliver(function, watch, what, [who], {who: "5"})
    if watch.doors:
        return problem or _at_doors(watch, what, [MX1], "the letter has its no.")
    say = problem.say if problem else f"With {what}: yours knocked at no door."
    return wrong(f"{say} Its domain is outlook.test: a local part in quotation marks may hold an @. Ask `domain_of`.")


def _one_of_two_later(function, watch):
    watch.says(MX1, "RCPT", "451 4.2.1 Not now", GRACE)
    what = f"{MX1} taking {SUPPORT}'s copy and putting {GRACE} off with 451"
    problem = _deliver(function, watch, what, [SUPPORT, GRACE], {SUPPORT: "2", GRACE: "2"})
    if problem is None and watch.copies(SUPPORT) != 1:
        return wrong(
            f"With {what}: support has {watch.copies(SUPPORT)} copies. Only those go on to the next door who have no "
            "fate yet.",
            evidence=watch.talk,
        )
    return problem or _at_doors(watch, what, [MX1, MX2], "there is one conversation at each door, for all who wait.")


def _one_of_three_refused(function, watch):
    watch.says(MX1, "RCPT", "450 4.2.1 Not now", GRACE)
    watch.lab.faults.refuse(MX2)
    what = f"{MX1} taking one, refusing one with 550 and putting one off with 450, and {MX2} refusing the connection"
    everyone = [NOBODY, SUPPORT, GRACE]
    return _deliver(function, watch, what, everyone, {NOBODY: "5", SUPPORT: "2", GRACE: "4"})


def _too_many(function, watch):
    def policy(session, step, value):
        full = step == "RCPT" and len(session.envelope.rcpt_tos) == 1
        return "452 4.5.3 Too many recipients" if full else None

    watch.lab.mail_hosts[SHOP].policy = policy
    everyone = [OLIVE, f"postmaster@{SHOP}"]
    what = f"{SHOP}, which has one door and says 452, too many recipients, to the second of two"
    problem = _deliver(function, watch, what, everyone, dict.fromkeys(everyone, "2"))
    if problem and watch.doors == [SHOP]:
        say = f"{problem.say} After a 452 beside one who was taken, the rest get a conversation of their own there."
        return wrong(say, evidence=problem.evidence)
    if problem is None and watch.copies(OLIVE) != 1:
        return wrong(f"With {what}: Olive has {watch.copies(OLIVE)} copies.", evidence=watch.talk)
    return problem


def _one_and_no_more(function, watch):
    other = f"postmaster@{SHOP}"
    watch.says(SHOP, "RCPT", "452 4.2.2 Mailbox full", other)
    what = f"{SHOP}, which has one door, takes {OLIVE} and says 452 to {other} each time"
    problem = _deliver(function, watch, what, [OLIVE, other], {OLIVE: "2", other: "452"})
    why = "two visits are right. At the second nobody was taken, so a third would end as the second did."
    return problem or _at_doors(watch, what, [SHOP, SHOP], why)


def _full_disk(function, watch):
    watch.says(SHOP, "RCPT", "452 4.3.1 Disk full")
    what = f"{SHOP}, which has one door and says 452 to everyone"
    problem = _deliver(function, watch, what, [OLIVE], {OLIVE: "4"})
    return problem or _at_doors(watch, what, [SHOP], "nobody was taken there, so nothing would be otherwise at once.")


def _no_doors(function, watch):
    for who, digit, what in (
        ("x@outlok.test", "5", "a domain that does not exist"),
        ("x@lame.test", "4", "a domain about which the DNS gives no answer"),
        ("x@no-mail.test", "5", "a domain that says it takes no mail"),
        ("dan@dangling.test", "5", "a domain whose exchange has no address"),
    ):
        watch.anew()
        if problem := _deliver(function, watch, f"{who}, {what}", [who], {who: digit}):
            return problem
        if watch.calls:
            return wrong(f"With {who}, {what}: it knocked somewhere all the same.", evidence=watch.talk)
    return None


ONE = (_first_takes_it, _dead_door, _no_at_the_first, _no_greeting_at_the_first, _not_now_anywhere)
ONE += (_no_after_the_dot, _gone_after_the_dot, _quoted)
SEVERAL = (_one_of_two_later, _one_of_three_refused, _too_many, _one_and_no_more, _full_disk, _no_doors)


# patience

_SAID = (
    (b"", 300, "nothing yet, when it waits for the connection and the greeting"),
    (b"EHLO laptop.learner.test\r\n", 300, "EHLO"),
    (b"MAIL FROM:<ada@gmail.test>\r\n", 300, "MAIL FROM"),
    (b"RCPT TO:<data@outlook.test>\r\n", 300, "RCPT TO"),
    (b"DATA\r\n", 120, "DATA"),
    (b"data\r\n", 120, "DATA, in small letters"),
    (b"Subject: Dots\r\n\r\nThe answer is\r\n..\r\nAda\r\n.\r\n", 600, "a letter and its dot"),
    (b"Subject: Caf\xe9\r\n\r\nAt ten.\r\n.\r\n", 600, "a letter with an é in Latin-1, and its dot"),
    (b"Data: first\r\n\r\nHello\r\n.\r\n", 600, "a letter that begins with the word Data, and its dot"),
    (b"DATA\r\n\r\nHello\r\n.\r\n", 600, "a letter whose first line is DATA, and its dot"),
    (b"QUIT\r\n", 300, "QUIT"),
)


def patience(function) -> Feedback:
    """Judge `patience(said)`, which returns a number of seconds (RFC 5321 section 4.5.3.2)."""
    for said, seconds, what in _SAID:
        with trying(f"what was said last: {shown(said)}"):
            given = function(said)
        if given is None:
            return wrong(f"After {what} it gave None. Every way through it ends in a `return`.")
        if isinstance(given, bool) or not isinstance(given, int | float):
            return wrong(f"After {what} it gave {shown(given)}. Give a number of seconds.")
        if given in (2, 5, 10) and given * 60 == seconds:
            return wrong(f"After {what} it gave {given}. Those are the minutes; `lab.connect` takes seconds.")
        if given != seconds:
            return wrong(
                f"After {what}, {shown(said)}, it gave {shown(given)}. The table says {seconds // 60} minutes, which "
                f"is {seconds} seconds."
            )
    return right("Each question has the time that its answer may take, and the last one has ten minutes.")
