"""The form: one answer in, one question out. The draft is in the database, not in the dialogue."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.complaint.base import ComplaintAction, day, message_of, say
from actions.complaint.copy import copy_text
from amaan.conversation.store import hide_word
from amaan.core import Core
from amaan.ports import Alarm, EscalationDesk
from amaan.storage import Transaction
from amaan.storage.models import Complaint, Conversation, Message
from intake.interview import NEVER, Outcome, Say, ask, resume, take
from intake.schema import CONSENT_VERSION, Draft, Language
from intake.told import prefill, told_before

STEP = "complaint_step"
_ENDED = "ended"
_SAYS = "complaint_says"
_BEGINS = "complaint_begin"
# What the dialogue remembers of what she told in passing (bot/memory.py).
_SLOTS = ("topic", "age", "group")


class AskStep(ComplaintAction):
    """Says the question that is open; begins a draft when there is none."""

    action_name = "action_ask_complaint_form_complaint_step"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """One question with its menu."""
        topic = tracker.get_slot("topic")
        async with self.conversation(tracker) as (tx, conversation):
            found = await self.complaints.open_draft(tx, conversation.id)
            row, draft = found or await self.complaints.begin(tx, conversation)
            if found is None:
                await self.prefill(tx, conversation, draft, tracker)
            if tracker.latest_message.get("intent", {}).get("name") == _BEGINS:
                resume(draft)
            context = await self.context(tx, conversation, row, draft, topic)
            question = ask(draft, context)
            await self.complaints.save(tx, row, draft)
        say(dispatcher, question)
        return []

    async def prefill(
        self, tx: Transaction, conversation: Conversation, draft: Draft, tracker: Tracker
    ) -> None:
        """Puts what she told before into a new draft; she sees all of it before it leaves."""
        told = await told_before(tx, self.core, conversation, until=self.core.clock.now())
        slots = {name: tracker.get_slot(name) for name in _SLOTS}
        prefill(draft, told, slots, self.core.clock.now())


class ValidateComplaintForm(FormValidationAction):
    """Reads her answer into the draft; Rasa asks the next question afterwards."""

    def __init__(self, core: Core, desk: EscalationDesk) -> None:
        self._step = TakeStep(core, desk)

    def name(self) -> str:
        """The name that Rasa derives from the form's."""
        return "validate_complaint_form"

    async def validate_complaint_step(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: DomainDict,
    ) -> dict[str, Any]:
        """None while questions are open, `ended` when no further answer is needed."""
        return {STEP: await self._step.take(dispatcher, tracker)}


class TakeStep(ComplaintAction):
    """One answer: read, kept, and what follows from it, in one transaction."""

    action_name = "complaint_take_step"

    async def take(self, dispatcher: CollectingDispatcher, tracker: Tracker) -> str | None:
        """Reads the latest message; the same message a second time changes nothing."""
        if tracker.latest_message.get("intent", {}).get("name") != _SAYS:
            # What opened the form is no answer to it.
            return None
        async with self.conversation(tracker) as (tx, conversation):
            found = await self.complaints.open_draft(tx, conversation.id)
            message_id = message_of(tracker)
            if found is None:
                after = await self._said_before(tx, conversation, message_id)
                say(dispatcher, *after)
                return _ENDED
            row, draft = found
            if message_id is not None and row.last_message_id == message_id:
                return None
            topic = tracker.get_slot("topic")
            context = await self.context(tx, conversation, row, draft, topic)
            answer = await self.answer(tx, tracker, draft.asked)
            outcome = take(draft, answer, context)
            if NEVER in outcome.says:
                await self._hide(tx, conversation, message_id)
            row.last_message_id = message_id
            await self.complaints.save(tx, row, draft)
            after = await self._ended(tx, conversation, row, draft, outcome, topic)
        say(dispatcher, *outcome.says, *after)
        return None if outcome.end is None else _ENDED

    async def _said_before(
        self, tx: Transaction, conversation: Conversation, message_id: UUID | None
    ) -> tuple[Say, ...]:
        """The last words again, when the answer that ended the form comes a second time.

        Its first reply may never have been stored, and the code with it. When the draft is
        gone for another reason she is asked for her code.
        """
        row = await self.complaints.latest(tx, conversation.id)
        if row is None or message_id is None or row.last_message_id != message_id:
            return (Say("status.ask_code"),)
        return await self._ready(tx, row)

    async def _ready(self, tx: Transaction, row: Complaint) -> tuple[Say, ...]:
        code = await self.complaints.keep(tx, row)
        hours = str(self.core.settings.intake_review_hours)
        values = {"reference": row.reference, "code": code, "hours": hours}
        return (Say("complaint.ready", values),)

    async def _hide(
        self, tx: Transaction, conversation: Conversation, message_id: UUID | None
    ) -> None:
        """Puts dots in the place of a password that she wrote."""
        message = await tx.session.get(Message, message_id) if message_id else None
        if message is not None:
            hide_word(await self.core.vault.open_key(tx, conversation.id), message)

    async def _ended(
        self,
        tx: Transaction,
        conversation: Conversation,
        row: Complaint,
        draft: Draft,
        outcome: Outcome,
        topic: str | None,
    ) -> tuple[Say, ...]:
        """Does what the end of the form asks for, and gives its last words."""
        if outcome.end == "send":
            return await self._send(tx, conversation, row, draft, topic)
        if outcome.end == "kept":
            code = await self.complaints.keep(tx, row)
            return (Say("complaint.kept", {"day": day(row.keep_until), "code": code}),)
        if outcome.end in {"deleted", "stopped"}:
            await self.hide(tx, conversation, row)
            await self.complaints.delete(tx, row)
            return (Say("complaint.deleted"),) if outcome.end == "deleted" else ()
        if outcome.end == "human":
            alarm = Alarm("requested", None, "self", "asked")
            await self.desk.raise_alarm(tx, conversation, alarm)
            return ()
        if outcome.end == "self":
            return copy_text(draft, self.core.words, conversation)
        return ()

    async def _send(
        self,
        tx: Transaction,
        conversation: Conversation,
        row: Complaint,
        draft: Draft,
        topic: str | None,
    ) -> tuple[Say, ...]:
        at = self.core.clock.now()
        draft.declared_at = draft.consent_given_at = at
        draft.consent_language = Language(conversation.language)
        draft.consent_method, draft.consent_version = conversation.door, CONSENT_VERSION
        await self.complaints.consent(tx, row, draft, at, topic=topic, danger=None, dangers=())
        return await self._ready(tx, row)
