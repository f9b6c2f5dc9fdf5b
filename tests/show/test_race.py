"""A race for an answer: the order, the rule's reasons, what differs from run to run, and what strangers may send."""

import re
import sys

import dns.message
import pytest

from helpers.answers import is_answer
from helpers.show.race import OTHER, SERVER, TITLE, Race
from helpers.show.race_widget import RaceView

SERVER_AT, MALLORY_AT = ("127.0.0.1", 40053), ("127.0.0.1", 40666)
ALL_THAT_FITS = "✓ taken: all of it fits"


def same_id(query, message, asked, sender):
    return message[:2] == query[:2]


def message(id_=0x1A2B, name="mx1.outlook.test", address="203.0.113.25") -> tuple[bytes, bytes]:
    """A question and its answer."""
    query = dns.message.make_query(name, "A", id=id_)
    answer = dns.message.make_response(query)
    answer.answer = [dns.rrset.from_text(f"{name}.", 300, "IN", "A", address)]
    return query.to_wire(), answer.to_wire()


def run(rule, *came, id_=0x1A2B) -> Race:
    race = Race(message(id_)[0], SERVER_AT, rule)
    for octets, sender in came:
        race.add(octets, sender)
    return race


def fates(race: Race) -> list[str]:
    return [row[-1] for row in race._rows()[1:]]


FORGED, REAL = (message(address="203.0.113.66")[1], MALLORY_AT), (message()[1], SERVER_AT)


def test_the_first_with_the_id_is_taken_and_the_real_one_is_too_late():
    race = run(same_id, FORGED, REAL)
    assert fates(race) == [
        "✓ taken: nobody looked at where it comes from",
        "✗ too late: one was taken before it",
    ]
    assert race.believed == FORGED and len(race) == 2
    assert [row[0] for row in race._rows()] == ["You", OTHER, SERVER]


def test_a_rule_that_looks_at_more_says_so_itself():
    assert fates(run(is_answer, FORGED, REAL)) == [
        "✗ not taken: it comes from where nobody was asked",
        ALL_THAT_FITS,
    ]
    other = (message(name="www.outlook.test")[1], SERVER_AT)
    assert fates(run(is_answer, other)) == ["✗ not taken: it answers another question"]
    assert fates(run(is_answer, (message()[0], SERVER_AT))) == ["✗ not taken: the rule says no"]  # a question is none
    assert fates(run(is_answer, (message(name="MX1.outlook.TEST")[1], SERVER_AT))) == [ALL_THAT_FITS]


def test_only_what_the_rule_looked_at_is_a_reason():
    """Mallory's port is wrong as well, and this rule would not have minded."""
    real = (message(0x9C01)[1], SERVER_AT)
    assert fates(run(same_id, FORGED, real, id_=0x9C01)) == ["✗ not taken: it bears another id", ALL_THAT_FITS]
    assert fates(run(is_answer, FORGED, id_=0x9C01)) == [
        "✗ not taken: it bears another id, and it comes from where nobody was asked"
    ]


def test_nothing_that_differs_from_run_to_run_is_in_a_static_face():
    one = run(same_id, FORGED, (message(0x9C01)[1], SERVER_AT), id_=0x9C01)
    two = run(same_id, (FORGED[0], ("127.0.0.1", 50123)), (message(0x0457)[1], SERVER_AT), id_=0x0457)
    assert repr(one) == repr(two) and one._repr_html_() == two._repr_html_()
    for face in (repr(one), one._repr_html_()):
        assert TITLE in face and not re.search(r"0x|127\.0|4\d{4}\b| ms\b| id=", face)
    assert [one.came[0].after <= one.came[1].after, one.came[0].after >= 0] == [True, True]


def test_what_a_stranger_sends_is_text():
    name = dns.name.Name((b"<img src=x>\x1b[2J", b"test", b""))
    answer = dns.message.make_response(dns.message.make_query(name, "A", id=1)).to_wire()
    race = run(same_id, (b"\x1a", MALLORY_AT), (b"", MALLORY_AT), (answer, SERVER_AT), (FORGED[0][:20], MALLORY_AT))
    assert fates(race)[0] == "✗ not taken: it bears another id"
    for face in (repr(race), race._repr_html_(), str(race._steps())):
        assert "\x1b" not in face and ("<img" not in face or face is not race._repr_html_())
    assert "1 octets that are no DNS message" in repr(race)
    assert "script" not in race._repr_html_() and race._steps()[1]["facts"][0] == ["Id", "0x1a2b", "0x1a", "≠"]


def test_the_view_has_what_was_measured(monkeypatch):
    ipython = type("IPython", (), {"get_ipython": staticmethod(lambda: type("Shell", (), {"kernel": 1})())})
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    race = run(same_id, FORGED, REAL)
    bundle = race._repr_mimebundle_()
    assert bundle["text/plain"] == repr(race) and "application/vnd.jupyter.widget-view+json" in bundle
    assert isinstance(race._widget, RaceView)
    rows = race._widget.rows
    assert [(row["from"], row["to"]) for row in rows] == [(0, 1), (2, 0), (1, 0)]
    assert rows[1]["facts"][2] == ["Address", "127.0.0.1, port 40053", "127.0.0.1, port 40666", "≠"]
    assert rows[1]["after"] == pytest.approx(race.came[0].after * 1000)
    assert (
        race._repr_mimebundle_()["application/vnd.jupyter.widget-view+json"]
        == bundle["application/vnd.jupyter.widget-view+json"]
    )
