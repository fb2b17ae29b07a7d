"""What goes to Rasa and what is taken from it, over a real client with a stand-in behind it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

import httpx
import pytest

from amaan.conversation.store import read_assessment, read_place, store_assessment
from amaan.core import Core
from amaan.errors import OutsideServiceError
from amaan.ports import Inbound, Risk, Turn
from amaan.rasa import Rasa
from amaan.settings import Settings
from amaan.storage.models import Assessment, Message
from amaan.storage.vault import seal_json, unseal_json
from tests.conftest import TEST_SECRET
from tests.fakes import Bench, parse

PARSED: dict[str, Any] = {
    "language": "ur",
    "script": "Latn",
    "language_confidence": 0.9,
    "intent": "greet",
    "confidence": 0.9,
    "risk": {"level": "none", "kind": None, "score": 0.0, "who": "self", "why": []},
}


class Answering:
    """Answers every call with `content` and remembers what was asked."""

    def __init__(self, content: object) -> None:
        self.content = content
        self.asked: list[dict[str, Any]] = []

    def rasa(self) -> Rasa:
        """A client whose other end is this."""

        def answer(request: httpx.Request) -> httpx.Response:
            self.asked.append(json.loads(request.content))
            return httpx.Response(200, json=self.content)

        settings = Settings(
            lookup_secret=TEST_SECRET,
            rasa_secret=TEST_SECRET,
            action_secret=TEST_SECRET,
            twilio_auth_token=TEST_SECRET,
        )
        client = httpx.AsyncClient(base_url="http://rasa", transport=httpx.MockTransport(answer))
        return Rasa(settings, client)


async def test_of_entities_only_what_answers_need_is_taken() -> None:
    entities = [
        {"entity": "phone", "value": "+923000000001", "text": "x", "start": 0, "end": 1},
        {"entity": "city", "value": "Karachi", "province": "Sindh"},
        {"entity": "province", "value": "Sindh"},
        {"entity": "city", "value": "Somewhere"},
        {"entity": "age", "value": 19},
        {"entity": "platform", "value": "tiktok"},
        {"entity": "relation", "value": "brother"},
    ]
    rasa = Answering({**PARSED, "entities": entities}).rasa()
    found = await rasa.parse("x")
    assert found.named == (
        ("city", "Karachi"), ("province", "Sindh"), ("city", "Somewhere"), ("age", "19"),
        ("platform", "tiktok"),
    )  # fmt: skip
    assert (await Answering(PARSED).rasa().parse("x")).named == ()


@pytest.mark.parametrize("entities", ["x", [1], ["city"], [{"value": "Karachi"}]])
async def test_entities_of_another_shape_are_refused(entities: object) -> None:
    with pytest.raises(OutsideServiceError):
        await Answering({**PARSED, "entities": entities}).rasa().parse("x")


@pytest.mark.parametrize("told", [True, False])
async def test_the_dialogue_is_told_that_a_human_was_there(told: bool) -> None:
    stand_in = Answering({"replies": []})
    turn = Turn(
        uuid4(), uuid4(), "x", "web", "ur", "Latn", parse(), Risk(), case_open=False,
        after_human=told, answers_others=told,
    )  # fmt: skip
    await stand_in.rasa().answer(turn)
    assert stand_in.asked[0]["after_human"] is told
    assert stand_in.asked[0]["answers_others"] is told


async def test_what_she_named_goes_to_the_dialogue() -> None:
    stand_in = Answering({"replies": []})
    said = replace(parse(), named=(("platform", "tiktok"), ("age", "16")))
    turn = Turn(
        uuid4(), uuid4(), "x", "web", "ur", "Latn", said, Risk(), case_open=False
    )  # fmt: skip
    await stand_in.rasa().answer(turn)
    assert stand_in.asked[0]["named"] == [["platform", "tiktok"], ["age", "16"]]


async def test_the_last_place_is_found_again(core: Core) -> None:
    bench = Bench(core)
    told = [(("city", "Lahore"), ("province", "Punjab")), (("province", "Sindh"),), ()]
    for number, places in enumerate(told):
        accepted = await bench.acceptor.accept(Inbound("sms", "+923000000001", "x", f"SM{number}"))
        assert accepted.conversation_id is not None
        assert accepted.message_id is not None
        async with core.database.transaction() as tx:
            key = await core.vault.open_key(tx, accepted.conversation_id)
            message = await tx.session.get_one(Message, accepted.message_id)
            found = replace(parse(), named=places)
            at = core.clock.now().replace(minute=number)
            await store_assessment(tx, key, message, found, Risk(), at)
            row = await tx.session.get_one(Assessment, message.id)
            assert read_assessment(key, row).named == places
            conversation_id = accepted.conversation_id
    async with core.database.transaction() as tx:
        assert await read_place(tx, key, conversation_id, "province") == "Sindh"
        assert await read_place(tx, key, conversation_id, "city") == "Lahore"
        # A message of before places were kept.
        detail = unseal_json(key, row.sealed, "assessment.sealed", row.message_id)
        del detail["named"]
        row.sealed = seal_json(key, detail, "assessment.sealed", row.message_id)
        assert read_assessment(key, row).named == ()
