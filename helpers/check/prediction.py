"""A prediction: one choice among options before the run, and what happened set beside it after the run."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from helpers.wire.faces import look

from . import noting
from .judging import shown
from .notes import Linked, Note, Rows, Told, in_kernel, prose

_chosen: dict[str, str] = {}  # prediction -> letter, for as long as the kernel lives
_widgets: dict[str, Any] = {}  # prediction -> its one widget: every view of it shows the same choice


@dataclass(frozen=True)
class Option:
    """One thing that may happen. `matches` says of the value that the run gave whether it is this one.

    `belief` is the id of what those believe who choose it and are wrong, where it is in beliefs.toml.
    """

    text: str
    matches: Callable[[object], bool]
    feedback: str
    belief: str = ""

    @property
    def mark(self) -> str:
        """What an event calls this option by: letters change when an option is put in before it."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]


@dataclass(frozen=True)
class Prediction:
    """A question of a lesson, with its options. The explanation, if any, is for everybody, whatever they chose."""

    name: str
    lesson: str
    question: str
    options: tuple[Option, ...]
    explanation: str = ""

    @property
    def lettered(self) -> dict[str, Option]:
        """The options by their letters: a, b, c ..."""
        return {chr(ord("a") + n): option for n, option in enumerate(self.options)}

    def choose(self, letter: object) -> Note:
        """Choose by a line of code. An unknown letter changes nothing and gets a sentence."""
        key = str(letter).strip().rstrip(").").lower()
        if key not in self.lettered:
            *most, last = self.lettered
            say = [f"Choose {', '.join(most)} or {last}, in quotes."]
            if self.name in _chosen:
                say.append(f"Your choice is still {self._option(_chosen[self.name])}.")
            return Note(self.name, f"there is no option {shown(letter)}", tuple(say), "open")
        self._choose(key)
        if self.name in _widgets:
            _widgets[self.name].choice = key
        return Note(self.name, "noted", (f"You predict {self._option(key)}. Now run on and see.",))

    def happened(self, value: object) -> Note:
        """What was predicted beside what happened.

        Raises AnotherWay, a ValueError, when `value` does not match exactly one option: then the run went another way
        than the question foresaw.
        """
        true = [letter for letter, option in self.lettered.items() if option.matches(value)]
        if len(true) != 1:
            found = f"options {' and '.join(true)}" if true else "none of the options"
            raise AnotherWay(
                f"{self.name}: the run gave {shown(value)}, which matches {found}; it must match one. Cells that were "
                "run in another order may be why: run those of this section again, from its first to this one."
            )
        mine, (letter,) = _chosen.get(self.name), true
        noting.begin()
        if mine is None:
            told = [self.lettered[letter].feedback, Linked(self.explanation)]
            return Note(self.name, "what happened", (self._option(letter), *filter(None, told)))
        missed = mine != letter
        belief = self.lettered[mine].belief if missed else ""
        noting.note("happened", self.lesson, self.name, belief, missed, self.lettered[letter].mark)
        return self.beside(mine, letter, ("as you predicted", "not as you predicted"))

    def beside(self, mine: str, true: str, words: tuple[str, str]) -> Note:
        """The option chosen beside the one that was true; `words` say of it that it was this one, or another."""
        told = [self.lettered[true].feedback, Linked(self.explanation)]
        rows = Rows([("You predicted", self._option(mine)), ("What happened", self._option(true))])
        told = [self.lettered[mine].feedback] * (mine != true) + told
        word, kind = (words[0], "good") if mine == true else (words[1], "other")
        return Note(self.name, word, (rows, *filter(None, told)), kind)

    def anew(self) -> None:
        """Forget what was chosen, and begin a new round of it."""
        _chosen.pop(self.name, None)
        if self.name in _widgets:
            _widgets[self.name].choice = ""
        noting.note("again", self.lesson, self.name, anew=1)

    def _choose(self, letter: str) -> None:
        _chosen[self.name] = letter
        noting.note("predicted", self.lesson, self.name)

    def _option(self, letter: str) -> str:
        return f"{letter}) {self.lettered[letter].text}"


def chosen(name: str) -> str | None:
    """The letter that is chosen in this kernel for the prediction of that name, or None."""
    return _chosen.get(name)


class AnotherWay(Told, ValueError):
    """A run that went another way than its question foresaw."""


class View:
    """A prediction to be answered. Its text and its static HTML never change with the choice."""

    def __init__(self, prediction: Prediction):
        self._prediction = prediction

    def __repr__(self) -> str:
        asked = self._prediction
        options = (f"  {letter}) {option.text}" for letter, option in asked.lettered.items())
        return "\n".join([f"{asked.name}: {asked.question}", *options, f"To choose a: {self._by_code()}"])

    def _repr_html_(self) -> str:
        asked = self._prediction
        options = "".join(f"<p>{letter}) {prose(option.text)}</p>\n" for letter, option in asked.lettered.items())
        return (
            f"<div{look('card', 'card-open')}>\n<p><strong>{prose(asked.question)}</strong></p>\n{options}"
            f"<p>To choose a: <code>{prose(self._by_code())}</code></p>\n</div>"
        )

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        static = {"text/plain": repr(self), "text/html": self._repr_html_()}
        return {**self._widget()._repr_mimebundle_()[0], **static} if in_kernel() else static

    def _by_code(self) -> str:
        return f'check.predict("{self._prediction.name}", "a")'

    def _widget(self) -> Any:
        asked = self._prediction
        if asked.name not in _widgets:
            from .widget import Choice  # only here: without a front end nobody wants a widget

            options = [[letter, option.text] for letter, option in asked.lettered.items()]
            widget = Choice(question=asked.question, options=options, choice=_chosen.get(asked.name, ""))
            widget.observe(lambda change: change.new and asked._choose(change.new), "choice")
            _widgets[asked.name] = widget
        return _widgets[asked.name]
