"""What the page does to keep a chat safe: leave with a code, come back, ask for a word, slow.

`Safety.take` stands before the ordinary way of every press of a button and says whether it
goes on there, and with what.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from amaan.conversation.store import find_by_address, lock_conversation
from amaan.core import Core
from amaan.ports import JSON
from amaan.storage import Transaction
from amaan.storage.models import Address, Conversation
from telephony.web.comeback import Comebacks
from telephony.web.form import Posted, new_secret
from telephony.web.limits import Kind, Limits, Passage
from telephony.web.lock import Lock
from telephony.web.memory import Code
from telephony.web.transcript import WHILE_CLOSED, Transcript, Transcripts

# An erase, a lock and a look are never counted: nothing may hold them up.
_COUNTED = ("send", "leave_back", "word", "sheet", "add_proof")
_OPEN_ONLY = ("leave_back", "word", "word_off", "sheet", "add_proof")
"""Refused while her word is awaited."""


@dataclass(frozen=True)
class Outcome:
    """How a press ended here. Exactly what is set is shown."""

    transcript: Transcript | None = None
    note: str | None = None
    """Catalogue key for the page's status."""
    code: Code | None = None
    """Shown once; the chat is not found by this page any more."""
    is_gone: bool = False
    """The page begins anew, with a fresh secret."""
    work: JSON | None = None
    """The sum that the page's script must do before the press is taken."""
    is_held: bool = False
    """Nothing was taken: what she wrote stays on the page."""

    def to_json(self) -> JSON:
        """As the page's script reads it; the note is put beside it."""
        if self.work is not None:
            return {"work": self.work}
        if self.code is not None:
            shown = self.code
            code = {
                "number": shown.number,
                "words": shown.words,
                "lang": shown.variant.html_lang,
                "dir": shown.variant.direction,
            }
            return {"ended": True, "secret": new_secret(), "code": code}
        if self.is_gone:
            return {"ended": True, "secret": new_secret()}
        return self.transcript.to_json() if self.transcript is not None else {"found": False}


@dataclass(frozen=True)
class Taken:
    """A press after `Safety.take`."""

    posted: Posted
    outcome: Outcome | None
    """None: it goes the ordinary way."""
    note: str | None = None
    """What the page says beside the ordinary answer."""


class Safety:
    """Stands before the ordinary way."""

    def __init__(self, core: Core, lock: Lock, transcripts: Transcripts) -> None:
        self._core = core
        self._lock = lock
        self._transcripts = transcripts
        self._limits = Limits(core.pseudonymiser, core.clock)
        self._comebacks = Comebacks(core)

    async def take(self, posted: Posted, *, by_script: bool) -> Taken:
        """Does what a press asks for here, or hands it on."""
        passage = await self._let_through(posted, by_script=by_script)
        if passage.work is not None:
            return Taken(posted, Outcome(work=passage.work))
        if passage.is_held:
            return Taken(posted, Outcome(is_held=True))
        note = "web.slow" if passage.is_slowed else None
        if posted.action == "come_back":
            return Taken(posted, await self._come_back(posted))
        async with self._core.database.transaction() as tx:
            conversation = await self._conversation_of(tx, posted)
            if conversation is None:
                return Taken(posted, _without_chat(posted), note)
            # A look by the page's script says nothing about who sits before it.
            is_hers = posted.is_awake or not (by_script and posted.action == "refresh")
            posted, outcome = await self._with_chat(tx, conversation, posted, is_hers=is_hers)
        if outcome is not None and not (outcome.is_gone or outcome.code):
            transcript = await self._transcripts.read(conversation.id, posted.after)
            outcome = replace(outcome, transcript=transcript, is_gone=transcript is None)
        return Taken(posted, outcome, note)

    async def _let_through(self, posted: Posted, *, by_script: bool) -> Passage:
        kind: Kind
        if posted.action == "come_back":
            kind, text = "back", ""
        elif posted.action in _COUNTED:
            kind = "send" if posted.has_started else "new"
            text = posted.text if posted.action == "send" else ""
        else:
            return Passage()
        return await self._limits.let_through(
            kind, self._lookup(posted.secret), text=text, by_script=by_script, proof=posted.proof
        )

    async def _come_back(self, posted: Posted) -> Outcome:
        found = await self._comebacks.come_back(posted.secret, posted.number, posted.words)
        transcript = None if found is None else await self._transcripts.read(found)
        return Outcome(transcript, "web.back_unknown" if transcript is None else None)

    async def _conversation_of(self, tx: Transaction, posted: Posted) -> Conversation | None:
        if not posted.has_started:
            return None
        known = await find_by_address(tx, "web", self._lookup(posted.secret))
        return None if known is None else await lock_conversation(tx, known)

    async def _with_chat(
        self, tx: Transaction, conversation: Conversation, posted: Posted, *, is_hers: bool
    ) -> tuple[Posted, Outcome | None]:
        """One press on a page with a **locked** conversation, whose pause is looked at first."""
        if posted.must_lock:
            await self._lock.close(tx, conversation)
        await self._lock.close_if_due(tx, conversation)
        if posted.action == "new":
            await _forget(tx, conversation)
            return posted, Outcome(is_gone=True)
        if conversation.guard != "open":
            return _while_closed(posted)
        if is_hers:
            self._lock.seen(conversation.id)
        if posted.action == "leave_back":
            code = await self._comebacks.make(tx, conversation.id, posted.variant)
            # Whoever finds the slip of paper still needs the word, if she chose one.
            await self._lock.close(tx, conversation)
            return posted, Outcome(code=code)
        if posted.action in ("word", "word_off"):
            word = posted.word if posted.action == "word" else None
            is_kept = await self._lock.set_word(tx, conversation, word)
            note = "private.unclear" if not is_kept else "web.lock_saved" if word else None
            return posted, Outcome(note=note)
        return posted, None

    def _lookup(self, secret: str) -> bytes:
        return self._core.pseudonymiser.lookup("address", f"web|{secret}")


def _while_closed(posted: Posted) -> tuple[Posted, Outcome | None]:
    """A message is taken in and screened as ever, and her word opens; nothing else is done.

    Nobody who does not know the word may change it, or take the chat along.
    """
    if posted.action == "send":
        return replace(posted, notes=frozenset({WHILE_CLOSED})), None
    return posted, Outcome() if posted.action in _OPEN_ONLY else None


async def _forget(tx: Transaction, conversation: Conversation) -> None:
    """The page's secret finds nothing any more; the chat stays, as after leaving."""
    address = await tx.session.get(Address, conversation.id)
    if address is not None:
        await tx.session.delete(address)


def _without_chat(posted: Posted) -> Outcome | None:
    """Presses that need a chat, on a page that has none."""
    if posted.action in (*_OPEN_ONLY, "lock", "new"):
        note = "web.ended" if posted.has_started and posted.action != "new" else None
        return Outcome(note=note, is_gone=True)
    return None
