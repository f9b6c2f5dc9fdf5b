"""The journey of a delivery: what each step says of it, what a closed step keeps to itself, and what the view gets."""

import json
import re

import pytest

from helpers.lab import Lab
from helpers.show import journey as module
from helpers.show import trees
from helpers.show.journey import journey
from tests.wire.pages import Page

LETTER = "From: {author}\nTo: {to}\nSubject: Hello\n\nDoes this reach you?\n"
EVIL = '<script>alert("&")</script>'
ADA = "Ada <ada@gmail.test>"


@pytest.fixture(scope="module")
def lab():
    with Lab(beside=True) as lab:
        yield lab


@pytest.fixture(scope="module")
def delivered(lab):
    return send(lab)


def send(lab, to="support@outlook.test", author=ADA, down=(), **how):
    for host in down:
        lab.faults.down(host)
    try:
        return lab.send(LETTER.format(author=author, to=to), **how)
    finally:
        for host in down:
            lab.faults.up(host)


CLOSED = """\
The journey of the letter, in six steps
  1. ○ submission: not in this run (notebook 07)
  2. ✓ first question
  3. ✓ second question
  4. ✓ conversation
  5. ✓ acceptance
  6. ○ fetch: not in this run (the course ends before it)
✓ Delivered to support@outlook.test
You look into steps 2, 3, 4 and 5 further below."""


def test_closed_it_says_how_each_step_ended_and_what_became_of_the_letter(delivered):
    assert repr(journey(delivered)) == CLOSED
    page = Page(journey(delivered)._repr_html_())
    assert " ".join(page.text.split()) == re.sub(r" \d\. ", " ", " ".join(CLOSED.split())), "the list has the numbers"
    assert page.tags == {"div", "p", "ol", "li", "span"}


@pytest.mark.parametrize("to", ["support@outlook.test", "suport@outlook.test", "x@outlok.test", "x@no-mail.test"])
def test_what_is_closed_is_in_no_face(lab, to, monkeypatch):
    monkeypatch.setattr(module, "in_kernel", lambda: True)
    view = journey(send(lab, to))
    bundle = view._repr_mimebundle_()
    drawn = " ".join(word for tree in nodes([view._widget.drawing]) for word in tree[2:] if isinstance(word, str))
    state = json.dumps([view._widget.stops, view._widget.ends, view._widget.closed])
    for said in (bundle["text/plain"], bundle["text/html"], drawn, state):
        hosts = set(re.findall(r"[\w.-]+\.test\b", said)) - {"gmail.test", to.partition("@")[2]}
        assert not hosts and not re.search(r"\b[245]\d\d\b|\d+\.\d+\.\d+\.\d+|\bMX\b|NXDOMAIN", said)


@pytest.mark.parametrize(
    "to, down, how, statuses",
    [
        ("support@outlook.test", (), {}, "✓✓✓✓"),
        ("suport@outlook.test", (), {}, "✓✓✗○"),
        ("x@outlok.test", (), {}, "✗○○○"),
        ("x@no-mail.test", (), {}, "✗○○○"),
        ("x@dangling.test", (), {}, "✓✗○○"),
        ("olive@corner-shop.test", (), {}, "✓✓✓✓"),
        ("grace@outlook.test, nobody@outlook.test", (), {}, "✓✓✗✓"),
        ("support@outlook.test", ["mx1.outlook.test"], {}, "✓✓✓✓"),
        ("support@outlook.test", ["mx1.outlook.test", "mx2.outlook.test"], {}, "✓✓↻○"),
        ("x@one-down.test", ["ns.isp.test"], {"tls": "required"}, "✓✓↻○"),
        ("support@[203.0.113.25]", (), {}, "○○✓✓"),
        ("bob@gmail.test", (), {"host": "in.gmail.test"}, "○○✓✓"),
    ],
)
def test_where_the_way_ended(lab, to, down, how, statuses):
    lab.recursive.flush()
    lines = repr(journey(send(lab, to, down=down, **how))).split("\n")[2:6]
    assert "".join(line.split()[1] for line in lines) == statuses


@pytest.mark.parametrize("code, where", [("552 5.3.4 Too big", 5), ("451 4.3.0 Not now", 5)])
def test_what_is_refused_after_the_letter_ends_at_its_acceptance(lab, code, where):
    host = lab.mail_hosts["mx1.outlook.test"]
    delivery = send(lab)
    attempt = delivery.attempts[0]
    said = attempt.transcript.lines
    before = next(n for n, line in enumerate(said) if line.data == b".\r\n") + 1
    attempt.transcript._said = attempt.transcript._said[:before]
    attempt.transcript.add("S", f"{code}\r\n".encode(), lab.clock.now())
    status = "deferred" if code[0] == "4" else "bounced"
    (recipient,) = delivery.fates
    delivery.fates[recipient] = type(delivery.fates[recipient])(
        status, int(code[:3]), code[4:9], code[10:], host.host.name
    )
    assert repr(journey(delivery)).split("\n")[where].split()[1] == {"deferred": "↻", "bounced": "✗"}[status]


