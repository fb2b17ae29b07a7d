"""A second supervisor who reads along, seen by the one who holds the chat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from amaan.core import Core
from amaan.storage import Transaction
from amaan.storage.models import CaseListener, Escalation, Staff
from handoff.audit import Tag, record
from handoff.cases import Change, OpenCase, announce, locked_case
from handoff.permissions import Permission
from handoff.viewer import Viewer


@dataclass(frozen=True)
class Listener:
    """Who reads along in a case."""

    staff_id: UUID
    name: str
    since: datetime


class Listening:
    """Beginning and ceasing to read along; ends by itself when the case is closed.

    Methods raise what `locked_case` raises.
    """

    def __init__(self, core: Core) -> None:
        self._core = core

    async def begin(self, viewer: Viewer, escalation_id: UUID) -> None:
        """The viewer reads along; the holder sees it. Audited; harmless when she does already."""
        async with locked_case(self._core, viewer, escalation_id, Permission.CASE_READ) as found:
            new = await found.tx.session.scalar(
                insert(CaseListener)
                .values(
                    escalation_id=found.case.id,
                    staff_id=viewer.staff_id,
                    since=self._core.clock.now(),
                )
                .on_conflict_do_nothing()
                .returning(CaseListener.staff_id)
            )
            if new is not None:
                await self._note(found, viewer, Tag.LISTENING_BEGUN)

    async def end(self, viewer: Viewer, escalation_id: UUID) -> None:
        """The viewer reads along no more. Audited; harmless when she did not."""
        async with locked_case(
            self._core, viewer, escalation_id, Permission.CASE_READ, closed_too=True
        ) as found:
            gone = await found.tx.session.scalar(
                delete(CaseListener)
                .where(
                    CaseListener.escalation_id == found.case.id,
                    CaseListener.staff_id == viewer.staff_id,
                )
                .returning(CaseListener.staff_id)
            )
            if gone is not None:
                await self._note(found, viewer, Tag.LISTENING_ENDED)

    @staticmethod
    async def of(tx: Transaction, case: Escalation) -> tuple[Listener, ...]:
        """Who reads along in a case, the longest first."""
        rows = await tx.session.execute(
            select(CaseListener.staff_id, Staff.sign_in_name, CaseListener.since)
            .join(Staff, Staff.id == CaseListener.staff_id)
            .where(CaseListener.escalation_id == case.id)
            .order_by(CaseListener.since, Staff.sign_in_name)
        )
        return tuple(Listener(staff_id, name, since) for staff_id, name, since in rows)

    async def _note(self, found: OpenCase, viewer: Viewer, tag: Tag) -> None:
        now = self._core.clock.now()
        await record(found.tx, tag, at=now, actor=viewer.staff_id, subject=found.case.id)
        await announce(found.tx, found.case, Change.LISTENING)
