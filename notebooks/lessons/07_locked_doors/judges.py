"""Judges of notebook 07's functions; they run in the child process, with a lab of their own."""

import hashlib
import re
import socket
import ssl
import sys
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from helpers.check.judging import Feedback, right, shown, trying, wrong
from helpers.lab import Lab
from helpers.lab.accounts import Accounts

from . import answers

ADDRESSES = {
    "smtp.gmail.test": "198.51.100.11",
    "bank.test": "203.0.113.60",
    "mx1.outlook.test": "203.0.113.25",
    "corner-shop.test": "203.0.113.90",
}
SMTP, SHOP = "smtp.gmail.test", "corner-shop.test"
PATIENCE = 1.0  # second; a host of the lab answers in a few thousandths of one, and a busy machine takes longer
TLS_RECORD = b"\x16\x03"


def _greeted(lab, name: str, port: int):
    """A connection to a host that has greeted."""
    sock = lab.connect(ADDRESSES[name], port, timeout=PATIENCE)
    _at_once(sock)
    answers.read_reply(sock)
    return sock


def _at_once(sock) -> None:
    """Let what follows a TLS handshake go out before the other side has acknowledged its end, which takes 40 ms."""
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


# start_tls


def start_tls(function) -> Feedback:
    """Judge `start_tls(sock, name, context)`, which returns a TLS socket and the reply to EHLO (RFC 3207)."""
    with Lab() as lab:
        problem = (
            _begins(function, lab, SMTP, 587)
            or _begins(function, lab, "bank.test", 25)
            or _looks_at_the_certificate(function, lab)
            or _not_offered(function, lab)
            or _not_now(function, lab)
            or _injected(function, lab)
            or _last_of_the_offers(function, lab)
        )
    return problem or right(
        "TLS begins where both have agreed, with the host that you meant, and then all begins anew. Where it is not "
        "offered, or the certificate is another's, your program stops before a word of yours has gone out."
    )


def _begins(function, lab, name: str, port: int) -> Feedback | None:
    with closing(_greeted(lab, name, port)) as sock:
        try:
            with trying(f"{name}, port {port}"):
                given = function(sock, name, lab.certificates.client_context())
        except ssl.SSLCertVerificationError as error:
            if "ismatch" in error.verify_message:
                return wrong(f"With {name}: {error.verify_message} The name to check is the one in `name`.")
            return wrong(
                f"With {name}: {error.verify_message}. Only the context that you are given trusts the course's "
                "authority: call `context.wrap_socket`."
            )
        except ssl.SSLError as error:
            return wrong(
                f"With {name}: {error}. TLS began before the host had said 220, and its words in clear were taken for "
                "TLS. Read the reply to STARTTLS first."
            )
        except ConnectionError as error:
            if "is closed" in str(error):
                return wrong(
                    f"With {name}, the old socket was used after TLS had begun. `context.wrap_socket` takes it over, "
                    "and returns a new one: say EHLO on that."
                )
            offered, agreed = (_said_to(_service(lab, name), verb) for verb in ("EHLO", "STARTTLS"))
            return wrong(
                f"{name} said {shown(agreed or offered)} to {'STARTTLS' if agreed else 'EHLO'}, and yours raised "
                f"ConnectionError: {error}."
            )
        return _amiss(given, lab, name)


def _amiss(given: object, lab, name: str) -> Feedback | None:
    if not isinstance(given, tuple | list) or len(given) != 2:
        return wrong(f"It gave {shown(given)}. Give back a pair: the new socket, and the reply to EHLO on it.")
    sock, reply = given
    if not isinstance(sock, ssl.SSLSocket):
        return wrong(
            "The first of the two is no TLS socket. `context.wrap_socket` returns a new one; the old one is not to "
            "be used any more."
        )
    with closing(sock):
        session = _service(lab, name).sessions[-1]
        greetings = [line.text for line in session.transcript.lines if line.text.upper().startswith("EHLO")]
        if len(greetings) < 2:
            return wrong(
                "EHLO was not said again under TLS, and the host has forgotten the first: it will answer MAIL with 503."
            )
        if not isinstance(reply, str):
            return wrong(f"As the second it gave {shown(reply)}. Give back the reply to EHLO under TLS, as a str.")
        if "STARTTLS" in reply:
            return wrong(
                f"As the second it gave {shown(reply)}. It is the reply from before TLS: anybody in the middle can "
                "have written it."
            )
        if reply[:4] not in ("250-", "250 "):
            return wrong(f"As the second it gave {shown(reply)}. Asked for is the reply to EHLO under TLS.")
        sock.sendall(b"NOOP\r\n")
        if not (said := answers.read_reply(sock)).startswith("250 2.0.0"):
            return wrong(f"Afterwards NOOP got {shown(said)}: an earlier reply was left unread on the TLS socket.")
    return None


