import hashlib
from base64 import b64encode

import pytest

from helpers.lab import accounts
from helpers.lab.accounts import KEPT, Accounts
from helpers.lab.cast import PASSWORDS
from tests.wire.pages import Page


def test_each_of_the_cast_may_log_in_and_nobody_else_with_their_password():
    known = Accounts()
    assert set(PASSWORDS) == set(KEPT)
    (ada, hers), (bob, his) = PASSWORDS.items()
    assert known.check(ada, hers) and known.check("Bob@Gmail.test", his)
    for name, password in ((ada, his), (ada, hers + " "), (ada, ""), ("eve@gmail.test", hers), ("", "")):
        assert not known.check(name, password)


def test_what_is_kept_is_what_scrypt_makes_of_it():
    salt = b"0123456789abcdef"
    made = hashlib.scrypt(b"secret", salt=salt, n=16384, r=8, p=1, maxmem=2**26, dklen=32)
    assert accounts.kept("secret", salt) == (f"scrypt$16384$8$1${b64encode(salt).decode()}${b64encode(made).decode()}")


def test_two_with_one_password_do_not_look_alike():
    known = Accounts({})
    known.add("Eve@Gmail.test", "päss")
    known.add("mallory@gmail.test", "päss")
    first, second = (row.split()[-1] for row in repr(known).split("\n")[1:])
    assert first != second
    assert known.check("eve@gmail.test", "päss") and known.check("mallory@gmail.test", "päss")


@pytest.mark.parametrize("name", ["ada@gmail.test", "nobody@gmail.test"])
def test_an_unknown_name_takes_the_same_work(monkeypatch, name):
    work = []
    real = hashlib.scrypt
    monkeypatch.setattr(hashlib, "scrypt", lambda *a, **k: work.append((k["n"], k["r"], k["p"])) or real(*a, **k))
    assert not Accounts().check(name, "wrong")
    assert work == [(16384, 8, 1)]


def test_a_row_of_its_table_is_a_name_and_what_is_kept_of_it_line_by_line():
    """So that the table is as wide as one hash."""
    page = Page(Accounts()._repr_html_())
    page.assert_headings()
    kept = KEPT["ada@gmail.test"].split("$")
    assert page.rows[1] == ["ada@gmail.test", "\n".join([" ".join(kept[:4]), *kept[4:]])]


def test_it_shows_no_password():
    text, html = repr(Accounts()), Accounts()._repr_html_()
    assert "ada@gmail.test" in text and "scrypt 16384 8 1" in text and "ada@gmail.test" in html
    assert not any(password in text or password in html for password in PASSWORDS.values())
