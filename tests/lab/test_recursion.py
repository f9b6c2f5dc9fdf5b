import asyncio
import contextlib
import random
import re
import socket
from dataclasses import replace
from functools import partial

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset

from helpers.lab import dns_cache, zones
from helpers.lab.authority import Authority
from helpers.lab.cast import LEARNER, Host
from helpers.lab.clock import Clock
from helpers.lab.dns_service import FIXED_ID, listen
from helpers.lab.net import Net
from helpers.lab.recursion import Recursive
from helpers.wire import Message

PEER = ("127.0.0.1", 1)
ROOT = "@ NS a.root.test.\na.root.test. A 10.0.0.1\ntest. NS a.nic.test.\na.nic.test. A 10.0.0.2\n"


def zone(origin, text, ttl=300):
    return zones.parse(f"$ORIGIN {origin}\n$TTL {ttl}\n@ SOA ns me 1 7200 900 1209600 60\n{text}")


class Network:
    """The resolver in a net with servers of the test's own: zones, a function that answers, or silence."""

    def __init__(self, servers):
        self.clock, self.servers, self.asked, self.services = Clock(), servers, [], []
        self.resolver = Host("resolver.test", ("10.0.0.53",), "resolver")
        laptop = Host("laptop.test", ("10.0.0.10",), "the one that asks")
        named = [Host(f"host-{address}.test", (address,), "name server") for address in servers]
        self.net = Net((replace(laptop, name=LEARNER), self.resolver, *named))
        for kind in ("tcp", "udp"):
            asker = replace(laptop, role=f"the one that asks over {kind}")
            self.net.routes.note(asker, kind, PEER[1], laptop.address)

    async def __aenter__(self):
        for address, said in self.servers.items():
            await self.serve(address, self._answer(address, said))
        roots = (("a.root.test", "10.0.0.1"),)
        self.recursive = Recursive(self.net, self.clock, self.resolver, roots)
        return self

    async def serve(self, address, answer):
        serve = partial(self.net.serve, self.net.host(address), 53)
        self.services.append(await listen(serve, answer, self.net.forget))

    def place(self, address, endpoint):
        self.net.routes.put(self.net.host(address), 53, endpoint)

    async def __aexit__(self, *_):
        async def nothing():
            pass

        for service in self.services:
            await service.close()
        self.net.close(nothing)

    def _answer(self, address, said):
        made = (
            [zone(origin, text, ttl) for origin, text, *ttl in said for ttl in [*ttl, 300][:1]]
            if isinstance(said, list)
            else []
        )
        authority = Authority({z.origin: z for z in made})

        async def answer(wire, peer, tcp):
            query = dns.message.from_wire(wire)
            self.asked.append((address, query.question[0].to_text().split(" IN ")[0], tcp))
            assert query.id == FIXED_ID and not query.flags & dns.flags.RD
            if made or said == []:
                return await authority.answer(wire, peer, tcp)
            if said is None:
                return []
            reply = said(query, tcp)
            return [reply] if isinstance(reply, bytes) else [reply.to_wire(want_shuffle=False)]

        return answer

    async def ask(self, name, rdtype="A", tcp=False, **options):
        query = dns.message.make_query(name, rdtype, id=7, **options)
        (wire,) = await self.recursive.answer(query.to_wire(), PEER, tcp)
        reply = dns.message.from_wire(wire)
        assert reply.id == 7 and reply.flags & dns.flags.RA and not reply.flags & dns.flags.AA
        return reply

    @property
    def trail(self):
        return self.recursive.trails[-1]

    @property
    def kinds(self):
        return [step.kind for step in self.trail.steps]


def test_on(servers):
    """Decorate a coroutine function that takes a Network of these servers: it becomes a test."""

    def decorate(test):
        def run():
            async def main():
                async with Network(servers) as network:
                    await asyncio.wait_for(test(network), 20)
                    known = [port for kind, port in network.net.routes._callers if kind == "udp"]
                    assert known == [PEER[1]]

            asyncio.run(main())

        run.__name__ = test.__name__
        return run

    return decorate


test_on.__test__ = False


def answers(reply):
    return [f"{rrset.name} {rrset.rdtype.name} {rdata}" for rrset in reply.answer for rdata in rrset]


def rcode(reply):
    return dns.rcode.to_text(reply.rcode())


