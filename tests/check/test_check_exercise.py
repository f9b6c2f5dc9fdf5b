"""Exercises: values, blanks, hints, solutions, and what is looked up by name."""

import re
import subprocess
import sys
from importlib import import_module
from unittest.mock import Mock

import pytest

from helpers import check, lessons
from helpers.check import source
from helpers.check.judging import shown, word, words
from helpers.check.notes import Checking, Code, Note, Rows
from helpers.lab.errors import LabError

pytestmark = pytest.mark.usefixtures("sample")


class Awkward:
    def __str__(self):
        raise RuntimeError("no text")

    __repr__ = __eq__ = __str__
    __hash__ = None


def test_passed_and_not_yet_are_said_in_words():
    passed = check.order(["a", "b"])
    assert passed.passed is True and repr(passed) == "order: passed\nIn order."
    failed = check.order(["b", "a"])
    assert failed.passed is False and repr(failed).startswith("order: not yet\nThe first was b; a comes before b.")
    assert 'check.hint("order")' in repr(failed)
    for said, how, sign in (
        (passed, "Passed", "✓"),
        (failed, "Not yet", "✗"),
        (check.order(...), "Your turn", "○"),
    ):
        bare = re.sub(r' style="[^"]*"', "", said._repr_html_())  # as where style is taken away
        assert f"<p><code>order</code><strong>{sign} {how}.</strong> " in bare


@pytest.mark.parametrize("blank", [..., [...], (..., ...), {"a": ..., "b": [...]}])
def test_left_blank_is_no_error(blank):
    result = check.order(blank)
    assert result.passed is None
    assert repr(result) == "order: your turn\nIn place of `...` put a list of two, and run the cell again."


@pytest.mark.parametrize(
    "answer", [None, 3, b"x", [], {}, set(), object(), lambda: 1, Awkward(), [Awkward()], float("nan")]
)
def test_no_answer_of_any_type_raises(answer):
    for name in ("order", "size", "first_word"):
        assert getattr(check, name)(answer).passed is False


def test_what_the_learner_wrote_is_escaped():
    assert "<script>" not in check.order(["<script>"])._repr_html_()
    assert "&lt;script&gt;" in check.order(["<script>"])._repr_html_()


def test_hints_open_in_turn_and_then_the_solution():
    assert "3 hints are left" in repr(check.solution("order"))
    assert repr(check.hint("order")).startswith("order: hint 1 of 3\nLook at the line.")
    assert "2 hints are left" in repr(check.solution("order"))
    assert "Split it." in repr(check.hint("order"))
    assert "1 hint is left" in repr(check.solution("order"))
    third = repr(check.hint("order"))
    assert "hint 3 of 3" in third and 'open now: `check.solution("order")`' in third
    assert all(hint in repr(check.hint("order")) for hint in ("Look at the line.", "Split it.", "in capitals."))
    assert '    order = ["a", "b"]' in repr(check.solution("order"))


def test_what_passes_opens_the_solution_and_again_closes_it(cells):
    mine = cells.run("def first_word(line):\n    return line.split()[0].upper()", "first_word")
    for name, answer in (("order", ["a", "b"]), ("size", "large"), ("first_word", mine)):
        assert getattr(check, name)(answer).passed, name
        assert "the course's answer" in repr(check.solution(name)), name
        check.again(name)
        assert "3 hints are left" in repr(check.solution(name)), name


def test_a_reference_that_is_not_there_is_an_error_of_the_courses():
    with pytest.raises(source.NoSource, match="`nothing` is not defined there"):
        source.named("other = 1", "nothing")


def test_the_solution_of_a_function_brings_its_imports():
    for _ in range(3):
        check.hint("first_word")
    assert repr(check.solution("first_word")).splitlines()[:5] == [
        "first_word: the course's answer",
        "    import re as regex",
        "",
        "",
        "    def first_word(line):",
    ]


def test_an_unknown_name_lists_near_ones():
    with pytest.raises(AttributeError, match="there is no exercise 'first_wrod'; near it: first_word"):
        check.first_wrod  # noqa: B018
    for call in (check.hint, check.solution):
        with pytest.raises(LookupError, match="there is no exercise 'zzz'; dir"):
            call("zzz")
    with pytest.raises(LookupError, match="there is no kept function 'order'"):
        check.take("order")
    assert not hasattr(check, "_ipython_display_")
    assert {"predict", "order", "first_word"} <= set(dir(check))


def test_two_lessons_may_not_use_one_name(lessons_in, tmp_path):
    for lesson in ("91_one", "92_other"):
        (tmp_path / lesson).mkdir()
        (tmp_path / lesson / "lesson.toml").write_text("[exercise.same]\n")
    lessons_in(tmp_path)
    with pytest.raises(ValueError, match=r"\[exercise.same\] stands in two lessons, 91_one and 92_other"):
        lessons.owners("exercise")


def test_the_import_reads_no_lesson_and_loads_no_heavy_module():
    program = (
        "import sys; from helpers import check, lessons;"
        "heavy = {'subprocess', 'symtable', 'dns', 'IPython', 'asyncio'};"
        "print(heavy & set(sys.modules), lessons.folders.cache_info().currsize)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set() 0"


def test_a_reply_names_the_answer_and_the_belief_behind_it():
    result = check.size(3)
    assert result.parts[0] == "3 is a number, and {sizes} are words." and result.belief == "all_is_red"
    assert check.size("Big.").passed and check.size("Big.").belief == ""
    assert check.order(["b"]).belief == "all_is_red", "a judge may name one too"


def test_a_judge_in_the_child_names_the_belief_too(cells):
    assert check.first_letter(cells.run("def first_word(line):\n    return 3", "first_word")).belief == "all_is_red"


def test_words_are_read_generously():
    assert word(" Outlook.TEST. ") == word(b"outlook.test") == word("'outlook.test'") == "outlook.test"
    assert words("a, B;c -> d") == words(("a", "b ", "C.", "d")) == ["a", "b", "c", "d"]
    assert words({"a", "b"}) is None and words(3) is None


def test_any_value_can_be_shown():
    assert len(shown("x" * 10_000)) < 200 and len(shown(list(range(1000)))) < 200
    assert "`" not in shown("a`b"), "a backtick would end the code that it stands in"
    assert "Awkward" in shown(Awkward())
    assert len(shown(10**5000)) < 200, "Python refuses to write out so long a number"


def test_a_note_wraps_prose_and_leaves_code_as_it_is():
    note = Note("t", "so", ("word " * 40, Code("x = 1\n\n  y\n"), Rows([("a", "`b` < c")])))
    text = repr(note).splitlines()
    assert max(map(len, text)) <= 96 and text[-4:] == ["    x = 1", "", "      y", "  a: `b` < c"]
    html = note._repr_html_()
    assert "><code>x = 1\n\n  y\n</code></pre>" in html and "<code>b</code> &lt; c" in html


def test_outside_a_kernel_a_check_that_goes_on_shows_nothing(capsys):
    with Checking("first_word") as checking:
        checking.say("1 of 2")
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("error", [OSError("the machine is busy"), LabError("the machine is busy")])
def test_trouble_of_the_machine_is_not_laid_to_the_answer(error, monkeypatch):
    monkeypatch.setattr(import_module("helpers.lessons.90_sample.values"), "order", Mock(side_effect=error))
    told = check.order(["a", "b"])
    assert told.passed is False
    assert told.parts[0] == "The check could not be finished, and not for your answer: the machine is busy"
