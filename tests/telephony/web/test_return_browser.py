"""Coming back, her word and the sum in a real browser, with script and without."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from amaan.settings import Settings
from amaan.storage.models import ReturnCode
from amaan.words import VARIANTS
from telephony.web import safety
from telephony.web.limits import HOUSE_NEW, Limits
from tests.telephony.web.browser import (
    chromium,
    complaints,
    needs_chromium,
    new_context,
    stores,
    violations,
)
from tests.telephony.web.conftest import Site

pytestmark = [needs_chromium, pytest.mark.timeout(240)]
WORD = "blue kettle"
LOCK_AFTER = timedelta(seconds=3)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """A short pause, as `clock` stands still while the browser's goes on."""
    return settings.model_copy(update={"lock_after": LOCK_AFTER})


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Limits]:
    """The limits of the app that `site` runs; must be asked for before it."""
    found: list[Limits] = []

    class Kept(Limits):
        def __init__(self, *given: object) -> None:
            super().__init__(*given)  # type: ignore[arg-type]
            found.append(self)

    monkeypatch.setattr(safety, "Limits", Kept)
    return found


def say(site: Site, key: str, tag: str = "ur-Arab", **values: str) -> str:
    return site.bench.core.catalogues.text(key, tag, "web", **values)


async def send(page: Page, text: str) -> None:
    await page.locator("#text").fill(text)
    await page.locator("button[value=send]").click()


async def talk(site: Site, page: Page, text: str = "hello marker") -> None:
    await page.goto(site.url)
    await send(page, text)
    await expect(page.locator("#lines > .helper")).to_have_count(1, timeout=20_000)


async def choose_word(page: Page, word: str = WORD) -> None:
    await page.locator("#word-box summary").click()
    await page.locator("#her-word").fill(word)
    await page.locator("#her-word").press("Enter")


async def type_code(page: Page, number: str, words: str) -> None:
    await page.locator("#number").fill(number)
    await page.locator("#words").fill(words)
    await page.locator("#words").press("Enter")


@pytest.mark.parametrize("script", [True, False])
async def test_leave_and_come_back(site: Site, script: bool) -> None:
    async with chromium() as browser:
        context = await new_context(browser, script=script)
        page = await context.new_page()
        wrong = complaints(page)
        await talk(site, page)
        await expect(page.locator("#back-box")).to_be_hidden()
        await page.locator("button[value=leave_back]").click()
        await expect(page.locator("#code-number")).to_have_text(re.compile(r"0354-\d{7}"))
        number = await page.locator("#code-number").inner_text()
        words = await page.locator("#code-words").inner_text()
        await expect(page.locator("#code-heading")).to_be_focused()
        await expect(page.locator("#lines > li")).to_have_count(0)
        await expect(page.locator(".exit")).to_be_visible()
        if script:
            assert await violations(page) == []
            found = await stores(page)
            assert (found["local"], found["session"], found["state"]) == (0, 0, None)
        await page.close()

        page = await context.new_page()
        wrong += complaints(page)
        await page.goto(site.url)
        await expect(page.locator("#code")).to_be_hidden()
        await page.locator("#back-box summary").click()
        await type_code(page, number, "one two three four")
        await expect(page.locator("#status")).to_have_text(say(site, "web.back_unknown"))
        await expect(page.locator("#words")).to_have_value("one two three four")
        await type_code(page, number.replace("-", " "), words.replace("،", ""))
        await expect(page.locator("#lines > .you .text")).to_have_text("hello marker")
        await expect(page.locator("#back-box")).to_be_hidden()
        await send(page, "again")
        await expect(page.locator("#lines > .helper")).to_have_count(2)
        assert wrong == []
    async with site.bench.core.database.transaction() as tx:
        assert await tx.session.scalar(select(ReturnCode)) is None