def respond(query, answer=(), authority=(), additional=(), aa=True, code=dns.rcode.NOERROR, tc=False):
    """An answer of the test's own making, its records as "name ttl type data"."""
    reply = dns.message.make_response(query)
    reply.flags |= (dns.flags.AA if aa else 0) | (dns.flags.TC if tc else 0)
    reply.set_rcode(code)
    for section, texts in ((reply.answer, answer), (reply.authority, authority), (reply.additional, additional)):
        for text in texts:
            name, ttl, rdtype, data = text.split(" ", 3)
            section.append(dns.rrset.from_text(name, int(ttl), "IN", rdtype, data))
    return reply


def root(*lines):
    return [(".", ROOT)]


def nic(text):
    return [("test.", f"@ NS a.nic\na.nic A 10.0.0.2\n{text}")]


PLAIN = {
    "10.0.0.1": root(),
    "10.0.0.2": nic("home NS ns.home\nns.home A 10.0.0.3\naway NS ns.away\nns.away A 10.0.0.4\n"),
    "10.0.0.3": [
        (
            "home.test.",
            "@ NS ns\nns A 10.0.0.3\n@ MX 20 b\n@ MX 10 a\na A 10.1.0.1\nb A 10.1.0.2\nnone 0 A 10.1.0.4\n"
            "inside CNAME a\noutside CNAME host.away.test.\nlost CNAME gone.away.test.\nempty CNAME ns.away.test.\n"
            "nothing CNAME nowhere\nround CNAME about\nabout CNAME round\n"
            + "".join(f"c{n} CNAME c{n + 1}\n" for n in range(12))
            + "c12 A 10.1.0.5\n"
            + "".join(f"long TXT {letter * 200}\n" for letter in "abcdefgh"),
        )
    ],
    "10.0.0.4": [("away.test.", "@ NS ns\nns A 10.0.0.4\nhost CNAME inner\ninner 60 A 10.2.0.1\n")],
}


# The walk


@test_on(PLAIN)
async def test_the_walk_from_the_root(net):
    reply = await net.ask("home.test", "MX")
    assert answers(reply) == ["home.test. MX 20 b.home.test.", "home.test. MX 10 a.home.test."]
    assert reply.answer[0].ttl == 300 and reply.authority == reply.additional == []
    assert net.asked == [(f"10.0.0.{n}", "home.test.", False) for n in (1, 2, 3)]
    assert net.kinds == ["referral", "referral", "answer"]
    first, second, third = net.trail.steps
    assert (first.server, first.address, first.question) == ("a.root.test", "10.0.0.1", ("home.test.", "MX"))
    assert first.detail == "a.root.test does not know, and points to the name server of test: a.nic.test"
    assert third.detail == "ns.home.test has the answer: home.test MX 20 b.home.test., 10 a.home.test."
    assert isinstance(third.reply, Message) and len(third.reply.answers) == 2
    assert repr(net.trail).splitlines() == [
        "laptop.test asks resolver.test for home.test. MX",
        "1. a.root.test (10.0.0.1) is asked for home.test. MX",
        "   referral: a.root.test does not know, and points to the name server of test: a.nic.test",
        "2. a.nic.test (10.0.0.2) is asked for home.test. MX",
        "   referral: a.nic.test does not know, and points to the name server of home.test: ns.home.test",
        "3. ns.home.test (10.0.0.3) is asked for home.test. MX",
        "   answer: ns.home.test has the answer: home.test MX 20 b.home.test., 10 a.home.test.",
        "resolver.test answers NOERROR, with 2 MX records.",
    ]


@test_on(PLAIN)
async def test_an_answer_is_remembered_and_counts_down(net):
    await net.ask("home.test", "MX")
    net.asked.clear()
    net.clock.advance(seconds=100)
    reply = await net.ask("HOME.test", "MX")
    assert (len(answers(reply)), reply.answer[0].ttl, net.asked) == (2, 200, [])
    assert reply.question[0].name.to_text() == "HOME.test."
    (step,) = net.trail.steps
    assert (step.kind, step.reply) == ("cache", None)
    assert step.detail == "resolver.test remembers: HOME.test MX 20 b.home.test., 10 a.home.test.; for another 200 s"
    net.clock.advance(seconds=199.5)
    assert (await net.ask("home.test", "MX")).answer[0].ttl == 0
    net.clock.advance(seconds=0.5)
    assert (await net.ask("home.test", "MX")).answer[0].ttl == 300


@test_on(PLAIN)
async def test_known_name_servers_are_where_the_next_walk_begins(net):
    await net.ask("a.home.test")
    net.asked.clear()
    await net.ask("b.home.test")
    assert net.asked == [("10.0.0.3", "b.home.test.", False)]
    assert net.trail.steps[0].detail == "resolver.test remembers the name server of home.test: ns.home.test"
    net.clock.advance(seconds=300)  # now that is forgotten too
    await net.ask("b.home.test")
    assert net.kinds == ["referral", "referral", "answer"]


