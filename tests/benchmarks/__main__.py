"""Measures what the course costs. Run by hand, on a machine that does nothing else:

    python -m tests.benchmarks                  everything (about three quarters of an hour)
    python -m tests.benchmarks lab mail         some of it
    python -m tests.benchmarks classroom --learners 3

Each table says how its figures were taken. Ratios are of two things measured in turns in one run.
"""

import argparse
import importlib
import sys

from tests.benchmarks.measuring import machine

NAMES = ("lab", "checks", "dns", "mail", "queue", "notebooks", "kernels", "classroom", "starting", "binder", "views")

if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}; without one, all")
    parser.add_argument("--learners", type=int, default=30, help="how many come to the classroom (30)")
    told = parser.parse_args()
    unknown = set(told.names) - set(NAMES)
    if unknown:
        sys.exit(f"There is no benchmark called {', '.join(sorted(unknown))}. There are {', '.join(NAMES)}.")
    print(machine(), flush=True)
    for name in told.names or NAMES:
        module = importlib.import_module(f"tests.benchmarks.{name}")
        rows = module.rows(told.learners) if name == "classroom" else module.rows()
        print(f"\n## {name}\n\n{module.__doc__.strip()}\n", flush=True)
        print("| what | median | least | most | beside | limit |\n| --- | --- | --- | --- | --- | --- |", flush=True)
        for row in rows:
            print(row, flush=True)
