"""A pause: chats find colleagues, nobody is called, it ends by itself, the house is told."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.errors import InputError, NotAllowedError
from amaan.storage.models import Escalation, OperatorAlarm, Staff
from handoff.duty import Duties
from handoff.hours import Span
from handoff.load import loads, own_day
from handoff.own_state import Standing, own_state
from handoff.pause import FINISH_TASK, Pauses
from handoff.roster_page import gaps, stretches
from handoff.states import State
from handoff.viewer import Viewer
from tests.conftest import START
from tests.handoff.parts import Handoff, keys

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def pauses(handoff: Handoff) -> Pauses:
    """Pauses of the test's house."""
    return Pauses(handoff.core, handoff.transfers)


async def alarms(handoff: Handoff) -> list[tuple[str, int]]:
    """Operator alarms and how often they rang."""
    async with handoff.core.database.transaction() as tx:
        rows = await tx.session.execute(select(OperatorAlarm.kind, OperatorAlarm.count))
        return [(kind, count) for kind, count in rows]


async def holding(handoff: Handoff, viewer: Viewer, count: int = 1) -> list[Escalation]:
    """Cases that `viewer` holds."""
    cases = [await handoff.rung(number=f"+92300000000{n}") for n in range(count)]
    for case in cases:
        await handoff.claims.claim(viewer, case.id)
    return cases


async def test_her_chats_are_let_go_and_others_are_called(handoff: Handoff, pauses: Pauses) -> None:
    amna, bano = await handoff.staff("amna"), await handoff.staff("bano")
    cases = await holding(handoff, amna, 2)
    look = await pauses.outlook(amna, 30)
    assert (look.held, look.alone, look.asks) == (2, [], True)
    assert await pauses.begin(amna, 30) == 2
    for case in cases:
        now = await handoff.case(case.id)
        assert (now.state, now.claimed_by) == (State.OPEN, None)
        assert now.conversation_id is not None
        assert (await handoff.conversation(now.conversation_id)).holder_id is None
        assert "human.lost" in keys(await handoff.said(now.conversation_id))
        await handoff.ladder.page(case.id, now.ladder, 0)
    assert handoff.pager.names == ["bano", "bano"]
    assert bano.staff_id
    assert await alarms(handoff) == []
    assert "staff:paused" in await handoff.tags(amna.staff_id)
    assert not (await pauses.outlook(bano, 15)).held


async def test_a_pause_ends_by_itself(handoff: Handoff, pauses: Pauses, clock: SetClock) -> None:
    amna, _ = await handoff.staff("amna"), await handoff.staff("bano", on_call=False)
    await pauses.begin(amna, 15)
    state = await own_state(handoff.core, amna)
    assert state is not None
    assert (state.standing, state.until) == (Standing.PAUSED, START + 15 * MINUTE)
    case = await handoff.rung()
    await handoff.ladder.page(case.id, 1, 0)
    assert handoff.pager.names == []
    clock.move(15 * MINUTE)
    later = await handoff.rung(number="+923000000009")
    await handoff.ladder.page(later.id, 1, 0)
    assert handoff.pager.names == ["amna"]
    state = await own_state(handoff.core, amna)
    assert state is not None
    assert (state.standing, state.until) == (Standing.ON_DUTY, None)
    # Going on is no deed any more.
    await pauses.end(amna)
    assert "staff:resumed" not in await handoff.tags(amna.staff_id)


async def test_going_on_early(handoff: Handoff, pauses: Pauses) -> None:
    amna, _ = await handoff.staff("amna"), await handoff.staff("bano")
    await pauses.begin(amna, 60)
    await pauses.end(amna)
    await pauses.end(amna)
    tags = [tag for tag in await handoff.tags(amna.staff_id) if tag != "staff:added"]
    assert tags == ["staff:paused", "staff:resumed"]
    state = await own_state(handoff.core, amna)
    assert state is not None
    assert state.standing is Standing.ON_DUTY


