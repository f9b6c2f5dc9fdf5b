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

    plugins = SimpleNamespace(hasplugin=lambda name: name == "xdist")
    return SimpleNamespace(
        args_source=source, ArgsSource=pytest.Config.ArgsSource, getoption=getoption, pluginmanager=plugins
    )


def test_only_the_whole_runs_two_at_a_time(monkeypatch):
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)
    sources = pytest.Config.ArgsSource
    assert two_at_a_time.starts_workers(config(sources.TESTPATHS))
    assert not two_at_a_time.starts_workers(config(sources.ARGS))
    for name, value in {"keyword": "tap", "markexpr": "peer", "lf": True, "usepdb": True, "capture": "no"}.items():
        assert not two_at_a_time.starts_workers(config(sources.TESTPATHS, **{name: value}))


def test_a_worker_starts_no_workers_in_its_turn(monkeypatch):
    monkeypatch.setenv("PYTEST_XDIST_WORKER", "gw0")
    assert not two_at_a_time.starts_workers(config(pytest.Config.ArgsSource.TESTPATHS))


def test_the_whole_leaves_out_what_is_thorough_and_a_part_does_not(monkeypatch):
    monkeypatch.delenv("PYTEST_XDIST_WORKER", raising=False)  # a worker would also put them in order
    thorough, quick = (SimpleNamespace(get_closest_marker=lambda name, has=has: has) for has in (True, False))
    sources, left = pytest.Config.ArgsSource, []
    for source, asked, kept in (
        (sources.TESTPATHS, False, [quick]),
        (sources.TESTPATHS, True, [thorough, quick]),
        (sources.ARGS, False, [thorough, quick]),
    ):
        told, items = config(source), [thorough, quick]
        told.option = SimpleNamespace(thorough=asked)
        told.hook = SimpleNamespace(pytest_deselected=lambda items: left.extend(items))
        two_at_a_time.pytest_collection_modifyitems(told, items)
        assert items == kept
    assert left == [thorough]


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
