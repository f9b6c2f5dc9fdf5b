"""Notebook 07, locked doors: its predictions and exercises."""

import re

from ..answers import locked_doors as answers
from ..exercise import CodeExercise, ValueExercise, source_with
from ..judging import Feedback, right, shown, word, wrong
from ..prediction import Option, Prediction

REFERENCE = "helpers.check.answers.locked_doors"
JUDGES = "helpers.check.judges.locked_doors"


def _starts(*codes: str):
    return lambda reply: reply.startswith(codes)


PREDICTIONS = (
    Prediction(
        name="what_is_465",
        question="You connect to port 465 of smtp.gmail.test, begin TLS, and bring a letter as one host brings it to "
        "another: EHLO, MAIL FROM. What does it answer to MAIL FROM?",
        example="530 5.7.0 Log in first (AUTH)",
        options=(
            Option(
                "250: 465 is port 25 with TLS",
                _starts("250"),
                "Hosts bring letters to each other on port 25, with TLS or without. An MX record has no room for "
                "another port.",
            ),
            Option(
                "530: log in first",
                _starts("530"),
                "465 is for people's programs, which hand in letters: submission. Who has no account does not get in.",
            ),
            Option(
                "nothing: 465 is from the nineties, and nobody listens there any more",
                lambda reply: not reply,
                "For twenty years the official list of ports did not have it for mail. Since 2018 it does, and it is "
                "recommended (RFC 8314 section 3.3).",
            ),
        ),
    ),
    Prediction(
        name="after_tls",
        question="You have said EHLO in clear, then STARTTLS, and TLS has begun. Now you go on at once with MAIL FROM. "
        "What comes back?",
        example="503 5.5.1 Say EHLO or HELO first",
        options=(
            Option(
                "250: you have introduced yourself already",
                _starts("250"),
                "In clear, where anybody in the middle could have said it in your place. It counts for nothing now.",
            ),
            Option(
                "530: on this port a log-in has to come first",
                _starts("530"),
                "That is the next obstacle here. Another comes before it. (Hosts that do without EHLO would say this.)",
            ),
            Option(
                "503: say EHLO first",
                _starts("503"),
                "Whatever was said before TLS, the server has to forget (RFC 3207 section 4.2), the EHLO too.",
            ),
        ),
    ),
    Prediction(
        name="tap_under_tls",
        question="The tap has every byte that you sent after STARTTLS. Which of these does a listener find in it: MAIL "
        "FROM, ada@gmail.test, smtp.gmail.test?",
        example=[b"smtp.gmail.test"],
        options=(
            Option(
                "none of them: everything after STARTTLS is encrypted",
                lambda found: not found,
                "Nearly. The two have to agree on keys first, and until then what they say is in clear.",
            ),
            Option(
                "only smtp.gmail.test",
                lambda found: found == [b"smtp.gmail.test"],
                "The client's first message comes before there are keys. It says which host is wanted, for a machine "
                "that has certificates for several (RFC 6066 section 3).",
            ),
            Option(
                "MAIL FROM and the address: the envelope stays readable, the letter does not",
                lambda found: b"MAIL FROM" in found,
                "TLS knows no envelope and no letter. It encrypts the connection, and all that is said on it.",
            ),
        ),
    ),
    Prediction(
        name="refused_login",
        question="A program sends AUTH PLAIN, with Bob's name and password in base64, before TLS. The host refuses "
        "with 538. Has the listener got the password?",
        example=True,
        options=(
            Option(
                "no: the host refused the log-in",
                lambda heard: heard is False,
                "The host refused after it had heard. So had everybody on the way.",
            ),
            Option(
                "yes",
                lambda heard: heard is True,
                "A refusal cannot take back what was said. A program has to keep the password to itself until TLS "
                "has begun.",
            ),
            Option(
                "no: the host stops the program at the word PLAIN, before the password is out",
                lambda heard: heard is None,
                "The words stand on the same line, and a host hears a line to its end before it answers. A program may "
                "say AUTH PLAIN alone, and wait to be asked.",
            ),
        ),
    ),
    Prediction(
        name="www_certificate",
        question="smtp.gmail.test shows a certificate for www.smtp.gmail.test. An authority that you trust has signed "
        "it, and it is in date. What does your context say?",
        example="Hostname mismatch, certificate is not valid for 'smtp.gmail.test'.",
        options=(
            Option(
                "no complaint: it is signed and in date",
                _starts("no complaint"),
                "So is Mallory's, for mallory.test: an authority signs for whoever shows that a name is theirs. What "
                "counts is whether it is the name that you called.",
            ),
            Option(
                "no complaint: a certificate for www. is good for the name without it",
                lambda said: said == "www",
                "The name is compared label by label. Many certificates for the web name both, and that is why it "
                "seems to work there.",
            ),
            Option(
                "it refuses: that is not the name that was called",
                lambda said: "ismatch" in said,
                "The name is what ties the key to the host that you meant (RFC 9525 section 6).",
            ),
        ),
    ),
    Prediction(
        name="stripped",
        question="Mallory writes over the word STARTTLS in the reply of bank.test. out.gmail.test uses TLS where it is "
        "offered. What becomes of Ada's letter?",
        example=("delivered", None),
        options=(
            Option(
                "it waits: the host notices that the reply was tampered with",
                lambda value: value[0] != "delivered",
                "How could it? Many hosts offer no STARTTLS, and this looks like one of them.",
            ),
            Option(
                "it is delivered in clear, and nobody notices",
                lambda value: value == ("delivered", None),
                "Both hosts did what they should. Neither knows that the other was ready for more.",
            ),
            Option(
                "it is delivered under TLS: both hosts can do it, so they do",
                lambda value: value[0] == "delivered" and value[1] is not None,
                "To begin TLS both have to agree, and they agree in clear, where Mallory can write.",
            ),
        ),
    ),
    Prediction(
        name="required_fate",
        question="From notebook 03, by the first digit of a code: the sending host now insists on TLS, and it is not "
        "offered. What should become of the letter?",
        example="deferred",
        options=(
            Option(
                "it bounces at once, a 5: the exchange cannot do what is asked",
                "bounced",
                "It may have been able an hour ago, and may be in an hour. A bounce would also tell Mallory how to get "
                "rid of your letters.",
            ),
            Option(
                "it waits, a 4: tomorrow the word may be there again",
                "deferred",
                "A 4 in front, so it waits. Should it last for days, the letter comes back to its sender.",
            ),
            Option(
                "it goes in clear after all: better than not at all",
                "delivered",
                "Then to insist would be no more than a wish. Here the letter goes under TLS, or it does not go.",
            ),
        ),
    ),
    Prediction(
        name="bank_in_clear",
        question="bank.test offers STARTTLS on port 25. A host that knows no TLS brings it a letter: EHLO, then MAIL "
        "FROM. What does bank.test answer?",
        example="250 2.1.0 Sender <olive@corner-shop.test> OK",
        options=(
            Option(
                "530: STARTTLS has to come first, as at a bank one would expect",
                _starts("530"),
                "On 587 that would be right. The exchange of a domain must not ask it: letters that come today "
                "would stop.",
            ),
            Option(
                "250: whoever has a letter for its people may bring it",
                _starts("250"),
                "A public exchange must not require TLS (RFC 3207 section 4). What it can do is to say publicly that "
                "it offers it.",
            ),
            Option(
                "538: a log-in needs TLS",
                _starts("538"),
                "Nobody asked to log in. Hosts bring letters to an exchange without.",
            ),
        ),
    ),
)


