"""The letters with which the cast closes each notebook: they are sent through the lab like any other."""

from email import message_from_string
from email.utils import parseaddr
from html import escape

from helpers import lessons
from helpers.lab.mailbox import Letter, text_lines
from helpers.wire.faces import look

SENDING_HOSTS = ("out.gmail.test", "mx1.outlook.test", "mx2.one-down.test")  # other domains send from their own name


class Closing(Letter):
    """A Letter that shows itself as its reader sees it; the envelope and all the octets are folded below."""

    def _repr_html_(self) -> str:
        fields = ((name, self.field(name)) for name in ("From", "To", "Subject"))
        seen = "\n".join(f"<strong>{name}:</strong> {escape(value)}" for name, value in fields if value)
        parts = (
            (seen, look("wire", "text", "header", "reading"), look("plain", "reading")),
            (escape(text_lines(self.text)), look("wire", "text", "reading"), look("plain", "reading")),
        )
        shown = "".join(f"<pre{outer}><code{inner}>{text}\n</code></pre>\n" for text, outer, inner in parts)
        fold = f"<summary{look('label')}>The envelope, and the letter as it was kept</summary>"
        return f"<div>\n{shown}<details>{fold}\n{super()._repr_html_()}</details>\n</div>\n"


def closing_letter(lab, notebook: str) -> Closing:
    """Send the letter that closes a notebook, and return it as it arrived in its reader's mailbox.

    Takes a Lab and the notebook's name ("00_first_letter"). Raises FileNotFoundError where it has none. The envelope
    is that of its lesson, or else what the header says.
    """
    text = (lessons.folders()[notebook] / "letter.eml").read_text(encoding="utf-8")
    letter = message_from_string(text)
    envelope = lessons.tables(notebook).get("letter", {})
    sender = envelope.get("sender") or parseaddr(letter["From"])[1]
    recipient = envelope.get("recipient") or letter["To"]
    domain = sender.rpartition("@")[2]
    host = next((host for host in SENDING_HOSTS if host.endswith(f".{domain}")), domain)
    lab.send(text, host=host, sender=sender, recipients=[recipient])
    return Closing(**vars(lab.mailbox(recipient)[-1]))


def raw_letter(name: str) -> str:
    """Return a letter of the cast as its last host kept it, header and all. Raises FileNotFoundError for none.

    Takes the number of its notebook and its name: "04_slow_letter".
    """
    number, _, letter = name.partition("_")
    folder = next((path for lesson, path in lessons.folders().items() if lesson.startswith(number)), lessons.FOLDER)
    return (folder / f"{letter}.eml").read_text(encoding="utf-8")
