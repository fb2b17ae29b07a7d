"""Staff at the console: signing in and out, passwords, sessions.

Guessing is slowed down and never locks anybody out for long: a one-time word always
works, and an unknown name costs and says the same as a wrong word.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update

from amaan.core import Core
from amaan.errors import NotAllowedError
from amaan.logs import log
from amaan.storage import Transaction
from amaan.storage.models import Staff, StaffOneTime, StaffSession
from handoff.accounts import Accounts, NameTakenError
from handoff.audit import SYSTEM, Tag, record
from handoff.passwords import (
    MAX_PASSWORD,
    WeakPasswordError,
    check_strength,
    token_hash,
    word_hash,
)
from handoff.second_factor import check_code
from handoff.sessions import TOUCH_EVERY, Sessions
from handoff.tries import PasswordTry, count_wrong_code, must_wait, take_back
from handoff.viewer import Viewer, viewer_of

__all__ = [
    "NameTakenError",
    "SignInRefusedError",
    "SignedIn",
    "StaffAccounts",
    "Viewer",
    "WeakPasswordError",
]

# Every refusal takes a multiple of this, whatever was found: the time tells nothing of a name.
_REFUSAL_SECONDS = 0.5


class SignInRefusedError(NotAllowedError):
    """Name or word is wrong, or too many were tried: wait up to a minute. Never says which."""

    code = "sign_in_refused"


@dataclass(frozen=True)
class SignedIn:
    """A fresh session."""

    token: str
    """For the cookie; only its hash is stored."""
    viewer: Viewer
    needs_code: bool = False
    """Only half signed in: the token opens nothing until `StaffAccounts.give_code`."""


class StaffAccounts(Accounts):
    """Accounts, and their sessions."""

    def __init__(self, core: Core, *, refusal_seconds: float = _REFUSAL_SECONDS) -> None:
        super().__init__(core)
        self._refusal_seconds = refusal_seconds
        self.sessions = Sessions(core)

    async def sign_in(self, name: str, word: str) -> SignedIn:
        """Signs in with a password or a one-time word. Raises `SignInRefusedError`.

        A one-time word takes the password away: a new one must be set. Neither is enough
        for somebody with a second factor: see `SignedIn.needs_code`.
        """
        begin = asyncio.get_running_loop().time()
        name, word = name.strip().casefold()[:64], word[: MAX_PASSWORD + 1]
        # What cannot be a name is looked up as nobody's: the database refuses some signs.
        name = name if name.isascii() and name.isprintable() else ""
        try:
            return await self._sign_in_by_word(name, word) or await self._by_password(name, word)
        except SignInRefusedError:
            await self._wait_evenly(asyncio.get_running_loop().time() - begin)
            raise

    async def give_code(self, token: str, code: str) -> SignedIn:
        """Completes a half session by a code; its token ends. Raises `SignInRefusedError`.

        Wrong codes are counted and slowed down together with wrong passwords.
        """
        begin = asyncio.get_running_loop().time()
        async with self._core.database.transaction() as tx:
            signed_in = await self._complete(tx, token, code)
        if signed_in is None:
            await self._wait_evenly(asyncio.get_running_loop().time() - begin)
            raise SignInRefusedError()
        return signed_in

    async def waits_for_code(self, token: str) -> bool:
        """Whether a token belongs to a half session."""
        async with self._core.database.transaction() as tx:
            return await self.sessions.find(tx, token, half=True) is not None

    async def viewer(self, token: str, *, touch: bool = True) -> Viewer | None:
        """Who a cookie's token belongs to; None when unknown, idle too long, over or inactive.

        None too for a half session. `touch` is off for what pages do by themselves (live
        notices), so that an abandoned console still ends.
        """
        async with self._core.database.transaction() as tx:
            found = await self.sessions.find(tx, token)
            if found is None:
                return None
            session, person = found
            now = self._now()
            if touch and abs(now - session.seen_at) >= TOUCH_EVERY:
                # A statement of its own: the session may be ended elsewhere at this moment.
                await tx.session.execute(
                    update(StaffSession)
                    .where(StaffSession.token_hash == session.token_hash)
                    .values(seen_at=now)
                    .execution_options(synchronize_session=False)
                )
            return self._viewer(person, session.proved_at)

    async def sign_out(self, token: str) -> None:
        """Ends a session; harmless when it is over."""
        async with self._core.database.transaction() as tx:
            ended = await tx.session.scalar(
                delete(StaffSession)
                .where(StaffSession.token_hash == token_hash(token))
                .returning(StaffSession.staff_id)
            )
            if ended is not None:
                tag = Tag.STAFF_SIGNED_OUT
                await record(tx, tag, at=self._now(), actor=ended, subject=ended)

    async def set_password(self, token: str, new: str, *, old: str | None = None) -> None:
        """Sets one's own password and ends one's other sessions.

        `old` is needed unless the viewer must set one. Raises `WeakPasswordError`,
        `SignInRefusedError` (wrong `old`, or the session is over).
        """
        viewer = await self.viewer(token)
        if viewer is None:
            raise SignInRefusedError()
        check_strength(new, viewer.name)
        if not viewer.must_set_password:
            # The same count and slow-down as at the door: a borrowed console guesses too.
            await self.check_password(viewer.name, old or "")
        encoded = await self._hasher.hash(new)
        async with self._core.database.transaction() as tx:
            found = await self.sessions.find(tx, token, lock=True)
            if found is None:
                raise SignInRefusedError()
            session, person = found
            person.password_hash, person.failed_count, person.failed_at = encoded, 0, None
            if person.totp_sealed is None:
                # With a second factor only both together are a proof.
                session.proved_at = self._now()
            await self.sessions.end_others(tx, session)
            tag = Tag.STAFF_PASSWORD_SET
            await record(tx, tag, at=self._now(), actor=person.id, subject=person.id)

    async def _wait_evenly(self, passed: float) -> None:
        """Lets a refusal take a whole number of steps, so that a busy machine tells nothing."""
        if self._refusal_seconds > 0:
            await asyncio.sleep(self._refusal_seconds - passed % self._refusal_seconds)

    async def _sign_in_by_word(self, name: str, word: str) -> SignedIn | None:
        async with self._core.database.transaction() as tx:
            person = await _lock_active(tx, name)
            spent = await tx.session.scalar(
                delete(StaffOneTime)
                .where(
                    StaffOneTime.word_hash == word_hash(word),
                    StaffOneTime.staff_id == (person.id if person else None),
                    StaffOneTime.expires_at > self._now(),
                )
                .returning(StaffOneTime.staff_id)
            )
            if person is None or spent is None:
                return None
            person.password_hash = None
            return await self._begin(tx, person, proved=False)

    async def _by_password(self, name: str, word: str) -> SignedIn:
        attempt = await self.check_password(name, word)
        async with self._core.database.transaction() as tx:
            person = await _lock_active(tx, name)
            if (
                person is None
                or person.id != attempt.staff_id
                or person.password_hash != attempt.password_hash
            ):
                raise SignInRefusedError()
            if person.totp_sealed is not None:
                take_back(attempt, person)
            return await self._begin(tx, person, proved=True)

    async def check_password(self, name: str, word: str) -> PasswordTry:
        """The try that held. Raises `SignInRefusedError`.

        It stays counted as a wrong one until the caller sets the count back, so that a
        right password does not give the codes after it new tries.
        """
        attempt = await self._count_try(name)
        right = await self._hasher.holds(attempt.password_hash, word)
        if not right or attempt.staff_id is None or attempt.password_hash is None:
            await self._note_refusal(attempt)
            raise SignInRefusedError()
        return attempt

    async def _count_try(self, name: str) -> PasswordTry:
        """Counts the attempt as wrong before it is checked, so that many at once are slowed too.

        While a name must wait, attempts are refused and do not lengthen the wait.
        """
        async with self._core.database.transaction() as tx:
            person = await _lock_active(tx, name)
            now = self._now()
            if person is None:
                return PasswordTry(None, None)
            if must_wait(person, now):
                return PasswordTry(person.id, None)
            before = person.failed_at
            person.failed_count += 1
            person.failed_at = now
            return PasswordTry(person.id, person.password_hash, now, before)

    async def _note_refusal(self, attempt: PasswordTry) -> None:
        log().warning("sign_in_refused")
        if attempt.staff_id is None or attempt.password_hash is None:
            # Not audited: a trail that anybody can fill hides what is in it.
            return
        async with self._core.database.transaction() as tx:
            await record(
                tx,
                Tag.STAFF_SIGN_IN_REFUSED,
                at=self._now(),
                actor=SYSTEM,
                subject=attempt.staff_id,
            )

    async def _begin(self, tx: Transaction, person: Staff, *, proved: bool) -> SignedIn:
        if person.totp_sealed is not None:
            # Not counted down: the codes that follow share the count.
            token = await self.sessions.begin(tx, person, proved=False, half=True)
            return SignedIn(token, self._viewer(person, None), needs_code=True)
        return await self._welcome(tx, person, proved=proved)

    async def _complete(self, tx: Transaction, token: str, code: str) -> SignedIn | None:
        """One try of a code; None, and the try counted, when it is refused."""
        found = await self.sessions.find(tx, token, half=True, lock=True)
        if found is None:
            return None
        session, person = found
        now = self._now()
        if must_wait(person, now):
            return None
        if not await check_code(self._core.vault, tx, person, code, now):
            await count_wrong_code(tx, person, now)
            return None
        # A new token: who could see or set the old one before the proof has nothing.
        await tx.session.delete(session)
        return await self._welcome(tx, person, proved=True)

    async def _welcome(self, tx: Transaction, person: Staff, *, proved: bool) -> SignedIn:
        now = self._now()
        person.failed_count, person.failed_at = 0, None
        token = await self.sessions.begin(tx, person, proved=proved)
        await record(tx, Tag.STAFF_SIGNED_IN, at=now, actor=person.id, subject=person.id)
        return SignedIn(token, self._viewer(person, now if proved else None))

    def _viewer(self, person: Staff, proved_at: datetime | None) -> Viewer:
        required = self._core.settings.second_factor_required
        return viewer_of(person, proved_at=proved_at, factor_required=required)


async def _lock_active(tx: Transaction, name: str) -> Staff | None:
    # FOR NO KEY UPDATE: claims refer to this row and must not wait for a guess.
    found: Staff | None = await tx.session.scalar(
        select(Staff)
        .where(Staff.sign_in_name == name, Staff.active)
        .with_for_update(key_share=True)
    )
    return found
