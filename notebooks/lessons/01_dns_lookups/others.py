"""Notebook 01, DNS look-ups: right answers in other styles, by the exercise's name; a second one is NAME_2."""

import operator
import re
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver


def domain_of(address):
    return address.split("@")[-1]


def domain_of_2(address: str) -> str:
    """Everything after the last @."""
    local_part, domain = address.rsplit("@", 1)
    return domain


def domain_of_3(address):
    return re.search(r"@([^@]*)$", address).group(1)


def domain_of_4(address):
    domain = ""
    for character in address:
        domain = "" if character == "@" else domain + character
    return domain


def domain_of_5(address):
    try:
        return address[address.rindex("@") + 1 :].lower()
    except ValueError:
        return ""


def domain_of_6(address):
    def before_at(text):
        return "" if text[:1] in ("", "@") else text[0] + before_at(text[1:])

    return before_at(address[::-1])[::-1]


def mail_hosts_in_order(domain, resolver):
    def preference(mx):
        return mx.preference

    return [mx.exchange for mx in sorted(resolver.resolve(domain, "MX"), key=preference)]


def mail_hosts_in_order_2(domain: str, resolver: dns.resolver.Resolver) -> list[str]:
    pairs = [(mx.preference, mx.exchange.to_text()) for mx in resolver.resolve(domain, "MX")]
    pairs.sort()
    return [exchange for _, exchange in pairs]


def mail_hosts_in_order_3(domain, resolver):
    left, hosts = list(resolver.resolve(domain, "MX")), []
    while left:
        best = min(left, key=operator.attrgetter("preference"))
        left.remove(best)
        hosts.append(str(best.exchange).removesuffix("."))
    return hosts


def mail_hosts_in_order_4(domain, resolver):
    by_preference = defaultdict(list)
    for mx in resolver.resolve(domain, dns.rdatatype.MX):
        by_preference[mx.preference].append(mx.exchange)
    return [host for preference in sorted(by_preference) for host in by_preference[preference]]


def mail_hosts_in_order_5(domain, resolver):
    found = re.findall(r"MX (\d+) (\S+)\.$", str(resolver.resolve(domain, "MX").rrset), re.MULTILINE)
    return tuple(name for number, name in sorted(found, key=lambda pair: int(pair[0])))


def mail_hosts_in_order_6(domain, resolver):
    answer = None
    try:
        answer = sorted(resolver.resolve(dns.name.from_text(domain), "MX"))
    finally:
        hosts = [str(mx.exchange) for mx in answer or ()]
    return hosts


def mail_hosts(domain, resolver):
    hosts = []
    try:
        for mx in sorted(resolver.resolve(domain, "MX"), key=lambda mx: mx.preference):
            if mx.exchange != dns.name.root:
                hosts.append(mx.exchange)
    except dns.resolver.NoAnswer:
        hosts.append(domain)
    return hosts


def mail_hosts_2(domain: str, resolver: dns.resolver.Resolver) -> list[str]:
    records = resolver.resolve(domain, "MX", raise_on_no_answer=False).rrset
    if records is None:
        return [f"{domain}."]
    texts = sorted(((mx.preference, str(mx.exchange)[:-1]) for mx in records), key=lambda pair: pair[0])
    return [name for _, name in texts if name]


def mail_hosts_3(domain, resolver):
    class NoMail(Exception):
        pass

    def names(records):
        for mx in records:
            if str(mx.exchange) == ".":
                raise NoMail
            yield str(mx.exchange)

    with suppress(NoMail):
        try:
            found = resolver.resolve(domain, "MX")
        except dns.resolver.NoAnswer:
            return [dns.name.from_text(domain)]
        return list(names(sorted(found, key=lambda mx: mx.preference)))
    return []


def mail_hosts_4(domain, resolver):
    try:
        answer = resolver.resolve(domain, "MX")
    except dns.exception.DNSException as error:
        if isinstance(error, dns.resolver.NoAnswer):
            return [domain]
        raise
    else:
        if len(answer) == 1 and re.fullmatch(r"0 \.", answer[0].to_text()):
            return []
        return [str(mx.exchange) for mx in sorted(answer, key=lambda mx: mx.preference)]


