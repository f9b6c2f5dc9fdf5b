"""The class's board: what it counts, what it keeps to itself, and to whom it opens."""

import asyncio
import json
import re
from html.parser import HTMLParser

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.httpserver import HTTPServer

from classroom import board, board_page
from classroom.place import BOARD, board_token
from helpers import lessons
from helpers.check import registry
from helpers.lab.neighbours import talk
from helpers.lab.neighbours.shares import Shares
from tests.peers.places import free_place

NAME, OTHER = "where_is_it", "first_event"
BOARD_OF = {
    "there": [["anemone", True], ["aster", False]],
    "joined": 7,
    "ended": False,
    "now": 1772442000.0,
    "sharing": 6,
    "passed": {"mail_hosts": 5, "three_fates": 2},
    "votes": {NAME: [[12, {"a": 3, "b": 4, "c": 5}], [5, {"a": 5}]], OTHER: [[3, {}], [0, {}]]},
}


class Text(HTMLParser):
    """What a page says, and its tags."""

    def __init__(self, html: str):
        super().__init__()
        self.said, self.tags = "", []
        self.feed(html)

    def handle_data(self, data):
        self.said += data

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)


@pytest.fixture
def shares():
    return Shares()


# What is counted


def test_below_five_votes_there_is_only_their_number_and_then_the_bars(shares):
    for number, choice in enumerate("abca"):
        assert shares.vote(f"learner{number}", NAME, choice) == "first"
    assert shares.counts()["votes"] == {NAME: [[4, {}], [0, {}]]}
    shares.vote("another", NAME, "a")
    assert shares.counts()["votes"] == {NAME: [[5, {"a": 3, "b": 1, "c": 1}], [0, {}]]}


def test_a_second_vote_stands_beside_the_first_and_a_third_in_its_place(shares):
    for number in range(5):
        shares.vote(f"learner{number}", NAME, "a")
    for choice in "bc":
        assert [shares.vote(f"learner{number}", NAME, choice) for number in range(4)] == ["second"] * 4
    assert shares.counts()["votes"][NAME] == [[5, {"a": 5}], [4, {}]]
    shares.vote("learner4", NAME, "a")
    assert shares.counts()["votes"][NAME] == [[5, {"a": 5}], [5, {"c": 4, "a": 1}]]


def test_how_many_have_passed_what_is_told_from_five_on_and_who_never(shares):
    for number in range(4):
        shares.put(f"learner{number}", ["mail_hosts"])
    assert shares.counts()["passed"] == {} and shares.counts()["sharing"] == 4
    shares.put("learner4", [])
    shares.put("learner0", ["mail_hosts", "three_fates", "no_exercise", "<b>"])
    assert shares.counts()["passed"] == {"mail_hosts": 4, "three_fates": 1}
    assert "learner" not in json.dumps(shares.counts())


def test_who_takes_back_is_counted_nowhere(shares):
    for number in range(5):
        shares.put(f"learner{number}", ["mail_hosts"])
        shares.vote(f"learner{number}", NAME, "a")
    shares.vote("learner0", OTHER, "b")
    assert shares.of("learner0") == {"passed": ["mail_hosts"], "votes": {NAME: ["a"], OTHER: ["b"]}}
    shares.take_back("learner0")
    assert shares.counts() == {"sharing": 4, "passed": {}, "votes": {NAME: [[4, {}], [0, {}]]}}
    assert shares.of("learner0") == {"passed": None, "votes": {}} and "learner0" not in shares.present


@pytest.mark.parametrize(
    "name, choice", [("no_such", "a"), (NAME, "z"), (NAME, "A"), (NAME, ""), (NAME, None), (NAME, ["a"]), (None, "a")]
)
def test_what_the_course_does_not_ask_is_no_vote(shares, name, choice):
    with pytest.raises(ValueError):
        shares.vote("mallory", name, choice)
    assert shares.counts()["votes"] == {}


@pytest.mark.parametrize("passed", [None, "mail_hosts", [1], {"mail_hosts": 1}])
def test_what_is_no_list_of_names_is_not_shared(shares, passed):
    with pytest.raises(ValueError):
        shares.put("mallory", passed)
    assert not shares.present


def test_every_predictions_options_can_be_voted_for(shares):
    for name in lessons.owners("predict"):
        assert [shares.vote("ada", name, letter) for letter in registry.prediction(name).lettered][0] == "first"


# The page


def test_the_page_shows_the_votes_in_bars_of_text_the_first_beside_the_second():
    said = Text(board_page.page(BOARD_OF)).said
    asked = registry.prediction(NAME)
    assert asked.question in said and "12 voted, 5 voted again." in said
    shown = re.findall(r"(First|Second):(█*·?)(\d+ of \d+)", said)
    assert shown == [
        ("First", "█" * 5, "3 of 12"),
        ("Second", "█" * 20, "5 of 5"),
        ("First", "█" * 7, "4 of 12"),
        ("Second", "·", "0 of 5"),
        ("First", "█" * 8, "5 of 12"),
        ("Second", "·", "0 of 5"),
    ]
    assert "3 voted. From 5 votes on, bars stand here." in said
    assert re.search(r"7 have joined.*Their server answers\s+anemone\s+No server yet\s+aster\s", said, re.DOTALL)
    assert said.index("three_fates") < said.index("mail_hosts") and "5 of 6" in said


