"""Judges of notebook 09, DKIM and DMARC."""

import re
from collections.abc import Callable, Iterable

import dns.rdata

from helpers.check.judging import Feedback, right, shown, trying, wrong
from helpers.mail import verdict

from . import answers


def txt_strings(function: Callable) -> Feedback:
    """Judge `txt_strings(text)`, whose result a zone file can hold."""
    key = "v=DKIM1; k=rsa; p=" + "".join(chr(65 + n % 26) for n in range(600))
    for text in (*(key[:size] for size in (410, 40, 255, 256, 510, 511, 1)), " many  spaces " * 50):
        size = len(text)
        with trying(f"a text of {size} characters"):
            given = function(text)
        if not isinstance(given, str):
            return wrong(f"For a text of {size} characters it gave {shown(given)}. The check looks for text.")
        if '"' not in given:
            return wrong(
                "There are no double quotation marks. Without them a `;` begins a comment in a zone file, and spaces "
                "part words."
            )
        if "QQ" in re.sub('"[^"]*"', "Q", given):
            return wrong(f"For a text of {size} characters one string follows the other without a space between them.")
        try:
            strings = dns.rdata.from_text("IN", "TXT", given).strings
        except Exception as error:
            return wrong(f"For a text of {size} characters: {_amiss(given, error)}")
        if b"".join(strings) != text.encode():
            joined = b"".join(strings).decode("ascii", "replace")
            if joined.replace(" ", "") == text.replace(" ", "") and len(joined) < size:
                return wrong(
                    f"A space of the text of {size} characters that begins {shown(text[:18])} was lost: it stood where "
                    "you cut. Cut at each 255th character, whatever stands there, and leave the pieces as they are."
                )
            if joined.replace(" ", "") == text.replace(" ", ""):
                return wrong("A space got into the text. It goes between the strings, outside of the quotation marks.")
            return wrong(f"Joined again, a text of {size} characters has become one of {sum(map(len, strings))}.")
    return right(
        "A key of any length fits into a zone now, because whoever reads the record joins its strings without a space."
    )


def _amiss(given: str, error: Exception) -> str:
    if "too long" in str(error) and re.search(r'\S "(\s|$)', given):
        return "a space got into a string. It goes between the strings, outside of the quotation marks."
    if "too long" in str(error):
        return "a string is still longer than 255 bytes. Cut at each 255th character."
    return f"a zone file cannot hold {shown(given[:60])} ({error})."


BODIES = (
    (b"One line.\r\n", "one line"),
    (b"Spaces at the end  \t\r\nof a line \r\n", "spaces and a tab at the ends of lines"),
    (b"Two  spaces\tand a \t tab\r\n", "runs of spaces and tabs"),
    (b"  indented\r\n", "spaces at the beginning of a line"),
    (b"One.\r\n\r\nTwo.\r\n", "an empty line in the middle"),
    (b"One.\r\n\r\n\r\n", "empty lines at the end"),
    (b"One.\r\n \t\r\n", "a line with spaces only at the end"),
    (b"No end", "a last line without CR LF"),
    (b"", "an empty body"),
    (b"\r\n\r\n", "a body of empty lines"),
    (b"A lone \n in it\r\n", "a bare LF within a line"),
    (b"Gr\xfc\xdfe\r\n", "letters in an encoding that is not UTF-8"),
    (b"One.\n\r\n", "a bare LF at the end of a line"),
    (b"One.\r\r\n", "a bare CR at the end of a line"),
    (b"One.\x0c\r\n", "a form feed at the end of a line"),
    (b"One.\x0b\x0cTwo.\r\n", "a vertical tab and a form feed in a line"),
    (b"\r\n \r\nOne.\r\n", "empty lines at the top"),
)


