"""One reading for all who ask at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

Result = TypeVar("Result")


class Together(Generic[Result]):
    """Reads once for everybody who asked before the reading began.

    Nobody is given a reading that began before the question: what was committed before
    somebody asked is in the answer. At most one reading runs and one waits.
    """

    def __init__(self, read: Callable[[], Awaitable[Result]]) -> None:
        self._read = read
        self._next: asyncio.Task[Result] | None = None
        self._running: asyncio.Task[Result] | None = None

    async def get(self) -> Result:
        """The reading. Raises whatever the reading raises, to all who waited for it."""
        if self._next is None:
            self._next = asyncio.create_task(self._after(self._running))
        # Whoever gives up waiting must not take the answer from the others.
        return await asyncio.shield(self._next)

    async def _after(self, before: asyncio.Task[Result] | None) -> Result:
        if before is not None and not before.done():
            await asyncio.wait([before])
        self._running, self._next = self._next, None
        return await self._read()
