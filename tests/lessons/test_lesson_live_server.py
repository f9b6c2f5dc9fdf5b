"""Notebook 05: right answers in other words, and odd ones; its commands for a terminal."""

import os
import stat
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import nbformat
import pytest
from aiosmtpd.controller import Controller

from helpers import answers, check
from helpers.lab import Lab
from helpers.show.inbox import Inbox

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "05_live_server.ipynb"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("which_code", {**answers.which_code, "the disk is full": "452 4.3.1"}),
        ("which_code", {**answers.which_code, "the disk is full": 451}),
        ("which_code", ["452", "550 5.1.1", "552 5.3.4"]),
        ("which_code", ["452 4.3.1 At most 400 letters", "550 5.1.1", "552 5.3.4 At most 300 octets"]),
        ("go_ahead", "354"),
        ("go_ahead", "354, not 250"),
        ("go_ahead", "354 End data with <CR><LF>.<CR><LF>"),
        ("go_ahead", "354 (RFC 5321 section 4.2.3)"),
        ("guilty", "MAIL FROM"),
        ("guilty", "Friendly.handle_MAIL"),
        ("guilty", "handle_MAIL, after MAIL FROM"),
        ("guilty", "mail"),
        ("low_port", "B"),
        ("low_port", "b, a port below 1024 needs privilege"),
        ("low_port", "PermissionError"),
        ("low_port", "b) Permission denied."),
        ("low_port", "(b)"),
        ("low_port", "EACCES"),
        ("my_mx", "learner.test. 300 IN MX 0 mail.learner.test."),
        ("my_mx", "@ MX 10 mail\n@ MX 20 ns"),
    ],
)
def test_a_right_answer_in_other_words(name, answer):
    result = getattr(check, name)(answer)
    assert result.passed, result


def test_another_right_code_is_named():
    (said,) = check.which_code([451, 553, 552]).parts
    assert "Your 451 for the disk will do" in said and "Your 553 for the user will do" in said
    assert "Your" not in check.which_code([452, 550, 552]).parts[0]


@pytest.mark.parametrize("name", ["which_code", "go_ahead", "guilty", "low_port", "my_mx"])
@pytest.mark.parametrize("odd", ["", 7, None, b"\xff", "\x00", {"a": 1}, [1, 2, 3]])
def test_an_odd_answer_gets_a_sentence(name, odd):
    result = getattr(check, name)(odd)
    assert result.passed is False and result.parts[0]


OTHERS = """
def accept_rcpt(address, domain, people):
    local, _, host = address.rpartition("@")
    if host.casefold() != domain:
        return "554 5.7.1 Relay access denied"
    return "250 OK" if local.lower() in people else "553 5.1.1 Unknown"
"""
NO_NAME = """
def accept_rcpt(address, domain, people):
    return "250" if address.lower() in {f"{person}@{domain}" for person in people} else "550"
"""
SUBDOMAIN = """
def accept_rcpt(address, domain, people):
    local, _, host = address.rpartition("@")
    host = host.lower()
    mine = host == domain or host.endswith("." + domain)
    return "250 OK" if mine and local in people else "550 5.1.1 Unknown"
"""
FIRST_AT = """
def accept_rcpt(address, domain, people):
    local, _, host = address.replace('"', "").partition("@")
    mine = host.lower().startswith(domain)
    return "250 OK" if mine and local in people else "550 5.1.1 Unknown"
"""


SPLIT = """
def accept_rcpt(address, domain, people):
    local, host = address.split("@")
    return "250 OK" if host.lower() == domain and local in people else "550 5.1.1 Unknown"
"""
RAISES = """
def accept_rcpt(address, domain, people):
    raise ValueError("no")
"""


@pytest.mark.parametrize(
    ("text", "passed", "phrase"),
    [
        (OTHERS, True, "nobody else"),
        (NO_NAME, True, "nobody else"),
        (SUBDOMAIN, False, "another domain than learner.test"),
        (FIRST_AT, False, "the last one parts"),
        (SPLIT, False, "The last one counts"),
        (SPLIT, False, 'in line 2 of accept_rcpt, `local, host = address.split("@")`. There may be no @'),
        (RAISES, False, "It raised ValueError: no"),
        (OTHERS.replace("250 OK", "550 No"), False, "250 is the code here"),
        (OTHERS.replace(".casefold()", "").replace("554 5.7.1", "451 4.7.1"), False, "the same in capitals"),
    ],
)
def test_other_ways_to_accept(cells, text, passed, phrase):
    result = check.accept_rcpt(cells.run(text, "accept_rcpt"))
    assert result.passed is passed and phrase in result.parts[0], result


