"""The menus under answers, from menus.yml."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import yaml

from bot.errors import ConfigurationError
from bot.settings import BOT

SMS_OPTIONS: Final = 3
"""How many options an SMS can carry beside its text in two segments."""


@dataclass(frozen=True, slots=True)
class Option:
    """One choice: `label` is a key of locales/, `value` is None where the intent says all."""

    label: str
    intent: str
    value: str | None = None


@lru_cache(maxsize=1)
def menus() -> dict[str, tuple[Option, ...]]:
    """Return all menus by name. Raises ConfigurationError when the file is malformed."""
    content: Any = yaml.safe_load((BOT / "menus.yml").read_text(encoding="utf-8"))
    try:
        return {
            name: tuple(Option(row["option"], row["intent"], row.get("value")) for row in rows)
            for name, rows in content.items()
        }
    except (AttributeError, KeyError, TypeError):
        raise ConfigurationError("bot/menus.yml is malformed") from None


def menu(name: str | None, channel: str) -> tuple[Option, ...]:
    """Return the options of a menu on a channel; empty when there is none of that name."""
    options = menus().get(name or "", ())
    return options[:SMS_OPTIONS] if channel == "sms" else options
