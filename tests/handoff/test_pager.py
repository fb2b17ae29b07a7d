"""Pages go out by each person's means; one contract for every pager."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from amaan.core import Core
from amaan.errors import OutsideServiceError
from amaan.storage.database import CONSOLE_CHANNEL
from handoff.pager import MessageMeans, make_pager, page_text
from handoff.staff import StaffAccounts

_GSM = set(" ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:.")


class FakeSender:
    """Remembers what was sent, with the time."""

    def __init__(self, core: Core) -> None:
        self._clock = core.clock
        self.sent: list[tuple[str, str, str, datetime]] = []

    async def send(self, door: MessageMeans, address: str, text: str) -> str:
        """See `PageSender.send`."""
        self.sent.append((door, address, text, self._clock.now()))
        return f"SM{len(self.sent)}"

    async def find_sent(
        self, door: MessageMeans, address: str, text: str, since: datetime
    ) -> str | None:
        """See `PageSender.find_sent`."""
        for number, (own, where, what, at) in enumerate(self.sent, 1):
            if (own, where, what) == (door, address, text) and at >= since:
                return f"SM{number}"
        return None


@pytest.mark.parametrize("means", ["sms", "whatsapp"])
async def test_a_message_page_goes_to_the_sealed_number(core: Core, means: MessageMeans) -> None:
    sender = FakeSender(core)
    pager = make_pager(core.database, core.vault, sender)
    accounts = StaffAccounts(core)
    person = await accounts.add("amna", "supervisor", ["ur"], means=means, number="+923001234567")
    now = core.clock.now()
    assert not await pager.was_paged(person, means, "words", now)
    await pager.page(person, means, "words")
    assert [entry[:3] for entry in sender.sent] == [(means, "+923001234567", "words")]
    assert await pager.was_paged(person, means, "words", now)
    assert not await pager.was_paged(person, means, "words", now + timedelta(seconds=1))


async def test_a_console_page_is_a_notice_for_one_person(core: Core) -> None:
    sender = FakeSender(core)
    pager = make_pager(core.database, core.vault, sender)
    person = await StaffAccounts(core).add("amna", "supervisor", ["ur"])
    await core.hub.start()
    await asyncio.wait_for(core.hub.listening.wait(), 5)
    async with core.hub.subscribe(CONSOLE_CHANNEL) as notices:
        await pager.page(person, "console", "words")
        notice = await asyncio.wait_for(notices.get(), 1)
    assert notice == {"change": "paged_you", "staff_id": str(person.id)}
    assert sender.sent == []


async def test_without_a_number_the_page_surely_fails(core: Core) -> None:
    pager = make_pager(core.database, core.vault, FakeSender(core))
    person = await StaffAccounts(core).add("amna", "supervisor", ["ur"])
    with pytest.raises(OutsideServiceError) as refused:
        await pager.page(person, "sms", "words")
    assert refused.value.code == "no_number"


def test_a_page_is_one_plain_segment() -> None:
    text = page_text(UUID(int=2**127))
    assert len(text) <= 160
    assert set(text) <= _GSM
