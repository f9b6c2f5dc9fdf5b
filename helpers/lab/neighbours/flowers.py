"""What learners are called among one another: a flower each, since nobody's own name belongs on a network."""

import dns.name
import dns.zone

from helpers.lab import zones
from helpers.lab.cast import ROOT, Host

DOMAIN = "class.test"
_NAMES = """
anemone aster begonia bluebell buttercup camellia carnation clover cornflower crocus daffodil dahlia daisy foxglove
freesia fuchsia gentian geranium heather hibiscus hollyhock hyacinth iris jasmine lavender lilac lily lotus lupin
magnolia marigold mimosa myrtle narcissus nasturtium orchid pansy peony petunia phlox poppy primrose rose sage snowdrop
sunflower tansy thistle thyme tulip verbena violet wisteria yarrow zinnia
"""
FLOWERS = tuple(_NAMES.split())
SERVER = Host(f"ns.{DOMAIN}", ("192.0.2.100",), "name server of class.test, at the meeting place")
ABOVE = {ROOT: ".", "a.nic.test": "test."}  # whose answers are the meeting place's, too, and the zone of each


def host(flower: str) -> Host:
    """Return the machine of a flower, its name server and mail server. Raises ValueError for what is no flower."""
    name, address = f"{flower}.{DOMAIN}", f"192.0.2.{101 + FLOWERS.index(flower)}"
    return Host(name, (address,), "another learner's name server and mail server", zones=(f"{name}.",))


def zone(flower: str) -> str:
    """Return the zone that a learner's domain begins with."""
    machine = host(flower)
    return (
        f"$ORIGIN {machine.name}.\n$TTL 60\n"
        "@  SOA  @ postmaster 1 7200 900 1209600 60\n"
        "@  NS   @\n"
        f"@  A    {machine.address}\n"
        "@  MX   10 @\n"
        '@  TXT  "v=spf1 mx -all"\n'
    )


def above() -> dict[dns.name.Name, dns.zone.Zone]:
    """Return the zones above class.test, by their origins: the root as every lab has it, and a test. that delegates."""
    delegated = f"{zones.source('test.')}\n{DOMAIN}. NS {SERVER.name}.\n{SERVER.name}. A {SERVER.address}\n"
    parsed = {".": zones.of_the_cast("."), "test.": zones.parse(delegated)}
    return {dns.name.from_text(origin): parsed[origin] for origin in ABOVE.values()}


def class_zone(flowers: list[str]) -> str:
    """Return the zone class.test, which delegates each flower's name to its own name server."""
    lines = [f"$ORIGIN {DOMAIN}.\n$TTL 60\n@ SOA ns postmaster 1 7200 900 1209600 1\n@ NS ns\nns A {SERVER.address}\n"]
    return "".join(lines + [f"{flower} NS {flower}\n{flower} A {host(flower).address}\n" for flower in flowers])
