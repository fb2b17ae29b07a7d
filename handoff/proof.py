"""Proving again who one is, before what a borrowed console must not do.

Threat: a supervisor who left her seat, a colleague's open window. Exports, roles, ends of
accounts and of second factors ask for the password (and code) again when the last proof
is older than `Settings.prove_again_after`.
"""

from __future__ import annotations

from datetime import timedelta

from amaan.core import Core
from amaan.storage import Transaction
from handoff.audit import Tag, record
from handoff.second_factor import check_code
from handoff.staff import SignInRefusedError, StaffAccounts
from handoff.tries import PasswordTry, count_wrong_code, take_back
from handoff.viewer import Viewer


class Proofs:
    """Fresh proofs of sessions."""

    def __init__(self, core: Core, staff: StaffAccounts) -> None:
        self._core = core
        self._staff = staff

    def is_fresh(self, viewer: Viewer) -> bool:
        """Whether the last proof of this session still counts; never one from the future."""
        if viewer.proved_at is None:
            return False
        age = self._core.clock.now() - viewer.proved_at
        return timedelta(0) <= age <= self._core.settings.prove_again_after

    async def prove(self, token: str, password: str, code: str = "") -> None:
        """Proves a session again. Raises `SignInRefusedError`, slowed down as at the door."""
        viewer = await self._staff.viewer(token)
        if viewer is None:
            raise SignInRefusedError()
        attempt = await self._staff.check_password(viewer.name, password)
        async with self._core.database.transaction() as tx:
            proved = await self._note(tx, token, attempt, code)
        if not proved:
            raise SignInRefusedError()

    async def _note(self, tx: Transaction, token: str, attempt: PasswordTry, code: str) -> bool:
        found = await self._staff.sessions.find(tx, token, lock=True)
        if found is None or found[1].password_hash != attempt.password_hash:
            return False
        session, person = found
        now = self._core.clock.now()
        take_back(attempt, person)
        if not await check_code(self._core.vault, tx, person, code, now):
            await count_wrong_code(tx, person, now)
            return False
        session.proved_at, person.failed_count, person.failed_at = now, 0, None
        await record(tx, Tag.STAFF_PROVED, at=now, actor=person.id, subject=person.id)
        return True
