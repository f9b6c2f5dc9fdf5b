"""The source of a function or class that the learner wrote, and the names that it leans on.

`inspect.getsource` knows no class of a notebook. What works for all: the file name in the code object (of a method,
for a class), that file's or cell's text from `linecache`, and in it the last definition of the name.
"""

import ast
import builtins
import inspect
import linecache
import symtable
import sys
import types
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_MISSING = object()
_IN_EVERY_MODULE = {*vars(types.ModuleType("module")), "__file__", "__builtins__"}


class NoSource(Exception):
    """The source cannot be had or kept; the text is a sentence for the learner."""


@dataclass(frozen=True)
class Piece:
    """A definition: its text with decorators, where its names are looked up, and the texts that may import them."""

    name: str
    text: str
    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
    namespace: Mapping[str, Any]
    cells: tuple[str, ...]


def find(answer: object, name: str) -> Piece:
    """The definition of `answer`, a function or class which must be called `name`. Raises NoSource."""
    if not inspect.isclass(answer):
        answer = inspect.unwrap(answer) if callable(answer) else answer
        if not inspect.isfunction(answer):
            raise NoSource(
                f"This is a value of type `{type(answer).__name__}`. Hand over `{name}` itself, by its name alone and "
                "without brackets after it."
            )
    if answer.__name__ == "<lambda>":
        raise NoSource(f"A lambda has no name to be kept by. Write it as `def {name}(...):` with a `return`.")
    if "<locals>" in answer.__qualname__:
        raise NoSource(
            "It was made inside another function, by a decorator of yours perhaps. "
            f"Define `{name}` at the left margin of a cell, without that decorator."
        )
    if answer.__name__ != name:
        called = f"It is called `{answer.__name__}`."
        raise NoSource(f"{called} The course keeps it by the name `{name}`: rename it to that.")

    cells = _cells()
    function = next(_functions(answer), None)
    if function is None:  # a class without a method: the newest cell that defines it
        namespace = vars(sys.modules.get(answer.__module__, sys.modules["__main__"]))
        text = next((cell for cell in reversed(cells) if _definition(cell, name)), "")
    elif (filename := function.__code__.co_filename).startswith("<timed"):
        raise NoSource(
            "Its cell begins with `%%time`, which hides the source. Take that line away and run the cell again."
        )
    else:
        namespace = function.__globals__
        linecache.checkcache(filename)
        text = "".join(linecache.getlines(filename))
    node = _definition(text, name)
    if node is None:
        raise NoSource(
            f"The source of `{name}` cannot be found. Define it at the left margin of a cell and run that cell."
        )
    return Piece(name, _lines(text, node), node, namespace, tuple(cells if text in cells else [text]))


def named(text: str, name: str) -> str:
    """The last top-level statement of `text` (Python) that defines or sets `name`. Raises NoSource."""
    for node in reversed(ast.parse(text).body):
        targets = node.targets if isinstance(node, ast.Assign) else [node]
        if any(getattr(target, "name", getattr(target, "id", None)) == name for target in targets):
            return _lines(text, node)
    raise NoSource(f"`{name}` is not defined there.")


def definitions(text: str) -> set[str]:
    """The names of the functions and classes that a module's text defines at its top level."""
    return {node.name for node in ast.parse(text).body if isinstance(node, DEFINITIONS)}


def needs(
    piece: Piece, kept: Collection[str], course_import: Callable[[str, object], str | None]
) -> tuple[list[str], list[str], list[str]]:
    """What a piece leans on: the imports to bring along, names out of `kept`, and names that are the notebook's.

    `course_import(name, value)` gives the import of the reference answer that `value` is, if it is one.
    """
    imports: list[str] = []
    used: list[str] = []
    strangers: list[str] = []
    for name in free_names(piece.text):
        own = vars(builtins).get(name)
        value = piece.namespace.get(name, own)
        if name in kept and name not in piece.namespace:
            used.append(name)
        elif (name not in piece.namespace and own is None) or _is_pythons(value, own):
            continue  # defined nowhere: the run will say so
        elif lines := _imports(piece.cells, name, value):
            imports += lines
        elif name in kept:
            used.append(name)
        elif line := course_import(name, value):
            imports.append(line)
        else:
            strangers.append(name)
    return list(dict.fromkeys(imports)), used, strangers


