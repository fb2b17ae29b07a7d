"""Bringing one person by her own means: the console, SMS, WhatsApp, a call, e-mail.

A page says that a case waits and nothing about anybody: phones lie on tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol
from uuid import UUID

from amaan.core import Core
from amaan.errors import OutsideServiceError
from amaan.storage import Database, Transaction, Vault
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import Staff
from handoff.mail import MailPager

CONSOLE = "console"
MessageMeans = Literal["sms", "whatsapp"]
"""Means that are texts through a door's sender."""
PAGED_YOU = "paged_you"
"""`change` of the notice ``{"change": "paged_you", "staff_id": str}``."""
ANSWER_HINT = " Answer 1 to take it, 0 if you cannot."
"""Added to texts, which can be answered (`handoff.answers`)."""
SPOKEN = (
    ("en", "This is Amaan. A case waits for you. Please open the console."),
    ("ur", "یہ امان ہے۔ ایک کیس آپ کا انتظار کر رہا ہے۔ براہ کرم کنسول کھولیے۔"),
)
"""What a call says, by language; each is said twice. The same for every case, so that it
can be overheard, and so that one call that went out tells of any case."""


def reference(escalation_id: UUID) -> str:
    """Short name of a case, the same in a page and on the console."""
    return escalation_id.hex[:4].upper()


def page_text(escalation_id: UUID) -> str:
    """What a page says: one GSM-7 segment, neutral on a lock screen."""
    return f"Amaan: a case waits. Open the console. Ref {reference(escalation_id)}"


class MeansOfPaging(Protocol):
    """Calls one member of staff by one means."""

    async def page(self, staff: Staff, means: str, text: str) -> None:
        """Calls `staff` by `means`.

        Raises `OutsideServiceError` when it surely did not go out, and
        `UnknownOutcomeError` when nobody can know.
        """
        ...

    async def was_paged(self, staff: Staff, means: str, text: str, since: datetime) -> bool:
        """Whether `text` went out since then: asked after a crash, before calling again."""
        ...


class Pager(MeansOfPaging, Protocol):
    """Calls one member of staff by any means."""

    async def ring(self, tx: Transaction, staff_id: UUID) -> None:
        """Rings on the open consoles of one person as soon as `tx` has committed."""
        ...


class PageSender(Protocol):
    """What a message pager needs of a door's sender (`telephony.sender`)."""

    async def send(self, door: MessageMeans, address: str, text: str) -> str:
        """Sends and returns the provider's id. Raises as `MeansOfPaging.page` does."""
        ...

    async def find_sent(
        self, door: MessageMeans, address: str, text: str, since: datetime
    ) -> str | None:
        """The id of such a message that was sent since then, or None."""
        ...


class PageCaller(Protocol):
    """What a voice pager needs of telephony (`telephony.twilio.voice`)."""

    async def call(self, address: str, words: tuple[tuple[str, str], ...]) -> str:
        """Calls a number, says `words` (language, text) and returns the provider's id.

        Raises as `MeansOfPaging.page` does. Whether somebody picked up is not waited for.
        """
        ...

    async def find_call(self, address: str, since: datetime) -> str | None:
        """The id of a call of ours to this number since then, or None."""
        ...


class ConsolePager:
    """Rings on the open consoles of one person."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, staff: Staff, means: str, text: str) -> None:
        """Rings in a transaction of its own."""
        async with self._database.transaction() as tx:
            await self.ring(tx, staff.id)

    async def ring(self, tx: Transaction, staff_id: UUID) -> None:
        """Sends a notice; consoles that are not open do not hear it."""
        await tx.notify(CONSOLE_CHANNEL, change=PAGED_YOU, staff_id=str(staff_id))

    async def was_paged(self, staff: Staff, means: str, text: str, since: datetime) -> bool:
        """Never certain; ringing twice is harmless."""
        return False


class MessagePager:
    """Calls by SMS or WhatsApp through a door's sender."""

    def __init__(self, vault: Vault, sender: PageSender) -> None:
        self._vault = vault
        self._sender = sender

    async def page(self, staff: Staff, means: str, text: str) -> None:
        """Sends `text` to the person's sealed number, with how to answer it."""
        number = number_of(self._vault, staff)
        await self._sender.send(_door(means), number, text + ANSWER_HINT)

    async def was_paged(self, staff: Staff, means: str, text: str, since: datetime) -> bool:
        """Asks the provider."""
        number = number_of(self._vault, staff)
        found = await self._sender.find_sent(_door(means), number, text + ANSWER_HINT, since)
        return found is not None


class VoicePager:
    """Calls by telephone: for nights, when a text does not wake anybody."""

    def __init__(self, vault: Vault, caller: PageCaller) -> None:
        self._vault = vault
        self._caller = caller

    async def page(self, staff: Staff, means: str, text: str) -> None:
        """Lets her telephone ring. A call names no case, so `text` is not said."""
        await self._caller.call(number_of(self._vault, staff), SPOKEN)

    async def was_paged(self, staff: Staff, means: str, text: str, since: datetime) -> bool:
        """Asks the provider for any call to her since then: every call says the same."""
        return await self._caller.find_call(number_of(self._vault, staff), since) is not None


class MeansPager:
    """Chooses the pager by the person's means."""

    def __init__(self, consoles: ConsolePager, by_means: Mapping[str, MeansOfPaging]) -> None:
        self._consoles = consoles
        self._by_means = {CONSOLE: consoles, **by_means}

    async def page(self, staff: Staff, means: str, text: str) -> None:
        """See `MeansOfPaging.page`."""
        await self._of(means).page(staff, means, text)

    async def was_paged(self, staff: Staff, means: str, text: str, since: datetime) -> bool:
        """See `MeansOfPaging.was_paged`."""
        return await self._of(means).was_paged(staff, means, text, since)

    async def ring(self, tx: Transaction, staff_id: UUID) -> None:
        """See `Pager.ring`."""
        await self._consoles.ring(tx, staff_id)

    def _of(self, means: str) -> MeansOfPaging:
        try:
            return self._by_means[means]
        except KeyError:
            # The page counts as failed, so that her console rings and the next one is called.
            raise OutsideServiceError("there is no such means", code="no_means") from None


def make_pager(core: Core, sender: PageSender, caller: PageCaller) -> MeansPager:
    """The pager of a house whose doors send by `sender` and whose telephone is `caller`."""
    message = MessagePager(core.vault, sender)
    return MeansPager(
        ConsolePager(core.database),
        {
            "sms": message,
            "whatsapp": message,
            "voice": VoicePager(core.vault, caller),
            "email": MailPager(core.settings, core.vault, core.clock),
        },
    )


def number_of(vault: Vault, staff: Staff) -> str:
    """Her sealed number. Raises `OutsideServiceError` (code ``no_number``) without one."""
    number = vault.open_staff(staff, "page_sealed")
    if number is None:
        raise OutsideServiceError("this person has no number to be paged at", code="no_number")
    return number


def _door(means: str) -> MessageMeans:
    return "whatsapp" if means == "whatsapp" else "sms"
