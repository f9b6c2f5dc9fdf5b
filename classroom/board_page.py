"""The class's board as a page of HTML: counts and bars of text. It says nothing of anybody that they have not shared.

It knows no right answer: it is given votes, and the texts that stand above the buttons in every notebook.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape

from helpers import lessons
from helpers.check import outline, registry
from helpers.check.notes import prose
from helpers.lab.neighbours.shares import FIVE

WIDE = 20  # characters of the longest bar
ROUNDS = (("first", "First"), ("second", "Second"))
HEAD = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>The class's board</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="board.css">
</head>
<body>
"""
FOOT = """\
<footer>
<p class="aside">What stands here was shared by those who wanted to, and goes when they take it back.</p>
<p><button id="pause" type="button" hidden>Hold still</button></p>
<noscript><p><a href="">Look again</a></p></noscript>
<p id="lost" role="status"></p>
</footer>
<script src="board.js"></script>
</body>
</html>
"""


def page(board: dict | None) -> str:
    """Return the page. Takes what the meeting place says of the board, or None where it does not answer."""
    if board is None:
        parts = ["<p>The meeting place does not answer: does the hub run?</p>\n"]
    else:
        votes = list(_votes(board["votes"]))
        parts = [_now(board), *votes[:1], _there(board), _passed(board), *votes[1:]]
    return f"{HEAD}<main>\n<h1>The class's board</h1>\n{''.join(parts)}</main>\n{FOOT}"


def refusal() -> str:
    """Return the page for whoever has no token."""
    say = "This is the class's board. It opens by the link that <code>start.py class</code> has printed."
    return f"{HEAD}<main>\n<h1>The class's board</h1>\n<p>{say}</p>\n</main>\n</body>\n</html>\n"


def _now(board: dict) -> str:
    moment = datetime.fromtimestamp(board["now"], UTC)
    letters = "The letters between learners are over." if board["ended"] else "Letters pass."
    return f'<p class="aside">By the class\'s clock it is {moment:%A, %d %B %Y, %H:%M}. {letters}</p>\n'


def _votes(votes: dict[str, list]) -> Iterator[str]:
    """Each prediction that was voted on, the one of the latest vote first."""
    for name, rounds in votes.items():
        try:
            asked = registry.prediction(name)
        except LookupError:
            continue
        said = [f"{many} {word}" for (many, _), word in zip(rounds, ("voted", "voted again"), strict=True) if many]
        options = "".join(_option(letter, option.text, rounds) for letter, option in asked.lettered.items())
        told = f"<p>{', '.join(said)}.{_from_five(rounds)}</p>"
        yield f"<section>\n<h2>{prose(asked.question)}</h2>\n{told}\n<ol>\n{options}</ol>\n</section>\n"


def _option(letter: str, text: str, rounds: list) -> str:
    bars = (
        _bar(f"{title}:", counts.get(letter, 0), many, kind)
        for (kind, title), (many, counts) in zip(ROUNDS, rounds, strict=True)
        if counts
    )
    return f"<li>{letter}) {prose(text)}{''.join(bars)}</li>\n"


def _from_five(rounds: list) -> str:
    return f" From {FIVE} votes on, bars stand here." if not rounds[0][1] or rounds[1][0] and not rounds[1][1] else ""


def _bar(label: str, count: int, of: int, kind: str) -> str:
    return (
        f'<p class="bar {kind}"><span>{label}</span><b aria-hidden="true">{_blocks(count, of)}</b>'
        f"<span>{count} of {of}</span></p>"
    )


def _blocks(count: int, of: int) -> str:
    return "█" * max(count > 0, round(WIDE * count / of)) or "·"


def _there(board: dict) -> str:
    many = board["joined"]
    told = f"{many} {'has' if many == 1 else 'have'} joined{', and these show it' if board['there'] else ''}."
    lists = [
        f"<h3>{title}</h3>\n<ul>\n{''.join(f'<li>{escape(flower)}</li>' for flower in flowers)}\n</ul>\n"
        for title, answers in (("Their server answers", True), ("No server yet", False))
        if (flowers := [flower for flower, found in board["there"] if found is answers])
    ]
    return f'<section class="flowers">\n<h2>Who is here</h2>\n<p>{told}</p>\n{"".join(lists)}</section>\n'


def _passed(board: dict) -> str:
    """How many have passed what, in the course's order."""
    many, counts = board["sharing"], board["passed"]
    if not many:
        return ""
    told = f"{many} show how many have passed what."
    if many < FIVE:
        told = f"{many} {'shows' if many == 1 else 'show'} what they have passed. From {FIVE} on, counts stand here."
    rows = "".join(
        f'<li>{escape(name)} <span class="aside">{escape(outline.title(lesson))}</span>'
        f'<p class="bar first"><b aria-hidden="true">{_blocks(counts[name], many)}</b>'
        f"<span>{counts[name]} of {many}</span></p></li>\n"
        for name, lesson in lessons.owners("exercise").items()
        if name in counts
    )
    listed = f'<ul class="passed">\n{rows}</ul>\n' if rows else ""
    return f"<section>\n<h2>Passed</h2>\n<p>{told}</p>\n{listed}</section>\n"
