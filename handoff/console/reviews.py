"""Complaints that need a human: what supervisors see of them, and what they do with them.

The house looks at the urgency of a complaint before it leaves and at what went wrong on its
way. Nothing here keeps one from leaving: it does so by itself when the time for a look ends.
Its text is opened for one request, after the permission was checked, only while somebody has
to look at it, and whoever opens it is on record.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, SQLColumnExpression, func, or_, select

from amaan.core import Core
from amaan.errors import ConflictError, InputError, NotFoundError
from amaan.logs import log
from amaan.storage import Transaction
from amaan.storage.database import CONSOLE_CHANNEL
from amaan.storage.models import Complaint
from amaan.together import Together
from handoff.audit import Tag, record
from handoff.console.complaintlines import (
    complaint_line,
    complaint_rows,
    event_lines,
    is_overdue,
    open_case,
)
from handoff.console.complaintviews import STOPPED, ComplaintBoard, ComplaintLine, ComplaintView
from handoff.console.complaintwords import CODES, FOLLOW_UPS
from handoff.console.opening import opened
from handoff.permissions import Permission
from handoff.tiers import TIERS
from handoff.viewer import ComplaintsWaiting, Viewer
from intake import events
from intake.complaints import Complaints
from intake.contents import lock_complaint
from intake.leaving import CHANGED
from intake.states import State

_MOST = 200
"""Lines of one list. More wait only when nobody has looked for days."""
_NEED_HUMAN = [State.REVIEW.value, *(state.value for state in STOPPED)]


class Reviews:
    """Complaints as supervisors see them; each method is one transaction."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._complaints = Complaints(core)
        self._counts = Together(self._count)

    async def waiting(self, viewer: Viewer) -> ComplaintsWaiting | None:
        """How many need a human; None for somebody who sees no complaints."""
        return await self._counts.get() if viewer.may(Permission.COMPLAINT_REVIEW) else None

    async def board(self, viewer: Viewer) -> ComplaintBoard:
        """The complaints that need a human, without content. Raises `NotAllowedError`."""
        viewer.require(Permission.COMPLAINT_REVIEW)
        stopped = [state.value for state in STOPPED]
        async with self._core.database.transaction() as tx:
            review = await self._list(
                tx, viewer, Complaint.state == State.REVIEW.value, Complaint.review_until
            )
            held = await self._list(tx, viewer, Complaint.state.in_(stopped), Complaint.updated_at)
            overdue = await self._list(
                tx, viewer, is_overdue(self._core.clock.now()), Complaint.due_at
            )
        return ComplaintBoard(review, held, overdue)

    async def glance(self, viewer: Viewer, complaint_id: UUID) -> ComplaintView:
        """One complaint without its text. Records nothing.

        Raises `NotAllowedError`, and `NotFoundError` also for a draft: nobody else sees those.
        """
        viewer.require(Permission.COMPLAINT_REVIEW)
        async with self._core.database.transaction() as tx:
            view, _ = await self._view(tx, viewer, complaint_id)
        return view

    async def read(self, viewer: Viewer, complaint_id: UUID) -> ComplaintView:
        """One complaint with its text, which is recorded; without it when nobody needs to look.

        Raises as `glance`.
        """
        viewer.require(Permission.COMPLAINT_REVIEW)
        async with self._core.database.transaction() as tx:
            view, row = await self._view(tx, viewer, complaint_id)
            if not view.may_open:
                return view
            view = await opened(self._core, tx, row, view)
            if view.opened:
                await self._record(tx, Tag.COMPLAINT_READ, viewer, row, state=row.state)
        return view

    async def set_tier(
        self,
        viewer: Viewer,
        complaint_id: UUID,
        tier: str,
        reasons: Sequence[str] = (),
        *,
        seen: str,
    ) -> None:
        """Confirms, raises or lowers the tier; one in review leaves with it. Audited.

        `seen` is the tier that stood on the page. `reasons` replace the machine's codes when
        some are given, and some must be when the tier is lowered. Raises `InputError` (codes
        ``tier``, ``reason_codes``, ``reason_needed``), `ConflictError` (``conflict``,
        ``complaint_left``), and as `glance`.
        """
        if tier not in TIERS:
            raise InputError("there is no such tier", code="tier")
        async with self._locked(viewer, complaint_id) as (tx, row):
            if seen != row.tier:
                raise ConflictError("the tier has changed", code="conflict")
            if not {*CODES, *row.tier_codes}.issuperset(reasons):
                raise InputError("there is no such reason code", code="reason_codes")
            if TIERS.index(tier) < TIERS.index(row.tier) and not reasons:
                raise InputError("a lower tier needs a reason", code="reason_needed")
            before, codes = row.tier, list(dict.fromkeys(reasons)) or list(row.tier_codes)
            try:
                await self._complaints.confirm(tx, row, viewer.staff_id, tier, codes)
            except ConflictError:
                raise ConflictError("it has left already", code="complaint_left") from None
            tag = Tag.COMPLAINT_TIER_SET
            await self._record(tx, tag, viewer, row, before=before, tier=tier)

    async def try_again(self, viewer: Viewer, complaint_id: UUID) -> None:
        """Sends a held or refused complaint on its way once more. Audited.

        Raises `ConflictError` (code ``conflict``) for any other, and as `glance`.
        """
        async with self._locked(viewer, complaint_id) as (tx, row):
            if State(row.state) not in STOPPED:
                raise ConflictError("it is on its way", code="conflict")
            before = row.state
            await self._complaints.try_again(tx, row, viewer.staff_id)
            await self._record(tx, Tag.COMPLAINT_SENT_AGAIN, viewer, row, before=before)

    async def follow_up(self, viewer: Viewer, complaint_id: UUID, what: str) -> None:
        """Notes in the custody log what a human did for it; `what` is one of `FOLLOW_UPS`.

        Audited. Raises `InputError` (code ``follow_up``), `ConflictError` (``conflict``)
        when nobody needs to look at it, and as `glance`.
        """
        if what not in FOLLOW_UPS:
            raise InputError("there is no such follow-up", code="follow_up")
        async with self._locked(viewer, complaint_id) as (tx, row):
            line = await self._one(tx, viewer, row.id)
            if line is None or not line.needs_human:
                raise ConflictError("nobody needs to look at it", code="conflict")
            await events.record(
                tx, self._core.clock, row.id, "staff", events.Tag.FOLLOWED_UP,
                subject=what, staff_id=viewer.staff_id,
            )  # fmt: skip
            await self._record(tx, Tag.COMPLAINT_FOLLOWED_UP, viewer, row, what=what)
            await tx.notify(CONSOLE_CHANNEL, change=CHANGED, complaint_id=str(row.id))

    async def _count(self) -> ComplaintsWaiting:
        async with self._core.database.transaction() as tx:
            waits, late = Complaint.state.in_(_NEED_HUMAN), is_overdue(self._core.clock.now())
            counts = select(func.count().filter(waits), func.count().filter(late))
            row = (await tx.session.execute(counts.where(or_(waits, late)))).one()
        return ComplaintsWaiting(waiting=row[0], overdue=row[1])

    async def _list(
        self,
        tx: Transaction,
        viewer: Viewer,
        where: ColumnElement[bool],
        first: SQLColumnExpression[datetime | None],
    ) -> tuple[ComplaintLine, ...]:
        now = self._core.clock.now()
        statement = complaint_rows().where(where).order_by(first).limit(_MOST)
        rows = await tx.session.execute(statement)
        return tuple(complaint_line(row, name, viewer, now) for row, name in rows)

    async def _one(
        self, tx: Transaction, viewer: Viewer, complaint_id: UUID
    ) -> ComplaintLine | None:
        statement = complaint_rows().where(Complaint.id == complaint_id)
        found = (await tx.session.execute(statement)).first()
        if found is None:
            return None
        return complaint_line(found[0], found[1], viewer, self._core.clock.now())

    async def _view(
        self, tx: Transaction, viewer: Viewer, complaint_id: UUID
    ) -> tuple[ComplaintView, Complaint]:
        row = await tx.session.get(Complaint, complaint_id)
        line = await self._one(tx, viewer, complaint_id)
        if row is None or line is None or line.state is State.DRAFT:
            raise NotFoundError("there is no such complaint")
        entries = await events.read_events(tx, complaint_id)
        view = ComplaintView(
            line=line,
            events=await event_lines(tx, entries),
            chain_holds=events.check_chain(entries) is None,
            case_id=await open_case(tx, row),
        )
        return view, row

    @asynccontextmanager
    async def _locked(
        self, viewer: Viewer, complaint_id: UUID
    ) -> AsyncIterator[tuple[Transaction, Complaint]]:
        viewer.require(Permission.COMPLAINT_REVIEW)
        async with self._core.database.transaction() as tx:
            row = await lock_complaint(tx, complaint_id)
            if row is None or row.state == State.DRAFT:
                raise NotFoundError("there is no such complaint")
            yield tx, row

    async def _record(
        self, tx: Transaction, tag: Tag, viewer: Viewer, row: Complaint, **detail: str
    ) -> None:
        now = self._core.clock.now()
        await record(tx, tag, at=now, actor=viewer.staff_id, subject=row.id, **detail)
        log().info(tag.value.replace(":", "_"), complaint_id=str(row.id))
