"""A ticket that lies open: its lab, what has been seen, what the learner says to it, and how it is closed."""

import random
import re
from collections.abc import Iterable
from contextlib import AbstractContextManager, suppress

from helpers.check.judging import shown
from helpers.check.notes import Code, Linked, Note, Rows
from helpers.gallery import guards
from helpers.gallery.names import addresses, names
from helpers.gallery.parts import Cause, Deed, Ticket
from helpers.gallery.settings import Settings
from helpers.lab import Lab
from helpers.lab.cast import CAST, Host
from helpers.lab.delivery import Delivery
from helpers.lab.errors import LabError, UnknownHost
from helpers.wire.listed import Listed

LEAST = 6  # characters of a line that is pointed at
MOST = 400
LETTERS = "abcdef"
_NUMBER = re.compile(r"\b0\d{3}\b|\d\d:\d\d:\d\d|\d{14}|\bSIZE=\d{1,5}\b")  # of letters, times: they say nothing


class Case(AbstractContextManager):
    """An open ticket. `lab` is where it happened, `log` the records of the user's letters, `settings` what can be set.

    `seed` draws the names, the addresses and the order of the causes; `cause` is what happened, by default the ticket's
    own. A ticket may keep on a case whatever else it needs.
    """

    def __init__(self, name: str, ticket: Ticket, seed: int = 0, cause: Deed | None = None, beside: bool = False):
        self.name, self.ticket, self.seed = name, ticket, seed
        self.lab = Lab(beside=beside)
        self.shut = f"This ticket is shut, since another lab was opened after it. Open it again: {self._again()}"
        self.lab.once_closed(self.shut)
        self.names, self._addresses = names(ticket.names, seed), addresses(seed)
        self.settings = Settings()
        self.origins: list[str] = []
        self._log: list[Delivery] = []
        self._policies: dict[str, list] = {}
        self._others: dict[Cause, list[str]] = {}
        self._named = False
        self._hints = 0
        self.causes = random.Random(f"{name} {seed}").sample(ticket.causes, len(ticket.causes))
        ticket.stage(self)
        self._before = None if beside else guards.state(self.lab)
        (cause or ticket.causes[0].happens)(self)
        self._forget()
        self._log = ticket.letters(self)
        self.seen = self.evidence()

    @property
    def log(self) -> Listed:
        """What became of the user's letters, in order: a delivery each."""
        return Listed(self._log, f"letters in the log of {self.name}", "Open the ticket that you mean, and look again.")

    def __exit__(self, *_) -> None:
        self.lab.close()

    def _again(self) -> str:
        if not self.ticket.needs:
            return "case = gallery.lend(**my_ticket)"
        return f'case = gallery.ticket("{self.name}"{f", {self.seed}" if self.seed else ""})'

    # What a ticket builds with

    def say(self, text: str) -> str:
        """A text with this case's names in it: "{person}@{domain}"."""
        return re.sub(r"\{(\w+)\}", lambda match: self.names.get(match[1], match[0]), text)

    def address(self) -> str:
        """The next free address."""
        return next(self._addresses)

    def host(self, name: str, role: str, addresses: Iterable[str] = (), **more) -> Host:
        """Put a host on the map, if there is none of that name; it gets an address if none is given."""
        name = self.say(name)
        try:
            return self.lab.host(name)
        except UnknownHost:
            return self.lab.add(Host(name, tuple(addresses) or (self.address(),), role, **more))

    def domain(
        self, name: str, people: Iterable[str] = (), records: str = "", exchanges: str = "mx1 mx2", more: str = ""
    ) -> str:
        """Let there be a domain with a name server, exchanges, and mailboxes; return its name.

        `records` is what stands in its zone besides the name server's records and the addresses of hosts, by default
        its exchanges and an SPF record; `more` are further hosts of it, which send.
        """
        domain = self.say(name)
        known = any(f"{domain}." in host.zones for host in CAST)
        hosts = [self.host(f"ns.{domain}", f"name server of {domain}", zones=(f"{domain}.",))]
        hosts += [
            self.host(f"{x}.{domain}", f"exchange of {domain}", takes_mail_for=(domain,)) for x in exchanges.split()
        ]
        hosts += [self.host(f"{x}.{domain}", f"sends the letters of {domain}") for x in more.split()]
        for person in people:
            self.lab.open_mailbox(f"{self.say(person)}@{domain}")
        if not records:
            records = "".join(f"@ MX {n}0 {x}\n" for n, x in enumerate(exchanges.split(), 1))
            senders = "".join(f" a:{x}.{domain}" for x in more.split())
            records += f'@ TXT "v=spf1{" mx" * bool(exchanges)}{senders} -all"\n'
        first = "@ SOA ns postmaster 2026030201 7200 900 1209600 60\n@ NS ns\n"
        own = "".join(
            f"{host.name.removesuffix(f'.{domain}')} {'AAAA' if ':' in address else 'A'} {address}\n"
            for host in hosts
            for address in host.addresses
        )
        if not known:
            self.delegate(domain, hosts[0])
        self.lab.publish(f"$ORIGIN {domain}.\n$TTL 3600\n{first}{self.say(records)}{own}")
        self.origins.append(domain)
        return domain

    def delegate(self, domain: str, server: Host) -> None:
        """Let the zone test. name a domain's name server, with its address."""
        self.add_lines("test", f"{domain}. NS {server.name}.\n{server.name}. A {server.address}\n")

    def add_lines(self, origin: str, lines: str) -> None:
        """Publish a zone with more lines."""
        self.lab.publish(f"{self.lab.zone_text(origin).rstrip()}\n{lines}")

    def edit(self, origin: str, old: str, new: str, raised: bool = True) -> None:
        """Publish a zone with a piece of its text replaced. Raises LookupError where it is not there."""
        text = self.lab.zone_text(origin)
        if old not in text:
            raise LookupError(f"{old!r} does not stand in the zone {origin}")
        text = text.replace(old, new)
        if raised:
            text = re.sub(r"(SOA.*? )(20\d{8}) ", lambda match: f"{match[1]}{int(match[2]) + 1} ", text, count=1)
        self.lab.publish(text)

    def policy(self, host: str, ask) -> None:
        """Let a mail host ask one more policy (see helpers.lab.mail_host.Policy); the first that refuses counts."""
        name = self.say(host)
        asked = self._policies.setdefault(name, [])
        asked.append(ask)
        self.lab.mail_hosts[name].policy = lambda *step: next(filter(None, (one(*step) for one in asked)), None)

    def letter(self, sender: str, recipient: str, subject: str = "Tulips", text: str = "They are out.") -> str:
        """A short letter."""
        words = f"From: {sender}\nTo: {recipient}\nSubject: {subject}\n\n{text}\n"
        return self.say(words)

    def send(self, sender: str, recipient: str, host: str = "out.gmail.test", **more) -> Delivery:
        """Send a short letter from a host."""
        kept = {key: more.pop(key) for key in ("subject", "text") if key in more}
        return self.lab.send(self.letter(sender, recipient, **kept), self.say(host), self.say(sender), **more)

    # What is seen

    def evidence(self) -> list[str]:
        """All that one can read here, line by line: the log, what the ticket looks at, zones, settings."""
        lines = [line for one in self.log for face in (one, one.fates) for line in repr(face).splitlines()]
        lines += self.ticket.look(self) if self.ticket.look else []
        for origin in self.origins:
            with suppress(LabError):  # a server that has lost its zone
                lines += self.lab.zone_text(origin).splitlines()
        return [line for line in [*lines, *self.settings.lines()] if plain(line)]

    def well(self) -> bool:
        """Whether the user's letters went as they should."""
        if self.ticket.well:
            return self.ticket.well(self)
        return bool(self.log) and all(map(arrived, self.log))

    def _card(self) -> Note:
        rows = Rows((letter, cause.text) for letter, cause in self._lettered().items())
        how = "`case.diagnose(cause, line)`, then mend it, then `case.close()`. `case.hint()` asks the next question."
        if self.ticket.sentences:
            how = "`case.diagnose(cause, line)`, then `case.close(sentence)`. `case.hint()` asks the next question."
        parts = (
            self.say(self.ticket.words),
            f"You may use: {self.say(self.ticket.tools)}.",
            "What is the matter?",
            rows,
            how,
        )
        return Note(self.name, self.say(self.ticket.title), parts, "open")

    def __repr__(self) -> str:
        return repr(self._card())

    def _repr_html_(self) -> str:
        return self._card()._repr_html_()

    def _lettered(self) -> dict[str, Cause]:
        causes = [Cause(self.say(one.text), one.happens, self.say(one.seen)) for one in self.causes]
        return dict(zip(LETTERS, causes, strict=False))

    # What the learner says

    def hint(self) -> Note:
        """The next question to ask; after the third, all three."""
        self._hints = min(self._hints + 1, len(self.ticket.hints))
        asked = tuple(self.say(hint) for hint in self.ticket.hints[: self._hints])
        last = " `case.solution()` is open now." if self._hints == len(self.ticket.hints) else ""
        return Note(self.name, f"question {self._hints} of {len(self.ticket.hints)}", (*asked[:-1], asked[-1] + last))

    def solution(self) -> Note:
        """The cause and a line that proves it, once all three questions are open or the diagnosis was right."""
        left = len(self.ticket.hints) - self._hints
        if left and not self._named:
            return Note(self.name, "not open yet", (f"There are questions left to ask: {left}. `case.hint()`",), "open")
        letter = next(key for key, cause in zip(LETTERS, self.causes, strict=False) if cause is self.ticket.causes[0])
        proof = self.say(self.ticket.proof[0]) if self.ticket.proof else self.telling()[0]
        return Note(
            self.name, "the cause", (f"{letter}) {self._lettered()[letter].text}", "What proves it:", Code(proof))
        )

    def diagnose(self, cause: object = ..., line: object = ...) -> Note:
        """Say what the matter is (its letter), and point at the line that proves it."""
        lettered = self._lettered()
        if cause is ... or line is ...:
            return self._note(None, 'Name a cause by its letter, and paste a line: `case.diagnose("a", "the line")`.')
        key = next((key for key, one in lettered.items() if _means(cause, key, one.text)), None)
        if key is None:
            return self._note(False, f"{shown(cause)} is none of the letters {', '.join(lettered)}.")
        chosen = self.causes[LETTERS.index(key)]
        if chosen is not self.ticket.causes[0]:
            return self._not_that(chosen, lettered[key])
        if not isinstance(line, str) or not LEAST <= len(line.strip()) <= MOST or "\n" in line.strip():
            return self._note(False, "A cause is right that can be shown. Paste the one line that shows it, as text.")
        if (why := self._no_proof(line)) is not None:
            return self._note(False, *why)
        self._named = True
        then = "Now write to the user: `case.close(sentence)`." if self.ticket.sentences else "Now mend it."
        return self._note(True, f"That is the cause, and this line shows it. {then}")

    def close(self, sentence: object = ...) -> Note:
        """Send the user's letter again, see whether it goes as it should, and whether anything got worse."""
        if not self._named:
            return self._note(None, "First say what the matter is: `case.diagnose(cause, line)`.")
        if self.lab.closed:
            return self._note(None, self.shut)
        if self.ticket.sentences and (answered := self._answered(sentence)) is not None:
            return answered
        self._forget()
        if worse := guards.worse(self._before, guards.state(self.lab)):
            return self._note(False, f"Something is worse than it was when all was well. {self.say(worse)}")
        if not self.ticket.sentences:
            self._log = self.ticket.letters(self)
            if not self.well():
                return self._still_amiss()
        if self.ticket.guard and (worse := self.ticket.guard(self)):
            return self._note(False, f"The letter arrives, and yet something is worse. {self.say(worse)}")
        told = [Linked(self.say(self.ticket.after))]
        if self.ticket.way:
            looks = "one look is" if self.ticket.par == 1 else f"{self.ticket.par} looks are"
            way = ", then ".join(f"`{self.say(look)}`" for look in self.ticket.way)
            told.append(f"For this ticket {looks} enough: {way}.")
        return self._note(True, "Closed: nothing is amiss any more, and nothing got worse.", *told)

    def sentences(self) -> Note:
        """What one might write to the user, where nothing is broken."""
        rows = Rows((key, self.say(text)) for key, (text, _) in self._sentences().items())
        return Note(self.name, "your letter to the user", (rows, '`case.close("a")` sends it.'), "open")

    # Judging

    def _forget(self) -> None:
        """Let the resolver forget, as it does in time: a day has gone by since somebody changed something."""
        if not self.ticket.remembers:
            self.lab.recursive.flush()

    def _note(self, good: bool | None, *parts: str) -> Note:
        word, kind = {True: ("well done", "good"), False: ("not yet", "bad"), None: ("your turn", "open")}[good]
        return Note(self.name, word, parts, kind)

    def as_if(self, cause: Cause) -> list[str]:
        """What would be seen with another cause: from a run of a lab with it."""
        if cause not in self._others:
            with Case(self.name, self.ticket, self.seed, cause.happens, beside=True) as other:
                self._others[cause] = other.seen
        return self._others[cause]

    def _not_that(self, cause: Cause, told: Cause) -> Note:
        if cause.happens is None:
            return self._note(False, f"The lab cannot make that, so in words: {told.seen}")
        seen = (
            "\n".join(_beside(self.as_if(cause), self.seen))
            or "(only what is here, too, and some of that would be missing)"
        )
        told = "In a lab in which just that was amiss, the user did the same. This would have been seen then:"
        return self._note(False, told, Code(seen))

    def proves(self, line: str) -> bool:
        """Whether a line is one that proves the cause, as the ticket has it; see `Ticket.proof`."""
        given = plain(line)
        for phrase in map(self.say, self.ticket.proof):
            pieces = map(plain, phrase.removeprefix("= ").split(" ... "))
            if given == plain(phrase[2:]) if phrase.startswith("= ") else all(piece in given for piece in pieces):
                return True
        return False

    def telling(self) -> list[str]:
        """The lines that have been seen and that tell the cause from all others."""
        return [line for line in self.seen if self._no_proof(line) is None]

    def _no_proof(self, line: str) -> tuple[str, ...] | None:
        """Why a line does not prove the cause, or None where it does."""
        given = plain(line)
        if self.proves(line):
            return None
        if not any(given in plain(one) for one in self.seen):
            return (
                "The cause is right, and that line is not in this log, nor among the looks that this ticket knows. "
                "Point at another one.",
            )
        whole = given in map(plain, self.seen)
        for cause in self.ticket.causes[1:]:
            others = [plain(one) for one in self.as_if(cause)] if cause.happens else []
            if given in others or not whole and any(given in one for one in others):
                also = f"It would be there all the same if it were: {self.say(cause.text)}."
                return (
                    f"The cause is right, and that line does not show it. {also} Look for one that it alone explains.",
                )
        if not self.ticket.proof:  # somebody made it who has named none
            return None
        return (
            "The cause is right. That line comes of it, and does not say what is wrong: whoever reads it alone may "
            "think of something else. Look for one that says it.",
        )

    def _still_amiss(self) -> Note:
        late = [delivery for delivery in self.log if not arrived(delivery)] or self.log
        fates = list(dict.fromkeys(str(fate) for delivery in late for fate in delivery.fates.values()))
        again = all(any(plain(fate) in plain(line) for line in self.seen) for fate in fates)
        if again and all(map(arrived, self.log)):
            told = "The letter was sent again, and delivered, as before. What the user complains of is as before, too."
            return self._note(False, told, Code("\n".join(fates)))
        told = "as before." if again else "and meets something else now. Is there a second fault behind the first?"
        return self._note(False, f"The letter was sent again, {told}", Code("\n".join(fates)))

    def _sentences(self) -> dict[str, tuple[str, str]]:
        mixed = random.Random(f"{self.name} {self.seed} sentences").sample(
            self.ticket.sentences, len(self.ticket.sentences)
        )
        return dict(zip(LETTERS, mixed, strict=False))

    def _answered(self, sentence: object) -> Note | None:
        if sentence is ...:
            return self._note(None, "`case.sentences()` lists what you might write. Choose by its letter.")
        mixed = self._sentences()
        key = next((key for key, (text, _) in mixed.items() if _means(sentence, key, self.say(text))), None)
        if key is None:
            return self._note(False, f"{shown(sentence)} is none of the letters {', '.join(mixed)}.")
        text, why = mixed[key]
        return None if text == self.ticket.sentences[0][0] else self._note(False, self.say(why))