@test_on(PLAIN)
async def test_flushed_is_forgotten(net):
    await net.ask("a.home.test")
    net.recursive.flush()
    await net.ask("a.home.test")
    assert net.kinds == ["referral", "referral", "answer"]
    assert len(net.recursive.trails) == 2


def test_a_cache_has_an_end(monkeypatch):
    monkeypatch.setattr(dns_cache, "MOST", 10)
    clock = Clock()
    cache, now = dns_cache.Cache(clock, None), clock.timestamp()

    def remember(number, ttl):
        known = dns_cache.Known(dns.rcode.NXDOMAIN, None, None, now + ttl)
        cache.remember((dns.name.from_text(f"{number}.test."), None), known)

    for number in range(30):
        remember(number, 60 if number < 5 else 3600)
        clock.advance(seconds=10)
        assert len(cache._known) <= 10
    assert cache.recall(dns.name.from_text("29.test."), dns.rdatatype.A) is not None  # the newest stays


@test_on(PLAIN)
async def test_glue_is_no_answer(net):
    await net.ask("home.test", "MX")
    net.asked.clear()
    assert answers(await net.ask("ns.home.test")) == ["ns.home.test. A 10.0.0.3"]
    assert net.asked == [("10.0.0.3", "ns.home.test.", False)]  # its own zone was asked
    assert answers(await net.ask("a.home.test")) == ["a.home.test. A 10.1.0.1"]
    assert net.asked[-1] == ("10.0.0.3", "a.home.test.", False)  # nor is what came along with the MX


@test_on(PLAIN)
async def test_a_ttl_of_0_is_good_for_one_answer(net):
    for _ in range(2):
        reply = await net.ask("none.home.test")
        assert (answers(reply), reply.answer[0].ttl) == (["none.home.test. A 10.1.0.4"], 0)
    assert len([a for a in net.asked if a[1] == "none.home.test."]) == 4  # three steps, and then one


def zero_ttl(records):
    return [(origin, text, 0) for origin, text in records]


@test_on({address: zero_ttl(said) for address, said in PLAIN.items()})
async def test_where_every_ttl_is_0_the_walk_still_ends(net):
    for _ in range(2):
        assert answers(await net.ask("outside.home.test"))[-1].endswith(" A 10.2.0.1")
        assert net.kinds == ["referral", "referral", "alias", "referral", "referral", "answer"]


# What is not there


@test_on(PLAIN)
async def test_a_name_that_does_not_exist(net):
    reply = await net.ask("nobody.home.test")
    assert (rcode(reply), reply.authority[0].rdtype.name, reply.authority[0].ttl) == ("NXDOMAIN", "SOA", 60)
    assert net.kinds == ["referral", "referral", "NXDOMAIN"]
    assert net.trail.steps[-1].detail.endswith("has the answer: the name nobody.home.test does not exist (NXDOMAIN)")
    assert net.trail.outcome == "resolver.test answers NXDOMAIN: nobody.home.test. does not exist."
    net.asked.clear()
    net.clock.advance(seconds=59)
    reply = await net.ask("nobody.home.test", "MX")  # whatever the type
    assert (rcode(reply), reply.authority[0].ttl, net.asked) == ("NXDOMAIN", 1, [])
    net.clock.advance(seconds=1)
    await net.ask("nobody.home.test", "MX")
    assert net.asked


@test_on(PLAIN)
async def test_a_name_without_the_type(net):
    for _ in range(2):
        reply = await net.ask("a.home.test", "MX")
        assert (rcode(reply), reply.answer, reply.authority[0].ttl) == ("NOERROR", [], 60)
    assert net.kinds == ["cache"]
    assert "a.home.test exists and has no MX record (NODATA)" in net.trail.steps[0].detail
    assert net.trail.outcome.startswith("resolver.test answers NOERROR, with no MX record (NODATA)")
    assert answers(await net.ask("a.home.test", "A"))  # other types are asked for
    for _ in range(2):
        assert (await net.ask("a.home.test", "CNAME")).answer == []