def test_what_went_back_is_told(lab):
    assert "↩ A report went back to ada@gmail.test" in repr(journey(send(lab, "suport@outlook.test")))
    unsent = send(lab, "suport@outlook.test", sender="")
    assert "report" not in repr(journey(unsent)), "nobody to tell"


def test_an_open_step_shows_its_evidence_and_no_other(delivered, lab):
    two = repr(journey(delivered, opened=2))
    assert repr(delivered.lookups[0].trail).split("\n")[-1] in two and "203.0.113.25" not in two and "EHLO" not in two
    assert "You look into steps 3, 4 and 5 further below." in two
    four = journey(delivered, opened=(3, 4))
    for face in (repr(four), four._repr_html_()):
        assert (
            "203.0.113.25" in face
            and "EHLO out.gmail.test" in face
            and "a.root-servers" not in face.partition("EHLO")[2]
        )
    everything = journey(delivered, opened="all", letter=lab.mailbox("support@outlook.test")[0])
    for face in (repr(everything), everything._repr_html_()):
        assert "outlook.test. MX" in face and "Letter 0002, kept by mx1.outlook.test" in face and "closed" not in face


def test_the_report_in_the_senders_mailbox_is_evidence(lab):
    refused = journey(send(lab, "suport@outlook.test"), opened=4)
    assert "A report lies in the mailbox of ada@gmail.test." in repr(refused)
    assert (
        "No mailbox here is called" in repr(refused) and "Your letter could not be delivered" in refused._repr_html_()
    )


@pytest.mark.parametrize("opened", [0, 7, (2, 9), "some"])
def test_a_step_that_there_is_not_is_told(delivered, opened):
    with pytest.raises(ValueError, match="opened is a step from 1 to 6"):
        journey(delivered, opened=opened)


def test_static_faces_are_equal_and_carry_no_names_of_their_own(delivered, lab):
    letter = lab.mailbox("support@outlook.test")[0]
    one, other = (journey(delivered, "all", letter)._repr_html_() for _ in range(2))
    assert one == other and not re.search(r"\b(id|class|on\w+|href|src)=", one)
    Page(one)


def test_hosts_have_the_names_of_this_delivery_once_a_step_is_open(delivered):
    closed, opened = (str(journey(delivered, opened).drawing()) for opened in ((), "all"))
    assert "out.gmail.test" in opened and "mx1.outlook.test" in opened and "MUA" not in opened
    assert "'gmail.test'" in closed and "'outlook.test'" in closed and "mx1" not in closed


def test_outside_a_kernel_there_is_no_widget(delivered):
    assert set(journey(delivered)._repr_mimebundle_()) == {"text/plain", "text/html"}


@pytest.mark.parametrize("to", ["support@outlook.test", "suport@outlook.test", "x@outlok.test"])
def test_it_plays_for_four_seconds_at_most_and_only_while_all_is_closed(lab, to, monkeypatch):
    monkeypatch.setattr(module, "in_kernel", lambda: True)
    view = journey(send(lab, to))
    view._repr_mimebundle_()
    route = view._widget.route
    times = [time for _, _, time in route["letter"]]
    assert view._widget.plays and times == sorted(times) and times[-1] <= route["seconds"] <= 4
    assert list(route["lights"]) == sorted(route["lights"])
    assert (route["letter"][-1][:2] == list(route["letter"][0][:2])) is False or to == "x@outlok.test"
    opened = journey(view._delivery, opened=2)
    opened._repr_mimebundle_()
    assert not opened._widget.plays and opened._widget.chosen == 2


def test_what_strangers_write_is_text_in_every_face(lab, monkeypatch):
    monkeypatch.setattr(module, "in_kernel", lambda: True)
    view = journey(send(lab, author=f'"{EVIL}" <x@mallory.test>', host="mallory.test"), "all")
    html = view._repr_mimebundle_()["text/html"]
    assert "<script" not in html and "script" not in Page(html).tags
    tags = {tree[0] for stop in view._widget.stops for tree in nodes(stop["shown"])} | {
        t[0] for t in nodes([view.drawing()])
    }
    assert "script" not in tags and "&lt;" not in json.dumps(view._widget.stops)


def nodes(trees):
    for tree in trees:
        if not isinstance(tree, str):
            yield tree
            yield from nodes(tree[2:])


def test_html_as_a_tree():
    assert trees.of('<p a="1">x &lt;b&gt; <b>y</b></p><details open>z</details>') == [
        ["p", {"a": "1"}, "x <b> ", ["b", {}, "y"]],
        ["details", {"open": ""}, "z"],
    ]
