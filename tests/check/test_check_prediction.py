"""Predictions: choosing, what happened, and the widget's static faces."""

import subprocess
import sys

import pytest

from helpers import check
from helpers.check import prediction

pytestmark = pytest.mark.usefixtures("sample")

TEXT = """\
colour: Which colour is <it>?
  a) red
  b) green & blue
  c) blue
  d) grey
To choose a: check.predict("colour", "a")"""


def test_the_text_face_is_the_question_and_never_changes():
    view = check.predict("colour")
    assert repr(view) == TEXT
    check.predict("colour", "b")
    assert repr(view) == repr(check.predict("colour")) == TEXT


def test_the_static_html_is_escaped_and_never_changes():
    before = check.predict("colour")._repr_html_()
    assert "<strong>Which colour is &lt;it&gt;?</strong>" in before and "<p>b) green &amp; blue</p>" in before
    check.predict("colour", "b")
    assert check.predict("colour")._repr_html_() == before


def test_outside_a_kernel_there_is_no_widget():
    assert set(check.predict("colour")._repr_mimebundle_()) == {"text/plain", "text/html"}


def test_plain_python_never_imports_the_widget_packages():
    program = (
        "import sys; from helpers import check; print(check.predict('mx_holds'));"
        "check.predict('mx_holds', 'b'); check.happened('mx_holds', '10 mx1.outlook.test.');"
        "assert not {'anywidget', 'ipywidgets', 'IPython'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("mx_holds: What does an MX record")


def test_in_a_kernel_one_widget_serves_all_views(monkeypatch):
    monkeypatch.setattr(prediction, "in_kernel", lambda: True)
    check.predict("colour", "a")
    first, second = (check.predict("colour")._repr_mimebundle_() for _ in range(2))
    view = "application/vnd.jupyter.widget-view+json"
    assert first[view]["model_id"] == second[view]["model_id"]
    assert first["text/plain"] == TEXT
    assert "Which colour" in first["text/html"]
    widget = prediction._widgets["colour"]
    assert widget.choice == "a", "running the cell again keeps the choice"
    assert widget.options == [["a", "red"], ["b", "green & blue"], ["c", "blue"], ["d", "grey"]]
    widget.choice = "b"  # as a click does
    assert "You predicted: b) green & blue" in repr(check.happened("colour", 3))
    check.predict("colour", "c")
    assert widget.choice == "c"
    widget.close()


@pytest.mark.parametrize("letter", ["b", "B", " b ", "b)", "b."])
def test_a_line_of_code_chooses(letter):
    assert repr(check.predict("colour", letter)).splitlines() == [
        "colour: noted",
        "You predict b) green & blue. Now run on and see.",
    ]
    assert "as you predicted" in repr(check.happened("colour", 3))


@pytest.mark.parametrize("letter", ["e", "", "red", 2, ["a"], object()])
def test_an_unknown_letter_gets_a_sentence_and_changes_nothing(letter):
    check.predict("colour", "a")
    said = repr(check.predict("colour", letter))
    assert "there is no option" in said and "Choose a, b, c or d, in quotes." in said
    assert "Your choice is still a) red." in said
    assert "You predicted: a) red" in repr(check.happened("colour", 3))


def test_nothing_chosen_is_said_kindly():
    said = repr(check.happened("colour", 3))
    assert said.splitlines()[:2] == ["colour: what happened", "b) green & blue"]
    assert "You predicted" not in said and "Green is what it was." in said
    assert check.happened("colour", 3)._repr_html_().lower().count("what happened") == 1


def test_the_feedback_of_the_chosen_option_and_of_the_true_one():
    check.predict("colour", "a")
    told = check.happened("colour", 3)
    assert "not as you predicted" in repr(told)
    assert repr(told).index("Red was `1`.") < repr(told).index("Green is what it was.")
    html = told._repr_html_()
    assert '<th scope="row"' in html and "Red was <code>1</code>." in html and "green &amp; blue" in html


def test_a_true_prediction_is_told_once():
    check.predict("colour", "b")
    assert repr(check.happened("colour", 3)).count("Green is what it was.") == 1


def test_a_value_that_matches_nothing_or_twice_raises():
    with pytest.raises(ValueError, match="colour: the run gave 'no', which matches none of the options"):
        check.happened("colour", "no")
    with pytest.raises(ValueError, match="the run gave 2, which matches options b and d"):
        check.happened("colour", 2)


def test_an_unknown_prediction_is_a_sentence_with_near_names():
    with pytest.raises(LookupError, match="there is no prediction 'color'; near it: colour"):
        check.predict("color")
    with pytest.raises(LookupError, match="there is no prediction 'zzz'"):
        check.happened("zzz", 1)


def test_a_notebook_shows_of_such_an_error_its_sentence_alone():
    for wrong in (
        lambda: check.predict("color"),
        lambda: check.color,
        lambda: check.hint("color"),
        lambda: check.happened("colour", "no"),
    ):
        with pytest.raises((LookupError, AttributeError, ValueError)) as raised:
            wrong()
        (line,) = raised.value._render_traceback_()  # what IPython asks for
        assert str(raised.value) in line and "\n" not in line


def test_the_explanation_is_for_everybody_and_its_links_are_links():
    link = '<a href="https://example.test/colours?a=1&amp;b=2" style="text-decoration:underline">the list</a>'
    for letter in ("b", "a"):
        check.predict("colour", letter)
        told = check.happened("colour", 3)
        assert repr(told).endswith("as the list (https://example.test/colours?a=1&b=2) says.")
        assert f"{link} says." in told._repr_html_()


def test_what_a_learner_wrote_never_becomes_a_link():
    assert "<a " not in check.size("[click](https://mallory.test/)")._repr_html_()
