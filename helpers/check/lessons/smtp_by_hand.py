"""Notebook 03, SMTP by hand: its predictions and exercises."""

import inspect
import re

from helpers.lab import Lab

from ..answers import smtp_by_hand as answers
from ..exercise import CodeExercise, ValueExercise
from ..judging import Feedback, right, shown, word, words, wrong
from ..prediction import Option, Prediction

REFERENCE = "helpers.check.answers.smtp_by_hand"
JUDGES = "helpers.check.judges.smtp_by_hand"


def _starts(*starts: str):
    """An option that is true when the run gives text or bytes with one of these starts."""

    def means(value: object) -> bool:
        text = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
        return text.startswith(starts)

    return means


PREDICTIONS = (
    Prediction(
        name="who_greets",
        question="From notebook 00, with a twist: you connect to mx1.outlook.test, send EHLO at once, without reading "
        "anything, and only then read three bytes. Which?",
        example=b"220",
        options=(
            Option(
                "250: the reply to EHLO, which establishes the connection",
                _starts("250"),
                "TCP has established it. The reply to EHLO comes as well, after something that was there before it.",
            ),
            Option(
                "220: the server's greeting",
                _starts("220"),
                "The server speaks first (RFC 5321 section 3.1): 220, ready. It was on its way before EHLO came, so a "
                "client that does not wait for it takes it for the answer to EHLO.",
            ),
            Option(
                "503: the client has spoken before its turn",
                _starts("5", "421", "nothing"),
                "It has. This host is patient, and many others hang up on a client that does not wait, because "
                "many programs that send spam do not.",
            ),
        ),
    ),
    Prediction(
        name="noop_unannounced",
        question="You have read the greeting, and have not said HELO or EHLO. You send NOOP. What comes back?",
        example="250 2.0.0 OK",
        options=(
            Option(
                "nothing: without HELO there is no connection yet",
                _starts("nothing"),
                "There is: you have read a greeting over it. TCP established the connection.",
            ),
            Option(
                "503: HELO has to come first",
                _starts("503"),
                "That is so for MAIL, which needs a client with a name. NOOP asks for nothing that needs one.",
            ),
            Option(
                "250: the connection stands, and a NOOP needs no name",
                _starts("250"),
                "NOOP, HELP, RSET, VRFY and QUIT may come before EHLO (RFC 5321 section 4.1.4). HELO and EHLO "
                "introduce the client; they open no connection.",
            ),
        ),
    ),
    Prediction(
        name="envelope_commands",
        question="mx1 has answered MAIL FROM:<ada@gmail.test> and RCPT TO:<support@outlook.test> with 250 each. What "
        "has it done?",
        example=("ada@gmail.test", 0, 0),
        options=(
            Option(
                "it has received mail from Ada, and forwarded it to support",
                lambda value: value[1] > 0,
                "No letter has been sent yet, so there is none to receive or forward. The words sound like deeds; they "
                "are two lines on an envelope.",
            ),
            Option(
                "it has noted the two addresses",
                lambda value: value == ("ada@gmail.test", 0, 0),
                "MAIL FROM names where a report goes if delivery fails, the return path. RCPT TO names one recipient "
                "(RFC 5321 section 3.3). Together they are the envelope, and so far it is empty.",
            ),
            Option(
                "it has asked gmail.test for Ada, and found support among its own mailboxes",
                lambda value: value[1] == 0 and value[2] > 0,
                "Support it did look for. About Ada nobody was asked: as far as SMTP goes, the client may put any "
                "address there. Notebook 08 is about that.",
            ),
        ),
    ),
    Prediction(
        name="no_data",
        question="HELO, MAIL, RCPT and QUIT, each answered with a 2. What arrives?",
        example=0,
        options=(
            Option(
                "a letter",
                lambda value: value == "a letter",
                "What would be in it? Nobody has sent a word of the letter.",
            ),
            Option(
                "an empty letter",
                lambda value: value == 1,
                "An empty letter would have to be sent too: DATA, and then a lone dot.",
            ),
            Option(
                "nothing",
                lambda value: value == 0,
                "The envelope was written and thrown away. Without DATA there is no letter, and each 250 before it was "
                "about a name or an address.",
            ),
        ),
    ),
    Prediction(
        name="first_recv",
        question="The wire now cuts each reply of mx1 in two. What does the first recv(1024) after EHLO bring?",
        example=b"x1.outlook.test ESMTP\r\n",
        options=(
            Option(
                "the reply to EHLO, since recv waits until 1024 bytes are there",
                lambda value: value.startswith(b"250") and value.endswith(b"\r\n"),
                "1024 is the most that `recv` may bring. It gives what is there, be it one byte, and does not wait for "
                "more.",
            ),
            Option(
                "the first piece of the reply to EHLO",
                lambda value: value.startswith(b"250") and not value.endswith(b"\r\n"),
                "Something older is still on its way: the second piece of the greeting.",
            ),
            Option(
                "the rest of the greeting",
                lambda value: bool(value) and value in b"220 mx1.outlook.test ESMTP\r\n",
                "From here on, every answer that you read belongs to the question before. Nothing reports an error: "
                "the conversation has merely slipped.",
            ),
        ),
    ),
    Prediction(
        name="lone_dot",
        question="The text of a letter has five lines, and the third is a lone dot. You send it as it is. What becomes "
        "of lines four and five?",
        example="500 5.5.2 No such command; try HELP",
        options=(
            Option(
                "they are the rest of the letter: the host sees that more is coming",
                _starts("the letter"),
                "A line with one dot ends the letter, always. The host cannot know that you meant yours otherwise.",
            ),
            Option(
                "the host takes them as commands",
                _starts("500", "502", "503"),
                "The lone dot ended the letter. What follows is what always follows a letter: the next command.",
            ),
            Option(
                "they are thrown away",
                _starts("nothing"),
                "The host throws nothing away. It reads on, and takes what it reads for what it expects.",
            ),
        ),
    ),
    Prediction(
        name="bare_lf",
        question="You end a command with \\n alone, as a line in a Python text ends. What does mx1 say?",
        example="550 5.5.2 A command ends in CR LF, and neither of the two stands alone",
        options=(
            Option(
                "250, as to any NOOP: a line is a line",
                _starts("250"),
                "Some servers are that lenient. Others are not, and where two hosts disagree on where a line ends, a "
                "letter can be made that one of them takes for two.",
            ),
            Option(
                "nothing: it still waits for the end of the line",
                _starts("nothing"),
                "A host may do that too, since only CR LF ends a line. This one says what is wrong.",
            ),
            Option(
                "it refuses",
                _starts("500", "501", "550"),
                "A line ends in CR LF, and neither of the two may be sent alone (RFC 5321 section 2.3.8). That the "
                "reply to it is 550 was this host's choice.",
            ),
        ),
    ),
    Prediction(
        name="one_refused",
        question="Two recipients, and the host refuses one of them with 550. What becomes of the letter?",
        example=1,
        options=(
            Option(
                "nobody gets it: a 5 in front means that all is over",
                lambda value: value == 0,
                "The 550 was the reply to one RCPT, and is about that one address.",
            ),
            Option(
                "the other one gets it, after DATA",
                lambda value: value == 1,
                "Each RCPT has a reply of its own. The letter goes to those who were accepted, and the sender hears "
                "about the others.",
            ),
            Option(
                "both get it, or it goes back for both",
                lambda value: value == 2,
                "One letter may be accepted for some of its recipients only: that is why RCPT comes once for each.",
            ),
        ),
    ),
)

