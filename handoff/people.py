"""The people who work here, as those who keep accounts see and change them.

Nobody changes her own role or ends her own account, and the last lead stays. Numbers and
addresses are written here and never shown again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select

from amaan.core import Core
from amaan.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from amaan.storage import Transaction
from amaan.storage.models import Staff, StaffSession
from handoff.accounts import BY_NUMBER, LANGUAGES, Accounts
from handoff.audit import Tag, record
from handoff.permissions import Permission, Role
from handoff.second_factor import forget_factor
from handoff.viewer import Viewer

_MOST_CASES = 20
_LAST_ORDER = 32_000


class LastLeadError(ConflictError):
    """Without a lead nobody is called when nobody takes a case, and nobody keeps accounts."""

    code = "last_lead"


class OwnAccountError(NotAllowedError):
    """One's own role and end are for a colleague to set."""

    code = "own_account"


@dataclass(frozen=True)
class PersonLine:
    """A member of staff, without numbers and addresses."""

    staff_id: UUID
    name: str
    role: str
    languages: tuple[str, ...]
    means: tuple[str, ...]
    has_number: bool
    has_email: bool
    on_call: bool
    on_call_order: int
    is_coordinator: bool
    time_zone: str
    quiet_from: time | None
    quiet_until: time | None
    most_cases: int
    active: bool
    has_password: bool
    has_factor: bool


@dataclass(frozen=True)
class Change:
    """What somebody's account should be; the whole of it."""

    role: str
    languages: Sequence[str]
    means: Sequence[str] = ("console",)
    number: str | None = None
    """International; None keeps the one that is stored."""
    email: str | None = None
    on_call: bool = True
    on_call_order: int = 100
    is_coordinator: bool = False
    time_zone: str = "Asia/Karachi"
    quiet_from: time | None = None
    quiet_until: time | None = None
    most_cases: int = 4


class People:
    """Accounts of others. Each method is one transaction and needs `STAFF_MANAGE`."""

    def __init__(self, core: Core, accounts: Accounts) -> None:
        self._core = core
        self._accounts = accounts

    async def everybody(self, viewer: Viewer) -> list[PersonLine]:
        """Everybody, those who left last. Raises `NotAllowedError`."""
        viewer.require(Permission.STAFF_MANAGE)
        async with self._core.database.transaction() as tx:
            rows = await tx.session.scalars(
                select(Staff).order_by(Staff.active.desc(), Staff.sign_in_name)
            )
            return [_line(row) for row in rows]

    async def one(self, viewer: Viewer, staff_id: UUID) -> PersonLine:
        """One person. Raises `NotAllowedError`, `NotFoundError`."""
        viewer.require(Permission.STAFF_MANAGE)
        async with self._core.database.transaction() as tx:
            person = await tx.session.get(Staff, staff_id)
            if person is None:
                raise NotFoundError("there is no such member of staff")
            return _line(person)

    async def add(
        self, viewer: Viewer, name: str, role: str, languages: Sequence[str]
    ) -> tuple[UUID, str]:
        """Adds a person, called by console; her id and the word of her first sign-in.

        Raises `NameTakenError`, `InputError`, `NotAllowedError`.
        """
        viewer.require(Permission.STAFF_MANAGE)
        actor = viewer.staff_id
        person = await self._accounts.add(name, role, languages, actor=actor)
        return person.id, await self._accounts.issue_one_time(person.id, actor=actor)

    async def change(self, viewer: Viewer, staff_id: UUID, change: Change) -> None:
        """Makes an account what `change` says; recorded with the names of what changed.

        Raises `InputError`, `OwnAccountError` (one's own role), `LastLeadError`,
        `NotFoundError`, `NotAllowedError`.
        """
        viewer.require(Permission.STAFF_MANAGE)
        _check(change)
        async with self._core.database.transaction() as tx:
            # Before the table's lock, or a rotation of keys and we would wait for each other.
            await self._core.vault.hold_epoch(tx)
            person = await self._lock(tx, staff_id)
            if change.role != person.role:
                await self._may_leave_role(tx, viewer, person)
            before = _state(person)
            await self._apply(tx, person, change)
            changed = [name for name, value in _state(person).items() if before[name] != value]
            if changed:
                now = self._core.clock.now()
                await record(
                    tx,
                    Tag.STAFF_CHANGED,
                    at=now,
                    actor=viewer.staff_id,
                    subject=staff_id,
                    changed=" ".join(changed),
                    role=person.role,
                )

    async def deactivate(self, viewer: Viewer, staff_id: UUID) -> None:
        """Ends an account; chats she holds are taken back when her console is gone.

        Raises `OwnAccountError`, `LastLeadError`, `NotFoundError`, `NotAllowedError`.
        """
        viewer.require(Permission.STAFF_MANAGE)
        async with self._core.database.transaction() as tx:
            person = await self._lock(tx, staff_id)
            await self._may_leave_role(tx, viewer, person)
            await self._accounts.end_account(tx, person, viewer.staff_id)

    async def issue_word(self, viewer: Viewer, staff_id: UUID) -> str:
        """A one-time word for somebody who lost her password; it does not replace her code.

        Raises `OwnAccountError`, `NotFoundError`, `NotAllowedError`.
        """
        viewer.require(Permission.STAFF_MANAGE)
        if staff_id == viewer.staff_id:
            raise OwnAccountError()
        return await self._accounts.issue_one_time(staff_id, actor=viewer.staff_id)

    async def take_factor(self, viewer: Viewer, staff_id: UUID) -> None:
        """Takes the second factor of somebody who lost her telephone and her codes.

        Ends her sessions: one that waits for a code must not become a whole one.
        Raises `OwnAccountError`, `NotFoundError`, `NotAllowedError`.
        """
        viewer.require(Permission.STAFF_MANAGE)
        if staff_id == viewer.staff_id:
            raise OwnAccountError()
        async with self._core.database.transaction() as tx:
            person = await self._lock(tx, staff_id)
            await forget_factor(tx, person)
            await tx.session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))
            now = self._core.clock.now()
            tag = Tag.STAFF_FACTOR_TAKEN
            await record(tx, tag, at=now, actor=viewer.staff_id, subject=staff_id)

    async def _lock(self, tx: Transaction, staff_id: UUID) -> Staff:
        # The whole table: two leads who remove each other at once must leave one.
        await tx.lock_table("staff")
        person = await tx.session.get(Staff, staff_id, populate_existing=True)
        if person is None or not person.active:
            raise NotFoundError("there is no such member of staff")
        return person

    async def _may_leave_role(self, tx: Transaction, viewer: Viewer, person: Staff) -> None:
        if person.id == viewer.staff_id:
            raise OwnAccountError()
        leads = await tx.session.scalar(
            select(func.count())
            .select_from(Staff)
            .where(Staff.active, Staff.role == Role.LEAD, Staff.id != person.id)
        )
        if person.role == Role.LEAD and not leads:
            raise LastLeadError()

    async def _apply(self, tx: Transaction, person: Staff, change: Change) -> None:
        vault, means = self._core.vault, set(change.means)
        number = change.number or (
            vault.open_staff(person, "page_sealed") if means & BY_NUMBER else None
        )
        email = change.email or (
            vault.open_staff(person, "email_sealed") if "email" in means else None
        )
        await self._accounts.set_means(tx, person, list(change.means), number, email)
        person.role, person.languages = change.role, list(change.languages)
        person.on_call, person.on_call_order = change.on_call, change.on_call_order
        person.is_coordinator, person.most_cases = change.is_coordinator, change.most_cases
        person.time_zone = change.time_zone
        person.quiet_from, person.quiet_until = change.quiet_from, change.quiet_until


