"""Accounts of the people who work here: the first lead, further people, one-time words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from amaan.core import Core
from amaan.errors import InputError, NotFoundError
from amaan.logs import log
from amaan.storage import Transaction
from amaan.storage.models import Staff, StaffOneTime, StaffRecovery, StaffSession
from amaan.words import VARIANTS
from handoff.audit import OPERATOR, Tag, record
from handoff.passwords import Hasher, new_word, word_hash
from handoff.permissions import Role

ONE_TIME_LASTS = timedelta(days=1)
"""A word is handed over in person or by telephone on the same day."""
FIRST_NAME = "lead"
LANGUAGES = tuple(dict.fromkeys(variant.language for variant in VARIANTS.values()))
MEANS = ("console", "sms", "whatsapp", "voice", "email")
"""How somebody can be paged; one person may have several, which all ring at once."""
BY_NUMBER = frozenset({"sms", "whatsapp", "voice"})
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,63}")
_NUMBER = re.compile(r"\+[1-9][0-9]{7,14}")
_EMAIL = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,24}")


class NameTakenError(InputError):
    """The sign-in name is taken or malformed."""

    code = "name_unusable"


class Accounts:
    """Adds people and hands out one-time words. Each method is one transaction."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._hasher = Hasher()

    async def ensure_first_staff(self) -> Staff:
        """On an empty table makes ``lead``; returns the first lead in any case.

        Role lead, on call, all languages, coordinator, paged by console.
        """
        async with self._core.database.transaction() as tx:
            # Two processes that start together make one lead.
            await tx.lock_table("staff")
            found = await tx.session.scalar(
                select(Staff)
                .where(Staff.role == Role.LEAD, Staff.active)
                .order_by(Staff.created_at, Staff.sign_in_name)
                .limit(1)
            )
            if found is not None:
                return found
            if await tx.session.scalar(select(Staff.id).limit(1)) is not None:
                raise NotFoundError("there is no active lead: add one with `amaan staff add`")
            person = self._new(FIRST_NAME, Role.LEAD, LANGUAGES, on_call=True, order=100)
            person.is_coordinator = True
            await self._store(tx, person, OPERATOR)
            return person

    async def add(
        self,
        name: str,
        role: str,
        languages: Sequence[str],
        *,
        on_call: bool = True,
        on_call_order: int = 100,
        is_coordinator: bool = False,
        means: str | Sequence[str] = "console",
        number: str | None = None,
        email: str | None = None,
        actor: UUID | str = OPERATOR,
    ) -> Staff:
        """Adds a person without a password. Raises `NameTakenError`, `InputError`.

        `means` is one or several of `MEANS`. `number` (international, ``+92...``) is
        needed for ``sms``, ``whatsapp`` and ``voice``, `email` for ``email``.
        """
        name = name.strip().casefold()
        _check(name, role, languages)
        wanted = checked_means(means, number, email)
        person = self._new(name, role, languages, on_call=on_call, order=on_call_order)
        person.is_coordinator = is_coordinator
        async with self._core.database.transaction() as tx:
            # Before the table's lock, or a rotation and we would wait for each other.
            await self._core.vault.hold_epoch(tx)
            await tx.lock_table("staff")
            if await tx.session.scalar(select(Staff.id).where(Staff.sign_in_name == name)):
                raise NameTakenError("this sign-in name is taken")
            await self.set_means(tx, person, wanted, number, email)
            await self._store(tx, person, actor)
        return person

    async def set_means(
        self,
        tx: Transaction,
        person: Staff,
        means: Sequence[str],
        number: str | None,
        email: str | None,
    ) -> None:
        """Sets how `person` is paged; a number or address that is not given goes.

        Hold the key epoch (`Vault.hold_epoch`) and lock the table ``staff`` before, in this
        order. The caller audits. Raises `InputError`, code ``number_taken`` when the number
        is a colleague's: an answer from it could not be told apart.
        """
        person.page_means = checked_means(means, number, email)
        lookup = self._core.pseudonymiser.lookup("staff", number) if number else None
        if lookup is not None and await tx.session.scalar(
            select(Staff.id).where(Staff.page_lookup == lookup, Staff.id != person.id)
        ):
            raise InputError("this number belongs to somebody else here", code="number_taken")
        person.page_lookup = lookup
        person.page_sealed = person.email_sealed = None
        if number is not None:
            self._core.vault.seal_staff(person, "page_sealed", number)
        if email is not None:
            self._core.vault.seal_staff(person, "email_sealed", email)

    async def issue_one_time(self, staff_id: UUID, *, actor: UUID | str = OPERATOR) -> str:
        """A word that signs this person in once, within a day. Earlier unused words end."""
        word, now = new_word(), self._core.clock.now()
        async with self._core.database.transaction() as tx:
            person = await tx.session.get(Staff, staff_id)
            if person is None or not person.active:
                raise NotFoundError("there is no such member of staff")
            await tx.session.execute(delete(StaffOneTime).where(StaffOneTime.staff_id == staff_id))
            tx.session.add(
                StaffOneTime(
                    word_hash=word_hash(word), staff_id=staff_id, expires_at=now + ONE_TIME_LASTS
                )
            )
            await record(tx, Tag.STAFF_WORD_ISSUED, at=now, actor=actor, subject=staff_id)
        return word

    async def deactivate(self, staff_id: UUID, *, actor: UUID | str = OPERATOR) -> None:
        """Ends an account with its sessions and words. The name stays in the records."""
        async with self._core.database.transaction() as tx:
            person = await tx.session.get(Staff, staff_id, with_for_update=True)
            if person is None:
                raise NotFoundError("there is no such member of staff")
            await self.end_account(tx, person, actor)

    async def end_account(self, tx: Transaction, person: Staff, actor: UUID | str) -> None:
        """`deactivate` in the caller's transaction, which has locked `person`."""
        person.active = person.on_call = person.is_coordinator = False
        # Of somebody who left no number is kept, and a colleague may get her telephone.
        person.page_means, person.page_lookup = ["console"], None
        person.page_sealed = person.email_sealed = None
        person.totp_sealed, person.totp_step = None, None
        for table in (StaffSession, StaffOneTime, StaffRecovery):
            await tx.session.execute(delete(table).where(table.staff_id == person.id))
        now = self._core.clock.now()
        await record(tx, Tag.STAFF_DEACTIVATED, at=now, actor=actor, subject=person.id)

    def _new(
        self, name: str, role: str, languages: Sequence[str], *, on_call: bool, order: int
    ) -> Staff:
        return Staff(
            id=uuid4(),
            sign_in_name=name,
            role=str(role),
            languages=list(languages),
            on_call=on_call,
            on_call_order=order,
            is_coordinator=False,
            page_means=["console"],
            active=True,
            failed_count=0,
            created_at=self._now(),
        )

    async def _store(self, tx: Transaction, person: Staff, actor: UUID | str) -> None:
        tx.session.add(person)
        await tx.session.flush()
        await record(
            tx, Tag.STAFF_ADDED, at=self._now(), actor=actor, subject=person.id, role=person.role
        )
        log().info("staff_added", staff_id=str(person.id))

    def _now(self) -> datetime:
        return self._core.clock.now()


