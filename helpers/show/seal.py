"""A signed letter, line by line: what its seal covers, and whether it holds once somebody has changed a line."""

import re
from collections import Counter
from html import escape
from typing import Any

import dkim

from helpers.check.notes import in_kernel
from helpers.lab import Lab
from helpers.lab.errors import LabError
from helpers.lab.fields import split
from helpers.mail import Signature, verify_dkim
from helpers.wire.faces import colour, look, sign, visible

MARKS = {"sealed": "●", "in part": "◐", "open": "○"}  # of a line: is it signed?
SAYS = ("holds", "breaks")
_FIELD = re.compile(rb"^(dkim-signature[ \t]*:)([^\r]*(?:\r\n[ \t][^\r]*)*)", re.IGNORECASE | re.MULTILINE)

Finding = tuple[str, str]  # the kind of a sign, or "", and a sentence


class Seal:
    """A signed letter that can be changed: a host checks it anew each time, and the learner says first what will come.

    Takes the Lab and the letter's octets. Of several signatures it is the lowest. The text and the static HTML are of
    the letter as it was given, and never change. Raises ValueError for a letter that has no signature, and for one that
    a field for text cannot hold, which is UTF-8 in lines that end in CR LF.
    """

    def __init__(self, lab: Lab, letter: bytes):
        if not letter.count(b"\r") == letter.count(b"\n") == letter.count(b"\r\n"):
            raise ValueError("A line of this letter ends otherwise than in CR LF: a field for text cannot hold it.")
        try:
            self._text = letter.decode().replace("\r\n", "\n")
        except UnicodeDecodeError:
            raise ValueError("This letter is not UTF-8: a field for text cannot hold it.") from None
        self._lab, self._letter = lab, letter
        signature = self._check(letter)
        if signature is None:
            raise ValueError("This letter has no DKIM signature: sign_dkim makes one.")
        self._signature, self._cover = signature, Cover(_without_b(letter), signature)
        self._findings = findings(signature)
        self._said = {letter: ""}  # of each letter that was judged what the learner expected
        self._widget: Any = None

    def _check(self, letter: bytes) -> Signature | None:
        found = verify_dkim(self._lab, letter)
        return found[-1] if found else None

    # As it was given

    def __repr__(self) -> str:
        rows = (f"  {mark:9} {text}".rstrip() for mark, _, text in self._rows())
        return "\n".join([self._title(), *rows, *self._absent(), *map(_said, self._findings)])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<span{look('line', *filter(None, [ground]))}><strong>{mark:9}</strong> {escape(text)}\n</span>"
            for mark, ground, text in self._rows()
        )
        verdict, *rest = self._findings
        hue = colour(verdict[0])
        words = "".join(f"<p>{escape(one)}</p>\n" for one in [*map(_said, rest), *self._absent()])
        return (
            f"<div>\n<p{look('caption')}>{escape(self._title())}</p>\n"
            f"<pre{look('wire')}><code{look('plain')}>{rows}</code></pre>\n<div{look('card', f'card-{hue}')}>\n"
            f"<p><strong{look(hue)}>{escape(_said(verdict))}</strong></p>\n{words}</div>\n</div>"
        )

    def _title(self) -> str:
        return f"A letter under the seal of {visible(self._signature.domain) or 'nobody'}, line by line"

    def _rows(self) -> list[tuple[str, str, str]]:
        """Of each line its mark, its ground and its text."""
        cover = self._cover
        rows = [(*shown, visible(line, "\\")) for shown, line in zip(cover.shown(), cover.lines, strict=True)]
        if cover.cut is not None:
            rows.insert(cover.cut, (f"✂ l={self._signature.length}", "", "here ends what is signed of the body"))
        return rows

    def _absent(self) -> list[str]:
        absent = ", ".join(map(visible, self._cover.absent))
        return [f"h= names more than there is, and so it is sealed that there is {absent}."] if absent else []

    # As the learner changes it

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if not in_kernel():
            return static
        if self._widget is None:
            from helpers.show.seal_widget import SealView  # only here: without a front end nobody wants a widget

            self._widget = SealView(self._title(), self._text, " ".join(self._absent()), self._change)
            self._open(self._text, self._letter, self._signature)
        return {**self._widget._repr_mimebundle_()[0], **static}

    def _change(self, text: str, said: str) -> None:
        """Check the letter that stands in the view now; show what comes of it to whoever has said what will."""
        letter = text.replace("\n", "\r\n").encode("utf-8", "replace")
        try:
            signature = self._check(letter)
        except LabError as error:
            self._widget.show(covered=False, findings=[["", str(error)]])
            return
        if said in SAYS:
            self._said.setdefault(letter, said)
        if letter in self._said:
            self._open(text, letter, signature)
        else:
            self._widget.show(covered=True)

    def _open(self, text: str, letter: bytes, signature: Signature | None) -> None:
        cover, found = Cover(letter, signature), findings(signature, letter, self._letter)
        came, said = SAYS[found[0][0] != "pass"], self._said[letter]
        shown = [(f"mail-{colour(kind)}" if kind else "", _said((kind, words))) for kind, words in found]
        shown[0] = (f"mail-caption {shown[0][0]}", shown[0][1])
        if said:
            shown.insert(0, ("", f"You said: it {said}. {'So it does.' if said == came else 'It does not.'}"))
        self._widget.show(
            text=text,
            lines=cover.shown(),
            cut=-1 if cover.cut is None else cover.cut,
            covered=False,
            findings=shown,
        )


