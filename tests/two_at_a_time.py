"""The whole of the tests runs two at a time, by pytest-xdist; a part of them in one process, as it is easier to follow.

A plugin for pytest (pyproject.toml loads it). What belongs together is run by one worker; what takes long comes first,
so that both end at about the same time. Tests marked `thorough` are left out of the whole, unless --thorough asks for
them, as .ci/run does; in a part that is named they always run.
"""

import os

import pytest

WORKERS = 2
MINUTES, THOROUGH = 15, 24  # on two cores, with every peer there: the whole, and with what is thorough
INSTALLED = ("tests/setup/test_start_for_real.py", "tests/browser/")  # they share one installed copy of the course
EACH_APART = ("tests/notebooks/test_running.py", "tests/hard/test_random_order.py")  # each of their tests takes long
LONG_FIRST = (
    *INSTALLED,
    *EACH_APART,
    "tests/book/",
    "tests/lessons/",
    "tests/check/",
    "tests/hard/",
    "tests/peers/",
    "notebooks/",
)


def is_whole(config: pytest.Config) -> bool:
    """Return whether everything is to be run: no file, word or mark selects a part, and nobody wants to step in."""
    part = any(config.getoption(name, False) for name in ("keyword", "markexpr", "lf", "collectonly"))
    steps_in = any(config.getoption(name, False) for name in ("usepdb", "trace")) or config.getoption("capture") == "no"
    return config.args_source is config.ArgsSource.TESTPATHS and not part and not steps_in


@pytest.fixture
def thorough(pytestconfig) -> bool:
    """Whether a test does all that it can: in the whole only where --thorough asks for it."""
    return pytestconfig.option.thorough or not is_whole(pytestconfig)


def pytest_addoption(parser):
    parser.addoption("--thorough", action="store_true", help="in the whole, also what takes long, as .ci/run does")


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config):
    if starts_workers(config) and config.option.numprocesses is None:
        config.option.numprocesses = WORKERS
    return (yield)


def pytest_report_header(config):
    if is_whole(config):
        what, minutes = ("everything", THOROUGH) if config.option.thorough else ("the whole", MINUTES)
        return f"{what}, about {minutes} minutes on two cores; CONTRIBUTING.md says how to run a part, or more"
    return None


def starts_workers(config: pytest.Config) -> bool:
    """Return whether this is the whole, and not a worker, which must not start workers in its turn."""
    return config.pluginmanager.hasplugin("xdist") and is_whole(config) and not is_worker()


def is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def pytest_collection_modifyitems(config, items):
    if is_whole(config) and not config.option.thorough:
        out = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=out)
        items[:] = [item for item in items if item not in out]
    if is_worker():
        items.sort(key=lambda item: rank(item.nodeid))


def rank(nodeid: str) -> int:
    """Return the place of a test in the order of what takes long."""
    return next((n for n, path in enumerate(LONG_FIRST) if nodeid.startswith(path)), len(LONG_FIRST))


def unit(nodeid: str) -> str:
    """Return the name of what a test belongs to and one worker has to run: its file, mostly."""
    if nodeid.startswith(INSTALLED):
        return "the installed copy"
    return nodeid if nodeid.startswith(EACH_APART) else nodeid.partition("::")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    from xdist.scheduler import LoadScopeScheduling

    class ByUnit(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return unit(nodeid)

    config.option.loadscopereorder = False
    return ByUnit(config, log)
