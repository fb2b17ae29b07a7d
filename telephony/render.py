"""Turns stored content into the one text that a phone shows."""

from __future__ import annotations

from amaan.conversation.store import Content
from amaan.ports import Door


def rendered(content: Content, door: Door) -> str:
    """The text as sent through `door`: words, then a numbered menu, one option a line.

    The page shows options as buttons, so for ``web`` the words stand alone.
    Numbers are Latin on every phone: they type fastest and cost no UCS-2. What
    she answers with, in Latin or Eastern digits, is understood either way.
    """
    if door == "web" or not content.menu:
        return content.text
    options = (f"{number} {option.label}" for number, option in enumerate(content.menu, start=1))
    return "\n".join((content.text, *options))
