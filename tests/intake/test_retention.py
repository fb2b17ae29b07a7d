"""What is looked after again and again: retention, reminders, and what was not heard of."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from amaan.clock import SetClock
from amaan.conversation.wishes import Wishes, write_wishes
from amaan.core import Core
from amaan.storage.models import Complaint, DataKey
from intake.filing_rounds import Reminders, Retention, Unheard
from tests.intake.filing_parts import House, urgent_draft

DAY = timedelta(days=1)


@pytest.fixture
def house(core: Core, clock: SetClock) -> House:
    return House(core, clock)


async def filed(house: House, her: UUID, *, remind: bool = False) -> Complaint:
    row = await house.consented(her)
    await house.carry_out(house.filer, row.id)
    async with house.core.database.transaction() as tx:
        stored = await tx.session.get_one(Complaint, row.id)
        stored.remind = remind
    return await house.row(row.id)


async def key_of(house: House, row: Complaint) -> DataKey | None:
    async with house.core.database.transaction() as tx:
        return await tx.session.get(DataKey, row.id)


async def test_drafts_are_deleted_on_their_day(house: House) -> None:
    her = await house.person()
    row = await house.begin(her)
    async with house.talk(her) as (tx, _):
        await house.complaints.keep(tx, row)
    clean = Retention(house.core).clean
    house.clock.move(30 * DAY - timedelta(seconds=1))
    assert await clean() == 0
    house.clock.move(timedelta(seconds=1))
    assert await clean() == 1
    assert await house.row_or_none(row.id) is None
    assert await key_of(house, row) is None
    assert await clean() == 0


async def test_what_was_filed_is_emptied_after_its_retention(house: House) -> None:
    row = await filed(house, await house.person())
    clean = Retention(house.core).clean
    house.clock.move(89 * DAY)
    assert await clean() == 0
    house.clock.move(DAY)
    assert await clean() == 1
    stored = await house.row(row.id)
    assert (stored.state, stored.sealed, stored.filed_sealed) == ("filed", None, None)
    assert stored.number_lookup is stored.code_lookup is None
    assert stored.conversation_id is None
    assert stored.filed_at is not None
    assert await key_of(house, row) is None
    assert (await house.tags(row.id))[-1] == "complaint:emptied"
    assert await clean() == 0


async def test_what_is_on_its_way_is_never_touched(house: House) -> None:
    queued = await house.consented(await house.person())
    review = await house.consented(await house.person("+923000000002"), urgent_draft())
    house.clock.move(400 * DAY)
    assert await Retention(house.core).clean() == 0
    assert (await house.row(queued.id)).sealed is not None
    assert (await house.row(review.id)).sealed is not None


async def test_what_was_taken_back_or_given_up_goes_too(house: House) -> None:
    back = await house.consented(await house.person())
    async with house.core.database.transaction() as tx:
        await house.complaints.withdraw(tx, back)
    refused = await house.consented(await house.person("+923000000002"))
    house.intake.faults.append("refused")
    await house.filer.file(refused.id)
    house.clock.move(90 * DAY)
    assert await Retention(house.core).clean() == 2
    assert await house.row_or_none(back.id) is None
    assert (await house.row(refused.id)).sealed is None


async def test_she_is_reminded_once_on_the_day(house: House) -> None:
    her = await house.person()
    row = await filed(house, her, remind=True)
    remind = Reminders(house.core, house.say).remind
    house.clock.move(7 * DAY - timedelta(seconds=1))
    assert await remind() == 0
    house.clock.move(timedelta(seconds=1))
    assert await remind() == 1
    assert await remind() == 0
    assert (await house.said(her))[-1] == "status.reminder"
    assert (await house.tags(row.id))[-1] == "person:reminded"


async def test_who_did_not_ask_or_said_stop_is_not_reminded(house: House) -> None:
    her, other = await house.person(), await house.person("+923000000002")
    await filed(house, her)
    row = await filed(house, other, remind=True)
    async with house.talk(other) as (_, conversation):
        conversation.stopped = True
    house.clock.move(8 * DAY)
    assert await Reminders(house.core, house.say).remind() == 0
    assert not (await house.row(row.id)).remind


async def test_her_safe_hours_are_waited_for(house: House) -> None:
    her = await house.person()
    await filed(house, her, remind=True)
    async with house.talk(her) as (tx, conversation):
        key = await house.core.vault.open_key(tx, her)
        # It is 01:00 in Pakistan when the tests begin.
        write_wishes(key, conversation, Wishes(hours=(9, 12)))
    house.clock.move(8 * DAY)
    remind = Reminders(house.core, house.say).remind
    assert await remind() == 0
    house.clock.move(timedelta(hours=9))
    assert await remind() == 1


async def test_a_closed_complaint_reminds_of_nothing(house: House) -> None:
    row = await filed(house, await house.person(), remind=True)
    house.clock.move(DAY)
    await house.filer.on_state("TEST-0001", "closed", house.clock.now())
    house.clock.move(8 * DAY)
    assert await Reminders(house.core, house.say).remind() == 0
    assert (await house.row(row.id)).reminded_at is None


async def test_what_was_not_heard_of_is_asked_for_once_a_day(house: House) -> None:
    row = await filed(house, await house.person())
    ask = Unheard(house.core).ask
    assert await ask() == 0
    house.clock.move(DAY)
    assert await ask() == 1
    assert await ask() == 0
    assert await house.jobs("filing:ask") == [{"complaint_id": str(row.id)}]
    house.intake.change("TEST-0001", "investigation")
    await house.filer.ask(row.id)
    assert (await house.row(row.id)).agency_state == "investigation"
    house.clock.move(DAY)
    assert await ask() == 1
    house.intake.faults.append("unavailable")
    await house.filer.ask(row.id)
    assert (await house.row(row.id)).agency_state == "investigation"
    house.intake.change("TEST-0001", "closed")
    await house.filer.ask(row.id)
    house.clock.move(2 * DAY)
    assert await ask() == 0
