"""The ladder on a clock that is set: who is called when, and what a killed worker leaves."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from amaan.clock import SetClock, SystemClock
from amaan.conversation.store import lock_conversation
from amaan.core import build_core
from amaan.errors import OutsideServiceError, UnknownOutcomeError
from amaan.settings import Settings
from amaan.storage import Transaction
from amaan.storage.models import Escalation, OperatorAlarm, Page, Staff
from handoff.ladder import REALERT_AFTER, Ladder, handoff_tasks
from handoff.states import Outcome, State
from tests.conftest import START
from tests.handoff.parts import FakePager, Handoff, keys


class KilledError(BaseException):
    """A worker dies here."""


@pytest.fixture
async def shift(handoff: Handoff) -> Handoff:
    """Three supervisors on call, a lead at home, a coordinator."""
    await handoff.staff("first", languages=["ps"], on_call_order=1)
    await handoff.staff("second", languages=["ur"], on_call_order=2)
    await handoff.staff("third", languages=["ur"], on_call_order=3)
    await handoff.staff("home", role="lead", on_call=False)
    await handoff.staff("coordinator", role="lead", on_call=False, is_coordinator=True)
    await handoff.staff("absent", on_call=False)
    await handoff.staff("trainer", role="trainer")
    return handoff


async def run_due(handoff: Handoff, clock: SetClock) -> None:
    """Runs every timer that is due, as a worker would; repeats are part of life."""
    for at, args in await handoff.timers():
        if at <= clock.now():
            escalation_id = UUID(args["escalation_id"])
            await handoff.ladder.page(escalation_id, args["ladder"], args["step"])


async def alarms(handoff: Handoff) -> dict[str, int]:
    """Operator alarms and their counts."""
    async with handoff.core.database.transaction() as tx:
        rows = await tx.session.scalars(select(OperatorAlarm))
        return {row.kind: row.count for row in rows}


async def test_the_whole_ladder(shift: Handoff, clock: SetClock) -> None:
    case = await shift.rung()
    assert case.conversation_id is not None
    expected = {
        0: ["second"],
        119: [],
        120: ["third"],
        240: ["coordinator", "first", "home", "second", "third"],
        360: ["coordinator"],
    }
    seen = 0
    for seconds, names in expected.items():
        clock.move(START + timedelta(seconds=seconds) - clock.now())
        assert "human.nobody" not in keys(await shift.said(case.conversation_id))
        await run_due(shift, clock)
        assert sorted(shift.pager.names[seen:]) == names, seconds
        seen += len(names)
    assert (await shift.case(case.id)).state == State.PAGED
    assert keys(await shift.said(case.conversation_id)) == ["human.nobody"]
    assert len(shift.courier.scheduled) == 1
    assert all(page.due_at <= page.created_at for page in await shift.pages(case.id))
    assert await alarms(shift) == {}
    tags = await shift.tags(case.id)
    assert tags.count("escalation:stepped") == 4
    assert tags.count("page:sent") == 8
    assert tags.count("escalation:person_told_nobody_came") == 1


async def test_everybody_is_called_again_until_somebody_comes(
    shift: Handoff, clock: SetClock
) -> None:
    case = await shift.rung()
    clock.move(timedelta(seconds=360))
    await run_due(shift, clock)
    assert (await shift.timers())[-1][0] == clock.now() + REALERT_AFTER
    shift.pager.pages.clear()
    clock.move(REALERT_AFTER)
    await run_due(shift, clock)
    assert set(shift.pager.names) == {"first", "second", "third", "home", "coordinator"}
    assert case.conversation_id is not None
    assert keys(await shift.said(case.conversation_id)) == ["human.nobody"]
    assert len(await shift.timers()) == 6


async def test_page_text_says_nothing_of_her(shift: Handoff) -> None:
    await shift.staff("texted", means="sms", number="+923000000009", on_call_order=0)
    case = await shift.rung()
    await shift.ladder.page(case.id, 1, 0)
    (_, means, text) = shift.pager.pages[0]
    assert means == "sms"
    assert text == f"Amaan: a case waits. Open the console. Ref {case.id.hex[:4].upper()}"


@pytest.mark.parametrize("times", [2, 5])
async def test_a_repeated_job_pages_once(shift: Handoff, times: int) -> None:
    case = await shift.rung()
    for _ in range(times):
        await shift.ladder.page(case.id, 1, 0)
    assert shift.pager.names == ["second"]


async def test_jobs_at_once_page_once(shift: Handoff) -> None:
    case = await shift.rung()
    await asyncio.gather(*(shift.ladder.page(case.id, 1, step) for step in (0, 0, 1, 1)))
    pages = await shift.pages(case.id)
    assert sorted(shift.pager.names) in (["second", "third"], ["second"])
    assert len(pages) == len(shift.pager.names)
    assert all(page.state == "sent" for page in pages)


@pytest.fixture
async def texted(handoff: Handoff) -> Handoff:
    """Two supervisors on call who are called by text."""
    await handoff.staff("second", means="sms", number="+923000000008", on_call_order=2)
    await handoff.staff("third", means="sms", number="+923000000009", on_call_order=3)
    return handoff


async def test_a_worker_killed_before_the_page_went_out(texted: Handoff) -> None:
    case = await texted.rung()
    texted.pager.fails["sms"] = KilledError()
    with pytest.raises(KilledError):
        await texted.ladder.page(case.id, 1, 0)
    assert [page.state for page in await texted.pages(case.id)] == ["sending"]
    texted.pager.fails.clear()
    await Ladder(texted.core, texted.courier, texted.pager).page(case.id, 1, 0)
    assert texted.pager.names == ["second"]
    assert [page.state for page in await texted.pages(case.id)] == ["sent"]


async def test_a_worker_killed_after_the_page_went_out_does_not_page_twice(
    texted: Handoff,
) -> None:
    case = await texted.rung()
    texted.pager.fails["sms"] = KilledError()
    with pytest.raises(KilledError):
        await texted.ladder.page(case.id, 1, 0)
    texted.pager.fails.clear()
    texted.pager.went_out = True
    await texted.ladder.page(case.id, 1, 0)
    assert texted.pager.pages == []
    assert [page.state for page in await texted.pages(case.id)] == ["sent"]


async def test_a_later_step_sends_what_an_earlier_left(texted: Handoff) -> None:
    case = await texted.rung()
    texted.pager.fails["sms"] = KilledError()
    with pytest.raises(KilledError):
        await texted.ladder.page(case.id, 1, 0)
    texted.pager.fails.clear()
    await texted.ladder.page(case.id, 1, 1)
    assert texted.pager.names == ["second", "third"]


async def test_consoles_ring_together_or_not_at_all(
    shift: Handoff, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The last step calls everybody; a worker dies among them.
    case = await shift.rung()
    rung = shift.pager.ring

    async def ring(tx: Transaction, staff_id: UUID) -> None:
        await rung(tx, staff_id)
        if len(shift.pager.pages) == 2:
            raise KilledError

    monkeypatch.setattr(shift.pager, "ring", ring)
    with pytest.raises(KilledError):
        await shift.ladder.page(case.id, 1, 2)
    pages = await shift.pages(case.id)
    assert len(pages) > 2
    assert {page.state for page in pages} == {"queued"}
    monkeypatch.undo()
    await shift.ladder.page(case.id, 1, 2)
    assert {page.state for page in await shift.pages(case.id)} == {"sent"}
    assert "page:sent" in await shift.tags(case.id)


async def test_late_timers_after_an_outage_call_everybody_at_once(
    shift: Handoff, clock: SetClock
) -> None:
    case = await shift.rung()
    clock.move(timedelta(minutes=10))
    await run_due(shift, clock)
    assert len(await shift.pages(case.id)) == 8
    assert case.conversation_id is not None
    assert keys(await shift.said(case.conversation_id)) == ["human.nobody"]


@pytest.mark.parametrize("end", ["claimed", "closed", "erased", "risen"])
async def test_timers_of_what_is_over_do_nothing(shift: Handoff, end: str) -> None:
    case = await shift.rung("requested")
    assert case.conversation_id is not None
    viewer = await shift.staff("holder", on_call=False)
    if end == "risen":
        await shift.alarm(case.conversation_id, "critical")
    elif end == "erased":
        await shift.bench.eraser.erase(case.conversation_id)
    else:
        await shift.claims.claim(viewer, case.id)
        if end == "closed":
            await shift.claims.close(viewer, case.id, Outcome.OTHER)
    for step in range(4):
        await shift.ladder.page(case.id, 1, step)
    assert shift.pager.pages == []
    assert await shift.pages(case.id) == []


async def test_nobody_on_call_warns_the_operator_and_goes_on_at_once(handoff: Handoff) -> None:
    await handoff.staff("coordinator", role="lead", on_call=False, is_coordinator=True)
    case = await handoff.rung()
    await handoff.ladder.page(case.id, 1, 0)
    assert await alarms(handoff) == {"nobody_on_call": 1}
    assert handoff.pager.names == ["coordinator"]
    assert (await handoff.pages(case.id))[0].step == 2
    assert case.conversation_id is not None
    assert keys(await handoff.said(case.conversation_id)) == []


async def test_she_is_told_at_once_when_there_is_nobody_at_all(handoff: Handoff) -> None:
    case = await handoff.rung()
    for step in (0, 1, 2, 3, 4):
        await handoff.ladder.page(case.id, 1, step)
    assert case.conversation_id is not None
    assert keys(await handoff.said(case.conversation_id)) == ["human.nobody"]
    assert await alarms(handoff) == {"nobody_on_call": 2}
    assert (await handoff.case(case.id)).state == State.OPEN


async def test_one_person_alone_is_called_again(handoff: Handoff) -> None:
    await handoff.staff("alone")
    case = await handoff.rung()
    for step in range(4):
        await handoff.ladder.page(case.id, 1, step)
    assert handoff.pager.names == ["alone"] * 4


async def test_who_asked_for_silence_is_not_written_to(handoff: Handoff) -> None:
    case = await handoff.rung()
    assert case.conversation_id is not None
    async with handoff.core.database.transaction() as tx:
        conversation = await lock_conversation(tx, case.conversation_id)
        assert conversation is not None
        conversation.stopped = True
    for step in range(4):
        await handoff.ladder.page(case.id, 1, step)
    assert keys(await handoff.said(case.conversation_id)) == []


async def test_every_means_of_a_person_rings_at_once_and_each_once(handoff: Handoff) -> None:
    means = ["console", "sms", "voice", "email"]
    await handoff.staff("one", means=means, number="+923000000009", email="one@example.org")
    case = await handoff.rung()
    for _ in range(2):
        await handoff.ladder.page(case.id, 1, 0)
    assert sorted(means for _, means, _ in handoff.pager.pages) == sorted(means)
    # The console first: a slow provider holds it back for nobody.
    assert handoff.pager.pages[0][1] == "console"


async def test_one_means_that_fails_calls_nobody_else_yet(handoff: Handoff) -> None:
    await handoff.staff("one", means=["sms", "voice"], number="+923000000009")
    await handoff.staff("two", on_call_order=200)
    handoff.pager.fails["sms"] = OutsideServiceError()
    case = await handoff.rung()
    await handoff.ladder.page(case.id, 1, 0)
    assert set(handoff.pager.names) == {"one"}
    assert sorted(page.state for page in await handoff.pages(case.id)) == ["failed", "sent"]


async def test_a_slow_provider_holds_no_other_page_back(handoff: Handoff) -> None:
    await handoff.staff("slow", means="sms", number="+923000000009")
    case = await handoff.rung()
    pager = GatedPager()
    ladder = Ladder(handoff.core, handoff.courier, pager)
    for number in range(3):
        await handoff.staff(
            f"lead-{number}", role="lead", means="voice", number=f"+92300000001{number}"
        )
    async with asyncio.timeout(5):
        task = asyncio.create_task(ladder.page(case.id, 1, 2))
        await pager.all_there.wait()
        pager.gate.set()
        await task
    assert len(pager.pages) == 4


class GatedPager(FakePager):
    """Keeps everybody waiting until four pages are under way together."""

    def __init__(self) -> None:
        super().__init__()
        self.there = 0
        self.all_there, self.gate = asyncio.Event(), asyncio.Event()

    async def page(self, staff: Staff, means: str, text: str) -> None:
        """See `Pager.page`."""
        self.there += 1
        if self.there == 4:
            self.all_there.set()
        await self.gate.wait()
        await super().page(staff, means, text)


@pytest.mark.parametrize(
    ("error", "state", "tag"),
    [
        (UnknownOutcomeError(), "unknown", "page:outcome_unknown"),
        (OutsideServiceError(), "failed", "page:failed"),
    ],
)
async def test_a_page_that_failed_rings_on_the_console_too(
    handoff: Handoff, error: OutsideServiceError, state: str, tag: str
) -> None:
    await handoff.staff("one", means="sms", number="+923000000009")
    await handoff.staff("two", on_call_order=200)
    handoff.pager.fails["sms"] = error
    case = await handoff.rung()
    await handoff.ladder.page(case.id, 1, 0)
    pages = await handoff.pages(case.id)
    assert (pages[0].state, pages[0].means) == (state, "sms")
    assert handoff.pager.pages[0][:2] == ("one", "console")
    assert tag in await handoff.tags(case.id)
    # What surely failed brings the next person at once; what may have arrived does not.
    assert handoff.pager.names == (["one", "two"] if state == "failed" else ["one"])
    assert ("page_failed" in await alarms(handoff)) == (state == "failed")


async def test_a_real_worker_pages_what_was_due_while_none_ran(
    handoff: Handoff, settings: Settings
) -> None:
    core = build_core(settings, SystemClock())
    await core.open()
    try:
        pager = FakePager()
        await handoff.staff("alone")
        core.jobs.add_tasks_from(handoff_tasks(core, handoff.courier, pager), namespace="handoff")
        case = await Handoff(core).rung()
        await core.jobs.run_worker_async(wait=False, install_signal_handlers=False)
        assert pager.names == ["alone"]
        async with core.database.transaction() as tx:
            row = await tx.session.get_one(Escalation, case.id)
            assert row.state == State.PAGED
            page = await tx.session.scalar(select(Page))
            assert page is not None
            assert page.state == "sent"
        assert [args["step"] for _, args in await handoff.timers()][-3:] == [1, 2, 3]
    finally:
        await core.close()
