"""The live stream: an alarm reaches an open console within a second; a session's end too."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.core import Core
from amaan.live import RESYNC
from amaan.storage.database import CONSOLE_CHANNEL, CONVERSATION_CHANNEL
from amaan.storage.models import Staff
from handoff.console import live
from handoff.console.live import Interest, events
from tests.handoff.console.conftest import WISH_TO_DIE, House, Served, browser_of, sign_in

ME = uuid4()
HERS = uuid4()


async def always() -> bool:
    return True


@pytest.fixture
async def hub(core: Core) -> Core:
    """A core that listens; closing it stops that."""
    await core.hub.start()
    await asyncio.wait_for(core.hub.listening.wait(), 10)
    return core


async def notify(core: Core, channel: str, **ids: str | None) -> None:
    async with core.database.transaction() as tx:
        await tx.notify(channel, **ids)


async def following(stream: AsyncIterator[str]) -> str:
    """The next event's name."""
    while True:
        text = await asyncio.wait_for(anext(stream), 5)
        if text.startswith("event: "):
            return text.splitlines()[0].removeprefix("event: ")


async def test_each_notice_wakes_the_right_pages(hub: Core) -> None:
    page = events(hub.hub, Interest(ME, HERS), always)
    assert await following(page) == "resync"
    await notify(hub, CONVERSATION_CHANNEL, conversation_id=str(uuid4()))
    await notify(hub, CONVERSATION_CHANNEL, conversation_id=str(HERS))
    assert await following(page) == "conversation"
    await notify(hub, CONSOLE_CHANNEL, change="opened", escalation_id=str(uuid4()))
    assert await following(page) == "queue"
    await notify(hub, CONSOLE_CHANNEL, alarm="nobody_on_call")
    assert await following(page) == "queue"
    await notify(hub, CONSOLE_CHANNEL, change="paged_you", staff_id=str(ME))
    assert [await following(page), await following(page)] == ["queue", "paged"]


async def test_a_page_reads_its_own_case_again_and_no_other(hub: Core) -> None:
    mine = uuid4()
    page = events(hub.hub, Interest(ME, HERS, mine), always)
    assert await following(page) == "resync"
    await notify(hub, CONSOLE_CHANNEL, change="noted", escalation_id=str(uuid4()))
    assert await following(page) == "queue"
    await notify(hub, CONSOLE_CHANNEL, change="noted", escalation_id=str(mine))
    assert [await following(page), await following(page)] == ["queue", "case"]


async def test_what_may_have_been_missed_is_read_again(hub: Core) -> None:
    page = events(hub.hub, Interest(ME), always)
    assert await following(page) == "resync"
    hub.hub._spread(CONSOLE_CHANNEL, RESYNC)
    assert await following(page) == "resync"


async def test_a_flood_becomes_few_events(hub: Core) -> None:
    page = events(hub.hub, Interest(ME), always)
    assert await following(page) == "resync"
    for _ in range(500):
        hub.hub._spread(CONSOLE_CHANNEL, {"change": "opened"})
    assert await following(page) in ("queue", "resync")


async def test_the_stream_ends_with_the_session(hub: Core) -> None:
    async def over() -> bool:
        return False

    page = events(hub.hub, Interest(ME), over, heartbeat_seconds=0.05)
    assert await following(page) == "resync"
    assert await following(page) == "ended"
    with pytest.raises(StopAsyncIteration):
        await anext(page)


async def test_a_quiet_stream_proves_that_it_lives(hub: Core) -> None:
    page = events(hub.hub, Interest(ME), always, heartbeat_seconds=0.05)
    seen = [await asyncio.wait_for(anext(page), 5) for _ in range(4)]
    assert ": alive\n\n" in seen


async def _open(client: httpx.AsyncClient, path: str) -> tuple[httpx.Response, AsyncIterator[str]]:
    request = client.build_request("GET", path, headers={"accept": "text/event-stream"})
    response = await client.send(request, stream=True)
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/event-stream")
    assert response.headers["cache-control"] == "no-store"
    return response, response.aiter_lines()


def test_an_alarm_reaches_open_consoles_within_a_second(served: Served) -> None:
    """Through a real server: from her message to the event and the queue read again."""
    took = served.do(_alarms(served))
    assert isinstance(took, list)
    assert statistics.median(took) < 1.0, took


async def _alarms(served: Served) -> list[float]:
    house, url, took = served.house, served.url, []
    await house.hire("asma")
    async with httpx.AsyncClient(base_url=url, headers={"origin": url}, trust_env=False) as client:
        assert (await sign_in(client, "asma")).status_code == 303
        response, lines = await _open(client, "/live")
        await _until(lines, "event: resync")
        for number in range(5):
            begin = time.monotonic()
            conversation = await house.writes(WISH_TO_DIE, address=f"her {number}")
            await _until(lines, "event: queue")
            page = (await client.get("/queue", headers={"hx-request": "true"})).text
            took.append(time.monotonic() - begin)
            assert str(await house.case_of(conversation)) in page
        await response.aclose()
    return took


async def _until(lines: AsyncIterator[str], wanted: str) -> None:
    while await asyncio.wait_for(anext(lines), 10) != wanted:
        pass


def test_an_open_stream_proves_that_she_is_there(
    served: Served, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At once, and again at each heartbeat; a claim dies without it (`handoff.lapse`)."""
    monkeypatch.setattr(live.events, "__defaults__", (0.2,))
    begun, later = clock.now(), clock.now() + timedelta(minutes=1)

    async def present_at(wanted: object) -> object:
        for _ in range(100):
            async with served.house.core.database.transaction() as tx:
                found = await tx.session.scalar(select(Staff.present_at))
            if found == wanted:
                return found
            await asyncio.sleep(0.05)
        return found

    async def watch() -> None:
        url = served.url
        await served.house.hire("asma")
        async with httpx.AsyncClient(
            base_url=url, headers={"origin": url}, trust_env=False
        ) as client:
            await sign_in(client, "asma")
            assert await present_at(None) is None
            response, lines = await _open(client, "/live")
            await _until(lines, "event: resync")
            assert await present_at(begun) == begun
            clock.move(timedelta(minutes=1))
            assert await present_at(later) == later
            await response.aclose()

    served.do(watch())


async def test_a_stream_is_no_use_of_the_console(house: House, clock: SetClock) -> None:
    await house.hire("asma")
    async with browser_of(house) as client:
        await sign_in(client, "asma")
        clock.move(timedelta(minutes=29))
        # The stream never ends by itself: only its admission is asked for here.
        token = client.cookies["amaan_staff"]
        assert await house.staff.viewer(token, touch=False) is not None
        answer = await client.get(f"/cases/{uuid4()}/live", headers={"accept": "text/event-stream"})
        assert answer.status_code == 404
        clock.move(timedelta(minutes=2))
        assert (await client.get("/")).headers["location"] == "/sign-in"
    assert live.HEARTBEAT_SECONDS <= 15
