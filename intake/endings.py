"""How a filing ends: taken, refused, or given up; with what she and others are told of it.

Each ending is part of the caller's transaction, in which conversation and complaint are locked.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import select

from amaan.core import Core
from amaan.logs import log
from amaan.ports import Alarm, EscalationDesk
from amaan.storage import Transaction
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import Complaint as Row
from amaan.storage.models import Conversation, FilingAttempt
from intake.contents import Filed, write_filed
from intake.events import Tag, record
from intake.leaving import CHANGED
from intake.port import AgencyState, Receipt
from intake.schema import Complaint
from intake.states import State, move
from intake.triage import Proposal, due

SENT, TROUBLE = "complaint.sent", "complaint.trouble"
"""Catalogue keys of what she is told, unasked and therefore in neutral words."""
FAILED = "filing_failed"
"""Reason of the case, or kind of the operator's alarm where she cannot be written to."""
NUMBER_TWICE = "filing_number_twice"
"""Operator alarm: the agency gave a number that another complaint has."""
_ENDED: frozenset[AgencyState] = frozenset({"closed", "rejected"})


class Say(Protocol):
    """Says one text of the catalogues in a **locked** conversation (`handoff.sayings.say`)."""

    async def __call__(
        self, tx: Transaction, conversation: Conversation, key: str, **values: str
    ) -> bool:
        """Returns False when she does not want to be written to now."""
        ...


class Endings:
    """Writes down how an attempt ended."""

    def __init__(self, core: Core, desk: EscalationDesk, say: Say) -> None:
        self._core = core
        self._desk = desk
        self._say = say

    async def filed(
        self,
        tx: Transaction,
        conversation: Conversation | None,
        row: Row,
        receipt: Receipt,
        complaint: Complaint,
    ) -> None:
        """The intake has it: the receipt is kept sealed, and she is told the number once."""
        now = self._core.clock.now()
        if State(row.state) not in (State.QUEUED, State.HELD):
            # Erased or filed meanwhile: that it was filed is all that is kept.
            row.filed_at = row.filed_at or now
            return
        row.state = move(row.state, State.FILED)
        row.filed_at = row.updated_at = now
        filed = Filed(receipt.number, receipt.at, receipt.sent, complaint.model_dump(mode="json"))
        await write_filed(self._core, tx, row, filed)
        row.number_lookup = await self._free_lookup(tx, receipt.number)
        row.agency_state = receipt.state
        row.agency_state_at = min(receipt.at, now)
        row.due_at = due(Proposal(tier=row.tier, codes=tuple(row.tier_codes)), now)
        row.keep_until = now + timedelta(days=self._core.settings.filed_copy_days)
        await record(tx, self._core.clock, row.id, "machine", Tag.FILING_SENT)
        await self._tell_consoles(tx, row)
        log().info("complaint_filed", complaint_id=str(row.id))
        if conversation is not None:
            await self._say(tx, conversation, SENT, number=receipt.number)

    async def refused(
        self, tx: Transaction, conversation: Conversation | None, row: Row, code: str
    ) -> None:
        """The intake read it and does not take it: a human looks at why."""
        row.state = move(row.state, State.REFUSED)
        await self._stop(tx, conversation, row, Tag.FILING_REFUSED, code)

    async def held(
        self, tx: Transaction, conversation: Conversation | None, row: Row, code: str
    ) -> None:
        """It was tried for long enough: a human takes over."""
        row.state = move(row.state, State.HELD)
        await self._stop(tx, conversation, row, Tag.FILING_HELD, code)

    async def heard(
        self,
        tx: Transaction,
        conversation: Conversation | None,
        row: Row,
        state: AgencyState,
        at: datetime,
    ) -> bool:
        """Notes what the agency says of a filed complaint; whether it was news.

        What is older than what is known, or the same, changes nothing.
        """
        now = self._core.clock.now()
        # What claims to come from the future would keep all that follows from being heard.
        at = min(at, now)
        row.updated_at = now
        if row.agency_state_at is not None and at <= row.agency_state_at:
            return False
        is_news = state != row.agency_state
        row.agency_state, row.agency_state_at = state, at
        if is_news:
            await record(tx, self._core.clock, row.id, "agency", Tag.AGENCY_STATE, subject=state)
            await self._tell_consoles(tx, row)
        if is_news and state == "rejected":
            await self._call_human(tx, conversation)
        if state in _ENDED:
            # The day that she wanted to be reminded of has no meaning any more.
            row.remind = False
        return is_news

    async def _stop(
        self, tx: Transaction, conversation: Conversation | None, row: Row, tag: Tag, code: str
    ) -> None:
        now = self._core.clock.now()
        row.updated_at = now
        row.keep_until = now + timedelta(days=self._core.settings.filed_copy_days)
        await record(tx, self._core.clock, row.id, "machine", tag, subject=code)
        await self._tell_consoles(tx, row)
        log().error("filing_stopped", complaint_id=str(row.id), code=code, status=row.state)
        await self._call_human(tx, conversation)
        if conversation is not None:
            await self._say(tx, conversation, TROUBLE)

    async def _call_human(self, tx: Transaction, conversation: Conversation | None) -> None:
        if conversation is not None:
            alarm = Alarm("requested", None, "self", FAILED)
            await self._desk.raise_alarm(tx, conversation, alarm)
        else:
            # In a transaction of its own and before ours commits: better twice than never.
            await self._core.operator_alarms.raise_alarm(FAILED)

    async def _free_lookup(self, tx: Transaction, number: str) -> bytes | None:
        lookup = number_lookup(self._core, number)
        if await tx.session.scalar(select(Row.id).where(Row.number_lookup == lookup)) is None:
            return lookup
        await self._core.operator_alarms.raise_alarm(NUMBER_TWICE)
        return None

    async def _tell_consoles(self, tx: Transaction, row: Row) -> None:
        await tx.notify(CONSOLE_CHANNEL, change=CHANGED, complaint_id=str(row.id))


def number_lookup(core: Core, number: str) -> bytes:
    """By which a complaint is found from the agency's number."""
    return core.pseudonymiser.lookup("complaint_number", number)


def close_attempt(
    attempt: FilingAttempt, outcome: str, at: datetime, code: str | None = None
) -> None:
    """Writes down how an attempt ended; its end is when its call ended."""
    attempt.outcome = outcome
    attempt.ended_at = attempt.ended_at or at
    attempt.code = code[:32] if code else None