@test_on(PLAIN)
async def test_what_appears_later_is_seen(net):
    assert rcode(await net.ask("new.home.test")) == "NXDOMAIN"
    net.clock.advance(seconds=60)
    key = dns.name.from_text("home.test")
    later = zone("home.test.", "@ NS ns\nns A 10.0.0.3\nnew A 10.1.0.9\n")
    await net.serve("10.0.0.3", Authority({key: later}).answer)
    assert answers(await net.ask("new.home.test")) == ["new.home.test. A 10.1.0.9"]
    assert rcode(await net.ask("new.home.test", "TXT")) == "NOERROR"


# Aliases


@test_on(PLAIN)
async def test_an_alias_within_a_zone_takes_one_question(net):
    reply = await net.ask("inside.home.test")
    assert answers(reply) == ["inside.home.test. CNAME a.home.test.", "a.home.test. A 10.1.0.1"]
    assert net.kinds == ["referral", "referral", "answer"]
    assert net.trail.steps[-1].detail == (
        "ns.home.test has the answer: inside.home.test is an alias (CNAME) of a.home.test; a.home.test A 10.1.0.1"
    )


@test_on(PLAIN)
async def test_aliases_across_zones(net):
    reply = await net.ask("outside.home.test")
    assert answers(reply) == [
        "outside.home.test. CNAME host.away.test.",
        "host.away.test. CNAME inner.away.test.",
        "inner.away.test. A 10.2.0.1",
    ]
    assert [rrset.ttl for rrset in reply.answer] == [300, 300, 60]
    assert net.kinds == ["referral", "referral", "alias", "cache", "referral", "answer"]
    net.clock.advance(seconds=60)  # the last link has run out, the others are remembered
    reply = await net.ask("outside.home.test")
    assert [rrset.ttl for rrset in reply.answer] == [240, 240, 60]
    assert net.kinds == ["cache", "cache", "cache", "answer"]


@test_on(PLAIN)
async def test_aliases_that_end_in_nothing(net):
    for name, code in (
        ("nothing.home.test", "NXDOMAIN"),
        ("lost.home.test", "NXDOMAIN"),
        ("empty.home.test", "NOERROR"),
    ):
        for _ in range(2):
            reply = await net.ask(name, "MX")
            assert rcode(reply) == code
            assert [rrset.rdtype.name for rrset in reply.answer] == ["CNAME"]
            assert reply.authority[0].rdtype.name == "SOA"
        assert set(net.kinds) == {"cache"}
    assert net.trail.outcome.startswith("resolver.test answers NOERROR, with no MX record (NODATA)")
    await net.ask("nothing.home.test", "MX")
    assert net.trail.outcome == "resolver.test answers NXDOMAIN: the name at the end of the aliases does not exist."
    assert answers(await net.ask("nothing.home.test", "CNAME")) == ["nothing.home.test. CNAME nowhere.home.test."]


@test_on(PLAIN)
async def test_aliases_in_a_circle_and_without_an_end(net):
    reply = await net.ask("round.home.test")
    assert (rcode(reply), reply.answer) == ("SERVFAIL", [])
    assert net.trail.outcome == "resolver.test answers SERVFAIL: the alias round.home.test leads back to itself."
    assert rcode(await net.ask("c0.home.test")) == "SERVFAIL"
    assert net.trail.outcome == "resolver.test answers SERVFAIL: there are more than 8 aliases in a row."
    assert rcode(await net.ask("c4.home.test")) == "NOERROR"


# Servers that are of no use


LAME = {
    "10.0.0.1": root(),
    "10.0.0.2": nic(
        "one NS ns1.one\none NS ns2.one\nns1.one A 10.0.0.3\nns2.one A 10.0.0.4\n"
        "two NS ns1.two\ntwo NS ns2.two\nns1.two A 10.0.0.5\nns2.two A 10.0.0.4\n"
        "three NS ns1.three\nns1.three A 10.0.0.6\nfour NS ns1.four\nns1.four A 10.9.9.9\n"
        "five NS ns1.five\nfive NS ns2.five\nns1.five A 10.0.0.7\nns2.five A 10.0.0.4\n"
    ),
    "10.0.0.3": [],
    "10.0.0.4": [(f"{n}.test.", "@ NS ns1\nwww A 10.1.0.1\n") for n in ("one", "two", "five")],
    "10.0.0.5": None,
    "10.0.0.6": lambda query, tcp: respond(query, aa=False),
    "10.0.0.7": lambda query, tcp: respond(query, code=dns.rcode.SERVFAIL),
}


