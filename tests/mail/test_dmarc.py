"""DMARC: the table of cases, the walk, the record, and letters in the lab."""

import re
import time
from contextlib import suppress
from types import SimpleNamespace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.lab import Lab
from helpers.mail import (
    SPF,
    NoAuthor,
    Record,
    Signature,
    Signatures,
    aligned,
    author_domain,
    check_dmarc,
    check_spf,
    dmarc_verdict,
    lab_txt,
    names_to_ask,
    organizational_domain,
    tree_walk,
    verify_dkim,
)
from tests.mail.conftest import ZONE
from tests.mail.dmarc_cases import AUTHORS, CASES, NONE
from tests.wire.pages import Page


@pytest.fixture(scope="module")
def lab():
    with Lab(beside=True) as made:
        yield made


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_table(case):
    assert dmarc_verdict(case.author, case.spf, case.dkim, case.txt) == (case.result, case.policy)


def test_each_case_names_its_section_and_none_is_there_twice():
    assert len(CASES) >= 40
    assert all(re.match(r"[1-9AB]\.?[0-9]*", case.section) for case in CASES)
    assert len(set(map(str, CASES))) == len(CASES)
    assert {case.result for case in CASES} == {"pass", "fail", "none", "permerror", "temperror"}


@pytest.mark.parametrize(("section", "what", "header", "domain"), AUTHORS)
def test_the_domain_in_from(section, what, header, domain):
    letter = f"{header}\r\nSubject: Hello\r\n\r\nFrom: nobody@body.test\r\n".encode()
    if domain:
        assert author_domain(letter) == domain
    else:
        with pytest.raises(NoAuthor):
            author_domain(letter)


def test_what_is_no_author_is_named(lab):
    found = checked(lab, "x@mallory.test <clerk@bank.test>", "203.0.113.66", "x@mallory.test")
    assert (found.result, found.author) == ("permerror", "")
    assert "x@mallory.test <clerk@bank.test> is none" in found.reason and found.reason in repr(found)
    deep = b"From: " + b"(" * 50_000 + b"x@mallory.test\r\n\r\n"
    with pytest.raises(NoAuthor, match="cannot be read as an address"):
        author_domain(deep)


@pytest.mark.parametrize(
    ("author", "envelope"),
    [
        ("b\u00fccher.learner.test", "xn--bcher-kva.learner.test"),
        ("xn--bcher-kva.learner.test", "b\u00fccher.learner.test"),
        ("BU\u0308CHER.learner.test", "XN--BCHER-KVA.learner.test."),
        ("b\u00fccher\uff0elearner.test", "b\u00fccher.learner.test"),
    ],
)
def test_one_name_in_several_spellings_is_aligned(author, envelope):
    spf, none = (SPF(result, "mfrom", envelope, "192.0.2.10", "") for result in ("pass", "none"))
    signed = Signatures([Signature("pass", "", domain=envelope)])
    with Lab(beside=True) as mine:
        mine.publish(ZONE.format(serial=1) + '_dmarc.xn--bcher-kva TXT "v=DMARC1; p=reject; aspf=s; adkim=s"\n')
        for checks in ((spf, Signatures()), (none, signed)):
            found = check_dmarc(mine, letter(f"a@{author}"), *checks)
            assert (found.result, found.policy, found.author) == ("pass", "reject", "xn--bcher-kva.learner.test")


def test_the_rule_itself_takes_a_name_in_any_spelling():
    with Lab(beside=True) as mine:
        mine.publish(ZONE.format(serial=1) + '_dmarc.xn--strae-oqa TXT "v=DMARC1; p=reject; aspf=s"\n')
        txt = lab_txt(mine)
        for author in ("stra\u00dfe.learner.test", "xn--strae-oqa.learner.test"):
            assert dmarc_verdict(author, ("pass", "STRA\u00dfE.learner.test"), [], txt) == ("pass", "reject")
            assert dmarc_verdict(author, ("pass", "strasse.learner.test"), [], txt) == ("fail", "reject")
            assert aligned(author, "xn--strae-oqa.learner.test.", "s", txt)


def test_a_walk_asks_eight_times_at_most():
    # The eight names that section 4.10 gives as its example.
    assert names_to_ask("a.b.c.d.e.f.g.h.i.j.mail.example.com") == [
        "a.b.c.d.e.f.g.h.i.j.mail.example.com",
        "g.h.i.j.mail.example.com",
        "h.i.j.mail.example.com",
        "i.j.mail.example.com",
        "j.mail.example.com",
        "mail.example.com",
        "example.com",
        "com",
    ]
    assert names_to_ask("a.mail.example.com") == ["a.mail.example.com", "mail.example.com", "example.com", "com"]
    assert names_to_ask("com") == ["com"]
    for count in range(1, 40):
        labels = [f"l{number}" for number in range(count)]
        assert len(names_to_ask(".".join(labels))) == min(count, 8)


