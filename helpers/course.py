"""The learner's working copy, my-course/: laid from notebooks/, saved to one file, taken back from it.

    python -m helpers.course lay [FOLDER] | save | restore [FILE]

A copy lies beside notebooks/, or in a FOLDER of the learner's own: many learners can share one course. It bears a mark
(helpers/working_copy.py), by which a kernel that works in it finds it, and save and restore do.

Laying. The copy gets each notebook without its outputs, so that a prediction is one. A copy that the learner changed
is never written to: the course's new text is laid beside it, as NAME.new.ipynb. An unchanged one is renewed, a deleted
one laid again. Changed means that the types and sources of the cells, empty cells aside, are not those that were laid;
their hash stands in the copy's own metadata. In a copy that lies elsewhere links to ../notebooks/ lead to its folder
course/, where what they show is laid, too.

Saving packs the copies, mymail.py and progress.jsonl into my-course/saved/my-course-DATE-TIME.zip, to download and
keep.

Taking back. A saved file that lies in my-course/ itself is taken back by the next lay() (each start) or restore(), and
moved to my-course/saved/, where it is only kept. So nothing is taken back twice, or over newer work, unless
restore(FILE) asks for it; and what the learner changed here since is first kept aside, as NAME.before-restore.ipynb.
Of progress.jsonl the lines of both are kept.
"""

import hashlib
import html
import io
import json
import os
import re
import shlex
import struct
import sys
import zipfile
import zlib
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from urllib.parse import quote, unquote

from . import blocks, earlier, events, working_copy
from .files import locked, sweep, write_whole

ROOT = working_copy.ROOT
COPY = re.compile(r"\d\d_\w+\.ipynb", re.ASCII)
CODE = (blocks.NAME, blocks.EARLIER)
OTHER = (*CODE, events.NAME)  # what is saved beside the notebooks
MANIFEST = "my-course.json"
MARK = {"course": "email-from-the-wire-up", "format": 1}
BIGGEST = 32 * 2**20  # bytes of one file in a saved one
MOST = 100  # files in a saved one
BESIDE = "](../notebooks/"  # a link in a notebook that lies in notebooks/ or in the copy beside it
ALONG = "](course/"  # the same link in a copy that lies elsewhere
OPEN = "-P -m jupyterlab --FileContentsManager.pre_save_hook=helpers.course.static_only"
LINKED = re.compile(re.escape(BESIDE) + r"([^)\s#]+)")


class CourseError(ValueError):
    """Something in my-course/, or a file to take back, is not what it should be. The message says what to do."""


# ---- Notebooks as values


def _parse(data: bytes) -> dict:
    """The notebook in `data`; ValueError when it is none."""
    try:
        book = json.loads(data)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not (isinstance(book, dict) and book.get("nbformat") == 4 and isinstance(book.get("metadata"), dict)):
        raise ValueError("not a notebook")
    if not (isinstance(book.get("cells"), list) and all(map(_is_cell, book["cells"]))):
        raise ValueError("not a list of cells")
    return book


def _is_cell(cell: object) -> bool:
    if not isinstance(cell, dict) or not isinstance(cell.get("cell_type"), str):
        return False
    source = cell.get("source")  # the format allows one string or a list of them
    return isinstance(source, str) or (isinstance(source, list) and all(isinstance(line, str) for line in source))


def _source(cell: dict) -> str:
    return "".join(cell["source"])


def _hash(value: object) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()[:32]


def _text_of(book: dict) -> str:
    """The hash that tells whether a learner changed a notebook; the same wherever its copy lies."""
    book = _linked(book, beside=True)
    return _hash([[cell["cell_type"], _source(cell)] for cell in book["cells"] if _source(cell).strip()])


def _linked(book: dict, beside: bool) -> dict:
    """The notebook with its links as they hold in the copy beside notebooks/, or in one elsewhere."""
    old, new = (ALONG, BESIDE) if beside else (BESIDE, ALONG)
    cells = [
        {**cell, "source": _source(cell).replace(old, new).splitlines(keepends=True)}
        if cell["cell_type"] == "markdown" and old in _source(cell)
        else cell
        for cell in book["cells"]
    ]
    return {**book, "cells": cells}


