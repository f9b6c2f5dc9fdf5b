"""Reference answers of notebook 11, queues and bounces."""

import json
import os
import random
import uuid
from datetime import timedelta

from helpers.files import write_whole


def what_now(reply):
    return {"2": "sent", "5": "failed"}.get(reply[:1], "pending")


def keep(folder, envelope, letter):
    item = folder / f"{uuid.uuid4()}.json"
    for path, content in ((item.with_suffix(".eml"), letter), (item, json.dumps(envelope).encode())):
        part = path.with_suffix(".part")
        with open(part, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # the octets are on the disk before they get their name
        os.replace(part, path)
    if os.name == "posix":  # Windows opens no folder
        names = os.open(folder, os.O_RDONLY)
        os.fsync(names)  # and now the names are
        os.close(names)
    return item


def after(item, replies):
    state = json.loads(item.read_bytes())
    for one in state["recipients"]:
        if one["state"] == "pending" and one["address"] in replies:
            one["reply"] = replies[one["address"]]
            one["state"] = what_now(one["reply"])
    write_whole(item, json.dumps(state).encode())


def next_try(attempts, now):
    wait = min(timedelta(minutes=30) * 2**attempts, timedelta(hours=4))
    return now + wait * random.uniform(1, 1.1)


report_fields = {
    "Final-Recipient": "rfc822; grace@outlook.test",
    "Action": "failed",
    "Status": "4.2.2",
    "Diagnostic-Code": "smtp; 452 4.2.2 Mailbox full",
}

poisoned = "b"

order_twice = "b"

polite_no = "c"
