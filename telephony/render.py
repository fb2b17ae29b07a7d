"""Turns stored content into the one text that a phone shows."""

from __future__ import annotations

from amaan.conversation.continuation import numbered
from amaan.conversation.store import Content
from amaan.ports import Door


def rendered(content: Content, door: Door) -> str:
    """The text as sent through `door`: words, then a numbered menu, one option a line.

    The page shows options as buttons, so for ``web`` the words stand alone. An SMS that
    would be too long was cut before it was stored (`amaan.conversation.continuation`).
    """
    return content.text if door == "web" else numbered(content.text, content.menu)
