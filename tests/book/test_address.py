"""start.py address: the repository's address in README, and nowhere else."""

import filecmp
import re
import shutil
import subprocess
import sys

import pytest

from book import address
from tests.setup.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
HERE = "https://example.org/mail/wire-up"


def test_readme_as_it_is_names_no_address():
    assert address.address(README) == ""
    assert address.written(README, "") == README
    assert "mybinder.org/v2" not in README


def test_the_address_is_written_read_and_taken_out_again():
    text = address.written(README, HERE)
    assert f"    git clone {HERE}\n    cd wire-up\n" in text
    assert address.address(text) == HERE
    assert address.NONE not in text and address.FOLDER not in text
    assert address.written(text, HERE) == text
    assert address.written(text, "") == README
    assert address.address(text.replace(HERE + "\n", HERE + ".git\n", 1)) == HERE


def test_three_links_start_at_a_moment_and_lead_to_notebooks_that_there_are():
    text = address.written(README, HERE)
    launched = re.search(r"<!-- launch -->\n(.*)<!-- launched -->", text, re.DOTALL)[1]
    links = re.findall(r"- \[[^]]+\]\((https://mybinder\.org/v2/\S+)\)", launched)
    assert len(links) == 3
    for link in links:
        there = re.fullmatch(r".*/HEAD\?urlpath=lab/tree/my-course/(\w+\.ipynb)", link)
        assert (ROOT / "notebooks" / there[1]).exists()
    for _, name in address.MOMENTS:
        assert f"(notebooks/{name}.ipynb)" in address.plain()


@pytest.mark.parametrize(
    ("repository", "where"),
    [
        ("https://github.com/owner/name", "gh/owner/name"),
        ("https://gitlab.com/owner/group/name", "gl/owner%2Fgroup%2Fname"),
        (HERE, "git/https%3A%2F%2Fexample.org%2Fmail%2Fwire-up"),
    ],
)
def test_binder_is_asked_for_each_kind_of_host_in_its_own_way(repository, where):
    assert address.binder(repository, "a.ipynb") == f"https://mybinder.org/v2/{where}/HEAD?urlpath=lab/tree/a.ipynb"


@pytest.mark.parametrize("url", [HERE, HERE + "/", HERE + ".git", f"  {HERE}"])
def test_small_differences_do_not_matter(url):
    assert address.checked(url) == HERE


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org/mail/wire-up",
        "http://example.org/mail/wire-up",
        "https://example.org",
        "https://example.org/mail",
        "https://example.org/mail/",
        "https://user:secret@example.org/mail/wire-up",
        "https://example.org/mail/wire-up?tab=readme",
        "https://example.org/mail/wire-up#start",
        "https://example.org/mail/wire up",
        "https://example.org/mail/)[x](y",
        "git@example.org:mail/wire-up.git",
    ],
)
def test_what_is_no_address_is_refused(url):
    with pytest.raises(address.Unfit, match=r"is no address of a repository\. It should look like https://"):
        address.checked(url)


@pytest.fixture
def copy(tmp_path):
    """A folder with what the command reads and writes, and a little more."""
    shutil.copytree(ROOT / "book", tmp_path / "course/book", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("start.py", "README.md", "CONTRIBUTING.md", "pyproject.toml", "constraints.txt"):
        shutil.copyfile(ROOT / name, tmp_path / "course" / name)
    return tmp_path / "course"


def start(copy, *words: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-B", "start.py", "address", *words]
    return subprocess.run(command, cwd=copy, capture_output=True, text=True)


def test_the_command_changes_readme_and_nothing_else(copy, tmp_path):
    shutil.copytree(copy, tmp_path / "before")
    done = start(copy, HERE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"README.md says {HERE} now.")
    changed = filecmp.dircmp(tmp_path / "before", copy)
    assert (changed.diff_files, changed.left_only, changed.right_only) == (["README.md"], [], [])
    assert not changed.subdirs["book"].diff_files and not changed.subdirs["book"].right_only
    assert start(copy, "none").returncode == 0
    assert filecmp.cmp(tmp_path / "before/README.md", copy / "README.md", shallow=False)


@pytest.mark.parametrize("words", [(), ("one", "two"), ("example.org",)])
def test_the_command_says_in_a_sentence_what_it_needs(copy, words):
    done = start(copy, *words)
    assert done.returncode == 1 and "https://host/owner/name" in done.stderr and "Traceback" not in done.stderr
    assert filecmp.cmp(ROOT / "README.md", copy / "README.md", shallow=False)


def test_a_readme_without_its_clone_line_is_left_alone(copy):
    (copy / "README.md").write_text("# Another\n")
    done = start(copy, HERE)
    assert done.returncode == 1 and "Nothing was written." in done.stderr
    assert (copy / "README.md").read_text() == "# Another\n"
