"""Pages go out by each person's means; one contract for every pager."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from amaan.core import Core
from amaan.errors import InputError, OutsideServiceError
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import Staff
from handoff.pager import ANSWER_HINT, SPOKEN, MessageMeans, make_pager, page_text
from handoff.staff import StaffAccounts

_GSM = set(" ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789:.,")


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


class FakeCaller:
    """Remembers whom it telephoned."""

    def __init__(self, core: Core) -> None:
        self._clock = core.clock
        self.calls: list[tuple[str, tuple[tuple[str, str], ...], datetime]] = []

    async def call(self, address: str, words: tuple[tuple[str, str], ...]) -> str:
        """See `PageCaller.call`."""
        self.calls.append((address, words, self._clock.now()))
        return f"CA{len(self.calls)}"

    async def find_call(self, address: str, since: datetime) -> str | None:
        """See `PageCaller.find_call`."""
        found = [
            n for n, call in enumerate(self.calls, 1) if call[0] == address and call[2] >= since
        ]
        return f"CA{found[0]}" if found else None


@pytest.mark.parametrize("means", ["sms", "whatsapp"])
async def test_a_message_page_goes_to_the_sealed_number(core: Core, means: MessageMeans) -> None:
    sender = FakeSender(core)
    pager = make_pager(core, sender, FakeCaller(core))
    accounts = StaffAccounts(core)
    person = await accounts.add("amna", "supervisor", ["ur"], means=means, number="+923001234567")
    now = core.clock.now()
    assert not await pager.was_paged(person, means, "words", now)
    await pager.page(person, means, "words")
    assert [entry[:3] for entry in sender.sent] == [(means, "+923001234567", "words" + ANSWER_HINT)]
    assert await pager.was_paged(person, means, "words", now)
    assert not await pager.was_paged(person, means, "words", now + timedelta(seconds=1))


async def test_a_console_page_is_a_notice_for_one_person(core: Core) -> None:
    sender = FakeSender(core)
    pager = make_pager(core, sender, FakeCaller(core))
    person = await StaffAccounts(core).add("amna", "supervisor", ["ur"])
    await core.hub.start()
    await asyncio.wait_for(core.hub.listening.wait(), 5)
    async with core.hub.subscribe(CONSOLE_CHANNEL) as notices:
        await pager.page(person, "console", "words")
        notice = await asyncio.wait_for(notices.get(), 1)
    assert notice == {"change": "paged_you", "staff_id": str(person.id)}
    assert sender.sent == []


async def test_a_call_says_the_same_for_every_case(core: Core) -> None:
    caller = FakeCaller(core)
    pager = make_pager(core, FakeSender(core), caller)
    number = "+923001234567"
    person = await StaffAccounts(core).add(
        "amna", "supervisor", ["ur"], means="voice", number=number
    )
    now = core.clock.now()
    assert not await pager.was_paged(person, "voice", "one", now)
    await pager.page(person, "voice", "one")
    assert [call[:2] for call in caller.calls] == [(number, SPOKEN)]
    assert await pager.was_paged(person, "voice", "another", now)
    assert not await pager.was_paged(person, "voice", "one", now + timedelta(seconds=1))


def test_what_a_call_says_is_in_two_languages_and_names_nobody() -> None:
    assert [language for language, _ in SPOKEN] == ["en", "ur"]
    assert all("ref" not in text.casefold() for _, text in SPOKEN)


async def test_an_unknown_means_surely_fails(core: Core) -> None:
    pager = make_pager(core, FakeSender(core), FakeCaller(core))
    person = await StaffAccounts(core).add("amna", "supervisor", ["ur"])
    with pytest.raises(OutsideServiceError) as refused:
        await pager.page(person, "pigeon", "words")
    assert refused.value.code == "no_means"


async def test_several_means_and_a_number_of_her_own(core: Core) -> None:
    accounts = StaffAccounts(core)
    means = ["email", "voice", "console", "sms"]
    person = await accounts.add(
        "amna", "supervisor", ["ur"], means=means, number="+923000000001", email="a@example.org"
    )
    assert person.page_means == ["console", "sms", "voice", "email"]
    assert person.page_lookup == core.pseudonymiser.lookup("staff", "+923000000001")
    assert core.vault.open_staff(person, "email_sealed") == "a@example.org"
    with pytest.raises(InputError) as taken:
        await accounts.add("bano", "supervisor", ["ur"], means="voice", number="+923000000001")
    assert taken.value.code == "number_taken"
    # Nothing of a number is kept of somebody who left, and a colleague may have it.
    await accounts.deactivate(person.id)
    async with core.database.transaction() as tx:
        row = await tx.session.get_one(Staff, person.id)
        assert (row.page_lookup, row.page_sealed, row.email_sealed) == (None, None, None)
    await accounts.add("bano", "supervisor", ["ur"], means="voice", number="+923000000001")


@pytest.mark.parametrize(
    ("means", "number", "email", "code"),
    [
        ([], None, None, "means"),
        (["console", "pigeon"], None, None, "means"),
        (["voice"], None, None, "number"),
        (["console"], "+923000000001", None, "number"),
        (["email"], None, None, "email"),
        (["console"], None, "a@example.org", "email"),
        (["email"], None, "a@example.org\nBcc: b@example.org", "email"),
        (["email"], None, "nobody", "email"),
    ],
)
async def test_means_without_what_they_need(
    core: Core, means: list[str], number: str | None, email: str | None, code: str
) -> None:
    with pytest.raises(InputError) as refused:
        await StaffAccounts(core).add(
            "amna", "supervisor", ["ur"], means=means, number=number, email=email
        )
    assert refused.value.code == code


async def test_without_a_number_the_page_surely_fails(core: Core) -> None:
    pager = make_pager(core, FakeSender(core), FakeCaller(core))
    person = await StaffAccounts(core).add("amna", "supervisor", ["ur"])
    with pytest.raises(OutsideServiceError) as refused:
        await pager.page(person, "sms", "words")
    assert refused.value.code == "no_number"


def test_a_page_is_one_plain_segment() -> None:
    text = page_text(UUID(int=2**127)) + ANSWER_HINT
    assert len(text) <= 160
    assert set(text) <= _GSM