def _said_to(host, verb: str) -> str:
    """What the host said, in its latest session, to the first line that begins with this verb; "" where none did."""
    lines = iter(host.sessions[-1].transcript.lines)
    if not any(line.who == "C" and line.text.upper().startswith(verb) for line in lines):
        return ""
    reply = []
    for line in lines:
        if line.who != "S":
            break
        reply.append(line.text)
        if line.text[3:4] != "-":
            break
    return "\n".join(reply)


def _service(lab, name: str):
    return lab.submission if name == SMTP else lab.mail_hosts[name]


def _looks_at_the_certificate(function, lab) -> Feedback | None:
    for kind, what in (
        ("wrong name", "a certificate with another name"),
        ("unknown authority", "a certificate that nobody known has signed"),
    ):
        lab.submission.tls = kind
        with closing(_greeted(lab, SMTP, 587)) as sock, trying(what):
            try:
                given = function(sock, SMTP, lab.certificates.client_context())
            except OSError:
                continue
            finally:
                lab.submission.tls = "valid"
        with suppress(Exception):
            given[0].close()
        return wrong(
            f"{SMTP} showed {what}, and yours went on. The line is encrypted, and Mallory may sit at its end. Let "
            "the context check: `server_hostname=name`, and none of its settings changed."
        )
    return None


def _not_offered(function, lab) -> Feedback | None:
    for name, port in (("mx1.outlook.test", 25), (SMTP, 587)):
        if name == SMTP:
            lab.faults.strip_tls(SMTP, 587)  # somebody has written XXXXXXXX over the offer
        with lab.tap(name, port) as tap:
            problem = _must_stop(function, lab, _greeted(lab, name, port), name, f"{name} does not offer STARTTLS")
        lab.faults.clear()
        if TLS_RECORD in tap.octets[-1]["C"]:
            return wrong(f"{name} does not offer STARTTLS, and yours began TLS all the same. Look at the offers first.")
        if problem:
            return problem
        if b"STARTTLS" in tap.octets[-1]["C"].upper():
            return wrong(
                f"{name} does not offer STARTTLS, and yours asked for it all the same. Look at the offers first."
            )
    return None


def _must_stop(function, lab, sock, name: str, why: str) -> Feedback | None:
    """Let the function have a connection on which TLS is not to be had."""
    with closing(sock):
        try:
            given = function(sock, name, lab.certificates.client_context())
        except ConnectionError:
            return None
        except Exception as error:
            return wrong(
                f"{why}, and yours raised {type(error).__name__}. Then raise `ConnectionError` with a sentence."
            )
    return wrong(
        f"{why}, and yours gave {shown(given)}: it went on in clear. Whoever calls it wants TLS: raise "
        "`ConnectionError`, before the password goes out."
    )


def _not_now(function, lab) -> Feedback | None:
    for reply, means in (
        (b"454 4.7.0 TLS is not available at the moment\r\n", "454, not now"),
        (b"502 5.5.1 STARTTLS is switched off\r\n", "502, which it does not know"),
        (b"221 2.0.0 Goodbye\r\n", "221, which ends the conversation"),
    ):
        with _scripted(lab, reply, tls=False) as (sock, heard):
            problem = _must_stop(function, lab, sock, SMTP, f"To STARTTLS the host said {means}")
        if TLS_RECORD in b"".join(heard):
            return wrong(
                f"To STARTTLS the host said {means}, and yours began TLS all the same. Only 220 says go ahead."
            )
        if problem:
            return problem
    return None


