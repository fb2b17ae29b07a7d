"""The job queue's connections when the database dies."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from psycopg_pool import AsyncConnectionPool

from amaan.jobs import conversation_tasks, make_jobs, work_until_told
from amaan.storage.embedded import EmbeddedPostgres
from amaan.storage.migrate import migrate


@pytest.fixture
def mortal() -> Iterator[EmbeddedPostgres]:
    """A server of its own, which may be killed."""
    folder = Path(tempfile.mkdtemp(prefix="amaan-test-"))
    # PostgreSQL runs under its own user when the tests run as root.
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "postgres")
    server.start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


async def test_jobs_find_a_database_that_was_away_for_long(
    mortal: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    gave_up = 0
    connect_anew = AsyncConnectionPool.check

    async def counted(pool: AsyncConnectionPool) -> None:
        nonlocal gave_up
        gave_up += 1
        await connect_anew(pool)

    monkeypatch.setattr(AsyncConnectionPool, "check", counted)
    jobs = make_jobs(mortal.url)
    async with jobs.open_async():
        pid = mortal.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        asked = asyncio.create_task(jobs.connector.execute_query_one_async("SELECT 1 AS one"))
        # The question that was under way may fail; the next one waits for a connection.
        while gave_up < 3 or mortal.is_running:
            await asyncio.sleep(0.05)
            if asked.done():
                asked.exception()
                asked = asyncio.create_task(
                    jobs.connector.execute_query_one_async("SELECT 1 AS one")
                )
        await asyncio.to_thread(mortal.ensure_running)
        assert await asked == {"one": 1}
        assert await jobs.connector.execute_query_one_async("SELECT 2 AS two") == {"two": 2}


async def kill_and_start_again(mortal: EmbeddedPostgres) -> None:
    """kill -9, and a new start once it is surely gone."""
    pid = mortal.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    while mortal.is_running:  # noqa: ASYNC110 - a process tells nobody that it is gone
        await asyncio.sleep(0.05)
    # Long enough for the worker to notice: it writes that it lives every second.
    await asyncio.sleep(1.5)
    await asyncio.to_thread(mortal.ensure_running)


async def test_a_worker_outlives_its_database(mortal: EmbeddedPostgres) -> None:
    migrate(mortal.url)
    jobs, done = make_jobs(mortal.url), asyncio.Queue[int]()

    @jobs.task(name="note")
    async def note(number: int) -> None:
        await done.put(number)

    async with jobs.open_async():
        worker = asyncio.create_task(work_until_told(jobs, 2))
        for number in range(3):
            await note.defer_async(number=number)
            assert await done.get() == number
            await kill_and_start_again(mortal)
            assert not worker.done()
        await note.defer_async(number=3)
        assert await done.get() == 3
        os.kill(os.getpid(), signal.SIGTERM)
        await worker


async def test_a_worker_that_is_told_to_end_ends_its_job_first(database_url: str) -> None:
    jobs = make_jobs(database_url)
    begun, gate, ended = asyncio.Event(), asyncio.Event(), asyncio.Event()

    @jobs.task(name="slow")
    async def slow() -> None:
        begun.set()
        await gate.wait()
        ended.set()

    async with jobs.open_async():
        worker = asyncio.create_task(work_until_told(jobs, 2))
        await slow.defer_async()
        await begun.wait()
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.sleep(0.1)
        assert not worker.done()
        gate.set()
        await worker
        assert ended.is_set()


async def test_a_message_is_read_before_the_flood_of_answers(database_url: str) -> None:
    done: list[str] = []

    class Reading:
        async def process(self, message_id: UUID) -> None:
            done.append("read")

        async def give_up(self, message_id: UUID) -> None:
            raise AssertionError

    migrate(database_url)
    jobs = make_jobs(database_url)
    jobs.add_tasks_from(conversation_tasks(Reading()), namespace="conversation")  # type: ignore[arg-type]

    @jobs.task(name="delivery:send")
    async def send(message_id: str) -> None:
        done.append("sent")

    async with jobs.open_async():
        for _ in range(20):
            await jobs.configure_task("delivery:send").defer_async(message_id=str(uuid4()))
        await jobs.configure_task("conversation:process").defer_async(message_id=str(uuid4()))
        await jobs.run_worker_async(concurrency=1, wait=False, install_signal_handlers=False)
    assert done[0] == "read"
    assert done[1:] == ["sent"] * 20
