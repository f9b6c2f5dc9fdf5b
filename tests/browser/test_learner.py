"""What a learner does in the browser: predict, solve, watch the inbox, interrupt, restart, close and come back."""

import re

import pytest
from playwright.sync_api import expect

pytestmark = [pytest.mark.installs, pytest.mark.timeout(240)]

PLACE = """async () => [book.content.activeCellIndex, book.content.mode, book.content.widgets.map(
  c => [c.model.sharedModel.source, book.content.isSelected(c)])]"""
AMONG_THE_RADIOS = "document.activeElement.closest('fieldset.prediction') !== null"
ASKED, TOLD = 'check.predict("what_is_asked")', 'check.happened("what_is_asked"'


@pytest.fixture
def first_letter(reader):
    """Notebook 00, as far as what happened after its first prediction."""
    reader.open("00_first_letter.ipynb")
    reader.go_to(reader.find(TOLD) + 1)
    reader.do("() => jupyterapp.commands.execute('notebook:run-all-above')")
    reader.page.locator("fieldset.prediction").wait_for()
    return reader


def rows(told: str) -> dict[str, str]:
    """The table of `check.happened`, as text."""
    return dict(re.findall(r"^(You predicted|What happened)\t(.+)$", told, re.MULTILINE))


def test_a_prediction_by_keyboard_alone(first_letter):
    reader, press = first_letter, first_letter.page.keyboard.press
    reader.go_to(reader.find(ASKED))
    before = reader.do(PLACE)
    for _ in range(3):  # the cell's own buttons may come first: one stop
        press("Tab")
        if reader.page.evaluate(AMONG_THE_RADIOS):
            break
    for key, chosen in [("Space", "a"), ("ArrowDown", "b"), ("ArrowDown", "c"), ("ArrowUp", "b")]:
        press(key)
        says = f"You predict {chosen}."
        reader.wait_for("says => document.querySelector('.prediction [role=status]').textContent === says", says)
        assert reader.page.evaluate(AMONG_THE_RADIOS)
    assert reader.do(PLACE) == before
    reader.shot("chosen")
    press("Escape")
    reader.wait_for("document.activeElement.closest('.jp-Notebook') && !document.activeElement.closest('fieldset')")
    reader.page.locator(".prediction input:checked").focus()
    number = reader.do("async () => book.content.activeCellIndex")
    press("Shift+Enter")
    reader.wait_for("number => book.content.activeCellIndex === number + 1", number)
    assert rows(reader.run(TOLD)) == {"You predicted": "b) outlook.test", "What happened": "b) outlook.test"}


def test_a_prediction_by_mouse(first_letter):
    reader = first_letter
    view = reader.page.get_by_role("group", name=re.compile("What is its first DNS question about"))
    view.get_by_text("c) mx1.outlook.test").click()
    view.get_by_text("You predict c.").wait_for()
    told = reader.run(TOLD)
    assert rows(told) == {"You predicted": "c) mx1.outlook.test", "What happened": "b) outlook.test"}
    assert "Not as you predicted" in told


def test_two_predictions_know_nothing_of_each_other(first_letter):
    reader, press = first_letter, first_letter.page.keyboard.press
    reader.add('check.predict("mx_holds")')
    one, other = (reader.page.locator("fieldset.prediction").nth(n) for n in (0, 1))
    one.get_by_text("c) mx1.outlook.test").click()
    expect(one.get_by_role("status")).to_have_text("You predict c.")
    other.get_by_role("radio").first.focus()
    for key, chosen in [("Space", "a"), ("ArrowUp", "c"), ("ArrowDown", "a")]:  # round and round, and never out of it
        press(key)
        expect(other.get_by_role("status")).to_have_text(f"You predict {chosen}.")
    expect(one.get_by_role("radio", name="c)")).to_be_checked()
    expect(one.get_by_role("status")).to_have_text("You predict c.")


