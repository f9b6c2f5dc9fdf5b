"""Notebook 05, a live server: wrong answers and the feedback that each must get. Tests alone read it."""

from . import answers

HAPPENED = {  # a value such as the run gives
    "where_is_it": [],
    "first_event": ["connect", "MAIL"],
    "after_rcpt": ("ada@gmail.test", ["me@learner.test"], None),
    "for_others": 250,
    "stopped": "deferred",
    "tell_apart": 3,
}

KNOWS = """
def accept_rcpt(address, domain, people):
    name, _, its_domain = address.rpartition("@")
    if {}:
        if {}:
            return {}
        return {}
    return {}
"""
KEEPS = """
import hashlib
import os
import random
import time
import uuid
from datetime import datetime


def keep_first(content, folder, answer):
    {}
    try:
        path.write_bytes(content)
    except OSError:
        {}
        answer({})
    else:
        answer({})
"""
SERVES = """
import uuid


class Keeper:
    def __init__(self, domain, people, folder):
        self.domain, self.people, self.folder = domain, people, folder

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        name, _, its_domain = address.rpartition("@")
        if (its_domain.lower() == self.domain) and name.lower() in self.people:
            envelope.rcpt_tos.append(address)
            return "250 OK"
        return "550 5.1.1 No"

    async def handle_DATA(self, server, session, envelope):
        path = self.folder / f"{uuid.uuid4()}.eml"
        try:
            path.write_bytes(envelope.content)
        except OSError:
            path.unlink(missing_ok=True)
            return "452 4.3.1 No room"
        return "250 OK"
"""


def _street(**roles: str) -> dict[str, str]:
    """Who is who, with mistakes in it."""
    return answers.who_is_who | roles


