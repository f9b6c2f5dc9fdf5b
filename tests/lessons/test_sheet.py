"""The printed sheet: its rows are what a running lab answers."""

import re
import subprocess
import sys

import pytest

from helpers.lab import Lab
from helpers.lessons import sheet


@pytest.fixture(scope="module")
def lab():
    with Lab(beside=True) as lab:
        yield lab


def test_the_codes_are_those_of_the_conversations(lab):
    codes = {name: code for name, code, _ in sheet.reply_rows(lab)}
    assert codes == {
        "The greeting": "220",
        "EHLO": "250",
        "MAIL FROM": "250",
        "RCPT TO": "250",
        "DATA": "354",
        "The letter and its final dot": "250",
        "RSET": "250",
        "NOOP": "250",
        "VRFY": "252",
        "QUIT": "221",
        "Too many mistakes": "421",
        "One recipient too many": "452",
        "A command that there is not": "500",
        "An address without < and >": "501",
        "DATA before RCPT TO": "503",
        "MAIL FROM before EHLO": "503",
        "An unknown user": "550",
        "Somebody else's domain": "550",
        "A letter that is too big": "552",
    }


def test_the_fates_are_those_of_letters_that_were_sent(lab):
    fates = {name: fate for name, _, _, fate in sheet.fate_rows(lab)}
    assert fates == {
        "MX records": "delivered",
        "The first exchange is down": "delivered",
        "No MX record, but an address": "delivered",
        "The null MX": "not deliverable",
        "MX names a host without an address": "not deliverable",
        "NXDOMAIN": "not deliverable",
        "SERVFAIL, or no answer in time": "not delivered yet",
    }


def test_a_server_that_hangs_up_is_an_error(lab):
    with pytest.raises(ConnectionError):
        sheet._last_reply(lab, (b"QUIT", b"NOOP"))


def test_the_page_is_written_by_the_command(tmp_path):
    page = tmp_path / "sheet.html"
    subprocess.run([sys.executable, "-m", "helpers.lessons.sheet", str(page)], check=True, timeout=60)
    text = page.read_text(encoding="utf-8")
    captions = re.findall("<caption[^>]*>(. SMTP, .)", text)
    assert captions == ["✓ SMTP, 2", "… SMTP, 3", "↻ SMTP, 4", "✗ SMTP, 5"] and text.count("<table") == 5
    assert "An address without &lt; and &gt;" in text and "<script" not in text


def test_it_leaves_the_notebooks_lab_open(lab):
    assert "<h1>" in sheet.html() and not lab.closed


def test_a_refusal_is_reported_to_the_envelope_and_not_to_the_author():
    page = sheet.html()
    assert "reported to its return path, the address in MAIL FROM" in page and "author" not in page
