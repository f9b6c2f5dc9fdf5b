"""Save and restore: one file to download, checked when it comes back, and nothing lost on the way."""

import io
import json
import os
import random
import re
import shutil
import zipfile

import pytest

from helpers import course

FIRST, SECOND = "00_first_letter.ipynb", "01_dns_lookups.ipynb"
MYMAIL = "def read_reply(sock):\n    return sock\n"


@pytest.fixture
def work(course_folder):
    """A learner's work: one notebook changed, one as laid, and mymail.py."""
    course.lay(course_folder.root)
    course_folder.change(FIRST, "answer = 42")
    (course_folder.copies / "mymail.py").write_text(MYMAIL)
    return course_folder


@pytest.fixture
def saved(work):
    return course.save(work.root)


def forget(folder) -> None:
    """A new machine: nothing but what is laid."""
    shutil.rmtree(folder.copies)
    course.lay(folder.root)


def drop(saved, folder):
    """Put a saved file into my-course/, as a browser's upload does."""
    kept = saved.path.read_bytes()
    forget(folder)
    dropped = folder.copies / saved.path.name
    dropped.write_bytes(kept)
    return dropped


# ---- Saving


def test_a_saved_file_holds_the_copies_and_mymail_and_says_where_it_is(work, saved):
    assert re.fullmatch(r"my-course-\d{4}-\d\d-\d\d-\d{6}\.zip", saved.path.name)
    assert saved.path.parent == work.copies / "saved"
    assert repr(saved).splitlines()[0] == f"Saved 2 notebooks and mymail.py in my-course/saved/{saved.path.name}."
    with zipfile.ZipFile(saved.path) as pack:
        assert sorted(pack.namelist()) == [FIRST, SECOND, "my-course.json", "mymail.py"]
        assert pack.read(FIRST) == (work.copies / FIRST).read_bytes()


def test_the_page_has_a_link_to_download_it(work, saved, monkeypatch):
    monkeypatch.chdir(work.copies)
    name = saved.path.name
    assert f'<a href="saved/{name}" download="{name}">Download {name}</a>' in saved._repr_html_()
    monkeypatch.chdir(work.root)
    assert f'<a href="my-course/saved/{name}"' in saved._repr_html_()


def test_saving_again_keeps_the_first(work, saved):
    again = course.save(work.root)
    assert again.path != saved.path
    assert again.path.exists() and saved.path.exists()


def test_what_is_damaged_or_too_large_is_left_out_and_named(work, monkeypatch):
    (work.copies / SECOND).write_text("<<<<<<< HEAD")
    monkeypatch.setattr(course, "BIGGEST", 5000)
    (work.copies / "mymail_earlier.py").write_text("#" * 5001)
    saved = course.save(work.root)
    assert saved.names == (FIRST, "mymail.py")
    left_out = [
        f"Left out: {SECOND} is damaged.",
        "Left out: mymail_earlier.py is larger than 0 MB (clear its outputs).",
    ]
    assert repr(saved).splitlines()[-2:] == left_out
    assert f"<p>{left_out[0]}</p>" in saved._repr_html_()


def test_other_files_are_not_saved(work):
    for name in ("00_first_letter.new.ipynb", "notes.txt", "mymail.pyc"):
        shutil.copy(work.copies / FIRST, work.copies / name)
    (work.copies / "05_folder.ipynb").mkdir()
    saved = course.save(work.root)
    assert saved.names == (FIRST, SECOND, "mymail.py") and "Left out" not in repr(saved)


def test_notebooks_of_the_learners_own_are_named_as_left_out(work):
    own = ("00_first_letter-Copy1.ipynb", "mymail.before-restore.py", "scratch.ipynb")
    for name in own:
        shutil.copy(work.copies / FIRST, work.copies / name)
    said = repr(course.save(work.root))
    assert all(f"Left out: {name} is not one of the course's files. Download it by itself." in said for name in own)


