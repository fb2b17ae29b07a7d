"""Invented cases, put into the tables as the desk, the ladder and a supervisor leave them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import uuid4

from amaan.core import Core
from amaan.storage.models import ChatRating, Escalation, Page, Staff
from handoff.audit import SYSTEM, Tag, record
from handoff.figures.times import CaseTimes, WaitTimes


async def put_case(
    core: Core,
    staff: Staff,
    opened_at: datetime,
    *,
    paged: Sequence[float] = (0.0,),
    claimed: float | None = None,
    worded: float | None = None,
    **more: str | None,
) -> None:
    """A closed case with its trail; `paged` are seconds of the pages of steps 0, 1, ..."""

    def at(seconds: float) -> datetime:
        return opened_at + timedelta(seconds=seconds)

    steps = core.settings.page_steps
    values: dict[str, str | None] = {"door": "web", "language": "ur", "script": "Arab"} | more
    level = values.setdefault("level", "critical")
    case = Escalation(
        id=uuid4(),
        reasons=["screened"],
        state="closed",
        opened_at=opened_at,
        last_alarm_at=opened_at,
        clock_started_at=opened_at,
        rules=[],
        **values,
    )
    async with core.database.transaction() as tx:
        tx.session.add(case)
        await tx.session.flush()
        deeds: list[tuple[float, Tag, dict[str, str | int]]] = [
            (0.0, Tag.ESCALATION_OPENED, {"level": str(level)})
        ]
        for step, seconds in enumerate(paged):
            deeds.append((seconds, Tag.ESCALATION_STEPPED, {"ladder": 1, "step": step}))
            tx.session.add(
                Page(
                    id=uuid4(),
                    escalation_id=case.id,
                    ladder=1,
                    step=step,
                    staff_id=staff.id,
                    means="console",
                    due_at=at(steps[step]),
                    created_at=at(seconds),
                    sent_at=at(seconds),
                    state="sent",
                )
            )
        if claimed is not None:
            deeds.append((claimed, Tag.ESCALATION_CLAIMED, {"state": "claimed"}))
        if worded is not None:
            deeds.append((worded, Tag.MESSAGE_SENT, {}))
        deeds.append((3_600.0, Tag.ESCALATION_CLOSED, {"state": "closed"}))
        for seconds, tag, detail in sorted(deeds, key=lambda deed: deed[0]):
            await record(tx, tag, at=at(seconds), actor=SYSTEM, subject=case.id, **detail)


async def put_rating(core: Core, day: date, helped: int, count: int, **more: str) -> None:
    """So many answers of one day, language and door."""
    values = {"door": "web", "language": "ur", "script": "Arab"} | more
    async with core.database.transaction() as tx:
        tx.session.add(ChatRating(day=day, helped=helped, count=count, **values))


def case_times(
    called: float | None = 0.0,
    claimed: float | None = 60.0,
    worded: float | None = 90.0,
    *,
    steps: tuple[int, int] = (1, 0),
    **more: str | int | None,
) -> CaseTimes:
    """The times of one case, as if read from the tables; `steps` are due and missed."""
    values = {
        "level": "critical",
        "tier": "critical",
        "language": "ur-Arab",
        "door": "web",
        "hour": 9,
        "gender": None,
        "judged": None,
    } | more
    wait = WaitTimes("first_alarm", called, claimed, worded)
    return CaseTimes(
        waits=(wait,),
        steps_due=steps[0],
        steps_missed=steps[1],
        **values,  # type: ignore[arg-type]
    )
