"""Upkeep that runs beside the workers: stalled jobs, key epochs, old claims.

A plain loop and not a scheduled job: it must also run when the queue is what is stuck.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from procrastinate import App
from sqlalchemy import delete, select, text

from amaan.clock import Clock
from amaan.crypto import KeyRing
from amaan.jobs import put_back_stalled
from amaan.logs import log
from amaan.settings import Settings
from amaan.storage import Database, Vault
from amaan.storage.models import InboundClaim, KeyEpoch

SWEEP_SECONDS = 2.0
_HOURLY = 3600.0
# Any fixed number: only one process rotates keys at a time.
_ROTATION_LOCK = 0x414D4B45


@dataclass(frozen=True)
class Round:
    """Something that another subject wants looked after again and again.

    `step` must be harmless when another process does it too, and when it is done late.
    """

    every: float
    """Seconds between two times."""
    step: Callable[[], Awaitable[object]]


class Upkeep:
    """Keeps the house; every step is harmless when another process does it too."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        database: Database,
        jobs: App,
        vault: Vault,
        ring: KeyRing,
        rounds: Sequence[Round] = (),
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._database = database
        self._jobs = jobs
        self._vault = vault
        self._ring = ring
        self._rounds = rounds
        self._next_round = dict.fromkeys(range(len(rounds)), 0.0)

    async def run(self) -> None:
        """Runs for ever; a failing step is logged and tried again."""
        next_hourly = 0.0
        loop = asyncio.get_running_loop()
        while True:
            try:
                await put_back_stalled(self._jobs)
                if loop.time() >= next_hourly:
                    await self.rotate_if_due()
                    await self.forget_old_claims()
                    next_hourly = loop.time() + _HOURLY
            except Exception as error:  # the loop must outlive a database restart
                log().warning("upkeep_failed", error_type=type(error).__name__)
            await self.make_rounds(loop.time())
            await asyncio.sleep(SWEEP_SECONDS)

    async def make_rounds(self, now: float) -> None:
        """Does every round that is due at `now` (seconds of the loop's own clock).

        Each by itself: one that fails is logged, comes again in its time, and keeps no
        other from being done.
        """
        for index, one in enumerate(self._rounds):
            if now < self._next_round[index]:
                continue
            self._next_round[index] = now + one.every
            try:
                await one.step()
            except Exception as error:  # as above
                log().warning("upkeep_failed", error_type=type(error).__name__)

    async def rotate_if_due(self) -> bool:
        """Replaces the key epoch when it is older than the settings allow."""
        async with self._database.transaction() as tx:
            newest: datetime | None = await tx.session.scalar(
                select(KeyEpoch.created_at)
                .where(KeyEpoch.destroyed_at.is_(None))
                .order_by(KeyEpoch.epoch.desc())
                .limit(1)
            )
        if newest is None or self._clock.now() - newest < self._settings.key_epoch_length:
            return False
        return await self.rotate()

    async def rotate(self) -> bool:
        """Wraps every data key anew and destroys the older epochs.

        Returns False when another process is rotating. The old files go only
        after the commit; if that is cut off, the next rotation destroys them.
        """
        async with self._database.transaction() as tx:
            got = await tx.session.scalar(
                text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _ROTATION_LOCK}
            )
            if not got:
                return False
            new, old = await self._vault.rotate(tx)
        for epoch in {*old, *(e for e in self._ring.epochs() if e < new)}:
            self._ring.destroy(epoch)
        await self._database.execute_alone("VACUUM data_key")
        log().info("key_epoch_replaced", epoch=new, count=len(old))
        return True

    async def forget_old_claims(self) -> None:
        """Deletes claims of provider ids that no repeated delivery can bring any more."""
        horizon = self._clock.now() - self._settings.processed_claims_kept
        async with self._database.transaction() as tx:
            await tx.session.execute(delete(InboundClaim).where(InboundClaim.claimed_at < horizon))
