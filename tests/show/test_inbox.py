"""The live inbox: letters from other threads, a text that never changes, and nothing in it that is markup."""

import asyncio
import re
import sys
import threading

import pytest

from helpers.lab.fields import split
from helpers.show import inbox as module
from helpers.show.inbox import Entry, Inbox
from helpers.show.inbox_widget import InboxView

SCRIPT = "<script>alert(1)</script>"
NASTY = f'From: "{SCRIPT}" <m@mallory.test>\r\nSubject: {SCRIPT}\x1b[2J\u202e\r\n\r\n{SCRIPT}\r\n'.encode()


@pytest.fixture
def in_kernel(monkeypatch):
    """As if an IPython kernel ran, so that a widget is made; no front end is there."""
    ipython = type("IPython", (), {"get_ipython": staticmethod(lambda: type("Shell", (), {"kernel": 1})())})
    monkeypatch.setitem(sys.modules, "IPython", ipython)


def test_the_text_is_fixed_whatever_came():
    inbox = Inbox()
    before = repr(inbox), inbox._repr_html_()
    inbox.add("a@b.test", ["c@d.test"], b"Subject: x\r\n\r\ny\r\n")
    assert (repr(inbox), inbox._repr_html_()) == before
    assert before[0] == "Inbox, live"


def test_without_a_kernel_it_shows_its_static_faces():
    assert set(Inbox()._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_letters_of_many_threads_all_arrive_and_are_numbered():
    inbox = Inbox()
    threads = [
        threading.Thread(target=lambda n=n: [inbox.add(f"{n}@a.test", ["b@c.test"], b"") for _ in range(20)])
        for n in range(8)
    ]
    for thread in threads:
        thread.start()
    assert len(inbox.wait(160)) == 160
    for thread in threads:
        thread.join()
    assert [entry.number for entry in inbox.letters] == list(range(1, 161))


def test_wait_gives_up_with_a_sentence():
    with pytest.raises(TimeoutError, match="0 of 1 letters came"):
        Inbox().wait(1, timeout=0.01)


def test_an_entry_as_text():
    inbox = Inbox()
    inbox.add(
        "<>", ["me@learner.test", "you@learner.test"], b"From: Ada <a@b.test>\r\nSubject: Hi\r\n\r\nOne\r\nTwo\r\n"
    )
    assert repr(inbox.letters[0]) == (
        "Letter 1\n"
        "  From (header)         Ada <a@b.test>\n"
        "  MAIL FROM (envelope)  <>\n"
        "  RCPT TO (envelope)    <me@learner.test>, <you@learner.test>\n"
        "  Subject               Hi\n"
        "  | One\n"
        "  | Two"
    )


def test_what_would_act_on_a_terminal_is_written_out():
    inbox = Inbox()
    inbox.add("m@mallory.test\x1b[2J", [SCRIPT], NASTY)
    shown = repr(inbox.letters[0])
    assert SCRIPT in shown and "\x1b" not in shown and "\u202e" not in shown


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe", b"Subject: =?x?q?=\r\n\r\n", b"From: \x00<@@>\r\n" * 50, b"\n\n"]
)
def test_any_bytes_can_be_shown(content):
    inbox = Inbox()
    inbox.add(None, [], content)
    assert repr(inbox.letters[0]).startswith("Letter 1\n")


def test_the_whole_of_a_field_is_shown():
    inbox = Inbox()
    inbox.add("", [], b"From: x@mallory.test <clerk@bank.test>\r\nSubject: x\r\n\r\n")
    assert inbox.letters[0].row["from"] == "x@mallory.test <clerk@bank.test>"
    assert inbox.letters[0].field("Subject") == "x" and inbox.letters[0].field("To") == ""


@pytest.mark.parametrize(
    "sender, author, badge",
    [
        ("ada@gmail.test", "Ada <ada@GMAIL.test>", ""),
        ("bounces@list.test", "Ada <ada@gmail.test>", module.OTHER),
        ("x@mallory.test", '"x@mallory.test" <clerk@bank.test>', module.OTHER),
        ("a@gmail.test", "a@gmail.test, b@bank.test", module.OTHER),
        ("<>", "postmaster@gmail.test", ""),
        ("a@gmail.test", "a@gmail.test\r\nFrom: b@bank.test", module.UNPLAIN),
        ("a@gmail.test", "a@gmail.test <b@bank.test>", module.UNPLAIN),
    ],
)
def test_the_badge_compares_the_return_path_with_from(sender, author, badge):
    inbox = Inbox()
    inbox.add(sender, ["me@learner.test"], f"From: {author}\r\n\r\n".encode())
    entry = inbox.letters[0]
    assert entry.badge == entry.row["badge"] == entry.opened()["badge"] == badge
    assert (badge in entry._repr_html_()) if badge else ("envelope is not" not in entry._repr_html_())


