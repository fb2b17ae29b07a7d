"""What she came for is answered beside the danger, or once it is denied."""

from __future__ import annotations

from uuid import UUID

import httpx

from tests.actions.calling import call, run, slots_set


async def test_the_matter_of_this_message_comes_before_an_older_one(
    client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    body = call(
        "action_matter",
        conversation_id,
        {"matter": "ask_content_removal"},
        matter_owed="report_blackmail",
    )
    responses, events = await run(client, body)
    assert responses == ["utter_ask_content_removal"]
    assert slots_set(events) == {"matter_owed": None}


async def test_what_is_owed_is_said_with_the_words_for_who_she_is(
    client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    body = call("action_matter", conversation_id, matter_owed="report_blackmail", group="man")
    responses, events = await run(client, body)
    assert responses == ["utter_for_man", "utter_report_blackmail"]
    assert slots_set(events) == {"matter_owed": None, "told_group": "man"}


async def test_a_wish_for_other_help_names_the_lines(
    client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    body = call("action_matter", conversation_id, {"matter": "ask_referral"})
    responses, _ = await run(client, body)
    assert "utter_refer_here" in responses


async def test_without_a_matter_nothing_is_said(
    client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    assert await run(client, call("action_matter", conversation_id)) == ([], [])