async def test_a_pause_takes_the_chat_from_the_page(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        wrong = complaints(page)
        await talk(site, page)
        await choose_word(page)
        await expect(page.locator("#status")).to_have_text(say(site, "web.lock_saved"))
        await page.locator("#text").fill("half a line")
        await expect(page.locator("#lines > li")).to_have_count(0, timeout=8000)
        assert "marker" not in await page.content()
        await expect(page.locator("#status")).to_have_text(say(site, "web.lock_ask"))
        await expect(page.locator("#text")).to_have_value("")
        await expect(page.locator("#safe")).to_be_hidden()
        await expect(page.locator("button[value=leave_back]")).to_be_hidden()
        assert await violations(page) == []
        await send(page, "not the word")
        await expect(page.locator("#status")).to_have_text(say(site, "web.lock_wrong"))
        assert "not the word" not in await page.locator("main").inner_text()
        await send(page, WORD.upper())
        await expect(page.locator("#lines > .you .text").first).to_have_text("hello marker")
        await expect(page.locator("#text")).to_have_value("half a line")
        assert WORD.upper() not in await page.content()
        assert wrong == []


async def test_reading_and_writing_are_no_pause(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await talk(site, page)
        await choose_word(page)
        for _ in range(12):
            await page.wait_for_timeout(500)
            await page.locator("#text").press("a")
        await expect(page.locator("#lines > .helper")).to_have_count(1)


async def test_a_page_out_of_sight_is_closed(site: Site) -> None:
    """The page is told that it was hidden for 31 seconds: the browser here hides nothing."""
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await page.clock.install()
        await talk(site, page)
        await choose_word(page)
        await expect(page.locator("#status")).to_have_text(say(site, "web.lock_saved"))
        await page.evaluate("document.querySelector('#f').dataset.lock = '1000'")
        for hidden in ("true", "false"):
            await page.evaluate(
                "value => Object.defineProperty(document, 'hidden', { value, configurable: true })",
                hidden == "true",
            )
            await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
            if hidden == "true":
                await page.clock.fast_forward(31_000)
        await expect(page.locator("#lines > li")).to_have_count(0)
        await expect(page.locator("#status")).to_have_text(say(site, "web.lock_ask"))


async def test_a_page_without_a_line_closes_and_stays_closed(site: Site) -> None:
    """Closed by the page alone: the next thing that reaches the server closes it there first."""
    async with chromium() as browser:
        context = await new_context(browser)
        page = await context.new_page()
        await talk(site, page)
        await choose_word(page)
        await expect(page.locator("#status")).to_have_text(say(site, "web.lock_saved"))
        await site.stop()
        await expect(page.locator("#lines > li")).to_have_count(0, timeout=8000)
        assert "marker" not in await page.content()
        await site.restart()
        await send(page, "not the word")
        await expect(page.locator("#status")).to_have_text(
            say(site, "web.lock_wrong"), timeout=20_000
        )
        assert "marker" not in await page.content()
        await send(page, WORD)
        await expect(page.locator("#lines > .you .text").first).to_have_text("hello marker")


async def test_the_pause_without_script(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser, script=False)).new_page()
        await talk(site, page)
        await choose_word(page)
        await expect(page.locator("#status")).to_have_text(say(site, "web.lock_saved"))
        site.bench.core.clock.move(2 * LOCK_AFTER)  # type: ignore[attr-defined]
        await page.get_by_role("button", name=say(site, "web.refresh")).click()
        await expect(page.locator("#lines > li")).to_have_count(0)
        await expect(page.locator("#status")).to_have_text(say(site, "web.lock_ask"))
        await send(page, "wrong")
        await expect(page.locator("#status")).to_have_text(say(site, "web.lock_wrong"))
        await send(page, WORD)
        await expect(page.locator("#lines > .you .text").first).to_have_text("hello marker")


@pytest.mark.parametrize("script", [True, False])
async def test_a_new_chat_from_a_closed_page(site: Site, script: bool) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser, script=script)).new_page()
        await talk(site, page)
        await expect(page.locator("button[value=new]")).to_be_hidden()
        await choose_word(page)
        await expect(page.locator("#status")).to_have_text(say(site, "web.lock_saved"))
        site.bench.core.clock.move(2 * LOCK_AFTER)  # type: ignore[attr-defined]
        if script:
            await expect(page.locator("#lines > li")).to_have_count(0, timeout=8000)
        else:
            await page.get_by_role("button", name=say(site, "web.refresh")).click()
        await page.locator("button[value=new]").click()
        await expect(page.locator("#back-box")).to_be_visible()
        await expect(page.locator("button[value=new]")).to_be_hidden()
        await send(page, "fresh")
        await expect(page.locator("#lines > .you .text")).to_have_text(["fresh"])


async def test_a_busy_house_has_the_page_do_a_sum(made: list[Limits], site: Site) -> None:
    for number in range(int(HOUSE_NEW.burst)):
        made[0]._take("new", str(number).encode())
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        wrong = complaints(page)
        await page.goto(site.url)
        slices: int = await page.evaluate("window.slices = 0")
        await page.evaluate("setInterval(() => { window.slices += 1; }, 5)")
        # A phone some six times slower than this machine.
        session = await page.context.new_cdp_session(page)
        await session.send("Emulation.setCPUThrottlingRate", {"rate": 6})
        await send(page, "hello")
        await expect(page.locator("#lines > .helper")).to_have_count(1, timeout=60_000)
        slices = await page.evaluate("window.slices")
        assert slices > 5
        assert wrong == []


async def test_the_pages_hash_is_sha_256(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await page.goto(site.url)
        for length in (1, 20, 40, 55, 56, 63, 64, 80):
            challenge = "x" * length
            proof = await page.evaluate(
                "([challenge, bits]) => solve({ challenge, bits })", [challenge, 8]
            )
            assert proof.startswith(challenge + ".")
            assert hashlib.sha256(proof.encode()).digest()[0] == 0


async def test_the_small_forms_are_accessible_in_every_catalogue(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await page.goto(site.url)
        found: dict[str, list[str]] = {}
        for tag in VARIANTS:
            await page.locator("#lang").select_option(tag)
            async with page.expect_navigation():
                await page.locator("button[value=lang]").click()
            await page.locator("#back-box summary").click()
            await expect(page.locator("#number")).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, tag
            if problems := await violations(page):
                found[tag] = problems
            await send(page, "hello")
            await expect(page.locator("#lines > .helper")).to_have_count(1)
            await page.locator("#word-box summary").click()
            if problems := await violations(page):
                found[tag + " word"] = problems
            await page.locator("button[value=leave_back]").click()
            await expect(page.locator("#code")).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, tag
            if problems := await violations(page):
                found[tag + " code"] = problems
        assert found == {}
