"""The lab's certificates: an authority of its own, whom nobody trusts but those who say so.

A certificate binds a name to a key, and an authority's signature vouches for the two (RFC 5280). Whoever connects
checks the signature, the dates, and that the name is the one that it wanted (RFC 9525). The dates are real time.
"""

import ssl
import threading
from datetime import UTC, datetime
from functools import cached_property

from helpers.lab.errors import LabError
from helpers.lab.sockets import ClientContext

KINDS = ("valid", "wrong name", "expired", "unknown authority")
EXPIRY = datetime(2026, 3, 1, tzinfo=UTC)  # of what is expired: the day before the lab's clock starts


class UnknownKind(LabError, ValueError):
    """A kind of certificate that there is not."""


def check_kind(kind: str | None) -> str | None:
    """Return the kind of certificate, or None for none at all. Raises UnknownKind."""
    if kind is not None and kind not in KINDS:
        raise UnknownKind(f"A certificate is one of {', '.join(map(repr, KINDS))}, and {kind!r} is none of these.")
    return kind


class Certified:
    """A service that may have a certificate."""

    _tls: str | None = None

    @property
    def tls(self) -> str | None:
        """The kind of its certificate (one of KINDS); None where it has none, and speaks without TLS."""
        return self._tls

    @tls.setter
    def tls(self, kind: str | None) -> None:
        self._tls = check_kind(kind)


class Certificates:
    """An authority and what it signed, made when first asked for: so a lab starts no later for it."""

    def __init__(self):
        self._lock = threading.Lock()
        self._contexts: dict[tuple[str, str], ssl.SSLContext] = {}

    @property
    def pem(self) -> str:
        """The authority's own certificate (PEM), for a program that is to trust it."""
        with self._lock:
            return self._ca.cert_pem.bytes().decode()

    def client_context(self, checked: bool = True) -> ssl.SSLContext:
        """Return a context for a client. It trusts the lab's authority alone and checks the server's name.

        With `checked` false it takes any certificate: the talk is then secret, and nobody knows with whom.
        """
        context = ClientContext(ssl.PROTOCOL_TLS_CLIENT)
        if checked:
            context.load_verify_locations(cadata=self.pem)
        else:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        return context

    def server_context(self, name, kind: str = "valid") -> ssl.SSLContext:
        """Return a context for a server, with a key and a certificate.

        Takes the server's name (a Host or a str) and the kind: "valid", "wrong name" (it is another's), "expired", or
        "unknown authority" (signed by one that nobody knows). Raises UnknownKind.
        """
        key = (str(getattr(name, "name", name)), check_kind(kind) or "valid")
        with self._lock:
            if key not in self._contexts:
                self._contexts[key] = self._make(*key)
            return self._contexts[key]

    def _make(self, name: str, kind: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.num_tickets = 0  # nobody here comes back to an earlier session
        authority = self._new_authority() if kind == "unknown authority" else self._ca
        named = f"www.{name}" if kind == "wrong name" else name
        authority.issue_cert(named, not_after=EXPIRY if kind == "expired" else None).configure_cert(context)
        return context

    @cached_property
    def _ca(self):
        return self._new_authority()

    @staticmethod
    def _new_authority():
        import trustme  # it takes longer to import than a lab to start

        return trustme.CA()


LOCAL = Certificates()  # one for all the labs of a process
