"""Notebook 05, a live server: what a table cannot decide about a value."""

import re

from helpers.check.judging import Feedback, right, word, wrong


def an_error(value: object) -> bool:
    return value[2] is not None


def both_and_no_error(value: object) -> bool:
    return bool(value[0] and value[1]) and value[2] is None


def second_missing(value: object) -> bool:
    return not value[1] and value[2] is not None


_CODE = r"(?<![\d.])[2-5][0-5]\d(?![\d.])"
_CODES = re.compile(rf"({_CODE})(?:[\W\d]|\b(?:or|and|to)\b)+?({_CODE})")


def several_codes(answer: object) -> bool:
    """Whether an answer names one reply code beside another: 452 or 552."""
    return any(one != other for one, other in _CODES.findall(word(answer)))


def says_354(answer: object) -> bool:
    return re.match(r"354(?!\d)", word(answer)) is not None


def _code(answer: object) -> int | None:
    """The reply code at the head of an answer: 552, "552", "552 5.3.4 Too big"."""
    found = re.match(r"[2-5]\d\d\b", word(answer))
    return int(found[0]) if found else None


_TROUBLES = ("the disk is full", "there is no such user", "the letter is too big")


def which_code(answer: object) -> Feedback:
    if isinstance(answer, list | tuple) and len(answer) > len(_TROUBLES):
        return wrong(f"There are three troubles, and your answer names {len(answer)} codes: one code for each.")
    given = dict(zip(_TROUBLES, answer, strict=False)) if isinstance(answer, list | tuple) else answer
    if hedged := [trouble for trouble in _TROUBLES if several_codes(given.get(trouble))]:
        return wrong(
            f"Where {hedged[0]} you name several codes, {given[hedged[0]]}. A server can say only one, and the sender "
            "acts on it."
        )
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


_HOOK = re.compile(r"\bhandle_([a-z]+)|\b(mail) from\b|\b(rcpt) to\b|^(mail|rcpt|data|ehlo|helo)$")


def guilty(answer: object) -> Feedback:
    hooks = {next(filter(None, found.groups())) for found in _HOOK.finditer(word(answer))}
    if len(hooks) > 1:
        return wrong(
            "You name more than one. One hook fell over, and the conversation ended there: which command stands right "
            "before the 500?"
        )
    (hook,) = hooks or {""}
    if hook == "mail":
        return right(
            "The 500 came as the answer to MAIL FROM, so it is `handle_MAIL` that fell over. It looked Grace up among "
            "the friends, and she is none."
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


def low_port(answer: object) -> Feedback:
    text = word(answer).lstrip("(")
    if re.match(r"[abc]\b\W*(?:(?:or|and|to)\b\W*|[,;/|&+]\s*\W*|\s)[abc]\b(?!\s+\w)", text):
        return wrong("Your answer names more than one letter. Only one of the three happens: which?")
    text = text[:1] if re.match(r"[abc]\b", text) else text
    if text in ("b", "permissionerror", "permission denied", "eacces"):
        return right(
            "By default, outside a container, Linux keeps the ports below 1024 for privileged programs; Windows does "
            "not, and recent macOS only in some cases. Real mail servers take port 25 with privilege and then drop it, "
            "or are given that one right."
        )
    if text == "a":
        return wrong(
            "On Windows it does, on recent macOS and in some containers it may. Otherwise a port below 1024 needs "
            "privilege on Linux, or any user of a shared machine could take the place of its mail server.",
            belief="any_port",
        )
    if text == "c":
        return wrong("It would be, if a server already listened there. Here none does; think of who is asking.")
    return wrong("Answer with one letter: a, b or c.")


_LINE = "the line that you wrote"


def my_mx(answer: object) -> Feedback:
    import dns.resolver

    from helpers.lab import Lab
    from helpers.lab.errors import LabError

    from .judges import ZONE

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
        first = min(records).preference
        names = sorted(record.exchange.to_text().rstrip(".") for record in records if record.preference == first)
        for exchange in names:
            try:
                address = lab.resolver.resolve(f"{exchange}.", "A")[0].address
            except dns.exception.DNSException as error:
                return wrong(_my_mx_amiss(exchange, type(error).__name__))
            if address != "192.0.2.25" and len(names) > 1:
                return wrong(
                    f"It names {len(names)} hosts with the preference {first}, {' and '.join(names)}. A sender takes "
                    f"either of them first, and {exchange} is not your server. One line is enough."
                )
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


_BY_CODE = {  # what a reply of one role alone says
    452: '452 is "not now", for want of room. Whose disk will have room again?',
    550: '550 is "no", for good. Who would say that to a letter, and not "come again"?',
    None: 'Nobody answered there, so nobody said "not now" or "no". Who cannot even say that?',
}


def who_is_who(answer: object) -> Feedback:
    from .street import ROLES, known

    if not isinstance(answer, dict):
        return wrong('The check wants a table: the name of each neighbour, and the role, as in {"aster": "Full"}.')
    given = {word(name).partition(".")[0]: word(roles) for name, roles in answer.items()}
    codes, own = known()
    for name, code in codes.items():
        short = name.partition(".")[0]
        if short not in given:
            return wrong(f"{short} is not in your table: there are {len(codes)} neighbours, and each has a role.")
        named = {role for role in ROLES if role.lower() in given[short]}
        may = {role for role in ROLES if ROLES[role] == code}
        if not named:
            return wrong(f"Beside {short} stands none of the five roles, {', '.join(ROLES)}.")
        if named in (may, may - set(own.values()), {own.get(name)}):
            continue
        if code == 250 and named < may:
            return wrong(
                f"You are sure that {short} is {min(named)}. By which word of the reply? Another neighbour said "
                "the very same, and nothing that you heard would change if the two changed places. Write both roles, "
                "beside both names.",
                belief="accepted_is_inbox",
            )
        if code == 250:
            return wrong(f"{short} took the letter: 250. {' and '.join(sorted(named - may))} would not have said so.")
        if may < named:
            return wrong(f"Beside {short} you leave more than one role open. {_BY_CODE[code]}")
        return wrong(f"{short} is not {' or '.join(sorted(named))}. {_BY_CODE[code]}")
    return right(
        'Three are sure. Full has said "not now", Strict has said "no", and Away has said nothing. The other two have '
        "said the same, word for word. One of them has the letter, and from outside nobody can tell which."
    )


_EVIDENCE = {
    "a": "Keeper and Forgetful say the same words at the dot, so these words cannot part them.",
    "b": "Such a log you had yourself, in part one: it held the size of Ada's letter when nothing had the letter. It "
    "proves that the letter came, and not that it is there.",
    "d": "Forgetful takes the second one as well, and forgets it, too.",
}


def one_evidence(answer: object) -> Feedback:
    text = word(answer).lstrip("(")
    letters = set(re.findall(r"\b[a-d]\b", text)) if len(text) < 14 else set(re.findall(r"^[a-d]\b", text))
    if len(letters) > 1:
        return wrong("One piece of evidence is all that you may ask for. Which of your letters is it?")
    if letters == {"c"} or "file" in text:
        return right(
            "Whoever can show the letter has it. Ada cannot ask for that. She has the 250, and believes it, so the one "
            "who says it has to mean it."
        )
    if letters:
        return wrong(_EVIDENCE[letters.pop()], belief="accepted_is_inbox")
    return wrong("Answer with one letter: a, b, c or d.")
