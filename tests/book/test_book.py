"""The web edition, made by `python -m book` as start.py makes it, read page by page, and looked at in a browser.

Where Sphinx is not installed (python3 start.py book installs it) these are skipped. MAIL_COURSE_PAGES=1000 looks at
every page in the browser, not at a few.
"""

import filecmp
import http.server
import importlib.util
import json
import os
import re
import subprocess
import sys
import threading
import tomllib
from functools import cache, partial
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from playwright.sync_api import sync_playwright

from helpers import lessons
from helpers.check import registry
from helpers.lab import cast
from tests.browser.axe import AXE
from tests.browser.conftest import chromium
from tests.conftest import missing
from tests.hard.amounts import amount
from tests.setup.conftest import ROOT

if not importlib.util.find_spec("sphinx_book_theme"):
    missing("needs what python3 start.py book installs")

from book import extension  # noqa: E402 - it needs Sphinx

pytestmark = pytest.mark.timeout(600)
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
MEGABYTE = 1_000_000
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


def make(folder: Path, seed: int) -> Path:
    environment = {**os.environ, "PYTHONHASHSEED": str(seed), "TZ": f"UTC{seed}"}
    command = [sys.executable, "-P", "-m", "book", "--out", str(folder)]
    done = subprocess.run(command, cwd=folder.parent, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def book(tmp_path_factory) -> Path:
    return make(tmp_path_factory.mktemp("first") / "book", 1)


class Page(HTMLParser):
    """What a page links, loads and shows; `folded` has the text within each kind of <details>, by its class."""

    def __init__(self, file: Path):
        super().__init__()
        self.ids, self.links, self.loads, self.pictures = set(), [], [], []
        self.text, self.folded, self.unfolded = "", [], set()
        self._open: list[tuple[str, int | None]] = []
        self.feed(file.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, given):
        given = dict(given)
        self.ids.add(given.get("id"))
        if tag == "a" and given.get("href"):
            self.links.append(given["href"])
        if tag in ("link", "script", "img", "iframe", "source", "object", "video", "audio"):
            self.loads += [given[name] for name in ("href", "src", "data", "srcset") if given.get(name)]
        if tag == "img":
            self.pictures.append((given.get("src"), given.get("alt")))
        number = None
        if tag == "details":
            number = len(self.folded)
            self.folded.append((given.get("class"), ""))
            self.unfolded |= {given.get("class")} if "open" in given else set()
        if tag not in VOID:
            self._open.append((tag, number))

    def handle_endtag(self, tag):
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, text):
        self.text += text
        for _, number in self._open:
            if number is not None:
                kind, before = self.folded[number]
                self.folded[number] = (kind, before + text)

    def outside(self) -> str:
        """The text that is in no closed answer to a prediction."""
        text = self.text
        for kind, folded in self.folded:
            if kind == "happened":
                text = text.replace(folded, "", 1)
        return text


@cache
def page(file: Path) -> Page:
    return Page(file)


def pages(book: Path) -> list[Path]:
    return sorted(file for file in book.rglob("*.html") if file.relative_to(book).parts[0] != "_static")


def cells(notebook: Path, kind: str) -> list[str]:
    listed = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in listed if cell["cell_type"] == kind]


def test_every_chapter_is_there_and_no_page_is_larger_than_a_megabyte(book):
    names = {str(file.relative_to(book)) for file in pages(book)}
    chapters = {"index", "answers", "glossary", "rfcs", "cast", "search", "notebooks/instructor_guide"}
    chapters |= {f"notebooks/{file.stem}" for file in NOTEBOOKS}
    chapters |= {f"reference/{part}" for part in ("lab", "wire", "mail", "check", "show", "others")}
    assert names >= {f"{name}.html" for name in chapters}
    assert not [file for file in pages(book) if file.stat().st_size > MEGABYTE]


def test_no_link_inside_is_broken(book):
    broken, followed = [], 0
    for file in pages(book):
        for link in page(file).links + page(file).loads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            there = (file.parent / unquote(parts.path)).resolve() if parts.path else file
            followed += 1
            anchor = unquote(parts.fragment)
            lost = anchor and there.suffix == ".html" and there.exists() and anchor not in page(there).ids
            if not there.exists() or lost:
                broken.append(f"{file.relative_to(book)}: {link}")
    assert followed > 1000 and not broken


def test_pages_load_nothing_from_elsewhere(book):
    for file in pages(book):
        assert page(file).loads
        assert not [url for url in page(file).loads if urlsplit(url).netloc], file
    sheets = list(book.rglob("*.css"))
    for sheet in sheets:
        loaded = re.findall(r"(?:@import|url\()\s*['\"]?(?:https?:)?//[^)]*", sheet.read_text(encoding="utf-8"))
        assert not loaded, sheet
    assert len(sheets) > 3


