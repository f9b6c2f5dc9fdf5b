import random
import re
from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest

from helpers.lab.address import Address, BadAddress, literal
from helpers.lab.cast import CAST, Host
from helpers.lab.errors import LabError
from helpers.lab.mailbox import Envelope, Letter, Mailbox, MailboxStore, NoLetter, NoMailbox
from tests.wire.pages import Page

OUT = Host("out.gmail.test", ("198.51.100.10",), "sends")
MX1 = Host("mx1.outlook.test", ("203.0.113.25",), "takes")
NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SCRIPT = "<script>alert('x')</script>"


def letter(
    content=b"From: Ada <ada@gmail.test>\r\nSubject: Hello\r\n\r\nDear all\r\n", sender="ada@gmail.test", **more
):
    facts = {"from_host": OUT, "helo": "out.gmail.test", "received_by": MX1, "id": "0001", "time": NOON}
    return Letter(Envelope(sender, ("support@outlook.test",)), content, **facts | more)


@pytest.fixture
def store():
    return MailboxStore()


class Tags(HTMLParser):
    """The tags of a page, in order; that they nest as they should is checked on the way."""

    def __init__(self, page):
        super().__init__()
        self.open, self.seen = [], []
        self.feed(page)
        assert not self.open

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        if tag not in ("br",):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_an_envelope_shows_what_was_said_and_makes_nothing_of_it():
    hostile = Envelope("", ("<b>@x.test", "\u202e@x.test"))
    rows = [["MAIL FROM", "<>"], ["RCPT TO", "<<b>@x.test>"], ["RCPT TO", r"<\u202e@x.test>"]]
    page = Page(hostile._repr_html_())
    page.assert_headings()
    assert page.rows[1:] == rows and "b" not in page.tags
    assert [re.split("  +", line.strip()) for line in repr(hostile).splitlines()[1:]] == rows


def test_a_letter_goes_into_the_mailbox_however_the_address_is_spelt(store):
    first = letter()
    for address in (
        "support@outlook.test",
        "SUPPORT@outlook.test",
        '"support"@OUTLOOK.test',
        '"s\\upport"@outlook.test',
    ):
        assert store.exists(address)
        store.mailbox(address).add(first)
    assert len(store.mailbox("Support@Outlook.Test")) == 4
    assert store.mailbox("support@outlook.test").address == "support@outlook.test"


def test_each_domain_that_takes_mail_has_a_postmaster_and_no_other_has_a_mailbox(store):
    domains = {domain for host in CAST for domain in host.takes_mail_for}
    assert domains == {box.address.rpartition("@")[2] for box in store}
    assert all(store.exists(f"postmaster@{domain}") for domain in domains)


def test_an_empty_mailbox_answers_a_look_with_a_sentence(store):
    box = store.mailbox("support@outlook.test")
    for which in (0, -1, 7):
        with pytest.raises(NoLetter) as caught:
            box[which]
        assert (
            str(caught.value) == "The mailbox of support@outlook.test is empty: no letter has been delivered to it yet."
        )
    assert isinstance(caught.value, LookupError) and isinstance(caught.value, LabError)
    assert not isinstance(caught.value, IndexError)
    assert list(box) == [] == box[:] and len(box) == 0 and not box
    assert repr(box) == "Mailbox of support@outlook.test: no letters yet"
    assert box._repr_html_() == "<p>Mailbox of support@outlook.test: no letters yet</p>"


def test_a_letter_that_is_not_there(store):
    store.mailbox("support@outlook.test").add(letter())
    box = store.mailbox("support@outlook.test")
    with pytest.raises(NoLetter, match="has 1 letter, and none with the number 1: they count from 0"):
        box[1]
    store.mailbox("support@outlook.test").add(letter())
    with pytest.raises(NoLetter, match="has 2 letters, and none with the number -3"):
        box[-3]


