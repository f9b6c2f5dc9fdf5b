"""Notebook 12, your own mail server: wrong answers and the feedback that each must get. Tests alone read it."""

from ..altered import source_with
from . import answers

_IMPORTS = {
    "message_from_bytes(": "from email import message_from_bytes\n",
    "re.split(": "import re\n",
}


def _altered(function: object, *changes: tuple[str, str]) -> str:
    """The reference's source with a mistake in it."""
    text = source_with(function, *changes)
    return "".join(line for part, line in _IMPORTS.items() if part in text) + f"\n\n{text}"


def _lines(**changes: str) -> dict[str, str]:
    """Who wrote each line, with others in it."""
    return answers.who_wrote_each_line | {name.replace("_", " "): who for name, who in changes.items()}


HAPPENED = {  # a value such as the run gives
    "shared_door": ["ada@learner.test", "me@learner.test"],
    "adas_from": "250 2.0.0 Letter kept as a4462804db",
    "one_reply": "250 2.0.0 Letter kept as 75cf72f858",
    "seam": ("a receipt",),
    "monday": "sent",
}

_ON_SELF = (
    ("self.house = house\n", "self.house = house\n        self.to = []\n"),
    ("envelope.rcpt_tos.append(who)", "self.to.append(who)\n            envelope.rcpt_tos = self.to"),
)
_COUNT = 'session.wrong = getattr(session, "wrong", 0) + 1'

