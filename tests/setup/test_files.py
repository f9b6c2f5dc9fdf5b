"""Writing whole and locking, which laying, keeping and the postcard share."""

import errno
import subprocess
import sys

import pytest

from helpers import files

HOLDS = """
import sys
from pathlib import Path
from helpers import files

with files.locked(Path(sys.argv[1]), 1):
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_file_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path):
    for data in (b"first", b"second"):
        files.write_whole(tmp_path / "file", data)
        assert (tmp_path / "file").read_bytes() == data
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_cannot_be_written_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    files.write_whole(tmp_path / "file", b"first")

    def full(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.os, "replace", full)
    with pytest.raises(OSError, match="No space"):
        files.write_whole(tmp_path / "file", b"second")
    assert (tmp_path / "file").read_bytes() == b"first"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_what_a_killed_writer_left_is_swept_and_nothing_else(tmp_path):
    for name in (".file.17.part", ".other.17.part", "file", ".file"):
        (tmp_path / name).touch()
    files.sweep(tmp_path / "file")
    assert sorted(path.name for path in tmp_path.iterdir()) == [".file", ".other.17.part", "file"]


def test_a_lock_holds_other_processes_off_until_its_holder_dies(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path / "lock")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout.readline().strip() == b"held"
        with pytest.raises(TimeoutError), files.locked(tmp_path / "lock", 0.05):
            pass
        holder.kill()
    with files.locked(tmp_path / "lock", 2):
        pass


def test_where_the_file_system_knows_no_locks_one_goes_on_without(tmp_path, monkeypatch):
    def none(file):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(files, "_lock", none)
    monkeypatch.setattr(files, "_unlock", none)
    with files.locked(tmp_path / "lock", 0):
        (tmp_path / "done").touch()
    assert (tmp_path / "done").exists()
