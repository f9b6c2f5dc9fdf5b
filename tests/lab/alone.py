"""A name server without a lab: whatever answers, on loopback, on the loop that runs."""

from functools import partial

from helpers.lab import LOOPBACK, dns_service
from helpers.lab.routes import Routes
from helpers.lab.wires import Wires


async def listen(answer, address: str = LOOPBACK, port: int = 0, on_close=None) -> dns_service.Service:
    """As `dns_service.listen`. With port 0 the system picks one."""
    return await dns_service.listen(partial(Wires(Routes()).serve, address, port), answer, on_close)