MAIL_HOSTS = '''\
def mail_hosts(domain, resolver):
    """Typed in a browser."""
    try:
        found = list(resolver.resolve(domain, "MX"))
    except dns.resolver.NoAnswer:
        return [domain]
    found.sort(key=lambda mx: mx.preference)
    return [str(mx.exchange) for mx in found if str(mx.exchange) != "."]


check.mail_hosts(mail_hosts)'''


def test_an_exercise_solved_by_typing_is_kept_and_used_by_a_later_notebook(reader, course):
    reader.page.goto("about:blank")  # JupyterLab is loaded anew, as by a learner who comes back
    reader.open("01_dns_lookups.ipynb")
    reader.run("import dns.resolver")
    number = reader.find("check.mail_hosts(")
    reader.go_to(number)
    type_over(reader, MAIL_HOSTS)
    assert reader.do("async () => book.content.activeCell.model.sharedModel.source") == MAIL_HOSTS
    reader.page.keyboard.press("Control+Enter")
    cell = reader.page.locator(".jp-Notebook .jp-Cell").nth(number)
    cell.get_by_text("Passed.").wait_for()
    cell.get_by_text("Kept in my-course/mymail.py.").wait_for()
    assert "Typed in a browser." in (course.root / "my-course/mymail.py").read_text()
    reader.shot("passed")

    reader.open("03_smtp_by_hand.ipynb")
    reader.run_all()
    assert reader.troubles() == []
    reader.go_to(reader.find('check.take("mail_hosts")'))  # a cell far away may not be on the page before
    assert "mail_hosts: yours, from my-course/mymail.py." in reader.read('check.take("mail_hosts")')
    reader.add("print(mail_hosts.__doc__, mail_hosts('outlook.test', lab.resolver))")
    reader.page.get_by_text("Typed in a browser. ['mx1.outlook.test.', 'mx2.outlook.test.']").wait_for()


