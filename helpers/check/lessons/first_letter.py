"""Notebook 00, the first letter: its predictions and exercises."""

import ipaddress
import re
from itertools import pairwise

from ..exercise import ValueExercise
from ..judging import Feedback, right, shown, word, words, wrong
from ..prediction import Option, Prediction, one_of

REFERENCE = "helpers.check.answers.first_letter"


def _is_ipv4(value: object) -> bool:
    try:
        return bool(ipaddress.IPv4Address(str(value).strip()))
    except ValueError:
        return False


PREDICTIONS = (
    Prediction(
        name="what_is_asked",
        question="out.gmail.test holds a letter for support@outlook.test. What is its first DNS question about?",
        example="outlook.test.",
        options=(
            Option(
                "support@outlook.test",
                one_of("support@outlook.test"),
                "The DNS never hears of `support`. What stands before the `@` is for outlook.test to make sense of; "
                "the letter is routed by the domain alone.",
            ),
            Option(
                "outlook.test",
                one_of("outlook.test"),
                "The question is about the domain, the part after the `@`: which hosts take mail for outlook.test?",
            ),
            Option(
                "mx1.outlook.test",
                one_of("mx1.outlook.test"),
                "That name comes up soon, in the answer. Before the first question gmail.test cannot know it: all "
                "that it has is the address on the letter.",
            ),
            Option(
                "gmail.test",
                one_of("gmail.test"),
                "gmail.test knows where it is itself. What it has to find is the other side.",
            ),
        ),
    ),
    Prediction(
        name="mx_holds",
        question="What does an MX record in the answer hold?",
        example="10 mx1.outlook.test.",
        options=(
            Option(
                "a numeric address, such as 203.0.113.25",
                _is_ipv4,
                "An MX record never holds an address. It names a host, so that the host's address can change without "
                "any domain's MX; the address needs a second look-up.",
            ),
            Option(
                "a number and the name of a host",
                lambda value: bool(re.fullmatch(r"\d+ [\w.-]+", str(value).strip())),
                "A number and a name. What the number is for comes next; where that host is, after that.",
            ),
            Option(
                "the name of the mailbox",
                lambda value: "@" in str(value) or word(value) == "support",
                "The DNS knows domains and hosts, not mailboxes. Only outlook.test's own servers know who has a "
                "mailbox.",
            ),
        ),
    ),
    Prediction(
        name="who_tried_first",
        question="outlook.test has two exchanges, MX 10 mx1 and MX 20 mx2. Which of them is tried first?",
        example="mx1.outlook.test",
        options=(
            Option(
                "mx1: 10 is the lower number",
                one_of("mx1.outlook.test", "mx1"),
                "The lowest preference is tried first, as in first choice, second choice (RFC 5321 section 5.1).",
            ),
            Option(
                "mx2: 20 is the higher number, so it is more important",
                one_of("mx2.outlook.test", "mx2"),
                "The number is not a weight. Read it as a place in the queue: 10 is nearer to the front than 20, and "
                "the highest number is the last resort.",
            ),
            Option(
                "either: the sender picks one at random",
                one_of("either"),
                "A sender picks at random among exchanges of equal preference. These two differ, so their order is "
                "fixed.",
            ),
        ),
    ),
    Prediction(
        name="who_speaks_first",
        question="The TCP connection to mx1.outlook.test is open. Who speaks first?",
        example="S: 220 mx1.outlook.test ESMTP",
        options=(
            Option(
                "the client: it called, so it says its name (HELO or EHLO)",
                lambda value: str(value).startswith(("C:", "HELO", "EHLO")),
                "HELO does not open the connection: TCP has done that already. The client waits for the server's 220, "
                "and then says with HELO or EHLO who is calling.",
            ),
            Option(
                "the server: it greets (220)",
                lambda value: str(value).startswith(("S:", "220")),
                "The server greets with 220, ready; only then does the client say EHLO and its name. A client that "
                "talks earlier is taken for a spammer's program by many servers.",
            ),
            Option(
                "whoever is ready first",
                one_of("either"),
                "SMTP is strict about turns. The server opens with 220; from then on the client asks and the server "
                "answers. (With PIPELINING it may ask several things at once, but never before that 220.)",
            ),
        ),
    ),
    Prediction(
        name="what_250_means",
        question="mx1.outlook.test answers 250 after the dot that ends the letter. What is certain now?",
        example="mx1.outlook.test",
        options=(
            Option(
                "the letter is in the inbox on support's screen",
                one_of("support's screen"),
                "Nothing of support's has moved yet. Their program fetches from the message store later, by IMAP, and "
                "outlook.test may still file the letter under spam.",
            ),
            Option(
                "mx1.outlook.test has taken responsibility for it",
                one_of("mx1.outlook.test", "mx2.outlook.test"),
                "From this 250 on, the letter is outlook.test's to deliver or to report on (RFC 5321 section 4.2.5). "
                "It is a promise by a server, not news from a reader.",
            ),
            Option(
                "the letter can no longer bounce",
                one_of("final"),
                "It still can. But from now on it is outlook.test that has to report it, and no longer gmail.test.",
            ),
        ),
    ),
)


