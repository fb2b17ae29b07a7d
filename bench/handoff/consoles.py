"""Open consoles: what a browser does, without the browser.

Every console holds the live stream and notes its events. Some also read the queue again
after each event, as the page's script does: one request at a time, and once more when
something came meanwhile.
"""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import UUID

import httpx

from bench.figures import BenchError
from bench.handoff.people import Worker, new_password

_SAME = {"sec-fetch-site": "same-origin"}
_LIVE = {"x-amaan-live": "1"}
# As the stream's own "retry" says, and as the page's script tries again.
_STREAM_AGAIN, _PAGE_AGAIN = 0.25, 2.0
_TRY_AGAIN, _GIVE_UP = 0.5, 60.0
_CASE = re.compile(r'"/cases/([0-9a-f-]{36})')
_WAITS = httpx.Timeout(30, read=25)


@dataclass
class Console:
    """One supervisor's open console; all times in seconds since the epoch."""

    worker: Worker
    client: httpx.AsyncClient
    reads: bool = False
    """Whether it reads the queue after each event."""
    changed: list[float] = field(default_factory=list)
    """When it was told that the queue changed (or that it may have missed something)."""
    paged: list[float] = field(default_factory=list)
    """When it was told that this very supervisor is called (or may have been)."""
    pages: list[tuple[float, frozenset[UUID]]] = field(default_factory=list)
    """When it had read the queue, and the cases it showed."""
    rang: list[float] = field(default_factory=list)
    """Only the times at which it surely was called."""
    breaks: int = 0
    ended: int = 0

    async def sign_in(self) -> None:
        """With the word that works once, and then an own password. Raises `BenchError`."""
        form = {"name": self.worker.name, "word": self.worker.word}
        first = await self.client.post("/sign-in", data=form)
        password = new_password()
        second = await self.client.post("/password", data={"new": password, "again": password})
        if (first.status_code, second.status_code) != (303, 303):
            raise BenchError("a supervisor could not sign in")

    async def live(self) -> None:
        """Holds the stream for ever."""
        news = asyncio.Event()
        reading = asyncio.create_task(self._read(news)) if self.reads else None
        try:
            while True:
                try:
                    await self._listen(news)
                except httpx.HTTPError:
                    self.breaks += 1
                await asyncio.sleep(_STREAM_AGAIN)
        finally:
            if reading is not None:
                reading.cancel()

    async def _listen(self, news: asyncio.Event) -> None:
        headers = {"accept": "text/event-stream"}
        async with self.client.stream("GET", "/live", headers=headers) as answer:
            answer.raise_for_status()
            async for line in answer.aiter_lines():
                if line.startswith("event: "):
                    self._note(line.removeprefix("event: "), time.time())
                    news.set()

    def _note(self, event: str, at: float) -> None:
        if event in ("queue", "resync"):
            self.changed.append(at)
        if event in ("paged", "resync"):
            self.paged.append(at)
        if event == "paged":
            self.rang.append(at)
        if event == "ended":
            self.ended += 1

    async def _read(self, news: asyncio.Event) -> None:
        while True:
            await news.wait()
            news.clear()
            try:
                answer = await self.client.get("/queue", headers=_LIVE)
                answer.raise_for_status()
            except httpx.HTTPError:
                # Earlier when the stream tells of something meanwhile.
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), _PAGE_AGAIN)
                news.set()
                continue
            cases = frozenset(UUID(found) for found in set(_CASE.findall(answer.text)))
            self.pages.append((time.time(), cases))

    async def press(self, path: str, form: dict[str, str] | None = None) -> bool:
        """Presses a button until the house has answered; returns whether it did as told.

        Pressed again for a minute while the database restarts; then a refusal means that
        the first time had worked.
        """
        again, give_up = False, time.monotonic() + _GIVE_UP
        while time.monotonic() < give_up:
            try:
                status = int((await self.client.post(path, data=form or {})).status_code)
            except httpx.HTTPError:
                status = httpx.codes.SERVICE_UNAVAILABLE
            if status < httpx.codes.INTERNAL_SERVER_ERROR:
                return again or status < httpx.codes.BAD_REQUEST
            again = True
            await asyncio.sleep(_TRY_AGAIN)
        return False


def console_of(worker: Worker, url: str, *, reads: bool) -> Console:
    """A console that nobody has signed in at."""
    client = httpx.AsyncClient(base_url=url, headers=_SAME, trust_env=False, timeout=_WAITS)
    return Console(worker, client, reads)
