"""How a test runs a program in a network namespace that has the cast's addresses."""

import json
import os
import subprocess
import sys
import textwrap

from tests.conftest import missing

HEAD = """
import json
import subprocess

from helpers.lab import Lab

lab = Lab(real_addresses=True)

def show(**facts):
    print(json.dumps(facts))

def run(*command):
    print(subprocess.run(command, capture_output=True, text=True, timeout=30).stdout)
"""


def inside(tmp_path, program: str) -> str:
    """Run a program in a namespace that has the cast's addresses, with a lab called `lab`; return what it prints."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        missing("needs root on Linux, to make a network namespace")
    file = tmp_path / "program.py"
    file.write_text(HEAD + textwrap.dedent(program))
    done = subprocess.run(
        [sys.executable, "-m", "tests.peers.namespace", str(file)], capture_output=True, text=True, timeout=140
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def learn(tmp_path, program: str) -> dict:
    """Run a program in such a namespace; return the facts that it shows, as in `show(copies=2)`."""
    printed = inside(tmp_path, program)
    return {name: fact for line in printed.splitlines() for name, fact in json.loads(line).items()}
