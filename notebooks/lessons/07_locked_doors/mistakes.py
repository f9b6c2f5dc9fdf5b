"""Notebook 07, locked doors: wrong answers and the feedback that each must get. Tests alone read it."""

from ..altered import source_with
from . import answers

_TAKEN = (
    "import hashlib\nimport hmac\nimport os\nfrom base64 import b64encode\n{}from helpers.answers import read_reply\n\n"
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

HAPPENED = {  # a value such as the run gives
    "what_is_465": "530 5.7.0 Log in first (AUTH)",
    "after_tls": "503 5.5.1 Say EHLO or HELO first",
    "tap_under_tls": [b"smtp.gmail.test"],
    "refused_login": True,
    "www_certificate": "Hostname mismatch, certificate is not valid for 'smtp.gmail.test'.",
    "stripped": ("delivered", None),
    "required_fate": "deferred",
    "bank_in_clear": "250 2.1.0 Sender <olive@corner-shop.test> OK",
}

MISTAKES = {
    "which_port": (
        ([465, 587, 465, 25], "465 is not 25 with TLS"),
        ([465, 587, 587, 25], "it is always 25"),
        ([25, 25, 25, 25], "Port 25 asks nobody to log in"),
        ([587, 465, 25, 25], "The other way round"),
        ([587, 587, 25, 25], "On one of the two ports TLS is there from the start"),
        ([465, 578, 25, 25], "none of the three ports"),
        (465, "the dict of the cell"),
        (["465 or 587", 587, 25, 25], "'465 or 587' is none of the three ports"),
        (["465", "587, or 465", "25", "25"], "'587, or 465' is none of the three ports"),
        ([465, 587, 25, "125"], "125 is none of the three ports"),
        ({}, "none of the three ports"),
    ),
    "start_tls": (
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
        (_altered(answers.start_tls, ('startswith("220")', 'startswith("2")')), "said 221, which ends"),
        (_altered(answers.start_tls, ('not reply.startswith("220")', 'reply.startswith("4")')), "said 502"),
        (_altered(answers.start_tls, (".splitlines()]", ".splitlines()[:-1]]")), "as the last line, with a space"),
        (_altered(answers.start_tls, ("line[4:].upper()", "line[4:]")), "not in capitals, and yours did not see it"),
        (
            _altered(answers.start_tls, ("raise ConnectionError(f", "raise OSError(f")),
            "yours raised OSError. Then raise `ConnectionError`",
        ),
        (
            _altered(answers.start_tls, (f"sock = {_CALLED}", f"secret = {_CALLED}"), ("return sock", "return secret")),
            "the old socket was used after TLS had begun",
        ),
        (
            _altered(answers.start_tls, ('not reply.startswith("220")', 'reply != "220"')),
            "said '220 2.0.0 Ready to start TLS' to STARTTLS",
        ),
        (
            _altered(answers.start_tls, ('"STARTTLS" not in offers', '"250-STARTTLS" not in offers')),
            "to EHLO, and yours",
        ),
    ),
    "auth_plain": (
        (
            "from base64 import b64encode\ndef auth_plain(user, password):\n"
            "    return b64encode(f'\\0{user.lower()}\\0{password}'.encode()).decode()\n",
            "For Olive.O@Corner-Shop.test",
        ),
        (
            "from base64 import b64encode\ndef auth_plain(user, password):\n"
            "    return b64encode(f'\\0{user}\\0{password.strip()}'.encode()).decode()\n",
            "For Olive.O@Corner-Shop.test",
        ),
        (
            "from base64 import urlsafe_b64encode\ndef auth_plain(user, password):\n"
            "    return urlsafe_b64encode(f'\\0{user}\\0{password}'.encode()).decode()\n",
            "no base64 as SMTP writes it",
        ),
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
    "relays": (
        ("def relays(sock, local, foreign):\n    return False\n", "named no recipient"),
        ("def relays(sock, local, foreign):\n    return True\n", "named no recipient"),
        (_altered(answers.relays, ('reply.startswith("2")', 'reply.startswith("250")')), "The host said 251 to RCPT"),
        (_altered(answers.relays, ('reply.startswith("2")', 'reply == "250"')), "A 2 in front is a yes"),
        (_altered(answers.relays, ("TO:<{foreign}>", "TO: {foreign}")), "it is the command that it does not like"),
        (_altered(answers.relays, ('    say("EHLO laptop.learner.test")\n', "")), "or one before it is missing"),
        (
            _altered(answers.relays, ('reply.startswith("2")', 'not reply.startswith(("550", "450"))')),
            "554 to each RCPT",
        ),
        (_altered(answers.relays, ("<{foreign}>", "<me@learner.test>")), "It named <me@learner.test>"),
        (
            _altered(answers.relays, ("(foreign, local)", '(foreign, "postmaster@corner-shop.test")')),
            "It named <postmaster@corner-shop.test>",
        ),
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
    "keep_password": (
        (
            _altered(answers.keep_password, ("os.urandom(16)", "random.randbytes(16)"), imports="import random\n"),
            "can be foreseen",
        ),
        (_altered(answers.keep_password, ("password.encode", "password.strip().encode")), "all spaces and capitals"),
        (_altered(answers.keep_password, ("password.encode()", "password.encode()[:72]")), "its UTF-8, whole"),
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
    "check_password": (
        (_altered(answers.check_password, ("password.encode", "password.strip().encode")), "was refused"),
        (_altered(answers.check_password, ("kept[:16], kept[16:]", "bytes(range(16)), kept[16:]")), "another salt"),
        (
            _altered(answers.check_password, ("kept[16:]", "kept[17:]"), ("dklen=32)", "dklen=32)[1:]")),
            "differs in its first bit",
        ),
        (
            _altered(answers.check_password, ("    salt,", "    if not password:\n        return True\n    salt,")),
            "an empty password",
        ),
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
            "from helpers.answers import keep_password\n"
            "def check_password(password, kept):\n    return keep_password(password) == kept\n",
            "the right password was refused",
        ),
        (
            _altered(answers.check_password, ("kept[16:]", "kept[16:24]"), ("dklen=32)", "dklen=32)[:8]")),
            "only part of the hash",
        ),
        (_altered(answers.check_password, (", digest)", ", kept)")), "compared with the 32 bytes after it"),
        ("def check_password(password, kept):\n    return True\n", "a wrong password"),
    ),
    "sts_allows": (
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
            _altered(answers.sts_allows, ('if ("mode", "enforce") not in fields', 'if "mode: enforce" not in policy')),
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
        (
            _altered(answers.sts_allows, ('("mode", "enforce") not in fields', '"enforce" not in policy')),
            "in the name of a",
        ),
        (_altered(answers.sts_allows, ('name == "mx" and value', "value")), "`mx-old` is a field"),
        (
            _altered(answers.sts_allows, ("value in (exchange,", "exchange.startswith(value) or value in (")),
            "is Mallory's",
        ),
        (
            _altered(answers.sts_allows, ("value in (exchange,", "exchange.endswith(value) or value in (")),
            "another domain's",
        ),
    ),
    "whose_certificate": (
        ("bank.test", "the name that was called"),
        ("mta-sts.bank.test", "that certificate is good"),
        ("mx.bank.test", "rather than guess"),
        ("wrong name", "a kind of trouble"),
        ("Hostname mismatch", "a kind of trouble"),
        ((("DNS", "www.bank.test"),), "Give it alone"),
        ("gmail.test", "does not stand in it"),
        ("bank.test or www.bank.test", "is one name"),
        (["www.bank.test", "bank.test", "mta-sts.bank.test"], "is one name"),
        ("www.bank.tests", "does not stand in it"),
    ),
}
