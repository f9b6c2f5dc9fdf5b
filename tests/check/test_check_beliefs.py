"""The table of what learners believe: each row is met by an exercise or a prediction that exists."""

import subprocess
import sys

import pytest

from helpers.check import beliefs


def test_every_row_is_met():
    assert beliefs.amiss() == []
    assert len(beliefs.BELIEFS) == 23 == len({belief.said for belief in beliefs.BELIEFS})


@pytest.mark.parametrize(
    ("met_by", "sentence"),
    [
        ((), "Nothing meets the row 'the earth is flat'."),
        (("no_such",), "There is no exercise or prediction no_such."),
    ],
)
def test_a_row_that_is_not_met_is_told(met_by, sentence, monkeypatch):
    row = beliefs.Belief("the earth is flat", "it is round", met_by)
    monkeypatch.setattr(beliefs, "BELIEFS", (*beliefs.BELIEFS, row))
    assert sentence in beliefs.amiss()


def test_the_command_prints_every_row():
    done = subprocess.run([sys.executable, "-m", "helpers.check.beliefs"], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("    so: ") == len(beliefs.BELIEFS)
    assert "    met by: change_seen, still_old, ns2_says\n" in done.stdout
