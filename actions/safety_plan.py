"""The safety plan: two questions, then the steps that fit the answers.

Nothing she answers is stored outside the sealed dialogue, and erase takes that too.
"""

from __future__ import annotations

from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import AmaanAction

DEVICE_OWNERS = ("own", "shared", "watched")
YES_NO = ("yes", "no")
SLOTS = ("device_owner", "lives_with")


class ValidateSafetyPlanForm(FormValidationAction):
    """Accepts the form's known answers only; anything else is asked again."""

    def name(self) -> str:
        """The name that Rasa derives from the form's."""
        return "validate_safety_plan_form"

    def validate_device_owner(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        """`own`, `shared` or `watched`."""
        return {"device_owner": value if value in DEVICE_OWNERS else None}

    def validate_lives_with(
        self,
        value: Any,
        dispatcher: CollectingDispatcher,
        tracker: Tracker,
        domain: dict[str, Any],
    ) -> dict[str, Any]:
        """`yes` or `no`."""
        return {"lives_with": value if value in YES_NO else None}


class SafetyPlan(AmaanAction):
    """Says the steps for the phone and for the house."""

    action_name = "action_safety_plan"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utters both halves of the plan. An unknown answer counts as the more dangerous one."""
        owner = tracker.get_slot("device_owner")
        near = tracker.get_slot("lives_with")
        owner = owner if owner in DEVICE_OWNERS else "watched"
        near = near if near in YES_NO else "yes"
        dispatcher.utter_message(response=f"utter_plan_{owner}")
        dispatcher.utter_message(response=f"utter_plan_near_{near}")
        return [SlotSet(slot, None) for slot in SLOTS]
