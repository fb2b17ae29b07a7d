"""Voice notes stay at the provider until somebody listens, and are deleted there with the case.

The job that deletes one carries the provider's id of the recording in the open: a random
id that names nobody, opens nothing without the account's secret, and is gone together
with the recording and the job. It must outlive an erase, after which nothing sealed can
be read (docs/decisions/0013-sending.md).
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from amaan.conversation.store import read_attachments
from amaan.storage import Transaction
from amaan.storage.models import Message

REMOVE_TASK = "recordings:remove"


async def remove_recordings(tx: Transaction, key: bytes, conversation_id: UUID) -> int:
    """Has every voice note of a **locked** conversation deleted at the provider; how many."""
    rows = await tx.session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.attachments_sealed.is_not(None))
        .with_for_update()
    )
    removed = 0
    for message in rows.all():
        for found in read_attachments(key, message):
            await tx.defer(REMOVE_TASK, sid=found.sid)
            removed += 1
        message.attachments_sealed = None
    return removed