def relaxed_body(function: Callable) -> Feedback:
    """Judge `relaxed_body(body)` (RFC 6376 section 3.4.4)."""
    for body, what in BODIES:
        try:
            with trying(f"{what}: {body!r}"):
                given = function(body)
        except UnicodeError as error:
            return wrong(
                f"With {what}, {body!r}, it ended in {type(error).__name__}. Nobody says in which encoding a body is, "
                "so it cannot always be made text. `bytes` have `split`, `rstrip` and `re.sub`, too."
            )
        expected = answers.relaxed_body(body)
        if given != expected:
            return wrong(f"With {what}, {body!r}, it gave {shown(given)}. {_amiss_in_body(given, expected, body)}")
    return right(
        "You smooth a body as the other side does, and so letters that differ in nothing else have the same hash."
    )


def _amiss_in_body(given: object, expected: bytes, body: bytes) -> str:
    if not isinstance(given, bytes):
        return "The check looks for bytes."
    if b"\n in it" in body:
        return (
            "Lines end in CR LF; a bare LF is a byte like others, and is no white space here: only space and tab are."
        )
    if re.search(rb"[\x0b\x0c]|(?<!\r)\n\r\n|\r\r\n", body):
        return (
            f'It should be {expected!r}. Only spaces and tabs are smoothed; `strip` and `rstrip` without `b" \\t"` '
            "take off form feeds and lone CRs and LFs, too."
        )
    if expected.startswith(b"\r\n"):
        return "Empty lines at the top stay; only those at the end go."
    if body.startswith(b"  ") and not given.startswith(b" "):
        return "Spaces at the beginning of a line become one; only those at its end go."
    if b"\r\n\r\nTwo" in body and given.count(b"\r\n") < 3:
        return "Empty lines in the middle stay; only those at the end go."
    if given + b"\r\n" == expected:
        return "The last line ends in CR LF, too."
    if expected == b"" and given == b"\r\n":
        return "If nothing is left, nothing is hashed: no CR LF either. (That is another thing under `simple`.)"
    if given.endswith(b"\r\n\r\n"):
        return "Empty lines at the end go, those with nothing but spaces in them, too: drop the spaces first."
    return f"It should be {expected!r}."


ZONE = {
    "_dmarc.bank.test": ["v=DMARC1; p=reject; rua=mailto:postmaster@bank.test"],
    "_dmarc.strict.test": ["v=DMARC1; p=reject; adkim=s; aspf=s"],
    "_dmarc.half.test": ["v=DMARC1; p=reject; adkim=s"],
    "_dmarc.steps.test": ["v=DMARC1; p=reject; sp=quarantine; np=none"],
    "mail.steps.test": [],
    "_dmarc.tests.test": ["v=DMARC1; p=reject; t=y"],
    "_dmarc.nothing.test": ["v=DMARC1; p=none"],
    "_dmarc.broken.test": ["v=DMARC1; p=sometimes"],
    "_dmarc.useless.test": ["v=DMARC1; adkim=s"],
    "_dmarc.asks.test": ["v=DMARC1; rua=mailto:a@asks.test"],
    "_dmarc.mended.test": ["v=DMARC1; p=sometimes; rua=mailto:a@mended.test"],
    "_dmarc.twice.test": ["v=DMARC1; p=reject", "v=DMARC1; p=none"],
    "_dmarc.own.bank.test": ["v=DMARC1; p=none; psd=n"],
    "_dmarc.silent.test": TimeoutError("the DNS gives no answer"),
}


def txt(name: str) -> list[str] | None:
    """The DNS of these checks, as `helpers.mail.dmarc` wants it."""
    found = ZONE.get(name.lower())
    if isinstance(found, Exception):
        raise found
    if found is None and any(known.endswith(f".{name.lower()}") for known in ZONE):
        return []
    return found


PAIRS = (  # author, domain, mode, expected, what to think of
    ("bank.test", "bank.test", "r", True, "The same name is aligned."),
    ("bank.test", "bank.test", "s", True, "The same name is aligned, by either mode."),
    ("bank.test", "mail.bank.test", "r", True, "Both have the organizational domain bank.test: relaxed is content."),
    ("news.bank.test", "mail.bank.test", "r", True, "Neither is above the other, and both belong to bank.test."),
    ("bank.test", "mail.bank.test", "s", False, "Strict asks for the same name."),
    ("bank.test", "evil-bank.test", "r", False, "evil-bank.test only ends in the same letters. Compare whole domains."),
    ("bank.test", "shop.test", "r", False, "Both end in test, and belong to different owners."),
    ("Bank.TEST", "bank.test", "s", True, "Capital letters make no difference in a domain."),
    ("mail.Bank.TEST", "bank.test", "r", True, "Capital letters make no difference in a domain."),
    ("own.bank.test", "bank.test", "r", False, "own.bank.test says psd=n: there its own domain begins."),
)


