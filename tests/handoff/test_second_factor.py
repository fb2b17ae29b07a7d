"""The second factor: set up, asked for after the password, lost, proved again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from itertools import pairwise

import pyotp
import pytest
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.core import Core, build_core
from amaan.crypto import KeyRing
from amaan.errors import NotAllowedError, NotFoundError
from amaan.settings import Settings
from amaan.storage.models import AuditEvent, Staff, StaffRecovery, StaffSession
from amaan.upkeep import Upkeep
from handoff.permissions import Permission
from handoff.proof import Proofs
from handoff.second_factor import SecondFactors, WrongCodeError, new_setup
from handoff.sessions import HALF_LASTS
from handoff.staff import SignInRefusedError, StaffAccounts

PASSWORD = "correct horse battery"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
STEP = timedelta(seconds=30)


class Door:
    """One supervisor, her telephone and her codes."""

    def __init__(self, core: Core, clock: SetClock) -> None:
        self.core, self.clock = core, clock
        self.accounts = StaffAccounts(core, refusal_seconds=0.0)
        self.factors = SecondFactors(core)
        self.proofs = Proofs(core, self.accounts)
        self.codes: list[str] = []
        self.token = ""

    async def open(self, *, factor: bool = True) -> Door:
        """She is signed in, with a second factor; the step of its first code has passed."""
        person = await self.accounts.add("amna", "supervisor", ["ur"])
        word = await self.accounts.issue_one_time(person.id)
        self.token = (await self.accounts.sign_in("amna", word)).token
        await self.accounts.set_password(self.token, PASSWORD)
        if factor:
            self.codes = await self.factors.confirm(self.token, SECRET, self.code())
            self.clock.move(2 * STEP)
        return self

    def code(self, steps: int = 0) -> str:
        """What her telephone shows, some steps from now."""
        return pyotp.TOTP(SECRET).at(self.clock.now(), counter_offset=steps)

    async def half(self) -> str:
        """The token of a half session: the password was right."""
        signed_in = await self.accounts.sign_in("amna", PASSWORD)
        assert signed_in.needs_code
        return signed_in.token

    async def person(self) -> Staff:
        async with self.core.database.transaction() as tx:
            found = await tx.session.scalar(select(Staff).where(Staff.sign_in_name == "amna"))
            assert found is not None
            return found

    async def tags(self) -> list[str]:
        async with self.core.database.transaction() as tx:
            return list(await tx.session.scalars(select(AuditEvent.tag).order_by(AuditEvent.id)))


@pytest.fixture
async def door(core: Core, clock: SetClock) -> Door:
    return await Door(core, clock).open()


async def test_nothing_is_asked_without_a_second_factor(core: Core, clock: SetClock) -> None:
    door = await Door(core, clock).open(factor=False)
    signed_in = await door.accounts.sign_in("amna", PASSWORD)
    assert not signed_in.needs_code
    assert door.proofs.is_fresh(signed_in.viewer)


async def test_the_password_alone_opens_nothing(door: Door) -> None:
    half = await door.half()
    assert await door.accounts.viewer(half) is None
    assert await door.accounts.waits_for_code(half)
    for attempt in (
        door.accounts.set_password(half, "another long one", old=PASSWORD),
        door.proofs.prove(half, PASSWORD, door.code()),
        door.factors.confirm(half, SECRET, door.code()),
        door.factors.take_away(half),
        door.factors.renew_codes(half),
        door.factors.codes_left(half),
        door.accounts.sessions.mine(half),
        door.accounts.sessions.end_mine_elsewhere(half),
    ):
        with pytest.raises(NotAllowedError):
            await attempt
    signed_in = await door.accounts.give_code(half, door.code())
    assert signed_in.token != half
    assert await door.accounts.viewer(half) is None
    viewer = await door.accounts.viewer(signed_in.token)
    assert viewer is not None
    assert viewer.may(Permission.QUEUE_SEE)
    assert door.proofs.is_fresh(viewer)
    assert (await door.person()).failed_count == 0


async def test_a_half_session_ends_soon(door: Door, clock: SetClock) -> None:
    half = await door.half()
    clock.move(HALF_LASTS)
    assert not await door.accounts.waits_for_code(half)
    with pytest.raises(SignInRefusedError):
        await door.accounts.give_code(half, door.code())


async def test_no_code_works_twice_even_at_once(door: Door) -> None:
    halves = [await door.half() for _ in range(4)]
    code = door.code()
    results = await asyncio.gather(
        *(door.accounts.give_code(half, code) for half in halves), return_exceptions=True
    )
    assert sum(isinstance(result, SignInRefusedError) for result in results) == 3


async def test_the_code_of_the_setup_does_not_sign_in(core: Core, clock: SetClock) -> None:
    door = await Door(core, clock).open()
    clock.move(-2 * STEP)
    with pytest.raises(SignInRefusedError):
        await door.accounts.give_code(await door.half(), door.code())


async def test_codes_are_slowed_down_and_a_right_password_gives_no_new_tries(
    door: Door, clock: SetClock
) -> None:
    for _ in range(3):
        with pytest.raises(SignInRefusedError):
            await door.accounts.give_code(await door.half(), "000000")
    # The fourth waits, right or not, for the password as for the code.
    with pytest.raises(SignInRefusedError):
        await door.accounts.sign_in("amna", PASSWORD)
    clock.move(timedelta(seconds=1))
    half = await door.half()
    with pytest.raises(SignInRefusedError):
        await door.accounts.give_code(half, "000000")
    with pytest.raises(SignInRefusedError):
        await door.accounts.give_code(half, door.code())
    assert (await door.person()).failed_count == 4
    clock.move(timedelta(seconds=2))
    assert await door.accounts.give_code(half, door.code())


async def test_a_right_password_does_not_delay_its_own_code(door: Door, clock: SetClock) -> None:
    for _ in range(8):
        clock.move(timedelta(seconds=61))
        with pytest.raises(SignInRefusedError):
            await door.accounts.sign_in("amna", "wrong")
    clock.move(timedelta(seconds=61))
    assert await door.accounts.give_code(await door.half(), door.code())


async def test_guesses_of_codes_at_once_are_slowed_too(door: Door) -> None:
    half = await door.half()
    await asyncio.gather(
        *(door.accounts.give_code(half, "000000") for _ in range(8)), return_exceptions=True
    )
    assert (await door.person()).failed_count == 3


async def test_a_one_time_word_does_not_skip_the_second_factor(door: Door) -> None:
    person = await door.person()
    signed_in = await door.accounts.sign_in("amna", await door.accounts.issue_one_time(person.id))
    assert signed_in.needs_code
    assert await door.accounts.viewer(signed_in.token) is None
    whole = await door.accounts.give_code(signed_in.token, door.code())
    assert whole.viewer.must_set_password
    await door.accounts.set_password(whole.token, "another long one")
    assert await door.accounts.viewer(whole.token) is not None


async def test_recovery_codes_work_once_each_and_are_recorded(door: Door, core: Core) -> None:
    assert len(set(door.codes)) == 10
    async with core.database.transaction() as tx:
        for row in await tx.session.scalars(select(StaffRecovery)):
            assert not any(code.encode() in row.code_hash for code in door.codes)
    typed = door.codes[3].upper().replace("-", " ")
    signed_in = await door.accounts.give_code(await door.half(), typed)
    assert await door.factors.codes_left(signed_in.token) == 9
    with pytest.raises(SignInRefusedError):
        await door.accounts.give_code(await door.half(), door.codes[3])
    assert (await door.tags()).count("staff:recovery_code_used") == 1
    renewed = await door.factors.renew_codes(signed_in.token)
    with pytest.raises(SignInRefusedError):
        await door.accounts.give_code(await door.half(), door.codes[4])
    assert await door.accounts.give_code(await door.half(), renewed[4])


async def test_codes_of_another_person_do_not_help(door: Door) -> None:
    other = await door.accounts.add("ben", "supervisor", ["en"])
    token = (await door.accounts.sign_in("ben", await door.accounts.issue_one_time(other.id))).token
    await door.accounts.set_password(token, PASSWORD)
    secret = new_setup("ben").secret
    codes = await door.factors.confirm(token, secret, pyotp.TOTP(secret).at(door.clock.now()))
    with pytest.raises(SignInRefusedError):
        await door.accounts.give_code(await door.half(), codes[0])


async def test_setting_up_ends_other_sessions_and_needs_a_right_code(
    core: Core, clock: SetClock
) -> None:
    door = await Door(core, clock).open(factor=False)
    elsewhere = (await door.accounts.sign_in("amna", PASSWORD)).token
    with pytest.raises(WrongCodeError):
        await door.factors.confirm(door.token, SECRET, "000000")
    assert await door.accounts.viewer(elsewhere) is not None
    await door.factors.confirm(door.token, SECRET, door.code())
    assert await door.accounts.viewer(elsewhere) is None
    viewer = await door.accounts.viewer(door.token)
    assert viewer is not None
    assert viewer.has_factor
    sealed = (await door.person()).totp_sealed
    assert sealed is not None
    assert SECRET.encode() not in sealed


async def test_giving_it_up_ends_what_waits_for_a_code(door: Door) -> None:
    half = await door.half()
    await door.factors.take_away(door.token)
    assert await door.accounts.viewer(half) is None
    assert not (await door.accounts.sign_in("amna", PASSWORD)).needs_code
    assert "staff:second_factor_taken_away" in await door.tags()


async def test_the_secret_outlives_a_rotation_of_keys(
    door: Door, core: Core, settings: Settings
) -> None:
    upkeep = Upkeep(settings, core.clock, core.database, core.jobs, core.vault, core.ring)
    assert isinstance(core.ring, KeyRing)
    assert await upkeep.rotate()
    assert await door.accounts.give_code(await door.half(), door.code())


async def test_a_house_that_asks_for_it_opens_only_the_account(
    settings: Settings, clock: SetClock
) -> None:
    core = build_core(settings.model_copy(update={"second_factor_required": True}), clock)
    await core.open()
    async with core.database.transaction() as tx:
        await core.vault.first_epoch(tx)
    try:
        door = await Door(core, clock).open(factor=False)
        viewer = await door.accounts.viewer(door.token)
        assert viewer is not None
        assert viewer.must_set_factor
        assert not any(viewer.may(permission) for permission in Permission)
        await door.factors.confirm(door.token, SECRET, door.code())
        viewer = await door.accounts.viewer(door.token)
        assert viewer is not None
        assert viewer.may(Permission.QUEUE_SEE)
        with pytest.raises(NotAllowedError):
            await door.factors.take_away(door.token)
    finally:
        await core.close()


async def test_a_proof_grows_old_and_can_be_given_again(door: Door, clock: SetClock) -> None:
    async def fresh() -> bool:
        viewer = await door.accounts.viewer(door.token)
        assert viewer is not None
        return door.proofs.is_fresh(viewer)

    assert await fresh()
    clock.move(timedelta(minutes=10))
    assert not await fresh()
    with pytest.raises(SignInRefusedError):
        await door.proofs.prove(door.token, PASSWORD, "000000")
    with pytest.raises(SignInRefusedError):
        await door.proofs.prove(door.token, "wrong", door.code())
    assert not await fresh()
    assert (await door.person()).failed_count == 2
    await door.proofs.prove(door.token, PASSWORD, door.code())
    assert await fresh()
    assert (await door.person()).failed_count == 0
    assert "staff:proved_again" in await door.tags()
    clock.move(timedelta(hours=-1))
    assert not await fresh()


async def test_proving_is_slowed_down(door: Door) -> None:
    for _ in range(3):
        with pytest.raises(SignInRefusedError):
            await door.proofs.prove(door.token, "wrong", door.code())
    with pytest.raises(SignInRefusedError):
        await door.proofs.prove(door.token, PASSWORD, door.code())


async def test_ones_own_sessions_are_listed_and_ended(door: Door, clock: SetClock) -> None:
    signed_in = await door.accounts.give_code(await door.half(), door.code())
    clock.move(timedelta(minutes=2))
    await door.accounts.viewer(signed_in.token)
    lines = await door.accounts.sessions.mine(door.token)
    assert [line.is_this for line in lines] == [False, True]
    assert all(early.used_at >= late.used_at for early, late in pairwise(lines))
    other = await door.accounts.add("ben", "supervisor", ["en"])
    bens = (await door.accounts.sign_in("ben", await door.accounts.issue_one_time(other.id))).token
    with pytest.raises(NotFoundError):
        await door.accounts.sessions.end(bens, lines[0].key)
    await door.accounts.sessions.end(door.token, lines[0].key)
    assert await door.accounts.viewer(signed_in.token) is None
    assert await door.accounts.viewer(bens) is not None
    await door.half()
    await door.accounts.sessions.end_mine_elsewhere(door.token)
    async with door.core.database.transaction() as tx:
        rows = list(await tx.session.scalars(select(StaffSession)))
    assert len(rows) == 2
