"""The chain over the record of deeds: whoever changes or removes one is found out.

Each deed is linked a little after it was committed, so that no deed waits for another's.
Link n is the SHA-256 of link n-1 and the deed's own content. What the chain cannot show
by itself: deeds changed before they were linked (within a minute), and a chain that was
made anew from a point on by somebody who rules the database. Against the second, note the
last link somewhere else (`amaan audit check` prints it) and give it to the next check.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Select, String, cast, exists, func, select, text

from amaan.core import Core
from amaan.errors import InputError
from amaan.storage import Transaction
from amaan.storage.models import AuditEvent, AuditSeal, Staff

FIRST = bytes(32)
"""What stands before the first link."""
_BATCH = 500
# Deeds that committed late, with a lower number than what is linked already, are looked for
# this far back each time, and from the beginning by `Trail.seal(whole=True)`.
_LOOK_BACK = 10_000
SEAL_SECONDS = 60.0
SEAL_WHOLE_SECONDS = 3600.0
# Any fixed number: only one process links at a time.
_SEAL_LOCK = 0x5345414C


@dataclass(frozen=True)
class Broken:
    """The first place where the chain does not hold."""

    seq: int
    """Number of the link."""
    event_id: int | None
    """Number of the deed; None when the link itself is gone."""
    why: str
    """``event_changed``, ``event_missing``, ``link_missing`` or ``head_differs``."""

    def __str__(self) -> str:
        return f"link {self.seq}: {self.why}, deed {self.event_id or 'unknown'}"


@dataclass(frozen=True)
class Head:
    """The end of the chain."""

    seq: int
    digest: bytes

    def __str__(self) -> str:
        return f"{self.seq}:{self.digest.hex()}"

    @classmethod
    def read(cls, noted: str) -> Head:
        """Reads what `str` wrote. Raises `InputError`."""
        found = re.fullmatch(r"([0-9]{1,18}):([0-9a-f]{64})", noted.strip())
        if found is None:
            raise InputError("a noted link looks like 120:ab12...")
        return cls(int(found[1]), bytes.fromhex(found[2]))


@dataclass(frozen=True)
class ChainState:
    """How far the chain reaches."""

    head: Head
    unsealed: int
    """Deeds that are not linked yet; they are, within a minute."""
    oldest_unsealed: datetime | None


class Trail:
    """Links deeds and checks the chain."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def seal(self, *, whole: bool = False) -> int:
        """Links deeds that are not linked yet; returns how many. One process at a time.

        `whole` looks for late ones from the beginning of the trail.
        """
        sealed = 0
        while True:
            async with self._core.database.transaction() as tx:
                done = await self._seal_batch(tx, whole=whole)
            sealed += done
            if done < _BATCH:
                return sealed

    async def seal_whole(self) -> int:
        """`seal` with `whole`, for upkeep."""
        return await self.seal(whole=True)

    async def check(self, noted: Head | None = None) -> Broken | None:
        """The first broken place, or None. `noted` is a link written down earlier.

        Reads the whole chain, some hundred links at a time.
        """
        last = Head(0, FIRST)
        async for seal, event in self._links():
            broken = _wrong_with(seal, event, last)
            if broken is not None:
                return broken
            last = Head(seal.seq, seal.digest)
            if noted is not None and noted.seq == last.seq and noted.digest != last.digest:
                return Broken(seal.seq, seal.event_id, "head_differs")
        if noted is not None and noted.seq > last.seq:
            return Broken(last.seq + 1, None, "link_missing")
        return None

    async def state(self) -> ChainState:
        """How far the chain reaches; checks nothing."""
        async with self._core.database.transaction() as tx:
            head = await _head(tx)
            row = (
                await tx.session.execute(
                    select(func.count(), func.min(AuditEvent.at)).where(~_is_sealed())
                )
            ).one()
        return ChainState(head, row[0], row[1])

    async def latest(self, count: int = 100, before: int | None = None) -> list[AuditEvent]:
        """The last deeds, or the last before a number; the newest first."""
        statement = select(AuditEvent).order_by(AuditEvent.id.desc()).limit(count)
        if before is not None:
            statement = statement.where(AuditEvent.id < before)
        async with self._core.database.transaction() as tx:
            return list(await tx.session.scalars(statement))

    async def names(self, events: Sequence[AuditEvent]) -> dict[str, str]:
        """The sign-in names of the staff among actors and subjects, by their ids."""
        ids = {one for event in events for one in (event.actor, event.subject_id)}
        async with self._core.database.transaction() as tx:
            rows = await tx.session.execute(
                select(Staff.id, Staff.sign_in_name).where(cast(Staff.id, String).in_(ids))
            )
            return {str(staff_id): name for staff_id, name in rows}

    async def _seal_batch(self, tx: Transaction, *, whole: bool) -> int:
        got = await tx.session.scalar(
            text("SELECT pg_try_advisory_xact_lock(:key)"), {"key": _SEAL_LOCK}
        )
        if not got:
            return 0
        head, now = await _head(tx), self._core.clock.now()
        for event in await tx.session.scalars(await _unsealed(tx, whole=whole)):
            head = Head(head.seq + 1, link(head, event))
            tx.session.add(
                AuditSeal(seq=head.seq, event_id=event.id, digest=head.digest, sealed_at=now)
            )
        found = len(tx.session.new)
        await tx.session.flush()
        return found

    async def _links(self) -> AsyncIterator[tuple[AuditSeal, AuditEvent | None]]:
        after = 0
        while True:
            async with self._core.database.transaction() as tx:
                rows = (
                    await tx.session.execute(
                        select(AuditSeal, AuditEvent)
                        .outerjoin(AuditEvent, AuditEvent.id == AuditSeal.event_id)
                        .where(AuditSeal.seq > after)
                        .order_by(AuditSeal.seq)
                        .limit(_BATCH)
                    )
                ).all()
            for seal, event in rows:
                yield seal, event
            if len(rows) < _BATCH:
                return
            after = rows[-1][0].seq


def _wrong_with(seal: AuditSeal, event: AuditEvent | None, last: Head) -> Broken | None:
    """What is wrong with a link that should follow `last`."""
    if seal.seq != last.seq + 1:
        return Broken(last.seq + 1, None, "link_missing")
    if event is None:
        return Broken(seal.seq, seal.event_id, "event_missing")
    if seal.digest != link(last, event):
        return Broken(seal.seq, seal.event_id, "event_changed")
    return None


def link(before: Head, event: AuditEvent) -> bytes:
    """The digest that links `event` to what stands `before` it."""
    content = json.dumps(
        [
            before.seq + 1,
            event.id,
            event.at.astimezone(UTC).isoformat(timespec="microseconds"),
            event.tag,
            event.actor,
            event.subject_id,
            event.detail,
        ],
        sort_keys=True,
        ensure_ascii=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(before.digest + content.encode()).digest()


async def _head(tx: Transaction) -> Head:
    last = await tx.session.scalar(select(AuditSeal).order_by(AuditSeal.seq.desc()).limit(1))
    return Head(last.seq, last.digest) if last else Head(0, FIRST)


def _is_sealed() -> ColumnElement[bool]:
    return exists().where(AuditSeal.event_id == AuditEvent.id)


async def _unsealed(tx: Transaction, *, whole: bool) -> Select[AuditEvent]:
    statement = select(AuditEvent).where(~_is_sealed()).order_by(AuditEvent.id).limit(_BATCH)
    if whole:
        return statement
    highest = await tx.session.scalar(select(func.max(AuditSeal.event_id))) or 0
    return statement.where(AuditEvent.id > highest - _LOOK_BACK)