_LINES = {
    "EHLO": b"EHLO laptop.learner.test\r\n",
    "MAIL": b"MAIL FROM:<ada@gmail.test>\r\n",
    "RCPT": b"RCPT TO:<support@outlook.test>\r\n",
    "DATA": b"DATA\r\n",
    "letter": b"Subject: Cards\r\n\r\nHello\r\n.\r\n",
    "QUIT": b"QUIT\r\n",
}
_CARDS = {card.casefold(): card for card in _LINES}


def _order_commands(answer: object) -> Feedback:
    given = words(answer)
    if given is None:
        return wrong(f"The check looks for a list, since the order is the question; {shown(answer)} has none.")
    if odd := [card for card in given if card not in _CARDS]:
        return wrong(f"There is no card called {shown(odd[0])}. The cards are {', '.join(sorted(_LINES))}.")
    if sorted(given) != sorted(_CARDS):
        return wrong("Each of the six cards has its place once.")
    cards = [_CARDS[card] for card in given]
    said = _play(cards)
    if said is None:
        return right(
            "The host took them in this order: who calls, the envelope's two addresses, the word that a letter comes, "
            "the letter, goodbye."
        )
    card, reply = said
    if card == "DATA" and reply.startswith("354"):
        return wrong(
            f"To DATA the host answered `{reply}`. All that follows is the letter then, until a line with a lone dot, "
            f"and you let {cards[cards.index('DATA') + 1]} follow: it would stand in the letter."
        )
    idea = {
        "letter": "It took the first line of the letter for a command, because it had not said 354.",
        "DATA": "A letter without an envelope has nowhere to go: MAIL, then RCPT, then DATA.",
        "RCPT": "MAIL begins an envelope, and RCPT adds a recipient to it.",
        "MAIL": "A client introduces itself first.",
        "QUIT": "That ends the conversation, and cards are left.",
    }[card]
    return wrong(f"A host of the lab was given your cards. To {card} it answered `{reply}`. {idea}")