def aligned(function: Callable) -> Feedback:
    """Judge `aligned(author, domain, mode, txt)` (RFC 9989 section 4.4)."""
    for author, domain, mode, expected, thought in PAIRS:
        with trying(f"the author's domain {author}, {domain} and the mode {mode!r}"):
            given = function(author, domain, mode, txt)
        if given is None:
            return wrong("It returned None. `return` True or False.")
        if bool(given) != expected:
            return wrong(f"For {author} in From:, {domain} and the mode {mode!r} it gave {given}. {thought}")
    return right(
        "You can say who is aligned now. Strict asks for the same name, and relaxed for the same organizational "
        "domain, which the DNS tells and not the spelling."
    )


NONE = ("none", "")
CASES = (  # author, spf, dkim, what to think of
    ("bank.test", ("pass", "bank.test"), [("pass", "bank.test")], "Both pass and are aligned."),
    ("bank.test", ("pass", "bank.test"), [], "SPF passes with an aligned domain: one is enough."),
    (
        "bank.test",
        ("fail", "bank.test"),
        [("pass", "bank.test")],
        "DKIM passes and is aligned; SPF's fail does not matter.",
    ),
    ("bank.test", ("fail", "bank.test"), [("fail", "bank.test")], "Nothing passes."),
    (
        "bank.test",
        ("pass", "bulk.test"),
        [],
        "SPF passes, for another domain: bulk.test is not aligned with bank.test.",
    ),
    ("bank.test", NONE, [("pass", "mallory.test")], "The signature is good, and it is mallory.test's."),
    (
        "bank.test",
        NONE,
        [("fail", "bank.test"), ("pass", "bank.test")],
        "There are two signatures: one good one is enough.",
    ),
    ("bank.test", NONE, [("pass", "mallory.test"), ("pass", "mail.bank.test")], "The second signature is aligned."),
    ("bank.test", NONE, [], "A letter without a signature, of a domain without an SPF result: nothing passes."),
    ("unknown.test", ("pass", "unknown.test"), [], "There is no record, so DMARC says nothing: none."),
    ("bank.test", ("softfail", "bank.test"), [], "softfail is no pass."),
    ("strict.test", ("pass", "mail.strict.test"), [], "aspf=s: SPF's domain must be the same name."),
    ("strict.test", NONE, [("pass", "mail.strict.test")], "adkim=s: the signer must be the same name."),
    ("half.test", ("pass", "mail.half.test"), [], "adkim=s is for DKIM; SPF goes by aspf, which is relaxed here."),
    ("half.test", NONE, [("pass", "mail.half.test")], "adkim=s: the signer must be the same name."),
    ("nothing.test", ("fail", "nothing.test"), [], "p=none: a fail is a fail, and the wish is none."),
    ("news.bank.test", ("fail", "news.bank.test"), [], "The record of bank.test applies to its subdomains."),
    ("steps.test", NONE, [], "p= is for the domain itself, sp= and np= for those below it."),
    ("mail.steps.test", NONE, [], "sp= is for subdomains."),
    ("gone.steps.test", NONE, [], "np= is for subdomains that do not exist: txt(author) is None."),
    ("tests.test", NONE, [], "t=y asks for one step less than p=."),
    ("bank.test", ("temperror", "bank.test"), [], "SPF could not be checked. It might have passed: that is no fail."),
    (
        "bank.test",
        ("temperror", "bank.test"),
        [("pass", "bank.test")],
        "One good aligned signature is enough all the same.",
    ),
    (
        "bank.test",
        ("temperror", "bulk.test"),
        [],
        "What could not be checked is not aligned: it could not have helped.",
    ),
    ("bank.test", NONE, [("temperror", "bank.test"), ("fail", "bank.test")], "One signature could not be checked."),
    ("silent.test", ("pass", "silent.test"), [], "The DNS gives no answer about the record: temperror."),
    ("broken.test", ("pass", "broken.test"), [], "The record has no policy that is one, and no rua: permerror."),
    ("useless.test", ("pass", "useless.test"), [], "The record has neither p nor rua: permerror."),
    ("mended.test", ("fail", "mended.test"), [], "With a rua, a record without a good p counts as p=none."),
    ("asks.test", ("fail", "asks.test"), [], "With a rua, a record without a p counts as p=none."),
    ("twice.test", ("pass", "twice.test"), [], "Two records at one name count as none."),
    ("own.bank.test", NONE, [("pass", "bank.test")], "own.bank.test says psd=n: bank.test is not its owner."),
    (
        "bank.test",
        NONE,
        [("pass", "silent.test")],
        "The DNS is silent about silent.test, so nobody knows whether it is aligned: that is no fail.",
    ),
    (
        "bank.test",
        NONE,
        [("temperror", "silent.test")],
        "The signature of silent.test could not be checked, nor whether silent.test is aligned. It might have passed "
        "and helped: that is no fail.",
    ),
    (
        "bank.test",
        ("pass", "silent.test"),
        [],
        "The DNS does not tell whether silent.test is aligned: that is no fail.",
    ),
    (
        "bank.test",
        NONE,
        [("pass", "silent.test"), ("pass", "bank.test")],
        "The DNS is silent about one signer; another one is aligned, and one is enough.",
    ),
    (
        "bank.test",
        ("fail", "silent.test"),
        [("fail", "bank.test")],
        "A check that fails need not be asked about: aligned or not, it does not help.",
    ),
)