def test_a_mailbox_is_a_sequence(store):
    letters = [letter(id=f"{n:04d}") for n in range(3)]
    for each in letters:
        store.mailbox("support@outlook.test").add(each)
    box = store.mailbox("support@outlook.test")
    assert list(box) == letters and box[0] is letters[0] and box[-1] is letters[2] and box[1:] == letters[1:]
    assert letters[1] in box and list(reversed(box)) == letters[::-1] and box


def test_letters_may_come_while_a_mailbox_is_read(store):
    box = store.mailbox("support@outlook.test")
    box.add(letter())
    for _ in box:
        box.add(letter())
    assert len(box) == 2


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        (
            "suport@outlook.test",
            "Nobody in the lab has a mailbox called suport@outlook.test. Did you mean support@outlook.test?",
        ),
        ("ada@gmial.test", "Did you mean ada@gmail.test?"),
        ("zzz@example.test", "The mailboxes are: learner@isp.test, "),
    ],
)
def test_an_unknown_address_gets_a_near_one(store, address, sentence):
    assert not store.exists(address)
    with pytest.raises(NoMailbox) as caught:
        store.mailbox(address)
    assert sentence in str(caught.value) and isinstance(caught.value, LookupError)
    with pytest.raises(NoMailbox):
        store.mailbox(address).add(letter())


def test_what_is_no_address_at_all(store):
    assert not store.exists("support")
    with pytest.raises(BadAddress, match="'support' is not the address of a mailbox"):
        store.mailbox("support")


def test_numbers_of_letters_never_repeat(store):
    assert [store.next_id() for _ in range(3)] == ["0001", "0002", "0003"]


# Faces


def test_the_faces_of_a_letter():
    one = letter()
    assert repr(one) == (
        "Letter 0001, kept by mx1.outlook.test on Mon, 02 Mar 2026 12:00:00 +0000\n"
        "  Envelope, MAIL FROM  <ada@gmail.test>\n"
        "  Envelope, RCPT TO    <support@outlook.test>\n"
        "  Brought by           out.gmail.test (198.51.100.10), which called itself out.gmail.test\n"
        "  Size                 56 octets\n"
        "\n"
        "From: Ada <ada@gmail.test>\n"
        "Subject: Hello\n"
        "\n"
        "Dear all"
    )
    page = one._repr_html_()
    assert Tags(page).seen == ["div", "p", "table", "tbody", *["tr", "th", "td"] * 4, *["p", "pre", "code"] * 2]
    assert "Ada &lt;ada@gmail.test&gt;" in page and 'scope="row"' in page
    assert one.text == "Dear all\n" and one.headers["Subject"] == "Hello"


def test_the_null_return_path_is_named():
    assert "Envelope, MAIL FROM  <> (the null return path)" in repr(letter(sender=""))


