"""Postfix as a host of the lab: its configuration, queue and log are its own, and those of the system are left alone.

It is for programs that run as root, in the namespace of `tests.peers.namespace` or on a port of loopback.
"""

import contextlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
alias_maps =
local_recipient_maps =

myhostname = {host}
myorigin = $myhostname
mydestination =
mynetworks =
inet_interfaces = {addresses}
inet_protocols = all
smtpd_banner = $myhostname ESMTP
smtpd_relay_restrictions = reject_unauth_destination
smtpd_peername_lookup = no
smtp_connect_timeout = 2s
smtp_helo_timeout = 2s
smtp_host_lookup = dns
message_size_limit = 20000000
mailbox_size_limit = 0

virtual_mailbox_domains = {domain}
virtual_mailbox_base = {folder}/letters
virtual_mailbox_maps = static:kept/
virtual_mailbox_limit = 0
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
"""

# No part of it is locked in another root, as Debian's is: there the resolver's file is a copy.
MASTER = """
{port}     inet        n - n -     - smtpd
pickup     unix        n - n 60    1 pickup
cleanup    unix        n - n -     0 cleanup
qmgr       unix        n - n 300   1 qmgr
rewrite    unix        - - n -     - trivial-rewrite
bounce     unix        - - n -     0 bounce
defer      unix        - - n -     0 bounce
trace      unix        - - n -     0 bounce
flush      unix        n - n 1000? 0 flush
proxymap   unix        - - n -     - proxymap
smtp       unix        - - n -     - smtp
showq      unix        n - n -     - showq
error      unix        - - n -     - error
retry      unix        - - n -     - error
virtual    unix        - n n -     - virtual
discard    unix        - - n -     - discard
anvil      unix        - - n -     1 anvil
scache     unix        - - n -     1 scache
postlog    unix-dgram  n - n -     1 postlogd
"""

# How programs begin in which it sends or takes letters.
BEGIN = """
from tests.peers.letters import LETTERS, TOO_LONG, bare
from tests.peers.postfix import HASTY, postfix

OUT = ("out.gmail.test", "198.51.100.10", "2001:db8:0:100::10")
HUNDRED = [f"reader{n}" for n in range(100)]
"""

# For where answers are lost: its own time-outs are minutes.
HASTY = "".join(
    f"smtp_{step}_timeout = 2s\n" for step in ("mail", "rcpt", "data_init", "data_xfer", "data_done", "quit", "rset")
)

TOLD = re.compile(r" to=<(.*?)>, .*relay=([^,]+), .*dsn=([\d.]+), status=(\w+) \((.*)\)$")


class Postfix:
    """A running Postfix. `letters` are those that it has taken into its mailbox, `log` the lines that it wrote."""

    def __init__(self, folder: Path):
        self.folder = folder

    def command(self, *words: str) -> str:
        """Run one of Postfix's commands on this Postfix, and return what it prints."""
        program, *rest = words
        done = subprocess.run([program, "-c", self.folder / "etc", *rest], capture_output=True, text=True, timeout=20)
        assert done.returncode == 0, (words, done.stdout, done.stderr)
        return done.stdout

    def send(self, content: bytes, *recipients: str, sender: str = "ada@gmail.test") -> None:
        """Hand in a letter, as a program on the same machine does."""
        command = ["sendmail", "-C", self.folder / "etc", "-i", "-f", sender, "--", *recipients]
        subprocess.run(command, input=content, check=True, timeout=20)

    @property
    def fates(self) -> dict[str, tuple[str, str, str, str]]:
        """What it says in its log of each recipient at last: the status, the status code, the relay, and the reason."""
        found = (TOLD.search(line) for line in self.log)
        return {told[1]: (told[4], told[3], told[2], told[5]) for told in found if told}

    @property
    def busy(self) -> bool:
        """Whether it has letters in hand; those that it keeps for another time do not count."""
        return any(os.listdir(self.folder / "queue" / stage) for stage in ("maildrop", "incoming", "active"))

    @property
    def log(self) -> list[str]:
        return (self.folder / "log").read_text().splitlines()

    @property
    def letters(self) -> list[bytes]:
        return [path.read_bytes() for path in sorted(self.folder.glob("letters/kept/new/*"), key=os.path.getmtime)]

    def wait(self, until: Callable[[], bool], seconds: float = 50) -> None:
        """Wait until something has come about."""
        end = time.monotonic() + seconds
        while not until():
            assert time.monotonic() < end, "\n".join(self.log)
            time.sleep(0.05)


@contextlib.contextmanager
def postfix(
    host: str, *addresses: str, domain: str = "", more: str = "", port: int = 25, within: Path | None = None
) -> Iterator[Postfix]:
    """Run Postfix as a host with those addresses, which takes all letters for one domain.

    `more` goes into main.cf; `within` is where the folder is made that holds its queue and all else of it.
    """
    with tempfile.TemporaryDirectory(dir=within) as name:
        folder = Path(name)
        folder.chmod(0o755)  # most of its programs run as a user who has few rights
        for part in ("etc", "queue", "data", "letters"):
            (folder / part).mkdir()
        shutil.chown(folder / "data", "postfix")
        os.chown(folder / "letters", 65534, 65534)
        (folder / "etc/main.cf").write_text(
            MAIN.format(folder=folder, host=host, addresses=", ".join(addresses), domain=domain) + more
        )
        (folder / "etc/master.cf").write_text(MASTER.format(port=port))
        running = Postfix(folder)
        running.command("postfix", "start")
        try:
            yield running
        finally:
            running.command("postfix", "stop")
