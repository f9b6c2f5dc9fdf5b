import re
import subprocess

import dns.name
import dns.rdatatype
import dns.reversename
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpers.lab import zones
from helpers.lab.cast import CAST, LEARNERS_ZONE
from helpers.lab.errors import ZoneError

ORIGINS = sorted({origin for host in CAST for origin in host.zones})
HEAD = "$ORIGIN learner.test.\n$TTL 300\n@ SOA ns postmaster 1 7200 900 1209600 60\n@ NS ns\n"
# Their zones do not exist: not before the learner publishes one, and never.
WITHOUT_A_ZONE = ("learner.test", "lame.test")


def records(origin: str, name: str, rdtype: str) -> list[str]:
    """What the zone files say, in their order."""
    rdataset = zones.of_the_cast(origin).get_rdataset(dns.name.from_text(name), rdtype)
    return [rdata.to_text() for rdata in rdataset or ()]


def zone_of(name: str) -> str:
    """The origin of the nearest zone of the cast."""
    name = dns.name.from_text(name)
    return next(o for o in sorted(ORIGINS, key=len, reverse=True) if name.is_subdomain(dns.name.from_text(o)))


# The zones of the cast


def test_there_is_a_file_for_each_zone_and_no_other():
    files = {path.stem for path in zones.FOLDER.glob("*.zone")}
    assert files == {origin.rstrip(".") or "root" for origin in ORIGINS}


@pytest.mark.peer("named-checkzone")
@pytest.mark.parametrize("origin", ORIGINS)
def test_bind_finds_nothing_wrong_with_a_zone(origin, tmp_path):
    path = tmp_path / "zone"
    path.write_text(zones.source(origin))
    checked = subprocess.run(
        ["named-checkzone", "-i", "local", origin, path], capture_output=True, text=True, timeout=10
    )
    assert checked.returncode == 0, checked.stdout
    complaints = [line for line in checked.stdout.splitlines() if "loaded serial" not in line and line != "OK"]
    # Two that are there for a lesson: an MX that names an alias, and one that names nothing.
    assert [c.split("/MX ")[1] for c in complaints] == {
        "alias.test.": ["'mail.alias.test' is a CNAME (illegal)"],
        "dangling.test.": ["'mx.dangling.test' has no address records (A or AAAA)"],
    }.get(origin, [])


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_negative_answer_may_be_kept_for_a_minute(origin):
    soa = zones.of_the_cast(origin).get_soa()
    assert (soa.minimum, soa.refresh) == (60, 7200)
    assert soa.serial // 100 == 20260302


@pytest.mark.parametrize("host", CAST, ids=lambda host: host.name)
def test_each_address_leads_to_its_host_and_back(host):
    for address in host.addresses:
        reverse = dns.reversename.from_address(address).to_text()
        assert records(zone_of(reverse), reverse, "PTR") == [f"{host.name}."]
        if not host.name.endswith(WITHOUT_A_ZONE):
            assert address in records(zone_of(host.name), host.name, "AAAA" if ":" in address else "A")


@pytest.mark.parametrize("origin", [origin for origin in ORIGINS if origin != "."])
def test_a_zone_file_gives_the_cast_no_other_address(origin):
    hosts = {f"{host.name}.": host for host in CAST}
    addresses = {address for host in CAST for address in host.addresses}
    zone = zones.of_the_cast(origin)
    for rdtype in ("A", "AAAA"):
        for name, _, rdata in zone.iterate_rdatas(rdtype):
            host = hosts.get(name.to_text())  # None: a further name of some host
            assert rdata.address in (host.addresses if host else addresses)


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_zone_and_the_zone_above_it_agree_on_its_servers(origin):
    servers = [f"{host.name}." for host in CAST if origin in host.zones]
    assert records(origin, origin, "NS") == servers
    if origin != ".":
        above = "test." if origin.endswith(".test.") else "."
        assert records(above, origin, "NS") == servers
        glue = [records(above, server, "A") for server in servers]
        assert glue == [[next(h.address for h in CAST if f"{h.name}." == server)] for server in servers]


