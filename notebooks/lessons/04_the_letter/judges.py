"""Judges of notebook 04's functions: what they write is read as a mail program would read it."""

import ast
from collections.abc import Callable
from email import message_from_bytes, message_from_string
from itertools import product

from helpers.check import source
from helpers.check.judging import Feedback, right, shown, trying, wrong

HARMLESS = (  # and why nobody need refuse it
    ("Tulips", "Look at what your condition asks: for this text it has to be false."),
    (
        "Re: Bcc: and other fields",
        "What a value says matters to nobody; whoever bans one field's name has the next one tried.",
    ),
    ("", "A subject may be empty."),
    ("Grüße, Zoë", "Letters beyond ASCII end no line either."),
    ("  two  spaces ", "A space ends no line either."),
    ("Tulips\tred", "A tab ends no line either."),
    ("a \\n that is two characters", "A backslash and an n are two characters on a screen, and end no line."),
)
HARMFUL = (
    ("Tulips\r\nBcc: grace@outlook.test", "a CR LF"),
    ("Tulips\nBcc: grace@outlook.test", "a lone LF"),
    ("Tulips\rBcc: grace@outlook.test", "a lone CR"),
    ("Tulips\r\nTo: grace@outlook.test", "a CR LF and a second To field"),
    ("Tulips\r\n\r\nBuy watches!", "an empty line, which ends the header"),
    ("Tulips\n Bcc: grace@outlook.test", "a line end and a space, which fold the field"),
    ("\nBcc: grace@outlook.test", "a line end at its beginning"),
    ("Tulips\r\n", "a line end as the last thing"),
)


def no_injection(function: Callable) -> Feedback:
    """Judge `no_injection(text)`: gives back a text without line ends, or raises ValueError."""
    for text, why in HARMLESS:
        try:
            with trying(f"the harmless text {shown(text)}"):
                given = function(text)
        except (ValueError, AssertionError):
            return wrong(
                f"It refused {shown(text)}, which does no harm: there is no line end in it. "
                f"{_true_by_itself(function) or why}"
            )
        if given is None:
            return wrong(f"For the harmless text {shown(text)} it gave None. End it with `return text`.")
        if given != text:
            return wrong(
                f"For {shown(text)}, which holds no line end, it gave {shown(given)}. A text that does no harm comes "
                "back as it was."
            )
    for text, what in HARMFUL:
        try:
            with trying(f"a text with {what}"):
                given = function(text)
        except ValueError:
            continue
        except Exception as error:
            if not _meant(function, error):
                raise
            return wrong(
                f"It refused a text with {what}, as it should, and raised {type(error).__name__}. Whoever calls it is "
                f"prepared for a ValueError alone: `raise ValueError(...)`.{_assertion(error)}"
            )
        if not isinstance(given, str):
            return wrong(f"For a text with {what} it gave {shown(given)}. Raise ValueError, or give a harmless text.")
        if "\r" in given or "\n" in given:
            return wrong(
                f"A text with {what} came back as {shown(given)}. {_true_by_itself(function) or _what_it_does(given)}"
            )
    return right(
        "No CR and no LF gets through, whatever stands around it. What the text says does not matter: a field ends "
        "where its line ends, and nowhere else."
    )


def _true_by_itself(function: Callable) -> str:
    """A sentence on the first text that stands alone beside `and` or `or`, as in `"\\r" or "\\n" in text`."""
    for node in ast.walk(source.find(function, "no_injection").node):
        if isinstance(node, ast.BoolOp):
            for part in node.values:
                if isinstance(part, ast.Constant) and isinstance(part.value, str) and part.value:
                    alone, whole = ast.unparse(part), ast.unparse(node)
                    does = "the rest of it decides alone" if isinstance(node.op, ast.And) else "it is always true"
                    if all(isinstance(value, ast.Constant) for value in node.values):
                        does = "of the two texts one alone is left"
                    return (
                        f"In `{whole}` the `{alone}` asks nothing: a text that is not empty counts as true, so {does}. "
                        f"Say `in` for each of the two: `{alone} in text`."
                    )
    return ""


def _meant(function: Callable, error: Exception) -> bool:
    """Whether the function itself raises an error of this kind, and has not merely met one."""
    said = [node for node in ast.walk(source.find(function, "no_injection").node) if isinstance(node, ast.Raise)]
    named = any(type(error).__name__ in ast.unparse(node) for node in said)
    return named or isinstance(error, AssertionError)


def _assertion(error: Exception) -> str:
    if isinstance(error, AssertionError):
        return " (`assert` is for what cannot be; Python leaves it out when it is started with `-O`.)"
    return ""


def _what_it_does(given: str) -> str:
    if "\n" not in given:
        return (
            "There is a lone CR in it still. On the wire only CR LF ends a line, but many programs that read text take "
            f"a CR for a line end, Python's own email package among them: it reads the fields {_fields(given)}."
        )
    if len(_fields(given)) > 1:
        return f"In a letter that makes the fields {_fields(given)}: the LF is what has to go."
    return "There is a line end in it still: a body may begin there, or a field that another program reads."


