"""Before and beside the form: the offer, leaving it, taking back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import choice_of
from actions.complaint.base import ComplaintAction, day, say
from actions.complaint.copy import copy_text
from amaan.errors import ConflictError
from amaan.storage import Transaction
from amaan.storage.models import Complaint, Conversation
from intake.interview import Say, resume

# Of an older draft nobody is thinking at this moment. A judgement.
_LATELY = timedelta(hours=1)


class StartComplaint(ComplaintAction):
    """Says what a complaint means before anything personal is asked; or offers to go on."""

    action_name = "action_complaint_start"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """The offer, with its menu. Begins nothing."""
        async with self.conversation(tracker) as (tx, conversation):
            found = await self.complaints.open_draft(tx, conversation.id)
        if found is None:
            say(dispatcher, Say("complaint.start"))
        else:
            say(dispatcher, Say("complaint.resume"))
        return []


class ResumeComplaint(ComplaintAction):
    """After danger broke into the complaint and is over: offers to go on, if she wants."""

    action_name = "action_complaint_resume"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Offers it for a draft that was written lately, or says nothing."""
        async with self.conversation(tracker) as (tx, conversation):
            found = await self.complaints.open_draft(tx, conversation.id)
            lately = found and self.core.clock.now() - found[0].updated_at < _LATELY
        if lately:
            say(dispatcher, Say("complaint.resume"))
        return []


class LeaveComplaint(ComplaintAction):
    """Not now, delete, or file it by herself: whatever was chosen before the form began."""

    action_name = "action_complaint_leave"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Keeps, deletes or copies; nothing leaves."""
        wanted = choice_of(tracker)
        async with self.conversation(tracker) as (tx, conversation):
            found = await self.complaints.open_draft(tx, conversation.id)
            if wanted == "self" or found is None:
                text = copy_text(found[1], self.core.words, conversation) if found else ()
                says = (text or (Say("complaint.self"),)) if wanted == "self" else ()
                says = says or (Say("complaint.not_sent"),)
            elif wanted == "delete":
                await self.hide(tx, conversation, found[0])
                await self.complaints.delete(tx, found[0])
                says = (Say("complaint.deleted"),)
            else:
                resume(found[1])
                await self.complaints.save(tx, *found)
                code = await self.complaints.keep(tx, found[0])
                values = {"day": day(found[0].keep_until), "code": code}
                says = (Say("complaint.kept", values),)
        say(dispatcher, *says)
        return []


class WithdrawComplaint(ComplaintAction):
    """Takes back what was not sent yet."""

    action_name = "action_complaint_withdraw"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Says whether it could still be taken back, and who can end it when not."""
        async with self.conversation(tracker) as (tx, conversation):
            row = await self.looked_at(tx, tracker)
            row = row or await self.complaints.latest_consented(tx, conversation.id)
            if row is not None:
                answer = await self._taken_back(tx, conversation, row)
            elif await self.complaints.open_draft(tx, conversation.id) is not None:
                # Nothing of it is on its way; it is not deleted for a word.
                answer = Say("complaint.resume")
            else:
                answer = Say("status.ask_code")
        say(dispatcher, answer)
        return []

    async def _taken_back(self, tx: Transaction, conversation: Conversation, row: Complaint) -> Say:
        if row.state == "withdrawn":
            return Say("complaint.withdrawn")
        try:
            await self.complaints.withdraw(tx, row)
        except ConflictError:
            return Say("complaint.too_late", {"number": await self.number(tx, row)})
        await self.hide(tx, conversation, row)
        return Say("complaint.withdrawn")
