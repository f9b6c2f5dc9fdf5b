"""What a class handed in, tried again: who passed what, and which beliefs many hold.

    python3 start.py collect FOLDER

Each function runs against its judge in a process that is stopped when it takes too long and reaches no network. It is
other people's code all the same, and runs as you: collect what you would open. Written are collected.csv and
collected.html, in that folder.
"""

import csv
import ctypes
import io
import os
import re
import sys
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from html import escape
from pathlib import Path

from helpers import lessons
from helpers.check import child, outline, source
from helpers.files import write_whole
from helpers.handing_in import Foreign, HandedIn, Held, code_exercise, read
from helpers.lessons import beliefs
from helpers.wire.faces import look, sheet, table, visible

CSV, PAGE = "collected.csv", "collected.html"
FEWEST = 5  # learners of whom beliefs are counted
SLOWER = 4  # times as long as a learner's own check may take: a right function is not to fail for a busy machine
LATE = 2  # functions of a file whose time may run out: what comes after them is not run, or one file would take minutes
SIGNS = {"again": "✓", "said": "•", "not here": "≠", "not run": "?", "": "·"}
WORDS = {
    "again": "passes here again",
    "said": "as handed in",
    "not here": "does not pass here",
    "not run": f"not run, as the time ran out for {LATE} functions of this file",
    "": "not handed in",
}
_MEANS = (
    "✓ passes here again, • as handed in (an answer: nothing to run), ≠ does not pass here, "
    f"? not run (the time ran out for {LATE} functions of that file), · not handed in."
)
_CHANGED = "The file was changed after it was made. That can have many reasons."
_FOR = (
    "This is for helping, and not for marks: every solution is one call away, and a file can be written by anybody. "
    "It says who may want a word with you, and what to talk about."
)


@dataclass(frozen=True)
class Learner:
    """One file: what was handed in, and of each exercise how it stands (a key of WORDS)."""

    file: str
    work: HandedIn
    results: dict[str, str]

    def count(self, result: str) -> int:
        """How many of the exercises stand so."""
        return sum(one == result for one in self.results.values())


@dataclass(frozen=True)
class Class:
    """All that was found in a folder. `beliefs` counts them over all who gave them; empty where these are too few."""

    learners: list[Learner]
    skipped: list[tuple[str, str]]
    sheets: int
    beliefs: Counter[str]


def collect(folder: Path, say=lambda text: None) -> Class:
    """Read and try all that lies in a folder and below it. `say` hears of each file."""
    learners, skipped, sheets, held = [], [], 0, Counter()
    tried: dict[tuple[str, ...], child.Ran] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name not in (CSV, PAGE)):
        file = visible(str(path.relative_to(folder)))
        try:
            found = read(path)
        except (Foreign, OSError) as why:
            skipped.append((file, str(why)))
            continue
        if isinstance(found, Held):
            sheets += 1
            held.update(id for id in found.beliefs if id in beliefs.table())
            continue
        learners.append(Learner(file, found, _results(found, tried)))
        say(found.name)
    return Class(learners, skipped, sheets, held if sheets >= FEWEST else Counter())


def _results(work: HandedIn, tried: dict) -> dict[str, str]:
    """How each exercise stands; `tried` keeps what was tried, so that what two wrote alike runs once."""
    known = lessons.owners("exercise")
    results = {name: "not here" if code_exercise(name) else "said" for name in work.passed if name in known}
    late = 0
    for name, body in work.functions.items():
        if exercise := code_exercise(name):
            if late == LATE:
                results[name] = "not run"
                continue
            texts = _texts(name, work.functions)
            base = "\n\n".join(body for _, body in texts)
            if "mymail" in base:  # it may take any of the others from there
                base = "\n\n".join(work.functions.values())
            key = (name, base, *(text for _, text in texts))
            if key not in tried:
                seconds = SLOWER * (exercise.seconds or child.LIMIT)
                tried[key] = child.run(exercise.judge, name, texts, mymail=base, limit=seconds, alone=True)
            results[name] = "again" if tried[key].feedback.passed else "not here"
            late += tried[key].late
    return results


def _texts(name: str, functions: dict[str, str]) -> list[tuple[str, str]]:
    """A function's source and those of the learner's others that it leans on, in the order of their mymail.py."""
    needed, more = [name], [name]
    while more:
        try:
            used = source.free_names(functions[more.pop()])
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        found = [other for other in used if other in functions and other not in needed]
        needed += found
        more += found
    return [(f"{other} as handed in", functions[other]) for other in functions if other in needed]


# ---- What is shown


