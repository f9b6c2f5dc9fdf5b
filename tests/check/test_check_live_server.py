"""Notebook 05: right answers in other words, and odd ones."""

import pytest

from helpers import check
from helpers.check.answers import live_server as answers


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("which_code", {**answers.which_code, "the disk is full": "452 4.3.1"}),
        ("which_code", {**answers.which_code, "the disk is full": 451}),
        ("which_code", ["452", "550 5.1.1", "552 5.3.4"]),
        ("go_ahead", "354"),
        ("guilty", "MAIL FROM"),
        ("guilty", "Friendly.handle_MAIL"),
        ("low_port", "B"),
        ("low_port", "PermissionError"),
        ("my_mx", "learner.test. 300 IN MX 0 mail.learner.test."),
        ("my_mx", "@ MX 10 mail\n@ MX 20 ns"),
    ],
)
def test_a_right_answer_in_other_words(name, answer):
    result = getattr(check, name)(answer)
    assert result.passed, result


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
    return "250 OK" if local in people else "553 5.1.1 Unknown"
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


@pytest.mark.parametrize(
    ("text", "passed", "phrase"),
    [
        (OTHERS, True, "nobody else"),
        (NO_NAME, True, "nobody else"),
        (SUBDOMAIN, False, "another domain than learner.test"),
        (FIRST_AT, False, "the last one parts"),
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
        (SAVE + "    answer(250)", "250 is the code here"),
        (
            "    try:\n    " + SAVE + "    except OSError:\n        pass\n    else:\n        answer('250 OK')",
            "gave no answer",
        ),
        ("    try:\n    " + SAVE + "    except OSError:\n        pass\n    answer('250 OK')", "nobody knows"),
        (
            "    try:\n    " + SAVE + "        answer('250 OK')\n    except OSError:\n        answer('354 Go')",
            "A 4yz says",
        ),
    ],
)
def test_other_ways_to_lose_a_letter(cells, body, phrase):
    result = check.keep_first(cells.run(HEAD + body, "keep_first"))
    assert result.passed is False and phrase in result.parts[0], result


CLASS = """
import uuid
from pathlib import Path


class Keeper:
    def __init__(self, domain, people, folder):
        self.domain, self.people, self.folder = domain, people, folder

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        local, _, host = address.rpartition("@")
        if host.lower() == self.domain and local in self.people:
            envelope.rcpt_tos.append(address)
            return "250 OK"
        REFUSE

    async def handle_DATA(self, server, session, envelope):
        KEEP
"""
REFUSE = 'return "550 5.1.1 No"'
KEEP = "\n        ".join(
    [
        "try:",
        "    Path(self.folder, f'{uuid.uuid4()}').write_bytes(envelope.content)",
        "except OSError:",
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
        (REFUSE, "print(envelope)", "returns no text"),
        (REFUSE, KEEP.replace("f'{uuid.uuid4()}'", "'letter'"), "written over the first"),
        (REFUSE, KEEP.replace("451 4.3.0", "250"), "nobody knows"),
    ],
)
def test_other_servers(cells, refuse, keep, phrase):
    result = check.Keeper(cells.run(CLASS.replace("REFUSE", refuse).replace("KEEP", keep), "Keeper"))
    assert result.passed is (phrase == "") and phrase in result.parts[0], result
