"""A letter opened for the eye: its parts, the words of one, and HTML that does nothing.

A stranger has written it. To open it takes time in proportion to its length, however it is built; what is left out
is counted or said.
"""

import re
from base64 import b64decode
from binascii import a2b_qp
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from email.message import Message
from html import escape, unescape
from string import ascii_letters, digits

from helpers.lab.fields import fields, split
from helpers.lab.mailbox import KEPT, decoded
from helpers.wire.faces import visible

DEPTH = 10  # parts in parts that are opened
PARTS = 100
SHOWN = 50_000  # characters of a part
FIELD = 500  # octets of a field that says what a part is
NAME = 100  # characters of a file's name

_NOT_BASE64 = bytes(set(range(256)) - set((ascii_letters + digits + "+/").encode()))
_ABOUT = ("Content-Type", "Content-Disposition", "Content-Transfer-Encoding")


@dataclass(frozen=True)
class Part:
    """A part of a letter: what it is ("text/plain"), its file's name or "", and whether it is attached."""

    kind: str
    name: str
    attached: bool
    charset: str
    octets: bytes

    @property
    def reads(self) -> str:
        """How it may be read: "Text", "HTML", or "" for what is not opened."""
        return "" if self.attached else {"text/plain": "Text", "text/html": "HTML"}.get(self.kind, "")

    @property
    def text(self) -> str:
        """Its first characters, decoded, with everything in it to be seen."""
        return visible(self._decoded[:SHOWN], KEPT)

    @property
    def page(self) -> str:
        """Its HTML as a page of its own that runs nothing and asks for nothing."""
        return page(self._decoded[:SHOWN])

    @property
    def cut(self) -> bool:
        """Whether it has more than is shown."""
        return len(self._decoded) > SHOWN

    @property
    def _decoded(self) -> str:
        return decoded(self.octets[: 4 * SHOWN + 4], self.charset)  # a character is 4 octets at most


def parts(content: bytes) -> tuple[list[Part], bool]:
    """Return the parts of a letter that are no containers, as far as PARTS and DEPTH go, and whether there are more."""
    found: list[Part] = []
    waiting, more = [(content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), 0)], False
    while waiting and len(found) < PARTS:
        octets, depth = waiting.pop()
        header, body = (b"", octets) if octets.startswith(b"\r\n") else split(octets)
        message, body = _about(header), body.removeprefix(b"\r\n")
        boundary = _boundary(message)
        more = more or bool(boundary and depth == DEPTH)
        if boundary and depth < DEPTH:
            inner, left = _inside(body, boundary)
            more = more or left
            waiting += [(one, depth + 1) for one in reversed(inner)]
        else:
            found.append(_part(message, body))
    return found, more or bool(waiting)


def _about(header: bytes) -> Message:
    """What a header says of its part."""
    message = Message()
    for name in _ABOUT:
        for value in fields(header, name)[:1]:
            message[name] = " ".join(value[:FIELD].decode("utf-8", "replace").split("\r\n"))
    return message


def _boundary(message: Message) -> bytes:
    with suppress(Exception):  # a hostile field can make the email package raise nearly anything
        if message.get_content_maintype() == "multipart":
            return str(message.get_boundary("")).encode("utf-8", "replace")
    return b""


def _inside(body: bytes, boundary: bytes) -> tuple[list[bytes], bool]:
    """The parts between the lines that hold a boundary (RFC 2046 section 5.1.1), and whether there are more."""
    line = rb"^--" + re.escape(boundary)
    body = re.split(line + rb"--[ \t]*\r?$", body, maxsplit=1, flags=re.MULTILINE)[0]
    pieces = re.split(line + rb"[ \t]*\r\n", body, maxsplit=PARTS + 1, flags=re.MULTILINE)[1:]
    return [piece.removesuffix(b"\r\n") for piece in pieces[:PARTS]], len(pieces) > PARTS


