"""The journey picture that all notebooks share: the six steps of a letter, with those marked that a notebook is about.

`python -m helpers.lessons.journey` writes it anew for each notebook into notebooks/images/. What is drawn is in
helpers/show/picture.py.
"""

from __future__ import annotations

from pathlib import Path

from helpers import lessons
from helpers.show import picture

STEPS = picture.STEPS


def here(lesson: str) -> tuple[int | str, ...]:
    """Return what a notebook is about, from its lesson: steps, and perhaps "queue" and "report".

    Takes its name ("08_spf").
    """
    return tuple(lessons.tables(lesson)["journey"])


def alt_text(here: tuple[int | str, ...]) -> str:
    """Return the picture's facts as one text, for whoever cannot see it. It answers no notebook's question."""
    facts = [
        "The journey of a letter in six steps. 1, submission: Ada's program (MUA) hands it to gmail.test (MSA), where "
        "it goes on to the host that sends it (MTA). 2 and 3, first and second question: that host asks the DNS, a "
        "directory of names. 4, conversation: it talks to outlook.test (MTA, MDA). 5, acceptance: outlook.test takes "
        "it in, and a mailbox keeps it (store). 6, fetch: support's program (MUA) reads it."
    ]
    if picture.QUEUE in here:
        facts.append("Beside the sending host is its queue, which keeps a letter too.")
    if picture.REPORT in here:
        facts.append("From the sending host a report goes back to Ada.")
    steps = [step for step in here if step in STEPS]
    marked = " and ".join(f"{step}, {STEPS[step]}" for step in steps)
    return " ".join([*facts, "All six are marked." if set(steps) == set(STEPS) else f"Marked: {marked}."])


def svg(here: tuple[int | str, ...]) -> str:
    """Return the picture as SVG text, with what is in `here` marked. Raises KeyError for a step that there is not."""
    unknown = set(here) - set(STEPS) - {picture.QUEUE, picture.REPORT}
    if unknown:
        raise KeyError(*unknown)
    kinds = {step: "marked" if step in here else "plain" for step in STEPS}
    tag, attributes, *drawn = picture.picture(kinds, extras=[one for one in here if isinstance(one, str)])
    size = {"width": picture.WIDTH * 9 // 8, "height": picture.HEIGHT * 9 // 8}
    said = {"xmlns": "http://www.w3.org/2000/svg", **size, **attributes, "role": "img"}
    rules = ["style", {}, picture.STYLE.read_text(encoding="utf-8")]
    return picture.markup([tag, said, ["title", {}, alt_text(here)], rules, *drawn]).replace("><", ">\n<") + "\n"


def write(folder: Path) -> None:
    """Write the picture of every notebook into a folder, as journey_NN.svg."""
    folder.mkdir(parents=True, exist_ok=True)
    for lesson in lessons.folders():
        (folder / f"journey_{lesson[:2]}.svg").write_text(svg(here(lesson)), encoding="utf-8")


if __name__ == "__main__":
    write(Path(__file__).parents[1] / "images")
