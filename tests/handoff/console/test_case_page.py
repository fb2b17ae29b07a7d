"""A case's page by plain forms: the warning, handing over, listening, the panel."""

from __future__ import annotations

import re
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.storage.models import AuditEvent, Staff
from tests.handoff.console.conftest import House, browser_of, sign_in
from tests.handoff.console.pages import text_of


async def reads_of(house: House, case: UUID) -> int:
    """How often somebody was recorded as a reader of the case."""
    async with house.core.database.transaction() as tx:
        rows = await tx.session.scalars(
            select(AuditEvent).where(
                AuditEvent.tag == "conversation:read", AuditEvent.subject_id == str(case)
            )
        )
        return len(list(rows))


async def change(house: House, name: str, **columns: object) -> UUID:
    """Sets columns of a member of staff; returns her id."""
    async with house.core.database.transaction() as tx:
        person = await tx.session.scalar(select(Staff).where(Staff.sign_in_name == name))
        assert person is not None
        for column, value in columns.items():
            setattr(person, column, value)
        return person.id


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


async def test_the_summary_tells_the_times_and_the_people(
    house: House, asma: httpx.AsyncClient, case: UUID
) -> None:
    await asma.post(f"/cases/{case}/claim")
    page = await text_of(asma, f"/cases/{case}")
    summary = page.split('id="summary-now"')[1].split("</ol>")[0]
    for words in ("Rang first", "none yet", "<bdi>asma</bdi>", "rang · critical", "claimed"):
        assert words in re.sub(r"\s+", " ", summary), words


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
