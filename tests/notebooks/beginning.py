"""Where a notebook says what it takes and what it gives."""

import re
from itertools import takewhile
from pathlib import Path

import nbformat


def frame(path: Path) -> str:
    """The time, what is needed, what one can do afterwards, and the picture.

    The first cell has them; where a notebook begins with something to do, the cells from the first heading of level 2
    to the next heading.
    """
    first, *later = (cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown")
    if "**Time:**" in first:
        return first
    begins = next(n for n, text in enumerate(later) if re.search("^## ", text, re.MULTILINE))
    rest = takewhile(lambda text: not text.startswith("#"), later[begins + 1 :])
    return "\n\n".join([later[begins], *rest])
