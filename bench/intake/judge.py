"""What a run left behind, in our database and in the sandbox's own book, and what it means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text

from amaan.conversation.store import read_content
from amaan.core import Core
from amaan.storage import Transaction
from amaan.storage.models import Complaint, ComplaintEvent, FilingAttempt, Message
from bench.intake.deeds import Done
from intake.contents import read_filed
from intake.endings import SENT
from intake.events import check_chain


@dataclass(frozen=True)
class Booked:
    """One complaint in the sandbox's book."""

    key: str
    number: str
    reference: str
    filed_at: float
    requests: int


@dataclass(frozen=True)
class Ours:
    """One complaint in our database."""

    id: UUID
    key: str
    state: str
    number: str | None
    """As she was told it; opened from what is kept for proof."""
    told: int
    """How often she was told a number."""
    attempts: tuple[str, ...]
    chain_holds: bool


@dataclass(frozen=True)
class Verdict:
    """Counts that must all be 0."""

    missing: int
    """Consented, and not in the book."""
    doubled: int
    """More than once in the book."""
    without_consent: int
    """In the book, and nobody agreed."""
    unlike: int
    """Filed there and not known here as such, or under another number."""
    untold: int
    """She was not told its number exactly once."""
    unsettled: int
    """Attempts of which nobody knows how they ended."""
    broken: int
    """Records of deeds that were changed."""


def judge(consented: Sequence[Done], ours: Mapping[str, Ours], book: Sequence[Booked]) -> Verdict:
    """Compares what was consented to with what is here and there."""
    keys = {one.key for one in consented}
    booked = {one.key: one for one in book}
    known = [ours[key] for key in keys if key in ours]
    references = Counter(one.reference for one in book)
    alike = sum(
        one.state == "filed" and one.key in booked and one.number == booked[one.key].number
        for one in known
    )
    return Verdict(
        missing=len(keys - booked.keys()),
        doubled=len(book) - len(booked) + sum(count - 1 for count in references.values()),
        without_consent=len(booked.keys() - keys),
        unlike=len(keys) - alike,
        untold=len(keys) - sum(one.told == 1 for one in known),
        unsettled=sum(one.attempts.count("unknown") for one in ours.values()),
        broken=sum(not one.chain_holds for one in ours.values()),
    )


async def count_open(core: Core) -> int:
    """Complaints that are on their way, and jobs of the filing that are left."""
    async with core.database.transaction() as tx:
        waiting = await tx.session.scalar(
            select(func.count()).select_from(Complaint).where(Complaint.state == "queued")
        )
        jobs = await tx.session.scalar(
            text("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'filing:file'")
        )
    return int(waiting or 0) + int(jobs or 0)


async def read_ours(core: Core) -> dict[str, Ours]:
    """Everything in our database, by key."""
    async with core.database.transaction() as tx:
        rows = list(await tx.session.scalars(select(Complaint)))
        return {row.key: await _one(core, tx, row) for row in rows}


async def _one(core: Core, tx: Transaction, row: Complaint) -> Ours:
    attempts = await tx.session.scalars(
        select(FilingAttempt.outcome).where(FilingAttempt.complaint_id == row.id)
    )
    events = await tx.session.scalars(
        select(ComplaintEvent)
        .where(ComplaintEvent.complaint_id == row.id)
        .order_by(ComplaintEvent.id)
    )
    filed = await read_filed(core, tx, row)
    return Ours(
        row.id,
        row.key,
        row.state,
        None if filed is None else filed.number,
        await _told(core, tx, row),
        tuple(attempts),
        check_chain(events.all()) is None,
    )


async def _told(core: Core, tx: Transaction, row: Complaint) -> int:
    if row.conversation_id is None:
        return 0
    key = await core.vault.open_key(tx, row.conversation_id)
    messages = await tx.session.scalars(
        select(Message).where(Message.conversation_id == row.conversation_id)
    )
    return sum(read_content(key, one).key == SENT for one in messages)


def booked_of(value: Mapping[str, str]) -> Booked:
    """One line of the sandbox's book as its own route gives it."""
    return Booked(
        value["key"],
        value["number"],
        value["reference"],
        datetime.fromisoformat(value["filed_at"]).timestamp(),
        int(value["requests"]),
    )
