"""Makes a dialogue small and mute before it is sealed: no words of hers, no old turns."""

from typing import Any, Dict, Final, List, Text

from rasa.shared.core.trackers import DialogueStateTracker

MOST_TURNS: Final = 30
"""Turns kept. A message delivered again after so many others would be answered anew."""

_COMPLAINT: Final = "complaint."
_KEPT_OF_PARSE: Final = ("intent", "entities")
# Rasa copies the first message's whole metadata into this slot.
_SESSION_METADATA: Final = "session_started_metadata"
_KEPT_OF_METADATA: Final = ("channel", "language", "script", "risk_open")


def slim(events: List[Dict[Text, Any]], tracker: DialogueStateTracker) -> List[Dict[Text, Any]]:
    """Return the events without what the person wrote, and only the last turns.

    Dropped turns leave the slots' values behind. While a form is open nothing is
    dropped, because the form's beginning may lie there.
    """
    events = [event for event in events if event.get("name") != _SESSION_METADATA]
    starts = [place for place, event in enumerate(events) if event.get("event") == "user"]
    # What was said last may have to be said again.
    last = starts[-1] if starts else 0
    events = [_hushed(event) if at < last else event for at, event in enumerate(events)]
    if len(starts) <= MOST_TURNS or tracker.active_loop_name:
        return [_mute(event) for event in events]
    kept = [_mute(event) for event in events[starts[-MOST_TURNS] :]]
    return [*_summary(tracker), *kept]


def _summary(tracker: DialogueStateTracker) -> List[Dict[Text, Any]]:
    slots = [
        {"event": "slot", "name": name, "value": slot.value, "timestamp": 0}
        for name, slot in tracker.slots.items()
        if slot.value is not None and name != _SESSION_METADATA
    ]
    listen = {"event": "action", "name": "action_listen", "timestamp": 0}
    return [{"event": "session_started", "timestamp": 0}, *slots, listen]


def _hushed(event: Dict[Text, Any]) -> Dict[Text, Any]:
    """Return a complaint's answer without its text: name, number and story stand in some."""
    custom = (event.get("data") or {}).get("custom") or {}
    if event.get("event") != "bot" or not str(custom.get("key")).startswith(_COMPLAINT):
        return event
    return {**event, "text": ""}


def _mute(event: Dict[Text, Any]) -> Dict[Text, Any]:
    if event.get("event") != "user":
        return event
    parse = event.get("parse_data") or {}
    metadata = event.get("metadata") or {}
    return {
        **event,
        "text": "",
        "parse_data": {"text": "", **{key: parse.get(key) for key in _KEPT_OF_PARSE}},
        "metadata": {
            **{key: metadata[key] for key in _KEPT_OF_METADATA if key in metadata},
            "risk": _mute_risk(metadata.get("risk") or {}),
        },
    }


def _mute_risk(risk: Dict[Text, Any]) -> Dict[Text, Any]:
    # "why" quotes her words.
    return {key: value for key, value in risk.items() if key != "why"}