def _play(cards: list[str]) -> tuple[str, str] | None:
    """Say the cards to a host of a lab; return the first one that went wrong, with the host's reply."""
    with Lab(beside=True) as lab, lab.connect("203.0.113.25", 25) as sock:
        answers.read_reply(sock)
        for number, card in enumerate(cards):
            sock.sendall(_LINES[card])
            reply = answers.read_reply(sock).splitlines()[0]
            after = cards[number + 1 : number + 2]
            if reply[0] in "45" or (card == "DATA" and after != ["letter"]) or (card == "QUIT" and after):
                return card, reply
    return None


def _find_mistake(answer: object) -> Feedback:
    number = re.search(r"\d+", word(answer))
    line = int(number[0]) if number else 0
    if not 1 <= line <= 15:
        return wrong(f"{shown(answer)} is not the number of a line. They run from 1 to 15.")
    if 9 <= line <= 13:
        if line > 9:
            return wrong(f"Line {line} comes too early, and so do some before it. Which is the first?")
        return right(
            "The letter began before 354. The host had not agreed to take one: had it answered DATA with 451 or 503, "
            "every line of the letter would have run as a command. That it went well here was luck."
        )
    if line == 15:
        return wrong(
            "You blame the 250. It answers the dot in line 13, and it is no mistake: the letter was kept. Take the "
            "turns one by one: who spoke out of turn?"
        )
    if line == 14:
        return wrong(
            "The 354 is the right answer to DATA, and the host gave it as soon as it could. What looks odd is its "
            "place: who had not waited for it?"
        )
    if line == 8:
        return wrong("DATA comes at the right moment: there is a sender, and a recipient has been accepted. Read on.")
    if line in (2, 3):
        return wrong("HELO is old and still allowed, and its reply has a single line. That is no mistake.")
    if line == 1:
        return wrong("The server speaks first: that is how it has to be.")
    return wrong(
        f"Line {line} is as it should be: each of these commands comes after the reply to the one before it. Where is "
        "that not so?"
    )


_IMPORT = f"from {REFERENCE} import read_reply, stuff\n\n\n"
_SUPPRESS = "from contextlib import suppress\n"


def _send_mail_with(old: str, new: str) -> str:
    """The reference's send_mail, with one thing changed in it."""
    source = inspect.getsource(answers.send_mail)
    assert old in source
    return _SUPPRESS + _IMPORT + source.replace(old, new, 1)


