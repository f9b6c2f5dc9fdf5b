"""The console, typed on by mouse and by keyboard: what both sides said, what is behind one, and what it never says."""

import nbformat
import pytest

from tests.browser import axe

pytestmark = [pytest.mark.installs, pytest.mark.timeout(240)]

NOTEBOOK = "console.ipynb"
CONSOLE = """from helpers.show.console import Console

console = Console(lab, "mx1.outlook.test")
console"""
FACE = "A console to mx1.outlook.test, port 25: type a line, and Enter says it."
LETTER = [
    "EHLO laptop.learner.test",
    "MAIL FROM:<ada@gmail.test>",
    "RCPT TO:<grace@outlook.test>",
    "DATA",
    "From: Ada <ada@gmail.test>",
    "Subject: <b>Tulips</b>",
    "",
    "<img src=x onerror=alert(1)>",
    ".",
]
ANSWERED = "document.querySelector('.mail-console').getAttribute('aria-busy') === 'false'"
WIDER = """box => [box, ...box.querySelectorAll(':not(input)')].filter(
  e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== 'inline').map(e => e.outerHTML)"""
IN_THE_LINE = "document.activeElement.closest('.mail-entry') !== null"


@pytest.fixture
def typist(reader, course):
    """A notebook with a lab and a console, which may be saved."""
    cells = [nbformat.v4.new_code_cell(source) for source in ("from helpers.lab import Lab\n\nlab = Lab()", CONSOLE)]
    metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    nbformat.write(nbformat.v4.new_notebook(cells=cells, metadata=metadata), course.root / "my-course" / NOTEBOOK)
    reader.open(NOTEBOOK)
    reader.run("lab = Lab()")
    reader.run(CONSOLE)
    view(reader).wait_for()
    return reader


def view(reader):
    return reader.page.get_by_role("region", name="Console to mx1.outlook.test, port 25")


def entry(reader):
    return view(reader).get_by_role("textbox", name="Your line to mx1.outlook.test, port 25")


def told(reader, words: str) -> None:
    view(reader).get_by_role("status").get_by_text(words).wait_for()


def say(reader, line: str) -> None:
    entry(reader).fill(line)
    entry(reader).press("Enter")
    reader.wait_for(ANSWERED)


def talk(reader) -> list[str]:
    said = view(reader).get_by_role("group", name="What both sides said").inner_text()
    return [line.strip() for line in said.split("\n") if line.strip()]


def behind(reader) -> list[str]:
    return view(reader).locator(".mail-behind span").all_inner_texts()


def test_a_letter_typed_by_keyboard_alone_passes_the_check_of_the_cell(typist):
    reader, press = typist, typist.page.keyboard.press
    assert talk(reader) == ["✓ S: 220 mx1.outlook.test ESMTP"]
    for _ in range(4):  # the cell's own buttons may come first: one stop
        press("Tab")
        if reader.page.evaluate(IN_THE_LINE):
            break
    for line in LETTER:
        reader.page.keyboard.type(line)
        press("Enter")
    assert reader.page.evaluate(IN_THE_LINE)
    told(reader, "mx1.outlook.test: 250 2.0.0 Letter kept as 0001")
    assert talk(reader)[-4:] == [
        "C:",
        "C: <img src=x onerror=alert(1)>",
        "C: .",
        "✓ S: 250 2.0.0 Letter kept as 0001",
    ]
    for key, shown in [("ArrowUp", "."), ("ArrowUp", LETTER[-2]), ("ArrowUp", ""), ("ArrowUp", LETTER[-4])]:
        press(key)
        assert entry(reader).input_value() == shown
    for _ in range(4):
        press("ArrowDown")
    assert entry(reader).input_value() == ""
    press("Tab")
    press("ArrowRight")
    assert view(reader).get_by_role("radio", name="LF only").is_checked()
    press("Escape")
    assert not reader.page.evaluate("document.querySelector('.mail-console').contains(document.activeElement)")
    assert reader.do("async () => book.content.mode") == "command"
    assert axe.look_in_both_themes(reader) == []
    reader.add('from helpers import check\n\ncheck.letter_to_grace(lab.mailbox("grace@outlook.test"))')
    reader.page.get_by_text("It lies in Grace's mailbox").wait_for()


def test_what_is_behind_one_is_what_the_host_has_granted_and_nothing_more(typist):
    reader = typist
    assert behind(reader) == ["✓ connected", "✓ greeted 220"]
    say(reader, "MAIL FROM:<ada@gmail.test>")
    told(reader, "503")
    assert behind(reader) == ["✓ connected", "✓ greeted 220"]
    for word in ("DATA", "RCPT", "sent"):
        assert not view(reader).get_by_text(word).count()
    assert not view(reader).get_by_text("The same as lines of Python").is_visible()
    for line in LETTER[:4]:
        say(reader, line)
    granted = ["✓ connected", "✓ greeted 220", "✓ EHLO 250", "✓ MAIL 250", "✓ RCPT 250", "✓ DATA 354"]
    assert behind(reader) == granted
    entry(reader).evaluate(
        """input => {
          const clipboardData = new DataTransfer();
          clipboardData.setData('text', 'From: a@b.test\\nSubject: Pasted\\n\\nTwo\\nlines\\n.\\n');
          input.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
        }"""
    )
    told(reader, "Letter kept")
    assert behind(reader) == [*granted[:3], "✓ sent 250"]
    view(reader).get_by_text("The same as lines of Python").click()
    code = view(reader).locator("code").inner_text()
    assert 'print(say(sock, "EHLO laptop.learner.test"))\n' in code and 'b"Subject: Pasted\\r\\n"' in code
    assert "def " not in code


