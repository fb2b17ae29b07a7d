"""Without script: the bar of every page, and pauses."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.storage.models import (
    AuditEvent,
    Escalation,
    OperatorAlarm,
    Staff,
)
from tests.conftest import START
from tests.handoff.console.conftest import WISH_TO_DIE, House, browser_of, sign_in
from tests.handoff.console.duty_parts import HOUR, bar_of, person, words

PART = {"hx-request": "true"}


async def tags(house: House, staff_id: UUID) -> list[str]:
    """What was recorded of somebody's hours."""
    async with house.core.database.transaction() as tx:
        found = await tx.session.scalars(
            select(AuditEvent.tag)
            .where(AuditEvent.subject_id == str(staff_id))
            .order_by(AuditEvent.id)
        )
        kinds = ("staff:away", "staff:back", "staff:paused", "staff:resumed")
        return [tag for tag in found if tag in kinds]


async def pass_time(clock: SetClock, client: httpx.AsyncClient, time: timedelta) -> None:
    """Time goes by at an open console that is used."""
    for _ in range(time // timedelta(minutes=5)):
        clock.move(timedelta(minutes=5))
        await client.post("/still-here")


async def alarms(house: House) -> dict[str, int]:
    """Operator alarms and how often they rang."""
    async with house.core.database.transaction() as tx:
        rows = await tx.session.execute(select(OperatorAlarm.kind, OperatorAlarm.count))
        return {kind: count for kind, count in rows}


async def test_the_bar_stands_on_every_page(house: House, asma: httpx.AsyncClient) -> None:
    for path in ("/", "/closed", "/figures", "/roster", "/profile", "/account", "/nowhere"):
        answer = await asma.get(path)
        if answer.status_code != 404:
            assert bar_of(answer).endswith("On duty"), path
    await house.writes(WISH_TO_DIE)
    answer = await asma.get("/", headers=PART)
    assert bar_of(answer) == ""


async def test_who_takes_no_cases_has_no_bar(house: House, browser: httpx.AsyncClient) -> None:
    await house.hire("tahira", "trainer")
    await sign_in(browser, "tahira")
    answer = await browser.get("/profile")
    assert answer.status_code == 200
    assert bar_of(answer) == ""
    assert "Your day" not in answer.text
    assert (await browser.post("/duty/pause", data={"minutes": "15"})).status_code == 403
    assert (await browser.get("/roster")).status_code == 403


async def test_on_duty_until_and_off_duty_until(
    house: House, asma: httpx.AsyncClient, lead: httpx.AsyncClient, clock: SetClock
) -> None:
    me = await person(house, "asma")
    for starts, ends in (
        ("2026-11-22T00:30", "2026-11-22T02:00"),
        ("2026-11-22T23:00", "2026-11-23T02:00"),
    ):
        data = {"what": "shift", "person": str(me.id), "starts": starts, "ends": ends}
        assert (await lead.post("/roster", data=data)).status_code == 303
    assert bar_of(await asma.get("/account")) == "● On duty until 02:00"
    await pass_time(clock, asma, HOUR)
    assert bar_of(await asma.get("/account")) == "○ Off duty until 23:00"


async def test_the_last_on_duty_is_asked_before_she_goes(
    house: House, asma: httpx.AsyncClient
) -> None:
    form = {"until": "2026-11-22T03:00", "back": "/figures"}
    asked = await asma.post("/duty/away", data=form)
    assert asked.status_code == 200
    assert "Nobody else is on duty" in asked.text
    assert 'name="until" value="2026-11-22T03:00"' in asked.text
    assert (await person(house, "asma")).away_until is None
    await house.hire("bushra")
    assert (await asma.post("/duty/away", data=form)).status_code == 303
    async with house.core.database.transaction() as tx:
        kinds = list(await tx.session.scalars(select(OperatorAlarm.kind)))
    assert kinds == []


async def test_away_and_back(house: House, asma: httpx.AsyncClient) -> None:
    answer = await asma.post(
        "/duty/away",
        data={"until": "2026-11-22T03:00", "sure": "yes"},
        headers={"referer": "http://console.test/figures"},
    )
    assert (answer.status_code, answer.headers["location"]) == (303, "/figures")
    assert bar_of(await asma.get("/figures")) == "◌ Away until 03:00"
    me = await person(house, "asma")
    assert me.away_until == START + 2 * HOUR
    async with house.core.database.transaction() as tx:
        kinds = list(await tx.session.scalars(select(OperatorAlarm.kind)))
    assert kinds == ["nobody_on_call"]
    answer = await asma.post(
        "/duty/back", headers={"referer": "http://evil.test/https://evil.test"}
    )
    assert answer.headers["location"] == "/"
    assert bar_of(await asma.get("/figures")) == "● On duty"
    assert await tags(house, me.id) == ["staff:away", "staff:back"]


@pytest.mark.parametrize("typed", ["", "tomorrow", "2026-11-22T00:59", "2027-01-22T00:59"])
async def test_a_time_that_cannot_be_stays_typed(asma: httpx.AsyncClient, typed: str) -> None:
    answer = await asma.post("/duty/away", data={"until": typed, "back": "/closed"})
    assert answer.status_code == 422
    assert f'value="{typed}"' in answer.text
    assert 'aria-describedby="away-problem"' in answer.text
    assert 'name="back" value="/closed"' in answer.text
    assert answer.text.count('id="mine"') == 1


async def test_a_pause_with_nothing_to_ask_ends_by_itself(
    house: House, asma: httpx.AsyncClient, bano: Staff, clock: SetClock
) -> None:
    answer = await asma.post("/duty/pause", data={"minutes": "15"})
    assert answer.status_code == 303
    assert bar_of(await asma.get("/account")) == "‖ Paused until 01:15"
    clock.move(timedelta(minutes=15))
    assert bar_of(await asma.get("/account")) == "● On duty"
    assert (await asma.post("/duty/resume")).status_code == 303
    me = await person(house, "asma")
    assert await tags(house, me.id) == ["staff:paused"]
    assert await alarms(house) == {}
    for minutes in ("20", "-15", "x", ""):
        answer = await asma.post("/duty/pause", data={"minutes": minutes})
        assert answer.status_code == 422, minutes


async def test_a_pause_asks_once_and_lets_the_chats_go(
    house: House, asma: httpx.AsyncClient, bano: Staff
) -> None:
    conversation = await house.writes(WISH_TO_DIE)
    case = await house.case_of(conversation)
    await asma.post(f"/cases/{case}/claim")
    answer = await asma.post("/duty/pause", data={"minutes": "30", "back": f"/cases/{case}"})
    assert answer.status_code == 200
    assert "You hold one chat." in answer.text
    assert "Nobody else is on duty" not in answer.text
    assert bar_of(answer) == "● On duty"
    sure = {"minutes": "30", "sure": "yes", "back": f"/cases/{case}"}
    answer = await asma.post("/duty/pause", data=sure)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case}")
    assert bar_of(await asma.get("/account")) == "‖ Paused until 01:30"
    async with house.core.database.transaction() as tx:
        row = await tx.session.get_one(Escalation, case)
        assert (row.state, row.claimed_by) == ("open", None)
    await asma.post("/duty/resume")
    me = await person(house, "asma")
    assert await tags(house, me.id) == ["staff:paused", "staff:resumed"]


