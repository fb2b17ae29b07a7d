"""What Rasa posts to the action endpoint, and what it reads."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx

Json = dict[str, Any]


def call(
    action: str,
    sender: UUID,
    metadata: Json | None = None,
    *,
    intent: str = "",
    choice: str | None = None,
    loop: str | None = None,
    **slots: Any,
) -> Json:
    """What Rasa posts."""
    user = {"event": "user", "text": "x", "metadata": metadata or {}}
    chosen = [] if choice is None else [{"entity": "choice", "value": choice}]
    said = slots.pop("said", "x")
    return {
        "next_action": action,
        "sender_id": str(sender),
        "tracker": {
            "sender_id": str(sender),
            "slots": slots,
            "latest_message": {"text": said, "intent": {"name": intent}, "entities": chosen},
            "events": [user],
            "paused": False,
            "active_loop": {"name": loop} if loop else {},
            "latest_action_name": None,
        },
        "domain": {"forms": {"safety_plan_form": {"required_slots": ["device_owner"]}}},
        "version": "3.6.21",
    }


async def answers(client: httpx.AsyncClient, body: Json) -> tuple[list[Json], list[Json]]:
    """The responses and the events."""
    answer = await client.post("/webhook", json=body)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    return found["responses"], found["events"]


async def run(client: httpx.AsyncClient, body: Json) -> tuple[list[str], list[Json]]:
    """Names of the responses and the events."""
    responses, events = await answers(client, body)
    return [r["response"] for r in responses], events


def slots_set(events: list[Json]) -> Json:
    """Slots by name, as the events set them."""
    return {event["name"]: event["value"] for event in events if event["event"] == "slot"}
