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


def test_three_learners_log_in_and_one_sends_a_letter_to_anothers_server(hub, log_in):
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

    ada = class_["ada"]  # her kernel is killed: a restart gives her another
    os.kill(int(ada.says("import os; x = 1; print(os.getpid())")), signal.SIGKILL)
    ada.do("() => book.sessionContext.restartKernel()", seconds=PATIENCE)
    assert ada.says("print('x' in globals())") == "False"
