"""One letter between two learners, each with a kernel of their own: its transcript, and what SPF and DKIM say.

python3 start.py test tests/lab/test_letter_between_two.py -s        prints the transcript
"""

import json
import subprocess
import sys

import pytest

from helpers.lab.neighbours import talk
from tests.setup.conftest import ROOT

EVE = """
import json, sys
from aiosmtpd.controller import Controller
from helpers.lab import Lab
from helpers.mail.signatures import verify_dkim
from helpers.mail.spf import check_spf
from tests.peers.places import free_place

lab = Lab()
me = lab.join()

class Keeper:
    async def handle_DATA(self, server, session, envelope):
        arrived.append((lab.who(session.peer), session.host_name, envelope.mail_from, envelope.content))
        return "250 2.0.0 Letter kept"

arrived = []
place = free_place()
Controller(Keeper(), hostname=place[0], port=place[1], server_hostname=me.name).start()
lab.serve(me.name, 25, place)
print(json.dumps(me.name), flush=True)
for _ in sys.stdin:
    host, helo, sender, content = arrived.pop(0)
    spf = check_spf(lab, host.address, sender, helo, me.name)
    dkim = [[one.domain, one.result] for one in verify_dkim(lab, content, me.name)]
    walk = [step.server for step in lab.trail.steps]
    told = {"host": str(host), "spf": spf.result, "dkim": dkim, "walk": walk, "content": content.decode()}
    print(json.dumps(told), flush=True)
"""
ADA = """
import json, sys
from helpers.lab import Lab
from helpers.mail.dkim_key import make_key, quoted
from helpers.mail.signatures import sign_dkim

lab = Lab()
me = lab.join()
key = make_key("ed25519")
lab.publish(lab.zone_text(me.name) + f"k1._domainkey TXT {quoted(key.record)}\\n")
print(json.dumps(me.name), flush=True)
for line in sys.stdin:
    to, host, spoilt = json.loads(line)
    letter = f"From: Ada <ada@{me.name}>\\nTo: eve@{to}\\nSubject: Hello\\n\\nFrom one kernel to the other.\\n"
    signed = sign_dkim(lab, letter, key, me.name, "k1")
    if spoilt:
        signed = signed.replace(b"one kernel", b"one colonel")
    delivery = lab.send(signed, host=host or me.name, sender=f"ada@{me.name}")
    print(json.dumps([delivery.fates[f"eve@{to}"].status, repr(delivery)]), flush=True)
"""


class Kernel:
    """A process with a lab that has joined. `name` is its name among the others."""

    def __init__(self, source: str, folder):
        environment = {"PATH": "", "TMPDIR": str(folder), "PYTHONPATH": str(ROOT)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self.process = subprocess.Popen([sys.executable, "-c", source], env=environment, cwd=folder, **pipes)

    def hear(self):
        return json.loads(self.process.stdout.readline())

    def ask(self, *words):
        print(json.dumps(words), file=self.process.stdin, flush=True)
        return self.hear()


@pytest.fixture(scope="module")
def two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    ada, eve = kernels = [Kernel(source, folder) for source in (ADA, EVE)]
    try:
        for kernel in kernels:
            kernel.name = kernel.hear()
        yield ada, eve
    finally:
        for kernel in kernels:
            kernel.process.communicate()
        for note in folder.glob("*/meeting.json"):
            port, secret = json.loads(note.read_bytes())
            talk.tell(port, "", talk.key(secret, ""), do="end")


def test_a_letter_goes_from_one_learner_to_the_server_that_another_wrote(two):
    ada, eve = two
    status, transcript = ada.ask(eve.name, "", False)
    found = eve.ask()
    print(f"\n{transcript}\n\nAt {eve.name}: {found['host']} brought it; SPF: {found['spf']}; DKIM: {found['dkim']}")
    print(f"Asked for its key were: {', '.join(found['walk'])}\n\n{found['content']}")
    assert status == "delivered"
    said = [
        " C: MAIL FROM:",
        " C: RCPT TO:",
        " S: 354",
        " C: From one kernel to the other.",
        " S: 250 2.0.0 Letter kept",
    ]
    places = [transcript.find(words) for words in said]
    assert -1 not in places and places == sorted(places)
    assert f"MX records of {eve.name}: 10 {eve.name}\n" in transcript
    assert found["host"].startswith(f"{ada.name} (192.0.2.")
    assert found["spf"] == "pass" and found["dkim"] == [[ada.name, "pass"]]
    assert found["walk"][-1] == ada.name  # her own name server, where the walk from the root has led


def test_from_another_address_spf_fails_and_the_seal_holds(two):
    ada, eve = two
    assert ada.ask(eve.name, "out.gmail.test", False)[0] == "delivered"
    found = eve.ask()
    assert (found["host"], found["spf"]) == ("out.gmail.test (198.51.100.10)", "fail")
    assert found["dkim"] == [[ada.name, "pass"]]


def test_what_was_changed_on_its_way_has_a_broken_seal(two):
    ada, eve = two
    assert ada.ask(eve.name, "", True)[0] == "delivered"
    found = eve.ask()
    assert found["spf"] == "pass" and found["dkim"] == [[ada.name, "fail"]]
