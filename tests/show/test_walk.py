"""The walk and the clock by code: what the lab's resolver does is what is shown, and nothing is shown too early."""

import sys

import pytest

from helpers.answers import walk as reference
from helpers.lab import Lab
from helpers.lab.errors import LabError
from helpers.show import walk as module
from helpers.show.walk import Asked, Walk, drawn, tree
from helpers.show.walk_widget import WalkView
from tests.notebooks.test_bare_faces import Bare

SHOP = "corner-shop.test"
OLD, NEW = "203.0.113.90", "203.0.113.99"


@pytest.fixture
def lab():
    with Lab(beside=True) as made:
        yield made


@pytest.fixture
def moved(lab):
    """A lab in which Olive has moved ten minutes after somebody had looked."""
    lab.resolver.resolve(SHOP, "A")
    lab.clock.advance(minutes=10)
    lab.publish(lab.zone_text(SHOP).replace(OLD, NEW))
    return lab


@pytest.fixture
def in_kernel(monkeypatch):
    """As if an IPython kernel ran, so that a widget is made; no front end is there."""
    ipython = type("IPython", (), {"get_ipython": staticmethod(lambda: type("Shell", (), {"kernel": 1})())})
    monkeypatch.setitem(sys.modules, "IPython", ipython)


def shown(view) -> WalkView:
    assert "application/vnd.jupyter.widget-view+json" in view._repr_mimebundle_()
    return view._widget


def names(places):
    return [(place.depth, place.name, [n for n, _ in place.steps]) for place in places]


def test_the_tree_has_who_was_asked_in_which_order_and_what_is_kept(moved):
    view = Walk(moved, SHOP)
    assert names(view._places()) == [(0, "the root", [1]), (1, "test", [2]), (2, SHOP, [3])]
    assert repr(view).split("\n")[:5] == [
        "The walk and the clock: corner-shop.test A",
        "  Mon, 02 Mar 2026 09:10:00 +0000",
        "  ████████████ ✓ corner-shop.test says: 203.0.113.99; good for 3600 seconds",
        "  ██████████░░ ↺ resolver.isp.test keeps: corner-shop.test A 203.0.113.90; 3000 of 3600 seconds left",
        "  Whom it asked for its copy:",
    ]
    assert "keeps: name server of test: a.nic.test; 85800 of 86400 seconds left" in repr(view)


def test_aliases_lead_into_other_branches(lab):
    lab.resolver.resolve("www.outlook.test", "A")
    assert names(tree(lab.trail.steps)) == [
        (0, "the root", [1]),
        (1, "test", [2, 4, 5]),  # step 4 is a short cut
        (2, "isp.test", [6]),
        (2, "outlook.test", [3]),
    ]
    with pytest.raises(LabError, match="has not walked to the A of www.outlook.test"):
        Walk(lab, "www.outlook.test")


@pytest.mark.parametrize(
    ("seconds", "said", "came", "what"),
    [
        (0, "new", "old", f"{OLD}; it remembered, and asked nobody"),
        (2999, "old", "old", f"{OLD}; it remembered, and asked nobody"),
        (3000, "new", "new", f"{NEW}; it asked corner-shop.test"),
        (90000, "old", "new", f"{NEW}; it asked a.root-servers.test, a.nic.test, corner-shop.test"),
    ],
)
def test_what_comes_is_what_the_resolver_says(moved, seconds, said, came, what):
    view = Walk(moved, SHOP)
    moved.clock.advance(seconds)
    asked = view.ask(said)
    assert (asked.said, asked.came, asked.what, asked.foreseen) == (said, came, what, said == came)
    assert view.asked == (asked,) and view.trail is moved.trail
    assert repr(asked) == f"{'✓' if said == came else '≠'} {asked.when}: you said {said}, and {came} came: {what}."


def test_a_published_zone_is_heard_and_a_short_cut_is_drawn_as_one(moved):
    view = Walk(moved, SHOP)
    moved.clock.advance(3000)
    view.ask("new")
    assert "1. ↺ short cut: resolver.isp.test remembers the name server of corner-shop.test" in "\n".join(
        module._text(view._places())
    )
    moved.publish(moved.zone_text(SHOP).replace(NEW, "203.0.113.98"))
    assert view.ask("old").came == "old"


def test_a_no_is_kept_too(moved):
    assert moved.lookup(f"new.{SHOP}", "A").outcome == "NXDOMAIN"
    view = Walk(moved, f"new.{SHOP}")
    assert "the name new.corner-shop.test does not exist (NXDOMAIN); 60 of 60 seconds left" in repr(view)
    moved.publish(moved.zone_text(SHOP) + "new A 203.0.113.99\n")
    assert view.ask("new").came == "old"
    moved.clock.advance(60)
    assert view.ask("new").what.startswith(NEW)


