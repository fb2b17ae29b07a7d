"""Deletes voice notes at the provider: by job, and those that nobody came to listen to."""

from __future__ import annotations

from datetime import timedelta

from procrastinate import BaseRetryStrategy, Blueprint, JobContext, RetryDecision
from procrastinate.jobs import Job
from sqlalchemy import exists, select

from amaan.conversation.recordings import remove_recordings
from amaan.conversation.store import lock_conversation
from amaan.core import Core
from amaan.errors import ErasedError
from amaan.logs import log
from amaan.ports import Recordings
from amaan.storage.models import Escalation, Message

# Without a case a voice note waits this long for her "yes, call somebody": until the next
# evening. A judgement.
KEPT_WITHOUT_CASE = timedelta(hours=24)
LOOK_SECONDS = 600.0
KEPT_ALARM = "recording_kept"
_FIRST_WAIT_SECONDS = 10
_LONGEST_WAIT_SECONDS = 3600
_ALARM_AFTER = 20
"""Attempts after which an operator is told; it is tried on: what is promised is promised."""


class _ForEver(BaseRetryStrategy):
    """Waits twice as long each time, an hour at most."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        wait = min(_FIRST_WAIT_SECONDS * 2 ** min(job.attempts, 16), _LONGEST_WAIT_SECONDS)
        return RetryDecision(retry_in={"seconds": wait})


def recording_tasks(core: Core, recordings: Recordings) -> Blueprint:
    """Tasks of voice notes, namespace ``recordings``."""
    tasks = Blueprint()

    @tasks.task(name="remove", pass_context=True, retry=_ForEver())
    async def remove(context: JobContext, sid: str) -> None:
        if context.job.attempts and context.job.attempts % _ALARM_AFTER == 0:
            await core.operator_alarms.raise_alarm(KEPT_ALARM)
        await recordings.delete(sid)
        log().info("recording_removed", count=1)

    return tasks


class Unheard:
    """Looks for voice notes that belong to no case."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def forget(self) -> int:
        """Has those deleted that nobody was called for in time. Returns how many."""
        horizon = self._core.clock.now() - KEPT_WITHOUT_CASE
        has_case = exists().where(
            Escalation.conversation_id == Message.conversation_id, Escalation.closed_at.is_(None)
        )
        async with self._core.database.transaction() as tx:
            found = await tx.session.scalars(
                select(Message.conversation_id)
                .where(
                    Message.attachments_sealed.is_not(None),
                    Message.created_at < horizon,
                    ~has_case,
                )
                .distinct()
            )
            conversations = found.all()
        count = 0
        for conversation_id in conversations:
            try:
                async with self._core.database.transaction() as tx:
                    if await lock_conversation(tx, conversation_id) is not None:
                        key = await self._core.vault.open_key(tx, conversation_id)
                        count += await remove_recordings(tx, key, conversation_id)
            except ErasedError:
                continue
        return count