async def test_the_last_one_is_told_and_the_house_after_her(
    handoff: Handoff, pauses: Pauses
) -> None:
    amna, bano = await handoff.staff("amna"), await handoff.staff("bano")
    await pauses.begin(bano, 30)
    look = await pauses.outlook(amna, 60)
    assert look.alone == [Span(START, START + 30 * MINUTE)]
    assert await alarms(handoff) == []
    await pauses.begin(amna, 60)
    assert await alarms(handoff) == [("nobody_on_call", 1)]


async def test_whose_shift_is_over_leaves_no_gap(handoff: Handoff, pauses: Pauses) -> None:
    lead = await handoff.staff("lead", role="lead", on_call=False)
    amna = await handoff.staff("amna")
    await Duties(handoff.core).add_shift(lead, amna.staff_id, START - HOUR, START + 20 * MINUTE)
    assert (await pauses.outlook(amna, 60)).alone == [Span(START, START + 20 * MINUTE)]
    assert (await pauses.outlook(lead, 60)).alone == []
    await pauses.begin(lead, 60)
    assert await alarms(handoff) == []


async def test_two_who_pause_at_once_are_seen(handoff: Handoff, pauses: Pauses) -> None:
    amna, bano = await handoff.staff("amna"), await handoff.staff("bano")
    await asyncio.gather(pauses.begin(amna, 15), pauses.begin(bano, 15))
    assert await alarms(handoff) == [("nobody_on_call", 1)]


async def test_a_process_that_dies_in_between_is_made_good(
    handoff: Handoff, pauses: Pauses, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    amna, _ = await handoff.staff("amna"), await handoff.staff("bano")
    (case,) = await holding(handoff, amna)

    async def die(_self: Pauses, _viewer: Viewer) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Pauses, "give", die)
        with pytest.raises(KeyboardInterrupt):
            await pauses.begin(amna, 15)
    assert (await handoff.case(case.id)).claimed_by == amna.staff_id
    ((at, args),) = await handoff.timers(FINISH_TASK)
    assert at == START + timedelta(seconds=5)
    assert set(args) == {"staff_id", "until"}
    await pauses.finish(amna.staff_id, args["until"])
    ladder = (await handoff.case(case.id)).ladder
    assert (await handoff.case(case.id)).claimed_by is None
    # Twice, and late: nothing more.
    await pauses.finish(amna.staff_id, args["until"])
    assert (await handoff.case(case.id)).ladder == ladder
    clock.move(15 * MINUTE)
    await handoff.claims.claim(amna, case.id)
    await pauses.finish(amna.staff_id, args["until"])
    assert (await handoff.case(case.id)).claimed_by == amna.staff_id


async def test_a_job_of_an_older_pause_does_nothing(handoff: Handoff, pauses: Pauses) -> None:
    amna, _ = await handoff.staff("amna"), await handoff.staff("bano")
    await pauses.begin(amna, 15)
    ((_, old),) = await handoff.timers(FINISH_TASK)
    await pauses.end(amna)
    (case,) = await holding(handoff, amna)
    await pauses.finish(amna.staff_id, old["until"])
    assert (await handoff.case(case.id)).claimed_by == amna.staff_id


async def test_what_cannot_be(handoff: Handoff, pauses: Pauses) -> None:
    amna = await handoff.staff("amna")
    trainer = await handoff.staff("trainer", role="trainer")
    for minutes in (0, -15, 14, 240):
        with pytest.raises(InputError):
            await pauses.begin(amna, minutes)
    for deed in (
        pauses.begin(trainer, 15),
        pauses.outlook(trainer, 15),
        pauses.end(trainer),
        pauses.give(trainer),
    ):
        with pytest.raises(NotAllowedError):
            await deed
    assert await own_state(handoff.core, trainer) is None
    assert await own_day(handoff.core, trainer) is None
    with pytest.raises(NotAllowedError):
        await loads(handoff.core, amna)


