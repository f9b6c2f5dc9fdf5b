"""Notebook 05, a live server: wrong answers and the feedback that each must get. Tests alone read it."""

HAPPENED = {  # a value such as the run gives
    "where_is_it": [],
    "first_event": ["connect", "MAIL"],
    "after_rcpt": ("ada@gmail.test", ["me@learner.test"], None),
    "for_others": 250,
    "stopped": "deferred",
}

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
        ("def accept_rcpt(address, domain, people):\n    return 250", "put the reply in quotes"),
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
            '        name, _, domain = address.rpartition("@")\n'
            "        if domain.lower() != self.domain or name not in self.people:\n"
            '            return "550 5.1.1 No such user here"\n'
            "        envelope.rcpt_tos.append(address)\n"
            '        return "250 OK"\n\n'
            "    async def handle_DATA(self, server, session, envelope):\n"
            "        Path(self.folder, str(uuid.uuid4())).write_bytes(envelope.content)\n"
            '        return "250 OK"',
            "A passing trouble became a bounce",
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
        ([452, 250, 552], "is no refusal"),
    ),
    "guilty": (
        ("handle_RCPT", "RCPT TO was never said"),
        ("handle_DATA", "never came to DATA"),
        ("handle_EHLO", "EHLO got its 250"),
        ("out.gmail.test", "DNS and network did their part"),
        ("the mail server", "DNS and network did their part"),
        ("handle_MAIL and handle_RCPT", "more than one"),
    ),
    "go_ahead": (
        (250, "something of another kind"),
        (220, "greeting"),
        (503, "begins with a 3"),
        (334, "only one in RFC 5321"),
    ),
    "low_port": (("a", "On Windows it does"), ("c", "who is asking"), ("d", "one letter")),
}
