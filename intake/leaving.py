"""The way out of the house: consent, a supervisor's look, and the queue of the filing.

Without her consent and her declaration nothing comes into the queue, and what is sent is
checked for both once more (`intake.filing`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from amaan.core import Core
from amaan.errors import ConflictError
from amaan.logs import log
from amaan.storage import Transaction
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import Complaint
from intake.contents import lock_complaint, may_have_arrived, write_draft
from intake.events import Actor, Tag, record
from intake.schema import ConsentItem, Draft, complaint_of
from intake.states import State, move
from intake.triage import propose

FILE_TASK = "filing:file"
REVIEW_TASK = "filing:review_over"
CHANGED = "complaint"
"""`change` of the notice ``{"change": "complaint", "complaint_id": str}`` to open consoles."""
_REVIEWED = ("critical", "high")


def require_draft(row: Complaint) -> None:
    """Raises `ConflictError` (code ``not_draft``) unless she still writes it."""
    if row.state != State.DRAFT:
        raise ConflictError("it is not a draft any more", code="not_draft")


def has_consent(draft: Draft) -> bool:
    """Whether she agreed that it goes to the agency, and declared that it is true."""
    agreed = draft.consents.get(ConsentItem.SHARE_NCCIA, False)
    return agreed and draft.declared_at is not None


class Leaving:
    """Consent and review. Every method works in the caller's transaction."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def consent(
        self,
        tx: Transaction,
        row: Complaint,
        draft: Draft,
        at: datetime,
        *,
        topic: str | None = None,
        danger: str | None = None,
        dangers: Sequence[str] = (),
    ) -> State:
        """Takes her consent and declaration, and sends the complaint on its way.

        Proposes the urgency from the draft and, where the caller knows them, the talk's
        `topic` and `danger`. The state is `REVIEW` for some hours when it is critical or high
        and the settings want a look, else `QUEUED`; the job exists with this transaction.
        Raises `IncompleteError`, `ConflictError` (``not_draft``, ``no_consent``).
        """
        row = await self._locked(tx, row)
        require_draft(row)
        if not has_consent(draft):
            raise ConflictError("consent or declaration is missing", code="no_consent")
        complaint_of(draft, reference=row.reference, key=row.key, now=at)
        proposal = propose(draft, topic=topic, danger=danger, dangers=dangers)
        await write_draft(self._core, tx, row, draft)
        row.tier, row.tier_codes = str(proposal.tier), [str(code) for code in proposal.codes]
        row.consented_at = at
        row.keep_until = at + timedelta(days=self._core.settings.filed_copy_days)
        await self._note(tx, row, "person", Tag.CONSENT_GIVEN)
        await self._note(tx, row, "person", Tag.DECLARED)
        if row.tier in _REVIEWED and self._core.settings.intake_review:
            row.state = move(row.state, State.REVIEW)
            row.review_until = at + timedelta(hours=self._core.settings.intake_review_hours)
            # Without a lock: a timer with one would keep an earlier filing waiting behind it.
            await tx.defer(REVIEW_TASK, at=row.review_until, complaint_id=str(row.id))
            await self._tell(tx, row)
        else:
            await self._queue(tx, row, "person")
        await tx.session.flush()
        return State(row.state)

    async def confirm(
        self, tx: Transaction, row: Complaint, staff_id: UUID, tier: str, codes: Sequence[str]
    ) -> None:
        """A supervisor confirms or changes the urgency; a complaint in review leaves with it.

        Raises `ConflictError` (code ``too_late``) once an attempt to hand it over was made.
        """
        row = await self._locked(tx, row)
        tried = await may_have_arrived(tx, row)
        if State(row.state) not in (State.REVIEW, State.QUEUED, State.HELD) or tried:
            raise ConflictError("it was sent already", code="too_late")
        row.tier, row.tier_codes = tier, list(codes)
        row.tier_by, row.tier_at = staff_id, self._core.clock.now()
        await self._note(tx, row, "staff", Tag.TIER_SET, subject=tier, staff_id=staff_id)
        if row.state == State.REVIEW:
            await self._queue(tx, row, "staff", staff_id)

    async def pass_review(self, tx: Transaction, row: Complaint) -> timedelta | None:
        """Sends a complaint on whose time for a look is over.

        Returns how long that time still lasts; None when there is nothing to wait for.
        """
        row = await self._locked(tx, row)
        if row.state != State.REVIEW or row.review_until is None:
            return None
        left = row.review_until - self._core.clock.now()
        if left > timedelta(0):
            return left
        await self._note(tx, row, "machine", Tag.REVIEW_PASSED)
        await self._queue(tx, row, "machine")
        return None

    async def try_again(self, tx: Transaction, row: Complaint, staff_id: UUID) -> None:
        """A supervisor sends a held or refused complaint on its way once more.

        Raises `ConflictError` (code ``illegal_move``) for any other.
        """
        row = await self._locked(tx, row)
        row.tries = 0
        await self._queue(tx, row, "staff", staff_id)

    async def _queue(
        self, tx: Transaction, row: Complaint, actor: Actor, staff_id: UUID | None = None
    ) -> None:
        """The only way into `QUEUED`; each passage defers exactly one job."""
        row.state = move(row.state, State.QUEUED)
        row.review_until = None
        await self._note(tx, row, actor, Tag.QUEUED, staff_id=staff_id)
        await tx.defer(FILE_TASK, lock=f"complaint:{row.id}", complaint_id=str(row.id))
        await self._tell(tx, row)
        log().info("complaint_queued", complaint_id=str(row.id))

    async def _locked(self, tx: Transaction, row: Complaint) -> Complaint:
        # What the caller has changed already would be read over.
        await tx.session.flush()
        found = await lock_complaint(tx, row.id)
        if found is None:
            raise ConflictError("it was deleted meanwhile", code="too_late")
        return found

    async def _tell(self, tx: Transaction, row: Complaint) -> None:
        """Tells open consoles, so that none goes on showing what is gone."""
        await tx.notify(CONSOLE_CHANNEL, change=CHANGED, complaint_id=str(row.id))

    async def _note(
        self,
        tx: Transaction,
        row: Complaint,
        actor: Actor,
        tag: Tag,
        *,
        subject: str | None = None,
        staff_id: UUID | None = None,
    ) -> None:
        row.updated_at = self._core.clock.now()
        await record(tx, self._core.clock, row.id, actor, tag, subject=subject, staff_id=staff_id)
