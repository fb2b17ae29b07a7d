"""In Chromium: a second factor by its picture, a proof and back, people, deeds; accessible."""

from __future__ import annotations

from datetime import timedelta

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from amaan.clock import SetClock
from handoff.trail import Trail
from tests.handoff.console.conftest import PASSWORD, Served
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


def look(page: Page, name: str) -> None:
    """A page as people see it: accessible in both, no wider than the window."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        assert_accessible(page)
        shot(page, f"{name}-{scheme}")
    page.emulate_media(color_scheme="light")
    wide = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
    page.set_viewport_size({"width": 320, "height": 640})
    assert page.evaluate(wide) <= 0, name
    shot(page, f"{name}-narrow")
    page.set_viewport_size({"width": 1280, "height": 800})


def test_an_account_from_password_to_deeds(
    chromium: Browser,  # noqa: F811
    served: Served,
    clock: SetClock,
) -> None:
    served.do(served.house.hire("lina", "lead"))
    served.do(served.house.hire("asma"))
    served.do(
        served.house.staff.add("bano", "trainer", ["sd"], means="sms", number="+923000000123")
    )
    window = Console(chromium, served)
    page = window.sign_in("lina")

    page.click("#nav-account")
    expect(page.locator("h1")).to_have_text("Your account")
    look(page, "account")
    page.get_by_role("link", name="Set up a second factor").click()
    expect(page.locator("h1")).to_have_text("Second factor")
    look(page, "second-factor")
    telephone = pyotp.TOTP(page.locator("#secret-letters").inner_text().replace(" ", ""))
    page.fill("#code", telephone.at(clock.now()))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Recovery codes")
    assert page.locator(".codes li").count() == 10
    look(page, "recovery-codes")
    clock.move(timedelta(minutes=1))

    page.click("#sign-out")
    page.fill("#name", "lina")
    page.fill("#word", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Your code")
    page.fill("#code", "123")
    page.keyboard.press("Enter")
    expect(page.locator("#problem")).to_be_visible()
    look(page, "sign-in-code")
    page.fill("#code", telephone.at(clock.now()))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Queue")

    clock.move(timedelta(minutes=12))
    page.click("#nav-people")
    expect(page.locator("h1")).to_have_text("People")
    look(page, "people")
    page.get_by_role("link", name="asma").click()
    expect(page.locator("h1")).to_have_text("Is it still you?")
    look(page, "prove")
    page.fill("#word", PASSWORD)
    page.fill("#code", telephone.at(clock.now()))
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("asma")
    look(page, "person")
    page.locator("input[name=means][value=sms]").check()
    page.fill("#number", "+923000000124")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("h1")).to_have_text("People")
    expect(page.locator("main")).to_contain_text("Console, SMS")
    page.get_by_role("link", name="asma").click()
    page.get_by_text("She lost her password").click()
    page.get_by_role("button", name="Issue a word").click()
    expect(page.locator("code#word")).to_be_visible()
    look(page, "person-word")

    served.do(Trail(served.house.core).seal())
    page.click("#nav-trail")
    expect(page.locator("h1")).to_have_text("Record of deeds")
    page.get_by_role("button", name="Check the whole chain").click()
    expect(page.locator("main")).to_contain_text("The chain holds.")
    look(page, "trail")
    window.close()
