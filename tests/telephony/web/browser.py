"""A real Chromium, and what is asked of every page in it."""

from __future__ import annotations

import asyncio
import importlib.util
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
needs_chromium = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason="install Debian's chromium and fonts-noto-core"
)
ARGUMENTS = ["--no-sandbox", "--disable-dev-shm-usage"]
EXIT_URL = "https://www.wikipedia.org/"
HARMLESS_TITLE = "Wikipedia"

_AXE = importlib.util.find_spec("axe_playwright_python")
# axe's own contrast rule takes joined Arabic letters for icons and drops them
# (platform-notes, section 3): every text is marked and checked by a second rule.
_CHECK = """async () => {
  document.querySelectorAll('body *').forEach(e => {
    const isText = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
    if (isText) e.setAttribute('data-t', '');
  });
  axe.configure({rules: [{id: 'contrast-all', selector: '[data-t]', any: ['color-contrast'],
    tags: ['wcag2aa'], excludeHidden: true}]});
  const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  const found = await axe.run(document, {runOnly: tags});
  document.querySelectorAll('[data-t]').forEach(e => e.removeAttribute('data-t'));
  return found.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target.join(' ')).join(', '));
}"""
_STORES = """async () => ({
  cookies: document.cookie, local: localStorage.length, session: sessionStorage.length,
  databases: (await indexedDB.databases()).length, caches: (await caches.keys()).length,
  workers: (await navigator.serviceWorker.getRegistrations()).length,
  state: history.state, length: history.length, url: location.href,
})"""


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser for one test."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        await browser.close()


async def new_context(browser: Browser, *, script: bool = True, width: int = 320) -> BrowserContext:
    """A small phone's window; the harmless page is answered here."""
    context = await browser.new_context(
        java_script_enabled=script,
        viewport={"width": width, "height": 640},
        locale="en-GB",
    )
    await route_exit(context)
    return context


async def route_exit(context: BrowserContext) -> None:
    """Answers the harmless page without leaving this machine."""
    await context.route(
        EXIT_URL + "**",
        lambda route: route.fulfill(
            content_type="text/html", body=f"<title>{HARMLESS_TITLE}</title>harmless"
        ),
    )


async def answers(page: Page, count: int) -> None:
    """Waits for the helper's lines. Without script the page must be asked again, by hand."""
    look, lines = page.locator("button[value=refresh]"), page.locator("#lines > .helper")
    await expect(page.locator("#lines > .you")).to_have_count(count)
    for _ in range(20):
        if await lines.count() >= count or not await look.is_visible():
            break
        await asyncio.sleep(0.5)
        async with page.expect_navigation():
            await look.click()
    await expect(lines).to_have_count(count)


def complaints(page: Page) -> list[str]:
    """Collects what the browser's console complains about, policy violations among it."""
    found: list[str] = []
    page.on("console", lambda m: found.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found


async def violations(page: Page) -> list[str]:
    """What axe finds, its contrast rule widened to Arabic script."""
    if not await page.evaluate("() => 'axe' in window"):
        assert _AXE is not None
        assert _AXE.origin is not None
        await page.evaluate(Path(_AXE.origin).with_name("axe.min.js").read_text(encoding="utf-8"))
    found: list[str] = await page.evaluate(_CHECK)
    return found


async def stores(page: Page) -> dict[str, Any]:
    """Everything that a page can leave in a browser."""
    found: dict[str, Any] = await page.evaluate(_STORES)
    return found
