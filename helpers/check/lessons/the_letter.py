"""Notebook 04, the letter itself: its predictions and exercises."""

from ..exercise import CodeExercise, ValueExercise
from ..judging import Feedback, right, shown, word, words, wrong
from ..prediction import Option, Prediction, one_of

REFERENCE = "helpers.check.answers.the_letter"
JUDGES = "helpers.check.judges.the_letter"


PREDICTIONS = (
    Prediction(
        name="mx_of_what",
        question="From notebook 01: out.gmail.test has to find a host for this letter. For which name does it ask for "
        "MX records?",
        example="outlook.test",
        options=(
            Option(
                "list.test, the domain in the To: field",
                one_of("list.test"),
                "A sending host need not even read the To: field. It goes by the envelope.",
            ),
            Option(
                "outlook.test, the domain in RCPT TO",
                one_of("outlook.test"),
                "The recipient of the envelope decides where a letter goes, and of that address only the domain.",
            ),
            Option(
                "grace@outlook.test, the recipient in RCPT TO",
                one_of("grace@outlook.test"),
                "The question is for the domain. The part before the @ does not route the letter.",
            ),
            Option(
                "gmail.test, the domain of MAIL FROM",
                one_of("gmail.test"),
                "MAIL FROM says where a report goes should the letter fail. The sending host looks it up only then.",
            ),
        ),
    ),
    Prediction(
        name="whose_copy",
        question="Who gets a copy of this letter?",
        example=["grace@outlook.test"],
        options=(
            Option(
                "the gardeners: the letter is addressed to them",
                lambda value: list(value) == ["gardeners@list.test"],
                "To: is a line of text inside the letter. On the way nobody delivers by it.",
            ),
            Option(
                "Grace",
                lambda value: list(value) == ["grace@outlook.test"],
                "RCPT TO named her, and nobody else. What the To: field says was never asked.",
            ),
            Option(
                "Grace and the gardeners",
                lambda value: sorted(value) == ["gardeners@list.test", "grace@outlook.test"],
                "The two lists are not added up. Whoever writes the envelope may copy the To: field into it, and "
                "most programs do; here somebody did not.",
            ),
            Option(
                "nobody: a server sees that the two do not agree, and refuses",
                lambda value: list(value) == [],
                "SMTP does not compare them: blind copies and mailing lists live by the difference.",
            ),
        ),
    ),
    Prediction(
        name="bounce_goes_to",
        question="This letter cannot be delivered. Whose mailbox does the bounce go to?",
        example="ada@gmail.test",
        options=(
            Option(
                "Bob's: the From: field says that he wrote it",
                one_of("bob@gmail.test"),
                "From: is what a reader sees. Were bounces to go there, anybody could have them sent to anybody by "
                "writing a name.",
            ),
            Option(
                "Olive's: Reply-To says where answers go",
                one_of("olive@corner-shop.test"),
                "Reply-To is for the answers of people. A bounce is written by a host, and a host goes by the "
                "envelope.",
            ),
            Option(
                "Ada's: MAIL FROM named her",
                one_of("ada@gmail.test"),
                "MAIL FROM is the return path: the one address to which failures are reported (RFC 5321 section "
                "4.4). It can be forged as well, which notebook 08 takes up.",
            ),
        ),
    ),
    Prediction(
        name="indented",
        question="Bob's letter arrives. Which subject does Grace's program find in it?",
        example="None",
        options=(
            Option(
                "Tulips: spaces at the front of a line do not count",
                one_of("tulips"),
                "In a header they count for much: a line that begins with a space or a tab goes on with the line "
                "before it.",
            ),
            Option(
                "none at all",
                one_of("none"),
                "The indented lines are no fields of their own. All three lines are one long From field, folded.",
            ),
            Option(
                "none, for a server refuses such a letter",
                one_of("refused"),
                "mx1.outlook.test did not read the header. Many real servers do, and may refuse a From field that "
                "they cannot read as addresses; the folding itself is allowed.",
            ),
        ),
    ),
    Prediction(
        name="who_dated",
        question="The text that you sent had no Date and no Message-ID, and Grace's copy has both. Who wrote them?",
        example="out.gmail.test",
        options=(
            Option(
                "mx1.outlook.test, the host that received it",
                one_of("mx1.outlook.test"),
                "The receiving host finds them there already. It writes Received and Return-Path, and leaves the rest "
                "as it is.",
            ),
            Option(
                "out.gmail.test, a host of the author's own provider",
                one_of("out.gmail.test"),
                "Whoever takes a letter from its author may complete it. On later hops nobody may.",
            ),
            Option(
                "Grace's program, when it shows the letter",
                one_of("grace's program"),
                "The two lines are in the octets that mx1.outlook.test kept, before any program showed them.",
            ),
        ),
    ),
    Prediction(
        name="bcc_seen",
        question="Ada writes to Bob, with Grace in Bcc. What in Bob's copy tells him of Grace?",
        example=[False, False],
        options=(
            Option(
                "the Bcc field, though his program may hide it",
                lambda value: bool(value[0]),
                "Then one look at the raw letter would tell him. The field is taken out before the letter is sent.",
            ),
            Option(
                "the envelope that comes with his copy names her",
                lambda value: not value[0] and bool(value[1]),
                "His copy came in a conversation with Bob's domain, and Grace has another. Had they shared a domain, "
                "the server would have heard both names; Bob would not.",
            ),
            Option(
                "nothing",
                lambda value: list(value) == [False, False],
                "Only a RCPT names her, in another conversation. Blind copies work because envelope and header are two "
                "things.",
            ),
        ),
    ),
    Prediction(
        name="lone_cr",
        question="The form now takes every LF out of the subject. Somebody puts in a lone CR. How many recipients does "
        "the letter have?",
        example=2,
        options=(
            Option(
                "one: only CR LF ends a line",
                lambda value: value == 1,
                "So it is on the wire. But this text was read by a program before that, and many programs take a CR "
                "for a line end, too.",
            ),
            Option(
                "two: the CR does what the LF did",
                lambda value: value == 2,
                "What reads text often takes CR, LF and CR LF alike. A guard has to keep out both.",
            ),
            Option(
                "none: the letter is refused",
                lambda value: value == 0,
                "What would refuse it? By the time that a server sees it, it is a well-made letter with a Bcc.",
            ),
        ),
    ),
    Prediction(
        name="two_froms",
        question="Two From fields in one letter. What becomes of it at our lab's mx1.outlook.test, and which author "
        "does Python's email package show?",
        example="Ada",
        options=(
            Option(
                "it is refused: a letter has one From field",
                one_of("refused"),
                "One is what the rule says. Our lab's server does not read the header, and so cannot know; many real "
                "ones refuse it.",
            ),
            Option(
                "it is delivered, and shown as from the first, Ada",
                one_of("ada"),
                "This reader takes the first. Another may take the last. That is the danger: a filter may judge one "
                "name while the reader sees the other.",
            ),
            Option(
                "it is delivered, and shown as from the last, the bank",
                one_of("the bank"),
                "Another program might. The email package takes the first field of a name.",
            ),
        ),
    ),
    Prediction(
        name="subject_on_wire",
        question="A subject with an umlaut leaves by ordinary SMTP. Which octets travel?",
        example=b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
        options=(
            Option(
                "the umlaut in UTF-8, as it is",
                lambda value: not value.isascii(),
                "Only where both sides have agreed on SMTPUTF8. Without it a header is ASCII, all of it.",
            ),
            Option(
                "ASCII only: an encoded word stands in for it",
                lambda value: value.isascii() and b"=?" in value,
                "An encoded word (RFC 2047): its character set, the kind of encoding, the octets so encoded.",
            ),
            Option(
                "a question mark in its place",
                lambda value: value.isascii() and b"=?" not in value,
                "Then it would be lost. Since 1992 there has been a way to write it.",
            ),
        ),
    ),
    Prediction(
        name="base64_hides",
        question="The attachment is in base64. What does a stranger need to read it?",
        example="tulip,10",
        options=(
            Option(
                "the recipient's password or key",
                one_of("not readable"),
                "Base64 takes no key. It is no lock.",
            ),
            Option(
                "nothing that is secret",
                one_of("tulip,10"),
                "Base64 is another way to write octets, with 64 harmless characters. It keeps letters whole, and hides "
                "nothing.",
            ),
        ),
    ),
)


