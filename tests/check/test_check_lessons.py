"""Every lesson: references pass, blanks do not, wrong answers get the feedback meant for them, and all is filled in."""

import ast
import pkgutil

import pytest

from helpers import check
from helpers.check import registry, source
from helpers.check.exercise import HINTS, CodeExercise, source_with

EXERCISES = list(registry.exercises())
PREDICTIONS = list(registry.predictions())
SAMPLES = ["order", "first_word", "is_greeting", "Tally", "later", "length"]


@pytest.fixture(params=[*EXERCISES, *(pytest.param(name, id=f"sample-{name}") for name in SAMPLES)])
def exercise(request, sample):
    return registry.exercises()[request.param]


@pytest.fixture(params=[*PREDICTIONS, pytest.param("colour", id="sample-colour")])
def prediction(request, sample):
    return registry.predictions()[request.param]


def _blanked(text):
    """A definition with `...` in place of each function's body."""
    module = ast.parse(text)
    for node in ast.walk(module):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [ast.Expr(ast.Constant(...))]
    return ast.unparse(module)


def test_a_mistake_that_no_longer_fits_its_reference_is_an_error():
    assert "def _blamed(text)" in source_with(_blanked, ("_blanked", "_blamed"))
    with pytest.raises(LookupError, match="no such text"):
        source_with(_blanked, ("no such" + " text", ""))


def test_the_reference_answer_passes(exercise, cells):
    result = exercise.check(exercise.reference_answer())
    assert result.passed, result


def test_the_shown_reference_passes_when_it_is_pasted_into_a_cell(exercise, cells):
    assert exercise.check(cells.run(exercise.reference_source(), exercise.function)).passed


def test_a_blank_stub_does_not_pass(exercise, cells):
    assert exercise.check(...).passed is None
    if isinstance(exercise, CodeExercise):
        piece = source.find(exercise.reference_answer(), exercise.function)
        stub = cells.run(f"from __future__ import annotations\n{_blanked(piece.text)}", exercise.function)
        assert exercise.check(stub).passed is None


def test_each_wrong_answer_gets_the_feedback_meant_for_it(exercise, cells):
    assert len(exercise.wrong) >= 2
    for answer, phrase in exercise.wrong:
        given = cells.run(answer, exercise.function) if isinstance(exercise, CodeExercise) else answer
        result = exercise.check(given)
        assert result.passed is False
        assert phrase in " ".join(result.parts), (answer, result)


def test_an_exercise_is_filled_in(exercise):
    assert len(exercise.hints) == len(set(exercise.hints)) == HINTS and all(exercise.hints)
    assert exercise.asks and not exercise.asks.endswith((".", ","))
    assert exercise.name.isidentifier()


def test_no_exercise_hides_behind_a_name_of_the_package():
    submodules = {module.name for module in pkgutil.iter_modules(check.__path__)}
    assert not (set(vars(check)) | submodules) & set(EXERCISES)


def test_exactly_one_option_is_what_happens(prediction):
    check.happened(prediction.name, prediction.example)
    assert 2 <= len(prediction.options) <= 6


def test_a_prediction_is_filled_in(prediction):
    texts = [option.text for option in prediction.options]
    feedbacks = [option.feedback for option in prediction.options]
    assert len(set(texts)) == len(set(feedbacks)) == len(texts) and all(texts) and all(feedbacks)
    assert prediction.question.endswith("?") and prediction.name.isidentifier()
    # A widget shows them as they are.
    assert "`" not in prediction.question + "".join(texts)
