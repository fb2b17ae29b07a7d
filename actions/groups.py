"""Words for who she is: a child, a trans person, a man, somebody who writes for another."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

GROUPS = ("minor", "trans", "disability", "man", "bystander", "public", "work")
_CHOSEN = "about_me"


class Also(Action):
    """Says, once for each, what is different for people like her; else nothing."""

    def name(self) -> str:
        """The name under which the domain knows this action."""
        return "action_also"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Before the answer to what she reports, without a menu; alone when she chose it."""
        group = tracker.get_slot("group")
        chosen = (tracker.latest_message.get("intent") or {}).get("name") == _CHOSEN
        if group not in GROUPS or (group == tracker.get_slot("told_group") and not chosen):
            return []
        menu = {} if chosen else {"menu": "none"}
        dispatcher.utter_message(response=f"utter_for_{group}", **menu)
        return [SlotSet("told_group", group)]
