"""What the stand-in knows of phones and of what lies at Twilio: stops, silences, sounds, menus."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from amaan.clock import Clock

# Twilio answers these itself and blocks the number until one of the others comes.
# https://help.twilio.com/articles/223134027 (read 2026-11-22)
STOPS = frozenset({"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"})
STARTS = frozenset({"START", "YES", "UNSTOP"})
_WINDOW = timedelta(hours=24)
# Two seconds of silence: enough for a browser to show its controls and play.
TINY_SOUND = (
    b"RIFF\xa4>\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00"
    b"@\x1f\x00\x00@\x1f\x00\x00\x01\x00\x08\x00data\x80>\x00\x00" + b"\x80" * 16_000
)


@dataclass(frozen=True)
class Media:
    """Something that a phone attached."""

    content_type: str
    body: bytes = TINY_SOUND


@dataclass(frozen=True)
class Content:
    """A content made through the Content API."""

    sid: str
    types: dict[str, Any]
    name: str | None = None

    def said(self, variables: str | None) -> str:
        """The words above the buttons or the list."""
        (shape,) = self.types.values()
        return filled(str(shape["body"]), variables)

    def options(self, variables: str | None) -> list[tuple[str, str]]:
        """Id and label of each button or line."""
        (shape,) = self.types.values()
        rows = shape.get("actions") or shape.get("items") or []
        return [
            (filled(row["id"], variables), filled(row.get("title") or row["item"], variables))
            for row in rows
        ]


def filled(text: str, variables: str | None) -> str:
    """`text` with its numbered places filled, as WhatsApp shows it."""
    values: dict[str, str] = json.loads(variables) if variables else {}
    for name, value in values.items():
        text = text.replace("{{" + name + "}}", value)
    return text


@dataclass
class Phones:
    """Who wrote when, and who wants nothing more."""

    clock: Clock
    stopped: set[tuple[str, str]] = field(default_factory=set)
    """Pairs of phone and sender between which nothing goes out (SMS)."""
    wrote_at: dict[str, datetime] = field(default_factory=dict)
    """WhatsApp: the last message of a phone."""
    began_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.began_at = self.clock.now()

    def wrote(self, phone: str, sender: str, body: str) -> None:
        """A phone wrote to one of our numbers."""
        word = body.strip().upper()
        if phone.startswith("whatsapp:"):
            self.wrote_at[phone] = self.clock.now()
        elif word in STOPS:
            self.stopped.add((phone, sender))
        elif word in STARTS:
            self.stopped.discard((phone, sender))

    def wants_nothing(self, phone: str, sender: str) -> bool:
        """Whether a message to `phone` is refused with 21610."""
        return (phone, sender) in self.stopped

    def is_silent(self, phone: str) -> bool:
        """Whether WhatsApp takes no free words: a phone never heard of wrote when we began."""
        return self.clock.now() - self.wrote_at.get(phone, self.began_at) > _WINDOW
