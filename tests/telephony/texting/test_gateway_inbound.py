"""What a gateway calls: messages and receipts, repeats, a database that restarts."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from amaan.clock import SetClock
from amaan.conversation import Accepted, Acceptor
from amaan.core import Core, build_core
from amaan.ports import Inbound
from amaan.settings import Settings
from amaan.storage.embedded import EmbeddedPostgres
from amaan.storage.migrate import migrate
from amaan.storage.models import Conversation, Message
from telephony import arrivals
from tests.telephony.texting.calls import NUMBER, Answers, contents, count
from tests.telephony.texting.conftest import Post, alarms
from tests.telephony.texting.gateway_calls import GATEWAY_SECRET, Gateway, sms


@pytest.mark.parametrize(
    "text",
    ["مدد چاہیے", "", " \n ", "🙏😭", "\x00\x01\x1b[31m", "x" * 20_000, "ቋንቋ", '"}{\\'],
    ids=["urdu", "empty", "blank", "emoji", "controls", "20k", "unknown", "json"],
)
async def test_a_signed_message_is_stored(caller: Gateway, core: Core, text: str) -> None:
    answer = await caller.post("/sms/in", sms(text))
    assert (answer.status_code, answer.content) == (204, b"")
    assert [content.text for content in await contents(core)] == [text]
    async with core.database.transaction() as tx:
        assert list(await tx.session.scalars(select(Conversation.door))) == ["sms"]


async def test_an_emoji_that_a_carrier_cut_loses_no_message(caller: Gateway, core: Core) -> None:
    body = json.dumps(sms("@")).replace("@", "madad \\ud83d").encode()
    assert (await caller.post("/sms/in", body)).status_code == 204
    assert [content.text for content in await contents(core)] == ["madad \ufffd"]


async def test_fields_we_do_not_know_are_no_fault(caller: Gateway, core: Core) -> None:
    more = sms(operator="x", parts=[1, {"a": None}], received_at=1e308)
    answer = await caller.post("/sms/in", more, **{"Content-Type": "application/json; charset=x"})
    assert answer.status_code == 204
    assert await count(core, Message) == 1


@pytest.mark.parametrize("minutes", [-5, 5])
async def test_clocks_may_be_five_minutes_apart(caller: Gateway, minutes: int) -> None:
    answer = await caller.post("/sms/in", sms(), later=timedelta(minutes=minutes))
    assert answer.status_code == 204


async def test_repeats_count_once(caller: Gateway, core: Core) -> None:
    fields = sms()
    answers = [await caller.post("/sms/in", fields)]
    answers += await asyncio.gather(*(caller.post("/sms/in", fields) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {204}
    assert (await count(core, Message), await count(core, Conversation)) == (1, 1)


async def test_order_is_kept(caller: Gateway, core: Core) -> None:
    for number in range(6):
        await caller.post("/sms/in", sms(str(number)))
    assert [content.text for content in await contents(core)] == list("012345")


class FlakyAcceptor(Acceptor):
    """Cannot reach the database the first times."""

    failures = 2

    async def accept(self, inbound: Inbound) -> Accepted:
        if self.failures:
            self.failures -= 1
            raise OperationalError("statement", {}, Exception("gone"))
        return await super().accept(inbound)


async def test_a_restarting_database_is_waited_for(
    core: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    flaky = FlakyAcceptor(core.database, core.vault, core.pseudonymiser, core.clock)
    monkeypatch.setattr(arrivals, "STORAGE_WAITS_SECONDS", (0.0, 0.0))
    gateway = Gateway(core, flaky)
    fields = sms()
    assert (await gateway.post("/sms/in", fields)).status_code == 204
    flaky.failures = 9
    answer = await gateway.post("/sms/in", sms())
    # The gateway comes again on a 5xx.
    assert (answer.status_code, answer.json()) == (500, {"error": "storage"})
    assert await count(core, Message) == 1


@pytest.fixture
def own_postgres() -> Iterator[EmbeddedPostgres]:
    """A server that a test may restart."""
    folder = Path(tempfile.mkdtemp(prefix="amaan-test-"))
    # PostgreSQL runs under its own user when the tests run as root.
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "postgres")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


async def test_a_real_restart_loses_and_doubles_nothing(
    own_postgres: EmbeddedPostgres, settings: Settings, clock: SetClock
) -> None:
    migrate(own_postgres.url)
    core = build_core(settings.model_copy(update={"database_url": own_postgres.url}), clock)
    await core.open()
    async with core.database.transaction() as tx:
        await core.vault.first_epoch(tx)
    gateway = Gateway(core, Acceptor(core.database, core.vault, core.pseudonymiser, clock))
    bodies = [sms(str(number)) for number in range(12)]

    async def bring() -> None:
        for body in bodies:
            # As the runbook has it: again, until it is answered.
            while (await gateway.post("/sms/in", body)).status_code != 204:  # noqa: ASYNC110  (no event)
                await asyncio.sleep(0.1)
            await gateway.post("/sms/in", body)
            await asyncio.sleep(0.05)

    bringing = asyncio.create_task(bring())
    await asyncio.sleep(0.2)
    await asyncio.to_thread(own_postgres.stop)
    await asyncio.sleep(0.5)
    await asyncio.to_thread(own_postgres.start)
    await bringing
    assert [content.text for content in await contents(core)] == [body["text"] for body in bodies]
    await core.close()


async def test_receipts_never_go_back(caller: Gateway, post: Post) -> None:
    message_id = await post.answer(await post.conversation(), "salam")
    for state, expected in [
        ("queued", "sent"),
        ("delivered", "delivered"),
        ("sent", "delivered"),
        ("failed", "delivered"),
    ]:
        fields = {"id": "1", "reference": str(message_id), "status": state, "attempt": 1}
        assert (await caller.post("/sms/status", fields)).status_code == 204
        assert (await post.message(message_id)).delivery == expected


async def test_a_failure_alarms_and_a_stop_does_not(
    caller: Gateway, core: Core, post: Post
) -> None:
    conversation_id = await post.conversation()
    for error, kept, times in (("unreachable", "unreachable", 1), ("opted_out", "21610", 1)):
        message_id = await post.answer(conversation_id, error)
        fields = {
            "id": uuid4().hex,
            "reference": str(message_id),
            "status": "failed",
            "error": error,
        }
        assert (await caller.post("/sms/status", fields)).status_code == 204
        message = await post.message(message_id)
        assert (message.delivery, message.delivery_error) == ("failed", kept)
        assert await alarms(core, "delivery_failed") == times
    async with core.database.transaction() as tx:
        assert (await tx.session.get_one(Conversation, conversation_id)).stopped


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"reference": str(UUID(int=5))},
        {"reference": "nonsense"},
        {"reference": 7},
        {"reference": "\ud800"},
        {"attempt": 10**400},
        {"attempt": True},
        {"attempt": -1},
        {"error": ["x"]},
        {"error": "x" * 400},
        {"error": NUMBER + " is not reachable"},
    ],
    ids=str,
)
async def test_receipts_of_nothing_we_know(caller: Gateway, more: dict[str, Any]) -> None:
    fields = {"id": "1", "status": "failed", **more}
    assert (await caller.post("/sms/status", fields)).status_code == 204


@pytest.mark.parametrize("status", [None, 7, [], "dancing", "", "\ud800"])
async def test_states_that_are_none(caller: Gateway, status: Any) -> None:
    assert (await caller.post("/sms/status", {"id": "1", "status": status})).status_code == 400


async def test_nothing_personal_is_logged(
    caller: Gateway, capfd: pytest.CaptureFixture[str]
) -> None:
    marker = "raaz-ki-baat"
    await caller.post("/sms/in", sms(marker))
    await caller.post("/sms/in", sms(marker, **{"from": marker}))
    await caller.post("/sms/in", sms(marker), **{"X-Amaan-Signature": marker})
    await caller.post("/sms/status", {"id": marker, "status": marker, "error": marker})
    out, err = capfd.readouterr()
    for secret in (marker, NUMBER, NUMBER.removeprefix("+"), GATEWAY_SECRET):
        assert secret not in out + err


async def test_an_answer_to_a_page_is_no_conversation(core: Core, acceptor: Acceptor) -> None:
    answers = Answers()
    gateway = Gateway(core, acceptor, answers)
    async with gateway.client:
        for text in ("1", "salam"):
            assert (await gateway.post("/sms/in", sms(text))).status_code == 204
    assert [content.text for content in await contents(core)] == ["salam"]
    assert [seen[:3] for seen in answers.seen] == [("sms", NUMBER, "1"), ("sms", NUMBER, "salam")]
