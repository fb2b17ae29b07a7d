"""What was answered for a draft leaves the chat with it."""

from __future__ import annotations

from uuid import UUID

import httpx
import pytest
from sqlalchemy import select

from amaan.conversation.store import (
    HIDDEN,
    Content,
    append_message,
    lock_conversation,
    read_content,
    store_assessment,
)
from amaan.core import Core
from amaan.storage.models import Message
from tests.actions.calling import answers, call
from tests.actions.test_complaint import WHOLE, asked, fill, said
from tests.fakes import parse

# Not dealt with yet: it is still to be screened.
WAITING = "he has a knife"
# It rang, and whoever comes must read it.
RINGING = "he says he will kill me"
TALK = (
    ("person", "somebody made a profile of me", None),
    ("bot", "What is your name, as on the card?", "complaint.ask.name"),
    ("person", "Invented Person", None),
    ("bot", "Your complaint: name Invented Person", "complaint.preview"),
    ("person", "1", None),
    ("bot", "All right.", "thanks"),
    ("person", "it rains today", None),
    ("bot", "What happened?", "complaint.ask.story"),
    ("bot", "Pictures are never opened here.", "media.refused"),
    ("person", "more of it", None),
    ("bot", "Keep it or delete it?", "complaint.later"),
    ("person", WAITING, None),
    ("person", RINGING, None),
)
LEFT = (
    "somebody made a profile of me",
    "What is your name, as on the card?",
    HIDDEN,
    HIDDEN,
    HIDDEN,
    "All right.",
    "it rains today",
    "What happened?",
    "Pictures are never opened here.",
    HIDDEN,
    "Keep it or delete it?",
    WAITING,
    RINGING,
)


async def talk(core: Core, conversation_id: UUID) -> None:
    async with core.database.transaction() as tx:
        conversation = await lock_conversation(tx, conversation_id)
        assert conversation is not None
        key = await core.vault.open_key(tx, conversation_id)
        for author, text, name in TALK:
            message = await append_message(
                tx,
                key,
                conversation,
                author,
                Content(text, name),
                core.clock.now(),
                processed=text != WAITING,
            )
            if text == RINGING:
                found = parse("imminent_harm", level="critical", kind="harm")
                await store_assessment(tx, key, message, found, found.risk, core.clock.now())


async def shown(core: Core, conversation_id: UUID) -> tuple[str, ...]:
    async with core.database.transaction() as tx:
        key = await core.vault.open_key(tx, conversation_id)
        rows = await tx.session.scalars(
            select(Message)
            .where(Message.conversation_id == conversation_id, Message.seq > 1)
            .order_by(Message.seq)
        )
        return tuple(read_content(key, row).text for row in rows)


@pytest.mark.parametrize("way", ["leave", "form"])
async def test_a_deleted_draft_leaves_no_answers_in_the_chat(
    core: Core, client: httpx.AsyncClient, conversation_id: UUID, way: str
) -> None:
    await asked(client, conversation_id)
    await talk(core, conversation_id)
    assert await shown(core, conversation_id) == tuple(text for _, text, _ in TALK)
    if way == "leave":
        await answers(client, call("action_complaint_leave", conversation_id, choice="delete"))
    else:
        await said(client, conversation_id, choice="later")
        await said(client, conversation_id, choice="delete")
    assert await shown(core, conversation_id) == LEFT


async def test_so_does_one_that_was_taken_back(
    core: Core, client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    await asked(client, conversation_id)
    await fill(core, conversation_id, **WHOLE, asked="declare", consents={"share_nccia": True})
    await said(client, conversation_id, choice="declare")
    await talk(core, conversation_id)
    await answers(client, call("action_complaint_withdraw", conversation_id))
    assert await shown(core, conversation_id) == LEFT