_ENVELOPE = ("support@outlook.test", "grace@outlook.test")
_REFUSED = "suport@outlook.test"
_HEADER = ("gardeners@list.test", "bob@gmail.test")


def _who_receives(answer: object) -> Feedback:
    given = words(sorted(map(str, answer)) if isinstance(answer, set | frozenset) else answer)
    if not given:
        return wrong(f"{shown(answer)} is no list of addresses. Give those of everybody who has a copy now.")
    given = {address.rpartition("<")[2].strip("<>") for address in given}
    if named := [address for address in _HEADER if address in given]:
        return wrong(
            f"{named[0]} stands in the To: or Cc: field, and has no copy. The fields are for people to read; RCPT "
            "decided, and no RCPT names that address."
        )
    if "ada@gmail.test" in given:
        return wrong("ada@gmail.test is MAIL FROM. She gets a bounce for the address that failed, and no copy.")
    if _REFUSED in given:
        return wrong(
            f"RCPT TO:<{_REFUSED}> was answered by 550. A recipient is one whose RCPT the server has accepted; the "
            "refused one is left out, and the letter goes on to the others."
        )
    if odd := sorted(name for name in given if "@" not in name or name.count("@") > 1):
        return wrong(f"{shown(odd[0])} is not one address. Give each in full, in quotes of its own.")
    if odd := sorted(given - set(_ENVELOPE)):
        return wrong(f"{shown(odd[0])} is named nowhere. Look at the lines of the client that begin with RCPT TO.")
    if missing := [address for address in _ENVELOPE if address not in given]:
        return wrong(f"{missing[0]} has a copy, too: its RCPT was answered by 250, before the DATA.")
    return right(
        "Two RCPTs were accepted, so two people have the letter, and its To: and Cc: name neither. One refusal does "
        "not spoil the others."
    )


