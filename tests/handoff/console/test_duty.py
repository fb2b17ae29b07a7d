"""Without script: the bar of every page, pauses, the roster with its forms, one's own settings."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.storage.models import (
    Absence,
    AuditEvent,
    Escalation,
    Holiday,
    OperatorAlarm,
    Shift,
    ShiftPattern,
    Staff,
)
from handoff.console.translation import INTERFACES as CONSOLE_INTERFACES
from handoff.own_hours import OwnHours
from handoff.profile import INTERFACES
from handoff.viewer import viewer_of
from tests.conftest import START
from tests.handoff.console.conftest import WISH_TO_DIE, House, browser_of, sign_in

HOUR = timedelta(hours=1)
PART = {"hx-request": "true"}
# The clock of the tests stands at Sunday, 22 November 2026, 01:00 in Karachi.


def bar_of(answer: httpx.Response) -> str:
    """The words of the bar of a page."""
    found = re.search(r'id="mine-state".*?</p>', answer.text, re.DOTALL)
    return words(found.group()) if found else ""


def words(markup: str) -> str:
    """What is read aloud, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", "<" + markup)).split())


async def person(house: House, name: str) -> Staff:
    """A person as stored."""
    async with house.core.database.transaction() as tx:
        found = await tx.session.scalar(select(Staff).where(Staff.sign_in_name == name))
        assert found is not None
        return found


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


@pytest.fixture
async def bano(house: House) -> Staff:
    """A colleague who is on duty."""
    return await house.hire("bano")


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


