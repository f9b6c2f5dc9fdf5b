"""What can be done to a case, as values: for the causes of a ticket, and for its mends. Texts may hold {domain}."""

from helpers.gallery.parts import Deed


def nothing(case) -> None:
    """Leave all as it is."""


def both(*deeds: Deed) -> Deed:
    """One after the other."""
    return lambda case: [deed(case) for deed in deeds]


def down(host: str) -> Deed:
    """A host is switched off."""
    return lambda case: case.lab.faults.down(case.say(host))


def refuse(host: str, port: int = 25) -> Deed:
    """A program has stopped."""
    return lambda case: case.lab.faults.refuse(case.say(host), port)


def clear(host: str) -> Deed:
    """Whatever the switches do to a host is undone."""
    return lambda case: case.lab.faults.clear(case.say(host))


def edit(origin: str, old: str, new: str, raised: bool = True) -> Deed:
    """A zone is published with a piece of its text replaced, its serial raised or not."""
    return lambda case: case.edit(case.say(origin), case.say(old), case.say(new), raised)


def put(name: str, value: object) -> Deed:
    """A setting has another value."""

    def deed(case):
        case.settings[case.say(name)] = case.say(value) if isinstance(value, str) else value

    return deed


def replies(host: str, step: str, reply: str) -> Deed:
    """A host says this at a step (see helpers.lab.mail_host.Policy), to everybody."""
    return lambda case: case.policy(host, lambda session, now, value: case.say(reply) if now == step else None)


def relay(host: str) -> Deed:
    """A host takes letters for anywhere from anybody."""
    return lambda case: setattr(case.lab.mail_hosts[case.say(host)], "relays", True)


def no_checks(host: str) -> Deed:
    """A host asks no questions any more."""
    return lambda case: setattr(case.lab.mail_hosts[case.say(host)], "policy", None)


def undelegate(domain: str) -> Deed:
    """The zone above knows nothing of a domain any more."""

    def deed(case):
        lines = case.lab.zone_text("test").splitlines()
        case.lab.publish("\n".join(line for line in lines if case.say(domain) not in line) + "\n")

    return deed
