"""Tries at the door: how wrong words and codes are counted, and how they slow a name down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from amaan.logs import log
from amaan.storage import Transaction
from amaan.storage.models import Staff
from handoff.audit import SYSTEM, Tag, record
from handoff.passwords import wait_after


@dataclass(frozen=True)
class PasswordTry:
    """One try of a password, counted as wrong before it is checked."""

    staff_id: UUID | None
    password_hash: str | None
    """None when nothing may succeed: unknown name, no password yet, or slowed down."""
    counted_at: datetime | None = None
    counted_before: datetime | None = None
    """The time of the last wrong try before this one."""


def must_wait(person: Staff, now: datetime) -> bool:
    """Whether a name was tried wrongly too often to be tried now."""
    waits = wait_after(person.failed_count)
    # A clock that was set back must not make anybody wait for ever.
    return person.failed_at is not None and abs(now - person.failed_at) < waits


async def count_wrong_code(tx: Transaction, person: Staff, now: datetime) -> None:
    """Counts a wrong code of a locked person, and records it: her password was right."""
    person.failed_count += 1
    person.failed_at = now
    log().warning("sign_in_refused")
    await record(tx, Tag.STAFF_SIGN_IN_REFUSED, at=now, actor=SYSTEM, subject=person.id)


def take_back(attempt: PasswordTry, person: Staff) -> None:
    """Uncounts a right password that a code must follow; earlier wrong tries stay counted."""
    person.failed_count = max(0, person.failed_count - 1)
    if person.failed_at == attempt.counted_at:
        person.failed_at = attempt.counted_before