def test_delegations_without_a_zone():
    assert records("test.", LEARNERS_ZONE, "NS") == ["ns.learner.test.", "ns2.learner.test."]
    assert records("test.", "ns2.learner.test.", "A") == ["192.0.2.54"]
    assert records("test.", "lame.test.", "NS") == ["ns.lame.test."]


@pytest.mark.parametrize(
    ("name", "rdtype", "expected"),
    [
        (
            "outlook.test.",
            "MX",
            ["20 mx2.outlook.test.", "10 mx1.outlook.test."],
        ),  # the order of the lines is no preference
        ("outlook.test.", "A", ["203.0.113.80"]),
        ("gmail.test.", "MX", ["5 in.gmail.test."]),
        ("corner-shop.test.", "MX", []),
        ("no-mail.test.", "MX", ["0 ."]),
        ("alias.test.", "MX", ["10 mail.alias.test."]),
        ("mail.alias.test.", "CNAME", ["alias.test."]),
        ("twins.test.", "MX", ["10 mx1.twins.test.", "10 mx2.twins.test."]),
        ("one-down.test.", "MX", ["10 mx1.one-down.test.", "20 mx2.one-down.test."]),
        ("dangling.test.", "MX", ["10 mx.dangling.test."]),
        ("mx.dangling.test.", "A", []),
        ("dangling.test.", "A", ["203.0.113.93"]),
        ("mx.six.test.", "A", []),
        ("mx.six.test.", "AAAA", ["2001:db8::25"]),
        ("gmail.test.", "TXT", ['"v=spf1 ip4:198.51.100.10 ip6:2001:db8:0:100::10 -all"']),
        ("mallory.test.", "TXT", []),
        ("_dmarc.bank.test.", "TXT", ['"v=DMARC1; p=reject; rua=mailto:postmaster@bank.test"']),
        ("_dmarc.shop.test.", "TXT", ['"v=DMARC1; p=quarantine; rua=mailto:postmaster@shop.test"']),
        ("_dmarc.gmail.test.", "TXT", ['"v=DMARC1; p=none; rua=mailto:postmaster@gmail.test"']),
        ("_dmarc.mallory.test.", "TXT", []),
    ],
)
def test_what_lessons_lean_on(name, rdtype, expected):
    assert records(zone_of(name), name, rdtype) == expected


def test_eleven_includes_and_each_of_them_there():
    (spf,) = zones.of_the_cast("eleven.test.").get_rdataset(dns.name.from_text("eleven.test."), "TXT")
    terms = b"".join(spf.strings).decode().split()
    included = [term.removeprefix("include:") for term in terms if term.startswith("include:")]
    assert len(included) == 11 and terms[0] == "v=spf1" and terms[-1] == "-all"
    assert all(records("eleven.test.", f"{name}.", "TXT") for name in included)
    assert records("eleven.test.", f"{included[-1]}.", "TXT") == ['"v=spf1 ip4:203.0.113.95 -all"']


def test_a_zone_is_read_once():
    assert zones.of_the_cast("outlook.test.") is zones.of_the_cast("outlook.test.")
    assert zones.source("outlook.test.").startswith("; outlook.test: ")


# A zone that somebody writes


def test_the_zone_is_that_of_the_first_origin():
    zone = zones.parse(HEAD + "$ORIGIN www.learner.test.\n@ A 192.0.2.25\n")
    assert zone.origin.to_text() == "learner.test."
    assert dns.name.from_text("www.learner.test") in zone.nodes


def test_the_zone_is_that_of_the_soa_where_its_owner_is_written_out():
    zone = zones.parse(
        "; mine\nlearner.test. 300 IN SOA ns.learner.test. me.learner.test. 7 7200 900 1209600 60\n"
        "learner.test. NS ns.learner.test.\n$ORIGIN www.learner.test.\n@ A 192.0.2.25\n"
    )
    assert zone.origin.to_text() == "learner.test."
    assert zone.get_soa().serial == 7


