"""Notebook 09, DKIM and DMARC: wrong answers and the feedback that each must get. Tests alone read it."""

from helpers.mail import verdict

from ..altered import source_with
from . import answers, stages


def _altered(function: object, *changes: tuple[str, str]) -> str:
    """The reference's source with a mistake in it, and the course's for what it leans on."""
    text = source_with(function, *changes)
    text = text.replace("txt: Txt", "txt")
    leans = ("aligned", "organizational_domain", "policy_record")
    taken = [name for name in leans if f"{name}(" in text.partition("\n")[2]]
    return "import re\n" + "".join(f"from helpers.mail.dmarc import {name}\n" for name in taken) + f"\n\n{text}"


HAPPENED = {  # a value such as the run gives
    "key_lives_at": "s1._domainkey.learner.test",
    "sealed": True,
    "field_added": "pass",
    "mallory_signs": "pass",
    "both_run": ("fail", "pass", "pass"),
    "which_policy": ("quarantine", "none", "none"),
    "reject_means": "junk",
    "forged_results": ["fail"],
    "after_list": ("pass", "fail", "fail"),
    "spammer_passes": "pass",
}

MISTAKES = {
    "txt_strings": (
        ("def txt_strings(text):\n    return '\"' + text + '\"'\n", "still longer than 255"),
        (_altered(answers.txt_strings, ("'\"{piece}\"'", "'{piece}'")), "no double quotation marks"),
        (
            "def txt_strings(text):\n    pieces = [text[n : n + 255] for n in range(0, len(text), 255)]\n"
            "    return '\"' + ' \" \"'.join(pieces) + '\"'\n",
            "outside of the quotation marks",
        ),
        (_altered(answers.txt_strings, ("start + 255]", "start + 254]")), "has become one of"),
        ("def txt_strings(text):\n    return [text[:255], text[255:]]\n", "The check looks for text"),
        (_altered(answers.txt_strings, ('" ".join', '"\\n".join')), "has become one of"),
        (
            "import textwrap\n\n\ndef txt_strings(text):\n"
            "    return ' '.join(f'\"{piece}\"' for piece in textwrap.wrap(text, 255))\n",
            "was lost: it stood where you cut",
        ),
        (_altered(answers.txt_strings, ("{piece}", "{piece.strip()}")), "leave the pieces as they are"),
        (_altered(answers.txt_strings, ('" ".join', '"".join')), "without a space between them"),
    ),
    "relaxed_body": (
        (_altered(answers.relaxed_body, ('line.rstrip(b" \\t")', "line.strip()")), "only those at its end go"),
        (
            "def relaxed_body(body):\n    lines = [line.rstrip() for line in body.split(b'\\r\\n')]\n"
            "    return b'\\r\\n'.join(b' '.join(line.split()) for line in lines if line) + b'\\r\\n'\n",
            "only those at its end go",
        ),
        (_altered(answers.relaxed_body, ("while lines and not lines[-1]", "while lines and False")), "it gave"),
        (
            _altered(
                answers.relaxed_body,
                (
                    "    while lines and not lines[-1]:\n        lines.pop()\n",
                    "    lines = [line for line in lines if line]\n",
                ),
            ),
            "Empty lines in the middle stay",
        ),
        (
            _altered(answers.relaxed_body, ('return b"".join', 'return b"\\r\\n" if not lines else b"".join')),
            "nothing is hashed",
        ),
        (_altered(answers.relaxed_body, ('body.split(b"\\r\\n")', "body.splitlines()")), "a bare LF is a byte"),
        (
            "import re\n\n\ndef relaxed_body(body):\n    lines = body.decode().split('\\r\\n')\n"
            "    text = '\\r\\n'.join(re.sub('[ \\t]+', ' ', line.rstrip(' \\t')) for line in lines)\n"
            "    while text.endswith('\\r\\n'):\n        text = text[:-2]\n"
            "    return (text + '\\r\\n' if text else '').encode()\n",
            "UnicodeDecodeError",
        ),
        (
            _altered(answers.relaxed_body, ('line.rstrip(b" \\t")', "line.rstrip()")),
            "Only spaces and tabs are smoothed",
        ),
        (_altered(answers.relaxed_body, ('rb"[ \\t]+"', 'rb"\\s+"')), "a bare LF is a byte"),
        (_altered(answers.relaxed_body, ('rb"[ \\t]+"', 'rb"[ \\t\\v\\f]+"')), "Only spaces and tabs are smoothed"),
        (
            "import re\n\n\ndef relaxed_body(body):\n    body = re.sub(rb'[ \\t]+', b' ', body)\n"
            "    body = body.replace(b' \\r\\n', b'\\r\\n').rstrip(b'\\r\\n ')\n"
            "    return body + b'\\r\\n' if body else b''\n",
            "Only spaces and tabs are smoothed",
        ),
        (
            "import re\n\n\ndef relaxed_body(body):\n    body = re.sub(rb'[ \\t]+', b' ', body)\n"
            "    body = body.replace(b' \\r\\n', b'\\r\\n').removesuffix(b' ')\n"
            "    while body.startswith(b'\\r\\n'):\n        body = body[2:]\n"
            "    while body.endswith(b'\\r\\n'):\n        body = body[:-2]\n"
            "    return body + b'\\r\\n' if body else b''\n",
            "Empty lines at the top stay",
        ),
    ),
    "aligned": (
        (
            "def aligned(author, domain, mode, txt):\n    return author.lower() == domain.lower()\n",
            "relaxed is content",
        ),
        (
            "def aligned(author, domain, mode, txt):\n    author, domain = author.lower(), domain.lower()\n"
            "    if mode == 's':\n        return author == domain\n"
            "    return domain.endswith(author) or author.endswith(domain)\n",
            "Neither is above the other",
        ),
        (
            "def aligned(author, domain, mode, txt):\n    author, domain = author.lower(), domain.lower()\n"
            "    if mode == 's':\n        return author == domain\n"
            "    return author.split('.')[-2:] == domain.split('.')[-2:]\n",
            "psd=n",
        ),
        (_altered(answers.aligned, ("author.lower(), domain.lower()", "author, domain")), "Capital letters"),
        (_altered(answers.aligned, (' or mode == "s"', "")), "Strict asks"),
    ),
    "dmarc_first": (
        (
            "def dmarc_verdict(author, spf, dkim, txt):\n"
            "    return ('pass' if spf[0] == 'pass' else 'fail'), 'reject'\n",
            "it should be",
        ),
        (
            _altered(
                stages.dmarc_first,
                ("def dmarc_first", "def dmarc_verdict"),
                ("policy\n    return", "'none'\n    return"),
            ),
            "the policy is",
        ),
        (
            _altered(stages.dmarc_first, ("def dmarc_first", "def dmarc_verdict"), ('if result == "pass" and', "if")),
            "Nothing passes",
        ),
        (
            _altered(stages.dmarc_first, ("def dmarc_first", "def dmarc_verdict"), ("txt(author) is not None", "True")),
            "txt(author) is None",
        ),
        (
            _altered(
                stages.dmarc_first,
                ("def dmarc_first", "def dmarc_verdict"),
                ("(record.valid or record.rua)", "record.valid"),
            ),
            "neither a policy",
        ),
        (
            _altered(
                stages.dmarc_first,
                ("def dmarc_first", "def dmarc_verdict"),
                ("(record.valid or record.rua)", "(record.valid and record.rua)"),
            ),
            "neither a policy",
        ),
    ),
    "dmarc_verdict": (
        (
            "def dmarc_verdict(author, spf, dkim, txt):\n"
            "    return ('pass' if spf[0] == 'pass' else 'fail'), 'reject'\n",
            "it should be",
        ),
        (
            _altered(verdict.dmarc_verdict, ('if result == "pass":\n', 'if result == "pass" and domain == author:\n')),
            "it should be",
        ),
        (
            _altered(verdict.dmarc_verdict, ("and aligned(author, domain, mode, txt)", "")),
            "is not aligned with bank.test",
        ),
        (_altered(verdict.dmarc_verdict, ("for one in dkim", "for one in dkim[:1]")), "one good one is enough"),
        (
            _altered(
                verdict.dmarc_verdict,
                ('return ("temperror", None) if unknown else ("fail", policy)', 'return ("fail", policy)'),
            ),
            "that is no fail",
        ),
        (_altered(verdict.dmarc_verdict, ("(record.aspf, spf)", '("r", spf)')), "aspf=s"),
        (_altered(verdict.dmarc_verdict, ("(record.aspf, spf)", "(record.adkim, spf)")), "SPF goes by aspf"),
        (
            _altered(verdict.dmarc_verdict, ("policy_for(where != author, exists)", "policy_for(True, exists)")),
            "p= is for the domain itself",
        ),
        (_altered(verdict.dmarc_verdict, ("if not (record.valid or record.rua)", "if False")), "permerror"),
        (
            _altered(verdict.dmarc_verdict, ("policy_for(where != author, exists)", "policy_for(False, exists)")),
            "sp= is for subdomains",
        ),
        (_altered(verdict.dmarc_verdict, ('return "none", None', 'return "fail", "none"')), "DMARC says nothing"),
        (
            _altered(
                verdict.dmarc_verdict,
                (
                    "        except TimeoutError:\n            unknown = True\n",
                    "        except ZeroDivisionError:\n            pass\n",
                ),
            ),
            "silent.test",
        ),
        (
            _altered(
                verdict.dmarc_verdict,
                (
                    "        except TimeoutError:\n            unknown = True\n",
                    "        except TimeoutError:\n            return 'temperror', None\n",
                ),
            ),
            "another one is aligned",
        ),
        (
            _altered(
                verdict.dmarc_verdict,
                (
                    'if result in ("pass", "temperror") and aligned(author, domain, mode, txt)',
                    'if aligned(author, domain, mode, txt) and result in ("pass", "temperror")',
                ),
            ),
            "asked about",
        ),
        (
            _altered(
                verdict.dmarc_verdict,
                (
                    "        except TimeoutError:\n            unknown = True\n",
                    "        except TimeoutError:\n            unknown = unknown or result == 'pass'\n",
                ),
            ),
            "could not be checked, nor whether",
        ),
        (_altered(verdict.dmarc_verdict, ("(record.valid or record.rua)", "record.valid")), "neither a policy"),
    ),
    "whose_results": (
        ([1, 2, 3], "more than one of the fields"),
        ("3 or 1", "more than one of the fields"),
        ("mx1.outlook.test", "none of the three"),
        (1, "nothing else"),
        (2, "Read that name from its end"),
        ("mx1.outlook.test.mallory.test", "Read that name from its end"),
        ("all", "none of the three"),
    ),
    "why_it_fails": (
        ("a key was changed or the letter was", "more than one of the three"),
        (["a", "b", "c"], "more than one of the three"),
        ("b or a", "more than one of the three"),
        ("monkeys", "none of the three"),
        ("a", "never got as far"),
        ("c", "they do not expire"),
        ("d", "none of the three"),
    ),
    "honest_row": (
        ("203.0.113.66", "mallory.test's"),
        ("203.0.113.62", "no signature at all"),
        ("alumni.test", "it passes"),
        ("203.0.113.60", "nothing in the report"),
        ("203.0.113.66, 203.0.113.62, 203.0.113.78", "no address in the report"),
        ("203.0.113.781", "no address in the report"),
        ("198.51.100.1", "no address in the report"),
    ),
}
