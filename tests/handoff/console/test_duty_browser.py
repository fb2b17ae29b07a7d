"""In Chromium: the bar without a new page, a pause that asks, the roster and one's own settings."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from amaan.clock import SetClock
from amaan.storage.models import Staff
from handoff.duty import Duties
from handoff.viewer import viewer_of
from tests.conftest import START
from tests.handoff.console.conftest import WISH_TO_DIE, Served
from tests.handoff.console.test_browser import (  # noqa: F401 - fixtures
    CHROMIUM,
    Console,
    assert_accessible,
    chromium,
    driver,
    shot,
)

pytestmark = [
    pytest.mark.skipif(not CHROMIUM.exists(), reason="Debian's chromium is not installed"),
    pytest.mark.timeout(300),
]

HOUR = timedelta(hours=1)


def look(page: Page, name: str) -> None:
    """A page as people see it: accessible in both, no wider than the window."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert_accessible(page)
        shot(page, f"{name}-{scheme}")
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(wide) <= 0, name
    shot(page, f"{name}-narrow-dark")
    page.emulate_media(color_scheme="light")
    shot(page, f"{name}-narrow")
    page.set_viewport_size({"width": 1280, "height": 800})


async def plan(served: Served, lead: Any, asma: Any, bano: Any) -> None:
    """A week of invented hours with a gap every night and an absence."""
    duties = Duties(served.house.core)
    async with served.house.core.database.transaction() as tx:
        # Read again: she has set a password since she was added.
        boss = viewer_of(await tx.session.get_one(Staff, lead.id))
    for day in range(7):
        for who, starts in ((asma, 0), (bano, 7), (lead, 14)):
            await duties.add_pattern(
                boss,
                who.id,
                weekday=day,
                starts=time(starts),
                minutes=420,
                valid_from=START.date(),
                on_holidays=who is not lead,
            )
    await duties.add_absence(boss, bano.id, START + 6 * HOUR, START + 20 * HOUR, asma.id)
    await duties.add_absence(boss, lead.id, START + 50 * HOUR, START + 80 * HOUR)
    await duties.add_shift(boss, asma.id, START + 100 * HOUR, START + 104 * HOUR)
    await duties.add_holiday(boss, (START + 3 * 24 * HOUR).date(), "Iqbal Day, invented")


def test_a_breath_by_keyboard_loses_nothing(
    chromium: Browser,  # noqa: F811
    served: Served,
    clock: SetClock,
) -> None:
    served.do(served.house.hire("asma"))
    case = served.do(served.house.writes(WISH_TO_DIE))
    assert isinstance(case, UUID)
    window = Console(chromium, served)
    page = window.sign_in("asma")
    page.locator("[id^=claim-queue]").click()
    page.fill("#text", "half a thought")

    page.focus("#mine-pause")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("#ask-title")).to_be_focused()
    expect(page.locator(".ask")).to_contain_text("You hold one chat.")
    expect(page.locator(".ask")).to_contain_text("Nobody else is on duty")
    expect(page.locator("#text")).to_have_value("half a thought")
    look(page, "pause-asks")
    page.click("#mine-not")
    expect(page.locator("#mine-state")).to_be_focused()
    expect(page.locator("#mine-state")).to_contain_text("On duty")

    page.click("#mine-away")
    page.fill("#away-until", "2026-11-21T10:00")
    page.click("#away-go")
    expect(page.locator("#away-problem")).to_be_visible()
    expect(page.locator("#away-until")).to_be_focused()
    expect(page.locator("#away-until")).to_have_value("2026-11-21T10:00")
    look(page, "away-refused")
    page.fill("#away-until", "2026-11-22T09:00")
    page.click("#away-go")
    expect(page.locator("#ask-title")).to_be_focused()
    expect(page.locator(".ask")).to_contain_text("Nobody else is on duty")
    look(page, "away-asks")
    page.click("#mine-sure")
    expect(page.locator("#mine-state")).to_contain_text("Away until 09:00")
    expect(page.locator("#mine-state")).to_contain_text("You still hold one chat.")
    expect(page.locator("#text")).to_have_value("half a thought")
    look(page, "away")
    page.click("#mine-again")

    page.click("#mine-pause")
    page.click("#pause-15")
    page.click("#mine-sure")
    expect(page.locator("#mine-state")).to_be_focused()
    expect(page.locator("#mine-state")).to_contain_text("Paused until 01:15")
    look(page, "paused")
    clock.move(timedelta(minutes=15))
    # What happens by itself every minute.
    page.evaluate("() => htmx.trigger('#mine', 'again')")
    expect(page.locator("#mine-state")).to_contain_text("On duty")
    window.close()


def test_roster_and_profile(
    chromium: Browser,  # noqa: F811
    served: Served,
) -> None:
    lead = served.do(served.house.hire("lina", "lead"))
    asma, bano = (
        served.do(served.house.hire("asma")),
        served.do(served.house.hire("bano", languages="sd,ps,bal,pa")),
    )
    window = Console(chromium, served)
    page = window.sign_in("lina")
    served.do(plan(served, lead, asma, bano))
    page.click("#nav-roster")
    expect(page.locator("h1")).to_have_text("Roster")
    expect(page.locator("main")).to_contain_text("Gap: nobody is on duty")
    look(page, "roster")

    page.get_by_text("Add weekly hours").first.click()
    page.fill("#pattern-starts", "21:00")
    page.fill("#pattern-ends", "00:00")
    page.fill("#pattern-time_zone", "Asia/Atlantis")
    page.click("#add-pattern")
    expect(page.locator("#p-pattern")).to_be_visible()
    expect(page.locator("#pattern-starts")).to_have_value("21:00")
    page.locator("#pattern-person").select_option(label="bano")
    page.click("#add-pattern")
    expect(page.locator("#p-pattern")).to_contain_text("no such time zone")
    look(page, "roster-refused")
    page.fill("#pattern-time_zone", "Asia/Karachi")
    page.click("#add-pattern")
    expect(page.locator("#p-pattern")).to_have_count(0)
    remove = page.locator("section[aria-labelledby=h-pattern] button")
    expect(remove).to_have_count(22)
    remove.first.click()
    expect(remove).to_have_count(21)

    page.click("#nav-profile")
    look(page, "profile")
    page.fill("#most_cases", "3")
    page.fill("#quiet_from", "23:00")
    page.click("#save")
    expect(page.locator("#problem")).to_be_visible()
    expect(page.locator("#most_cases")).to_have_value("3")
    look(page, "profile-refused")
    page.fill("#quiet_until", "06:00")
    page.locator("#interface").select_option("ur")
    page.click("#save")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    look(page, "profile-ur")
    page.click("#nav-roster")
    look(page, "roster-ur")
    window.close()
