"""Alarms for the operator: something is wrong that a silent log line would bury.

A refused signature, for instance, may be a survivor's message that never arrives.
"""

from __future__ import annotations

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert

from amaan.clock import Clock
from amaan.logs import log
from amaan.storage import Database
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import OperatorAlarm


class OperatorAlarms:
    """Raises alarms, counted by kind and shown on the staff console until cleared."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def raise_alarm(self, kind: str) -> None:
        """Raises or counts up the alarm `kind` (``nobody_on_call``, ...)."""
        now = self._clock.now()
        statement = insert(OperatorAlarm).values(kind=kind, count=1, first_at=now, last_at=now)
        statement = statement.on_conflict_do_update(
            index_elements=[OperatorAlarm.kind],
            set_={
                "count": OperatorAlarm.count + 1,
                "last_at": func.greatest(OperatorAlarm.last_at, now),
            },
        )
        async with self._database.transaction() as tx:
            await tx.session.execute(statement)
            await tx.notify(CONSOLE_CHANNEL, alarm=kind)
        log().error("operator_alarm_raised", kind=kind)
