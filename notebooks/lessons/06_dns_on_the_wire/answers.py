"""Reference answers of notebook 06, DNS on the wire."""

import socket
import struct

read_flags = {"QR": 1, "AA": 1, "TC": 0, "RD": 1, "RA": 1, "RCODE": 3}

find_byte = 20


def encode_name(name):
    wire = b""
    for label in name.removesuffix(".").split(".") if name != "." else ():
        octets = label.encode("ascii")
        if not 0 < len(octets) < 64:
            raise ValueError(f"a label has 1 to 63 bytes: {label!r}")
        wire += bytes([len(octets)]) + octets
    if len(wire) > 254:
        raise ValueError("a name has at most 255 bytes")
    return wire + b"\x00"


def encode_query(name, rdtype, message_id):
    header = struct.pack("!6H", message_id, 0x0100, 1, 0, 0, 0)
    return header + encode_name(name) + struct.pack("!2H", rdtype, 1)


def read_name(message, at):
    labels, after, earliest = [], None, at
    while message[at]:
        if message[at] >= 0xC0:
            if after is None:
                after = at + 2
            at = struct.unpack("!H", message[at : at + 2])[0] & 0x3FFF
            if at >= earliest:
                raise ValueError("a pointer has to lead to an earlier place")
            earliest = at
        elif message[at] > 63:
            raise ValueError("neither a length nor a pointer")
        else:
            labels.append(message[at + 1 : at + 1 + message[at]].decode("latin-1"))
            at += 1 + message[at]
    return ".".join(labels) + ".", after or at + 1


def read_record(message, at):
    owner, at = read_name(message, at)
    rdtype, _, ttl, size = struct.unpack("!HHIH", message[at : at + 10])
    at += 10
    data = message[at : at + size]
    if rdtype == 1:
        data = socket.inet_ntoa(data)
    elif rdtype == 28:
        data = socket.inet_ntop(socket.AF_INET6, data)
    elif rdtype in (2, 5, 12):
        data = read_name(message, at)[0]
    elif rdtype == 15:
        data = struct.unpack("!H", data[:2])[0], read_name(message, at + 2)[0]
    return (owner, rdtype, ttl, data), at + size


def decode_reply(message):
    message_id, flags, questions, count, _, _ = struct.unpack("!6H", message[:12])
    at, answers = 12, []
    for _ in range(questions):
        at = read_name(message, at)[1] + 4
    for _ in range(count):
        record, at = read_record(message, at)
        answers.append(record)
    return {"id": message_id, "rcode": flags & 0xF, "truncated": bool(flags & 0x0200), "answers": answers}


def is_answer(query, message, asked, sender):
    return (
        sender == asked
        and len(message) >= 12
        and message[:2] == query[:2]
        and message[2] & 0x80 != 0
        and message[4:6] == query[4:6]
        and message[12 : len(query) - 4].lower() == query[12:-4].lower()  # capitals do not count in a name
        and message[len(query) - 4 : len(query)] == query[-4:]  # type and class are numbers
    )
