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
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Literal, Protocol
from uuid import UUID

from amaan.errors import OutsideServiceError

TextDoor = Literal["sms", "whatsapp"]
"""Doors that have a sender; the web chat's page fetches its answers itself."""

OPTED_OUT = "21610"
"""She told the provider to stop messages. https://www.twilio.com/docs/api/errors/21610"""
OUTSIDE_WINDOW = "63016"
"""WhatsApp: free words only within 24 hours of her last message."""
TOO_MANY = "20429"
"""Too many requests. https://www.twilio.com/docs/api/errors/20429"""


class Meaning(StrEnum):
    """What a provider's error means for the message it is about."""

    LATER = "later"
    """Full queues, limits, faults on the way: the same message may arrive later."""
    NEVER = "never"
    """This message will be refused again."""
    UNREACHABLE = "unreachable"
    """Nothing arrives at this number: switched off, a landline, not on WhatsApp, blocked."""
    OPTED_OUT = "opted_out"
    """She told the provider to stop messages."""
    WINDOW = "window"
    """WhatsApp takes free words again when she has written."""
    TROUBLE = "trouble"
    """Account, sender or template: an operator must act, or nobody is reached."""


class SendRefusedError(OutsideServiceError):
    """The provider refused this message; it will refuse it again."""

    code = "send_refused"

    def __init__(self, provider_code: str, meaning: Meaning = Meaning.NEVER) -> None:
        super().__init__(f"the provider refused a message with code {provider_code}")
        self.provider_code = provider_code
        """The provider's error code, at most 16 characters; safe to store and log."""
        self.meaning = meaning


class NotTakenError(OutsideServiceError):
    """The provider certainly did not take this message now; it may later."""

    code = "not_taken"

    def __init__(self, provider_code: str, *, trouble: bool = False) -> None:
        super().__init__(f"the provider did not take a message: {provider_code}")
        self.provider_code = provider_code
        """The provider's error code, ``unreachable``, or the HTTP status."""
        self.trouble = trouble
        """Whether an operator must act before it will be taken."""


def none_known(_provider_id: str) -> bool:
    """No id belongs to another message."""
    return False


@dataclass(frozen=True)
class Manner:
    """How a message is sent, where the provider knows more than one way. All optional."""

    number: int = 0
    """Which of the door's own numbers sends it."""
    attempt: int = 1
    """Receipts carry it, so that those of an attempt that failed are told apart."""
    template: str | None = None
    """The provider's id of a reviewed template that is sent in the place of the text."""
    words: str = ""
    """The text without its numbered menu."""
    options: tuple[str, ...] = ()
    """The menu's labels, for providers that have buttons; the text holds them as numbers."""


PLAIN = Manner()


class Sender(Protocol):
    """Sends texts through one provider."""

    async def send(
        self,
        door: TextDoor,
        address: str,
        text: str,
        *,
        reference: UUID | None = None,
        manner: Manner = PLAIN,
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
        reference: UUID | None = None,
        excluding: Callable[[str], bool] = none_known,
    ) -> str | None:
        """The id of a message with exactly this text, taken at or after `since`; None if none was.

        `reference` is what it was sent with: a provider that keeps it finds by it alone.
        `excluding` says of an id whether it belongs to another message: the same
        words may rightly go out twice. Raises `NotTakenError` or
        `UnknownOutcomeError` when it cannot look.
        """
        ...
