"""A packet: a DNS message, or a query and its reply, in lines of 16 octets, with what each octet means."""

import contextlib
from collections import Counter
from html import escape
from typing import Any

from helpers.check.notes import in_kernel
from helpers.wire import Field, MalformedMessage, Message
from helpers.wire.faces import look

PER_LINE = 16
HELP = "Choose an octet or a meaning, by mouse or by arrow keys."
KEYS = {"change": " Enter changes an octet.", "blind": " Say what it means; Enter asks."}
CODE = {  # what a click does, by code
    "change": ".change(0, 0xff) puts another octet at offset 0 and says what it means; .as_it_was() puts all back.",
    "blind": "What an octet means is said when it is asked for: .ask(0), or .ask(0, reply=True).",
}


class Packet:
    """A query, or a query and its reply: messages of helpers.wire, or their octets.

    With `change` octets can be changed, and the message is read anew. With `blind` no face tells a meaning before it is
    asked for. With either of them the static faces have the octets alone. Its text and its static HTML never change.
    Raises MalformedMessage for octets that are no DNS message.
    """

    def __init__(
        self,
        query: Message | bytes,
        reply: Message | bytes | None = None,
        *,
        change: bool = False,
        blind: bool = False,
    ):
        given = (query,) if reply is None else (query, reply)
        self._messages = [one if isinstance(one, Message) else Message.from_wire(one) for one in given]
        self._modes = {"change": change, "blind": blind}
        self._bare = change or blind  # then the static faces have the octets alone: a page has the meanings once
        self._octets = [bytearray(one.wire) for one in self._messages]
        self._asked: list[set[int]] = [set() for _ in given]
        self._widget: Any = None

    def ask(self, offset: int, reply: bool = False) -> str:
        """Return what the octet at this offset means; where it was blind, it is shown from now on.

        Raises IndexError where no octet is.
        """
        self._require(offset, reply)
        self._asked[reply].add(offset)
        self._show()
        fields, trouble = self._read(reply)
        said = [f"{field.name}: {field.meaning}" for field in fields if field.start <= offset < field.end]
        return "\n".join([*(said or ["not read"]), *([str(trouble)] if trouble else [])])

    def change(self, offset: int, octet: int, reply: bool = False) -> str:
        """Put another octet at an offset; return what it means now, or how the decoder refuses the message.

        Raises IndexError where no octet is, and ValueError for a number above 255 or below 0.
        """
        self._require(offset, reply)
        self._octets[reply][offset] = octet
        return self.ask(offset, reply)

    def as_it_was(self) -> None:
        """Put every octet back."""
        self._octets = [bytearray(one.wire) for one in self._messages]
        self._show()

    def _require(self, offset: int, reply: bool) -> None:
        size = len(self._octets[reply])
        if not 0 <= offset < size:
            raise IndexError(f"The octets stand at offsets 0 to {size - 1}, and none at {offset}.")

    def _read(self, number: int) -> tuple[tuple[Field, ...], MalformedMessage | None]:
        try:
            return Message.from_wire(self._octets[number]).fields, None
        except MalformedMessage as error:
            return error.fields, error

    # What is shown

    def __repr__(self) -> str:
        lines = []
        for title, message, dump in self._parts():
            lines += [title, *(dump if self._bare else [repr(message.annotate())])]
        return "\n".join([*lines, *self._by_code()])

    def _repr_html_(self) -> str:
        shown = ""
        for title, message, dump in self._parts():
            octets = escape("\n".join(dump))
            shown += f"<p{look('caption')}>{title}</p>\n<pre{look('wire')}><code{look('plain')}>{octets}</code></pre>\n"
            shown += "" if self._bare else message.annotate()._repr_html_()
        return f"<div>\n{shown}{''.join(f'<p>{escape(line)}</p>' for line in self._by_code())}</div>\n"

    def _parts(self) -> list[tuple[str, Message, list[str]]]:
        """Of each message a title, itself, and its octets in lines, ≠ below those that the query has otherwise."""
        asked, parts = self._messages[0].fields, []
        for message in self._messages:
            dump, other = [], set()
            if not self._bare:
                other = {at for field, was in _beside(message.fields, asked) for at in _differing(field, was)}
            for start in range(0, message.size, PER_LINE):
                line = range(start, min(start + PER_LINE, message.size))
                dump.append(f"{start:5}  {message.wire[start : line.stop].hex(' ')}")
                if other & set(line):
                    dump.append(" " * 7 + "  ".join("≠" if at in other else " " for at in line).rstrip())
            title = _title(message) + " (≠ stands below what the query has otherwise)" * bool(other)
            parts.append((title, message, dump))
        return parts

    def _by_code(self) -> list[str]:
        return [CODE[mode] for mode, on in self._modes.items() if on]

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        if not in_kernel():
            return static
        if self._widget is None:
            from helpers.show.packet_widget import PacketView  # only here: without a front end nobody wants one

            self._widget = PacketView(self._modes, self._usage(), self._do)
            self._show()
        return {**self._widget._repr_mimebundle_()[0], **static}

    def state(self) -> dict[str, Any]:
        """Return what the view draws: the values of packet_widget.PacketView, plain ones that JSON can hold."""
        return {"modes": self._modes, "usage": self._usage(), "messages": self._messages_shown()}

    def _usage(self) -> str:
        return HELP + "".join(KEYS[mode] for mode, on in self._modes.items() if on)

    def _do(self, wish: dict[str, Any]) -> None:
        """What a click or a key asks for; nothing where that cannot be."""
        with contextlib.suppress(IndexError, KeyError, TypeError, ValueError):
            reply = bool(wish["message"])
            if wish["do"] == "ask":
                self.ask(wish["at"], reply)
            elif wish["do"] == "all":
                self._asked[reply] = set(range(len(self._octets[reply])))
            elif wish["do"] == "change" and self._modes["change"]:
                self.change(wish["at"], wish["octet"], reply)
            elif wish["do"] == "back":
                self.as_it_was()
        self._show()

    def _show(self) -> None:
        if self._widget is not None:
            self._widget.messages = self._messages_shown()

    def _messages_shown(self) -> list[dict[str, Any]]:
        asked = self._read(0)[0]
        return [self._state(number, asked) for number in range(len(self._messages))]

    def _state(self, number: int, asked: tuple[Field, ...]) -> dict[str, Any]:
        """A message for the view: what is said of each octet, and of each meaning that may be seen."""
        fields, trouble = self._read(number)
        message, blind = self._messages[number], self._modes["blind"]
        meanings: list[dict[str, Any]] = []
        read: dict[int, tuple[str, list[str]]] = {}
        for n, (field, was) in enumerate(_beside(fields, asked)):
            places = range(field.start, field.end)
            if blind and not self._asked[number] & set(places):
                continue
            other = _differing(field, was)
            meanings += _meanings(field, was)
            kinds = [("even", "odd")[n % 2], *["pointer"] * bool(field.leads)]
            read |= {at: (meanings[-1 - len(field.bits)]["said"], kinds + ["other"] * (at in other)) for at in places}
        unread = ("Say what it means, then ask." if blind else "The decoder did not come so far.", [])
        octets = []
        for at, octet in enumerate(self._octets[number]):
            said, kinds = read.get(at, unread)
            was = f" (it was {message.wire[at]:02x})" if octet != message.wire[at] else ""
            kinds = [*kinds, *["was"] * bool(was), *["wrong"] * bool(trouble and trouble.offset == at)]
            letter = f", in ASCII {chr(octet)}" if 0x21 <= octet <= 0x7E else ""
            said = f"Octet {at} is {octet:02x}{was}, the number {octet}{letter}. {said}"
            octets.append([f"{octet:02x}", " ".join(f"packet-{kind}" for kind in kinds), said])
        title, trouble = _title(message), f"✗ {trouble}" if trouble else ""
        return {"title": title, "octets": octets, "meanings": meanings, "trouble": trouble}


