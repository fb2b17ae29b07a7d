"""What is left after she has gone: in her browser's profile on the disk, and with us."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page, expect
from sqlalchemy import func, select

from amaan.storage.embedded import EmbeddedPostgres
from amaan.storage.models import Address, Conversation, DataKey, Message
from tests.telephony.web.browser import EXIT_URL, HARMLESS_TITLE, needs_chromium
from tests.telephony.web.conftest import Site
from tests.telephony.web.profile import SETTLED_MS, form_memory, history, holding, profile

pytestmark = [needs_chromium, pytest.mark.timeout(240)]
# Words that no text of ours holds.
LATIN, NATIVE, DRAFT = "qzxmarkerqzx", "ذظضغثژکذظض", "wvydraftwvy"


def words(site: Site, key: str, tag: str = "ur-Arab") -> str:
    return site.bench.core.catalogues.text(key, tag, "web")


async def send(page: Page, text: str) -> None:
    await page.locator("#text").fill(text)
    await page.locator("button[value=send]").click()


async def answered(page: Page, count: int) -> None:
    """Waits for an answer; without script by asking for it."""
    answers = page.locator("#lines > .helper")
    for _ in range(10):
        if await page.locator("button[value=refresh]").is_visible():
            if await answers.count() == count:
                return
            await page.locator("button[value=refresh]").click()
        else:
            await expect(answers).to_have_count(count, timeout=30_000)
            return
    raise AssertionError("no answer came")


async def talk(page: Page, site: Site) -> dict[str, str]:
    """Everything that she can do on the page. Returns what nobody may find afterwards."""
    await page.goto(site.url)
    secret = await page.locator("#f [name=secret]").input_value()
    await send(page, f"{LATIN} {NATIVE}")
    await answered(page, 1)
    await page.locator(".menu button").first.click()
    await answered(page, 2)
    await page.locator("#text").fill(DRAFT)
    await page.locator("#lang").select_option("en-Latn")
    async with page.expect_navigation():
        await page.locator("button[value=lang]").click()
    await expect(page.locator("#text")).to_have_value(DRAFT)
    await page.wait_for_timeout(SETTLED_MS)
    greeting = words(site, "greet").split("\n")[0]
    return {
        "Latin": LATIN,
        "Arabic": NATIVE,
        "draft": DRAFT,
        "secret": secret,
        "answer": greeting[:40],
    }


async def leave(page: Page) -> None:
    await page.locator(".exit").click()
    await page.wait_for_url(EXIT_URL)


async def erase(page: Page) -> None:
    await page.locator("button[value=erase]").click()
    await page.locator("button[value=erase_now]").click()
    await expect(page.locator("#lines > li")).to_have_count(0)


async def close(page: Page) -> None:
    await page.context.new_page()
    await page.close()


async def quit_browser(page: Page) -> None:
    """Nothing: the browser is closed with the chat on the screen."""


End = Callable[[Page], Awaitable[None]]
ENDS = [leave, erase, close, quit_browser]


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
@pytest.mark.parametrize("end", ENDS)
async def test_profile_on_disk_holds_nothing_of_hers(
    site: Site, tmp_path_factory: pytest.TempPathFactory, script: bool, end: End
) -> None:
    """Session files, caches, history, form memory: every file is searched afterwards."""
    folder = tmp_path_factory.mktemp("profile")
    async with profile(folder, script=script) as context:
        page = context.pages[0]
        hers = await talk(page, site)
        await end(page)
        await page.context.pages[-1].wait_for_timeout(SETTLED_MS)
    assert holding(folder, hers) == []
    # The address itself, once, under a title that says nothing more.
    titles = {words(site, "web.title", tag) for tag in ("ur-Arab", "en-Latn")}
    titles |= {"", HARMLESS_TITLE, site.url.removeprefix("http://")}
    rows = history(folder, site.url)
    assert [url for url, _ in rows] == [site.url + "/"]
    assert {title for _, title in rows} <= titles
    assert form_memory(folder) == 0
    cached = holding(folder / "Default" / "Cache", {"page": words(site, "web.intro")[:30]})
    assert cached == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
async def test_no_way_back_shows_the_chat(
    site: Site, tmp_path_factory: pytest.TempPathFactory, script: bool
) -> None:
    """Back, forward, reload, the pages kept for "back", a new start that restores all tabs."""
    folder = tmp_path_factory.mktemp("profile")
    async with profile(folder, script=script) as context:
        page = context.pages[0]
        hers = await talk(page, site)
        if script:
            # With script it need not even be the button: another address, a closed tab.
            await page.goto(EXIT_URL)
        else:
            await leave(page)
        for way in ("back", "back", "back", "forward", "forward", "reload", "back", "reload"):
            await go(page, way)
            assert shown(await page.content(), hers) == []
        await page.wait_for_timeout(SETTLED_MS)
    async with profile(folder, script=script, restores=True) as context:
        await context.pages[0].wait_for_timeout(1000)
        assert any(page.url.startswith(site.url) for page in context.pages) or not script
        for page in context.pages:
            for way in ("reload", "back", "reload"):
                assert shown(await page.content(), hers) == []
                await go(page, way)
    if script:
        assert holding(folder, hers) == []


@pytest.mark.parametrize("script", [True, False], ids=["script", "plain"])
async def test_after_an_erase_nothing_of_hers_is_left_with_us(
    site: Site,
    postgres: EmbeddedPostgres,
    tmp_path_factory: pytest.TempPathFactory,
    script: bool,
) -> None:
    """Neither text nor secret lies in the database's files, the logs or the home folder."""
    async with profile(tmp_path_factory.mktemp("profile"), script=script) as context:
        page = context.pages[0]
        hers = await talk(page, site)
        await erase(page)
    async with site.bench.core.database.transaction() as tx:
        for table in (Conversation, Message, DataKey, Address):
            assert await tx.session.scalar(select(func.count()).select_from(table)) == 0
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        data = connection.execute("SHOW data_directory").fetchone()
    assert data is not None
    # The greeting stands in every catalogue; that it stands here too would tell nothing.
    del hers["answer"]
    assert holding(Path(data[0]), hers) == []
    assert holding(site.bench.core.settings.home, hers) == []


async def go(page: Page, way: str) -> None:
    """Back, forward or reload; the browser's own question whether to post again is answered."""
    walk = {"back": page.go_back, "forward": page.go_forward, "reload": page.reload}[way]
    # No way there at all is as good.
    with suppress(PlaywrightError):
        await walk(timeout=3000)
    await page.wait_for_timeout(300)


def shown(html: str, hers: dict[str, str]) -> list[str]:
    """What of hers stands on the page."""
    return [name for name in ("Latin", "Arabic", "draft", "secret") if hers[name] in html]
