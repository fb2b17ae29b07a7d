"""What becomes of a complaint that the agency has: told by its callbacks, and asked for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from amaan.conversation.store import lock_conversation
from amaan.core import Core
from amaan.errors import OutsideServiceError
from amaan.logs import log
from amaan.ports import EscalationDesk
from amaan.storage import Transaction
from amaan.storage.models import Complaint, Conversation
from intake.contents import lock_complaint, read_filed
from intake.endings import Endings, Say, number_lookup
from intake.gate import Gate
from intake.port import AgencyState, Filing, RefusedError
from intake.states import State

NUMBER_UNKNOWN = "filing_number_unknown"
"""Operator alarm: the agency does not know a number that it gave."""


class Following:
    """Hears and asks how filed complaints stand."""

    def __init__(self, core: Core, filing: Filing, desk: EscalationDesk, say: Say) -> None:
        self._core = core
        self._filing = filing
        self._gate = Gate(core.clock)
        self._endings = Endings(core, desk, say)

    async def on_state(self, number: str, state: AgencyState, at: datetime) -> bool:
        """Takes what the agency says of one of its numbers; whether the number is known.

        Repeated and late messages are harmless: older never overwrites newer.
        """
        async with self._core.database.transaction() as tx:
            complaint_id = await tx.session.scalar(
                select(Complaint.id).where(
                    Complaint.number_lookup == number_lookup(self._core, number)
                )
            )
            if complaint_id is None:
                return False
            conversation, row = await lock_both(tx, complaint_id)
            if row is not None and row.state == State.FILED:
                await self._endings.heard(tx, conversation, row, state, at)
            return row is not None

    async def ask(self, complaint_id: UUID) -> None:
        """Asks the intake how a filed complaint stands; without an answer nothing changes."""
        async with self._core.database.transaction() as tx:
            row = await tx.session.get(Complaint, complaint_id)
            shut = await self._gate.is_shut(tx)
            filed = None if row is None else await read_filed(self._core, tx, row)
        if filed is None or shut:
            return
        try:
            receipt = await self._filing.state(filed.number)
        except RefusedError:
            await self._core.operator_alarms.raise_alarm(NUMBER_UNKNOWN)
        except OutsideServiceError as error:
            log().warning("state_not_told", complaint_id=str(complaint_id), code=error.code)
        else:
            await self.on_state(filed.number, receipt.state, receipt.at)


async def lock_both(
    tx: Transaction, complaint_id: UUID
) -> tuple[Conversation | None, Complaint | None]:
    """A complaint and its conversation, locked in the order of the whole house.

    None for what is gone. A draft may go to another conversation meanwhile; nothing that
    is done with both is done to drafts.
    """
    conversation_id = await tx.session.scalar(
        select(Complaint.conversation_id).where(Complaint.id == complaint_id)
    )
    conversation = (
        await lock_conversation(tx, conversation_id) if conversation_id is not None else None
    )
    return conversation, await lock_complaint(tx, complaint_id)
