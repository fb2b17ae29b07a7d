"""Complaints on a real database: begun, kept by a code, consented to, taken back, erased."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from amaan.clock import SetClock
from amaan.core import Core
from amaan.errors import ConflictError, ErasedError, StorageError
from amaan.storage.models import Complaint, ComplaintEvent, DataKey, InboundClaim, Staff
from intake.filing import FilingDelayedError
from intake.schema import ConsentItem, IncompleteError
from intake.states import MOVES, State, move
from intake.wrong_codes import MOST
from tests.handoff.parts import Handoff
from tests.intake.filing_parts import House, urgent_draft, whole_draft


@pytest.fixture
def house(core: Core, clock: SetClock) -> House:
    return House(core, clock)


async def keep(house: House, conversation_id: UUID, row: Complaint) -> str:
    async with house.talk(conversation_id) as (tx, _):
        return await house.complaints.keep(tx, row)


async def open_by(house: House, conversation_id: UUID, text: str) -> Complaint | None:
    async with house.talk(conversation_id) as (tx, conversation):
        return await house.complaints.by_code(tx, conversation, text)


async def keys(house: House) -> set[UUID]:
    async with house.core.database.transaction() as tx:
        return set(await tx.session.scalars(select(DataKey.conversation_id)))


def test_moves() -> None:
    assert move("draft", State.QUEUED) is State.QUEUED
    for state in State:
        allowed = MOVES[state]
        assert State.DRAFT not in allowed
        for to in set(State) - allowed:
            with pytest.raises(ConflictError):
                move(state, to)
    ways_out = {state for state, allowed in MOVES.items() if State.FILED in allowed}
    assert ways_out == {State.QUEUED, State.HELD}


async def test_a_draft_is_begun_once_and_sealed_under_its_own_key(house: House) -> None:
    her = await house.person()
    row = await house.begin(her)
    again = await house.begin(her)
    assert again.id == row.id
    assert row.reference.startswith("TF-2026-")
    assert row.keep_until == house.clock.now() + timedelta(days=30)
    assert await keys(house) == {her, row.id}
    draft = whole_draft()
    async with house.core.database.transaction() as tx:
        await house.complaints.save(tx, row, draft)
    stored = await house.row(row.id)
    assert stored.sealed is not None
    assert b"Invented" not in stored.sealed
    async with house.core.database.transaction() as tx:
        found = await house.complaints.open_draft(tx, her)
        assert found is not None
        assert found[1] == draft
        latest = await house.complaints.latest(tx, her)
        assert latest is not None
        assert latest.id == row.id


async def test_what_the_caller_changed_is_kept_by_a_save(house: House) -> None:
    row = await house.begin(await house.person())
    async with house.core.database.transaction() as tx:
        mine = await tx.session.get_one(Complaint, row.id)
        mine.remind = True
        await house.complaints.save(tx, mine, whole_draft())
    assert (await house.row(row.id)).remind


async def test_a_code_brings_the_draft_to_another_door(house: House) -> None:
    her, other = await house.person(), await house.person("+923000000002")
    row = await house.begin(her)
    code = await keep(house, her, row)
    assert len(code) == 14
    assert (await house.row(row.id)).code_lookup is not None
    found = await open_by(house, other, f"here it is {code.lower()}")
    assert found is not None
    assert found.id == row.id
    assert (await house.row(row.id)).conversation_id == other
    async with house.core.database.transaction() as tx:
        await house.complaints.erase_of(tx, her)
    # It went with her: an erase of the chat that she left does not reach it.
    assert (await house.row(row.id)).sealed is not None
    assert await house.tags(row.id) == ["draft:begun", "draft:kept", "draft:moved"]


async def test_a_new_code_voids_the_old_one(house: House) -> None:
    her = await house.person()
    row = await house.begin(her)
    old, new = await keep(house, her, row), await keep(house, her, row)
    assert await open_by(house, her, old) is None
    assert await open_by(house, her, new) is not None


async def test_a_draft_that_is_open_here_is_not_lost_for_another(house: House) -> None:
    her, other = await house.person(), await house.person("+923000000002")
    row = await house.begin(her)
    code = await keep(house, her, row)
    here = await house.begin(other)
    with pytest.raises(ConflictError) as caught:
        await open_by(house, other, code)
    assert caught.value.code == "draft_open"
    # Also when it has a code of its own: put aside, no erase would find it.
    await keep(house, other, here)
    with pytest.raises(ConflictError):
        await open_by(house, other, code)
    assert (await house.row(here.id)).conversation_id == other
    assert (await house.row(row.id)).conversation_id == her


async def test_five_wrong_codes_an_hour(house: House) -> None:
    her, other = await house.person(), await house.person("+923000000002")
    row = await house.begin(her)
    code = await keep(house, her, row)
    for place in range(MOST):
        assert await open_by(house, other, f"2222-AAAA-AA{place}A") is None
        assert await open_by(house, other, "no code at all") is None
    assert await open_by(house, other, code) is None
    assert await open_by(house, her, code) is not None
    async with house.core.database.transaction() as tx:
        claims = list(await tx.session.scalars(select(InboundClaim.claimed_at)))
    assert claims.count(house.clock.now()) >= MOST
    house.clock.move(timedelta(hours=1))
    assert await open_by(house, other, code) is not None


async def test_an_expired_draft_is_not_opened(house: House) -> None:
    her = await house.person()
    row = await house.begin(her)
    code = await keep(house, her, row)
    house.clock.move(timedelta(days=30))
    assert await open_by(house, her, code) is None
    async with house.core.database.transaction() as tx:
        assert await house.complaints.open_draft(tx, her) is None
    # It stands in nobody's way, though no round has come to it yet.
    anew = await house.begin(her)
    assert anew.id != row.id
    assert await house.row_or_none(row.id) is None
    other = await house.person("+923000000002")
    await house.begin(other)
    code = await keep(house, her, anew)
    house.clock.move(timedelta(days=29))
    moved = await house.begin(her)
    assert moved.id == anew.id
    house.clock.move(timedelta(hours=-1))
    async with house.core.database.transaction() as tx:
        theirs = await house.complaints.latest(tx, other)
        assert theirs is not None
        theirs.keep_until = house.clock.now()
    assert await open_by(house, other, code) is not None
    assert await house.row_or_none(theirs.id) is None


async def test_consent_queues_with_one_job(house: House) -> None:
    row = await house.row((await house.consented()).id)
    assert (row.state, row.tier) == ("queued", "medium")
    assert row.consented_at == house.clock.now()
    assert await house.jobs("filing:file") == [{"complaint_id": str(row.id)}]
    assert await house.tags(row.id) == [
        "draft:begun", "consent:given", "declaration:made", "complaint:queued",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"consents": {}}, ConflictError),
        ({"consents": {ConsentItem.SHARE_POLICE: True}}, ConflictError),
        ({"declared_at": None}, ConflictError),
        ({"consent_given_at": None}, IncompleteError),
        ({"city": None}, IncompleteError),
        ({"name": None}, IncompleteError),
    ],
)
async def test_nothing_leaves_without_consent(
    house: House, change: dict[str, object], error: type[Exception]
) -> None:
    her = await house.person()
    with pytest.raises(error):
        await house.consented(her, whole_draft(**change))
    assert await house.jobs("filing:file") == []
    row = await house.begin(her)
    assert row.state == "draft"
    await house.filer.file(row.id)
    assert house.intake.calls == []


async def test_consent_is_given_once(house: House) -> None:
    row = await house.consented()
    async with house.core.database.transaction() as tx:
        with pytest.raises(ConflictError):
            await house.complaints.consent(tx, row, whole_draft(), house.clock.now())
        with pytest.raises(ConflictError):
            await house.complaints.save(tx, row, whole_draft())


async def test_an_urgent_one_waits_for_a_look_and_leaves_by_itself(house: House) -> None:
    row = await house.row((await house.consented(None, urgent_draft())).id)
    assert row.state == "review"
    assert row.review_until == house.clock.now() + timedelta(hours=2)
    assert await house.jobs("filing:review_over") == [{"complaint_id": str(row.id)}]
    async with house.core.database.transaction() as tx:
        assert await house.complaints.pass_review(tx, row) == timedelta(hours=2)
    assert await house.jobs("filing:file") == []
    house.clock.move(timedelta(hours=2))
    for _ in range(2):
        async with house.core.database.transaction() as tx:
            assert await house.complaints.pass_review(tx, row) is None
    assert (await house.row(row.id)).state == "queued"
    assert len(await house.jobs("filing:file")) == 1
    assert "review:passed" in await house.tags(row.id)


async def test_without_a_review_it_leaves_at_once(house: House) -> None:
    changed = house.core.settings.model_copy(update={"intake_review": False})
    object.__setattr__(house.core, "settings", changed)
    row = await house.consented(None, urgent_draft())
    assert (await house.row(row.id)).state == "queued"


async def test_a_supervisor_confirms(house: House) -> None:
    staff_id = (await Handoff(house.core).staff("asma")).staff_id
    row = await house.consented(None, urgent_draft())
    async with house.core.database.transaction() as tx:
        await house.complaints.confirm(tx, row, staff_id, "high", ["T7"])
    stored = await house.row(row.id)
    assert (stored.state, stored.tier, stored.tier_codes) == ("queued", "high", ["T7"])
    assert stored.tier_by == staff_id
    events = await house.events(row.id)
    assert [(e.actor, e.staff_id) for e in events if e.tag == "tier:set"] == [("staff", staff_id)]
    # The timer finds nothing to do.
    house.clock.move(timedelta(hours=2))
    async with house.core.database.transaction() as tx:
        assert await house.complaints.pass_review(tx, row) is None
    assert len(await house.jobs("filing:file")) == 1
    await house.carry_out(house.filer, row.id)
    assert house.intake.came[0][1].triage.tier == "high"
    assert house.intake.came[0][1].triage.is_confirmed
    async with house.core.database.transaction() as tx:
        with pytest.raises(ConflictError):
            await house.complaints.confirm(tx, row, staff_id, "standard", [])
        assert await tx.session.scalar(select(func.count()).select_from(Staff)) == 1


@pytest.mark.parametrize("urgent", [True, False])
async def test_what_was_not_sent_can_be_withdrawn(house: House, urgent: bool) -> None:
    her = await house.person()
    row = await house.consented(her, urgent_draft() if urgent else whole_draft())
    async with house.core.database.transaction() as tx:
        await house.complaints.withdraw(tx, row)
    stored = await house.row(row.id)
    assert (stored.state, stored.sealed, stored.code_lookup) == ("withdrawn", None, None)
    assert await keys(house) == {her}
    house.clock.move(timedelta(hours=3))
    async with house.core.database.transaction() as tx:
        assert await house.complaints.pass_review(tx, row) is None
    await house.filer.file(row.id)
    assert house.intake.calls == []
    # She can begin anew.
    assert (await house.begin(her)).id != row.id


async def test_what_may_have_arrived_cannot_be_withdrawn(house: House) -> None:
    row = await house.consented()
    house.intake.faults.append("lost_before")
    with pytest.raises(FilingDelayedError):
        await house.filer.file(row.id)
    async with house.core.database.transaction() as tx:
        with pytest.raises(ConflictError) as caught:
            await house.complaints.withdraw(tx, row)
    assert caught.value.code == "too_late"
    await house.carry_out(house.filer, row.id)
    async with house.core.database.transaction() as tx:
        with pytest.raises(ConflictError):
            await house.complaints.withdraw(tx, row)


async def test_a_draft_is_deleted_whole(house: House) -> None:
    her = await house.person()
    row = await house.begin(her)
    async with house.core.database.transaction() as tx:
        await house.complaints.delete(tx, row)
    assert await house.row_or_none(row.id) is None
    assert await keys(house) == {her}
    async with house.core.database.transaction() as tx:
        assert await tx.session.scalar(select(func.count()).select_from(ComplaintEvent)) == 0
    sent = await house.consented(her)
    async with house.core.database.transaction() as tx:
        with pytest.raises(ConflictError):
            await house.complaints.delete(tx, sent)


async def test_an_erase_deletes_what_was_not_sent(house: House) -> None:
    her = await house.person()
    taken_back = await house.consented(her)
    async with house.core.database.transaction() as tx:
        await house.complaints.withdraw(tx, taken_back)
    waiting = await house.consented(her)
    draft = await house.begin(her)
    async with house.talk(her) as (tx, conversation):
        await house.complaints.erase_of(tx, conversation.id)
    for row in (taken_back, waiting, draft):
        assert await house.row_or_none(row.id) is None
    assert await keys(house) == {her}
    await house.filer.file(waiting.id)
    assert house.intake.calls == []


async def test_an_erase_leaves_a_record_of_what_was_filed(house: House) -> None:
    her = await house.person()
    row = await house.consented(her)
    code = await keep(house, her, row)
    await house.carry_out(house.filer, row.id)
    async with house.talk(her) as (tx, conversation):
        await house.complaints.erase_of(tx, conversation.id)
    stored = await house.row(row.id)
    assert (stored.state, stored.conversation_id, stored.tier_codes) == ("erased", None, [])
    assert stored.sealed is stored.filed_sealed is stored.number_lookup is None
    assert stored.filed_at is not None
    assert await keys(house) == {her}
    assert await open_by(house, her, code) is None
    assert (await house.tags(row.id))[-1] == "complaint:erased"
    async with house.core.database.transaction() as tx:
        assert await house.complaints.read(tx, stored) is None


async def test_an_erase_while_it_may_be_arriving(house: House) -> None:
    her = await house.person()
    row = await house.consented(her)
    house.intake.faults.append("lost_after")
    with pytest.raises(FilingDelayedError):
        await house.filer.file(row.id)
    async with house.talk(her) as (tx, conversation):
        await house.complaints.erase_of(tx, conversation.id)
    stored = await house.row(row.id)
    assert (stored.state, stored.sealed) == ("erased", None)
    await house.carry_out(house.filer, row.id)
    assert house.intake.calls == ["file"]


async def test_a_sealed_draft_opens_nowhere_else(house: House) -> None:
    one = await house.begin(await house.person())
    two = await house.begin(await house.person("+923000000002"))
    async with house.core.database.transaction() as tx:
        first = await tx.session.get_one(Complaint, one.id)
        second = await tx.session.get_one(Complaint, two.id)
        second.sealed = first.sealed
        await tx.session.flush()
        with pytest.raises(StorageError):
            await house.complaints.read(tx, second)
        await house.core.vault.destroy_key(tx, one.id)
        with pytest.raises(ErasedError):
            await house.complaints.read(tx, first)