def type_over(reader, text: str) -> None:
    """Replace the selected cell's text by typing, key by key; the editor indents and closes brackets by itself."""
    keyboard = reader.page.keyboard
    keyboard.press("Enter")
    reader.wait_for("book.content.activeCell.editor?.hasFocus()")
    keyboard.press("Control+a")
    keyboard.press("Delete")
    for number, line in enumerate(text.split("\n")):
        if number:
            keyboard.press("Enter")
        indent = len(line) - len(line.lstrip())
        given = reader.do("async () => book.content.activeCell.editor.getCursorPosition().column")
        for _ in range((given - indent) // 4):
            keyboard.press("Backspace")
        keyboard.type(" " * (indent - given) + line.lstrip())


def test_the_inbox_fills_while_another_cell_runs(reader, tmp_path):
    reader.open("05_live_server.ipynb")
    shown = reader.find(")\ninbox")
    reader.go_to(shown + 1)
    reader.do("() => jupyterapp.commands.execute('notebook:run-all-above')")
    inbox = reader.page.get_by_role("region", name="Inbox, live")
    inbox.get_by_text("No letters yet.").wait_for()
    reader.go_to(shown)
    enough = tmp_path / "enough"
    reader.add(
        f"""import pathlib, time
for n in range(3):
    lab.send(TO_ME)
until = time.monotonic() + 30
while not pathlib.Path({str(enough)!r}).exists() and time.monotonic() < until:
    time.sleep(0.05)
print("Seen:", pathlib.Path({str(enough)!r}).exists())"""
    )
    inbox.get_by_text("3 letters.").wait_for()
    assert inbox.get_by_role("option").count() == 3
    assert reader.do("async () => book.sessionContext.session.kernel.status") == "busy"
    reader.page.locator(".jp-Cell.jp-mod-active .jp-InputPrompt", has_text="[*]:").wait_for()
    inbox.scroll_into_view_if_needed()
    reader.shot("filling")
    enough.touch()
    reader.page.get_by_text("Seen: True").wait_for()


def test_an_interrupted_kernel_goes_on(first_letter):
    """In the midst of look-ups, as Kernel, Interrupt does it."""
    reader = first_letter
    reader.go_to(reader.find(TOLD))
    reader.add("print('Begun')\nwhile True:\n    lab.resolver.resolve('outlook.test', 'MX')")
    reader.page.get_by_text("Begun", exact=True).wait_for()
    reader.do("() => jupyterapp.commands.execute('notebook:interrupt-kernel')")
    reader.page.locator(".jp-OutputArea-output", has_text="KeyboardInterrupt").wait_for()
    choose_b(reader)
    reader.run("lab = Lab()")
    reader.page.locator(".journey").get_by_text("Delivered to").first.wait_for()
    assert rows(reader.run(TOLD))["You predicted"] == "b) outlook.test"


def test_after_a_restart_a_prediction_says_what_to_do(first_letter):
    reader = first_letter
    reader.expected = "Could not restore the debugger state"  # JupyterLab, when a kernel goes as it is asked
    choose_b(reader)
    reader.do("() => book.sessionContext.restartKernel()")
    status = reader.page.locator(".prediction").get_by_role("status")
    status.get_by_text("The kernel was restarted. To choose, run this cell again.").wait_for()
    reader.page.locator(".prediction").get_by_text("c) mx1.outlook.test").click()
    status.get_by_text("If it was restarted, run this cell again.").wait_for()
    reader.shot("restarted")
    reader.go_to(reader.find(TOLD) + 1)
    reader.do("() => jupyterapp.commands.execute('notebook:run-all-above')")
    assert "What happened. b) outlook.test" in reader.read(TOLD)
    choose_b(reader)
    assert rows(reader.run(TOLD))["You predicted"] == "b) outlook.test"


@pytest.mark.parametrize("kernel", ["lives", "is gone"])
def test_a_notebook_that_was_closed_opens_with_its_static_faces(first_letter, kernel):
    reader = first_letter
    reader.expected = "Could not restore the debugger state"
    choose_b(reader)
    reader.do("() => book.context.save()")
    if kernel == "is gone":
        reader.do("() => book.sessionContext.shutdown()")
    reader.do("async () => { book.close(); }")
    reader.wait_for("book.isDisposed")
    assert not reader.page.locator(".jp-Dialog").count()

    reader.open("00_first_letter.ipynb")
    face = reader.read(ASKED)
    assert (
        "What is its first DNS question about?" in face and 'To choose a: check.predict("what_is_asked", "a")' in face
    )
    if kernel == "is gone":
        reader.run("from helpers import check")
    reader.run(ASKED)
    says = "Nothing chosen yet." if kernel == "is gone" else "You predict b."
    reader.page.locator(".prediction").get_by_text(says).wait_for()


def test_the_paste_box_draws_hops_and_says_when_its_kernel_was_restarted(reader):
    reader.expected = "Could not restore the debugger state"
    reader.open("04_the_letter.ipynb")
    reader.go_to(reader.find("paste.hops(raw)") + 1)
    reader.do("() => jupyterapp.commands.execute('notebook:run-all-above')")
    box = reader.page.get_by_label("A raw letter, or its header:")
    result = reader.page.locator(".jp-OutputArea-output", has=box).get_by_role("status")
    box.fill("Received: from a.test by b.test; Mon, 2 Mar 2026 09:00:00 +0000\nSubject: One hop\n\n")
    result.get_by_text("b.test").first.wait_for()
    reader.do("() => book.sessionContext.restartKernel()")
    box.fill("Received: from c.test by d.test; Mon, 2 Mar 2026 09:00:00 +0000\n\n")
    result.get_by_text("If it was restarted, run this cell again.").wait_for()


def choose_b(reader) -> None:
    view = reader.page.locator("fieldset.prediction").first
    view.get_by_text("b) outlook.test").click()
    view.get_by_text("You predict b.").wait_for()
