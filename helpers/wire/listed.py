"""What was found, in order; a look at what is not there is answered with a sentence."""

from collections.abc import Iterable
from html import escape


class Listed(tuple):
    """A tuple whose IndexError says what there is none of, and where to look instead.

    Takes the items, what they are ("answer records"), and a sentence on where to look.
    """

    def __new__(cls, items: Iterable = (), what: str = "items", instead: str = ""):
        self = super().__new__(cls, items)
        self.what, self.instead = what, instead
        return self

    def __getitem__(self, which):
        """Return an item, or a plain tuple for a slice. Raises IndexError with a sentence."""
        try:
            return super().__getitem__(which)
        except IndexError:
            there = f"There are {len(self)} {self.what}, counted from 0" if self else f"There are no {self.what}"
            raise IndexError(f"{there}: number {which} is not there. {self.instead}".rstrip()) from None


class ListedFaces(Listed):
    """Values that show themselves, one below the other.

    A class of them says in `_nothing` that there is none, and in `_what` and `_instead` what Listed wants to know.
    """

    _nothing: str
    _what: str
    _instead: str

    def __new__(cls, items: Iterable = ()):
        return super().__new__(cls, items, cls._what, cls._instead)

    def __repr__(self) -> str:
        return "\n".join(map(repr, self)) or self._nothing

    def _repr_html_(self) -> str:
        return "".join(one._repr_html_() for one in self) or f"<p>{escape(self._nothing)}</p>"
