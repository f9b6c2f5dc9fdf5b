"""Reference answers of notebook 05, a live server."""

import os
import uuid
from contextlib import suppress
from pathlib import Path


def accept_rcpt(address, domain, people):
    name, _, its_domain = address.rpartition("@")
    if its_domain.lower() != domain:
        return "550 5.7.1 We do not relay"
    if name.lower() not in people:
        return "550 5.1.1 No such user here"
    return "250 2.1.5 OK"


def keep_first(content, folder, answer):
    letter = Path(folder, f"{uuid.uuid4()}.eml")
    unfinished = Path(folder, f".{letter.name}.tmp")
    try:
        with open(unfinished, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())  # on the disk, and not only on its way there
        os.replace(unfinished, letter)  # in one step: half a letter never has this name
        if os.name == "posix":  # its name has to reach the disk, too; Windows cannot be asked for that
            names = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(names)
            finally:
                os.close(names)
    except OSError:
        for path in (unfinished, letter):
            with suppress(OSError):
                path.unlink()
        answer("452 4.3.1 No room at the moment")
    else:
        answer("250 2.0.0 Letter kept")


class Keeper:
    def __init__(self, domain, people, folder):
        self.domain, self.people, self.folder = domain, people, folder

    async def handle_RCPT(self, server, session, envelope, address, rcpt_options):
        reply = accept_rcpt(address, self.domain, self.people)
        if reply.startswith("250"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server, session, envelope):
        replies = []
        keep_first(envelope.content, self.folder, replies.append)
        return replies[0]


my_mx = "@  MX  10  mail"

which_code = {"the disk is full": 452, "there is no such user": 550, "the letter is too big": 552}

guilty = "handle_MAIL"

go_ahead = 354

low_port = "b"

who_is_who = {  # of the deal in the notebook; any other is right that fits what was heard
    "aster": "Strict",
    "begonia": "Away",
    "crocus": "Keeper or Forgetful",
    "dahlia": "Full",
    "freesia": "Keeper or Forgetful",
}

one_evidence = "c"