HEAD = "import uuid\nfrom pathlib import Path\n\n\ndef keep_first(content, folder, answer):\n"
SAVE = "    Path(folder, str(uuid.uuid4())).write_bytes(content)\n"


@pytest.mark.parametrize(
    ("body", "phrase"),
    [
        (SAVE, "never called `answer`"),
        (SAVE + "    answer(250)", "put the reply in quotes"),
        (SAVE + "    answer('354 Go')", "250 is the code here"),
        (SAVE + "    return '250 OK'", "It returned '250 OK', and what it returns nobody hears"),
        (
            "    try:\n    " + SAVE + "    except OSError:\n        return '451 no'\n    answer('250 OK')",
            "It returned '451 no', and what it returns nobody hears",
        ),
        (
            "    try:\n    " + SAVE + "    except OSError:\n        answer(451)\n    else:\n        answer('250 OK')",
            "it called `answer` with 451",
        ),
        (
            "    try:\n    " + SAVE + "    except OSError:\n        pass\n    else:\n        answer('250 OK')",
            "gave no answer",
        ),
        ("    try:\n    " + SAVE + "    except OSError:\n        pass\n    answer('250 OK')", "nobody knows"),
        (
            "    if len(content) > 9999:\n        raise RuntimeError('full')\n" + SAVE + "    answer('250 OK')",
            "That was with a disk that was full before the first octet",
        ),
        (
            "    try:\n    " + SAVE + "        answer('250 OK')\n    except OSError:\n        answer('354 Go')",
            "A 4yz says",
        ),
        (
            "    with open(folder / str(uuid.uuid4()), 'wb') as file:\n"
            "        file.write(content)\n"
            "        answer('250 OK')",
            "Answer after the `with`",
        ),
        ("    Path(folder, str(uuid.uuid4())).write_text(content.decode())\n    answer('250 OK')", "not UTF-8"),
        (
            "    Path(folder, str(uuid.uuid4())).write_text(content.decode())\n    answer('250 OK')",
            "failed in line 2 of keep_first, `Path(folder",
        ),
        (
            "    count = len(folder.read_bytes())\n" + SAVE + "    answer('250 OK')",
            "IsADirectoryError",
        ),
        (SAVE + "    answer('250 OK')\n    answer('250 Bye')", "answered one letter twice"),
        (
            "    try:\n    " + SAVE + "    except OSError:\n        answer('451 Later')\n    answer('250 OK')",
            "answered one letter twice, '451 Later'",
        ),
    ],
)
def test_other_ways_to_lose_a_letter(cells, body, phrase):
    result = check.keep_first(cells.run(HEAD + body, "keep_first"))
    assert result.passed is False and phrase in result.parts[0], result


@pytest.mark.parametrize(
    "body",
    [
        "    name = str(uuid.uuid4())\n"
        "    try:\n"
        "        for part in ('tmp', 'new'):\n"
        "            Path(folder, part).mkdir(exist_ok=True)\n"
        "        Path(folder, 'tmp', name).write_bytes(content)\n"
        "        Path(folder, 'tmp', name).rename(Path(folder, 'new', name))\n"
        "    except OSError:\n"
        "        return answer('451 4.3.0 Later')\n"
        "    answer('250 OK')",
        "    reply, path = '421 Later', Path(folder, str(uuid.uuid4()))\n"
        "    try:\n"
        "        path.write_bytes(content)\n"
        "        reply = '250 OK'\n"
        "    except OSError:\n"
        "        path.unlink(missing_ok=True)\n"
        "    finally:\n"
        "        answer(reply)",
        "    path = Path(folder, str(uuid.uuid4()))\n"
        "    try:\n"
        "        path.write_bytes(content)\n"
        "        answer('250 OK')\n"
        "    except:\n"
        "        path.unlink(missing_ok=True)\n"
        "        answer('452 4.3.1 No room')",
    ],
)
def test_other_ways_to_keep_a_letter(cells, body):
    result = check.keep_first(cells.run(HEAD + body, "keep_first"))
    assert result.passed, result


