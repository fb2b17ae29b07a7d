"""Connections and transactions. One request, job or action is one transaction."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from procrastinate import App
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

CONSOLE_CHANNEL = "amaan_console"
CONVERSATION_CHANNEL = "amaan_conversation"


def sqlalchemy_url(database_url: str) -> str:
    """`database_url` (any PostgreSQL spelling) with the psycopg 3 driver."""
    url = make_url(database_url).set(drivername="postgresql+psycopg")
    return url.render_as_string(hide_password=False)


def libpq_url(database_url: str) -> str:
    """`database_url` as libpq reads it."""
    url = make_url(database_url).set(drivername="postgresql")
    return url.render_as_string(hide_password=False)


class Transaction:
    """One open transaction: a session, and jobs and notices that take effect with it."""

    def __init__(self, session: AsyncSession, jobs: App) -> None:
        self.session = session
        self._jobs = jobs

    async def defer(
        self, task: str, *, lock: str | None = None, at: datetime | None = None, **ids: str | int
    ) -> None:
        """Defers a job in this transaction: it exists if and only if the rest commits.

        `ids` are all a job may carry: never a text, a number or a name.
        `at` makes it a timer. Jobs with one `lock` run one after another, in order.
        """
        connection = await self.session.connection()
        raw = await connection.get_raw_connection()
        deferrer = self._jobs.configure_task(
            task, lock=lock, schedule_at=at, connection=raw.driver_connection
        )
        await deferrer.defer_async(**ids)

    async def notify(self, channel: str, **ids: str | int | None) -> None:
        """Tells listeners of `channel` when this transaction commits. Ids only."""
        await self.session.execute(
            text("SELECT pg_notify(:channel, :payload)"),
            {"channel": channel, "payload": json.dumps(ids)},
        )

    async def lock_table(self, name: str) -> None:
        """Keeps everybody else from writing to one of our tables until the commit."""
        if not name.isidentifier():
            raise ValueError("not a table name")
        await self.session.execute(text(f"LOCK TABLE {name} IN EXCLUSIVE MODE"))


class Database:
    """The engine of one process.

    `jobs` is the procrastinate app through which jobs are deferred.
    """

    def __init__(self, database_url: str, jobs: App, *, pool_size: int = 10) -> None:
        self._engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(database_url),
            pool_size=pool_size,
            max_overflow=10,
            # A server that was restarted is noticed before the transaction, not in it.
            pool_pre_ping=True,
            hide_parameters=True,
        )
        self._jobs = jobs

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Opens a transaction; commits at the end, rolls back on any error."""
        async with AsyncSession(self._engine, expire_on_commit=False) as session, session.begin():
            yield Transaction(session, self._jobs)

    async def execute_alone(self, statement: str) -> None:
        """Runs a fixed statement that may not stand in a transaction (VACUUM)."""
        async with self._engine.connect() as connection:
            alone = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await alone.execute(text(statement))

    async def close(self) -> None:
        """Closes all connections."""
        await self._engine.dispose()

    @property
    def engine(self) -> AsyncEngine:
        """The engine, for migrations and tests."""
        return self._engine