def _last_of_the_offers(function, lab) -> Feedback | None:
    for offer, what in ((b"STARTTLS", "as the last line, with a space after 250"), (b"StartTLS", "not in capitals")):
        with _scripted(lab, b"220 2.0.0 Ready\r\n", tls=True, offer=offer) as (sock, _), closing(sock):
            try:
                with trying(f"a host that offers `250 {offer.decode()}`, {what}"):
                    given = function(sock, SMTP, lab.certificates.client_context())
                with suppress(Exception):  # that it is a pair has been seen
                    given[0].close()
            except ConnectionError as error:
                return wrong(
                    f"The host offers `250 {offer.decode()}`, {what}, and yours did not see it: {error}. Any line of "
                    "the reply may be the offer, in capitals or not (RFC 5321 section 2.4)."
                )
    return None


def _injected(function, lab) -> Feedback | None:
    injected = b"220 2.0.0 Ready\r\n250-smtp.gmail.test\r\n250 AUTH MALLORY\r\n"
    with _scripted(lab, injected, tls=True) as (sock, _), closing(sock):
        try:
            given = function(sock, SMTP, lab.certificates.client_context())
            believed = isinstance(given, tuple | list) and "MALLORY" in str(given[1:])
            with suppress(Exception):
                given[0].close()
        except OSError:
            return None  # the handshake fails over what Mallory added: nothing is lost
    if believed:
        return wrong(
            "Mallory added a reply to EHLO, which came in clear, behind the 220 and in the same piece. Yours kept it, "
            "and took it for something said under TLS. What is left over when TLS begins has to be thrown away."
        )
    return None


@contextmanager
def _scripted(
    lab, to_starttls: bytes, tls: bool, offer: bytes = b"STARTTLS"
) -> Iterator[tuple[socket.socket, list[bytes]]]:
    """A host that answers STARTTLS as it is told, with TLS after it or without.

    Gives a connection to it, and what came without TLS after that answer.
    """
    sock, theirs = socket.socketpair()
    sock.settimeout(PATIENCE)
    theirs.settimeout(PATIENCE)
    heard: list[bytes] = []
    context = lab.certificates.server_context(SMTP)

    def serve() -> None:
        with closing(theirs), suppress(OSError):
            _answer(theirs, b"250-smtp.gmail.test\r\n250 " + offer + b"\r\n")
            _answer(theirs, to_starttls)
            if tls:
                with context.wrap_socket(theirs, server_side=True) as secret:
                    _answer(secret, b"250-smtp.gmail.test\r\n250 AUTH PLAIN LOGIN\r\n")
                    secret.recv(1024)
            else:
                heard.append(theirs.recv(1024))

    server = threading.Thread(target=serve, daemon=True)
    server.start()
    yield sock, heard
    server.join(2 * PATIENCE)


def _answer(sock, reply: bytes) -> None:
    line = b""
    while not line.endswith(b"\n"):
        line += sock.recv(1) or b"\n"
    sock.sendall(reply)


# auth_plain

ACCOUNTS = (
    ("ada@gmail.test", "engine No. 2"),
    ("bob@gmail.test", "salt:and:vinegar"),
    ("Olive.O@Corner-Shop.test", " ?>?~>~ "),  # the name's capitals and the password's spaces are hers to choose
    ("grace@outlook.test", "Grüße aus dem Café, mit einem Passwort, das länger ist als eine Zeile von 76 Zeichen"),
)


def auth_plain(function) -> Feedback:
    """Judge `auth_plain(user, password)`, which returns a str (RFC 4616)."""
    with Lab() as lab:
        for user, password in ACCOUNTS:
            with trying(f"{user}, whose password is {password!r}"):
                given = function(user, password)
            if problem := _plain_amiss(given, user, password):
                return wrong(problem)
            lab.submission.accounts = Accounts({user.lower(): _kept_cheaply(password)})
            if not (reply := _logs_in(lab, given)).startswith("235"):
                return wrong(f"smtp.gmail.test was given it for {user}, and answered {shown(reply)}.")
    return right(
        "smtp.gmail.test took it, four times. It is the name and the password, written in another way: whoever hears "
        "it has them."
    )


