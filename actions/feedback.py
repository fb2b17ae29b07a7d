"""Whether the chat helped: asked once, counted without her."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict
from sqlalchemy.dialects.postgresql import insert

from actions.base import AmaanAction, choice_of
from amaan.facts.load import HOURS_ZONE
from amaan.storage.models import ChatRating

_ASKED, _ANSWERED = "asked", "answered"
_ANSWERS = ("1", "2", "3")


class AskFeedback(AmaanAction):
    """After her goodbye, once; never while somebody is being called for her."""

    action_name = "action_ask_feedback"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Asks, or says nothing."""
        if tracker.get_slot("asked_feedback") is not None:
            return []
        async with self.conversation(tracker) as (tx, conversation):
            if await self.desk.has_open_case(tx, conversation.id):
                return []
        dispatcher.utter_message(response="utter_feedback_ask")
        return [SlotSet("asked_feedback", _ASKED)]


class Feedback(AmaanAction):
    """Counts her digit once; thanks for words, which nobody keeps as feedback."""

    action_name = "action_feedback"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Adds one to the day's count of her language and door."""
        answer = choice_of(tracker)
        if answer not in _ANSWERS:
            dispatcher.utter_message(response="utter_give_feedback")
            return []
        if tracker.get_slot("asked_feedback") != _ANSWERED:
            await self._count(tracker, int(answer))
        dispatcher.utter_message(response="utter_feedback_thanks")
        return [SlotSet("asked_feedback", _ANSWERED)]

    async def _count(self, tracker: Tracker, helped: int) -> None:
        async with self.conversation(tracker) as (tx, conversation):
            row = insert(ChatRating).values(
                day=self.core.clock.now().astimezone(HOURS_ZONE).date(),
                language=conversation.language,
                script=conversation.script,
                door=conversation.door,
                helped=helped,
                count=1,
            )
            await tx.session.execute(
                row.on_conflict_do_update(
                    constraint="pk_chat_rating", set_={"count": ChatRating.count + 1}
                )
            )
