"""What is done on the page of one case: tiers, notes, closing, and what trainers get."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import httpx

from amaan.clock import SetClock
from amaan.conversation.store import lock_conversation
from amaan.ports import Alarm
from amaan.storage.models import Escalation
from tests.handoff.console.conftest import WISH_TO_DIE, House, browser_of, sign_in
from tests.handoff.console.pages import text_of

HTMX = {"hx-request": "true"}


async def row_of(house: House, case: UUID) -> Escalation:
    async with house.core.database.transaction() as tx:
        return await tx.session.get_one(Escalation, case)


async def test_a_person_confirms_and_overrides_the_tier(
    house: House, asma: httpx.AsyncClient
) -> None:
    case = await house.case_of(await house.writes("qatal"))
    page = await text_of(asma, "/")
    assert re.search(r"<strong>high</strong> +\(by the machine, not confirmed\)", page)
    await asma.post(f"/cases/{case}/tier", data={"tier": "high", "seen": "high"})
    assert re.search(r"\(set by <bdi>asma</bdi>\)", await text_of(asma, "/"))
    assert "Confirm this tier" not in await text_of(asma, f"/cases/{case}?open=1")
    data = {"tier": "critical", "seen": "high", "reasons": ["T4", "alone"], "honour": "yes"}
    answer = await asma.post(f"/cases/{case}/tier", data=data)
    assert answer.status_code == 303
    row = await row_of(house, case)
    assert (row.tier, row.rules, row.honour) == ("critical", ["T4", "alone"], True)
    assert "she is alone" in await text_of(asma, f"/cases/{case}?open=1")
    assert "1 critical" in await text_of(asma, "/")


async def test_a_tier_that_rose_unseen_is_not_lowered(
    house: House, asma: httpx.AsyncClient
) -> None:
    conversation = await house.writes("qatal")
    case = await house.case_of(conversation)
    await house.writes(WISH_TO_DIE)
    answer = await asma.post(f"/cases/{case}/tier", data={"tier": "high", "seen": "high"})
    assert answer.status_code == 409
    assert (await row_of(house, case)).tier == "critical"
    for data in ({"tier": "nonsense"}, {"tier": "high", "reasons": "T99"}):
        answer = await asma.post(f"/cases/{case}/tier", data={"seen": "critical"} | data)
        assert answer.status_code == 422


async def test_the_honour_flag_has_its_own_countdown(
    house: House, asma: httpx.AsyncClient, clock: SetClock
) -> None:
    conversation = await house.writes(WISH_TO_DIE)
    case = await house.case_of(conversation)
    async with house.core.database.transaction() as tx:
        found = await lock_conversation(tx, conversation)
        assert found is not None
        alarm = Alarm("critical", "harm", "self", "screened", ("ur.honour.01",), honour=True)
        await house.desk.raise_alarm(tx, found, alarm)
    page = await text_of(asma, "/")
    assert "Honour: contact nobody at her home" in page
    assert re.search(r"must see to it within <time data-until=[^>]*>2:00:00<", page)
    clock.move(timedelta(hours=2, minutes=1))
    async with browser_of(house) as later:
        await sign_in(later, "asma")
        assert re.search(r"overdue for <time data-since=[^>]*>1:00<", await text_of(later, "/"))
        await later.post(f"/cases/{case}/claim")
        page = await text_of(later, f"/cases/{case}")
        reply_id = re.search(r'name="reply_id" value="([^"]+)"', page)
        assert reply_id is not None
        await later.post(
            f"/cases/{case}/reply", data={"reply_id": reply_id[1], "text": "I am here"}
        )
        page = await text_of(later, "/")
    assert "Honour: contact nobody" in page
    assert "overdue for" not in page


async def test_notes_are_among_us_and_only_text(
    house: House, asma: httpx.AsyncClient, bushra: httpx.AsyncClient, case: UUID
) -> None:
    await asma.post(f"/cases/{case}/notes", data={"text": "<b>call back</b> at four"})
    page = await text_of(bushra, f"/cases/{case}?open=1")
    assert "&lt;b&gt;call back&lt;/b&gt; at four" in page
    assert "call back" not in await text_of(bushra, f"/cases/{case}")
    for text in (" \n", "x" * 4001):
        answer = await asma.post(f"/cases/{case}/notes", data={"text": text})
        assert answer.status_code == 422
        assert "Something failed" not in answer.text


async def test_a_false_alarm_reaches_the_trainers_without_her_words(
    house: House, asma: httpx.AsyncClient, case: UUID
) -> None:
    await house.hire("tara", "trainer")
    line = "میں نے کہا کہ فلم نے مار ڈالا"
    data = {"verdict": "not_a_risk", "line": line}
    assert (await asma.post(f"/cases/{case}/judge", data=data)).status_code == 303
    page = await text_of(asma, f"/cases/{case}?open=1")
    assert "The alarm was: a false alarm." in page
    assert line not in page
    async with browser_of(house) as tara:
        await sign_in(tara, "tara")
        page = await text_of(tara, "/feedback")
        assert line in page
        assert 'lang="ur"' in page
        assert "جینا نہیں" not in page
        assert 'href="/feedback"' in page
        done = re.search(r'action="(/feedback/[^"]+/done)"', page)
        assert done is not None
        assert (await tara.post(done[1])).status_code == 303
        assert "There is nothing to deal with." in await text_of(tara, "/feedback")
        assert (await tara.get(f"/cases/{case}")).status_code == 403
    assert (await asma.get("/feedback")).status_code == 403


async def test_a_message_that_should_have_rung_is_marked(
    house: House, asma: httpx.AsyncClient, case: UUID
) -> None:
    await house.writes("a quiet line")
    page = await text_of(asma, f"/cases/{case}?open=1")
    item = page.split("a quiet line")[1].split("</li>")[0]
    message = re.search(r'name="message" value="([^"]+)"', item)
    seq = re.search(r'name="seq" value="(\d+)"', item)
    assert message is not None
    assert seq is not None
    assert f'id="missed-{seq[1]}" class="missed" hidden' in item
    data = {"verdict": "missed_earlier", "message": message[1], "seq": seq[1], "line": "so"}
    answer = await asma.post(f"/cases/{case}/judge", data=data | {"shape": "free"}, headers=HTMX)
    assert answer.status_code == 200
    assert f'<p id="missed-{seq[1]}" class="missed" hx-swap-oob="true">' in answer.text
    page = await text_of(asma, f"/cases/{case}?open=1")
    assert f'id="missed-{seq[1]}" class="missed">' in page
    # The first line rang as critical: there is nothing that it could have missed.
    assert "message 1)" not in page
    house_words = await asma.post(f"/cases/{case}/judge", data=data | {"message": str(UUID(int=3))})
    assert house_words.status_code == 422


async def test_a_case_is_closed_with_a_gender_for_the_figures(
    house: House, asma: httpx.AsyncClient, case: UUID
) -> None:
    await asma.post(f"/cases/{case}/claim")
    wrong = await asma.post(f"/cases/{case}/close", data={"outcome": "safe_now", "gender": "x"})
    assert wrong.status_code == 422
    await asma.post(f"/cases/{case}/close", data={"outcome": "not_a_risk", "gender": "woman"})
    row = await row_of(house, case)
    assert (row.gender, row.judged) == ("woman", "not_a_risk")
    assert "a false alarm" in await text_of(asma, "/closed")


async def test_a_deed_on_an_open_page_brings_only_its_parts(
    asma: httpx.AsyncClient, case: UUID
) -> None:
    await asma.post(f"/cases/{case}/claim")
    data = {"text": "a note", "shape": "mine"}
    answer = await asma.post(f"/cases/{case}/notes", data=data, headers=HTMX)
    assert "<!doctype" not in answer.text
    assert '<div id="notes" hx-swap-oob="true">' in answer.text
    # Nothing that can be done has changed: what is typed elsewhere stays as it is.
    for id_ in ("deeds", "answering", "text", "note"):
        assert f'id="{id_}"' not in answer.text
    data = {"to": "language:ur", "shape": "mine"}
    answer = await asma.post(f"/cases/{case}/hand-over", data=data, headers=HTMX)
    assert '<div id="deeds" class="deeds" hx-swap-oob="true">' in answer.text
    assert 'id="text"' not in answer.text
    assert 'name="shape" value="mine-offered"' in answer.text
