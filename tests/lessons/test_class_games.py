"""Who has my letter (05) and whose words are these (12): five labs that have joined play them; and their cards."""

import re
import subprocess
import sys
import time
from collections.abc import Callable
from importlib import import_module

import nbformat
import pytest

from helpers import check, lessons
from helpers.lab import Lab, LabError
from helpers.lab.neighbours import places, talk
from helpers.lessons import cards, minutes
from tests.lessons.test_pages import GUIDE
from tests.notebooks.store import NOTEBOOKS

street = import_module("helpers.lessons.05_live_server.street")
neighbours, switchboard = (
    import_module(f"helpers.lessons.12_your_own_mail_server.{name}") for name in ("neighbours", "switchboard")
)
SECRET = "a secret of this test"

pytestmark = pytest.mark.timeout(240)  # five labs in one process: a few seconds, and many where the machine is busy


@pytest.fixture(autouse=True)
def nothing_heard(monkeypatch):
    """What is heard in a game is of this test alone: later ones judge by the usual deal."""
    monkeypatch.setattr(street.Heard, "latest", None)


@pytest.fixture
def five(monkeypatch):
    """Five labs, each of which will join as another person."""
    port = places.start(SECRET)
    labs = [Lab(beside=True) for _ in range(5)]

    def joining(number: int) -> Lab:
        person = f"learner{number}"
        monkeypatch.setenv(places.VARIABLE, f"{port} {person} {talk.key(SECRET, person)}")
        return labs[number]

    yield joining
    for lab in labs:
        lab.close()
    talk.tell(port, "", talk.key(SECRET, ""), do="end")


@pytest.fixture
def lab():
    with Lab(beside=True) as lab:
        yield lab


def until(true: Callable[[], bool], again: Callable[[], object] = lambda: None) -> None:
    """Wait for what is true at once where the machine has time; on a busy one an answer may come too late."""
    end = time.monotonic() + 90
    while not true():
        assert time.monotonic() < end
        again()


def known(lab: Lab, names: list[str]) -> None:
    """Wait until a lab's resolver knows all of these names."""
    until(lambda: all(lab.lookup(name, kind).answers for name in names for kind in ("MX", "A")))


# ---- Who has my letter?


@pytest.fixture(scope="module")
def cells():
    """The notebook's cells by their ids."""
    return {cell.id: cell.source for cell in nbformat.read(NOTEBOOKS / "05_live_server.ipynb", as_version=4).cells}


class Player:
    """Somebody who runs the notebook's own cells, with a card."""

    def __init__(self, cells: dict[str, str], lab: Lab, card: object):
        self.cells, self.here = cells, {"lab": lab, "check": check}
        for name in ("c003", "c005"):
            self.run(name)
        self.do(cells["c007"].partition("\n\n")[0])
        self.do("from helpers import answers as course\nPEOPLE = {'me', 'postmaster', 'abuse'}")
        for name in ("s004", "s005", "s006"):
            self.run(name)
        self.do(cells["s008"].replace("card = ...", f"card = {card!r}"))

    def do(self, source: str) -> None:
        exec("from aiosmtpd.controller import Controller\n" + source, self.here)  # noqa: S102

    def run(self, *names: str) -> None:
        for name in names:
            self.do(self.cells[name])


