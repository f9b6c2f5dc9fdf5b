"""Right answers of notebook 10 in other styles. Tests alone read it."""

import random
from contextlib import suppress

import dns.exception
import dns.resolver
from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer

from helpers.answers import addresses as doors_of
from helpers.answers import domain_of, mail_hosts, send_mail
from helpers.answers import knock as at_one_door


def addresses_in_order(domain, resolver):
    everything = []
    for host in mail_hosts(domain, resolver):
        with suppress(NoAnswer, NXDOMAIN):
            everything.extend(str(record) for record in resolver.resolve(host, "AAAA"))
        with suppress(NoAnswer, NXDOMAIN):
            everything.extend(str(record) for record in resolver.resolve(host, "A"))
    return everything


def addresses_in_order_2(domain, resolver):
    def of(host, rdtype):
        try:
            return [record.to_text() for record in resolver.resolve(host, rdtype)]
        except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
            return []

    return [address for host in mail_hosts(domain, resolver) for kind in ("A", "AAAA") for address in of(host, kind)]


def addresses_in_order_3(domain, resolver):
    found = []
    for host in mail_hosts(domain, resolver):
        for rdtype in ["A", "AAAA"]:
            try:
                answer = resolver.resolve(host, rdtype)
            except dns.resolver.NXDOMAIN:
                break
            except dns.resolver.NoAnswer:
                continue
            for record in answer:
                found.append(record.address)
    return found


def addresses_in_order_4(domain, resolver):
    found, trouble = [], None
    for host in mail_hosts(domain, resolver):
        for rdtype in ("A", "AAAA"):
            try:
                found += [record.address for record in resolver.resolve(host, rdtype)]
            except (NoAnswer, NXDOMAIN):
                pass
            except DNSException as error:
                trouble = error
    if trouble and not found:
        raise trouble
    return found


def addresses_in_order_5(domain, resolver):
    found = ()
    for host in mail_hosts(domain, resolver):
        for rdtype in ("A", "AAAA"):
            try:
                found += tuple(record.address for record in resolver.resolve(host, rdtype, raise_on_no_answer=False))
            except NXDOMAIN:
                pass
    return found


def addresses_in_order_6(domain, resolver):
    doors = {}  # as a set that keeps its order
    for host in mail_hosts(domain, resolver):
        for rdtype in ("AAAA", "A"):
            try:
                doors |= dict.fromkeys(record.address for record in resolver.resolve(host, rdtype))
            except (NoAnswer, NXDOMAIN):
                doors |= {}
    return list(doors)


def addresses(domain, resolver):
    try:
        records = list(resolver.resolve(domain, "MX"))
    except dns.resolver.NoAnswer:
        hosts = [domain]
    else:
        random.shuffle(records)
        hosts = [mx.exchange for mx in sorted(records, key=lambda mx: mx.preference) if str(mx.exchange) != "."]
    found = []
    for host in hosts:
        for rdtype in ("AAAA", "A"):
            with suppress(NoAnswer, NXDOMAIN):
                found += [record.address for record in resolver.resolve(host, rdtype)]
    return found[:5]


def addresses_2(domain, resolver):
    hosts = mail_hosts(domain, resolver)
    number = {}
    with suppress(NoAnswer):
        for mx in resolver.resolve(domain, "MX"):
            number[str(mx.exchange)] = mx.preference
    random.shuffle(hosts)
    hosts.sort(key=lambda host: number.get(host, 0))
    found = []
    for host in hosts:
        for rdtype in ("A", "AAAA"):
            try:
                answer = resolver.resolve(host, rdtype)
            except (NoAnswer, NXDOMAIN):
                continue
            found.extend(record.address for record in answer)
            if len(found) >= 5:
                return found[:5]
    return found


def addresses_3(domain, resolver):
    by_number = {}
    try:
        for mx in resolver.resolve(domain, "MX"):
            by_number.setdefault(mx.preference, []).append(mx.exchange.to_text())
    except NoAnswer:
        by_number[0] = [domain]
    found = []
    for number in sorted(by_number):
        equals = by_number[number]
        for host in random.sample(equals, len(equals)):
            if host == ".":
                continue
            for rdtype in ("A", "AAAA"):
                try:
                    found += [record.address for record in resolver.resolve(host, rdtype)]
                except (NoAnswer, NXDOMAIN):
                    pass
    return found[:5]


