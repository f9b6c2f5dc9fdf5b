"""Notebook 05, a live server: its predictions and exercises."""

import re

from ..exercise import CodeExercise, ValueExercise
from ..judging import Feedback, right, shown, word, wrong
from ..prediction import Option, Prediction

REFERENCE = "helpers.check.answers.live_server"
JUDGES = "helpers.check.judges.live_server"

PREDICTIONS = (
    Prediction(
        name="where_is_it",
        question="Your server has answered 250 to the whole letter. Where is the letter now?",
        example=[],
        options=(
            Option(
                "in my inbox: 250 after DATA means delivered",
                lambda value: "inbox" in value,
                "250 means that this server has taken responsibility. Whether it puts the letter into an inbox is up "
                "to what it does next.",
            ),
            Option(
                "in the server's memory, until somebody fetches it",
                lambda value: "memory" in value,
                "Only if the program puts it there. This one keeps nothing.",
            ),
            Option(
                "nowhere: it is lost",
                lambda value: list(value) == [],
                "The server promised and forgot. The sender has its 250 and may delete its copy: nobody has the "
                "letter any more, and nobody will hear of it.",
            ),
        ),
    ),
    Prediction(
        name="first_event",
        question="A client brings a letter. Which of its steps does the server notice first?",
        example=["connect", "MAIL"],
        options=(
            Option(
                "EHLO: it establishes the connection",
                lambda events: events[:1] == ["EHLO"],
                "By the time of EHLO the connection stands, and the server has greeted. EHLO says who is calling.",
            ),
            Option(
                "the connection itself",
                lambda events: events[:1] == ["connect"],
                "TCP connects, and then the server speaks first. A server may refuse right there, before a word of "
                "the client.",
            ),
            Option(
                "MAIL FROM: before it there is nothing to do",
                lambda events: events[:1] == ["MAIL"],
                "There is: to greet, to say what one can do, and perhaps to send a client away.",
            ),
        ),
    ),
    Prediction(
        name="after_rcpt",
        question="MAIL FROM:<ada@gmail.test> and RCPT TO:<me@learner.test> have been answered with 250. What has "
        "happened to the letter?",
        example=("ada@gmail.test", ["me@learner.test"], None),
        options=(
            Option(
                "MAIL FROM has received it, and RCPT TO has forwarded it to me",
                lambda value: value[2] is not None,
                "Both lines only fill in the envelope. MAIL FROM names the return path, RCPT TO one recipient.",
            ),
            Option(
                "nothing yet: there is an envelope, and no letter in it",
                lambda value: bool(value[0] and value[1]) and value[2] is None,
                "MAIL FROM gave the return path, each RCPT TO one recipient. The letter comes after DATA.",
            ),
            Option(
                "MAIL FROM has received it, and it waits for DATA to be sent on",
                lambda value: not value[1] and value[2] is not None,
                "No byte of the letter has come. It comes after DATA, and after the server's 354.",
            ),
        ),
    ),
    Prediction(
        name="for_others",
        question="mallory.test brings your server a letter for grace@outlook.test. What does your server answer to "
        "RCPT TO?",
        example=250,
        options=(
            Option(
                "250: nothing in it says no",
                250,
                "It takes any recipient, because it never looks. aiosmtpd leaves the judgement to you.",
            ),
            Option(
                "550: outlook.test is not its domain",
                lambda value: 500 <= value < 600,
                "It would, if somebody had told it which domain is its own. Nobody has.",
            ),
            Option(
                "451: it asks outlook.test's server first",
                lambda value: 400 <= value < 500,
                "It asks nobody, and needs to know only its own users.",
            ),
        ),
    ),
    Prediction(
        name="stopped",
        question="Your server is stopped, and Ada sends another letter. What does a sending host with a queue do?",
        example="deferred",
        options=(
            Option(
                "it gives up at once and tells Ada: the server is not there",
                "bounced",
                "Nobody has said no. A server that does not answer may be back in ten minutes, so the letter waits.",
            ),
            Option(
                "it keeps the letter and tries again later",
                "deferred",
                "A connection refused is a passing trouble: deferred, and tried again for days (RFC 5321 section "
                "4.5.4.1).",
            ),
            Option(
                "it delivers the letter: the resolver still has the MX in its cache",
                "delivered",
                "The cache knows the way and not the letter. The DNS never carries mail.",
            ),
        ),
    ),
)


