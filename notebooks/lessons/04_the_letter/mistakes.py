"""Notebook 04, the letter itself: wrong answers and the feedback that each must get. Tests alone read it."""

from . import values

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


_UNUSED = (  # a no_injection that takes line ends out, called by somebody who does not use what it gives
    "    def no_injection(text):\n"
    "        return text.replace('\\r', '').replace('\\n', '')\n\n"
    "    for value in (sender, subject, *to, *cc):\n"
    "        no_injection(value)\n"
)


_SUBJECT = "    header.append(f'Subject: {subject}')\n"

HAPPENED = {  # a value such as the run gives
    "mx_of_what": "outlook.test",
    "whose_copy": ["grace@outlook.test"],
    "bounce_goes_to": "ada@gmail.test",
    "who_dated": "out.gmail.test",
    "bcc_seen": [False, False],
    "lone_cr": 2,
    "subject_on_wire": b"Subject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=",
    "base64_hides": "tulip,10",
}

MISTAKES = {
    "who_receives": (
        (["gardeners@list.test", "bob@gmail.test"], "RCPT decided"),
        (["support@outlook.test", "grace@outlook.test", "suport@outlook.test"], "answered by 550"),
        (["support@outlook.test", "grace@outlook.test", "gardeners@list.test"], "RCPT decided"),
        (["grace@outlook.test", "ada@gmail.test"], "is MAIL FROM"),
        (["grace@outlook.test"], "has a copy, too"),
        (["suport@outlook.test <support@outlook.test>", "grace@outlook.test"], "names more than one address"),
        ("grace@outlook.test or support@outlook.test", "is not one address"),
        (["grace@outlook.testing", "support@outlook.test"], "is named nowhere"),
    ),
    "no_injection": (
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
        (
            "def no_injection(text):\n    if not text.isprintable():\n        raise ValueError\n    return text",
            "A tab ends no line",
        ),
        (
            "def no_injection(text):\n    if '\\n' in text or '\\r' in text:\n        raise ValueError",
            "End it with `return text`",
        ),
        (
            "from email.message import EmailMessage\n\n\ndef no_injection(text):\n"
            '    EmailMessage()["Subject"] = text\n    return text',
            "a line end as the last thing",
        ),
        (
            'def no_injection(text):\n    if "\\r" or "\\n" in text:\n        raise ValueError\n    return text',
            "so it is always true. Say `in` for each of the two",
        ),
        (
            'def no_injection(text):\n    if "\\r" and "\\n" in text:\n        raise ValueError\n    return text',
            "so the rest of it decides alone",
        ),
        (
            'def no_injection(text):\n    if ("\\n" or "\\r") in text:\n        raise ValueError\n    return text',
            "of the two texts one alone is left",
        ),
        (
            'def no_injection(text):\n    if text.find("\\n") or text.find("\\r"):\n        raise ValueError\n'
            "    return text",
            "for this text it has to be false",
        ),
        (
            'def no_injection(text):\n    assert "\\r" not in text and "\\n" not in text\n    return text',
            "raised AssertionError. Whoever calls it is prepared for a ValueError alone",
        ),
        (
            'def no_injection(text):\n    if "\\r" in text or "\\n" in text:\n        raise TypeError("no")\n'
            "    return text",
            "as it should, and raised TypeError",
        ),
        (
            'def no_injection(text):\n    for end in "\\r", "\\n":\n        if end in text:\n'
            '            raise ValueError("at " + text.index(end))\n    return text',
            "can only concatenate str",
        ),
        ("def no_injection(text):\n    return text", "the LF is what has to go"),
    ),
    "write_letter": (
        (
            _CLEAN.replace(_SUBJECT, f"    header.append(f'Bcc: {{\", \".join(bcc)}}') if bcc else None\n{_SUBJECT}"),
            "Bob can read",
        ),
        (_CLEAN.replace("[*to, *cc, *bcc]", "[to, cc, bcc]"), "with lists inside the list"),
        (_CLEAN.replace("Subject: {subject}", "Subject {subject}"), "A field is its name, a colon and its value"),
        (_CLEAN.replace("'Subject: {subject}'", "' Subject: {subject}'"), "belongs to the field before it"),
        (_CLEAN.replace("[*to, *cc, *bcc]", "[*to, *cc]"), "no RCPT will name grace@outlook.test"),
        (_CLEAN.replace("'\\r\\n'.join", "'\\n'.join"), "do not all end in CR LF"),
        (_CLEAN.replace("[*header, '', *body", "[*header, *body"), "were read as fields"),
        (_CLEAN.replace(_GUARD, ""), "a field that nobody meant it to have"),
        (_CLEAN.replace(_GUARD, _UNUSED), "gives the harmless text back"),
        (_CLEAN.replace("f'Subject: {subject}'", "'Subject: Seeds'"), "'Re: Bcc: at 10:30' was given"),
        (_CLEAN.replace("'From: {sender}'", "'From: Ada <ada@gmail.test>'"), "'olive@corner-shop.test' was given"),
        (_CLEAN.replace("*to, *cc):", "*to):"), "With a CR LF in it, `cc`"),
        (_CLEAN.replace("'\\r' in value or '\\n' in value", "'\\r\\n' in value"), "With a lone LF in it"),
        (_CLEAN.replace("    if cc:\n        header", "    header"), "has a Cc field all the same"),
        (_CLEAN.replace(".encode(), [*to, *cc, *bcc]", ".encode()"), "gave the letter alone"),
        (
            _CLEAN.replace("*body.splitlines()", "*('.' + x if x[:1] == '.' else x for x in body.splitlines())"),
            "dots are doubled",
        ),
        (_CLEAN.replace("*body.splitlines()", "*body.strip().splitlines()"), "no `strip`"),
        (_CLEAN.replace("*body.splitlines()", "*(line.rstrip() for line in body.splitlines())"), "no `strip`"),
        (_CLEAN.replace("*body.splitlines()", "*filter(None, body.splitlines())"), "The body has come out as"),
        (_CLEAN.replace("*body.splitlines(), ''", "*body.splitlines(), '.', ''"), "belongs to the conversation"),
    ),
    "hops": (
        (["mx1.outlook.test", "mx2.outlook.test", "out.gmail.test", "smtp.gmail.test"], "time ran backwards"),
        (["[10.0.0.7]", "smtp.gmail.test", "out.gmail.test", "mx2.outlook.test"], "it wrote no Received"),
        (["out.gmail.test", "smtp.gmail.test", "mx2.outlook.test", "mx1.outlook.test"], "in another order"),
        (["smtp.gmail.test", "mx1.outlook.test"], "four hosts took the letter"),
        ([*values.WAY[:3], "mx2.outlook.test"], "mx2.outlook.test more than once"),
        ([*values.WAY[:3], "mx1.outlook.test or mx2.outlook.test"], "stands after no `by`"),
        ([*values.WAY, "mx3.outlook.test"], "stands after no `by`"),
    ),
    "waited_at": (
        ("mx1.outlook.test", "the wait was over then"),
        ("out.gmail.test", "-0500"),
        ("smtp.gmail.test", "two seconds later"),
        ("grace", "none of the four hosts"),
        ("mx2.outlook.test or mx1.outlook.test", "names more than one host"),
        (["mx1", "mx2"], "names more than one host"),
        ("mx2.outlook.test.example", "none of the four hosts"),
        ("smtp.gmail.test, out.gmail.test, mx2.outlook.test", "names more than one host"),
    ),
    "dahlias": (
        (10, "says of tulips"),
        ("dahlia,3", "Give the number"),
        ("a key", "is not it"),
        ("3 or 10", "more than one number"),
        ("30", "is not it"),
    ),
}
