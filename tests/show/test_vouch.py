"""Who vouches for whom: each letter is really judged, and nothing is told before the learner has spoken."""

import sys
from itertools import product

import pytest

from helpers.lab import Lab
from helpers.lab.errors import LabError
from helpers.mail import DMARC, SPF, Signature, Signatures, Verdict
from helpers.show import vouch, vouch_letter
from helpers.show.vouch import CHALLENGES, FORGED, Vouched, Vouching
from helpers.show.vouch_letter import FIRST, SWITCHES
from helpers.show.vouch_widget import VouchView

ALIGNED, APART, FAIL, NONE = "✓ pass, aligned", "≠ pass, not aligned", "✗ fail", "○ none"


@pytest.fixture(scope="module")
def vouching():
    return Vouching()


@pytest.fixture
def view(monkeypatch):
    """The view as in a kernel; no front end is there."""
    ipython = type("IPython", (), {"get_ipython": staticmethod(lambda: type("Shell", (), {"kernel": 1})())})
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    value = Vouching()
    assert "application/vnd.jupyter.widget-view+json" in value._repr_mimebundle_()
    assert isinstance(value._widget, VouchView)
    return value._widget


def turn(view, said="", **switches):
    view._asked(view, {"switches": {**FIRST, **switches}, "said": said}, [])


@pytest.mark.parametrize(
    "switches, spf, dkim, dmarc, where",
    [
        ({}, FAIL, ALIGNED, "pass", "inbox"),
        ({"path": "own"}, ALIGNED, ALIGNED, "pass", "inbox"),
        ({"path": "own", "change": "body"}, ALIGNED, FAIL, "pass", "inbox"),
        ({"path": "bulk"}, APART, ALIGNED, "pass", "inbox"),
        ({"path": "bulk", "seal": "nobody"}, APART, NONE, "fail", "junk"),
        ({"path": "bulk", "seal": "bulk"}, APART, APART, "fail", "junk"),
        ({"path": "list"}, APART, FAIL, "fail", "junk"),
        ({"path": "list", "policy": "none"}, APART, FAIL, "fail", "inbox"),
        ({"path": "list", "policy": "quarantine"}, APART, FAIL, "fail", "junk"),
        ({"path": "mallory"}, FAIL, ALIGNED, "pass", "inbox"),  # a letter of the bank's, sent again
        ({"path": "mallory", "seal": "wrong"}, FAIL, FAIL, "fail", "junk"),
        (
            {"path": "mallory", "author": "mallory"},
            NONE,
            "○ pass, alignment not asked for, or not known",
            "none",
            "inbox",
        ),
        ({"change": "body"}, FAIL, FAIL, "fail", "junk"),
        ({"change": "subject"}, FAIL, FAIL, "fail", "junk"),
        ({"change": "reply"}, FAIL, FAIL, "fail", "junk"),
        ({"author": "cards"}, FAIL, ALIGNED, "pass", "inbox"),
        ({"author": "cards", "alignment": "strict"}, FAIL, APART, "fail", "junk"),
        ({"author": "cards", "alignment": "strict", "path": "own"}, APART, APART, "fail", "junk"),
    ],
)
def test_each_setting_is_judged(vouching, switches, spf, dkim, dmarc, where):
    found = vouching.judged(**switches)
    assert [f"{one.sign} {one.word}" for one in found.lines] == [spf, dkim]
    assert (found.verdict.dmarc.result, found.verdict.disposition) == (dmarc, where)
    if dmarc == "fail":
        assert found.verdict.dmarc.policy == switches.get("policy", "reject")


def test_the_verdict_is_that_of_the_function_given():
    asked = []

    def mine(author, spf, dkim, txt):
        asked.append((author, spf, dkim, txt("_dmarc.bank.test")))
        return "fail", "quarantine"

    found = Vouching(mine).judged(path="own", policy="quarantine", alignment="strict")
    assert (found.verdict.dmarc.result, found.verdict.disposition) == ("fail", "junk")
    record = ["v=DMARC1; p=quarantine; adkim=s; aspf=s; rua=mailto:postmaster@bank.test"]
    assert asked[1] == ("bank.test", ("pass", "bank.test"), [("pass", "bank.test")], record)


def test_every_change_changes_the_letter_and_nothing_else():
    same = vouch_letter.judged({**FIRST, "path": "own", "seal": "nobody"}, vouch.dmarc_verdict)[1]
    for change, there in [("body", b"pay for it"), ("subject", b"Subject: Your account is locked\r\n")]:
        content = vouch_letter.judged(
            {**FIRST, "path": "own", "seal": "nobody", "change": change}, vouch.dmarc_verdict
        )[1]
        assert there in content and there not in same and content.count(b"\r\n") == same.count(b"\r\n")
    content = vouch_letter.judged({**FIRST, "path": "own", "change": "reply"}, vouch.dmarc_verdict)[1]
    assert content.count(b"Reply-To: me@mallory.test\r\nFrom: The clerk") == 1


def test_the_notebooks_lab_is_left_alone(vouching):
    with Lab() as lab:
        zone = lab.zone_text("bank.test")
        vouching.judged(policy="none")
        assert not lab.closed and Lab._current is lab and lab.zone_text("bank.test") == zone
        assert lab.mail_hosts["mx1.outlook.test"].policy is None and len(lab.mailbox("support@outlook.test")) == 0


