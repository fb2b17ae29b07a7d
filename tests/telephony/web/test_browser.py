"""The page in a real browser, with its script on."""

from __future__ import annotations

from uuid import UUID

import pytest
from playwright.async_api import Page, expect
from sqlalchemy import select

from amaan.conversation.store import Content, append_message, lock_conversation
from amaan.storage.models import Conversation, Message
from amaan.words import VARIANTS
from tests.telephony.web.browser import (
    EXIT_URL,
    chromium,
    complaints,
    needs_chromium,
    new_context,
    stores,
    violations,
)
from tests.telephony.web.conftest import Site

pytestmark = [needs_chromium, pytest.mark.timeout(180)]


def words(site: Site, key: str, tag: str = "ur-Arab") -> str:
    return site.bench.core.catalogues.text(key, tag, "web")


async def send(page: Page, text: str) -> None:
    await page.locator("#text").fill(text)
    await page.locator("button[value=send]").click()


async def conversation_of(site: Site) -> UUID:
    async with site.bench.core.database.transaction() as tx:
        found = await tx.session.scalar(select(Conversation.id))
    assert isinstance(found, UUID)
    return found


async def persons_messages(site: Site) -> int:
    async with site.bench.core.database.transaction() as tx:
        rows = await tx.session.scalars(select(Message).where(Message.author == "person"))
        return len(list(rows))


