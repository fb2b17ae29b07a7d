"""Proof and the sheet in a real browser: what leaves the phone, what is kept on it, who sees it."""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from playwright.async_api import Page, Request, expect
from sqlalchemy import select

from amaan.storage.models import Address
from amaan.words import VARIANTS
from tests.telephony.web.browser import (
    answers,
    chromium,
    complaints,
    needs_chromium,
    new_context,
    stores,
    violations,
)
from tests.telephony.web.conftest import Site
from tests.telephony.web.test_complaint_page import PAUSE, PDF, FakePapers, say
from tests.telephony.web.test_looks import SMALL, change_language, shot

pytestmark = [needs_chromium, pytest.mark.timeout(240)]


@pytest.fixture
def papers() -> FakePapers:
    """A draft is open, and it is about an adult."""
    return FakePapers()


async def talk(site: Site, page: Page, tag: str | None = None) -> None:
    await page.goto(site.url)
    if tag is not None:
        await change_language(page, tag)
    await page.locator("#text").fill("hello")
    await page.locator("button[value=send]").click()
    await answers(page, 1)


def bodies(page: Page) -> list[bytes]:
    """What the page sends from now on."""
    found: list[bytes] = []

    def keep(request: Request) -> None:
        found.append(request.url.encode() + b" " + (request.post_data_buffer or b""))

    page.on("request", keep)
    return found


async def add(page: Page, file: Path, about: str) -> None:
    await page.locator("#file").set_input_files(file)
    await page.locator("#about").fill(about)
    await page.locator("button[value=add_proof]").click()


