"""Which provider carries which door."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from uuid import UUID

from amaan.clock import Clock
from amaan.settings import Settings
from telephony.gateway.outbound import GatewaySender
from telephony.sender import PLAIN, Manner, Sender, TextDoor, none_known
from telephony.twilio.outbound import TwilioSender


class SenderByDoor:
    """Implements `telephony.sender.Sender`: hands each message to its door's provider."""

    def __init__(self, senders: Mapping[TextDoor, Sender]) -> None:
        self._senders = senders

    async def send(
        self,
        door: TextDoor,
        address: str,
        text: str,
        *,
        reference: UUID | None = None,
        manner: Manner = PLAIN,
    ) -> str:
        """See `Sender.send`."""
        sender = self._senders[door]
        return await sender.send(door, address, text, reference=reference, manner=manner)

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
        """See `Sender.find_sent`."""
        return await self._senders[door].find_sent(
            door, address, text, since, reference=reference, excluding=excluding
        )

    async def close(self) -> None:
        """Closes the gateway's connections; Twilio's threads end by themselves."""
        for sender in self._senders.values():
            if isinstance(sender, GatewaySender):
                await sender.close()


def make_sender(settings: Settings, clock: Clock) -> SenderByDoor:
    """The sender that the settings ask for: SMS by `sms_provider`, WhatsApp by Twilio."""
    twilio = TwilioSender(settings)
    gateway = settings.sms_provider == "gateway"
    return SenderByDoor(
        {"sms": GatewaySender(settings, clock) if gateway else twilio, "whatsapp": twilio}
    )
