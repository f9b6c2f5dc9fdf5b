"""Notebook 07, locked doors: what a table cannot decide about a value."""

import re

from helpers.check.judging import Feedback, right, shown, word, wrong

from . import answers


def nothing(value: object) -> bool:
    return not value


def not_heard(value: object) -> bool:
    return value is None


def not_delivered(value: object) -> bool:
    return value[0] != "delivered"


def delivered_in_clear(value: object) -> bool:
    return value == ("delivered", None)


def delivered_locked(value: object) -> bool:
    return value[0] == "delivered" and value[1] is not None


def which_port(answer: object) -> Feedback:
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
    for port in given.values():
        if port not in (25, 465, 587):
            return wrong(f"{shown(port)} is none of the three ports, 25, 465 and 587.")
    submitted, older, with_tls, clear = given.values()
    if 465 in (with_tls, clear) or 587 in (with_tls, clear):
        return wrong(
            "A host that brings a letter finds the exchange by its MX record, which names no port: it is always 25. "
            "TLS comes there by STARTTLS, on the same port. 465 is not 25 with TLS.",
            belief="old_465",
        )
    if 25 in (submitted, older):
        return wrong("Port 25 asks nobody to log in. A program that hands in its user's letter needs one that does.")
    if (submitted, older) == (587, 465):
        return wrong("The other way round: on one of the two, TLS comes before the first word; which?")
    return wrong("Both hand in a letter. On one of the two ports TLS is there from the start, on the other not.")


def _number(value: object) -> object:
    found = re.fullmatch(r"(?:port )?(\d+)(?:\.0)?", word(value))
    return int(found[1]) if found else value


def whose_certificate(answer: object) -> Feedback:
    name = word(answer)
    if (
        isinstance(answer, dict | tuple)
        and answers.whose_certificate in str(answer)
        and name != answers.whose_certificate
    ):
        return wrong("The name stands in there. Give it alone, as text.")
    if name == answers.whose_certificate:
        return right(
            "Somebody renewed it for the web site, and the exchange shows it too. out.gmail.test follows the bank's "
            "own policy and does not deliver to a name that it did not call; corner-shop.test takes any certificate. "
            "The bank has to mend it. Until it does, the letters wait."
        )
    if name.count("bank.test") > 1:
        return wrong(f"{shown(answer)} holds several. What stands in this certificate is one name.")
    if name == "bank.test":
        return wrong("That is the name that was called. The certificate bears another, and there lies the trouble.")
    if name == "mta-sts.bank.test":
        return wrong("There the policy is served, and that certificate is good. Look at the exchange, port 25.")
    if name.endswith(".bank.test"):
        return wrong(f"{name} is near. Read it off the certificate, rather than guess it.")
    if name in ("wrong name", "expired", "unknown authority", "hostname mismatch"):
        return wrong("That is a kind of trouble. Asked for is the name that stands in the certificate.")
    return wrong(
        f"{shown(answer)} does not stand in it. The delivery's record says what out.gmail.test complained of; the name "
        "itself is in the certificate of bank.test, port 25."
    )
