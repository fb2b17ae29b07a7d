"""Where alarms arrive: the case is opened or raised with its timers in the alarm's own transaction.

From the commit on the alarm depends on nothing but the database.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from amaan.clock import Clock
from amaan.logs import log
from amaan.ports import Alarm
from amaan.settings import Settings
from amaan.storage import Transaction
from amaan.storage.models import CaseListener, Conversation, Escalation
from handoff.audit import PERSON, SYSTEM, Tag, record
from handoff.cases import Change, announce, end_offer
from handoff.honour import begin_clock, end_clock
from handoff.states import CALLING, COMING, WAITING, Outcome, State, move
from handoff.tiers import raise_tier
from handoff.waiting import arm_company, be_quiet

PAGE_TASK = "handoff:page"
LEVELS = ("requested", "elevated", "critical")
"""Levels of a case from least to most urgent; a request is never a risk. They say how soon
somebody must be in the chat; tiers (`handoff.tiers`) how soon its matter is dealt with."""


class Desk:
    """Implements `amaan.ports.EscalationDesk`."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        self._settings = settings
        self._clock = clock

    async def raise_alarm(self, tx: Transaction, conversation: Conversation, alarm: Alarm) -> bool:
        """Opens a case with its timers, or raises the open one; `conversation` must be locked.

        Returns whether a human was called before and is coming or there. False
        for a case that was released: the alarm calls somebody anew. The level is
        never lowered. A rise to critical, or a request on a case whose ladder
        still waits, starts the ladder again; in a claimed case it only notifies.
        """
        case = await tx.session.scalar(
            select(Escalation)
            .where(Escalation.conversation_id == conversation.id, Escalation.state != State.CLOSED)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        if case is None:
            await self._open(tx, conversation, alarm)
            return False
        was_coming = State(case.state) in COMING
        await self._raise(tx, case, alarm)
        return was_coming

    async def has_open_case(self, tx: Transaction, conversation_id: UUID) -> bool:
        """Whether a human was called and is coming or there (not released, not closed)."""
        found = await tx.session.scalar(
            select(Escalation.id).where(
                Escalation.conversation_id == conversation_id,
                Escalation.state.in_([state.value for state in COMING]),
            )
        )
        return found is not None

    async def human_was_here(self, tx: Transaction, conversation_id: UUID) -> bool:
        """See `EscalationDesk.human_was_here`: a supervisor has written to her in some case."""
        found = await tx.session.scalar(
            select(Escalation.id)
            .where(
                Escalation.conversation_id == conversation_id, Escalation.engaged_at.is_not(None)
            )
            .limit(1)
        )
        return found is not None

    async def be_quiet(self, tx: Transaction, conversation_id: UUID) -> bool:
        """See `EscalationDesk.be_quiet`."""
        return await be_quiet(tx, conversation_id)

    async def erased(self, tx: Transaction, conversation_id: UUID) -> None:
        """Keeps a record of time, tier and door of the erased conversation's cases, and no more."""
        now = self._clock.now()
        cases = await tx.session.scalars(
            select(Escalation)
            .where(Escalation.conversation_id == conversation_id)
            .with_for_update()
            .execution_options(populate_existing=True)
        )
        for case in cases:
            was_open = case.state != State.CLOSED
            case.conversation_id = None
            case.erased_by_person = True
            # What she wrote about goes too (design.md 6.5: time, tier, channel).
            case.kind, case.who, case.reasons = None, "self", []
            case.rules, case.gender, case.judged = [], None, None
            end_offer(case)
            end_clock(case)
            if was_open:
                case.state = move(case.state, State.CLOSED)
                case.outcome, case.closed_at = Outcome.ERASED.value, now
            await record(
                tx, Tag.ESCALATION_ERASED, at=now, actor=PERSON, subject=case.id, was_open=was_open
            )
            await announce(tx, case, Change.ERASED)
            await tx.session.execute(
                delete(CaseListener).where(CaseListener.escalation_id == case.id)
            )
        await tx.session.flush()

    async def restart_ladder(self, tx: Transaction, case: Escalation) -> None:
        """Starts a new ladder now; timers of the older ones will do nothing."""
        case.ladder += 1
        await self._arm(tx, case, timedelta(0))

    async def call_anew(self, tx: Transaction, case: Escalation) -> None:
        """Starts a new ladder for a **locked** case of `CALLING`: nobody has come yet."""
        if case.state == State.PAGED:
            case.state = move(case.state, State.OPEN)
        await self.restart_ladder(tx, case)

    async def end_wait(self, tx: Transaction, case: Escalation) -> None:
        """Calls at once when the ladder of a **locked** case would begin later only."""
        if State(case.state) in CALLING and case.clock_started_at > self._clock.now():
            await self.call_anew(tx, case)

    async def _open(self, tx: Transaction, conversation: Conversation, alarm: Alarm) -> None:
        now = self._clock.now()
        case = Escalation(
            id=uuid4(),
            conversation_id=conversation.id,
            door=conversation.door,
            language=conversation.language,
            script=conversation.script,
            level=alarm.level,
            kind=alarm.kind,
            who=alarm.who,
            reasons=[alarm.reason],
            state=State.OPEN.value,
            erased_by_person=False,
            opened_at=now,
            last_alarm_at=now,
            clock_started_at=now,
            ladder=1,
            step_done=-1,
            told_ladder=0,
            rules=[],
            honour=False,
        )
        raise_tier(case, alarm, now)
        tx.session.add(case)
        if alarm.honour:
            await begin_clock(tx, case, now, self._settings)
        waits = self._settings.elevated_page_after if alarm.level == "elevated" else timedelta(0)
        await self._arm(tx, case, waits)
        await record(
            tx,
            Tag.ESCALATION_OPENED,
            at=now,
            actor=SYSTEM,
            subject=case.id,
            level=alarm.level,
            reason=alarm.reason,
            tier=case.tier,
        )
        await announce(tx, case, Change.OPENED)
        log().info("case_opened", escalation_id=str(case.id), reason=alarm.reason)

    async def _raise(self, tx: Transaction, case: Escalation, alarm: Alarm) -> None:
        now = self._clock.now()
        rose = LEVELS.index(alarm.level) > LEVELS.index(case.level)
        if rose:
            case.level = alarm.level
        if alarm.kind is not None and (rose or case.kind is None):
            case.kind, case.who = alarm.kind, alarm.who
        if alarm.reason not in case.reasons:
            case.reasons = [*case.reasons, alarm.reason]
        case.last_alarm_at = now
        raise_tier(case, alarm, now)
        if alarm.honour:
            await begin_clock(tx, case, now, self._settings)
        restarts = self._calls_anew(case, alarm, rose=rose)
        if restarts:
            if case.state == State.RELEASED:
                # Her wish for quiet was for the wait that is over.
                case.wait_quiet = False
            if case.state != State.OPEN:
                case.state = move(case.state, State.OPEN)
            await self.restart_ladder(tx, case)
        await record(
            tx,
            Tag.ESCALATION_RAISED,
            at=now,
            actor=SYSTEM,
            subject=case.id,
            level=case.level,
            reason=alarm.reason,
            tier=case.tier,
            rose=rose,
            ladder=case.ladder,
        )
        await announce(tx, case, Change.RAISED)

    def _calls_anew(self, case: Escalation, alarm: Alarm, *, rose: bool) -> bool:
        if case.state == State.RELEASED:
            return True
        if State(case.state) not in WAITING:
            return False
        # A request ends the wait of an elevated case; no rise may make a page later.
        still_waits = case.clock_started_at > self._clock.now()
        return (rose and alarm.level == "critical") or (still_waits and alarm.level == "requested")

    async def _arm(self, tx: Transaction, case: Escalation, waits: timedelta) -> None:
        case.clock_started_at = self._clock.now() + waits
        case.step_done = -1
        await tx.session.flush()
        for step, seconds in enumerate(self._settings.page_steps):
            await tx.defer(
                PAGE_TASK,
                at=case.clock_started_at + timedelta(seconds=seconds),
                escalation_id=str(case.id),
                ladder=case.ladder,
                step=step,
            )
        await arm_company(tx, case, self._settings)
