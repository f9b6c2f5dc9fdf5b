"""The health report: each finding appears at the domain that is broken in just that way, and nowhere else."""

import contextlib
import importlib
import re
import socket
from dataclasses import replace
from threading import Thread

import dns.flags
import dns.name
import dns.rrset
import pytest

from helpers import lessons
from helpers.health import Asking, Line, domains, report
from helpers.health.report import SEVERITIES, tables
from helpers.lab import Lab
from tests.health.conftest import NAMES
from tests.peers.places import listens

ELSEWHERE = {"no-such-domain", "greeting-refuses", "greeting-name", "greeting-other"}  # in no zone, and no letter
RECORDS = [name for name, row in tables()["finding"].items() if "mend" in row or "text" in row]


def examine(street, functions, domain, **more):
    given = {"sends_from": domain.sends_from, "letter": domain.letter} | more
    return report(domain.name, street.asking(), functions, **given)


def test_there_is_a_domain_for_every_finding():
    assert set(domains.BROKEN) | ELSEWHERE == set(tables()["finding"])
    assert len(domains.BROKEN) >= 40


@pytest.mark.parametrize("name", ["", "quiet", *domains.BROKEN], ids=lambda name: name or "perfect")
def test_each_finding_where_it_should_be_and_nowhere_else(street, every, functions, name):
    found = examine(street, functions, every[name])
    assert found.findings == ((name,) if name in domains.BROKEN else ()), found
    odd = next((line for line in found.lines if line.finding == name), None)
    fine = [line for line in found.lines if line is not odd]
    assert {line.severity for line in fine} == {"fine"} and all(line.came and line.means for line in fine)
    if odd:
        assert odd.severity == tables()["finding"][name]["severity"] and odd.came and odd.says and odd.link
        assert odd.mend or odd.do
        assert "{" not in odd.mend + odd.do + odd.means


@pytest.mark.parametrize("name", sorted(set(RECORDS) - ELSEWHERE))
def test_the_record_that_is_given_mends_it(mended, every, functions, name):
    before = examine(mended, functions, every[name])
    mended.mend(*before.mends)
    assert before.findings == (name,) and name not in examine(mended, functions, every[name]).findings


def test_how_bad_a_line_can_be_is_declared_beforehand():
    worst = {name: check["worst"] for name, check in tables()["check"].items()}
    for row in tables()["finding"].values():
        assert SEVERITIES.index(row["severity"]) >= SEVERITIES.index(worst[row["check"]])
    for check in worst:
        assert worst[check] in {row["severity"] for row in tables()["finding"].values() if row["check"] == check}
    with pytest.raises(ValueError, match="TLS-RPT can be weak at worst"):
        Line("TLS-RPT", "tlsrpt-record", "broken", "", "", "")


def test_a_domain_that_is_not_there(street, functions):
    found = report("nobody.test", street.asking(), functions)
    assert found.findings == ("no-such-domain",) and len(found.lines) == 1 and found.worst == "broken"


def test_what_could_not_be_asked_is_not_fine(street, functions):
    found = report("lame.test", street.asking(), functions)
    (line,) = found.lines
    assert line.severity == "not asked" and "no answer about lame.test" in line.came and found.findings == ()


def test_an_exchange_whose_address_cannot_be_had(functions):
    lame = domains.Domain("leans.test", 1, mx=("10 mail.lame.test.",))
    with Lab(beside=True) as lab:
        street = domains.lay(lab, lame)
        found = examine(street, functions, lame)
    said = {line.check: line for line in found.lines}
    assert said["MX"].severity == "not asked" and "mail.lame.test" in said["MX"].came
    assert said["SPF"].severity == "fine" and "mx-no-address" not in found.findings


def test_without_a_letter_and_without_leave_it_says_so(street, every, functions):
    asking = street.asking()
    asking.fetch = None
    found = report(every[""].name, asking, functions)
    said = {line.check: line.came for line in found.lines if line.severity == "not asked"}
    assert set(said) == {"DKIM", "MTA-STS"}
    assert "selectors cannot be listed" in said["DKIM"] and "nobody has permitted" in said["MTA-STS"]


