import asyncio
import os
import random

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.zone
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpers.lab import zones
from helpers.lab.authority import Authority
from helpers.lab.cast import CAST

ORIGINS = sorted({origin for host in CAST for origin in host.zones})
CAST_ZONES = {dns.name.from_text(origin): zones.of_the_cast(origin) for origin in ORIGINS}
TRICKY = zones.parse(
    """$ORIGIN tricky.test.
$TTL 300
@       SOA   ns postmaster 1 7200 900 1209600 60
@       NS    ns
ns      A     192.0.2.1
one     CNAME two
two     CNAME one
gone    CNAME nowhere
out     CNAME www.example.com.
far     CNAME host.sub
*.wild  MX    10 ns
*.wild  TXT   "any"
x.y.wild A    192.0.2.2
*.way   CNAME ns
sub     NS    ns.sub
sub     NS    ns.other.test.
ns.sub  A     192.0.2.3
ns.sub  AAAA  2001:db8::3
@       MX    10 ns.sub
_sip._tcp SRV 0 0 5060 ns
"""
)
everything = Authority({**CAST_ZONES, TRICKY.origin: TRICKY})
tricky = Authority({TRICKY.origin: TRICKY})


def ask(name, rdtype="A", server=everything, tcp=False, edns=True, **options):
    if edns:
        options = {"use_edns": 0, "payload": 1232, **options}
    query = dns.message.make_query(name, rdtype, flags=0, **options)
    return dns.message.from_wire(server.respond(query.to_wire(), tcp))


def section(rrsets):
    """Records as text, in the order of the wire."""
    return [f"{rrset.name} {rrset.rdtype.name} {rdata}" for rrset in rrsets for rdata in rrset]


def authoritative(reply):
    return bool(reply.flags & dns.flags.AA)


# Answers


def test_an_answer_is_in_the_order_of_the_zone_file():
    reply = ask("outlook.test", "MX")
    assert section(reply.answer) == ["outlook.test. MX 20 mx2.outlook.test.", "outlook.test. MX 10 mx1.outlook.test."]
    assert section(reply.additional) == ["mx2.outlook.test. A 203.0.113.26", "mx1.outlook.test. A 203.0.113.25"]
    assert (reply.answer[0].ttl, reply.rcode(), authoritative(reply)) == (300, dns.rcode.NOERROR, True)
    assert reply.authority == []


def test_the_question_comes_back_as_it_was_written():
    query = dns.message.make_query("OutLook.TEST", "MX", id=7)
    reply = dns.message.from_wire(everything.respond(query.to_wire()))
    assert reply.id == 7
    assert reply.question[0].name.to_text() == reply.answer[0].name.to_text() == "OutLook.TEST."


def test_recursion_is_neither_done_nor_offered():
    query = dns.message.make_query("gmail.test", "A")  # RD set
    reply = dns.message.from_wire(everything.respond(query.to_wire()))
    assert reply.flags & dns.flags.RD and not reply.flags & dns.flags.RA


def test_a_name_that_does_not_exist():
    reply = ask("nobody.outlook.test")
    assert (reply.rcode(), authoritative(reply), reply.answer) == (dns.rcode.NXDOMAIN, True, [])
    soa = reply.authority[0]
    assert (soa.name.to_text(), soa.rdtype, soa.ttl) == ("outlook.test.", dns.rdatatype.SOA, 60)  # its MINIMUM


def test_the_ttl_of_a_negative_answer_is_the_lesser_one():
    text = zones.source("outlook.test.").replace("$TTL 300", "$TTL 30")
    zone = zones.parse(text)
    reply = ask("nobody.outlook.test", server=Authority({zone.origin: zone}))
    assert reply.authority[0].ttl == 30


def test_a_name_without_the_type():
    reply = ask("isp.test", "A")
    assert (reply.rcode(), authoritative(reply), reply.answer) == (dns.rcode.NOERROR, True, [])
    assert reply.authority[0].rdtype == dns.rdatatype.SOA


@pytest.mark.parametrize("name", ["b.bulk.test", "hosting.isp.test", "113.0.203.in-addr.arpa", "_tcp.tricky.test"])
def test_an_empty_non_terminal_exists(name):
    reply = ask(name, "TXT")
    assert (reply.rcode(), reply.answer) == (dns.rcode.NOERROR, [])


def test_an_alias_is_followed_within_the_zones():
    reply = ask("mail.alias.test", "A")
    assert section(reply.answer) == ["mail.alias.test. CNAME alias.test.", "alias.test. A 203.0.113.92"]
    reply = ask("www.outlook.test", "A")  # the server has isp.test too
    assert section(reply.answer)[1] == "outlook.hosting.isp.test. A 203.0.113.80"
    alone = Authority({o: z for o, z in CAST_ZONES.items() if o.to_text() == "outlook.test."})
    assert section(ask("www.outlook.test", server=alone).answer) == [
        "www.outlook.test. CNAME outlook.hosting.isp.test."
    ]


