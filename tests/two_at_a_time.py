"""The whole of the tests runs two at a time, by pytest-xdist; a part of them in one process, as it is easier to follow.

A plugin for pytest (pyproject.toml loads it). What belongs together is run by one worker; what takes long comes first,
so that both end at about the same time.
"""

import os

import pytest

WORKERS = 2
MINUTES = 20  # on two cores, with every peer there
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
    """Return whether everything is to be run: no file, word or mark selects a part, and nobody wants to step in.

    False in a worker, which has its part from the whole, and must not start workers in its turn.
    """
    if is_worker():
        return False
    part = any(config.getoption(name, False) for name in ("keyword", "markexpr", "lf", "collectonly"))
    steps_in = any(config.getoption(name, False) for name in ("usepdb", "trace")) or config.getoption("capture") == "no"
    return config.args_source is config.ArgsSource.TESTPATHS and not part and not steps_in


@pytest.hookimpl(wrapper=True)
def pytest_cmdline_main(config):
    if config.pluginmanager.hasplugin("xdist") and is_whole(config) and config.option.numprocesses is None:
        config.option.numprocesses = WORKERS
    return (yield)


def pytest_report_header(config):
    if is_whole(config):
        return f"everything, about {MINUTES} minutes on two cores; CONTRIBUTING.md says how to run a part"
    return None


def is_worker() -> bool:
    return "PYTEST_XDIST_WORKER" in os.environ


def pytest_collection_modifyitems(items):
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
