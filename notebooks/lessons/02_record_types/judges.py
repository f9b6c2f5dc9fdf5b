"""Judges of notebook 02, record types."""

from collections.abc import Callable

from helpers.check.judging import Feedback, right, shown, trying, wrong

_KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="  # the public key of RFC 8463's example

_LISTS = (
    ("v=DMARC1; p=quarantine; rua=mailto:grace@outlook.test", {"p": "quarantine", "rua": "mailto:grace@outlook.test"}),
    ("v=DMARC1;p=reject", {"p": "reject"}),
    ("v=DMARC1; p=none;", {"p": "none"}),
    (f"v=DKIM1; k=ed25519; p={_KEY}", {"k": "ed25519", "p": _KEY}),
    ("v=DMARC1 ; p = none", {"p": "none"}),
    ("v=DKIM1; p=", {"p": ""}),
    ("v=DKIM1; n=two words; p=", {"n": "two words", "p": ""}),
    ("v=DKIM1; N=Two; n=one; p=", {"N": "Two", "n": "one", "p": ""}),
)
_NO_RETURN = "Whoever calls it gets nothing: hand the answer back with `return`. What is printed is only shown."


def tags(function: Callable) -> Feedback:
    """Judge `tags(text)`, which takes a tag=value list and returns a dict of str to str."""
    for text, rest in _LISTS:
        with trying(f"the text `{text}`" + (", which ends in a semicolon" if text.endswith(";") else "")):
            given = function(text)
        expected = {"v": text[2 : text.index("1") + 1], **rest}
        if given != expected:
            return wrong(f"For `{text}` it gave {shown(given)}. {_amiss_in_tags(given, expected)}")
    return right(
        "Spaces around a tag or its value do not count, those inside a value do; a final semicolon opens no new tag; "
        "and only the first `=` separates: what follows it is the value, whole (RFC 6376 section 3.2). DKIM keys and "
        "DMARC records are both written in this way."
    )


def _amiss_in_tags(given: object, expected: dict[str, str]) -> str:
    if given is None:
        return _NO_RETURN
    if not isinstance(given, dict):
        return f"The check looks for a dict, as in {shown(expected)}."
    if any(str(name) != str(name).strip() for name in given):
        return (
            "There are spaces in the names: after a semicolon there is usually a space, and it is no part of the tag."
        )
    if "" in given:
        return "There is a tag without a name: what stands after the last semicolon is empty, and is no tag."
    if any(str(value) != str(value).strip() for value in given.values()):
        return "There are spaces in the values: those around the `=` and the `;` belong to neither side."
    if missing := [name for name in expected if name not in given]:
        if any(str(name).lower() in (other.lower() for other in expected if other != name) for name in missing):
            return f"The tag `{missing[0]}` is missing. Capitals count in a tag's name: `N` and `n` are two tags."
        if any(";" in str(value) for value in given.values()):
            return f"The tag `{missing[0]}` is missing. The `;` separates the tags, also where no space follows it."
        if expected[missing[0]] == "":
            return f"The tag `{missing[0]}` is missing. A tag whose value is empty is there all the same."
        return f"The tag `{missing[0]}` is missing: each part between semicolons is one tag."
    name = next((name for name in expected if given[name] != expected[name]), None)
    if name is None:
        return "There is a tag too many: each part between semicolons is one tag."
    if "=" in expected[name] and "=" not in str(given[name]):
        return (
            f"The key lost its padding: the `=` at its end belongs to the value of `{name}`. Only the first `=` of a "
            "part separates the tag from its value."
        )
    if str(given[name]).lower() == expected[name].lower():
        return f"The value of `{name}` has changed its capitals. A key that is changed by one letter is another key."
    if given[name] == expected[name].replace(" ", ""):
        return f"The value of `{name}` has lost a space. Only those around the `=` and the `;` do not count."
    return f"The value of `{name}` should be {shown(expected[name])}: all that follows the first `=`."