async def test_only_the_fingerprint_leaves(site: Site, papers: FakePapers, tmp_path: Path) -> None:
    small, large = tmp_path / "her-secret-name.png", tmp_path / "her-long-film.mp4"
    small.write_bytes(b"content marker" * 1000)
    large.write_bytes(b"content marker" * (35_000_000 // 14) + b"odd")
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        wrong = complaints(page)
        await talk(site, page)
        sent = bodies(page)
        await page.locator("#proof-box summary").click()
        for file, about in ((small, "Monday"), (large, "Tuesday")):
            await add(page, file, about)
            await expect(page.locator("#proof-box")).not_to_have_attribute("open", "")
            await expect(page.locator("#status")).to_have_text(say(site, "web.proof_done"))
            await expect(page.locator("#file")).to_have_value("")
            await page.locator("#proof-box summary").click()
        sums = [hashlib.sha256(file.read_bytes()).hexdigest() for file in (small, large)]
        assert papers.added == [
            (sums[0], "screenshot", "Monday"),
            (sums[1], "document", "Tuesday"),
        ]
        everything = b"\n".join(sent)
        for mine in (b"content", b"marker", b"her-", b"png", b"mp4", b"fakepath"):
            assert mine not in everything
        posted = [parse_qs(body.partition(b" ")[2].decode()) for body in sent]
        names = {name for fields in posted if fields.get("do") == ["add_proof"] for name in fields}
        assert names == {
            "secret", "started", "page_lang", "lang", "after", "do", "sha256", "kind", "about",
        }  # fmt: skip
        assert all(len(body) < 1000 for body in sent)
        found = await stores(page)
        assert (found["local"], found["session"], found["databases"]) == (0, 0, 0)
        assert wrong == []


async def test_pieces_give_the_same_number(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await page.goto(site.url)
        piece = 1 << 22
        for size in (0, 1, 55, 56, 63, 64, 65, 119, 120, 128, piece - 1, piece, piece + 65):
            made = await page.evaluate(
                """async size => Array.from(await solve.digest(new Blob([
                  Uint8Array.from({ length: size }, (_, i) => i % 251)])))""",
                size,
            )
            content = bytes(i % 251 for i in range(size))
            assert b"".join(word.to_bytes(4) for word in made) == hashlib.sha256(content).digest()


async def test_the_intimate_box_takes_the_file_away(
    site: Site, papers: FakePapers, tmp_path: Path
) -> None:
    file = tmp_path / "a.png"
    file.write_bytes(b"x")
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await talk(site, page)
        await page.locator("#proof-box summary").click()
        await page.locator("#file").set_input_files(file)
        await page.locator("[name=intimate]").check()
        await expect(page.locator("#file")).to_have_value("")
        await expect(page.locator("#file")).to_be_disabled()
        await page.locator("#about").fill("a private one")
        await page.locator("button[value=add_proof]").click()
        await expect(page.locator("#status")).to_have_text(say(site, "web.proof_done"))
        assert papers.added == [(None, "statement", "a private one")]


@pytest.mark.parametrize("script", [True, False])
async def test_a_browser_that_cannot_is_not_offered_it(site: Site, script: bool) -> None:
    async with chromium() as browser:
        context = await new_context(browser, script=script)
        await context.add_init_script(
            "Object.defineProperty(Crypto.prototype, 'subtle', { value: undefined })"
        )
        page = await context.new_page()
        await talk(site, page)
        await expect(page.locator("#sheet")).to_be_visible()
        await expect(page.locator("#proof-box")).to_be_hidden()


@pytest.mark.parametrize("script", [True, False])
async def test_the_sheet_comes_as_a_file_and_the_page_stays(
    site: Site, papers: FakePapers, script: bool
) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser, script=script)).new_page()
        wrong = complaints(page)
        await talk(site, page)
        async with page.expect_download() as caught:
            await page.locator("button[value=sheet]").click()
        download = await caught.value
        assert download.suggested_filename == "notes.pdf"
        assert await asyncio.to_thread(Path(await download.path()).read_bytes) == PDF
        # The page is not taken for one that was left: its chat goes on.
        await page.locator("#text").fill("again")
        await page.locator("button[value=send]").click()
        await answers(page, 2)
        papers.pdf = None
        await page.locator("button[value=sheet]").click()
        await expect(page.locator("#status")).to_have_text(say(site, "web.sheet_none"))
        await page.close()
        assert wrong == []


async def test_closing_a_page_after_the_sheet_still_forgets_it(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await talk(site, page)
        async with page.expect_download():
            await page.locator("button[value=sheet]").click()
        await page.goto("about:blank")
        for _ in range(100):
            async with site.bench.core.database.transaction() as tx:
                if await tx.session.scalar(select(Address)) is None:
                    break
            await page.wait_for_timeout(50)
        else:
            pytest.fail("the page's secret still finds the chat")


async def test_a_pause_takes_it_all_away(site: Site, tmp_path: Path) -> None:
    file = tmp_path / "name-marker.png"
    file.write_bytes(b"x")
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        await talk(site, page)
        await page.locator("#word-box summary").click()
        await page.locator("#her-word").fill("blue kettle")
        await page.locator("#her-word").press("Enter")
        await expect(page.locator("#status")).to_have_text(say(site, "web.lock_saved"))
        await page.locator("#proof-box summary").click()
        await page.locator("#file").set_input_files(file)
        await page.locator("#about").fill("words marker")
        site.bench.core.clock.move(PAUSE)  # type: ignore[attr-defined]
        await page.evaluate("chat.lock(); chat.changed()")
        await expect(page.locator("#file")).to_have_value("")
        await expect(page.locator("#about")).to_have_value("")
        await expect(page.locator("#proof-box")).to_be_hidden()
        await expect(page.locator("#sheet")).to_be_hidden()


async def test_it_is_reachable_readable_and_light_in_every_catalogue(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        wrong = complaints(page)
        await talk(site, page)
        found: dict[str, list[str]] = {}
        for tag in VARIANTS:
            await change_language(page, tag)
            await page.locator("#proof-box summary").click()
            if problems := await violations(page) + await page.evaluate(SMALL):
                found[tag] = problems
            assert await page.evaluate("document.documentElement.scrollWidth") <= 320, tag
            await expect(page.locator(".exit")).to_be_in_viewport()
            await shot(page, f"proof-{tag}")
        assert found == {}
        assert wrong == []
