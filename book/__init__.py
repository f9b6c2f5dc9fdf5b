"""The web edition: the course as a book of HTML pages, made by Sphinx from the notebooks' stored outputs.

`python3 start.py book` makes it. `sources.py` lays what Sphinx reads, `extension.py` is what Sphinx is told beyond its
own, `glossary.md` has the terms, `rfcs.toml` the titles of the RFCs, `address.py` the repository's address.
"""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TITLE = "Email from the wire up"
