"""Make the book: python3 start.py book [--out DIR]"""

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from book import ROOT, sources

MARK = ".buildinfo"  # Sphinx leaves it in what it made
SETTINGS = Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(prog="start.py book", description="Makes the web edition, a folder of pages.")
    parser.add_argument(
        "--out", metavar="DIR", default=ROOT / "build/book", help="where to (default: build/book, in the course)"
    )
    out = Path(parser.parse_args().out).resolve()
    if out.exists() and not (out / MARK).exists() and (not out.is_dir() or any(out.iterdir())):
        sys.exit(f"{out} holds something else than a book. Name another folder, or empty that one.")
    with tempfile.TemporaryDirectory() as work:
        pages, made = Path(work) / "source", Path(work) / "book"
        sources.lay(pages)
        failed = build(pages, made, Path(work) / "doctrees")
        if failed:
            sys.exit("Sphinx found fault with the above. No book was made.")
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(made, out)
    print(f"The book is ready. Open {out / 'index.html'}, or put the folder on any web server.")


def build(pages: Path, made: Path, doctrees: Path) -> int:
    from sphinx.cmd.build import main as sphinx

    settings = ["--conf-dir", str(SETTINGS), "--doctree-dir", str(doctrees)]
    options = ["--quiet", "--fail-on-warning", "--jobs", "2", "--builder", "html"]
    return sphinx([*options, *settings, str(pages), str(made)])


if __name__ == "__main__":
    main()