def _which_port(answer: object) -> Feedback:
    wanted = answers.which_port
    if isinstance(answer, list | tuple) and len(answer) == len(wanted):
        answer = dict(zip(wanted, answer, strict=True))
    if not isinstance(answer, dict):
        return wrong(f"It is {shown(answer)}, and the check looks for the dict of the cell, filled in.")
    given = {case: _number(answer.get(case)) for case in wanted}
    if given == wanted:
        return right(
            "People's programs hand letters in on 465, or on 587 with STARTTLS, and log in. Hosts bring letters to an "
            "exchange on 25, with STARTTLS where both can."
        )
    submitted, older, with_tls, clear = given.values()
    if 465 in (with_tls, clear) or 587 in (with_tls, clear):
        return wrong(
            "A host that brings a letter finds the exchange by its MX record, which names no port: it is always 25. "
            "TLS comes there by STARTTLS, on the same port. 465 is not 25 with TLS."
        )
    if 25 in (submitted, older):
        return wrong("Port 25 asks nobody to log in. A program that hands in its user's letter needs one that does.")
    if (submitted, older) == (587, 465):
        return wrong("The other way round: on one of the two, TLS comes before the first word; which?")
    if submitted == older:
        return wrong("Both hand in a letter. On one of the two ports TLS is there from the start, on the other not.")
    odd = next(port for port in given.values() if port not in (25, 465, 587))
    return wrong(f"{shown(odd)} is none of the three ports, 25, 465 and 587.")


