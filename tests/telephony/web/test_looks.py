"""Every page on a small phone: reachable, readable, heard; screenshots for people to look at.

With AMAAN_SHOTS set to a folder, the pages that this test sees are drawn there.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from amaan.words import VARIANTS
from tests.telephony.web.browser import (
    chromium,
    complaints,
    needs_chromium,
    new_context,
    violations,
)
from tests.telephony.web.conftest import Site

pytestmark = [needs_chromium, pytest.mark.timeout(300)]
SHOTS = os.environ.get("AMAAN_SHOTS")
SMALL = """() => [...document.querySelectorAll('button, select, textarea, summary, input, .tel a')]
  .filter(e => e.getClientRects().length)
  .map(e => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
  .filter(([, box]) => box.width < 44 || box.height < 44)
  .map(([html]) => html)"""
_FOCUSED = """() => {
  const one = document.activeElement, style = getComputedStyle(one);
  const name = one.value || one.id || one.getAttribute('href') || one.tagName;
  return [one === document.body ? '' : name,
    one.matches(':focus-visible') && style.outlineStyle === 'none'];
}"""


async def shot(page: Page, name: str) -> None:
    if SHOTS:
        await page.screenshot(path=Path(SHOTS) / f"web-{name}.png", full_page=True)


async def change_language(page: Page, tag: str) -> None:
    await page.locator("#lang").select_option(tag)
    async with page.expect_navigation():
        await page.locator("button[value=lang]").click()


async def send(page: Page, text: str) -> None:
    await page.locator("#text").fill(text)
    await page.locator("button[value=send]").click()
    await expect(page.locator("#lines > .helper")).not_to_have_count(0, timeout=30_000)


async def test_everything_to_press_is_large_enough_in_every_catalogue(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await page.goto(site.url)
        assert await page.evaluate(SMALL) == []
        await shot(page, "start-ur-Arab")
        await send(page, "سلام")
        for tag in VARIANTS:
            await change_language(page, tag)
            for box in await page.locator("details:visible > summary").all():
                await box.click()
            await page.locator("button[value=erase]").click()
            assert await page.evaluate(SMALL) == [], tag
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, tag
            await shot(page, f"chat-{tag}")


async def test_error_pages_are_accessible_and_keep_the_way_out(site: Site) -> None:
    async with chromium() as browser:
        for language in ("ur", "ps", "sd", "pa", "bal"):
            context = await browser.new_context(
                extra_http_headers={"Accept-Language": language},
                viewport={"width": 320, "height": 640},
            )
            page = await context.new_page()
            await page.goto(site.url + "/nowhere")
            assert (await page.locator("html").get_attribute("lang") or "")[:3].rstrip(
                "-"
            ) == language
            assert await violations(page) == [], language
            await expect(page.locator(".exit")).to_be_visible()
            await expect(page.locator(".tel a")).to_have_count(6)
            await shot(page, f"error-{language}")
            await context.close()


@pytest.mark.parametrize("tag", ["ur-Arab", "en-Latn"])
async def test_by_keyboard_alone(site: Site, tag: str) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        wrong = complaints(page)
        await page.goto(site.url)
        await change_language(page, tag)
        walk = await walked(page)
        assert walk[:4] == ["leave", tag, "lang", "text"]
        assert walk[4] == "send"
        assert walk[-6:] == [
            "tel:15", "tel:1099", "tel:1799", "tel:03117786264", "tel:080039393", "tel:1121",
        ]  # fmt: skip
        await page.locator("#text").focus()
        await page.keyboard.type("salam")
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("#lines > .helper")).to_have_count(1, timeout=30_000)
        walk = await walked(page)
        assert walk[:7] == ["leave", tag, "lang", "tel:15", "1", "2", "text"]
        await page.locator("button[value=erase]").focus()
        await page.keyboard.press("Enter")
        await expect(page.locator("#question")).to_be_focused()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator("#lines > li")).to_have_count(0)
        assert wrong == []


async def walked(page: Page) -> list[str]:
    """What is reached with Tab from the top of the page, each visibly."""
    await page.evaluate("document.activeElement.blur(); getSelection().removeAllRanges()")
    await page.evaluate("document.body.tabIndex = -1; document.body.focus()")
    await page.evaluate("document.body.removeAttribute('tabindex')")
    reached: list[str] = []
    for _ in range(40):
        await page.keyboard.press("Tab")
        name, is_unseen = await page.evaluate(_FOCUSED)
        if not name:
            break
        assert not is_unseen, name
        reached.append(name)
    return reached


async def test_with_forced_colours_and_less_motion(site: Site) -> None:
    """Contrast themes: who says what stands there in words, the edges are drawn by the system."""
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await page.emulate_media(forced_colors="active", reduced_motion="reduce")
        await page.goto(site.url)
        await send(page, "سلام")
        for line in ("you", "helper"):
            await expect(page.locator(f"#lines > .{line} .who")).to_be_visible()
        assert await page.evaluate("document.getAnimations().length") == 0
        await shot(page, "forced-colours")
