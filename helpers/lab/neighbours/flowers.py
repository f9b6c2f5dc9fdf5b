"""What learners are called among one another: a flower each, since nobody's own name belongs on a network."""

from helpers.lab.cast import Host

DOMAIN = "class.test"
_NAMES = """
anemone aster begonia bluebell buttercup camellia carnation clover cornflower crocus daffodil dahlia daisy foxglove
freesia fuchsia gentian geranium heather hibiscus hollyhock hyacinth iris jasmine lavender lilac lily lotus lupin
magnolia marigold mimosa myrtle narcissus nasturtium orchid pansy peony petunia phlox poppy primrose rose sage snowdrop
sunflower tansy thistle thyme tulip verbena violet wisteria yarrow zinnia
"""
FLOWERS = tuple(_NAMES.split())
SERVER = Host(f"ns.{DOMAIN}", ("192.0.2.100",), "name server of class.test, at the meeting place")


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


def class_zone(flowers: list[str]) -> str:
    """Return the zone class.test, which delegates each flower's name to its own name server."""
    lines = [f"$ORIGIN {DOMAIN}.\n$TTL 60\n@ SOA ns postmaster 1 7200 900 1209600 1\n@ NS ns\nns A {SERVER.address}\n"]
    return "".join(lines + [f"{flower} NS {flower}\n{flower} A {host(flower).address}\n" for flower in flowers])
