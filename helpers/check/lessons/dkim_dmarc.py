"""Notebook 09, DKIM and DMARC: its predictions and exercises."""

import re

from helpers.mail import verdict

from ..answers import dkim_dmarc as answers
from ..exercise import CodeExercise, ValueExercise, source_with
from ..judging import Feedback, right, shown, word, wrong
from ..prediction import Option, Prediction

REFERENCE = "helpers.check.answers.dkim_dmarc"
JUDGES = "helpers.check.judges.dkim_dmarc"


def _is(*values: object):
    return lambda found: found in values


PREDICTIONS = (
    Prediction(
        name="key_lives_at",
        question="The domain is learner.test, the selector s1. At which name does a receiver look for the key?",
        example="s1._domainkey.learner.test",
        options=(
            Option(
                "learner.test, like the SPF record",
                _is("learner.test"),
                "SPF is found there. Keys have names of their own, so that a domain can have several.",
            ),
            Option(
                "_dkim.learner.test",
                _is("_dkim.learner.test"),
                "There is no such agreement; and where would the selector be?",
            ),
            Option(
                "s1._domainkey.learner.test",
                _is("s1._domainkey.learner.test"),
                "Selector, _domainkey, domain (RFC 6376 section 3.6.2.1).",
            ),
        ),
    ),
    Prediction(
        name="sealed",
        question="The letter is signed by DKIM, and somebody on the way sees its bytes. What can be read of its text?",
        example=True,
        options=(
            Option(
                "nothing: only the public key from the DNS opens it",
                _is(False),
                "Then everybody could open it, for everybody has that key. It checks a signature and opens nothing.",
            ),
            Option(
                "the header; of the body only a hash is left",
                _is("header"),
                "The hash is in the signature's field, and the body is where it was. A hash cannot be turned back into "
                "a letter; Support would have nothing to read.",
            ),
            Option(
                "all of it",
                _is(True),
                "A signature is added, and the text stays as it is. DKIM hides nothing; on the way TLS does "
                "(notebook 07), from one host to the next.",
            ),
        ),
    ),
    Prediction(
        name="field_added",
        question="A new field, X-Seen: yes, is added to a signed letter. What does the check of the signature say?",
        example="pass",
        options=(
            Option(
                "fail: the letter is not as it was",
                _is("fail"),
                "Then no signed letter would arrive: each host on the way adds a Received field.",
            ),
            Option(
                "pass: only what h= names is signed",
                _is("pass"),
                "The body and the fields named in h= are covered, and nothing else.",
            ),
            Option(
                "neutral: it cannot be decided",
                _is("neutral", "permerror"),
                "It can: what was signed is unchanged.",
            ),
        ),
    ),
    Prediction(
        name="mallory_signs",
        question="From: clerk@bank.test, signed by Mallory with her own key, d=mallory.test. What does the check of "
        "the signature say?",
        example="pass",
        options=(
            Option(
                "fail: the signer has to be the author's domain",
                _is("fail"),
                "DKIM asks for no such thing: newsletters and lists sign for others all the time. DMARC will ask.",
            ),
            Option(
                "pass",
                _is("pass"),
                "The key at m1._domainkey.mallory.test fits, and the letter is as she signed it.",
            ),
            Option(
                "permerror: bank.test has no such key",
                _is("permerror"),
                "bank.test is not asked. The signature says d=mallory.test, and there the key is.",
            ),
        ),
    ),
    Prediction(
        name="both_run",
        question="The bank's signed letter comes from the school's address. What are the results of SPF, DKIM and "
        "DMARC?",
        example=("fail", "pass", "pass"),
        options=(
            Option(
                "SPF fails, and that settles it: DMARC fails",
                _is(("fail", "pass", "fail"), ("fail", "none", "fail")),
                "One of the two is enough. SPF's fail does not undo the signature.",
            ),
            Option(
                "SPF fails, so DKIM is tried, passes, and DMARC need not be asked",
                _is(("fail", "pass", "none")),
                "They are no chain of second chances. SPF and DKIM are both checked, always; DMARC then looks at what "
                "both have found.",
            ),
            Option(
                "SPF fails, DKIM passes, DMARC passes",
                _is(("fail", "pass", "pass")),
                "Both were checked, and one passes with the domain in From:. DMARC fails only where neither does.",
            ),
        ),
    ),
    Prediction(
        name="which_policy",
        question="p=reject; sp=quarantine; np=none; t=y. What is asked for: for the domain itself, for a subdomain "
        "that exists, for one that does not?",
        example=("quarantine", "none", "none"),
        options=(
            Option(
                "reject, quarantine, none: t=y is a remark, and changes nothing",
                _is(("reject", "quarantine", "none")),
                "t=y does change something: what a domain asks for while it is testing is one step milder.",
            ),
            Option(
                "none, none, none: while it is testing it asks for nothing",
                _is(("none", "none", "none")),
                "One step less than reject is quarantine, and that is left here.",
            ),
            Option(
                "quarantine, none, none",
                _is(("quarantine", "none", "none")),
                "p, sp and np, each one step milder for t=y; below none there is no step.",
            ),
        ),
    ),
    Prediction(
        name="reject_means",
        question="bank.test's record says p=reject, and Mallory's letter in the bank's name fails DMARC. What does a "
        "receiver do that goes by RFC 9989, and knows nothing else against the letter?",
        example="junk",
        options=(
            Option(
                "it refuses the letter with 550: that is what reject means",
                _is("refused"),
                "It is what the domain wishes. RFC 9989 section 7.4 forbids to refuse solely for that, since honest "
                "letters that went over a list fail, too.",
            ),
            Option(
                "it sets it aside as junk",
                _is("junk"),
                "Without other grounds it treats reject as it does quarantine (RFC 9989 section 7.4).",
            ),
            Option(
                "it delivers it, and reports it to the bank",
                _is("inbox"),
                "A report may follow, whatever the policy. A letter that fails, from a domain that asks for reject, "
                "does not go to the inbox here.",
            ),
        ),
    ),
    Prediction(
        name="forged_results",
        question="Mallory puts a field Authentication-Results: outlook.test; dmarc=pass on top of her letter. Which "
        "results of outlook.test are in the letter when it lies in the mailbox?",
        example=["fail"],
        options=(
            Option(
                "two: hers, which says pass, and mx1's, which says fail",
                lambda found: len(found) == 2,
                "Then a program could pick the wrong one. RFC 8601 section 5 has the receiving host remove hers.",
            ),
            Option(
                "hers alone: the field is there already",
                _is(["pass"]),
                "A host that trusted that would believe every stranger.",
            ),
            Option(
                "mx1's alone, which says fail",
                _is(["fail"]),
                "What came in under its own name was taken out, and its own put in.",
            ),
        ),
    ),
    Prediction(
        name="after_list",
        question="The signed letter comes by way of a list that adds a tag and a footer. SPF, DKIM, DMARC at Support's "
        "host?",
        example=("pass", "fail", "fail"),
        options=(
            Option(
                "all pass: the list has changed nothing that matters",
                _is(("pass", "pass", "pass")),
                "The subject and the body were signed. What matters to the hash is each word.",
            ),
            Option(
                "SPF passes for the list, DKIM fails, and so does DMARC",
                _is(("pass", "fail", "fail")),
                "SPF's pass is for list.test, which is not aligned with bank.test; the seal is broken. An honest "
                "letter fails.",
            ),
            Option(
                "SPF fails, as with the school; DKIM passes",
                _is(("fail", "pass", "pass")),
                "A list has a return path of its own, so SPF passes, for the list. And it changes the letter.",
            ),
        ),
    ),
    Prediction(
        name="spammer_passes",
        question="Mallory writes in her own name, from her own machine, signed with her own key, with all records in "
        "order. What does DMARC say?",
        example="pass",
        options=(
            Option(
                "fail: she is a known forger",
                _is("fail"),
                "DMARC knows no people. It compares domains.",
            ),
            Option(
                "none: DMARC is for honest domains",
                _is("none", "permerror"),
                "Everybody may publish a record, and Mallory has.",
            ),
            Option(
                "pass",
                _is("pass"),
                "It is from mallory.test, as it says. Passing means that the name is honest, and not that the letter "
                "is wanted.",
            ),
        ),
    ),
)


