"""How the tests are run: what runs two at a time, what stays together, and kernels over IPC."""

import os
from types import SimpleNamespace

import pytest
from nbval.kernel import start_new_kernel

from tests import two_at_a_time


def config(source: pytest.Config.ArgsSource, **options) -> SimpleNamespace:
    """A configuration of pytest with where its arguments came from and options."""

    def getoption(name, default=None):
        return {"capture": "fd", **options}.get(name, default)

    return SimpleNamespace(args_source=source, ArgsSource=pytest.Config.ArgsSource, getoption=getoption)


def test_only_the_whole_runs_two_at_a_time(monkeypatch):
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    sources = pytest.Config.ArgsSource
    assert two_at_a_time.is_whole(config(sources.TESTPATHS))
    assert not two_at_a_time.is_whole(config(sources.ARGS))
    for name, value in {"keyword": "tap", "markexpr": "peer", "lf": True, "usepdb": True, "capture": "no"}.items():
        assert not two_at_a_time.is_whole(config(sources.TESTPATHS, **{name: value}))


def test_a_worker_starts_no_workers_in_its_turn(monkeypatch):
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    assert not two_at_a_time.is_whole(config(pytest.Config.ArgsSource.TESTPATHS))


def test_one_worker_has_the_cells_of_a_notebook_and_another_the_installed_copy(request):
    units = {}
    for item in request.session.items:
        units.setdefault(two_at_a_time.unit(item.nodeid), set()).add(item.path.name)
    assert all(len(names) == 1 for name, names in units.items() if name != "the installed copy"), units
    unit = two_at_a_time.unit
    assert unit("notebooks/08_spf.ipynb::Cell 1") == unit("notebooks/08_spf.ipynb::Cell 2")
    assert unit("tests/browser/test_learner.py::test_a") == unit("tests/setup/test_start_for_real.py::test_b")
    each = "tests/notebooks/test_running.py::test_each_pass"
    assert unit(f"{each}[one]") != unit(f"{each}[two]")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such sockets")
def test_a_kernel_of_nbval_is_reached_over_ipc():
    manager, client = start_new_kernel(kernel_name="python3", stderr=None)
    try:
        assert manager.transport == "ipc" and os.path.exists(f"{manager.ip}-{manager.shell_port}")
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
