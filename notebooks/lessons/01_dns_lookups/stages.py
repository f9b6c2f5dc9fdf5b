"""Reference answer of notebook 01, the first stage of mail_hosts."""


def mail_hosts_in_order(domain, resolver):
    records = resolver.resolve(domain, "MX")
    return [str(mx.exchange) for mx in sorted(records, key=lambda mx: mx.preference)]