def test_the_faces_of_a_mailbox(store):
    store.mailbox("support@outlook.test").add(letter())
    store.mailbox("support@outlook.test").add(letter(b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\n", id="0002"))
    box = store.mailbox("support@outlook.test")
    assert repr(box) == (
        "Mailbox of support@outlook.test: 2 letters\n"
        "  [0]  Mon, 02 Mar 2026 12:00:00 +0000  From: Ada <ada@gmail.test>  Subject: Hello\n"
        "  [1]  Mon, 02 Mar 2026 12:00:00 +0000  From:   Subject: Grüße"
    )
    page = box._repr_html_()
    assert ">Mailbox of support@outlook.test: 2 letters</caption>" in page and "Grüße" in page
    assert Tags(page).seen.count("tr") == 3


@pytest.mark.parametrize("name", ["From", "Subject", "To", "Received", "Content-Type", "X"])
@pytest.mark.parametrize(
    "value", [SCRIPT, f'"{SCRIPT}" <a@b.test>', "\x1b[2J\x1b]0;x\x07", "\u202egnp.exe", "=?utf-8?q?=3Cscript=3E?="]
)
def test_a_hostile_field_does_nothing(store, name, value):
    hostile = letter(f"{name}: {value}\r\n\r\n{value}\r\n".encode(), helo=value)
    store.mailbox("support@outlook.test").add(hostile)
    for face in (hostile, store.mailbox("support@outlook.test")):
        assert set(Tags(face._repr_html_()).seen) <= {
            "table",
            "caption",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
            "pre",
            "p",
            "code",
            "div",
            "span",
        }
        for text in (repr(face), face._repr_html_()):
            assert "\x1b" not in text and "\x07" not in text and "\u202e" not in text
    assert r"\x1b[2J" in repr(hostile) or "\x1b" not in value


def test_long_letters_are_abridged_and_say_so():
    many = letter(b"Subject: x\r\n\r\n" + b"".join(b"line %d\r\n" % n for n in range(500)))
    shown = repr(many).split("\n")
    assert shown[-1] == "(442 more lines are not shown here: letter.content has them all)" and shown[-2] == "line 57"
    assert "(442 more lines" in many._repr_html_()
    wide = letter(b"Subject: " + b"x" * 900 + b"\r\n\r\n\r\n")
    assert "x (a line of 909 octets)" in repr(wide) and len(repr(wide)) < 1000


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (b"", ""),
        (b"\r\n", ""),
        (b"Subject: x\r\n\r\n", ""),
        (b"no header at all\r\n", "no header at all\n"),
        (b"Subject: x\r\n\r\nGr\xc3\xbc\xc3\x9fe\r\n", "Grüße\n"),
        (b"Content-Type: text/plain; charset=latin-1\r\n\r\nGr\xfc\xdfe\r\n", "Grüße\n"),
        (b"Content-Type: text/plain; charset=klingon\r\n\r\nAda\xff\r\n", "Ada\ufffd\n"),
        *(
            (b"Content-Type: text/plain; charset=" + name + b"\r\n\r\nAda\r\n", "Ada\n")
            for name in (b"undefined", b"idna", b'"a\0b"')
        ),
        (b"Content-Transfer-Encoding: base64\r\n\r\nSGFsbG8K\r\n", "Hallo\n"),
        (b"Content-Type: text/html\r\n\r\n<b>Hallo</b>\r\n", "<b>Hallo</b>\n"),
        (b"Content-Type: image/png\r\n\r\nxx\r\n", ""),
        (
            b'Content-Type: multipart/alternative; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>no\r\n'
            b"--b\r\nContent-Type: text/plain\r\n\r\nyes\r\n--b--\r\n",
            "yes",
        ),
        (
            b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Disposition: attachment\r\n\r\nno\r\n'
            b"--b\r\n\r\nyes\r\n--b--\r\n",
            "yes",
        ),
    ],
)
def test_the_text_of_a_letter(content, text):
    assert letter(content).text == text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("news@mallory.test <clerk@bank.test>", "news@mallory.test <clerk@bank.test>"),
        ("<x@mallory.test> <clerk@bank.test>", "<x@mallory.test> <clerk@bank.test>"),
        ("x@mallory.test clerk@bank.test", "x@mallory.test clerk@bank.test"),
        ("x@mallory.test; clerk@bank.test", "x@mallory.test; clerk@bank.test"),
        ("Clerk <clerk@bank.test> of the bank", "Clerk <clerk@bank.test> of the bank"),
        ("clerk@bank.test (Clerk)", "clerk@bank.test (Clerk)"),
        ("clerk@bank.test, nobody", "clerk@bank.test, nobody"),
        ("<clerk@bank.test", "clerk@bank.test"),
        ("(" * 3000 + "clerk@bank.test", "(" * 3000 + "clerk@bank.test"),
        ("=?utf-8?q?J=C3=BCrgen?= <j@bank.test>", "J\u00fcrgen <j@bank.test>"),
        ("=?utf-8?q?a=40b=2Etest=3E?= <x@mallory.test>", '"a@b.test>" <x@mallory.test>'),
        ('"Love, Ada" <ada@gmail.test>', '"Love, Ada" <ada@gmail.test>'),
        ("Ada\r\n <ada@gmail.test>,\r\n b@gmail.test", "Ada <ada@gmail.test>, b@gmail.test"),
        ("J\u00fcrgen <j@bank.test>", "J\u00fcrgen <j@bank.test>"),
        ("Friends: a@b.test, c@d.test;", "Friends: a@b.test, c@d.test;"),
    ],
)
def test_the_whole_of_a_field_is_shown(store, written, shown):
    one = letter(f"From: {written}\r\nSubject: Hello\r\n\r\nHello\r\n".encode())
    assert one.field("From") == shown
    store.mailbox("support@outlook.test").add(one)
    assert f"From: {shown}  Subject: Hello" in repr(store.mailbox("support@outlook.test"))


