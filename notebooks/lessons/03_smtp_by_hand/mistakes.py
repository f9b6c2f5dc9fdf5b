"""Notebook 03, SMTP by hand: wrong answers and the feedback that each must get. Tests alone read it."""

import inspect

from . import answers

_IMPORT = "from helpers.answers import read_reply, stuff\n\n\n"


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


HAPPENED = {  # a value such as the run gives
    "who_greets": b"220",
    "noop_unannounced": "250 2.0.0 OK",
    "envelope_commands": ("ada@gmail.test", 0, 0),
    "no_data": 0,
    "first_recv": b"x1.outlook.test ESMTP\r\n",
    "lone_dot": "500 5.5.2 No such command; try HELP",
    "bare_lf": "550 5.5.2 A command ends in CR LF, and neither of the two stands alone",
    "one_refused": 1,
}

MISTAKES = {
    "order_commands": (
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
        ("EHLO or HELO, MAIL, RCPT, DATA, letter, QUIT", "no card called"),
        (["EHLO", "MAIL", "RCPT", "DATA", "letter", "QUIT", "RCPT"], "Each of the six cards"),
    ),
    "letter_to_grace": (
        ([], "Nothing lies in Grace's mailbox"),
        ("250 2.0.0 Letter kept as 0002", "is no letter"),
        ([answers.letter_to_grace[0].replace(b"for <grace", b"for <support")], "somebody else's mailbox"),
        ([answers.letter_to_grace[0].replace(b"laptop.learner.test (", b"out.gmail.test (", 1)], "introduced itself"),
        ([answers.letter_to_grace[0].replace(b"laptop.learner.test (", b"me (", 1)], "and EHLO should say so"),
        ([answers.letter_to_grace[0].replace(b"192.0.2.10", b"198.51.100.10")], "was brought by `laptop"),
        ([answers.letter_to_grace[0].replace(b"\r\n\r\n", b"\r\n")], "nothing below its header"),
        ([answers.letter_to_grace[0].replace(b"Subject: Typed\r\n", b"")], "has no Subject"),
        ([answers.letter_to_grace[0].replace(b"From: Ada <ada@gmail.test>\r\n", b"")], "has no From"),
        ([*answers.letter_to_grace, b"From: Ada\r\n\r\nHello\r\n"], "somebody else's mailbox"),
        ([answers.letter_to_grace[0].replace(b"Subject: Typed", b"Subject: A riddle")], "Ada's riddle, which part two"),
    ),
    "read_reply": (
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
        (
            _read_reply_with(
                'raise ConnectionError("the server closed the connection in the middle of a reply")', "return None"
            ),
            "yours gave None as if that were a reply",
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
        (_read_reply_with('.decode("utf-8", "replace")', '.decode("ascii")'), "yours raised UnicodeDecodeError"),
        (_read_reply_with('.decode("utf-8", "replace")', '.decode("latin-1")'), "`.decode()`, with nothing in"),
        (_read_reply_with('.decode("utf-8", "replace")', '.decode("ascii", "ignore")'), "`.decode()`, with nothing"),
        (
            "def read_reply(sock):\n    lines = []\n"
            "    while not lines or lines[-1][3:4] == '-':\n        line = ''\n"
            "        while not line.endswith('\\r\\n'):\n"
            "            octet = sock.recv(1).decode()\n"
            "            if not octet:\n                raise ConnectionError\n            line += octet\n"
            "        lines.append(line[:-2])\n    return '\\n'.join(lines)",
            "neither of them alone is a character",
        ),
        (
            "def read_reply(sock):\n    lines = ['   -']\n    while lines[-1][3] == '-':\n        line = b''\n"
            "        while not line.endswith(b'\\r\\n'):\n            octet = sock.recv(1)\n"
            "            if not octet:\n                raise ConnectionError\n            line += octet\n"
            "        lines.append(line[:-2].decode())\n    return '\\n'.join(lines[1:])",
            "That was with the reply `550` and CR LF",
        ),
    ),
    "stuff": (
        (
            "def stuff(letter):\n    lines = letter.removesuffix(b'\\r\\n').split(b'\\r\\n')\n"
            "    return b''.join((b'.' + x if x[0] == b'.' else x) + b'\\r\\n' for x in lines) + b'.\\r\\n'",
            "no first byte. A slice of it is empty",
        ),
        (
            "def stuff(letter):\n    out = b''\n    for line in letter.split(b'\\r\\n'):\n"
            "        if line[0] == ord('.'):\n            line = b'.' + line\n"
            "        out += line + b'\\r\\n'\n    return out + b'.\\r\\n'",
            "with a letter without any dot. That was with the empty line that ends its header",
        ),
        (
            "def stuff(letter):\n    parts = letter.split(b'\\r\\n\\r\\n')\n    return parts[9] + b'.\\r\\n'",
            "IndexError: list index out of range in line 3",
        ),
        ("def stuff(letter):\n    return letter + b'.\\r\\n'", "2 of the 5 lines"),
        ("def stuff(letter):\n    print(letter + b'.\\r\\n')", "End it with `return` and the bytes"),
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
        (
            "def stuff(letter):\n    text = letter.decode()\n    text += '' if text.endswith('\\r\\n') else '\\r\\n'\n"
            "    return ('\\r\\n' + text).replace('\\r\\n.', '\\r\\n..')[2:].encode() + b'.\\r\\n'",
            "That was with a letter with bytes that are no UTF-8",
        ),
        (
            "def stuff(letter):\n    lines = letter.decode('latin-1').splitlines()\n"
            "    lines = ['.' + line if line[:1] == '.' else line for line in lines]\n"
            "    return '\\r\\n'.join([*lines, '.', '']).encode('latin-1')",
            "what arrived is not what was sent",
        ),
        ("def stuff(letter):\n    return letter.decode() + '.\\r\\n'", "What goes over a socket is bytes"),
    ),
    "carry_letter": (
        (_send_mail_with("reply = read_reply(sock)  # the greeting", "reply = '220'"), "Read the greeting first"),
        (_send_mail_with("        replies.update", "        dict"), "the reply after the final dot"),
        (_send_mail_with('        say("QUIT")', "        sock.close()"), "hung up without a word"),
        (_send_mail_with("    return replies", "    return reply"), "Give back a dict"),
        (_send_mail_with("    return replies", "    print(replies)"), "End it with `return` and the dict"),
        (_send_mail_with("dict.fromkeys(accepted, reply)", "dict.fromkeys(accepted, reply[:3])"), "which is a part of"),
        (_send_mail_with("stuff(letter)", 'letter + b".\\r\\n"'), "knows what has to be done with dots"),
        (_send_mail_with("for recipient in recipients}", "for recipient in recipients[:1]}"), "nothing from bob"),
        (
            _send_mail_with('say(f"RCPT TO:<{recipient}>")', "say(f\"RCPT TO:<{','.join(recipients)}>\")"),
            "is said once for each",
        ),
        (_send_mail_with("return read_reply(sock)", "return sock.recv(1024).decode()"), "cuts each reply"),
        (
            _send_mail_with("dict.fromkeys(accepted, reply)", "dict.fromkeys(accepted[:1], reply)"),
            "for grace@outlook.test it gave '250 2.1.5",
        ),
    ),
    "send_mail": (
        (
            _send_mail_with(
                'recipient, reply in replies.items() if reply.startswith("2")',
                'recipient, reply in replies.items() if reply.startswith("250")',
            ),
            "with 251, which accepts her",
        ),
        (
            _send_mail_with(
                "            sock.sendall(stuff(letter))\n            reply = read_reply(sock)\n",
                "            try:\n                sock.sendall(letter)\n                reply = read_reply(sock)\n"
                "            finally:\n                sock.sendall(b'QUIT\\r\\n')\n",
            ),
            "still waiting for the end",
        ),
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
        (_send_mail_with("stuff(letter)", "stuff(letter).decode().encode()"), "with bytes that are no UTF-8"),
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
    "find_mistake": (
        (15, "who spoke out of turn?"),
        (14, "who had not waited for it?"),
        (8, "at the right moment"),
        (13, "Which is the first?"),
        (2, "still allowed"),
        (1, "speaks first"),
        (6, "as it should be"),
        ("the 250", "is not the number of a line"),
        (99, "is not the number of a line"),
        ([9, 15, 14], "which line you mean"),
        ("9 or 10", "which line you mean"),
        ("not 9", "which line you mean"),
        ("from 9 to 13", "which line you mean"),
        (range(9, 14), "which line you mean"),
        ("90", "is not the number of a line"),
        (9.5, "is not the number of a line"),
        (-9, "is not the number of a line"),
    ),
}
