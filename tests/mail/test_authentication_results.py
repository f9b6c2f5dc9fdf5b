"""Authentication-Results: written, read again, and forged ones taken out, whatever stands in them."""

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from helpers.mail import AuthenticationResults, Result, read_results, remove_forged
from tests.wire.pages import Page

FOUND = AuthenticationResults(
    "outlook.test",
    (
        Result("spf", "pass", {"smtp.mailfrom": "gmail.test"}),
        Result("dkim", "fail", {"header.d": "bank.test", "header.s": "k1"}, 'its body is "another" one; see = (that)'),
        Result("dmarc", "none", {"header.from": "bank.test"}),
    ),
)


def letter(*fields, body="Hello\r\n"):
    return (
        "".join(f"{field}\r\n" for field in (*fields, "From: Ada <ada@gmail.test>")).encode() + f"\r\n{body}".encode()
    )


def read(value):
    return read_results(letter(f"Authentication-Results: {value}"))


def test_written_and_read_again():
    assert FOUND.field().split("\r\n") == [
        "Authentication-Results: outlook.test;",
        "\tspf=pass smtp.mailfrom=gmail.test;",
        '\tdkim=fail reason="its body is \\"another\\" one; see = (that)"',
        "\t  header.d=bank.test header.s=k1;",
        "\tdmarc=none header.from=bank.test",
    ]
    assert read_results(letter(FOUND.field())) == (FOUND,)
    nothing = AuthenticationResults("outlook.test")
    assert nothing.field() == "Authentication-Results: outlook.test;\r\n\tnone"
    assert read_results(letter(nothing.field())) == (nothing,)


def test_the_faces():
    assert repr(FOUND).split("\n") == [
        "Authentication results, as outlook.test states them",
        "  spf pass smtp.mailfrom gmail.test",
        '  dkim fail header.d bank.test, header.s k1: its body is "another" one; see = (that)',
        "  dmarc none header.from bank.test",
    ]
    assert repr(AuthenticationResults("outlook.test")).endswith("\n  (none)  no check was made")
    hostile = AuthenticationResults("<b>", (Result("spf", "pass", {"smtp.helo": "<script>\x1b"}, "<i>"),))
    page = Page(hostile._repr_html_())
    page.assert_headings()
    assert not page.tags & {"b", "script", "i"}
    assert "\x1b" not in repr(hostile)


@pytest.mark.parametrize(
    ("value", "server", "results"),
    [
        ("example.com; none", "example.com", []),  # RFC 8601 appendix B.2
        ("example.com 1; none", "example.com", []),
        ("example.com", "example.com", []),
        ("example.com;\r\n\tspf=pass smtp.mailfrom=example.net", "example.com", [("spf", "pass")]),  # B.3
        (  # B.5, with its comments
            "example.com;\r\n sender-id=fail header.from=example.com;\r\n"
            " dkim=pass (good signature) header.d=example.com",
            "example.com",
            [("sender-id", "fail"), ("dkim", "pass")],
        ),
        (
            "foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait for it) fail\r\n"
            "   policy (A dot can go here) . (like that) expired\r\n"
            "   (this surprised me) = (as I wasn't expecting it) 1362471462",
            "foo.example.net",
            [("dkim", "fail")],
        ),  # B.7: comments everywhere
        ('"example.com"; SPF = PASS smtp . helo="a b"', "example.com", [("spf", "pass")]),
        ("(a (nested \\) one)) example.com; none", "example.com", []),
    ],
)
def test_as_the_rfc_writes_them(value, server, results):
    (found,) = read(value)
    assert found.server == server
    assert [(one.method, one.result) for one in found.results] == results


def test_what_a_property_says():
    (found,) = read('mx.test; spf=softfail reason="so so" smtp.mailfrom="x y"@a.test smtp.HELO=b.test')
    said = {"smtp.mailfrom": '"x y"@a.test', "smtp.helo": "b.test"}
    assert found.results == (Result("spf", "softfail", said, "so so"),)


@pytest.mark.parametrize(
    "value",
    [
        "",
        ";",
        "(no end",
        '"no end; spf=pass',
        "a b c; spf=pass",
        "x" * 5000,
        "spf=pass smtp.mailfrom=a.test; dkim=none",
    ],
)
def test_a_server_that_cannot_be_read_is_said_and_not_dropped(value):
    (found,) = read(value)
    assert (found.server, found.results, found.unread) == ("", (), (value,))
    assert "(not readable)" in repr(found) and len(repr(found)) < 300
    content = letter(f"Authentication-Results: {value}")
    assert remove_forged(content, "outlook.test") == content  # it claims nothing


@pytest.mark.parametrize(
    ("value", "results", "unread"),
    [
        ("mx.test; spf", [], ["spf"]),
        ("mx.test; spf=pass junk", [], ["spf=pass junk"]),
        ("mx.test; =pass; dkim=fail", ["dkim"], ["=pass"]),
        ("mx.test; none; spf=pass", ["spf"], ["none"]),
        ("mx.test; spf=pass; dkim=fail (no end; dmarc=fail", ["spf", "dkim"], ["(no end; dmarc=fail"]),
        ('mx.test; spf=pass reason="no end', [], ["spf=pass reason=", '"no end']),
        ("mx.test; spf=pass) x", [], ["spf=pass) x"]),
        ("mx.test; spf=pass; dkim=pass header.d=" + "x" * 5000, ["spf"], ["dkim=pass header.d=" + "x" * 5000]),
    ],
)
def test_what_can_be_read_of_a_field_is_read_and_the_rest_is_said(value, results, unread):
    (found,) = read(value)
    assert (found.server, [one.method for one in found.results], list(found.unread)) == ("mx.test", results, unread)
    assert repr(found).count("(not readable)") == len(unread)
    content = letter(f"Authentication-Results: {value}")
    assert remove_forged(content, "outlook.test") == content
    assert remove_forged(content, "mx.test") == remove_forged(content, "test") == letter()


