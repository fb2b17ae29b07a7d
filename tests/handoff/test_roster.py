"""Who is called at which step: hours, language, load, quiet hours, hand-overs, shift change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from amaan.clock import SetClock
from amaan.storage.models import Absence, Escalation, Shift, ShiftPattern, Staff
from handoff.roster import people_for
from tests.conftest import START
from tests.handoff.parts import Handoff

# 20:00 UTC, at which the clock of the tests stands, is 01:00 in Karachi: the next day there.
TODAY = date(2026, 11, 22)
STEPS = 4


async def change(handoff: Handoff, staff_id: UUID, **values: Any) -> None:
    """Sets columns of somebody."""
    async with handoff.core.database.transaction() as tx:
        person = await tx.session.get_one(Staff, staff_id)
        for name, value in values.items():
            setattr(person, name, value)


async def weekly(handoff: Handoff, staff_id: UUID, starts: str, hours: int) -> None:
    """Hours of every day from today, by the clock of Karachi."""
    async with handoff.core.database.transaction() as tx:
        for weekday in range(7):
            tx.session.add(
                ShiftPattern(
                    id=uuid4(),
                    staff_id=staff_id,
                    weekday=weekday,
                    starts=time.fromisoformat(starts),
                    minutes=hours * 60,
                    time_zone="Asia/Karachi",
                    on_holidays=True,
                    valid_from=TODAY - timedelta(days=7),
                )
            )


async def names(
    handoff: Handoff, case: Escalation, step: int, at: datetime | None = None
) -> list[str]:
    """Who would be called."""
    async with handoff.core.database.transaction() as tx:
        now = at or handoff.core.clock.now()
        people = await people_for(tx, case, step, STEPS, now)
        return [person.sign_in_name for person in people]


async def holding(handoff: Handoff, staff_id: UUID, count: int) -> None:
    """Lays chats on somebody."""
    for number in range(count):
        conversation_id = await handoff.person(
            number=f"+92300000{uuid4().int % 9000 + 1000}{number}"
        )
        await handoff.alarm(conversation_id)
        case = await handoff.case_of(conversation_id)
        async with handoff.core.database.transaction() as tx:
            row = await tx.session.get_one(Escalation, case.id)
            row.state, row.claimed_by, row.claimed_at = "claimed", staff_id, START


async def test_only_people_on_duty_are_called_first(handoff: Handoff) -> None:
    day = await handoff.staff("day", on_call_order=1)
    night = await handoff.staff("night", on_call_order=2)
    await weekly(handoff, day.staff_id, "08:00", 12)
    await weekly(handoff, night.staff_id, "20:00", 12)
    case = await handoff.rung()
    assert await names(handoff, case, 0) == ["night"]
    assert await names(handoff, case, 1) == ["night"]
    assert await names(handoff, case, 4) == ["night"]
    assert await names(handoff, case, 0, START + timedelta(hours=8)) == ["day"]


async def test_a_case_of_a_shifts_last_minute_is_not_lost(
    handoff: Handoff, clock: SetClock
) -> None:
    evening = await handoff.staff("evening")
    night = await handoff.staff("night")
    await weekly(handoff, evening.staff_id, "17:00", 8)
    await weekly(handoff, night.staff_id, "01:00", 8)
    clock.move(timedelta(seconds=-30))
    case = await handoff.rung()
    await handoff.ladder.page(case.id, 1, 0)
    assert handoff.pager.names == ["evening"]
    clock.move(timedelta(seconds=120))
    await handoff.ladder.page(case.id, 1, 1)
    assert handoff.pager.names == ["evening", "night"]


async def test_the_first_step_after_a_late_worker_finds_who_is_there_now(
    handoff: Handoff, clock: SetClock
) -> None:
    evening = await handoff.staff("evening")
    night = await handoff.staff("night")
    await weekly(handoff, evening.staff_id, "17:00", 8)
    await weekly(handoff, night.staff_id, "01:00", 8)
    clock.move(timedelta(seconds=-1))
    case = await handoff.rung()
    clock.move(timedelta(seconds=1))
    await handoff.ladder.page(case.id, 1, 0)
    assert handoff.pager.names == ["night"]


async def test_the_next_person_is_one_who_was_not_called_yet(handoff: Handoff) -> None:
    await handoff.staff("first", on_call_order=1)
    second = await handoff.staff("second", on_call_order=2)
    third = await handoff.staff("third", on_call_order=3)
    case = await handoff.rung()
    await handoff.ladder.page(case.id, 1, 0)
    await change(handoff, second.staff_id, away_until=START + timedelta(hours=1))
    await handoff.ladder.page(case.id, 1, 1)
    assert handoff.pager.names == ["first", "third"]
    # Somebody who comes meanwhile and stands before them changes nothing for who was called.
    await change(handoff, third.staff_id, on_call_order=0)
    assert await names(handoff, case, 1) == ["third"]


async def test_load_comes_after_language_and_before_order(handoff: Handoff) -> None:
    await handoff.staff("one", languages=["ps"], on_call_order=1)
    two = await handoff.staff("two", languages=["ur"], on_call_order=2)
    await handoff.staff("three", languages=["ur"], on_call_order=3)
    await holding(handoff, two.staff_id, 1)
    case = await handoff.rung()
    assert await names(handoff, case, 4) == ["three", "two", "one"]
    # Who has her hands full comes last, and comes: nobody waits because of a limit.
    await change(handoff, two.staff_id, most_cases=1)
    assert await names(handoff, case, 4) == ["three", "one", "two"]


async def test_a_spike_does_not_call_one_person_for_everything(handoff: Handoff) -> None:
    for order, name in enumerate(("asma", "bushra", "celia"), start=1):
        await handoff.staff(name, on_call_order=order)
    first: list[str] = []
    for number in range(6):
        case = await handoff.rung(number=f"+92300000{number:04d}")
        first += await names(handoff, case, 0)
        await handoff.ladder.page(case.id, 1, 0)
    assert sorted(first) == ["asma", "asma", "bushra", "bushra", "celia", "celia"]


async def test_when_everybody_is_full_the_least_laden_gets_it(handoff: Handoff) -> None:
    one = await handoff.staff("one", on_call_order=1)
    two = await handoff.staff("two", on_call_order=2)
    for person, chats in ((one, 3), (two, 2)):
        await change(handoff, person.staff_id, most_cases=2)
        await holding(handoff, person.staff_id, chats)
    case = await handoff.rung()
    assert await names(handoff, case, 0) == ["two"]


@pytest.mark.parametrize("mark", ["away_until", "paused_until"])
async def test_who_is_away_or_rests_is_not_called_at_any_step(handoff: Handoff, mark: str) -> None:
    lead = await handoff.staff("lead", role="lead", is_coordinator=True)
    await change(handoff, lead.staff_id, **{mark: START + timedelta(minutes=5)})
    case = await handoff.rung()
    for step in range(STEPS + 1):
        assert await names(handoff, case, step) == []
    assert await names(handoff, case, 0, START + timedelta(minutes=5)) == ["lead"]


async def test_a_stand_in_is_called_for_the_absent(handoff: Handoff) -> None:
    absent = await handoff.staff("absent", role="lead", is_coordinator=True)
    instead = await handoff.staff("instead", on_call=False)
    async with handoff.core.database.transaction() as tx:
        tx.session.add(
            Absence(
                staff_id=absent.staff_id,
                starts_at=START - timedelta(hours=1),
                ends_at=START + timedelta(hours=1),
                stand_in_id=instead.staff_id,
            )
        )
    case = await handoff.rung()
    for step in range(STEPS + 1):
        assert await names(handoff, case, step) == ["instead"]
    assert await names(handoff, case, 0, START + timedelta(hours=1)) == ["absent"]


async def test_quiet_hours_hold_for_people_at_home_unless_it_is_critical(
    handoff: Handoff,
) -> None:
    await handoff.staff("here")
    home = await handoff.staff("home", role="lead", on_call=False, is_coordinator=True)
    await change(handoff, home.staff_id, quiet_from=time(22), quiet_until=time(7))
    case = await handoff.rung("requested")
    assert await names(handoff, case, 2) == ["here"]
    assert await names(handoff, case, 3) == ["here"]
    case.tier = "critical"
    assert await names(handoff, case, 3) == ["home"]
    case.tier, case.level = "standard", "critical"
    assert await names(handoff, case, 2) == ["here", "home"]
    morning = START + timedelta(hours=7)
    case.tier_by = home.staff_id
    assert await names(handoff, case, 3) == ["here"]
    assert await names(handoff, case, 3, morning) == ["home"]


async def test_quiet_hours_do_not_hold_for_who_is_on_duty(handoff: Handoff) -> None:
    here = await handoff.staff("here")
    await change(handoff, here.staff_id, quiet_from=time(0), quiet_until=time(23, 59))
    case = await handoff.rung("requested")
    assert await names(handoff, case, 0) == ["here"]


async def test_when_nobody_is_on_duty_everybody_with_hours_here_is_called(
    handoff: Handoff,
) -> None:
    day = await handoff.staff("day")
    await weekly(handoff, day.staff_id, "08:00", 8)
    await handoff.staff("never", on_call=False)
    case = await handoff.rung()
    called = [await names(handoff, case, step) for step in range(5)]
    assert called == [[], [], ["day"], ["day"], ["day"]]
    await change(handoff, day.staff_id, quiet_from=time(23), quiet_until=time(7))
    assert await names(handoff, case, 4) == ["day"]
    case.tier, case.tier_by = "medium", day.staff_id
    assert await names(handoff, case, 4) == []


async def offered(handoff: Handoff, giver: UUID, **values: Any) -> Escalation:
    """A case that its holder hands over."""
    case = await handoff.rung()
    async with handoff.core.database.transaction() as tx:
        row = await tx.session.get_one(Escalation, case.id)
        row.state, row.claimed_by, row.handed_over_at = "handed_over", giver, START
        for name, value in values.items():
            setattr(row, name, value)
        return row


async def test_a_hand_over_calls_the_named_person_first_and_never_the_giver(
    handoff: Handoff,
) -> None:
    giver = await handoff.staff("giver", on_call_order=1)
    await handoff.staff("next", on_call_order=2)
    named = await handoff.staff("named", on_call=False)
    case = await offered(handoff, giver.staff_id, offered_to=named.staff_id)
    assert await names(handoff, case, 0) == ["named"]
    assert await names(handoff, case, 1) == ["next"]
    assert await names(handoff, case, 4) == ["next"]
    await change(handoff, named.staff_id, away_until=START + timedelta(hours=1))
    assert await names(handoff, case, 0) == ["next"]


async def test_a_hand_over_by_language_calls_its_readers_on_duty(handoff: Handoff) -> None:
    giver = await handoff.staff("giver", languages=["ps", "ur"])
    await handoff.staff("urdu", on_call_order=1)
    await handoff.staff("one", languages=["ps"], on_call_order=2)
    await handoff.staff("two", languages=["ps"], on_call_order=3)
    await handoff.staff("home", languages=["ps"], on_call=False)
    case = await offered(handoff, giver.staff_id, offered_language="ps")
    assert await names(handoff, case, 0) == ["one", "two"]
    assert await names(handoff, case, 1) == ["one"]
    case.offered_language = "bal"
    assert await names(handoff, case, 0) == ["urdu"]


async def test_a_shift_of_another_time_is_a_roster_too(handoff: Handoff) -> None:
    person = await handoff.staff("once")
    async with handoff.core.database.transaction() as tx:
        start = datetime(2026, 1, 1, tzinfo=UTC)
        tx.session.add(
            Shift(staff_id=person.staff_id, starts_at=start, ends_at=start + timedelta(hours=1))
        )
    case = await handoff.rung()
    assert await names(handoff, case, 0) == []