def checked_means(means: str | Sequence[str], number: str | None, email: str | None) -> list[str]:
    """`means` as a list without repeats, in the order of `MEANS`.

    Raises `InputError`: code ``means`` for none or an unknown one, ``number`` and ``email``
    when one is missing, malformed, or given for nothing.
    """
    wanted = {means} if isinstance(means, str) else set(means)
    if not wanted or not wanted <= set(MEANS):
        raise InputError(f"means of paging are {', '.join(MEANS)}", code="means")
    if bool(wanted & BY_NUMBER) != (number is not None) or (
        number is not None and not _NUMBER.fullmatch(number)
    ):
        raise InputError(
            "paging by text or voice needs a number such as +92..., other means none", code="number"
        )
    if ("email" in wanted) != (email is not None) or (
        email is not None and not _EMAIL.fullmatch(email)
    ):
        raise InputError("paging by e-mail needs an address, other means none", code="email")
    return [one for one in MEANS if one in wanted]


def _check(name: str, role: str, languages: Sequence[str]) -> None:
    if not _NAME.fullmatch(name):
        raise NameTakenError("a sign-in name has 2 to 64 letters a-z, digits, dots or dashes")
    if role not in set(Role):
        raise InputError("unknown role", code="role")
    if not languages or not set(languages) <= set(LANGUAGES):
        raise InputError(f"languages are {', '.join(LANGUAGES)}", code="languages")