@test_on(LAME)
async def test_after_a_lame_server_the_next_is_asked(net):
    assert answers(await net.ask("www.one.test")) == ["www.one.test. A 10.1.0.1"]
    assert net.kinds == ["referral", "referral", "lame", "answer"]
    assert net.trail.steps[2].detail == (
        "ns1.one.test does not answer for one.test (REFUSED), though it is named as its server"
    )
    assert answers(await net.ask("www.five.test")) and net.kinds[-2:] == ["lame", "answer"]


@test_on(LAME)
async def test_after_a_silent_server_the_next_is_asked(net):
    assert answers(await net.ask("www.two.test")) == ["www.two.test. A 10.1.0.1"]
    assert net.kinds == ["referral", "referral", "timeout", "answer"]
    step = net.trail.steps[2]
    assert (step.detail, step.reply) == ("ns1.two.test said nothing for 0.4 s", None)


@test_on(LAME)
async def test_where_no_server_is_of_use_it_is_servfail_and_not_remembered(net):
    for name, kind, words in (
        ("www.three.test", "lame", "knows nothing of its own about three.test"),
        ("www.four.test", "unreachable", "could not be reached"),
    ):
        for _ in range(2):
            reply = await net.ask(name)
            assert (rcode(reply), reply.answer, reply.authority) == ("SERVFAIL", [], [])
            assert net.kinds[-1] == kind and words in net.trail.steps[-1].detail
    assert net.trail.outcome == "resolver.test answers SERVFAIL: no name server of four.test gave an answer."


@test_on(
    {
        "10.0.0.1": root(),
        "10.0.0.2": nic("".join(f"x NS n{i}.x\nn{i}.x A 10.0.0.{i}\n" for i in range(20, 26))),
        **{f"10.0.0.{i}": None for i in range(20, 26)},
    }
)
async def test_all_in_all_it_gives_up_in_time(net):
    loop = asyncio.get_running_loop()
    start = loop.time()
    assert rcode(await net.ask("www.x.test")) == "SERVFAIL"
    assert 1.4 < loop.time() - start < 15
    assert net.trail.outcome == "resolver.test answers SERVFAIL: after 1.5 s there was still no answer."
    assert set(net.kinds[2:]) == {"timeout"} and len(net.kinds) < 6


@test_on({"10.0.0.1": root(), "10.0.0.2": nic("x NS n.x\nn.x A 10.0.0.3\n"), "10.0.0.3": None})
async def test_a_stopped_server_is_named(net):
    net.net.faults.refuse("10.0.0.3", 53)
    assert rcode(await net.ask("www.x.test")) == "SERVFAIL"
    assert net.kinds[-1] == "unreachable"


# Name servers without glue


@test_on(
    {
        "10.0.0.1": root(),
        "10.0.0.2": nic(
            "home NS srv.away\naway NS ns.away\nns.away A 10.0.0.4\nneeds NS ns.also\nalso NS ns.needs\n"
            "self NS ns.deep.self\nalias NS ns.home\ngone NS ns.nobody\n"
        ),
        "10.0.0.4": [
            ("away.test.", "@ NS ns\nns A 10.0.0.4\nsrv A 10.0.0.4\n"),
            ("home.test.", "@ NS srv.away.test.\nwww A 10.1.0.1\nns CNAME ns.away.test.\n"),
            ("alias.test.", "@ NS ns.home.test.\nwww A 10.1.0.2\n"),
        ],
    }
)
async def test_a_server_without_glue_is_looked_up(net):
    assert answers(await net.ask("www.home.test")) == ["www.home.test. A 10.1.0.1"]
    assert [step.question[0] for step in net.trail.steps] == [
        *["www.home.test."] * 2,  # to a.nic.test, which knows the server's name only
        *["srv.away.test."] * 3,
        "www.home.test.",
    ]
    assert answers(await net.ask("www.alias.test")) == ["www.alias.test. A 10.1.0.2"]  # its name is an alias
    for name in (
        "www.needs.test",
        "www.also.test",
        "www.self.test",
        "www.gone.test",
    ):  # two need each other; one itself
        net.asked.clear()
        assert rcode(await net.ask(name)) == "SERVFAIL"
        assert len(net.asked) < 10


def tower(query, tcp):
    """A server that points ever further: each zone's server has a name in the next one, and there is no glue."""
    number = int(query.question[0].name.labels[-3][1:])
    return respond(query, aa=False, authority=[f"z{number}.test. 300 NS ns.z{number + 1}.test."])


@test_on({"10.0.0.1": root(), "10.0.0.2": tower})
async def test_a_zone_cannot_make_it_work_for_ever(net):
    for _ in range(30):  # each time it remembers more of the tower
        net.asked.clear()
        assert rcode(await net.ask("www.z1.test")) == "SERVFAIL"
        assert len(net.asked) <= 40