def test_eight_labels_are_shortened_to_seven():
    assert names_to_ask("a.b.c.d.e.f.g.com")[:3] == ["a.b.c.d.e.f.g.com", "b.c.d.e.f.g.com", "c.d.e.f.g.com"]
    assert names_to_ask("x.a.b.c.d.e.f.g.com")[:2] == ["x.a.b.c.d.e.f.g.com", "b.c.d.e.f.g.com"]


@pytest.mark.parametrize("psd", ["y", "n"])
def test_psd_ends_the_walk(psd):
    asked = []

    def txt(name):
        asked.append(name)
        return [f"v=DMARC1; p=none; psd={psd}"] if name == "_dmarc.b.example.com" else None

    assert list(tree_walk("a.b.example.com", txt)) == ["b.example.com"]
    assert asked == ["_dmarc.a.b.example.com", "_dmarc.b.example.com"]
    assert organizational_domain("a.b.example.com", txt) == ("b.example.com" if psd == "n" else "a.b.example.com")


def test_the_organizational_domain_as_section_4_10_2_has_it():
    def zone(**records):
        names = {f"_dmarc.{name.replace('_', '.')}": [text] for name, text in records.items()}
        return names.get

    plain = "v=DMARC1; p=none"
    assert organizational_domain("a.mail.example.com", zone(mail_example_com=plain, example_com=plain)) == "example.com"
    assert organizational_domain("a.mail.example.com", zone(mail_example_com=f"{plain}; psd=n")) == "mail.example.com"
    assert organizational_domain("a.mail.example.com", zone(com=f"{plain}; psd=y")) == "example.com"
    assert organizational_domain("a.mail.example.com", zone()) == "a.mail.example.com"


def test_a_record():
    record = Record.parse(
        "v=DMARC1; p=reject; sp=none; adkim=s; t=y; psd=n; fo=1; rua=mailto:a@b.test!10m, https://x, mailto:c@d.test "
    )
    assert (record.p, record.sp, record.np, record.adkim, record.aspf) == ("reject", "none", None, "s", "r")
    assert (record.t, record.psd, record.valid) == ("y", "n", True)
    assert record.rua == ("mailto:a@b.test", "mailto:c@d.test")
    assert record.tags["fo"] == "1"
    assert repr(record).startswith("DMARC record: v=DMARC1; p=reject")
    defaults = Record.parse("v=DMARC1")
    assert (defaults.p, defaults.adkim, defaults.aspf, defaults.t, defaults.psd) == (None, "r", "r", "n", "u")
    assert not defaults.valid
    assert Record.parse("v=spf1 -all") is None
    assert Record.parse("") is None


@settings(max_examples=300, deadline=None)
@given(st.text(), st.text())
def test_any_text_is_a_record_or_none(text, more):
    for tried in (text, f"v=DMARC1;{text}", f"v=DMARC1; p={text}; {more}"):
        record = Record.parse(tried)
        if record:
            assert record.policy_for(True) in ("none", "quarantine", "reject")
            assert dmarc_verdict("a.test", NONE, [], lambda name, tried=tried: [tried])[0] in ("fail", "permerror")


@settings(max_examples=300, deadline=None)
@given(st.binary())
def test_any_octets_have_an_author_or_none(octets):
    for tried in (octets, b"From: " + octets, b"From: a@" + octets + b"\r\n\r\n"):
        with suppress(NoAuthor):
            assert author_domain(tried)


def letter(author):
    return f"From: {author}\r\nTo: support@outlook.test\r\n\r\nHello\r\n".encode()


def checked(lab, author, address, sender, helo="mallory.test", signatures=None):
    content = letter(author)
    return check_dmarc(lab, content, check_spf(lab, address, sender, helo), signatures or verify_dkim(lab, content))


def test_a_letter_of_the_banks_own(lab):
    found = checked(lab, "clerk@bank.test", "203.0.113.60", "clerk@bank.test", "bank.test")
    assert (found.result, found.policy, found.author, found.record_domain) == (
        "pass",
        "reject",
        "bank.test",
        "bank.test",
    )
    assert found.asked == ("_dmarc.bank.test",)
    assert found.aligned_pass("spf") and not found.aligned_pass("dkim")
    assert repr(found).split("\n") == [
        "DMARC: ✓ pass",
        "  Domain in From:      bank.test",
        "  Meaning              an aligned domain stands behind the letter",
        "  Reason               SPF passes with bank.test, which is aligned",
        "  Record of bank.test  v=DMARC1; p=reject; rua=mailto:postmaster@bank.test",
        "  Policy               reject, should it fail",
        "  SPF                  ✓ pass, bank.test, aligned",
        "  Names asked          _dmarc.bank.test",
    ]