_STEPS = ("submit", "mx", "address", "connect", "accept", "fetch")

# What it would mean if the second came before the first.
_OUT_OF_ORDER = {
    ("submit", "mx"): "The look-ups are made for a letter that gmail.test holds. Until Ada's program has submitted it, "
    "there is nothing to look up.",
    ("mx", "address"): "You look an address up before the MX. Whose address would that be? No host had been named yet: "
    "the MX answer is what brings up the name mx1.outlook.test.",
    (
        "address",
        "connect",
    ): "You connect before the address is known. A connection goes to an address, and all that the "
    "MX answer holds is a name.",
    (
        "connect",
        "accept",
    ): "You accept before you connect. Who would say 250, and over what? mx1 hears of the letter only "
    "in the conversation that the connection carries.",
    (
        "accept",
        "fetch",
    ): "You fetch before the letter is accepted. The reader's program finds in the message store only "
    "what an exchange has accepted and put there: fetching comes last.",
}


def _order_steps(answer: object) -> Feedback:
    steps = words(answer)
    if steps is None:
        return wrong(f"The check looks for a list, since the order is the question; {shown(answer)} has none.")
    if odd := [step for step in steps if step not in _STEPS]:
        return wrong(f"There is no card called {shown(odd[0])}. The cards are {', '.join(sorted(_STEPS))}.")
    if missing := [step for step in sorted(_STEPS) if step not in steps]:
        return wrong(f"Each card has its place once; {', '.join(missing)} has none yet.")
    if len(steps) > len(_STEPS):
        return wrong("Each card has its place once: a card stands twice in your list.")
    if steps.index("connect") < steps.index("mx"):
        return wrong(
            "You connect before the MX look-up. Who gave that address? At first gmail.test knows the domain "
            "outlook.test and nothing else: neither the name of a host that takes its mail nor that host's address."
        )
    for pair in pairwise(_STEPS):
        if steps.index(pair[1]) < steps.index(pair[0]):
            return wrong(_OUT_OF_ORDER[pair])
    return right(
        "Each step has what the one before it found: the letter gives a domain, the MX a name, the name an address, "
        "the address a connection, the connection a 250. The reader's fetch comes whenever the reader looks."
    )


def _who_was_asked(answer: object) -> Feedback:
    name = word(answer)
    if name in ("resolver.isp.test", "192.0.2.53"):
        return right(
            "The sending host asks one server, its recursive resolver, and that one does the walking: to the root, to "
            "`test.`, and to ns1.outlook.test, which has the answer. Then it keeps a copy, for at most as long as the "
            "TTL says."
        )
    if name in ("ns1.outlook.test", "203.0.113.52"):
        return wrong(
            "The answer comes from ns1.outlook.test, but out.gmail.test never spoke to it. Whom did out.gmail.test's "
            "own question go to? The first line of the trail says."
        )
    if name in ("a.root-servers.test", "a.nic.test", "198.51.100.1", "198.51.100.2"):
        return wrong(
            "It was asked on the way and did not know: it pointed to the servers one level further down. Who sent the "
            "question there, and whom had gmail.test asked in the first place?"
        )
    if name.startswith(("mx1", "mx2", "203.0.113.25", "203.0.113.26")):
        return wrong(
            "An exchange cannot be asked for the MX: its name was not known yet. The MX answer is what named it. And "
            "MX is a question to the DNS, not to a mail server."
        )
    if name == "outlook.test":
        return wrong(
            "outlook.test is what the question is about, not who was asked. (A host of that name exists: it is a web "
            "site and knows nothing of mail.) Look for the name of a DNS server in the evidence."
        )
    if name.endswith("gmail.test"):
        return wrong(
            "gmail.test is the one who asks. Look at the other end of the question: which host got the packet?"
        )
    return wrong(
        f"{shown(answer)} is not in the trail of this question. Look for the host that gmail.test's packet went to, "
        "and copy its name."
    )


