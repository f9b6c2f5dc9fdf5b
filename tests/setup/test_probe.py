"""The probe of a network, tried in rooms on loopback, one for each kind: the real internet is never asked by a test."""

import dns.resolver
import pytest

from helpers import answers, probe, rooms
from helpers.health import domains, report
from helpers.lab import Lab
from helpers.probe import QUESTIONS

STATES = {  # by room, in the order of QUESTIONS
    "machine": ("open", "open", "open", "open", "open"),
    "home": ("open", "open", "open", "open", "silent"),
    "campus": ("open", "silent", "silent", "open", "refused"),
    "cloud": ("open", "silent", "silent", "open", "silent"),
    "hotel": ("somebody else", "somebody else", "open", "somebody else", "silent"),
    "cafe": ("open", "open", "open", "open", "somebody else"),
    "plane": ("silent", "silent", "silent", "silent", "silent"),
}
NAMES = ("mail_hosts", "tags", "spf_terms", "spf_lookups", "spf_result", "sts_allows", "txt_strings", "confirmed")


@pytest.fixture(scope="module")
def lab():
    with Lab(beside=True) as made:
        yield made


places = rooms.room


def test_each_kind_of_network_has_a_room():
    assert STATES.keys() == rooms.ROOMS.keys()


@pytest.mark.parametrize("room", STATES)
def test_what_each_room_permits(lab, room):
    network = probe.probe(QUESTIONS, places(lab, room))
    assert tuple(one.state for one in network.outcomes) == STATES[room], network
    for one in network.outcomes:
        assert one.came and one.means in repr(network) and one.state in network._repr_html_()


def test_who_answered_on_port_25_is_in_what_came(lab):
    assert probe.probe(["port 25"], places(lab, "machine"))["port 25"].came == "220 mx1.outlook.test ESMTP"
    assert probe.probe(["port 25"], places(lab, "cafe"))["port 25"].came == "220 mail.isp.test ESMTP"


def test_of_an_exchange_nothing_is_asked_but_its_greeting(lab):
    with lab.tap("mx1.outlook.test") as tap:
        assert probe.probe(["port 25"], places(lab, "machine"))["port 25"].state == "open"
    assert [heard["C"] for heard in tap.octets] == [b"QUIT\r\n"]


@pytest.mark.parametrize("permitted", [[], ["HTTPS"], ["own resolver", "port 25"], "other by TCP"])
def test_only_what_is_permitted_is_asked(lab, permitted, monkeypatch):
    asked = []
    monkeypatch.setattr(
        probe, "_ASK", {name: lambda _, name=name: asked.append(name) or ("open", "x") for name in QUESTIONS}
    )
    network = probe.probe(permitted, places(lab, "machine"))
    wanted = [permitted] if isinstance(permitted, str) else permitted
    assert sorted(asked) == sorted(wanted)
    assert {one.question for one in network.outcomes if one.state != "not asked"} == set(wanted)


def test_what_is_no_question_is_a_sentence():
    with pytest.raises(ValueError, match="'port 587' is none of the questions, which are: 'own resolver'"):
        probe.probe(["port 587"])


def test_the_plan_names_everybody_who_would_be_asked():
    plan = probe.plan()
    for who in (probe.INTERNET.other[0], probe.INTERNET.nobody[0], probe.INTERNET.https, probe.INTERNET.exchange[0]):
        assert who in plan
    assert all(f'"{question}"' in plan for question in QUESTIONS)


def test_each_state_has_its_meaning():
    for question in QUESTIONS:
        assert {"open", "silent", "refused", "no way"} <= probe.MEANS[question].keys()


def test_where_the_system_names_no_resolver(lab, monkeypatch):
    def none():
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", none)
    assert probe.probe(["own resolver"]).outcomes[0].state == "no way"


@pytest.fixture(scope="module")
def street(lab):
    every = domains.all_of_them()
    return domains.lay(lab, every[""], every["spf-two"])


@pytest.mark.parametrize("way", ["own resolver", "other by UDP", "other by TCP", "HTTPS"])
def test_a_report_by_each_way_that_is_open(lab, street, way):
    room = places(lab, "machine")
    network = probe.probe([way], room)
    asking = probe.asking(network)
    functions = {name: getattr(answers, name) for name in NAMES}
    for one in street.domains.values():
        found = report(one.name, asking, functions, one.addresses, one.letter)
        assert found.findings == (("spf-two",) if one.name == "spf-two.test" else ())
        assert [line.check for line in found.lines if line.severity == "not asked"] == ["MTA-STS"]
    assert asking.fetch is None and asking.connect is None


def test_where_nothing_is_open_there_is_nobody_to_ask(lab):
    assert probe.asking(probe.probe(QUESTIONS, places(lab, "plane"))) is None
    assert probe.asking(probe.probe([])) is None


def test_the_policy_is_fetched_where_that_is_permitted(lab, street, monkeypatch):
    def connect(address, port, source, timeout):
        return lab.connect(address, port, timeout=timeout)

    monkeypatch.setattr(probe._Internet, "connect", staticmethod(connect))
    monkeypatch.setattr(probe._Web, "client_context", staticmethod(lab.certificates.client_context))
    asking = probe.asking(probe.probe(["own resolver"], places(lab, "machine")), fetch=True)
    functions = {name: getattr(answers, name) for name in NAMES}
    one = street.domains["perfect.test"]
    found = report(one.name, asking, functions, one.addresses, one.letter)
    assert found.worst == "fine"


def test_a_lab_takes_its_rooms_along():
    lab = Lab(beside=True)
    room = rooms.room(lab, "hotel")
    assert probe.probe(["own resolver"], room).outcomes[0].state == "somebody else"
    lab.close()
    assert probe.probe(["other by TCP", "own resolver"], room)["other by TCP"].state == "refused"