def test_an_alias_that_leads_away_is_told_and_no_more():
    reply = ask("out.tricky.test", "A", tricky)
    assert section(reply.answer) == ["out.tricky.test. CNAME www.example.com."]
    assert (reply.rcode(), authoritative(reply), reply.authority) == (dns.rcode.NOERROR, True, [])


def test_an_alias_that_leads_to_nothing_is_nxdomain():
    reply = ask("gone.tricky.test", "A")
    assert reply.rcode() == dns.rcode.NXDOMAIN
    assert section(reply.answer) == ["gone.tricky.test. CNAME nowhere.tricky.test."]
    assert reply.authority[0].rdtype == dns.rdatatype.SOA


def test_an_alias_that_leads_below_a_cut_is_told_with_whom_to_ask():
    reply = ask("far.tricky.test", "A")
    assert section(reply.answer) == ["far.tricky.test. CNAME host.sub.tricky.test."]
    assert authoritative(reply) and reply.authority[0].rdtype == dns.rdatatype.NS


def test_aliases_in_a_circle_end():
    reply = ask("one.tricky.test", "A")
    assert section(reply.answer) == [
        "one.tricky.test. CNAME two.tricky.test.",
        "two.tricky.test. CNAME one.tricky.test.",
    ]


def test_an_alias_that_is_asked_for_is_itself_the_answer():
    assert section(ask("one.tricky.test", "CNAME").answer) == ["one.tricky.test. CNAME two.tricky.test."]
    assert section(ask("one.tricky.test", "ANY").answer) == ["one.tricky.test. CNAME two.tricky.test."]


# Wildcards (RFC 4592)


@pytest.mark.parametrize(
    ("name", "rdtype", "rcode", "answer"),
    [
        ("deep.er.shop.test", "A", "NOERROR", ["deep.er.shop.test. A 203.0.113.61"]),
        ("*.shop.test", "A", "NOERROR", ["*.shop.test. A 203.0.113.61"]),
        ("deep.er.shop.test", "MX", "NOERROR", []),
        ("_dmarc.shop.test", "A", "NOERROR", []),  # it is there, so the wildcard does not speak for it
        ("x._dmarc.shop.test", "A", "NXDOMAIN", []),  # nor for what is below it
        ("a.wild.tricky.test", "TXT", "NOERROR", ['a.wild.tricky.test. TXT "any"']),
        ("x.y.wild.tricky.test", "TXT", "NOERROR", []),
        ("y.wild.tricky.test", "TXT", "NOERROR", []),  # an empty non-terminal
        ("z.y.wild.tricky.test", "TXT", "NXDOMAIN", []),
        (
            "a.way.tricky.test",
            "A",
            "NOERROR",
            ["a.way.tricky.test. CNAME ns.tricky.test.", "ns.tricky.test. A 192.0.2.1"],
        ),
        (f"{'a.' * 100}shop.test", "A", "NOERROR", [f"{'a.' * 100}shop.test. A 203.0.113.61"]),
    ],
)
def test_wildcards(name, rdtype, rcode, answer):
    reply = ask(name, rdtype)
    assert dns.rcode.to_text(reply.rcode()) == rcode
    assert section(reply.answer) == answer


# Delegations


def test_a_delegation_is_pointed_to_with_glue():
    nic = Authority({dns.name.from_text("test"): zones.of_the_cast("test.")})
    reply = ask("no.such.host.outlook.test", "MX", nic)
    assert (reply.rcode(), authoritative(reply), reply.answer) == (dns.rcode.NOERROR, False, [])
    assert section(reply.authority) == ["outlook.test. NS ns1.outlook.test.", "outlook.test. NS ns2.outlook.test."]
    assert section(reply.additional) == ["ns1.outlook.test. A 203.0.113.52", "ns2.outlook.test. A 203.0.113.53"]


def test_glue_is_no_answer():
    nic = Authority({dns.name.from_text("test"): zones.of_the_cast("test.")})
    reply = ask("ns1.outlook.test", "A", nic)
    assert reply.answer == [] and not authoritative(reply)
    assert section(reply.authority)[0] == "outlook.test. NS ns1.outlook.test."


def test_glue_of_both_families_and_none_for_a_name_elsewhere():
    reply = ask("sub.tricky.test", "NS")
    assert not authoritative(reply)
    assert section(reply.additional) == ["ns.sub.tricky.test. A 192.0.2.3", "ns.sub.tricky.test. AAAA 2001:db8::3"]