def _code(answer: object) -> int | None:
    """The reply code at the head of an answer: 552, "552", "552 5.3.4 Too big"."""
    found = re.match(r"[2-5]\d\d\b", word(answer))
    return int(found[0]) if found else None


_TROUBLES = ("the disk is full", "there is no such user", "the letter is too big")


def _which_code(answer: object) -> Feedback:
    given = dict(zip(_TROUBLES, answer, strict=False)) if isinstance(answer, list | tuple) else answer
    codes = {trouble: _code(given.get(trouble)) for trouble in _TROUBLES}
    if missing := [trouble for trouble, code in codes.items() if code is None]:
        return wrong(f"Give each trouble a code of three digits. Where {missing[0]}, there is none yet.")
    disk, user, big = codes.values()
    if done := [code for code in codes.values() if code < 400]:
        return wrong(
            f"{done[0]} is no refusal: a 2yz says that it is done, and 354 that the letter may come. In each of the "
            "three troubles nothing has been done, and the sender has to hear so."
        )
    if disk >= 500:
        return wrong(
            f"{disk} for the disk: a passing trouble became a bounce. Somebody clears the disk tomorrow, and by then "
            "the sender has been told that it never will work. A 4yz lets the letter wait."
        )
    if user < 500 or big < 500:
        which = "an unknown user" if user < 500 else "a letter that is too big"
        return wrong(
            f"A {user if user < 500 else big} for {which}: will it be otherwise in an hour? The sender would try for "
            "days and tell nobody meanwhile. What stays wrong is a 5yz."
        )
    if disk not in (451, 452):
        return wrong(f"{disk} is not about a lack of room. RFC 5321 section 4.2.3 has one for insufficient storage.")
    if user == 552 or big == 550:
        return wrong("Both are for good, and 550 and 552 are the right pair; which of them speaks of size?")
    if user not in (550, 553) or big != 552:
        return wrong("For good, yes. Look at RFC 5321 section 4.2.3: 550, mailbox unavailable; 552, exceeded storage.")
    yours = "".join(
        f" Your {code} {where} will do as well."
        for code, where, usual in ((disk, "for the disk", 452), (user, "for the user", 550))
        if code != usual
    )
    return right(
        f"452 4.3.1, 550 5.1.1 and 552 5.3.4.{yours} The first digit decides what the sender does; the rest tells a "
        "person why."
    )


def _go_ahead(answer: object) -> Feedback:
    code = _code(answer)
    if code == 354:
        return right("354: start the letter, and end it with a line that holds a dot alone.")
    if code == 250:
        return wrong(
            "250 says that a command is done. To DATA the server says something of another kind, because the "
            "command goes on: the letter is still to come."
        )
    if code == 220:
        return wrong("220 is the greeting. When it comes, not even the envelope is written.")
    return wrong(f"{shown(answer)} is not it. The code is the only one in RFC 5321 that begins with a 3.")


_HOOK = re.compile(r"handle_([a-z]+)|\b(mail) from\b|\b(rcpt) to\b|^(mail|rcpt|data|ehlo|helo)$")


def _guilty(answer: object) -> Feedback:
    hooks = {next(filter(None, found.groups())) for found in _HOOK.finditer(word(answer))}
    if len(hooks) > 1:
        return wrong(
            "You name more than one. One hook fell over, and the conversation ended there: which command stands right "
            "before the 500?"
        )
    (hook,) = hooks or {""}
    if hook == "mail":
        return right(
            "The 500 came as the answer to MAIL FROM, so it is `handle_MAIL` that fell over: it looked Grace up among "
            "the friends, and she is none. aiosmtpd answers 500 for a hook that raises."
        )
    if hook == "rcpt":
        return wrong("RCPT TO was never said for Grace's letter. Find the line of the transcript before the 500.")
    if hook == "data":
        return wrong("The conversation never came to DATA. Which command stands right before the 500?")
    if hook in ("ehlo", "helo"):
        return wrong("EHLO got its 250. Go on to the command that got the 500.")
    return wrong(
        "The transcript has the answer: the letter came as far as your server, so DNS and network did their part. To "
        "which command did the server answer 500? The hook is named after it."
    )