async def test_the_roster_names_gaps_in_words(
    house: House, asma: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    me, boss = await person(house, "asma"), await person(house, "lina")
    for one in (me, boss):
        data = {
            "what": "pattern",
            "person": str(one.id),
            "weekday": "6",
            "starts": "22:00",
            "ends": "06:00",
            "time_zone": "Asia/Karachi",
            "on_holidays": "yes",
        }
        assert (await lead.post("/roster", data=data)).status_code == 303
    page = words((await asma.get("/roster")).text)
    assert "Times are in your zone, Asia/Karachi (UTC+05:00)." in page
    assert "Nobody is on duty now." in page
    assert "01:00 to 22:00 ⚠ Gap: nobody is on duty all" in page
    assert "22:00 to Mon 23 Nov 01:00 asma , lina Pashto, Sindhi, Punjabi, Balochi" in page
    assert "22:00–24:00" in page
    assert "Add weekly hours" not in page
    assert "Load of each person" not in page
    assert "Add weekly hours" in (await lead.get("/roster")).text


async def test_entries_are_added_seen_and_removed(house: House, lead: httpx.AsyncClient) -> None:
    await house.hire("asma")
    await house.hire("bano", languages="ps")
    me, other = await person(house, "asma"), await person(house, "bano")
    times = {"person": str(me.id), "starts": "2026-12-01T08:00", "ends": "2026-12-01T16:00"}
    for data in (
        {"what": "shift", **times},
        {"what": "absence", **times, "stand_in": str(other.id)},
        {"what": "absence", **times},
        {"what": "holiday", "day": "2026-12-25", "name": "Quaid-e-Azam Day"},
    ):
        answer = await lead.post("/roster", data=data)
        assert (answer.status_code, answer.headers["location"]) == (
            303,
            f"/roster#h-{data['what']}",
        )
    markup = (await lead.get("/roster")).text
    page = words(markup)
    assert "asma Tue 1 Dec 08:00 to 16:00 bano Remove" in page
    assert "nobody stands in" in page
    assert "Fri 25 Dec Quaid-e-Azam Day" in page
    for what, which in set(
        re.findall(
            r'name="what" value="(\w+)"><input type="hidden" name="which" value="([^"]+)"', markup
        )
    ):
        data = {"what": what, "which": which}
        assert (await lead.post("/roster/remove", data=data)).status_code == 303
        # Somebody else was faster.
        assert (await lead.post("/roster/remove", data=data)).status_code == 303
    async with house.core.database.transaction() as tx:
        for table in (Shift, Absence, Holiday, ShiftPattern):
            assert (await tx.session.scalars(select(table))).all() == []


@pytest.mark.parametrize(
    ("data", "field", "message"),
    [
        ({"what": "pattern"}, "pattern-person", "Choose a person"),
        ({"what": "pattern", "weekday": "9"}, "pattern-weekday", "Choose a day of the week"),
        ({"what": "pattern", "starts": "25:00"}, "pattern-starts", "at which it begins"),
        (
            {"what": "pattern", "time_zone": "Asia/Atlantis"},
            "pattern-time_zone",
            "no such time zone",
        ),
        (
            {"what": "pattern", "valid_from": "2026-12-02", "valid_until": "2026-12-01"},
            "pattern-valid_until",
            "not before the first",
        ),
        ({"what": "shift", "starts": "soon"}, "shift-starts", "at which it begins"),
        ({"what": "shift", "ends": "2026-11-21T08:00"}, "shift-ends", "must end after"),
        ({"what": "absence", "stand_in": "SELF"}, "absence-stand_in", "stands in for herself"),
        ({"what": "shift", "person": str(UUID(int=7))}, "shift-person", "takes no cases"),
        ({"what": "holiday", "day": "", "name": "Rest"}, "holiday-day", "Give a day"),
        ({"what": "holiday", "day": "2026-12-25", "name": ""}, "holiday-name", "Give a name"),
    ],
)
async def test_what_cannot_be_is_said_beside_its_field(
    house: House, lead: httpx.AsyncClient, data: dict[str, str], field: str, message: str
) -> None:
    me = await person(house, "lina")
    whole = {
        "person": "" if field == "pattern-person" else str(me.id),
        "weekday": "2",
        "starts": "08:00" if data["what"] == "pattern" else "2026-12-01T08:00",
        "ends": "16:00" if data["what"] == "pattern" else "2026-12-01T16:00",
        "name": "typed",
        **{name: str(me.id) if value == "SELF" else value for name, value in data.items()},
    }
    answer = await lead.post("/roster", data=whole)
    assert answer.status_code in (404, 422)
    marked = re.search(rf'<(?:input|select) id="{field}"[^>]*>', answer.text)
    assert marked is not None
    assert 'aria-invalid="true"' in marked.group()
    named = re.search(rf'id="p-{data["what"]}">([^<]*)<', answer.text)
    assert named is not None
    assert message in named.group(1)
    assert answer.text.count("aria-invalid") == 1
    if data["what"] != "holiday" and "starts" not in data:
        assert f'value="{whole["starts"]}"' in answer.text


async def test_a_name_is_only_a_text(house: House, lead: httpx.AsyncClient) -> None:
    name = "<script>x</script>"
    await lead.post("/roster", data={"what": "holiday", "day": "2026-12-25", "name": name})
    page = (await lead.get("/roster")).text
    assert name not in page
    assert html.escape(name) in page


async def test_supervisors_change_nothing_and_see_nobody_pause(
    house: House, asma: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    await lead.post("/duty/pause", data={"minutes": "15"})
    assert "Paused" not in (await asma.get("/roster")).text
    for path in ("/roster", "/roster/remove"):
        assert (await asma.post(path, data={"what": "holiday"})).status_code == 403


async def test_leads_see_load_and_who_pauses(
    house: House, asma: httpx.AsyncClient, lead: httpx.AsyncClient
) -> None:
    case = await house.case_of(await house.writes(WISH_TO_DIE))
    await asma.post(f"/cases/{case}/claim")
    page = words((await lead.get("/roster")).text)
    assert "asma 1 of 4 1 no hours planned On duty" in page
    await asma.post("/duty/pause", data={"minutes": "15", "sure": "yes"})
    page = words((await lead.get("/roster")).text)
    assert "asma 0 of 4 1 no hours planned Paused until 01:15" in page
    me = await person(house, "asma")
    await lead.post(
        "/roster",
        data={
            "what": "shift",
            "person": str(me.id),
            "starts": "2026-11-21T22:30",
            "ends": "2026-11-22T09:00",
        },
    )
    assert "asma 0 of 4 1 2.5 Paused" in words((await lead.get("/roster")).text)


async def test_settings_are_saved_and_shown(house: House, asma: httpx.AsyncClient) -> None:
    data = {
        "interface": "ur",
        "time_zone": "Europe/London",
        "quiet_from": "23:00",
        "quiet_until": "06:30",
        "most_cases": "2",
    }
    answer = await asma.post("/profile", data=data)
    assert (answer.status_code, answer.headers["location"]) == (303, "/profile?saved=1")
    me = await person(house, "asma")
    assert (me.interface, me.time_zone, me.most_cases, me.warns) == (
        "ur",
        "Europe/London",
        2,
        False,
    )
    assert (f"{me.quiet_from:%H:%M}", f"{me.quiet_until:%H:%M}") == ("23:00", "06:30")
    page = await asma.get("/profile")
    assert '<html lang="ur" dir="rtl">' in page.text
    await OwnHours(house.core).away(viewer_of(me), START + 6 * HOUR)
    # London is at UTC in November.
    assert "02:00" in bar_of(await asma.get("/account"))


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"interface": "fr"}, "interface"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"quiet_from": "23:00", "quiet_until": ""}, "quiet_from"),
        ({"quiet_from": "23:00", "quiet_until": "23:00"}, "quiet_from"),
        ({"quiet_from": "late", "quiet_until": "06:00"}, "quiet_from"),
        ({"most_cases": "0"}, "most_cases"),
        ({"most_cases": "21"}, "most_cases"),
        ({"most_cases": "two"}, "most_cases"),
    ],
)
async def test_settings_that_cannot_be(
    house: House, asma: httpx.AsyncClient, change: dict[str, str], field: str
) -> None:
    data = {"interface": "en", "time_zone": "Asia/Karachi", "most_cases": "7", **change}
    answer = await asma.post("/profile", data=data)
    assert answer.status_code == 422
    marked = re.search(rf'<(?:input|select) id="{field}"[^>]*>', answer.text)
    assert marked is not None
    assert 'aria-invalid="true"' in marked.group()
    assert 'id="problem"' in answer.text
    if field != "most_cases":
        assert 'value="7"' in answer.text
    assert (await person(house, "asma")).most_cases == 4


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


async def test_a_one_time_word_opens_no_settings(house: House, browser: httpx.AsyncClient) -> None:
    new = await house.staff.add("nadia", "lead", ["ur"])
    await sign_in(browser, "nadia", await house.staff.issue_one_time(new.id))
    for method in ("GET", "POST"):
        answer = await browser.request(method, "/profile")
        assert (answer.status_code, answer.headers["location"]) == (303, "/password")


def test_the_console_speaks_what_can_be_chosen() -> None:
    assert set(INTERFACES) == set(CONSOLE_INTERFACES)


async def test_two_browsers_do_not_see_each_others_bar(
    house: House, asma: httpx.AsyncClient
) -> None:
    await house.hire("bano")
    async with browser_of(house) as other:
        await sign_in(other, "bano")
        await other.post("/duty/pause", data={"minutes": "15"})
        assert bar_of(await asma.get("/account")) == "● On duty"
        assert bar_of(await other.get("/account")) == "‖ Paused until 01:15"
