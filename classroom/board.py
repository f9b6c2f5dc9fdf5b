"""The class's board, a service of the hub: a page of counts for the projector.

    python -m classroom.board PORT MEETING      with MAIL_COURSE_SECRET in its environment

It is shown to whoever comes with the token of the link that the command prints. However many look, the meeting place
is asked once in two seconds. The page runs no script but its own, and asks nobody else for anything.
"""

import asyncio
import contextlib
import hmac
import os
import sys
import time
from pathlib import Path

from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from classroom import board_page
from classroom.place import BOARD, board_token
from helpers.lab.neighbours import talk
from helpers.lab.neighbours.meeting import TEACHER

FRESH = 2.0  # seconds
FILES = {"board.css": "text/css", "board.js": "text/javascript"}
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
    "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class Asking:
    """Asks the meeting place, and keeps what it said for a moment."""

    def __init__(self, port: int, secret: str):
        self._port, self._key = port, talk.key(secret, TEACHER)
        self._said, self._when = None, 0.0
        self._turn = asyncio.Lock()

    async def board(self) -> dict | None:
        """Return what the board shows, or None where the meeting place does not answer."""
        async with self._turn:
            if not self._when or time.monotonic() - self._when >= FRESH:
                try:
                    self._said = await asyncio.to_thread(talk.tell, self._port, TEACHER, self._key, do="board")
                except OSError:
                    self._said = None
                self._when = time.monotonic()
            return self._said


class Page(RequestHandler):
    """The page, its style and its script."""

    def initialize(self, asking: Asking, token: str) -> None:
        self._asking, self._token = asking, token

    def set_default_headers(self) -> None:
        for name, value in HEADERS.items():
            self.set_header(name, value)

    async def get(self, what: str) -> None:
        if what in FILES:
            self.set_header("Content-Type", f"{FILES[what]}; charset=utf-8")
            self.finish(Path(__file__).with_name(what).read_bytes())
        elif what:
            self.send_error(404)
        elif self._fits(self.get_query_argument("token", "")):  # out of the address, which a projector shows
            self.set_cookie("board", self._token, path=BOARD, httponly=True, samesite="Lax")
            self.redirect(BOARD)
        elif self._fits(self.get_cookie("board", "")):
            self.finish(board_page.page(await self._asking.board()))
        else:
            self.set_status(403)
            self.finish(board_page.refusal())

    def _fits(self, given: str) -> bool:
        return hmac.compare_digest(given.encode(), self._token.encode())


def application(port: int, secret: str) -> Application:
    """Return the board. Takes the port of the meeting place, and the class's secret."""
    given = {"asking": Asking(port, secret), "token": board_token(secret)}
    return Application([(rf"{BOARD}([\w.]*)", Page, given)], log_function=lambda _: None)


async def main(port: int, meeting: int) -> None:
    served = application(meeting, os.environ["MAIL_COURSE_SECRET"])
    HTTPServer(served, max_header_size=16384, max_body_size=0, idle_connection_timeout=60).listen(port, "127.0.0.1")
    await asyncio.Event().wait()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):  # Ctrl-C is for all that a hub has started
        asyncio.run(main(int(sys.argv[1]), int(sys.argv[2])))
