"""smtp-sink, which comes with Postfix to try mail clients: a receiver of letters. (swaks only sends.)"""

import os
import subprocess
import time

from tests.conftest import find_peer
from tests.peers import notebook_05
from tests.peers.places import free_place, listens


class Sink:
    """smtp-sink, running as mail.learner.test. `kept` are the letters that it has written down."""

    def __init__(self, lab, folder, *options):
        self.folder = folder
        ip, port = free_place()
        command = [find_peer("smtp-sink"), *(["-u", "root"] if os.geteuid() == 0 else []), "-d", f"{folder}/kept."]
        self.process = subprocess.Popen([*command, *options, f"{ip}:{port}", "20"])
        end = time.monotonic() + 10
        while not listens(ip, port):
            assert time.monotonic() < end and self.process.poll() is None
            time.sleep(0.02)
        lab.publish(notebook_05.zone())
        lab.serve("mail.learner.test", 25, (ip, port))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(5)

    @property
    def kept(self) -> list[bytes]:
        return [path.read_bytes() for path in self.folder.glob("kept.*")]
