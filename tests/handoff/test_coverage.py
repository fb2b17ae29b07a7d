"""Nobody on duty is an operator alarm before it matters, once a gap."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.errors import InputError, NotAllowedError
from amaan.storage.models import OperatorAlarm, Shift
from handoff.coverage import Coverage
from handoff.hours import Span
from handoff.own_hours import OwnHours
from tests.conftest import START
from tests.handoff.parts import Handoff

HOUR = timedelta(hours=1)


async def shift(handoff: Handoff, staff_id: UUID, begins: float, ends: float) -> None:
    """A single shift, in hours from the start."""
    async with handoff.core.database.transaction() as tx:
        tx.session.add(
            Shift(staff_id=staff_id, starts_at=START + begins * HOUR, ends_at=START + ends * HOUR)
        )


async def alarms(handoff: Handoff) -> int:
    """How often the operator was told."""
    async with handoff.core.database.transaction() as tx:
        return (
            await tx.session.scalar(
                select(OperatorAlarm.count).where(OperatorAlarm.kind == "coverage_gap")
            )
            or 0
        )


async def test_with_somebody_on_call_there_is_no_gap(handoff: Handoff) -> None:
    await handoff.staff("alone")
    assert await Coverage(handoff.core).watch() == 0
    assert await alarms(handoff) == 0


async def test_a_gap_rings_once(handoff: Handoff, clock: SetClock) -> None:
    coverage = Coverage(handoff.core)
    person = await handoff.staff("day")
    await shift(handoff, person.staff_id, -1, 20)
    await shift(handoff, person.staff_id, 22, 80)
    assert await coverage.watch() == 1
    for _ in range(5):
        clock.move(timedelta(minutes=10))
        assert await coverage.watch() == 0
    clock.move(20 * HOUR)
    # In the middle of the gap it is still the same one.
    assert await coverage.watch() == 0
    assert await alarms(handoff) == 1
    (event,) = await gaps_of(handoff)
    assert set(event) == {"starts", "ends"}


async def gaps_of(handoff: Handoff) -> list[dict[str, str]]:
    """What the trail says of gaps."""
    return [event.detail for event in await handoff.audit() if event.tag == "roster:gap_found"]


async def test_a_second_gap_and_one_that_begins_earlier_ring_again(
    handoff: Handoff, clock: SetClock
) -> None:
    coverage = Coverage(handoff.core)
    one, two = await handoff.staff("one"), await handoff.staff("two")
    await shift(handoff, one.staff_id, -1, 10)
    await shift(handoff, one.staff_id, 12, 20)
    await shift(handoff, two.staff_id, 21, 60)
    assert await coverage.watch() == 2
    assert await alarms(handoff) == 1
    await OwnHours(handoff.core).away(one, START + 12 * HOUR)
    assert await coverage.watch() == 1
    assert await alarms(handoff) == 2


async def test_an_endless_gap_rings_once_a_day(handoff: Handoff, clock: SetClock) -> None:
    coverage = Coverage(handoff.core)
    told = 0
    for _ in range(3 * 24):
        told += await coverage.watch()
        clock.move(HOUR)
    assert told == 3


async def test_two_processes_tell_once(handoff: Handoff) -> None:
    found = await asyncio.gather(*(Coverage(handoff.core).watch() for _ in range(4)))
    assert sum(found) == 1
    assert await alarms(handoff) == 1


async def test_a_clock_that_was_set_back(handoff: Handoff, clock: SetClock) -> None:
    coverage = Coverage(handoff.core)
    assert await coverage.watch() == 1
    clock.move(-2 * HOUR)
    # The gap begins before what was told of: once more, and then no more.
    assert await coverage.watch() == 1
    assert await coverage.watch() == 0


async def test_gaps_of_the_roster_page_also_by_language(handoff: Handoff) -> None:
    lead = await handoff.staff("lead", role="lead", languages=["ur", "en"], on_call=False)
    pashto = await handoff.staff("pashto", languages=["ps"])
    await shift(handoff, lead.staff_id, 0, 4)
    await shift(handoff, pashto.staff_id, 2, 8)
    gaps = await Coverage(handoff.core).gaps(lead, START, START + 10 * HOUR)
    assert gaps.nobody == [Span(START + 8 * HOUR, START + 10 * HOUR)]
    assert gaps.by_language["ur"] == [Span(START + 4 * HOUR, START + 10 * HOUR)]
    assert gaps.by_language["ps"] == [
        Span(START, START + 2 * HOUR),
        Span(START + 8 * HOUR, START + 10 * HOUR),
    ]
    assert gaps.by_language["sd"] == [Span(START, START + 10 * HOUR)]


async def test_who_may_look_and_how_far(handoff: Handoff) -> None:
    lead = await handoff.staff("lead", role="lead")
    trainer = await handoff.staff("trainer", role="trainer")
    coverage = Coverage(handoff.core)
    with pytest.raises(NotAllowedError):
        await coverage.gaps(trainer, START, START + HOUR)
    for end in (START, START + timedelta(days=63)):
        with pytest.raises(InputError):
            await coverage.gaps(lead, START, end)
