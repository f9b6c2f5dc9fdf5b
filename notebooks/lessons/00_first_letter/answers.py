"""Reference answers of notebook 00, the first letter."""

order_steps = ["submit", "mx", "address", "connect", "accept", "fetch"]

who_was_asked = "resolver.isp.test"

three_fates = {
    "typo in the domain": "bounced",
    "typo in the user": "bounced",
    "preferred exchange off": "delivered",
}

promise = "at the 250 after the dot"