@pytest.mark.parametrize(
    ("line", "name", "rdtype", "expected"),
    [
        (
            "@ MX 10 mail.learner.test",
            "learner.test.",
            "MX",
            "10 mail.learner.test.learner.test.",
        ),  # the final dot is missing
        ("@ NS ns.other.test", "learner.test.", "NS", "ns.other.test.learner.test."),
        ("@ MX 10 192.0.2.25", "learner.test.", "MX", "10 192.0.2.25.learner.test."),
        ("_dmarc TXT v=DMARC1; p=reject", "_dmarc.learner.test.", "TXT", '"v=DMARC1"'),  # cut off by the semicolon
        ('_dmarc TXT "v=DMARC1; p=reject"', "_dmarc.learner.test.", "TXT", '"v=DMARC1; p=reject"'),
        ("WWW A 192.0.2.25\r\n", "www.learner.test.", "A", "192.0.2.25"),
    ],
)
def test_what_is_unwise_is_taken_as_it_stands(line, name, rdtype, expected):
    rdataset = zones.parse(HEAD + line).get_rdataset(dns.name.from_text(name), rdtype)
    assert expected in [rdata.to_text() for rdata in rdataset]


@pytest.mark.parametrize(
    ("lines", "line", "words"),
    [
        ("@ MXX 10 mail", 5, "there is no record type 'MXX'"),
        (
            "@ MX mail",
            5,
            "@ MX mail (expecting an integer). A line with MX looks like this: @ MX 10 mail.learner.test.",
        ),
        ("\n; comment\n@ MX 10", 7, "A line with MX looks like this"),
        ("www A 192.0.2", 5, "A line with A looks like this: www A 192.0.2.25"),
        ("mx A mail", 5, "A line with A looks like this"),  # the first word is a name, whatever it says
        ('@ TXT "v=spf1', 5, 'a quotation mark " is opened and not closed'),
        ('@ TXT "a" ( "b"\nwww A 192.0.2.25', 5, "a bracket ( is opened and not closed"),
        ("@ MX ( 10 mail\nwww A 192.0.2.25", 5, "a bracket ( is opened and not closed"),
        ("@ TXT a )", 5, "@ TXT a )"),
        (f"@ TXT {'a' * 256}", 5, "strings of at most 255 octets"),
        ("www.gmail.test. A 192.0.2.25", 5, "www.gmail.test. is outside the zone learner.test."),
        ("www A 192.0.2.25\nwww CNAME mail", 6, "www.learner.test. has a CNAME and other records"),
        ("www CNAME mail\nwww A 192.0.2.25", 6, "www.learner.test. has a CNAME and other records"),
        ("www CNAME mail\nwww CNAME ns", 6, "two different CNAME records"),
        ("@ SOA ns postmaster 2 7200 900 1209600 60", 5, "two different SOA records"),
        ("www SOA ns postmaster 2 7200 900 1209600 60", 5, "the SOA record stands at another name than the zone's"),
        ("a..b A 192.0.2.25", 5, "A DNS label is empty"),
        ("$INCLUDE /etc/passwd", 5, "$INCLUDE"),
        ("$GENERATE 1-9 h$ A 192.0.2.$", 5, "$GENERATE"),
        ("@ OPT \\# 0", 5, "OPT is a type of question"),
        ("@ ANY x", 5, "ANY is a type of question"),
        ("@ 300 IN AXFR x", 5, "AXFR is a type of question"),
        ("sub DNAME outlook.test.", 5, "sub.learner.test. has a DNAME, which no name server of the lab can follow"),
        ("sub TYPE39 \\# 1 00", 5, "has a DNAME"),
        ("MX 10 mail", 5, "the line begins with MX, which is taken for a name"),
        ("A 192.0.2.25", 5, "the line begins with A, which is taken for a name"),
        ("www 99999999999 A 192.0.2.25", 5, "99999999999 stands where the type should. A TTL comes once"),
        ("www 300 IN 300 A 192.0.2.25", 5, "300 stands where the type should. A TTL comes once"),
        ("www A\u00a0192.0.2.25", 5, "a no-break space (U+00A0) stands in it"),
        ("www\rmail A 192.0.2.25", 5, "www"),
    ],
)
def test_what_is_wrong_is_a_sentence_with_its_line(lines, line, words):
    with pytest.raises(ZoneError) as caught:
        zones.parse(HEAD + lines)
    assert str(caught.value).startswith(f"Line {line} of the zone: ")
    assert words in str(caught.value)
    assert caught.value.line == line