_WAY = ["smtp.gmail.test", "out.gmail.test", "mx2.outlook.test", "mx1.outlook.test"]


def _hops(answer: object) -> Feedback:
    given = words(answer)
    if not given:
        return wrong(f"{shown(answer)} is no list of host names. Give the four hosts that took the letter, in order.")
    short = {name.partition(".")[0]: name for name in _WAY}
    given = [short.get(name, name) for name in given]
    if given == _WAY:
        return right(
            "From the bottom up. Each host puts its own Received on top of what it was given, so the lowest is the "
            "oldest, and the times run forward."
        )
    if given == _WAY[::-1]:
        return wrong(
            "That is the order from the top, and in it time ran backwards: the first of yours took the letter at "
            "09:47:31 UTC, the last at 09:02:07. Each host writes its Received on top."
        )
    if odd := [name for name in given if name not in _WAY]:
        if "10.0.0.7" in odd[0] or "home" in odd[0] or "laptop" in odd[0]:
            return wrong(
                f"{shown(odd[0])} is where the letter came from; it wrote no Received. The host that took it stands "
                "after `by`."
            )
        return wrong(f"{shown(odd[0])} stands after no `by` in the letter. The host that took it stands after `by`.")
    if sorted(given) != sorted(_WAY):
        twice = next((f", {name} more than once" for name in given if given.count(name) > 1), "")
        return wrong(
            f"There are four Received fields, so four hosts took the letter, each once; you gave {len(given)}{twice}."
        )
    return wrong(
        "These are the four hosts, in another order than they took it. Each `from` in a Received is the `by` of the "
        "Received below it."
    )


def _waited_at(answer: object) -> Feedback:
    given = word(answer)
    if given in ("mx2.outlook.test", "mx2"):
        return right(
            "mx2 took it at 09:02:11 UTC and mx1 at 09:47:31, so for 45 minutes it lay on mx2. That is a second "
            "exchange's work: to take letters while the first is away, and bring them when it is back."
        )
    if given in ("mx1.outlook.test", "mx1"):
        return wrong(
            "mx1 has the late stamp, but a stamp is when a host took the letter: the wait was over then. Who had the "
            "letter until that moment?"
        )
    if given in ("out.gmail.test", "out"):
        return wrong(
            "The clock there says 04:02:09, five hours before the next one. Look at what stands behind the time: "
            "-0500. In UTC that is 09:02:09."
        )
    if given in ("smtp.gmail.test", "smtp"):
        return wrong("smtp took it at 09:02:07 UTC, and out.gmail.test had it two seconds later (04:02:09 -0500).")
    return wrong(f"{shown(answer)} is none of the four hosts. Write all times in UTC, and look for the widest gap.")


