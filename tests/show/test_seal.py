"""A sealed letter: what its seal covers, what a change comes to, and what is covered until the learner has spoken."""

import sys

import pytest

from helpers.lab import Lab
from helpers.mail import make_key, quoted, sign_dkim, verify_dkim
from helpers.show.seal import Cover, Seal, findings
from helpers.show.seal_widget import SealView
from tests.mail.conftest import ZONE
from tests.wire.pages import Page

KEY = make_key("ed25519")
TICKET = "From: Me <me@learner.test>\nTo: support@outlook.test\nSubject: My ticket\n\nNumber 12.\nPlease  write.\n"
SEEN = b"X-Seen: yes\r\n"
FACE = """\
A letter under the seal of learner.test, line by line
  ○ open    X-Seen: yes
  ● sealed  DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed; d=learner.test;
  ● sealed   i=@learner.test; l=27; q=dns/txt; s=s1; t=1772442000; h=from : to :
  ● sealed   subject : date : message-id : from : cc : reply-to;
  ● sealed   bh=+wBtCNYW2vt52LZFXmw3L1vWyVUaSmRckF9QxsqJ/YU=;
  ● sealed   b=...
  ● sealed  From: Me <me@learner.test>
  ● sealed  To: support@outlook.test
  ● sealed  Subject: My ticket
  ● sealed  Date: Mon, 02 Mar 2026 09:00:00 +0000
  ● sealed  Message-ID: <20260302090000.1cf10ff7@learner.test>

  ● sealed  Number 12.
  ● sealed  Please  write.
  ✂ l=27    here ends what is signed of the body
  ○ open    PS: <b>
h= names more than there is, and so it is sealed that there is no other from, no cc, no reply-to.
✓ The seal holds.
✓ bh=, the hash of the body, agrees.
✓ b=, the signature of the header, agrees."""
BODY, HEADER = "bh=, the hash of the body,", "b=, the signature of the header,"


@pytest.fixture
def lab():
    with Lab(beside=True) as made:
        made.publish(f"{ZONE.format(serial=1)}s1._domainkey TXT {quoted(KEY.record)}\n")
        made.recursive.flush()
        yield made


@pytest.fixture
def in_kernel(monkeypatch):
    """As if an IPython kernel ran, so that a widget is made; no front end is there."""
    ipython = type("IPython", (), {"get_ipython": staticmethod(lambda: type("Shell", (), {"kernel": 1})())})
    monkeypatch.setitem(sys.modules, "IPython", ipython)


def signed(lab, letter=TICKET, **how):
    return sign_dkim(lab, letter, KEY, "learner.test", "s1", **how)


def found(lab, was, letter):
    signatures = verify_dkim(lab, letter)
    return [f"{kind} {words}".strip() for kind, words in findings(signatures[-1] if signatures else None, letter, was)]


def seen(view):
    return [words for _, words in view.findings]


def test_its_faces_tell_what_is_sealed_and_are_the_same_for_every_key(lab):
    seal = Seal(lab, SEEN + signed(lab, length=True) + b"PS: <b>\r\n")
    assert repr(seal) == FACE
    page = Page(seal._repr_html_())
    assert page.tags == {"div", "p", "pre", "code", "span", "strong"}
    assert sorted(page.text.split()) == sorted(FACE.split())
    again = make_key("ed25519")
    lab.publish(f"{ZONE.format(serial=2)}s1._domainkey TXT {quoted(again.record)}\n")
    lab.recursive.flush()
    other = sign_dkim(lab, TICKET, again, "learner.test", "s1", length=True)
    assert repr(Seal(lab, SEEN + other + b"PS: <b>\r\n")) == FACE == repr(seal)


@pytest.mark.parametrize(
    ("old", "new", "body", "header", "more"),
    [
        (b"Number 12", b"Number 13", "fail", "pass", ""),
        (b"My ticket", b"Cancel it", "pass", "fail", "subject is"),
        (b"From: Me", b"Reply-To: m@mallory.test\r\nFrom: Me", "pass", "fail", "reply-to is"),
        (b"From: Me", b"From: boss@mallory.test\r\nFrom: Me", "pass", "fail", "from is"),
        (b"To: support@outlook.test\r\nSubject: My", b"Subject: No", "pass", "fail", "subject and to are"),
        (b"ticket\r\n", b"tickets\r\n", "pass", "fail", "subject is"),
        (b"write.\r\n", b"write.\r\n-- \r\nA list\r\n", "fail", "pass", ""),
        (b"bh=", b"bh=A", "", "", "The seal counts for nothing: neutral, "),
        (b"s=s1", b"s=s9", "", "", "The seal counts for nothing: permerror, there is no key at s9._domainkey."),
        (b"DKIM-Signature:", b"X:", "", "", "The seal is gone: there is no DKIM-Signature."),
        (b"From: Me", b"X-Seen: yes\r\nFrom: Me", "pass", "pass", "You changed nothing that is sealed."),
        (b"To:", b"Subject: Cancel it\r\nTo:", "pass", "pass", "You changed nothing that is sealed."),
        (b"Please  ", b"Please ", "pass", "pass", "is sealed, and c=relaxed/relaxed forgives it."),
        (b"Subject: ", b"SUBJECT:\r\n\t", "pass", "pass", "is sealed, and c=relaxed/relaxed forgives it."),
        (b"write.\r\n", b"write. \r\n\r\n\r\n", "pass", "pass", "is sealed, and c=relaxed/relaxed forgives it."),
    ],
)
def test_what_a_change_comes_to_and_which_hash_says_so(lab, old, new, body, header, more):
    was = signed(lab)
    letter = was.replace(old, new, 1)
    said = found(lab, was, letter)
    assert letter != was and (said[0] == "pass The seal holds.") == (body == header == "pass")
    agrees = {"pass": "agrees", "fail": "does not agree"}
    if body:
        assert said[1].startswith(f"{body} {BODY} {agrees[body]}")
        assert said[2].startswith(f"{header} {HEADER} {agrees[header]}")
    assert more in said[-1]


