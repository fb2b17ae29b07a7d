"""A case's page by plain forms: the warning, handing over, tiers, notes, listening, judging."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.conversation.store import lock_conversation
from amaan.ports import Alarm
from amaan.storage.models import AuditEvent, Escalation, Staff
from tests.handoff.console.conftest import WISH_TO_DIE, House, browser_of, sign_in

HTMX = {"hx-request": "true"}


@pytest.fixture
async def case(house: House) -> UUID:
    """An open case of somebody who wishes to die."""
    return await house.case_of(await house.writes(WISH_TO_DIE))


@pytest.fixture
async def bushra(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A second supervisor's browser, who reads Sindhi."""
    await house.hire("bushra", languages="sd")
    async with browser_of(house) as client:
        assert (await sign_in(client, "bushra")).status_code == 303
        yield client


async def reads_of(house: House, case: UUID) -> int:
    """How often somebody was recorded as a reader of the case."""
    async with house.core.database.transaction() as tx:
        rows = await tx.session.scalars(
            select(AuditEvent).where(
                AuditEvent.tag == "conversation:read", AuditEvent.subject_id == str(case)
            )
        )
        return len(list(rows))


async def row_of(house: House, case: UUID) -> Escalation:
    async with house.core.database.transaction() as tx:
        return await tx.session.get_one(Escalation, case)


async def change(house: House, name: str, **columns: object) -> UUID:
    """Sets columns of a member of staff; returns her id."""
    async with house.core.database.transaction() as tx:
        person = await tx.session.scalar(select(Staff).where(Staff.sign_in_name == name))
        assert person is not None
        for column, value in columns.items():
            setattr(person, column, value)
        return person.id


async def text_of(client: httpx.AsyncClient, path: str) -> str:
    answer = await client.get(path)
    assert answer.status_code == 200, path
    return answer.text


async def test_a_warning_stands_before_the_conversation(
    house: House, asma: httpx.AsyncClient, case: UUID
) -> None:
    page = await text_of(asma, f"/cases/{case}")
    assert "Before you open the conversation" in page
    assert "Critical" in page
    assert "a wish to die, no plan known" in page
    assert 'id="claim-case-' in page
    assert "جینا" not in page
    assert "ur.suicide" not in page
    part = await text_of(asma, f"/cases/{case}/panel?shape=free")
    assert 'id="notes"' not in part
    assert await reads_of(house, case) == 0
    page = await text_of(asma, f"/cases/{case}?open=1")
    assert "جینا" in page
    assert "Before you open" not in page
    assert await reads_of(house, case) == 1


async def test_texts_never_leave_without_a_record(
    house: House, asma: httpx.AsyncClient, case: UUID
) -> None:
    """Parts of a page that was never opened, asked for by hand."""
    assert "جینا" in await text_of(asma, f"/cases/{case}/messages")
    assert await reads_of(house, case) == 1
    await text_of(asma, f"/cases/{case}/messages")
    await text_of(asma, f"/cases/{case}/panel?opened=1")
    assert await reads_of(house, case) == 1


async def test_notes_asked_for_alone_are_a_reading_too(
    house: House, asma: httpx.AsyncClient, case: UUID
) -> None:
    assert 'id="notes"' in await text_of(asma, f"/cases/{case}/panel?opened=1&shape=free")
    assert await reads_of(house, case) == 1


async def test_the_warning_can_be_turned_off_and_claiming_opens(
    house: House, asma: httpx.AsyncClient, case: UUID
) -> None:
    await asma.post(f"/cases/{case}/claim")
    assert "جینا" in await text_of(asma, f"/cases/{case}")
    await house.hire("bushra")
    await change(house, "bushra", warns=False)
    async with browser_of(house) as other:
        await sign_in(other, "bushra")
        assert "جینا" in await text_of(other, f"/cases/{case}")
    assert await reads_of(house, case) == 2


async def test_a_chat_is_handed_over_to_a_person_and_accepted(
    house: House, asma: httpx.AsyncClient, bushra: httpx.AsyncClient, case: UUID
) -> None:
    her_id = await change(house, "bushra", on_call=True)
    await asma.post(f"/cases/{case}/claim")
    page = await text_of(asma, f"/cases/{case}")
    assert f'value="person:{her_id}"' in page
    assert re.search(r"bushra · +Sindhi · holds 0 of 4", page)
    answer = await asma.post(
        f"/cases/{case}/hand-over", data={"to": f"person:{her_id}", "note": "reads Sindhi better"}
    )
    assert answer.headers["location"] == f"/cases/{case}?open=1"
    page = await text_of(asma, f"/cases/{case}")
    assert "Being handed over" in page
    assert "offered to <bdi>bushra</bdi>" in page
    assert 'id="text"' in page
    assert "Keep the chat after all" in page

    queue = await text_of(bushra, "/")
    offered = queue.split('id="offered"')[1].split("<section")[0]
    assert str(case) in offered
    assert "Take it over" in offered
    assert "1 offered to you" in queue
    assert f"offered:{case}:" in queue
    page = await text_of(bushra, f"/cases/{case}?open=1")
    assert "reads Sindhi better" in page
    assert "For whoever takes over" in page
    assert (await bushra.post(f"/cases/{case}/claim")).status_code == 303
    assert 'id="text"' in await text_of(bushra, f"/cases/{case}")
    page = await text_of(asma, f"/cases/{case}?open=1")
    assert 'id="text"' not in page
    assert "Somebody else holds this chat." in page
    summary = page.split('id="summary-now"')[1]
    assert re.search(r"<bdi>asma</bdi>, <bdi>bushra</bdi>", summary)