def test_the_worst_first_and_the_nephew_as_notebook_14_has_him(street, functions):
    found = examine(street, functions, domains.NEPHEW)
    assert found.findings[:4] == ("ptr-missing-v6", "spf-not-the-sender", "dmarc-missing", "dkim-unsigned")
    ranks = [SEVERITIES.index(line.severity) for line in found.lines]
    assert ranks == sorted(ranks) and len(found.mends[:3]) == 3


def test_a_function_of_the_learners_that_raises_takes_no_report_down(street, every, functions):
    def spf_terms(text):
        return text[0] / 2

    found = examine(street, functions | {"spf_terms": spf_terms}, every[""])
    (line,) = [line for line in found.lines if line.severity != "fine"]
    assert line.check == "SPF" and "spf_terms raised TypeError" in line.came


WRONG = {  # what a function might return, that somebody spoiled after it had passed
    "mail_hosts": ("MX", None),
    "tags": ("DMARC", ["v=DMARC1"]),
    "spf_terms": ("SPF", [("+", "all")]),
    "spf_lookups": ("SPF", "three"),
    "spf_result": ("SPF", None),
    "sts_allows": ("MTA-STS", None),
    "confirmed": ("Addresses", True),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_function_that_returns_what_it_should_not_is_told_by_name(street, every, functions, name):
    check, given = WRONG[name]
    found = examine(street, functions | {name: lambda *_: given}, every[""])
    said = {line.check: line.came for line in found.lines if line.severity == "not asked"}
    assert f"{name} returned {given!r}, and should have returned" in said[check]
    assert found.findings == ()


def styles():
    """Each of these functions as somebody else would write it: its name, and the function."""
    for lesson in lessons.folders():
        with contextlib.suppress(ModuleNotFoundError):
            others = importlib.import_module(f"helpers.lessons.{lesson}.others")
            for name in NAMES:
                for each, function in vars(others).items():
                    if re.fullmatch(rf"{name}(_\d)?", each) and function.__module__ == others.__name__:
                        yield pytest.param(name, function, id=each)


@pytest.fixture(scope="module")
def usual(street, functions):
    return examine(street, functions, domains.NEPHEW).findings


@pytest.mark.parametrize(("name", "function"), [*styles()])
def test_with_a_function_in_another_style_the_report_is_the_same(street, functions, usual, name, function):
    assert examine(street, functions | {name: function}, domains.NEPHEW).findings == usual


@pytest.mark.parametrize("line", ["nonsense", "x.example. TXT hello", "nephew.test TXT", "", None])
def test_what_cannot_be_published_is_a_sentence(street, line):
    with pytest.raises(ValueError, match="cannot be published. Write an owner with its final dot"):
        street.mend(line)


def test_names_may_come_as_dnspython_has_them(street, every, functions):
    def names(domain, resolver):
        return [record.exchange for record in resolver.resolve(domain, "MX")]

    def confirmed(address, resolver):
        return {dns.name.from_text(name) for name in functions["confirmed"](address, resolver)}

    mine = functions | {"mail_hosts": names, "confirmed": confirmed}
    assert examine(street, mine, every[""]).worst == "fine"


def test_it_is_the_learners_functions_that_are_used(street, every, functions):
    used = set()

    def noting(name):
        def call(*given):
            used.add(name)
            return functions[name](*given)

        return call

    mine = {name: noting(name) for name in functions}
    examine(street, mine, every[""])
    examine(street, mine, every["dmarc-missing"])  # whose mend is written by txt_strings
    assert used == set(functions) - {"read_reply"}


def test_a_tlsa_record_that_is_vouched_for(street, every, functions):
    class Vouching:
        def resolve(self, *question, **more):
            answer = street.lab.resolver.resolve(*question, **more)
            answer.response.flags |= dns.flags.AD
            return answer

    one = every["tlsa-unsigned"]
    asking = Asking(Vouching(), "a resolver that checks")
    found = report(one.name, asking, functions, one.addresses, one.letter)
    (line,) = [line for line in found.lines if line.check == "TLSA"]
    assert line.severity == "fine" and "AD is set" in line.came


def test_a_resolver_that_checks_no_signature_vouches_for_nobody(street, every, functions):
    class Deaf:
        """The root is signed, as the real one is, and AD is never set."""

        def resolve(self, name, rdtype, **more):
            if rdtype != "DNSKEY":
                return street.lab.resolver.resolve(name, rdtype, **more)
            answer = street.lab.resolver.resolve("perfect.test", "A", raise_on_no_answer=False)
            answer.rrset = dns.rrset.from_text(".", 60, "IN", "DNSKEY", "257 3 8 AwEAAQ==")
            return answer

    one = every["tlsa-unsigned"]
    found = report(one.name, Asking(Deaf(), "a deaf one"), functions, one.addresses, one.letter)
    (line,) = [line for line in found.lines if line.check == "TLSA"]
    assert line.severity == "not asked" and "checks no signatures" in line.came


def test_a_report_has_its_time_from_its_own_beginning(street, every, functions):
    asking, one = street.asking(), every[""]
    asking._end = 0  # it was made long ago
    assert report(one.name, asking, functions, one.addresses, one.letter).worst == "fine"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("me@perfect.test", "is somebody's address. A report is about a domain: perfect.test"),
        ("https://www.perfect.test/x", "is more than a name. A report is about a domain: www.perfect.test"),
        ("perfect.test:25", "is more than a name. A report is about a domain: perfect.test"),
        ("192.0.2.1", "is no name"),
        ("2001:db8::1", "is no name"),
        ("[192.0.2.1]", "is no name"),
        ("perfect", "is no whole domain name"),
        ("", "is no whole domain name"),
        ("per fect.test", "is no whole domain name"),
        ("perfect..test", "is no whole domain name"),
        (f"{'a' * 64}.test", "is no whole domain name"),
        (None, "is no whole domain name"),
    ],
)
def test_what_is_no_domain_is_a_sentence(street, functions, given, said):
    with pytest.raises(ValueError, match=said.replace("[", r"\[")):
        report(given, street.asking(), functions)


