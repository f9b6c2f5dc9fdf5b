"""Notebook 02, record types: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import re


def tags(text):
    parts = [part.split("=", 1) for part in text.split(";") if "=" in part]
    return {name.strip(): value.strip() for name, value in parts}


def tags_2(text: str) -> dict[str, str]:
    """Keep the value whole, whatever `=` it holds."""
    return dict(re.findall(r"\s*([^=;]+?)\s*=\s*([^;]*?)\s*(?:;|$)", text))


def tags_3(text):
    def tag(part):
        at = part.index("=")
        return part[:at].strip(), part[at + 1 :].strip()

    found = {}
    for part in text.split(";"):
        try:
            name, value = tag(part)
        except ValueError:
            continue
        found[name] = value
    return found


def tags_4(text):
    found, left = {}, text
    while left.strip():
        part, _, left = left.partition(";")
        name, _, value = part.partition("=")
        found[name.strip()] = value.strip()
    return found


def tags_5(text):
    found, name, value, in_value = {}, "", "", False
    for character in text.rstrip("; ") + ";":
        if character == ";":
            found[name.strip()] = value.strip()
            name, value, in_value = "", "", False
        elif character == "=" and not in_value:
            in_value = True
        elif in_value:
            value += character
        else:
            name += character
    return found


def tags_6(text):
    found = {}
    for part in map(str.strip, text.removesuffix(";").split(";")):
        try:
            name, *rest = part.split("=")
        finally:
            pass
        found |= {name.rstrip(): "=".join(rest).lstrip()}
    return found


def spf_terms(text):
    def term(word):
        qualifier, rest = ("+", word) if word[0] not in "+-~?" else (word[0], word[1:])
        mark = re.search("[:/=]", rest)
        if not mark:
            return qualifier, rest.lower(), ""
        name, value = rest[: mark.start()].lower(), rest[mark.start() :]
        return ("" if mark[0] == "=" else qualifier), name, value if mark[0] == "/" else value[1:]

    return [term(word) for word in text.split()[1:]]


def spf_terms_2(text: str) -> list[tuple[str, str, str]]:
    """One regular expression, a group for each part."""
    found = []
    for word in text.split()[1:]:
        sign, name, mark, value = re.fullmatch(r"([+~?-]?)([^:/=]*)([:/=]?)(.*)", word).groups()
        qualifier = "" if mark == "=" else sign or "+"
        found.append((qualifier, name.casefold(), mark + value if mark == "/" else value))
    return found


def spf_terms_3(text):
    version, *words = text.split()
    terms = []
    for word in words:
        qualifier = "+"
        if word.startswith(("+", "-", "~", "?")):
            qualifier, word = word[0], word[1:]
        places = [word.find(mark) for mark in ":/=" if mark in word]
        end = min(places, default=len(word))
        if word[end:].startswith("="):
            qualifier = ""
        terms.append((qualifier, word[:end].lower(), word[end:].removeprefix(":").removeprefix("=")))
    return terms


def spf_terms_4(text):
    found = []
    for number, word in enumerate(text.split(" ")):
        if number == 0 or word == "":
            continue
        name, value, sign, where = "", "", "+", "sign"
        for character in word:
            if where == "sign" and character in "+-~?":
                sign = character
            elif where != "value" and character in ":/=":
                where = "value"
                value = "/" if character == "/" else ""
                sign = "" if character == "=" else sign
            elif where == "value":
                value += character
            else:
                where, name = "name", name + character.lower()
        found.append((sign, name, value))
    return found


def spf_terms_5(text):
    found = []
    for word in text.split()[1:]:
        bare = word.lstrip("+-~?")
        qualifier = word.removesuffix(bare) or "+"
        try:
            name, mark, value = re.split("([:/=])", bare, maxsplit=1)
        except ValueError:  # no mark in it
            name, mark, value = bare, "", ""
        match mark:
            case "=":
                found.append(("", name.lower(), value))
            case "/":
                found.append((qualifier, name.lower(), f"/{value}"))
            case _:
                found.append((qualifier, name.lower(), value))
    return found