FIELDS = ((3, "three|third"), (2, "two|second"), (1, "one|first"))  # "the third one" is the third


def _whose(answer: object) -> Feedback:
    text = word(answer)
    number = next((n for n, words in FIELDS if re.search(rf"\b({n}|{words})\b", text)), 0)
    if "mallory" in text or number == 2:
        return wrong("Read that name from its end: it lies within mallory.test. It only begins like Support's host.")
    if "list.test" in text or number == 1:
        return wrong(
            "The list may have written that, or Mallory in the list's name. outlook.test has taken out what claims to "
            "be outlook.test's, and nothing else. Which field did it write itself?"
        )
    if "outlook.test" in text or number == 3:
        return right("The field of the reader's own host. The others may be true; nobody there vouches for them.")
    return wrong(f"{shown(answer)} is none of the three. The answer is a number.")


WHY = {"a": ("changed", "tamper"), "b": ("key", "selector"), "c": ("expire",)}  # a letter, or words that mean it


def _why(answer: object) -> Feedback:
    text = word(answer).rstrip(")")
    meant = [letter for letter, signs in WHY.items() if text == letter or any(sign in text for sign in signs)]
    if meant == ["b"]:
        return right(
            "permerror, and the reason names the selector: there is no key. A key is replaced by publishing the new "
            "one beside the old, signing with the new, and only then, days later, taking the old one away."
        )
    if meant == ["a"]:
        return wrong("A changed letter gives fail. This is permerror: the check never got as far as the letter.")
    if meant == ["c"]:
        return wrong("These signatures bear no x=, so they do not expire. Read the reason once more: what is missing?")
    return wrong(f"{shown(answer)} is none of the three letters.")


