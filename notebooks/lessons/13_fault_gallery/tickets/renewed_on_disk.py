"""A certificate was renewed on disk, and the server still shows the old one; only who checks it minds (MTA-STS)."""

from helpers.gallery.deeds import edit, nothing, refuse
from helpers.gallery.parts import Cause, Ticket
from helpers.lab.cast import Host

POLICY = "version: STSv1\r\nmode: enforce\r\nmx: {domain}\r\nmax_age: 604800\r\n"


def stage(case):
    """A domain of one machine, with a policy."""
    domain, address = case.say("{domain}"), case.address()
    case.lab.add(
        Host(domain, (address,), "one machine for everything", zones=(f"{domain}.",), takes_mail_for=(domain,),
             offers_tls=True, sts_policy=case.say(POLICY))
    )  # fmt: skip
    case.lab.open_mailbox(case.say("{person}@{domain}"))
    case.add_lines("test", f"{domain}. NS {domain}.\n{domain}. A {address}\n")
    case.lab.publish(
        f"$ORIGIN {domain}.\n$TTL 3600\n@ SOA @ postmaster 2026030201 7200 900 1209600 60\n@ NS @\n@ MX 10 @\n"
        f'@ A {address}\nmta-sts A {address}\n@ TXT "v=spf1 a -all"\n_mta-sts TXT "v=STSv1; id=20260302"\n'
    )
    case.origins.append(domain)


def _certificate(kind):
    return lambda case: setattr(case.lab.mail_hosts[case.say("{domain}")], "tls", kind)


def _policy(old, new):
    def deed(case):
        site = case.lab.policy_sites[case.say("{domain}")]
        site.policy = site.policy.replace(case.say(old), case.say(new))

    return deed


def letters(case):
    checked = case.send("ada@gmail.test", "{person}@{domain}", subject="Our visit", tls="mta-sts")
    return [case.send("olive@corner-shop.test", "{person}@{domain}", "corner-shop.test", subject="Jam"), checked]


def guard(case):
    site = case.lab.policy_sites[case.say("{domain}")]
    kept = "mode: enforce" in site.policy and "_mta-sts" in case.lab.zone_text(case.say("{domain}"))
    return None if kept else "Whoever stands on the line between two hosts may read along again: the policy is gone."


TICKET = Ticket(
    title="The file is new",
    words="{Person} writes: \"Ada's provider says that her letters to me wait, for the sake of 'TLS'. Olive's "
    "arrive as ever, and so do all the others'. I have renewed our certificate, the file is from last night, "
    'and I have looked at it three times: it is good for a year."',
    names={"domain": "pharmacy.test", "person": "ulla"},
    needs="07_locked_doors",
    way=(
        "case.log[1]",
        'case.lab.mail_hosts["{domain}"].tls',
    ),
    tools="the log (`case.log[1]`), `case.lab.connect` and STARTTLS, look-ups, "
    '`case.lab.policy_sites["{domain}"].policy`, `case.lab.zone_text`, and the certificate that the server has loaded, '
    '`case.lab.mail_hosts["{domain}"].tls`: a reload makes it "valid"',
    stage=stage,
    letters=letters,
    guard=guard,
    causes=(
        Cause("the server still shows the old certificate, which has expired", _certificate("expired")),
        Cause("the server offers no STARTTLS any more", _certificate(None)),
        Cause("the certificate is for another name", _certificate("wrong name")),
        Cause("an authority signed it that nobody knows", _certificate("unknown authority")),
        Cause("the policy names another exchange", _policy("mx: {domain}", "mx: mx1.{domain}")),
        Cause("the server takes nobody in", refuse("{domain}")),
    ),
    proof=("certificate has expired", "= 'expired'"),
    hints=(
        "Everybody or some? What does Ada's provider do that Olive's does not?",
        "Who said no: the server, or Ada's host by itself? At which moment?",
        "A file on the disk is one thing. What does the server show to whoever asks it on the wire?",
    ),
    after="Between servers a certificate is [mostly not "
    "checked](https://www.rfc-editor.org/rfc/rfc7672#section-1.3.3), so an old one goes unseen. A host that goes "
    "by the domain's MTA-STS policy checks it, and then [does not "
    "deliver](https://www.rfc-editor.org/rfc/rfc8461#section-5). A program reads its certificate when it "
    "starts, so a new file helps nobody until a reload. Ask the wire and not the disk. The obvious mend, to "
    "take the record away, [reaches nobody who remembers the "
    "policy](https://www.rfc-editor.org/rfc/rfc8461#section-8.3), and lets anybody read along afterwards.",
    mend=_certificate("valid"),
    wrong_mends=(
        (nothing, "as before"),
        (_certificate(None), "something else now"),
        (edit("{domain}", '_mta-sts TXT "v=STSv1; id=20260302"\n', ""), "as before"),
        (lambda case: (_certificate("valid")(case), _policy("enforce", "none")(case)), "the policy is gone"),
    ),
)
