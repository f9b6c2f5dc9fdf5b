"""What is public in helpers says what it is for, and which errors it raises by itself."""

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.setup.conftest import ROOT

FILES = sorted((ROOT / "helpers").rglob("*.py"))
SAID_BY_PYTHON = ("setter", "overload")  # what is decorated so shares the words of another definition
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def public(node: ast.AST, name: str = "", around: str = "") -> Iterator[tuple[ast.AST, str, str]]:
    """The public definitions within a module or class, each with its name and the words of what is around it."""
    for one in node.body:
        if not isinstance(one, (*FUNCTION, ast.ClassDef)) or one.name.startswith("_"):
            continue
        if any(getattr(decorator, "attr", "") in SAID_BY_PYTHON for decorator in one.decorator_list):
            continue
        yield one, f"{name}{one.name}", around
        if isinstance(one, ast.ClassDef):
            yield from public(one, f"{name}{one.name}.", f"{around}\n{ast.get_docstring(one)}")


def raised(node: ast.AST) -> Iterator[str]:
    """The names of the errors that a function raises itself, where nothing around the `raise` in it catches them."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (*FUNCTION, ast.Lambda, ast.ClassDef)):
            continue
        if isinstance(child, ast.Raise) and child.exc:
            error = child.exc.func if isinstance(child.exc, ast.Call) else child.exc
            yield ast.unparse(error).rpartition(".")[2]
        if isinstance(child, ast.Try):
            within = [*child.handlers, *child.orelse, *child.finalbody]
            within += [] if child.handlers else child.body
            for part in within:
                yield from raised(ast.Module([part], []))
        elif not (isinstance(child, ast.With) and "suppress" in ast.unparse(child.items[0])):
            yield from raised(child)


def amiss(file: Path) -> list[str]:
    """What a module's docstrings leave out, a line each."""
    module = ast.parse(file.read_text(encoding="utf-8"))
    found = [] if ast.get_docstring(module) or not module.body else ["the module has no docstring"]
    for node, name, around in public(module):
        words = ast.get_docstring(node)
        if not words:
            found.append(f"{name} has no docstring")
        if words and isinstance(node, FUNCTION):
            errors = {error for error in raised(node) if error[0].isupper() and error != "NotImplementedError"}
            missed = sorted(error for error in errors if error not in words + around)
            found += [f"{name} raises {error} and does not say so" for error in missed]
    return found


def test_what_is_public_says_what_it_is_for_and_what_it_raises():
    assert len(FILES) > 100
    assert not [f"{file.relative_to(ROOT)}: {words}" for file in FILES for words in amiss(file)]


def test_what_is_left_out_is_found(tmp_path):
    file = tmp_path / "module.py"
    file.write_text(
        '"""A module."""\n\n\ndef a():\n    return 1\n\n\nclass B:\n    """Raises LookupError."""\n\n'
        '    def c(self):\n        """Says nothing of an error."""\n        try:\n            raise KeyError\n'
        "        except KeyError:\n            raise errors.Lost(1) from None\n\n"
        '    def d(self):\n        """Nor this one, and its class does."""\n        raise LookupError\n'
    )
    assert amiss(file) == ["a has no docstring", "B.c raises Lost and does not say so"]
