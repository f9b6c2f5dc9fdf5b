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

    def add(self, name: str, value: object, apply: Callable[[object], object] | None = None) -> None:
        """Let there be a setting. `apply` is called with its value now, and with each new one."""
        if apply:
            self._apply[name] = apply
        super().__setitem__(name, value)
        self._apply.get(name, bool)(value)

    def __setitem__(self, name: str, value: object) -> None:
        if name not in self:
            raise NoSetting(f"There is no setting {name!r}. {suggestion(name, self)}`case.settings` lists them all.")
        kind = type(self[name])
        if type(value) is not kind:
            told = {int: "a number", str: "a text", bool: "True or False"}[kind]
            raise Told(f"{name} is {self[name]!r}, {told}, and so has to be what comes in its place.")
        super().__setitem__(name, value)
        self._apply.get(name, bool)(value)

    def lines(self) -> list[str]:
        """Each setting as a line."""
        return [f"{name} {value!r}" for name, value in self.items()]

    def _title(self) -> str:
        return "What can be set here" if self else "Nothing can be set here"

    def _rows(self) -> list[tuple[str, str]]:
        return [(name, repr(value)) for name, value in self.items()]
