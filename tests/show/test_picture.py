"""The journey's picture: what it says, what it must not say, and colours that can be read on any page."""

import re
from xml.etree import ElementTree

import pytest

from helpers import lessons
from helpers.lessons import journey
from helpers.show import picture

PAGES = {"JupyterLab light": "#ffffff", "JupyterLab dark": "#111111", "GitHub dark": "#0d1117"}
RULES = dict(
    re.findall(r"^\.journey-(\S+?)(?: |,.*?){ (.+) }$", picture.STYLE.read_text(encoding="utf-8"), re.MULTILINE)
)


def light(colour: str) -> float:
    """The relative luminance of WCAG 2.2."""
    value = colour[1:] if len(colour) == 7 else "".join(2 * c for c in colour[1:])
    parts = [int(value[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(factor * part for factor, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    dark, bright = sorted((light(one), light(other)))
    return (bright + 0.05) / (dark + 0.05)


def fill(rule: str) -> str:
    return re.search(r"fill: (#\w+)", RULES[rule])[1]


@pytest.mark.parametrize("ground", ["plain", "marked", "good", "wait", "bad"])
def test_the_words_of_a_step_can_be_read_on_the_ground_that_comes_with_them(ground):
    assert contrast(fill("step"), fill(ground)) >= 4.5


def test_the_words_in_a_box_can_be_read():
    assert contrast(fill("name"), fill("box")) >= 4.5 and contrast(fill("role"), fill("box")) >= 4.5


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
@pytest.mark.parametrize("shape", ["box", "plain", "marked"])
def test_each_shape_stands_out_from_the_page(shape, page):
    """By what it is filled with, or by its outline."""
    outline = re.search(r"stroke: (#\w+)", RULES[shape])
    colours = [fill(shape), *([outline[1]] if outline else [])]
    assert max(contrast(colour, page) for colour in colours) >= (3 if shape != "marked" else 2.7)


@pytest.mark.parametrize("lesson", lessons.folders())
def test_the_picture_and_its_words_answer_no_question(lesson):
    """No host, no code, nothing of what a record holds, who speaks first, or what a reply promises."""
    for said in (journey.alt_text(journey.here(lesson)), "\n".join(texts(journey.here(lesson)))):
        names = set(re.findall(r"[\w.-]+\.test\b", said))
        assert names <= {"gmail.test", "outlook.test"}
        assert not re.search(r"\d\d|\bMX\b|address|resolver|\broot\b|SMTP|\bport\b|EHLO|responsib|promise", said)


def texts(here) -> list[str]:
    root = ElementTree.fromstring(journey.svg(here))
    return [" ".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]


def test_the_name_of_each_step_stands_at_its_number():
    root = ElementTree.fromstring(journey.svg((2,)))
    stops = [one for one in root.iter() if "journey-stop" in one.get("class", "")]
    said = [" ".join(" ".join(one.itertext()).split()) for one in stops]
    assert said == [f"{step} {name}" for step, name in picture.STEPS.items()]
    marked = ["journey-marked" in one.get("class") for one in stops]
    assert marked == [step == 2 for step in picture.STEPS]
    assert all(len(list(one.iter("{http://www.w3.org/2000/svg}path"))) == 1 for one in stops), "with its arrow"


def test_the_queue_and_the_report_are_drawn_where_they_are_spoken_of():
    assert {"queue", "report"}.isdisjoint(texts((4,))) and {"queue", "report"} <= set(texts((4, "queue", "report")))
    assert "queue" in journey.alt_text((4, "queue")) and "report" in journey.alt_text((4, "report"))
    assert not re.search("queue|report", journey.alt_text((4,)))


@pytest.mark.parametrize("sender, boxes", [("gmail.test", 6), ("out.gmail.test", 7)])
def test_two_programs_of_one_name_are_in_one_box(sender, boxes):
    names = {"taker": "gmail.test", "sender": sender}
    drawn = picture.markup(picture.picture(dict.fromkeys(picture.STEPS, "good"), names=names))
    assert drawn.count('class="journey-box"') == boxes
    assert [drawn.count(f">{words}<") for words in ("gmail.test", "takes it", "sends it")] == [1, 1, 1]


def test_there_is_no_other_step():
    with pytest.raises(KeyError):
        journey.svg((7,))


def test_what_is_written_into_it_is_text():
    evil = '<script>alert("&")</script>'
    names = {key: evil + key for key in picture.PLACES}
    root = ElementTree.fromstring(picture.markup(picture.picture(dict.fromkeys(picture.STEPS, "good"), names=names)))
    assert "script" not in {one.tag for one in root.iter()}
    assert [one.text for one in root.iter("text") if one.get("class") == "journey-name"] == list(names.values())