async def test_talks_live_and_leaves_nothing_in_any_store(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        wrong = complaints(page)
        await page.goto(site.url)
        await send(page, "سلام")
        await expect(page.locator("#lines > .you .text")).to_have_text("سلام")
        await expect(page.locator("#lines > .helper")).to_have_count(1)
        await expect(page.locator("#pending > li")).to_have_count(0)
        await expect(page.locator("#status")).to_have_text("")

        await page.locator(".menu button").nth(1).click()
        await expect(page.locator("#lines > .helper")).to_have_count(2)
        await expect(page.locator(".menu button")).to_have_count(0)
        number = page.locator("#lines > .helper").nth(1).locator("a[href='tel:03117786264']")
        await expect(number).to_have_text("03117786264")
        assert await number.get_attribute("dir") == "ltr"

        conversation_id = await conversation_of(site)
        core = site.bench.core
        async with core.database.transaction() as tx:
            conversation = await lock_conversation(tx, conversation_id)
            assert conversation is not None
            key = await core.vault.open_key(tx, conversation_id)
            content = Content("میں یہاں ہوں <b>")
            await append_message(tx, key, conversation, "supervisor", content, core.clock.now())
        human = page.locator("#lines > .person")
        await expect(human.locator(".text")).to_have_text("میں یہاں ہوں <b>")
        await expect(human.locator(".who")).to_have_text(words(site, "web.person"))

        found = await stores(page)
        assert found == {
            "cookies": "", "local": 0, "session": 0, "databases": 0, "caches": 0,
            "workers": 0, "state": None, "length": 2, "url": site.url + "/",
        }  # fmt: skip
        assert await persons_messages(site) == 2
        assert wrong == []


async def test_offline_messages_wait_and_arrive_once_in_order(site: Site) -> None:
    async with chromium() as browser:
        context = await new_context(browser)
        page = await context.new_page()
        await page.goto(site.url)
        await send(page, "one")
        await expect(page.locator("#lines > .helper")).to_have_count(1)
        await site.stop()
        await send(page, "two")
        await send(page, "three")
        await expect(page.locator("#status")).to_have_text(words(site, "web.offline"))
        await expect(page.locator("#pending > li")).to_have_count(2)
        await expect(page.locator("#pending .state button").first).to_be_visible()
        await site.restart()
        await expect(page.locator("#pending > li")).to_have_count(0, timeout=20_000)
        await expect(page.locator("#lines > .you .text")).to_have_text(["one", "two", "three"])
        await expect(page.locator("#lines > .helper")).to_have_count(3)
        assert await persons_messages(site) == 3


async def test_lost_answers_do_not_double_a_message(site: Site) -> None:
    async with chromium() as browser:
        context = await new_context(browser)
        page = await context.new_page()
        await page.goto(site.url)
        losses = 2

        async def lose(route) -> None:  # type: ignore[no-untyped-def]
            nonlocal losses
            await route.fetch()
            losses -= 1
            await (route.abort() if losses >= 0 else route.continue_())

        await page.route(site.url + "/", lose)
        await send(page, "only once")
        await expect(page.locator("#lines > .you")).to_have_count(1, timeout=20_000)
        await expect(page.locator("#pending > li")).to_have_count(0)
        assert losses < 0
        assert await persons_messages(site) == 1


async def test_erase_asks_then_clears_page_and_server(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await page.goto(site.url)
        await expect(page.locator("button[value=erase]")).to_be_hidden()
        await send(page, "سلام")
        await expect(page.locator("#lines > .helper")).to_have_count(1)
        secret = await page.locator("#f [name=secret]").input_value()
        await page.locator("button[value=erase]").click()
        await expect(page.locator("#question")).to_be_focused()
        await page.locator("button[value=keep]").click()
        await expect(page.locator("#confirm")).to_be_hidden()
        await page.locator("button[value=erase]").click()
        await page.locator("button[value=erase_now]").click()
        await expect(page.locator("#status")).to_have_text(words(site, "web.erased"))
        await expect(page.locator("#lines > li")).to_have_count(0)
        assert await page.locator("#f [name=secret]").input_value() != secret
        assert await persons_messages(site) == 0
        # The page is ready for a new conversation.
        await send(page, "again")
        await expect(page.locator("#lines > .helper")).to_have_count(1)


async def test_erase_elsewhere_clears_the_open_page(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await page.goto(site.url)
        await send(page, "سلام")
        await expect(page.locator("#lines > .helper")).to_have_count(1)
        await site.bench.eraser.erase(await conversation_of(site))
        await expect(page.locator("#status")).to_have_text(words(site, "web.erased"))
        await expect(page.locator("#lines > li")).to_have_count(0)


async def test_escape_three_times_blanks_at_once(site: Site) -> None:
    async with chromium() as browser:
        context = await new_context(browser)
        page = await context.new_page()
        beacons: list[str] = []
        page.on("request", lambda r: beacons.append(r.url) if r.url.endswith("/leave") else None)
        await page.goto("about:blank")
        await page.goto(site.url)
        await send(page, "سلام marker")
        await expect(page.locator("#lines > .helper")).to_have_count(1)
        await page.locator("#text").focus()
        await page.keyboard.press("Escape")
        await page.keyboard.press("Escape")
        await expect(page.locator("#lines > .you")).to_have_count(1)
        await page.keyboard.press("Escape")
        await page.wait_for_url(EXIT_URL)
        assert beacons == [site.url + "/leave"]
        assert await page.evaluate("history.length") == 2
        await page.go_back()
        assert page.url == "about:blank"


async def test_leave_button_blanks_before_the_network_is_asked(site: Site) -> None:
    async with chromium() as browser:
        context = await new_context(browser)
        page = await context.new_page()
        await page.goto(site.url)
        await send(page, "سلام")
        await expect(page.locator("#lines > .helper")).to_have_count(1)
        # The same task that handles the press empties the page.
        milliseconds = await page.evaluate(
            """() => { const began = performance.now(), root = document.documentElement;
                document.querySelector('.exit').click();
                return root.textContent === '' ? performance.now() - began : 1e9; }"""
        )
        assert milliseconds < 100
        await page.wait_for_url(EXIT_URL)


async def test_page_kept_for_the_back_button_is_blank(site: Site) -> None:
    async with chromium() as browser:
        context = await new_context(browser)
        page = await context.new_page()
        await page.goto(site.url)
        await send(page, "سلام marker")
        await expect(page.locator("#lines > .helper")).to_have_count(1)
        await page.goto(EXIT_URL)
        await page.go_back()
        await expect(page.locator("#text")).to_have_value("")
        await expect(page.locator("#lines > li")).to_have_count(0)


async def test_every_catalogue_reads_in_its_direction_and_is_accessible(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        wrong = complaints(page)
        await page.goto(site.url)
        await send(page, "سلام")
        await expect(page.locator("#lines > .helper")).to_have_count(1)
        found: dict[str, list[str]] = {}
        for tag, variant in VARIANTS.items():
            await page.locator("#lang").select_option(tag)
            async with page.expect_navigation():
                await page.locator("button[value=lang]").click()
            html = page.locator("html")
            await expect(html).to_have_attribute("dir", variant.direction)
            await expect(html).to_have_attribute("lang", variant.html_lang)
            await expect(page.locator("#lines > .you")).to_have_count(1)
            await expect(page.locator("#text")).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, tag
            await page.locator("button[value=erase]").click()
            problems = await violations(page)
            if problems:
                found[tag] = problems
        assert found == {}
        assert wrong == []


async def test_first_page_is_accessible_in_every_catalogue(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await page.goto(site.url)
        found: dict[str, list[str]] = {}
        for tag in VARIANTS:
            await page.locator("#lang").select_option(tag)
            async with page.expect_navigation():
                await page.locator("button[value=lang]").click()
            await expect(page.locator("#intro")).to_have_text(words(site, "web.intro", tag))
            if problems := await violations(page):
                found[tag] = problems
        assert found == {}
