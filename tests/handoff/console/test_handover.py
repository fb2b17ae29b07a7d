"""The document for the local police: only what was filed, only when she allowed it, on record."""

from __future__ import annotations

from uuid import UUID

import httpx
import pytest

from amaan.storage.models import Complaint
from intake.contents import Filed, read_draft, write_filed
from intake.schema import ConsentItem, complaint_of
from tests.handoff.console.complaints_parts import custody_of, deeds_on, filed, in_review
from tests.handoff.console.conftest import House, browser_of, sign_in


async def filed_one(house: House, *, police: bool) -> UUID:
    """A complaint that the agency took."""
    complaint_id = await in_review(house)
    core = house.core
    async with core.database.transaction() as tx:
        row = await tx.session.get_one(Complaint, complaint_id)
        draft = await read_draft(core, tx, row)
        assert draft is not None
        draft.consents = {**draft.consents, ConsentItem.SHARE_POLICE: police}
        complaint = complaint_of(draft, reference=row.reference, key=row.key, now=core.clock.now())
        kept = Filed("SANDBOX-0001", core.clock.now(), "", complaint.model_dump(mode="json"))
        await write_filed(core, tx, row, kept)
    await filed(house, complaint_id, core.clock.now())
    return complaint_id


@pytest.mark.parametrize(("police", "status"), [(True, 200), (False, 403)])
async def test_it_is_made_only_when_she_allowed_it(house: House, police: bool, status: int) -> None:
    complaint_id = await filed_one(house, police=police)
    await house.hire("asma")
    async with browser_of(house) as client:
        await sign_in(client, "asma")
        answer = await client.post(f"/complaints/{complaint_id}/handover")
    assert answer.status_code == status
    made = [tag for tag, _ in await deeds_on(house, complaint_id) if tag == "complaint:exported"]
    assert len(made) == int(police)
    if police:
        assert answer.headers["content-type"] == "application/pdf"
        assert "notes.pdf" in answer.headers["content-disposition"]
        assert answer.content.startswith(b"%PDF")
        assert ("complaint:exported", "police") in await custody_of(house, complaint_id)


async def test_nothing_is_handed_over_before_it_was_filed(house: House) -> None:
    complaint_id = await in_review(house)
    await house.hire("asma")
    async with browser_of(house) as client:
        await sign_in(client, "asma")
        answer = await client.post(f"/complaints/{complaint_id}/handover")
    assert answer.status_code == 404


async def test_a_trainer_may_not(house: House) -> None:
    complaint_id = await filed_one(house, police=True)
    await house.hire("tara", "trainer")
    async with browser_of(house) as client:
        await sign_in(client, "tara")
        answer: httpx.Response = await client.post(f"/complaints/{complaint_id}/handover")
    assert answer.status_code == 403
