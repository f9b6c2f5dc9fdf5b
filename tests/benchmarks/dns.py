"""Name servers under dnsperf for 3 s at a time, over UDP, each in a process of its own on loopback, in turns: the lab's
authoritative server, dnslib's (its zone resolver), and NSD, with the zone outlook.test and the same questions, one in
five about a name that is not there. NSD is C and is there to show the scale."""

import importlib.util
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.measuring import ROOT, TIMES, Row, free_port, need, ratio, serving, stop

ZONE = ROOT / "helpers/lab/zones/outlook.test.zone"
NAMES = "outlook.test MX", "mx1.outlook.test A", "outlook.test TXT", "nobody.outlook.test A", "mx2.outlook.test MX"

LABS = """
import asyncio
from helpers.lab import zones
from helpers.lab.authority import Authority
from tests.lab.alone import listen

async def main():
    zone = zones.of_the_cast("outlook.test.")
    service = await listen(Authority({zone.origin: zone}).answer)
    print(service.listening.endpoint[1], flush=True)
    await asyncio.sleep(3600)

loop = asyncio.SelectorEventLoop()
loop.run_until_complete(main())
"""
DNSLIB = """
import sys, time
from dnslib.server import DNSServer, DNSLogger
from dnslib.zoneresolver import ZoneResolver
zone = open(sys.argv[1]).read()
server = DNSServer(ZoneResolver(zone), address="127.0.0.1", port=int(sys.argv[2]), logger=DNSLogger("-request,-reply"))
server.start_thread()
print(sys.argv[2], flush=True)
time.sleep(3600)
"""


def rows() -> Iterator[Row]:
    need("dnsperf", "dnsperf")
    if not importlib.util.find_spec("dnslib"):
        sys.exit("This benchmark needs dnslib in this environment: pip install dnslib")
    with tempfile.TemporaryDirectory() as folder:
        questions = Path(folder) / "questions"
        questions.write_text("\n".join(NAMES) + "\n")
        flat = Path(folder) / "zone"  # dnslib's parser knows no relative names in the data, and no comments in brackets
        flat.write_text(absolute(ZONE.read_text()))
        servers = {
            "lab": serving(sys.executable, "-c", LABS),
            "dnslib": serving(sys.executable, "-c", DNSLIB, str(flat), str(free_port())),
            "NSD": nsd(Path(folder)),
        }
        try:
            time.sleep(1)
            rates = {name: [] for name in servers}
            for _ in range(TIMES):
                for name, (_, port) in servers.items():
                    rates[name].append(dnsperf(port, questions))
        finally:
            for process, _ in servers.values():
                stop(process)
    yield Row("the lab's authoritative server", rates["lab"], "queries/s", ratio(rates["lab"], rates["dnslib"]), "1")
    yield Row("dnslib's server", rates["dnslib"], "queries/s")
    yield Row("NSD", rates["NSD"], "queries/s", limit="report only")


def absolute(text: str) -> str:
    """A zone's text with one record a line and full names, as dnspython writes it."""
    import dns.zone

    zone = dns.zone.from_text(text, origin="outlook.test.", relativize=False)
    return "".join(
        f"{name} {rdataset.ttl} IN {rdata.rdtype.name} {rdata.to_text()}\n"
        for name, rdataset in sorted(zone.iterate_rdatasets(), key=lambda pair: pair[1].rdtype.name != "SOA")
        for rdata in rdataset
    )


def nsd(folder: Path) -> tuple[subprocess.Popen, int]:
    port = free_port()
    conf = folder / "nsd.conf"
    conf.write_text(
        f"server:\n  ip-address: 127.0.0.1@{port}\n  username: root\n  zonesdir: {folder}\n  database: ''\n"
        f"  pidfile: ''\n  xfrdfile: ''\n  zonelistfile: {folder}/zone.list\n  logfile: {folder}/log\n"
        f"  rrl-ratelimit: 0\n  server-count: 1\n"
        f"remote-control:\n  control-enable: no\nzone:\n  name: outlook.test\n  zonefile: {ZONE}\n"
    )
    return subprocess.Popen([need("nsd", "nsd"), "-d", "-c", str(conf)], stdout=subprocess.PIPE, text=True), port


def dnsperf(port: int, questions: Path) -> float:
    """Answered queries a second."""
    command = ["dnsperf", "-s", "127.0.0.1", "-p", str(port), "-d", str(questions), "-l", "3", "-t", "1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    lost = float(re.search(r"Queries lost:\s+\d+ \(([\d.]+)%\)", done.stdout)[1])
    assert lost < 1, done.stdout
    return float(re.search(r"Queries per second:\s+([\d.]+)", done.stdout)[1])