def text(found: Class) -> str:
    """The class as lines of text."""
    number = len(found.learners)
    lines = [f"{number} hand-in{'s' * (number != 1)}, of {len(lessons.owners('exercise'))} exercises each.", ""]
    for one in found.learners:
        lines.append(f"{one.work.name} ({one.file})")
        lines += [f"    {lesson}  {signs}" for lesson, signs in _signs(one) if signs.strip("·")]
        lines += [f"    {_CHANGED}"] * one.work.changed
    lines += ["", _MEANS, ""]
    lines += [f"Passed over: {file}: {why}." for file, why in found.skipped]
    lines += ["", *_beliefs_text(found), "", _FOR]
    return "\n".join(lines)


def _signs(one: Learner) -> list[tuple[str, str]]:
    """Of each notebook, a sign an exercise."""
    asked = {lesson: [task.name for task in outline.tasks(lesson) if not task.predicts] for lesson in lessons.folders()}
    return [(lesson, "".join(SIGNS[one.results.get(name, "")] for name in names)) for lesson, names in asked.items()]


def _beliefs_text(found: Class) -> list[str]:
    if not found.beliefs:
        return [f"Beliefs are counted from {FEWEST} files of them on, and here are {found.sheets}, or they hold none."]
    lines = [f"What led astray, of {found.sheets} who let it be counted:"]
    for id, said, so, ask, number in _beliefs(found):
        lines += [f"    {number}  {id}: {said}", f"       so: {so}", *([f"       ask: {ask}"] * bool(ask))]
    return lines


def _beliefs(found: Class) -> list[tuple[str, str, str, str, int]]:
    """Each belief that was counted: its id, what is said, what is so, the guide's question, how many."""
    known, places = beliefs.table(), beliefs.met_by()
    return [
        (id, known[id].said, known[id].so, _ask(places[id]), number)
        for id, number in sorted(found.beliefs.items(), key=lambda pair: (-pair[1], pair[0]))
    ]


def _ask(places: list[str]) -> str:
    """What the guide would have an instructor ask: of an exercise that meets a belief, or else the question itself."""
    names = [re.match(r"\w+", place)[0] for place in places]
    for kind, key in (("exercise", "ask"), ("predict", "question")):
        owners = lessons.owners(kind)
        for name in names:
            if name in owners and (words := lessons.tables(owners[name])[kind][name].get(key)):
                return " ".join(words.split())
    return ""


def as_csv(found: Class) -> str:
    """A row for each exercise of each learner."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\r\n")
    rows.writerow(["name", "file", "changed afterwards", "notebook", "exercise", "result"])
    owners = lessons.owners("exercise")
    for one in found.learners:
        start = [_cell(one.work.name), _cell(one.file), "yes" if one.work.changed else "no"]
        rows.writerows([*start, owners[name], name, result] for name, result in one.results.items())
    return out.getvalue()


def _cell(value: str) -> str:
    """A value that no spreadsheet takes for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@")) else value


STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2em auto; max-width: 75em; overflow-wrap: anywhere; }
body { padding: 0 1em; }
table { border-collapse: collapse; }
th, td { border-top: 1px solid #8888; padding: 0.15em 0.6em 0.15em 0; }
.wide { margin-top: 1.5em; overflow-x: auto; }
.all { width: max-content; }
.all tbody th, .file { max-width: 22em; min-width: 8em; overflow-wrap: anywhere; }
.all tbody th { background: Canvas; left: 0; position: sticky; }
@media (max-width: 40em) { .all tbody th { max-width: 8em; } }
.signs { font-family: ui-monospace, "DejaVu Sans Mono", monospace; white-space: nowrap; }
.signs span { display: inline-block; text-align: center; width: 1em; }
"""


def page(found: Class) -> str:
    """The class as one HTML page that holds all it needs."""
    parts = [f"<h1>What the class handed in</h1>\n<p>{escape(_FOR)}</p>\n"]
    if found.learners:
        changed = any(one.work.changed for one in found.learners)
        means = f"<p>{escape(_MEANS)} A sign tells its exercise where the pointer rests on it.</p>\n"
        parts += [_wide("Who passed what", _who(found)), means + f"<p>Changed afterwards: {_CHANGED}</p>\n" * changed]
        results = [each for one in found.learners for each in one.results.items()]
        passed = Counter(name for name, result in results if result in ("again", "said"))
        owners = lessons.owners("exercise")
        few = [
            (name, owner[:2], f"{passed[name]} of {len(found.learners)}")
            for name, owner in owners.items()
            if passed[name]
        ]
        parts.append(
            _wide("How many passed each", table("How many passed each", ["Exercise", "Notebook", "Passed"], few))
        )
    if found.beliefs:
        title = f"What led astray, of {found.sheets} who let it be counted, by nobody's name"
        rows = [(str(number), said, so, ask) for _, said, so, ask, number in _beliefs(found)]
        parts.append(_wide(title, table(title, ["How many", "Said", "So", "Ask"], rows)))
    else:
        parts.append(f"<p>{escape(_beliefs_text(found)[0])}</p>\n")
    if found.skipped:
        parts.append(_wide("Passed over", table("Passed over", ["File", "Why"], found.skipped)))
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>What the class handed in</title>\n<style>\n{sheet()}\n{STYLE}</style>\n</head>\n"
        f"<body>\n<main{look('text')}>\n{''.join(parts)}</main>\n</body>\n</html>\n"
    )


def _wide(what: str, inner: str) -> str:
    """A table that is moved by itself, where the window is narrower; by the keyboard too."""
    return f'<div class="wide" role="region" tabindex="0" aria-label="{escape(what)}">\n{inner}</div>\n'


def _who(found: Class) -> str:
    """A row a learner, a column for each notebook of which anybody handed something in, a sign an exercise."""
    there = {name for one in found.learners for name in one.results}
    asked = {lesson: [task.name for task in outline.tasks(lesson) if not task.predicts] for lesson in lessons.folders()}
    asked = {lesson: names for lesson, names in asked.items() if there.intersection(names)}
    heads = "".join(f'<th scope="col"{look("head")}>{escape(name[:2])}</th>' for name in asked)
    rows = []
    for one in found.learners:
        who = escape(one.work.name + " (changed afterwards)" * one.work.changed)
        signs = "".join(f'<td class="signs">{_signs_html(one, names)}</td>' for names in asked.values())
        rows.append(
            f'<tr><th scope="row"{look("head")}>{who}</th>{signs}<td class="file">{escape(one.file)}</td></tr>\n'
        )
    return (
        f'<table class="all">\n<caption{look("caption")}>Who passed what</caption>\n<thead><tr>'
        f'<th scope="col"{look("head")}>Learner</th>{heads}<th scope="col"{look("head")}>File</th></tr></thead>\n'
        f"<tbody>\n{''.join(rows)}</tbody>\n</table>\n"
    )


def _signs_html(one: Learner, names: list[str]) -> str:
    told = ((name, one.results.get(name, "")) for name in names)
    return "".join(
        f'<span role="img" aria-label="{(label := f"{name}: {WORDS[result]}")}" title="{label}">{SIGNS[result]}</span>'
        for name, result in told
    )


# ---- The command


def _leave_the_network() -> bool:
    """On Linux, where it is allowed: a network of this process's own, with nothing in it but loopback."""
    if not sys.platform.startswith("linux"):
        return False
    trial = os.fork()  # some systems (Ubuntu 24.04) permit the first step and none after it: no process stays half way
    if not trial:
        with suppress(BaseException):
            _unshare()
            os._exit(0)
        os._exit(1)
    if os.waitpid(trial, 0)[1]:
        return False
    try:
        _unshare()
    except OSError as error:
        raise SystemExit(f"This process could not leave the network ({error}), and stopped.") from None
    return True


def _unshare() -> None:
    import fcntl
    import socket
    import struct

    libc, uid, gid = ctypes.CDLL(None, use_errno=True), os.getuid(), os.getgid()
    new_user, new_net, up = 0x10000000, 0x40000000, 0x1
    if libc.unshare(new_user | new_net):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    for name, line in (("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")):
        Path("/proc/self", name).write_text(line)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, 0x8914, struct.pack("16sH22x", b"lo", up))  # SIOCSIFFLAGS


def main(words: list[str]) -> int:
    """The command line; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # a terminal or a pipe may lack letters
            stream.reconfigure(errors="backslashreplace")
    if len(words) != 1 or words[0].startswith("-"):
        print(__doc__)
        return 2
    folder = Path(words[0])
    if not folder.is_dir():
        print(f"{folder} is no folder. Put what was handed in into one, and name that.", file=sys.stderr)
        return 1
    if not _leave_the_network():
        print("Python code that is tried here reaches no network. Other programs that it starts might.")
    found = collect(folder, lambda name: print(f"tried: {name}", flush=True))
    print(f"\n{text(found)}\n")
    for name, content in ((CSV, as_csv(found)), (PAGE, page(found))):
        try:
            write_whole(folder / name, content.encode("utf-8", "backslashreplace"))
        except OSError as error:
            print(f"{name} could not be written: {error.strerror or error}.", file=sys.stderr)
            return 1
    print(f"Written: {folder / CSV} and {folder / PAGE}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