def addresses_4(domain, resolver):
    hosts = mail_hosts(domain, resolver)
    if hosts and hosts != [domain]:
        records = sorted(resolver.resolve(domain, "MX"), key=lambda mx: (mx.preference, random.random()))
        hosts = [str(mx.exchange).rstrip(".") for mx in records]
    found = []
    while hosts and len(found) < 5:
        host = hosts.pop(0)
        for rdtype in ("A", "AAAA"):
            answer = []
            with suppress(NoAnswer, NXDOMAIN):
                answer = resolver.resolve(host, rdtype)
            found += [str(record) for record in answer]
    del found[5:]
    return found


def addresses_5(domain, resolver):
    def of(host):
        for rdtype in ("A", "AAAA"):
            try:
                yield from (record.address for record in resolver.resolve(host, rdtype))
            except (dns.resolver.NoAnswer, dns.resolver.NXDOMAIN):
                pass

    try:
        pairs = [(mx.preference, random.random(), str(mx.exchange)) for mx in resolver.resolve(domain, "MX")]
    except dns.resolver.NoAnswer:
        pairs = [(0, 0, domain)]
    return [address for _, _, host in sorted(pairs) if host != "." for address in of(host)][:5]


def knock(lab, address, sender, recipients, letter, patience=300):
    try:
        sock = lab.connect(address, 25, timeout=patience)
    except OSError as error:
        return {who: f"4.4.1 {error}" for who in recipients}
    try:
        replies = send_mail(sock, sender, recipients, letter)
    except OSError as error:
        return {who: f"4.4.2 {error}" for who in recipients}
    finally:
        sock.close()
    began = sock.transcript.says("C", "MAIL FROM")
    return replies if began else {who: "4.3.2 " + reply for who, reply in replies.items()}


def knock_2(lab, address, sender, recipients, letter, patience=300):
    fates = {}
    try:
        with lab.connect(address, 25, None, patience) as sock:
            for who, reply in send_mail(sock, sender, recipients, letter).items():
                fates[who] = reply if sock.transcript.says("C", "mail") else "421 " + reply
    except OSError as error:
        fates = dict.fromkeys(recipients, "450 " + str(error))
    return fates


def knock_3(lab, address, sender, recipients, letter, patience=300):
    try:
        with lab.connect(address, 25, timeout=patience) as sock:
            fates = send_mail(sock, sender, recipients, letter)
            lines = [line.text.upper() for line in sock.transcript.lines if line.who == "C"]
    except (ConnectionError, TimeoutError, OSError) as error:
        fates, lines = {who: f"4 {error}" for who in recipients}, ["MAIL"]
    if not any(line.startswith("MAIL") for line in lines):
        for who in fates:
            fates[who] = "4" + fates[who][1:]
    return fates


def knock_4(lab, address, sender, recipients, letter, patience=300):
    from contextlib import closing

    later = {}.fromkeys(recipients, "4.4.2 nobody answered")
    with suppress(OSError), closing(lab.connect(address, 25, timeout=patience)) as sock:
        fates = send_mail(sock, sender, recipients, letter)
        return fates if sock.transcript.says("C", "MAIL") else dict.fromkeys(recipients, "4.3.2 not wanted here")
    return later


def knock_5(lab, address, sender, recipients, letter, patience=300):
    sock = None
    try:
        sock = lab.connect(address=address, port=25, timeout=patience)
        fates = send_mail(sock, sender, recipients, letter)
        if sock.transcript.says("C", "MAIL"):
            return fates
        why = "the host sent us away"
    except OSError as error:
        why = str(error)
    finally:
        if sock is not None:
            sock.close()
    return {who: f"451 4.4.2 {why}" for who in recipients}


def knock_6(lab, address, sender, recipients, letter, patience=300):
    try:
        with lab.connect(address, 25, timeout=patience) as sock:
            fates = send_mail(sock, sender, recipients, letter)
    except (ConnectionError, TimeoutError) as error:
        return {who: f"4.4.2 {error}" for who in recipients}
    except OSError as error:  # no way to it, or nobody's address
        return {who: f"4.4.1 {error}" for who in recipients}
    if sock.transcript.says("C", "MAIL"):
        return fates
    return {who: f"4.3.2 {reply}" for who, reply in fates.items()}


