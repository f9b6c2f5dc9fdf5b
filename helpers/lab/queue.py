"""A host's queue: where a letter waits that could not be delivered yet. It lies on disk, so that no restart loses it.

A letter is two files: ID.eml, written once, and ID.json with the envelope and the state of each recipient, written anew
after each try. When it is next tried stands there before the try is made: a host that falls over in the middle of one
does not come back and try at once, for ever. Section numbers are those of RFC 5321.
"""

import json
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

from helpers.files import write_whole
from helpers.lab.clock import Clock
from helpers.lab.delivery import Delivery, Fate
from helpers.wire.faces import Face, visible

FIRST, LONGEST = timedelta(minutes=30), timedelta(hours=4)  # between two tries; section 4.5.4.1 asks for 30 minutes
WARNED_AFTER = timedelta(hours=4)
LIFETIME = timedelta(days=5)  # "at least 4-5 days" (section 4.5.4.1)
STATES = {"delivered": "sent", "deferred": "pending", "bounced": "failed"}

Try = Callable[["Item", bytes], Delivery]  # it takes a letter's octets too, and tries to deliver it to who is pending
# It takes the letter's ID, too, when that came, and until when it is tried, if it still is.
Tell = Callable[[Delivery, str, datetime, datetime | None], object]


@dataclass
class Recipient:
    """Somebody for whom a letter is. `state` is "pending", "sent" or "failed", `reply` (a Fate) what was said last."""

    address: str
    state: str = "pending"
    reply: Fate | None = None


@dataclass
class Item:
    """A letter in the queue, as its ID.json has it. All times are of the lab's clock."""

    id: str
    sender: str
    arrived: datetime
    next_try: datetime
    recipients: list[Recipient]
    tls: str = "opportunistic"  # see MailSystem.send
    attempts: int = 0
    warned: bool = False

    @property
    def pending(self) -> list[str]:
        """The addresses of those who have no fate yet."""
        return [recipient.address for recipient in self.recipients if recipient.state == "pending"]

    def as_json(self) -> bytes:
        """Return the state file."""
        recipients = [
            {"address": one.address, "state": one.state, "reply": vars(one.reply) if one.reply else None}
            for one in self.recipients
        ]
        times = {"arrived": self.arrived.isoformat(), "next_try": self.next_try.isoformat()}
        state = {**vars(self), **times, "recipients": recipients}
        return json.dumps({key: value for key, value in state.items() if key != "id"}, indent=1).encode()

    @classmethod
    def of_json(cls, name: str, octets: bytes) -> "Item":
        """Read a state file. Raises ValueError, KeyError or TypeError for what is none."""
        state = json.loads(octets)
        recipients = [
            Recipient(one["address"], one["state"], Fate(**one["reply"]) if one["reply"] else None)
            for one in state.pop("recipients")
        ]
        times = {key: datetime.fromisoformat(state.pop(key)) for key in ("arrived", "next_try")}
        return cls(id=name, recipients=recipients, **times, **state)


@dataclass(frozen=True)
class Event:
    """Something that befell a letter in a queue: `what` is "kept", "sent", "deferred", "failed", "warned" or "gone"."""

    time: datetime
    id: str
    what: str
    about: str = ""