def _plain_amiss(given: object, user: str, password: str) -> str:
    if isinstance(given, bytes | bytearray):
        return f"It gave {shown(given)}, which is bytes. `.decode()` makes a str of them."
    if not isinstance(given, str):
        return f"It gave {shown(given)}. Give back a str: `return` it, do not print it."
    if given.upper().startswith("AUTH"):
        return "The command's own words are not asked for: only what comes after AUTH PLAIN and a space."
    if given.split() != [given] and "\0" not in given:
        return (
            f"It gave {shown(given)}, with white space or a line end in it. On the wire that would end the command, "
            "and the rest would be the next one. `b64encode` makes one line."
        )
    try:
        octets = b64decode(given, validate=True)
    except ValueError:
        signs = "letters, digits, `+`, `/`, and `=` at the end"
        return f"It gave {shown(given)}, which is no base64 as SMTP writes it: {signs}."
    parts = octets.split(b"\0")
    wanted = [user.encode(), password.encode()]
    if parts == wanted:
        return "There is one NUL too few. The first one comes before the name: the part before it may stay empty."
    if len(parts) == 1:
        if octets == b":".join(wanted):
            return "Name, colon, password is what web pages do (RFC 7617). A password may hold a colon; PLAIN has NULs."
        return f"It gave {shown(octets)} in base64, and nothing tells the name from the password. That takes two NULs."
    if len(parts) > 3:
        return "There is one NUL too many: two of them part three things."
    if parts[1:] == wanted[::-1]:
        return "The password stands where the name should, and the other way round."
    if parts[1:] != wanted:
        try:
            octets.decode()
        except UnicodeDecodeError:
            return "Names and passwords go out in UTF-8 (RFC 4616 section 2), and yours in another encoding."
        return f"For {user} and {password!r} it gave {shown(parts)}, in base64."
    return ""


def _kept_cheaply(password: str) -> str:
    """What a host keeps of a password, in the form of the lab's accounts, where nobody will guess at it."""
    digest = hashlib.scrypt(password.encode(), salt=_KEPT, n=2, r=1, p=1, dklen=32)
    return "$".join(["scrypt", "2", "1", "1", b64encode(_KEPT).decode(), b64encode(digest).decode()])


def _logs_in(lab, words: str) -> str:
    context = lab.certificates.client_context()
    plain = lab.connect(ADDRESSES[SMTP], 465)
    _at_once(plain)
    with context.wrap_socket(plain, server_hostname=SMTP) as sock:
        reply = answers.read_reply(sock)
        for line in ("EHLO laptop.learner.test", f"AUTH PLAIN {words}"):
            sock.sendall(f"{line}\r\n".encode())
            reply = answers.read_reply(sock)
    return reply


# relays

ENVELOPES = (("postmaster@corner-shop.test", "me@learner.test"), ("olive@corner-shop.test", "eve@six.test"))


def _own_names_only(session, step, value):
    """Let only senders relay who say that they are from here; anybody can say that."""
    if step == "RCPT" and not session.envelope.mail_from.endswith(SHOP):
        return "550 5.7.1 Only for our own people"
    return None


def _not_as_us(session, step, value):
    return "550 5.7.1 You are not one of us" if step == "MAIL" and value.endswith(SHOP) else None


def _later(session, step, value):
    return "450 4.7.0 Come back later" if step == "RCPT" else None


def _elsewhere(session, step, value):
    return "251 2.1.5 It is not from here, and will be brought there" if step == "RCPT" else None


def _failed(session, step, value):
    return "554 5.7.1 No" if step == "RCPT" else None


def relays(function) -> Feedback:
    """Judge `relays(sock, local, foreign)`, which returns a bool."""
    with Lab() as lab:
        shop = lab.mail_hosts[SHOP]
        for relaying, policy, what in (
            (False, None, "a host that takes letters for its own people only"),
            (True, None, "a host that takes letters for anybody"),
            (True, _own_names_only, "a host that relays for senders who say that they are its own"),
            (True, _not_as_us, "a host that relays, but not in its own name"),
            (True, _later, "a host that answers RCPT with 450"),
            (True, _failed, "a host that answers RCPT with 554"),
            (True, _elsewhere, "a host that answers RCPT with 251"),
        ):
            shop.relays, shop.policy = relaying, policy
            local, foreign = ENVELOPES[policy in (None, _elsewhere)]
            before = len(shop.sessions)
            with closing(lab.connect(ADDRESSES[SHOP], 25, timeout=PATIENCE)) as sock, trying(what):
                given = function(sock, local, foreign)
            _wait_until(lambda before=before: len(shop.sessions) > before)
            opens = relaying and policy not in (_later, _failed)
            problem = _relays_amiss(given, opens, shop, policy, what) or _others_named(shop, local, foreign)
            if problem:
                return wrong(problem)
    return right(
        "It tells an open host from a closed one, from the outside, and leaves no letter behind. One thing it cannot "
        "know: some hosts say 250 to RCPT and refuse the letter after all."
    )


