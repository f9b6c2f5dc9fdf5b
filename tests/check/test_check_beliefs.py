import subprocess
import sys

from helpers.check import beliefs


def test_the_table_names_only_what_there_is():
    assert beliefs.unknown() == []


def test_the_rows_that_the_lessons_so_far_are_for_are_met():
    met = {belief.said for belief in beliefs.BELIEFS if belief.met_by}
    assert "the DNS query is for support@outlook.com" in met and "DNS propagates" in met
    assert len(beliefs.BELIEFS) == 23 == len({belief.said for belief in beliefs.BELIEFS})


def test_the_command_prints_every_row():
    text = subprocess.run([sys.executable, "-m", "helpers.check.beliefs"], capture_output=True, text=True).stdout
    assert text.count("    so: ") == len(beliefs.BELIEFS)
    assert "    met by: change_seen, still_old, ns2_says\n" in text
