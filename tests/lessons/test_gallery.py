"""The gallery of notebook 13: each ticket is fair, its cause and its line are found right, and no wrong mend passes."""

import re
from functools import cache
from ipaddress import ip_address

import pytest

from helpers import gallery, lessons
from helpers.check.notes import Told
from helpers.gallery import deeds, guards
from helpers.gallery.case import LETTERS, Case, plain
from helpers.gallery.fair import unfair_in
from helpers.gallery.names import DOMAINS, FREE, NETWORKS, PEOPLE, addresses, names
from helpers.lab import Lab, LabError
from helpers.lab.cast import CAST

HOUR = {"toms_half", "the_supplier", "the_old_provider", "nothing_leaves", "the_second_name", "back_at_once"}
SEEDS = (0, 5)
TICKETS = pytest.mark.parametrize("name", gallery.tickets())


def told(note) -> str:
    """What a note says, on one line."""
    return " ".join(repr(note).split())


def opened(name: str, seed: int = 0, named: bool = True) -> Case:
    """A ticket, its cause named."""
    case = gallery.ticket(name, seed)
    if named:
        assert case.diagnose(right(case), proofs(case)[0]).kind == "good"
    return case


def proofs(case: Case) -> list[str]:
    """The phrases of a ticket that prove its cause, as somebody would paste them."""
    return [case.say(phrase).removeprefix("= ") for phrase in case.ticket.proof]


def looked(case: Case, code: str) -> list[str]:
    """What is seen by a look that is typed so."""
    try:
        found = eval(code, {"case": case, "ip_address": ip_address})
        return found.splitlines() if isinstance(found, str) else repr(found).splitlines()
    except OSError as error:
        return [str(error)]


def right(case: Case) -> str:
    """The letter of the cause."""
    return LETTERS[case.causes.index(case.ticket.causes[0])]


@cache
def case_of(name: str, seed: int) -> Case:
    """A case that several tests only look at; what its labs showed has been read."""
    case = Case(name, gallery.tickets()[name], seed, beside=True)
    case.lab.close()
    return case


def test_there_are_eighteen_tickets_and_more_and_six_of_them_are_the_notebooks_hour():
    assert len(gallery.tickets()) >= 18
    assert gallery.tickets().keys() >= HOUR
    notebook = (lessons.FOLDER.parent / "13_fault_gallery.ipynb").read_text(encoding="utf-8")
    assert set(re.findall(r'gallery\.ticket\(\\"(\w+)\\"\)', notebook)) == HOUR
    assert [name for name, ticket in gallery.tickets().items() if ticket.sentences] == ["back_at_once"]


@TICKETS
def test_a_ticket_is_filled_in(name):
    ticket = gallery.tickets()[name]
    assert ticket.needs in lessons.folders()
    assert len({cause.text for cause in ticket.causes}) == 6 and all(one.happens or one.seen for one in ticket.causes)
    assert len(set(ticket.hints)) == 3 and all(hint.endswith("?") or "." in hint for hint in ticket.hints)
    assert ticket.proof and ticket.par >= 1 and "https://www.rfc-editor.org/" in ticket.after
    assert len(ticket.sentences) == 4 if ticket.sentences else len(ticket.wrong_mends) >= 3 and ticket.mend
    texts = [ticket.title, ticket.words, ticket.tools, ticket.after, *ticket.hints, *ticket.proof]
    texts += [text for cause in ticket.causes for text in (cause.text, cause.seen)]
    for text in texts:
        assert not re.search(r"\{\w*\}", case_of(name, 0).say(text)), text


@pytest.mark.parametrize("seed", SEEDS)
@TICKETS
def test_a_ticket_is_fair(name, seed):
    assert unfair_in(case_of(name, seed)) == []


@pytest.mark.parametrize("seed", SEEDS)
@TICKETS
def test_the_line_that_proves_it_is_seen_and_would_be_with_no_other_cause(name, seed):
    case = case_of(name, seed)
    assert any(map(case.proves, case.seen))
    for cause in case.ticket.causes[1:]:
        if cause.happens:
            assert not [line for line in case.as_if(cause) if case.proves(line)], cause