def test_its_faces_are_whole_and_never_change(vouching, view):
    before = repr(vouching), vouching._repr_html_()
    assert before[0].splitlines()[:6] == [
        "Who vouches for whom?",
        "  MAIL FROM (SPF)     bank.test  ✗ fail             203.0.113.77: -all matches",
        "  d= (DKIM)           bank.test  ✓ pass, aligned    the body's hash and the signature fit",
        "  From: (DMARC)       bank.test  ✓ pass             DKIM passes with bank.test, which is aligned",
        "  Its owner asks for             reject             so says the record of bank.test",
        "  The letter was                 kept in the inbox  DMARC says pass",
    ]
    turn(view, "pass", path="list")
    assert before == (repr(vouching), vouching._repr_html_()) == (repr(Vouching()), Vouching()._repr_html_())
    assert "<caption" in before[1] and before[1].count('<th scope="row"') == 5 and vouch.CALL in before[0]
    assert "not aligned" in repr(eval(vouch.CALL))


def test_a_switch_that_there_is_not_gets_a_sentence(vouching):
    for wrong in ({"path": "train"}, {"way": "own"}, {"path": ""}):
        with pytest.raises(ValueError, match="There is path: alumni, own, bulk, list, mallory; author: "):
            vouching.judged(**wrong)


def test_nothing_is_told_before_they_have_said(view):
    def told():
        sent = view.get_state(["lines", "results", "letter", "news", "said"])
        return str({**sent, "lines": [{**line, "name": "", "domain": ""} for line in sent["lines"]]})

    covered = {"sign": "?", "kind": "covered", "word": "?", "why": ""}
    for switches in ({}, {"path": "list"}, {"path": "own", "seal": "nobody"}):
        turn(view, **switches)
        assert all(line.items() >= covered.items() for line in view.lines) and len(view.lines) == 2
        assert view.news == vouch.ASK and view.said == "" and view.results == [] and view.letter == ""
        assert not any(word in told() for word in ("aligned", "Authentication-Results", "junk", "inbox"))
    turn(view, "maybe")
    assert view.news == vouch.ASK


def test_what_they_said_stands_beside_what_came_and_stays(view):
    turn(view, "fail", change="body")
    assert view.news == "You said fail, and DMARC says fail."
    turn(view, "pass")
    assert view.news == "You said pass, and DMARC says pass." and view.colour == "good"
    assert [(line["sign"], line["kind"]) for line in view.lines] == [("✗", "broken"), ("✓", "aligned")]
    assert view.results[2] == ["The letter was", "kept in the inbox", "DMARC says pass"]
    assert "Authentication-Results: outlook.test;\n" in view.letter and "\r" not in view.letter
    turn(view, path="own")
    turn(view, "fail")  # it has been said already
    assert view.said == "pass" and view.news == "You said pass, and DMARC says pass."
    turn(view, "pass", author="mallory")
    assert view.news.startswith("You said pass, and DMARC says none.")
    assert view.answered == 5


def test_each_challenge_is_reached_by_the_verdict_once_it_is_told(view):
    spf, dkim, _ = CHALLENGES
    bulk = {"path": "bulk", "seal": "bulk"}
    turn(view, **bulk)
    assert view.challenges == [[False, one] for one in CHALLENGES]
    turn(view, "pass", **bulk)
    assert view.news == f"You said pass, and DMARC says fail. You have reached: {spf} You have reached: {dkim}"
    turn(view, "fail", **bulk)
    assert "reached" not in view.news and [reached for reached, _ in view.challenges] == [True, True, False]
    turn(view, "pass", path="own", change="body", policy="none")
    assert not view.challenges[2][0]
    turn(view, "pass", path="own", change="body")
    assert view.challenges[2][0] and view.news.endswith(vouch.HOW[False])


def test_a_forged_letter_arrives_in_two_ways_only_while_bank_test_is_as_it_was():
    ways = set()
    for path, author, seal, change in product(
        list(SWITCHES["path"])[1:], ("bank", "mallory"), ("author", "nobody"), ("nothing", "body")
    ):
        switches = {**FIRST, "path": path, "author": author, "seal": seal, "change": change}
        if CHALLENGES[FORGED](switches, vouch_letter.judged(switches, vouch.dmarc_verdict)[0]):
            ways.add("display name" if author == "mallory" else (path, change))
    assert ways == {"display name", ("own", "body")}


def test_a_verdict_of_any_letter_can_be_shown():
    odd = "<b>\u202e.test"
    spf = SPF("temperror", "mfrom", odd, "192.0.2.1", f"the DNS is silent about {odd}")
    dkim = Signatures([Signature("permerror", f"no key at {odd}", odd), Signature("policy", "expired", "b.test")])
    dmarc = DMARC("permerror", None, "", f"the From field: {odd}")
    found = Vouched(Verdict("0001", None, "192.0.2.1", "a", (), spf, spf, dkim, dmarc, "junk", odd))
    assert [f"{one.sign} {one.word}" for one in found.lines] == ["↻ temperror", "✗ permerror", "○ policy"]
    assert "\u202e" not in repr(found) + found._repr_html_() and "<b>" not in found._repr_html_()


def test_a_function_that_fails_is_told(view):
    def broken(*_):
        raise ZeroDivisionError

    with pytest.raises(
        LabError, match="mx1.outlook.test came to no verdict: the function that decides DMARC has failed"
    ):
        Vouching(broken)
    view._set_them.__self__._decide = broken
    turn(view)
    assert view.news.startswith("mx1.outlook.test came to no verdict") and view.lines == []


def test_no_html_is_ever_parsed_by_the_view_and_it_is_small():
    source = VouchView._esm
    assert not [word for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write") if word in source]
