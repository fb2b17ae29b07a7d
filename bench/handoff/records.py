"""What a run left behind: in the database, and at the stand-in of the provider.

Read once the workers rest, so that nothing moves between one look and the next. All times
are seconds since the epoch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy import select, text

from amaan.core import Core
from amaan.storage import Transaction
from amaan.storage.models import AuditEvent, Escalation, Message, Page
from handoff.audit import Tag
from handoff.pager import reference

_REFERENCE = "Ref "
_PAGE = "Amaan: a case waits."


@dataclass(frozen=True)
class Event:
    """One recorded deed on a case."""

    at: float
    tag: str
    detail: Mapping[str, Any]


@dataclass(frozen=True)
class CaseRecord:
    """A case and its trail, oldest first."""

    id: UUID
    conversation_id: UUID | None
    level: str
    state: str
    events: tuple[Event, ...]


@dataclass(frozen=True)
class PageRecord:
    """A page."""

    case: UUID
    ladder: int
    step: int
    staff_id: UUID
    means: str
    due: float
    created: float
    sent: float | None
    state: str


@dataclass(frozen=True)
class JobRecord:
    """A job that is left."""

    task: str
    status: str
    scheduled: float | None
    args: Mapping[str, Any]


@dataclass(frozen=True)
class Records:
    """Everything that is judged."""

    cases: tuple[CaseRecord, ...]
    pages: tuple[PageRecord, ...]
    jobs: tuple[JobRecord, ...]
    said: Counter[str]
    """Messages to her that should have left by SMS or WhatsApp, by their state."""


@dataclass(frozen=True)
class Sent:
    """What reached the provider."""

    texts: Counter[tuple[str, str, str]]
    """Pages by means, number and reference of the case."""
    calls: Counter[str]
    """Telephone calls by number."""
    said: Counter[tuple[str, str]]
    """Messages to her, by address and text."""


async def read_records(core: Core) -> Records:
    """What the database holds."""
    async with core.database.transaction() as tx:
        trails = await _trails(tx)
        cases = tuple(
            CaseRecord(
                row.id,
                row.conversation_id,
                row.level,
                row.state,
                tuple(trails.get(str(row.id), ())),
            )
            for row in await tx.session.scalars(select(Escalation))
        )
        pages = tuple(_page(row) for row in await tx.session.scalars(select(Page)))
        jobs = await tx.session.execute(
            text("SELECT task_name, status, scheduled_at, args FROM procrastinate_jobs")
        )
        said = await tx.session.scalars(
            select(Message.delivery).where(Message.author != "person", Message.delivery != "none")
        )
        return Records(
            cases,
            pages,
            tuple(JobRecord(task, str(status), _at(at), args) for task, status, at, args in jobs),
            Counter(said),
        )


async def _trails(tx: Transaction) -> dict[str, list[Event]]:
    trails: dict[str, list[Event]] = {}
    for row in await tx.session.scalars(
        select(AuditEvent).where(AuditEvent.tag != Tag.PAGE_SENT).order_by(AuditEvent.id)
    ):
        event = Event(row.at.timestamp(), row.tag, row.detail)
        trails.setdefault(row.subject_id, []).append(event)
    return trails


def _page(row: Page) -> PageRecord:
    return PageRecord(
        row.escalation_id,
        row.ladder,
        row.step,
        row.staff_id,
        row.means,
        row.due_at.timestamp(),
        row.created_at.timestamp(),
        _at(row.sent_at),
        row.state,
    )


def _at(time: datetime | None) -> float | None:
    return time.timestamp() if time is not None else None


async def read_sent(stand_in_url: str) -> Sent:
    """What the stand-in was given."""
    async with httpx.AsyncClient(trust_env=False, timeout=30) as client:
        messages = (await client.get(f"{stand_in_url}/__sent")).json()
        calls = (await client.get(f"{stand_in_url}/__calls")).json()
    texts: Counter[tuple[str, str, str]] = Counter()
    said: Counter[tuple[str, str]] = Counter()
    for message in messages:
        address, body = message["to"], message["body"]
        if body.startswith(_PAGE):
            named = body.partition(_REFERENCE)[2][:4]
            texts[message["door"], address.removeprefix("whatsapp:"), named] += 1
        else:
            said[address, body] += 1
    return Sent(texts, Counter(call["to"] for call in calls), said)


def named(page: PageRecord) -> str:
    """The reference by which a page names its case."""
    return reference(page.case)
