"""Whether the chat helped: asked once, counted once, tied to nobody."""

from __future__ import annotations

from uuid import UUID

import httpx
from sqlalchemy import select

from amaan.core import Core
from amaan.ports import Alarm
from amaan.storage.models import ChatRating, Conversation
from tests.actions.calling import call, run, slots_set
from tests.fakes import FakeDesk


async def ratings(core: Core) -> list[ChatRating]:
    async with core.database.transaction() as tx:
        return list(await tx.session.scalars(select(ChatRating).order_by(ChatRating.helped)))


async def test_it_is_asked_once(client: httpx.AsyncClient, conversation_id: UUID) -> None:
    said, events = await run(client, call("action_ask_feedback", conversation_id))
    assert said == ["utter_feedback_ask"]
    assert slots_set(events) == {"asked_feedback": "asked"}
    again = call("action_ask_feedback", conversation_id, asked_feedback="asked")
    assert await run(client, again) == ([], [])


async def test_whoever_waits_for_a_human_is_not_asked(
    client: httpx.AsyncClient, core: Core, desk: FakeDesk, conversation_id: UUID
) -> None:
    async with core.database.transaction() as tx:
        conversation = await tx.session.get_one(Conversation, conversation_id)
        await desk.raise_alarm(tx, conversation, Alarm("critical", "harm", "self", "screened"))
    assert await run(client, call("action_ask_feedback", conversation_id)) == ([], [])


async def test_an_answer_is_counted_without_her(
    client: httpx.AsyncClient, core: Core, conversation_id: UUID
) -> None:
    answer = {"intent": "give_feedback", "asked_feedback": "asked"}
    for choice in ("3", "3", "1"):
        said, events = await run(
            client, call("action_feedback", conversation_id, choice=choice, **answer)
        )
        assert said == ["utter_feedback_thanks"]
        assert slots_set(events) == {"asked_feedback": "answered"}
    rows = await ratings(core)
    assert [(row.helped, row.count, row.door) for row in rows] == [(1, 1, "sms"), (3, 2, "sms")]
    # Nothing in the table leads back to anybody.
    assert {column.name for column in ChatRating.__table__.columns} == {
        "day", "language", "script", "door", "helped", "count",
    }  # fmt: skip


async def test_a_second_answer_of_the_same_chat_changes_nothing(
    client: httpx.AsyncClient, core: Core, conversation_id: UUID
) -> None:
    body = call("action_feedback", conversation_id, choice="3", asked_feedback="answered")
    assert (await run(client, body))[0] == ["utter_feedback_thanks"]
    assert await ratings(core) == []


async def test_words_are_thanked_for_and_not_counted(
    client: httpx.AsyncClient, core: Core, conversation_id: UUID
) -> None:
    for choice in (None, "7"):
        said, _ = await run(client, call("action_feedback", conversation_id, choice=choice))
        assert said == ["utter_give_feedback"]
    assert await ratings(core) == []