def test_with_nothing_to_save_it_says_so(course_folder):
    with pytest.raises(course.CourseError, match="There is nothing to save"):
        course.save(course_folder.root)


# ---- Taking back


def test_a_dropped_file_is_taken_back_at_the_next_start_and_only_then(work, saved):
    dropped = drop(saved, work)
    said = course.lay(work.root)
    assert said == [
        f"Took back from {dropped.name}: {FIRST} and mymail.py.",
        "A notebook that is open now shows its old text: File, Reload Notebook from Disk.",
    ]
    assert work.sources(FIRST)[-1] == "answer = 42"
    assert (work.copies / "mymail.py").read_text() == MYMAIL
    assert not dropped.exists() and (work.copies / "saved" / dropped.name).exists()
    work.change(FIRST, "answer = 43")
    assert course.lay(work.root) == []
    assert work.sources(FIRST)[-1] == "answer = 43"


def test_a_file_that_was_saved_here_is_not_taken_back_over_newer_work(work, saved):
    work.change(FIRST, "answer = 43")
    assert course.lay(work.root) == []
    assert work.sources(FIRST)[-1] == "answer = 43"


def test_restore_without_a_path_takes_the_dropped_file(work, saved):
    drop(saved, work)
    restored = course.restore(root=work.root)
    assert restored.taken == (FIRST, "mymail.py") and not restored.kept_aside
    assert repr(restored).startswith("Took back from my-course-")
    assert restored._repr_html_().startswith("<p>Took back from my-course-")


def test_restore_without_a_path_takes_the_newest_that_was_saved(work, saved):
    work.change(FIRST, "answer = 43")
    newer = course.save(work.root)
    os.utime(saved.path, (1, 1))
    work.change(FIRST, "answer = 44")
    assert course.restore(root=work.root).archive == newer.path.name
    assert work.sources(FIRST)[-1] == "answer = 43"


@pytest.mark.parametrize("place", ["absolute", "name", "in my-course"])
def test_restore_finds_a_file_by_its_path_or_name(work, saved, place):
    forgotten = work.copies / FIRST
    forgotten.unlink()
    paths = {"absolute": saved.path, "name": saved.path.name, "in my-course": f"saved/{saved.path.name}"}
    assert course.restore(paths[place], work.root).taken == (FIRST,)
    assert saved.path.exists()


def test_restore_with_nothing_there_says_so(work):
    with pytest.raises(course.CourseError, match="no saved file in my-course"):
        course.restore(root=work.root)
    with pytest.raises(course.CourseError, match="There is no file elsewhere.zip"):
        course.restore("elsewhere.zip", work.root)


def test_what_differs_is_kept_aside(work, saved):
    work.change(FIRST, "newer work")
    (work.copies / "mymail.py").write_text("newer = True\n")
    restored = course.restore(saved.path, work.root)
    assert restored.kept_aside == ("00_first_letter.before-restore.ipynb", "mymail.before-restore.py")
    assert "What was here and differed is kept: 00_first_letter.before-restore.ipynb and" in repr(restored)
    assert work.sources("00_first_letter.before-restore.ipynb")[-1] == "newer work"
    assert (work.copies / "mymail.before-restore.py").read_text() == "newer = True\n"
    assert work.sources(FIRST)[-1] == "answer = 42"
    work.change(FIRST, "newest work")
    course.restore(saved.path, work.root)
    assert work.sources("00_first_letter.before-restore-2.ipynb")[-1] == "newest work"
    assert work.sources("00_first_letter.before-restore.ipynb")[-1] == "newer work"


def test_what_is_the_same_is_left_alone(work, saved):
    before = {path: path.stat().st_mtime_ns for path in work.copies.glob("[!.]*") if path.is_file()}
    assert repr(course.restore(saved.path, work.root)) == (
        f"Nothing had to be taken back from {saved.path.name}: my-course/ has it all."
    )
    assert {path: path.stat().st_mtime_ns for path in work.copies.glob("[!.]*") if path.is_file()} == before


