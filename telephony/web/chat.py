"""What the page can do: send, look, erase. Knows conversations, not HTML."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import UUID

from sqlalchemy import delete

from amaan.conversation import Acceptor, Eraser
from amaan.conversation.store import find_by_address, lock_conversation
from amaan.core import Core
from amaan.errors import ErasedError
from amaan.ports import JSON, Inbound, Papers
from amaan.storage.database import CONVERSATION_CHANNEL
from amaan.storage.models import Address, InboundClaim
from amaan.text import screen
from telephony.web.form import Posted
from telephony.web.lock import Lock
from telephony.web.safety import Safety
from telephony.web.transcript import Transcript, Transcripts

# A plain form is answered with the reply when it is ready in this time (first replies are
# ready within 1 s at p95, design.md section 8); else the page offers to look again.
ANSWER_WAIT_SECONDS = 2.5
# Looks without a notice as well, should this process not be listening just now.
_LOOK_SECONDS = 0.5
# Keeps proxies and phones from taking a silent stream for a dead one.
BEAT_SECONDS = 15.0
# A stream is ended and opened anew, so that forgotten pages do not hold one for ever.
STREAM_SECONDS = 600.0


class WebChat:
    """The conversation service as the web page uses it."""

    def __init__(self, core: Core, acceptor: Acceptor, eraser: Eraser, papers: Papers) -> None:
        self._hub = core.hub
        self._database = core.database
        self._pseudonymiser = core.pseudonymiser
        self._acceptor = acceptor
        self._eraser = eraser
        self._papers = papers
        lock = Lock(core)
        self._transcripts = Transcripts(core, lock, papers)
        self.safety = Safety(core, lock, self._transcripts)
        """Stands before every press of a button."""

    async def accept(self, posted: Posted) -> UUID:
        """Takes one message in. Raises `ErasedError` when its chat is gone: it is not taken then.

        A message that an old page sends after an erase must not quietly begin a
        conversation that she no longer has in her hands.
        """
        if posted.has_started and await self.find(posted.secret) is None:
            raise ErasedError
        accepted = await self._acceptor.accept(_inbound(posted))
        found = accepted.conversation_id or await self.find(posted.secret)
        if found is None:
            raise ErasedError
        return found

    async def accept_and_wait(self, posted: Posted) -> Transcript | None:
        """Takes one message in and waits a little for the answer. None: erased meanwhile."""
        clock = asyncio.get_running_loop()
        async with self._hub.subscribe(CONVERSATION_CHANNEL) as notices:
            conversation_id = await self.accept(posted)
            deadline = clock.time() + ANSWER_WAIT_SECONDS
            while True:
                transcript = await self._transcripts.read(conversation_id)
                left = deadline - clock.time()
                if transcript is None or not transcript.is_waiting or left <= 0:
                    return transcript
                await _next_notice(notices, conversation_id, min(left, _LOOK_SECONDS))

    async def find(self, secret: str) -> UUID | None:
        """The conversation of a secret."""
        return await self._acceptor.find("web", secret)

    async def read(self, secret: str, after: int = 0) -> Transcript | None:
        """The conversation of a secret; None when there is none."""
        conversation_id = await self.find(secret)
        return None if conversation_id is None else await self.read_id(conversation_id, after)

    async def read_id(self, conversation_id: UUID, after: int = 0) -> Transcript | None:
        """A conversation by its id; None when it was erased."""
        return await self._transcripts.read(conversation_id, after)

    async def add_proof(self, posted: Posted) -> bool:
        """Adds a piece of proof to the draft of an open chat; False when it was not added.

        Words of danger in its description are taken in as a message as well: no field of
        the page is without ears.
        """
        evidence = posted.evidence
        if evidence is None or not evidence.about:
            return False
        if screen(evidence.about).level != "none":
            try:
                await self.accept(replace(posted, text=evidence.about))
            except ErasedError:
                return False
        async with self._database.transaction() as tx:
            found = await find_by_address(tx, "web", self._lookup(posted.secret))
            conversation = None if found is None else await lock_conversation(tx, found)
            if conversation is None or conversation.guard != "open":
                return False
            return await self._papers.add_fingerprint(
                tx, conversation, evidence.sha256, evidence.kind, evidence.about
            )

    async def sheet(self, secret: str) -> bytes | None:
        """The complaint of an open chat as a PDF; None when there is none."""
        transcript = await self.read(secret)
        if transcript is None or not transcript.on_paper.sheet:
            return None
        return await self._papers.sheet(transcript.conversation_id)

    async def erase(self, secret: str) -> None:
        """Erases the conversation of a secret; harmless when there is none."""
        conversation_id = await self.find(secret)
        if conversation_id is not None:
            await self._eraser.erase(conversation_id, say_goodbye=False)

    async def leave(self, secret: str) -> None:
        """Makes a secret find nothing any more; harmless when it found nothing.

        The browser may keep the posted form in its history (without script it does):
        whoever presses "back" and posts it again must not be shown the chat. The chat
        itself stays, for a supervisor may be about to act upon it.
        """
        lookup = self._lookup(secret)
        async with self._database.transaction() as tx:
            await tx.session.execute(
                delete(Address).where(Address.door == "web", Address.lookup == lookup)
            )

    async def was_taken(self, posted: Posted) -> bool:
        """Whether this very message was accepted before."""
        lookup = self._pseudonymiser.lookup("provider_id", f"web|{_inbound(posted).provider_id}")
        async with self._database.transaction() as tx:
            return await tx.session.get(InboundClaim, lookup) is not None

    async def follow(self, secret: str, after: int) -> AsyncIterator[JSON | None]:
        """New messages as they come; None as a sign of life; ends after `ended` or ten minutes."""
        clock = asyncio.get_running_loop()
        ends_at = clock.time() + STREAM_SECONDS
        async with self._hub.subscribe(CONVERSATION_CHANNEL) as notices:
            conversation_id = await self.find(secret)
            shown: tuple[bool, str, int, tuple[int, ...]] | None = None
            while clock.time() < ends_at:
                found = await self.read_id(conversation_id, after) if conversation_id else None
                if conversation_id is None or found is None:
                    yield {"ended": True}
                    return
                newest = found.lines[-1].seq if found.lines else after
                now = (found.is_waiting, found.closed, newest, found.hidden)
                if now != shown:
                    yield found.to_json()
                    shown = now
                    # A closed page has taken everything away and will need all of it again.
                    after = 0 if found.closed else newest
                if not await _next_notice(notices, conversation_id, BEAT_SECONDS):
                    yield None
                    # Its page may have left with a code meanwhile, and this be a forgotten one.
                    conversation_id = await self.find(secret)

    def _lookup(self, secret: str) -> bytes:
        return self._pseudonymiser.lookup("address", f"web|{secret}")


def _inbound(posted: Posted) -> Inbound:
    return Inbound(
        door="web",
        address=posted.secret,
        text=posted.text,
        # With the secret, so that no page can use up another page's keys.
        provider_id=f"{posted.secret}|{posted.message_key}",
        sendable=False,
        language=posted.variant.language if posted.has_chosen else None,
        script=posted.variant.script if posted.has_chosen else None,
        notes=posted.notes,
    )


async def _next_notice(notices: asyncio.Queue[JSON], conversation_id: UUID, seconds: float) -> bool:
    """Waits for a notice that concerns this conversation; False when none came in time."""
    try:
        async with asyncio.timeout(seconds):
            while True:
                notice = await notices.get()
                if "resync" in notice or notice.get("conversation_id") == str(conversation_id):
                    return True
    except TimeoutError:
        return False
