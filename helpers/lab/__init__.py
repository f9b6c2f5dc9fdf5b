"""The internet in the kernel: hosts and routes, clock and faults, name servers, the recursive resolver, mail hosts.

from helpers.lab import Lab
lab = Lab()
"""

from helpers.lab.errors import LabError, NobodysAddress, UnknownHost, ZoneError
from helpers.lab.lab import Lab
from helpers.lab.routes import LOOPBACK

__all__ = ["LOOPBACK", "Lab", "LabError", "NobodysAddress", "UnknownHost", "ZoneError"]
