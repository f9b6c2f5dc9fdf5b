"""How much of what is wrong do judges see? One thing is changed in a reference answer, and its judge has to refuse it.

    python -m tests.mutants              every function and class: some thousand mutants, in about ten minutes
    python -m tests.mutants mail_hosts   some of them

A mutant that passes either does the same as the answer on every input that is allowed, and then stands in
`mutants_equal.toml` with the reason, or the judge has a hole. The share is of those that are not equal.
"""

import ast
import copy
import linecache
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helpers import lessons
from helpers.check import registry
from helpers.check.exercise import CodeExercise

EQUAL = Path(__file__).with_name("mutants_equal.toml")
EACH, ALL = 0.90, 0.95  # the share that has to be refused, of each exercise and of all

_COMPARE = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
_SIGN = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.FloorDiv, ast.FloorDiv: ast.Mult, ast.LShift: ast.RShift}
_CODECS = ("utf-8", "ascii", "latin-1", "replace")
_DROPPED = ("lower", "upper", "casefold", "strip", "lstrip", "rstrip", "encode", "decode")
_PAIRS = ("partition rpartition", "split rsplit", "startswith endswith", "any all", "min max", "append insert")
_OTHER = {one: other for pair in map(str.split, _PAIRS) for one, other in (pair, pair[::-1])}


@dataclass(frozen=True)
class Mutant:
    """A changed answer: its exercise, what was changed (one line of text), and its source."""

    exercise: str
    change: str
    source: str


def mutants(exercise: CodeExercise) -> list[Mutant]:
    """Every mutant of an exercise's reference answer that differs from it as text, each once."""
    text = exercise.reference_source()
    tree = ast.parse(text)
    _mark_words_for_people(tree)
    place = next(n for n, node in enumerate(tree.body) if getattr(node, "name", "") == exercise.function)
    found: dict[str, Mutant] = {}
    for number, node in enumerate(ast.walk(tree.body[place])):
        for change in range(len(list(_changes(node)))):
            changed = copy.deepcopy(tree)
            twin = list(ast.walk(changed.body[place]))[number]
            was = f"line {getattr(node, 'lineno', '?')}: {_told(node)}"
            new = list(_changes(twin))[change]()
            try:
                source = ast.unparse(ast.fix_missing_locations(changed))
            except ValueError:  # bytes within an f-string
                continue
            found.setdefault(source, Mutant(exercise.name, f"{was} -> {new}", source))
    found.pop(ast.unparse(tree), None)
    return list(found.values())


def _changes(node: ast.AST) -> Iterator:
    """Functions that change the node in place, each in one way, and say what it became."""

    def put(field: str, value: object):
        def change() -> str:
            setattr(node, field, value)
            return _told(node)

        return change

    if isinstance(node, ast.Compare) and type(node.ops[0]) in _COMPARE:
        yield put("ops", [_COMPARE[type(node.ops[0])](), *node.ops[1:]])
    if isinstance(node, ast.BoolOp):
        yield put("op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
    if isinstance(node, ast.BinOp) and type(node.op) in _SIGN:
        yield put("op", _SIGN[type(node.op)]())
    if isinstance(node, ast.Constant) and not getattr(node, "for_people", False):
        for value in _constants(node.value):
            yield put("value", value)
    if isinstance(node, ast.Compare):
        for word in [word for word in [node.left, *node.comparators] if isinstance(word, ast.Constant)]:
            if isinstance(word.value, str | bytes) and word.value.lower() != word.value.upper():
                yield _swapped(word, node)
    for field in ("test", "operand"):
        value = getattr(node, field, None)
        if field == "operand" and not isinstance(getattr(node, "op", None), ast.Not):
            continue
        if isinstance(value, ast.expr):
            yield put(field, ast.UnaryOp(ast.Not(), value))
    for field, value in ast.iter_fields(node):
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in _DROPPED:
            yield put(field, value.func.value)
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name) and value.func.id == "sorted":
            yield put(
                field,
                ast.Call(ast.Name("list", ast.Load()), [ast.Call(ast.Name("reversed", ast.Load()), [value], [])], []),
            )
    if isinstance(node, ast.Attribute) and node.attr in _OTHER:
        yield put("attr", _OTHER[node.attr])
    if isinstance(node, ast.Name) and node.id in _OTHER:
        yield put("id", _OTHER[node.id])
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
        for end in ("lower", "upper"):
            if getattr(node.slice, end) is not None:
                yield _without(node.slice, end, node)
    if isinstance(node, ast.For | ast.While) and not isinstance(node.body[-1], ast.Return | ast.Break | ast.Raise):
        yield put("body", [*node.body, ast.Break()])  # only the first of several
    if isinstance(getattr(node, "body", None), list) and len(node.body) > 1:
        for number, statement in enumerate(node.body):
            if isinstance(statement, ast.Expr | ast.Assign | ast.AugAssign) and not _is_text(statement):
                yield put("body", [*node.body[:number], *node.body[number + 1 :]])


