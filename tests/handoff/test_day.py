"""A whole day: three shifts, absences, an outage and a spike; nothing that rang is forgotten."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from statistics import median

import pytest
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.core import Core
from amaan.storage.models import AuditEvent, OperatorAlarm, Page, Staff
from handoff.figures import Figures, Period
from handoff.figures.report import WITHIN_SECONDS, Report, nearest_rank
from handoff.figures.times import load_times
from handoff.states import CALLING, HELD, State
from tests.handoff.day import BASE_PER_HOUR, OUTAGE, SPIKE_TIMES, Day

MIDNIGHT = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
"""In Pakistan."""


@pytest.mark.timeout(180)
async def test_a_day(core: Core, clock: SetClock) -> None:
    day = Day(core, clock, MIDNIGHT, seed=4)
    await day.hire()
    alarms = day.plan()
    assert alarms == BASE_PER_HOUR * (23 + SPIKE_TIMES) + 5
    for hour in (8, 14, 16, 21, 24):
        await day.run(timedelta(hours=hour))
        await assert_nothing_is_forgotten(day)
    assert len(day.ledger) == alarms
    await assert_who_was_called_was_there(day)
    await assert_the_paths_are_those_that_were_lived(day)
    period = Period(MIDNIGHT, MIDNIGHT + timedelta(days=1), clock.now())
    assert_the_figures_add_up(day, await Figures(core).between(period))


async def assert_nothing_is_forgotten(day: Day) -> None:
    """Every case is held, over, or still being called with its next timer in the queue."""
    timers = await day.handoff.timers()
    now, states = day.clock.now(), Counter[str]()
    for case_id in day.ledger:
        case = await day.handoff.case(case_id)
        states[case.state] += 1
        if State(case.state) not in CALLING:
            assert case.state not in HELD or case.claimed_by is not None
            continue
        ahead = [
            at
            for at, args in timers
            if args["escalation_id"] == str(case_id)
            and args["ladder"] == case.ladder
            and args["step"] > case.step_done
        ]
        assert ahead, f"nobody will be called any more for a case that is {case.state}"
        assert min(ahead) - now <= timedelta(minutes=15)
    assert sum(states.values()) == len(day.ledger)


async def assert_who_was_called_was_there(day: Day) -> None:
    """Nobody who was absent or at home was called, but leads when nobody came."""
    hours = {"night": range(8), "day": range(8, 16), "evening": range(16, 24)}
    async with day.core.database.transaction() as tx:
        rows = await tx.session.execute(
            select(Staff.sign_in_name, Page.step, Page.created_at).join(
                Staff, Staff.id == Page.staff_id
            )
        )
        called = [(name, step, (at - MIDNIGHT) / timedelta(hours=1)) for name, step, at in rows]
        alarm = await tx.session.get(OperatorAlarm, "nobody_on_call")
    assert alarm is None
    for name, step, at in called:
        shift = name.split("-")[0]
        if name in ("lead", "coordinator"):
            assert step >= 2
        elif name == "spare":
            assert int(at) in hours["day"], "she stands in for one of the day"
        else:
            assert int(at) in hours[shift], (name, at)
        assert name != "day-1"
        assert not (name == "evening-2" and 19 <= at < 22)
        assert not (name == "evening-0" and 18 <= at < 18.5), "she took a breath"
    names = {name for name, _, _ in called}
    assert {"night-0", "day-0", "evening-0", "evening-1", "spare"} <= names


async def assert_the_paths_are_those_that_were_lived(day: Day) -> None:
    """The trail tells of every alarm what the simulation did, and it begins and ends well."""
    period = Period(MIDNIGHT, MIDNIGHT + timedelta(days=1), day.clock.now())
    async with day.core.database.transaction() as tx:
        told = await load_times(tx, day.core.settings, period)
        events = list(await tx.session.scalars(select(AuditEvent).order_by(AuditEvent.id)))
    lived = sorted(day.ledger.values(), key=lambda one: one.rung_at)
    assert len(told) == len(lived)
    for one, other in zip(told, lived, strict=True):
        first = one.waits[0]
        assert (one.level, one.language, one.door) == (
            other.level,
            f"{other.language}-Arab",
            other.door,
        )
        assert first.called == other.seconds_to(other.called)
        assert first.claimed == other.seconds_to(other.claimed)
        assert first.worded == other.seconds_to(other.worded)
        causes = Counter(wait.cause for wait in one.waits[1:])
        assert causes == Counter(rang_again=other.rang_again, holder_left=other.left)
        assert (one.steps_due, one.steps_missed) == (other.due, other.missed)
    for case_id in day.ledger:
        tags = [event.tag for event in events if event.subject_id == str(case_id)]
        assert tags[0] == "escalation:opened"
        assert tags.count("escalation:opened") == 1


def assert_the_figures_add_up(day: Day, report: Report) -> None:
    """Medians, shares and missed steps, computed again from what was simulated."""
    lived = list(day.ledger.values())
    total = report.total
    assert total.cases == len(lived)
    for stage in ("called", "claimed", "worded"):
        times = sorted(
            seconds for one in lived if (seconds := one.seconds_to(getattr(one, stage))) is not None
        )
        spread = total.spreads[stage]
        assert spread.median == median(times)
        assert spread.p90 == nearest_rank(times, 0.9)
        if stage != "called":
            assert spread.within == sum(one <= WITHIN_SECONDS for one in times) / len(lived)
    assert total.missed == sum(one.missed for one in lived) / sum(one.due for one in lived)
    late = [one for one in lived if one.missed]
    assert late, "no worker ran for ten minutes"
    asleep, awake = (MIDNIGHT + offset for offset in OUTAGE)
    for one in late:
        assert asleep - timedelta(minutes=90) <= one.rung_at <= awake
    rows = {row.value: row for row in report.tables["level"]}
    levels = Counter(one.level for one in lived)
    assert all(row.cases in (None, levels[level]) for level, row in rows.items())
    assert rows["critical"].cases is not None
    again, left = report.again
    for row, count in ((again, "rang_again"), (left, "left")):
        cases = sum(getattr(one, count) > 0 for one in lived)
        assert row.cases == (cases if cases >= 5 or cases == 0 else None)
    # Whoever is in danger is called for at once, also when eight times as many ring.
    critical = [one for one in lived if one.level == "critical" and one not in late]
    assert all(one.seconds_to(one.called) == 0 for one in critical)
