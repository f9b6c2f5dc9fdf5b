"""Cards to cut out for the two class games: who has my letter (notebook 05), and whose words are these (notebook 12).

    python -m helpers.lessons.cards 05 cards.html 6      for six tables of five
    python -m helpers.lessons.cards 12 cards.html 6

A card's number names its role to the notebook, so that nobody reads it over a shoulder. Print on one side only.
"""

import importlib
import random
import sys
from dataclasses import dataclass
from html import escape
from pathlib import Path

MOST = 11  # tables: there are 56 flowers


@dataclass(frozen=True)
class Game:
    """A game: the notebook's folder, its title, what each role does, what stands on the table's own card, and a table
    to fill in: its columns, and how many rows.
    """

    lesson: str
    title: str
    roles: dict[str, str]
    minutes: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    rows: int


GAMES = {
    "05": Game(
        "05_live_server",
        "Who has my letter?",
        {
            "Keeper": "You say 250, and keep each letter on the disk.",
            "Forgetful": "You say 250, and keep nothing.",
            "Full": "You say 452: no room today. When a day has gone by, you are a Keeper.",
            "Strict": "You say 550 to all, and take letters for postmaster only.",
            "Away": "Your server is stopped. When a day has gone by, you are a Keeper.",
        },
        (
            ("0 - 3", "Draw. Put your number into the cell with the cards, and run as far as that."),
            ("3 - 5", "Alone: how many of the five can one tell apart from outside?"),
            ("5 - 10", "Write to all five, yourself too, and fill in the table."),
            ("10 - 12", "Compare. The cards stay closed."),
            ("12 - 15", "A day goes by. Who has your letter now? One piece of evidence. Cards up."),
            ("15 - 20", "One sentence: what does 250 promise?"),
        ),
        ("Neighbour", "Code seen", "What becomes of my letter", "Which role"),
        5,
    ),
    "12": Game(
        "12_your_own_mail_server",
        "Whose words are these?",
        {
            "Ada": "You write one letter to all, in your own name: me.write(words). It leaves your house signed.",
            "Mallory": "Choose a neighbour. You write one letter to all in that neighbour's name, under a forged seal: "
            "me.forge(neighbour, words).",
            "Forwarder": "A letter comes that its author's own house has brought. Send it on to all, unchanged: "
            "me.pass_on(letter).",
            "List": "A letter comes that its author's own house has brought. Send it on to all, with a line added: "
            "me.pass_on(letter, footer).",
            "Friday": "Go down before anybody writes: me.house.stop(). At minute 16 come up: me.open(). "
            "Then a day goes by.",
        },
        (
            ("0 - 4", "Draw. Each house opens under a flower's name. Friday goes down."),
            ("4 - 6", "Alone: of which letters can a receiver say for certain whose words they are?"),
            ("6 - 9", "Ada and Mallory write."),
            ("9 - 12", "Forwarder and List send Ada's letter on."),
            ("12 - 16", "Look: me.letters(). Fill in the table, and compare. The cards stay closed."),
            ("16 - 19", "Friday comes up, and then a day goes by. Who has lost a letter?"),
            ("19 - 22", "Each may put one question to one neighbour. Which one settles it? Cards up."),
            ("22 - 25", "One sentence: what does a pass promise, and what does a fail?"),
        ),
        ("From:", "Who brought it", "SPF, DKIM, DMARC", "Inbox or junk", "Which role brought it"),
        4,
    ),
}
STYLE = """
@page { margin: 10mm; }
body { font: 13px/1.35 system-ui, sans-serif; margin: 0; color: #000; background: #fff; }
section { display: grid; grid-template-columns: repeat(2, 90mm); width: 180mm; margin: 0 auto; break-after: page; }
article { box-sizing: border-box; height: 62mm; padding: 5mm; border: 1px dashed #666; overflow: hidden; }
article.whole, article.minutes { height: auto; min-height: 62mm; }
article.whole { grid-column: span 2; }
h1 { font-size: 18px; text-align: center; break-after: avoid; }
h2 { margin: 0 0 2mm; font-size: 17px; }
h3 { margin: 0; font-size: 12px; font-weight: normal; color: #333; }
.number { float: right; font-size: 26px; font-weight: bold; }
dl { margin: 0; display: grid; grid-template-columns: 15mm 1fr; gap: 0.3mm 2mm; font: 11px/1.2 system-ui, sans-serif; }
dt { font-weight: bold; } dd { margin: 0; }
table { border-collapse: collapse; width: 100%; } th, td { border: 1px solid #666; padding: 1mm 2mm; text-align: left; }
td { height: 7mm; }
"""


def numbers(tables: int, roles: list[str]) -> list[dict[str, int]]:
    """Return for each table a number for each role, as the notebook's `drawn` reads it: none twice, in no order."""
    drawn = importlib.import_module("helpers.lessons.05_live_server.street").drawn
    there = random.Random(tables).sample(range(100, 1000), 900)
    found: dict[str, list[int]] = {role: [] for role in roles}
    for number in there:
        found[drawn(number)].append(number)
    return [{role: found[role][table] for role in roles} for table in range(tables)]


def page(which: str, tables: int) -> str:
    """Return the cards of a game for so many tables, as one page of HTML that needs nothing else."""
    game = GAMES[which]
    sheets = numbers(tables, list(game.roles)) if which == "05" else [{}] * tables
    parts = [_table(game, number, sheet) for number, sheet in enumerate(sheets, 1)]
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{escape(game.title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{escape(game.title)}</h1>\n{''.join(parts)}</main>\n</body>\n</html>\n"
    )


def _table(game: Game, table: int, sheet: dict[str, int]) -> str:
    cards = "".join(_card(game, table, role, sheet.get(role)) for role in game.roles)
    minutes = "".join(f"<dt>{when}</dt><dd>{escape(what)}</dd>" for when, what in game.minutes)
    heads = "".join(f'<th scope="col">{escape(name)}</th>' for name in game.columns)
    empty = f"<tr>{'<td></td>' * len(game.columns)}</tr>" * game.rows
    title = f"<h3>{escape(game.title)} Table {table}. I am:</h3>"
    form = f"{title}<table><thead><tr>{heads}</tr></thead><tbody>{empty}</tbody></table>"
    sheet_of = f'<article class="whole">{form}</article>\n'
    return (
        f'<section>\n{cards}<article class="minutes"><h2>Minutes</h2><dl>{minutes}</dl></article>\n</section>\n'
        f"<section>\n{sheet_of * len(game.roles)}\n</section>\n"
    )


def _card(game: Game, table: int, role: str, number: int | None) -> str:
    shown = f'<span class="number">{number}</span>' if number else ""
    return (
        f"<article>{shown}<h2>{escape(role)}</h2><p>{escape(game.roles[role])}</p>"
        f"<h3>{escape(game.title)} Table {table}. Show this card to nobody.</h3></article>\n"
    )


def main(words: list[str]) -> None:
    if len(words) not in (2, 3) or words[0] not in GAMES or not (words[2:] or ["1"])[0].isdecimal():
        sys.exit(
            "Say which game, into which file, and for how many tables: python -m helpers.lessons.cards 05 cards.html 6"
        )
    tables = int((words[2:] or ["1"])[0])
    if not 1 <= tables <= MOST:
        sys.exit(f"From 1 to {MOST} tables: there are no more flowers to name people by.")
    Path(words[1]).write_text(page(words[0], tables), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
