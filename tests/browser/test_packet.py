"""The packet, by mouse and by keyboard: octet and meaning, what a pointer leads to, another octet, and blind."""

import nbformat
import pytest
from playwright.sync_api import expect

from tests.browser import axe

pytestmark = [pytest.mark.installs, pytest.mark.timeout(240)]

NOTEBOOK = "packet.ipynb"
ASK = """from helpers.lab import Lab
from helpers.show.packet import Packet

with Lab() as lab, lab.tap("resolver.isp.test", 53) as wire:
    lab.resolver.resolve("outlook.test", "MX")
query, reply = (datagram[2] for datagram in wire.datagrams)"""
BOTH, CHANGE, BLIND = "Packet(query, reply)", "Packet(query, change=True)", "Packet(query, reply, blind=True)"
WIDER = """box => [box, ...box.querySelectorAll('*')].filter(
  e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map(e => e.outerHTML)"""
FOCUSED = "document.activeElement.ariaLabel ?? document.activeElement.textContent"


@pytest.fixture
def made(reader, course):
    """A notebook with two messages, which may be saved, and a cell for each way to look at them."""
    cells = [nbformat.v4.new_code_cell(source) for source in (ASK, BOTH, CHANGE, BLIND)]
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), course.root / "my-course" / NOTEBOOK)
    reader.open(NOTEBOOK)
    reader.run(ASK)
    return reader


class View:
    """The view that a cell has put out."""

    def __init__(self, reader, source: str, message: str = "Query, 30 octets"):
        reader.run(source)
        number = reader.find(source)
        cell = reader.page.locator(f".jp-Cell[data-windowed-list-index='{number}']")
        self.box = cell.get_by_role("region", name="Packet", exact=True)
        self.group = self.box.get_by_role("group", name=message)
        self.group.wait_for()
        self.octets = self.group.get_by_role("grid", name="Octets").get_by_role("gridcell")
        self.meanings = self.group.get_by_role("listbox", name="Meanings").get_by_role("option")
        self.status = self.group.get_by_role("status").first
        self.trouble = self.group.get_by_role("status").last

    def meaning(self, name: str):
        return self.group.get_by_role("option", name=name)

    def lit(self) -> list[int]:
        return self.with_class("mail-marked")

    def with_class(self, name: str) -> list[int]:
        return self.octets.evaluate_all(
            "(all, name) => all.flatMap((one, n) => one.classList.contains(name) ? [n] : [])", name
        )


def enter(reader, view) -> None:
    """Go into the octets by Tab, as who has just run the cell."""
    for _ in range(5):  # the cell's own buttons may come first
        reader.page.keyboard.press("Tab")
        if view.octets.first.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError("no Tab leads there")


def test_octet_and_meaning_are_lit_together_and_a_pointer_is_followed(made):
    view = View(made, BOTH, "Reply, 70 octets")
    assert view.octets.count() == 70 and view.octets.nth(2).inner_text() == "81"
    expect(view.status).to_have_text("Choose an octet or a meaning, by mouse or by arrow keys.")
    view.octets.nth(21).hover()
    assert view.lit() == [20, 21, 22, 23, 24]
    expect(view.meaning("label of 4 octets, test")).to_have_class("mail-marked")
    view.meaning("answer 1 TTL: 300 seconds").hover()
    assert view.lit() == [36, 37, 38, 39]
    made.shot("hover")
    made.page.mouse.move(0, 0)
    assert view.lit() == []
    view.octets.nth(3).click()
    expect(view.status).to_have_text("Octet 3 is 80, the number 128. ≠ flags: 0x8180 (in the query 0x0100)")
    expect(view.group.get_by_role("option", selected=True)).to_have_count(1)
    assert view.with_class("packet-other") == [2, 3, 7]
    view.meaning("bit 8, RA 1: recursion available").click()
    expect(view.status).to_have_text("bit 8, RA 1: recursion available")
    assert view.lit() == [2, 3]
    boxes = view.group.get_by_role("group", name="Bit by bit").locator("code").all_inner_texts()
    assert "".join(boxes) == "1000000110000000"
    view.octets.nth(49).click()
    expect(view.status).to_contain_text("answer 1 exchange: pointer to offset 12: mx2.outlook.test.")
    assert view.lit() == [48, 49] and view.with_class("packet-led") == list(range(12, 26))
    assert view.with_class("packet-pointer") == [30, 31, 48, 49, 50, 51, 68, 69]
    made.shot("pointer")