def _swapped(word: ast.Constant, node: ast.AST):
    def change() -> str:
        word.value = word.value.swapcase()
        return _told(node)

    return change


def _mark_words_for_people(tree: ast.AST) -> None:
    """Mark the words of errors, of replies after their codes, and names that Python itself reads generously."""
    for node in ast.walk(tree):
        inside = ast.walk(node) if isinstance(node, ast.Raise) else [node]
        for part in inside:
            if isinstance(part, ast.Constant):
                text = part.value if isinstance(part.value, str) else ""
                part.for_people = isinstance(node, ast.Raise) or " " in text.strip() or text in _CODECS


def _without(inner: ast.AST, field: str, node: ast.AST):
    def change() -> str:
        setattr(inner, field, None)
        return _told(node)

    return change


def _constants(value: object) -> list[object]:
    if isinstance(value, bool) or value is None or value is ...:
        return [not value] if isinstance(value, bool) else []
    if isinstance(value, int):
        return [value + 1, value - 1]
    if isinstance(value, str):
        ends = [value.replace("\r\n", "\n")] if "\r\n" in value else []
        return [*ends, value.encode(), value[:-1]]
    if isinstance(value, bytes):
        ends = [value.replace(b"\r\n", b"\n")] if b"\r\n" in value else []
        return [*ends, value.decode("latin-1"), value[:-1]]
    return []


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _told(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 90 else text[:60] + " ... " + text[-25:]


def refused(mutant: Mutant) -> bool:
    """Whether the judge refuses the mutant, as it would a learner's cell."""
    exercise = registry.exercise(mutant.exercise)
    file = f"<mutant of {mutant.exercise}>"
    linecache.cache[file] = (len(mutant.source), None, mutant.source.splitlines(keepends=True), file)
    names: dict[str, object] = {"__name__": "__main__"}
    try:
        exec(compile(mutant.source, file, "exec"), names)
        return exercise.check(names[exercise.function]).passed is not True
    except Exception:
        return True  # it cannot even be defined
    finally:
        linecache.cache.pop(file, None)


def equal() -> dict[str, dict[str, str]]:
    """The mutants that do the same as the answer, by exercise and change, each with the reason."""
    return tomllib.loads(EQUAL.read_text(encoding="utf-8")) if EQUAL.exists() else {}


def code() -> list[CodeExercise]:
    """The exercises that ask for a function or class."""
    exercises = [registry.exercise(name) for name in lessons.owners("exercise")]
    return [exercise for exercise in exercises if isinstance(exercise, CodeExercise)]


def main(names: list[str]) -> int:
    """Try the exercises of these names, or all; returns how many shares are too small."""
    known, seen, caught, small = equal(), 0, 0, 0
    for exercise in code():
        if names and exercise.name not in names:
            continue
        apart = known.get(exercise.name, {})
        tried = [mutant for mutant in mutants(exercise) if mutant.change not in apart]
        passed = [mutant for mutant in tried if not refused(mutant)]
        share = 1 - len(passed) / len(tried)
        small += share < EACH
        seen, caught = seen + len(tried), caught + len(tried) - len(passed)
        print(f"{exercise.name}: {share:.0%} of {len(tried)} refused, {len(apart)} equal", flush=True)
        for mutant in passed:
            print(f"    passes: {mutant.change}", flush=True)
    print(f"in all: {caught / seen:.1%} of {seen} refused")
    return small + (caught / seen < ALL)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