def _low_port(answer: object) -> Feedback:
    text = word(answer).lstrip("(")
    text = text[:1] if re.match(r"[abc]\b", text) else text
    if text in ("b", "permissionerror", "permission denied", "eacces"):
        return right(
            "By default, outside a container, Linux keeps the ports below 1024 for privileged programs. Real mail "
            "servers take port 25 with privilege and then drop it, or are given that one right."
        )
    if text == "a":
        return wrong(
            "On Windows it does, on recent macOS and in some containers it may. Otherwise a port below 1024 needs "
            "privilege on Linux, or any user of a shared machine could take the place of its mail server."
        )
    if text == "c":
        return wrong("It would be, if a server already listened there. Here none does; think of who is asking.")
    return wrong("Answer with one letter: a, b or c.")


_LINE = "the line that you wrote"


def _my_mx(answer: object) -> Feedback:
    import dns.resolver

    from helpers.lab import Lab
    from helpers.lab.errors import LabError

    from ..judges.live_server import ZONE

    if not isinstance(answer, str):
        return wrong("The check wants one line of a zone file, as text in quotes.")
    zone = "".join(line for line in ZONE.splitlines(keepends=True) if "MX" not in line)
    with Lab(beside=True) as lab:
        try:
            lab.publish(f"{zone}{answer}\n")
        except LabError as error:
            named = " MX was read as the name: begin with @." if answer.upper().startswith("MX") else ""
            return wrong(f"With {_LINE} the zone could not be published. {str(error).rstrip('.')}.{named}")
        try:
            records = lab.resolver.resolve("learner.test", "MX")
        except dns.resolver.NoAnswer:
            return wrong(
                f"It was published, and learner.test has no MX record. Does {_LINE} begin with @, the name of the zone "
                "itself, and is its type MX? (A line that begins with a blank belongs to the name above it; and "
                "learner.test, without a final dot, is completed to learner.test.learner.test.)"
            )
        exchange = min(records).exchange.to_text().rstrip(".")
        try:
            address = lab.resolver.resolve(f"{exchange}.", "A")[0].address
        except dns.exception.DNSException as error:
            return wrong(_my_mx_amiss(exchange, type(error).__name__))
    if address != "192.0.2.25":
        return wrong(f"It names {exchange}, at {address}. Your server is mail.learner.test, at 192.0.2.25.")
    return right(f"From the root down: learner.test, MX, {exchange}, A, 192.0.2.25. The way to your server is open.")


def _my_mx_amiss(exchange: str, error: str) -> str:
    asked = f"The trail of the resolver shows a question for the A record of a host called {exchange}: {error}."
    if ":" in exchange or re.match(r"\d+\.\d+\.\d+\.\d+", exchange):
        return (
            f"{asked} An address in an MX record is looked up as if it were a name. MX holds a preference and the "
            "name of a host; the address is the A record's."
        )
    if "@" in exchange:
        return f"{asked} An @ parts a person from a domain. MX names a host, and hosts have no @."
    if exchange.endswith("learner.test.learner.test"):
        return f"{asked} A name without its final dot is completed with the zone's: write one of the two."
    if not exchange:
        return "MX 0 and a lone dot is the null MX: it says that learner.test takes no mail at all."
    return f"{asked} Which host of the zone above has the address of your server?"