def _relays_amiss(given: object, opens: bool, shop, policy, what: str) -> str:
    heard, said = _talk(shop)
    if "DATA" in heard:
        return "It said DATA. The test is over once RCPT is answered; what came after would be a letter to somebody."
    if not isinstance(given, bool):
        return f"It gave {shown(given)}. Give back True or False."
    if not any(line.startswith("RCPT") for line in heard):
        return f"It gave {given} and named no recipient to the host. What the host answers to RCPT tells."
    if given and not opens:
        if any(line.startswith("RCPT") and SHOP in line for line in heard):
            return (
                "The host said 250 to a letter for its own people, and yours called that relaying. It is what the host "
                "is there for. The recipient has to be foreign."
            )
        if policy is _later:
            return "The host said 450, not now, to each RCPT, and yours said True. That is no yes; only a 2 is."
        if policy is _failed:
            return "The host said 554 to each RCPT, and yours said True. That is a no like 550; only a 2 is a yes."
        return (
            "Each foreign recipient was refused with 550, and yours said True. The reply to MAIL FROM says nothing "
            "about that: it comes before the recipient is known. Look at the one to RCPT."
        )
    if opens and not given:
        if any(line.startswith("503") and "already" in line for line in said):
            return "The second MAIL got 503: the envelope of the first was still open. RSET throws it away."
        if policy is _own_names_only:
            return (
                "This host relays for whoever comes in the name of one of its own people, and anybody can say that he "
                "does. Try it with `local` as the sender, too."
            )
        if policy is _elsewhere:
            return "The host said 251 to RCPT: it takes the letter, and brings it on. Its first digit is a 2, a yes."
        asked = next(line for line in heard if line.startswith("RCPT"))
        if policy is None and not (reply := _said_to(shop, "RCPT")).startswith("2"):
            return (
                f"To {shown(asked)} the host said {shown(reply)}. It takes letters for anybody, so it is the command "
                "that it does not like, or one before it is missing."
            )
        if policy is None and SHOP not in asked:
            return f"To {shown(asked)} the host said {shown(reply)}, and yours gave False. A 2 in front is a yes."
        return f"With {what} it gave False. Try a letter from a stranger to a stranger: `foreign` for both."
    if not _left_politely(shop):
        return "It hung up without a word. Say QUIT, and wait for its 221."
    return ""


def _others_named(shop, local: str, foreign: str) -> str:
    for line in _talk(shop)[0]:
        found = re.match(r"(?:MAIL FROM|RCPT TO):<([^>]+)>", line, re.IGNORECASE)
        if found and found[1] not in (local, foreign):
            return f"It named <{found[1]}>, and the addresses that it was given are `{local}` and `{foreign}`."
    return ""


def _talk(host) -> tuple[list[str], list[str]]:
    """What the client and the host said in the host's latest session, the client's in capitals where a verb stands."""
    lines = host.sessions[-1].transcript.lines
    heard = [line.text.partition(" ") for line in lines if line.who == "C"]
    return ["".join((verb.upper(), space, rest)) for verb, space, rest in heard], [
        line.text for line in lines if line.who == "S"
    ]


def _left_politely(host) -> bool:
    return _wait_until(lambda: "QUIT" in _talk(host)[0])


def _wait_until(true) -> bool:
    """Whether it comes true within PATIENCE: what the host has heard, it writes down in its own thread."""
    until = time.monotonic() + PATIENCE
    while not (so := true()) and time.monotonic() < until:
        time.sleep(0.01)
    return so


# keep_password and check_password

PASSWORD = "engine No. 2"
BEYOND = " Grüße aus dem Café, und ein Passwort, das länger ist als 72 Zeichen: Ende "


def _scrypt(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1, dklen=32)


