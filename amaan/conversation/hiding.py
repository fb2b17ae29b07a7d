"""What she deleted must not stand in the chat either: whoever holds the phone reads it there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy import select

from amaan.conversation.store import HIDDEN, Content, read_content
from amaan.storage import Transaction, Vault
from amaan.storage.database import CONVERSATION_CHANNEL
from amaan.storage.models import Assessment, Conversation, Message
from amaan.storage.vault import seal_json

# Said after a question or while she waits; what she writes next still answers the question.
_BESIDE = ("media.", "message.", "wait.", "guard.", "near.")


async def hide_answers(
    tx: Transaction,
    vault: Vault,
    conversation: Conversation,
    since: datetime,
    *,
    under: str,
    telling: Collection[str],
) -> None:
    """Puts dots in the place of what she answered since `since`, in a **locked** conversation.

    `under` is how the keys of the questions begin; `telling` are the keys of those of our own
    words that repeat what she said. What rang stays for whoever comes to help her, and what was
    not dealt with yet is still to be screened.
    """
    key = await vault.open_key(tx, conversation.id)
    rows = await tx.session.execute(
        select(Message, Assessment.level)
        .outerjoin(Assessment, Assessment.message_id == Message.id)
        .where(Message.conversation_id == conversation.id, Message.created_at >= since)
        .order_by(Message.seq)
    )
    asked = ""
    for row, level in rows.all():
        content = read_content(key, row)
        said = content.key or ""
        if row.author != "person":
            asked = asked if said.startswith(_BESIDE) else said
            if said in telling:
                _hide(key, row, content)
        elif asked.startswith(under) and row.processed_at is not None and level in (None, "none"):
            _hide(key, row, content)
    await tx.session.flush()
    await tx.notify(CONVERSATION_CHANNEL, conversation_id=str(conversation.id))


def _hide(key: bytes, row: Message, content: Content) -> None:
    hidden = replace(content, text=HIDDEN)
    row.sealed = seal_json(key, hidden.to_json(), "message.sealed", row.id)
    row.hidden = True
