"""Notebook 00, the first letter: wrong answers and the feedback that each must get. Tests alone read it."""

HAPPENED = {  # a value such as the run gives
    "what_is_asked": "outlook.test.",
    "mx_holds": "10 mx1.outlook.test.",
    "who_tried_first": "mx1.outlook.test",
    "who_speaks_first": "S: 220 mx1.outlook.test ESMTP",
    "what_250_means": "mx1.outlook.test",
}

MISTAKES = {
    "order_steps": (
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
    "who_was_asked": (
        ("mx1.outlook.test", "its name was not known yet"),
        ("ns1.outlook.test", "never spoke to it"),
        ("outlook.test", "not who was asked"),
        ("gmail.test", "the one who asks"),
        ("a.root-servers.test.", "one level further down"),
        ("support", "not in the trail"),
    ),
    "three_fates": (
        (["bounced", "bounced", "bounced"], "mx2 took it"),
        (["bounced", "bounced", "deferred"], "mx2 was up"),
        (["deferred", "bounced", "delivered"], "NXDOMAIN is a definite no"),
        (["bounced", "deferred", "delivered"], "550"),
        (["delivered", "bounced", "delivered"], "delivered to whom?"),
        (["bounced", "delivered", "delivered"], "refused this recipient"),
        (["bounced", "lost", "delivered"], "no fate that a letter has here"),
        (["bounced", "delivered"], "three fates, in this order"),
    ),
    "promise": (
        ("at 221", "221 answers QUIT"),
        ("at 354", "only leave to send"),
        ("when support reads it", "never told"),
        ("at the 250 after RCPT TO", "one line of the envelope"),
        ("at 250", "After what did the server say"),
        ("now", "none of the four moments"),
    ),
}
