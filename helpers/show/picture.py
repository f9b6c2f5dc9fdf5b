"""The journey of a letter, drawn: for a notebook, for a delivery, for a postcard. All that is drawn by hand is here.

A drawing is a tree: a list of a tag, its attributes, and what it holds (lists and text). Text in it is never markup:
`markup` escapes it, and a view makes each node by itself. The drawing holds on a light and on a dark page, because
every word stands on a ground that comes with it, or has the colour of the text around it.
"""

from collections.abc import Collection, Mapping
from html import escape
from pathlib import Path

from helpers.show.trees import Tree

STYLE = Path(__file__).with_name("picture.css")
STEPS = {1: "submission", 2: "first question", 3: "second question", 4: "conversation", 5: "acceptance", 6: "fetch"}
QUEUE, REPORT = "queue", "report"  # these are drawn only where they are spoken of

WIDTH, HEIGHT = 408, 362
WIDE, HIGH = 140, 46  # a box
PLACES = {  # the upper left corner of each box, who is there, and what it does, with its name in RFC 5598
    "writer": (8, 8, "Ada", "writes it · MUA"),
    "taker": (8, 100, "gmail.test", "takes it · MSA"),
    "sender": (8, 192, "gmail.test", "sends it · MTA"),
    "receiver": (260, 192, "outlook.test", "takes it in · MTA, MDA"),
    "mailbox": (260, 100, "mailbox", "keeps it · store"),
    "reader": (260, 8, "support", "reads it · MUA"),
    "dns": (8, 308, "the DNS", "a directory of names"),
}
# Of each step's arrow: where it begins, whether it goes right (1) or down (1), its length and its breadth.
ARROWS = {
    1: (78, 56, 0, 1, 42, 130),
    2: (42, 240, 0, 1, 66, 68),
    3: (114, 240, 0, 1, 66, 68),
    4: (150, 215, 1, 0, 108, 46),
    5: (330, 190, 0, -1, 42, 130),
    6: (330, 98, 0, -1, 42, 130),
}
BOTH_WAYS = (2, 3)  # a question and its answer
LIES = {key: (x + (0 if x > WIDE else WIDE), y + 3) for key, (x, y, *_) in PLACES.items()}  # where a letter is drawn
TURNS = (226, 195)  # where one that is not taken turns round
BACK = ((128, 180), (204, 169), (204, 31), LIES["writer"])


def picture(
    kinds: Mapping[int, str],
    signs: Mapping[int, str] | None = None,
    names: Mapping[str, str] | None = None,
    extras: Collection[str] = (),
    letter: str = "",
    tabs: Mapping[int, Mapping[str, str]] | None = None,
) -> Tree:
    """Return the drawing as a tree.

    `kinds` gives each step its look: "marked", "plain", "good", "wait", "bad" or "none"; `signs` what stands beside its
    number; `names` other names for the boxes (keys of PLACES), which then go without those of RFC 5598; `extras` may
    hold QUEUE and REPORT; `letter` is the box where the letter lies; `tabs` more attributes for each step, which make
    it something to choose.
    """
    signs, tabs = signs or {}, tabs or {}
    called = {key: (names or {}).get(key, name) for key, (_, _, name, _) in PLACES.items()}
    roles = {key: role.partition(" · ")[0] if names else role for key, (*_, role) in PLACES.items()}
    still = _boxes(called, roles)
    still.append(_shape("none" if kinds[1] == "none" else "plain", _arrow(78, 148, 0, 1, 42, 48)))
    if REPORT in extras:
        still.append(_report())
    if QUEUE in extras:
        still += [_rect("box", 160, 100, 88, HIGH), *_words(204, 100, 88, "queue", "keeps it too")]
    steps = [_step(step, kinds[step], signs.get(step, ""), tabs.get(step, {})) for step in sorted(kinds)]
    drawn = [["g", {"aria-hidden": "true"} if tabs else {}, *still], *steps]
    return ["svg", {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "class": "journey-picture"}, *drawn, *_letter(letter)]


def markup(tree: Tree | str) -> str:
    """Return a drawing's tree as text, everything in it escaped."""
    if isinstance(tree, str):
        return escape(tree)
    tag, attributes, *inner = tree
    said = "".join(f' {name}="{escape(str(value))}"' for name, value in attributes.items())
    return f"<{tag}{said}>{''.join(map(markup, inner))}</{tag}>" if inner else f"<{tag}{said}/>"