def _laid(book: dict) -> dict:
    """What a copy says of itself since it was laid: {"laid": the hash of its text, "course": of all of it}, or {}."""
    note = book["metadata"].get("mail_course")
    return note if isinstance(note, dict) else {}


def _untouched(book: dict) -> bool:
    return _laid(book).get("laid") == _text_of(book)


def _blank(book: dict) -> dict:
    """The notebook as it is laid: without counts, widget state and outputs but for the questions', its hashes noted."""
    for cell in book["cells"]:
        if cell["cell_type"] == "code":
            asks = "".join(cell["source"]).startswith("check.predict(")  # a question is read before it is run
            cell["outputs"] = [one for one in cell["outputs"] if asks and one["output_type"] == "execute_result"]
            for output in cell["outputs"]:
                output["execution_count"] = None
            cell["execution_count"] = None
            cell.get("metadata", {}).pop("execution", None)
    book["metadata"].pop("widgets", None)
    book["metadata"].pop("mail_course", None)
    book["metadata"]["mail_course"] = {"laid": _text_of(book), "course": _hash(book)}
    return book


def _bytes(book: dict) -> bytes:
    return (json.dumps(book, ensure_ascii=False, indent=1) + "\n").encode()


def _seen(path: Path) -> list[int] | None:
    """What changes when a file does, without reading it."""
    try:
        status = path.stat()
    except OSError:
        return None
    return [status.st_mtime_ns, status.st_size]


# ---- Laying


def lay(root: Path = ROOT, folder: str | os.PathLike | None = None) -> list[str]:
    """Lay or renew the working copy in `folder`, or root/my-course, and take back the saved files dropped into it.

    Returns the sentences that the learner should read; none when nothing happened. Raises CourseError where `folder`
    is not fit for a copy, OSError when what is in it cannot be written.
    """
    copies = root / working_copy.NAME if folder is None else _fit(Path(folder), root)
    copies.mkdir(exist_ok=True)
    working_copy.mark(copies)
    said = _take_back_dropped(copies, root / "notebooks")
    earlier.mend(copies)
    return [*said, *_renew(root / "notebooks", copies)]


def _fit(folder: Path, root: Path) -> Path:
    """The folder, made where it was missing, if a copy may lie in it; CourseError where not."""
    place, course = folder.resolve(), root.resolve()
    own = "Name a new folder of your own"
    if place == course / working_copy.NAME:
        return root / working_copy.NAME
    if place.is_relative_to(course):
        raise CourseError(f"{folder} is in the course's own folder: no copy is laid there. {own}, outside it.")
    if any(map(working_copy.is_one, place.parents)):
        raise CourseError(f"{folder} is in another working copy: no copy is laid there. {own}, outside it.")
    try:
        place.mkdir(parents=True, exist_ok=True)
        if not working_copy.is_one(place) and any(place.iterdir()):
            raise CourseError(f"{folder} holds other things and is no working copy: nothing was laid. {own}.")
        working_copy.mark(place)
    except (FileExistsError, NotADirectoryError):
        raise CourseError(f"{folder} is a file, or lies in one: no copy is laid there. {own}.") from None
    except OSError as error:
        raise CourseError(f"{folder} cannot be written: {error.strerror or error}. {own}.") from None
    return place


def _lies_beside(copies: Path, notebooks: Path) -> bool:
    """Whether links to ../notebooks/ hold in a copy."""
    return copies.parent.resolve() == notebooks.parent.resolve()


def _renew(notebooks: Path, copies: Path) -> list[str]:
    """Lay, renew or offer each notebook. Returns the sentences that the learner should read."""
    index = copies / ".laid.json"  # spares reading every notebook at every start; nothing is lost without it
    before, beside = _index(index), _lies_beside(copies, notebooks)
    shown = {key for key in before if key.startswith("course/") and not beside}
    after, sentences, laid, renewed = {}, [], 0, []
    for source in sorted(notebooks.glob("[0-9][0-9]_*.ipynb")):
        copy, entry = copies / source.name, before.get(source.name)
        if entry and entry[:2] == [_seen(source), _seen(copy)] and None not in entry[:2]:
            after[source.name] = entry
            continue
        if not beside:
            shown |= _shows(source)
        done, offered, sentence = _lay_one(source, copy, entry[2] if entry else None, beside)
        laid += done == "laid"
        renewed += [source.name] * (done == "renewed")
        sentences += [sentence] * bool(sentence)
        if done != "damaged":  # that is said at every start
            after[source.name] = [_seen(source), _seen(copy), offered]
    for key in sorted(shown):
        entry = _lay_along(notebooks / key.removeprefix("course/"), copies / key, before.get(key))
        after.update({key: entry} if entry else {})
    if after != before:
        write_whole(index, json.dumps(after).encode())
    if renewed:
        sentences.insert(0, f"Renewed, since the course's text changed and yours had not: {_list(renewed)}.")
    if laid:
        sentences.insert(0, f"Laid {_count(laid, 'notebook')} in {copies.name}/, your working copy.")
    return sentences


