"""The circuit breaker: closed after five failures in a row, probed by one, opened for all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from amaan.clock import SetClock
from amaan.core import Core
from intake.filing import FilingDelayedError
from intake.gate import FAILURES, REST, Gate
from tests.intake.filing_parts import House


@pytest.fixture
def house(core: Core, clock: SetClock) -> House:
    return House(core, clock)


async def admit(core: Core) -> timedelta | None:
    async with core.database.transaction() as tx:
        return await Gate(core.clock).admit(tx)


async def fail(core: Core, times: int = 1) -> bool:
    shut = False
    for _ in range(times):
        async with core.database.transaction() as tx:
            shut = await Gate(core.clock).failed(tx)
    return shut


async def answer(core: Core) -> None:
    async with core.database.transaction() as tx:
        await Gate(core.clock).answered(tx)


async def test_it_closes_after_five_in_a_row(core: Core) -> None:
    assert await admit(core) is None
    assert not await fail(core, FAILURES - 1)
    await answer(core)
    assert not await fail(core, FAILURES - 1)
    assert await admit(core) is None
    assert await fail(core)
    assert await admit(core) == REST


async def test_one_probes_and_opens_it_for_all(core: Core, clock: SetClock) -> None:
    await fail(core, FAILURES)
    clock.move(REST)
    assert await admit(core) is None
    # The others wait for the probe, and for the next one when it dies.
    assert await admit(core) == REST
    clock.move(REST)
    assert await admit(core) is None
    assert await fail(core)
    assert await admit(core) == REST
    clock.move(REST)
    assert await admit(core) is None
    await answer(core)
    for _ in range(3):
        assert await admit(core) is None


async def test_a_clock_that_was_set_back_keeps_nobody_out(core: Core, clock: SetClock) -> None:
    await fail(core, FAILURES)
    clock.move(timedelta(days=-1))
    assert await admit(core) is None
    assert await admit(core) == REST


async def test_others_wait_without_using_up_their_tries(house: House) -> None:
    rows = [await house.consented(await house.person(f"+92300000{n:04}")) for n in range(8)]
    house.intake.down = True
    for row in rows:
        with pytest.raises(FilingDelayedError):
            await house.filer.file(row.id)
    assert house.intake.calls == ["file"] * FAILURES
    assert [(await house.row(row.id)).tries for row in rows] == [1] * FAILURES + [0] * 3
    assert await house.attempts(rows[-1].id) == []
    house.intake.down = False
    house.clock.move(REST)
    for row in rows:
        await house.carry_out(house.filer, row.id)
    assert len(house.intake.came) == len(rows)


async def test_a_refusal_is_an_answer(house: House) -> None:
    await fail(house.core, FAILURES - 1)
    row = await house.consented()
    house.intake.faults.append("refused")
    await house.filer.file(row.id)
    assert not await fail(house.core, FAILURES - 1)


async def test_after_a_long_outage_all_is_settled_in_a_quarter_of_an_hour(house: House) -> None:
    rows = [await house.consented(await house.person(f"+92300000{n:04}")) for n in range(6)]
    # One may have arrived, the others surely have not.
    house.intake.faults.append("lost_after")
    due = dict.fromkeys((row.id for row in rows), house.clock.now())
    back = house.clock.now() + timedelta(hours=5)
    over = back + timedelta(minutes=15)
    while due:
        first = min(due, key=lambda one: due[one])
        house.clock.move(max(timedelta(0), due[first] - house.clock.now()))
        house.intake.down = bool(house.intake.calls) and house.clock.now() < back
        try:
            await house.filer.file(first)
            del due[first]
        except FilingDelayedError as error:
            due[first] = house.clock.now() + error.wait
    assert back <= house.clock.now() <= over
    assert sorted(key for key, _ in house.intake.came) == sorted(row.key for row in rows)