def test_the_page_knows_no_right_answer():
    votes = {name: [[5, {"a": 5}], [5, {"b": 5}]] for name in lessons.owners("predict")}
    html = board_page.page({**BOARD_OF, "votes": votes})
    for name in votes:
        asked = registry.prediction(name)
        for told in [asked.explanation, *(option.feedback for option in asked.options)]:
            assert not told or told.strip()[:60] not in html
    # Of two options each is shown as the other is: the bars and the letters apart, in the same marks.
    (first,) = re.findall(r"<li>a\) nowhere.*?</li>", html)
    (second,) = re.findall(r"<li>b\) in the server.*?</li>", html)
    assert re.findall(r"<[^>]+>", first) == re.findall(r"<[^>]+>", second)


def test_names_are_text_and_what_the_course_does_not_know_is_not_there():
    evil = "<script>alert(1)</script>"
    votes = {evil: [[9, {"a": 9}], [0, {}]]}
    page = Text(board_page.page({**BOARD_OF, "there": [[evil, True]], "votes": votes, "passed": {evil: 5}}))
    assert page.tags.count("script") == 1 and page.said.count(evil) == 1  # the page's own, and the name as text


def test_one_alone_an_empty_board_and_a_meeting_place_that_is_gone():
    nothing = {"there": [], "joined": 1, "ended": True, "now": 1772442000.0, "sharing": 0, "passed": {}, "votes": {}}
    said = Text(board_page.page(nothing)).said
    assert "1 has joined." in said and "The letters between learners are over." in said and "Passed" not in said
    assert "1 shows what they have passed. From 5 on" in Text(board_page.page({**nothing, "sharing": 1})).said
    assert "does not answer: does the hub run?" in Text(board_page.page(None)).said


# To whom it opens


@pytest.fixture
def asked(monkeypatch):
    """How often the meeting place was asked."""
    asked = []
    monkeypatch.setattr(talk, "tell", lambda port, *who, **words: asked.append((port, words)) or BOARD_OF)
    return asked


def visit(*wishes: tuple[str, dict]) -> list:
    """Ask a board for pages one after the other; return the answers."""

    async def visit() -> list:
        address, port = free_place()
        server = HTTPServer(board.application(7, "a secret"), max_body_size=0)
        server.listen(port, address)
        client = AsyncHTTPClient(force_instance=True)
        try:
            return [
                await client.fetch(
                    f"http://{address}:{port}{path}", headers=headers, follow_redirects=False, raise_error=False
                )
                for path, headers in wishes
            ]
        finally:
            client.close()
            server.stop()

    return asyncio.run(visit())


TOKEN = board_token("a secret")
COOKIE = {"Cookie": f"board={TOKEN}"}


def test_the_link_opens_it_and_the_token_leaves_the_address(asked):
    led, page = visit((f"{BOARD}?token={TOKEN}", {}), (BOARD, COOKIE))
    assert (led.code, led.headers["Location"]) == (302, BOARD) and not asked[1:]
    cookie = led.headers["Set-Cookie"]
    assert (
        f"board={TOKEN}" in cookie and "HttpOnly" in cookie and f"Path={BOARD}" in cookie and "SameSite=Lax" in cookie
    )
    assert page.code == 200 and "The class's board" in page.body.decode() and asked == [(7, {"do": "board"})]


@pytest.mark.parametrize(
    "path, headers, code",
    [
        (BOARD, {}, 403),
        (f"{BOARD}?token={TOKEN[:-1]}", {}, 403),
        (f"{BOARD}?token=%ff%00", {}, 400),
        (BOARD, {"Cookie": "board=1"}, 403),
        (f"{BOARD}../../etc/passwd", COOKIE, 404),
        (f"{BOARD}board.py", COOKIE, 404),
    ],
)
def test_without_the_token_nothing_is_told(asked, path, headers, code):
    (answer,) = visit((path, headers))
    assert answer.code == code and not asked
    assert "where_is_it" not in answer.body.decode() and "anemone" not in answer.body.decode()


def test_however_many_look_the_meeting_place_is_asked_once(asked):
    answers = visit(*[(BOARD, COOKIE)] * 20)
    assert {answer.code for answer in answers} == {200} and len(asked) == 1


def test_it_runs_its_own_script_and_no_other(asked):
    page, script, style = visit((BOARD, COOKIE), (f"{BOARD}board.js", {}), (f"{BOARD}board.css", {}))
    policy = page.headers["Content-Security-Policy"]
    assert (
        "default-src 'none'; style-src 'self'; script-src 'self'" in policy
        and page.headers["Cache-Control"] == "no-store"
    )
    assert not re.search(r"https?://", page.body.decode() + script.body.decode() + style.body.decode())
    assert script.headers["Content-Type"].startswith("text/javascript")
