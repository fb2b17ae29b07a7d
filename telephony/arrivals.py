"""Takes what a provider brings: once, and also while the database restarts.

Providers repeat a request that we answered with an error seldom or not at all, so a
database that is restarting is waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import psycopg
from procrastinate.exceptions import ConnectorException
from sqlalchemy.exc import SQLAlchemyError

from amaan.conversation import Acceptor
from amaan.errors import StorageError
from amaan.logs import log
from amaan.ports import Inbound, StaffAnswers

# Twilio gives up reading after 15 s (platform notes, section 2): these add up to less.
STORAGE_WAITS_SECONDS = (0.2, 0.5, 1.0, 2.0, 4.0)
STORAGE_TROUBLE = (SQLAlchemyError, psycopg.Error, ConnectorException, OSError)
"""What a database that is away raises."""

Result = TypeVar("Result")


async def patiently(deed: Callable[[], Awaitable[Result]]) -> Result:
    """Does `deed`, again and again while the database is away; it must be harmless twice.

    Raises `StorageError` when the database stays away for longer than 7.7 s.
    """
    for wait in (*STORAGE_WAITS_SECONDS, None):
        try:
            return await deed()
        except STORAGE_TROUBLE as error:
            log().warning("storage_waited_for", error_type=type(error).__name__)
            if wait is None:
                break
            await asyncio.sleep(wait)
    raise StorageError("the database did not take what a provider brought")


async def take(acceptor: Acceptor, inbound: Inbound, answers: StaffAnswers | None = None) -> None:
    """Stores a verified message, once: its id is claimed. Raises `StorageError`.

    `answers` sees it first: a page that staff answered is no conversation.
    """

    async def deed() -> None:
        if not await _was_answer(answers, inbound):
            await acceptor.accept(inbound)

    await patiently(deed)


async def _was_answer(answers: StaffAnswers | None, inbound: Inbound) -> bool:
    """Whether staff answered a page. Whatever goes wrong in there, no message is lost by it."""
    if answers is None:
        return False
    try:
        return await answers.take(inbound.door, inbound.address, inbound.text, inbound.provider_id)
    except STORAGE_TROUBLE:
        raise
    except Exception as error:  # see above
        log().error("staff_answer_failed", error_type=type(error).__name__)
        return False