def test_five_labs_play_it_with_the_notebooks_own_cells(five, cells, capsys):
    (numbers,) = cards.numbers(1, list(street.ROLES))
    players = {role: Player(cells, five(n), numbers[role]) for n, role in enumerate(numbers)}
    names = {role: player.here["street"].mine[0][0] for role, player in players.items()}
    try:
        for role, player in players.items():
            player.run("s010")
            known(player.here["lab"], player.here["names"])
            assert player.here["names"] == sorted(names.values())
            player.run("s011")
            until(lambda: player.here["heard"].sure == 3, lambda: player.run("s011"))  # noqa: B023
            assert "three" in repr(check.happened("tell_apart", 3))
            truth = {names[one]: one for one in street.ROLES}
            table = dict.fromkeys(truth, "Keeper or Forgetful") | {
                names[one]: one for one in ("Full", "Strict", "Away")
            }
            assert check.who_is_who(table).passed
            # Whoever holds one of the two roles knows the other as well, and nobody else does.
            assert check.who_is_who(truth).passed is (role in ("Keeper", "Forgetful"))
        for player in players.values():
            player.run("s016")
        capsys.readouterr()
        for player in players.values():
            player.run("s018")
        assert capsys.readouterr().out.count("  sent  ") >= 5 * 4  # Strict is the one that never took it
        for player in players.values():
            player.run("s022")
        there = dict(re.findall(r"(\w+) +(\d+) on the disk", capsys.readouterr().out))
        assert there["Forgetful"] == there["Strict"] == "0" and len(there) == 5
        assert all(int(there[role]) >= 5 for role in ("Keeper", "Full", "Away"))
    finally:
        for player in players.values():
            player.run("s024")


def test_alone_every_deal_has_the_five_roles_and_another_deal_deals_anew(lab, cells, capsys):
    player = Player(cells, lab, ...)
    player.run("s010", "s011")
    first = dict(player.here["heard"].codes)
    player.run("s016", "s018", "s022", "s024")
    capsys.readouterr()
    player.do(cells["s008"].replace("street(lab, card)", "street(lab, card, deal=7)"))
    player.run("s010", "s011")
    assert player.here["heard"].codes != first and sorted(map(str, first.values())) == [
        "250",
        "250",
        "452",
        "550",
        "None",
    ]
    assert player.here["heard"].sure == 3
    assert "face down" in repr(player.here["street"]) and not re.search("Keeper|Full", repr(player.here["street"]))
    player.run("s016", "s018", "s022", "s024")
    there = dict(re.findall(r"(\w+) +(\d+) on the disk", capsys.readouterr().out))
    assert there == {"Keeper": "1", "Full": "1", "Away": "1", "Forgetful": "0", "Strict": "0"}


def test_the_five_houses_are_seen_by_the_second_name_server_too(lab):
    street.street(lab)
    street.street(lab)  # once more, as when the cell is run again
    for server in ("ns.learner.test", "ns2.learner.test"):
        assert "192.0.2.65" in repr(lab.ask(server, "freesia.learner.test", "A"))


@pytest.mark.parametrize("card", ["rose", None, "", -3, 4.5, True])
def test_what_is_no_number_is_said(card):
    with pytest.raises(LabError, match="On a card is a number"):
        street.drawn(card)


# ---- Whose words are these?