async def test_a_chat_is_offered_by_language_and_taken_back(
    house: House, asma: httpx.AsyncClient, bushra: httpx.AsyncClient, case: UUID
) -> None:
    await asma.post(f"/cases/{case}/claim")
    await asma.post(f"/cases/{case}/hand-over", data={"to": "language:sd"})
    assert "offered to whoever reads Sindhi" in await text_of(asma, f"/cases/{case}")
    assert 'id="offered"' in await text_of(bushra, "/")
    assert 'id="offered"' not in await text_of(asma, "/")
    assert (await asma.post(f"/cases/{case}/take-back")).status_code == 303
    assert "Claimed, no human word yet" in await text_of(asma, f"/cases/{case}")
    assert 'id="offered"' not in await text_of(bushra, "/")
    assert (await bushra.post(f"/cases/{case}/claim")).status_code == 409


@pytest.mark.parametrize("to", ["", "person:nobody", "person:" + str(UUID(int=1)), "language:xx"])
async def test_a_chat_cannot_be_offered_to_nobody(
    asma: httpx.AsyncClient, case: UUID, to: str
) -> None:
    await asma.post(f"/cases/{case}/claim")
    answer = await asma.post(f"/cases/{case}/hand-over", data={"to": to})
    assert answer.status_code == 422
    assert "Something failed" not in answer.text


async def test_who_does_not_hold_it_offers_nothing(
    asma: httpx.AsyncClient, bushra: httpx.AsyncClient, case: UUID
) -> None:
    await asma.post(f"/cases/{case}/claim")
    assert 'id="handing"' not in await text_of(bushra, f"/cases/{case}?open=1")
    answer = await bushra.post(f"/cases/{case}/hand-over", data={"to": "language:sd"})
    assert answer.status_code == 403


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


async def test_reading_along_is_seen_by_the_holder(
    asma: httpx.AsyncClient, bushra: httpx.AsyncClient, case: UUID
) -> None:
    await asma.post(f"/cases/{case}/claim")
    assert 'id="listen"' in await text_of(bushra, f"/cases/{case}?open=1")
    assert (await bushra.post(f"/cases/{case}/listen")).status_code == 303
    page = await text_of(asma, f"/cases/{case}")
    assert re.search(r'id="listeners">Reading along: <bdi>bushra</bdi>', page)
    assert 'id="listen"' not in page
    assert "reading along: 1" in await text_of(asma, "/")
    assert "Read along no more" in await text_of(bushra, f"/cases/{case}?open=1")
    await bushra.post(f"/cases/{case}/listen-no-more")
    assert 'id="listeners"' not in await text_of(asma, f"/cases/{case}")


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


async def test_the_summary_tells_the_times_and_the_people(
    house: House, asma: httpx.AsyncClient, case: UUID
) -> None:
    await asma.post(f"/cases/{case}/claim")
    page = await text_of(asma, f"/cases/{case}")
    summary = page.split('id="summary-now"')[1].split("</ol>")[0]
    for words in ("Rang first", "none yet", "<bdi>asma</bdi>", "rang · critical", "claimed"):
        assert words in re.sub(r"\s+", " ", summary), words


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


async def test_who_lost_the_chat_sees_the_form_go(
    asma: httpx.AsyncClient, bushra: httpx.AsyncClient, case: UUID
) -> None:
    await asma.post(f"/cases/{case}/claim")
    await asma.post(f"/cases/{case}/hand-over", data={"to": "language:sd"})
    await bushra.post(f"/cases/{case}/claim")
    part = await text_of(asma, f"/cases/{case}/panel?opened=1&shape=mine-offered")
    assert '<div id="answering" hx-swap-oob="true">' in part
    assert 'id="text"' not in part
    await bushra.post(f"/cases/{case}/close", data={"outcome": "other"})
    part = await text_of(asma, f"/cases/{case}/panel?opened=1&shape=held")
    assert '<div id="beside" hx-swap-oob="delete">' in part


async def test_the_panel_shows_lines_by_the_hour_and_what_she_told(
    house: House, asma: httpx.AsyncClient, case: UUID, clock: SetClock
) -> None:
    page = await text_of(asma, f"/cases/{case}?open=1")
    lines = re.findall(r'<strong dir="ltr">([^<]+)</strong>', page)
    # 20:00 UTC is one in the morning in Pakistan: the office hours of one line are over.
    assert lines.index("15") < lines.index("1799") < lines.index("080039393")
    assert "Closed at this hour" in page
    assert 'Monday to Friday <bdi dir="ltr">09:00-17:00</bdi>' in page
    assert "day and night" in page
    assert "StopNCII" in page
    assert "What she told" not in page


async def test_the_load_is_said(house: House, asma: httpx.AsyncClient, case: UUID) -> None:
    assert "You hold no chat." in await text_of(asma, "/")
    await change(house, "asma", most_cases=2)
    await asma.post(f"/cases/{case}/claim")
    assert "You hold 1 of 2." in await text_of(asma, "/")
    other = await house.case_of(await house.writes("qatal", address="another"))
    await asma.post(f"/cases/{other}/claim")
    page = await text_of(asma, "/")
    assert "You hold 2 of 2." in page
    assert "as many as the house lays on you" in page
