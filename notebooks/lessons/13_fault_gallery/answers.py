"""Reference answers of notebook 13, a gallery of faults."""

who_said = {
    "mx1.outlook.test answered 452 4.2.2 Mailbox full": "theirs",
    "4.4.1 mx1.outlook.test said nothing for 0.4 s": "nobody",
    "5.1.2 there is no domain called outlok.test": "own",
}

refused_or_silent = "b"

two_tills = "a"

smoke_alarm = "c"

neighbours_ticket = {
    "words": "Ada writes: my letters to Olive wait since this morning, and Olive says that the shop is open.",
    "to": "olive@corner-shop.test",
    "causes": {
        "the mail program of the shop has stopped": lambda lab: lab.faults.refuse("corner-shop.test"),
        "the shop's machine is switched off": lambda lab: lab.faults.down("corner-shop.test"),
    },
}