@dataclass(repr=False)
class Queue(Face):
    """The queue of one host. Takes its name, its folder, the lab's clock, how a try is made, and how a sender is told.

    It works whenever the clock moves. `history` holds what befell the letters (Events), the oldest first.
    """

    host: str
    folder: Path
    clock: Clock
    make: Try
    tell: Tell
    history: list[Event] = field(default_factory=list)

    def __post_init__(self):
        self._alarms: dict[str, Callable[[], None]] = {}
        self._busy: set[str] = set()
        self.folder.mkdir(parents=True, exist_ok=True)
        for item in self:  # what waited when the host went down
            self._set(item)
        self._end = self.clock.on_move(self.run)

    def close(self) -> None:
        """Stop working. What waits stays on disk."""
        self._end()
        for end in self._alarms.values():
            end()

    def keep(self, name: str, sender: str, recipients: list[str], content: bytes, tls: str = "opportunistic") -> Item:
        """Take a letter. Once this returns it is on disk, and this host's responsibility. Raises OSError.

        Whoever gave it makes the first attempt: until then the queue leaves it alone, should the clock move meanwhile.
        """
        now = self.clock.now()
        item = Item(name, sender, now, now, [Recipient(address) for address in recipients], tls)
        self._busy.add(name)
        try:
            write_whole(self._letter(item), content)
            write_whole(self._state(item), item.as_json())
        except OSError:
            self._busy.discard(name)
            raise
        self._note(item, "kept", f"for {', '.join(recipients)}")
        return item

    def attempt(self, item: Item) -> Delivery:
        """Try to deliver a letter to all who have no fate yet, and return the record of it (a Delivery)."""
        self._busy.add(item.id)
        try:
            item.next_try = next_try(item.attempts, self.clock.now(), item.id)
            item.attempts += 1
            write_whole(self._state(item), item.as_json())
            delivery = self.make(item, self._letter(item).read_bytes())
            self._after(item, delivery)
            return delivery
        finally:
            self._busy.discard(item.id)

    def run(self) -> None:
        """Try every letter whose time has come."""
        for item in self:
            if item.next_try <= self.clock.now() and item.id not in self._busy:
                self.attempt(item)

    def _after(self, item: Item, delivery: Delivery) -> None:
        """Write down what became of a letter; tell its sender; let it go once nobody waits for it any more."""
        over, failed = self.clock.now() - item.arrived >= LIFETIME, []
        for one in item.recipients:
            if fate := delivery.fates.get(one.address):
                state, one.reply = STATES[fate.status], fate
                if over and state == "pending":
                    # What was wrong at last, and not just that the time is over (RFC 3463 section 3.5).
                    state, delivery.fates[one.address] = "failed", replace(fate, status="bounced")
                elif state == "pending":
                    delivery.fates[one.address] = replace(fate, waits=format_datetime(item.next_try))
                if state == "failed":
                    failed.append(one)
                else:
                    one.state = state
                what = "deferred" if state == "pending" else state
                self._note(item, what, f"{one.address}: {fate.enhanced} {fate.text}")
        write_whole(self._state(item), item.as_json())
        if failed:
            self.tell(delivery, item.id, item.arrived, None)  # kept in a queue itself before this letter goes
            for one in failed:  # only now: a host that dies before it has told tries once more, and tells then
                one.state = "failed"
            write_whole(self._state(item), item.as_json())
        if not item.pending:
            return self._let_go(item)
        if item.sender and not item.warned and self.clock.now() - item.arrived >= WARNED_AFTER:
            item.warned = True
            write_whole(self._state(item), item.as_json())
            self._note(item, "warned", item.sender)
            self.tell(delivery, item.id, item.arrived, item.arrived + LIFETIME)
        self._set(item)

    def _let_go(self, item: Item) -> None:
        self._letter(item).unlink(missing_ok=True)  # first: a state without a letter is known for what it is
        self._state(item).unlink(missing_ok=True)
        self._set(item, again=False)
        self._note(item, "gone")

    def _set(self, item: Item, again: bool = True) -> None:
        """Let the clock stop when a letter is next tried."""
        if end := self._alarms.pop(item.id, None):
            end()
        if again:
            self._alarms[item.id] = self.clock.due(item.next_try)

    def _note(self, item: Item, what: str, about: str = "") -> None:
        self.history.append(Event(self.clock.now(), item.id, what, about))

    def _letter(self, item: Item) -> Path:
        return self.folder / f"{item.id}.eml"

    def _state(self, item: Item) -> Path:
        return self.folder / f"{item.id}.json"

    # What is in it

    def __iter__(self) -> Iterator[Item]:
        for path in sorted(self.folder.glob("*.json")):
            try:
                item = Item.of_json(path.stem, path.read_bytes())
            except (OSError, ValueError, KeyError, TypeError):  # cut in half, or not of this queue: left for a person
                continue
            if self._letter(item).exists():
                yield item

    def __len__(self) -> int:
        return sum(1 for _ in self)

    _head = ("Letter", "From", "For", "Tries", "Next try", "Said last")

    def _title(self) -> str:
        many = len(self)
        return f"The queue of {self.host}: {many or 'no'} letter{'' if many == 1 else 's'}"

    def _rows(self) -> Iterator[tuple[str, ...]]:
        for item in self:
            when = format_datetime(item.next_try)
            for one in item.recipients:
                if one.state == "pending":
                    said = f"{one.reply.enhanced} {visible(one.reply.text)}" if one.reply else "not tried yet"
                    yield (item.id, visible(item.sender) or "<>", visible(one.address), str(item.attempts), when, said)


def next_try(attempts: int, now: datetime, name: str) -> datetime:
    """Return when a letter is tried again that has been tried `attempts` times before, a try being made now.

    The times double from FIRST to LONGEST, and each is up to a tenth longer, so that letters that failed together do
    not all come back together. The dice are the letter's own: a lab does the same in each run. The last try is the
    first one after LIFETIME, so it may come some hours after what a warning says.
    """
    wait = min(FIRST * 2 ** min(attempts, 16), LONGEST)
    return now + wait * (1 + random.Random(f"{name} {attempts}").randrange(100) / 1000)