ROWS = {  # the last number of an address, its name -> what to think of
    ("66", "mallory.test"): "The signature in those rows is good, and it is mallory.test's; bank.test's has no part "
    "in them. MAIL FROM said bank.test, and SPF says no. The bank had nothing to do with them.",
    ("62", "bulk.test"): "That row has no signature at all, and the bank signs all that it writes. What passes is SPF "
    "for bulk.test.",
    ("77", "alumni.test"): "That one was the bank's, and it passes: the seal is whole. Look at the rows where both "
    "columns say fail.",
    ("60", "bank.test"): "That is the bank's own address, and nothing in the report came from there.",
}


def _honest(answer: object) -> Feedback:
    text = word(answer)
    if text.endswith("113.78") or text in ("78", ".78", "list.test"):
        return right(
            "Signatures of bank.test that fail: somebody changed a letter after the bank had signed it, and the "
            "return path says who, a list. It is no proof, for anybody can write a broken signature. The bank would "
            "ask the list."
        )
    for (number, name), thought in ROWS.items():
        if text.endswith(f"113.{number}") or text in (number, f".{number}", name):
            return wrong(thought)
    return wrong(f"{shown(answer)} is no address in the report. The answer is one of its first column.")


def _altered(function: object, *changes: tuple[str, str]) -> str:
    """The reference's source with a mistake in it, and the course's for what it leans on."""
    text = source_with(function, *changes)
    text = text.replace("txt: Txt", "txt")
    leans = ("aligned", "organizational_domain", "policy_record")
    taken = [name for name in leans if f"{name}(" in text.partition("\n")[2]]
    return "import re\n" + "".join(f"from helpers.mail.dmarc import {name}\n" for name in taken) + f"\n\n{text}"