def test_a_field_of_another_kind_is_shown_whole_too():
    one = letter(b"Date: Mon, 2 Mar 2026 09:00:00 +02:00 (or so)\r\nX-Odd: \xff\r\nSubject:\r\n\r\n")
    assert one.field("Date") == "Mon, 2 Mar 2026 09:00:00 +02:00 (or so)"
    assert one.field("X-Odd") in (r"\xff", "\ufffd") and one.field("Subject") == one.field("To") == ""


BOUNDARY = b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n'


@pytest.mark.parametrize(
    "parts",
    [
        b"Content-Type: message/rfc822\r\n\r\n" * 1200,
        b"Content-Type: message/rfc822\r\n\r\n" * 20_000,
        b"".join(BOUNDARY % (n, n) for n in range(1200)),
        b"".join(BOUNDARY % (n, n) + b"Content-Type: message/rfc822\r\n\r\n" for n in range(600)),
        b"Content-Type: message/rfc822\r\n\r\n" * 320,
        b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n' * 1200,
    ],
)
def test_a_letter_nested_without_end_has_its_fields_and_a_text(store, parts):
    deep = letter(b"From: a@b.test\r\nSubject: x\r\n" + parts + b"\r\nhi\r\n")
    assert (deep.field("Subject"), deep.headers["Subject"]) == ("x", "x")
    assert deep.text.rstrip().endswith("hi") and repr(deep) and deep._repr_html_()


@pytest.mark.parametrize(
    "charset",
    [
        "utf-7",
        "unicode_escape",
        "raw_unicode_escape",
        "punycode",
        "idna",
        "undefined",
        "utf-16",
        "rot13",
        "hex",
        "no such",
        "",
    ],
)
def test_a_text_in_any_encoding_can_be_printed(charset):
    octets = b"ok +2AA- \\ud800 =?\r\n"
    text = letter(f'Content-Type: text/plain; charset="{charset}"\r\n\r\n'.encode() + octets).text
    assert text.encode() and text


def test_any_octets_at_all_have_faces_and_a_text(store):
    dice = random.Random(7)
    words = [
        b"Content-Type:",
        b"text/plain",
        b"multipart/mixed;",
        b' boundary="b"',
        b"--b",
        b"\r\n",
        b"From:",
        b"=?x?b?",
        b"?=",
        b";",
        b'"',
        b"charset=",
    ]
    words += [
        b"Content-Transfer-Encoding: base64",
        b"Subject:",
        b" ",
        b"<",
        b"@",
        b"\\",
        b"(",
        b"Content-Disposition:",
        b"\xff\x00",
        b"a*0*=x''%",
    ]
    for _ in range(1500):
        content = b"".join(dice.choice(words) for _ in range(dice.randrange(40)))
        hostile = letter(content)
        assert isinstance(hostile.text, str) and repr(hostile) and hostile._repr_html_()
        store.mailbox("support@outlook.test").add(hostile)
    assert "1500 letters" in repr(store.mailbox("support@outlook.test"))
    Tags(store.mailbox("support@outlook.test")._repr_html_())


# Addresses