MISTAKES = {
    "accept_rcpt": (
        (
            "def accept_rcpt(address, domain, people):\n"
            '    if address.lower().endswith(domain) and address.partition("@")[0] in people:\n'
            '        return "250 2.1.5 OK"\n'
            '    return "550 5.1.1 No such user here"',
            "me@evil-learner.test got in",
        ),
        (
            "def accept_rcpt(address, domain, people):\n"
            '    return "250 2.1.5 OK" if address.partition("@")[0] in people else "550 5.1.1 No"',
            "open relay",
        ),
        (
            "def accept_rcpt(address, domain, people):\n"
            '    name, at, its_domain = address.lower().rpartition("@")\n'
            '    known = (name if at else its_domain) in people and its_domain in (domain, "me")\n'
            '    return "250 2.1.5 OK" if known else "550 5.1.1 No"',
            "names no domain, and not yours",
        ),
        (
            "def accept_rcpt(address, domain, people):\n"
            '    return "250 OK" if address.lower().rpartition("@")[2] == domain else "550 5.7.1 No relaying"',
            "backscatter",
        ),
        (
            "def accept_rcpt(address, domain, people):\n"
            '    name, _, its_domain = address.rpartition("@")\n'
            '    return "250 OK" if its_domain == domain and name in people else "550 5.1.1 No"',
            "the same in capitals",
        ),
        (
            "def accept_rcpt(address, domain, people):\n"
            '    name, _, its_domain = address.rpartition("@")\n'
            '    return "250 OK" if its_domain.lower() == domain and name in people else "450 4.2.1 Later"',
            "try for days",
        ),
        (
            "def accept_rcpt(address, domain, people):\n"
            '    name, _, its_domain = address.rpartition("@")\n'
            '    print("250 OK" if its_domain.lower() == domain and name in people else "550 5.1.1 No")',
            "do not print it",
        ),
        (
            KNOWS.replace("rpartition", "partition").format(
                "its_domain.lower() == domain",
                "name.lower() in people",
                '"250 2.1.5 OK"',
                '"550 5.1.1 No such user"',
                '"550 5.7.1 No relaying"',
            ),
            "Its domain is learner.test, behind the last @",
        ),
        ("def accept_rcpt(address, domain, people):\n    return 250", "put the reply in quotes"),
        (
            KNOWS.format(
                "its_domain.lower() == domain",
                "name.lower() in people",
                '"250 2.1.5 OK"',
                '"5.1.1 No such user"',
                '"5.7.1 No relaying"',
            ),
            "That is the enhanced code",
        ),
        (
            "def accept_rcpt(address, domain, people):\n"
            '    if address.split("@")[-1].lower() == domain.lower():\n'
            "        for person in people:\n"
            "            if address.startswith(person):\n"
            '                return "250 2.1.5 OK"\n'
            '        return "550 5.1.1 No such user"\n'
            '    return "550 5.7.1 No relaying"',
            "merlin@learner.test got in",
        ),
        (
            KNOWS.format(
                "its_domain.lower() == domain",
                "name in str(people)",
                '"250 2.1.5 OK"',
                '"550 5.1.1 No such user"',
                '"550 5.7.1 No relaying"',
            ),
            "m@learner.test got in",
        ),
        (
            KNOWS.format(
                "its_domain.lower() == domain",
                "any(person in name for person in people)",
                '"250 2.1.5 OK"',
                '"550 5.1.1 No such user"',
                '"550 5.7.1 No relaying"',
            ),
            "merlin@learner.test got in",
        ),
        (
            KNOWS.format(
                "its_domain.lower() == domain",
                "any(person.startswith(name) for person in people)",
                '"250 2.1.5 OK"',
                '"550 5.1.1 No such user"',
                '"550 5.7.1 No relaying"',
            ),
            "m@learner.test got in",
        ),
        (
            KNOWS.format(
                "its_domain.lower() == domain",
                "any(person.endswith(name) for person in people)",
                '"250 2.1.5 OK"',
                '"550 5.1.1 No such user"',
                '"550 5.7.1 No relaying"',
            ),
            "master@learner.test got in",
        ),
        (
            KNOWS.format(
                "its_domain.lower() == domain",
                'name.lower() in {"me", "postmaster"}',
                '"250 2.1.5 OK"',
                '"550 5.1.1 No such user"',
                '"550 5.7.1 No relaying"',
            ),
            "comes as `domain` and `people`",
        ),
        (
            KNOWS.format(
                "its_domain.lower() == domain",
                "name in people",
                '"250 2.1.5 OK"',
                '"550 5.1.1 No such user"',
                '"550 5.7.1 No relaying"',
            ),
            "Me@learner.test was refused",
        ),
        (
            KNOWS.format(
                "its_domain.lower() == domain",
                "name in people or name == 'Me'",
                '"250 2.1.5 OK"',
                '"550 5.1.1 No such user"',
                '"550 5.7.1 No relaying"',
            ),
            "POSTMASTER@learner.test was refused",
        ),
        (
            KNOWS.format(
                'its_domain.lower() == "learner.test"',
                "name.lower() in people",
                '"250 2.1.5 OK"',
                '"550 5.1.1 No such user"',
                '"550 5.7.1 No relaying"',
            ),
            "comes as `domain` and `people`",
        ),
        (
            KNOWS.format(
                "its_domain.lower().startswith(domain)",
                "name.lower() in people",
                '"250 2.1.5 OK"',
                '"550 5.1.1 No such user"',
                '"550 5.7.1 No relaying"',
            ),
            "It begins with your domain",
        ),
        (
            KNOWS.format(
                "its_domain.lower() == domain",
                "name.lower() in people",
                '"250 2.1.5 OK\\r\\n"',
                '"550 5.1.1 No such user"',
                '"550 5.7.1 No relaying"',
            ),
            "an empty line more",
        ),
        (
            KNOWS.format(
                "its_domain.lower() == domain",
                "name.lower() in people",
                '"250 2.1.5 OK"',
                '"550 5.1.1 No such user\\n"',
                '"550 5.7.1 No relaying"',
            ),
            "an empty line more",
        ),
        (
            KNOWS.format(
                "its_domain.lower() == domain",
                "name.lower() in people",
                '"250 5.1.1 OK"',
                '"550 5.1.1 No such user"',
                '"550 5.7.1 No relaying"',
            ),
            "The two codes in it disagree: 250 begins with 2, and 5.1.1 with 5",
        ),
        (
            KNOWS.format(
                "its_domain.lower() == domain",
                "name.lower() in people",
                '"250 2.1.5 OK"',
                '"550 2.1.5 No"',
                '"550 5.7.1 No relaying"',
            ),
            "disagree: 550",
        ),
        (
            KNOWS.format(
                "its_domain.lower() == domain",
                "name.lower() in people",
                '"250 2.1.5 OK"',
                '"550 5.7.1 No"',
                '"550 5.1.1 No"',
            ),
            "The two reasons have changed places",
        ),
        (
            KNOWS.format(
                "its_domain.lower() == domain",
                "name.lower() in people",
                '"250-OK"',
                '"550 5.1.1 No such user"',
                '"550 5.7.1 No relaying"',
            ),
            "after the code comes nothing or a space",
        ),
    ),
    "keep_first": (
        (
            "import uuid\nfrom pathlib import Path\n\n\n"
            "def keep_first(content, folder, answer):\n"
            '    answer("250 2.0.0 Letter kept")\n'
            "    Path(folder, str(uuid.uuid4())).write_bytes(content)",
            "the folder is empty",
        ),
        (
            "import uuid\nfrom pathlib import Path\n\n\n"
            "def keep_first(content, folder, answer):\n"
            "    Path(folder, str(uuid.uuid4())).write_bytes(content)\n"
            '    answer("250 2.0.0 Letter kept")',
            "gave no answer",
        ),
        (
            "import uuid\nfrom pathlib import Path\n\n\n"
            "def keep_first(content, folder, answer):\n"
            "    try:\n"
            "        Path(folder, str(uuid.uuid4())).write_bytes(content)\n"
            "    except OSError:\n"
            '        answer("554 5.3.0 The disk is full")\n'
            "    else:\n"
            '        answer("250 2.0.0 Letter kept")',
            "a passing trouble became a bounce",
        ),
        (
            "from pathlib import Path\n\n\n"
            "def keep_first(content, folder, answer):\n"
            '    Path(folder, "letter.eml").write_bytes(content)\n'
            '    answer("250 2.0.0 Letter kept")',
            "a file name of its own",
        ),
        (
            "import uuid\nfrom pathlib import Path\n\n\n"
            "def keep_first(content, folder, answer):\n"
            '    Path(folder, str(uuid.uuid4())).write_text(content.decode("ascii", "ignore"))\n'
            '    answer("250 2.0.0 Letter kept")',
            "not the bytes that came",
        ),
        (
            KEEPS.format(
                'path = folder / f"{hash(content)}.eml"',
                "path.unlink(missing_ok=True)",
                '"452 4.3.1 No room"',
                '"250 2.0.0 Letter kept"',
            ),
            "The same letter came twice",
        ),
        (
            KEEPS.format(
                'path = folder / f"{random.randint(1, 1000)}.eml"',
                "path.unlink(missing_ok=True)",
                '"452 4.3.1 No room"',
                '"250 2.0.0 Letter kept"',
            ),
            "letters came in the same moment",
        ),
        (
            KEEPS.format(
                'path = folder / f"{len(list(folder.iterdir()))}.eml"',
                "path.unlink(missing_ok=True)",
                '"452 4.3.1 No room"',
                '"250 2.0.0 Letter kept"',
            ),
            "written over another",
        ),
        (
            KEEPS.format(
                'path = folder / f"{time.time()}.eml"',
                "path.unlink(missing_ok=True)",
                '"452 4.3.1 No room"',
                '"250 2.0.0 Letter kept"',
            ),
            "the second was written over the first",
        ),
        (
            KEEPS.format(
                'path = folder / f"{time.time_ns()}.eml"',
                "path.unlink(missing_ok=True)",
                '"452 4.3.1 No room"',
                '"250 2.0.0 Letter kept"',
            ),
            "the second was written over the first",
        ),
        (
            KEEPS.format(
                'path = folder / f"{datetime.now()}.eml"',
                "path.unlink(missing_ok=True)",
                '"452 4.3.1 No room"',
                '"250 2.0.0 Letter kept"',
            ),
            "the second was written over the first",
        ),
        (
            KEEPS.format(
                'path = folder / f"{hashlib.sha256(content).hexdigest()}.eml"',
                "path.unlink(missing_ok=True)",
                '"452 4.3.1 No room"',
                '"250 2.0.0 Letter kept"',
            ),
            "The same letter came twice",
        ),
        (
            KEEPS.format(
                'path = folder / f"{uuid.uuid4()}.eml"',
                "path.unlink(missing_ok=True)",
                '"4"',
                '"250 2.0.0 Letter kept"',
            ),
            "begins with a code of three digits",
        ),
        (
            KEEPS.format(
                'path = folder / f"{uuid.uuid4()}.eml"',
                "path.unlink(missing_ok=True)",
                '"452 4.3.1 No room"',
                '"2500 kept"',
            ),
            "begins with a code of three digits",
        ),
        (
            KEEPS.format(
                'path = folder / f"{uuid.uuid4()}.eml"',
                "path.unlink(missing_ok=True)",
                '"452 4.3.1 No room\\r\\n"',
                '"250 2.0.0 Letter kept"',
            ),
            "an empty line more",
        ),
        (
            KEEPS.format(
                'path = folder / f"{uuid.uuid4()}.eml"',
                "path.unlink(missing_ok=True)",
                '"452 5.3.1 No room"',
                '"250 2.0.0 Letter kept"',
            ),
            "The two codes in it disagree",
        ),
        (
            KEEPS.format(
                'path = folder / f"{uuid.uuid4()}.eml"', "pass", '"452 4.3.1 No room"', '"250 2.0.0 Letter kept"'
            ),
            "4096 of 208018 octets stayed in the folder",
        ),
        (
            KEEPS.format(
                'path = folder / f"{uuid.uuid4()}.eml"',
                "path.unlink()",
                '"452 4.3.1 No room"',
                '"250 2.0.0 Letter kept"',
            ),
            "in line 6 of keep_first, `path.unlink()`, and gave no answer. That file may not be there yet",
        ),
        (
            "import uuid\nfrom pathlib import Path\n\n\n"
            "def keep_first(content, folder, answer):\n"
            "    path = Path(folder, str(uuid.uuid4()))\n"
            "    path.write_text(str(content))\n"
            '    answer("250 2.0.0 Letter kept")',
            "begins with b'",
        ),
        (
            "import os\nimport uuid\n\n\n"
            "def keep_first(content, folder, answer):\n"
            "    path = folder / str(uuid.uuid4())\n"
            "    try:\n"
            '        with open(path, "wb") as file:\n'
            "            file.write(content)\n"
            "            file.flush()\n"
            "    except OSError:\n"
            "        path.unlink(missing_ok=True)\n"
            '        return answer("452 4.3.1 No room")\n'
            "    try:\n"
            "        os.sync()\n"
            '        with open(path, "rb") as file:\n'
            "            os.fsync(file.fileno())\n"
            "    except OSError:\n"
            '        return answer("452 4.3.1 No room")\n'
            '    answer("250 2.0.0 Letter kept")',
            "it will be there twice",
        ),
        (
            "import os\nimport uuid\n\n\n"
            "def keep_first(content, folder, answer):\n"
            "    path = folder / str(uuid.uuid4())\n"
            "    try:\n"
            '        with open(path, "wb") as file:\n'
            "            file.write(content)\n"
            "    except OSError:\n"
            "        path.unlink(missing_ok=True)\n"
            '        return answer("452 4.3.1 No room")\n'
            "    try:\n"
            '        with open(path, "rb") as file:\n'
            "            os.fsync(file.fileno())\n"
            "    except OSError:\n"
            "        pass\n"
            '    answer("250 2.0.0 Letter kept")',
            "when `os.fsync` was called for the file, and it said 250",
        ),
        (
            KEEPS.format(
                'path = folder / f"{uuid.uuid4()}.eml"',
                "path.unlink(missing_ok=True)",
                '"452 4.3.1 No room"',
                '"250 2.0.0 Letter kept"',
            ).replace(
                "path.write_bytes(content)",
                'with open(path, "wb") as file:\n            file.write(content)\n            os.fsync(file.fileno())',
            ),
            "when 0 octets of the letter were in the file",
        ),
        (
            'def keep_first(content, folder, answer):\n    print(content)\n    answer("250 2.0.0 Taken")',
            "the folder is empty",
        ),
    ),
    "Keeper": (
        (
            "class Keeper:\n"
            "    def __init__(self, domain, people, folder):\n"
            "        self.folder = folder\n\n"
            "    async def handle_DATA(self, server, session, envelope):\n"
            '        return "250 OK"',
            "finds the hooks by their names",
        ),
        (
            "class Keeper:\n"
            "    def __init__(self, domain, people, folder):\n"
            "        self.domain, self.people = domain, people\n\n"
            "    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):\n"
            '        return "250 OK"\n\n'
            "    async def handle_DATA(self, server, session, envelope):\n"
            '        return "250 OK"',
            "note the recipient itself",
        ),
        (
            "class Keeper:\n"
            "    def __init__(self, domain, people, folder):\n"
            "        self.domain, self.people = domain, people\n\n"
            "    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):\n"
            "        envelope.rcpt_tos.append(address)\n"
            '        return "250 OK"\n\n'
            "    async def handle_DATA(self, server, session, envelope):\n"
            "        print(envelope.content.decode())\n"
            '        return "250 OK"',
            "has lost it",
        ),
        (
            "import uuid\nfrom pathlib import Path\n\n\n"
            "class Keeper:\n"
            "    def __init__(self, domain, people, folder):\n"
            "        self.folder = folder\n\n"
            "    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):\n"
            "        envelope.rcpt_tos.append(address)\n"
            '        return "250 OK"\n\n'
            "    async def handle_DATA(self, server, session, envelope):\n"
            "        Path(self.folder, str(uuid.uuid4())).write_bytes(envelope.content)\n"
            '        return "250 OK"',
            "there is no such mailbox",
        ),
        (
            "import uuid\nfrom pathlib import Path\n\n\n"
            "class Keeper:\n"
            "    def __init__(self, domain, people, folder):\n"
            "        self.domain, self.people, self.folder = domain, people, folder\n\n"
            "    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):\n"
            '        name, _, domain = address.lower().rpartition("@")\n'
            "        if domain != self.domain or name not in self.people:\n"
            '            return "550 5.1.1 No such user here"\n'
            "        envelope.rcpt_tos.append(address)\n"
            '        return "250 OK"\n\n'
            "    async def handle_DATA(self, server, session, envelope):\n"
            "        Path(self.folder, str(uuid.uuid4())).write_bytes(envelope.content)\n"
            '        return "250 OK"',
            "A passing trouble became a bounce",
        ),
        (
            SERVES.replace("== self.domain", '== "learner.test"'),
            "Whose letters it takes has to come from what it was made with",
        ),
        (
            SERVES.replace("in self.people", 'in {"me", "postmaster"}'),
            "Whose letters it takes has to come from what it was made with",
        ),
        (
            SERVES.replace("write_bytes(envelope.content)", "write_text(str(envelope.content))"),
            "begins with b'",
        ),
        (
            SERVES.replace("write_bytes(envelope.content)", "write_bytes(envelope.content.replace(b'\\r', b''))"),
            "not the bytes that came",
        ),
        (
            SERVES.replace("write_bytes(envelope.content)", "write_text(envelope.content.decode())"),
            "`handle_DATA` raised UnicodeDecodeError",
        ),
        (SERVES.replace("path.unlink(missing_ok=True)", "pass"), "4096 octets of the letter stayed in the folder"),
        (SERVES.replace("name.lower()", "name"), "Me@learner.test was answered with 550"),
        (SERVES.replace('"250 OK"', '"250 OK\\r\\n"'), "an empty line more"),
        (
            SERVES.replace('return "550 5.1.1 No"', "raise KeyError(name)"),
            "`handle_RCPT` raised KeyError: 'nobody' in line 10 of Keeper, `raise KeyError(name)` with nobody@",
        ),
        (
            SERVES + "\n    async def handle_MAIL(self, server, session, envelope, address, mail_options):\n"
            "        envelope.mail_from = address\n"
            '        return "250 OK" if "@" in address else "550 5.7.1 Who are you?"\n',
            "MAIL FROM:<> was answered with 550",
        ),
    ),
    "my_mx": (
        ("@ MX 10 192.0.2.25", "looked up as if it were a name"),
        ("@ MX 10 192.0.2.25.", "looked up as if it were a name"),
        ("@ MX 10 mail.learner.test", "final dot"),
        ("@ A 192.0.2.25", "has no MX record"),
        ("@ MX mail", "could not be published"),
        ("MX 10 mail", "MX was read as the name"),
        ("@ MX 10 ns", "Your server is mail.learner.test"),
        ("@ MX 0 .", "null MX"),
        ("@ MX 10 mx", "Which host of the zone"),
        ("@ MX 10 2001:db8::25", "looked up as if it were a name"),
        ("@ MX 10 postmaster@learner.test.", "hosts have no @"),
        ("learner.test MX 10 mail", "completed to learner.test.learner.test"),
        (" MX 10 mail", "begins with a blank"),
        ("@ MX 10 mail\n@ MX 10 ns", "takes either of them first"),
        ("@ MX 10 ns\n@ MX 20 mail", "Your server is mail.learner.test"),
    ),
    "which_code": (
        ([550, 550, 552], "a passing trouble became a bounce"),
        ([552, 550, 552], "a passing trouble became a bounce"),
        ([452, 450, 552], "for an unknown user"),
        ([452, 550, 452], "a letter that is too big"),
        ([452, 552, 550], "which of them speaks of size"),
        ([450, 550, 552], "not about a lack of room"),
        ([452, 554, 554], "section 4.2.3"),
        ([452], "there is none yet"),
        (["452 or 552", 550, 552], "you name several codes, 452 or 552"),
        ([452, 550, [552, 452]], "you name several codes"),
        ([452, 550, 552, 451], "names 4 codes"),
        ([452, 250, 552], "is no refusal"),
    ),
    "guilty": (
        ("handle_RCPT", "RCPT TO was never said"),
        ("handle_DATA", "never came to DATA"),
        ("handle_EHLO", "EHLO got its 250"),
        ("out.gmail.test", "DNS and network did their part"),
        ("the mail server", "DNS and network did their part"),
        ("handle_MAIL and handle_RCPT", "more than one"),
        (["handle_RCPT", "handle_MAIL"], "more than one"),
        ("handle_MAILBOX", "DNS and network did their part"),
        ("mishandle_MAIL", "DNS and network did their part"),
    ),
    "go_ahead": (
        (250, "something of another kind"),
        (220, "greeting"),
        (503, "begins with a 3"),
        ("354 or 250", "names more than one code"),
        ([354, 250], "names more than one code"),
        ("220, 354", "names more than one code"),
        ("3540", "is not it"),
        (334, "only one in RFC 5321"),
    ),
    "low_port": (
        ("a", "On Windows it does"),
        ("c", "who is asking"),
        ("d", "one letter"),
        ("b or a", "more than one letter"),
        ("b) or c)", "more than one letter"),
        ("b, a", "more than one letter"),
        ("a/b/c", "more than one letter"),
        (["a", "b"], "one letter"),
        ("b c", "more than one letter"),
    ),
    "who_is_who": (
        (_street(crocus="Keeper", freesia="Forgetful"), "By which word of the reply?"),
        (_street(crocus="Forgetful", freesia="Keeper"), "You are sure that crocus is Forgetful"),
        (_street(freesia="the Keeper"), "You are sure that freesia is Keeper"),
        (_street(crocus="Full"), "crocus took the letter: 250. Full would not have said so"),
        (_street(crocus="Keeper or Forgetful or Strict"), "Strict would not have said so"),
        (_street(dahlia="Strict", aster="Full"), 'aster is not Full. 550 is "no"'),
        (_street(dahlia="Away"), '452 is "not now"'),
        (_street(begonia="Full"), "Who cannot even say that?"),
        (_street(begonia="Away or Full"), "you leave more than one role open"),
        (_street(begonia="?"), "none of the five roles"),
        ({"aster": "Strict"}, "begonia is not in your table"),
        (["Strict", "Away"], "The check wants a table"),
        ("Full", "The check wants a table"),
    ),
    "one_evidence": (
        ("a", "the same words at the dot"),
        ("b)", "It proves that the letter came"),
        ("d", "forgets it, too"),
        ("a or c", "One piece of evidence"),
        (["b", "c"], "One piece of evidence"),
        ("the 250", "one letter: a, b, c or d"),
        (3, "one letter: a, b, c or d"),
    ),
}
