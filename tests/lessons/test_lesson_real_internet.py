"""Notebook 14: what its questions take for an answer, and that its table of domains is what the notebook says."""

import re

import pytest

from helpers import check
from helpers.answers import quiet_zone, which_mend


@pytest.mark.parametrize(
    "answer",
    [
        quiet_zone,
        quiet_zone.replace("0 .", "0 .  ; takes no mail").replace('-all"', '-all"  ; sends none'),
        'quiet.test. 300 IN MX 0 .\nquiet.test. TXT "v=spf1 -all"\n_dmarc.quiet.test. IN TXT "v=DMARC1;p=reject"',
        '; nothing\n@ mx 0 .\n@ txt "v=spf1 " "-all"\n\n_DMARC TXT "v=DMARC1; p=reject; rua=mailto:me@learner.test"',
        '@ MX 0 .\n@ TXT "V=SPF1 -ALL"\n_dmarc TXT "v=DMARC1 ; sp=reject ; p=Reject"\n',
    ],
)
def test_a_quiet_zone_in_other_words(answer):
    assert check.quiet_zone(answer).passed


@pytest.mark.parametrize(
    "answer",
    [
        "",
        quiet_zone.replace("@       MX", "mail    MX"),
        quiet_zone.replace('"v=spf1 -all"', '"v=spf1-all"'),
        quiet_zone.replace("; p=reject", ""),
        quiet_zone + quiet_zone,
        [quiet_zone],
    ],
)
def test_what_is_no_quiet_zone_does_not_pass(answer):
    assert check.quiet_zone(answer).passed is False


def test_mends_in_other_spellings():
    assert check.which_mend({code: f" {letter.upper()}. " for code, letter in which_mend.items()}).passed
    for code in which_mend:
        assert check.which_mend(which_mend | {code: "x"}).passed is False


@pytest.mark.parametrize(
    ("name", "value", "option"),
    [
        ("two_rooms", ("open", "open"), "a greeting from both"),
        ("two_rooms", ("refused", "open"), "a refusal in his room"),
        ("two_rooms", ("silent", "silent"), "nothing from both"),
        ("who_opens", "220 mx1.outlook.test ESMTP", "220 mx1.outlook.test"),
        ("who_opens", "554 no", "554: the café"),
        ("nephews_worst", 0, "none: a host"),
        ("nephews_worst", 7, "five or more"),
        ("after_three", "fine", "fine: all that"),
        ("after_three", "broken", "broken: the old"),
    ],
)
def test_what_happened_is_the_option_that_the_value_means(name, value, option):
    said = " ".join(repr(check.happened(name, value)).split())
    assert re.search(rf"what happened [a-d]\) {re.escape(option)}", said)