def test_what_is_no_address_no_host_and_no_finding_is_a_sentence(street, every, functions):
    with pytest.raises(ValueError, match="'192.0.2' is no IP address"):
        report("perfect.test", street.asking(), functions, ["192.0.2"])
    with pytest.raises(ValueError, match="An exchange is about a domain"):
        report("perfect.test", street.asking(), functions, exchange="mail.perfect.test:25")
    with pytest.raises(LookupError, match="no domain for 'mx-dubled'. Did you mean mx-doubled?"):
        every["mx-dubled"]


def test_addresses_and_letters_in_other_forms(street, every, functions):
    one = every[""]
    text = one.letter.decode()
    for addresses in (", ".join(one.addresses), list(one.addresses), tuple(map(str.upper, one.addresses))):
        assert report(one.name, street.asking(), functions, addresses, text).worst == "fine"


@pytest.mark.parametrize(
    ("letter", "said"),
    [
        (b"hello", "has no From:"),
        (b"From: Ada <ada@gmail.test>\r\nSubject: x\r\n\r\nFrom: me@perfect.test", "is from gmail.test, and not from"),
        (b"From: nobody\r\n\r\n", "is from nobody, and not from perfect.test"),
    ],
)
def test_a_letter_that_is_not_from_the_domain_says_nothing_of_it(street, every, functions, letter, said):
    found = examine(street, functions, every[""], letter=letter)
    (line,) = [line for line in found.lines if line.severity != "fine"]
    assert (line.check, line.severity) == ("DKIM", "not asked") and said in line.came


