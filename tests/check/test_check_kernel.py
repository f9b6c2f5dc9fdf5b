"""In a real kernel, run as nbval runs it (without history): where sources come from, and what a view sends."""

import os
from pathlib import Path

import pytest

from tests import over_ipc

HERE = Path(__file__).parent
ROOT = HERE.parents[1]

SETUP = f"""
from pathlib import Path
from helpers import check, lessons
from helpers.check import keeping
lessons.__path__[:] = [{str(HERE / "lessons")!r}]
"""


class Kernel:
    """A kernel whose cells are run one by one."""

    def __init__(self, folder):
        self.manager = over_ipc.manager(kernel_name="python3")
        path = os.pathsep.join([str(ROOT), str(HERE)])
        self.manager.start_kernel(cwd=str(folder), env={**os.environ, "PYTHONPATH": path})
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, cell):
        """Run a cell; returns its output as one mapping of MIME types, and what it printed under "stdout"."""
        shown = {"stdout": ""}

        def collect(message):
            content = message["content"]
            if message["msg_type"] in ("execute_result", "display_data"):
                shown.update(content["data"])
            elif message["msg_type"] == "stream":
                shown["stdout"] += content["text"]
            elif message["msg_type"] == "error":
                shown["error"] = content["evalue"]

        self.client.execute_interactive(cell, store_history=False, output_hook=collect, timeout=60)
        return shown

    def messages(self, cell):
        """Run a cell; returns all that it put out, in turn, as pairs of a message's kind and its content."""
        heard = []
        self.client.execute_interactive(
            cell, store_history=False, output_hook=lambda m: heard.append((m["msg_type"], m["content"])), timeout=60
        )
        return [(kind, content) for kind, content in heard if kind not in ("status", "execute_input")]

    def text(self, cell):
        """The text face of a cell's output, on one line."""
        shown = self.run(cell)
        return " ".join(shown.get("text/plain", shown.get("error", "")).split())

    def stop(self):
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@pytest.fixture(scope="module")
def kernel(tmp_path_factory):
    made = Kernel(tmp_path_factory.mktemp("elsewhere"))
    made.run(SETUP)
    yield made
    made.stop()


def test_a_function_with_imports_of_other_cells(kernel):
    kernel.run("import dns\nimport dns.name as names")
    kernel.run("import dns.rdatatype\nfrom struct import pack")
    kernel.run(
        "def first_word(line):\n    assert dns.rdatatype.MX and names.root and pack('B', 1)\n"
        "    return line.split()[0].upper()"
    )
    assert kernel.text("check.first_word(first_word)") == "first_word: passed Verbs are read in any case."


def test_the_last_definition_counts_when_a_cell_is_run_again(kernel):
    kernel.run("def first_word(line):\n    return 1")
    assert "it gave 1" in kernel.text("check.first_word(first_word)")
    kernel.run("def first_word(line):\n    return line.split()[0].upper()")
    assert "passed" in kernel.text("check.first_word(first_word)")
    kernel.run("def first_word(line):\n    return 1")
    assert "it gave 1" in kernel.text("check.first_word(first_word)")


def test_classes_with_and_without_methods(kernel):
    kernel.run("from collections import Counter")
    kernel.run(
        "class Tally:\n    def __init__(self):\n        self.seen = Counter()\n    def add(self, reply):\n"
        "        self.seen[reply] += 1\n    total = property(lambda self: sum(self.seen.values()))"
    )
    assert "passed" in kernel.text("check.Tally(Tally)")
    kernel.run("class Tally:\n    total = 3\n    add = print")
    assert "After one reply the total was 3." in kernel.text("check.Tally(Tally)")


@pytest.mark.parametrize("magic", ["%%time", "%%time\n"])
def test_a_cell_under_a_timing_magic(kernel, magic):
    kernel.run(f"{magic}\ndef first_word(line):\n    return line.split()[0].upper()")
    assert "begins with `%%time`" in kernel.text("check.first_word(first_word)")
    kernel.run(f"{magic}\nclass Tally:\n    total = 1\n    def add(self, reply): print()")
    assert "begins with `%%time`" in kernel.text("check.Tally(Tally)")


def test_a_cell_with_other_magics(kernel):
    kernel.run("%%capture\nimport re as pattern\ndef first_word(line):\n    return pattern.split(' ', line)[0].upper()")
    assert "passed" in kernel.text("check.first_word(first_word)")
    kernel.run("%pwd\nimport re as other\n!true\ndef first_word(line):\n    return other.split(' ', line)[0].upper()")
    assert "passed" in kernel.text("check.first_word(first_word)")


