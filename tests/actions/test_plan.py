"""The safety plan: what fits the answers, its other parts, and going on after danger."""

from __future__ import annotations

from uuid import UUID

import httpx

from tests.actions.calling import answers, call, run, slots_set


async def test_the_plan_fits_the_answers_and_fears_the_worst_of_the_unknown(
    client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    known = call("action_safety_plan", conversation_id, device_owner="own", lives_with="no")
    said, _ = await run(client, known)
    assert said == ["utter_plan_own", "utter_plan_near_no", "utter_plan_more"]
    unknown = call("action_safety_plan", conversation_id, device_owner="?", lives_with=None)
    said, _ = await run(client, unknown)
    assert said == ["utter_plan_watched", "utter_plan_near_yes", "utter_plan_more"]


async def test_parts_that_were_read_are_read_again(
    client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    plan = {"device_owner": "shared", "lives_with": "yes"}
    said, events = await run(
        client, call("action_plan_part", conversation_id, choice="money", **plan)
    )
    assert said == ["utter_plan_money"]
    assert slots_set(events) == {"plan_parts": "money"}
    again = call("action_plan_part", conversation_id, choice="again", plan_parts="money", **plan)
    responses, _ = await answers(client, again)
    assert [one["response"] for one in responses] == [
        "utter_plan_again",
        "utter_plan_shared",
        "utter_plan_near_yes",
        "utter_plan_money",
        "utter_plan_more",
    ]
    # Only the last message carries a menu: its numbers are the ones that count.
    assert [one.get("menu") for one in responses[1:-1]] == ["none"] * 3


async def test_the_short_form_is_that_of_an_sms(
    client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    responses, _ = await answers(
        client, call("action_plan_part", conversation_id, choice="short", device_owner="own")
    )
    assert [one.get("form") for one in responses[:-1]] == ["sms"] * (len(responses) - 1)
    kept, _ = await run(client, call("action_plan_part", conversation_id, choice="keep"))
    assert kept == ["utter_plan_keep"]


async def test_danger_in_the_plan_is_followed_by_the_question_whether_to_go_on(
    client: httpx.AsyncClient, conversation_id: UUID
) -> None:
    metadata = {"risk": {"level": "elevated", "kind": "harm", "who": "self"}}
    _, events = await run(
        client, call("action_escalate", conversation_id, metadata, loop="safety_plan_form")
    )
    assert slots_set(events)["plan_left"] == "yes"
    _, events = await run(client, call("action_escalate", conversation_id, metadata))
    assert "plan_left" not in slots_set(events)

    said, events = await run(client, call("action_plan_resume", conversation_id, plan_left="yes"))
    assert said == ["utter_plan_resume"]
    assert slots_set(events) == {"plan_left": None}
    assert await run(client, call("action_plan_resume", conversation_id)) == ([], [])
