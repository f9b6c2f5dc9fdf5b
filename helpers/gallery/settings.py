"""What can be set on the machines of a case: the lab reads it whenever it needs it."""

from collections.abc import Callable

from helpers.check.notes import Told
from helpers.lab.errors import suggestion
from helpers.wire.faces import Face


class NoSetting(Told, KeyError):
    """A setting that no machine has."""

    def __str__(self) -> str:
        return str(self.args[0])


class Settings(Face, dict):
    """Settings by name ("mx1.twins.test users"), each a text, a number, True or False."""

    _head = ("Setting", "Value")
    _code = ("Value",)

    def __init__(self):
        super().__init__()
        self._apply: dict[str, Callable[[object], object]] = {}
        self._choices: dict[str, tuple[str, ...]] = {}

    def add(
        self,
        name: str,
        value: object,
        apply: Callable[[object], object] | None = None,
        choices: tuple[str, ...] = (),
    ) -> None:
        """Let there be a setting. `apply` is called with its value now, and with each new one before it is set.

        It may raise Told for one that cannot be. Where there are `choices`, the value is one of them.
        """
        if apply:
            self._apply[name] = apply
        self._choices[name] = choices
        super().__setitem__(name, value)
        self._apply.get(name, bool)(value)

    def __setitem__(self, name: str, value: object) -> None:
        if name not in self:
            raise NoSetting(f"There is no setting {name!r}. {suggestion(name, self)}`case.settings` lists them all.")
        kind = type(self[name])
        if type(value) is not kind:
            told = {int: "a number", str: "a text", bool: "True or False"}[kind]
            raise Told(f"{name} is {self[name]!r}, {told}, and so has to be what comes in its place.")
        choices = self._choices[name]
        if choices and value not in choices:
            raise Told(f"{name} {value!r} is none of the choices: {', '.join(map(repr, choices))}.")
        self._apply.get(name, bool)(value)
        super().__setitem__(name, value)

    def lines(self) -> list[str]:
        """Each setting as a line."""
        return [f"{name} {value!r}" for name, value in self.items()]

    def _title(self) -> str:
        return "What can be set here" if self else "Nothing can be set here"

    def _rows(self) -> list[tuple[str, str]]:
        return [(name, repr(value) + self._others(name, value)) for name, value in self.items()]

    def _others(self, name: str, value: object) -> str:
        others = [repr(choice) for choice in self._choices[name] if choice != value]
        return f" (or {', '.join(others)})" if others else ""
