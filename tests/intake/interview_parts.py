"""A whole interview, as the tests answer it."""

from __future__ import annotations

from datetime import date
from typing import Any

from amaan.core import LOCALES
from amaan.words import Catalogues
from intake.interview import Answer, Context, Outcome, ask, take
from intake.schema import Draft

TODAY = date(2026, 11, 22)
STORY = "A man whom I met online threatens to send my pictures to my brother."
WORDS = Catalogues.load(LOCALES)
CONTEXT = Context(
    words=lambda key: WORDS.text(key, "en-Latn", "web"),
    keep_until="22-12-2026",
    tier="within days",
    sections="PECA 21",
)
USUAL = {
    "for_whom": "=self",
    "age": "23",
    "story": STORY,
    "story_more": "=done",
    "what": "=pictures",
    "platform": "WhatsApp",
    "when": "2026-11-02",
    "links": "0300 0001234",
    "suspect": "=partly",
    "suspect_who": "somebody from a group",
    "name": "Invented Person",
    "cnic": "00000-0000012-3",
    "gender": "=woman",
    "phone": "0300-0000001",
    "city": "Sukkur",
    "contact": "=message",
    "evidence": "screenshots of the chat",
}
"""An answer to each question; "=" marks a menu option."""


def answered(draft: Draft, said: str, context: Context = CONTEXT, **more: Any) -> Outcome:
    """One answer, as text or as an option."""
    choice = said[1:] if said.startswith("=") else None
    return take(draft, Answer(said if choice is None else "1", TODAY, choice, **more), context)


def walk(draft: Draft, answers: dict[str, str], context: Context = CONTEXT) -> list[str]:
    """Answers until the preview; returns the names of what was asked."""
    asked = []
    for _ in range(40):
        ask(draft, context)
        name = draft.asked or ""
        if name == "preview":
            return asked
        asked.append(name)
        outcome = answered(draft, answers[name], context)
        assert outcome.end is None, name
        assert not any(say.key.startswith("complaint.bad") for say in outcome.says), name
    raise AssertionError(f"the preview was never reached: {asked}")
