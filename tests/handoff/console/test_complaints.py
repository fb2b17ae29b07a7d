"""Complaints in the console: who sees them, what is recorded, tiers, leaving alone."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID, uuid4

import httpx
import pytest

from amaan.clock import SetClock
from amaan.storage.models import Complaint
from handoff.console.complaintwords import EVENTS, RULE_WORDS, STATES
from handoff.permissions import Permission, roles_with
from intake.complaints import Complaints
from intake.events import Tag
from intake.states import State
from intake.triage import RAISING
from tests.handoff.console.complaints_parts import (
    HERS,
    change,
    deeds_on,
    draft_of,
    filed,
    in_review,
    overdue,
    row_of,
)
from tests.handoff.console.conftest import House, browser_of, sign_in
from tests.handoff.console.pages import text_of

HTMX = {"hx-request": "true"}


@pytest.fixture
async def complaint(house: House) -> UUID:
    """A complaint in review."""
    return await in_review(house)


@pytest.fixture(params=["trainer", "administrator"])
async def stranger(
    house: House, request: pytest.FixtureRequest
) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody of the house whom complaints do not concern."""
    await house.hire("tara", request.param)
    async with browser_of(house) as client:
        await sign_in(client, "tara")
        yield client


def test_only_those_who_talk_with_people_see_complaints() -> None:
    assert roles_with(Permission.COMPLAINT_REVIEW) == ["supervisor", "lead"]


def test_every_code_has_words() -> None:
    assert set(EVENTS) == {tag.value for tag in Tag}
    assert set(STATES) == set(State) - {State.DRAFT}
    assert set(RAISING) <= set(RULE_WORDS)


async def test_others_see_nothing_and_do_nothing(
    house: House, stranger: httpx.AsyncClient, complaint: UUID
) -> None:
    for path in ("", "/list", f"/{complaint}", f"/{complaint}?open=1", f"/{complaint}/now"):
        answer = await stranger.get(f"/complaints{path}")
        assert answer.status_code == 403
        assert (await row_of(house, complaint)).reference not in answer.text
    before = await row_of(house, complaint)
    for deed in ("tier", "again", "follow-up"):
        data = {"tier": "critical", "seen": before.tier, "what": "asked_agency"}
        assert (
            await stranger.post(f"/complaints/{complaint}/{deed}", data=data)
        ).status_code == 403
    assert (await row_of(house, complaint)).state == "review"
    assert 'id="nav-complaints"' not in await text_of(stranger, "/account")
    assert await deeds_on(house, complaint) == []


async def test_the_list_names_no_content(
    house: House, asma: httpx.AsyncClient, complaint: UUID
) -> None:
    row = await row_of(house, complaint)
    page = await text_of(asma, "/complaints")
    assert row.reference in page
    assert "2 h 0 min" in page
    assert "by the machine, not confirmed" in page
    assert "a threat to publish, a demand" in page
    for word in (*HERS, "whatsapp", "Lahore"):
        assert word not in page
    assert await deeds_on(house, complaint) == []


async def test_who_leaves_first_stands_first(
    house: House, asma: httpx.AsyncClient, complaint: UUID, clock: SetClock
) -> None:
    clock.move(timedelta(minutes=30))
    second = await in_review(house, address="second")
    page = await text_of(asma, "/complaints/list")
    assert page.index(str(complaint)) < page.index(str(second))
    assert "1 h 30 min" in page


async def test_held_and_overdue_ones_are_listed(
    house: House, asma: httpx.AsyncClient, complaint: UUID, clock: SetClock
) -> None:
    second = await in_review(house, address="second")
    await change(house, complaint, state=State.HELD.value, review_until=None)
    await filed(house, second, clock.now() + timedelta(hours=1))
    page = await text_of(asma, "/complaints")
    assert str(complaint) in page.split('id="stopped"')[1].split("<section")[0]
    assert str(second) not in page
    clock.move(timedelta(days=3, hours=1))
    async with browser_of(house) as later:
        await sign_in(later, "asma")
        page = await text_of(later, "/complaints")
        assert str(second) in page.split('id="overdue"')[1]
        assert "3 days" in page
        assert "being verified" in page
        queue = await text_of(later, "/")
    assert "One complaint waits for a human." in queue
    assert "One complaint is past its day at the agency." in queue
    assert await overdue(house) == [second]
    await change(house, second, agency_state="closed")
    assert await overdue(house) == []


async def test_the_navigation_counts_and_an_empty_list_says_so(
    house: House, asma: httpx.AsyncClient
) -> None:
    page = await text_of(asma, "/complaints")
    for words in ("None waits for a look.", "None is stopped.", "None is past its day."):
        assert words in page
    assert 'id="complaints-line"' not in await text_of(asma, "/")
    await in_review(house)
    for path in ("/", "/queue", "/strip", "/closed", "/complaints/list", "/account"):
        found = re.search(
            r'id="complaints-count".*?<strong>(\d+)</strong>', await text_of(asma, path)
        )
        assert found is not None, path
        assert found[1] == "1"


