"""Notebook 08, SPF: what a table cannot decide about a value."""

from helpers.check.judging import Feedback, right, shown, wrong

from . import answers

SUPPLIERS = {f"{letter}.eleven.test": f"203.0.113.{101 + n}" for n, letter in enumerate("abcdefghij")}


OWN = "203.0.113.95"


TO_MEND = "v=spf1 " + " ".join(f"include:{letter}.eleven.test" for letter in "abcdefghijk") + " -all"


STRANGERS = ("203.0.113.66", "203.0.113.96", "198.51.100.10")


def mended_record(answer: object) -> Feedback:
    """Evaluate the record as that of eleven.test, for each machine that should pass and some that should not."""
    answer = " ".join(answer) if isinstance(answer, list | tuple) else answer
    text = " ".join(str(answer).split()).strip("\"'` ")
    records = {name: [f"v=spf1 ip4:{address} -all"] for name, address in SUPPLIERS.items()}
    records |= {"k.eleven.test": [f"v=spf1 ip4:{OWN} -all"], "eleven.test": [text]}

    def look(name: str, rdtype: str) -> list[str]:
        if rdtype == "A":
            return [OWN] if name.rstrip(".") == "ns.eleven.test" else []
        return records.get(name.rstrip(".").lower(), []) if rdtype == "TXT" else []

    def result(address: str) -> str:
        return answers.spf_result(address, "eleven.test", look)

    if result(OWN) == "none":
        return wrong(f"{shown(answer)} is no SPF record: the text begins with `v=spf1` and a space.")
    if result(OWN) == "permerror" and "permerror" in map(result, SUPPLIERS.values()):
        return wrong("That gives permerror even for suppliers. Is each term written as in the record above?")
    for name, address in [("eleven.test's own machine", OWN), *SUPPLIERS.items()]:
        if (found := result(address)) != "pass":
            return wrong(f"For {name} ({address}) it gives {found}. All eleven machines should pass.")
    for address in STRANGERS:
        if (found := result(address)) == "permerror":
            return wrong(
                "The eleven machines pass. A letter from anywhere else still comes to more than ten look-ups, and gets "
                "permerror instead of fail. One look-up fewer will do."
            )
        if found == "pass":
            return wrong(f"It lets {address} pass, too, which is no machine of eleven.test or its suppliers.")
        if found != "fail":
            return wrong(f"For a stranger, {address}, it gives {found}. The record ended in `-all`: leave it so.")
    return right(
        "All eleven machines pass, and a stranger fails, within ten look-ups. What `ip4:` says costs none. (But "
        "whoever writes a supplier's addresses into a record has to follow when they change.)"
    )
