"""Opens and seals what belongs to a conversation, under that conversation's own data key."""

from __future__ import annotations

import json
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import delete, select, update

from amaan.clock import Clock
from amaan.crypto import KeyRing, new_data_key, seal, unseal
from amaan.crypto.envelope import UnsealError
from amaan.errors import ErasedError, StorageError
from amaan.storage.database import Transaction
from amaan.storage.models import DataKey, KeyEpoch, Staff

_BATCH = 500
StaffPlace = Literal["page_sealed", "email_sealed", "totp_sealed"]
"""Sealed columns of `Staff`."""
_STAFF_PLACES: dict[StaffPlace, str] = {
    # The name that the first release sealed numbers under.
    "page_sealed": "staff.page",
    "email_sealed": "staff.email_sealed",
    "totp_sealed": "staff.totp_sealed",
}


class Vault:
    """Data keys of conversations.

    Keys are read from the database for every unit of work and never cached
    between them: an erase by another process must take effect at once.
    """

    def __init__(self, ring: KeyRing, clock: Clock) -> None:
        self._ring = ring
        self._clock = clock

    async def create_key(self, tx: Transaction, conversation_id: UUID) -> bytes:
        """Makes, stores and returns the data key of a new conversation."""
        key = new_data_key()
        epoch = await self._epoch_for_wrapping(tx)
        _, wrapped = self._ring.wrap(str(conversation_id), key, epoch)
        tx.session.add(DataKey(conversation_id=conversation_id, epoch=epoch, wrapped=wrapped))
        await tx.session.flush()
        return key

    async def open_key(self, tx: Transaction, conversation_id: UUID) -> bytes:
        """The data key. Raises `ErasedError` when it is gone, `StorageError` when the epoch is."""
        row = await tx.session.get(DataKey, conversation_id, populate_existing=True)
        if row is None:
            raise ErasedError()
        try:
            return self._ring.unwrap(str(conversation_id), row.epoch, row.wrapped)
        except UnsealError as error:
            raise StorageError("a data key cannot be unwrapped") from error

    async def destroy_key(self, tx: Transaction, conversation_id: UUID) -> None:
        """Deletes the wrapped data key; from the commit on nothing sealed by it can be read."""
        await tx.session.execute(delete(DataKey).where(DataKey.conversation_id == conversation_id))

    async def first_epoch(self, tx: Transaction) -> None:
        """Makes epoch 1 on an empty database; harmless on any other."""
        if await tx.session.scalar(select(KeyEpoch.epoch).limit(1)) is None:
            if 1 not in self._ring.epochs():
                self._ring.create(1)
            tx.session.add(KeyEpoch(epoch=1, created_at=self._clock.now()))

    async def rotate(self, tx: Transaction) -> tuple[int, list[int]]:
        """Makes a new epoch and wraps every data key anew under it.

        Returns the new epoch and the old ones, whose files the caller destroys
        with `KeyRing.destroy` **after** the commit. Locks the epoch table, so
        that no key is wrapped under an old epoch meanwhile.
        """
        await tx.lock_table("key_epoch")
        old = list(await tx.session.scalars(_live_epochs()))
        new = max([*old, *self._ring.epochs()], default=0) + 1
        self._ring.create(new)
        while rows := list(
            await tx.session.scalars(select(DataKey).where(DataKey.epoch != new).limit(_BATCH))
        ):
            for row in rows:
                key = self._ring.unwrap(str(row.conversation_id), row.epoch, row.wrapped)
                row.epoch, row.wrapped = self._ring.wrap(str(row.conversation_id), key, new)
            await tx.session.flush()
        for person in await tx.session.scalars(
            select(Staff).where(Staff.page_wrapped.is_not(None))
        ):
            assert person.page_epoch is not None
            assert person.page_wrapped is not None
            key = self._ring.unwrap(str(person.id), person.page_epoch, person.page_wrapped)
            person.page_epoch, person.page_wrapped = self._ring.wrap(str(person.id), key, new)
        now = self._clock.now()
        await tx.session.execute(
            update(KeyEpoch).where(KeyEpoch.epoch.in_(old)).values(destroyed_at=now)
        )
        tx.session.add(KeyEpoch(epoch=new, created_at=now))
        return new, old

    async def _epoch_for_wrapping(self, tx: Transaction) -> int:
        # FOR SHARE: a rotation waits for us, and we for it.
        statement = _live_epochs().with_for_update(read=True)
        epochs = list(await tx.session.scalars(statement))
        if not epochs:
            raise StorageError("there is no key epoch: run `amaan up` or `amaan keys rotate` first")
        newest: int = max(epochs)
        return newest

    def seal_staff(self, person: Staff, place: StaffPlace, value: str) -> None:
        """Seals one private value of a staff member, under a key of her own made when needed.

        Hold the key epoch (`hold_epoch`) in the same transaction when she may have no key yet.
        """
        key = self._staff_key(person)
        if key is None:
            key = new_data_key()
            person.page_epoch, person.page_wrapped = self._ring.wrap(str(person.id), key)
        setattr(person, place, seal(key, value.encode(), _aad(_STAFF_PLACES[place], person.id)))

    def open_staff(self, person: Staff, place: StaffPlace) -> str | None:
        """A private value of a staff member, or None. Raises `StorageError` when it is broken."""
        key, sealed = self._staff_key(person), getattr(person, place)
        if key is None or sealed is None:
            return None
        try:
            return unseal(key, sealed, _aad(_STAFF_PLACES[place], person.id)).decode()
        except UnsealError as error:
            raise StorageError("a sealed value of a staff member cannot be opened") from error

    async def hold_epoch(self, tx: Transaction) -> None:
        """Waits for a rotation of keys that is under way, and makes the next one wait for us."""
        await tx.session.execute(select(KeyEpoch.epoch).with_for_update(read=True))

    def _staff_key(self, person: Staff) -> bytes | None:
        if person.page_wrapped is None or person.page_epoch is None:
            return None
        try:
            return self._ring.unwrap(str(person.id), person.page_epoch, person.page_wrapped)
        except UnsealError as error:
            raise StorageError("the key of a staff member cannot be unwrapped") from error


def _live_epochs() -> Any:
    return select(KeyEpoch.epoch).where(KeyEpoch.destroyed_at.is_(None))


def _aad(place: str, row_id: UUID) -> bytes:
    return f"{place}|{row_id}".encode()


def seal_json(key: bytes, value: Any, place: str, row_id: UUID) -> bytes:
    """Seals a JSON value for the column `place` (``message.sealed``) of the row `row_id`."""
    return seal(key, json.dumps(value, ensure_ascii=False).encode(), _aad(place, row_id))


def unseal_json(key: bytes, sealed: bytes, place: str, row_id: UUID) -> Any:
    """Opens what `seal_json` made. Raises `StorageError` when it does not open."""
    try:
        return json.loads(unseal(key, sealed, _aad(place, row_id)))
    except UnsealError as error:
        raise StorageError(f"a sealed value in {place} cannot be opened") from error
