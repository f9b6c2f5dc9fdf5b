"""What one does with letters themselves, once they have been carried: reading where a letter has been."""

from helpers.mail.hops import Hop, Journey, NoHops, read_hops

__all__ = ["Hop", "Journey", "NoHops", "read_hops"]
