"""Alarms: one case a conversation, its timers in the same transaction, never lowered."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest

from amaan.clock import SetClock
from amaan.conversation.store import lock_conversation
from amaan.core import Core
from amaan.ports import Alarm
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import Escalation
from handoff.states import Outcome, State
from tests.conftest import START
from tests.handoff.parts import Handoff


def seconds(timers: list[tuple[datetime, dict[str, Any]]]) -> list[tuple[float, int, int]]:
    """Seconds after the start, ladder and step of timers."""
    return [((at - START).total_seconds(), args["ladder"], args["step"]) for at, args in timers]


@pytest.mark.parametrize("level", ["critical", "requested"])
async def test_a_case_is_opened_with_its_timers(handoff: Handoff, level: str) -> None:
    case = await handoff.rung(level)
    assert (case.state, case.level, case.ladder) == (State.OPEN, level, 1)
    assert case.reasons == ["screened"]
    assert seconds(await handoff.timers()) == [(0, 1, 0), (120, 1, 1), (240, 1, 2), (360, 1, 3)]
    assert all(args["escalation_id"] == str(case.id) for _, args in await handoff.timers())
    ids = {"escalation_id", "ladder", "step"}
    assert all(set(args) == ids for _, args in await handoff.timers())
    assert await handoff.tags(case.id) == ["escalation:opened"]


async def test_an_elevated_case_waits_before_it_pages(handoff: Handoff) -> None:
    await handoff.rung("elevated")
    assert seconds(await handoff.timers()) == [
        (900, 1, 0), (1020, 1, 1), (1140, 1, 2), (1260, 1, 3),
    ]  # fmt: skip


async def test_no_commit_means_no_case_and_no_timer(handoff: Handoff) -> None:
    conversation_id = await handoff.person()

    async def killed_before_the_commit() -> None:
        async with handoff.core.database.transaction() as tx:
            conversation = await lock_conversation(tx, conversation_id)
            assert conversation is not None
            alarm = Alarm("critical", "harm", "self", "screened")
            await handoff.desk.raise_alarm(tx, conversation, alarm)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await killed_before_the_commit()
    async with handoff.core.database.transaction() as tx:
        assert not await handoff.desk.has_open_case(tx, conversation_id)
    assert await handoff.timers() == []


async def test_alarms_of_one_conversation_merge(handoff: Handoff) -> None:
    conversation_id = await handoff.person()
    assert await handoff.alarm(conversation_id, "critical") is False
    assert await handoff.alarm(conversation_id, "elevated", "unclear_answer") is True
    case = await handoff.case_of(conversation_id)
    assert case.level == "critical"
    assert case.reasons == ["screened", "unclear_answer"]
    assert case.ladder == 1
    assert len(await handoff.timers()) == 4


async def test_alarms_at_once_open_one_case(handoff: Handoff) -> None:
    conversation_id = await handoff.person()
    were_open = await asyncio.gather(*(handoff.alarm(conversation_id) for _ in range(5)))
    assert sorted(were_open) == [False, True, True, True, True]
    assert len(await handoff.timers()) == 4


async def test_a_rise_to_critical_starts_the_ladder_again(
    handoff: Handoff, clock: SetClock
) -> None:
    case = await handoff.rung("requested")
    clock.move(timedelta(seconds=200))
    assert case.conversation_id is not None
    await handoff.alarm(case.conversation_id, "critical")
    risen = await handoff.case(case.id)
    assert (risen.level, risen.kind, risen.ladder) == ("critical", "suicide", 2)
    assert seconds(await handoff.timers())[-4:] == [
        (240, 1, 2), (320, 2, 1), (360, 1, 3), (440, 2, 2), (560, 2, 3),
    ][-4:]  # fmt: skip


async def test_a_rise_to_elevated_never_makes_a_running_ladder_later(handoff: Handoff) -> None:
    case = await handoff.rung("requested")
    assert case.conversation_id is not None
    await handoff.alarm(case.conversation_id, "elevated")
    risen = await handoff.case(case.id)
    assert (risen.level, risen.ladder) == ("elevated", 1)
    assert seconds(await handoff.timers())[0] == (0, 1, 0)


async def test_asking_for_a_person_ends_the_wait_of_an_elevated_case(
    handoff: Handoff, clock: SetClock
) -> None:
    case = await handoff.rung("elevated")
    assert case.conversation_id is not None
    clock.move(timedelta(seconds=30))
    assert await handoff.alarm(case.conversation_id, "requested", "asked") is True
    asked = await handoff.case(case.id)
    assert (asked.level, asked.ladder, asked.reasons) == ("elevated", 2, ["screened", "asked"])
    assert seconds(await handoff.timers())[0] == (30, 2, 0)


async def test_a_rise_in_a_claimed_case_only_notifies(handoff: Handoff) -> None:
    case = await handoff.rung("elevated")
    await handoff.claims.claim(await handoff.staff("one"), case.id)
    assert case.conversation_id is not None
    assert await handoff.alarm(case.conversation_id, "critical") is True
    risen = await handoff.case(case.id)
    assert (risen.level, risen.state, risen.ladder) == ("critical", State.CLAIMED, 1)


async def test_an_alarm_after_release_calls_anew(handoff: Handoff) -> None:
    case = await handoff.rung("critical")
    viewer = await handoff.staff("one")
    await handoff.claims.claim(viewer, case.id)
    await handoff.claims.send(viewer, case.id, "I am here")
    await handoff.claims.release(viewer, case.id)
    assert case.conversation_id is not None
    async with handoff.core.database.transaction() as tx:
        assert not await handoff.desk.has_open_case(tx, case.conversation_id)
    assert await handoff.alarm(case.conversation_id, "requested", "asked") is False
    again = await handoff.case(case.id)
    assert (again.state, again.level, again.ladder) == (State.OPEN, "critical", 2)


async def test_an_alarm_after_closing_is_a_new_case(handoff: Handoff) -> None:
    case = await handoff.rung()
    viewer = await handoff.staff("one")
    await handoff.claims.claim(viewer, case.id)
    await handoff.claims.close(viewer, case.id, Outcome.SAFE_NOW)
    assert case.conversation_id is not None
    assert await handoff.alarm(case.conversation_id) is False
    assert (await handoff.case_of(case.conversation_id)).id != case.id


async def test_an_erase_keeps_a_record_without_content(handoff: Handoff) -> None:
    case = await handoff.rung()
    assert case.conversation_id is not None
    viewer = await handoff.staff("one")
    await handoff.claims.claim(viewer, case.id)
    assert await handoff.bench.eraser.erase(case.conversation_id)
    record = await handoff.case(case.id)
    assert (record.state, record.outcome) == (State.CLOSED, "erased")
    assert record.erased_by_person
    assert record.closed_at is not None
    assert (record.conversation_id, record.kind, record.reasons) == (None, None, [])
    assert (record.door, record.level, record.opened_at) == ("sms", "critical", START)
    trail = await handoff.audit()
    assert trail[-1].tag == "escalation:erased"
    assert trail[-1].actor == "person"
    assert not any(str(case.conversation_id) in str(event.detail) for event in trail)


async def test_open_consoles_hear_of_an_alarm(handoff: Handoff, core: Core) -> None:
    await core.hub.start()
    await asyncio.wait_for(core.hub.listening.wait(), 5)
    async with core.hub.subscribe(CONSOLE_CHANNEL) as notices:
        case = await handoff.rung()
        notice = await asyncio.wait_for(notices.get(), 1)
    assert notice == {
        "change": "opened",
        "escalation_id": str(case.id),
        "level": "critical",
        "staff_id": None,
    }


async def test_a_bystanders_alarm_is_marked(handoff: Handoff) -> None:
    conversation_id = await handoff.person()
    async with handoff.core.database.transaction() as tx:
        conversation = await lock_conversation(tx, conversation_id)
        assert conversation is not None
        alarm = Alarm("critical", "harm", "other", "screened")
        await handoff.desk.raise_alarm(tx, conversation, alarm)
    case: Escalation = await handoff.case_of(conversation_id)
    assert case.who == "other"
