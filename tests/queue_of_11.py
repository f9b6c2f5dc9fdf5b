"""The queue of notebook 11: its runner, made of the notebook's own cells, with the course's answers in it."""

import ast
from collections.abc import Callable
from functools import cache
from pathlib import Path
from types import CodeType, SimpleNamespace
from typing import Any

import nbformat

from helpers import answers
from helpers.files import locked, write_whole
from helpers.lab.queue import Event
from helpers.mail.delivery_report import delivery_report

NOTEBOOK = Path(__file__).parents[1] / "notebooks" / "11_queues_and_bounces.ipynb"
OURS = {"keep", "what_now", "after", "next_try"}
RUNNER = {"new_envelope", "read", "when", "note", "WHAT", "by_domain", "rests", "awake", "rest", "is_due", "give_up"}
RUNNER |= {"tell", "settle", "warn", "attempt", "readable", "run", "days_pass", "met", "greylist"}


def runner(
    lab: Any, line: Any, queue: Path, deliver: Callable[..., dict[str, str]] = answers.deliver
) -> SimpleNamespace:
    """Return what the notebook's cells define, for a folder. `line` is its Listening lab."""
    scope = {"lab": lab, "line": line, "queue": queue, "history": [], "deliver": deliver, "Event": Event}
    scope |= {"delivery_report": delivery_report, "locked": locked, "write_whole": write_whole}
    scope |= {name: getattr(answers, name) for name in OURS}
    exec(program(), scope)
    missing = RUNNER - scope.keys()
    assert not missing, missing
    return SimpleNamespace(**scope, scope=scope)


@cache
def program() -> CodeType:
    """Return the imports and definitions of the notebook that the runner is made of."""
    cells = [cell.source for cell in nbformat.read(NOTEBOOK, as_version=4).cells if cell.cell_type == "code"]
    imports, defined = [], []
    for cell in map(ast.parse, cells):
        imports += [one for one in cell.body if isinstance(one, ast.ImportFrom | ast.Import) and _plain(one)]
        defined += [one for one in cell.body if _name(one) in RUNNER]
    return compile(ast.Module([*imports, *defined], []), NOTEBOOK.name, "exec")


def _plain(line: ast.Import | ast.ImportFrom) -> bool:
    names = [getattr(line, "module", "") or "", *(name.name for name in line.names)]
    return not any(name.startswith(("helpers", "IPython")) for name in names)


def _name(line: ast.stmt) -> str:
    if isinstance(line, ast.FunctionDef):
        return line.name
    targets = line.targets if isinstance(line, ast.Assign) else []
    names = [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]
    return names[0] if names else ""
