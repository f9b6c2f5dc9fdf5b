"""TLS-RPT (RFC 8460): what a sender tells a domain, once a day, about how TLS with its exchanges went."""

from collections import Counter
from datetime import datetime

from helpers.lab.bounce import domain_of


def tls_report(deliveries, domain: str, now: datetime) -> dict:
    """Return the report of a day as plain data, the JSON of section 4.4.

    Takes the Deliveries of one host on that day (at least one), the domain that the report is for, and a time of the
    day (UTC). A letter sent without asking for the policy counts as if none had been found.
    """
    host, day = deliveries[0].host, f"{now:%Y-%m-%d}"
    groups: dict[str, list] = {}  # by the policy that held
    for delivery in deliveries:
        if any(attempt.domain == domain for attempt in delivery.attempts):
            finding = delivery.policies.get(domain)
            groups.setdefault(finding.policy.text if finding and finding.policy else "", []).append(delivery)
    sender = domain_of(host.name)
    return {
        "organization-name": sender,
        "date-range": {"start-datetime": f"{day}T00:00:00Z", "end-datetime": f"{day}T23:59:59Z"},
        "contact-info": f"postmaster@{sender}",
        "report-id": f"{day}-{sender}-{domain}",
        "policies": [_policy(group, domain, host) for group in groups.values()],
    }


def _policy(deliveries, domain: str, host) -> dict:
    """Return what one policy made of the connections: how many went well, and why the others did not."""
    finding = deliveries[0].policies.get(domain)
    policy = finding.policy if finding else None
    said = {"policy-type": "sts" if policy else "no-policy-found", "policy-domain": domain}
    if policy:
        said |= {"policy-string": policy.text.splitlines(), "mx-host": list(policy.mx)}
    attempts = [attempt for d in deliveries for attempt in d.attempts if attempt.domain == domain]
    failures = Counter((one.tls_failure, one.exchange, one.address, _why(one)) for one in attempts if one.tls_failure)
    fetches = Counter(d.policies[domain].failure for d in deliveries if domain in d.policies)
    del fetches[None]
    details = [{"result-type": failure, "failed-session-count": count} for failure, count in fetches.items()]
    for (failure, exchange, address, why), count in failures.items():
        own = next((a for a in host.addresses if (":" in a) == (":" in address)), host.address)
        where = {"sending-mta-ip": own, "receiving-mx-hostname": exchange, "receiving-ip": address}
        reason = {"failure-reason-code": why} if why else {}
        details.append({"result-type": failure, **where, "failed-session-count": count, **reason})
    went_well = sum(bool(one.tls) and (one.verified or not policy) and not one.tls_failure for one in attempts)
    failed = sum(detail["failed-session-count"] for detail in details)
    summary = {"total-successful-session-count": went_well, "total-failure-session-count": failed}
    return {"policy": said, "summary": summary, "failure-details": details}


def _why(attempt) -> str:
    """What went wrong, where the name of the failure does not say it (section 4.3.3)."""
    return (attempt.error or "") if attempt.tls_failure == "validation-failure" else ""