def _report() -> Tree:
    (x, y), (middle, turn), (_, top), _ = BACK
    way = _path("way", f"M{x} {y + 12}V{turn}H{middle}V{top}H166")
    tag = [_rect("tag", middle - 32, 68, 64, 22), _text("step", middle, 83, REPORT)]
    return ["g", {"class": "journey-back"}, way, _shape("marked", _arrow(168, top, -1, 0, 16, 22)), *tag]


def _step(step: int, kind: str, sign: str, more: Mapping[str, str]) -> Tree:
    x, y, right, down, length, breadth = ARROWS[step]
    shape = _arrow(x, y, right, down, length, breadth, step in BOTH_WAYS, broken=kind in ("bad", "wait"))
    signs = [["tspan", {"class": "journey-sign"}, f" {sign}"]] if sign else []
    number = ["tspan", {"class": "journey-number"}, str(step), *signs]
    middle = (x + right * (length / 2 - 4), y + down * length / 2)
    one_line = breadth > 100
    lines = [[number, f" {STEPS[step]}"]] if one_line else [[number], *([word] for word in STEPS[step].split(" "))]
    first = middle[1] + 4 - 7 * (len(lines) - 1) - 2 * down * one_line
    texts = [_text("step", middle[0], first + 14 * n, *line) for n, line in enumerate(lines)]
    return ["g", {"class": f"journey-stop journey-{kind}", "data-step": step, **more}, _shape("arrow", shape), *texts]


def _arrow(
    x: float, y: float, right: int, down: int, length: float, breadth: float, both: bool = False, broken: bool = False
) -> list[list[tuple[float, float]]]:
    """A broad arrow, as polygons; `both` gives it two tips, and of a broken one the tip has come off."""
    tip, half, off = 8, breadth / 2, 7
    tail = [(tip, half), (0, 0), (tip, -half)] if both else [(0, half), (0, -half)]
    if not broken:
        parts = [[*tail, (length - tip, -half), (length, 0), (length - tip, half)]]
    else:
        end = length - tip - off
        crack = [(end + (3 if n % 2 else 0), half * (n / 3 - 1)) for n in range(7)]
        parts = [[*tail, *crack], [*((u + off, v) for u, v in reversed(crack)), (length, 0)]]
    return [[(x + u * right - v * down, y + u * down + v * right) for u, v in part] for part in parts]


def _shape(kind: str, parts: list[list[tuple[float, float]]]) -> Tree:
    return _path(kind, "".join(f"M{' '.join(f'{x:g} {y:g}' for x, y in part)}z" for part in parts))


def _path(kind: str, d: str) -> Tree:
    return ["path", {"class": f"journey-{kind}", "d": d}]


def _boxes(names: Mapping[str, str], roles: Mapping[str, str]) -> list[Tree]:
    """Where taker and sender bear one name, they are one box."""
    boxes, one = [], names["taker"] == names["sender"]
    for key, (x, y, *_) in PLACES.items():
        if one and key == "sender":
            continue
        width, high = 392 if key == "dns" else WIDE, PLACES["sender"][1] + HIGH - y if one and key == "taker" else HIGH
        words = _words(x + width / 2, y, width, names[key], roles[key])
        if high > HIGH:
            words.append(_text("role", x + width / 2, y + high - 19, roles["sender"]))
        boxes.append(["g", {}, _rect("box", x, y, width, high), *words])
    return boxes


def _words(x: float, y: float, width: float, name: str, role: str) -> list[Tree]:
    size = min(15.0, (width - 12) / 0.7 / max(1, len(name)))  # in which a wide font's bold letters have room
    return [_text("name", x, y + 20, name, style=f"font-size:{size:.3g}px"), _text("role", x, y + 37, role)]


def _rect(kind: str, x: float, y: float, width: float, height: float) -> Tree:
    rounded = height / 2 if kind == "tag" else 7
    return ["rect", {"class": f"journey-{kind}", "x": x, "y": y, "width": width, "height": height, "rx": rounded}]


def _text(kind: str, x: float, y: float, *words: Tree | str, **more: str) -> Tree:
    return ["text", {"class": f"journey-{kind}", "x": f"{x:g}", "y": f"{y:g}", **more}, *words]


def _letter(where: str) -> list[Tree]:
    if not where:
        return []
    x, y = LIES[where]
    sheet, flap = (_path("letter", d) for d in ("M-13 -9H13V9H-13z", "M-13 -9L0 2L13 -9"))
    return [
        [
            "g",
            {"class": "journey-post", "style": f"transform:translate({x}px,{y}px)", "aria-hidden": "true"},
            sheet,
            flap,
        ]
    ]