_FATES = {
    "bounced": ("bounced", "bounce", "bounces", "returned", "550"),
    "delivered": ("delivered", "delivers", "deliver", "accepted", "arrives", "arrived", "250"),
    "deferred": ("deferred", "delayed", "queued", "waits", "waiting", "retried"),
}
_FATE_OF = {spelling: fate for fate, spellings in _FATES.items() for spelling in spellings}


def _three_fates(answer: object) -> Feedback:
    if isinstance(answer, dict):
        found = [
            [fate for case, fate in answer.items() if part in word(case)] for part in ("domain", "user", "exchange")
        ]
        given = [word(fates[0]) for fates in found if fates]
    else:
        given = words(answer) or []
    if len(given) != 3:
        return wrong(
            "The check looks for three fates, in this order: typo in the domain, typo in the user, preferred exchange "
            "off."
        )
    if odd := [fate for fate in given if fate not in _FATE_OF]:
        return wrong(f"{shown(odd[0])} is no fate that a letter has here. Each is delivered, bounced or deferred.")
    domain, user, exchange = (_FATE_OF[fate] for fate in given)
    if exchange == "bounced":
        return wrong(
            "With the preferred exchange off the letter did not bounce: mx2 took it. A domain may name several "
            "exchanges so that one may be down, and the sender goes on to the next in order of preference."
        )
    if exchange == "deferred":
        return wrong(
            "With mx1 off, the letter would have to wait only if no exchange could be reached. mx2 was up, and took it "
            "at once."
        )
    if domain == "deferred":
        return wrong(
            "The mistyped domain is not a case for waiting. NXDOMAIN is a definite no: there is no such name. The "
            "sender waits only where it got no usable answer (SERVFAIL, or a time-out)."
        )
    if user == "deferred":
        return wrong(
            "The mistyped user is not a case for waiting. The exchange said 550, and a 5 in front means for good; had "
            "it said 4 something, the sender would try again later."
        )
    if domain == "delivered":
        return wrong(
            "The mistyped domain: delivered to whom? NXDOMAIN says that the name does not exist, so no host was ever "
            "called."
        )
    if user == "delivered":
        return wrong(
            "The mistyped user: outlook.test's exchange knows who has a mailbox there and refused this recipient with "
            "550, before any of the letter was sent."
        )
    return right(
        "The typo in the domain bounces at the sender, because NXDOMAIN is a definite no. The typo in the user bounces "
        "because the exchange said 550. With mx1 off the letter is delivered all the same: mx2 took it."
    )


def _promise(answer: object) -> Feedback:
    moment = word(answer)
    if "354" in moment:
        return wrong(
            "354 is only leave to send: go ahead, end with a dot. If the connection broke now, the other side would "
            "have half a letter and no duty to it."
        )
    if "221" in moment or "quit" in moment:
        return wrong(
            "221 answers QUIT and closes the conversation; it promises nothing about the letter. The promise was made "
            "before, and it holds even if the connection breaks and no 221 is ever seen."
        )
    if "read" in moment or "fetch" in moment:
        return wrong(
            "gmail.test is never told that support reads it, so it would keep its copy for ever. The duty passes from "
            "server to server, and a server said when it took it over."
        )
    if "250" in moment and any(part in moment for part in ("rcpt", "mail", "ehlo", "helo")):
        return wrong(
            "That 250 is for one line of the envelope: this sender, or this recipient, will do. Of the letter itself "
            "not a word had been sent yet."
        )
    if "250" in moment and not any(part in moment for part in ("dot", "data", "letter", "end")):
        return wrong(
            "250 comes up several times in the conversation, and most of these only agree to a line of the envelope. "
            "After what did the server say the 250 that you mean?"
        )
    if "250" in moment:
        return right(
            "With the 250 after the dot outlook.test takes responsibility: it delivers the letter, or reports that it "
            "could not (RFC 5321 section 4.2.5). Until then the duty, and the copy, are gmail.test's; if the line "
            "breaks before the 250, gmail.test sends again: rather twice than not at all."
        )
    return wrong(f"{shown(answer)} is none of the four moments. Copy one of them as it stands.")


