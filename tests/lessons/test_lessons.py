"""Every lesson, and the made-up one: references pass, blanks do not, wrong answers get the feedback meant for them."""

import ast
import inspect
import pkgutil
import re
from collections import Counter
from importlib import import_module

import pytest
from helpers.lessons.altered import source_with

from helpers import answers, check, lessons
from helpers.check import registry, source
from helpers.check.exercise import CodeExercise
from helpers.lessons import amiss, beliefs
from tests.learner import SAMPLES

COURSE = lessons.FOLDER
SAMPLE = SAMPLES / "90_sample"
NUMBERED = re.compile(r"_[2-9]$")  # a second right answer of an exercise


def _names(kind):
    """The names of a kind in the course's lessons and in the sample's: parameters for a test."""
    own = [pytest.param((COURSE, name), id=name) for name in lessons.owners(kind)]
    sample = re.findall(rf"^\[{kind}\.(\w+)\]", (SAMPLE / lessons.FILE).read_text(), re.MULTILINE)
    return own + [pytest.param((SAMPLES, name), id=f"sample-{name}") for name in sample]


def _others():
    """Right answers in other styles, each with the folder of its lessons."""
    folders = [*lessons.folders().values(), SAMPLE]
    return [
        pytest.param(folder.parent, folder.name, node.name, id=f"{folder.name[:2]}-{node.name}")
        for folder in folders
        if (folder / "others.py").exists()
        for node in ast.parse((folder / "others.py").read_text(encoding="utf-8")).body
        if isinstance(node, source.DEFINITIONS)
    ]


@pytest.fixture(params=_names("exercise"))
def exercise(request, lessons_in):
    folder, name = request.param
    lessons_in(folder)
    return registry.exercise(name)


@pytest.fixture(params=_names("predict"))
def prediction(request, lessons_in):
    folder, name = request.param
    lessons_in(folder)
    return registry.prediction(name)


def _mistakes(lesson):
    return import_module(f"helpers.lessons.{lesson}.mistakes")


def _blanked(text):
    """A definition with `...` in place of each function's body."""
    module = ast.parse(text)
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [ast.Expr(ast.Constant(...))]
    return ast.unparse(module)


def test_nothing_is_amiss_in_the_lessons(lessons_in):
    assert amiss.sentences() == []
    lessons_in(SAMPLES)
    assert amiss.sentences() == []


def test_every_belief_is_met_by_something_that_is_there():
    assert len(beliefs.table()) == 24
    assert all(beliefs.met_by()[id] for id in beliefs.table())


def test_a_mistake_that_no_longer_fits_its_reference_is_an_error():
    assert "def _blamed(text)" in source_with(_blanked, ("_blanked", "_blamed"))
    with pytest.raises(LookupError, match="no such text"):
        source_with(_blanked, ("no such" + " text", ""))


def test_the_reference_answer_passes(exercise, cells):
    answer = exercise.reference_answer()
    if exercise.function != exercise.name:  # a first stage, which has a name of its own in the course's file
        answer = cells.run(exercise.source_of(answer), exercise.function)
    result = exercise.check(answer)
    assert result.passed, result


def test_the_shown_reference_passes_when_it_is_pasted_into_a_cell(exercise, cells):
    assert exercise.check(cells.run(exercise.reference_source(), exercise.function)).passed


@pytest.mark.parametrize(("folder", "lesson", "name"), _others())
def test_a_right_answer_in_another_style_passes(folder, lesson, name, lessons_in, cells):
    lessons_in(folder)
    exercise = registry.exercise(NUMBERED.sub("", name))
    written = exercise.source_of(getattr(import_module(f"helpers.lessons.{lesson}.others"), name))
    result = exercise.check(cells.run(written, exercise.function))
    assert result.passed, result


def test_a_blank_stub_does_not_pass(exercise, cells):
    assert exercise.check(...).passed is None
    if isinstance(exercise, CodeExercise):
        stub = _blanked(exercise.reference_source())
        assert (
            exercise.check(cells.run(f"from __future__ import annotations\n{stub}", exercise.function)).passed is None
        )


def test_each_wrong_answer_gets_the_feedback_meant_for_it(exercise, cells):
    mistakes = _mistakes(exercise.lesson).MISTAKES[exercise.name]
    assert len(mistakes) >= 2
    for answer, phrase in mistakes:
        given = cells.run(answer, exercise.function) if isinstance(exercise, CodeExercise) else answer
        result = exercise.check(given)
        assert result.passed is False
        assert phrase in " ".join(result.parts), (answer, result)


def test_an_exercise_is_filled_in(exercise):
    assert len(set(exercise.hints)) == 3 and all(exercise.hints)
    assert exercise.asks and not exercise.asks.endswith((".", ","))


@pytest.mark.parametrize("lesson", lessons.folders())
def test_mistakes_are_those_of_the_lesson(lesson):
    mistakes, of = _mistakes(lesson), registry.of(lesson)
    assert mistakes.MISTAKES.keys() == of.exercises.keys()
    assert mistakes.HAPPENED.keys() == of.predictions.keys()


def test_no_exercise_hides_behind_a_name_of_the_package():
    submodules = {module.name for module in pkgutil.iter_modules(check.__path__)}
    assert not (set(vars(check)) | submodules) & lessons.owners("exercise").keys()


def test_every_answer_is_found_by_its_name_alone():
    for name in lessons.owners("exercise"):
        assert getattr(answers, name) is registry.exercise(name).reference_answer()
    with pytest.raises(ImportError, match="cannot import name 'no_such'"):
        from helpers.answers import no_such  # noqa: F401
    with pytest.raises(AttributeError, match="no answer called 'no_such'"):
        answers.no_such  # noqa: B018
    assert inspect.getsource(answers.mail_hosts).startswith("def mail_hosts(domain, resolver):")


def test_exactly_one_option_is_what_happens(prediction):
    lesson = lessons.owners("predict")[prediction.name]
    check.happened(prediction.name, _mistakes(lesson).HAPPENED[prediction.name])
    assert 2 <= len(prediction.options) <= 6


def test_a_prediction_is_filled_in(prediction):
    texts = [option.text for option in prediction.options]
    feedbacks = [option.feedback for option in prediction.options]
    assert len(set(texts)) == len(set(feedbacks)) == len(texts) and all(texts) and all(feedbacks)
    assert prediction.question.endswith("?")
    # A widget shows them as they are.
    assert "`" not in prediction.question + "".join(texts)


@pytest.mark.parametrize("value", [None, "", (), 0, object()], ids=["None", "text", "tuple", "number", "object"])
def test_a_value_of_any_kind_gets_an_answer_or_the_sentence(prediction, value):
    try:
        assert prediction.name in repr(check.happened(prediction.name, value))
    except ValueError as error:
        assert str(error).startswith(f"{prediction.name}: the run gave ")
        assert "run those of this section again" in str(error)


def test_neither_a_letter_nor_the_length_of_an_option_gives_the_right_one_away():
    """A reader who sees only the options guesses no better than chance, which is about a third."""
    letters, shortest, longest, asked = Counter(), 0, 0, 0
    for lesson in lessons.folders():
        happened = _mistakes(lesson).HAPPENED
        for name, prediction in registry.of(lesson).predictions.items():
            sizes = [len(option.text) for option in prediction.options]
            ((letter, right),) = (one for one in prediction.lettered.items() if one[1].matches(happened[name]))
            letters[letter] += 1
            shortest += len(right.text) == min(sizes)
            longest += len(right.text) == max(sizes)
            asked += 1
    assert max(*letters.values(), shortest, longest) <= 0.4 * asked, (letters, shortest, longest, asked)
