"""Notebook 06, DNS on the wire: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import ipaddress
import re
import socket
import struct
from functools import partial, reduce
from io import BytesIO

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


def encode_name_2(name: str) -> bytes:
    def packed(label: str) -> bytes:
        if not 1 <= len(label) <= 63:
            raise ValueError(f"{len(label)} bytes in {label!r}")
        return struct.pack("B", len(label)) + label.encode("ascii")

    if name == ".":
        return b"\0"
    name = name[:-1] if name.endswith(".") else name
    wire = b"".join(packed(label) for label in name.split(".")) + b"\0"
    if len(wire) > 255:
        raise ValueError("too long")
    return wire


def encode_name_3(name):
    if name == ".":
        return bytes(1)
    if not re.fullmatch(r"[^.]{1,63}(\.[^.]{1,63})*\.?", name) or len(name.removesuffix(".")) > 253:
        raise ValueError(name)
    return re.sub(rb"([^.]+)\.?", lambda m: bytes([len(m[1])]) + m[1], name.encode()) + b"\x00"


def encode_name_4(name):
    labels = [label.encode() for label in name.split(".")]
    if labels[-1] != b"":
        labels.append(b"")
    if labels == [b"", b""]:
        labels = [b""]
    *inner, _ = labels
    try:
        assert name and all(inner) and max([0, *map(len, inner)]) < 64
    except AssertionError:
        raise ValueError("no name") from None
    wire = reduce(lambda octets, label: octets + len(label).to_bytes(1, "big") + label, labels, b"")
    if len(wire) >= 256:
        raise ValueError("no name")
    return wire


def encode_name_5(name):
    out = []
    rest = name if name.endswith(".") else name + "."
    while rest != "" and name != ".":
        label, _, rest = rest.partition(".")
        if label == "" or len(label) > 63:
            raise ValueError(label)
        out.extend([len(label), *label.encode()])
    out.append(0)
    if len(out) > 255:
        raise ValueError(name)
    return bytes(out)


def encode_query(name, rdtype, message_id):
    query = bytearray(message_id.to_bytes(2, "big"))
    query += b"\x01\x00" + b"\x00\x01" + bytes(6)
    query += course.encode_name(name)
    query += rdtype.to_bytes(2, "big") + b"\x00\x01"
    return bytes(query)


def encode_query_2(name: str, rdtype: int, message_id: int) -> bytes:
    def number(value: int) -> bytes:
        return struct.pack(">H", value)

    before = b"".join(map(number, (message_id, 1 << 8, 1, 0, 0, 0)))
    return before + course.encode_name(name) + number(rdtype) + number(1)


def encode_query_3(name, rdtype, message_id):
    encoded = course.encode_name(name)
    return struct.pack(f"!6H{len(encoded)}s2H", message_id, 0b1_0000_0000, 1, 0, 0, 0, encoded, rdtype, 1)


def encode_query_4(name, rdtype, message_id):
    query = bytearray(12)
    for at, value in ((0, message_id), (2, 0x0100), (4, 1)):
        struct.pack_into("!H", query, at, value)
    for part in (course.encode_name(name), struct.pack("!H", rdtype), struct.pack("!H", 1)):
        query.extend(part)
    return bytes(query)


def encode_query_5(name, rdtype, message_id):
    digits = f"{message_id:04x} 0100 0001 0000 0000 0000 {course.encode_name(name).hex()} {rdtype:04x} 0001"
    return bytes.fromhex(digits)


def read_name_2(message, at):
    name, end, lowest = "", 0, at
    while True:
        length = message[at]
        kind = length >> 6
        if kind == 3:
            to = (length << 8 | message[at + 1]) & 0x3FFF
            end = end or at + 2
            if to >= lowest:
                raise ValueError("not back")
            at = lowest = to
        elif kind:
            raise ValueError("neither")
        elif not length:
            return name or ".", end or at + 1
        else:
            name += str(message[at + 1 : at + 1 + length], "latin-1") + "."
            at += length + 1


def read_name_3(message, at):
    def labels(at, limit):
        while (length := message[at]) != 0:
            if length < 0x40:
                yield message[at + 1 : at + 1 + length].decode("iso-8859-1")
                at += 1 + length
            elif length >= 0xC0:
                (to,) = struct.unpack_from("!H", message, at)
                to -= 0xC000
                if to >= limit:
                    raise ValueError(f"a pointer from {at} to {to}")
                yield from labels(to, to)
                return
            else:
                raise ValueError(f"no length: {length}")

    found = list(labels(at, at))
    while 0 < message[at] < 0xC0:
        at += 1 + message[at]
    return "".join(label + "." for label in found) or ".", at + (2 if message[at] else 1)


def read_name_4(message: bytes, at: int) -> tuple[str, int]:
    begin, parts, jumped = at, [], False
    after = at
    for _ in range(len(message)):
        length = message[at]
        if length == 0:
            break
        if length & 0b1100_0000 == 0b1100_0000:
            target = int.from_bytes(message[at : at + 2], "big") & 0x3FFF
            if target >= begin:
                raise ValueError
            if not jumped:
                after, jumped = at + 2, True
            begin = at = target
            continue
        if length & 0b1100_0000:
            raise ValueError
        parts.append("".join(chr(octet) for octet in message[at + 1 : at + 1 + length]))
        at += length + 1
    return ".".join([*parts, ""]) or ".", after if jumped else at + 1


def read_name_5(message, at):
    places, labels, end = [at], [], None
    try:
        while message[at]:
            match message[at] & 0xC0:
                case 0x00:
                    stop = at + 1 + message[at]
                    labels.append(message[at + 1 : stop].decode("latin1"))
                    at = stop
                case 0xC0:
                    end = end if end is not None else at + 2
                    at = (message[at] - 0xC0) * 256 + message[at + 1]
                    if not at < min(places):
                        raise ValueError("round and round")
                    places.append(at)
                case _:
                    raise ValueError("what is that byte?")
    except IndexError:
        raise ValueError("it ends in the middle") from None
    return (".".join(labels) + "."), (at + 1 if end is None else end)


def read_record_2(message, at):
    owner, at = course.read_name(message, at)
    rdtype = int.from_bytes(message[at : at + 2], "big")
    ttl = int.from_bytes(message[at + 4 : at + 8], "big")
    end = at + 10 + int.from_bytes(message[at + 8 : at + 10], "big")
    at += 10

    def name(at):
        return course.read_name(message, at)[0]

    readers = {
        1: lambda: socket.inet_ntoa(message[at:end]),
        28: lambda: socket.inet_ntop(socket.AF_INET6, message[at:end]),
        15: lambda: (int.from_bytes(message[at : at + 2], "big"), name(at + 2)),
        **dict.fromkeys((2, 5, 12), lambda: name(at)),
    }
    return (owner, rdtype, ttl, readers.get(rdtype, lambda: message[at:end])()), end


def read_record_3(message, at):
    owner, at = course.read_name(message, at)
    stream = BytesIO(message)
    stream.seek(at)
    rdtype, _rdclass = struct.unpack("!HH", stream.read(4))
    ttl, size = struct.unpack("!IH", stream.read(6))
    begin = stream.tell()
    raw = stream.read(size)
    if rdtype in (1, 28):
        data = str(ipaddress.ip_address(raw))
    elif rdtype == 15:
        data = (raw[0] << 8 | raw[1], course.read_name(message, begin + 2)[0])
    elif rdtype in {2, 5, 12}:
        data = course.read_name(message, begin)[0]
    else:
        data = raw
    return (owner, rdtype, ttl, data), stream.tell()


def read_record_4(message: bytes, at: int) -> tuple[tuple, int]:
    A, NS, CNAME, PTR, MX, AAAA = 1, 2, 5, 12, 15, 28
    owner, here = course.read_name(message, at)
    rdtype, _, ttl, length = struct.unpack("!2HIH", message[here : here + 10])
    start = here + 10
    stop = start + length
    if rdtype == A:
        data = "%d.%d.%d.%d" % tuple(message[start:stop])
    elif rdtype == AAAA:
        data = str(ipaddress.IPv6Address(message[start:stop]))
    elif rdtype in [NS, CNAME, PTR]:
        (data, _) = course.read_name(message, start)
    elif rdtype == MX:
        preference = struct.unpack("!H", message[start : start + 2])
        exchange, _ = course.read_name(message, start + 2)
        data = preference + (exchange,)
    else:
        data = bytes(message[start:stop])
    return ((owner, rdtype, ttl, data), stop)


def read_record_5(message, at):
    def take(count):
        nonlocal at
        at += count
        return message[at - count : at]

    owner, at = course.read_name(message, at)
    rdtype, _, ttl, size = (int.from_bytes(take(count), "big") for count in (2, 2, 4, 2))
    begin, data = at, take(size)
    whole = partial(course.read_name, message)
    try:
        data = {1: socket.inet_ntoa, 28: partial(socket.inet_ntop, socket.AF_INET6)}[rdtype](data)
    except KeyError:
        if rdtype == 15:
            data = (int(data[:2].hex(), 16), whole(begin + 2)[0])
        elif rdtype in (2, 5, 12):
            data = whole(begin)[0]
    return (owner, rdtype, ttl, data), at


def decode_reply_2(message: bytes) -> dict:
    names = ("id", "flags", "questions", "answers", "authority", "additional")
    header = dict(zip(names, struct.unpack_from("!6H", message), strict=True))
    at = 12
    while header["questions"]:
        at = course.read_name(message, at)[1] + 4
        header["questions"] -= 1
    found = []
    for _ in range(header["answers"]):
        record, at = course.read_record(message, at)
        found.append(record)
    return dict(id=header["id"], rcode=header["flags"] % 16, truncated=header["flags"] >> 9 & 1 == 1, answers=found)


def decode_reply_3(message):
    def records(count, at):
        if not count:
            return []
        record, at = course.read_record(message, at)
        return [record, *records(count - 1, at)]

    at = 12
    for _ in range(message[4] * 256 + message[5]):
        at = course.read_name(message, at)[1]
        at += 4
    return {
        "id": message[0] << 8 | message[1],
        "rcode": message[3] & 15,
        "truncated": message[2] & 2 != 0,
        "answers": records(message[6] << 8 | message[7], at),
    }


def decode_reply_4(message):
    reply = {"id": None, "rcode": None, "truncated": False, "answers": []}
    reply["id"], flags, *counts = struct.unpack("!HHHHHH", message[0:12])
    reply["rcode"] = flags & 0b1111
    if flags & 0x0200:
        reply["truncated"] = True
    at = 12
    for kind, count in zip(("question", "answer"), counts, strict=False):
        for _ in range(count):
            if kind == "question":
                _, at = course.read_name(message, at)
                at = at + 4
            else:
                record, at = course.read_record(message, at)
                reply["answers"].append(record)
    return reply


def decode_reply_5(message):
    def records():
        at = 12
        for _ in range(questions):
            at = course.read_name(message, at)[1] + 4
        for _ in range(count):
            record, at = course.read_record(message, at)
            yield record

    number, flags, questions, count = struct.unpack("!4H8x", message[:16].ljust(16))
    bits = bin(flags)[2:].zfill(16)
    return {"id": number, "rcode": int(bits[-4:], 2), "truncated": bits[6] != "0", "answers": list(records())}


def is_answer_2(query, message, asked, sender):
    if len(message) < len(query):
        return False
    wanted = [sender == asked, message[:2] == query[:2], message[2] >= 128, message[4:6] == query[4:6]]
    return all(wanted) and message[12 : len(query)] == query[12:]


def is_answer_3(query: bytes, message: bytes, asked: tuple, sender: tuple) -> bool:
    def question(octets: bytes) -> tuple:
        name, at = course.read_name(octets, 12)
        return name.lower(), octets[at : at + 4]

    try:
        return (
            tuple(sender) == tuple(asked)
            and int.from_bytes(message[:2], "big") == int.from_bytes(query[:2], "big")
            and message[2] >> 7 == 1
            and message[5] == 1
            and question(message) == question(query)
        )
    except (IndexError, ValueError):
        return False


def is_answer_4(query, message, asked, sender):
    if sender[0] != asked[0] or sender[1] != asked[1]:
        return False
    for at, octet in enumerate(query):
        if at >= len(message):
            return False
        if at in (0, 1, 4, 5) or at >= 12:
            if message[at] != octet:
                return False
        elif at == 2 and not message[at] & 0b10000000:
            return False
    return True


def is_answer_5(query, message, asked, sender):
    expected = re.compile(
        re.escape(query[:2]) + rb"[\x80-\xff].\x00\x01.{6}" + re.escape(query[12:]), re.DOTALL | re.IGNORECASE
    )
    return bool(asked == sender and expected.match(message))
