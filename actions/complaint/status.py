"""How a complaint stands: of this chat, or by its code from any door."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import choice_of
from actions.complaint.base import LOOKED_AT, ComplaintAction, day, say
from amaan.errors import ConflictError
from amaan.storage import Transaction
from amaan.storage.models import Complaint, Conversation
from intake.codes import codes_in
from intake.interview import Say

_WAITS = frozenset({"review", "queued"})


class Status(ComplaintAction):
    """Answers `check_status`, a code, and the two options below a state."""

    action_name = "action_status"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Says how it stands, or asks for the code."""
        text = str(tracker.latest_message.get("text") or "")
        async with self.conversation(tracker) as (tx, conversation):
            if looks_like_code(text):
                row = await self._by_code(tx, conversation, text)
                answer = Say("status.unknown") if row is None else await self._state(tx, row)
            else:
                row = await self.looked_at(tx, tracker)
                row = row or await self.complaints.latest(tx, conversation.id)
                answer = await self._answer(tx, row, choice_of(tracker))
        say(dispatcher, answer)
        return [SlotSet(LOOKED_AT, str(row.id))] if row is not None else []

    async def _answer(self, tx: Transaction, row: Complaint | None, choice: str | None) -> Say:
        if choice == "nothing":
            return Say("status.nothing")
        if row is None:
            return Say("status.ask_code")
        if choice == "remind" and row.due_at is not None:
            row.remind = True
            return Say("status.remind_on", {"due": day(row.due_at)})
        return await self._state(tx, row)

    async def _by_code(
        self, tx: Transaction, conversation: Conversation, text: str
    ) -> Complaint | None:
        try:
            return await self.complaints.by_code(tx, conversation, text)
        except ConflictError:
            # A draft without a code is open here; it would be lost. She goes on with that one.
            return await self.complaints.latest(tx, conversation.id)

    async def _state(self, tx: Transaction, row: Complaint) -> Say:
        if row.state == "draft":
            return Say("status.draft", {"day": day(row.keep_until)})
        if row.state == "withdrawn":
            return Say("complaint.withdrawn")
        if row.state in _WAITS:
            return Say("status.waiting")
        if row.state == "filed":
            return await self._filed(tx, row)
        return Say("status.rejected" if row.state == "refused" else "status.held")

    async def _filed(self, tx: Transaction, row: Complaint) -> Say:
        state = row.agency_state or "received"
        if state == "rejected":
            return Say("status.rejected")
        values = {"number": await self.number(tx, row)}
        if state == "received":
            values["day"] = day(row.filed_at or row.updated_at)
            values["due"] = day(row.due_at or row.updated_at)
        return Say(f"status.{state}", values)


def looks_like_code(text: str) -> bool:
    """Whether a message may be a code, so that a wrong one is called so."""
    return bool(codes_in(text))
