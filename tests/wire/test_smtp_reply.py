import pickle
import re
import smtplib
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.wire import MalformedReply, Reply, ReplyReader
from helpers.wire.smtp_reply import LONGEST_LINE, MOST_LINES

from .pages import Page

EHLO = b"250-mx1.outlook.test\r\n250-SIZE 1000000\r\n250 ENHANCEDSTATUSCODES\r\n"
REFUSAL = b"550-5.1.1 Nobody here\r\n550 5.1.1 has that name\r\n"


def one(data: bytes) -> Reply:
    (reply,) = ReplyReader().feed(data)
    return reply


def sentence(data: bytes) -> str:
    with pytest.raises(MalformedReply) as raised:
        ReplyReader().feed(data)
    return str(raised.value)


def test_a_reply_of_one_line():
    reply = one(b"220 mx1.outlook.test ESMTP\r\n")
    assert reply == Reply(220, None, ("mx1.outlook.test ESMTP",), b"220 mx1.outlook.test ESMTP\r\n")
    assert reply.text == "mx1.outlook.test ESMTP"
    assert repr(reply) == "220 mx1.outlook.test ESMTP"


def test_a_reply_of_several_lines():
    reply = one(EHLO)
    assert reply.code == 250
    assert reply.lines == ("mx1.outlook.test", "SIZE 1000000", "ENHANCEDSTATUSCODES")
    assert reply.text == "mx1.outlook.test\nSIZE 1000000\nENHANCEDSTATUSCODES"
    assert repr(reply) == "250-mx1.outlook.test\n250-SIZE 1000000\n250 ENHANCEDSTATUSCODES"


def test_a_code_alone_is_a_reply():
    assert one(b"250\r\n") == Reply(250, None, ("",), b"250\r\n")
    assert one(b"250-\r\n250\r\n").lines == ("", "")


def test_the_enhanced_code_is_taken_from_each_line():
    reply = one(REFUSAL)
    assert (reply.code, reply.enhanced, reply.lines) == (550, "5.1.1", ("Nobody here", "has that name"))
    assert reply.raw == REFUSAL
    assert repr(reply) == "550-5.1.1 Nobody here\n550 5.1.1 has that name"
    assert one(b"250 2.1.5\r\n").enhanced == "2.1.5"
    assert one(b"550-Sorry\r\n550  5.7.1 no\r\n").enhanced is None  # two spaces: the text does not start with it
    assert one(b"452-4.5.3   Too many\r\n452 recipients\r\n").lines == ("Too many", "recipients")


@pytest.mark.parametrize(
    "line",
    [
        b"250 5.1.1 of another class",
        b"354 3.0.0 there is no class 3",
        b"250 2.1 two numbers",
        b"250 2.1.5.1 four",
        b"250 2.1.1000 too long",
        b"250 2.01.5 leading zero",
        b"220 2.0.0-host ESMTP",
        "250 2.1.\N{ARABIC-INDIC DIGIT FIVE} ok".encode(),
    ],
)
def test_what_only_looks_like_an_enhanced_code_is_text(line):
    reply = one(line + b"\r\n")
    assert reply.enhanced is None
    assert reply.text == line[4:].decode()


@pytest.mark.parametrize(
    ("code", "kind"),
    [(200, "ok"), (250, "ok"), (299, "ok"), (300, "intermediate"), (354, "intermediate"), (400, "transient")]
    + [(451, "transient"), (500, "permanent"), (550, "permanent"), (599, "permanent")],
)
def test_the_first_digit_says_what_became_of_the_command(code, kind):
    reply = one(b"%d x\r\n" % code)
    assert [name for name in ("ok", "intermediate", "transient", "permanent") if getattr(reply, name)] == [kind]


def test_octets_that_are_no_text_crash_nothing():
    reply = one("250 Grüße\xa0".encode() + b"\xff\x00\x1b[31m\r\n")
    assert reply.text == "Grüße\xa0\\xff\x00\x1b[31m"
    reply.text.encode()  # it can be printed and stored
    assert repr(reply) == r"250 Grüße\u00a0\xff\x00\x1b[31m"


def test_replies_come_as_they_are_completed():
    reader = ReplyReader()
    assert reader.feed(b"") == []
    assert reader.feed(b"250-mx1\r\n25") == []
    assert reader.pending == b"250-mx1\r\n25"
    assert reader.feed(b"0 SIZE\r") == []
    assert [reply.lines for reply in reader.feed(b"\n354 go on\r\n2")] == [("mx1", "SIZE"), ("go on",)]
    assert reader.pending == b"2"


def test_what_is_no_reply_gets_a_sentence():
    assert sentence(b"hello\r\n") == "An SMTP reply begins with a code, 200 to 599, and this does not: hello"
    for line in (b"", b"25 short", b"2500 long", b"250\tTab", b"199 one", b"600 six", b"+50 x", b" 250 x"):
        assert sentence(line + b"\r\n").startswith("An SMTP reply begins with a code")
    assert sentence("٢٥٠ ok\r\n".encode()).startswith("An SMTP reply begins with a code")
    assert sentence(b"250-a\r\n550 b\r\n") == "An SMTP reply has one code on all lines, and after 250 comes 550 b"
    assert sentence(b"x" * 60 + b"\r\n").endswith("this does not: " + "x" * 60)
    assert sentence(b"x" * 70 + b"\r\n").endswith("this does not: " + "x" * 60 + "...")


