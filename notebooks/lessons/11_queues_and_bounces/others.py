"""Notebook 11, queues and bounces: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import contextlib
import copy
import datetime as dt
import io
import json
import os
import random
import secrets
import shutil
import tempfile
import time
import uuid
from datetime import timedelta
from os import fsync
from pathlib import Path

from helpers import files
from helpers.answers import what_now as the_courses
from helpers.files import write_whole


def what_now(reply):
    if reply.startswith("2"):
        return "sent"
    if reply.startswith("5"):
        return "failed"
    return "pending"


def what_now_2(reply):
    return "sent" if reply[:1] == "2" else "failed" if reply[:1] == "5" else "pending"


def what_now_3(reply: str) -> str:
    match reply[0:1]:
        case "2":
            return "sent"
        case "5":
            return "failed"
        case _:
            return "pending"


def what_now_4(reply):
    for digit, state in (("2", "sent"), ("5", "failed")):
        if reply.find(digit) == 0:
            return state
    return "pending"


def what_now_5(reply):
    try:
        kind = int(reply[0])
    except (IndexError, ValueError):
        return "pending"
    return {2: "sent", 5: "failed"}.get(kind, "pending")


def keep_killed(folder, envelope, letter):
    name = uuid.uuid4().hex
    (folder / f".{name}").write_bytes(letter)
    os.rename(folder / f".{name}", folder / f"{name}.eml")
    (folder / f".{name}").write_text(json.dumps(envelope))
    os.rename(folder / f".{name}", folder / f"{name}.json")
    return folder / f"{name}.json"


def keep_killed_2(folder, envelope, letter):
    def whole(path, octets):
        part = path.with_name(path.name + ".tmp")
        with open(part, "wb") as file:
            file.write(octets)
        part.replace(path)

    item = folder / (secrets.token_hex(16) + ".json")
    whole(item.with_suffix(".eml"), letter)
    whole(item, json.dumps(envelope, indent=2).encode("utf-8"))
    return item


def keep_killed_3(folder, envelope, letter):
    item = folder / f"{uuid.uuid1()}{secrets.randbits(64)}.json"
    files.write_whole(item.with_suffix(".eml"), letter)
    files.write_whole(item, json.dumps(envelope).encode())
    return item


def keep_killed_4(folder, envelope, letter):
    name = str(uuid.uuid4())
    with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
        file.write(letter)
    os.replace(file.name, os.path.join(folder, name + ".eml"))
    with tempfile.NamedTemporaryFile("w", dir=folder, delete=False) as file:
        json.dump(envelope, file)
    os.replace(file.name, os.path.join(folder, name + ".json"))
    return Path(folder, name + ".json")


def keep_killed_5(folder, envelope, letter):
    number = uuid.uuid4().int
    for end, octets in [("eml", letter), ("json", bytes(json.dumps(envelope), "ascii"))]:
        file = open(folder / f"{number}.new", "wb")
        try:
            file.write(octets)
        finally:
            file.close()
        shutil.move(folder / f"{number}.new", folder / f"{number}.{end}")
    return folder / f"{number}.json"


def keep(folder, envelope, letter):
    def whole(path, octets):
        part = path.with_name(path.name + ".tmp")
        with open(part, "wb") as file:
            file.write(octets)
            file.flush()
            os.fsync(file)
        part.rename(path)
        if os.name == "posix":
            number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(number)
            finally:
                os.close(number)

    item = folder / (secrets.token_hex(16) + ".json")
    whole(item.with_suffix(".eml"), letter)
    whole(item, json.dumps(envelope, indent=2).encode("utf-8"))
    return item


def keep_2(folder, envelope, letter):
    item = folder / f"{uuid.uuid4()}.json"
    write_whole(item.with_suffix(".eml"), letter)
    write_whole(item, json.dumps(envelope).encode())
    return item


def keep_3(folder, envelope, letter):
    name, parts = str(uuid.uuid4()), []
    try:
        for end, octets in ((".eml", letter), (".json", json.dumps(envelope).encode())):
            parts.append(folder / f"{name}{end}.part")
            number = os.open(parts[-1], os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            try:
                view = memoryview(octets)
                while view:
                    view = view[os.write(number, view) :]
                os.fsync(number)
            finally:
                os.close(number)
        for part in parts:
            os.replace(part, part.with_suffix(""))
    except OSError:
        for part in parts:
            part.unlink(missing_ok=True)
        raise
    with contextlib.suppress(PermissionError):
        there = os.open(folder, os.O_RDONLY)
        fsync(there)
        os.close(there)
    return folder / f"{name}.json"


def keep_4(folder, envelope, letter):
    name = uuid.uuid4().hex
    for end, octets in {"eml": letter, "json": json.dumps(envelope).encode()}.items():
        with tempfile.NamedTemporaryFile(dir=folder, delete=False) as file:
            file.write(octets)
            file.flush()
            fsync(file.fileno())
        os.replace(file.name, folder / f"{name}.{end}")
    if hasattr(os, "sync"):
        os.sync()
    return folder / f"{name}.json"


def keep_5(folder, envelope, letter):
    item = folder / f"{uuid.uuid4()}.json"
    part = item.with_suffix(".part")
    with open(part, "wb") as file:
        print(letter.decode("latin-1"), end="", file=io.TextIOWrapper(file, "latin-1", newline="", write_through=True))
    with open(part, "rb+") as file:
        getattr(os, "fdatasync", os.fsync)(file.fileno())
    part.replace(item.with_suffix(".eml"))
    with io.open(part, "w", encoding="utf-8") as file:
        json.dump(envelope, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(item)
    if os.name != "nt":
        number = os.open(str(folder), os.O_RDONLY)
        os.fsync(number)
        os.close(number)
    return item


def after(item, replies):
    with open(item) as file:
        state = json.load(file)
    waiting = [one for one in state["recipients"] if one["state"] == "pending"]
    for one in waiting:
        reply = replies.get(one["address"])
        if reply is not None:
            one.update(reply=reply, state=the_courses(reply))
    write_whole(item, json.dumps(state, indent=1).encode())


def after_2(item, replies):
    state = json.loads(item.read_text())
    state["recipients"] = [
        {**one, "reply": replies[one["address"]], "state": the_courses(replies[one["address"]])}
        if one["state"] == "pending" and one["address"] in replies
        else one
        for one in state["recipients"]
    ]
    part = item.with_suffix(".part")
    with part.open("w") as file:
        json.dump(state, file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(part, item)


def after_3(item, replies):
    before = json.loads(item.read_bytes())
    state = copy.deepcopy(before)
    for who, reply in replies.items():
        for one in state["recipients"]:
            if one["address"] == who and one["state"] not in ("sent", "failed"):
                one["state"], one["reply"] = the_courses(reply), reply
    if state != before:
        files.write_whole(item, json.dumps(state).encode())
    return state


def after_4(item, replies):
    state = json.loads(item.read_bytes())
    for number in range(len(state["recipients"])):
        one = state["recipients"][number]
        if one["state"] != "pending":
            continue
        if one["address"] not in replies:
            continue
        one["reply"] = replies[one["address"]]
        one["state"] = the_courses(one["reply"])
    with tempfile.NamedTemporaryFile(dir=item.parent, delete=False) as file:
        file.write(json.dumps(state).encode())
        file.flush()
        fsync(file.fileno())
    Path(file.name).replace(item)


def after_5(item, replies):
    def noted(one):
        reply = replies.get(one["address"], "")
        return one | {"reply": reply, "state": the_courses(reply)} if reply and one["state"] == "pending" else one

    state = json.loads(item.read_bytes())
    write_whole(item, json.dumps(state | {"recipients": list(map(noted, state["recipients"]))}).encode())


def after_6(item, replies):
    state = json.loads(item.read_bytes())
    for one in state["recipients"]:
        if one["state"] == "pending" and one["address"] in replies:
            one["reply"] = replies[one["address"]]
            one["state"] = the_courses(one["reply"])
            write_whole(item, json.dumps(state).encode())  # one by one: nobody is asked again who was noted


def next_try(attempts, now):
    minutes = min(30 * 2**attempts, 240)
    return now + timedelta(minutes=minutes + random.uniform(0, minutes / 10))


def next_try_2(attempts, now):
    minutes = [30, 60, 120, 240][min(attempts, 3)]
    return now + timedelta(seconds=minutes * 60 + random.randrange(minutes * 6))


def next_try_3(attempts, now):
    wait = timedelta(minutes=30)
    for _ in range(attempts):
        wait = min(wait * 2, timedelta(hours=4))
    return now + wait + wait * random.random() / 10


def next_try_4(attempts, now):
    if attempts > 2:
        wait = dt.timedelta(hours=4)
    else:
        wait = dt.timedelta(minutes=30 << attempts)
    return now + wait * (1 + random.SystemRandom().random() * 0.1)


def next_try_5(attempts, now):
    wait = 1800 * 2 ** min(attempts, 3)
    return now + timedelta(seconds=random.randint(wait, wait + wait // 10), microseconds=time.time_ns() % 1000)