def test_an_untouched_notebook_in_the_file_does_not_replace_a_newer_one(work, saved):
    work.change(SECOND, "done since")
    course.restore(saved.path, work.root)
    assert work.sources(SECOND)[-1] == "done since"


def test_a_damaged_copy_is_kept_aside(work, saved):
    (work.copies / FIRST).write_text("<<<<<<< HEAD")
    assert course.restore(saved.path, work.root).kept_aside == ("00_first_letter.before-restore.ipynb",)


def test_a_folder_or_a_broken_link_in_the_way_is_kept_aside(work, saved):
    (work.copies / FIRST).unlink()
    (work.copies / FIRST).mkdir()
    (work.copies / "mymail.py").unlink()
    (work.copies / "mymail.py").symlink_to(work.copies / "nowhere")
    assert len(course.restore(saved.path, work.root).kept_aside) == 2
    assert (work.copies / "mymail.py").read_text() == MYMAIL
    assert not (work.copies / "nowhere").exists()


def test_work_on_an_older_text_gets_the_new_text_beside_it(work, saved):
    work.publish(FIRST, "the course moved on")
    dropped = drop(saved, work)
    restored = course.restore(dropped.name, work.root)
    assert restored.taken == (FIRST, "mymail.py")
    assert "the new text is beside it: 00_first_letter.new.ipynb" in restored.more[-1]
    assert work.sources(FIRST)[-1] == "answer = 42"


def test_two_dropped_files_are_taken_back_in_the_order_of_their_age(work, saved):
    work.change(FIRST, "answer = 43")
    newer = course.save(work.root)
    kept = [path.read_bytes() for path in (saved.path, newer.path)]
    forget(work)
    for age, data in enumerate(kept):
        (work.copies / f"{'ba'[age]}.zip").write_bytes(data)
        os.utime(work.copies / f"{'ba'[age]}.zip", (1000 + age, 1000 + age))
    course.lay(work.root)
    assert work.sources(FIRST)[-1] == "answer = 43"
    assert work.sources("00_first_letter.before-restore.ipynb")[-1] == "answer = 42"


@pytest.fixture
def three(work, saved):
    """Three saved files dropped into my-course/, oldest first: two with one answer each, and one that is damaged."""
    work.change(FIRST, "answer = 43")
    newer = course.save(work.root).path.read_bytes()
    older = saved.path.read_bytes()
    forget(work)
    dropped = [work.copies / name for name in ("c.zip", "b.zip", "a.zip")]
    for age, (path, data) in enumerate(zip(dropped, (older, b"damaged", newer), strict=True)):
        path.write_bytes(data)
        os.utime(path, (1000 + age, 1000 + age))
    return dropped


def test_restore_takes_dropped_files_back_in_the_order_of_their_age_too(work, three):
    restored = course.restore(root=work.root)
    assert restored.archive == "a.zip" and restored.taken == (FIRST,)
    assert work.sources(FIRST)[-1] == "answer = 43"
    assert work.sources("00_first_letter.before-restore.ipynb")[-1] == "answer = 42"
    assert restored.more[0] == f"Took back from c.zip: {FIRST} and mymail.py."
    assert [sentence[:16] for sentence in restored.more].count("b.zip is damaged") == 1
    assert sorted(path.name for path in work.copies.glob("**/*.zip")) == ["a.zip", "b.zip", "c.zip"]


def test_a_file_that_restore_was_told_to_take_stands_over_others_that_were_dropped(work, three):
    assert course.restore("c.zip", work.root).taken == (FIRST,)
    assert work.sources(FIRST)[-1] == "answer = 42"
    assert work.sources("00_first_letter.before-restore.ipynb")[-1] == "answer = 43"


def test_where_the_file_to_restore_is_damaged_no_other_is_taken_back(work, three):
    with pytest.raises(course.CourseError, match="b.zip is damaged"):
        course.restore("b.zip", work.root)
    assert all(path.exists() for path in three) and not (work.copies / "mymail.py").exists()


