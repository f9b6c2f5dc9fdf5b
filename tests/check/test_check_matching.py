"""What an option or a reply stands for."""

import pytest

from helpers.check.matching import question

THINGS = [
    ({"is": 3}, [3, 3.0], [True, "3", None, [3]]),
    ({"is": True}, [True], [1, "True", None]),
    ({"is": 1}, [1], [True]),
    ({"is": ["pass", 0]}, [["pass", 0], ("pass", 0)], ["pass", ["pass"], ["pass", False], ["pass", 0, 0]]),
    ({"is": [["a"], True]}, [(["a"], True), [("a",), True]], [[["a"], 1]]),
    ({"is": ""}, ["", b""], [None, (), 0]),
    ({"is": "\x00\x0f"}, ["\x00\x0f", b"\x00\x0f"], [b"\x0f\x00"]),
    (
        {"says": "Outlook.test"},
        [" OUTLOOK.test. ", "'outlook.test'", b"outlook.test", ["outlook.test"]],
        ["test", None],
    ),
    ({"says": ["", "none"]}, ["", None, "None."], ["no"]),
    ({"starts": ["2", "C:"]}, ["250 OK", "c: hello", b"220", 250, ["2", "x"]], ["1", "", [], "xc:"]),
    ({"holds": "Propag"}, ["it propagates", ["no", "PROPAGATION"]], ["", [], "prop"]),
    ({"holds": [["250"], ["dot", "data"]]}, ["the 250 after the dot", "data: 250"], ["250", "dot"]),
    ({"length": 2}, ["ab", [1, 2], {1, 2}], [[], 2, None]),
    ({"length": [3, float("inf")]}, ["abc", range(9)], ["ab"]),
    ({"between": [400, 499]}, [400, 450.5, "451", b"499", [450]], [399, 500, "x", None]),
    ({"between": [0, 1]}, [0, 1, "1"], [True, False]),
    ({"starts": "2", "length": 3}, ["250"], ["2", "2500", "350"]),
    ({"by": "even"}, [2, 0], [1, "two", None]),
]


class Values:
    """Stands for a lesson's values.py."""

    @staticmethod
    def even(value):
        return value % 2 == 0


@pytest.mark.parametrize(("table", "yes", "no"), THINGS, ids=lambda part: str(part)[:30])
def test_what_a_key_takes_and_what_it_does_not(table, yes, no):
    ask = question(table, lambda: Values)
    assert [value for value in yes if not ask(value)] == []
    assert [value for value in no if ask(value)] == []


def test_a_table_without_a_key_takes_everything():
    assert question({"wrong": "No."}, lambda: Values) is None


@pytest.mark.parametrize("table", [table for table, _, _ in THINGS])
def test_a_value_of_any_kind_raises_nothing(table):
    class Awkward:
        def __getattribute__(self, name):
            raise RuntimeError(name)

        __str__ = __repr__ = __eq__ = __len__ = __iter__ = lambda self, *_: 1 / 0
        __hash__ = None

    ask = question(table, lambda: Values)
    for value in (None, ..., Awkward(), [Awkward()], object(), {}, b"\xff", "\udcff", float("nan")):
        assert ask(value) in (True, False)