def test_what_ipython_adds_is_the_notebooks(kernel):
    kernel.run("def first_word(line):\n    display(line)\n    return line.split()[0].upper()")
    assert "It leans on `display`" in kernel.text("check.first_word(first_word)")
    kernel.run("def first_word(line):\n    get_ipython()\n    return line.split()[0].upper()")
    assert "It leans on `get_ipython`" in kernel.text("check.first_word(first_word)")
    kernel.run("import os\ndef first_word(line):\n    open(os.devnull).close()\n    return line.split()[0].upper()")
    assert "passed" in kernel.text("check.first_word(first_word)")


def test_a_cell_with_await_at_its_top(kernel):
    kernel.run(
        "import asyncio\nawait asyncio.sleep(0)\nasync def later(n):\n    await asyncio.sleep(0)\n    return n + 1"
    )
    assert kernel.text("await later(1)") == "2"
    assert "passed" in kernel.text("check.later(later)")


def test_a_view_in_a_kernel(kernel):
    first = kernel.run("check.predict('colour')")
    assert "application/vnd.jupyter.widget-view+json" in first
    kernel.run("check.predict('colour', 'b')")
    again = kernel.run("check.predict('colour')")
    assert again == first, "one model, and faces that do not change with the choice"
    assert "You predicted: b) green & blue" in kernel.text("check.happened('colour', 3)")


def test_keeping_in_a_kernel(kernel, tmp_path):
    copy = tmp_path / "my-course"
    copy.mkdir()
    kernel.run(f"keeping.folder = lambda: Path({str(copy)!r})")
    try:
        kernel.run("from dataclasses import dataclass")
        kernel.run("@dataclass\nclass Tally:\n    total: 'int' = 0\n    def add(self, reply):\n        self.total += 1")
        assert "Kept in my-course/mymail.py." in kernel.text("check.Tally(Tally)")
        taken = kernel.run("Tally = check.take('Tally')\nTally(total=5).total")
        assert taken["text/plain"] == "5" and taken["stdout"] == "Tally: yours, from my-course/mymail.py.\n"
        assert "passed" in kernel.text("check.Tally(Tally)"), "what was taken can be checked"
    finally:
        kernel.run("keeping.folder = lambda: None")


def test_a_check_that_takes_a_while_says_so_until_its_verdict_is_there(kernel):
    kernel.run("def first_word(line):\n    import time\n    time.sleep(0.3)\n    return line.split()[0].upper()")
    shown = kernel.messages("print('before')\ncheck.first_word(first_word)")
    kinds = [kind for kind, _ in shown]
    assert kinds == ["stream", "display_data", "update_display_data", "execute_result"]
    (_, printed), (_, checking), (_, after), (_, verdict) = shown
    assert printed["text"] == "before\n" and "passed" in verdict["data"]["text/plain"]
    assert checking["data"]["text/plain"] == "first_word: checking ..." and checking["transient"] == after["transient"]
    assert after["data"] == {"text/plain": "", "text/html": ""}


def test_a_check_that_is_quick_or_blank_or_of_a_value_says_nothing_before_its_verdict(kernel):
    kernel.run("from helpers.check import child\nchild.QUIET = 60.0\ndef first_word(line): return 'EHLO'")
    assert [kind for kind, _ in kernel.messages("check.first_word(first_word)")] == ["execute_result"]
    kernel.run("child.QUIET = 0.0")
    assert [kind for kind, _ in kernel.messages("check.order(['b', 'a'])")] == ["execute_result"]
    kernel.run("def first_word(line): ...")
    assert [kind for kind, _ in kernel.messages("check.first_word(first_word)")] == ["execute_result"]
    kernel.run("child.QUIET = 0.2")


def test_a_long_check_says_how_far_it_is(kernel):
    heard = kernel.messages(
        "from helpers.check import notes\n"
        "with notes.Checking('queue') as checking:\n"
        "    child.run('helpers.lessons.90_sample.judges:counted', 'f', [('f', 'def f(): ...')], far=checking.say)"
    )
    said = [content["data"]["text/plain"] for _, content in heard]
    assert said[-3:] == ["queue: checking ... 1 of 2", "queue: checking ... 2 of 2", ""]


def test_an_interrupted_check_leaves_the_kernel_well(kernel):
    kernel.run("def first_word(line):\n    while True: pass")
    # After an error a kernel drops what is asked of it at once; here that would be the next question.
    request = kernel.client.execute("check.first_word(first_word)", store_history=False, stop_on_error=False)
    while kernel.client.get_iopub_msg(timeout=30)["msg_type"] != "display_data":  # it says that it is checking
        pass
    kernel.manager.interrupt_kernel()
    while kernel.client.get_shell_msg(timeout=30)["parent_header"].get("msg_id") != request:
        pass
    assert kernel.text("1 + 1") == "2"
