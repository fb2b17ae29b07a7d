"""Somebody is beside her, who must read nothing and no line that comes by itself."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from amaan.conversation.screening import NEAR_INTENT
from amaan.conversation.store import read_assessment, read_content
from amaan.storage import Transaction
from amaan.storage.models import Assessment, Message
from amaan.text import command

HUSH = "near.hush"
"""Key of the answer."""
# "My mother is here" is the answer that these words hope for.
_ASK_WHO_IS_NEAR = frozenset({"risk.suicide.critical"})


def somebody_came(text: str, said: frozenset[str]) -> bool:
    """Whether a message says so; `said` are the keys of what was said since her last one."""
    return command(text) == "near" and not said & _ASK_WHO_IS_NEAR


async def is_looked_on(tx: Transaction, key: bytes, conversation_id: UUID) -> bool:
    """Whether that is the last that she wrote: then nothing is said to her unasked."""
    row = (
        await tx.session.execute(
            select(Message, Assessment)
            .outerjoin(Assessment, Assessment.message_id == Message.id)
            .where(Message.conversation_id == conversation_id, Message.author == "person")
            .order_by(Message.seq.desc())
            .limit(1)
        )
    ).first()
    if row is None:
        return False
    message, assessed = row
    if assessed is None:
        # Not dealt with yet; better silent for a moment than read by the wrong eyes.
        return command(read_content(key, message).text) == "near"
    return read_assessment(key, assessed).intent == NEAR_INTENT
