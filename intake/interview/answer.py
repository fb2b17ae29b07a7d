"""What goes into the interview and what comes out of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from intake.interview.menus import MENU_OF


@dataclass(frozen=True)
class Answer:
    """One message of hers, as far as the form needs it."""

    text: str
    today: date
    choice: str | None = None
    """What the menu option carries that she chose, or what her words mean as one."""
    entities: tuple[tuple[str, str], ...] = ()
    """What the parse found: ("phone", "+92..."), ("time", "last_week"), canonical."""


@dataclass(frozen=True)
class Say:
    """One thing to say: a key of `locales/` and its placeholders."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def menu(self) -> str | None:
        """The menu of `bot/menus.yml` below it."""
        return MENU_OF.get(self.key)
