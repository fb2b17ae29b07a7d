"""Real parts for tests: one PostgreSQL for the run, one migrated database for each test."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from playwright import async_api, sync_api
from sqlalchemy import make_url

from amaan.clock import SetClock
from amaan.core import Core, build_core
from amaan.settings import Settings
from amaan.storage.embedded import EmbeddedPostgres
from amaan.storage.migrate import migrate

START = datetime(2026, 11, 21, 20, 0, tzinfo=UTC)
_TEMPLATE = "amaan_template"
# Long enough for the checks in `Pseudonymiser`, and visibly not real.
TEST_SECRET = "test-secret-" * 4
# A page that is slow on a machine with other work is not wrong; `bench/` measures.
for _one in (async_api, sync_api):
    _one.expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """A real server in a temporary folder."""
    folder = Path(tempfile.mkdtemp(prefix="amaan-test-"))
    # PostgreSQL runs under its own user when the tests run as root.
    folder.chmod(0o755)
    server = EmbeddedPostgres(folder / "postgres")
    server.start()
    with psycopg.connect(server.url, autocommit=True) as connection:
        # Only this server: nothing here must survive a loss of power.
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


def _database(server_url: str, name: str) -> str:
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    """Name of a migrated database to copy from."""
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {_TEMPLATE}")
        connection.execute(f"CREATE DATABASE {_TEMPLATE}")
    migrate(_database(postgres.url, _TEMPLATE))
    return _TEMPLATE


@pytest.fixture
def database_url(postgres: EmbeddedPostgres, template: str) -> Iterator[str]:
    """A fresh migrated database."""
    name = f"t_{uuid4().hex[:12]}"
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
    yield _database(postgres.url, name)
    with psycopg.connect(postgres.url, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings with insecure test secrets."""
    return Settings(
        home=tmp_path,
        database_url=database_url,
        lookup_secret=TEST_SECRET,
        rasa_secret=TEST_SECRET,
        action_secret=TEST_SECRET,
        twilio_auth_token=TEST_SECRET,
    )


@pytest.fixture
def clock() -> SetClock:
    """A clock that stands at 21 November 2026, 20:00 UTC until moved."""
    return SetClock(START)


@pytest.fixture
async def core(settings: Settings, clock: SetClock) -> AsyncIterator[Core]:
    """An open core on the fresh database, with its first key epoch."""
    core = build_core(settings, clock)
    await core.open()
    async with core.database.transaction() as tx:
        await core.vault.first_epoch(tx)
    yield core
    await core.close()
    await asyncio.sleep(0)
