"""The page in a real browser without script."""

from __future__ import annotations

import asyncio
from contextlib import suppress

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, expect

from tests.telephony.web.browser import (
    EXIT_URL,
    answers,
    chromium,
    complaints,
    needs_chromium,
    new_context,
)
from tests.telephony.web.conftest import Site

pytestmark = [needs_chromium, pytest.mark.timeout(180)]
MARKER = "qzxmarkerqzx"


def words(site: Site, key: str, tag: str = "ur-Arab") -> str:
    return site.bench.core.catalogues.text(key, tag, "web")


async def send(page: Page, text: str) -> None:
    await page.locator("#text").fill(text)
    await page.locator("button[value=send]").click()


async def test_whole_conversation_without_script(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser, script=False)).new_page()
        wrong = complaints(page)
        await page.goto(site.url)
        await expect(page.locator("p.noscript").first).to_contain_text(words(site, "web.refresh"))
        await send(page, "سلام")
        await answers(page, 1)
        await expect(page.locator("#lines > .helper")).to_be_focused()

        await page.locator(".menu button").first.click()
        await expect(page.locator("#lines > .you .text")).to_have_text(["سلام", "1"])

        await page.locator("#text").fill("half a line")
        await page.locator("#lang").select_option("en-Latn")
        await page.locator("button[value=lang]").click()
        await expect(page.locator("html")).to_have_attribute("dir", "ltr")
        await expect(page.locator("#text")).to_have_value("half a line")

        site.dialogue.gate.clear()
        await page.locator("button[value=send]").click()
        await expect(page.locator("#status")).to_have_text(words(site, "web.waiting", "en-Latn"))
        site.dialogue.gate.set()
        await asyncio.sleep(1)
        await page.get_by_role("button", name=words(site, "web.refresh", "en-Latn")).click()
        await expect(page.locator("#lines > .helper")).to_have_count(3)
        # A reload posts the same form again and changes nothing.
        await page.reload()
        await expect(page.locator("#lines > .you")).to_have_count(3)

        await page.locator("button[value=erase]").click()
        await expect(page.locator("#question")).to_be_focused()
        await page.locator("button[value=erase_now]").click()
        await expect(page.locator("#status")).to_have_text(words(site, "web.erased", "en-Latn"))
        await expect(page.locator("#lines > li")).to_have_count(0)
        assert page.url == site.url + "/"
        assert wrong == []


async def test_leaving_without_script_shows_no_chat_on_the_way_back(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser, script=False)).new_page()
        await page.goto(site.url)
        await send(page, MARKER)
        await expect(page.locator("#lines > .helper")).to_have_count(1)
        await page.locator(".exit").click()
        await page.wait_for_url(EXIT_URL)
        for _ in range(3):
            # No way back at all is as good; what is on the screen is looked at in any case.
            with suppress(PlaywrightError):
                await page.go_back(timeout=3000)
            assert MARKER not in await page.content()
