"""Letters between learners: labs that meet, one letter from one to another's server, and what strangers may not do."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from datetime import timedelta
from pathlib import Path

import psutil
import pytest
from aiosmtpd.controller import Controller

from helpers.lab import Lab, LabError
from helpers.lab.neighbours import flowers, places, talk
from helpers.lab.neighbours.class_clock import ClassClock
from helpers.lab.neighbours.note import Note
from helpers.mail.spf import check_spf
from tests.peers.places import free_place
from tests.setup.conftest import ROOT

SECRET = "a secret of this test"
LETTER = "From: ada@gmail.test\nTo: eve@{}\nSubject: Across\n\nFrom kernel to kernel.\n"


@pytest.fixture(scope="module")
def port():
    """A meeting place, a process of its own, which ends after the tests."""
    port = places.start(SECRET)
    yield port
    ask(port, "", do="end")


def ask(port: int, person: str, /, **words) -> dict:
    """Say one line to the meeting place, as any program can; return its answer."""
    line = {"person": person, "key": talk.key(SECRET, person), **words}
    with socket.create_connection(("127.0.0.1", port), 10) as sock:
        sock.sendall(json.dumps(line).encode() + b"\n")
        return json.loads(sock.makefile().readline())


@pytest.fixture
def join(port, monkeypatch):
    """Make a lab of a person's, and join, at another meeting place where its port is given."""
    made = []

    def join(person: str, where: int = port) -> Lab:
        monkeypatch.setenv(places.VARIABLE, f"{where} {person} {talk.key(SECRET, person)}")
        made.append(Lab(beside=True))
        made[-1].join()
        return made[-1]

    yield join
    for each in made:
        each.close()


