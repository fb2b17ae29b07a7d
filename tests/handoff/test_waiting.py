"""While she waits: which line is said when, and when none is, on a clock that is set."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from amaan.clock import SetClock
from amaan.conversation.store import lock_conversation
from amaan.core import Core
from amaan.ports import Inbound, Option, Parse, Reply, Risk
from amaan.storage.models import Conversation
from handoff.audit import Tag
from handoff.lines import lines_now, sms_lines
from handoff.states import Outcome, State
from handoff.waiting import SAID_LATELY, Company, be_quiet
from tests.conftest import START
from tests.handoff.waits import Wait

NOON = datetime(2026, 11, 23, 7, 0, tzinfo=UTC)
"""A Monday, 12:00 in Pakistan."""


@pytest.fixture
def wait(core: Core, clock: SetClock) -> Wait:
    """Nothing has happened yet."""
    return Wait(core, clock)


async def test_the_lines_come_in_their_order(wait: Wait) -> None:
    await wait.begin()
    expected = {44: 0, 45: 1, 149: 1, 150: 2, 269: 2, 270: 3, 869: 3, 870: 4}
    for seconds, count in expected.items():
        await wait.run_to(seconds)
        assert len(await wait.lines()) == count, seconds
    assert await wait.lines() == ["wait.here", "wait.place", "wait.lines", "wait.still"]
    assert (await wait.case()).wait_step == 3
    tags = await wait.handoff.tags(wait.case_id)
    assert tags.count(Tag.PERSON_KEPT_COMPANY) == 4
    events = await wait.handoff.audit(wait.case_id)
    assert [e.detail.get("line") for e in events if e.detail.get("line")] == await wait.lines()


async def test_the_last_line_comes_three_times_and_no_more(wait: Wait) -> None:
    await wait.begin()
    for seconds in (600, 1200, 1800, 2400):
        await wait.run_to(seconds)
        await wait.write("are you there")
    await wait.run_to(8000)
    assert (await wait.lines()).count("wait.still") == 3
    assert len(await wait.jobs()) == 6


async def test_an_elevated_case_has_no_line_before_it_is_paged(wait: Wait) -> None:
    await wait.begin("elevated")
    await wait.run_to(899)
    assert await wait.lines() == []
    await wait.write("still here")
    await wait.run_to(900 + 45)
    assert await wait.lines() == ["wait.here"]


async def test_who_asked_for_a_human_has_company_too(wait: Wait) -> None:
    await wait.begin("requested")
    await wait.run_to(45)
    assert await wait.lines() == ["wait.here"]


@pytest.mark.parametrize(("door", "minutes"), [("web", 15), ("sms", 10), ("whatsapp", 10)])
async def test_who_has_not_written_for_long_is_left_alone(
    wait: Wait, door: str, minutes: int
) -> None:
    await wait.begin("elevated", door)
    # Her last word is as old as allowed, then a second older.
    async with wait.core.database.transaction() as tx:
        conversation = await tx.session.get_one(Conversation, wait.conversation_id)
        conversation.last_inbound_at = START + timedelta(seconds=945 - 60 * minutes)
    await wait.run_to(946)
    assert await wait.lines() == ["wait.here"]
    await wait.run_to(2000)
    assert await wait.lines() == ["wait.here"]


async def test_a_line_waits_while_something_was_just_said(wait: Wait) -> None:
    await wait.begin()
    await wait.run_to(30)
    await wait.write("hello again")
    await wait.run_to(59)
    assert await wait.lines() == []
    await wait.run_to(60)
    assert await wait.lines() == ["wait.here"]


async def test_a_line_waits_while_her_message_is_being_answered(wait: Wait) -> None:
    await wait.begin()
    inbound = Inbound("web", "+923000000001", "one more thing", "M-late")
    accepted = await wait.handoff.bench.acceptor.accept(inbound)
    await wait.run_to(46)
    assert await wait.lines() == []
    assert accepted.message_id is not None
    await wait.handoff.bench.processor.process(accepted.message_id)
    await wait.run_to(110)
    assert await wait.lines() == ["wait.here"]


async def test_late_jobs_do_not_say_everything_at_once(wait: Wait) -> None:
    await wait.begin()
    wait.clock.move(timedelta(seconds=400))
    for _, _, args in await wait.jobs():
        await wait.run(args)
    assert await wait.lines() == ["wait.lines"]


async def test_a_clock_set_back_does_not_silence(wait: Wait) -> None:
    await wait.begin()
    wait.clock.move(timedelta(seconds=45) - SAID_LATELY - timedelta(hours=1))
    await wait.company.keep(wait.case_id, 1, 0)
    assert await wait.lines() == ["wait.here"]


async def test_jobs_at_once_say_a_line_once(wait: Wait) -> None:
    await wait.begin()
    wait.clock.move(timedelta(seconds=45))
    other = Company(wait.core, wait.handoff.courier)
    await asyncio.gather(
        *(one.keep(wait.case_id, 1, 0) for one in (wait.company, other, wait.company))
    )
    assert await wait.lines() == ["wait.here"]


async def test_an_older_ladder_says_nothing_and_a_new_one_begins_again(wait: Wait) -> None:
    await wait.begin("requested")
    await wait.run_to(45)
    await wait.handoff.alarm(wait.conversation_id, "critical")
    wait.clock.move(timedelta(seconds=105))
    await wait.company.keep(wait.case_id, 1, 1)
    assert await wait.lines() == ["wait.here"]
    await wait.company.keep(wait.case_id, 2, 0)
    assert await wait.lines() == ["wait.here", "wait.here"]


@pytest.mark.parametrize("how", ["claimed", "released", "closed", "erased", "stopped"])
async def test_nothing_is_said_when_she_does_not_wait(wait: Wait, how: str) -> None:
    await wait.begin()
    handoff = wait.handoff
    if how in ("claimed", "released", "closed"):
        viewer = await handoff.staff("sana")
        await handoff.claims.claim(viewer, wait.case_id)
        if how != "claimed":
            await handoff.claims.send(viewer, wait.case_id, "I am here")
        if how == "released":
            await handoff.claims.release(viewer, wait.case_id)
        if how == "closed":
            await handoff.claims.close(viewer, wait.case_id, Outcome.SAFE_NOW)
    elif how == "erased":
        await handoff.bench.eraser.erase(wait.conversation_id)
    else:
        async with wait.core.database.transaction() as tx:
            conversation = await lock_conversation(tx, wait.conversation_id)
            assert conversation is not None
            conversation.stopped = True
    await wait.run_to(300)
    if how != "erased":
        assert await wait.lines() == []


async def test_a_claim_and_a_line_at_once_never_speak_after_the_human(wait: Wait) -> None:
    await wait.begin()
    viewer = await wait.handoff.staff("sana")
    wait.clock.move(timedelta(seconds=45))
    await asyncio.gather(
        wait.handoff.claims.claim(viewer, wait.case_id), wait.company.keep(wait.case_id, 1, 0)
    )
    said = [key for _, key, _ in await wait.handoff.said(wait.conversation_id)]
    assert said[-1] == "human.joined"


async def test_after_she_was_told_that_nobody_comes_only_the_honest_line(wait: Wait) -> None:
    await wait.begin()
    await wait.handoff.ladder.page(wait.case_id, 1, 0)
    said = [key for _, key, _ in await wait.handoff.said(wait.conversation_id)]
    assert "human.nobody" in said
    await wait.run_to(870)
    assert await wait.lines() == ["wait.still"]


@pytest.mark.parametrize("said", ["no more", "chup", "no", "بس اور نہیں"])
async def test_she_may_ask_for_no_more(wait: Wait, said: str) -> None:
    await wait.begin()
    await wait.run_to(45)
    await wait.write(said)
    assert (await wait.last())[1] == "wait.quiet"
    assert (await wait.case()).wait_quiet
    assert (await wait.case()).state == State.OPEN
    await wait.run_to(5000)
    assert await wait.lines() == ["wait.here", "wait.quiet"]


async def test_an_unclear_no_is_no_wish_for_quiet(wait: Wait) -> None:
    await wait.begin()
    await wait.run_to(45)
    await wait.write("maybe no")
    assert not (await wait.case()).wait_quiet


async def test_a_no_to_the_dialogue_is_no_wish_for_quiet(wait: Wait) -> None:
    await wait.begin()
    await wait.write("no")
    assert not (await wait.case()).wait_quiet


async def test_quiet_without_a_case_is_left_to_the_dialogue(wait: Wait) -> None:
    await wait.write("hello", first=True)
    await wait.write("no more")
    assert await wait.lines() == []
    async with wait.core.database.transaction() as tx:
        assert not await be_quiet(tx, wait.conversation_id)


async def test_danger_is_answered_before_a_wish_for_quiet(wait: Wait) -> None:
    await wait.begin()
    await wait.write("hurt?")
    assert (await wait.conversation()).pending_kind == "harm"
    await wait.write("no more")
    # No clear no to the gentle question: it counts as yes, and nothing is silenced.
    assert not (await wait.case()).wait_quiet
    assert wait.handoff.bench.dialogue.turns[-1].risk.level == "critical"  # type: ignore[attr-defined]


async def test_a_new_danger_after_a_human_was_there_ends_the_quiet(wait: Wait) -> None:
    await wait.begin()
    await wait.write("no more")
    viewer = await wait.handoff.staff("sana")
    await wait.handoff.claims.claim(viewer, wait.case_id)
    await wait.handoff.claims.send(viewer, wait.case_id, "I am here")
    await wait.handoff.claims.release(viewer, wait.case_id)
    await wait.write("die")
    assert not (await wait.case()).wait_quiet
    await wait.run_to(60)
    assert (await wait.lines())[-1] == "wait.here"


async def test_no_safe_place_raises_the_case(wait: Wait) -> None:
    await wait.begin("requested")
    await wait.run_to(150)
    assert (await wait.lines())[-1] == "wait.place"
    await wait.write("maybe no")
    case = await wait.case()
    assert (case.level, case.kind, case.ladder) == ("critical", "harm", 2)
    assert not case.wait_quiet
    # It is not asked again.
    await wait.run_to(600)
    assert (await wait.lines()).count("wait.place") == 1


async def test_a_safe_place_is_no_answer_to_an_older_question(wait: Wait) -> None:
    await wait.begin("requested")
    async with wait.core.database.transaction() as tx:
        conversation = await tx.session.get_one(Conversation, wait.conversation_id)
        conversation.menu_sealed = b"an older menu, where 1 erases"
    await wait.run_to(150)
    assert (await wait.conversation()).menu_sealed is None
    await wait.write("yes")
    assert (await wait.case()).level == "requested"
    turn = wait.handoff.bench.dialogue.turns[-1]  # type: ignore[attr-defined]
    assert turn.answers_others


@pytest.mark.parametrize("why", ["asked", "form", "bystander"])
async def test_one_question_at_a_time(wait: Wait, why: str) -> None:
    await wait.begin()
    if why == "asked":
        await wait.write("hurt?")
    elif why == "bystander":
        await wait.set(who="other")
    else:
        wait.handoff.bench.dialogue.answer = _ask_plan  # type: ignore[method-assign]
        await wait.write("plan")
    await wait.run_to(300)
    assert await wait.lines() == ["wait.here", "wait.lines"]


async def _ask_plan(_turn: object) -> list[Reply]:
    return [Reply("plan.start", "Whose phone is it?", (Option("mine", "inform", "own"),))]


async def test_lines_answer_at_this_hour_and_in_her_province(wait: Wait) -> None:
    def in_karachi(_said: str) -> Parse:
        risk = Risk("critical", "harm", 0.9)
        places = (("city", "Karachi"), ("province", "Sindh"))
        return Parse("en", "Latn", "imminent_harm", 0.9, risk, named=places)

    wait.handoff.bench.screener.understand = in_karachi  # type: ignore[attr-defined]
    await wait.begin()
    await wait.run_to(270)
    author, key, said = await wait.last()
    assert (author, key) == ("system", "wait.lines")
    rows = said.splitlines()
    assert any("1121" in row for row in rows)
    assert "080039393" not in said  # it is after midnight there
    assert next(row for row in rows if "15" in row).startswith("Police")


async def test_an_sms_has_two_numbers(wait: Wait) -> None:
    await wait.begin(door="sms")
    await wait.run_to(270)
    assert (await wait.last())[2].endswith("15, 03117786264")


def test_lines_now() -> None:
    def names(at: datetime, province: str | None = None, kind: str | None = "harm") -> list[str]:
        return [fact.name for fact in lines_now(at, province, kind)]

    assert names(NOON) == ["police", "rights_line", "cyber_line", "drf", "umang"]
    assert "drf" not in names(NOON + timedelta(hours=5))
    assert "drf" not in names(NOON + timedelta(days=5))
    assert "drf" in names(datetime(2026, 11, 23, 4, 0, tzinfo=UTC))
    assert "drf" not in names(datetime(2026, 11, 23, 3, 59, tzinfo=UTC))
    assert "child_line" in names(NOON, "Punjab")
    assert "child_line" not in names(NOON, "Balochistan")
    assert names(NOON, kind="suicide")[:2] == ["police", "umang"]
    assert sms_lines(lines_now(NOON, None, None)) == "15, 1099"


async def test_the_assistant_knows_that_a_human_was_there(wait: Wait) -> None:
    turns = wait.handoff.bench.dialogue.turns  # type: ignore[attr-defined]
    await wait.begin()
    await wait.write("hello")
    assert not turns[-1].after_human
    viewer = await wait.handoff.staff("sana")
    await wait.handoff.claims.claim(viewer, wait.case_id)
    await wait.handoff.claims.send(viewer, wait.case_id, "I am here")
    await wait.handoff.claims.release(viewer, wait.case_id)
    await wait.write("hello")
    assert turns[-1].after_human
    assert turns[-1].answers_others
    await wait.write("hello")
    assert turns[-1].after_human
    assert not turns[-1].answers_others


async def test_who_only_took_the_chat_was_not_there_yet(wait: Wait) -> None:
    await wait.begin()
    viewer = await wait.handoff.staff("sana")
    await wait.handoff.claims.claim(viewer, wait.case_id)
    await wait.handoff.claims.release(viewer, wait.case_id)
    async with wait.core.database.transaction() as tx:
        assert not await wait.handoff.desk.human_was_here(tx, wait.conversation_id)


async def test_a_job_carries_ids_only(wait: Wait) -> None:
    await wait.begin()
    await wait.run_to(300)
    for _, _, args in await wait.jobs():
        assert set(args) == {"escalation_id", "ladder", "step"}
