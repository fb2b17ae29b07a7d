"""The doors on real parts: public routes and Twilio's stand-in served on sockets."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

import pytest
import uvicorn
from fastapi import FastAPI
from procrastinate import Blueprint
from pydantic import SecretStr

from amaan.clock import SetClock
from amaan.conversation import Acceptor
from amaan.conversation.store import Content, append_message, lock_conversation
from amaan.core import Core
from amaan.ports import Door, Inbound, Option
from amaan.settings import Settings
from amaan.storage.models import Message, OperatorAlarm
from telephony.courier import PostCourier
from telephony.delivery import Delivery, delivery_tasks
from telephony.gateway.outbound import GatewaySender
from telephony.gateway.stand_in import StandIn as GatewayStandIn
from telephony.pace import REST_AFTER_429
from telephony.sender import Sender
from telephony.twilio.outbound import TwilioSender
from telephony.twilio.stand_in import StandIn
from telephony.twilio.webhooks import twilio_router
from telephony.window import release_waiting
from tests.telephony.texting.calls import NUMBER, Twilio
from tests.telephony.texting.gateway_calls import GATEWAY_SECRET, Gateway
from tests.telephony.texting.memory_sender import MemorySender

# Seconds that an adapter waits for an answer: a busy machine is no time-out. What keeps it
# waiting on purpose takes twice as long.
IMPATIENT = 3.0


def free_port() -> int:
    """A port of the loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def served(app: FastAPI, port: int) -> AsyncIterator[None]:
    """Serves `app` on loopback inside the test's own loop."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="error", lifespan="off", access_log=False
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  (uvicorn offers no event)
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    # Faults keep callers waiting for longer than a test should.
    server.force_exit = True
    await task


@pytest.fixture
def ports() -> tuple[int, int, int]:
    """Ports of the public app, of Twilio's stand-in and of the gateway's."""
    return free_port(), free_port(), free_port()


@pytest.fixture
def settings(settings: Settings, ports: tuple[int, int, int]) -> Settings:
    """Settings whose origin is the served app, and whose providers are the stand-ins."""
    public, twilio, gateway = ports
    return settings.model_copy(
        update={
            "public_origin": f"http://127.0.0.1:{public}",
            "twilio_base_url": f"http://127.0.0.1:{twilio}",
            "gateway_url": f"http://127.0.0.1:{gateway}",
            "gateway_secret": SecretStr(GATEWAY_SECRET),
        }
    )


@pytest.fixture
async def stand_in(
    settings: Settings, clock: SetClock, ports: tuple[int, int, int]
) -> AsyncIterator[StandIn]:
    """Twilio's stand-in, served, dated by the test's clock."""
    stand_in = StandIn(settings, clock)
    stand_in.book.chance = random.Random(7)
    async with served(stand_in.app(), ports[1]):
        yield stand_in


@pytest.fixture
async def gateway(
    settings: Settings, clock: SetClock, ports: tuple[int, int, int]
) -> AsyncIterator[GatewayStandIn]:
    """The gateway's stand-in, served, dated by the test's clock."""
    stand_in = GatewayStandIn(settings, clock)
    stand_in.book.chance = random.Random(7)
    async with served(stand_in.app(), ports[2]):
        yield stand_in


@pytest.fixture
async def gateway_sender(settings: Settings, clock: SetClock) -> AsyncIterator[GatewaySender]:
    """The gateway's adapter, impatient."""
    sender = GatewaySender(settings, clock, timeout_seconds=IMPATIENT)
    yield sender
    await sender.close()


@pytest.fixture
def sender(settings: Settings) -> TwilioSender:
    """The real adapter, impatient."""
    return TwilioSender(settings, timeout_seconds=IMPATIENT)


@pytest.fixture
def acceptor(core: Core) -> Acceptor:
    """The real acceptor."""
    return Acceptor(
        core.database, core.vault, core.pseudonymiser, core.clock, on_return=release_waiting
    )


def _idle_tasks() -> Blueprint:
    tasks = Blueprint()

    @tasks.task(name="process")
    async def process(message_id: str) -> None:
        """Nothing: these tests write the answers themselves."""

    return tasks


