"""The safety plan: two questions, then the steps that fit the answers.

Nothing she answers is stored outside the sealed dialogue, and erase takes that too.
"""

from __future__ import annotations

from typing import Any

from rasa_sdk import FormValidationAction, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import AmaanAction, choice_of

FORM = "safety_plan_form"
DEVICE_OWNERS = ("own", "shared", "watched")
YES_NO = ("yes", "no")
PARTS = ("feelings", "money")
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
    """Says the steps for the phone and for the house, and offers the other parts."""

    action_name = "action_safety_plan"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Utters both halves of the plan. The answers stay in the dialogue, to read it again."""
        for response in first_parts(tracker):
            dispatcher.utter_message(response=response)
        dispatcher.utter_message(response="utter_plan_more")
        return [SlotSet("plan_left", None), SlotSet("plan_parts", None)]


class PlanPart(AmaanAction):
    """One more part of the plan, the plan once more, its short form, or how to keep it."""

    action_name = "action_plan_part"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """What the menu option asked for; nothing of it is stored outside the dialogue."""
        wanted = choice_of(tracker)
        read = _parts_read(tracker)
        if wanted in PARTS:
            dispatcher.utter_message(response=f"utter_plan_{wanted}")
            return [SlotSet("plan_parts", ",".join(dict.fromkeys((*read, wanted))))]
        if wanted == "keep":
            dispatcher.utter_message(response="utter_plan_keep")
            return []
        form = {"form": "sms"} if wanted == "short" else {}
        dispatcher.utter_message(response="utter_plan_again", **form)
        for response in (*first_parts(tracker), *(f"utter_plan_{part}" for part in read)):
            dispatcher.utter_message(response=response, menu="none", **form)
        dispatcher.utter_message(response="utter_plan_more")
        return []


class PlanResume(AmaanAction):
    """After danger broke into the plan and is over: asks whether to go on with it."""

    action_name = "action_plan_resume"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Asks once, or says nothing."""
        if tracker.get_slot("plan_left") is None:
            return []
        dispatcher.utter_message(response="utter_plan_resume")
        return [SlotSet("plan_left", None)]


def first_parts(tracker: Tracker) -> tuple[str, str]:
    """The responses for phone and house. An unknown answer counts as the more dangerous one."""
    owner, near = tracker.get_slot("device_owner"), tracker.get_slot("lives_with")
    owner = owner if owner in DEVICE_OWNERS else "watched"
    near = near if near in YES_NO else "yes"
    return f"utter_plan_{owner}", f"utter_plan_near_{near}"


def _parts_read(tracker: Tracker) -> tuple[str, ...]:
    return tuple(
        part for part in str(tracker.get_slot("plan_parts") or "").split(",") if part in PARTS
    )
