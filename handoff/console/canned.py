"""Ready answers, for one person: in her language and letters, as long as her door makes them.

They come from the catalogues, so a native speaker reviews them like all other words. The
supervisor sends them, or not; nothing here is sent by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from amaan.text.segments import segments
from amaan.words import Catalogues, MissingTextError, variant_for
from handoff.views import CaseLine

GROUPS: Sequence[tuple[str, Sequence[str]]] = (
    ("first", ("hello", "can_write", "safe_now", "not_fault")),
    ("danger", ("ask_suicide", "distance", "who_near", "stay", "police", "lines")),
    ("advice", ("no_pay", "keep")),
    ("ending", ("quiet", "pause", "colleague", "goodbye")),
)
"""Names of the answers in the order of a conversation; words for them in `wording`."""
_MAY_HARM_A_CHILD = frozenset({"keep"})
"""Nobody keeps or passes on pictures of a child, not as proof either (domain-facts 5.8, T5)."""
LEAST_MINUTES, MOST_MINUTES, USUAL_MINUTES = 1, 120, 10
MINUTES_SIGN = "{minutes}"


@dataclass(frozen=True)
class Canned:
    """One ready answer."""

    name: str
    text: str
    """As it would be sent."""
    template: str
    """The same with `MINUTES_SIGN` for the minutes, for the page's script."""
    has_minutes: bool
    reviewed: bool
    """Whether a native speaker reviewed it."""
    letters: int
    parts: int | None
    """SMS segments; None for other doors."""


@dataclass(frozen=True)
class CannedGroup:
    """Ready answers that belong together."""

    name: str
    answers: tuple[Canned, ...]


def canned_groups(
    catalogues: Catalogues, line: CaseLine, minutes: int = USUAL_MINUTES
) -> list[CannedGroup]:
    """The ready answers for a case; one that her catalogue lacks is not offered."""
    groups: list[CannedGroup] = []
    for group, names in GROUPS:
        found = [_canned(catalogues, line, name, minutes) for name in names]
        answers = tuple(answer for answer in found if answer is not None)
        if answers:
            groups.append(CannedGroup(group, answers))
    return groups


def canned_text(catalogues: Catalogues, line: CaseLine, name: str, minutes: int) -> str:
    """One ready answer as it would be sent; empty when it is not offered for this case."""
    known = {name for _, names in GROUPS for name in names}
    answer = _canned(catalogues, line, name, minutes) if name in known else None
    return answer.text if answer is not None else ""


def _canned(catalogues: Catalogues, line: CaseLine, name: str, minutes: int) -> Canned | None:
    if line.about_child and name in _MAY_HARM_A_CHILD:
        return None
    key, variant = f"canned.{name}", variant_for(line.language, line.script)
    minutes = min(max(minutes, LEAST_MINUTES), MOST_MINUTES)
    try:
        text = catalogues.text(key, variant, line.door, minutes=str(minutes))
        template = catalogues.text(key, variant, line.door, minutes=MINUTES_SIGN)
        has_minutes = "minutes" in catalogues.placeholders(key, variant.tag, line.door)
    except MissingTextError:
        return None
    return Canned(
        name=name,
        text=text,
        template=template,
        has_minutes=has_minutes,
        reviewed=catalogues.is_reviewed(key, variant, line.door),
        letters=len(text),
        parts=segments(text) if line.door == "sms" else None,
    )
