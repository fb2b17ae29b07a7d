"""A claim dies with its browser: taken back after a time, never while the holder is there."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from amaan.clock import SetClock
from amaan.storage.models import Escalation, Staff
from amaan.upkeep import Round, Upkeep
from handoff.cases import NotHolderError
from handoff.lapse import LOOK_SECONDS
from handoff.states import Outcome, State
from handoff.viewer import Viewer
from tests.conftest import START
from tests.handoff.parts import Handoff, keys

LIMIT = timedelta(minutes=3)
TICK = timedelta(seconds=1)


async def held(handoff: Handoff) -> tuple[Escalation, Viewer]:
    """A case that `one` holds."""
    case = await handoff.rung()
    one = await handoff.staff("one")
    await handoff.claims.claim(one, case.id)
    return case, one


async def present_at(handoff: Handoff, viewer: Viewer) -> object:
    """When her console was last seen."""
    async with handoff.core.database.transaction() as tx:
        return (await tx.session.get_one(Staff, viewer.staff_id)).present_at


@pytest.mark.parametrize("engaged", [False, True])
async def test_a_claim_without_a_console_is_taken_back(
    handoff: Handoff, clock: SetClock, engaged: bool
) -> None:
    case, one = await held(handoff)
    if engaged:
        await handoff.claims.send(one, case.id, "I am here")
    clock.move(LIMIT)
    assert await handoff.lapses.take_back() == 0
    clock.move(TICK)
    assert await handoff.lapses.take_back() == 1
    assert await handoff.lapses.take_back() == 0
    lapsed = await handoff.case(case.id)
    assert (lapsed.state, lapsed.claimed_by, lapsed.claimed_at) == (State.OPEN, None, None)
    assert (lapsed.ladder, lapsed.clock_started_at) == (2, clock.now())
    assert case.conversation_id is not None
    conversation = await handoff.conversation(case.conversation_id)
    assert (conversation.holder_id, conversation.seam) == (None, 2)
    assert keys(await handoff.said(case.conversation_id)) == ["human.joined", "human.lost"]
    event = (await handoff.audit(case.id))[-1]
    assert (event.tag, event.actor) == ("escalation:claim_lapsed", "system")
    assert event.detail["holder"] == str(one.staff_id)
    with pytest.raises(NotHolderError):
        await handoff.claims.send(one, case.id, "I am back")
    # She may take it again, as everybody may.
    await handoff.claims.claim(one, case.id)


async def test_a_live_console_keeps_it(handoff: Handoff, clock: SetClock) -> None:
    _, one = await held(handoff)
    for _ in range(12):
        clock.move(timedelta(minutes=1))
        await handoff.presence.seen(one.staff_id)
        assert await handoff.lapses.take_back() == 0
    clock.move(LIMIT + TICK)
    assert await handoff.lapses.take_back() == 1


async def test_writing_keeps_it_without_a_console(handoff: Handoff, clock: SetClock) -> None:
    case, one = await held(handoff)
    clock.move(LIMIT - TICK)
    await handoff.claims.send(one, case.id, "I am here")
    clock.move(LIMIT)
    assert await handoff.lapses.take_back() == 0


async def test_who_was_deactivated_holds_nobody(handoff: Handoff) -> None:
    _, one = await held(handoff)
    await handoff.presence.seen(one.staff_id)
    async with handoff.core.database.transaction() as tx:
        (await tx.session.get_one(Staff, one.staff_id)).active = False
    assert await handoff.lapses.take_back() == 1


async def test_two_processes_take_it_back_once(handoff: Handoff, clock: SetClock) -> None:
    case, _ = await held(handoff)
    clock.move(LIMIT + TICK)
    assert sum(await asyncio.gather(*(handoff.lapses.take_back() for _ in range(4)))) == 1
    assert case.conversation_id is not None
    assert keys(await handoff.said(case.conversation_id)).count("human.lost") == 1
    assert (await handoff.tags(case.id)).count("escalation:claim_lapsed") == 1
    assert (await handoff.case(case.id)).ladder == 2


async def test_a_giver_who_is_gone_leaves_the_ladder_running(
    handoff: Handoff, clock: SetClock
) -> None:
    case, one = await held(handoff)
    await handoff.transfers.offer(one, case.id)
    clock.move(LIMIT + TICK)
    assert await handoff.lapses.take_back() == 1
    lapsed = await handoff.case(case.id)
    assert (lapsed.state, lapsed.ladder, lapsed.offered_language) == (State.OPEN, 2, None)


async def test_nobody_is_told_who_asked_for_silence(handoff: Handoff, clock: SetClock) -> None:
    case, _ = await held(handoff)
    assert case.conversation_id is not None
    async with handoff.core.database.transaction() as tx:
        row = await tx.session.get_one(type(await handoff.conversation(case.conversation_id)),
                                       case.conversation_id)  # fmt: skip
        row.stopped = True
    clock.move(LIMIT + TICK)
    assert await handoff.lapses.take_back() == 1
    assert "human.lost" not in keys(await handoff.said(case.conversation_id))


@pytest.mark.parametrize("end", ["released", "closed", "erased"])
async def test_what_is_not_held_cannot_lapse(handoff: Handoff, clock: SetClock, end: str) -> None:
    case, one = await held(handoff)
    await handoff.claims.send(one, case.id, "I am here")
    if end == "released":
        await handoff.claims.release(one, case.id)
    elif end == "closed":
        await handoff.claims.close(one, case.id, Outcome.OTHER)
    else:
        assert case.conversation_id is not None
        await handoff.bench.eraser.erase(case.conversation_id)
    clock.move(timedelta(days=1))
    assert await handoff.lapses.take_back() == 0


async def test_presence_writes_seldom(handoff: Handoff, clock: SetClock) -> None:
    viewer = await handoff.staff("one")
    await handoff.presence.seen(viewer.staff_id)
    assert await present_at(handoff, viewer) == START
    clock.move(timedelta(seconds=9))
    await handoff.presence.seen(viewer.staff_id)
    assert await present_at(handoff, viewer) == START
    clock.move(TICK)
    await handoff.presence.seen(viewer.staff_id)
    assert await present_at(handoff, viewer) == clock.now()
    clock.move(timedelta(hours=-5))
    await handoff.presence.seen(viewer.staff_id)
    assert await present_at(handoff, viewer) == clock.now()


@pytest.mark.parametrize("seen", [False, True])
async def test_a_clock_set_back_takes_no_chat_and_keeps_none_for_ever(
    handoff: Handoff, clock: SetClock, seen: bool
) -> None:
    _, one = await held(handoff)
    if seen:
        await handoff.presence.seen(one.staff_id)
    clock.move(timedelta(days=-1))
    assert await handoff.lapses.take_back() == 0
    # Her time begins with the new clock; what lies in its future says nothing.
    clock.move(LIMIT)
    assert await handoff.lapses.take_back() == 0
    clock.move(TICK)
    assert await handoff.lapses.take_back() == 1


async def test_a_clock_set_forward_waits_for_nobody_who_is_there(
    handoff: Handoff, clock: SetClock
) -> None:
    _, one = await held(handoff)
    clock.move(timedelta(days=1))
    await handoff.presence.seen(one.staff_id)
    assert await handoff.lapses.take_back() == 0


async def test_upkeep_makes_its_rounds(handoff: Handoff, clock: SetClock) -> None:
    done: list[str] = []

    async def fails() -> None:
        done.append("fails")
        raise OSError

    core = handoff.core
    upkeep = Upkeep(
        core.settings, clock, core.database, core.jobs, core.vault, core.ring,
        rounds=[Round(1.0, fails), Round(LOOK_SECONDS, handoff.lapses.take_back)],
    )  # fmt: skip
    case, _ = await held(handoff)
    clock.move(LIMIT + TICK)
    await upkeep.make_rounds(100.0)
    assert (await handoff.case(case.id)).state == State.OPEN
    # Each comes again in its own time, whatever became of it.
    await upkeep.make_rounds(100.5)
    await upkeep.make_rounds(101.0)
    assert done == ["fails", "fails"]