def deliver_to_one(lab, sender, recipients, letter, patience=300):
    who = recipients[0]
    fate = "4.4.1 no door"
    for door in doors_of(domain_of(who), lab.resolver):
        fate = at_one_door(lab, door, sender, recipients, letter, patience)[who]
        if not fate.startswith("4"):
            break
    return {who: fate}


def deliver_to_one_2(lab, sender, recipients, letter, patience=300):
    doors = doors_of(domain_of(recipients[0]), lab.resolver)
    fates = {}
    while doors:
        fates = at_one_door(lab, doors.pop(0), sender, recipients, letter, patience)
        if fates[recipients[0]].startswith(("2", "5")):
            return fates
    return fates


def deliver_to_one_3(lab, sender, recipients, letter, patience=300):
    first, *rest = doors_of(domain_of(recipients[0]), lab.resolver)
    fates = at_one_door(lab, first, sender, recipients, letter, patience)
    for door in rest:
        if list(fates.values())[0][0] == "4":
            fates = at_one_door(lab, door, sender, recipients, letter, patience)
    return fates


def deliver_to_one_4(lab, sender, recipients, letter, patience=300):
    def walk(doors):
        fates = at_one_door(lab, doors[0], sender, recipients, letter, patience)
        waits = fates[recipients[0]][0] == "4"
        return walk(doors[1:]) if waits and doors[1:] else fates

    return walk(doors_of(domain_of(recipients[0]), lab.resolver))


def deliver_to_one_5(lab, sender, recipients, letter, patience=300):
    tried = (
        at_one_door(lab, door, sender, recipients, letter, patience)
        for door in doors_of(domain_of(recipients[0]), lab.resolver)
    )
    fates = {}
    for fates in tried:
        if fates[recipients[0]][:1] != "4":
            break
    return fates


def deliver_to_one_6(lab, sender, recipients, letter, patience=300):
    [who] = recipients
    _, _, domain = who.rpartition("@")
    fates = {}
    for door in doors_of(domain, lab.resolver):
        fates |= at_one_door(lab, door, sender, (who,), letter, patience)
        if not fates[who].startswith("4"):
            return fates
    return fates


def deliver(lab, sender, recipients, letter, patience=300):
    try:
        doors = doors_of(domain_of(recipients[0]), lab.resolver)
    except NXDOMAIN:
        return {who: "550 5.1.2 no such domain" for who in recipients}
    except DNSException:
        return {who: "451 4.4.3 no answer" for who in recipients}
    if not doors:
        return {who: "550 5.1.10 nobody takes its mail" for who in recipients}
    fates, waiting = {}, recipients[:]
    for door in doors:
        again = True
        while waiting and again:
            new = at_one_door(lab, door, sender, waiting, letter, patience)
            fates.update(new)
            again = any(f.startswith("2") for f in new.values()) and any(f.startswith("452") for f in new.values())
            waiting = [who for who in waiting if fates[who].startswith("4")]
    return fates


def deliver_2(lab, sender, recipients, letter, patience=300):
    fates = dict.fromkeys(recipients, "")
    try:
        doors = list(doors_of(domain_of(recipients[0]), lab.resolver))
    except dns.exception.DNSException as error:
        no = isinstance(error, dns.resolver.NXDOMAIN)
        return dict.fromkeys(recipients, "5.1.2 no domain" if no else "4.4.3 no answer")
    while doors:
        waiting = [who for who, fate in fates.items() if fate[:1] in ("", "4")]
        if not waiting:
            break
        new = at_one_door(lab, doors[0], sender, waiting, letter, patience)
        fates.update(new)
        took = sum(fate[0] == "2" for fate in new.values())
        full = sum(fate[:3] == "452" for fate in new.values())
        if not (took and full):
            doors.pop(0)
    return {who: fate or "5.4.4 no door" for who, fate in fates.items()}


