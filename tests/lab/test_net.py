"""What the lab's modules may touch, what a learner sees of it, and the network that hosts share."""

import ast
import asyncio
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

import helpers.lab
from helpers.lab import LOOPBACK, Lab, LabError, address
from helpers.lab.cast import Host
from helpers.lab.loops import Loops, Tasks
from helpers.lab.net import Net
from helpers.lab.routes import Routes
from helpers.lab.wires import Wires
from tests.notebooks.store import NOTEBOOKS

FOLDER = Path(helpers.lab.__file__).parent
MODULES = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.py")}

# The house's rules

BELOW = {"net", "wires", "loops", "waiting"}
MAY_IMPORT = {
    "sockets": {"socket"},  # the classes of the lab's sockets derive from Python's
    "certificates": {"threading"},  # a lock: several threads may want a certificate at once
    "clock": {"threading"},  # locks: in a class the others move it, too
}
GUARDED = {"socket", "select", "selectors", "socketserver", "threading", "_thread", "multiprocessing", "concurrent"}
CALLS = {
    *("to_thread", "run_in_executor", "call_soon_threadsafe", "run_coroutine_threadsafe", "sleep"),
    *("create_server", "create_connection", "create_datagram_endpoint", "start_server", "open_connection"),
    *("sock_connect", "sock_recv", "sock_recvfrom", "sock_sendall", "sock_sendto", "sock_accept"),
}


