"""The pages of roster and settings: entries, gaps, and what cannot be."""

from __future__ import annotations

import html
import re
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from amaan.storage.models import (
    Absence,
    Holiday,
    Shift,
    ShiftPattern,
)
from handoff.console.translation import INTERFACES as CONSOLE_INTERFACES
from handoff.own_hours import OwnHours
from handoff.profile import INTERFACES
from handoff.viewer import viewer_of
from tests.conftest import START
from tests.handoff.console.conftest import WISH_TO_DIE, House, sign_in
from tests.handoff.console.duty_parts import HOUR, bar_of, person, words


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


async def test_a_one_time_word_opens_no_settings(house: House, browser: httpx.AsyncClient) -> None:
    new = await house.staff.add("nadia", "lead", ["ur"])
    await sign_in(browser, "nadia", await house.staff.issue_one_time(new.id))
    for method in ("GET", "POST"):
        answer = await browser.request(method, "/profile")
        assert (answer.status_code, answer.headers["location"]) == (303, "/password")


def test_the_console_speaks_what_can_be_chosen() -> None:
    assert set(INTERFACES) == set(CONSOLE_INTERFACES)