def deliver_3(lab, sender, recipients, letter, patience=300):
    def at(doors, waiting):
        if not doors or not waiting:
            return {}
        fates = at_one_door(lab, doors[0], sender, waiting, letter, patience)
        left = [who for who in waiting if fates[who][0] == "4"]
        took = any(fates[who][0] == "2" for who in waiting)
        again = took and any(fates[who].startswith("452") for who in left)
        return fates | at(doors if again else doors[1:], left)

    try:
        doors = doors_of(domain_of(recipients[0]), lab.resolver)
    except NXDOMAIN:
        return dict.fromkeys(recipients, "5.1.2 there is no such domain")
    except DNSException:
        return dict.fromkeys(recipients, "4.4.3 no answer")
    return at(doors, list(recipients)) or dict.fromkeys(recipients, "5.4.4 no host")


def deliver_4(lab, sender, recipients, letter, patience=300):
    done, waiting = {}, dict.fromkeys(recipients, "5.4.4 no host to go to")
    try:
        doors = doors_of(domain_of(recipients[0]), lab.resolver)
    except NXDOMAIN:
        doors, waiting = [], dict.fromkeys(recipients, "5.1.2 no such domain")
    except DNSException:
        doors, waiting = [], dict.fromkeys(recipients, "4.4.3 the DNS is silent")
    for door in doors:
        for _ in range(len(recipients)):  # after a 452, once more
            if not waiting:
                return done
            now = at_one_door(lab, door, sender, list(waiting), letter, patience)
            done |= {who: fate for who, fate in now.items() if fate[0] in "25"}
            waiting = {who: fate for who, fate in now.items() if fate[0] == "4"}
            digits = {fate[:3] for fate in now.values()}
            if "452" not in digits or not any(digit.startswith("2") for digit in digits):
                break
    return {**done, **waiting}


def deliver_5(lab, sender, recipients, letter, patience=300):
    fates = dict.fromkeys(recipients, "5.4.4 there is nobody to bring it to")
    try:
        queue = [*doors_of(domain_of(recipients[0]), lab.resolver)]
    except Exception as error:
        return dict.fromkeys(recipients, "5.1.2 no" if isinstance(error, NXDOMAIN) else "4.4.3 not now")
    while queue:
        door = queue.pop(0)
        waiting = [who for who in recipients if fates[who].startswith(("4", "5.4.4"))]
        if not waiting:
            break
        fates.update(at_one_door(lab, door, sender, waiting, letter, patience))
        codes = {fates[who][:3] for who in waiting}
        if "452" in codes and "250" in codes:
            queue.insert(0, door)
    return fates


def deliver_6(lab, sender, recipients, letter, patience=300):
    fates = {who: "5.4.4 no door" for who in recipients}
    try:
        doors = doors_of(recipients[0].rsplit("@", 1)[-1], lab.resolver)
    except NXDOMAIN:
        doors, fates = [], {who: "5.1.2 no such domain" for who in recipients}
    except DNSException:
        doors, fates = [], {who: "4.4.3 the DNS is silent" for who in recipients}
    left = set(recipients)
    for door in doors:
        before = len(left) + 1
        while left and len(left) < before:  # somebody got a fate: with a 452 beside it, once more
            before = len(left)
            new = at_one_door(lab, door, sender, sorted(left), letter, patience)
            fates |= new
            left = {who for who in left if new[who][0] == "4"}
            if not any(fate[0] == "2" for fate in new.values()) or not any(f[:3] == "452" for f in new.values()):
                break
    return fates


def patience(said):
    minutes = 5
    if said.strip().upper() == b"DATA":
        minutes = 2
    elif said.endswith(b".\r\n") and said.count(b"\r\n") > 1:
        minutes = 10
    return 60 * minutes


def patience_2(said):
    last = said.split(b"\r\n")[-2:]
    if last == [b".", b""]:
        return 10 * 60
    return 2 * 60 if last[0].upper() == b"DATA" else 5 * 60


def patience_3(said):
    match said.upper().splitlines():
        case [*_, b"."]:
            return 600
        case [b"DATA"]:
            return 120
        case _:
            return 300


def patience_4(said):
    text = said.decode("latin-1")
    return 600.0 if text.endswith("\n.\r\n") else 120.0 if text.lower() == "data\r\n" else 300.0


def patience_5(said):
    waits = {b"DATA\r\n": 120}
    if said[-5:] == b"\r\n.\r\n":
        return 600
    return waits.get(said.upper(), 300)


def patience_6(said):
    text = said.decode("utf-8", "replace")
    if text.endswith("\r\n.\r\n"):
        return 600
    return 120 if text.upper() == "DATA\r\n" else 300
