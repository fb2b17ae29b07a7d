"""The chain over the trail: changes and deletions are found, late deeds are linked later."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from amaan import cli
from amaan.clock import SetClock
from amaan.core import Core, build_core
from amaan.errors import InputError
from amaan.settings import Settings
from amaan.storage.database import libpq_url
from handoff import trail as trail_module
from handoff.audit import SYSTEM, Tag, record
from handoff.trail import FIRST, Broken, Head, Trail

CASE = UUID(int=7)


@pytest.fixture
def trail(core: Core) -> Trail:
    return Trail(core)


async def deeds(core: Core, count: int) -> None:
    """Records so many deeds, each in a transaction of its own."""
    for step in range(count):
        async with core.database.transaction() as tx:
            at = core.clock.now() + timedelta(microseconds=step)
            await record(
                tx, Tag.PAGE_SENT, at=at, actor=SYSTEM, subject=CASE, step=step, last=False
            )


@pytest.fixture
async def linked(core: Core, trail: Trail) -> Trail:
    """Ten deeds, all linked."""
    await deeds(core, 10)
    assert await trail.seal() == 10
    return trail


async def behind(core: Core, statement: str) -> None:
    """What somebody does who rules the database: the trigger is switched off first."""
    async with core.database.transaction() as tx:
        for step in ("DISABLE", "ENABLE"):
            for table in ("audit_event", "audit_seal"):
                await tx.session.execute(text(f"ALTER TABLE {table} {step} TRIGGER ALL"))
            if step == "DISABLE":
                await tx.session.execute(text(statement))


async def ids(core: Core) -> list[int]:
    async with core.database.transaction() as tx:
        return list(await tx.session.scalars(text("SELECT id FROM audit_event ORDER BY id")))


async def test_an_empty_trail_holds(trail: Trail) -> None:
    assert await trail.seal() == 0
    assert await trail.check() is None
    assert (await trail.state()).head == Head(0, FIRST)


async def test_a_whole_chain_holds_and_grows(linked: Trail, core: Core) -> None:
    assert await linked.check() is None
    assert await linked.seal() == 0
    head = (await linked.state()).head
    await deeds(core, 3)
    state = await linked.state()
    assert (state.head, state.unsealed) == (head, 3)
    assert state.oldest_unsealed == core.clock.now()
    assert await linked.seal() == 3
    assert await linked.check(head) is None
    assert (await linked.state()).unsealed == 0


@pytest.mark.parametrize(
    "change",
    [
        "actor = 'operator'",
        "subject_id = 'x'",
        "tag = 'page:failed'",
        "at = at + interval '1 microsecond'",
        "detail = '{\"step\": 4}'",
        "detail = detail || '{\"step\": 5}'",
        "detail = detail || '{\"last\": 0}'",
    ],
)
async def test_a_changed_deed_is_found(linked: Trail, core: Core, change: str) -> None:
    changed = (await ids(core))[3]
    await behind(core, f"UPDATE audit_event SET {change} WHERE id = {changed}")
    assert await linked.check() == Broken(4, changed, "event_changed")


async def test_deeds_that_changed_places_are_found(linked: Trail, core: Core) -> None:
    first, second = (await ids(core))[3:5]
    for old, new in ((first, -1), (second, first), (-1, second)):
        await behind(core, f"UPDATE audit_event SET id = {new} WHERE id = {old}")
    assert await linked.check() == Broken(4, first, "event_changed")


async def test_a_deleted_deed_is_found(linked: Trail, core: Core) -> None:
    gone = (await ids(core))[-1]
    await behind(core, f"DELETE FROM audit_event WHERE id = {gone}")
    assert await linked.check() == Broken(10, gone, "event_missing")


async def test_a_deed_deleted_with_its_link_is_found(linked: Trail, core: Core) -> None:
    gone = (await ids(core))[5]
    await behind(core, f"DELETE FROM audit_event WHERE id = {gone}")
    await behind(core, f"DELETE FROM audit_seal WHERE event_id = {gone}")
    assert await linked.check() == Broken(6, None, "link_missing")


async def test_the_end_cut_off_is_found_by_a_noted_link(linked: Trail, core: Core) -> None:
    head = (await linked.state()).head
    gone = (await ids(core))[-1]
    await behind(core, f"DELETE FROM audit_event WHERE id = {gone}")
    await behind(core, f"DELETE FROM audit_seal WHERE event_id = {gone}")
    assert await linked.check() is None
    assert await linked.check(head) == Broken(10, None, "link_missing")


async def test_a_chain_made_anew_is_found_by_a_noted_link(linked: Trail, core: Core) -> None:
    head = (await linked.state()).head
    changed = (await ids(core))[2]
    await behind(core, f"UPDATE audit_event SET actor = 'x' WHERE id = {changed}")
    await behind(core, "DELETE FROM audit_seal")
    await linked.seal()
    assert await linked.check() is None
    assert await linked.check(Head.read(str(head))) == Broken(
        10, (await ids(core))[9], "head_differs"
    )


async def test_a_late_deed_with_a_lower_number_is_linked_later(
    core: Core, trail: Trail, clock: SetClock
) -> None:
    late = core.database.transaction()
    tx = await late.__aenter__()
    await record(tx, Tag.ESCALATION_OPENED, at=clock.now(), actor=SYSTEM, subject=CASE)
    await deeds(core, 4)
    assert await trail.seal() == 4
    await late.__aexit__(None, None, None)
    first = (await ids(core))[0]
    assert await trail.seal() == 1
    async with core.database.transaction() as tx:
        order = list(await tx.session.scalars(text("SELECT event_id FROM audit_seal ORDER BY seq")))
    assert order[-1] == first
    assert await trail.check() is None


async def test_a_very_late_deed_is_found_by_the_whole_look(
    core: Core, trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail_module, "_LOOK_BACK", 2)
    late = core.database.transaction()
    tx = await late.__aenter__()
    await record(tx, Tag.ESCALATION_OPENED, at=core.clock.now(), actor=SYSTEM, subject=CASE)
    await deeds(core, 5)
    await trail.seal()
    await late.__aexit__(None, None, None)
    assert await trail.seal() == 0
    assert (await trail.state()).unsealed == 1
    assert await trail.seal_whole() == 1
    assert await trail.check() is None


async def test_many_are_linked_in_batches_by_one_process_at_a_time(
    core: Core, trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trail_module, "_BATCH", 7)
    await deeds(core, 30)
    done = await asyncio.gather(*(Trail(core).seal() for _ in range(3)))
    done.append(await trail.seal())
    assert sum(done) == 30
    assert await trail.check() is None
    assert (await trail.state()).head.seq == 30


async def test_one_that_holds_the_lock_keeps_the_others_out(
    core: Core, trail: Trail, database_url: str
) -> None:
    await deeds(core, 2)
    with psycopg.connect(libpq_url(database_url)) as connection:
        connection.execute("SELECT pg_advisory_xact_lock(%s)", (trail_module._SEAL_LOCK,))
        assert await trail.seal() == 0
    assert await trail.seal() == 2


async def test_a_clock_that_was_set_back_breaks_nothing(
    core: Core, trail: Trail, clock: SetClock
) -> None:
    await deeds(core, 2)
    clock.move(timedelta(days=-400))
    await deeds(core, 2)
    assert await trail.seal() == 4
    assert await trail.check() is None


@pytest.mark.parametrize("noted", ["", "x", "5", "5:zz", "5:aa", "-1:" + "a" * 64])
def test_a_noted_link_is_read_strictly(noted: str) -> None:
    with pytest.raises(InputError):
        Head.read(noted)


async def test_the_time_zone_of_the_server_changes_no_link(core: Core, trail: Trail) -> None:
    async with core.database.transaction() as tx:
        at = datetime(2026, 11, 21, 20, 0, 0, 5, tzinfo=UTC)
        await record(tx, Tag.STAFF_SIGNED_IN, at=at, actor=uuid4(), subject=uuid4())
    await trail.seal()
    async with core.database.transaction() as tx:
        name = await tx.session.scalar(text("SELECT current_database()"))
        await tx.session.execute(text(f"ALTER DATABASE \"{name}\" SET timezone = 'Asia/Karachi'"))
    await core.database.close()
    assert await trail.check() is None


def test_the_command_line_says_whether_the_chain_holds(
    settings: Settings, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Settings, "load", classmethod(lambda _cls, **_more: settings))

    async def some() -> list[int]:
        core = build_core(settings, clock)
        await core.open()
        async with core.database.transaction() as tx:
            await core.vault.first_epoch(tx)
        await deeds(core, 3)
        await Trail(core).seal()
        found = await ids(core)
        await core.close()
        return found

    first = asyncio.run(some())[0]
    run = CliRunner()
    whole = run.invoke(cli.app, ["audit", "check"])
    assert whole.exit_code == 0
    head = whole.output.strip().rpartition(" ")[2]
    assert head.startswith("3:")
    assert run.invoke(cli.app, ["audit", "check", "--noted", head]).exit_code == 0
    other = run.invoke(cli.app, ["audit", "check", "--noted", f"3:{'0' * 64}"])
    assert other.exit_code == 1
    assert "head_differs" in other.output

    async def harm() -> None:
        core = build_core(settings, clock)
        await core.open()
        await behind(core, f"UPDATE audit_event SET actor = 'x' WHERE id = {first}")
        await core.close()

    asyncio.run(harm())
    broken = run.invoke(cli.app, ["audit", "check"])
    assert broken.exit_code == 1
    assert f"link 1: event_changed, deed {first}" in broken.output
