"""What Sphinx reads: the notebooks as they are, README's first part, and chapters made from the course's own data."""

import json
import re
import shutil
from html import escape
from pathlib import Path

from book import ROOT
from helpers import lessons
from helpers.check import registry
from helpers.lab import cast
from helpers.show import journey_widget, packet_widget, picture
from helpers.wire import faces

HERE = Path(__file__).parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("[0-9][0-9]_*.ipynb"))
CLASS = ("classroom/README", "classroom/littlest_jupyterhub")
BESIDE = ("answers", "glossary", "rfcs", "cast", "notebooks/instructor_guide", *CLASS)
PARTS = {  # of the reference: what stands above each, and its modules
    "lab": "The internet in the kernel",
    "wire": "What is said on a wire, as values",
    "mail": "A letter's evidence",
    "health": "The health of a domain",
    "check": "Predictions, checks and hints",
    "gallery": "Tickets",
    "show": "Views",
    "": "What lies beside these",
}


def lay(folder: Path) -> None:
    """Write all that Sphinx reads into a new folder."""
    there = folder / "notebooks"
    there.mkdir(parents=True)
    for file in NOTEBOOKS:
        shutil.copyfile(file, there / file.name)
    shutil.copyfile(ROOT / "notebooks/instructor_guide.md", there / "instructor_guide.md")
    shutil.copytree(ROOT / "notebooks/images", there / "images")
    (folder / "classroom").mkdir()
    for page in CLASS:
        shutil.copyfile(ROOT / f"{page}.md", folder / f"{page}.md")
    shutil.copyfile(HERE / "glossary.md", folder / "glossary.md")
    pages = {"index": index(), "answers": answers(), "cast": the_cast(), "rfcs": RFCS}
    pages |= {f"reference/{name(part)}": reference(part) for part in PARTS if modules(part)}
    for page, text in pages.items():
        file = folder / f"{page}.md"
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8", newline="\n")
    static(folder / "_static")


def static(folder: Path) -> None:
    """Style and script, of the book and of the views that move in it: the same files that a notebook loads."""
    folder.mkdir()
    for name in ("book.css", "book.js"):
        shutil.copyfile(HERE / name, folder / name)
    widgets = [Path(widget.__file__) for widget in (journey_widget, packet_widget)]
    scripts = "".join(view(widget.with_suffix(".js")) for widget in widgets)
    (folder / "views.js").write_text(f"window.views = {{}};\n{scripts}", encoding="utf-8", newline="\n")
    sheets = faces.sheet(picture.STYLE, *(widget.with_suffix(".css") for widget in widgets))
    (folder / "views.css").write_text(sheets, encoding="utf-8", newline="\n")


def view(file: Path) -> str:
    """A view's module as a script: what it exports is window.views.NAME."""
    script, export, _ = faces.module(file).partition("export default { render };")
    assert export, f"{file.stem}.js exports something else than render"
    return f"(() => {{\n{script}\nwindow.views.{file.stem.removesuffix('_widget')} = render;\n}})();\n"


def index() -> str:
    """The first page: README's beginning and its table of notebooks."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    sections = re.split(r"^(?=##? )", readme, flags=re.MULTILINE)
    first = next(section for section in sections if section.startswith("# "))
    journey = next(section for section in sections if section.startswith("## The journey"))
    chapters = "\n".join(f"notebooks/{file.stem}" for file in NOTEBOOKS)
    parts = "\n".join(f"reference/{name(part)}" for part in PARTS if modules(part))
    trees = {"The course": chapters, "Beside it": "\n".join(BESIDE), "The package helpers": parts}
    hidden = "".join(f"```{{toctree}}\n:hidden:\n:caption: {name}\n\n{pages}\n```\n\n" for name, pages in trees.items())
    return f"{first}{ABOUT}{journey}\n{hidden}"


ABOUT = """\
## Reading it here

These pages show each notebook as a run left it. Where you are asked what you expect, choose before you open what
follows. In the notebook itself you run, change and write everything, and your answers are checked: each page can be
downloaded as a notebook (above, at the right), and runs in the folder of the course.

"""
RFCS = """\
# The RFCs, section by section

