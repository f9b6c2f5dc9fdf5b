"""The web sites of the cast: what stands at a domain's own address need not take mail; and one that serves a policy."""

from __future__ import annotations

import asyncio

from helpers.lab.cast import Host
from helpers.lab.certificates import Certified

LIMIT = 2  # seconds for a whole visit
POLICY = "/.well-known/mta-sts.txt"  # RFC 8461 section 3.3


class Site(Certified):
    """A web site that answers any request of HTTP/1.0 with one small page. Takes the lab and its host."""

    def __init__(self, lab, host: Host):
        self.lab, self.host, self.name = lab, host, host.name

    def page(self, path: str) -> tuple[str, str, str]:
        """Return what stands at a path: status, media type, text."""
        page = f"<!doctype html><title>{self.name}</title><h1>{self.name}</h1><p>A web site. It takes no mail.</p>\n"
        return "200 OK", "text/html", page

    def protocol(self) -> asyncio.Protocol:
        """Return the protocol object of one new connection."""
        return _Visit(self)


class PolicySite(Site):
    """The site mta-sts.DOMAIN, which serves the domain's MTA-STS policy over HTTPS (RFC 8461 section 3.3).

    `policy` is its text.
    """

    _tls = "valid"

    def __init__(self, lab, host: Host, domain: str, policy: str):
        super().__init__(lab, host)
        self.name, self.policy = f"mta-sts.{domain}", policy

    def page(self, path: str) -> tuple[str, str, str]:
        """Return the policy at its path, and 404 at any other: status, media type, text."""
        if path == POLICY:
            return "200 OK", "text/plain", self.policy
        return "404 Not Found", "text/plain", f"The policy is at {POLICY}.\r\n"


class _Visit(asyncio.StreamReaderProtocol):
    def __init__(self, site: Site):
        super().__init__(asyncio.StreamReader(limit=8192), self._serve)
        self._site = site

    def connection_made(self, transport) -> None:
        super().connection_made(transport)
        self._peer = transport.get_extra_info("peername")

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self._site.lab.forget(self._peer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        site, kind = self._site, self._site.tls
        try:
            async with asyncio.timeout(LIMIT):
                if kind:
                    writer.transport.pause_reading()  # its first octets are for TLS (see mail_host)
                    context = await asyncio.to_thread(site.lab.certificates.server_context, site.name, kind)
                    await writer.start_tls(context)
                request = await reader.readuntil(b"\r\n\r\n")
                status, media_type, text = site.page((request.split(b" ") + [b""])[1].decode(errors="replace"))
                content = text.encode()
                head = f"HTTP/1.0 {status}\r\nContent-Type: {media_type}; charset=utf-8\r\n"
                writer.write(f"{head}Content-Length: {len(content)}\r\n\r\n".encode() + content)
                await writer.drain()
                writer.close()
                await writer.wait_closed()
        except (OSError, EOFError, asyncio.LimitOverrunError):  # OSError: time-outs and what TLS refuses, too
            writer.transport.abort()
