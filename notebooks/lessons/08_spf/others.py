"""Notebook 08, SPF: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import contextlib
import ipaddress
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_interface, ip_network

from helpers import answers as course
from helpers.answers import spf_terms


def matches_first(address, name, value, domain, look):
    return name == "all" or ip_address(address) in ip_interface(value).network


def matches_first_2(address: str, name: str, value: str, domain: str, look: Callable) -> bool:
    match name:
        case "all":
            return True
        case "ip4" | "ip6":
            client, block = ipaddress.ip_address(address), ipaddress.ip_network(value, False)
            return client.version == block.version and block.network_address <= client <= block.broadcast_address


def matches_first_3(address, name, value, domain, look):
    def number(text):
        return int(ip_address(text))

    if name in ["ip4", "ip6"]:
        kind = ipaddress.IPv4Address if name == "ip4" else ipaddress.IPv6Address
        try:
            kind(address)
        except ValueError:
            return False
        block, slash, length = value.partition("/")
        bits = 32 if name == "ip4" else 128
        shift = bits - int(length) if slash else 0
        return number(address) >> shift == number(block) >> shift
    return True


def matches_first_4(address, name, value, domain, look):
    if name == "all":
        return True
    try:
        one = ip_network(address)
        return one.subnet_of(ip_network(value, strict=False))
    except TypeError:  # of different kinds
        return False


def matches_first_5(address, name, value, domain, look):
    answer = False
    with contextlib.suppress(ValueError):
        if name == "all":
            answer = True
        elif re.match("ip[46]$", name):
            for block in [value]:
                if ipaddress.ip_address(address) in ipaddress.ip_network(block, strict=False):
                    answer = True
    return answer


def matches(address, name, value, domain, look):
    if name == "all":
        return True
    client = ip_address(address)
    if name[:2] == "ip":
        return client in ip_interface(value).network
    host, four, six = re.fullmatch("([^/]*)(?:/([0-9]+))?(?://([0-9]+))?", value).groups()
    names = [m.split()[-1].rstrip(".") for m in look(host or domain, "MX")] if name == "mx" else [host or domain]
    kind, bits = {4: ("A", four), 6: ("AAAA", six)}[client.version]
    for number, one in enumerate(names):
        if number == 10:
            raise ValueError("the eleventh")
        for found in look(one, kind):
            if client in ip_interface(found + (f"/{bits}" if bits else "")).network:
                return True
    return False


def matches_2(address: str, name: str, value: str, domain: str, look: Callable[[str, str], list[str]]) -> bool:
    client = ipaddress.ip_address(address)

    def inside(text: str, length: str = "") -> bool:
        block = ipaddress.ip_network(text + ("/" + length if length else ""), strict=False)
        return client in block

    match name:
        case "all":
            return True
        case "ip4" | "ip6":
            return inside(value)
        case "a" | "mx":
            rest, _, six = value.partition("//")
            target, _, four = rest.partition("/")
            where = target or domain
            hosts = [where] if name == "a" else [line.split(" ")[1] for line in look(where, "MX")]
            if len(hosts) >= 11:
                raise ValueError(where)
            if client.version == 6:
                return any(inside(found, six) for host in hosts for found in look(host, "AAAA"))
            return any(inside(found, four) for host in hosts for found in look(host, "A"))
    return False


def matches_3(address, name, value, domain, look):
    v6 = ":" in address
    if name == "all":
        return True
    blocks = set()
    if name in {"ip4", "ip6"}:
        blocks.add(value)
    else:
        pieces = value.split("/")  # "shop.test", "24", "", "64"
        target = pieces.pop(0) or domain
        lengths = {False: "32", True: "128"}
        while pieces:
            piece = pieces.pop(0)
            if piece == "":
                lengths[True] = pieces.pop(0)
            else:
                lengths[False] = piece
        exchanges = [target]
        if name == "mx":
            exchanges = []
            for record in look(target, "MX"):
                preference, exchange = record.split()
                exchanges.append(exchange)
            if exchanges[10:]:
                raise ValueError
        for exchange in exchanges:
            for found in look(exchange, "AAAA" if v6 else "A"):
                blocks.add(found + "/" + lengths[v6])
    for block in blocks:
        if ip_address(address) in ip_network(block, strict=False):
            return True
    return False


def matches_4(address, name, value, domain, look):
    def hosts():
        if name == "a":
            yield target
            return
        for count, record in enumerate(sorted(look(target, "MX")), start=1):
            if count > 10:
                raise ValueError("too many exchanges")
            yield record.split()[1]

    def blocks():
        for host in hosts():
            for found in look(host, rdtype):
                yield ip_network((found, length), strict=False)

    client = ip_address(address)
    if name == "all":
        return True
    if name.startswith("ip"):
        return client in ip_network(value, strict=False)
    found = re.match(r"(?P<host>[^/]*)(/(?P<four>\d+))?(//(?P<six>\d+))?$", value)
    target = found["host"] or domain
    rdtype, length = ("A", int(found["four"] or 32)) if client.version == 4 else ("AAAA", int(found["six"] or 128))
    return any(client in block for block in blocks())


def matches_5(address, name, value, domain, look):
    answer = False
    try:
        if name == "all":
            answer = True
        elif name == "ip4" or name == "ip6":
            answer = ip_address(address) in ip_network(value, strict=False)
        else:
            six = value[value.index("//") + 2 :] if "//" in value else "128"
            value = value.split("//")[0]
            four = value[value.index("/") + 1 :] if "/" in value else "32"
            target = value.split("/")[0] or domain
            names = [target] if name == "a" else list(map(lambda mx: mx.split()[1], look(target, "MX")))
            if len(names) > 10:
                raise ValueError(f"{target} has {len(names)} exchanges")
            kind, length = ("AAAA", six) if ip_address(address).version == 6 else ("A", four)
            found = sum((look(one, kind) for one in names), [])
            answer = bool([f for f in found if ip_address(address) in ip_network(f + "/" + length, strict=False)])
    finally:
        del address
    return answer


def matches_6(address, name, value, domain, look):
    client = ipaddress.ip_address(address)
    rest, _, ipv6_length = value.partition("//")  # of "shop.test/24//64"
    target, _, ipv4_length = rest.partition("/")
    rdtype, length = ("A", ipv4_length or "32") if client.version == 4 else ("AAAA", ipv6_length or "128")
    if name == "all":
        return True
    if name == "ip4" or name == "ip6":
        return client in ipaddress.ip_network(value, strict=False)
    if target == "":
        target = domain
    hosts = []
    if name == "a":
        hosts.append(target)
    else:
        for mx in look(target, "MX"):
            hosts.append(mx.split()[1])
    if len(hosts) > 10:
        raise ValueError("too many")
    for host in hosts:
        for found in look(host, rdtype):
            if client in ipaddress.ip_network(found + "/" + length, strict=False):
                return True
    return False


def spf_first(address, domain, look):
    try:
        texts = look(domain, "TXT")
    except TimeoutError:
        return "temperror"
    records = [text for text in texts if re.match(r"v=spf1( |$)", text)]
    if len(records) == 0:
        return "none"
    if len(records) != 1:
        return "permerror"
    mechanisms = [term for term in spf_terms(records[0]) if term[0] != ""]
    for _, name, _ in mechanisms:
        if name not in ("all", "a", "mx", "ip4", "ip6"):
            return "permerror"
    for qualifier, name, value in mechanisms:
        try:
            hit = course.matches(address, name, value, domain, look)
        except ValueError:
            return "permerror"
        except TimeoutError:
            return "temperror"
        if hit:
            return dict(zip("+-~?", ["pass", "fail", "softfail", "neutral"], strict=True))[qualifier]
    return "neutral"


def spf_first_2(address: str, domain: str, look: Callable[[str, str], list[str]]) -> str:
    def evaluate() -> str:
        records = list(filter(lambda text: (text + " ").startswith("v=spf1 "), look(domain, "TXT")))
        if not records:
            return "none"
        (record,) = records  # ValueError for two
        terms = [term for term in spf_terms(record) if term[0]]
        if {name for _, name, _ in terms} - {"all", "a", "mx", "ip4", "ip6"}:
            raise ValueError("an unknown mechanism")
        hits = (term[0] for term in terms if course.matches(address, term[1], term[2], domain, look))
        return {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}[next(hits, "?")]

    try:
        return evaluate()
    except TimeoutError:
        return "temperror"
    except ValueError:
        return "permerror"


def spf_first_3(address, domain, look):
    result = "none"
    try:
        for text in look(domain, "TXT"):
            if text.split()[:1] != ["v=spf1"]:
                continue
            if result != "none":
                return "permerror"
            result = "neutral"
            terms = spf_terms(text)
        if result == "none":
            return result
        for qualifier, name, _ in terms:
            if qualifier and not re.fullmatch("all|a|mx|ip[46]", name):
                return "permerror"
        for qualifier, name, value in terms:
            if not qualifier:
                continue
            if course.matches(address, name, value, domain, look):
                if qualifier == "+":
                    result = "pass"
                elif qualifier == "-":
                    result = "fail"
                elif qualifier == "~":
                    result = "softfail"
                break
    except ValueError:
        result = "permerror"
    except TimeoutError:
        result = "temperror"
    return result


def spf_first_4(address, domain, look):
    words = ["pass", "fail", "softfail", "neutral"]
    with contextlib.suppress(TimeoutError):
        records = [text.lower() for text in look(domain, "TXT") if text == "v=spf1" or text[:7] == "v=spf1 "]
        if len(records) > 1:
            return "permerror"
        for record in records:
            terms = spf_terms(record)
            known = "all a mx ip4 ip6".split()
            if not all(name in known for qualifier, name, value in terms if qualifier):
                return "permerror"
            for qualifier, name, value in terms:
                try:
                    if qualifier != "" and course.matches(address, name, value, domain, look):
                        return words["+-~?".index(qualifier)]
                except ValueError:
                    return "permerror"
            return "neutral"
        return "none"
    return "temperror"


def spf_first_5(address, domain, look):
    class Permanent(Exception):
        pass

    def one_record():
        found = [t for t in look(domain, "TXT") if t.partition(" ")[0] == "v=spf1"]
        if len(found) >= 2:
            raise Permanent
        return found[0] if found else None

    def decides(term):
        qualifier, name, value = term
        if qualifier == "":
            return False
        try:
            return course.matches(address, name, value, domain, look)
        except ValueError as error:
            raise Permanent from error

    try:
        record = one_record()
        if record is None:
            return "none"
        terms = spf_terms(record)
        if any(t[0] and t[1] not in {"all", "ip4", "ip6", "a", "mx"} for t in terms):
            raise Permanent
        for term in terms:
            if decides(term):
                return {"+": "pass", "-": "fail", "~": "softfail"}.get(term[0], "neutral")
        return "neutral"
    except Permanent:
        return "permerror"
    except TimeoutError:
        return "temperror"


def spf_first_6(address, domain, look):
    words = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}

    def evaluate(domain):
        records = []
        for text in look(domain, "TXT"):
            if text == "v=spf1" or text.startswith("v=spf1 "):
                records.append(text)
        if len(records) == 0:
            return "none"
        if len(records) > 1:
            return "permerror"
        terms = spf_terms(records[0])
        for qualifier, name, value in terms:
            if qualifier != "" and name not in ("all", "ip4", "ip6", "a", "mx"):
                raise ValueError("unknown")
        for qualifier, name, value in terms:
            if qualifier == "":
                continue
            if course.matches(address, name, value, domain, look):
                return words[qualifier]
        return "neutral"

    try:
        return evaluate(domain)
    except TimeoutError:
        return "temperror"
    except ValueError:
        return "permerror"


def spf_result(address, domain, look, count=None):
    words = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
    count = [0] if count is None else count
    try:
        found = [t for t in look(domain, "TXT") if t == "v=spf1" or t.startswith("v=spf1 ")]
        if len(found) != 1:
            return "permerror" if found else "none"
        redirect = None
        terms = spf_terms(found[0])
        for q, name, value in terms:
            if q == "" and name == "redirect":
                redirect = value
            if q and name not in {"all", "ip4", "ip6", "a", "mx", "include", "exists", "ptr"}:
                return "permerror"
        for q, name, value in terms:
            if q == "":
                continue
            if name in {"a", "mx", "include"}:
                count[0] += 1
                if count[0] > 10:
                    return "permerror"
            if name == "include":
                inner = spf_result(address, value, look, count)
                if inner in ("none", "permerror"):
                    return "permerror"
                if inner == "temperror":
                    return inner
                if inner == "pass":
                    return words[q]
            elif course.matches(address, name, value, domain, look):
                return words[q]
        if redirect is None:
            return "neutral"
        count[0] += 1
        if count[0] > 10:
            return "permerror"
        final = spf_result(address, redirect, look, count)
        return "permerror" if final == "none" else final
    except TimeoutError:
        return "temperror"
    except ValueError:
        return "permerror"


def spf_result_2(address: str, domain: str, look: Callable[[str, str], list[str]]) -> str:
    left = 10

    def evaluate(domain: str) -> str:
        nonlocal left
        records = [text for text in look(domain, "TXT") if re.match("v=spf1( |$)", text)]
        if not records:
            return "none"
        if len(records) > 1:
            return "permerror"
        terms = spf_terms(records[0])
        if any(q and name not in ("all", "ip4", "ip6", "a", "mx", "include") for q, name, _ in terms):
            return "permerror"
        redirects = [term for term in terms if term[:2] == ("", "redirect")]
        for q, name, value in [term for term in terms if term[0]] + redirects:
            if name in ("a", "mx", "include", "redirect"):
                if left == 0:
                    return "permerror"
                left -= 1
            if name in ("include", "redirect"):
                inner = evaluate(value)
                if inner in ("none", "permerror", "temperror"):
                    return "temperror" if inner == "temperror" else "permerror"
                if name == "redirect":
                    return inner
                matched = inner == "pass"
            else:
                matched = course.matches(address, name, value, domain, look)
            if matched:
                return ["pass", "fail", "softfail", "neutral"]["+-~?".find(q)]
        return "neutral"

    try:
        return evaluate(domain)
    except ValueError:
        return "permerror"
    except TimeoutError:
        return "temperror"


def spf_result_3(address, domain, look):
    class Evaluation:
        words = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}

        def __init__(self):
            self.cost = 0

        def spend(self):
            self.cost += 1
            if self.cost == 11:
                raise ValueError("ten are enough")

        def terms(self, domain):
            records = [t for t in look(domain, "TXT") if t.split(" ", 1)[0] == "v=spf1"]
            if len(records) > 1:
                raise ValueError("more than one record")
            return spf_terms(records[0]) if records else None

        def result(self, domain):
            terms = self.terms(domain)
            if terms is None:
                return "none"
            for qualifier, name, _ in terms:
                if qualifier and name not in ["all", "ip4", "ip6", "a", "mx", "include"]:
                    raise ValueError(name)
            for qualifier, name, value in terms:
                if qualifier and self.matches(domain, name, value):
                    return self.words[qualifier]
            for qualifier, name, value in terms:
                if not qualifier and name == "redirect":
                    self.spend()
                    return self.other(value)
            return "neutral"

        def other(self, domain):
            result = self.result(domain)
            if result == "none":
                raise ValueError(domain)
            return result

        def matches(self, domain, name, value):
            if name in ["a", "mx", "include"]:
                self.spend()
            if name == "include":
                return self.other(value) == "pass"
            return course.matches(address, name, value, domain, look)

    try:
        return Evaluation().result(domain)
    except ValueError:
        return "permerror"
    except TimeoutError:
        return "temperror"


def spf_result_4(address, domain, look):
    spent = []

    def evaluate(domain):
        try:
            found = [t for t in look(domain, "TXT") if f"{t} ".startswith("v=spf1 ")]
            if not found:
                return "none"
            if found[1:]:
                return "permerror"
            terms, redirect = spf_terms(found[0]), None
            for q, n, v in terms:
                if q and n not in "all ip4 ip6 a mx include".split():
                    return "permerror"
                if not q and n == "redirect":
                    redirect = v
            for q, n, v in filter(lambda term: term[0], terms):
                if n in ("a", "mx", "include"):
                    spent.append(n)
                if len(spent) > 10:
                    return "permerror"
                if n == "include":
                    match evaluate(v):
                        case "pass":
                            hit = True
                        case "none" | "permerror":
                            return "permerror"
                        case "temperror":
                            return "temperror"
                        case _:
                            hit = False
                else:
                    hit = course.matches(address, n, v, domain, look)
                if hit:
                    return {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}[q]
            if redirect is not None:
                spent.append("redirect")
                if len(spent) > 10:
                    return "permerror"
                return evaluate(redirect).replace("none", "permerror")
            return "neutral"
        except ValueError:
            return "permerror"
        except TimeoutError:
            return "temperror"

    return evaluate(domain)


def spf_result_5(address, domain, look):
    costly = iter(range(10))

    def evaluate(domain, must_exist=True):
        records = [t for t in look(domain, "TXT") if t == "v=spf1" or t.startswith("v=spf1 ")]
        if not records and not must_exist:
            return "none"
        (record,) = records  # ValueError for none and for two
        terms = spf_terms(record)
        mechanisms = [term for term in terms if term[0]]
        assert_known(name for _, name, _ in mechanisms)
        for qualifier, name, value in mechanisms:
            if name in ("a", "mx", "include"):
                pay()
            hit = evaluate(value) == "pass" if name == "include" else course.matches(address, name, value, domain, look)
            if hit:
                return {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}[qualifier]
        for value in (value for _, name, value in terms if name == "redirect"):
            pay()
            return evaluate(value)
        return "neutral"

    def assert_known(names):
        if not set(names) <= {"all", "ip4", "ip6", "a", "mx", "include"}:
            raise ValueError("a mechanism that nobody knows")

    def pay():
        if next(costly, None) is None:
            raise ValueError("more than ten look-ups")

    try:
        return evaluate(domain, must_exist=False)
    except ValueError:
        return "permerror"
    except TimeoutError:
        return "temperror"


def spf_result_6(address, domain, look):
    words = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}
    spent = []  # one item for each look-up, in all the records together

    def spend():
        spent.append(1)
        if len(spent) > 10:
            raise ValueError("more than ten look-ups")

    def evaluate(domain):
        records = [text for text in look(domain, "TXT") if text == "v=spf1" or text.startswith("v=spf1 ")]
        if not records:
            return "none"
        if len(records) > 1:
            raise ValueError
        terms = spf_terms(records[0])
        for qualifier, name, value in terms:
            if qualifier and name not in ("all", "ip4", "ip6", "a", "mx", "include"):
                raise ValueError
        for qualifier, name, value in terms:
            if qualifier == "":
                continue
            if name == "include":
                spend()
                inner = evaluate(value)
                if inner == "none":
                    raise ValueError
                if inner == "pass":
                    return words[qualifier]
                continue
            if name in ("a", "mx"):
                spend()
            if course.matches(address, name, value, domain, look):
                return words[qualifier]
        for qualifier, name, value in terms:
            if name == "redirect":
                spend()
                inner = evaluate(value)
                if inner == "none":
                    raise ValueError
                return inner
        return "neutral"

    try:
        return evaluate(domain)
    except TimeoutError:
        return "temperror"
    except ValueError:
        return "permerror"


def spf_reply(result):
    if result == "fail":
        return "550 5.7.23 SPF says no"
    if result == "permerror":
        return "550 5.7.24 SPF is broken"
    if result == "temperror":
        return "451 4.7.24 Later"


def spf_reply_2(result: str) -> str | None:
    match result:
        case "fail":
            return "550 5.7.23 SPF validation failed"
        case "permerror" | "temperror":
            code = {"p": "550 5", "t": "451 4"}[result[0]]
            return f"{code}.7.24 SPF validation error"
        case _:
            return None


def spf_reply_3(result):
    replies = [("fail", 550, "5.7.23"), ("permerror", 550, "5.7.24"), ("temperror", 451, "4.7.24")]
    return next((f"{code} {finer} no" for word, code, finer in replies if word == result), None)


def spf_reply_4(result):
    try:
        code = {"fail": "550 5.7.23", "permerror": "550 5.7.24", "temperror": "451 4.7.24"}[result]
    except KeyError:
        return None
    return code + " Not in this name"


def spf_reply_5(result):
    if not re.fullmatch("fail|(perm|temp)error", result):
        return None
    reply = "4.7.24 Come again" if result[0] == "t" else "5.7.24 Mend your record" if result[0] == "p" else "5.7.23 No"
    return ("451 " if reply[0] == "4" else "550 ") + reply