async def test_a_warning_stands_before_the_text_and_opening_is_recorded(
    house: House, asma: httpx.AsyncClient, complaint: UUID
) -> None:
    page = await text_of(asma, f"/complaints/{complaint}")
    assert "Open the complaint" in page
    assert "It leaves by itself in 2 h 0 min" in page
    assert all(word not in page for word in HERS)
    assert await deeds_on(house, complaint) == []
    page = await text_of(asma, f"/complaints/{complaint}?open=1")
    assert all(word in page for word in HERS)
    assert "Possible provisions, for review" in page
    assert "PECA" in page
    assert await deeds_on(house, complaint) == [("complaint:read", {"state": "review"})]
    part = await text_of(asma, f"/complaints/{complaint}/now")
    assert all(word not in part for word in HERS)
    assert len(await deeds_on(house, complaint)) == 1


async def test_text_is_only_text(house: House, asma: httpx.AsyncClient) -> None:
    complaint = await in_review(house, story="<b>he</b> threatens me & my sister")
    page = await text_of(asma, f"/complaints/{complaint}?open=1")
    assert "&lt;b&gt;he&lt;/b&gt; threatens me &amp; my sister" in page


async def test_her_words_stand_in_her_language(house: House, asma: httpx.AsyncClient) -> None:
    story = "وہ کہتا ہے کہ تصویر سب کو بھیجے گا"
    complaint = await in_review(house, consent_language="ur", story=story)
    await change(house, complaint, script="Arab")
    page = await text_of(asma, f"/complaints/{complaint}?open=1")
    assert f'<dd class="text" lang="ur" dir="auto">{story}</dd>' in page
    assert '<bdi lang="ur">کیا ہوا</bdi>' in page
    assert '<dd class="text" dir="auto">Invented Person</dd>' in page


async def test_nobody_sees_a_draft(house: House, asma: httpx.AsyncClient) -> None:
    draft = await draft_of(house)
    for path in (f"/complaints/{draft}", f"/complaints/{draft}?open=1"):
        assert (await asma.get(path)).status_code == 404
    for deed, data in (("tier", {"tier": "high", "seen": "standard"}), ("again", {})):
        assert (await asma.post(f"/complaints/{draft}/{deed}", data=data)).status_code == 404
    assert (await asma.get(f"/complaints/{uuid4()}")).status_code == 404


async def test_an_open_page_gets_only_its_parts(
    house: House, asma: httpx.AsyncClient, complaint: UUID
) -> None:
    page = await text_of(asma, f"/complaints/{complaint}?open=1")
    shape = re.search(r'name="shape" value="([^"]+)"', page)
    assert shape is not None
    part = await text_of(asma, f"/complaints/{complaint}/now?shape={shape[1]}")
    for id_ in ("complaint-deeds", "complaint-lines", "complaint-log"):
        assert f'id="{id_}"' not in part
    data = {"tier": "high", "seen": "high", "shape": shape[1]}
    answer = await asma.post(f"/complaints/{complaint}/tier", data=data, headers=HTMX)
    assert answer.status_code == 200
    assert "<!doctype" not in answer.text
    assert '<div id="complaint-deeds" hx-swap-oob="true">' in answer.text
    assert '<section id="complaint-lines" hx-swap-oob="true"' in answer.text
    assert all(word not in answer.text for word in HERS)
    assert 'id="stands" tabindex="-1" autofocus' in answer.text


async def test_what_she_took_back_leaves_the_screen(
    house: House, asma: httpx.AsyncClient, complaint: UUID
) -> None:
    async with house.core.database.transaction() as tx:
        row = await tx.session.get_one(Complaint, complaint)
        await Complaints(house.core).withdraw(tx, row)
    page = await text_of(asma, f"/complaints/{complaint}?open=1")
    assert "Taken back by her" in page
    assert "Its text is deleted" in page
    assert await deeds_on(house, complaint) == []
    async with house.core.database.transaction() as tx:
        row = await tx.session.get_one(Complaint, complaint)
        await Complaints(house.core).delete(tx, row)
    part = await text_of(asma, f"/complaints/{complaint}/now")
    assert "This complaint is deleted." in part
    assert '<section id="complaint-lines" hx-swap-oob="true"></section>' in part


async def test_a_text_that_does_not_open_is_said(
    house: House, asma: httpx.AsyncClient, complaint: UUID
) -> None:
    await change(house, complaint, state=State.HELD.value, sealed=b"\x01" * 64, review_until=None)
    page = await text_of(asma, f"/complaints/{complaint}?open=1")
    assert "Its text does not open any more" in page
    assert await deeds_on(house, complaint) == []


async def test_her_open_case_is_linked(house: House, asma: httpx.AsyncClient) -> None:
    complaint = await in_review(house)
    assert "Her open case" not in await text_of(asma, f"/complaints/{complaint}")
    conversation_id = (await row_of(house, complaint)).conversation_id
    assert conversation_id is not None
    await house.writes("qatal")
    case = await house.case_of(conversation_id)
    assert f'href="/cases/{case}"' in await text_of(asma, f"/complaints/{complaint}")


async def test_another_site_does_nothing(
    house: House, asma: httpx.AsyncClient, complaint: UUID
) -> None:
    answer = await asma.post(
        f"/complaints/{complaint}/tier",
        data={"tier": "high", "seen": "high"},
        headers={"origin": "https://evil.test", "sec-fetch-site": "cross-site"},
    )
    assert answer.status_code == 403
    assert (await row_of(house, complaint)).state == "review"
