"""Access tokens of the intake (OAuth 2.0 client credentials, RFC 6749, 4.4), kept in memory."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Annotated, Literal

import httpx
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from amaan.clock import Clock
from intake.answers import Answer, wait_of
from intake.port import UnavailableError

# A token that ends on the way there would cost a second try.
_MARGIN = timedelta(seconds=30)


class _Given(BaseModel):
    # RFC 6749, 5.1: members that are not known are ignored.
    model_config = ConfigDict(strict=True, hide_input_in_errors=True)

    access_token: Annotated[str, Field(pattern=r"^[!-~]{1,4096}$")]
    token_type: Literal["Bearer", "bearer"]
    expires_in: Annotated[int, Field(ge=1, le=86_400)] = 60


class Tokens:
    """One token, renewed shortly before its end or when the intake says that it is wrong."""

    def __init__(self, ask: Callable[[], Awaitable[Answer]], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._token = ""
        self._until: datetime | None = None
        self._renewing = asyncio.Lock()

    async def get(self, *, not_this: str | None = None) -> str:
        """A token that should be good; never `not_this`, which was refused.

        Raises `UnavailableError`: nothing of a complaint has been sent by then.
        """
        async with self._renewing:
            is_live = self._until is not None and self._clock.now() < self._until
            if not is_live or self._token == not_this:
                await self._renew()
            return self._token

    async def _renew(self) -> None:
        self._until = None
        answer = await self._ask()
        now = self._clock.now()
        if answer.status != httpx.codes.OK:
            raise UnavailableError(
                code=f"intake_token_{answer.status}", wait=wait_of(answer.retry_after, now)
            )
        try:
            given = _Given.model_validate_json(answer.body)
        except ValidationError:
            raise UnavailableError(code="intake_token_unreadable") from None
        life = timedelta(seconds=given.expires_in)
        self._token = given.access_token
        self._until = now + max(life - _MARGIN, life / 2)
