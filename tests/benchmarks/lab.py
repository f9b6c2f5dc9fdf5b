"""The lab inside one process. `Lab()`: in fresh processes, the first and then a second one. MX: from a cold cache, by
way of the root, test. and outlook.test. Imports: `import helpers.lab` beside the libraries that it is built on, in
fresh processes. Memory: a kernel that has made a lab and asked it once, beside one with the same imports."""

import json
from collections.abc import Iterator

from jupyter_client.manager import start_new_kernel

from tests.benchmarks.measuring import ROOT, TIMES, Row, memory, python, ratio

LAB = """
import json, time
from helpers.lab import Lab
def ms(work):
    begun = time.perf_counter(); work(); return (time.perf_counter() - begun) * 1000
lab = None
first, second = ms(lambda: Lab()), ms(lambda: Lab())
lab = Lab()
lab.resolver.resolve("gmail.test", "MX")
cold = []
for _ in range(20):
    lab.recursive.flush()
    cold.append(ms(lambda: lab.resolver.resolve("outlook.test", "MX")))
print(json.dumps([first, second, sorted(cold)[10]]))
"""
IMPORTS = "import time; begun = time.perf_counter(); import {}; print((time.perf_counter() - begun) * 1000)"
BUILT_ON = "aiosmtpd.smtp, asyncio, dns.asyncquery, dns.resolver, dns.zone, email.message, email.policy, html, json"
WITH_A_LAB = "from helpers.lab import Lab; lab = Lab(); answer = lab.resolver.resolve('outlook.test', 'MX')"


def rows() -> Iterator[Row]:
    first, second, cold = zip(*(json.loads(python(LAB)) for _ in range(TIMES)), strict=True)
    yield Row("the first Lab() in a process", first, "ms", limit="60 ms")
    yield Row("the next Lab()", second, "ms", limit="30 ms")
    yield Row("MX of outlook.test, cold (20 a process)", cold, "ms", limit="10 ms")
    own, others = [], []
    for _ in range(TIMES):
        own.append(float(python(IMPORTS.format("helpers.lab"))))
        others.append(float(python(IMPORTS.format(BUILT_ON))))
    yield Row("import helpers.lab", own, "ms", ratio(own, others), "1.4")
    lab, plain = [], []
    for _ in range(TIMES):
        lab.append(kernel_memory(WITH_A_LAB))
        plain.append(kernel_memory(f"import {BUILT_ON}"))
    yield Row("memory of a kernel with a lab", lab, "MB", ratio(lab, plain), "report only")


def kernel_memory(code: str) -> float:
    """The memory of a kernel that has run the code, in MB."""
    manager, client = start_new_kernel(cwd=str(ROOT), extra_arguments=["--log-level=ERROR"])
    try:
        reply = client.execute_interactive(code, timeout=20)
        assert reply["content"]["status"] == "ok", reply["content"]
        return memory(manager.provisioner.pid)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