# ---- Foreign and damaged files


def pack(files: dict, manifest: object = "right", **flags) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", **flags) as archive:
        if manifest == "right":
            manifest = {**course.MARK, "saved": "2026-03-02 09:00:00", "files": sorted(files)}
        if manifest is not None:
            archive.writestr(course.MANIFEST, manifest if isinstance(manifest, str) else json.dumps(manifest))
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def twice() -> bytes:
    data = io.BytesIO(pack({"mymail.py": ""}))
    with zipfile.ZipFile(data, "a") as archive, pytest.warns(UserWarning):
        archive.writestr("mymail.py", "again")
    return data.getvalue()


def with_a_flipped_byte() -> bytes:
    data = bytearray(pack({"mymail.py": "a = 1\n"}))
    data[data.index(b"a = 1")] ^= 1
    return bytes(data)


def encrypted() -> bytes:
    data = bytearray(pack({"mymail.py": "a = 1\n"}))
    for header, flags_at in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        at = -1
        while (at := data.find(header, at + 1)) >= 0:
            data[at + flags_at] |= 1
    return bytes(data)


FOREIGN = {
    "not a zip": (b"hello", "is damaged, or is no zip file"),
    "empty": (b"", "is damaged, or is no zip file"),
    "another's zip": (pack({"notes.txt": "x"}, manifest=None), "was not saved by this course"),
    "another's manifest": (pack({"mymail.py": ""}, manifest={"course": "another"}), "was not saved by this course"),
    "manifest a list": (pack({"mymail.py": ""}, manifest=[]), "was not saved by this course"),
    "manifest no JSON": (pack({"mymail.py": ""}, manifest="{"), "was not saved by this course"),
    "manifest too deep": (pack({"mymail.py": ""}, manifest="[" * 200_000), "was not saved by this course"),
    "a newer format": (pack({}, manifest={**course.MARK, "format": 2, "files": []}), "was not saved by this course"),
    "a list that is not so": (pack({"mymail.py": ""}, manifest={**course.MARK, "files": []}), "was not saved by this"),
    "path up": (pack({"../mymail.py": "x"}), "holds '../mymail.py', which is no file of this course"),
    "absolute path": (pack({"/tmp/mymail.py": "x"}), "holds '/tmp/mymail.py'"),
    "backslashes": (pack({"..\\mymail.py": "x"}), r"holds "),
    "in a folder": (pack({"saved/mymail.py": "x"}), "holds 'saved/mymail.py'"),
    "a folder": (pack({"mymail/": ""}), "holds 'mymail/'"),
    "another name": (pack({"sitecustomize.py": "x"}), "holds 'sitecustomize.py'"),
    "other digits": (pack({"\u0660\u0660_a.ipynb": "x"}), "which is no file of this course"),
    "not a notebook": (pack({FIRST: "{}"}), f"holds {FIRST}, which is damaged"),
    "not UTF-8": (pack({"mymail.py": b"\xff"}), "holds mymail.py, which is damaged"),
    "one twice": (twice(), "holds too much"),
    "too many": (pack({f"{n:02}_{m}.ipynb": "x" for n in range(51) for m in "ab"}), "holds too much"),
    "a flipped byte": (with_a_flipped_byte(), "is damaged, or is no zip file"),
    "a password": (encrypted(), "is damaged, or is no zip file"),
    "cut off": (pack({"mymail.py": "a = 1\n" * 99})[:-30], "is damaged, or is no zip file"),
}