async def test_a_clock_that_was_set_back_keeps_nobody_paused_for_long(
    handoff: Handoff, pauses: Pauses, clock: SetClock
) -> None:
    amna, _ = await handoff.staff("amna"), await handoff.staff("bano")
    await pauses.begin(amna, 15)
    clock.move(-timedelta(hours=3))
    # She sees it in the bar and goes on herself.
    state = await own_state(handoff.core, amna)
    assert state is not None
    assert state.standing is Standing.PAUSED
    await pauses.end(amna)
    state = await own_state(handoff.core, amna)
    assert state is not None
    assert state.standing is Standing.ON_DUTY


async def test_a_day_is_counted_from_planned_hours(handoff: Handoff, clock: SetClock) -> None:
    lead = await handoff.staff("lead", role="lead", on_call=False)
    amna, duties = await handoff.staff("amna"), Duties(handoff.core)
    # Midnight in Karachi was an hour ago; she came two hours before it.
    await duties.add_shift(lead, amna.staff_id, START - 3 * HOUR, START + 5 * HOUR)
    await holding(handoff, amna, 3)
    await handoff.claims.claim(amna, (await handoff.rung("elevated", number="+923000000008")).id)
    day = await own_day(handoff.core, amna)
    assert day is not None
    assert (day.worked, day.stretch, day.hard_cases, day.was_long) == (HOUR, 3 * HOUR, 3, False)
    clock.move(2 * HOUR)
    day = await own_day(handoff.core, amna)
    assert day is not None
    assert (day.worked, day.stretch, day.was_long) == (3 * HOUR, 5 * HOUR, True)
    clock.move(4 * HOUR)
    day = await own_day(handoff.core, amna)
    assert day is not None
    assert (day.worked, day.stretch, day.was_long) == (6 * HOUR, timedelta(0), False)
    (mine,) = [one for one in await loads(handoff.core, lead) if one.name == "amna"]
    assert (mine.held, mine.taken, mine.on_duty) == (4, 4, 8 * HOUR)


async def test_somebody_away_now_did_work_before(handoff: Handoff) -> None:
    lead, amna = await handoff.staff("lead", role="lead"), await handoff.staff("amna")
    await Duties(handoff.core).add_shift(lead, amna.staff_id, START - 3 * HOUR, START)
    async with handoff.core.database.transaction() as tx:
        (await tx.session.get_one(Staff, amna.staff_id)).away_until = START + HOUR
    (mine,) = [one for one in await loads(handoff.core, lead) if one.name == "amna"]
    assert mine.on_duty == 3 * HOUR
    (boss,) = [one for one in await loads(handoff.core, lead) if one.name == "lead"]
    assert boss.on_duty is None


async def test_the_page_is_cut_where_somebody_comes_or_goes(handoff: Handoff) -> None:
    lead = await handoff.staff("lead", role="lead", on_call=False, languages=["ps"])
    amna, duties = await handoff.staff("amna"), Duties(handoff.core)
    await duties.add_shift(lead, amna.staff_id, START, START + 2 * HOUR)
    await duties.add_shift(lead, lead.staff_id, START + HOUR, START + 2 * HOUR)
    people = (await duties.view(lead, START, START + 4 * HOUR)).people
    found = stretches(people, START, START + 4 * HOUR)
    assert [(part.span.end, sorted(one.name for one in part.people)) for part in found] == [
        (START + HOUR, ["amna"]),
        (START + 2 * HOUR, ["amna", "lead"]),
        (START + 4 * HOUR, []),
    ]
    assert "ps" in found[0].unread
    assert "ps" not in found[1].unread
    assert gaps(people, START, START + 4 * HOUR) == [Span(START + 2 * HOUR, START + 4 * HOUR)]
    assert gaps([], START, START + HOUR) == [Span(START, START + HOUR)]
