"""Who is on duty: weekly hours by the wall, clock changes, nights, holidays, stand-ins."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amaan.storage.models import Absence, Shift, ShiftPattern, Staff
from handoff.hours import (
    Plan,
    Span,
    duty_spans,
    is_quiet,
    join,
    occurrence,
    on_duty,
    own_spans,
    uncovered,
    zone_of,
)

KARACHI = "Asia/Karachi"
LONDON = "Europe/London"
MONDAY = date(2026, 11, 23)


def person(name: str = "amna", *, on_call: bool = False, **more: Any) -> Staff:
    """Somebody who works here."""
    more.setdefault("time_zone", KARACHI)
    return Staff(id=uuid4(), sign_in_name=name, on_call=on_call, active=True, **more)


def weekly(
    staff_id: UUID, weekday: int, starts: str, minutes: int, zone: str = KARACHI, **more: Any
) -> ShiftPattern:
    """Hours of every week since 2026."""
    more.setdefault("valid_from", date(2026, 1, 1))
    more.setdefault("on_holidays", True)
    return ShiftPattern(
        id=uuid4(),
        staff_id=staff_id,
        weekday=weekday,
        starts=time.fromisoformat(starts),
        minutes=minutes,
        time_zone=zone,
        **more,
    )


def local(day: date, clock: str, zone: str = KARACHI) -> datetime:
    """An instant by a wall clock."""
    return datetime.combine(day, time.fromisoformat(clock), ZoneInfo(zone)).astimezone(UTC)


def absence(who: Staff, start: datetime, end: datetime, stand_in: Staff | None = None) -> Absence:
    """Somebody cannot come."""
    return Absence(
        id=uuid4(),
        staff_id=who.id,
        starts_at=start,
        ends_at=end,
        stand_in_id=stand_in.id if stand_in else None,
    )


def test_without_a_roster_the_on_call_mark_speaks() -> None:
    one, two = person(on_call=True), person()
    plan = Plan([one, two])
    now = local(MONDAY, "03:00")
    assert on_duty(plan, one, now)
    assert not on_duty(plan, two, now)


def test_a_roster_is_stronger_than_the_mark() -> None:
    one = person(on_call=True)
    plan = Plan([one], [weekly(one.id, 0, "09:00", 480)])
    assert on_duty(plan, one, local(MONDAY, "09:00"))
    assert on_duty(plan, one, local(MONDAY, "16:59"))
    assert not on_duty(plan, one, local(MONDAY, "08:59"))
    assert not on_duty(plan, one, local(MONDAY, "17:00"))
    # A roster that lies outside of what was read is still one.
    assert not on_duty(Plan([one], rostered=frozenset({one.id})), one, local(MONDAY, "10:00"))


def test_over_midnight_and_over_the_week() -> None:
    one = person()
    plan = Plan([one], [weekly(one.id, 6, "22:00", 480)])
    assert on_duty(plan, one, local(MONDAY - timedelta(days=1), "22:00"))
    assert on_duty(plan, one, local(MONDAY, "05:59"))
    assert not on_duty(plan, one, local(MONDAY, "06:00"))
    assert not on_duty(plan, one, local(MONDAY, "22:00"))


def test_a_single_shift() -> None:
    one = person()
    start = local(MONDAY, "12:00")
    shift = Shift(staff_id=one.id, starts_at=start, ends_at=start + timedelta(hours=2))
    plan = Plan([one], shifts=[shift])
    assert on_duty(plan, one, start)
    assert not on_duty(plan, one, shift.ends_at)


def test_holidays_and_the_night_before() -> None:
    one, two = person(), person()
    plan = Plan(
        [one, two],
        [
            weekly(one.id, 6, "22:00", 480, on_holidays=False),
            weekly(one.id, 0, "22:00", 480, on_holidays=False),
            weekly(two.id, 0, "22:00", 480),
        ],
        holidays=frozenset({MONDAY}),
    )
    # A night that began on the day before is worked to its end.
    assert on_duty(plan, one, local(MONDAY, "03:00"))
    assert not on_duty(plan, one, local(MONDAY, "23:00"))
    assert on_duty(plan, two, local(MONDAY, "23:00"))


def test_first_and_last_day() -> None:
    one = person()
    only = weekly(one.id, 0, "09:00", 60, valid_from=MONDAY, valid_until=MONDAY)
    plan = Plan([one], [only])
    assert on_duty(plan, one, local(MONDAY, "09:30"))
    for weeks in (-1, 1):
        assert not on_duty(plan, one, local(MONDAY + timedelta(weeks=weeks), "09:30"))


@pytest.mark.parametrize("change", [date(2026, 3, 29), date(2026, 10, 25)])
def test_a_night_when_clocks_change_ends_by_the_wall(change: date) -> None:
    one = person()
    night = weekly(one.id, 5, "22:00", 480, LONDON)
    span = occurrence(night, change - timedelta(days=1))
    assert span.end == local(change, "06:00", LONDON)
    hours = (span.end - span.start) / timedelta(hours=1)
    assert hours == (7 if change.month == 3 else 9)


@pytest.mark.parametrize("change", [date(2026, 3, 29), date(2026, 10, 25)])
@pytest.mark.parametrize("meet", ["00:30", "01:00", "01:30", "02:00", "02:30"])
def test_shifts_that_meet_while_clocks_change_leave_no_gap(change: date, meet: str) -> None:
    one, two = person(), person()
    at = datetime.combine(change, time.fromisoformat(meet))
    evening = datetime.combine(change - timedelta(days=1), time(20))
    plan = Plan(
        [one, two],
        [
            weekly(one.id, 5, "20:00", int((at - evening).total_seconds() // 60), LONDON),
            weekly(two.id, 6, meet, 600, LONDON),
        ],
    )
    start = local(change - timedelta(days=1), "20:00", LONDON)
    assert uncovered(plan, start, start + timedelta(hours=9), lambda _: True) == []


def test_away_paused_inactive() -> None:
    now = local(MONDAY, "10:00")
    for mark in ("away_until", "paused_until"):
        one = person(on_call=True)
        setattr(one, mark, now + timedelta(minutes=10))
        plan = Plan([one])
        assert not on_duty(plan, one, now)
        assert on_duty(plan, one, now + timedelta(minutes=10))
        assert duty_spans(plan, one, now, now + timedelta(hours=1)) == [
            Span(now + timedelta(minutes=10), now + timedelta(hours=1))
        ]
    gone = person(on_call=True)
    gone.active = False
    assert not on_duty(Plan([gone]), gone, now)


def test_a_stand_in_takes_the_hours_of_the_absent() -> None:
    one, two = person(), person()
    nine, five = local(MONDAY, "09:00"), local(MONDAY, "17:00")
    plan = Plan(
        [one, two],
        [weekly(one.id, 0, "09:00", 480)],
        absences=[absence(one, nine + timedelta(hours=2), five + timedelta(days=1), two)],
    )
    assert duty_spans(plan, one, nine, five) == [Span(nine, nine + timedelta(hours=2))]
    # Only her hours: the absence itself lasts longer.
    assert duty_spans(plan, two, nine, five + timedelta(hours=20)) == [
        Span(nine + timedelta(hours=2), five)
    ]


def test_who_stands_in_for_a_stand_in_and_two_who_name_each_other() -> None:
    one, two, three = person(on_call=True), person(), person()
    now = local(MONDAY, "09:00")
    later = now + timedelta(hours=1)
    chain = [absence(one, now, later, two), absence(two, now, later, three)]
    assert [
        on_duty(Plan([one, two, three], absences=chain), p, now) for p in (one, two, three)
    ] == [
        False,
        False,
        True,
    ]
    circle = [absence(one, now, later, two), absence(two, now, later, one)]
    plan = Plan([one, two], absences=circle)
    assert not on_duty(plan, one, now)
    assert not on_duty(plan, two, now)


def test_quiet_hours_by_her_own_clock() -> None:
    night = person(quiet_from=time(22), quiet_until=time(6))
    assert is_quiet(night, local(MONDAY, "23:00"))
    assert is_quiet(night, local(MONDAY, "05:59"))
    assert not is_quiet(night, local(MONDAY, "06:00"))
    siesta = person(quiet_from=time(13), quiet_until=time(14), time_zone=LONDON)
    assert is_quiet(siesta, local(MONDAY, "13:30", LONDON))
    assert not is_quiet(siesta, local(MONDAY, "13:30"))
    assert not is_quiet(person(), local(MONDAY, "03:00"))


def test_an_unknown_zone_is_pakistans() -> None:
    assert zone_of("Nowhere/Land").utcoffset(None) == timedelta(hours=5)
    assert zone_of("../etc").utcoffset(None) == timedelta(hours=5)


# Properties

_people = [person(f"p{number}", on_call=number == 0) for number in range(4)]
_start = datetime(2026, 10, 23, tzinfo=UTC)
_end = _start + timedelta(days=4)
_instant = st.integers(0, 4 * 24 * 12).map(lambda steps: _start + timedelta(minutes=5 * steps))
_who = st.integers(0, 3).map(lambda number: _people[number])
_patterns = st.builds(
    lambda who, weekday, hour, minute, minutes, zone, holidays: weekly(
        who.id,
        weekday,
        f"{hour:02}:{minute:02}",
        minutes,
        zone,
        on_holidays=holidays,
    ),
    _who,
    st.integers(0, 6),
    st.integers(0, 23),
    st.sampled_from([0, 15, 30]),
    st.integers(1, 24 * 4).map(lambda quarters: 15 * quarters),
    st.sampled_from([KARACHI, LONDON, "America/New_York", "Pacific/Apia"]),
    st.booleans(),
)
_shifts = st.builds(
    lambda who, at, minutes: Shift(
        staff_id=who.id, starts_at=at, ends_at=at + timedelta(minutes=minutes)
    ),
    _who,
    _instant,
    st.integers(1, 2000),
)
_absences = st.builds(
    lambda who, at, minutes, other: absence(who, at, at + timedelta(minutes=minutes), other),
    _who,
    _instant,
    st.integers(1, 2000),
    st.none() | _who,
)
_plans = st.builds(
    lambda patterns, shifts, absences, holiday: Plan(
        _people, patterns, shifts, absences, frozenset({holiday})
    ),
    st.lists(_patterns, max_size=6),
    st.lists(_shifts, max_size=3),
    st.lists(_absences, max_size=3),
    st.dates(date(2026, 10, 23), date(2026, 10, 27)),
)


@settings(max_examples=60, deadline=None)
@given(_plans, _instant)
def test_spans_say_the_same_as_the_instant(plan: Plan, at: datetime) -> None:
    for one in _people:
        spans = duty_spans(plan, one, _start, _end)
        assert any(span.covers(at) for span in spans) == (on_duty(plan, one, at) and at < _end)
        assert all(a.end < b.start for a, b in pairwise(spans))
        assert all(_start <= span.start < span.end <= _end for span in spans)


@settings(max_examples=60, deadline=None)
@given(_plans, _instant)
def test_a_gap_is_where_nobody_is_on_duty(plan: Plan, at: datetime) -> None:
    gaps = uncovered(plan, _start, _end, lambda _: True)
    nobody = not any(on_duty(plan, one, at) for one in _people)
    assert any(gap.covers(at) for gap in gaps) == (nobody and at < _end)


@settings(max_examples=60, deadline=None)
@given(_plans, _instant)
def test_an_absence_without_stand_in_only_takes_away(plan: Plan, at: datetime) -> None:
    out = [absence(_people[1], _start, _end)]
    fewer = Plan(plan.people, plan.patterns, plan.shifts, [*plan.absences, *out], plan.holidays)
    assert not on_duty(fewer, _people[1], at)
    for one in _people:
        assert on_duty(plan, one, at) or not on_duty(fewer, one, at)


@settings(max_examples=60, deadline=None)
@given(_patterns, st.dates(date(2026, 1, 1), date(2026, 12, 31)))
def test_hours_last_as_long_as_they_say_but_for_the_clock_change(
    pattern: ShiftPattern, day: date
) -> None:
    span = occurrence(pattern, day)
    planned = timedelta(minutes=pattern.minutes)
    assert abs(span.end - span.start - planned) <= timedelta(hours=2)
    plan = Plan(_people, [pattern])
    for known in own_spans(plan, pattern.staff_id, span.start, span.end):
        assert known.start >= span.start


def test_joining() -> None:
    hours = [_start + timedelta(hours=number) for number in range(5)]
    assert join([Span(hours[2], hours[3]), Span(hours[0], hours[1]), Span(hours[1], hours[2])]) == [
        Span(hours[0], hours[3])
    ]