# Truncation


@test_on(PLAIN)
async def test_a_long_answer_is_asked_for_over_tcp(net):
    reply = await net.ask("long.home.test", "TXT", tcp=True)
    assert len(answers(reply)) == 8
    assert net.asked[-2:] == [("10.0.0.3", "long.home.test.", False), ("10.0.0.3", "long.home.test.", True)]
    assert net.kinds[-2:] == ["truncated", "answer"]
    assert net.trail.steps[-1].detail == "ns.home.test has the answer: long.home.test has 8 TXT records"
    assert net.trail.asker.role.endswith("tcp") and net.trail.tcp and "over TCP" in repr(net.trail)
    short = await net.ask("long.home.test", "TXT", use_edns=0, payload=4096)
    assert short.flags & dns.flags.TC and short.answer == []
    assert short.payload == 1232


def cut_short(query, tcp):
    """The first 30 octets of an answer, TC set: not even a whole message."""
    return b"" if tcp else respond(query, ["www.x.test. 60 A 10.1.0.1"], tc=True).to_wire()[:-5]


def nonsense_over_tcp(query, tcp):
    return b"nonsense" if tcp else respond(query, tc=True)


def wrong_id_over_tcp(query, tcp):
    reply = respond(query, ["www.z.test. 60 A 10.1.0.1"], tc=not tcp)
    reply.id = query.id + tcp
    return reply


@test_on(
    {
        "10.0.0.1": root(),
        "10.0.0.2": nic("x NS n.x\nn.x A 10.0.0.3\ny NS n.y\nn.y A 10.0.0.4\nz NS n.z\nn.z A 10.0.0.5\n"),
        "10.0.0.3": cut_short,
        "10.0.0.4": nonsense_over_tcp,
        "10.0.0.5": wrong_id_over_tcp,
    }
)
async def test_what_can_go_wrong_over_tcp(net):
    for name in ("www.x.test", "www.y.test", "www.z.test"):
        assert rcode(await net.ask(name)) == "SERVFAIL"
        assert net.kinds[-2:] == ["truncated", "unreachable"]


@test_on({"10.0.0.1": root(), "10.0.0.2": nic("x NS n.x\nn.x A 10.0.0.3\n"), "10.0.0.3": None})
async def test_a_server_that_speaks_udp_only(net):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        net.place("10.0.0.3", sock.getsockname())

        def reply():
            wire, peer = sock.recvfrom(1000)
            sock.sendto(respond(dns.message.from_wire(wire), tc=True).to_wire(), peer)

        asyncio.get_running_loop().add_reader(sock, reply)
        assert rcode(await net.ask("www.x.test")) == "SERVFAIL"
        asyncio.get_running_loop().remove_reader(sock)
    assert net.kinds[-2:] == ["truncated", "unreachable"]


# Whom it believes


def liar(query, tcp):
    """Asked for anything, it also says things about names that are not its business."""
    name = query.question[0].name.to_text()
    if name.startswith("more."):
        return respond(
            query,
            aa=False,
            authority=["more.bad.test. 300 NS ns.home.test.", "home.test. 300 NS ns.bad.test."],
            additional=["ns.home.test. 300 A 10.0.0.66"],
        )
    if name.startswith("up."):
        return respond(
            query, aa=False, authority=["test. 300 NS ns.bad.test."], additional=["ns.bad.test. 300 A 10.0.0.66"]
        )
    if name.startswith("gone."):
        return respond(query, code=dns.rcode.NXDOMAIN, authority=["test. 900 SOA a. b. 1 2 3 4 900"])
    return respond(
        query,
        ["alias.bad.test. 300 CNAME a.home.test.", "a.home.test. 300 A 10.0.0.66", "www.home.test. 300 A 10.0.0.66"],
        ["home.test. 300 NS ns.bad.test."],
        ["ns.home.test. 300 A 10.0.0.66"],
    )


