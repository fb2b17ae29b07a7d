"""A simulated day on the real desk, ladder and claims: time stands in a heap and in the job queue.

Everything that happens is also written into a ledger of its own, which knows nothing of the
trail, so that the two can be compared.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, text, update

from amaan.clock import SetClock
from amaan.conversation.store import lock_conversation
from amaan.core import Core
from amaan.errors import AmaanError
from amaan.ports import Inbound
from amaan.storage.models import Conversation, Escalation, Staff
from handoff.desk import PAGE_TASK
from handoff.duty import Duties
from handoff.figures.times import ZONE
from handoff.hours import zone_of
from handoff.ladder import handoff_tasks
from handoff.lapse import Lapses
from handoff.pause import Pauses
from handoff.states import CALLING, HELD, Outcome, State
from handoff.transfer import Transfers
from handoff.viewer import Viewer
from tests.handoff.parts import FakePager, Handoff

BASE_PER_HOUR = 2
SPIKE_HOUR = 20
SPIKE_TIMES = 8
SHIFTS = {"night": 0, "day": 8, "evening": 16}
"""First hour of each, by the clock in Pakistan; all last eight hours."""
OUTAGE = (timedelta(hours=13, minutes=2), timedelta(hours=13, minutes=12))
"""No worker runs: jobs stand in the queue and are carried out late."""
TWO_SECONDS = timedelta(seconds=2)
LEVELS = ("critical", "critical", "critical", "elevated", "requested")
LANGUAGES = ("ur", "ur", "ur", "pa", "sd", "ps")


@dataclass
class Lived:
    """What the simulation itself knows of one case."""

    level: str
    rung_at: datetime
    begun: datetime
    """When the alarm rang that made it what it is."""
    language: str
    door: str
    called: datetime | None = None
    claimed: datetime | None = None
    worded: datetime | None = None
    ended: datetime | None = None
    is_alone: bool = True
    """Nobody has written to her since she needed a human."""
    rang_again: int = 0
    left: int = 0
    """How often whoever held the chat was gone."""
    due: int = 0
    missed: int = 0
    rang_at: list[datetime] = field(default_factory=list)
    """Every time a telephone or console rang for it."""

    @property
    def waits(self) -> bool:
        """Whether this is still the first wait, in which the first times are taken."""
        return self.worded is None and self.ended is None

    def seconds_to(self, at: datetime | None) -> float | None:
        """Seconds from `begun`; None for what has not come."""
        return None if at is None else (at - self.begun).total_seconds()


class RingingPager(FakePager):
    """Tells the day who was called."""

    def __init__(self, rang: Callable[[Staff], None]) -> None:
        super().__init__()
        self._rang = rang

    async def page(self, staff: Staff, means: str, text: str) -> None:
        """See `Pager.page`."""
        await super().page(staff, means, text)
        self._rang(staff)


class Day:
    """One day, by the minute and the second; `seed` fixes everything that chance decides."""

    def __init__(self, core: Core, clock: SetClock, start: datetime, seed: int) -> None:
        self.core, self.clock, self.start = core, clock, start
        self.handoff = Handoff(core)
        self.chance = random.Random(seed)
        self.ledger: dict[UUID, Lived] = {}
        self.people: dict[str, Viewer] = {}
        self.jobs_run = 0
        pager = RingingPager(self._rang)
        self._transfers = Transfers(core, self.handoff.desk, self.handoff.courier)
        self._lapses = Lapses(core, self.handoff.desk, self.handoff.courier)
        self._tasks = handoff_tasks(core, self.handoff.courier, pager).tasks
        self._heap: list[tuple[datetime, int, Callable[[], Awaitable[None]]]] = []
        self._order = itertools.count()
        self._dead_until: dict[UUID, datetime] = {}
        self._job_of: UUID | None = None
        self._looked: set[tuple[str, int, int]] = set()
        clock.move(start - clock.now())

    # People and hours

    async def hire(self) -> None:
        """Three shifts of three, a lead at home, a coordinator; two absences, one stand-in."""
        lead = await self.handoff.staff("lead", role="lead", on_call=False)
        self.people["lead"] = lead
        self.people["coordinator"] = await self.handoff.staff(
            "coordinator", role="lead", on_call=False, is_coordinator=True
        )
        duties = Duties(self.core)
        first = self.start.astimezone(zone_of(ZONE)).date()
        for shift, hour in SHIFTS.items():
            for number in range(3):
                name = f"{shift}-{number}"
                languages = ["ur", ("pa", "sd", "ps")[number]]
                viewer = await self.handoff.staff(name, languages=languages)
                self.people[name] = viewer
                await duties.add_pattern(
                    lead,
                    viewer.staff_id,
                    weekday=first.weekday(),
                    starts=time(hour),
                    minutes=480,
                    valid_from=first,
                )
        spare = await self.handoff.staff("spare", languages=["ur", "sd"], on_call=False)
        self.people["spare"] = spare
        whole = (self.start, self.start + timedelta(days=1))
        await duties.add_absence(lead, self.people["day-1"].staff_id, *whole, spare.staff_id)
        evening = (self.start + timedelta(hours=19), self.start + timedelta(hours=22))
        await duties.add_absence(lead, self.people["evening-2"].staff_id, *evening)

    def plan(self) -> int:
        """Sets the day's alarms and happenings; returns how many alarms."""
        count = 0
        for hour in range(24):
            alarms = BASE_PER_HOUR * (SPIKE_TIMES if hour == SPIKE_HOUR else 1)
            for _ in range(alarms):
                self._at(timedelta(hours=hour, seconds=self.chance.uniform(0, 3_599)), self._alarm)
                count += 1
        # One in the last minute of each shift: it must not go home with anybody.
        for hour in (8, 16, 24):
            self._at(timedelta(hours=hour, seconds=-25), self._alarm)
            count += 1
        # Two while no worker runs.
        for later in (2, 5):
            at = OUTAGE[0] + timedelta(minutes=later)
            self._at(at, lambda: self._alarm("critical"))
            count += 1
        self._at(timedelta(hours=18), lambda: self._pause("evening-0"))
        return count

    # Time

    def _at(self, offset: timedelta, deed: Callable[[], Awaitable[None]]) -> None:
        heapq.heappush(self._heap, (self.start + offset, next(self._order), deed))

    def _in(self, seconds: float, deed: Callable[[], Awaitable[None]]) -> None:
        self._at(self.clock.now() - self.start + timedelta(seconds=seconds), deed)

    async def run(self, until: timedelta) -> None:
        """Lets time pass: whatever is due next happens, a job of the queue or somebody's deed."""
        end = self.start + until
        job = await self._next_job(None)
        while True:
            due_at = max(job[1], self._woken(job[1])) if job is not None else None
            deed_at = self._heap[0][0] if self._heap else None
            known = [at for at in (due_at, deed_at) if at is not None]
            if not known or min(known) >= end:
                break
            self.clock.move(max(min(known), self.clock.now()) - self.clock.now())
            if job is not None and due_at == min(known):
                await self._work(*job[1:])
                job = await self._next_job(job[0])
            else:
                _, _, deed = heapq.heappop(self._heap)
                await deed()
                if getattr(deed, "func", None) != self._look_if_it_rang:
                    # Whatever is more than a look may have set timers.
                    job = await self._next_job(None)
        self.clock.move(end - self.clock.now())

    def _woken(self, due: datetime) -> datetime:
        """When a worker takes a job that is due then."""
        asleep, awake = (self.start + offset for offset in OUTAGE)
        return awake if asleep <= due < awake else due

    async def _next_job(self, done: int | None) -> tuple[int, datetime, str, dict[str, Any]] | None:
        """The next timer of the queue; the one that is done leaves it.

        Lines for her while she waits (`handoff.waiting`) have tests of their own, and time.
        """
        async with self.core.database.transaction() as tx:
            if done is not None:
                await tx.session.execute(
                    text("DELETE FROM procrastinate_jobs WHERE id = :id"), {"id": done}
                )
            row = (
                await tx.session.execute(
                    text(
                        "SELECT id, scheduled_at, task_name, args FROM procrastinate_jobs "
                        "WHERE status = 'todo' AND task_name LIKE 'handoff:%' "
                        "AND task_name <> 'handoff:keep_company' "
                        "AND scheduled_at IS NOT NULL ORDER BY scheduled_at, id LIMIT 1"
                    )
                )
            ).one_or_none()
        return None if row is None else (row[0], row[1], row[2], row[3])

    async def _work(self, due: datetime, name: str, args: dict[str, Any]) -> None:
        """Carries a job out as a worker would; one in ten twice, as after a crash."""
        self._job_of = UUID(args["escalation_id"])
        for _ in range(1 + (self.chance.random() < 0.1)):
            await self._tasks[name.removeprefix("handoff:")].func(**args)
        if name == PAGE_TASK and args["step"] >= len(self.core.settings.page_steps) - 1:
            # After the last step the next call is set by the job itself.
            await self._armed(self._job_of)
        self._job_of = None
        self.jobs_run += 1

    async def _look_if_it_rang(self, case_id: UUID, ladder: int, due: datetime) -> None:
        """Two seconds after a step's time: is somebody still to be called, and did it ring?"""
        case = await self.handoff.case(case_id)
        if case.ladder == ladder and State(case.state) in CALLING:
            lived = self.ledger[case_id]
            lived.due += 1
            lived.missed += not any(due <= at <= due + TWO_SECONDS for at in lived.rang_at)

    async def _armed(self, case_id: UUID) -> None:
        """Sets a look for every page timer of the case that is new in the queue."""
        async with self.core.database.transaction() as tx:
            rows = await tx.session.execute(
                text(
                    "SELECT scheduled_at, args FROM procrastinate_jobs "
                    "WHERE task_name = 'handoff:page' AND args ->> 'escalation_id' = :case"
                ),
                {"case": str(case_id)},
            )
            timers = [(at, args["ladder"], args["step"]) for at, args in rows]
        for at, ladder, step in timers:
            key = (str(case_id), ladder, step)
            if key not in self._looked:
                self._looked.add(key)
                look = partial(self._look_if_it_rang, case_id, ladder, at)
                self._at(at + TWO_SECONDS - self.start, look)

    # What she does

    async def _alarm(self, level: str | None = None) -> None:
        chance = self.chance
        door = chance.choice(("web", "web", "sms", "whatsapp"))
        level = level or chance.choice(LEVELS)
        language = chance.choice(LANGUAGES)
        inbound = Inbound(
            door,  # type: ignore[arg-type]
            f"+92300{chance.randrange(10**7):07}",
            "invented",
            uuid4().hex,
            sendable=door != "web",
        )
        accepted = await self.handoff.bench.acceptor.accept(inbound)
        assert accepted.conversation_id is not None
        conversation_id = accepted.conversation_id
        async with self.core.database.transaction() as tx:
            await tx.session.execute(
                update(Conversation)
                .where(Conversation.id == conversation_id)
                .values(language=language, script="Arab")
            )
        await self.handoff.alarm(conversation_id, level)
        case = await self.handoff.case_of(conversation_id)
        self.ledger[case.id] = Lived(level, self.clock.now(), self.clock.now(), language, door)
        await self._armed(case.id)
        if level == "elevated" and chance.random() < 0.4:
            self._in(chance.uniform(100, 500), lambda: self._rises(case.id, conversation_id))
        if chance.random() < 0.04:
            self._in(chance.uniform(20, 300), lambda: self._erases(case.id, conversation_id))

    async def _rises(self, case_id: UUID, conversation_id: UUID) -> None:
        lived, before = self.ledger[case_id], await self.handoff.case(case_id)
        if before.state == State.CLOSED:
            return
        await self.handoff.alarm(conversation_id, "critical")
        if lived.waits and State(before.state) not in HELD:
            lived.level, lived.begun = "critical", self.clock.now()
            lived.called = lived.claimed = None
        elif before.state == State.RELEASED:
            lived.rang_again += 1
            lived.is_alone = True
        await self._armed(case_id)

    async def _erases(self, case_id: UUID, conversation_id: UUID) -> None:
        if (await self.handoff.case(case_id)).state not in CALLING:
            return
        async with self.core.database.transaction() as tx:
            assert await lock_conversation(tx, conversation_id) is not None
            await self.handoff.desk.erased(tx, conversation_id)
        self.ledger[case_id].ended = self.ledger[case_id].ended or self.clock.now()

    # What supervisors do

    def _rang(self, staff: Staff) -> None:
        assert self._job_of is not None
        case_id, now = self._job_of, self.clock.now()
        lived = self.ledger[case_id]
        lived.rang_at.append(now)
        if lived.waits and lived.called is None:
            lived.called = now
        if self.chance.random() < 0.7 and staff.sign_in_name in self.people:
            viewer = self.people[staff.sign_in_name]
            self._in(self.chance.uniform(15, 200), lambda: self._comes(viewer, case_id))

    async def _comes(self, viewer: Viewer, case_id: UUID) -> None:
        if self._is_dead(viewer) or await self._held(viewer) >= 5:
            return
        before = await self.handoff.case(case_id)
        if State(before.state) not in CALLING or before.claimed_by == viewer.staff_id:
            return
        await self._see([viewer])
        try:
            await self.handoff.claims.claim(viewer, case_id)
        except AmaanError:
            return
        lived = self.ledger[case_id]
        if lived.waits:
            lived.claimed = lived.claimed or self.clock.now()
        fate = self.chance.random()
        if fate < 0.06:
            self._dead_until[viewer.staff_id] = self.clock.now() + timedelta(minutes=9)
            for seconds in (181, 200, 260, 400):
                self._in(seconds, self._house_looks)
        else:
            self._in(self.chance.uniform(10, 60), lambda: self._writes(viewer, case_id, fate))

    async def _writes(self, viewer: Viewer, case_id: UUID, fate: float) -> None:
        if not await self._holds(viewer, case_id):
            return
        await self.handoff.claims.send(viewer, case_id, "Main yahan hoon")
        lived = self.ledger[case_id]
        if lived.waits:
            lived.worded = self.clock.now()
        lived.is_alone = False
        self._in(self.chance.uniform(240, 700), lambda: self._ends(viewer, case_id, fate))

    async def _ends(self, viewer: Viewer, case_id: UUID, fate: float) -> None:
        if not await self._holds(viewer, case_id):
            return
        if fate < 0.2:
            await self._transfers.offer(viewer, case_id, language="ur")
            await self._armed(case_id)
            self._in(900, lambda: self._ends(viewer, case_id, 1.0))
            return
        if fate < 0.35:
            await self.handoff.claims.release(viewer, case_id)
            case = await self.handoff.case(case_id)
            assert case.conversation_id is not None
            conversation_id = case.conversation_id
            if fate < 0.3:
                self._in(600, lambda: self._rises(case_id, conversation_id))
            return
        outcome = Outcome.NOT_A_RISK if fate < 0.5 else Outcome.SAFE_NOW
        await self.handoff.claims.close(viewer, case_id, outcome, gender="woman")
        self.ledger[case_id].ended = self.clock.now()

    async def _pause(self, name: str) -> None:
        viewer = self.people[name]
        await self._leaving(lambda: Pauses(self.core, self._transfers).begin(viewer, 30))

    async def _house_looks(self) -> None:
        """Everybody whose console lives is seen; then claims of the others are taken back."""
        await self._see([one for one in self.people.values() if not self._is_dead(one)])
        await self._leaving(self._lapses.take_back)

    async def _leaving(self, deed: Callable[[], Awaitable[int]]) -> None:
        """Does it, and notes which cases lost their holder after a first word."""
        before = await self.states()
        gone = await deed()
        now = await self.states()
        for case_id, was in before.items():
            if was in HELD and now[case_id] is State.OPEN:
                gone -= 1
                self.ledger[case_id].left += not self.ledger[case_id].is_alone
                self.ledger[case_id].is_alone = True
                await self._armed(case_id)
        assert gone == 0

    async def states(self) -> dict[UUID, State]:
        """Where every case stands."""
        async with self.core.database.transaction() as tx:
            rows = await tx.session.execute(select(Escalation.id, Escalation.state))
            return {case_id: State(state) for case_id, state in rows}

    def _is_dead(self, viewer: Viewer) -> bool:
        until = self._dead_until.get(viewer.staff_id)
        return until is not None and self.clock.now() < until

    async def _see(self, viewers: list[Viewer]) -> None:
        async with self.core.database.transaction() as tx:
            await tx.session.execute(
                update(Staff)
                .where(Staff.id.in_([one.staff_id for one in viewers]))
                .values(present_at=self.clock.now())
            )

    async def _holds(self, viewer: Viewer, case_id: UUID) -> bool:
        case: Escalation = await self.handoff.case(case_id)
        held = State(case.state) in HELD and case.claimed_by == viewer.staff_id
        return held and not self._is_dead(viewer)

    async def _held(self, viewer: Viewer) -> int:
        async with self.core.database.transaction() as tx:
            count = await tx.session.scalar(
                text(
                    "SELECT count(*) FROM escalation WHERE claimed_by = :who "
                    "AND state IN ('claimed', 'engaged', 'handed_over')"
                ),
                {"who": viewer.staff_id},
            )
        return int(count or 0)