def test_by_keyboard_alone_an_octet_is_changed_and_put_back(made):
    reader, press = made, made.page.keyboard.press
    view = View(reader, CHANGE)
    cell = reader.do("async () => book.content.activeCellIndex")
    enter(reader, view)
    for key, at in [("ArrowRight", 1), ("ArrowDown", 17), ("ArrowLeft", 16), ("ArrowUp", 0), ("ArrowUp", 0),
                    ("End", 29), ("ArrowRight", 29), ("Home", 0)]:  # fmt: skip
        press(key)
        expect(view.status).to_contain_text(f"Octet {at} is ")
    for _ in range(20):
        press("ArrowRight")
    press("Enter")
    assert reader.page.evaluate("document.activeElement.value") == "04"
    reader.page.keyboard.type("5x")
    press("Enter")
    expect(view.status).to_have_text("Two hexadecimal digits: 00 to ff.")
    press("Control+a")
    reader.page.keyboard.type("05")
    press("Enter")
    expect(view.status).to_have_text(
        r"Octet 20 is 05 (it was 04), the number 5. question 1 name: label of 5 octets, test\000"
    )
    expect(view.trouble).to_have_text(
        "✗ This DNS message goes wrong at offset 29: question 1 class needs 2 octets, with 1 left."
    )
    assert view.with_class("packet-was") == [20] and view.with_class("packet-wrong") == [29]
    assert reader.page.evaluate(FOCUSED) == "05", "who changed an octet stands on it"
    reader.shot("changed")
    press("Tab")
    for _ in range(2):
        press("Tab")
    press("Enter")
    expect(view.status).to_contain_text("Octet 20 is 04, the number 4. question 1 name: label of 4 octets, test")
    expect(view.trouble).to_be_empty()
    assert not view.with_class("packet-was")
    for _ in range(4):
        press("Tab")
    assert reader.page.evaluate(FOCUSED) == "20 to 24\N{EM SPACE}question 1 name: label of 4 octets, test"
    press("ArrowDown")
    expect(view.status).to_have_text("question 1 name: end of name: outlook.test.")
    press("Home")
    assert view.lit() == [0, 1]
    press("Escape")
    assert reader.do("async () => [book.content.activeCellIndex, book.content.mode]") == [cell, "command"]
    view.octets.nth(4).focus()
    press("Shift+Enter")
    reader.wait_for("before => book.content.activeCellIndex === before + 1", cell)


def test_blind_it_tells_what_is_asked_for_and_nothing_else(made):
    view = View(made, BLIND, "Reply, 70 octets")
    page = made.page
    assert not view.meanings.count() and not view.with_class("packet-odd")
    told = view.box.inner_text() + view.box.evaluate("box => box.innerHTML")
    for word in ("pointer", "TTL", "preference", "mx2", "label of", "RCODE"):
        assert word not in told
    view.octets.nth(30).click()
    expect(view.status).to_have_text("Octet 30 is c0, the number 192. Say what it means, then ask.")
    page.keyboard.press("Enter")
    expect(view.status).to_have_text(
        "Octet 30 is c0, the number 192. answer 1 name: pointer to offset 12: outlook.test."
    )
    expect(view.meanings).to_have_count(1)
    assert view.with_class("packet-led") == list(range(12, 26))
    view.octets.nth(42).click()
    view.group.get_by_role("button", name="Ask", exact=True).click()
    expect(view.status).to_contain_text("answer 1 preference: 20")
    made.shot("asked")
    view.group.get_by_role("button", name="Ask all").click()
    expect(view.meanings).to_have_count(37)
    assert not View(made, BLIND).meanings.count(), "the query is blind still"


def test_everybody_can_read_it_and_nothing_scrolls_sideways(made):
    for source in (BOTH, CHANGE, BLIND):
        view = View(made, source)
        view.octets.nth(20).click()
    assert axe.look_in_both_themes(made) == []
    made.do("() => jupyterapp.shell.collapseLeft()")
    view = View(made, BOTH, "Reply, 70 octets")
    for width, line in [(1280, 16), (900, 16), (390, 8)]:
        made.page.set_viewport_size({"width": width, "height": 1000})
        view.group.scroll_into_view_if_needed()
        made.shot(f"wide-{width}")
        assert view.box.evaluate(WIDER) == []
        tops = view.octets.evaluate_all("all => all.slice(0, 17).map(one => one.getBoundingClientRect().top)")
        assert tops.count(tops[0]) == line
        view.octets.first.focus()
        made.page.keyboard.press("ArrowDown")
        expect(view.status).to_contain_text(f"Octet {line} is ")


def test_a_kernel_that_is_gone_is_said_and_the_notebook_can_be_opened_again(made):
    made.expected = r"Kernel: |Canceled future"  # JupyterLab, when a kernel goes
    view = View(made, CHANGE)
    view.octets.nth(2).click()
    made.do("() => book.sessionContext.restartKernel()")
    expect(view.status).to_have_text("The kernel was restarted. To go on, run this cell again.")
    expect(view.group.get_by_role("textbox")).to_be_disabled()
    view.octets.nth(20).click()
    expect(view.status).to_contain_text("label of 4 octets, test")
    made.do("() => book.context.save()")
    made.do("async () => { book.close(); }")
    made.wait_for("book.isDisposed")
    made.open(NOTEBOOK)
    made.page.get_by_text(".change(0, 0xff) puts another octet at offset 0").wait_for()
    made.page.get_by_text("16  6c 6f 6f 6b 04 74 65 73 74 00 00 0f 00 01").wait_for()
