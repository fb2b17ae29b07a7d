"""Reads when it began: a day, a month or a year, never in the future."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from amaan.text import fold
from intake.reading.lists import phrases
from intake.reading.plain import DASHES, plain
from intake.schema import Precision

Entities = Sequence[tuple[str, str]]
"""What the parse found: (kind, value)."""
When = tuple[date, Precision]

_EARLIEST: Final = date(1990, 1, 1)
"""Before it nobody has used what these complaints are about."""
_FULL: Final = re.compile(
    r"(?<![\d/.-])(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?![\d/-])"
    r"|(?<![\d/.-])(\d{1,2})([-/. ])(\d{1,2})\5(\d{4}|\d{2})(?![\d/-])"
)
_MONTH_OF_YEAR: Final = re.compile(
    r"(?<![\d/.-])(?:(\d{4})[-/.](\d{1,2})|(\d{1,2})[-/.](\d{4}))(?![\d/-])"
)
_DAY_AND_MONTH: Final = re.compile(r"(?<![\d/.-])(\d{1,2})[-/.](\d{1,2})(?![\d/-])")
_YEAR: Final = re.compile(r"(?<![\d/.-])(\d{4})(?![\d/-])")
_ORDINAL: Final = re.compile(r"(?<=\d)(?:st|nd|rd|th)\b", re.I)
_AGO: Final = re.compile(r"(?:(\d{1,3}) )?(minute|hour|day|week|month|year)s? ago")
_ISO_MONTH: Final = re.compile(r"(\d{4})-(\d{2})")
_NO_YEAR: Final = re.compile(r"--(\d{2})-(\d{2})")
_NO_MONTH: Final = re.compile(r"---(\d{2})")
_CENTURY, _MONTHS = 2000, 12
_TWO_DIGITS, _FOUR_DIGITS = 2, 4
# A number or a month's name alone in a long answer says more often something else.
_SHORT: Final = 4
_SURE_LETTERS: Final = 5
# So many days back are still counted in days; more are remembered roughly.
_COUNTED_DAYS: Final = 10
_DAYS_BACK: Final = {
    **dict.fromkeys(("now", "today", "tonight", "this_morning", "this_evening"), 0),
    **dict.fromkeys(("yesterday", "last_night", "yesterday_or_tomorrow"), 1),
    **dict.fromkeys(("day_before_yesterday", "day_before_yesterday_or_after_tomorrow"), 2),
}
"""Words that can also mean a coming day are the past one: it is asked when it began."""
_WEEKDAYS: Final = (
    "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"
)  # fmt: skip


def read_when(text: str, entities: Entities, today: date) -> When | None:
    """The earliest time that an answer names, with its precision; None for none.

    Reads 2026-05-12, 12-05-2026, 12/5/26 (day first), 05-2026, months by name, a year, and
    of the parse the kinds ``date`` and ``time``. `today` is her day, in Pakistan.
    """
    said = DASHES.sub("-", plain(text))
    found = [*_written(said, today), *_of_entities(entities, today)]
    past = [one for one in found if _EARLIEST <= one[0] <= today]
    if not past and len(said.split()) <= _SHORT:
        years = (_made(int(year), 1, 1) for year in _YEAR.findall(said))
        past = [(day, Precision.YEAR) for day in years if day and _EARLIEST <= day <= today]
    return min(past, key=lambda one: one[0], default=None)


def _written(said: str, today: date) -> Iterator[When]:
    for found in _FULL.finditer(said):
        if day := _full(found):
            yield day, Precision.EXACT
    said = _FULL.sub(" ", said)
    for found in _MONTH_OF_YEAR.finditer(said):
        year, month = (found[1], found[2]) if found[1] else (found[4], found[3])
        if day := _made(int(year), int(month), 1):
            yield day, Precision.MONTH
    said = _MONTH_OF_YEAR.sub(" ", said)
    if len(said.split()) <= _SHORT:
        for found in _DAY_AND_MONTH.finditer(said):
            if day := _latest(int(found[1]), int(found[2]), today):
                yield day, Precision.EXACT
        said = _DAY_AND_MONTH.sub(" ", said)
    yield from _named_months(said, today)


def _full(found: re.Match[str]) -> date | None:
    if found[1]:
        return _made(int(found[1]), int(found[2]), int(found[3]))
    day, month, year = int(found[4]), int(found[6]), int(found[7])
    year += 0 if len(found[7]) == _FOUR_DIGITS else _CENTURY
    if month > _MONTHS >= day:  # can only be American
        day, month = month, day
    return _made(year, month, day)


def _named_months(said: str, today: date) -> Iterator[When]:
    months = phrases("unit", "month")
    words = fold(_ORDINAL.sub("", said)).split()
    for place, word in enumerate(words):
        value = months.get((word,))
        if value is None:
            continue
        beside = [one for one in words[max(0, place - 1) : place + 2] if one.isdecimal()]
        day = next((int(one) for one in beside if len(one) <= _TWO_DIGITS), None)
        # "March 5 2026": the year may stand one word further.
        beside += [one for one in words[place + 2 : place + 3] if one.isdecimal()]
        year = next((int(one) for one in beside if len(one) == _FOUR_DIGITS), None)
        # "may" and "mar" are other words too.
        if beside or len(words) <= _SHORT or len(word) >= _SURE_LETTERS:
            yield from _of_month(int(value), year, day, today)


def _of_month(month: int, year: int | None, day: int | None, today: date) -> Iterator[When]:
    if day is not None:
        exact = _made(year, month, day) if year else _latest(day, month, today)
        if exact:
            yield exact, Precision.EXACT
            return
    first = _made(year or _year_of(month, today), month, 1)
    if first:
        yield first, Precision.MONTH


def _of_entities(entities: Entities, today: date) -> Iterator[When]:
    for kind, value in entities:
        if kind == "date":
            found = _of_date(value, today)
        elif kind == "time":
            found = _of_time(value, today)
        else:
            continue
        if found is not None:
            yield found


def _of_date(value: str, today: date) -> When | None:
    """ISO; ``--MM-DD`` and ``---DD`` are the latest such day."""
    day = None
    if found := _NO_MONTH.fullmatch(value):
        day = _latest_day(int(found[1]), today)
    elif found := _NO_YEAR.fullmatch(value):
        day = _latest(int(found[2]), int(found[1]), today)
    elif found := _ISO_MONTH.fullmatch(value):
        first = _made(int(found[1]), int(found[2]), 1)
        return (first, Precision.MONTH) if first else None
    elif found := _FULL.fullmatch(value):
        day = _full(found)
    return (day, Precision.EXACT) if day else None


def _of_time(value: str, today: date) -> When | None:
    if value in _DAYS_BACK:
        return _back(today, _DAYS_BACK[value]), Precision.EXACT
    if value in _WEEKDAYS:
        return _back(today, (today.weekday() - _WEEKDAYS.index(value)) % 7), Precision.EXACT
    if found := _AGO.fullmatch(value):
        # "months ago" without a number is one or several.
        return _ago(int(found[1] or 1), found[2], today)
    return {
        "this_week": (today, Precision.MONTH),
        "last_week": (_back(today, 7), Precision.MONTH),
        "this_month": (today.replace(day=1), Precision.MONTH),
        "last_month": _ago(1, "month", today),
        "this_year": (today.replace(month=1, day=1), Precision.YEAR),
        "last_year": _ago(1, "year", today),
    }.get(value)


def _ago(count: int, unit: str, today: date) -> When | None:
    if unit in {"minute", "hour"}:
        return _back(today, count // 24 if unit == "hour" else 0), Precision.EXACT
    if unit == "day":
        exact = count <= _COUNTED_DAYS
        return _back(today, count), Precision.EXACT if exact else Precision.MONTH
    if unit == "week":
        return _back(today, 7 * count), Precision.MONTH
    months = today.year * _MONTHS + today.month - 1 - count * (_MONTHS if unit == "year" else 1)
    year, month = divmod(months, _MONTHS)
    first = _made(year, month + 1 if unit == "month" else 1, 1)
    return (first, Precision.MONTH if unit == "month" else Precision.YEAR) if first else None


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _latest(day: int, month: int, today: date) -> date | None:
    """The last such day up to today; February 29th may be some years back."""
    years = range(today.year, today.year - 8, -1)
    days = (_made(year, month, day) for year in years)
    return next((one for one in days if one and one <= today), None)


def _latest_day(day: int, today: date) -> date | None:
    months = range(today.year * _MONTHS + today.month - 1, 0, -1)
    days = (_made(month // _MONTHS, month % _MONTHS + 1, day) for month in months[:_MONTHS])
    return next((one for one in days if one and one <= today), None)


def _year_of(month: int, today: date) -> int:
    return today.year if month <= today.month else today.year - 1


def _back(today: date, days: int) -> date:
    return date.fromordinal(max(1, today.toordinal() - days))
