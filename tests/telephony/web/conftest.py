"""The public app on a real socket, with real storage and a worker, and a scripted dialogue."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import httpx
import pytest
import uvicorn

from amaan.core import Core
from amaan.jobs import conversation_tasks, maintenance_tasks
from amaan.ports import Option, Papers, Parse, Reply, Turn
from telephony.app import public_app
from telephony.web.paper import NoPapers
from tests.fakes import Bench, FakeScreener, parse

BROWSER = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
"""What a browser says when it posts our form."""
MENU = (Option("Talk to a trained person", "request_human"), Option("What the law says", "ask_law"))


@dataclass
class ScriptedDialogue:
    """Answers with a catalogue text and a menu, in the writer's language; may be held up."""

    core: Core
    gate: asyncio.Event = field(default_factory=asyncio.Event)
    turns: list[Turn] = field(default_factory=list)

    async def answer(self, turn: Turn) -> list[Reply]:
        """See `Dialogue.answer`."""
        await self.gate.wait()
        self.turns.append(turn)
        key = "human.nobody" if turn.text.startswith("2") else "greet"
        text = self.core.catalogues.text(key, f"{turn.language}-{turn.script}", "web")
        return [Reply(key, text, MENU if key == "greet" else ())]

    async def forget(self, conversation_id: UUID) -> None:
        """See `Dialogue.forget`."""


def understand(text: str) -> Parse:
    """Erase when told so, else a greeting in the letters' language."""
    if text == "erase":
        return parse("erase_conversation", confidence=0.99)
    is_latin = bool(re.search("[A-Za-z]", text))
    return parse(language="en" if is_latin else "ur", script="Latn" if is_latin else "Arab")


@dataclass
class Site:
    """A running public app."""

    url: str
    bench: Bench
    dialogue: ScriptedDialogue
    client: httpx.AsyncClient
    restart: Callable[[], Awaitable[None]]
    stop: Callable[[], Awaitable[None]]

    async def post(self, path: str = "/", **fields: str) -> httpx.Response:
        """Posts the form as a browser without script does."""
        return await self.client.post(path, data=fields, headers=BROWSER)

    async def ask(self, path: str = "/", **fields: str) -> httpx.Response:
        """Posts as the page's script does."""
        return await self.client.post(path, data=fields, headers={"Accept": "application/json"})


def hidden(page: str, name: str) -> str:
    """Value of a hidden field of the page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None
    return found[1]


class _Server:
    def __init__(self, bench: Bench, papers: Papers) -> None:
        self._bench = bench
        self._papers = papers
        self._port = 0
        self._server: uvicorn.Server | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def start(self) -> None:
        bench = self._bench
        app = public_app(bench.core, bench.acceptor, bench.eraser, papers=self._papers)
        config = uvicorn.Config(
            app,
            port=self._port,
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._server.capture_signals = _no_signals  # type: ignore[method-assign, assignment]
        self._task = asyncio.create_task(self._server.serve())
        while not self._server.started:  # noqa: ASYNC110  (uvicorn offers no event)
            await asyncio.sleep(0.01)
        self._port = self._server.servers[0].sockets[0].getsockname()[1]

    async def stop(self) -> None:
        assert self._server is not None
        assert self._task is not None
        self._server.should_exit = True
        await self._task


class _no_signals:  # noqa: N801 - stands in for a method
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


@pytest.fixture
def dialogue(core: Core) -> ScriptedDialogue:
    """Answers at once until its gate is cleared."""
    dialogue = ScriptedDialogue(core)
    dialogue.gate.set()
    return dialogue


@pytest.fixture
def bench(core: Core, dialogue: ScriptedDialogue) -> Bench:
    """The conversation service behind the page."""
    return Bench(core, screener=FakeScreener(understand), dialogue=dialogue)


@asynccontextmanager
async def _worker(bench: Bench) -> AsyncIterator[None]:
    jobs = bench.core.jobs
    jobs.add_tasks_from(conversation_tasks(bench.processor), namespace="conversation")
    jobs.add_tasks_from(maintenance_tasks(bench.core.database), namespace="maintenance")
    work = asyncio.create_task(
        jobs.run_worker_async(
            concurrency=2, install_signal_handlers=False, fetch_job_polling_interval=0.2
        )
    )
    yield
    work.cancel()
    await asyncio.gather(work, return_exceptions=True)


@pytest.fixture
def papers() -> Papers:
    """What the page does for complaints: nothing, unless a test says so."""
    return NoPapers()


@pytest.fixture
async def site(bench: Bench, dialogue: ScriptedDialogue, papers: Papers) -> AsyncIterator[Site]:
    """The whole door, listening."""
    await bench.core.hub.start()
    await bench.core.hub.listening.wait()
    server = _Server(bench, papers)
    async with _worker(bench):
        await server.start()
        async with httpx.AsyncClient(base_url=server.url, timeout=15) as client:
            yield Site(server.url, bench, dialogue, client, server.start, server.stop)
        dialogue.gate.set()
        await server.stop()
