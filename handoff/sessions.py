"""Sessions of consoles: begun, found, listed, ended.

The cookie's token is stored only as its hash. Somebody with a second factor who has
given only her password has half a session: it opens nothing but the page that asks
for the code.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select

from amaan.core import Core
from amaan.errors import NotAllowedError, NotFoundError
from amaan.storage import Transaction
from amaan.storage.models import Staff, StaffSession
from handoff.audit import Tag, record
from handoff.passwords import new_token, token_hash

HALF_LASTS = timedelta(minutes=5)
"""How long a right password waits for its code."""
# A session's last use is written at most this often.
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class SessionLine:
    """One of somebody's own sessions."""

    key: str
    """Names it in a form; tells nothing of the token."""
    begun_at: datetime
    used_at: datetime
    ends_at: datetime
    is_this: bool


class Sessions:
    """The sessions of everybody. Methods with `tx` work in the caller's transaction."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def begin(
        self, tx: Transaction, person: Staff, *, proved: bool, half: bool = False
    ) -> str:
        """A fresh session of a locked person; returns its token."""
        now, token = self._core.clock.now(), new_token()
        length = HALF_LASTS if half else self._core.settings.staff_session_length
        tx.session.add(
            StaffSession(
                token_hash=token_hash(token),
                staff_id=person.id,
                created_at=now,
                seen_at=now,
                expires_at=now + length,
                proved_at=now if proved else None,
            )
        )
        await tx.session.flush()
        return token

    async def find(
        self, tx: Transaction, token: str, *, half: bool = False, lock: bool = False
    ) -> tuple[StaffSession, Staff] | None:
        """The live session of a token and its person; a session that is over is deleted.

        Finds whole sessions, or with `half` those that wait for a code; never both.
        `lock` locks the person's row before the session is looked at.
        """
        session = await tx.session.get(StaffSession, token_hash(token))
        if session is None:
            return None
        if lock:
            person = await lock_person(tx, session.staff_id)
            session = await tx.session.get(
                StaffSession, token_hash(token), populate_existing=True, with_for_update=True
            )
            if session is None:
                return None
        else:
            person = await tx.session.get(Staff, session.staff_id)
        now, idle = self._core.clock.now(), self._core.settings.staff_session_idle
        if person is None or not person.active:
            await tx.session.delete(session)
            return None
        if now >= session.expires_at or now - session.seen_at > idle:
            await tx.session.delete(session)
            return None
        return (session, person) if is_half(session, person) == half else None

    async def need(self, tx: Transaction, token: str) -> tuple[StaffSession, Staff]:
        """Like `find` for a whole session, locked. Raises `NotAllowedError` when it is over."""
        found = await self.find(tx, token, lock=True)
        if found is None:
            raise NotAllowedError("the session is over", code="sign_in_needed")
        return found

    async def end_others(self, tx: Transaction, session: StaffSession) -> None:
        """Ends every other session of the same person."""
        await tx.session.execute(
            delete(StaffSession).where(
                StaffSession.staff_id == session.staff_id,
                StaffSession.token_hash != session.token_hash,
            )
        )

    async def mine(self, token: str) -> list[SessionLine]:
        """One's own sessions, the latest used first. Raises `NotAllowedError`."""
        async with self._core.database.transaction() as tx:
            here, person = await self.need(tx, token)
            now, idle = self._core.clock.now(), self._core.settings.staff_session_idle
            rows = await tx.session.scalars(
                select(StaffSession)
                .where(StaffSession.staff_id == person.id, StaffSession.expires_at > now)
                .order_by(StaffSession.seen_at.desc(), StaffSession.created_at)
            )
            return [
                SessionLine(
                    session_key(row.token_hash),
                    row.created_at,
                    row.seen_at,
                    min(row.expires_at, row.seen_at + idle),
                    row.token_hash == here.token_hash,
                )
                for row in rows
                if now - row.seen_at <= idle
            ]

    async def end(self, token: str, key: str) -> None:
        """Ends one of one's own sessions. Raises `NotFoundError`, `NotAllowedError`."""
        async with self._core.database.transaction() as tx:
            _, person = await self.need(tx, token)
            rows = await tx.session.scalars(
                select(StaffSession).where(StaffSession.staff_id == person.id)
            )
            chosen = [row for row in rows if session_key(row.token_hash) == key]
            if not chosen:
                raise NotFoundError("there is no such session")
            await tx.session.delete(chosen[0])
            now = self._core.clock.now()
            await record(tx, Tag.STAFF_SIGNED_OUT, at=now, actor=person.id, subject=person.id)

    async def end_mine_elsewhere(self, token: str) -> None:
        """Ends every session of one's own but this one. Raises `NotAllowedError`."""
        async with self._core.database.transaction() as tx:
            here, person = await self.need(tx, token)
            await self.end_others(tx, here)
            now = self._core.clock.now()
            await record(tx, Tag.STAFF_SIGNED_OUT, at=now, actor=person.id, subject=person.id)


def is_half(session: StaffSession, person: Staff) -> bool:
    """Whether a session still waits for the code of the second factor."""
    return person.totp_sealed is not None and session.proved_at is None


def session_key(hashed: bytes) -> str:
    """The name of a session in forms."""
    return hashlib.sha256(b"session|" + hashed).hexdigest()[:20]


async def lock_person(tx: Transaction, staff_id: UUID) -> Staff | None:
    """A member of staff, locked; None when there is none."""
    # FOR NO KEY UPDATE: claims refer to this row and must not wait for us.
    found: Staff | None = await tx.session.scalar(
        select(Staff)
        .where(Staff.id == staff_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    return found
