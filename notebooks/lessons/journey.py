"""The journey picture that all notebooks share: the six steps of a letter, with *you are here*.

`python -m helpers.lessons.journey` writes it anew for each notebook into notebooks/images/.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

from helpers import lessons

STEPS = {1: "submission", 2: "MX question", 3: "address question", 4: "conversation", 5: "acceptance", 6: "fetch"}

STATIONS = (  # x, the host or program, and what RFC 5598 calls it
    (20, "Ada's program", "author's MUA"),
    (212, "smtp.gmail.test", "MSA"),
    (404, "out.gmail.test", "MTA"),
    (596, "mx1.outlook.test", "MTA and MDA"),
    (788, "support's mailbox", "message store"),
    (980, "support's program", "recipient's MUA"),
)
INK, PAPER, FAINT, MARK = "#1b1f24", "#ffffff", "#59636e", "#8a1f5c"
WIDTH, HEIGHT, BOX, TOP = 1142, 300, 142, 190


def here(lesson: str) -> tuple[int, ...]:
    """Return the steps that a notebook opens, from its lesson. Takes its name ("08_spf")."""
    return tuple(lessons.tables(lesson)["journey"])


def alt_text(here: tuple[int, ...]) -> str:
    """Return the picture's facts as one text, for whoever cannot see it."""
    if set(here) == set(STEPS):
        place = "You are here: at the whole of it."
    else:
        place = "You are here: step " + " and ".join(f"{n}, {STEPS[n]}" for n in here) + "."
    return (
        "The journey of a letter in six steps. 1, submission: Ada's program hands it to smtp.gmail.test. "
        "2, MX question, and 3, address question: out.gmail.test asks the recursive resolver, which asks the name "
        "servers of the root, of test. and of outlook.test. 4, conversation: out.gmail.test talks SMTP to "
        "mx1.outlook.test. 5, acceptance: mx1.outlook.test keeps the letter, answers 250 and so takes responsibility; "
        f"it goes into the mailbox. 6, fetch: support's program reads it by IMAP. {place}"
    )


def svg(here: tuple[int, ...]) -> str:
    """Return the picture as SVG text, with the steps in `here` marked. Raises KeyError for a step that there is not."""
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="14" fill="{INK}">',
        f"<title>{escape(alt_text(here))}</title>",
        f'<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        f'<path d="M0 0L8 4L0 8z" fill="{INK}"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="12" fill="{PAPER}"/>',
    ]
    for x, name, role in STATIONS:
        parts += _box(x, TOP, BOX, name, role)
    parts += _box(350, 30, 250, "resolver.isp.test", "recursive resolver, with the cache")
    parts += _box(760, 30, 250, "root, test., ns1.outlook.test", "authoritative name servers")
    middle = TOP + 28
    for (x, *_), (after, *_) in zip(STATIONS[:-1], STATIONS[1:-1], strict=False):
        parts.append(_arrow(x + BOX, middle, after, middle))
    parts += [_arrow(STATIONS[-1][0], middle, STATIONS[-2][0] + BOX, middle)]  # the reader's program asks
    parts += [_arrow(446, TOP, 446, 86), _arrow(504, TOP, 504, 86), _arrow(600, 58, 760, 58)]
    places = {1: (183, middle), 2: (446, 140), 3: (504, 140), 4: (567, middle), 5: (667, TOP - 8), 6: (955, middle)}
    for step, (x, y) in places.items():
        parts += _number(step, x, y, step in here)
    legend = "     ".join(f"{number} {name}" for number, name in STEPS.items())
    parts.append(_text(WIDTH / 2, 282, legend, fill=FAINT, space="preserve"))
    marked = [places[step] for step in here]
    if len(marked) < len(STEPS):
        x = sum(x for x, _ in marked) / len(marked)
        y = min(TOP - 8, *(y for _, y in marked)) - 20  # above the boxes
        parts.append(_text(x, y, "you are here", fill=MARK, weight="bold"))
    else:
        parts.append(_text(183, 150, "you are here: all of it", fill=MARK, weight="bold"))
    return "\n".join([*parts, "</svg>\n"])


def _text(x, y, words, fill=INK, weight="normal", size=14, space="default") -> str:
    return (
        f'<text x="{x:g}" y="{y:g}" text-anchor="middle" fill="{fill}" font-weight="{weight}" font-size="{size}" '
        f'xml:space="{space}">{escape(words)}</text>'
    )


def _box(x, y, width, name, role) -> list[str]:
    return [
        f'<rect x="{x}" y="{y}" width="{width}" height="56" rx="8" fill="#f3f5f7" stroke="{INK}"/>',
        _text(x + width / 2, y + 24, name, weight="bold", size=13),
        _text(x + width / 2, y + 44, role, size=12, fill="#3d454d"),
    ]


def _arrow(x1, y1, x2, y2) -> str:
    return f'<path d="M{x1} {y1}L{x2} {y2}" stroke="{INK}" stroke-width="1.5" marker-end="url(#tip)"/>'


def _number(step, x, y, marked) -> list[str]:
    fill, ink = (MARK, PAPER) if marked else (PAPER, INK)
    ring = f'<circle cx="{x}" cy="{y}" r="13" fill="{fill}" stroke="{MARK if marked else INK}" stroke-width="1.5"/>'
    return [ring, _text(x, y + 5, str(step), fill=ink, weight="bold")]


def write(folder: Path) -> None:
    """Write the picture of every notebook into a folder, as journey_NN.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    for lesson in lessons.folders():
        (folder / f"journey_{lesson[:2]}.svg").write_text(svg(here(lesson)), encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).parents[1] / "images")
