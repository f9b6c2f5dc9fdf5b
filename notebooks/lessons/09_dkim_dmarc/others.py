"""Notebook 09, DKIM and DMARC: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import re
import textwrap
from itertools import islice

from helpers.mail import aligned as is_aligned
from helpers.mail import organizational_domain, policy_record


def txt_strings(text):
    strings = []
    while text:
        strings.append('"%s"' % text[:200])
        text = text[200:]
    return " ".join(strings)


def txt_strings_2(text: str) -> str:
    return '"' + '" "'.join(re.findall(".{1,255}", text)) + '"'


def txt_strings_3(text):
    if len(text) <= 255:
        return f'"{text}"'
    return f'"{text[:255]}" ' + txt_strings_3(text[255:])


def txt_strings_4(text):
    def quoted(piece):
        return '"{}"'.format(piece)

    letters = iter(text)
    return " ".join(map(quoted, iter(lambda: "".join(islice(letters, 255)), "")))


def txt_strings_5(text):
    result = '"'
    for number, letter in enumerate(text):
        if number and number % 255 == 0:
            result += '" "'
        result += letter
    return result + '"'


def txt_strings_6(text):
    pieces = textwrap.wrap(text, 255, drop_whitespace=False, break_on_hyphens=False, replace_whitespace=False)
    return "( " + "\n".join('"' + piece + '"' for piece in pieces) + " )"


def relaxed_body(body):
    body = re.sub(rb"[ \t]+", b" ", body)
    body = re.sub(rb" (?=\r\n|\Z)", b"", body)
    while body.endswith(b"\r\n"):
        body = body[:-2]
    return body + b"\r\n" if body else b""


def relaxed_body_2(body: bytes) -> bytes:
    body = re.sub(rb"[ \t]+(?=\r\n|\Z)", b"", body)
    body = re.sub(rb"[ \t]+", b" ", body)
    body = re.sub(rb"(\r\n)+\Z", b"", body)
    return body + b"\r\n" if body else body


def relaxed_body_3(body):
    kept, waiting = b"", 0
    for line in body.split(b"\r\n"):
        while b"  " in line or b"\t" in line:
            line = line.replace(b"\t", b" ").replace(b"  ", b" ")
        line = line.removesuffix(b" ")
        if line == b"":
            waiting += 1
            continue
        kept += b"\r\n" * waiting + line + b"\r\n"
        waiting = 0
    return kept


def relaxed_body_4(body):
    text = body.decode("latin-1")  # each byte is a letter of it
    lines = [re.sub("[ \t]+", " ", line).removesuffix(" ") for line in text.split("\r\n")]
    try:
        while lines[-1] == "":
            del lines[-1]
    except IndexError:
        return b""
    return ("\r\n".join(lines) + "\r\n").encode("latin-1")


def relaxed_body_5(body):
    out = bytearray()
    for byte in body:
        if byte in b" \t":
            if not out.endswith(b" "):
                out += b" "
        elif byte == 10 and out.endswith(b" \r"):
            out.append(byte)
        else:
            out.append(byte)
    lines = [line[:-1] if line.endswith(b" ") else line for line in bytes(out).split(b"\r\n")]
    last = max((number for number, line in enumerate(lines) if line), default=-1)
    return b"".join(line + b"\r\n" for line in lines[: last + 1])


def aligned(author, domain, mode, txt):
    same = author.casefold() == domain.casefold()
    if mode == "s":
        return same
    return same or organizational_domain(author.lower(), txt) == organizational_domain(domain.lower(), txt)


def aligned_2(author: str, domain: str, mode: str, txt) -> bool:
    names = (author.lower(), domain.lower())
    if mode == "r":
        names = tuple(organizational_domain(name, txt) for name in names)
    return names[0] == names[1]


def aligned_3(author, domain, mode, txt):
    def owner(name):
        return organizational_domain(name, txt) if mode == "r" else name

    return len({owner(author.lower()), owner(domain.lower())}) == 1


def aligned_4(author, domain, mode, txt):
    author, domain = map(str.lower, (author, domain))
    match mode:
        case "s":
            return author == domain
        case "r":
            return organizational_domain(author, txt) == organizational_domain(domain, txt)


def aligned_5(author, domain, mode, txt):
    compare = {"s": lambda name: name, "r": lambda name: organizational_domain(name, txt)}[mode]
    return not compare(author.lower()) != compare(domain.lower())


def dmarc_verdict(author, spf, dkim, txt):
    try:
        found = policy_record(author, txt)
        if not found:
            return "none", None
        where, record = found
        if not record.valid and not record.rua:
            return "permerror", None
        policy = record.policy_for(where != author, where == author or not record.np or txt(author) is not None)
    except TimeoutError:
        return "temperror", None

    def says(result, domain, mode):
        if result not in ("pass", "temperror"):
            return "fail"
        try:
            return result if is_aligned(author, domain, mode, txt) else "fail"
        except TimeoutError:
            return "temperror"

    said = {says(*spf, record.aspf)} | {says(*one, record.adkim) for one in dkim}
    if "pass" in said:
        return "pass", policy
    return ("temperror", None) if "temperror" in said else ("fail", policy)


def dmarc_verdict_2(author: str, spf: tuple[str, str], dkim: list, txt) -> tuple:
    try:
        applies = policy_record(author, txt)
        if applies is None:
            return ("none", None)
        where, record = applies
        if record.valid or record.rua:
            policy = record.policy_for(where != author, txt(author) is not None)
        else:
            return ("permerror", None)
    except TimeoutError:
        return ("temperror", None)
    open_questions = 0
    for number, (result, domain) in enumerate([spf] + dkim):
        if result != "pass" and result != "temperror":
            continue
        try:
            helps = is_aligned(author, domain, record.aspf if number == 0 else record.adkim, txt)
        except TimeoutError:
            open_questions += 1
            continue
        if helps and result == "pass":
            return ("pass", policy)
        open_questions += helps
    return ("temperror", None) if open_questions else ("fail", policy)


def dmarc_verdict_3(author, spf, dkim, txt):
    class Open(Exception):
        pass

    def good(result, domain, mode):
        return result == "pass" and is_aligned(author, domain, mode, txt)

    def might(result, domain, mode):
        try:
            return result in {"pass", "temperror"} and is_aligned(author, domain, mode, txt)
        except TimeoutError:
            return True

    def told(ask, *arguments):
        try:
            return ask(*arguments)
        except TimeoutError:
            return False

    try:
        found = policy_record(author, txt)
        if found is None:
            return "none", None
        where, record = found
        if not any((record.valid, record.rua)):
            return "permerror", None
        policy = record.policy_for(subdomain=where != author, exists=txt(author) is not None)
        checks = [(*spf, record.aspf)] + [(*one, record.adkim) for one in dkim]
        if any(told(good, *check) for check in checks):
            return "pass", policy
        if any(might(*check) for check in checks):
            raise Open
        return "fail", policy
    except (TimeoutError, Open):
        return "temperror", None


def dmarc_verdict_4(author, spf, dkim, txt):
    try:
        found = policy_record(author, txt)
    except TimeoutError:
        return ["temperror", None]
    if not found:
        return ["none", None]
    record = found[1]
    if not record.valid and not record.rua:
        return ["permerror", None]
    below = found[0] != author
    exists = True
    if below:
        try:
            exists = txt(author) is not None
        except TimeoutError:
            return ["temperror", None]
    policy = record.policy_for(below, exists)
    seen = []
    checks = [("spf", spf)]
    checks.extend(("dkim", one) for one in dkim)
    for kind, (result, domain) in checks:
        mode = {"spf": record.aspf, "dkim": record.adkim}[kind]
        if result in ("pass", "temperror"):
            try:
                seen.append(result if is_aligned(author, domain, mode, txt) else None)
            except TimeoutError:
                seen.append("temperror")
    for result, answer in (("pass", ["pass", policy]), ("temperror", ["temperror", None])):
        if result in seen:
            return answer
    return ["fail", policy]


def dmarc_verdict_5(author, spf, dkim, txt):
    try:
        where, record = policy_record(author, txt) or (None, None)
        exists = where in (None, author) or txt(author) is not None
    except TimeoutError:
        return "temperror", None
    if record is None:
        return "none", None
    if not record.valid and not record.rua:
        return "permerror", None

    def weight(check, mode):
        result, domain = check
        worth = {"pass": 2, "temperror": 1}.get(result, 0)
        try:
            return worth if worth and is_aligned(author, domain, mode, txt) else 0
        except TimeoutError:
            return 1

    policy = record.policy_for(where != author, exists)
    best = max([weight(spf, record.aspf), *[weight(one, record.adkim) for one in dkim]])
    return [("fail", policy), ("temperror", None), ("pass", policy)][best]