MISTAKES = {
    "FrontDoor": [
        (_altered(answers.FrontDoor, *_ON_SELF), "The queue has a letter"),
        (
            _altered(answers.FrontDoor, ("            envelope.rcpt_tos.append(who)\n", "")),
            "aiosmtpd keeps no recipient by itself",
        ),
        (
            _altered(
                answers.FrontDoor,
                (
                    "    async def handle_RCPT",
                    "    async def handle_MAIL(self, server, session, envelope, address, options):\n"
                    "        envelope.mail_from = address.strip('<>')\n"
                    "        return '250 2.1.0 Sender noted'\n\n"
                    "    async def handle_RCPT",
                ),
            ),
            "with an empty text aiosmtpd believes that MAIL never came",
        ),
        (_altered(answers.FrontDoor, ("self.house.accepts(who)", '"250 2.1.5 OK"')), "Ask `self.house.accepts"),
        (
            _altered(answers.FrontDoor, ("rcpt_tos.append(who)", "rcpt_tos.append(address)")),
            "Append the same address",
        ),
        (
            _altered(answers.FrontDoor, ('address if "@" in address else f"{address}@{self.house.domain}"', "address")),
            "Where there is no @",
        ),
        (
            _altered(
                answers.FrontDoor,
                (_COUNT, 'envelope.wrong = getattr(envelope, "wrong", 0) + 1'),
                ("session.wrong <=", "envelope.wrong <="),
            ),
            "On the envelope it begins anew",
        ),
        (
            _altered(
                answers.FrontDoor,
                (_COUNT, 'self.wrong = getattr(self, "wrong", 0) + 1'),
                ("session.wrong <=", "self.wrong <="),
            ),
            "A count in `self` is everybody's",
        ),
        (
            _altered(answers.FrontDoor, ("session.wrong <= 10", "session.wrong < 10")),
            "Only with the eleventh refusal of one connection",
        ),
        (
            _altered(answers.FrontDoor, ("            return reply\n", "            return\n")),
            "`handle_RCPT` returned None",
        ),
        (_altered(answers.FrontDoor, ("(self, house):", "(self, domain, people):")), "and nothing else"),
        (_altered(answers.FrontDoor, ("async def handle_RCPT", "def handle_RCPT")), "has to be an `async def`"),
        (
            "class FrontDoor:\n    def __init__(self, house):\n        self.house = house\n",
            "It has no `handle_RCPT`",
        ),
        (
            _altered(answers.FrontDoor, ("self.house.accepts(who)", "self.house.accept(who)")),
            "It raised AttributeError",
        ),
    ],
    "AdasDoor": [
        (
            _altered(answers.AdasDoor, ('if address.lower() not in (session.user, "<>"):', "if not address:")),
            "no leave to write as Bob",
        ),
        (_altered(answers.AdasDoor, ("address.lower() not in", "address not in")), "it is the same name"),
        (_altered(answers.AdasDoor, ('(session.user, "<>")', "(session.user,)")), "receipts have it"),
        (
            _altered(answers.AdasDoor, ("== [session.user]", "!= []")),
            "Grace sees From:, and not the envelope",
        ),
        (
            _altered(
                answers.AdasDoor,
                (
                    "self.house.authors(envelope.content) == [session.user]",
                    "session.user in self.house.authors(envelope.content)",
                ),
            ),
            "it has to be hers alone",
        ),
        (
            _altered(
                answers.AdasDoor, ('None if hers else "550 5.7.1 From: has to name you, and nobody else"', "hers")
            ),
            "`refuses` returned True",
        ),
        (_altered(answers.AdasDoor, ("    def refuses", "    async def refuses")), "is a plain `def`"),
        (
            _altered(
                answers.AdasDoor,
                ("self.house = house\n", "self.house, self.user = house, None\n"),
                (
                    "        if address.lower()",
                    "        self.user = self.user or session.user\n        if address.lower()",
                ),
                ('(session.user, "<>")', '(self.user, "<>")'),
            ),
            "Two clients share the one object",
        ),
        (
            _altered(answers.AdasDoor, ("        envelope.mail_from = address\n", "")),
            "aiosmtpd notes nothing by itself",
        ),
        (
            _altered(
                answers.AdasDoor,
                ("        envelope.mail_from = address\n", ""),
                ("        if address.lower()", "        envelope.mail_from = address\n        if address.lower()"),
            ),
            "must not stand on the envelope",
        ),
        (
            _altered(
                answers.AdasDoor,
                (
                    "    def refuses",
                    "    async def handle_RCPT(self, server, session, envelope, address, options):\n"
                    "        return self.house.accepts(address)\n\n"
                    "    def refuses",
                ),
            ),
            "nobody asks where a recipient lives",
        ),
    ],
    "take_letter": [
        (
            _altered(
                answers.take_letter,
                ("        house.keep(state, letter)\n", "        pass\n"),
            ),
            "was never called",
        ),
        (
            _altered(
                answers.take_letter,
                (
                    "        house.keep(state, letter)\n",
                    "        for who in envelope.rcpt_tos:\n            house.keep(state, letter)\n",
                ),
            ),
            "Keep it once, for everybody",
        ),
        (
            _altered(answers.take_letter, ('"452 4.3.1 No room at the moment"', '"250 2.0.0 Letter kept"')),
            "nobody may believe that it was",
        ),
        (
            _altered(
                answers.take_letter,
                ("house.keep(state, ", "house.keep(house.state(envelope.mail_from, envelope.rcpt_tos), "),
            ),
            "Ask for that once",
        ),
        (_altered(answers.take_letter, ("except OSError", "except ValueError")), "the OSError went through"),
        (
            _altered(
                answers.take_letter,
                ("    letter = house.seal(letter) if visit.user else letter\n", ""),
                (
                    "letter = envelope.content\n",
                    "letter = house.seal(envelope.content) if visit.user else envelope.content\n",
                ),
            ),
            "it is the last thing that happens to the letter",
        ),
        (_altered(answers.take_letter, ("    if visit.user:\n", "    if True:\n")), "A stranger's letter is not yours"),
        (
            _altered(answers.take_letter, ("if len(envelope.rcpt_tos) == 1", "if envelope.rcpt_tos")),
            "may be a blind copy",
        ),
        (
            _altered(answers.take_letter, ('if len(envelope.rcpt_tos) == 1 else ""', 'if False else ""')),
            "goes before the semicolon",
        ),
        (
            _altered(answers.take_letter, ("visit.results + trace.encode()", "trace.encode() + visit.results")),
            "stands on top of all",
        ),
        (_altered(answers.take_letter, ("visit.results + trace", "trace")), "stands on top of all"),
        (
            _altered(answers.take_letter, ("if name not in header", "if name.encode() not in envelope.content")),
            "is no field",
        ),
        (
            _altered(answers.take_letter, ("\\twith", "with")),
            "begins with a space or a tab",
        ),
        (_altered(answers.take_letter, ("with {visit.protocol}", "with SMTP")), "with ESMTP"),
        (
            _altered(
                answers.take_letter,
                ("({visit.literal})", "({visit.address})"),
            ),
            "in brackets",
        ),
        (_altered(answers.take_letter, ("{name}: {value}\\r\\n", "{name}: {value}\\n")), "ends in CR LF"),
        (
            _altered(answers.take_letter, ("return f\"250 2.0.0 Letter kept as {state['id']}\"", "return state['id']")),
            "250 belongs there",
        ),
    ],
    "at_home": [
        (
            'def at_home(letter, sender):\n    return f"Return-Path: <{sender}>\\r\\n".encode() + letter\n',
            "and nothing else does",
        ),
        (_altered(answers.at_home, ("<{sender}>", "{sender}")), "in angle brackets"),
        (_altered(answers.at_home, ("(?![ \\t])", "")), "with the lines that continue it"),
        (
            _altered(
                answers.at_home,
                ("field.lower().startswith", "field.startswith"),
                (b"return-path:".decode(), "Return-Path:"),
            ),
            "small letters",
        ),
        (
            "import re\n\n\n"
            "def at_home(letter, sender):\n"
            '    rest = re.sub(rb"(?im)^Return-Path:.*\\r\\n([ \\t].*\\r\\n)*", b"", letter)\n'
            '    return f"Return-Path: <{sender}>\\r\\n".encode() + rest\n',
            "the word in the body",
        ),
        (
            "def at_home(letter, sender):\n    return f'Return-Path: <{sender}>\\r\\n' + letter.decode('latin-1')\n",
            "a letter is bytes",
        ),
        (
            _altered(
                answers.at_home,
                (
                    'f"Return-Path: <{sender}>".encode(), *others',
                    '*others, f"Return-Path: <{sender}>".encode()',
                ),
            ),
            "The first line",
        ),
    ],
    "sort_out": [
        (_altered(answers.sort_out, ('"" if mail_from == "<>" else mail_from', "mail_from")), "is somebody"),
        (_altered(answers.sort_out, ("[2].lower() ==", "[2] ==")), "in capitals or not"),
        (
            "def sort_out(mail_from, recipients, domain):\n"
            "    recipients = [who.lower() for who in recipients]\n"
            '    ours = [who for who in recipients if who.rpartition("@")[2] == domain]\n'
            '    others = [who for who in recipients if who.rpartition("@")[2] != domain]\n'
            '    return "" if mail_from == "<>" else mail_from, ours, others\n',
            "changed capitals in the addresses themselves",
        ),
        (
            _altered(answers.sort_out, ('who.rpartition("@")[2].lower() == domain', "who.lower().endswith(domain)")),
            "the whole domain",
        ),
        (_altered(answers.sort_out, ('rpartition("@")[2]', 'partition("@")[2]')), "behind the last @"),
        (
            _altered(
                answers.sort_out,
                ("return sender, ours, [who for who in recipients if who not in ours]", "return sender, ours"),
            ),
            "It returns three things",
        ),
        (
            _altered(
                answers.sort_out,
                (
                    "return sender, ours, [who for who in recipients if who not in ours]",
                    "return sender, ours, recipients",
                ),
            ),
            "in the other list, once",
        ),
        (_altered(answers.sort_out, ("else mail_from", "else mail_from.lower()")), "A sender stays as it came"),
    ],
    "go_down": [
        (
            _altered(answers.go_down, ("    for door in house.listening:\n        door.close()\n", "")),
            "still let somebody in",
        ),
        (
            _altered(
                answers.go_down,
                ("        async with visit.turn:\n", "        if True:\n"),
            ),
            "Wait for its turn",
        ),
        (
            _altered(answers.go_down, ('await visit.say("421 4.3.2 Going down. Come again later")', "pass")),
            "421 says: later",
        ),
        (
            _altered(answers.go_down, ("    await house.rounds_end()\n", "")),
            "brought once more on Monday",
        ),
        (_altered(answers.go_down, ("list(house.visits)", "list(house.visits)[:2]")), "421"),
        (
            "import sys\n\n\nasync def go_down(house):\n    sys.exit()\n",
            "Who is connected?",
        ),
        (_altered(answers.go_down, ("421 4.3.2", "221 2.0.0")), "it should begin with 421"),
        (
            "import asyncio\n\n\nasync def go_down(house):\n    while house.visits:\n        await "
            "asyncio.sleep(0.1)\n",
            "did not end within five seconds",
        ),
    ],
    "who_wrote_each_line": [
        (_lines(Date="Ada"), "Ada's program gave none"),
        (_lines(the_lower_Received="outlook.test"), "after `by`"),
        (_lines(Return_Path="x") | {"Return-Path": "learner.test"}, "a copy of MAIL FROM"),
        (_lines(Subject="Grace"), "It is one of three"),
        ({"From": "Ada"}, "is gone from the dictionary"),
        ("Ada", "Fill in the dictionary"),
    ],
    "whole_of_parts": [("a", "passed"), ("b", "One author"), ("d", "none of the three")],
    "restart_now": [("a", "Neither knows it"), ("c", "never comes"), ("d", "none of the three")],
}
