"""Bringing one person by her own means: the console, SMS or WhatsApp.

A page says that a case waits and nothing about anybody: phones lie on tables.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from amaan.errors import OutsideServiceError
from amaan.storage import Database, Vault
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import Staff

CONSOLE = "console"
MessageMeans = Literal["sms", "whatsapp"]
"""Means that are texts through a door's sender."""
PAGED_YOU = "paged_you"
"""`change` of the notice ``{"change": "paged_you", "staff_id": str}``."""


def reference(escalation_id: UUID) -> str:
    """Short name of a case, the same in a page and on the console."""
    return escalation_id.hex[:4].upper()


def page_text(escalation_id: UUID) -> str:
    """What a page says: one GSM-7 segment, neutral on a lock screen."""
    return f"Amaan: a case waits. Open the console. Ref {reference(escalation_id)}"


class Pager(Protocol):
    """Calls one member of staff."""

    async def page(self, staff: Staff, means: str, text: str) -> None:
        """Calls `staff` by `means`.

        Raises `OutsideServiceError` when it surely did not go out, and
        `UnknownOutcomeError` when nobody can know.
        """
        ...

    async def was_paged(self, staff: Staff, means: str, text: str, since: datetime) -> bool:
        """Whether `text` went out since then: asked after a crash, before calling again."""
        ...


class PageSender(Protocol):
    """What a message pager needs of a door's sender (`telephony.sender`)."""

    async def send(self, door: MessageMeans, address: str, text: str) -> str:
        """Sends and returns the provider's id. Raises as `Pager.page` does."""
        ...

    async def find_sent(
        self, door: MessageMeans, address: str, text: str, since: datetime
    ) -> str | None:
        """The id of such a message that was sent since then, or None."""
        ...


class ConsolePager:
    """Rings on the open consoles of one person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, staff: Staff, means: str, text: str) -> None:
        """Sends a notice; consoles that are not open do not hear it."""
        async with self._database.transaction() as tx:
            await tx.notify(CONSOLE_CHANNEL, change=PAGED_YOU, staff_id=str(staff.id))

    async def was_paged(self, staff: Staff, means: str, text: str, since: datetime) -> bool:
        """Never certain; ringing twice is harmless."""
        return False


class MessagePager:
    """Calls by SMS or WhatsApp through a door's sender."""

    def __init__(self, vault: Vault, sender: PageSender) -> None:
        self._vault = vault
        self._sender = sender

    async def page(self, staff: Staff, means: str, text: str) -> None:
        """Sends `text` to the person's sealed number."""
        await self._sender.send(_door(means), self._number(staff), text)

    async def was_paged(self, staff: Staff, means: str, text: str, since: datetime) -> bool:
        """Asks the provider."""
        found = await self._sender.find_sent(_door(means), self._number(staff), text, since)
        return found is not None

    def _number(self, staff: Staff) -> str:
        number = self._vault.open_staff(staff, "page_sealed")
        if number is None:
            raise OutsideServiceError("this person has no number to be paged at", code="no_number")
        return number


class MeansPager:
    """Chooses the pager by the person's means."""

    def __init__(self, console: Pager, message: Pager) -> None:
        self._console = console
        self._message = message

    async def page(self, staff: Staff, means: str, text: str) -> None:
        """See `Pager.page`."""
        await self._of(means).page(staff, means, text)

    async def was_paged(self, staff: Staff, means: str, text: str, since: datetime) -> bool:
        """See `Pager.was_paged`."""
        return await self._of(means).was_paged(staff, means, text, since)

    def _of(self, means: str) -> Pager:
        return self._console if means == CONSOLE else self._message


def make_pager(database: Database, vault: Vault, sender: PageSender) -> MeansPager:
    """The pager of a house whose doors send by `sender`."""
    return MeansPager(ConsolePager(database), MessagePager(vault, sender))


def _door(means: str) -> MessageMeans:
    return "whatsapp" if means == "whatsapp" else "sms"