def _read_reply_with(old: str, new: str) -> str:
    """The reference's read_reply, with one thing changed in it."""
    source = inspect.getsource(answers.read_reply)
    assert old in source
    return source.replace(old, new, 1)


EXERCISES = (
    ValueExercise(
        name="order_commands",
        asks="a list of the six cards, in the order in which a client says them",
        judge=_order_commands,
        reference=REFERENCE,
        hints=(
            "Say them to a host yourself, and go by its replies: 503 means that something else has to come first.",
            "An introduction, then the envelope, then what is in it. Which of the two addresses begins an envelope?",
            "EHLO, then MAIL, then RCPT. DATA asks for permission to send the letter, and the host grants it with 354.",
        ),
        wrong=(
            (["EHLO", "MAIL", "DATA", "RCPT", "letter", "QUIT"], "503 5.5.1 No recipient has been accepted"),
            (["EHLO", "RCPT", "MAIL", "DATA", "letter", "QUIT"], "503 5.5.1 Say MAIL first"),
            (["MAIL", "EHLO", "RCPT", "DATA", "letter", "QUIT"], "503 5.5.1 Say EHLO or HELO first"),
            (["EHLO", "MAIL", "RCPT", "letter", "DATA", "QUIT"], "it had not said 354"),
            (["EHLO", "MAIL", "RCPT", "DATA", "QUIT", "letter"], "it would stand in the letter"),
            (["EHLO", "DATA", "MAIL", "RCPT", "letter", "QUIT"], "503 5.5.1 Say MAIL and RCPT first"),
            (["QUIT", "EHLO", "MAIL", "RCPT", "DATA", "letter"], "cards are left"),
            (["EHLO", "MAIL", "RCPT", "QUIT"], "Each of the six cards"),
            (["EHLO", "MAIL", "RCPT", "DATA", "dot", "QUIT"], "no card called"),
            (6, "has none"),
        ),
    ),
    CodeExercise(
        name="read_reply",
        asks="a function `read_reply(sock)` that gives one whole reply of the server as a str",
        judge=f"{JUDGES}:read_reply",
        reference=REFERENCE,
        hints=(
            "Two loops, one inside the other: the outer one over the lines of a reply, the inner one over the bytes of "
            "a line. What ends each of them?",
            "`sock.recv(1)` brings one byte. A line is whole when it ends in CR LF; a reply is whole when its latest "
            'line has no hyphen as its fourth byte: `line[3:4] != b"-"`.',
            'When `recv` gives `b""`, the connection is closed: `raise ConnectionError("...")`. Keep each line as '
            '`line[:-2]`, without its CR LF; at the end, `b"\\n".join(lines).decode()`.',
        ),
        wrong=(
            (
                "def read_reply(sock):\n"
                "    wire, lines = sock.makefile('rb', buffering=0), []\n"
                "    while True:\n"
                "        line = wire.readline()\n"
                "        if not line.endswith(b'\\n'):\n"
                "            raise ConnectionError('closed')\n"
                "        lines.append(line.decode().rstrip())\n"
                "        if b'-' not in line:\n"
                "            return '\\n'.join(lines)",
                "only the fourth byte tells",
            ),
            ("def read_reply(sock):\n    return sock.recv(1024).decode()", "your next read gets this reply's tail"),
            (
                "def read_reply(sock):\n    data = b''\n    while not data.endswith(b'\\r\\n'):\n"
                "        data += sock.recv(1024)\n    return data.decode()",
                "the line without a hyphen after its code",
            ),
            (
                "def read_reply(sock):\n    data = b''\n    while not data.endswith(b'\\r\\n'):\n"
                "        data += sock.recv(1)\n    return data.decode()",
                "it gave the first",
            ),
            (
                "def read_reply(sock):\n    data = b''\n    while True:\n        data += sock.recv(1024)\n"
                "        lines = data.split(b'\\r\\n')\n"
                "        if data.endswith(b'\\r\\n') and lines[-2][3:4] != b'-':\n            return data.decode()",
                "It took both off the wire",
            ),
            (
                "def read_reply(sock):\n    data = line = b''\n    while line[3:4] != b' ' or line[-2:] != b'\\r\\n':\n"
                "        line = b'' if line[-2:] == b'\\r\\n' else line\n        octet = sock.recv(1)\n"
                "        line, data = line + octet, data + octet\n    return data.decode()",
                "only a hyphen says that it goes on",
            ),
            (
                "def read_reply(sock):\n    data = line = b''\n"
                "    while line[-2:] != b'\\r\\n' or line[3:4] == b'-':\n"
                "        line = b'' if line[-2:] == b'\\r\\n' else line\n        octet = sock.recv(1)\n"
                "        line, data = line + octet, data + octet\n    return data.decode()",
                "went round for ever",
            ),
            (
                "def read_reply(sock):\n    data = line = b''\n"
                "    while line[-2:] != b'\\r\\n' or line[3:4] == b'-':\n"
                "        line = b'' if line[-2:] == b'\\r\\n' else line\n        octet = sock.recv(1)\n"
                "        if not octet:\n            break\n"
                "        line, data = line + octet, data + octet\n    return data.decode()",
                "as if that were a reply",
            ),
            (
                _read_reply_with(
                    'raise ConnectionError("the server closed the connection in the middle of a reply")',
                    "raise EOFError",
                ),
                "yours raised EOFError",
            ),
            (
                _read_reply_with(
                    'raise ConnectionError("the server closed the connection in the middle of a reply")',
                    "if lines:\n                    return lines[0].decode()\n                raise ConnectionError",
                ),
                "half a reply",
            ),
            ("def read_reply(sock):\n    return sock.recv(1024)", "which is bytes"),
            (_read_reply_with('lines[-1][3:4] == b"-"', 'lines[-1][3:4] == "-"'), "bytes and text are never equal"),
            (_read_reply_with("lines[-1][3:4] ==", "lines[-1][3] =="), "is never true: one byte is a number"),
            (
                "def read_reply(sock):\n    data = line = b''\n"
                "    while len(line) < 4 or line[3] != b' ' or line[-2:] != b'\\r\\n':\n"
                "        line = b'' if line[-2:] == b'\\r\\n' else line\n        octet = sock.recv(1)\n"
                "        line, data = line + octet, data + octet\n    return data.decode()",
                "`line[3] != b' '` is always true",
            ),
            (
                "def read_reply(sock):\n    data = b''\n    while data.count(b'\\n') < 7:\n"
                "        octet = sock.recv(1)\n        if not octet:\n            raise ConnectionError\n"
                "        data += octet\n    return data.decode()",
                "The greeting was whole",
            ),
            (_read_reply_with("lines.append(line[:-2])", "lines.append(line)"), "leaves the line's end in it"),
            (
                "def read_reply(sock):\n    wire, lines = sock.makefile('rb', buffering=0), []\n"
                "    while not lines or lines[-1][3:4] == b'-':\n"
                "        line = wire.readline()\n"
                "        if line:\n            lines.append(line[:-2])\n"
                "    return b'\\n'.join(lines).decode()",
                "went round for ever",
            ),
            ("def read_reply(sock):\n    return int(sock.recv(1024)[:3])", "the whole reply as one str"),
        ),
    ),
    CodeExercise(
        name="stuff",
        asks="a function `stuff(letter)` that gives all that goes out after 354, as bytes",
        judge=f"{JUDGES}:stuff",
        reference=REFERENCE,
        hints=(
            "Which dots could a host take for the end of the letter, and what stands before each of those?",
            "A line begins after CR LF, and at the start of the letter. Replace what begins a line with a dot by what "
            "begins one with two. What would make the first line look like the others? Last comes the end.",
            'Add CR LF where the letter lacks it. In `b"\\r\\n" + letter` replace each `b"\\r\\n."` by '
            '`b"\\r\\n.."`, and take the two bytes in front away again. Then `b".\\r\\n"` ends it all.',
        ),
        wrong=(
            ("def stuff(letter):\n    return letter + b'.\\r\\n'", "2 of the 5 lines"),
            ("def stuff(letter):\n    return letter.replace(b'\\r\\n.', b'\\r\\n..')", "still waiting for the end"),
            (
                "def stuff(letter):\n    return letter.replace(b'\\r\\n.\\r\\n', b'\\r\\n..\\r\\n') + b'.\\r\\n'",
                "fewer dots than it had",
            ),
            ("def stuff(letter):\n    return letter.replace(b'.', b'..') + b'.\\r\\n'", "more dots than it had"),
            (
                "def stuff(letter):\n    return letter.replace(b'\\r\\n.', b'\\r\\n..') + b'.\\r\\n'",
                "also on the first line",
            ),
            (
                "def stuff(letter):\n    return letter.replace(b'\\r\\n.', b'\\r\\n..') + b'\\r\\n.\\r\\n'",
                "an empty line was added",
            ),
            (
                "def stuff(letter):\n    return (b'\\r\\n' + letter).replace(b'\\r\\n.', b'\\r\\n..')[2:] + b'.\\r\\n'",
                "still waiting for the end",
            ),
            (
                "def stuff(letter):\n    lines = letter.splitlines(keepends=True)\n"
                "    return b''.join(b'.' + line if line[0] == '.' else line for line in lines) + b'.\\r\\n'",
                "`line[0] == '.'` is never true: one byte is a number",
            ),
            (
                "def stuff(letter):\n    lines = letter.splitlines()\n"
                "    return b''.join((b'..' if line == b'.' else line) + b'\\r\\n' for line in lines) + b'.\\r\\n'",
                "The line b'.profile' arrived as b'profile'",
            ),
            ("def stuff(letter):\n    return letter.decode() + '.\\r\\n'", "What goes over a socket is bytes"),
        ),
    ),
    CodeExercise(
        name="send_mail",
        asks="a function `send_mail(sock, sender, recipients, letter)` that gives a dict of recipient and reply",
        judge=f"{JUDGES}:send_mail",
        reference=REFERENCE,
        hints=(
            "An inner function `say(line)` that sends one line and gives the reply makes the rest short. "
            '`reply.startswith("2")` decides whether to go on.',
            "Begin with a dict in which each recipient has the reply to their own RCPT. Those whose reply starts with "
            "2 get the reply after the dot instead. Is there none of them, say no DATA.",
            "Three ends to think of: greeting, EHLO or MAIL refused (that reply counts for everyone); DATA not "
            "answered with 354 (no letter, that reply counts for the accepted ones); an OSError at QUIT (suppress "
            "that one, and no other).",
        ),
        wrong=(
            (
                _send_mail_with(
                    "    accepted =",
                    '    if any(reply.startswith("5") for reply in replies.values()):\n        return replies\n'
                    "    accepted =",
                ),
                "One refusal aborted all",
            ),
            (_send_mail_with("        replies.update", "        dict"), "the reply after the final dot"),
            (_send_mail_with("stuff(letter)", 'letter + b".\\r\\n"'), "knows what has to be done with dots"),
            (_send_mail_with("if accepted:", "if recipients:"), "you said DATA all the same"),
            (_send_mail_with('if reply.startswith("3"):', "if True:"), "Only after 354 may the letter follow"),
            (
                _send_mail_with("            reply = read_reply(sock)\n", "            reply = '250 sent'\n"),
                "the reply after the final dot",
            ),
            (
                _send_mail_with("    with suppress(OSError):", "    with suppress():"),
                "Grace reads it twice",
            ),
            (
                _send_mail_with(
                    "            reply = read_reply(sock)\n",
                    "            try:\n                reply = read_reply(sock)\n"
                    "            except OSError:\n                reply = '550 lost'\n",
                ),
                "nobody knows",
            ),
            (_send_mail_with('        say("QUIT")', "        sock.close()"), "hung up without a word"),
            (
                _send_mail_with("    with suppress", "    if not accepted:\n        return replies\n    with suppress"),
                "Say QUIT here too",
            ),
            (
                _send_mail_with(
                    "            reply = say(command)",
                    '            said = say(command)\n            reply = reply if "EHLO" in command else said',
                ),
                "answered EHLO with 451",
            ),
            (_send_mail_with("    return replies", "    return reply"), "Give back a dict"),
            (_send_mail_with("reply = read_reply(sock)  # the greeting", "reply = '220'"), "Read the greeting first"),
            (_send_mail_with("MAIL FROM:<", "MAIL FROM: <"), "with a space after the colon"),
            (_send_mail_with('say(f"RCPT TO:<{recipient}>")', 'say(f"RCPT TO:{recipient}")'), "goes between < and >"),
            (
                _send_mail_with('say(f"RCPT TO:<{recipient}>")', "say(f\"RCPT TO:<{','.join(recipients)}>\")"),
                "is said once for each",
            ),
            (_send_mail_with('line.encode() + b"\\r\\n"', 'line.encode() + b"\\r\\n\\r\\n"'), "To an empty line"),
            (
                _send_mail_with(
                    "sock.sendall(stuff(letter))\n            reply = read_reply(sock)",
                    "reply = say(stuff(letter).decode())",
                ),
                "and yet not all went well",
            ),
            (_send_mail_with("return replies", "return replies if reply[0] in '25' else {}"), "is missing"),
            (_send_mail_with("RCPT TO:<", "RCPT TO: <"), "with a space after the colon"),
            (_send_mail_with("EHLO laptop.learner.test", "EHLO ada"), "and `ada` is neither"),
            (_send_mail_with("EHLO laptop.learner.test", "EHLO gmail.test"), "and that is somebody else"),
            (_send_mail_with('line.encode() + b"\\r\\n"', "line.encode()"), "no CR LF stands at its end"),
            (_send_mail_with('line.encode() + b"\\r\\n"', 'line.encode() + b"\\n"'), "A command ends in CR LF"),
            (_send_mail_with("sock.sendall(stuff(letter))", "sock.sendall(letter)"), "still waiting for the end"),
            (_send_mail_with('f"MAIL FROM:<{sender}>"', '"MAIL FROM:<ada@gmail.test>"'), "MAIL FROM named ada"),
            (
                _send_mail_with(
                    'reply = say("DATA")\n        if reply.startswith("3"):',
                    'sock.sendall(b"DATA\\r\\n")\n        if reply.startswith("2"):',
                ),
                "before you had read the answer to DATA",
            ),
            (
                _send_mail_with(
                    "    replies = dict",
                    '    if reply[0] != "2":\n        return dict.fromkeys(recipients, reply)\n    replies = dict',
                ),
                "However it goes, a client says QUIT",
            ),
            (
                _send_mail_with("    if accepted:", "    if not accepted:\n        raise ValueError\n    if accepted:"),
                "a refusal is an answer and belongs in the dict",
            ),
            (
                _send_mail_with(
                    "reply = read_reply(sock)  # the greeting", "reply = read_reply(sock) and read_reply(sock)"
                ),
                "To each command there is one reply",
            ),
            (_send_mail_with("return read_reply(sock)", "return sock.recv(1024).decode()"), "cuts each reply"),
        ),
    ),
    ValueExercise(
        name="find_mistake",
        asks="the number of the line with which the mistake begins",
        judge=_find_mistake,
        reference=REFERENCE,
        hints=(
            "The client speaks, the server answers: go through the lines in pairs. Where is a pair torn apart?",
            "Between DATA and the letter something has to happen. What has to be said, and by whom?",
            "354 is the permission to send. Which line is the first that should have come after it?",
        ),
        wrong=(
            (15, "who spoke out of turn?"),
            (14, "who had not waited for it?"),
            (8, "at the right moment"),
            (13, "Which is the first?"),
            (2, "still allowed"),
            (1, "speaks first"),
            (6, "as it should be"),
            ("the 250", "is not the number of a line"),
            (99, "is not the number of a line"),
        ),
    ),
)
