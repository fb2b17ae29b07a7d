"""Actions as Rasa calls them: tracker in, events and responses out, on a real database."""

from __future__ import annotations

from uuid import UUID, uuid4

import httpx
import pytest

from actions.language import named_language
from amaan.core import Core
from amaan.storage.models import Conversation
from tests.actions.calling import call, run
from tests.fakes import FakeDesk


async def test_without_the_secret_nothing_runs(client: httpx.AsyncClient) -> None:
    for value in ("", "Bearer wrong"):
        answer = await client.post("/webhook", json={}, headers={"Authorization": value})
        assert answer.status_code == 403


async def test_a_person_is_called_once(
    client: httpx.AsyncClient, desk: FakeDesk, conversation_id: UUID
) -> None:
    first, _ = await run(client, call("action_request_human", conversation_id))
    again, _ = await run(client, call("action_request_human", conversation_id))
    assert (first, again) == (["utter_human_asked"], ["utter_human_already"])
    assert desk.alarms[0][1].reason == "asked"


async def test_escalate_rings_and_drops_the_form(
    client: httpx.AsyncClient, desk: FakeDesk, conversation_id: UUID
) -> None:
    metadata = {"risk": {"level": "critical", "kind": "harm", "who": "other"}}
    _, events = await run(client, call("action_escalate", conversation_id, metadata))
    assert desk.alarms[0][1].kind == "harm"
    assert desk.alarms[0][1].who == "other"
    assert {"event": "active_loop", "timestamp": None, "name": None} in events
    cleared = {e["name"] for e in events if e["event"] == "slot" and e["value"] is None}
    assert {"requested_slot", "device_owner", "lives_with"} <= cleared


async def test_the_language_of_a_menu_is_kept(
    client: httpx.AsyncClient, core: Core, conversation_id: UUID
) -> None:
    responses, events = await run(
        client, call("action_change_language", conversation_id, {"value": "sd-Latn"})
    )
    assert responses == ["utter_language_changed"]
    assert {e["name"]: e["value"] for e in events} == {
        "reply_language": "sd",
        "reply_script": "Latn",
    }
    async with core.database.transaction() as tx:
        found = await tx.session.get_one(Conversation, conversation_id)
        assert (found.language, found.script, found.language_chosen) == ("sd", "Latn", True)


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("urdu please", "ur-Latn"),
        ("پښتو", "ps-Arab"),
        ("mujhe roman sindhi mein batao", "sd-Latn"),
        ("english", "en-Latn"),
        ("weather", None),
        (None, None),
        ("urdu " * 40, None),
    ],
)
def test_a_language_named_in_a_short_message(text: str | None, tag: str | None) -> None:
    assert named_language(None, text) == tag


async def test_stop_marks_the_conversation(
    client: httpx.AsyncClient, core: Core, conversation_id: UUID
) -> None:
    await run(client, call("action_stop_messages", conversation_id))
    async with core.database.transaction() as tx:
        assert (await tx.session.get_one(Conversation, conversation_id)).stopped


async def test_an_erased_conversation_is_one_quiet_error(client: httpx.AsyncClient) -> None:
    answer = await client.post("/webhook", json=call("action_request_human", uuid4()))
    assert answer.status_code == 400
    assert answer.json()["error"] == "erased"
    unknown = await client.post("/webhook", json=call("action_unknown", uuid4()))
    assert unknown.status_code == 404


async def test_what_is_no_call_is_refused(client: httpx.AsyncClient) -> None:
    for body in (b"\xff", b"[]", b"{"):
        assert (await client.post("/webhook", content=body)).status_code == 400