def _number(value: object) -> object:
    found = re.search(r"\d+", word(value))
    return int(found[0]) if found else value


def _whose_certificate(answer: object) -> Feedback:
    name = word(answer)
    if name == answers.whose_certificate:
        return right(
            "Somebody renewed it for the web site, and the exchange shows it too. out.gmail.test follows the bank's "
            "own policy and does not deliver to a name that it did not call; corner-shop.test takes any certificate. "
            "The bank has to mend it. Until it does, the letters wait."
        )
    if name == "bank.test":
        return wrong("That is the name that was called. The certificate bears another, and there lies the trouble.")
    if name == "mta-sts.bank.test":
        return wrong("There the policy is served, and that certificate is good. Look at the exchange, port 25.")
    if name.endswith(".bank.test"):
        return wrong(f"{name} is near. Read it off the certificate, rather than guess it.")
    if word(answer) in ("wrong name", "expired", "unknown authority"):
        return wrong("That is a kind of trouble. Asked for is the name that stands in the certificate.")
    return wrong(
        f"{shown(answer)} does not stand in it. The delivery's record says what out.gmail.test complained of; the name "
        "itself is in the certificate of bank.test, port 25."
    )


_TAKEN = (
    f"import hashlib\nimport hmac\nimport os\nfrom base64 import b64encode\n{{}}from {REFERENCE} import read_reply\n\n"
)


def _altered(function: object, *changes: tuple[str, str], imports: str = "") -> str:
    """The reference's source with a mistake in it."""
    text = source_with(function, *changes)
    return f"{_TAKEN.format(imports)}\n{text}"


_OFFERED = '    if "STARTTLS" not in offers:\n        raise ConnectionError(f"{name} does not offer STARTTLS")\n'
_AGREED = '    if not reply.startswith("220"):\n        raise ConnectionError(f"{name} does not begin TLS: {reply}")\n'
_SECOND_EHLO = 'say("EHLO laptop.learner.test")  # all that was said before counts for nothing'
_CALLED = "context.wrap_socket(sock, server_hostname=name)"
_BUFFERED = f"""
def start_tls(sock, name, context):
    left = b""

    def say(line):
        nonlocal left
        sock.sendall(line.encode() + b"\\r\\n")
        reply = []
        while not reply or reply[-1][3:4] == b"-":
            while b"\\r\\n" not in left:
                data = sock.recv(1024)
                if not data:
                    raise ConnectionError("closed")
                left += data
            line, _, left = left.partition(b"\\r\\n")
            reply.append(line)
        return b"\\n".join(reply).decode()

    if "STARTTLS" not in say("EHLO laptop.learner.test"):
        raise ConnectionError("no STARTTLS")
    if not say("STARTTLS").startswith("220"):
        raise ConnectionError("no TLS")
    sock = {_CALLED}
    return sock, say("EHLO laptop.learner.test")
"""

