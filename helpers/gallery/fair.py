"""Is a ticket fair? Without its cause all is well, with it the symptom shows, and a line tells it from the others."""

from helpers.gallery.case import Case, plain
from helpers.gallery.deeds import nothing
from helpers.gallery.parts import Ticket


def unfair(name: str, ticket: Ticket, seed: int = 0) -> list[str]:
    """Return a sentence for each thing that makes a ticket unfair; none for one that is fair."""
    with Case(name, ticket, seed, beside=True) as case:
        return unfair_in(case)


def unfair_in(case: Case) -> list[str]:
    """The same for a case that lies open, or has been."""
    said = []
    if not case.ticket.sentences:
        with Case(case.name, case.ticket, case.seed, nothing, beside=True) as whole:
            if not whole.well():
                fates = dict.fromkeys(str(fate) for delivery in whole.log for fate in delivery.fates.values())
                then = f" ({'; '.join(fates)})" if fates else ""
                said.append(f"Without its cause the letter does not arrive either: the lab was broken before.{then}")
    if case.well():
        said.append("With its cause the letter goes as it should: there is nothing to complain of.")
    for cause in case.ticket.causes[1:]:
        if cause.happens and not set(map(plain, case.seen)) - set(map(plain, case.as_if(cause))):
            said.append(f"Nothing that can be read here tells it from another cause: {case.say(cause.text)}")
    if not said and not case.ticket.proof and not case.telling():
        said.append("No line tells it from all the other causes at once: each would be there with one of them, too.")
    return said
