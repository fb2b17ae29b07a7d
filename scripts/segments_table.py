"""Writes docs/segments.md: what each automatic SMS costs, in every catalogue.

    .venv-app/bin/python -m scripts.segments_table

Counted is what leaves the house first: the words with the facts filled in and the numbered
menu that usually stands under them, cut as `amaan.conversation.continuation` cuts.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import yaml

from amaan.conversation.continuation import MAX_SEGMENTS, divided, fits, numbered
from amaan.conversation.own_words import MENUS
from amaan.core import LOCALES
from amaan.ports import Option, Reply
from amaan.rasa import languages_offered
from amaan.text.segments import segments
from amaan.words import VARIANTS, Catalogues, Variant
from bot.menus import menu
from bot.telling import load_platform_keys, topics
from intake.interview.menus import MENU_OF

ROOT = Path(__file__).resolve().parents[1]
TABLE = ROOT / "docs" / "segments.md"
HINT = "more.hint"
# Filled when the text is said: the two longest numbers that an SMS is given (handoff/lines.py).
NUMBERS = "15, 03117786264"
# Under these the lines carry their names (actions/referral.py): the longest that come first.
_NAMED = "refer."
_NAMED_LINES = ("line.cyber", "line.drf")
_PLACE = "place.karachi"
# Stand in other texts and are counted there.
PARTS = (
    "option.",
    "line.",
    "place.karachi",
    "place.multan",
    "place.islamabad",
    "place.lahore",
    "place.rawalpindi",
    "fact.",
)
# Placeholders of a complaint as they are filled.
COMPLAINT = {
    "story": "",
    "line": "",
    "code": "K7QM-2RTP-9XWD",
    "reference": "TF-2026-K7QM2RTP",
    "number": "NCCIA-2026-0001",
    "day": "24-12-2026",
    "due": "24-12-2026",
    "hours": "2",
    "sections": "PECA 21, 24",
}
_LANGUAGES = "language.ask"
_HEAD = """# What an SMS costs

Segments of every automatic SMS, by key and catalogue, in the form in which it leaves the
house first: the words with the verified numbers filled in, and the numbered menu that
usually stands under them. Written by `python -m scripts.segments_table`; a test holds that
it is current and that nothing is above {most}.

GSM-7 takes 160 characters in one segment and 153 in each of several, Arabic script (UCS-2)
70 and 67. `2 (+1)` would mean: two segments now, and one more part when she answers the line
"1 = more" with 1. Words for danger and for a failure are never cut. The words that a
supervisor picks (`canned.`) are not cut either; the console shows their count. Labels of
menus (`option.`) are counted in the menus.

{lines}

"""


@dataclass(frozen=True)
class Cost:
    """What one text costs in one catalogue."""

    segments: int
    """Of the part that goes out first."""
    parts: int
    """Parts that wait for her "1"."""

    def __str__(self) -> str:
        return f"{self.segments} (+{self.parts})" if self.parts else str(self.segments)


def keys(words: Catalogues) -> list[str]:
    """Every key that is an SMS of its own."""
    pairs = words.keys()
    found = {key for channel, key in pairs if channel == "sms" and key != HINT}
    return sorted(key for key in found if not key.startswith(PARTS))


def labels(key: str) -> tuple[str, ...]:
    """Keys of the options under an answer on SMS: the application's own menus, else the bot's."""
    if key in MENUS:
        return tuple(label for label, _, _ in MENUS[key])
    name = MENU_OF.get(key) or _menu_names().get(key)
    return tuple(option.label for option in menu(name, "sms"))


def said(words: Catalogues, key: str, variant: Variant | str) -> dict[str, str]:
    """What fills the placeholders of an SMS besides the facts, at its longest."""
    named = ", ".join(words.text(name, variant, "sms") for name in _NAMED_LINES)
    lines = named if key.startswith(_NAMED) else NUMBERS
    return {
        "places": words.text(_PLACE, variant, "sms"),
        **COMPLAINT,
        # Her own words and lines of a complaint have any length; she asks for the rest.
        "lines": "" if key.startswith("complaint.") else lines,
        "tier": words.text("complaint.tier.standard", variant, "sms"),
    }


def cost(words: Catalogues, key: str, variant: Variant) -> Cost:
    """What the answer `key` costs in one catalogue."""
    if key == _LANGUAGES:
        options = languages_offered("sms", variant.script)
    else:
        options = tuple(Option(words.text(name, variant, "sms"), "") for name in labels(key))
    now = Reply(key, words.text(key, variant, "sms", **said(words, key, variant)), options)
    hint = words.text(HINT, variant, "sms")
    first, left = (now, None) if fits(now) else divided(now, hint)
    parts = 0
    while left is not None:
        parts += 1
        _, left = (left, None) if fits(left) else divided(left, hint)
    return Cost(segments(numbered(first.text, first.menu)), parts)


def costs(words: Catalogues) -> dict[str, dict[str, Cost]]:
    """By key and variant tag."""
    return {
        key: {tag: cost(words, key, variant) for tag, variant in VARIANTS.items()}
        for key in keys(words)
    }


def page(found: dict[str, dict[str, Cost]]) -> str:
    """The page as it stands in docs/."""
    every = [one for row in found.values() for one in row.values()]
    single = sum(one.segments == 1 for one in every)
    lines = (
        f"{len(every)} texts: {single} in one segment, {len(every) - single} in more, "
        f"{sum(bool(one.parts) for one in every)} with a part that waits."
    )
    rows = [
        "| key | options | " + " | ".join(VARIANTS) + " |",
        "| --- | --- |" + " --- |" * len(VARIANTS),
    ]
    for key, row in found.items():
        count = str(len(labels(key)) or "")
        count = "languages" if key == _LANGUAGES else count
        rows.append(f"| `{key}` | {count} | " + " | ".join(map(str, row.values())) + " |")
    return _HEAD.format(most=MAX_SEGMENTS, lines=lines) + "\n".join(rows) + "\n"


def _menu_names() -> dict[str, str]:
    content = yaml.safe_load((ROOT / "bot/domain/responses.yml").read_text(encoding="utf-8"))
    answers = [variants[0]["custom"] for variants in content["responses"].values()]
    menus = {answer["key"]: answer["menu"] for answer in answers if "menu" in answer}
    for answer in answers:
        # The texts among which one is picked stand under the menu of the general one.
        for key in _alternatives(answer.get("by")):
            menus[key] = answer["menu"]
    return menus | dict(topics().menus)


def _alternatives(by: str | None) -> list[str]:
    if by is None:
        return []
    if by == "removal":
        return [*load_platform_keys().values()]
    found = topics()
    return [row[by] for row in (*found.usual.values(), *found.minor.values()) if by in row]


if __name__ == "__main__":
    TABLE.write_text(page(costs(Catalogues.load(LOCALES))), encoding="utf-8")
