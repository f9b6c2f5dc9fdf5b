"""What a learner puts on the class's board, for as long as they like: each time they see all of it first.

Without the learner's word nothing is sent. With it go the names of exercises that passed, or a letter for a prediction:
no answer, no time, no try, nobody's name. The board is a page of the hub (classroom/board.py).
"""

from helpers import handing_in, lessons
from helpers.check import keeping, prediction, registry
from helpers.check.notes import Note, Rows
from helpers.course import CourseError
from helpers.lab.neighbours import places, talk
from helpers.lab.neighbours.flowers import host
from helpers.lab.neighbours.shares import FIVE

_NOT_SHOWN = (
    "What is not shown: your name, which of this is yours, when you did it and how often you tried, hints and "
    "solutions that you opened, your functions and your letters. Nobody keeps it: it goes when you take it back, and "
    "with the hub."
)
_BACK = "To take back all that you share: `course.share(agreed=False)`."


def share(name: str = "", agreed: bool | None = None) -> Note:
    """Show what would stand on the class's board; with `agreed=True` put it there, with False take all of it back.

    With the name of a prediction it is a vote, for the option that is chosen here. Raises CourseError where there is no
    board, LookupError for a name that no prediction has.
    """
    if agreed is False:
        _tell(do="unshare")
        say = "The board shows nothing of yours any more, and no vote of yours is counted."
        return Note("share", "taken back", (say,))
    return _vote(name, bool(agreed)) if name else _standing(bool(agreed))


def _standing(agreed: bool) -> Note:
    """Who one is among the flowers, and what has passed."""
    if keeping.folder() is None:
        raise CourseError("There is nothing to share here: run this in a notebook in my-course/.")
    passed, _ = handing_in.work()
    heard = _tell(do="share", passed=passed) if agreed else _tell(do="shared")
    who = f"as {host(heard['flower']).name}" if heard["flower"] else "by a flower's name, once you have joined"
    parts = [
        f"What {'is' if agreed else 'would be'} shown: that you are here, {who}, and whether your server there answers."
        " (While somebody looks at the board, ns.class.test connects to your port 25 now and then, and says QUIT.)",
        f"And one more beside each of these, in a count of all who show theirs, from {FIVE} on: "
        f"{', '.join(passed) or 'nothing yet'}.",
        _NOT_SHOWN,
    ]
    if agreed:
        return Note("share", "on the board", (*parts, f"What passes later is not there by itself. {_BACK}"), "good")
    return Note("share", _so_far(heard), (*parts, "To put it there: `course.share(agreed=True)`."), "open")


def _vote(name: str, agreed: bool) -> Note:
    asked = registry.prediction(name)
    letter = prediction.chosen(name)
    if letter is None:
        say = f'You have chosen nothing here yet: `check.predict("{name}")` asks you.'
        return Note("share", "nothing to share", (say,), "open")
    mine = Rows([("Your vote", f"{letter}) {asked.lettered[letter].text}")])
    counted = f"It is counted with those of all others, without your name. From {FIVE} votes on, bars show them."
    if not agreed:
        heard = _tell(do="shared")
        say = f'To put it there: `course.share("{name}", agreed=True)`.'
        return Note("share", _so_far(heard), (mine, counted, _NOT_SHOWN, say), "open")
    which = _tell(do="vote", name=name, choice=letter)["which"]
    later = "Choose anew and share it again, and that is your second vote, beside the first."
    if which == "second":
        later = "Your first vote stands beside it. If you share another one, that takes the second's place."
    return Note("share", f"your {which} vote", (mine, counted, later, _BACK), "good")


def _so_far(heard: dict) -> str:
    """What the board shows of one's own by now, in a few words."""
    votes = [f"a vote on {name}" for name in lessons.owners("predict") if name in heard["votes"]]
    shared = ["what you have passed"] * (heard["passed"] is not None) + votes
    return f"you share {', '.join(shared)} so far" if shared else "nothing is shared yet"


def _tell(**words) -> dict:
    """Tell the meeting place of the hub, which has the board."""
    place = places.of_the_hub()
    if place is None:
        raise CourseError("There is no board here: it is a page of a class's hub. Nothing has been sent.")
    try:
        return talk.tell(place.port, place.person, place.key, **words)
    except OSError as why:
        said = why if isinstance(why, talk.NoNeighbours) else "The board does not answer: does the hub run?"
        raise CourseError(f"{said} Nothing has been shared or taken back.") from None
