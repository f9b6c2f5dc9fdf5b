"""Runs a program in a network namespace of its own, whose loopback interface has the cast's addresses.

`python -m tests.peers.namespace PROGRAM.py`, as root on Linux. It begins by leaving the machine's network behind, so
what runs here can reach nothing else; the recursive resolver of the lab becomes the system's.
"""

import os
import runpy
import subprocess
import sys
import tempfile

from helpers.lab.cast import CAST, RESOLVER


def enter() -> None:
    """Give the new namespace its addresses and its resolver."""
    commands = ["link set lo up"]
    for host in CAST:
        for address in host.addresses:
            commands.append(f"address add {address}/{'128' if ':' in address else '32'} dev lo")
    subprocess.run(["ip", "-force", "-batch", "-"], input="\n".join(commands), text=True, check=True)
    resolver = next(host.address for host in CAST if host.name == RESOLVER)
    with tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False) as conf:
        conf.write(f"nameserver {resolver}\n")
    os.chmod(conf.name, 0o644)  # Postfix asks as a user who has few rights
    subprocess.run(["mount", "--bind", conf.name, "/etc/resolv.conf"], check=True)


if __name__ == "__main__":
    if sys.argv[1] != "--inside":
        inside = [sys.executable, "-m", "tests.peers.namespace", "--inside", *sys.argv[1:]]
        sys.exit(subprocess.run(["unshare", "--net", "--mount", "--", *inside]).returncode)
    enter()
    runpy.run_path(sys.argv[2], run_name="__main__")
