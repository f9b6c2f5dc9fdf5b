"""A conversation in SMTP for the eye: two lanes, its parts, the sign of each reply."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby, takewhile

from helpers.wire.faces import colour, look, sign

# The part of a conversation that a command begins (RFC 5321 section 4.1, RFC 3207, RFC 4954). Others begin none.
BEGINS = {
    "HELO": "Greeting",
    **dict.fromkeys(("EHLO", "LHLO"), "Capabilities"),
    "STARTTLS": "TLS",
    "AUTH": "Log-in",
    **dict.fromkeys(("MAIL", "RCPT"), "Envelope"),
    "DATA": "Letter",
    "QUIT": "Goodbye",
}
LAYERS = ("header", "body")  # of a letter
END = "End"
TLS_BEGINS = "TLS begins"  # how the note begins after which all is secret


@dataclass(frozen=True)
class Row:
    """A line as it is shown: who said it ("C", "S", or "" for an event), its text, its part, and a letter's layer.

    `secret` says that it went under TLS, and `run` of which of two conversations it is, where only one has it.
    """

    who: str
    text: str
    part: str
    layer: str = ""
    secret: bool = False
    marked: bool = False
    run: int = 0

    def __str__(self) -> str:
        arrow, number = "=> " * self.marked, f"{self.run} " if self.run else ""
        return f"{arrow}{number}{self.who}: {self.text}" if self.who else f"{arrow}{number}-- {self.text}"


def places(lines: Iterable) -> list[tuple[str, str, bool]]:
    """Of each line of a transcript, in order: the part of the conversation, the layer of the letter, is it secret.

    A reply belongs to the part of its command, even where the client has said others meanwhile (RFC 2920).
    """
    part, layer, secret, found = "Greeting", "", False, []
    due: list[tuple[str, str]] = []  # commands without a reply so far, and their parts
    for line in lines:
        here, its = "", part
        if line.who == "C" and layer:
            here = "" if line.data == b".\r\n" else layer
            layer = "" if not here else LAYERS[1] if line.data == b"\r\n" else layer
            due += [("", part)] * (not here)
        elif line.who == "C":
            asked = line.data[:9].split(b" ")[0].strip().decode("ascii", "replace").upper()
            part = its = BEGINS.get(asked, part)
            due.append((asked, part))
        elif line.who == "S" and due:
            asked, its = due[0]
            layer = LAYERS[0] if asked == "DATA" and line.data[:3] == b"354" else layer
            del due[: line.data[3:4] != b"-"]
        found.append((its, here, secret))
        secret = secret or not line.who and line.data.startswith(TLS_BEGINS.encode())
    return found


def html(heading: str, rows: Sequence[Row]) -> str:
    """A heading, then each part, which folds; what a host can do is folded at first, with its gist in view."""
    runs = [(part, list(run)) for part, run in groupby(rows, key=lambda row: row.part)]
    inner = "".join(_part(part, run, folds=len(runs) > 1) for part, run in runs)
    return f"<div>\n<p{look('caption')}>{escape(heading)}</p>\n{inner}</div>\n"


def _part(part: str, rows: list[Row], folds: bool) -> str:
    inner = "".join(_block(layer, list(run)) for layer, run in groupby(rows, key=lambda row: row.layer))
    if not folds:
        return inner
    shut = part == "Capabilities" and len(rows) > 3 and not any(row.marked for row in rows)
    gist = f"{part}{', under TLS' * any(row.secret for row in rows)}{_gist(rows) if part == 'Capabilities' else ''}"
    return f"<details{'' if shut else ' open'}><summary{look('label')}>{escape(gist)}</summary>\n{inner}</details>\n"


def _gist(rows: list[Row]) -> str:
    """What the last command of a part got."""
    said = list(takewhile(lambda row: row.who == "S", (row for row in reversed(rows) if row.who)))
    kind, more = digit(said[0]) if said else "", len(said) - 1
    if not kind:
        return ": no answer" if not said else ""
    return f": {sign(kind)} {said[0].text[:3]}" + (f", {more} extension{'s' * (more > 1)}" if more > 0 else "")


def _block(layer: str, rows: list[Row]) -> str:
    label = f"<p{look('label')}>{layer}</p>\n" if layer else ""
    return (
        f"{label}<pre{look('wire', *grounds(rows[-1]))}><code{look('plain')}>{''.join(map(_line, rows))}</code></pre>\n"
    )


def digit(row: Row) -> str:
    """The first digit of the reply of which this row is the last line; nothing for another row."""
    return row.text[:1] if row.who == "S" and row.text[:3].isdigit() and row.text[3:4] != "-" else ""


def rules(row: Row) -> list[str]:
    """The rules of faces.css for a row: its lane, and whether it is marked."""
    return ["line", {"C": "lane-client", "S": "lane-server"}.get(row.who, "aside"), *["marked"] * row.marked]


def grounds(row: Row) -> list[str]:
    """The rules for what it stands on: envelope, header or body, and whether that is secret."""
    return [row.layer or "envelope"] * (bool(row.layer) or row.part == "Envelope") + ["secret"] * row.secret


def _line(row: Row) -> str:
    kind, party = digit(row), {"C": "client", "S": "server"}.get(row.who)
    signed = f"<span{look(colour(kind))}>{sign(kind)}</span> " if kind else "  "
    who = f"<strong{look(party)}>{row.who}:</strong> " if party else "-- "
    run = f"<strong>{row.run}</strong> " if row.run else ""
    tag = "strong" if row.marked else "span"  # <mark> would be black, on any page, where JupyterLab trusts no style
    return f"<{tag}{look(*rules(row))}>{run}{signed}{who}{escape(row.text)}\n</{tag}>"
