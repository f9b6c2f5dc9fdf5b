"""The web sites of the cast: what stands at a domain's own address need not take mail."""

from __future__ import annotations

import asyncio

from helpers.lab.cast import Host


def site(host: Host):
    """Return a factory of protocols that answer any request of HTTP/1.0 with one small page, then close."""
    page = f"<!doctype html><title>{host.name}</title><h1>{host.name}</h1><p>A web site. It takes no mail.</p>\n"
    head = f"HTTP/1.0 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {len(page)}\r\n\r\n"

    class Site(asyncio.Protocol):
        def connection_made(self, transport):
            self._transport, self._asked = transport, b""
            self._limit = asyncio.get_running_loop().call_later(2, transport.abort)

        def data_received(self, data):
            self._asked += data
            if b"\r\n\r\n" in self._asked or len(self._asked) > 8192:
                self._transport.write((head + page).encode())
                self._transport.close()

        def connection_lost(self, _):
            self._limit.cancel()

    return Site
