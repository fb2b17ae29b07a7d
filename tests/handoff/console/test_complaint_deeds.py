"""What is done on the page of a complaint: confirming and changing a tier, sending again."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest

from amaan.clock import SetClock
from amaan.storage.models import Complaint
from handoff.console.complaintwords import FOLLOW_UPS
from intake.complaints import Complaints
from intake.states import State
from tests.handoff.console.complaints_parts import (
    HERS,
    change,
    custody_of,
    deeds_on,
    filed,
    in_review,
    row_of,
)
from tests.handoff.console.conftest import House, browser_of, sign_in
from tests.handoff.console.pages import text_of


@pytest.fixture
async def complaint(house: House) -> UUID:
    """A complaint in review."""
    return await in_review(house)


async def test_confirming_the_tier_lets_it_leave_and_closes_its_text(
    house: House, asma: httpx.AsyncClient, complaint: UUID
) -> None:
    tier = (await row_of(house, complaint)).tier
    answer = await asma.post(f"/complaints/{complaint}/tier", data={"tier": tier, "seen": tier})
    assert answer.headers["location"] == f"/complaints/{complaint}"
    row = await row_of(house, complaint)
    assert (row.state, row.tier, row.tier_by is None) == ("queued", tier, False)
    page = await text_of(asma, f"/complaints/{complaint}?open=1")
    assert all(word not in page for word in HERS)
    assert "Its text is closed" in page
    assert re.search(r"\(set by <bdi>asma</bdi>\)", page)
    found = await deeds_on(house, complaint)
    assert found == [("complaint:tier_set", {"before": tier, "tier": tier})]
    assert ("tier:set", tier) in await custody_of(house, complaint)
    assert "None waits for a look." in await text_of(asma, "/complaints")


async def test_a_tier_is_raised_without_and_lowered_with_a_reason(
    house: House, asma: httpx.AsyncClient, complaint: UUID
) -> None:
    at = f"/complaints/{complaint}/tier"
    tier = (await row_of(house, complaint)).tier
    assert tier == "high"
    wrong: tuple[dict[str, str], ...] = (
        {"tier": "medium", "seen": "high"},
        {"tier": "nonsense", "seen": "high"},
        {"tier": "medium", "seen": "high", "reasons": "T99"},
    )
    for form in wrong:
        answer = await asma.post(at, data=form)
        assert answer.status_code == 422
        assert "Something failed" not in answer.text
    assert (await asma.post(at, data={"tier": "high", "seen": "critical"})).status_code == 409
    assert (await row_of(house, complaint)).state == "review"
    data = {"tier": "medium", "seen": "high", "reasons": ["T14", "alone"]}
    assert (await asma.post(at, data=data)).status_code == 303
    row = await row_of(house, complaint)
    assert (row.tier, row.tier_codes, row.state) == ("medium", ["T14", "alone"], "queued")
    assert (await asma.post(at, data={"tier": "critical", "seen": "medium"})).status_code == 303
    row = await row_of(house, complaint)
    assert (row.tier, row.tier_codes) == ("critical", ["T14", "alone"])


async def test_one_that_left_keeps_its_tier(
    house: House, asma: httpx.AsyncClient, complaint: UUID, clock: SetClock
) -> None:
    await filed(house, complaint, clock.now() - timedelta(hours=1))
    data = {"tier": "critical", "seen": "high"}
    answer = await asma.post(f"/complaints/{complaint}/tier", data=data)
    assert answer.status_code == 409
    assert "was sent already" in answer.text
    assert await deeds_on(house, complaint) == []


async def test_it_leaves_alone_when_nobody_looks(
    house: House, asma: httpx.AsyncClient, complaint: UUID, clock: SetClock
) -> None:
    await text_of(asma, f"/complaints/{complaint}")
    clock.move(timedelta(hours=2, seconds=1))
    async with house.core.database.transaction() as tx:
        row = await tx.session.get_one(Complaint, complaint)
        assert await Complaints(house.core).pass_review(tx, row) is None
    async with browser_of(house) as later:
        await sign_in(later, "asma")
        page = await text_of(later, f"/complaints/{complaint}")
    assert "On its way to the agency" in page
    assert "time for a look over, it left by itself" in page


async def test_a_held_one_is_sent_again(
    house: House, asma: httpx.AsyncClient, complaint: UUID
) -> None:
    answer = await asma.post(f"/complaints/{complaint}/again")
    assert answer.status_code == 409
    await change(house, complaint, state=State.HELD.value, tries=9, review_until=None)
    page = await text_of(asma, f"/complaints/{complaint}")
    assert "It does not leave before somebody acts." in page
    assert (await asma.post(f"/complaints/{complaint}/again")).status_code == 303
    row = await row_of(house, complaint)
    assert (row.state, row.tries) == ("queued", 0)
    assert await deeds_on(house, complaint) == [("complaint:sent_again", {"before": "held"})]
    assert (await custody_of(house, complaint))[-1][0] == "complaint:queued"


async def test_a_refused_one_shows_why_and_keeps_its_tier(
    house: House, asma: httpx.AsyncClient, complaint: UUID
) -> None:
    await change(house, complaint, state=State.REFUSED.value, review_until=None)
    page = await text_of(asma, f"/complaints/{complaint}")
    assert "The agency read it and did not take it." in page
    assert 'id="tiering"' not in page
    assert (await asma.post(f"/complaints/{complaint}/again")).status_code == 303
    assert (await row_of(house, complaint)).state == "queued"


async def test_what_was_done_is_kept_in_the_custody_log(
    house: House, asma: httpx.AsyncClient, complaint: UUID, clock: SetClock
) -> None:
    at = f"/complaints/{complaint}/follow-up"
    await filed(house, complaint, clock.now() - timedelta(hours=1))
    assert (await asma.post(at, data={"what": "he wrote this"})).status_code == 422
    assert (await asma.post(at, data={"what": "nchr"})).status_code == 303
    page = await text_of(asma, f"/complaints/{complaint}")
    log = page.split('id="complaint-log"')[1]
    assert FOLLOW_UPS["nchr"] in log
    assert "<bdi>asma</bdi>" in log
    assert "chain is broken" not in page
    assert (await custody_of(house, complaint))[-1] == ("complaint:followed_up", "nchr")
    assert await deeds_on(house, complaint) == [("complaint:followed_up", {"what": "nchr"})]
    await change(house, complaint, agency_state="closed")
    assert (await asma.post(at, data={"what": "nchr"})).status_code == 409
