"""The clock of danger in the name of honour: a human within two hours, hard limit four.

S0 asks for immediate attention (domain-facts 3.1 and rule T4, read 2026-11-21). The alarm
calls people within minutes as every alarm does; this clock is for the one that nobody
answered. Nobody ever contacts her home: the flag tells whoever takes the case.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from amaan.core import Core
from amaan.logs import log
from amaan.settings import Settings
from amaan.storage import Transaction
from amaan.storage.models import AuditEvent, Escalation
from handoff.audit import SYSTEM, Tag, record
from handoff.cases import Change, announce, last_written, lock_case
from handoff.states import CALLING, State

HONOUR_TASK = "handoff:look_after_honour"
HONOUR_OVERDUE = "honour_overdue"
"""Kind of the operator alarm."""
LIMITS = (1, 2)
"""The clock rings after this many times `settings.honour_attention`."""


async def begin_clock(tx: Transaction, case: Escalation, now: datetime, settings: Settings) -> None:
    """Flags a **locked** case and starts its clock; a clock that runs goes on."""
    if case.honour and case.attention_due_at is not None:
        return
    case.honour = True
    case.attention_due_at = now + settings.honour_attention
    await tx.session.flush()
    for limit in LIMITS:
        await tx.defer(
            HONOUR_TASK,
            at=now + limit * settings.honour_attention,
            escalation_id=str(case.id),
            due=_stamp(case.attention_due_at),
            limit=limit,
        )


def end_clock(case: Escalation) -> None:
    """Takes the flag off; jobs of its clock will do nothing."""
    case.honour = False
    case.attention_due_at = None


class HonourClock:
    """What happens when the clock rings."""

    def __init__(self, core: Core) -> None:
        # Late: the desk starts clocks, and a clock starts the desk's ladder again.
        from handoff.desk import Desk

        self._core = core
        self._desk = Desk(core.settings, core.clock)

    async def look(self, escalation_id: UUID, due: int, limit: int) -> None:
        """Tells the operator, audits and calls anew when no human has written to her.

        `due` is the clock it was set for, in seconds of Unix time: a job of a clock that was
        taken away or set anew does nothing, and neither does the second of two jobs.
        """
        async with self._core.database.transaction() as tx:
            _, case = await lock_case(tx, escalation_id)
            if case is None or not _runs(case, due) or await self._is_attended(tx, case):
                return
            if await _rang(tx, case, due, limit):
                return
            # In a transaction of its own and before ours commits: better twice than never.
            await self._core.operator_alarms.raise_alarm(HONOUR_OVERDUE)
            await record(
                tx,
                Tag.HONOUR_OVERDUE,
                at=self._core.clock.now(),
                actor=SYSTEM,
                subject=case.id,
                due=due,
                limit=limit,
                state=case.state,
            )
            if State(case.state) in CALLING:
                await self._desk.call_anew(tx, case)
            await announce(tx, case, Change.RAISED)
            log().error("honour_case_overdue", escalation_id=str(case.id))

    async def _is_attended(self, tx: Transaction, case: Escalation) -> bool:
        assert case.attention_due_at is not None
        if case.state == State.ENGAGED:
            return True
        written = await last_written(tx, case)
        begun = case.attention_due_at - self._core.settings.honour_attention
        return written is not None and written >= begun


def _stamp(at: datetime) -> int:
    return int(at.timestamp())


def _runs(case: Escalation, due: int) -> bool:
    return (
        case.state != State.CLOSED
        and case.honour
        and case.attention_due_at is not None
        and _stamp(case.attention_due_at) == due
    )


async def _rang(tx: Transaction, case: Escalation, due: int, limit: int) -> bool:
    found = await tx.session.scalars(
        select(AuditEvent.detail).where(
            AuditEvent.at >= case.opened_at,
            AuditEvent.tag == Tag.HONOUR_OVERDUE.value,
            AuditEvent.subject_id == str(case.id),
        )
    )
    return any((detail["due"], detail["limit"]) == (due, limit) for detail in found)
