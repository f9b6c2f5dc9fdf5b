"""course.share(): what a learner sees before anything goes to the class's board, and how it comes back."""

import json
import socket

import pytest

from helpers import blocks, check, course, events, sharing
from helpers.check import prediction, registry
from helpers.events import Event
from helpers.lab.neighbours import places, talk

SECRET, NAME = "a secret of this test", "where_is_it"


def told(note) -> str:
    """A note's text, in one line."""
    return " ".join(repr(note).split())


@pytest.fixture
def learner(course):
    """A copy in which some was done: with tries, hints, a wrong prediction and a belief behind it."""
    (course / "mymail.py").write_text(blocks.with_block("", "mail_hosts", "def mail_hosts(): 'my diary'\n")[0])
    for event in (
        Event("happened", "00_first_letter", "what_is_asked", belief="query_for_address", missed=True),
        Event("hint", "00_first_letter", "three_fates"),
        Event("passed", "00_first_letter", "three_fates", at="2026-11-30T09:00:00+00:00"),
    ):
        events.add(course, event)
    return course


@pytest.fixture
def sent(monkeypatch):
    """A hub, and what is said to its meeting place."""
    monkeypatch.setenv(places.VARIABLE, "7 ada key-of-ada")
    sent, nothing = [], {"which": "first", "flower": "rose", "passed": None, "votes": {}}
    monkeypatch.setattr(
        talk, "tell", lambda port, person, key, **words: sent.append((port, person, key, words)) or nothing
    )
    return sent


@pytest.fixture
def chosen(learner):
    check.predict(NAME, "b")
    yield "b"
    prediction._chosen.clear()


def test_it_shows_what_would_be_shared_and_shares_nothing(learner, sent):
    said = told(course.share())
    assert "nothing is shared yet" in said and "What would be shown" in said and "What is not shown" in said
    assert "as rose.class.test" in said and "three_fates, mail_hosts" in said and "course.share(agreed=True)" in said
    assert sent == [(7, "ada", "key-of-ada", {"do": "shared"})]


def test_what_goes_out_is_what_was_shown_and_nothing_else_of_progress(learner, sent):
    said = told(course.share(agreed=True))
    ((*_, words),) = sent
    assert words == {"do": "share", "passed": ["three_fates", "mail_hosts"]}
    assert all(name in said for name in words["passed"]) and "on the board" in said and "agreed=False" in said


def test_a_vote_is_the_letter_that_is_chosen_and_no_more(learner, sent, chosen):
    said = told(course.share(NAME))
    assert "b) in the server's memory" in said and "nothing is shared yet" in said
    said = told(course.share(NAME, agreed=True))
    assert "your first vote" in said and "b) in the server's memory" in said
    assert [words for *_, words in sent] == [{"do": "shared"}, {"do": "vote", "name": NAME, "choice": "b"}]


def test_without_a_choice_there_is_no_vote(learner, sent):
    assert f'check.predict("{NAME}")' in told(course.share(NAME, agreed=True)) and not sent
    with pytest.raises(LookupError, match="near it"):
        course.share("where_is_i", agreed=True)


def test_off_a_hub_nothing_is_sent_and_a_sentence_says_why(learner, chosen, monkeypatch):
    monkeypatch.delenv(places.VARIABLE, raising=False)
    monkeypatch.setattr(socket, "create_connection", None)
    for agreed in (None, True, False):
        with pytest.raises(course.CourseError, match="There is no board here"):
            course.share(agreed=agreed)
    with pytest.raises(course.CourseError, match="There is no board here"):
        course.share(NAME, agreed=True)


def test_where_the_hub_is_gone_a_sentence_says_so(learner, monkeypatch):
    monkeypatch.setenv(places.VARIABLE, "1 ada key")
    with pytest.raises(course.CourseError, match="does the hub run. Nothing has been shared"):
        course.share(agreed=True)


def test_outside_a_copy_there_is_nothing_to_share(sent, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(course.CourseError, match="my-course/"):
        course.share(agreed=True)
    assert not sent


def test_shared_counted_and_taken_back_at_a_real_meeting_place(learner, chosen, monkeypatch):
    port = places.start(SECRET)
    teacher = ("", talk.key(SECRET, ""))
    try:
        for person in ("ada", "bob", "eve", "ann", "tom"):
            monkeypatch.setenv(places.VARIABLE, f"{port} {person} {talk.key(SECRET, person)}")
            course.share(NAME, agreed=True)
            course.share(agreed=True)
        check.predict(NAME, "c")
        assert "your second vote" in told(course.share(NAME, agreed=True))
        assert f"you share what you have passed, a vote on {NAME} so far" in told(course.share())
        board = talk.tell(port, *teacher, do="board")
        assert board["votes"] == {NAME: [[5, {"b": 5}], [1, {}]]} and board["passed"] == {
            "three_fates": 5,
            "mail_hosts": 5,
        }
        assert not any(person in json.dumps(board) for person in ("ada", "bob", "eve", "ann", "tom"))
        assert "taken back" in told(course.share(agreed=False))
        board = talk.tell(port, *teacher, do="board")
        assert board["votes"] == {NAME: [[4, {}], [0, {}]]} and (board["sharing"], board["passed"]) == (4, {})
        with pytest.raises(OSError, match="makes no sense"):
            talk.tell(port, "ada", talk.key(SECRET, "ada"), do="vote", name="<b>", choice="a")
    finally:
        talk.tell(port, *teacher, do="end")


def test_what_it_says_of_a_prediction_is_the_courses(learner, sent, chosen):
    assert registry.prediction(NAME).lettered["b"].text in repr(sharing.share(NAME))
