"""Which of several texts answers the same question, by what she has told before.

"What does the law say" has one answer to somebody whose account was taken and another to
somebody who is blackmailed; nobody is asked again what she has said already.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import yaml

from amaan.facts import load_platforms
from bot.errors import ConfigurationError
from bot.settings import BOT

_PARTS: Final = frozenset({"time", "visit", "refused", "family", "told"})
_TELLS: Final = frozenset({"law", "keep", "who"})
MINOR: Final = "minor"
PTA: Final = "pta"
UNMOVED: Final = "unmoved"
_REMOVALS: Final = {PTA: "removal.pta", UNMOVED: "removal.refused"}
_PROOF_OF_A_CHILD: Final = "keep.child"


@dataclass(frozen=True, slots=True)
class Topics:
    """bot/topics.yml. The first two hold keys by topic and question, the last menus by key."""

    usual: Mapping[str, Mapping[str, str]]
    minor: Mapping[str, Mapping[str, str]]
    menus: Mapping[str, str]

    def keys(self) -> frozenset[str]:
        """Return every key that a topic can lead to."""
        rows = (*self.usual.values(), *self.minor.values())
        return frozenset(key for row in rows for key in row.values())


@lru_cache(maxsize=1)
def topics() -> Topics:
    """Return the topics. Raises ConfigurationError when the file is malformed."""
    content: Any = yaml.safe_load((BOT / "topics.yml").read_text(encoding="utf-8"))
    try:
        found = Topics(content["topics"], content["minor"], content["menus"])
        complete = all(set(row) == _TELLS for row in {**found.usual, **found.minor}.values())
    except (KeyError, TypeError, AttributeError):
        complete = False
    if not complete:
        raise ConfigurationError("bot/topics.yml is malformed")
    return found


def key_for(
    response: Mapping[str, str], slots: Mapping[str, str | None], choice: str | None
) -> tuple[str, str | None]:
    """Return (key, menu) of a response: `response` is its entry in domain/responses.yml.

    `slots` are those of bot/memory.py, `choice` what the menu option or her words picked.
    """
    key = _key(response, slots, choice)
    return key, topics().menus.get(key, response.get("menu"))


def _key(response: Mapping[str, str], slots: Mapping[str, str | None], choice: str | None) -> str:
    by, usual = response.get("by"), response["key"]
    if by == "removal":
        return _removal(slots, choice) or usual
    if by == "who" and choice in _PARTS:
        return f"who.{choice}"
    if by not in _TELLS:
        return usual
    topic = slots.get("topic") or ""
    found = topics().usual.get(topic, {})
    if slots.get("age") == MINOR:
        # No screenshot and no copy of anything about a child, whatever it is about
        # (domain-facts 1B, E3).
        found = topics().minor.get(topic, {**found, "keep": _PROOF_OF_A_CHILD})
    return found.get(by, usual)


def _removal(slots: Mapping[str, str | None], choice: str | None) -> str | None:
    if choice in _REMOVALS:
        return _REMOVALS[choice]
    keys = load_platform_keys()
    return keys.get(choice or "") or keys.get(slots.get("platform") or "")


@lru_cache(maxsize=1)
def load_platform_keys() -> Mapping[str, str]:
    """Return the key of what is said for each platform of the facts, by its name."""
    return {name: platform.key for name, platform in load_platforms().items()}


@lru_cache(maxsize=1)
def platform_of_app() -> Mapping[str, str]:
    """Return the platform's name for each app that messages name."""
    return {app: name for name, platform in load_platforms().items() for app in platform.apps}
