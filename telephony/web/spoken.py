"""Cuts one of our texts into parts, so that numbers stay readable and can be tapped.

Inside a right-to-left text "0311-7786264" is shown with its halves exchanged
(Unicode bidi rule W2 makes the digits Arabic numbers, which a hyphen does not
join). A person in danger must not be shown a wrong number: each verified value
stands in an element of its own with its direction set.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from amaan.facts import phone_numbers, shown_facts
from amaan.words import Catalogues, MissingTextError, Variant

_LINES = "lines"
"""Placeholder for phone lines with their names, put together when they are said."""


@dataclass(frozen=True)
class Part:
    """A stretch of text; `tel` is what to dial, `is_value` that it runs left to right."""

    text: str
    is_value: bool = False
    tel: str | None = None

    def to_json(self) -> list[str]:
        """``[text]``, ``[text, ""]`` for a value or ``[text, "15"]`` for a number to dial."""
        return [self.text, self.tel or ""] if self.is_value else [self.text]


class Spoken:
    """Knows which verified values stand in which text."""

    def __init__(self, catalogues: Catalogues) -> None:
        self._catalogues = catalogues
        self._facts = shown_facts()
        self._phones = phone_numbers()

    def parts(self, text: str, key: str | None, variant: Variant) -> tuple[Part, ...]:
        """`text` in parts. `key` is its catalogue key; a text without one is not cut."""
        values = self._values(key, variant)
        if not values:
            return (Part(text),)
        longest_first = sorted(values, key=len, reverse=True)
        pattern = "|".join(re.escape(value) for value in longest_first)
        cut = re.split(rf"(?<![\w-])({pattern})(?![\w-])", text)
        return tuple(self._part(piece, piece in values) for piece in cut if piece)

    def _values(self, key: str | None, variant: Variant) -> set[str]:
        if key is None:
            return set()
        try:
            names = self._catalogues.placeholders(key, variant.tag, "web")
        except MissingTextError:
            return set()
        named = {self._facts[name] for name in names if name in self._facts and name != "minutes"}
        return named | self._phones if _LINES in names else named

    def _part(self, text: str, is_value: bool) -> Part:
        return Part(text, is_value, tel=text if is_value and text in self._phones else None)
