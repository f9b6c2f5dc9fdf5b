"""What a table cannot decide about the values of notebook 11."""

import re

from helpers.check.judging import Feedback, right, shown, word, wrong


def something(value: object) -> bool:
    """Whether a list of sizes has one that is not 0."""
    return any(size > 0 for size in value)


def report_fields(answer: object) -> Feedback:
    """Judge the four fields of a report on a letter that waited five days for a full mailbox."""
    if not isinstance(answer, dict):
        return wrong(f"This is {shown(answer)}. Fill in the dictionary, and hand it over as it is.")
    said = {name.lower(): " ".join(str(value).split()) for name, value in answer.items()}
    for field, judge in (
        ("final-recipient", _recipient),
        ("action", _action),
        ("status", _status),
        ("diagnostic-code", _diagnosis),
    ):
        if field not in said:
            return wrong(f"The field {field.title()} is gone from the dictionary. It has four.")
        if amiss := judge(said[field]):
            return wrong(amiss)
    return right(
        "That is what a program needs to know. It failed, because nobody tries any more; and it is a 4, because "
        "nothing is "
        "wrong with the letter. Sent again next week it may arrive, and Ada's program can read that in the one digit."
    )


def _recipient(text: str) -> str:
    if "@" not in text:
        return f"Final-Recipient is {shown(text)}. It names the recipient: `rfc822; grace@outlook.test`."
    if ";" not in text:
        return (
            f"Final-Recipient is {shown(text)}. Before the address stands of which kind it is, and a semicolon: "
            "`rfc822;` "
            "for an address of Internet mail."
        )
    kind, _, address = text.partition(";")
    if word(kind) != "rfc822":
        return f"Final-Recipient begins with {shown(kind)}, and an address of Internet mail is of the kind `rfc822`."
    if address.strip(" <>").lower() == "ada@gmail.test":
        return "Final-Recipient names Ada, who gets the report. It is about the one who did not get the letter."
    if address.strip() != "grace@outlook.test":
        return (
            f"Final-Recipient names {shown(address.strip())}. It is the address as it was on the envelope, without "
            "brackets."
        )
    return ""


def _action(text: str) -> str:
    if word(text) == "delayed":
        return (
            "Action says `delayed`, which promises that the letter is still tried. Its five days are over, and nobody "
            "tries "
            "any more. (Ada was told of the delay after four hours.)"
        )
    if word(text) != "failed":
        return f"Action is {shown(text)}. It is one of five words, and the one for a letter given up is `failed`."
    return ""


def _status(text: str) -> str:
    if text == "5.2.2":
        return (
            "Status is 5.2.2, and the host said 4.2.2. The first digit tells whether the same letter may arrive "
            "another day, "
            "and it may. Action says already that it was given up: RFC 3463 has class 4 for just this."
        )
    if text.endswith("4.7"):
        return (
            f"Status is {text}, time expired. That is what happened to the letter, and Ada can do nothing with it. "
            "Where the "
            "last problem is known, its code is to be given in place of this one."
        )
    if text in ("452", "550", "4.2.2 Mailbox full", "452 4.2.2"):
        return f"Status is {shown(text)}. It is the enhanced code alone, three numbers with dots between them."
    if not re.fullmatch(r"[245]\.\d{1,3}\.\d{1,3}", text):
        return f"Status is {shown(text)}. It is an enhanced code: three numbers with dots between them."
    if text != "4.2.2":
        return f"Status is {text}. The host has told us the code: look at the last reply."
    return ""


def _diagnosis(text: str) -> str:
    if ";" not in text:
        return (
            f"Diagnostic-Code is {shown(text)}. Before what was said stands in which language, and a semicolon: "
            "`smtp;`."
        )
    kind, _, said = text.partition(";")
    if word(kind) != "smtp":
        return f"Diagnostic-Code begins with {shown(kind)}. The host said it in SMTP: `smtp;`."
    if said.strip() != "452 4.2.2 Mailbox full":
        return (
            f"Diagnostic-Code quotes {shown(said.strip())}. Quote the host's reply as it came, from its code to its "
            "last word, and nothing else: it may help whoever runs that host to find it in the log."
        )
    return ""