def test_both_hashes_are_looked_at_even_if_the_first_does_not_agree(lab):
    was = signed(lab)
    (both,) = verify_dkim(lab, was.replace(b"12", b"13").replace(b"My", b"No"))
    assert (both.result, both.body_fits, both.header_fits) == ("fail", False, False)
    assert (verify_dkim(lab, was)[0].body_fits, verify_dkim(lab, was)[0].header_fits) == (True, True)
    assert verify_dkim(lab, was.replace(b"s=s1", b"s=s9"))[0].header_fits is None


def test_simple_forgives_only_empty_lines_at_the_end(lab):
    was = signed(lab, canonicalization="simple/simple")
    assert found(lab, was, was + b"\r\n")[-1].endswith("c=simple/simple forgives it.")
    assert found(lab, was, was.replace(b"Subject", b"SUBJECT"))[0] == "fail The seal breaks."
    assert found(lab, was, was.replace(b"e  w", b"e w"))[1].startswith("fail bh=")


def test_marks_follow_the_lines_that_the_check_takes(lab):
    """The lowest field of a name, and as many as h= names; of the body what l= covers, once it is smoothed."""
    was = signed(lab, fields=["From", "Subject"], length=True)
    letter = was.replace(b"Subject:", b"Subject: upper\r\n folded\r\nSubject:") + b"PS\r\n\r\n"
    cover = Cover(letter, verify_dkim(lab, letter)[-1])
    marks = dict(zip(cover.lines, cover.marks, strict=True))
    assert (marks[b"Subject: upper"], marks[b" folded"], marks[b"Subject: My ticket"]) == ("open", "open", "sealed")
    assert marks[b"To: support@outlook.test"] == "open" and cover.marks[-4:] == ["sealed", "sealed", "open", "open"]
    assert cover.cut == len(cover.lines) - 2 and cover.absent == []
    shorter = letter.replace(b"Number 12.", b"Number 12, and more.")
    assert Cover(shorter, verify_dkim(lab, shorter)[-1]).marks[-4:] == ["sealed", "in part", "open", "open"]


@pytest.mark.parametrize(
    ("letter", "why"),
    [
        (b"From: a@b.test\r\n\r\nHello\r\n", "no DKIM signature"),
        (b"From: a@b.test\n\nHello\n", "CR LF"),
        (b"From: a@b.test\r\n\r\n\xff\r\n", "not UTF-8"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_a_sentence(lab, letter, why):
    with pytest.raises(ValueError, match=why):
        Seal(lab, letter)


@pytest.mark.parametrize(
    "letter",
    [
        "",
        "\n",
        "DKIM-Signature: <script>\n",
        " DKIM-Signature: x\n\n",
        "DKIM-Signature: v=1; a=rsa-sha256; b=AAAA; bh=AAAA; c=x/y; d=<i>; h=from:from; l=9999999; s=\u202e\n\nx",
        "\x00\r\nFrom: \ud800\n",
    ],
)
def test_whatever_is_typed_is_answered(lab, in_kernel, letter):
    seal = Seal(lab, signed(lab))
    seal._repr_mimebundle_()
    view = seal._widget
    view._changed(view, {"text": letter, "said": "holds"}, [])
    assert any("The seal" in one for one in seen(view)[1:]) and not any("The seal holds" in one for one in seen(view))
    assert len(view.lines) in (letter.count("\n"), letter.count("\n") + 1)


def test_the_verdict_is_covered_until_something_was_said_of_it(lab, in_kernel):
    seal = Seal(lab, signed(lab))
    faces = repr(seal), seal._repr_html_()
    shown = seal._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in shown and shown["text/plain"] == faces[0]
    view = seal._widget
    assert isinstance(view, SealView) and "✓ The seal holds." in seen(view) and not view.covered
    before = view.get_state(["text", "lines", "cut", "findings"])
    changed = view.was.replace("12", "13")
    view._changed(view, {"text": changed}, [])
    assert view.covered and view.answered == 1
    assert view.get_state(list(before)) == before, "nothing of the new verdict has gone to the page"
    view._changed(view, {"text": changed, "said": "holds"}, [])
    assert not view.covered and view.text == changed
    assert seen(view)[:3] == ["You said: it holds. It does not.", "✗ The seal breaks.", f"✗ {BODY} does not agree."]
    view._changed(view, {"text": changed + "\nPS"}, [])
    assert view.covered
    view._changed(view, {"text": changed, "said": "breaks"}, [])
    assert seen(view)[0] == "You said: it holds. It does not.", "what was said is said"
    view._changed(view, {"text": view.was}, [])
    assert not view.covered and seen(view)[0] == "✓ The seal holds."
    assert (repr(seal), seal._repr_html_()) == faces


def test_each_change_is_checked_against_the_key_that_is_there_now(lab, in_kernel):
    seal = Seal(lab, signed(lab))
    seal._repr_mimebundle_()
    view = seal._widget
    lab.publish(ZONE.format(serial=3))
    lab.recursive.flush()
    view._changed(view, {"text": view.was}, [])
    assert seen(view) == ["✗ The seal counts for nothing: permerror, there is no key at s1._domainkey.learner.test."]
    lab.close()
    view._changed(view, {"text": view.was + "x", "said": "holds"}, [])
    assert seen(view) == ["This lab is closed. Make a new one: lab = Lab()"]


def test_no_html_is_ever_parsed_by_the_view():
    source = SealView._esm
    assert "textContent" in source
    assert not [word for word in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write") if word in source]
