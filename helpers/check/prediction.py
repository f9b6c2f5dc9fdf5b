"""A prediction: one choice among options before the run, and what happened set beside it after the run."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .judging import shown
from .notes import Linked, Note, Rows, in_kernel, prose

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


@dataclass(frozen=True)
class Prediction:
    """A question with its options. The explanation, if there is one, is for everybody, whatever they chose."""

    name: str
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
            return Note(f"{self.name}: there is no option {shown(letter)}", tuple(say))
        _chosen[self.name] = key
        if self.name in _widgets:
            _widgets[self.name].choice = key
        return Note(f"{self.name}: noted", (f"You predict {self._option(key)}. Now run on and see.",))

    def happened(self, value: object) -> Note:
        """What was predicted beside what happened.

        Raises ValueError when `value` does not match exactly one option: then the run went another way than the
        question foresaw.
        """
        true = [letter for letter, option in self.lettered.items() if option.matches(value)]
        if len(true) != 1:
            found = f"options {' and '.join(true)}" if true else "none of the options"
            raise ValueError(
                f"{self.name}: the run gave {shown(value)}, which matches {found}; it must match one. Cells that were "
                "run in another order may be why: run those of this section again, from its first to this one."
            )
        mine = _chosen.get(self.name)
        predicted = self._option(mine) if mine else "nothing yet"
        rows = Rows([("You predicted", predicted), ("What happened", self._option(true[0]))])
        if mine is None:
            title = f"{self.name}: what happened"
            after = [f'To predict first, choose above or by `check.predict("{self.name}", "a")`, then run this again.']
        elif mine == true[0]:
            title, after = f"{self.name}: as you predicted", []
        else:
            title, after = f"{self.name}: not as you predicted", [self.lettered[mine].feedback]
        told = [*after, self.lettered[true[0]].feedback, Linked(self.explanation)]
        return Note(title, (rows, *filter(None, told)))

    def _option(self, letter: str) -> str:
        return f"{letter}) {self.lettered[letter].text}"


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
        options = "".join(f"<li>{prose(option.text)}</li>\n" for option in asked.options)
        return (
            f'<p><strong>{prose(asked.question)}</strong></p>\n<ol type="a">\n{options}</ol>\n'
            f"<p>To choose a: <code>{prose(self._by_code())}</code></p>"
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
            widget.observe(lambda change: _chosen.update({asked.name: change.new}), "choice")
            _widgets[asked.name] = widget
        return _widgets[asked.name]