def _denied(*arguments, **options):
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("failing", ["os.fsync", "os.replace", "os.open", "builtins.open"])
def test_the_reference_leaves_nothing_where_it_says_4yz(failing, monkeypatch, tmp_path):
    said = []
    with monkeypatch.context() as patch:
        patch.setattr(failing, _denied)
        answers.keep_first(b"Subject: Hello\r\n", tmp_path, said.append)
    assert said == ["452 4.3.1 No room at the moment"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "fork"), reason="a limit for the size of files")
def test_the_reference_leaves_no_half_of_a_letter(tmp_path):
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    said = []
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        answers.keep_first(b"A line.\r\n" * 9999, tmp_path, said.append)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert said == ["452 4.3.1 No room at the moment"]
    assert list(tmp_path.iterdir()) == []


def test_the_reference_syncs_the_file_and_then_its_folder(monkeypatch, tmp_path):
    synced = []
    monkeypatch.setattr("os.fsync", lambda number: synced.append(stat.S_ISDIR(os.fstat(number).st_mode)))
    answers.keep_first(b"Subject: Hello\r\n", tmp_path, lambda reply: None)
    assert synced == [False, True]
    (letter,) = tmp_path.iterdir()
    assert letter.suffix == ".eml" and letter.read_bytes() == b"Subject: Hello\r\n"


@pytest.mark.parametrize("address", ["Me@learner.test", "POSTMASTER@Learner.Test", "abuse@learner.test"])
def test_the_reference_takes_a_name_in_capitals(address):
    assert answers.accept_rcpt(address, "learner.test", {"me", "postmaster", "abuse"}).startswith("250")


def test_one_reason_for_both_passes_with_a_word():
    def accept_rcpt(address, domain, people):
        name, _, host = address.lower().rpartition("@")
        return "250 OK" if host == domain and name in people else "550 5.1.1 No"

    feedback = import_module("helpers.lessons.05_live_server.judges").accept_rcpt(accept_rcpt)
    assert feedback.passed and "to a foreign domain and to an unknown user alike" in feedback.say


CLASS = """
import uuid
from pathlib import Path


class Keeper:
    def __init__(self, domain, people, folder):
        self.domain, self.people, self.folder = domain, people, folder

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        local, _, host = address.rpartition("@")
        if host.lower() == self.domain and local.lower() in self.people:
            envelope.rcpt_tos.append(address)
            return "250 OK"
        REFUSE

    async def handle_DATA(self, server, session, envelope):
        KEEP
"""
REFUSE = 'return "550 5.1.1 No"'
KEEP = "\n        ".join(
    [
        "path = Path(self.folder, f'{uuid.uuid4()}')",
        "try:",
        "    path.write_bytes(envelope.content)",
        "except OSError:",
        "    path.unlink(missing_ok=True)",
        "    return '451 4.3.0 Later'",
        "return '250 OK'",
    ]
)


@pytest.mark.parametrize(
    ("refuse", "keep", "phrase"),
    [
        (REFUSE, KEEP, ""),
        ('return "450 4.2.1 Later"', KEEP, "Waiting will not help"),
        ("envelope.rcpt_tos.append(address)\n        " + REFUSE, KEEP, "Append only those"),
        (REFUSE, "print(envelope)", "`handle_DATA` returned None"),
        (
            REFUSE,
            "replies = ['250 OK']\n        return replies",
            "`handle_DATA` returned ['250 OK']. This is of type `list`",
        ),
        (REFUSE, KEEP.replace("return '451 4.3.0 Later'", "print('451')\n            return"), "do not print it"),
        (
            'reply = "550 5.1.1 No"\n        return 550',
            KEEP,
            "with nobody@learner.test. This is a number",
        ),
        ('raise ValueError("no")', KEEP, "a hook that raised an error"),
        (REFUSE, KEEP.replace("f'{uuid.uuid4()}'", "'letter'"), "written over the first"),
        (REFUSE, KEEP.replace("451 4.3.0", "250"), "nobody knows"),
    ],
)
def test_other_servers(cells, refuse, keep, phrase):
    result = check.Keeper(cells.run(CLASS.replace("REFUSE", refuse).replace("KEEP", keep), "Keeper"))
    assert result.passed is (phrase == "") and phrase in result.parts[0], result


