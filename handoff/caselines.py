"""One case as a line of the queue: read from its row, for one viewer, and put in order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import aliased

from amaan.storage.models import CaseListener, Escalation, Staff
from handoff.pager import reference
from handoff.states import WAITING, State
from handoff.tiers import TIERS
from handoff.viewer import Viewer
from handoff.views import CaseLine

_DANGER = {"critical": 0, "elevated": 1, "requested": 2}

_Holder = aliased(Staff)
_Sorter = aliased(Staff)
_Wanted = aliased(Staff)


@dataclass(frozen=True)
class CaseRow:
    """A case and what stands in other tables."""

    case: Escalation
    holder: str | None
    sorter: str | None
    """Who set the tier."""
    wanted: str | None
    """To whom the chat is offered."""
    listening: int


CaseSelect = Select[Escalation, str | None, str | None, str | None, int]


def case_rows() -> CaseSelect:
    """The statement of all cases; each row is what `CaseRow` takes, in its order."""
    listening: ColumnElement[int] = (
        select(func.count())
        .select_from(CaseListener)
        .where(CaseListener.escalation_id == Escalation.id)
        .correlate(Escalation)
        .scalar_subquery()
    )
    return (
        select(
            Escalation,
            _Holder.sign_in_name,
            _Sorter.sign_in_name,
            _Wanted.sign_in_name,
            listening,
        )
        .outerjoin(_Holder, _Holder.id == Escalation.claimed_by)
        .outerjoin(_Sorter, _Sorter.id == Escalation.tier_by)
        .outerjoin(_Wanted, _Wanted.id == Escalation.offered_to)
    )


def case_line(row: CaseRow, viewer: Viewer, honour_attention: timedelta) -> CaseLine:
    """A case as `viewer` sees it in the queue."""
    case = row.case
    return CaseLine(
        escalation_id=case.id,
        reference=reference(case.id),
        level=case.level,
        kind=case.kind,
        who=case.who,
        reasons=tuple(case.reasons),
        state=State(case.state),
        door=case.door,
        language=case.language,
        script=case.script,
        opened_at=case.opened_at,
        waiting_since=_waiting_since(case),
        last_alarm_at=case.last_alarm_at,
        claimed_by=case.claimed_by,
        claimed_by_name=row.holder,
        claimed_at=case.claimed_at,
        reads_language=case.language in viewer.languages,
        erased_by_person=case.erased_by_person,
        outcome=case.outcome,
        tier=case.tier,
        tier_by_name=row.sorter,
        tier_at=case.tier_at,
        due_at=case.due_at,
        rules=tuple(case.rules),
        honour=case.honour,
        attention_due_at=_attention_due_at(case, honour_attention),
        offered_to=case.offered_to,
        offered_to_name=row.wanted,
        offered_language=case.offered_language,
        offered_to_me=_is_offered_to(case, viewer),
        handed_over_at=case.handed_over_at,
        listening=row.listening,
        judged=case.judged,
    )


def urgency(line: CaseLine) -> tuple[bool, int, int, datetime]:
    """Sorts the queue: who waits first, then by danger, tier, and time of waiting."""
    waits = line.waiting_since is not None
    danger = 0 if line.lives_at_stake else _DANGER.get(line.level, 0)
    tier = -TIERS.index(line.tier) if line.tier in TIERS else 0
    if danger == 0:
        # Nobody whose life is at stake waits behind another for the sake of a window of days.
        tier = 0
    return not waits, danger, tier, line.waiting_since or line.last_alarm_at


def _waiting_since(case: Escalation) -> datetime | None:
    """Since when she waits; a claim that was given back without a word does not shorten it."""
    if State(case.state) not in WAITING:
        return None
    if case.engaged_at is None:
        return case.opened_at
    # An elevated case's ladder may start in the future; she waits since the alarm.
    return min(case.clock_started_at, case.last_alarm_at)


def _attention_due_at(case: Escalation, honour_attention: timedelta) -> datetime | None:
    """By when a human must have looked after an honour case, while none has."""
    due = case.attention_due_at
    if not case.honour or due is None or case.state in (State.ENGAGED, State.CLOSED):
        return None
    written_since = case.engaged_at is not None and case.engaged_at >= due - honour_attention
    return None if written_since else due


def _is_offered_to(case: Escalation, viewer: Viewer) -> bool:
    if case.state != State.HANDED_OVER or case.claimed_by == viewer.staff_id:
        return False
    if case.offered_to is not None:
        return case.offered_to == viewer.staff_id
    return case.offered_language in viewer.languages
