"""Time words that need their neighbours: "three days ago", "kal", hours, month names."""

import calendar
import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.entities.found import Found
from bot.entities.quantities import number_of
from bot.entities.tokens import BREAK, NUMBER, Token
from bot.entities.words import Words

EITHER_DAY: Final = "yesterday_or_tomorrow"
"""Urdu and Punjabi "kal", which the verb decides."""

_SENTENCE: Final = 14
_HOURS: Final = 12
_MINUTES: Final = re.compile(
    r"(?<![\w:])([01]?\d|2[0-3])[:٫]([0-5]\d)(?: ?([ap])\.?m\b)?(?![\w:])", re.I
)
_LONGEST_AGO: Final = 120
_LONG: Final = frozenset({"week", "month", "year"})
_LEAP_YEAR: Final = 2024
_YEARS: Final = range(1500, 2201)
_NIGHT: Final = frozenset({"night", "tonight", "last_night", "midnight"})
_MORNING: Final = frozenset({"morning", "this_morning", "tomorrow_morning"})
_LATER: Final = frozenset({"noon", "afternoon", "evening", "this_evening"})
_DAWN: Final = 6


def hours(text: str) -> Iterator[Found]:
    """Yield hours written with minutes, as 24-hour time."""
    for match in _MINUTES.finditer(text):
        hour, half = int(match[1]), (match[3] or "").lower()
        if half and 1 <= hour <= _HOURS:
            hour = hour % _HOURS + (_HOURS if half == "p" else 0)
        yield Found("time", f"{hour:02}:{match[2]}", match.start(), match.end())


def ago(tokens: Sequence[Token], start: int, end: int, words: Words) -> Found | None:
    """Return "3 days ago"; without a number "week ago", which may be one or many."""
    count = number_of(tokens[start], words)
    unit = words.units[tokens[end - 2].key]
    if count is None:
        before = tokens[start - 1] if start else None
        if before and (before.key in words.multipliers or number_of(before, words)):
            return None  # of "nine thousand years ago" only the end was seen
        if unit not in _LONG:
            return None  # "every day before", not "a day ago"
        value = f"{unit} ago"
    elif count != int(count) or not 0 < count <= _LONGEST_AGO:
        return None
    else:
        value = f"{int(count)} {unit}{'s' if count != 1 else ''} ago"
    return Found("time", value, tokens[start].start, tokens[end - 1].end)


def hour(
    tokens: Sequence[Token], start: int, end: int, words: Words, part: str | None
) -> Found | None:
    """Return "22:00" when am, pm or a part of the day says which half, else "10 o'clock"."""
    number = number_of(tokens[start], words)
    if number is None or number != int(number) or not 1 <= number <= _HOURS:
        return None
    last = tokens[end - 1].key
    half = last if last in words.cue("half_day") else ""
    value = _of_day(int(number), half, part)
    return Found("time", value, tokens[start].start, tokens[end - 1].end)


def dated(name: str, tokens: Sequence[Token], start: int, end: int, words: Words) -> Found | None:
    """Return a date with a month's name, or a day of an unnamed month, as ISO.

    Without a year it is --MM-DD, without a day YYYY-MM, a day alone ---DD.
    """
    figures = [int(t.number) for t in tokens[start:end] if t.key == NUMBER and t.number is not None]
    month = next((words.months[t.key] for t in tokens[start:end] if t.key in words.months), None)
    if name == "month_year":
        value = f"{figures[0]:04}-{month:02}" if figures[0] in _YEARS else None
    elif name == "day":
        value = f"---{figures[0]:02}" if 1 <= figures[0] <= 31 else None  # noqa: PLR2004  days
    else:
        keys = {token.key for token in tokens[start:end]}
        unsure = tokens[start].key in words.cue("not_month") or keys & words.cue("unsure_month")
        value = _day(figures, month, bool(unsure))
    return Found("date", value, tokens[start].start, tokens[end - 1].end) if value else None


def which_day(tokens: Sequence[Token], position: int, words: Words) -> str:
    """Return yesterday or tomorrow for "kal", by the first verb that shows its time."""
    for token in tokens[position + 1 : position + _SENTENCE]:
        if token.key in words.cue("future"):
            return "tomorrow"
        if token.key in words.cue("past"):
            return "yesterday"
        if token.key == BREAK:
            break
    return EITHER_DAY


def _day(figures: list[int], month: int | None, needs_year: bool) -> str | None:
    if month is None or not figures:
        return None
    day, year = figures[0], figures[1] if len(figures) > 1 else None
    if year is not None and year not in _YEARS:
        return None
    # February 29th is a day although we do not know the year.
    days = calendar.monthrange(year or _LEAP_YEAR, month)[1]
    if not 1 <= day <= days or (needs_year and year is None):
        return None
    return f"{year:04}-{month:02}-{day:02}" if year else f"--{month:02}-{day:02}"


def _of_day(number: int, half: str, part: str | None) -> str:
    number %= _HOURS
    if half == "am" or part in _MORNING or (part in _NIGHT and number < _DAWN):
        return f"{number:02}:00"
    if half == "pm" or part in _LATER or part in _NIGHT:
        return f"{number + _HOURS:02}:00"
    return f"{number or _HOURS} o'clock"
