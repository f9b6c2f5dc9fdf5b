"""What runs in the process of its own: the learner's code, and the judge that tries it.

`python -m helpers.check.inside` reads a job (JSON) on its standard input, says when it is ready, and writes a verdict,
one line of JSON each, on what was its standard output. What the code prints goes to standard error.
"""

import faulthandler
import importlib
import json
import linecache
import os
import sys
import traceback
import types
from dataclasses import asdict
from typing import Any

from helpers import lessons

from .judging import Feedback, wrong


def main() -> None:  # pragma: no cover - in the child, where coverage does not look
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    job = json.load(sys.stdin)
    me = os.getpid()

    def say(message: dict[str, Any]) -> None:
        if os.getpid() == me:  # a fork of the learner's comes by here too
            print(json.dumps(message), file=channel, flush=True)

    lessons.__path__[:] = job["lessons"]
    module, _, name = job["judge"].partition(":")
    judge = getattr(importlib.import_module(module), name)
    say({"ready": True})
    with open(os.devnull, "w") as nowhere:
        faulthandler.dump_traceback_later(job["limit"] + 2, exit=True, file=nowhere)  # should the kernel die meanwhile
        feedback = weigh(judge, job["name"], job["texts"])
    sys.stdout.flush()
    say(asdict(feedback))
    os._exit(0)  # whatever threads were left behind


def weigh(judge, name: str, texts: list[tuple[str, str]]) -> Feedback:
    """Run the texts as one module, hand its `name` to the judge, and tell whatever goes wrong on the way."""
    module = types.ModuleType("answer")
    sys.modules["answer"] = module
    labels = {f"<{label}>": label for label, _ in texts}
    try:
        for label, text in texts:
            linecache.cache[f"<{label}>"] = (len(text), None, text.splitlines(keepends=True), f"<{label}>")
            exec(compile(text, f"<{label}>", "exec"), vars(module))
        return judge(getattr(module, name))
    except SystemExit:
        return wrong(
            "It called `sys.exit`, which ends the whole program. A function hands its answer back with `return`."
        )
    except BaseException as error:
        return wrong(_told(error, labels))


def _told(error: BaseException, labels: dict[str, str]) -> str:
    """A sentence about an error: where it was raised, and what was being tried."""
    what = f"{type(error).__name__}: {_message(error)}".replace("`", "'").rstrip(": ")
    tried = "".join(f" That was with {note}." for note in getattr(error, "__notes__", []))
    mine = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in labels]
    if not mine:
        return f"The check called it and met {what}.{tried}"
    where = f"line {mine[-1].lineno} of {labels[mine[-1].filename]}, `{mine[-1].line}`"
    if isinstance(error, ModuleNotFoundError):
        return (
            f"There is no module `{error.name}` where this runs ({where}). Kept functions may import Python's own "
            "library and the course's packages, not files that lie beside a notebook."
        )
    return f"It raised {what} in {where}.{tried}"


def _message(error: BaseException) -> str:
    try:
        text = str(error)
    except Exception:
        return ""
    return text if len(text) <= 300 else text[:300] + "..."


if __name__ == "__main__":  # pragma: no cover - in the child
    main()
