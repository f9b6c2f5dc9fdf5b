"""Notebook 05, a live server: right answers in other styles, by the exercise's name; a second one is NAME_2."""


def accept_rcpt(address, domain, people):
    local, _, host = address.rpartition("@")
    if host.casefold() != domain:
        return "554 5.7.1 Relay access denied"
    return "250 OK" if local in people else "553 5.1.1 Unknown"


def accept_rcpt_2(address, domain, people):
    return "250" if address.lower() in {f"{person}@{domain}" for person in people} else "550"
