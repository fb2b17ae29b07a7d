"""The tier of a case: how soon its matter must be dealt with, and by which rules.

The levels of an alarm say how soon somebody must be in the chat (minutes, `handoff.desk`).
Tiers are those of the Strategy (domain-facts 3.1: days) with the rules T1 to T16
(domain-facts 3.3, read 2026-11-21), as far as a message can show them. The machine only
raises a tier; a named person confirms, raises or lowers it. Never used: tone, grammar,
spelling, language or dress.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from amaan.core import Core
from amaan.errors import InputError
from amaan.logs import log
from amaan.ports import Alarm
from amaan.storage.models import Escalation
from handoff.audit import Tag, record
from handoff.cases import Change, announce, locked_case
from handoff.honour import begin_clock, end_clock
from handoff.viewer import Viewer

if TYPE_CHECKING:  # the desk sorts by this module
    from handoff.desk import Desk

TIERS = ("standard", "medium", "high", "critical")
"""From least to most urgent."""
WINDOWS = {
    "critical": timedelta(hours=24),
    "high": timedelta(hours=72),
    "medium": timedelta(days=7),
    "standard": timedelta(days=14),
}
"""Within which a case must be dealt with, from the time it was opened. A target of those who
handle it and no promise to her."""
UNSURE = "unsure"
"""Code: the machine was not sure; the gentle question was asked."""
RAISED_AFTER_PERSON = "raised_after_person"
"""Code: the machine raised the tier after a person had set it."""
GUARDED = ("guard.ask", "guard.cover")
"""Codes: somebody else may have been reading when it rang. They sort nothing."""
CODES = frozenset({*(f"T{number}" for number in range(1, 17)), UNSURE, RAISED_AFTER_PERSON}) | {
    # Raise one step (3.3, the row below T16). Only a person can know these.
    "under_18",
    "dependent",
    "outed",
    "pregnant",
    "device_or_home_held",
    "repeat_offender",
    "many_sharing",
    "alone",
}
"""Reason codes that a case can carry."""
_INTENTS = {
    "report_child_abuse": ("critical", "T5"),
    "report_sexual_assault": ("critical", "T9"),
    "report_image_abuse": ("critical", "T6"),
    "report_blackmail": ("high", "T7"),
    "report_domestic_violence": ("high", "T10"),
    "report_doxxing": ("high", "T11"),
    "report_harassment": ("high", "T12"),
    "report_impersonation": ("medium", "T14"),
    "report_hacking": ("medium", "T15"),
    "report_defamation": ("standard", "T16"),
}
# A danger by its kind, and whether a means or an hour was named.
_DANGERS = {
    ("suicide", True): "T2",
    ("suicide", False): "T3",
    ("harm", True): "T1",
    ("harm", False): "T8",
}
_ROLE = re.compile(r"[a-z]{2,3}\.(honour|means|time)\.")


@dataclass(frozen=True)
class TierFound:
    """What the machine makes of one alarm."""

    tier: str
    codes: tuple[str, ...]
    """The rules that matched, the one that decided first."""


def machine_tier(alarm: Alarm) -> TierFound:
    """The tier of an alarm by the rules T1 to T16; ``standard`` when none of them matches."""
    found = [tier for tier in (_of_danger(alarm), *_of_intents(alarm)) if tier is not None]
    # The first of the worst decides; the others stay as reasons.
    found.sort(key=lambda tier: -TIERS.index(tier[0]))
    codes = dict.fromkeys(code for _, code in found)
    if alarm.level == "elevated":
        codes[UNSURE] = None
    codes.update(dict.fromkeys(code for code in alarm.rules if code in GUARDED))
    return TierFound(found[0][0] if found else "standard", tuple(codes))


def _of_danger(alarm: Alarm) -> tuple[str, str] | None:
    if alarm.kind is None or alarm.level == "requested":
        return None
    beside = {match.group(1) for rule in alarm.rules if (match := _ROLE.match(rule))}
    # A weapon, or an hour: what is said to happen is about to.
    near = bool(beside & {"means", "time"})
    if alarm.honour:
        return "critical", "T4"
    code = _DANGERS[alarm.kind, near]
    # What the machine is unsure of is asked about and paged later; her answer, or a person,
    # makes it critical.
    return ("critical" if alarm.level == "critical" else "high"), code


def _of_intents(alarm: Alarm) -> list[tuple[str, str]]:
    names = [rule.removeprefix("intent.") for rule in alarm.rules if rule.startswith("intent.")]
    return [_INTENTS[name] for name in names if name in _INTENTS]


def raise_tier(case: Escalation, alarm: Alarm, now: datetime) -> None:
    """Applies an alarm to a **locked** case: never lowers a tier, never makes a window later.

    The rules that matched are added. Who had set the tier stays named; `RAISED_AFTER_PERSON`
    says that the machine has raised it since.
    """
    found = machine_tier(alarm)
    codes = list(found.codes)
    if case.due_at is None:
        case.tier, case.due_at = found.tier, now + WINDOWS[found.tier]
    elif TIERS.index(found.tier) > TIERS.index(case.tier):
        case.tier = found.tier
        case.due_at = min(case.due_at, now + WINDOWS[found.tier])
        if case.tier_by is not None:
            codes.append(RAISED_AFTER_PERSON)
    case.rules = list(dict.fromkeys([*(case.rules or []), *codes]))


class Tiers:
    """A person's word on the tier of a case."""

    def __init__(self, core: Core, desk: Desk) -> None:
        self._core = core
        self._desk = desk

    async def set_tier(
        self,
        viewer: Viewer,
        escalation_id: UUID,
        tier: str,
        reason_codes: Sequence[str] = (),
        *,
        honour: bool | None = None,
    ) -> None:
        """Confirms or overrides the tier of an open case, up or down; audited.

        `reason_codes` are of `CODES` and replace the machine's when some are given; what was
        noted of the guard stays.
        `honour` sets or takes the flag; with it begins its clock. A case that still waits
        for its first page and becomes critical calls at once. Raises `InputError` (codes
        ``tier``, ``reason_codes``) and what `locked_case` raises.
        """
        if tier not in TIERS:
            raise InputError("there is no such tier", code="tier")
        if not CODES.issuperset(reason_codes):
            raise InputError("there is no such reason code", code="reason_codes")
        now = self._core.clock.now()
        async with locked_case(self._core, viewer, escalation_id) as found:
            tx, case = found.tx, found.case
            before = case.tier
            case.tier, case.tier_by, case.tier_at = tier, viewer.staff_id, now
            case.due_at = case.opened_at + WINDOWS[tier]
            if reason_codes:
                kept = [code for code in case.rules if code in GUARDED]
                case.rules = list(dict.fromkeys([*kept, *reason_codes]))
            case.rules = [code for code in case.rules if code != RAISED_AFTER_PERSON]
            if honour:
                await begin_clock(tx, case, now, self._core.settings)
            elif honour is not None:
                end_clock(case)
            if tier == "critical" and before != "critical":
                await self._desk.end_wait(tx, case)
            await record(
                tx,
                Tag.TIER_SET,
                at=now,
                actor=viewer.staff_id,
                subject=case.id,
                before=before,
                tier=tier,
                honour=case.honour,
            )
            await announce(tx, case, Change.TIER_SET)
            log().info("case_tier_set", escalation_id=str(case.id))
