"""The guide's plans: their rows follow one another, and give each part the minutes that its lesson promises."""

import re
from dataclasses import dataclass

import pytest

from helpers import lessons
from helpers.lessons import minutes
from tests.lessons.test_pages import GUIDE

PLANS = ("Three hours: the short path, halved", "A day", "Three evenings", "Six evenings: 10 to 14")
REST = ("Pause", "Lunch", "Windows open")
TIME = re.compile(r"(\d+):(\d\d)")
PARTS = {"one": 1, "two": 2}
GAMES = {"Who has my letter?": 20, "Whose words are these?": 25}


@dataclass(frozen=True)
class Row:
    evening: int
    begins: int
    ends: int
    what: str

    @property
    def minutes(self) -> int:
        return self.ends - self.begins

    @property
    def lesson(self) -> str:
        """The notebook of this row, where it is about one."""
        found = re.match(r"\[?[Nn]otebook (\d\d)\b", self.what)
        return next((name for name in lessons.folders() if found and name.startswith(found[1])), "")


def rows(plan: str) -> list[Row]:
    text = GUIDE.partition(f"## {plan}\n")[2].partition("\n## ")[0]
    found, evening = [], 0
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        times = [n for n, cell in enumerate(cells) if TIME.fullmatch(cell)]
        if len(times) == 2:
            begins, ends = (60 * int(hour) + int(minute) for hour, minute in TIME.findall(" ".join(cells)[:60])[:2])
            evening += bool(times[0] and cells[0])
            found.append(Row(evening, begins, ends, cells[times[1] + 1]))
    return found


@pytest.mark.parametrize("plan", PLANS)
def test_each_row_begins_where_the_one_before_has_ended(plan):
    found = rows(plan)
    assert len(found) >= 8
    for one, after in zip(found, found[1:], strict=False):
        assert after.begins == (one.ends if one.evening == after.evening else 0), after
    assert all(row.minutes > 0 for row in found)
    assert plan == "A day" or {row.ends for row in found if row.ends % 60 == 0} >= {120 if "evening" in plan else 180}


@pytest.mark.parametrize("plan", PLANS)
def test_a_whole_part_gets_the_minutes_that_its_lesson_promises(plan):
    for row in (row for row in rows(plan) if row.lesson):
        promised = lessons.tables(row.lesson)["minutes"]
        part = re.search(r"\bpart (one|two)\b", row.what)
        assert part or len(promised) == 1, row
        whole = promised[PARTS[part[1]] - 1 if part else 0]
        if re.search(r"part (one|two)(, as far as|: the walk)", row.what):
            assert row.minutes < whole, row
        else:
            assert row.minutes == whole, row


@pytest.mark.parametrize("plan", PLANS)
def test_as_far_as_a_heading_takes_what_the_model_gives_it(plan):
    for row in rows(plan):
        for heading in re.findall(r"as far as (?:the end of )?\*([^*]+)\*", row.what):
            part = PARTS[re.search(r"part (one|two)", row.what)[1]]
            sections = [section for section in minutes.sections(row.lesson) if section.part == part]
            upto = next(n for n, section in enumerate(sections) if section.heading == heading)
            assert row.minutes == pytest.approx(sum(section.minutes for section in sections[: upto + 1]), rel=0.25), row


def test_the_day_has_285_minutes_of_work_and_ends_with_part_one_of_10_by_four():
    found = rows("A day")
    assert sum(row.minutes for row in found if not row.what.startswith(REST)) == 285
    assert found[0].begins == 9 * 60 and found[-1].ends <= 16 * 60
    *_, last = (row for row in found if row.lesson)
    assert last.lesson == "10_delivery" and "part one" in last.what


def test_the_evenings_are_as_many_as_they_say_and_the_six_hold_all_of_10_to_14():
    assert {row.evening for row in rows("Three evenings")} == {1, 2, 3}
    six = rows("Six evenings: 10 to 14")
    assert {row.evening for row in six} == {1, 2, 3, 4, 5, 6}
    promised = [minutes for lesson in list(lessons.folders())[10:] for minutes in lessons.tables(lesson)["minutes"]]
    assert [row.minutes for row in six if row.lesson] == promised


@pytest.mark.parametrize("plan", PLANS)
def test_a_game_takes_its_minutes(plan):
    for row in rows(plan):
        for game, long in GAMES.items():
            if f"*{game}*" in row.what:
                assert row.minutes == long, row
