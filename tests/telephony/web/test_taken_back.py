"""What she took back leaves the page that stands open, not only the next one."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from playwright.async_api import expect
from sqlalchemy import select

from amaan.conversation.hiding import hide_answers
from amaan.conversation.store import HIDDEN, lock_conversation
from amaan.storage.models import Conversation
from tests.telephony.web.browser import chromium, complaints, needs_chromium, new_context
from tests.telephony.web.conftest import Site, hidden

pytestmark = pytest.mark.timeout(180)


async def take_back(site: Site) -> None:
    core = site.bench.core
    async with core.database.transaction() as tx:
        found = await tx.session.scalar(select(Conversation.id))
        assert found is not None
        conversation = await lock_conversation(tx, found)
        assert conversation is not None
        since = core.clock.now() - timedelta(hours=1)
        await hide_answers(tx, core.vault, conversation, since, under="", telling={"greet"})


@needs_chromium
async def test_dots_come_into_the_open_page(site: Site) -> None:
    async with chromium() as browser:
        page = await (await new_context(browser)).new_page()
        wrong = complaints(page)
        await page.goto(site.url)
        await page.locator("#text").fill("0300-0000001 is my number")
        await page.locator("button[value=send]").click()
        await expect(page.locator("#lines > .helper")).to_have_count(1, timeout=30_000)
        await take_back(site)
        await expect(page.locator("#lines > .you .text")).to_have_text(HIDDEN)
        await expect(page.locator("#lines > .helper .text")).to_have_text(HIDDEN)
        # The menu below it still works, and what comes afterwards is shown.
        await page.locator(".menu button").nth(1).click()
        await expect(page.locator("#lines > .helper")).to_have_count(2)
        await expect(page.locator("#lines > .helper .text").nth(1)).not_to_have_text(HIDDEN)
        assert "0300-0000001" not in await page.content()
        assert wrong == []


async def test_every_answer_names_the_places(site: Site) -> None:
    secret = hidden((await site.client.get("/")).text, "secret")
    told = {"do": "send", "secret": secret, "message_key": "k1", "text": "my own words"}
    await site.ask(**told)
    for _ in range(100):
        answer = (await site.ask(do="refresh", secret=secret, after="0")).json()
        if len(answer["messages"]) == 2:
            break
        await asyncio.sleep(0.1)
    assert answer["hidden"] == []
    await take_back(site)
    answer = (await site.ask(do="refresh", secret=secret, after="2")).json()
    assert (answer["messages"], answer["hidden"]) == ([], [1, 2])
    answer = (await site.ask(do="refresh", secret=secret, after="0")).json()
    assert [message["parts"][0][0] for message in answer["messages"]] == [HIDDEN, HIDDEN]
