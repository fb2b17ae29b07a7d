"""What is asked at a step that is no plain question."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from intake.interview.answer import Say
from intake.interview.lines import lines, numbered
from intake.interview.steps import LINE, Context, lacking
from intake.schema import Draft


def ask_step(draft: Draft, step: str, context: Context) -> Say | None:
    """The question of a step that is no plain question; None for those."""
    if step == "story":
        if context.told:
            return Say("complaint.ask.story_known", {"story": context.told})
        return Say("complaint.ask.story")
    if step == "story_more":
        return Say("complaint.story_more" if draft.story else "complaint.ask.story")
    fill = _FILLS.get(step)
    return None if fill is None else Say(f"complaint.{step}", fill(draft, context))


def _preview(draft: Draft, context: Context) -> dict[str, str]:
    shown = "\n".join(str(line) for line in lines(draft, context.words))
    return {"lines": shown, "tier": context.tier, "sections": context.sections}


def _line(draft: Draft, context: Context) -> dict[str, str]:
    wanted = (draft.asked or "").removeprefix(LINE)
    found = (line for line in lines(draft, context.words) if line.name == wanted)
    return {"line": str(next(found, "-"))}


def _required(draft: Draft, context: Context) -> dict[str, str]:
    names = (context.words(f"complaint.label.{_label(one)}") for one in lacking(draft))
    return {"lines": ", ".join(dict.fromkeys(names))}


_FILLS: Final[Mapping[str, Callable[[Draft, Context], dict[str, str]]]] = {
    "preview": _preview,
    "change": lambda draft, context: {"lines": numbered(lines(draft, context.words))},
    "line": _line,
    "required": _required,
    "consent": lambda *_: {},
    "declare": lambda *_: {},
    "later": lambda _, context: {"day": context.keep_until},
}
"""What fills the placeholders of a step's question."""


_LABELS: Final = {"adult_name": "adult", "adult_phone": "adult", "no_cnic": "cnic"}


def _label(question: str) -> str:
    return _LABELS.get(question, question)