def _open(spf: tuple[str, str], dkim: list[tuple[str, str]], author: str) -> bool:
    """Whether a case needs a DNS that does not always answer."""
    return "silent.test" in (author, spf[1], *(domain for _, domain in dkim)) or "temperror" in dict([spf, *dkim])


def dmarc_first(function: Callable) -> Feedback:
    """Judge the first stage of `dmarc_verdict`: the DNS answers always."""
    cases = (case for case in CASES if not _open(case[1], case[2], case[0]))
    return _judged(function, cases) or right(
        "You can judge a letter now, as long as the DNS answers. One aligned check that passes is enough."
    )


def dmarc_verdict(function: Callable) -> Feedback:
    """Judge `dmarc_verdict(author, spf, dkim, txt)` (RFC 9989 section 5.3)."""
    return _judged(function, CASES) or right(
        "You can judge every letter now. Both checks count, and one that passes with an aligned domain is enough. Only "
        "where neither does is it a fail, and what the DNS has not told is neither."
    )


def _judged(function: Callable, cases: Iterable[tuple]) -> Feedback | None:
    for author, spf, dkim, thought in cases:
        expected = verdict.dmarc_verdict(author, spf, dkim, txt)
        signed = ", ".join(f"{result} for {domain}" for result, domain in dkim) or "no signature"
        told = f"From: {author}, SPF {spf[0]}{f' for {spf[1]}' if spf[1] else ''}, DKIM {signed}"
        with trying(told):
            given = function(author, spf, list(dkim), txt)
        if given == expected or (isinstance(given, list) and tuple(given) == expected):
            continue
        if not isinstance(given, tuple | list) or len(given) != 2:
            return wrong(f"For {told} it gave {shown(given)}. The check looks for two values, such as {expected!r}.")
        if given[0] == "permerror":
            thought = "A record is of no use with neither a policy (`record.valid`) nor an address (`record.rua`)."
        if given[0] == expected[0]:
            return wrong(
                f"For {told} the result is right, and the policy is {expected[1]!r}, not {given[1]!r}. {thought}"
            )
        return wrong(f"For {told} it gave {shown(given)}, and it should be {expected!r}. {thought}")
    return None