@pytest.mark.parametrize(
    ("text", "local", "domain"),
    [
        ("ada@gmail.test", "ada", "gmail.test"),
        ("Ada.L+x@GMAIL.test", "Ada.L+x", "gmail.test"),
        ('"ada"@gmail.test', "ada", "gmail.test"),
        ('"a b"@gmail.test', "a b", "gmail.test"),
        ('"a\\"@\\\\"@gmail.test', 'a"@\\', "gmail.test"),
        ('""@gmail.test', "", "gmail.test"),
        ("o'hara=x@x.test", "o'hara=x", "x.test"),
        ("ada@[203.0.113.25]", "ada", "[203.0.113.25]"),
        ("ada@[IPv6:2001:DB8:0::25]", "ada", "[ipv6:2001:db8::25]"),
        ("jürgen@grüße.test", "jürgen", "grüße.test"),
        ("用户@例え.test", "用户", "例え.test"),
        ("a@b", "a", "b"),
        ("x" * 64 + "@x.test", "x" * 64, "x.test"),
    ],
)
def test_addresses(text, local, domain):
    address = Address.parse(text)
    assert (address.text, address.local, address.domain) == (text, local, domain)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ada",
        "@gmail.test",
        "ada@",
        "a@b@c.test",
        ".a@x.test",
        "a.@x.test",
        "a..b@x.test",
        "a b@x.test",
        "a@x..test",
        "a@.test",
    ]
    + [
        "a@x.test.",
        "a@-x.test",
        "a@x-.test",
        "a@x_y.test",
        '"a@x.test',
        'a"b@x.test',
        '"a\\"@x.test',
        "a@[1.2.3]",
        "a@[x]",
        "a@[]",
    ]
    + [
        "a@[IPv6:zz]",
        "a@[2001:db8::1]",
        "a@x.test\n",
        "a\x00@x.test",
        "a@x.test>",
        "<a@x.test>",
        "\udcff@x.test",
        "a\u0085@x.test",
    ]
    + ["x" * 65 + "@x.test", "a@" + "x" * 64 + ".test", "a@" + "x." * 127 + "test", "ü" * 33 + "@x.test"],
)
def test_what_is_no_address(text):
    with pytest.raises(BadAddress) as caught:
        Address.parse(text)
    assert isinstance(caught.value, ValueError) and len(caught.value.args) == 1


def test_literals():
    assert literal("203.0.113.25") == "[203.0.113.25]" and literal("2001:db8::25") == "[IPv6:2001:db8::25]"
    assert Address.parse(f"a@{literal('2001:db8::25')}").literal == "2001:db8::25"
    assert Address.parse("a@[203.0.113.25]").literal == "203.0.113.25"
    assert Address.parse("a@gmail.test").literal is None


def test_a_mailbox_of_ones_own():
    box = Mailbox("me@here.test")
    box.add(letter())
    assert box[-1].helo == "out.gmail.test"


def test_a_junk_folder():
    box = Mailbox("me@here.test")
    assert len(box.junk) == 0 and repr(box) == "Mailbox of me@here.test: no letters yet"
    box.add(letter(folder="junk"))
    assert (len(box), len(box.junk), box.junk[0].folder) == (0, 1, "junk")
    assert repr(box) == "Mailbox of me@here.test: no letters yet (1 letter in the junk folder)"
    assert repr(box.junk).startswith("Junk folder of me@here.test: 1 letter\n  [0]")
    with pytest.raises(NoLetter) as caught:
        box[0]
    assert str(caught.value) == (
        "The mailbox of me@here.test is empty: no letter has been delivered to it yet; 1 letter in its junk folder."
    )
    box.add(letter())
    assert (len(box), len(box.junk), box[0].folder) == (1, 1, "inbox")
    with pytest.raises(NoLetter, match=r"^The junk folder of me@here.test has 1 letter, and none with the number 5"):
        box.junk[5]


def test_an_empty_junk_folder():
    junk = Mailbox("me@here.test").junk
    assert repr(junk) == "Junk folder of me@here.test: no letters"
    assert junk._repr_html_() == "<p>Junk folder of me@here.test: no letters</p>"
    with pytest.raises(NoLetter, match="^The junk folder of me@here.test is empty: nothing has been set aside.$"):
        junk[0]
    junk.add(letter(folder="junk"))
    assert len(junk) == 1
