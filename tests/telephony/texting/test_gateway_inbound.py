"""What a gateway calls: signatures and clocks, bad input, repeats, receipts."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from amaan import composition
from amaan.clock import SetClock
from amaan.conversation import Accepted, Acceptor
from amaan.core import Core, build_core
from amaan.ports import Inbound, StaffAnswers
from amaan.settings import Settings
from amaan.storage.embedded import EmbeddedPostgres
from amaan.storage.migrate import migrate
from amaan.storage.models import Conversation, Message
from telephony import arrivals
from telephony.access import checks_by_route
from telephony.gateway.inbound import gateway_router
from tests.telephony.texting.calls import NUMBER, Answers, assert_nothing_stored, contents, count
from tests.telephony.texting.conftest import GATEWAY_SECRET, Post, alarms

ROUTES = ("/sms/in", "/sms/status")
REFUSED = "gateway_signature_refused"


def sign(body: bytes, timestamp: str, secret: str = GATEWAY_SECRET) -> dict[str, str]:
    """The headers, made as the runbook says and not with our own code."""
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return {
        "X-Amaan-Timestamp": timestamp,
        "X-Amaan-Signature": f"sha256={digest.hexdigest()}",
        "Content-Type": "application/json",
    }


class Gateway:
    """Calls our routes as a gateway does."""

    def __init__(self, core: Core, acceptor: Acceptor, answers: StaffAnswers | None = None) -> None:
        self.app = FastAPI()
        self.app.include_router(gateway_router(core, acceptor, answers))
        self.clock = core.clock
        transport = httpx.ASGITransport(self.app)
        self.client = httpx.AsyncClient(transport=transport, base_url="http://inner")

    def now(self, later: timedelta = timedelta(0)) -> str:
        """A timestamp."""
        return str(int((self.clock.now() + later).timestamp()))

    async def post(
        self, path: str, fields: Any, *, later: timedelta = timedelta(0), **headers: str
    ) -> httpx.Response:
        """Posts fields (or bytes as they are), rightly signed unless headers say otherwise."""
        body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
        signed = {**sign(body, self.now(later)), **headers}
        return await self.client.post(path, content=body, headers=signed)


@pytest.fixture
async def caller(core: Core, acceptor: Acceptor) -> AsyncIterator[Gateway]:
    """See `Gateway`."""
    gateway = Gateway(core, acceptor)
    async with gateway.client:
        yield gateway


def sms(text: str = "salam", **more: Any) -> dict[str, Any]:
    """The body of an inbound SMS."""
    return {"id": uuid4().hex, "from": NUMBER, "to": "+92300000300", "text": text, **more}


# Accepted


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


# Refused


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("missing", ["X-Amaan-Timestamp", "X-Amaan-Signature"])
async def test_without_a_signature(caller: Gateway, core: Core, path: str, missing: str) -> None:
    body = json.dumps(sms()).encode()
    headers = sign(body, caller.now())
    del headers[missing]
    answer = await caller.client.post(path, content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (403, {"error": "signature_missing"})
    await assert_nothing_stored(core)
    assert await alarms(core, REFUSED) == 1


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("given", ["wrong", "sha256=", "sha256=" + "0" * 64, "é", "="])
async def test_with_a_wrong_signature(caller: Gateway, core: Core, path: str, given: str) -> None:
    body = json.dumps(sms()).encode()
    headers: dict[bytes, bytes] = {
        b"X-Amaan-Timestamp": caller.now().encode(),
        b"X-Amaan-Signature": given.encode(),
        b"Content-Type": b"application/json",
    }
    answer = await caller.client.post(path, content=body, headers=headers)
    assert (answer.status_code, answer.json()) == (403, {"error": "signature_wrong"})
    await assert_nothing_stored(core)
    assert await alarms(core, REFUSED) == 1


async def test_whatever_is_changed_breaks_the_signature(caller: Gateway, core: Core) -> None:
    body = json.dumps(sms()).encode()
    now = caller.now()
    right = sign(body, now)
    for content, headers in (
        (body + b" ", right),
        (body.replace(b"salam", b"sal4m"), right),
        (body, {**right, "X-Amaan-Timestamp": str(int(now) + 1)}),
        (body, {**right, "X-Amaan-Timestamp": f"0{now}"}),
        (body, {**right, "X-Amaan-Signature": right["X-Amaan-Signature"].upper()}),
        (body, sign(body, now, "x" * 48)),
        (body, sign(b"", now)),
    ):
        answer = await caller.client.post("/sms/in", content=content, headers=headers)
        assert (answer.status_code, answer.json()) == (403, {"error": "signature_wrong"})
    await assert_nothing_stored(core)


@pytest.mark.parametrize("seconds", [-301, 301, -(10**9)])
async def test_an_old_or_early_request(caller: Gateway, core: Core, seconds: int) -> None:
    answer = await caller.post("/sms/in", sms(), later=timedelta(seconds=seconds))
    assert (answer.status_code, answer.json()) == (403, {"error": "signature_old"})
    await assert_nothing_stored(core)
    assert await alarms(core, REFUSED) == 1


@pytest.mark.parametrize("timestamp", ["", "x", "-1", "1e9", "1.5", " 1", "١", "9" * 400])
async def test_timestamps_that_are_none(caller: Gateway, core: Core, timestamp: str) -> None:
    body = json.dumps(sms()).encode()
    headers = {name.encode(): value.encode() for name, value in sign(body, timestamp).items()}
    answer = await caller.client.post("/sms/in", content=body, headers=headers)
    assert answer.status_code == 403
    await assert_nothing_stored(core)


async def test_a_recorded_request_brings_nothing_new(
    caller: Gateway, core: Core, clock: SetClock
) -> None:
    body = json.dumps(sms()).encode()
    headers = sign(body, caller.now())
    answers = []
    for _ in range(4):
        answers.append(await caller.client.post("/sms/in", content=body, headers=headers))
        clock.move(timedelta(minutes=2))
    assert [answer.status_code for answer in answers] == [204, 204, 204, 403]
    assert await count(core, Message) == 1


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"7", b"null", b"\xff\xfe", b'"a"', b"[" * 30_000, b'{"id":' + b"9" * 5000],
    ids=repr,
)
@pytest.mark.parametrize("path", ROUTES)
async def test_no_json_object(caller: Gateway, core: Core, path: str, body: bytes) -> None:
    answer = await caller.post(path, body)
    assert (answer.status_code, answer.json()) == (400, {"error": "not_json"})
    await assert_nothing_stored(core)


async def test_another_content_type(caller: Gateway, core: Core) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded", ""):
        answer = await caller.post("/sms/in", sms(), **{"Content-Type": kind})
        assert (answer.status_code, answer.json()) == (400, {"error": "not_json"})
    await assert_nothing_stored(core)


async def test_oversized(caller: Gateway, core: Core) -> None:
    answer = await caller.post("/sms/in", sms("x" * 70_000))
    assert (answer.status_code, answer.json()) == (413, {"error": "too_large"})
    await assert_nothing_stored(core)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *((name, value) for name in ("id", "from") for value in (None, 7, [], {}, True, "", " ")),
        *(("text", value) for value in (None, 7, [], {}, False)),
        *(("from", v) for v in ("03001234567", "923001234567", "JAZZ", "8558", "+0", "+9230٠")),
        *(("id", value) for value in ("x" * 65, "a b", "a\x00", "\udc80", "é")),
    ],
)
async def test_an_unreadable_message_alarms(
    caller: Gateway, core: Core, name: str, value: Any
) -> None:
    answer = await caller.post("/sms/in", sms() | {name: value})
    assert answer.status_code == 400
    assert answer.json()["error"] in ("field_missing", "field_wrong")
    await assert_nothing_stored(core)
    assert await alarms(core, "gateway_unreadable") == 1


async def test_a_receipt_is_no_message_and_our_own_message_neither(
    caller: Gateway, core: Core
) -> None:
    receipt = {"id": "1", "status": "delivered", "reference": str(uuid4())}
    ours = {"to": NUMBER, "from": "+92300000300", "text": "x", "reference": "y", "callback": "z"}
    for path, fields in (("/sms/in", receipt), ("/sms/in", ours), ("/sms/status", sms())):
        assert (await caller.post(path, fields)).status_code == 400
    await assert_nothing_stored(core)


async def test_a_flood_of_forgeries_writes_one_alarm_at_a_time(caller: Gateway, core: Core) -> None:
    answers = await asyncio.gather(*(caller.client.post("/sms/in", json=sms()) for _ in range(40)))
    assert {answer.status_code for answer in answers} == {403}
    assert 1 <= await alarms(core, REFUSED) < 40


# Repeated, in order


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


# The database restarts


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


# Receipts


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


# Closed by default, quiet, and known to staff


async def test_every_route_names_its_check(
    core: Core, acceptor: Acceptor, settings: Settings
) -> None:
    expected = {f"POST {path}": ["gateway_signature"] for path in ROUTES}
    assert checks_by_route(gateway_router(core, acceptor).routes) == expected
    without = checks_by_route(composition.public(settings).routes)
    chosen = settings.model_copy(update={"sms_provider": "gateway"})
    assert not expected.keys() & without.keys()
    assert checks_by_route(composition.public(chosen).routes) == without | expected


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