def test_a_server_that_is_silent_has_said_nothing_new(moved):
    view = Walk(moved, SHOP)
    moved.faults.down(SHOP)
    moved.clock.advance(3000)
    asked = view.ask("new")
    assert asked.came == "" and "neither came: no answer can be had" in repr(asked) and not asked.foreseen
    assert view._says_now() == (0, "↻ corner-shop.test says nothing")


def test_closed_it_tells_no_time_and_asks_nobody(moved, in_kernel):
    view = Walk(moved, SHOP, "A", ...)
    for face in (repr(view), view._repr_html_()):
        assert "3000" not in face and "░" not in face and "for how long?" in face and module.CLOSED in face
    assert set(view._repr_mimebundle_()) == {"text/plain", "text/html"}
    with pytest.raises(LabError, match="Closed until the exercise"):
        view.ask("new")
    assert "3000" in repr(Walk(moved, SHOP, "A", "a wrong answer opens it as well"))


def test_it_asks_for_one_of_two_words_and_for_a_walk(moved):
    with pytest.raises(ValueError, match='Say "old" or "new" first'):
        Walk(moved, SHOP).ask("both")
    with pytest.raises(LabError, match="has not walked to the MX of corner-shop.test: look it up first"):
        Walk(moved, SHOP, "MX")


def test_its_faces_never_change_and_hold_on_github(moved):
    view = Walk(moved, SHOP)
    before = repr(view), view._repr_html_()
    moved.clock.advance(3000)
    view.ask("new")
    assert (repr(view), view._repr_html_()) == before
    bare = Bare(before[1])
    assert not bare.amiss
    assert all(word in bare.words for word in before[0].split())


def test_what_a_zone_says_is_text(lab):
    lab.publish(
        "$ORIGIN learner.test.\n$TTL 60\n@ SOA ns postmaster 1 60 60 60 60\n@ NS ns\n"
        '@ TXT "<img src=x onerror=alert(1)>"\nns A 192.0.2.52\n'
    )
    lab.resolver.resolve("learner.test", "TXT")
    html = Walk(lab, "learner.test", "TXT")._repr_html_()
    assert "<img" not in html and "&lt;img" in html
    assert not [word for word in ("innerHTML", "outerHTML", "insertAdjacentHTML") if word in WalkView._esm]


def test_the_widget_moves_the_lab_s_clock_and_only_forward(moved, in_kernel):
    view = Walk(moved, SHOP)
    widget = shown(view)
    assert widget.most == 7200 and widget.begins == "09:10:00"
    widget._bidden(widget, {"to": 1200}, [])
    assert str(moved.clock) == "Mon, 02 Mar 2026 09:30:00 +0000" == widget.state["now"]
    assert widget.state["keeps"][0][0] == 0.5 and widget.state["gone"] == 1200
    for content in ({"to": 600}, {"to": None}, {"to": "3000"}, {"say": "both"}, {}):
        widget._bidden(widget, content, [])
        assert widget.state["gone"] == 1200
    widget._bidden(widget, {"to": 600}, [])
    assert widget.state["news"] == "It is 09:30:00 already: the lab's clock only moves forward."
    widget._bidden(widget, {"say": "old"}, [])
    assert widget.state["news"].startswith("✓ 09:30:00: you said old, and old came")
    assert widget.state["asked"] == [] and widget.state["places"][2]["steps"][0][2]
    moved.clock.advance(1800)  # by code, and heard
    assert widget.state["news"] == "It is 10:00:00. The copy has run out."
    assert [colour for colour, _ in widget.state["asked"]] == ["mail-good"]
    widget._bidden(widget, {"to": 10**9}, [])
    assert widget.state["gone"] == 7200 and widget.answered == 9
    moved.close()
    assert not widget.state["alive"] and widget.state["news"] == module.GONE
    widget._bidden(widget, {"say": "new"}, [])
    assert not widget.state["alive"] and len(view.asked) == 1


def test_whom_the_learner_s_own_function_asked(lab):
    found = drawn(reference, "twins.test", "MX", lab)
    assert names(found._places) == [(0, "the root", [1]), (1, "test", [2]), (2, "twins.test", [3])]
    assert repr(found).endswith("It gave ['10 mx1.twins.test.', '10 mx2.twins.test.'].")
    no = drawn(reference, "outlok.test", "MX", lab)
    assert names(no._places) == [(0, "the root", [1]), (1, "test", [2])]
    assert "2. ✗ NXDOMAIN: a.nic.test says that there is no such name" in repr(no)
    assert not Bare(no._repr_html_()).amiss

    def astray(name, rdtype, ask):
        ask("ns1.outlook.test", name, rdtype)
        ask("a.nic.test.", name, rdtype)

    assert names(drawn(astray, "twins.test", "MX", lab)._places) == [(0, "the root", [1, 2])]

    def for_ever(name, rdtype, ask):
        while True:
            ask("a.root-servers.test", name, rdtype)

    with pytest.raises(LabError, match="After 40 questions it was still asking"):
        drawn(for_ever, "twins.test", "MX", lab)


def test_neither_is_not_foreseen():
    assert not Asked("09:00:00", "old", "", "nothing").foreseen