def test_the_end_of_a_line_is_drawn_and_chosen(typist):
    reader = typist
    tail = view(reader).locator(".mail-tail")
    assert tail.inner_text() == "⏎ CR LF"
    view(reader).get_by_label("LF only").click()
    assert tail.inner_text() == "⏎ LF"
    say(reader, "NOOP")
    told(reader, "550 5.5.2 A command ends in CR LF")
    assert talk(reader)[1] == r"C: NOOP\n (line not ended)"
    view(reader).get_by_label("nothing: a piece").click()
    say(reader, "NO")
    told(reader, "Said.")
    view(reader).get_by_label("CR LF").click()
    say(reader, "OP")
    told(reader, "250 2.0.0 OK")
    assert talk(reader)[-2:] == ["C: NOOP", "✓ S: 250 2.0.0 OK"]
    entry(reader).focus()
    number = reader.do("async () => book.content.activeCellIndex")
    reader.page.keyboard.press("Shift+Enter")
    reader.wait_for("number => book.content.activeCellIndex === number + 1", number)


def test_it_says_what_it_cannot_do(typist):
    """A closed connection, a cell run again, an interrupted kernel, a closed lab, a restart."""
    reader = typist
    reader.expected = "Could not restore the debugger state|Canceled future"  # JupyterLab, when a kernel goes
    number = reader.do("async () => book.content.activeCellIndex")
    say(reader, "QUIT")
    told(reader, "221 2.0.0 mx1.outlook.test Goodbye The connection is closed. For another, run its cell again.")
    assert entry(reader).get_attribute("readonly") is not None

    reader.go_to(number)
    reader.do("() => jupyterapp.commands.execute('notebook:run-cell')")
    told(reader, "mx1.outlook.test: 220 mx1.outlook.test ESMTP")
    view(reader).scroll_into_view_if_needed()
    reader.add("print('Begun')\nwhile True: lab.resolver.resolve('outlook.test', 'MX')")
    reader.page.get_by_text("Begun", exact=True).wait_for()
    view(reader).scroll_into_view_if_needed()
    entry(reader).fill("NOOP")
    entry(reader).press("Enter")
    told(reader, "Not said yet: the kernel is busy or was restarted.")
    reader.do("() => jupyterapp.commands.execute('notebook:interrupt-kernel')")
    told(reader, "mx1.outlook.test: 250 2.0.0 OK")

    reader.add("lab.close()")
    told(reader, "The lab is closed, and the connection with it.")
    reader.run("lab = Lab()")
    reader.go_to(number)
    reader.do("() => jupyterapp.commands.execute('notebook:run-cell')")
    told(reader, "mx1.outlook.test: 220 mx1.outlook.test ESMTP")
    reader.do("() => book.sessionContext.restartKernel()")
    told(reader, "The kernel was restarted. For a new connection, run this cell again.")
    assert entry(reader).get_attribute("readonly") is not None

    reader.do("() => book.context.save()")
    reader.do("async () => { book.close(); }")
    reader.wait_for("book.isDisposed")
    reader.open(NOTEBOOK)
    reader.page.get_by_text(FACE).wait_for()


def test_nothing_is_cut_or_scrolled_sideways(typist):
    reader = typist
    for line in LETTER:
        say(reader, line)
    view(reader).get_by_text("The same as lines of Python").click()
    entry(reader).fill("A line that is longer than a narrow window, and still has its end in sight, or so one hopes")
    for width in reader.each_width(1300):
        view(reader).scroll_into_view_if_needed()
        reader.shot(f"wide-{width}")
        assert view(reader).evaluate(WIDER) == []
        assert view(reader).locator(".mail-tail").bounding_box()["x"] < width


def test_an_idle_console_sends_nothing(typist):
    reader, frames = typist, []
    reader.keeps = False  # it changes the page's own functions
    say(reader, "NOOP")
    reader.page.on("websocket", lambda socket: frames.append("opened"))
    reader.page.evaluate(
        """() => {
          window.sent = 0;
          const send = WebSocket.prototype.send;
          WebSocket.prototype.send = function (...all) { window.sent += 1; return send.apply(this, all); };
          window.timers = 0;
          for (const name of ['setTimeout', 'setInterval']) {
            const real = window[name];
            window[name] = (call, ...rest) => {
              if (new Error().stack.includes('blob:')) window.timers += 1;
              return real(call, ...rest);
            };
          }
        }"""
    )
    reader.page.wait_for_timeout(3000)
    assert reader.page.evaluate("[window.sent, window.timers]") == [0, 0] and not frames


def test_two_consoles_end_their_lines_each_as_was_chosen(typist):
    typist.add('Console(lab, "mx1.outlook.test")')
    typist.page.get_by_role("radio", name="LF only").nth(1).check()
    assert typist.page.get_by_role("radio", name="CR LF").nth(0).is_checked()
