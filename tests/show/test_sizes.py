"""How much script and style a page may load for the views."""

from pathlib import Path

import helpers

FIRST, EACH_LATER = 70_000, 10_000  # octets: of the first views together, and of each that came later
LATER = ("queue", "switchboard")


def test_script_and_style_of_the_views_are_small():
    files = [file for file in Path(helpers.__file__).parent.rglob("*") if file.suffix in (".js", ".css")]
    later = {view: sum(file.stat().st_size for file in files if file.name.startswith(f"{view}_")) for view in LATER}
    assert all(0 < size <= EACH_LATER for size in later.values()), later
    assert sum(file.stat().st_size for file in files) - sum(later.values()) <= FIRST