def _index(path: Path) -> dict:
    try:
        index = json.loads(path.read_bytes())
        return index if all(len(entry) == 3 for entry in index.values()) else {}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


def _shows(notebook: Path) -> set[str]:
    """The files in notebooks/ to which links of a notebook lead, by their paths in a copy that lies elsewhere."""
    names = map(unquote, LINKED.findall(notebook.read_text(encoding="utf-8", errors="replace")))
    return {f"course/{name}" for name in names if ".." not in Path(name).parts and (notebook.parent / name).is_file()}


def _lay_along(source: Path, copy: Path, entry: list | None) -> list | None:
    """Lay or renew what a notebook shows; what the learner put in its place is left alone. Returns its new entry."""
    if entry and entry[:2] == [_seen(source), _seen(copy)]:
        return entry
    if not source.is_file():
        return None
    if not os.path.lexists(copy) or (entry and entry[1] == _seen(copy)):
        try:
            copy.parent.mkdir(parents=True, exist_ok=True)
        except (FileExistsError, NotADirectoryError):  # the learner's own file
            return None
        write_whole(copy, source.read_bytes())
    elif not copy.is_file() or copy.read_bytes() != source.read_bytes():
        return None
    return [_seen(source), _seen(copy), None]


def _lay_one(source: Path, copy: Path, offered: str | None, beside: bool) -> tuple[str, str | None, str]:
    """Lay one notebook. Returns what was done, the hash of the text last offered beside it, and a sentence or ""."""
    name = source.name
    try:
        course = _linked(_blank(_parse(source.read_bytes())), beside)
    except ValueError:
        return "damaged", offered, f"notebooks/{name} is not a notebook. Restore it: git checkout -- notebooks/{name}"
    if not copy.exists():
        write_whole(copy, _bytes(course))
        return "laid", None, ""
    try:
        mine = _parse(copy.read_bytes())
    except (ValueError, OSError):
        unread = f"{copy.parent.name}/{name} cannot be read as a notebook, so it was left alone."
        return "damaged", offered, f"{unread} Rename it to get a fresh one."
    new = course["metadata"]["mail_course"]
    if _untouched(mine):
        if _laid(mine) == new and _linked(mine, beside)["cells"] == mine["cells"]:
            return "kept", None, ""
        write_whole(copy, _bytes(course))
        return "renewed", None, ""
    if new["laid"] in (_laid(mine).get("laid"), _text_of(mine)):
        return "kept", None, ""  # the course has not moved since, or the learner has its text already
    return _offer(copy, course, offered)


def _offer(copy: Path, course: dict, offered: str | None) -> tuple[str, str, str]:
    """Lay the new text of a changed copy beside it, once: who deletes it has declined it."""
    text = course["metadata"]["mail_course"]["laid"]
    beside = copy.with_name(copy.stem + ".new.ipynb")
    changed = f"The course has a new text of {copy.name}. You changed yours"
    if beside.exists():
        try:
            theirs = _parse(beside.read_bytes())
        except (ValueError, OSError):
            theirs = {"cells": [], "metadata": {}}
        if _laid(theirs) == course["metadata"]["mail_course"]:
            return "kept", text, ""
        if not _untouched(theirs):
            both = f"{changed}, and {beside.name} too: both were left alone."
            return "damaged", offered, f"{both} Rename the second to get the new text."
    elif offered == text:
        return "kept", text, ""
    write_whole(beside, _bytes(course))
    return "offered", text, f"{changed}, so it was left alone; the new text is beside it: {beside.name}."


# ---- Saving


