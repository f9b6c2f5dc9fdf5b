"""Who a letter says that it is from: the mailboxes in From: and Sender: (RFC 5322 section 3.6.2).

It is read more strictly than most programs read it. Where two programs could read a field differently, one of them
shows a name that the other has not judged; so what is not plainly a list of mailboxes is none.
"""

import re

from helpers.lab import fields
from helpers.lab.address import Address, BadAddress
from helpers.lab.errors import LabError

LIMIT = 64 * 1024  # octets of a field; to read it takes time, and nobody has so many names

# RFC 5322 section 3.2, characters beyond ASCII as in RFC 6532 section 3.2. The name of each kind is one letter, so that
# an expression can stand for an order of kinds: w@w is words, the mark between them, and words.
ATOM = r'[^ \t"(),.:;<>@\[-\]]+'
TOKEN = re.compile(
    r"(?P<space>[ \t]+)"
    r'|(?P<q>"(?:[^"\\]|\\.)*")'
    r"|(?P<l>\[[A-Za-z0-9:.]+\])"
    r"|(?P<mark>[@.,:;<>])"
    rf"|(?P<w>{ATOM}(?:\.{ATOM})*)"
)
CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
NAME = "[wq][wq.]*+"  # it may have dots (section 4.1)
MAILBOX = rf"(?:[wq]@[wl]|(?:{NAME})?<[wq]@[wl]>)"
ITEM = rf"(?:{NAME}:(?:{MAILBOX}(?:,{MAILBOX})*+)?;|{MAILBOX})"  # a group of mailboxes, or one
LIST = re.compile(rf"{ITEM}(?:,{ITEM})*+")


class Unreadable(LabError, ValueError):
    """A header that does not plainly say from whom the letter is."""


def mailboxes(header: bytes, name: str) -> list[Address]:
    """Return the mailboxes in the one field of that name; [] where there is no such field.

    Takes a letter's header and "From" or "Sender". The members of a group (RFC 6854) count as mailboxes. Raises
    Unreadable, with a sentence, for two fields of that name and for what is no list of mailboxes.
    """
    values = fields.fields(header, name)
    if len(values) > 1:
        raise Unreadable(f"The letter has {len(values)} {name} fields, and one is right")
    return _list(name, values[0]) if values else []


def _list(name: str, value: bytes) -> list[Address]:
    try:
        text = value.decode().replace("\r\n", "")
        if len(value) > LIMIT or CONTROL.search(text):
            raise Unreadable
        kinds, texts = _tokens(text)
        if not LIST.fullmatch(kinds):
            raise Unreadable
        # An @ is in an address, and nowhere else: between its local part and its domain.
        return [Address.parse("".join(texts[at - 1 : at + 2])) for at, kind in enumerate(kinds) if kind == "@"]
    except (UnicodeDecodeError, BadAddress, Unreadable):
        raise Unreadable(f"The field {name} cannot be read as mailboxes, such as Ada <ada@gmail.test>") from None


def _tokens(text: str) -> tuple[str, list[str]]:
    """The kinds of a field's tokens, a letter or mark each, and their texts; white space and comments are left out."""
    text, unended = fields.without_comments(text)
    if unended:
        raise Unreadable
    kinds, texts, at = "", [], 0
    while at < len(text):
        token = TOKEN.match(text, at)
        if not token:
            raise Unreadable
        at = token.end()
        if token.lastgroup != "space":
            kinds += token[0] if token.lastgroup == "mark" else token.lastgroup
            texts.append(token[0])
    return kinds, texts
