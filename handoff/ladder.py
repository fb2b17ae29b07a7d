"""The ladder: at each step the next people are called, until somebody takes the case.

Timers stand in the job queue since the alarm's own transaction (`desk`). A job may
run twice, late, or together with another: the case's row says which steps were
done, and each page goes out under a lock of its own row.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from procrastinate import Blueprint, RetryStrategy
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from amaan.core import Core
from amaan.logs import log
from amaan.ports import Courier
from amaan.storage import Transaction
from amaan.storage.models import Conversation, Escalation, Page, Staff
from handoff.audit import SYSTEM, Tag, record
from handoff.cases import Change, announce, lock_case
from handoff.desk import PAGE_TASK
from handoff.honour import HonourClock
from handoff.pager import Pager
from handoff.paging import PageRound
from handoff.roster import people_for
from handoff.sayings import NOBODY, say
from handoff.states import CALLING, State, move
from handoff.waiting import Company

REALERT_AFTER = timedelta(minutes=15)
"""After the last step everybody is called again at this interval, because she is told that
we keep calling (domain-facts 3.1, tier critical: re-alert 15 min; read 2026-11-21)."""
NOBODY_ON_CALL = "nobody_on_call"


class Ladder:
    """Carries out the steps of the ladder."""

    def __init__(self, core: Core, courier: Courier, pager: Pager) -> None:
        self._core = core
        self._courier = courier
        self._round = PageRound(core, pager)
        self._steps = len(core.settings.page_steps)

    async def page(
        self, escalation_id: UUID, ladder: int, step: int, *, early: bool = False
    ) -> None:
        """Carries out `step`; does nothing when somebody came, or for an older ladder.

        When nobody is found, or every page surely failed, the next step follows at once.
        `early` is set for a step before its time: somebody who was called cannot come.
        """
        own_step = step
        while await self._carry_out(
            escalation_id, ladder, step, is_due=step == own_step and not early
        ):
            if not await self._round.send_all(escalation_id, ladder):
                return
            # Nobody was reached: what was carried out tells which step is next.
            step = max(step, await self._step_done(escalation_id)) + 1
            if step >= self._steps:
                return

    async def _carry_out(
        self, escalation_id: UUID, ladder: int, step: int, *, is_due: bool
    ) -> bool:
        """The transaction of a step. Returns whether the case still waits for somebody.

        `is_due` is off for a step taken early: she is told that nobody came in its own time.
        """
        async with self._core.database.transaction() as tx:
            conversation, case = await lock_case(tx, escalation_id)
            if case is None or case.ladder != ladder or State(case.state) not in CALLING:
                return False
            found = True
            if step > case.step_done:
                found = await self._call_people(tx, case, step)
            too_late = is_due and step >= self._steps - 1
            if conversation is not None and (too_late or not found):
                await self._tell_her(tx, conversation, case)
            return True

    async def _call_people(self, tx: Transaction, case: Escalation, step: int) -> bool:
        """Makes the pages of `step`, or of the first later step that has people."""
        now = self._core.clock.now()
        people = await people_for(tx, case, step, self._steps, now)
        if not people:
            # In a transaction of its own and before ours commits: better twice than never.
            await self._core.operator_alarms.raise_alarm(NOBODY_ON_CALL)
        while not people and step < self._steps - 1:
            step += 1
            people = await people_for(tx, case, step, self._steps, now)
        await self._make_pages(tx, case, step, people)
        case.step_done = step
        if people and case.state == State.OPEN:
            case.state = move(case.state, State.PAGED)
        await record(
            tx,
            Tag.ESCALATION_STEPPED,
            at=self._core.clock.now(),
            actor=SYSTEM,
            subject=case.id,
            ladder=case.ladder,
            step=step,
            pages=len(people),
        )
        await announce(tx, case, Change.STEPPED)
        if step >= self._steps - 1:
            await self._arm_again(tx, case, step + 1)
        log().info("ladder_stepped", escalation_id=str(case.id), step=step, count=len(people))
        return bool(people)

    async def _make_pages(
        self, tx: Transaction, case: Escalation, step: int, people: list[Staff]
    ) -> None:
        now = self._core.clock.now()
        for person, means in ((one, means) for one in people for means in one.page_means):
            row = insert(Page).values(
                id=uuid4(),
                escalation_id=case.id,
                ladder=case.ladder,
                step=step,
                staff_id=person.id,
                means=means,
                due_at=self._due_at(case, step),
                created_at=now,
                state="queued",
            )
            await tx.session.execute(row.on_conflict_do_nothing())

    async def _arm_again(self, tx: Transaction, case: Escalation, step: int) -> None:
        await tx.defer(
            PAGE_TASK,
            at=self._core.clock.now() + REALERT_AFTER,
            escalation_id=str(case.id),
            ladder=case.ladder,
            step=step,
        )

    async def _tell_her(
        self, tx: Transaction, conversation: Conversation, case: Escalation
    ) -> None:
        """Says plainly, once a ladder, that nobody could come and which lines answer."""
        if conversation.holder_id is not None or case.told_ladder == case.ladder:
            return
        if await say(self._core, self._courier, tx, conversation, NOBODY):
            case.told_ladder = case.ladder
            await record(
                tx,
                Tag.PERSON_TOLD_NOBODY,
                at=self._core.clock.now(),
                actor=SYSTEM,
                subject=case.id,
                ladder=case.ladder,
            )

    def _due_at(self, case: Escalation, step: int) -> datetime:
        seconds = self._core.settings.page_steps
        if step >= len(seconds):
            return self._core.clock.now()
        return case.clock_started_at + timedelta(seconds=seconds[step])

    async def _step_done(self, escalation_id: UUID) -> int:
        async with self._core.database.transaction() as tx:
            done = await tx.session.scalar(
                select(Escalation.step_done).where(Escalation.id == escalation_id)
            )
            return -1 if done is None else done


def handoff_tasks(core: Core, courier: Courier, pager: Pager) -> Blueprint:
    """Tasks of the handoff, namespace ``handoff``."""
    steps = Ladder(core, courier, pager)
    honour = HonourClock(core)
    company = Company(core, courier)
    tasks = Blueprint()

    # Before all other work, and tried until it succeeds: a page must not wait behind
    # ordinary messages or give up while the database restarts.
    @tasks.task(name="page", priority=100, retry=RetryStrategy(wait=2))
    async def page(escalation_id: str, ladder: int, step: int, early: int = 0) -> None:
        await steps.page(UUID(escalation_id), ladder, step, early=bool(early))

    @tasks.task(name="look_after_honour", priority=100, retry=RetryStrategy(wait=2))
    async def look_after_honour(escalation_id: str, due: int, limit: int) -> None:
        await honour.look(UUID(escalation_id), due, limit)

    @tasks.task(name="keep_company", priority=10, retry=RetryStrategy(wait=5))
    async def keep_company(escalation_id: str, ladder: int, step: int) -> None:
        await company.keep(UUID(escalation_id), ladder, step)

    return tasks
