"""Tells changes of state to whoever filed: signed, in order, again until they arrive."""

from __future__ import annotations

import asyncio
import sqlite3

import httpx

from amaan.clock import Clock
from amaan.logs import log
from intake.contract.keys import SigningKeys
from intake.contract.models import StateChange
from intake.contract.signing import HEADER, sign
from intake.sandbox.book import Book, Callback

_LOOK_SECONDS = 1.0
_TIMEOUT_SECONDS = 10.0


class Callbacks:
    """The outbox of the book, emptied in the background."""

    def __init__(
        self,
        book: Book,
        keys: SigningKeys,
        clock: Clock,
        url: str,
        client: httpx.AsyncClient | None = None,
    ) -> None:
        self._book = book
        self._keys = keys
        self._clock = clock
        self._url = url
        self._client = client or httpx.AsyncClient(trust_env=False, timeout=_TIMEOUT_SECONDS)
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Says that there is something to tell."""
        self._woken.set()

    async def run(self) -> None:
        """Tells what is due, until cancelled."""
        while True:
            try:
                await self.tell_due()
            except sqlite3.Error as error:  # tried again on the next round
                log().error("callbacks_not_read", error_type=type(error).__name__)
            self._woken.clear()
            try:
                await asyncio.wait_for(self._woken.wait(), _LOOK_SECONDS)
            except TimeoutError:
                continue

    async def tell_due(self) -> int:
        """Tells every change whose time has come; returns how many arrived."""
        told = 0
        for callback in await asyncio.to_thread(self._book.due):
            if await self._tell(callback):
                await asyncio.to_thread(self._book.told, callback)
                told += 1
            else:
                await asyncio.to_thread(self._book.not_told, callback)
        return told

    async def close(self) -> None:
        """Closes its connections."""
        await self._client.aclose()

    async def _tell(self, callback: Callback) -> bool:
        change = StateChange(number=callback.number, state=callback.state, at=callback.at)
        body = change.model_dump_json().encode()
        # Signed at each try, for a signature is good for minutes only.
        signature = sign(body, self._keys.current(), self._clock.now(), "state+json")
        headers = {HEADER: signature, "Content-Type": "application/json"}
        try:
            answer = await self._client.post(self._url, content=body, headers=headers)
        except httpx.HTTPError as error:
            log().warning("callback_not_answered", error_type=type(error).__name__)
            return False
        return answer.is_success
