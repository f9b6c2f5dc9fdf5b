"""The command `python3 start.py class`: makes accounts, says what to write on the board, and starts JupyterHub."""

import argparse
import os
import shlex
import sys
from contextlib import suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import psutil

from classroom.place import BOARD, MARK, Place, Told, board_token
from classroom.ports import addresses, can_listen, free_ports
from classroom.roster import RosterError
from helpers.lab.neighbours import talk
from helpers.lab.neighbours.meeting import TEACHER
from helpers.working_copy import ROOT

FOLDER = Path("~/mail-class")  # where a class lies, unless told otherwise
# MB, as `python -m tests.benchmarks classroom` measures them:
THE_HUB = 185  # hub, proxy, letters, board and culler
A_SERVER = 120  # a learner's JupyterLab, and what hub and proxy take for it
A_KERNEL = 65  # a notebook that is open, with a lab in its kernel
OPEN = 2  # notebooks at a time: the one before is left open
LOOPBACK = ("127.0.0.1", "localhost")

TRUST = """\
This is for a room whose people trust each other. Whoever logs in can read and change every file of the account that
starts the hub: those of all learners, and your own. So take an account made for it, which owns nothing else. On Linux:
    sudo adduser mailclass        then log in as mailclass, and fetch and start the course there"""
ROOT_SAYS = """\
You are root, as in a container: each server is told to allow it. Whoever logs in can do everything on this machine."""
PLAIN = """\
What goes over the network, passwords too, goes as plain HTTP: whoever shares the network can read it. The passwords are
made for this class alone, so nothing else is lost with them."""

ENDED = """\
The letters between learners are over, also when the hub is started again. To let them pass once more:
    python3 start.py class --begin-letters"""


class Stop(Exception):
    """Why the class does not start, and what to do."""


def main(words: list[str]) -> None:
    told = arguments(words)
    place = Place(told.folder.expanduser().resolve())
    if place.folder == ROOT or place.folder.is_relative_to(ROOT):
        raise Stop(f"{place.folder} lies in the course's own folder. Name one outside it: --folder PATH.")
    if told.password:
        if told.password not in place.roster.names():
            raise Stop(f"Nobody is called {told.password} in {place.folder}.")
        print_passwords(place.roster.add([told.password], anew=True))
        return
    if told.letters or told.later is not None:
        steer(place, told)
        return
    if place.is_held():
        raise Stop(
            f"The class in {place.folder} runs already: Ctrl-C in its terminal ends it. A second class beside it takes "
            "a folder and a port of its own: --folder ~/second --port 8123."
        )
    end_what_was_left(place)
    if trouble := can_listen(told.ip, told.port):
        raise Stop(f"Nothing can listen at {told.ip}, port {told.port} ({trouble}). Take another one: --port 8123.")
    consent(told)
    place.make()
    made = place.roster.add([*told.names, *(f"learner{number:02}" for number in range(1, told.learners + 1))])
    names = place.roster.names()
    if not names:
        raise Stop("Say who learns: python3 start.py class ada bob eve, or python3 start.py class --learners 30.")
    print_passwords(made)
    board(told, names, place)
    inner = islice(free_ports(told.port), 4)
    Told(told.ip, told.port, told.idle, tuple(inner)).write(place)
    sys.stdout.flush()
    program = Path(sys.executable).with_name("jupyterhub")
    config = Path(__file__).with_name("jupyterhub_config.py")
    environment = {**os.environ, MARK: str(place.folder)}
    os.chdir(place.hub)
    with place.hold():
        os.execve(program, [str(program), "-f", str(config)], environment)


def end_what_was_left(place: Place) -> None:
    """End the proxy and the services of a hub that was killed: they hold its ports. Servers go on with the next hub."""
    left = [process for process in psutil.process_iter() if marked(process) == str(place.folder)]
    for process in left:
        with suppress(psutil.Error):
            process.terminate()
    for process in psutil.wait_procs(left, timeout=5)[1]:
        with suppress(psutil.Error):
            process.kill()


def marked(process: psutil.Process) -> str | None:
    """The folder of the class to which a process of a hub's belongs, if it does."""
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):  # another user's
        return None


def steer(place: Place, told: argparse.Namespace) -> None:
    """End the letters between learners, let them pass again, or let time go by, while the hub runs or not."""
    if not place.hub.is_dir():
        raise Stop(f"There is no class in {place.folder}. Say which one: --folder PATH.")
    if told.letters:
        if told.letters == "end":
            place.ended.touch()
        else:
            place.ended.unlink(missing_ok=True)
        heard = tell(place, do=told.letters)
        print(ENDED if told.letters == "end" else "Letters pass between learners again.")
        if heard is None:
            print("No hub of this class runs just now. It will hold when one is started.")
    if told.later is not None:
        heard = tell(place, do="later", seconds=3600 * told.later)
        if heard is None:
            raise Stop("No hub of this class runs, so there is no clock to move.")
        print(f"By the class's clock it is now {datetime.fromtimestamp(heard['now'], UTC):%A, %d %B %Y, %H:%M}.")