EXERCISES = (
    CodeExercise(
        name="txt_strings",
        asks="a function `txt_strings(text)` that returns text",
        judge=f"{JUDGES}:txt_strings",
        reference=REFERENCE,
        hints=(
            "Which slices of the text are needed, and where does each begin?",
            "`range(0, len(text), 255)` gives the beginnings; `text[start : start + 255]` is a piece.",
            'Put a `"` before and after each piece, and join them with `" ".join(...)`.',
        ),
        wrong=(
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
        ),
    ),
    CodeExercise(
        name="relaxed_body",
        asks="a function `relaxed_body(body)` that takes and returns bytes",
        judge=f"{JUDGES}:relaxed_body",
        reference=REFERENCE,
        hints=(
            'Line by line: `body.split(b"\\r\\n")`. What has to happen to one line, and what only at the end?',
            'One line: `re.sub(rb"[ \\t]+", b" ", line.rstrip(b" \\t"))`. Then drop lines from the end while they are '
            "empty.",
            'At the end put `b"\\r\\n"` after each line that is left: `b"".join(line + b"\\r\\n" for line in lines)`.',
        ),
        wrong=(
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
        ),
    ),
    CodeExercise(
        name="walk_names",
        asks="a function `walk_names(domain)` that returns a list of names",
        judge=f"{JUDGES}:walk_names",
        reference=REFERENCE,
        hints=(
            "First the domain itself. Which labels has the second name, if there are few, and if there are many?",
            'With `labels = domain.split(".")`: up to seven labels, go on with `labels[1:]`; with more, with '
            "`labels[-7:]`.",
            'Then, while labels are left: append `".".join(labels)`, and drop the first.',
        ),
        wrong=(
            (
                "def walk_names(domain):\n    labels = domain.split('.')\n"
                "    return ['.'.join(labels[n:]) for n in range(len(labels))]\n",
                "asks eight times at most",
            ),
            (
                "def walk_names(domain):\n    labels = domain.split('.')\n"
                "    return ['.'.join(labels[n:]) for n in range(len(labels) - 1)]\n",
                "It is asked at, too",
            ),
            (_altered(answers.walk_names, ("labels[-7:]", "labels[-8:]")), "The second name has the last seven"),
            (_altered(answers.walk_names, ("names, labels = [domain]", "names, labels = []")), "comes first"),
            (
                _altered(answers.walk_names, ("[domain], domain", '["_dmarc." + domain], domain')),
                "put before the names later",
            ),
        ),
    ),
    CodeExercise(
        name="aligned",
        asks="a function `aligned(author, domain, mode, txt)` that returns True or False",
        judge=f"{JUDGES}:aligned",
        reference=REFERENCE,
        hints=(
            "What does each of the two modes compare?",
            "Make both names lower case first. Strict compares them as they are; relaxed compares their organizational "
            "domains.",
            '`organizational_domain(author, txt) == organizational_domain(domain, txt)`, where the mode is not `"s"`.',
        ),
        wrong=(
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
    ),
    CodeExercise(
        name="dmarc_verdict",
        asks="a function `dmarc_verdict(author, spf, dkim, txt)` that returns a result and a policy",
        judge=f"{JUDGES}:dmarc_verdict",
        reference="helpers.mail.verdict",
        hints=(
            "First the record and the policy; then ask of SPF and of each signature alike: did it pass, and is its "
            "domain aligned?",
            "`policy_record(author, txt)` in a `try`, since `txt` may raise TimeoutError. With None there is no "
            "record; "
            "else `where, record = ...`, and `where != author` says that it is a subdomain.",
            "Loop over `[(record.aspf, spf)]` and the signatures with `record.adkim`. Return pass at the first that "
            "passes and is aligned; remember what is not known, an aligned temperror or a TimeoutError from "
            "`aligned`; after the loop it is temperror or fail.",
        ),
        wrong=(
            (
                "def dmarc_verdict(author, spf, dkim, txt):\n"
                "    return ('pass' if spf[0] == 'pass' else 'fail'), 'reject'\n",
                "it should be",
            ),
            (
                _altered(
                    verdict.dmarc_verdict, ('if result == "pass":\n', 'if result == "pass" and domain == author:\n')
                ),
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
        ),
    ),
    ValueExercise(
        name="whose_results",
        asks="the number of the field: 1, 2 or 3",
        judge=_whose,
        reference=REFERENCE,
        hints=(
            "Anybody can write such a field. Which host's fields has outlook.test taken out before it wrote its own?",
            "The name right after the colon says who claims to have checked. Support's own host writes outlook.test.",
            "Compare the whole name, from its end: one of the three only begins like Support's host.",
        ),
        wrong=(
            (1, "nothing else"),
            (2, "Read that name from its end"),
            ("mx1.outlook.test.mallory.test", "Read that name from its end"),
            ("all", "none of the three"),
        ),
    ),
    ValueExercise(
        name="why_it_fails",
        asks='"a", "b" or "c"',
        judge=_why,
        reference=REFERENCE,
        hints=(
            "Which of the three would give `fail`, which `policy`, and which `permerror`?",
            "The reason names a place in the DNS. What does a receiver find there?",
            "The zone has keys under r3 and e3. With which selectors are the letters signed?",
        ),
        wrong=(
            ("a key was changed or the letter was", "none of the three"),
            ("a", "never got as far"),
            ("c", "they do not expire"),
            ("d", "none of the three"),
        ),
    ),
    ValueExercise(
        name="honest_row",
        asks="an address of the report",
        judge=_honest,
        reference=REFERENCE,
        hints=(
            "What does a letter bear that the bank has written, whatever happened to it later?",
            "Look at the checks: which rows name a signature of bank.test, and which of these fail DMARC?",
            "The list changed the clerk's roses. From which address did list.test send them on?",
        ),
        wrong=(
            ("203.0.113.66", "mallory.test's"),
            ("203.0.113.62", "no signature at all"),
            ("alumni.test", "it passes"),
            ("203.0.113.60", "nothing in the report"),
            ("198.51.100.1", "no address in the report"),
        ),
    ),
)