def _title(message: Message) -> str:
    return f"{'Reply' if 'QR' in message.flags else 'Query'}, {message.size} octets"


def _beside(fields: tuple[Field, ...], asked: tuple[Field, ...]) -> list[tuple[Field, Field | None]]:
    """Each field, and the one that the query has in its place."""
    theirs = dict(zip(_places(asked), asked, strict=True))
    return [(field, theirs.get(place)) for place, field in zip(_places(fields), fields, strict=True)]


def _places(fields: tuple[Field, ...]) -> list[tuple[str, int]]:
    """The name of each field, and which of that name it is."""
    seen: Counter[str] = Counter()
    places = []
    for field in fields:
        seen[field.name] += 1
        places.append((field.name, seen[field.name]))
    return places


def _differing(field: Field, was: Field | None) -> list[int]:
    """The offsets of the octets that are not as the query has them."""
    if was is None:
        return []
    return [field.start + n for n in range(len(field.bytes)) if field.bytes[n : n + 1] != was.bytes[n : n + 1]]


def _meanings(field: Field, was: Field | None) -> list[dict[str, Any]]:
    """A field for the view, and then each of its bits: what it lights up, and what is said of it."""
    place = f"{field.start} to {field.end - 1}" if field.end > field.start + 1 else str(field.start)
    text = f"{field.name}: {field.meaning}"
    if was and _differing(field, was):
        text = f"≠ {text} (in the query {was.meaning})"
    before = {bit.name: bit.value for bit in was.bits} if was else {}
    common = {"start": field.start, "end": field.end, "leads": [at for piece in field.leads for at in range(*piece)]}
    bits = [
        {
            "said": f"{bit.place}, {bit.name} {bit.value}: {bit.meaning}",
            "text": "≠" * (before.get(bit.name, bit.value) != bit.value) + bit.name,
            "digits": bit.pattern.replace(".", "").replace(" ", ""),
        }
        for bit in field.bits
    ]
    return [common | one for one in ({"said": text, "text": f"{place}\N{EM SPACE}{text}", "digits": ""}, *bits)]
