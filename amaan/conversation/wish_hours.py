"""The hours in which she may be written to, read from what she types.

A wrong guess makes a phone ring beside somebody who must not know; so whatever can be read
in two ways is not read at all, and she is told that nothing has changed.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from amaan.text import digits, fold
from amaan.text.lexicon import load

PAKISTAN = ZoneInfo("Asia/Karachi")
Hours = tuple[int, int]
"""From and until: whole hours of 0 to 23, the second excluded; until < from goes over midnight."""

_NOON = 12
_DAY = 24
# Without "am" or "pm" an hour before this may be of the morning or of the afternoon.
_FIRST_CLEAR_HOUR = 7
_ONE = re.compile(r"([0-9]{1,2})(?:[:.]00)?\s*(am|pm)?(?![0-9a-z])")
_MERIDIEM = re.compile(r"\b([ap])\.\s?m\b\.?")
_MAX_CHARACTERS = 60


def read_hours(text: str) -> Hours | None:
    """The hours in "10 to 16", "۱۰ سے ۴", "9pm-6am"; None when they are not clear.

    Half hours are not read: the clock of a message is not that exact either.
    """
    plain = _MERIDIEM.sub(r"\1m", digits(text).casefold())
    if len(plain) > _MAX_CHARACTERS or not _only_filled(_ONE.sub(" ", plain)):
        return None
    try:
        (begin, begin_mark), (end, end_mark) = _ONE.findall(plain)
    except ValueError:  # not two hours
        return None
    from_hour, until = _hour(int(begin), begin_mark), _hour(int(end), end_mark)
    if from_hour is None or until is None:
        return None
    is_plain = not begin_mark and not end_mark and max(from_hour, until) <= _NOON
    if is_plain and from_hour < _FIRST_CLEAR_HOUR:
        return None
    if is_plain and until <= from_hour:
        # "10 to 4" ends in the afternoon: nobody who means the night says only that.
        until += _NOON
    if bool(begin_mark) != bool(end_mark) or from_hour % _DAY == until % _DAY:
        return None
    return from_hour % _DAY, until % _DAY


def within(hours: Hours, now: datetime) -> bool:
    """Whether `now` (any time zone) lies in these hours of Pakistan."""
    begin, end = hours
    hour = now.astimezone(PAKISTAN).hour
    return begin <= hour < end if begin < end else hour >= begin or hour < end


def _hour(number: int, mark: str) -> int | None:
    if not mark:
        return number if number <= _DAY else None
    if not 1 <= number <= _NOON:
        return None
    return number % _NOON + (_NOON if mark == "pm" else 0)


def _only_filled(rest: str) -> bool:
    """Whether beside the numbers nothing stands but words such as "from", "until", "o'clock".

    "From 10 at night" must not be taken for 10 in the morning.
    """
    return set(fold(rest).split()) <= _fillers()


@lru_cache(maxsize=1)
def _fillers() -> frozenset[str]:
    return frozenset(
        word
        for rule in load()
        if rule.kind == "hours" and len(rule.items) == 1
        for word in rule.items[0].words
    )
