"""Sends many hostile requests to a served public app and judges every answer."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import uvicorn
from fastapi import FastAPI
from sqlalchemy import text

from amaan.serve import OPTIONS
from amaan.storage import Database
from bench.doors.hostile import Hostile
from bench.doors.strange import MARKER
from bench.doors.wire import Answer, Line

# Many, because the page's own limits let a flood wait for seconds (`telephony.web.limits`).
_LINES = 48
_CODE = re.compile(r"[a-z0-9_]{1,40}")
_STRICT = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_SERVERS_OWN = (b"Invalid HTTP request received.", b"Internal Server Error")
_ERRORS = 400
_OURS = 500
# What a refused request may leave behind: that it was refused, counted.
_MAY_CHANGE = frozenset({"operator_alarm", "alembic_version"})


@dataclass
class Outcome:
    """What became of a siege."""

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    """0 where the server hung up on something that was no HTTP."""
    faults: Counter[str] = field(default_factory=Counter)
    """What an answer did that none may do, and how often."""
    welcome: int = 0
    """Answers below 400 to requests that might have been honest."""


def fault_of(request: Hostile, answer: Answer | None) -> str | None:
    """What is wrong with an answer, in a few words without what was sent; None if nothing is."""
    if answer is None:
        return "no answer" if request.is_http else None
    if answer.status >= _OURS:
        return f"status {answer.status}"
    if not request.is_http and answer.body in _SERVERS_OWN:
        return None
    missing = [name for name, value in _STRICT.items() if answer.headers.get(name) != value]
    if missing:
        return f"{answer.status} without {', '.join(missing)}"
    return _fault_of_refusal(request, answer) if answer.status >= _ERRORS else None


def _fault_of_refusal(request: Hostile, answer: Answer) -> str | None:
    if MARKER.encode() in answer.body:
        return f"{answer.status} repeats what was sent"
    if request.is_head or _is_refusal(request, answer):
        return None
    return f"{answer.status} in no shape of ours"


def _is_refusal(request: Hostile, answer: Answer) -> bool:
    kind = answer.headers.get("content-type", "")
    if kind.startswith("text/html"):
        return request.wants_page and "content-security-policy" in answer.headers
    try:
        body = json.loads(answer.body)
    except ValueError:
        return False
    return (
        isinstance(body, dict) and set(body) == {"error"} and bool(_CODE.fullmatch(body["error"]))
    )


async def besiege(
    port: int,
    draw: Callable[[], Hostile],
    count: int,
    say: Callable[[int], None] = lambda _sent: None,
) -> Outcome:
    """Sends `count` requests over several lines at once; `say` is told how many are done."""
    outcome = Outcome()

    async def line() -> None:
        line = Line(port)
        while outcome.sent < count:
            outcome.sent += 1
            request = draw()
            answer = await line.ask(request.wire, is_head=request.is_head, stays=request.is_http)
            fault = fault_of(request, answer)
            outcome.statuses[answer.status if answer else 0] += 1
            if fault:
                outcome.faults[fault] += 1
            if request.may_store and answer and answer.status < _ERRORS:
                outcome.welcome += 1
            say(outcome.statuses.total())
        line.close()

    await asyncio.gather(*(line() for _ in range(_LINES)))
    return outcome


async def rows(database: Database) -> dict[str, int]:
    """How many rows every table holds, but for those that may change."""
    tables = "SELECT relname FROM pg_stat_user_tables WHERE schemaname = 'public' ORDER BY relname"
    async with database.transaction() as tx:
        names = [name for name in await tx.session.scalars(text(tables)) if name not in _MAY_CHANGE]
        return {
            name: await tx.session.scalar(text(f'SELECT count(*) FROM "{name}"')) or 0  # noqa: S608  (names of our own tables)
            for name in names
        }


@asynccontextmanager
async def served(app: FastAPI, port: int) -> AsyncIterator[None]:
    """Serves `app` as `amaan.serve` does, in the caller's own loop."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, **OPTIONS))
    # `serve` would take the caller's signals.
    task = asyncio.create_task(server._serve())
    while not server.started:  # noqa: ASYNC110  (uvicorn offers no event)
        await asyncio.sleep(0.01)
    yield
    server.should_exit = True
    await task