@test_on(
    {
        **PLAIN,
        "10.0.0.2": nic("home NS ns.home\nns.home A 10.0.0.3\nbad NS ns.bad\nns.bad A 10.0.0.66\n"),
        "10.0.0.66": liar,
    }
)
async def test_a_server_is_believed_only_about_its_own_zone(net):
    assert answers(await net.ask("alias.bad.test")) == ["alias.bad.test. CNAME a.home.test.", "a.home.test. A 10.1.0.1"]
    assert rcode(await net.ask("www.home.test")) == "NXDOMAIN"
    assert answers(await net.ask("a.home.test")) == ["a.home.test. A 10.1.0.1"]
    assert rcode(await net.ask("up.bad.test")) == "SERVFAIL"  # pointing upwards leads nowhere
    assert net.kinds[-1] == "lame"
    assert answers(await net.ask("a.home.test")) == ["a.home.test. A 10.1.0.1"]
    await net.ask("more.bad.test")  # it hands over to ns.home.test, whose address is looked up and not taken from it
    assert "10.0.0.3" in [step.address for step in net.trail.steps]
    reply = await net.ask("gone.bad.test")  # that it does not exist is its business; the SOA of test. is not
    assert (rcode(reply), reply.authority) == ("NXDOMAIN", [])
    net.asked.clear()
    await net.ask("gone.bad.test")
    assert net.asked == [("10.0.0.66", "gone.bad.test.", False)]


def without_soa(query, tcp):
    name = query.question[0].name.to_text()
    if name == "alias.x.test.":
        return respond(query, ["alias.x.test. 300 CNAME target.x.test."])  # and not a word about the target
    if name == "target.x.test.":
        return respond(query, ["target.x.test. 300 A 10.1.0.7"], aa=False)  # not authoritative, and an answer
    if name == "self.x.test.":
        return respond(query, ["self.x.test. 300 CNAME self.x.test."])
    return respond(query)


@test_on({"10.0.0.1": root(), "10.0.0.2": nic("x NS n.x\nn.x A 10.0.0.3\n"), "10.0.0.3": without_soa})
async def test_answers_without_an_soa(net):
    assert answers(await net.ask("alias.x.test")) == ["alias.x.test. CNAME target.x.test.", "target.x.test. A 10.1.0.7"]
    assert net.kinds == ["referral", "referral", "alias", "cache", "answer"]
    for _ in range(2):  # no SOA says how long that may be remembered, so it is not
        reply = await net.ask("www.x.test")
        assert (rcode(reply), reply.answer, net.kinds) == ("NOERROR", [], ["cache", "NODATA"])
    assert rcode(await net.ask("self.x.test")) == "SERVFAIL"
    assert net.trail.outcome == "resolver.test answers SERVFAIL: the alias self.x.test leads back to itself."


@test_on({"10.0.0.1": root(), "10.0.0.2": nic("x NS n.x\nn.x A 10.0.0.3\n"), "10.0.0.3": None})
async def test_strangers_answers_are_passed_over(net):
    """Answers with another id or question, and octets that are no message, come before the right one."""
    loop = asyncio.get_running_loop()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("127.0.0.1", 0))
        sock.setblocking(False)
        net.place("10.0.0.3", sock.getsockname())

        async def serve():
            wire, peer = await loop.sock_recvfrom(sock, 1000)
            query = dns.message.from_wire(wire)
            right = respond(query, ["www.x.test. 60 A 10.1.0.1"])
            other = respond(dns.message.make_query("www.y.test", "A", id=query.id), ["www.y.test. 60 A 10.1.0.66"])
            for answer in (b"nonsense", other.to_wire(), b"\x00\x00" + right.to_wire()[2:], wire, right.to_wire()):
                await loop.sock_sendto(sock, answer, peer)

        task = asyncio.ensure_future(serve())
        assert answers(await net.ask("www.x.test")) == ["www.x.test. A 10.1.0.1"]
        await task


# What clients may ask


@test_on(PLAIN)
async def test_questions_that_it_does_not_answer(net):
    for rdtype, code in (("AXFR", "REFUSED"), ("IXFR", "REFUSED"), ("MAILB", "NOTIMP")):
        assert rcode(await net.ask("home.test", rdtype)) == code
    assert rcode(await net.ask("home.test", "A", rdclass="CH")) == "REFUSED"
    assert answers(await net.ask("home.test", "ANY")) == ['home.test. HINFO "RFC8482" ""']
    assert len(net.recursive.trails) == 0 and net.asked == []


@test_on(PLAIN)
async def test_octets_that_are_no_question(net):
    query = dns.message.make_query("home.test", "A", id=0x0102).to_wire()
    assert await net.recursive.answer(query[:-1], PEER, False) == [bytes([1, 2, 0x81, 1, *bytes(8)])]
    for silence in (b"", b"\x01", dns.message.make_response(dns.message.from_wire(query)).to_wire()):
        assert await net.recursive.answer(silence, PEER, False) == []
    assert len(net.recursive.trails) == 0


