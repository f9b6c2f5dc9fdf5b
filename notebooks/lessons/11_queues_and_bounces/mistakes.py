"""Notebook 11, queues and bounces: wrong answers and the feedback that each must get. Tests alone read it."""

HAPPENED = {  # a value such as the run gives
    "socket_pulled": [],
    "half_way": [0],
    "five_days": 31,
    "two_orders": (0, 2),
    "whose_report": ["olive@corner-shop.test"],
}

KEEPS = """
import json
import os
import shutil
import tempfile
import time
import uuid
from contextlib import suppress


def keep(folder, envelope, letter):
    item = folder / f"{uuid.uuid4()}.json"
    part, other = item.with_suffix(".part"), item.with_suffix(".eml")
    state = json.dumps(envelope).encode()
"""
REPLACED = """
    part.write_bytes(letter)
    os.replace(part, other)
    part.write_bytes(state)
    os.replace(part, item)
    return item
"""
SYNCED = """
    for path, octets in ((other, letter), (item, state)):
        with open(part, "wb") as file:
            file.write(octets)
            {}
        {}
    {}
    return item
"""
FLUSHED = "file.flush()\n            os.fsync(file.fileno())"
FOLDER = "names = os.open(folder, os.O_RDONLY)\n    os.fsync(names)\n    os.close(names)"
NOTES = """
import json
import os

from helpers.answers import what_now
from helpers.files import write_whole


def after(item, replies):
    state = json.loads(item.read_bytes())
    for one in state["recipients"]:
        {}
    {}
"""
IF = 'if one["state"] == "pending" and one["address"] in replies:\n            '
BOTH = 'one.update(reply=replies[one["address"]], state=what_now(replies[one["address"]]))'
WRITE = "write_whole(item, json.dumps(state).encode())"
TIMES = """
import random
from datetime import datetime, timedelta, timezone


def next_try(attempts, now):
    {}
"""
WAITED = "return now + timedelta({}min(30 * 2**attempts, 240) * random.uniform(1, 1.001))"
REPORT = {
    "Final-Recipient": "rfc822; grace@outlook.test",
    "Action": "failed",
    "Status": "4.2.2",
    "Diagnostic-Code": "smtp; 452 4.2.2 Mailbox full",
}


def _says(body: str) -> str:
    return f"def what_now(reply):\n    {body}"