def _dahlias(answer: object) -> Feedback:
    given = word(answer)
    if given in ("3", "3.0", "three", "3 dahlias", "three dahlias"):
        return right("Three. Any program reads that, and so does anybody whom the letter passes on its way.")
    if given in ("10", "ten"):
        return wrong("Ten is what the readable part says of tulips. The dahlias stand in the attachment.")
    if "dahlia,3" in given:
        return wrong("That is what the file says. How many are there? Give the number.")
    return wrong(
        f"{shown(answer)} is not it. Take the lines below the empty line of the part with the file's name, and decode "
        "them: `base64.b64decode(text)`."
    )


_CLEAN = (
    "def write_letter(sender, to, subject, body, cc=(), bcc=()):\n"
    "    for value in (sender, subject, *to, *cc):\n"
    "        if '\\r' in value or '\\n' in value:\n"
    "            raise ValueError('a line end')\n"
    "    header = [f'From: {sender}', f'To: {\", \".join(to)}']\n"
    "    if cc:\n"
    "        header.append(f'Cc: {\", \".join(cc)}')\n"
    "    header.append(f'Subject: {subject}')\n"
    "    lines = [*header, '', *body.splitlines(), '']\n"
    "    return '\\r\\n'.join(lines).encode(), [*to, *cc, *bcc]"
)
_GUARD = (
    "    for value in (sender, subject, *to, *cc):\n"
    "        if '\\r' in value or '\\n' in value:\n"
    "            raise ValueError('a line end')\n"
)
_SUBJECT = "    header.append(f'Subject: {subject}')\n"