def test_name_servers_with_two_kinds_of_addresses_in_one_network_each(functions):
    hosts = (*domains.MAIL, "one A 192.0.2.55", "one AAAA 2001:db8:0:2::55", "two A 192.0.2.56")
    near = domains.Domain("near.test", 1, hosts=(*hosts, "two AAAA 2001:db8:0:2::56"))
    far = replace(near, name="far.test", number=2, hosts=(*hosts, "two AAAA 2001:db8:9::56"))
    with Lab(beside=True) as lab:
        street = domains.lay(lab, near, far)
        for domain, findings in ((near, ("name-servers-one-network",)), (far, ())):
            servers = [(f"{domain.name}.", "NS", f"{name}.{domain.name}.") for name in ("one", "two")]
            kept = [record for record in street.records[f"{domain.name}."] if record[1] != "NS"]
            street.records[f"{domain.name}."] = kept + servers  # as the zone itself has it
            street.publish(f"{domain.name}.")
            assert examine(street, functions, domain).findings == findings


def test_a_record_above_says_sp_for_the_domain_below(functions):
    one = domains.Domain("above.test", 2, dmarc=("v=DMARC1; p=reject; sp=none; rua=mailto:postmaster@{domain}",))
    with Lab(beside=True) as lab:
        street = domains.lay(lab, one)
        street.records["above.test."].append(("news.above.test.", "TXT", '"v=spf1 -all"'))
        street.publish("above.test.")
        found = report("news.above.test", street.asking(), functions)
        assert report("above.test", street.asking(), functions).findings == ()
    (line,) = [line for line in found.lines if line.check == "DMARC"]
    assert line.finding == "dmarc-none" and "sp=quarantine" in line.mend and line.mend.startswith("_dmarc.above.test.")


def test_a_quiet_domain_that_says_nothing_is_told_how_to_say_it(functions):
    one = replace(domains.all_of_them()["quiet"], spf=(), dmarc=())
    with Lab(beside=True) as lab:
        street = domains.lay(lab, one)
        before = examine(street, functions, one)
        assert before.findings == ("spf-missing", "quiet-dmarc")
        street.mend(*before.mends)
        assert examine(street, functions, one).worst == "fine"


def test_who_hurries_asks_the_same_questions(street, every, functions):
    one, asked = every[""], []
    for hurries in (False, True):
        asking = street.asking()
        asking.hurries = hurries
        assert report(one.name, asking, functions, one.addresses, one.letter).worst == "fine"
        asked.append(set(asking._known))
    assert asked[0] <= asked[1]


def test_with_a_dead_resolver_it_ends(street, functions, monkeypatch):
    monkeypatch.setattr("helpers.health.asking.BUDGET", -1)
    found = report("perfect.test", street.asking(), functions)
    assert [line.severity for line in found.lines] == ["not asked"]


@pytest.mark.parametrize(
    ("said", "findings"),
    [
        ("220 mail.perfect.test ESMTP", ()),
        ("220-mail.perfect.test\r\n220 ready", ()),
        ("554 mail.perfect.test no", ("greeting-refuses",)),
        ("220 localhost ESMTP", ("greeting-name",)),
        ("220 mx1.outlook.test ESMTP", ("greeting-other",)),
        ("220 nobody.test ESMTP", ("greeting-other",)),
        ("220 [203.0.113.100] ESMTP", ()),
    ],
)
def test_one_greeting_is_read_and_then_comes_quit(street, every, functions, said, findings):
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def host():
            with server.accept()[0] as client, client.makefile("rb") as lines:
                client.sendall(f"{said}\r\n".encode())
                heard.append(lines.readline())
                client.sendall(b"221 bye\r\n")
                heard.extend(lines)

        thread = Thread(target=host)
        thread.start()
        asking, called = street.asking(), []

        def connect(address):
            called.append(address)
            return socket.create_connection(server.getsockname(), 2)

        asking.connect, asking.patience, one = connect, 20, every[""]
        found = report(one.name, asking, functions, one.addresses, one.letter, "mail.perfect.test")
        thread.join(5)
    assert found.findings == findings and heard == [b"QUIT\r\n"] and called == [one.addresses[0]]


