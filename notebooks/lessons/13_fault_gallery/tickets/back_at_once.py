"""Nothing is broken: the domain takes no mail (null MX)."""

from helpers.gallery.deeds import both, down, edit, nothing, replies, undelegate
from helpers.gallery.parts import Cause, Ticket

TO_A_HOST = edit("{domain}", "@ MX 0 .", "@ MX 10 mx1")


def stage(case):
    case.domain("{domain}", ["info"], '@ MX 0 .\n@ TXT "v=spf1 -all"\n', exchanges="mx1")


def letters(case):
    return [case.send("ada@gmail.test", "info@{domain}", subject="Opening hours", text="When do you open?")]


TICKET = Ticket(
    title="Back at once",
    words='Ada writes: "Each letter that I send to `info@{domain}` is back before I have put the kettle on. Other '
    'people get my letters. I need to know when they open. Please mend your server."',
    names={"domain": "newsroom.test"},
    needs="10_delivery",
    way=("case.log[0]",),
    tools="the log, look-ups and the trail, `case.lab.zone_text`, `case.lab.connect`",
    stage=stage,
    letters=letters,
    causes=(
        Cause("nothing is broken: {domain} takes no mail at all", nothing),
        Cause("the exchange of {domain} is switched off", both(TO_A_HOST, down("mx1.{domain}"))),
        Cause(
            "nobody there is called info",
            both(TO_A_HOST, replies("mx1.{domain}", "RCPT", "550 5.1.1 No mailbox here is called <info@{domain}>")),
        ),
        Cause("there is no domain {domain}", undelegate("{domain}")),
        Cause("the name server of {domain} does not answer", down("ns.{domain}")),
        Cause(
            "{domain} has our address on a list of bad ones",
            both(TO_A_HOST, replies("mx1.{domain}", "connect", "554 5.7.1 We take nothing from you")),
        ),
    ),
    proof=("MX records of {domain}: 0 .", "556 5.1.10"),
    hints=(
        "How far did the letter get? Was there a conversation at all?",
        "Who said no? Read the codes from the left: what is 5, and what does the rest of the number say?",
        'Ask for it yourself: `case.lab.lookup("{domain}", "MX")`. What may the name of an exchange be?',
    ),
    after="A domain that takes no mail can say so, with [one MX record whose exchange is the "
    "root](https://www.rfc-editor.org/rfc/rfc7505#section-3). That spares everybody five days of waiting for "
    "nothing. All of it worked as it was meant to, and yet somebody was without an answer: what a desk sends "
    "then is a sentence.",
    sentences=(
        (
            "{domain} says in the DNS that it takes no mail, at any address. Nothing here or there is broken, and "
            "sending again will not help. Look on their web site for a telephone number or a form.",
            "",
        ),
        (
            "Thank you, we have found the fault and mended it. Please send your letter again.",
            "She will, and it will be back before the kettle boils. Nothing was mended, for nothing was broken.",
        ),
        (
            "Their server is down at the moment. Your letter waits with us, and we try for five days.",
            "A letter that came back waits nowhere. And who said no was not a server that is down.",
        ),
        (
            "You have mistyped the address. Please ask them for the right one.",
            "There is no right one: the record is about the whole domain, and nobody was asked about `info`.",
        ),
    ),
    minutes=4,
)
