import copy

import pytest

from helpers.lab import Lab
from helpers.wire.listed import Listed


def test_it_is_a_tuple():
    listed = Listed("abc", "letters")
    assert listed == ("a", "b", "c") and listed[-1] == "c" and listed[1:] == ("b", "c") and listed[5:] == ()
    assert copy.deepcopy(listed) == listed and listed + Listed("d") == ("a", "b", "c", "d")
    assert repr(listed) == "('a', 'b', 'c')"


def test_what_is_not_there_is_told_in_a_sentence():
    with pytest.raises(IndexError, match="^There are no letters: number 0 is not there. Look in the box.$"):
        Listed((), "letters", "Look in the box.")[0]
    with pytest.raises(IndexError, match="^There are 2 letters, counted from 0: number 2 is not there.$"):
        Listed("ab", "letters")[2]


def test_what_a_lab_shows_tells_it():
    with Lab(beside=True) as lab:
        with pytest.raises(IndexError, match="no answer records in this message.*Show the message itself"):
            lab.ask("a.nic.test", "nobody.test", "MX").answers[0]
        with pytest.raises(IndexError, match="no attempts to connect.*Show the delivery itself"):
            lab.send("From: ada@gmail.test\nTo: a@nobody.test\n\nHello\n").attempts[0]
        with pytest.raises(IndexError, match="no connections to mx2.outlook.test yet.*Connect to it first"):
            lab.mail_hosts["mx2.outlook.test"].sessions[-1]
        with pytest.raises(IndexError, match="no connections that this tap heard.*Connect first"):
            lab.tap("mx1.outlook.test").connections[0]
