"""Changing the language of the answers."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.types import DomainDict

from actions.base import AmaanAction, metadata_of
from amaan.text import language_named
from amaan.words import VARIANTS

_MAX_WORDS = 12


class ChangeLanguage(AmaanAction):
    """Sets the language she named or chose from the menu; asks when none was named."""

    action_name = "action_change_language"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: DomainDict
    ) -> list[dict[str, Any]]:
        """Answers in the new language from this very message on."""
        tag = named_language(metadata_of(tracker).get("value"), tracker.latest_message.get("text"))
        if tag is None:
            dispatcher.utter_message(response="utter_language_ask")
            return []
        variant = VARIANTS[tag]
        async with self.conversation(tracker) as (_tx, conversation):
            conversation.language, conversation.script = variant.language, variant.script
            conversation.language_chosen = True
        dispatcher.utter_message(
            response="utter_language_changed",
            reply_language=variant.language,
            reply_script=variant.script,
        )
        return [
            SlotSet("reply_language", variant.language),
            SlotSet("reply_script", variant.script),
        ]


def named_language(value: Any, text: Any) -> str | None:
    """The variant tag from a menu's value, or from a language named in a short message."""
    if value in VARIANTS:
        return str(value)
    if not isinstance(text, str):
        return None
    words = text.split()
    if len(words) > _MAX_WORDS:
        return None
    # Two words first: "roman sindhi" must not be read as "sindhi".
    for size in (2, 1):
        for start in range(len(words) - size + 1):
            tag = language_named(" ".join(words[start : start + size]))
            if tag in VARIANTS:
                return tag
    return None
