"""Measures what the course costs. Run by hand, on a machine that does nothing else:

    python -m tests.benchmarks                  everything (about half an hour)
    python -m tests.benchmarks lab mail         some of it

Each table says how its figures were taken. Ratios are of two things measured in turns in one run.
"""

import importlib
import sys

from tests.benchmarks.measuring import machine

NAMES = ("lab", "checks", "dns", "mail", "queue", "notebooks", "kernels", "starting", "binder", "views")

if __name__ == "__main__":
    unknown = set(sys.argv[1:]) - set(NAMES)
    if unknown:
        sys.exit(f"There is no benchmark called {', '.join(sorted(unknown))}. There are {', '.join(NAMES)}.")
    print(machine(), flush=True)
    for name in sys.argv[1:] or NAMES:
        module = importlib.import_module(f"tests.benchmarks.{name}")
        print(f"\n## {name}\n\n{module.__doc__.strip()}\n", flush=True)
        print("| what | median | least | most | beside | limit |\n| --- | --- | --- | --- | --- | --- |", flush=True)
        for row in module.rows():
            print(row, flush=True)
