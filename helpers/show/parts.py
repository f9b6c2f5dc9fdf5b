"""A letter's parts as a tree (MIME, RFC 2046): each unfolds into its text, as it is written and decoded."""

from email import message_from_bytes, policy
from email.message import EmailMessage, Message
from html import escape

from helpers.lab.mailbox import text_lines
from helpers.wire.faces import look, visible

DEEPEST, MOST = 10, 50  # levels and parts that are shown


class Parts:
    """Takes a letter as bytes or as an EmailMessage. Its text has the tree, its HTML what each part holds as well."""

    def __init__(self, letter: bytes | EmailMessage):
        try:
            self._whole = letter if isinstance(letter, Message) else message_from_bytes(letter, policy=policy.compat32)
        except RecursionError:  # parts in parts without end
            self._whole = Message()

    def _tree(self) -> list[tuple[int, Message]]:
        """The parts in order, each with its depth, as far as they are shown."""
        found, waiting = [], [(0, self._whole)]
        while waiting and len(found) < MOST:
            depth, part = waiting.pop(0)
            found.append((depth, part))
            within = part.get_payload() if part.is_multipart() and depth < DEEPEST else []
            waiting[:0] = [(depth + 1, one) for one in within]
        return found

    def __repr__(self) -> str:
        return "\n".join("  " * depth + _title(part) for depth, part in self._tree())

    def _repr_html_(self) -> str:
        html, open_ = "", 0
        for depth, part in self._tree():
            html += "</details>\n" * (open_ - depth)
            html += f"<details{look('part')}{' open' * part.is_multipart()}><summary>{escape(_title(part))}</summary>\n"
            html += "" if part.is_multipart() else _held(part)
            open_ = depth + 1
        return f"<div>\n{html}{'</details>' * open_}\n</div>\n"


def _title(part: Message) -> str:
    said = [part.get_content_type()]
    if not part.is_multipart():
        said.append(str(part.get("Content-Transfer-Encoding", "as it is")))
    if name := _name(part):
        said.append(name)
    return visible(", ".join(said))


def _name(part: Message) -> str:
    try:
        return part.get_filename() or ""
    except (LookupError, ValueError, TypeError):  # a name in an encoding that there is not
        return ""


def _held(part: Message) -> str:
    written = part.get_payload()
    decoded = part.get_payload(decode=True) or b""
    text = decoded.decode("utf-8", "backslashreplace")
    both = (("As it is written", written if isinstance(written, str) else ""), ("Decoded", text))
    return "".join(
        f"<p{look('label')}>{name}</p>\n<pre{look('wire', 'text', 'body')}><code{look('plain')}>"
        f"{escape(text_lines(held))}\n</code></pre>\n"
        for name, held in both
    )
