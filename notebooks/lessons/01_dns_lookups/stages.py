"""Reference answers of notebook 01: the first stages of mail_hosts and of walk."""


def mail_hosts_in_order(domain, resolver):
    records = resolver.resolve(domain, "MX")
    return [str(mx.exchange) for mx in sorted(records, key=lambda mx: mx.preference)]


def walk_to_the_answer(name, rdtype, ask):
    reply = ask("a.root-servers.test", name, rdtype)
    while not reply.answers:
        reply = ask(reply.authority[0].data, name, rdtype)
    return [record.data for record in reply.answers]
