"""What learners have agreed to show on the class's board. It is kept in memory only, and goes when its owner says so.

Nothing that a learner wrote can be in it: names of the course's exercises and predictions, letters of options, counts.
"""

from collections import Counter

from helpers import lessons

FIVE = 5  # from so many on, what they say is told apart; below, only how many there are


class Shares:
    """What has been shared, by person. Nobody is told whose it is."""

    def __init__(self):
        self.present: set[str] = set()  # whose flower may stand there
        self._passed: dict[str, frozenset[str]] = {}
        self._votes: dict[str, dict[str, list[str]]] = {}  # by prediction and person: the first vote, and the latest

    def put(self, person: str, passed: object) -> None:
        """Show a person's flower, and count what they have passed. Raises ValueError for what is no list of names."""
        if not isinstance(passed, list) or not all(isinstance(name, str) for name in passed):
            raise ValueError(passed)
        self.present.add(person)
        self._passed[person] = frozenset(passed) & lessons.owners("exercise").keys()

    def vote(self, person: str, name: object, choice: object) -> str:
        """Count a vote; return which it is, "first" or "second". Raises ValueError for what the course does not ask."""
        owner = lessons.owners("predict").get(str(name))
        options = lessons.tables(owner)["predict"][name]["option"] if owner else []
        if choice not in [chr(ord("a") + number) for number in range(len(options))]:
            raise ValueError(choice)
        votes = self._votes.pop(name, {})
        self._votes[name] = votes  # the prediction that was voted on last is the last
        votes[person] = [*votes.get(person, [])[:1], choice]
        return ("first", "second")[len(votes[person]) - 1]

    def of(self, person: str) -> dict:
        """Return what a person has shared."""
        votes = {name: people[person] for name, people in self._votes.items() if person in people}
        passed = sorted(self._passed[person]) if person in self._passed else None
        return {"passed": passed, "votes": votes}

    def take_back(self, person: str) -> None:
        """Forget what a person has shared."""
        self.present.discard(person)
        self._passed.pop(person, None)
        for name, people in list(self._votes.items()):
            people.pop(person, None)
            if not people:
                del self._votes[name]

    def counts(self) -> dict:
        """Return what the board may know of it: counts, and below five only how many there are."""
        passed = Counter(name for names in self._passed.values() for name in names)
        votes = {}
        for name, people in reversed(self._votes.items()):
            rounds = [[each[number] for each in people.values() if len(each) > number] for number in (0, 1)]
            votes[name] = [[len(each), Counter(each) if len(each) >= FIVE else {}] for each in rounds]
        enough = len(self._passed) >= FIVE
        return {"sharing": len(self._passed), "passed": passed if enough else {}, "votes": votes}
