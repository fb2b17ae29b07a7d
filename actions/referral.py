"""Who else can help: what answers now first, nearer to her when she said where she is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import AmaanAction
from amaan.facts import Fact
from amaan.lines import CHILD, LABELS, ONLINE, VIOLENCE, closed_lines, crisis_cells, open_lines
from amaan.storage.models import Conversation

_VIOLENT = frozenset({"sexual_assault", "domestic_violence", "honour"})
_MOST = {"sms": 2, "web": 5, "whatsapp": 5}
"""Lines named at once; two are what an SMS has room for."""


class Refer(AmaanAction):
    """Names lines and places, and asks once for her province."""

    action_name = "action_refer"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Open lines first. The question for her province comes last, with its menu.

        Closed lines are named once, beside that question: an SMS has no room for them.
        """
        topic, province = tracker.get_slot("topic"), tracker.get_slot("province")
        need, group = _need(topic, tracker.get_slot("age")), tracker.get_slot("group")
        at = self.core.clock.now()
        asks = province is None and tracker.get_slot("asked_where") is None
        async with self.conversation(tracker) as (_tx, conversation):
            most, sms = _MOST[conversation.door], conversation.door == "sms"
            if topic == "sexual_assault":
                self._say_cells(dispatcher, conversation, province)
            closed = closed_lines(at, province, need, group)
            shown = self._named(open_lines(at, province, need, group)[:most], conversation)
            menu = {"menu": "none"} if asks else {}
            dispatcher.utter_message(response="utter_refer_here", lines=shown, **menu)
            if closed and not sms and asks:
                later = self._named(closed, conversation)
                dispatcher.utter_message(response="utter_refer_later", lines=later)
        if not asks:
            return []
        dispatcher.utter_message(response="utter_refer_where")
        return [SlotSet("asked_where", "yes")]

    def _named(self, lines: Sequence[Fact], conversation: Conversation) -> str:
        mark = ", " if conversation.door == "sms" else "\n"
        return mark.join(
            self.core.words.reply(LABELS[fact.name], conversation).text for fact in lines
        )

    def _say_cells(
        self, dispatcher: CollectingDispatcher, conversation: Conversation, province: str | None
    ) -> None:
        places = crisis_cells(province)[: 1 if conversation.door == "sms" else None]
        named = "\n".join(self.core.words.reply(one.key, conversation).text for one in places)
        dispatcher.utter_message(response="utter_place_cells", places=named)


def _need(topic: str | None, age: str | None) -> str:
    if age == "minor" or topic == "child_abuse":
        return CHILD
    return VIOLENCE if topic in _VIOLENT else ONLINE