def test_letters_in_the_banks_name(lab):
    forged = checked(lab, "clerk@bank.test", "203.0.113.66", "clerk@bank.test")
    assert (forged.result, forged.policy) == ("fail", "reject")
    assert forged.reason == "neither SPF nor a DKIM signature passes"
    own = checked(lab, "clerk@bank.test", "203.0.113.62", "news@bulk.test")
    assert (own.result, own.reason) == ("fail", "SPF passes with bulk.test, which is not aligned")
    signed = checked(
        lab,
        "clerk@bank.test",
        "203.0.113.62",
        "news@bulk.test",
        signatures=Signatures([Signature("pass", "", domain="bank.test"), Signature("fail", "", domain="shop.test")]),
    )
    assert (signed.result, signed.reason) == ("pass", "DKIM passes with bank.test, which is aligned")
    assert [(one.method, one.domain, one.aligned) for one in signed.identifiers] == [
        ("spf", "bulk.test", False),
        ("dkim", "bank.test", True),
        ("dkim", "shop.test", False),
    ]


def test_neither_pass_nor_fail(lab):
    absent = checked(lab, "x@mallory.test", "203.0.113.66", "x@mallory.test")
    assert (absent.result, absent.policy, absent.record) == ("none", None, None)
    assert "alignment not asked for" in repr(absent)
    silent = checked(lab, "x@lame.test", "203.0.113.66", "x@mallory.test")
    assert (silent.result, silent.policy) == ("temperror", None)
    assert "lame.test" in silent.reason
    assert checked(lab, "clerk@bank.test", "203.0.113.66", "x@lame.test").result == "temperror"
    several = checked(lab, "a@bank.test, b@shop.test", "203.0.113.66", "x@mallory.test")
    assert (several.result, several.author, several.policy) == ("permerror", "", None)
    assert "several domains" in repr(several)


def test_a_record_that_is_wrong(lab):
    lab.publish(
        "$ORIGIN learner.test.\n$TTL 60\n@ SOA ns postmaster 1 7200 900 1209600 60\n@ NS ns\nns A 192.0.2.52\n"
        '_dmarc TXT "v=DMARC1; p=rejekt"\n'
    )
    found = checked(lab, "me@learner.test", "203.0.113.66", "x@mallory.test")
    assert (found.result, found.policy) == ("permerror", None)
    assert "no valid policy" in found.reason


def test_a_verdict_of_ones_own(lab):
    content = letter("clerk@bank.test")
    spf = check_spf(lab, "203.0.113.66", "clerk@bank.test", "mallory.test")
    found = check_dmarc(lab, content, spf, Signatures(), verdict=lambda author, spf, dkim, txt: ("fail", "quarantine"))
    assert (found.result, found.policy) == ("fail", "quarantine")


def test_txt_in_the_lab(lab):
    txt = lab_txt(lab)
    assert txt("_dmarc.bank.test") == ["v=DMARC1; p=reject; rua=mailto:postmaster@bank.test"]
    assert txt("b.bulk.test") == []  # it exists, for a.b.bulk.test does
    assert txt("nowhere.bank.test") is None
    assert txt(f"{'x' * 64}.test") is None
    with pytest.raises(TimeoutError, match="no answer about lame.test"):
        txt("lame.test")
    assert len(txt("s1._domainkey.gmail.test")[0]) > 255  # its strings are joined


def test_txt_in_the_lab_may_be_kept_for_an_hour(lab, publish, monkeypatch):
    """The limit belongs to a letter or a call: a reader tries a name of their own when the cell has long been run."""
    txt = lab_txt(lab)
    publish('_dmarc TXT "v=DMARC1; p=none"\n')
    assert txt("_dmarc.bank.test") and txt("_dmarc.learner.test") == ["v=DMARC1; p=none"]
    late = time.monotonic() + 3600
    monkeypatch.setattr("helpers.mail.asking.time", SimpleNamespace(monotonic=lambda: late, time=time.time))
    assert txt("_dmarc.mail.bank.test") is None and organizational_domain("cards.shop.test", txt) == "shop.test"
    assert dmarc_verdict("gmail.test", ("pass", "gmail.test"), [], txt)[0] == "pass"
    publish('_dmarc TXT "v=DMARC1; p=reject"\n')
    assert txt("_dmarc.learner.test") == ["v=DMARC1; p=reject"]  # nor does it remember what is no longer so


def test_the_faces(lab):
    for found in (
        checked(lab, "clerk@bank.test", "203.0.113.66", "<b>@bank.test"),
        checked(lab, "<script>@x.test, a@b.test", "203.0.113.66", "x@mallory.test"),
    ):
        Page(found._repr_html_()).assert_headings()
        assert "<script>" not in found._repr_html_()