EXERCISES = (
    ValueExercise(
        name="who_receives",
        asks="a list of the addresses that have a copy of the letter",
        judge=_who_receives,
        reference=REFERENCE,
        hints=(
            "The letter stands between 354 and the dot. Whom the server has to give it to was said before that.",
            "Each RCPT TO has an answer of its own. Read the two together.",
            "250 to a RCPT means accepted, 550 means refused. Three were named, and one of these was refused.",
        ),
        wrong=(
            (["gardeners@list.test", "bob@gmail.test"], "RCPT decided"),
            (["support@outlook.test", "grace@outlook.test", "suport@outlook.test"], "answered by 550"),
            (["support@outlook.test", "grace@outlook.test", "gardeners@list.test"], "RCPT decided"),
            (["grace@outlook.test", "ada@gmail.test"], "is MAIL FROM"),
            (["grace@outlook.test"], "has a copy, too"),
        ),
    ),
    CodeExercise(
        name="no_injection",
        asks="a function `no_injection(text)` that gives back a text without line ends, and raises ValueError for one "
        "that has any",
        judge=f"{JUDGES}:no_injection",
        reference=REFERENCE,
        hints=(
            "What makes a new field is the end of the line before it, not what the field is called.",
            "Two characters can end a line: CR, which is `\\r`, and LF, which is `\\n`. Look for each by itself.",
            'if "\\r" in text or "\\n" in text: raise ValueError("..."), and after that, return text.',
        ),
        wrong=(
            ('def no_injection(text):\n    return text.replace("\\n", "")', "a lone CR"),
            (
                'def no_injection(text):\n    if "\\r\\n" in text:\n        raise ValueError\n    return text',
                "the LF is what has to go",
            ),
            (
                'def no_injection(text):\n    if "bcc:" in text.lower():\n        raise ValueError\n    return text',
                "does no harm",
            ),
            ("def no_injection(text):\n    return text.strip()", "does no harm"),
            ("def no_injection(text):\n    return text", "the LF is what has to go"),
        ),
    ),
    CodeExercise(
        name="write_letter",
        asks="a function `write_letter(sender, to, subject, body, cc=(), bcc=())` that gives the letter as bytes, and "
        "the list of its recipients",
        judge=f"{JUDGES}:write_letter",
        reference=REFERENCE,
        hints=(
            "Write the header's lines into a list: From, To, Cc where there is one, Subject. Then an empty line, then "
            "the body's lines.",
            '`"\\r\\n".join(lines).encode()` makes octets of a list of lines, and `body.splitlines()` gives the '
            "body's. End the list with an empty text, so that the last line has its CR LF.",
            "Bcc appears in the second thing that you give back, `[*to, *cc, *bcc]`, and nowhere in the letter. Pass "
            "what goes into the header through `no_injection`.",
        ),
        wrong=(
            (
                _CLEAN.replace(
                    _SUBJECT, f"    header.append(f'Bcc: {{\", \".join(bcc)}}') if bcc else None\n{_SUBJECT}"
                ),
                "Bob can read",
            ),
            (_CLEAN.replace("[*to, *cc, *bcc]", "[*to, *cc]"), "no RCPT will name grace@outlook.test"),
            (_CLEAN.replace("'\\r\\n'.join", "'\\n'.join"), "do not all end in CR LF"),
            (_CLEAN.replace("[*header, '', *body", "[*header, *body"), "were read as fields"),
            (_CLEAN.replace(_GUARD, ""), "a field that nobody meant it to have"),
            (_CLEAN.replace("*to, *cc):", "*to):"), "With a CR LF in it, `cc`"),
            (_CLEAN.replace("'\\r' in value or '\\n' in value", "'\\r\\n' in value"), "With a lone LF in it"),
            (_CLEAN.replace("    if cc:\n        header", "    header"), "has a Cc field all the same"),
            (_CLEAN.replace(".encode(), [*to, *cc, *bcc]", ".encode()"), "gave the letter alone"),
            (
                _CLEAN.replace("*body.splitlines()", "*('.' + x if x[:1] == '.' else x for x in body.splitlines())"),
                "dots are doubled",
            ),
            (_CLEAN.replace("*body.splitlines(), ''", "*body.splitlines(), '.', ''"), "belongs to the conversation"),
        ),
    ),
    ValueExercise(
        name="hops",
        asks="a list of the four hosts that took the letter, the first one first",
        judge=_hops,
        reference=REFERENCE,
        hints=(
            "Each host that takes a letter puts one Received field on top of what it was given.",
            "So the lowest Received is the oldest. The host that wrote it stands after `by`.",
            "Read the word after `by` in each of the four, and begin with the one above Date.",
        ),
        wrong=(
            (["mx1.outlook.test", "mx2.outlook.test", "out.gmail.test", "smtp.gmail.test"], "time ran backwards"),
            (["[10.0.0.7]", "smtp.gmail.test", "out.gmail.test", "mx2.outlook.test"], "it wrote no Received"),
            (["out.gmail.test", "smtp.gmail.test", "mx2.outlook.test", "mx1.outlook.test"], "in another order"),
            (["smtp.gmail.test", "mx1.outlook.test"], "four hosts took the letter"),
            ([*_WAY[:3], "mx2.outlook.test"], "mx2.outlook.test more than once"),
        ),
    ),
    ValueExercise(
        name="waited_at",
        asks="the name of the host on which the letter waited longest",
        judge=_waited_at,
        reference=REFERENCE,
        hints=(
            "Each time has its zone behind it: +0100 is one hour ahead of UTC. Write all four in UTC first.",
            "A Received says when a host took the letter. Until the next Received, the letter lay on that host.",
            "In UTC they are 09:02:07, 09:02:09, 09:02:11 and 09:47:31. Who had it between the last two?",
        ),
        wrong=(
            ("mx1.outlook.test", "the wait was over then"),
            ("out.gmail.test", "-0500"),
            ("smtp.gmail.test", "two seconds later"),
            ("grace", "none of the four hosts"),
        ),
    ),
    ValueExercise(
        name="dahlias",
        asks="a number: how many dahlias the attachment tells of",
        judge=_dahlias,
        reference=REFERENCE,
        hints=(
            "The attachment is the part with a file name. Its header ends at an empty line, as a letter's does.",
            'In base64 stand letters, digits, + and /, with = at the end. `import base64`, then b64decode("...").',
            "Decode the last line of letters before the final boundary, and read the row that begins with dahlia.",
        ),
        wrong=((10, "says of tulips"), ("dahlia,3", "Give the number"), ("a key", "is not it")),
    ),
)
