"""Judges of notebook 11's functions. They stop what the learner wrote at every line, as kill -9 or a power cut do."""

import contextlib
import copy
import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

from helpers.check.judging import Feedback, far, right, shown, trying, wrong
from helpers.lessons import disks

from . import crashes
from .crashes import Files, Moment

LETTER = b"From: Ada <ada@gmail.test>\r\nSubject: Tulips\r\n\r\nA caf\xe9 in Latin-1, byte for byte.\r\n"
LONG = LETTER + b"Tulips are on offer this week.\r\n" * 2000
ARRIVED = "2026-03-02T09:00:00+00:00"


def _envelope(*people: str, sender: str = "ada@gmail.test") -> dict:
    """The state of a letter that has just come."""
    waiting = [{"address": who, "state": "pending", "reply": None} for who in people]
    return {"sender": sender, "arrived": ARRIVED, "attempts": 0, "next_try": ARRIVED, "recipients": waiting}


ONE = _envelope("support@outlook.test")
MANY = _envelope(*(f"reader.{number}@outlook.test" for number in range(40)), sender="")
ROOM = (len(json.dumps(MANY)) + len(LETTER)) // 2  # octets: the letter fits, its state does not


def what_now(function) -> Feedback:
    """Judge `what_now(reply)`, which says what a recipient's state is after a reply."""
    for reply, state, why in (
        ("250 2.0.0 Letter kept", "sent", "The host has taken the letter, and responsibility for it."),
        ("250 2.1.5 4 letters kept, 5 to go", "sent", "The first digit decides, and not a digit somewhere in it."),
        ("251 2.1.5 User not local; will forward", "sent", "Any 2yz is a yes."),
        ("550 5.1.1 No such user here", "failed", "That is a no, for good."),
        ("552 5.3.4 Too big", "failed", "Any 5yz is a no."),
        ("450 4.7.0 Come again later", "pending", "A 4yz says: not now. Nobody has said no."),
        ("421 4.3.2 Closing down", "pending", "A host that leaves has refused nothing."),
        ("5.1.2 there is no such domain", "failed", "Where no host was asked, a fate is an enhanced code and words."),
        ("4.4.3 the DNS has no answer at the moment", "pending", "A resolver that fails is no recipient that is gone."),
        ("4.4.2 mx1.outlook.test said nothing for 300 s", "pending", "Silence is no answer, and so no answer of 'no'."),
        ("", "pending", "An empty text says neither yes nor no."),
        ("354 Go on", "pending", "That says neither yes nor no, so the letter waits."),
        ("time-out", "pending", "Words without a digit say neither yes nor no, so the letter waits."),
    ):
        with trying(f"the reply {reply!r}"):
            state_of = function(reply)
        if state_of != state:
            return wrong(f"For {reply!r} it gave {shown(state_of)}, and the state is {state!r} then. {why}")
    return right("Yes, no, and everything else is `pending`. A letter fails only when somebody has said no.")


# keep


def keep_killed(function) -> Feedback:
    """Judge the first stage of `keep`: whole under a kill."""
    with crashes.quietly():
        amiss = _whole_under_a_kill(function)
    return amiss or right(
        "Stopped at each of its lines, and in the middle of each write, it left a whole letter or none. The state "
        "comes "
        "last, so nobody takes a letter for kept before it is."
    )


def keep(function) -> Feedback:
    """Judge `keep(folder, envelope, letter)`."""
    with crashes.quietly():
        amiss = _whole_under_a_kill(function) or _no_room(function) or _power_cut(function)
    return amiss or right(
        "Killed at each line, cut off in the middle of each write, and without power at each line: there was a whole "
        "letter or none, and once it had returned, the letter was there. A full disk was told to whoever had called. "
        "Now a server may say 250."
    )


def _whole_under_a_kill(function) -> Feedback | None:
    amiss = _keeps(function) or _own_names(function) or _killed(function) or _mid_write(function)
    return amiss or _two_at_once(function)


