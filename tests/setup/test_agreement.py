"""What pyproject.toml, constraints.txt, environment.yml, postBuild and .ci/run say agrees with each other."""

import ast
import json
import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
import tomllib

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from helpers import doctor
from tests import conftest
from tests.setup.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONSTRAINTS = (ROOT / "constraints.txt").read_text()
ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())
TEST, BOOK = (PROJECT["optional-dependencies"][name] for name in ("test", "book"))


def test_conda_and_binder_ask_for_what_pyproject_asks_for():
    *packages, by_pip = [line for line in ENVIRONMENT["dependencies"] if line not in ("python=3.12", "pip")]
    assert sorted(packages + by_pip["pip"]) == PROJECT["dependencies"]


def test_binder_can_keep_the_environment_from_one_commit_to_the_next():
    """repo2docker copies the sources first where a pip section names a path; and it reads no range for Python."""
    assert all(Requirement(line).url is None for line in ENVIRONMENT["dependencies"][-1]["pip"])
    assert "python=3.12" in ENVIRONMENT["dependencies"]
    assert not (ROOT / "binder").exists() and not (ROOT / ".binder").exists()


def test_everything_that_the_course_names_is_asked_for():
    names = {Requirement(line).name for line in PROJECT["dependencies"]}
    assert names >= {"jupyterlab", "aiosmtpd", "dnspython", "nest-asyncio", "ipywidgets", "nbval", "anywidget"}
    kernel = next(Requirement(line) for line in PROJECT["dependencies"] if line.startswith("ipykernel"))
    assert "7.4" in kernel.specifier and "7.3.9" not in kernel.specifier


def pins() -> dict[str, list[Requirement]]:
    found = {}
    for line in CONSTRAINTS.splitlines():
        if line.strip() and not line.lstrip().startswith("#"):
            pin = Requirement(line)
            found.setdefault(canonicalize_name(pin.name), []).append(pin)
    return found


@pytest.mark.parametrize("line", PROJECT["dependencies"] + TEST + BOOK)
def test_each_package_has_a_tested_version_that_pyproject_allows(line):
    wanted = Requirement(line)
    for pin in pins()[canonicalize_name(wanted.name)]:
        (version,) = pin.specifier
        assert version.operator == "==" and version.version in wanted.specifier


def test_constraints_hold_no_address_and_no_path():
    assert not re.search(r"://|@|^-|/(home|root|tmp)/", CONSTRAINTS, re.MULTILINE)
    assert all(len(list(pin.specifier)) == 1 for group in pins().values() for pin in group)


def test_what_runs_here_are_the_tested_versions():
    from importlib.metadata import version

    for name, group in pins().items():
        for pin in group:
            if pin.marker is None and name in {canonicalize_name(Requirement(line).name) for line in TEST}:
                assert version(name) in pin.specifier


