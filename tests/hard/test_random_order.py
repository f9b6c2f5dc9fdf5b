"""Every notebook's cells in a random order: each ends in its output, or in an error that says what to do.

Every other seed begins in a new kernel, where most names are not there yet; the others after Run All, where they all
are, and what the cells did to the lab lies about.
"""

import random
import re

import nbformat
import pytest

from helpers.lab.errors import LabError
from tests.hard import kernels
from tests.hard.amounts import amount
from tests.notebooks.store import NOTEBOOKS, kernel

LONGEST = 20.0  # seconds for a cell: ten times what the longest one waits for
BOOKS = sorted(NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))


def family(error: type) -> set[str]:
    return {error.__name__}.union(*map(family, error.__subclasses__()))


# Which errors may end a cell: the name, what the text must match, and why that tells the learner what to do.
ALLOWED = [
    ("NameError", r"name '\w+' is not defined", "Python names what has not run yet"),
    *((name, r"\w+", "ours: a sentence that says what to do; their own tests read it") for name in family(LabError)),
    ("TimeoutError", r"^[\w.]+ said nothing for [\d.]+ s$", "ours: names who was silent"),
    ("LifetimeTimeout", r"^[\w.]+ said nothing for [\d.]+ s$", "ours: names who was silent"),
    ("TimeoutError", r"^\d+ of \d+ letters came within 2 s", "ours: the inbox, which says what has come"),
    ("ConnectionRefusedError", r"^[\w.]+ \([\d.]+\) refuses port \d+: no program listens there\.$", "ours: start one"),
    ("ConnectionResetError", r"^[\w.]+ reset the connection$", "ours: names who hung up; a new connection is needed"),
    ("BrokenPipeError", r"^[\w.]+ has closed the connection$", "ours: names who hung up; a new connection is needed"),
    ("ConnectionError", r"is closed: run the cell that opens it again$", "ours: a connection that another cell closed"),
    ("IndexError", r"^There are .* is not there\. (Show|Connect|Ask|Send|Open) ", "ours: helpers.wire.listed"),
    ("NoSetting", r"^There is no setting '.*'\. `case\.settings` lists them all\.$", "ours: of another ticket"),
    ("AnotherWay", r"^\w+: the run gave .* run those of this section again", "ours: check.happened"),
    ("ValueError", r"^[\w.]+ has nothing to report to [\w.]+: no letter came", "ours: no letter has been judged yet"),
    ("ConnectionError", r"^[\w.]+ does not offer STARTTLS$", "the course's own start_tls: names who does not offer it"),
    ("ConnectionError", r"^the server closed the connection in the middle of a reply$", "the course's own read_reply"),
    # Python's, where a function that the learner has not filled in yet is used and not taken: it gave None
    ("(Type|Attribute)Error", r"NoneType", "names the None"),
    ("ConnectionRefusedError", r"Connection refused$", "the system's: smtplib knocks where the server has stopped"),
    # dnspython's, which the lessons teach to read
    ("NXDOMAIN", r"^The DNS query name does not exist: \S+\.$", "names the name that does not exist"),
    ("NoAnswer", r"^The DNS response does not contain an answer to the question: ", "names what has no records"),
    ("NoNameservers", r"^All nameservers failed .* answered SERVFAIL$", "names the question and who could not answer"),
    # Python's ssl: what is wrong with the certificate, which 07 teaches to read
    ("SSLCertVerificationError", r"certificate verify failed: \w+", "names what is wrong with it"),
    # smtplib's: the server's own reply; 500 is aiosmtpd's word that the learner's hook failed, and how
    ("SMTP(Sender|Recipients)Refused", r"[45]\d\d, b['\"]([45]\.\d\.\d |Error: )", "the reply, with its reason"),
]


def allowed(end: kernels.End) -> bool:
    """Whether a cell may end like that."""
    return not end.error or any(
        re.fullmatch(name, end.error) and re.search(text, end.message, re.DOTALL) for name, text, _ in ALLOWED
    )


def shuffled(path, seed: int) -> list[kernels.End]:
    """Run a notebook's cells in the order of the seed, and return how each ended."""
    notebook = nbformat.read(path, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    order = random.Random(f"{path.stem} {seed}").sample(cells, len(cells))
    with kernel(notebook, allow_errors=True) as client:
        if (seed + BOOKS.index(path)) % 2:
            for cell in cells:
                kernels.run(client, cell)
        return [kernels.run(client, cell) for cell in order]


@pytest.mark.thorough
@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(amount("SEEDS", 1)))
@pytest.mark.parametrize("path", BOOKS, ids=lambda path: path.stem)
def test_each_cell_ends_well(path, seed, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOKS.parent))
    ends = shuffled(path, seed)
    assert not [str(end) for end in ends if not allowed(end)]
    assert not [str(end) for end in ends if end.seconds > LONGEST]