_RECORDS = (
    ("v=spf1 mx -all", [("+", "mx", ""), ("-", "all", "")]),
    ("v=spf1 ~all", [("~", "all", "")]),
    (
        "v=spf1 a:mail.shop.test ?include:bulk.test -all",
        [("+", "a", "mail.shop.test"), ("?", "include", "bulk.test"), ("-", "all", "")],
    ),
    (
        "v=spf1 +ip4:203.0.113.31 ip6:2001:db8::25 -all",
        [("+", "ip4", "203.0.113.31"), ("+", "ip6", "2001:db8::25"), ("-", "all", "")],
    ),
    ("v=spf1 redirect=_spf.shop.test", [("", "redirect", "_spf.shop.test")]),
    ("v=spf1  MX  -ALL", [("+", "mx", ""), ("-", "all", "")]),
    (
        "v=spf1 a/24 mx:shop.test/26 ip4:203.0.113.0/24 -all",
        [("+", "a", "/24"), ("+", "mx", "shop.test/26"), ("+", "ip4", "203.0.113.0/24"), ("-", "all", "")],
    ),
    ("v=spf1 exists:n=2.Shop.test -all", [("+", "exists", "n=2.Shop.test"), ("-", "all", "")]),
    ("v=spf1 mx -all exp=why.shop.test", [("+", "mx", ""), ("-", "all", ""), ("", "exp", "why.shop.test")]),
    ("v=spf1", []),
)


def spf_terms(function: Callable) -> Feedback:
    """Judge `spf_terms(text)`, which returns a list of (qualifier, name, value), each a str."""
    for text, expected in _RECORDS:
        with trying(f"the record `{text}`"):
            given = function(text)
        amiss = _amiss_in_terms(given, expected)
        if amiss:
            return wrong(f"For `{text}` it gave {shown(given)}. {amiss}")
    return right(
        "A mechanism says who is meant, its qualifier says what follows from a match (and is `+` where none is "
        "written), and a modifier such as `redirect=` has no qualifier (RFC 7208 section 4.6.1)."
    )


def _amiss_in_terms(given: object, expected: list[tuple[str, str, str]]) -> str:
    """What is wrong with the terms, as a sentence; empty where nothing is."""
    if given is None:
        return _NO_RETURN
    if not isinstance(given, list | tuple):
        return "The check looks for a list."
    if any(not isinstance(term, list | tuple) or len(term) != 3 for term in given):
        return f"Each term becomes three texts, (qualifier, name, value). The first would be {expected[0]}."
    terms = [tuple(term) for term in given]
    if terms == expected:
        return ""
    if any("v=spf1" in "=".join(map(str, term)) or term[1:] == ("v", "spf1") for term in terms):
        return "`v=spf1` is the version, which says that this is SPF. The terms begin after it."
    if len(terms) != len(expected):
        return f"There are {len(expected)} terms after the version, one for each word; here are {len(terms)}."
    term, wanted = next(pair for pair in zip(terms, expected, strict=True) if pair[0] != pair[1])
    if wanted[0] == "":
        return (
            f"`{wanted[1]}=` is a modifier: of the marks `:`, `/` and `=` the first in it is a `=`, and it has no "
            f"qualifier. The term would be {wanted}."
        )
    if term[0] == "" and "=" in wanted[2]:
        return (
            f"`{wanted[1]}` is a mechanism: its first mark is the `:`, and the `=` after that belongs to the value. "
            f"The term would be {wanted}."
        )
    if str(term[1])[:1] in tuple("+-~?") and wanted[1] == str(term[1])[1:].lower():
        return f"In {term} the qualifier is still part of the name; the term would be {wanted}."
    if term[0] != wanted[0]:
        return (
            f"The qualifier of `{wanted[1]}` should be {wanted[0]!r}: one of + - ~ ? in front, and where none is "
            "written, `+` is meant."
        )
    if term[1] != wanted[1]:
        if str(term[1]).lower() == wanted[1]:
            return "SPF names may be written in capitals. Give them in small letters, so that `MX` and `mx` are one."
        return f"The name should be {wanted[1]!r}, up to the first `:`, `/` or `=`."
    if str(term[2]).lower() == wanted[2].lower():
        return f"The value should be {wanted[2]!r}, as it is written: only names go into small letters."
    if "/" in wanted[2]:
        prefix = wanted[2][wanted[2].index("/") :]
        return f"The value of `{wanted[1]}` should be {wanted[2]!r}: `{prefix}` belongs to the value."
    return (
        f"The value of `{wanted[1]}` should be {wanted[2]!r}: all that follows the first `:`. (An IPv6 address is full "
        "of colons.)"
    )
