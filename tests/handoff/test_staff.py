"""Accounts, sign-in and sessions; guessing is slowed down and nobody is locked out."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.core import Core
from amaan.errors import InputError, NotFoundError
from amaan.storage.models import Staff, StaffOneTime, StaffSession
from handoff.passwords import new_word, wait_after, word_hash
from handoff.permissions import Permission
from handoff.staff import NameTakenError, SignInRefusedError, StaffAccounts, WeakPasswordError

PASSWORD = "correct horse battery"


@pytest.fixture
def accounts(core: Core) -> StaffAccounts:
    """Accounts that refuse at once."""
    return StaffAccounts(core, refusal_seconds=0.0)


async def signed_up(accounts: StaffAccounts, name: str = "amna") -> str:
    """A supervisor with a password; returns the token of her session."""
    person = await accounts.add(name, "supervisor", ["ur"])
    signed_in = await accounts.sign_in(name, await accounts.issue_one_time(person.id))
    await accounts.set_password(signed_in.token, PASSWORD)
    return signed_in.token


async def test_the_first_lead_is_made_once(accounts: StaffAccounts) -> None:
    made = await asyncio.gather(*(accounts.ensure_first_staff() for _ in range(3)))
    assert {person.id for person in made} == {made[0].id}
    lead = made[0]
    assert (lead.sign_in_name, lead.role, lead.page_means) == ("lead", "lead", ["console"])
    assert lead.on_call
    assert lead.is_coordinator
    assert set(lead.languages) == {"ur", "ps", "sd", "pa", "bal", "en"}


async def test_a_house_without_a_lead_says_so(accounts: StaffAccounts) -> None:
    lead = await accounts.ensure_first_staff()
    await accounts.deactivate(lead.id)
    with pytest.raises(NotFoundError):
        await accounts.ensure_first_staff()


async def test_a_one_time_word_works_once_and_asks_for_a_password(
    accounts: StaffAccounts,
) -> None:
    lead = await accounts.ensure_first_staff()
    word = await accounts.issue_one_time(lead.id)
    signed_in = await accounts.sign_in(" Lead ", word.upper().replace("-", " "))
    assert signed_in.viewer.must_set_password
    assert not signed_in.viewer.may(Permission.QUEUE_SEE)
    with pytest.raises(SignInRefusedError):
        await accounts.sign_in("lead", word)
    await accounts.set_password(signed_in.token, PASSWORD)
    viewer = await accounts.viewer(signed_in.token)
    assert viewer is not None
    assert viewer.may(Permission.QUEUE_SEE)
    again = await accounts.sign_in("lead", PASSWORD)
    assert not again.viewer.must_set_password


async def test_one_word_signs_in_one_of_two_at_once(accounts: StaffAccounts) -> None:
    lead = await accounts.ensure_first_staff()
    word = await accounts.issue_one_time(lead.id)
    results = await asyncio.gather(
        *(accounts.sign_in("lead", word) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(result, SignInRefusedError) for result in results) == 2


async def test_words_end_by_time_and_by_a_newer_one(
    accounts: StaffAccounts, clock: SetClock
) -> None:
    lead = await accounts.ensure_first_staff()
    first = await accounts.issue_one_time(lead.id)
    second = await accounts.issue_one_time(lead.id)
    with pytest.raises(SignInRefusedError):
        await accounts.sign_in("lead", first)
    clock.move(timedelta(days=1))
    with pytest.raises(SignInRefusedError):
        await accounts.sign_in("lead", second)


async def test_a_word_is_for_one_person(accounts: StaffAccounts) -> None:
    lead = await accounts.ensure_first_staff()
    await accounts.add("other", "supervisor", ["ur"])
    word = await accounts.issue_one_time(lead.id)
    with pytest.raises(SignInRefusedError):
        await accounts.sign_in("other", word)
    assert await accounts.sign_in("lead", word)


async def test_nothing_secret_is_stored(accounts: StaffAccounts, core: Core) -> None:
    token = await signed_up(accounts)
    await accounts.add("ben", "supervisor", ["en"], means="sms", number="+923001234567")
    async with core.database.transaction() as tx:
        people = list(await tx.session.scalars(select(Staff)))
        session = await tx.session.scalar(select(StaffSession))
        assert session is not None
        assert session.token_hash != token.encode()
        assert list(await tx.session.scalars(select(StaffOneTime))) == []
    assert (people[0].password_hash or "").startswith("$argon2id$")
    assert b"923001234567" not in (people[1].page_sealed or b"")
    assert core.vault.open_staff(people[1], "page_sealed") == "+923001234567"


async def test_guessing_is_slowed_down_but_nobody_is_locked_out(
    accounts: StaffAccounts, clock: SetClock, core: Core
) -> None:
    await signed_up(accounts)
    for _ in range(3):
        with pytest.raises(SignInRefusedError):
            await accounts.sign_in("amna", "wrong")
    with pytest.raises(SignInRefusedError):
        await accounts.sign_in("amna", PASSWORD)
    clock.move(timedelta(seconds=1))
    assert (await accounts.sign_in("amna", PASSWORD)).viewer.name == "amna"
    for _ in range(10):
        clock.move(timedelta(seconds=61))
        with pytest.raises(SignInRefusedError):
            await accounts.sign_in("amna", "wrong")
    clock.move(timedelta(seconds=61))
    assert await accounts.sign_in("amna", PASSWORD)


async def test_guesses_at_once_are_slowed_too(accounts: StaffAccounts, core: Core) -> None:
    await signed_up(accounts)
    await asyncio.gather(
        *(accounts.sign_in("amna", "wrong") for _ in range(8)), return_exceptions=True
    )
    async with core.database.transaction() as tx:
        assert await tx.session.scalar(select(Staff.failed_count)) == 3


async def test_a_one_time_word_works_while_somebody_guesses(accounts: StaffAccounts) -> None:
    lead = await accounts.ensure_first_staff()
    for _ in range(5):
        with pytest.raises(SignInRefusedError):
            await accounts.sign_in("lead", "wrong")
    assert await accounts.sign_in("lead", await accounts.issue_one_time(lead.id))


async def test_every_refusal_says_and_costs_the_same(core: Core) -> None:
    accounts = StaffAccounts(core, refusal_seconds=0.6)
    await signed_up(accounts)
    answers, times = set(), []
    loop = asyncio.get_running_loop()
    for name in ("amna", "nobody", "", "\x00", "\ud800", "ا" * 500):
        begin = loop.time()
        with pytest.raises(SignInRefusedError) as refused:
            await accounts.sign_in(name, "wrong\x00\ud800")
        times.append(loop.time() - begin)
        answers.add((refused.value.code, str(refused.value)))
    assert len(answers) == 1
    assert all(time >= 0.59 for time in times)


@given(st.integers(0, 10_000))
def test_waits_grow_to_a_minute_and_no_further(failures: int) -> None:
    wait = wait_after(failures)
    assert wait <= wait_after(failures + 1) <= timedelta(seconds=60)
    assert (wait > timedelta(0)) == (failures >= 3)


def test_words_are_long_and_easy_to_type() -> None:
    words = {new_word() for _ in range(200)}
    assert len(words) == 200
    assert all(len(word) == 23 for word in words)
    assert word_hash("ABCDE-fghjk") == word_hash("abcde fghjk ")


async def test_sessions_end(accounts: StaffAccounts, clock: SetClock) -> None:
    token = await signed_up(accounts)
    clock.move(timedelta(minutes=29))
    assert await accounts.viewer(token) is not None
    clock.move(timedelta(minutes=29))
    assert await accounts.viewer(token, touch=False) is not None
    clock.move(timedelta(minutes=2))
    assert await accounts.viewer(token) is None
    token = (await accounts.sign_in("amna", PASSWORD)).token
    for _ in range(35):
        clock.move(timedelta(minutes=20))
        assert await accounts.viewer(token) is not None
    clock.move(timedelta(minutes=20))
    assert await accounts.viewer(token) is None


async def test_signing_out_and_leaving(accounts: StaffAccounts) -> None:
    token = await signed_up(accounts)
    await accounts.sign_out(token)
    await accounts.sign_out(token)
    assert await accounts.viewer(token) is None
    assert await accounts.viewer("") is None
    signed_in = await accounts.sign_in("amna", PASSWORD)
    await accounts.deactivate(signed_in.viewer.staff_id)
    assert await accounts.viewer(signed_in.token) is None
    with pytest.raises(SignInRefusedError):
        await accounts.sign_in("amna", PASSWORD)
    with pytest.raises(NotFoundError):
        await accounts.issue_one_time(signed_in.viewer.staff_id)


async def test_changing_a_password(accounts: StaffAccounts) -> None:
    token = await signed_up(accounts)
    elsewhere = (await accounts.sign_in("amna", PASSWORD)).token
    with pytest.raises(SignInRefusedError):
        await accounts.set_password(token, "another long one", old="wrong")
    for weak in ("short", "amna amna amna", "a" * 40, "x" * 300):
        with pytest.raises(WeakPasswordError):
            await accounts.set_password(token, weak, old=PASSWORD)
    await accounts.set_password(token, "another long one", old=PASSWORD)
    assert await accounts.viewer(token) is not None
    assert await accounts.viewer(elsewhere) is None
    assert await accounts.sign_in("amna", "another long one")


@pytest.mark.parametrize(
    "change",
    [
        {"name": "no spaces"}, {"name": "x"}, {"name": "amna"}, {"name": "آمنہ"},
        {"role": "owner"}, {"languages": []}, {"languages": ["fr"]},
        {"means": "sms"}, {"means": "pigeon"}, {"means": "sms", "number": "0300"},
        {"number": "+923001234567"},
    ],
)  # fmt: skip
async def test_malformed_accounts_are_refused(
    accounts: StaffAccounts, change: dict[str, object]
) -> None:
    await accounts.add("amna", "supervisor", ["ur"])
    wanted = {"name": "new", "role": "supervisor", "languages": ["ur"], **change}
    with pytest.raises(InputError) as refused:
        await accounts.add(**wanted)  # type: ignore[arg-type]
    assert isinstance(refused.value, NameTakenError) == ("name" in change)
