"""Brings a database to the present shape: ours by Alembic, the queue's by procrastinate."""

from __future__ import annotations

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from procrastinate import App, SyncPsycopgConnector

from amaan.storage.database import libpq_url, sqlalchemy_url

_MIGRATIONS = Path(__file__).with_name("migrations")
# Two processes that start together must not both migrate. Any fixed number will do.
_ADVISORY_LOCK = 0x414D41414E


def alembic_config(database_url: str) -> Config:
    """Alembic's configuration for `database_url`."""
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    config.attributes["url"] = sqlalchemy_url(database_url)
    return config


def migrate(database_url: str) -> None:
    """Upgrades to the newest revision; harmless when it is there already."""
    with psycopg.connect(libpq_url(database_url), autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (_ADVISORY_LOCK,))
        command.upgrade(alembic_config(database_url), "head")
        row = connection.execute("SELECT to_regclass('procrastinate_jobs')").fetchone()
        if row is None or row[0] is None:
            connector = SyncPsycopgConnector(conninfo=libpq_url(database_url))
            jobs = App(connector=connector)
            with jobs.open():
                jobs.schema_manager.apply_schema()