def test_ds_stands_above_the_cut():
    nic = Authority({dns.name.from_text("test"): zones.of_the_cast("test.")})
    reply = ask("outlook.test", "DS", nic)
    assert authoritative(reply) and reply.authority[0].name.to_text() == "test."
    assert ask("outlook.test", "DS").authority == reply.authority  # also where a server has both zones
    assert ask(".", "DS").authority[0].name.to_text() == "."


def test_addresses_below_a_cut_are_not_added_for_an_exchange():
    assert ask("tricky.test", "MX").additional == []
    assert section(ask("_sip._tcp.tricky.test", "SRV").additional) == ["ns.tricky.test. A 192.0.2.1"]


def test_of_two_zones_the_longer_one_answers():
    assert ask("gmail.test", "SOA").answer[0].name.to_text() == "gmail.test."
    assert authoritative(ask("gmail.test", "NS"))


def test_a_replaced_zone_is_answered_from_at_once():
    server = Authority({TRICKY.origin: TRICKY})
    server.zones[TRICKY.origin] = zones.parse("$ORIGIN tricky.test.\n@ 60 SOA a b 2 2 3 4 5\n@ NS a\nns A 192.0.2.99\n")
    assert section(ask("ns.tricky.test", server=server).answer) == ["ns.tricky.test. A 192.0.2.99"]
    assert ask("two.tricky.test", server=server).rcode() == dns.rcode.NXDOMAIN


# Refusals


@pytest.mark.parametrize(
    ("query", "rcode"),
    [
        (dns.message.make_query("gmail.test", "A", "CH"), "REFUSED"),
        (dns.message.make_query("gmail.test", "AXFR"), "REFUSED"),
        (dns.message.make_query("gmail.test", "IXFR"), "REFUSED"),
        (dns.message.make_query("gmail.test", "MAILB"), "NOTIMP"),
    ],
)
@pytest.mark.parametrize("tcp", [False, True])
def test_what_it_does_not_answer(query, rcode, tcp):
    reply = dns.message.from_wire(everything.respond(query.to_wire(), tcp))
    assert dns.rcode.to_text(reply.rcode()) == rcode
    assert reply.answer == [] and reply.question == query.question


def test_a_lame_server_refuses_everything():
    assert ask("lame.test", "MX", Authority({})).rcode() == dns.rcode.REFUSED
    assert ask("gmail.test", "MX", tricky).rcode() == dns.rcode.REFUSED


@pytest.mark.parametrize("opcode", range(1, 16))
def test_other_opcodes(opcode):
    wire = bytearray(dns.message.make_query("gmail.test", "A", id=0x0102).to_wire())
    wire[2] |= opcode << 3
    assert everything.respond(bytes(wire)) == bytes([1, 2, 0x80 | opcode << 3 | 1, 4, *bytes(8)])


def test_octets_that_are_no_query():
    good = dns.message.make_query("gmail.test", "A", id=0x0102, flags=0).to_wire()
    error = bytes([1, 2, 0x80, 1, *bytes(8)])  # FORMERR
    assert everything.respond(good[:-1]) == error
    assert everything.respond(good + b"x") == error
    assert everything.respond(good[:12]) == error
    none = good[:4] + bytes(8)
    assert everything.respond(none) == error
    two = good[:5] + b"\x02" + good[6:] + good[12:]
    assert everything.respond(two) == error
    loop = good[:12] + b"\xc0\x0c\x00\x01\x00\x01"
    assert everything.respond(loop) == error


def test_silence():
    good = dns.message.make_query("gmail.test", "A").to_wire()
    assert everything.respond(b"") is None
    assert everything.respond(good[:11]) is None
    answer = everything.respond(good)
    assert everything.respond(answer) is None  # two servers would talk for ever


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=200), st.booleans())
@example(bytes(12), True)
def test_any_octets(octets, tcp):
    for wire in (octets, b"\x00\x01\x00\x00\x00\x01" + bytes(6) + octets):
        reply = everything.respond(wire, tcp)
        assert reply is None or (reply[:2] == wire[:2] and reply[2] & 0x80)


def test_thousands_of_damaged_queries():
    chance = random.Random(2026)
    queries = [
        dns.message.make_query(name, rdtype, use_edns=edns).to_wire()
        for name in ("outlook.test", "a.b.c.shop.test", "long.isp.test", ".", "one.tricky.test", "x.sub.tricky.test")
        for rdtype in ("A", "MX", "ANY", "AXFR", "TXT")
        for edns in (None, 0)
    ]
    for _ in range(4000):
        wire = bytearray(chance.choice(queries))
        for _ in range(chance.randint(1, 6)):
            wire[chance.randrange(len(wire))] = chance.randrange(256)
        tcp = chance.random() < 0.5
        reply = everything.respond(bytes(wire[: chance.choice([None, None, None, chance.randrange(len(wire))])]), tcp)
        if reply is not None:
            assert len(reply) <= (65535 if tcp else 1232)
            dns.message.from_wire(reply)


