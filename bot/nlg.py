"""Turns `utter_…` into the words of locales/, in Rasa's own process.

One place decides language, script, channel and length. An HTTP hop would be one more
thing that can be down when somebody is in danger (rasa-notes 3 and 6).
"""

from datetime import UTC, date, datetime
from typing import Any, Dict, List, Optional, Text

from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

from amaan.words import Catalogues, variant_for
from bot.importer import DOMAIN
from bot.memory import slots_of
from bot.menus import menu
from bot.settings import LOCALES
from bot.telling import key_for

_CHANNELS = ("web", "whatsapp", "sms")
BY_ACTION = "action"
"""`by` of a response whose key (`say`) and menu (`offer`) the action names."""


class CatalogueNLG(NaturalLanguageGenerator):
    """Answers with {"text", "custom": {"key", "menu": [{"label", "intent", "value"}]}}."""

    def __init__(
        self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None
    ) -> None:
        """Read all catalogues and the keys of the responses once.

        Raises FileNotFoundError when a catalogue is missing, so that the start fails and
        not the first answer.
        """
        self._catalogues = Catalogues.load(LOCALES, today=_today)
        responses = (domain or Domain.load(str(DOMAIN))).responses
        self._responses: Dict[Text, Dict[Text, Any]] = {
            name: variations[0]["custom"]
            for name, variations in (responses or Domain.load(str(DOMAIN)).responses).items()
            if variations and "custom" in variations[0]
        }

    async def generate(
        self,
        utter_action: Text,
        tracker: DialogueStateTracker,
        output_channel: Text,
        **kwargs: Any,
    ) -> Optional[Dict[Text, Any]]:
        """Return the message of a response, or None for one that the domain lacks.

        Language, script and channel come from the message's metadata; an action that
        changed the language in this turn wins. What she has told before picks among several
        texts. Values of the same name fill placeholders; `form` "sms" asks for the short
        form on any door, `menu` "none" leaves the menu to the next message.
        """
        response = self._responses.get(utter_action)
        if response is None:
            return None
        metadata = _metadata(tracker)
        channel = metadata.get("channel")
        channel = channel if channel in _CHANNELS else "web"
        language, script = _language(tracker, metadata)
        tag = variant_for(language, script).tag
        values = {name: str(value) for name, value in kwargs.items() if value is not None}
        form = "sms" if values.pop("form", None) == "sms" else channel
        has_menu = values.pop("menu", None) != "none"
        key, name = key_for(response, slots_of(tracker), _choice(tracker))
        if response.get("by") == BY_ACTION:
            key, name = values.pop("say"), values.pop("offer", None)
        text = self._catalogues.text(key, tag, form, **values)
        options = self._menu(name if has_menu else None, tag, channel)
        return {"text": text, "custom": {"key": key, "menu": options}}

    def _menu(self, name: Optional[Text], tag: Text, channel: Text) -> List[Dict[Text, Any]]:
        return [
            {
                "label": self._catalogues.text(option.label, tag, channel),
                "intent": option.intent,
                "value": option.value,
            }
            for option in menu(name, channel)
        ]


def _metadata(tracker: DialogueStateTracker) -> Dict[Text, Any]:
    latest = tracker.latest_message
    return (latest.metadata or {}) if latest else {}


def _choice(tracker: DialogueStateTracker) -> Optional[Text]:
    latest = tracker.latest_message
    return next(
        (one["value"] for one in (latest.entities if latest else ()) if one["entity"] == "choice"),
        None,
    )


def _today() -> date:
    return datetime.now(UTC).date()


def _language(
    tracker: DialogueStateTracker, metadata: Dict[Text, Any]
) -> tuple[Optional[Text], Optional[Text]]:
    chosen: Dict[Text, Any] = {}
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, SlotSet) and event.value:
            chosen.setdefault(event.key, event.value)
    if "reply_language" in chosen:
        return chosen["reply_language"], chosen.get("reply_script") or metadata.get("script")
    return metadata.get("language"), metadata.get("script")