def keep_password(function) -> Feedback:
    """Judge `keep_password(password)`, which returns the bytes of a salt and of a hash."""
    with trying("one password, twice"), _watched("urandom", "getrandom") as drawn:
        kept, again = function(PASSWORD), function(PASSWORD)
    for given in (kept, again):
        if not isinstance(given, bytes):
            return wrong(f"It gave {shown(given)}. Give back bytes: the salt, and the hash after it.")
    octets = PASSWORD.encode()
    if octets in kept:
        return wrong("The password itself stands in it. Whoever steals the file has it without any work.")
    quick = {hashlib.new(name, octets).digest() for name in ("md5", "sha1", "sha256", "sha512")}
    if kept in quick:
        return wrong(
            "That is a quick hash, and there is no room for a salt: who has the same password has the same bytes, and "
            "one table of common passwords serves for all the files in the world."
        )
    if len(kept) == 32:
        return wrong("It gave 32 bytes, and the salt is not among them. Without it nobody can check a password again.")
    if len(kept) != 48:
        return wrong(f"It gave {len(kept)} bytes. Asked for are 48: a salt of 16, and a hash of 32 behind it.")
    if kept == again:
        return wrong(
            "The same password gave the same bytes twice. The salt has to be drawn anew each time, or a thief sees who "
            "has the same password as whom."
        )
    salt, digest = kept[:16], kept[16:]
    if digest in (hashlib.sha256(salt + octets).digest(), hashlib.sha256(octets + salt).digest()):
        return wrong(
            "A salt, and then SHA-256, which is quick by design, and too quick here: a graphics card tries "
            "thousands of millions of passwords in a second. scrypt is slow on purpose."
        )
    if digest != _scrypt(PASSWORD, salt):
        return wrong(
            "The hash is not what scrypt makes of the password, with the salt that stands before it, and with n=2**14, "
            "r=8, p=1 and dklen=32."
        )
    with trying(f"the password {BEYOND!r}"):
        kept = function(BEYOND)
    if not isinstance(kept, bytes) or len(kept) != 48:
        return wrong(f"For the password {BEYOND!r} it gave {shown(kept)}. Give back 48 bytes, whatever the password.")
    if kept[16:] != _scrypt(BEYOND, kept[:16]):
        return wrong(
            f"With the password {BEYOND!r} the hash is another than that of its UTF-8, whole, with all spaces and "
            "capitals."
        )
    if not drawn:
        return wrong(
            "The salt is new each time, and yet the system's random numbers were not asked for. What `random` or a "
            "clock gives can be foreseen: `os.urandom` draws a salt."
        )
    return right("A salt of its own, and a slow hash. Who steals this has a lot of work for each single password.")


def check_password(function) -> Feedback:
    """Judge `check_password(password, kept)`, which returns a bool."""
    # _scrypt(PASSWORD, _KEPT), and that of " Grüße " with another salt: made once, for each takes 50 ms
    kept = _KEPT + bytes.fromhex("cdb6d5fbe7e353dd49dbf3170c174a785c2783db5b8be801c392669e7a223683")
    beyond = bytes(range(100, 116)) + bytes.fromhex("722680f2b011cc45f756c66bcbc05bb59b148e545d47d7368c01d0a907019f4c")
    compared = []
    for password, stored, wanted, what in (
        (PASSWORD, kept, True, "the right password"),
        ("engine No. 3", kept, False, "a wrong password"),
        (PASSWORD, kept[:-1] + bytes([kept[-1] ^ 1]), False, "another hash, which differs in its last bit"),
        (
            PASSWORD,
            kept[:16] + bytes([kept[16] ^ 128]) + kept[17:],
            False,
            "another hash, which differs in its first bit",
        ),
        (" Grüße ", beyond, True, "the right password, with spaces, beyond ASCII, and with another salt"),
        ("Grüße", beyond, False, "the right password without its spaces"),
        ("", kept, False, "an empty password"),
    ):
        with trying(what), _watched("compare_digest") as called:
            given = function(password, stored)
        compared += called
        if not isinstance(given, bool):
            return wrong(f"For {what} it gave {shown(given)}. Give back True or False.")
        if given is wanted:
            continue
        if wanted:
            return wrong(
                f"It gave False: {what} was refused. The hash has to be made anew with the salt that stands in `kept`, "
                "its first 16 bytes, and compared with the 32 bytes after it."
            )
        if "bit" in what:
            return wrong(f"For {what}, it gave True: only part of the hash was compared.")
        return wrong(f"It gave True for {what}. {shown(password)} is not the password.")
    if not compared:
        return wrong(
            "It is right each time. Yet `==` may stop at the first byte that differs, so how long it takes tells "
            "something about the hash. Compare in constant time: `hmac.compare_digest`."
        )
    return right("It hashes what was typed, with the salt that was kept, and compares in constant time.")