def _part(message: Message, body: bytes) -> Part:
    kind, name, attached, charset = "application/octet-stream", "", True, "utf-8"
    with suppress(Exception):  # see _boundary
        kind = message.get_content_type()
        attached = message.get_content_disposition() == "attachment"
        name = str(message.get_filename(""))
    with suppress(Exception):
        charset = message.get_content_charset("utf-8")
    name = visible(name)
    return Part(visible(kind)[:NAME], name[:NAME] + "…" * (len(name) > NAME), attached, charset, _octets(message, body))


def _octets(message: Message, body: bytes) -> bytes:
    """A body as it was before it was encoded; what is broken in that is passed over."""
    encoding = str(message["Content-Transfer-Encoding"]).strip().lower()
    if encoding == "base64":
        kept = body.translate(None, _NOT_BASE64)
        kept = kept[: len(kept) - (len(kept) % 4 == 1)]
        return b64decode(kept + b"=" * (-len(kept) % 4))
    return a2b_qp(body) if encoding == "quoted-printable" else body


# HTML. It is taken apart and written anew: of it come words, and elements and attributes that are named here, so that
# no script, address or sheet is left. Where it is shown, a frame without rights and this policy are around it, which
# would hold by themselves, but for a click on a link.
POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_TOP = (
    f'<!doctype html><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    "<style>html{background:#fff;color:#000;font-family:sans-serif;overflow-wrap:anywhere}</style><body>"
)
_TAG = re.compile(
    "b|big|blockquote|br|caption|center|code|d[dlt]|div|em|font|h[1-6]|hr|i|li|ol|p|pre|s|small|span|strong|su[bp]|"
    "table|tbody|td|tfoot|th|thead|tr|u|ul"
)
_ATTRIBUTE = re.compile("align|bgcolor|border|cellpadding|cellspacing|color|height|valign|width")
_TOKEN = re.compile(
    r"<!--.*?(?:-->|\Z)"
    r"|<(?:script|style|title)\b.*?(?:</(?:script|style|title)\b[^>]*(?:>|\Z)|\Z)"
    r"|<[!?][^>]*(?:>|\Z)"
    r"""|<(?P<end>/?)(?P<tag>[a-z][a-z0-9]*)(?P<rest>(?:[^<>"']|"[^"]*"|'[^']*')*+)>"""
    r"|(?P<text>[^<]+|<)",
    re.DOTALL | re.IGNORECASE,
)
_GIVEN = re.compile(r"""\b([a-z]{1,20}+)\s*+=\s*+("[^"]*"|'[^']*'|[^\s"'>]+)""", re.IGNORECASE)
_VALUE = re.compile(r"[#\w. -]{1,20}%?", re.ASCII)
_DECLARATION = re.compile(r"\s*[-a-z]+\s*:(?:rgba?\([\d.,%\s]*\)|[-#\w.,%!\s])+", re.IGNORECASE | re.ASCII)


def page(html: str) -> str:
    """Return a page with the words of some HTML, and as much of its look as is harmless.

    Where a picture or a link was, its address stands as text.
    """
    return _TOP + "".join(_written(match) for match in _TOKEN.finditer(html))


def _written(match: re.Match[str]) -> str:
    if match["text"]:
        return _words(match["text"])
    tag = (match["tag"] or "").lower()
    if _TAG.fullmatch(tag):
        return f"</{tag}>" if match["end"] else f"<{tag}{''.join(_attributes(match['rest']))}>"
    given = {name.lower(): value.strip("\"'") for name, value in _GIVEN.findall(match["rest"] or "")}
    if tag == "a" and given.get("href"):
        return f"[link to {_words(given['href'][:FIELD])}] "
    if tag == "img":
        return f"[picture {_words(given.get('src', '')[:FIELD])}, not fetched] {_words(given.get('alt', ''))}"
    return ""


def _words(text: str) -> str:
    return escape(visible(unescape(text), KEPT))


def _attributes(rest: str) -> Iterator[str]:
    for name, value in _GIVEN.findall(rest):
        name, value = name.lower(), unescape(value.strip("\"'"))
        if name == "style":
            value = ";".join(filter(_DECLARATION.fullmatch, value.split(";")))
        elif not (_ATTRIBUTE.fullmatch(name) and _VALUE.fullmatch(value)):
            continue
        yield f' {name}="{escape(value)}"'
