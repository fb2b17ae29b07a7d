"""The circuit breaker before an outside intake, shared by all workers.

Five failures in a row close the way for two minutes; then one complaint probes it, and the
others wait without using up their tries. Whoever gets through opens it for all.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from amaan.clock import Clock
from amaan.logs import log
from amaan.storage import Transaction
from amaan.storage.models import FilingGate

SERVICE = "nccia"
FAILURES = 5
"""In a row, of any complaints: one that is broken by itself closes nothing."""
REST = timedelta(minutes=2)
"""How long nothing is sent. Shorter than a restart of a server with its database takes."""


class Gate:
    """Each method works in the caller's transaction; lock a complaint before, never after."""

    def __init__(self, clock: Clock, service: str = SERVICE) -> None:
        self._clock = clock
        self._service = service

    async def admit(self, tx: Transaction) -> timedelta | None:
        """How long to wait before the next call; None when it may go now.

        After a rest the first who asks is the probe, and for as long again the only one: if
        it dies, the next one probes.
        """
        row = await tx.session.get(FilingGate, self._service, populate_existing=True)
        if row is None or row.failures < FAILURES:
            return None
        now = self._clock.now()
        row = await tx.session.get_one(
            FilingGate, self._service, with_for_update=True, populate_existing=True
        )
        if row.failures < FAILURES:
            return None
        if row.open_until is not None and now < row.open_until <= now + REST:
            return row.open_until - now
        # A time further away than a rest is from before the clock was set back.
        row.open_until = now + REST
        await tx.session.flush()
        log().info("filing_probed", service=self._service)
        return None

    async def is_shut(self, tx: Transaction) -> bool:
        """Whether the way is known to be closed; asks nobody to probe."""
        failures = await tx.session.scalar(
            select(FilingGate.failures).where(FilingGate.service == self._service)
        )
        return failures is not None and failures >= FAILURES

    async def failed(self, tx: Transaction) -> bool:
        """Counts a call without an answer. Returns whether the way is closed now."""
        closes_until: datetime = self._clock.now() + REST
        statement = insert(FilingGate).values(service=self._service, failures=1, open_until=None)
        row = await tx.session.execute(
            statement.on_conflict_do_update(
                index_elements=[FilingGate.service],
                set_={"failures": FilingGate.failures + 1},
            ).returning(FilingGate.failures)
        )
        failures: int = row.scalar_one()
        if failures < FAILURES:
            return False
        await tx.session.execute(
            update(FilingGate)
            .where(FilingGate.service == self._service)
            .values(open_until=closes_until)
        )
        if failures == FAILURES:
            log().warning("filing_gate_closed", service=self._service)
        return True

    async def answered(self, tx: Transaction) -> None:
        """Opens the way: the intake answered, be it with a refusal."""
        await tx.session.execute(
            update(FilingGate)
            .where(FilingGate.service == self._service, FilingGate.failures > 0)
            .values(failures=0, open_until=None)
        )