def test_every_picture_has_its_text(book):
    pictures = [(file, *picture) for file in pages(book) for picture in page(file).pictures]
    assert len(pictures) > len(NOTEBOOKS)
    assert not [(file, src) for file, src, text in pictures if not text or text == src]


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda file: file.stem)
def test_what_happens_is_folded_and_its_question_is_not(book, notebook):
    shown = page(book / f"notebooks/{notebook.stem}.html")
    code = "\n".join(cells(notebook, "code"))
    asked = re.findall(r'check\.predict\("(\w+)"', code)
    assert "happened" not in shown.unfolded
    plain, folded = shown.outside(), "".join(text for kind, text in shown.folded if kind == "happened")
    for name in asked:
        assert f'check.predict("{name}")' in plain and f'check.predict("{name}")' not in folded
        assert f'check.happened("{name}"' in folded and f'check.happened("{name}"' not in plain
        question = " ".join(registry.prediction(name).question.split())
        assert question.split("`")[0] in " ".join(plain.split()), name
    assert "To choose a:" not in shown.text  # by a line of code, which no page runs


@pytest.mark.parametrize("notebook", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_page_can_be_downloaded_as_the_notebook_that_it_is(book, notebook):
    copy = book / "_sources/notebooks" / notebook.name
    assert filecmp.cmp(copy, notebook, shallow=False)
    assert f"../_sources/notebooks/{notebook.name}" in page(book / f"notebooks/{notebook.stem}.html").links


def test_each_exercise_has_its_answer_folded(book):
    shown = page(book / "answers.html")
    folded = [text for _, text in shown.folded]
    for name in lessons.owners("exercise"):
        (answer,) = [text for text in folded if text.startswith(f"The course's answer to {name}\n")]
        assert answer.partition("\n")[2].strip() == registry.exercise(name).reference_source().strip()
    assert not shown.unfolded


def test_terms_are_linked_by_the_build(book):
    terms = {name for name in page(book / "glossary.html").ids if name and name.startswith("term-")}
    linked = {link for file in NOTEBOOKS for link in page(book / f"notebooks/{file.stem}.html").links}
    linked = {link.partition("#")[2] for link in linked if link.startswith("../glossary.html#")}
    assert len(terms) > 60
    assert len(terms - linked) < 6  # those stand in links to an RFC and in headings only
    assert page(book / "glossary.html").text.count("First met in ") == len(terms)
    for notebook in NOTEBOOKS:
        for text in cells(notebook, "markdown"):
            assert not re.search(r"^(?:```+|:::+)\{|\{\w+\}`", text, re.MULTILINE)


def test_a_term_is_linked_once_on_a_page_and_where_it_is_explained(book):
    first = (book / "notebooks/00_first_letter.html").read_text()
    assert first.count("glossary.html#term-loopback") == 1
    assert re.search(r"<strong><a [^>]*#term-loopback\"", first)
    # "record" is an ordinary word there before it is a term.
    assert "read the record of its journey" in first


@pytest.mark.parametrize(
    ("term", "text", "found"),
    [
        ("A", "A letter has an A record, and A and AAAA hold addresses.", ["A", "A"]),
        ("A", "A record is what the DNS keeps.", []),
        ("zone", "Zones have their own time zone, and zone.test is a name.", ["Zones"]),
        ("query", "Two queries.", ["queries"]),
        ("MX", "An MX, two MXs, and not mx or MX-1.", ["MX", "MXs"]),
    ],
)
def test_a_word_is_a_term_where_it_means_that(term, text, found):
    assert [one[0] for one in extension.pattern(term).finditer(text)] == found


def test_the_reference_has_code_as_it_stands(book):
    shown = page(book / "reference/wire.html").text
    assert r"written as in a Python string: \r, \n, \x00" in shown
    assert "message = Message.from_wire(octets)\nmessage                # what it says\n" in shown
    assert "check.recall()                  asks three things" in page(book / "reference/check.html").text


def test_the_index_has_every_section_of_an_rfc_that_a_notebook_links(book):
    shown = page(book / "rfcs.html")
    for notebook in NOTEBOOKS:
        for link in re.findall(
            r"\]\((https://www\.rfc-editor\.org/rfc/[^)\s]+)\)", "".join(cells(notebook, "markdown"))
        ):
            assert link in shown.links
        assert any(link.startswith(f"notebooks/{notebook.stem}.html#") for link in shown.links)
    titles = re.findall(r"^RFC \d+.*$", (book / "rfcs.html").read_text(), re.MULTILINE)
    assert all(": " in title for title in titles)


def test_the_map_has_every_host_address_and_person(book):
    text = page(book / "cast.html").text
    for host in cast.CAST:
        assert host.name in text and host.role in text
        assert all(address in text for address in host.addresses)
    for domain, people in cast.PEOPLE.items():
        assert f"{domain}\n{', '.join(people)}\n" in text


@pytest.mark.thorough
def test_the_same_twice_byte_for_byte(book, tmp_path):
    again = make(tmp_path / "book", 2)
    listed = [str(file.relative_to(book)) for file in sorted(book.rglob("*")) if file.is_file()]
    assert listed == [str(file.relative_to(again)) for file in sorted(again.rglob("*")) if file.is_file()]
    _, differ, missed = filecmp.cmpfiles(book, again, listed, shallow=False)
    assert (differ, missed) == ([], [])


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "precious.txt").write_text("mine")
    command = [sys.executable, "-m", "book", "--out", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and "holds something else than a book" in done.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["precious.txt"]


# ---- In a browser


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(book):
    """The book on a web server of this machine: its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(book))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as playwright, chromium(playwright) as browser:
        yield browser


SAMPLE = [
    "notebooks/00_first_letter.html",
    "index.html",
    "cast.html",
    "answers.html",
    "rfcs.html",
    "reference/wire.html",
]
LOOK = "axe.run(document, { resultTypes: ['violations'] })"


@pytest.mark.thorough
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_and_nothing_is_asked_elsewhere(book, site, browser, width, theme):
    others = [str(file.relative_to(book)) for file in pages(book)]
    listed = list(dict.fromkeys(SAMPLE + others))[: amount("PAGES", 3)]
    with browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme) as context:
        for name in listed:
            shown, asked, errors = context.new_page(), [], []
            shown.on("request", lambda request, asked=asked: asked.append(request.url))
            shown.on("console", lambda message, errors=errors: message.type == "error" and errors.append(message.text))
            shown.on("response", lambda one, errors=errors: one.ok or errors.append(f"{one.status} {one.url}"))
            shown.on("pageerror", lambda error, errors=errors: errors.append(str(error)))
            shown.emulate_media(reduced_motion="reduce")
            shown.goto(f"{site}/{name}")
            shown.evaluate("document.querySelectorAll('main details').forEach(one => { one.open = true; })")
            assert asked and not [url for url in asked if not url.startswith(site)]
            assert not errors, (name, errors)  # axe will fetch the sheets again, and misses one
            shown.evaluate(AXE)
            found = shown.evaluate(LOOK)["violations"]
            said = [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]
            assert not said, (name, said[:5])
            assert shown.evaluate("document.documentElement.dataset.theme") == theme
            assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth"), (
                f"{name} is wider than its window"
            )
            shown.close()


def test_the_journey_moves_without_a_kernel_and_its_steps_open(site, browser):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        shown = context.new_page()
        shown.goto(f"{site}/notebooks/00_first_letter.html")
        first, last = shown.locator("[data-view=journey]").first, shown.locator("[data-view=journey]").last
        first.scroll_into_view_if_needed()
        first.get_by_text("✓ Delivered to support@outlook.test").wait_for()  # said when the letter has arrived
        tab = last.get_by_role("tab").nth(1)
        tab.focus()
        shown.keyboard.press("ArrowRight")
        shown.keyboard.press("Enter")
        assert "203.0.113.25" in last.get_by_role("tabpanel").inner_text()
        assert last.get_by_role("tab").nth(2).get_attribute("aria-selected") == "true"


def test_an_open_packet_is_walked_without_a_kernel_and_a_blind_one_tells_nothing(book, site, browser):
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        shown = context.new_page()
        shown.goto(f"{site}/notebooks/06_dns_on_the_wire.html")
        (packet,) = shown.locator("[data-view=packet]").all()
        assert packet.get_by_role("gridcell").count() == 30
        packet.get_by_role("option").filter(has_text="end of name").click()
        assert "outlook.test." in packet.get_by_role("status").first.inner_text()
        packet.get_by_role("gridcell").nth(12).focus()
        shown.keyboard.press("ArrowRight")
        assert "Octet 13 is 6f" in packet.get_by_role("status").first.inner_text()
    assert "What an octet means is said when it is asked for" in page(book / "notebooks/06_dns_on_the_wire.html").text


def test_on_paper_everything_is_open_and_has_come_to_its_end(site, browser):
    with browser.new_context(viewport={"width": 720, "height": 900}) as context:
        shown = context.new_page()
        shown.goto(f"{site}/notebooks/00_first_letter.html")
        closed = shown.locator("details.happened:not([open])")
        folded, journeys = closed.count(), shown.locator("[data-view=journey]")
        shown.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert folded > 0 and closed.count() == 0
        assert "Delivered to support@outlook.test" in journeys.last.inner_text()
        shown.evaluate("dispatchEvent(new Event('afterprint'))")
        assert closed.count() == folded


def test_without_script_the_views_are_there_as_text(book):
    text = page(book / "notebooks/00_first_letter.html").text
    assert "Delivered to support@outlook.test" in text and "The journey of the letter, in six steps" in text
    assert "question 1 type: MX (15)" in page(book / "notebooks/06_dns_on_the_wire.html").text


def test_each_page_says_which_version_it_is_of(book):
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert all(f"Version {version}." in page(file).text for file in pages(book))


def test_a_term_is_found_by_the_search(site, browser):
    with browser.new_context() as context:
        shown = context.new_page()
        shown.goto(f"{site}/search.html?q=backscatter")
        shown.locator("#search-results li a").first.wait_for()
        assert "glossary" in " ".join(shown.locator("#search-results li a").all_inner_texts()).lower()
