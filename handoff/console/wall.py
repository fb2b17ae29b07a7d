"""Times as somebody reads them on her own wall: her zone, the language of her console."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise

from babel.dates import format_date

from amaan.errors import InputError
from handoff.hours import Span, day_start, zone_of

_DAY_FORMAT = "EEE d MMM"


@dataclass(frozen=True)
class Cell:
    """A part of a day in a table: from and until as words of a clock."""

    begins: str
    ends: str
    is_whole: bool
    """From the first to the last minute of what the cell shows."""


@dataclass(frozen=True)
class Wall:
    """A clock on a wall."""

    zone: str
    interface: str
    now: datetime
    hour: timedelta = timedelta(hours=1)

    @cached_property
    def today(self) -> date:
        """The day it is there."""
        return self._local(self.now).date()

    def offset(self) -> str:
        """How far the clock is from UTC now: ``UTC+05:00``."""
        return f"UTC{self._local(self.now):%z}"[:6] + ":" + f"{self._local(self.now):%z}"[3:5]

    def time(self, at: datetime) -> str:
        """``09:30``."""
        return f"{self._local(at):%H:%M}"

    def day(self, at: date | datetime) -> str:
        """``Sun 22 Nov``."""
        day = self._local(at).date() if isinstance(at, datetime) else at
        return format_date(day, _DAY_FORMAT, locale=self.interface)

    def moment(self, at: datetime) -> str:
        """``09:30`` of today, else ``Mon 23 Nov 09:30``."""
        today = self._local(at).date() == self.today
        return self.time(at) if today else f"{self.day(at)} {self.time(at)}"

    def last(self, end: datetime) -> str:
        """Like `moment` for an end: midnight is the end of its day."""
        before = end - timedelta(microseconds=1)
        if self.time(end) != "00:00":
            return self.moment(end)
        return "24:00" if self._local(before).date() == self.today else f"{self.day(before)} 24:00"

    def between(self, start: datetime, end: datetime) -> tuple[str, str]:
        """A time from and until; the day of an end is said only when it is another one."""
        last_day = self._local(end - timedelta(microseconds=1)).date()
        same = last_day == self._local(start).date()
        ends = "24:00" if self.time(end) == "00:00" else self.time(end)
        return self.moment(start), ends if same else self.last(end)

    def typed(self, at: datetime) -> str:
        """As a field of a form holds it: ``2026-11-22T09:30``."""
        return f"{self._local(at):%Y-%m-%dT%H:%M}"

    def read(self, typed: str, code: str, *, is_end: bool = False) -> datetime:
        """The instant that a field of a form means. Raises `InputError` with `code`.

        Of the two hours when clocks are set back a beginning is the first, an end the last.
        """
        try:
            local = datetime.fromisoformat(typed)
            if local.tzinfo is not None:
                raise ValueError
            return local.replace(tzinfo=zone_of(self.zone), fold=int(is_end)).astimezone(UTC)
        except (ValueError, OverflowError):
            raise InputError("this is no time", code=code) from None

    def days(self, count: int) -> list[Span]:
        """Today and the days after it, from midnight to midnight, today from now."""
        first = self.today
        starts = [day_start(first + timedelta(days=n), self.zone) for n in range(count + 1)]
        spans = [Span(one, two) for one, two in pairwise(starts)]
        return [Span(max(self.now, span.start), span.end) for span in spans]

    def cells(self, spans: Sequence[Span], day: Span) -> list[Cell]:
        """What of `spans` lies in `day`."""
        inside = [Span(max(one.start, day.start), min(one.end, day.end)) for one in spans]
        return [
            Cell(self.time(one.start), self._end_in(one.end, day), one == day)
            for one in inside
            if one.start < one.end
        ]

    def _end_in(self, end: datetime, day: Span) -> str:
        return "24:00" if end == day.end and self.time(end) == "00:00" else self.time(end)

    def _local(self, at: datetime) -> datetime:
        return at.astimezone(zone_of(self.zone))


def read_time(typed: str, code: str) -> time:
    """A time of day from a field of a form. Raises `InputError` with `code`."""
    try:
        found = time.fromisoformat(typed)
    except ValueError:
        raise InputError("this is no time of day", code=code) from None
    return found.replace(tzinfo=None, second=0, microsecond=0)


def read_date(typed: str, code: str) -> date:
    """A day from a field of a form. Raises `InputError` with `code`."""
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise InputError("this is no day", code=code) from None