def arrived(delivery: Delivery) -> bool:
    """Whether a letter was delivered to everybody."""
    return all(fate.status == "delivered" for fate in delivery.fates.values())


def _means(given: object, letter: str, text: str) -> bool:
    """Whether an answer is that letter, "c" or "(c)" or "c) with words behind it", or all of those words."""
    said = given.strip() if isinstance(given, str) else ""
    return bool(re.fullmatch(rf"\W*{letter}(\W*|\).*)", said, re.IGNORECASE | re.DOTALL)) or said == text


def plain(line: str) -> str:
    """A line as it is compared: without numbers of steps and letters, signs, times and capitals."""
    line = re.sub(r"^\s*(\d+\.\s+|[CS]: ?|\W+)+", "", _NUMBER.sub("", line).strip())
    return " ".join(line.strip("` ").split()).casefold()


def _beside(lines: list[str], others: list[str]) -> list[str]:
    """The first line that the others have not, and the first word of fate that they have not."""
    there = {plain(line) for line in others}
    new = [line.strip() for line in lines if plain(line) not in there]
    new = [line for line in new if not line.startswith(("C: ", "Client (C)")) and ". a bounce to " not in line]
    fates = [line for line in new if line.startswith(tuple("✓↻✗"))]
    return list(dict.fromkeys(new[:1] + fates[-1:]))
