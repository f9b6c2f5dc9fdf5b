"""Names and passwords of a class."""

import json
import stat

import pytest

from classroom.place import Place
from classroom.roster import Roster, RosterError


@pytest.fixture
def roster(tmp_path):
    return Roster(tmp_path / "roster.json")


def test_each_name_gets_a_password_once_and_only_its_hash_is_kept(roster):
    made = roster.add(["bob", "ada", "bob"])
    assert sorted(made) == roster.names() == ["ada", "bob"]
    assert made["ada"] != made["bob"] and not any(word in roster.path.read_text() for word in made.values())
    assert roster.add(["ada"]) == {}
    assert roster.admits("ada", made["ada"])


def test_who_forgot_a_password_gets_another_and_the_old_one_ends(roster):
    (old,) = roster.add(["ada"]).values()
    (new,) = roster.add(["ada"], anew=True).values()
    assert roster.admits("ada", new) and not roster.admits("ada", old)


@pytest.mark.parametrize("name, password", [("ada", ""), ("ada", "x"), ("", ""), ("eve", ""), ("ada\0", "x")])
def test_nobody_else_is_let_in(roster, name, password):
    roster.add(["ada"])
    assert not roster.admits(name, password)


@pytest.mark.parametrize("name", ["", "Ada", "a b", "../eve", "-a", "é", "a" * 32, "ada\n"])
def test_what_cannot_be_a_name_is_said_before_anything_is_written(roster, name):
    with pytest.raises(RosterError, match="cannot be a learner's name"):
        roster.add(["ada", name])
    assert roster.names() == []


def test_a_damaged_roster_is_named(roster):
    roster.path.write_text(json.dumps({"ada": []})[:-1])
    with pytest.raises(RosterError, match=r"roster\.json cannot be read: take it away"):
        roster.add(["bob"])


def test_others_on_the_machine_cannot_look_into_the_class(tmp_path):
    place = Place(tmp_path / "class")
    place.make()
    place.make()
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700
