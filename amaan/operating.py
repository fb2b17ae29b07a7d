"""What the operator's commands do with an open house: first lead, staff, records, keys."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from amaan.composition import House, build_house
from amaan.settings import Settings
from handoff.trail import Head, Trail
from intake.contract.keys import OURS, SigningKeys

Result = TypeVar("Result")


async def run_with_house(settings: Settings, work: Callable[[House], Awaitable[Result]]) -> Result:
    """Runs one piece of work with an open house, for the command line."""
    house = build_house(settings)
    await house.core.open()
    try:
        return await work(house)
    finally:
        await house.close()


async def prepare(settings: Settings) -> tuple[str, str]:
    """First epoch and first lead, if there are none; name and word of a one-time sign-in."""

    async def work(house: House) -> tuple[str, str]:
        async with house.core.database.transaction() as tx:
            await house.core.vault.first_epoch(tx)
        lead = await house.accounts.ensure_first_staff()
        return lead.sign_in_name, await house.accounts.issue_one_time(lead.id)

    return await run_with_house(settings, work)


async def add_staff(
    settings: Settings,
    name: str,
    role: str,
    languages: Sequence[str],
    *,
    on_call: bool,
    means: Sequence[str] = ("console",),
    number: str | None = None,
    email: str | None = None,
) -> str:
    """Adds a person; returns the word for the first sign-in."""

    async def work(house: House) -> str:
        person = await house.accounts.add(
            name, role, languages, on_call=on_call, means=means, number=number, email=email
        )
        return await house.accounts.issue_one_time(person.id)

    return await run_with_house(settings, work)


async def check_trail(settings: Settings, noted: str | None = None) -> tuple[str | None, str]:
    """Checks the chain over the record of deeds: what is broken, or None, and its last link."""

    async def work(house: House) -> tuple[str | None, str]:
        trail = Trail(house.core)
        broken = await trail.check(Head.read(noted) if noted else None)
        return str(broken) if broken else None, str((await trail.state()).head)

    return await run_with_house(settings, work)


def intake_keys(settings: Settings) -> SigningKeys:
    """The pair of keys that signs what we file."""
    return SigningKeys(settings.secrets_folder, OURS)