def _check(change: Change) -> None:
    if change.role not in set(Role):
        raise InputError("unknown role", code="role")
    if not change.languages or not set(change.languages) <= set(LANGUAGES):
        raise InputError(f"languages are {', '.join(LANGUAGES)}", code="languages")
    try:
        ZoneInfo(change.time_zone)
    except (KeyError, ValueError, OSError):
        raise InputError("unknown time zone", code="time_zone") from None
    if (change.quiet_from is None) != (change.quiet_until is None):
        raise InputError("quiet hours have a beginning and an end", code="quiet_hours")
    if not 1 <= change.most_cases <= _MOST_CASES or not 0 <= change.on_call_order <= _LAST_ORDER:
        raise InputError("out of range")


def _line(person: Staff) -> PersonLine:
    return PersonLine(
        staff_id=person.id,
        name=person.sign_in_name,
        role=person.role,
        languages=tuple(person.languages),
        means=tuple(person.page_means),
        has_number=person.page_sealed is not None,
        has_email=person.email_sealed is not None,
        on_call=person.on_call,
        on_call_order=person.on_call_order,
        is_coordinator=person.is_coordinator,
        time_zone=person.time_zone,
        quiet_from=person.quiet_from,
        quiet_until=person.quiet_until,
        most_cases=person.most_cases,
        active=person.active,
        has_password=person.password_hash is not None,
        has_factor=person.totp_sealed is not None,
    )


def _state(person: Staff) -> dict[str, object]:
    """What a change is seen by. Sealed values change with every writing, so keyed by look-up."""
    return {
        "role": person.role,
        "languages": tuple(person.languages),
        "means": tuple(person.page_means),
        "number": person.page_lookup,
        "email": person.email_sealed,
        "on_call": (person.on_call, person.on_call_order, person.is_coordinator),
        "quiet": (person.time_zone, person.quiet_from, person.quiet_until),
        "most_cases": person.most_cases,
    }