def static_only(model: dict, **_) -> None:
    """Take the live views of widgets out of a notebook that JupyterLab is about to save, as its pre_save_hook.

    What is left are their texts and static HTML. A live view needs the kernel that made it: without that, JupyterLab
    shows an error in its place. Takes Jupyter's contents model and changes it.
    """
    for cell in (model.get("content") or {}).get("cells", ()) if model.get("type") == "notebook" else ():
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop("application/vnd.jupyter.widget-view+json", None)


@dataclass(frozen=True)
class Saved:
    """A file that holds the learner's work: `path`, the `names` in it, and sentences about what was left out.

    A copy that lies `elsewhere` than beside notebooks/ is not looked at when the course is started.
    """

    path: Path
    names: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    elsewhere: bool = False

    @property
    def _copy(self) -> str:
        return self.path.parents[1].name

    @property
    def _or_start(self) -> str:
        return "" if self.elsewhere else ", or start the course"

    def _holds(self) -> str:
        books = sum(name.endswith(".ipynb") for name in self.names)
        return _list([_count(books, "notebook")] * bool(books) + [name for name in self.names if name in OTHER])

    def __repr__(self) -> str:
        saved = f"Saved {self._holds()} in {self._copy}/saved/{self.path.name}."
        download = "Download it: find it in the file list, right-click, Download."
        back = f"To take it back, drop it into {self._copy}/ and run course.restore(){self._or_start}."
        return "\n".join([saved, download, back, *self.left_out])

    def _repr_html_(self) -> str:
        link = quote(os.path.relpath(self.path).replace(os.sep, "/"))
        name = html.escape(self.path.name)
        return (
            f'<p>Saved {html.escape(self._holds())}. <a href="{link}" download="{name}">Download {name}</a> '
            f"and keep it. To take it back, drop it into <code>{html.escape(self._copy)}/</code> and run "
            f"<code>course.restore()</code>{self._or_start}.</p>"
            + "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.left_out)
        )


def _here(root: Path | None) -> Path:
    """The copy in `root`; without that, the one that the working folder is in, or the one beside notebooks/."""
    found = None if root else working_copy.find()
    return found or (root or ROOT) / working_copy.NAME


def save(root: Path | None = None) -> Saved:
    """Pack the learner's notebooks, functions and progress into one file in their copy's folder saved/.

    The copy is the one that the working folder is in, or the one beside notebooks/; with `root`, root/my-course.
    Raises CourseError when there is nothing to save, OSError when it cannot be written.
    """
    copies = _here(root)
    packed, left_out = {}, []
    for path in sorted(copies.glob("*")):
        if not (COPY.fullmatch(path.name) or path.name in OTHER) or not path.is_file():
            if path.suffix in (".ipynb", ".py") and not path.name.endswith(".new.ipynb") and path.is_file():
                left_out.append(f"Left out: {path.name} is not one of the course's files. Download it by itself.")
            continue
        data = path.read_bytes()
        if problem := _problem(path.name, data):
            left_out.append(f"Left out: {path.name} {problem}.")
        else:
            packed[path.name] = data
    if not packed:
        nothing = f"There is nothing to save: {copies.name}/ holds no notebook and no mymail.py."
        raise CourseError(" ".join([nothing, *left_out]))
    folder = copies / "saved"
    folder.mkdir(exist_ok=True)
    now = datetime.now()
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as pack:
        pack.writestr(MANIFEST, json.dumps({**MARK, "saved": now.isoformat(" ", "seconds"), "files": sorted(packed)}))
        for name, data in packed.items():
            pack.writestr(name, data)
    path = free(folder / f"my-course-{now:%Y-%m-%d-%H%M%S}.zip")
    write_whole(path, archive.getvalue())
    return Saved(path, tuple(packed), tuple(left_out), not _lies_beside(copies, (root or ROOT) / "notebooks"))


def _problem(name: str, data: bytes) -> str:
    """Why a file cannot go into a saved one or come out of it, or ""."""
    if len(data) > BIGGEST:
        return f"is larger than {BIGGEST // 2**20} MB (clear its outputs)"
    try:
        if name in CODE:
            data.decode()
        elif name != events.NAME:  # of that, each line is looked at for itself
            _parse(data)
    except ValueError:
        return "is damaged"
    return ""


# ---- Taking back


