"""lesson.toml: what is read from it, and the sentence for each mistake in one."""

import subprocess
import sys

import pytest

from helpers import lessons
from helpers.check import lesson, registry
from helpers.lessons import amiss, beliefs

HINTS = 'hints = ["Look at the first line.", "Look at the second line.", "Take both, in this order."]'
MISTAKES = 'MISTAKES = {"e": (("no", "No"), ("nay", "No"))}\nHAPPENED = {"p": 1}\n'
OPTION = '[[predict.p.option]]\ntext = "t"\nis = 1\nfeedback = "f"\n'
QUESTION = f'[predict.p]\nquestion = "Which?"\n\n{OPTION}\n{OPTION}'
EXERCISE = f'[exercise.e]\nasks = "a word"\n{HINTS}\n'
REPLY = "[[exercise.e.reply]]\n"
TAKES_ALL = f'{REPLY}wrong = "No."\n'
RIGHT = f'{REPLY}says = "yes"\nright = "Yes."\n'


@pytest.fixture
def written(tmp_path, lessons_in):
    """Call it with what a lesson.toml says after its first two lines, and the texts of other files of the lesson."""

    def write(text, beliefs="", **files):
        folder = tmp_path / "95_written"
        folder.mkdir(exist_ok=True)
        (folder / "lesson.toml").write_text(f"minutes = [5]\njourney = [1]\n{text}")
        (tmp_path / "beliefs.toml").write_text(beliefs)
        for name, content in {"mistakes": MISTAKES, **files}.items():
            (folder / f"{name}.py").write_text(content)
        lessons_in(tmp_path)

    return write


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = [", "lesson.toml: this is no TOML: Invalid value (at end of document)."),
        (
            "nonsense = 1",
            "lesson.toml, line 3, nonsense = 1: there is no key `nonsense`; the keys are exercise, journey, ",
        ),
        (
            EXERCISE.replace("exercise", "excercise"),
            ", line 3, [excercise.e]: there is no key `excercise`; the keys are",
        ),
        (EXERCISE + EXERCISE, "lesson.toml: this is no TOML: Cannot declare ('exercise', 'e') twice"),
        (QUESTION.replace("question", "asks"), ", line 3, [predict.p]: there is no key `asks`"),
        (QUESTION.replace('question = "Which?"\n', ""), ", line 3, [predict.p]: `question` is missing."),
        (QUESTION.replace(OPTION, "", 1), ", line 3, [predict.p]: a question needs two options at least."),
        (QUESTION + OPTION.replace("is", "was"), ", line 15, [[predict.p.option]]: there is no key `was`"),
        (QUESTION.replace('"Which?"', "3"), ", line 3, [predict.p]: `question` takes a text."),
        (
            QUESTION.replace("[[predict.p.option]]", "[predict.p.option]", 1).replace(OPTION, ""),
            "`option` takes a list of",
        ),
        (EXERCISE.replace('"Look at the first line."', "1"), "`hints` takes a list of texts."),
        (QUESTION + OPTION.replace("is = 1", ""), ", line 15, [[predict.p.option]]: it says nothing of what it stands"),
        (QUESTION + OPTION.replace("is = 1", "says = 3"), "`says` takes a text, or a list of texts."),
        (QUESTION + OPTION.replace("is = 1", 'starts = ""'), "`starts` takes a text, or a list of texts."),
        (
            QUESTION + OPTION.replace("is = 1", "between = [3]"),
            "`between` takes the least and the most, as in [3, inf].",
        ),
        (QUESTION + OPTION.replace("is = 1", "length = [3, 1]"), "`length` takes the least and the most"),
        (
            EXERCISE.replace(', "Take both, in this order."', ""),
            ", line 3, [exercise.e]: 3 hints are wanted, and it has 2.",
        ),
        (EXERCISE + 'code = "method"', "code is one of function, async function, class, and not 'method'."),
        (EXERCISE + 'stage_of = "f"', "`stage_of` is for code, and it does not say code = ..."),
        (EXERCISE + 'code = "class"\n' + TAKES_ALL, "code is judged by judges.py and not by replies."),
        (EXERCISE + RIGHT, ", line 6, [[exercise.e.reply]]: the last reply has to take every other answer"),
        (EXERCISE + TAKES_ALL, ", line 6, [[exercise.e.reply]]: none of the replies says right = ..."),
        (EXERCISE + TAKES_ALL + RIGHT, ", line 8, [[exercise.e.reply]]: the one above takes every answer"),
        (EXERCISE + RIGHT + 'wrong = "x"', "a reply says either right = ... or wrong = ..."),
        (EXERCISE + RIGHT + 'belief = "b"\n' + TAKES_ALL, "a right answer stands for no belief."),
    ],
)
def test_a_mistake_is_one_sentence_with_the_file_the_table_and_its_line(text, sentence, written):
    written(text)
    with pytest.raises(lesson.LessonError) as raised:
        registry.of("95_written")
    assert str(raised.value).startswith("notebooks/lessons/95_written/lesson.toml")
    assert sentence in str(raised.value) and "\n" not in str(raised.value)
    assert amiss.in_lesson("95_written") == [str(raised.value)]


