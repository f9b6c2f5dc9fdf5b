"""Does DMARC pass or fail? The rule of RFC 9989, as one function: notebook 09 asks the learner for it."""

from helpers.mail.dmarc import Txt, aligned, policy_record


def dmarc_verdict(author: str, spf: tuple[str, str], dkim: list[tuple[str, str]], txt: Txt) -> tuple[str, str | None]:
    """Return (result, policy) of a letter.

    Takes the domain in From: in small letters, the (result, domain) of the MAIL FROM check, a list of (result, domain)
    of the signatures, and `txt` (see `helpers.mail.dmarc`). The result is "pass", "fail", "none" where no record
    applies, "temperror" or "permerror"; the policy is what the domain asks for should it fail: "none", "quarantine" or
    "reject", after sp, np and t; None with a result that is neither "pass" nor "fail".
    """
    try:
        applies = policy_record(author, txt)
        if applies is None:
            return "none", None
        where, record = applies
        if not (record.valid or record.rua):
            return "permerror", None
        exists = where == author or record.np is None or txt(author) is not None
    except TimeoutError:
        return "temperror", None
    policy, unknown = record.policy_for(where != author, exists), False
    for mode, (result, domain) in [(record.aspf, spf), *((record.adkim, one) for one in dkim)]:
        try:
            if result in ("pass", "temperror") and aligned(author, domain, mode, txt):
                if result == "pass":
                    return "pass", policy
                unknown = True
        except TimeoutError:
            unknown = True
    return ("temperror", None) if unknown else ("fail", policy)  # what is not known is no failure (section 5.3.6)
