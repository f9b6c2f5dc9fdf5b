"""What a table cannot decide about the values of notebook 14."""

import re

from helpers.check.judging import Feedback, right, shown, word, wrong

CODES = {
    "550 5.7.25": ("b", "5.7.25 is about the address: it has no name that leads back to it. So PTR, at its provider."),
    "550 5.7.26": ("a", "5.7.26 says that neither SPF nor DKIM passed, or not with the domain in From:."),
    "550 5.7.29": ("d", "5.7.29 says that the letter came without TLS. Your own server has to use STARTTLS."),
    "550 5.7.515": ("c", "5.7.515 is Microsoft's word to who sends much: SPF, DKIM and a DMARC record, all three."),
}
LETTERS = {
    "a": "SPF or DKIM for what you send",
    "b": "a PTR record",
    "c": "all of SPF, DKIM and DMARC",
    "d": "TLS on what you send",
}


def which_mend(answer: object) -> Feedback:
    """Judge which mend belongs to which code."""
    if not isinstance(answer, dict):
        return wrong(f"This is {shown(answer)}. Fill in the dictionary, and hand it over as it is.")
    for code, (letter, why) in CODES.items():
        if code not in answer:
            return wrong(f"The code {code} is gone from the dictionary. It has four.")
        said = word(answer[code])
        if said not in LETTERS:
            return wrong(f"For {code} it says {shown(answer[code])}. Answer with a letter in quotes: a, b, c or d.")
        if said != letter:
            return wrong(f"For {code} you would mend {LETTERS[said]}. {why}")
    return right("You can go from a code to what mends it. The codes change, so look them up when they come.")


def quiet_zone(answer: object) -> Feedback:
    """Judge the three records of a domain that sends nothing, quiet.test."""
    if not isinstance(answer, str):
        return wrong(f"This is {shown(answer)}. Give a text with one record in each line.")
    found = [_record(line) for line in answer.splitlines() if line.strip() and not line.strip().startswith(";")]
    if None in found:
        return wrong("A line has no type that fits here. Each is an owner, a type (MX or TXT) and a value.")
    for owner, kind, judge in (("@", "MX", _null_mx), ("@", "TXT", _nobody), ("_dmarc", "TXT", _reject)):
        values = [value for at, what, value in found if (at, what) == (owner, kind)]
        if len(values) != 1:
            there = f"{len(values)} times" if values else "not at all"
            return wrong(f"There is to be one {kind} record at `{owner}`, and it is there {there}.")
        if amiss := judge(values[0]):
            return wrong(amiss)
    return right("Nobody can send with its name and be believed, and nobody waits for days to write to it.")


def _record(line: str) -> tuple[str, str, str] | None:
    match = re.fullmatch(r"\s*(\S+)\s+(?:\d+\s+)?(?:IN\s+)?(MX|TXT)\s+(.*?)\s*", line, re.IGNORECASE)
    if not match:
        return None
    owner = re.sub(r"\.?quiet\.test\.$", "", match[1].lower()) or "@"
    value = "".join(re.findall(r'"([^"]*)"', match[3])) if match[2].upper() == "TXT" else match[3]
    return owner, match[2].upper(), value


def _null_mx(value: str) -> str:
    value = value.partition(";")[0].strip()  # a comment may follow
    if value.split() == ["0", "."]:
        return ""
    if value.split()[-1:] == ["."]:
        return "A null MX has the preference 0: `@ MX 0 .`"
    return f"`MX {value}` names a host, and this domain has none. A lone dot says so."


def _nobody(value: str) -> str:
    terms = value.lower().split()
    if terms[:1] != ["v=spf1"]:
        return "An SPF record begins with `v=spf1` and a space, and stands in quotation marks."
    if terms[1:] == ["-all"]:
        return ""
    if terms[-1] == "-all":
        return f"`{' '.join(terms[1:-1])}` lets somebody send. Here nobody may."
    return "What does the record say of all addresses? One term, and it fails everybody: `-all`."


def _reject(value: str) -> str:
    tags = {name.strip().lower(): text.strip() for name, _, text in (part.partition("=") for part in value.split(";"))}
    if not value.replace(" ", "").startswith("v=DMARC1"):
        return (
            "A DMARC record begins with `v=DMARC1`, in capitals, and stands in quotation marks: `;` begins a comment."
        )
    if tags.get("p", "").lower() != "reject":
        return f"Its policy is {shown(tags.get('p', ''))}. No honest letter can be lost here, so ask for the strictest."
    return ""
