"""Filing: once each, whatever dies in between; and what is said when it does not work."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from procrastinate.jobs import Job
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.core import Core
from amaan.storage.models import OperatorAlarm
from intake.contents import read_filed
from intake.filing import LOOK_AGAIN, SETTLE, FilingDelayedError, wait_after
from intake.filing_tasks import _BackOff, filing_tasks
from tests.intake.filing_parts import House, whole_draft

MINUTE = timedelta(minutes=1)


@pytest.fixture
def house(core: Core, clock: SetClock) -> House:
    return House(core, clock)


async def alarms(house: House) -> list[str]:
    async with house.core.database.transaction() as tx:
        return list(await tx.session.scalars(select(OperatorAlarm.kind)))


async def delayed(house: House, complaint_id: object) -> timedelta:
    with pytest.raises(FilingDelayedError) as caught:
        await house.filer.file(complaint_id)  # type: ignore[arg-type]
    return caught.value.wait


async def test_a_complaint_is_filed_and_she_is_told_once(house: House) -> None:
    her = await house.person()
    row = await house.consented(her)
    house.clock.move(MINUTE)
    for _ in range(3):
        await house.filer.file(row.id)
    stored = await house.row(row.id)
    assert (stored.state, stored.agency_state) == ("filed", "received")
    assert stored.due_at == house.clock.now() + timedelta(days=7)
    assert stored.keep_until == house.clock.now() + timedelta(days=90)
    assert house.intake.calls == ["file"]
    assert await house.attempts(row.id) == ["filed"]
    assert await house.said(her) == ["complaint.sent number=TEST-0001"]
    assert stored.filed_sealed is not None
    assert b"TEST-0001" not in stored.filed_sealed
    async with house.core.database.transaction() as tx:
        filed = await read_filed(house.core, tx, stored)
    assert filed is not None
    assert (filed.number, filed.sent) == ("TEST-0001", "signed")
    assert filed.complaint["complainant"]["name"] == "Invented Person"
    assert filed.complaint["reference"] == row.reference
    assert house.intake.came[0][0] == row.key
    assert house.intake.came[0][1].created_at == row.consented_at


@pytest.mark.parametrize("fault", ["", "lost_before", "lost_after", "unavailable", "refused"])
async def test_dying_at_any_step_loses_and_doubles_nothing(house: House, fault: str) -> None:
    """The process dies before or after each commit and each call, one step in each round."""
    step, died = 0, True
    while died:
        her = await house.person(f"+92300000{step:04}")
        row = await house.consented(her)
        filer, dying = house.mortal()
        house.intake.faults.clear()
        if fault:
            house.intake.faults.append(fault)
        dying.at = step
        await house.carry_out(filer, row.id)
        died, step = dying.steps > step, step + 1
        stored = await house.row(row.id)
        if fault == "refused" and stored.state == "refused":
            assert row.key not in house.intake.book
            assert await house.said(her) == ["complaint.trouble"]
            continue
        assert stored.state == "filed"
        assert [key for key, _ in house.intake.came].count(row.key) == 1
        assert len(await house.said(her)) == 1
        assert (await house.tags(row.id)).count("filing:sent") == 1
        assert (await house.attempts(row.id)).count("filed") == 1
        assert "unknown" not in await house.attempts(row.id)
    assert step > 4


async def test_an_unknown_outcome_is_looked_up_before_anything_is_sent(house: House) -> None:
    row = await house.consented()
    house.intake.faults.append("lost_after")
    await house.carry_out(house.filer, row.id)
    assert house.intake.calls == ["file", "find"]
    assert await house.attempts(row.id) == ["filed"]
    async with house.core.database.transaction() as tx:
        filed = await read_filed(house.core, tx, await house.row(row.id))
    # Its signed body was lost with the answer; what it said is known.
    assert filed is not None
    assert filed.sent == ""
    assert filed.complaint["incident"]["narrative_original"] == whole_draft().story


async def test_only_a_sure_no_leads_to_a_second_call(house: House) -> None:
    row = await house.consented()
    house.intake.faults.extend(["lost_before", "unavailable", "lost_before"])
    await house.carry_out(house.filer, row.id)
    assert house.intake.calls == ["file", "find", "find", "find", "file"]
    assert await house.attempts(row.id) == ["unavailable", "filed"]


async def test_a_no_is_believed_only_after_what_was_under_way_has_ended(house: House) -> None:
    row = await house.consented()
    house.intake.faults.append("lost_before")
    await delayed(house, row.id)
    house.clock.move(timedelta(seconds=5))
    assert await delayed(house, row.id) == SETTLE - timedelta(seconds=5)
    assert house.intake.calls == ["file", "find"]
    house.clock.move(SETTLE)
    await house.filer.file(row.id)
    assert house.intake.calls == ["file", "find", "find", "file"]


async def test_the_same_complaint_is_sent_at_each_try(house: House) -> None:
    row = await house.consented()
    house.intake.faults.extend(["unavailable", "lost_after"])
    sent = []
    original = house.intake.file

    async def file(complaint: object, key: str) -> object:
        sent.append((complaint, key))
        return await original(complaint, key)  # type: ignore[arg-type]

    house.intake.file = file  # type: ignore[assignment, method-assign]
    await house.carry_out(house.filer, row.id)
    assert len(sent) == 2
    assert sent[0] == sent[1]


async def test_two_jobs_at_once_file_once(house: House) -> None:
    row = await house.consented()
    inner = house.intake.file

    async def file(complaint: object, key: str) -> object:
        # Meanwhile another worker took the job, because this one seemed dead.
        await delayed(house, row.id)
        return await inner(complaint, key)  # type: ignore[arg-type]

    house.intake.file = file  # type: ignore[assignment, method-assign]
    await house.filer.file(row.id)
    assert house.intake.calls == ["find", "file"]
    assert len(house.intake.came) == 1
    assert (await house.row(row.id)).state == "filed"


def test_waits_grow_and_are_bounded() -> None:
    assert [wait_after(tries, soon=False) // MINUTE for tries in range(1, 9)] == [
        1, 2, 5, 10, 30, 60, 60, 60,
    ]  # fmt: skip
    assert max(wait_after(tries, soon=True) for tries in range(1, 99)) == LOOK_AGAIN


async def test_retry_after_is_respected(house: House) -> None:
    row = await house.consented()
    house.intake.faults.append("wait")
    assert await delayed(house, row.id) >= timedelta(hours=3)
    assert await house.attempts(row.id) == ["unavailable"]


async def test_a_refused_complaint_goes_to_a_human(house: House) -> None:
    her = await house.person()
    row = await house.consented(her)
    house.intake.faults.append("refused")
    await house.filer.file(row.id)
    stored = await house.row(row.id)
    assert stored.state == "refused"
    assert await house.attempts(row.id) == ["refused"]
    assert [(one, alarm.level, alarm.reason) for one, alarm in house.desk.alarms] == [
        (her, "requested", "filing_failed")
    ]
    assert await house.said(her) == ["complaint.trouble"]
    assert await alarms(house) == []
    await house.filer.file(row.id)
    assert house.intake.calls == ["file"]


async def test_after_some_hours_a_human_takes_over_and_may_try_again(house: House) -> None:
    assert house.core.settings.intake_give_up_hours == 48
    changed = house.core.settings.model_copy(update={"intake_give_up_hours": 6})
    object.__setattr__(house.core, "settings", changed)
    her = await house.person()
    row = await house.consented(her)
    house.intake.down = True
    waits = await house.carry_out(house.filer, row.id, most=200)
    assert timedelta(hours=6) <= sum(waits, timedelta()) <= timedelta(hours=7)
    assert max(waits) <= LOOK_AGAIN * 1.1 + timedelta(minutes=2)
    assert (await house.row(row.id)).state == "held"
    assert house.desk.alarms[0][1].reason == "filing_failed"
    assert await house.said(her) == ["complaint.trouble"]
    house.intake.down = False
    async with house.core.database.transaction() as tx:
        row = await house.row(row.id)
        await house.complaints.try_again(tx, row, None)  # type: ignore[arg-type]
    await house.carry_out(house.filer, row.id)
    assert (await house.row(row.id)).state == "filed"
    assert len(house.intake.came) == 1


async def test_without_her_conversation_the_operator_is_told(house: House) -> None:
    row = await house.consented()
    async with house.core.database.transaction() as tx:
        stored = await tx.session.get_one(type(row), row.id)
        stored.conversation_id = None
    house.intake.faults.append("refused")
    await house.filer.file(row.id)
    assert (await house.row(row.id)).state == "refused"
    assert await alarms(house) == ["filing_failed"]
    assert house.desk.alarms == []


async def test_what_cannot_be_read_is_held_and_never_sent(house: House) -> None:
    row = await house.consented()
    async with house.core.database.transaction() as tx:
        stored = await tx.session.get_one(type(row), row.id)
        stored.sealed = b"\x01damaged"
    await house.filer.file(row.id)
    assert (await house.row(row.id)).state == "held"
    assert house.intake.calls == []


async def test_consent_is_looked_at_once_more_before_sending(house: House) -> None:
    row = await house.consented()
    async with house.core.database.transaction() as tx:
        stored = await tx.session.get_one(type(row), row.id)
        stored.state = "draft"
        await tx.session.flush()
        await house.complaints.save(tx, stored, whole_draft(consents={}))
        stored.state = "queued"
    await house.filer.file(row.id)
    assert (await house.row(row.id)).state == "held"
    assert house.intake.calls == []


async def test_erased_while_the_call_is_under_way(house: House) -> None:
    her = await house.person()
    row = await house.consented(her)
    inner = house.intake.file

    async def file(complaint: object, key: str) -> object:
        receipt = await inner(complaint, key)  # type: ignore[arg-type]
        await house.bench.eraser.erase(her)
        return receipt

    house.intake.file = file  # type: ignore[assignment, method-assign]
    await house.filer.file(row.id)
    stored = await house.row(row.id)
    assert (stored.state, stored.filed_sealed, stored.conversation_id) == ("erased", None, None)
    assert stored.filed_at is not None
    assert await house.attempts(row.id) == ["filed"]


async def test_states_are_heard_in_any_order(house: House) -> None:
    row = await house.consented()
    await house.filer.file(row.id)
    now = house.clock.now()
    house.clock.move(timedelta(days=3))

    async def tell(state: str, at: datetime) -> str | None:
        await house.filer.on_state("TEST-0001", state, at)  # type: ignore[arg-type]
        return (await house.row(row.id)).agency_state

    assert await tell("investigation", now + timedelta(days=2)) == "investigation"
    assert await tell("verification", now + timedelta(days=1)) == "investigation"
    assert await tell("investigation", now + timedelta(days=2)) == "investigation"
    # A clock of theirs that goes wrong shuts out nothing that follows.
    assert await tell("verification", now + timedelta(days=99)) == "verification"
    house.clock.move(MINUTE)
    assert await tell("closed", house.clock.now()) == "closed"
    tags = await house.events(row.id)
    assert [one.subject for one in tags if one.tag == "agency:state"] == [
        "investigation", "verification", "closed",
    ]  # fmt: skip
    assert await house.filer.on_state("TEST-9999", "closed", now) is False


async def test_a_rejected_complaint_goes_to_a_human_once(house: House) -> None:
    row = await house.consented()
    await house.filer.file(row.id)
    house.clock.move(MINUTE)
    for _ in range(2):
        await house.filer.on_state("TEST-0001", "rejected", house.clock.now())
        house.clock.move(MINUTE)
    assert [alarm.reason for _, alarm in house.desk.alarms] == ["filing_failed"]


async def test_a_number_that_is_given_twice_is_told_to_the_operator(house: House) -> None:
    one = await house.consented(await house.person())
    two = await house.consented(await house.person("+923000000002"))
    await house.filer.file(one.id)
    house.intake.book[two.key] = house.intake.book[one.key]
    await house.filer.file(two.id)
    assert (await house.row(two.id)).state == "filed"
    assert await alarms(house) == ["filing_number_twice"]


async def test_an_unknown_complaint_is_harmless(house: House) -> None:
    await house.filer.file(uuid4())
    await house.filer.ask(uuid4())


def test_the_job_comes_again_when_it_is_told_to(house: House) -> None:
    tasks = filing_tasks(house.core, house.filer).tasks
    assert {task.rpartition(":")[2] for task in tasks} >= {"file", "review_over", "ask"}
    job = Job(id=1, queue="default", lock=None, queueing_lock=None, task_name="file", attempts=999)
    soon = _BackOff().get_retry_decision(exception=ValueError(), job=job)
    assert soon is not None
    later = _BackOff().get_retry_decision(exception=FilingDelayedError(MINUTE), job=job)
    assert later is not None
    assert later.retry_at is not None
    assert soon.retry_at is not None
    assert later.retry_at > soon.retry_at
