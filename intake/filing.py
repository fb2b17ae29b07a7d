"""Hands complaints over: once each, whatever dies in between.

Before each call the attempt is committed as ``unknown``. Whoever finds such an attempt asks
the intake by the complaint's key before anything is sent again; the key makes a second call
harmless even then. A complaint has one job at a time (`intake.leaving`), and each step looks
at the rows anew, so a job may die, run late or run twice.

An "unknown" becomes a sure "no" only some time after its call: what was given to the network
can still arrive, and she must not be told "nothing was sent" before.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from uuid import UUID, uuid4

from pydantic import ValidationError
from sqlalchemy import func, select

from amaan.errors import AmaanError, OutsideServiceError
from amaan.logs import log
from amaan.storage import Transaction
from amaan.storage.models import Complaint as Row
from amaan.storage.models import Conversation, FilingAttempt
from intake.contents import read_draft
from intake.endings import close_attempt
from intake.events import Tag, last_at, record
from intake.following import Following, lock_both
from intake.leaving import has_consent
from intake.port import Receipt, RefusedError, UnavailableError
from intake.schema import Complaint, Tier, Triage, complaint_of
from intake.states import State

BACK_OFF = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 5, 10, 30, 60))
"""Waits after tries without an answer; the last one again and again."""
LOOK_AGAIN = timedelta(minutes=10)
"""The longest wait while the way is closed for all, or where nobody knows whether the intake
has it: asking costs nothing, and after an outage all is settled in a quarter of an hour."""
SETTLE = timedelta(minutes=2)
"""Only so long after a call began is "the intake has nothing" believed: three times what one
may take with a new token (`Settings.intake_timeout`, four times)."""
SPREAD = timedelta(minutes=2)
"""Over so long those who waited for the way to be free come back, not all in one second."""
_LONGEST_ASKED = timedelta(hours=6)
"""However long the intake asks us to wait, we come again then."""
_MOST_TRIES = 32_000
"""What the column holds."""
UNREADABLE, TOO_LONG, NOT_FOUND = "unreadable", "too_long", "not_found"
"""Codes of our own: it cannot be made whole here; tried too long; the intake has nothing."""


class FilingDelayedError(OutsideServiceError):
    """A complaint could not be handed over now; `wait` says when to try again."""

    code = "filing_delayed"

    def __init__(self, wait: timedelta) -> None:
        super().__init__()
        self.wait = wait


@dataclass(frozen=True)
class Try:
    """One call that may be made now; its attempt is recorded."""

    complaint_id: UUID
    attempt_id: UUID
    key: str
    complaint: Complaint
    doubtful: bool
    """An older call may have reached the intake: it is asked before anything is sent."""


class Filer(Following):
    """Takes complaints out of the queue, and follows them (`Following`)."""

    async def file(self, complaint_id: UUID) -> None:
        """Takes a complaint as far as it goes now; harmless when it is filed or gone.

        Raises `FilingDelayedError` when it must be tried again.
        """
        while (found := await self._begin(complaint_id)) is not None:
            try:
                receipt = await self._call(found)
            except RefusedError as error:
                await self._refused(found, error)
            except OutsideServiceError as error:
                await self._later(found, error)
            else:
                if receipt is None:
                    # Surely nothing is there: the next look sends it.
                    await self._settle(found)
                    continue
                await self._finish(found, receipt)
            return

    async def _call(self, found: Try) -> Receipt | None:
        if not found.doubtful:
            return await self._filing.file(found.complaint, found.key)
        try:
            return await self._filing.find(found.key)
        except RefusedError:
            # No answer to the question: nobody knows more than before.
            raise OutsideServiceError("the intake refused a question", code="refused") from None

    async def _begin(self, complaint_id: UUID) -> Try | None:
        """Records the attempt. None when there is nothing to hand over (any more)."""
        async with self._core.database.transaction() as tx:
            conversation, row = await lock_both(tx, complaint_id)
            if row is None or row.state != State.QUEUED:
                return None
            if await self._is_late(tx, row) and (row.tries or await self._gate.is_shut(tx)):
                await self._endings.held(tx, conversation, row, TOO_LONG)
                return None
            complaint = await self._built(tx, row)
            if complaint is None:
                await self._endings.held(tx, conversation, row, UNREADABLE)
                return None
            wait = await self._gate.admit(tx)
            if wait is not None:
                raise FilingDelayedError(wait + _spread(SPREAD))
            attempt = await _unsettled(tx, row)
            doubtful = attempt is not None
            if attempt is None:
                attempt = await self._new_attempt(tx, row)
            return Try(row.id, attempt.id, row.key, complaint, doubtful)

    async def _built(self, tx: Transaction, row: Row) -> Complaint | None:
        """The complaint as she consented to it: the same at each try. None when it cannot be."""
        try:
            draft = await read_draft(self._core, tx, row)
            if draft is None or row.consented_at is None or not has_consent(draft):
                return None
            source: Literal["human", "machine"] = "human" if row.tier_by else "machine"
            triage = Triage(tier=Tier(row.tier), tier_source=source, codes=tuple(row.tier_codes))
            at = row.consented_at
            return complaint_of(draft, reference=row.reference, key=row.key, now=at, triage=triage)
        except (AmaanError, ValidationError) as error:
            # Without the error's words: a library's quote what they were given.
            log().error(
                "complaint_unreadable",
                complaint_id=str(row.id),
                error_type=type(error).__name__,
            )
            return None

    async def _new_attempt(self, tx: Transaction, row: Row) -> FilingAttempt:
        last = await tx.session.scalar(
            select(func.max(FilingAttempt.number)).where(FilingAttempt.complaint_id == row.id)
        )
        attempt = FilingAttempt(
            id=uuid4(),
            complaint_id=row.id,
            number=(last or 0) + 1,
            started_at=self._core.clock.now(),
            outcome="unknown",
        )
        tx.session.add(attempt)
        await record(tx, self._core.clock, row.id, "machine", Tag.FILING_TRIED)
        return attempt

    async def _finish(self, found: Try, receipt: Receipt) -> None:
        async with self._core.database.transaction() as tx:
            conversation, row, attempt = await self._locked(tx, found)
            await self._gate.answered(tx)
            if row is None or attempt is None:
                log().info("erased_meanwhile", complaint_id=str(found.complaint_id))
                return
            close_attempt(attempt, "filed", self._core.clock.now())
            await self._endings.filed(tx, conversation, row, receipt, found.complaint)

    async def _refused(self, found: Try, error: RefusedError) -> None:
        async with self._core.database.transaction() as tx:
            conversation, row, attempt = await self._locked(tx, found)
            await self._gate.answered(tx)
            if row is None or attempt is None:
                return
            close_attempt(attempt, "refused", self._core.clock.now(), error.code)
            if row.state == State.QUEUED:
                await self._endings.refused(tx, conversation, row, error.code)

    async def _settle(self, found: Try) -> None:
        """Believes that the intake has nothing, once whatever was under way has ended."""
        async with self._core.database.transaction() as tx:
            _, row, attempt = await self._locked(tx, found)
            await self._gate.answered(tx)
            if row is None or attempt is None:
                return
            now = self._core.clock.now()
            age = abs(now - attempt.started_at)
            if age >= SETTLE:
                close_attempt(attempt, "unavailable", now, NOT_FOUND)
                return
        raise FilingDelayedError(SETTLE - age)

    async def _later(self, found: Try, error: OutsideServiceError) -> None:
        """Notes what is known after a call without an answer, and asks for another try."""
        surely_not = isinstance(error, UnavailableError) and not found.doubtful
        async with self._core.database.transaction() as tx:
            conversation, row, attempt = await self._locked(tx, found)
            is_shut = await self._gate.failed(tx)
            if row is None or attempt is None:
                return
            now = self._core.clock.now()
            outcome = "unavailable" if surely_not else "unknown"
            close_attempt(attempt, outcome, now, error.code)
            if row.state != State.QUEUED:
                return
            row.tries = min(row.tries + 1, _MOST_TRIES)
            row.updated_at = now
            if await self._is_late(tx, row):
                await self._endings.held(tx, conversation, row, error.code)
                return
            wait = wait_after(row.tries, soon=is_shut or not surely_not)
        if isinstance(error, UnavailableError) and error.wait is not None:
            wait = max(wait, min(error.wait, _LONGEST_ASKED))
        log().warning(
            "filing_delayed", complaint_id=str(found.complaint_id), attempt=row.tries,
            code=error.code,
        )  # fmt: skip
        # Without its cause: a library's error may quote the complaint.
        raise FilingDelayedError(wait + _spread(wait / 10)) from None

    async def _is_late(self, tx: Transaction, row: Row) -> bool:
        since = await last_at(tx, row.id, Tag.QUEUED)
        hours = timedelta(hours=self._core.settings.intake_give_up_hours)
        return since is not None and self._core.clock.now() - since >= hours

    async def _locked(
        self, tx: Transaction, found: Try
    ) -> tuple[Conversation | None, Row | None, FilingAttempt | None]:
        conversation, row = await lock_both(tx, found.complaint_id)
        attempt = await tx.session.get(FilingAttempt, found.attempt_id, populate_existing=True)
        return conversation, row, attempt


def wait_after(tries: int, *, soon: bool) -> timedelta:
    """How long to wait after so many tries without an answer; `soon` bounds it (`LOOK_AGAIN`)."""
    wait = BACK_OFF[min(tries, len(BACK_OFF)) - 1]
    return min(wait, LOOK_AGAIN) if soon else wait


async def _unsettled(tx: Transaction, row: Row) -> FilingAttempt | None:
    """The attempt of which nobody knows whether it reached the intake; None without one."""
    found: FilingAttempt | None = await tx.session.scalar(
        select(FilingAttempt)
        .where(FilingAttempt.complaint_id == row.id, FilingAttempt.outcome == "unknown")
        .order_by(FilingAttempt.number.desc())
        .limit(1)
    )
    return found


def _spread(most: timedelta) -> timedelta:
    return most * random.random()  # noqa: S311  (no secret)