@dataclass
class Post:
    """Writes answers into conversations and delivers them with the real worker."""

    core: Core
    acceptor: Acceptor
    sender: Sender

    async def conversation(self, door: Door = "sms", address: str = NUMBER) -> UUID:
        """A conversation in which she has written once."""
        accepted = await self.acceptor.accept(Inbound(door, address, "سلام", uuid4().hex))
        assert accepted.conversation_id is not None
        return accepted.conversation_id

    async def answer(
        self,
        conversation_id: UUID,
        text: str,
        *options: str,
        author: str = "bot",
        key: str | None = None,
    ) -> UUID:
        """Stores one answer and schedules it, as the core does."""
        menu = tuple(Option(label, "affirm") for label in options)
        async with self.core.database.transaction() as tx:
            conversation = await lock_conversation(tx, conversation_id)
            assert conversation is not None
            data_key = await self.core.vault.open_key(tx, conversation_id)
            now = self.core.clock.now()
            content = Content(text, key, menu)
            message = await append_message(tx, data_key, conversation, author, content, now)
            await PostCourier(self.sender).schedule(tx, conversation, message.id)
        return message.id

    async def message(self, message_id: UUID) -> Message:
        """The message's row as it stands now."""
        async with self.core.database.transaction() as tx:
            return await tx.session.get_one(Message, message_id)

    async def work(self) -> None:
        """Runs the delivery jobs that are due."""
        if "delivery:send" not in self.core.jobs.tasks:
            self.core.jobs.add_tasks_from(
                delivery_tasks(self.core, self.sender), namespace="delivery"
            )
            self.core.jobs.add_tasks_from(_idle_tasks(), namespace="conversation")
        while await self._due():
            await self.core.jobs.run_worker_async(
                wait=False, install_signal_handlers=False, listen_notify=False, concurrency=2
            )

    async def _due(self) -> bool:
        # The worker ends when every job waits, be it for its time or behind another.
        due = (
            "SELECT count(*) FROM procrastinate_jobs job WHERE status = 'todo'"
            " AND coalesce(scheduled_at, now()) <= now() AND NOT EXISTS (SELECT FROM"
            " procrastinate_jobs earlier WHERE earlier.lock = job.lock AND earlier.id < job.id"
            " AND earlier.status = 'todo')"
        )
        async with self.core.database.transaction() as tx:
            connection = await tx.session.connection()
            return bool((await connection.exec_driver_sql(due)).scalar_one())

    async def work_again(self) -> None:
        """Makes retries due now, then runs them; a number that rested may send again."""
        assert isinstance(self.core.clock, SetClock)
        self.core.clock.move(REST_AFTER_429)
        async with self.core.database.transaction() as tx:
            connection = await tx.session.connection()
            await connection.exec_driver_sql("UPDATE procrastinate_jobs SET scheduled_at = NULL")
        await self.work()

    async def until(self, message_id: UUID, *states: str) -> None:
        """Waits for a receipt to have brought a message to one of `states`."""
        async with asyncio.timeout(10):
            while (await self.message(message_id)).delivery not in states:  # noqa: ASYNC110  (it changes in the database)
                await asyncio.sleep(0.02)


@pytest.fixture
def post(core: Core, acceptor: Acceptor, sender: TwilioSender) -> Post:
    """See `Post`."""
    return Post(core, acceptor, sender)


@pytest.fixture
def public(core: Core, acceptor: Acceptor) -> FastAPI:
    """The routes that Twilio calls."""
    app = FastAPI(openapi_url=None)
    app.include_router(twilio_router(core, acceptor))
    return app


@pytest.fixture
async def twilio(core: Core, acceptor: Acceptor) -> AsyncIterator[Twilio]:
    """See `Twilio`."""
    twilio = Twilio(core, acceptor)
    async with twilio.client:
        yield twilio


@pytest.fixture
def memory(clock: SetClock) -> MemorySender:
    """A sender that can be stopped at any step."""
    return MemorySender(clock)


@pytest.fixture
def delivery(core: Core, memory: MemorySender) -> Delivery:
    """Delivery through `memory`."""
    return Delivery(core, memory)


def bodies(stand_in: StandIn) -> list[str]:
    """Texts that the stand-in took, in order."""
    return [sent.body for sent in stand_in.book.sent]


async def alarms(core: Core, kind: str = "delivery_failed") -> int:
    """How often an operator alarm was raised."""
    async with core.database.transaction() as tx:
        alarm = await tx.session.get(OperatorAlarm, kind)
        return alarm.count if alarm else 0


async def scheduled(core: Core) -> list[datetime]:
    """When the timers among the jobs are due."""
    async with core.database.transaction() as tx:
        connection = await tx.session.connection()
        rows = await connection.exec_driver_sql(
            "SELECT scheduled_at FROM procrastinate_jobs"
            " WHERE scheduled_at IS NOT NULL AND status = 'todo'"
        )
        return [row[0] for row in rows.fetchall()]


@pytest.fixture
async def caller(core: Core, acceptor: Acceptor) -> AsyncIterator[Gateway]:
    """See `Gateway`."""
    gateway = Gateway(core, acceptor)
    async with gateway.client:
        yield gateway
