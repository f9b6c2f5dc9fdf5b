"""What Binder would do with this folder: the Dockerfile that repo2docker writes for it, read. Nothing is built."""

import os
import re
import shutil
import subprocess
import sys
from functools import partial

import pytest
import yaml

if os.name == "nt":
    pytest.skip("repo2docker is not for Windows", allow_module_level=True)

from repo2docker import buildpacks
from repo2docker.app import Repo2Docker

from tests.setup.conftest import ROOT

ENVIRONMENT = yaml.safe_load((ROOT / "environment.yml").read_text())


@pytest.fixture(scope="module")
def dockerfile():
    """The Dockerfile as Binder's own platform would have it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(ROOT)
        app = Repo2Docker()
        pack = next(found for kind in app.buildpacks if (found := kind(app.base_image)).detect())
        assert type(pack) is buildpacks.CondaBuildPack
        pack.platform = "linux/amd64"
        return pack.render({})


def steps(dockerfile: str) -> list[str]:
    """Its instructions, each with the lines that go on with it."""
    joined = re.sub(r"\\\n\s*", "", re.sub(r"^\s*#.*\n", "", dockerfile, flags=re.MULTILINE))
    return [line.strip() for line in joined.splitlines() if re.match(r"[A-Z]+ ", line)]


def at(steps: list[str], words: str) -> int:
    (found,) = [n for n, step in enumerate(steps) if words in step]
    return found


def test_the_environment_is_made_before_the_course_is_copied(dockerfile):
    """So Binder keeps it from one commit to the next, as long as environment.yml says the same."""
    listed = steps(dockerfile)
    alone = at(listed, "src/environment.yml ${REPO_DIR}/environment.yml")
    made = at(listed, 'env update -p ${NB_PYTHON_PREFIX} --file "environment.yml"')
    course, built = at(listed, "src/ ${REPO_DIR}/"), at(listed, "RUN ./postBuild")
    assert alone < made < course < built
    assert not [step for step in listed[alone:made] if "COPY" in step and "environment.yml" not in step]


def test_binder_has_a_python_that_is_tested_and_the_one_that_is_asked_for(dockerfile):
    assert "environment.py-3.12" in re.sub(r"-2d", "-", re.sub(r"-2e", ".", dockerfile))
    assert "python=3.12" in ENVIRONMENT["dependencies"]


def test_what_post_build_and_the_server_run_as_is_no_root(dockerfile):
    listed = steps(dockerfile)
    for words in ("env update", "RUN ./postBuild"):
        before = [step for step in listed[: at(listed, words)] if step.startswith("USER ")]
        assert before[-1] == "USER ${NB_USER}"
    assert [step for step in listed if step.startswith("USER ")][-1] == "USER ${NB_USER}"


def test_the_folder_asks_for_nothing_else(dockerfile):
    """No system package, no Node, no start script: what environment.yml and postBuild say is all."""
    listed = steps(dockerfile)
    after = listed[at(listed, "src/ ${REPO_DIR}/") + 1 : at(listed, "RUN ./postBuild")]
    assert after == ["USER ${NB_USER}", "RUN chmod +x postBuild"]
    for name in ("apt.txt", "start", "runtime.txt", "requirements.txt", "Dockerfile", "package.json", "setup.py"):
        assert not (ROOT / name).exists()


FIRST_LETTER = """
from helpers.lab import Lab
with Lab() as lab:
    sent = lab.send("From: Ada <ada@gmail.test>\\nTo: support@outlook.test\\nSubject: Hello\\n\\nHello.\\n")
    print(sent.fates["support@outlook.test"].status)
"""


@pytest.mark.thorough
@pytest.mark.installs
@pytest.mark.timeout(600)
def test_post_build_makes_the_course_ready_in_a_new_environment_of_just_these_packages(tmp_path):
    course, place = tmp_path / "course", tmp_path / "environment"
    ignored = shutil.ignore_patterns(".*", "my-course", "build", "__pycache__", "tests")
    shutil.copytree(ROOT, course, ignore=ignored)
    run = partial(subprocess.run, cwd=tmp_path, capture_output=True, text=True, check=True)
    run([sys.executable, "-m", "venv", str(place)])
    *packages, by_pip = [line for line in ENVIRONMENT["dependencies"] if not re.match("python=|pip$", str(line))]
    run([place / "bin/python", "-m", "pip", "install", "--quiet", "--no-compile", *packages, *by_pip["pip"]])
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["PATH"] = f"{place / 'bin'}{os.pathsep}{os.environ['PATH']}"
    run([course / "postBuild"], env=environment)
    laid = {file.name for file in (course / "my-course").glob("*.ipynb")}
    assert laid == {file.name for file in (ROOT / "notebooks").glob("*.ipynb")}
    begins = run(["python", "-c", FIRST_LETTER], cwd=course / "my-course", env=environment)
    assert begins.stdout == "delivered\n"
