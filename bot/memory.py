"""What she tells in passing is kept in the dialogue, so that it is not asked again.

Slots only, in the tracker that is sealed under the conversation's key and erased with it.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rasa.shared.core.events import Event, SlotSet
from rasa.shared.core.trackers import DialogueStateTracker

from bot.matter import COURTESY
from bot.subjects import GROUPS
from bot.telling import MINOR, load_platform_keys, platform_of_app, topics

OTHER_PLATFORM: Final = "others"
_REPORT: Final = "report_"
_OF_NOTHING: Final = "out_of_scope"
# From this age on the law no longer speaks of a child.
_GROWN_UP: Final = 18
_YOUNGEST: Final = 5
# A report of something else is believed from here on once she tells a story. On the development
# lines 8 in a hundred right answers lie below it, and 35 in a hundred wrong ones (`python -m
# bot.tune` prints the table; 23 Nov 2026).
_NEW_MATTER: Final = 0.5


def learned(
    tracker: DialogueStateTracker,
    intent: str,
    choice: str | None,
    about: frozenset[str],
    named: Iterable[tuple[str, str]],
) -> tuple[Event, ...]:
    """Return the slots that this message fills or changes.

    `about` are the roles of bot/subjects.py, `named` what the parse found: ("city", "Lahore"),
    ("province", "Punjab"), ("platform", "facebook"), ("age", "16").
    """
    told: dict[str, str | None] = {
        "topic": topic_of(intent, about),
        "group": next((group for group in GROUPS if group in about), None),
        **_places(intent, choice, named),
    }
    if MINOR in about or (intent, choice) == ("about_me", MINOR):
        # An age alone may be her daughter's: then the answers are those for a child, and
        # nobody is spoken to as one.
        told["age"], told["group"] = MINOR, MINOR
    return tuple(
        SlotSet(name, value)
        for name, value in told.items()
        if value is not None and tracker.get_slot(name) != value
    )


def topic_of(intent: str, about: frozenset[str]) -> str | None:
    """Return the topic that a message sets: what she reports, else what she asks about."""
    if intent.startswith(_REPORT):
        reported = intent.removeprefix(_REPORT)
        return "work" if reported == "harassment" and "work" in about else reported
    if not intent.startswith("ask_"):
        return None
    found = sorted(about & topics().usual.keys())
    return found[0] if len(found) == 1 else None


def adds_to_story(
    tracker: DialogueStateTracker,
    intent: str,
    confidence: float,
    named: Iterable[tuple[str, str]],
) -> bool:
    """Tell whether a message is more of what she is telling already, and no new matter.

    "I am ashamed to go to university now" after a chat that was passed on is no report of an
    assault, though it resembles one; nor is "I am from Gujranwala" a goodbye, or "it began two
    weeks ago" something that is not for us.
    """
    told = tracker.get_slot("topic")
    if told is None or tracker.active_loop_name is not None:
        return False
    if intent in COURTESY:
        return province_in(named) is not None
    if intent == _OF_NOTHING:
        return True
    return intent.startswith(_REPORT) and intent != _REPORT + told and confidence < _NEW_MATTER


def platform_in(named: Iterable[tuple[str, str]]) -> str | None:
    """Return the platform of the facts that a message names; `OTHER_PLATFORM` for the rest."""
    apps = [value for kind, value in named if kind == "platform"]
    return platform_of_app().get(apps[0], OTHER_PLATFORM) if apps else None


def province_in(named: Iterable[tuple[str, str]]) -> str | None:
    """Return the province that a message names, by itself or by a city."""
    return next((value for kind, value in reversed(list(named)) if kind == "province"), None)


def slots_of(tracker: DialogueStateTracker) -> Mapping[str, Any]:
    """Return what is remembered, by slot."""
    return {name: tracker.get_slot(name) for name in ("topic", "platform", "age")}


def _places(
    intent: str, choice: str | None, named: Iterable[tuple[str, str]]
) -> dict[str, str | None]:
    found = list(named)
    province = choice if intent == "ask_referral" and choice else province_in(found)
    chosen = intent == "ask_content_removal" and choice in load_platform_keys()
    platform = choice if chosen else None
    ages = [int(value) for kind, value in found if kind == "age" and value.isdigit()]
    young = any(_YOUNGEST <= age < _GROWN_UP for age in ages)
    return {
        "platform": platform or platform_in(found),
        "province": province,
        "age": MINOR if young else None,
    }