def test_a_greeting_that_does_not_come_is_not_the_hosts_fault(street, every, functions):
    asking, one = street.asking(), every[""]

    def connect(address):
        raise TimeoutError("timed out")

    asking.connect = connect
    found = report(one.name, asking, functions, one.addresses, one.letter, "mail.perfect.test")
    (line,) = [line for line in found.lines if line.check == "Greeting"]
    assert line.severity == "not asked" and "in a room that closes it" in line.came


def test_nobody_is_connected_to_without_being_named(street, every, functions):
    asking = street.asking()
    asking.connect = lambda address: pytest.fail("nobody was named")
    assert "Greeting" not in {line.check for line in report(every[""].name, asking, functions).lines}


def test_what_a_zone_says_is_shown_and_not_obeyed(functions):
    nasty = domains.Domain("nasty.test", 1, tlsrpt=("TLSRPT <script>alert(1)</script> {x} %s",))
    with Lab(beside=True) as lab:
        found = examine(domains.lay(lab, nasty), functions, nasty)
    assert found.findings == ("tlsrpt-record",)
    assert "<script>" not in found._repr_html_() and "&lt;script&gt;" in found._repr_html_()
    assert "<script>alert(1)</script> {x} %s" in repr(found)


def test_its_faces_say_the_same_and_are_small(street, functions):
    found = examine(street, functions, domains.NEPHEW)
    html, text = found._repr_html_(), repr(found)
    assert len(html.encode()) <= 10_000
    for line in found.lines:
        assert f"{line.severity}: {line.check}" in text and line.check in html
    for line in found.lines[:4]:
        assert line.link in html and line.link in text and f"{line.severity}: {line.check}" in html
    first = found.first(3)
    assert first.lines == found.lines[:3] and first.first(1).lines == found.lines[:1]
    title, begin = repr(found).splitlines()[0], repr(first).splitlines()[0]
    assert begin == f"{title}; here 3 of {len(found.lines)} lines" and begin in first._repr_html_()
    assert repr(found.first(99)) == repr(found)


def test_policies_end_with_the_lab(functions):
    one = domains.all_of_them()[""]

    def refused() -> bool:
        lab = Lab(beside=True)
        street = domains.lay(lab, one)
        place = lab.route(domains.WEB, 443)
        assert examine(street, functions, one).worst == "fine"
        lab.close()
        return not listens(*place)  # or the system has given that port to somebody else at once

    assert any(refused() for _ in range(4))


def test_a_domain_may_be_written_in_any_way(street, every, functions):
    one = every[""]
    found = report("PERFECT.test.", street.asking(), functions, one.addresses, one.letter.replace(b"\r\n", b"\n"))
    assert found.findings == () and found.domain == "perfect.test"


def test_a_letter_signed_below_the_domain_is_its_own(street, every, functions):
    one = replace(every[""], signature=domains.SIGNED.replace("d={domain}", "d=news.{domain}"))
    assert examine(street, functions, one).findings == ("dkim-no-key",)


def test_a_name_is_asked_for_that_the_address_can_have(functions):
    """Where a provider takes the letters and the domain sends by itself, the provider's name is not for it."""
    one = replace(domains.all_of_them()["ptr-missing"], mx=("10 in.gmail.test.",))
    with Lab(beside=True) as lab:
        lines = [line for line in examine(domains.lay(lab, one), functions, one).lines if line.finding == "ptr-missing"]
    (line,) = lines
    assert line.mend.endswith(f"PTR mail.{one.name}.") and f"mail.{one.name} has to have the address" in line.do