def mail_hosts_5(domain, resolver):
    order, result = {}, [domain]
    try:
        for mx in resolver.resolve(domain, "MX"):
            order.setdefault(mx.preference, []).append(mx.exchange.to_text(omit_final_dot=True))
        result = sum((order[preference] for preference in sorted(order)), [])
    except dns.resolver.NoAnswer:
        pass
    finally:
        result = [name for name in result if name not in ("", "@", ".")]
    return result


def mail_hosts_6(domain, resolver):
    """The fall-back first, so that what is left to do is to sort."""
    try:
        records = list(resolver.resolve(domain, "MX"))
    except dns.resolver.NoAnswer:
        return domain.split()
    return list(map(str, filter(lambda name: name != dns.name.root, (mx.exchange for mx in sorted(records)))))


def walk_to_the_answer(name, rdtype, ask):
    server = "a.root-servers.test."
    while True:
        reply = ask(server, name, rdtype)
        if reply.answers:
            return [record.data for record in reply.answers]
        server = reply.authority[-1].data


def walk_to_the_answer_2(name: str, rdtype: str, ask: Callable, server: str = "a.root-servers.test") -> list[str]:
    reply = ask(server, name, rdtype)
    found = [record.data for record in reply.answers]
    return found or walk_to_the_answer_2(name, rdtype, ask, reply.authority[0].data)


def walk_to_the_answer_3(name, rdtype, ask):
    def next_server(reply):
        (first, *_) = (record.data for record in reply.authority if record.type == "NS")
        return first

    reply = ask("a.root-servers.test", name, rdtype)
    while len(reply.answers) == 0:
        reply = ask(next_server(reply), name, rdtype)
    data = []
    for record in reply.answers:
        data.append(record.data)
    return data


def walk_to_the_answer_4(name, rdtype, ask):
    servers = ["a.root-servers.test"]
    for server in servers:
        reply = ask(server, name=name, rdtype=rdtype)
        servers += [record.data for record in reply.authority][:1]
    return tuple(record.data for record in reply.answers)


def walk_to_the_answer_5(name, rdtype, ask):
    found, server = [], "a.root-servers.test"
    try:
        while not found:
            reply = ask(server, name, rdtype)
            found = [record.data for record in reply.answers]
            server = re.split(r"\s+", reply.authority[0].data)[0]
    except IndexError:
        pass
    return found


def walk(name, rdtype, ask):
    server = "a.root-servers.test"
    while server:
        reply = ask(server, name, rdtype)
        named = [record.data for record in reply.authority if record.type == "NS"]
        server = None if reply.answers else next(iter(named), None)
    return [record.data for record in reply.answers]


def walk_2(name: str, rdtype: str, ask: Callable) -> list[str]:
    """One step, and the rest of the walk from there."""

    def onward(server: str) -> list[str]:
        reply = ask(server, name, rdtype)
        if reply.answers:
            return [record.data for record in reply.answers]
        if "NS" not in {record.type for record in reply.authority}:
            return []
        return onward(reply.authority[0].data)

    return onward("a.root-servers.test")


def walk_3(name, rdtype, ask):
    server = "a.root-servers.test"
    for _ in range(10):
        reply = ask(server, name, rdtype)
        if reply.rcode != "NOERROR":
            break
        if reply.answers:
            return [record.data for record in reply.answers]
        record = reply.authority[0]
        if record.type == "SOA":
            break
        server = record.data
    return []


def walk_4(name, rdtype, ask):
    class No(Exception):
        pass

    def step(reply):
        if reply.authority[0].type != "NS":
            raise No(reply.rcode)
        return ask(reply.authority[0].data, name, rdtype)

    reply = ask("a.root-servers.test", name, rdtype)
    try:
        while not reply.answers:
            reply = step(reply)
    except No:
        return []
    return [record.data for record in reply.answers]


def walk_5(name, rdtype, ask):
    server, found = "a.root-servers.test", []
    try:
        while re.fullmatch(r"[\w.-]+", server):
            reply = ask(server, name, rdtype)
            if reply.answers:
                found += [record.data for record in reply.answers]
                return found
            server = reply.authority[0].data
    finally:
        found.sort()
    return found