_KEPT = bytes(range(16))  # a salt


@contextmanager
def _watched(*names: str) -> Iterator[list[str]]:
    """Note each call of a library function of these names, wherever it was imported from."""
    called: list[str] = []

    def profile(frame, event, arg):
        if event == "c_call" and any(name in getattr(arg, "__name__", "") for name in names):
            called.append(arg.__name__)

    sys.setprofile(profile)
    try:
        yield called
    finally:
        sys.setprofile(None)


# sts_allows


def _policy(*mx: str, mode: str = "enforce", end: str = "\r\n") -> str:
    return end.join(["version: STSv1", f"mode: {mode}", *(f"mx: {name}" for name in mx), "max_age: 604800", ""])


STS_CASES = (
    (_policy("bank.test"), "bank.test", True, "`mx: bank.test` names bank.test itself."),
    (_policy("bank.test"), "mallory.test", False, "The policy names bank.test alone, and mallory.test is not it."),
    (_policy("mx.bank.test"), "bank.test", False, "bank.test ends `mx: mx.bank.test`, and is another host."),
    (_policy("mx1.bank.test", "mx2.bank.test"), "mx1.bank.test", True, "The policy names two; this is the first."),
    (_policy("mx1.bank.test", "mx2.bank.test"), "mx2.bank.test", True, "The policy names two; this is the second."),
    (_policy("a.test", "b.test", "c.test"), "c.test", True, "The policy names three; this is the third."),
    (_policy("a.test", "b.test", "c.test"), "d.test", False, "The policy names three, and this is none of them."),
    (_policy("bank.test"), "bank.test.mallory.test", False, "That name begins with bank.test, and is Mallory's."),
    (_policy("bank.test"), "mybank.test", False, "That name ends in bank.test, and is another domain's."),
    (_policy("*.bank.test"), "mx1.bank.test", True, "With `mx: *.bank.test` any host is good that is one label more."),
    (_policy("*.bank.test"), "evilbank.test", False, "evilbank.test is no host of bank.test: the dot belongs to it."),
    (_policy("*.bank.test"), "a.b.bank.test", False, "The `*` stands for one label, and here there are two."),
    (_policy("*.bank.test"), "bank.test", False, "The `*` stands for one label, and here there is none."),
    (_policy("bank.test", mode="testing"), "mallory.test", True, "In mode testing nothing is refused, only reported."),
    (
        _policy("enforce.bank.test", mode="testing"),
        "mallory.test",
        True,
        "The mode is testing; `enforce` stands there in the name of a host.",
    ),
    (
        _policy("bank.test") + "mx-old: mallory.test\r\n",
        "mallory.test",
        False,
        "Only the fields called mx name exchanges; `mx-old` is a field that nobody needs to know.",
    ),
    ("version: STSv1\r\nmode: none\r\nmax_age: 86400\r\n", "mallory.test", True, "Mode none asks for nothing."),
    (_policy("bank.test"), "Bank.TEST", True, "A name is the same in capitals and in small letters."),
    (_policy("*.Bank.TEST"), "mx1.bank.test", True, "A name is the same in capitals and in small letters."),
    (_policy("bank.test", end="\n"), "mallory.test", False, "This policy ends its lines in LF alone, as it may."),
    (_policy("bank.test").replace(": ", ":"), "bank.test", True, "After the colon there need not be a space."),
    (_policy("bank.test").replace(": ", ":"), "mallory.test", False, "After the colon there need not be a space."),
)


def sts_allows(function) -> Feedback:
    """Judge `sts_allows(policy, exchange)`, which returns a bool (RFC 8461 section 4.1)."""
    for policy, exchange, wanted, why in STS_CASES:
        lines = ", ".join(policy.split()).replace(":,", ":").replace("version: STSv1, ", "")
        with trying(f"the exchange {exchange} and the policy {lines!r}"):
            given = function(policy, exchange)
        if not isinstance(given, bool):
            return wrong(f"For the exchange {exchange} it gave {shown(given)}. Give back True or False.")
        if given is not wanted:
            return wrong(f"For the exchange {exchange} and the policy {shown(lines)} it gave {given}. {why}")
    return right(
        "It reads the policy as RFC 8461 section 4.1 does: a name is that name, and a star is one label. Whoever "
        "forges an MX record now leads a sender to a name that the policy does not have."
    )