def test_the_example_in_a_sentence_is_of_the_line_s_own_type():
    with pytest.raises(ZoneError) as caught:
        zones.parse(HEAD + "$GENERATE 1-9 h$ A 192.0.2.$")
    assert "A line with" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("", None, "$ORIGIN learner.test."),
        ("@ SOA ns me 1 2 3 4 5\n", None, "does not say which zone"),
        ("; mine\n$ORIGIN learner.test\n", 2, "with its final dot: $ORIGIN learner.test."),
        ("$ORIGIN a..b.\n", 1, "a..b. is not a name"),
        ("$ORIGIN learner.test.\n@ NS ns\n", 2, "Put a line such as $TTL 3600"),
        ("$ORIGIN learner.test.\n$TTL 60\n@ NS ns\n", None, "has no SOA record"),
        ("$ORIGIN learner.test.\n$TTL 60\n@ SOA ns me 1 2 3 4 5\n", None, "has no NS record"),
    ],
)
def test_what_a_zone_cannot_do_without(text, line, words):
    with pytest.raises(ZoneError) as caught:
        zones.parse(text)
    assert words in str(caught.value)
    assert caught.value.line == line


@settings(max_examples=300, deadline=None)
@given(
    st.text(st.sampled_from('abAMXNSOTC@$*.;:"()\\ \t\n\r019_-é\x00')) | st.text(),
    st.sampled_from(["", HEAD, "$ORIGIN learner.test.\n"]),
)
@example("\\", HEAD)
@example("@ TXT \\999", HEAD)
def test_any_text_is_a_zone_or_a_sentence(text, head):
    try:
        zone = zones.parse(head + text)
    except ZoneError as error:
        assert str(error) and "\n" not in str(error)
    else:
        assert zone.get_soa() and all(name.is_subdomain(zone.origin) for name in zone.nodes)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("laptop A 2001:db8::10", "2001:db8::10 is an IPv6 address, and its type is AAAA, not A"),
        ("mail 192.0.2.25", "the type is missing before 192.0.2.25"),
        ("mail 2001:db8::25", "the type is missing before 2001:db8::25"),
    ],
)
def test_what_beginners_write_gets_the_sentence_meant_for_it(line, sentence):
    with pytest.raises(ZoneError, match=re.escape(sentence)) as caught:
        zones.parse(f"$ORIGIN learner.test.\n$TTL 300\n@ SOA ns postmaster 1 2 3 4 5\n@ NS ns\n{line}\n")
    assert caught.value.line == 5


@pytest.mark.parametrize(("text", "sentence"), [(..., "still `...`"), (None, "this is None"), (7, "this is 7")])
def test_what_is_no_text_is_a_sentence(text, sentence):
    with pytest.raises(ZoneError, match=re.escape(sentence)):
        zones.parse(text)


def test_a_misspelt_directive_is_named():
    with pytest.raises(ZoneError, match=re.escape("Line 1 of the zone: there is no $ORIGN. Did you mean $ORIGIN?")):
        zones.parse("$ORIGN learner.test.\n@ NS ns\n")