class Keeper:
    """A learner's server, which notes who brought what."""

    def __init__(self, where: Lab) -> None:
        self.where, self.letters = where, []

    async def handle_DATA(self, server, session, envelope):
        host = self.where.who(session.peer)
        self.letters.append((str(host), envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 2.0.0 kept"


@pytest.fixture
def serve():
    """Put a learner's own server on port 25 of their flower's name."""
    running = []

    def serve(where: Lab) -> Keeper:
        keeper = Keeper(where)
        place = free_place()
        controller = Controller(keeper, hostname=place[0], port=place[1], server_hostname=where.join().name)
        controller.start()
        running.append(controller)
        where.serve(where.join().name, 25, place)
        return keeper

    yield serve
    for controller in running:
        controller.stop()


def test_gmail_of_one_lab_delivers_to_the_server_that_another_wrote(join, serve):
    ada, eve = join("ada"), join("eve")
    name = eve.join().name
    keeper = serve(eve)
    assert name in ada.join().others
    delivery = ada.send(LETTER.format(name))
    assert delivery.fates[f"eve@{name}"].status == "delivered"
    ((who, sender, recipients, content),) = keeper.letters
    assert who == "out.gmail.test (198.51.100.10)"  # so SPF is checked against the address of who really called
    assert (sender, recipients) == ("ada@gmail.test", [f"eve@{name}"])
    assert b"From kernel to kernel." in content


def test_a_learners_own_domain_passes_spf_in_anothers_lab_and_only_from_its_own_address(join, serve):
    ada, eve = join("ada"), join("eve")
    keeper = serve(eve)
    mine = ada.join()
    letter = LETTER.format(eve.join().name).replace("gmail.test", mine.name)
    for host in (mine.name, "out.gmail.test", "laptop.learner.test"):
        ada.send(letter, host=host, sender=f"ada@{mine.name}")
    assert [who for who, *_ in keeper.letters] == [
        f"{mine.name} ({mine.address})",
        "out.gmail.test (198.51.100.10)",
        f"{mine.name} ({mine.address})",  # the learner's laptop is theirs, and not the laptop of whoever receives
    ]
    found = [check_spf(eve, a, f"ada@{mine.name}", mine.name).result for a in (mine.address, "198.51.100.10")]
    assert found == ["pass", "fail"]


def test_a_zone_that_a_learner_publishes_is_seen_by_the_others(join):
    ada, eve = join("ada"), join("eve")
    name = ada.join().name
    ada.publish(ada.zone_text(name).replace("v=spf1 mx -all", "v=spf1 -all").replace(" 1 7200", " 2 7200"))
    assert eve.lookup(name, "TXT").answers == ('"v=spf1 -all"',)


def test_nobodys_server_defers_and_who_has_gone_is_nobody(join):
    ada, eve = join("ada"), join("eve")
    name = eve.join().name
    assert ada.send(LETTER.format(name)).fates[f"eve@{name}"].status == "deferred"
    eve.close()
    until = time.monotonic() + 10
    while name in ada.join().others:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_a_restarted_kernel_comes_back_to_its_name_and_to_the_latest_time(join):
    ada = join("ada")
    name = ada.join().name
    ada.clock.advance(hours=3)
    ada.close()
    again = join("ada")
    assert again.join().name == name and again.join() is again.join()
    later = join("eve")
    assert later.clock.now() >= again.clock.now()
    assert repr(later.join()).startswith(f"You are {later.join().name}, at {later.join().address}.\n")


@pytest.mark.parametrize(
    "words, said",
    [
        ({"key": "0" * 64, "do": "names"}, "The key does not fit"),
        ({"do": "names"}, "Only those who have joined"),
        ({"do": "open", "to": "rose", "port": 25, "source": "192.0.2.101"}, "Only those who have joined"),
        ({"do": "end"}, "Only those who have joined"),
        ({}, "makes no sense"),
        ({"do": "join", "port": "x", "gate": "", "now": 0}, "makes no sense"),
        ({"do": "later", "seconds": 60}, "Only those who have joined"),
        ({"do": "begin"}, "Only those who have joined"),
        ({"do": "board"}, "Only those who have joined"),
    ],
)
def test_the_meeting_place_serves_those_only_who_have_joined(port, words, said):
    assert said in ask(port, "mallory", **words)["no"]


@pytest.mark.parametrize("octets", [b"\n", b"[]\n", b"[" * 70000, b"\xff\n", b"{}\n", b"x" * 200000])
def test_what_is_not_a_line_is_refused_and_the_next_one_is_served(port, octets):
    with socket.create_connection(("127.0.0.1", port), 10) as sock:
        sock.settimeout(10)
        try:
            sock.sendall(octets)
            assert "no" in json.loads(sock.makefile().readline())
        except ConnectionError:
            pass  # it hung up while there was more to read
    assert "no" in ask(port, "mallory", do="names")


def test_a_gate_opens_only_for_the_meeting_place(join):
    gate = join("eve").join()._gate
    with socket.create_connection(gate, 10) as sock:
        sock.sendall(json.dumps({"key": "0", "port": 53, "source": "198.51.100.10"}).encode() + b"\n")
        assert sock.makefile().readline() == ""


def test_too_much_is_refused_for_a_minute():
    secret_port = places.start(SECRET)
    said = [ask(secret_port, "mallory", do="names")["no"] for _ in range(302)]
    assert "more than the meeting place takes in a minute" in said[-1] and "Only those" in said[0]
    assert "Only those" in ask(secret_port, "ada", do="names")["no"]
    ask(secret_port, "", do="end")


def test_one_word_of_the_teachers_ends_it_and_another_begins_it_again(join, serve, port):
    ada, eve = join("ada"), join("eve")
    name = eve.join().name
    keeper = serve(eve)
    assert name in ada.join().others
    sock = ada.connect(eve.join().address, 25)
    assert sock.recv(3) == b"220"
    try:
        assert ask(port, "", do="end")["ended"] is True
        while sock.recv(1000):  # a conversation under way is broken off
            pass
        with pytest.raises(LabError, match="the teacher has ended them"):
            _ = ada.join().others
        assert ada.lookup("outlook.test", "MX").answers  # nothing else has changed
        assert ada.send(LETTER.format(name)).fates[f"eve@{name}"].status == "deferred"
    finally:
        sock.close()
        assert ask(port, "", do="begin")["ended"] is False
    assert name in ada.join().others
    assert ada.send(LETTER.format(name)).fates[f"eve@{name}"].status == "delivered" and len(keeper.letters) == 1


def test_the_board_says_who_shows_themselves_and_whose_server_answers(port, join, serve):
    ada, eve = join("ada"), join("eve")
    serve(eve)
    flower = {lab: lab.join().name.removesuffix(".class.test") for lab in (ada, eve)}
    assert ask(port, "", do="board")["there"] == []
    for person in ("ada", "eve"):
        ask(port, person, do="share", passed=[])
    assert ask(port, "", do="board")["there"] == sorted([[flower[ada], False], [flower[eve], True]])
    for person in ("ada", "eve"):
        ask(port, person, do="unshare")
    assert ask(port, "", do="board")["there"] == []


def test_letters_that_were_ended_stay_so_when_the_meeting_place_starts_again(tmp_path, monkeypatch):
    monkeypatch.setenv("MAIL_COURSE_ENDED", str(tmp_path / "ended"))
    (tmp_path / "ended").touch()
    own = places.start(SECRET)
    assert "the teacher has ended them" in ask(own, "mallory", do="join", port=1, gate="", now=0)["no"]
    assert ask(own, "", do="later", seconds=60)["ended"] is True


def test_a_walk_from_the_root_comes_to_a_learner_through_the_meeting_place(join):
    ada, eve = join("ada"), join("eve")
    name = eve.join().name
    found = ada.lookup(name, "MX")
    assert found.answers == (f"10 {name}",)
    said = [(step.server, step.kind) for step in ada.trail.steps]
    referrals = [(server, "referral") for server in ("a.root-servers.test", "a.nic.test", "ns.class.test")]
    assert said == [*referrals, (name, "answer")]
    assert ada.ask("a.root-servers.test", name, "MX").authority[0].name == "test."  # it knows test., and no more


def test_the_root_and_test_are_the_meeting_places_and_without_it_the_labs_own_say_the_same(monkeypatch):
    own = places.start(SECRET)
    monkeypatch.setenv(places.VARIABLE, f"{own} ada {talk.key(SECRET, 'ada')}")
    with Lab(beside=True) as ada:
        name = ada.join().name
        for server in flowers.ABOVE:  # nothing of its own is left to a server: what it says comes from elsewhere
            ada.authorities[server].zones.clear()
        assert ada.lookup(name, "A").answers == (ada.join().address,)
        ask(own, "", do="end")
        ada.recursive.flush()
        assert ada.lookup(name, "A").outcome == "no answer"
        for server in flowers.ABOVE:
            ada.authorities[server].zones |= flowers.above()
        ada.recursive.flush()
        assert ada.lookup("outlook.test", "A").answers
        assert ada.lookup(name, "A").outcome == "no answer"  # and not "there is none": letters wait


def until(true) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_who_moves_their_clock_moves_everybodys_and_queues_come_back(join, serve, port):
    ada, eve, bob = join("ada"), join("eve"), join("bob")
    moved = ask(port, "", do="later", seconds=60)["now"]  # so that no other test has used up this day
    until(lambda: min(each.clock.timestamp() for each in (ada, eve, bob)) >= moved)
    name, queue = eve.join().name, ada.queue("out.gmail.test")
    assert ada.send(LETTER.format(name)).fates[f"eve@{name}"].status == "deferred"
    keeper = serve(eve)
    begun = max(each.clock.now() for each in (ada, eve, bob))
    bob.clock.advance(days=1)
    until(lambda: len(keeper.letters) == 1 and not len(queue))
    until(lambda: min(ada.clock.now(), eve.clock.now()) >= bob.clock.now() >= begun + timedelta(days=1))
    assert eve.clock.advance(hours=20).now() >= begun + timedelta(hours=44)  # she is ahead: the class's goes no further
    assert ask_time(ada) < eve.clock.timestamp()


def test_what_fails_when_the_clock_moves_throws_nobody_off_the_map(join, port):
    ada, eve = join("ada"), join("eve")

    def fail():
        raise OSError("no space left")

    remove = eve.clock.on_move(fail)
    moved = ask(port, "", do="later", seconds=3600)["now"]
    until(lambda: min(ada.clock.timestamp(), eve.clock.timestamp()) >= moved)
    assert eve.join().name in ada.join().others
    remove()
    moved = ask(port, "", do="later", seconds=3600)["now"]
    until(lambda: eve.clock.timestamp() >= moved)


def ask_time(lab: Lab) -> float:
    """The class's time, as one is told it who moves nothing."""
    return lab._net.run(lab.join()._told(do="move", now=0))["now"]


def test_the_classs_clock_goes_a_day_in_two_minutes_and_the_teachers_word_any_time(monkeypatch):
    clock, real = ClassClock(), [1000.0]
    monkeypatch.setattr("helpers.lab.neighbours.class_clock.time.monotonic", lambda: real[0])
    assert clock.reach(clock.now + 3600)
    begun = clock.now - 3600
    for _ in range(5):  # all move theirs a day
        clock.reach(clock.now + 86400)
    assert clock.now == begun + 86400 and not clock.reach(clock.now + 1)
    real[0] += 120
    assert clock.reach(clock.now + 10 * 86400) and clock.now == begun + 2 * 86400
    assert clock.later(3 * 86400) and clock.now == begun + 5 * 86400
    assert not clock.reach(begun) and not clock.later(-1) and clock.now == begun + 5 * 86400
    assert clock.reach(clock.now + 86400)  # at once after the teacher
    clock.later(10**9)
    assert clock.now == begun + 400 * 86400
    for nothing in (float("nan"), float("inf"), "x"):
        with pytest.raises(ValueError):
            clock.later(nothing)


def test_where_nobody_answers_the_lab_says_so_and_goes_on(monkeypatch, lab):
    monkeypatch.setenv(places.VARIABLE, f"1 ada {talk.key(SECRET, 'ada')}")
    with pytest.raises(LabError, match="Nobody answers at the meeting place. Nothing has changed in this lab."):
        lab.join()
    assert lab.lookup("outlook.test", "MX").answers


def test_every_flower_has_an_address_of_its_own_that_nobody_has(lab):
    machines = [flowers.host(flower) for flower in flowers.FLOWERS]
    assert len({machine.address for machine in machines} | {flowers.SERVER.address}) == len(flowers.FLOWERS) + 1
    assert not {machine.address for machine in machines} & set(lab._net.routes._by_address)


class Mortal:
    """A meeting place that can be killed, and started anew at its port, as JupyterHub does. It looks into a folder."""

    def __init__(self, folder: Path):
        self.port = free_place()[1]
        self.ended, self.note = folder / "ended", folder / "note"
        self.start()

    def start(self) -> None:
        told = {"SECRET": SECRET, "ENDED": str(self.ended), "NOTE": str(self.note)}
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-m", "helpers.lab.neighbours.meeting", str(self.port)],
            env={**os.environ, **{f"MAIL_COURSE_{name}": text for name, text in told.items()}},
            stdout=subprocess.PIPE,
        )
        self.process.stdout.readline()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


@pytest.fixture
def mortal(tmp_path):
    mortal = Mortal(tmp_path)
    yield mortal
    mortal.kill()


def sees(lab: Lab, *names: str) -> bool:
    try:
        return set(names) <= set(lab.join().others)
    except LabError:
        return False


def test_when_the_meeting_place_was_killed_labs_come_back_by_themselves_as_who_they_were(mortal, join, serve):
    eve, ada = (join(person, mortal.port) for person in ("eve", "ada"))
    name, keeper, queue = eve.join().name, serve(eve), ada.queue("out.gmail.test")
    before = [(each.join().name, each.join().address, each.join()._gate) for each in (ada, eve)]
    assert ada.send(LETTER.format(name)).fates[f"eve@{name}"].status == "delivered"
    a_day_later = ada.clock.advance(days=1).now()
    until(lambda: json.loads(mortal.note.read_bytes())["now"] == ada.clock.timestamp() == eve.clock.timestamp())

    mortal.kill()
    with pytest.raises(LabError, match="Nobody answers at the meeting place: wait a little"):
        _ = ada.join().others
    assert ada.send(LETTER.format(name)).fates[f"eve@{name}"].status == "deferred"
    assert ada.lookup("outlook.test", "MX").answers
    threads = threading.active_count()
    time.sleep(1.5)  # more than one try in vain
    assert threading.active_count() <= threads

    mortal.start()
    bob = join("bob", mortal.port)  # before the two are back
    begun = time.monotonic()
    until(lambda: sees(ada, name) and sees(eve, before[0][0]))
    assert time.monotonic() - begun < 5
    assert before == [(each.join().name, each.join().address, each.join()._gate) for each in (ada, eve)]
    assert len({each.join().name for each in (ada, eve, bob)}) == 3
    assert min(each.clock.now() for each in (ada, eve, bob)) >= a_day_later
    assert bob.send(LETTER.format(name)).fates[f"eve@{name}"].status == "delivered"
    ada.clock.advance(hours=1)
    until(lambda: len(keeper.letters) == 3 and not len(queue))  # that which waited, too
    until(lambda: min(eve.clock.now(), bob.clock.now()) >= ada.clock.now())


def test_a_flower_is_its_owners_also_while_they_are_away_and_the_meeting_place_began_anew(mortal, join):
    with join("ada", mortal.port) as ada:
        name = ada.join().name
    mortal.kill()
    mortal.start()
    mallory = join("mallory", mortal.port)
    gate = {"port": mallory.join()._gate[1], "gate": mallory.join()._gate_key, "now": 0}
    wanted = {"do": "join", **gate, "flower": name.partition(".")[0]}
    assert mallory.join().name != name and ask(mortal.port, "mallory", **wanted)["flower"] != wanted["flower"]
    assert "does not fit" in ask(mortal.port, "ada", **wanted, key=talk.key(SECRET, "mallory"))["no"]
    assert join("ada", mortal.port).join().name == name


def test_whose_flower_has_gone_to_another_is_told_so_and_what_to_do(mortal, join):
    ada = join("ada", mortal.port)
    name = ada.join().name
    mortal.kill()
    mortal.note.unlink()  # what a full disk leaves
    mortal.start()
    assert join("bob", mortal.port).join().name == name
    until(lambda: ada.join()._renamed)
    with pytest.raises(LabError) as raised:
        _ = ada.join().others
    assert ada.lookup("class.test", "NS").outcome == "no answer"  # so letters wait
    other = join("ada", mortal.port).join().name
    assert str(raised.value) == (
        f"The meeting place began anew and calls you {other}: {name} may be somebody else "
        "by now. Make a new lab, lab = Lab(), and join again: lab.join()"
    )


def test_letters_that_are_ended_meanwhile_begin_again_for_who_has_joined_before(mortal, join):
    ada, eve = join("ada", mortal.port), join("eve", mortal.port)
    mortal.kill()
    mortal.ended.touch()
    mortal.start()
    with pytest.raises(LabError, match="the teacher has ended them"):
        _ = ada.join().others
    time.sleep(0.5)
    ask(mortal.port, "", do="begin")
    until(lambda: sees(ada, eve.join().name) and sees(eve, ada.join().name))


def test_of_two_labs_of_one_learner_the_later_one_comes_back(mortal, join, serve):
    older, later, eve = (join(person, mortal.port) for person in ("ada", "ada", "eve"))
    name = later.join().name
    assert older.join().name == name
    first, last = serve(older), serve(later)
    older._net.soon(time.sleep, 2)  # it would be the last to come back
    mortal.kill()
    mortal.start()
    until(lambda: sees(eve, name))
    time.sleep(2)
    assert eve.send(LETTER.format(name)).fates[f"eve@{name}"].status == "delivered"
    assert (len(first.letters), len(last.letters)) == (0, 1)


def test_a_lab_that_is_closed_while_it_tries_to_come_back_leaves_nothing(mortal, join):
    before = set(threading.enumerate())
    ada = join("ada", mortal.port)
    mortal.kill()
    time.sleep(0.5)
    ada.close()
    until(lambda: set(threading.enumerate()) <= before)


@pytest.mark.parametrize("text", ["", "{}", '{"flowers": {"ada": "nettle"}, "now": 1}'])
def test_a_note_that_makes_no_sense_is_none(tmp_path, text):
    (tmp_path / "note").write_text(text)
    assert Note(str(tmp_path / "note")).read()[0] == Note("").read()[0] == {}


KERNEL = """
import sys
from helpers.lab import Lab, LabError
lab = Lab()
print(lab.join().name, flush=True)
for _ in sys.stdin:
    try:
        print(lab.join().others, flush=True)
    except LabError:
        print("nobody answers", flush=True)
"""


def test_two_kernels_meet_without_a_hub(monkeypatch):
    with tempfile.TemporaryDirectory() as folder:
        environment = {"PATH": "", "TMPDIR": folder, "PYTHONPATH": str(ROOT)}
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True, "env": environment, "cwd": folder}
        kernels = [subprocess.Popen([sys.executable, "-c", KERNEL], **pipes) for _ in range(2)]
        try:
            names = [kernel.stdout.readline().strip() for kernel in kernels]

            def others() -> list[str]:
                for kernel in kernels:
                    print(file=kernel.stdin, flush=True)
                return [kernel.stdout.readline().strip() for kernel in kernels]

            found = [f"['{names[1]}']", f"['{names[0]}']"]
            assert others() == found and names[0] != names[1]
            for kernel in kernels:
                for meeting in psutil.Process(kernel.pid).children():
                    meeting.kill()
            assert others() == ["nobody answers"] * 2
            until(lambda: others() == found)  # they have started another, which knows their names
            (note,) = (path for path in Path(folder).glob("*/meeting.json"))
            assert note.stat().st_mode & 0o777 == 0o600
            own, secret = json.loads(note.read_bytes())
        finally:
            for kernel in kernels:
                kernel.communicate("\n")
        monkeypatch.setattr(sys.modules[__name__], "SECRET", secret)
        ask(own, "", do="end")
