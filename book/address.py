"""The repository's address. README says it: `start.py address URL` writes it there, and the book reads it."""

import re
from pathlib import Path
from urllib.parse import quote, urlsplit

ROOT = Path(__file__).resolve().parent.parent
NONE, FOLDER = "THIS_REPOSITORY", "THIS_FOLDER"  # what stands in README where no address is known
CLONE = re.compile(r"^    git clone (?P<address>\S+)\n    cd (?P<folder>\S+)$", re.MULTILINE)
LAUNCH = re.compile(r"(?<=<!-- launch -->\n).*?(?=<!-- launched -->)", re.DOTALL)
MOMENTS = (  # a link that starts at each: its words, and the notebook
    ("A letter crosses", "00_first_letter"),
    ("Talk to a mail server", "03_smtp_by_hand"),
    ("Forge the bank's letter", "08_spf"),
)
WAIT = """\
These open on Binder, in the browser alone, as a rule in a minute or two. Nobody pays for it, so have patience: if the
course was not opened there for a while, Binder builds it anew, which may take ten.
"""


class Unfit(ValueError):
    """What was given is no address of a repository: a sentence that says so."""


def address(readme: str) -> str:
    """The address that README has, without an end of `.git`; "" where it has none."""
    found = CLONE.search(readme)
    return "" if not found or found["address"] == NONE else found["address"].removesuffix(".git")


def checked(url: str) -> str:
    """An address of the form https://host/owner/name, without a final slash or `.git`. Raises Unfit."""
    tidy = url.strip().removesuffix("/").removesuffix(".git")
    parts = urlsplit(tidy)
    names = parts.path.split("/")[1:]
    fit = re.fullmatch(r"[\w.-]+(:\d+)?", parts.netloc) and all(re.fullmatch(r"[\w.-]*\w", name) for name in names)
    if parts.scheme != "https" or not fit or len(names) < 2 or parts.query or parts.fragment:
        raise Unfit(f"{url} is no address of a repository. It should look like https://host/owner/name.")
    return tidy


def binder(repository: str, path: str) -> str:
    """The link that opens a file of a repository on Binder, in JupyterLab."""
    parts = urlsplit(repository)
    if parts.netloc in ("github.com", "gitlab.com"):
        kind = {"github.com": "gh", "gitlab.com": "gl"}[parts.netloc]
        names = parts.path[1:] if kind == "gh" else quote(parts.path[1:], safe="")
        where = f"{kind}/{names}"
    else:
        where = f"git/{quote(repository, safe='')}"
    return f"https://mybinder.org/v2/{where}/HEAD?urlpath=lab/tree/{path}"


def launches(repository: str) -> str:
    """The links that README has to Binder, as a list in Markdown."""
    links = [f"- [{words}]({binder(repository, f'my-course/{name}.ipynb')})\n" for words, name in MOMENTS]
    start = binder(repository, f"my-course/{MOMENTS[0][1]}.ipynb")
    badge = f"\n[![Open the course on Binder](https://mybinder.org/badge_logo.svg)]({start})\n"
    return "".join(links) + badge + WAIT


def written(readme: str, repository: str) -> str:
    """README with an address in the clone line and the links to Binder, or, with "", without any."""
    if repository:
        name = urlsplit(repository).path.rpartition("/")[2]
        clone = f"    git clone {repository}\n    cd {name}"
    else:
        clone = f"    git clone {NONE}\n    cd {FOLDER}"
    readme = CLONE.sub(lambda _: clone, readme, count=1)
    # With no address, the moments are named all the same, and lead to the notebooks as they stand.
    links = launches(repository) if repository else plain()
    return LAUNCH.sub(lambda _: links, readme, count=1)


def plain() -> str:
    """The same three moments as links to the notebooks themselves."""
    return "".join(f"- [{words}](notebooks/{name}.ipynb)\n" for words, name in MOMENTS)


def main(words: list[str]) -> str:
    """Write the address into README; returns a sentence about it. Raises Unfit."""
    if len(words) != 1:
        raise Unfit("Say the address: python3 start.py address https://host/owner/name (or none, to take it out).")
    repository = "" if words == ["none"] else checked(words[0])
    file = ROOT / "README.md"
    text = file.read_text(encoding="utf-8")
    new = written(text, repository)
    if address(new) != repository:
        raise Unfit("README has no line `git clone ...` any more, followed by one with `cd`. Nothing was written.")
    if new != text:
        file.write_text(new, encoding="utf-8", newline="\n")
    return f"README.md says {repository or 'no address'} now. The book takes it from there: python3 start.py book."
