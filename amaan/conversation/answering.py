"""What is said to one message: by the guard, by the core itself, or by the dialogue."""

from __future__ import annotations

from dataclasses import replace

from amaan.conversation.first_words import LATER, SAFE, goes_on, neutral_at_first, not_now
from amaan.conversation.near import HUSH
from amaan.conversation.own_words import OwnWords, danger_key
from amaan.conversation.private import private_answer
from amaan.conversation.screening import HELP_INTENT, START_INTENT, readable_pieces
from amaan.conversation.store import lock_conversation
from amaan.conversation.turns import Read, Rung, Said
from amaan.conversation.waiting import QUIET
from amaan.errors import ErasedError, OutsideServiceError
from amaan.logs import log
from amaan.ports import LEVELS, Alarm, Dialogue, EscalationDesk, Reply, Risk, Turn
from amaan.storage import Database
from amaan.text import MAX_CHARACTERS

_OWN_ANSWERS = {HELP_INTENT: "help.words", START_INTENT: "start.done"}


class Answering:
    """Finds the answer to a message that was screened and has rung."""

    def __init__(
        self, database: Database, dialogue: Dialogue, desk: EscalationDesk, words: OwnWords
    ) -> None:
        self._database = database
        self._dialogue = dialogue
        self._desk = desk
        self._words = words

    async def answer(self, read: Read, rung: Rung, waiting: tuple[Read, Turn] | None) -> Said:
        """What is said. `waiting` is her first message when its answer waits for "yes, now"."""
        owed = [danger_key(rung.owed)] if rung.owed.level != "none" else []
        if rung.is_guarded:
            assert rung.step.answer is not None
            secret = rung.step.secret
            return Said([rung.step.answer, *owed], secret=secret)
        if rung.near:
            # Whoever just came reads the next words: also those for danger would betray her.
            return Said([HUSH], SAFE if rung.asked == SAFE else None)
        if rung.turn.risk.level == "none":
            private = private_answer(rung.turn.parse, rung.turn.text, rung.wishes, rung.asked)
            if private is not None:
                return neutral_at_first(read, rung, private)
            if waiting is not None and not_now(rung.turn.parse):
                return Said([LATER], SAFE)
            if waiting is not None and goes_on(read, rung.turn.parse):
                before, turn = waiting
                return Said(await self._usual(before, replace(rung, turn=turn)))
        replies = await self._usual(read, rung)
        if _is_worse(rung.owed, rung.turn.risk):
            replies = [*replies, *owed]
        return neutral_at_first(read, rung, Said(replies))

    async def _usual(self, read: Read, rung: Rung) -> list[Reply | str]:
        """The answer as it is when nobody else can be looking."""
        turn = rung.turn
        extra: list[Reply | str] = []
        if "too_long" in read.content.notes or len(read.content.text) > MAX_CHARACTERS:
            extra.append("message.too_long")
        if turn.risk.level == "none":
            if "media" in read.content.notes:
                extra.append("media.refused")
            if "voice" in read.content.notes:
                extra.append("media.voice")
            if rung.question_denied:
                return [*extra, *await self._denied(turn)]
            own = self._own(read, rung)
            if own is not None:
                return [*extra, *own] or ["message.empty"]
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

    async def _denied(self, turn: Turn) -> list[Reply | str]:
        """After "no" to the gentle question: the dialogue may have a plan to go on with."""
        parse = replace(turn.parse, intent="deny", value="safe", confidence=1.0)
        try:
            replies = await self._dialogue.answer(replace(turn, parse=parse))
        except OutsideServiceError as error:
            log().warning("dialogue_failed", code=error.code, message_id=str(turn.message_id))
            replies = []
        return [*replies] or ["risk.denied"]

    def _own(self, read: Read, rung: Rung) -> list[Reply | str] | None:
        """What the core says by itself to a message without danger; None: ask the dialogue."""
        if not readable_pieces(read.content.text):
            return []
        if rung.quiet:
            return [QUIET]
        if read.more:
            return [*read.more]
        own = _OWN_ANSWERS.get(rung.turn.parse.intent)
        return None if own is None else [own]

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


def _is_worse(one: Risk, other: Risk) -> bool:
    return LEVELS.index(one.level) > LEVELS.index(other.level)
