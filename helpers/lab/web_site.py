"""The web sites of the cast: what stands at a domain's own address need not take mail; and one that serves a policy."""

import asyncio

from helpers.lab.cast import Host
from helpers.lab.certificates import Certificates, Certified
from helpers.lab.net import Net
from helpers.lab.wires import streams

LIMIT = 2  # seconds for a whole visit
REQUEST_LIMIT = 8192  # octets
POLICY = "/.well-known/mta-sts.txt"  # RFC 8461 section 3.3


class Site(Certified):
    """A web site that answers any request of HTTP/1.0 with one small page. `protocol` makes that of a connection."""

    def __init__(self, net: Net, host: Host, certificates: Certificates):
        self._net, self.host, self.name, self._certificates = net, host, host.name, certificates
        self.protocol = streams(net.tasks, self._visit, REQUEST_LIMIT)

    def page(self, path: str) -> tuple[str, str, str]:
        """Return what stands at a path: status, media type, text."""
        page = f"<!doctype html><title>{self.name}</title><h1>{self.name}</h1><p>A web site. It takes no mail.</p>\n"
        return "200 OK", "text/html", page

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer = writer.get_extra_info("peername")
        try:
            async with asyncio.timeout(LIMIT):
                if self._tls:
                    writer.transport.pause_reading()  # its first octets are for TLS (see mail_host)
                    context = await self._net.blocking(self._certificates.server_context, self.name, self._tls)
                    await writer.start_tls(context)
                request = await reader.readuntil(b"\r\n\r\n")
                status, media_type, text = self.page((request.split(b" ") + [b""])[1].decode(errors="replace"))
                content = text.encode()
                head = f"HTTP/1.0 {status}\r\nContent-Type: {media_type}; charset=utf-8\r\n"
                writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (OSError, EOFError, asyncio.LimitOverrunError):  # OSError: time-outs and what TLS refuses, too
            writer.transport.abort()
        finally:
            self._net.forget(peer)


class PolicySite(Site):
    """The site mta-sts.DOMAIN: it serves `policy`, the text of the domain's, over HTTPS (RFC 8461 section 3.3)."""

    _tls = "valid"

    def __init__(self, net: Net, host: Host, certificates: Certificates, domain: str, policy: str):
        super().__init__(net, host, certificates)
        self.name, self.policy = f"mta-sts.{domain}", policy

    def page(self, path: str) -> tuple[str, str, str]:
        """Return the policy at its path, and 404 at any other: status, media type, text."""
        if path == POLICY:
            return "200 OK", "text/plain", self.policy
        return "404 Not Found", "text/plain", f"The policy is at {POLICY}.\r\n"
