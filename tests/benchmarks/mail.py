"""Mail servers under Postfix's `smtp-source -s 10 -m 2000 -l 4096`, each in a process of its own on loopback, in turns:
a connection for each letter, and (-d) ten kept connections. The lab's mail host keeps each letter in a mailbox; plain
aiosmtpd (its Controller, a handler that answers 250) and the Node program of notebook 05 throw it away."""

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measuring import TIMES, Row, memory, need, ratio, seconds, serving, stop

LETTERS = 2000
WAYS = {"a connection a letter": [], "kept connections": ["-d"]}

LABS = """
import time
from helpers.lab import Lab
lab = Lab()
print(lab.route("mx1.outlook.test", 25)[1], flush=True)
time.sleep(3600)
"""
AIOSMTPD = """
import time
from aiosmtpd.controller import Controller

class Handler:
    async def handle_DATA(self, server, session, envelope):
        return "250 2.0.0 OK"

class Picked(Controller):
    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()

controller = Picked(Handler(), hostname="127.0.0.1", port=0, server_hostname="mx.example")
controller.start()
print(controller.port, flush=True)
time.sleep(3600)
"""
NODE = """
const {SMTPServer} = require('smtp-server');
const server = new SMTPServer({
  allowInsecureAuth: true, authOptional: true,
  onConnect(session, callback) { callback(); },
  onMailFrom(address, session, callback) { callback(); },
  onRcptTo(address, session, callback) { callback(); },
  onData(stream, session, callback) { stream.on('data', () => {}); stream.on('end', callback); },
});
server.listen(0, '127.0.0.1', () => console.log(server.server.address().port));
"""


def rows() -> Iterator[Row]:
    source = need("smtp-source", "postfix")
    need("npm", "npm")
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "install", "--silent", "--prefix", folder, "smtp-server@3.21.6"], check=True)
        program = Path(folder) / "server.js"
        program.write_text(NODE)
        servers = {
            "lab": serving(sys.executable, "-c", LABS),
            "aiosmtpd": serving(sys.executable, "-c", AIOSMTPD),
            "Node": serving(need("node", "nodejs"), str(program)),
        }
        names = {"lab": "a mail host of the lab", "aiosmtpd": "plain aiosmtpd", "Node": "the Node program"}
        try:
            for way, flags in WAYS.items():
                rates = {name: [] for name in servers}
                for _ in range(TIMES):
                    for name, (_, port) in servers.items():
                        rates[name].append(LETTERS / seconds(lambda p=port, f=flags: send(source, p, f)))
                for name, found in rates.items():
                    beside = ratio(found, rates["aiosmtpd"]) if name != "aiosmtpd" else ""
                    yield Row(f"{names[name]}, {way}", found, "letters/s", beside, "1" if name == "lab" else "")
            for name, (process, _) in servers.items():
                yield Row(f"memory of {names[name]} afterwards", [memory(process.pid)], "MB", limit="report only")
        finally:
            for process, _ in servers.values():
                stop(process)


def send(source: str, port: int, flags: list[str]) -> None:
    command = [source, "-s", "10", "-m", str(LETTERS), "-l", "4096", *flags, "-M", "out.gmail.test"]
    command += ["-f", "ada@gmail.test", "-t", "support@outlook.test", f"inet:127.0.0.1:{port}"]
    subprocess.run(command, check=True, timeout=120)
