"""The second transaction of a message: what was found is stored, and rings, before any answer."""

from __future__ import annotations

from dataclasses import replace

from amaan.clock import Clock
from amaan.conversation.guard import ANSWERS, Guard, Step, unanswered_risk
from amaan.conversation.language import follow_language
from amaan.conversation.near import somebody_came
from amaan.conversation.risk import alarms, effective_risk
from amaan.conversation.screening import NEAR_INTENT
from amaan.conversation.speaking import Speaking
from amaan.conversation.store import (
    hide_word,
    lock_conversation,
    read_keys_before,
    read_said_before,
    store_assessment,
)
from amaan.conversation.turns import Read, Rung
from amaan.conversation.waiting import (
    answers_others,
    place_risk,
    wants_quiet,
)
from amaan.conversation.wishes import read_wishes
from amaan.ports import Alarm, EscalationDesk, Parse, Risk, Turn
from amaan.storage import Transaction, Vault
from amaan.storage.models import Conversation, Message


class Ringing:
    """Stores an assessment and opens or raises the case, with its timers, at once."""

    def __init__(
        self, vault: Vault, clock: Clock, desk: EscalationDesk, guard: Guard, speaking: Speaking
    ) -> None:
        self._vault = vault
        self._clock = clock
        self._desk = desk
        self._guard = guard
        self._speaking = speaking

    async def ring(self, tx: Transaction, read: Read, parse: Parse) -> Rung | None:
        """Rings for one message, and says what its answer must know; None when it is done with.

        Asked again after a worker died, it decides the same.
        """
        conversation = await lock_conversation(tx, read.conversation_id)
        message = await tx.session.get(Message, read.message_id)
        if conversation is None or message is None or message.processed_at is not None:
            return None
        key = await self._vault.open_key(tx, conversation.id)
        case_open = await self._desk.has_open_case(tx, conversation.id)
        said = await read_said_before(tx, key, message)
        # A "no" to the gentle question is an answer to that, and no wish for quiet.
        may_be_quiet = conversation.holder_id is None and conversation.pending_kind is None
        text = read.content.text
        step = await self._guard.look(tx, key, conversation, message, text, parse)
        near = somebody_came(text, await read_keys_before(tx, key, message))
        if not near and parse.intent == NEAR_INTENT:
            parse = replace(parse, intent="affirm", value=None)
        risk, denied = read.screened.risk if read.screened else Risk(), False
        if read.screened is None:
            # Else a worker died after this transaction had committed: its outcome stands.
            risk, denied = _risk_in_effect(conversation, parse, said, step, near=near)
            if step.answer is None:
                follow_language(conversation, parse, text, read.first)
            await store_assessment(tx, key, message, parse, risk, self._clock.now())
        await self._raise(tx, conversation, parse, risk, step)
        quiet = not near and may_be_quiet and wants_quiet(text, parse, said)
        if quiet:
            quiet = await self._desk.be_quiet(tx, conversation.id)
        after_guard = said is not None and said[1] in ANSWERS and step.state == "open"
        rung = Rung(
            turn=Turn(
                conversation_id=conversation.id,
                message_id=message.id,
                text=text,
                door=conversation.door,  # type: ignore[arg-type]  # the column holds nothing else
                language=conversation.language,
                script=conversation.script,
                parse=parse,
                risk=risk,
                case_open=case_open,
                after_human=await self._desk.human_was_here(tx, conversation.id),
                answers_others=answers_others(said),
            ),
            seam=conversation.seam,
            held=conversation.holder_id is not None,
            question_denied=denied,
            quiet=quiet,
            near=near,
            step=step,
            wishes=read_wishes(key, conversation),
            asked=conversation.wish_asked,
            owed=await unanswered_risk(tx, key, message) if after_guard else Risk(),
        )
        if risk.level != "none" or step.answer is not None or rung.held:
            conversation.wish_asked = None
        if rung.held:
            await self._to_human(tx, key, conversation, message, step)
        return rung

    async def _raise(
        self, tx: Transaction, conversation: Conversation, parse: Parse, risk: Risk, step: Step
    ) -> None:
        # Whoever comes must know before the first word that somebody else may read it.
        code = (step.rule,) if step.rule else ()
        found = alarms(parse, risk, code)
        if step.answer is not None and parse.intent == "request_human":
            # The dialogue, which else calls somebody for her, is not asked.
            found.append(Alarm("requested", None, "self", "asked", code))
        for alarm in found:
            await self._desk.raise_alarm(tx, conversation, alarm)
        if step.answer is not None and parse.intent == "stop_messages":
            conversation.stopped = True

    async def _to_human(
        self,
        tx: Transaction,
        key: bytes,
        conversation: Conversation,
        message: Message,
        step: Step,
    ) -> None:
        """A human holds the chat: only the guard speaks beside them, for what she asked of it."""
        message.processed_at = self._clock.now()
        if step.secret:
            hide_word(key, message)
        if step.answer is not None:
            await self._speaking.say(tx, key, conversation, [step.answer])


def _risk_in_effect(
    conversation: Conversation,
    parse: Parse,
    said: tuple[str, str | None] | None,
    step: Step,
    *,
    near: bool,
) -> tuple[Risk, bool]:
    """The risk in effect and whether the gentle question was denied; notes what is asked now."""
    if step.secret:
        # One of her words answers no question of ours.
        return parse.risk, False
    risk, denied = effective_risk(parse, conversation.pending_kind)
    risk = place_risk(parse, risk, said)
    if step.answer is None and not near:
        conversation.pending_kind = risk.kind if risk.level == "elevated" else None
        return risk, denied
    # A "no" may be somebody else's, and what is withheld is not asked. It stays open.
    if risk.level == "critical":
        conversation.pending_kind = None
    return risk, False
