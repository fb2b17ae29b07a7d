"""Alembic's entry point: runs the revisions under lock and statement limits."""

from __future__ import annotations

from alembic import context
from sqlalchemy import NullPool, create_engine, text

from amaan.storage.models import Base

config = context.config


def _is_ours(_item: object, name: str | None, kind: str, *_rest: object) -> bool:
    """Whether a table is ours; procrastinate makes and upgrades its own."""
    return not (kind == "table" and (name or "").startswith("procrastinate_"))


def run() -> None:
    """Runs the migrations on the url that `amaan.storage.migrate` gives."""
    engine = create_engine(config.attributes["url"], poolclass=NullPool)
    with engine.begin() as connection:
        # A migration that cannot get its lock gives up instead of stopping the helpline.
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.execute(text("SET statement_timeout = '120s'"))
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_server_default=False,
            include_object=_is_ours,
        )
        context.run_migrations()


run()