def imported(tree: ast.AST) -> set[str]:
    """The first part of the name of each module that is imported, wherever that stands."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def called(tree: ast.AST) -> set[str]:
    """What is called as an attribute of something, with what it is called on: "asyncio.sleep"."""
    calls = (node.func for node in ast.walk(tree) if isinstance(node, ast.Call))
    return {ast.unparse(function) for function in calls if isinstance(function, ast.Attribute)}


@pytest.mark.parametrize("name", sorted(set(MODULES) - BELOW))
def test_only_net_wires_and_loops_touch_sockets_threads_and_loops(name):
    assert imported(MODULES[name]) & GUARDED <= MAY_IMPORT.get(name, set())
    calls = {call for call in called(MODULES[name]) if call.rpartition(".")[2] in CALLS}
    assert calls <= {"asyncio.sleep"}  # which lets the loop go on


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_module_ends_tasks_that_are_not_its_own(name):
    assert not [call for call in called(MODULES[name]) if call.endswith("all_tasks")]


@pytest.mark.parametrize("name", sorted(MODULES))
def test_no_module_calls_back_up_into_a_lab(name):
    words = {ast.arg: "arg", ast.Name: "id", ast.Attribute: "attr"}
    named = {getattr(node, words[type(node)]) for node in ast.walk(MODULES[name]) if type(node) in words}
    assert not named & {"lab", "_lab"}


# What a learner sees

BESIDE_LESSONS = {  # what no notebook uses yet, and why it is there
    "add": "the hosts of the gallery's tickets",
    "at_close": "for views that hold a connection: they close with their lab",
    "authorities": "the name servers, as `mail_hosts` has the mail hosts",
    "close": "for whoever opens labs in a program",
    "closed": "for whoever was handed a lab",
    "join": "letters between learners, which a class takes up after 05",
    "lookup": "what judges ask the DNS with",
    "once_closed": "for whoever lends a lab: a ticket says how it is opened again",
    "open_mailbox": "the people of the gallery's tickets",
    "policy_sites": "the sites that serve a policy, as `mail_hosts` has the mail hosts",
    "waiting": "where a judge says that each time-out is the lab's, however short",
}


def test_a_lab_offers_what_lessons_use_and_nothing_for_hosts_only(lab):
    offered = {name for name in dir(lab) if not name.startswith("_")}
    text = "".join(path.read_text(encoding="utf-8") for path in NOTEBOOKS.glob("*.ipynb"))
    used = {name for name in offered if re.search(rf"\blab\.{name}\b", text)}
    assert offered - used <= set(BESIDE_LESSONS)


# Tasks and loops


def test_tasks_are_ended_together_and_others_go_on():
    async def main():
        tasks, stranger = Tasks(), asyncio.ensure_future(asyncio.sleep(10))
        own = [tasks.start(asyncio.sleep(10)) for _ in range(3)]
        await asyncio.sleep(0)
        await tasks.end()
        assert all(task.cancelled() for task in own) and not stranger.done()
        stranger.cancel()

    asyncio.run(main())


def test_what_is_done_is_not_held():
    async def main():
        tasks = Tasks()
        await tasks.start(asyncio.sleep(0))
        await asyncio.sleep(0)
        assert not tasks._tasks

    asyncio.run(main())


def test_a_loop_runs_work_and_ends_with_what_is_to_be_its_last():
    loops, done = Loops(), []

    async def last():
        done.append(threading.current_thread().name)

    async def work():
        return await loops.blocking(lambda: threading.current_thread().name), threading.current_thread().name

    inside, outside = loops.run(work())
    assert outside == "the lab" != inside
    loops.stop(last)
    assert done == ["the lab"] and not loops._thread.is_alive()
    loops.soon(done.append, "late")  # is nothing, and no error
    assert done == ["the lab"]


# Wires


@pytest.fixture
def wires():
    made = Wires(Routes((CALLER, SERVER)))
    yield made
    made.close()


CALLER = Host("laptop.learner.test", ("192.0.2.10", "2001:db8::10"), "the learner's")
SERVER = Host("server.test", ("192.0.2.20",), "a server")


def test_a_caller_is_known_by_its_port_as_long_as_nobody_ends_that(wires):
    server = socket.create_server((LOOPBACK, 0))
    with server, wires.connect(SERVER, None, server.getsockname(), 2) as sock:
        peer = sock.getsockname()
        assert wires._routes.who(peer) == SERVER
    assert wires._routes.who(peer) == SERVER
    wires._routes.forget(peer)
    assert wires._routes.who(peer) == CALLER


def test_whether_octets_are_unread_is_known_of_the_sockets_of_this_process_that_are_open(wires):
    server = socket.create_server((LOOPBACK, 0))
    with server, wires.connect(CALLER, None, server.getsockname(), 2) as sock, server.accept()[0] as accepted:
        peer = sock.getsockname()
        assert wires.unread(peer) is False
        accepted.sendall(b"x")
        sock.recv(1, socket.MSG_PEEK)
        assert wires.unread(peer) is True
        assert wires.unread(accepted.getsockname()) is None  # not a client of these wires
    assert wires.unread(peer) is None


def test_datagrams_that_are_not_wanted_are_passed_over(wires):
    async def main():
        def received(octets, peer):
            for answer in (b"no", b"neither", octets * 2):
                listening.sendto(answer, peer)

        listening = await wires.serve(LOOPBACK, 0, asyncio.Protocol, received)
        found = wires.datagram(SERVER, listening.endpoint, b"ab", lambda answer: answer if b"ab" in answer else None)
        assert await asyncio.wait_for(found, 2) == b"abab"
        assert not wires._routes._callers  # whoever asked is forgotten
        listening.close()
        listening.sendto(b"late", ("127.0.0.1", 1))  # is nothing, and no error

    asyncio.run(main())


# The net


def test_a_net_without_a_lab_serves_and_connects():
    net = Net((CALLER, SERVER))

    class Greeting(asyncio.Protocol):
        def connection_made(self, transport):
            transport.write(net.who(transport.get_extra_info("peername")).name.encode())

    async def nothing():
        pass

    listening = net.run(net.serve(SERVER, 25, Greeting))
    assert net.ports("server.test") == [25]
    with net.connect("192.0.2.20", 25, source=SERVER) as sock:
        assert sock.recv(100) == b"server.test"
        net.close(nothing)
        assert sock.recv(100) == b""
    listening.close()
    with pytest.raises(LabError, match="This lab is closed"):
        net.run(nothing())


def test_a_closed_lab_says_how_it_is_made_again():
    with Lab(beside=True) as lab:
        lab.once_closed("Open the ticket again.")
    with pytest.raises(LabError, match="^Open the ticket again.$"):
        lab.lookup("outlook.test", "MX")


def test_closing_a_lab_leaves_no_task_and_no_connection(caplog):
    with Lab(beside=True) as lab:
        lab.faults.delay("bank.test", seconds=2)
        socks = [lab.connect(*place) for place in (("203.0.113.60", 25), ("203.0.113.60", 443), ("203.0.113.52", 53))]
        socks += [lab.connect("203.0.113.25", 25)]
    assert not lab._net.tasks._tasks and not lab._net.loops._thread.is_alive()
    for sock in socks:
        with sock:
            try:
                while sock.recv(1000):
                    pass
            except ConnectionResetError:
                pass
    assert not caplog.records


def test_what_few_lessons_need_is_not_imported_with_the_lab():
    code = """
import sys, dns.query, aiosmtpd.smtp
theirs = set(sys.modules)  # dnspython loads more where there is more, for DNS over HTTPS
import helpers.lab.lab
print(*set(sys.modules) - theirs)
"""
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "helpers.lab.lab" in loaded
    assert not {"cryptography", "trustme", "http.client", "difflib", "dkim", "spf", "IPython"} & set(loaded)


def test_no_pattern_of_addresses_is_compiled_with_the_import():
    assert not any(isinstance(value, re.Pattern) for value in vars(address).values())
