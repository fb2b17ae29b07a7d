"""Durable work: procrastinate on our PostgreSQL.

Jobs carry ids only. They are deferred through `Transaction.defer`, in the
transaction that makes them necessary, and deleted once they have succeeded.
"""

from __future__ import annotations

import asyncio
import signal
from uuid import UUID

from procrastinate import App, Blueprint, JobContext, PsycopgConnector, RetryStrategy
from procrastinate.exceptions import ProcrastinateException
from psycopg_pool import AsyncConnectionPool

from amaan.conversation.process import Processor
from amaan.logs import log
from amaan.storage import Database
from amaan.storage.database import libpq_url

# A worker that was killed is noticed after this many seconds without a heartbeat and
# its jobs are given to another one; well inside the two minutes of the first timer.
STALLED_AFTER_SECONDS = 5.0
HEARTBEAT_SECONDS = 1.0
# Timers are found by polling: platform-notes 1 measured 0.03 s of lateness with 0.5 s.
POLLING_SECONDS = 0.5
# While the database restarts it is tried this often. The pool's own attempts wait 1, 2, 4, ...
# seconds: pages were up to 6 s late although the database was back (`make bench-handoff`).
RECONNECT_SECONDS = 0.25
# After this many attempts she gets a safe answer and a human instead of another try.
PROCESS_ATTEMPTS = 4
# Below pages, above deliveries: words that wait for the pace of their number are hundreds in a
# flood, and the next message in danger must be read before them.
PROCESS_PRIORITY = 50


def make_jobs(database_url: str) -> App:
    """The job queue of one process; `open_async` connects it."""
    connector = PsycopgConnector(
        conninfo=libpq_url(database_url),
        min_size=1,
        max_size=6,
        reconnect_timeout=RECONNECT_SECONDS,
        reconnect_failed=_connect_anew,
    )
    return App(connector=connector)


async def _connect_anew(pool: AsyncConnectionPool) -> None:
    """Begins again at once when the pool gave up: it would wait until somebody asks."""
    await pool.check()


async def work_until_told(jobs: App, concurrency: int) -> None:
    """Does jobs until SIGTERM or SIGINT, then ends those it has begun. `jobs` must be open.

    procrastinate's worker ends when the database goes away. It is begun again here and not
    by starting the process again, which takes seconds of the few that a page may be late.
    """
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, told.set)
    try:
        while not told.is_set():
            await _work(jobs, concurrency, told)
    finally:
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(name)


async def _work(jobs: App, concurrency: int, told: asyncio.Event) -> None:
    """One worker, until it is told to end or the database goes away."""
    waiting = asyncio.create_task(told.wait())
    working = asyncio.create_task(
        jobs.run_worker_async(
            concurrency=concurrency,
            delete_jobs="successful",
            install_signal_handlers=False,
            fetch_job_polling_interval=POLLING_SECONDS,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=STALLED_AFTER_SECONDS,
        )
    )
    try:
        await asyncio.wait((working, waiting), return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting.cancel()
        # Lets it end what it has begun.
        working.cancel()
        (end,) = await asyncio.gather(working, return_exceptions=True)
    if told.is_set():
        return
    if isinstance(end, BaseException) and not isinstance(end, ProcrastinateException):
        raise end
    log().warning("worker_interrupted", error_type=type(end).__name__)
    await asyncio.sleep(RECONNECT_SECONDS)


def conversation_tasks(processor: Processor) -> Blueprint:
    """Tasks of the conversation service, namespace ``conversation``."""
    tasks = Blueprint()

    @tasks.task(
        name="process",
        pass_context=True,
        priority=PROCESS_PRIORITY,
        retry=RetryStrategy(max_attempts=PROCESS_ATTEMPTS + 1, wait=1),
    )
    async def process(context: JobContext, message_id: str) -> None:
        if context.job.attempts >= PROCESS_ATTEMPTS:
            await processor.give_up(UUID(message_id))
        else:
            await processor.process(UUID(message_id))

    return tasks


def maintenance_tasks(database: Database) -> Blueprint:
    """Tasks of upkeep, namespace ``maintenance``."""
    tasks = Blueprint()

    @tasks.task(name="scrub_keys")
    async def scrub_keys() -> None:
        # A deleted row stays in the table's file until it is vacuumed.
        await database.execute_alone("VACUUM data_key")

    return tasks


async def put_back_stalled(jobs: App) -> int:
    """Puts the jobs of dead workers back into the queue. Returns how many."""
    count = 0
    manager = jobs.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
        try:
            await manager.retry_job(job)
            count += 1
        except ProcrastinateException:
            # Another worker was faster.
            continue
    if count:
        log().warning("stalled_jobs_put_back", count=count)
    return count
