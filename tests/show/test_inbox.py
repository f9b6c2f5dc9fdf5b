"""The live inbox: letters from other threads, a text that never changes, and nothing in it that is markup."""

import asyncio
import sys
import threading

import pytest

from helpers.show import inbox as module
from helpers.show.inbox import Inbox
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
    assert inbox.letters[0].row["From (header)"] == "x@mallory.test <clerk@bank.test>"
    assert inbox.letters[0].field("Subject") == "x" and inbox.letters[0].field("To") == ""


def test_the_widget_follows_and_gets_text_only(in_kernel):
    inbox = Inbox()
    inbox.add("a@b.test", ["c@d.test"], b"Subject: before\r\n\r\n")
    shown = inbox._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown and shown["text/plain"] == "Inbox, live"
    thread = threading.Thread(target=inbox.add, args=("m@mallory.test", ["me@learner.test"], NASTY))
    thread.start()
    thread.join()
    view = inbox._widget
    assert isinstance(view, InboxView) and view.count == 2
    assert view.letters[0]["Subject"] == "before" and SCRIPT in view.letters[1]["Text"]
    assert all(isinstance(text, str) for row in view.letters for text in row.values())
    assert inbox._repr_mimebundle_() and inbox._widget is view


def test_the_view_shows_the_newest_letters_and_clips_long_ones(in_kernel):
    inbox = Inbox()
    inbox._repr_mimebundle_()
    for number in range(module.SHOWN + 1):
        inbox.add("a@b.test", [], b"\r\n\r\n" + b"x" * 3000 if number == module.SHOWN else b"")
    assert inbox._widget.count == module.SHOWN + 1 and len(inbox._widget.letters) == module.SHOWN
    assert len(inbox._widget.letters[-1]["Text"]) == module.CLIPPED


def test_each_letter_is_made_ready_for_the_view_once_and_only_as_much_of_it_as_is_shown(in_kernel, monkeypatch):
    looked_at = []

    def visible(text):
        looked_at.append(text)
        return real(text)

    real = module.visible
    monkeypatch.setattr(module, "visible", visible)
    inbox = Inbox()
    inbox._repr_mimebundle_()
    inbox.add("a@b.test", ["c@d.test"], b"Subject: long\r\n\r\n" + "\u20ac\U0001f4ee\r\n".encode() * 10**5)
    assert sum(map(len, looked_at)) < 10 * module.CLIPPED
    assert inbox._widget.letters[0]["Text"] == inbox.letters[0].text[: module.CLIPPED]
    looked_at.clear()
    inbox.add("a@b.test", ["c@d.test"], b"Subject: short\r\n\r\n")
    assert "<c@d.test>" in looked_at and sum(map(len, looked_at)) < 100


def test_no_html_is_ever_parsed_by_the_view():
    source = str(InboxView._esm)
    assert "textContent" in source
    assert not [word for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write") if word in source]


def test_a_server_on_an_event_loop_can_add():
    inbox = Inbox()

    async def hook():
        inbox.add("a@b.test", ["c@d.test"], b"")

    asyncio.run(hook())
    assert len(inbox.letters) == 1
