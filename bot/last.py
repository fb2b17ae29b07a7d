"""What stands last in the dialogue: what was said to her, its menu, and what she meant."""

from typing import Any

from rasa.shared.core.events import BotUttered, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.menus import Option, menus


def last_key(tracker: DialogueStateTracker) -> str | None:
    """Return the key of the last thing said, such as "risk.harm.elevated"."""
    for event in reversed(tracker.events):
        if isinstance(event, BotUttered):
            custom = event.data.get("custom") or {}
            return custom.get("key")
    return None


def said(tracker: DialogueStateTracker) -> frozenset[str]:
    """Return the keys of everything said since the last message."""
    found: set[str] = set()
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            break
        if isinstance(event, BotUttered):
            found.add(str((event.data.get("custom") or {}).get("key")))
    return frozenset(found)


def last_menu(tracker: DialogueStateTracker) -> tuple[Option, ...]:
    """Return the menu under the last thing said; empty when there was none."""
    for event in reversed(tracker.events):
        if isinstance(event, BotUttered):
            custom = event.data.get("custom") or {}
            rows = custom.get("menu") or []
            return _options(rows)
    return ()


def _options(rows: list[dict[str, Any]]) -> tuple[Option, ...]:
    """Return the named options that a said menu came from; labels are in her language."""
    wanted = [(row.get("intent"), row.get("value")) for row in rows]
    for options in menus().values():
        if wanted and [(o.intent, o.value) for o in options[: len(wanted)]] == wanted:
            return options
    return ()


def last_intent(tracker: DialogueStateTracker) -> str | None:
    for event in reversed(tracker.events):
        if isinstance(event, UserUttered):
            return str(event.intent.get("name"))
    return None
