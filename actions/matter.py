"""What she came for, answered beside the danger or once it is denied."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import AmaanAction, metadata_of
from actions.groups import Also
from actions.referral import Refer

OWED = "matter_owed"
_REFERRAL = "ask_referral"
_REPORT = "report_"


class Matter(AmaanAction):
    """Answers the matter of this message, else the one that danger came before.

    Who waits for a human still asks how a video is taken down; and who was asked about danger by
    mistake has told already what she came for.
    """

    action_name = "action_matter"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Says it once, or nothing."""
        matter = metadata_of(tracker).get("matter") or tracker.get_slot(OWED)
        if not matter:
            return []
        events: list[dict[str, Any]] = [SlotSet(OWED, None)]
        if matter == _REFERRAL:
            refer = Refer(self.core, self.desk)
            return [*events, *await refer.run(dispatcher, tracker, domain)]
        if matter.startswith(_REPORT):
            events += await Also().run(dispatcher, tracker, domain)
        dispatcher.utter_message(response=f"utter_{matter}")
        return events