async def test_the_only_one_on_duty_is_told_first(house: House, asma: httpx.AsyncClient) -> None:
    answer = await asma.post("/duty/pause", data={"minutes": "60"})
    assert "Nobody else is on duty from 01:00 until 02:00." in answer.text
    assert await alarms(house) == {}
    await asma.post("/duty/pause", data={"minutes": "60", "sure": "yes"})
    assert await alarms(house) == {"nobody_on_call": 1}


async def test_a_chat_claimed_in_a_pause_can_be_let_go(
    house: House, asma: httpx.AsyncClient, bano: Staff
) -> None:
    await asma.post("/duty/pause", data={"minutes": "15"})
    case = await house.case_of(await house.writes(WISH_TO_DIE))
    await asma.post(f"/cases/{case}/claim")
    assert bar_of(await asma.get("/account")) == "‖ Paused until 01:15 You still hold one chat."
    await asma.post("/duty/hand-over")
    assert bar_of(await asma.get("/account")) == "‖ Paused until 01:15"


async def test_an_open_page_reads_the_bar_only_when_it_changed(
    house: House, asma: httpx.AsyncClient, bano: Staff, clock: SetClock
) -> None:
    page = await asma.get("/account")
    seen = re.search(r'id="mine-seen" name="seen" value="([^"]+)"', page.text)
    assert seen is not None
    live = {**PART, "x-amaan-live": "1"}
    answer = await asma.get("/duty", params={"seen": seen.group(1)}, headers=live)
    assert (answer.status_code, answer.text) == (204, "")
    answer = await asma.post("/duty/pause", data={"minutes": "15"}, headers=PART)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    answer = await asma.get("/duty", params={"seen": seen.group(1)}, headers=live)
    assert bar_of(answer) == "‖ Paused until 01:15"


async def test_a_part_that_is_refused_says_where_it_goes(asma: httpx.AsyncClient) -> None:
    answer = await asma.post("/duty/away", data={"until": "x"}, headers=PART)
    assert (answer.status_code, answer.headers["hx-retarget"]) == (422, "#mine")
    assert "<html" not in answer.text


async def test_the_day_is_counted_and_a_long_one_gets_a_kind_word(
    house: House, asma: httpx.AsyncClient, clock: SetClock
) -> None:
    case = await house.case_of(await house.writes(WISH_TO_DIE))
    await asma.post(f"/cases/{case}/claim")
    page = words((await asma.get("/profile")).text)
    assert "Today: 0 h 0 min at work, hard cases: 1." in page
    assert "long stretch" not in page
    await pass_time(clock, asma, timedelta(minutes=325))
    page = words((await asma.get("/profile")).text)
    assert "Today: 5 h 25 min at work" in page
    assert "long stretch" in page


async def test_two_browsers_do_not_see_each_others_bar(
    house: House, asma: httpx.AsyncClient
) -> None:
    await house.hire("bano")
    async with browser_of(house) as other:
        await sign_in(other, "bano")
        await other.post("/duty/pause", data={"minutes": "15"})
        assert bar_of(await asma.get("/account")) == "● On duty"
        assert bar_of(await other.get("/account")) == "‖ Paused until 01:15"
