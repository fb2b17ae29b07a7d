"""Jobs of the filing, namespace ``filing``: they carry the complaint's id and nothing else."""

from __future__ import annotations

from math import ceil
from uuid import UUID

from procrastinate import BaseRetryStrategy, Blueprint, RetryDecision
from procrastinate.jobs import Job

from amaan.core import Core
from intake.complaints import Complaints
from intake.filing import Filer, FilingDelayedError
from intake.following import lock_both

# What fails before an attempt is even recorded (database away) is tried again this soon.
_AGAIN_SECONDS = 15
# Before deliveries, behind pages and messages.
_PRIORITY = 20


class _BackOff(BaseRetryStrategy):
    """Tries for ever, as late as the filing says: it gives up by itself, and calls a human."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        seconds = _AGAIN_SECONDS
        if isinstance(exception, FilingDelayedError):
            seconds = max(1, ceil(exception.wait.total_seconds()))
        return RetryDecision(retry_in={"seconds": seconds})


def filing_tasks(core: Core, filer: Filer) -> Blueprint:
    """The task that files, the end of a review, and the question how a complaint stands."""
    tasks = Blueprint()
    complaints = Complaints(core)

    @tasks.task(name="file", priority=_PRIORITY, retry=_BackOff())
    async def file(complaint_id: str) -> None:
        await filer.file(UUID(complaint_id))

    @tasks.task(name="review_over", priority=_PRIORITY, retry=_BackOff())
    async def review_over(complaint_id: str) -> None:
        async with core.database.transaction() as tx:
            _, row = await lock_both(tx, UUID(complaint_id))
            left = None if row is None else await complaints.pass_review(tx, row)
        if left is not None:
            # This clock is behind the one by which the timer ran out.
            raise FilingDelayedError(left)

    # Asked again tomorrow when there was no answer today.
    @tasks.task(name="ask")
    async def ask(complaint_id: str) -> None:
        await filer.ask(UUID(complaint_id))

    return tasks
