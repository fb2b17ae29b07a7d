"""Steps 2 to 5: a worker screens a stored message, rings, has it answered and sends the answers.

Three short transactions with slow work between them, never inside:
read; store the assessment and ring; store the answers. Each looks again whether
its work was done already, so that a worker may be killed between any two steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import update

from amaan.clock import Clock
from amaan.conversation.erase import Eraser
from amaan.conversation.language import follow_language
from amaan.conversation.own_words import OwnWords
from amaan.conversation.risk import alarms, asked_about, effective_risk
from amaan.conversation.screening import readable_pieces, screen
from amaan.conversation.store import (
    Content,
    append_message,
    lock_conversation,
    read_assessment,
    read_before,
    read_content,
    read_menu,
    read_said_before,
    store_assessment,
)
from amaan.conversation.waiting import QUIET, answers_others, place_risk, wants_quiet
from amaan.errors import ErasedError, OutsideServiceError
from amaan.logs import log
from amaan.ports import (
    Alarm,
    Courier,
    Dialogue,
    EscalationDesk,
    Option,
    Parse,
    Reply,
    Screener,
    Turn,
)
from amaan.storage import Database, Transaction, Vault
from amaan.storage.models import Assessment, Conversation, Message
from amaan.text import MAX_CHARACTERS

# How sure the model must be to erase without asking: design.md wants an erase at once,
# and a chat erased by mistake cannot be brought back.
SURE_TO_ERASE = 0.9


@dataclass(frozen=True)
class _Read:
    """One message as read in the first transaction."""

    message_id: UUID
    conversation_id: UUID
    content: Content
    before: tuple[str, ...]
    menu: tuple[Option, ...]
    language: str
    script: str
    first: bool
    screened: Parse | None


@dataclass(frozen=True)
class _Rung:
    """What the second transaction decided."""

    turn: Turn
    seam: int
    held: bool
    question_denied: bool
    quiet: bool
    """She wants no more of the lines that are said while she waits."""


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
    ) -> None:
        self._database = database
        self._vault = vault
        self._clock = clock
        self._screener = screener
        self._dialogue = dialogue
        self._desk = desk
        self._courier = courier
        self._words = words
        self._eraser = eraser

    async def process(self, message_id: UUID) -> None:
        """Deals with one inbound message; harmless when it was dealt with or erased."""
        try:
            read = await self._read(message_id)
            if read is None:
                return
            parse = read.screened or await screen(
                self._screener, read.content.text, read.menu, read.language, read.script,
                read.before,
            )  # fmt: skip
            if wants_erase(parse):
                await self._ring(read, parse)
                await self._eraser.erase(read.conversation_id)
                return
            rung = await self._ring(read, parse)
            if rung is None or rung.held:
                return
            replies = await self._answer(read, rung)
            await self._store(rung, replies)
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
                await self._append(tx, key, conversation, ["service.trouble"])

    async def _read(self, message_id: UUID) -> _Read | None:
        async with self._database.transaction() as tx:
            message = await tx.session.get(Message, message_id)
            if message is None or message.processed_at is not None:
                return None
            conversation = await tx.session.get(Conversation, message.conversation_id)
            if conversation is None:
                return None
            key = await self._vault.open_key(tx, conversation.id)
            row = await tx.session.get(Assessment, message_id)
            return _Read(
                message_id=message.id,
                conversation_id=conversation.id,
                content=read_content(key, message),
                before=await read_before(tx, key, message),
                menu=read_menu(key, conversation),
                language=conversation.language,
                script=conversation.script,
                first=message.seq == 1,
                screened=read_assessment(key, row) if row is not None else None,
            )

    async def _ring(self, read: _Read, parse: Parse) -> _Rung | None:
        """Stores the assessment and opens or raises the case, with its timers, at once."""
        async with self._database.transaction() as tx:
            conversation = await lock_conversation(tx, read.conversation_id)
            message = await tx.session.get(Message, read.message_id)
            if conversation is None or message is None or message.processed_at is not None:
                return None
            key = await self._vault.open_key(tx, conversation.id)
            case_open = await self._desk.has_open_case(tx, conversation.id)
            said = await read_said_before(tx, key, message)
            # A "no" to the gentle question is an answer to that, and no wish for quiet.
            may_be_quiet = conversation.holder_id is None and conversation.pending_kind is None
            if read.screened is None:
                risk, denied = effective_risk(parse, conversation.pending_kind)
                risk = place_risk(parse, risk, said)
                follow_language(conversation, parse, read.content.text, read.first)
                now = self._clock.now()
                await store_assessment(tx, key, message, parse, risk, now)
                conversation.pending_kind = risk.kind if risk.level == "elevated" else None
            else:
                # A worker died after this transaction had committed: its outcome stands.
                risk, denied = read.screened.risk, False
            for alarm in alarms(parse, risk):
                await self._desk.raise_alarm(tx, conversation, alarm)
            held = conversation.holder_id is not None
            if held:
                message.processed_at = self._clock.now()
            quiet = may_be_quiet and wants_quiet(read.content.text, parse, said)
            if quiet:
                quiet = await self._desk.be_quiet(tx, conversation.id)
            turn = Turn(
                conversation_id=conversation.id,
                message_id=message.id,
                text=read.content.text,
                door=conversation.door,  # type: ignore[arg-type]  # the column holds nothing else
                language=conversation.language,
                script=conversation.script,
                parse=parse,
                risk=risk,
                case_open=case_open,
                after_human=await self._desk.human_was_here(tx, conversation.id),
                answers_others=answers_others(said),
            )
            return _Rung(turn, conversation.seam, held, denied, quiet)

    async def _answer(self, read: _Read, rung: _Rung) -> list[Reply | str]:
        """Answers as rendered replies or as keys for our own words."""
        turn = rung.turn
        extra: list[Reply | str] = []
        if "too_long" in read.content.notes or len(read.content.text) > MAX_CHARACTERS:
            extra.append("message.too_long")
        if turn.risk.level == "none":
            if "media" in read.content.notes:
                extra.append("media.refused")
            if not readable_pieces(read.content.text):
                return extra or ["message.empty"]
            if rung.question_denied:
                return [*extra, "risk.denied"]
            if rung.quiet:
                return [*extra, QUIET]
            if read.first and turn.door != "web":
                extra.append("greet.history")
        try:
            replies = await self._dialogue.answer(turn)
        except OutsideServiceError as error:
            log().warning("dialogue_failed", code=error.code, message_id=str(turn.message_id))
            replies = []
        if replies:
            return [*replies, *extra]
        return [*await self._without_dialogue(turn), *extra]

    async def _without_dialogue(self, turn: Turn) -> list[Reply | str]:
        """What is said when the dialogue gave nothing: never silence, and a human is called."""
        async with self._database.transaction() as tx:
            conversation = await lock_conversation(tx, turn.conversation_id)
            if conversation is None:
                raise ErasedError
            await self._desk.raise_alarm(
                tx, conversation, Alarm("requested", None, "self", "dialogue_failed")
            )
            if turn.risk.level != "none":
                return [self._words.danger(turn.risk, conversation)]
        return ["screen.failed" if turn.parse.source == "rules" else "service.trouble"]

    async def _store(self, rung: _Rung, replies: list[Reply | str]) -> None:
        """Stores the answers and arranges their delivery, unless a human took over meanwhile."""
        turn = rung.turn
        async with self._database.transaction() as tx:
            conversation = await lock_conversation(tx, turn.conversation_id)
            if conversation is None:
                return
            key = await self._vault.open_key(tx, conversation.id)
            now = self._clock.now()
            claimed = await tx.session.scalar(
                update(Message)
                .where(Message.id == turn.message_id, Message.processed_at.is_(None))
                .values(processed_at=now)
                .returning(Message.id)
            )
            if claimed is None:
                return
            if conversation.holder_id is not None or conversation.seam != rung.seam:
                log().info("bot_reply_withheld", conversation_id=str(conversation.id))
                return
            await self._append(tx, key, conversation, replies)

    async def _append(
        self, tx: Transaction, key: bytes, conversation: Conversation, replies: list[Reply | str]
    ) -> None:
        for reply in replies:
            rendered = self._words.reply(reply, conversation) if isinstance(reply, str) else reply
            content = Content.from_reply(rendered)
            now = self._clock.now()
            stored = await append_message(tx, key, conversation, "bot", content, now)
            await self._courier.schedule(tx, conversation, stored.id)
            # The dialogue may ask the gentle question on its own account, too.
            conversation.pending_kind = asked_about(rendered.key) or conversation.pending_kind


def wants_erase(parse: Parse) -> bool:
    """Whether she surely asked to have everything erased."""
    if parse.intent != "erase_conversation":
        return False
    return parse.value in ("certain", "confirmed") or (
        parse.source == "model" and parse.confidence >= SURE_TO_ERASE
    )
