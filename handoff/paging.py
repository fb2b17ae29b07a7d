"""Sends the pages that a step of the ladder made, each one once.

A page is marked before it is sent. A worker that dies in between leaves the mark,
and whoever comes next asks the provider before calling the same person again.
"""

from __future__ import annotations

import asyncio
from uuid import UUID

from sqlalchemy import Select, select

from amaan.core import Core
from amaan.errors import OutsideServiceError, UnknownOutcomeError
from amaan.logs import log
from amaan.storage import Transaction
from amaan.storage.models import Page, Staff
from handoff.audit import SYSTEM, Tag, record
from handoff.pager import CONSOLE, Pager, page_text

PAGE_FAILED = "page_failed"
AT_ONCE = 8
"""Pages of one process that are with a provider at the same time: when it hangs, the others
wait behind these, and enough connections to the database are left for all else."""
_TAGS = {
    "sent": Tag.PAGE_SENT,
    "failed": Tag.PAGE_FAILED,
    "unknown": Tag.PAGE_OUTCOME_UNKNOWN,
}


class PageRound:
    """Sends what is queued for one case."""

    def __init__(self, core: Core, pager: Pager) -> None:
        self._core = core
        self._pager = pager
        self._places = asyncio.Semaphore(AT_ONCE)

    async def send_all(self, escalation_id: UUID, ladder: int) -> bool:
        """Sends every page of this ladder that has not gone out.

        Returns whether there were some and all of them surely failed.
        """
        async with self._core.database.transaction() as tx:
            rows = await tx.session.execute(
                select(Page.id, Page.means)
                .where(
                    Page.escalation_id == escalation_id,
                    Page.ladder == ladder,
                    Page.state.in_(("queued", "sending")),
                )
                .order_by(Page.step, Page.created_at)
            )
            unsent = [(page_id, means) for page_id, means in rows]
        # Open consoles ring at once; a slow provider must not hold anybody else's page back.
        consoles = await self._ring([page_id for page_id, means in unsent if means == CONSOLE])
        others = await asyncio.gather(
            *(self._send_in_turn(page_id) for page_id, means in unsent if means != CONSOLE)
        )
        states = [state for state in (*consoles, *others) if state is not None]
        if "failed" in states:
            await self._core.operator_alarms.raise_alarm(PAGE_FAILED)
        return bool(states) and all(state == "failed" for state in states)

    async def _ring(self, page_ids: list[UUID]) -> list[str]:
        """Rings the consoles of a step together, and returns the new states.

        A notice of our own database goes out with the commit or not at all, so that no mark is
        needed before it; and in a flood the last step alone calls dozens of people.
        """
        if not page_ids:
            return []
        async with self._core.database.transaction() as tx:
            pages = list(await tx.session.scalars(_unsent().where(Page.id.in_(page_ids))))
            for page in pages:
                await self._pager.ring(tx, page.staff_id)
                await self._note(tx, page, "sent")
            return [page.state for page in pages]

    async def _send_in_turn(self, page_id: UUID) -> str | None:
        async with self._places:
            return await self._send(page_id)

    async def _send(self, page_id: UUID) -> str | None:
        """Sends one page; None when somebody else does or did. Returns the page's new state."""
        async with self._core.database.transaction() as tx:
            page = await _lock_unsent(tx, page_id)
            if page is None:
                return None
            interrupted = page.state == "sending"
            page.state = "sending"
        async with self._core.database.transaction() as tx:
            page = await _lock_unsent(tx, page_id)
            if page is None:
                return None
            staff = await tx.session.get_one(Staff, page.staff_id)
            await self._note(tx, page, await self._call(page, staff, interrupted=interrupted))
            return page.state

    async def _note(self, tx: Transaction, page: Page, state: str) -> None:
        page.state = state
        page.sent_at = self._core.clock.now() if state != "failed" else None
        await record(
            tx,
            _TAGS[state],
            at=self._core.clock.now(),
            actor=SYSTEM,
            subject=page.escalation_id,
            ladder=page.ladder,
            step=page.step,
            staff_id=str(page.staff_id),
            means=page.means,
        )

    async def _call(self, page: Page, staff: Staff, *, interrupted: bool) -> str:
        text = page_text(page.escalation_id)
        try:
            if interrupted and await self._pager.was_paged(
                staff, page.means, text, page.created_at
            ):
                return "sent"
            await self._pager.page(staff, page.means, text)
        except OutsideServiceError as error:
            log().warning(
                "page_did_not_go_out",
                escalation_id=str(page.escalation_id),
                staff_id=str(staff.id),
                step=page.step,
                code=error.code,
            )
            # Whatever became of it, her open console rings.
            await self._pager.page(staff, CONSOLE, text)
            # An interrupted page that cannot be looked up may have gone out.
            nobody_knows = interrupted or isinstance(error, UnknownOutcomeError)
            return "unknown" if nobody_knows else "failed"
        return "sent"


async def _lock_unsent(tx: Transaction, page_id: UUID) -> Page | None:
    """The page under its row's lock, or None when another worker has it or it went out."""
    found: Page | None = await tx.session.scalar(_unsent().where(Page.id == page_id))
    return found


def _unsent() -> Select[Page]:
    return (
        select(Page)
        .where(Page.state.in_(("queued", "sending")))
        .order_by(Page.step, Page.created_at)
        .with_for_update(skip_locked=True)
    )
