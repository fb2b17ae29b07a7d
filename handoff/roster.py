"""Who is called at which step of the ladder (design.md 6.5), of those on duty then.

The best one who reads her language, then the next person, then leads and everybody on
duty, then the coordinator; after that everybody again until somebody comes. Each step
looks anew: who goes home in the last minute of a shift takes no case along.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import distinct, func, select, union

from amaan.storage import Transaction
from amaan.storage.models import Absence, Escalation, Holiday, Page, Shift, ShiftPattern, Staff
from handoff.hours import Plan, can_be_called, is_quiet, on_duty
from handoff.permissions import Permission, Role, roles_with
from handoff.states import HELD, WAITING, State

# Weekly hours and absences that touch now began within this time, or end after it.
_TOUCHES = timedelta(days=2)


async def people_for(
    tx: Transaction, case: Escalation, step: int, steps: int, now: datetime
) -> list[Staff]:
    """The people to page for `case` at `step` of a ladder of `steps` steps; may be empty.

    Best first: readers of her language, then the least laden, counting calls that she has
    not answered. With one person on duty
    the step of the next person calls the same one again. Without a coordinator the last
    step calls everybody again. A chat that is handed over is offered to whom it was
    meant for first, and never to its giver. Reads only.
    """
    crew = await _crew(tx, case, now)
    if step == 0 and case.state == State.HANDED_OVER:
        meant = crew.meant()
        if meant:
            return meant
    last = steps - 1
    if step > last:
        return crew.everybody
    if step == last:
        return [person for person in crew.everybody if person.is_coordinator] or crew.everybody
    if step == last - 1:
        return [p for p in crew.everybody if p in crew.at_work or p.role == Role.LEAD]
    return await _next_one(tx, case, crew.on_duty, step)


async def load_plan(tx: Transaction, start: datetime, end: datetime) -> Plan:
    """Everybody who may take a chat, with all hours that touch `start` to `end`."""
    people = await tx.session.scalars(
        select(Staff)
        .where(Staff.active, Staff.role.in_(roles_with(Permission.CASE_CLAIM)))
        .order_by(Staff.on_call_order, Staff.sign_in_name)
    )
    rostered = union(select(ShiftPattern.staff_id), select(Shift.staff_id)).subquery()
    return Plan(
        people=list(people),
        patterns=list(await tx.session.scalars(select(ShiftPattern))),
        shifts=list(
            await tx.session.scalars(
                select(Shift).where(Shift.ends_at > start, Shift.starts_at < end)
            )
        ),
        absences=list(
            await tx.session.scalars(
                select(Absence).where(Absence.ends_at > start, Absence.starts_at < end)
            )
        ),
        holidays=frozenset(
            await tx.session.scalars(
                select(Holiday.day).where(
                    Holiday.day >= (start - _TOUCHES).date(), Holiday.day <= (end + _TOUCHES).date()
                )
            )
        ),
        rostered=frozenset(await tx.session.scalars(select(rostered.c.staff_id))),
    )


async def held_by(tx: Transaction) -> dict[UUID, int]:
    """How many chats each person holds now; nobody with none is in it."""
    rows = await tx.session.execute(
        select(Escalation.claimed_by, func.count())
        .where(
            Escalation.claimed_by.is_not(None),
            Escalation.state.in_([state.value for state in HELD]),
        )
        .group_by(Escalation.claimed_by)
    )
    return {staff_id: count for staff_id, count in rows if staff_id is not None}


async def called_by(tx: Transaction, case: Escalation) -> dict[UUID, int]:
    """For how many other cases that still wait each person was called in their present ladder.

    In a spike all cases would otherwise call the same person first, for she holds nothing
    before she has answered.
    """
    rows = await tx.session.execute(
        select(Page.staff_id, func.count(distinct(Page.escalation_id)))
        .join(Escalation, Escalation.id == Page.escalation_id)
        .where(
            Escalation.state.in_([state.value for state in WAITING]),
            Escalation.id != case.id,
            Page.ladder == Escalation.ladder,
        )
        .group_by(Page.staff_id)
    )
    return {staff_id: count for staff_id, count in rows}


@dataclass(frozen=True)
class _Crew:
    """Who can be called for one case now, each list best first."""

    case: Escalation
    known: list[Staff]
    """Everybody who is not absent, away or taking a breath."""
    on_duty: list[Staff]
    at_work: list[Staff]
    """Who is on duty; when nobody is, everybody who has hours here, unless they sleep."""
    everybody: list[Staff]
    """Who is at work; and leads and the coordinator at home, unless they sleep."""

    def meant(self) -> list[Staff]:
        """For whom the holder means a chat that she hands over: by name even while off duty."""
        if self.case.offered_to is not None:
            return [person for person in self.known if person.id == self.case.offered_to]
        language = self.case.offered_language
        return [person for person in self.on_duty if language in person.languages]


async def _crew(tx: Transaction, case: Escalation, now: datetime) -> _Crew:
    plan = await load_plan(tx, now, now + timedelta(microseconds=1))
    handed_over = case.state == State.HANDED_OVER
    giver = case.claimed_by if handed_over else None
    language = (case.offered_language if handed_over else None) or case.language
    held = await held_by(tx)
    called = await called_by(tx, case)

    def rank(person: Staff) -> tuple[bool, bool, int, int, str]:
        has = held.get(person.id, 0)
        load = has + called.get(person.id, 0)
        # Who has her hands full comes last, but comes: nobody waits because of a limit.
        return (
            has >= person.most_cases,
            language not in person.languages,
            load,
            person.on_call_order,
            person.sign_in_name,
        )

    known = sorted(
        (p for p in plan.people if p.id != giver and can_be_called(plan, p, now)), key=rank
    )
    here = [p for p in known if on_duty(plan, p, now)]
    # A person may have lowered what the machine found; the machine's own word holds till then.
    by_machine = case.tier_by is None and case.level == "critical"
    may_wake = case.tier == "critical" or by_machine
    awake = [p for p in known if may_wake or not is_quiet(p, now)]
    at_work = here or [p for p in awake if plan.has_roster(p.id)]
    at_home = [p for p in awake if p.is_coordinator or p.role == Role.LEAD]
    return _Crew(case, known, here, at_work, [p for p in known if p in at_work or p in at_home])


async def _next_one(
    tx: Transaction, case: Escalation, people: list[Staff], step: int
) -> list[Staff]:
    """The best one on duty who was not called in this ladder yet; then the same again."""
    called = set(
        await tx.session.scalars(
            select(Page.staff_id).where(
                Page.escalation_id == case.id, Page.ladder == case.ladder, Page.step < step
            )
        )
    )
    fresh = [person for person in people if person.id not in called]
    return (fresh or people)[:1]
