"""What every notebook has in common: its frame, its headings, its cells, its exercises, its links."""

import re
from functools import cache

import nbformat
import pytest

from helpers import lessons
from helpers.check import registry
from helpers.lessons import journey
from tests.notebooks import beginning, other_kernel, progress_line
from tests.notebooks.store import NOTEBOOKS

ALL = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
LONGEST_CELL = 15  # lines
FOLDED = 2  # pieces of prose in a notebook
WIDEST_LINE = 88  # characters
CALL = re.compile(r"\bcheck\.(\w+)\(")
PREDICTED = re.compile(r'\bcheck\.(predict|happened)\("(\w+)"')
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)\)")

pytestmark = pytest.mark.parametrize("path", ALL, ids=lambda path: path.stem)


@cache
def cells(path):
    return nbformat.read(path, as_version=4).cells


def prose(path) -> list[str]:
    return [cell.source for cell in cells(path) if cell.cell_type == "markdown"]


def code(path) -> list:
    return [cell for cell in cells(path) if cell.cell_type == "code"]


def headings(path) -> list[tuple[int, str]]:
    text = re.sub(r"^```.*?^```", "", "\n\n".join(prose(path)), flags=re.MULTILINE | re.DOTALL)
    return [(len(match[1]), match[2]) for match in re.finditer(r"^(#+) (.+)$", text, re.MULTILINE)]


def test_one_title_and_no_level_skipped(path):
    levels = [level for level, _ in headings(path)]
    assert levels.count(1) == 1 and levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    assert headings(path)[0][1].startswith(f"{path.stem[:2]} ")


def test_the_frame_is_there(path):
    opening = beginning.frame(path)
    assert re.search(r"\*\*Time:\*\* \d+( \+ \d+)? minutes", opening)
    assert "**You need:**" in opening
    verbs = re.search(r"\*\*Afterwards you will be able to\*\*\n\n((?:- .+\n)+)", opening)
    assert 3 <= len(verbs[1].strip().splitlines()) <= 5
    assert f"![{journey.alt_text(journey.here(path.stem))}](../notebooks/images/journey_{path.stem[:2]}.svg)" in opening
    recap = next(text for text in prose(path) if text.startswith("## Recap"))
    assert 1 <= len(re.findall(r"^- ", recap, re.MULTILINE)) <= 6
    later = sorted(name for other in path.parent.glob("[0-9]*.ipynb") if (name := other.name) > path.name)
    assert re.search(rf"\*\*Next:\*\* .*{re.escape(f'({later[0]})') if later else ''}", prose(path)[-1])


def test_what_to_do_with_another_kernel_stands_right_above_the_first_code_cell(path):
    book = nbformat.read(path, as_version=4)
    assert other_kernel.above_first_code(book).source.endswith(f"\n\n{other_kernel.SENTENCE}")
    assert len(other_kernel.SENTENCE.split()) <= 25
    assert sum(text.count("No module named 'helpers'") for text in prose(path)) == 1
    assert not other_kernel.put(book)


def test_the_line_of_progress_is_at_the_top_and_at_the_end(path):
    book = nbformat.read(path, as_version=4)
    asked = [cell for cell in book.cells if f'check.progress("{path.stem}")' in cell.source]
    assert len(asked) == 2 and len({repr(cell.outputs[-1].data) for cell in asked}) == 1
    assert not progress_line.put(book, path.stem)


def test_no_cell_is_long(path):
    for cell in code(path):
        assert len(cell.source.splitlines()) <= LONGEST_CELL, cell.source
        assert cell.source.strip()


def test_no_error_is_stored_that_its_cell_does_not_expect(path):
    for cell in code(path):
        assert cell.execution_count is not None, cell.source
        failed = [output.ename for output in cell.outputs if output.output_type == "error"]
        assert bool(failed) == ("raises-exception" in cell.metadata.get("tags", [])), cell.source
        assert not [o for o in cell.outputs if o.output_type == "stream" and o.name == "stderr"], cell.source


def test_images_have_alternative_texts_and_links_hold_in_both_folders(path):
    for text in prose(path):
        for image, words, target in LINK.findall(text):
            assert len(words.strip()) >= (30 if image else 3), (words, target)
            assert words.strip().lower() not in ("here", "link", "click here")
            if target.startswith("https://"):
                continue
            if target.startswith("#"):
                assert target[1:] in {heading.replace(" ", "-") for _, heading in headings(path)}, target
                continue
            for folder in (NOTEBOOKS, NOTEBOOKS.parent / "my-course"):
                there = (folder / target.partition("#")[0]).resolve()
                laid = NOTEBOOKS / there.name if there.parent.name == "my-course" else there
                assert laid.exists(), target


def test_each_exercise_of_the_lesson_is_in_the_notebook_and_has_all_its_parts(path):
    called = {name for cell in code(path) for name in CALL.findall(cell.source)}
    own = registry.of(path.stem).exercises
    assert own and own.keys() <= called
    assert [hint for exercise in own.values() for hint in exercise.hints if len(hint) <= 20] == []
    for exercise in own.values():
        assert exercise.reference_answer() is not None
        assert any("**Exercise" in text for text in prose(path))


def test_each_prediction_is_asked_before_the_run_and_answered_after_it(path):
    order = [found for cell in code(path) for found in PREDICTED.findall(cell.source)]
    for name in registry.of(path.stem).predictions:
        assert ("predict", name) in order and ("happened", name) in order, name
        assert order.index(("predict", name)) < order.index(("happened", name))
    assert {name for _, name in order} <= lessons.owners("predict").keys()


def test_no_prose_announces_what_a_question_s_answer_was(path):
    """What explains it is in the note; a reader of the unrun page meets a heading, code, or something folded."""
    order = [found for cell in code(path) for found in PREDICTED.findall(cell.source)]
    assert len(order) == len(set(order)), "a question is asked twice, or answered twice"
    for cell, after in zip(cells(path), cells(path)[1:], strict=False):
        if cell.cell_type == "code" and "check.happened(" in cell.source and after.cell_type == "markdown":
            assert after.source.startswith(("#", "<details>")), f"after {cell.source}: {after.source}"
    assert sum(text.count("<details>") for text in prose(path)) <= FOLDED


def test_the_picture_is_the_one_that_is_drawn(path):
    picture = NOTEBOOKS / "images" / f"journey_{path.stem[:2]}.svg"
    assert picture.read_text(encoding="utf-8") == journey.svg(journey.here(path.stem))


def test_links_to_rfcs_name_a_section_or_a_whole_rfc(path):
    for text in prose(path):
        for _, _, target in LINK.findall(text):
            if "rfc-editor.org" in target:
                assert re.fullmatch(r"https://www\.rfc-editor\.org/rfc/rfc\d+(#(section|appendix)-[\dA-Z.]+)?", target)


def test_no_line_of_code_is_wider_than_a_window_or_a_projector(path):
    wide = [line for cell in code(path) for line in cell.source.splitlines() if len(line) > WIDEST_LINE]
    assert not wide