@pytest.mark.parametrize(("data", "why"), FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_or_damaged_file_is_named_and_left_alone(work, data, why):
    dropped = work.copies / "dropped.zip"
    dropped.write_bytes(data)
    before = {path: path.read_bytes() for path in work.copies.glob("[!.]*") if path.is_file()}
    with pytest.raises(course.CourseError) as caught:
        course.restore("dropped.zip", work.root)
    assert str(caught.value).startswith("dropped.zip ") and why in str(caught.value)
    assert str(caught.value).endswith("so it was left alone. Take a file that course.save() made.")
    assert course.lay(work.root) == [str(caught.value)] == course.lay(work.root)
    assert {path: path.read_bytes() for path in work.copies.glob("[!.]*") if path.is_file()} == before
    assert not (work.root / "mymail.py").exists()


def test_sizes_are_limited_before_anything_is_unpacked(work, monkeypatch):
    monkeypatch.setattr(course, "BIGGEST", 1000)
    bomb = work.copies / "bomb.zip"
    bomb.write_bytes(pack({"mymail.py": "#" * 5000}, compression=zipfile.ZIP_DEFLATED))
    with pytest.raises(course.CourseError, match="bomb.zip holds too much"):
        course.restore("bomb.zip", work.root)
    bomb.write_bytes(pack({"mymail.py": "#" * 1001}, compression=zipfile.ZIP_DEFLATED))
    with pytest.raises(course.CourseError, match="bomb.zip holds mymail.py, which is larger than 0 MB"):
        course.restore("bomb.zip", work.root)


def test_no_damage_does_harm(work, saved):
    """Whatever bytes are changed: either it is refused, or what comes back is what was saved."""
    good = saved.path.read_bytes()
    before = (work.copies / FIRST).read_bytes()
    dice = random.Random(5321)
    refused = 0
    for _ in range(300):
        data = bytearray(good)
        for _ in range(dice.choice((1, 1, 2, 20))):
            data[dice.randrange(len(data))] = dice.randrange(256)
        damaged = work.root / "damaged.zip"
        damaged.write_bytes(data[: dice.choice((len(data), dice.randrange(len(data))))])
        try:
            course.restore(damaged, work.root)
        except course.CourseError as error:
            refused += str(error).startswith("damaged.zip ")
        assert (work.copies / FIRST).read_bytes() == before
    assert refused > 250


def test_a_full_disk_half_way_loses_nothing_and_can_be_tried_again(work, saved, monkeypatch):
    dropped = drop(saved, work)
    real, calls = os.replace, []

    def replace(source, target):
        calls.append(target)
        if len(calls) == 2:
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    with pytest.raises(OSError, match="No space"):
        course.lay(work.root)
    monkeypatch.undo()
    assert dropped.exists()
    course.lay(work.root)
    assert work.sources(FIRST)[-1] == "answer = 42"
    assert (work.copies / "mymail.py").read_text() == MYMAIL
    assert not dropped.exists()


def test_a_full_disk_takes_nothing_away(work, saved, monkeypatch):
    (work.copies / "mymail.py").write_text("newer = True\n")
    real = course.write_whole

    def full(path, data):
        if path.name == "mymail.py":
            raise OSError(28, "No space left on device")
        real(path, data)

    monkeypatch.setattr(course, "write_whole", full)
    with pytest.raises(OSError, match="No space"):
        course.restore(saved.path, work.root)
    assert (work.copies / "mymail.py").read_text() == "newer = True\n"


def test_what_jupyterlab_saves_has_no_live_views(course_folder):
    course.lay(course_folder.root)
    book = course_folder.read(FIRST)
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": "1"}, "text/plain": "a) ...", "text/html": "<ol>"}
    book["cells"][-1]["outputs"] = [
        {"output_type": "execute_result", "data": view, "metadata": {}, "execution_count": 1},
        {"output_type": "stream", "name": "stdout", "text": "hello"},
    ]
    model = {"type": "notebook", "content": book, "path": FIRST}
    course.static_only(path=FIRST, model=model, contents_manager=None)
    assert book["cells"][-1]["outputs"][0]["data"] == {"text/plain": "a) ...", "text/html": "<ol>"}
    for other in ({"type": "file", "content": "{}"}, {"type": "directory"}):
        before = dict(other)
        course.static_only(path="x", model=other, contents_manager=None)
        assert other == before