@pytest.mark.parametrize(
    ("value", "name", "said"),
    [
        ("SRS0=I7TD=ft=s.test=m@alumni.test", "smtp.mailfrom", "SRS0=I7TD=ft=s.test=m@alumni.test"),
        ("prvs=12ab=ada@gmail.test", "smtp.mailfrom", "prvs=12ab=ada@gmail.test"),
        ("b+list=a/b@x.test", "smtp.rcptto", "b+list=a/b@x.test"),
        ("AbC+/=", "header.b", "AbC+/="),
        ("@gmail.test", "header.i", "@gmail.test"),
        ('"a b=c"@x.test', "smtp.mailfrom", '"a b=c"@x.test'),
        ("j\u00fcrgen@b\u00fccher.test", "smtp.mailfrom", "j\u00fcrgen@b\u00fccher.test"),
    ],
)
def test_values_that_hold_more_than_a_token(value, name, said):
    (found,) = read(f"mx.test; spf=pass {name}={value} header.s=k1; dkim=none")
    assert found.results == (Result("spf", "pass", {name: said, "header.s": "k1"}), Result("dkim", "none"))
    assert not found.unread


def test_octets_of_another_encoding_and_other_lines_ends_hide_nothing():
    (found,) = read_results(b'Authentication-Results: mx.test;\n spf=pass reason="J\xfcrgen"')
    assert found.server == "mx.test" and r"J\xfcrgen" in repr(found) and not found.unread


@pytest.mark.parametrize(
    "value",
    [
        "outlook.test (no end; spf=pass",
        "a outlook.test; spf=pass",
        "spf=pass outlook.test",
        "(no end outlook.test; spf=pass",
        'outlook(x).test; spf="pass',
        '"outl\\ook.test; spf=pass',
        "x" * 5000 + " outlook.test",
    ],
)
def test_one_whose_server_could_be_read_as_ours_goes(value):
    assert remove_forged(letter(f"Authentication-Results: {value}"), "Outlook.Test") == letter()


@pytest.mark.parametrize(
    "server", ["b\u00fccher.test", "xn--bcher-kva.test", "XN--BCHER-KVA.test.", "mx.BU\u0308CHER.test"]
)
def test_one_name_in_several_spellings_is_ours(server):
    content = letter(f"Authentication-Results: {server}; spf=pass")
    assert remove_forged(content, "b\u00fccher.test") == remove_forged(content, "xn--bcher-kva.test") == letter()


def test_a_field_made_to_take_long_does_not():
    for text in ("(" * 90_000, '"' + '\\"' * 40_000, "a; " + "x" * 90_000, "a; " + "x=y " * 20_000, "a;" * 40_000):
        (found,) = read(text)
        assert remove_forged(letter(f"Authentication-Results: {text}"), "outlook.test") and found.unread is not None


def test_forged_ones_go():
    forged = [
        "Authentication-Results: outlook.test; spf=pass smtp.mailfrom=bank.test",
        "authentication-results : OUTLOOK.TEST;\r\n dkim=pass header.d=bank.test",
        "Authentication-Results: (well) mx1.outlook.test 1; dmarc=pass",
        'Authentication-Results: "outlook.test."; none',
    ]
    honest = [
        "Authentication-Results: gmail.test; spf=pass smtp.mailfrom=bank.test",
        "Authentication-Results: notoutlook.test; none",
        "X-Authentication-Results: outlook.test; spf=pass",
    ]
    body = "Authentication-Results: outlook.test; spf=pass\r\n"
    assert remove_forged(letter(*forged, *honest, *forged, body=body), "outlook.test") == letter(*honest, body=body)


def test_only_so_many_are_read():
    assert len(read_results(letter(*["Authentication-Results: a.test; none"] * 80))) == 50


@settings(max_examples=300, deadline=None)
@given(st.text(), st.text())
@example("\r\nEvil: x", '"; dmarc=pass')
@example("\\", "\\")
def test_nothing_escapes_from_a_field(value, reason):
    field = AuthenticationResults("mx.test", (Result("spf", "fail", {"smtp.helo": value}, reason),)).field()
    assert all(line.startswith(("Auth", "\t")) for line in field.split("\r\n"))
    assert field.isascii() and not re.search(r"[^\r]\n|\r[^\n]", field)
    (found,) = read_results(letter(field))
    assert [(one.method, one.result) for one in found.results] == [("spf", "fail")]


@settings(max_examples=300, deadline=None)
@given(st.binary(), st.text(alphabet='ab.;="()\\ /1\r\n\t'))
def test_any_octets(octets, text):
    for content in (
        octets,
        b"Authentication-Results:" + octets + b"\r\n\r\n",
        letter(f"Authentication-Results: {text}"),
    ):
        for one in read_results(content):
            assert repr(one)
        left = remove_forged(content, "outlook.test")
        assert len(left) <= len(content)
        assert not [one for one in read_results(left) if one.server == "outlook.test"]
