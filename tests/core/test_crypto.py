"""Sealing, epochs and what an erase or a destroyed epoch leaves readable: nothing."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from amaan.clock import SetClock
from amaan.core import Core
from amaan.crypto import KeyRing, Pseudonymiser, new_data_key, seal, unseal
from amaan.crypto.envelope import UnsealError
from amaan.errors import ErasedError
from amaan.storage.models import DataKey, KeyEpoch
from amaan.upkeep import Upkeep


@given(text=st.text(), place=st.binary(max_size=40))
def test_any_text_comes_back(text: str, place: bytes) -> None:
    key = new_data_key()
    assert unseal(key, seal(key, text.encode("utf-8", "surrogatepass"), place), place) == (
        text.encode("utf-8", "surrogatepass")
    )


def test_a_sealed_value_opens_only_in_its_place_and_whole() -> None:
    key = new_data_key()
    sealed = seal(key, b"text", b"here")
    for wrong in (sealed[:-1], b"\x02" + sealed[1:], sealed[:-1] + bytes([sealed[-1] ^ 1])):
        with pytest.raises(UnsealError):
            unseal(key, wrong, b"here")
    with pytest.raises(UnsealError):
        unseal(key, sealed, b"there")
    with pytest.raises(UnsealError):
        unseal(new_data_key(), sealed, b"here")


def test_a_key_file_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys")
    ring.create(1)
    assert stat.S_IMODE((tmp_path / "keys" / "1.key").stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        ring.create(1)


def test_a_destroyed_epoch_opens_nothing(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path)
    ring.create(1)
    epoch, wrapped = ring.wrap("owner", new_data_key())
    ring.destroy(1)
    with pytest.raises(UnsealError):
        ring.unwrap("owner", epoch, wrapped)
    with pytest.raises(UnsealError):
        KeyRing(tmp_path).current()


def test_look_up_keys_depend_on_secret_kind_and_value() -> None:
    one, other = Pseudonymiser(b"a" * 32), Pseudonymiser(b"b" * 32)
    value = "+923000000001"
    keys = {
        one.lookup("address", value),
        one.lookup("session", value),
        other.lookup("address", value),
    }
    assert len(keys) == 3
    with pytest.raises(ValueError, match="too short"):
        Pseudonymiser(b"short")


async def test_rotation_keeps_conversations_and_forgets_old_epochs(
    core: Core, clock: SetClock
) -> None:
    conversation_id = uuid4()
    async with core.database.transaction() as tx:
        key = await core.vault.create_key(tx, conversation_id)
        before = (await tx.session.get_one(DataKey, conversation_id)).wrapped
    upkeep = Upkeep(core.settings, clock, core.database, core.jobs, core.vault, core.ring)
    assert not await upkeep.rotate_if_due()
    clock.move(timedelta(days=1))
    assert await upkeep.rotate_if_due()
    assert core.ring.epochs() == [2]
    with pytest.raises(UnsealError):
        core.ring.unwrap(str(conversation_id), 1, before)
    async with core.database.transaction() as tx:
        assert await core.vault.open_key(tx, conversation_id) == key
        live = await tx.session.scalars(
            select(KeyEpoch.epoch).where(KeyEpoch.destroyed_at.is_(None))
        )
        assert list(live) == [2]
        await core.vault.destroy_key(tx, conversation_id)
    async with core.database.transaction() as tx:
        with pytest.raises(ErasedError):
            await core.vault.open_key(tx, conversation_id)
