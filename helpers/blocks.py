"""mymail.py as a text: what it is called, and the marked block that each kept function has in it."""

import hashlib
import re

NAME = "mymail.py"
EARLIER = "mymail_earlier.py"  # blocks that were edited by hand and then replaced
LOCK = ".mymail.lock"
PATIENCE = 2.0  # seconds to wait for another notebook that is writing

BLOCK = re.compile(  # it holds no other's first line: where its own last one is lost, it is no block
    r"^# >>> (?P<name>\w+), kept by the course \((?P<hash>[0-9a-f]{12})\)\n"
    r"(?P<body>(?:(?!# >>> \w+, kept by the course).*\n)*?)# <<< (?P=name)[ \t]*$\n?",
    re.MULTILINE,
)


def hash_of(body: str) -> str:
    """What a block's first line says of its body; where it does not, the body was edited by hand."""
    return hashlib.sha256(body.encode()).hexdigest()[:12]


def with_block(text: str, name: str, body: str) -> tuple[str, str]:
    """A module's text with a block put in or replaced, and the replaced block if it was edited by hand."""
    body = body.strip("\n") + "\n"
    block = f"# >>> {name}, kept by the course ({hash_of(body)})\n{body}# <<< {name}\n"
    for old in BLOCK.finditer(text):
        if old["name"] == name:
            edited = old["body"] != body and hash_of(old["body"]) != old["hash"]
            return text[: old.start()] + block + text[old.end() :], old[0] if edited else ""
    return (text.rstrip("\n") + "\n\n\n" if text else "") + block, ""
