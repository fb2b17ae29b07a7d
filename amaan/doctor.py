"""`amaan doctor`: is everything in order, in one line each."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime
from typing import Final

import httpx
from sqlalchemy import text

from amaan.core import build_core
from amaan.facts import STALE, waiting_facts
from amaan.settings import INTERNAL, PUBLIC, RASA, STAFF, Settings

_FONTS: Final = {
    "Noto Naskh Arabic": "\u0627",
    "Noto Sans": "a",
    "Noto Sans Gurmukhi": "\u0a15",
}
"""Fonts of the complaint on paper, each with a letter that it must have."""


async def examine(settings: Settings) -> list[tuple[str, str | None]]:
    """(name, problem) of every check; problem is None when all is well."""
    return [
        ("database and keys", await _database(settings)),
        *[(name, await _answers(url)) for name, url in _urls(settings).items()],
        ("paper", await asyncio.to_thread(_paper)),
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


def _paper() -> str | None:
    """Sets one letter in each font: another one in its place would be found in the file."""
    help_line = "run scripts/system-packages.sh paper"
    try:
        from weasyprint import HTML  # type: ignore[import-untyped]
    except OSError:
        return f"Pango is missing, {help_line}"
    logging.getLogger("weasyprint").setLevel(logging.CRITICAL)
    letters = (f"<p style=\"font-family:'{font}'\">{sign}" for font, sign in _FONTS.items())
    made: bytes = HTML(string="".join(letters)).write_pdf(uncompressed_pdf=True)
    missing = [font for font in _FONTS if f"+{font.replace(' ', '-')}/".encode() not in made]
    return f"fonts are missing ({', '.join(missing)}), {help_line}" if missing else None


def _facts() -> str | None:
    today = datetime.now(UTC).date()
    stale = [entry.name for entry in waiting_facts(today) if entry.state == STALE]
    return f"look again at {', '.join(stale)}" if stale else None