EXERCISES = (
    ValueExercise(
        name="order_steps",
        asks="a list of the six labels, in the order in which the steps happened",
        judge=_order_steps,
        reference=REFERENCE,
        hints=(
            "For each card, ask what had to be known before it could happen, and which card found that out.",
            "gmail.test begins with a domain and must end with a connection, which needs an address. What lies "
            "between a domain and the address of a host that takes its mail?",
            "Two look-ups: the first gives a host's name, the second gives that name's address. Before them stands "
            "what Ada's program did, after them the conversation, and last of all the reader's program.",
        ),
        wrong=(
            (["submit", "connect", "mx", "address", "accept", "fetch"], "Who gave that address?"),
            (["submit", "address", "mx", "connect", "accept", "fetch"], "Whose address would that be?"),
            (["submit", "mx", "address", "accept", "connect", "fetch"], "Who would say 250"),
            (["fetch", "submit", "mx", "address", "connect", "accept"], "fetching comes last"),
            (["submit", "mx", "connect", "address", "accept", "fetch"], "A connection goes to an address"),
            (["mx", "submit", "address", "connect", "accept", "fetch"], "nothing to look up"),
            (["submit", "mx", "address", "connect", "accept"], "fetch has none yet"),
            (["submit", "mx", "address", "connect", "accept", "fetch", "fetch"], "twice"),
            ({"submit", "mx", "address", "connect", "accept", "fetch"}, "the order is the question"),
            (["submit", "dns"], "no card called 'dns'"),
        ),
    ),
    ValueExercise(
        name="who_was_asked",
        asks="the name of the host that out.gmail.test itself asked for the MX, as text in quotes",
        judge=_who_was_asked,
        reference=REFERENCE,
        hints=(
            "MX is a question to the DNS. Which hosts in this lab answer DNS questions?",
            "The sending host does not walk the tree of names itself: it puts its question to one server, which does "
            "the walking for it. The evidence names both ends of that packet.",
            "Look for the recursive resolver: it is named in the line above the table of the trail, and in the top "
            "box of the picture.",
        ),
        wrong=(
            ("mx1.outlook.test", "its name was not known yet"),
            ("ns1.outlook.test", "never spoke to it"),
            ("outlook.test", "not who was asked"),
            ("gmail.test", "the one who asks"),
            ("a.root-servers.test.", "one level further down"),
            ("support", "not in the trail"),
        ),
    ),
    ValueExercise(
        name="three_fates",
        asks="the fate of each of the three letters (delivered, bounced or deferred)",
        judge=_three_fates,
        reference=REFERENCE,
        hints=(
            "Read the three records of delivery above, one at a time: who said the last word on each letter, and what "
            "was it?",
            "There are two kinds of no. One is for good (NXDOMAIN, a reply that begins with 5); the other means not "
            "now (no answer, a reply that begins with 4). And where one exchange fails, is there another?",
            "Two of the three come back to the sender, each after a definite no from somebody else. The third found "
            "another door open: look at which exchange took it.",
        ),
        wrong=(
            (["bounced", "bounced", "bounced"], "mx2 took it"),
            (["bounced", "bounced", "deferred"], "mx2 was up"),
            (["deferred", "bounced", "delivered"], "NXDOMAIN is a definite no"),
            (["bounced", "deferred", "delivered"], "550"),
            (["delivered", "bounced", "delivered"], "delivered to whom?"),
            (["bounced", "delivered", "delivered"], "refused this recipient"),
            (["bounced", "lost", "delivered"], "no fate that a letter has here"),
            (["bounced", "delivered"], "three fates, in this order"),
        ),
    ),
    ValueExercise(
        name="promise",
        asks="the moment from which gmail.test may delete its copy, as text in quotes",
        judge=_promise,
        reference=REFERENCE,
        hints=(
            "Imagine that the connection breaks at each moment in turn. Who has the whole letter then, and who has "
            "said that they will look after it?",
            "A reply that invites is not a reply that accepts, and a goodbye is neither. Which reply comes after the "
            "whole letter has been sent?",
            "The letter ends with a line that holds a single dot. The reply to that dot is the promise.",
        ),
        wrong=(
            ("at 221", "221 answers QUIT"),
            ("at 354", "only leave to send"),
            ("when support reads it", "never told"),
            ("at the 250 after RCPT TO", "one line of the envelope"),
            ("at 250", "After what did the server say"),
            ("now", "none of the four moments"),
        ),
    ),
)