def test_a_letter_without_a_from_has_no_badge_and_the_when_is_its_own_date():
    rows = [
        Entry(1, "a@b.test", (), content).row
        for content in (b"", b"Date: Mon, 2 Mar 2026 10:00:00 -0500\n\n", b"Date: soon, or a little later\n\n")
    ]
    assert [row["badge"] for row in rows] == ["", "", ""]
    assert [row["when"] for row in rows] == ["", "2026-03-02 10:00", "soon, or a little la…"]


def test_an_entry_as_html():
    inbox = Inbox()
    inbox.add("m@mallory.test", [SCRIPT], NASTY.replace(b"m@mallory.test", b"clerk@bank.test"))
    html = inbox.letters[0]._repr_html_()
    assert html == inbox.letters[0]._repr_html_() and "<script" not in html and "\u202e" not in html
    bare = re.sub(r' (style|class|id)="[^"]*"', "", html)
    assert '<tr><th scope="row">MAIL FROM</th><td>&lt;m@mallory.test&gt;</td></tr>' in bare
    assert "~</span> envelope is not From:" in bare and "Subject: &lt;script&gt;" in bare


def test_the_widget_follows_and_is_sent_text_only_and_no_letter_that_nobody_reads(in_kernel):
    inbox = Inbox()
    inbox.add("a@b.test", ["c@d.test"], b"Subject: before\r\n\r\nunread\r\n")
    shown = inbox._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown and shown["text/plain"] == "Inbox, live"
    thread = threading.Thread(target=inbox.add, args=("m@mallory.test", ["me@learner.test"], NASTY))
    thread.start()
    thread.join()
    view = inbox._widget
    assert isinstance(view, InboxView) and view.count == 2 and view.opened == {}
    assert [row["subject"] for row in view.rows] == ["before"]
    assert view.recent == [inbox.letters[1].row] and view.recent[0]["subject"].startswith(SCRIPT)
    assert "unread" not in str(view.get_state()) and SCRIPT not in view.recent[0]["when"]
    assert inbox._repr_mimebundle_() and inbox._widget is view
    view._asked(view, {"number": 2}, [])
    assert view.answered == 1 and view.opened["text"].startswith(SCRIPT)
    with pytest.raises(LookupError):
        view._asked(view, {"number": 3}, [])
    assert view.answered == 2 and view.opened["number"] == 2


def test_what_is_sent_for_a_letter_does_not_grow_with_their_number(in_kernel, monkeypatch):
    inbox, sent = Inbox(), []
    inbox._repr_mimebundle_()
    monkeypatch.setattr(inbox._widget, "send_state", lambda keys: sent.append(inbox._widget.get_state(keys)))
    for number in range(1, 1200):
        inbox.add("a@b.test", [], f"Subject: {number}\r\n\r\n".encode())
    view = inbox._widget
    listed = [row["number"] for row in [*view.rows, *view.recent]]
    assert listed == list(range(listed[0], 1200)) and 1000 <= len(listed) <= 1050 and view.count == 1199
    assert sum(len(str(state)) for state in sent) / 1199 < 20_000
    assert sum("rows" in state for state in sent) <= 1199 / 50


@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_header_that_is_not_read_whole_is_said_to_be_so(end):
    long = b"From: a@b.test" + end + (b"X: " + b"x" * 70 + end) * 500 + b"Subject: last" + end * 2 + b"Text" + end
    for content, told in ((long, True), (b"From: a@b.test" + end * 2 + b"x" * 10**5, False)):
        assert ("octets of its header are read" in Entry(1, "a@b.test", (), content).opened()["note"]) == told


def test_a_row_takes_no_more_of_a_letter_than_the_list_shows(monkeypatch):
    entry = Entry(1, "a@b.test", (), b"Subject: long\r\n\r\n" + b"x" * 10**7)
    read = []
    monkeypatch.setattr(module, "split", lambda content: read.append(len(content)) or split(content))
    assert entry.row["subject"] == "long" and read == [module.HEADER]
    assert len(str(Entry(1, "", (), b"Subject: " + b"x" * 10**6).row)) < 500


def test_no_html_is_ever_parsed_by_the_view_but_in_a_frame_without_rights():
    source = str(InboxView._esm)
    assert "textContent" in source and source.count("srcdoc") == 1
    assert re.findall(r'put\([^;]*?"iframe"[^;]*', source)[0].count('sandbox: ""') == 1
    assert not [word for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write") if word in source]


def test_a_server_on_an_event_loop_can_add():
    inbox = Inbox()

    async def hook():
        inbox.add("a@b.test", ["c@d.test"], b"")

    asyncio.run(hook())
    assert len(inbox.letters) == 1