def _fields(subject: str) -> list[str]:
    return message_from_string(f"Subject: {subject}\n\n").keys()


SENDER, TO, CC, BCC = "Ada <ada@gmail.test>", ["bob@gmail.test"], ["olive@corner-shop.test"], ["grace@outlook.test"]
BODY = "Come to the shed.\n.\n..two dots begin this line\n\nAda\n"
SPACED = "\n  Dear Bob,\n\n    the shed, at ten  \n-- \nAda \n"  # an empty line first, and spaces on all sides


def write_letter(function: Callable) -> Feedback:
    """Judge `write_letter(sender, to, subject, body, cc=(), bcc=())`, which gives a letter and its recipients."""
    with trying("a letter to Bob, with no copies"):
        given = function(SENDER, [*TO], "Seeds", BODY)
    if problem := _shape(given) or _octets(given[0]) or _header(given[0], cc=()) or _body(given[0], BODY):
        return problem
    with trying("a letter to Bob, with a copy to Olive and a blind one to Grace"):
        given = function(SENDER, [*TO], "Seeds", BODY, cc=[*CC], bcc=[*BCC])
    if problem := _shape(given) or _octets(given[0]) or _blind(given[0]) or _header(given[0], cc=CC):
        return problem
    return (
        _recipients(given[1], [*TO, *CC, *BCC])
        or _spaced(function)
        or _many(function)
        or _safe(function)
        or right(
            "Bob and Olive read each other's names, nobody reads Grace's, and all three are in the envelope. No value "
            "can add a line to the header. (It has no Date and no Message-ID: a submission server may add them.)"
        )
    )


def _shape(given: object) -> Feedback | None:
    if isinstance(given, str | bytes):
        return wrong(
            f"It gave the letter alone, {shown(given)}. Give two things, `return letter, recipients`: whoever sends it "
            "needs the list for RCPT, for the header does not hold all of them."
        )
    if not isinstance(given, tuple | list) or len(given) != 2:
        return wrong(f"It gave {shown(given)}. Give two things: `return letter, recipients`.")
    letter, recipients = given
    if not isinstance(letter, bytes):
        return wrong(f"The letter is {shown(letter)}. What goes over the wire is bytes: `text.encode()` makes them.")
    if not isinstance(recipients, list):
        return wrong(f"The recipients are {shown(recipients)}. Give them as one list of addresses.")
    return None


def _octets(letter: bytes) -> Feedback | None:
    rest = letter.replace(b"\r\n", b"")
    if b"\n" in rest or b"\r" in rest:
        return wrong(
            "Its lines do not all end in CR LF. A letter on the wire has no other line end (RFC 5322 section 2.1): a "
            "bare LF was refused with 550 in notebook 03. Mind the body, whose lines end in LF when you get them."
        )
    if not letter.endswith(b"\r\n"):
        return wrong("Its last line does not end in CR LF. The dot that ends DATA needs a line of its own.")
    if b"\r\n\r\n" not in letter:
        return wrong("There is no empty line in it. That line ends the header; without it the body is read as fields.")
    first = letter.partition(b"\r\n")[0]
    if b":" not in first or first[:1] in (b" ", b"\t"):
        return wrong(f"It begins with the line {shown(first)}, which is no field. The header comes first.")
    return None


def _header(letter: bytes, cc: list[str] | tuple) -> Feedback | None:
    message = message_from_bytes(letter)
    wanted = {"From": SENDER, "To": ", ".join(TO), "Subject": "Seeds"} | ({"Cc": ", ".join(cc)} if cc else {})
    for name, value in wanted.items():
        found = message.get_all(name) or []
        if len(found) != 1:
            return wrong(
                f"The letter has {len(found)} fields called {name}, and one is wanted. Its fields are "
                f"{message.keys()}. {_how_fields_end(letter)}"
            )
        if "".join(found[0].split()) != "".join(value.split()):
            why = _how_fields_end(letter) if "\n" in found[0] else "`', '.join(addresses)` puts commas between several."
            return wrong(f"The field {name} says {shown(found[0])}, and {shown(value)} is wanted. {why}")
    if not cc and "Cc" in message:
        return wrong(
            "Nobody gets a copy, and the letter has a Cc field all the same. A Cc without an address is no valid field "
            "(RFC 5322 section 3.6.3): leave it out when there is nobody to name."
        )
    if "Bcc" in message:  # an empty one is allowed, and tells of blind copies all the same
        return wrong("There is a Bcc field in a letter that has no blind copies. Leave the field out altogether.")
    return None


def _how_fields_end(letter: bytes) -> str:
    if b"\r\n " in letter or b"\r\n\t" in letter:
        return "A line that begins with a space belongs to the field before it."
    return "A field is its name, a colon and its value, on a line of its own."


