"""Leaving in a real browser: by gesture, by looking elsewhere, and what the server is told."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, expect
from sqlalchemy import func, select

from amaan.storage.models import Address, Message
from amaan.words import VARIANTS
from tests.telephony.web.browser import (
    EXIT_URL,
    chromium,
    complaints,
    needs_chromium,
    new_context,
    route_exit,
)
from tests.telephony.web.conftest import Site
from tests.telephony.web.profile import profile

pytestmark = [needs_chromium, pytest.mark.timeout(180)]

_MOVE = """async (jolts) => {
  for (const x of jolts) {
    dispatchEvent(new DeviceMotionEvent('devicemotion', {acceleration: {x, y: 1, z: 0}}));
    await new Promise(done => setTimeout(done, 40));
  }
}"""
_WAITING = "() => document.documentElement.className.includes('away')"


async def started(page: Page, site: Site) -> None:
    await page.goto(site.url)
    await page.locator("#text").fill("سلام")
    await page.locator("button[value=send]").click()
    await expect(page.locator("#lines > .you")).to_have_count(1, timeout=30_000)


async def phone(browser: Browser) -> Page:
    context = await browser.new_context(
        has_touch=True, is_mobile=True, viewport={"width": 360, "height": 640}
    )
    await route_exit(context)
    return await context.new_page()


async def rows(site: Site, table: type) -> int:
    async with site.bench.core.database.transaction() as tx:
        return await tx.session.scalar(select(func.count()).select_from(table)) or 0


async def test_shaking_the_phone_leaves_and_a_bumpy_road_does_not(site: Site) -> None:
    async with chromium() as browser:
        page = await phone(browser)
        wrong = complaints(page)
        await started(page, site)
        await expect(page.locator("#gestures")).to_be_visible()
        for bumps in ([18, -18] * 5, [30, 30, 30, 30, 30], [25, -25, 25]):
            await page.evaluate(_MOVE, bumps)
            await page.wait_for_timeout(1600)
        await expect(page.locator("#lines > .you")).to_have_count(1)
        await page.evaluate(f"setTimeout(() => ({_MOVE})([25, -25, 25, -25, 25]))")
        await page.wait_for_url(EXIT_URL)
        assert wrong == []


async def test_a_finger_that_stays_on_the_button_leaves(site: Site) -> None:
    async with chromium() as browser:
        page = await phone(browser)
        await started(page, site)
        box = await page.locator(".exit").bounding_box()
        assert box is not None
        tool = await page.context.new_cdp_session(page)
        point = {"x": box["x"] + 10, "y": box["y"] + 10}
        touch = {"type": "touchStart", "touchPoints": [point]}
        await tool.send("Input.dispatchTouchEvent", touch)
        await page.wait_for_url(EXIT_URL, timeout=5000)


async def test_gestures_are_announced_only_where_they_work(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await page.goto(site.url)
        await expect(page.locator("#gestures")).to_be_hidden()
        hint = await page.locator("#hint").text_content()
        await expect(page.locator(".exit")).to_have_accessible_description(hint or "")
        page = await phone(browser)
        await page.goto(site.url)
        told = await page.locator("#gestures").text_content()
        await expect(page.locator(".exit")).to_have_accessible_description(f"{hint} {told}")
        page = await (await new_context(browser, script=False)).new_page()
        await page.goto(site.url)
        await expect(page.locator("#hint")).to_be_hidden()
        await expect(page.locator(".exit")).to_have_accessible_description("")


async def test_blank_behind_another_window_and_back_with_the_next_touch(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        white = await page.screenshot()
        await started(page, site)
        await page.locator("#text").focus()
        for back in ("focus", "tap"):
            await page.evaluate("dispatchEvent(new Event('blur'))")
            assert await page.evaluate(_WAITING)
            await expect(page.locator("body")).to_have_css("opacity", "0")
            assert await page.screenshot() == white
            # She keeps her place.
            await expect(page.locator("#text")).to_be_focused()
            if back == "focus":
                await page.evaluate("dispatchEvent(new Event('focus'))")
            else:
                # The tap that brings the page back presses nothing on it.
                box = await page.locator(".exit").bounding_box()
                assert box is not None
                await page.mouse.click(box["x"] + 5, box["y"] + 5)
            assert not await page.evaluate(_WAITING)
        await expect(page.locator("#lines > .you")).to_have_count(1)


async def test_nothing_is_printed(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await started(page, site)
        await page.emulate_media(media="print")
        await expect(page.locator("body")).to_be_hidden()


async def test_closing_the_page_or_going_elsewhere_ends_its_secret(site: Site) -> None:
    async with chromium() as browser:
        context = await new_context(browser)
        for way in ("elsewhere", "close", "reload"):
            page = await context.new_page()
            await started(page, site)
            assert await rows(site, Address) == 1
            if way == "elsewhere":
                await page.goto(EXIT_URL)
            elif way == "close":
                await page.close()
            else:
                await page.reload()
            for _ in range(50):
                if await rows(site, Address) == 0:
                    break
                await context.pages[0].wait_for_timeout(100) if context.pages else None
            assert await rows(site, Address) == 0, way
    # What she told stays with the people whom it may concern.
    assert await rows(site, Message) >= 3


async def test_changing_the_language_keeps_the_secret(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await started(page, site)
        for tag in list(VARIANTS)[:3]:
            await page.locator("#lang").select_option(tag)
            async with page.expect_navigation():
                await page.locator("button[value=lang]").click()
        await page.wait_for_timeout(500)
        assert await rows(site, Address) == 1
        await expect(page.locator("#lines > .you")).to_have_count(1)


async def test_an_old_browser_without_the_live_page_still_leaves(site: Site) -> None:
    """The live page's script fails altogether; the exit stands on its own."""
    async with chromium() as browser:
        context = await new_context(browser)
        await context.add_init_script("delete window.fetch")
        page = await context.new_page()
        await started(page, site)
        assert "js" not in (await page.locator("html").get_attribute("class") or "")
        await page.locator("#text").focus()
        for _ in range(3):
            await page.keyboard.press("Escape")
        await page.wait_for_url(EXIT_URL)
        await page.wait_for_timeout(500)
        assert await rows(site, Address) == 0


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
@pytest.mark.parametrize("end", ["leave", "erase"])
async def test_the_browser_is_told_to_forget(
    site: Site, tmp_path_factory: pytest.TempPathFactory, script: bool, end: str
) -> None:
    """`Clear-Site-Data`, over plain http of this machine too: whatever a store held is gone."""
    async with profile(tmp_path_factory.mktemp("profile"), script=script) as context:
        page = context.pages[0]
        await started(page, site)
        await page.evaluate("localStorage.setItem('a', 'left by another page of this address')")
        if end == "leave":
            await page.locator(".exit").click()
            await page.wait_for_url(EXIT_URL)
        else:
            await page.locator("button[value=erase]").click()
            await page.locator("button[value=erase_now]").click()
            await expect(page.locator("#lines > li")).to_have_count(0)
        await page.wait_for_timeout(1000)
        await page.goto(site.url)
        # The erased page asks for it with its last word on leaving, which the browser may answer
        # after the new page has come.
        for _ in range(100):
            if await page.evaluate("localStorage.length") == 0:
                break
            await page.wait_for_timeout(100)
        assert await page.evaluate("localStorage.length") == 0


async def test_no_password_is_offered_to_be_kept(
    site: Site, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The stars that keep posted forms off the disk wake no password manager.

    Plain forms are posted here with script on: the manager's own log needs it to be read.
    """
    async with profile(tmp_path_factory.mktemp("profile")) as context:
        manager = await context.new_page()
        await manager.goto("chrome://password-manager-internals")
        page = await context.new_page()
        await page.add_init_script("delete window.fetch")
        await started(page, site)
        await page.locator("#text").fill("half a line")
        await page.evaluate("leaving.stays = true; document.getElementById('leave').submit()")
        await page.wait_for_timeout(2000)
        said = await manager.inner_text("body")
    assert "DidNavigateMainFrame" in said
    assert "type=password" in said
    assert not re.search(r"PENDING|ASK the user", said)