EXERCISES = (
    CodeExercise(
        name="accept_rcpt",
        asks="a function `accept_rcpt(address, domain, people)` that gives the reply to RCPT TO",
        judge=f"{JUDGES}:accept_rcpt",
        reference=REFERENCE,
        hints=(
            "Two questions, one after the other: is it your domain? Is it one of your people?",
            'Cut the address at its last @: `name, _, its_domain = address.rpartition("@")`. A domain is the same in '
            "capitals.",
            'Compare `its_domain.lower()` with the whole of `domain`: if they differ, "550 5.7.1 We do not relay". '
            'Then: `name not in people` is "550 5.1.1 No such user here". Else "250 2.1.5 OK".',
        ),
        wrong=(
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
    ),
    CodeExercise(
        name="keep_first",
        asks="a function `keep_first(content, folder, answer)` that keeps a letter and answers the client",
        judge=f"{JUDGES}:keep_first",
        reference=REFERENCE,
        hints=(
            "Think of a power cut between any two of your lines. After which line may the sender forget the letter?",
            "Save in a `try`. `answer` with 250 only when that is done, and with a 4yz in `except OSError`.",
            '`(Path(folder) / f"{uuid.uuid4()}.eml").write_bytes(content)` saves it under a name that no other has; '
            '`answer("250 2.0.0 Letter kept")` comes in the `else` of the `try`.',
        ),
        wrong=(
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
    ),
    CodeExercise(
        name="Keeper",
        kind="class",
        asks="a class `Keeper` with the hooks `handle_RCPT` and `handle_DATA`",
        judge=f"{JUDGES}:Keeper",
        reference=REFERENCE,
        hints=(
            "Both hooks can be short: `accept_rcpt` and `keep_first` do the work, and a hook returns the reply.",
            "`handle_RCPT` asks `accept_rcpt` for its reply. When that begins with 250 it appends the address to "
            "`envelope.rcpt_tos`; in any case it returns the reply.",
            "`keep_first` hands its reply to a function. In `handle_DATA`: `replies = []`, then "
            "`keep_first(envelope.content, self.folder, replies.append)`, then `return replies[0]`.",
        ),
        wrong=(
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
    ),
    ValueExercise(
        name="my_mx",
        asks="one line of a zone file, as text in quotes",
        judge=_my_mx,
        reference=REFERENCE,
        hints=(
            "Four parts: the name, the type, the preference, the exchange. The lines of ZONE show the order.",
            "The name is the zone's own, written as @. The exchange is a host's name, never an address.",
            "The exchange is the host `mail` of this zone: written so, without a dot, the zone's name is added to it.",
        ),
        wrong=(
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
    ),
    ValueExercise(
        name="which_code",
        asks="a reply code for each of the three troubles",
        judge=_which_code,
        reference=REFERENCE,
        hints=(
            "For each trouble ask: may it be gone when the sender tries again in an hour?",
            "What may pass is a 4yz, what stays is a 5yz. RFC 5321 section 4.2.3 lists the codes in order.",
            "There are 452, insufficient system storage; 550, mailbox unavailable; 552, exceeded storage allocation, "
            "which RFC 1870 uses for a letter over the limit.",
        ),
        wrong=(
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
    ),
    ValueExercise(
        name="guilty",
        asks="the name of the hook that fell over, in quotes",
        judge=_guilty,
        reference=REFERENCE,
        hints=(
            "The transcript of the delivery shows how far the conversation came.",
            "Find the line that begins with `S: 500`. The line before it is what the server could not stomach.",
            "A hook is named after its command: `handle_` and the command's first word.",
        ),
        wrong=(
            ("handle_RCPT", "RCPT TO was never said"),
            ("handle_DATA", "never came to DATA"),
            ("handle_EHLO", "EHLO got its 250"),
            ("out.gmail.test", "DNS and network did their part"),
            ("the mail server", "DNS and network did their part"),
            ("handle_MAIL and handle_RCPT", "more than one"),
        ),
    ),
    ValueExercise(
        name="go_ahead",
        asks="a reply code, a number of three digits",
        judge=_go_ahead,
        reference=REFERENCE,
        hints=(
            "You have typed DATA in notebook 03. The letter did not follow at once.",
            "The first digit says of which kind a reply is: 2 done, 4 not now, 5 no. One digit is missing there.",
            "Look into any transcript above, at the line after `C: DATA`.",
        ),
        wrong=(
            (250, "something of another kind"),
            (220, "greeting"),
            (503, "begins with a 3"),
            (334, "only one in RFC 5321"),
        ),
    ),
    ValueExercise(
        name="low_port",
        asks="a letter in quotes: a, b or c",
        judge=_low_port,
        reference=REFERENCE,
        hints=(
            "Programs of ordinary users mostly listen on ports such as 8080 or 2525. Why would that be?",
            "Port 25 is below 1024. Such ports belonged to the services of the machine itself.",
            "By default Linux lets only privileged programs bind a port below 1024. What does Python raise when it is "
            "not permitted to do a thing?",
        ),
        wrong=(("a", "On Windows it does"), ("c", "who is asking"), ("d", "one letter")),
    ),
)