@dataclass(frozen=True)
class Restored:
    """What was taken back: the file, the names `taken`, what was `kept_aside`, more sentences, the copy's name."""

    archive: str
    taken: tuple[str, ...]
    kept_aside: tuple[str, ...] = ()
    more: tuple[str, ...] = ()
    copy: str = working_copy.NAME

    def sentences(self) -> list[str]:
        """What the learner should read about it, a sentence each."""
        if not self.taken:
            return [f"Nothing had to be taken back from {self.archive}: {self.copy}/ has it all.", *self.more]
        sentences = [f"Took back from {self.archive}: {_list(self.taken)}."]
        if self.kept_aside:
            sentences.append(f"What was here and differed is kept: {_list(self.kept_aside)}.")
        sentences.append("A notebook that is open now shows its old text: File, Reload Notebook from Disk.")
        return [*sentences, *self.more]

    def __repr__(self) -> str:
        return "\n".join(self.sentences())

    def _repr_html_(self) -> str:
        return "".join(f"<p>{html.escape(sentence)}</p>" for sentence in self.sentences())


def restore(path: str | os.PathLike | None = None, root: Path | None = None) -> Restored:
    """Take back what save() packed: the file at `path`, else the newest in the copy, else the newest in its saved/.

    The copy is found as save() finds it. Others that were dropped into it are taken back before it: that file has the
    last word. Raises CourseError, which names the file, when it is not ours or damaged; then nothing was changed.
    """
    copies = _here(root)
    if path is None:
        found = list(copies.glob("*.zip")) or list(copies.glob("saved/*.zip"))
        if not found:
            none = f"There is no saved file in {copies.name}/."
            raise CourseError(f"{none} Drop one into it, or name it: course.restore('FILE').")
        archive = max(found, key=_age)
    else:
        places = [folder / path for folder in (Path(), copies, copies / "saved")]
        archive = next(filter(Path.is_file, places), None)
        if archive is None:
            raise CourseError(f"There is no file {os.fspath(path)}. Look up its name in the file list.")
    contents = _unpack(archive)
    notebooks = (root or ROOT) / "notebooks"
    copies.mkdir(exist_ok=True)
    working_copy.mark(copies)
    others = _take_back_dropped(copies, notebooks, but=archive)
    taken = _put_back(archive, contents, copies, notebooks)
    earlier.mend(copies)
    return replace(taken, more=(*others, *_renew(notebooks, copies)))


def _take_back_dropped(copies: Path, notebooks: Path, but: Path | None = None) -> list[str]:
    """Take back the saved files that lie in the copy itself, oldest first, so that the newest has the last word."""
    sentences = []
    for archive in sorted(copies.glob("*.zip"), key=_age):
        if but and archive.resolve() == but.resolve():
            continue
        try:
            sentences += _put_back(archive, _unpack(archive), copies, notebooks).sentences()
        except CourseError as error:
            sentences.append(str(error))
    return sentences


def _age(path: Path) -> tuple[int, str]:
    """What sorts saved files by age, the oldest first."""
    return path.stat().st_mtime_ns, path.name


def _put_back(archive: Path, contents: dict[str, bytes], copies: Path, notebooks: Path) -> Restored:
    """Put the contents of a saved file, which _unpack looked at, in their places, and move it out of the way.

    Raises CourseError where another kernel holds mymail.py for long; then nothing was changed.
    """
    taken, aside = [], []
    beside = _lies_beside(copies, notebooks)
    try:
        with locked(copies / blocks.LOCK, blocks.PATIENCE):
            for name, data in contents.items():
                _put_one(copies / name, data, beside, taken, aside)
    except TimeoutError:
        held = f"{archive.name} was left alone: another notebook is writing {blocks.NAME}."
        raise CourseError(f"{held} Take it back in a moment.") from None
    if archive.resolve().parent == copies.resolve():
        (copies / "saved").mkdir(exist_ok=True)
        os.replace(archive, free(copies / "saved" / archive.name))
    return Restored(archive.name, tuple(taken), tuple(aside), copy=copies.name)


