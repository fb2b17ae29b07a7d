"""The port through which texts leave the house, and what may become of one.

A provider answers in one of three ways, and they must not be mixed up:

- it took the message: `Sender.send` returns its id;
- it certainly did not: `SendRefusedError` (asking again is useless) or
  `NotTakenError` (asking again later is right);
- nobody knows: `UnknownOutcomeError`. Before sending again, `Sender.find_sent`
  must look, or a frightened person reads the same words twice.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from amaan.errors import OutsideServiceError

TextDoor = Literal["sms", "whatsapp"]
"""Doors that have a sender; the web chat's page fetches its answers itself."""

OPTED_OUT = "21610"
"""She told the provider to stop messages. https://www.twilio.com/docs/api/errors/21610"""
OUTSIDE_WINDOW = "63016"
"""WhatsApp: free words only within 24 hours of her last message."""


class SendRefusedError(OutsideServiceError):
    """The provider refused this message; it will refuse it again."""

    code = "send_refused"

    def __init__(self, provider_code: str) -> None:
        super().__init__(f"the provider refused a message with code {provider_code}")
        self.provider_code = provider_code
        """The provider's error code, at most 16 characters; safe to store and log."""


class NotTakenError(OutsideServiceError):
    """The provider certainly did not take this message now; it may later."""

    code = "not_taken"

    def __init__(self, provider_code: str) -> None:
        super().__init__(f"the provider did not take a message: {provider_code}")
        self.provider_code = provider_code
        """The provider's error code, ``unreachable``, or the HTTP status."""


def none_known(_provider_id: str) -> bool:
    """No id belongs to another message."""
    return False


class Sender(Protocol):
    """Sends texts through one provider."""

    async def send(
        self, door: TextDoor, address: str, text: str, *, reference: UUID | None = None
    ) -> str:
        """Sends `text` once and returns the provider's id of it.

        `reference` is our message's id: receipts carry it, so that one that
        arrives before this call returns (or instead of its answer) is not lost.
        Raises `SendRefusedError`, `NotTakenError` or `UnknownOutcomeError`.
        """
        ...

    async def find_sent(
        self,
        door: TextDoor,
        address: str,
        text: str,
        since: datetime,
        *,
        excluding: Callable[[str], bool] = none_known,
    ) -> str | None:
        """The id of a message with exactly this text, taken at or after `since`; None if none was.

        `excluding` says of an id whether it belongs to another message: the same
        words may rightly go out twice. Raises `NotTakenError` or
        `UnknownOutcomeError` when it cannot look.
        """
        ...
