"""A key pair for DKIM: the private half signs, the public half stands in a TXT record (RFC 6376 section 3.6.1)."""

import base64
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from helpers.wire.faces import Face

RSA_BITS = 2048  # RFC 8301 section 3.2 asks for at least 1024, and for 2048 where one can
STRING = 255  # octets that one string of a TXT record holds at most (RFC 1035 section 3.3)


@dataclass(frozen=True, repr=False)
class Key(Face):
    """A key pair: `kind` "rsa" or "ed25519", `private` (bytes, as dkimpy takes it) and `record`, the text to publish.

    Neither half is in the faces: one is secret, and both are new each time.
    """

    kind: str
    private: bytes
    record: str

    algorithm = property(lambda self: f"{self.kind}-sha256", doc="What a signature made with it says in a=.")

    def __repr__(self) -> str:
        return f"{self._title()}; its record is {self._about_record()}"

    def _title(self) -> str:
        return f"RSA key pair of {RSA_BITS} bits" if self.kind == "rsa" else "Ed25519 key pair of 256 bits"

    def _rows(self) -> list[tuple[str, str]]:
        return [
            ("Private half", "signs, and is shown to nobody"),
            ("Public half", f"its record is {self._about_record()}"),
        ]

    def _about_record(self) -> str:
        return f"a text of {len(self.record)} octets, {self.record.partition('p=')[0]}p=..."


def make_key(kind: str = "rsa") -> Key:
    """Return a new Key. `kind` is "rsa" (2048 bits) or "ed25519" (RFC 8463); raises ValueError for another one."""
    if kind == "rsa":
        key = rsa.generate_private_key(public_exponent=65537, key_size=RSA_BITS)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    elif kind == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
        private = base64.b64encode(key.private_bytes_raw())
        public = key.public_key().public_bytes_raw()
    else:
        raise ValueError(f'A DKIM key is of kind "rsa" or "ed25519"; {kind!r} is neither.')
    return Key(kind, private, f"v=DKIM1; k={kind}; p={base64.b64encode(public).decode()}")


def quoted(text: str) -> str:
    """Return a text as a zone file writes it: in quotation marks, in strings of at most 255 octets.

    A reader joins the strings without a space. Takes ASCII; raises ValueError for anything else.
    """
    if not (text.isascii() and text.isprintable()):
        raise ValueError("A TXT record of this kind holds printing ASCII characters only.")
    pieces = [text[start : start + STRING] for start in range(0, len(text), STRING)] or [""]
    return " ".join('"' + piece.replace("\\", r"\\").replace('"', r"\"") + '"' for piece in pieces)
