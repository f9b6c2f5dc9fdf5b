"""A class: three learners before the hub that `start.py class` starts, each with a browser of their own.

What the hub keeps over a restart, tests/classroom/test_hub.py asks.
"""

import json
import os
import signal
import time

import pytest

from tests.browser.conftest import Reader
from tests.classroom.test_hub import NAMES, PATIENCE, SEND, SERVE, Hub, pytestmark  # noqa: F401
from tests.peers.places import free_place


@pytest.fixture
def hub(tmp_path):
    hub = Hub(tmp_path)
    for name in NAMES:  # JupyterLab is steered from its page
        settings = hub.place.learner(name) / ".jupyter"
        settings.mkdir(parents=True)
        (settings / "jupyter_lab_config.json").write_text(json.dumps({"LabApp": {"expose_app_in_browser": True}}))
    hub.start()
    try:
        yield hub
    finally:
        hub.stop()


class Learner(Reader):
    """A reader with a browser of their own, who logs in to the hub."""

    def __init__(self, browser, hub: Hub, name: str, password: str, shots) -> None:
        self.context = browser.new_context(viewport={"width": 1200, "height": 900})
        self.context.set_default_timeout(PATIENCE * 1000)
        super().__init__(self.context.new_page(), hub, shots / f"class-{name}")
        self.page.goto(f"{hub.url}/hub/login")
        self.page.get_by_label("Username").fill(name)
        self.page.get_by_label("Password").fill(password)
        self.page.locator("#login_submit").click()

    def wait_for(self, condition: str, argument: object = None) -> None:
        """As a Reader's, and also where another's window stands before this one."""
        self.page.wait_for_function(condition, arg=argument, polling=200)

    def reach(self) -> None:
        """Wait until the own server shows the first letter."""
        self.wait_for("window.jupyterapp")
        self.do("() => jupyterapp.restored", seconds=PATIENCE)
        self.open("00_first_letter.ipynb")

    def says(self, source: str) -> str:
        """Run a new cell; return what it puts out."""
        self.page.bring_to_front()
        marked = f"{source}\nprint('end of', {time.time_ns()})"
        self.add(marked)
        self.wait_for(
            """() => (area => area && area.textContent.includes('end of'))(
              book.content.activeCell.node.querySelector('.jp-Cell-outputArea'))"""
        )
        return self.read(marked.splitlines()[-1]).rpartition("end of")[0].strip()


@pytest.fixture
def log_in(browser, hub, screenshots, request):
    learners = []

    def log_in(name: str, password: str) -> Learner:
        learners.append(Learner(browser, hub, name, password, screenshots))
        request.node.reader = learners[-1]
        return learners[-1]

    yield log_in
    for learner in learners:
        learner.context.close()


SHARE = """
from helpers import course
print(course.share(agreed=True))
"""
VOTE = """
from helpers import check, course
check.predict("where_is_it", "a")
print(course.share("where_is_it", agreed=True))
"""


@pytest.mark.thorough
def test_three_learners_log_in_one_sends_a_letter_to_anothers_server_and_the_board_shows_what_they_share(
    hub, log_in, browser, screenshots
):
    passwords = hub.passwords()
    stranger = log_in("ada", passwords["bob"])
    stranger.page.get_by_text("Invalid username or password").wait_for()

    class_ = {name: log_in(name, passwords[name]) for name in NAMES}
    for name, learner in class_.items():
        learner.page.bring_to_front()
        learner.reach()
        assert learner.says("import os; print(os.getcwd())") == str(hub.place.learner(name) / "my-course")

    name = class_["eve"].says(SERVE.replace("PORT", str(free_place()[1])))
    assert class_["ada"].says(SEND.replace("NAME", name)) == "delivered"
    assert class_["eve"].says("print(*kept)") == "out.gmail.test brought A letter."
    class_["eve"].shot()

    ada, board = class_["ada"], browser.new_page()
    board.set_default_timeout(PATIENCE * 1000)
    (link,) = (line.strip() for line in hub.said.splitlines() if "?token=" in line)
    assert board.goto(link.partition("?")[0]).status == 403
    board.goto(link)
    board.get_by_text("2 have joined.").wait_for()  # counted, and nobody is named
    assert "on the board" in ada.says(SHARE)
    assert "your first vote" in class_["eve"].says(VOTE)
    board.get_by_role("heading", name="Where is the letter now?").wait_for()
    flower = ada.says("print(me.name.removesuffix('.class.test'))")
    assert board.get_by_role("listitem").get_by_text(flower, exact=True).is_visible()
    told = board.inner_text("main")
    assert "1 voted. From 5 votes on, bars stand here." in told and "1 shows what they have passed." in told
    assert not set(NAMES) & set(told.split()) and name.removesuffix(".class.test") not in told.split()
    board.screenshot(path=screenshots / "class-board.png", full_page=True)
    assert "taken back" in ada.says("print(course.share(agreed=False))")
    board.get_by_role("heading", name="Passed").wait_for(state="detached")
    assert flower not in board.inner_text("main").split()
    board.close()

    # Her kernel is killed: a restart gives her another.
    os.kill(int(ada.says("import os; x = 1; print(os.getpid())")), signal.SIGKILL)
    ada.do("() => book.sessionContext.restartKernel()", seconds=PATIENCE)
    assert ada.says("print('x' in globals())") == "False"
