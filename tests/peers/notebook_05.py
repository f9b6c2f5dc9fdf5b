"""The learner's server of notebook 05, made of the notebook's own cells, and the Node program that it prints."""

import ast
import re
from pathlib import Path
from types import SimpleNamespace

import nbformat

from helpers import answers

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "05_live_server.ipynb"
NAMES = {"AnyPort", "OPTIONS", "Noting", "Listening", "log", "stop", "start", "ZONE"}


def node_program() -> str:
    """Return the program in JavaScript that the notebook prints."""
    (program,) = (found for cell in _cells("markdown") for found in re.findall(r"```js\n(.*?)```", cell, re.DOTALL))
    return program


def cells(lab) -> SimpleNamespace:
    """Return what the notebook's cells define, in a lab: `start(handler)` runs a server, `stop()` ends it."""
    first, *others = (ast.parse(cell).body for cell in _cells("code"))
    imports = [line for line in first if isinstance(line, ast.Import | ast.ImportFrom)]
    defined = [line for cell in others for line in cell if _names(line) & NAMES]
    scope = {"lab": lab, "running": []}
    exec(compile(ast.Module([*imports, *defined], []), NOTEBOOK.name, "exec"), scope)
    return SimpleNamespace(**scope)


def zone() -> str:
    """Return the zone learner.test, with the line that the notebook asks for."""
    return f"{cells(None).ZONE}{answers.my_mx}\n"


def _cells(kind: str) -> list[str]:
    return [cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == kind]


def _names(line: ast.stmt) -> set[str]:
    if isinstance(line, ast.ClassDef | ast.FunctionDef):
        return {line.name}
    targets = line.targets if isinstance(line, ast.Assign) else []
    return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
