"""The learner's side. The first `check.predict` of a kernel: the call alone, and what a front end asks of it with the
widget, less `import anywidget` in another fresh kernel. Checks of functions: every reference answer, from the second
check of a process on; each exercise's median of three, the slowest by name, and how many take over 0.3 s."""

import json
import statistics
from collections.abc import Iterator

from jupyter_client.manager import start_new_kernel

from tests.benchmarks.measuring import ROOT, TIMES, Row, python

TIMED = "import time\nbegun = time.perf_counter()\n{}\nprint((time.perf_counter() - begun) * 1000)"
CALL = "from helpers import check\n" + TIMED.format('view = check.predict("what_is_asked")')
WIDGET = "from helpers import check\n" + TIMED.format('view = check.predict("what_is_asked")._repr_mimebundle_()')
CHECKS = """
import json, statistics, time
from helpers import lessons
from helpers.check import registry
from helpers.check.exercise import CodeExercise
def once(exercise):
    begun = time.perf_counter()
    assert exercise.check(exercise.reference_answer()).passed, exercise.name
    return time.perf_counter() - begun
code = [one for one in map(registry.exercise, lessons.owners("exercise")) if isinstance(one, CodeExercise)]
code = [one for one in code if not one.stage_of]  # a first stage is pasted, and judged as the grown one is
first = once(code[0])
took = {one.name: statistics.median(once(one) for _ in range(3)) for one in code}
print(json.dumps([first, took]))
"""


def rows() -> Iterator[Row]:
    calls, widgets, plain = [], [], []
    for _ in range(TIMES):
        calls.append(in_kernel(CALL))
        widgets.append(in_kernel(WIDGET))
        plain.append(in_kernel(TIMED.format("import anywidget")))
    yield Row("the first check.predict in a kernel", calls, "ms", limit="50 ms")
    above = [widget - statistics.median(plain) for widget in widgets]
    yield Row("with its widget, above import anywidget", above, "ms", f"{statistics.median(plain):.4g} ms", "50 ms")
    first, took = json.loads(python(CHECKS))
    yield Row("the first check of a process", [first], "s", limit="report only")
    slow = sum(seconds > 0.3 for seconds in took.values())
    yield Row(f"{len(took)} checks from the second on", list(took.values()), "s", f"{slow} over 0.3 s", "0.6 s")
    for name in sorted(took, key=took.get, reverse=True)[:5]:
        yield Row(f"the slowest: {name}", [took[name]], "s")


def in_kernel(code: str) -> float:
    """What a fresh kernel prints, a number, when it runs the code."""
    manager, client = start_new_kernel(cwd=str(ROOT), extra_arguments=["--log-level=ERROR"])
    printed = []

    def collect(message: dict) -> None:
        printed.append(message["content"]["text"] if message["msg_type"] == "stream" else "")

    try:
        reply = client.execute_interactive(code, timeout=20, output_hook=collect)
        assert reply["content"]["status"] == "ok", reply["content"]
        return float("".join(printed))
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
