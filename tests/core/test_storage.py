"""The database's shape, and jobs that exist if and only if their transaction commits."""

from __future__ import annotations

import pytest
from alembic import command
from sqlalchemy import text

from amaan.core import Core
from amaan.storage.migrate import alembic_config, migrate


def test_built_from_models_equals_migrated(database_url: str) -> None:
    command.check(alembic_config(database_url))


def test_migrating_twice_is_harmless(database_url: str) -> None:
    migrate(database_url)
    command.check(alembic_config(database_url))


async def _jobs(core: Core) -> int:
    async with core.database.transaction() as tx:
        found: int = await tx.session.scalar(text("SELECT count(*) FROM procrastinate_jobs")) or 0
        return found


async def test_a_job_exists_only_with_its_transaction(core: Core) -> None:
    async def fail() -> None:
        async with core.database.transaction() as tx:
            await tx.defer("conversation:process", lock="a", message_id="1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail()
    assert await _jobs(core) == 0
    async with core.database.transaction() as tx:
        await tx.defer("conversation:process", lock="a", message_id="1")
    assert await _jobs(core) == 1
