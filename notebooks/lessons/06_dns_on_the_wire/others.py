"""Notebook 06, DNS on the wire: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import socket
import struct

from helpers import answers as course


def encode_name(name):
    labels = name.split(".")
    if labels[-1] == "":
        labels.pop()
    if not labels or not all(0 < len(label) <= 63 for label in labels) and name != ".":
        raise ValueError(name)
    out = bytearray()
    for label in labels if name != "." else []:
        out.append(len(label))
        out.extend(label.encode())
    out.append(0)
    if len(out) > 255:
        raise ValueError(name)
    return bytes(out)


def read_name(message, at, before=None):
    before = at if before is None else before
    if message[at] == 0:
        return ".", at + 1
    if 0x40 <= message[at] < 0xC0:
        raise ValueError("neither a length nor a pointer")
    if message[at] & 0xC0 == 0xC0:
        target = (message[at] & 0x3F) * 256 + message[at + 1]
        if target >= before:
            raise ValueError("a pointer that does not lead back")
        return read_name(message, target, target)[0], at + 2
    rest, after = read_name(message, at + message[at] + 1, before)
    label = message[at + 1 : at + 1 + message[at]].decode("latin-1")
    return label + "." + (rest if rest != "." else ""), after


def read_record(message, at):
    owner, at = course.read_name(message, at)
    rdtype, rdclass, ttl, length = struct.unpack_from("!HHIH", message, at)
    start, after = at + 10, at + 10 + length
    match rdtype:
        case 1:
            data = ".".join(map(str, message[start:after]))
        case 2 | 5 | 12:
            data, _ = course.read_name(message, start)
        case 15:
            data = int.from_bytes(message[start : start + 2], "big"), course.read_name(message, start + 2)[0]
        case 28:
            data = socket.inet_ntop(socket.AF_INET6, message[start:after])
        case _:
            data = message[start:after]
    return (owner, rdtype, ttl, data), after


def decode_reply(message):
    numbers = [int.from_bytes(message[i : i + 2], "big") for i in range(0, 12, 2)]
    bits = f"{numbers[1]:016b}"
    at = 12
    for _ in range(numbers[2]):
        _, at = course.read_name(message, at)
        at += 4
    records = []
    while len(records) < numbers[3]:
        record, at = course.read_record(message, at)
        records += [record]
    return {"answers": records, "truncated": bits[6] == "1", "rcode": int(bits[12:], 2), "id": numbers[0]}


def is_answer(query, message, asked, sender):
    try:
        mine, his = struct.unpack("!6H", query[:12]), struct.unpack("!6H", message[:12])
    except struct.error:
        return False
    if sender != asked or mine[0] != his[0] or not his[1] >> 15 or his[2] != 1:
        return False
    return message[12:].startswith(query[12:])