MISTAKES = {
    "what_now": (
        (_says('return {"2": "sent", "4": "pending", "5": "failed"}[reply[0]]'), "the reply ''"),
        (_says('return {"2": "sent", "4": "pending"}.get(reply[:1], "failed")'), "neither yes nor no"),
        (_says('return "sent" if reply[:1] == "2" else "failed"'), "Nobody has said no"),
        (_says('return "failed" if "5" in reply else "sent" if "2" in reply else "pending"'), "taken the letter"),
        (_says('return "sent" if reply[:3] == "250" else "failed" if reply[0] == "5" else "pending"'), "Any 2yz"),
        (_says('return "sent" if reply.startswith("2") else "deferred"'), "the state is 'failed' then"),
        (
            _says('return ["pending", "sent", "failed"][int(reply[:3]) // 200 - (reply[0] == "4")]'),
            "Nobody has said no",
        ),
        (
            _says('return "failed" if reply[:3] == "550" else "sent" if reply[:1] == "2" else "pending"'),
            "Any 5yz is a no",
        ),
        (
            _says('return "sent" if reply[:1] == "2" else "failed" if reply[:2] == "55" else "pending"'),
            "an enhanced code and words",
        ),
        (
            _says(
                'return "sent" if reply[:1] == "2" else "failed" if reply[:1] == "5" or " no " in reply else "pending"'
            ),
            "A resolver that fails",
        ),
    ),
    "keep_killed": (
        (
            KEEPS + "    other.write_bytes(letter)\n    item.write_bytes(state)\n    return item",
            "takes that for a whole one",
        ),
        (
            KEEPS
            + "    with open(other, 'wb') as file:\n        file.write(letter)\n"
            + "    item.write_bytes(state)\n    return item",
            "with 0 of the",
        ),
        (
            KEEPS
            + "    part.write_bytes(state)\n    os.replace(part, item)\n"
            + "    part.write_bytes(letter)\n    os.replace(part, other)\n    return item",
            "write it last",
        ),
        (
            KEEPS.replace("uuid.uuid4()", "time.time_ns()")
            + "    part.write_bytes(letter)\n    os.replace(part, other)\n"
            + "    part.write_bytes(state)\n    os.replace(part, item)\n    return item",
            "One was written over another",
        ),
        (
            KEEPS
            + "    part.write_bytes(letter)\n    os.replace(part, other)\n"
            + "    part.write_bytes(state)\n    os.replace(part, item)",
            "Return the item",
        ),
        (
            KEEPS.replace("json.dumps(envelope)", "str(envelope)")
            + "    part.write_bytes(letter)\n    os.replace(part, other)\n"
            + "    part.write_bytes(state)\n    os.replace(part, item)\n    return item",
            "does not say what the envelope says",
        ),
        (KEEPS + "    part.write_text(letter.decode())\n    return item", "UnicodeDecodeError"),
        (KEEPS + "    part.write_bytes(state)\n    os.replace(part, item)\n    return item", "Beside"),
        (KEEPS + "    part.write_bytes(letter)\n    return item", "no file whose name ends in .json, only ID.part"),
        (KEEPS, "It returned None, and in the folder there is nothing"),
        (KEEPS + REPLACED.replace("return item", "return str(item)"), "Return the path itself, a `Path`"),
        (
            KEEPS.replace('item.with_suffix(".part")', 'type(item)(tempfile.mkdtemp(), "part")') + REPLACED,
            "the other name has to be in that folder",
        ),
        (KEEPS.replace('item.with_suffix(".part")', 'folder / "part"') + REPLACED, "Two letters came at once"),
        (
            KEEPS
            + '    new = folder / f"new-{item.stem}.json"'
            + REPLACED.replace("part.write_bytes(state)", "new.write_bytes(state)").replace("part, item", "new, item"),
            "no letter's state yet. Let the other name",
        ),
        (
            KEEPS.replace('item.with_suffix(".part")', 'folder / f"new-{item.stem}.eml"') + REPLACED,
            "one that ends neither in .eml nor in .json",
        ),
        (
            KEEPS
            + "    part.write_bytes(letter)\n    shutil.copy(part, other)\n"
            + "    part.write_bytes(state)\n    shutil.copy(part, item)\n    return item",
            "was left there as well",
        ),
        (
            KEEPS
            + "    part.write_bytes(letter.replace(b'\\r', b''))\n    os.replace(part, other)\n"
            + "    part.write_bytes(state)\n    os.replace(part, item)\n    return item",
            "does not hold the bytes that came",
        ),
    ),
    "keep": (
        (KEEPS + SYNCED.format("pass", "os.replace(part, path)", "pass"), "the name was on the disk before the octets"),
        (
            KEEPS + SYNCED.format("os.fsync(file.fileno())", "os.replace(part, path)", FOLDER),
            "takes that for a whole one. `os.fsync` of the file comes before `os.replace`",
        ),
        (
            KEEPS
            + "    try:\n"
            + SYNCED.format(FLUSHED, "os.replace(part, path)", FOLDER).replace("\n", "\n    ")
            + "\n    except OSError:\n        raise RuntimeError('452')",
            "its `OSError` was to come through",
        ),
        (KEEPS + SYNCED.format(FLUSHED, "os.replace(part, path)", "pass"), "A folder's names have an `os.fsync`"),
        (
            KEEPS
            + SYNCED.format(
                "os.replace(part, path)\n            " + FLUSHED,
                "pass",
                FOLDER,
            ),
            "os.replace(part, path)",
        ),
        (
            KEEPS
            + SYNCED.format(
                FLUSHED,
                FOLDER.replace("\n    ", "\n        "),
                "os.replace(part, item)",
            ),
            "Beside ID.json",
        ),
        (
            KEEPS
            + "    try:\n"
            + SYNCED.format(FLUSHED, "os.replace(part, path)", FOLDER).replace("\n", "\n    ")
            + "\n    except OSError:\n        return item",
            "returned as if the letter were kept",
        ),
        (
            KEEPS
            + SYNCED.format(FLUSHED, "with suppress(OSError):\n            os.replace(part, path)", FOLDER).replace(
                "with open(part", "with suppress(OSError), open(part"
            ),
            "returned as if the letter were kept",
        ),
        (
            KEEPS
            + SYNCED.format(FLUSHED, "os.replace(part, path)", FOLDER).replace(
                "(other, letter), (item, state)", "(item, state), (other, letter)"
            ),
            "write it last",
        ),
        (
            KEEPS
            + SYNCED.format(FLUSHED, "shutil.copyfile(part, path)", FOLDER).replace(
                "    return item", "    part.unlink()\n    return item"
            ),
            "takes that for a whole one",
        ),
        (
            KEEPS + SYNCED.format(FLUSHED, "os.replace(part, path)", FOLDER).replace("    os.close(names)\n", ""),
            "files open that it opened",
        ),
        (
            KEEPS.replace("uuid.uuid4()", "len(letter)") + SYNCED.format(FLUSHED, "os.replace(part, path)", FOLDER),
            "written over",
        ),
    ),
    "after": (
        (
            NOTES.format(
                IF + BOTH,
                WRITE + '\n    if all(one["state"] == "sent" for one in state["recipients"]):\n        item.unlink()',
            ),
            "not for this function",
        ),
        (
            NOTES.format(
                IF + BOTH,
                'if any(one["state"] == "sent" for one in state["recipients"]):\n'
                "        item.unlink()\n    else:\n        " + WRITE,
            ),
            "a file of the letter was gone",
        ),
        (NOTES.format(IF + BOTH, "item.write_text(json.dumps(state))"), "Killed in the middle of a write"),
        (
            NOTES.format(IF + BOTH, 'with open(item, "w") as file:\n        json.dump(state, file)'),
            "nobody knows for whom the letter is any more",
        ),
        (
            NOTES.format(IF + BOTH, "item.unlink()\n    " + WRITE),
            "there is no ID.json",
        ),
        (NOTES.format(BOTH, WRITE), "It raised KeyError"),
        (
            NOTES.format(
                'one["reply"] = replies.get(one["address"], "")\n        one["state"] = what_now(one["reply"])', WRITE
            ),
            "was not asked this time",
        ),
        (NOTES.format('if one["address"] in replies:\n            ' + BOTH, WRITE), "had the letter already"),
        (
            NOTES.format(
                IF + BOTH,
                'state["recipients"] = [one for one in state["recipients"] if one["state"] == "pending"]\n    ' + WRITE,
            ),
            "is no longer in ID.json",
        ),
        (NOTES.format(IF + 'one["state"] = what_now(replies[one["address"]])', WRITE), "Keep the reply as it came"),
        (
            NOTES.format(
                IF + 'one.update(reply=replies[one["address"]], state=what_now(list(replies.values())[0]))', WRITE
            ),
            "a reply of their own",
        ),
        (NOTES.format(IF + BOTH, "return state"), "says the same as before"),
        (NOTES.format(IF + BOTH, 'state["attempts"] += 1\n    ' + WRITE), "`attempts` was 3"),
        (NOTES.format(IF + BOTH, 'state["done"] = True\n    ' + WRITE), "has more in it than before"),
        (
            NOTES.format(IF + BOTH, 'write_whole(item, json.dumps(state["recipients"]).encode())'),
            "Write the whole state",
        ),
        (
            NOTES.format(
                IF + BOTH,
                'part = item.with_suffix(".part")\n    part.write_text(json.dumps(state))\n    os.replace(part, item)',
            ),
            "what was not synced is gone",
        ),
        (
            NOTES.format(IF + BOTH, WRITE + '\n    item.with_suffix(".part").write_bytes(b"done")'),
            "It left ID.part",
        ),
        (
            NOTES.format(IF + BOTH, WRITE + '\n    item.with_suffix(".eml").write_bytes(b"done")'),
            "ID.eml is written once",
        ),
    ),
    "next_try": (
        (
            TIMES.format("return now + min(timedelta(minutes=30) * 2**attempts, timedelta(hours=4))"),
            "come back together",
        ),
        (
            TIMES.format(
                "wait = timedelta(minutes=30) * min(2**attempts, 8)\n"
                "    return now + wait * random.Random(7).uniform(1, 1.1)"
            ),
            "different waits",
        ),
        (TIMES.format("return timedelta(minutes=30) * 2**attempts"), "how long to wait"),
        (TIMES.format("return now.timestamp() + 1800 * 2**attempts"), "Return a `datetime`"),
        (
            TIMES.format("return datetime.now(timezone.utc) + timedelta(minutes=30) * 2**attempts"),
            "counted from the `now`",
        ),
        (TIMES.format("return datetime.now() + timedelta(minutes=30) * 2**attempts"), "in which time zone"),
        (
            TIMES.format(
                "return now + min(timedelta(minutes=30) * 2**attempts, timedelta(hours=4)) * random.uniform(0.9, 1.1)"
            ),
            "No wait is shorter than 30 minutes",
        ),
        (
            TIMES.format("return now + timedelta(minutes=30) * 2**attempts * random.uniform(1, 1.1)"),
            "never more than four",
        ),
        (
            TIMES.format("return now + timedelta(minutes=1) * random.uniform(1, 1.1)"),
            "No wait is shorter than 30 minutes",
        ),
        (TIMES.format("return now + timedelta(minutes=30) * random.uniform(1, 1.1)"), "It is 60 minutes at that point"),
        (
            TIMES.format("return now + timedelta(minutes=30) * min(attempts + 1, 8) * random.uniform(1, 1.1)"),
            "It is 2 hours at that point",
        ),
        (
            TIMES.format(
                "return now + min(timedelta(minutes=30) * 2**attempts, timedelta(hours=4)) * random.uniform(1, 2)"
            ),
            "up to a tenth more",
        ),
        (
            TIMES.format(
                "return now + min(timedelta(minutes=30) * 2**attempts, timedelta(hours=4)) * random.uniform(1, 1.2)"
            ),
            "up to a tenth more",
        ),
        (TIMES.format(WAITED.format("")), "it waited 30 days. So the minutes were taken for days"),
        (TIMES.format(WAITED.format("hours=")), "So the minutes were taken for hours"),
        (TIMES.format(WAITED.format("seconds=")), "seconds. So the minutes were taken for seconds"),
    ),
    "report_fields": (
        (REPORT | {"Status": "5.2.2"}, "RFC 3463 has class 4 for just this"),
        (REPORT | {"Status": "4.4.7"}, "Ada can do nothing with it"),
        (REPORT | {"Status": "452"}, "the enhanced code alone"),
        (REPORT | {"Status": "4.2.1"}, "look at the last reply"),
        (REPORT | {"Status": "full"}, "three numbers with dots"),
        (REPORT | {"Action": "delayed"}, "promises that the letter is still tried"),
        (REPORT | {"Action": "bounced"}, "one of five words"),
        (REPORT | {"Final-Recipient": "grace@outlook.test"}, "of which kind"),
        (REPORT | {"Final-Recipient": "rfc822; ada@gmail.test"}, "names Ada"),
        (REPORT | {"Final-Recipient": "Grace"}, "It names the recipient"),
        (REPORT | {"Final-Recipient": "dns; grace@outlook.test"}, "of the kind `rfc822`"),
        (REPORT | {"Final-Recipient": "rfc822; support@outlook.test"}, "on the envelope"),
        (REPORT | {"Diagnostic-Code": "452 4.2.2 Mailbox full"}, "in which language"),
        (REPORT | {"Diagnostic-Code": "dns; 452 4.2.2 Mailbox full"}, "said it in SMTP"),
        (REPORT | {"Diagnostic-Code": "smtp; 452"}, "from its code to its last word"),
        (REPORT | {"Diagnostic-Code": "smtp; S: 452 4.2.2 Mailbox full"}, "and nothing else"),
        ({"Action": "failed"}, "The field Final-Recipient is gone"),
        ("4.2.2", "Fill in the dictionary"),
    ),
    "poisoned": (
        ("a", "none was even tried"),
        ("c", "about what is in a file"),
        ("outlook.test", "none of the three"),
    ),
    "order_twice": (("a", "nobody paid"), ("c", "there is always a moment"), (7, "none of the three")),
    "polite_no": (("a", "Olive got six"), ("b", "vanishes without a word"), ("yes", "none of the three")),
}
