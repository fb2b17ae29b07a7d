"""Buttons and lists on WhatsApp: one content a shape, made at Twilio once, words as variables.

A shape is a count of options and holds no word of anybody: ``amaan-list-5-v1``. Twilio's
own list of contents is the memory of what was made, so a second process finds it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from twilio.rest import Client  # type: ignore[import-untyped]  # no types
from twilio.rest.content.v1.content import ContentList  # type: ignore[import-untyped]

from telephony.sender import Manner

# In a running conversation, without approval: three buttons, ten lines
# (https://www.twilio.com/docs/content/twilio-quick-reply, .../twiliolist-picker; read
# 2026-11-22). What is longer goes out as a numbered menu.
MOST_BUTTONS, MOST_LINES = 3, 10
MOST_BODY_CHARACTERS, MOST_LINE_CHARACTERS = 1024, 24
# WhatsApp's own limit for a reply button; Twilio's page names 20 or 25, the lower holds.
MOST_BUTTON_CHARACTERS = 20
_LOOKED_AT = 1000
_VERSION = "v1"


@dataclass(frozen=True)
class Shape:
    """A count of options, as buttons or as a list."""

    kind: str
    """``twilio/quick-reply`` or ``twilio/list-picker``."""
    count: int

    @property
    def name(self) -> str:
        """Its name in Twilio's list of contents."""
        return f"amaan-{self.kind.rpartition('-')[0].rpartition('/')[2]}-{self.count}-{_VERSION}"

    def definition(self) -> dict[str, Any]:
        """As the Content API takes it: the first variable is the text, the others labels."""
        numbers = range(1, self.count + 1)
        if self.kind == "twilio/quick-reply":
            rows = [{"type": "QUICK_REPLY", "title": _place(n + 1), "id": str(n)} for n in numbers]
            shape: dict[str, Any] = {"body": _place(1), "actions": rows}
        else:
            lines = [{"item": _place(n + 1), "id": str(n)} for n in numbers]
            # Numbers need no translation, and they say what she may write instead.
            shape = {"body": _place(1), "button": f"1 - {self.count}", "items": lines}
        samples = {str(n): f"sample {n}" for n in range(1, self.count + 2)}
        return {
            "friendly_name": self.name,
            "language": "en",
            "variables": samples,
            "types": {self.kind: shape},
        }


def shape_of(manner: Manner) -> Shape | None:
    """How a menu is shown; None when only as numbers."""
    count, longest = len(manner.options), max(map(len, manner.options), default=0)
    if not count or not manner.words or len(manner.words) > MOST_BODY_CHARACTERS:
        return None
    # Two equal labels are refused, and a person could not tell them apart.
    if len(set(manner.options)) < count or not all(map(str.strip, manner.options)):
        return None
    if count <= MOST_BUTTONS and longest <= MOST_BUTTON_CHARACTERS:
        return Shape("twilio/quick-reply", count)
    if count <= MOST_LINES and longest <= MOST_LINE_CHARACTERS:
        return Shape("twilio/list-picker", count)
    return None


def variables_of(manner: Manner) -> str:
    """The words of a message for its shape, as the JSON text that Twilio wants."""
    values = (manner.words, *manner.options)
    return json.dumps({str(n): text for n, text in enumerate(values, 1)}, ensure_ascii=False)


class Contents:
    """Finds or makes the content of a shape; blocking, for a thread of the sender's own."""

    def __init__(self) -> None:
        self._sids: dict[str, str] = {}

    def sid(self, client: Client, shape: Shape) -> str:
        """Twilio's id of the content. Raises what the library raises."""
        if shape.name not in self._sids:
            for found in client.content.v1.contents.list(limit=_LOOKED_AT):
                self._sids.setdefault(str(found.friendly_name), str(found.sid))
        if shape.name not in self._sids:
            wanted = ContentList.ContentCreateRequest(shape.definition())
            self._sids[shape.name] = str(client.content.v1.contents.create(wanted).sid)
        return self._sids[shape.name]


def _place(number: int) -> str:
    return "{{" + str(number) + "}}"
