"""Stop: no more messages to her. Her case goes on."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import AmaanAction


class StopMessages(AmaanAction):
    """Nothing is sent first from now on; her next message lifts it."""

    action_name = "action_stop_messages"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Marks the conversation; the confirmation itself is the rule's next step."""
        async with self.conversation(tracker) as (_tx, conversation):
            conversation.stopped = True
        return []
