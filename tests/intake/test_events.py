"""The record of deeds: only added to, and whoever changes an entry is found out."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, text
from sqlalchemy.exc import DatabaseError

from amaan.clock import SetClock
from amaan.core import Core
from amaan.storage.models import Complaint, ComplaintEvent
from intake.events import Tag, check_chain, last_at, record
from tests.intake.filing_parts import House


@pytest.fixture
def house(core: Core, clock: SetClock) -> House:
    return House(core, clock)


async def test_entries_follow_one_another(house: House) -> None:
    row = await house.begin(await house.person())
    other = await house.begin(await house.person("+923000000002"))
    async with house.core.database.transaction() as tx:
        for subject in ("name", "city", "evidence"):
            await record(tx, house.clock, row.id, "person", Tag.FIELD_SET, subject=subject)
            await record(tx, house.clock, other.id, "person", Tag.FIELD_SET, subject=subject)
        assert await last_at(tx, row.id, Tag.FIELD_SET) == house.clock.now()
        assert await last_at(tx, row.id, Tag.FILING_SENT) is None
    assert await house.tags(row.id) == ["draft:begun", *["field:set"] * 3]
    assert check_chain([]) is None


async def test_a_changed_a_missing_and_a_moved_entry_show(house: House) -> None:
    row = await house.begin(await house.person())
    async with house.core.database.transaction() as tx:
        for subject in ("name", "city", "phone"):
            await record(tx, house.clock, row.id, "person", Tag.FIELD_SET, subject=subject)
    rows = await house.events(row.id)
    assert check_chain([*rows[:1], *rows[2:]]) == 1
    assert check_chain([rows[0], rows[2], rows[1], rows[3]]) == 1
    assert check_chain(rows[1:]) == 0
    rows[2].subject = "cnic"
    assert check_chain(rows) == 2


async def test_the_database_refuses_changes(house: House) -> None:
    row = await house.begin(await house.person())
    for statement in ("UPDATE complaint_event SET tag = 'x'", "DELETE FROM complaint_event"):
        with pytest.raises(DatabaseError):
            async with house.core.database.transaction() as tx:
                await tx.session.execute(text(statement))
    # Together with its complaint only.
    async with house.core.database.transaction() as tx:
        await tx.session.execute(delete(Complaint).where(Complaint.id == row.id))
    async with house.core.database.transaction() as tx:
        assert await tx.session.get(ComplaintEvent, 1) is None


def test_every_tag_fits_its_column() -> None:
    assert all(len(tag) <= 32 and ":" in tag for tag in Tag)
