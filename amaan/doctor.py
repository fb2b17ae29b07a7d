"""`amaan doctor`: is everything in order, in one line each."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
from sqlalchemy import text

from amaan.core import build_core
from amaan.facts import STALE, waiting_facts
from amaan.settings import INTERNAL, PUBLIC, RASA, STAFF, Settings


async def examine(settings: Settings) -> list[tuple[str, str | None]]:
    """(name, problem) of every check; problem is None when all is well."""
    return [
        ("database and keys", await _database(settings)),
        *[(name, await _answers(url)) for name, url in _urls(settings).items()],
        ("facts", _facts()),
    ]


def _urls(settings: Settings) -> dict[str, str]:
    return {
        "public app": f"{settings.url(PUBLIC)}/healthz",
        "staff app": f"{settings.url(STAFF)}/healthz",
        "internal app": f"{settings.url(INTERNAL)}/healthz",
        "rasa": f"{settings.url(RASA)}/webhooks/amaan/health",
    }


async def _database(settings: Settings) -> str | None:
    core = build_core(settings)
    try:
        async with core.database.transaction() as tx:
            await tx.session.execute(text("SELECT 1 FROM conversation LIMIT 1"))
            epochs = await tx.session.scalars(
                text("SELECT epoch FROM key_epoch WHERE destroyed_at IS NULL")
            )
            missing = set(epochs) - set(core.ring.epochs())
        return f"the key file of epoch {min(missing)} is missing" if missing else None
    except Exception as error:  # whatever it is, the operator reads one line
        return f"does not answer ({type(error).__name__})"
    finally:
        await core.database.close()


async def _answers(url: str) -> str | None:
    try:
        async with httpx.AsyncClient(trust_env=False, timeout=3) as client:
            status = (await client.get(url)).status_code
        return None if status == httpx.codes.OK else f"answers {status}"
    except httpx.HTTPError as error:
        return f"does not answer ({type(error).__name__})"


def _facts() -> str | None:
    today = datetime.now(UTC).date()
    stale = [entry.name for entry in waiting_facts(today) if entry.state == STALE]
    return f"look again at {', '.join(stale)}" if stale else None