def block(imports: list[str], piece: Piece) -> str:
    """A piece with its imports above it, as it is kept."""
    return "\n".join([*imports, "", "", piece.text]) if imports else piece.text


def free_names(text: str) -> list[str]:
    """The names that a text uses and does not define itself, in alphabetical order."""
    top = symtable.symtable(text, "text", "exec")
    used: set[str] = set()
    defined = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    tables = [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        for symbol in table.get_symbols():
            if symbol.is_global() and symbol.is_referenced():
                used.add(symbol.get_name())
            if symbol.is_declared_global() and symbol.is_assigned():
                defined.add(symbol.get_name())
    return sorted(used - defined - _IN_EVERY_MODULE)


def _is_pythons(value: object, own: object) -> bool:
    """Whether this is Python's own builtin (IPython wraps `open`), as against what IPython adds to them (`display`)."""
    added = str(getattr(own, "__module__", "")).startswith("IPython")
    return own is not None and not added and (value is own or getattr(value, "__wrapped__", None) is own)


def is_blank(node: ast.AST) -> bool:
    """Whether nothing but `...` has been written into a definition yet, beside the lines that its stub gives."""
    match node:
        case ast.Pass() | ast.Expr(ast.Constant(str() | types.EllipsisType())):
            return True
        case ast.FunctionDef(body=[*given, ast.Expr(ast.Constant(types.EllipsisType()))]):
            return all(isinstance(one, ast.Assign | ast.FunctionDef) or is_blank(one) for one in given)
    inner = [one for one in node.body if isinstance(one, ast.FunctionDef)] if isinstance(node, ast.FunctionDef) else []
    if any(is_blank(one) and ast.unparse(one.body[-1]) == "..." for one in inner):
        return True
    return isinstance(node, DEFINITIONS) and all(map(is_blank, node.body))


def _functions(answer: Any) -> Iterator[types.FunctionType]:
    """The function itself, or the methods that a class defines."""
    for member in [answer] if inspect.isfunction(answer) else vars(answer).values():
        member = getattr(member, "fget", None) or getattr(member, "__func__", None) or member
        member = inspect.unwrap(member) if callable(member) else member
        own = inspect.isfunction(member) and f"{member.__qualname__}.".startswith(f"{answer.__qualname__}.")
        if own and member.__code__.co_filename != "<string>":  # as of a method that a dataclass generates
            yield member


def _cells() -> list[str]:
    """The texts of the kernel's cells: the entries of linecache that come from no file."""
    return ["".join(entry[2]) for entry in list(linecache.cache.values()) if len(entry) == 4 and entry[1] is None]


@lru_cache(maxsize=512)
def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return ast.Module([], [])


def _definition(text: str, name: str) -> Any:
    """The last top-level definition of `name`, or None."""
    found = (node for node in reversed(_parsed(text).body) if isinstance(node, DEFINITIONS) and node.name == name)
    return next(found, None)


def _lines(text: str, node: ast.stmt) -> str:
    first = min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", []))])
    return "\n".join(text.split("\n")[first - 1 : node.end_lineno]) + "\n"


def _imports(cells: Collection[str], name: str, value: object) -> list[str]:
    """The import statements of the cells that bind `name` to this very object.

    Several may be needed: `import dns` alone does not make `dns.resolver` there. They cannot be derived from the
    value, whose own module may be a private one (`_struct.pack`). The learner's `mymail` is no import: there, its
    names are at hand.
    """
    found = []
    for node in (node for text in cells for node in ast.walk(_parsed(text))):
        if isinstance(node, ast.Import):
            for alias in node.names:
                module = alias.name if alias.asname else alias.name.partition(".")[0]
                known = sys.modules.get(module, _MISSING) is value
                # check.take puts a new `mymail` there each time, and an older one is meant as well.
                known = known or module == "mymail" == getattr(value, "__name__", "")
                if (alias.asname or module) == name and known:
                    found.append(ast.unparse(ast.Import([alias])))
        elif isinstance(node, ast.ImportFrom) and not node.level and node.module != "mymail":
            for alias in node.names:
                wanted = name if alias.name == "*" else alias.name
                if (alias.asname or wanted) == name and _member(node.module, wanted) is value:
                    found.append(ast.unparse(ast.ImportFrom(node.module, [ast.alias(wanted, alias.asname)], 0)))
    return found


def _member(module: str, name: str) -> object:
    return getattr(sys.modules.get(module), name, sys.modules.get(f"{module}.{name}", _MISSING))
