"""Live notices: PostgreSQL's NOTIFY, spread to the pages that one process serves.

Notices carry ids only; whoever gets one reads the rest through its own checks.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import psycopg
from psycopg import sql

from amaan.logs import log
from amaan.ports import JSON
from amaan.storage.database import CONSOLE_CHANNEL, CONVERSATION_CHANNEL, libpq_url

# A page that does not read is dropped when this many notices wait; it reconnects and reloads.
_QUEUE_LENGTH = 100
_RECONNECT_SECONDS = 0.5
RESYNC: JSON = {"resync": True}
"""Sent after the database connection was lost: notices may have been missed, so reload."""


class Hub:
    """One LISTEN connection a process, and a bounded queue for each open page."""

    def __init__(self, database_url: str) -> None:
        self._url = libpq_url(database_url)
        self._queues: set[tuple[str, asyncio.Queue[JSON]]] = set()
        self._task: asyncio.Task[None] | None = None
        self.listening = asyncio.Event()
        """Set while notices are received."""

    async def start(self) -> None:
        """Begins to listen; reconnects for ever."""
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """Ends listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    @asynccontextmanager
    async def subscribe(self, channel: str) -> AsyncIterator[asyncio.Queue[JSON]]:
        """A queue of the notices on `channel`, for as long as the page is open."""
        queue: asyncio.Queue[JSON] = asyncio.Queue(_QUEUE_LENGTH)
        entry = (channel, queue)
        self._queues.add(entry)
        try:
            yield queue
        finally:
            self._queues.discard(entry)

    async def _run(self) -> None:
        while True:
            try:
                await self._listen()
            except (psycopg.Error, OSError) as error:
                self.listening.clear()
                log().warning("listening_interrupted", error_type=type(error).__name__)
                await asyncio.sleep(_RECONNECT_SECONDS)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._url, autocommit=True)
        async with connection:
            for channel in (CONSOLE_CHANNEL, CONVERSATION_CHANNEL):
                await connection.execute(sql.SQL("LISTEN {}").format(sql.Identifier(channel)))
            self.listening.set()
            for channel, _ in list(self._queues):
                self._spread(channel, RESYNC)
            async for notice in connection.notifies():
                self._spread(notice.channel, json.loads(notice.payload))

    def _spread(self, channel: str, notice: JSON) -> None:
        for wanted, queue in list(self._queues):
            if wanted != channel:
                continue
            try:
                queue.put_nowait(notice)
            except asyncio.QueueFull:
                # Its page reloads everything on the resync that replaces the backlog.
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(RESYNC)
