"""Each section of an RFC that the course links is there.

rfc_sections.tsv has the numbers and titles of the sections of RFCs, read from their texts, a line for each. Of an RFC
whose text was not at hand it has one line, with "-" for the section: links to it are not checked.
"""

import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TABLE = Path(__file__).with_name("rfc_sections.tsv")
KINDS = (".ipynb", ".md", ".py", ".toml", ".js", ".html")
PAGES = sorted(
    [ROOT / "README.md", *(path for top in ("notebooks", "helpers") for path in (ROOT / top).rglob("*"))],
    key=str,
)
LINK = re.compile(r"https?://[\w.-]*(?:rfc-editor|ietf)\.org/[^\s)\"'\\<>`]*")
GOOD = re.compile(r"https://www\.rfc-editor\.org/rfc/rfc(\d+)(?:#(section|appendix)-([A-Z\d]+(?:\.\d+)*))?")
SAID = re.compile(r"RFC (\d+),? (?:section|appendix) ([A-Z\d]+(?:\.\d+)*)")


@cache
def table() -> dict[str, dict[str, str]]:
    """The sections of each RFC: its number, and then titles by number."""
    found: dict[str, dict[str, str]] = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        rfc, section, title = line.split("\t")
        assert section not in found.setdefault(rfc, {}), line
        found[rfc][section] = title
    return found


def wrong(text: str) -> list[str]:
    """What a text links or names, and no RFC of the table has."""
    found = []
    for link in LINK.findall(text):
        match = GOOD.fullmatch(link.rstrip(".,;:"))
        if not match or match[1] not in table() or not there(match[1], match[3] or "", match[2] or ""):
            found.append(link)
    found += [
        match[0] for match in SAID.finditer(text) if match[1] in table() and not there(match[1], match[2].rstrip("."))
    ]
    return found


def there(rfc: str, section: str, kind: str = "") -> bool:
    sections = table()[rfc]
    lettered = section[:1].isalpha()
    return "-" in sections or not section or section in sections and kind in ("", ("section", "appendix")[lettered])


@pytest.mark.parametrize(
    "path",
    [path for path in PAGES if path.suffix in KINDS and path.is_file()],
    ids=lambda path: str(path.relative_to(ROOT)),
)
def test_each_section_that_is_linked_or_named_is_in_its_rfc(path):
    assert wrong(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    ("text", "amiss"),
    [
        ("[quits](https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.10)", False),
        ("[a route](https://www.rfc-editor.org/rfc/rfc5321#appendix-C)", False),
        ("[all of it](https://www.rfc-editor.org/rfc/rfc5321).", False),
        ("[not at hand](https://www.rfc-editor.org/rfc/rfc9989#section-99)", False),
        ("RFC 5321 section 4.5.3.1.8. And more", False),
        ("[no such section](https://www.rfc-editor.org/rfc/rfc5321#section-4.1.1.12)", True),
        ("[no appendix](https://www.rfc-editor.org/rfc/rfc5321#section-C)", True),
        ("[no such RFC here](https://www.rfc-editor.org/rfc/rfc1#section-1)", True),
        ("[another page](https://datatracker.ietf.org/doc/html/rfc5321#section-4)", True),
        ("RFC 5321 section 4.9", True),
    ],
)
def test_a_section_that_is_not_there_is_found(text, amiss):
    assert bool(wrong(text)) is amiss


def test_the_table_has_whole_rfcs():
    for rfc, sections in table().items():
        assert all(title.strip() for title in sections.values()), rfc
        for section in sections:
            above = section.rpartition(".")[0]
            assert "-" in sections or not above or above in sections, (rfc, section)
