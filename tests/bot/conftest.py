"""Real parts for the assistant's tests: model, PostgreSQL, and a stand-in action server.

Run in Rasa's environment with AMAAN_TEST_DATABASE_URL (tests/with_postgres.py sets it).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psycopg2
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
os.chdir(ROOT)
os.environ.setdefault("AMAAN_RASA_SECRET", "test-secret")
os.environ.setdefault("AMAAN_ACTION_SECRET", "test-action-secret")

from bot.settings import quiet_environment  # noqa: E402  the path must be set first

quiet_environment()

from amaan.crypto import KeyRing, new_data_key  # noqa: E402
from tests.bot.stand_in import ActionServer  # noqa: E402
from tests.bot.talking import LOOP  # noqa: E402

_TABLES = """
CREATE TABLE IF NOT EXISTS data_key (
    conversation_id uuid PRIMARY KEY, epoch integer NOT NULL, wrapped bytea NOT NULL);
CREATE TABLE IF NOT EXISTS dialogue_tracker (
    conversation_id uuid PRIMARY KEY, sealed bytea NOT NULL, updated_at timestamptz NOT NULL);
"""


class Vault:
    """The application's side of the tables: makes and destroys data keys."""

    def __init__(self, url: str, ring: KeyRing) -> None:
        self.url = url
        self._ring = ring

    def run(self, query: str, values: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
        """Run one statement in its own transaction; returns the rows, if any."""
        connection = psycopg2.connect(self.url)
        try:
            with connection, connection.cursor() as cursor:
                cursor.execute(query, values)
                return list(cursor.fetchall()) if cursor.description else []
        finally:
            connection.close()

    def open_conversation(self) -> str:
        """Make a conversation with a data key and return its id."""
        name = str(uuid4())
        epoch, wrapped = self._ring.wrap(name, new_data_key())
        self.run("INSERT INTO data_key VALUES (%s, %s, %s)", (name, epoch, wrapped))
        return name

    def destroy_key(self, name: str) -> None:
        """Erase as the application does: the key first."""
        self.run("DELETE FROM data_key WHERE conversation_id = %s", (name,))

    def sealed(self, name: str) -> bytes | None:
        """Return the stored bytes of a conversation."""
        query = "SELECT sealed FROM dialogue_tracker WHERE conversation_id = %s"
        rows = self.run(query, (name,))
        return bytes(rows[0][0]) if rows else None  # type: ignore[arg-type]  # a memoryview


@pytest.fixture(scope="session")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    """Tables in the test database and one key epoch."""
    url = os.environ.get("AMAAN_TEST_DATABASE_URL")
    if not url:
        pytest.fail("run through tests/with_postgres.py, or set AMAAN_TEST_DATABASE_URL")
    ring = KeyRing(tmp_path_factory.mktemp("keys"))
    ring.create(1)
    found = Vault(url, ring)
    found.run(_TABLES)
    os.environ["AMAAN_DATABASE_URL"] = url
    os.environ["AMAAN_KEYS"] = str(ring._folder)
    return found


@pytest.fixture(scope="session")
def actions() -> Iterator[ActionServer]:
    """The stand-in for the application's actions."""
    with ActionServer() as server:
        yield server


@pytest.fixture(scope="session")
def agent(vault: Vault, actions: ActionServer) -> object:
    """The served agent: real model, real store, real words."""
    os.environ["AMAAN_ACTIONS_URL"] = actions.url
    from rasa.core.agent import load_agent
    from rasa.core.utils import AvailableEndpoints

    from bot.loading import quiet_logs, unwrap_store
    from bot.settings import BOT, MODEL

    quiet_logs()
    endpoints = AvailableEndpoints.read_endpoints(str(BOT / "endpoints.yml"))
    loading = load_agent(model_path=str(MODEL), endpoints=endpoints, loop=LOOP)
    loaded = LOOP.run_until_complete(loading)
    unwrap_store(loaded)
    return loaded