What the course says of a protocol it takes from these documents of the
[RFC Editor](https://www.rfc-editor.org/). Behind each section stand the places whose text
links it. (The explanations that follow a question have links of their own, which are not listed here.)

<div id="rfcs"></div>
"""


def answers() -> str:
    """The chapter of answers: each of them folded."""
    text = [
        "# Answers\n",
        "The course's own answers, one for each exercise, folded. Yours may differ: what counts is that it passes, and "
        "that you can say why. In a notebook, `check.hint` has three hints before you need to come here.\n",
    ]
    for lesson in lessons.folders():
        text.append(f"## [{title(lesson)}](notebooks/{lesson}.ipynb)\n")
        for name, exercise in registry.of(lesson).exercises.items():
            text += [
                f"### `{name}`\n",
                f"What it asks for: {exercise.asks}.\n",
                f"<details><summary>The course's answer to <code>{escape(name)}</code></summary>\n",
                f"`````python\n{exercise.reference_source().strip()}\n`````\n",
                "</details>\n",
            ]
    return "\n".join(text)


def title(lesson: str) -> str:
    """The title of a lesson's notebook."""
    book = json.loads((ROOT / f"notebooks/{lesson}.ipynb").read_text(encoding="utf-8"))
    return re.match(r"# (.+)", "".join(book["cells"][0]["source"]))[1]


def the_cast() -> str:
    """Who is in the lab's network, as a map: from the root of all names down to hosts and people."""
    domains: dict[str, list[cast.Host]] = {}
    for host in cast.CAST:
        domains.setdefault(".".join(host.name.split(".")[-2:]), []).append(host)
    above = [domains.pop(name) for name in ("root-servers.test", "nic.test", "reverse.test")]
    top = "".join(f"<li>{_host(host)}</li>\n" for hosts in above for host in hosts)
    cards = "".join(_domain(domain, hosts) for domain, hosts in sorted(domains.items()))
    return f"{CAST}<ul class='cast-top'>\n{top}</ul>\n<div class='cast'>\n{cards}</div>\n"


CAST = """\
# The cast, and where it lives

The small internet of the notebooks, as a map. Names end in
[`.test`](https://www.rfc-editor.org/rfc/rfc6761#section-6.2), which belongs to nobody, and the addresses are
set aside for examples, those of IPv4 by [RFC 5737](https://www.rfc-editor.org/rfc/rfc5737) and those of IPv6 by
[RFC 3849](https://www.rfc-editor.org/rfc/rfc3849). Whoever looks for a name begins at the root, is sent
to the name server of `test.`, and from there to the name server of a domain. People with a mailbox stand below the name
of their domain.

"""


def _domain(domain: str, hosts: list[cast.Host]) -> str:
    people = ", ".join(cast.PEOPLE.get(domain, ()))
    named = f"<p class='cast-people'>{escape(people)}</p>\n" if people else ""
    listed = "".join(f"<li>{_host(host)}</li>\n" for host in hosts)
    head = f"<p class='cast-domain'>{domain}</p>\n{named}"
    return f"<section aria-label='{domain}'>\n{head}<ul>\n{listed}</ul>\n</section>\n"


def _host(host: cast.Host) -> str:
    addresses = " ".join(f"<code>{address}</code>" for address in host.addresses)
    return f"<strong>{host.name}</strong> {addresses}<br>{escape(host.role)}"


def modules(part: str) -> list[str]:
    """The modules of a part of helpers by their names, those that are for use: what begins with _ is not."""
    folder = ROOT / "helpers" / part
    names = [file.stem for file in sorted(folder.glob("*.py"))]
    prefix = f"helpers.{part}." if part else "helpers."
    package = [prefix.rstrip(".")] if (folder / "__init__.py").exists() else []
    return package + [prefix + name for name in names if not name.startswith("_")]


def name(part: str) -> str:
    """The name of the page of a part."""
    return part or "others"


def reference(part: str) -> str:
    """A page of the reference: each module of a part with what it says of itself."""
    head = f"`helpers.{part}`: {PARTS[part]}" if part else PARTS[part]
    text = [f"# {head}\n"]
    for module in modules(part):
        text.append(f"## `{module}`\n\n```{{eval-rst}}\n.. automodule:: {module}\n   :members:\n```\n")
    return "\n".join(text)