@pytest.mark.parametrize("seed", SEEDS)
@TICKETS
def test_the_cause_and_its_line_are_right_and_no_other_cause_or_line_is(name, seed):
    case = case_of(name, seed)
    for phrase in proofs(case):
        assert "this line shows it" in told(case.diagnose(right(case), phrase))
    for letter, cause in zip(LETTERS, case.causes, strict=False):
        if letter != right(case):
            said = told(case.diagnose(letter, proofs(case)[0]))
            assert (" ".join(case.say(cause.seen).split()) if cause.seen else "This would have been seen then") in said
    others = [line for line in case.seen if not case.proves(line) and len(plain(line)) > 20]
    told_of = [told(case.diagnose(right(case), line)) for line in others[:: max(1, len(others) // 8)]]
    assert all("does not show it" in said or "does not say what is wrong" in said for said in told_of)
    assert any("does not show it" in said for said in told_of)
    assert "not in this log" in told(case.diagnose(right(case), "250 2.0.0 All is well in Utopia"))


@TICKETS
def test_the_mend_closes_the_ticket_also_with_other_names(name):
    for seed in SEEDS:
        case = opened(name, seed)
        seen = [looked(case, case.say(look)) for look in case.ticket.way]
        assert all(map(any, seen)) and any(map(case.proves, sum(seen, []))), seen
        if case.ticket.sentences:
            texts = [text for text, _ in case._sentences().values()]
            said = told(case.close(LETTERS[texts.index(case.ticket.sentences[0][0])]))
        else:
            case.ticket.mend(case)
            said = told(case.close())
        looks = "one look is" if case.ticket.par == 1 else f"{case.ticket.par} looks are"
        assert "Closed:" in said and f"For this ticket {looks} enough:" in said, said
        assert " ".join(case.say(case.ticket.way[-1]).split()) in said
        assert " ".join(re.sub(r"\[([^]]+)\]\((\S+)\)", r"\1 (\2)", case.say(case.ticket.after)).split()) in said


WRONG = [
    pytest.param(name, number, id=f"{name}-{number}")
    for name, ticket in gallery.tickets().items()
    for number in range(len(ticket.wrong_mends))
]


@pytest.mark.thorough
@pytest.mark.parametrize(("name", "number"), WRONG)
def test_a_wrong_mend_does_not_pass_and_is_told_why(name, number):
    case = opened(name)
    mend, phrase = case.ticket.wrong_mends[number]
    mend(case)
    note = case.close()
    assert note.kind == "bad" and phrase in told(note), note


def test_a_wrong_sentence_is_told_why():
    case = opened("back_at_once")
    assert "case.sentences()" in told(case.close())
    assert "none of the letters" in told(case.close("z"))
    for letter, (text, why) in case._sentences().items():
        assert why in " ".join(case.close(letter).parts) if text != case.ticket.sentences[0][0] else why == ""


def test_the_same_seed_is_the_same_case_and_another_one_has_other_names_and_addresses():
    first, again = case_of("toms_half", 0), Case("toms_half", gallery.tickets()["toms_half"], beside=True)
    again.lab.close()
    assert repr(first) == repr(again) and first.seen == again.seen
    other = case_of("toms_half", 5)
    assert not set(first.names.values()) & set(other.names.values())
    doors = [{one.address for delivery in case.log for one in delivery.attempts} for case in (first, other)]
    assert doors[0] and doors[1] and not doors[0] & doors[1]
    assert repr(first) != repr(other)


def test_random_tickets_never_end():
    cards = {seed: repr(gallery.random(seed)) for seed in (7, 8, 7)}
    assert repr(gallery.random(7)) == cards[7] != cards[8]
    assert {gallery.random(seed, upto=5).ticket.needs for seed in range(4)} == {"05_live_server"}
    with pytest.raises(gallery.UnknownTicket, match="after notebook 4"):
        gallery.random(7, upto=4)


def test_names_and_addresses_are_nobodys_in_the_cast():
    taken = {address for host in CAST for address in host.addresses}
    for network in NETWORKS:
        assert not taken & {f"{network}.{number}" for number in FREE}
    assert not {host.name for host in CAST} & set(DOMAINS) and len(set(PEOPLE)) == len(PEOPLE)
    assert names({"domain": "x.test", "person": "tom"}, 0) == {"domain": "x.test", "person": "tom", "Person": "Tom"}
    some = [next(pool) for pool in [addresses(3)] for _ in range(100)]
    assert len(set(some)) == 100 and len({address.rpartition(".")[0] for address in some}) == 1


def test_blanks_odd_answers_and_unknown_names_get_a_sentence():
    case = gallery.ticket("a_missing_dot")
    assert case.diagnose().kind == case.close().kind == "open"
    for cause, line in (
        ("z", "a line"),
        ("everybody", "a line"),
        ("a mistake", "a line"),
        (7, "a line"),
        (None, None),
        (right(case), 7),
        (right(case), "two\nlines"),
    ):
        assert case.diagnose(cause, line).kind == "bad"
    assert (
        case.diagnose(f"{right(case)})", "1. MX records of pottery.test: 10 mx1.pottery.test.pottery.test").kind
        == "good"
    )
    with pytest.raises(gallery.UnknownTicket, match="gallery.box"):
        gallery.ticket("no_such_ticket")
    with pytest.raises(Told, match="no setting 'no such'"):
        case.settings["no such"] = 1


def test_a_setting_has_a_kind_and_its_names_are_suggested():
    case = gallery.ticket("toms_half")
    with pytest.raises(Told, match="Did you mean mx1.twins.test users"):
        case.settings["mx1.twins.test user"] = "tom"
    with pytest.raises(Told, match="a text"):
        case.settings["mx1.twins.test users"] = ["tom"]
    assert case.settings["mx1.twins.test users"] == "tom, tina"
    case = gallery.ticket("one_office")
    (name,) = case.settings
    with pytest.raises(Told, match="'now and then' is none of the choices: 'before signing', "):
        case.settings[name] = "now and then"
    assert case.settings[name] == "after signing" and "(or 'before signing', 'never')" in repr(case.settings)
    case = gallery.ticket("thirteen_megabytes")
    (name,) = case.settings
    for millions in (0, -3, 21):
        with pytest.raises(Told, match=f"and {millions} it cannot have"):
            case.settings[name] = millions
    assert case.settings[name] == 13


def test_a_line_that_comes_of_the_cause_and_does_not_say_it_is_no_proof():
    for name, line in (
        ("one_office", "From the north"),
        ("undelivered", "To: sdfkjh@freight.test"),
        ("the_supplier", "5.7.24 SPF: the record of bulbs.test cannot be used"),
    ):
        case = case_of(name, 0)
        whole = next(one for one in case.seen if line in one)
        assert case.diagnose(right(case), whole).kind == "bad", whole


def test_an_older_case_says_how_it_is_opened_again():
    older, seventh = gallery.ticket("toms_half"), gallery.ticket("a_missing_dot", 7)
    older._named = seventh._named = True
    with pytest.raises(LabError, match=re.escape('Open it again: case = gallery.ticket("toms_half")')):
        older.lab.lookup("twins.test", "MX")
    assert "This ticket is shut" in told(older.close())
    Lab()
    assert 'case = gallery.ticket("a_missing_dot", 7)' in told(seventh.close())
    lent = gallery.lend(**OWN)
    lent._named = True
    Lab()
    assert "gallery.lend(**my_ticket)" in told(lent.close())


def test_hints_are_questions_and_open_the_solution():
    case = gallery.ticket("toms_half")
    assert case.solution().kind == "open"
    for number in (1, 2, 3, 3):
        assert f"question {number} of 3" in told(case.hint())
    assert f"{right(case)}) one exchange of twins.test has no tom" in told(case.solution())


def test_a_right_diagnosis_opens_the_solution():
    case = opened("toms_half")
    assert f"{right(case)}) one exchange of twins.test has no tom" in told(case.solution())


def test_the_box_lists_all_and_shows_itself():
    box = gallery.box()
    assert all(name in repr(box) and name in box._repr_html_() for name in gallery.tickets())


def test_each_notebook_offers_the_tickets_that_it_has_taught():
    offered = {}
    for lesson in lessons.folders():
        text = (lessons.FOLDER.parent / f"{lesson}.ipynb").read_text(encoding="utf-8")
        for line in re.findall(r"\*\*Tickets:\*\* .*?(?:\\n)?\"", text):
            for name in re.findall(r"`(\w+)`", line):
                offered[name] = lesson
    assert offered == {name: one.needs for name, one in gallery.tickets().items() if name not in HOUR}


def test_the_guide_has_a_row_for_each_ticket_with_its_notebook_and_its_looks():
    text = (lessons.FOLDER.parent / "instructor_guide.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (\d\d) \| (\d+) \| .+ \| .+ \|$", text, re.MULTILINE)
    assert rows == [(name, one.needs[:2], str(one.par)) for name, one in gallery.tickets().items()]


# What a neighbour is lent


def _away(lab):
    lab.faults.down("corner-shop.test")


def _stopped(lab):
    lab.faults.refuse("corner-shop.test")


OWN = {"words": "Nothing comes.", "to": "olive@corner-shop.test", "causes": {"stopped": _stopped, "away": _away}}


def test_a_ticket_of_ones_own_is_lent_solved_and_closed():
    case = gallery.lend(**OWN)
    assert "Nothing comes." in repr(case)
    assert "would have been seen" in told(case.diagnose("ab"[right(case) == "a"], "refuses port 25"))
    assert case.diagnose(right(case), "corner-shop.test (203.0.113.90) refuses port 25").kind == "good"
    assert "as before" in told(case.close())
    case.lab.faults.clear("corner-shop.test")
    assert "Closed:" in told(case.close())


def test_an_unfair_ticket_is_not_lent():
    with pytest.raises(ValueError, match="nothing to complain of"):
        gallery.lend(**(OWN | {"causes": {"nothing": lambda lab: None, "away": _away}}))


# The guards


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda lab: setattr(lab.mail_hosts["mx1.outlook.test"], "relays", True), "open relay"),
        (lambda lab: setattr(lab.mail_hosts["mx2.outlook.test"], "knows_people", False), "backscatter"),
        (lambda lab: setattr(lab.mail_hosts["bank.test"], "policy", None), "check of bank.test is switched off"),
        (lambda lab: _rewrite(lab, "bank.test", "p=reject", "p=none"), "DMARC record of _dmarc.bank.test"),
        (lambda lab: _rewrite(lab, "bank.test", "p=reject", "p=quarantine"), "DMARC record"),
        (lambda lab: _rewrite(lab, "bank.test", '_dmarc    TXT    "v=DMARC1; p=reject', 'x TXT "'), "DMARC record"),
        (lambda lab: _rewrite(lab, "bank.test", "a -all", "a ~all"), "SPF record of bank.test"),
        (lambda lab: _rewrite(lab, "bank.test", "a -all", "a"), "SPF record of bank.test"),
        (lambda lab: _rewrite(lab, "bank.test", "a -all", "+all"), "SPF record of bank.test"),
    ],
)
def test_a_guard_sees_what_is_worse(harm, said):
    with Lab(beside=True) as lab:
        lab.mail_hosts["bank.test"].policy = lambda session, step, value: None
        before = guards.state(lab)
        assert guards.worse(before, guards.state(lab)) is None
        harm(lab)
        assert said in guards.worse(before, guards.state(lab))


def _rewrite(lab, origin, old, new):
    text = lab.zone_text(origin)
    assert old in text
    lab.publish(text.replace(old, new))


def test_deeds_do_what_they_say():
    case = Case("a_missing_dot", gallery.tickets()["a_missing_dot"], cause=deeds.nothing, beside=True)
    with case:
        assert case.well()
        deeds.both(deeds.down("mx1.{domain}"), deeds.refuse("ns.{domain}", 53))(case)
        assert case.lab.faults.is_down("mx1.pottery.test") and case.lab.faults.trouble("ns.pottery.test", 53)
        deeds.clear("mx1.{domain}")(case)
        assert not case.lab.faults.is_down("mx1.pottery.test")
        with pytest.raises(LookupError, match="does not stand in the zone pottery.test"):
            case.edit("pottery.test", "no such text", "")
        case.edit("pottery.test", "MX 10", "MX 20")
        assert "2026030202" in case.lab.zone_text("pottery.test")