@pytest.mark.parametrize(
    ("text", "files", "sentences"),
    [
        (EXERCISE, {}, ["values.py has no function e to judge it by.", "answers.py has no answer e."]),
        (EXERCISE + 'code = "function"', {"answers": "def e(): ..."}, ["judges.py has no function e to judge it by."]),
        (
            EXERCISE + 'code = "function"\nstage_of = "f"',
            {"answers": "from os import path as e", "judges": "def e(f): ..."},
            ["stages.py has no answer e.", "stage_of names the exercise that it grows into, and there is no f."],
        ),
        (
            EXERCISE + RIGHT + TAKES_ALL,
            {"answers": "e = 1", "mistakes": "MISTAKES = {'e': (('no', 'No'),)}"},
            ["line 3, [exercise.e]: MISTAKES in mistakes.py wants two wrong answers to it at least."],
        ),
        (QUESTION, {"mistakes": ""}, ["[predict.p]: HAPPENED in mistakes.py wants a value such as the run gives."]),
        (QUESTION, {"values": "def ("}, ["95_written/values.py, line 1: this does not parse: invalid syntax."]),
        (EXERCISE + RIGHT + TAKES_ALL, {"answers": "from os import path as e"}, []),
        (EXERCISE + RIGHT + TAKES_ALL, {"answers": "e: str = 'yes'"}, []),
        (
            EXERCISE + RIGHT + TAKES_ALL + 'belief = "odd"',
            {"answers": "e = 'yes'"},
            ["line 9, [[exercise.e.reply]]: beliefs.toml has no belief odd."],
        ),
        (
            QUESTION.replace("is = 1", 'by = "odd"', 1),
            {},
            ["line 6, [[predict.p.option]]: values.py has no function odd."],
        ),
        (
            QUESTION.replace("[[", 'meets = ["odd"]\n[[', 1),
            {},
            ["line 3, [predict.p]: beliefs.toml has no belief odd."],
        ),
        (
            QUESTION,
            {"values": "x = 1\ndef e(a):\n    return wrong('No.', belief='odd')"},
            ["95_written/values.py, line 3: beliefs.toml has no belief odd."],
        ),
    ],
)
def test_what_is_named_and_not_there_is_told(text, files, sentences, written):
    written(text, **files)
    told = amiss.sentences()
    assert len(told) == len(sentences) and all(map(str.endswith, told, sentences)), told


def test_a_name_in_two_lessons_is_told(written, tmp_path):
    written(QUESTION)
    (tmp_path / "96_other").mkdir()
    (tmp_path / "96_other" / "lesson.toml").write_text(QUESTION)
    assert amiss.sentences() == ["[predict.p] stands in two lessons, 95_written and 96_other."]


def test_a_step_that_there_is_not_is_told(written, tmp_path):
    written(QUESTION)
    file = tmp_path / "95_written" / "lesson.toml"
    file.write_text(file.read_text().replace("[1]", "[2, 33]"))
    assert amiss.sentences() == [
        "notebooks/lessons/95_written/lesson.toml: minutes are a list of numbers, "
        'and journey one of steps from 1 to 6, "queue" and "report".'
    ]


def test_what_a_lesson_of_the_course_needs_beside_it_is_told(tmp_path, lessons_in, monkeypatch):
    folder = tmp_path / "notebooks" / "lessons" / "95_new"
    folder.mkdir(parents=True)
    monkeypatch.setattr(lessons, "FOLDER", folder.parent)
    (folder / "lesson.toml").write_text("minutes = [5]\njourney = [1]\n")
    (folder.parent / "96_begun").mkdir()
    lessons_in(folder.parent)
    assert amiss.sentences() == [
        "notebooks/lessons/95_new/letter.eml is missing.",
        "notebooks/95_new.ipynb is missing.",
        "notebooks/lessons/96_begun/lesson.toml is missing.",
    ]


def test_a_belief_that_nothing_meets_is_told(written):
    written(QUESTION.replace("is = 1", 'is = 1\nbelief = "flat"', 1), '[flat]\nsaid = "a"\nso = "b"\n')
    assert amiss.sentences() == [] and beliefs.met_by() == {"flat": ["p a), 95"]}
    written(QUESTION, '[flat]\nsaid = "the earth is flat"\nso = "it is round"\n')
    assert amiss.sentences() == ["Nothing meets the belief flat."]


def test_prose_may_be_broken_into_lines_as_it_pleases(written):
    written(QUESTION.replace('"Which?"', "'''\nWhich\n   one?'''"))
    assert registry.prediction("p").question == "Which one?"


def test_a_mistake_in_one_lesson_leaves_the_others_alone(written, tmp_path):
    written(QUESTION)
    (tmp_path / "96_broken").mkdir()
    (tmp_path / "96_broken" / "lesson.toml").write_text("[exercise.other]\nnonsense = 1\n")
    assert registry.prediction("p").name == "p"
    with pytest.raises(lesson.LessonError, match=r"line 1, \[exercise.other\]|`journey` is missing"):
        registry.exercise("other")


def test_without_the_folder_helpers_says_so(lessons_in, tmp_path):
    lessons_in(tmp_path / "gone")
    with pytest.raises(lessons.NoLessons, match="The lessons are not where they should be.*git checkout -- notebooks"):
        registry.exercise("any")


@pytest.mark.parametrize(
    ("module", "words"),
    [
        ("beliefs", "    met by: change_seen a), 01; change_seen c), 01; still_old, 01; ns2_says a), 02\n"),
        ("amiss", ""),
    ],
)
def test_the_makers_commands(module, words):
    done = subprocess.run([sys.executable, "-m", f"helpers.lessons.{module}"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert words in done.stdout