@pytest.mark.parametrize("data", [b"250 ok\n", b"250 ok\r250 x\r\n", b"250 ok\r\r\n", b"\n", b"250-a\r\n250 b\n"])
def test_only_cr_lf_ends_a_line(data):
    assert "ends in CR LF, here one is alone" in sentence(data)


def test_a_line_may_be_longer_than_512_octets_but_not_without_end():
    line = b"250 ".ljust(LONGEST_LINE - 2, b"x")
    assert one(line + b"\r\n").raw == line + b"\r\n"
    assert sentence(line + b"x\r\n").startswith(
        f"A line of this SMTP reply is longer than {LONGEST_LINE} octets: 250 xx"
    )
    assert sentence(line + b"x") == sentence(line + b"x" * 100_000) == sentence(line + b"x\r\n")


def test_a_reply_may_have_many_lines_but_not_without_end():
    assert len(one(b"250-x\r\n" * (MOST_LINES - 1) + b"250 x\r\n").lines) == MOST_LINES
    assert sentence(b"250-x\r\n" * (MOST_LINES + 1)) == f"This SMTP reply has more than {MOST_LINES} lines."


def test_the_good_replies_before_a_bad_one_are_not_lost():
    reader = ReplyReader()
    with pytest.raises(MalformedReply) as raised:
        reader.feed(b"250 one\r\n354 two\r\n250-half\r\nwhat?\r\n250 three\r\n")
    assert [reply.text for reply in raised.value.replies] == ["one", "two"]
    assert reader.pending == b"250-half\r\nwhat?\r\n250 three\r\n"
    with pytest.raises(MalformedReply, match="what") as again:
        reader.feed(b"250 four\r\n")
    assert again.value.replies == ()


def test_errors_and_replies_survive_a_pipe_between_processes():
    error = pickle.loads(pickle.dumps(MalformedReply("No.", (one(EHLO),))))
    assert (str(error), error.replies) == ("No.", (one(EHLO),))


def test_the_html_face_says_it_all_and_trusts_nobody():
    page = Page(one(b"550-5.1.1 <script>alert(1)</script>\r\n550 5.1.1 \x1b\xff & co\r\n")._repr_html_())
    assert page.rows[1][0] == "550"
    assert page.rows[1][1].startswith("permanent negative")
    assert page.rows[1][2:] == ["5.1.1", "<script>alert(1)</script>\n" + r"\x1b\\xff & co"]
    page.assert_headings()
    assert "script" not in page.tags
    assert Page(one(b"354 go\r\n")._repr_html_()).rows[1][2] == "none"


# Any stream, however sliced, gives the same replies and then the same error.

LINES = st.one_of(
    st.sampled_from(
        [b"250 ok", b"250-more", b"550 5.1.1 no", b"550-5.1.1 no", b"354", b"250", b"250 a\rb", b"250 a\nb"]
    ),
    st.binary(max_size=12),
)
STREAMS = st.lists(st.tuples(LINES, st.sampled_from([b"\r\n", b"\r\n", b"\r\n", b"\n", b"\r", b""])), max_size=8).map(
    lambda pairs: b"".join(line + end for line, end in pairs)
)


def read(pieces) -> tuple[list[Reply], str | None, bytes]:
    reader, replies = ReplyReader(), []
    for piece in pieces:
        try:
            replies += reader.feed(piece)
        except MalformedReply as error:
            return replies + list(error.replies), str(error), b""
    return replies, None, reader.pending


@given(STREAMS, st.lists(st.integers(1, 9), max_size=30))
@settings(deadline=None, max_examples=400)
def test_slicing_changes_nothing(stream, sizes):
    whole = read([stream])
    pieces, at = [], 0
    for size in sizes:
        pieces.append(stream[at : at + size])
        at += size
    assert read([*pieces, stream[at:]]) == whole
    assert read([stream[n : n + 1] for n in range(len(stream))]) == whole
    replies, error, pending = whole
    if error is None:
        assert b"".join(reply.raw for reply in replies) + pending == stream
    for reply in replies:
        repr(reply).encode(), reply._repr_html_().encode(), reply.text.encode()


@given(st.binary(max_size=200))
@settings(deadline=None, max_examples=300)
def test_random_octets_raise_nothing_else(data):
    replies, error, _ = read([data])
    assert error is None or (error and error.isprintable() and len(error) < 400)


@given(
    st.integers(200, 599),
    st.lists(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40), min_size=1, max_size=5),
)
@settings(deadline=None, max_examples=100)
def test_smtplib_reads_the_same(code, texts):
    last = len(texts) - 1
    wire = "".join(f"{code}{' ' if n == last else '-'}{text}\r\n" for n, text in enumerate(texts)).encode()
    here, there = socket.socketpair()
    with here, there:
        here.sendall(wire)
        client = smtplib.SMTP(local_hostname="laptop.learner.test")
        client.sock, client.file = there, there.makefile("rb")
        with client.file:
            smtplib_code, smtplib_text = client.getreply()
        client.sock = client.file = None
    reply = one(wire)
    assert reply.code == smtplib_code
    raw_texts = [line[4:].strip() for line in reply.raw.decode().split("\r\n")[:-1]]
    assert "\n".join(raw_texts) == smtplib_text.decode()
    if reply.enhanced:
        assert re.fullmatch(rf"{str(code)[0]}\.\d{{1,3}}\.\d{{1,3}}", reply.enhanced)