GOOD = CLASS.replace("REFUSE", REFUSE).replace("KEEP", KEEP)
NO_SENDER = """
    async def handle_MAIL(self, server, session, envelope, address, mail_options):
        return "250 OK"
"""
HELPERS = """
    def save(self, path, content):
        self.folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
"""


@pytest.mark.parametrize(
    ("text", "passed", "phrase"),
    [
        (
            GOOD.replace("path.write_bytes(envelope.content)", "self.save(path, envelope.content)") + HELPERS,
            True,
            "This server is yours",
        ),
        (
            GOOD.replace("people, folder\n", "people, folder\n        folder.mkdir(exist_ok=True)\n", 1),
            True,
            "This server is yours",
        ),
        (GOOD.replace("async def handle_RCPT", "def handle_RCPT"), False, "write them with `async def`"),
        (GOOD.replace("async def handle_DATA", "def handle_DATA"), False, "write them with `async def`"),
        (GOOD.replace("host.lower()", "host"), False, "me@Learner.TEST was refused"),
        (GOOD.replace("envelope.rcpt_tos.append(address)", "pass"), False, 'ask `reply.startswith("250")`'),
        (GOOD + NO_SENDER, False, "`envelope.mail_from = address`"),
        (GOOD.replace("in self.people", "not in self.people"), False, "me@learner.test is one of your people"),
        (GOOD.replace("address, rcpt_options", "address"), False, "With 500 aiosmtpd answers"),
    ],
)
def test_servers_written_otherwise(cells, text, passed, phrase):
    result = check.Keeper(cells.run(text, "Keeper"))
    assert result.passed is passed and phrase in result.parts[0], result


# The commands for a terminal, as the notebook prints them


class Taking:
    """Takes each letter into an inbox."""

    def __init__(self):
        self.inbox = Inbox()

    async def handle_DATA(self, server, session, envelope):
        self.inbox.add(envelope.mail_from, envelope.rcpt_tos, envelope.content)
        return "250 OK"


TYPED = (
    "HELO laptop.learner.test",
    "MAIL FROM:<me@laptop.learner.test>",
    "RCPT TO:<me@learner.test>",
    "DATA",
    "Subject: Typed",
    ".",
    "QUIT",
)


class Listening(Controller):
    def _trigger_server(self):
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()


def printing() -> str:
    """The cell of the notebook that prints the commands."""
    return next(cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.id == "c107a")


@pytest.fixture
def commands(capsys):
    """The commands that the notebook's cell prints for a server that runs, and the server's inbox."""
    taking = Taking()
    server = Listening(taking, hostname="127.0.0.1", port=0, server_hostname="mail.learner.test")
    server.start()
    try:
        with Lab(beside=True) as lab:
            lab.serve("mail.learner.test", 25, ("127.0.0.1", server.port))
            exec(printing(), {"lab": lab, "running": [server]})
            yield capsys.readouterr().out.strip().split("\n\n"), taking.inbox
    finally:
        server.stop()


def test_no_command_is_printed_for_a_stopped_server(capsys):
    with Lab(beside=True) as lab:
        exec(printing(), {"lab": lab, "running": []})
    assert capsys.readouterr().out.startswith("Your server is stopped.")


@pytest.mark.peer("swaks", "nc")
@pytest.mark.parametrize(("number", "subject"), [(0, "test "), (1, "By terminal"), (2, "Typed")])
def test_each_command_for_a_terminal_brings_a_letter(commands, number, subject):
    texts, inbox = commands
    assert len(texts) == 3 and "PORT" not in "".join(texts)
    command = texts[number].replace("python3", f'"{sys.executable}"')
    standard_input = "\n".join(TYPED) + "\n" if number == 2 else ""
    done = subprocess.run(command, shell=True, input=standard_input, capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done
    (letter,) = inbox.wait(1)
    assert letter.recipients == ("me@learner.test",) and letter.field("Subject").startswith(subject)