def tell(place: Place, **words) -> dict | None:
    """Tell the meeting place something as the teacher, and return its answer; None where no hub of this class runs."""
    try:
        return talk.tell(Told.read(place).inner[-1], TEACHER, talk.key(place.secret(), TEACHER), **words)
    except (OSError, ValueError, TypeError):  # there are no settings, or those of an earlier course
        return None


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python3 start.py class",
        fromfile_prefix_chars="@",
        description="A JupyterHub on this machine, with a my-course/ for each learner. Ctrl-C stops it; started again, "
        "everybody finds their work.",
    )
    parser.add_argument("names", nargs="*", help="the learners' names; @FILE takes them from a file, one a line")
    parser.add_argument("--learners", type=int, default=0, metavar="N", help="make accounts learner01, learner02 ...")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"where it all lies ({FOLDER})")
    parser.add_argument("--ip", default=LOOPBACK[0], help="0.0.0.0 lets the room in; else this machine alone")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument("--idle", type=float, default=90, metavar="MINUTES", help="then a server is stopped; 0: never")
    parser.add_argument("--password", metavar="NAME", help="give NAME a new password, while the hub runs or not")
    letters = parser.add_mutually_exclusive_group()
    letters.add_argument(
        "--end-letters", dest="letters", action="store_const", const="end", help="let no letter pass between learners"
    )
    letters.add_argument(
        "--begin-letters", dest="letters", action="store_const", const="begin", help="let them pass again"
    )
    parser.add_argument("--later", type=float, metavar="HOURS", help="let the class's clock go on, for all who joined")
    parser.add_argument("--yes", action="store_true", help="what is said of trust is known")
    told = parser.parse_args(words)
    if told.later is not None and not 0 < told.later <= 9600:
        parser.error("--later takes hours, up to 9600")
    if not 0 <= told.learners <= 500:
        parser.error("--learners takes a number from 0 to 500")
    if not 1 <= told.port <= 64000:
        parser.error("--port takes a number from 1 to 64000: the hub needs some after it, too")
    if told.idle and not 0.05 <= told.idle <= 10_000:
        parser.error("--idle takes minutes, up to 10000, or 0 for never")
    return told


def consent(told: argparse.Namespace) -> None:
    """Say what this is, and go on only with a yes."""
    print(TRUST)
    if os.geteuid() == 0:
        print(ROOT_SAYS)
    if told.ip not in LOOPBACK:
        print(PLAIN)
    if told.yes:
        return
    try:
        answer = input("Type yes if that is as it should be: ")
    except EOFError:
        answer = ""
    if answer.strip().lower() != "yes":
        raise Stop("Nothing was started, because there was no yes. Where nobody can type it, add --yes.")


def print_passwords(made: dict[str, str]) -> None:
    if made:
        print("\nPasswords, shown this once (only their hashes are kept):")
    for name, password in made.items():
        print(f"    {name:<20} {password}")


def board(told: argparse.Namespace, names: list[str], place: Place) -> None:
    """What to write on the board, and what to try first."""
    each, free = A_SERVER + OPEN * A_KERNEL, psutil.virtual_memory().available // 2**20
    wanted = THE_HUB + each * len(names)
    print(f"\n{len(names)} learners; everything lies in {place.folder}.")
    if wanted > free:
        room = max(0, (free - THE_HUB) // each)
        print(
            f"This machine is too small: {len(names)} learners with {OPEN} notebooks open each take about {wanted:,} "
            f"MB of memory, and {free:,} MB are free. It has room for about {room} at a time."
        )
    print("\nWrite on the board:")
    found = addresses(told.ip)
    for address in found:
        print(f"    http://{address}:{told.port}")
    if told.ip in LOOPBACK:
        print("It opens on this machine only. For the room, add --ip 0.0.0.0.")
    else:
        if len(found) > 1:
            print("This machine is in several networks. Write the address that loads on a telephone.")
        print("First open it on a telephone in the same network, without mobile data. Where it does not load there,")
        print(f"this machine's firewall keeps port {told.port} closed, or the network keeps its guests apart: open the")
        print("one, or take another network, such as one that a telephone makes.")
    where = "" if told.folder == FOLDER else f" --folder {shlex.quote(str(told.folder))}"
    print(f"Who forgot a password gets another:    python3 start.py class --password NAME{where}")
    print("Ctrl-C stops everything. Started again, everybody finds their work.")
    print("\nThe board, for the projector (this link is yours alone):")
    print(f"    http://{addresses(told.ip)[0]}:{told.port}{BOARD}?token={board_token(place.secret())}\n")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Stop, RosterError, OSError) as error:
        sys.exit(f"\n{error}")
    except KeyboardInterrupt:
        sys.exit("\nStopped. Nothing was started.")
