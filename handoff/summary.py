"""What the next supervisor should know before she writes: data, which the console words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from amaan.core import Core
from amaan.errors import NotAllowedError
from amaan.storage import Transaction
from amaan.storage.models import AuditEvent, Escalation, Staff
from handoff.audit import Tag
from handoff.cases import locked_case
from handoff.listening import Listener, Listening
from handoff.notes import Notes, NoteView
from handoff.permissions import Permission
from handoff.states import State
from handoff.viewer import Viewer

_STEPS = (
    Tag.ESCALATION_OPENED,
    Tag.ESCALATION_RAISED,
    Tag.TIER_SET,
    Tag.HONOUR_OVERDUE,
    Tag.ESCALATION_CLAIMED,
    Tag.ESCALATION_ENGAGED,
    Tag.ESCALATION_HANDED_OVER,
    Tag.ESCALATION_LAPSED,
    Tag.ESCALATION_RELEASED,
    Tag.ESCALATION_CLOSED,
)


@dataclass(frozen=True)
class Passed:
    """One thing that happened to a case."""

    at: datetime
    tag: Tag
    by: UUID | None
    """Who did it; None for the house or her."""
    by_name: str | None
    level: str | None
    tier: str | None


@dataclass(frozen=True)
class HandOverSummary:
    """A case as its next supervisor needs it."""

    escalation_id: UUID
    state: State
    level: str
    kind: str | None
    who: str
    reasons: tuple[str, ...]
    language: str
    script: str
    tier: str
    tier_by_name: str | None
    """Who confirmed or overrode the tier; None while it is the machine's."""
    tier_at: datetime | None
    rules: tuple[str, ...]
    honour: bool
    attention_due_at: datetime | None
    due_at: datetime | None
    opened_at: datetime
    last_alarm_at: datetime
    engaged_at: datetime | None
    """The first human word."""
    held_by_name: str | None
    offered_to_name: str | None
    offered_language: str | None
    passed: tuple[Passed, ...]
    """What happened, the oldest first."""
    holders: tuple[str, ...]
    """Names of all who have held the chat, the first first, each once."""
    notes: tuple[NoteView, ...]
    listeners: tuple[Listener, ...]


async def hand_over_summary(core: Core, viewer: Viewer, escalation_id: UUID) -> HandOverSummary:
    """The summary of a case, with its notes opened for this reading.

    Of a closed case only for who may read closed transcripts (`NotAllowedError`). Raises
    what `locked_case` raises.
    """
    async with locked_case(
        core, viewer, escalation_id, Permission.CASE_READ, closed_too=True
    ) as found:
        tx, case = found.tx, found.case
        if case.state == State.CLOSED and not viewer.may(Permission.CASE_READ_CLOSED):
            raise NotAllowedError("the role lacks this permission", code="not_permitted")
        key = await core.vault.open_key(tx, found.conversation.id)
        names = await _names(tx)
        passed = await _passed(tx, case, names)
        held = [p.by_name for p in passed if p.tag is Tag.ESCALATION_CLAIMED and p.by_name]
        return HandOverSummary(
            escalation_id=case.id,
            state=State(case.state),
            level=case.level,
            kind=case.kind,
            who=case.who,
            reasons=tuple(case.reasons),
            language=case.language,
            script=case.script,
            tier=case.tier,
            tier_by_name=names.get(str(case.tier_by)),
            tier_at=case.tier_at,
            rules=tuple(case.rules),
            honour=case.honour,
            attention_due_at=case.attention_due_at,
            due_at=case.due_at,
            opened_at=case.opened_at,
            last_alarm_at=case.last_alarm_at,
            engaged_at=case.engaged_at,
            held_by_name=names.get(str(case.claimed_by)),
            offered_to_name=names.get(str(case.offered_to)),
            offered_language=case.offered_language,
            passed=passed,
            holders=tuple(dict.fromkeys(held)),
            notes=await Notes.of(tx, key, case),
            listeners=await Listening.of(tx, case),
        )


async def _names(tx: Transaction) -> dict[str, str]:
    rows = await tx.session.execute(select(Staff.id, Staff.sign_in_name))
    return {str(staff_id): name for staff_id, name in rows}


async def _passed(tx: Transaction, case: Escalation, names: dict[str, str]) -> tuple[Passed, ...]:
    events = await tx.session.scalars(
        select(AuditEvent)
        .where(
            # The trail is found by time; `subject_id` has no index of its own.
            AuditEvent.at >= case.opened_at,
            AuditEvent.subject_id == str(case.id),
            AuditEvent.tag.in_([tag.value for tag in _STEPS]),
        )
        .order_by(AuditEvent.id)
    )
    return tuple(
        Passed(
            at=event.at,
            tag=Tag(event.tag),
            by=UUID(event.actor) if event.actor in names else None,
            by_name=names.get(event.actor),
            level=event.detail.get("level"),
            tier=event.detail.get("tier"),
        )
        for event in events
    )
