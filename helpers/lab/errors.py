"""What the lab raises when something is asked of it that it cannot do: one sentence each, with what to do."""


class LabError(Exception):
    """Any error of the lab's own."""

    def _render_traceback_(self) -> list[str]:
        """Return what a notebook shows: the sentence. The frames of helpers/ would only hide it."""
        return [f"{type(self).__name__}: {self}"]


class UnknownHost(LabError, LookupError):
    """A name (str) that no host of the lab has. Takes those that there are, too, of which a near one is suggested."""

    def __init__(self, name: str, known=()):
        super().__init__(f"No host of the lab is called {name!r}. {suggestion(name, known)}print(lab) lists them all.")


class NobodysAddress(LabError, OSError):
    """An address that no host of the lab has. Takes the address (str)."""

    def __init__(self, address: str):
        super().__init__(f"{address} is nobody's address in the lab: print(lab) lists the addresses that there are.")


class ZoneError(LabError, ValueError):
    """Zone text that cannot be used. Takes the sentence, and the line it is about (int, from 1) in `line`."""

    def __init__(self, sentence: str, line: int | None = None):
        super().__init__(sentence)
        self.line = line


def suggestion(name: str, known) -> str:
    """Return 'Did you mean X? ' where one of the known names is close to the given one, else an empty text."""
    from difflib import get_close_matches

    near = get_close_matches(str(name).lower(), list(known), 1, 0.6)
    return f"Did you mean {near[0]}? " if near else ""
