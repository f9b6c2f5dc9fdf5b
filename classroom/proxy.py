"""The proxy in Python, from the package index, for as many as a class has.

    python -m classroom.proxy WORDS      with the words of configurable-http-proxy

Tornado's client asks for ten pages at a time and lets the others wait. In a class more than ten wait at once, each at a
page that goes on until their server is there, and nobody else would get through.
"""

import sys

from configurable_http_proxy.cli import main
from tornado.httpclient import AsyncHTTPClient

AT_ONCE = 10_000

if __name__ == "__main__":
    AsyncHTTPClient.configure(None, max_clients=AT_ONCE)
    sys.exit(main())