def test_five_houses_play_the_sequel_and_see_what_the_guide_says(five, tmp_path):
    board = switchboard.Switchboard()
    roles = ("Ada", "Mallory", "Forwarder", "List", "Friday")
    here = {role: neighbours.join(five(n), tmp_path / role, board) for n, role in enumerate(roles)}
    ada, friday = here["Ada"], here["Friday"]
    assert sorted([friday.name, *friday.others]) == sorted(one.name for one in here.values())
    for one in here.values():
        known(one.lab, [one.name, *one.others])
    friday.house.stop()

    ada.write("The tulips are out.")
    here["Mallory"].forge(ada.name, "Please pay, today.")

    def brought(role: str, *by: str) -> bool:
        return {names[one] for one in by} <= {row[2] for row in here[role].letters()._rows()}

    def later() -> None:
        for role, one in here.items():
            one.lab.clock.advance(minutes=31)
            if role != "Friday":
                one.house.rounds()

    names = {role: one.name for role, one in here.items()}
    until(lambda: brought("Forwarder", "Ada", "Mallory") and brought("List", "Ada", "Mallory"), later)
    for role, footer in (("Forwarder", ""), ("List", "Leave this list: write to me.")):
        letters = here[role].letters()
        (number,) = (int(number) for number, _, brought, *_ in letters._rows() if brought == ada.name)
        here[role].pass_on(letters[number], footer)

    honest = ("pass", "pass", "pass", "inbox")
    forged = listed = ("pass", "fail", "fail", "junk")  # so nobody who looks at the results alone can part the two
    forwarded = ("fail", "pass", "pass", "inbox")

    def seen(role: str) -> dict[str, tuple[str, ...]]:
        rows = list(here[role].letters()._rows())
        assert all(author == f"me@{ada.name}" for _, author, *_ in rows)
        return {brought: tuple(results) for _, _, brought, *results, _ in rows}

    until(lambda: brought("Mallory", "Ada", "Forwarder", "List") and brought("List", "Forwarder"), later)
    assert seen("Mallory") == {names["Ada"]: honest, names["Forwarder"]: forwarded, names["List"]: listed}
    assert seen("List") == {names["Ada"]: honest, names["Mallory"]: forged, names["Forwarder"]: forwarded}
    # Nobody has told Ada of a letter in her name but Mallory herself.
    assert {brought for _, _, brought, *_ in ada.letters()._rows()} == {names["Mallory"]}

    friday.open()
    assert len(friday.letters()) == 0
    for role, one in here.items():
        one.lab.clock.advance(days=1)
        if role != "Friday":
            one.house.rounds()
    until(lambda: brought("Friday", "Ada", "Mallory", "Forwarder", "List"), later)
    assert seen("Friday") == {
        names["Ada"]: honest,
        names["Mallory"]: forged,
        names["Forwarder"]: forwarded,
        names["List"]: listed,
    }
    assert "Please pay" in repr(friday.letters()) and "4 letters at" in repr(friday.letters())
    with pytest.raises(LabError, match="There are 4 letters"):
        friday.letters()[4]


# ---- The cards


@pytest.mark.parametrize("which", cards.GAMES)
def test_a_table_has_a_card_a_role_and_a_number_names_its_role(which):
    game, page = cards.GAMES[which], cards.page(which, 6)
    assert page.count("<article>") == 6 * len(game.roles) and "<script" not in page
    found = re.findall(r'class="number">(\d+)</span><h2>(\w+)</h2>', page)
    assert len({number for number, _ in found}) == (30 if which == "05" else 0)
    assert all(street.drawn(number) == role for number, role in found)
    assert page.count('<article class="whole">') == 6 * 5 and page.count("<td></td>") == 30 * game.rows * len(
        game.columns
    )


@pytest.mark.parametrize("which", cards.GAMES)
def test_the_cards_minutes_are_the_guides(which):
    game = cards.GAMES[which]
    section = GUIDE.partition(f"## {game.title}\n")[2].partition("\n## ")[0]
    assert re.findall(r"^\| (\d+) to (\d+) \|", section, re.MULTILINE) == [
        tuple(when.split(" - ")) for when, _ in game.minutes
    ]
    assert re.findall(r"^\| \*(\w+)\* \|", section, re.MULTILINE) == list(game.roles)


def test_the_game_of_05_takes_the_minutes_that_the_plans_give_it():
    found = minutes.sections("05_live_server")
    first = next(n for n, section in enumerate(found) if section.heading == "Optional: who has my letter?")
    last = next(n for n, section in enumerate(found) if section.heading == "Optional: more programs")
    assert all(section.part == 0 for section in found[first:last])
    assert sum(section.minutes for section in found[first:last]) == pytest.approx(20, rel=0.25)
    assert {"who_is_who", "one_evidence", "tell_apart"} <= set(lessons.owners("exercise")) | set(
        lessons.owners("predict")
    )


def test_the_command_writes_the_page_and_says_what_it_wants(tmp_path):
    command = [sys.executable, "-m", "helpers.lessons.cards"]
    page = tmp_path / "cards.html"
    subprocess.run([*command, "05", str(page), "2"], check=True, timeout=60)
    assert page.read_text(encoding="utf-8").count("<article>") == 10
    for words in ([], ["07", "x.html"], ["05", "x.html", "many"], ["05", "x.html", "12"]):
        done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=60, cwd=tmp_path)
        assert done.returncode == 1 and ("Say which game" in done.stderr or "From 1 to 11" in done.stderr)