class Cover:
    """What a signature covers of a letter's octets. Takes the letter's lowest signature, or None.

    `marks` has one of MARKS for each of the `lines`, or "" for the empty one; the body begins after `end`, and `cut` is
    the line before which l= ends, None without l=. `fields` are the signed ones (pairs of a name and octets), `body`
    has the signed octets of the body, and `absent` says which fields are signed as not being there.
    """

    def __init__(self, letter: bytes, signature: Signature | None):
        self.lines = letter.removesuffix(b"\r\n").split(b"\r\n")
        self.end = self.lines.index(b"") if b"" in self.lines else len(self.lines)
        self.marks = ["open"] * len(self.lines)
        self.marks[self.end : self.end + 1] = [""] * len(self.lines[self.end : self.end + 1])
        self.fields, self.body, self.absent, self.cut = [], b"", [], None
        if signature is not None:
            self._header(signature)
            self._body(signature)

    def _header(self, signature: Signature) -> None:
        there: list[list] = []  # of each field its name, and its lines
        for n, line in enumerate(self.lines[: self.end]):
            if line[:1] in (b" ", b"\t") and there:
                there[-1][1].append(n)
            else:
                there.append([line.partition(b":")[0].rstrip().lower(), [n]])
        names = [name.lower().encode() for name in signature.signed]
        numbered = [(name, n) for n, (name, _) in enumerate(there)]
        chosen = dkim.select_headers(numbered, [*names, b"from"])  # dkimpy takes one From more than h= names
        chosen += [one for one in numbered if one[0] == b"dkim-signature"][-1:]
        for name, n in chosen:
            self.fields.append((name, b"\r\n".join(self.lines[line] for line in there[n][1])))
            for line in there[n][1]:
                self.marks[line] = "sealed"
        found = Counter(name for name, _ in chosen)
        self.absent = [f"no {'other ' * bool(found[name])}{name.decode()}" for name in Counter(names) - found]

    def _body(self, signature: Signature) -> None:
        left, first = signature.length, self.end + 1
        for n, line in enumerate(self.lines[first:], first):
            smooth = _smooth(line) if signature.canonicalization.endswith("/relaxed") else line
            if left is None or left >= len(smooth) + 2:
                self.marks[n], covered = "sealed", line + b"\r\n"
            else:
                self.marks[n], covered = "in part" if left else "open", smooth[:left]
            self.body += covered
            left = None if left is None else max(0, left - len(smooth) - 2)
        if signature.length is not None:
            self.cut = first + sum(mark != "open" for mark in self.marks[first:])

    def shown(self) -> list[tuple[str, str]]:
        """Of each line its mark with its sign, and the rule of faces.css for its ground: none where it is open."""
        grounds = ["header"] * (self.end + 1) + ["body"] * len(self.lines)
        return [
            (f"{MARKS[mark]} {mark}" if mark else "", ground if mark in ("sealed", "in part") else "")
            for mark, ground in zip(self.marks, grounds, strict=False)
        ]


def findings(signature: Signature | None, letter: bytes = b"", was: bytes = b"") -> list[Finding]:
    """Say what a check has found: does the seal hold, does each hash agree, and what became of what was changed?"""
    if signature is None:
        return [("fail", "The seal is gone: there is no DKIM-Signature.")]
    if signature.header_fits is None:
        return [("fail", f"The seal counts for nothing: {signature.result}, {visible(signature.reason)}.")]
    now, before = Cover(letter, signature), Cover(was, signature)
    holds = signature.body_fits and signature.header_fits
    found = [("pass", "The seal holds.") if holds else ("fail", "The seal breaks.")]
    for name, fits, changed in (
        ("bh=, the hash of the body,", signature.body_fits, ""),
        ("b=, the signature of the header,", signature.header_fits, _changed(now, before, signature)),
    ):
        found.append(("pass", f"{name} agrees.") if fits else ("fail", f"{name} does not agree{changed}."))
    if holds and letter != was:
        same = (now.fields, now.body) == (before.fields, before.body)
        forgiven = f"What you changed is sealed, and c={visible(signature.canonicalization)} forgives it."
        found.append(("", "You changed nothing that is sealed." if same else forgiven))
    return found


def _changed(now: Cover, before: Cover, signature: Signature) -> str:
    """Name the signed fields that are not as they were, once they are smoothed."""
    rules = dkim.CanonicalizationPolicy.from_c_value(signature.canonicalization.encode())
    one, two = (
        Counter((name, *rules.canonicalize_headers([octets.partition(b":")[::2]])) for name, octets in cover.fields)
        for cover in (now, before)
    )
    names = sorted({visible(name) for name, _ in (one - two) + (two - one)})
    return f", since {' and '.join(names)} {'are' if len(names) > 1 else 'is'} not as signed" if names else ""


def _smooth(line: bytes) -> bytes:
    return re.sub(rb"[ \t]+", b" ", line).rstrip(b" ")


def _without_b(letter: bytes) -> bytes:
    """What b= holds differs from key to key."""
    header, rest = split(letter)
    return _FIELD.sub(lambda field: field[1] + dkim.RE_BTAG.sub(rb"\1...", field[2]), header) + rest


def _said(finding: Finding) -> str:
    kind, words = finding
    return f"{sign(kind)} {words}" if kind else words