def test_the_version_is_the_same_everywhere():
    version = PROJECT["version"]
    newest = re.search(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[1]
    assert re.fullmatch(r"\d+\.\d+(\.\d+)?", version) and newest == version
    findings = doctor.Examination((doctor.Finding("python", "ok", ""),))
    assert findings.help_line.startswith(f"email-from-the-wire-up {version};")


def test_the_tested_pythons_are_the_same_everywhere():
    start = (ROOT / "start.py").read_text()
    assert f"OLDEST, NEWEST = {doctor.TESTED[0]}, {doctor.TESTED[1]}" in start
    assert PROJECT["requires-python"] == ">={}.{}".format(*doctor.TESTED[0])


def test_the_workflow_for_three_systems_tries_the_tested_pythons():
    jobs = workflow("tests.yml")
    (oldest, newest) = (minor for _, minor in doctor.TESTED)
    for job in jobs.values():
        assert job["strategy"]["matrix"]["python"] == [f"3.{minor}" for minor in range(oldest, newest + 1)]
    assert jobs["others"]["strategy"]["matrix"]["os"] == ["macos-latest", "windows-latest"]
    assert jobs["linux"]["container"]["image"].endswith("-bookworm")  # .ci/run names Debian's packages


def workflow(name: str) -> dict:
    """The jobs of a workflow."""
    return yaml.safe_load((ROOT / ".github/workflows" / name).read_text())["jobs"]


ACTIONS = {  # the steps of others, as of November 2026
    "actions/checkout@v4",
    "actions/setup-python@v5",
    "actions/upload-pages-artifact@v3",
    "actions/deploy-pages@v4",
}


@pytest.mark.parametrize("name", ["tests.yml", "book.yml"])
def test_a_workflow_runs_what_there_is(name):
    steps = [step for job in workflow(name).values() for step in job["steps"]]
    assert {step["uses"] for step in steps if "uses" in step} <= ACTIONS
    for line in [line for step in steps for line in step.get("run", "").splitlines()]:
        program, *words = shlex.split(line)
        if program in ("python", "python3"):
            assert_start(words)
        else:
            assert program == "git" or (ROOT / program).stat().st_mode & stat.S_IXUSR


def assert_start(words: list[str]) -> None:
    """These words are a command of start.py's, and words that it knows."""
    assert words[0] == "start.py"
    known = re.findall(r"^    python3 start\.py (\w+)", (ROOT / "start.py").read_text(), re.MULTILINE)
    assert {"test", "doctor", "book"} <= set(known)
    assert words[1] in [*known, "--version"] and words[2:3] in ([], ["--out"])


def test_the_container_is_made_of_what_there_is():
    text = (ROOT / ".devcontainer/devcontainer.json").read_text()
    said = json.loads(re.sub(r"^\s*//.*\n", "", text, flags=re.MULTILINE))
    image = (ROOT / ".devcontainer" / said["build"]["dockerfile"]).read_text()
    (version,) = re.findall(r"^FROM python:3\.(\d+)-bookworm$", image, re.MULTILINE)
    assert doctor.TESTED[0] <= (3, int(version)) <= doctor.TESTED[1]
    program, *words = shlex.split(said["postCreateCommand"])
    assert program == "python3"
    assert_start(words)


def test_the_cell_for_colab_asks_for_all_that_colab_has_not():
    page = (ROOT / "OTHER_SYSTEMS.md").read_text()
    (line,) = re.findall(r"^    %pip install --quiet (.*)$", page, re.MULTILINE)
    there = {"cryptography", "ipykernel", "ipywidgets", "jupyterlab", "nbval"}  # or not needed to take the course
    assert line.split() == sorted({Requirement(line).name for line in PROJECT["dependencies"]} - there)


@pytest.mark.parametrize(
    "name",
    ["OTHER_SYSTEMS.md", ".devcontainer/Dockerfile", ".devcontainer/devcontainer.json"]
    + [f".github/workflows/{name}.yml" for name in ("tests", "book")],
)
def test_what_nobody_has_tried_says_so(name):
    assert re.search(r"Untried|nobody has tried", (ROOT / name).read_text()[:500])


@pytest.mark.parametrize("version", [(3, 4), (3, 6), (3, 10)])
def test_an_old_python_can_read_start_py(version):
    ast.parse((ROOT / "start.py").read_text(), feature_version=version)


def test_ci_installs_every_peer():
    lists = re.findall(r"\bpeers\+?=\((.*?)\)", (ROOT / ".ci/run").read_text(), re.DOTALL)
    assert set(conftest.PEERS.values()) <= set(" ".join(lists).split())


@pytest.mark.parametrize("script", [".ci/run", "postBuild"])
def test_scripts_can_be_run(script):
    assert (ROOT / script).stat().st_mode & stat.S_IXUSR
    assert b"\r" not in (ROOT / script).read_bytes()
    assert "set -euo pipefail" in (ROOT / script).read_text()


def test_post_build_lays_the_working_copy_and_the_settings(whole_course, tmp_path):
    """As on Binder, with a `python` that notes what pip is asked for instead of doing it."""
    fake = tmp_path / "bin" / "python"
    fake.parent.mkdir()
    fake.write_text(
        "#!/bin/sh\n"
        f'case "$*" in *pip*) echo "$@" > {tmp_path}/asked;; *sys.prefix*) echo {tmp_path}/prefix;; '
        f'*) exec {sys.executable} "$@";; esac\n'
    )
    fake.chmod(0o755)
    environment = {**os.environ, "PATH": f"{fake.parent}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": "."}
    subprocess.run([whole_course.root / "postBuild"], cwd=tmp_path, env=environment, check=True)
    assert (tmp_path / "asked").read_text() == "-m pip install --no-deps -e .\n"
    assert "00_first_letter.ipynb" in whole_course.names()
    settings = json.loads((tmp_path / "prefix/share/jupyter/lab/settings/overrides.json").read_text())
    assert settings["@jupyterlab/apputils-extension:notification"] == {"fetchNews": "false", "checkForUpdates": False}
    config = json.loads((tmp_path / "prefix/etc/jupyter/jupyter_server_config.json").read_text())
    ((trait, value),) = config["FileContentsManager"].items()
    assert f"--FileContentsManager.{trait}={value}" in (ROOT / "start.py").read_text()


@pytest.mark.skipif(not shutil.which("git"), reason="needs git")
@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a clone: git says what is the project's")
def test_nothing_private_is_in_the_project():
    """No path of one machine, no package index's host, in anything that git knows or would take."""
    command = ["git", "ls-files", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()
    assert "start.py" in listed
    private = re.compile(rb"/(?:root|home|Users)/\w|pypi\.org|pythonhosted|registry\.npmjs")
    for name in listed:
        path = ROOT / name
        if path.is_file() and name != "tests/setup/test_agreement.py":
            assert not private.search(path.read_bytes()), name


@pytest.mark.parametrize("words", [["check"], ["format", "--check", "--diff"]], ids=["lint", "format"])
def test_the_house_style(words):
    command = [sys.executable, "-m", "ruff", *words, "--no-cache", "."]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout + run.stderr
