"""Calling a trained person."""

from __future__ import annotations

from typing import Any, Literal

from rasa_sdk import Tracker
from rasa_sdk.events import ActiveLoop, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import AmaanAction, metadata_of
from actions.safety_plan import FORM, SLOTS
from amaan.ports import Alarm


class RequestHuman(AmaanAction):
    """She asked for a person: opens a case, once."""

    action_name = "action_request_human"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Rings and says whether somebody was called before."""
        async with self.conversation(tracker) as (tx, conversation):
            alarm = Alarm("requested", None, "self", "asked")
            was_open = await self.desk.raise_alarm(tx, conversation, alarm)
        response = "utter_human_already" if was_open else "utter_human_asked"
        dispatcher.utter_message(response=response)
        return []


class Escalate(AmaanAction):
    """Second step of the safety policy.

    The case was opened before the dialogue began (`amaan.conversation.process`);
    ringing again only makes sure of it. What the dangerous message filled in or
    left open in a form is taken back: it was no answer to the form's question.
    """

    action_name = "action_escalate"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Rings and drops the active form."""
        risk = metadata_of(tracker).get("risk") or {}
        if risk.get("level") in ("critical", "elevated"):
            async with self.conversation(tracker) as (tx, conversation):
                who: Literal["self", "other"] = "other" if risk.get("who") == "other" else "self"
                alarm = Alarm(risk["level"], risk.get("kind"), who, "screened")
                await self.desk.raise_alarm(tx, conversation, alarm)
        dropped = [SlotSet("requested_slot", None), *(SlotSet(slot, None) for slot in SLOTS)]
        if (tracker.active_loop or {}).get("name") == FORM:
            # It goes on only if she wants (`PlanResume`).
            dropped.append(SlotSet("plan_left", "yes"))
        return [ActiveLoop(None), *dropped]