def _put_one(here: Path, data: bytes, beside: bool, taken: list[str], aside: list[str]) -> None:
    """Put one file in its place, unless what is there is the same or newer work; note what was done."""
    if here.name == events.NAME:
        mine = here.read_bytes() if here.is_file() else b""
        data = events.union(mine, data)
        if data == mine:
            return
    elif os.path.lexists(here):
        saved, as_laid = _version(here.name, data)
        mine, untouched = _version(here.name, here.read_bytes() if here.is_file() else b"")
        if saved == mine or as_laid:
            return
        if not untouched:
            spare = free(here.with_name(f"{here.stem}.before-restore{here.suffix}"))
            if here.is_file():
                write_whole(spare, here.read_bytes())  # a copy: where there is no room below, `here` is what it was
            else:
                os.rename(here, spare)
            aside.append(spare.name)
    if here.name not in OTHER:
        book = _parse(data)
        linked = _linked(book, beside)
        if linked != book:  # it was saved in a copy that lay otherwise
            data = _bytes(linked)
    sweep(here)
    write_whole(here, data)
    taken.append(here.name)


def _version(name: str, data: bytes) -> tuple[object, bool]:
    """A file's text, to compare with another's, and whether it is as it was laid."""
    try:
        if name in CODE:
            return earlier.put_right(data.decode()), False
        book = _parse(data)
        return _text_of(book), _untouched(book)
    except ValueError:
        return data, False


def _unpack(archive: Path) -> dict[str, bytes]:
    """The files in a saved one, by name; CourseError unless every one of them is sound."""

    def refuse(why: str) -> CourseError:
        return CourseError(f"{archive.name} {why}, so it was left alone. Take a file that course.save() made.")

    try:
        with zipfile.ZipFile(archive) as pack:
            members = pack.infolist()
            names = [member.filename for member in members]
            if MANIFEST not in names:
                raise refuse("was not saved by this course")
            size = sum(member.file_size for member in members)
            if len(names) > MOST or len(set(names)) < len(names) or size > 4 * BIGGEST:
                raise refuse("holds too much")
            for name in names:
                if not (COPY.fullmatch(name) or name in OTHER or name == MANIFEST):
                    raise refuse(f"holds {name!r}, which is no file of this course")
            files = {name: pack.read(name) for name in names}  # no more than it claims, and its checksum is compared
    except CourseError:
        raise
    except (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, RuntimeError, ValueError) as error:
        raise refuse("is damaged, or is no zip file") from error
    try:
        manifest = json.loads(files.pop(MANIFEST))
        ours = {**manifest, **MARK} == manifest and manifest["files"] == sorted(files)
    except (ValueError, TypeError, KeyError, RecursionError):
        ours = False
    if not ours:
        raise refuse("was not saved by this course")
    for name, data in files.items():
        if problem := _problem(name, data):
            raise refuse(f"holds {name}, which {problem}")
    return files


# ---- Handing in, and the class's board


def hand_in(name: str = "", beliefs: bool = False):
    """Show what a hand-in would hold; with a name, write it. See helpers/handing_in.py."""
    from . import handing_in  # which needs the course's packages, and laying needs none

    return handing_in.hand_in(name, beliefs)


def share(name: str = "", agreed: bool | None = None):
    """Show what would stand on the class's board; agreed, put it there or take it back. See helpers/sharing.py."""
    from . import sharing

    return sharing.share(name, agreed)


# ---- Words


def free(path: Path) -> Path:
    """`path`, or the first of path-2, path-3 ... that is not taken."""
    number, free = 1, path
    while os.path.lexists(free):
        number += 1
        free = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return free


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'s' * (number != 1)}"


def _list(things: list[str] | tuple[str, ...]) -> str:
    return " and ".join(filter(None, [", ".join(things[:-1]), things[-1]]))


def main(words: list[str]) -> int:
    """The command line: lay, save or restore; returns the exit code."""
    try:
        match words:
            case ["lay"]:
                print("\n".join(lay()) or f"{working_copy.NAME}/ is up to date.")
            case ["lay", folder]:
                print("\n".join(lay(folder=folder)) or f"{Path(folder).resolve().name}/ is up to date.")
                print(f"Open it: {shlex.quote(sys.executable)} {OPEN} {shlex.quote(folder)}")
            case ["save"]:
                print(save())
            case ["restore", *path] if len(path) < 2:
                print(restore(*path))
            case _:
                print("python -m helpers.course lay [FOLDER] | save | restore [FILE]")
                return 2
    except (CourseError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