def _body(letter: bytes, given: str) -> Feedback | None:
    body = letter.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n").split(b"\r\n")
    wanted = given.removesuffix("\n").encode().split(b"\n")
    while body and not body[-1]:
        body.pop()
    if body == wanted:
        return None
    if body == [b"." + line if line.startswith(b".") else line for line in wanted]:
        return wrong(
            "Its dots are doubled. Dot-stuffing belongs to the conversation: `send_mail` does it, and would do it a "
            "second time. The letter itself is as the author wrote it."
        )
    if body == [*wanted, b"."]:
        return wrong(
            "It ends with a line that holds only a dot. That dot belongs to the conversation, and `send_mail` says it: "
            "in the letter it would be one more line of text."
        )
    if len(body) < len(wanted) and body == wanted[len(wanted) - len(body) :]:
        return wrong(
            f"Only {shown(body)} of the body is left. The lines before it were read as fields: the empty line that "
            "ends the header is missing."
        )
    did = f"The body has come out as {shown(body)}, and the lines given were {shown(wanted)}."
    if [line for line in map(bytes.strip, body) if line] == [line for line in map(bytes.strip, wanted) if line]:
        did += " Its spaces and its empty lines are the author's, also the first and the last: no `strip`."
    return wrong(did)


def _blind(letter: bytes) -> Feedback | None:
    if b"grace" not in letter.lower():
        return None
    name = next((name for name, value in message_from_bytes(letter).items() if "grace" in value.lower()), "")
    if name.lower() == "bcc":
        return wrong(
            "Bcc is kept: every reader gets these same octets, so Bob can read that Grace had a blind copy. Her "
            "address belongs in the list of recipients, for RCPT, and nowhere in the letter."
        )
    return wrong(
        f"Grace's blind copy is no longer blind: {f'the field {name}' if name else 'the letter'} names her, and Bob "
        "can read it."
    )


def _recipients(given: list, wanted: list[str]) -> Feedback | None:
    if given == wanted or (sorted(map(str, given)) == sorted(wanted)):
        return None
    if any(isinstance(address, list | tuple) for address in given):
        return wrong(
            f"The recipients are {shown(given)}, with lists inside the list. RCPT names addresses: give those."
        )
    if missing := [address for address in wanted if address not in given]:
        kind = "has a blind copy coming" if missing == BCC else "is to get it, too"
        return wrong(
            f"The recipients are {shown(given)}, so no RCPT will name {missing[0]}, who {kind}. The header decides "
            "nothing: to, cc and bcc all go into that list."
        )
    return wrong(f"The recipients are {shown(given)}, and {shown(wanted)} are wanted, each once.")


def _spaced(function: Callable) -> Feedback | None:
    with trying(f"the body {shown(SPACED)}"):
        letter, _ = function(SENDER, [*TO], "Seeds", SPACED)
    return _octets(letter) or _body(letter, SPACED)


def _many(function: Callable) -> Feedback | None:
    several = ["bob@gmail.test", "tom@twins.test"]
    sender, subject = "olive@corner-shop.test", "Re: Bcc: at 10:30"
    with trying("a letter to two people at once"):
        letter, recipients = function(sender, [*several], subject, BODY)
    for name, value in (("From", sender), ("Subject", subject)):
        if (found := message_from_bytes(letter).get_all(name)) != [value]:
            return wrong(f"The letter has the {name} field {shown(found)}, and {shown(value)} was given.")
    to = message_from_bytes(letter).get_all("To") or []
    if len(to) != 1 or [part.strip() for part in to[0].split(",")] != several:
        return wrong(
            f"For two people in `to` the letter has the To field {shown(to)}. One field holds them all, with commas "
            "between (RFC 5322 section 3.6)."
        )
    return _recipients(recipients, several)


def _safe(function: Callable) -> Feedback | None:
    ends = (("\r\n", "a CR LF"), ("\n", "a lone LF"), ("\r", "a lone CR"))
    for what, (end, called) in product(("subject", "sender", "to", "cc"), ends):
        harm = f"{end}X-Injected: yes"
        values = {"sender": SENDER, "to": [*TO], "subject": "Seeds", "cc": [*CC]}
        values[what] = [values[what][0] + harm] if what in ("to", "cc") else values[what] + harm
        try:
            with trying(f"a value for {what} with {called} in it"):
                letter, _ = function(values["sender"], values["to"], values["subject"], BODY, cc=values["cc"])
        except ValueError:
            continue
        if "X-Injected" in message_from_bytes(letter):
            return wrong(
                f"With {called} in it, `{what}` gave the letter a field that nobody meant it to have. Pass each value "
                f"through `no_injection` before it goes into the header.{_thrown_away(function)}"
            )
    return None


def _thrown_away(function: Callable) -> str:
    """A sentence on the first call of `no_injection` whose result nobody uses."""
    for node in ast.walk(source.find(function, "write_letter").node):
        if isinstance(node, ast.Expr) and ast.unparse(node).startswith("no_injection("):
            return f" `{ast.unparse(node)}` gives the harmless text back, and yours goes on with the one before."
    return ""
