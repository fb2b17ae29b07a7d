"""Steps 2 to 5: a worker screens a stored message, rings, has it answered and sends the answers.

Three short transactions with slow work between them, never inside:
read; store the assessment and ring; store the answers. Each looks again whether
its work was done already, so that a worker may be killed between any two steps.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from amaan.clock import Clock
from amaan.conversation.answering import Answering
from amaan.conversation.continuation import MORE_MENU, wanted_rest
from amaan.conversation.erase import Eraser
from amaan.conversation.first_words import SAFE
from amaan.conversation.guard import WHILE_CLOSED, Guard, is_stranger
from amaan.conversation.own_words import OwnWords
from amaan.conversation.ringing import Ringing
from amaan.conversation.screening import START_INTENT, screen
from amaan.conversation.speaking import Speaking
from amaan.conversation.store import (
    hide_word,
    lock_conversation,
    read_assessment,
    read_before,
    read_content,
    read_menu,
)
from amaan.conversation.turns import Read, Rung, Said
from amaan.conversation.wishes import write_wishes
from amaan.errors import ErasedError
from amaan.logs import log
from amaan.ports import Alarm, Courier, Dialogue, EscalationDesk, Parse, Screener, Turn
from amaan.storage import Database, Transaction, Vault
from amaan.storage.models import Assessment, Conversation, Message


class Processor:
    """Takes stored messages through the house."""

    def __init__(
        self,
        database: Database,
        vault: Vault,
        clock: Clock,
        *,
        screener: Screener,
        dialogue: Dialogue,
        desk: EscalationDesk,
        courier: Courier,
        words: OwnWords,
        eraser: Eraser,
        guard_after: timedelta,
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._screener = screener
        self._desk = desk
        self._words = words
        self._eraser = eraser
        self._speaking = Speaking(clock, courier, words)
        guard = Guard(vault, clock, guard_after)
        self._ringing = Ringing(vault, clock, desk, guard, self._speaking)
        self._answering = Answering(database, dialogue, desk, words)

    async def process(self, message_id: UUID) -> None:
        """Deals with one inbound message; harmless when it was dealt with or erased."""
        try:
            read = await self._read(message_id)
            if read is None:
                return
            parse = read.screened or _at_first(read, await self._screen(read))
            async with self._database.transaction() as tx:
                rung = await self._ringing.ring(tx, read, parse)
            if wants_erase(parse) and not read.more and not _is_hers(rung, parse):
                await self._eraser.erase(read.conversation_id)
                return
            if rung is None or rung.held:
                return
            waiting = await self._first_turn(rung) if rung.asked == SAFE else None
            await self._store(rung, await self._answering.answer(read, rung, waiting))
        except ErasedError:
            log().info("erased_meanwhile", message_id=str(message_id))

    async def give_up(self, message_id: UUID) -> None:
        """After too many failures: a safe answer with emergency contacts, and a human."""
        read = await self._read(message_id)
        if read is None:
            return
        log().error("message_given_up", message_id=str(message_id))
        async with self._database.transaction() as tx:
            conversation = await lock_conversation(tx, read.conversation_id)
            message = await tx.session.get(Message, message_id)
            if conversation is None or message is None or message.processed_at is not None:
                return
            key = await self._vault.open_key(tx, conversation.id)
            alarm = Alarm("requested", None, "self", "processing_failed")
            await self._desk.raise_alarm(tx, conversation, alarm)
            message.processed_at = self._clock.now()
            if conversation.holder_id is None:
                words = WHILE_CLOSED.get(conversation.guard, "service.trouble")
                await self._speaking.say(tx, key, conversation, [words])

    async def _screen(self, read: Read) -> Parse:
        return await screen(
            self._screener, read.content.text, read.menu, read.language, read.script, read.before
        )

    async def _read(self, message_id: UUID) -> Read | None:
        async with self._database.transaction() as tx:
            message = await tx.session.get(Message, message_id)
            if message is None or message.processed_at is not None:
                return None
            conversation = await tx.session.get(Conversation, message.conversation_id)
            if conversation is None:
                return None
            return await self._read_one(tx, conversation, message)

    async def _read_one(
        self, tx: Transaction, conversation: Conversation, message: Message
    ) -> Read:
        key = await self._vault.open_key(tx, conversation.id)
        row = await tx.session.get(Assessment, message.id)
        content = read_content(key, message)
        more = wanted_rest(key, conversation, content.text, self._words.hints)
        return Read(
            message_id=message.id,
            conversation_id=conversation.id,
            content=content,
            before=await read_before(tx, key, message),
            menu=MORE_MENU if more else read_menu(key, conversation),
            more=more,
            language=conversation.language,
            script=conversation.script,
            first=message.seq == 1,
            screened=read_assessment(key, row) if row is not None else None,
        )

    async def _first_turn(self, rung: Rung) -> tuple[Read, Turn] | None:
        """Her first message, whose answer waits until she can talk."""
        async with self._database.transaction() as tx:
            conversation = await tx.session.get(Conversation, rung.turn.conversation_id)
            first = await tx.session.scalar(
                select(Message).where(
                    Message.conversation_id == rung.turn.conversation_id, Message.seq == 1
                )
            )
            if conversation is None or first is None:
                return None
            read = replace(await self._read_one(tx, conversation, first), first=False, more=())
        if read.screened is None:
            return None
        turn = replace(
            rung.turn,
            message_id=first.id,
            text=read.content.text,
            parse=read.screened,
            risk=read.screened.risk,
        )
        return read, turn

    async def _store(self, rung: Rung, said: Said) -> None:
        """Stores the answers and arranges their delivery, unless a human took over meanwhile."""
        turn = rung.turn
        async with self._database.transaction() as tx:
            conversation = await lock_conversation(tx, turn.conversation_id)
            if conversation is None:
                return
            key = await self._vault.open_key(tx, conversation.id)
            claimed = await tx.session.scalar(
                update(Message)
                .where(Message.id == turn.message_id, Message.processed_at.is_(None))
                .values(processed_at=self._clock.now())
                .returning(Message)
            )
            if claimed is None:
                return
            if said.secret:
                hide_word(key, claimed)
            if said.wishes is not None:
                write_wishes(key, conversation, said.wishes)
            if conversation.holder_id is not None or conversation.seam != rung.seam:
                log().info("bot_reply_withheld", conversation_id=str(conversation.id))
                return
            conversation.wish_asked = said.asked
            await self._speaking.say(tx, key, conversation, said.replies)


def wants_erase(parse: Parse) -> bool:
    """Whether she surely asked to have everything erased: by the word for it, or by "yes".

    A sentence is asked about first: "how do I delete this chat" and "I deleted his messages"
    were taken for a wish, and what is erased cannot be brought back.
    """
    return parse.intent == "erase_conversation" and parse.value in ("certain", "confirmed")


def _is_hers(rung: Rung | None, parse: Parse) -> bool:
    """Whether a message that looks like an erase is her word, or the choice of one."""
    if rung is None or parse.value in ("certain", "confirmed"):
        return False
    return rung.step.secret or rung.asked not in (None, SAFE)


def _at_first(read: Read, parse: Parse) -> Parse:
    """Whoever begins with "who is this" or "start" is greeted, and told nothing of the house."""
    is_begin = parse.intent == START_INTENT or is_stranger(read.content.text)
    return replace(parse, intent="greet", confidence=1.0) if read.first and is_begin else parse
