"""Reference answer of notebook 09, the first stage of dmarc_verdict."""

from helpers.mail.dmarc import aligned, policy_record


def dmarc_first(author, spf, dkim, txt):
    applies = policy_record(author, txt)
    if applies is None:
        return "none", None
    where, record = applies
    if not (record.valid or record.rua):
        return "permerror", None
    policy = record.policy_for(where != author, txt(author) is not None)
    for mode, (result, domain) in [(record.aspf, spf), *((record.adkim, one) for one in dkim)]:
        if result == "pass" and aligned(author, domain, mode, txt):
            return "pass", policy
    return "fail", policy
