"""How somebody stands at this moment, as she herself sees it in the bar of every page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from amaan.core import Core
from amaan.storage.models import Staff
from handoff.hours import Plan, duty_spans
from handoff.permissions import Permission
from handoff.roster import held_by, load_plan
from handoff.viewer import Viewer

AHEAD = timedelta(hours=24)
"""What lies further ahead is for the roster page."""
PAUSES = (15, 30, 60)
"""Minutes that a pause can last. A judgement of ours: long enough to walk or to eat."""


class Standing(StrEnum):
    """Whether she is called for new cases, and if not, why not."""

    ON_DUTY = "on_duty"
    OFF_DUTY = "off_duty"
    AWAY = "away"
    PAUSED = "paused"


@dataclass(frozen=True)
class OwnState:
    """One person's standing. Only she is shown it whole."""

    standing: Standing
    until: datetime | None
    """When it changes next; None when that is not within a day."""
    time_zone: str
    held: int
    """How many chats she holds now."""
    pauses: tuple[int, ...] = PAUSES

    @property
    def key(self) -> str:
        """Changes whenever what the bar says changes; an open page compares it."""
        until = int(self.until.timestamp()) if self.until else 0
        return f"{self.standing.value}-{until}-{self.held}"


async def own_state(core: Core, viewer: Viewer) -> OwnState | None:
    """How `viewer` stands now; None for somebody who takes no cases. Reads only."""
    if not viewer.may(Permission.CASE_CLAIM):
        return None
    now = core.clock.now()
    async with core.database.transaction() as tx:
        plan = await load_plan(tx, now, now + AHEAD)
        held = await held_by(tx)
    person = plan.by_id.get(viewer.staff_id)
    if person is None:
        return None
    standing, until = _standing(plan, person, now)
    return OwnState(standing, until, person.time_zone, held.get(person.id, 0))


def _standing(plan: Plan, person: Staff, now: datetime) -> tuple[Standing, datetime | None]:
    for standing, until in (
        (Standing.PAUSED, person.paused_until),
        (Standing.AWAY, person.away_until),
    ):
        if until is not None and now < until:
            return standing, until
    end = now + AHEAD
    spans = duty_spans(plan, person, now, end)
    if spans and spans[0].covers(now):
        return Standing.ON_DUTY, spans[0].end if spans[0].end < end else None
    return Standing.OFF_DUTY, spans[0].start if spans else None