EXERCISES = (
    ValueExercise(
        name="which_port",
        asks="the port for each of the four",
        judge=_which_port,
        reference=REFERENCE,
        hints=(
            "Two of them are a person's program and its provider, two are a host and an exchange. Which are which?",
            "Hosts find an exchange by its MX record. Is there room for a port in it?",
            "On 465 TLS comes before the first word. On 587 and on 25 it is asked for by STARTTLS.",
        ),
        wrong=(
            ([465, 587, 465, 25], "465 is not 25 with TLS"),
            ([465, 587, 587, 25], "it is always 25"),
            ([25, 25, 25, 25], "Port 25 asks nobody to log in"),
            ([587, 465, 25, 25], "The other way round"),
            ([587, 587, 25, 25], "On one of the two ports TLS is there from the start"),
            ([465, 578, 25, 25], "none of the three ports"),
            (465, "the dict of the cell"),
        ),
    ),
    CodeExercise(
        name="start_tls",
        asks="a function `start_tls(sock, name, context)` that gives the TLS socket and the reply to EHLO on it",
        judge=f"{JUDGES}:start_tls",
        reference=REFERENCE,
        hints=(
            "Two times EHLO, once STARTTLS, and between them one call of `context.wrap_socket`. Two things may go "
            "wrong before it: what are they?",
            "The offers are the lines of the first reply, from their fifth character on. Without `STARTTLS` among "
            'them, or where the reply to it is not 220: `raise ConnectionError("...")`.',
            "`sock = context.wrap_socket(sock, server_hostname=name)`, then EHLO on the new socket, and "
            "`return sock, reply`.",
        ),
        wrong=(
            (
                _altered(answers.start_tls, (f"return sock, {_SECOND_EHLO}", 'return sock, "\\n".join(offers)')),
                "has forgotten the first",
            ),
            (
                _altered(
                    answers.start_tls,
                    (f"return sock, {_SECOND_EHLO}", f"{_SECOND_EHLO}\n    return sock, '\\n'.join(offers)"),
                ),
                "the reply from before TLS",
            ),
            (_altered(answers.start_tls, (f"return sock, {_SECOND_EHLO}", "return sock")), "a pair"),
            (
                _altered(
                    answers.start_tls,
                    ('    reply = say("STARTTLS")\n', '    sock.sendall(b"STARTTLS\\r\\n")\n'),
                    (_AGREED, ""),
                ),
                "before the host had said 220",
            ),
            (_altered(answers.start_tls, (_AGREED, "")), "said 454, not now"),
            (_altered(answers.start_tls, (_OFFERED, ""), (_AGREED, "")), "does not offer STARTTLS"),
            (_altered(answers.start_tls, (_OFFERED, "")), "asked for it all the same"),
            (
                _altered(answers.start_tls, (_SECOND_EHLO, '""'), ("return sock", 'say("EHLO me")\n    return sock')),
                "Asked for is the reply",
            ),
            (
                _altered(
                    answers.start_tls,
                    (_OFFERED, '    if "STARTTLS" not in offers:\n        return sock, "\\n".join(offers)\n'),
                ),
                "went on in clear",
            ),
            (
                _altered(answers.start_tls, ("raise ConnectionError(f", "raise ValueError(f")),
                "raise `ConnectionError`",
            ),
            (
                _altered(answers.start_tls, ("server_hostname=name", 'server_hostname="smtp.gmail.test"')),
                "With bank.test",
            ),
            (
                _altered(
                    answers.start_tls,
                    (_CALLED, "unchecked.wrap_socket(sock)"),
                    (
                        '    reply = say("STARTTLS")\n',
                        '    reply = say("STARTTLS")\n    unchecked = ssl._create_unverified_context()\n',
                    ),
                    imports="import ssl\n",
                ),
                "a certificate with another name",
            ),
            (
                _altered(
                    answers.start_tls,
                    (_CALLED, "ssl.create_default_context().wrap_socket(sock, server_hostname=name)"),
                    imports="import ssl\n",
                ),
                "the context that you are given",
            ),
            (_BUFFERED, "came in clear, behind the 220"),
        ),
    ),
    CodeExercise(
        name="auth_plain",
        asks="a function `auth_plain(user, password)` that gives the word after AUTH PLAIN, as a str",
        judge=f"{JUDGES}:auth_plain",
        reference=REFERENCE,
        hints=(
            'The zero byte is `"\\0"` in a str. There are two of them, and the first part of the three is empty.',
            "`.encode()` makes bytes of the text, `b64encode` makes bytes in base64 of those.",
            '`b64encode(f"\\0{user}\\0{password}".encode())`, and `.decode()` at the end, for a str.',
        ),
        wrong=(
            (
                "from base64 import b64encode\ndef auth_plain(user, password):\n"
                "    return b64encode(f'{user}{password}'.encode()).decode()\n",
                "nothing tells the name from the password",
            ),
            (
                "from base64 import b64encode\ndef auth_plain(user, password):\n"
                "    return b64encode(f'{user}:{password}'.encode()).decode()\n",
                "what web pages do",
            ),
            (
                "from base64 import b64encode\ndef auth_plain(user, password):\n"
                "    return b64encode(f'{user}\\0{password}'.encode()).decode()\n",
                "one NUL too few",
            ),
            (
                "from base64 import b64encode\ndef auth_plain(user, password):\n"
                "    return b64encode(f'\\0{user}\\0{password}\\0'.encode()).decode()\n",
                "one NUL too many",
            ),
            (
                "from base64 import b64encode\ndef auth_plain(user, password):\n"
                "    return b64encode(f'\\0{user}\\0{password}'.encode())\n",
                "which is bytes",
            ),
            (
                "from base64 import encodebytes\ndef auth_plain(user, password):\n"
                "    return encodebytes(f'\\0{user}\\0{password}'.encode()).decode()\n",
                "a line end in it",
            ),
            (
                "def auth_plain(user, password):\n    return f'\\0{user}\\0{password}'\n",
                "no base64",
            ),
            (
                "from base64 import b64encode\ndef auth_plain(user, password):\n"
                "    return 'AUTH PLAIN ' + b64encode(f'\\0{user}\\0{password}'.encode()).decode()\n",
                "The command's own words",
            ),
            (
                "from base64 import b64encode\ndef auth_plain(user, password):\n"
                "    return b64encode(f'\\0{password}\\0{user}'.encode()).decode()\n",
                "The password stands where the name should",
            ),
            (
                "from base64 import b64encode\ndef auth_plain(user, password):\n"
                "    return b64encode(f'\\0{user}\\0{password}'.encode('latin-1')).decode()\n",
                "UTF-8",
            ),
        ),
    ),
    CodeExercise(
        name="relays",
        asks="a function `relays(sock, local, foreign)` that gives True or False",
        judge=f"{JUDGES}:relays",
        reference=REFERENCE,
        hints=(
            "It is a conversation as in notebook 03, broken off before DATA: which reply tells whether the host would "
            "carry the letter on?",
            "The recipient is `foreign` both times. The sender is `foreign` the first time and `local` the second, "
            "and RSET comes between.",
            'A reply to RCPT that begins with `"2"` is a yes. One yes is enough. QUIT, then return it.',
        ),
        wrong=(
            (
                _altered(answers.relays, ("RCPT TO:<{foreign}>", "RCPT TO:<{local}>")),
                "its own people",
            ),
            (
                _altered(
                    answers.relays,
                    ('        say("RSET")', '        say("DATA")\n        say("Hello\\r\\n.")\n        say("RSET")'),
                ),
                "It said DATA",
            ),
            (_altered(answers.relays, ("(foreign, local)", "(foreign,)")), "in the name of one of its own"),
            (_altered(answers.relays, ("(foreign, local)", "(local,)")), "from a stranger to a stranger"),
            (
                _altered(answers.relays, ('        say("RSET")  # and no DATA: nothing is sent\n', "")),
                "RSET",
            ),
            (
                _altered(answers.relays, ('reply.startswith("2")', 'not reply.startswith("5")')),
                "not now",
            ),
            (_altered(answers.relays, ('    say("QUIT")\n', "")), "without a word"),
            (
                _altered(answers.relays, ('return any(reply.startswith("2") for reply in replies)', "return replies")),
                "True or False",
            ),
            (
                _altered(
                    answers.relays,
                    ('replies.append(say(f"RCPT TO:<{foreign}>"))', 'say(f"RCPT TO:<{foreign}>")'),
                    ('        say(f"MAIL FROM:<{sender}>")', '        replies.append(say(f"MAIL FROM:<{sender}>"))'),
                ),
                "The reply to MAIL FROM",
            ),
        ),
    ),
    CodeExercise(
        name="keep_password",
        asks="a function `keep_password(password)` that gives 48 bytes, a salt of 16 and a hash of 32",
        judge=f"{JUDGES}:keep_password",
        reference=REFERENCE,
        hints=(
            "The salt is new for each password, and need not be secret: it is kept in front of the hash.",
            "`os.urandom(16)` draws the salt. `hashlib.scrypt` takes the password as bytes.",
            "`salt + hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)`",
        ),
        wrong=(
            (
                "import hashlib\ndef keep_password(password):\n    return hashlib.sha256(password.encode()).digest()\n",
                "no room for a salt",
            ),
            (
                "import hashlib, os\ndef keep_password(password):\n    salt = os.urandom(16)\n"
                "    return salt + hashlib.sha256(salt + password.encode()).digest()\n",
                "too quick",
            ),
            (
                _altered(answers.keep_password, ("os.urandom(16)", 'b"0123456789abcdef"')),
                "the same bytes",
            ),
            (
                _altered(answers.keep_password, ("os.urandom(16)", "hashlib.md5(password.encode()).digest()")),
                "the same bytes",
            ),
            (_altered(answers.keep_password, ("return salt + ", "return ")), "the salt is not among them"),
            ("def keep_password(password):\n    return password.encode().ljust(48)\n", "The password itself"),
            (_altered(answers.keep_password, ("2**14", "2")), "n=2**14"),
            (_altered(answers.keep_password, ("dklen=32)", "dklen=32).hex()")), "bytes"),
        ),
    ),
    CodeExercise(
        name="check_password",
        asks="a function `check_password(password, kept)` that gives True or False",
        judge=f"{JUDGES}:check_password",
        reference=REFERENCE,
        hints=(
            "A hash cannot be turned back. What can be done with the password that somebody has typed?",
            "`kept[:16]` is the salt, `kept[16:]` the hash. Make the hash anew, with that salt.",
            "`hmac.compare_digest(a, b)` says whether two byte strings are equal, and takes as long either way.",
        ),
        wrong=(
            (
                _altered(
                    answers.check_password,
                    ("hmac.compare_digest(", "("),
                    (", digest)", ") == digest"),
                ),
                "in constant time",
            ),
            (
                "import os\n"
                + _altered(
                    answers.check_password,
                    ("salt, digest = kept[:16], kept[16:]", "salt, digest = os.urandom(16), kept[16:]"),
                ),
                "the right password was refused",
            ),
            (
                f"from {REFERENCE} import keep_password\n"
                "def check_password(password, kept):\n    return keep_password(password) == kept\n",
                "the right password was refused",
            ),
            (
                _altered(answers.check_password, ("kept[16:]", "kept[16:24]"), ("dklen=32)", "dklen=32)[:8]")),
                "only part of the hash",
            ),
            ("def check_password(password, kept):\n    return True\n", "a wrong password"),
        ),
    ),
    CodeExercise(
        name="sts_allows",
        asks="a function `sts_allows(policy, exchange)` that gives True or False",
        judge=f"{JUDGES}:sts_allows",
        reference=REFERENCE,
        hints=(
            "A policy is lines of `name: value`. Which names matter here, and which of them may come several times?",
            "Where the mode is not enforce, the answer is `True`. Otherwise compare the exchange with each `mx`, in "
            "small letters.",
            'For a pattern such as `*.bank.test`: take the first label off the exchange, `exchange.partition(".")[2]`, '
            "and compare the rest with `pattern[2:]`.",
        ),
        wrong=(
            (
                _altered(
                    answers.sts_allows,
                    (
                        'value in (exchange, f"*.{rest}")',
                        "(value == exchange or value[:1] == '*' and exchange.endswith(value[1:]))",
                    ),
                ),
                "stands for one label",
            ),
            (
                _altered(
                    answers.sts_allows,
                    (
                        'value in (exchange, f"*.{rest}")',
                        "(value == exchange or value[:1] == '*' and exchange.endswith(value[2:]))",
                    ),
                ),
                "evilbank.test",
            ),
            ("def sts_allows(policy, exchange):\n    return exchange in policy\n", "bank.test ends"),
            (
                _altered(
                    answers.sts_allows,
                    ('    if ("mode", "enforce") not in fields:\n        return True\n', ""),
                ),
                "mode testing",
            ),
            (
                _altered(
                    answers.sts_allows, ('if ("mode", "enforce") not in fields', 'if "mode: enforce" not in policy')
                ),
                "need not be a space",
            ),
            (_altered(answers.sts_allows, (', f"*.{rest}")', ",)")), "With `mx: *.bank.test`"),
            (
                _altered(
                    answers.sts_allows,
                    (
                        'return any(name == "mx" and value in (exchange, f"*.{rest}") for name, value in fields)',
                        "return dict(fields)['mx'] in (exchange, f'*.{rest}')",
                    ),
                ),
                "names two",
            ),
            (
                _altered(answers.sts_allows, (".strip().lower()", ".strip()"), ("exchange.lower()", "exchange")),
                "capitals",
            ),
            (
                _altered(answers.sts_allows, ("policy.splitlines()", 'policy.split("\\r\\n")')),
                "LF alone",
            ),
        ),
    ),
    ValueExercise(
        name="whose_certificate",
        asks="the name that stands in the certificate, as text",
        judge=_whose_certificate,
        reference=REFERENCE,
        hints=(
            "Look at `waiting`: what did out.gmail.test complain of? Then look at the certificate yourself.",
            "A context that checks all but the name: `looking = lab.certificates.client_context()`, then "
            "`looking.check_hostname = False`. It is for looking only.",
            "Connect to 203.0.113.60, port 25, read the greeting, and begin TLS with `start_tls(sock, "
            '"bank.test", looking)` (`start_tls = check.take("start_tls")`). '
            '`getpeercert()["subjectAltName"]` of the new socket has the name.',
        ),
        wrong=(
            ("bank.test", "the name that was called"),
            ("mta-sts.bank.test", "that certificate is good"),
            ("mx.bank.test", "rather than guess"),
            ("wrong name", "a kind of trouble"),
            ("gmail.test", "does not stand in it"),
        ),
    ),
)