@pytest.mark.parametrize(
    ("record", "findings", "mended"),
    [
        ("v=DMARC1; rua=mailto:postmaster@{domain}", ("dmarc-none",), "p=quarantine"),
        ("v=DMARC1; adkim=s", ("dmarc-bad-policy", "dmarc-no-reports"), "p=none"),
        (
            "v=DMARC1; p=reject; rua=postmaster@{domain}, dmarc@{domain}",
            ("dmarc-rua-no-address",),
            "rua=mailto:postmaster@d.test,mailto:dmarc@d.test",
        ),
        ("v=DMARC1; p=reject; rua=https://{domain}/", ("dmarc-rua-no-address",), "rua=mailto:postmaster@d.test"),
    ],
)
def test_a_record_without_a_policy_or_without_a_mailbox(functions, record, findings, mended):
    one = domains.Domain("d.test", 2, dmarc=(record,))
    with Lab(beside=True) as lab:
        found = examine(domains.lay(lab, one), functions, one)
    assert found.findings == findings and mended in next(
        line.mend for line in found.lines if line.finding == findings[0]
    )


@pytest.mark.parametrize(
    ("record", "finding", "mended"),
    [
        ("v=spf1-all", "spf-joined", "v=spf1 -all"),
        ("v=spf1;~all", "spf-joined", "v=spf1 ~all"),
        ("v=spf1ip4:{four} -all", "spf-joined", "v=spf1 ip4:{four} -all"),
        ("v=spf1 ip4:{four} ip4:192.0.2.300 -all", "spf-syntax", "v=spf1 ip4:{four} -all"),
        ("v=spf1 ip4:{four}, ip6:{six} -all", "spf-syntax", "v=spf1 ip4:{four} ip6:{six} -all"),
        (
            "v=spf1 a:x.{domain}/28 A:y.{domain} mx:z.{domain}/24 ip4:{four} -all",
            "spf-voids",
            "v=spf1 ip4:{four} -all",
        ),
    ],
)
def test_a_mend_of_spf_keeps_what_was_right(functions, record, finding, mended):
    one = domains.Domain("d.test", 2, spf=(record,))
    with Lab(beside=True) as lab:
        (line,) = [line for line in examine(domains.lay(lab, one), functions, one).lines if line.check == "SPF"]
    assert line.finding == finding and line.mend == f'd.test. TXT "{one.fill(mended)}"'


@pytest.mark.parametrize("first", ["~all", "+all", "?all", "all"])
def test_of_two_records_the_strictest_end_stays(functions, first):
    one = domains.Domain("d.test", 2, spf=(f"v=spf1 a {first}", "v=spf1 mx -all"))
    with Lab(beside=True) as lab:
        (line,) = [line for line in examine(domains.lay(lab, one), functions, one).lines if line.check == "SPF"]
    assert line.finding == "spf-two" and line.mend == 'd.test. TXT "v=spf1 a mx -all"'


@pytest.mark.parametrize(
    ("record", "mended"),
    [
        ("v=DMARC1 p=reject; rua=mailto:x@{domain}", "v=DMARC1; p=reject; rua=mailto:x@d.test"),
        ("v=DMARC1,p=reject", "v=DMARC1; p=reject"),
        ("p=reject; v=DMARC1", "v=DMARC1; p=reject"),
    ],
)
def test_a_mend_of_dmarc_keeps_the_policy(functions, record, mended):
    one = domains.Domain("d.test", 2, dmarc=(record,))
    with Lab(beside=True) as lab:
        (line,) = [line for line in examine(domains.lay(lab, one), functions, one).lines if line.check == "DMARC"]
    assert line.finding == "dmarc-unreadable" and line.mend == f'_dmarc.d.test. TXT "{mended}"'


def test_a_text_for_every_name_is_no_record_of_dmarc_nor_of_tls(functions):
    one = domains.Domain("d.test", 2, dmarc=(), sts=(), tlsrpt=(), hosts=(*domains.MAIL, '* TXT "v=spf1 -all"'))
    with Lab(beside=True) as lab:
        found = examine(domains.lay(lab, one), functions, one)
    assert {"dmarc-missing", "sts-missing", "tlsrpt-missing"} <= set(found.findings)
    assert not {"dmarc-unreadable", "sts-record", "tlsrpt-record"} & set(found.findings)
