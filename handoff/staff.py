"""Staff at the console: signing in and out, passwords, sessions.

Guessing is slowed down and never locks anybody out for long: a one-time word always
works, and an unknown name costs and says the same as a wrong word.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

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
    new_token,
    token_hash,
    wait_after,
    word_hash,
)
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
# A session's last use is written at most this often.
_TOUCH_EVERY = timedelta(minutes=1)


class SignInRefusedError(NotAllowedError):
    """Name or word is wrong, or too many were tried: wait up to a minute. Never says which."""

    code = "sign_in_refused"


@dataclass(frozen=True)
class SignedIn:
    """A fresh session."""

    token: str
    """For the cookie; only its hash is stored."""
    viewer: Viewer


@dataclass(frozen=True)
class _Try:
    """One attempt to sign in, counted as wrong before it is checked."""

    staff_id: UUID | None
    password_hash: str | None
    """None when nothing may succeed: unknown name, no password yet, or slowed down."""


class StaffAccounts(Accounts):
    """Accounts, and their sessions."""

    def __init__(self, core: Core, *, refusal_seconds: float = _REFUSAL_SECONDS) -> None:
        super().__init__(core)
        self._refusal_seconds = refusal_seconds

    async def sign_in(self, name: str, word: str) -> SignedIn:
        """Signs in with a password or a one-time word. Raises `SignInRefusedError`.

        A one-time word takes the password away: a new one must be set.
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

    async def viewer(self, token: str, *, touch: bool = True) -> Viewer | None:
        """Who a cookie's token belongs to; None when unknown, idle too long, over or inactive.

        `touch` is off for what pages do by themselves (live notices), so that an
        abandoned console still ends.
        """
        async with self._core.database.transaction() as tx:
            found = await self._session(tx, token)
            if found is None:
                return None
            session, person = found
            now = self._now()
            if touch and now - session.seen_at >= _TOUCH_EVERY:
                session.seen_at = now
            return viewer_of(person)

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
            await self._check_password(viewer.name, old or "")
        encoded = await self._hasher.hash(new)
        async with self._core.database.transaction() as tx:
            found = await self._session(tx, token)
            if found is None:
                raise SignInRefusedError()
            session, person = found
            person.password_hash, person.failed_count, person.failed_at = encoded, 0, None
            await tx.session.execute(
                delete(StaffSession).where(
                    StaffSession.staff_id == person.id,
                    StaffSession.token_hash != session.token_hash,
                )
            )
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
            return await self._begin(tx, person)

    async def _by_password(self, name: str, word: str) -> SignedIn:
        staff_id, checked = await self._check_password(name, word)
        async with self._core.database.transaction() as tx:
            person = await _lock_active(tx, name)
            if person is None or person.id != staff_id or person.password_hash != checked:
                raise SignInRefusedError()
            return await self._begin(tx, person)

    async def _check_password(self, name: str, word: str) -> tuple[UUID, str]:
        """The staff id and the hash that held. Raises `SignInRefusedError`."""
        attempt = await self._count_try(name)
        right = await self._hasher.holds(attempt.password_hash, word)
        if not right or attempt.staff_id is None or attempt.password_hash is None:
            await self._note_refusal(attempt)
            raise SignInRefusedError()
        return attempt.staff_id, attempt.password_hash

    async def _count_try(self, name: str) -> _Try:
        """Counts the attempt as wrong before it is checked, so that many at once are slowed too.

        While a name must wait, attempts are refused and do not lengthen the wait.
        """
        async with self._core.database.transaction() as tx:
            person = await _lock_active(tx, name)
            now = self._now()
            if person is None:
                return _Try(None, None)
            waits = wait_after(person.failed_count)
            # A clock that was set back must not make anybody wait for ever.
            if person.failed_at is not None and abs(now - person.failed_at) < waits:
                return _Try(person.id, None)
            person.failed_count += 1
            person.failed_at = now
            return _Try(person.id, person.password_hash)

    async def _note_refusal(self, attempt: _Try) -> None:
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

    async def _begin(self, tx: Transaction, person: Staff) -> SignedIn:
        now, token = self._now(), new_token()
        person.failed_count, person.failed_at = 0, None
        tx.session.add(
            StaffSession(
                token_hash=token_hash(token),
                staff_id=person.id,
                created_at=now,
                seen_at=now,
                expires_at=now + self._core.settings.staff_session_length,
            )
        )
        await record(tx, Tag.STAFF_SIGNED_IN, at=now, actor=person.id, subject=person.id)
        return SignedIn(token, viewer_of(person))

    async def _session(self, tx: Transaction, token: str) -> tuple[StaffSession, Staff] | None:
        """The live session of a token and its person; a session that is over is deleted."""
        session = await tx.session.get(StaffSession, token_hash(token))
        if session is None:
            return None
        now, idle = self._now(), self._core.settings.staff_session_idle
        person = await tx.session.get(Staff, session.staff_id)
        if now < session.expires_at and now - session.seen_at <= idle and person and person.active:
            return session, person
        await tx.session.delete(session)
        return None


async def _lock_active(tx: Transaction, name: str) -> Staff | None:
    # FOR NO KEY UPDATE: claims refer to this row and must not wait for a guess.
    found: Staff | None = await tx.session.scalar(
        select(Staff)
        .where(Staff.sign_in_name == name, Staff.active)
        .with_for_update(key_share=True)
    )
    return found