# Sizes and EDNS


def test_a_datagram_holds_512_octets_without_edns():
    for name, size in (("medium.isp.test", 512), ("long.isp.test", 1232)):
        whole = everything.respond(dns.message.make_query(name, "TXT").to_wire(), tcp=True)
        assert len(whole) > size
        assert not dns.message.from_wire(whole).flags & dns.flags.TC
    reply = ask("medium.isp.test", "TXT", edns=False)
    assert reply.flags & dns.flags.TC and reply.answer == [] and reply.edns == -1


def test_and_1232_with_it_however_much_is_offered():
    assert len(ask("medium.isp.test", "TXT").answer[0]) == 5
    for payload in (1232, 4096, 65535):
        query = dns.message.make_query("long.isp.test", "TXT", use_edns=0, payload=payload)
        wire = everything.respond(query.to_wire())
        assert len(wire) <= 1232 and dns.message.from_wire(wire).flags & dns.flags.TC
    query = dns.message.make_query("medium.isp.test", "TXT", use_edns=0, payload=100)  # less than 512 counts as 512
    assert dns.message.from_wire(everything.respond(query.to_wire())).flags & dns.flags.TC


def test_edns_is_answered_by_edns_only():
    assert ask("gmail.test", edns=False).edns == -1
    reply = ask("gmail.test", want_dnssec=True)
    assert (reply.edns, reply.payload) == (0, 1232)
    assert reply.ednsflags & dns.flags.DO
    assert not ask("gmail.test").ednsflags & dns.flags.DO


def test_a_later_version_of_edns():
    reply = dns.message.from_wire(everything.respond(dns.message.make_query("gmail.test", "A", use_edns=1).to_wire()))
    assert (reply.rcode(), reply.edns, reply.answer) == (dns.rcode.BADVERS, 0, [])


# Transfers


def transfer(server, zone, peer=("127.0.0.1", 5353), tcp=True):
    query = dns.message.make_query(zone, "AXFR").to_wire()
    return [dns.message.from_wire(w, xfr=True) for w in asyncio.run(server.answer(query, peer, tcp))]


def test_a_transfer_is_the_whole_zone_between_two_soas():
    server = Authority(CAST_ZONES, may_transfer=lambda peer: peer == ("127.0.0.1", 5353))
    (message,) = transfer(server, "outlook.test")
    told = section(message.answer)
    assert told[0] == told[-1] and " SOA " in told[0]
    zone = zones.of_the_cast("outlook.test.")
    assert sorted(told[:-1]) == sorted(f"{n} {r.rdtype.name} {r}" for n, _, r in zone.iterate_rdatas())


def test_a_transfer_of_many_messages():
    hosts = "".join(f"h{n} TXT {'x' * 200}\n" for n in range(400))
    zone = zones.parse("$ORIGIN big.test.\n$TTL 60\n@ SOA a b 1 2 3 4 5\n@ NS ns\n" + hosts)
    messages = transfer(Authority({zone.origin: zone}, may_transfer=lambda peer: True), "big.test")
    assert len(messages) > 3
    assert sum(len(section(m.answer)) for m in messages) == 400 + 3
    assert all(authoritative(m) for m in messages)


def test_a_transfer_is_not_for_everybody_nor_by_udp():
    server = Authority(CAST_ZONES, may_transfer=lambda peer: peer[1] == 1)
    for messages in (
        transfer(server, "outlook.test", ("127.0.0.1", 2)),
        transfer(server, "outlook.test", ("127.0.0.1", 1), tcp=False),
        transfer(server, "mx1.outlook.test", ("127.0.0.1", 1)),  # no zone begins there
        transfer(Authority(CAST_ZONES), "outlook.test"),
    ):
        assert [m.rcode() for m in messages] == [dns.rcode.REFUSED]


def test_other_questions_by_either_way():
    query = dns.message.make_query("gmail.test", "MX").to_wire()
    for tcp in (False, True):
        (wire,) = asyncio.run(everything.answer(query, ("127.0.0.1", 1), tcp))
        assert wire == everything.respond(query, tcp)
        assert asyncio.run(everything.answer(b"\x00", ("127.0.0.1", 1), tcp)) == []
        assert asyncio.run(everything.answer(os.urandom(3), ("127.0.0.1", 1), tcp)) == []