def _keeps(function) -> Feedback | None:
    """It does what it is there for, when nothing goes wrong."""
    far("two letters")
    for envelope, letter in ((ONE, LETTER), (MANY, LONG)):
        with disks.folder() as name:
            folder, given = Path(name), copy.deepcopy(envelope)
            with trying("a letter, and nothing that goes wrong"):
                returned = function(folder, given, letter)
            with (
                disks.folder() as other,
                trying("a folder on a disk of its own, so the other name has to be in that folder"),
                disks.of_its_own(Path(other)),
            ):
                function(Path(other), copy.deepcopy(envelope), letter)
            items = sorted(folder.glob("*.json"))
            there = crashes.Disk(folder).read()
            if not items:
                what = " and ".join(sorted({_id(Path(name).suffix) for name in there}))
                only = f"no file whose name ends in .json, only {what}" if what else "nothing"
                return wrong(f"It returned {shown(returned)}, and in the folder there is {only}.")
            item = items[0]
            if returned == str(item):
                return wrong(
                    f"It returned the text {shown(returned)}. Return the path itself, a `Path` such as `folder / name` "
                    "makes: whoever gets the item reads it with `item.read_bytes()`."
                )
            if not isinstance(returned, Path) or returned != item:
                return wrong(f"It returned {shown(returned)}. Return the item, which is the path of its .json file.")
            if crashes.as_json(item.read_bytes()) != envelope:
                return wrong(
                    "ID.json does not say what the envelope says. `json.dumps(envelope).encode()` is its content, "
                    "as it is."
                )
            if not item.with_suffix(".eml").exists():
                return wrong(
                    "Beside ID.json there should be the letter, under the same name with .eml at its end, and there is "
                    "none. `item.with_suffix('.eml')` is that path."
                )
            if item.with_suffix(".eml").read_bytes() != letter:
                return wrong(
                    "ID.eml does not hold the bytes that came. A letter is bytes: write them as they are, in 'wb'."
                )
            left = sorted(set(there) - {item.name, f"{item.stem}.eml"})
            if left:
                return wrong(
                    f"Two files were to be in the folder, and {_id(Path(left[0]).suffix)} was left there as well."
                )
    return None


LETTERS = 60


def _own_names(function) -> Feedback | None:
    """Letters of one moment, some alike, one taken away meanwhile: each has a name that no other has."""
    far(f"{LETTERS} letters of one moment")
    with disks.folder() as name, disks.at_one_moment(function):
        folder, opened = Path(name), _opened()
        for number in range(LETTERS):
            with trying(f"letter {number + 1} of many that came in the same moment"):
                item = Path(function(folder, copy.deepcopy(ONE), LETTER if number < 2 else b"Subject: %d\r\n" % number))
            if number == LETTERS // 2:
                item.unlink()
                item.with_suffix(".eml").unlink()
        there = len(list(folder.glob("*.json"))), len(list(folder.glob("*.eml")))
        opened = _opened() - opened
    if there != (LETTERS - 1, LETTERS - 1):
        return wrong(
            f"{LETTERS} letters came in the same moment and one was delivered meanwhile, and then there were "
            f"{there[0]} "
            f"states and {there[1]} letters. One was written over another. `uuid.uuid4()` gives a name that no other "
            "has."
        )
    if opened >= LETTERS:
        return wrong(
            f"After {LETTERS} letters there are {opened} files open that it opened. A server that runs for a month has "
            "no "
            "numbers left for files then: `os.close` what `os.open` gave."
        )
    return None


AT = 20  # lines of the first letter's, at each of which a second one comes


def _two_at_once(function) -> Feedback | None:
    """A second letter comes between two lines of the first: the other names, too, are each letter's own."""
    far("two letters at once")
    for line in range(1, AT + 1):
        with disks.folder() as name:
            folder = Path(name)

            def put(envelope: dict, letter: bytes, folder=folder) -> None:
                function(folder, copy.deepcopy(envelope), letter)

            there: Files = {}
            with contextlib.suppress(OSError):  # the file under the other name is gone
                if not crashes.meanwhile(line, lambda put=put: put(ONE, LETTER), lambda put=put: put(MANY, LONG)):
                    return None
                there = crashes.Disk(folder).read()
            if not (_whole(there, ONE, LETTER) and _whole(there, MANY, LONG)):
                return wrong(
                    "Two letters came at once, as they do at a server. Both were written under one other name, and so "
                    "one of them took that file away from the other. Let each letter have an other name of its own, "
                    "such as ID.part."
                )
    return None