@test_on(PLAIN)
async def test_damaged_questions_are_answered_or_passed_over(net):
    chance = random.Random(2026)
    for _ in range(300):
        wire = bytearray(dns.message.make_query("outside.home.test", "MX", use_edns=0).to_wire())
        for _ in range(chance.randint(1, 4)):
            wire[chance.randrange(len(wire))] = chance.randrange(256)
        for reply in await net.recursive.answer(bytes(wire), PEER, chance.random() < 0.5):
            assert reply[:2] == wire[:2] and dns.message.from_wire(reply).flags & dns.flags.QR


@test_on(PLAIN)
async def test_without_rd_it_answers_from_its_cache(net):
    reply = await net.ask("outside.home.test", flags=0)
    assert reply.answer == [] and reply.authority[0].to_text() == ". 0 IN NS a.root.test."
    await net.ask("a.home.test")
    reply = await net.ask("outside.home.test", flags=0)
    assert reply.answer == [] and reply.authority[0].to_text() == "home.test. 300 IN NS ns.home.test."
    await net.ask("outside.home.test")
    net.asked.clear()
    net.clock.advance(seconds=10)
    reply = await net.ask("outside.home.test", flags=0)
    assert [rrset.ttl for rrset in reply.answer] == [290, 290, 50]
    await net.ask("nobody.home.test")
    reply = await net.ask("nobody.home.test", flags=0)
    assert rcode(reply) == "NXDOMAIN" and reply.authority[0].rdtype.name == "SOA"
    net.clock.advance(seconds=60)
    assert len((await net.ask("outside.home.test", flags=0)).answer) == 2  # the aliases, without their end
    await net.ask("round.home.test")
    assert len((await net.ask("round.home.test", flags=0)).answer) == 2  # and in a circle, once


@test_on(PLAIN)
async def test_many_questions_at_once(net):
    names = ["home.test", "a.home.test", "outside.home.test", "nobody.home.test", "long.home.test"] * 3
    replies = await asyncio.gather(*(net.ask(name, "A") for name in names))
    assert [rcode(reply) for reply in replies] == ["NOERROR", "NOERROR", "NOERROR", "NXDOMAIN", "NOERROR"] * 3
    assert len(net.recursive.trails) == 15
    assert all(trail.outcome for trail in net.recursive.trails)


@test_on(PLAIN)
async def test_it_keeps_the_latest_hundred_trails(net):
    for name in ("a.home.test", "nobody.home.test", *["b.home.test"] * 99):
        await net.ask(name)
    assert len(net.recursive.trails) == 100
    assert net.recursive.trails[0].question == ("nobody.home.test.", "A")
    assert net.trail.question == ("b.home.test.", "A")


@test_on(PLAIN)
async def test_the_trail_in_html(net):
    await net.ask("<b>.home.test", "MX")
    html = net.trail._repr_html_()
    assert "<b>" not in html and "&lt;b&gt;.home.test" in html
    assert html.count("</tr>") == 4 and all(scope in html for scope in ('scope="col"', 'scope="row"'))
    assert re.search(r"<caption[^>]*>laptop.test asks resolver.test for ", html)
    assert all(step.detail.replace("<", "&lt;").replace(">", "&gt;") in html for step in net.trail.steps)


# In the lab


def test_in_the_lab(lab):
    for name in ("lame.test", "learner.test"):
        with contextlib.suppress(dns.resolver.NoNameservers):
            lab.resolver.resolve(name, "MX")
        assert lab.trail.steps[-1].kind == "lame"
        assert lab.trail.outcome == f"resolver.isp.test answers SERVFAIL: no name server of {name} gave an answer."
    lab.resolver.resolve("outlook.test", "MX")
    assert [step.server for step in lab.trail.steps] == ["resolver.isp.test", "a.nic.test", "ns1.outlook.test"]
    assert lab.trail.steps[1].detail == (
        "a.nic.test does not know, and points to the name servers of outlook.test: ns1.outlook.test, ns2.outlook.test"
    )


def test_faults_on_the_way(lab):
    lab.faults.down("ns1.outlook.test").truncate("a.nic.test").duplicate("a.root-servers.test")
    assert len(lab.resolver.resolve("outlook.test", "MX")) == 2
    assert [step.kind for step in lab.trail.steps] == ["referral", "truncated", "referral", "timeout", "answer"]
    lab.faults.clear()
    lab.recursive.flush()
    assert len(lab.resolver.resolve("outlook.test", "MX")) == 2
    assert [step.kind for step in lab.trail.steps] == ["referral", "referral", "answer"]
