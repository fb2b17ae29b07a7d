"""The real console over real storage; a served one for browsers and streams."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.core import Core, build_core
from amaan.ports import Inbound, Parse, Risk
from amaan.settings import Settings
from amaan.storage.models import Escalation, Staff
from handoff.claims import Claims
from handoff.console import staff_app
from handoff.desk import Desk
from handoff.reading import Reading
from handoff.staff import StaffAccounts
from handoff.transfer import Transfers
from tests.fakes import Bench, FakeCourier, FakeScreener

ORIGIN = "http://console.test"
SAME = {"origin": ORIGIN}
PASSWORD = "four quiet plain words"

WISH_TO_DIE = "میں اب جینا نہیں چاہتی"


def understand(text: str) -> Parse:
    """Enough understanding for these tests: one Urdu line rings, all else is calm."""
    if "جینا نہیں" in text:
        risk = Risk("critical", "suicide", 0.97, "self", ("ur.suicide.critical.01: جینا نہیں",))
        return Parse("ur", "Arab", "suicide_risk", 0.97, risk, language_confidence=0.99)
    if "qatal" in text:
        risk = Risk("elevated", "harm", 0.7, "other", ("score 0.70",))
        return Parse("sd", "Latn", "imminent_harm", 0.8, risk, language_confidence=0.99)
    if text.isascii():
        return Parse("en", "Latn", "greet", 0.9, Risk(), language_confidence=0.99)
    return Parse("ur", "Arab", "greet", 0.9, Risk(), language_confidence=0.99)


@dataclass
class House:
    """The services around one core."""

    core: Core
    staff: StaffAccounts
    desk: Desk
    claims: Claims
    transfers: Transfers
    reading: Reading
    courier: FakeCourier
    bench: Bench
    app: FastAPI

    @classmethod
    def on(cls, core: Core) -> House:
        """Builds them."""
        desk, courier = Desk(core.settings, core.clock), FakeCourier()
        # Weak and fast on purpose: these tests do not measure how guessing is slowed.
        staff = StaffAccounts(core, refusal_seconds=0.0)
        claims, reading = Claims(core, desk, courier), Reading(core)
        bench = Bench(core, screener=FakeScreener(understand), desk=desk, courier=courier)
        transfers = Transfers(core, desk, courier)
        app = staff_app(core, claims, staff, transfers)
        return cls(core, staff, desk, claims, transfers, reading, courier, bench, app)

    async def writes(self, text: str, *, address: str = "her", door: str = "web") -> UUID:
        """She writes, and a worker deals with it. Returns her conversation's id."""
        inbound = Inbound(door, address, text, str(uuid4()), sendable=door != "web")  # type: ignore[arg-type]
        accepted = await self.bench.acceptor.accept(inbound)
        assert accepted.message_id is not None
        assert accepted.conversation_id is not None
        await self.bench.processor.process(accepted.message_id)
        return accepted.conversation_id

    async def case_of(self, conversation_id: UUID) -> UUID:
        """The case that her message rang."""
        async with self.core.database.transaction() as tx:
            found = await tx.session.scalar(
                select(Escalation.id).where(Escalation.conversation_id == conversation_id)
            )
        assert found is not None
        return found

    async def hire(self, name: str, role: str = "supervisor", languages: str = "ur,en") -> Staff:
        """A member of staff with the password of these tests."""
        person = await self.staff.add(name, role, languages.split(","))
        word = await self.staff.issue_one_time(person.id)
        signed_in = await self.staff.sign_in(name, word)
        await self.staff.set_password(signed_in.token, PASSWORD)
        await self.staff.sign_out(signed_in.token)
        return person


@pytest.fixture
def house(core: Core) -> House:
    """The services around the test's core."""
    return House.on(core)


def browser_of(house: House) -> httpx.AsyncClient:
    """A browser without script, in the same process; posts as our own pages do."""
    transport = httpx.ASGITransport(app=house.app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url=ORIGIN, headers=SAME)


@pytest.fixture
async def browser(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """Nobody is signed in."""
    async with browser_of(house) as client:
        yield client


async def sign_in(client: httpx.AsyncClient, name: str, word: str = PASSWORD) -> httpx.Response:
    """Posts the sign-in form."""
    return await client.post("/sign-in", data={"name": name, "word": word})


@pytest.fixture
async def asma(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A supervisor's browser, signed in."""
    await house.hire("asma")
    async with browser_of(house) as client:
        assert (await sign_in(client, "asma")).status_code == 303
        yield client


@pytest.fixture
async def lead(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A lead's browser, signed in."""
    await house.hire("lina", "lead")
    async with browser_of(house) as client:
        assert (await sign_in(client, "lina")).status_code == 303
        yield client


@dataclass
class Served:
    """A console served by uvicorn in a thread with its own event loop."""

    url: str
    house: House
    loop: asyncio.AbstractEventLoop
    server: uvicorn.Server

    def do(self, work: Awaitable[object]) -> object:
        """Runs a coroutine in the server's loop, from a test without one."""

        async def run() -> object:
            return await work

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(30)


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def served(settings: Settings, clock: SetClock) -> Iterator[Served]:
    """A console in a thread; browsers and streams reach it by its address."""
    port = _free_port()
    ready: list[Served] = []

    async def serve() -> None:
        core = build_core(settings, clock)
        async with core.database.transaction() as tx:
            await core.vault.first_epoch(tx)
        house = House.on(core)
        config = uvicorn.Config(
            house.app, port=port, access_log=False, log_config=None, timeout_graceful_shutdown=1
        )
        server = uvicorn.Server(config)
        ready.append(Served(f"http://127.0.0.1:{port}", house, asyncio.get_running_loop(), server))
        await core.open()
        await core.hub.start()
        await server.serve()
        await core.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    _wait(lambda: bool(ready) and ready[0].server.started)
    _wait(ready[0].house.core.hub.listening.is_set)
    yield ready[0]
    ready[0].server.should_exit = True
    thread.join(10)


def _wait(is_so: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


@pytest.fixture
async def bano(house: House) -> Staff:
    """A colleague who is on duty."""
    return await house.hire("bano")


@pytest.fixture
async def case(house: House) -> UUID:
    """An open case of somebody who wishes to die."""
    return await house.case_of(await house.writes(WISH_TO_DIE))


@pytest.fixture
async def bushra(house: House) -> AsyncIterator[httpx.AsyncClient]:
    """A second supervisor's browser, who reads Sindhi."""
    await house.hire("bushra", languages="sd")
    async with browser_of(house) as client:
        assert (await sign_in(client, "bushra")).status_code == 303
        yield client