def _opened() -> int:
    """How many files are open."""
    return len(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 0


def _killed(function) -> Feedback | None:
    """A kill at each line, and what the next program finds."""
    for moment, envelope, letter in _moments(function, "kill -9 at each line"):
        if amiss := _broken(moment.seen, envelope, letter):
            return wrong(f"Killed {moment}: {amiss}")
        if moment.returned and not _whole(moment.seen, envelope, letter):
            return wrong("It had returned, and the letter is in no file. What is not closed is not written yet.")
    return None


def _moments(function, what: str) -> Iterator[tuple[Moment, dict, bytes]]:
    for envelope, letter in ((ONE, LETTER), (MANY, LONG)):
        with disks.folder() as name:
            folder = Path(name)
            with trying("a letter"):
                found = crashes.moments(function, folder, lambda f=folder, e=envelope, c=letter: function(f, e, c))
        far(f"{what}: {len(found)} of them")
        for moment in found:
            yield moment, envelope, letter


def _whole(files: Files, envelope: dict, letter: bytes) -> bool:
    """Whether the letter is there, whole, with its state."""
    return any(
        name.endswith(".json") and crashes.as_json(octets) == envelope and files.get(f"{name[:-5]}.eml") == letter
        for name, octets in files.items()
    )


ELSEWHERE = (
    "Write it in the same folder under another name, one that ends neither in .eml nor in .json, and give it its own "
    "when it is whole: `os.replace(part, path)` does that in one step."
)


def _broken(files: Files, envelope: dict, letter: bytes, why: str = "") -> str:
    """What of a folder would lead the next program astray, and `why` it is so; "" where nothing would."""
    whole = {".json": json.dumps(envelope).encode(), ".eml": letter}
    for name, octets in files.items():
        end = Path(name).suffix
        if end in whole and octets != whole[end] and not (end == ".json" and crashes.as_json(octets) == envelope):
            what = "the letter" if end == ".eml" else "its state"
            return (
                f"there is {_id(end)}, with {len(octets)} of the {len(whole[end])} octets of {what}. Whoever reads the "
                f"folder next takes that for a whole one. {why or ELSEWHERE}"
            )
    for name in files:
        if name.endswith(".json") and f"{name[:-5]}.eml" not in files:
            if letter in [octets for other, octets in files.items() if other.endswith(".eml")]:
                return (
                    "there is a file whose name ends in .json and that has no .eml beside it, so it is no letter's "
                    "state yet. Let the other name, under which you write, end in something else, such as .part."
                )
            return (
                "there is ID.json and no ID.eml, so the queue says for whom a letter is, and the letter is in no file. "
                "The state is what makes it a letter of the queue: write it last."
            )
    return ""


def _id(end: str) -> str:
    return f"ID{end}" if end else "a file of another name"


def _mid_write(function) -> Feedback | None:
    far("kill -9 in the middle of a write")
    for envelope, letter, room in ((ONE, LONG, 4096), (MANY, LETTER, ROOM)):
        with disks.folder() as name:
            folder = Path(name)
            line = crashes.killed_in_mid_write(room, lambda f=folder, e=envelope, c=letter: function(f, e, c))
            if line and (amiss := _broken(crashes.Disk(folder).read(), envelope, letter)):
                return wrong(f"Killed in the middle of a write, in your line {line}: {amiss}")
    return None


def _no_room(function) -> Feedback | None:
    for what, full in disks.FULL.items():
        far(f"a disk that is full {what}")
        with disks.folder() as name:
            folder = Path(name)
            with trying(f"a disk that was full {what}, and its `OSError` was to come through"):
                try:
                    with full(folder) as denied:
                        function(folder, copy.deepcopy(ONE), LONG)
                except OSError:
                    if amiss := _broken(crashes.Disk(folder).read(), ONE, LONG):
                        return wrong(f"The disk was full {what}, and {amiss}")
                    continue
            there = crashes.Disk(folder).read()
        if not (_whole(there, ONE, LONG) and not denied):
            return wrong(
                f"The disk was full {what}, and it returned as if the letter were kept. Let the `OSError` through: "
                "whoever called says 452 then, and not 250."
            )
    with disks.folder() as name:
        place = Path(name, "queue")
        place.write_bytes(b"a file where the folder should be")
        try:
            with trying("a file in the folder's place"):
                function(place, copy.deepcopy(ONE), LETTER)
        except OSError:
            return None
    return wrong(
        "There was a file in the folder's place, and it returned as if the letter were kept. Let that error through."
    )


UNSYNCED = (
    "`os.fsync` of the file comes before `os.replace`, and `file.flush()` before `os.fsync`, which does not look into "
    "the program's own memory."
)


def _power_cut(function) -> Feedback | None:
    """A power cut at each line: what was not synced is gone, or there by name alone."""
    for moment, envelope, letter in _moments(function, "power cut at each line"):
        for files in (moment.synced, moment.hollow):
            if amiss := _broken(files, envelope, letter, UNSYNCED):
                return wrong(f"The power was cut {moment}, and the name was on the disk before the octets: {amiss}")
        if moment.returned and not _whole(moment.synced, envelope, letter):
            if _whole(moment.hollow, envelope, letter):
                return wrong(
                    "The power was cut right after it had returned. The octets were on the disk, but not the names, so "
                    "the letter is in no file. A folder's names have an `os.fsync` of their own: open the folder with "
                    "`os.open(folder, os.O_RDONLY)` and hand over that number."
                )
            return wrong(
                "The power was cut right after it had returned, and the letter is in no file. A closed file may be "
                "on its way to the disk still, for half a minute. `file.flush()`, then `os.fsync(file.fileno())`, and "
                "it is there."
            )
    return None


# after

BEFORE = _envelope("bea@outlook.test", "carl@outlook.test", "dan@twins.test", "eve@outlook.test", "fay@six.test")
BEFORE |= {"attempts": 3, "next_try": "2026-03-02T13:05:00+00:00"}
BEFORE["recipients"][1] |= {"state": "sent", "reply": "250 2.0.0 Letter 0007 kept"}
REPLIES = {
    "bea@outlook.test": "250 2.0.0 Letter 0012 kept",
    "eve@outlook.test": "550 5.1.1 No such user here",
    "fay@six.test": "4.4.1 six.test did not answer",
}
STATES = [  # the replies to some, and how each recipient stands afterwards
    (REPLIES, ["sent", "sent", "pending", "failed", "pending"]),
    ({"dan@twins.test": "451 4.2.1 Not now"}, ["pending", "sent", "pending", "pending", "pending"]),
    ({}, ["pending", "sent", "pending", "pending", "pending"]),
    (
        {one["address"]: "250 2.0.0 OK" for one in BEFORE["recipients"] if one["state"] == "pending"},
        ["sent", "sent", "sent", "sent", "sent"],
    ),
    (
        {one["address"]: "5.1.2 no such domain" for one in BEFORE["recipients"] if one["state"] == "pending"},
        ["failed", "sent", "failed", "failed", "failed"],
    ),
    (
        {"carl@outlook.test": "451 4.3.0 Who are you?", "nobody@outlook.test": "250 OK"},
        ["pending", "sent", "pending", "pending", "pending"],
    ),
]


def after(function) -> Feedback:
    """Judge `after(item, replies)`, which notes what became of each recipient."""
    with crashes.quietly():
        amiss = _notes(function) or _after_killed(function) or _after_power(function)
    return amiss or right(
        "Each recipient has a state of their own, and whoever has the letter is not asked again. Stopped at each line, "
        "it "
        "left the state from before or the new one, and never half of one."
    )


def _lay(folder: Path) -> Path:
    item = folder / "7d1f.json"
    item.write_bytes(json.dumps(BEFORE).encode())
    item.with_suffix(".eml").write_bytes(LETTER)
    return item


def _wanted(replies: dict, states: list[str]) -> dict:
    state = copy.deepcopy(BEFORE)
    for one, became in zip(state["recipients"], states, strict=True):
        if one["state"] == "pending" and one["address"] in replies:
            one["reply"] = replies[one["address"]]
        one["state"] = became
    return state


def _notes(function) -> Feedback | None:
    far("replies of all kinds")
    for replies, states in STATES:
        with disks.folder() as name:
            item = _lay(Path(name))
            with trying(f"the replies {replies}"):
                function(item, dict(replies))
            if not item.exists() or not item.with_suffix(".eml").exists():
                return wrong(
                    f"After the replies {shown(replies)} a file of the letter was gone. Taking it away is not for this "
                    "function: others may wait for it, and who failed has to be told of first."
                )
            state = crashes.as_json(item.read_bytes())
            if item.with_suffix(".eml").read_bytes() != LETTER:
                return wrong("ID.eml is written once, and it has changed. What became of it goes into ID.json.")
            left = sorted({path.name for path in Path(name).iterdir()} - {item.name, "7d1f.eml"})
        if amiss := _other_state(state, replies, states):
            return wrong(amiss)
        if left:
            return wrong(f"It left {_id(Path(left[0]).suffix)} in the folder, beside the two files of the letter.")
    return None


def _other_state(state: object, replies: dict, states: list[str]) -> str:
    """What is wrong with a state after replies; "" where nothing is."""
    wanted = _wanted(replies, states)
    if state == wanted:
        return ""
    if not isinstance(state, dict) or not isinstance(state.get("recipients"), list):
        return f"ID.json now holds {shown(state)}. Write the whole state anew, with all that was in it."
    if state == BEFORE:
        return f"After the replies {shown(replies)} ID.json says the same as before. Write the new state into the file."
    people = {one.get("address"): one for one in state["recipients"] if isinstance(one, dict)}
    for one in wanted["recipients"]:
        who, found = one["address"], people.get(one["address"])
        if found is None:
            return (
                f"{who} is no longer in ID.json. Whoever was served stays in the list, or a restart would not know "
                "that."
            )
        if found == one:
            continue
        was = next(old for old in BEFORE["recipients"] if old["address"] == who)
        if who not in replies:
            return (
                f"{who} was not asked this time, and is now {shown(found.get('state'))} with "
                f"{shown(found.get('reply'))}. "
                "A recipient without a reply stays as they were."
            )
        if was["state"] == "sent":
            return (
                f"{who} had the letter already, and is now {shown(found.get('state'))} with "
                f"{shown(found.get('reply'))}. "
                "A state of 'sent' is final, or they get it again. Only those who are pending change."
            )
        if found.get("state") != one["state"]:
            return (
                f"{who} was answered {replies[who]!r}, and is now {shown(found.get('state'))}. Each recipient has a "
                f"reply of their own, and `what_now` says what it means: {one['state']!r}."
            )
        return (
            f"{who} was answered {replies[who]!r}, and `reply` is now {shown(found.get('reply'))}. Keep the reply as "
            "it "
            "came: the report will need it."
        )
    for key, value in wanted.items():
        if state.get(key) != value:
            return (
                f"`{key}` was {shown(value)} and is now {shown(state.get(key))}. Only states and replies change here."
            )
    return f"ID.json has more in it than before: {shown(sorted(state.keys() - wanted.keys()))}."


def _in_no_file(files: Files, new: dict) -> str:
    """Whether a folder has lost the letter, and how; "" where it has not."""
    if files.get("7d1f.eml") != LETTER:
        return "ID.eml is gone, so the letter is in no file."
    if "7d1f.json" not in files:
        return (
            "there is no ID.json, so nobody knows for whom the letter is. `os.replace` changes old for new in one step."
        )
    if not _between(crashes.as_json(files["7d1f.json"]), new):
        size = len(files["7d1f.json"])
        return (
            f"ID.json has {size} octets, and they are neither the state from before nor the new one. Four people wait, "
            "and nobody knows for whom the letter is any more. `write_whole(item, octets)` leaves the old file as it "
            "is until the new one is whole."
        )
    return ""


def _between(state: object, new: dict) -> bool:
    """Whether each recipient stands as before or as in the new state: one may note them one by one."""
    if not isinstance(state, dict) or state | {"recipients": new["recipients"]} != new:
        return False
    steps = list(zip(BEFORE["recipients"], new["recipients"], strict=True))
    found = state["recipients"]
    return len(found) == len(steps) and all(one in step for one, step in zip(found, steps, strict=True))


def _after_killed(function) -> Feedback | None:
    new = _wanted(REPLIES, STATES[0][1])
    with disks.folder() as name:
        item = _lay(Path(name))
        found = crashes.moments(function, item.parent, lambda: function(item, dict(REPLIES)))
    far(f"kill -9 at each line: {len(found)} of them")
    for moment in found:
        if amiss := _in_no_file(moment.seen, new):
            return wrong(f"Killed {moment}: {amiss}")
    far("kill -9 in the middle of a write")
    with disks.folder() as name:
        item = _lay(Path(name))
        line = crashes.killed_in_mid_write(len(LETTER) + 50, lambda: function(item, dict(REPLIES)))
        if line and (amiss := _in_no_file(crashes.Disk(item.parent).read(), new)):
            return wrong(f"Killed in the middle of a write, in your line {line}: {amiss}")
    return None


def _after_power(function) -> Feedback | None:
    new = _wanted(REPLIES, STATES[0][1])
    with disks.folder() as name:
        item = _lay(Path(name))
        found = crashes.moments(function, item.parent, lambda: function(item, dict(REPLIES)))
    far(f"power cut at each line: {len(found)} of them")
    for moment in found:
        for files in (moment.synced, moment.hollow):
            if amiss := _in_no_file(files, new):
                return wrong(f"The power was cut {moment}, and what was not synced is gone: {amiss}")
    return None


# next_try

BASE = [timedelta(minutes=30) * 2**n for n in range(3)] + [timedelta(hours=4)] * 30
TRIED = 60
MOST = 1.101  # a tenth, and what rounding adds
UNITS = {"days": 24 * 60, "hours": 60, "seconds": 1 / 60}  # in minutes


def next_try(function) -> Feedback:
    """Judge `next_try(attempts, now)`: 30 minutes, doubling to 4 hours, and a little more that differs."""
    moments = [
        datetime(2026, 3, 2, 9, tzinfo=UTC),
        datetime(2031, 12, 31, 23, 59, 59, tzinfo=timezone(timedelta(hours=-5))),
    ]
    for now in moments:
        for attempts, base in enumerate(BASE):
            waits = set()
            for _ in range(TRIED if attempts < 5 else 3):
                with trying(f"attempts={attempts}, now={now.isoformat()}"):
                    at = function(attempts, now)
                    if amiss := _no_time(at, attempts, now):
                        return wrong(amiss)
                    waits.add(at - now)
            if amiss := _wrong_wait(attempts, base, waits):
                return wrong(amiss)
    return right(
        "Half an hour, an hour, two, and then every four: that is two tries in the first hour, and some thirty in five "
        "days. And what failed together does not come back together."
    )


def _no_time(at: object, attempts: int, now: datetime) -> str:
    if isinstance(at, timedelta):
        return (
            f"For attempts={attempts} it gave {at}, which is how long to wait. Return when that is over: `now + wait`."
        )
    if not isinstance(at, datetime):
        return f"For attempts={attempts} it gave {shown(at)}. Return a `datetime`: `now` and a `timedelta` make one."
    if (at.tzinfo is None) != (now.tzinfo is None):
        return (
            f"For attempts={attempts} it gave {at}, which does not say in which time zone that is. Begin with `now`, "
            "which does."
        )
    return ""


def _wrong_wait(attempts: int, base: timedelta, waits: set[timedelta]) -> str:
    least, most = min(waits), max(waits)
    told = f"For attempts={attempts} it waited {_short(least)}"
    for unit, size in UNITS.items():
        if base * size <= least and most <= base * size * MOST:
            return f"{told}. So the minutes were taken for {unit}: `timedelta(minutes=30)` is half an hour."
    if least < timedelta(0) or most > timedelta(days=30):
        return f"{told}, counted from the `now` that it was given. That is the lab's time, so count from that alone."
    if least < base:
        rule = "No wait is shorter than 30 minutes." if base == BASE[0] else f"It is {_short(base)} at that point."
        return f"{told}. {rule} What the dice add only makes it longer."
    if most > base * MOST:
        return (
            f"For attempts={attempts} it waited {_short(most)}. It is {_short(base)} at that point, and up to a tenth "
            "more. (30 minutes, doubled after each try, and never more than four hours.)"
        )
    if attempts < 5 and len(waits) < 8:
        return (
            f"{told} each time, or nearly: {len(waits)} different waits in {TRIED}. A hundred letters that failed "
            "together "
            "come back together then, and the host that was down meets them all at once. Let dice add up to a tenth, "
            "at "
            "every call: `random.uniform(1, 1.1)`."
        )
    return ""


def _short(wait: timedelta) -> str:
    seconds = wait.total_seconds()
    for unit, size in (("days", 86400), ("hours", 3600), ("minutes", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.1f} {unit}".replace(".0 ", " ")
    return f"{seconds:.0f} seconds"
